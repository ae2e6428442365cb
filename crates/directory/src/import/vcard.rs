//! vCard 2.1, 3.0 and 4.0 as telephones and mail programs write them: folded lines, quoted-printable in any character
//! set, grouped properties (`item1.TEL`), bare and named parameters. A broken card is named by its first line and the
//! others are kept. Leaves out what an attendant does not need (photographs, birthdays, keys) without decoding it.

use std::borrow::Cow;

use contracts::book::EndpointKind;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::columns;
use super::draft::{Draft, Field};
use super::{FIELD_CHARS_MAX, Import, ImportError, ROWS_MAX, Reason, Rejected};

/// Longest first line that may be the beginning of a card, with blanks behind it.
const FIRST_LINE_BYTES_MAX: usize = 1024;

/// Whether a text, which begins with a word, begins like a vCard file; `None`: its first line is not whole yet.
pub(super) fn is_vcard(text: &str, is_whole: bool) -> Option<bool> {
    let has_line = is_whole || text.contains(['\r', '\n']) || text.len() > FIRST_LINE_BYTES_MAX;
    has_line.then(|| is(text.lines().next().unwrap_or_default(), "BEGIN:VCARD"))
}

/// Cards that are being read.
#[derive(Default)]
pub(super) struct Cards {
    lines: Lines,
    card: Option<Card>,
    outside: bool,
    count: usize,
}

impl Cards {
    /// Takes the text that follows, and reads the cards that are whole.
    pub(super) fn push(&mut self, text: &str, import: &mut Import) -> Result<(), ImportError> {
        let mut rest = text;
        while let Some(line) = self.lines.next(&mut rest) {
            self.line(&line, import)?;
        }
        Ok(())
    }

    /// There is no more text.
    pub(super) fn end(&mut self, import: &mut Import) -> Result<(), ImportError> {
        for line in self.lines.end() {
            self.line(&line, import)?;
        }
        unfinished(self.card.take(), import);
        Ok(())
    }

    fn line(&mut self, line: &Line, import: &mut Import) -> Result<(), ImportError> {
        if is(&line.text, "BEGIN:VCARD") {
            self.count += 1;
            if self.count > ROWS_MAX {
                return Err(ImportError::TooManyRows);
            }
            match &mut self.card {
                // AGENT of vCard 2.1 holds a card of its own, announced by a line that ends in a colon.
                Some(outer) if outer.awaits_inner => outer.depth += 1,
                Some(_) | None => {
                    unfinished(self.card.replace(Card::new(line.number)), import);
                    return Ok(());
                }
            }
        }
        match &mut self.card {
            Some(inner) if is(&line.text, "END:VCARD") => {
                if inner.depth > 0 {
                    inner.depth -= 1;
                } else if let Some(card) = self.card.take() {
                    card.draft.finish(import);
                }
                self.outside = false;
            }
            Some(card) => card.take(line),
            None => {
                if !self.outside && !line.text.trim().is_empty() {
                    self.outside = true;
                    import.rejected.push(Rejected { line: line.number, reason: Reason::OutsideCard });
                }
            }
        }
        Ok(())
    }
}

fn unfinished(card: Option<Card>, import: &mut Import) {
    if let Some(card) = card {
        import.rejected.push(Rejected { line: card.line, reason: Reason::CardNotEnded });
    }
}

fn is(line: &str, what: &str) -> bool {
    line.trim().eq_ignore_ascii_case(what)
}

/// A card while it is read.
struct Card {
    line: u32,
    draft: Draft,
    /// Cards inside this one.
    depth: u32,
    awaits_inner: bool,
}

impl Card {
    fn new(line: u32) -> Card {
        Card { line, draft: Draft::new(line), depth: 0, awaits_inner: false }
    }

    fn take(&mut self, line: &Line) {
        self.awaits_inner = false;
        if self.depth > 0 || line.text.trim().is_empty() {
            return;
        }
        let Some(property) = Property::parse(&line.text) else {
            self.draft.left_out(Reason::BadProperty);
            return;
        };
        match property.name.as_str() {
            "AGENT" => self.awaits_inner = property.value.trim().is_empty(),
            // What the program that wrote it calls the card: it stays itself when the file is imported again.
            "UID" => self.draft.key(&property.text()),
            "FN" => self.text(Field::DisplayName, "FN", &property.text()),
            "N" => {
                let parts = property.parts();
                let fields = [Field::LastName, Field::FirstName, Field::MiddleName];
                for (field, part) in fields.into_iter().zip(&parts) {
                    self.text(field, "N", part);
                }
            }
            "ORG" => {
                let parts = property.parts();
                for (field, part) in [Field::Company, Field::Department].into_iter().zip(&parts) {
                    self.text(field, "ORG", part);
                }
            }
            "TITLE" => self.text(Field::Title, "TITLE", &property.text()),
            "EMAIL" => self.text(Field::Email, "EMAIL", property.text().trim_start_matches("mailto:")),
            "ADR" => {
                if let Some(city) = property.parts().get(3) {
                    self.text(Field::City, "ADR", city);
                }
            }
            "NOTE" => self.text(Field::Notes, "NOTE", &property.text()),
            // RFC 6715: what she knows a lot about.
            "EXPERTISE" => self.draft.custom("Skills", &property.text()),
            "CATEGORIES" => self.draft.custom("Categories", &property.text()),
            // RFC 6350 knows friends and relatives, but nobody's manager: these are how programs say it.
            "X-MANAGER" | "X-EVOLUTION-MANAGER" | "X-KADDRESSBOOK-X-MANAGERSNAME" => self.manager(&property),
            "RELATED" | "X-ABRELATEDNAMES" if property.is_of_manager() => self.manager(&property),
            "TEL" => {
                if let Some(kind) = property.kind() {
                    self.draft.number(kind, property.is_preferred(), "TEL", &property.text());
                }
            }
            "IMPP" | "X-SIP" => {
                let address = property.text();
                if property.name == "X-SIP" || address.to_ascii_lowercase().starts_with("sip") {
                    self.draft.number(EndpointKind::Sip, property.is_preferred(), &property.name, &address);
                }
            }
            // All other properties are not kept.
            _ => {}
        }
    }

    fn manager(&mut self, property: &Property<'_>) {
        self.text(Field::Manager, &property.name, property.text().trim_start_matches("mailto:"));
    }

    fn text(&mut self, field: Field, name: &str, value: &str) {
        self.draft.text(field, name, value);
    }
}

/// One property, its value still encoded.
struct Property<'a> {
    /// In capitals, without its group.
    name: String,
    /// In capitals: `TYPE=WORK`; the bare ones of vCard 2.1 too.
    parameters: Vec<(String, String)>,
    value: &'a str,
}

impl<'a> Property<'a> {
    fn parse(line: &'a str) -> Option<Property<'a>> {
        let colon = unquoted(line, ':')?;
        let (head, value) = (&line[..colon], &line[colon + 1..]);
        let mut parts = split(head, ';', unquoted).into_iter();
        let name = parts.next()?.trim();
        let name = name.rsplit('.').next().unwrap_or(name).to_ascii_uppercase();
        if name.is_empty()
            || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        {
            return None;
        }
        let mut parameters = Vec::new();
        for part in parts {
            let part = part.to_ascii_uppercase();
            let (key, values) = part.split_once('=').unwrap_or(("", &part));
            parameters.extend(
                values
                    .trim_matches('"')
                    .split(',')
                    .map(|value| (key.trim().to_owned(), value.trim().to_owned())),
            );
        }
        Some(Property { name, parameters, value })
    }

    /// The value as one text.
    fn text(&self) -> String {
        unescape(self.decoded())
    }

    /// The value of a structured property, part by part.
    fn parts(&self) -> Vec<String> {
        split(&self.decoded(), ';', unescaped).into_iter().map(unescape).collect()
    }

    fn decoded(&self) -> Cow<'a, str> {
        if !self.is_quoted_printable() {
            return Cow::Borrowed(self.value);
        }
        let bytes = quoted_printable(self.value);
        let charset =
            self.parameters.iter().find(|(key, _)| key == "CHARSET").map(|(_, value)| value.as_bytes());
        let encoding = match charset.and_then(Encoding::for_label) {
            Some(encoding) => encoding,
            None if std::str::from_utf8(&bytes).is_ok() => UTF_8,
            None => WINDOWS_1252,
        };
        Cow::Owned(encoding.decode_without_bom_handling(&bytes).0.into_owned())
    }

    fn is_quoted_printable(&self) -> bool {
        self.parameters.iter().any(|(_, value)| value == "QUOTED-PRINTABLE")
    }

    /// The kind of a telephone; `None` for a fax and the like, unless one can talk on it too.
    fn kind(&self) -> Option<EndpointKind> {
        let mut kinds = self.parameters.iter().filter(|(key, _)| matches!(key.as_str(), "TYPE" | ""));
        if kinds.clone().any(|(_, value)| value == "VOICE") {
            let kinds: Vec<_> = kinds.filter_map(|(_, value)| columns::kind(value)).collect();
            let named = kinds.iter().find(|kind| **kind == EndpointKind::Mobile);
            let named = named.or_else(|| kinds.iter().find(|kind| **kind != EndpointKind::Other));
            return Some(named.copied().unwrap_or(EndpointKind::Work));
        }
        kinds.try_fold(EndpointKind::Work, |best, (_, value)| {
            let kind = columns::kind(value)?;
            Some(match (best, kind) {
                (EndpointKind::Mobile, _) | (_, EndpointKind::Other) => best,
                (_, kind) => kind,
            })
        })
    }

    fn is_of_manager(&self) -> bool {
        self.parameters.iter().any(|(key, value)| {
            matches!(key.as_str(), "TYPE" | "")
                && matches!(value.as_str(), "MANAGER" | "X-MANAGER" | "SUPERVISOR")
        })
    }

    fn is_preferred(&self) -> bool {
        self.parameters.iter().any(|(key, value)| value == "PREF" || (key == "PREF" && value == "1"))
    }
}

/// One unfolded line.
struct Line {
    /// Where it begins; 1 is the first line of the file.
    number: u32,
    text: String,
    /// Its value is quoted-printable, so that a `=` at its end joins the line after it.
    quoted_printable: bool,
}

/// Joins folded lines: one that begins with a blank continues the one before, and so does the one after a
/// quoted-printable line that ends in `=`. What goes beyond [`LINE_BYTES_MAX`] is left out, so that no photograph is
/// held; a field that is kept is cut long before, and the cut is said.
#[derive(Default)]
struct Lines {
    /// Line breaks so far.
    breaks: u32,
    /// The last character was `\r`: a `\n` that follows belongs to it.
    after_cr: bool,
    /// The line as it stands in the file, as far as it is here.
    physical: String,
    /// The unfolded line that the next one may continue.
    unfolded: Option<Line>,
}

/// Bytes of an unfolded line: a note of the greatest length in which every character is four bytes, quoted-printable.
const LINE_BYTES_MAX: usize = FIELD_CHARS_MAX * 12 + 1024;

impl Lines {
    /// The next unfolded line; `rest` is what is left of the text. `None`: all of it is taken.
    fn next(&mut self, rest: &mut &str) -> Option<Line> {
        while !rest.is_empty() {
            if std::mem::take(&mut self.after_cr) && rest.starts_with('\n') {
                *rest = &rest[1..];
                continue;
            }
            let end = rest.find(['\r', '\n']);
            let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
            append(&mut self.physical, piece);
            self.after_cr = after.starts_with('\r');
            *rest = after.get(1..).unwrap_or_default();
            if end.is_some() {
                self.breaks += 1;
                let physical = std::mem::take(&mut self.physical);
                if let Some(line) = self.unfold(physical, self.breaks) {
                    return Some(line);
                }
            }
        }
        None
    }

    /// What is left when there is no more text.
    fn end(&mut self) -> Vec<Line> {
        let physical = std::mem::take(&mut self.physical);
        let mut lines = Vec::new();
        if !physical.is_empty() {
            lines.extend(self.unfold(physical, self.breaks + 1));
        }
        lines.extend(self.unfolded.take());
        lines
    }

    /// Takes a line as it stands in the file; gives the unfolded one before it, where it does not continue that.
    fn unfold(&mut self, physical: String, number: u32) -> Option<Line> {
        if let Some(line) = &mut self.unfolded {
            let soft_break = line.quoted_printable && line.text.ends_with('=');
            if soft_break || physical.starts_with([' ', '\t']) {
                let continuation = if soft_break {
                    line.text.pop();
                    &physical
                } else {
                    &physical[1..]
                };
                if line.text.len() + continuation.len() <= LINE_BYTES_MAX {
                    line.text.push_str(continuation);
                }
                return None;
            }
        }
        let head = physical.split(':').next().unwrap_or_default();
        let quoted_printable = head.to_ascii_uppercase().contains("QUOTED-PRINTABLE");
        self.unfolded.replace(Line { number, text: physical, quoted_printable })
    }
}

/// Appends what there is room for.
fn append(line: &mut String, piece: &str) {
    let room = LINE_BYTES_MAX.saturating_sub(line.len());
    line.push_str(&piece[..piece.floor_char_boundary(room)]);
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'='
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high << 4 | low);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    bytes
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Splits where `find` says the next separator is.
fn split(text: &str, separator: char, find: impl Fn(&str, char) -> Option<usize>) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = find(rest, separator) {
        parts.push(&rest[..at]);
        rest = &rest[at + separator.len_utf8()..];
    }
    parts.push(rest);
    parts
}

/// The first `wanted` that is not between quotation marks.
fn unquoted(text: &str, wanted: char) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == wanted && !quoted).then_some(at)
    })
}

/// The first `wanted` that has no backslash before it.
fn unescaped(text: &str, wanted: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let found = c == wanted && !escaped;
        escaped = c == '\\' && !escaped;
        found.then_some(at)
    })
}

fn unescape(text: impl AsRef<str>) -> String {
    let mut plain = String::with_capacity(text.as_ref().len());
    let mut chars = text.as_ref().chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => plain.push('\n'),
                Some(escaped) => plain.push(escaped),
                None => plain.push('\\'),
            },
            c => plain.push(c),
        }
    }
    plain
}
