//! The way of a caller through a service, as data (ROUTE-3): steps, and where each exit leads. Does not judge (see
//! `check`) and does not walk (see `walk`).

pub mod check;

use std::collections::BTreeMap;
use std::fmt;

use crate::command::Target;
use crate::id::{CalendarId, NodeId, ServiceId, SoundId};
use crate::time::Span;

pub use check::{Fault, Field, Known, Problem, faults};

/// The way of a caller from the moment she reaches the service. At most 64 steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// The first step.
    pub start: NodeId,
    /// All steps.
    pub nodes: BTreeMap<NodeId, Node>,
}

/// One step, and where it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The administrator's own name for it, at most 60 characters; empty: the kind's name is shown.
    pub name: String,
    /// Where it is drawn, from the left.
    pub x: i16,
    /// Where it is drawn, from the top.
    pub y: i16,
    /// What happens.
    pub step: Step,
}

/// What happens at a step. Every field of type `NodeId` is an exit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "variants are explained, and their fields are named by their types")]
pub enum Step {
    /// Answers the line; until then the call costs the caller nothing.
    Accept { next: NodeId },
    /// Plays a sound once.
    Announce { sound: SoundId, next: NodeId },
    /// Asks a calendar.
    Hours { calendar: CalendarId, open: NodeId, closed: NodeId },
    /// Looks ahead: somebody could be rung now, somebody is on duty but not free, nobody is on duty.
    Availability { selectable: NodeId, later: NodeId, nobody: NodeId },
    /// Plays a sound and waits for one key. `tries` 1–5; `timeout` 1–60 s after the sound.
    Menu { sound: SoundId, choices: Vec<Choice>, tries: u8, timeout: Span, otherwise: NodeId },
    /// Notes a constant under a name.
    Save { parameter: String, value: String, next: NodeId },
    /// Compares what was noted; what was not noted equals the empty text.
    Check { parameter: String, equals: String, yes: NodeId, no: NodeId },
    /// Waits for an attendant, as one who arrived when she did. `limit` 5–3600 s; `None`: the service's own.
    Queue { limit: Option<Span>, timeout: NodeId, nobody: Nobody },
    /// Asks how many wait before her (0–999) and how long the first of them has waited (at most 3600 s).
    Position { position_max: Option<u16>, wait_max: Option<Span>, within: NodeId, beyond: NodeId },
    /// Plays a greeting, then records: 5–600 s.
    Voicemail { sound: Option<SoundId>, length_max: Span, next: NodeId },
    /// Plays a sound, then notes that she is to be called back, keeping her place.
    Callback { sound: Option<SoundId>, next: NodeId },
    /// Hands the call on.
    Transfer { target: TransferTo, failed: NodeId },
    /// Ends the call.
    Disconnect,
}

/// What a key of the telephone leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Choice {
    /// `0`–`9`, `*` or `#`; each once in a menu.
    pub key: char,
    /// Where it leads.
    pub next: NodeId,
}

/// Whether a caller stays in a queue that nobody serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nobody {
    /// She waits all the same, until the limit.
    Waits,
    /// She goes on: at once, or as soon as the last attendant goes off duty.
    Leaves(NodeId),
}

/// Where a workflow hands a call to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransferTo {
    /// Another service of ours: its workflow begins, and with it a service session.
    Service(ServiceId),
    /// A number or address.
    Party(Target),
}

impl Workflow {
    /// The services it hands callers to.
    pub fn services(&self) -> impl Iterator<Item = ServiceId> {
        self.nodes.values().filter_map(|node| match node.step {
            Step::Transfer { target: TransferTo::Service(service), .. } => Some(service),
            _ => None,
        })
    }

    /// The opening hours it asks.
    pub fn calendars(&self) -> impl Iterator<Item = CalendarId> {
        self.nodes.values().filter_map(|node| match node.step {
            Step::Hours { calendar, .. } => Some(calendar),
            _ => None,
        })
    }

    /// The sounds it plays.
    pub fn sounds(&self) -> impl Iterator<Item = SoundId> {
        self.nodes.values().filter_map(|node| match node.step {
            Step::Announce { sound, .. } | Step::Menu { sound, .. } => Some(sound),
            Step::Voicemail { sound, .. } | Step::Callback { sound, .. } => sound,
            _ => None,
        })
    }
}

/// A way out of a step. Displayed as the screens call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is the exit of this name in `Step`")]
pub enum Exit {
    Next,
    Open,
    Closed,
    Selectable,
    Later,
    Nobody,
    Key(char),
    Otherwise,
    Timeout,
    Yes,
    No,
    Within,
    Beyond,
    Failed,
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Exit::Next => "next",
            Exit::Open => "open",
            Exit::Closed => "closed",
            Exit::Selectable => "selectable",
            Exit::Later => "later",
            Exit::Nobody => "nobody",
            Exit::Key(key) => return write!(f, "key:{key}"),
            Exit::Otherwise => "otherwise",
            Exit::Timeout => "timeout",
            Exit::Yes => "yes",
            Exit::No => "no",
            Exit::Within => "within",
            Exit::Beyond => "beyond",
            Exit::Failed => "failed",
        })
    }
}

/// How a caller gets from a step to the one behind an exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pace {
    /// In the same moment.
    AtOnce,
    /// Only after something that takes time.
    Later,
}

impl Step {
    /// The ways out, and where each leads.
    pub fn exits(&self) -> Vec<(Exit, NodeId)> {
        self.paces().into_iter().map(|(exit, to, _)| (exit, to)).collect()
    }

    /// The same, with what time lies between.
    pub(crate) fn paces(&self) -> Vec<(Exit, NodeId, Pace)> {
        use Pace::{AtOnce, Later};
        match *self {
            Step::Accept { next } | Step::Save { next, .. } => vec![(Exit::Next, next, AtOnce)],
            Step::Announce { next, .. } | Step::Voicemail { next, .. } => vec![(Exit::Next, next, Later)],
            Step::Callback { sound, next } => {
                vec![(Exit::Next, next, if sound.is_some() { Later } else { AtOnce })]
            }
            Step::Hours { open, closed, .. } => {
                vec![(Exit::Open, open, AtOnce), (Exit::Closed, closed, AtOnce)]
            }
            Step::Availability { selectable, later, nobody } => vec![
                (Exit::Selectable, selectable, AtOnce),
                (Exit::Later, later, AtOnce),
                (Exit::Nobody, nobody, AtOnce),
            ],
            Step::Menu { ref choices, otherwise, .. } => {
                let keys = choices.iter().map(|choice| (Exit::Key(choice.key), choice.next, Later));
                keys.chain([(Exit::Otherwise, otherwise, Later)]).collect()
            }
            Step::Check { yes, no, .. } => vec![(Exit::Yes, yes, AtOnce), (Exit::No, no, AtOnce)],
            Step::Queue { timeout, nobody, .. } => {
                let leaves = match nobody {
                    Nobody::Waits => None,
                    Nobody::Leaves(to) => Some((Exit::Nobody, to, AtOnce)),
                };
                [Some((Exit::Timeout, timeout, Later)), leaves].into_iter().flatten().collect()
            }
            Step::Position { within, beyond, .. } => {
                vec![(Exit::Within, within, AtOnce), (Exit::Beyond, beyond, AtOnce)]
            }
            // To a service that cannot take her it fails at once.
            Step::Transfer { failed, .. } => vec![(Exit::Failed, failed, AtOnce)],
            Step::Disconnect => Vec::new(),
        }
    }
}
