//! The road of a call, inbound: it is seen, answered, heard, held, parked, and it ends (CALL-1 to CALL-4, CALL-13, ROUTE-5).

use std::time::Duration;

use acceptance::lab::{CALLER_HZ, Lab};
use acceptance::usher::ATTENDANT_HZ;
use app::api::wire::{CallState, ModeKind, NotAvailableName, NotSelectable, Request, TreatmentName};

const CUSTOMER_HANGUP_IN_QUEUE: u8 = 4;
const USER_ACCEPTED: u8 = 5;

/// CALL-1, CALL-3, CALL-13: the tone of each is in the recording of the other.
#[test]
fn a_caller_rings_is_answered_and_both_hear_each_other() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.ring("2001");
    caller.phone.wait_ringing(caller.call);
    let row = lab.usher.console().queue.into_iter().find(|row| row.call == call).expect("in the queue");
    assert!(!row.simulated);
    assert_eq!(lab.usher.wait_offered(), call);
    assert_eq!(lab.usher.accept(), call);
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    caller.hangs_up();
    lab.usher.wait_gone(&call);
    let row = lab.usher.wait_outcome(&call, USER_ACCEPTED);
    assert!(row.connected_ms > 0 && row.ended.is_some() && !row.simulated, "{row:?}");
}

/// CALL-4: music on hold by re-INVITE, the attendant hears nothing, then both hear each other again.
#[test]
fn a_held_caller_hears_music_and_then_the_attendant_again() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.talk_to("2001");
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    lab.usher.hold(&call);
    caller.hears_music();
    caller.hears_no_attendant();
    lab.usher.attendant_hears_nothing_of(&[CALLER_HZ]);
    lab.usher.retrieve(&call);
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    lab.usher.hang_up(&call);
    caller.is_let_go();
    lab.usher.wait_outcome(&call, USER_ACCEPTED);
}

/// CONN-2: the far end holds; the call stays where it is and goes on afterwards.
#[test]
fn a_caller_who_holds_us_comes_back() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.talk_to("2001");
    lab.usher.attendant_hears(&[CALLER_HZ]);
    caller.phone.hold(caller.call);
    lab.usher.attendant_hears_nothing_of(&[CALLER_HZ]);
    lab.usher.wait_call(&call, CallState::Active);
    caller.phone.retrieve(caller.call);
    lab.usher.attendant_hears(&[CALLER_HZ]);
    caller.hears_attendant();
}

/// CALL-1, ROUTE-7: while the attendant talks the second caller hears ringing, keeps her place, and is offered next.
#[test]
fn a_second_caller_waits_in_the_queue_and_is_offered_when_the_first_is_gone() {
    let Some(lab) = Lab::open() else { return };
    let (first, first_call) = lab.talk_to("2001");
    let (second, second_call) = lab.ring("2002");
    second.phone.wait_ringing(second.call);
    let view = lab.usher.console();
    assert_eq!(view.me.offer, None, "nothing rings at an attendant who talks");
    assert_eq!(view.me.not_selectable, Some(NotSelectable::Connected));
    assert_eq!(view.queue.len(), 1);
    assert_eq!(view.queue[0].position, 1);
    first.hears_attendant();
    lab.usher.hang_up(&first_call);
    first.is_let_go();
    assert_eq!(lab.usher.accept(), second_call);
    second.hears_attendant();
}

/// CALL-1: a service may let its callers hear music; they are then answered by the machine, not by the attendant.
#[test]
fn a_waiting_caller_hears_music_where_the_service_says_so() {
    let Some(lab) = Lab::open() else { return };
    let service = lab.usher.console().services[0].id.clone();
    lab.usher.ask(Request::SetWaiting { service, treatment: TreatmentName::Music });
    let (first, _) = lab.talk_to("2001");
    let (second, second_call) = lab.ring("2002");
    second.phone.wait_talking(second.call);
    second.hears_music();
    lab.usher.wait_queued(&second_call);
    first.hangs_up();
    assert_eq!(lab.usher.accept(), second_call);
    second.hears_attendant();
}

/// CALL-3, ROUTE-7: nobody is lost by a decline: the call stays in the queue and is offered again later.
#[test]
fn a_declined_call_stays_in_the_queue_and_comes_again() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.ring("2001");
    let offer = lab.usher.wait_console("an offer", |view| view.me.offer.clone());
    lab.usher.ask(Request::Decline { offer: offer.offer.clone() });
    lab.usher.wait_console("no offer", |view| view.me.offer.is_none().then_some(()));
    lab.usher.wait_queued(&call);
    let again = lab.usher.wait_console("another offer", |view| view.me.offer.clone());
    assert_ne!(again.offer, offer.offer);
    assert_eq!(lab.usher.accept(), call);
    caller.hears_attendant();
}

/// CALL-2, ROUTE-1: an offer nobody answers ends; the attendant is not selectable until back, the caller waits on.
#[test]
fn an_attendant_who_does_not_answer_is_not_offered_calls_until_back() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.ring("2001");
    lab.usher.wait_offered();
    lab.usher.wait_console("RONA", |view| (view.me.rona && view.me.offer.is_none()).then_some(()));
    assert_eq!(lab.usher.console().me.not_selectable, Some(NotSelectable::Rona));
    lab.usher.wait_queued(&call);
    lab.usher.ask(Request::ClearRona {});
    assert_eq!(lab.usher.accept(), call);
    caller.hears_attendant();
}

/// CALL-4: parking frees the attendant; the caller hears music; whoever unparks talks.
#[test]
fn a_parked_caller_is_taken_out_of_the_slot_again() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.talk_to("2001");
    let slot = lab.usher.park(&call);
    caller.hears_music();
    assert!(lab.usher.console().calls.is_empty(), "the attendant is free");
    lab.usher.ask(Request::Unpark { slot });
    lab.usher.wait_call(&call, CallState::Active);
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    assert_eq!(
        lab.usher.try_ask(Request::Unpark { slot }).map_err(|error| error.code.is_empty()),
        Err(false)
    );
}

/// CALL-4: a call nobody takes out of its slot goes back to the parker after the park limit (120 s).
#[test]
fn a_call_parked_too_long_comes_back_to_the_one_who_parked_it() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.talk_to("2001");
    lab.usher.park(&call);
    lab.usher.wait_console_within(Duration::from_secs(180), "the recall", |view| {
        let row = view.queue.iter().find(|row| row.call == call)?;
        (row.returned_to_me && view.parked.is_empty()).then_some(())
    });
    assert_eq!(lab.usher.accept(), call);
    caller.hears_attendant();
}

/// CALL-3, ROUTE-5: a caller may hang up in every state; the call is then nowhere, and history says how it ended.
#[test]
fn a_caller_who_hangs_up_while_ringing_leaves_the_queue() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.ring("2001");
    caller.phone.wait_ringing(caller.call);
    lab.usher.wait_offered();
    caller.hangs_up();
    caller.is_let_go();
    lab.usher.wait_gone(&call);
    lab.usher.wait_console("no offer", |view| view.me.offer.is_none().then_some(()));
    lab.usher.wait_outcome(&call, CUSTOMER_HANGUP_IN_QUEUE);
}

/// As above, on hold.
#[test]
fn a_caller_who_hangs_up_on_hold_is_gone() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.talk_to("2001");
    lab.usher.hold(&call);
    caller.hangs_up();
    lab.usher.wait_gone(&call);
    lab.usher.wait_outcome(&call, USER_ACCEPTED);
    assert!(lab.usher.try_ask(Request::Retrieve { call }).is_err());
}

/// As above, in a slot.
#[test]
fn a_caller_who_hangs_up_in_a_slot_frees_it() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.talk_to("2001");
    let slot = lab.usher.park(&call);
    caller.hangs_up();
    lab.usher.wait_gone(&call);
    lab.usher.wait_outcome(&call, USER_ACCEPTED);
    let (_next, next_call) = lab.talk_to("2002");
    assert_eq!(lab.usher.park(&next_call), slot, "the lowest free slot");
}

/// CALL-3: any number held, one active; each is heard when it is its turn and not otherwise.
#[test]
fn two_held_callers_are_heard_one_at_a_time() {
    let Some(lab) = Lab::open() else { return };
    let (first, first_call) = lab.talk_to("2001");
    lab.usher.hold(&first_call);
    let (second, second_call) = lab.talk_to("2002");
    second.hears(&[ATTENDANT_HZ]);
    first.hears_no_attendant();
    let refused = lab.usher.try_ask(Request::Retrieve { call: first_call.clone() });
    assert!(refused.is_err(), "an active call must be held first: {refused:?}");
    lab.usher.hold(&second_call);
    lab.usher.retrieve(&first_call);
    first.hears_attendant();
    second.hears_no_attendant();
}

/// CALL-13: muted, the attendant hears the caller and is not heard.
#[test]
fn a_muted_attendant_is_not_heard() {
    let Some(lab) = Lab::open() else { return };
    let (caller, _call) = lab.talk_to("2001");
    caller.hears_attendant();
    lab.usher.ask(Request::SetMuted { muted: true });
    lab.usher.wait_console("muted", |view| view.muted.then_some(()));
    caller.hears_no_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    lab.usher.ask(Request::SetMuted { muted: false });
    caller.hears_attendant();
}

/// CALL-2: the reason why no call is offered is always shown, and callers wait meanwhile.
#[test]
fn an_attendant_who_is_away_is_offered_nothing_and_told_why() {
    let Some(lab) = Lab::open() else { return };
    lab.usher.ask(Request::SetNotAvailable { reason: Some(NotAvailableName::Lunch) });
    let (caller, call) = lab.ring("2001");
    caller.phone.wait_ringing(caller.call);
    let view = lab.usher.console();
    assert_eq!((view.me.offer, view.me.not_selectable), (None, Some(NotSelectable::NotAvailable)));
    lab.usher.ask(Request::SetDuty { on_duty: false });
    lab.usher.ask(Request::SetNotAvailable { reason: None });
    lab.usher.wait_console("off duty", |view| {
        (view.me.not_selectable == Some(NotSelectable::OffDuty)).then_some(())
    });
    lab.usher.ask(Request::SetDuty { on_duty: true });
    assert_eq!(lab.usher.accept(), call);
    caller.hears_attendant();
}

/// CALL-1, CALL-9: a caller whose number is in an address book is shown by name.
#[test]
fn a_caller_in_an_address_book_is_shown_by_name() {
    let Some(lab) = Lab::open() else { return };
    let csv = data_encoding::BASE64.encode(b"Name,Company,Phone\nAnna Muster,Muster AG,2001\n");
    lab.usher.ask(Request::ImportContacts { file_name: "people.csv".to_owned(), content_base64: csv });
    let (_caller, call) = lab.ring("2001");
    let row = lab.usher.console().queue.into_iter().find(|row| row.call == call).expect("in the queue");
    assert_eq!(row.caller.name.as_deref(), Some("Anna Muster"));
    assert_eq!(row.caller.company.as_deref(), Some("Muster AG"));
}

/// The telephone system cannot be changed under a caller's feet.
#[test]
fn the_telephone_system_cannot_be_changed_while_there_are_calls() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.talk_to("2001");
    for request in [Request::LeaveMode {}, Request::StartTraining {}] {
        let refused = lab.usher.try_ask(request).expect_err("there is a call");
        assert_eq!(refused.code, "mode.calls-present");
    }
    caller.hears_attendant();
    lab.usher.hang_up(&call);
    lab.usher.ask(Request::LeaveMode {});
    lab.usher.wait_console("first run", |view| (view.mode.kind == ModeKind::Unset).then_some(()));
}

/// CONN-2: both sides change the call at the same moment; afterwards both hear each other.
#[test]
fn both_sides_holding_at_once_come_back_together() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.talk_to("2001");
    caller.hears_attendant();
    // Her re-INVITE is still on its way when ours sets out.
    caller.phone.hold(caller.call);
    lab.usher.hold(&call);
    caller.phone.wait_held(caller.call);
    lab.usher.retrieve(&call);
    caller.phone.retrieve(caller.call);
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
}
