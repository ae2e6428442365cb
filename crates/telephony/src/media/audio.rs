//! Where the attendant speaks, hears and is rung: the system's devices, files, or nothing. A device that is missing or
//! fails is a problem in words, never an error: calls go on in silence.

use std::path::{Path, PathBuf};

use super::files::{FileAudio, Recorder};
use super::source::Source;
use super::system::SystemAudio;
use super::{Frame, LineId, SILENCE};

/// Which audio a stage uses.
#[derive(Clone, Debug)]
pub enum AudioBackend {
    /// The system's devices, by the `id` or `name` of [`AudioDevice`]; `None` is the system's default. Without a `ring`
    /// device it rings in the output.
    System {
        /// Microphone.
        input: Option<String>,
        /// Speaker or headset.
        output: Option<String>,
        /// Where it rings.
        ring: Option<String>,
    },
    /// A silent microphone, and nobody listens.
    Null,
    /// `microphone` speaks; `<dir>/speaker.wav` is what the attendant hears, `<dir>/ring.wav` what rings, and
    /// `<dir>/line-<id>.wav` what each line receives from its opening on.
    Files {
        /// Made where it is missing; files in it are overwritten.
        dir: PathBuf,
        /// What the attendant says.
        microphone: Source,
    },
}

impl AudioBackend {
    /// Files in this folder; `<dir>/microphone.wav` speaks if it is there and playable, else the attendant is silent.
    pub fn files_in(dir: &Path) -> AudioBackend {
        let recording = super::Recording::load(&dir.join("microphone.wav"));
        AudioBackend::Files {
            dir: dir.to_owned(),
            microphone: recording.map_or(Source::Silence, Source::Recording),
        }
    }
}

/// A device of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioDevice {
    /// Stays the same over restarts.
    pub id: String,
    /// For people.
    pub name: String,
    /// Can be a microphone.
    pub input: bool,
    /// Can be a speaker or ring.
    pub output: bool,
    /// The system's default microphone.
    pub is_default_input: bool,
    /// The system's default speaker.
    pub is_default_output: bool,
}

/// An open backend.
pub(crate) struct Audio {
    kind: Kind,
    /// Of this module; devices have their own.
    problem: Option<String>,
}

enum Kind {
    System(SystemAudio),
    Null,
    Files(Box<FileAudio>),
}

impl Audio {
    /// Opens what can be opened; the rest is a problem.
    pub(crate) fn open(backend: AudioBackend) -> Audio {
        match backend {
            AudioBackend::System { input, output, ring } => match SystemAudio::open(input, output, ring) {
                Ok(system) => Audio { kind: Kind::System(system), problem: None },
                Err(error) => Audio::nothing(format!("the audio devices cannot be used: {error}")),
            },
            AudioBackend::Null => Audio { kind: Kind::Null, problem: None },
            AudioBackend::Files { dir, microphone } => match FileAudio::open(&dir, &microphone) {
                Ok(files) => Audio { kind: Kind::Files(Box::new(files)), problem: None },
                Err(error) => Audio::nothing(format!("the audio files cannot be written: {error}")),
            },
        }
    }

    fn nothing(problem: String) -> Audio {
        Audio { kind: Kind::Null, problem: Some(problem) }
    }

    /// What is wrong now.
    pub(crate) fn problem(&self) -> Option<String> {
        match &self.kind {
            Kind::System(system) => self.problem.clone().or_else(|| system.problem()),
            Kind::Null | Kind::Files(_) => self.problem.clone(),
        }
    }

    /// 20 ms of the attendant's voice.
    pub(crate) fn microphone(&mut self) -> Frame {
        match &mut self.kind {
            Kind::System(system) => system.microphone(),
            Kind::Null => SILENCE,
            Kind::Files(files) => files.microphone(),
        }
    }

    /// 20 ms for her ear, and for the bell while it rings.
    pub(crate) fn play(&mut self, speaker: &Frame, bell: Option<&Frame>) {
        let written = match &mut self.kind {
            Kind::System(system) => {
                system.play(speaker, bell);
                Ok(())
            }
            Kind::Null => Ok(()),
            Kind::Files(files) => {
                files.speaker(speaker).and_then(|()| bell.map_or(Ok(()), |frame| files.bell(frame)))
            }
        };
        if let Err(error) = written {
            *self = Audio::nothing(format!("the audio files cannot be written: {error}"));
        }
    }

    /// A file for what a line receives, where the backend keeps one.
    pub(crate) fn line_recorder(&mut self, line: LineId) -> Option<Recorder> {
        let Kind::Files(files) = &self.kind else { return None };
        match files.line(line) {
            Ok(recorder) => Some(recorder),
            Err(error) => {
                self.problem = Some(format!("the audio file of line {line} cannot be written: {error}"));
                None
            }
        }
    }
}
