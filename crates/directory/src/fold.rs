//! Folding: what two spellings of one word have in common. Case and accents go away; letters with an umlaut are known
//! both without it (`muller`) and spelled out (`mueller`), so that either way of typing finds either way of writing.
//! Does not compare or rank.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// One word of a text, folded, with the way back to the letters it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    /// Without accents: `Müller` → `muller`.
    pub(crate) plain: String,
    /// Umlauts spelled out: `Müller` → `mueller`. The same as `plain` where there is none.
    pub(crate) spelled: String,
    /// In Latin letters: `Иванов` → `ivanov`. The same as `plain` where all are.
    pub(crate) latin: String,
    letters: Vec<Letter>,
}

/// One letter as a reader sees it: a base character with its combining marks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Letter {
    utf16: Range<u32>,
    plain_end: usize,
    spelled_end: usize,
    latin_end: usize,
}

impl Word {
    /// All foldings, each once, the plain one first.
    pub(crate) fn forms(&self) -> impl Iterator<Item = &str> {
        let spelled = (self.spelled != self.plain).then_some(self.spelled.as_str());
        let latin = (self.latin != self.plain && self.latin != self.spelled).then_some(self.latin.as_str());
        std::iter::once(self.plain.as_str()).chain(spelled).chain(latin)
    }

    /// Where a folded text stands in this word, in UTF-16 units of the text it came from.
    /// `inside`: anywhere, else only at the beginning.
    pub(crate) fn find(&self, folded: &str, inside: bool) -> Option<Range<u32>> {
        let place =
            |form: &str| if inside { form.find(folded) } else { form.starts_with(folded).then_some(0) };
        if let Some(at) = place(&self.plain) {
            return self.place(at..at + folded.len(), |letter| letter.plain_end);
        }
        if let Some(at) = place(&self.spelled) {
            return self.place(at..at + folded.len(), |letter| letter.spelled_end);
        }
        let at = place(&self.latin)?;
        self.place(at..at + folded.len(), |letter| letter.latin_end)
    }

    /// Where the whole word stands, in UTF-16 units.
    pub(crate) fn whole(&self) -> Option<Range<u32>> {
        Some(self.letters.first()?.utf16.start..self.letters.last()?.utf16.end)
    }

    /// The word as it stands in the text it came from.
    pub(crate) fn original(&self, text: &str) -> Option<String> {
        let whole = self.whole()?;
        let units: Vec<u16> = text.encode_utf16().skip(whole.start as usize).take(whole.len()).collect();
        String::from_utf16(&units).ok()
    }

    fn place(&self, folded: Range<usize>, end: impl Fn(&Letter) -> usize) -> Option<Range<u32>> {
        let first = self.letters.iter().find(|letter| end(letter) > folded.start)?;
        let last = self.letters.iter().find(|letter| end(letter) >= folded.end)?;
        Some(first.utf16.start..last.utf16.end)
    }
}

/// The words of a text: runs of letters and digits, folded.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = Word::default();
    let mut utf16 = 0;
    for letter in letters(text) {
        let from = utf16;
        utf16 += letter.chars().map(|c| c.len_utf16() as u32).sum::<u32>();
        let before = word.plain.len();
        fold_letter(letter, &mut word);
        if word.plain.len() > before {
            let (plain_end, spelled_end) = (word.plain.len(), word.spelled.len());
            let latin_end = word.latin.len();
            word.letters.push(Letter { utf16: from..utf16, plain_end, spelled_end, latin_end });
        } else if !word.letters.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    if !word.letters.is_empty() {
        words.push(word);
    }
    words
}

/// Tells all foldings of every word with the number of the word, as [`words`] finds them, without the way back. What an index
/// is made of: a million contacts have some 15 million words, nearly all of them plain ASCII.
pub(crate) fn each_form(text: &str, tell: &mut impl FnMut(usize, &str)) {
    if !text.is_ascii() {
        for (at, word) in words(text).iter().enumerate() {
            word.forms().for_each(|form| tell(at, form));
        }
        return;
    }
    let mut lower = String::new();
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    for (at, part) in parts.enumerate() {
        if part.bytes().any(|byte| byte.is_ascii_uppercase()) {
            lower.clear();
            lower.extend(part.chars().map(|c| c.to_ascii_lowercase()));
            tell(at, &lower);
        } else {
            tell(at, part);
        }
    }
}

/// The text as one folded line, for sorting by name.
pub(crate) fn sort_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let mut last = None;
    each_form(text, &mut |at, form| {
        // The first form of a word is the one without accents.
        if last != Some(at) {
            if last.is_some() {
                key.push(' ');
            }
            key.push_str(form);
        }
        last = Some(at);
    });
    key
}

/// Splits into base characters with the combining marks that follow them, so that `u` + U+0308 is one letter like `ü`.
fn letters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices();
        chars.next()?;
        let end = chars.find(|(_, c)| !is_combining_mark(*c)).map_or(rest.len(), |(at, _)| at);
        let (letter, tail) = rest.split_at(end);
        rest = tail;
        Some(letter)
    })
}

/// Appends the foldings of one letter; nothing where it is no letter or digit.
fn fold_letter(letter: &str, word: &mut Word) {
    let Word { plain, spelled, latin, .. } = word;
    if let [byte] = letter.as_bytes() {
        if byte.is_ascii_alphanumeric() {
            for form in [plain, spelled, latin] {
                form.push(byte.to_ascii_lowercase().into());
            }
        }
        return;
    }
    for c in letter.nfkc().flat_map(char::to_lowercase) {
        let before = plain.len();
        match c {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            'ø' => plain.push('o'),
            'đ' | 'ð' => plain.push('d'),
            'ł' => plain.push('l'),
            'ħ' => plain.push('h'),
            'ı' => plain.push('i'),
            'ς' => plain.push('σ'),
            c => plain
                .extend(std::iter::once(c).nfkd().filter(|c| c.is_alphanumeric() && !is_combining_mark(*c))),
        }
        match c {
            'ä' => spelled.push_str("ae"),
            'ö' | 'ø' => spelled.push_str("oe"),
            'ü' => spelled.push_str("ue"),
            'å' => spelled.push_str("aa"),
            _ => spelled.push_str(&plain[before..]),
        }
        let folded = &plain[before..];
        if folded.is_ascii() {
            latin.push_str(folded);
        } else {
            // As the composed letter is read: й is a y, its base и an i.
            let read = any_ascii::any_ascii_char(c).bytes().filter(u8::is_ascii_alphanumeric);
            latin.extend(read.map(|byte| char::from(byte.to_ascii_lowercase())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{sort_key, words};

    fn forms(text: &str) -> Vec<Vec<String>> {
        words(text).iter().map(|word| word.forms().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn a_word_with_an_umlaut_has_two_forms_however_it_is_encoded() {
        assert_eq!(forms("Müller"), [["muller", "mueller"]]);
        assert_eq!(forms("Mu\u{308}ller"), [["muller", "mueller"]]);
        assert_eq!(forms("STRAẞE Straße"), [["strasse"], ["strasse"]]);
        assert_eq!(forms("Ångström"), [["angstrom", "aangstroem"]]);
        assert_eq!(forms("François Łukasz"), [["francois"], ["lukasz"]]);
    }

    #[test]
    fn a_word_in_another_script_is_also_known_in_latin_letters() {
        assert_eq!(forms("Иванов"), [["иванов", "ivanov"]]);
        assert_eq!(forms("Алексей Фёдор"), [["алексеи", "aleksey"], ["федор", "fedor"]]);
        assert_eq!(forms("Γιώργος"), [["γιωργοσ", "giorgos"]]);
        assert_eq!(forms("小明"), [["小明", "xiaoming"]]);
        assert_eq!(words("😀 Хрущёв")[0].find("khru", false), Some(3..6));
    }

    #[test]
    fn words_end_at_anything_that_is_no_letter_or_digit() {
        assert_eq!(
            forms("Meyer-Lüdi, O'Brien (2. Stock)").concat().join(" "),
            "meyer ludi luedi o brien 2 stock"
        );
        assert_eq!(sort_key("  von  Ärnen "), "von arnen");
        assert!(words(" -- ").is_empty());
    }

    #[test]
    fn a_match_is_given_in_utf16_units_of_the_original() {
        let words = words("😀 Mu\u{308}ller");
        assert_eq!(words[0].find("mue", false), Some(3..6));
        assert_eq!(words[0].find("ull", true), Some(4..8));
        assert_eq!(words[0].find("ull", false), None);
    }

    #[test]
    fn half_of_a_spelled_out_umlaut_marks_the_whole_letter() {
        assert_eq!(words("Züri")[0].find("zue", false), Some(0..2));
        assert_eq!(words("Züri")[0].find("eri", true), Some(1..4));
    }
}
