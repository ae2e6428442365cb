//! What the world must do after an event: orders to a telephone system, by leg. Performed after the commit, once per
//! name `(sequence, index)`. An order names the wanted state: a line that is already so is left as it is. Does not hold addresses: the outbox looks parties up when it performs.

use crate::command::Target;
use crate::event::{Doing, End, Event, Fallback, Mode, Side};
use crate::id::{AttendantId, CallId, Leg, PartyId, PlayId, RecordingId, SoundId, TransferId};
use crate::settings::Treatment;
use crate::time::Span;

/// One order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "variants are explained, and their fields are named by their types")]
pub enum Effect {
    /// Lets a new or returned caller wait and hear this.
    Wait { leg: Leg, treatment: Treatment },
    /// Answers the line; the caller hears nothing yet.
    Answer { leg: Leg },
    /// Answers the line if need be and plays a sound once.
    Play { leg: Leg, play: PlayId, sound: SoundId },
    /// Answers the line if need be, plays a tone and records.
    Record { leg: Leg, recording: RecordingId, length_max: Span },
    /// Answers the line if need be and connects it to the attendant's audio, and nothing else to it.
    Connect { leg: Leg, attendant: AttendantId },
    /// Puts the line on hold.
    Hold { leg: Leg, treatment: Treatment },
    /// Rings a party on a new line.
    Dial { leg: Leg, party: PartyId, attendant: AttendantId },
    /// Connects both lines and the attendant with each other.
    Conference { caller: Leg, target: Leg, attendant: AttendantId },
    /// Asks the caller's telephone system to ring the target instead of us (SIP REFER).
    Refer { leg: Leg, target: Target, transfer: TransferId },
    /// Asks it to take the target's line from us (SIP REFER with Replaces).
    Join { caller: Leg, target: Leg, transfer: TransferId },
    /// Ends the line.
    Release { leg: Leg, why: ReleaseCause },
}

/// Why a line is ended; decides the final response where it was never answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReleaseCause {
    /// Normal end. SIP BYE, or 480 where never answered.
    Normal,
    /// Nobody could take it. SIP 480.
    NoAttendant,
    /// Too many calls here. SIP 486.
    Overload,
    /// Handed over: the line is no longer needed.
    HandedOver,
}

/// What the world must do about an event: a function of the event alone, so that replay and any node agree on it.
pub(crate) fn effects(event: &Event) -> Vec<Effect> {
    match *event {
        Event::CallQueued { call, treatment, .. } => vec![Effect::Wait { leg: Leg::Caller(call), treatment }],
        Event::LineAnswered { call } => vec![Effect::Answer { leg: Leg::Caller(call) }],
        Event::SoundStarted { call, play, sound, .. } => {
            vec![Effect::Play { leg: Leg::Caller(call), play, sound }]
        }
        Event::RecordingStarted { call, recording, length_max, .. } => {
            vec![Effect::Record { leg: Leg::Caller(call), recording, length_max }]
        }
        Event::HandOverBegan { transfer, call, target, treatment, .. } => {
            let leg = Leg::Caller(call);
            vec![Effect::Hold { leg, treatment }, Effect::Refer { leg, target, transfer }]
        }
        Event::CallbackTaken { call, attendant, party, .. } => {
            vec![Effect::Dial { leg: Leg::Caller(call), party, attendant }]
        }
        Event::CallAccepted { call, attendant, .. }
        | Event::CallRetrieved { call, attendant }
        | Event::CallUnparked { call, attendant, .. }
        | Event::CallAnswered { call, attendant } => vec![connect(Leg::Caller(call), attendant)],
        Event::CallHeld { call, treatment, .. } | Event::CallParked { call, treatment, .. } => {
            vec![Effect::Hold { leg: Leg::Caller(call), treatment }]
        }
        Event::CallPlaced { call, attendant, target, .. } => {
            vec![Effect::Dial { leg: Leg::Caller(call), party: target.party, attendant }]
        }
        Event::CallEnded { end, ref release, .. } => {
            release.iter().map(|leg| Effect::Release { leg: *leg, why: cause(end) }).collect()
        }
        Event::TransferBegan { transfer, call, attendant, mode, target, treatment, .. } => {
            begin_transfer(transfer, call, attendant, mode, target, treatment)
        }
        Event::ConsultAnswered { transfer, attendant, .. } => vec![connect(Leg::Target(transfer), attendant)],
        Event::Swapped { transfer, call, attendant, with, treatment } => {
            let (held, talking) = match with {
                Side::Caller => (Leg::Target(transfer), Leg::Caller(call)),
                Side::Target => (Leg::Caller(call), Leg::Target(transfer)),
            };
            vec![Effect::Hold { leg: held, treatment }, connect(talking, attendant)]
        }
        Event::Conferenced { transfer, call, attendant } => {
            vec![Effect::Conference { caller: Leg::Caller(call), target: Leg::Target(transfer), attendant }]
        }
        Event::ConsultEnded { call, attendant, with_caller, .. } => {
            // Out of a conference the caller's line must be told that it is alone with the attendant again.
            if with_caller { vec![connect(Leg::Caller(call), attendant)] } else { vec![] }
        }
        Event::CompletionBegan { transfer, call, target, target_answered, .. } => {
            complete(transfer, call, target, target_answered)
        }
        Event::TransferFailed { transfer, mode, caller, .. } => release_target(transfer, mode, caller),
        Event::TransferCancelled { transfer, call, attendant, mode } => {
            let mut effects = release_target(transfer, mode, Fallback::Held);
            effects.push(connect(Leg::Caller(call), attendant));
            effects
        }
        Event::StrayReleased { leg } => vec![Effect::Release { leg, why: ReleaseCause::Normal }],
        Event::LineResumed { leg, doing } => vec![resume(leg, doing)],
        Event::ServicePut(_)
        | Event::ServiceRemoved { .. }
        | Event::AttendantPut { .. }
        | Event::AttendantRemoved { .. }
        | Event::LimitsPut(_)
        | Event::ProfilePut(_)
        | Event::ProfileRemoved { .. }
        | Event::CalendarPut(_)
        | Event::CalendarRemoved { .. }
        | Event::SkillsChanged { .. }
        | Event::DutyChanged { .. }
        | Event::PresenceChanged { .. }
        | Event::NotAvailableChanged { .. }
        | Event::ServingChanged { .. }
        | Event::RonaBegan { .. }
        | Event::RonaEnded { .. }
        | Event::AcwBegan { .. }
        | Event::AcwExtended { .. }
        | Event::CallWidened { .. }
        | Event::CallPromoted { .. }
        | Event::AcwEnded { .. }
        | Event::CallArrived { .. }
        | Event::CallMoved { .. }
        | Event::StepEntered { .. }
        | Event::KeyAwaited { .. }
        | Event::KeyChosen { .. }
        | Event::ParameterSaved { .. }
        | Event::VoicemailLeft { .. }
        | Event::CallbackRequested { .. }
        | Event::HandOverTaken { .. }
        | Event::HandOverFailed { .. }
        | Event::ReservationEnded { .. }
        | Event::CallOffered { .. }
        | Event::OfferEnded { .. }
        | Event::DeclineForgotten { .. }
        | Event::ParkTimedOut { .. }
        | Event::Alerted { .. }
        | Event::PartyReplaced { .. }
        | Event::TransferRinging { .. }
        | Event::TransferCompleted { .. }
        | Event::CallRinging { .. } => vec![],
    }
}

fn connect(leg: Leg, attendant: AttendantId) -> Effect {
    Effect::Connect { leg, attendant }
}

fn begin_transfer(
    transfer: TransferId,
    call: CallId,
    attendant: AttendantId,
    mode: Mode,
    target: Target,
    treatment: Treatment,
) -> Vec<Effect> {
    let leg = Leg::Caller(call);
    if crate::transfer::is_to_own_queue(mode, target) {
        return vec![];
    }
    let hold = Effect::Hold { leg, treatment };
    match mode {
        Mode::Blind | Mode::Safe => vec![hold, Effect::Refer { leg, target, transfer }],
        Mode::Consult => {
            vec![hold, Effect::Dial { leg: Leg::Target(transfer), party: target.party, attendant }]
        }
    }
}

fn complete(transfer: TransferId, call: CallId, target: Target, target_answered: bool) -> Vec<Effect> {
    let (leg, line) = (Leg::Caller(call), Leg::Target(transfer));
    if target_answered {
        return vec![Effect::Join { caller: leg, target: line, transfer }];
    }
    let release = Effect::Release { leg: line, why: ReleaseCause::HandedOver };
    vec![release, Effect::Refer { leg, target, transfer }]
}

/// The target's line of a consultation. Where the caller is gone the `CallEnded` that follows releases it.
fn release_target(transfer: TransferId, mode: Mode, caller: Fallback) -> Vec<Effect> {
    match (mode, caller) {
        (Mode::Consult, Fallback::Held | Fallback::Returned | Fallback::Released) => {
            vec![Effect::Release { leg: Leg::Target(transfer), why: ReleaseCause::Normal }]
        }
        (Mode::Consult, Fallback::Gone) | (Mode::Blind | Mode::Safe, _) => vec![],
    }
}

fn resume(leg: Leg, doing: Doing) -> Effect {
    match doing {
        Doing::Waiting(treatment) => Effect::Wait { leg, treatment },
        Doing::Held(treatment) => Effect::Hold { leg, treatment },
        Doing::Hearing { play, sound } => Effect::Play { leg, play, sound },
        Doing::Recorded { recording, length_max } => Effect::Record { leg, recording, length_max },
        Doing::Talking(attendant) => connect(leg, attendant),
        Doing::Conferring { caller, target, attendant } => Effect::Conference { caller, target, attendant },
    }
}

fn cause(end: End) -> ReleaseCause {
    match end {
        End::QueueTimeOver | End::EndOfWorkflow => ReleaseCause::NoAttendant,
        End::Transferred | End::HandedOver => ReleaseCause::HandedOver,
        End::CallerHungUp
        | End::AttendantHungUp
        | End::TransferFailed(_)
        | End::NotAnswered(_)
        | End::Lost => ReleaseCause::Normal,
    }
}
