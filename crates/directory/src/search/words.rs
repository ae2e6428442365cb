//! The different words of one field and who has them: a prefix is a range of the sorted words, what is inside words is found
//! by groups of three bytes, and a word that is nearly right by comparing those that have nearly the same letters. Prefixes that
//! very many have are kept as lists of their own, so that the first letters of a name cost no more than the last.
//!
//! Knows no contacts and no grades.

use std::collections::HashMap;
use std::ops::Range;

use super::image::{Reader, Writer};
use super::lexicon::{Beginning, Lexicon, OneError};
use super::lists::{Bits, List, Lists, ones};
use super::near::{DIGIT, Near};

/// Prefixes with more than this many contacts have a list of their own: to unite so many takes some 10 µs.
pub(super) const UNITED_MIN: usize = 4096;
/// Longest prefix, in bytes, that has a list of its own.
const UNITED_BYTES_MAX: usize = 8;

/// Words with three bytes inside from which those who have one of them are a list of their own: each list that is read besides is
/// one that no cache holds.
const INSIDE_WORDS_MIN: usize = 64;

/// Other words with a beginning than those with a longer one, up to which they are looked up one by one.
const OTHERS_MIN: usize = 64;

/// The words of one field.
#[derive(Debug)]
pub(super) struct Words {
    lexicon: Lexicon,
    /// Who has each word.
    lists: Lists,
    /// Prefixes that more than [`UNITED_MIN`] have, and who.
    united: Lexicon,
    united_lists: Lists,
    /// Three bytes that stand in words, not at their beginning, and in which.
    grams: Vec<u32>,
    gram_lists: Lists,
    /// Those of them that stand in [`INSIDE_WORDS_MIN`] words, and who has one.
    inside: Vec<u32>,
    inside_lists: Lists,
    /// Which letters each word has.
    letters: Vec<u64>,
}

impl Words {
    /// From words in any order with the contacts that have them, ascending and each once.
    pub(super) fn new(mut words: Vec<(&str, &[u32])>, limit: usize) -> Words {
        words.sort_unstable_by_key(|(word, _)| *word);
        let lexicon = Lexicon::new(words.iter().map(|(word, _)| *word));
        let mut lists = Lists::new(limit);
        words.iter().for_each(|(_, list)| lists.push(list));
        let (united, united_lists) = unite(&words, limit);
        let (grams, gram_lists) = grams(&lexicon);
        let (inside, inside_lists) = unite_inside(&words, &grams, &gram_lists, limit);
        let letters = letters(&lexicon);
        lists.trim();
        Words { lexicon, lists, united, united_lists, grams, gram_lists, inside, inside_lists, letters }
    }

    /// Who has a word that begins so.
    pub(super) fn starting<'a>(&'a self, prefix: &str, found: &mut Vec<List<'a>>) {
        match self.united.find(prefix) {
            Some(at) => found.push(self.united_lists.list(at)),
            None => found.extend(self.lexicon.range(prefix).map(|at| self.lists.list(at))),
        }
    }

    /// Who has exactly this word.
    pub(super) fn exactly(&self, word: &str) -> Option<List<'_>> {
        self.lexicon.find(word).map(|at| self.lists.list(at))
    }

    /// Who has a word with this inside, not at its beginning. Nobody where it is shorter than three bytes.
    pub(super) fn containing<'a>(&'a self, text: &str, found: &mut Vec<List<'a>>) {
        if text.len() == 3
            && let Ok(at) = self.inside.binary_search(&key(text.as_bytes()))
        {
            return found.push(self.inside_lists.list(at));
        }
        let mut lists: Vec<List<'_>> = Vec::new();
        for gram in text.as_bytes().windows(3) {
            match self.grams.binary_search(&key(gram)) {
                Ok(at) => lists.push(self.gram_lists.list(at)),
                Err(_) => return,
            }
        }
        lists.sort_unstable_by_key(|list| list.count());
        let Some((rarest, others)) = lists.split_first() else { return };
        let mut words: Vec<u32> = rarest.iter().collect();
        if let Some(second) = others.first() {
            let mut both = Vec::new();
            second.probe(&words, |at| both.push(words[at]));
            words = both;
        }
        let inside =
            |at: &usize| self.lexicon.word(*at).as_bytes().get(1..).is_some_and(|rest| contains(rest, text));
        found.extend(
            words
                .into_iter()
                .map(|at| at as usize)
                .filter(|at| others.is_empty() || inside(at))
                .map(|at| self.lists.list(at)),
        );
    }

    pub(super) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// Who has a word that is nearly so, by the number of typing errors, from 1 on. `beginnings`: with what such words begin, where
    /// that is known, and the number of this lexicon among those that have them.
    pub(super) fn near<'a>(
        &'a self,
        wanted: &Near,
        beginnings: Option<(usize, &[Beginning])>,
        found: &mut [Vec<List<'a>>; 2],
    ) {
        let Some((number, beginnings)) = beginnings else {
            return self.compared(0..self.lexicon.len(), wanted, found);
        };
        let OneError { beginnings, others } = self.lexicon.one_error(&wanted.typed, beginnings, number);
        let as_typed = self.lexicon.range(&wanted.typed);
        let has_digit = |letters: &u64| letters & DIGIT != 0;
        for (beginning, range) in beginnings {
            // Among the united are those who have it as typed, which is a better grade: there must not be many of them.
            let others = range.len() - as_typed.len() * usize::from(range.contains(&as_typed.start));
            if others > OTHERS_MIN
                && let Some(at) = self.united.find(&beginning)
                && !self.letters[range.clone()].iter().any(has_digit)
            {
                found[0].push(self.united_lists.list(at));
                continue;
            }
            let near = range.filter(|at| !as_typed.contains(at) && !has_digit(&self.letters[*at]));
            found[0].extend(near.map(|at| self.lists.list(at)));
        }
        others.into_iter().for_each(|range| self.compared(range, wanted, found));
    }

    /// Compares these words, 16 at a time as far as their letters tell.
    fn compared<'a>(&'a self, range: Range<usize>, wanted: &Near, found: &mut [Vec<List<'a>>; 2]) {
        let from = range.start;
        let (blocks, rest) = self.letters[range].as_chunks::<16>();
        // Words that are not there have no letters, and a word of none is near to nothing.
        let mut last = [0; 16];
        last[..rest.len()].copy_from_slice(rest);
        for (block, letters) in blocks.iter().chain([&last]).enumerate() {
            for at in ones(wanted.may_be(letters).into()).map(|bit| from + block * 16 + bit as usize) {
                if let Some(errors @ 1..) = wanted.errors(self.lexicon.word(at))
                    && let Some(found) = found.get_mut(errors - 1)
                {
                    found.push(self.lists.list(at));
                }
            }
        }
    }

    pub(super) fn write(&self, image: &mut Writer) {
        self.lexicon.write(image);
        self.lists.write(image);
        self.united.write(image);
        self.united_lists.write(image);
        image.u32s(&self.grams);
        self.gram_lists.write(image);
        image.u32s(&self.inside);
        self.inside_lists.write(image);
    }

    pub(super) fn read(image: &mut Reader<'_>) -> Option<Words> {
        let (lexicon, lists) = (Lexicon::read(image)?, Lists::read(image)?);
        let (united, united_lists) = (Lexicon::read(image)?, Lists::read(image)?);
        let (grams, gram_lists) = (image.u32s()?, Lists::read(image)?);
        let (inside, inside_lists) = (image.u32s()?, Lists::read(image)?);
        let letters = letters(&lexicon);
        let fits = lexicon.len() == lists.len()
            && united.len() == united_lists.len()
            && grams.len() == gram_lists.len()
            && inside.len() == inside_lists.len();
        fits.then_some(Words {
            lexicon,
            lists,
            united,
            united_lists,
            grams,
            gram_lists,
            inside,
            inside_lists,
            letters,
        })
    }

    pub(super) fn memory(&self) -> usize {
        self.lexicon.memory()
            + self.lists.memory()
            + self.united.memory()
            + self.united_lists.memory()
            + self.gram_lists.memory()
            + self.inside_lists.memory()
            + (self.grams.capacity() + self.inside.capacity()) * 4
            + self.letters.capacity() * 8
    }
}

/// The prefixes that many have, sorted, and who has them. A single word has its own list already.
fn unite(words: &[(&str, &[u32])], limit: usize) -> (Lexicon, Lists) {
    let mut united: Vec<(&str, Vec<u32>)> = Vec::new();
    for bytes in 1..=UNITED_BYTES_MAX {
        let longer = words.chunk_by(|(a, _), (b, _)| a.get(..bytes) == b.get(..bytes));
        for group in longer.filter(|group| group.len() > 1) {
            let many = group.iter().map(|(_, list)| list.len()).sum::<usize>() > UNITED_MIN;
            let Some(prefix) = group[0].0.get(..bytes).filter(|_| many) else { continue };
            let mut bits = Bits::new(limit);
            group.iter().flat_map(|(_, list)| *list).for_each(|contact| bits.insert(*contact));
            united.push((prefix, bits.iter().collect()));
        }
    }
    united.sort_unstable_by_key(|(prefix, _)| *prefix);
    let mut lists = Lists::new(limit);
    united.iter().for_each(|(_, list)| lists.push(list));
    lists.trim();
    (Lexicon::new(united.iter().map(|(prefix, _)| *prefix)), lists)
}

fn grams(lexicon: &Lexicon) -> (Vec<u32>, Lists) {
    let mut by_gram: HashMap<u32, Vec<u32>> = HashMap::new();
    for at in 0..lexicon.len() {
        for gram in lexicon.word(at).as_bytes().get(1..).unwrap_or_default().windows(3) {
            let words = by_gram.entry(key(gram)).or_default();
            if words.last() != Some(&(at as u32)) {
                words.push(at as u32);
            }
        }
    }
    let mut sorted: Vec<(u32, Vec<u32>)> = by_gram.into_iter().collect();
    sorted.sort_unstable_by_key(|(gram, _)| *gram);
    let mut lists = Lists::new(lexicon.len());
    sorted.iter().for_each(|(_, words)| lists.push(words));
    lists.trim();
    (sorted.into_iter().map(|(gram, _)| gram).collect(), lists)
}

/// The three bytes that stand inside many words, sorted, and who has one of these.
fn unite_inside(
    words: &[(&str, &[u32])],
    grams: &[u32],
    gram_lists: &Lists,
    limit: usize,
) -> (Vec<u32>, Lists) {
    let (mut inside, mut lists) = (Vec::new(), Lists::new(limit));
    for (at, gram) in grams.iter().enumerate() {
        let list = gram_lists.list(at);
        if list.count() >= INSIDE_WORDS_MIN {
            let mut bits = Bits::new(limit);
            let contacts = list.iter().flat_map(|word| words[word as usize].1);
            contacts.for_each(|contact| bits.insert(*contact));
            inside.push(*gram);
            lists.push(&bits.iter().collect::<Vec<u32>>());
        }
    }
    inside.shrink_to_fit();
    lists.trim();
    (inside, lists)
}

fn letters(lexicon: &Lexicon) -> Vec<u64> {
    (0..lexicon.len()).map(|at| Near::letters(lexicon.word(at))).collect()
}

fn key(gram: &[u8]) -> u32 {
    gram.iter().fold(0, |key, byte| key << 8 | u32::from(*byte))
}

/// Words are short: a plain look from place to place is faster than preparing a searcher.
fn contains(word: &[u8], text: &str) -> bool {
    word.windows(text.len()).any(|place| place == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::Words;
    use crate::search::lexicon::Keys;
    use crate::search::near::{Near, errors_by_definition};

    proptest! {
        #[test]
        fn words_with_something_inside_are_those_that_are_so_by_definition(
            words in prop::collection::btree_set("[ab]{0,9}", 0..200),
            text in "[ab]{3,4}",
        ) {
            let words: Vec<String> = words.into_iter().collect();
            let holders: Vec<Vec<u32>> = (0..words.len() as u32).map(|at| vec![at]).collect();
            let listed = words.iter().zip(&holders).map(|(word, holders)| (word.as_str(), holders.as_slice()));
            let index = Words::new(listed.collect(), words.len());
            let mut found = Vec::new();
            index.containing(&text, &mut found);
            let found: BTreeSet<u32> = found.iter().flat_map(|list| list.iter()).collect();
            let has_inside = |word: &str| word.get(1..).is_some_and(|rest| rest.contains(&text));
            let wanted = (0..).zip(&words).filter(|(_, word)| has_inside(word)).map(|(at, _)| at).collect();
            prop_assert_eq!(found, wanted);
        }

        #[test]
        fn words_near_to_what_was_typed_are_those_that_are_so_by_definition(
            words in prop::collection::btree_set("[abc1я]{0,9}", 0..60),
            typed in prop_oneof!["[abc]{4,7}", "[abcя]{4,9}"],
        ) {
            let near = Near::new(&typed).expect("letters enough");
            let words: Vec<String> = words.into_iter().collect();
            let holders: Vec<Vec<u32>> = (0..words.len() as u32).map(|at| vec![at]).collect();
            let listed = words.iter().zip(&holders).map(|(word, holders)| (word.as_str(), holders.as_slice()));
            let index = Words::new(listed.collect(), words.len());
            let mut found = [Vec::new(), Vec::new()];
            let beginnings = Keys::of_all([(3, index.lexicon())].into_iter()).one_error(&typed);
            let beginnings = beginnings.as_deref().filter(|_| near.errors_max == 1);
            index.near(&near, beginnings.map(|beginnings| (3, beginnings)), &mut found);
            for (errors, found) in (1..).zip(&found) {
                let found: BTreeSet<u32> = found.iter().flat_map(|list| list.iter()).collect();
                let is_near = |word: &str| {
                    !word.contains('1') && near.errors_max >= errors && errors_by_definition(&typed, word) == errors
                };
                let wanted = (0..).zip(&words).filter(|(_, word)| is_near(word)).map(|(at, _)| at).collect();
                prop_assert_eq!(found, wanted);
            }
        }
    }
}
