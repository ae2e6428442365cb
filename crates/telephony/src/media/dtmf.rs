//! Keys as RTP events (RFC 4733): sends them as packets of growing duration with three ends, hears them once each. Does
//! not detect tones in the sound and does not do SIP INFO.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use super::FRAME_SAMPLES;
use super::rtp::Header;

/// Event codes 0–15 in their order.
const KEYS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];
/// Loudness of the key for gateways that make it a tone again: −10 dBm0.
const VOLUME: u8 = 10;
/// Turns of 20 ms with a growing duration, before the ends.
const GROWING_TURNS: u16 = 5;
/// The end is said three times, because one may be lost.
const END_TURNS: u16 = 3;
/// Turns between two keys; 80 ms, above the 40 ms that detectors need.
const PAUSE_TURNS: u16 = 4;
/// An event whose timestamp is less than this behind the last one is an old packet, not a new key: 5 s.
const OLD_TICKS_MAX: u32 = 40_000;

/// The event code of a key.
pub(crate) fn code_of(key: char) -> Option<u8> {
    KEYS.iter().position(|known| *known == key.to_ascii_uppercase()).map(|code| code as u8)
}

/// One event packet to send in this turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventPacket {
    /// First packet of the event.
    pub(crate) marker: bool,
    /// When the event began; the same in all its packets.
    pub(crate) timestamp: u32,
    /// Event, end and volume, duration.
    pub(crate) payload: [u8; 4],
}

/// The keys a line has still to send.
#[derive(Debug, Default)]
pub(crate) struct KeySender {
    waiting: VecDeque<Key>,
    turn: u16,
    began: u32,
}

#[derive(Debug)]
struct Key {
    code: u8,
    /// Told when this key, the last of a request, is sent.
    done: Option<oneshot::Sender<()>>,
}

impl KeySender {
    /// Queues the keys; the receiver hears when the last one is sent, or that the line was closed.
    pub(crate) fn queue(&mut self, codes: &[u8]) -> oneshot::Receiver<()> {
        let (done, sent) = oneshot::channel();
        self.waiting.extend(codes.iter().map(|code| Key { code: *code, done: None }));
        if let Some(last) = self.waiting.back_mut() {
            last.done = Some(done);
        }
        sent
    }

    /// Keys queued and not sent yet.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Called every turn with the line's timestamp: the packet that takes the place of sound, if any.
    pub(crate) fn turn(&mut self, timestamp: u32) -> Option<EventPacket> {
        let key = self.waiting.front()?;
        if self.turn == 0 {
            self.began = timestamp;
        }
        self.turn += 1;
        let is_end = self.turn > GROWING_TURNS;
        if self.turn > GROWING_TURNS + END_TURNS {
            self.pause();
            return None;
        }
        let duration = self.turn.min(GROWING_TURNS + 1) * FRAME_SAMPLES as u16;
        let [high, low] = duration.to_be_bytes();
        let payload = [key.code, (u8::from(is_end) << 7) | VOLUME, high, low];
        Some(EventPacket { marker: self.turn == 1, timestamp: self.began, payload })
    }

    fn pause(&mut self) {
        if self.turn < GROWING_TURNS + END_TURNS + PAUSE_TURNS {
            return;
        }
        self.turn = 0;
        if let Some(done) = self.waiting.pop_front().and_then(|key| key.done) {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
    }
}

/// Hears each key once, however many packets tell of it.
#[derive(Debug, Default)]
pub(crate) struct KeyReceiver {
    last: Option<(u32, u32)>,
}

impl KeyReceiver {
    /// Takes an event packet; the key if it is a new one.
    pub(crate) fn note(&mut self, header: &Header, payload: &[u8]) -> Option<char> {
        let (event, _) = payload.split_first_chunk::<4>()?;
        let key = *KEYS.get(usize::from(event[0]))?;
        if let Some((source, timestamp)) = self.last
            && source == header.source
            && timestamp.wrapping_sub(header.timestamp) < OLD_TICKS_MAX
        {
            return None;
        }
        self.last = Some((header.source, header.timestamp));
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(timestamp: u32) -> Header {
        Header { marker: false, payload_number: 101, sequence: 0, timestamp, source: 1 }
    }

    #[test]
    fn a_key_grows_and_ends_three_times() {
        let mut sender = KeySender::default();
        let mut sent = sender.queue(&[5]);
        let mut packets = Vec::new();
        let mut timestamp = 1_000;
        while sender.waiting() > 0 {
            packets.extend(sender.turn(timestamp));
            timestamp += 160;
        }
        let told: Vec<(bool, u8, u16)> = packets
            .iter()
            .map(|p| (p.marker, p.payload[1], u16::from_be_bytes([p.payload[2], p.payload[3]])))
            .collect();
        assert_eq!(
            told,
            [
                (true, 10, 160),
                (false, 10, 320),
                (false, 10, 480),
                (false, 10, 640),
                (false, 10, 800),
                (false, 138, 960),
                (false, 138, 960),
                (false, 138, 960),
            ]
        );
        assert!(packets.iter().all(|p| p.timestamp == 1_000 && p.payload[0] == 5));
        assert_eq!(sent.try_recv(), Ok(()));
    }

    #[test]
    fn what_one_sends_the_other_hears_once_each_in_order() {
        let mut sender = KeySender::default();
        let codes: Vec<u8> = "0199*#AD".chars().filter_map(code_of).collect();
        let _sent = sender.queue(&codes);
        let (mut receiver, mut heard) = (KeyReceiver::default(), String::new());
        let mut timestamp = u32::MAX - 3_000;
        while sender.waiting() > 0 {
            if let Some(packet) = sender.turn(timestamp) {
                for _ in 0..2 {
                    heard.extend(receiver.note(&header(packet.timestamp), &packet.payload));
                }
            }
            timestamp = timestamp.wrapping_add(160);
        }
        assert_eq!(heard, "0199*#AD");
    }

    #[test]
    fn an_old_end_short_payloads_and_unknown_events_are_no_keys() {
        let mut receiver = KeyReceiver::default();
        assert_eq!(receiver.note(&header(5_000), &[1, 10, 0, 160]), Some('1'));
        assert_eq!(receiver.note(&header(9_000), &[2, 10, 0, 160]), Some('2'));
        assert_eq!(receiver.note(&header(5_000), &[1, 138, 3, 192]), None);
        assert_eq!(receiver.note(&header(12_000), &[3, 10, 0]), None);
        assert_eq!(receiver.note(&header(12_000), &[16, 10, 0, 160]), None);
    }
}
