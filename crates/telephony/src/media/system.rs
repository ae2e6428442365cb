//! The system's audio devices. One thread owns the streams (they cannot move between threads everywhere), opens what is
//! missing, and opens again what failed. Pipes of samples at 8 kHz connect the devices' clocks with the stage's: each
//! waits for 40 ms before it gives, and drops the oldest above 160 ms. Does not choose devices and does not set volumes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use audio_codec::BoxedResampler;
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{FromSample, Sample, SampleFormat, SizedSample, StreamConfig};

use super::audio::AudioDevice;
use super::{Frame, SAMPLE_RATE_HZ, SILENCE};

/// Between two looks at the devices. A headset that was plugged in again works within this.
const RETRY: Duration = Duration::from_secs(2);
/// The same after [`HOPEFUL_TRIES`] in vain: a machine without a sound card is not bothered all day.
const RETRY_SELDOM: Duration = Duration::from_secs(15);
/// A minute: enough to find the cable.
const HOPEFUL_TRIES: u32 = 30;
/// What a pipe collects before it gives: 40 ms, so that the two clocks' unevenness is not heard.
const PRIME_SAMPLES: usize = 320;
/// What a pipe holds at most: 160 ms. More would be delay that never goes away.
const PIPE_SAMPLES_MAX: usize = 1_280;

/// The attendant's devices, open or being tried.
pub(crate) struct SystemAudio {
    shared: Arc<Shared>,
    rings_apart: bool,
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    microphone: Pipe,
    speaker: Pipe,
    bell: Pipe,
    problem: Mutex<Option<String>>,
}

impl SystemAudio {
    /// Starts the thread; devices open in the background.
    pub(crate) fn open(
        input: Option<String>,
        output: Option<String>,
        ring: Option<String>,
    ) -> std::io::Result<SystemAudio> {
        let shared = Arc::new(Shared::default());
        let rings_apart = ring.is_some() && ring != output;
        let (stop, stopped) = mpsc::channel();
        let mut ports = vec![Port::new(Role::Microphone, input), Port::new(Role::Speaker, output)];
        if rings_apart {
            ports.push(Port::new(Role::Bell, ring));
        }
        let thread_shared = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("usher-devices".to_owned())
            .spawn(move || tend(&thread_shared, ports, &stopped))?;
        Ok(SystemAudio { shared, rings_apart, stop: Some(stop), thread: Some(thread) })
    }

    /// What is wrong now.
    pub(crate) fn problem(&self) -> Option<String> {
        locked(&self.shared.problem).clone()
    }

    /// 20 ms of the microphone, silence where it has none.
    pub(crate) fn microphone(&mut self) -> Frame {
        let mut frame = SILENCE;
        self.shared.microphone.take(&mut frame);
        frame
    }

    /// 20 ms for the speaker and the bell.
    pub(crate) fn play(&mut self, speaker: &Frame, bell: Option<&Frame>) {
        match bell {
            Some(bell) if self.rings_apart => {
                self.shared.bell.give(bell);
                self.shared.speaker.give(speaker);
            }
            Some(bell) => {
                let mixed: Frame = std::array::from_fn(|i| speaker[i].saturating_add(bell[i]));
                self.shared.speaker.give(&mixed);
            }
            None => self.shared.speaker.give(speaker),
        }
    }
}

impl Drop for SystemAudio {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in a driver's callback must not become ours.
            let _ = thread.join();
        }
    }
}

/// All devices of the system. Asks the drivers: may take some hundred milliseconds.
pub(crate) fn devices() -> Vec<AudioDevice> {
    if has_no_sound() {
        return Vec::new();
    }
    let host = cpal::default_host();
    let default_input = host.default_input_device().as_ref().and_then(id_of);
    let default_output = host.default_output_device().as_ref().and_then(id_of);
    let Ok(devices) = host.devices() else { return Vec::new() };
    let described = devices.filter_map(|device| {
        let id = id_of(&device)?;
        Some(AudioDevice {
            name: device.to_string(),
            input: device.supports_input(),
            output: device.supports_output(),
            is_default_input: default_input.as_ref() == Some(&id),
            is_default_output: default_output.as_ref() == Some(&id),
            id,
        })
    });
    described.filter(|device| device.input || device.output).collect()
}

fn id_of(device: &cpal::Device) -> Option<String> {
    device.id().ok().map(|id| id.to_string())
}

/// Nothing to open at all: no card, no sound server, no configuration of one. Asked first, because ALSA fills the terminal
/// with its complaints at every try, and a server without sound would see nothing else.
#[cfg(target_os = "linux")]
fn has_no_sound() -> bool {
    use std::env::{home_dir, var_os};
    use std::path::PathBuf;

    let run = var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let signs = [
        Some(PathBuf::from("/proc/asound/cards")),
        Some(PathBuf::from("/etc/asound.conf")),
        home_dir().map(|home| home.join(".asoundrc")),
        run.as_ref().map(|run| run.join("pulse/native")),
        run.as_ref().map(|run| run.join("pipewire-0")),
    ];
    var_os("PULSE_SERVER").is_none() && !signs.into_iter().flatten().any(|sign| sign.exists())
}

#[cfg(not(target_os = "linux"))]
fn has_no_sound() -> bool {
    false
}

/// What a device is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Microphone,
    Speaker,
    Bell,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Microphone => "microphone",
            Role::Speaker => "speaker",
            Role::Bell => "ring device",
        }
    }
}

/// One device, wanted by name, and its stream while it is open.
struct Port {
    role: Role,
    wanted: Option<String>,
    stream: Option<cpal::Stream>,
    failed: Arc<AtomicBool>,
}

fn tend(shared: &Arc<Shared>, mut ports: Vec<Port>, stopped: &mpsc::Receiver<()>) {
    let mut tries_in_vain = 0;
    loop {
        let problems: Vec<String> =
            ports.iter_mut().filter_map(|port| port.ensure_open(shared).err()).collect();
        tries_in_vain = if problems.is_empty() { 0 } else { tries_in_vain + 1 };
        *locked(&shared.problem) = (!problems.is_empty()).then(|| problems.join("; "));
        let wait = if tries_in_vain > HOPEFUL_TRIES { RETRY_SELDOM } else { RETRY };
        match stopped.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

impl Port {
    fn new(role: Role, wanted: Option<String>) -> Port {
        Port { role, wanted, stream: None, failed: Arc::new(AtomicBool::new(false)) }
    }

    fn ensure_open(&mut self, shared: &Arc<Shared>) -> Result<(), String> {
        if self.failed.swap(false, Ordering::Relaxed) {
            self.stream = None;
        }
        if self.stream.is_some() {
            return Ok(());
        }
        let stream = self
            .open(shared)
            .map_err(|reason| format!("no {}: {}", self.role.name(), reason.trim_end_matches('.')))?;
        self.stream = Some(stream);
        Ok(())
    }

    fn open(&self, shared: &Arc<Shared>) -> Result<cpal::Stream, String> {
        let device = self.find()?;
        let config = match self.role {
            Role::Microphone => device.default_input_config(),
            Role::Speaker | Role::Bell => device.default_output_config(),
        };
        let config = config.map_err(|error| error.to_string())?;
        let stream = match config.sample_format() {
            SampleFormat::I8 => self.stream::<i8>(&device, config.config(), shared),
            SampleFormat::I16 => self.stream::<i16>(&device, config.config(), shared),
            SampleFormat::I32 => self.stream::<i32>(&device, config.config(), shared),
            SampleFormat::U8 => self.stream::<u8>(&device, config.config(), shared),
            SampleFormat::U16 => self.stream::<u16>(&device, config.config(), shared),
            SampleFormat::F32 => self.stream::<f32>(&device, config.config(), shared),
            SampleFormat::F64 => self.stream::<f64>(&device, config.config(), shared),
            other => return Err(format!("the device speaks only {other}")),
        };
        let stream = stream.map_err(|error| error.to_string())?;
        stream.play().map_err(|error| error.to_string())?;
        Ok(stream)
    }

    fn find(&self) -> Result<cpal::Device, String> {
        if has_no_sound() {
            return Err("this computer has no sound card".to_owned());
        }
        let host = cpal::default_host();
        match &self.wanted {
            Some(wanted) => host
                .devices()
                .map_err(|error| error.to_string())?
                .find(|device| id_of(device).as_ref() == Some(wanted) || device.to_string() == *wanted)
                .ok_or_else(|| format!("'{wanted}' is not connected")),
            None => match self.role {
                Role::Microphone => host.default_input_device(),
                Role::Speaker | Role::Bell => host.default_output_device(),
            }
            .ok_or_else(|| "this computer has none".to_owned()),
        }
    }

    fn stream<T>(
        &self,
        device: &cpal::Device,
        config: StreamConfig,
        shared: &Arc<Shared>,
    ) -> Result<cpal::Stream, cpal::Error>
    where
        T: SizedSample + FromSample<i16>,
        i16: FromSample<T>,
    {
        let failed = Arc::clone(&self.failed);
        let on_error = move |error: cpal::Error| match error.kind() {
            // Heard as a click at worst; the stream goes on.
            cpal::ErrorKind::Xrun | cpal::ErrorKind::RealtimeDenied | cpal::ErrorKind::DeviceChanged => {}
            _ => failed.store(true, Ordering::Relaxed),
        };
        let (shared, channels) = (Arc::clone(shared), usize::from(config.channels.max(1)));
        match self.role {
            Role::Microphone => {
                let mut intake = Intake::new(config.sample_rate, channels);
                let on_sound = move |sound: &[T], _: &_| intake.take(sound, &shared.microphone);
                device.build_input_stream(config, on_sound, on_error, None)
            }
            Role::Speaker | Role::Bell => {
                let is_bell = self.role == Role::Bell;
                let mut outlet = Outlet::new(config.sample_rate, channels);
                let on_need = move |need: &mut [T], _: &_| {
                    outlet.fill(need, if is_bell { &shared.bell } else { &shared.speaker });
                };
                device.build_output_stream(config, on_need, on_error, None)
            }
        }
    }
}

/// From a microphone's samples to the pipe's.
struct Intake {
    resampler: BoxedResampler,
    channels: usize,
    mono: Vec<i16>,
    converted: Vec<i16>,
}

impl Intake {
    fn new(rate_hz: u32, channels: usize) -> Intake {
        Intake {
            resampler: resampler(rate_hz, SAMPLE_RATE_HZ),
            channels,
            mono: Vec::new(),
            converted: Vec::new(),
        }
    }

    fn take<T: Sample>(&mut self, sound: &[T], pipe: &Pipe)
    where
        i16: FromSample<T>,
    {
        let mean = |frame: &[T]| {
            let sum: i32 = frame.iter().map(|s| i32::from(s.to_sample::<i16>())).sum();
            (sum / frame.len() as i32) as i16
        };
        self.mono.clear();
        self.mono.extend(sound.chunks_exact(self.channels).map(mean));
        self.converted.resize(self.resampler.max_output_samples(self.mono.len()), 0);
        let count = self.resampler.resample_into(&self.mono, &mut self.converted).unwrap_or(0);
        pipe.give(&self.converted[..count]);
    }
}

/// From the pipe's samples to a speaker's.
struct Outlet {
    resampler: BoxedResampler,
    channels: usize,
    converted: Vec<i16>,
    ready: VecDeque<i16>,
}

impl Outlet {
    fn new(rate_hz: u32, channels: usize) -> Outlet {
        let resampler = resampler(SAMPLE_RATE_HZ, rate_hz);
        Outlet { resampler, channels, converted: Vec::new(), ready: VecDeque::new() }
    }

    fn fill<T: Sample + FromSample<i16>>(&mut self, need: &mut [T], pipe: &Pipe) {
        for frame in need.chunks_exact_mut(self.channels) {
            if self.ready.is_empty() {
                self.convert_more(pipe);
            }
            let sample = self.ready.pop_front().unwrap_or(0);
            frame.fill(T::from_sample(sample));
        }
    }

    /// Ten milliseconds at a time.
    fn convert_more(&mut self, pipe: &Pipe) {
        let mut fresh = [0; super::FRAME_SAMPLES / 2];
        pipe.take(&mut fresh);
        self.converted.resize(self.resampler.max_output_samples(fresh.len()), 0);
        let count = self.resampler.resample_into(&fresh, &mut self.converted).unwrap_or(0);
        self.ready.extend(&self.converted[..count]);
    }
}

fn resampler(from_hz: u32, to_hz: u32) -> BoxedResampler {
    BoxedResampler::new(from_hz.max(1) as usize, to_hz.max(1) as usize).expect("neither rate is zero")
}

/// Samples between two clocks. The lock is held for a copy of some hundred samples, by two threads.
#[derive(Default)]
struct Pipe {
    inside: Mutex<PipeInside>,
}

#[derive(Default)]
struct PipeInside {
    samples: VecDeque<i16>,
    is_primed: bool,
}

impl Pipe {
    fn give(&self, samples: &[i16]) {
        let mut inside = locked(&self.inside);
        inside.samples.extend(samples);
        if inside.samples.len() > PIPE_SAMPLES_MAX {
            let surplus = inside.samples.len() - PRIME_SAMPLES;
            inside.samples.drain(..surplus);
        }
    }

    /// Fills with what is there; with silence while there is not enough yet, or no more.
    fn take(&self, out: &mut [i16]) {
        let mut inside = locked(&self.inside);
        inside.is_primed |= inside.samples.len() >= PRIME_SAMPLES;
        let available = if inside.is_primed { inside.samples.len().min(out.len()) } else { 0 };
        for (sample, taken) in out.iter_mut().zip(inside.samples.drain(..available)) {
            *sample = taken;
        }
        out[available..].fill(0);
        if available < out.len() {
            inside.is_primed = false;
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::analysis;
    use super::*;

    #[test]
    fn a_pipe_waits_for_forty_milliseconds_and_never_holds_more_than_a_hundred_and_sixty() {
        let pipe = Pipe::default();
        let mut out = [9; 160];
        pipe.give(&[1; 160]);
        pipe.take(&mut out);
        assert_eq!(out, [0; 160], "not enough yet");
        pipe.give(&[1; 160]);
        pipe.take(&mut out);
        assert_eq!(out, [1; 160]);
        for n in 0..50 {
            pipe.give(&[n; 160]);
        }
        pipe.take(&mut out);
        assert!(out[0] >= 40, "the oldest is dropped: {}", out[0]);
    }

    #[test]
    fn a_tone_survives_the_way_through_a_device_of_another_rate() {
        for rate_hz in [8_000_u32, 16_000, 44_100, 48_000] {
            let (microphone, speaker) = (Pipe::default(), Pipe::default());
            let mut intake = Intake::new(rate_hz, 2);
            let mut outlet = Outlet::new(rate_hz, 2);
            let frame_samples = rate_hz as usize / 50;
            let (mut heard, mut at) = (Vec::new(), 0_u32);
            for _ in 0..100 {
                let mut sound = Vec::new();
                for _ in 0..frame_samples {
                    let value = (std::f32::consts::TAU * 1_000.0 * at as f32 / rate_hz as f32).sin() * 0.5;
                    sound.extend([value, value]);
                    at += 1;
                }
                intake.take(&sound, &microphone);
                let mut frame = SILENCE;
                microphone.take(&mut frame);
                speaker.give(&frame);
                let mut need = vec![0.0_f32; frame_samples * 2];
                outlet.fill(&mut need, &speaker);
                heard.extend(need.chunks(2).map(|pair| (pair[0] * 32_767.0) as i16));
            }
            let level = analysis::tone_level(&heard[heard.len() / 2..], rate_hz, 1_000.0);
            assert!((0.4..0.6).contains(&level), "{rate_hz} Hz: {level}");
        }
    }

    #[test]
    fn a_device_that_is_not_there_is_a_problem_in_words() {
        let shared = Arc::new(Shared::default());
        let mut port = Port::new(Role::Microphone, Some("no such headset".to_owned()));
        let problem = port.ensure_open(&shared).expect_err("there is no such device");
        assert!(problem.starts_with("no microphone: "), "{problem}");
    }
}
