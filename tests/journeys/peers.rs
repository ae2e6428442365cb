//! The harness by itself: the real peers talk to each other before Usher joins. Does not start Usher.

use acceptance::baresip::Baresip;
use acceptance::kamailio::{Kamailio, KamailioSetup};
use acceptance::pjsua::{OnCall, PhoneCall, PhoneSetup, Pjsua};
use acceptance::ports::free_port;
use acceptance::sipp::Sipp;
use acceptance::sippy::Sippy;
use acceptance::tools::{Tool, all_there};

#[test]
fn two_telephones_hear_each_other_through_the_telephone_system() {
    if !all_there(&[Tool::Kamailio, Tool::Baresip, Tool::Pjsua2]) {
        return;
    }
    let kamailio = Kamailio::start(&KamailioSetup::default());
    let caller = Baresip::start(&kamailio, "2001", 1000.0);
    let called = Pjsua::start(&kamailio, "4010", 620);
    caller.dial(&called.address());
    let call = called.wait_incoming(0);
    called.answer(call);
    called.wait_talking(call);
    caller.wait_event(0, "CALL_ESTABLISHED");
    called.heard(call).wait_for_tones(called.heard(call).now(), &[1000.0]);
    caller.heard().wait_for_tones(caller.heard().now(), &[620.0]);
    caller.hang_up();
    called.wait_ended(call);
}

#[test]
fn an_attended_transfer_with_replaces_joins_two_telephones() {
    if !all_there(&[Tool::Kamailio, Tool::Pjsua2]) {
        return;
    }
    let kamailio = Kamailio::start(&KamailioSetup::default());
    let caller = Pjsua::start(&kamailio, "2001", 1000);
    let middle = Pjsua::start(&kamailio, "4000", 440);
    let target = Pjsua::start_with(&PhoneSetup::new(&kamailio, "4010", 620).on_call(OnCall::Answer));
    let first = caller.dial(&middle.address());
    let from_caller = middle.wait_incoming(0);
    middle.answer(from_caller);
    caller.wait_talking(first);
    middle.wait_talking(from_caller);
    middle.hold(from_caller);
    let to_target = middle.dial(&target.address());
    middle.wait_talking(to_target);
    middle.transfer_to_call(from_caller, to_target);
    let joined = caller.wait_referred(0);
    caller.wait_talking(joined);
    caller.heard(joined).wait_for_tones(caller.heard(joined).now(), &[620.0]);
    middle.wait_ended(to_target);
}

#[test]
fn an_account_with_tcp_registers_and_calls() {
    if !all_there(&[Tool::Kamailio, Tool::Baresip, Tool::Pjsua2]) {
        return;
    }
    let kamailio =
        Kamailio::start(&KamailioSetup { challenged: Some("2001".into()), ..KamailioSetup::default() });
    let caller = Baresip::start_over(&kamailio, "2001", 1000.0, "tcp");
    let over_tcp = PhoneSetup { transport: "tcp", ..PhoneSetup::new(&kamailio, "4010", 620) };
    let called = Pjsua::start_with(&over_tcp.on_call(OnCall::Decline));
    caller.dial(&called.address());
    caller.wait_event(0, "CALL_CLOSED");
    kamailio.wait_for_line(&["reply 603"]);
}

#[test]
fn scripted_callers_ring_at_once_and_a_scripted_telephone_refuses() {
    if !all_there(&[Tool::Kamailio, Tool::Sipp, Tool::Pjsua2]) {
        return;
    }
    let refusing = free_port();
    let fixed_routes = vec![("4090".to_owned(), refusing)];
    let kamailio = Kamailio::start(&KamailioSetup { fixed_routes, ..KamailioSetup::default() });
    let called = Pjsua::start_with(&PhoneSetup::new(&kamailio, "4010", 620).on_call(OnCall::Answer));
    let mut callers = Sipp::callers(&kamailio, "4010", 3);
    let calls = [1, 2, 3].map(PhoneCall);
    calls.iter().for_each(|call| called.wait_talking(*call));
    // sipp plays back what it hears.
    called.heard(calls[1]).wait_for_tones(called.heard(calls[1]).now(), &[620.0]);
    called.hold(calls[0]);
    called.wait_held(calls[0]);
    calls.iter().for_each(|call| called.hang_up(*call));
    callers.wait_all_went_well();

    let _refusing = Sipp::refusing(refusing, "486 Busy Here");
    let call = called.dial("sip:4090@lab.test");
    assert_eq!(called.wait_ended(call), 486);
}

#[test]
fn a_call_goes_through_the_agent_in_between() {
    if !all_there(&[Tool::Kamailio, Tool::Sippy, Tool::Pjsua2]) {
        return;
    }
    let kamailio = Kamailio::start(&KamailioSetup::default());
    let sippy = Sippy::start(&kamailio);
    let called = Pjsua::start_with(&PhoneSetup::new(&kamailio, "4010", 620).on_call(OnCall::Answer));
    let outside =
        PhoneSetup { proxy: sippy.address(), registers: false, ..PhoneSetup::new(&kamailio, "2001", 1000) };
    let caller = Pjsua::start_with(&outside);
    let call = caller.dial(&called.address());
    caller.wait_talking(call);
    caller.heard(call).wait_for_tones(caller.heard(call).now(), &[620.0]);
    caller.hang_up(call);
    called.wait_ended(called.wait_incoming(0));
}
