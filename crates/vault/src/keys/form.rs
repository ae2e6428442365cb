//! What the text of a key file says: parsed strictly, with its sum, and written. Opens no key and no file.

use data_encoding::HEXLOWER;
use ring::{digest, hmac};
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::StoreId;
use super::wrap::Wrap;
use crate::aead::Key;

/// The version of the format that this release writes; it reads no other.
pub(super) const FORMAT: u32 = 1;

/// Everything a key file says, before proof and sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    pub(super) store: StoreId,
    /// How many times the file has been written.
    pub(super) written: u64,
    pub(super) recovery_confirmed: bool,
    pub(super) keychain: Option<Wrap>,
    /// The one before it, kept until the keychain is known to hold the newer one.
    pub(super) keychain_former: Option<Wrap>,
    pub(super) recovery: Wrap,
    pub(super) current: DataKey,
    /// The one that a rotation under way replaces.
    pub(super) retiring: Option<DataKey>,
}

/// A data key under the master key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DataKey {
    pub(super) slot: u8,
    pub(super) wrap: Wrap,
}

/// Content and the proof that a holder of the master key wrote it so.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) content: Content,
    proof: [u8; 32],
}

/// Why a text is no key file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// Of a later release.
    Newer(u32),
    /// Not as it was written; the words name the part.
    Damaged(String),
}

/// The file, field by field.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    format: u32,
    content: Content,
    proof: Hex<32>,
    sum: Hex<32>,
}

/// What is read before everything else: later formats may have other fields.
#[derive(Deserialize)]
struct Beginning {
    format: u32,
}

impl Signed {
    /// With the proof of this master key.
    pub(super) fn by(master: &Key, content: Content) -> Signed {
        let made = hmac::sign(&proving(master), &proven(&content));
        let proof = made.as_ref().try_into().expect("HMAC-SHA256 gives 32 bytes");
        Signed { content, proof }
    }

    /// Whether it was written under this master key.
    pub(super) fn is_by(&self, master: &Key) -> bool {
        hmac::verify(&proving(master), &proven(&self.content), &self.proof).is_ok()
    }

    /// As it stands in the file.
    pub(super) fn text(&self) -> Vec<u8> {
        let text = Text {
            format: FORMAT,
            content: self.content.clone(),
            proof: Hex(self.proof),
            sum: Hex(sum(&self.content, &self.proof)),
        };
        let mut bytes = serde_json::to_vec_pretty(&text).expect("numbers and hexadecimal digits make JSON");
        bytes.push(b'\n');
        bytes
    }

    /// Reads it, and finds accidental damage anywhere by its sum.
    pub(super) fn parse(text: &[u8]) -> Result<Signed, Unread> {
        let damaged = |error: serde_json::Error| Unread::Damaged(error.to_string());
        let beginning: Beginning = serde_json::from_slice(text).map_err(damaged)?;
        if beginning.format > FORMAT {
            return Err(Unread::Newer(beginning.format));
        }
        if beginning.format != FORMAT {
            return Err(Unread::Damaged("there is no format 0".to_owned()));
        }
        let text: Text = serde_json::from_slice(text).map_err(damaged)?;
        if text.sum.0 != sum(&text.content, &text.proof.0) {
            return Err(Unread::Damaged("its sum is wrong".to_owned()));
        }
        Ok(Signed { content: text.content, proof: text.proof.0 })
    }
}

fn proving(master: &Key) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, master.danger_expose())
}

/// What the proof is over. The name and the format in front keep it apart from every other use of the master key.
fn proven(content: &Content) -> Vec<u8> {
    let mut bytes = b"Usher key file 1\n".to_vec();
    serde_json::to_writer(&mut bytes, content).expect("numbers and hexadecimal digits make JSON");
    bytes
}

fn sum(content: &Content, proof: &[u8; 32]) -> [u8; 32] {
    let mut bytes = proven(content);
    bytes.extend_from_slice(proof);
    let made = digest::digest(&digest::SHA256, &bytes);
    made.as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

/// Bytes as lower-case hexadecimal digits, and no other spelling of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hex<const N: usize>(pub(super) [u8; N]);

impl<const N: usize> Hex<N> {
    pub(super) fn parse(text: &str) -> Option<Hex<N>> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Hex)
    }
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hex<N>, D::Error> {
        let text = String::deserialize(deserializer)?;
        Hex::parse(&text).ok_or_else(|| {
            let want = format!("{} hexadecimal digits in lower case", 2 * N);
            D::Error::invalid_value(Unexpected::Other("something else"), &want.as_str())
        })
    }
}
