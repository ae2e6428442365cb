//! The basic encoding rules as LDAP restricts them (RFC 4511, 5.1): definite lengths, tags of one byte. Knows no message.

/// Something is not encoded as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an answer is not encoded as LDAP")]
pub(crate) struct Malformed;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// Appends one element.
pub(crate) fn put(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        Ok(_) | Err(_) => {
            let bytes = content.len().to_be_bytes();
            let significant = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
            let length = &bytes[significant..];
            out.push(0x80 | length.len() as u8);
            out.extend_from_slice(length);
        }
    }
    out.extend_from_slice(content);
}

/// Appends a number.
pub(crate) fn put_number(out: &mut Vec<u8>, tag: u8, number: i32) {
    let bytes = number.to_be_bytes();
    // As few bytes as show the sign.
    let redundant = |at: usize| match bytes[at] {
        0 => bytes[at + 1] & 0x80 == 0,
        0xff => bytes[at + 1] & 0x80 != 0,
        _ => false,
    };
    let first = (0..3).find(|at| !redundant(*at)).unwrap_or(3);
    put(out, tag, &bytes[first..]);
}

/// One element with what it holds, put together.
pub(crate) fn element(tag: u8, build: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut content = Vec::new();
    build(&mut content);
    let mut out = Vec::with_capacity(content.len() + 6);
    put(&mut out, tag, &content);
    out
}

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Elements<'a> {
        Elements(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next element's tag and content.
    pub(crate) fn next(&mut self) -> Result<(u8, &'a [u8]), Malformed> {
        let (header, length) = header(self.0)?.ok_or(Malformed)?;
        let tag = self.0[0];
        let end = header.checked_add(length).ok_or(Malformed)?;
        let content = self.0.get(header..end).ok_or(Malformed)?;
        self.0 = &self.0[end..];
        Ok((tag, content))
    }

    /// The content of the next one, which has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        match self.next()? {
            (found, content) if found == tag => Ok(content),
            _ => Err(Malformed),
        }
    }

    /// The number in the next one.
    pub(crate) fn number(&mut self, tag: u8) -> Result<i32, Malformed> {
        let content = self.expect(tag)?;
        let Some(first) = content.first() else { return Err(Malformed) };
        if content.len() > 4 {
            return Err(Malformed);
        }
        let sign = if first & 0x80 == 0 { 0_i32 } else { -1 };
        Ok(content.iter().fold(sign, |number, byte| number << 8 | i32::from(*byte)))
    }
}

/// How long tag and length of the first element are, and what it holds; `None` where more bytes are needed to say.
pub(crate) fn header(bytes: &[u8]) -> Result<Option<(usize, usize)>, Malformed> {
    let [tag, first, rest @ ..] = bytes else { return Ok(None) };
    if tag & 0x1f == 0x1f {
        return Err(Malformed);
    }
    if first & 0x80 == 0 {
        return Ok(Some((2, usize::from(*first))));
    }
    let count = usize::from(first & 0x7f);
    // Indefinite lengths are not allowed, and nobody needs more than four bytes.
    if count == 0 || count > 4 {
        return Err(Malformed);
    }
    let Some(length) = rest.get(..count) else { return Ok(None) };
    let length = length.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
    Ok(Some((2 + count, length)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let written = |number| element(SEQUENCE, |out| put_number(out, INTEGER, number))[2..].to_vec();
        assert_eq!(written(0), [2, 1, 0]);
        assert_eq!(written(127), [2, 1, 127]);
        assert_eq!(written(128), [2, 2, 0, 128]);
        assert_eq!(written(-1), [2, 1, 255]);
        assert_eq!(written(i32::MAX), [2, 4, 127, 255, 255, 255]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(number in any::<i32>(), text in prop::collection::vec(any::<u8>(), 0..70_000)) {
            let written = element(SEQUENCE, |out| {
                put_number(out, INTEGER, number);
                put(out, OCTETS, &text);
            });
            let mut outer = Elements::new(&written);
            let mut inner = Elements::new(outer.expect(SEQUENCE).expect("a sequence"));
            prop_assert_eq!(inner.number(INTEGER), Ok(number));
            prop_assert_eq!(inner.expect(OCTETS), Ok(text.as_slice()));
            prop_assert!(inner.is_empty() && outer.is_empty());
        }

        /// SEC-1.
        #[test]
        fn no_bytes_whatever_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut elements = Elements::new(&bytes);
            while let Ok((_, content)) = elements.next() {
                prop_assert!(content.len() < bytes.len());
                let _ = Elements::new(content).number(INTEGER);
            }
        }
    }
}
