//! Subscriptions on the wire (DIR-3, RFC 6665), against a telephone system that says word for word what the test wants: a
//! challenge, a way back through a proxy, NOTIFYs too early, too late and of nobody's subscription, and goodbyes.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "support/sip.rs"]
#[allow(dead_code, reason = "calls need more of it")]
mod support;

use contracts::Address;
use contracts::presence::{Availability, LinePresence, PresenceId};
use contracts::telephony::Telephony;
use support::{Desk, Heard, Pbx};

const IN_A_CALL: &str = r#"<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0" state="full"
    entity="sip:4010@lab.test"><dialog id="1" direction="recipient"><state>confirmed</state></dialog></dialog-info>"#;
const IDLE: &str = r#"<dialog-info version="0" state="full" entity="sip:4010@lab.test"/>"#;

struct Watcher {
    pbx: Pbx,
    desk: Desk,
    line: std::sync::Arc<dyn LinePresence>,
}

impl Watcher {
    /// Registered, and somebody of this extension is looked at.
    async fn of(extension: &str) -> Watcher {
        let pbx = Pbx::start().await;
        let mut desk = Desk::start(&pbx).await;
        desk.is_up().await;
        let line = desk.sip.presence().expect("SIP tells presence");
        line.show(vec![PresenceId(extension.to_owned())]);
        Watcher { pbx, desk, line }
    }

    async fn answers(&self, subscribe: &Heard, status: &str, extra: &str) {
        self.pbx.answers(subscribe, status, extra, "", self.desk.sip.local()).await;
    }

    /// A NOTIFY within the subscription that this SUBSCRIBE began.
    async fn notifies(&self, subscribe: &Heard, notify: Told<'_>) {
        let tag = subscribe.header("From").and_then(|from| from.split("tag=").nth(1)).unwrap_or_default();
        let Told { cseq, state, body, extra } = notify;
        let (pbx, desk) = (self.pbx.address, self.desk.sip.local());
        let call_id = subscribe.header("Call-ID").unwrap_or_default();
        let event = subscribe.header("Event").unwrap_or_default();
        let text = format!(
            "NOTIFY sip:carol@{desk} SIP/2.0\r\nVia: SIP/2.0/UDP {pbx};branch=z9hG4bK-{call_id}-{cseq}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:4010@lab.test>;tag=pbx\r\nTo: <sip:carol@lab.test>;tag={tag}\r\n\
             Call-ID: {call_id}\r\nCSeq: {cseq} NOTIFY\r\nContact: <sip:4010@{pbx}>\r\nEvent: {event}\r\n\
             Subscription-State: {state}\r\n{extra}Content-Type: application/dialog-info+xml\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.pbx.send(text, desk).await;
    }

    async fn is(&self, availability: Availability, is_stale: bool) {
        let mut state = self.line.state();
        let wait = async {
            loop {
                let told = self.line.of(&PresenceId("4010".to_owned()));
                if told.is_some_and(|told| {
                    told.availability == availability && told.is_stale(self.line.now()) == is_stale
                }) {
                    return;
                }
                state.changed().await.expect("the connector lives as long as the test");
            }
        };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), wait).await;
        waited.unwrap_or_else(|_| panic!("never {availability:?}, stale: {is_stale}"));
    }
}

#[derive(Clone, Copy)]
struct Told<'t> {
    cseq: u32,
    state: &'t str,
    body: &'t str,
    extra: &'t str,
}

fn active(cseq: u32, body: &str) -> Told<'_> {
    Told { cseq, state: "active;expires=300", body, extra: "" }
}

/// CONN-2: with the password of the account, as REGISTER.
#[tokio::test]
async fn a_subscription_is_begun_with_the_password_and_ended_with_a_goodbye_dir_3() {
    let mut watcher = Watcher::of("4010").await;
    let first = watcher.pbx.hears_request("SUBSCRIBE").await;
    assert_eq!(first.first(), "SUBSCRIBE sip:4010@lab.test SIP/2.0");
    assert_eq!((first.header("Event"), first.header("Expires")), (Some("dialog"), Some("300")));
    assert_eq!(first.header("Accept"), Some("application/dialog-info+xml"));
    let challenge = "WWW-Authenticate: Digest realm=\"t\",nonce=\"n\",algorithm=MD5\r\n";
    watcher.answers(&first, "401 Unauthorized", challenge).await;
    let second = watcher.pbx.hears_request("SUBSCRIBE").await;
    assert!(second.header("Authorization").is_some_and(|it| it.contains("username=\"carol\"")));
    assert!(second.cseq() > first.cseq() && second.header("Call-ID") == first.header("Call-ID"));
    watcher.answers(&second, "200 OK", "Expires: 300\r\n").await;
    watcher.notifies(&second, active(1, IN_A_CALL)).await;
    watcher.pbx.hears_status(200, "NOTIFY").await;
    watcher.is(Availability::InACall, false).await;

    let desk = watcher.desk;
    let goodbye = tokio::spawn(async move { desk.sip.shut_down().await });
    let last = watcher.pbx.hears_request("SUBSCRIBE").await;
    assert_eq!((last.header("Expires"), last.to_tag()), (Some("0"), "pbx"), "within the dialog");
    assert!(last.cseq() > second.cseq());
    drop(goodbye);
}

/// RFC 3261 §12.2.2, RFC 6665 §4.1.3: what is late, what is of another, and what is of nobody.
#[tokio::test]
async fn notifies_out_of_order_or_of_no_subscription_are_refused_with_the_right_word() {
    let mut watcher = Watcher::of("4010").await;
    let subscribe = watcher.pbx.hears_request("SUBSCRIBE").await;
    // Faster than the answer.
    watcher.notifies(&subscribe, active(7, IN_A_CALL)).await;
    watcher.pbx.hears_status(200, "NOTIFY").await;
    watcher.is(Availability::InACall, false).await;
    watcher.answers(&subscribe, "202 Accepted", "Expires: 300\r\n").await;
    watcher.notifies(&subscribe, active(6, IDLE)).await;
    watcher.pbx.hears_status(500, "NOTIFY").await;
    watcher.is(Availability::InACall, false).await;

    let send = async |watcher: &Watcher, text: String| watcher.pbx.send(text, watcher.desk.sip.local()).await;
    let stranger = |event: &str, tag: &str, call_id: &str| {
        let (pbx, desk) = (watcher.pbx.address, watcher.desk.sip.local());
        format!(
            "NOTIFY sip:carol@{desk} SIP/2.0\r\nVia: SIP/2.0/UDP {pbx};branch=z9hG4bK-{call_id}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:4010@lab.test>;tag=x\r\nTo: <sip:carol@lab.test>{tag}\r\n\
             Call-ID: {call_id}\r\nCSeq: 1 NOTIFY\r\nContact: <sip:4010@{pbx}>\r\nEvent: {event}\r\n\
             Subscription-State: active\r\nContent-Length: 0\r\n\r\n"
        )
    };
    let (outside, unknown) = (stranger("dialog", "", "one"), stranger("dialog", ";tag=u", "two"));
    let mail = stranger("message-summary", "", "three");
    send(&watcher, outside).await;
    watcher.pbx.hears_status(481, "NOTIFY").await;
    send(&watcher, unknown).await;
    watcher.pbx.hears_status(481, "NOTIFY").await;
    send(&watcher, mail).await;
    watcher.pbx.hears_status(489, "NOTIFY").await;
    // Damaged: the subscription stays, and nothing is claimed to be known.
    watcher.notifies(&subscribe, active(8, "<dialog-info><dialog>")).await;
    watcher.pbx.hears_status(200, "NOTIFY").await;
    watcher.is(Availability::Unknown, false).await;
    watcher.notifies(&subscribe, active(9, IDLE)).await;
    watcher.is(Availability::Available, false).await;
}

/// RFC 3261 §12.2.1: a renewal goes the way its telephone system has asked for; its end is told, and it is begun anew.
#[tokio::test]
async fn a_subscription_goes_on_by_its_route_and_one_that_ended_is_begun_anew() {
    let mut watcher = Watcher::of("4010").await;
    let subscribe = watcher.pbx.hears_request("SUBSCRIBE").await;
    let pbx = watcher.pbx.address;
    let routes = format!("Record-Route: <sip:{pbx};lr;n=2>, <sip:{pbx};lr;n=1>\r\n");
    watcher.answers(&subscribe, "200 OK", &format!("{routes}Expires: 10\r\n")).await;
    watcher.notifies(&subscribe, Told { state: "active;expires=10", ..active(1, IN_A_CALL) }).await;
    watcher.pbx.hears_status(200, "NOTIFY").await;
    let renewal = watcher.pbx.hears_request("SUBSCRIBE").await;
    assert_eq!(renewal.to_tag(), "pbx");
    assert_eq!(renewal.first(), format!("SUBSCRIBE sip:4010@{pbx} SIP/2.0"));
    let way: Vec<&str> = renewal.text.lines().filter_map(|line| line.strip_prefix("Route: ")).collect();
    let (near, far) = (format!("<sip:{pbx};lr;n=1>"), format!("<sip:{pbx};lr;n=2>"));
    assert_eq!(way, [near.as_str(), far.as_str()], "the nearest first");
    watcher.answers(&renewal, "481 Call/Transaction Does Not Exist", "").await;
    watcher.is(Availability::InACall, true).await;
    let anew = watcher.pbx.hears_request("SUBSCRIBE").await;
    assert!(anew.to_tag().is_empty() && anew.header("Call-ID") != subscribe.header("Call-ID"));
    watcher.answers(&anew, "200 OK", "Expires: 300\r\n").await;
    watcher.notifies(&anew, active(1, IDLE)).await;
    watcher.is(Availability::Available, false).await;
}

/// DIR-5: said in words that name the answer.
#[tokio::test]
async fn a_telephone_system_without_presence_is_named() {
    let mut watcher = Watcher::of("4010").await;
    for event in ["dialog", "presence"] {
        let subscribe = watcher.pbx.hears_request("SUBSCRIBE").await;
        assert_eq!(subscribe.header("Event"), Some(event));
        watcher.answers(&subscribe, "489 Bad Event", "Allow-Events: message-summary\r\n").await;
    }
    let mut state = watcher.line.state();
    let told = tokio::time::timeout(
        std::time::Duration::from_secs(20),
        state.wait_for(|state| state.problem.is_some()),
    );
    let told = told.await.expect("it is told").expect("the connector lives").problem.clone();
    let problem = told.expect("there is one");
    assert_eq!(problem.code, "telephony.no-presence");
    assert!(problem.message.contains("(489)"), "{}", problem.message);
}

/// Only its own people are asked for: extensions, names, and SIP addresses of its domain.
#[tokio::test]
async fn strangers_and_ourselves_are_nobody_of_the_telephone_system() {
    let watcher = Watcher::of("4010").await;
    let id = |text: &str| {
        let address = Address::parse(text).expect("an address");
        watcher.line.id_of(&address).map(|id| id.0)
    };
    for (text, wanted) in [
        ("4010", Some("4010")),
        ("sip:anna@LAB.test", Some("anna")),
        ("anna@127.0.0.1", Some("anna")),
        ("anna", Some("anna")),
        ("anna@other.test", None),
        ("+41445556677", None),
        ("0445556677", None),
        ("044", None),
        ("4", None),
        ("4010101", None),
        ("*97", None),
        ("carol", None),
        ("carol@lab.test", None),
    ] {
        assert_eq!(id(text).as_deref(), wanted, "{text}");
    }
}
