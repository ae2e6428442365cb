//! Files as people and others make them: every kind and rate, silent, endless, cut, broken; and bytes that were never a file.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hound::{SampleFormat, WavSpec, WavWriter};
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::analysis::{loudness, tone_level};
use super::*;

/// Half a second of 1 kHz in two channels at 44.1 kHz, as lame, oggenc and flac wrote it.
const FILES: [(&str, &[u8]); 3] = [
    ("MP3", include_bytes!("../../../tests/fixtures/tone.mp3")),
    ("Ogg Vorbis", include_bytes!("../../../tests/fixtures/tone.ogg")),
    ("FLAC", include_bytes!("../../../tests/fixtures/tone.flac")),
];

fn wav(rate_hz: u32, channels: u16, bits: u16, seconds: f64, level: f64) -> Vec<u8> {
    let sample_format = if bits == 32 { SampleFormat::Float } else { SampleFormat::Int };
    let spec = WavSpec { channels, sample_rate: rate_hz, bits_per_sample: bits, sample_format };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).expect("memory");
    for n in 0..(f64::from(rate_hz) * seconds) as u32 {
        let value = level * (std::f64::consts::TAU * 1_000.0 * f64::from(n) / f64::from(rate_hz)).sin();
        for _ in 0..channels {
            if bits == 32 {
                writer.write_sample(value as f32).expect("memory");
            } else {
                let full = f64::from((1_u32 << (bits - 1)) - 1);
                writer.write_sample((value * full) as i32).expect("memory");
            }
        }
    }
    writer.finalize().expect("memory");
    bytes.into_inner()
}

#[track_caller]
fn is_the_tone(what: &str, sound: &Sound, seconds: f64) {
    let length = sound.samples.len() as f64 / 8_000.0;
    // MP3 pads its beginning and its end.
    assert!((length - seconds).abs() < 0.08, "{what}: {length} s");
    let middle = &sound.samples[sound.samples.len() / 4..sound.samples.len() * 3 / 4];
    let level = tone_level(middle, 8_000, 1_000.0);
    let loud = loudness(middle);
    assert!((level - f64::from(LOUDNESS) * std::f64::consts::SQRT_2).abs() < 0.02, "{what}: {level}");
    assert!(
        (level / std::f64::consts::SQRT_2 - loud).abs() < 0.01,
        "{what}: all there is is the tone: {loud}"
    );
}

#[test]
fn wav_files_of_every_kind_become_the_same_sound_route_3() {
    for (rate_hz, channels, bits) in
        [(8_000, 1, 16), (8_000, 1, 8), (11_025, 2, 16), (44_100, 2, 24), (48_000, 6, 16), (96_000, 1, 32)]
    {
        let sound = decode(wav(rate_hz, channels, bits, 1.0, 0.3)).expect("a sound");
        is_the_tone(&format!("{rate_hz} Hz, {channels} channels, {bits} bits"), &sound, 1.0);
    }
}

#[test]
fn mp3_ogg_vorbis_and_flac_files_are_read_whatever_they_are_called_route_3() {
    for (what, file) in FILES {
        is_the_tone(what, &decode(file.to_vec()).expect(what), 0.5);
    }
}

#[test]
fn quiet_and_loud_files_come_out_as_loud_as_speech_on_a_telephone() {
    for level in [0.02, 0.1, 0.5, 1.0] {
        is_the_tone(
            &format!("level {level}"),
            &decode(wav(16_000, 1, 16, 1.0, level)).expect("a sound"),
            1.0,
        );
    }
    let whisper = decode(wav(16_000, 1, 16, 1.0, 0.005)).expect("a sound");
    assert!(loudness(&whisper.samples) < 0.05, "noise is not made into a voice");
}

#[test]
fn what_is_no_sound_is_refused_with_the_reason() {
    type Case = (&'static str, Vec<u8>, fn(&SoundError) -> bool);
    let cut = |file: &[u8], percent: usize| file[..file.len() * percent / 100].to_vec();
    let cases: [Case; 10] = [
        ("nothing", Vec::new(), |error| *error == SoundError::Unknown),
        ("a text", b"This is no sound.".repeat(40), |error| *error == SoundError::Unknown),
        ("a picture", [b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 4_000]].concat(), |error| {
            *error == SoundError::Unknown
        }),
        ("too large", vec![0; SOUND_FILE_BYTES_MAX + 1], |error| {
            *error == SoundError::TooLarge { bytes: SOUND_FILE_BYTES_MAX + 1 }
        }),
        ("silence", wav(16_000, 1, 16, 1.0, 0.0), |error| *error == SoundError::Silent),
        ("no samples", wav(16_000, 1, 16, 0.0, 0.0), |error| {
            matches!(error, SoundError::Silent | SoundError::Damaged(_) | SoundError::Unknown)
        }),
        (
            "too slow",
            wav(4_000, 1, 16, 1.0, 0.5),
            |error| matches!(error, SoundError::Unsupported(why) if why.contains("4000")),
        ),
        (
            "too fast",
            wav(384_000, 1, 16, 0.1, 0.5),
            |error| matches!(error, SoundError::Unsupported(why) if why.contains("384000")),
        ),
        ("too long", wav(8_000, 1, 8, 601.0, 0.5), |error| *error == SoundError::TooLong),
        ("a FLAC that is cut off", cut(FILES[2].1, 60), |error| matches!(error, SoundError::Damaged(_))),
    ];
    for (what, file, fits) in cases {
        let refused = decode(file).expect_err(what);
        assert!(fits(&refused), "{what}: {refused:?}");
        assert!(refused.to_string().len() > 20, "{what}: {refused}");
    }
}

#[test]
fn a_file_with_its_middle_overwritten_is_damaged_or_played_never_more() {
    for (what, file) in FILES {
        let mut file = file.to_vec();
        let (from, to) = (file.len() / 3, file.len() * 2 / 3);
        file[from..to].fill(0x55);
        match decode(file) {
            Ok(sound) => assert!(sound.samples.len() <= 5_000, "{what}"),
            Err(SoundError::Damaged(why)) => assert!(!why.is_empty(), "{what}"),
            Err(other) => panic!("{what}: {other}"),
        }
    }
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let begun = prop_oneof![
        Just(
            b"RIFF\x24\x10\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data"
                .to_vec()
        ),
        Just(b"\xff\xfb\x90\x64".to_vec()),
        Just(b"OggS\0\x02".to_vec()),
        Just(b"fLaC\0\0\0\x22".to_vec()),
        Just(Vec::new()),
    ];
    let random = (begun, vec(any::<u8>(), 0..3_000)).prop_map(|(begun, rest)| [begun, rest].concat());
    let changed = (0..FILES.len(), vec((any::<prop::sample::Index>(), any::<u8>()), 1..40), 1..=100_usize)
        .prop_map(|(file, changes, percent)| {
            let mut bytes = FILES[file].1.to_vec();
            changes.iter().for_each(|(at, byte)| *at.get_mut(&mut bytes) = *byte);
            bytes.truncate(bytes.len() * percent / 100);
            bytes
        });
    prop_oneof![random, changed]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_file_holds_it_is_a_sound_within_its_limits_or_an_error(file in any_file()) {
        let decoded = catch_unwind(AssertUnwindSafe(|| decode(file))).expect("it never panics");
        if let Ok(sound) = decoded {
            prop_assert!((1..=SOUND_SAMPLES_MAX).contains(&sound.samples.len()));
        }
    }
}
