//! Presence for the screens (DIR-3): who of the visible contacts can be asked about, and what changed of them, told at most four
//! times a second. Asks nobody itself: that is behind `contracts::presence`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::book::Contact;
use contracts::journal::StoreError;
use contracts::presence::{Availability, FeedState, Presence, PresenceFeed, PresenceId};
use contracts::sources::SourceKind;

use crate::api::wire::sources::{PresenceChange, PresenceTold};
use crate::api::wire::{AvailabilityName, PresenceView, UiEvent};
use crate::app::App;
use crate::people::People;
use crate::sources::SourceBook;

/// Contacts on a screen at once.
pub(crate) const VISIBLE_MAX: usize = 500;
/// Between two tellings.
const TELL_EVERY: Duration = Duration::from_millis(250);
/// Between two looks at what has grown stale.
const AGED_EVERY: Duration = Duration::from_secs(5);
/// Contacts whose place in the service of presence is remembered; beyond it they are looked up anew.
const KNOWN_MAX: usize = 50_000;

/// Presences of contacts.
pub(crate) struct Presences {
    feed: Arc<dyn PresenceFeed>,
    people: Arc<People>,
    sources: Arc<SourceBook>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// How the service names a contact.
    known: HashMap<u64, PresenceId>,
    visible: Vec<u64>,
    /// What was told last.
    told: HashMap<u64, PresenceView>,
}

impl Presences {
    pub(crate) fn new(
        feed: Arc<dyn PresenceFeed>,
        people: Arc<People>,
        sources: Arc<SourceBook>,
    ) -> Presences {
        Presences { feed, people, sources, seen: Mutex::default() }
    }

    /// These are visible from now on, most wanted first. Gives what is known of them.
    pub(crate) async fn see(&self, contacts: Vec<u64>) -> Result<Vec<PresenceChange>, StoreError> {
        let unknown: Vec<u64> = {
            let seen = self.seen();
            contacts.iter().copied().filter(|contact| !seen.known.contains_key(contact)).collect()
        };
        let found = if unknown.is_empty() { Vec::new() } else { self.people.contacts(&unknown).await? };
        let ids = {
            let mut seen = self.seen();
            if seen.known.len() + found.len() > KNOWN_MAX {
                seen.known.clear();
            }
            for contact in &found {
                if let Some(id) = self.named(contact) {
                    seen.known.insert(contact.id, id);
                }
            }
            seen.visible = contacts;
            seen.told.clear();
            seen.visible.iter().filter_map(|contact| seen.known.get(contact).cloned()).collect()
        };
        self.feed.show(ids);
        Ok(self.changes())
    }

    /// What is known of this contact; `None` where nothing can be.
    pub(crate) fn of(&self, contact: u64) -> Option<PresenceView> {
        let id = self.seen().known.get(&contact).cloned()?;
        self.feed.of(&id).map(|presence| self.view(presence))
    }

    /// The service knows users of the organisation, by the key of their contact.
    fn named(&self, contact: &Contact) -> Option<PresenceId> {
        let source = self.sources.source(&contact.book)?;
        (source.kind() == SourceKind::EntraUsers).then(|| PresenceId(contact.key.clone()))
    }

    /// What has changed of the visible ones since it was last told.
    fn changes(&self) -> Vec<PresenceChange> {
        let mut seen = self.seen();
        let seen = &mut *seen;
        let mut changes = Vec::new();
        for contact in &seen.visible {
            let told = seen.known.get(contact).and_then(|id| self.feed.of(id));
            let Some(presence) = told.map(|presence| self.view(presence)) else { continue };
            if seen.told.get(contact) != Some(&presence) {
                seen.told.insert(*contact, presence.clone());
                changes.push(PresenceChange { contact: contact.to_string(), presence });
            }
        }
        changes
    }

    fn view(&self, presence: Presence) -> PresenceView {
        PresenceView {
            availability: name(presence.availability),
            at: presence.heard.wall.0,
            stale: presence.is_stale(self.feed.now()),
        }
    }

    /// Why there is none, in words.
    pub(crate) fn problem(&self) -> Option<String> {
        self.feed.state().borrow().problem.as_ref().map(|problem| problem.message.clone())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(availability: Availability) -> AvailabilityName {
    match availability {
        Availability::Available => AvailabilityName::Available,
        Availability::Busy => AvailabilityName::Busy,
        Availability::InACall => AvailabilityName::InACall,
        Availability::DoNotDisturb => AvailabilityName::DoNotDisturb,
        Availability::Away => AvailabilityName::Away,
        Availability::Offline => AvailabilityName::Offline,
        Availability::Unknown => AvailabilityName::Unknown,
    }
}

impl App {
    /// Tells the screens what changes of the contacts that are visible.
    pub(crate) async fn keep_telling_presence(&self) {
        let mut state = self.presences.feed.state();
        let mut problem = None;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                told = state.changed() => if told.is_err() { return },
                // With nothing new everything grows old, and that is told too.
                () = tokio::time::sleep(AGED_EVERY) => {}
            }
            let FeedState { revision: _, problem: now } = state.borrow_and_update().clone();
            let rows = self.presences.changes();
            if !rows.is_empty() || now != problem {
                problem = now;
                let problem = problem.as_ref().map(|problem| problem.message.clone());
                self.tell(UiEvent::PresenceChanged(PresenceTold { rows, problem }));
            }
            tokio::time::sleep(TELL_EVERY).await;
        }
    }
}
