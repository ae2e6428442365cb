//! Rows and fields of a file whose bytes come piece by piece, packed with gzip or not. No more of it is held than a piece and a row.
//! Does not know what columns mean.

use std::io::{self, Write};
use std::mem;

use csv_core::ReadRecordResult;
use decoding::Decoding;
use flate2::write::MultiGzDecoder;

/// Bytes of one row: what an unclosed quotation mark would otherwise swallow.
pub(crate) const ROW_BYTES_MAX: usize = 1 << 20;
/// Columns of a row.
pub(crate) const COLUMNS_MAX: usize = 4096;
/// What a file begins with that gzip has packed.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Bytes that are unpacked at once: gzip makes a thousand of one at most, so few megabytes.
const PIECE_BYTES: usize = 4096;
/// Bytes that are read at once where nothing is packed.
const PLAIN_BYTES: usize = 64 * 1024;

/// Why a file cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Packed, and damaged or cut off.
    #[error("after line {line}: it cannot be unpacked: {why}")]
    Packed {
        /// The last line that was read.
        line: u64,
        /// What is wrong.
        why: io::Error,
    },
    /// More than [`ROW_BYTES_MAX`].
    #[error("line {line}: a row has more than {ROW_BYTES_MAX} bytes")]
    RowTooLong {
        /// Where it begins.
        line: u64,
    },
    /// More than [`COLUMNS_MAX`].
    #[error("line {line}: a row has more than {COLUMNS_MAX} columns")]
    TooManyColumns {
        /// Where it begins.
        line: u64,
    },
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// A row; see [`Rows::row`].
    Row,
    /// Nothing before there are more bytes.
    More,
    /// Nothing: the file is over.
    End,
}

/// One row, as it stands there.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Where it begins; 1 is the first line.
    pub line: u64,
    bytes: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Row<'a> {
    /// How many fields it has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A field; `None`: it has fewer.
    pub fn get(&self, place: usize) -> Option<&'a str> {
        let end = *self.ends.get(place)?;
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        // Cut at characters of ASCII out of what was decoded.
        Some(str::from_utf8(&self.bytes[begin..end]).unwrap_or_default())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let row = *self;
        (0..row.len()).filter_map(move |place| row.get(place))
    }
}

enum Packing {
    Unknown,
    None,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
}

/// Reads rows one by one.
pub struct Rows {
    packing: Packing,
    /// What came and was not unpacked yet, from `at` on.
    pending: Vec<u8>,
    at: usize,
    /// No bytes come after these.
    is_whole: bool,
    /// All text there is was decoded.
    is_decoded: bool,
    decoding: Decoding,
    text: String,
    read: usize,
    csv: csv_core::Reader,
    line: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// How much of both is of the row that is being read.
    filled: (usize, usize),
    /// The row was given out.
    is_given: bool,
}

impl Rows {
    /// `separator` is ASCII.
    pub fn new(separator: u8) -> Rows {
        // A carriage return is trimmed with the last column: taken for the end of a row, it would put lines off by one.
        let csv = csv_core::ReaderBuilder::new()
            .delimiter(separator)
            .terminator(csv_core::Terminator::Any(b'\n'))
            .build();
        Rows {
            packing: Packing::Unknown,
            pending: Vec::new(),
            at: 0,
            is_whole: false,
            is_decoded: false,
            decoding: Decoding::default(),
            text: String::new(),
            read: 0,
            csv,
            line: 1,
            bytes: vec![0; 1024],
            ends: vec![0; 64],
            filled: (0, 0),
            is_given: false,
        }
    }

    /// Takes the bytes that follow, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        self.pending.drain(..self.at);
        self.at = 0;
        self.pending.extend_from_slice(bytes);
    }

    /// There are no more bytes.
    pub fn end(&mut self) {
        self.is_whole = true;
    }

    /// Whether it is packed, as far as it was read.
    pub fn is_packed(&self) -> bool {
        matches!(self.packing, Packing::Gzip(_))
    }

    /// Its encoding, as far as it was read.
    pub fn encoding(&self) -> &'static str {
        self.decoding.name()
    }

    /// Goes on to the next row.
    pub fn advance(&mut self) -> Result<Next, FileError> {
        if mem::take(&mut self.is_given) {
            self.filled = (0, 0);
        }
        if self.filled == (0, 0) {
            self.line = self.csv.line();
        }
        loop {
            if self.read == self.text.len() && !self.is_decoded && !self.decode()? {
                return Ok(Next::More);
            }
            let (bytes, ends) = self.filled;
            // Of nothing it takes that there is no more.
            let input = &self.text.as_bytes()[self.read..];
            let (result, read, written, ended) =
                self.csv.read_record(input, &mut self.bytes[bytes..], &mut self.ends[ends..]);
            self.read += read;
            self.filled = (bytes + written, ends + ended);
            if self.filled.0 > ROW_BYTES_MAX {
                return Err(FileError::RowTooLong { line: self.line });
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
                ReadRecordResult::OutputEndsFull if self.ends.len() >= COLUMNS_MAX => {
                    return Err(FileError::TooManyColumns { line: self.line });
                }
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    self.is_given = true;
                    return Ok(Next::Row);
                }
                ReadRecordResult::End => return Ok(Next::End),
            }
        }
    }

    /// The row that was read.
    pub fn row(&self) -> Row<'_> {
        let (bytes, ends) = if self.is_given { self.filled } else { (0, 0) };
        Row { line: self.line, bytes: &self.bytes[..bytes], ends: &self.ends[..ends] }
    }

    /// Takes up more text in place of what was read; `false`: there is none yet.
    fn decode(&mut self) -> Result<bool, FileError> {
        self.text.clear();
        self.read = 0;
        while self.text.is_empty() && !self.is_decoded {
            let left = self.pending.len() - self.at;
            if let Packing::Unknown = self.packing {
                if left < GZIP.len() && !self.is_whole {
                    return Ok(false);
                }
                self.packing = match self.pending[self.at..].starts_with(&GZIP) {
                    true => Packing::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
                    false => Packing::None,
                };
            }
            if left == 0 && !self.is_whole {
                return Ok(false);
            }
            self.unpack(left)?;
        }
        Ok(true)
    }

    fn unpack(&mut self, left: usize) -> Result<(), FileError> {
        let size = if self.is_packed() { PIECE_BYTES } else { PLAIN_BYTES };
        let piece = &self.pending[self.at..self.at + left.min(size)];
        let is_last = self.is_whole && piece.len() == left;
        match &mut self.packing {
            Packing::Unknown | Packing::None => self.text = self.decoding.take(piece),
            Packing::Gzip(gzip) => {
                let unpacked = gzip.write_all(piece).and_then(|()| match is_last {
                    true => gzip.try_finish(),
                    false => Ok(()),
                });
                unpacked.map_err(|why| FileError::Packed { line: self.csv.line(), why })?;
                self.text = self.decoding.take(gzip.get_ref());
                gzip.get_mut().clear();
            }
        }
        self.at += piece.len();
        if is_last {
            self.text += &self.decoding.end();
            self.is_decoded = true;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::{FileError, Next, Rows};

    fn all(pieces: &[&[u8]]) -> Result<Vec<(u64, Vec<String>)>, FileError> {
        let mut rows = Rows::new(b',');
        let mut pieces = pieces.iter();
        let mut read = Vec::new();
        loop {
            match rows.advance()? {
                Next::Row => {
                    read.push((rows.row().line, rows.row().iter().map(str::to_owned).collect()));
                }
                Next::More => match pieces.next() {
                    Some(piece) => rows.push(piece),
                    None => rows.end(),
                },
                Next::End => return Ok(read),
            }
        }
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(bytes).expect("memory");
        gzip.finish().expect("memory")
    }

    fn fields(fields: &[&str]) -> Vec<String> {
        fields.iter().map(|field| (*field).to_owned()).collect()
    }

    #[test]
    fn rows_are_read_from_every_encoding_packed_or_not_report_5() {
        let text = "name,when\nZoë,1\n\"a\n,b\",2";
        let wanted =
            vec![(1, fields(&["name", "when"])), (2, fields(&["Zoë", "1"])), (3, fields(&["a\n,b", "2"]))];
        let utf16: Vec<u8> =
            std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let windows = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), "UTF-8"),
            (marked, "UTF-8"),
            (utf16, "UTF-16LE"),
            (windows, "windows-1252"),
        ] {
            assert_eq!(all(&[&bytes]).expect("it is whole"), wanted, "{encoding}");
            assert_eq!(all(&[&packed(&bytes)]).expect("it is whole"), wanted, "{encoding}, packed");
            let mut rows = Rows::new(b',');
            rows.push(&packed(&bytes));
            rows.end();
            while rows.advance().expect("it is whole") != Next::End {}
            assert_eq!((rows.encoding(), rows.is_packed()), (encoding, true));
        }
    }

    #[test]
    fn a_packed_file_that_is_cut_off_says_so_report_5() {
        let bytes = packed("a,b\n1,2\n".repeat(5000).as_bytes());
        let error = all(&[&bytes[..bytes.len() - 9]]).expect_err("it is cut off");
        assert!(matches!(error, FileError::Packed { .. }), "{error}");
    }

    #[test]
    fn a_row_without_an_end_is_not_read_for_ever_report_5() {
        let text = format!("a,b\n\"{}", "x".repeat(3 << 20));
        let error = all(&[text.as_bytes()]).expect_err("it has no end");
        assert_eq!(error.to_string(), "line 2: a row has more than 1048576 bytes");
        let error = all(&[",".repeat(5000).as_bytes()]).expect_err("too many");
        assert_eq!(error.to_string(), "line 1: a row has more than 4096 columns");
    }

    proptest! {
        /// How the file is cut into pieces on its way makes no difference.
        #[test]
        fn a_file_in_pieces_reads_as_the_whole(
            table in prop::collection::vec(prop::collection::vec("[a-zé\", \r\n]{0,6}", 2..5), 1..8),
            step in 1_usize..40,
            is_packed in any::<bool>(),
        ) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for record in &table {
                writer.write_record(record).expect("memory");
            }
            let bytes = writer.into_inner().expect("memory");
            let bytes = if is_packed { packed(&bytes) } else { bytes };
            let read = all(&bytes.chunks(step).collect::<Vec<_>>()).expect("it is whole");
            let read: Vec<Vec<String>> = read.into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(read, table);
        }

        #[test]
        fn no_bytes_make_it_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = all(&[&bytes]);
        }
    }
}
