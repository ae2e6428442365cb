//! What one replication comes to: the call records of those who counted, and what no record says, such as how long the queue
//! was and how attendants spent their time. Works out no figure: see `figures`.

use engine::{AttendantId, CallId, Event, Timestamp};
use reporting::kpi::{AttendantTime, Counts};
use reporting::{CallRecord, Fold, RecordChange};

use crate::model::Model;

/// What an attendant does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Off duty.
    Away,
    /// On duty and free.
    Idle,
    /// It rings at her.
    Ringing,
    /// On duty and not selectable: a break, or a call she missed.
    Pausing,
    /// After-call work.
    Working,
    /// In a call.
    Talking,
}

/// How long attendants did what, in milliseconds between the warm-up and the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) idle_ms: u64,
    pub(crate) ringing_ms: u64,
    pub(crate) pausing_ms: u64,
    pub(crate) working_ms: u64,
    pub(crate) talking_ms: u64,
}

/// One replication.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) services: Vec<ServiceTally>,
    /// By group.
    pub(crate) groups: Vec<Spent>,
    /// Everybody who waits, whatever for.
    pub(crate) queue: Queue,
    warm: Timestamp,
    end: Timestamp,
    fold: Fold,
    people: Vec<Person>,
    /// By call id, from 1.
    calls: Vec<Call>,
    /// Who is in the house.
    callers: usize,
    /// Attendants in after-call work.
    working: usize,
}

/// What became of a service's callers.
#[derive(Debug, Default)]
pub(crate) struct ServiceTally {
    /// Of everybody who was let in after the warm-up.
    pub(crate) records: Vec<CallRecord>,
    /// Heard the busy tone.
    pub(crate) blocked: u64,
    /// Called while it was closed.
    pub(crate) closed: u64,
    /// After-call work for the calls of `records`, in milliseconds.
    pub(crate) acw_ms: u64,
    pub(crate) queue: Queue,
}

/// How many wait, over time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Queue {
    waiting: u64,
    since: Timestamp,
    /// Callers × milliseconds, between the warm-up and the end.
    pub(crate) caller_ms: u64,
    /// The most at once.
    pub(crate) most: u64,
}

#[derive(Clone, Copy, Debug)]
struct Person {
    group: usize,
    doing: Doing,
    since: Timestamp,
    /// The call she works after, and since when.
    work: Option<(CallId, Timestamp)>,
}

#[derive(Clone, Copy, Debug)]
struct Call {
    service: usize,
    counts: bool,
    waits: bool,
    attendant: Option<AttendantId>,
}

impl Tally {
    pub(crate) fn new(model: &Model) -> Tally {
        let queue = Queue { since: model.start, ..Queue::default() };
        let person = |group| Person { group, doing: Doing::Away, since: model.start, work: None };
        Tally {
            services: model
                .services
                .iter()
                .map(|_| ServiceTally { queue, ..ServiceTally::default() })
                .collect(),
            groups: vec![Spent::default(); model.groups.len()],
            queue,
            warm: model.warm,
            end: model.end,
            fold: Fold::default(),
            people: model.attendants.iter().map(|attendant| person(attendant.group)).collect(),
            calls: Vec::new(),
            callers: 0,
            working: 0,
        }
    }

    /// Callers who wait or talk.
    pub(crate) fn callers(&self) -> usize {
        self.callers
    }

    /// Nobody waits, talks, or writes up a call.
    pub(crate) fn is_quiet(&self) -> bool {
        self.callers == 0 && self.working == 0
    }

    /// Who talked to this caller.
    pub(crate) fn talked(&self, call: CallId) -> Option<AttendantId> {
        self.calls.get(place(call.0)).and_then(|call| call.attendant)
    }

    pub(crate) fn blocked(&mut self, service: usize, at: Timestamp) {
        self.services[service].blocked += u64::from(at >= self.warm);
    }

    pub(crate) fn closed(&mut self, service: usize, at: Timestamp) {
        self.services[service].closed += u64::from(at >= self.warm);
    }

    /// Takes an event in.
    pub(crate) fn note(&mut self, event: &Event, at: Timestamp) {
        match *event {
            Event::CallArrived { service, .. } => {
                let service = place(service.0);
                self.calls.push(Call { service, counts: at >= self.warm, waits: false, attendant: None });
                self.callers += 1;
            }
            Event::CallQueued { call, .. } => self.wait(call, true, at),
            Event::CallAccepted { call, attendant, .. } => {
                self.wait(call, false, at);
                self.calls[place(call.0)].attendant = Some(attendant);
            }
            Event::CallEnded { call, .. } => {
                self.wait(call, false, at);
                self.callers -= 1;
            }
            Event::AcwBegan { attendant, call, .. } => {
                self.working += 1;
                self.people[place(attendant.0)].work = Some((call, at));
            }
            Event::AcwEnded { attendant } => self.end_work(attendant, at),
            // Nothing else changes who waits, talks or writes up.
            _ => {}
        }
        for change in self.fold.apply(event, at) {
            match change {
                RecordChange::Put(record) if record.ended.is_some() && record.arrived >= self.warm => {
                    let service = self.calls[place(record.call.0)].service;
                    self.services[service].records.push(record);
                }
                // A record that still goes on comes again; put through was nobody.
                _ => {}
            }
        }
    }

    fn wait(&mut self, call: CallId, waits: bool, at: Timestamp) {
        let call = &mut self.calls[place(call.0)];
        if call.waits == waits {
            return;
        }
        call.waits = waits;
        let window = (self.warm, self.end);
        self.services[call.service].queue.change(waits, at, window);
        self.queue.change(waits, at, window);
    }

    fn end_work(&mut self, attendant: AttendantId, at: Timestamp) {
        let Some((call, since)) = self.people[place(attendant.0)].work.take() else { return };
        self.working -= 1;
        let call = self.calls[place(call.0)];
        if call.counts {
            self.services[call.service].acw_ms += u64::from((at - since).0);
        }
    }

    /// An attendant does something else from now on, or the same.
    pub(crate) fn turned(&mut self, attendant: AttendantId, doing: Doing, at: Timestamp) {
        let (warm, end) = (self.warm, self.end);
        let person = &mut self.people[place(attendant.0)];
        let passed = u64::from((at.clamp(warm, end) - person.since.clamp(warm, end)).0);
        let spent = &mut self.groups[person.group];
        match person.doing {
            Doing::Away => {}
            Doing::Idle => spent.idle_ms += passed,
            Doing::Ringing => spent.ringing_ms += passed,
            Doing::Pausing => spent.pausing_ms += passed,
            Doing::Working => spent.working_ms += passed,
            Doing::Talking => spent.talking_ms += passed,
        }
        person.doing = doing;
        person.since = at;
    }

    /// Takes the time until the end in.
    pub(crate) fn close(&mut self) {
        let (end, window) = (self.end, (self.warm, self.end));
        for person in 0..self.people.len() {
            let doing = self.people[person].doing;
            self.turned(AttendantId(person as u64 + 1), doing, end);
        }
        self.queue.pass(end, window);
        self.services.iter_mut().for_each(|service| service.queue.pass(end, window));
    }
}

impl Queue {
    fn change(&mut self, waits: bool, at: Timestamp, window: (Timestamp, Timestamp)) {
        self.pass(at, window);
        if waits {
            self.waiting += 1;
        } else {
            self.waiting -= 1;
        }
        if at >= window.0 {
            self.most = self.most.max(self.waiting);
        }
    }

    fn pass(&mut self, at: Timestamp, (warm, end): (Timestamp, Timestamp)) {
        let passed = at.clamp(warm, end) - self.since.clamp(warm, end);
        self.caller_ms += self.waiting * u64::from(passed.0);
        self.since = at;
    }
}

impl Spent {
    /// As the formula of the occupancy wants it: time between warm-up and end only, also of a call that began before.
    pub(crate) fn occupancy(self) -> Option<f64> {
        let counts = Counts { connected_ms: self.talking_ms, ..Counts::default() };
        let time = AttendantTime { acw_ms: self.working_ms, idle_ms: self.idle_ms };
        counts.kpi(reporting::kpi::Kpi::Occupancy, time)
    }

    pub(crate) fn on_duty_ms(self) -> u64 {
        self.idle_ms + self.ringing_ms + self.pausing_ms + self.working_ms + self.talking_ms
    }
}

/// From 0.
fn place(id: u64) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX).wrapping_sub(1)
}
