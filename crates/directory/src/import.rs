//! Reading address-book files: CSV and TSV as Outlook, Google and people write them, and vCard 2.1, 3.0 and 4.0. Every
//! row that cannot be used is named with its line and the reason, the good ones are returned; nothing is dropped
//! silently. A file comes in pieces and no more than a row of it is held, so its size does not matter; rows and fields are
//! hostile until proven otherwise, so they have limits (SEC-1).
//!
//! Does not store contacts and does not merge them with those already there. `docs/address-books.md` is for the reader
//! who prepares such a file.

mod columns;
mod draft;
mod rows;
mod table;
mod vcard;

use contracts::address::AddressError;
use contracts::book::Contact;
use decoding::Decoding;

use table::Table;
use vcard::Cards;

pub use draft::{Draft, Field};

/// Most rows or cards, good and bad: five times the largest address book ([`contracts::book::CONTACTS_MAX`]), so that it is read
/// whatever is wrong with it, and an end that is known.
pub const ROWS_MAX: usize = 5_000_000;
/// Blanks before the first word of a file: more are no address book.
const BLANK_BYTES_MAX: usize = 1 << 20;
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
    /// Headings of the columns that are not read, as the file calls them.
    pub unread: Vec<String>,
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

/// Reads a file that is here as a whole. Whether it holds cards or a table is seen from its content; its name is not needed.
pub fn import(bytes: &[u8]) -> Result<Import, ImportError> {
    let mut import = Import::default();
    let mut file = ImportFile::default();
    file.take(bytes, &mut import)?;
    file.end(&mut import)?;
    Ok(import)
}

/// A file that is being read piece by piece. After an error there is nothing more to be had of it.
#[derive(Default)]
pub struct ImportFile {
    decoding: Decoding,
    content: Content,
}

/// What the file turned out to hold.
enum Content {
    /// Not known yet: its text so far.
    Unknown(String),
    Table(Box<Table>),
    Cards(Box<Cards>),
}

impl Default for Content {
    fn default() -> Content {
        Content::Unknown(String::new())
    }
}

impl ImportFile {
    /// Takes the next bytes of the file, cut anywhere, and adds to `import` what can be told by now.
    pub fn take(&mut self, bytes: &[u8], import: &mut Import) -> Result<(), ImportError> {
        let text = self.decoding.take(bytes);
        self.text(&text, false, import)
    }

    /// The file is over: adds the rest.
    pub fn end(&mut self, import: &mut Import) -> Result<(), ImportError> {
        let text = self.decoding.end();
        self.text(&text, true, import)
    }

    fn text(&mut self, text: &str, is_last: bool, import: &mut Import) -> Result<(), ImportError> {
        if text.contains('\0') {
            return Err(ImportError::NotText);
        }
        match &mut self.content {
            Content::Unknown(so_far) => {
                so_far.push_str(text);
                self.content = match begin(std::mem::take(so_far), is_last, import)? {
                    Content::Table(mut table) => {
                        table.read(import)?;
                        Content::Table(table)
                    }
                    other => other,
                };
                if let (Content::Cards(cards), true) = (&mut self.content, is_last) {
                    cards.end(import)?;
                }
                Ok(())
            }
            Content::Table(table) => {
                table.push(text);
                if is_last {
                    table.end();
                }
                table.read(import)
            }
            Content::Cards(cards) => {
                cards.push(text, import)?;
                if is_last { cards.end(import) } else { Ok(()) }
            }
        }
    }
}

/// What begins with this text.
fn begin(text: String, is_whole: bool, import: &mut Import) -> Result<Content, ImportError> {
    let word = text.trim_start();
    if word.is_empty() {
        return match () {
            () if is_whole => Err(ImportError::Empty),
            () if text.len() > BLANK_BYTES_MAX => Err(ImportError::NoHeadings),
            () => Ok(Content::Unknown(text)),
        };
    }
    match vcard::is_vcard(word, is_whole) {
        None => Ok(Content::Unknown(text)),
        Some(true) => {
            let mut cards = Cards::default();
            cards.push(&text, import)?;
            Ok(Content::Cards(Box::new(cards)))
        }
        Some(false) => Ok(match Table::begin(&text, is_whole)? {
            Some(table) => {
                import.unread = table.unread();
                Content::Table(Box::new(table))
            }
            None => Content::Unknown(text),
        }),
    }
}

#[cfg(test)]
mod tests;
