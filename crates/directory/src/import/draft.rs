//! A contact while its row, card or entry is read: collects fields, keeps to the limits of [`Contact`], and notes what had to
//! be left out. Knows nothing of files and directories.

use contracts::Address;
use contracts::book::{CUSTOM_MAX, Contact, Custom, Endpoint, EndpointKind};

use super::{FIELD_CHARS_MAX, Import, NumberError, Reason, Rejected};

/// Numbers of one contact, by the promise of [`Contact::endpoints`].
pub(super) const ENDPOINTS_MAX: usize = 16;
/// Characters of a text field, by the promise of [`Contact`].
const TEXT_CHARS_MAX: usize = 256;
/// Characters of a column's name that are repeated in a reason.
const COLUMN_CHARS_MAX: usize = 60;
/// Longest extension: numbers of the own organisation are 2–6 digits and do not begin with zero.
const EXTENSION_DIGITS_MAX: usize = 6;

/// A text field of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// As shown.
    DisplayName,
    /// Given name.
    FirstName,
    /// Further given names.
    MiddleName,
    /// Family name.
    LastName,
    /// Organisation.
    Company,
    /// Department.
    Department,
    /// Job title.
    Title,
    /// City.
    City,
    /// E-mail address.
    Email,
    /// Free text.
    Notes,
    /// Her manager, as the source names her.
    Manager,
}

/// A contact in the making.
pub struct Draft {
    line: u32,
    contact: Contact,
    middle_name: String,
    internal: Option<bool>,
    endpoints: Vec<(bool, Endpoint)>,
    left_out: Vec<Reason>,
}

impl Draft {
    /// Begins at this line; 0 for what has no lines.
    pub fn new(line: u32) -> Draft {
        Draft {
            line,
            contact: Contact::default(),
            middle_name: String::new(),
            internal: None,
            endpoints: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Takes a text, unless the field has one already: the first of several e-mail addresses is the main one.
    pub fn text(&mut self, field: Field, column: &str, value: &str) {
        let (slot, chars_max) = match field {
            Field::DisplayName => (&mut self.contact.display_name, TEXT_CHARS_MAX),
            Field::FirstName => (&mut self.contact.first_name, TEXT_CHARS_MAX),
            Field::MiddleName => (&mut self.middle_name, TEXT_CHARS_MAX),
            Field::LastName => (&mut self.contact.last_name, TEXT_CHARS_MAX),
            Field::Company => (&mut self.contact.company, TEXT_CHARS_MAX),
            Field::Department => (&mut self.contact.department, TEXT_CHARS_MAX),
            Field::Title => (&mut self.contact.title, TEXT_CHARS_MAX),
            Field::City => (&mut self.contact.city, TEXT_CHARS_MAX),
            Field::Email => (&mut self.contact.email, TEXT_CHARS_MAX),
            Field::Notes => (&mut self.contact.notes, FIELD_CHARS_MAX),
            Field::Manager => (&mut self.contact.manager, TEXT_CHARS_MAX),
        };
        if !slot.is_empty() {
            return;
        }
        let value = value.trim();
        if field == Field::Email && !value.is_empty() && !is_email(value) {
            self.left_out(Reason::EmailLeftOut { column: named(column) });
            return;
        }
        *slot = cut(value, chars_max).to_owned();
        if slot.len() < value.len() {
            self.left_out.push(Reason::Cut { column: named(column), chars_max });
        }
    }

    /// Takes a number or SIP address; `preferred` puts it first.
    pub fn number(&mut self, kind: EndpointKind, preferred: bool, column: &str, value: &str) {
        if value.trim().is_empty() {
            return;
        }
        match parse_number(value) {
            Ok(address) => {
                let address = address.as_str().to_owned();
                if self.endpoints.iter().any(|(_, known)| known.address == address) {
                    return;
                }
                if self.endpoints.len() < ENDPOINTS_MAX {
                    self.endpoints.push((preferred, Endpoint { kind, address }));
                } else if !self.left_out.contains(&Reason::TooManyNumbers) {
                    self.left_out.push(Reason::TooManyNumbers);
                }
            }
            Err(why) => self.left_out.push(Reason::NumberLeftOut { column: named(column), why }),
        }
    }

    /// Says whether she is of the organisation itself; without it an extension among the numbers decides.
    pub fn internal(&mut self, internal: bool) {
        self.internal = Some(internal);
    }

    /// Notes something that was left out.
    pub(super) fn left_out(&mut self, reason: Reason) {
        if !self.left_out.contains(&reason) {
            self.left_out.push(reason);
        }
    }

    /// What the source itself calls it.
    pub fn key(&mut self, key: &str) {
        self.contact.key = key.trim().to_owned();
    }

    /// Where the source itself has it: others name it so as their manager.
    pub fn place(&mut self, place: &str) {
        // Cut as the name of a manager is, so that the two still are the same.
        self.contact.place = cut(place.trim(), TEXT_CHARS_MAX).to_owned();
    }

    /// Takes a field for which there is no place of its own; the first 16 count.
    pub fn custom(&mut self, name: &str, value: &str) {
        let (name, kept) = (cut(name.trim(), TEXT_CHARS_MAX), cut(value.trim(), TEXT_CHARS_MAX));
        if name.is_empty() || kept.is_empty() || self.contact.custom.len() == CUSTOM_MAX {
            return;
        }
        self.contact.custom.push(Custom { name: name.to_owned(), value: kept.to_owned() });
        if kept.len() < value.trim().len() {
            self.left_out(Reason::Cut { column: named(name), chars_max: TEXT_CHARS_MAX });
        }
    }

    /// The contact, where it has a name and something to reach her by.
    pub fn contact(self) -> Option<Contact> {
        let mut import = Import::default();
        self.finish(&mut import);
        import.contacts.pop()
    }

    /// Adds the contact, or the reason why there is none, and all that was left out.
    pub(super) fn finish(mut self, import: &mut Import) {
        self.endpoints.sort_by_key(|(preferred, endpoint)| (!preferred, order(endpoint.kind)));
        let mut contact = self.contact;
        contact.endpoints = self.endpoints.into_iter().map(|(_, endpoint)| endpoint).collect();
        contact.internal = self.internal.unwrap_or_else(|| contact.endpoints.iter().any(is_extension));
        if contact.display_name.is_empty() {
            let parts = [&contact.first_name, &self.middle_name, &contact.last_name];
            let name: Vec<&str> =
                parts.iter().map(|part| part.as_str()).filter(|part| !part.is_empty()).collect();
            contact.display_name = cut(&name.join(" "), TEXT_CHARS_MAX).to_owned();
        }
        if contact.display_name.is_empty() {
            contact.display_name.clone_from(&contact.company);
        }
        let line = self.line;
        import.rejected.extend(self.left_out.into_iter().map(|reason| Rejected { line, reason }));
        if contact.display_name.is_empty() {
            import.rejected.push(Rejected { line, reason: Reason::NoName });
        } else if contact.endpoints.is_empty() && contact.email.is_empty() {
            import.rejected.push(Rejected { line, reason: Reason::NoEndpoint });
        } else {
            import.contacts.push(contact);
        }
    }
}

/// A number that can be dialled. Stricter than [`Address::parse`], to which `unknown` is the user part of a SIP address.
fn parse_number(text: &str) -> Result<Address, NumberError> {
    // Parameters of a `tel:` link (RFC 3966) are not dialled; those of a SIP address `Address` leaves out itself.
    let text = text.trim();
    let text = if text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:")) {
        text.split(';').next().unwrap_or(text)
    } else {
        text
    };
    if text.chars().any(|c| c.is_alphabetic()) && !text.contains('@') && !has_scheme(text) {
        return Err(match Address::parse(text) {
            Ok(_) => NumberError::NoDigits,
            Err(error) => error.into(),
        });
    }
    let address = Address::parse(text)?;
    let reachable = address.host().is_some() || address.as_str().bytes().any(|byte| byte.is_ascii_digit());
    if reachable { Ok(address) } else { Err(NumberError::NoDigits) }
}

/// Something on both sides of an `@`: Outlook also writes addresses of Exchange (`/o=…/cn=…`), which nobody can use.
fn is_email(text: &str) -> bool {
    let sides = text.rsplit_once('@');
    sides.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
        && !text.contains(char::is_whitespace)
}

fn has_scheme(text: &str) -> bool {
    ["sip:", "sips:", "tel:", "callto:"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

fn is_extension(endpoint: &Endpoint) -> bool {
    let digits = endpoint.address.as_bytes();
    (2..=EXTENSION_DIGITS_MAX).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
        && digits[0] != b'0'
}

/// The desk is tried before the mobile phone, and both before a private line.
fn order(kind: EndpointKind) -> u8 {
    match kind {
        EndpointKind::Work => 0,
        EndpointKind::Sip => 1,
        EndpointKind::Mobile => 2,
        EndpointKind::Other => 3,
        EndpointKind::Home => 4,
        EndpointKind::Voicemail => 5,
    }
}

fn cut(text: &str, chars_max: usize) -> &str {
    text.char_indices().nth(chars_max).map_or(text, |(end, _)| text[..end].trim_end())
}

fn named(column: &str) -> String {
    cut(column.trim(), COLUMN_CHARS_MAX).to_owned()
}
