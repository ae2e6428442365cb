//! Search filters as people write them (RFC 4515), checked when they are entered and encoded for the wire (RFC 4511, 4.5.1.7).
//! Does not know which attributes there are: that the server says.

use crate::ber::{BOOLEAN, OCTETS, element, put};

/// The longest filter, in bytes.
const FILTER_BYTES_MAX: usize = 4096;
/// How deep filters may stand in each other: deeper ones nobody writes, and each takes a step of the stack.
const DEPTH_MAX: usize = 16;

/// A filter, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(Vec<u8>);

/// Why a text is no filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Longer than 4,096 bytes.
    #[error("it is longer than {FILTER_BYTES_MAX} bytes")]
    TooLong,
    /// More than 16 filters in each other.
    #[error("more than {DEPTH_MAX} brackets stand in each other")]
    TooDeep,
    /// Something else is expected at this place; 1 is the first character.
    #[error("{what} is expected at character {at}")]
    Expected {
        /// What.
        what: &'static str,
        /// Where.
        at: usize,
    },
}

impl Filter {
    /// Reads `(&(objectClass=person)(telephoneNumber=*))`; without brackets around it, it is one comparison.
    pub fn parse(text: &str) -> Result<Filter, FilterError> {
        let text = text.trim();
        if text.len() > FILTER_BYTES_MAX {
            return Err(FilterError::TooLong);
        }
        let mut reader = Reader { text, at: 0 };
        let mut out = Vec::new();
        if text.starts_with('(') {
            reader.filter(&mut out, 0)?
        } else {
            reader.comparison(&mut out)?
        }
        if reader.at == text.len() { Ok(Filter(out)) } else { Err(reader.expected("the end")) }
    }

    pub(crate) fn encoded(&self) -> &[u8] {
        &self.0
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn expected(&self, what: &'static str) -> FilterError {
        FilterError::Expected { what, at: self.text[..self.at].chars().count() + 1 }
    }

    fn take(&mut self, what: &'static str) -> Result<(), FilterError> {
        if self.rest().starts_with(what) {
            self.at += what.len();
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn filter(&mut self, out: &mut Vec<u8>, depth: usize) -> Result<(), FilterError> {
        if depth == DEPTH_MAX {
            return Err(FilterError::TooDeep);
        }
        self.take("(")?;
        match self.rest().as_bytes().first() {
            Some(b'&') => self.several(out, 0xa0, depth)?,
            Some(b'|') => self.several(out, 0xa1, depth)?,
            Some(b'!') => {
                self.at += 1;
                let mut inner = Vec::new();
                self.filter(&mut inner, depth + 1)?;
                put(out, 0xa2, &inner);
            }
            Some(_) | None => self.comparison(out)?,
        }
        self.take(")")
    }

    fn several(&mut self, out: &mut Vec<u8>, tag: u8, depth: usize) -> Result<(), FilterError> {
        self.at += 1;
        let mut inner = Vec::new();
        self.blanks();
        while self.rest().starts_with('(') {
            self.filter(&mut inner, depth + 1)?;
            self.blanks();
        }
        if inner.is_empty() {
            return Err(self.expected("("));
        }
        put(out, tag, &inner);
        Ok(())
    }

    fn comparison(&mut self, out: &mut Vec<u8>) -> Result<(), FilterError> {
        let begun = self.at;
        let end = self.rest().find(['=', '~', '>', '<', ':', '(', ')']).unwrap_or(self.rest().len());
        let attribute = &self.rest()[..end];
        let is_name = |name: &str| {
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.;_".contains(&byte))
                && !name.is_empty()
        };
        let is_extensible = self.rest()[end..].starts_with(':');
        if !(is_name(attribute) || is_extensible && attribute.is_empty()) {
            self.at = begun;
            return Err(self.expected("the name of an attribute"));
        }
        self.at += end;
        if is_extensible {
            return self.extensible(attribute, out);
        }
        for (operator, tag) in [("~=", 0xa8), (">=", 0xa5), ("<=", 0xa6)] {
            if self.rest().starts_with(operator) {
                self.at += operator.len();
                let pieces = self.value()?;
                return match pieces.as_slice() {
                    [value] => {
                        compare(out, tag, attribute, value);
                        Ok(())
                    }
                    _ => Err(self.expected("a value without *")),
                };
            }
        }
        self.take("=")?;
        let pieces = self.value()?;
        match pieces.as_slice() {
            [value] => compare(out, 0xa3, attribute, value),
            [first, last] if first.is_empty() && last.is_empty() => put(out, 0x87, attribute.as_bytes()),
            [first, middle @ .., last] => {
                let parts = element(0x30, |parts| {
                    if !first.is_empty() {
                        put(parts, 0x80, first);
                    }
                    for part in middle.iter().filter(|part| !part.is_empty()) {
                        put(parts, 0x81, part);
                    }
                    if !last.is_empty() {
                        put(parts, 0x82, last);
                    }
                });
                // `**`: a star beside a star says nothing more.
                if parts.len() == 2 {
                    put(out, 0x87, attribute.as_bytes());
                } else {
                    let mut inner = Vec::new();
                    put(&mut inner, OCTETS, attribute.as_bytes());
                    inner.extend_from_slice(&parts);
                    put(out, 0xa4, &inner);
                }
            }
            [] => return Err(self.expected("a value")),
        }
        Ok(())
    }

    /// `attribute:dn:rule:=value`, as Active Directory's `userAccountControl:1.2.840.113556.1.4.803:=2`.
    fn extensible(&mut self, attribute: &str, out: &mut Vec<u8>) -> Result<(), FilterError> {
        let Some(end) = self.rest().find(":=") else { return Err(self.expected(":=")) };
        let mut words = self.rest()[..end].split(':').skip(1).peekable();
        let with_dn = words.next_if(|word| word.eq_ignore_ascii_case("dn")).is_some();
        let rule = words.next();
        let is_rule = |rule: &str| {
            !rule.is_empty() && rule.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        };
        if words.next().is_some() || rule.is_some_and(|rule| !is_rule(rule)) {
            return Err(self.expected("a matching rule"));
        }
        if attribute.is_empty() && rule.is_none() {
            return Err(self.expected("an attribute or a matching rule"));
        }
        self.at += end + 2;
        let pieces = self.value()?;
        let [value] = pieces.as_slice() else { return Err(self.expected("a value without *")) };
        let inner = element(0xa9, |inner| {
            if let Some(rule) = rule {
                put(inner, 0x81, rule.as_bytes());
            }
            if !attribute.is_empty() {
                put(inner, 0x82, attribute.as_bytes());
            }
            put(inner, 0x83, value);
            if with_dn {
                put(inner, 0x84, &[0xff]);
            }
        });
        out.extend_from_slice(&inner);
        Ok(())
    }

    /// Up to a bracket, cut at each star; `\2a` is a star that counts as itself.
    fn value(&mut self) -> Result<Vec<Vec<u8>>, FilterError> {
        let mut pieces = vec![Vec::new()];
        while let Some(char) = self.rest().chars().next() {
            let piece = pieces.last_mut().expect("there is always one");
            match char {
                ')' => break,
                '(' | '\0' => return Err(self.expected(")")),
                '*' => pieces.push(Vec::new()),
                '\\' => {
                    let hex = self.rest().get(1..3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
                    let Some(byte) = hex else { return Err(self.expected("\\ and two hexadecimal digits")) };
                    piece.push(byte);
                    self.at += 2;
                }
                _ => piece.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            self.at += char.len_utf8();
        }
        Ok(pieces)
    }
}

fn compare(out: &mut Vec<u8>, tag: u8, attribute: &str, value: &[u8]) {
    let mut inner = Vec::new();
    put(&mut inner, OCTETS, attribute.as_bytes());
    put(&mut inner, OCTETS, value);
    put(out, tag, &inner);
}

/// `true` on the wire.
pub(crate) fn put_flag(out: &mut Vec<u8>, flag: bool) {
    put(out, BOOLEAN, &[if flag { 0xff } else { 0 }]);
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;
    use proptest::prelude::*;

    use super::{Filter, FilterError};

    fn hex(filter: &str) -> String {
        HEXLOWER.encode(Filter::parse(filter).expect(filter).encoded())
    }

    fn why(filter: &str) -> String {
        Filter::parse(filter).expect_err(filter).to_string()
    }

    /// DIR-1: as the examples of RFC 4515 and of Active Directory are encoded by OpenLDAP's own tools.
    #[test]
    fn filters_are_encoded_as_rfc_4511_says_dir_1() {
        assert_eq!(hex("(cn=Babs)"), "a30a0402636e040442616273");
        assert_eq!(hex("cn=Babs"), hex("(cn=Babs)"));
        assert_eq!(hex("(mail=*)"), "87046d61696c");
        assert_eq!(hex("(!(a=b))"), "a208a306040161040162");
        assert_eq!(hex("(&(a=b)(c=d))"), "a010a306040161040162a306040163040164");
        assert_eq!(hex("(o=a*b*c)"), "a40e04016f3009800161810162820163");
        assert_eq!(hex("(o=*b*)"), "a40804016f3003810162");
        assert_eq!(hex("(o=**)"), hex("(o=*)"));
        assert_eq!(hex(r"(cn=\2a)"), "a3070402636e04012a");
        assert_eq!(hex("(n>=1)"), "a50604016e040131");
        assert_eq!(hex("(u:1.2.803:=2)"), "a90f8107312e322e383033820175830132");
        assert_eq!(hex("(cn=Müller)"), "a30d0402636e04074dc3bc6c6c6572");
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        assert_eq!(why("(cn=a"), ") is expected at character 6");
        assert_eq!(why("(&)"), "( is expected at character 3");
        assert_eq!(why("(cn=a)x"), "the end is expected at character 7");
        assert_eq!(why("(=a)"), "the name of an attribute is expected at character 2");
        assert_eq!(why(r"(cn=\zz)"), r"\ and two hexadecimal digits is expected at character 5");
        assert_eq!(why(""), "the name of an attribute is expected at character 1");
        assert_eq!(Filter::parse(&"(!".repeat(40)), Err(FilterError::TooDeep));
        assert_eq!(Filter::parse(&"a".repeat(5000)), Err(FilterError::TooLong));
    }

    proptest! {
        /// SEC-1.
        #[test]
        fn no_text_makes_it_panic(text in r"[()&|!=*<>~:\\a1é ]{0,40}") {
            if let Ok(filter) = Filter::parse(&text) {
                prop_assert!(!filter.encoded().is_empty());
            }
        }
    }
}
