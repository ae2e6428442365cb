//! Tables with headings: CSV with commas or semicolons, and tab-separated text. Turns each row into a contact; cutting
//! rows is left to `rows`, meaning of headings to `columns`.

use std::collections::BTreeMap;

use contracts::book::EndpointKind;

use super::columns::{self, Column};
use super::draft::Draft;
use super::rows::{Row, Rows};
use super::{Import, ImportError, ROWS_MAX, Reason, Rejected};

const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
/// Google writes several numbers of one kind into one field with this between them.
const SEVERAL: &str = ":::";

/// Reads all rows below the headings.
pub(super) fn read(text: &str) -> Result<Import, ImportError> {
    let (delimiter, announced) = delimiter(text);
    let mut rows = Rows::new(text, delimiter);
    if announced {
        // The line "sep=;" with which Excel is told the delimiter.
        rows.next()?;
    }
    let headings = match rows.next()? {
        Some(Ok(row)) => row.fields,
        Some(Err(Rejected { reason: Reason::TooManyFields, .. })) => return Err(ImportError::TooManyColumns),
        Some(Err(_)) | None => return Err(ImportError::NoHeadings),
    };
    let columns = columns::read(&headings);
    if !columns.iter().any(|column| column.is_name()) || !columns.iter().any(|column| column.is_reachable()) {
        return Err(ImportError::NoHeadings);
    }
    let mut import = Import::default();
    let mut count = 0;
    while let Some(row) = rows.next()? {
        count += 1;
        if count > ROWS_MAX {
            return Err(ImportError::TooManyRows);
        }
        match row {
            Ok(row) => contact(&headings, &columns, &row, &mut import),
            Err(rejected) => import.rejected.push(rejected),
        }
    }
    Ok(import)
}

/// The delimiter under which the first line names the most columns, and whether the file itself announces it.
fn delimiter(text: &str) -> (u8, bool) {
    let first_line = text.lines().next().unwrap_or_default().trim_end();
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] = first_line.as_bytes()
        && DELIMITERS.contains(delimiter)
    {
        return (*delimiter, true);
    }
    let known = |delimiter: u8| match Rows::new(text, delimiter).next() {
        Ok(Some(Ok(row))) => {
            let known = columns::read(&row.fields).iter().filter(|column| **column != Column::Unused).count();
            (known, row.fields.len())
        }
        Ok(Some(Err(_)) | None) | Err(_) => (0, 0),
    };
    // The first one wins a draw, so the list is walked from its end.
    let best = DELIMITERS.into_iter().rev().max_by_key(|delimiter| known(*delimiter));
    (best.unwrap_or(b','), false)
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
