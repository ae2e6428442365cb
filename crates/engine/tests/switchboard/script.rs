//! A small language for telling what happens at a desk, and the record of what the switchboard made of it.
//!
//! One line is one step: `c1 arrives` (`at s2`), `a1 accepts`, `declines`, `picks c1`, `holds c1`, `retrieves c1`,
//! `parks c1` (`in 3`), `unparks 1`, `hangs up c1`, `dials c9`, `blind c1 t1 user`, `safe …`, `consult …` (targets:
//! `user`, `outside`, `voicemail`, `s2`), `swaps t1`, `conferences t1`, `completes t1`, `cancels t1`; `on duty`,
//! `off duty`, `breaks`, `is back`, `clears rona`, `ends acw`; `c1 hangs up`, `is lost`, `rings`, `answers`, `fails busy`;
//! `c1 presses 1`, `has heard it` (the sound that plays, to its end), `said 5s`, `taken`, `refused busy` (the hand-over of the workflow);
//! the same for `t1`, and `t1 taken`, `t1 refused busy`; `c1 resumes`; `lines c1 t1` are all there are; `s2 is first`,
//! `drops a3`, `is gone`; `+20s` lets time pass, deadline by deadline.

use std::fmt::Write;

use engine::{
    Activity, AttendantId, CallId, Command, Event, Failure, Leg, Limits, Members, NotAvailable, Origin,
    PartyId, Rejection, Service, ServiceId, SlotNumber, Span, Switchboard, Target, TargetKind, Timestamp,
    TransferId, Unattended, invariants,
};
use expect_test::Expect;

use crate::{naive, preflight, why};

/// Two services: s1 with a1 and a2, s2 with a2 and a3. Everybody is known and off duty.
pub(crate) struct Desk {
    pub(crate) board: Switchboard,
    pub(crate) now: Timestamp,
    journal: Vec<(Event, Timestamp)>,
    record: String,
}

/// Runs a script and compares the record.
pub(crate) fn check(script: &str, expected: Expect) {
    expected.assert_eq(&record(script));
}

/// Runs a script; what the switchboard made of it.
pub(crate) fn record(script: &str) -> String {
    let mut desk = Desk::new();
    desk.run(script);
    desk.record
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let (board, now) = (Switchboard::new(), Timestamp(0));
        let mut desk = Desk { board, now, journal: Vec::new(), record: String::new() };
        let attendants = |ids: &[u64]| ids.iter().copied().map(AttendantId).collect::<Vec<_>>();
        let mut first = Service::new(ServiceId(1), "Reception", attendants(&[1, 2]));
        first.acw = Span(0);
        let mut second = Service::new(ServiceId(2), "Support", attendants(&[2, 3]));
        second.acw = Span::from_secs(10);
        for command in [Command::PutService(first), Command::PutService(second)] {
            desk.act(&command).expect("the settings are in range");
        }
        for attendant in attendants(&[1, 2, 3]) {
            desk.act(&Command::PutAttendant(attendant)).expect("anybody can be made known");
        }
        desk.record.clear();
        desk
    }

    /// Runs a script; lines before the first blank one set the scene and are not recorded.
    pub(crate) fn run(&mut self, script: &str) {
        let script = script.trim_matches('\n');
        let (scene, act) = script.split_once("\n\n").unwrap_or(("", script));
        for line in lines(scene) {
            self.step(line);
        }
        self.record.clear();
        for line in lines(act) {
            writeln!(self.record, "> {line}").expect("a string can be written");
            self.step(line);
        }
    }

    /// Runs on and compares the record of this script.
    pub(crate) fn check(&mut self, script: &str, expected: Expect) {
        self.run(script);
        expected.assert_eq(&self.record);
    }

    fn step(&mut self, line: &str) {
        match line.strip_prefix('+') {
            Some(seconds) => self.pass(seconds.trim_end_matches('s').parse().expect("whole seconds")),
            None => {
                if let Err(rejection) = self.act(&parse(line, self)) {
                    writeln!(self.record, "  refused: {}", short(&format!("{rejection:?}")))
                        .expect("a string can be written");
                }
            }
        }
    }

    fn pass(&mut self, seconds: i64) {
        let end = Timestamp(self.now.0 + seconds * 1000);
        while let Some(due) = self.board.next_deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.act(&Command::Tick).expect("time is never refused");
        }
        self.now = end;
    }

    /// Decides and applies, and checks what must hold after every decision.
    pub(crate) fn act(&mut self, command: &Command) -> Result<(), Rejection> {
        let events = self.board.decide(command, self.now)?;
        let foretold = preflight::foretold(&self.board, command);
        for event in events {
            writeln!(self.record, "  {}", short(&format!("{event:?}"))).expect("a string can be written");
            for effect in Switchboard::effects(&event) {
                writeln!(self.record, "    -> {}", short(&format!("{effect:?}")))
                    .expect("a string can be written");
            }
            if let Event::CallOffered { call, attendant, .. } = event {
                assert_eq!(naive::next_offer(&self.board), Some((call, attendant)), "after {command:?}");
                why::agrees(&self.board, call, attendant);
            }
            self.board.apply(&event, self.now);
            self.journal.push((event, self.now));
        }
        assert_eq!(invariants::broken(&self.board), Vec::<String>::new(), "after {command:?}");
        assert_eq!(Switchboard::from(self.board.snapshot()), self.board, "after {command:?}");
        why::leaves_nobody_out(&self.board);
        preflight::came_true(&self.board, command, foretold);
        Ok(())
    }

    /// What was made of the script so far.
    pub(crate) fn recorded(&self) -> String {
        self.record.clone()
    }

    /// The switchboard as replay builds it.
    pub(crate) fn replayed(&self) -> Switchboard {
        let mut board = Switchboard::new();
        for (event, at) in &self.journal {
            board.apply(event, *at);
        }
        board
    }

    /// What was decided about a call, read off the journal.
    pub(crate) fn decisions(&self, call: CallId) -> Vec<engine::why::Decision> {
        engine::why::decisions(self.journal.iter().map(|(event, at)| (event, *at)), call)
    }

    pub(crate) fn journal(&self) -> impl Iterator<Item = &Event> {
        self.journal.iter().map(|(event, _)| event)
    }
}

fn lines(script: &str) -> impl Iterator<Item = &str> {
    script.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn parse(line: &str, desk: &Desk) -> Command {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (who, rest) = words.split_first().expect("a step has words");
    match who.split_at(1) {
        ("l", "ines") => {
            Command::Reconcile { legs: rest.iter().map(|word| leg(word)).collect(), taken: desk.now }
        }
        ("a", id) => attendant_step(AttendantId(number(id)), rest, &desk.board),
        ("s", id) => service_step(ServiceId(number(id)), rest, &desk.board),
        ("c", id) => match workflow_step(CallId(number(id)), rest, &desk.board) {
            Some(command) => command,
            None => line_step(Leg::Caller(CallId(number(id))), rest),
        },
        ("t", id) => line_step(Leg::Target(TransferId(number(id))), rest),
        _ => panic!("who is {who}?"),
    }
}

fn attendant_step(attendant: AttendantId, words: &[&str], board: &Switchboard) -> Command {
    let offer = || board.attendant(attendant).and_then(|it| it.offer).expect("something rings").0;
    match *words {
        ["on", "duty"] => Command::SetDuty { attendant, on_duty: true },
        ["off", "duty"] => Command::SetDuty { attendant, on_duty: false },
        ["breaks"] => Command::SetNotAvailable { attendant, reason: Some(NotAvailable::Break) },
        ["is", "back"] => Command::SetNotAvailable { attendant, reason: None },
        ["clears", "rona"] => Command::ClearRona { attendant },
        ["ends", "acw"] => Command::EndAcw { attendant },
        ["accepts"] => Command::Accept { attendant, offer: offer() },
        ["accepts", o] => Command::Accept { attendant, offer: engine::OfferId(id(o)) },
        ["declines"] => Command::Decline { attendant, offer: offer() },
        ["picks", c] => Command::Pick { attendant, call: CallId(id(c)) },
        ["hangs", "up", c] => Command::HangUp { attendant, call: CallId(id(c)) },
        ["holds", c] => Command::Hold { attendant, call: CallId(id(c)) },
        ["retrieves", c] => Command::Retrieve { attendant, call: CallId(id(c)) },
        ["parks", c] => Command::Park { attendant, call: CallId(id(c)), slot: None },
        ["parks", c, "in", slot] => {
            Command::Park { attendant, call: CallId(id(c)), slot: Some(SlotNumber(number(slot) as u16)) }
        }
        ["unparks", slot] => Command::Unpark { attendant, slot: SlotNumber(number(slot) as u16) },
        ["dials", c] => place_call(attendant, c, None),
        ["dials", c, "for", s] => place_call(attendant, c, Some(ServiceId(id(s)))),
        ["blind", c, t, to] => unattended(attendant, c, t, Unattended::Blind, to),
        ["safe", c, t, to] => unattended(attendant, c, t, Unattended::Safe, to),
        ["consult", c, t, to] => Command::Consult {
            attendant,
            call: CallId(id(c)),
            transfer: TransferId(id(t)),
            target: target(to),
        },
        ["swaps", t] => Command::Swap { attendant, transfer: TransferId(id(t)) },
        ["conferences", t] => Command::Conference { attendant, transfer: TransferId(id(t)) },
        ["completes", t] => Command::CompleteTransfer { attendant, transfer: TransferId(id(t)) },
        ["cancels", t] => Command::CancelTransfer { attendant, transfer: TransferId(id(t)) },
        _ => panic!("what is {words:?}?"),
    }
}

fn place_call(attendant: AttendantId, call: &str, service: Option<ServiceId>) -> Command {
    let target = target("outside");
    Command::PlaceCall { attendant, call: CallId(id(call)), service, target, origin: Origin::Live }
}

fn unattended(attendant: AttendantId, call: &str, transfer: &str, mode: Unattended, to: &str) -> Command {
    let (call, transfer) = (CallId(id(call)), TransferId(id(transfer)));
    Command::Transfer { attendant, call, transfer, mode, target: target(to) }
}

fn service_step(service: ServiceId, words: &[&str], board: &Switchboard) -> Command {
    let mut put = board.service(service).cloned().expect("the service is there");
    match *words {
        ["is", "first"] => put.priority = 1,
        ["is", "gone"] => return Command::RemoveService(service),
        ["drops", a] => {
            if let Members::Listed(listed) = &mut put.members {
                listed.retain(|listed| *listed != AttendantId(id(a)));
            }
        }
        _ => panic!("what is {words:?}?"),
    }
    Command::PutService(put)
}

fn leg(word: &str) -> Leg {
    match word.split_at(1) {
        ("c", id) => Leg::Caller(CallId(number(id))),
        ("t", id) => Leg::Target(TransferId(number(id))),
        _ => panic!("what line is {word}?"),
    }
}

fn line_step(leg: Leg, words: &[&str]) -> Command {
    match (leg, words) {
        (Leg::Caller(call), ["arrives"]) => arrives(call, ServiceId(1)),
        (Leg::Caller(call), ["arrives", "at", s]) => arrives(call, ServiceId(id(s))),
        (_, ["resumes"]) => Command::LineResumed { leg },
        (_, ["rings"]) => Command::LegRinging { leg },
        (_, ["answers"]) => Command::LegAnswered { leg },
        (_, ["fails", why]) => Command::LegFailed { leg, failure: failure(why) },
        (_, ["hangs", "up"]) => Command::LegHungUp { leg },
        (_, ["is", "lost"]) => Command::LegLost { leg },
        (Leg::Target(transfer), ["taken"]) => Command::TransferTaken { transfer },
        (Leg::Target(transfer), ["refused", why]) => {
            Command::TransferRefused { transfer, failure: failure(why) }
        }
        _ => panic!("what is {words:?}?"),
    }
}

/// What a caller does at a step of a workflow.
fn workflow_step(call: CallId, words: &[&str], board: &Switchboard) -> Option<Command> {
    let leg = Leg::Caller(call);
    let activity = board.call(call).and_then(|call| call.activity());
    Some(match (words, activity) {
        (["presses", key], _) => Command::DigitPressed { leg, digit: key.chars().next()? },
        (["has", "heard", "it"], Some(Activity::Playing { play, .. })) => Command::PlayEnded { leg, play },
        (["said", seconds], Some(Activity::Recording { recording, .. })) => {
            let length = Span::from_secs(seconds.trim_end_matches('s').parse().ok()?);
            Command::Recorded { leg, recording, length }
        }
        (["taken"], Some(Activity::HandingOver { transfer, .. })) => Command::TransferTaken { transfer },
        (["refused", why], Some(Activity::HandingOver { transfer, .. })) => {
            Command::TransferRefused { transfer, failure: failure(why) }
        }
        _ => return None,
    })
}

fn arrives(call: CallId, service: ServiceId) -> Command {
    Command::CallArrived { call, service, party: PartyId(call.0), origin: Origin::Live }
}

fn target(to: &str) -> Target {
    let kind = match to {
        "user" => TargetKind::User,
        "outside" => TargetKind::Outside,
        "voicemail" => TargetKind::Voicemail,
        service => TargetKind::Service(ServiceId(id(service))),
    };
    Target { party: PartyId(0x99), kind }
}

fn failure(why: &str) -> Failure {
    match why {
        "busy" => Failure::Busy,
        "declined" => Failure::Declined,
        "no-answer" => Failure::NoAnswer,
        "unreachable" => Failure::Unreachable,
        "forbidden" => Failure::Forbidden,
        "fault" => Failure::Fault,
        _ => panic!("what is {why}?"),
    }
}

fn id(word: &str) -> u64 {
    number(&word[1..])
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}

/// `CallId(1)` becomes `c1`, `Timestamp(5000)` becomes `5s`.
fn short(text: &str) -> String {
    let names =
        [("CallId", "c"), ("AttendantId", "a"), ("ServiceId", "s"), ("TransferId", "t"), ("OfferId", "o")];
    let mut text = text.to_owned();
    let more = [("PartyId", "p"), ("SlotNumber", "slot "), ("NodeId", "step "), ("SoundId", "sound ")];
    let derived = [("PlayId", "play"), ("RecordingId", "recording")];
    for (long, brief) in derived {
        text = replace(&text, long, |_| brief.to_owned());
    }
    for (long, brief) in names.into_iter().chain(more) {
        text = replace(&text, long, |inner| format!("{brief}{inner}"));
    }
    let milliseconds = |inner: &str| format!("{}s", inner.parse::<f64>().expect("milliseconds") / 1000.0);
    replace(&replace(&text, "Timestamp", milliseconds), "Span", milliseconds)
}

fn replace(text: &str, name: &str, with: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    let open = format!("{name}(");
    while let Some((before, after)) = rest.split_once(&open) {
        let (inner, after) = after.split_once(')').expect("the bracket is closed");
        out.push_str(before);
        out.push_str(&with(inner));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Limits with short spans, so that random commands meet them.
pub(crate) fn tight_limits() -> Limits {
    Limits { park_slots: 2, held_max: 2, calls_max: 12, ..Limits::default() }
}
