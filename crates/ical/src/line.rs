//! Content lines: bytes to text, folds taken back, and each line's name, parameters and value. Knows no property by name.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

use crate::note::Note;

/// One content line, unfolded.
#[derive(Debug)]
pub(crate) struct Line {
    /// Where it begins, from 1.
    pub(crate) number: usize,
    /// In capitals: `DTSTART`.
    pub(crate) name: String,
    /// Names in capitals, values without their quotes.
    params: Vec<(String, String)>,
    pub(crate) value: String,
}

impl Line {
    /// A parameter's first value.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(param, _)| param == name).map(|(_, value)| value.as_str())
    }
}

/// A whole file as content lines; blank ones are skipped, and what is no content line is noted.
pub(crate) fn lines(bytes: &[u8], notes: &mut Vec<Note>) -> Vec<Line> {
    let unfolded = unfold(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
    let foreign = unfolded.iter().find(|(_, text)| std::str::from_utf8(text).is_err());
    if let Some((number, text)) = foreign {
        let value = decode(text, false);
        notes.push(Note::changed(
            *number,
            "encoding",
            &value,
            "this is no UTF-8; read as Latin-1 (Windows-1252)",
        ));
    }
    let is_utf8 = foreign.is_none();
    let mut lines = Vec::new();
    for (number, text) in &unfolded {
        let text = decode(text, is_utf8);
        if text.trim().is_empty() {
            continue;
        }
        match parse(*number, &text) {
            Some(line) => lines.push(line),
            None => notes.push(Note::left_out(*number, "line", &text, "a name, a colon and a value")),
        }
    }
    lines
}

fn decode(text: &[u8], is_utf8: bool) -> Cow<'_, str> {
    if is_utf8 { String::from_utf8_lossy(text) } else { WINDOWS_1252.decode_without_bom_handling(text).0 }
}

/// Lines end in CRLF, LF or CR; one that begins with a blank goes on with the line before. On bytes, because a fold may go
/// through the middle of a letter.
fn unfold(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut number = 0;
    let mut rest = bytes;
    while !rest.is_empty() {
        number += 1;
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        let (text, after) = rest.split_at(end);
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..)).unwrap_or_default();
        match (text, lines.last_mut()) {
            ([b' ' | b'\t', goes_on @ ..], Some((_, line))) => line.extend_from_slice(goes_on),
            _ => lines.push((number, text.to_vec())),
        }
    }
    lines
}

fn parse(number: usize, text: &str) -> Option<Line> {
    let name_end = text.find([';', ':'])?;
    let name = text[..name_end].trim();
    let is_name = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    if !is_name(name) {
        return None;
    }
    let mut params = Vec::new();
    let mut rest = &text[name_end..];
    while let Some(param) = rest.strip_prefix(';') {
        let (param_name, after) = param.split_once('=')?;
        if !is_name(param_name.trim()) {
            return None;
        }
        let (value, after) = param_value(after)?;
        params.push((param_name.trim().to_ascii_uppercase(), value));
        rest = after;
    }
    let value = rest.strip_prefix(':')?.to_owned();
    // Some programs write GROUP.NAME, as address books do.
    let name = name.rsplit('.').next().unwrap_or(name).to_ascii_uppercase();
    Some(Line { number, name, params, value })
}

/// A parameter's value up to the next parameter or the line's value: quoted or not, the first of several.
fn param_value(text: &str) -> Option<(String, &str)> {
    let mut is_quoted = false;
    let end = text.char_indices().find_map(|(at, c)| match c {
        '"' => {
            is_quoted = !is_quoted;
            None
        }
        ';' | ':' if !is_quoted => Some(at),
        _ => None,
    })?;
    let (values, rest) = text.split_at(end);
    let first = match values.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => values.split(',').next(),
    };
    Some((first.unwrap_or_default().trim().to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::{Line, lines};

    fn read(bytes: &[u8]) -> (Vec<Line>, Vec<String>) {
        let mut notes = Vec::new();
        let lines = lines(bytes, &mut notes);
        (lines, notes.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn folded_lines_are_one_line_and_keep_the_number_of_their_first() {
        for end in ["\r\n", "\n", "\r"] {
            let text = ["BEGIN:VEVENT", "SUMMARY:Weih", " nachten", "\t und", "END:VEVENT", ""].join(end);
            let (lines, notes) = read(text.as_bytes());
            let found: Vec<_> = lines.iter().map(|line| (line.number, line.value.as_str())).collect();
            assert_eq!(found, [(1, "VEVENT"), (2, "Weihnachten und"), (5, "VEVENT")], "{end:?}");
            assert_eq!(notes, [""; 0]);
        }
    }

    #[test]
    fn a_letter_that_a_fold_goes_through_is_whole_again() {
        let (lines, notes) = read(b"SUMMARY:Zur\xC3\r\n \xBCck\r\n");
        assert_eq!((lines[0].value.as_str(), notes.len()), ("Zurück", 0));
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_name() {
        assert_eq!(read("\u{feff}BEGIN:VCALENDAR".as_bytes()).0[0].name, "BEGIN");
    }

    #[test]
    fn quoted_parameters_hold_colons_and_semicolons() {
        let text = "dtstart;X-A=\"a;b:c\",\"d\";tzid=\"Europe/Zurich\";VALUE=DATE-TIME:20261225T080000";
        let line = &read(text.as_bytes()).0[0];
        assert_eq!((line.name.as_str(), line.value.as_str()), ("DTSTART", "20261225T080000"));
        assert_eq!(line.param("TZID"), Some("Europe/Zurich"));
        assert_eq!(line.param("X-A"), Some("a;b:c"));
        assert_eq!(line.param("VALUE"), Some("DATE-TIME"));
    }

    #[test]
    fn latin_1_is_read_and_reported_with_its_first_line() {
        let (lines, notes) = read(b"SUMMARY:Neujahr\nSUMMARY:M\xE4rz\n");
        assert_eq!(lines[1].value, "März");
        let said = "line 2: encoding is \"SUMMARY:März\"; this is no UTF-8; read as Latin-1 (Windows-1252)";
        assert_eq!(notes, [said]);
    }

    #[test]
    fn what_is_no_content_line_is_reported_with_its_number() {
        let (lines, notes) = read(b"BEGIN:VEVENT\nno colon here\n\n;=:\nA;B:c\n");
        assert_eq!(lines.len(), 1);
        assert_eq!(notes[0], "line 2: line is \"no colon here\"; permitted is a name, a colon and a value");
        assert_eq!(notes.len(), 3);
    }
}
