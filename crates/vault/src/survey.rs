//! Opens database, log and anchor together: is this the newest state that was ever acknowledged, and is all of it there?
//! Reads every page's version and every frame of the log, but opens no page of the database: a damaged one is found when it
//! is read. Changes nothing but a log that is known to be superfluous.

use std::ffi::{CStr, CString};

use crate::anchor::{Anchor, LogMark, Unread, Version, Witness};
use crate::base::{Base, Code, OwnFile, Read};
use crate::database::{Database, is_never_written, versions_in};
use crate::format::{HEAD_BYTES, Head};
use crate::keys::DataKeys;
use crate::log::Log;
use crate::pagekeys::PageKeys;

/// What is known of a store from elsewhere when it is opened: from the key file and the keychain.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// There was a database: if there is none now, it is gone, and no new one is made in its place.
    pub is_made: bool,
    /// The newest state that was seen. An older one is refused.
    pub witness: Option<Witness>,
}

/// The files of one database, as SQLite names them.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) database: CString,
    pub(crate) log: CString,
    pub(crate) journal: CString,
    pub(crate) anchor: CString,
}

impl Names {
    pub(crate) fn of(database: CString) -> Names {
        let beside = |suffix: &str| {
            let name = [database.to_bytes(), suffix.as_bytes()].concat();
            CString::new(name).expect("neither part has a zero in it")
        };
        Names { log: beside("-wal"), journal: beside("-journal"), anchor: beside(".anchor"), database }
    }
}

/// Why the files are not opened.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The disk.
    Disk(Code),
    /// The file does not begin as one of ours.
    NotOurs,
    /// Something is not what was written, in words.
    Damaged(String),
    /// Something is older than what was acknowledged, or gone, in words.
    Older(String),
}

impl From<Code> for Refused {
    fn from(code: Code) -> Refused {
        Refused::Disk(code)
    }
}

/// What was found, ready to be used.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) database: Database,
    /// What a person may want to know although all is well.
    pub(crate) remarks: Vec<String>,
}

/// What lies at the names, as far as it must be known before anything is opened.
#[derive(Debug)]
pub(crate) enum Standing {
    /// Nothing: a new database may be made.
    Nothing,
    /// The making of a database was cut short; nothing was ever kept in it.
    HalfMade,
    /// A database.
    Made(Box<Anchored>),
}

/// A database and its anchor, not compared yet.
#[derive(Debug)]
pub(crate) struct Anchored {
    file: OwnFile,
    head: Head,
    /// What to say when the file does not begin as the anchor says, and the log does not hold its first page.
    lost_head: Option<Refused>,
    keys: PageKeys,
    anchor: Anchor,
    anchored: Vec<Version>,
}

/// More pages than a database has that was only just made.
const PAGES_OF_A_NEW_ONE: u64 = 8;

/// Looks at what is there.
pub(crate) fn stand(base: Base, names: &Names, keys: &DataKeys, known: &Known) -> Result<Standing, Refused> {
    let database = open_if_there(base, &names.database)?;
    let anchor = open_if_there(base, &names.anchor)?.filter(|file| file.size().is_ok_and(|size| size > 0));
    match (database, anchor) {
        (None, None) if !is_new(known) => Err(Refused::Older("the database is gone".to_owned())),
        (None, None) if holds_bytes(base, &names.log)? => {
            Err(Refused::Damaged("the database is gone, and its log is still there".to_owned()))
        }
        (None, None) => Ok(Standing::Nothing),
        (Some(file), None) => {
            head_of(&file)?;
            Err(Refused::Older("the anchor is gone".to_owned()))
        }
        (database, Some(anchor)) => stand_with_anchor(base, names, database, anchor, keys, known),
    }
}

fn stand_with_anchor(
    base: Base,
    names: &Names,
    database: Option<OwnFile>,
    anchor: OwnFile,
    keys: &DataKeys,
    known: &Known,
) -> Result<Standing, Refused> {
    let head = match &database {
        Some(file) => head_of(file),
        None => Err(Refused::Damaged("the database is gone, and its anchor is still there".to_owned())),
    };
    // The anchor is sealed under keys of the store, whatever the database is.
    let page_keys = PageKeys::new(head.as_ref().unwrap_or(&Head::random()), keys);
    let (anchor, anchored) = match Anchor::open(anchor, &page_keys) {
        Ok(opened) => opened,
        Err(Unread::Disk(code)) => return Err(Refused::Disk(code)),
        // The anchor comes first: a power cut while it was made leaves it torn, and nothing beside it.
        Err(Unread::Damaged) if database.is_none() && is_new(known) && !holds_bytes(base, &names.log)? => {
            return Ok(Standing::HalfMade);
        }
        // A file that is none of ours is named first.
        Err(Unread::Damaged) => {
            return Err(head.err().unwrap_or_else(|| Refused::Damaged("the anchor is damaged".to_owned())));
        }
    };
    check_witness(&anchor, known.witness.as_ref())
        .map_err(|refused| refused.by_what_is_left(anchor.lost()))?;
    if anchor.is_making() {
        let pages = database.map_or(Ok(0), |file| file.size())? / crate::format::PAGE_BYTES as u64;
        return if !known.is_made && pages <= PAGES_OF_A_NEW_ONE {
            Ok(Standing::HalfMade)
        } else {
            Err(Refused::Older("the anchor is older than the database".to_owned()))
        };
    }
    let (head, lost_head) = match head {
        Ok(head) if anchor.is_of(&head) => (head, None),
        Ok(_) => return Err(Refused::Older("the anchor belongs to another database".to_owned())),
        // A power cut in a checkpoint may have taken the first sector; whether it did, the log says.
        Err(Refused::NotOurs) => (anchor.database(), Some(Refused::NotOurs)),
        Err(other) => return Err(other),
    };
    let file = database.expect("its beginning was read");
    let keys = PageKeys::new(&head, keys);
    Ok(Standing::Made(Box::new(Anchored { file, head, lost_head, keys, anchor, anchored })))
}

/// Whether nobody knows of a database that was ever made.
fn is_new(known: &Known) -> bool {
    !known.is_made && known.witness.is_none()
}

fn check_witness(anchor: &Anchor, witness: Option<&Witness>) -> Result<(), Refused> {
    let here = anchor.found();
    match witness {
        Some(seen) if here.counter < seen.counter => Err(Refused::Older(format!(
            "database, log and anchor are all older ({}) than what was seen last ({})",
            here.counter, seen.counter
        ))),
        Some(seen) if here.counter == seen.counter && here.proof != seen.proof => {
            Err(Refused::Older("database, log and anchor are of another copy of this store".to_owned()))
        }
        Some(_) | None => Ok(()),
    }
}

impl Anchored {
    /// Compares the pages and the log with the anchor.
    pub(crate) fn compare(self, base: Base, names: &Names) -> Result<Found, Refused> {
        let Anchored { file, head, lost_head, keys, mut anchor, anchored } = self;
        let mut remarks = Vec::new();
        let lost = anchor.lost();
        let log = read_log(base, names, &keys, &head, anchor.log(), &mut remarks);
        let log = log.map_err(|refused| refused.by_what_is_left(lost))?;
        if let Some(refused) = lost_head.filter(|_| !log.committed().iter().any(|frame| frame.page == 1)) {
            return Err(refused);
        }
        let versions = versions_in(&file)?;
        let changed = compare_pages(&versions, &anchored, &log);
        let changed = changed.map_err(|refused| refused.by_what_is_left(lost))?;
        if let Some(lost) = lost {
            remarks.push(format!("{lost}; it is written anew"));
            anchor.seal_anew(&keys, &anchored)?;
        }
        let database = Database::new(base, head, keys, versions, log);
        database.keep_anchor(anchor, changed);
        Ok(Found { database, remarks })
    }
}

impl Refused {
    /// With part of the anchor lost, what looks older may be the newest.
    fn by_what_is_left(self, lost: Option<&str>) -> Refused {
        match (self, lost) {
            (Refused::Older(what), Some(lost)) => {
                Refused::Older(format!("{lost}, and by what is left {what}"))
            }
            (other, _) => other,
        }
    }
}

/// The log as far as it counts. One whose frames are all in the database is cut to nothing.
fn read_log(
    base: Base,
    names: &Names,
    keys: &PageKeys,
    head: &Head,
    anchored: LogMark,
    remarks: &mut Vec<String>,
) -> Result<Log, Refused> {
    let file = open_if_there(base, &names.log)?;
    let mut log = match &file {
        Some(file) => Log::survey(file, keys, head)?,
        None => Log::default(),
    };
    if anchored.is_folded {
        if log.generation() <= anchored.generation {
            if let Some(file) = file.filter(|file| file.size().is_ok_and(|size| size > 0)) {
                if log.generation() < anchored.generation && !log.frames().is_empty() {
                    remarks.push("a log of an earlier time was there; it is not used".to_owned());
                }
                file.truncate(0)?;
            }
            log.clear(anchored.generation + 1);
        }
        log.end_transaction();
        return Ok(log);
    }
    check_log(&log, anchored, file.is_some())?;
    log.end_transaction();
    Ok(log)
}

/// The log must hold what was acknowledged.
fn check_log(log: &Log, anchored: LogMark, is_there: bool) -> Result<(), Refused> {
    let last = (anchored.frames as usize).wrapping_sub(1);
    if !is_there {
        return Err(Refused::Older("the write-ahead log is gone".to_owned()));
    }
    if log.generation() == 0 {
        return Err(Refused::Damaged("the header of the write-ahead log".to_owned()));
    }
    if log.generation() != anchored.generation {
        return Err(Refused::Older("the write-ahead log is of another time than the anchor".to_owned()));
    }
    match log.frames().get(last) {
        None => Err(Refused::Damaged(format!(
            "frame {} of the write-ahead log, of {} that were acknowledged",
            log.frames().len() + 1,
            anchored.frames
        ))),
        Some(frame) if frame.header_tag != anchored.tag => Err(Refused::Older(format!(
            "frame {} of the write-ahead log is of another time",
            anchored.frames
        ))),
        Some(_) if log.committed().len() <= last => {
            Err(Refused::Older("the write-ahead log ends before what was acknowledged".to_owned()))
        }
        Some(_) => Ok(()),
    }
}

/// Every page is the one the anchor knows, unless the log holds a newer one. Gives the pages that differ.
fn compare_pages(versions: &[Version], anchored: &[Version], log: &Log) -> Result<Vec<u32>, Refused> {
    let in_log: std::collections::HashSet<u32> = log.committed().iter().map(|frame| frame.page).collect();
    let mut changed = Vec::new();
    for (number, place) in (1_u32..).zip(0..versions.len().max(anchored.len())) {
        let (is, was) = (versions.get(place).copied(), anchored.get(place).copied());
        if is == was || is_never_written(number) {
            continue;
        }
        // A checkpoint that was cut short has copied it already, or has cut the file behind the last page.
        let is_cut_off = is.is_none() && log.pages().is_some_and(|pages| number > pages);
        if !in_log.contains(&number) && !is_cut_off {
            return Err(page_is_older(number, is));
        }
        changed.push(number);
    }
    Ok(changed)
}

fn page_is_older(number: u32, is: Option<Version>) -> Refused {
    match is {
        Some(_) => {
            Refused::Older(format!("page {number} of the database is not the newest that was written"))
        }
        None => Refused::Damaged(format!("the database ends before page {number}")),
    }
}

fn head_of(file: &OwnFile) -> Result<Head, Refused> {
    let mut bytes = [0; HEAD_BYTES];
    match file.read(&mut bytes, 0)? {
        Read::Short if file.size()? == 0 => Err(Refused::Damaged("the database is empty".to_owned())),
        Read::Short | Read::Whole => Head::parse(&bytes).ok_or(Refused::NotOurs),
    }
}

/// Opens a file that may not be there.
pub(crate) fn open_if_there(base: Base, name: &CStr) -> Result<Option<OwnFile>, Code> {
    if base.exists(name)? { base.open(name, false).map(Some) } else { Ok(None) }
}

fn holds_bytes(base: Base, name: &CStr) -> Result<bool, Code> {
    Ok(open_if_there(base, name)?.map_or(Ok(0), |file| file.size())? > 0)
}
