//! Cuts a table into rows and fields (RFC 4180, leniently), and knows the line of each. A row that breaks a limit or
//! never closes a quotation mark costs that one line only: reading goes on with the next. The text comes piece by piece, and
//! no more of it is held than one row. Does not know what columns mean.

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

/// What comes next in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A row that can be read.
    Row(Row),
    /// One that cannot.
    Bad(Rejected),
    /// Nothing before there is more text.
    More,
    /// Nothing: the table is over.
    End,
}

/// Why a row could not be read.
enum Stop {
    /// It breaks a limit.
    Bad(Reason),
    /// Its end is not here yet.
    More,
}

/// Reads rows one by one.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    text: String,
    /// No text comes after it.
    is_whole: bool,
    at: usize,
    line: u32,
    delimiter: u8,
    recoveries: u32,
    /// The rest of this line belongs to a row that was given up.
    skips_line: bool,
}

impl Rows {
    /// `delimiter` is ASCII.
    pub(super) fn new(delimiter: u8) -> Rows {
        Rows {
            text: String::new(),
            is_whole: false,
            at: 0,
            line: 1,
            delimiter,
            recoveries: 0,
            skips_line: false,
        }
    }

    /// Takes the text that follows.
    pub(super) fn push(&mut self, text: &str) {
        self.text.drain(..self.at);
        self.at = 0;
        self.text.push_str(text);
    }

    /// There is no more text.
    pub(super) fn end(&mut self) {
        self.is_whole = true;
    }

    /// The next row that is not empty, a row that cannot be read, or why there is neither.
    pub(super) fn next(&mut self) -> Result<Next, ImportError> {
        if self.skips_line && !self.skip_line() {
            return Ok(self.nothing());
        }
        while let Some(byte) = self.peek() {
            let (at, line) = (self.at, self.line);
            if byte == b'\r' || byte == b'\n' {
                if self.line_break().is_err() {
                    return Ok(Next::More);
                }
                continue;
            }
            return match self.row(at) {
                Ok(fields) => Ok(Next::Row(Row { line, fields })),
                Err(Stop::Bad(reason)) => self.recover(at, line, reason).map(Next::Bad),
                Err(Stop::More) => {
                    (self.at, self.line) = (at, line);
                    Ok(Next::More)
                }
            };
        }
        Ok(self.nothing())
    }

    fn nothing(&self) -> Next {
        if self.is_whole { Next::End } else { Next::More }
    }

    /// Goes on with the line after the one on which a bad row began.
    fn recover(&mut self, at: usize, line: u32, reason: Reason) -> Result<Rejected, ImportError> {
        self.recoveries += 1;
        if self.recoveries > RECOVERIES_MAX {
            return Err(ImportError::Garbled);
        }
        (self.at, self.line) = (at, line);
        self.skip_line();
        Ok(Rejected { line, reason })
    }

    /// Goes to the next line, as far as there is text; whether it is reached.
    fn skip_line(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let end = rest.find(['\r', '\n']);
        self.at += end.unwrap_or(rest.len());
        self.skips_line = match end {
            Some(_) => self.line_break().is_err(),
            None => !self.is_whole,
        };
        !self.skips_line
    }

    fn row(&mut self, start: usize) -> Result<Vec<String>, Stop> {
        let mut fields = Vec::new();
        loop {
            if fields.len() == COLUMNS_MAX {
                return Err(Stop::Bad(Reason::TooManyFields));
            }
            fields.push(self.field(start)?);
            match self.peek() {
                Some(byte) if byte == self.delimiter => self.at += 1,
                Some(_) => {
                    self.line_break()?;
                    return Ok(fields);
                }
                None if self.is_whole => return Ok(fields),
                None => return Err(Stop::More),
            }
        }
    }

    /// Reads up to a delimiter or the end of the line. Text behind a closing quotation mark belongs to the field.
    fn field(&mut self, start: usize) -> Result<String, Stop> {
        let mut field = String::new();
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.quoted(start, &mut field)?;
            }
            None if !self.is_whole => return Err(Stop::More),
            Some(_) | None => {}
        }
        let rest = &self.text[self.at..];
        let found = rest.bytes().position(|byte| byte == self.delimiter || byte == b'\r' || byte == b'\n');
        let end = found.unwrap_or(rest.len());
        if end > FIELD_CHARS_MAX * 4 {
            return Err(Stop::Bad(Reason::FieldTooLong));
        }
        if found.is_none() && !self.is_whole {
            return Err(Stop::More);
        }
        field.push_str(&rest[..end]);
        self.at += end;
        if field.chars().count() > FIELD_CHARS_MAX {
            return Err(Stop::Bad(Reason::FieldTooLong));
        }
        Ok(field)
    }

    fn quoted(&mut self, start: usize, field: &mut String) -> Result<(), Stop> {
        loop {
            let limit = (start + ROW_BYTES_MAX).min(self.text.len());
            let Some(length) =
                self.text.as_bytes()[self.at..limit.max(self.at)].iter().position(|byte| *byte == b'"')
            else {
                let may_follow = !self.is_whole && self.text.len() < start + ROW_BYTES_MAX;
                return Err(if may_follow { Stop::More } else { Stop::Bad(Reason::UnclosedQuote) });
            };
            let piece = &self.text[self.at..self.at + length];
            field.push_str(piece);
            self.line += line_breaks(piece);
            self.at += length + 1;
            match self.peek() {
                Some(b'"') => {
                    field.push('"');
                    self.at += 1;
                }
                None if !self.is_whole => return Err(Stop::More),
                Some(_) | None => return Ok(()),
            }
        }
    }

    /// Takes one line break, if there is one here.
    fn line_break(&mut self) -> Result<(), Stop> {
        let length = match &self.text.as_bytes()[self.at..] {
            [b'\r'] if !self.is_whole => return Err(Stop::More),
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => return Ok(()),
        };
        self.at += length;
        self.line += 1;
        Ok(())
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

    use super::{Next, Row, Rows};

    fn all(text: &str) -> Vec<Result<Row, (u32, String)>> {
        pieces(&[text])
    }

    /// What comes out of a text that comes in these pieces.
    fn pieces(texts: &[&str]) -> Vec<Result<Row, (u32, String)>> {
        let mut rows = Rows::new(b',');
        let mut texts = texts.iter();
        let mut read = Vec::new();
        loop {
            match rows.next().expect("not garbled") {
                Next::Row(row) => read.push(Ok(row)),
                Next::Bad(rejected) => read.push(Err((rejected.line, rejected.reason.to_string()))),
                Next::More => match texts.next() {
                    Some(text) => rows.push(text),
                    None => rows.end(),
                },
                Next::End => return read,
            }
        }
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

        /// DIR-1: how the file is cut into pieces on its way makes no difference.
        #[test]
        fn a_text_in_pieces_reads_as_the_whole_dir_1(
            text in "([a\",;\r\né]|\",|\"\r\n){0,80}",
            cuts in prop::collection::vec(0_usize..160, 0..6),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| text.floor_char_boundary(cut)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let parts: Vec<&str> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            prop_assert_eq!(pieces(&parts), all(&text));
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
