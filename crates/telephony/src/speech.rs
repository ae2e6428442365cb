//! The voices that come with the computer, by the program each system has for them (ROUTE-3): eSpeak NG on Linux, `say` on
//! macOS, `System.Speech` on Windows. A text goes in by standard input and a sound comes out in a file: no shell ever sees either.
//! Nothing leaves the computer. Does not judge how a voice sounds.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use contracts::sounds::{SOUND_FILE_BYTES_MAX, SPEECH_CHARS_MAX, Sound, SoundError};
use contracts::speech::{Speech, SpeechError, Voice};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

use crate::media;

/// How long a program may speak: the longest text takes a few seconds.
const SPEAKING_MAX: Duration = Duration::from_secs(60);
/// How long it may take to name its voices.
const NAMING_MAX: Duration = Duration::from_secs(20);
/// Bytes of what a program names: eSpeak NG has 130 voices in 10 KiB.
const NAMES_BYTES_MAX: usize = 1 << 20;
/// Voices that are shown.
const VOICES_MAX: usize = 1_000;

/// Names the voices of Windows, one a line: name, tab, language.
const WINDOWS_VOICES: &str = "$ErrorActionPreference='Stop';Add-Type -AssemblyName System.Speech;\
[Console]::OutputEncoding=[Text.Encoding]::UTF8;\
(New-Object System.Speech.Synthesis.SpeechSynthesizer).GetInstalledVoices()|Where-Object{$_.Enabled}|\
ForEach-Object{$_.VoiceInfo.Name+\"`t\"+$_.VoiceInfo.Culture.Name}";
/// Speaks standard input into a file; voice and file come as variables of the environment, never as a part of the script.
const WINDOWS_SAY: &str = "$ErrorActionPreference='Stop';Add-Type -AssemblyName System.Speech;\
[Console]::InputEncoding=[Text.Encoding]::UTF8;\
$s=New-Object System.Speech.Synthesis.SpeechSynthesizer;$s.SelectVoice($env:USHER_VOICE);\
$s.SetOutputToWaveFile($env:USHER_SOUND);$s.Speak([Console]::In.ReadToEnd());$s.Dispose()";

/// Which system's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Espeak,
    Say,
    Windows,
}

/// The voices of this computer.
#[derive(Clone, Debug)]
pub struct SystemSpeech {
    kind: Kind,
    program: PathBuf,
}

impl Default for SystemSpeech {
    /// The program of this system, found when it is needed.
    fn default() -> SystemSpeech {
        let (kind, program) = if cfg!(target_os = "macos") {
            (Kind::Say, "/usr/bin/say")
        } else if cfg!(windows) {
            (Kind::Windows, "powershell.exe")
        } else {
            (Kind::Espeak, "espeak-ng")
        };
        SystemSpeech { kind, program: program.into() }
    }
}

#[async_trait]
impl Speech for SystemSpeech {
    async fn voices(&self) -> Result<Vec<Voice>, SpeechError> {
        let mut command = self.command();
        match self.kind {
            Kind::Espeak => command.arg("--voices"),
            Kind::Say => command.args(["-v", "?"]),
            Kind::Windows => command.args(["-Command", WINDOWS_VOICES]),
        };
        let named = self.run(command, "", NAMING_MAX).await?.stdout;
        let named = String::from_utf8_lossy(&named[..named.len().min(NAMES_BYTES_MAX)]);
        let mut voices: Vec<Voice> = match self.kind {
            Kind::Espeak => named.lines().skip(1).filter_map(espeak_voice).collect(),
            Kind::Say => named.lines().filter_map(say_voice).collect(),
            Kind::Windows => named.lines().filter_map(windows_voice).collect(),
        };
        voices.sort_by(|a, b| (&a.language, &a.name, &a.id).cmp(&(&b.language, &b.name, &b.id)));
        voices.dedup_by(|a, b| a.id == b.id);
        voices.truncate(VOICES_MAX);
        if voices.is_empty() {
            return Err(SpeechError::Missing(self.what_to_install().to_owned()));
        }
        Ok(voices)
    }

    async fn say(&self, text: &str, voice: &str) -> Result<Sound, SpeechError> {
        let chars = text.chars().count();
        if text.trim().is_empty() || chars > SPEECH_CHARS_MAX {
            return Err(SpeechError::Text(if text.trim().is_empty() { 0 } else { chars }));
        }
        // Only what the program itself has named is ever given back to it.
        if !self.voices().await?.iter().any(|known| known.id == voice) {
            return Err(SpeechError::NoSuchVoice(voice.to_owned()));
        }
        let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
        let path = folder.path().join("spoken.wav");
        let mut command = self.command();
        match self.kind {
            // 150 words a minute: callers listen without knowing what comes.
            Kind::Espeak => command.args(["-b", "1", "-s", "150", "--stdin", "-v", voice, "-w"]).arg(&path),
            Kind::Say => command
                .args(["-v", voice, "--file-format=WAVE", "--data-format=LEI16@22050", "-f", "-", "-o"])
                .arg(&path),
            Kind::Windows => {
                command.args(["-Command", WINDOWS_SAY]).env("USHER_VOICE", voice).env("USHER_SOUND", &path)
            }
        };
        self.run(command, text, SPEAKING_MAX).await?;
        let file = read(&path).await?;
        let decoded = tokio::task::spawn_blocking(move || media::decode(file)).await;
        Ok(decoded.map_err(|error| SpeechError::Failed(error.to_string()))??)
    }
}

impl SystemSpeech {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if self.kind == Kind::Windows {
            command.args(["-NoLogo", "-NoProfile", "-NonInteractive"]);
        }
        command
    }

    async fn run(&self, mut command: Command, text: &str, time_max: Duration) -> Result<Output, SpeechError> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SpeechError::Missing(self.what_to_install().to_owned()),
            _ => failed(&error),
        })?;
        let stdin = child.stdin.take();
        let spoken = async {
            if let Some(mut stdin) = stdin {
                // A program that does not read to the end says why when it ends.
                let _ = stdin.write_all(text.as_bytes()).await;
            }
            child.wait_with_output().await
        };
        let output = match timeout(time_max, spoken).await {
            Ok(output) => output.map_err(|error| failed(&error))?,
            Err(_) => {
                return Err(SpeechError::Failed(format!(
                    "{} took more than {} s",
                    self.program.display(),
                    time_max.as_secs()
                )));
            }
        };
        if output.status.success() {
            return Ok(output);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let why = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it did not say why");
        Err(SpeechError::Failed(format!("{}: {why}", self.program.display())))
    }

    fn what_to_install(&self) -> &'static str {
        match self.kind {
            Kind::Espeak => "install eSpeak NG (the package espeak-ng), or use sound files",
            Kind::Say => "add a voice in System Settings, Accessibility, Spoken Content, or use sound files",
            Kind::Windows => {
                "add a voice in Settings, Time & language, Speech (Windows PowerShell is needed), or use sound files"
            }
        }
    }
}

fn failed(error: &io::Error) -> SpeechError {
    SpeechError::Failed(error.to_string())
}

async fn read(path: &Path) -> Result<Vec<u8>, SpeechError> {
    let about = tokio::fs::metadata(path).await.map_err(|error| failed(&error))?;
    if about.len() > SOUND_FILE_BYTES_MAX as u64 {
        return Err(SoundError::TooLong.into());
    }
    tokio::fs::read(path).await.map_err(|error| failed(&error))
}

/// ` 5  de              --/M      German             gmw/de               `
fn espeak_voice(line: &str) -> Option<Voice> {
    let mut words = line.split_whitespace();
    let (_, language, _, name, file) =
        (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    // Others only stand in for programs that are not installed, or change another voice.
    if file.starts_with("mb/") || file.starts_with("!v/") {
        return None;
    }
    Some(Voice { id: file.to_owned(), name: name.replace('_', " "), language: tag(language) })
}

/// `Anna (Enhanced)     de_DE    # Hallo! Ich heiße Anna.`
fn say_voice(line: &str) -> Option<Voice> {
    let (name, language) = line.split('#').next()?.trim_end().rsplit_once(char::is_whitespace)?;
    let name = name.trim();
    (!name.is_empty() && language.contains('_')).then(|| Voice {
        id: name.to_owned(),
        name: name.to_owned(),
        language: tag(language),
    })
}

/// `Microsoft Hedda Desktop<tab>de-DE`
fn windows_voice(line: &str) -> Option<Voice> {
    let (name, language) = line.trim_end().split_once('\t')?;
    (!name.is_empty()).then(|| Voice { id: name.to_owned(), name: name.to_owned(), language: tag(language) })
}

/// A tag as the web knows it: `en-GB` of `en-gb` and of `en_GB`.
fn tag(language: &str) -> String {
    let parts = language.split(['-', '_']).enumerate();
    let parts = parts.map(|(place, part)| match part.len() {
        2 if place > 0 => part.to_uppercase(),
        _ => part.to_lowercase(),
    });
    parts.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::media::analysis::loudness;

    fn shown(voices: Vec<Voice>) -> String {
        voices.iter().map(|v| format!("{} | {} | {}\n", v.language, v.name, v.id)).collect()
    }

    #[test]
    fn the_voices_of_every_system_are_read_as_its_program_names_them() {
        let espeak = "Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  de              --/M      German             gmw/de               
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 5  zh-latn-pinyin  --/M      Chinese_(Mandarin,_latin_as_Pinyin) sit/cmn-Latn-pinyin  (zh-cmn 5)
 7  de              --/M      german-mbrola-1    mb/mb-de1            
";
        let say = "Alice               it_IT    # Ciao! Mi chiamo Alice.
Eddy (German (Germany)) de_DE    # Hallo! Ich heiße Eddy.
Fred                en_US    # Hello! My name is Fred.
";
        let windows = "Microsoft Hedda Desktop\tde-DE\r\nMicrosoft Zira Desktop\ten-US\r\n\r\n";
        let all = [
            shown(espeak.lines().skip(1).filter_map(espeak_voice).collect()),
            shown(say.lines().filter_map(say_voice).collect()),
            shown(windows.lines().filter_map(windows_voice).collect()),
        ];
        expect![[r#"
            de | German | gmw/de
            en-GB | English (Great Britain) | gmw/en
            zh-latn-pinyin | Chinese (Mandarin, latin as Pinyin) | sit/cmn-Latn-pinyin

            it-IT | Alice | Alice
            de-DE | Eddy (German (Germany)) | Eddy (German (Germany))
            en-US | Fred | Fred

            de-DE | Microsoft Hedda Desktop | Microsoft Hedda Desktop
            en-US | Microsoft Zira Desktop | Microsoft Zira Desktop
        "#]]
        .assert_eq(&all.join("\n"));
    }

    #[tokio::test]
    async fn a_computer_without_voices_says_what_to_install() {
        for kind in [Kind::Espeak, Kind::Say, Kind::Windows] {
            let speech = SystemSpeech { kind, program: "/nowhere/voice".into() };
            let Err(SpeechError::Missing(what)) = speech.say("Hello", "x").await else { panic!("{kind:?}") };
            assert!(what.contains("or use sound files"), "{what}");
        }
    }

    /// The real program, which the tests' own set-up installs.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_text_is_spoken_by_the_voice_that_was_chosen_route_3() {
        let speech = SystemSpeech::default();
        let voices = match speech.voices().await {
            Ok(voices) => voices,
            Err(SpeechError::Missing(what)) => {
                assert!(std::env::var("CI").is_err(), "{what}");
                eprintln!("SKIPPED, NOT TESTED: {what}");
                return;
            }
            Err(error) => panic!("{error}"),
        };
        let german = voices.iter().find(|voice| voice.language == "de").expect("German is always there");
        let spoken = speech
            .say("Grüezi! Unsere Büros sind heute geschlossen; $(touch /tmp/x) -v en `id`.", &german.id)
            .await
            .expect("it speaks");
        assert!((2_000..20_000).contains(&spoken.length().0), "{spoken:?}");
        assert!((0.03..0.3).contains(&loudness(&spoken.samples)), "{}", loudness(&spoken.samples));
        let longer =
            speech.say(&"Ein Satz, der länger ist. ".repeat(10), &german.id).await.expect("it speaks");
        assert!(longer.length() > spoken.length());

        for voice in ["nobody", "-w", "--help", "../../etc/passwd"] {
            let refused = speech.say("Hello", voice).await;
            assert_eq!(refused, Err(SpeechError::NoSuchVoice(voice.to_owned())));
        }
        assert_eq!(speech.say(" \n", &german.id).await, Err(SpeechError::Text(0)));
        let long = "x".repeat(SPEECH_CHARS_MAX + 1);
        assert_eq!(speech.say(&long, &german.id).await, Err(SpeechError::Text(SPEECH_CHARS_MAX + 1)));
    }
}
