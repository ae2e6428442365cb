//! What the feed consists of (REPORT-4): its sets, their properties, and how records and sums become rows. The names and their order
//! are a promise to everybody's workbooks: add, never rename. Ids are texts everywhere, as the console shows them: a call's id has
//! up to 63 bits, more than a number in JSON carries through every reader.

use std::sync::Arc;

use contracts::Address;
use contracts::book::Party;
use contracts::reports::{ServiceCell, UserCell};
use engine::{PartyId, ServiceId, Timestamp};
use odata::{EntityType, Kind, Model, Navigation, Property, Value};
use reporting::aggregate::Thresholds;
use reporting::kpi::Kpi;
use reporting::{CallRecord, Outcome, State, UserOutcome, UserSession, UserState};

use crate::people::{Behind, address_of_person};

const fn text(name: &'static str) -> Property {
    Property { name, kind: Kind::Text, nullable: false }
}

const fn int(name: &'static str) -> Property {
    Property { name, kind: Kind::Int, nullable: false }
}

const fn time(name: &'static str) -> Property {
    Property { name, kind: Kind::Time, nullable: false }
}

const fn truth(name: &'static str) -> Property {
    Property { name, kind: Kind::Bool, nullable: false }
}

const fn number(name: &'static str) -> Property {
    Property { name, kind: Kind::Number, nullable: true }
}

const fn or_null(property: Property) -> Property {
    Property { nullable: true, ..property }
}

const fn one(name: &'static str, set: &'static str, by: &'static str) -> Navigation {
    Navigation { name, set, many: false, by: Some(by) }
}

const SERVICE: Navigation = one("Service", "Services", "ServiceId");
const USER: Navigation = one("User", "Users", "UserId");
const CALLER: Navigation = one("Caller", "Callers", "CallerId");
const SESSION: Navigation = one("ServiceSession", "ServiceSessions", "ServiceSessionId");

pub(super) const SERVICE_SESSIONS: &str = "ServiceSessions";
pub(super) const USER_SESSIONS: &str = "UserSessions";
pub(super) const USER_STATES: &str = "UserStates";
pub(super) const TRANSFER_SESSIONS: &str = "TransferSessions";
pub(super) const SERVICE_SUMS: &str = "ServiceSessionAggregates";
pub(super) const USER_SUMS: &str = "UserSessionAggregates";
pub(super) const SERVICES: &str = "Services";
pub(super) const USERS: &str = "Users";
pub(super) const CALLERS: &str = "Callers";
pub(super) const UNITS: &str = "OrganizationUnits";
pub(super) const OUTCOMES: &str = "ServiceSessionOutcomes";

/// The whole feed.
pub(super) static MODEL: Model = Model { namespace: "Usher", sets: &SETS };

static SETS: [EntityType; 11] = [
    EntityType {
        name: "ServiceSession",
        set: SERVICE_SESSIONS,
        properties: &[
            text("Id"),
            text("CallId"),
            int("Part"),
            or_null(text("ServiceId")),
            text("CallerId"),
            time("ArrivedAt"),
            or_null(time("QueuedAt")),
            or_null(time("AcceptedAt")),
            time("EndedAt"),
            int("DurationMs"),
            int("ConnectedMs"),
            int("HoldMs"),
            int("ParkMs"),
            truth("Outbound"),
            truth("Imported"),
            int("OutcomeId"),
            text("Outcome"),
        ],
        navigations: &[
            SERVICE,
            CALLER,
            one("ServiceSessionOutcome", OUTCOMES, "OutcomeId"),
            Navigation { name: "UserSessions", set: USER_SESSIONS, many: true, by: None },
        ],
    },
    EntityType {
        name: "UserSession",
        set: USER_SESSIONS,
        properties: &[
            text("Id"),
            text("ServiceSessionId"),
            text("UserId"),
            or_null(text("ServiceId")),
            text("CallerId"),
            time("BeganAt"),
            or_null(time("EndedAt")),
            or_null(int("OutcomeId")),
            or_null(text("Outcome")),
            or_null(text("TargetId")),
            int("RingMs"),
            int("ConnectedMs"),
            int("HoldMs"),
        ],
        navigations: &[SESSION, USER, SERVICE, CALLER],
    },
    EntityType {
        name: "UserState",
        set: USER_STATES,
        properties: &[
            text("Id"),
            text("UserId"),
            int("StateId"),
            text("State"),
            or_null(text("ServiceId")),
            time("BeganAt"),
            time("EndedAt"),
            int("DurationMs"),
        ],
        navigations: &[USER, SERVICE],
    },
    EntityType {
        name: "TransferSession",
        set: TRANSFER_SESSIONS,
        properties: &[
            text("Id"),
            text("ServiceSessionId"),
            text("UserId"),
            or_null(text("ServiceId")),
            text("CallerId"),
            or_null(text("TargetId")),
            time("BeganAt"),
            or_null(time("EndedAt")),
            truth("Internal"),
            truth("Succeeded"),
        ],
        navigations: &[SESSION, USER, SERVICE, CALLER],
    },
    EntityType {
        name: "ServiceSessionAggregate",
        set: SERVICE_SUMS,
        properties: &[
            text("Id"),
            time("From"),
            time("To"),
            or_null(text("ServiceId")),
            int("Sessions"),
            int("Queued"),
            int("Answered"),
            int("Handled"),
            int("HandledWithin"),
            int("AnsweredWithin"),
            int("Abandoned"),
            int("AbandonedWithin"),
            int("LevelEvents"),
            int("HangUpsWithin"),
            int("ShortCalls"),
            int("WaitMs"),
            int("RingMs"),
            int("AbandonedWaitMs"),
            int("LeftQueueWaitMs"),
            int("ConnectedMs"),
            int("OutboundMs"),
            int("HoldMs"),
            int("ParkMs"),
            int("AcwMs"),
            number("ServiceLevelAbandonsIgnored"),
            number("ServiceLevelAbandonsNegative"),
            number("ServiceLevelAbandonsPositive"),
            number("AcceptanceSla"),
            number("HangUpSla"),
            number("Reachability"),
            number("AsaMs"),
            number("AbandonmentRate"),
            number("AhtMs"),
        ],
        navigations: &[SERVICE],
    },
    EntityType {
        name: "UserSessionAggregate",
        set: USER_SUMS,
        properties: &[
            text("Id"),
            time("From"),
            time("To"),
            text("UserId"),
            or_null(text("ServiceId")),
            int("Sessions"),
            int("Had"),
            int("Declined"),
            int("TimedOut"),
            int("RingMs"),
            int("ConnectedMs"),
            int("HoldMs"),
            int("IdleMs"),
            int("EngagedMs"),
            int("AcwMs"),
            int("RonaMs"),
            int("NotAvailableMs"),
            int("AwayMs"),
            number("AhtMs"),
        ],
        navigations: &[USER, SERVICE],
    },
    EntityType {
        name: "Service",
        set: SERVICES,
        properties: &[text("Id"), text("Name"), or_null(text("OrganizationUnitId")), truth("Imported")],
        navigations: &[one("OrganizationUnit", UNITS, "OrganizationUnitId")],
    },
    EntityType {
        name: "User",
        set: USERS,
        properties: &[text("Id"), text("Name"), truth("Imported")],
        navigations: &[],
    },
    EntityType {
        name: "Caller",
        set: CALLERS,
        properties: &[text("Id"), or_null(text("Name")), or_null(text("Company")), or_null(text("Number"))],
        navigations: &[],
    },
    EntityType {
        name: "OrganizationUnit",
        set: UNITS,
        properties: &[text("Id"), text("Name"), or_null(text("ParentId"))],
        navigations: &[one("Parent", UNITS, "ParentId")],
    },
    EntityType {
        name: "ServiceSessionOutcome",
        set: OUTCOMES,
        properties: &[int("Id"), text("Name"), text("Group"), truth("Handled")],
        navigations: &[],
    },
];

/// The property by whose moments a set can be narrowed in the store.
pub(super) fn moment_of(set: &str) -> Option<&'static str> {
    match set {
        SERVICE_SESSIONS => Some("ArrivedAt"),
        USER_STATES => Some("BeganAt"),
        SERVICE_SUMS | USER_SUMS => Some("From"),
        _ => None,
    }
}

fn id(number: impl std::fmt::Display) -> Value {
    Value::Text(number.to_string().into())
}

fn id_or_null(number: Option<impl std::fmt::Display>) -> Value {
    number.map_or(Value::Null, id)
}

fn at(moment: Timestamp) -> Value {
    Value::Time(moment.0)
}

fn at_or_null(moment: Option<Timestamp>) -> Value {
    moment.map_or(Value::Null, at)
}

/// Milliseconds and counts; what does not fit is no number that anybody had.
fn whole(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The names of outcomes and states, made once and shared by all rows.
pub(super) struct Names {
    outcomes: [Arc<str>; Outcome::ALL.len()],
    user_outcomes: [Arc<str>; UserOutcome::ALL.len()],
    states: [Arc<str>; State::ALL.len()],
}

impl Names {
    pub(super) fn new() -> Names {
        Names {
            outcomes: Outcome::ALL.map(|outcome| outcome.text().into()),
            user_outcomes: UserOutcome::ALL.map(|outcome| outcome.text().into()),
            states: State::ALL.map(|state| state.text().into()),
        }
    }
}

fn session_id(record: &CallRecord) -> String {
    format!("{}-{}", record.call, record.part)
}

pub(super) fn service_session(names: &Names, record: &CallRecord) -> Option<Vec<Value>> {
    let (ended, outcome) = (record.ended?, record.outcome?);
    Some(vec![
        Value::from(session_id(record)),
        id(record.call),
        Value::Int(i64::from(record.part)),
        id_or_null(record.service),
        id(record.party),
        at(record.arrived),
        at_or_null(record.queued),
        at_or_null(record.accepted),
        at(ended),
        Value::Int(ended.0.saturating_sub(record.arrived.0)),
        whole(record.connected_ms),
        whole(record.hold_ms),
        whole(record.park_ms),
        Value::Bool(record.outbound),
        Value::Bool(record.imported),
        Value::Int(i64::from(outcome.id())),
        Value::Text(names.outcomes[usize::from(outcome.id() - 1)].clone()),
    ])
}

pub(super) fn user_session(
    names: &Names,
    record: &CallRecord,
    place: usize,
    session: &UserSession,
) -> Vec<Value> {
    let of = session_id(record);
    let outcome = session.outcome.map(UserOutcome::id);
    vec![
        Value::from(format!("{of}-{place}")),
        Value::from(of),
        id(session.attendant),
        id_or_null(record.service),
        id(record.party),
        at(session.began),
        at_or_null(session.ended),
        outcome.map_or(Value::Null, |outcome| Value::Int(i64::from(outcome))),
        outcome.map_or(Value::Null, |outcome| {
            Value::Text(names.user_outcomes[usize::from(outcome - 1)].clone())
        }),
        id_or_null(session.target),
        whole(session.ring_ms),
        whole(session.connected_ms),
        whole(session.hold_ms),
    ]
}

/// A user session as a transfer; nothing where she put nobody through.
pub(super) fn transfer(record: &CallRecord, place: usize, session: &UserSession) -> Option<Vec<Value>> {
    let (internal, succeeded) = match session.outcome? {
        UserOutcome::TransferredInternally => (true, true),
        UserOutcome::TransferredExternally => (false, true),
        UserOutcome::InternalTransferFailed => (true, false),
        UserOutcome::ExternalTransferFailed => (false, false),
        UserOutcome::Accepted | UserOutcome::Declined | UserOutcome::TimedOut | UserOutcome::Cancelled => {
            return None;
        }
    };
    let of = session_id(record);
    Some(vec![
        Value::from(format!("{of}-{place}")),
        Value::from(of),
        id(session.attendant),
        id_or_null(record.service),
        id(record.party),
        id_or_null(session.target),
        at(session.began),
        at_or_null(session.ended),
        Value::Bool(internal),
        Value::Bool(succeeded),
    ])
}

pub(super) fn user_state(names: &Names, place: u64, state: &UserState) -> Vec<Value> {
    vec![
        Value::from(format!("{place:x}")),
        id(state.attendant),
        Value::Int(i64::from(state.state.id())),
        Value::Text(names.states[usize::from(state.state.id() - 1)].clone()),
        id_or_null(state.service),
        at(state.began),
        at(state.ended),
        Value::Int(state.ended.0.saturating_sub(state.began.0)),
    ]
}

/// A caller; by her id alone where she was erased.
pub(super) fn caller(party: PartyId, known: Option<&(Party, Option<Behind>)>) -> Vec<Value> {
    let behind = known.and_then(|(_, behind)| behind.as_ref());
    let kept = known.map(|(party, _)| party);
    let name = behind.and_then(|behind| behind.name.as_ref());
    let company = behind.map(|behind| &behind.company).filter(|company| !company.is_empty());
    vec![
        id(party),
        Value::or_null(name.or_else(|| kept?.display_name.as_ref()).map(String::as_str)),
        Value::or_null(company.map(String::as_str)),
        Value::or_null(kept.and_then(address_of_person).map(Address::as_str)),
    ]
}

fn sum_id(from: Timestamp, service: Option<ServiceId>) -> String {
    format!("{}-{}", from.0, service.map_or_else(|| "none".to_owned(), |service| service.to_string()))
}

pub(super) fn service_sum(
    from: Timestamp,
    to: Timestamp,
    cell: &ServiceCell,
    thresholds: Thresholds,
) -> Vec<Value> {
    let kpis = cell.aggregate.kpis(thresholds, None);
    let (counts, times) = (&kpis.counts, &cell.aggregate.times);
    let kpi = |kpi| Value::or_null(kpis.of(kpi));
    vec![
        Value::from(sum_id(from, cell.service)),
        at(from),
        at(to),
        id_or_null(cell.service),
        whole(cell.aggregate.sessions()),
        whole(counts.queued),
        whole(counts.answered),
        whole(counts.handled),
        whole(counts.handled_within),
        whole(counts.answered_within),
        whole(counts.abandoned),
        whole(counts.abandoned_within),
        whole(counts.level_events),
        whole(counts.hang_ups_within),
        whole(counts.short),
        whole(times.wait_ms),
        whole(times.ring_ms),
        whole(times.abandoned_wait_ms),
        whole(times.left_queue_wait_ms),
        whole(times.connected_ms),
        whole(times.outbound_ms),
        whole(times.hold_ms),
        whole(times.park_ms),
        whole(times.acw_ms),
        kpi(Kpi::ServiceLevelAbandonsIgnored),
        kpi(Kpi::ServiceLevelAbandonsNegative),
        kpi(Kpi::ServiceLevelAbandonsPositive),
        kpi(Kpi::AcceptanceSla),
        kpi(Kpi::HangUpSla),
        kpi(Kpi::Reachability),
        kpi(Kpi::Asa),
        kpi(Kpi::AbandonmentRate),
        kpi(Kpi::Aht),
    ]
}

pub(super) fn user_sum(from: Timestamp, to: Timestamp, cell: &UserCell) -> Vec<Value> {
    let (aggregate, times) = (&cell.aggregate, &cell.aggregate.times);
    let mut row = vec![
        Value::from(format!("{}-{}", sum_id(from, cell.service), cell.attendant)),
        at(from),
        at(to),
        id(cell.attendant),
        id_or_null(cell.service),
        whole(aggregate.outcomes.total()),
        whole(aggregate.had()),
        whole(aggregate.ended(UserOutcome::Declined)),
        whole(aggregate.ended(UserOutcome::TimedOut)),
        whole(times.ring_ms),
        whole(times.connected_ms),
        whole(times.hold_ms),
    ];
    row.extend(State::ALL.map(|state| whole(times.in_state(state))));
    row.push(Value::or_null(aggregate.aht_ms()));
    row
}

pub(super) fn outcome(outcome: Outcome) -> Vec<Value> {
    vec![
        Value::Int(i64::from(outcome.id())),
        Value::from(outcome.text()),
        Value::from(outcome.group().text()),
        Value::Bool(outcome.handled()),
    ]
}

#[cfg(test)]
mod tests {
    use contracts::conformance::{Dice, some_call};
    use engine::AttendantId;
    use reporting::aggregate::{ServiceSessionAggregate, UserSessionAggregate};

    use super::*;

    /// REPORT-4: what a row holds is what the model says of it, in its order.
    #[test]
    fn every_row_fits_its_set() {
        let names = Names::new();
        let record = some_call(&mut Dice(3), 7);
        let (from, to) = (Timestamp(0), Timestamp(900_000));
        let thresholds = Thresholds { sla_s: 20, hang_up_s: 20, short_call_s: 0 };
        let session = UserSession {
            outcome: Some(UserOutcome::TransferredInternally),
            ..record.user_sessions[0].clone()
        };
        let state = UserState {
            attendant: AttendantId(1),
            state: State::Idle,
            service: None,
            origin: engine::Origin::Live,
            began: from,
            ended: to,
        };
        let cell =
            ServiceCell { interval: 0, service: None, aggregate: ServiceSessionAggregate::of(&record) };
        let users = UserCell {
            interval: 0,
            attendant: AttendantId(1),
            service: None,
            aggregate: UserSessionAggregate::of(&session),
        };
        for (set, row) in [
            (SERVICE_SESSIONS, service_session(&names, &record).expect("it is over")),
            (USER_SESSIONS, user_session(&names, &record, 0, &session)),
            (TRANSFER_SESSIONS, transfer(&record, 0, &session).expect("she put her through")),
            (USER_STATES, user_state(&names, 1, &state)),
            (SERVICE_SUMS, service_sum(from, to, &cell, thresholds)),
            (USER_SUMS, user_sum(from, to, &users)),
            (OUTCOMES, outcome(Outcome::Lost)),
        ] {
            let entity = MODEL.set(set).expect("it is one");
            assert_eq!(entity.properties.len(), row.len(), "{set}");
            for (property, value) in entity.properties.iter().zip(&row) {
                let fits = match (value, property.kind) {
                    (Value::Null, _) => property.nullable,
                    (Value::Bool(_), Kind::Bool)
                    | (Value::Int(_), Kind::Int)
                    | (Value::Number(_), Kind::Number)
                    | (Value::Text(_), Kind::Text)
                    | (Value::Time(_), Kind::Time) => true,
                    _ => false,
                };
                assert!(fits, "{set}.{}: {value:?}", property.name);
            }
        }
    }

    #[test]
    fn every_way_leads_from_a_property_to_a_set() {
        for entity in MODEL.sets {
            for way in entity.navigations {
                assert!(MODEL.set(way.set).is_some(), "{}", way.name);
                assert_eq!(way.by.is_none(), way.many, "{}", way.name);
                assert!(way.by.is_none_or(|by| entity.place(by).is_some()), "{}", way.name);
            }
            assert!(moment_of(entity.set).is_none_or(|moment| entity.place(moment).is_some()));
        }
    }
}
