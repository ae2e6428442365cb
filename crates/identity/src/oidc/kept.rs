//! A sign-in in the keychain (ID-2), in pieces where a platform limits what one entry holds. What is read is what was written
//! last or what was written before it, whole, and never a mix, wherever a write was cut off. Does not know what it keeps.

use contracts::secrets::{Secret, SecretError, Secrets};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Bytes of a piece. Windows keeps 2,560 bytes under one name.
const PIECE_BYTES: usize = 2048;
/// Pieces of a whole: 128 KB, where Entra's refresh tokens have some 2 KB.
const PIECES_MAX: usize = 64;

/// Which of two places holds the pieces that count. The other one is written next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Side {
    Left,
    Right,
}

impl Side {
    const BOTH: [Side; 2] = [Side::Left, Side::Right];

    fn other(self) -> Side {
        match self {
            Side::Left => Side::Right,
            Side::Right => Side::Left,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Side::Left => "left",
            Side::Right => "right",
        }
    }
}

/// Says which pieces count. Written last, in one step.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    side: Side,
    pieces: usize,
    /// Of the whole, so that pieces of two writes are never taken for one.
    sha256: String,
}

/// Keeps one whole under this name.
pub(super) fn put(secrets: &dyn Secrets, name: &str, whole: &[u8]) -> Result<(), SecretError> {
    let pieces: Vec<&[u8]> = whole.chunks(PIECE_BYTES).collect();
    if pieces.len() > PIECES_MAX {
        return Err(SecretError::Unavailable(format!(
            "{} bytes are more than it is given to keep",
            whole.len()
        )));
    }
    let before = head(secrets, name)?;
    let side = before.as_ref().map_or(Side::Left, |head| head.side.other());
    for (at, piece) in pieces.iter().enumerate() {
        secrets.put(&piece_name(name, side, at), &Secret::new(piece.to_vec()))?;
    }
    let new = Head { side, pieces: pieces.len(), sha256: digest(whole) };
    let json = serde_json::to_vec(&new).map_err(|error| SecretError::Unavailable(error.to_string()))?;
    secrets.put(name, &Secret::new(json))?;
    // From here on the new one counts. What is left over of others is cleared away; if that fails, the next write does it.
    clear(secrets, name, side.other(), 0)?;
    clear(secrets, name, side, pieces.len())
}

/// What is kept under this name. `None`: nothing, or nothing whole.
pub(super) fn get(secrets: &dyn Secrets, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
    let Some(head) = head(secrets, name)? else { return Ok(None) };
    let mut whole = Zeroizing::new(Vec::with_capacity(head.pieces * PIECE_BYTES));
    for at in 0..head.pieces {
        let Some(piece) = secrets.get(&piece_name(name, head.side, at))? else { return Ok(None) };
        if piece.danger_expose().len() > PIECE_BYTES {
            return Ok(None);
        }
        whole.extend_from_slice(piece.danger_expose());
    }
    Ok((digest(&whole) == head.sha256).then_some(whole))
}

/// Forgets it. The head goes first: without it the pieces are nothing.
pub(super) fn forget(secrets: &dyn Secrets, name: &str) -> Result<(), SecretError> {
    secrets.forget(name)?;
    Side::BOTH.into_iter().try_for_each(|side| clear(secrets, name, side, 0))
}

/// Forgets the pieces of a side from this one on.
fn clear(secrets: &dyn Secrets, name: &str, side: Side, from: usize) -> Result<(), SecretError> {
    for at in from..PIECES_MAX {
        let name = piece_name(name, side, at);
        if secrets.get(&name)?.is_none() {
            break;
        }
        secrets.forget(&name)?;
    }
    Ok(())
}

fn head(secrets: &dyn Secrets, name: &str) -> Result<Option<Head>, SecretError> {
    let head = secrets.get(name)?;
    let head = head.and_then(|json| serde_json::from_slice::<Head>(json.danger_expose()).ok());
    Ok(head.filter(|head| head.pieces <= PIECES_MAX))
}

fn piece_name(name: &str, side: Side, at: usize) -> String {
    format!("{name}:{}:{at}", side.name())
}

fn digest(whole: &[u8]) -> String {
    HEXLOWER.encode(ring::digest::digest(&ring::digest::SHA256, whole).as_ref())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use contracts::MemorySecrets;
    use contracts::secrets::{Secret, SecretError, Secrets};

    use super::{PIECE_BYTES, PIECES_MAX, forget, get, put};

    /// A keychain that works for so many steps.
    struct Failing {
        inner: MemorySecrets,
        steps: AtomicUsize,
    }

    impl Failing {
        fn step(&self) -> Result<(), SecretError> {
            let left =
                self.steps.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            left.map(|_| ()).map_err(|_| SecretError::Locked("the power is gone".to_owned()))
        }

        fn works_for(&self, steps: usize) {
            self.steps.store(steps, Ordering::Relaxed);
        }
    }

    impl Secrets for Failing {
        fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
            self.step()?;
            self.inner.get(name)
        }

        fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
            assert!(secret.danger_expose().len() <= 2560, "more than Windows keeps under one name");
            self.step()?;
            self.inner.put(name, secret)
        }

        fn forget(&self, name: &str) -> Result<(), SecretError> {
            self.step()?;
            self.inner.forget(name)
        }
    }

    fn failing() -> Failing {
        Failing { inner: MemorySecrets::default(), steps: AtomicUsize::new(usize::MAX) }
    }

    fn kept(secrets: &Failing) -> Option<Vec<u8>> {
        secrets.works_for(usize::MAX);
        get(secrets, "s").expect("it works").map(|whole| whole.to_vec())
    }

    /// Pieces and heads that are there.
    fn entries(secrets: &Failing) -> usize {
        let names = ["left", "right"]
            .into_iter()
            .flat_map(|side| (0..PIECES_MAX).map(move |at| format!("s:{side}:{at}")));
        names.chain(["s".to_owned()]).filter(|name| secrets.inner.get(name).expect("works").is_some()).count()
    }

    #[test]
    fn long_tokens_are_kept_in_pieces_that_every_platform_takes_id_2() {
        let secrets = failing();
        for bytes in [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 10_000, 100, PIECE_BYTES * PIECES_MAX] {
            let whole: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
            put(&secrets, "s", &whole).expect("it works");
            assert_eq!(kept(&secrets), Some(whole));
            assert_eq!(entries(&secrets), 1 + bytes.div_ceil(PIECE_BYTES), "nothing is left over");
        }
        assert!(put(&secrets, "s", &vec![0; PIECE_BYTES * PIECES_MAX + 1]).is_err());
        forget(&secrets, "s").expect("it works");
        assert_eq!((kept(&secrets), entries(&secrets)), (None, 0));
    }

    #[test]
    fn a_write_that_is_cut_off_leaves_the_old_or_the_new_and_never_a_mix_id_2() {
        let (old, new, later) = (vec![1; 9_000], vec![2; 5_000], vec![3; 12_000]);
        let mut seen = [0, 0];
        for steps in 0.. {
            let secrets = failing();
            put(&secrets, "s", &old).expect("it works");
            secrets.works_for(steps);
            let done = put(&secrets, "s", &new).is_ok();
            let now = kept(&secrets).expect("something is always there");
            assert!(now == old || now == new, "a mix after {steps} steps");
            seen[usize::from(now == new)] += 1;
            // What was cut off leaves nothing behind that the next write does not clear away.
            put(&secrets, "s", &later).expect("it works");
            assert_eq!((kept(&secrets), entries(&secrets)), (Some(later.clone()), 7));
            if done {
                break;
            }
        }
        assert!(seen[0] > 3 && seen[1] > 3, "cut off before and after it counted: {seen:?}");
    }

    #[test]
    fn forgetting_that_is_cut_off_leaves_the_whole_or_nothing_id_2() {
        for steps in 0..20 {
            let secrets = failing();
            put(&secrets, "s", &[1; 9_000]).expect("it works");
            secrets.works_for(steps);
            let done = forget(&secrets, "s").is_ok();
            let now = kept(&secrets);
            assert!(now.is_none() || now == Some(vec![1; 9_000]), "{steps}");
            assert!(!done || now.is_none());
            forget(&secrets, "s").expect("it works");
        }
    }

    #[test]
    fn what_is_damaged_counts_as_nothing() {
        let secrets = failing();
        put(&secrets, "s", &[1; 5_000]).expect("it works");
        secrets.put("s:left:1", &Secret::new(vec![2; PIECE_BYTES])).expect("it works");
        assert_eq!(kept(&secrets), None);
        secrets.forget("s:left:1").expect("it works");
        assert_eq!(kept(&secrets), None);
        secrets.put("s", &Secret::new(b"nonsense".to_vec())).expect("it works");
        assert_eq!(kept(&secrets), None);
        put(&secrets, "s", &[4; 10]).expect("it works");
        assert_eq!(kept(&secrets), Some(vec![4; 10]));
    }
}
