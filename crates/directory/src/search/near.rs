//! Words that are nearly what somebody typed: one typing error from four letters on, two from eight. An error is a letter too
//! many, missing, wrong, or two neighbours exchanged (optimal string alignment), and what is typed may be the beginning of a
//! longer word. Counts with one machine word for a whole column (Hyyrö 2003). Does not know any words.

/// Letters from which one error is forgiven: in three, one error makes nearly every name out of any other.
const LETTERS_MIN: usize = 4;
/// Letters from which two are.
const LETTERS_FOR_TWO: usize = 8;
/// A longer word is not forgiven anything: the columns have 64 bits.
const LETTERS_MAX: usize = 64;
/// In a word with a digit nothing is forgiven: it is a number, or part of one.
pub(super) const DIGIT: u64 = 1 << 31;

/// Something typed, ready to be compared.
#[derive(Debug)]
pub(super) struct Near {
    pub(super) typed: Box<str>,
    /// For each letter, where it stands.
    ascii: Box<[u64; 128]>,
    others: Vec<(char, u64)>,
    count: usize,
    letters: u64,
    /// Most errors.
    pub(super) errors_max: usize,
}

impl Near {
    /// `None` where nothing is forgiven.
    pub(super) fn new(typed: &str) -> Option<Near> {
        let count = typed.chars().count();
        let letters = Near::letters(typed);
        if !(LETTERS_MIN..=LETTERS_MAX).contains(&count) || letters & DIGIT != 0 {
            return None;
        }
        let errors_max = if count < LETTERS_FOR_TWO { 1 } else { 2 };
        let (ascii, others) = (Box::new([0; 128]), Vec::new());
        let mut near = Near { typed: typed.into(), ascii, others, count, letters, errors_max };
        for (at, letter) in typed.chars().enumerate() {
            match (near.ascii.get_mut(letter as usize), near.others.iter_mut().find(|(c, _)| *c == letter)) {
                (Some(places), _) | (None, Some((_, places))) => *places |= 1 << at,
                (None, None) => near.others.push((letter, 1 << at)),
            }
        }
        Some(near)
    }

    /// Which letters a word has, one bit for each of `a` to `z` and some bits for all others, and in the upper half which of them
    /// it has twice.
    pub(super) fn letters(word: &str) -> u64 {
        word.chars().fold(0, |letters, c| {
            let letter = match c {
                'a'..='z' => 1 << (c as u32 - 'a' as u32),
                '0'..='9' => return letters | DIGIT,
                c => 1 << (26 + c as u32 % 5),
            };
            letters | letter | (letters & letter) << 32
        })
    }

    /// Which of these words may be near, by their letters: each letter that one lacks is an error. A bit for each.
    pub(super) fn may_be(&self, words: &[u64; 16]) -> u16 {
        let mut may = 0;
        for (at, letters) in words.iter().enumerate() {
            let lacking = self.letters & !letters;
            let less = lacking & lacking.wrapping_sub(1);
            let less = if self.errors_max == 1 { less } else { less & less.wrapping_sub(1) };
            may |= u16::from(less | (letters & DIGIT) == 0) << at;
        }
        may
    }

    /// How many errors lead from what was typed to the beginning of this word; `None`: more than are forgiven.
    pub(super) fn errors(&self, word: &str) -> Option<usize> {
        let last = 1_u64 << (self.count - 1);
        let (mut more, mut less, mut zero, mut places_before) = (!0_u64, 0_u64, 0_u64, 0_u64);
        let (mut errors, mut fewest) = (self.count, self.count);
        for letter in word.chars() {
            let places = self.places(letter);
            let exchanged = ((!zero & places) << 1) & places_before;
            zero = ((places & more).wrapping_add(more) ^ more) | places | less | exchanged;
            let up = less | !(zero | more);
            let down = zero & more;
            errors += usize::from(up & last != 0);
            errors -= usize::from(down & last != 0);
            let up = up << 1 | 1;
            more = (down << 1) | !(zero | up);
            less = up & zero;
            places_before = places;
            fewest = fewest.min(errors);
        }
        (fewest <= self.errors_max).then_some(fewest)
    }

    fn places(&self, letter: char) -> u64 {
        match self.ascii.get(letter as usize) {
            Some(places) => *places,
            None => self.others.iter().find(|(c, _)| *c == letter).map_or(0, |(_, places)| *places),
        }
    }
}

/// As [`Near::errors`], by the definition: the fewest errors to any beginning of the word.
#[cfg(test)]
pub(super) fn errors_by_definition(typed: &str, word: &str) -> usize {
    let (typed, word): (Vec<char>, Vec<char>) = (typed.chars().collect(), word.chars().collect());
    let mut table = vec![vec![0; word.len() + 1]; typed.len() + 1];
    for i in 0..=typed.len() {
        for j in 0..=word.len() {
            table[i][j] = match (i, j) {
                (0, count) | (count, 0) => count,
                (i, j) => {
                    let wrong = usize::from(typed[i - 1] != word[j - 1]);
                    let fewest =
                        (table[i - 1][j] + 1).min(table[i][j - 1] + 1).min(table[i - 1][j - 1] + wrong);
                    let exchanged =
                        i > 1 && j > 1 && typed[i - 1] == word[j - 2] && typed[i - 2] == word[j - 1];
                    if exchanged { fewest.min(table[i - 2][j - 2] + 1) } else { fewest }
                }
            };
        }
    }
    table[typed.len()].iter().copied().min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Near, errors_by_definition};

    #[test]
    fn one_error_from_four_letters_on_and_two_from_eight() {
        let errors = |typed: &str, word: &str| Near::new(typed).and_then(|near| near.errors(word));
        assert_eq!(errors("mulelr", "muller"), Some(1));
        assert_eq!(errors("mulelr", "mullerburg"), Some(1));
        assert_eq!(errors("schnieder", "schneider"), Some(1));
        assert_eq!(errors("schniedr", "schneider"), Some(2));
        assert_eq!(errors("meir", "meier"), Some(1));
        assert_eq!(errors("mei", "maier"), None, "too short");
        assert_eq!(errors("mulrle", "mulder"), None, "two errors in six letters");
        assert_eq!(errors("иваонв", "иванов"), Some(1));
        assert!(Near::new("4010").is_none());
    }

    proptest! {
        #[test]
        fn errors_are_counted_as_defined(typed in "[abcя]{4,12}", word in "[abcdя]{0,14}") {
            let near = Near::new(&typed).expect("letters enough");
            let defined = errors_by_definition(&typed, &word);
            prop_assert_eq!(near.errors(&word), (defined <= near.errors_max).then_some(defined));
            let may_be = near.may_be(&[Near::letters(&word); 16]) != 0;
            prop_assert!(defined > near.errors_max || may_be, "the letters alone said no");
        }
    }
}
