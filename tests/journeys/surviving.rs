//! The program dies and comes back (CALL-10).

use acceptance::lab::{CALLER_HZ, Lab};
use acceptance::pjsua::OnCall;
use acceptance::usher::places;
use app::api::wire::{CallState, LinkState, Request, SipTransport, TransferMode, TransferState};

/// CALL-10: SIGKILL with one call active, one held, one parked and one waiting: after the restart each stands in exactly
/// one place, and each caller is heard again.
#[test]
fn calls_survive_a_kill_of_the_program_and_are_taken_up_again() {
    let Some(mut lab) = Lab::open() else { return };
    let (parked, parked_call) = lab.talk_to("2001");
    let slot = lab.usher.park(&parked_call);
    let (held, held_call) = lab.talk_to("2002");
    lab.usher.hold(&held_call);
    let (active, active_call) = lab.talk_to("2003");
    active.hears_attendant();
    let (waiting, waiting_call) = lab.ring("2004");

    lab.usher.kill();
    lab.usher.start_again();
    lab.usher.connect_again();
    lab.usher.wait_link(LinkState::Up);

    let view = lab.usher.console();
    assert_eq!(places(&view, &parked_call), ["parked"], "{view:#?}");
    assert_eq!(places(&view, &held_call), ["calls"], "{view:#?}");
    assert_eq!(places(&view, &active_call), ["calls"], "{view:#?}");
    assert_eq!(places(&view, &waiting_call), ["queue"], "{view:#?}");

    // What can be re-attached is: the answered calls are heard again.
    lab.usher.wait_call(&active_call, CallState::Active);
    active.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    lab.usher.hang_up(&active_call);
    active.is_let_go();

    lab.usher.retrieve(&held_call);
    held.hears_attendant();
    lab.usher.hang_up(&held_call);
    held.is_let_go();

    lab.usher.ask(Request::Unpark { slot });
    lab.usher.wait_call(&parked_call, CallState::Active);
    parked.hears_attendant();
    lab.usher.hang_up(&parked_call);
    parked.is_let_go();

    // The one who was never answered has kept her place, and is answered now.
    lab.usher.ask(Request::Pick { call: waiting_call.clone() });
    lab.usher.wait_call(&waiting_call, CallState::Active);
    waiting.hears_attendant();
    waiting.hangs_up();
    lab.usher.wait_gone(&waiting_call);
}

/// CALL-10: callers who hang up while the program is dead are not on the console when it is back.
#[test]
fn callers_who_left_while_the_program_was_dead_are_gone() {
    let Some(mut lab) = Lab::open() else { return };
    let (caller, call) = lab.talk_to("2001");
    lab.usher.hold(&call);
    lab.usher.kill();
    caller.hangs_up();
    lab.usher.start_again();
    lab.usher.connect_again();
    lab.usher.wait_link(LinkState::Up);
    lab.usher.wait_gone(&call);
    let (next, _) = lab.talk_to("2002");
    next.hears_attendant();
}

/// History, transfers and the account outlive an orderly restart as well.
#[test]
fn history_outlives_a_restart() {
    let Some(mut lab) = Lab::open() else { return };
    let (caller, call) = lab.talk_to("2001");
    caller.hears_attendant();
    caller.hangs_up();
    lab.usher.wait_outcome(&call, 5);
    lab.usher.stop();
    lab.usher.start_again();
    lab.usher.wait_outcome(&call, 5);
}

/// CALL-10: as the first, with the console on TCP: its connection is another one after the restart.
#[test]
fn a_call_over_tcp_survives_a_kill_of_the_program() {
    let Some(mut lab) = Lab::open_over(SipTransport::Tcp) else { return };
    let (caller, call) = lab.talk_to("2001");
    caller.hears_attendant();
    lab.usher.kill();
    lab.usher.start_again();
    lab.usher.connect_again();
    lab.usher.wait_link(LinkState::Up);
    lab.usher.wait_call(&call, CallState::Active);
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    lab.usher.hold(&call);
    caller.hears_music();
    caller.hangs_up();
    lab.usher.wait_gone(&call);
}

/// CALL-10, CALL-5: killed while the attendant talks to the target: the caller stands in one place and is talked to again.
#[test]
fn a_consultation_interrupted_by_a_kill_loses_nobody() {
    let Some(mut lab) = Lab::open() else { return };
    let target = lab.target("4010", OnCall::Answer);
    let (caller, call) = lab.talk_to("2001");
    lab.usher.consult(&call, "4010");
    target.wait_talking(target.wait_incoming(0));
    lab.usher.wait_console("the consultation", |view| {
        let transfer = view.calls.first()?.transfer.as_ref()?;
        (transfer.state == TransferState::TalkingToTarget).then(|| transfer.transfer.clone())
    });
    lab.usher.kill();
    lab.usher.start_again();
    lab.usher.connect_again();
    lab.usher.wait_link(LinkState::Up);
    assert_eq!(places(&lab.usher.console(), &call), ["calls"]);
    let row = lab.usher.console().calls.remove(0);
    match row.transfer {
        Some(transfer) => lab.usher.ask(Request::CancelTransfer { transfer: transfer.transfer }),
        None => lab.usher.ask(Request::Retrieve { call: call.clone() }),
    };
    lab.usher.wait_call(&call, CallState::Active);
    caller.hears_attendant();
}

/// CALL-10, CALL-5: killed while a caller is being put through: she is with the target, or back with the attendant.
#[test]
fn a_transfer_interrupted_by_a_kill_loses_nobody() {
    let Some(mut lab) = Lab::open() else { return };
    let target = lab.target("4010", OnCall::Ring);
    let (caller, call) = lab.talk_to("2001");
    lab.usher.transfer(&call, TransferMode::Safe, "4010");
    let ringing = target.wait_incoming(0);
    lab.usher.kill();
    lab.usher.start_again();
    lab.usher.connect_again();
    lab.usher.wait_link(LinkState::Up);
    assert!(places(&lab.usher.console(), &call).len() <= 1);
    target.answer(ringing);
    let second = caller.phone.wait_referred(0);
    caller.phone.wait_talking(second);
    lab.usher.wait_console("the caller in one place or with the target", |view| {
        (places(view, &call).len() <= 1 && view.leaving.is_empty()).then_some(())
    });
}

/// CALL-10: one writer per switchboard: a second program on the same data never gets beside the first.
#[test]
fn two_programs_do_not_share_one_switchboard() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.talk_to("2001");
    let mut second = lab.usher.start_second();
    let status = second.wait_end();
    assert!(!status.success(), "the second program says no: {}", second.words());
    caller.hears_attendant();
    lab.usher.hold(&call);
    caller.hears_music();
}
