//! The codec seam: what turns 20 ms of sound into a payload and back. G.711 is here; G.722 and Opus join by a new
//! [`CodecKind`] and a new `Codec`, and no caller changes. Does not negotiate (see `sdp`) and does not packetise
//! (see `rtp`).

use audio_codec::{Decoder, Encoder, pcma, pcmu};

use super::FRAME_SAMPLES;

/// One direction-less instance per line: encoders and decoders of later codecs carry state.
pub(crate) trait Codec: Send {
    /// Appends the payload of one frame to `out`.
    fn encode(&mut self, frame: &[i16; FRAME_SAMPLES], out: &mut Vec<u8>);
    /// Appends the samples of one payload to `out`, at 8 kHz. A payload that makes no sense appends nothing.
    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>);
}

/// The codecs that can be agreed on, best first: the order of our offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CodecKind {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
}

impl CodecKind {
    /// In the order of our offers.
    pub(crate) const ALL: [CodecKind; 2] = [CodecKind::Pcmu, CodecKind::Pcma];

    /// Encoding name in SDP; compared without case.
    pub(crate) fn name(self) -> &'static str {
        match self {
            CodecKind::Pcmu => "PCMU",
            CodecKind::Pcma => "PCMA",
        }
    }

    /// RTP clock in SDP.
    pub(crate) fn clock_hz(self) -> u32 {
        match self {
            CodecKind::Pcmu | CodecKind::Pcma => 8_000,
        }
    }

    /// Payload number in our offers (RFC 3551).
    pub(crate) fn payload_number(self) -> u8 {
        match self {
            CodecKind::Pcmu => 0,
            CodecKind::Pcma => 8,
        }
    }

    /// A fresh codec.
    pub(crate) fn make(self) -> Box<dyn Codec> {
        match self {
            CodecKind::Pcmu => {
                Box::new(G711 { encoder: pcmu::PcmuEncoder::new(), decoder: pcmu::PcmuDecoder::new() })
            }
            CodecKind::Pcma => {
                Box::new(G711 { encoder: pcma::PcmaEncoder::new(), decoder: pcma::PcmaDecoder::new() })
            }
        }
    }
}

/// G.711: one byte per sample, no state.
struct G711<E, D> {
    encoder: E,
    decoder: D,
}

impl<E: Encoder, D: Decoder> Codec for G711<E, D> {
    fn encode(&mut self, frame: &[i16; FRAME_SAMPLES], out: &mut Vec<u8>) {
        let start = out.len();
        out.resize(start + FRAME_SAMPLES, 0);
        self.encoder.encode_into(frame, &mut out[start..]).expect("G.711 writes one byte per sample");
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let start = out.len();
        out.resize(start + payload.len(), 0);
        self.decoder.decode_into(payload, &mut out[start..]).expect("G.711 reads one byte per sample");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_g711_laws_give_back_what_they_took_within_their_step() {
        for kind in CodecKind::ALL {
            let mut codec = kind.make();
            let frame: [i16; FRAME_SAMPLES] = std::array::from_fn(|i| (i as i16 - 80) * 300);
            let (mut payload, mut back) = (Vec::new(), Vec::new());
            codec.encode(&frame, &mut payload);
            codec.decode(&payload, &mut back);
            assert_eq!((payload.len(), back.len()), (FRAME_SAMPLES, FRAME_SAMPLES));
            for (sent, heard) in frame.iter().zip(&back) {
                let step = i32::from(sent.unsigned_abs()) / 16 + 16;
                assert!(
                    (i32::from(*sent) - i32::from(*heard)).abs() <= step,
                    "{}: {sent} {heard}",
                    kind.name()
                );
            }
        }
    }
}
