//! Keeps the address books current (DIR-1, DIR-5): each source has a task that reads it at the start, by its schedule, when
//! somebody signs in whose rights it takes, and when somebody asks. What was read to its end goes into the book of the source;
//! when that fails the last good book stays, and how the source stands is told in words. Reads nothing itself: that is behind
//! `contracts::sources`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::book::Contact;
use contracts::journal::StoreError;
use contracts::secrets::{Secret, SecretError, Secrets};
use contracts::settings::SettingsStore;
use contracts::sign_in::{SignIn, SignInState, Subject};
use contracts::sources::{
    Again, Extent, Health, HealthState, Place, SOURCES_MAX, Source, SourceProblem, SourceReader,
    password_name,
};
use engine::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::api::wire::{ApiError, UiEvent};
use crate::app::App;
use crate::clock::Sources;
use crate::people::People;

/// Setting: which sources there are.
const SOURCES: &str = "sources";
/// Between two tellings of how sources stand: each page that is read changes it.
const TELL_EVERY: Duration = Duration::from_millis(250);
/// Contacts looked at together when books from before there were sources are taken up.
const TAKE_UP: u32 = 10_000;

/// How often a source is read by itself; `None`: never.
pub(crate) fn schedule(place: &Place) -> Option<Duration> {
    let minutes = |minutes: u64| Some(Duration::from_secs(minutes * 60));
    match place {
        Place::File => None,
        // What has changed, in one request where nothing has.
        Place::EntraUsers => minutes(5),
        // Everything each time.
        Place::OutlookContacts | Place::SharedContacts { .. } => minutes(15),
        Place::Ldap(_) => minutes(30),
        Place::OrganisationContacts => minutes(60),
    }
}

/// What is kept of a source beside its contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// When it was last read to its end.
    last_ok: Option<i64>,
    /// From where the next reading goes on.
    mark: Option<String>,
    /// Of everything that was read; the same again need not be written and searched anew.
    digest: Option<u64>,
    /// Whose contacts they are, where they are one person's.
    owner: Option<String>,
}

/// A source and how it stands.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) source: Source,
    pub(crate) health: Health,
}

struct Held {
    standing: Standing,
    wake: Arc<Notify>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

/// What a source book needs.
pub(crate) struct SourceParts {
    pub(crate) settings: Arc<dyn SettingsStore>,
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) people: Arc<People>,
    pub(crate) reader: Arc<dyn SourceReader>,
    pub(crate) sign_in: Arc<dyn SignIn>,
    pub(crate) clock: Arc<Sources>,
}

/// All sources.
pub(crate) struct SourceBook {
    parts: SourceParts,
    held: Mutex<BTreeMap<String, Held>>,
    /// Held by whoever changes which sources there are.
    changing: tokio::sync::Mutex<()>,
    /// How one stands has changed.
    stands: Notify,
    /// Contacts have changed.
    contacts: Notify,
}

impl SourceBook {
    /// Takes up the sources that were kept. Their tasks begin with [`SourceBook::begin`].
    pub(crate) async fn open(parts: SourceParts) -> Result<Arc<SourceBook>, StoreError> {
        let sources = match parts.settings.get(SOURCES).await? {
            Some(json) => serde_json::from_str(&json)
                .map_err(|error| StoreError::Damaged(format!("the setting '{SOURCES}': {error}")))?,
            None => books_from_before(&parts.people).await?,
        };
        let mut held = BTreeMap::new();
        for source in sources {
            let source: Source = source;
            let kept = kept(parts.settings.as_ref(), &source.id).await?;
            let last_ok = kept.last_ok.map(Timestamp);
            let health = Health {
                state: if source.place == Place::File { HealthState::Ok } else { HealthState::Stale },
                last_ok,
                contacts: parts.people.count(&source.id).await?,
                ..Health::unread()
            };
            held.insert(source.id.clone(), Held::new(Standing { source, health }));
        }
        Ok(Arc::new(SourceBook {
            parts,
            held: Mutex::new(held),
            changing: tokio::sync::Mutex::default(),
            stands: Notify::new(),
            contacts: Notify::new(),
        }))
    }

    /// Begins to read. Must be called inside a runtime.
    pub(crate) fn begin(self: &Arc<SourceBook>) {
        let ids: Vec<String> = self.held().keys().cloned().collect();
        for id in ids {
            self.follow(&id);
        }
    }

    /// Ends all readings, wherever they are.
    pub(crate) async fn shut_down(&self) {
        let tasks: Vec<JoinHandle<()>> = {
            let mut held = self.held();
            held.values_mut().filter_map(Held::end).collect()
        };
        for task in tasks {
            ended(task).await;
        }
    }

    /// How all of them stand, by name.
    pub(crate) fn standings(&self) -> Vec<Standing> {
        let mut standings: Vec<Standing> = self.held().values().map(|held| held.standing.clone()).collect();
        standings
            .sort_by(|a, b| a.source.name.cmp(&b.source.name).then_with(|| a.source.id.cmp(&b.source.id)));
        standings
    }

    /// One of them.
    pub(crate) fn source(&self, id: &str) -> Option<Source> {
        self.held().get(id).map(|held| held.standing.source.clone())
    }

    /// Adds or replaces a source, and reads it at once. Without a password the one in the keychain stays.
    pub(crate) async fn put(
        self: &Arc<SourceBook>,
        source: Source,
        password: Option<Secret>,
    ) -> Result<(), ApiError> {
        let _one = self.changing.lock().await;
        let before = self.source(&source.id);
        if before.is_none() && self.held().len() >= SOURCES_MAX {
            return Err(too_many());
        }
        let is_twin =
            |held: &Held| held.standing.source.id != source.id && held.standing.source.place == source.place;
        if self.held().values().any(is_twin) {
            return Err(
                ApiError::new("setting.taken", "There is a source that reads the same already.").at("kind")
            );
        }
        if let Some(password) = password {
            self.keep_password(&source.id, password).await?;
        }
        self.keep_list(Some(&source)).await?;
        self.stop(&source.id).await;
        // What another place told is told anew from there.
        if before.is_some_and(|before| before.place != source.place) {
            let kept = Kept { mark: None, digest: None, ..kept(self.settings(), &source.id).await? };
            self.keep(&source.id, &kept).await?;
        }
        let id = source.id.clone();
        {
            let mut held = self.held();
            let health = held.get(&id).map_or_else(Health::unread, |held| held.standing.health.clone());
            held.insert(id.clone(), Held::new(Standing { source, health }));
        }
        self.follow(&id);
        self.stands.notify_one();
        Ok(())
    }

    /// Whether a file of this name may be brought in.
    pub(crate) fn may_be_imported(&self, file: &str) -> Result<(), ApiError> {
        match self.source(file) {
            Some(Source { place: Place::File, .. }) => Ok(()),
            Some(_) => Err(ApiError::new(
                "setting.taken",
                "A source has this name already. Rename the file and import it again.",
            )),
            None if self.held().len() >= SOURCES_MAX => Err(too_many()),
            None => Ok(()),
        }
    }

    /// A file was read to its end, and so many contacts are set aside for the book of its name.
    pub(crate) async fn imported(self: &Arc<SourceBook>, file: &str, aside: u64) -> Result<(), ApiError> {
        let _one = self.changing.lock().await;
        self.may_be_imported(file)?;
        let source = Source { id: file.to_owned(), name: file.to_owned(), place: Place::File };
        self.keep_list(Some(&source)).await?;
        self.parts.people.take_over(file, aside).await?;
        let now = self.parts.clock.now();
        let health = Health {
            state: HealthState::Ok,
            last_ok: Some(now),
            last_try: Some(now),
            contacts: self.parts.people.count(file).await?,
            ..Health::unread()
        };
        self.held().insert(file.to_owned(), Held::new(Standing { source, health }));
        self.keep(file, &Kept { last_ok: Some(now.0), ..Kept::default() }).await?;
        self.stands.notify_one();
        self.contacts.notify_one();
        Ok(())
    }

    /// Removes a source with its contacts and its password. Whether there was one.
    pub(crate) async fn remove(&self, id: &str) -> Result<bool, ApiError> {
        let _one = self.changing.lock().await;
        let Some(source) = self.source(id) else { return Ok(false) };
        self.stop(id).await;
        self.parts.people.replace_book(id, Vec::new()).await?;
        self.held().remove(id);
        self.keep_list(None).await?;
        self.keep(id, &Kept::default()).await?;
        if matches!(source.place, Place::Ldap(_)) {
            let (secrets, name) = (self.parts.secrets.clone(), password_name(id));
            match tokio::task::spawn_blocking(move || secrets.forget(&name)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the password of a removed source is still kept"),
                Err(error) => tracing::error!(%error, "the keychain's task failed"),
            }
        }
        self.stands.notify_one();
        self.contacts.notify_one();
        Ok(true)
    }

    /// Reads all sources again as if for the first time: what they told before may have been left out.
    pub(crate) async fn read_anew(&self) -> Result<(), StoreError> {
        let ids: Vec<String> = self.held().keys().cloned().collect();
        for id in ids {
            let before = kept(self.settings(), &id).await?;
            self.keep(&id, &Kept { mark: None, digest: None, ..before }).await?;
            self.refresh(&id);
        }
        Ok(())
    }

    /// Reads it now; while it is being read, once more after it. Whether there is such a source that can be read.
    pub(crate) fn refresh(&self, id: &str) -> bool {
        let held = self.held();
        let found = held.get(id).filter(|held| held.standing.source.place != Place::File);
        found.inspect(|held| held.wake.notify_one()).is_some()
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settings(&self) -> &dyn SettingsStore {
        self.parts.settings.as_ref()
    }

    /// Keeps which sources there are, this one among them.
    async fn keep_list(&self, with: Option<&Source>) -> Result<(), StoreError> {
        let mut sources: BTreeMap<String, Source> =
            self.held().iter().map(|(id, held)| (id.clone(), held.standing.source.clone())).collect();
        if let Some(source) = with {
            sources.insert(source.id.clone(), source.clone());
        }
        let sources: Vec<&Source> = sources.values().collect();
        let json =
            serde_json::to_string(&sources).map_err(|error| StoreError::OutOfRange(error.to_string()))?;
        self.settings().put(SOURCES, &json).await
    }

    async fn keep(&self, id: &str, kept: &Kept) -> Result<(), StoreError> {
        let json = serde_json::to_string(kept).map_err(|error| StoreError::OutOfRange(error.to_string()))?;
        self.settings().put(&kept_key(id), &json).await
    }

    async fn keep_password(&self, id: &str, password: Secret) -> Result<(), ApiError> {
        let (secrets, name) = (self.parts.secrets.clone(), password_name(id));
        match tokio::task::spawn_blocking(move || secrets.put(&name, &password)).await {
            Ok(kept) => Ok(kept?),
            Err(error) => Err(SecretError::Unavailable(error.to_string()).into()),
        }
    }

    async fn stop(&self, id: &str) {
        let task = self.held().get_mut(id).and_then(Held::end);
        if let Some(task) = task {
            ended(task).await;
        }
    }

    fn follow(self: &Arc<SourceBook>, id: &str) {
        let mut held = self.held();
        let Some(held) = held.get_mut(id).filter(|held| held.standing.source.place != Place::File) else {
            return;
        };
        let (book, source, wake) = (self.clone(), held.standing.source.clone(), held.wake.clone());
        let stop = held.stop.clone();
        held.task = Some(tokio::spawn(async move {
            // A book that is being written when this ends is written whole or not at all.
            stop.run_until_cancelled(book.keep_reading(&source, &wake)).await;
        }));
    }

    async fn keep_reading(&self, source: &Source, wake: &Notify) {
        let mut sign_in = self.parts.sign_in.state();
        loop {
            let door = Door::seen(&sign_in.borrow_and_update());
            let again = self.round(source, door.who.as_deref()).await;
            let pause = match (again, schedule(&source.place)) {
                (Again::After(after), Some(every)) => Some(after.min(every)),
                (Again::After(after), None) => Some(after),
                (Again::AtSignIn | Again::WhenChanged, _) => None,
            };
            let rested = async {
                match pause {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wake.notified() => {}
                () = rested => {}
                () = door.opens(&mut sign_in, again), if source.place.is_of_graph() => {}
            }
        }
    }

    /// One reading, and what came of it.
    async fn round(&self, source: &Source, who: Option<&str>) -> Again {
        let now = self.parts.clock.now();
        self.stand(&source.id, |health| {
            // What is wrong stays to be seen until it is known to be right.
            *health =
                Health { state: HealthState::Reading, last_try: Some(now), read: Some(0), ..health.clone() };
        });
        let read = match self.make_room(source, who).await {
            Ok(()) => self.read(source, who).await,
            Err(error) => Err(not_kept(error)),
        };
        match read {
            Ok(()) => schedule(&source.place).map_or(Again::WhenChanged, Again::After),
            Err(problem) => {
                tracing::warn!(code = problem.code, "a source of contacts was not read");
                self.stand(&source.id, |health| {
                    *health = Health {
                        state: problem.state,
                        code: problem.code.to_owned(),
                        message: problem.message.clone(),
                        costs: problem.costs.clone(),
                        read: None,
                        ..health.clone()
                    };
                });
                problem.again
            }
        }
    }

    /// What is one person's alone leaves with her.
    async fn make_room(&self, source: &Source, who: Option<&str>) -> Result<(), StoreError> {
        if !source.place.is_personal() {
            return Ok(());
        }
        let kept = kept(self.settings(), &source.id).await?;
        if kept.owner.is_some() && kept.owner.as_deref() != who {
            self.parts.people.replace_book(&source.id, Vec::new()).await?;
            self.keep(&source.id, &Kept::default()).await?;
            self.stand(&source.id, |health| {
                *health = Health { contacts: 0, last_ok: None, ..health.clone() }
            });
            self.contacts.notify_one();
        }
        Ok(())
    }

    async fn read(&self, source: &Source, who: Option<&str>) -> Result<(), SourceProblem> {
        let id = &source.id;
        let before = kept(self.settings(), id).await.map_err(not_kept)?;
        let mut reading = self.parts.reader.begin(source, before.mark.as_deref()).await?;
        let extent = reading.extent();
        let (mut contacts, mut gone): (Vec<Contact>, Vec<String>) = (Vec::new(), Vec::new());
        while let Some(page) = reading.page().await? {
            contacts.extend(page.contacts);
            gone.extend(page.gone);
            let read = u64::try_from(contacts.len()).unwrap_or(u64::MAX);
            self.stand(id, |health| health.read = Some(read));
        }
        let people = &self.parts.people;
        let digest = match extent {
            Extent::Everything => {
                let there = people.count(id).await.map_err(not_kept)?;
                if contacts.is_empty() && there > 0 {
                    return Err(named_nobody(there));
                }
                let digest = digest_of(&contacts);
                if before.digest != Some(digest) || there == 0 {
                    people.replace_book(id, contacts).await.map_err(not_kept)?;
                    self.contacts.notify_one();
                }
                Some(digest)
            }
            Extent::Changes => {
                if !contacts.is_empty() || !gone.is_empty() {
                    people.apply_to_book(id, contacts, gone).await.map_err(not_kept)?;
                    self.contacts.notify_one();
                }
                None
            }
        };
        let now = self.parts.clock.now();
        let owner = who.filter(|_| source.place.is_personal()).map(str::to_owned);
        let kept = Kept { last_ok: Some(now.0), mark: reading.mark(), digest, owner };
        self.keep(id, &kept).await.map_err(not_kept)?;
        let there = people.count(id).await.map_err(not_kept)?;
        self.stand(id, |health| {
            *health = Health {
                state: HealthState::Ok,
                last_ok: Some(now),
                last_try: health.last_try,
                contacts: there,
                ..Health::unread()
            };
        });
        Ok(())
    }

    fn stand(&self, id: &str, change: impl FnOnce(&mut Health)) {
        if let Some(held) = self.held().get_mut(id) {
            change(&mut held.standing.health);
        }
        self.stands.notify_one();
    }
}

impl Held {
    fn new(standing: Standing) -> Held {
        Held { standing, wake: Arc::new(Notify::new()), stop: CancellationToken::new(), task: None }
    }

    fn end(&mut self) -> Option<JoinHandle<()>> {
        self.stop.cancel();
        self.stop = CancellationToken::new();
        self.task.take()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn ended(task: JoinHandle<()>) {
    if task.await.is_err() {
        tracing::error!("the reading of a source ended by a bug");
    }
}

fn too_many() -> ApiError {
    ApiError::new("setting.out-of-range", format!("{SOURCES_MAX} sources are the most; remove one first."))
}

/// A source that suddenly names nobody is more often a filter or a right that was changed than an organisation without people.
fn named_nobody(there: u64) -> SourceProblem {
    let again = Again::After(Duration::from_secs(15 * 60));
    let words = format!(
        "The source named nobody, so the {there} contacts read before stay. If it really is empty, remove it here; else check its \
         settings and rights."
    );
    SourceProblem { again, ..SourceProblem::failed("source.empty", words) }
}

fn not_kept(error: StoreError) -> SourceProblem {
    let code = match &error {
        StoreError::OutOfRange(_) => "setting.out-of-range",
        StoreError::Damaged(_) => "store.damaged",
        StoreError::Conflict(_) | StoreError::Unavailable(_) => "store.unavailable",
    };
    let words = ApiError::from(error).message;
    let again = Again::After(Duration::from_secs(60));
    SourceProblem { again, ..SourceProblem::failed(code, words) }
}

/// What of a sign-in decides whether a source of Microsoft 365 can be read.
struct Door {
    who: Option<String>,
    is_underway: bool,
    is_offline: bool,
}

impl Door {
    fn seen(state: &SignInState) -> Door {
        Door {
            who: subject(state),
            is_underway: matches!(state, SignInState::Underway { .. }),
            is_offline: matches!(state, SignInState::SignedIn { offline_since: Some(_), .. }),
        }
    }

    /// Returns when it may have opened, or closed: somebody else is signed in or nobody, a sign-in has ended, or the issuer
    /// answers again.
    async fn opens(mut self, sign_in: &mut watch::Receiver<SignInState>, again: Again) {
        while sign_in.changed().await.is_ok() {
            let now = Door::seen(&sign_in.borrow_and_update());
            let has_opened = (self.is_underway && !now.is_underway) || (self.is_offline && !now.is_offline);
            // A sign-in that was quick is seen only by its end, which looks like what was before.
            let may_have = again == Again::AtSignIn && !now.is_underway;
            if self.who != now.who || has_opened || may_have {
                return;
            }
            self = now;
        }
        std::future::pending().await
    }
}

/// Who is signed in, as text that names one person of one tenant.
fn subject(state: &SignInState) -> Option<String> {
    let Subject { tenant, object } = &state.who()?.subject;
    Some(format!("{tenant}/{object}"))
}

/// The same for the same contacts in any order.
fn digest_of(contacts: &[Contact]) -> u64 {
    let one = |contact: &Contact| fnv(&serde_json::to_vec(contact).unwrap_or_default());
    contacts.iter().map(one).fold(contacts.len() as u64, u64::wrapping_add)
}

/// The setting that keeps a source's state: names of files may be longer than a key.
fn kept_key(id: &str) -> String {
    format!("source:{:016x}", fnv(id.as_bytes()))
}

/// Fowler, Noll and Vo's hash (FNV-1a, 64 bits): the same on every system and in every version, for what is kept.
fn fnv(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

async fn kept(settings: &dyn SettingsStore, id: &str) -> Result<Kept, StoreError> {
    let json = settings.get(&kept_key(id)).await?;
    // What cannot be read is read anew from the source.
    Ok(json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

/// Address books that were imported before sources were kept: each is a file's.
async fn books_from_before(people: &People) -> Result<Vec<Source>, StoreError> {
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = people.page(after, TAKE_UP).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for contact in page {
            sources.entry(contact.book.clone()).or_insert_with(|| Source {
                id: contact.book.clone(),
                name: contact.book,
                place: Place::File,
            });
        }
    }
    Ok(sources.into_values().take(SOURCES_MAX).collect())
}

impl App {
    /// Tells the screens how sources stand, and that contacts have changed.
    pub(crate) async fn keep_telling_sources(&self) {
        loop {
            let event = tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.source_book.stands.notified() => UiEvent::SourcesChanged,
                () = self.source_book.contacts.notified() => UiEvent::ContactsChanged,
            };
            if event == UiEvent::ContactsChanged {
                // Names of callers may be others now.
                self.desk.show();
                if let Err(error) = self.presences.look_again().await {
                    tracing::warn!(%error, "whose presence is told could not be looked up");
                }
            }
            self.tell(event);
            tokio::time::sleep(TELL_EVERY).await;
        }
    }
}
