//! The frame of a file: one or more calendars, the events in them and what they say of their zones. Hands each event to
//! `event`; other kinds of entries are left out with a note.

use std::collections::BTreeMap;

use hours::Zone;

use crate::event::{self, Event};
use crate::line::{Line, lines};
use crate::note::{Fate, NOTES_MAX, Note};
use crate::rule::{Budget, DAYS_LOOKED_AT_MAX};
use crate::value::text;
use crate::{Import, Window};

/// Largest file, in bytes: 2 MiB. The holidays of a country for twenty years take a tenth of it.
pub const BYTES_MAX: usize = 2 * 1024 * 1024;
/// Most events of a file.
pub const EVENTS_MAX: usize = 5_000;

/// Components within each other at most; the standard knows three.
const DEPTH_MAX: usize = 8;

/// The zones that a file describes, and under which IANA name, where it says so.
pub(crate) type Described = BTreeMap<String, Option<String>>;

#[derive(Default)]
struct Frame {
    name: Option<String>,
    described: Described,
    events: Vec<Event>,
    notes: Vec<Note>,
    /// Lines of events and entries of other kinds that a calendar holds.
    open: Vec<(String, usize)>,
    /// The zone that is being described.
    zone: Option<(String, Option<String>)>,
    event: Option<Event>,
    is_cancelled: bool,
}

pub(crate) fn read(bytes: &[u8], zone: &Zone, window: Window) -> Result<Import, Note> {
    if bytes.len() > BYTES_MAX {
        return Err(Note::left_out(
            1,
            "file",
            &format!("{} bytes", bytes.len()),
            format!("up to {BYTES_MAX} bytes"),
        ));
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(Note::left_out(1, "encoding", "UTF-16", "UTF-8 or Latin-1"));
    }
    begins_as_it_should(bytes)?;
    let mut frame = Frame::default();
    let lines = lines(bytes, &mut frame.notes);
    for line in lines {
        frame.take(line)?;
    }
    frame.finish(zone, window)
}

impl Frame {
    fn take(&mut self, line: Line) -> Result<(), Note> {
        match line.name.as_str() {
            "BEGIN" => self.begin(&line),
            "END" => self.end(&line),
            _ => {
                self.property(line);
                Ok(())
            }
        }
    }

    fn begin(&mut self, line: &Line) -> Result<(), Note> {
        let kind = line.value.trim().to_ascii_uppercase();
        let within: Vec<&str> = self.open.iter().map(|(kind, _)| kind.as_str()).collect();
        match (within.as_slice(), kind.as_str()) {
            ([], "VCALENDAR") => {}
            ([], _) => return Err(Note::left_out(line.number, "BEGIN", &line.value, "VCALENDAR")),
            (["VCALENDAR"], "VEVENT") => {
                if self.events.len() == EVENTS_MAX {
                    let value = format!("the {}th event", EVENTS_MAX + 1);
                    return Err(Note::left_out(
                        line.number,
                        "BEGIN",
                        &value,
                        format!("up to {EVENTS_MAX} events"),
                    ));
                }
                self.event = Some(Event::new(line.number));
            }
            (["VCALENDAR"], "VTIMEZONE") => self.zone = Some(Default::default()),
            (["VCALENDAR"], _) => {
                self.notes.push(Note::left_out(line.number, "BEGIN", &line.value, "VEVENT"));
            }
            // What is within an event or a zone (alarms, its summer and winter time) says nothing about its days.
            (_, _) if within.len() < DEPTH_MAX => {}
            (_, _) => {
                let permitted = format!("components within each other up to {DEPTH_MAX} deep");
                return Err(Note::left_out(line.number, "BEGIN", &line.value, permitted));
            }
        }
        self.open.push((kind, line.number));
        Ok(())
    }

    fn end(&mut self, line: &Line) -> Result<(), Note> {
        let kind = line.value.trim().to_ascii_uppercase();
        match self.open.pop() {
            Some((open, _)) if open == kind => {}
            Some((open, number)) => {
                let permitted = format!("END:{open}, because of BEGIN:{open} in line {number}");
                return Err(Note::left_out(line.number, "END", &line.value, permitted));
            }
            None => {
                return Err(Note::left_out(
                    line.number,
                    "END",
                    &line.value,
                    "one that has its BEGIN before it",
                ));
            }
        }
        match (self.open.len(), kind.as_str()) {
            (1, "VEVENT") => self.events.extend(self.event.take()),
            (1, "VTIMEZONE") => {
                if let Some((id, iana)) = self.zone.take() {
                    self.described.insert(id, iana);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn property(&mut self, line: Line) {
        let depth = self.open.len();
        match (depth, &mut self.event, &mut self.zone) {
            (2, Some(event), _) => event.take(line, &mut self.notes),
            (2, None, Some((id, iana))) => match line.name.as_str() {
                "TZID" => *id = line.value.trim().to_owned(),
                "X-LIC-LOCATION" => *iana = Some(line.value.trim().to_owned()),
                _ => {}
            },
            (0, _, _) => {
                self.notes.push(Note::left_out(line.number, &line.name, &line.value, "BEGIN:VCALENDAR"));
            }
            (1, _, _) => match line.name.as_str() {
                "X-WR-CALNAME" | "NAME" if self.name.is_none() => self.name = Some(text(&line.value)),
                "METHOD" if line.value.trim().eq_ignore_ascii_case("CANCEL") => {
                    self.is_cancelled = true;
                    let permitted = "a file that publishes its events; this one takes them back";
                    self.notes.push(Note::left_out(line.number, "METHOD", &line.value, permitted));
                }
                "CALSCALE" if !line.value.trim().eq_ignore_ascii_case("GREGORIAN") => {
                    self.notes.push(Note::changed(line.number, "CALSCALE", &line.value, "read as GREGORIAN"));
                }
                _ => {}
            },
            (_, _, _) => {}
        }
    }

    fn finish(mut self, zone: &Zone, window: Window) -> Result<Import, Note> {
        if let Some((open, number)) = self.open.pop() {
            return Err(Note::left_out(
                number,
                "BEGIN",
                &open,
                format!("one with END:{open} before the end of the file"),
            ));
        }
        let mut found = Vec::new();
        if !self.is_cancelled {
            let mut reader = event::Reader {
                zone,
                window,
                described: &self.described,
                budget: Budget(DAYS_LOOKED_AT_MAX),
                notes: &mut self.notes,
            };
            found = reader.read(self.events);
        }
        let mut notes = self.notes;
        notes.sort_by_key(|note| note.line);
        notes.dedup();
        if notes.len() > NOTES_MAX {
            let more = notes.split_off(NOTES_MAX - 1);
            let (line, count) = (more.first().map_or(1, |note| note.line), more.len());
            let is_left_out = more.iter().any(|note| note.fate == Fate::LeftOut);
            let (value, permitted) = (format!("{count} more notes"), "a file with fewer of them");
            notes.push(match is_left_out {
                true => Note::left_out(line, "file", &value, permitted),
                false => Note::changed(line, "file", &value, permitted),
            });
        }
        Ok(Import { name: self.name.filter(|name| !name.is_empty()), found, notes })
    }
}

/// A page that asks for a password, or a picture, is told apart at once, with what it begins with.
fn begins_as_it_should(bytes: &[u8]) -> Result<(), Note> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let blanks = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let (before, text) = bytes.split_at(blanks);
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let first = text.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    if first.trim_ascii_end().eq_ignore_ascii_case(b"BEGIN:VCALENDAR") {
        return Ok(());
    }
    let begins = String::from_utf8_lossy(first.get(..100).unwrap_or(first)).into_owned();
    let value = if begins.is_empty() { "empty".to_owned() } else { begins };
    Err(Note::left_out(line, "file", &value, "a file that begins with BEGIN:VCALENDAR"))
}
