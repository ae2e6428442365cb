//! Workflows as the screens draw them and as the engine walks them (ROUTE-3), both ways, and what is wrong with one. The
//! engine's validator judges; here is added what only the application knows: sounds, and addresses outside.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use contracts::Address;
use engine::workflow::{self, Choice, Known, Nobody, Node, Step, TransferTo, Workflow};
use engine::{CalendarId, NodeId, PartyId, ServiceId, SoundId, Span, Switchboard, Target, TargetKind};

use super::wire::workflow::{
    ChoiceForm, NobodyForm, NodeForm, StepForm, TransferTargetForm, WorkflowFaultView, WorkflowForm,
};
use super::wire::{ApiError, Destination};
use crate::app::App;

/// What is not chosen yet: no sound, calendar or service has this number.
const NOT_CHOSEN: u64 = 0;
/// Stands for every key that is none; the validator says so.
const NO_KEY: char = '?';

/// Addresses of the parties that workflows hand callers to.
pub(super) type Addresses = HashMap<PartyId, String>;

impl App {
    /// What is wrong with a workflow while it is drawn. Nothing is kept.
    pub(super) async fn workflow_faults(
        &self,
        service: Option<ServiceId>,
        form: &WorkflowForm,
    ) -> Result<Vec<WorkflowFaultView>, ApiError> {
        let mut faults = address_faults(form);
        let nobody = Target { party: PartyId(NOT_CHOSEN), kind: TargetKind::Outside };
        let targets = addresses(form).map(|(node, _)| (node, nobody)).collect();
        let workflow = read(form, &targets)?;
        let sounds: BTreeSet<SoundId> = self.sounds.list().await?.into_iter().map(|entry| entry.id).collect();
        let service = service.unwrap_or(ServiceId(NOT_CHOSEN));
        let found = self.desk.look(move |board| judge(board, service, &workflow, &sounds)).await?;
        faults.extend(found);
        Ok(faults)
    }

    /// The workflow as it is kept. Refused where anything is wrong with it.
    pub(super) async fn read_workflow(
        &self,
        service: ServiceId,
        form: &WorkflowForm,
    ) -> Result<Workflow, ApiError> {
        let faults = self.workflow_faults(Some(service), form).await?;
        if !faults.is_empty() {
            let said: Vec<String> = faults.iter().map(in_words).collect();
            return Err(ApiError::new("setting.out-of-range", said.join(" ")).at("workflow"));
        }
        let mut targets = BTreeMap::new();
        let outside: Vec<(NodeId, String)> =
            addresses(form).map(|(node, address)| (node, address.to_owned())).collect();
        for (node, address) in outside {
            let to = Destination { address, contact: None, voicemail: false, service: None };
            targets.insert(node, self.target(&to).await?);
        }
        read(form, &targets)
    }

    /// The addresses of everybody outside to whom workflows hand callers.
    pub(super) async fn workflow_addresses(&self) -> Result<Addresses, ApiError> {
        let parties = self.desk.look(parties).await?;
        self.people.fetch(parties.clone()).await?;
        Ok(parties.into_iter().filter_map(|party| Some((party, self.people.view(party).number?))).collect())
    }
}

fn in_words(fault: &WorkflowFaultView) -> String {
    match fault.node {
        Some(node) => format!("Step {node}: {}", fault.message),
        None => fault.message.clone(),
    }
}

fn parties(switchboard: &Switchboard) -> BTreeSet<PartyId> {
    let workflows = switchboard.services().filter_map(|service| service.workflow.as_ref());
    let steps = workflows.flat_map(|workflow| workflow.nodes.values()).map(|node| &node.step);
    let outside = steps.filter_map(|step| match step {
        Step::Transfer { target: TransferTo::Party(target), .. } => Some(target.party),
        Step::Transfer { target: TransferTo::Service(_), .. }
        | Step::Accept { .. }
        | Step::Announce { .. }
        | Step::Hours { .. }
        | Step::Availability { .. }
        | Step::Menu { .. }
        | Step::Save { .. }
        | Step::Check { .. }
        | Step::Queue { .. }
        | Step::Position { .. }
        | Step::Voicemail { .. }
        | Step::Callback { .. }
        | Step::Disconnect => None,
    });
    outside.collect()
}

fn judge(
    board: &Switchboard,
    service: ServiceId,
    drawn: &Workflow,
    sounds: &BTreeSet<SoundId>,
) -> Vec<WorkflowFaultView> {
    let known = Known {
        service,
        services: &|service| board.service(service).is_some(),
        calendars: &|calendar| board.calendar(calendar).is_some(),
        sounds: &|sound| sounds.contains(&sound),
    };
    let faults = workflow::faults(drawn, &known).into_iter();
    let view = |fault: workflow::Fault| WorkflowFaultView {
        node: fault.node.map(|node| node.0),
        field: fault.field.to_string(),
        message: fault.to_string(),
    };
    faults.map(view).collect()
}

/// Steps that hand callers to an address, and the address as typed.
fn addresses(form: &WorkflowForm) -> impl Iterator<Item = (NodeId, &str)> {
    form.nodes.iter().filter_map(|node| match &node.step {
        StepForm::Transfer { target: TransferTargetForm::Address { address }, .. } => {
            Some((NodeId(node.id), address.as_str()))
        }
        StepForm::Transfer { target: TransferTargetForm::Service { .. }, .. }
        | StepForm::Accept { .. }
        | StepForm::Announce { .. }
        | StepForm::Hours { .. }
        | StepForm::Availability { .. }
        | StepForm::Menu { .. }
        | StepForm::Save { .. }
        | StepForm::Check { .. }
        | StepForm::Queue { .. }
        | StepForm::Position { .. }
        | StepForm::Voicemail { .. }
        | StepForm::Callback { .. }
        | StepForm::Disconnect {} => None,
    })
}

fn address_faults(form: &WorkflowForm) -> Vec<WorkflowFaultView> {
    let wrong = addresses(form).filter_map(|(node, text)| Some((node, text, Address::parse(text).err()?)));
    wrong
        .map(|(node, text, error)| WorkflowFaultView {
            node: Some(node.0),
            field: "target".to_owned(),
            message: if text.trim().is_empty() {
                "Say where the call goes: a number or a SIP address.".to_owned()
            } else {
                format!("“{text}” cannot be called: {error}.")
            },
        })
        .collect()
}

// -- from the form -------------------------------------------------------------------------------------------------

/// `targets`: for each step that hands on to an address, who that is.
fn read(form: &WorkflowForm, targets: &BTreeMap<NodeId, Target>) -> Result<Workflow, ApiError> {
    let mut nodes = BTreeMap::new();
    for NodeForm { id, name, x, y, step } in &form.nodes {
        let id = NodeId(*id);
        let step = read_step(step, targets.get(&id));
        let node = Node { name: name.trim().to_owned(), x: *x, y: *y, step };
        if id == NodeId::NOWHERE || nodes.insert(id, node).is_some() {
            return Err(
                ApiError::invalid(format!("step {id} is there twice, or has no number")).at("workflow")
            );
        }
    }
    Ok(Workflow { start: NodeId(form.start), nodes })
}

fn read_step(form: &StepForm, target: Option<&Target>) -> Step {
    match form {
        StepForm::Accept { next } => Step::Accept { next: exit(*next) },
        StepForm::Announce { sound, next } => {
            Step::Announce { sound: chosen(sound, SoundId), next: exit(*next) }
        }
        StepForm::Hours { calendar, open, closed } => {
            Step::Hours { calendar: chosen(calendar, CalendarId), open: exit(*open), closed: exit(*closed) }
        }
        StepForm::Availability { selectable, later, nobody } => {
            Step::Availability { selectable: exit(*selectable), later: exit(*later), nobody: exit(*nobody) }
        }
        StepForm::Menu { sound, choices, tries, timeout_ms, otherwise } => Step::Menu {
            sound: chosen(sound, SoundId),
            choices: choices.iter().map(read_choice).collect(),
            tries: *tries,
            timeout: span(*timeout_ms),
            otherwise: exit(*otherwise),
        },
        StepForm::Save { parameter, value, next } => {
            Step::Save { parameter: parameter.clone(), value: value.clone(), next: exit(*next) }
        }
        StepForm::Check { parameter, equals, yes, no } => Step::Check {
            parameter: parameter.clone(),
            equals: equals.clone(),
            yes: exit(*yes),
            no: exit(*no),
        },
        StepForm::Queue { limit_ms, timeout, nobody } => Step::Queue {
            limit: limit_ms.map(span),
            timeout: exit(*timeout),
            nobody: match nobody {
                NobodyForm::Waits {} => Nobody::Waits,
                NobodyForm::Leaves { next } => Nobody::Leaves(exit(*next)),
            },
        },
        StepForm::Position { position_max, wait_max_ms, within, beyond } => Step::Position {
            position_max: *position_max,
            wait_max: wait_max_ms.map(span),
            within: exit(*within),
            beyond: exit(*beyond),
        },
        StepForm::Voicemail { sound, length_max_ms, next } => Step::Voicemail {
            sound: sound.is_some().then(|| chosen(sound, SoundId)),
            length_max: span(*length_max_ms),
            next: exit(*next),
        },
        StepForm::Callback { sound, next } => {
            Step::Callback { sound: sound.is_some().then(|| chosen(sound, SoundId)), next: exit(*next) }
        }
        StepForm::Transfer { target: to, failed } => Step::Transfer {
            target: match (to, target) {
                (TransferTargetForm::Address { .. }, Some(target)) => TransferTo::Party(*target),
                (TransferTargetForm::Address { .. }, None) => TransferTo::Service(ServiceId(NOT_CHOSEN)),
                (TransferTargetForm::Service { service }, _) => {
                    TransferTo::Service(chosen(service, ServiceId))
                }
            },
            failed: exit(*failed),
        },
        StepForm::Disconnect {} => Step::Disconnect,
    }
}

fn read_choice(form: &ChoiceForm) -> Choice {
    let mut keys = form.key.chars();
    let key = match (keys.next(), keys.next()) {
        (Some(key), None) => key,
        (Some(_), Some(_)) | (None, _) => NO_KEY,
    };
    Choice { key, next: exit(form.next) }
}

fn exit(next: Option<u16>) -> NodeId {
    next.map_or(NodeId::NOWHERE, NodeId)
}

/// What cannot be read is not there either, and the validator says so at its step.
fn chosen<T>(id: &Option<String>, of: impl Fn(u64) -> T) -> T {
    let number = id.as_deref().and_then(|text| u64::from_str_radix(text, 16).ok());
    of(number.unwrap_or(NOT_CHOSEN))
}

fn span(ms: u64) -> Span {
    Span(u32::try_from(ms).unwrap_or(u32::MAX))
}

// -- into the form -------------------------------------------------------------------------------------------------

pub(super) fn show(workflow: &Workflow, addresses: &Addresses) -> WorkflowForm {
    let nodes = workflow.nodes.iter().map(|(id, node)| NodeForm {
        id: id.0,
        name: node.name.clone(),
        x: node.x,
        y: node.y,
        step: show_step(&node.step, addresses),
    });
    WorkflowForm { start: workflow.start.0, nodes: nodes.collect() }
}

fn show_step(step: &Step, addresses: &Addresses) -> StepForm {
    let to = |node: NodeId| Some(node.0);
    match step {
        Step::Accept { next } => StepForm::Accept { next: to(*next) },
        Step::Announce { sound, next } => {
            StepForm::Announce { sound: Some(sound.to_string()), next: to(*next) }
        }
        Step::Hours { calendar, open, closed } => {
            StepForm::Hours { calendar: Some(calendar.to_string()), open: to(*open), closed: to(*closed) }
        }
        Step::Availability { selectable, later, nobody } => {
            StepForm::Availability { selectable: to(*selectable), later: to(*later), nobody: to(*nobody) }
        }
        Step::Menu { sound, choices, tries, timeout, otherwise } => StepForm::Menu {
            sound: Some(sound.to_string()),
            choices: choices
                .iter()
                .map(|choice| ChoiceForm { key: choice.key.to_string(), next: to(choice.next) })
                .collect(),
            tries: *tries,
            timeout_ms: u64::from(timeout.0),
            otherwise: to(*otherwise),
        },
        Step::Save { parameter, value, next } => {
            StepForm::Save { parameter: parameter.clone(), value: value.clone(), next: to(*next) }
        }
        Step::Check { parameter, equals, yes, no } => StepForm::Check {
            parameter: parameter.clone(),
            equals: equals.clone(),
            yes: to(*yes),
            no: to(*no),
        },
        Step::Queue { limit, timeout, nobody } => StepForm::Queue {
            limit_ms: limit.map(|limit| u64::from(limit.0)),
            timeout: to(*timeout),
            nobody: match nobody {
                Nobody::Waits => NobodyForm::Waits {},
                Nobody::Leaves(next) => NobodyForm::Leaves { next: to(*next) },
            },
        },
        Step::Position { position_max, wait_max, within, beyond } => StepForm::Position {
            position_max: *position_max,
            wait_max_ms: wait_max.map(|wait| u64::from(wait.0)),
            within: to(*within),
            beyond: to(*beyond),
        },
        Step::Voicemail { sound, length_max, next } => StepForm::Voicemail {
            sound: sound.map(|sound| sound.to_string()),
            length_max_ms: u64::from(length_max.0),
            next: to(*next),
        },
        Step::Callback { sound, next } => {
            StepForm::Callback { sound: sound.map(|sound| sound.to_string()), next: to(*next) }
        }
        Step::Transfer { target, failed } => StepForm::Transfer {
            target: match target {
                TransferTo::Service(service) => {
                    TransferTargetForm::Service { service: Some(service.to_string()) }
                }
                TransferTo::Party(target) => TransferTargetForm::Address {
                    address: addresses.get(&target.party).cloned().unwrap_or_default(),
                },
            },
            failed: to(*failed),
        },
        Step::Disconnect => StepForm::Disconnect {},
    }
}
