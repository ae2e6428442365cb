//! What the keychain of this computer holds of a store, by which names and in which form: its key, the newest state that was
//! seen, and what opens the backup target. Which keychain that is, the caller knows.

use contracts::secrets::{Secret, SecretError, Secrets};
use serde::{Deserialize, Serialize};
use vault::Witness;
use vault::keys::StoreId;
use zeroize::Zeroizing;

/// Under which name the key of a store is kept.
pub fn key_name(store: StoreId) -> String {
    format!("store-key:{store}")
}

/// Under which name the keychain holds what opens the backup target of a store.
pub fn target_secret_name(store: StoreId) -> String {
    format!("backup-target:{store}")
}

fn witness_name(store: StoreId) -> String {
    format!("store-witness:{store}")
}

/// The newest state of a store that was seen here; `None` where the keychain holds none.
pub fn witness(store: StoreId, keychain: &dyn Secrets) -> Result<Option<Witness>, SecretError> {
    Ok(keychain.get(&witness_name(store))?.and_then(|kept| parse_witness(kept.danger_expose())))
}

/// Keeps the newest state of a store, where whoever puts old files in its place does not reach.
pub fn keep_witness(store: StoreId, witness: &Witness, keychain: &dyn Secrets) -> Result<(), SecretError> {
    let mut bytes = witness.counter.to_be_bytes().to_vec();
    bytes.extend(witness.proof);
    keychain.put(&witness_name(store), &Secret::new(bytes))
}

fn parse_witness(bytes: &[u8]) -> Option<Witness> {
    let (counter, proof) = bytes.split_first_chunk()?;
    Some(Witness { counter: u64::from_be_bytes(*counter), proof: proof.try_into().ok()? })
}

/// What opens a backup target, as the keychain holds it. Not printed, not cloned; overwritten when dropped.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetSecret {
    /// Access key id of S3; else empty.
    pub key_id: String,
    /// Secret access key, account key or shared access signature.
    #[serde(with = "zeroizing")]
    pub secret: Zeroizing<String>,
}

impl TargetSecret {
    /// As [`TargetSecret::bytes`] wrote it; `None` where it is something else.
    pub fn parse(bytes: &[u8]) -> Option<TargetSecret> {
        serde_json::from_slice(bytes).ok()
    }

    /// For the keychain.
    pub fn bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(serde_json::to_vec(self).expect("two texts become JSON"))
    }
}

mod zeroizing {
    //! serde knows nothing of zeroize here.
    use serde::{Deserialize, Deserializer, Serializer};
    use zeroize::Zeroizing;

    pub(super) fn serialize<S: Serializer>(it: &Zeroizing<String>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(it)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Zeroizing<String>, D::Error> {
        String::deserialize(from).map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use contracts::MemorySecrets;
    use contracts::secrets::{Secret, Secrets};
    use vault::Witness;
    use vault::keys::StoreId;

    use super::{keep_witness, witness, witness_name};

    #[test]
    fn the_newest_state_is_read_back_and_nonsense_is_none() {
        let (keychain, store) = (MemorySecrets::new(), StoreId::random());
        assert_eq!(witness(store, &keychain).expect("it works"), None);
        let newest = Witness { counter: 7_000_000_000, proof: [9; 16] };
        keep_witness(store, &newest, &keychain).expect("it is kept");
        assert_eq!(witness(store, &keychain).expect("it works"), Some(newest));
        keychain.put(&witness_name(store), &Secret::new(vec![1; 23])).expect("it is kept");
        assert_eq!(witness(store, &keychain).expect("it works"), None);
    }
}
