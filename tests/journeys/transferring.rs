//! Putting a caller through: blind, safe, by consultation, and everything that can go wrong (CALL-5, CALL-9, CONN-2,
//! ROUTE-5). Every failure has a defined end and says why.

use acceptance::baresip::Baresip;
use acceptance::kamailio::KamailioSetup;
use acceptance::lab::{CALLER_HZ, Lab, TARGET_HZ, Talker};
use acceptance::pjsua::OnCall;
use acceptance::ports::free_port;
use acceptance::sipp::Sipp;
use acceptance::tools::{Tool, all_there};
use acceptance::usher::{ATTENDANT_HZ, CONSOLE, console_address};
use app::api::wire::{CallState, CallerCard, Request, Response, SipTransport, TransferMode, TransferState};

const USER_ACCEPTED: u8 = 5;
const INTERNAL_SUCCESS: u8 = 6;
const EXTERNAL_SUCCESS: u8 = 7;
const INTERNAL_FAILED: u8 = 8;

// -- blind -----------------------------------------------------------------------------------------------------------

/// CALL-5 blind, CALL-9: the caller speaks with the target, the attendant is free, and the history knows it.
#[test]
fn a_blind_transfer_gives_caller_and_target_each_other_and_is_remembered() {
    let Some(lab) = Lab::open() else { return };
    let target = lab.target("4010", OnCall::Answer);
    let (caller, call) = lab.talk_to("2001");
    let first = caller.call;
    lab.usher.transfer(&call, TransferMode::Blind, "4010");
    let caller = caller.is_put_through();
    caller.hears(&[TARGET_HZ]);
    caller.phone.wait_ended(first); // the console says goodbye on its own line: nobody else would
    let answered = Talker { call: target.wait_incoming(0), phone: target };
    answered.hears(&[CALLER_HZ]);
    lab.usher.wait_gone(&call);
    let row = lab.usher.wait_outcome(&call, INTERNAL_SUCCESS);
    let put_through_to = row.transferred_to.and_then(|target| target.number).unwrap_or_default();
    assert!(put_through_to.starts_with("4010"), "{put_through_to}");
    caller.hangs_up();

    // The same caller again: her card says where she was put through to.
    let again = caller.phone.dial(&console_address());
    let party =
        lab.usher.wait_console("the caller again", |view| Some(view.queue.first()?.caller.party.clone()));
    let card = card(&lab, party);
    assert_eq!(card.transfers.len(), 1, "{card:?}");
    assert_eq!(card.transfers[0].times, 1);
    assert!(card.transfers[0].target.number.as_deref().is_some_and(|number| number.starts_with("4010")));
    let earlier: Vec<&String> = card.earlier.iter().map(|row| &row.call).collect();
    assert_eq!(earlier, [&call], "{card:?}");
    caller.phone.hang_up(again);
}

fn card(lab: &Lab, party: String) -> CallerCard {
    match lab.usher.ask(Request::GetCallerCard { party }) {
        Response::CallerCard(card) => *card,
        other => panic!("no card: {other:?}"),
    }
}

/// CALL-5, ROUTE-5: an outside number is reported as external.
#[test]
fn a_blind_transfer_to_an_outside_number_is_reported_as_external() {
    let Some(lab) = Lab::open() else { return };
    let _target = lab.target("0445556677", OnCall::Answer);
    let (caller, call) = lab.talk_to("2001");
    lab.usher.transfer(&call, TransferMode::Blind, "044 555 66-77");
    caller.is_put_through().hears(&[TARGET_HZ]);
    lab.usher.wait_outcome(&call, EXTERNAL_SUCCESS);
}

/// CONN-2: the same with another make of telephone as the caller.
#[test]
fn a_baresip_caller_is_put_through_blindly() {
    if !all_there(&[Tool::Baresip]) {
        return;
    }
    let Some(lab) = Lab::open() else { return };
    let target = lab.target("4010", OnCall::Answer);
    let caller = Baresip::start(&lab.kamailio, "2001", f64::from(CALLER_HZ));
    caller.dial(&console_address());
    let call = lab.usher.accept();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    lab.usher.transfer(&call, TransferMode::Blind, "4010");
    let answered = Talker { call: target.wait_incoming(0), phone: target };
    answered.hears(&[CALLER_HZ]);
    lab.usher.wait_outcome(&call, INTERNAL_SUCCESS);
}

/// CALL-5: a held caller can be put through as well.
#[test]
fn a_held_caller_is_put_through_blindly() {
    let Some(lab) = Lab::open() else { return };
    let _target = lab.target("4010", OnCall::Answer);
    let (caller, call) = lab.talk_to("2001");
    lab.usher.hold(&call);
    lab.usher.transfer(&call, TransferMode::Blind, "4010");
    caller.is_put_through().hears(&[TARGET_HZ]);
    lab.usher.wait_outcome(&call, INTERNAL_SUCCESS);
}

/// ROUTE-5: a blind transfer makes no promise: where the target is busy the caller is let go, and it is reported as failed.
#[test]
fn a_blind_transfer_to_a_busy_target_lets_the_caller_go() {
    let Some(lab) = Lab::open() else { return };
    let _target = lab.target("4010", OnCall::Busy);
    let (caller, call) = lab.talk_to("2001");
    lab.usher.transfer(&call, TransferMode::Blind, "4010");
    caller.is_let_go();
    lab.usher.wait_gone(&call);
    lab.usher.wait_outcome(&call, INTERNAL_FAILED);
}

// -- safe ------------------------------------------------------------------------------------------------------------

/// CALL-5 safe.
#[test]
fn a_safe_transfer_gives_caller_and_target_each_other() {
    let Some(lab) = Lab::open() else { return };
    let target = lab.target("4010", OnCall::Wait);
    let (caller, call) = lab.talk_to("2001");
    lab.usher.transfer(&call, TransferMode::Safe, "4010");
    let incoming = target.wait_incoming(0);
    lab.usher.wait_console("the transfer under way", |view| {
        view.leaving.iter().any(|row| row.call == call).then_some(())
    });
    target.answer(incoming);
    caller.is_put_through().hears(&[TARGET_HZ]);
    lab.usher.wait_outcome(&call, INTERNAL_SUCCESS);
}

/// CALL-5: the caller of a failed safe transfer is back with the attendant who tried, and they hear each other.
fn comes_back_from(lab: &Lab, target: &str) {
    let (caller, call) = lab.talk_to("2001");
    lab.usher.transfer(&call, TransferMode::Safe, target);
    lab.usher.wait_console("the caller back", |view| {
        view.queue.iter().any(|row| row.call == call && row.returned_to_me).then_some(())
    });
    assert_eq!(lab.usher.accept(), call);
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    lab.usher.hang_up(&call);
    caller.is_let_go();
    lab.usher.wait_outcome(&call, USER_ACCEPTED);
}

/// CALL-5: 486.
#[test]
fn the_caller_comes_back_from_a_busy_target() {
    let Some(lab) = Lab::open() else { return };
    let _target = lab.target("4010", OnCall::Busy);
    comes_back_from(&lab, "4010");
}

/// CALL-5: 603.
#[test]
fn the_caller_comes_back_from_a_target_who_declines() {
    let Some(lab) = Lab::open() else { return };
    let _target = lab.target("4010", OnCall::Decline);
    comes_back_from(&lab, "4010");
}

/// CALL-5: nobody answers within the time a target is rung (30 s).
#[test]
fn the_caller_comes_back_from_a_target_who_does_not_answer() {
    let Some(lab) = Lab::open() else { return };
    let _target = lab.target("4010", OnCall::Ring);
    comes_back_from(&lab, "4010");
}

/// CALL-5: 404.
#[test]
fn the_caller_comes_back_from_a_number_that_does_not_exist() {
    let Some(lab) = Lab::open() else { return };
    comes_back_from(&lab, "4099");
}

/// CALL-5: a telephone that is switched off: nothing listens there.
#[test]
fn the_caller_comes_back_from_a_telephone_that_is_not_there() {
    let fixed_routes = vec![("4098".to_owned(), free_port())];
    let Some(lab) = Lab::open_with(&KamailioSetup { fixed_routes, ..KamailioSetup::default() }) else {
        return;
    };
    comes_back_from(&lab, "4098");
}

/// CALL-5: a scripted telephone that fails in its own way.
#[test]
fn the_caller_comes_back_from_a_target_that_fails() {
    if !all_there(&[Tool::Sipp]) {
        return;
    }
    let port = free_port();
    let fixed_routes = vec![("4097".to_owned(), port)];
    let Some(lab) = Lab::open_with(&KamailioSetup { fixed_routes, ..KamailioSetup::default() }) else {
        return;
    };
    let _target = Sipp::refusing(port, "500 Server Internal Error");
    comes_back_from(&lab, "4097");
}

/// CALL-5: one transfer in flight per call.
#[test]
fn a_second_transfer_of_the_same_call_is_refused() {
    let Some(lab) = Lab::open() else { return };
    let target = lab.target("4010", OnCall::Ring);
    let (_caller, call) = lab.talk_to("2001");
    lab.usher.transfer(&call, TransferMode::Safe, "4010");
    target.wait_incoming(0);
    let to = acceptance::usher::destination("4011");
    let refused = lab.usher.try_ask(Request::Transfer { call, mode: TransferMode::Blind, to });
    let code = refused.expect_err("one transfer at a time").code;
    assert!(["call.transfer-in-flight", "call.wrong-state"].contains(&code.as_str()), "{code}");
}

/// CALL-5: the caller hangs up while she is being put through.
#[test]
fn a_caller_who_hangs_up_while_being_put_through_is_gone() {
    let Some(lab) = Lab::open() else { return };
    let target = lab.target("4010", OnCall::Ring);
    let (caller, call) = lab.talk_to("2001");
    lab.usher.transfer(&call, TransferMode::Safe, "4010");
    target.wait_incoming(0);
    let second = caller.phone.wait_referred(0);
    caller.phone.hang_up(second);
    caller.hangs_up();
    lab.usher.wait_gone(&call);
    acceptance::wait::until(
        "an outcome",
        || lab.usher.history().iter().any(|row| row.call == call && row.outcome.is_some()).then_some(()),
        || format!("{:#?}", lab.usher.history()),
    );
}

// -- consult ---------------------------------------------------------------------------------------------------------

/// The attendant talks to the target while the caller is held.
fn consulting(lab: &Lab) -> (Talker, Talker, String, String) {
    let target = lab.target("4010", OnCall::Answer);
    let (caller, call) = lab.talk_to("2001");
    let transfer = lab.usher.consult(&call, "4010");
    let target = Talker { call: target.wait_incoming(0), phone: target };
    target.phone.wait_talking(target.call);
    wait_transfer(lab, &call, TransferState::TalkingToTarget);
    (caller, target, call, transfer)
}

fn wait_transfer(lab: &Lab, call: &str, state: TransferState) {
    lab.usher.wait_console(&format!("the transfer {state:?}"), |view| {
        let row = view.calls.iter().find(|row| row.call == call)?;
        (row.transfer.as_ref()?.state == state).then_some(())
    });
}

/// CALL-5 consult, CONN-2: REFER with Replaces; caller and target hear each other, and the console has let go of both.
#[test]
fn an_attended_transfer_gives_caller_and_target_each_other() {
    let Some(lab) = Lab::open() else { return };
    let (caller, target, call, transfer) = consulting(&lab);
    target.hears(&[ATTENDANT_HZ]);
    lab.usher.attendant_hears(&[TARGET_HZ]);
    caller.hears_music();
    lab.usher.ask(Request::CompleteTransfer { transfer });
    let caller = caller.is_put_through();
    caller.hears(&[TARGET_HZ]);
    target.is_let_go();
    lab.usher.wait_gone(&call);
    lab.usher.wait_outcome(&call, INTERNAL_SUCCESS);
    assert!(!caller.phone.has_ended(caller.call), "caller and target go on talking");
}

/// CALL-5: swap, and swap again: each is heard when it is her turn.
#[test]
fn the_attendant_swaps_between_caller_and_target() {
    let Some(lab) = Lab::open() else { return };
    let (caller, target, call, transfer) = consulting(&lab);
    target.hears(&[ATTENDANT_HZ]);
    lab.usher.ask(Request::Swap { transfer: transfer.clone() });
    wait_transfer(&lab, &call, TransferState::TalkingToCaller);
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    target.hears_no_attendant();
    lab.usher.ask(Request::Swap { transfer });
    wait_transfer(&lab, &call, TransferState::TalkingToTarget);
    target.hears_attendant();
    caller.hears_no_attendant();
}

/// CALL-5: each of three hears the two others; then the attendant leaves and the two go on.
#[test]
fn three_talk_in_a_conference_and_two_go_on() {
    let Some(lab) = Lab::open() else { return };
    let (caller, target, call, transfer) = consulting(&lab);
    lab.usher.ask(Request::Conference { transfer: transfer.clone() });
    wait_transfer(&lab, &call, TransferState::Conference);
    caller.hears(&[ATTENDANT_HZ, TARGET_HZ]);
    target.hears(&[ATTENDANT_HZ, CALLER_HZ]);
    lab.usher.attendant_hears(&[CALLER_HZ, TARGET_HZ]);
    lab.usher.ask(Request::CompleteTransfer { transfer });
    caller.is_put_through().hears(&[TARGET_HZ]);
    lab.usher.wait_outcome(&call, INTERNAL_SUCCESS);
}

/// CALL-5: cancelling drops the target and brings the caller back.
#[test]
fn a_cancelled_consultation_brings_the_caller_back() {
    let Some(lab) = Lab::open() else { return };
    let (caller, target, call, transfer) = consulting(&lab);
    lab.usher.ask(Request::CancelTransfer { transfer });
    target.is_let_go();
    lab.usher.wait_call(&call, CallState::Active);
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
}

/// CALL-5: the same while the target still rings: she stops ringing.
#[test]
fn a_consultation_cancelled_while_the_target_rings_stops_the_ringing() {
    let Some(lab) = Lab::open() else { return };
    let target = lab.target("4010", OnCall::Ring);
    let (caller, call) = lab.talk_to("2001");
    let transfer = lab.usher.consult(&call, "4010");
    wait_transfer(&lab, &call, TransferState::Ringing);
    lab.usher.ask(Request::CancelTransfer { transfer });
    target.wait_ended(target.wait_incoming(0));
    lab.usher.wait_call(&call, CallState::Active);
    caller.hears_attendant();
}

/// CALL-5: completed while the target still rings; the target then answers the caller herself.
#[test]
fn a_consultation_is_completed_while_the_target_rings() {
    let Some(lab) = Lab::open() else { return };
    let target = lab.target("4010", OnCall::Ring);
    let (caller, call) = lab.talk_to("2001");
    let transfer = lab.usher.consult(&call, "4010");
    wait_transfer(&lab, &call, TransferState::Ringing);
    target.behave(OnCall::Answer);
    lab.usher.ask(Request::CompleteTransfer { transfer });
    caller.is_put_through().hears(&[TARGET_HZ]);
    lab.usher.wait_gone(&call);
    lab.usher.wait_outcome(&call, INTERNAL_SUCCESS);
}

/// CALL-5: completed while the target rings, and then nobody answers there: the caller comes back.
#[test]
fn a_completed_consultation_that_nobody_answers_brings_the_caller_back() {
    let Some(lab) = Lab::open() else { return };
    let target = lab.target("4010", OnCall::Ring);
    let (caller, call) = lab.talk_to("2001");
    let transfer = lab.usher.consult(&call, "4010");
    wait_transfer(&lab, &call, TransferState::Ringing);
    target.behave(OnCall::Decline);
    lab.usher.ask(Request::CompleteTransfer { transfer });
    assert_eq!(lab.usher.accept(), call);
    caller.hears_attendant();
}

/// CALL-5: the target of a consultation cannot be reached; the caller is still held by the attendant.
fn still_held_after(lab: &Lab, target: &str) {
    let (caller, call) = lab.talk_to("2001");
    lab.usher.ask(Request::Consult { call: call.clone(), to: acceptance::usher::destination(target) });
    let row = lab.usher.wait_call(&call, CallState::Held);
    assert_eq!(row.transfer, None, "the transfer is over");
    lab.usher.retrieve(&call);
    caller.hears_attendant();
}

/// CALL-5: 486.
#[test]
fn a_consultation_with_a_busy_target_leaves_the_caller_on_hold() {
    let Some(lab) = Lab::open() else { return };
    let _target = lab.target("4010", OnCall::Busy);
    still_held_after(&lab, "4010");
}

/// CALL-5: 603.
#[test]
fn a_consultation_with_a_target_who_declines_leaves_the_caller_on_hold() {
    let Some(lab) = Lab::open() else { return };
    let _target = lab.target("4010", OnCall::Decline);
    still_held_after(&lab, "4010");
}

/// CALL-5: 404.
#[test]
fn a_consultation_with_nobody_leaves_the_caller_on_hold() {
    let Some(lab) = Lab::open() else { return };
    still_held_after(&lab, "4099");
}

/// CALL-5: nothing is heard from the target's telephone, not even ringing (30 s).
#[test]
fn a_consultation_with_a_silent_telephone_leaves_the_caller_on_hold() {
    let Some(lab) = Lab::open() else { return };
    let _target = lab.target("4010", OnCall::Silent);
    still_held_after(&lab, "4010");
}

/// CALL-5: the target hangs up in the consultation.
#[test]
fn a_target_who_hangs_up_leaves_the_caller_on_hold() {
    let Some(lab) = Lab::open() else { return };
    let (caller, target, call, _) = consulting(&lab);
    target.hangs_up();
    lab.usher.wait_call(&call, CallState::Held);
    lab.usher.retrieve(&call);
    caller.hears_attendant();
}

/// CALL-5: the caller hangs up while the attendant consults: the target is let go, nothing is left behind.
#[test]
fn a_caller_who_hangs_up_during_a_consultation_ends_it() {
    let Some(lab) = Lab::open() else { return };
    let (caller, target, call, _) = consulting(&lab);
    caller.hangs_up();
    lab.usher.wait_gone(&call);
    target.is_let_go();
    lab.usher.wait_outcome(&call, USER_ACCEPTED);
}

/// CALL-5: the attendant calls a safe transfer back while the target rings.
#[test]
fn a_safe_transfer_is_called_back() {
    let Some(lab) = Lab::open() else { return };
    let target = lab.target("4010", OnCall::Ring);
    let (caller, call) = lab.talk_to("2001");
    lab.usher.transfer(&call, TransferMode::Safe, "4010");
    target.wait_incoming(0);
    let transfer = lab.usher.wait_console("the transfer under way", |view| {
        view.leaving
            .iter()
            .find(|row| row.call == call)?
            .transfer
            .as_ref()
            .map(|transfer| transfer.transfer.clone())
    });
    lab.usher.ask(Request::CancelTransfer { transfer });
    lab.usher.wait_call(&call, CallState::Active);
    caller.hears_attendant();
}

/// CONN-2: the console is on TCP, everybody else on UDP: consult, swap, put through.
#[test]
fn an_attended_transfer_over_tcp_gives_caller_and_target_each_other() {
    let Some(lab) = Lab::open_over(SipTransport::Tcp) else { return };
    let (caller, target, call, transfer) = consulting(&lab);
    lab.usher.ask(Request::Swap { transfer: transfer.clone() });
    caller.hears_attendant();
    lab.usher.ask(Request::Swap { transfer: transfer.clone() });
    target.hears_attendant();
    lab.usher.ask(Request::CompleteTransfer { transfer });
    caller.is_put_through().hears(&[TARGET_HZ]);
    target.is_let_go();
    lab.usher.wait_outcome(&call, INTERNAL_SUCCESS);
}

/// CONN-2: the telephone system asks for credentials for the consultation's line as well.
#[test]
fn a_consultation_is_authenticated() {
    let setup = KamailioSetup { challenged: Some(CONSOLE.to_owned()), ..KamailioSetup::default() };
    let Some(lab) = Lab::open_with(&setup) else { return };
    let (_caller, target, _call, _transfer) = consulting(&lab);
    target.hears_attendant();
}

// -- others transfer to us --------------------------------------------------------------------------------------------

/// CONN-2: a colleague puts somebody through to the console by REFER with Replaces: same call, another party.
#[test]
fn a_caller_put_through_to_us_takes_over_the_colleagues_call() {
    let Some(lab) = Lab::open() else { return };
    let (colleague, call) = lab.talk_to("4020");
    colleague.hears_attendant();
    let stranger = lab.target("2009", OnCall::Answer);
    colleague.phone.hold(colleague.call);
    let to_stranger = colleague.phone.dial(&stranger.address());
    colleague.phone.wait_talking(to_stranger);
    colleague.phone.transfer_to_call(to_stranger, colleague.call);
    let stranger = Talker { call: stranger.wait_referred(0), phone: stranger };
    stranger.hears_attendant();
    lab.usher.attendant_hears(&[TARGET_HZ]);
    let row = lab.usher.wait_call(&call, CallState::Active);
    assert!(row.caller.number.as_deref().is_some_and(|number| number.starts_with("2009")), "{row:?}");
}
