//! The jitter buffer: packets in as they come, 20 ms of sound out at every turn of the clock. Waits 60 ms before it
//! begins, puts reordered packets in order, drops duplicates and what comes too late, repeats the last sound over a gap
//! and then fades, and starts anew after a jump of the timestamps or another sender. Holds payloads, not samples: a codec
//! with state decodes in the right order. Counts nothing (see `rtp::Reception`) and knows no clock.

use std::collections::VecDeque;

use super::rtp::Header;
use super::{FRAME_SAMPLES, Frame};

/// Ticks (at 8 kHz) between the arrival of the first packet and its sound: 60 ms, three packets of the usual size.
pub(crate) const TARGET_TICKS: u32 = 480;
/// What is never needed for a second above target and this is skipped, 20 ms a second: 40 ms.
const SLACK_TICKS: i32 = 320;
/// Further away than a second is not early or late but a jump.
const SPAN_TICKS_MAX: i32 = 8_000;
/// Packets kept: a second of 20 ms packets and some.
const PACKETS_MAX: usize = 64;
/// Turns over which the buffer watches how much of it is never used.
const WATCH_TURNS: u32 = 50;
/// How loud the repeated sound is in the first, second, … missing frame, in 256ths; silence after.
const FADE: [i32; 3] = [224, 144, 64];

/// See the module.
#[derive(Debug)]
pub(crate) struct JitterBuffer {
    source: Option<u32>,
    /// In the order of their timestamps, no two alike.
    waiting: VecDeque<Packet>,
    /// Payload memory to use again.
    spare: Vec<Vec<u8>>,
    /// Decoded and not yet pulled.
    decoded: VecDeque<i16>,
    scratch: Vec<i16>,
    /// Timestamp of the first tick that is not decoded yet.
    cursor: u32,
    /// A packet far off, that only counts if another one follows from there.
    stray: Option<u32>,
    last: Frame,
    /// Samples made up since the last real one.
    concealed: usize,
    depth_ticks_min: i32,
    turns: u32,
}

#[derive(Debug)]
struct Packet {
    timestamp: u32,
    payload_number: u8,
    payload: Vec<u8>,
}

impl JitterBuffer {
    /// Empty; gives silence until something comes.
    pub(crate) fn new() -> JitterBuffer {
        JitterBuffer {
            source: None,
            waiting: VecDeque::with_capacity(PACKETS_MAX),
            spare: Vec::new(),
            decoded: VecDeque::new(),
            scratch: Vec::new(),
            cursor: 0,
            stray: None,
            last: super::SILENCE,
            concealed: 0,
            depth_ticks_min: i32::MAX,
            turns: 0,
        }
    }

    /// Takes a packet of sound.
    pub(crate) fn insert(&mut self, header: &Header, payload: &[u8]) {
        if self.source != Some(header.source) {
            self.source = Some(header.source);
            self.restart(header.timestamp);
        }
        let ahead = distance(self.cursor, header.timestamp);
        let is_jump = ahead.unsigned_abs() > SPAN_TICKS_MAX.unsigned_abs();
        let is_starved = self.waiting.is_empty() && self.decoded.is_empty();
        if is_starved && (is_jump || ahead < 0) {
            self.restart(header.timestamp);
        } else if is_jump {
            let follows =
                |stray| distance(stray, header.timestamp).unsigned_abs() <= SPAN_TICKS_MAX.unsigned_abs();
            if !self.stray.is_some_and(follows) {
                self.stray = Some(header.timestamp);
                return;
            }
            self.restart(header.timestamp);
        } else if ahead < 0 {
            return;
        }
        self.stray = None;
        self.keep(header, payload);
    }

    /// The next 20 ms. `decode` turns a payload of this number into samples.
    pub(crate) fn pull(&mut self, out: &mut Frame, mut decode: impl FnMut(u8, &[u8], &mut Vec<i16>)) {
        if self.source.is_none() {
            *out = super::SILENCE;
            return;
        }
        if self.has_too_much() {
            self.fill(&mut decode);
            self.decoded.drain(..FRAME_SAMPLES);
        }
        let made_up = self.fill(&mut decode);
        for (sample, decoded) in out.iter_mut().zip(self.decoded.drain(..FRAME_SAMPLES)) {
            *sample = decoded;
        }
        if !made_up {
            self.last = *out;
        }
    }

    /// Drops everything; the next packet begins anew.
    pub(crate) fn reset(&mut self) {
        self.source = None;
        self.restart(0);
    }

    fn restart(&mut self, timestamp: u32) {
        self.spare.extend(self.waiting.drain(..).map(|packet| packet.payload));
        self.decoded.clear();
        self.stray = None;
        self.cursor = timestamp.wrapping_sub(TARGET_TICKS);
        self.depth_ticks_min = i32::MAX;
        self.turns = 0;
    }

    fn keep(&mut self, header: &Header, payload: &[u8]) {
        let later = |packet: &&Packet| distance(header.timestamp, packet.timestamp) > 0;
        let position = self.waiting.len() - self.waiting.iter().rev().take_while(later).count();
        let is_duplicate =
            position.checked_sub(1).is_some_and(|before| self.waiting[before].timestamp == header.timestamp);
        if is_duplicate || self.waiting.len() >= PACKETS_MAX {
            return;
        }
        let mut kept = self.spare.pop().unwrap_or_default();
        kept.clear();
        kept.extend_from_slice(payload);
        let packet =
            Packet { timestamp: header.timestamp, payload_number: header.payload_number, payload: kept };
        self.waiting.insert(position, packet);
    }

    /// Decodes until a frame is there; true if some of it had to be made up.
    fn fill(&mut self, decode: &mut impl FnMut(u8, &[u8], &mut Vec<i16>)) -> bool {
        let mut made_up = false;
        while self.decoded.len() < FRAME_SAMPLES {
            let needed = FRAME_SAMPLES - self.decoded.len();
            let gap = match self.waiting.front() {
                Some(packet) => usize::try_from(distance(self.cursor, packet.timestamp)).unwrap_or(0),
                None => needed,
            };
            if gap == 0 {
                self.decode_first(decode);
            } else {
                self.conceal(gap.min(needed));
                made_up = true;
            }
        }
        made_up
    }

    fn decode_first(&mut self, decode: &mut impl FnMut(u8, &[u8], &mut Vec<i16>)) {
        let Some(packet) = self.waiting.pop_front() else { return };
        self.scratch.clear();
        decode(packet.payload_number, &packet.payload, &mut self.scratch);
        // A packet that overlaps with what was played already only adds what is new.
        let known = usize::try_from(distance(packet.timestamp, self.cursor)).unwrap_or(0);
        let fresh = self.scratch.get(known..).unwrap_or(&[]);
        self.decoded.extend(fresh);
        self.cursor = self.cursor.wrapping_add(fresh.len() as u32);
        if !fresh.is_empty() {
            self.concealed = 0;
        }
        self.spare.push(packet.payload);
    }

    fn conceal(&mut self, samples: usize) {
        for _ in 0..samples {
            let gain = FADE.get(self.concealed / FRAME_SAMPLES).copied().unwrap_or(0);
            let repeated = i32::from(self.last[self.concealed % FRAME_SAMPLES]) * gain / 256;
            self.decoded.push_back(repeated as i16);
            self.concealed = self.concealed.saturating_add(1);
        }
        self.cursor = self.cursor.wrapping_add(samples as u32);
    }

    /// Every second: was there more in the buffer, all the time, than it is meant to hold?
    fn has_too_much(&mut self) -> bool {
        let waiting_ticks = self.waiting.back().map_or(0, |newest| distance(self.cursor, newest.timestamp));
        let depth_ticks = waiting_ticks + self.decoded.len() as i32;
        self.depth_ticks_min = self.depth_ticks_min.min(depth_ticks);
        self.turns += 1;
        if self.turns < WATCH_TURNS {
            return false;
        }
        let too_much = self.depth_ticks_min > TARGET_TICKS as i32 + SLACK_TICKS;
        self.turns = 0;
        self.depth_ticks_min = i32::MAX;
        too_much
    }
}

/// From one timestamp to another, the short way round.
fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from) as i32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A buffer fed with packets whose every byte is their number, decoded as 100 n + 7: what is made up is not of that
    /// form.
    struct Bench {
        buffer: JitterBuffer,
        first: u32,
        source: u32,
    }

    impl Bench {
        fn new(first: u32) -> Bench {
            Bench { buffer: JitterBuffer::new(), first, source: 1 }
        }

        fn arrive(&mut self, n: u32) {
            let header = Header {
                marker: false,
                payload_number: 0,
                sequence: n as u16,
                timestamp: self.first.wrapping_add(n * 160),
                source: self.source,
            };
            self.buffer.insert(&header, &[n as u8; 160]);
        }

        /// The packet heard now: `Some(0)` is silence, `None` is something made up.
        fn hear(&mut self) -> Option<i16> {
            let mut out = [0; FRAME_SAMPLES];
            self.buffer.pull(&mut out, |_, payload, samples| {
                samples.extend(payload.iter().map(|b| i16::from(*b % 100) * 100 + 7));
            });
            assert!(out.iter().all(|s| *s == out[0]), "one packet per frame here");
            (out[0] == 0 || out[0] % 100 == 7).then_some(out[0] / 100)
        }

        fn hear_all(&mut self, frames: usize) -> Vec<Option<i16>> {
            (0..frames).map(|_| self.hear()).collect()
        }
    }

    #[test]
    fn sound_begins_after_sixty_milliseconds_and_goes_on_in_order() {
        let mut bench = Bench::new(1_000);
        assert_eq!(bench.hear(), Some(0));
        let mut heard = Vec::new();
        for n in 1..=6 {
            bench.arrive(n);
            heard.push(bench.hear());
        }
        assert_eq!(heard, [0, 0, 0, 1, 2, 3].map(Some));
    }

    #[test]
    fn reordered_and_doubled_packets_are_heard_once_and_in_order() {
        let mut bench = Bench::new(0);
        for n in [1, 3, 2, 2, 5, 4, 4, 1] {
            bench.arrive(n);
        }
        assert_eq!(bench.hear_all(8), [0, 0, 0, 1, 2, 3, 4, 5].map(Some));
    }

    #[test]
    fn a_lost_packet_is_covered_by_the_one_before_and_then_fades_to_silence() {
        let mut bench = Bench::new(0);
        for n in [1, 3] {
            bench.arrive(n);
        }
        assert_eq!(bench.hear_all(4), [0, 0, 0, 1].map(Some));
        assert_eq!(bench.hear(), None, "packet 2 is made up");
        assert_eq!(bench.hear(), Some(3));
        let fading = bench.hear_all(5);
        assert_eq!(fading[3..], [Some(0), Some(0)], "after three frames there is silence");
    }

    #[test]
    fn timestamps_may_wrap() {
        let mut bench = Bench::new(u32::MAX - 400);
        for n in 1..=6 {
            bench.arrive(n);
        }
        assert_eq!(bench.hear_all(9)[3..], [1, 2, 3, 4, 5, 6].map(Some));
    }

    #[test]
    fn another_sender_begins_anew_even_with_older_timestamps() {
        let mut bench = Bench::new(900_000);
        for n in 1..=3 {
            bench.arrive(n);
        }
        bench.hear_all(4);
        bench.source = 2;
        bench.first = 5;
        for n in 7..=9 {
            bench.arrive(n);
        }
        let heard: Vec<i16> = bench.hear_all(6).into_iter().flatten().filter(|n| *n > 0).collect();
        assert_eq!(heard, [7, 8, 9]);
    }

    #[test]
    fn one_stray_timestamp_is_ignored_and_two_are_a_jump() {
        let mut bench = Bench::new(0);
        for n in [1, 2, 100_000, 3, 4] {
            bench.arrive(n);
        }
        assert_eq!(bench.hear_all(7)[3..], [1, 2, 3, 4].map(Some));
        bench.arrive(5);
        bench.first = 50_000_000;
        for n in [6, 7, 8] {
            bench.arrive(n);
        }
        let heard: Vec<i16> = bench.hear_all(8).into_iter().flatten().filter(|n| *n > 0).collect();
        assert_eq!(heard, [7, 8], "the first after a jump only announces it");
    }

    #[test]
    fn a_sender_that_pauses_and_one_that_comes_back_late_are_heard_again() {
        for resumed_at in [4, 300, 2_000] {
            let mut bench = Bench::new(0);
            for n in 1..=3 {
                bench.arrive(n);
            }
            bench.hear_all(500);
            bench.first = resumed_at * 160;
            for n in 1..=5 {
                bench.arrive(n);
            }
            let heard: Vec<i16> = bench.hear_all(60).into_iter().flatten().filter(|n| *n > 0).collect();
            assert_eq!(heard, [1, 2, 3, 4, 5], "{resumed_at}");
        }
    }

    #[test]
    fn what_a_burst_piled_up_is_worn_off_again() {
        let mut bench = Bench::new(0);
        for n in 1..=20 {
            bench.arrive(n);
        }
        for n in 21..=1_500 {
            bench.hear();
            bench.arrive(n);
        }
        let kept_ms = bench.buffer.waiting.len() * 20;
        assert!((60..=120).contains(&kept_ms), "{kept_ms} ms");
    }

    #[test]
    fn packets_of_ten_and_of_sixty_milliseconds_are_both_heard_whole() {
        for (ticks, count) in [(80_u32, 12_u32), (480, 2)] {
            let mut buffer = JitterBuffer::new();
            for n in 0..count {
                let header = Header {
                    marker: false,
                    payload_number: 0,
                    sequence: n as u16,
                    timestamp: n * ticks,
                    source: 1,
                };
                buffer.insert(&header, &vec![1; ticks as usize]);
            }
            let (mut out, mut sum) = ([0; FRAME_SAMPLES], 0_i32);
            for _ in 0..9 {
                buffer.pull(&mut out, |_, payload, samples| {
                    samples.extend(payload.iter().map(|b| i16::from(*b)))
                });
                sum += out.iter().map(|s| i32::from(*s)).sum::<i32>();
            }
            assert_eq!(sum, 960);
        }
    }

    proptest! {
        #[test]
        fn whatever_arrives_every_turn_gives_a_frame_and_the_buffer_stays_small(
            packets in proptest::collection::vec((any::<u32>(), 0..3_u32, 0..900_usize, any::<bool>()), 0..200)
        ) {
            let mut buffer = JitterBuffer::new();
            let (mut out, mut near) = ([0; FRAME_SAMPLES], 0_u32);
            for (random, source, length, is_near) in packets {
                near = near.wrapping_add(random % 400);
                let timestamp = if is_near { near } else { random };
                let header = Header { marker: false, payload_number: 0, sequence: 0, timestamp, source };
                buffer.insert(&header, &vec![1; length]);
                if random % 3 == 0 {
                    buffer.pull(&mut out, |_, payload, samples| {
                        samples.extend(payload.iter().map(|b| i16::from(*b)));
                    });
                }
                prop_assert!(buffer.waiting.len() <= PACKETS_MAX && buffer.decoded.len() < 2_000);
                prop_assert!(buffer.spare.len() <= PACKETS_MAX);
            }
        }
    }
}
