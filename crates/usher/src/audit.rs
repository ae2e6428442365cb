//! `usher audit`: whether the access log of a store that no console has open is what was written (ID-7), and the log itself as JSON
//! lines for whoever must read it. There is no other way to read it: no request of the console does. Mends nothing.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use backup::{Moment, StoreId};
use clap::Subcommand;
use contracts::access_log::{
    AccessLog, Actor, Anchor, Anchored, Entry, Fault, Hash, Kind, KnownGap, Link, Outcome, PAGE_MAX, Verdict,
    Word, reaches, verify,
};
use identity::Keychain;
use serde::Serialize;

use crate::given::{KeyArguments, newest_seen};
use crate::outcome::Failed;
use crate::working::on_disk;

/// Between two pictures of the line that says how far it is.
const EVERY: Duration = Duration::from_millis(200);
/// What an export is called in the log: reading the log is itself logged.
const EXPORT: Word = Word::of("export-access-log");

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Looks through the whole access log: whether an entry was altered, removed, moved, cut off or written anew. Changes nothing.
    Verify(VerifyArguments),
    /// Prints the access log as JSON, an entry a line, oldest first. That it was exported is logged.
    Export(ExportArguments),
}

#[derive(clap::Args)]
pub(crate) struct StoreArguments {
    /// Where data is kept [default: the user's own data folder].
    #[arg(long)]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArguments,
}

#[derive(clap::Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    store: StoreArguments,
    /// How far the log was, as an earlier `verify` told it (12:9f86d0…): that it still holds that.
    #[arg(long, value_name = "ENTRY:HASH")]
    reached: Option<Reached>,
    /// How many gaps are known and explained: restoring a backup leaves one. More are an error.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    known_gaps: usize,
}

#[derive(clap::Args)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    store: StoreArguments,
    /// From this day or time on (2026-11-01, "2026-11-01 08:30", 2026-11-01T08:30:00+01:00).
    #[arg(long, value_name = "TIME", value_parser = begin_of)]
    from: Option<Moment>,
    /// Up to this day or time, with all of it.
    #[arg(long, value_name = "TIME", value_parser = end_of)]
    until: Option<Moment>,
    /// Writes to this file, which must not be there yet, instead of the screen.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) async fn run(command: AuditCommand) -> Result<(), Failed> {
    match command {
        AuditCommand::Verify(arguments) => verify_log(arguments).await,
        AuditCommand::Export(arguments) => export(arguments).await,
    }
}

/// An entry and its hash, as `verify` tells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reached {
    sequence: u64,
    hash: Hash,
}

impl FromStr for Reached {
    type Err = String;

    fn from_str(text: &str) -> Result<Reached, String> {
        let parts = text.trim().split_once(':');
        let parsed = parts.and_then(|(sequence, hash)| {
            Some(Reached { sequence: sequence.parse().ok()?, hash: Hash::parse(hash)? })
        });
        parsed.ok_or_else(|| format!("\"{text}\" is not an entry and its hash: 12:9f86d0… with 64 digits"))
    }
}

impl From<Reached> for Anchor {
    fn from(Reached { sequence, hash }: Reached) -> Anchor {
        Anchor { sequence, hash, first_kept: 1 }
    }
}

/// An open log, and where it is.
struct Opened {
    directory: PathBuf,
    store: StoreId,
    log: Box<dyn AccessLog>,
}

async fn open(StoreArguments { data_dir, key }: StoreArguments) -> Result<Opened, Failed> {
    let directory = alone::data_dir(data_dir)?;
    let store = upkeep::key_file(&directory)?.store_id();
    let place = directory.clone();
    let log = on_disk(move || {
        let key = key.find(store)?;
        Ok(upkeep::access_log(&place, &key, newest_seen(store))?)
    })
    .await?;
    Ok(Opened { directory, store, log })
}

/// What the keychain says of how far the log was; why it says nothing.
async fn anchored(store: StoreId) -> Result<Result<Option<Anchor>, String>, Failed> {
    on_disk(move || Ok(upkeep::log_anchor(&Keychain::new(), store).map_err(|error| error.to_string()))).await
}

async fn verify_log(arguments: VerifyArguments) -> Result<(), Failed> {
    let opened = open(arguments.store).await?;
    let kept = anchored(opened.store).await?;
    let anchor = kept.as_ref().ok().copied().flatten();
    let mut line = Line::default();
    let found = verify(&*opened.log, anchor.as_ref(), &mut |done, total| line.show(done, total)).await;
    let mut found = found.map_err(upkeep::UpkeepError::from)?;
    line.clear();
    if let (None, Some(reached)) = (found.fault, arguments.reached) {
        let again = verify(&*opened.log, Some(&reached.into()), &mut |_, _| {}).await;
        found.fault = again.map_err(upkeep::UpkeepError::from)?.fault;
    }
    let Anchor { sequence, hash, .. } = opened.log.head().anchor;
    print!("{}", report(&found, kept.err().as_deref()));
    let place = opened.directory.display();
    if let Some(fault) = found.fault {
        return Err(Failed::damaged(format!(
            "the access log in {place} was tampered with: {}",
            named(fault)
        )));
    }
    println!("It ends at {sequence}:{hash}. Note it: --reached checks later that this is still there.");
    if found.gaps.len() > arguments.known_gaps {
        let words = format!(
            "the access log in {place} has {} gaps, of which {} are known: find out why, then name their number with --known-gaps",
            found.gaps.len(),
            arguments.known_gaps
        );
        return Err(Failed::damaged(words));
    }
    Ok(())
}

/// What was checked, and how much of it the anchor vouches for, in sentences.
fn report(found: &Verdict, no_keychain: Option<&str>) -> String {
    let Verdict { checked, purged, anchored, fault, gaps } = found;
    let (first, last) = (purged.through + 1, purged.through + checked);
    let mut text = match (checked, fault) {
        (0, None) => "The access log has no entries yet.\n".to_owned(),
        (0, Some(_)) => "No entry of the access log was found as it was written.\n".to_owned(),
        (1, _) => format!("One entry of the access log, number {first}, is as it was written.\n"),
        (_, _) => {
            format!("{checked} entries of the access log, {first} to {last}, are as they were written.\n")
        }
    };
    if fault.is_none() {
        if purged.through > 0 {
            let (through, last_at) = (purged.through, date(purged.last_at.0));
            text += &format!(
                "Entries up to {through} were purged when they were old enough, as the log says; the last of them was of {last_at}.\n"
            );
        }
        text += &vouched(*anchored, last, no_keychain);
    }
    gaps.iter().for_each(|gap| text += &told(gap));
    text
}

fn vouched(anchored: Anchored, last: u64, no_keychain: Option<&str>) -> String {
    const UNKNOWN: &str = "That none was cut off or written anew is not known";
    match (anchored, no_keychain) {
        (Anchored::Through(_), _) if last == 0 => "The anchor in the keychain says the same.\n".to_owned(),
        (Anchored::Through(anchor), _) if anchor >= last => {
            "The anchor in the keychain is that of the last one: none was cut off or written anew.\n"
                .to_owned()
        }
        (Anchored::Through(anchor), _) => format!(
            "The anchor in the keychain is that of entry {anchor}: up to there none was cut off or written anew. The later ones \
             were written since; their chain holds.\n"
        ),
        (Anchored::Purged, _) => {
            format!("{UNKNOWN}: the anchor in the keychain names an entry that was purged since.\n")
        }
        (Anchored::Not, Some(why)) => format!("{UNKNOWN}: the keychain does not answer ({why}).\n"),
        (Anchored::Not, None) => format!("{UNKNOWN}: the keychain has no anchor of this log.\n"),
    }
}

fn told(KnownGap { sequence, at, anchor }: &KnownGap) -> String {
    let at = date(at.0);
    match anchor {
        Some(anchor) => format!(
            "A gap: at {at} Usher found that the log did not hold entry {anchor}, which had been anchored (entry {sequence} says \
             so). A backup was restored, or the log was cut or written anew.\n"
        ),
        None => format!(
            "A gap: at {at} Usher found entries and no anchor (entry {sequence} says so). The data came from another computer, \
             or the anchor was removed.\n"
        ),
    }
}

fn named(fault: Fault) -> String {
    match fault {
        Fault::Altered { sequence } => format!("entry {sequence} is not what was written"),
        Fault::Moved { sequence } => format!("entry {sequence} was written at another place"),
        Fault::Missing { first, last } if first == last => format!("entry {first} is missing"),
        Fault::Missing { first, last } => format!("entries {first} to {last} are missing"),
        Fault::Truncated { last, anchor } => {
            format!("it ends at entry {last}, and entry {anchor} was anchored: the end was cut off")
        }
        Fault::Rewritten { anchor } => {
            format!("entry {anchor} is another one than was anchored: the log up to there was written anew")
        }
        Fault::PurgeUnproven { through } => {
            format!("entries up to {through} are gone, and no entry says that they were purged")
        }
        Fault::PurgedEarly { through, made, purged } => format!(
            "entries up to {through} were purged too early: the last was of {}, and was purged at {}",
            date(made.0),
            date(purged.0)
        ),
    }
}

async fn export(arguments: ExportArguments) -> Result<(), Failed> {
    let ExportArguments { store, from, until, out } = arguments;
    let opened = open(store).await?;
    let to: Box<dyn Write + Send> = match &out {
        Some(file) => Box::new(File::create_new(file).map_err(|error| not_made(file, &error))?),
        None => Box::new(std::io::stdout()),
    };
    log_the_export(&opened).await?;
    let mut to = BufWriter::new(to);
    let Anchor { sequence: total, first_kept, .. } = opened.log.head().anchor;
    let (mut last, mut written, mut line) = (first_kept - 1, 0_u64, Line::default());
    loop {
        let page = opened.log.read(last, PAGE_MAX).await.map_err(upkeep::UpkeepError::from)?;
        let Some(end) = page.last() else { break };
        last = end.sequence;
        for link in page.iter().filter(|link| is_between(link.at.0, from, until)) {
            serde_json::to_writer(&mut to, &exported(link)).map_err(anyhow::Error::from)?;
            to.write_all(b"\n")?;
            written += 1;
        }
        line.show(last, total);
    }
    to.flush()?;
    line.clear();
    if let Some(file) = out {
        println!("{written} entries of the access log are in {}.", file.display());
    }
    Ok(())
}

/// Reading the log is privileged: what cannot be logged is not done. The anchor moves on, unless the log does not hold it.
async fn log_the_export(opened: &Opened) -> Result<(), Failed> {
    let now = app::clock::Sources::new().now();
    let entry = Entry::once(now, Actor::Local, Kind::Access, EXPORT, Outcome::Allowed);
    let logged = opened.log.append(entry.privileged()).await;
    logged.map_err(|error| {
        Failed::not_writable(format!("the export cannot be logged, so it is not done: {error}"))
    })?;
    let Ok(Some(kept)) = anchored(opened.store).await? else { return Ok(()) };
    if reaches(&*opened.log, &kept).await.map_err(upkeep::UpkeepError::from)? {
        let (anchor, store) = (opened.log.head().anchor, opened.store);
        let noted = on_disk(move || {
            Ok(upkeep::note_log_anchor(&Keychain::new(), store, &anchor).map_err(|error| error.to_string()))
        });
        if let Err(why) = noted.await? {
            eprintln!("usher: the keychain: {why}");
        }
    }
    Ok(())
}

fn not_made(file: &Path, error: &std::io::Error) -> Failed {
    Failed::not_writable(format!("{}: {error}", file.display()))
}

/// The first millisecond of a day or second.
fn begin_of(text: &str) -> Result<Moment, String> {
    let Moment(last_of_second) = moment(text, "00:00:00")?;
    Ok(Moment(if last_of_second % 1000 == 999 { last_of_second - 999 } else { last_of_second }))
}

/// The last millisecond of a day or second.
fn end_of(text: &str) -> Result<Moment, String> {
    moment(text, "23:59:59")
}

fn moment(text: &str, time_of_day: &str) -> Result<Moment, String> {
    let text = text.trim();
    match text.len() {
        10 => format!("{text} {time_of_day}").parse(),
        _ => text.parse(),
    }
}

fn is_between(at_ms: i64, from: Option<Moment>, until: Option<Moment>) -> bool {
    let at = u64::try_from(at_ms).map_or(Moment(0), Moment);
    from.is_none_or(|from| from <= at) && until.is_none_or(|until| at <= until)
}

fn date(at_ms: i64) -> String {
    u64::try_from(at_ms).map(Moment).map_or_else(|_| "before 1970".to_owned(), Moment::local)
}

/// An entry as it is exported. Ids only, as in the log.
#[derive(Serialize)]
struct Exported {
    sequence: u64,
    at: String,
    at_ms: i64,
    #[serde(flatten)]
    said: Said,
    hash: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Said {
    Entry {
        actor: Named,
        kind: &'static str,
        action: String,
        object: Option<Named>,
        unit: Option<String>,
        privileged: bool,
        outcome: &'static str,
        code: Option<String>,
        times: u32,
    },
    /// Somebody has put something there that is no entry.
    Unreadable { unreadable: String },
}

#[derive(Serialize)]
struct Named {
    kind: String,
    id: Option<String>,
}

fn exported(link: &Link) -> Exported {
    let said = match link.entry() {
        Ok(entry) => said(entry),
        Err(_) => Said::Unreadable { unreadable: data_encoding::HEXLOWER.encode(&link.bytes) },
    };
    Exported {
        sequence: link.sequence,
        at: u64::try_from(link.at.0).map_or_else(|_| String::new(), |at| Moment(at).to_string()),
        at_ms: link.at.0,
        said,
        hash: link.hash.to_string(),
    }
}

fn said(entry: Entry) -> Said {
    let Entry { at: _, actor, kind, action, object, unit, privileged, outcome, times } = entry;
    let named = |kind: &str, id: Option<String>| Named { kind: kind.to_owned(), id };
    let (outcome, code) = match outcome {
        Outcome::Allowed => ("allowed", None),
        Outcome::Refused(code) => ("refused", Some(code.as_str().to_owned())),
        Outcome::Failed(code) => ("failed", Some(code.as_str().to_owned())),
        Outcome::Done => ("done", None),
    };
    Said::Entry {
        actor: match actor {
            Actor::Local => named("local", None),
            Actor::Person(person) => named("person", Some(person.to_string())),
            Actor::Stranger(stranger) => named("stranger", Some(data_encoding::HEXLOWER.encode(&stranger.0))),
            Actor::System(component) => named("system", Some(component.as_str().to_owned())),
        },
        kind: kind.name(),
        action: action.as_str().to_owned(),
        object: object.map(|object| named(object.kind.as_str(), Some(object.id.as_str().to_owned()))),
        unit: unit.map(|unit| unit.to_string()),
        privileged,
        outcome,
        code,
        times: times.get(),
    }
}

/// A line at the bottom of a terminal that says how far it is; nothing where nobody looks, or where it is quick.
struct Line {
    shown: Instant,
    is_shown: bool,
}

impl Default for Line {
    fn default() -> Line {
        Line { shown: Instant::now(), is_shown: false }
    }
}

impl Line {
    fn show(&mut self, done: u64, total: u64) {
        if self.shown.elapsed() < EVERY || !std::io::stderr().is_terminal() {
            return;
        }
        eprint!("\r\x1b[2K{done} of {total} entries");
        let _ = std::io::stderr().flush();
        (self.shown, self.is_shown) = (Instant::now(), true);
    }

    fn clear(&mut self) {
        if self.is_shown {
            eprint!("\r\x1b[2K");
            self.is_shown = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::access_log::{IdText, ObjectRef, Purge, Stranger, ZERO_HASH};
    use contracts::ids::{PersonId, UnitId};
    use engine::Timestamp;
    use expect_test::expect;

    use super::*;

    fn verdict() -> Verdict {
        let anchored = Anchored::Through(9);
        Verdict { checked: 9, purged: Purge::NONE, anchored, fault: None, gaps: Vec::new() }
    }

    #[test]
    fn what_was_checked_and_how_far_the_anchor_reaches_is_said_in_sentences_id_7() {
        let purged = Purge { through: 4, hash: ZERO_HASH, last_at: Timestamp(0) };
        let gap = |anchor| KnownGap { sequence: 7, at: Timestamp(0), anchor };
        let reports = [
            report(&verdict(), None),
            report(&Verdict { anchored: Anchored::Through(6), ..verdict() }, None),
            report(&Verdict { anchored: Anchored::Not, ..verdict() }, None),
            report(&Verdict { anchored: Anchored::Not, ..verdict() }, Some("it is locked")),
            report(&Verdict { checked: 0, anchored: Anchored::Through(0), ..verdict() }, None),
            report(&Verdict { checked: 1, anchored: Anchored::Through(1), ..verdict() }, None),
            report(&Verdict { purged, anchored: Anchored::Purged, ..verdict() }, None),
            report(&Verdict { fault: Some(Fault::Altered { sequence: 10 }), ..verdict() }, None),
            report(&Verdict { gaps: vec![gap(Some(12)), gap(None)], ..verdict() }, None),
        ];
        // The time is that of this computer's zone.
        let text = reports.join("\n").replace(&date(0), "TIME");
        expect![[r#"
            9 entries of the access log, 1 to 9, are as they were written.
            The anchor in the keychain is that of the last one: none was cut off or written anew.

            9 entries of the access log, 1 to 9, are as they were written.
            The anchor in the keychain is that of entry 6: up to there none was cut off or written anew. The later ones were written since; their chain holds.

            9 entries of the access log, 1 to 9, are as they were written.
            That none was cut off or written anew is not known: the keychain has no anchor of this log.

            9 entries of the access log, 1 to 9, are as they were written.
            That none was cut off or written anew is not known: the keychain does not answer (it is locked).

            The access log has no entries yet.
            The anchor in the keychain says the same.

            One entry of the access log, number 1, is as it was written.
            The anchor in the keychain is that of the last one: none was cut off or written anew.

            9 entries of the access log, 5 to 13, are as they were written.
            Entries up to 4 were purged when they were old enough, as the log says; the last of them was of TIME.
            That none was cut off or written anew is not known: the anchor in the keychain names an entry that was purged since.

            9 entries of the access log, 1 to 9, are as they were written.

            9 entries of the access log, 1 to 9, are as they were written.
            The anchor in the keychain is that of the last one: none was cut off or written anew.
            A gap: at TIME Usher found that the log did not hold entry 12, which had been anchored (entry 7 says so). A backup was restored, or the log was cut or written anew.
            A gap: at TIME Usher found entries and no anchor (entry 7 says so). The data came from another computer, or the anchor was removed.
        "#]].assert_eq(&text);
    }

    #[test]
    fn each_fault_names_its_entry_id_7() {
        let at = Timestamp(0);
        let faults = [
            Fault::Altered { sequence: 7 },
            Fault::Moved { sequence: 7 },
            Fault::Missing { first: 7, last: 7 },
            Fault::Missing { first: 7, last: 9 },
            Fault::Truncated { last: 7, anchor: 9 },
            Fault::Rewritten { anchor: 9 },
            Fault::PurgeUnproven { through: 7 },
            Fault::PurgedEarly { through: 7, made: at, purged: at },
        ];
        let text = faults.map(named).join("\n").replace(&date(0), "TIME");
        expect![[r#"
            entry 7 is not what was written
            entry 7 was written at another place
            entry 7 is missing
            entries 7 to 9 are missing
            it ends at entry 7, and entry 9 was anchored: the end was cut off
            entry 9 is another one than was anchored: the log up to there was written anew
            entries up to 7 are gone, and no entry says that they were purged
            entries up to 7 were purged too early: the last was of TIME, and was purged at TIME"#]]
        .assert_eq(&text);
    }

    #[test]
    fn an_entry_is_exported_as_one_line_of_json_id_7() {
        let at = Timestamp(1_795_000_000_123);
        let entry = Entry::once(
            at,
            Actor::Person(PersonId(0x1f)),
            Kind::Access,
            Word::of("change-services"),
            Outcome::Refused(Word::of("request.forbidden")),
        );
        let service = ObjectRef { kind: Word::of("service"), id: IdText::of_number(7) };
        let refused = Entry { unit: Some(UnitId(2)), ..entry.clone() }.on(service).privileged();
        let stranger =
            Entry { actor: Actor::Stranger(Stranger([0xab; 16])), outcome: Outcome::Done, ..entry };
        let forged = Link { bytes: vec![9, 9], ..Link::of(3, ZERO_HASH, &stranger) };
        let links = [Link::of(1, ZERO_HASH, &refused), Link::of(2, ZERO_HASH, &stranger), forged];
        let lines = links.map(|link| serde_json::to_string(&exported(&link)).expect("it becomes JSON"));
        expect![[r#"
            {"sequence":1,"at":"2026-11-18T11:06:40Z","at_ms":1795000000123,"actor":{"kind":"person","id":"1f"},"kind":"access","action":"change-services","object":{"kind":"service","id":"7"},"unit":"2","privileged":true,"outcome":"refused","code":"request.forbidden","times":1,"hash":"5ab70927e2310e710e9e34832ab6fc194de452b9bc7ba3ed6aaafe2f2a155a43"}
            {"sequence":2,"at":"2026-11-18T11:06:40Z","at_ms":1795000000123,"actor":{"kind":"stranger","id":"abababababababababababababababab"},"kind":"access","action":"change-services","object":null,"unit":null,"privileged":false,"outcome":"done","code":null,"times":1,"hash":"dc8641485ee090203c53252c34d6b367a39f7f8bd848943db769c0e86f9d0476"}
            {"sequence":3,"at":"2026-11-18T11:06:40Z","at_ms":1795000000123,"unreadable":"0909","hash":"dc8641485ee090203c53252c34d6b367a39f7f8bd848943db769c0e86f9d0476"}"#]].assert_eq(&lines.join("\n"));
    }

    #[test]
    fn a_day_is_meant_from_its_first_to_its_last_millisecond() {
        let (from, until) = (begin_of("2026-11-26"), end_of("2026-11-26"));
        let (Moment(from), Moment(until)) = (from.expect("a day"), until.expect("a day"));
        assert_eq!((from % 1000, until - from), (0, 24 * 60 * 60 * 1000 - 1));
        assert_eq!(begin_of("2026-11-26T08:30:00+01:00"), Ok(Moment(1_795_678_200_000)));
        assert_eq!(end_of("2026-11-26T08:30:00+01:00"), Ok(Moment(1_795_678_200_999)));
        assert!(begin_of("yesterday").is_err() && end_of("2026-11-31").is_err());
        let at = |ms: u64| is_between(ms as i64, Some(Moment(from)), Some(Moment(until)));
        assert_eq!([at(from - 1), at(from), at(until), at(until + 1)], [false, true, true, false]);
    }

    #[test]
    fn how_far_it_was_is_read_as_it_was_told() {
        let hash = Hash([0xab; 32]);
        assert_eq!(format!("12:{hash}").parse(), Ok(Reached { sequence: 12, hash }));
        for wrong in ["12", "12:ab", ":", &format!("x:{hash}")] {
            assert!(wrong.parse::<Reached>().is_err(), "{wrong}");
        }
    }
}
