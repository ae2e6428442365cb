//! Requests about sounds that callers hear (ROUTE-3): adding a file, speaking a text, listening, renaming, removing. A sound that
//! a workflow plays is not removed. Decodes and speaks nothing itself: that is behind the contracts.

use std::collections::{BTreeMap, BTreeSet};

use contracts::sounds::{
    SOUND_FILE_BYTES_MAX, SOUNDS_MAX, SPEECH_CHARS_MAX, Sound, SoundEntry, SoundError, SoundFile, SoundKind,
};
use contracts::speech::{SpeechError, Voice};
use data_encoding::BASE64;
use engine::{SoundId, Switchboard, Workflow};
use identity::{Authorized, right};

use super::wire::sounds::{HeardView, SoundView, SoundsView, SpeechView, VoiceView};
use super::wire::{ApiError, Request, Response, SavedView, UiEvent};
use super::{id, misplaced};
use crate::app::App;
use crate::wav;

impl App {
    /// What everybody may hear.
    pub(super) async fn handle_sounds_heard(
        &self,
        _: Authorized<right::SeeServices>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::ListSounds {} => self.list_sounds().await,
            Request::ListVoices {} => {
                let voices = self.speech.voices().await?;
                Ok(Response::Voices(voices.into_iter().map(VoiceView::from).collect()))
            }
            Request::GetSound { sound } => {
                let found = self.sounds.sound(id("sound", &sound)?).await?.ok_or_else(unknown)?;
                Ok(Response::Heard(heard(&found.samples)))
            }
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_sounds(
        &self,
        _: Authorized<right::ChangeServices>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::AddSound { sound: replaced, name, content_base64 } => {
                let name = tidy(&name)?;
                let sound = self.decoder.decode(file_of(&content_base64)?).await?;
                self.put_sound(replaced, name, SoundKind::File, sound).await
            }
            Request::SpeakSound { sound: replaced, name, text, voice } => {
                let name = tidy(&name)?;
                let sound = self.speech.say(&text, &voice).await?;
                let voices = self.speech.voices().await?;
                let language = voices.into_iter().find(|known| known.id == voice).map(|voice| voice.language);
                let kind = SoundKind::Speech { text, voice, language: language.unwrap_or_default() };
                self.put_sound(replaced, name, kind, sound).await
            }
            Request::RenameSound { sound, name } => {
                let name = tidy(&name)?;
                let renamed = self.sounds.rename(id("sound", &sound)?, &name).await?;
                self.changed(renamed)
            }
            Request::RemoveSound { sound } => self.remove_sound(id("sound", &sound)?).await,
            other => Err(misplaced(&other)),
        }
    }

    async fn list_sounds(&self) -> Result<Response, ApiError> {
        let sounds = self.sounds.list().await?;
        let mut uses = self.desk.look(uses).await?;
        let mut used_by = |sound: SoundId| uses.remove(&sound).unwrap_or_default();
        let limit = |most: usize| u32::try_from(most).unwrap_or(u32::MAX);
        Ok(Response::Sounds(SoundsView {
            sounds: sounds
                .into_iter()
                .map(|sound| {
                    let used_by = used_by(sound.id);
                    view(sound, used_by)
                })
                .collect(),
            sounds_max: limit(SOUNDS_MAX),
            file_bytes_max: limit(SOUND_FILE_BYTES_MAX),
            text_chars_max: limit(SPEECH_CHARS_MAX),
        }))
    }

    /// Adds it, or puts it in the place of the one that is `replaced`.
    async fn put_sound(
        &self,
        replaced: Option<String>,
        name: String,
        kind: SoundKind,
        sound: Sound,
    ) -> Result<Response, ApiError> {
        let id = match replaced {
            Some(replaced) => {
                let replaced: SoundId = id("sound", &replaced)?;
                self.sounds.sound(replaced).await?.ok_or_else(unknown)?;
                replaced
            }
            None => SoundId(self.sources.setting()),
        };
        self.sounds.put(id, SoundFile { name, kind, sound, added: self.sources.now() }).await?;
        self.tell(UiEvent::SoundsChanged);
        Ok(Response::Saved(SavedView { id: id.to_string() }))
    }

    async fn remove_sound(&self, sound: SoundId) -> Result<Response, ApiError> {
        let users = self.desk.look(uses).await?.remove(&sound).unwrap_or_default();
        if let Some(first) = users.first() {
            let others = users.len() - 1;
            let more = if others == 0 { String::new() } else { format!(" and {others} more") };
            return Err(ApiError::new(
                "sound.in-use",
                format!(
                    "This sound is played by the workflow of {first}{more}. Choose another one there first."
                ),
            ));
        }
        let removed = self.sounds.remove(sound).await?;
        self.changed(removed)
    }

    fn changed(&self, was_there: bool) -> Result<Response, ApiError> {
        if !was_there {
            return Err(unknown());
        }
        self.tell(UiEvent::SoundsChanged);
        Ok(Response::Done)
    }
}

/// The names of the services whose workflow plays a sound, by sound.
fn uses(switchboard: &Switchboard) -> BTreeMap<SoundId, Vec<String>> {
    let mut uses: BTreeMap<SoundId, Vec<String>> = BTreeMap::new();
    for service in switchboard.services() {
        let played: BTreeSet<SoundId> = service.workflow.iter().flat_map(Workflow::sounds).collect();
        for sound in played {
            uses.entry(sound).or_default().push(service.name.clone());
        }
    }
    uses
}

/// What is heard, as a screen plays it.
pub(super) fn heard(samples: &[i16]) -> HeardView {
    HeardView { wav_base64: BASE64.encode(&wav::of(samples)) }
}

fn view(sound: SoundEntry, used_by: Vec<String>) -> SoundView {
    let SoundEntry { id, name, kind, length, added } = sound;
    let speech = match kind {
        SoundKind::File => None,
        SoundKind::Speech { text, voice, language } => Some(SpeechView { text, voice, language }),
    };
    SoundView { id: id.to_string(), name, speech, length_ms: length.0, added: added.0, used_by }
}

fn tidy(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(ApiError::new("setting.out-of-range", "A sound has a name.").at("name"));
    }
    Ok(name.to_owned())
}

fn file_of(content_base64: &str) -> Result<Vec<u8>, ApiError> {
    let bytes = content_base64.len() / 4 * 3;
    if bytes > SOUND_FILE_BYTES_MAX + 2 {
        return Err(SoundError::TooLarge { bytes }.into());
    }
    BASE64
        .decode(content_base64.as_bytes())
        .map_err(|_| ApiError::invalid("the file's content is not base64"))
}

fn unknown() -> ApiError {
    ApiError::new("sound.unknown", "This sound was removed meanwhile.")
}

impl From<Voice> for VoiceView {
    fn from(Voice { id, name, language }: Voice) -> VoiceView {
        VoiceView { id, name, language }
    }
}

impl From<SoundError> for ApiError {
    fn from(error: SoundError) -> ApiError {
        let words = error.to_string();
        let mut letters = words.chars();
        let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
        ApiError::new("sound.unreadable", format!("{first}{}.", letters.as_str())).at("file")
    }
}

impl From<SpeechError> for ApiError {
    fn from(error: SpeechError) -> ApiError {
        match error {
            SpeechError::Missing(what) => {
                ApiError::new("speech.missing", format!("This computer cannot speak yet: {what}."))
            }
            SpeechError::NoSuchVoice(voice) => ApiError::new(
                "speech.failed",
                format!("There is no voice '{voice}' on this computer any more. Choose another one."),
            )
            .at("voice"),
            SpeechError::Text(0) => {
                ApiError::new("setting.out-of-range", "There is nothing to say: type the text.").at("text")
            }
            SpeechError::Text(chars) => ApiError::new(
                "setting.out-of-range",
                format!("The text has {chars} characters; {SPEECH_CHARS_MAX} are the most."),
            )
            .at("text"),
            SpeechError::Failed(why) => {
                ApiError::new("speech.failed", format!("The text could not be spoken: {why}."))
            }
            SpeechError::Sound(error) => {
                ApiError::new("speech.failed", format!("The text could not be spoken: {error}."))
            }
        }
    }
}
