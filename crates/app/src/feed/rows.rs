//! Where the rows of the feed come from: records and sums in steps from the store, names and units as they stand. Whoever asks sees
//! the services of her units and nothing of others. Does not judge rows: see `odata`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use contracts::imports::ImportedName;
use contracts::journal::StoreError;
use contracts::records::RecordCursor;
use contracts::reports::{INTERVALS_MAX, Range, ReportFilter, STRIDE_MAX};
use engine::{CallId, PartyId, ServiceId, Timestamp};
use identity::{Action, Extent, Identity};
use odata::{Bounds, EntityType, Expand, Expanded, Query, Reach, Row, Value};
use reporting::aggregate::{Slot, Thresholds};
use reporting::{CallRecord, Outcome};

use super::model::{self, Names};
use crate::app::App;
use crate::seat::name_of;

/// Intervals of sums that are read in one step.
const INTERVALS_A_STEP: i64 = 7 * 96;
/// Rows of the first step of a short page.
const STRIDE_MIN: u32 = 50;
/// Nothing is older: no call of an earlier telephone system either (1 January 2000).
const FIRST_MS: i64 = 946_684_800_000;
/// What begins later than this after now came from a clock that was set wrong.
const AHEAD_MS: i64 = 366 * 86_400_000;

/// Whose rows, and with which thresholds.
pub(super) struct Scope {
    pub(super) who: Identity,
    /// The services that are hers; `None`: all there are and were.
    pub(super) services: Option<BTreeSet<ServiceId>>,
    pub(super) thresholds: Thresholds,
    /// How long an interval of sums is, in milliseconds.
    pub(super) interval_ms: i64,
    pub(super) names: Names,
    pub(super) now: Timestamp,
}

impl Scope {
    pub(super) fn filter(&self) -> ReportFilter {
        ReportFilter { services: self.services.clone(), ..ReportFilter::default() }
    }
}

/// A row, and the place after it from which a later page goes on.
pub(super) struct Placed {
    pub(super) values: Vec<Value>,
    pub(super) place: Vec<i64>,
}

/// A way through all rows of a set, in steps.
pub(super) struct Walk {
    entity: &'static EntityType,
    range: Range,
    place: Vec<i64>,
    /// Rows of the next step; each step takes twice as many.
    stride: u32,
    is_over: bool,
    /// Whether the records of the last step are kept, and those.
    keeps_records: bool,
    records: Vec<CallRecord>,
}

impl Walk {
    /// From this place on (empty: from the beginning); the bounds are those of the moment of the set.
    pub(super) fn new(entity: &'static EntityType, scope: &Scope, bounds: Bounds, place: Vec<i64>) -> Walk {
        let last = scope.now.0.saturating_add(AHEAD_MS);
        let from = bounds.from.unwrap_or(FIRST_MS).clamp(FIRST_MS, last);
        let to = bounds.to.unwrap_or(last).clamp(from, last);
        Walk {
            entity,
            range: Range { from: Timestamp(from), to: Timestamp(to) },
            place,
            stride: STRIDE_MAX,
            is_over: false,
            keeps_records: false,
            records: Vec::new(),
        }
    }

    /// Through all rows that this question asks for.
    pub(super) fn asked(query: &Query, scope: &Scope, bounds: Bounds, place: Vec<i64>) -> Walk {
        let keeps_records = !query.expand.is_empty() || !query.reaches.is_empty();
        Walk { keeps_records, ..Walk::new(query.entity, scope, bounds, place) }
    }

    /// The same for a page of so many rows: a short one does not read far.
    pub(super) fn for_page(self, rows: u64) -> Walk {
        let stride = u32::try_from(rows.saturating_add(1))
            .map_or(STRIDE_MAX, |rows| rows.clamp(STRIDE_MIN, STRIDE_MAX));
        Walk { stride, ..self }
    }

    /// What is wanted beside the rows of the last step is not read once more.
    fn hand_over(&mut self, along: &mut Along) {
        let records = std::mem::take(&mut self.records).into_iter();
        along.records = records.map(|record| ((record.call, record.part), record)).collect();
    }

    /// The next rows; `None`: there are no more.
    pub(super) async fn next(&mut self, app: &App, scope: &Scope) -> Result<Option<Vec<Placed>>, StoreError> {
        if self.is_over {
            return Ok(None);
        }
        let rows = match self.entity.set {
            model::SERVICE_SESSIONS | model::USER_SESSIONS | model::TRANSFER_SESSIONS => {
                self.records(app, scope).await?
            }
            model::USER_STATES => self.states(app, scope).await?,
            model::SERVICE_SUMS | model::USER_SUMS => self.sums(app, scope).await?,
            model::CALLERS => self.callers(app, scope).await?,
            _ => {
                self.is_over = true;
                let from = self.place.first().and_then(|place| usize::try_from(*place).ok()).unwrap_or(0);
                let rows = app.dimension(self.entity.set, scope).await?;
                let placed = (1..).zip(rows).map(|(place, values)| Placed { values, place: vec![place] });
                placed.skip(from).collect()
            }
        };
        self.stride = self.stride.saturating_mul(2).min(STRIDE_MAX);
        Ok(Some(rows))
    }

    /// Place: arrival, call and part of the last record that is done, and how many user sessions of the next one are.
    async fn records(&mut self, app: &App, scope: &Scope) -> Result<Vec<Placed>, StoreError> {
        let (after, mut begun) = match self.place.as_slice() {
            [arrived, call, part, begun] => {
                (cursor(*arrived, *call, *part), usize::try_from(*begun).unwrap_or(0))
            }
            _ => (None, 0),
        };
        let found = app.reports.calls_onward(&scope.filter(), self.range, after, self.stride).await?;
        self.is_over = found.len() < self.stride as usize;
        let mut rows = Vec::with_capacity(found.len());
        let mut before = after;
        for record in &found {
            let here = Some(RecordCursor::of(record));
            if self.entity.set == model::SERVICE_SESSIONS {
                let values = model::service_session(&scope.names, record);
                rows.extend(values.map(|values| Placed { values, place: place_of(here, 0) }));
            } else {
                let last = record.user_sessions.len();
                for (place, session) in record.user_sessions.iter().enumerate().skip(begun) {
                    let values = match self.entity.set {
                        model::USER_SESSIONS => {
                            Some(model::user_session(&scope.names, record, place, session))
                        }
                        _ => model::transfer(record, place, session),
                    };
                    let next =
                        if place + 1 == last { place_of(here, 0) } else { place_of(before, place + 1) };
                    rows.extend(values.map(|values| Placed { values, place: next }));
                }
            }
            begun = 0;
            before = here;
        }
        self.place = place_of(before, 0);
        if self.keeps_records {
            self.records = found;
        }
        Ok(rows)
    }

    /// Place: that of the state.
    async fn states(&mut self, app: &App, scope: &Scope) -> Result<Vec<Placed>, StoreError> {
        let after = self.place.first().and_then(|place| u64::try_from(*place).ok()).unwrap_or(0);
        let found =
            app.reports.states_onward(scope.services.as_ref(), self.range, after, self.stride).await?;
        self.is_over = found.len() < self.stride as usize;
        if let Some((last, _)) = found.last() {
            self.place = vec![whole(*last)];
        }
        let placed = |(place, state): &(u64, _)| Placed {
            values: model::user_state(&scope.names, *place, state),
            place: vec![whole(*place)],
        };
        Ok(found.iter().map(placed).collect())
    }

    /// Place: the party.
    async fn callers(&mut self, app: &App, scope: &Scope) -> Result<Vec<Placed>, StoreError> {
        let after = self.place.first().and_then(|place| u64::try_from(*place).ok()).map(PartyId);
        let found = app.reports.callers_onward(scope.services.as_ref(), after, self.stride).await?;
        self.is_over = found.len() < self.stride as usize;
        if let Some(last) = found.last() {
            self.place = vec![whole(last.0)];
        }
        let known = app.people.look_up(&found).await?;
        let mut known = known.iter().peekable();
        let placed = |id: PartyId| {
            let party = known.next_if(|(party, _)| party.id == id);
            Placed { values: model::caller(id, party), place: vec![whole(id.0)] }
        };
        Ok(found.into_iter().map(placed).collect())
    }

    /// Place: the interval, the attendant and the service of the last sum; −1 is none.
    async fn sums(&mut self, app: &App, scope: &Scope) -> Result<Vec<Placed>, StoreError> {
        let step = scope.interval_ms;
        let floor = |ms: i64| ms.div_euclid(step) * step;
        let done: Option<[i64; 3]> = self.place.as_slice().try_into().ok();
        let from = match done {
            Some([from, ..]) => floor(from.clamp(FIRST_MS, self.range.to.0)),
            None => floor(self.first_moment(app, scope).await?),
        };
        // An interval counts where it begins in the range, and nothing is summed up for what is to come.
        let last = floor(self.range.to.0.min(scope.now.0.saturating_add(step)).saturating_add(step - 1));
        let intervals = ((last - from) / step).clamp(0, INTERVALS_A_STEP.min(INTERVALS_MAX as i64));
        if intervals == 0 {
            self.is_over = true;
            return Ok(Vec::new());
        }
        let borders: Vec<Timestamp> = (0..=intervals).map(|place| Timestamp(from + place * step)).collect();
        let mut rows: Vec<([i64; 3], Vec<Value>)> = Vec::new();
        let service_key = |service: Option<ServiceId>| service.map_or(-1, |service| whole(service.0));
        if self.entity.set == model::SERVICE_SUMS {
            for cell in app.reports.service_sessions(&scope.filter(), &borders).await? {
                let (from, to) = (borders[cell.interval], borders[cell.interval + 1]);
                let key = [from.0, -1, service_key(cell.service)];
                rows.push((key, model::service_sum(from, to, &cell, scope.thresholds)));
            }
        } else {
            for cell in app.reports.user_sessions(&scope.filter(), &borders).await? {
                let (from, to) = (borders[cell.interval], borders[cell.interval + 1]);
                let key = [from.0, whole(cell.attendant.0), service_key(cell.service)];
                rows.push((key, model::user_sum(from, to, &cell)));
            }
        }
        rows.sort_by_key(|(key, _)| *key);
        // The next step begins before every sum of its first interval.
        self.place = vec![from + intervals * step, i64::MIN, i64::MIN];
        let new = rows.into_iter().filter(|(key, _)| done.is_none_or(|done| *key > done));
        Ok(new.map(|(key, values)| Placed { values, place: key.to_vec() }).collect())
    }

    /// The first moment of which there can be sums, so that years in which nothing was are not walked through.
    async fn first_moment(&self, app: &App, scope: &Scope) -> Result<i64, StoreError> {
        let all = Range { from: self.range.from, to: Timestamp(i64::MAX) };
        let calls = app.reports.calls_onward(&ReportFilter::default(), all, None, 1).await?;
        let states = app.reports.states_onward(None, all, 0, 1).await?;
        let calls = calls.first().map(|record| record.arrived.0);
        let first = calls.into_iter().chain(states.first().map(|(_, state)| state.began.0)).min();
        Ok(first.unwrap_or(scope.now.0).max(self.range.from.0))
    }
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn cursor(arrived: i64, call: i64, part: i64) -> Option<RecordCursor> {
    let (call, part) = (u64::try_from(call).ok()?, u32::try_from(part).ok()?);
    Some(RecordCursor { arrived: Timestamp(arrived), call: CallId(call), part })
}

fn place_of(cursor: Option<RecordCursor>, begun: usize) -> Vec<i64> {
    let begun = i64::try_from(begun).unwrap_or(i64::MAX);
    match cursor {
        Some(RecordCursor { arrived, call, part }) => vec![arrived.0, whole(call.0), i64::from(part), begun],
        None => vec![i64::MIN, -1, -1, begun],
    }
}

/// The names of a set that is small and stands in memory, by their keys.
type Known = BTreeMap<String, Vec<Value>>;

/// What comes along with rows, looked up once for an answer.
#[derive(Default)]
pub(super) struct Along {
    known: BTreeMap<&'static str, Known>,
    /// Those that the rows of this step come from.
    records: HashMap<(CallId, u32), CallRecord>,
}

fn key_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Time(_) | Value::Date(_) => None,
    }
}

impl App {
    /// All rows of a set that is small, in the order of their keys.
    async fn dimension(&self, set: &str, scope: &Scope) -> Result<Vec<Vec<Value>>, StoreError> {
        let mut rows = match set {
            model::SERVICES => self.service_rows(scope).await?,
            model::USERS => self.user_rows(scope).await?,
            model::UNITS => self.unit_rows(scope).await?,
            model::OUTCOMES => return Ok(Outcome::ALL.map(model::outcome).into()),
            _ => Vec::new(),
        };
        rows.sort_by(|a, b| a[0].sort(&b[0]));
        Ok(rows)
    }

    async fn service_rows(&self, scope: &Scope) -> Result<Vec<Vec<Value>>, StoreError> {
        let mut names: BTreeMap<ServiceId, (String, bool)> = BTreeMap::new();
        for name in self.reports.imported_names().await? {
            if let ImportedName::Service(id, text) = name {
                names.insert(id, (text, true));
            }
        }
        let here = self.desk.look(crate::screen::service_names).await;
        let here = here.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        names.extend(here.into_iter().map(|(id, name)| (id, (name, false))));
        let units: BTreeMap<_, _> = self.roster.service_units().await?.into_iter().collect();
        let seen = |id: &ServiceId| scope.services.as_ref().is_none_or(|services| services.contains(id));
        let row = |(id, (name, imported)): (ServiceId, (String, bool))| {
            let unit = units.get(&id).map(ToString::to_string);
            vec![Value::from(id.to_string()), Value::from(name), Value::or_null(unit), Value::Bool(imported)]
        };
        Ok(names.into_iter().filter(|(id, _)| seen(id)).map(row).collect())
    }

    async fn user_rows(&self, scope: &Scope) -> Result<Vec<Vec<Value>>, StoreError> {
        let known = self.seat.names();
        let mut imported = BTreeMap::new();
        for name in self.reports.imported_names().await? {
            if let ImportedName::Attendant(id, text) = name {
                imported.insert(id, text);
            }
        }
        let all = [Timestamp(FIRST_MS), Slot::of(Timestamp(scope.now.0.saturating_add(AHEAD_MS))).began()];
        let cells = self.reports.user_sessions(&scope.filter(), &all).await?;
        let mut seen: BTreeSet<_> = cells.into_iter().map(|cell| cell.attendant).collect();
        if scope.services.is_none() {
            seen.extend(known.keys().copied().chain(imported.keys().copied()));
        }
        let row = |id| {
            let other = imported.get(&id).cloned();
            let is_imported = other.is_some();
            let name = other.unwrap_or_else(|| name_of(&known, id));
            vec![Value::from(id.to_string()), Value::from(name), Value::Bool(is_imported)]
        };
        Ok(seen.into_iter().map(row).collect())
    }

    async fn unit_rows(&self, scope: &Scope) -> Result<Vec<Vec<Value>>, StoreError> {
        let extent = scope.who.extent_of(Action::SeeReports);
        let seen = |unit| match &extent {
            Some(Extent::Tenant) => true,
            Some(Extent::Units(units)) => units.contains(&unit),
            None => false,
        };
        let units = self.roster.units().await?.into_iter().filter(|unit| seen(unit.id));
        let row = |unit: contracts::roster::Unit| {
            let parent = unit.parent.map(|parent| parent.to_string());
            vec![Value::from(unit.id.to_string()), Value::from(unit.name), Value::or_null(parent)]
        };
        Ok(units.map(row).collect())
    }

    /// The record that an id of the feed names, if it is hers: `1a-1`, or of a user session `1a-1-0`.
    async fn record_of(
        &self,
        scope: &Scope,
        along: &Along,
        id: &str,
    ) -> Result<Option<(CallRecord, Option<usize>)>, StoreError> {
        let mut parts = id.split('-');
        let call: Option<CallId> = parts.next().and_then(|text| text.parse().ok());
        let part: Option<u32> = parts.next().and_then(|text| text.parse().ok());
        let place: Option<Option<usize>> = parts.next().map(|text| text.parse().ok());
        let (Some(call), Some(part), None) = (call, part, parts.next()) else { return Ok(None) };
        if place == Some(None) || call.0 > i64::MAX as u64 {
            return Ok(None);
        }
        let found = match along.records.get(&(call, part)) {
            Some(record) => Some(record.clone()),
            None => self.reports.call_over(call, part).await?,
        };
        let hers = found.filter(|record| scope.filter().has_service(record.service));
        Ok(hers.map(|record| (record, place.flatten())))
    }

    /// One row by its key; the outer `None`: rows of this set are not looked up but walked through.
    pub(super) async fn feed_one(
        &self,
        scope: &Scope,
        along: &Along,
        set: &str,
        key: &Value,
    ) -> Result<Option<Option<Vec<Value>>>, StoreError> {
        let Some(id) = key_of(key) else { return Ok(Some(None)) };
        let found = match set {
            model::SERVICE_SESSIONS => match self.record_of(scope, along, &id).await? {
                Some((record, None)) => model::service_session(&scope.names, &record),
                Some((_, Some(_))) | None => None,
            },
            model::USER_SESSIONS | model::TRANSFER_SESSIONS => match self.record_of(scope, along, &id).await?
            {
                Some((record, Some(place))) => match record.user_sessions.get(place) {
                    Some(session) if set == model::USER_SESSIONS => {
                        Some(model::user_session(&scope.names, &record, place, session))
                    }
                    Some(session) => model::transfer(&record, place, session),
                    None => None,
                },
                Some((_, None)) | None => None,
            },
            _ => return Ok(None),
        };
        // `01a-1` is the same number and another text.
        Ok(Some(found.filter(|row| row[0] == *key)))
    }

    /// The next rows as the question needs them; `None`: there are no more.
    pub(super) async fn next_step(
        &self,
        query: &Query,
        scope: &Scope,
        along: &mut Along,
        walk: &mut Walk,
    ) -> Result<Option<Vec<Placed>>, StoreError> {
        match walk.next(self, scope).await? {
            Some(rows) => Ok(Some(self.reach(query, scope, along, walk, rows).await?)),
            None => Ok(None),
        }
    }

    /// Rows of a step as the question needs them, with what it reaches of other entities behind their columns.
    pub(super) async fn reach(
        &self,
        query: &Query,
        scope: &Scope,
        along: &mut Along,
        walk: &mut Walk,
        mut rows: Vec<Placed>,
    ) -> Result<Vec<Placed>, StoreError> {
        walk.hand_over(along);
        for Placed { values, .. } in &mut rows {
            for Reach { ways, place } in &query.reaches {
                let mut reached = Some((query.entity, values.clone()));
                for way in ways {
                    let Some((entity, row)) = reached.take() else { break };
                    let by = way.by.and_then(|by| entity.place(by));
                    let key = by.and_then(|place| row.get(place)).and_then(key_of);
                    if let (Some(key), Some(target)) = (key, model::MODEL.set(way.set)) {
                        let row = self.feed_target(scope, along, way.set, &key).await?;
                        reached = row.map(|row| (target, row));
                    }
                }
                values.push(Value::or_null(reached.and_then(|(_, row)| row.get(*place).cloned())));
            }
        }
        Ok(rows)
    }

    /// What comes along with a row.
    pub(super) async fn feed_along(
        &self,
        scope: &Scope,
        along: &mut Along,
        entity: &'static EntityType,
        values: Vec<Value>,
        expand: &[Expand],
    ) -> Result<Row, StoreError> {
        let mut row = Row { values, expanded: Vec::new() };
        for one in expand {
            let targets = match one.way.by {
                Some(by) => {
                    let key = entity.place(by).and_then(|place| row.values.get(place)).and_then(key_of);
                    match key {
                        Some(key) => {
                            self.feed_target(scope, along, one.way.set, &key).await?.into_iter().collect()
                        }
                        None => Vec::new(),
                    }
                }
                None => self.sessions_of(scope, along, row.values.first()).await?,
            };
            let mut rows = Vec::with_capacity(targets.len());
            for target in targets {
                rows.push(Box::pin(self.feed_along(scope, along, one.entity, target, &one.expand)).await?);
            }
            row.expanded.push(match one.way.many {
                true => Expanded::Many(rows),
                false => Expanded::One(rows.pop().map(Box::new)),
            });
        }
        Ok(row)
    }

    async fn sessions_of(
        &self,
        scope: &Scope,
        along: &Along,
        id: Option<&Value>,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let Some(id) = id.and_then(key_of) else { return Ok(Vec::new()) };
        let Some((record, None)) = self.record_of(scope, along, &id).await? else { return Ok(Vec::new()) };
        let sessions = record.user_sessions.iter().enumerate();
        Ok(sessions
            .map(|(place, session)| model::user_session(&scope.names, &record, place, session))
            .collect())
    }

    async fn feed_target(
        &self,
        scope: &Scope,
        along: &mut Along,
        set: &'static str,
        key: &str,
    ) -> Result<Option<Vec<Value>>, StoreError> {
        if set == model::CALLERS {
            let Ok(party) = key.parse::<PartyId>() else { return Ok(None) };
            let known = self.people.look_up(&[party]).await?;
            return Ok(Some(model::caller(party, known.first())));
        }
        if let Some(found) = self.feed_one(scope, along, set, &Value::text(key)).await? {
            return Ok(found);
        }
        if !along.known.contains_key(set) {
            let rows = self.dimension(set, scope).await?;
            let known = rows.into_iter().filter_map(|row| Some((key_of(row.first()?)?, row))).collect();
            along.known.insert(set, known);
        }
        Ok(along.known.get(set).and_then(|known| known.get(key)).cloned())
    }
}
