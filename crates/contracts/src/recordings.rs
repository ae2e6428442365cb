//! What callers say into a recording. Kept piece by piece while it runs, so that a process that dies loses no more than its
//! last seconds. Does not know whose it is: that is the voicemail that speaks of it.

use async_trait::async_trait;
use engine::{RecordingId, Span};

use crate::journal::StoreError;
use crate::sounds::SAMPLE_RATE_HZ;

/// The most samples of one append, ten seconds: whoever records keeps what she has at least every five.
pub const APPEND_SAMPLES_MAX: usize = 10 * SAMPLE_RATE_HZ as usize;
/// The longest recording, in samples: ten minutes. It takes 9.6 MB.
pub const RECORDING_SAMPLES_MAX: usize = 10 * 60 * SAMPLE_RATE_HZ as usize;

/// Recordings, 8 kHz, one channel, 16 bits. Sealed wherever they are on a disk.
#[async_trait]
pub trait RecordingBook: Send + Sync {
    /// Begins a recording, or takes up one that was not finished. Says how long it is already.
    /// `Conflict` where it was finished.
    async fn begin(&self, id: RecordingId) -> Result<Span, StoreError>;
    /// Keeps the next samples, at most [`APPEND_SAMPLES_MAX`]; on the disk when it returns. `Conflict` where it was not
    /// begun or was finished, `OutOfRange` where it would become longer than [`RECORDING_SAMPLES_MAX`]; then it is as
    /// it was before.
    async fn append(&self, id: RecordingId, samples: &[i16]) -> Result<(), StoreError>;
    /// Nothing more will come; says how long it is. One in which nothing was kept is gone afterwards. Finishing twice is
    /// no error, and what was never begun is 0 long.
    async fn finish(&self, id: RecordingId) -> Result<Span, StoreError>;
    /// Destroys it, finished or not. One that is not there is no error.
    async fn discard(&self, id: RecordingId) -> Result<(), StoreError>;
    /// All that was kept of it so far, finished or not; `None` where there is none.
    async fn read(&self, id: RecordingId) -> Result<Option<Vec<i16>>, StoreError>;
}
