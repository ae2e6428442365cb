//! What the benches share: rows, percentiles, and processes seen from outside. Judges no figure.

pub mod book;
pub mod browser;
pub mod caller;
pub mod contest;
pub mod desk;
pub mod keystrokes;
pub mod linear_scan;
pub mod pages;
pub mod past_calls;
pub mod process;
pub mod queries;
pub mod sealed;
pub mod skilled;
pub mod spent;
pub mod worker;
pub mod workload;

use acceptance::kamailio::Kamailio;
use acceptance::usher::{Usher, account};
use app::api::wire::{LinkState, SipTransport};
use serde_json::json;
use std::time::Duration;

/// Prints one measured case for `cargo xtask bench` to collect. `ours` and the peers are costs: less is better.
pub fn row(case: &str, unit: &str, ours: f64, peers: &[(&str, f64)]) {
    let peers: serde_json::Map<_, _> =
        peers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    println!("{}", json!({"case": case, "unit": unit, "ours": ours, "peers": peers}));
}

/// A console registered at this telephone system.
pub fn usher_on(kamailio: &Kamailio) -> Usher {
    let usher = Usher::start();
    usher.connect(account(kamailio, SipTransport::Udp));
    usher.wait_link(LinkState::Up);
    usher
}

/// Spans, to be read as percentiles.
#[derive(Default)]
pub struct Spans(Vec<Duration>);

impl Spans {
    /// One more.
    pub fn add(&mut self, span: Duration) {
        self.0.push(span);
    }

    /// The span that `percent` of all do not exceed, in milliseconds. There must be one at least.
    pub fn percentile_ms(&mut self, percent: usize) -> f64 {
        self.0.sort();
        let last = self.0.len().checked_sub(1).expect("something was measured");
        self.0[(last * percent).div_ceil(100)].as_secs_f64() * 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::Spans;
    use std::time::Duration;

    #[test]
    fn percentiles_are_spans_that_were_measured() {
        let mut spans = Spans::default();
        (1..=100).rev().for_each(|ms| spans.add(Duration::from_millis(ms)));
        assert_eq!(
            (spans.percentile_ms(50), spans.percentile_ms(99), spans.percentile_ms(100)),
            (51.0, 100.0, 100.0)
        );
    }
}
