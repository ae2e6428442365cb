//! Cuts a table into rows and fields (RFC 4180, leniently), and knows the line of each. A row that breaks a limit or
//! never closes a quotation mark costs that one line only: reading goes on with the next. Does not know what columns
//! mean.

use super::{COLUMNS_MAX, FIELD_CHARS_MAX, ImportError, Reason, Rejected};

/// Bytes of a row: enough for every field an address book has, and a bound on the work an unclosed quotation mark makes.
const ROW_BYTES_MAX: usize = 64 * 1024;
/// Rows that cannot be read after which the file is given up: each may cost reading [`ROW_BYTES_MAX`] once more.
const RECOVERIES_MAX: u32 = 10_000;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Where it begins; 1 is the first line.
    pub(super) line: u32,
    /// Its fields, not trimmed.
    pub(super) fields: Vec<String>,
}

/// Reads rows one by one.
pub(super) struct Rows<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    delimiter: u8,
    recoveries: u32,
}

impl<'a> Rows<'a> {
    /// `delimiter` is ASCII.
    pub(super) fn new(text: &'a str, delimiter: u8) -> Rows<'a> {
        Rows { text, at: 0, line: 1, delimiter, recoveries: 0 }
    }

    /// The next row that is not empty, a row that cannot be read, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Result<Row, Rejected>>, ImportError> {
        while let Some(byte) = self.peek() {
            if byte != b'\r' && byte != b'\n' {
                let (at, line) = (self.at, self.line);
                return match self.row(at) {
                    Ok(fields) => Ok(Some(Ok(Row { line, fields }))),
                    Err(reason) => self.recover(at, line, reason).map(|rejected| Some(Err(rejected))),
                };
            }
            self.line_break();
        }
        Ok(None)
    }

    /// Goes on with the line after the one on which a bad row began.
    fn recover(&mut self, at: usize, line: u32, reason: Reason) -> Result<Rejected, ImportError> {
        self.recoveries += 1;
        if self.recoveries > RECOVERIES_MAX {
            return Err(ImportError::Garbled);
        }
        let rest = &self.text[at..];
        self.at = at + rest.find(['\r', '\n']).unwrap_or(rest.len());
        self.line = line;
        self.line_break();
        Ok(Rejected { line, reason })
    }

    fn row(&mut self, start: usize) -> Result<Vec<String>, Reason> {
        let mut fields = Vec::new();
        loop {
            if fields.len() == COLUMNS_MAX {
                return Err(Reason::TooManyFields);
            }
            fields.push(self.field(start)?);
            match self.peek() {
                Some(byte) if byte == self.delimiter => self.at += 1,
                Some(_) | None => {
                    self.line_break();
                    return Ok(fields);
                }
            }
        }
    }

    /// Reads up to a delimiter or the end of the line. Text behind a closing quotation mark belongs to the field.
    fn field(&mut self, start: usize) -> Result<String, Reason> {
        let mut field = String::new();
        let quoted = self.peek() == Some(b'"');
        if quoted {
            self.at += 1;
            self.quoted(start, &mut field)?;
        }
        let rest = &self.text[self.at..];
        let end = rest
            .bytes()
            .position(|byte| byte == self.delimiter || byte == b'\r' || byte == b'\n')
            .unwrap_or(rest.len());
        if end > FIELD_CHARS_MAX * 4 {
            return Err(Reason::FieldTooLong);
        }
        field.push_str(&rest[..end]);
        self.at += end;
        if field.chars().count() > FIELD_CHARS_MAX {
            return Err(Reason::FieldTooLong);
        }
        Ok(field)
    }

    fn quoted(&mut self, start: usize, field: &mut String) -> Result<(), Reason> {
        loop {
            let limit = (start + ROW_BYTES_MAX).min(self.text.len());
            let Some(length) =
                self.text.as_bytes()[self.at..limit.max(self.at)].iter().position(|byte| *byte == b'"')
            else {
                return Err(Reason::UnclosedQuote);
            };
            let piece = &self.text[self.at..self.at + length];
            field.push_str(piece);
            self.line += line_breaks(piece);
            self.at += length + 1;
            if self.peek() != Some(b'"') {
                return Ok(());
            }
            field.push('"');
            self.at += 1;
        }
    }

    /// Takes one line break, if there is one here.
    fn line_break(&mut self) {
        let length = match &self.text.as_bytes()[self.at..] {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => return,
        };
        self.at += length;
        self.line += 1;
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

fn line_breaks(text: &str) -> u32 {
    let breaks =
        text.split('\n').count() - 1 + text.split('\r').count() - 1 - (text.split("\r\n").count() - 1);
    u32::try_from(breaks).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Row, Rows};

    fn all(text: &str) -> Vec<Result<Row, (u32, String)>> {
        let mut rows = Rows::new(text, b',');
        std::iter::from_fn(|| rows.next().expect("not garbled"))
            .map(|row| row.map_err(|rejected| (rejected.line, rejected.reason.to_string())))
            .collect()
    }

    fn row(line: u32, fields: &[&str]) -> Result<Row, (u32, String)> {
        Ok(Row { line, fields: fields.iter().map(|field| (*field).to_owned()).collect() })
    }

    #[test]
    fn lines_are_counted_over_blank_ones_and_through_quoted_line_breaks() {
        assert_eq!(
            all("a,b\r\n\r\n\"c\r\nd\",\"e\"\"f\"\rg,\n\"h\"i,j"),
            [row(1, &["a", "b"]), row(3, &["c\r\nd", "e\"f"]), row(5, &["g", ""]), row(6, &["hi", "j"])]
        );
    }

    #[test]
    fn an_unclosed_quotation_mark_costs_one_line() {
        let unclosed = "a quotation mark is opened and not closed";
        assert_eq!(
            all("a,b\n\"c,d\ne,f\ng,h"),
            [row(1, &["a", "b"]), Err((2, unclosed.into())), row(3, &["e", "f"]), row(4, &["g", "h"])]
        );
    }

    #[test]
    fn a_row_beyond_a_limit_costs_one_line() {
        let long = "x".repeat(4097);
        let wide = ",".repeat(256);
        assert_eq!(
            all(&format!("{long}\na\n{wide}\nb")),
            [
                Err((1, "a field is longer than 4096 characters".into())),
                row(2, &["a"]),
                Err((3, "more than 256 fields".into())),
                row(4, &["b"])
            ]
        );
    }

    proptest! {
        #[test]
        fn what_a_careful_writer_writes_is_read_back(
            table in prop::collection::vec(prop::collection::vec("[a-z\",; \r\n]{0,6}", 2..5), 0..6),
        ) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for record in &table {
                writer.write_record(record).expect("memory");
            }
            let text = String::from_utf8(writer.into_inner().expect("memory")).expect("text");
            let read: Vec<Vec<String>> = all(&text).into_iter().map(|row| row.expect("good").fields).collect();
            prop_assert_eq!(read, table);
        }

        #[test]
        fn no_text_makes_it_fall_over(text in "[a\",;\r\né]{0,60}") {
            let lines = text.split('\n').count() + text.split('\r').count();
            for row in all(&text).into_iter().flatten() {
                prop_assert!(row.line >= 1 && row.line as usize <= lines);
            }
        }
    }
}
