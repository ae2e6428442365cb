//! RTP on the wire (RFC 3550): the header, read with bounds and written, and the reception statistics of its
//! appendix A. Does not open sockets and does not order packets (see `jitter`).

/// Bytes of the header we write: no contributing sources, no extension.
pub(crate) const HEADER_BYTES: usize = 12;

/// The fields of a header that we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Begins a talk spurt, or a DTMF event.
    pub(crate) marker: bool,
    /// 0–127.
    pub(crate) payload_number: u8,
    /// Grows by one per packet; wraps.
    pub(crate) sequence: u16,
    /// In ticks of the codec's clock; wraps.
    pub(crate) timestamp: u32,
    /// Names the sender; another one is another stream.
    pub(crate) source: u32,
}

/// Why a datagram is no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// Shorter than its header, its contributing sources, its extension or its padding say.
    Truncated,
    /// Not version 2.
    Version,
    /// Payload numbers 72–76 are RTCP on the wrong port (RFC 5761).
    Control,
}

impl Header {
    /// Reads a packet: header and payload without extension and padding.
    pub(crate) fn parse(packet: &[u8]) -> Result<(Header, &[u8]), Malformed> {
        let (fixed, rest) = packet.split_first_chunk::<HEADER_BYTES>().ok_or(Malformed::Truncated)?;
        if fixed[0] >> 6 != 2 {
            return Err(Malformed::Version);
        }
        let header = Header {
            marker: fixed[1] & 0x80 != 0,
            payload_number: fixed[1] & 0x7f,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            source: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        };
        if (72..=76).contains(&header.payload_number) {
            return Err(Malformed::Control);
        }
        let contributing_bytes = usize::from(fixed[0] & 0x0f) * 4;
        let mut payload = rest.get(contributing_bytes..).ok_or(Malformed::Truncated)?;
        if fixed[0] & 0x10 != 0 {
            payload = after_extension(payload)?;
        }
        if fixed[0] & 0x20 != 0 {
            payload = before_padding(payload)?;
        }
        Ok((header, payload))
    }

    /// The header as it goes on the wire.
    pub(crate) fn bytes(&self) -> [u8; HEADER_BYTES] {
        let mut out = [0; HEADER_BYTES];
        out[0] = 0x80;
        out[1] = (u8::from(self.marker) << 7) | (self.payload_number & 0x7f);
        out[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        out[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&self.source.to_be_bytes());
        out
    }
}

fn after_extension(payload: &[u8]) -> Result<&[u8], Malformed> {
    let (head, rest) = payload.split_first_chunk::<4>().ok_or(Malformed::Truncated)?;
    let words = usize::from(u16::from_be_bytes([head[2], head[3]]));
    rest.get(words * 4..).ok_or(Malformed::Truncated)
}

fn before_padding(payload: &[u8]) -> Result<&[u8], Malformed> {
    let padding_bytes = usize::from(*payload.last().ok_or(Malformed::Truncated)?);
    let kept = payload.len().checked_sub(padding_bytes).ok_or(Malformed::Truncated)?;
    if padding_bytes == 0 { Err(Malformed::Truncated) } else { Ok(&payload[..kept]) }
}

/// Counts what arrived and what did not, over all streams a line has received.
#[derive(Debug, Default)]
pub(crate) struct Reception {
    stream: Option<Stream>,
    received: u64,
    lost_before: u64,
}

#[derive(Debug)]
struct Stream {
    source: u32,
    first: u64,
    highest: u64,
    /// Which of the 64 numbers up to the highest one have arrived; bit 0 is the highest.
    arrived: u64,
    /// Different packets: RFC 3550 counts doubled ones too, and then they hide losses.
    received: u64,
    transit_ticks: i64,
    jitter_ticks: f64,
}

/// A sequence number this far behind the highest is a late packet; further away it is a new stream.
const LATE_PACKETS_MAX: i16 = 3_000;

impl Reception {
    /// Takes one packet; `arrival_ticks` is our clock in ticks of the codec's clock.
    pub(crate) fn note(&mut self, header: &Header, arrival_ticks: i64) {
        self.received += 1;
        let transit_ticks = arrival_ticks - i64::from(header.timestamp);
        match &mut self.stream {
            Some(stream) if stream.source == header.source && stream.follows(header.sequence) => {
                stream.note(header.sequence, transit_ticks);
            }
            Some(_) | None => {
                self.lost_before = self.lost();
                self.stream = Some(Stream::beginning(header, transit_ticks));
            }
        }
    }

    /// Packets received, duplicates included.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Packets that were expected and did not arrive within 64 of their followers.
    pub(crate) fn lost(&self) -> u64 {
        let now = self.stream.as_ref().map_or(0, |s| (s.highest - s.first + 1).saturating_sub(s.received));
        self.lost_before + now
    }

    /// Interarrival jitter of RFC 3550, in ticks of the codec's clock.
    pub(crate) fn jitter_ticks(&self) -> f64 {
        self.stream.as_ref().map_or(0.0, |s| s.jitter_ticks)
    }
}

impl Stream {
    fn beginning(header: &Header, transit_ticks: i64) -> Stream {
        // One full cycle up, so that a packet from before the first one stays positive.
        let first = (1 << 16) + u64::from(header.sequence);
        Stream {
            source: header.source,
            first,
            highest: first,
            arrived: 1,
            received: 1,
            transit_ticks,
            jitter_ticks: 0.0,
        }
    }

    fn follows(&self, sequence: u16) -> bool {
        self.step_to(sequence).unsigned_abs() <= LATE_PACKETS_MAX.unsigned_abs()
    }

    /// From the highest number so far to this one, the short way round.
    fn step_to(&self, sequence: u16) -> i16 {
        sequence.wrapping_sub(self.highest as u16) as i16
    }

    fn note(&mut self, sequence: u16, transit_ticks: i64) {
        let step = self.step_to(sequence);
        if step > 0 {
            self.highest += u64::from(step.unsigned_abs());
            self.arrived = self.arrived.checked_shl(u32::from(step.unsigned_abs())).unwrap_or(0) | 1;
            self.received += 1;
        } else if let Some(bit) = 1_u64.checked_shl(u32::from(step.unsigned_abs())) {
            self.received += u64::from(self.arrived & bit == 0);
            self.arrived |= bit;
        }
        // The timestamp wraps after 149 hours of talk; the one huge difference is left out.
        let difference = (transit_ticks - self.transit_ticks).unsigned_abs();
        if difference < u64::from(u32::MAX / 2) {
            self.jitter_ticks += (difference as f64 - self.jitter_ticks) / 16.0;
        }
        self.transit_ticks = transit_ticks;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(sequence: u16, timestamp: u32) -> Header {
        Header { marker: false, payload_number: 8, sequence, timestamp, source: 7 }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let sent = Header { marker: true, ..header(65_535, u32::MAX) };
        let mut packet = sent.bytes().to_vec();
        packet.extend_from_slice(b"sound");
        assert_eq!(Header::parse(&packet), Ok((sent, b"sound".as_slice())));
    }

    #[test]
    fn contributing_sources_extension_and_padding_are_stepped_over() {
        let mut packet = vec![0xb2, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        packet.extend_from_slice(&[1; 8]); // two contributing sources
        packet.extend_from_slice(&[0xbe, 0xde, 0, 1, 9, 9, 9, 9]); // one word of extension
        packet.extend_from_slice(b"sound");
        packet.extend_from_slice(&[0, 0, 3]); // three bytes of padding
        let (_, payload) = Header::parse(&packet).expect("a whole packet");
        assert_eq!(payload, b"sound");
    }

    #[test]
    fn every_truncation_is_named_and_none_panics() {
        let mut packet = vec![0xb2, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        packet.extend_from_slice(&[1; 8]);
        packet.extend_from_slice(&[0xbe, 0xde, 0, 1, 9, 9, 9, 9]);
        for length in 0..packet.len() {
            assert_eq!(Header::parse(&packet[..length]), Err(Malformed::Truncated), "{length}");
        }
        assert_eq!(Header::parse(&[0xa0, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 200]), Err(Malformed::Truncated));
        assert_eq!(Header::parse(&[0x00; 12]), Err(Malformed::Version));
        assert_eq!(Header::parse(&[0x80, 200, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]), Err(Malformed::Control));
    }

    #[test]
    fn losses_are_counted_over_the_wrap_of_the_sequence() {
        let mut reception = Reception::default();
        for n in 0..10_u32 {
            if n != 4 && n != 5 {
                reception.note(&header(65_530_u16.wrapping_add(n as u16), n * 160), i64::from(n) * 160);
            }
        }
        assert_eq!((reception.received(), reception.lost()), (8, 2));
        assert!(reception.jitter_ticks() < 0.01);
    }

    #[test]
    fn doubled_packets_hide_no_loss_and_late_ones_are_no_loss() {
        let mut reception = Reception::default();
        for sequence in [1, 2, 2, 2, 5, 4, 6, 6] {
            reception.note(&header(sequence, u32::from(sequence) * 160), i64::from(sequence) * 160);
        }
        assert_eq!((reception.received(), reception.lost()), (8, 1));
    }

    #[test]
    fn a_new_source_keeps_the_losses_of_the_old_one() {
        let mut reception = Reception::default();
        reception.note(&header(1, 0), 0);
        reception.note(&header(4, 480), 480);
        reception.note(&Header { source: 99, ..header(40_000, 5) }, 640);
        reception.note(&Header { source: 99, ..header(40_001, 165) }, 800);
        assert_eq!((reception.received(), reception.lost()), (4, 2));
    }

    #[test]
    fn uneven_arrival_shows_as_jitter() {
        let mut reception = Reception::default();
        for n in 0..200_u32 {
            let uneven = if n % 2 == 0 { 0 } else { 80 };
            reception.note(&header(n as u16, n * 160), i64::from(n * 160 + uneven));
        }
        assert!((70.0..90.0).contains(&reception.jitter_ticks()), "{}", reception.jitter_ticks());
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic_and_never_give_more_than_they_have(
            mut packet in proptest::collection::vec(any::<u8>(), 0..100), is_version_2 in any::<bool>()
        ) {
            if let (Some(first), true) = (packet.first_mut(), is_version_2) {
                *first = 0x80 | (*first & 0x3f);
            }
            if let Ok((_, payload)) = Header::parse(&packet) {
                prop_assert!(payload.len() + HEADER_BYTES <= packet.len());
            }
        }

        #[test]
        fn random_sequences_never_panic_the_statistics(
            headers in proptest::collection::vec((any::<u16>(), any::<u32>(), 0..2_u32), 0..300)
        ) {
            let mut reception = Reception::default();
            for (n, (sequence, timestamp, source)) in headers.iter().enumerate() {
                reception.note(&Header { source: *source, ..header(*sequence, *timestamp) }, n as i64 * 160);
            }
            prop_assert_eq!(reception.received(), headers.len() as u64);
            prop_assert!(reception.jitter_ticks().is_finite() && reception.lost() < u64::MAX / 2);
        }
    }
}
