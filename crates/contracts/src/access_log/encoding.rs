//! An entry of the access log as bytes: one entry has exactly one encoding, and what is not the encoding of an entry is refused.
//! These bytes are stored and hashed, so nothing about them ever changes but by a new version, which reads the old ones too. Every
//! byte and a worked vector are in docs/access-log.md. Does not hash.

use std::num::NonZeroU32;

use engine::Timestamp;

use super::{Actor, Entry, IdText, Kind, ObjectRef, Outcome, Stranger, WORD_BYTES_MAX, Word};
use crate::ids::{PersonId, UnitId};

/// The version of this encoding, its first byte.
const VERSION: u8 = 1;
/// The longest entry, in bytes: five texts of 128 bytes with their lengths, and the numbers.
pub const ENTRY_BYTES_MAX: usize = 5 * (1 + WORD_BYTES_MAX) + 48;

/// Bytes that are not the encoding of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no entry of the access log: {0}")]
pub struct Malformed(pub &'static str);

impl Entry {
    /// Its only encoding; at most [`ENTRY_BYTES_MAX`] bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Entry { at, actor, kind, action, object, unit, privileged, outcome, times } = self;
        let mut bytes = vec![VERSION];
        bytes.extend(at.0.to_be_bytes());
        write_actor(&mut bytes, actor);
        bytes.push(kind_byte(*kind));
        write_text(&mut bytes, action.as_str());
        match object {
            None => bytes.push(0),
            Some(ObjectRef { kind, id }) => {
                bytes.push(1);
                write_text(&mut bytes, kind.as_str());
                write_text(&mut bytes, id.as_str());
            }
        }
        match unit {
            None => bytes.push(0),
            Some(UnitId(unit)) => {
                bytes.push(1);
                bytes.extend(unit.to_be_bytes());
            }
        }
        bytes.push(u8::from(*privileged));
        write_outcome(&mut bytes, outcome);
        bytes.extend(times.get().to_be_bytes());
        debug_assert!(bytes.len() <= ENTRY_BYTES_MAX, "each part has its limit");
        bytes
    }

    /// The entry of which these bytes are the encoding.
    pub fn from_bytes(bytes: &[u8]) -> Result<Entry, Malformed> {
        let mut rest = Rest(bytes);
        match rest.byte()? {
            VERSION => {}
            _ => return Err(Malformed("an unknown version")),
        }
        let entry = Entry {
            at: Timestamp(i64::from_be_bytes(rest.array()?)),
            actor: rest.actor()?,
            kind: rest.kind()?,
            action: rest.word()?,
            object: if rest.flag()? { Some(ObjectRef { kind: rest.word()?, id: rest.id()? }) } else { None },
            unit: if rest.flag()? { Some(UnitId(u64::from_be_bytes(rest.array()?))) } else { None },
            privileged: rest.flag()?,
            outcome: rest.outcome()?,
            times: NonZeroU32::new(u32::from_be_bytes(rest.array()?)).ok_or(Malformed("zero times"))?,
        };
        if rest.0.is_empty() { Ok(entry) } else { Err(Malformed("more bytes than an entry has")) }
    }
}

fn write_actor(bytes: &mut Vec<u8>, actor: &Actor) {
    match actor {
        Actor::Local => bytes.push(0),
        Actor::Person(PersonId(person)) => {
            bytes.push(1);
            bytes.extend(person.to_be_bytes());
        }
        Actor::Stranger(Stranger(hash)) => {
            bytes.push(2);
            bytes.extend(hash);
        }
        Actor::System(component) => {
            bytes.push(3);
            write_text(bytes, component.as_str());
        }
    }
}

fn write_outcome(bytes: &mut Vec<u8>, outcome: &Outcome) {
    match outcome {
        Outcome::Allowed => bytes.push(0),
        Outcome::Refused(code) => {
            bytes.push(1);
            write_text(bytes, code.as_str());
        }
        Outcome::Failed(code) => {
            bytes.push(2);
            write_text(bytes, code.as_str());
        }
        Outcome::Done => bytes.push(3),
    }
}

fn kind_byte(kind: Kind) -> u8 {
    match kind {
        Kind::Access => 0,
        Kind::Credential => 1,
        Kind::Exception => 2,
        Kind::Administration => 3,
        Kind::SignIn => 4,
    }
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.push(u8::try_from(text.len()).expect("words and ids have at most 128 bytes"));
    bytes.extend(text.as_bytes());
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Malformed("cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed("cut short"))
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[byte]| byte)
    }

    fn flag(&mut self) -> Result<bool, Malformed> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed("neither yes nor no")),
        }
    }

    fn text(&mut self) -> Result<&'a str, Malformed> {
        let length = self.byte()?;
        std::str::from_utf8(self.take(usize::from(length))?).map_err(|_| Malformed("no text"))
    }

    fn word(&mut self) -> Result<Word, Malformed> {
        Word::parse(self.text()?).map_err(|_| Malformed("no word"))
    }

    fn id(&mut self) -> Result<IdText, Malformed> {
        IdText::parse(self.text()?).map_err(|_| Malformed("no id"))
    }

    fn actor(&mut self) -> Result<Actor, Malformed> {
        match self.byte()? {
            0 => Ok(Actor::Local),
            1 => Ok(Actor::Person(PersonId(u64::from_be_bytes(self.array()?)))),
            2 => Ok(Actor::Stranger(Stranger(self.array()?))),
            3 => Ok(Actor::System(self.word()?)),
            _ => Err(Malformed("an unknown kind of actor")),
        }
    }

    fn kind(&mut self) -> Result<Kind, Malformed> {
        let byte = self.byte()?;
        Kind::ALL.into_iter().find(|kind| kind_byte(*kind) == byte).ok_or(Malformed("an unknown kind"))
    }

    fn outcome(&mut self) -> Result<Outcome, Malformed> {
        match self.byte()? {
            0 => Ok(Outcome::Allowed),
            1 => Ok(Outcome::Refused(self.word()?)),
            2 => Ok(Outcome::Failed(self.word()?)),
            3 => Ok(Outcome::Done),
            _ => Err(Malformed("an unknown outcome")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_log::{Hash, ZERO_HASH, chained};

    const DOCS: &str = include_str!("../../../../docs/access-log.md");

    /// The vector was computed from the page by another program, in another language.
    #[test]
    fn entries_and_hashes_are_those_of_the_docs() {
        let first = Entry {
            at: Timestamp(1_795_000_000_123),
            actor: Actor::Person(PersonId(0x1f)),
            kind: Kind::Access,
            action: Word::of("change-services"),
            object: Some(ObjectRef::numbered(Word::of("service"), 7)),
            unit: Some(UnitId(2)),
            privileged: true,
            outcome: Outcome::Refused(Word::of("request.forbidden")),
            times: NonZeroU32::MIN,
        };
        let second = Entry {
            at: Timestamp(1_795_000_060_000),
            actor: Actor::System(Word::of("directory-sync")),
            kind: Kind::Credential,
            action: Word::of("token-refreshed"),
            object: None,
            unit: None,
            privileged: false,
            outcome: Outcome::Done,
            times: NonZeroU32::new(3).expect("three"),
        };
        let mut before = ZERO_HASH;
        for (number, entry) in (1..).zip([first, second]) {
            let bytes = entry.to_bytes();
            before = chained(before, &bytes);
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(said(&format!("entry({number}) =")), digits);
            assert_eq!(Hash::parse(said(&format!("hash({number})  ="))), Some(before));
        }
    }

    /// What the docs say behind this.
    fn said(of: &str) -> &'static str {
        DOCS.lines().find_map(|line| line.trim().strip_prefix(of)).expect("the docs have it").trim()
    }

    #[test]
    fn the_longest_entry_fits_its_limit() {
        let longest = Word::parse(&"x".repeat(WORD_BYTES_MAX)).expect("the longest word");
        let id = IdText::parse(longest.as_str()).expect("an id too");
        let entry = Entry {
            at: Timestamp(i64::MAX),
            actor: Actor::System(longest.clone()),
            kind: Kind::SignIn,
            action: longest.clone(),
            object: Some(ObjectRef { kind: longest.clone(), id }),
            unit: Some(UnitId(u64::MAX)),
            privileged: true,
            outcome: Outcome::Failed(longest),
            times: NonZeroU32::MAX,
        };
        let bytes = entry.to_bytes();
        assert!(bytes.len() <= ENTRY_BYTES_MAX, "{}", bytes.len());
        assert_eq!(Entry::from_bytes(&bytes), Ok(entry));
    }
}
