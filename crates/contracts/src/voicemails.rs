//! Voicemails: who left a message for which service, and whether somebody has dealt with it (CALL-8). The row is written by
//! the journal's append, in its transaction; what is heard is a recording. Does not hold names or numbers: parties are ids.

use async_trait::async_trait;
use engine::{RecordingId, ServiceId, Timestamp};
use reporting::Voicemail;

use crate::journal::StoreError;

/// The longest page of voicemails.
pub const VOICEMAILS_MAX: u32 = 500;

/// A voicemail, and whether somebody has dealt with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptVoicemail {
    /// As it was left, but for the service: that is the one it was forwarded to last.
    pub voicemail: Voicemail,
    /// Somebody has dealt with it.
    pub handled: bool,
}

/// Which voicemails. All that are `Some` must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoicemailFilter {
    /// Older than this one: the cursor for the next page.
    pub before: Option<VoicemailCursor>,
    /// For this service only.
    pub service: Option<ServiceId>,
    /// Handled ones only, or the others only.
    pub handled: Option<bool>,
    /// Of simulated calls instead of live ones.
    pub simulated: bool,
}

/// Where a page of voicemails ended. They are ordered by when they were left, then by recording, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VoicemailCursor {
    /// When the last one on the page was left.
    pub left: Timestamp,
    /// Its recording.
    pub recording: RecordingId,
}

impl VoicemailCursor {
    /// The place of this voicemail.
    pub fn of(voicemail: &Voicemail) -> VoicemailCursor {
        VoicemailCursor { left: voicemail.left, recording: voicemail.recording }
    }
}

/// The voicemails there are.
#[async_trait]
pub trait VoicemailBook: Send + Sync {
    /// Newest first, at most `limit` (1–500; otherwise `OutOfRange`).
    async fn voicemails(
        &self,
        filter: &VoicemailFilter,
        limit: u32,
    ) -> Result<Vec<KeptVoicemail>, StoreError>;
    /// The one of this recording.
    async fn voicemail(&self, recording: RecordingId) -> Result<Option<KeptVoicemail>, StoreError>;
    /// How many wait for somebody to deal with them.
    async fn unhandled(&self, simulated: bool) -> Result<u64, StoreError>;
    /// Marks it. `false` where there is no such voicemail.
    async fn set_handled(&self, recording: RecordingId, handled: bool) -> Result<bool, StoreError>;
    /// Gives it to another service, whose people have not dealt with it yet. `false` where there is no such voicemail.
    async fn forward(&self, recording: RecordingId, service: ServiceId) -> Result<bool, StoreError>;
    /// Removes the row; its recording is discarded apart. `false` where there is no such voicemail.
    async fn remove(&self, recording: RecordingId) -> Result<bool, StoreError>;
}
