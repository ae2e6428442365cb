//! Who sits at this console, and what attendants are called: what the screens, the door and the explanations ask. Decides
//! nothing; `session` says who comes and goes.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use contracts::journal::StoreError;
use contracts::roster::Roster;
use contracts::sign_in::SignInProblem;
use engine::AttendantId;
use identity::Identity;

/// Attendants by number, by name.
pub type AttendantNames = BTreeMap<AttendantId, String>;

/// Who sits here.
#[derive(Clone, Debug)]
pub enum Sitting {
    /// Somebody who may work.
    Here(Arc<Identity>),
    /// Somebody the issuer knows and this organisation does not let in.
    Refused {
        /// As the issuer calls her.
        name: String,
        /// What she signs in with.
        account: String,
        /// Why not.
        why: SignInProblem,
    },
    /// Nobody.
    Empty,
}

/// The place at the console.
pub struct Seat {
    sitting: RwLock<Sitting>,
    names: RwLock<Arc<AttendantNames>>,
}

impl Default for Seat {
    fn default() -> Seat {
        Seat { sitting: RwLock::new(Sitting::Empty), names: RwLock::default() }
    }
}

impl Seat {
    /// Who sits here now.
    pub fn sitting(&self) -> Sitting {
        self.sitting.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The one who may work.
    pub fn identity(&self) -> Option<Arc<Identity>> {
        match self.sitting() {
            Sitting::Here(identity) => Some(identity),
            Sitting::Refused { .. } | Sitting::Empty => None,
        }
    }

    /// As whom she works.
    pub fn attendant(&self) -> Option<AttendantId> {
        self.identity().map(|identity| identity.attendant())
    }

    /// What attendants are called.
    pub fn names(&self) -> Arc<AttendantNames> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Somebody sits down or stands up. Gives who sat here before.
    pub(crate) fn take(&self, sitting: Sitting) -> Sitting {
        std::mem::replace(&mut *self.sitting.write().unwrap_or_else(PoisonError::into_inner), sitting)
    }

    /// What attendants are called from now on.
    pub(crate) fn call(&self, names: AttendantNames) {
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(names);
    }
}

/// What everybody is called who ever sat here.
pub async fn attendant_names(roster: &dyn Roster, local: &Identity) -> Result<AttendantNames, StoreError> {
    let mut names = AttendantNames::from([(local.attendant(), local.name().to_owned())]);
    for (attendant, person) in roster.attendants().await? {
        if let Some(standing) = roster.standing_of(person).await? {
            let profile = standing.person.profile;
            let name = if profile.display_name.is_empty() { profile.username } else { profile.display_name };
            names.insert(attendant, name);
        }
    }
    Ok(names)
}

/// What an attendant is called who has no name here.
pub fn name_of(names: &AttendantNames, attendant: AttendantId) -> String {
    let name = names.get(&attendant).filter(|name| !name.is_empty());
    name.cloned().unwrap_or_else(|| format!("Attendant {attendant}"))
}
