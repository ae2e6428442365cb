//! An index as bytes and back, so that it is ready without reading every contact again. Whoever keeps the bytes vouches
//! for them; still nothing in them can make a reader panic, only be refused. Does not compress.

/// Begins every image; another number is another layout, and then the index is built anew.
const VERSION: u64 = 0x5553_4849_0000_0003;

/// Writes an image.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// For an image of about so many bytes.
    pub(super) fn new(bytes: usize) -> Writer {
        let mut image = Vec::with_capacity(bytes + bytes / 16);
        image.extend(VERSION.to_le_bytes());
        Writer(image)
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn u32s(&mut self, numbers: &[u32]) {
        self.0.extend_from_slice(&(numbers.len() as u64).to_le_bytes());
        self.0.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    }

    pub(super) fn u64s(&mut self, numbers: &[u64]) {
        self.0.extend_from_slice(&(numbers.len() as u64).to_le_bytes());
        self.0.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    }

    pub(super) fn done(self) -> Vec<u8> {
        self.0
    }
}

/// Reads an image; `None` anywhere: it is not one.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(image: &'a [u8]) -> Option<Reader<'a>> {
        let mut reader = Reader(image);
        (reader.u64()? == VERSION).then_some(reader)
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u64()?).ok()?;
        self.take(length)
    }

    pub(super) fn u32s(&mut self) -> Option<Vec<u32>> {
        let length = usize::try_from(self.u64()?).ok()?;
        let (numbers, _) = self.take(length.checked_mul(4)?)?.as_chunks::<4>();
        Some(numbers.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
    }

    pub(super) fn u64s(&mut self) -> Option<Vec<u64>> {
        let length = usize::try_from(self.u64()?).ok()?;
        let (numbers, _) = self.take(length.checked_mul(8)?)?.as_chunks::<8>();
        Some(numbers.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect())
    }

    pub(super) fn ended(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

/// Whether these are the bounds of consecutive parts of something this long.
pub(super) fn are_bounds(starts: &[u32], length: usize) -> bool {
    starts.first() == Some(&0)
        && starts.last().is_some_and(|last| *last as usize == length)
        && starts.is_sorted()
}
