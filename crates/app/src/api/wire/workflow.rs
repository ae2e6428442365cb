//! A workflow as it crosses to the screens (ROUTE-3): steps, where each exit leads, and what is wrong with them.
//! Mirrors the engine's workflow step by step. Does not judge: the engine's validator does.
//!
//! While it is drawn, a workflow may be unfinished: an exit of `null` leads nowhere yet. Spans are milliseconds.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

wire! {
    /// The way of a caller from the moment she arrives. At most 64 steps.
    pub struct WorkflowForm {
        /// The number of the first step.
        pub start: u16,
        /// In the order of their numbers; each number once.
        pub nodes: Vec<NodeForm>,
    }

    /// One step, and where it is drawn.
    pub struct NodeForm {
        pub id: u16,
        /// The administrator's own name for it, at most 60 characters; empty: the kind's name is shown.
        pub name: String,
        pub x: i16,
        pub y: i16,
        pub step: StepForm,
    }

    /// What a key of the telephone leads to.
    pub struct ChoiceForm {
        /// `0`–`9`, `*` or `#`; each once in a menu.
        pub key: String,
        pub next: Option<u16>,
    }

    /// What the validator has against a workflow.
    pub struct WorkflowFaultView {
        /// The step it stands at; `null`: the whole.
        pub node: Option<u16>,
        /// The field of the step, as in `StepForm`; empty: the whole step.
        pub field: String,
        /// With the value found and the permitted range.
        pub message: String,
    }
}

/// What happens at a step. Fields that hold `Option<u16>` and are called like exits are exits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export)]
#[allow(missing_docs, reason = "each field is the one of the same name in the engine's step")]
pub enum StepForm {
    /// Answers the line.
    Accept { next: Option<u16> },
    /// Plays a sound once.
    Announce { sound: Option<String>, next: Option<u16> },
    /// Asks a calendar.
    Hours { calendar: Option<String>, open: Option<u16>, closed: Option<u16> },
    /// Looks ahead: somebody could be rung now, somebody is on duty but busy, nobody is on duty.
    Availability { selectable: Option<u16>, later: Option<u16>, nobody: Option<u16> },
    /// Plays a sound and waits for one key. `tries` 1–5, `timeout_ms` 1,000–60,000 after the sound.
    Menu {
        sound: Option<String>,
        choices: Vec<ChoiceForm>,
        tries: u8,
        timeout_ms: u64,
        otherwise: Option<u16>,
    },
    /// Notes a constant under a name.
    Save { parameter: String, value: String, next: Option<u16> },
    /// Compares what was noted.
    Check { parameter: String, equals: String, yes: Option<u16>, no: Option<u16> },
    /// Waits for an attendant. `limit_ms: null`: the service's own queue time.
    Queue { limit_ms: Option<u64>, timeout: Option<u16>, nobody: NobodyForm },
    /// Asks how many wait before her, and how long the first has waited.
    Position { position_max: Option<u16>, wait_max_ms: Option<u64>, within: Option<u16>, beyond: Option<u16> },
    /// Plays a greeting (`null`: none), then records up to `length_max_ms`, 5,000–600,000.
    Voicemail { sound: Option<String>, length_max_ms: u64, next: Option<u16> },
    /// Notes that she is to be called back, keeping her place.
    Callback { sound: Option<String>, next: Option<u16> },
    /// Hands the call on. `failed` is taken when that did not work.
    Transfer { target: TransferTargetForm, failed: Option<u16> },
    /// Ends the call.
    Disconnect {},
}

/// Whether a caller stays in a queue that nobody serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export)]
#[allow(missing_docs, reason = "the variants say it")]
pub enum NobodyForm {
    /// She waits all the same, until the limit.
    Waits {},
    /// She goes on at once.
    Leaves { next: Option<u16> },
}

/// Where a workflow hands a call to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export)]
#[allow(missing_docs, reason = "the variants say it")]
pub enum TransferTargetForm {
    /// Another service of ours; `null`: not chosen yet.
    Service { service: Option<String> },
    /// A telephone number or SIP address outside.
    Address { address: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: u16, step: StepForm) -> NodeForm {
        NodeForm { id, name: String::new(), x: 0, y: 0, step }
    }

    #[test]
    fn every_step_comes_back_from_its_text_unchanged_route_3() {
        let steps = [
            StepForm::Accept { next: Some(1) },
            StepForm::Announce { sound: Some("2a".into()), next: None },
            StepForm::Hours { calendar: None, open: Some(1), closed: Some(2) },
            StepForm::Availability { selectable: Some(1), later: Some(2), nobody: None },
            StepForm::Menu {
                sound: None,
                choices: vec![ChoiceForm { key: "#".into(), next: Some(4) }],
                tries: 3,
                timeout_ms: 5_000,
                otherwise: Some(5),
            },
            StepForm::Save { parameter: "language".into(), value: "it".into(), next: Some(1) },
            StepForm::Check { parameter: "language".into(), equals: "it".into(), yes: Some(1), no: Some(2) },
            StepForm::Queue { limit_ms: None, timeout: Some(1), nobody: NobodyForm::Waits {} },
            StepForm::Queue {
                limit_ms: Some(60_000),
                timeout: Some(1),
                nobody: NobodyForm::Leaves { next: Some(2) },
            },
            StepForm::Position { position_max: Some(5), wait_max_ms: None, within: Some(1), beyond: Some(2) },
            StepForm::Voicemail { sound: None, length_max_ms: 120_000, next: Some(1) },
            StepForm::Callback { sound: None, next: Some(1) },
            StepForm::Transfer {
                target: TransferTargetForm::Service { service: Some("1".into()) },
                failed: None,
            },
            StepForm::Transfer {
                target: TransferTargetForm::Address { address: "+41 44 000 00 00".into() },
                failed: Some(1),
            },
            StepForm::Disconnect {},
        ];
        let nodes = (1..).zip(steps).map(|(id, step)| node(id, step)).collect();
        let form = WorkflowForm { start: 1, nodes };
        let text = serde_json::to_string(&form).expect("plain text and numbers");
        assert_eq!(serde_json::from_str::<WorkflowForm>(&text).expect("what was just written"), form);
    }

    #[test]
    fn a_field_that_no_step_has_is_refused_route_3() {
        let text = r#"{"kind":"disconnect","next":1}"#;
        assert!(serde_json::from_str::<StepForm>(text).is_err());
        assert!(serde_json::from_str::<StepForm>(r#"{"kind":"disconnect"}"#).is_ok());
    }
}
