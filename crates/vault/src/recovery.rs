//! The recovery key: opens a store whose keychain is gone. Shown once, as 24 words and as a picture of them, and read back
//! from what a person types. Kept by that person, on paper; nothing here stores it.
//!
//! The words are those of BIP-39 in English: 256 bits and a checksum of 8, so that one slip in 256 goes unnoticed here; the
//! key file notices the rest. The picture says the words, so that whatever reads QR codes shows something one can type.

use bip39::{Language, Mnemonic};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use zeroize::{Zeroize, Zeroizing};

use crate::aead::{KEY_BYTES, Key};

/// How many words there are.
pub const WORDS: usize = 24;
/// Letters that tell every word of the list from every other.
const LETTERS_MIN: usize = 4;
/// No word of the list is longer.
const LETTERS_MAX: usize = 8;

/// 256 random bits that a person keeps. Not printed by accident, not cloned; overwritten when dropped.
pub struct RecoveryKey(Key);

/// Why what was typed is no recovery key. Never says what was typed. Words count from 1, as on paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARecoveryKey {
    /// Look at this word again.
    #[error("word {0} is not a word of a recovery key")]
    UnknownWord(usize),
    /// Words are missing, or there are too many.
    #[error("a recovery key has {WORDS} words; these are {0}")]
    WordCount(usize),
    /// Each word is one of the list, and together they are none: a word was mistaken for another, or two changed places.
    #[error("one of the words is another one, or two of them changed places")]
    Checksum,
}

impl RecoveryKey {
    /// A new one.
    pub fn random() -> RecoveryKey {
        RecoveryKey(Key::random())
    }

    /// The key of these bytes.
    pub fn from_bytes(bytes: &[u8; KEY_BYTES]) -> RecoveryKey {
        RecoveryKey(Key::from_bytes(bytes))
    }

    /// Reads what a person typed, in capitals or not, with numbers, commas and line breaks between the words. Of a word, the
    /// first four letters are enough.
    pub fn parse(typed: &str) -> Result<RecoveryKey, NotARecoveryKey> {
        let mut phrase = Zeroizing::new(String::with_capacity(WORDS * (LETTERS_MAX + 1)));
        let mut count = 0;
        for word in typed.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty()) {
            count += 1;
            // More would make the text grow, and so leave a copy behind.
            if count <= WORDS {
                phrase.push_str(known(word).ok_or(NotARecoveryKey::UnknownWord(count))?);
                phrase.push(' ');
            }
        }
        if count != WORDS {
            return Err(NotARecoveryKey::WordCount(count));
        }
        let words = Mnemonic::parse_in_normalized(Language::English, &phrase)
            .map_err(|_| NotARecoveryKey::Checksum)?;
        let (mut bits, _) = words.to_entropy_array();
        let key = bits.first_chunk().map(RecoveryKey::from_bytes).expect("24 words hold 32 bytes");
        bits.zeroize();
        Ok(key)
    }

    /// To write down: 24 words with a space between.
    pub fn words(&self) -> Zeroizing<String> {
        let words = Mnemonic::from_entropy_in(Language::English, self.0.danger_expose())
            .expect("a key of 32 bytes has words");
        let mut phrase = Zeroizing::new(String::with_capacity(WORDS * (LETTERS_MAX + 1)));
        for (at, word) in words.words().enumerate() {
            if at > 0 {
                phrase.push(' ');
            }
            phrase.push_str(word);
        }
        phrase
    }

    /// To print: a QR code of the words, in capitals (it packs those closer), as SVG. What is made on the way is not wiped
    /// from memory.
    pub fn picture(&self) -> Zeroizing<String> {
        Zeroizing::new(self.code().render::<svg::Color<'_>>().module_dimensions(4, 4).build())
    }

    /// The picture as its modules: how many there are on one side, without the quiet zone around them, and row after row `1` for
    /// a dark one and `0` for a light one.
    pub fn modules(&self) -> (usize, Zeroizing<String>) {
        let code = self.code();
        let mut modules = Zeroizing::new(String::with_capacity(code.width() * code.width()));
        for color in code.to_colors() {
            modules.push(color.select('1', '0'));
        }
        (code.width(), modules)
    }

    fn code(&self) -> QrCode {
        let mut words = self.words();
        words.make_ascii_uppercase();
        QrCode::with_error_correction_level(words.as_bytes(), EcLevel::M)
            .expect("215 letters are far below what a code holds")
    }

    /// What it wraps with.
    pub(crate) fn key(&self) -> &Key {
        &self.0
    }
}

/// Every word that a recovery key may hold, in the list's order.
pub fn word_list() -> &'static [&'static str] {
    Language::English.word_list()
}

/// The word of the list that was meant.
fn known(typed: &str) -> Option<&'static str> {
    let begins = |word: &&&str| {
        word.get(..typed.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(typed))
            && (typed.len() >= LETTERS_MIN || typed.len() == word.len())
    };
    // A word that begins another one, such as "act", stands before it in the list.
    Language::English.word_list().iter().find(begins).copied()
}

#[cfg(test)]
mod tests {
    use bip39::Language;

    use super::{LETTERS_MAX, LETTERS_MIN, NotARecoveryKey, RecoveryKey, WORDS};

    fn fixed() -> RecoveryKey {
        RecoveryKey::from_bytes(&std::array::from_fn(|at| at as u8 * 7))
    }

    fn error(typed: &str) -> NotARecoveryKey {
        match RecoveryKey::parse(typed) {
            Ok(_) => panic!("{typed:?} is no recovery key"),
            Err(error) => error,
        }
    }

    fn same(one: &RecoveryKey, two: &RecoveryKey) -> bool {
        one.key().danger_expose() == two.key().danger_expose()
    }

    /// The vectors of BIP-39 for 256 bits.
    #[test]
    fn the_words_are_those_of_the_standard() {
        let all = |word: &str, last: &str| format!("{}{last}", format!("{word} ").repeat(23));
        let long = "letter advice cage absurd amount doctor acoustic ";
        for (byte, words) in [
            (0x00, all("abandon", "art")),
            (0x80, format!("{long}avoid {long}avoid {long}bless")),
            (0xff, all("zoo", "vote")),
        ] {
            let key = RecoveryKey::from_bytes(&[byte; 32]);
            assert_eq!(*key.words(), words);
            assert!(RecoveryKey::parse(&words).is_ok_and(|parsed| same(&parsed, &key)));
        }
    }

    #[test]
    fn every_key_comes_back_from_its_words() {
        for _ in 0..200 {
            let key = RecoveryKey::random();
            let words = key.words();
            assert_eq!(words.split(' ').count(), WORDS);
            assert!(RecoveryKey::parse(&words).is_ok_and(|parsed| same(&parsed, &key)));
        }
    }

    #[test]
    fn it_is_read_however_a_person_types_it() {
        let key = fixed();
        let words = key.words();
        let each: Vec<&str> = words.split(' ').collect();
        let numbered: String =
            each.iter().enumerate().map(|(at, word)| format!("{}. {word}\r\n", at + 1)).collect();
        let short: Vec<&str> = each.iter().map(|word| &word[..word.len().min(4)]).collect();
        for typed in [
            words.to_uppercase(),
            format!("  {}\t\n", each.join("  ")),
            each.join(", "),
            each.join("-"),
            format!("({})", each.join("; ")),
            numbered,
            short.join(" "),
            short.join(",").to_uppercase(),
        ] {
            assert!(RecoveryKey::parse(&typed).is_ok_and(|parsed| same(&parsed, &key)), "{typed}");
        }
    }

    #[test]
    fn a_slip_is_named_by_the_number_of_its_word() {
        let words = fixed().words();
        let each: Vec<&str> = words.split(' ').collect();
        for at in 0..WORDS {
            for slip in ["xyzzy", "z", "aba", "schön", "abandonn", &format!("{}s", each[at])] {
                let mut typed = each.clone();
                typed[at] = slip;
                assert_eq!(error(&typed.join(" ")), NotARecoveryKey::UnknownWord(at + 1), "{slip}");
            }
        }
        assert_eq!(error(&each.concat()), NotARecoveryKey::UnknownWord(1));
    }

    #[test]
    fn missing_and_surplus_words_are_counted() {
        let words = fixed().words();
        let each: Vec<&str> = words.split(' ').collect();
        for count in [0, 1, 12, 23] {
            assert_eq!(error(&each[..count].join(" ")), NotARecoveryKey::WordCount(count));
        }
        assert_eq!(error(&format!("{} zoo", *words)), NotARecoveryKey::WordCount(25));
        assert_eq!(error(&"zoo ".repeat(100_000)), NotARecoveryKey::WordCount(100_000));
    }

    /// One in 256 passes the checksum, and then gives another key, which opens nothing.
    #[test]
    fn a_wrong_word_or_two_in_each_others_place_never_give_the_same_key() {
        let key = fixed();
        let words = key.words();
        let each: Vec<&str> = words.split(' ').collect();
        let (mut tried, mut passed) = (0, 0);
        let mut check = |typed: Vec<&str>| {
            tried += 1;
            match RecoveryKey::parse(&typed.join(" ")) {
                Ok(other) => {
                    passed += 1;
                    assert!(!same(&other, &key), "{typed:?}");
                }
                Err(error) => assert_eq!(error, NotARecoveryKey::Checksum),
            }
        };
        for at in 0..WORDS {
            for other in (at + 1..WORDS).filter(|other| each[*other] != each[at]) {
                let mut typed = each.clone();
                typed.swap(at, other);
                check(typed);
            }
            for word in Language::English.word_list().iter().step_by(37).filter(|word| **word != each[at]) {
                let mut typed = each.clone();
                typed[at] = word;
                check(typed);
            }
        }
        assert!(tried > 1_000 && passed < tried / 100, "{passed} of {tried} passed");
    }

    #[test]
    fn four_letters_tell_the_words_apart() {
        let list = Language::English.word_list();
        for word in list {
            let beginning = &word[..word.len().min(LETTERS_MIN)];
            let alike =
                list.iter().filter(|other| other.get(..LETTERS_MIN).unwrap_or(other) == beginning).count();
            assert_eq!(alike, 1, "{word}");
            assert_eq!(super::known(word), Some(*word));
            assert!(word.len() <= LETTERS_MAX);
        }
    }

    /// Read back by another make of QR code.
    #[test]
    fn the_picture_says_the_words() {
        for key in [fixed(), RecoveryKey::random(), RecoveryKey::from_bytes(&[0; 32])] {
            let (size, dark) = modules(&key.picture());
            let (side, row_by_row) = key.modules();
            let is_dark = |at: usize| row_by_row.as_bytes()[at] == b'1';
            assert_eq!((side, row_by_row.len()), (size, size * size));
            assert!((0..side * side).all(|at| is_dark(at) == dark.contains(&(at % side, at / side))));
            let grid = rqrr::SimpleGrid::from_func(size, |x, y| dark.contains(&(x, y)));
            let (_, said) = rqrr::Grid::new(grid).decode().expect("it is a QR code");
            assert_eq!(said, key.words().to_uppercase());
            assert!(RecoveryKey::parse(&said).is_ok_and(|parsed| same(&parsed, &key)));
        }
    }

    /// The dark modules of an SVG of rectangles 4 high, and how many modules a side has without the quiet zone of 4.
    fn modules(svg: &str) -> (usize, std::collections::HashSet<(usize, usize)>) {
        let number = |text: &str| text.parse::<usize>().expect("a number");
        let (_, after) = svg.split_once("width=\"").expect("a picture has a width");
        let size = number(after.split('"').next().expect("it ends")) / 4 - 8;
        let (_, path) = svg.split_once(" d=\"M").expect("a picture has a path");
        let (path, _) = path.split_once('"').expect("it ends");
        let mut dark = std::collections::HashSet::new();
        for rectangle in path.split('M') {
            let (corner, rest) = rectangle.split_once('h').expect("a corner, then the width");
            let (width, rest) = rest.split_once('v').expect("the width, then the height");
            assert!(rest.starts_with("4H"), "{rest}");
            let (x, y) = corner.split_once(' ').expect("two numbers");
            for at in 0..number(width) / 4 {
                dark.insert((number(x) / 4 - 4 + at, number(y) / 4 - 4));
            }
        }
        (size, dark)
    }
}
