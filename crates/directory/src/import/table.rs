//! Tables with headings: CSV with commas or semicolons, and tab-separated text. Turns each row into a contact; cutting
//! rows is left to `rows`, meaning of headings to `columns`.

use std::collections::BTreeMap;

use contracts::book::EndpointKind;

use super::columns::{self, Column};
use super::draft::Draft;
use super::rows::{Next, Row, Rows};
use super::{Import, ImportError, ROWS_MAX, Reason, Rejected};

const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
/// Google writes several numbers of one kind into one field with this between them.
const SEVERAL: &str = ":::";
/// Longest line `sep=;` with its line break: what is longer is a row.
const ANNOUNCED_CHARS_MAX: usize = 16;
/// Characters of a heading that are shown.
const HEADING_CHARS_SHOWN: usize = 64;

/// A table that is being read.
pub(super) struct Table {
    rows: Rows,
    headings: Vec<String>,
    columns: Vec<Column>,
    count: usize,
}

impl Table {
    /// Begins with this text, all of the file so far; `None`: its headings are not whole yet.
    pub(super) fn begin(text: &str, is_whole: bool) -> Result<Option<Table>, ImportError> {
        let first_line = text.find(['\r', '\n']);
        if first_line.is_none() && !is_whole && text.len() < ANNOUNCED_CHARS_MAX {
            return Ok(None);
        }
        let announced = announced(text.lines().next().unwrap_or_default().trim_end());
        let Some(delimiter) = announced.or_else(|| delimiter(text, is_whole)) else { return Ok(None) };
        let mut rows = of_text(text, delimiter, is_whole);
        if announced.is_some() && rows.next()? == Next::More {
            // The line "sep=;" with which Excel is told the delimiter.
            return Ok(None);
        }
        let headings = match rows.next()? {
            Next::Row(row) => row.fields,
            Next::Bad(Rejected { reason: Reason::TooManyFields, .. }) => {
                return Err(ImportError::TooManyColumns);
            }
            Next::Bad(_) | Next::End => return Err(ImportError::NoHeadings),
            Next::More => return Ok(None),
        };
        let columns = columns::read(&headings);
        if !columns.iter().any(|column| column.is_name())
            || !columns.iter().any(|column| column.is_reachable())
        {
            return Err(ImportError::NoHeadings);
        }
        Ok(Some(Table { rows, headings, columns, count: 0 }))
    }

    /// Headings of the columns that are not read.
    pub(super) fn unread(&self) -> Vec<String> {
        let unread = self.headings.iter().zip(&self.columns).filter(|(_, column)| **column == Column::Unused);
        let headings = unread.map(|(heading, _)| heading.trim()).filter(|heading| !heading.is_empty());
        headings.map(|heading| heading.chars().take(HEADING_CHARS_SHOWN).collect()).collect()
    }

    /// Takes the text that follows.
    pub(super) fn push(&mut self, text: &str) {
        self.rows.push(text);
    }

    /// There is no more text.
    pub(super) fn end(&mut self) {
        self.rows.end();
    }

    /// Reads all rows that are here.
    pub(super) fn read(&mut self, import: &mut Import) -> Result<(), ImportError> {
        loop {
            let row = self.rows.next()?;
            if matches!(row, Next::More | Next::End) {
                return Ok(());
            }
            self.count += 1;
            if self.count > ROWS_MAX {
                return Err(ImportError::TooManyRows);
            }
            match row {
                Next::Row(row) => contact(&self.headings, &self.columns, &row, import),
                Next::Bad(rejected) => import.rejected.push(rejected),
                Next::More | Next::End => {}
            }
        }
    }
}

fn of_text(text: &str, delimiter: u8, is_whole: bool) -> Rows {
    let mut rows = Rows::new(delimiter);
    rows.push(text);
    if is_whole {
        rows.end();
    }
    rows
}

/// The delimiter that the file itself announces.
fn announced(first_line: &str) -> Option<u8> {
    match first_line.as_bytes() {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] if DELIMITERS.contains(delimiter) => {
            Some(*delimiter)
        }
        _ => None,
    }
}

/// The delimiter under which the first line names the most columns; `None`: it is not whole yet.
fn delimiter(text: &str, is_whole: bool) -> Option<u8> {
    let known = |delimiter: u8| match of_text(text, delimiter, is_whole).next() {
        Ok(Next::Row(row)) => {
            let known = columns::read(&row.fields).iter().filter(|column| **column != Column::Unused).count();
            Some((known, row.fields.len()))
        }
        Ok(Next::Bad(_) | Next::End) | Err(_) => Some((0, 0)),
        Ok(Next::More) => None,
    };
    let counted: Option<Vec<_>> =
        DELIMITERS.into_iter().map(|delimiter| Some((known(delimiter)?, delimiter))).collect();
    // The first one wins a draw, so the list is walked from its end.
    counted?.into_iter().rev().max_by_key(|(known, _)| *known).map(|(_, delimiter)| delimiter)
}

fn contact(headings: &[String], columns: &[Column], row: &Row, import: &mut Import) {
    if row.fields.iter().all(|field| field.trim().is_empty()) {
        // Spreadsheets end in rows of delimiters; there is nothing in them to lose.
        return;
    }
    let mut draft = Draft::new(row.line);
    let kinds = number_types(columns, row);
    for ((heading, column), value) in headings.iter().zip(columns).zip(&row.fields) {
        match column {
            Column::Text(field) => draft.text(*field, heading, first(value)),
            Column::Number(kind) => numbers(&mut draft, *kind, heading, value),
            Column::TypedNumber(position) => match kinds.get(position) {
                Some(Some(kind)) => numbers(&mut draft, *kind, heading, value),
                Some(None) => {}
                None => numbers(&mut draft, EndpointKind::Other, heading, value),
            },
            Column::Internal => {
                if let Some(internal) = yes_or_no(value) {
                    draft.internal(internal);
                }
            }
            Column::Custom(name) => draft.custom(name, first(value)),
            Column::NumberType(_) | Column::Unused => {}
        }
    }
    if row.fields.iter().skip(headings.len()).any(|field| !field.trim().is_empty()) {
        draft.left_out(Reason::ExtraFields);
    }
    draft.finish(import);
}

/// Google: the kind of each number by position; `None` where it is a fax.
fn number_types(columns: &[Column], row: &Row) -> BTreeMap<u32, Option<EndpointKind>> {
    let types = columns.iter().zip(&row.fields).filter_map(|(column, value)| match column {
        Column::NumberType(position) => Some((*position, columns::kind(value))),
        Column::Text(_)
        | Column::Number(_)
        | Column::TypedNumber(_)
        | Column::Internal
        | Column::Custom(_)
        | Column::Unused => None,
    });
    types.collect()
}

fn numbers(draft: &mut Draft, kind: EndpointKind, heading: &str, value: &str) {
    for number in value.split(SEVERAL) {
        draft.number(kind, false, heading, number);
    }
}

fn first(value: &str) -> &str {
    value.split(SEVERAL).next().unwrap_or(value)
}

fn yes_or_no(value: &str) -> Option<bool> {
    match value.trim().to_lowercase().as_str() {
        "1" | "yes" | "y" | "true" | "x" | "ja" | "j" | "wahr" => Some(true),
        "0" | "no" | "n" | "false" | "nein" | "falsch" => Some(false),
        _ => None,
    }
}
