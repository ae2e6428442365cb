//! From the INVITE on the wire to the ringing call in front of the attendant: to our `180 Ringing` on the wire, to the event that
//! reaches the screens, and to the frame that shows it in the real window. The peer is baresip, to its `180` and to the event that its
//! control port tells; both telephones take turns, so that a busy machine disturbs both.

use acceptance::baresip::Baresip;
use acceptance::kamailio::{Kamailio, KamailioSetup};
use acceptance::usher::CONSOLE;
use acceptance::wait;
use bench::caller::Caller;
use bench::{Spans, row, usher_on};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use window::desk::Desk;

const TIMES: u32 = 200;
const PEER: &str = "4010";

/// What was measured at one telephone.
#[derive(Default)]
struct Telephone {
    ringing: Spans,
    event: Spans,
}

fn main() {
    let kamailio = Kamailio::start(&KamailioSetup::default());
    let (mut ours, mut peer) = in_turns(&kamailio);
    for percent in [50, 99] {
        let baresip = [("baresip", peer.ringing.percentile_ms(percent))];
        row(&case("180 on the wire", percent), "ms", ours.ringing.percentile_ms(percent), &baresip);
        let baresip = [("baresip", peer.event.percentile_ms(percent))];
        row(&case("event", percent), "ms", ours.event.percentile_ms(percent), &baresip);
    }
    let mut window = to_window(&kamailio);
    for percent in [50, 99] {
        row(&case("frame in the window", percent), "ms", window.percentile_ms(percent), &[]);
    }
}

fn case(what: &str, percent: usize) -> String {
    let percentile = if percent == 50 { "median".to_owned() } else { format!("p{percent}") };
    format!("INVITE to {what}, {percentile}")
}

fn in_turns(kamailio: &Kamailio) -> (Telephone, Telephone) {
    let usher = usher_on(kamailio);
    let phone = Baresip::start(kamailio, PEER, 600.0);
    let mut to_usher = Caller::new(CONSOLE, &kamailio.where_is(CONSOLE));
    let mut to_phone = Caller::new(PEER, &kamailio.where_is(PEER));
    let (mut ours, mut peer) = (Telephone::default(), Telephone::default());
    for _ in 0..TIMES {
        let row = || usher.wait_console("a row", |view| view.queue.first().map(|_| ()));
        ours.ring(&mut to_usher, row);
        usher.wait_console("no row", |view| view.queue.is_empty().then_some(()));
        let mark = phone.mark();
        peer.ring(&mut to_phone, || drop(phone.wait_event(mark, "CALL_INCOMING")));
        phone.wait_event(mark, "CALL_CLOSED");
    }
    (ours, peer)
}

impl Telephone {
    /// One call, given up as soon as it has rung and `wait_event` has seen it.
    fn ring(&mut self, caller: &mut Caller, wait_event: impl FnOnce()) {
        let sent = caller.ring();
        let waiting = &*caller;
        let (ringing, event) = std::thread::scope(|both| {
            let ringing = both.spawn(|| waiting.wait_ringing());
            wait_event();
            let event = Instant::now();
            (ringing.join().expect("the telephone rings"), event)
        });
        self.ringing.add(ringing - sent);
        self.event.add(event - sent);
        caller.give_up();
    }
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
