//! Pre-flight (CALL-6): what would await a caller who is put through to a service now. Looks at every member and at everybody
//! who waits there, so it is for screens. Of a workflow it knows the hours that come first, not what a caller will choose.

use crate::calendar;
use crate::id::ServiceId;
use crate::index::Rank;
use crate::settings::Distribution;
use crate::switchboard::Switchboard;
use crate::time::Timestamp;
use crate::workflow::check::NODES_MAX;
use crate::workflow::{Step, Workflow};

/// How a service stands at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preflight {
    /// Which.
    pub service: ServiceId,
    /// Callers who wait there.
    pub waiting: usize,
    /// Since when the one waits who has waited longest.
    pub longest_since: Option<Timestamp>,
    /// It has a workflow, which comes before its queue.
    pub has_workflow: bool,
    /// What the calendar says that its workflow asks before anything that can turn out differently; `None`: it asks none.
    pub open: Option<bool>,
    /// Attendants who belong to it.
    pub members: usize,
    /// Those of them who are on duty and have it switched on.
    pub on_duty: usize,
    /// Those of them who may be offered a call now.
    pub selectable: usize,
    /// What would await the caller, once she is in the queue.
    pub expected: Expected,
}

/// What awaits a caller who is put through to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// It is closed: its workflow says what she hears instead.
    Closed,
    /// It rings at somebody at once.
    Rings,
    /// She waits until somebody is free, or until her wait has reached those who are.
    Waits,
    /// She waits until somebody takes the call out of the queue.
    WaitsToBePicked,
    /// She waits, and nobody is on duty who could take the call.
    NobodyOnDuty,
    /// She waits, and nobody belongs to the service.
    NoMembers,
}

impl Switchboard {
    /// How a service stands; `None` where there is none.
    pub fn preflight(&self, service: ServiceId, now: Timestamp) -> Option<Preflight> {
        let found = self.service(service)?;
        let (mut members, mut on_duty, mut selectable, mut rings) = (0, 0, 0, false);
        for attendant in self.attendants().filter(|it| it.services.contains_key(&service)) {
            members += 1;
            on_duty += usize::from(attendant.on_duty && attendant.serves(service));
            if attendant.selectable(found).is_ok() {
                selectable += 1;
                // Where one is free whom a wait of nothing reaches, nobody waits whom she could take.
                rings |= Rank::of(attendant, found).is_some_and(|rank| rank.level == 0);
            }
        }
        let open = found.workflow.as_ref().and_then(|workflow| self.is_open(workflow, now));
        let expected = match (members, on_duty) {
            _ if open == Some(false) => Expected::Closed,
            (0, _) => Expected::NoMembers,
            (_, 0) => Expected::NobodyOnDuty,
            _ if found.distribution == Distribution::PickUp => Expected::WaitsToBePicked,
            _ if rings => Expected::Rings,
            _ => Expected::Waits,
        };
        let waiting = self.queue_of(service).count();
        let longest_since = self.queue_of(service).map(|call| call.arrived).min();
        let has_workflow = found.workflow.is_some();
        Some(Preflight {
            service,
            waiting,
            longest_since,
            has_workflow,
            open,
            members,
            on_duty,
            selectable,
            expected,
        })
    }

    /// Follows the steps that have one way out, to the hours.
    fn is_open(&self, workflow: &Workflow, now: Timestamp) -> Option<bool> {
        let mut node = workflow.start;
        for _ in 0..=NODES_MAX {
            match workflow.nodes.get(&node)?.step {
                Step::Accept { next } | Step::Announce { next, .. } | Step::Save { next, .. } => node = next,
                Step::Hours { calendar, .. } => {
                    return Some(calendar::is_open(self.calendar(calendar), self.moment(now)));
                }
                Step::Availability { .. }
                | Step::Menu { .. }
                | Step::Check { .. }
                | Step::Queue { .. }
                | Step::Position { .. }
                | Step::Voicemail { .. }
                | Step::Callback { .. }
                | Step::Transfer { .. }
                | Step::Disconnect => return None,
            }
        }
        None
    }
}
