//! Services as an administrator sets them up, through the one door (ROUTE-1, ROUTE-2): what is kept, what is refused and at
//! which field, and where a caller then arrives.

#[path = "support/console.rs"]
mod support;

use std::sync::Arc;

use app::App;
use app::api::wire::hours::CalendarForm;
use app::api::wire::workflow::{
    ChoiceForm, NobodyForm, NodeForm, StepForm, TransferTargetForm, WorkflowForm,
};
use app::api::wire::{
    ApiError, ConsoleView, DistributionName, LevelForm, LimitsForm, MembersForm, PreferredForm, ProfileForm,
    RangeView, Request, Response, ServiceForm, ServicesView, SkillForm, SkillLevelForm, TreatmentName,
    UiEvent,
};
use contracts::memory::MemoryStore;
use contracts::settings::SettingsStore;
use contracts::sounds::{Sound, SoundBook, SoundFile, SoundKind};
use contracts::telephony::{Order, Report};
use engine::{CallId, Leg, SoundId, Timestamp};
use support::{Exchange, PATIENCE, ask, console, open, until};

async fn services(app: &App) -> ServicesView {
    let Response::Services(view) = ask(app, Request::GetServices {}).await else { panic!("services") };
    *view
}

async fn saved(app: &App, request: Request) -> String {
    let Response::Saved(saved) = ask(app, request).await else { panic!("saved") };
    saved.id
}

async fn refused(app: &App, request: Request) -> ApiError {
    let shown = format!("{request:?}");
    app.handle(request).await.err().unwrap_or_else(|| panic!("{shown} was carried out"))
}

fn put(form: &ServiceForm) -> Request {
    Request::PutService { service: Box::new(form.clone()) }
}

/// The main line as it is at first.
async fn main_line(app: &App) -> ServiceForm {
    services(app).await.services.into_iter().find(|service| service.otherwise).expect("a main line")
}

/// A new service with these addresses.
async fn another(app: &App, name: &str, addresses: &[&str]) -> ServiceForm {
    ServiceForm {
        id: None,
        name: name.into(),
        addresses: addresses.iter().map(ToString::to_string).collect(),
        otherwise: false,
        ..main_line(app).await
    }
}

fn german(level: u32) -> impl Fn(&str) -> SkillLevelForm {
    move |skill| SkillLevelForm { skill: skill.to_owned(), level }
}

#[tokio::test]
async fn a_service_comes_back_with_every_field_and_after_a_restart_too_route_1() {
    let (store, exchange) = (Arc::new(MemoryStore::default()), Exchange::new());
    let app = open(&store, &exchange).await;
    let skill = saved(&app, Request::PutSkill { skill: SkillForm { id: None, name: "German".into() } }).await;
    let profile = ProfileForm { id: None, name: "Front desk".into(), skills: vec![german(80)(&skill)] };
    let profile = saved(&app, Request::PutProfile { profile }).await;
    let mut form = ServiceForm {
        id: None,
        unit: None,
        name: "Support".into(),
        addresses: vec!["+41445556677".into(), "support@example.com".into()],
        otherwise: true,
        priority: 3,
        sla_ms: 30_000,
        hang_up_threshold_ms: 3_000,
        rona_ms: 15_000,
        acw_ms: 10_000,
        queue_time_max_ms: 600_000,
        waiting: TreatmentName::Music,
        members: MembersForm::Skilled { needs: vec![german(50)(&skill)] },
        distribution: DistributionName::RoundRobin,
        levels: vec![
            LevelForm { after_ms: 0, needs: vec![german(90)(&skill)], profiles: vec![profile.clone()] },
            LevelForm { after_ms: 20_000, needs: Vec::new(), profiles: Vec::new() },
        ],
        preferred: vec![PreferredForm { attendant: "1".into(), priority: 7 }],
        parallel_work: false,
        busy_selectable: true,
        away_selectable: true,
        workflow: None,
    };
    let id = saved(&app, put(&form)).await;
    form.id = Some(id.clone());
    let kept = |view: ServicesView| view.services.into_iter().find(|it| it.id.as_ref() == Some(&id));
    assert_eq!(kept(services(&app).await), Some(form.clone()));
    assert_eq!(main_line(&app).await.id, Some(id.clone()), "exactly one reaches what no service names");
    app.shut_down().await;

    let app = open(&store, &exchange).await;
    let view = services(&app).await;
    assert_eq!(view.skills[0].name, "German");
    assert_eq!(view.profiles[0].name, "Front desk");
    assert_eq!(kept(view), Some(form));
    app.shut_down().await;
}

#[tokio::test]
async fn two_addresses_reach_two_services_and_any_other_the_main_line_route_1() {
    let (app, exchange, _) = console().await;
    saved(&app, put(&another(&app, "Sales", &["+41 44 555 66 77"]).await)).await;
    saved(&app, put(&another(&app, "Support", &["support@example.com"]).await)).await;
    for (call, dialled, name) in
        [(1, "0445556677@192.0.2.1", "Sales"), (2, "SUPPORT@192.0.2.1", "Support"), (3, "4711", "Main line")]
    {
        exchange.ring_at(call, "+41791112233", dialled).await;
        let wanted = CallId(call).to_string();
        let view = until(&app, "waits", |view| view.queue.iter().any(|row| row.call == wanted)).await;
        let row = view.queue.iter().find(|row| row.call == wanted).expect("waits");
        assert_eq!(row.service_name, name, "{dialled}");
        assert_eq!(
            view.services.iter().find(|it| it.name == name).map(|it| (it.waiting, it.members, it.on_duty)),
            Some((1, 1, 1))
        );
    }
    app.shut_down().await;
}

#[tokio::test]
async fn a_caller_of_a_service_that_is_no_more_reaches_the_main_line_route_7() {
    let (app, exchange, store) = console().await;
    // As a crash between the removal and the forgetting of its addresses leaves it.
    app.shut_down().await;
    let orphan = r#"{"otherwise":"1","services":{"77":["4100"]}}"#;
    SettingsStore::put(store.as_ref(), "service_addresses", orphan).await.expect("kept");
    let app = open(&store, &exchange).await;
    exchange.ring_at(5, "+41791112233", "4100").await;
    let view = until(&app, "waits", |view| !view.queue.is_empty()).await;
    assert_eq!(view.queue[0].service_name, "Main line");
    app.shut_down().await;
}

#[tokio::test]
async fn an_address_or_a_name_that_another_service_has_is_refused_with_its_name_route_1() {
    let (app, _, _) = console().await;
    saved(&app, put(&another(&app, "Sales", &["+41 44 555 66 77"]).await)).await;
    let clash = refused(&app, put(&another(&app, "Support", &["4000", "044 555 66 77"]).await)).await;
    assert_eq!((clash.code.as_str(), clash.field.as_deref()), ("setting.taken", Some("addresses.1")));
    assert_eq!(clash.message, "044 555 66 77 already reaches Sales. Remove it there first.");
    let name = refused(&app, put(&another(&app, "SALES", &[]).await)).await;
    assert_eq!((name.code.as_str(), name.field.as_deref()), ("setting.taken", Some("name")));
    let nonsense = refused(&app, put(&another(&app, "Support", &["a\"b"]).await)).await;
    assert_eq!((nonsense.code.as_str(), nonsense.field.as_deref()), ("address.invalid", Some("addresses.0")));
    assert_eq!(services(&app).await.services.len(), 2, "nothing was kept");
    app.shut_down().await;
}

/// Sets one number of a service.
type OfService = (&'static str, fn(&mut ServiceForm, u32), RangeView);

#[tokio::test]
async fn each_number_of_a_service_is_taken_at_its_ends_and_refused_beyond_with_value_and_range_route_1() {
    let (app, _, _) = console().await;
    let ranges = services(&app).await.ranges;
    let numbers: [OfService; 6] = [
        ("priority", |form, value| form.priority = value, ranges.priority),
        ("sla_ms", |form, value| form.sla_ms = value, ranges.sla_ms),
        (
            "hang_up_threshold_ms",
            |form, value| form.hang_up_threshold_ms = value,
            ranges.hang_up_threshold_ms,
        ),
        ("rona_ms", |form, value| form.rona_ms = value, ranges.rona_ms),
        ("acw_ms", |form, value| form.acw_ms = value, ranges.acw_ms),
        ("queue_time_max_ms", |form, value| form.queue_time_max_ms = value, ranges.queue_time_max_ms),
    ];
    for (field, set, range) in numbers {
        let with = async |value| {
            let mut form = main_line(&app).await;
            set(&mut form, value);
            put(&form)
        };
        for value in [range.min, range.max] {
            saved(&app, with(value).await).await;
        }
        for value in [range.min.checked_sub(1), Some(range.max + 1)].into_iter().flatten() {
            let error = refused(&app, with(value).await).await;
            assert_eq!((error.code.as_str(), error.field.as_deref()), ("setting.out-of-range", Some(field)));
            let shown = |value: u32| {
                if field.ends_with("_ms") { f64::from(value) / 1000.0 } else { f64::from(value) }.to_string()
            };
            for part in [shown(value), shown(range.min), shown(range.max)] {
                assert!(error.message.contains(&part), "{}: no {part}", error.message);
            }
        }
    }
    app.shut_down().await;
}

/// Sets one number of the limits.
type OfLimits = (&'static str, fn(&mut LimitsForm, u32), RangeView);

#[tokio::test]
async fn each_limit_is_taken_at_its_ends_and_refused_beyond_call_4() {
    let (app, _, _) = console().await;
    let ranges = services(&app).await.ranges;
    let numbers: [OfLimits; 13] = [
        ("park_slots", |form, value| form.park_slots = value, ranges.park_slots),
        ("park_time_ms", |form, value| form.park_time_ms = value, ranges.park_time_ms),
        ("park_alert_ms", |form, value| form.park_alert_ms = value, ranges.park_alert_ms),
        ("recall_time_ms", |form, value| form.recall_time_ms = value, ranges.recall_time_ms),
        ("hold_alert_ms", |form, value| form.hold_alert_ms = value, ranges.hold_alert_ms),
        ("held_max", |form, value| form.held_max = value, ranges.held_max),
        ("target_ring_ms", |form, value| form.target_ring_ms = value, ranges.target_ring_ms),
        ("hand_over_ms", |form, value| form.hand_over_ms = value, ranges.hand_over_ms),
        ("decline_pause_ms", |form, value| form.decline_pause_ms = value, ranges.decline_pause_ms),
        (
            "priority_wait_max_ms",
            |form, value| form.priority_wait_max_ms = value,
            ranges.priority_wait_max_ms,
        ),
        ("acw_extension_ms", |form, value| form.acw_extension_ms = value, ranges.acw_extension_ms),
        (
            "callback_time_max_ms",
            |form, value| form.callback_time_max_ms = value,
            ranges.callback_time_max_ms,
        ),
        ("calls_max", |form, value| form.calls_max = value, ranges.calls_max),
    ];
    for (field, set, range) in numbers {
        for value in [range.min, range.max] {
            let mut limits = services(&app).await.limits;
            set(&mut limits, value);
            ask(&app, Request::PutLimits { limits: limits.clone() }).await;
            assert_eq!(services(&app).await.limits, limits, "{field}");
        }
        let beyond = [range.min.checked_sub(1), Some(range.max + 1)].into_iter().flatten();
        for value in beyond {
            let mut limits = services(&app).await.limits;
            set(&mut limits, value);
            let error = refused(&app, Request::PutLimits { limits }).await;
            assert_eq!((error.code.as_str(), error.field.as_deref()), ("setting.out-of-range", Some(field)));
        }
    }
    app.shut_down().await;
}

#[tokio::test]
async fn levels_begin_at_once_and_each_later_than_the_one_before_route_2() {
    let (app, _, _) = console().await;
    let with = async |afters: &[u32]| {
        let mut form = main_line(&app).await;
        let level = |after_ms: &u32| LevelForm { after_ms: *after_ms, needs: vec![], profiles: vec![] };
        form.levels = afters.iter().map(level).collect();
        put(&form)
    };
    saved(&app, with(&[0, 10_000, 10_001]).await).await;
    for (afters, field, part) in [
        (&[5_000][..], "levels.0.after_ms", "not after 5 s"),
        (&[0, 10_000, 10_000], "levels.2.after_ms", "later than the one before"),
        (&[0, 3_600_001], "levels.1.after_ms", "0 to 3600 s"),
        (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "levels", "at most 10"),
    ] {
        let error = refused(&app, with(afters).await).await;
        assert_eq!(error.field.as_deref(), Some(field));
        assert!(error.message.contains(part), "{}", error.message);
    }
    app.shut_down().await;
}

#[tokio::test]
async fn what_a_form_names_must_be_there_and_only_once_route_2() {
    let (app, _, _) = console().await;
    let form = main_line(&app).await;
    let twice = MembersForm::Listed { attendants: vec!["1".into(), "1".into()] };
    let preferred = |attendant: &str, priority| PreferredForm { attendant: attendant.into(), priority };
    let cases = [
        (ServiceForm { members: twice, ..form.clone() }, "members.attendants.1", "setting.taken"),
        (
            ServiceForm { members: MembersForm::Listed { attendants: vec!["2".into()] }, ..form.clone() },
            "members.attendants.0",
            "setting.unknown",
        ),
        (
            ServiceForm { members: MembersForm::Skilled { needs: vec![] }, ..form.clone() },
            "members.needs",
            "setting.out-of-range",
        ),
        (
            ServiceForm { members: MembersForm::Skilled { needs: vec![german(50)("9")] }, ..form.clone() },
            "members.needs.0.skill",
            "setting.unknown",
        ),
        (
            ServiceForm { preferred: vec![preferred("1", 100)], ..form.clone() },
            "preferred.0.priority",
            "setting.out-of-range",
        ),
        (
            ServiceForm { preferred: vec![preferred("1", 1), preferred("1", 2)], ..form.clone() },
            "preferred.1",
            "setting.taken",
        ),
        (ServiceForm { otherwise: false, ..form.clone() }, "otherwise", "setting.in-use"),
    ];
    for (form, field, code) in cases {
        let error = refused(&app, put(&form)).await;
        assert_eq!((error.code.as_str(), error.field.as_deref()), (code, Some(field)), "{}", error.message);
    }
    let gone = refused(&app, put(&ServiceForm { id: Some("77".into()), ..form })).await;
    assert_eq!(gone.code, "setting.unknown");
    app.shut_down().await;
}

#[tokio::test]
async fn nothing_is_removed_that_is_still_needed_route_1() {
    let (app, exchange, _) = console().await;
    let id = saved(&app, put(&another(&app, "Sales", &["4100"]).await)).await;
    exchange.ring_at(1, "+41791112233", "4100").await;
    until(&app, "waits", |view| !view.queue.is_empty()).await;
    let remove = |service: &str| Request::RemoveService { service: service.into() };
    assert_eq!(refused(&app, remove(&id)).await.code, "setting.in-use", "a caller waits");
    exchange.report(Report::HungUp { leg: Leg::Caller(CallId(1)) }).await;
    until(&app, "gone", |view| view.queue.is_empty()).await;
    ask(&app, remove(&id)).await;
    saved(&app, put(&another(&app, "Sales again", &["4100"]).await)).await;
    let main_line = main_line(&app).await.id.expect("an id");
    assert_eq!(refused(&app, remove(&main_line)).await.code, "setting.in-use", "every other address");

    let skill = saved(&app, Request::PutSkill { skill: SkillForm { id: None, name: "French".into() } }).await;
    let mut rita = services(&app).await.attendants.remove(0);
    assert_eq!(rita.name, "Rita Frei");
    rita.skills = vec![german(60)(&skill)];
    ask(&app, Request::SetSkills { attendant: rita.clone() }).await;
    let remove = Request::RemoveSkill { skill: skill.clone() };
    assert_eq!(refused(&app, remove.clone()).await.code, "setting.in-use", "somebody has it");
    rita.skills.clear();
    ask(&app, Request::SetSkills { attendant: rita }).await;
    ask(&app, remove).await;
    assert!(services(&app).await.skills.is_empty());
    app.shut_down().await;
}

#[tokio::test]
async fn who_lacks_the_skill_is_not_offered_the_call_until_she_has_it_route_2() {
    let (app, exchange, _) = console().await;
    let skill = saved(&app, Request::PutSkill { skill: SkillForm { id: None, name: "German".into() } }).await;
    let mut form = main_line(&app).await;
    form.members = MembersForm::Skilled { needs: vec![german(70)(&skill)] };
    saved(&app, put(&form)).await;
    exchange.ring(1, "+41791112233").await;
    let view = until(&app, "waits", |view| !view.queue.is_empty()).await;
    assert_eq!((view.me.offer, view.services[0].members), (None, 0));
    let mut rita = services(&app).await.attendants.remove(0);
    rita.skills = vec![german(70)(&skill)];
    ask(&app, Request::SetSkills { attendant: rita }).await;
    let rings = |view: &ConsoleView| view.me.offer.is_some() && view.services[0].members == 1;
    let view = until(&app, "rings", rings).await;
    ask(&app, Request::Accept { offer: view.me.offer.expect("rings").offer }).await;
    exchange.ordered(|order| matches!(order, Order::Connect { .. })).await;
    app.shut_down().await;
}

/// One after the other, from step 1 on.
fn drawn(steps: Vec<StepForm>) -> Box<WorkflowForm> {
    let node = |(id, step)| NodeForm { id, name: String::new(), x: 0, y: 0, step };
    Box::new(WorkflowForm { start: 1, nodes: (1..).zip(steps).map(node).collect() })
}

async fn faults(app: &App, workflow: &WorkflowForm) -> Vec<(Option<u16>, String)> {
    let request = Request::CheckWorkflow { service: None, workflow: Box::new(workflow.clone()) };
    let Response::WorkflowFaults(faults) = ask(app, request).await else { panic!("faults") };
    faults.into_iter().map(|fault| (fault.node, fault.field)).collect()
}

async fn a_calendar(app: &App) -> String {
    let form = CalendarForm {
        name: "Office".into(),
        zone: "Europe/Zurich".into(),
        open: true,
        primary: Vec::new(),
        secondary: Vec::new(),
    };
    saved(app, Request::PutCalendar { calendar: None, form }).await
}

async fn a_sound(store: &MemoryStore, name: &str) -> String {
    let (id, sound) = (SoundId(0x5a), Sound { samples: vec![1; 800] });
    let file = SoundFile { name: name.into(), kind: SoundKind::File, sound, added: Timestamp(0) };
    SoundBook::put(store, id, file).await.expect("kept");
    id.to_string()
}

#[tokio::test]
async fn a_workflow_with_every_step_comes_back_as_it_was_drawn_route_3() {
    let (app, _, store) = console().await;
    let other = saved(&app, put(&another(&app, "Sales", &[]).await)).await;
    let sound = a_sound(&store, "Welcome").await;
    let calendar = a_calendar(&app).await;
    let to = Some;
    let steps = vec![
        StepForm::Accept { next: to(2) },
        StepForm::Announce { sound: Some(sound.clone()), next: to(3) },
        StepForm::Hours { calendar: Some(calendar), open: to(4), closed: to(10) },
        StepForm::Save { parameter: "language".into(), value: "it".into(), next: to(5) },
        StepForm::Check { parameter: "language".into(), equals: "it".into(), yes: to(6), no: to(6) },
        StepForm::Position { position_max: Some(5), wait_max_ms: Some(60_000), within: to(7), beyond: to(8) },
        StepForm::Availability { selectable: to(9), later: to(9), nobody: to(8) },
        StepForm::Menu {
            sound: Some(sound.clone()),
            choices: vec![
                ChoiceForm { key: "1".into(), next: to(9) },
                ChoiceForm { key: "#".into(), next: to(11) },
                ChoiceForm { key: "2".into(), next: to(12) },
                ChoiceForm { key: "3".into(), next: to(13) },
            ],
            tries: 3,
            timeout_ms: 5_000,
            otherwise: to(9),
        },
        StepForm::Queue {
            limit_ms: Some(60_000),
            timeout: to(8),
            nobody: NobodyForm::Leaves { next: to(10) },
        },
        StepForm::Voicemail { sound: None, length_max_ms: 120_000, next: to(14) },
        StepForm::Callback { sound: Some(sound), next: to(14) },
        StepForm::Transfer { target: TransferTargetForm::Service { service: Some(other) }, failed: to(10) },
        StepForm::Transfer {
            target: TransferTargetForm::Address { address: "+41790001122".into() },
            failed: to(10),
        },
        StepForm::Disconnect {},
    ];
    let workflow = drawn(steps);
    assert_eq!(faults(&app, &workflow).await, []);
    let mut form = main_line(&app).await;
    form.workflow = Some(*workflow);
    saved(&app, put(&form)).await;
    assert_eq!(main_line(&app).await.workflow, form.workflow);
    app.shut_down().await;
}

#[tokio::test]
async fn what_is_not_chosen_yet_is_said_at_its_step_and_not_kept_route_3() {
    let (app, _, _) = console().await;
    let workflow = drawn(vec![
        StepForm::Announce { sound: None, next: Some(2) },
        StepForm::Hours { calendar: None, open: Some(3), closed: None },
        StepForm::Transfer {
            target: TransferTargetForm::Address { address: String::new() },
            failed: Some(4),
        },
        StepForm::Transfer { target: TransferTargetForm::Service { service: None }, failed: Some(5) },
        StepForm::Menu {
            sound: Some("77".into()),
            choices: vec![],
            tries: 9,
            timeout_ms: 1,
            otherwise: Some(6),
        },
        StepForm::Disconnect {},
    ]);
    let mut found = faults(&app, &workflow).await;
    found.sort();
    let at = |node, field: &str| (Some(node), field.to_owned());
    assert_eq!(
        found,
        [
            at(1, "sound"),
            at(2, "calendar"),
            at(2, "closed"),
            at(3, "target"),
            at(4, "target"),
            at(5, "choices"),
            at(5, "sound"),
            at(5, "timeout"),
            at(5, "tries"),
        ]
    );
    let form = ServiceForm { workflow: Some(*workflow), ..main_line(&app).await };
    let error = refused(&app, put(&form)).await;
    assert_eq!((error.code.as_str(), error.field.as_deref()), ("setting.out-of-range", Some("workflow")));
    assert!(error.message.contains("Step 3: Say where the call goes"), "{}", error.message);
    assert_eq!(main_line(&app).await.workflow, None);
    app.shut_down().await;
}

#[tokio::test]
async fn a_caller_walks_through_the_workflow_that_was_set_up_route_3() {
    let (app, exchange, _) = console().await;
    let other = saved(&app, put(&another(&app, "Sales", &[]).await)).await;
    let mut form = main_line(&app).await;
    form.workflow = Some(*drawn(vec![
        StepForm::Transfer { target: TransferTargetForm::Service { service: Some(other) }, failed: Some(2) },
        StepForm::Disconnect {},
    ]));
    saved(&app, put(&form)).await;
    exchange.ring(1, "+41791112233").await;
    let view = until(&app, "waits", |view| !view.queue.is_empty()).await;
    assert_eq!(view.queue[0].service_name, "Sales");
    app.shut_down().await;
}

#[tokio::test]
async fn parked_calls_fall_back_to_a_service_that_is_there_call_4() {
    let (app, _, _) = console().await;
    let sales = saved(&app, put(&another(&app, "Sales", &[]).await)).await;
    let mut limits = services(&app).await.limits;
    limits.park_fallback = Some("77".into());
    let error = refused(&app, Request::PutLimits { limits: limits.clone() }).await;
    assert_eq!((error.code.as_str(), error.field.as_deref()), ("setting.unknown", Some("park_fallback")));
    limits.park_fallback = Some(sales);
    ask(&app, Request::PutLimits { limits: limits.clone() }).await;
    assert_eq!(services(&app).await.limits, limits);
    app.shut_down().await;
}

#[tokio::test]
async fn screens_are_told_when_services_have_changed() {
    let (app, _, _) = console().await;
    let mut events = app.events();
    saved(&app, put(&another(&app, "Sales", &[]).await)).await;
    let told = async {
        loop {
            if let Ok(UiEvent::ServicesChanged) = events.recv().await {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, told).await.expect("told");
    app.shut_down().await;
}
