//! Calls the attendant makes (CALL-7, CONN-2).

use acceptance::baresip::Baresip;
use acceptance::kamailio::KamailioSetup;
use acceptance::lab::{Lab, TARGET_HZ, Talker};
use acceptance::pjsua::OnCall;
use acceptance::tools::{Tool, all_there};
use acceptance::usher::CONSOLE;
use app::api::wire::{CallState, Request};

const OUTBOUND_ACCEPTED: u8 = 17;
const OUTBOUND_NOT_ACCEPTED: u8 = 18;

/// CONN-2: the proxy asks for credentials (407); CALL-7: keys pressed in the call are seen at the far end (RFC 4733).
#[test]
fn an_outbound_call_is_authenticated_and_its_digits_are_heard() {
    if !all_there(&[Tool::Baresip]) {
        return;
    }
    let setup = KamailioSetup { challenged: Some(CONSOLE.to_owned()), ..KamailioSetup::default() };
    let Some(lab) = Lab::open_with(&setup) else { return };
    let called = Baresip::start(&lab.kamailio, "4010", f64::from(TARGET_HZ));
    let call = lab.usher.place_call("4010");
    called.wait_event(0, "CALL_INCOMING");
    lab.usher.wait_call(&call, CallState::Ringing);
    called.answer();
    lab.usher.wait_call(&call, CallState::Active);
    lab.usher.attendant_hears(&[TARGET_HZ]);
    lab.usher.ask(Request::SendDigits { call: call.clone(), digits: "159#".to_owned() });
    called.wait_digits("159#");
    lab.usher.hang_up(&call);
    called.wait_event(0, "CALL_CLOSED");
    lab.usher.wait_outcome(&call, OUTBOUND_ACCEPTED);
}

/// CALL-7: a called person is held, comes back, and is put through like any caller.
#[test]
fn a_called_person_is_held_and_put_through() {
    let Some(lab) = Lab::open() else { return };
    let called = lab.phone("4011", 1000);
    let _target = lab.target("4010", OnCall::Answer);
    let call = lab.usher.place_call("4011");
    let incoming = called.wait_incoming(0);
    called.answer(incoming);
    lab.usher.wait_call(&call, CallState::Active);
    let called = Talker { phone: called, call: incoming };
    called.hears_attendant();
    lab.usher.hold(&call);
    called.hears_music();
    lab.usher.retrieve(&call);
    called.hears_attendant();
    lab.usher.transfer(&call, app::api::wire::TransferMode::Blind, "4010");
    called.is_put_through().hears(&[TARGET_HZ]);
    lab.usher.wait_gone(&call);
}

fn ends_unanswered(lab: &Lab, number: &str) {
    let to = acceptance::usher::destination(number);
    lab.usher.ask(Request::PlaceCall { to, service: None });
    lab.usher.wait_history(number, OUTBOUND_NOT_ACCEPTED);
    lab.usher.wait_console("an empty console", |view| view.calls.is_empty().then_some(()));
}

/// CALL-7: busy, declined and unknown numbers end the call, and history says so.
#[test]
fn an_outbound_call_to_nobody_ends_and_is_remembered() {
    let Some(lab) = Lab::open() else { return };
    let phone = lab.target("4010", OnCall::Busy);
    ends_unanswered(&lab, "4010");
    phone.behave(OnCall::Decline);
    ends_unanswered(&lab, "4010");
    ends_unanswered(&lab, "4099");
}

/// CALL-7: the attendant gives up while it rings; the telephone stops ringing.
#[test]
fn an_outbound_call_given_up_stops_ringing() {
    let Some(lab) = Lab::open() else { return };
    let called = lab.target("4010", OnCall::Ring);
    let call = lab.usher.place_call("4010");
    let incoming = called.wait_incoming(0);
    lab.usher.wait_call(&call, CallState::Ringing);
    lab.usher.hang_up(&call);
    called.wait_ended(incoming);
    lab.usher.wait_outcome(&call, OUTBOUND_NOT_ACCEPTED);
}

/// SEC-1: what cannot be dialled is refused with a stable code, and nothing is on the console.
#[test]
fn a_number_that_cannot_be_dialled_is_refused() {
    let Some(lab) = Lab::open() else { return };
    for bad in ["", "   ", "4010\r\nVia: x", "<sip:a@b>", &"1".repeat(300)] {
        let to = acceptance::usher::destination(bad);
        let refused = lab.usher.try_ask(Request::PlaceCall { to, service: None });
        assert_eq!(refused.map_err(|error| error.code), Err("address.invalid".to_owned()), "{bad:?}");
    }
    assert!(lab.usher.console().calls.is_empty());
}
