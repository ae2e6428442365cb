//! The same book through the program: sent as a file in parts, as the settings do, and then a key stroke as the console asks it, through
//! the one door to the JSON of the hits that are read from the store. By the clock, with everything else the program does.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use alone::{AudioWhere, Door, Options};
use app::api::wire::{Request, Response};
use bench::book::Book;
use bench::process::Process;
use bench::queries::Kind;
use bench::{Spans, row, sealed};
use contracts::book::{Contact, EndpointKind};
use data_encoding::BASE64;

/// Bytes of a part of the file, about what a browser sends at once.
const PART_BYTES: usize = 8 << 20;
/// Hits that a console asks for.
const LIMIT: u32 = 20;

/// Sends a book of this size, and asks so many queries of each kind.
pub(crate) fn measure(size: u64, queries: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let book = Book::new(size);
    let door = runtime.block_on(Door::open(options(folder.path()))).expect("it opens");
    let begun = Instant::now();
    let taken = runtime.block_on(send(&door, &book, size));
    row(&format!("{size}: sent and taken in, each contact"), "µs", micros(begun) / size as f64, &[]);
    assert_eq!(u64::from(taken), size, "every contact is taken");
    // Until the index is whole, and written down for the next start.
    let begun = Instant::now();
    runtime.block_on(door.shut_down());
    drop(door);
    row(&format!("{size}: the end of the program"), "ms", micros(begun) / 1e3, &[]);

    let begun = Instant::now();
    let door = runtime.block_on(Door::open(options(folder.path()))).expect("it opens");
    row(&format!("{size}: the next start, until it can be asked"), "ms", micros(begun) / 1e3, &[]);
    for kind in Kind::ALL {
        let mut spans = Spans::default();
        for (query, _) in kind.queries(&book, size, queries) {
            let request = Request::SearchContacts { query, limit: LIMIT, caller: None };
            let begun = Instant::now();
            let answer = runtime.block_on(door.handle(request)).expect("an answer");
            let json = serde_json::to_vec(&answer).expect("JSON");
            spans.add(begun.elapsed());
            assert!(!json.is_empty() && matches!(answer, Response::Search(_)), "hits");
        }
        for percent in [50, 99] {
            let case = format!("{size}: through the door, {}, p{percent}", kind.title());
            row(&case, "ms", spans.percentile_ms(percent), &[]);
        }
    }
    row(&format!("{size}: the program's memory"), "MiB", Process::own().memory_mib(), &[]);
    runtime.block_on(door.shut_down());
}

fn micros(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e6
}

fn options(folder: &Path) -> Options {
    Options {
        data_dir: Some(folder.to_owned()),
        audio: AudioWhere::None,
        forget_secrets: true,
        store_key: Some(sealed::key(folder)),
    }
}

/// How many contacts were taken.
async fn send(door: &Door, book: &Book, size: u64) -> u32 {
    const HEADINGS: &str =
        "Name,First name,Last name,Company,Department,Title,City,E-mail,Phone,Mobile,Skills,Office\n";
    let (mut import, mut part) = (None, HEADINGS.to_owned());
    for id in 1..=size {
        put(&mut part, &book.contact(id));
        let is_last = id == size;
        if !is_last && part.len() < PART_BYTES {
            continue;
        }
        let content_base64 = BASE64.encode(std::mem::take(&mut part).as_bytes());
        let request = Request::ImportPart {
            file_name: "generated.csv".to_owned(),
            import: import.take(),
            content_base64,
            is_last,
        };
        match door.handle(request).await {
            Ok(Response::ImportStep(step)) => match step.report {
                Some(report) => return report.imported,
                None => import = Some(step.import),
            },
            other => panic!("a step, not {other:?}"),
        }
    }
    unreachable!("the last part is answered with a report")
}

fn put(part: &mut String, contact: &Contact) {
    let number = |kind| contact.endpoints.iter().find(|endpoint| endpoint.kind == kind);
    let number = |kind| number(kind).map_or("", |endpoint| endpoint.address.as_str());
    let field = |name| contact.custom.iter().find(|custom| custom.name == name);
    let field = |name| field(name).map_or("", |custom| custom.value.as_str());
    let columns = [
        &contact.display_name,
        &contact.first_name,
        &contact.last_name,
        &contact.company,
        &contact.department,
        &contact.title,
        &contact.city,
        &contact.email,
        number(EndpointKind::Work),
        number(EndpointKind::Mobile),
        field("Skills"),
        field("Office"),
    ];
    for (place, column) in columns.into_iter().enumerate() {
        let end = if place + 1 == columns.len() { '\n' } else { ',' };
        let _ = write!(part, "\"{}\"{end}", column.replace('"', "\"\""));
    }
}
