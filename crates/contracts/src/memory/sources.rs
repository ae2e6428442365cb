//! Sources and presence in memory, for tests and where there are none: they tell what they were told to tell.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use engine::Timestamp;
use tokio::sync::watch;

use crate::address::Address;
use crate::presence::{
    Availability, FeedState, LinePresence, Moment, Presence, PresenceFeed, PresenceId, PresenceProblem,
    STALE_AFTER,
};
use crate::sources::{Extent, Reading, Source, SourcePage, SourceProblem, SourceReader};

/// What a reading of a source in memory tells.
#[derive(Clone, Debug)]
pub struct Told {
    /// Everything or changes.
    pub extent: Extent,
    /// Page by page; a problem ends it.
    pub pages: Vec<Result<SourcePage, SourceProblem>>,
    /// From where the next one goes on.
    pub mark: Option<String>,
}

impl Told {
    /// Everything, on one page.
    pub fn all(page: SourcePage) -> Told {
        Told { extent: Extent::Everything, pages: vec![Ok(page)], mark: None }
    }
}

/// Sources that tell a script, reading by reading. Where the script of a source is over, its last reading is told again; one
/// without a script cannot be reached.
#[derive(Debug, Default)]
pub struct MemorySources {
    scripts: Mutex<HashMap<String, Script>>,
    begun: watch::Sender<Vec<(String, Option<String>)>>,
}

#[derive(Debug, Default)]
struct Script {
    to_come: VecDeque<Result<Told, SourceProblem>>,
    last: Option<Result<Told, SourceProblem>>,
}

impl MemorySources {
    /// The next reading of this source tells this, or cannot begin.
    pub fn will_tell(&self, source: &str, told: Result<Told, SourceProblem>) {
        self.scripts().entry(source.to_owned()).or_default().to_come.push_back(told);
    }

    /// The readings that began so far, each with its mark.
    pub fn begun(&self) -> watch::Receiver<Vec<(String, Option<String>)>> {
        self.begun.subscribe()
    }

    fn scripts(&self) -> MutexGuard<'_, HashMap<String, Script>> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SourceReader for MemorySources {
    async fn begin(&self, source: &Source, mark: Option<&str>) -> Result<Box<dyn Reading>, SourceProblem> {
        let told = {
            let mut scripts = self.scripts();
            scripts.get_mut(&source.id).and_then(|script| {
                if let Some(next) = script.to_come.pop_front() {
                    script.last = Some(next);
                }
                script.last.clone()
            })
        };
        self.begun.send_modify(|begun| begun.push((source.id.clone(), mark.map(str::to_owned))));
        let again = crate::sources::Again::After(Duration::from_secs(60));
        let told = told.unwrap_or_else(|| {
            Err(SourceProblem::stale("graph.unreachable", "The source cannot be reached.", again))
        })?;
        Ok(Box::new(Telling { extent: told.extent, pages: told.pages.into(), mark: told.mark }))
    }
}

struct Telling {
    extent: Extent,
    pages: VecDeque<Result<SourcePage, SourceProblem>>,
    mark: Option<String>,
}

#[async_trait]
impl Reading for Telling {
    fn extent(&self) -> Extent {
        self.extent
    }

    async fn page(&mut self) -> Result<Option<SourcePage>, SourceProblem> {
        self.pages.pop_front().transpose()
    }

    fn mark(&self) -> Option<String> {
        self.mark.clone()
    }
}

/// Presence as it was set, and clocks that go as they are told.
#[derive(Debug)]
pub struct MemoryPresence {
    kept: Mutex<(HashMap<PresenceId, Presence>, Moment)>,
    shown: watch::Sender<Vec<PresenceId>>,
    state: watch::Sender<FeedState>,
}

impl Default for MemoryPresence {
    fn default() -> MemoryPresence {
        let now = Moment { wall: Timestamp(0), steady: Duration::ZERO };
        MemoryPresence {
            kept: Mutex::new((HashMap::new(), now)),
            shown: watch::Sender::new(Vec::new()),
            state: watch::Sender::new(FeedState::default()),
        }
    }
}

impl MemoryPresence {
    /// It is so now.
    pub fn set(&self, id: &str, availability: Availability) {
        {
            let mut kept = self.kept();
            let heard = kept.1;
            kept.0
                .insert(PresenceId(id.to_owned()), Presence { availability, heard, fresh_for: STALE_AFTER });
        }
        self.state.send_modify(|state| state.revision += 1);
    }

    /// The clocks show this from now on.
    pub fn set_now(&self, now: Moment) {
        self.kept().1 = now;
    }

    /// This stands in the way from now on.
    pub fn fail(&self, problem: Option<PresenceProblem>) {
        self.state.send_modify(|state| state.problem = problem);
    }

    /// Who is of interest.
    pub fn shown(&self) -> watch::Receiver<Vec<PresenceId>> {
        self.shown.subscribe()
    }

    fn kept(&self) -> MutexGuard<'_, (HashMap<PresenceId, Presence>, Moment)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PresenceFeed for MemoryPresence {
    fn show(&self, ids: Vec<PresenceId>) {
        self.shown.send_replace(ids);
    }

    fn state(&self) -> watch::Receiver<FeedState> {
        self.state.subscribe()
    }

    fn of(&self, id: &PresenceId) -> Option<Presence> {
        self.kept().0.get(id).copied()
    }

    fn now(&self) -> Moment {
        self.kept().1
    }
}

impl LinePresence for MemoryPresence {
    /// Everybody who has a number without a country code.
    fn id_of(&self, address: &Address) -> Option<PresenceId> {
        (!address.as_str().starts_with('+')).then(|| PresenceId(address.as_str().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{MemorySources, Told};
    use crate::book::Contact;
    use crate::conformance;
    use crate::sources::{Extent, Place, Source, SourcePage};

    #[tokio::test]
    async fn sources_in_memory_keep_the_promises_of_a_source_dir_1() {
        let sources = MemorySources::default();
        let contact = Contact {
            key: "a".to_owned(),
            display_name: "Anna".to_owned(),
            email: "a@b".to_owned(),
            ..Contact::default()
        };
        let all = Told {
            mark: Some("first".to_owned()),
            ..Told::all(SourcePage { contacts: vec![contact], gone: Vec::new() })
        };
        let nothing = Told { extent: Extent::Changes, pages: Vec::new(), mark: Some("first".to_owned()) };
        for told in [all.clone(), all.clone(), nothing, all] {
            sources.will_tell("s", Ok(told));
        }
        let source = Source { id: "s".to_owned(), name: "S".to_owned(), place: Place::EntraUsers };
        conformance::sources(&sources, &source).await;
        let marks: Vec<Option<String>> =
            sources.begun().borrow().iter().map(|(_, mark)| mark.clone()).collect();
        assert_eq!(marks[2].as_deref(), Some("first"));
    }
}
