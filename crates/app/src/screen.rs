//! What the console shows: a view of the switchboard for one attendant, joined with names, sent to the screens whenever
//! the desk is at rest. Reads only; decides nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use contracts::connectors::Audio;
use contracts::telephony::Link;
use engine::attendant::{Attendant, NotSelectable as Reason};
use engine::call::{Call, CallState as State, Direction};
use engine::transfer::{Stage, Transfer};
use engine::{
    AttendantId, CallId, Event, Failure, Fallback, Leg, Mode as TransferModeOf, Origin, PartyId, ServiceId,
    Switchboard, Timestamp,
};
use identity::{Identity, Kind};
use reporting::RecordChange;
use tokio::sync::{Notify, broadcast};

use crate::api::wire::{
    CallRow, CallState, ConsoleView, ContextView, IdentityKind, LinkState, LinkView, MeView, ModeKind,
    ModeView, NotSelectable, Notice, OfferView, ParkedRow, PartyView, QueueRow, ServiceView, TransferKind,
    TransferState, TransferView, UiEvent, Urgency,
};
use crate::board::Board;
use crate::desk::Observer;
use crate::mode::Chosen;
use crate::outbox::Routes;
use crate::people::People;
use crate::seat::Seat;
use crate::telephone::Telephone;

/// Names of services by id.
pub type ServiceNames = BTreeMap<ServiceId, String>;

/// What a screen needs.
pub struct ScreenParts {
    /// Names for numbers.
    pub people: Arc<People>,
    /// The link to show.
    pub telephone: Telephone,
    /// Rings while an offer is pending.
    pub audio: Arc<dyn Audio>,
    /// Learns which line belongs to which call.
    pub routes: Routes,
    /// Where views go.
    pub events: broadcast::Sender<UiEvent>,
    /// Who looks at it.
    pub seat: Arc<Seat>,
    /// Told when a caller has left a message.
    pub voicemails_changed: Arc<Notify>,
    /// The wallboard, which follows what is shown here.
    pub(crate) board: Arc<Board>,
}

/// The screens of one attendant.
pub struct Screen {
    parts: ScreenParts,
    revision: AtomicU64,
    muted: AtomicBool,
    ringing: AtomicBool,
    mode: RwLock<Chosen>,
    voicemails: AtomicU32,
}

impl Screen {
    /// Shows nothing yet.
    pub fn new(parts: ScreenParts) -> Screen {
        Screen {
            parts,
            revision: AtomicU64::new(0),
            muted: AtomicBool::new(false),
            ringing: AtomicBool::new(false),
            mode: RwLock::default(),
            voicemails: AtomicU32::new(0),
        }
    }

    /// This screen as the desk's observer.
    pub fn observer(self: Arc<Screen>) -> Box<dyn Observer> {
        Box::new(Watching(self))
    }

    /// Which telephone system is shown.
    pub fn set_mode(&self, mode: &Chosen) {
        *self.mode.write().unwrap_or_else(PoisonError::into_inner) = mode.clone();
    }

    /// Whether the microphone is shown as muted.
    pub fn set_muted(&self, muted: bool) {
        self.muted.store(muted, Ordering::Relaxed);
    }

    /// How many messages nobody has dealt with.
    pub fn set_voicemails(&self, unhandled: u32) {
        self.voicemails.store(unhandled, Ordering::Relaxed);
    }

    /// Everything the console shows her at this moment.
    pub fn view(&self, switchboard: &Switchboard, now: Timestamp, who: &Identity) -> ConsoleView {
        let me = who.attendant();
        let mode = self.mode.read().unwrap_or_else(PoisonError::into_inner).clone();
        let names = service_names(switchboard);
        let mut calls = Vec::new();
        let mut leaving = Vec::new();
        for call in switchboard.calls().filter(|call| call.attendant() == Some(me)) {
            match &call.state {
                State::Leaving { .. } => leaving.push(self.call_row(call, &names)),
                State::InWorkflow(_) | State::Waiting(_) | State::Parked(_) => {}
                State::Dialing { .. } | State::Active { .. } | State::Held(_) | State::Consulting { .. } => {
                    calls.push(self.call_row(call, &names));
                }
            }
        }
        calls.sort_by_key(|row| (row.state == CallState::Held, row.since, row.call.clone()));
        ConsoleView {
            revision: self.revision.fetch_add(1, Ordering::Relaxed) + 1,
            now: now.0,
            me: show_me(switchboard, who),
            link: self.link(&mode),
            mode: ModeView {
                kind: mode.kind(),
                simulated: mode.origin() == Origin::Simulated,
                detail: mode.detail(),
            },
            services: services(switchboard, me),
            queue: self.queue(switchboard, &names, me),
            calls,
            parked: self.parked(switchboard, &names, me),
            leaving,
            muted: self.muted.load(Ordering::Relaxed),
            park_slots: switchboard.limits().park_slots,
            voicemails: self.voicemails.load(Ordering::Relaxed),
        }
    }

    fn link(&self, mode: &Chosen) -> LinkView {
        let (state, detail) = match (self.parts.telephone.link(), mode.kind()) {
            (Some(Link::Connecting { detail }), _) => (LinkState::Connecting, detail),
            (Some(Link::Up { detail }), _) => (LinkState::Up, detail),
            (Some(Link::Down { detail, .. }), _) => (LinkState::Down, detail),
            (None, ModeKind::Unset) => (LinkState::Off, "No telephone system is connected yet".to_owned()),
            (None, ModeKind::Training | ModeKind::Sip) => (LinkState::Connecting, mode.detail()),
        };
        // SIP over TLS and SRTP are not there yet, so every SIP account is plain text and the console says so (DATA-3).
        LinkView { state, detail, plain_text: mode.kind() == ModeKind::Sip }
    }

    fn queue(&self, switchboard: &Switchboard, names: &ServiceNames, me: AttendantId) -> Vec<QueueRow> {
        let waiting = switchboard.queue().filter_map(|call| Some((call, call.waiting()?)));
        (1..)
            .zip(waiting)
            .map(|(position, (call, waiting))| QueueRow {
                call: call.id.to_string(),
                service: call.service.map(|service| service.to_string()).unwrap_or_default(),
                service_name: service_name(call, names).unwrap_or_default(),
                caller: self.party(call.party),
                arrived: call.arrived.0,
                position,
                priority: waiting.priority,
                returned_to_me: waiting.reserved.is_some_and(|reserved| reserved.attendant == me),
                offered_to_me: call.offer_to(me).is_some(),
                offered: waiting.rings(),
                callback: call.is_callback(),
                context: context(call),
                simulated: call.origin == Origin::Simulated,
            })
            .collect()
    }

    fn parked(&self, switchboard: &Switchboard, names: &ServiceNames, me: AttendantId) -> Vec<ParkedRow> {
        let mut rows: Vec<ParkedRow> = switchboard
            .calls()
            .filter_map(|call| match &call.state {
                State::Parked(parked) => Some((call, parked)),
                State::InWorkflow(_)
                | State::Waiting(_)
                | State::Dialing { .. }
                | State::Active { .. }
                | State::Held(_)
                | State::Consulting { .. }
                | State::Leaving { .. } => None,
            })
            .map(|(call, parked)| ParkedRow {
                slot: parked.slot.0,
                call: call.id.to_string(),
                caller: self.party(call.party),
                service_name: service_name(call, names),
                parked_by_me: parked.attendant == me,
                since: call.since.0,
                until: parked.limit.0,
                alert: parked.alerted,
                simulated: call.origin == Origin::Simulated,
            })
            .collect();
        rows.sort_by_key(|row| row.slot);
        rows
    }

    fn call_row(&self, call: &Call, names: &ServiceNames) -> CallRow {
        CallRow {
            call: call.id.to_string(),
            state: call_state(call),
            outbound: call.direction == Direction::Outbound,
            callback: call.calls_back,
            context: context(call),
            service_name: service_name(call, names),
            caller: self.party(call.party),
            arrived: call.arrived.0,
            since: call.since.0,
            accepted: call.accepted.map(|accepted| accepted.0),
            alert: call.alerted(),
            transfer: call.transfer().map(|transfer| self.transfer(transfer)),
            simulated: call.origin == Origin::Simulated,
        }
    }

    fn transfer(&self, transfer: &Transfer) -> TransferView {
        TransferView {
            transfer: transfer.id.to_string(),
            mode: match transfer.mode {
                TransferModeOf::Blind => TransferKind::Blind,
                TransferModeOf::Safe => TransferKind::Safe,
                TransferModeOf::Consult => TransferKind::Consult,
            },
            state: match transfer.stage {
                Stage::Trying => TransferState::Trying,
                Stage::Ringing => TransferState::Ringing,
                Stage::WithTarget => TransferState::TalkingToTarget,
                Stage::WithCaller => TransferState::TalkingToCaller,
                Stage::Conference => TransferState::Conference,
                Stage::Completing { .. } => TransferState::Completing,
            },
            target: self.party(transfer.target.party),
            since: transfer.since.0,
        }
    }

    fn party(&self, party: PartyId) -> PartyView {
        self.parts.people.view(party)
    }

    fn notice(&self, event: &Event) -> Option<Notice> {
        let Event::TransferFailed { call, attendant, target, failure, caller, .. } = event else {
            return None;
        };
        if self.parts.seat.attendant() != Some(*attendant) {
            return None;
        }
        let party = self.party(target.party);
        let who = party.name.or(party.number).unwrap_or_else(|| "The target".to_owned());
        let why = match failure {
            Failure::Busy => "is busy",
            Failure::Declined => "declined the call",
            Failure::NoAnswer => "did not answer",
            Failure::Unreachable => "cannot be reached",
            Failure::Forbidden => "cannot be called from here",
            Failure::CallerGone => "was not reached in time",
            Failure::Fault => "could not be called",
        };
        let then = match caller {
            Fallback::Held => "The caller is on hold with you.",
            Fallback::Returned => "The caller is coming back to you.",
            Fallback::Released => "The caller had already left.",
            Fallback::Gone => "The caller has hung up.",
        };
        Some(Notice {
            urgency: Urgency::High,
            code: "transfer.failed".to_owned(),
            message: format!("{who} {why}. {then}"),
            call: Some(call.to_string()),
        })
    }

    fn tell(&self, event: UiEvent) {
        // Nobody looking is fine: a screen that comes later asks for everything.
        let _ = self.parts.events.send(event);
    }
}

fn show_me(switchboard: &Switchboard, who: &Identity) -> MeView {
    let attendant = who.attendant();
    // Known from the first time on that she sits here; before that the console shows somebody off duty.
    let unknown = Attendant::new(attendant, Timestamp(0));
    let me = switchboard.attendant(attendant).unwrap_or(&unknown);
    let offer = me.offer.and_then(|(_, call)| {
        let offer = switchboard.call(call)?.offer_to(attendant)?;
        Some(OfferView {
            offer: offer.id.to_string(),
            call: call.to_string(),
            since: offer.since.0,
            until: offer.until.0,
        })
    });
    MeView {
        attendant: attendant.to_string(),
        name: who.name().to_owned(),
        identity: match who.kind() {
            Kind::LocalUser => IdentityKind::LocalUser,
            Kind::SignedIn(_) => IdentityKind::SignedIn,
        },
        on_duty: me.on_duty,
        presence: me.presence.into(),
        not_available: me.not_available.map(Into::into),
        rona: me.rona,
        acw_until: me.acw.map(|acw| acw.until.0),
        not_selectable: not_selectable(switchboard, me),
        offer,
    }
}

/// The desk's observer.
struct Watching(Arc<Screen>);

impl Observer for Watching {
    fn applied(&mut self, event: &Event, _at: Timestamp) {
        if let Event::TransferBegan { transfer, call, .. } = event {
            self.0.parts.routes.learn(*transfer, *call);
        }
        if let Event::CallEnded { .. } = event
            && self.0.parts.seat.identity().is_some()
        {
            self.0.tell(UiEvent::HistoryChanged);
        }
        if let Some(notice) = self.0.notice(event) {
            self.0.tell(UiEvent::Notice(notice));
        }
    }

    fn recorded(&mut self, changes: &[RecordChange]) {
        if changes.iter().any(|change| matches!(change, RecordChange::VoicemailLeft(_))) {
            self.0.parts.voicemails_changed.notify_one();
        }
        self.0.parts.board.recorded(changes);
    }

    fn settled(&mut self, switchboard: &Switchboard, at: Timestamp) {
        let view = self.0.parts.seat.identity().map(|who| self.0.view(switchboard, at, &who));
        let ringing = view.as_ref().is_some_and(|view| view.me.offer.is_some());
        if self.0.ringing.swap(ringing, Ordering::Relaxed) != ringing {
            self.0.parts.audio.ring(ringing);
        }
        if let Some(view) = view {
            self.0.tell(UiEvent::Console(Box::new(view)));
        }
        self.0.parts.board.touch();
    }
}

/// Everybody named by the calls that go on.
pub(crate) fn parties(switchboard: &Switchboard) -> BTreeSet<PartyId> {
    switchboard
        .calls()
        .flat_map(|call| [Some(call.party), call.transfer().map(|transfer| transfer.target.party)])
        .flatten()
        .collect()
}

/// The line this attendant talks on in this call.
pub(crate) fn leg_in_conversation(
    switchboard: &Switchboard,
    attendant: AttendantId,
    call: CallId,
) -> Option<Leg> {
    let found = switchboard.call(call).filter(|found| found.attendant() == Some(attendant))?;
    match &found.state {
        State::Active { .. } => Some(Leg::Caller(call)),
        State::Consulting { transfer, .. } => match transfer.stage {
            Stage::WithTarget | Stage::Conference => Some(Leg::Target(transfer.id)),
            Stage::WithCaller => Some(Leg::Caller(call)),
            Stage::Trying | Stage::Ringing | Stage::Completing { .. } => None,
        },
        State::InWorkflow(_)
        | State::Waiting(_)
        | State::Dialing { .. }
        | State::Held(_)
        | State::Parked(_)
        | State::Leaving { .. } => None,
    }
}

/// Names of all services.
pub(crate) fn service_names(switchboard: &Switchboard) -> ServiceNames {
    switchboard.services().map(|service| (service.id, service.name.clone())).collect()
}

/// Callers on their way through the workflow of each service, before and after its queue.
fn in_workflow(switchboard: &Switchboard) -> BTreeMap<ServiceId, u32> {
    let mut walking = BTreeMap::new();
    for call in switchboard.calls().filter(|call| call.activity().is_some()) {
        *walking.entry(call.service).or_default() += 1;
    }
    walking.into_iter().filter_map(|(service, calls)| Some((service?, calls))).collect()
}

/// What the workflow has noted about the caller.
fn context(call: &Call) -> Vec<ContextView> {
    let noted = call.way.parameters.iter();
    noted.map(|(name, value)| ContextView { name: name.clone(), value: value.clone() }).collect()
}

fn service_name(call: &Call, names: &ServiceNames) -> Option<String> {
    call.service.and_then(|service| names.get(&service).cloned())
}

fn services(switchboard: &Switchboard, me: AttendantId) -> Vec<ServiceView> {
    let in_workflow = in_workflow(switchboard);
    switchboard
        .services()
        .map(|service| {
            let waiting: Vec<&Call> = switchboard.queue_of(service.id).collect();
            ServiceView {
                id: service.id.to_string(),
                name: service.name.clone(),
                serving: switchboard.attendant(me).is_some_and(|me| me.serves(service.id)),
                waiting: u32::try_from(waiting.len()).unwrap_or(u32::MAX),
                in_workflow: in_workflow.get(&service.id).copied().unwrap_or(0),
                longest_since: waiting.iter().map(|call| call.arrived.0).min(),
                sla_ms: service.sla.0,
                treatment: service.waiting.into(),
                members: count(switchboard.attendants().filter(|it| it.services.contains_key(&service.id))),
                on_duty: count(switchboard.attendants().filter(|it| it.on_duty && it.serves(service.id))),
            }
        })
        .collect()
}

pub(crate) fn count<T>(all: impl Iterator<Item = T>) -> u32 {
    u32::try_from(all.count()).unwrap_or(u32::MAX)
}

/// Why no call of any service is offered; `None` when one of at least one service would be.
fn not_selectable(switchboard: &Switchboard, me: &Attendant) -> Option<NotSelectable> {
    let mut first = None;
    for service in switchboard.services() {
        match me.selectable(service) {
            Ok(()) => return None,
            Err(reason) => first = first.or(Some(reason)),
        }
    }
    Some(match first? {
        Reason::Presence => NotSelectable::Presence,
        Reason::OffDuty => NotSelectable::OffDuty,
        Reason::NotServing => NotSelectable::NotServing,
        Reason::Skills => NotSelectable::Skills,
        Reason::Offered => NotSelectable::Offered,
        Reason::Connected => NotSelectable::Connected,
        Reason::Acw => NotSelectable::Acw,
        Reason::Rona => NotSelectable::Rona,
        Reason::NotAvailable => NotSelectable::NotAvailable,
        Reason::Parked => NotSelectable::Parked,
    })
}

fn call_state(call: &Call) -> CallState {
    match &call.state {
        State::Dialing { ringing: false, .. } => CallState::Dialing,
        State::Dialing { ringing: true, .. } => CallState::Ringing,
        State::Active { .. } => CallState::Active,
        State::Consulting { transfer, .. } => match transfer.stage {
            Stage::Conference => CallState::Conference,
            Stage::Trying
            | Stage::Ringing
            | Stage::WithTarget
            | Stage::WithCaller
            | Stage::Completing { .. } => CallState::Consulting,
        },
        State::Leaving { .. } => CallState::Leaving,
        State::Held(_) | State::Parked(_) | State::Waiting(_) | State::InWorkflow(_) => CallState::Held,
    }
}
