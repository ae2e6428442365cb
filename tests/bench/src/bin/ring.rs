//! From the INVITE on the wire to the ringing call in front of the attendant: to the event that reaches the screens, and to the
//! frame that shows it in the real window. The peer is baresip, to the event that its control port tells.

use acceptance::baresip::Baresip;
use acceptance::kamailio::{Kamailio, KamailioSetup};
use acceptance::usher::CONSOLE;
use acceptance::wait;
use bench::caller::Caller;
use bench::{Spans, row, usher_on};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use window::desk::Desk;

const TIMES: u32 = 200;

fn main() {
    let kamailio = Kamailio::start(&KamailioSetup::default());
    let mut baresip = to_baresip(&kamailio);
    let mut events = to_event(&kamailio);
    let mut window = to_window(&kamailio);
    for percent in [50, 99] {
        let peer = [("baresip, to its event", baresip.percentile_ms(percent))];
        row(&format!("INVITE to event, {}", name(percent)), "ms", events.percentile_ms(percent), &peer);
        row(
            &format!("INVITE to frame in the window, {}", name(percent)),
            "ms",
            window.percentile_ms(percent),
            &peer,
        );
    }
}

fn name(percent: usize) -> &'static str {
    if percent == 50 { "median" } else { "p99" }
}

fn to_baresip(kamailio: &Kamailio) -> Spans {
    let phone = Baresip::start(kamailio, "4010", 600.0);
    let mut caller = Caller::new("4010", &kamailio.where_is("4010"));
    let mut spans = Spans::default();
    for _ in 0..TIMES {
        let mark = phone.mark();
        let sent = caller.ring();
        phone.wait_event(mark, "CALL_INCOMING");
        spans.add(sent.elapsed());
        caller.give_up();
        phone.wait_event(mark, "CALL_CLOSED");
    }
    spans
}

fn to_event(kamailio: &Kamailio) -> Spans {
    let usher = usher_on(kamailio);
    let mut caller = Caller::new(CONSOLE, &kamailio.where_is(CONSOLE));
    let mut spans = Spans::default();
    for _ in 0..TIMES {
        let sent = caller.ring();
        usher.wait_console("a row", |view| view.queue.first().map(|_| ()));
        spans.add(sent.elapsed());
        caller.give_up();
        usher.wait_console("no row", |view| view.queue.is_empty().then_some(()));
    }
    spans
}

/// Notes in the page, without anybody asking, when the ringing call is in a frame.
const WATCH: &str = r#"
    window.ringFrames = [];
    let rings = false;
    new MutationObserver(() => {
        const now = document.querySelector("[aria-label='Ringing call']") !== null;
        if (now && !rings) requestAnimationFrame(() => requestAnimationFrame(() =>
            window.ringFrames.push(performance.timeOrigin + performance.now())));
        rings = now;
    }).observe(document.body, { childList: true, subtree: true });
    return true;"#;

fn to_window(kamailio: &Kamailio) -> Spans {
    let desk = Desk::open();
    desk.connect(kamailio);
    desk.evaluate(WATCH);
    let mut caller = Caller::new(CONSOLE, &kamailio.where_is(CONSOLE));
    let mut spans = Spans::default();
    for count in 1..=TIMES as usize {
        let sent = since_1970(caller.ring());
        let frame = || desk.evaluate("return window.ringFrames").get(count - 1).and_then(|at| at.as_f64());
        let shown_ms = wait::until("a frame with the ringing call", frame, String::new);
        spans.add(Duration::from_secs_f64((shown_ms / 1000.0 - sent.as_secs_f64()).max(0.0)));
        caller.give_up();
        desk.see_no_more("[aria-label='Ringing call']", "");
    }
    spans
}

/// The page tells time since 1970.
fn since_1970(moment: Instant) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    now - moment.elapsed()
}
