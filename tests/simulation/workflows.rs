//! Workflows drawn by dice: sound by the engine's own rules, and with every kind of step. Does not say what a sound one is.

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    CalendarId, Choice, Nobody, Node, NodeId, PartyId, ServiceId, SoundId, Span, Step, Target, TargetKind,
    TransferTo, Workflow,
};

use crate::dice::Dice;

/// The opening hours every workflow asks.
pub(crate) const HOURS: CalendarId = CalendarId(1);
/// Steps before those that nobody gets to are taken out.
const STEPS: u16 = 14;

/// A workflow; callers are handed on to `other` at times.
pub(crate) fn drawn(dice: &mut Dice, other: ServiceId) -> Workflow {
    let mut steps: BTreeMap<NodeId, Step> =
        (1..STEPS).map(|id| (NodeId(id), step(dice, id, other))).collect();
    steps.insert(NodeId(STEPS), Step::Disconnect);
    let reached = reached(&steps);
    steps.retain(|id, _| reached.contains(id));
    let node = |step| Node { name: String::new(), x: 0, y: 0, step };
    Workflow { start: NodeId(1), nodes: steps.into_iter().map(|(id, step)| (id, node(step))).collect() }
}

fn reached(steps: &BTreeMap<NodeId, Step>) -> BTreeSet<NodeId> {
    let mut reached = BTreeSet::new();
    let mut open = vec![NodeId(1)];
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            open.extend(steps[&id].exits().into_iter().map(|(_, to)| to));
        }
    }
    reached
}

fn step(dice: &mut Dice, id: u16, other: ServiceId) -> Step {
    // Ways that take no time lead on, never back.
    let on = |dice: &mut Dice| NodeId(id + 1 + dice.below(usize::from(STEPS - id)).min(3) as u16);
    let anywhere = |dice: &mut Dice| NodeId(1 + dice.below(usize::from(STEPS)) as u16);
    let sound = SoundId(1);
    let seconds =
        |dice: &mut Dice, from: usize, to: usize| Span::from_secs((from + dice.below(to - from)) as u32);
    match dice.below(14) {
        0 => Step::Accept { next: on(dice) },
        1 => Step::Announce { sound, next: anywhere(dice) },
        2 => Step::Hours { calendar: HOURS, open: on(dice), closed: on(dice) },
        3 => Step::Availability { selectable: on(dice), later: on(dice), nobody: on(dice) },
        4 | 5 => Step::Menu {
            sound,
            choices: vec![
                Choice { key: '1', next: anywhere(dice) },
                Choice { key: '#', next: anywhere(dice) },
            ],
            tries: 1 + dice.below(3) as u8,
            timeout: seconds(dice, 1, 10),
            otherwise: anywhere(dice),
        },
        6 => Step::Save { parameter: "way".to_owned(), value: id.to_string(), next: on(dice) },
        7 => Step::Check { parameter: "way".to_owned(), equals: id.to_string(), yes: on(dice), no: on(dice) },
        8 | 9 => Step::Queue {
            limit: dice.per_mille(500).then(|| seconds(dice, 5, 60)),
            timeout: anywhere(dice),
            nobody: if dice.per_mille(500) { Nobody::Waits } else { Nobody::Leaves(on(dice)) },
        },
        10 => Step::Position {
            position_max: Some(dice.below(3) as u16),
            wait_max: dice.per_mille(500).then(|| seconds(dice, 0, 30)),
            within: on(dice),
            beyond: on(dice),
        },
        11 => Step::Voicemail {
            sound: dice.per_mille(500).then_some(sound),
            length_max: seconds(dice, 5, 60),
            next: anywhere(dice),
        },
        12 => Step::Callback { sound: dice.per_mille(500).then_some(sound), next: on(dice) },
        _ => Step::Transfer {
            target: if dice.per_mille(500) {
                TransferTo::Service(other)
            } else {
                TransferTo::Party(Target { party: PartyId(3), kind: TargetKind::Outside })
            },
            failed: on(dice),
        },
    }
}
