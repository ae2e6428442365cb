//! What is heard as a WAV file, for screens that play it. Writes only what we store: 8 kHz, one channel, 16 bits.

use contracts::sounds::SAMPLE_RATE_HZ;

/// Bytes before the first sample.
const HEAD_BYTES: usize = 44;

/// A file with these samples; at most ten minutes, so every number of its head fits.
pub(crate) fn of(samples: &[i16]) -> Vec<u8> {
    let body = u32::try_from(samples.len() * 2).expect("ten minutes have fewer than 2^32 bytes");
    let mut file = Vec::with_capacity(HEAD_BYTES + samples.len() * 2);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(body + 36).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    // Plain samples, one channel.
    file.extend_from_slice(&[1, 0, 1, 0]);
    file.extend_from_slice(&SAMPLE_RATE_HZ.to_le_bytes());
    file.extend_from_slice(&(SAMPLE_RATE_HZ * 2).to_le_bytes());
    file.extend_from_slice(&[2, 0, 16, 0]);
    file.extend_from_slice(b"data");
    file.extend_from_slice(&body.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_head_says_what_follows() {
        let file = of(&[1, -2]);
        assert_eq!(file.len(), 48);
        assert_eq!(&file[..4], b"RIFF");
        assert_eq!(file[4..8], 40_u32.to_le_bytes());
        assert_eq!(file[24..28], 8_000_u32.to_le_bytes());
        assert_eq!(file[40..], [4, 0, 0, 0, 1, 0, 0xfe, 0xff]);
    }
}
