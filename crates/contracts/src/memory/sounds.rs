//! Sounds, recordings and voicemails in memory. A recording that runs ends with the process, as everything here does. And what
//! stands in for sound files and voices where a test wants neither.

use std::cmp::Reverse;
use std::sync::Arc;

use async_trait::async_trait;
use engine::{RecordingId, ServiceId, SoundId, Span};

use super::{MemoryStore, is_simulated};
use crate::journal::StoreError;
use crate::limits;
use crate::recordings::RecordingBook;
use crate::sounds::{Decoder, SOUNDS_MAX, Sound, SoundBook, SoundEntry, SoundError, SoundFile, length_of};
use crate::speech::{Speech, SpeechError, Voice};
use crate::voicemails::{KeptVoicemail, VOICEMAILS_MAX, VoicemailBook, VoicemailCursor, VoicemailFilter};

#[derive(Debug, Default)]
pub(super) struct Recording {
    samples: Vec<i16>,
    finished: bool,
}

#[async_trait]
impl SoundBook for MemoryStore {
    async fn put(&self, id: SoundId, file: SoundFile) -> Result<(), StoreError> {
        limits::sound(&file)?;
        let mut kept = self.kept();
        if kept.sounds.len() >= SOUNDS_MAX && !kept.sounds.contains_key(&id) {
            return Err(limits::too_many_sounds());
        }
        kept.sounds.insert(id, file);
        Ok(())
    }

    async fn rename(&self, id: SoundId, name: &str) -> Result<bool, StoreError> {
        limits::name("a sound", name)?;
        let mut kept = self.kept();
        let sound = kept.sounds.get_mut(&id);
        Ok(sound.map(|sound| name.clone_into(&mut sound.name)).is_some())
    }

    async fn remove(&self, id: SoundId) -> Result<bool, StoreError> {
        Ok(self.kept().sounds.remove(&id).is_some())
    }

    async fn list(&self) -> Result<Vec<SoundEntry>, StoreError> {
        let entry = |(id, file): (&SoundId, &SoundFile)| SoundEntry {
            id: *id,
            name: file.name.clone(),
            kind: file.kind.clone(),
            length: file.sound.length(),
            added: file.added,
        };
        let mut entries: Vec<SoundEntry> = self.kept().sounds.iter().map(entry).collect();
        entries.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        Ok(entries)
    }

    async fn sound(&self, id: SoundId) -> Result<Option<Arc<Sound>>, StoreError> {
        Ok(self.kept().sounds.get(&id).map(|file| Arc::new(file.sound.clone())))
    }
}

#[async_trait]
impl RecordingBook for MemoryStore {
    async fn begin(&self, id: RecordingId) -> Result<Span, StoreError> {
        let mut kept = self.kept();
        let recording = kept.recordings.entry(id).or_default();
        if recording.finished { Err(limits::finished(id)) } else { Ok(recording.length()) }
    }

    async fn append(&self, id: RecordingId, samples: &[i16]) -> Result<(), StoreError> {
        let mut kept = self.kept();
        match kept.recordings.get_mut(&id) {
            Some(recording) if !recording.finished => {
                limits::recorded(recording.samples.len(), samples)?;
                recording.samples.extend_from_slice(samples);
                Ok(())
            }
            Some(_) => Err(limits::finished(id)),
            None => Err(limits::not_begun(id)),
        }
    }

    async fn finish(&self, id: RecordingId) -> Result<Span, StoreError> {
        let mut kept = self.kept();
        let Some(recording) = kept.recordings.get_mut(&id) else { return Ok(Span(0)) };
        recording.finished = true;
        let length = recording.length();
        if recording.samples.is_empty() {
            kept.recordings.remove(&id);
        }
        Ok(length)
    }

    async fn discard(&self, id: RecordingId) -> Result<(), StoreError> {
        self.kept().recordings.remove(&id);
        Ok(())
    }

    async fn read(&self, id: RecordingId) -> Result<Option<Vec<i16>>, StoreError> {
        Ok(self.kept().recordings.get(&id).map(|recording| recording.samples.clone()))
    }
}

impl Recording {
    fn length(&self) -> Span {
        length_of(self.samples.len() as u64)
    }
}

#[async_trait]
impl VoicemailBook for MemoryStore {
    async fn voicemails(
        &self,
        filter: &VoicemailFilter,
        limit: u32,
    ) -> Result<Vec<KeptVoicemail>, StoreError> {
        limits::page(limit, VOICEMAILS_MAX)?;
        let kept = self.kept();
        let mut found: Vec<&KeptVoicemail> =
            kept.voicemails.values().filter(|each| matches(filter, each)).collect();
        found.sort_by_key(|each| Reverse(VoicemailCursor::of(&each.voicemail)));
        Ok(found.into_iter().take(limit as usize).cloned().collect())
    }

    async fn voicemail(&self, recording: RecordingId) -> Result<Option<KeptVoicemail>, StoreError> {
        Ok(self.kept().voicemails.get(&recording).cloned())
    }

    async fn unhandled(&self, simulated: bool) -> Result<u64, StoreError> {
        let filter = VoicemailFilter { handled: Some(false), simulated, ..VoicemailFilter::default() };
        Ok(self.kept().voicemails.values().filter(|each| matches(&filter, each)).count() as u64)
    }

    async fn set_handled(&self, recording: RecordingId, handled: bool) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let found = kept.voicemails.get_mut(&recording);
        Ok(found.map(|each| each.handled = handled).is_some())
    }

    async fn forward(&self, recording: RecordingId, service: ServiceId) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let Some(each) = kept.voicemails.get_mut(&recording) else { return Ok(false) };
        each.voicemail.service = service;
        each.handled = false;
        Ok(true)
    }

    async fn remove(&self, recording: RecordingId) -> Result<bool, StoreError> {
        Ok(self.kept().voicemails.remove(&recording).is_some())
    }
}

fn matches(filter: &VoicemailFilter, each: &KeptVoicemail) -> bool {
    let VoicemailFilter { before, service, handled, simulated } = filter;
    before.is_none_or(|before| VoicemailCursor::of(&each.voicemail) < before)
        && service.is_none_or(|service| each.voicemail.service == service)
        && handled.is_none_or(|handled| each.handled == handled)
        && *simulated == is_simulated(each.voicemail.origin)
}

/// Takes a file for samples of 16 bits, the lower byte first. For tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawSamples;

#[async_trait]
impl Decoder for RawSamples {
    async fn decode(&self, file: Vec<u8>) -> Result<Sound, SoundError> {
        let samples = file.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect::<Vec<_>>();
        if samples.is_empty() { Err(SoundError::Silent) } else { Ok(Sound { samples }) }
    }
}

/// Voices that hum 50 ms for each letter. For tests.
#[derive(Clone, Debug, Default)]
pub struct MemoryVoices(pub Vec<Voice>);

#[async_trait]
impl Speech for MemoryVoices {
    async fn voices(&self) -> Result<Vec<Voice>, SpeechError> {
        if self.0.is_empty() {
            return Err(SpeechError::Missing("name some voices".to_owned()));
        }
        Ok(self.0.clone())
    }

    async fn say(&self, text: &str, voice: &str) -> Result<Sound, SpeechError> {
        if !self.voices().await?.iter().any(|known| known.id == voice) {
            return Err(SpeechError::NoSuchVoice(voice.to_owned()));
        }
        match text.trim().chars().count() {
            0 => Err(SpeechError::Text(0)),
            chars => Ok(Sound { samples: [900, -900].repeat(200 * chars) }),
        }
    }
}
