//! The program dies and comes back (CALL-10).

use acceptance::lab::{CALLER_HZ, Lab};
use acceptance::usher::places;
use app::api::wire::{CallState, LinkState, Request};

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

    let calls = [&parked_call, &held_call, &active_call, &waiting_call];
    lab.usher.wait_console("each call in exactly one place", |view| {
        calls.iter().all(|call| places(view, call).len() <= 1).then_some(())
    });
    let view = lab.usher.console();
    assert_eq!(places(&view, &parked_call), ["parked"], "{view:#?}");
    assert_eq!(places(&view, &held_call), ["calls"], "{view:#?}");
    assert_eq!(places(&view, &active_call), ["calls"], "{view:#?}");

    // What can be re-attached is: the three answered calls are heard again, both ways.
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

    // The one who waited was never answered, so her line could not be kept: she is told so, or still rings.
    let waits = places(&lab.usher.console(), &waiting_call) == ["queue"];
    assert!(waits || lab.usher.history().iter().any(|row| row.call == waiting_call && row.outcome.is_some()));
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
