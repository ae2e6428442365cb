//! What a telephone system writes about somebody (SEC-1): dialog-info (RFC 4235), which tells her calls, and PIDF (RFC 3863)
//! with the activities of RPID (RFC 4480). Read into a small tree first, bounded in size, depth and number; no document type,
//! no entity but the five of XML. Names count without their namespaces: telephones differ in them more than in the names.

use std::collections::BTreeMap;

use contracts::presence::Availability;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// Bytes of a document. One telephone with all its lines in use needs some thousand.
pub(super) const DOCUMENT_BYTES_MAX: usize = 64 << 10;
/// Elements of a document.
const ELEMENTS_MAX: usize = 2_048;
/// How deep they may lie in each other; the formats need seven.
const DEPTH_MAX: usize = 16;
/// Characters of one text or attribute that are kept; what is compared is shorter.
const TEXT_CHARS_MAX: usize = 256;
/// Calls of one person at once; more are not counted.
const CALLS_MAX: usize = 64;

/// Why a document says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("it is longer than {DOCUMENT_BYTES_MAX} bytes")]
    TooLong,
    #[error("it is no text in UTF-8")]
    NoText,
    #[error("it is no well-formed XML")]
    NoXml,
    #[error("it has too many elements, or too deep ones")]
    TooMany,
    #[error("it brings definitions of its own, which nobody needs here")]
    Definitions,
    #[error("it is neither dialog-info nor presence")]
    Foreign,
}

/// A document as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Document {
    /// Her calls, or what changed of them.
    Calls(Calls),
    /// What she is doing.
    Presence(Availability),
}

/// A dialog-info document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Calls {
    /// Counts the documents of a subscription.
    version: Option<u64>,
    /// All of them, not only those that changed.
    is_full: bool,
    calls: Vec<(String, Stage)>,
}

/// How far a call of hers has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Over,
    /// It rings at her telephone.
    Ringing,
    /// She calls somebody, or talks.
    Talking,
}

/// Reads a document.
pub(super) fn read(body: &[u8]) -> Result<Document, Unreadable> {
    if body.len() > DOCUMENT_BYTES_MAX {
        return Err(Unreadable::TooLong);
    }
    let text = std::str::from_utf8(body).map_err(|_| Unreadable::NoText)?;
    let root = tree(text.trim_start_matches('\u{feff}').trim())?;
    match root.name.as_str() {
        "dialog-info" => Ok(Document::Calls(calls(&root))),
        "presence" => Ok(Document::Presence(presence(&root))),
        _ => Err(Unreadable::Foreign),
    }
}

// -- dialog-info ---------------------------------------------------------------------------------------------------

fn calls(root: &Element) -> Calls {
    let dialogs = root.children.iter().filter(|child| child.name == "dialog").take(CALLS_MAX);
    Calls {
        version: root.attribute("version").and_then(|version| version.trim().parse().ok()),
        is_full: !root.attribute("state").is_some_and(|state| state.trim().eq_ignore_ascii_case("partial")),
        calls: dialogs
            .enumerate()
            .map(|(nth, dialog)| {
                let id = dialog.attribute("id").map_or_else(|| format!("#{nth}"), str::to_owned);
                (id, stage(dialog))
            })
            .collect(),
    }
}

fn stage(dialog: &Element) -> Stage {
    let state = dialog.children.iter().find(|child| child.name == "state");
    let state = state.map(|state| state.text.trim().to_ascii_lowercase()).unwrap_or_default();
    let is_hers =
        dialog.attribute("direction").is_some_and(|who| who.trim().eq_ignore_ascii_case("initiator"));
    match state.as_str() {
        "confirmed" => Stage::Talking,
        // Whoever dials is at her telephone already.
        "trying" | "proceeding" | "early" if is_hers => Stage::Talking,
        "trying" | "proceeding" | "early" => Stage::Ringing,
        _ => Stage::Over,
    }
}

/// The calls of somebody over the documents of one subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CallTable {
    version: Option<u64>,
    calls: BTreeMap<String, Stage>,
}

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It counts.
    Counts,
    /// It counts, but one before it is missing: everything should be asked for anew.
    Gap,
    /// An older one; it says nothing any more.
    Old,
}

impl CallTable {
    /// Takes a document over (RFC 4235 §4.3). One with all calls always counts: NOTIFYs are taken in order, and some
    /// telephone systems never count their versions on.
    pub(super) fn take(&mut self, document: Calls) -> Taken {
        let Calls { version, is_full, calls } = document;
        if is_full {
            *self = CallTable { version, calls: calls.into_iter().collect() };
            return Taken::Counts;
        }
        let taken = match (self.version, version) {
            (Some(before), Some(now)) if now <= before => return Taken::Old,
            (Some(before), Some(now)) if now == before + 1 => Taken::Counts,
            // A change without anything that it would change is a gap as well.
            (None, _) | (Some(_), _) => Taken::Gap,
        };
        self.version = version.or(self.version);
        self.calls.extend(calls);
        self.calls.retain(|_, stage| *stage != Stage::Over);
        while self.calls.len() > CALLS_MAX {
            self.calls.pop_first();
        }
        taken
    }

    /// What that means for somebody who wants to reach her. It knows only her telephone.
    pub(super) fn availability(&self) -> Availability {
        match self.calls.values().max() {
            Some(Stage::Talking) => Availability::InACall,
            Some(Stage::Ringing) => Availability::Busy,
            Some(Stage::Over) | None => Availability::Available,
        }
    }
}

// -- PIDF ----------------------------------------------------------------------------------------------------------

/// Most telling first: what she does, what is noted of it, whether she can be reached at all.
fn presence(root: &Element) -> Availability {
    let mut activities = Vec::new();
    let mut notes = Vec::new();
    let mut basics = Vec::new();
    root.walk(&mut |element| match element.name.as_str() {
        "activities" => activities.extend(element.children.iter().filter_map(|child| activity(&child.name))),
        "note" => notes.extend(noted(&element.text)),
        "basic" => basics.push(element.text.trim().eq_ignore_ascii_case("open")),
        _ => {}
    });
    let told = activities.iter().chain(&notes).min_by_key(|availability| rank(**availability));
    match told {
        Some(told) => *told,
        None if basics.is_empty() => Availability::Unknown,
        // She has several telephones; one that she can be reached at is enough.
        None if basics.contains(&true) => Availability::Available,
        None => Availability::Offline,
    }
}

/// Of several, the one that stands most in the way of a call.
fn rank(availability: Availability) -> u8 {
    match availability {
        Availability::InACall => 0,
        Availability::DoNotDisturb => 1,
        Availability::Busy => 2,
        Availability::Away => 3,
        Availability::Offline => 4,
        Availability::Available => 5,
        Availability::Unknown => 6,
    }
}

/// An activity of RPID, and those that telephones have added. What says nothing about a call says nothing here.
fn activity(name: &str) -> Option<Availability> {
    match name {
        "on-the-phone" => Some(Availability::InACall),
        "dnd" | "do-not-disturb" => Some(Availability::DoNotDisturb),
        "busy" | "meeting" | "appointment" | "presentation" | "performance" | "steering" | "worship" => {
            Some(Availability::Busy)
        }
        "away" | "breakfast" | "dinner" | "holiday" | "in-transit" | "lunch" | "meal"
        | "permanent-absence" | "shopping" | "sleeping" | "spectator" | "travel" | "tv" | "vacation" => {
            Some(Availability::Away)
        }
        _ => None,
    }
}

/// Notes are for people; some telephone systems say only there what others say by an activity.
fn noted(note: &str) -> Option<Availability> {
    match note.trim().to_ascii_lowercase().as_str() {
        "on the phone" | "on hold" | "hold" => Some(Availability::InACall),
        "do not disturb" | "dnd" => Some(Availability::DoNotDisturb),
        "busy" | "ringing" | "in a meeting" => Some(Availability::Busy),
        "away" | "be right back" => Some(Availability::Away),
        _ => None,
    }
}

// -- XML -----------------------------------------------------------------------------------------------------------

#[derive(Debug, Default)]
struct Element {
    /// Without its namespace.
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Shows it all elements. No deeper than [`DEPTH_MAX`].
    fn walk(&self, look: &mut impl FnMut(&Element)) {
        look(self);
        for child in &self.children {
            child.walk(look);
        }
    }
}

fn tree(text: &str) -> Result<Element, Unreadable> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut elements = 0;
    loop {
        let event = reader.read_event().map_err(|_| Unreadable::NoXml)?;
        match event {
            Event::Start(start) => {
                open.push(element(&start, &mut elements, open.len())?);
            }
            Event::Empty(start) => {
                let element = element(&start, &mut elements, open.len())?;
                close(element, &mut open, &mut root)?;
            }
            Event::End(_) => {
                let element = open.pop().ok_or(Unreadable::NoXml)?;
                close(element, &mut open, &mut root)?;
            }
            Event::Text(text) => {
                append(&mut open, &text.decode().map_err(|_| Unreadable::NoXml)?)?;
            }
            Event::CData(text) => {
                append(&mut open, &text.decode().map_err(|_| Unreadable::NoXml)?)?;
            }
            Event::GeneralRef(reference) => {
                let sign = reference.resolve_char_ref().map_err(|_| Unreadable::NoXml)?;
                match sign {
                    Some(sign) => append(&mut open, sign.encode_utf8(&mut [0; 4]))?,
                    None => {
                        let name = reference.decode().map_err(|_| Unreadable::NoXml)?;
                        let text = resolve_predefined_entity(&name).ok_or(Unreadable::Definitions)?;
                        append(&mut open, text)?;
                    }
                }
            }
            Event::DocType(_) => return Err(Unreadable::Definitions),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if open.is_empty() { root.ok_or(Unreadable::NoXml) } else { Err(Unreadable::NoXml) }
}

fn element(start: &BytesStart<'_>, elements: &mut usize, depth: usize) -> Result<Element, Unreadable> {
    *elements += 1;
    if *elements > ELEMENTS_MAX || depth >= DEPTH_MAX {
        return Err(Unreadable::TooMany);
    }
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Unreadable::NoXml)?;
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|_| Unreadable::NoXml)?;
        let name = word(attribute.key.local_name().as_ref())?;
        attributes.push((name, value.chars().take(TEXT_CHARS_MAX).collect()));
    }
    let name = word(start.local_name().as_ref())?;
    Ok(Element { name, attributes, ..Element::default() })
}

fn word(bytes: &[u8]) -> Result<String, Unreadable> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Unreadable::NoText)
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), Unreadable> {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err(Unreadable::NoXml),
    }
    Ok(())
}

fn append(open: &mut [Element], text: &str) -> Result<(), Unreadable> {
    match open.last_mut() {
        Some(element) => {
            let room = TEXT_CHARS_MAX.saturating_sub(element.text.chars().count());
            element.text.extend(text.chars().take(room));
            Ok(())
        }
        None if text.trim().is_empty() => Ok(()),
        None => Err(Unreadable::NoXml),
    }
}

#[cfg(test)]
mod tests;
