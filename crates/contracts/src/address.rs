//! Where somebody can be reached: a phone number or a SIP address, parsed once. Does not normalise to E.164 (DIR).

use std::fmt;
use std::str::FromStr;

/// A phone number or SIP address, as one would dial it: `4010`, `+41445556677`, `anna@example.com`.
/// 1–256 characters; never holds characters that could end a SIP header or URI early.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing to dial.
    #[error("the number is empty")]
    Empty,
    /// Longer than 256 characters.
    #[error("the number is longer than 256 characters")]
    TooLong,
    /// Holds a character that cannot be dialled.
    #[error("'{0}' cannot be part of a number or SIP address")]
    BadCharacter(char),
}

impl Address {
    /// Takes a number with the usual separators (`+41 (0)44 555 66-77` keeps digits, `+`, `*`, `#`), a SIP address with
    /// or without `sip:`/`sips:`, or a `tel:`/`callto:` link.
    pub fn parse(text: &str) -> Result<Address, AddressError> {
        let mut rest = text.trim();
        for scheme in ["sips:", "sip:", "tel:", "callto:"] {
            if rest.len() >= scheme.len()
                && rest.is_char_boundary(scheme.len())
                && rest[..scheme.len()].eq_ignore_ascii_case(scheme)
            {
                rest = &rest[scheme.len()..];
                break;
            }
        }
        // URI parameters and headers say how to reach somebody, not whom.
        let rest = rest.trim_start_matches("//").split([';', '?']).next().unwrap_or_default();
        if rest.is_empty() {
            return Err(AddressError::Empty);
        }
        if rest.chars().count() > 256 {
            return Err(AddressError::TooLong);
        }
        let dialled: String = if rest.chars().all(|c| c.is_ascii_digit() || "+*# ()-./\u{a0}".contains(c)) {
            rest.replace("(0)", "").chars().filter(|c| c.is_ascii_digit() || "+*#".contains(*c)).collect()
        } else {
            if let Some(bad) =
                rest.chars().find(|c| !(c.is_ascii_alphanumeric() || "@.-_+~!$&'*#:[]%=".contains(*c)))
            {
                return Err(AddressError::BadCharacter(bad));
            }
            rest.to_owned()
        };
        if dialled.is_empty() { Err(AddressError::Empty) } else { Ok(Address(dialled)) }
    }

    /// As one would dial it, without a scheme.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before `@`, or all of it.
    pub fn user(&self) -> &str {
        self.0.split('@').next().unwrap_or(&self.0)
    }

    /// The part after `@`.
    pub fn host(&self) -> Option<&str> {
        self.0.split_once('@').map(|(_, host)| host)
    }

    /// The digits alone, for matching the tail of one number with another.
    pub fn digits(&self) -> String {
        self.user().chars().filter(char::is_ascii_digit).collect()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Address {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Address, AddressError> {
        Address::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn numbers_lose_their_separators_and_sip_addresses_their_scheme() {
        for (text, want) in [
            ("+41 (0)44 555 66-77", "+41445556677"),
            ("tel:+41-44-555", "+4144555"),
            ("SIP:anna@example.com;transport=tcp", "anna@example.com"),
            ("4010", "4010"),
            ("tel:+1-555-0100;ext=7", "+15550100"),
            ("*97#", "*97#"),
        ] {
            assert_eq!(Address::parse(text).map(|a| a.to_string()).as_deref(), Ok(want), "{text}");
        }
    }

    #[test]
    fn a_line_break_cannot_be_smuggled_in() {
        for text in ["40\r\n10", "a@b\r\nVia: x", "<sip:a@b>", "a\"b", "", "sip:", "  "] {
            assert!(Address::parse(text).is_err(), "{text:?}");
        }
    }
}
