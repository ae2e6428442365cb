//! What every contestant of the search bench does: reads the same book from a file, says when it is ready, and answers the
//! queries of one kind after the other, each with what it cost this thread's processor. How it searches is not known here.
//!
//! Programs of other workspaces include this file, since an index of a million contacts is measured in a process of its own.

use std::io::{BufRead, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// One contact, as all of them read it.
pub struct Row {
    /// From 1 on.
    pub id: u64,
    /// Name, company, department, title, city, e-mail address, numbers with and without country code, other fields.
    pub columns: Vec<String>,
}

/// Longest that one kind may take; what was asked until then counts. At a million, some need a second for one query.
const KIND_MAX: Duration = Duration::from_secs(10);

/// Which column is the city.
pub const CITY: usize = 4;

/// The book in this folder.
pub fn rows(folder: &Path) -> impl Iterator<Item = Row> {
    let file = std::fs::File::open(folder.join("book.tsv")).expect("the bench wrote it");
    std::io::BufReader::new(file).lines().map(|line| {
        let line = line.expect("it is text");
        let (id, rest) = line.split_once('\t').expect("a number and columns");
        let columns = rest.split('\t').map(str::to_owned).collect();
        Row { id: id.parse().expect("a number"), columns }
    })
}

/// One query: words, and those for the city alone.
pub struct Asked {
    /// As typed.
    pub text: String,
    /// Its words.
    pub words: Vec<String>,
    /// Words behind `city:`.
    pub city: Vec<String>,
}

impl Asked {
    /// Takes it apart as far as all contestants need.
    pub fn new(text: &str) -> Asked {
        let words = |text: &str| {
            text.split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_lowercase)
                .collect()
        };
        let (plain, city) = text.split_once("city:").unwrap_or((text, ""));
        Asked { text: text.to_owned(), words: words(plain), city: words(city) }
    }
}

/// Answers until nobody asks any more. `ready`: since when it could have. `perform` says how many it found, at most 20;
/// `None`: it cannot do this kind. A kind may be asked for in another way, behind a slash.
pub fn serve(folder: &Path, ready: Duration, perform: impl Fn(&str, &Asked) -> Option<usize>) {
    println!(r#"{{"ready_ms":{},"memory_mib":{:.1}}}"#, ready.as_millis(), memory_mib());
    std::io::stdout().flush().expect("somebody asked");
    for kind in std::io::stdin().lines() {
        let kind = kind.expect("kinds are text");
        let (name, _) = kind.split_once('/').unwrap_or((&kind, ""));
        let queries =
            std::fs::read_to_string(folder.join(format!("{name}.txt"))).expect("the bench wrote them");
        let mut costs = Vec::new();
        let mut found = 0;
        let kind_begun = Instant::now();
        for query in queries.lines().map(Asked::new) {
            if kind_begun.elapsed() > KIND_MAX {
                break;
            }
            let (cpu, begun) = (thread_cpu(), Instant::now());
            let Some(some) = perform(&kind, &query) else { break };
            // The processor's own time, since others work on this machine; never more than the clock says.
            costs.push((thread_cpu() - cpu).min(begun.elapsed()).as_nanos());
            found += some;
        }
        costs.sort_unstable();
        let at = |percent: usize| costs.get((costs.len() * percent / 100).min(costs.len().saturating_sub(1)));
        let text = |cost: Option<&u128>| cost.map_or("null".to_owned(), u128::to_string);
        let count = costs.len();
        println!(r#"{{"p50":{},"p99":{},"found":{found},"queries":{count}}}"#, text(at(50)), text(at(99)));
        std::io::stdout().flush().expect("somebody asked");
    }
}

fn thread_cpu() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("a thread has cost more than nothing")
}

/// What the process holds in memory without files, as Linux tells it.
fn memory_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}
