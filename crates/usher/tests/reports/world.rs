//! Days of a console on virtual time, with all that may become of a call: the real switchboard, people and a telephone system that do
//! what dice say. Knows nothing of reports. The same seed is the same days.

use contracts::journal::Entry;
use engine::{
    Activity, AttendantId, Call, CallId, CallState, Choice, Command, Distribution, Failure, Leg, Limits,
    Nobody, Node, NodeId, NotAvailable, Origin, ParkFallback, PartyId, Presence, Service, ServiceId, SoundId,
    Span, Step, Switchboard, Target, TargetKind, Timestamp, TransferId, TransferTo, Unattended, Workflow,
};
use reporting::{Fold, RecordChange};

/// What is written in one transaction.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) entries: Vec<Entry>,
    pub(crate) records: Vec<RecordChange>,
}

/// Enough for a transaction to be worth its while, and few enough for the largest that the journal takes.
const BATCH: usize = 1_000;
const ATTENDANTS: u64 = 7;
const SERVICES: u64 = 4;
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// 26 March 2026, 22:00 UTC: an hour before the first day that is asked for in Zurich.
pub(crate) const BEGAN: i64 = 1_774_562_400_000;
/// Friday to Monday, the Sunday with 23 hours, and the hours after it.
const ENDED: i64 = BEGAN + 100 * HOUR;
/// Callers who are only practised with, on Sunday: from, to.
const TRAINING: [i64; 2] = [BEGAN + 64 * HOUR, BEGAN + 66 * HOUR];
/// The clock is put forward by two hours.
const FORWARD: i64 = BEGAN + 37 * HOUR;
/// The clock is put back by 25 minutes.
const BACK: i64 = BEGAN + 41 * HOUR;

/// All there is.
struct World {
    board: Switchboard,
    fold: Fold,
    dice: Dice,
    now: i64,
    origin: Origin,
    ids: u64,
    batches: Vec<Batch>,
}

/// What happened in these days, in the order in which it is to be written.
pub(crate) fn days(seed: u64) -> Vec<Batch> {
    let mut world = World {
        board: Switchboard::new(),
        fold: Fold::default(),
        dice: Dice(seed),
        now: BEGAN,
        origin: Origin::Live,
        ids: 0,
        batches: vec![Batch::default()],
    };
    world.settle_down();
    let (mut forward, mut back) = (false, false);
    while world.now < ENDED {
        world.step();
        if !forward && world.now >= FORWARD {
            // As after a computer has slept: what was due is late.
            world.now += 2 * HOUR;
            forward = true;
        }
        if !back && world.now >= BACK {
            world.now -= 25 * MINUTE;
            back = true;
        }
        let training = TRAINING[0] <= world.now && world.now < TRAINING[1];
        let origin = if training { Origin::Simulated } else { Origin::Live };
        if origin != world.origin {
            world.everybody_goes();
            world.origin = origin;
        }
    }
    world.everybody_goes();
    for attendant in attendants() {
        world.act(&Command::SetDuty { attendant, on_duty: false });
    }
    world.batches
}

fn attendants() -> impl Iterator<Item = AttendantId> {
    (1..=ATTENDANTS).map(AttendantId)
}

impl World {
    fn settle_down(&mut self) {
        let limits = Limits {
            park_slots: 4,
            park_fallback: ParkFallback::Service(ServiceId(2)),
            callback_time_max: Span::from_secs(600),
            ..Limits::default()
        };
        self.act(&Command::PutLimits(limits));
        for attendant in attendants() {
            self.act(&Command::PutAttendant(attendant));
        }
        let of = |id, name: &str, from: u64| {
            Service::new(ServiceId(id), name, attendants().filter(|one| one.0 >= from).collect())
        };
        let acw = Span::from_secs(15);
        let services = [
            Service { queue_time_max: Span::from_secs(120), ..of(1, "Reception", 1) },
            Service { acw, parallel_work: false, ..of(2, "Support", 2) },
            Service { workflow: Some(hotline()), ..of(3, "Hotline", 1) },
            Service {
                acw: Span::from_secs(5),
                parallel_work: false,
                distribution: Distribution::Broadcast,
                queue_time_max: Span::from_secs(60),
                ..of(4, "Emergency", 3)
            },
        ];
        assert_eq!(services.len() as u64, SERVICES);
        for service in services {
            self.act(&Command::PutService(service));
        }
        for attendant in attendants() {
            self.act(&Command::SetDuty { attendant, on_duty: true });
        }
    }

    /// Decides as a desk does, and keeps what is to be written.
    fn act(&mut self, command: &Command) {
        let at = self.board.moment(Timestamp(self.now));
        // Refused: it came too late, or dice ask for much.
        let Ok(events) = self.board.decide(command, at) else { return };
        if self.batches.last().is_none_or(|batch| batch.entries.len() >= BATCH) {
            self.batches.push(Batch::default());
        }
        let batch = self.batches.last_mut().expect("there is one");
        for event in events {
            batch.records.extend(self.fold.apply(&event, at));
            self.board.apply(&event, at);
            batch.entries.push(Entry { at, event, effects: Vec::new() });
        }
    }

    /// Lets time pass, and what is due on the way take effect.
    fn pass(&mut self, ms: i64) {
        let until = self.now + ms;
        while let Some(due) = self.board.next_deadline().filter(|due| due.0 <= until) {
            self.now = self.now.max(due.0);
            self.act(&Command::Tick);
        }
        self.now = self.now.max(until);
    }

    fn step(&mut self) {
        // Nights are quiet in Zurich, and calls are there all the same.
        let hour = (self.now + HOUR).div_euclid(HOUR).rem_euclid(24);
        let longest = if (7..19).contains(&hour) { 14 * SECOND } else { 180 * SECOND };
        let mut ms = self.dice.below(longest.unsigned_abs());
        if self.dice.percent(50) {
            // On the second, so that waits are thresholds sharp.
            ms -= (self.now + ms).rem_euclid(SECOND);
        }
        if self.dice.percent(1) {
            // On the border of an interval.
            ms = 15 * MINUTE - self.now.rem_euclid(15 * MINUTE);
        }
        self.pass(ms.max(0));
        match self.dice.below(100) {
            0..=13 => self.somebody_calls(),
            14..=19 => self.a_caller_hangs_up(),
            20..=59 => self.an_attendant_acts(),
            _ => self.the_telephone_system_tells(),
        }
    }

    fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    fn somebody_calls(&mut self) {
        let service = ServiceId(1 + self.dice.below(SERVICES) as u64);
        let (call, party) = (CallId(self.id()), PartyId(1 + self.dice.below(40) as u64));
        self.act(&Command::CallArrived { call, service, party, origin: self.origin });
    }

    fn some_call(&mut self) -> Option<Call> {
        let calls: Vec<CallId> = self.board.calls().map(|call| call.id).collect();
        let call = self.dice.one_of(&calls)?;
        self.board.call(call).cloned()
    }

    fn a_caller_hangs_up(&mut self) {
        let Some(call) = self.some_call() else { return };
        let leg = match call.transfer() {
            Some(transfer) if self.dice.percent(30) => Leg::Target(transfer.id),
            Some(_) | None => Leg::Caller(call.id),
        };
        let is_lost = self.dice.percent(5);
        self.act(&if is_lost { Command::LegLost { leg } } else { Command::LegHungUp { leg } });
    }

    fn the_telephone_system_tells(&mut self) {
        let Some(call) = self.some_call() else { return };
        let leg = Leg::Caller(call.id);
        if let Some(transfer) = call.transfer().map(|transfer| transfer.id) {
            let target = Leg::Target(transfer);
            let failures = [Failure::Busy, Failure::Declined, Failure::NoAnswer, Failure::Unreachable];
            let failure = self.dice.one_of(&failures).expect("there are four");
            return match self.dice.below(8) {
                0 => self.act(&Command::LegRinging { leg: target }),
                1..=3 => self.act(&Command::LegAnswered { leg: target }),
                4 => self.act(&Command::LegFailed { leg: target, failure }),
                5 => self.act(&Command::TransferRefused { transfer, failure }),
                _ => self.act(&Command::TransferTaken { transfer }),
            };
        }
        match (&call.state, self.dice.below(4)) {
            (CallState::Dialing { .. }, 0) => {
                self.act(&Command::LegFailed { leg, failure: Failure::NoAnswer });
            }
            (CallState::Dialing { .. }, _) => self.act(&Command::LegAnswered { leg }),
            (CallState::InWorkflow(activity), _) => self.on_her_way(leg, *activity),
            (CallState::Active { .. }, 0) if self.dice.percent(10) => {
                let party = PartyId(1 + self.dice.below(40) as u64);
                self.act(&Command::PartyReplaced { call: call.id, party });
            }
            _ => {}
        }
    }

    fn on_her_way(&mut self, leg: Leg, activity: Activity) {
        let digit = self.dice.one_of(&['1', '2', '3', '4', '9']).expect("there are five");
        match activity {
            Activity::Playing { .. } if self.dice.percent(50) => {
                self.act(&Command::DigitPressed { leg, digit });
            }
            Activity::Playing { play, .. } => self.act(&Command::PlayEnded { leg, play }),
            Activity::Awaiting { .. } => self.act(&Command::DigitPressed { leg, digit }),
            Activity::Recording { recording, .. } => {
                let length = Span(self.dice.below(3) as u32 * 4_000);
                self.act(&Command::Recorded { leg, recording, length });
            }
            Activity::HandingOver { transfer, .. } if self.dice.percent(50) => {
                self.act(&Command::TransferTaken { transfer });
            }
            Activity::HandingOver { transfer, .. } => {
                self.act(&Command::TransferRefused { transfer, failure: Failure::Busy });
            }
            Activity::Passing => {}
        }
    }

    fn an_attendant_acts(&mut self) {
        let attendant = AttendantId(1 + self.dice.below(ATTENDANTS) as u64);
        let Some(found) = self.board.attendant(attendant).cloned() else { return };
        let toss = self.dice.below(100);
        if let Some((offer, _)) = found.offer {
            return match toss {
                0..=69 => self.act(&Command::Accept { attendant, offer }),
                70..=79 => self.act(&Command::Decline { attendant, offer }),
                _ => {}
            };
        }
        if let Some(call) = found.active.and_then(|call| self.board.call(call)).cloned() {
            return self.about(attendant, &call);
        }
        let slots: Vec<_> = self.board.slots().map(|(slot, _)| slot).collect();
        let waiting: Vec<CallId> = self.board.queue().map(|call| call.id).collect();
        match toss {
            0..=2 => self.act(&Command::SetDuty { attendant, on_duty: !found.on_duty }),
            3 | 4 => {
                let presence =
                    if found.presence == Presence::Away { Presence::Available } else { Presence::Away };
                self.act(&Command::SetPresence { attendant, presence });
            }
            5 | 6 => {
                let reason = found.not_available.is_none().then_some(NotAvailable::Break);
                self.act(&Command::SetNotAvailable { attendant, reason });
            }
            7..=9 if !found.on_duty => self.act(&Command::SetDuty { attendant, on_duty: true }),
            10..=29 if found.rona => self.act(&Command::ClearRona { attendant }),
            30..=39 if found.acw.is_some() => self.act(&Command::EndAcw { attendant }),
            40..=49 if found.acw.is_some() => self.act(&Command::ExtendAcw { attendant }),
            30..=59 => {
                if let Some(call) = self.dice.one_of(&found.held) {
                    self.act(&Command::Retrieve { attendant, call });
                }
            }
            60..=74 => {
                if let Some(slot) = self.dice.one_of(&slots) {
                    self.act(&Command::Unpark { attendant, slot });
                }
            }
            75..=84 => {
                if let Some(call) = self.dice.one_of(&waiting) {
                    self.act(&Command::Pick { attendant, call });
                }
            }
            85..=87 => {
                let call = CallId(self.id());
                let service = self.dice.percent(70).then_some(ServiceId(2));
                let target = Target { party: PartyId(50), kind: TargetKind::Outside };
                self.act(&Command::PlaceCall { attendant, call, service, target, origin: self.origin });
            }
            _ => {}
        }
    }

    fn about(&mut self, attendant: AttendantId, call: &Call) {
        if let Some(transfer) = call.transfer().map(|transfer| transfer.id) {
            return match self.dice.below(8) {
                0..=2 => self.act(&Command::CompleteTransfer { attendant, transfer }),
                3 => self.act(&Command::CancelTransfer { attendant, transfer }),
                4 => self.act(&Command::Swap { attendant, transfer }),
                5 => self.act(&Command::Conference { attendant, transfer }),
                6 => self.act(&Command::HangUp { attendant, call: call.id }),
                _ => {}
            };
        }
        let call = call.id;
        let transfer = TransferId(self.id());
        let kinds =
            [TargetKind::User, TargetKind::Outside, TargetKind::Voicemail, TargetKind::Service(ServiceId(2))];
        let target = Target { party: PartyId(60), kind: self.dice.one_of(&kinds).expect("there are four") };
        match self.dice.below(16) {
            0..=3 => self.act(&Command::HangUp { attendant, call }),
            4 | 5 => self.act(&Command::Hold { attendant, call }),
            6 | 7 => self.act(&Command::Park { attendant, call, slot: None }),
            8 => {
                self.act(&Command::Transfer { attendant, call, transfer, mode: Unattended::Blind, target });
            }
            9 => self.act(&Command::Transfer { attendant, call, transfer, mode: Unattended::Safe, target }),
            10 | 11 => self.act(&Command::Consult { attendant, call, transfer, target }),
            _ => {}
        }
    }

    /// Until no call is left.
    fn everybody_goes(&mut self) {
        for _ in 0..100 {
            let calls: Vec<Call> = self.board.calls().cloned().collect();
            if calls.is_empty() {
                return;
            }
            for call in calls {
                if let Some(transfer) = call.transfer() {
                    self.act(&Command::LegHungUp { leg: Leg::Target(transfer.id) });
                }
                self.act(&Command::LegHungUp { leg: Leg::Caller(call.id) });
            }
            self.pass(30 * SECOND);
        }
        panic!("some calls do not end: {:?}", self.board.calls().collect::<Vec<_>>());
    }
}

/// A menu before the queue, and what comes after it.
fn hotline() -> Workflow {
    let sound = SoundId(1);
    let node = NodeId;
    let steps = [
        (1, Step::Announce { sound, next: node(2) }),
        (2, Step::Accept { next: node(3) }),
        (
            3,
            Step::Menu {
                sound,
                choices: vec![
                    Choice { key: '1', next: node(4) },
                    Choice { key: '2', next: node(7) },
                    Choice { key: '3', next: node(8) },
                    Choice { key: '4', next: node(9) },
                ],
                tries: 2,
                timeout: Span::from_secs(8),
                otherwise: node(11),
            },
        ),
        (4, Step::Queue { limit: Some(Span::from_secs(40)), timeout: node(5), nobody: Nobody::Waits }),
        (5, Step::Announce { sound, next: node(6) }),
        (6, Step::Voicemail { sound: None, length_max: Span::from_secs(30), next: node(11) }),
        (7, Step::Transfer { target: TransferTo::Service(ServiceId(1)), failed: node(11) }),
        (8, Step::Callback { sound: None, next: node(11) }),
        (
            9,
            Step::Transfer {
                target: TransferTo::Party(Target { party: PartyId(70), kind: TargetKind::Outside }),
                failed: node(11),
            },
        ),
        (11, Step::Disconnect),
    ];
    let nodes = steps.map(|(id, step)| (node(id), Node { name: String::new(), x: 0, y: 0, step }));
    Workflow { start: node(1), nodes: nodes.into_iter().collect() }
}

/// `SplitMix64`: a seed gives the same days on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, below: u64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((mixed ^ (mixed >> 31)) % below).expect("less than what is asked for")
    }

    fn percent(&mut self, often: i64) -> bool {
        self.below(100) < often
    }

    fn one_of<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let places = u64::try_from(from.len()).ok().filter(|places| *places > 0)?;
        from.get(usize::try_from(self.below(places)).ok()?).copied()
    }
}
