//! The wallboard through the one door (REPORT-3): a call's whole way is told without asking, today's figures equal the report of
//! today after every call, nothing is told that is not new or not watched, thresholds, and what may be done for an attendant.

#[path = "support/console.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::sync::Arc;

use app::App;
use app::api::wire::reports::{GroupingName, KpiName, ReportAsk, ReportFilterForm, ReportView};
use app::api::wire::{
    BoardFigureName, BoardForm, BoardLevel, BoardStateName, BoardView, NotAvailableName, PresenceName,
    Request, Response, SipAccountForm, SipTransport, UiEvent,
};
use contracts::conformance::{Dice, some_call};
use contracts::journal::Journal;
use contracts::memory::MemoryStore;
use contracts::telephony::Report;
use engine::{AttendantId, CallId, Leg, Origin, ServiceId, Timestamp};
use reporting::{CallRecord, Outcome, RecordChange, UserOutcome, UserSession};
use support::{Exchange, PATIENCE, ask, console, open, until};
use tokio::sync::broadcast::Receiver;

/// Far from a change of day while this test runs, whenever that is: the zone in which it is now about noon.
fn zone() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let hour = i64::try_from(now.as_secs() / 3_600 % 24).expect("an hour");
    // Etc/GMT-3 is three hours ahead.
    match 12 - hour {
        0 => "Etc/GMT".to_owned(),
        ahead @ 1.. => format!("Etc/GMT-{ahead}"),
        behind => format!("Etc/GMT+{}", -behind),
    }
}

/// A console at a telephone system whose calls count.
async fn live_console() -> (Arc<App>, Arc<Exchange>, Arc<MemoryStore>) {
    live_console_on(Arc::new(MemoryStore::default())).await
}

async fn live_console_on(store: Arc<MemoryStore>) -> (Arc<App>, Arc<Exchange>, Arc<MemoryStore>) {
    let exchange = Exchange::new();
    let app = open(&store, &exchange).await;
    let account = SipAccountForm {
        user: "4000".into(),
        auth_user: String::new(),
        password: "secret".into(),
        registrar: "exchange.test".into(),
        domain: String::new(),
        transport: SipTransport::Udp,
        display_name: String::new(),
    };
    ask(&app, Request::ConnectSip { account }).await;
    (app, exchange, store)
}

async fn watch(app: &App) -> BoardView {
    let request = Request::WatchBoard { watch: "a1".into(), time_zone: zone() };
    let Response::Board(view) = ask(app, request).await else { panic!("a board") };
    *view
}

/// The next board that is told and is such; each one is newer than the one before, and different.
async fn told(events: &mut Receiver<UiEvent>, what: &str, wanted: impl Fn(&BoardView) -> bool) -> BoardView {
    let mut last: Option<BoardView> = None;
    let waiting = tokio::time::timeout(PATIENCE, async {
        loop {
            let UiEvent::Board(board) = events.recv().await.expect("events come") else { continue };
            if let Some(last) = &last {
                assert!(board.revision > last.revision);
                let same = BoardView { revision: last.revision, now: last.now, ..(*board).clone() };
                assert_ne!(same, *last, "what is not new is not told");
            }
            if wanted(&board) {
                return *board;
            }
            last = Some(*board);
        }
    });
    waiting.await.unwrap_or_else(|_| panic!("never {what}"))
}

async fn report(app: &App) -> ReportView {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let here = hours::Zone::parse(&zone()).expect("a zone");
    let day = here.local(i64::try_from(now.as_millis()).expect("a time")).date().to_string();
    let ask_for = ReportAsk {
        filter: ReportFilterForm {
            first_day: day.clone(),
            last_day: day,
            time_zone: zone(),
            services: vec![],
            attendant: None,
            caller: None,
            number: None,
            outcomes: vec![],
        },
        grouping: GroupingName::Whole,
        sla_seconds: 20,
        hang_up_seconds: 0,
        short_call_seconds: 0,
        heat_map: false,
    };
    let Response::Report(view) = ask(app, Request::GetReport { ask: Box::new(ask_for) }).await else {
        panic!("a report")
    };
    *view
}

/// REPORT-1: the wallboard and the report tell the same of today.
fn check(board: &BoardView, report: &ReportView) {
    let figures = &report.services.first().expect("the main line").figures;
    let today = board.services[0].today.as_ref().expect("it is known");
    assert_eq!(
        (today.calls, today.answered, today.abandoned),
        (figures.sessions, figures.answered, figures.abandoned)
    );
    let kpi = |name| figures.kpis.iter().find(|it| it.kpi == name).expect("every KPI is there").value;
    assert_eq!(today.service_level, kpi(KpiName::ServiceLevelAbandonsIgnored));
    assert_eq!(today.asa_ms, kpi(KpiName::Asa));
    let hers = report.attendants.iter().find(|it| it.attendant == board.attendants[0].id);
    let hers = hers.map_or((0, 0), |hers| (hers.had, hers.connected_ms));
    assert_eq!((board.attendants[0].calls, board.attendants[0].talk_ms), (Some(hers.0), Some(hers.1)));
}

/// Who hangs up at once counts too, so that there is something to compare.
async fn without_short_calls(app: &App) {
    let Response::Services(view) = ask(app, Request::GetServices {}).await else { panic!("services") };
    let mut main = view.services.into_iter().next().expect("the main line");
    main.hang_up_threshold_ms = 0;
    ask(app, Request::PutService { service: Box::new(main) }).await;
}

/// A call of the main line that was answered and ended so many hours ago.
fn ended_ago(number: u64, hours: i64) -> CallRecord {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let arrived = Timestamp(i64::try_from(now.as_millis()).expect("a time") - hours * 3_600_000);
    let some = some_call(&mut Dice(number), number);
    let session = UserSession {
        attendant: AttendantId(1),
        began: arrived,
        ended: Some(Timestamp(arrived.0 + 60_000)),
        outcome: Some(UserOutcome::Accepted),
        target: None,
        ring_ms: 4_000,
        connected_ms: 56_000,
        hold_ms: 0,
    };
    CallRecord {
        origin: Origin::Live,
        outbound: false,
        service: Some(ServiceId(1)),
        arrived,
        queued: Some(arrived),
        accepted: Some(Timestamp(arrived.0 + 4_000)),
        ended: session.ended,
        connected_ms: 56_000,
        outcome: Some(Outcome::UserAccepted),
        user_sessions: vec![session],
        ..some
    }
}

async fn hung_up(exchange: &Exchange, call: u64) {
    exchange.report(Report::HungUp { leg: Leg::Caller(CallId(call)) }).await;
}

#[tokio::test]
async fn a_call_is_seen_on_its_whole_way_without_asking_report_3() {
    let (app, exchange, _) = live_console().await;
    let mut events = app.events();
    let board = watch(&app).await;
    let [service] = &board.services[..] else { panic!("the main line alone") };
    assert_eq!((service.waiting, service.selectable, service.on_duty, service.members), (0, 1, 1, 1));
    assert_eq!(board.attendants[0].state, BoardStateName::Ready);
    assert!(board.attendants[0].since.is_some(), "since she is on duty");
    assert_eq!((board.attendants[0].calls, board.attendants[0].here), (Some(0), true));

    exchange.ring(7, "+41445556677").await;
    let board = told(&mut events, "rings", |board| board.services[0].offered == 1).await;
    let service = &board.services[0];
    assert_eq!((service.waiting, service.connected, service.selectable), (1, 0, 0));
    assert!(service.longest_since.is_some_and(|since| since <= board.now));
    assert_eq!(board.attendants[0].state, BoardStateName::Ringing);
    assert!(!board.simulated);

    let offer = until(&app, "rings", |view| view.me.offer.is_some()).await.me.offer.expect("an offer").offer;
    ask(&app, Request::Accept { offer }).await;
    let board = told(&mut events, "talks", |board| board.services[0].connected == 1).await;
    assert_eq!((board.services[0].waiting, board.services[0].longest_since), (0, None));
    assert_eq!(board.attendants[0].state, BoardStateName::Talking);
    assert_eq!(board.services[0].today.as_ref().map(|today| today.calls), Some(0), "it is not over");

    let call = CallId(7).to_string();
    ask(&app, Request::Hold { call: call.clone() }).await;
    let board = told(&mut events, "holds", |it| it.attendants[0].state == BoardStateName::OnHold).await;
    assert_eq!(board.services[0].connected, 1);
    ask(&app, Request::Park { call, slot: None }).await;
    told(&mut events, "parks", |it| it.attendants[0].state == BoardStateName::Parked).await;

    hung_up(&exchange, 7).await;
    let board = told(&mut events, "is over", |board| {
        board.services[0].today.as_ref().is_some_and(|today| today.calls == 1)
    })
    .await;
    let today = board.services[0].today.clone().expect("it is known");
    assert_eq!((today.answered, today.abandoned, today.service_level), (1, 0, Some(1.0)));
    assert_eq!((board.attendants[0].state, board.attendants[0].calls), (BoardStateName::Ready, Some(1)));

    let lunch = Some(NotAvailableName::Lunch);
    ask(&app, Request::SetNotAvailable { reason: lunch }).await;
    let board =
        told(&mut events, "has lunch", |it| it.attendants[0].state == BoardStateName::NotAvailable).await;
    assert_eq!((board.attendants[0].reason, board.services[0].selectable), (lunch, 0));
    app.shut_down().await;
}

#[tokio::test]
async fn today_equals_the_report_of_today_after_every_call_report_1() {
    let store = Arc::new(MemoryStore::default());
    let lease = store.take_lease("before").await.expect("it is taken");
    let put = [ended_ago(1, 30), ended_ago(2, 1)].map(RecordChange::Put);
    store.append(lease, 0, &[], &put).await.expect("it is written");
    let (app, exchange, store) = live_console_on(store).await;
    without_short_calls(&app).await;
    let mut dice = Dice(11);
    let mut events = app.events();
    let board = watch(&app).await;
    let calls = |board: &BoardView| board.services[0].today.as_ref().map(|today| today.calls);
    assert_eq!(calls(&board), Some(1), "of yesterday none");
    check(&board, &report(&app).await);
    for call in 10..30 {
        exchange.ring(call, "+41445556677").await;
        let view = until(&app, "rings", |view| view.me.offer.is_some()).await;
        let offer = view.me.offer.expect("an offer").offer;
        match dice.below(3) {
            0 => {
                ask(&app, Request::Accept { offer }).await;
                if dice.below(2) == 0 {
                    ask(&app, Request::Hold { call: CallId(call).to_string() }).await;
                }
            }
            1 => drop(ask(&app, Request::Decline { offer }).await),
            _ => {}
        }
        hung_up(&exchange, call).await;
        let board = told(&mut events, "is over", |board| calls(board) == Some(call - 8)).await;
        check(&board, &report(&app).await);
    }
    // And after a restart, from the kept sums.
    app.shut_down().await;
    let app = open(&store, &exchange).await;
    let board = watch(&app).await;
    assert_eq!(calls(&board), Some(21));
    check(&board, &report(&app).await);
    app.shut_down().await;
}

/// CALL-14.
#[tokio::test]
async fn simulated_callers_are_marked_and_never_count_report_3() {
    let (app, exchange, _) = console().await;
    let mut events = app.events();
    watch(&app).await;
    exchange.ring(7, "+41445556677").await;
    let board = told(&mut events, "rings", |board| board.services[0].waiting == 1).await;
    assert!(board.simulated);
    hung_up(&exchange, 7).await;
    let board = told(&mut events, "is over", |board| board.services[0].waiting == 0).await;
    assert!(!board.simulated);
    assert_eq!(board.services[0].today.as_ref().map(|today| today.calls), Some(0));
    app.shut_down().await;
}

/// Counts what crosses: nothing unwatched, nothing twice, and far less than a message for each change.
#[tokio::test]
async fn nothing_is_told_that_is_not_watched_or_not_new_report_3() {
    let (app, exchange, _) = live_console().await;
    let mut events = app.events();
    exchange.ring(7, "+41445556677").await;
    until(&app, "rings", |view| view.me.offer.is_some()).await;
    hung_up(&exchange, 7).await;
    until(&app, "is over", |view| view.queue.is_empty()).await;
    while let Ok(event) = events.try_recv() {
        assert!(!matches!(event, UiEvent::Board(_)), "nobody watches: {event:?}");
    }

    watch(&app).await;
    let changes = 60;
    for _ in 0..changes / 2 {
        ask(&app, Request::SetPresence { presence: PresenceName::Busy }).await;
        ask(&app, Request::SetPresence { presence: PresenceName::Available }).await;
    }
    ask(&app, Request::SetPresence { presence: PresenceName::DoNotDisturb }).await;
    let mut boards = 0;
    let counted = tokio::time::timeout(PATIENCE, async {
        loop {
            let UiEvent::Board(board) = events.recv().await.expect("events come") else { continue };
            boards += 1;
            if board.attendants[0].presence == Some(PresenceName::DoNotDisturb) {
                return boards;
            }
        }
    });
    let boards = counted.await.expect("the last state is told");
    assert!(boards < changes / 2, "{boards} boards for {changes} changes");

    ask(&app, Request::UnwatchBoard { watch: "a1".into() }).await;
    while events.try_recv().is_ok() {}
    ask(&app, Request::SetPresence { presence: PresenceName::Available }).await;
    exchange.ring(8, "+41445556677").await;
    until(&app, "rings", |view| view.me.offer.is_some()).await;
    while let Ok(event) = events.try_recv() {
        assert!(!matches!(event, UiEvent::Board(_)), "nobody watches any more: {event:?}");
    }
    app.shut_down().await;
}

fn form(levels: Vec<BoardLevel>) -> BoardForm {
    BoardForm { formula: KpiName::ServiceLevelAbandonsNegative, sla_seconds: Some(30), levels }
}

fn level(figure: BoardFigureName, warn: u32, alarm: u32) -> BoardLevel {
    BoardLevel { figure, warn, alarm }
}

#[tokio::test]
async fn thresholds_are_kept_for_all_services_and_for_one_of_its_own_report_3() {
    let (app, exchange, store) = live_console().await;
    let mut events = app.events();
    let first = watch(&app).await;
    assert!(!first.services[0].levels.is_empty(), "it warns from the first day on");
    let set = |service: Option<&str>, form: Option<BoardForm>| Request::SetBoardRules {
        service: service.map(str::to_owned),
        form,
    };
    let hers = form(vec![level(BoardFigureName::Selectable, 1, 0)]);
    let main = first.services[0].id.clone();
    ask(&app, set(Some(&main), Some(hers.clone()))).await;
    let board = told(&mut events, "has its own", |board| board.services[0].own).await;
    let service = &board.services[0];
    assert_eq!((service.levels.clone(), service.sla_seconds), (hers.levels.clone(), 30));
    assert_eq!(service.formula_name, "Service level, abandons negative");
    assert_eq!(board.form, first.form, "all others go on as before");

    app.shut_down().await;
    let app = open(&store, &exchange).await;
    let board = watch(&app).await;
    assert_eq!((board.services[0].own, board.services[0].levels.clone()), (true, hers.levels.clone()));
    ask(&app, set(Some(&main), None)).await;
    ask(&app, set(None, Some(form(vec![])))).await;
    let board = watch(&app).await;
    assert_eq!((board.services[0].own, board.services[0].levels.len()), (false, 0));
    ask(&app, set(None, None)).await;
    assert_eq!(watch(&app).await.form, first.form);

    let refused = async |form: BoardForm| {
        let error = app.handle(set(None, Some(form))).await.expect_err("it is refused");
        (error.code, error.field.unwrap_or_default())
    };
    let out = |field: &str| ("setting.out-of-range".to_owned(), field.to_owned());
    let wrong = |level| form(vec![level]);
    assert_eq!(refused(wrong(level(BoardFigureName::Waiting, 6, 3))).await, out("levels.0.alarm"));
    assert_eq!(refused(wrong(level(BoardFigureName::ServiceLevel, 60, 80))).await, out("levels.0.alarm"));
    assert_eq!(refused(wrong(level(BoardFigureName::ServiceLevel, 101, 80))).await, out("levels.0.alarm"));
    let twice = vec![level(BoardFigureName::Asa, 1, 2), level(BoardFigureName::Asa, 1, 2)];
    assert_eq!(refused(form(twice)).await, out("levels.1"));
    assert_eq!(refused(BoardForm { sla_seconds: Some(0), ..form(vec![]) }).await, out("sla_seconds"));
    assert_eq!(refused(BoardForm { formula: KpiName::Asa, ..form(vec![]) }).await, out("formula"));
    let unknown = app.handle(set(Some("ffff"), None)).await.expect_err("there is none");
    assert_eq!(unknown.code, "setting.unknown");
    let nowhere = Request::WatchBoard { watch: "a1".into(), time_zone: "Nowhere".into() };
    assert_eq!(app.handle(nowhere).await.expect_err("no zone").code, "request.invalid");
    app.shut_down().await;
}

#[tokio::test]
async fn an_attendant_is_sent_home_switched_off_and_counted_as_back_report_3() {
    let (app, exchange, _) = live_console().await;
    let mut events = app.events();
    let board = watch(&app).await;
    let (her, main) = (board.attendants[0].id.clone(), board.services[0].id.clone());
    let serving =
        |serving| Request::SetAttendantServing { attendant: her.clone(), service: main.clone(), serving };
    ask(&app, serving(false)).await;
    let board = told(&mut events, "is off", |board| board.services[0].on_duty == 0).await;
    assert_eq!(board.attendants[0].switched_off, [main.as_str()]);
    ask(&app, serving(true)).await;

    exchange.ring(7, "+41445556677").await;
    told(&mut events, "rings", |board| board.services[0].offered == 1).await;
    let duty = |attendant: &str, on_duty| Request::SetAttendantDuty { attendant: attendant.into(), on_duty };
    ask(&app, duty(&her, false)).await;
    let board = told(&mut events, "is off duty", |board| !board.attendants[0].on_duty).await;
    assert_eq!(board.attendants[0].state, BoardStateName::OffDuty);
    assert!(board.attendants[0].since.is_some());
    assert_eq!((board.services[0].waiting, board.services[0].offered), (1, 0), "the caller waits on");
    ask(&app, duty(&her, true)).await;
    told(&mut events, "rings again", |board| board.services[0].offered == 1).await;
    ask(&app, Request::ClearAttendantRona { attendant: her }).await;

    let empty_desk = app.handle(duty("ffff", true)).await.expect_err("nobody sits there");
    assert_eq!(empty_desk.code, "attendant.not-here");
    let unknown = app.handle(duty("ffff", false)).await.expect_err("there is none");
    assert_eq!(unknown.code, "setting.unknown");
    app.shut_down().await;
}
