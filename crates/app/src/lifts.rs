//! Who is lifted in a search, for one attendant with one caller on the line: her favourites, the caller's usual targets, her own.
//! Kept for some key strokes, since typing comes in bursts and the store need not be asked at each. Does not rank.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use contracts::journal::StoreError;
use contracts::personal::FAVOURITES;
use contracts::records::LikelyTarget;
use directory::{Lifted, Signals};
use engine::{AttendantId, Origin, PartyId};

use crate::app::App;

/// As long as one name is typed. What an attendant changes herself counts at once.
const KEPT: Duration = Duration::from_secs(10);
/// Targets of a caller or an attendant that are lifted; the others are hardly ever meant.
const TARGETS: u32 = 50;

/// Who is lifted, and the search index with them in it.
#[derive(Debug)]
pub(crate) struct Lifts {
    pub(crate) signals: Signals,
    pub(crate) index: Lifted,
}

/// For whom lifts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Whose {
    attendant: AttendantId,
    caller: Option<PartyId>,
    simulated: bool,
}

/// The lifts that were used last.
#[derive(Debug, Default)]
pub(crate) struct KeptLifts(Mutex<Option<(Whose, Instant, Arc<Lifts>)>>);

impl KeptLifts {
    /// Something of what they were made of has changed.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn get(&self, whose: Whose) -> Option<Arc<Lifts>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, since, lifts) = kept.as_ref()?;
        (*of == whose && since.elapsed() < KEPT).then(|| lifts.clone())
    }

    fn keep(&self, whose: Whose, lifts: Arc<Lifts>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((whose, Instant::now(), lifts));
    }
}

impl App {
    /// Who is lifted for this attendant with this caller on the line.
    pub(crate) async fn lifts(
        &self,
        attendant: AttendantId,
        caller: Option<PartyId>,
    ) -> Result<Arc<Lifts>, StoreError> {
        let simulated = self.mode.lock().await.chosen.origin() == Origin::Simulated;
        let whose = Whose { attendant, caller, simulated };
        if let Some(kept) = self.lifts.get(whose).filter(|kept| self.people.is_current(&kept.index)) {
            return Ok(kept);
        }
        let now = self.sources.now();
        let groups = self.personal.groups(attendant).await?;
        let favourites = groups.into_iter().find(|group| group.id == FAVOURITES);
        let of_caller = match caller {
            Some(caller) => self.records.likely_targets(caller, simulated, now, TARGETS).await?,
            None => Vec::new(),
        };
        let mine = self.records.attendant_targets(attendant, simulated, now, TARGETS).await?;
        let signals = Signals {
            favourites: favourites.map(|group| group.contacts.into_iter().collect()).unwrap_or_default(),
            caller_targets: self.weighed(of_caller).await?,
            mine: self.weighed(mine).await?,
        };
        let lifts = Arc::new(Lifts { index: self.people.lifted(&signals).await?, signals });
        self.lifts.keep(whose, lifts.clone());
        Ok(lifts)
    }

    /// The contacts behind these targets; the likeliest weighs 1.
    async fn weighed(&self, targets: Vec<LikelyTarget>) -> Result<HashMap<u64, f32>, StoreError> {
        let parties: Vec<PartyId> = targets.iter().map(|target| target.target).collect();
        self.people.fetch(parties).await?;
        let most = targets.iter().map(|target| target.weight).fold(0.0, f32::max);
        let weighed = targets
            .into_iter()
            .filter(|target| target.weight > 0.0)
            .filter_map(|target| Some((self.people.contact_of(target.target)?, target.weight / most)));
        Ok(weighed.collect())
    }
}
