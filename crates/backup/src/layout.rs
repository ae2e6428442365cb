//! How the objects of a backup are named, and what the names say. Reads and writes none of them.
//!
//! ```text
//! <store id>/
//!   20261126T004500Z/                     a chain, by the time it began (UTC)
//!     000000.<sha-256>.pages              pages of its full backup, at most 8 MiB an object
//!     000000.manifest                     written last: without it there is no backup
//!     000001.<sha-256>.pages …            the first increment
//!   keys/<sha-256>                        the key file, in each of its versions
//!   sealed/<sha-256>                      sealed files, in parts of at most 8 MiB
//! ```
//!
//! Everything but a manifest is named by its content, so an interrupted backup finds again what it has already copied.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use data_encoding::HEXLOWER;
use object_store::path::Path;
use ring::digest;
use serde::{Deserialize, Serialize};

/// The database in the directory of a store.
pub(crate) const DATABASE: &str = "usher.db";
/// Its key file.
pub(crate) const KEY_FILE: &str = "usher.db.keys";
/// The folder of its sealed files.
pub(crate) const SEALED_FILES: &str = "sealed";

/// A point in time: milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub u64);

/// The last moment of the year 9999: later ones have no place in a name.
const MOMENT_MAX: Moment = Moment(253_402_300_799_999);

impl Moment {
    /// Milliseconds from `earlier` to this; `None` when `earlier` is the later one (a clock was set back).
    pub fn since_ms(self, earlier: Moment) -> Option<u64> {
        self.0.checked_sub(earlier.0)
    }

    /// For a person: in this computer's own zone, with its offset, to the second.
    pub fn local(self) -> String {
        self.utc().with_timezone(&chrono::Local).format("%Y-%m-%d %H:%M:%S %:z").to_string()
    }

    fn utc(self) -> DateTime<Utc> {
        let milliseconds = self.0.min(MOMENT_MAX.0) as i64;
        Utc.timestamp_millis_opt(milliseconds).single().expect("every moment up to the year 9999 has a date")
    }
}

impl fmt::Display for Moment {
    /// As in RFC 3339, to the second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl FromStr for Moment {
    type Err = String;

    /// RFC 3339 with its offset (`2026-11-26T08:30:00+01:00`), or a date and time of this computer's own zone
    /// (`2026-11-26 08:30`). Without fractions the last millisecond of the second is meant, so that a time as it is shown
    /// finds what happened then.
    fn from_str(text: &str) -> Result<Moment, String> {
        let text = text.trim();
        let with_offset = DateTime::parse_from_rfc3339(text).map(|date| date.timestamp_millis()).ok();
        let here = || {
            let naive = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
                .iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
            // An hour that comes twice at the end of summer time means the later one: nothing is left out.
            chrono::Local.from_local_datetime(&naive).latest().map(|date| date.timestamp_millis())
        };
        with_offset
            .or_else(here)
            .and_then(|milliseconds| u64::try_from(milliseconds).ok())
            .map(|milliseconds| {
                Moment(if milliseconds % 1000 == 0 { milliseconds + 999 } else { milliseconds })
            })
            .filter(|moment| *moment <= MOMENT_MAX)
            .ok_or_else(|| {
                format!("\"{text}\" is not a time: write 2026-11-26T08:30:00+01:00 or \"2026-11-26 08:30\"")
            })
    }
}

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Hash {
        Hash::finish(&digest::digest(&digest::SHA256, bytes))
    }

    pub(crate) fn finish(digest: &digest::Digest) -> Hash {
        Hash(digest.as_ref().try_into().expect("a SHA-256 has 32 bytes"))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", &HEXLOWER.encode(&self.0[..4]))
    }
}

impl FromStr for Hash {
    type Err = String;
    fn from_str(text: &str) -> Result<Hash, String> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Hash).ok_or_else(|| format!("\"{text}\" is not a SHA-256"))
    }
}

/// As text in JSON.
macro_rules! serde_as_text {
    ($name:ty) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;

serde_as_text!(Hash);
serde_as_text!(ChainName);

/// A chain: one full backup and the increments on it, named by the second it began. Names only go up, so that their order
/// is the order of the chains even when the clock was set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainName(u64);

const CHAIN_FORMAT: &str = "%Y%m%dT%H%M%SZ";

impl ChainName {
    /// For a chain that begins now, after `newest`.
    pub fn after(newest: Option<ChainName>, now: Moment) -> ChainName {
        let seconds = now.0.min(MOMENT_MAX.0) / 1000;
        ChainName(newest.map_or(seconds, |newest| seconds.max(newest.0 + 1)))
    }
}

impl fmt::Display for ChainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Moment(self.0.saturating_mul(1000)).utc().format(CHAIN_FORMAT))
    }
}

impl FromStr for ChainName {
    type Err = String;
    fn from_str(text: &str) -> Result<ChainName, String> {
        let date = NaiveDateTime::parse_from_str(text, CHAIN_FORMAT).ok();
        date.and_then(|date| u64::try_from(date.and_utc().timestamp()).ok())
            .map(ChainName)
            .filter(|name| name.to_string() == text)
            .ok_or_else(|| format!("\"{text}\" is not the name of a chain"))
    }
}

/// An object of a store, below the store's own prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ObjectName {
    /// Says what backup `seq` of the chain consists of.
    Manifest { chain: ChainName, seq: u32 },
    /// Sealed pages that backup `seq` added.
    Pages { chain: ChainName, seq: u32, hash: Hash },
    /// A version of the key file.
    Keys(Hash),
    /// A part of a sealed file.
    Sealed(Hash),
}

impl ObjectName {
    /// Under the store's prefix.
    pub(crate) fn path(&self, of_store: &Path) -> Path {
        let path = |folder: String, file: String| of_store.clone().join(folder).join(file);
        match self {
            ObjectName::Manifest { chain, seq } => path(chain.to_string(), format!("{seq:06}.manifest")),
            ObjectName::Pages { chain, seq, hash } => {
                path(chain.to_string(), format!("{seq:06}.{hash}.pages"))
            }
            ObjectName::Keys(hash) => path(KEYS.to_owned(), hash.to_string()),
            ObjectName::Sealed(hash) => path(SEALED.to_owned(), hash.to_string()),
        }
    }

    /// The hash its content must have; a manifest has its hash inside.
    pub(crate) fn hash(self) -> Option<Hash> {
        match self {
            ObjectName::Manifest { .. } => None,
            ObjectName::Pages { hash, .. } | ObjectName::Keys(hash) | ObjectName::Sealed(hash) => Some(hash),
        }
    }

    /// `None` where something stands that is not ours.
    pub(crate) fn parse(path: &Path, of_store: &Path) -> Option<ObjectName> {
        let parts: Vec<_> = path.prefix_match(of_store)?.collect();
        let [folder, file] = parts.as_slice() else { return None };
        let (folder, file) = (folder.as_ref(), file.as_ref());
        match folder {
            KEYS => file.parse().ok().map(ObjectName::Keys),
            SEALED => file.parse().ok().map(ObjectName::Sealed),
            chain => Self::parse_in_chain(chain.parse().ok()?, file),
        }
    }

    fn parse_in_chain(chain: ChainName, file: &str) -> Option<ObjectName> {
        let (seq, rest) = file.split_once('.')?;
        if seq.len() != 6 || !seq.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let seq = seq.parse().ok()?;
        match rest.strip_suffix(".pages") {
            Some(hash) => Some(ObjectName::Pages { chain, seq, hash: hash.parse().ok()? }),
            None => (rest == "manifest").then_some(ObjectName::Manifest { chain, seq }),
        }
    }
}

const KEYS: &str = "keys";
const SEALED: &str = "sealed";

/// The folder of key files, below a store's prefix.
pub(crate) fn keys_folder(of_store: &Path) -> Path {
    of_store.clone().join(KEYS)
}

/// The folder of sealed files, below a store's prefix.
pub(crate) fn sealed_folder(of_store: &Path) -> Path {
    of_store.clone().join(SEALED)
}

/// The folder of a chain, below a store's prefix.
pub(crate) fn chain_folder(of_store: &Path, chain: ChainName) -> Path {
    of_store.clone().join(chain.to_string())
}

#[cfg(test)]
mod tests {
    use super::{ChainName, Hash, Moment, ObjectName, Path};

    #[test]
    fn names_are_read_as_they_were_written() {
        let store = Path::from("some/where").join("07".repeat(16));
        let chain = ChainName::after(None, Moment(1_795_653_900_123));
        assert_eq!(chain.to_string(), "20261126T004500Z");
        let hash = Hash::of(b"pages");
        for name in [
            ObjectName::Manifest { chain, seq: 0 },
            ObjectName::Pages { chain, seq: 71, hash },
            ObjectName::Keys(hash),
            ObjectName::Sealed(hash),
        ] {
            assert_eq!(ObjectName::parse(&name.path(&store), &store), Some(name));
        }
        for foreign in
            ["holiday.jpg", "20261126T004500Z/7.manifest", "20261126T004500Z/000007.exe", "keys/x", "a/b/c"]
        {
            let path = foreign.split('/').fold(store.clone(), |path, part| path.join(part));
            assert_eq!(ObjectName::parse(&path, &store), None, "{foreign}");
        }
        assert!("20261126T004560Z".parse::<ChainName>().is_err());
    }

    #[test]
    fn chains_go_up_even_when_the_clock_goes_back() {
        let first = ChainName::after(None, Moment(1_795_653_900_000));
        let second = ChainName::after(Some(first), Moment(1_700_000_000_000));
        assert!(second > first && second.to_string() > first.to_string());
        assert_eq!(second.to_string(), "20261126T004501Z");
    }

    #[test]
    fn a_time_is_read_with_its_offset_and_refused_when_it_is_none() {
        assert_eq!("2026-11-26T01:45:00+01:00".parse(), Ok(Moment(1_795_653_900_999)));
        assert_eq!("2026-11-26T00:45:00.250Z".parse(), Ok(Moment(1_795_653_900_250)));
        assert_eq!(Moment(1_795_653_900_123).to_string(), "2026-11-26T00:45:00Z");
        assert!("2026-11-26 08:30".parse::<Moment>().is_ok());
        for wrong in ["", "yesterday", "1969-12-31T00:00:00Z", "2026-13-01 00:00"] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
    }
}
