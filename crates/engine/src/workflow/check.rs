//! What is wrong with a workflow, said at the step and the field it stands at, so that the picture can show it there.
//! Every fault, not the first. Does not know sounds: whether one exists is the host's to say.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use super::{Exit, Pace, Step, TransferTo, Workflow};
use crate::id::{CalendarId, NodeId, ServiceId, SoundId};
use crate::time::Span;

/// Steps of one workflow at most: more than one picture can hold.
pub const NODES_MAX: usize = 64;
/// Characters of a step's name at most.
const NAME_MAX: usize = 60;
/// Characters of a parameter's name at most.
const PARAMETER_MAX: usize = 40;
/// Characters of a parameter's value at most.
const VALUE_MAX: usize = 120;

/// What a workflow may refer to.
pub struct Known<'a> {
    /// The service it belongs to.
    pub service: ServiceId,
    /// Whether there is such a service.
    pub services: &'a dyn Fn(ServiceId) -> bool,
    /// Whether there is such a calendar.
    pub calendars: &'a dyn Fn(CalendarId) -> bool,
    /// Whether there is such a sound.
    pub sounds: &'a dyn Fn(SoundId) -> bool,
}

/// One thing that is wrong. Displayed: what it is, with the value found and the permitted range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    /// The step it stands at; `None`: the whole.
    pub node: Option<NodeId>,
    /// The field of the step.
    pub field: Field,
    /// What.
    pub problem: Problem,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

/// A field of a step. Displayed as the screens call it; the whole step is the empty text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is the field of this name in `Step`")]
pub enum Field {
    Whole,
    Exit(Exit),
    Name,
    Sound,
    Calendar,
    Choices,
    Tries,
    Timeout,
    Parameter,
    Value,
    Equals,
    Limit,
    PositionMax,
    WaitMax,
    LengthMax,
    Target,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Field::Whole => "",
            Field::Exit(exit) => return exit.fmt(f),
            Field::Name => "name",
            Field::Sound => "sound",
            Field::Calendar => "calendar",
            Field::Choices => "choices",
            Field::Tries => "tries",
            Field::Timeout => "timeout",
            Field::Parameter => "parameter",
            Field::Value => "value",
            Field::Equals => "equals",
            Field::Limit => "limit",
            Field::PositionMax => "position_max",
            Field::WaitMax => "wait_max",
            Field::LengthMax => "length_max",
            Field::Target => "target",
        })
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "displayed in words")]
pub enum Problem {
    NoSteps,
    TooManySteps(usize),
    NoStart(NodeId),
    LeadsNowhere(NodeId),
    NotReached,
    /// Leads back to itself without anything that takes time.
    Circle,
    TooLong {
        found: usize,
        max: usize,
    },
    NotAParameter {
        found: usize,
    },
    Outside {
        found: u32,
        min: u32,
        max: u32,
        unit: &'static str,
    },
    NoChoice,
    NotAKey(char),
    KeyTwice(char),
    NoLimit,
    NoSuchSound(SoundId),
    NoSuchCalendar(CalendarId),
    NoSuchService(ServiceId),
    ToItself,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Problem::NoSteps => f.write_str("There is no step yet; a workflow has 1 to 64."),
            Problem::TooManySteps(found) => write!(f, "There are {found} steps; a workflow has at most 64."),
            Problem::NoStart(start) => write!(f, "It begins at step {start}, which is not there."),
            Problem::LeadsNowhere(to) if to == NodeId::NOWHERE => {
                f.write_str("This way out leads nowhere yet; choose the step that comes next.")
            }
            Problem::LeadsNowhere(to) => write!(f, "This way out leads to step {to}, which is not there."),
            Problem::NotReached => f.write_str("No way leads here from the beginning."),
            Problem::Circle => f.write_str(
                "From here the way leads back here without any wait, so a caller would go round for ever. Put an \
                 announcement, a menu or a queue in between.",
            ),
            Problem::TooLong { found, max } => write!(f, "{found} characters are too many; at most {max}."),
            Problem::NotAParameter { found } => write!(
                f,
                "A parameter's name has 1 to {PARAMETER_MAX} letters (a–z), digits or underscores; this one has {found} \
                 characters or others among them."
            ),
            Problem::Outside { found, min, max, unit } => {
                write!(f, "{found} is outside of the range: {min} to {max} {unit}.")
            }
            Problem::NoChoice => f.write_str("A menu has 1 to 12 keys; this one has none."),
            Problem::NotAKey(key) => write!(f, "'{key}' is no key of a telephone; use 0 to 9, * or #."),
            Problem::KeyTwice(key) => write!(f, "The key {key} is there twice."),
            Problem::NoLimit => f.write_str("Set how many may wait before her, or how long, or both."),
            Problem::NoSuchSound(_) => f.write_str("This announcement is not there (any more); choose another."),
            Problem::NoSuchCalendar(_) => f.write_str("These opening hours are not there (any more); choose others."),
            Problem::NoSuchService(_) => f.write_str("This service is not there (any more); choose another."),
            Problem::ToItself => f.write_str("The workflow would hand the caller to its own service; choose another."),
        }
    }
}

/// Everything that is wrong with a workflow; empty for a sound one.
pub fn faults(workflow: &Workflow, known: &Known<'_>) -> Vec<Fault> {
    let mut found = whole(workflow);
    for (id, node) in &workflow.nodes {
        let mut at = |field, problem| found.push(Fault { node: Some(*id), field, problem });
        if let Some(problem) = text(&node.name, NAME_MAX) {
            at(Field::Name, problem);
        }
        step(&node.step, known, &mut at);
        for (exit, to) in node.step.exits() {
            if !workflow.nodes.contains_key(&to) {
                at(Field::Exit(exit), Problem::LeadsNowhere(to));
            }
        }
    }
    let reached = reached(workflow, workflow.start, |_| true);
    if workflow.nodes.contains_key(&workflow.start) {
        let apart = workflow.nodes.keys().filter(|id| !reached.contains(id));
        found.extend(apart.map(|id| Fault {
            node: Some(*id),
            field: Field::Whole,
            problem: Problem::NotReached,
        }));
    }
    let circular = workflow.nodes.keys().filter(|id| leads_back(workflow, **id));
    found.extend(circular.map(|id| Fault { node: Some(*id), field: Field::Whole, problem: Problem::Circle }));
    found
}

fn whole(workflow: &Workflow) -> Vec<Fault> {
    let problem = match workflow.nodes.len() {
        0 => Problem::NoSteps,
        1..=NODES_MAX if !workflow.nodes.contains_key(&workflow.start) => Problem::NoStart(workflow.start),
        1..=NODES_MAX => return Vec::new(),
        many => Problem::TooManySteps(many),
    };
    vec![Fault { node: None, field: Field::Whole, problem }]
}

/// Whether a caller could come back to this step in the same moment.
fn leads_back(workflow: &Workflow, id: NodeId) -> bool {
    let at_once = |pace| pace == Pace::AtOnce;
    let Some(node) = workflow.nodes.get(&id) else { return false };
    let first = node.step.paces().into_iter().filter(|(_, _, pace)| at_once(*pace));
    first.into_iter().any(|(_, to, _)| reached(workflow, to, at_once).contains(&id))
}

/// The steps one can get to from here, itself among them, by exits of these paces.
fn reached(workflow: &Workflow, from: NodeId, by: impl Fn(Pace) -> bool) -> BTreeSet<NodeId> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        let Some(node) = workflow.nodes.get(&id) else { continue };
        if reached.insert(id) {
            open.extend(node.step.paces().into_iter().filter(|(_, _, pace)| by(*pace)).map(|(_, to, _)| to));
        }
    }
    reached
}

fn step(step: &Step, known: &Known<'_>, at: &mut impl FnMut(Field, Problem)) {
    let no_sound = |sound: SoundId| (!(known.sounds)(sound)).then_some(Problem::NoSuchSound(sound));
    let mut says = |field, problem: Option<Problem>| {
        if let Some(problem) = problem {
            at(field, problem);
        }
    };
    match step {
        Step::Accept { .. } | Step::Availability { .. } | Step::Disconnect => {}
        Step::Announce { sound, .. } => says(Field::Sound, no_sound(*sound)),
        Step::Hours { calendar, .. } => {
            let missing = !(known.calendars)(*calendar);
            says(Field::Calendar, missing.then_some(Problem::NoSuchCalendar(*calendar)));
        }
        Step::Menu { sound, choices, tries, timeout, .. } => {
            says(Field::Sound, no_sound(*sound));
            says(Field::Tries, outside(u32::from(*tries), 1..=5, "times"));
            says(Field::Timeout, seconds(*timeout, 1..=60));
            says(Field::Choices, choices.is_empty().then_some(Problem::NoChoice));
            let mut seen = BTreeSet::new();
            for choice in choices {
                let bad = !matches!(choice.key, '0'..='9' | '*' | '#');
                says(Field::Exit(Exit::Key(choice.key)), bad.then_some(Problem::NotAKey(choice.key)));
                let twice = !seen.insert(choice.key);
                says(Field::Exit(Exit::Key(choice.key)), twice.then_some(Problem::KeyTwice(choice.key)));
            }
        }
        Step::Save { parameter, value, .. } => {
            says(Field::Parameter, parameter_name(parameter));
            says(Field::Value, text(value, VALUE_MAX));
        }
        Step::Check { parameter, equals, .. } => {
            says(Field::Parameter, parameter_name(parameter));
            says(Field::Equals, text(equals, VALUE_MAX));
        }
        Step::Queue { limit, .. } => says(Field::Limit, limit.and_then(|limit| seconds(limit, 5..=3600))),
        Step::Position { position_max, wait_max, .. } => {
            let none = position_max.is_none() && wait_max.is_none();
            says(Field::PositionMax, none.then_some(Problem::NoLimit));
            let before = position_max.and_then(|most| outside(u32::from(most), 0..=999, "callers"));
            says(Field::PositionMax, before);
            says(Field::WaitMax, wait_max.and_then(|wait| seconds(wait, 0..=3600)));
        }
        Step::Voicemail { sound, length_max, .. } => {
            says(Field::Sound, sound.and_then(no_sound));
            says(Field::LengthMax, seconds(*length_max, 5..=600));
        }
        Step::Callback { sound, .. } => says(Field::Sound, sound.and_then(no_sound)),
        Step::Transfer { target: TransferTo::Service(service), .. } => {
            let missing = !(known.services)(*service) && *service != known.service;
            says(Field::Target, missing.then_some(Problem::NoSuchService(*service)));
            says(Field::Target, (*service == known.service).then_some(Problem::ToItself));
        }
        Step::Transfer { target: TransferTo::Party(_), .. } => {}
    }
}

fn parameter_name(name: &str) -> Option<Problem> {
    let found = name.chars().count();
    let plain = name.chars().all(|letter| matches!(letter, 'a'..='z' | '0'..='9' | '_'));
    (!plain || !(1..=PARAMETER_MAX).contains(&found)).then_some(Problem::NotAParameter { found })
}

fn text(text: &str, max: usize) -> Option<Problem> {
    let found = text.chars().count();
    (found > max).then_some(Problem::TooLong { found, max })
}

fn seconds(span: Span, range: RangeInclusive<u32>) -> Option<Problem> {
    let (min, max) = (*range.start(), *range.end());
    let inside = (Span::from_secs(min)..=Span::from_secs(max)).contains(&span);
    (!inside).then_some(Problem::Outside { found: span.0 / 1000, min, max, unit: "seconds" })
}

fn outside(found: u32, range: RangeInclusive<u32>, unit: &'static str) -> Option<Problem> {
    let (min, max) = (*range.start(), *range.end());
    (!range.contains(&found)).then_some(Problem::Outside { found, min, max, unit })
}
