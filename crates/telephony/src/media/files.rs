//! Files in place of devices, for machines without a sound card and for tests: a recording speaks for the attendant, and
//! what she would hear is written to WAV files. Writes from the stage's clock: not for a disk that stalls.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::source::{Player, Source};
use super::{Frame, LineId, SAMPLE_RATE_HZ};

/// Frames between two updates of a file's header: a second, so that a file can be read while it grows.
const FLUSH_FRAMES: u32 = 50;

/// The files of one stage.
pub(crate) struct FileAudio {
    folder: PathBuf,
    microphone: Player,
    speaker: Recorder,
    bell: Option<Recorder>,
}

impl FileAudio {
    /// Makes the folder where it is missing.
    pub(crate) fn open(folder: &Path, microphone: &Source) -> Result<FileAudio, hound::Error> {
        std::fs::create_dir_all(folder)?;
        let speaker = Recorder::create(&folder.join("speaker.wav"))?;
        Ok(FileAudio { folder: folder.to_owned(), microphone: Player::new(microphone), speaker, bell: None })
    }

    /// What the attendant says.
    pub(crate) fn microphone(&mut self) -> Frame {
        self.microphone.next()
    }

    /// What she hears.
    pub(crate) fn speaker(&mut self, frame: &Frame) -> Result<(), hound::Error> {
        self.speaker.write(frame)
    }

    /// What rings; `ring.wav` begins with the first ring.
    pub(crate) fn bell(&mut self, frame: &Frame) -> Result<(), hound::Error> {
        let bell = match &mut self.bell {
            Some(bell) => bell,
            none => none.insert(Recorder::create(&self.folder.join("ring.wav"))?),
        };
        bell.write(frame)
    }

    /// A file for all that a line receives: `line-<id>.wav`.
    pub(crate) fn line(&self, line: LineId) -> Result<Recorder, hound::Error> {
        Recorder::create(&self.folder.join(format!("line-{line}.wav")))
    }
}

/// A WAV file that grows.
pub(crate) struct Recorder {
    writer: hound::WavWriter<BufWriter<File>>,
    frames: u32,
}

impl Recorder {
    fn create(path: &Path) -> Result<Recorder, hound::Error> {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: SAMPLE_RATE_HZ,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(path, spec)?;
        writer.flush()?;
        Ok(Recorder { writer, frames: 0 })
    }

    /// Appends 20 ms.
    pub(crate) fn write(&mut self, frame: &Frame) -> Result<(), hound::Error> {
        for sample in frame {
            self.writer.write_sample(*sample)?;
        }
        self.frames += 1;
        if self.frames.is_multiple_of(FLUSH_FRAMES) {
            self.writer.flush()?;
        }
        Ok(())
    }
}
