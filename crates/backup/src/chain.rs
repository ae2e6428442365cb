//! A chain as it is read back: manifests that link, the state of the store they lead to, and which object holds the newest
//! version of each page. Reads manifests only; whether the other objects are whole is the check's business.

use std::collections::BTreeMap;

use vault::aead::Nonce;
use vault::keys::StoreId;

use crate::check::{Damage, Part};
use crate::error::BackupError;
use crate::layout::{ChainName, Hash, ObjectName};
use crate::manifest::{MANIFEST_BYTES_MAX, Manifest, PAGES_MAX, Piece, Proven, SealedFile, digest_of};
use crate::target::{Listed, Read, Shelf, Wrong};

/// The manifests of a chain that link, from the full backup on.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) name: ChainName,
    pub(crate) manifests: Vec<Proven>,
    /// Why the next one does not link; at most one, since what is behind it cannot be judged.
    pub(crate) damage: Option<Damage>,
    /// The pieces that are there.
    pub(crate) listed: Vec<Listed>,
}

impl Chain {
    /// Reads a chain; `None` where it has no manifest at all: one that was begun and not finished.
    pub(crate) async fn read(
        shelf: &Shelf,
        store: StoreId,
        name: ChainName,
    ) -> Result<Option<Chain>, BackupError> {
        let listed = shelf.of_chain(name).await?;
        Self::read_listed(shelf, store, name, listed).await
    }

    /// Reads a chain whose objects are these.
    pub(crate) async fn read_listed(
        shelf: &Shelf,
        store: StoreId,
        name: ChainName,
        listed: Vec<Listed>,
    ) -> Result<Option<Chain>, BackupError> {
        let Some(last) = listed.iter().filter_map(|object| seq_of_manifest(object.name)).max() else {
            return Ok(None);
        };
        let mut chain = Chain { listed, ..Chain::new(name) };
        let mut state = State::default();
        for seq in 0..=last {
            match chain.link(shelf, store, seq, &mut state).await? {
                Ok(proven) => chain.manifests.push(proven),
                Err(how) => {
                    chain.damage = Some(Damage { chain: name, seq, part: Part::Manifest, how });
                    break;
                }
            }
        }
        Ok(Some(chain))
    }

    /// One that has nothing yet.
    pub(crate) fn new(name: ChainName) -> Chain {
        Chain { name, manifests: Vec::new(), damage: None, listed: Vec::new() }
    }

    /// Whether a chain of this name, with these objects, ends where this one does.
    pub(crate) fn is_newest_in(&self, name: ChainName, listed: &[Listed]) -> bool {
        let last = listed.iter().filter_map(|object| seq_of_manifest(object.name)).max();
        self.name == name && last == self.last().map(|manifest| manifest.seq)
    }

    async fn link(
        &self,
        shelf: &Shelf,
        store: StoreId,
        seq: u32,
        state: &mut State,
    ) -> Result<Result<Proven, Wrong>, BackupError> {
        let name = ObjectName::Manifest { chain: self.name, seq };
        let bytes = match shelf.read(name, MANIFEST_BYTES_MAX).await? {
            Read::Whole(bytes) => bytes,
            Read::Missing => return Ok(Err(Wrong::Missing)),
            Read::TooLong => return Ok(Err(Wrong::Damaged)),
        };
        let Ok(proven) = Manifest::parse(&bytes) else { return Ok(Err(Wrong::Damaged)) };
        let it = &proven.manifest;
        let previous = self.manifests.last().map(|before| before.hash);
        let links = (it.store, it.chain, it.seq, it.previous) == (store, self.name, seq, previous);
        Ok(if links && state.apply(it) { Ok(proven) } else { Err(Wrong::Damaged) })
    }

    /// The newest backup that links.
    pub(crate) fn last(&self) -> Option<&Manifest> {
        self.manifests.last().map(|proven| &proven.manifest)
    }

    /// The state after backup `upto`.
    pub(crate) fn state(&self, upto: u32) -> State {
        let mut state = State::default();
        for proven in self.manifests.iter().take(upto as usize + 1) {
            let follows = state.apply(&proven.manifest);
            debug_assert!(follows, "it was applied once already, when it was read");
        }
        state
    }

    /// The pieces its manifests name, that are not there in their size.
    pub(crate) fn missing_pieces(&self) -> impl Iterator<Item = ObjectName> + '_ {
        let there: BTreeMap<ObjectName, u64> =
            self.listed.iter().map(|object| (object.name, object.bytes)).collect();
        self.pieces().filter(move |(name, bytes)| there.get(name) != Some(bytes)).map(|(name, _)| name)
    }

    /// Every piece that its manifests name, with its size.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = (ObjectName, u64)> + '_ {
        self.manifests.iter().flat_map(|proven| {
            let Manifest { chain, seq, pieces, .. } = &proven.manifest;
            pieces.iter().map(|piece| (piece_name(*chain, *seq, piece), piece.bytes()))
        })
    }
}

fn seq_of_manifest(name: ObjectName) -> Option<u32> {
    match name {
        ObjectName::Manifest { seq, .. } => Some(seq),
        ObjectName::Pages { .. } | ObjectName::Keys(_) | ObjectName::Sealed(_) => None,
    }
}

/// The object of a piece.
pub(crate) fn piece_name(chain: ChainName, seq: u32, piece: &Piece) -> ObjectName {
    ObjectName::Pages { chain, seq, hash: piece.sha256 }
}

/// A piece in the order of the chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PieceAt {
    pub(crate) piece: Piece,
    /// How many of its pages are still the newest version.
    pub(crate) live: u32,
}

/// What a chain leads to.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// The version of every page; page 1 comes first.
    pub(crate) nonces: Vec<Nonce>,
    /// Which piece holds each page.
    pub(crate) owners: Vec<u32>,
    pub(crate) pieces: Vec<PieceAt>,
    pub(crate) sealed: BTreeMap<String, SealedFile>,
    /// Digest over the nonces.
    digest: Option<Hash>,
}

impl State {
    /// Goes one backup further. `false` where the manifest does not follow on this state; the state is then of no use.
    #[must_use]
    pub(crate) fn apply(&mut self, manifest: &Manifest) -> bool {
        debug_assert!(manifest.pages <= PAGES_MAX, "a parsed manifest keeps the limits");
        self.resize(manifest.pages as usize);
        let mut pages = manifest.changed_pages().zip(&manifest.nonces);
        for piece in &manifest.pieces {
            let owner = u32::try_from(self.pieces.len()).expect("a chain has fewer pieces than pages");
            self.pieces.push(PieceAt { piece: *piece, live: 0 });
            for (page, nonce) in pages.by_ref().take(piece.pages as usize) {
                let at = page as usize - 1;
                self.nonces[at] = *nonce;
                self.own(at, owner);
            }
        }
        let mut follows = true;
        for name in &manifest.sealed_removed {
            follows &= self.sealed.remove(name).is_some();
        }
        for file in &manifest.sealed_added {
            follows &= self.sealed.insert(file.name.clone(), file.clone()).is_none();
        }
        let digest = if manifest.nonces.is_empty() && self.digest == Some(manifest.page_digest) {
            manifest.page_digest
        } else {
            digest_of(&self.nonces)
        };
        self.digest = Some(digest);
        follows && digest == manifest.page_digest
    }

    fn resize(&mut self, pages: usize) {
        if pages != self.nonces.len() {
            self.digest = None;
        }
        for owner in self.owners.drain(pages.min(self.owners.len())..) {
            self.pieces[owner as usize].live -= 1;
        }
        self.nonces.truncate(pages);
        // A page that is new and not among the changed ones keeps no nonce, and the digest tells.
        self.nonces.resize(pages, [0; 24]);
    }

    /// Pages come in ascending order, so a new page is always the next one that has no owner yet.
    fn own(&mut self, at: usize, owner: u32) {
        match self.owners.get_mut(at) {
            Some(before) => {
                self.pieces[*before as usize].live -= 1;
                *before = owner;
            }
            None => {
                // A gap before it shows in the digest; until then its pages are owned by whoever comes next.
                self.pieces[owner as usize].live += (at - self.owners.len()) as u32;
                self.owners.resize(at + 1, owner);
            }
        }
        self.pieces[owner as usize].live += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::State;
    use crate::layout::{ChainName, Hash, Moment};
    use crate::manifest::{KeyFile, Manifest, Piece, digest_of, runs_of};
    use vault::aead::Nonce;
    use vault::keys::StoreId;

    fn backup(seq: u32, all: &[Nonce], changed: &[u32]) -> Manifest {
        Manifest {
            store: StoreId::from_bytes([1; 16]),
            chain: ChainName::after(None, Moment(0)),
            seq,
            at: Moment(0),
            pages: all.len() as u32,
            changed: runs_of(changed.iter().copied()),
            nonces: changed.iter().map(|page| all[*page as usize - 1]).collect(),
            pieces: vec![Piece { sha256: Hash([seq as u8; 32]), pages: changed.len() as u32 }],
            page_digest: digest_of(all),
            previous: (seq > 0).then_some(Hash([0; 32])),
            keys: KeyFile { sha256: Hash([0; 32]), bytes: 1 },
            sealed_added: Vec::new(),
            sealed_removed: Vec::new(),
        }
    }

    fn live(state: &State) -> Vec<u32> {
        state.pieces.iter().map(|piece| piece.live).collect()
    }

    #[test]
    fn the_newest_version_of_each_page_is_known_while_a_store_changes_grows_and_shrinks() {
        let mut state = State::default();
        let mut all = vec![[1; 24]; 4];
        assert!(state.apply(&backup(0, &all, &[1, 2, 3, 4])));
        all[1] = [2; 24];
        all.push([2; 24]);
        assert!(state.apply(&backup(1, &all, &[2, 5])));
        assert_eq!((live(&state), &state.owners), (vec![3, 2], &vec![0, 1, 0, 0, 1]));
        all.truncate(2);
        assert!(state.apply(&backup(2, &all, &[1])));
        assert_eq!((live(&state), &state.owners), (vec![0, 1, 1], &vec![2, 1]));
        assert_eq!(state.nonces, all);
    }

    #[test]
    fn a_backup_that_leaves_out_a_page_does_not_follow() {
        let mut state = State::default();
        assert!(state.apply(&backup(0, &[[1; 24]; 2], &[1, 2])));
        let grown = vec![[1; 24], [1; 24], [2; 24], [2; 24]];
        assert!(!state.clone().apply(&backup(1, &grown, &[4])), "page 3 is new and left out");
        assert!(!state.clone().apply(&backup(1, &[[3; 24], [1; 24]], &[])), "page 1 changed and is left out");
        assert!(state.apply(&backup(1, &grown, &[3, 4])));
    }
}
