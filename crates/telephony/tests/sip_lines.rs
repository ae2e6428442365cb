//! The SIP connector against a telephone system of our own making that says, word for word, what real ones rarely do:
//! repeated, broken and crossing messages, odd refusals, missing goodbyes. Real telephones are in the acceptance tests.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "support/sip.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use contracts::Address;
use contracts::connectors::SipTransport;
use contracts::memory::MemoryStore;
use contracts::telephony::{Link, Order, OrderName, Report, Telephony, TelephonyError};
use engine::{CallId, Failure, Leg, ReleaseCause, TransferId, Treatment};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use support::{Caller, Desk, Heard, ME, Pbx, SDP, options};
use telephony::sip::SipOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn caller(call: CallId) -> Leg {
    Leg::Caller(call)
}

fn connect(call: CallId) -> Order {
    Order::Connect { leg: caller(call), attendant: ME }
}

fn hold(call: CallId) -> Order {
    Order::Hold { leg: caller(call), treatment: Treatment::Music }
}

fn release(leg: Leg) -> Order {
    Order::Release { leg, why: ReleaseCause::Normal }
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

async fn lab() -> (Pbx, Desk) {
    let pbx = Pbx::start().await;
    let mut desk = Desk::start(&pbx).await;
    desk.is_up().await;
    (pbx, desk)
}

// -- registering ---------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_refused_password_is_told_for_good() {
    let pbx = Pbx::start().await;
    *pbx.registers.lock().unwrap() = "401 Unauthorized".into();
    let mut desk = Desk::start(&pbx).await;
    let down = desk.hears_that("down", |report| matches!(report, Report::Link(Link::Down { .. }))).await;
    let Report::Link(Link::Down { detail, permanent }) = down else { unreachable!() };
    assert!(permanent && detail.contains("refused user carol"), "{detail}");
}

#[tokio::test]
async fn a_telephone_system_that_goes_away_is_noticed_and_found_again() {
    let (pbx, mut desk) = lab().await;
    pbx.registers.lock().unwrap().clear();
    desk.hears_that("down", |report| matches!(report, Report::Link(Link::Down { permanent: false, .. })))
        .await;
    *pbx.registers.lock().unwrap() = "200 OK".into();
    desk.is_up().await;
}

#[tokio::test]
async fn a_registrar_that_wants_a_longer_time_gets_it() {
    let mut pbx = Pbx::start().await;
    *pbx.registers.lock().unwrap() = "423 Interval Too Brief\r\nMin-Expires: 900".into();
    let _desk = Desk::start(&pbx).await;
    pbx.hears("a REGISTER for 900 s", |heard| {
        heard.method() == "REGISTER" && heard.header("Expires") == Some("900")
    })
    .await;
}

#[tokio::test]
async fn shutting_down_unregisters_and_says_goodbye() {
    let (mut pbx, mut desk) = lab().await;
    Caller::new("ann", &pbx, &desk).is_answered(&mut pbx, &mut desk).await;
    let desk_address = desk.sip.local();
    let goodbye = async {
        let bye = pbx.hears_request("BYE").await;
        pbx.answers(&bye, "200 OK", "", "", desk_address).await;
        pbx.hears("no more registration", |heard| heard.header("Expires") == Some("0")).await;
    };
    tokio::join!(desk.sip.shut_down(), goodbye);
}

#[tokio::test]
async fn trap_2_over_tcp_the_registered_contact_says_so_and_calls_come_in() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let pbx = listener.local_addr().unwrap();
    let mut desk =
        Desk::start_over(SipTransport::Tcp, pbx, options(), Arc::new(MemoryStore::default()), 1).await;
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut text = String::new();
    while !text.contains("\r\n\r\n") {
        let mut buffer = [0; 4_096];
        let length = stream.read(&mut buffer).await.unwrap();
        text.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    let register = Heard { text };
    let contact = register.header("Contact").unwrap();
    let here = desk.sip.local();
    assert!(contact.to_ascii_lowercase().contains(&format!("{here};transport=tcp")), "{contact}");
    assert!(register.header("Via").unwrap().starts_with("SIP/2.0/TCP"), "{register:?}");
    // A call comes in by a connection to the listener, as from a registrar that lost the other one.
    let mut call = tokio::net::TcpStream::connect(here).await.unwrap();
    let invite = format!(
        "INVITE sip:carol@{here};transport=tcp SIP/2.0\r\nVia: SIP/2.0/TCP {pbx};branch=z9hG4bK1\r\n\
         From: <sip:ann@lab.test>;tag=f\r\nTo: <sip:carol@lab.test>\r\nCall-ID: t\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:ann@127.0.0.1:1>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}",
        SDP.len()
    );
    call.write_all(invite.as_bytes()).await.unwrap();
    desk.arrived().await;
}

#[tokio::test]
async fn trap_7_call_ids_are_ours_and_no_dialog_outlives_its_call() {
    let (mut pbx, mut desk) = lab().await;
    let register = pbx.hears_request("REGISTER").await;
    assert!(register.header("Call-ID").unwrap().ends_with("@127.0.0.1"), "{register:?}");
    let desk_address = desk.sip.local();
    let mut ann = Caller::new("ann", &pbx, &desk);
    let call = ann.is_answered(&mut pbx, &mut desk).await;
    ann.cseq = 2;
    pbx.send(ann.says("BYE", "", ""), desk_address).await;
    pbx.hears_status(200, "BYE").await;
    assert_eq!(desk.hears().await, Report::HungUp { leg: caller(call) });
    desk.forgets_everything().await;
}

// -- calls come in -------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_repeated_invite_is_one_call() {
    let (mut pbx, mut desk) = lab().await;
    let ann = Caller::new("ann", &pbx, &desk);
    let invite = ann.says("INVITE", "", SDP);
    for _ in 0..5 {
        pbx.send(&invite, desk.sip.local()).await;
    }
    let call = desk.arrived().await;
    desk.order(Order::Wait { leg: caller(call), treatment: Treatment::Ringing }).await.unwrap();
    pbx.hears_status(180, "INVITE").await;
    pbx.send(&invite, desk.sip.local()).await;
    pbx.hears_status(180, "INVITE").await;
    assert_eq!(desk.sip.health().lines, 1);
}

#[tokio::test]
async fn an_invite_that_comes_a_second_way_is_one_call() {
    let (mut pbx, mut desk) = lab().await;
    let ann = Caller::new("ann", &pbx, &desk);
    let invite = ann.says("INVITE", "", SDP);
    pbx.send(&invite, desk.sip.local()).await;
    desk.arrived().await;
    pbx.send(invite.replace("z9hG4bK-", "z9hG4bK-other-"), desk.sip.local()).await;
    pbx.hears_status(482, "INVITE").await;
    assert_eq!(desk.sip.health().lines, 1);
}

#[tokio::test]
async fn who_calls_and_whom_she_dialled_is_told() {
    let (pbx, mut desk) = lab().await;
    let ann = Caller::new("ann", &pbx, &desk);
    let extra = "P-Asserted-Identity: \"Front Desk\" <sip:+41445556677@carrier.net;user=phone>\r\n";
    pbx.send(ann.says("INVITE", extra, SDP), desk.sip.local()).await;
    let arrived = desk.hears().await;
    let want = Report::Arrived {
        call: CallId(1),
        from: address("+41445556677"),
        display_name: Some("Front Desk".into()),
        to: address("4010"),
    };
    assert_eq!(arrived, want);
}

#[tokio::test]
async fn broken_sip_never_ends_the_listener() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let good = Caller::new("ann", &pbx, &desk).says("INVITE", "", SDP);
    let broken = [
        String::new(),
        "\r\n\r\n".into(),
        "\0\u{1}\u{2}".into(),
        "INVITE".into(),
        "INVITE sip:a SIP/2.0\r\n\r\n".into(),
        "SIP/2.0 200 OK\r\n\r\n".into(),
        good.replace("Contact:", "X-Contact:").replace("ann@pbx", "no-contact"),
        good.replace("From: \"Ann\" <sip:ann@lab.test>;tag=from-ann", "From: \u{fffd}<<>>")
            .replace("ann@pbx", "bad-from"),
        good.replace("CSeq: 1 INVITE", "CSeq: x INVITE").replace("ann@pbx", "bad-cseq"),
        good.replace("CSeq: 1", "CSeq: 99999999999999999999").replace("ann@pbx", "huge-cseq"),
        good.replace("Content-Length: ", "Content-Length: 9999").replace("ann@pbx", "short-body"),
        good.replace("Via: ", "X-Via: ").replace("ann@pbx", "no-via"),
        good.replace("sip:carol@", "sip:%zz@[").replace("ann@pbx", "bad-uri"),
        good.replace("Call-ID: ann@pbx\r\n", ""),
        good.replace("Max-Forwards: 70", &format!("X-Long: {}", "a".repeat(60_000)))
            .replace("ann@pbx", "long"),
    ];
    for text in &broken {
        pbx.send(text, here).await;
        pbx.send(&text.as_bytes()[..text.len() / 2], here).await;
    }
    pbx.send(Caller::new("bea", &pbx, &desk).says("INVITE", "", SDP), here).await;
    pbx.hears("100 for the good one", |heard| {
        heard.status() == Some(100) && heard.header("Call-ID") == Some("bea@pbx")
    })
    .await;
    desk.hears_that(
        "the good one",
        |report| matches!(report, Report::Arrived { from, .. } if from.as_str() == "bea"),
    )
    .await;
}

/// `SEED=7 cargo nextest run -p telephony mutated` runs the same again.
#[tokio::test]
async fn mutated_messages_neither_panic_nor_end_the_listener() {
    let seed =
        std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random::<u64>);
    println!("SEED={seed}");
    let panics = Arc::new(AtomicU32::new(0));
    let (counted, before) = (panics.clone(), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |info| {
        counted.fetch_add(1, Ordering::Relaxed);
        before(info);
    }));
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let mut ann = Caller::new("ann", &pbx, &desk);
    ann.is_answered(&mut pbx, &mut desk).await;
    ann.cseq = 2;
    let seeds = [
        Caller::new("bea", &pbx, &desk).says("INVITE", "Replaces: a;to-tag=b;from-tag=c\r\n", SDP),
        Caller::new("cat", &pbx, &desk).says("INVITE", "Supported: timer\r\nSession-Expires: 90\r\n", SDP),
        ann.says("INVITE", "", SDP),
        ann.says("UPDATE", "Session-Expires: 90;refresher=uac\r\n", SDP),
        ann.says("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=5\r\n"),
        notify(&ann, "active", "SIP/2.0 180 Ringing"),
    ];
    let mut random = StdRng::seed_from_u64(seed);
    for _ in 0..1_500 {
        let mut bytes = seeds[random.random_range(0..seeds.len())].clone().into_bytes();
        for _ in 0..random.random_range(1..6) {
            let at = random.random_range(0..bytes.len());
            match random.random_range(0..4) {
                0 => bytes[at] = random.random(),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, *b"\r\n:;<>\"@%,=".get(random.random_range(0..11)).unwrap()),
                _ => bytes.truncate(at.max(1)),
            }
            if bytes.is_empty() {
                bytes.push(b'x');
            }
        }
        pbx.send(&bytes, here).await;
    }
    pbx.send(Caller::new("dora", &pbx, &desk).says("OPTIONS", "", ""), here).await;
    pbx.hears("200 to OPTIONS", |heard| {
        heard.status() == Some(200) && heard.header("Call-ID") == Some("dora@pbx")
    })
    .await;
    assert_eq!(panics.load(Ordering::Relaxed), 0, "something panicked");
}

#[tokio::test]
async fn what_we_cannot_do_is_refused_in_words() {
    let (mut pbx, desk) = lab().await;
    let here = desk.sip.local();
    let cases = [
        ("one", "", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 9 RTP/AVP 99\r\n", 488),
        ("two", "Content-Type: text/plain\r\n", "hello", 415),
        ("three", "Require: 100rel\r\n", SDP, 420),
        ("four", "Supported: timer\r\nSession-Expires: 0\r\n", SDP, 422),
        ("five", "Replaces: nobody@pbx;to-tag=a;from-tag=b\r\n", SDP, 481),
        ("six", "Replaces: nobody\r\n", SDP, 400),
    ];
    for (name, extra, body, status) in cases {
        let who = Caller::new(name, &pbx, &desk);
        pbx.send(who.says("INVITE", extra, body), here).await;
        pbx.hears_status(status, "INVITE").await;
        pbx.send(who.says("ACK", "", ""), here).await;
    }
    for (method, status) in [("SUBSCRIBE", 405), ("MESSAGE", 405), ("NOTIFY", 489), ("OPTIONS", 200)] {
        pbx.send(Caller::new(method, &pbx, &desk).says(method, "", ""), here).await;
        pbx.hears_status(status, method).await;
    }
    let mut stray = Caller::new("stray", &pbx, &desk);
    stray.to_tag = "unknown".into();
    pbx.send(stray.says("BYE", "", ""), here).await;
    pbx.hears_status(481, "BYE").await;
    assert_eq!(desk.sip.health().lines, 0);
}

#[tokio::test]
async fn a_caller_without_an_offer_gets_ours_and_must_answer_it() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    for (name, answer) in [("ann", SDP), ("bea", "")] {
        let mut ann = Caller::new(name, &pbx, &desk);
        pbx.send(ann.says("INVITE", "", ""), here).await;
        let call = desk.arrived().await;
        desk.order(connect(call)).await.unwrap();
        let ok = pbx.hears_status(200, "INVITE").await;
        assert!(ok.body().contains("m=audio"), "{ok:?}");
        ann.to_tag = ok.to_tag().into();
        pbx.send(ann.says("ACK", "", answer), here).await;
        if answer.is_empty() {
            pbx.hears_request("BYE").await;
            assert_eq!(desk.hears().await, Report::Lost { leg: caller(call) });
        }
    }
}

#[tokio::test]
async fn a_caller_who_gives_up_while_it_rings_is_gone() {
    let (mut pbx, mut desk) = lab().await;
    let ann = Caller::new("ann", &pbx, &desk);
    let call = ann.clone().rings(&mut pbx, &mut desk).await;
    desk.order(Order::Wait { leg: caller(call), treatment: Treatment::Ringing }).await.unwrap();
    pbx.hears_status(180, "INVITE").await;
    pbx.send(ann.says("CANCEL", "", ""), desk.sip.local()).await;
    pbx.hears_status(487, "INVITE").await;
    pbx.send(ann.says("ACK", "", ""), desk.sip.local()).await;
    assert_eq!(desk.hears().await, Report::HungUp { leg: caller(call) });
    desk.forgets_everything().await;
    assert!(matches!(desk.order(connect(call)).await, Err(TelephonyError::NoSuchLeg)));
    desk.order(release(caller(call))).await.unwrap();
}

#[tokio::test]
async fn a_caller_let_go_before_the_answer_hears_why() {
    let (mut pbx, mut desk) = lab().await;
    for (name, why, status) in [("ann", ReleaseCause::NoAttendant, 480), ("bea", ReleaseCause::Overload, 486)]
    {
        let call = Caller::new(name, &pbx, &desk).rings(&mut pbx, &mut desk).await;
        desk.order(Order::Release { leg: caller(call), why }).await.unwrap();
        pbx.hears_status(status, "INVITE").await;
    }
}

#[tokio::test]
async fn twenty_at_once_are_twenty_calls() {
    let (mut pbx, mut desk) = lab().await;
    let callers: Vec<_> = (0..20).map(|n| Caller::new(&format!("c{n}"), &pbx, &desk)).collect();
    for who in &callers {
        pbx.send(who.says("INVITE", "", SDP), desk.sip.local()).await;
    }
    for _ in &callers {
        let call = desk.arrived().await;
        desk.order(Order::Wait { leg: caller(call), treatment: Treatment::Music }).await.unwrap();
        pbx.hears_status(200, "INVITE").await;
    }
    assert_eq!(desk.sip.snapshot().await.unwrap().iter().filter(|leg| leg.answered).count(), 20);
}

#[tokio::test]
async fn an_order_is_performed_once_however_often_it_is_asked() {
    let (mut pbx, mut desk) = lab().await;
    let mut ann = Caller::new("ann", &pbx, &desk);
    let call = ann.is_answered(&mut pbx, &mut desk).await;
    let name = OrderName { sequence: 900, index: 0 };
    let first = desk.sip.perform(name, hold(call));
    let second = desk.sip.perform(name, hold(call));
    let held = async {
        let reinvite = pbx.hears_request("INVITE").await;
        let sdp = SDP.to_owned() + "a=recvonly\r\n";
        pbx.answers(&reinvite, "200 OK", "", &sdp, desk.sip.local()).await;
        pbx.hears_request("ACK").await;
        reinvite
    };
    let (first, second, reinvite) = tokio::join!(first, second, held);
    first.unwrap();
    second.unwrap();
    assert!(reinvite.body().contains("a=sendonly"), "{reinvite:?}");
    desk.sip.perform(name, hold(call)).await.unwrap();
    desk.order(hold(call)).await.unwrap();
    pbx.heard_none("a second re-INVITE", |heard| heard.method() == "INVITE");
}

// -- within a call -------------------------------------------------------------------------------------------------

#[tokio::test]
async fn trap_6_an_order_right_after_the_answer_waits_for_the_ack() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let mut ann = Caller::new("ann", &pbx, &desk);
    let call = ann.rings(&mut pbx, &mut desk).await;
    desk.order(connect(call)).await.unwrap();
    let ok = pbx.hears_status(200, "INVITE").await;
    ann.to_tag = ok.to_tag().into();
    let far_end = async {
        pbx.send(ann.says("ACK", "", ""), here).await;
        let reinvite = pbx.hears_request("INVITE").await;
        pbx.answers(&reinvite, "200 OK", "", SDP, here).await;
    };
    let (held, ()) = tokio::join!(desk.order(hold(call)), far_end);
    held.unwrap();
}

#[tokio::test]
async fn a_request_that_comes_with_the_ack_or_before_it_is_answered() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let mut ann = Caller::new("ann", &pbx, &desk);
    let call = ann.rings(&mut pbx, &mut desk).await;
    desk.order(connect(call)).await.unwrap();
    ann.to_tag = pbx.hears_status(200, "INVITE").await.to_tag().into();
    let ack = ann.says("ACK", "", "");
    ann.cseq = 2;
    pbx.send(ann.says("UPDATE", "", SDP), here).await;
    pbx.send(ack, here).await;
    let ok = pbx.hears_status(200, "UPDATE").await;
    assert!(ok.body().contains("m=audio"), "{ok:?}");
}

#[tokio::test]
async fn both_sides_changing_the_call_at_once_give_way_and_try_again() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let mut ann = Caller::new("ann", &pbx, &desk);
    let call = ann.is_answered(&mut pbx, &mut desk).await;
    let far_end = async {
        let ours = pbx.hears_request("INVITE").await;
        ann.cseq = 2;
        pbx.send(ann.says("INVITE", "", SDP), here).await;
        pbx.hears_status(491, "INVITE").await;
        pbx.send(ann.says("ACK", "", ""), here).await;
        pbx.answers(&ours, "491 Request Pending", "", "", here).await;
        let again = pbx.hears_request("INVITE").await;
        assert!(again.cseq() > ours.cseq());
        pbx.answers(&again, "200 OK", "", SDP, here).await;
    };
    let (held, ()) = tokio::join!(desk.order(hold(call)), far_end);
    held.unwrap();
}

#[tokio::test]
async fn the_far_end_may_hold_and_move() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let mut ann = Caller::new("ann", &pbx, &desk);
    let call = ann.is_answered(&mut pbx, &mut desk).await;
    ann.cseq = 2;
    let held = ann.says("INVITE", "", &(SDP.to_owned() + "a=sendonly\r\n"));
    pbx.send(held.replace("Contact: <sip:ann@", "Contact: <sip:moved%23away@"), here).await;
    let ok = pbx.hears_status(200, "INVITE").await;
    assert!(ok.body().contains("a=recvonly"), "{ok:?}");
    pbx.send(ann.says("ACK", "", ""), here).await;
    let far_end = async {
        let bye = pbx.hears_request("BYE").await;
        assert!(bye.first().contains("sip:moved%23away@"), "{bye:?}");
        pbx.answers(&bye, "200 OK", "", "", here).await;
    };
    let (released, ()) = tokio::join!(desk.order(release(caller(call))), far_end);
    released.unwrap();
}

#[tokio::test]
async fn a_far_end_that_knows_no_hold_is_held_without_knowing() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let call = Caller::new("ann", &pbx, &desk).is_answered(&mut pbx, &mut desk).await;
    let far_end = async {
        let ours = pbx.hears_request("INVITE").await;
        pbx.answers(&ours, "488 Not Acceptable Here", "", "", here).await;
    };
    let (held, ()) = tokio::join!(desk.order(hold(call)), far_end);
    held.unwrap();
    desk.order(connect(call)).await.unwrap();
}

#[tokio::test]
async fn a_call_the_far_end_does_not_know_any_more_is_lost() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let call = Caller::new("ann", &pbx, &desk).is_answered(&mut pbx, &mut desk).await;
    let far_end = async {
        let ours = pbx.hears_request("INVITE").await;
        pbx.answers(&ours, "481 Call/Transaction Does Not Exist", "", "", here).await;
    };
    let (held, ()) = tokio::join!(desk.order(hold(call)), far_end);
    assert!(matches!(held, Err(TelephonyError::NoSuchLeg)));
    assert_eq!(desk.hears().await, Report::Lost { leg: caller(call) });
}

#[tokio::test]
async fn keys_come_by_info_and_a_refer_to_us_is_declined() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let mut ann = Caller::new("ann", &pbx, &desk);
    let call = ann.is_answered(&mut pbx, &mut desk).await;
    ann.cseq = 2;
    pbx.send(
        ann.says("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=7\r\nDuration=100\r\n"),
        here,
    )
    .await;
    pbx.hears_status(200, "INFO").await;
    assert_eq!(desk.hears().await, Report::Digit { leg: caller(call), digit: '7' });
    ann.cseq = 3;
    pbx.send(ann.says("REFER", "Refer-To: <sip:bob@lab.test>\r\n", ""), here).await;
    pbx.hears_status(603, "REFER").await;
    ann.cseq = 4;
    pbx.send(ann.says("OPTIONS", "", ""), here).await;
    pbx.hears_status(200, "OPTIONS").await;
}

#[tokio::test]
async fn a_far_end_that_should_have_refreshed_the_session_and_did_not_is_lost() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let mut ann = Caller::new("ann", &pbx, &desk);
    pbx.send(ann.says("INVITE", "Supported: timer\r\nSession-Expires: 3\r\n", SDP), here).await;
    let call = desk.arrived().await;
    desk.order(connect(call)).await.unwrap();
    let ok = pbx.hears_status(200, "INVITE").await;
    assert_eq!(ok.header("Session-Expires"), Some("3;refresher=uac"));
    assert_eq!(ok.header("Require"), Some("timer"));
    ann.to_tag = ok.to_tag().into();
    pbx.send(ann.says("ACK", "", ""), here).await;
    pbx.hears_request("BYE").await;
    assert_eq!(desk.hears().await, Report::Lost { leg: caller(call) });
}

#[tokio::test]
async fn we_refresh_the_session_where_the_far_end_cannot_and_lose_it_when_nobody_answers() {
    let pbx = Pbx::start().await;
    let options = SipOptions { patience: Duration::from_secs(2), ..options() };
    let mut desk = Desk::start_with(pbx.address, options, Arc::new(MemoryStore::default()), 1).await;
    let mut pbx = pbx;
    desk.is_up().await;
    let here = desk.sip.local();
    let mut ann = Caller::new("ann", &pbx, &desk);
    pbx.send(ann.says("INVITE", "Session-Expires: 2\r\n", SDP), here).await;
    let call = desk.arrived().await;
    desk.order(connect(call)).await.unwrap();
    ann.to_tag = pbx.hears_status(200, "INVITE").await.to_tag().into();
    pbx.send(ann.says("ACK", "", ""), here).await;
    let refresh = pbx.hears_request("INVITE").await;
    pbx.answers(&refresh, "200 OK", "", SDP, here).await;
    pbx.hears("the next refresh", |heard| heard.method() == "INVITE" && heard.cseq() > refresh.cseq()).await;
    assert_eq!(desk.hears().await, Report::Lost { leg: caller(call) });
}

// -- calling -------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn each_refusal_of_a_call_is_told_as_what_it_is() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let cases = [
        ("486 Busy Here", Failure::Busy),
        ("603 Decline", Failure::Declined),
        ("480 Temporarily Unavailable", Failure::NoAnswer),
        ("404 Not Found", Failure::Unreachable),
        ("503 Service Unavailable", Failure::Unreachable),
        ("403 Forbidden", Failure::Forbidden),
        ("500 Server Internal Error", Failure::Fault),
    ];
    for (index, (status, failure)) in cases.into_iter().enumerate() {
        let leg = Leg::Target(TransferId(index as u64));
        desk.order(Order::Dial { leg, to: address("bob"), attendant: ME }).await.unwrap();
        let invite = pbx.hears_request("INVITE").await;
        pbx.answers(&invite, status, "", "", here).await;
        assert_eq!(desk.hears().await, Report::Failed { leg, failure }, "{status}");
    }
    desk.forgets_everything().await;
}

#[tokio::test]
async fn a_call_rings_with_early_sound_is_answered_and_ended_by_us() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let leg = Leg::Caller(CallId(77));
    desk.order(Order::Dial { leg, to: address("+41 44 555 66 77"), attendant: ME }).await.unwrap();
    let invite = pbx.hears_request("INVITE").await;
    assert!(invite.first().starts_with("INVITE sip:+41445556677@lab.test "), "{invite:?}");
    pbx.answers(
        &invite,
        "407 Proxy Authentication Required",
        "Proxy-Authenticate: Digest realm=\"t\",nonce=\"n\"\r\n",
        "",
        here,
    )
    .await;
    let invite =
        pbx.hears("the INVITE with credentials", |heard| heard.header("Proxy-Authorization").is_some()).await;
    assert!(invite.header("Proxy-Authorization").unwrap().contains("username=\"carol\""));
    pbx.answers(&invite, "183 Session Progress", "", SDP, here).await;
    assert_eq!(desk.hears().await, Report::Ringing { leg });
    pbx.answers(&invite, "180 Ringing", "", "", here).await;
    pbx.answers(&invite, "200 OK", "", SDP, here).await;
    pbx.hears_request("ACK").await;
    assert_eq!(desk.hears().await, Report::Answered { leg });
    let far_end = async {
        let bye = pbx.hears_request("BYE").await;
        pbx.answers(&bye, "200 OK", "", "", here).await;
    };
    let (released, ()) = tokio::join!(desk.order(release(leg)), far_end);
    released.unwrap();
    desk.forgets_everything().await;
}

#[tokio::test]
async fn giving_up_while_it_rings_cancels() {
    let (mut pbx, desk) = lab().await;
    let here = desk.sip.local();
    let leg = Leg::Target(TransferId(1));
    desk.order(Order::Dial { leg, to: address("bob"), attendant: ME }).await.unwrap();
    let invite = pbx.hears_request("INVITE").await;
    pbx.answers(&invite, "180 Ringing", "", "", here).await;
    let far_end = async {
        let cancel = pbx.hears_request("CANCEL").await;
        pbx.answers(&cancel, "200 OK", "", "", here).await;
        pbx.answers(&invite, "487 Request Terminated", "", "", here).await;
        pbx.hears_request("ACK").await;
    };
    let (released, ()) = tokio::join!(desk.order(release(leg)), far_end);
    released.unwrap();
    desk.forgets_everything().await;
}

#[tokio::test]
async fn an_answer_that_crosses_our_cancel_is_ended() {
    let (mut pbx, desk) = lab().await;
    let here = desk.sip.local();
    let leg = Leg::Target(TransferId(1));
    desk.order(Order::Dial { leg, to: address("bob"), attendant: ME }).await.unwrap();
    let invite = pbx.hears_request("INVITE").await;
    pbx.answers(&invite, "180 Ringing", "", "", here).await;
    let far_end = async {
        pbx.hears_request("CANCEL").await;
        pbx.answers(&invite, "200 OK", "", SDP, here).await;
        pbx.hears_request("ACK").await;
        let bye = pbx.hears_request("BYE").await;
        pbx.answers(&bye, "200 OK", "", "", here).await;
    };
    let (released, ()) = tokio::join!(desk.order(release(leg)), far_end);
    released.unwrap();
}

// -- handing over --------------------------------------------------------------------------------------------------

fn notify(who: &Caller, state: &str, fragment: &str) -> String {
    let extra = format!(
        "Event: refer\r\nSubscription-State: {state}\r\nContent-Type: message/sipfrag;version=2.0\r\n"
    );
    who.says("NOTIFY", &extra, fragment)
}

#[tokio::test]
async fn a_caller_sent_on_is_let_go_when_the_other_one_answered_and_stays_when_not() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let transfer = TransferId(5);
    for (name, fragment, state) in [
        ("ann", "SIP/2.0 200 OK", "terminated;reason=noresource"),
        ("bea", "SIP/2.0 486 Busy Here", "terminated"),
    ] {
        let mut ann = Caller::new(name, &pbx, &desk);
        let call = ann.is_answered(&mut pbx, &mut desk).await;
        let far_end = async {
            let refer = pbx.hears_request("REFER").await;
            assert_eq!(refer.header("Refer-To"), Some("<sip:bob@lab.test>"));
            // Early and unanswered telephones send the first word before the 202.
            ann.cseq = 2;
            pbx.send(notify(&ann, "active;expires=60", "SIP/2.0 100 Trying"), here).await;
            pbx.answers(&refer, "202 Accepted", "", "", here).await;
            pbx.hears_status(200, "NOTIFY").await;
            ann.cseq = 3;
            pbx.send(notify(&ann, state, fragment), here).await;
            pbx.hears_status(200, "NOTIFY").await;
        };
        let order = Order::Refer { leg: caller(call), to: address("bob"), transfer };
        let (referred, ()) = tokio::join!(desk.order(order), far_end);
        referred.unwrap();
        if fragment.contains("200") {
            assert_eq!(desk.hears().await, Report::Taken { transfer });
            let bye = pbx.hears_request("BYE").await;
            pbx.answers(&bye, "200 OK", "", "", here).await;
        } else {
            assert_eq!(desk.hears().await, Report::Refused { transfer, failure: Failure::Busy });
            assert_eq!(desk.sip.health().lines, 1, "the caller is still ours");
        }
    }
}

#[tokio::test]
async fn a_far_end_that_knows_no_refer_says_so_and_one_that_only_leaves_took_it() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let transfer = TransferId(5);
    for (name, status) in [("ann", "405 Method Not Allowed"), ("bea", "202 Accepted")] {
        let mut ann = Caller::new(name, &pbx, &desk);
        let call = ann.is_answered(&mut pbx, &mut desk).await;
        let far_end = async {
            let refer = pbx.hears_request("REFER").await;
            pbx.answers(&refer, status, "", "", here).await;
        };
        let order = Order::Refer { leg: caller(call), to: address("bob"), transfer };
        let (referred, ()) = tokio::join!(desk.order(order), far_end);
        referred.unwrap();
        if status.starts_with("405") {
            assert_eq!(desk.hears().await, Report::Refused { transfer, failure: Failure::Forbidden });
        } else {
            ann.cseq = 2;
            pbx.send(ann.says("BYE", "", ""), here).await;
            assert_eq!(desk.hears().await, Report::Taken { transfer });
        }
    }
}

#[tokio::test]
async fn a_consulted_target_is_handed_over_with_replaces_and_both_lines_end() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let mut ann = Caller::new("ann", &pbx, &desk);
    let call = ann.is_answered(&mut pbx, &mut desk).await;
    let target = Leg::Target(TransferId(6));
    desk.order(Order::Dial { leg: target, to: address("bob"), attendant: ME }).await.unwrap();
    let invite = pbx.hears_request("INVITE").await;
    pbx.answers(&invite, "200 OK", "", SDP, here).await;
    pbx.hears_request("ACK").await;
    assert_eq!(desk.hears().await, Report::Answered { leg: target });
    let ours = invite.header("From").unwrap().split("tag=").nth(1).unwrap().to_owned();
    let call_id = invite.header("Call-ID").unwrap().to_owned();
    let far_end = async {
        let refer = pbx.hears_request("REFER").await;
        let want = format!(
            "<sip:bob@lab.test?Replaces={}%3Bto-tag%3Dpbx%3Bfrom-tag%3D{ours}>",
            call_id.replace('@', "%40")
        );
        assert_eq!(refer.header("Refer-To"), Some(want.as_str()));
        pbx.answers(&refer, "202 Accepted", "", "", here).await;
        // The target takes the caller and leaves us, before anybody tells.
        let bye = format!(
            "BYE sip:carol@{here} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bKbye\r\nFrom: <sip:bob@lab.test>;tag=pbx\r\n\
             To: <sip:carol@lab.test>;tag={ours}\r\nCall-ID: {call_id}\r\nCSeq: 7 BYE\r\nContent-Length: 0\r\n\r\n",
            pbx.address
        );
        pbx.send(bye, here).await;
        pbx.hears_status(200, "BYE").await;
        ann.cseq = 2;
        pbx.send(notify(&ann, "terminated;reason=noresource", "SIP/2.0 200 OK"), here).await;
        let bye = pbx.hears_request("BYE").await;
        pbx.answers(&bye, "200 OK", "", "", here).await;
    };
    let order = Order::Join { caller: caller(call), target, transfer: TransferId(6) };
    let (joined, ()) = tokio::join!(desk.order(order), far_end);
    joined.unwrap();
    assert_eq!(desk.hears().await, Report::Taken { transfer: TransferId(6) });
    desk.forgets_everything().await;
}

#[tokio::test]
async fn a_target_that_leaves_while_she_is_handed_over_in_vain_is_told_to_be_gone() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let mut ann = Caller::new("ann", &pbx, &desk);
    let call = ann.is_answered(&mut pbx, &mut desk).await;
    let mut bea = Caller::new("bea", &pbx, &desk);
    let other = bea.is_answered(&mut pbx, &mut desk).await;
    let far_end = async {
        let refer = pbx.hears_request("REFER").await;
        pbx.answers(&refer, "202 Accepted", "", "", here).await;
        bea.cseq = 2;
        pbx.send(bea.says("BYE", "", ""), here).await;
        pbx.hears_status(200, "BYE").await;
        ann.cseq = 2;
        pbx.send(notify(&ann, "terminated", "SIP/2.0 481 Call Leg Does Not Exist"), here).await;
        pbx.hears_status(200, "NOTIFY").await;
    };
    let transfer = TransferId(6);
    let order = Order::Join { caller: caller(call), target: caller(other), transfer };
    let (joined, ()) = tokio::join!(desk.order(order), far_end);
    joined.unwrap();
    assert_eq!(desk.hears().await, Report::Refused { transfer, failure: Failure::Fault });
    assert_eq!(desk.hears().await, Report::HungUp { leg: caller(other) });
    assert_eq!(desk.sip.health().lines, 1);
}

#[tokio::test]
async fn somebody_transferred_to_us_takes_the_place_of_the_one_before() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let mut ann = Caller::new("ann", &pbx, &desk);
    let call = ann.is_answered(&mut pbx, &mut desk).await;
    let bea = Caller::new("bea", &pbx, &desk);
    let replaces = format!("Replaces: ann@pbx;from-tag=from-ann;to-tag={}\r\n", ann.to_tag);
    pbx.send(bea.says("INVITE", &(replaces + "Require: replaces\r\n"), SDP), here).await;
    let (mut accepted, mut left) = (false, false);
    while !(accepted && left) {
        let heard = pbx.hears("200 for the new one and BYE for the old one", |heard| {
            heard.method() == "BYE" || (heard.status() == Some(200) && heard.cseq_method() == "INVITE")
        });
        let heard = heard.await;
        assert_eq!(
            heard.header("Call-ID"),
            Some(if heard.method() == "BYE" { "ann@pbx" } else { "bea@pbx" })
        );
        if heard.method() == "BYE" {
            pbx.answers(&heard, "200 OK", "", "", here).await;
            left = true;
        } else {
            let mut bea = bea.clone();
            bea.to_tag = heard.to_tag().into();
            pbx.send(bea.says("ACK", "", ""), here).await;
            accepted = true;
        }
    }
    let want = Report::Replaced { call, from: address("bea"), display_name: Some("Ann".into()) };
    assert_eq!(desk.hears().await, want);
    assert_eq!(desk.sip.health().lines, 1);
}

// -- after a crash -------------------------------------------------------------------------------------------------

#[tokio::test]
async fn after_a_crash_each_line_goes_on_or_is_told_to_be_lost() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let mut callers = Vec::new();
    for name in ["active", "held", "gone"] {
        let mut who = Caller::new(name, &pbx, &desk);
        let call = who.is_answered(&mut pbx, &mut desk).await;
        callers.push((who, call));
    }
    let far_end = async {
        let ours = pbx.hears_request("INVITE").await;
        pbx.answers(&ours, "200 OK", "", &(SDP.to_owned() + "a=recvonly\r\n"), here).await;
        pbx.hears_request("ACK").await;
        ours.cseq()
    };
    let (held, cseq_before) = tokio::join!(desk.order(hold(callers[1].1)), far_end);
    held.unwrap();
    desk.order(connect(callers[0].1)).await.unwrap();
    let ringing = Caller::new("ringing", &pbx, &desk).rings(&mut pbx, &mut desk).await;
    let book = desk.book.clone();
    drop(desk);

    let mut desk = Desk::start_with(pbx.address, options(), book, 100).await;
    assert_eq!(desk.sip.local(), here, "the far ends still send there");
    let mut rings_on = false;
    let mut seen = Vec::new();
    while seen.len() < 3 || !rings_on {
        let heard = pbx.hears("re-INVITEs and a 180", |heard| {
            heard.method() == "INVITE"
                || (heard.status() == Some(180) && heard.header("Call-ID") == Some("ringing@pbx"))
        });
        let heard = heard.await;
        if heard.status() == Some(180) {
            rings_on = true;
            continue;
        }
        let call_id = heard.header("Call-ID").unwrap().to_owned();
        let (who, _) = callers.iter().find(|(who, _)| call_id == format!("{}@pbx", who.name)).unwrap();
        assert_eq!(heard.to_tag(), format!("from-{}", who.name));
        assert!(heard.header("From").unwrap().contains(&who.to_tag), "{heard:?}");
        assert!(heard.cseq() > cseq_before, "{heard:?}");
        match who.name.as_str() {
            "gone" => pbx.answers(&heard, "481 Call/Transaction Does Not Exist", "", "", here).await,
            "held" => {
                assert!(heard.body().contains("a=sendonly"), "{heard:?}");
                pbx.answers(&heard, "200 OK", "", &(SDP.to_owned() + "a=recvonly\r\n"), here).await;
            }
            _ => {
                assert!(
                    heard.body().contains("a=sendrecv") || !heard.body().contains("a=sendonly"),
                    "{heard:?}"
                );
                pbx.answers(&heard, "200 OK", "", SDP, here).await;
            }
        }
        seen.push(call_id);
    }
    assert_eq!(desk.hears().await, Report::Lost { leg: caller(callers[2].1) });
    let mut legs: Vec<_> =
        desk.sip.snapshot().await.unwrap().iter().map(|leg| (leg.leg, leg.answered)).collect();
    legs.sort();
    let want = [(caller(callers[0].1), true), (caller(callers[1].1), true), (caller(ringing), false)];
    assert_eq!(legs, want);

    // They are whole: the ringing one can be answered, the others hang up and are hung up.
    desk.order(connect(ringing)).await.unwrap();
    pbx.hears_status(200, "INVITE").await;
    let who = &mut callers[0].0;
    who.cseq = 2;
    pbx.send(who.says("BYE", "", ""), here).await;
    pbx.hears_status(200, "BYE").await;
    assert_eq!(desk.hears().await, Report::HungUp { leg: caller(callers[0].1) });
    let far_end = async {
        let bye = pbx.hears_request("BYE").await;
        assert_eq!(bye.header("Call-ID"), Some("held@pbx"));
        pbx.answers(&bye, "200 OK", "", "", here).await;
    };
    let (released, ()) = tokio::join!(desk.order(release(caller(callers[1].1))), far_end);
    released.unwrap();
}

#[tokio::test]
async fn a_caller_who_gives_up_just_after_a_crash_is_gone() {
    let (mut pbx, mut desk) = lab().await;
    let here = desk.sip.local();
    let ann = Caller::new("ann", &pbx, &desk);
    let call = ann.clone().rings(&mut pbx, &mut desk).await;
    let book = desk.book.clone();
    drop(desk);
    let mut desk = Desk::start_with(pbx.address, options(), book, 100).await;
    pbx.hears_status(180, "INVITE").await;
    pbx.send(ann.says("CANCEL", "", ""), here).await;
    pbx.hears_status(487, "INVITE").await;
    assert_eq!(desk.hears().await, Report::HungUp { leg: caller(call) });
}

#[tokio::test]
async fn a_target_that_still_rang_when_we_crashed_rings_no_more() {
    let (mut pbx, mut desk) = lab().await;
    let leg = Leg::Target(TransferId(1));
    desk.order(Order::Dial { leg, to: address("bob"), attendant: ME }).await.unwrap();
    let invite = pbx.hears_request("INVITE").await;
    pbx.answers(&invite, "180 Ringing", "", "", desk.sip.local()).await;
    assert_eq!(desk.hears().await, Report::Ringing { leg });
    let book = desk.book.clone();
    drop(desk);
    let mut desk = Desk::start_with(pbx.address, options(), book, 100).await;
    let cancel = pbx.hears_request("CANCEL").await;
    for header in ["Via", "From", "To", "Call-ID"] {
        assert_eq!(cancel.header(header), invite.header(header));
    }
    assert_eq!(cancel.cseq(), invite.cseq());
    assert_eq!(desk.hears().await, Report::Lost { leg });
    assert_eq!(desk.sip.snapshot().await.unwrap(), []);
}
