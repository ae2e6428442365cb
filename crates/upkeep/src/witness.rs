//! The newest state of a store that this computer has seen, and how far its access log was, in the keychain: where whoever puts old
//! files in the place of new ones, or writes a log anew, does not reach. Decides nothing about it.

use contracts::access_log::Anchor;
use contracts::secrets::{Secret, SecretError, Secrets};
use vault::Witness;
use vault::keys::StoreId;

/// The newest state that was seen; `None` where none is known.
pub fn seen(keychain: &dyn Secrets, store: StoreId) -> Result<Option<Witness>, SecretError> {
    Ok(keychain.get(&witness_name(store))?.and_then(|kept| parse(kept.danger_expose())))
}

/// Keeps this one. Waits for the keychain.
pub fn note_seen(keychain: &dyn Secrets, store: StoreId, witness: &Witness) -> Result<(), SecretError> {
    let mut bytes = witness.counter.to_be_bytes().to_vec();
    bytes.extend(witness.proof);
    keychain.put(&witness_name(store), &Secret::new(bytes))
}

/// How far the access log was when it was last anchored; `None` where nobody knows.
pub fn log_anchor(keychain: &dyn Secrets, store: StoreId) -> Result<Option<Anchor>, SecretError> {
    Ok(keychain.get(&anchor_name(store))?.and_then(|kept| Anchor::from_bytes(kept.danger_expose())))
}

/// Keeps this one, which must be on the disk already. Waits for the keychain.
pub fn note_log_anchor(keychain: &dyn Secrets, store: StoreId, anchor: &Anchor) -> Result<(), SecretError> {
    keychain.put(&anchor_name(store), &Secret::new(anchor.to_bytes()))
}

/// Forgets everything the keychain knows of a store: its key, what opens its backups, its newest state, how far its log was.
pub fn forget(keychain: &dyn Secrets, store: StoreId) -> Result<(), SecretError> {
    for name in
        [crate::kek_name(store), crate::target_secret_name(store), witness_name(store), anchor_name(store)]
    {
        keychain.forget(&name)?;
    }
    Ok(())
}

fn witness_name(store: StoreId) -> String {
    format!("store-witness:{store}")
}

fn anchor_name(store: StoreId) -> String {
    format!("access-log-anchor:{store}")
}

fn parse(bytes: &[u8]) -> Option<Witness> {
    let (counter, proof) = bytes.split_first_chunk()?;
    Some(Witness { counter: u64::from_be_bytes(*counter), proof: proof.try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use contracts::MemorySecrets;
    use contracts::access_log::{Anchor, Hash};
    use vault::Witness;
    use vault::keys::StoreId;

    use super::{forget, log_anchor, note_log_anchor, note_seen, seen};

    #[test]
    fn what_was_seen_is_kept_per_store_until_it_is_forgotten() {
        let (keychain, store) = (MemorySecrets::default(), StoreId::random());
        assert_eq!(seen(&keychain, store).expect("it answers"), None);
        let witness = Witness { counter: 7, proof: [3; 16] };
        note_seen(&keychain, store, &witness).expect("it answers");
        assert_eq!(seen(&keychain, store).expect("it answers"), Some(witness));
        assert_eq!(seen(&keychain, StoreId::random()).expect("it answers"), None);
        forget(&keychain, store).expect("it answers");
        assert_eq!(seen(&keychain, store).expect("it answers"), None);
    }

    #[test]
    fn an_anchor_is_kept_per_store_until_it_is_forgotten_id_7() {
        let (keychain, store) = (MemorySecrets::default(), StoreId::random());
        assert_eq!(log_anchor(&keychain, store).expect("it answers"), None);
        let anchor = Anchor { sequence: 7, hash: Hash([3; 32]), first_kept: 2 };
        note_log_anchor(&keychain, store, &anchor).expect("it answers");
        assert_eq!(log_anchor(&keychain, store).expect("it answers"), Some(anchor));
        assert_eq!(log_anchor(&keychain, StoreId::random()).expect("it answers"), None);
        forget(&keychain, store).expect("it answers");
        assert_eq!(log_anchor(&keychain, store).expect("it answers"), None);
    }
}
