//! The console becomes a telephone on a telephone system (CONN-2, HOUSE "first run").

use acceptance::kamailio::{Kamailio, KamailioSetup};
use acceptance::lab::Lab;
use acceptance::tools::{Tool, all_there};
use acceptance::usher::{Usher, account};
use app::api::wire::{LinkState, ModeKind, Request, Response, SipAccountForm, SipTransport};

/// CONN-2: registration with digest over UDP; DATA-3: a plain-text peer is said to be one.
#[test]
fn the_console_registers_with_digest_over_udp() {
    let Some(lab) = Lab::open() else { return };
    let view = lab.usher.console();
    assert_eq!(view.mode.kind, ModeKind::Sip);
    assert!(!view.mode.simulated);
    assert!(view.link.plain_text, "an unencrypted telephone system is said to be one");
    lab.kamailio.wait_for_line(&["register 4000 from", "127.0.0.1"]);
}

/// CONN-2: the same over TCP, and a call comes in over it (the registrar must learn a contact with `transport=tcp`).
#[test]
fn the_console_registers_over_tcp_and_is_called_over_it() {
    let Some(lab) = Lab::open_over(SipTransport::Tcp) else { return };
    let (caller, call) = lab.talk_to("2001");
    caller.hears_attendant();
    lab.usher.attendant_hears(&[acceptance::lab::CALLER_HZ]);
    lab.usher.hold(&call);
    caller.hears_no_attendant();
    lab.usher.retrieve(&call);
    caller.hears_attendant();
    lab.usher.hang_up(&call);
    caller.is_let_go();
}

/// CONN-2: the link goes down and says what is wrong; the right password then connects.
#[test]
fn a_wrong_password_is_said_in_words_and_can_be_mended() {
    if !all_there(&[Tool::Kamailio]) {
        return;
    }
    let kamailio = Kamailio::start(&KamailioSetup::default());
    let usher = Usher::start();
    let right = account(&kamailio, SipTransport::Udp);
    usher.connect(SipAccountForm { password: "wrong".into(), ..right.clone() });
    let words = usher.wait_link(LinkState::Down);
    assert!(words.to_lowercase().contains("password"), "the words name the password: {words}");
    usher.connect(right);
    usher.wait_link(LinkState::Up);
}

/// CONN-2: nobody listens where the telephone system should be.
#[test]
fn a_telephone_system_that_does_not_answer_is_a_link_that_is_down() {
    if !all_there(&[Tool::Kamailio]) {
        return;
    }
    let mut kamailio = Kamailio::start(&KamailioSetup::default());
    kamailio.kill();
    let usher = Usher::start();
    usher.connect(account(&kamailio, SipTransport::Tcp));
    let words = usher.wait_link(LinkState::Down);
    assert!(!words.is_empty());
    kamailio.start_again();
    usher.wait_link(LinkState::Up);
}

/// The password crosses once and never comes back (ID-2, SEC-2).
#[test]
fn the_account_is_shown_without_its_password() {
    let Some(lab) = Lab::open() else { return };
    let setup = match lab.usher.ask(Request::GetSetup {}) {
        Response::Setup(setup) => setup,
        other => panic!("no set-up: {other:?}"),
    };
    let shown = serde_json::to_string(&setup).expect("a view is JSON");
    assert_eq!(setup.sip.expect("the account is shown").user, acceptance::usher::CONSOLE);
    assert!(!shown.contains(acceptance::kamailio::PASSWORD), "{shown}");
    assert!(!lab.usher.words().contains(acceptance::kamailio::PASSWORD), "the log holds no password");
}
