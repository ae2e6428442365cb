//! Callers with real telephones on their way through a workflow (ROUTE-3): they hear sounds, press keys, leave messages, are
//! called back and are put through by the workflow itself. Which steps lead where is the engine's tests' affair.

use std::fs;

use acceptance::audio::{Recording, write_tone};
use acceptance::kamailio::DOMAIN;
use acceptance::lab::{CALLER_HZ, Lab, TARGET_HZ, Talker};
use acceptance::pjsua::OnCall;
use acceptance::usher::{Usher, console_address};
use acceptance::wait;
use app::api::wire::workflow::{
    ChoiceForm, NobodyForm, NodeForm, StepForm, TransferTargetForm, WorkflowForm,
};
use app::api::wire::{CallState, ContextView, Request, Response, ServiceForm};
use data_encoding::BASE64;

/// The tone of the announcement: nobody else's.
const SOUND_HZ: u32 = 1700;
const VOICEMAIL_LEFT: u8 = 10;
const CALLBACK_REQUESTED: u8 = 11;
const WORKFLOW_TRANSFER_SUCCESS: u8 = 12;
const OUTBOUND_ACCEPTED: u8 = 17;

/// Steps, numbered from 1.
fn flow(steps: impl IntoIterator<Item = StepForm>) -> WorkflowForm {
    let node = |(id, step)| NodeForm { id, name: String::new(), x: 0, y: 0, step };
    WorkflowForm { start: 1, nodes: (1..).zip(steps).map(node).collect() }
}

/// A minute of a tone, as a file that an administrator chose.
fn add_sound(usher: &Usher) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hello.wav");
    write_tone(&file, f64::from(SOUND_HZ));
    let content_base64 = BASE64.encode(&fs::read(file).expect("it was just written"));
    let add = Request::AddSound { sound: None, name: "Hello".into(), content_base64 };
    let Response::Saved(saved) = usher.ask(add) else { panic!("a sound is saved") };
    saved.id
}

/// The main line has this workflow from now on.
fn give(usher: &Usher, workflow: WorkflowForm) {
    let Response::Services(view) = usher.ask(Request::GetServices {}) else { panic!("services") };
    let main = view.services.into_iter().next().expect("the main line");
    usher.ask(Request::PutService { service: Box::new(ServiceForm { workflow: Some(workflow), ..main }) });
}

/// Somebody dials the console and is answered by the workflow.
fn dial(lab: &Lab, user: &str) -> Talker {
    let phone = lab.phone(user, CALLER_HZ);
    let call = phone.dial(&console_address());
    phone.wait_talking(call);
    Talker { phone, call }
}

fn queue(limit_ms: Option<u64>, timeout: u16) -> StepForm {
    StepForm::Queue { limit_ms, timeout: Some(timeout), nobody: NobodyForm::Waits {} }
}

/// ROUTE-3: she hears the menu, presses a key, waits, and the attendant sees what she chose.
#[test]
fn a_caller_chooses_by_key_and_the_attendant_sees_it_route_3() {
    let Some(lab) = Lab::open() else { return };
    let sound = Some(add_sound(&lab.usher));
    let choice = |key: &str, next| ChoiceForm { key: key.into(), next: Some(next) };
    give(
        &lab.usher,
        flow([
            StepForm::Accept { next: Some(2) },
            StepForm::Menu {
                sound,
                choices: vec![choice("1", 4), choice("2", 3)],
                tries: 3,
                timeout_ms: 10_000,
                otherwise: Some(5),
            },
            StepForm::Save { parameter: "topic".into(), value: "invoice".into(), next: Some(4) },
            queue(None, 5),
            StepForm::Disconnect {},
        ]),
    );
    let caller = dial(&lab, "2001");
    caller.hears(&[SOUND_HZ]);
    assert!(lab.usher.console().queue.is_empty(), "she does not wait yet");
    caller.phone.keys(caller.call, "2");
    let call = lab.usher.wait_offered();
    let row = lab.usher.console().queue.into_iter().find(|row| row.call == call).expect("she waits");
    assert_eq!(row.context, [ContextView { name: "topic".into(), value: "invoice".into() }]);
    lab.usher.accept();
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
}

/// ROUTE-3, CALL-8: nobody comes within the limit; what she says is kept, listed and heard, with the greeting before it.
#[test]
fn a_caller_whom_nobody_answers_leaves_a_message_that_can_be_heard_call_8() {
    let Some(lab) = Lab::open() else { return };
    lab.usher.ask(Request::SetDuty { on_duty: false });
    let sound = Some(add_sound(&lab.usher));
    give(
        &lab.usher,
        flow([
            StepForm::Queue {
                limit_ms: None,
                timeout: Some(2),
                nobody: NobodyForm::Leaves { next: Some(2) },
            },
            StepForm::Voicemail { sound, length_max_ms: 60_000, next: Some(3) },
            StepForm::Disconnect {},
        ]),
    );
    let caller = dial(&lab, "2001");
    caller.hears(&[SOUND_HZ]);
    caller.phone.keys(caller.call, "#");
    // The greeting is over once she does not hear it any more; from then on she is recorded.
    let heard = caller.phone.heard(caller.call);
    heard.wait_until_without(heard.now(), &[f64::from(SOUND_HZ)]);
    heard.wait_for_more(heard.now(), 3);
    caller.hangs_up();
    let list =
        || match lab.usher.ask(Request::ListVoicemails { before: None, limit: 10, handled: Some(false) }) {
            Response::Voicemails(page) => page.rows.into_iter().next(),
            other => panic!("no messages: {other:?}"),
        };
    let message = wait::until("the message", list, || "no message".into());
    assert!(message.length_ms >= 1_000 && !message.handled, "{message:?}");
    lab.usher.wait_outcome(&message.call, VOICEMAIL_LEFT);
    let Response::Heard(said) = lab.usher.ask(Request::GetVoicemail { voicemail: message.id }) else {
        panic!("the message can be heard")
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("message.wav");
    fs::write(&file, BASE64.decode(said.wav_base64.as_bytes()).expect("base64")).expect("it is written");
    let message = Recording::at(file);
    message.wait_for_tones(message.start(), &[f64::from(CALLER_HZ)]);
}

/// ROUTE-3: she hangs up and keeps her place; taking the callback rings her.
#[test]
fn a_caller_who_asked_for_it_is_called_back_route_3() {
    let Some(lab) = Lab::open() else { return };
    lab.usher.ask(Request::SetDuty { on_duty: false });
    give(
        &lab.usher,
        flow([
            StepForm::Accept { next: Some(2) },
            queue(Some(5_000), 3),
            StepForm::Callback { sound: None, next: Some(4) },
            StepForm::Disconnect {},
        ]),
    );
    let mut caller = dial(&lab, "2001");
    let first = lab.usher.wait_console("her in the queue", |view| view.queue.first().cloned());
    caller.is_let_go();
    let callback =
        lab.usher.wait_console("the callback", |view| view.queue.iter().find(|row| row.callback).cloned());
    assert_eq!(callback.arrived, first.arrived, "she keeps her place");
    lab.usher.wait_outcome(&first.call, CALLBACK_REQUESTED);
    let mark = caller.phone.mark();
    lab.usher.ask(Request::SetDuty { on_duty: true });
    assert_eq!(lab.usher.wait_offered(), callback.call);
    let offer = lab.usher.console().me.offer.expect("it rings").offer;
    lab.usher.ask(Request::Accept { offer });
    caller.call = caller.phone.wait_incoming(mark);
    caller.phone.answer(caller.call);
    lab.usher.wait_call(&callback.call, CallState::Active);
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    caller.hangs_up();
    lab.usher.wait_outcome(&callback.call, OUTBOUND_ACCEPTED);
}

/// ROUTE-5: the workflow itself puts her through, and they hear each other without us.
#[test]
fn a_workflow_puts_a_caller_through_to_a_number_route_5() {
    let Some(lab) = Lab::open() else { return };
    let target = lab.target("2002", OnCall::Answer);
    let to = TransferTargetForm::Address { address: format!("sip:2002@{DOMAIN}") };
    give(
        &lab.usher,
        flow([
            StepForm::Accept { next: Some(2) },
            StepForm::Transfer { target: to, failed: Some(3) },
            StepForm::Disconnect {},
        ]),
    );
    let mark = target.mark();
    let caller = dial(&lab, "2001").is_put_through();
    target.wait_incoming(mark);
    caller.hears(&[TARGET_HZ]);
    lab.usher.wait_history("2001", WORKFLOW_TRANSFER_SUCCESS);
}
