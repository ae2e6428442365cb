//! The wallboard (REPORT-3): how services and attendants stand, from the switchboard in memory, beside what today adds up to. Today is
//! read from the kept sums once, and each call that is recorded as over is added, so that nobody reads the store for it again
//! before midnight. Told only while somebody watches and only where something has changed, at once, and at most four times a
//! second. Does not say who may watch: that is the door.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use contracts::journal::StoreError;
use contracts::reports::{Range, ReportFilter};
use contracts::settings::SettingsStore;
use engine::attendant::Attendant;
use engine::call::{Call, CallState};
use engine::{AttendantId, Origin, Presence, Service, ServiceId, Switchboard, Timestamp};
use hours::Zone;
use identity::{Action, Identity};
use reporting::aggregate::{ServiceSessionAggregate, Thresholds, UserSessionAggregate};
use reporting::kpi::Kpi;
use reporting::{CallRecord, Fold, RecordChange, Stand, State};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::api::wire::reports::KpiName;
use crate::api::wire::{
    ApiError, BoardAttendant, BoardFigureName, BoardForm, BoardLevel, BoardService, BoardStateName,
    BoardToday, BoardView, UiEvent,
};
use crate::app::App;
use crate::periods::Days;
use crate::screen::count;
use crate::seat::{AttendantNames, name_of};

/// Setting: what figures warn at.
const RULES: &str = "wallboard";
/// Between two tellings.
const TELL_EVERY: Duration = Duration::from_millis(250);
/// Between two looks at the clock and, where they are missing, at the kept sums.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Screens that are told apart; with more, one that goes ends no watch, and all end when she leaves.
const WATCHES_MAX: usize = 64;
/// Tries to read today's sums while calls end, one after the other.
const READS_MAX: usize = 16;

/// The services that are shown; `None`: all, and calls of none.
pub(crate) type Seen = Option<BTreeSet<ServiceId>>;

/// What figures warn at, for all services and for some of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rules {
    pub(crate) all: BoardForm,
    /// By the service's id, as it crosses the wire.
    pub(crate) own: BTreeMap<String, BoardForm>,
}

impl Default for Rules {
    fn default() -> Rules {
        let level = |figure, warn, alarm| BoardLevel { figure, warn, alarm };
        let all = BoardForm {
            formula: KpiName::ServiceLevelAbandonsIgnored,
            sla_seconds: None,
            levels: vec![
                level(BoardFigureName::Waiting, 3, 6),
                level(BoardFigureName::LongestWait, 20, 60),
                level(BoardFigureName::ServiceLevel, 80, 60),
            ],
        };
        Rules { all, own: BTreeMap::new() }
    }
}

impl Rules {
    /// What holds for this service.
    fn of(&self, service: ServiceId) -> &BoardForm {
        self.own.get(&service.to_string()).unwrap_or(&self.all)
    }
}

/// Who watches, and what she was told last.
#[derive(Debug)]
struct Watch {
    who: AttendantId,
    zone: Zone,
    screens: BTreeSet<u64>,
    /// More screens than are told apart.
    is_crowded: bool,
    /// `None`: to be looked up again.
    seen: Option<Seen>,
    told: Option<BoardView>,
}

/// What the calls add up to that arrived today, live ones that are over.
#[derive(Clone, Debug, PartialEq)]
struct Today {
    zone: Zone,
    range: Range,
    services: BTreeMap<Option<ServiceId>, ServiceSessionAggregate>,
    attendants: BTreeMap<(AttendantId, Option<ServiceId>), UserSessionAggregate>,
}

impl Today {
    /// The day in which this moment lies, of which nothing is known yet.
    fn new(zone: &Zone, now: Timestamp) -> Today {
        let day = zone.local(now.0).date();
        let range = Days { zone: zone.clone(), first: day, last: day }.range();
        Today { zone: zone.clone(), range, services: BTreeMap::new(), attendants: BTreeMap::new() }
    }

    fn is_of(&self, zone: &Zone, now: Timestamp) -> bool {
        self.zone.name() == zone.name() && self.range.has(now)
    }

    /// One more call. As the kept sums do it: a service session counts when the caller arrived, each attendant's part in it
    /// when that began.
    fn take(&mut self, record: &CallRecord) {
        if self.range.has(record.arrived) {
            let sum = self.services.entry(record.service).or_default();
            sum.add(&ServiceSessionAggregate::of(record));
        }
        for session in record.user_sessions.iter().filter(|session| self.range.has(session.began)) {
            let sum = self.attendants.entry((session.attendant, record.service)).or_default();
            sum.add(&UserSessionAggregate::of(session));
        }
    }
}

#[derive(Debug, Default)]
struct Inner {
    watch: Option<Watch>,
    today: Option<Today>,
    /// Grows with each call that is recorded as over.
    ended: u64,
}

/// The wallboard of this console.
#[derive(Debug)]
pub(crate) struct Board {
    inner: Mutex<Inner>,
    rules: RwLock<Arc<Rules>>,
    is_watched: AtomicBool,
    touched: Notify,
    revision: AtomicU64,
    /// Held while one is drawn: else an older one could be told after a newer one.
    drawing: tokio::sync::Mutex<()>,
}

impl Board {
    /// With the rules as they were kept; nobody watches.
    pub(crate) async fn open(settings: &dyn SettingsStore) -> Result<Board, StoreError> {
        let rules = match settings.get(RULES).await? {
            Some(json) => serde_json::from_str(&json)
                .map_err(|error| StoreError::Damaged(format!("the setting '{RULES}': {error}")))?,
            None => Rules::default(),
        };
        Ok(Board {
            inner: Mutex::default(),
            rules: RwLock::new(Arc::new(rules)),
            is_watched: AtomicBool::new(false),
            touched: Notify::new(),
            revision: AtomicU64::new(0),
            drawing: tokio::sync::Mutex::default(),
        })
    }

    /// What figures warn at.
    pub(crate) fn rules(&self) -> Arc<Rules> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps these in place of those before.
    pub(crate) async fn keep_rules(
        &self,
        settings: &dyn SettingsStore,
        rules: Rules,
    ) -> Result<(), StoreError> {
        let json =
            serde_json::to_string(&rules).map_err(|error| StoreError::OutOfRange(error.to_string()))?;
        settings.put(RULES, &json).await?;
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
        self.touch();
        Ok(())
    }

    /// Something may look otherwise now. Called in the desk's task, so it costs next to nothing while nobody watches.
    pub(crate) fn touch(&self) {
        if self.is_watched.load(Ordering::Relaxed) {
            self.touched.notify_one();
        }
    }

    /// These records were written: calls that are over are one more in today's sums.
    pub(crate) fn recorded(&self, changes: &[RecordChange]) {
        let over = changes.iter().filter_map(|change| match change {
            RecordChange::Put(record) if record.ended.is_some() && record.origin == Origin::Live => {
                Some(record)
            }
            RecordChange::Put(_)
            | RecordChange::TransferEnded(_)
            | RecordChange::VoicemailLeft(_)
            | RecordChange::StateEnded(_) => None,
        });
        let mut inner = self.inner();
        for record in over {
            inner.ended += 1;
            if let Some(today) = &mut inner.today {
                today.take(record);
            }
        }
    }

    /// Who sits here, or what she may see, may be otherwise now.
    pub(crate) fn look_again(&self) {
        if let Some(watch) = &mut self.inner().watch {
            watch.seen = None;
        }
        self.touch();
    }

    /// What other parts tell the screens and this one must know.
    pub(crate) fn heard(&self, event: &UiEvent) {
        if matches!(event, UiEvent::ServicesChanged | UiEvent::UsersChanged) {
            self.look_again();
        }
    }

    /// Somebody watches on this screen from now on; today is that of this zone.
    fn watch(&self, who: AttendantId, screen: u64, zone: Zone) {
        let mut inner = self.inner();
        let same = inner.watch.take().filter(|watch| watch.who == who);
        let mut watch = same.unwrap_or(Watch {
            who,
            zone: zone.clone(),
            screens: BTreeSet::new(),
            is_crowded: false,
            seen: None,
            told: None,
        });
        watch.zone = zone;
        if watch.screens.len() < WATCHES_MAX {
            watch.screens.insert(screen);
        } else if !watch.screens.contains(&screen) {
            watch.is_crowded = true;
        }
        inner.watch = Some(watch);
        self.is_watched.store(true, Ordering::Relaxed);
    }

    /// This screen does not watch any more.
    pub(crate) fn unwatch(&self, screen: u64) {
        let mut inner = self.inner();
        let Some(watch) = &mut inner.watch else { return };
        watch.screens.remove(&screen);
        if watch.screens.is_empty() && !watch.is_crowded {
            self.end(&mut inner);
        }
    }

    /// Nobody watches. Today's sums go too: what nobody looks at is not kept up to date.
    fn end(&self, inner: &mut Inner) {
        self.is_watched.store(false, Ordering::Relaxed);
        inner.watch = None;
        inner.today = None;
    }

    /// Who watches, and what she sees where that is known.
    fn watching(&self) -> Option<(AttendantId, Zone, Option<Seen>)> {
        let inner = self.inner();
        inner.watch.as_ref().map(|watch| (watch.who, watch.zone.clone(), watch.seen.clone()))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls recorded as over so far.
    fn ended(&self) -> u64 {
        self.inner().ended
    }

    /// Takes sums in that were read from the store; `false`: calls have ended meanwhile, so whether they are in is not known.
    fn take_today(&self, ended_before: u64, today: Today) -> bool {
        let mut inner = self.inner();
        let is_whole = inner.ended == ended_before;
        if is_whole {
            inner.today = Some(today);
        }
        is_whole
    }

    /// Whether today is still that day, and known.
    fn knows_today(&self, zone: &Zone, now: Timestamp) -> bool {
        self.inner().today.as_ref().is_some_and(|today| today.is_of(zone, now))
    }

    /// Everything at this moment.
    fn draw(&self, moment: &Moment<'_>, shown: &Shown) -> BoardView {
        let rules = self.rules();
        let inner = self.inner();
        let today = inner.today.as_ref().filter(|today| today.is_of(&shown.zone, shown.now));
        let blank = Today::new(&shown.zone, shown.now);
        let is_seen = |service: &ServiceId| shown.seen.as_ref().is_none_or(|seen| seen.contains(service));
        let board = moment.switchboard;
        let tallies = tallies(board);
        let services = board.services().filter(|service| is_seen(&service.id));
        let mut services: Vec<BoardService> = services
            .map(|service| {
                let tally = tallies.get(&service.id).copied().unwrap_or_default();
                show_service(board, service, tally, &rules, today)
            })
            .collect();
        let attendants = board.attendants().filter(|it| it.services.keys().any(is_seen));
        let mut attendants: Vec<BoardAttendant> =
            attendants.map(|attendant| show_attendant(moment, shown, attendant, today)).collect();
        services.sort_by_cached_key(|service| (service.name.to_lowercase(), service.id.clone()));
        attendants.sort_by_cached_key(|attendant| (attendant.name.to_lowercase(), attendant.id.clone()));
        let is_simulated =
            |call: &Call| call.origin == Origin::Simulated && call.service.as_ref().is_none_or(is_seen);
        BoardView {
            revision: 0,
            now: 0,
            time_zone: shown.zone.name().to_owned(),
            from: blank.range.from.0,
            simulated: board.calls().any(is_simulated),
            services,
            attendants,
            form: rules.all.clone(),
        }
    }

    /// What to tell: this view, where it differs from the one before; `again`: in any case.
    fn told(&self, view: BoardView, now: Timestamp, again: bool) -> Option<BoardView> {
        let mut inner = self.inner();
        let watch = inner.watch.as_mut()?;
        if !again && watch.told.as_ref() == Some(&view) {
            return None;
        }
        watch.told = Some(view.clone());
        let revision = self.revision.fetch_add(1, Ordering::Relaxed) + 1;
        Some(BoardView { revision, now: now.0, ..view })
    }
}

/// What the desk lends while it rests.
struct Moment<'a> {
    switchboard: &'a Switchboard,
    fold: &'a Fold,
}

/// To whom, and when.
struct Shown {
    seen: Seen,
    names: Arc<AttendantNames>,
    here: AttendantId,
    zone: Zone,
    now: Timestamp,
}

/// Calls of a service that go on.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    waiting: u32,
    longest_since: Option<i64>,
    offered: u32,
    connected: u32,
}

fn tallies(board: &Switchboard) -> BTreeMap<ServiceId, Tally> {
    let mut tallies: BTreeMap<ServiceId, Tally> = BTreeMap::new();
    for call in board.calls() {
        let Some(service) = call.service else { continue };
        let tally = tallies.entry(service).or_default();
        match &call.state {
            CallState::Waiting(waiting) => {
                tally.waiting += 1;
                let arrived = call.arrived.0;
                tally.longest_since = Some(tally.longest_since.map_or(arrived, |since| since.min(arrived)));
                tally.offered += u32::from(waiting.rings());
            }
            CallState::Active { .. } | CallState::Held(_) | CallState::Consulting { .. } => {
                tally.connected += 1;
            }
            CallState::InWorkflow(_)
            | CallState::Dialing { .. }
            | CallState::Parked(_)
            | CallState::Leaving { .. } => {}
        }
    }
    tallies
}

fn show_service(
    board: &Switchboard,
    service: &Service,
    tally: Tally,
    rules: &Rules,
    today: Option<&Today>,
) -> BoardService {
    let form = rules.of(service.id);
    let kpi = level_of(form.formula);
    let thresholds = Thresholds {
        sla_s: form.sla_seconds.unwrap_or(service.sla.0 / 1000),
        hang_up_s: 0,
        short_call_s: service.hang_up_threshold.0 / 1000,
    };
    let members = || board.attendants().filter(|it| it.services.contains_key(&service.id));
    BoardService {
        id: service.id.to_string(),
        name: service.name.clone(),
        waiting: tally.waiting,
        longest_since: tally.longest_since,
        offered: tally.offered,
        connected: tally.connected,
        selectable: count(members().filter(|it| it.selectable(service).is_ok())),
        on_duty: count(members().filter(|it| it.on_duty && it.serves(service.id))),
        members: count(members()),
        sla_seconds: thresholds.sla_s,
        short_call_seconds: thresholds.short_call_s,
        formula: form.formula,
        formula_name: kpi.name().to_owned(),
        formula_text: kpi.formula().to_owned(),
        levels: form.levels.clone(),
        own: rules.own.contains_key(&service.id.to_string()),
        today: today.map(|today| match today.services.get(&Some(service.id)) {
            Some(sum) => {
                let kpis = sum.kpis(thresholds, None);
                BoardToday {
                    calls: sum.sessions(),
                    answered: kpis.counts.answered,
                    abandoned: kpis.counts.abandoned,
                    service_level: kpis.of(kpi),
                    asa_ms: kpis.of(Kpi::Asa),
                }
            }
            None => BoardToday { calls: 0, answered: 0, abandoned: 0, service_level: None, asa_ms: None },
        }),
    }
}

/// The service level that is shown; the form holds no other.
fn level_of(name: KpiName) -> Kpi {
    match name {
        KpiName::ServiceLevelAbandonsNegative => Kpi::ServiceLevelAbandonsNegative,
        KpiName::ServiceLevelAbandonsPositive => Kpi::ServiceLevelAbandonsPositive,
        KpiName::ServiceLevelAbandonsIgnored
        | KpiName::AcceptanceSla
        | KpiName::HangUpSla
        | KpiName::Reachability
        | KpiName::Asa
        | KpiName::AbandonmentRate
        | KpiName::Aht
        | KpiName::Occupancy => Kpi::ServiceLevelAbandonsIgnored,
    }
}

fn show_attendant(
    moment: &Moment<'_>,
    shown: &Shown,
    attendant: &Attendant,
    today: Option<&Today>,
) -> BoardAttendant {
    let is_seen = |service: &ServiceId| shown.seen.as_ref().is_none_or(|seen| seen.contains(service));
    let (state, since) = state_of(moment, attendant);
    let sum = today.map(|today| {
        let mut sum = UserSessionAggregate::default();
        for ((who, service), more) in &today.attendants {
            let counts = match service {
                Some(service) => is_seen(service),
                None => shown.seen.is_none(),
            };
            if *who == attendant.id && counts {
                sum.add(more);
            }
        }
        (sum.had(), sum.times.connected_ms)
    });
    let hers = || attendant.services.keys().filter(|service| is_seen(service));
    BoardAttendant {
        id: attendant.id.to_string(),
        name: name_of(&shown.names, attendant.id),
        state,
        since: since.map(|since| since.0),
        reason: attendant.not_available.filter(|_| state == BoardStateName::NotAvailable).map(Into::into),
        presence: (state == BoardStateName::Away).then(|| attendant.presence.into()),
        on_duty: attendant.on_duty,
        here: attendant.id == shown.here,
        services: hers().map(ToString::to_string).collect(),
        switched_off: hers()
            .filter(|service| attendant.switched_off.contains(service))
            .map(ToString::to_string)
            .collect(),
        calls: sum.map(|(calls, _)| calls),
        talk_ms: sum.map(|(_, talk_ms)| talk_ms),
    }
}

/// What she does, and since when. Calls tell their own times; for all else the records know them, also after a restart.
fn state_of(moment: &Moment<'_>, attendant: &Attendant) -> (BoardStateName, Option<Timestamp>) {
    let call = |id| moment.switchboard.call(id);
    if let Some(offer) = attendant.offer.and_then(|(_, id)| call(id)?.offer_to(attendant.id)) {
        return (BoardStateName::Ringing, Some(offer.since));
    }
    if let Some(active) = attendant.active.and_then(call) {
        let state = match active.state {
            CallState::Dialing { .. } => BoardStateName::Dialing,
            CallState::Active { .. }
            | CallState::Consulting { .. }
            | CallState::InWorkflow(_)
            | CallState::Waiting(_)
            | CallState::Held(_)
            | CallState::Parked(_)
            | CallState::Leaving { .. } => BoardStateName::Talking,
        };
        return (state, Some(active.since));
    }
    if let Some(held) = attendant.held.first().copied().and_then(call) {
        return (BoardStateName::OnHold, Some(held.since));
    }
    if let Some(acw) = attendant.acw {
        return (BoardStateName::AfterCallWork, Some(acw.since));
    }
    let stand = moment.fold.stand(attendant.id);
    let since = |state: Option<State>| stand.filter(|it| it.state == state).map(|it: Stand| it.since);
    if !attendant.on_duty {
        return (BoardStateName::OffDuty, since(None));
    }
    if attendant.rona {
        return (BoardStateName::Rona, since(Some(State::Rona)));
    }
    if attendant.not_available.is_some() {
        return (BoardStateName::NotAvailable, since(Some(State::NotAvailable)));
    }
    if attendant.presence != Presence::Available {
        return (BoardStateName::Away, since(Some(State::Away)));
    }
    let parked = attendant.parked.iter().filter_map(|id| call(*id)).map(|call| call.since).min();
    match parked {
        Some(since) => (BoardStateName::Parked, Some(since)),
        None => (BoardStateName::Ready, since(Some(State::Idle))),
    }
}

impl App {
    /// Somebody begins to watch: the board of this moment.
    pub(crate) async fn watch_board(
        &self,
        who: &Identity,
        screen: u64,
        zone: Zone,
    ) -> Result<BoardView, ApiError> {
        self.board.watch(who.attendant(), screen, zone);
        match self.draw_board(true).await? {
            Some(view) => Ok(view),
            // She has left meanwhile.
            None => Err(ApiError::new("access.nobody", "Nobody is signed in here. Sign in again.")),
        }
    }

    /// Tells the screens what changes of the wallboard, while somebody watches.
    pub(crate) async fn keep_telling_board(&self) {
        loop {
            let is_watched = self.board.is_watched.load(Ordering::Relaxed);
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.board.touched.notified() => {}
                // Midnight touches nothing, nor do sums that are being worked out.
                () = tokio::time::sleep(LOOK_EVERY), if is_watched => {}
            }
            match self.draw_board(false).await {
                Ok(Some(view)) => self.send(UiEvent::Board(Box::new(view))),
                Ok(None) => {}
                Err(error) => tracing::warn!(code = error.code, "the wallboard could not be told"),
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(TELL_EVERY) => {}
            }
        }
    }

    /// The board of this moment, where it is new to whoever watches; `again`: in any case. `None` where nobody does.
    async fn draw_board(&self, again: bool) -> Result<Option<BoardView>, ApiError> {
        let _one = self.board.drawing.lock().await;
        let Some((who, zone, seen)) = self.board.watching() else { return Ok(None) };
        let sitting = self
            .seat
            .identity()
            .filter(|sitting| sitting.attendant() == who && sitting.extent_of(Action::SeeReports).is_some());
        let Some(sitting) = sitting else {
            self.board.end(&mut self.board.inner());
            return Ok(None);
        };
        let seen = match seen {
            Some(seen) => seen,
            None => self.look_up_seen(&sitting).await?,
        };
        let now = self.sources.now();
        if !self.board.knows_today(&zone, now) {
            self.read_today(&zone).await?;
        }
        let (board, names) = (self.board.clone(), self.seat.names());
        let shown = Shown { seen, names, here: who, zone, now };
        let draw =
            move |switchboard: &Switchboard, fold: &Fold| board.draw(&Moment { switchboard, fold }, &shown);
        let view = self.desk.look_at_records(draw).await?;
        Ok(self.board.told(view, now, again))
    }

    /// The services she sees, remembered until something changes.
    async fn look_up_seen(&self, who: &Identity) -> Result<Seen, ApiError> {
        let seen = self.services_seen(who).await?;
        if let Some(watch) = &mut self.board.inner().watch {
            watch.seen = Some(seen.clone());
        }
        Ok(seen)
    }

    /// Reads what today adds up to so far. Between the desk's two looks no call ended, or it is read again: so each call is in it
    /// once. Without sums, or where calls end all the time, there is none until the next look.
    async fn read_today(&self, zone: &Zone) -> Result<(), ApiError> {
        for _ in 0..READS_MAX {
            let board = self.board.clone();
            let ended = self.desk.look(move |_| board.ended()).await?;
            let mut today = Today::new(zone, self.sources.now());
            if !self.reports.build_rollups(0).await?.complete {
                return Ok(());
            }
            let (all, borders) = (ReportFilter::default(), [today.range.from, today.range.to]);
            for cell in self.reports.service_sessions(&all, &borders).await? {
                today.services.insert(cell.service, cell.aggregate);
            }
            for cell in self.reports.user_sessions(&all, &borders).await? {
                today.attendants.insert((cell.attendant, cell.service), cell.aggregate);
            }
            let board = self.board.clone();
            if self.desk.look(move |_| board.take_today(ended, today)).await? {
                return Ok(());
            }
        }
        tracing::warn!("calls ended faster than today's sums could be read; they are read again");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use contracts::conformance::{Dice, some_call};
    use contracts::memory::MemoryStore;

    use super::*;

    fn zone() -> Zone {
        Zone::parse("Europe/Zurich").expect("a zone")
    }

    /// A call of this day, or of another, of each origin.
    fn call(number: u64, arrived: i64, ended: i64) -> CallRecord {
        let some = some_call(&mut Dice(number), number);
        let user_sessions = some
            .user_sessions
            .into_iter()
            .map(|session| reporting::UserSession { began: Timestamp(arrived.saturating_add(1)), ..session });
        CallRecord {
            arrived: Timestamp(arrived),
            ended: Some(Timestamp(ended)),
            origin: Origin::Live,
            user_sessions: user_sessions.collect(),
            ..some
        }
    }

    /// Midnight of 28 March 2027 in Zurich, when the clocks are put forward: a day of 23 hours.
    const MIDNIGHT: i64 = 1_806_188_400_000;
    const HOUR: i64 = 3_600_000;

    /// REPORT-3: a call counts on the day on which it arrived.
    #[test]
    fn today_begins_at_midnight_of_the_zone_and_may_have_23_hours() {
        let mut today = Today::new(&zone(), Timestamp(MIDNIGHT));
        assert_eq!((today.range.from.0, today.range.to.0), (MIDNIGHT, MIDNIGHT + 23 * HOUR));
        assert!(today.is_of(&zone(), Timestamp(MIDNIGHT + 23 * HOUR - 1)));
        assert!(!today.is_of(&zone(), Timestamp(MIDNIGHT + 23 * HOUR)), "the next day");
        assert!(!today.is_of(&zone(), Timestamp(MIDNIGHT - 1)), "a clock that was put back");
        let elsewhere = Zone::parse("Pacific/Kiritimati").expect("a zone");
        assert!(!today.is_of(&elsewhere, Timestamp(MIDNIGHT)));
        let autumn = Today::new(&zone(), Timestamp(1_824_955_200_000));
        assert_eq!(autumn.range.to.0 - autumn.range.from.0, 25 * HOUR, "31 October 2027");

        // Over midnight: of yesterday. On the last moment: of today.
        today.take(&call(1, MIDNIGHT - 1, MIDNIGHT + HOUR));
        assert!(today.services.is_empty());
        today.take(&call(2, MIDNIGHT + 23 * HOUR - 1, MIDNIGHT + 24 * HOUR));
        assert_eq!(today.services.values().map(ServiceSessionAggregate::sessions).sum::<u64>(), 1);
    }

    async fn board() -> Board {
        Board::open(&MemoryStore::default()).await.expect("it opens")
    }

    /// Sums that are read while a call ends are not taken: whether it is in them is not known.
    #[tokio::test]
    async fn a_call_that_ends_while_sums_are_read_is_counted_once() {
        let board = board().await;
        board.watch(AttendantId(1), 1, zone());
        let before = board.ended();
        board.recorded(&[RecordChange::Put(call(3, MIDNIGHT + 1, MIDNIGHT + 2))]);
        assert!(!board.take_today(before, Today::new(&zone(), Timestamp(MIDNIGHT))));
        assert!(!board.knows_today(&zone(), Timestamp(MIDNIGHT)));
        assert!(board.take_today(board.ended(), Today::new(&zone(), Timestamp(MIDNIGHT))));
        board.recorded(&[RecordChange::Put(call(4, MIDNIGHT + 1, MIDNIGHT + 2))]);
        let goes_on = CallRecord { ended: None, outcome: None, ..call(5, MIDNIGHT + 1, 0) };
        let simulated = CallRecord { origin: Origin::Simulated, ..call(6, MIDNIGHT + 1, MIDNIGHT + 2) };
        board.recorded(&[RecordChange::Put(goes_on), RecordChange::Put(simulated)]);
        let inner = board.inner();
        let today = inner.today.as_ref().expect("it was taken");
        assert_eq!(today.services.values().map(ServiceSessionAggregate::sessions).sum::<u64>(), 1);
    }

    #[tokio::test]
    async fn the_last_screen_that_goes_ends_the_watch_unless_there_were_too_many_to_tell_apart() {
        let board = board().await;
        let is_watched = || board.is_watched.load(Ordering::Relaxed);
        board.watch(AttendantId(1), 1, zone());
        board.watch(AttendantId(1), 2, zone());
        board.watch(AttendantId(1), 2, zone());
        board.unwatch(1);
        assert!(is_watched());
        board.unwatch(2);
        assert!(!is_watched());
        for screen in 0..=WATCHES_MAX as u64 {
            board.watch(AttendantId(1), screen, zone());
        }
        for screen in 0..=WATCHES_MAX as u64 {
            board.unwatch(screen);
        }
        assert!(is_watched(), "one of them may still be there");
        board.watch(AttendantId(2), 1, zone());
        board.unwatch(1);
        assert!(!is_watched(), "somebody else begins anew");
    }
}
