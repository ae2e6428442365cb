//! Reading address-book files: CSV and TSV as Outlook, Google and people write them, and vCard 2.1, 3.0 and 4.0. Every
//! row that cannot be used is named with its line and the reason, the good ones are returned; nothing is dropped
//! silently. The input is hostile until proven otherwise, so everything has a limit (SEC-1).
//!
//! Does not store contacts and does not merge them with those already there. `docs/address-books.md` is for the reader
//! who prepares such a file.

mod columns;
mod draft;
mod rows;
mod table;
mod vcard;

use std::borrow::Cow;

use contracts::address::AddressError;
use contracts::book::Contact;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

pub use draft::{Draft, Field};

/// Largest file: some 100,000 vCards without photographs.
pub const FILE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Most rows or cards, good and bad: at this size a search still takes milliseconds and 240 MiB.
pub const ROWS_MAX: usize = 200_000;
/// Most columns: an Outlook export has about 90.
pub const COLUMNS_MAX: usize = 256;
/// Longest field, in characters: the longest note that is kept.
pub const FIELD_CHARS_MAX: usize = 4096;

/// What came out of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// Ready to be stored; `id` is 0.
    pub contacts: Vec<Contact>,
    /// What was left out, by line.
    pub rejected: Vec<Rejected>,
}

/// Something that was left out: a whole row, or where [`Reason::row_is_kept`], a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Where it stands; 1 is the first line of the file. A row or card is named by its first line.
    pub line: u32,
    /// Why.
    pub reason: Reason,
}

/// Why something was left out. Names columns, never what stands in them (personal data stays out of logs).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Neither a person's nor a company's name.
    #[error("no name and no company")]
    NoName,
    /// Nothing to reach anybody by.
    #[error("no usable number, SIP address or e-mail address")]
    NoEndpoint,
    /// More than [`COLUMNS_MAX`] fields.
    #[error("more than {COLUMNS_MAX} fields")]
    TooManyFields,
    /// A field is longer than [`FIELD_CHARS_MAX`].
    #[error("a field is longer than {FIELD_CHARS_MAX} characters")]
    FieldTooLong,
    /// A quotation mark opens a field and nothing closes it within [`FIELD_CHARS_MAX`].
    #[error("a quotation mark is opened and not closed")]
    UnclosedQuote,
    /// A card without its `END:VCARD`.
    #[error("the card has no END:VCARD")]
    CardNotEnded,
    /// Text between cards.
    #[error("text outside of a card")]
    OutsideCard,
    /// Kept without this number.
    #[error("imported without {column}: {why}")]
    NumberLeftOut {
        /// As the file calls it.
        column: String,
        /// What is wrong with the number.
        why: NumberError,
    },
    /// Kept without this e-mail address.
    #[error("imported without {column}: it is no e-mail address")]
    EmailLeftOut {
        /// As the file calls it.
        column: String,
    },
    /// Kept with the first numbers.
    #[error("imported with its first {} numbers only", draft::ENDPOINTS_MAX)]
    TooManyNumbers,
    /// Kept with the beginning of this field.
    #[error("imported with {column} cut to {chars_max} characters")]
    Cut {
        /// As the file calls it.
        column: String,
        /// Characters that were kept.
        chars_max: usize,
    },
    /// Kept without the fields for which there is no column.
    #[error("imported without the fields that have no heading")]
    ExtraFields,
    /// Kept without a line of a card that is no property.
    #[error("imported without a line that cannot be read")]
    BadProperty,
}

impl Reason {
    /// The row was imported, only a part of it was not.
    pub fn row_is_kept(&self) -> bool {
        match self {
            Reason::NoName
            | Reason::NoEndpoint
            | Reason::TooManyFields
            | Reason::FieldTooLong
            | Reason::UnclosedQuote
            | Reason::CardNotEnded
            | Reason::OutsideCard => false,
            Reason::NumberLeftOut { .. }
            | Reason::EmailLeftOut { .. }
            | Reason::TooManyNumbers
            | Reason::Cut { .. }
            | Reason::ExtraFields
            | Reason::BadProperty => true,
        }
    }
}

/// What is wrong with a number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It cannot be dialled.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Words instead of a number, such as "none".
    #[error("there is no number in it")]
    NoDigits,
}

/// Why a file as a whole cannot be read; nothing was imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Larger than [`FILE_BYTES_MAX`].
    #[error("the file is larger than {} MiB", FILE_BYTES_MAX / (1024 * 1024))]
    TooLarge,
    /// More rows than [`ROWS_MAX`].
    #[error("the file has more than {ROWS_MAX} rows")]
    TooManyRows,
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// A workbook, an archive, a picture.
    #[error("this is not a text file; save an Excel workbook as CSV first")]
    NotText,
    /// The first line names no column we know, so no row could be understood.
    #[error("the first line names neither a name nor a number column (such as \"Last Name\" and \"Phone\")")]
    NoHeadings,
    /// More columns than [`COLUMNS_MAX`].
    #[error("the first line names more than {COLUMNS_MAX} columns")]
    TooManyColumns,
    /// Row after row breaks a limit: this is no table.
    #[error("too many rows that cannot be read")]
    Garbled,
}

/// Reads a file. Whether it holds cards or a table is seen from its content; its name is not needed.
pub fn import(bytes: &[u8]) -> Result<Import, ImportError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(ImportError::TooLarge);
    }
    let text = decode(bytes);
    if text.contains('\0') {
        return Err(ImportError::NotText);
    }
    if text.trim().is_empty() {
        return Err(ImportError::Empty);
    }
    if vcard::is_vcard(&text) { vcard::read(&text) } else { table::read(&text) }
}

/// UTF-8 and UTF-16 by their byte order mark; UTF-16 also without one, where it shows; else UTF-8 where it is valid; else
/// Windows-1252, in which every file is.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let (encoding, bom) =
        Encoding::for_bom(bytes).or_else(|| Some((unmarked(bytes)?, 0))).unwrap_or((UTF_8, 0));
    let body = &bytes[bom..];
    match encoding.decode_without_bom_handling_and_without_replacement(body) {
        Some(text) => text,
        None if bom > 0 => encoding.decode_without_bom_handling(body).0,
        None => WINDOWS_1252.decode_without_bom_handling(body).0,
    }
}

/// UTF-16 without a mark: headings and cards begin with Latin letters, of which every other byte is zero then.
fn unmarked(bytes: &[u8]) -> Option<&'static Encoding> {
    const LOOKED_AT: usize = 64;
    let pairs = bytes.as_chunks::<2>().0;
    let pairs = &pairs[..pairs.len().min(LOOKED_AT / 2)];
    let all = |is: fn(&[u8; 2]) -> bool| !pairs.is_empty() && pairs.iter().all(is);
    if all(|[low, high]| *high == 0 && *low != 0) {
        Some(UTF_16LE)
    } else if all(|[high, low]| *high == 0 && *low != 0) {
        Some(UTF_16BE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
