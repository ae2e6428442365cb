//! The attendant's audio desk on the media stage. Does not mix or play: that is `telephony::media`.

use std::path::PathBuf;
use std::str::FromStr;

use contracts::connectors::{Audio, AudioChoice, AudioDevices};
use telephony::media::{AudioBackend, AudioDevice, Stage};
use tokio::runtime::Handle;

/// Which audio to use, as named on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AudioWhere {
    /// The system's devices.
    #[default]
    System,
    /// None: silence in, nothing out.
    None,
    /// Files in this folder: `microphone.wav` is spoken, what is heard is recorded beside it.
    Files(PathBuf),
}

impl FromStr for AudioWhere {
    type Err = String;
    fn from_str(text: &str) -> Result<AudioWhere, String> {
        match (text, text.strip_prefix("file:")) {
            ("system", _) => Ok(AudioWhere::System),
            ("none" | "null", _) => Ok(AudioWhere::None),
            (_, Some(folder)) if !folder.is_empty() => Ok(AudioWhere::Files(PathBuf::from(folder))),
            (_, Some(_) | None) => Err("audio is `system`, `none` or `file:FOLDER`".to_owned()),
        }
    }
}

impl AudioWhere {
    /// The stage's backend with the system's default devices.
    pub(crate) fn backend(&self) -> AudioBackend {
        match self {
            AudioWhere::System => system(AudioChoice::default()),
            AudioWhere::None => AudioBackend::Null,
            AudioWhere::Files(folder) => AudioBackend::files_in(folder),
        }
    }
}

fn system(AudioChoice { input, output, ring }: AudioChoice) -> AudioBackend {
    AudioBackend::System { input, output, ring }
}

/// The desk the application speaks to.
pub(crate) struct Desk {
    stage: Stage,
    chosen: AudioWhere,
    runtime: Handle,
}

impl Desk {
    /// On this stage; called inside the runtime.
    pub(crate) fn new(stage: Stage, chosen: AudioWhere) -> Desk {
        Desk { stage, chosen, runtime: Handle::current() }
    }
}

impl Audio for Desk {
    fn devices(&self) -> AudioDevices {
        let devices = self.runtime.block_on(self.stage.devices());
        let named = |wanted: fn(&AudioDevice) -> bool| {
            devices.iter().filter(|device| wanted(device)).map(|device| device.name.clone()).collect()
        };
        AudioDevices { inputs: named(|device| device.input), outputs: named(|device| device.output) }
    }

    fn choose(&self, choice: AudioChoice) {
        match self.chosen {
            AudioWhere::System => {
                let stage = self.stage.clone();
                self.runtime.spawn(async move { stage.set_backend(system(choice)).await });
            }
            // Files and silence were asked for on the command line and stay.
            AudioWhere::None | AudioWhere::Files(_) => {}
        }
    }

    fn ring(&self, on: bool) {
        self.stage.ring(on);
    }

    fn problem(&self) -> Option<String> {
        self.stage.problem()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::AudioWhere;

    #[test]
    fn audio_is_named_in_one_word_or_a_folder() {
        assert_eq!("system".parse(), Ok(AudioWhere::System));
        assert_eq!("file:/a/b".parse(), Ok(AudioWhere::Files(PathBuf::from("/a/b"))));
        assert!("file:".parse::<AudioWhere>().is_err());
        assert!("loud".parse::<AudioWhere>().is_err());
    }
}
