//! The newest state of a store that this computer has seen, in the keychain: where whoever puts old files in the place of new
//! ones does not reach. Decides nothing about it.

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

/// Forgets everything the keychain knows of a store: its key, what opens its backups, its newest state.
pub fn forget(keychain: &dyn Secrets, store: StoreId) -> Result<(), SecretError> {
    for name in [crate::kek_name(store), crate::target_secret_name(store), witness_name(store)] {
        keychain.forget(&name)?;
    }
    Ok(())
}

fn witness_name(store: StoreId) -> String {
    format!("store-witness:{store}")
}

fn parse(bytes: &[u8]) -> Option<Witness> {
    let (counter, proof) = bytes.split_first_chunk()?;
    Some(Witness { counter: u64::from_be_bytes(*counter), proof: proof.try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use contracts::MemorySecrets;
    use vault::Witness;
    use vault::keys::StoreId;

    use super::{forget, note_seen, seen};

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
}
