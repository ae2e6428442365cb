//! Whether the access log is what was written: its chain from the beginning to the end, its purges, and whether it reaches the
//! anchor. Names the first entry that is wrong, and how. Reads only; mends nothing.

use engine::Timestamp;

use super::{
    AccessLog, Actor, Anchor, Entry, Hash, Link, PAGE_MAX, Purge, RETENTION_MS, chained,
    words_of_the_log as words,
};
use crate::journal::StoreError;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many entries were looked at and are as they were written.
    pub checked: u64,
    /// What was purged before them.
    pub purged: Purge,
    /// How much of it the anchor vouches for.
    pub anchored: Anchored,
    /// The first that is wrong; `None`: nothing is.
    pub fault: Option<Fault>,
    /// What the log itself says was found missing at a start of Usher, oldest first.
    pub gaps: Vec<KnownGap>,
}

/// How much of a log the anchor vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchored {
    /// There was no anchor: whoever had the store's key could have written all of it anew.
    Not,
    /// Everything up to this entry; what follows was written since.
    Through(u64),
    /// The entry it names was purged since, as it had to be: what is there was written later.
    Purged,
}

/// The first thing that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This entry is not the one that was written there.
    Altered {
        /// Which.
        sequence: u64,
    },
    /// This entry was written at another place of the log.
    Moved {
        /// Where it stands.
        sequence: u64,
    },
    /// These entries are not there, and later ones are.
    Missing {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
    },
    /// The log ends before the entry that the anchor knows.
    Truncated {
        /// Its last entry.
        last: u64,
        /// The one that was there.
        anchor: u64,
    },
    /// The chain holds, and is not the one that was anchored: from some entry up to this one it was written anew.
    Rewritten {
        /// The entry that the anchor knows.
        anchor: u64,
    },
    /// Entries at the beginning are gone, and no entry says that they were purged.
    PurgeUnproven {
        /// The last that is gone.
        through: u64,
    },
    /// Entries were purged that were not old enough.
    PurgedEarly {
        /// The last of them.
        through: u64,
        /// When it was made.
        made: Timestamp,
        /// When it was purged.
        purged: Timestamp,
    },
}

/// An entry by which the log itself says that it did not hold what the anchor named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownGap {
    /// The entry that says so.
    pub sequence: u64,
    /// When it was found.
    pub at: Timestamp,
    /// The entry that was missing or another one; `None`: there was no anchor at all.
    pub anchor: Option<u64>,
}

/// Looks through the whole log. `tell` hears how many entries were looked at, and of how many. The log must not be purged
/// meanwhile.
pub async fn verify<L: AccessLog + ?Sized>(
    log: &L,
    anchor: Option<&Anchor>,
    tell: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Verdict, StoreError> {
    let purged = log.purged().await?;
    let total = (log.head().anchor.sequence).saturating_sub(purged.through);
    let mut walk = Walk::new(purged, anchor.copied());
    let fault = loop {
        let page = log.read(walk.last, PAGE_MAX).await?;
        if page.is_empty() {
            break walk.end();
        }
        if let Some(fault) = page.iter().find_map(|link| walk.step(link).err()) {
            break Some(fault);
        }
        tell(walk.checked, total.max(walk.checked));
    };
    let fault = match fault {
        Some(Broken::At(link)) => Some(name(log, purged.hash, &link).await?),
        Some(Broken::As(fault)) => Some(fault),
        None => None,
    };
    let Walk { checked, gaps, .. } = walk;
    Ok(Verdict { checked, purged, anchored: anchored(anchor, purged), fault, gaps })
}

fn anchored(anchor: Option<&Anchor>, purged: Purge) -> Anchored {
    match anchor {
        None => Anchored::Not,
        Some(anchor) if anchor.sequence < purged.through => Anchored::Purged,
        Some(anchor) => Anchored::Through(anchor.sequence),
    }
}

/// What is wrong, or where something is of which it is not yet known how it is wrong.
enum Broken {
    At(Link),
    As(Fault),
}

/// How far one has looked.
struct Walk {
    last: u64,
    hash: Hash,
    checked: u64,
    purged: Purge,
    /// What the newest entry about a purge says, and when it was made.
    proof: Option<(Purge, Timestamp)>,
    anchor: Option<Anchor>,
    gaps: Vec<KnownGap>,
}

impl Walk {
    fn new(purged: Purge, anchor: Option<Anchor>) -> Walk {
        let (last, hash) = (purged.through, purged.hash);
        Walk { last, hash, checked: 0, purged, proof: None, anchor, gaps: Vec::new() }
    }

    fn step(&mut self, link: &Link) -> Result<(), Broken> {
        if self.last == self.purged.through {
            self.is_anchored()?;
        }
        if link.sequence != self.last + 1 {
            return Err(Broken::As(Fault::Missing { first: self.last + 1, last: link.sequence - 1 }));
        }
        let broken = || Broken::At(link.clone());
        if chained(self.hash, &link.bytes) != link.hash {
            return Err(broken());
        }
        let entry = link.entry().map_err(|_| broken())?;
        if entry.at != link.at {
            return Err(broken());
        }
        (self.last, self.hash) = (link.sequence, link.hash);
        self.is_anchored()?;
        self.checked += 1;
        self.hear(link.sequence, &entry);
        Ok(())
    }

    /// Where the anchor's entry is reached, it must be the anchor's.
    fn is_anchored(&self) -> Result<(), Broken> {
        match self.anchor {
            Some(anchor) if anchor.sequence == self.last && anchor.hash != self.hash => {
                Err(Broken::As(Fault::Rewritten { anchor: anchor.sequence }))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What the log says about itself.
    fn hear(&mut self, sequence: u64, entry: &Entry) {
        if entry.actor != Actor::System(words::ACCESS_LOG) {
            return;
        }
        let id = entry.object.as_ref().map(|object| &object.id);
        if entry.action == words::PURGED {
            self.proof = id.and_then(Purge::of_id).map(|purge| (purge, entry.at)).or(self.proof);
        } else if entry.action == words::BEHIND_ANCHOR || entry.action == words::WITHOUT_ANCHOR {
            let anchor = id.and_then(|id| id.as_str().split(':').next()?.parse().ok());
            self.gaps.push(KnownGap { sequence, at: entry.at, anchor });
        }
    }

    /// The last entry was looked at.
    fn end(&self) -> Option<Broken> {
        if self.checked == 0
            && let Err(broken) = self.is_anchored()
        {
            return Some(broken);
        }
        if let Some(anchor) = self.anchor
            && anchor.sequence > self.last
        {
            return Some(Broken::As(Fault::Truncated { last: self.last, anchor: anchor.sequence }));
        }
        if self.purged.through == 0 {
            return None;
        }
        let through = self.purged.through;
        match self.proof {
            Some((purge, at)) if purge == self.purged => {
                let early = at.0.saturating_sub(purge.last_at.0) < RETENTION_MS;
                let made = purge.last_at;
                early.then_some(Broken::As(Fault::PurgedEarly { through, made, purged: at }))
            }
            Some(_) | None => Some(Broken::As(Fault::PurgeUnproven { through })),
        }
    }
}

/// What is wrong with an entry that does not follow upon the one before it: it belongs elsewhere if it follows upon another one's
/// hash, or has another one's.
async fn name<L: AccessLog + ?Sized>(log: &L, begin: Hash, broken: &Link) -> Result<Fault, StoreError> {
    let sequence = broken.sequence;
    if broken.entry().is_ok_and(|entry| entry.at == broken.at) {
        let (mut last, mut before) = (0, begin);
        loop {
            let page = log.read(last, PAGE_MAX).await?;
            let Some(end) = page.last() else { break };
            last = end.sequence;
            for link in &page {
                let elsewhere = chained(before, &broken.bytes);
                let follows = elsewhere == broken.hash || elsewhere == link.hash;
                if follows || chained(link.hash, &broken.bytes) == broken.hash {
                    return Ok(Fault::Moved { sequence });
                }
                before = link.hash;
            }
        }
    }
    Ok(Fault::Altered { sequence })
}
