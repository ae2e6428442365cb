//! The names of all contacts in their order, each by what it does not share with the one before: enough to say where another
//! name would stand. Does not give names back.

use super::image::{Reader, Writer, are_bounds};

/// Names to a block; the first of each is whole.
const BLOCK: usize = 16;
/// Of a longer name the rest does not count.
const BYTES_MAX: usize = 255;

#[derive(Debug)]
pub(super) struct Names {
    bytes: Vec<u8>,
    /// Where each block begins; one more at the end.
    blocks: Vec<u32>,
}

impl Names {
    pub(super) fn new<'a>(sorted: impl Iterator<Item = &'a str>) -> Names {
        let mut names = Names { bytes: Vec::new(), blocks: Vec::new() };
        let mut before: &[u8] = &[];
        for (at, name) in sorted.enumerate() {
            let name = cut(name);
            let shared = if at % BLOCK == 0 {
                names.blocks.push(end(&names.bytes));
                0
            } else {
                before.iter().zip(name).take_while(|(a, b)| a == b).count()
            };
            names.bytes.extend([shared as u8, (name.len() - shared) as u8]);
            names.bytes.extend_from_slice(&name[shared..]);
            before = name;
        }
        names.blocks.push(end(&names.bytes));
        names.bytes.shrink_to_fit();
        names.blocks.shrink_to_fit();
        names
    }

    /// How many names come before this one.
    pub(super) fn place_of(&self, name: &str) -> u32 {
        let name = cut(name);
        let (mut low, mut high) = (0, self.blocks.len() - 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let before = self.block(middle).next().is_some_and(|(_, first)| first < name);
            if before { low = middle + 1 } else { high = middle }
        }
        let Some(block) = low.checked_sub(1) else { return 0 };
        let mut whole: Vec<u8> = Vec::new();
        let mut place = block * BLOCK;
        for (shared, rest) in self.block(block) {
            whole.truncate(shared);
            whole.extend_from_slice(rest);
            if whole.as_slice() >= name {
                break;
            }
            place += 1;
        }
        place as u32
    }

    fn block(&self, at: usize) -> impl Iterator<Item = (usize, &[u8])> {
        let mut rest = &self.bytes[self.blocks[at] as usize..self.blocks[at + 1] as usize];
        std::iter::from_fn(move || {
            let ([shared, length], tail) = rest.split_first_chunk()?;
            let (name, tail) = tail.split_at_checked(usize::from(*length))?;
            rest = tail;
            Some((usize::from(*shared), name))
        })
    }

    pub(super) fn write(&self, image: &mut Writer) {
        image.u32s(&self.blocks);
        image.bytes(&self.bytes);
    }

    pub(super) fn read(image: &mut Reader<'_>) -> Option<Names> {
        let names = Names { blocks: image.u32s()?, bytes: image.bytes()?.to_vec() };
        are_bounds(&names.blocks, names.bytes.len()).then_some(names)
    }

    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity() + self.blocks.capacity() * 4
    }
}

fn cut(name: &str) -> &[u8] {
    &name.as_bytes()[..name.len().min(BYTES_MAX)]
}

fn end(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("all names together are below 4 GiB")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Names;

    proptest! {
        #[test]
        fn a_name_stands_behind_all_that_are_less(
            names in prop::collection::btree_set("[ab]{0,6}", 0..80),
            wanted in "[abc]{0,7}",
        ) {
            let kept = Names::new(names.iter().map(String::as_str));
            let before = names.iter().filter(|name| **name < wanted).count();
            prop_assert_eq!(kept.place_of(&wanted) as usize, before);
        }
    }
}
