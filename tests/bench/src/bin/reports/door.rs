//! What a screen and a tool for tables wait for: whole requests through the one door, to the JSON that goes to the screen, and the feed
//! read over its wire, page after page.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Instant;

use alone::{AudioWhere, Door, Options};
use app::api::wire::reports::{GroupingName, ReportAsk, ReportCallersAsk, ReportCallsAsk, ReportFilterForm};
use app::api::wire::{Request, Response};
use bench::{Spans, row, sealed};

/// Times that each request is made.
const REQUESTS: usize = 60;
/// Rows of the feed that are read of each set at most.
const ROWS_MAX: u64 = 300_000;
/// What is read of the feed.
const FEEDS: [(&str, &str); 6] = [
    ("ServiceSessions", ""),
    ("UserSessions", ""),
    ("ServiceSessionAggregates", ""),
    ("UserSessionAggregates", ""),
    ("Callers", ""),
    ("ServiceSessions", "&$expand=UserSessions,Service"),
];

/// Asks and reads all of it, over the store of this folder.
pub(crate) fn measure(folder: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let options = Options {
        data_dir: Some(folder.to_owned()),
        audio: AudioWhere::None,
        forget_secrets: true,
        store_key: Some(sealed::key(folder)),
    };
    let door = runtime.block_on(Door::open(options)).expect("it opens");
    for (title, request) in requests() {
        let mut spans = Spans::default();
        for _ in 0..REQUESTS {
            let begun = Instant::now();
            let answer = runtime.block_on(door.handle(request.clone())).expect("an answer");
            let json = serde_json::to_vec(&answer).expect("JSON");
            spans.add(begun.elapsed());
            assert!(json.len() > 100, "{title} tells nothing");
        }
        row(&format!("request: {title}, p50"), "ms", spans.percentile_ms(50), &[]);
        row(&format!("request: {title}, p99"), "ms", spans.percentile_ms(99), &[]);
    }
    let port =
        std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("one").port();
    let Ok(Response::FeedToken(made)) =
        runtime.block_on(door.handle(Request::SwitchFeedOn { port: Some(port) }))
    else {
        panic!("a token is made")
    };
    let feed = Feed { port, token: made.token.danger_expose().to_owned() };
    for (set, more) in FEEDS {
        let (rows, bytes, seconds) = feed.read(set, more);
        let title = format!("feed: {set}{more}, {rows} rows of {} bytes", bytes / rows.max(1));
        row(&title, "µs a row", seconds * 1e6 / rows.max(1) as f64, &[]);
    }
    runtime.block_on(door.shut_down());
}

/// What screens of reports ask of the two years.
fn requests() -> Vec<(&'static str, Request)> {
    let filter = |first_day: &str, last_day: &str| ReportFilterForm {
        first_day: first_day.to_owned(),
        last_day: last_day.to_owned(),
        time_zone: "Europe/Zurich".to_owned(),
        services: Vec::new(),
        attendant: None,
        caller: None,
        number: None,
        outcomes: Vec::new(),
    };
    let years = filter("2024-12-01", "2026-11-30");
    let month = filter("2026-03-01", "2026-03-31");
    let report = |filter: &ReportFilterForm, grouping, heat_map| Request::GetReport {
        ask: Box::new(ReportAsk {
            filter: filter.clone(),
            grouping,
            sla_seconds: 20,
            hang_up_seconds: 20,
            short_call_seconds: 5,
            heat_map,
        }),
    };
    let calls = ReportCallsAsk {
        filter: month.clone(),
        from: None,
        to: None,
        weekday: Some(1),
        hour: Some(10),
        before: None,
        limit: 50,
    };
    let callers =
        ReportCallersAsk { filter: filter("2026-03-02", "2026-03-08"), short_call_seconds: 5, limit: 50 };
    vec![
        ("two years by month, all of the screen", report(&years, GroupingName::Month, true)),
        ("two years by day, all of the screen", report(&years, GroupingName::Day, true)),
        ("a month by day, all of the screen", report(&month, GroupingName::Day, true)),
        ("50 calls behind an hour of the week", Request::GetReportCalls { ask: Box::new(calls) }),
        ("callers of a week", Request::GetReportCallers { ask: Box::new(callers) }),
    ]
}

struct Feed {
    port: u16,
    token: String,
}

impl Feed {
    /// How many rows and bytes came, and in how many seconds.
    fn read(&self, set: &str, more: &str) -> (u64, u64, f64) {
        let there: u64 = self.get(&format!("/odata/{set}/$count")).trim().parse().expect("a number");
        let begun = Instant::now();
        let mut next = Some(format!("/odata/{set}?$top={ROWS_MAX}{more}"));
        let mut bytes = 0;
        while let Some(path) = next {
            let page = self.get(&path);
            bytes += page.len() as u64;
            let link = page[page.len().saturating_sub(2_000)..].rsplit_once("\"@odata.nextLink\":\"");
            next = link.map(|(_, link)| {
                let link = link.split('"').next().unwrap_or_default();
                link[link.find("/odata/").expect("a link into the feed")..].to_owned()
            });
        }
        (there.min(ROWS_MAX), bytes, begun.elapsed().as_secs_f64())
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        // Of version 1.0, so that the answer is one piece to its end.
        let ask = format!(
            "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\n\r\n",
            self.port, self.token
        );
        stream.write_all(ask.as_bytes()).expect("it listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("all of it");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
        assert!(head.contains(" 200 "), "{path}: {answer}");
        body.to_owned()
    }
}
