//! A model telephone system: lines, callers and targets with a will of their own, and hand-overs. It obeys an order once
//! per name and reports what happens, as a connector must; it knows no rule of the business.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use engine::{
    AttendantId, CallId, Command, Effect, Failure, Leg, Origin, PartyId, PlayId, RecordingId, ServiceId,
    Span, TransferId,
};

use crate::dice::Dice;
use crate::hosts::OrderName;

/// What a line is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// An incoming line nobody has said anything about yet.
    New,
    /// An outgoing line that has not been answered.
    Dialing,
    Waiting,
    Held,
    Hearing(PlayId),
    Recorded(RecordingId),
    Talking(AttendantId),
    Conferring(AttendantId),
}

/// A hand-over under way.
#[derive(Clone, Copy, Debug)]
struct HandOver {
    caller: Leg,
    target: Option<Leg>,
}

/// All lines.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) lines: BTreeMap<Leg, Doing>,
    pub(crate) reports: VecDeque<Command>,
    hand_overs: BTreeMap<TransferId, HandOver>,
    performed: BTreeSet<OrderName>,
    callers: u64,
}

impl Exchange {
    /// Somebody rings.
    pub(crate) fn caller_rings(&mut self, service: ServiceId) {
        self.callers += 1;
        let call = CallId(self.callers);
        self.lines.insert(Leg::Caller(call), Doing::New);
        self.reports.push_back(Command::CallArrived {
            call,
            service,
            party: PartyId(call.0),
            origin: Origin::Live,
        });
    }

    /// A caller whom the switchboard cannot take hears that it is busy.
    pub(crate) fn refuse(&mut self, call: CallId) {
        self.lines.remove(&Leg::Caller(call));
    }

    /// People at the far ends do something.
    pub(crate) fn somebody_acts(&mut self, dice: &mut Dice) {
        let mut legs = self.legs();
        // Half the time those who are being called, for a telephone does not ring for long.
        if dice.per_mille(500) {
            legs.retain(|leg| matches!(leg, Leg::Target(_)) || self.lines.get(leg) == Some(&Doing::Dialing));
        }
        let Some(leg) = dice.one_of(&legs) else { return };
        let dialing = self.lines.get(&leg) == Some(&Doing::Dialing);
        match dice.below(10) {
            0 | 1 if dialing => self.reports.push_back(Command::LegRinging { leg }),
            2..=6 if dialing => {
                self.lines.insert(leg, Doing::Held);
                self.reports.push_back(Command::LegAnswered { leg });
            }
            7 if dialing => self.end(leg, Some(Command::LegFailed { leg, failure: Failure::Busy })),
            0..=4 if self.is_heard_or_hears(leg) => self.sound_or_recording_ends(leg, dice),
            5 | 6 if !dialing => {
                let digit = dice.one_of(&['1', '2', '#']).expect("there are three");
                self.reports.push_back(Command::DigitPressed { leg, digit });
            }
            7 => self.far_end_is_replaced(leg),
            8 => self.end(leg, Some(Command::LegHungUp { leg })),
            9 if dice.per_mille(100) => self.end(leg, Some(Command::LegLost { leg })),
            // The line breaks and nobody says so.
            9 if dice.per_mille(100) => self.end(leg, None),
            _ => {}
        }
    }

    fn is_heard_or_hears(&self, leg: Leg) -> bool {
        matches!(self.lines.get(&leg), Some(Doing::Hearing(_) | Doing::Recorded(_)))
    }

    fn sound_or_recording_ends(&mut self, leg: Leg, dice: &mut Dice) {
        let report = match self.lines.get(&leg) {
            Some(Doing::Hearing(play)) => Command::PlayEnded { leg, play: *play },
            Some(Doing::Recorded(recording)) => {
                let length = Span(dice.below(2) as u32 * 3_000);
                Command::Recorded { leg, recording: *recording, length }
            }
            _ => return,
        };
        self.set(leg, Doing::Waiting);
        self.reports.push_back(report);
    }

    fn far_end_is_replaced(&mut self, leg: Leg) {
        match leg {
            Leg::Caller(call) => {
                let party = PartyId(call.0 + 5_000_000);
                self.reports.push_back(Command::PartyReplaced { call, party });
            }
            Leg::Target(_) => {}
        }
    }

    fn end(&mut self, leg: Leg, report: Option<Command>) {
        self.lines.remove(&leg);
        self.reports.extend(report);
    }

    /// A hand-over comes to its end, sooner or later.
    pub(crate) fn a_hand_over_ends(&mut self, dice: &mut Dice) {
        let transfers: Vec<TransferId> = self.hand_overs.keys().copied().collect();
        let Some(transfer) = dice.one_of(&transfers) else { return };
        let taken = dice.per_mille(500);
        self.end_hand_over(transfer, taken);
    }

    fn end_hand_over(&mut self, transfer: TransferId, taken: bool) {
        let Some(hand_over) = self.hand_overs.remove(&transfer) else { return };
        if taken && self.lines.contains_key(&hand_over.caller) {
            self.lines.remove(&hand_over.caller);
            hand_over.target.map(|target| self.lines.remove(&target));
            self.reports.push_back(Command::TransferTaken { transfer });
        } else {
            self.reports.push_back(Command::TransferRefused { transfer, failure: Failure::Declined });
        }
    }

    /// All hand-overs fail: the way to rest.
    pub(crate) fn end_hand_overs(&mut self) {
        while let Some(transfer) = self.hand_overs.keys().next().copied() {
            self.end_hand_over(transfer, false);
        }
    }

    /// Obeys an order, once per name.
    pub(crate) fn perform(&mut self, name: OrderName, effect: Effect) {
        if !self.performed.insert(name) {
            return;
        }
        match effect {
            Effect::Wait { leg, treatment: _ } => self.set(leg, Doing::Waiting),
            Effect::Answer { leg } => self.set(leg, Doing::Waiting),
            Effect::Play { leg, play, sound: _ } => self.set(leg, Doing::Hearing(play)),
            Effect::Record { leg, recording, length_max: _ } => self.set(leg, Doing::Recorded(recording)),
            Effect::Hold { leg, treatment: _ } => self.set(leg, Doing::Held),
            Effect::Connect { leg, attendant } => self.set(leg, Doing::Talking(attendant)),
            Effect::Conference { caller, target, attendant } => {
                self.set(caller, Doing::Conferring(attendant));
                self.set(target, Doing::Conferring(attendant));
            }
            Effect::Dial { leg, party: _, attendant: _ } => {
                self.lines.entry(leg).or_insert(Doing::Dialing);
            }
            Effect::Refer { leg, target: _, transfer } => self.hand_over(leg, None, transfer),
            Effect::Join { caller, target, transfer } => self.hand_over(caller, Some(target), transfer),
            Effect::Release { leg, why: _ } => {
                self.lines.remove(&leg);
            }
        }
    }

    fn set(&mut self, leg: Leg, doing: Doing) {
        if let Some(line) = self.lines.get_mut(&leg) {
            *line = doing;
        }
    }

    fn hand_over(&mut self, caller: Leg, target: Option<Leg>, transfer: TransferId) {
        let target_there = target.is_none_or(|target| self.lines.contains_key(&target));
        if self.lines.contains_key(&caller) && target_there {
            self.hand_overs.insert(transfer, HandOver { caller, target });
        } else {
            self.reports.push_back(Command::TransferRefused { transfer, failure: Failure::Fault });
        }
    }

    pub(crate) fn legs(&self) -> Vec<Leg> {
        self.lines.keys().copied().collect()
    }
}
