//! Who comes in and what she may do, through the one door (ID-4, ID-5, ID-6, ID-7, DATA-4): the table of rights against every
//! request there is, people who come and go, administrators who prove who they are, and what the access log hears of it.

#[path = "support/console.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use app::App;
use app::api::wire::{
    ApiError, ChangesPage, GrantForm, IssuerName, MembersForm, Request, Response, RoleName, ServiceForm,
    SessionState, SessionView, SignInForm, UiEvent, UnitForm, UserForm,
};
use app::feed::{FeedAsk, FeedBody};
use contracts::access_log::{Actor, Outcome};
use contracts::conformance::{Dice, some_call};
use contracts::imports::{ImportState, ImportedCall, Imports};
use contracts::memory::MemoryStore;
use contracts::roster::{PersonSettings, Profile, Roster};
use contracts::sign_in::{SignedIn, Subject, Wants, Why};
use engine::{CallId, PartyId, Timestamp};
use identity::rights::TABLE;
use reporting::CallRecord;
use serde_json::{Value, json};
use support::{Entrances, Exchange, PATIENCE, ask, open_through, until};

const TENANT: &str = "t1";

fn subject(object: &str) -> Subject {
    Subject { tenant: TENANT.to_owned(), object: object.to_owned() }
}

fn person(object: &str) -> SignedIn {
    SignedIn {
        subject: subject(object),
        name: object.to_owned(),
        username: format!("{object}@example.com"),
        email: None,
        signed_in_at: Timestamp(1),
        contexts: BTreeSet::new(),
    }
}

fn profile(object: &str) -> Profile {
    Profile {
        display_name: object.to_owned(),
        username: format!("{object}@example.com"),
        ..Profile::default()
    }
}

fn issuer(step_up: Option<&str>) -> SignInForm {
    SignInForm {
        issuer: IssuerName::EntraGlobal,
        tenant: Some(TENANT.to_owned()),
        url: None,
        client_id: "usher".to_owned(),
        tenants: Vec::new(),
        step_up: step_up.map(str::to_owned),
    }
}

/// A console where people sign in; the first who did is the administrator "boss".
struct Organisation {
    app: Arc<App>,
    store: Arc<MemoryStore>,
    exchange: Arc<Exchange>,
    people: Entrances,
}

impl Organisation {
    async fn new(step_up: Option<&str>) -> Organisation {
        let (store, exchange) = (Arc::new(MemoryStore::default()), Exchange::new());
        let people = Entrances::new();
        let app = open_through(&store, &exchange, &people).await;
        ask(&app, Request::PutSignIn { form: Some(issuer(step_up)) }).await;
        let organisation = Organisation { app, store, exchange, people };
        organisation.sign_in("boss").await;
        organisation
    }

    async fn session(&self) -> SessionView {
        let Response::Session(view) = ask(&self.app, Request::GetSession {}).await else {
            panic!("a session")
        };
        *view
    }

    async fn session_until(&self, what: &str, wanted: impl Fn(&SessionView) -> bool) -> SessionView {
        let begun = tokio::time::Instant::now();
        let mut events = self.app.events();
        loop {
            let view = self.session().await;
            if wanted(&view) {
                return view;
            }
            assert!(begun.elapsed() < PATIENCE, "never {what}: {view:?}");
            let _ = tokio::time::timeout(std::time::Duration::from_millis(50), events.recv()).await;
        }
    }

    /// Whoever is here leaves, and this one tries to come in.
    async fn tries(&self, who: SignedIn) -> SessionView {
        ask(&self.app, Request::SignOut {}).await;
        let name = who.name.clone();
        self.people.sign_in.will(Ok(who));
        ask(&self.app, Request::SignIn {}).await;
        let is_there = |view: &SessionView| view.person.as_ref().is_some_and(|person| person.name == name);
        self.session_until("came to an end", is_there).await
    }

    async fn sign_in(&self, object: &str) {
        assert_eq!(self.tries(person(object)).await.state, SessionState::SignedIn, "{object}");
    }

    async fn refusal(&self, request: Request) -> Option<ApiError> {
        self.app.handle(request).await.err()
    }

    async fn saved(&self, request: Request) -> String {
        let Response::Saved(saved) = ask(&self.app, request).await else { panic!("saved") };
        saved.id
    }

    async fn unit(&self, name: &str, parent: Option<&str>) -> String {
        let unit = UnitForm { id: None, name: name.into(), parent: parent.map(str::to_owned) };
        self.saved(Request::PutUnit { unit }).await
    }

    async fn services(&self) -> Vec<ServiceForm> {
        let Response::Services(view) = ask(&self.app, Request::GetServices {}).await else {
            panic!("services")
        };
        view.services
    }

    async fn service(&self, name: &str, unit: Option<&str>) -> ServiceForm {
        let main = self.services().await.into_iter().find(|it| it.otherwise).expect("a main line");
        let unit = unit.map(str::to_owned);
        let form = ServiceForm {
            id: None,
            unit,
            name: name.into(),
            addresses: Vec::new(),
            otherwise: false,
            ..main
        };
        let id = self.saved(Request::PutService { service: Box::new(form.clone()) }).await;
        ServiceForm { id: Some(id), ..form }
    }

    /// A user with a licence and these roles.
    async fn user(&self, object: &str, grants: Vec<GrantForm>) -> String {
        let added =
            self.store.add_person(&subject(object), &profile(object), true).await.expect("she is added");
        let user = added.id.to_string();
        ask(&self.app, Request::SetGrants { user: user.clone(), grants }).await;
        user
    }

    async fn changes(&self) -> ChangesPage {
        let all = Request::GetChanges { subject: None, object: None, before: None, limit: 100 };
        let Response::Changes(page) = ask(&self.app, all).await else { panic!("changes") };
        page
    }
}

/// Of a file that nobody sends.
fn calls_mapping() -> Value {
    json!({
        "source": "", "separator": ",", "time_zone": "UTC", "format": "", "never": [], "key": [], "no_caller": [],
        "no_attendant": [], "services": [], "outcomes": [],
        "columns": {
            "date": null, "arrived": "", "queued": null, "accepted": null, "ended": "", "left_queue": null,
            "left": null, "caller": null, "service": "", "attendant": null, "outcome": "",
        },
    })
}

/// Which right each request takes, as docs/rights.md tells it; written down here a second time on purpose.
const TAKES: [(&str, &[&str]); 23] = [
    (
        "handle-calls",
        &[
            "get_console",
            "accept",
            "decline",
            "pick",
            "hang_up",
            "hold",
            "retrieve",
            "park",
            "unpark",
            "transfer",
            "consult",
            "swap",
            "conference",
            "complete_transfer",
            "cancel_transfer",
            "place_call",
            "send_digits",
            "set_muted",
            "set_duty",
            "set_presence",
            "set_not_available",
            "set_serving",
            "clear_rona",
            "end_acw",
            "extend_acw",
            "get_why",
            "get_preflight",
        ],
    ),
    (
        "see-people",
        &[
            "search_contacts",
            "get_contact",
            "get_sources",
            "refresh_source",
            "see_contacts",
            "get_calendar",
            "get_reporting_line",
            "get_caller_card",
            "get_history",
            "list_voicemails",
            "get_voicemail",
            "set_voicemail_handled",
            "forward_voicemail",
            "get_numbers",
            "get_transfer_retention",
            "get_personal",
            "get_contact_card",
            "put_group",
            "remove_group",
            "move_group",
            "place_contact",
            "take_contact",
            "set_favourite",
            "put_note",
            "set_stand_in",
            "set_default_endpoint",
        ],
    ),
    ("see-set-up", &["get_setup", "get_audio", "set_audio"]),
    (
        "see-services",
        &[
            "get_services",
            "check_workflow",
            "get_calendars",
            "preview_calendar",
            "read_holidays",
            "list_sounds",
            "list_voices",
            "get_sound",
        ],
    ),
    (
        "see-reports",
        &[
            "get_report",
            "get_report_calls",
            "get_report_callers",
            "export_report",
            "get_report_schedules",
            "watch_board",
            "unwatch_board",
            "get_feed",
        ],
    ),
    ("supervise", &["set_attendant_duty", "set_attendant_serving", "clear_attendant_rona"]),
    ("serve-reports", &["switch_feed_on", "switch_feed_off"]),
    ("see-rights", &["get_rights"]),
    ("see-protection", &["get_protection", "get_purge", "retry_unlock", "unlock_with_recovery"]),
    ("plan-staffing", &["get_staffing_basis", "plan_staffing", "cancel_staffing"]),
    (
        "change-services",
        &[
            "put_service",
            "set_waiting",
            "put_calendar",
            "remove_calendar",
            "add_sound",
            "speak_sound",
            "rename_sound",
            "remove_sound",
            "set_board_rules",
            "remove_service",
        ],
    ),
    ("see-changes", &["get_changes", "undo_change"]),
    (
        "change-skills",
        &["put_skill", "remove_skill", "put_profile", "remove_profile", "set_skills", "put_limits"],
    ),
    ("import-contacts", &["import_contacts", "import_part", "cancel_import"]),
    (
        "import-calls",
        &["look_at_calls", "read_calls_mapping", "check_calls", "import_calls_part", "cancel_calls_import"],
    ),
    ("list-numbers", &["list_number", "unlist_number"]),
    (
        "erase-people",
        &[
            "erase_transfer_history",
            "set_transfer_retention",
            "get_kept_about",
            "export_kept_about",
            "erase_kept_about",
            "get_left_out",
            "take_in_again",
        ],
    ),
    ("change-sources", &["put_source", "remove_source"]),
    (
        "change-connection",
        &["start_training", "connect_sip", "leave_mode", "set_home_country", "set_dialling"],
    ),
    ("see-users", &["get_users", "get_organisation"]),
    (
        "change-users",
        &["put_user", "remove_user", "set_grants", "set_team", "sync_directory", "put_unit", "remove_unit"],
    ),
    ("change-sign-in", &["get_sign_in", "put_sign_in"]),
    (
        "change-protection",
        &[
            "show_recovery_key",
            "confirm_recovery_key",
            "renew_recovery_key",
            "keep_recovery_key",
            "rotate_data_key",
            "renew_keychain_key",
            "get_jurisdictions",
            "set_backup",
            "back_up_now",
            "cancel_backup",
            "get_restore_points",
            "put_report_schedule",
            "remove_report_schedule",
            "run_report_schedule",
        ],
    ),
];

/// Answered to everybody.
const FREE: [&str; 5] = ["get_session", "sign_in", "cancel_sign_in", "sign_out", "get_lock"];

/// One request of each kind, about this service; of those that would change the console each is refused later than at the door.
fn payload(cmd: &str, service: &ServiceForm, services: &[ServiceForm]) -> Value {
    let to = json!({ "address": "1", "contact": null, "voicemail": false, "service": null });
    let id = service.id.clone().expect("it has one");
    match cmd {
        "accept" | "decline" => json!({ "offer": "9" }),
        "pick" | "hang_up" | "hold" | "retrieve" => json!({ "call": "9" }),
        "park" => json!({ "call": "9", "slot": null }),
        "unpark" => json!({ "slot": 9 }),
        "transfer" => json!({ "call": "9", "mode": "blind", "to": to }),
        "consult" => json!({ "call": "9", "to": to }),
        "swap" | "conference" | "complete_transfer" | "cancel_transfer" => json!({ "transfer": "9" }),
        "place_call" => json!({ "to": to, "service": null }),
        "send_digits" => json!({ "call": "9", "digits": "1" }),
        "set_muted" => json!({ "muted": false }),
        "set_duty" => json!({ "on_duty": false }),
        "set_presence" => json!({ "presence": "available" }),
        "set_not_available" => json!({ "reason": null }),
        "set_serving" => json!({ "service": id, "serving": true }),
        "get_why" => json!({ "call": "9", "past": false }),
        "get_preflight" => json!({ "services": [] }),
        "search_contacts" => json!({ "query": "a", "limit": 1 }),
        "get_contact" => json!({ "id": "9" }),
        "get_contact_card" => json!({ "contact": "9" }),
        "put_group" => json!({ "group": "9", "name": "x" }),
        "remove_group" => json!({ "group": "9" }),
        "move_group" => json!({ "group": "9", "before": null }),
        "place_contact" => json!({ "group": "9", "contact": "9", "before": null }),
        "take_contact" => json!({ "group": "9", "contact": "9" }),
        "set_favourite" => json!({ "contact": "9", "favourite": true }),
        "put_note" => json!({ "contact": "9", "text": "", "revision": 0 }),
        "set_stand_in" => json!({ "contact": "9", "stand_in": null, "until": null }),
        "set_default_endpoint" => json!({ "contact": "9", "address": null }),
        "get_kept_about" | "export_kept_about" | "erase_kept_about" => {
            json!({ "subject": { "numbers": [], "contacts": [] } })
        }
        "list_number" => {
            json!({ "form": { "kind": "spam", "number": "", "prefix": false, "reason": "" } })
        }
        "unlist_number" => json!({ "listed": "9" }),
        "set_home_country" => json!({ "country": "" }),
        "set_dialling" => json!({ "form": {
            "outside": "x", "comes_with_outside": false, "extension_min": 2, "extension_max": 6, "block": ""
        } }),
        "erase_transfer_history" => json!({ "party": "9" }),
        "set_transfer_retention" => json!({ "days": 0 }),
        "put_source" => {
            json!({ "source": { "id": null, "name": "", "kind": "entra_users", "mailbox": null, "ldap": null } })
        }
        "remove_source" | "refresh_source" => json!({ "source": "9" }),
        "see_contacts" => json!({ "contacts": ["9"] }),
        "get_calendar" => json!({ "contact": "9" }),
        "get_reporting_line" => json!({ "contact": "9", "ask": false }),
        "get_caller_card" => json!({ "party": "9" }),
        "get_history" => json!({ "before": null, "limit": 1, "simulated": false }),
        "list_voicemails" => json!({ "before": null, "limit": 1, "handled": null }),
        "get_voicemail" => json!({ "voicemail": "9" }),
        "set_voicemail_handled" => json!({ "voicemail": "9", "handled": true }),
        "forward_voicemail" => json!({ "voicemail": "9", "service": id }),
        "import_contacts" => json!({ "file_name": "a.bin", "content_base64": "AA==" }),
        "import_part" => {
            json!({ "file_name": "a.bin", "import": null, "content_base64": "AA==", "is_last": true })
        }
        "cancel_import" | "cancel_calls_import" => json!({ "import": "9" }),
        "look_at_calls" => {
            json!({ "file_name": "a", "time_zone": "UTC", "content_base64": "", "is_whole": true })
        }
        "read_calls_mapping" => json!({ "text": "" }),
        "check_calls" => json!({ "mapping": calls_mapping(), "content_base64": "", "is_whole": true }),
        "import_calls_part" => {
            json!({ "part": { "import": "9", "size": 1, "content_base64": "", "is_last": true } })
        }
        "set_audio" => json!({ "input": null, "output": null, "ring": null }),
        "get_sound" | "remove_sound" => json!({ "sound": "9" }),
        "add_sound" => json!({ "sound": null, "name": "", "content_base64": "" }),
        "speak_sound" => json!({ "sound": null, "name": "", "text": "", "voice": "" }),
        "rename_sound" => json!({ "sound": "9", "name": "" }),
        "preview_calendar" => {
            json!({ "form": calendar(), "moment": null, "week": "2026-11-30", "year": 2026 })
        }
        "put_calendar" => json!({ "calendar": null, "form": calendar() }),
        "remove_calendar" => json!({ "calendar": "9" }),
        "read_holidays" => json!({ "content_base64": "", "zone": "Europe/Zurich", "year": 2026 }),
        "check_workflow" => json!({ "service": null, "workflow": { "start": 0, "nodes": [] } }),
        "put_service" => json!({ "service": ServiceForm { rona_ms: 1, ..service.clone() } }),
        "remove_service" => {
            // The main line is never removed, so one of a unit must do.
            let there = services.iter().find(|it| it.unit == service.unit).and_then(|it| it.id.clone());
            json!({ "service": there.unwrap_or(id) })
        }
        "set_waiting" => json!({ "service": id, "treatment": "music" }),
        "put_skill" => json!({ "skill": { "id": "9", "name": "" } }),
        "remove_skill" => json!({ "skill": "9" }),
        "put_profile" => json!({ "profile": { "id": "9", "name": "", "skills": [] } }),
        "remove_profile" => json!({ "profile": "9" }),
        "set_skills" => json!({ "attendant": { "id": "9", "name": "", "skills": [], "profile": null } }),
        "put_limits" => json!({ "limits": {
            "park_slots": 0, "park_time_ms": 0, "park_alert_ms": 0, "park_fallback": null, "recall_time_ms": 0,
            "hold_alert_ms": 0, "held_max": 0, "target_ring_ms": 0, "hand_over_ms": 0, "decline_pause_ms": 0,
            "priority_wait_max_ms": 0, "acw_extension_ms": 0, "callback_time_max_ms": 0, "on_hold": "music",
            "calls_max": 0
        } }),
        "get_staffing_basis" => {
            json!({ "service": "9", "day": "", "time_zone": "", "interval_minutes": 15, "simulated": false })
        }
        "switch_feed_on" => json!({ "port": 1 }),
        "get_report" => json!({ "ask": {
            "filter": report_filter(&id), "grouping": "day", "sla_seconds": 20, "hang_up_seconds": 5,
            "short_call_seconds": 0, "heat_map": false
        } }),
        "get_report_calls" => json!({ "ask": {
            "filter": report_filter(&id), "from": null, "to": null, "weekday": null, "hour": null, "before": null,
            "limit": 1
        } }),
        "watch_board" => json!({ "watch": "9", "time_zone": "Europe/Zurich" }),
        "unwatch_board" => json!({ "watch": "9" }),
        "set_board_rules" => json!({ "service": id, "form": {
            "formula": "asa", "sla_seconds": null, "levels": []
        } }),
        "set_attendant_duty" => json!({ "attendant": "1", "on_duty": false }),
        "set_attendant_serving" => json!({ "attendant": "ffff", "service": id, "serving": true }),
        "clear_attendant_rona" => json!({ "attendant": "1" }),
        "get_report_callers" => json!({ "ask": {
            "filter": report_filter(&id), "short_call_seconds": 0, "limit": 1
        } }),
        "export_report" => json!({ "ask": {
            "report": {
                "filter": report_filter(&id), "grouping": "day", "sla_seconds": 20, "hang_up_seconds": 5,
                "short_call_seconds": 0, "heat_map": false
            },
            "format": "csv", "calls": false
        } }),
        "put_report_schedule" => json!({ "schedule": {
            "id": null, "name": "Daily", "rhythm": "day", "at_minute": 360, "time_zone": "UTC", "folder": "/gone",
            "services": [], "formats": ["xlsx"], "calls": false, "sla_seconds": 20, "hang_up_seconds": 5,
            "short_call_seconds": 0
        } }),
        "remove_report_schedule" | "run_report_schedule" => json!({ "schedule": "9" }),
        "plan_staffing" => json!({ "ask": {
            "start": "", "time_zone": "", "interval_minutes": 15, "calls": [], "day_variation": 0.0, "talk_seconds": 60.0,
            "talk_variation": 1.0, "after_call_work_seconds": 0.0, "patience_seconds": null,
            "queue_time_max_seconds": 300, "target_share": 0.8, "target_seconds": 20
        } }),
        "connect_sip" => json!({ "account": {
            "user": "", "auth_user": "", "password": "", "registrar": "", "domain": "", "transport": "udp",
            "display_name": ""
        } }),
        "unlock_with_recovery" => json!({ "words": "" }),
        "confirm_recovery_key" => json!({ "words": [] }),
        "set_backup" => json!({ "plan": null, "credentials": null }),
        "put_sign_in" => json!({ "form": SignInForm { client_id: String::new(), ..issuer(None) } }),
        "get_users" => json!({ "query": "", "licensed": false, "after": null, "limit": 1 }),
        "put_user" => {
            json!({ "user": { "id": "ffff", "object": "", "name": "", "first_name": "", "last_name": "",
            "email": null, "username": "", "licensed": false, "blocked": false } })
        }
        "remove_user" => json!({ "user": "ffff" }),
        "set_grants" => json!({ "user": "ffff", "grants": [] }),
        "set_team" => json!({ "team": { "id": "ffff", "licensed": false, "units": [] } }),
        "put_unit" => json!({ "unit": { "id": "ffff", "name": "", "parent": null } }),
        "remove_unit" => json!({ "unit": "ffff" }),
        "get_changes" => json!({ "subject": null, "object": null, "before": null, "limit": 1 }),
        "undo_change" => json!({ "change": "ffff" }),
        _ => json!({}),
    }
}

fn calendar() -> Value {
    json!({ "name": "", "zone": "Nowhere", "open": true, "primary": [], "secondary": [] })
}

fn report_filter(service: &str) -> Value {
    json!({
        "first_day": "", "last_day": "", "time_zone": "", "services": [service], "attendant": null, "caller": null,
        "outcomes": []
    })
}

/// Every command of the wire, from the types the screens are built with.
fn commands() -> BTreeSet<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/platform/bindings/Request.ts");
    let text = std::fs::read_to_string(file).expect("the generated types are in the tree");
    let names = text.split("\"cmd\": \"").skip(1).filter_map(|rest| rest.split('"').next());
    names.filter(|name| *name != "...").map(str::to_owned).collect()
}

fn request(cmd: &str, payload: Value) -> Request {
    serde_json::from_value(json!({ "cmd": cmd, "payload": payload }))
        .unwrap_or_else(|error| panic!("{cmd}: {error}"))
}

#[test]
fn every_request_there_is_takes_a_right_that_is_written_down_id_5() {
    let listed: BTreeSet<String> =
        TAKES.iter().flat_map(|(_, cmds)| cmds.iter()).chain(&FREE).map(ToString::to_string).collect();
    assert_eq!(listed, commands());
    let rights: BTreeSet<&str> = TABLE.iter().map(|row| row.id).collect();
    // The access log can be read by nobody from the console, so no request takes that right.
    assert_eq!(rights, TAKES.iter().map(|(right, _)| *right).chain(["read-access-log"]).collect());
}

/// Role by action by unit: what is refused is what the table refuses, and the access log has every refusal.
#[tokio::test]
async fn the_whole_table_of_rights_holds_at_the_door_id_5() {
    let roles = [
        ("user", None),
        ("service-owner", Some(true)),
        ("service-owner", None),
        ("tenant-administrator", Some(true)),
        ("tenant-administrator", None),
        ("partner-administrator", None),
    ];
    for (role, in_unit) in roles {
        let desk = Organisation::new(None).await;
        let above = desk.unit("Region", None).await;
        let (own, other) = (desk.unit("Hers", Some(&above)).await, desk.unit("Theirs", None).await);
        let places = [
            ("hers", desk.service("In hers", Some(&own)).await),
            ("theirs", desk.service("In theirs", Some(&other)).await),
            ("nobody's", desk.services().await.into_iter().find(|it| it.otherwise).expect("a main line")),
        ];
        let name = RoleName::from(contracts::roster::Role::of(role).expect("a role"));
        // Over the unit above hers: what is below belongs to it.
        let unit = in_unit.map(|_| above.clone());
        desk.user("rita", vec![GrantForm { role: name, unit }]).await;
        desk.sign_in("rita").await;
        for (right, cmds) in &TAKES {
            let row = TABLE.iter().find(|row| row.id == *right).expect("a row");
            let may = row.roles[contracts::roster::Role::of(role).expect("a role") as usize];
            for cmd in *cmds {
                for (place, service) in &places {
                    let services = desk.services().await;
                    let by_unit = [
                        "put_service",
                        "set_waiting",
                        "remove_service",
                        "get_report",
                        "get_report_calls",
                        "set_board_rules",
                        "set_attendant_serving",
                        "get_report_callers",
                        "export_report",
                    ]
                    .contains(cmd);
                    // The administrator is a member of services of several units and of none.
                    let of_all = ["set_attendant_duty", "clear_attendant_rona"].contains(cmd);
                    let there = match (row.reach, in_unit) {
                        (_, None) | (identity::Reach::Own, _) => true,
                        (identity::Reach::Unit, Some(_)) => !of_all && (!by_unit || *place == "hers"),
                        (identity::Reach::Tenant, Some(_)) => false,
                    };
                    let error = desk.refusal(request(cmd, payload(cmd, service, &services))).await;
                    let is_refused = error.as_ref().is_some_and(|error| error.code == "request.forbidden");
                    // Whoever may come in is a user too.
                    let as_user = row.roles[contracts::roster::Role::User as usize];
                    let wanted = (may && there) || as_user;
                    assert_eq!(!is_refused, wanted, "{role} {in_unit:?}: {cmd} in {place}: {error:?}");
                }
            }
        }
        desk.app.shut_down().await;
        let refused = desk.people.access_log.entries().into_iter().filter(
            |entry| matches!(&entry.outcome, Outcome::Refused(code) if code.as_str() == "request.forbidden"),
        );
        assert!(
            role == "tenant-administrator" && in_unit.is_none() || refused.count() > 0,
            "{role}: refusals are logged"
        );
    }
}

#[tokio::test]
async fn somebody_of_another_tenant_gets_through_no_request_and_is_logged_data_4() {
    let desk = Organisation::new(None).await;
    let service = desk.services().await.remove(0);
    let stranger =
        SignedIn { subject: Subject { tenant: "t2".into(), object: "boss".into() }, ..person("stranger") };
    let session = desk.tries(stranger).await;
    assert_eq!(session.state, SessionState::Refused);
    assert_eq!(session.problem.expect("a reason").code, "access.other-tenant");
    let before = desk.people.access_log.entries().len();
    let commands: Vec<&str> = TAKES.iter().flat_map(|(_, cmds)| cmds.iter().copied()).collect();
    for cmd in &commands {
        let error = desk.refusal(request(cmd, payload(cmd, &service, &[]))).await.expect("it is refused");
        assert_eq!(error.code, "access.other-tenant", "{cmd}");
    }
    desk.app.shut_down().await;
    let entries = desk.people.access_log.entries();
    let logged: BTreeSet<String> =
        entries[before..].iter().map(|entry| entry.action.as_str().replace('-', "_")).collect();
    for cmd in commands {
        assert!(logged.contains(cmd), "{cmd} is in the log: {logged:?}");
    }
    // And she is known there by a pseudonym, not by what her issuer calls her.
    assert!(entries.iter().any(|entry| matches!(entry.actor, Actor::Stranger(_))), "{entries:?}");
}

/// REPORT-3: also where she asks for all services, and behind every number.
#[tokio::test]
async fn an_owner_sees_reports_of_her_services_only_id_5() {
    let desk = Organisation::new(None).await;
    let (own, other) = (desk.unit("Hers", None).await, desk.unit("Theirs", None).await);
    let id = |service: ServiceForm| service.id.expect("it has one");
    let (hers, theirs) =
        (id(desk.service("In hers", Some(&own)).await), id(desk.service("In theirs", Some(&other)).await));
    let mut dice = Dice(8);
    let mut call = |number, service: &str| {
        let record = some_call(&mut dice, number);
        let service = Some(service.parse().expect("an id"));
        let party = PartyId(number);
        ImportedCall {
            row: number,
            record: CallRecord { service, party, imported: true, ..record },
            caller: None,
        }
    };
    let calls = vec![call(1, &hers), call(2, &hers), call(3, &theirs), call(4, "1")];
    desk.store.take_calls("old", calls, vec![], ImportState::default()).await.expect("they are taken");

    let filter = |services: &[&str]| {
        json!({
            "first_day": "2027-03-20", "last_day": "2027-04-05", "time_zone": "UTC", "services": services,
            "attendant": null, "caller": null, "outcomes": []
        })
    };
    let report = |services: &[&str]| {
        let ask = json!({ "ask": {
            "filter": filter(services), "grouping": "whole", "sla_seconds": 20, "hang_up_seconds": 5,
            "short_call_seconds": 0, "heat_map": false
        } });
        request("get_report", ask)
    };
    let behind = json!({ "ask": {
        "filter": filter(&[]), "from": null, "to": null, "weekday": null, "hour": null, "before": null, "limit": 50
    } });
    let seen = async || {
        let Response::Report(view) = ask(&desk.app, report(&[])).await else { panic!("a report") };
        let Response::ReportCalls(page) = ask(&desk.app, request("get_report_calls", behind.clone())).await
        else {
            panic!("calls")
        };
        (view.total.sessions, page.calls.len())
    };
    assert_eq!(seen().await, (4, 4), "the administrator sees all");
    let owner = GrantForm { role: RoleName::ServiceOwner, unit: Some(own) };
    desk.user("olga", vec![owner]).await;
    desk.sign_in("olga").await;
    assert_eq!(seen().await, (2, 2));
    assert!(desk.refusal(report(&[&hers])).await.is_none());
    for services in [&[theirs.as_str()][..], &["1"], &[&hers, &theirs]] {
        let refused = desk.refusal(report(services)).await.expect("it is refused");
        assert_eq!(refused.code, "request.forbidden");
    }
    desk.app.shut_down().await;
}

/// What the feed answers to this token.
async fn fed(app: &Arc<App>, token: &str, path: &str, query: &str) -> (u16, String) {
    let answer = app
        .answer_feed(FeedAsk {
            method: "GET".to_owned(),
            path: format!("/odata/{path}"),
            query: query.to_owned(),
            origin: "http://127.0.0.1:1".to_owned(),
            authorization: Some(format!("Bearer {token}")),
            ..FeedAsk::default()
        })
        .await;
    let body = match answer.body {
        FeedBody::Whole(body) => body,
        FeedBody::Pieces(mut pieces) => {
            let mut body = String::new();
            while let Some(piece) = pieces.recv().await {
                body.push_str(&piece.expect("it is not cut off"));
            }
            body
        }
    };
    (answer.status, body)
}

/// REPORT-4, ID-5, ID-7: a token shows what whoever made it may see at the moment, and each switch is in the access log.
#[tokio::test]
async fn the_report_feed_of_a_service_owner_holds_the_calls_of_her_services_report_4() {
    let desk = Organisation::new(None).await;
    let (own, other) = (desk.unit("Clinic", None).await, desk.unit("Bank", None).await);
    let id = |service: ServiceForm| service.id.expect("it has one");
    let hers = id(desk.service("Reception", Some(&own)).await);
    let theirs = id(desk.service("Counter", Some(&other)).await);
    let call = |call: u64, service: &str| {
        // Nothing is summed up for what is to come, and the calls of the dice are of 2027.
        let back = |at: Timestamp| Timestamp(at.0 - 400 * 86_400_000);
        let mut record = some_call(&mut Dice(call), call);
        record.arrived = back(record.arrived);
        for at in [&mut record.queued, &mut record.accepted, &mut record.ended] {
            *at = at.map(back);
        }
        for session in &mut record.user_sessions {
            (session.began, session.ended) = (back(session.began), session.ended.map(back));
        }
        let service = Some(service.parse().expect("an id"));
        let party = PartyId(call);
        let record = CallRecord { service, party, imported: true, ..record };
        ImportedCall { row: call, record, caller: None }
    };
    let calls = vec![call(1, &hers), call(2, &hers), call(3, &theirs), call(4, "1")];
    desk.store.take_calls("old", calls, vec![], ImportState::default()).await.expect("they are taken");
    let switch_on = async || {
        let Response::FeedToken(made) = ask(&desk.app, Request::SwitchFeedOn { port: None }).await else {
            panic!("a token")
        };
        assert_eq!(made.feed.on.expect("it is on").port, made.feed.port_default);
        made.token.danger_expose().to_owned()
    };
    let sets = ["ServiceSessions", "Callers", "Services", "OrganizationUnits"];
    let counts = async |token: &str| {
        let mut counts = Vec::new();
        for set in sets {
            counts.push(fed(&desk.app, token, &format!("{set}/$count"), "").await.1);
        }
        counts
    };
    assert_eq!(fed(&desk.app, "guess", "Services", "").await.0, 401, "it is off");
    let of_boss = switch_on().await;
    assert_eq!(counts(&of_boss).await, ["4", "4", "3", "2"], "the administrator sees all");

    let owner = GrantForm { role: RoleName::ServiceOwner, unit: Some(own.clone()) };
    let olga = desk.user("olga", vec![owner]).await;
    desk.sign_in("olga").await;
    let of_olga = switch_on().await;
    assert_eq!(fed(&desk.app, &of_boss, "Services", "").await.0, 401, "a new token replaces the one before");
    assert_eq!(counts(&of_olga).await, ["2", "2", "1", "1"]);
    // Neither a filter, nor a key, nor a way leads to what is not hers.
    let seen =
        fed(&desk.app, &of_olga, "ServiceSessions", "$filter=Part ge 0 or true&$expand=UserSessions,Service")
            .await;
    assert_eq!(seen.1.matches("\"CallId\"").count(), 2, "{}", seen.1);
    assert_eq!(fed(&desk.app, &of_olga, "ServiceSessions('1-1')", "").await.0, 200);
    for key in ["3-1", "4-1", "01-1", "1-1-0", "", "-", "ffffffffffffffff-1", "1-99999999999"] {
        assert_eq!(fed(&desk.app, &of_olga, &format!("ServiceSessions('{key}')"), "").await.0, 404, "{key}");
    }
    let services = fed(&desk.app, &of_olga, "Services", "$select=Name").await;
    assert!(services.1.contains("Reception") && !services.1.contains("Counter"), "{}", services.1);
    let sums =
        fed(&desk.app, &of_olga, "ServiceSessionAggregates", "$apply=aggregate(Sessions with sum as N)")
            .await;
    assert!(sums.1.ends_with(r#""value":[{"N":2}]}"#), "{}", sums.1);

    // What she may not any more, her token does not show any more.
    desk.sign_in("boss").await;
    ask(&desk.app, Request::SetGrants { user: olga, grants: Vec::new() }).await;
    let (status, refused) = fed(&desk.app, &of_olga, "Services", "").await;
    assert_eq!(status, 401, "{refused}");
    let of_boss = switch_on().await;
    let off = ask(&desk.app, Request::SwitchFeedOff {}).await;
    assert!(matches!(off, Response::Feed(view) if view.on.is_none()));
    assert_eq!(fed(&desk.app, &of_boss, "Services", "").await.0, 401, "it is off");

    desk.app.shut_down().await;
    let log = desk.people.access_log.entries();
    let times = |action: &str| log.iter().filter(|entry| entry.action.as_str() == action).count();
    assert_eq!((times("switch-feed-on"), times("switch-feed-off")), (3, 1));
    let read: Vec<_> = log.iter().filter(|entry| entry.action.as_str() == "read-feed").collect();
    assert!(
        read.iter().any(|entry| entry.outcome == Outcome::Allowed && matches!(entry.actor, Actor::Person(_)))
    );
    assert!(
        read.iter().any(|entry| matches!(entry.outcome, Outcome::Refused(_)) && entry.actor == Actor::Local)
    );
}

#[tokio::test]
async fn without_a_licence_nobody_comes_in_and_with_one_at_once_id_4() {
    let desk = Organisation::new(None).await;
    let session = desk.tries(person("rita")).await;
    assert_eq!(session.problem.expect("a reason").code, "access.no-licence");
    assert_eq!(desk.refusal(Request::GetConsole {}).await.expect("refused").code, "access.no-licence");
    // Another account can be tried from there without signing out first.
    desk.people.sign_in.will(Ok(person("tom")));
    ask(&desk.app, Request::SignIn {}).await;
    let is = |name: &'static str| {
        move |view: &SessionView| view.person.as_ref().is_some_and(|person| person.name == name)
    };
    desk.session_until("was tried", is("tom")).await;
    desk.people.sign_in.will(Ok(person("rita")));
    ask(&desk.app, Request::SignIn {}).await;
    desk.session_until("came back", is("rita")).await;
    let standing =
        desk.store.standing(&subject("rita")).await.expect("the store works").expect("she was met");
    let settings = PersonSettings { licensed: true, blocked: false, profile: None };
    desk.store.set_person(standing.person.id, &settings).await.expect("it is given");
    let session = desk.session_until("came in", |view| view.state == SessionState::SignedIn).await;
    let may: BTreeMap<String, Option<Vec<String>>> =
        session.may.into_iter().map(|it| (it.action, it.units)).collect();
    assert!(may.contains_key("handle-calls") && !may.contains_key("change-services"), "{may:?}");
    desk.app.shut_down().await;
}

#[tokio::test]
async fn a_leaver_is_out_at_once_and_her_caller_back_in_the_queue_id_6() {
    let desk = Organisation::new(None).await;
    ask(&desk.app, Request::StartTraining {}).await;
    let rita = desk.user("rita", vec![]).await;
    desk.sign_in("rita").await;
    let attendant = desk.app.console().await.expect("a console").me.attendant;
    assert_eq!(attendant, "2", "the number after the administrator's");
    // She takes calls of the main line.
    ask(&desk.app, Request::SignOut {}).await;
    desk.sign_in("boss").await;
    let mut main = desk.services().await.remove(0);
    main.members = MembersForm::Listed { attendants: vec!["1".into(), attendant] };
    ask(&desk.app, Request::PutService { service: Box::new(main) }).await;
    desk.sign_in("rita").await;
    ask(&desk.app, Request::SetDuty { on_duty: true }).await;
    desk.exchange.ring(7, "+41791112233").await;
    let view = until(&desk.app, "rings", |view| view.me.offer.is_some()).await;
    ask(&desk.app, Request::Accept { offer: view.me.offer.expect("an offer").offer }).await;
    until(&desk.app, "speaks", |view| view.calls.len() == 1).await;

    let id = rita.parse().expect("an id");
    let settings = PersonSettings { licensed: true, blocked: true, profile: None };
    desk.store.set_person(id, &settings).await.expect("she is blocked");
    desk.session_until("was sent away", |view| view.state != SessionState::SignedIn).await;
    assert!(desk.refusal(Request::GetConsole {}).await.is_some());
    desk.sign_in("boss").await;
    let call = CallId(7).to_string();
    let view = until(&desk.app, "waits again", |view| view.queue.iter().any(|row| row.call == call)).await;
    assert!(view.calls.is_empty(), "{view:?}");
    desk.app.shut_down().await;
}

/// DATA-6: her profile goes, not her; and nobody who may still come back.
#[tokio::test]
async fn who_left_a_month_ago_is_forgotten_and_the_log_says_how_many_data_6() {
    let (store, people) = (Arc::new(MemoryStore::default()), Entrances::new());
    let now = UNIX_EPOCH.elapsed().expect("it is after 1970").as_millis() as i64;
    let days = |days: i64| Timestamp(now - days * 24 * 60 * 60 * 1000);
    let mut left = Vec::new();
    for (object, when) in [("rita", days(31)), ("tom", days(40)), ("ueli", days(29))] {
        let id = store.add_person(&subject(object), &profile(object), true).await.expect("added").id;
        store.remove_person(id, when).await.expect("removed");
        left.push(id);
    }
    let _app = open_through(&store, &Exchange::new(), &people).await;
    let entry = tokio::time::timeout(PATIENCE, async {
        loop {
            let entries = people.access_log.entries();
            match entries.into_iter().find(|entry| entry.action.as_str() == "forget-leavers") {
                Some(entry) => return entry,
                None => tokio::task::yield_now().await,
            }
        }
    });
    assert_eq!(entry.await.expect("it is written down").times.get(), 2);
    let mut known = Vec::new();
    for id in left {
        known.push(store.standing_of(id).await.expect("it works").is_some());
    }
    assert_eq!(known, [false, false, true]);
}

#[tokio::test]
async fn a_console_that_nobody_sits_at_tells_nothing() {
    let desk = Organisation::new(None).await;
    ask(&desk.app, Request::StartTraining {}).await;
    ask(&desk.app, Request::SignOut {}).await;
    desk.session_until("went", |view| view.state == SessionState::SignedOut).await;
    let mut events = desk.app.events();
    desk.exchange.ring(7, "+41791112233").await;
    desk.people.sign_in.will(Ok(person("boss")));
    ask(&desk.app, Request::SignIn {}).await;
    loop {
        let event = tokio::time::timeout(PATIENCE, events.recv()).await.expect("in time").expect("an event");
        let told = serde_json::to_value(&event).expect("an event is JSON");
        if told["payload"]["state"] == json!("signed_in") {
            break;
        }
        assert_eq!(told["event"], json!("session"), "{told}");
    }
    until(&desk.app, "sees the caller", |view| view.queue.len() == 1).await;
    desk.app.shut_down().await;
}

#[tokio::test]
async fn what_administrators_do_waits_for_a_proof_and_then_goes_on_id_3() {
    let desk = Organisation::new(Some("c1")).await;
    let (app, people) = (desk.app.clone(), &desk.people);
    let unit = UnitForm { id: None, name: "Region".into(), parent: None };
    let asked = tokio::spawn({
        let (app, unit) = (app.clone(), unit.clone());
        async move { app.handle(Request::PutUnit { unit }).await }
    });
    let waiting = desk.session_until("asks for a proof", |view| view.step_up).await;
    assert_eq!((waiting.state, waiting.link.is_some()), (SessionState::SignedIn, true));
    // What is not an administrator's goes on meanwhile.
    assert!(matches!(ask(&app, Request::GetConsole {}).await, Response::Console(_)));
    assert_eq!(
        people.sign_in.begun().last(),
        Some(&Wants { context: Some("c1".into()), ..Wants::default() })
    );
    people.sign_in.answer(Ok(SignedIn { contexts: BTreeSet::from(["c1".to_owned()]), ..person("boss") }));
    let done = asked.await.expect("it does not panic");
    assert!(matches!(done, Ok(Response::Saved(_))), "the interrupted action goes on: {done:?}");
    // Proven once, it is not asked again; and who gives up has done nothing.
    let again = Request::PutUnit { unit: UnitForm { name: "Other".into(), ..unit.clone() } };
    assert!(desk.refusal(again).await.is_none());
    people.sign_in.will(Ok(person("boss")));
    ask(&app, Request::SignIn {}).await;
    people.sign_in.will(Err(Why::Cancelled));
    let third = Request::PutUnit { unit: UnitForm { name: "Third".into(), ..unit } };
    assert_eq!(desk.refusal(third).await.expect("refused").code, "sign-in.cancelled");
    desk.app.shut_down().await;
}

#[tokio::test]
async fn a_change_is_told_field_by_field_and_taken_back_unless_overtaken() {
    let desk = Organisation::new(None).await;
    let sales = desk.service("Sales", None).await;
    let changed = ServiceForm { rona_ms: 25_000, ..sales.clone() };
    ask(&desk.app, Request::PutService { service: Box::new(changed.clone()) }).await;
    let page = desk.changes().await;
    let last = &page.changes[0];
    assert_eq!((last.by.as_str(), last.name.as_str()), ("boss", "Sales"));
    let shown: Vec<_> = last
        .differences
        .iter()
        .map(|it| (it.field.as_str(), it.before.as_deref(), it.after.as_deref()))
        .collect();
    let before = sales.rona_ms.to_string();
    assert_eq!(shown, [("rona_ms", Some(before.as_str()), Some("25000"))]);

    // Taken back, itself a change that can be taken back.
    ask(&desk.app, Request::UndoChange { change: last.id.clone() }).await;
    let now = desk.services().await.into_iter().find(|it| it.id == sales.id);
    assert_eq!(now, Some(sales.clone()));
    let page = desk.changes().await;
    assert_eq!(page.changes[0].undoes.as_deref(), Some(last.id.as_str()));
    let twice = desk.refusal(Request::UndoChange { change: last.id.clone() }).await;
    assert_eq!(twice.expect("once is enough").code, "change.lasting");

    // What was changed since is not lost by taking back an older change.
    ask(&desk.app, Request::PutService { service: Box::new(changed.clone()) }).await;
    let older = desk.changes().await.changes[0].id.clone();
    let newer = ServiceForm { rona_ms: 10_000, ..sales.clone() };
    ask(&desk.app, Request::PutService { service: Box::new(newer) }).await;
    let overtaken = desk.refusal(Request::UndoChange { change: older }).await;
    assert_eq!(overtaken.expect("refused").code, "change.overtaken");

    // A unit is free again once its service is gone.
    let unit = desk.unit("Region", None).await;
    let passing = desk.service("Passing", Some(&unit)).await;
    ask(&desk.app, Request::RemoveService { service: passing.id.expect("it has one") }).await;
    ask(&desk.app, Request::RemoveUnit { unit }).await;

    // What was removed comes back as itself.
    let id = sales.id.clone().expect("it has one");
    let there = desk.services().await.into_iter().find(|it| it.id == sales.id).expect("it is there");
    ask(&desk.app, Request::RemoveService { service: id.clone() }).await;
    let removed = desk.changes().await.changes[0].id.clone();
    ask(&desk.app, Request::UndoChange { change: removed }).await;
    let back = desk.services().await.into_iter().find(|it| it.id.as_deref() == Some(&id));
    assert_eq!(back, Some(there));
    desk.app.shut_down().await;
}

#[tokio::test]
async fn an_owner_sees_and_takes_back_changes_of_her_unit_only_id_5() {
    let desk = Organisation::new(None).await;
    let (own, other) = (desk.unit("Hers", None).await, desk.unit("Theirs", None).await);
    desk.service("In hers", Some(&own)).await;
    let theirs = desk.service("In theirs", Some(&other)).await;
    let foreign = desk.changes().await.changes.into_iter().find(|it| it.object == theirs.id).expect("noted");
    desk.user("olga", vec![GrantForm { role: RoleName::ServiceOwner, unit: Some(own) }]).await;
    desk.sign_in("olga").await;
    let names: Vec<String> = desk.changes().await.changes.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["In hers"]);
    let refused = desk.refusal(Request::UndoChange { change: foreign.id }).await.expect("refused");
    assert_eq!(refused.code, "request.forbidden");
    desk.app.shut_down().await;
}

#[tokio::test]
async fn with_a_full_disk_no_administrator_acts_unrecorded_and_calls_go_on_id_7() {
    let desk = Organisation::new(None).await;
    ask(&desk.app, Request::StartTraining {}).await;
    desk.people.access_log.set_full(true);
    let unit = UnitForm { id: None, name: "Region".into(), parent: None };
    let refused = desk.refusal(Request::PutUnit { unit }).await.expect("refused");
    assert_eq!(refused.code, "access.not-recorded");
    assert!(desk.store.units().await.expect("the store works").is_empty(), "nothing was done");
    ask(&desk.app, Request::SetDuty { on_duty: true }).await;
    desk.exchange.ring(7, "+41791112233").await;
    let view = until(&desk.app, "rings", |view| view.me.offer.is_some()).await;
    ask(&desk.app, Request::Accept { offer: view.me.offer.expect("an offer").offer }).await;
    desk.people.access_log.set_full(false);
    desk.app.shut_down().await;
    let actions: Vec<String> =
        desk.people.access_log.entries().iter().map(|entry| entry.action.as_str().to_owned()).collect();
    let late =
        actions.iter().position(|action| action == "access-log-entries-late").expect("the gap is told");
    assert!(actions[late..].iter().any(|action| action == "accept"), "{actions:?}");
}

#[tokio::test]
async fn the_last_administrator_stays_and_a_user_by_hand_needs_the_id_of_the_issuer_id_4() {
    let desk = Organisation::new(None).await;
    let boss = desk.session().await.person.and_then(|person| person.id).expect("she has an id");
    let none = Request::SetGrants { user: boss, grants: Vec::new() };
    assert_eq!(desk.refusal(none).await.expect("refused").code, "roster.last-administrator");
    let form = UserForm {
        id: None,
        object: String::new(),
        name: "Rita Frei".into(),
        first_name: String::new(),
        last_name: String::new(),
        email: None,
        username: "rita@example.com".into(),
        licensed: true,
        blocked: false,
    };
    let refused = desk.refusal(Request::PutUser { user: form.clone() }).await.expect("refused");
    assert_eq!(refused.field.as_deref(), Some("object"));
    desk.saved(Request::PutUser { user: UserForm { object: "rita".into(), ..form } }).await;
    desk.sign_in("rita").await;
    desk.app.shut_down().await;
}

/// REPORT-3: an owner watches her services and their attendants; who leaves watches nothing any more.
#[tokio::test]
async fn an_owner_watches_her_services_only_and_until_she_leaves_id_5() {
    let desk = Organisation::new(None).await;
    ask(&desk.app, Request::StartTraining {}).await;
    let (own, other) = (desk.unit("Hers", None).await, desk.unit("Theirs", None).await);
    let owner = GrantForm { role: RoleName::ServiceOwner, unit: Some(own.clone()) };
    desk.user("olga", vec![owner]).await;
    desk.sign_in("olga").await;
    let olga = desk.app.console().await.expect("a console").me.attendant;
    desk.sign_in("boss").await;
    let hers = desk.service("In hers", Some(&own)).await;
    let theirs = desk.service("In theirs", Some(&other)).await;
    for (service, member) in [(&hers, olga.as_str()), (&theirs, "1")] {
        let members = MembersForm::Listed { attendants: vec![member.to_owned()] };
        let service = ServiceForm { members, ..service.clone() };
        ask(&desk.app, Request::PutService { service: Box::new(service) }).await;
    }
    let watch = || request("watch_board", json!({ "watch": "a", "time_zone": "UTC" }));
    let seen = async || {
        let Response::Board(board) = ask(&desk.app, watch()).await else { panic!("a board") };
        let services: Vec<String> = board.services.into_iter().map(|it| it.name).collect();
        (services, board.attendants.into_iter().map(|it| it.id).collect::<Vec<_>>())
    };
    let (services, attendants) = seen().await;
    assert_eq!((services.len(), attendants.len()), (3, 2), "the administrator sees all");

    desk.sign_in("olga").await;
    assert_eq!(seen().await, (vec!["In hers".to_owned()], vec![olga.clone()]));
    let set = |service: &ServiceForm| {
        let form = json!({ "formula": "service_level_abandons_ignored", "sla_seconds": null, "levels": [] });
        request("set_board_rules", json!({ "service": service.id, "form": form }))
    };
    assert!(desk.refusal(set(&hers)).await.is_none());
    assert_eq!(desk.refusal(set(&theirs)).await.expect("refused").code, "request.forbidden");
    let for_all = request("set_board_rules", json!({ "service": null, "form": null }));
    assert_eq!(desk.refusal(for_all).await.expect("refused").code, "request.forbidden");
    let duty =
        |attendant: &str| request("set_attendant_duty", json!({ "attendant": attendant, "on_duty": false }));
    assert!(desk.refusal(duty(&olga)).await.is_none(), "she is a member of hers alone");
    assert_eq!(desk.refusal(duty("1")).await.expect("refused").code, "request.forbidden");

    let mut events = desk.app.events();
    ask(&desk.app, Request::SignOut {}).await;
    desk.session_until("went", |view| view.state == SessionState::SignedOut).await;
    desk.sign_in("boss").await;
    desk.exchange.ring(7, "+41791112233").await;
    until(&desk.app, "sees the caller", |view| view.queue.len() == 1).await;
    while let Ok(event) = events.try_recv() {
        assert!(!matches!(event, UiEvent::Board(_)), "nobody watches: {event:?}");
    }
    desk.app.shut_down().await;
    let logged = desk.people.access_log.entries();
    let was = |action: &str| logged.iter().any(|entry| entry.action.as_str() == action);
    assert!(["watch-board", "set-board-rules", "set-attendant-duty"].iter().all(|action| was(action)));
}
