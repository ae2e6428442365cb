//! What networks and telephone systems do to a console: restarts, repetitions, garbage, crowds, agents in between
//! (CONN-2, CALL-1, ROUTE-7, SEC-1).

use std::collections::BTreeSet;
use std::net::UdpSocket;
use std::time::Duration;

use acceptance::kamailio::KamailioSetup;
use acceptance::lab::{CALLER_HZ, Lab, Talker};
use acceptance::pjsua::{PhoneSetup, Pjsua};
use acceptance::sipp::Sipp;
use acceptance::sippy::Sippy;
use acceptance::tools::{Tool, all_there};
use acceptance::usher::{CONSOLE, console_address};
use app::api::wire::{CallState, LinkState, Request};

const USER_ACCEPTED: u8 = 5;

/// CALL-1, ROUTE-7: twenty callers at once: all wait, in the order of their arrival, and every one is answered.
#[test]
fn twenty_callers_ring_at_once_and_every_one_is_answered() {
    if !all_there(&[Tool::Sipp]) {
        return;
    }
    let Some(lab) = Lab::open() else { return };
    let mut callers = Sipp::callers(&lab.kamailio, CONSOLE, 20);
    lab.usher.wait_waiting(20);
    let queue = lab.usher.console().queue;
    let positions: Vec<u32> = queue.iter().map(|row| row.position).collect();
    assert_eq!(positions, (1..=20).collect::<Vec<u32>>());
    assert!(queue.is_sorted_by_key(|row| row.arrived), "longest waiting first");
    // As many as can be are held at the same time, the others are talked to one by one.
    let mut held = Vec::new();
    for left in (0..20).rev() {
        let call = lab.usher.console().queue.first().expect("somebody waits").call.clone();
        lab.usher.ask(Request::Pick { call: call.clone() });
        lab.usher.wait_call(&call, CallState::Active);
        lab.usher.wait_waiting(left);
        if held.len() < 8 {
            lab.usher.hold(&call);
            held.push(call);
        } else {
            lab.usher.hang_up(&call);
        }
    }
    held.iter().for_each(|call| lab.usher.hang_up(call));
    callers.wait_all_went_well();
    acceptance::wait::until(
        "twenty calls in the history",
        || {
            (lab.usher.history().iter().filter(|row| row.outcome == Some(USER_ACCEPTED)).count() == 20)
                .then_some(())
        },
        || format!("{:#?}", lab.usher.history()),
    );
}

/// CONN-2: the telephone system restarts in mid-call: the call goes on, can be held and ended through the new one, and
/// the console registers again by itself.
#[test]
fn a_call_survives_a_restart_of_the_telephone_system() {
    let setup = KamailioSetup { expires_max_secs: 10, ..KamailioSetup::default() };
    let Some(mut lab) = Lab::open_with(&setup) else { return };
    let (caller, call) = lab.talk_to("2001");
    caller.hears_attendant();
    lab.kamailio.kill();
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    let before = lab.kamailio.mark();
    lab.kamailio.start_again();
    lab.kamailio.wait_for_line_after(before, &["register 4000 from"]);
    lab.usher.wait_link(LinkState::Up);
    lab.usher.wait_call(&call, CallState::Active);
    lab.usher.hold(&call);
    caller.hears_music();
    lab.usher.hang_up(&call);
    caller.is_let_go();
    let (next, _) = lab.talk_to("2002");
    next.hears_attendant();
}

/// CONN-2, CALL-10: nothing is heard of her, so her telephone is asked whether it is still there, and nobody answers. She
/// was talked to, so the call is reported as accepted (ROUTE-5).
#[test]
fn a_caller_whose_telephone_dies_does_not_stay_on_the_console() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.talk_to("2001");
    caller.hears_attendant();
    caller.vanishes();
    lab.usher.wait_console_within(Duration::from_secs(180), "the end of the call", |view| {
        view.calls.is_empty().then_some(())
    });
    lab.usher.wait_outcome(&call, USER_ACCEPTED);
}

/// A telephone as bare as can be: the words of one call, sent to the console directly.
struct BarePhone {
    own: String,
    console: String,
}

const SDP: &str =
    "v=0\r\no=c 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";

impl BarePhone {
    fn request(&self, method: &str, number: u32, to_tag: &str, sdp: &str) -> String {
        let BarePhone { own, console } = self;
        // A CANCEL belongs to the transaction of its INVITE.
        let branch = if method == "CANCEL" { "INVITE" } else { method };
        let to_tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
        let content = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} sip:{CONSOLE}@{console} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{branch}{number}\r\n\
             From: <sip:2999@lab.test>;tag=bare\r\nTo: <sip:{CONSOLE}@lab.test>{to_tag}\r\nCall-ID: bare\r\n\
             CSeq: {number} {method}\r\nMax-Forwards: 70\r\nContact: <sip:2999@{own}>\r\n{content}\
             Content-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        )
    }
}

/// CONN-2: a network that repeats an INVITE makes one call. Sent to the console directly, byte for byte the same, as a
/// proxy in between would swallow the repetitions.
#[test]
fn a_repeated_invite_is_one_call() {
    let Some(lab) = Lab::open() else { return };
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let console = lab.kamailio.where_is(CONSOLE);
    let phone =
        BarePhone { own: socket.local_addr().expect("a bound socket").to_string(), console: console.clone() };
    let invite = phone.request("INVITE", 1, "", SDP);
    let send = |message: &str| socket.send_to(message.as_bytes(), &console).expect("the console's port");
    send(&invite);
    send(&invite);
    let call = lab.usher.wait_offered();
    send(&invite);
    // A call that arrives later is behind whatever the repetitions made.
    let (other, other_call) = lab.ring("2001");
    let waiting: Vec<String> = lab.usher.console().queue.into_iter().map(|row| row.call).collect();
    assert_eq!(waiting, [call.clone(), other_call.clone()]);
    send(&phone.request("CANCEL", 1, "", ""));
    lab.usher.wait_gone(&call);
    other.hangs_up();
    lab.usher.wait_gone(&other_call);
    lab.usher.wait_outcome(&call, 4);
    lab.usher.wait_outcome(&other_call, 4);
    assert_eq!(lab.usher.history().len(), 2, "{:#?}", lab.usher.history());
}

/// CONN-2: a telephone may send several requests without waiting for the answers, the goodbye last; each is answered, and
/// the call is over.
#[test]
fn requests_that_arrive_together_are_all_answered() {
    const REQUESTS: u32 = 30;
    let Some(lab) = Lab::open() else { return };
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(acceptance::wait::PATIENCE)).expect("a socket");
    let console = lab.kamailio.where_is(CONSOLE);
    let phone =
        BarePhone { own: socket.local_addr().expect("a bound socket").to_string(), console: console.clone() };
    let send = |message: &str| socket.send_to(message.as_bytes(), &console).expect("the console's port");
    let receive = || {
        let mut buffer = [0; 4096];
        let length = socket.recv(&mut buffer).expect("an answer in time");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    send(&phone.request("INVITE", 1, "", SDP));
    let call = lab.usher.accept();
    let answer = loop {
        let reply = receive();
        if reply.starts_with("SIP/2.0 200") {
            break reply;
        }
    };
    let to_tag =
        answer.lines().find(|line| line.starts_with("To:")).and_then(|line| line.split(";tag=").nth(1));
    let to_tag = to_tag.expect("an answer has a tag").trim();
    send(&phone.request("ACK", 1, to_tag, ""));
    let burst = (2..REQUESTS).map(|number| phone.request("OPTIONS", number, to_tag, ""));
    burst.chain([phone.request("BYE", REQUESTS, to_tag, "")]).for_each(|request| {
        send(&request);
    });
    let mut unanswered: BTreeSet<u32> = (2..=REQUESTS).collect();
    while !unanswered.is_empty() {
        let reply = receive();
        let number =
            reply.lines().find_map(|line| line.strip_prefix("CSeq: ")?.split(' ').next()?.parse().ok());
        unanswered.remove(&number.expect("an answer has a CSeq"));
    }
    lab.usher.wait_gone(&call);
}

/// SEC-1: garbage on the SIP port disturbs neither the call that is up nor the next one.
#[test]
fn malformed_messages_disturb_nothing() {
    let Some(lab) = Lab::open() else { return };
    let (caller, call) = lab.talk_to("2001");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let console = lab.kamailio.where_is(CONSOLE);
    for garbage in malformed() {
        socket.send_to(&garbage, &console).expect("the console's port");
    }
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    assert_eq!(lab.usher.console().queue, Vec::new(), "garbage is no call");
    lab.usher.hang_up(&call);
    caller.is_let_go();
    let (next, _) = lab.talk_to("2002");
    next.hears_attendant();
}

/// Each wrong in its own way.
fn malformed() -> Vec<Vec<u8>> {
    let invite = |head: &str, body: &str| {
        format!(
            "INVITE sip:4000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKbad\r\n{head}CSeq: 1 INVITE\r\n\
             Max-Forwards: 70\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    };
    let lines = [
        "",
        "\r\n\r\n",
        "\0",
        "INVITE",
        "INVITE \r\n\r\n",
        "SIP/2.0 200 OK\r\n\r\n",
        "SIP/2.0 999999999999 X\r\n\r\n",
    ];
    let mut all: Vec<Vec<u8>> = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
    all.push(vec![0xff; 1500]);
    all.push((0..=255).cycle().take(4000).collect());
    all.push("A".repeat(60_000).into_bytes());
    all.push(format!("INVITE sip:{}@x SIP/2.0\r\n\r\n", "x".repeat(20_000)).into_bytes());
    all.push(invite("", ""));
    all.push(invite("From: <<<\r\nTo: >>>\r\nCall-ID: \r\n", "v=0"));
    all.push(b"BYE sip:4000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: nobody\r\nCSeq: 1 BYE\r\n\r\n".to_vec());
    all.push(b"REGISTER sip:4000@127.0.0.1 SIP/2.0\r\nContent-Length: -5\r\n\r\n".to_vec());
    all.push(b"INVITE sip:4000@127.0.0.1 SIP/2.0\r\nContent-Length: 99999999999999999999\r\n\r\n".to_vec());
    all
}

/// CONN-2: a back-to-back agent in the path: answered, held, retrieved and ended like any other.
#[test]
fn a_call_through_a_back_to_back_agent_is_held_and_retrieved() {
    if !all_there(&[Tool::Sippy]) {
        return;
    }
    let Some(lab) = Lab::open() else { return };
    let sippy = Sippy::start(&lab.kamailio);
    let outside = PhoneSetup {
        proxy: sippy.address(),
        registers: false,
        ..PhoneSetup::new(&lab.kamailio, "2001", CALLER_HZ)
    };
    let phone = Pjsua::start_with(&outside);
    let caller = Talker { call: phone.dial(&console_address()), phone };
    let call = lab.usher.accept();
    caller.hears_attendant();
    lab.usher.attendant_hears(&[CALLER_HZ]);
    lab.usher.hold(&call);
    caller.hears_music();
    lab.usher.retrieve(&call);
    caller.hears_attendant();
    lab.usher.hang_up(&call);
    caller.is_let_go();
}
