//! What an entry of the access log can say: words of our own vocabulary and ids. Whatever has a space, an @ or a + is neither, so no
//! name, no e-mail address and no telephone number gets in by mistake. Does not know which words there are.

use std::borrow::Cow;

/// The longest word or id, in bytes: a kebab word of four parts has 40, a hash in hexadecimal digits 64.
pub const WORD_BYTES_MAX: usize = 128;

/// A text that the log does not take. Does not repeat it: it may be what must not be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a text of {bytes} bytes is not for the access log: {wanted}")]
pub struct NotLoggable {
    /// How long it is.
    pub bytes: usize,
    /// What there should be.
    pub wanted: &'static str,
}

/// A word of our own vocabulary: 1–128 lower-case letters, digits, `-` and `.`, beginning with a letter. `change-services`,
/// `sign-in.wrong-nonce`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Word(Cow<'static, str>);

impl Word {
    /// A word that stands in the source. Panics where it is none, which a constant tells the compiler.
    pub const fn of(word: &'static str) -> Word {
        assert!(
            is_word(word.as_bytes()),
            "1-128 lower-case letters, digits, - and ., beginning with a letter"
        );
        Word(Cow::Borrowed(word))
    }

    /// A word that comes from elsewhere.
    pub fn parse(text: &str) -> Result<Word, NotLoggable> {
        const WANTED: &str = "a word has 1–128 lower-case letters, digits, - and ., and begins with a letter";
        if is_word(text.as_bytes()) {
            Ok(Word(Cow::Owned(text.to_owned())))
        } else {
            Err(NotLoggable { bytes: text.len(), wanted: WANTED })
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of something: 1–128 letters and digits of ASCII, `-`, `_`, `.` and `:`. Numbers of ours, GUIDs, hashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdText(String);

impl IdText {
    /// An id that is a text.
    pub fn parse(text: &str) -> Result<IdText, NotLoggable> {
        const WANTED: &str = "an id has 1–128 letters and digits, -, _, . and :";
        if is_id(text.as_bytes()) {
            Ok(IdText(text.to_owned()))
        } else {
            Err(NotLoggable { bytes: text.len(), wanted: WANTED })
        }
    }

    /// An id that is a number, as ids of ours are printed: hexadecimal.
    pub fn of_number(id: u64) -> IdText {
        IdText(format!("{id:x}"))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn is_word(bytes: &[u8]) -> bool {
    if bytes.is_empty() || bytes.len() > WORD_BYTES_MAX || !bytes[0].is_ascii_lowercase() {
        return false;
    }
    let mut at = 1;
    while at < bytes.len() {
        if !matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.') {
            return false;
        }
        at += 1;
    }
    true
}

fn is_id(bytes: &[u8]) -> bool {
    (1..=WORD_BYTES_MAX).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::{IdText, NotLoggable, WORD_BYTES_MAX, Word};

    #[test]
    fn names_addresses_and_long_texts_are_neither_words_nor_ids_id_7() {
        for personal in ["Rita Frei", "rita@example.com", "+41791234567", "sip:rita@pbx", "müller", ""] {
            assert!(Word::parse(personal).is_err(), "{personal}");
            assert!(IdText::parse(personal).is_err(), "{personal}");
        }
        let (fits, too_long) = ("a".repeat(WORD_BYTES_MAX), "a".repeat(WORD_BYTES_MAX + 1));
        assert!(Word::parse(&fits).is_ok() && IdText::parse(&fits).is_ok());
        assert!(Word::parse(&too_long).is_err() && IdText::parse(&too_long).is_err());
    }

    #[test]
    fn a_refusal_does_not_repeat_what_it_refused() {
        let NotLoggable { bytes, wanted } = Word::parse("Rita Frei").expect_err("a name is no word");
        assert_eq!(bytes, 9);
        let words = NotLoggable { bytes, wanted }.to_string();
        assert!(!words.contains("Rita"), "{words}");
    }

    #[test]
    fn words_and_ids_are_kept_as_they_are_written() {
        assert_eq!(Word::of("sign-in.wrong-nonce").as_str(), "sign-in.wrong-nonce");
        assert_eq!(Word::parse("change-services").expect("a word"), Word::of("change-services"));
        for id in ["1f", "9f0c6b52-6d6b-4bd8-a6a9-7f1d7a1f2c11", "Main_1", "to.7:a"] {
            assert_eq!(IdText::parse(id).expect("an id").as_str(), id);
        }
        assert_eq!(IdText::of_number(u64::MAX).as_str(), "ffffffffffffffff");
    }
}
