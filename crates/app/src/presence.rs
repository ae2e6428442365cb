//! Presence for the screens (DIR-3): who of the visible contacts can be asked about, and what changed of them, told at most four
//! times a second. Two may tell: the service of the organisation's own users, and the telephone system of its people; where
//! both do, the better word counts. Asks nobody itself: that is behind `contracts::presence`.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::Address;
use contracts::book::Contact;
use contracts::journal::StoreError;
use contracts::personal::FAVOURITES;
use contracts::presence::{
    Availability, FeedState, LinePresence, Moment, Presence, PresenceFeed, PresenceId,
};
use contracts::sources::SourceKind;
use engine::AttendantId;
use tokio::sync::watch;

use crate::api::wire::sources::{PresenceChange, PresenceTold};
use crate::api::wire::{AvailabilityName, PresenceView, UiEvent};
use crate::app::App;
use crate::people::People;
use crate::sources::SourceBook;
use crate::telephone::Telephone;

/// Contacts on a screen at once.
pub(crate) const VISIBLE_MAX: usize = 500;
/// Favourites that the telephone system is asked about although they are not visible: more than it lets one watch.
const FAVOURITES_MAX: usize = 200;
/// Between two tellings.
const TELL_EVERY: Duration = Duration::from_millis(250);
/// Between two looks at what has grown stale.
const AGED_EVERY: Duration = Duration::from_secs(5);
/// Contacts whose place in the services of presence is remembered; beyond it they are looked up anew.
const KNOWN_MAX: usize = 50_000;

/// Presences of contacts.
pub(crate) struct Presences {
    feed: Arc<dyn PresenceFeed>,
    telephone: Telephone,
    people: Arc<People>,
    sources: Arc<SourceBook>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    known: HashMap<u64, Known>,
    visible: Vec<u64>,
    favourites: Vec<u64>,
    /// What was told last.
    told: HashMap<u64, PresenceView>,
}

/// By what a person is known where presence is told.
#[derive(Clone, Debug, Default)]
struct Known {
    /// To the service of the organisation's users.
    user: Option<PresenceId>,
    /// To a telephone system: which of them it knows is asked each time, for it may be another by then.
    addresses: Vec<Address>,
}

/// What one of both told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word {
    presence: Presence,
    is_stale: bool,
    by_telephone: bool,
}

impl Word {
    fn new(presence: Presence, now: Moment, by_telephone: bool) -> Word {
        Word { presence, is_stale: presence.is_stale(now), by_telephone }
    }

    /// Fresh, and more than that nothing is known.
    fn is_known(&self) -> bool {
        !self.is_stale && self.presence.availability != Availability::Unknown
    }

    fn says(&self, availability: Availability) -> bool {
        !self.is_stale && self.presence.availability == availability
    }
}

/// Of two words about one person. Whoever is in a call is in a call, whichever says so; only her own wish not to be disturbed
/// says more. For all else the organisation's service counts, which knows of meetings and of who is away; a telephone that is
/// at rest says nothing of these. Where it does not know, or no longer, the telephone system counts.
fn better(user: Option<Word>, line: Option<Word>) -> Option<Word> {
    let (Some(user), Some(line)) = (user, line) else { return user.or(line) };
    if user.says(Availability::DoNotDisturb) {
        return Some(user);
    }
    if line.says(Availability::InACall) {
        return Some(line);
    }
    match (user.is_known(), line.is_known()) {
        (true, _) => Some(user),
        (false, true) => Some(line),
        // Neither can be relied on: the younger one.
        (false, false) if user.presence.heard.wall.0 < line.presence.heard.wall.0 => Some(line),
        (false, false) => Some(user),
    }
}

impl Presences {
    pub(crate) fn new(
        feed: Arc<dyn PresenceFeed>,
        telephone: Telephone,
        people: Arc<People>,
        sources: Arc<SourceBook>,
    ) -> Presences {
        Presences { feed, telephone, people, sources, seen: Mutex::default() }
    }

    /// These are visible from now on, most wanted first; the favourites are of interest after them. Gives what is known of
    /// those that are visible.
    pub(crate) async fn see(
        &self,
        contacts: Vec<u64>,
        favourites: Vec<u64>,
    ) -> Result<Vec<PresenceChange>, StoreError> {
        self.look_up(&contacts, &favourites).await?;
        {
            let mut seen = self.seen();
            seen.visible = contacts;
            seen.favourites = favourites;
            seen.told.clear();
        }
        self.show();
        Ok(self.changes())
    }

    /// Contacts have changed: who is visible may have other numbers.
    pub(crate) async fn look_again(&self) -> Result<(), StoreError> {
        let (visible, favourites) = {
            let mut seen = self.seen();
            seen.known.clear();
            (seen.visible.clone(), seen.favourites.clone())
        };
        self.look_up(&visible, &favourites).await?;
        self.show();
        Ok(())
    }

    /// Where presence of these is told, unless that is known.
    async fn look_up(&self, contacts: &[u64], favourites: &[u64]) -> Result<(), StoreError> {
        let unknown: Vec<u64> = {
            let seen = self.seen();
            let all = contacts.iter().chain(favourites);
            all.copied().filter(|contact| !seen.known.contains_key(contact)).collect()
        };
        if unknown.is_empty() {
            return Ok(());
        }
        let found = self.people.persons(&unknown).await?;
        let mut seen = self.seen();
        if seen.known.len() + found.len() > KNOWN_MAX {
            seen.known.clear();
        }
        for (contact, contacts) in &found {
            seen.known.insert(*contact, self.known(contacts));
        }
        Ok(())
    }

    /// Asks both for whoever they know.
    fn show(&self) {
        let (users, addresses) = {
            let seen = self.seen();
            let users = seen.visible.iter().filter_map(|contact| seen.known.get(contact)?.user.clone());
            let people = seen.visible.iter().chain(&seen.favourites);
            let addresses = people.filter_map(|contact| Some(seen.known.get(contact)?.addresses.clone()));
            (users.collect(), addresses.collect::<Vec<_>>())
        };
        self.feed.show(users);
        if let Some(line) = self.line() {
            let mut asked = HashSet::new();
            let ids = addresses.iter().filter_map(|addresses| id_at(line.as_ref(), addresses));
            line.show(ids.filter(|id| asked.insert(id.clone())).collect());
        }
    }

    /// What is known of this contact; `None` where nothing can be.
    pub(crate) fn of(&self, contact: u64) -> Option<PresenceView> {
        let known = self.seen().known.get(&contact).cloned()?;
        self.told(&known, self.line().as_deref())
    }

    /// From all that sources know of one person.
    fn known(&self, contacts: &[Contact]) -> Known {
        let user = contacts.iter().find(|contact| {
            let source = self.sources.source(&contact.book);
            source.is_some_and(|source| source.kind() == SourceKind::EntraUsers)
        });
        let endpoints = contacts.iter().flat_map(|contact| &contact.endpoints);
        Known {
            user: user.map(|contact| PresenceId(contact.key.clone())),
            addresses: endpoints.filter_map(|endpoint| Address::parse(&endpoint.address).ok()).collect(),
        }
    }

    /// The telephone system, where it tells presence.
    fn line(&self) -> Option<Arc<dyn LinePresence>> {
        self.telephone.get().ok()?.presence()
    }

    fn told(&self, known: &Known, line: Option<&dyn LinePresence>) -> Option<PresenceView> {
        let user = known.user.as_ref().and_then(|id| self.feed.of(id));
        let user = user.map(|presence| Word::new(presence, self.feed.now(), false));
        let line = line.and_then(|line| {
            let presence = line.of(&id_at(line, &known.addresses)?)?;
            Some(Word::new(presence, line.now(), true))
        });
        better(user, line).map(view)
    }

    /// What has changed of the visible ones since it was last told.
    fn changes(&self) -> Vec<PresenceChange> {
        let line = self.line();
        let mut seen = self.seen();
        let seen = &mut *seen;
        let mut changes = Vec::new();
        for contact in &seen.visible {
            let told = seen.known.get(contact).and_then(|known| self.told(known, line.as_deref()));
            let before = seen.told.get(contact);
            // Nobody tells of her any more, as after another account was chosen: what was told is old.
            let told = told.or_else(|| before.map(|before| PresenceView { stale: true, ..before.clone() }));
            let Some(presence) = told else { continue };
            if before != Some(&presence) {
                seen.told.insert(*contact, presence.clone());
                changes.push(PresenceChange { contact: contact.to_string(), presence });
            }
        }
        changes
    }

    /// Why there is none, in words.
    pub(crate) fn problem(&self) -> Option<String> {
        let user = self.feed.state().borrow().problem.clone();
        let line = self.line().and_then(|line| line.state().borrow().problem.clone());
        let words: Vec<String> = [user, line].into_iter().flatten().map(|problem| problem.message).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How this telephone system names her, by the first of her numbers that is one of its own.
fn id_at(line: &dyn LinePresence, addresses: &[Address]) -> Option<PresenceId> {
    addresses.iter().find_map(|address| line.id_of(address))
}

fn view(word: Word) -> PresenceView {
    let Word { presence, is_stale, by_telephone } = word;
    let fresh_ms = i64::try_from(presence.fresh_for.as_millis()).unwrap_or(i64::MAX);
    PresenceView {
        availability: name(presence.availability),
        at: presence.heard.wall.0,
        stale: is_stale,
        fresh_until: presence.heard.wall.0.saturating_add(fresh_ms),
        by_telephone,
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

/// The telephone system that is watched, and how its presence stands.
type Line = (Arc<dyn LinePresence>, watch::Receiver<FeedState>);

async fn changed(line: Option<&mut Line>) {
    if let Some((_, state)) = line
        && state.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

impl App {
    /// The attendant's favourites, in her order.
    pub(crate) async fn favourites_of(&self, attendant: AttendantId) -> Result<Vec<u64>, StoreError> {
        let groups = self.personal.groups(attendant).await?;
        let favourites = groups.into_iter().find(|group| group.id == FAVOURITES);
        let contacts = favourites.map(|group| group.contacts).unwrap_or_default();
        Ok(contacts.into_iter().take(FAVOURITES_MAX).collect())
    }

    /// Tells the screens what changes of the contacts that are visible.
    pub(crate) async fn keep_telling_presence(&self) {
        let mut state = self.presences.feed.state();
        let mut line: Option<Line> = None;
        let mut problem = None;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                told = state.changed() => if told.is_err() { return },
                () = changed(line.as_mut()) => {}
                () = self.telephone.exchanged() => {}
                // With nothing new everything grows old, and that is told too.
                () = tokio::time::sleep(AGED_EVERY) => {}
            }
            self.follow_line(&mut line);
            let rows = self.presences.changes();
            let now = self.presences.problem();
            if !rows.is_empty() || now != problem {
                problem.clone_from(&now);
                self.tell(UiEvent::PresenceChanged(PresenceTold { rows, problem: now }));
            }
            tokio::time::sleep(TELL_EVERY).await;
        }
    }

    /// Another telephone system may be connected by now: it is told who is visible.
    fn follow_line(&self, line: &mut Option<Line>) {
        let now = self.presences.line();
        let is_same = match (&line, &now) {
            (Some((before, _)), Some(now)) => std::ptr::addr_eq(Arc::as_ptr(before), Arc::as_ptr(now)),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !is_same {
            *line = now.map(|now| {
                let state = now.state();
                (now, state)
            });
            self.presences.show();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::Timestamp;

    /// What both say: in hours, from midnight; a minute or an hour is relied on.
    fn word(availability: Availability, at_s: i64, is_stale: bool, by_telephone: bool) -> Option<Word> {
        let heard = Moment { wall: Timestamp(at_s * 1_000), steady: Duration::ZERO };
        let presence = Presence { availability, heard, fresh_for: Duration::from_secs(60) };
        Some(Word { presence, is_stale, by_telephone })
    }

    /// DIR-3: calendar and absence from the organisation's service, calls from the telephone.
    #[test]
    fn where_both_tell_the_better_word_counts_dir_3() {
        use Availability::{Available, Away, Busy, DoNotDisturb, InACall, Offline, Unknown};
        const USER: bool = false;
        const LINE: bool = true;
        for (user, line, wanted) in [
            ((Available, false), (InACall, false), LINE),
            ((Busy, false), (InACall, false), LINE),
            ((Offline, false), (InACall, false), LINE),
            ((DoNotDisturb, false), (InACall, false), USER),
            ((InACall, false), (Available, false), USER),
            ((Away, false), (Available, false), USER),
            ((Busy, false), (Available, false), USER),
            ((Offline, false), (Available, false), USER),
            ((Unknown, false), (Available, false), LINE),
            ((Available, true), (Available, false), LINE),
            ((DoNotDisturb, true), (InACall, false), LINE),
            ((Available, false), (InACall, true), USER),
            ((Available, false), (Unknown, false), USER),
        ] {
            let both = better(word(user.0, 10, user.1, USER), word(line.0, 20, line.1, LINE));
            assert_eq!(both.map(|both| both.by_telephone), Some(wanted), "{user:?} {line:?}");
        }
        let stale = |user_s, line_s| better(word(Away, user_s, true, USER), word(Busy, line_s, true, LINE));
        assert_eq!(stale(10, 20).map(|both| both.by_telephone), Some(LINE), "the younger one");
        assert_eq!(stale(20, 10).map(|both| both.by_telephone), Some(USER));
        assert_eq!(better(None, word(Busy, 1, true, LINE)), word(Busy, 1, true, LINE));
        assert_eq!(better(None, None), None);
    }
}
