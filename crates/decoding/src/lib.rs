//! Turns the bytes of a file that people export into text as they come: UTF-8 and UTF-16 by their byte order mark; UTF-16 also
//! without one, where it shows; else UTF-8 line by line where it is valid, and Windows-1252, in which every line is, from the first
//! one where it is not. Does not know what the text means.

use std::mem;

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes looked at to tell UTF-16 without a mark.
const LOOKED_AT: usize = 64;
/// Bytes of an unfinished line after which its beginning is taken for itself: no line that is kept is longer.
const LINE_BYTES_MAX: usize = 1 << 20;

/// A file that is being decoded.
#[derive(Default)]
pub struct Decoding(Encoded);

/// The encoding of a file, as far as it is known.
enum Encoded {
    /// Too little is here: the bytes so far.
    Unknown(Vec<u8>),
    /// Told by its beginning.
    Told(Box<Decoder>),
    /// Told by none.
    ByLine(ByLine),
}

impl Default for Encoded {
    fn default() -> Encoded {
        Encoded::Unknown(Vec::new())
    }
}

impl Decoding {
    /// What it is called, as far as it was read.
    pub fn name(&self) -> &'static str {
        match &self.0 {
            Encoded::Told(decoder) => decoder.encoding().name(),
            Encoded::ByLine(ByLine { is_1252: true, .. }) => WINDOWS_1252.name(),
            Encoded::Unknown(_) | Encoded::ByLine(_) => UTF_8.name(),
        }
    }

    /// The text of these bytes, as far as it is certain.
    pub fn take(&mut self, bytes: &[u8]) -> String {
        match &mut self.0 {
            Encoded::Unknown(so_far) => {
                so_far.extend_from_slice(bytes);
                if so_far.len() < LOOKED_AT { String::new() } else { self.begin() }
            }
            Encoded::Told(decoder) => decoded(decoder, bytes, false),
            Encoded::ByLine(lines) => lines.take(bytes),
        }
    }

    /// The rest of the text.
    pub fn end(&mut self) -> String {
        let mut text = match self.0 {
            Encoded::Unknown(_) => self.begin(),
            Encoded::Told(_) | Encoded::ByLine(_) => String::new(),
        };
        text += &match &mut self.0 {
            Encoded::Unknown(_) => String::new(),
            Encoded::Told(decoder) => decoded(decoder, &[], true),
            Encoded::ByLine(lines) => lines.end(),
        };
        text
    }

    fn begin(&mut self) -> String {
        let Encoded::Unknown(so_far) = &mut self.0 else { return String::new() };
        let bytes = mem::take(so_far);
        let told = Encoding::for_bom(&bytes).or_else(|| Some((unmarked(&bytes)?, 0)));
        self.0 = match told {
            Some((encoding, _)) => Encoded::Told(Box::new(encoding.new_decoder_without_bom_handling())),
            None => Encoded::ByLine(ByLine::default()),
        };
        self.take(&bytes[told.map_or(0, |(_, mark)| mark)..])
    }
}

/// UTF-16 without a mark: headings and cards begin with Latin letters, of which every other byte is zero then.
fn unmarked(bytes: &[u8]) -> Option<&'static Encoding> {
    let pairs = bytes.as_chunks::<2>().0;
    let pairs = &pairs[..pairs.len().min(LOOKED_AT / 2)];
    let all = |is: fn(&[u8; 2]) -> bool| !pairs.is_empty() && pairs.iter().all(is);
    if all(|[low, high]| *high == 0 && *low != 0) {
        Some(UTF_16LE)
    } else if all(|[high, low]| *high == 0 && *low != 0) {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn decoded(decoder: &mut Decoder, mut bytes: &[u8], is_last: bool) -> String {
    let mut text = String::new();
    loop {
        let room = decoder.max_utf8_buffer_length(bytes.len());
        // Bytes of a part of a file fit into memory three times.
        text.reserve(room.unwrap_or(bytes.len()));
        let (result, read, _) = decoder.decode_to_string(bytes, &mut text, is_last);
        bytes = &bytes[read..];
        match result {
            CoderResult::InputEmpty => return text,
            CoderResult::OutputFull => {}
        }
    }
}

/// Lines that are UTF-8 or Windows-1252.
#[derive(Default)]
struct ByLine {
    /// A line that is not whole yet.
    unfinished: Vec<u8>,
    /// A line was valid UTF-8 with more than ASCII in it: one that is not is broken, and not the file of another encoding.
    is_utf_8: bool,
    /// A line was not valid UTF-8 before one was.
    is_1252: bool,
}

impl ByLine {
    fn take(&mut self, bytes: &[u8]) -> String {
        self.unfinished.extend_from_slice(bytes);
        let end = self.unfinished.iter().rposition(|byte| matches!(byte, b'\r' | b'\n')).map(|at| at + 1);
        let end = match end {
            Some(end) => end,
            None if self.unfinished.len() > LINE_BYTES_MAX => whole_chars(&self.unfinished),
            None => return String::new(),
        };
        let rest = self.unfinished.split_off(end);
        let lines = mem::replace(&mut self.unfinished, rest);
        self.decode(&lines)
    }

    fn end(&mut self) -> String {
        let rest = mem::take(&mut self.unfinished);
        self.decode(&rest)
    }

    fn decode(&mut self, lines: &[u8]) -> String {
        if !self.is_1252
            && let Ok(text) = str::from_utf8(lines)
        {
            self.is_utf_8 |= !text.is_ascii();
            return text.to_owned();
        }
        let mut text = String::with_capacity(lines.len() + lines.len() / 8);
        for line in lines.split_inclusive(|byte| matches!(byte, b'\r' | b'\n')) {
            match str::from_utf8(line) {
                Ok(line) if line.is_ascii() => text.push_str(line),
                Ok(line) if !self.is_1252 => {
                    self.is_utf_8 = true;
                    text.push_str(line);
                }
                Ok(_) | Err(_) => {
                    self.is_1252 |= !self.is_utf_8;
                    text.push_str(&WINDOWS_1252.decode_without_bom_handling(line).0);
                }
            }
        }
        text
    }
}

/// How many of these bytes end with a whole character, should they be UTF-8.
fn whole_chars(bytes: &[u8]) -> usize {
    let begun = bytes.iter().rev().take(4).position(|byte| *byte & 0b1100_0000 != 0b1000_0000);
    // The last character is left for the next time, whether it is whole or not.
    bytes.len() - begun.map_or(0, |back| back + 1)
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1252;
    use proptest::prelude::*;

    use super::Decoding;

    fn pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
        let mut decoding = Decoding::default();
        let text: String = pieces.into_iter().map(|piece| decoding.take(piece)).collect();
        text + &decoding.end()
    }

    /// DIR-1: one byte that is not UTF-8 at the end of a large file makes no other encoding of all that was read before it.
    #[test]
    fn a_broken_line_of_a_utf_8_file_is_read_for_itself_dir_1() {
        let broken = b"Name\nJ\xc3\xbcrg\nJ\xfcrg\nZo\xc3\xab\n";
        assert_eq!(pieces([&broken[..]]), "Name\nJürg\nJürg\nZoë\n");
        let windows = b"Name\nAnna\nJ\xfcrg\n\xc3\xbc\n";
        assert_eq!(pieces([&windows[..]]), "Name\nAnna\nJürg\nÃ¼\n");
    }

    #[test]
    fn a_line_without_an_end_is_not_held_for_ever() {
        let mut decoding = Decoding::default();
        let piece = "ü".repeat(1 << 19);
        let taken: usize = (0..8).map(|_| decoding.take(piece.as_bytes()).len()).sum();
        assert!(taken > 6 << 20, "{taken}");
        assert_eq!(taken + decoding.end().len(), 8 << 20);
    }

    proptest! {
        #[test]
        fn bytes_in_pieces_read_as_the_whole(
            text in "[aü€\u{1f4de}\r\n]{0,120}",
            kind in 0_usize..4,
            step in 1_usize..40,
        ) {
            let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
                std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
            };
            let bytes = match kind {
                0 => text.clone().into_bytes(),
                1 => utf16(u16::to_le_bytes),
                2 => utf16(u16::to_be_bytes),
                _ => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            };
            prop_assert_eq!(&pieces(bytes.chunks(step)), &text);
        }

        #[test]
        fn windows_1252_in_pieces_reads_as_written(text in "[a-zäöü€ \n]{0,120}", step in 1_usize..40) {
            let bytes = WINDOWS_1252.encode(&text).0.into_owned();
            // Letters beside each other may happen to be one of UTF-8; nobody is called so.
            let mut lines = bytes.split(|byte| *byte == b'\n');
            prop_assume!(lines.all(|line| line.is_ascii() || str::from_utf8(line).is_err()));
            prop_assert_eq!(pieces(bytes.chunks(step)), text);
        }
    }
}
