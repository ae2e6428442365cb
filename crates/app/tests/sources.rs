//! Sources of contacts, presence and calendars at the desk (DIR-1, DIR-3, DIR-5): when they are read, what stays when they are not, how
//! they stand in words, and that one person's contacts leave with her.

#[path = "support/console.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use app::App;
use app::api::wire::sources::{
    BusyName, LdapAttributesForm, LdapForm, LdapSecurityName, PresenceTold, SourceForm, SourceHealthName,
    SourceKindName, SourceView,
};
use app::api::wire::{
    AvailabilityName, ChangeKind, IssuerName, Request, Response, SignInForm, SubjectName, UiEvent,
};
use contracts::book::{Contact, ContactBook, Endpoint, EndpointKind};
use contracts::calendar::{Busy, FreeBusy, Slot};
use contracts::line::ReportingLine;
use contracts::memory::{MemoryStore, Told};
use contracts::presence::{Availability, Moment, PresenceId, PresenceProblem};
use contracts::roster::Subject;
use contracts::secrets::Secrets;
use contracts::settings::SettingsStore;
use contracts::sign_in::{SignIn, SignInState, SignedIn, Wants};
use contracts::sources::{Again, Extent, HealthState, SourcePage, SourceProblem, password_name};
use data_encoding::BASE64;
use engine::Timestamp;
use support::{Entrances, Exchange, PATIENCE, ask, open_through};

struct Desk {
    app: Arc<App>,
    store: Arc<MemoryStore>,
    behind: Entrances,
}

fn contact(key: &str, name: &str) -> Contact {
    let endpoint = Endpoint { kind: EndpointKind::Work, address: "4010".to_owned() };
    Contact {
        key: key.to_owned(),
        display_name: name.to_owned(),
        email: format!("{key}@example.com"),
        endpoints: vec![endpoint],
        ..Contact::default()
    }
}

fn all(names: &[(&str, &str)]) -> Told {
    let contacts = names.iter().map(|(key, name)| contact(key, name)).collect();
    Told::all(SourcePage { contacts, gone: Vec::new() })
}

fn form(kind: SourceKindName) -> SourceForm {
    SourceForm { id: None, name: "Colleagues".to_owned(), kind, mailbox: None, ldap: None }
}

fn directory() -> LdapForm {
    LdapForm {
        host: "ldap.example.com".to_owned(),
        port: 636,
        security: LdapSecurityName::Ldaps,
        authority: String::new(),
        bind_dn: "cn=usher".to_owned(),
        password: "open sesame".into(),
        base_dn: "dc=example".to_owned(),
        filter: "(mail=*)".to_owned(),
        attributes: LdapAttributesForm {
            key: "entryUUID".to_owned(),
            display_name: "cn".to_owned(),
            first_name: String::new(),
            last_name: String::new(),
            company: String::new(),
            department: String::new(),
            title: String::new(),
            city: String::new(),
            email: "mail".to_owned(),
            work: String::new(),
            mobile: String::new(),
            home: String::new(),
            sip: String::new(),
            custom: String::new(),
            manager: String::new(),
        },
    }
}

impl Desk {
    async fn open() -> Desk {
        Desk::open_on(Arc::default(), Entrances::new()).await
    }

    async fn open_on(store: Arc<MemoryStore>, behind: Entrances) -> Desk {
        let app = open_through(&store, &Exchange::new(), &behind).await;
        Desk { app, store, behind }
    }

    /// The same desk after a restart.
    async fn again(self) -> Desk {
        self.app.shut_down().await;
        Desk::open_on(self.store, self.behind).await
    }

    /// Adds a source that tells nothing yet.
    async fn add(&self, form: SourceForm) -> String {
        let Response::Saved(saved) = ask(&self.app, Request::PutSource { source: Box::new(form) }).await
        else {
            panic!("saved")
        };
        saved.id
    }

    async fn refused(&self, form: SourceForm) -> (String, Option<String>) {
        let error =
            self.app.handle(Request::PutSource { source: Box::new(form) }).await.expect_err("refused");
        (error.code, error.field)
    }

    /// It is read now, and tells this.
    async fn reads(&self, source: &str, told: Result<Told, SourceProblem>) {
        self.behind.sources.will_tell(source, told);
        ask(&self.app, Request::RefreshSource { source: source.to_owned() }).await;
    }

    async fn sources(&self) -> Vec<SourceView> {
        let Response::Sources(sources) = ask(&self.app, Request::GetSources {}).await else {
            panic!("sources")
        };
        sources
    }

    async fn until(&self, source: &str, what: &str, wanted: impl Fn(&SourceView) -> bool) -> SourceView {
        let begun = tokio::time::Instant::now();
        let mut events = self.app.events();
        loop {
            let view = self.sources().await.into_iter().find(|view| view.id == source).expect("it is there");
            if wanted(&view) {
                return view;
            }
            assert!(begun.elapsed() < PATIENCE, "never {what}: {view:?}");
            let _ = tokio::time::timeout(Duration::from_millis(50), events.recv()).await;
        }
    }

    /// The source of the organisation's users, once it has added itself.
    async fn users(&self) -> SourceView {
        let begun = tokio::time::Instant::now();
        let mut events = self.app.events();
        loop {
            let sources = self.sources().await;
            if let Some(users) = sources.into_iter().find(|it| it.kind == SourceKindName::EntraUsers) {
                return users;
            }
            assert!(begun.elapsed() < PATIENCE, "the users never came");
            let _ = tokio::time::timeout(Duration::from_millis(50), events.recv()).await;
        }
    }

    /// Whoever is signed in was seen by what sees that the users are a source.
    async fn settled(&self) {
        let begun = tokio::time::Instant::now();
        while self.store.get("users_source_offered").await.expect("it is read").is_none() {
            assert!(begun.elapsed() < PATIENCE, "nobody looked");
            tokio::task::yield_now().await;
        }
    }

    async fn stands(&self, source: &str, state: SourceHealthName) -> SourceView {
        self.until(source, &format!("{state:?}"), |view| view.state == state && view.last_try.is_some()).await
    }

    async fn found(&self, query: &str) -> Vec<String> {
        let search = Request::SearchContacts { query: query.to_owned(), limit: 10, caller: None };
        let Response::Search(result) = ask(&self.app, search).await else { panic!("a result") };
        result.contacts.into_iter().map(|contact| contact.display_name).collect()
    }

    async fn id_of(&self, key: &str) -> String {
        let everybody = self.store.all().await.expect("it is read");
        everybody.iter().find(|contact| contact.key == key).expect("there").id.to_string()
    }

    /// People sign in here; the first is the administrator.
    async fn with_sign_in(self) -> Desk {
        let form = SignInForm {
            issuer: IssuerName::EntraGlobal,
            tenant: Some("t1".to_owned()),
            url: None,
            client_id: "usher".to_owned(),
            tenants: Vec::new(),
            step_up: None,
        };
        ask(&self.app, Request::PutSignIn { form: Some(form) }).await;
        self
    }

    async fn sign_in(&self, object: &str) {
        self.behind.sign_in.will(Ok(person(object)));
        ask(&self.app, Request::SignIn {}).await;
        let begun = tokio::time::Instant::now();
        while !matches!(self.app.handle(Request::GetSources {}).await, Ok(Response::Sources(_))) {
            assert!(begun.elapsed() < PATIENCE, "{object} never sat down");
            tokio::task::yield_now().await;
        }
    }
}

fn person(object: &str) -> SignedIn {
    SignedIn {
        subject: Subject { tenant: "t1".to_owned(), object: object.to_owned() },
        name: object.to_owned(),
        username: format!("{object}@example.com"),
        email: None,
        signed_in_at: Timestamp(1),
        contexts: BTreeSet::new(),
    }
}

fn away() -> SourceProblem {
    SourceProblem::stale(
        "ldap.unreachable",
        "The directory cannot be reached.",
        Again::After(Duration::from_secs(3600)),
    )
}

/// DIR-1, DIR-5: cut the network, and what was read stays, with its age and what is wrong.
#[tokio::test]
async fn what_was_read_stays_when_the_source_is_away_and_its_age_is_told_dir_5() {
    let desk = Desk::open().await;
    let id = desk.add(form(SourceKindName::EntraUsers)).await;
    let unread = desk.stands(&id, SourceHealthName::Stale).await;
    assert_eq!((unread.last_ok, unread.contacts), (None, 0));
    desk.reads(&id, Ok(all(&[("a", "Anna Huber"), ("b", "Bert Keller")]))).await;
    let read = desk.stands(&id, SourceHealthName::Ok).await;
    assert_eq!((read.contacts, read.message, read.progress), (2, None, None));
    assert!(read.last_ok.is_some());
    assert_eq!(desk.found("anna").await, ["Anna Huber"]);

    desk.reads(&id, Err(away())).await;
    let stale = desk.stands(&id, SourceHealthName::Stale).await;
    assert_eq!((stale.code.as_str(), stale.contacts, stale.last_ok), ("ldap.unreachable", 2, read.last_ok));
    assert_eq!(stale.message.as_deref(), Some("The directory cannot be reached."));
    assert_eq!(desk.found("anna").await, ["Anna Huber"], "the search goes on");

    // Broken off in the middle: as if it had not been begun.
    let half = SourcePage { contacts: vec![contact("c", "Cleo New")], gone: Vec::new() };
    let broken = Told { extent: Extent::Everything, pages: vec![Ok(half), Err(away())], mark: None };
    desk.reads(&id, Ok(broken)).await;
    desk.until(&id, "tried again", |view| view.last_try > stale.last_try && view.progress.is_none()).await;
    assert_eq!(desk.found("anna").await, ["Anna Huber"]);
    assert!(desk.found("cleo").await.is_empty());

    // The same after a restart, without the network.
    let desk = desk.again().await;
    let view = desk.stands(&id, SourceHealthName::Stale).await;
    assert_eq!((view.contacts, view.last_ok), (2, read.last_ok));
    assert_eq!(desk.found("anna").await, ["Anna Huber"]);
}

/// DIR-1: changes go on from the mark, over a restart too, and whoever stays is who she was.
#[tokio::test]
async fn changes_are_taken_in_and_the_mark_is_kept_dir_1() {
    let desk = Desk::open().await;
    let id = desk.add(form(SourceKindName::EntraUsers)).await;
    let everything =
        Told { mark: Some("first".to_owned()), ..all(&[("a", "Anna Huber"), ("b", "Bert Keller")]) };
    desk.reads(&id, Ok(everything)).await;
    desk.stands(&id, SourceHealthName::Ok).await;
    let anna = desk.id_of("a").await;
    let changed = SourcePage { contacts: vec![contact("a", "Anna Meier")], gone: vec!["b".to_owned()] };
    let changes = Told { extent: Extent::Changes, pages: vec![Ok(changed)], mark: Some("second".to_owned()) };
    desk.reads(&id, Ok(changes)).await;
    desk.until(&id, "read", |view| view.contacts == 1).await;
    assert_eq!(desk.found("anna").await, ["Anna Meier"]);
    assert_eq!(desk.id_of("a").await, anna, "she keeps her id");

    let nothing = Told { extent: Extent::Changes, pages: Vec::new(), mark: Some("third".to_owned()) };
    desk.behind.sources.will_tell(&id, Ok(nothing));
    let desk = desk.again().await;
    desk.stands(&id, SourceHealthName::Ok).await;
    let begun = desk.behind.sources.begun();
    let marks: Vec<Option<String>> = begun.borrow().iter().map(|(_, mark)| mark.clone()).collect();
    assert_eq!(marks.last(), Some(&Some("second".to_owned())), "{marks:?}");
}

/// A large directory comes in parts: whoever is named by her place in it is a manager all the same, and everybody keeps her id. It goes
/// in parts, too.
#[tokio::test]
async fn a_large_directory_is_taken_over_in_parts_dir_1_dir_4() {
    const PEOPLE: usize = 12_000;
    let desk = Desk::open().await;
    let id = desk.add(form(SourceKindName::EntraUsers)).await;
    let told = |boss: &str, people: usize| {
        let person = |n: usize| Contact {
            place: format!("uid={n},dc=example"),
            manager: if n == 0 { String::new() } else { "uid=0, dc=example".to_owned() },
            ..contact(&format!("k{n}"), &if n == 0 { boss.to_owned() } else { format!("Worker W{n}") })
        };
        Told::all(SourcePage { contacts: (0..people).map(person).collect(), gone: Vec::new() })
    };
    desk.reads(&id, Ok(told("Anna Huber", PEOPLE))).await;
    desk.until(&id, "read", |view| view.contacts == PEOPLE as u64).await;
    let everybody = desk.store.all().await.expect("it is read");
    let led = everybody.iter().filter(|contact| contact.manager == "k0" && contact.place.is_empty());
    assert_eq!(led.count(), PEOPLE - 1);
    let one = desk.id_of("k11000").await;
    desk.reads(&id, Ok(told("Anna Meier", PEOPLE - 1))).await;
    desk.until(&id, "read again", |view| view.contacts == PEOPLE as u64 - 1).await;
    assert_eq!(desk.found("anna").await, ["Anna Meier"]);
    assert_eq!(desk.id_of("k11000").await, one, "she keeps her id");

    ask(&desk.app, Request::RemoveSource { source: id.clone() }).await;
    assert!(desk.found("anna").await.is_empty());
    assert!(desk.store.all().await.expect("it is read").is_empty());
}

#[tokio::test]
async fn a_source_that_suddenly_names_nobody_is_not_believed_dir_5() {
    let desk = Desk::open().await;
    let id = desk.add(form(SourceKindName::OrganisationContacts)).await;
    desk.reads(&id, Ok(all(&[("a", "Anna Huber")]))).await;
    desk.stands(&id, SourceHealthName::Ok).await;
    desk.reads(&id, Ok(all(&[]))).await;
    let failed = desk.stands(&id, SourceHealthName::Failed).await;
    assert_eq!((failed.code.as_str(), failed.contacts), ("source.empty", 1));
    assert_eq!(desk.found("anna").await, ["Anna Huber"]);
}

/// DIR-1: a missing consent says what it costs, and stops nothing else.
#[tokio::test]
async fn a_missing_consent_is_told_with_what_it_costs_dir_1() {
    let desk = Desk::open().await;
    let users = desk.add(form(SourceKindName::EntraUsers)).await;
    let others = desk.add(form(SourceKindName::OrganisationContacts)).await;
    let consent = SourceProblem {
        state: HealthState::NeedsConsent,
        code: "graph.consent",
        message: "An administrator must grant it.".to_owned(),
        costs: "Colleagues are not found.".to_owned(),
        again: Again::AtSignIn,
    };
    desk.reads(&users, Err(consent)).await;
    desk.reads(&others, Ok(all(&[("a", "Anna Huber")]))).await;
    let told = desk.stands(&users, SourceHealthName::NeedsConsent).await;
    assert_eq!(told.costs.as_deref(), Some("Colleagues are not found."));
    desk.stands(&others, SourceHealthName::Ok).await;
    assert_eq!(desk.found("anna").await, ["Anna Huber"]);
    let twin = desk.refused(form(SourceKindName::EntraUsers)).await;
    assert_eq!(twin, ("setting.taken".to_owned(), Some("kind".to_owned())), "nobody is read twice");
}

/// DIR-1, DATA-4: personal contacts are hers who is signed in, and nobody else finds them.
#[tokio::test]
async fn personal_contacts_leave_with_her_and_come_back_with_her_dir_1() {
    let desk = Desk::open().await.with_sign_in().await;
    desk.sign_in("boss").await;
    let id = desk.add(form(SourceKindName::OutlookContacts)).await;
    desk.reads(&id, Ok(all(&[("a", "Aunt Emma")]))).await;
    desk.stands(&id, SourceHealthName::Ok).await;
    assert_eq!(desk.found("emma").await, ["Aunt Emma"]);

    let nobody = SourceProblem::stale("graph.signed-out", "Nobody is signed in.", Again::AtSignIn);
    desk.behind.sources.will_tell(&id, Err(nobody));
    ask(&desk.app, Request::SignOut {}).await;
    let begun = tokio::time::Instant::now();
    while !desk.store.all().await.expect("it is read").is_empty() {
        assert!(begun.elapsed() < PATIENCE, "they never left");
        tokio::task::yield_now().await;
    }
    desk.behind.sources.will_tell(&id, Ok(all(&[("a", "Aunt Emma")])));
    desk.sign_in("boss").await;
    desk.stands(&id, SourceHealthName::Ok).await;
    assert_eq!(desk.found("emma").await, ["Aunt Emma"]);
}

/// DIR-1, DIR-5: what only a sign-in opens, or the network, is read once that has come, without anybody asking.
#[tokio::test]
async fn a_confirmation_and_the_network_let_a_source_be_read_again_dir_1() {
    let desk = Desk::open().await.with_sign_in().await;
    desk.sign_in("boss").await;
    let id = desk.users().await.id;
    let step_up = || SourceProblem::stale("graph.step-up", "Confirm it.", Again::AtSignIn);
    desk.reads(&id, Err(step_up())).await;
    desk.until(&id, "stopped", |view| view.code == "graph.step-up" && view.progress.is_none()).await;
    desk.behind.sources.will_tell(&id, Ok(all(&[("a", "Anna Huber")])));
    desk.behind.sign_in.begin(Wants::default()).await.expect("it begins");
    desk.behind.sign_in.answer(Ok(person("boss")));
    desk.stands(&id, SourceHealthName::Ok).await;

    desk.reads(&id, Err(step_up())).await;
    desk.until(&id, "stopped", |view| view.code == "graph.step-up" && view.progress.is_none()).await;
    let state = |offline_since| SignInState::SignedIn { who: Arc::new(person("boss")), offline_since };
    desk.behind.sign_in.set(state(Some(Timestamp(1))));
    desk.behind.sources.will_tell(&id, Ok(all(&[("a", "Anna Huber")])));
    desk.behind.sign_in.set(state(None));
    desk.stands(&id, SourceHealthName::Ok).await;
}

/// DIR-1: files show as sources, can be removed, and books from before there were sources are taken up.
#[tokio::test]
async fn imported_files_are_sources_that_can_be_removed_dir_1() {
    let store: Arc<MemoryStore> = Arc::default();
    store.replace("old.csv", vec![contact("o", "Old Friend")]).await.expect("it is kept");
    let desk = Desk::open_on(store, Entrances::new()).await;
    let content_base64 = BASE64.encode(b"Name,Phone\nAnna Huber,4010\n");
    ask(&desk.app, Request::ImportContacts { file_name: "new.csv".to_owned(), content_base64 }).await;
    let shown = |sources: Vec<SourceView>| -> Vec<(String, SourceKindName, u64, bool)> {
        sources.into_iter().map(|it| (it.name, it.kind, it.contacts, it.can_refresh)).collect()
    };
    let services = ("Services".to_owned(), SourceKindName::Services, 1, false);
    let (new, old) = (
        ("new.csv".to_owned(), SourceKindName::File, 1, false),
        ("old.csv".to_owned(), SourceKindName::File, 1, false),
    );
    assert_eq!(shown(desk.sources().await), [new, old.clone(), services.clone()]);
    let refresh = desk.app.handle(Request::RefreshSource { source: "old.csv".to_owned() }).await;
    assert_eq!(refresh.expect_err("a file is imported").code, "setting.unknown");

    ask(&desk.app, Request::RemoveSource { source: "new.csv".to_owned() }).await;
    assert!(desk.found("anna").await.is_empty());
    let desk = desk.again().await;
    assert_eq!(shown(desk.sources().await), [old, services]);
    assert_eq!(desk.found("friend").await, ["Old Friend"]);
}

/// Sends these parts of a file; what the last one is answered with.
async fn import_in_parts(
    desk: &Desk,
    file_name: &str,
    parts: &[&[u8]],
    ends: bool,
) -> Result<app::api::wire::ImportStep, app::api::wire::ApiError> {
    let mut import = None;
    let mut answered = None;
    for (nth, part) in parts.iter().enumerate() {
        let request = Request::ImportPart {
            file_name: file_name.to_owned(),
            import: import.take(),
            content_base64: BASE64.encode(part),
            is_last: ends && nth + 1 == parts.len(),
        };
        let Response::ImportStep(step) = desk.app.handle(request).await? else { panic!("a step") };
        import = Some(step.import.clone());
        answered = Some(*step);
    }
    Ok(answered.expect("there is a part"))
}

/// DIR-1, DIR-5: a file comes in parts; what was there stays until the last one, and whoever stops changes nothing.
#[tokio::test]
async fn a_file_in_parts_takes_the_place_of_its_book_with_the_last_one_dir_5() {
    let desk = Desk::open().await;
    import_in_parts(&desk, "s.csv", &[b"Name,Phone\nOld Friend,4009\n"], true).await.expect("it is imported");
    assert_eq!(desk.found("friend").await, ["Old Friend"]);

    let parts: [&[u8]; 3] =
        ["Name,Phone\nJürg Hu".as_bytes(), b"ber,4010\n\"Broken,4011\nNob", b"ody,none\nZoe Hu"];
    let step = import_in_parts(&desk, "s.csv", &parts, false).await.expect("it goes on");
    assert_eq!(step.report, None);
    assert_eq!(
        (desk.found("friend").await, desk.found("huber").await),
        (vec!["Old Friend".to_owned()], Vec::new())
    );
    let next = |import: &str, content: &[u8], is_last| Request::ImportPart {
        file_name: "s.csv".to_owned(),
        import: Some(import.to_owned()),
        content_base64: BASE64.encode(content),
        is_last,
    };
    let answer = desk.app.handle(next(&step.import, b"ber,4012\n", true)).await;
    let Ok(Response::ImportStep(last)) = answer else { panic!("{answer:?}") };
    let report = last.report.expect("the last part");
    let wrong: Vec<(u32, bool)> = report.rejected.iter().map(|row| (row.line, row.kept)).collect();
    assert_eq!((report.imported, wrong), (2, vec![(3, false), (4, true), (4, false)]));
    let mut found = desk.found("huber").await;
    found.sort();
    assert_eq!(found, ["Jürg Huber", "Zoe Huber"]);
    assert!(desk.found("friend").await.is_empty());

    // The import is over: nothing comes after its end.
    let late = desk.app.handle(next(&step.import, b"Late,4013\n", true)).await;
    assert_eq!(late.expect_err("it is over").code, "import.stopped");
}

/// DIR-5.
#[tokio::test]
async fn an_import_that_is_stopped_or_cannot_be_read_changes_nothing_dir_5() {
    let desk = Desk::open().await;
    import_in_parts(&desk, "s.csv", &[b"Name,Phone\nOld Friend,4009\n"], true).await.expect("it is imported");
    let begun: [&[u8]; 2] = [b"Name,Phone\n", b"Anna Huber,4010\n"];
    let last = |import: &str| Request::ImportPart {
        file_name: "s.csv".to_owned(),
        import: Some(import.to_owned()),
        content_base64: String::new(),
        is_last: true,
    };

    let stopped = import_in_parts(&desk, "s.csv", &begun, false).await.expect("it goes on");
    ask(&desk.app, Request::CancelImport { import: stopped.import.clone() }).await;
    let refused = desk.app.handle(last(&stopped.import)).await.expect_err("it was stopped");
    assert_eq!(refused.code, "import.stopped");

    let first = import_in_parts(&desk, "s.csv", &begun, false).await.expect("it goes on");
    let second = import_in_parts(&desk, "t.csv", &begun, false).await.expect("it goes on");
    let refused = desk.app.handle(last(&first.import)).await.expect_err("another one was begun");
    assert_eq!(refused.code, "import.stopped");
    // Whoever stops the first does not stop the second.
    ask(&desk.app, Request::CancelImport { import: first.import }).await;
    let wrong_name = desk.app.handle(last(&second.import)).await.expect_err("it is of another file");
    assert_eq!(wrong_name.code, "import.stopped");

    let unreadable: [&[u8]; 2] = [b"Name,Phone\nAnna Huber,4010\n", b"\0\0"];
    let refused = import_in_parts(&desk, "s.csv", &unreadable, true).await.expect_err("no text");
    assert_eq!(refused.code, "import.unreadable");
    let control = import_in_parts(&desk, "\u{1}s.csv", &begun, true).await.expect_err("no name");
    assert_eq!(control.code, "request.invalid");
    assert_eq!(desk.found("friend").await, ["Old Friend"]);
    assert!(desk.found("huber").await.is_empty());
    let desk = desk.again().await;
    assert_eq!(desk.found("friend").await, ["Old Friend"]);
}

/// The password goes to the keychain, comes back nowhere, and leaves with the source; the change is in the history.
#[tokio::test]
async fn a_directory_is_entered_changed_and_removed_dir_1() {
    let desk = Desk::open().await;
    let form = SourceForm { ldap: Some(directory()), ..form(SourceKindName::Ldap) };
    let id = desk.add(form.clone()).await;
    let kept = desk.behind.secrets.get(&password_name(&id)).expect("it answers").expect("it is kept");
    assert_eq!(kept.danger_expose(), b"open sesame");
    let shown = desk.stands(&id, SourceHealthName::Stale).await.form.expect("she may change it");
    let without = LdapForm { password: "".into(), ..directory() };
    assert_eq!(shown.ldap, Some(without.clone()));

    // Without a password the one from before stays.
    let moved = LdapForm { host: "ldap2.example.com".to_owned(), ..without };
    desk.add(SourceForm { id: Some(id.clone()), ldap: Some(moved), ..form.clone() }).await;
    assert!(desk.behind.secrets.get(&password_name(&id)).expect("it answers").is_some());
    let all =
        Request::GetChanges { subject: Some(SubjectName::Source), object: None, before: None, limit: 10 };
    let Response::Changes(page) = ask(&desk.app, all).await else { panic!("changes") };
    assert_eq!(page.changes.len(), 2);
    let difference = &page.changes[0].differences[0];
    assert_eq!(
        (difference.field.as_str(), difference.after.as_deref()),
        ("ldap.host", Some("ldap2.example.com"))
    );
    let settings = desk.store.get("sources").await.expect("it is read").expect("it is kept");
    assert!(!settings.contains("sesame"), "no password in the settings");
    ask(&desk.app, Request::UndoChange { change: page.changes[0].id.clone() }).await;
    let back =
        desk.until(&id, "put back", |_| true).await.form.and_then(|form| form.ldap).expect("a directory");
    assert_eq!(back.host, "ldap.example.com");

    ask(&desk.app, Request::RemoveSource { source: id.clone() }).await;
    assert!(desk.behind.secrets.get(&password_name(&id)).expect("it answers").is_none());
    assert!(desk.sources().await.iter().all(|source| source.id != id));

    let wrong = |change: &dyn Fn(&mut LdapForm)| {
        let mut ldap = directory();
        change(&mut ldap);
        SourceForm { ldap: Some(ldap), ..form.clone() }
    };
    let at = |field: &str| ("request.invalid".to_owned(), Some(field.to_owned()));
    assert_eq!(desk.refused(wrong(&|it| it.host = "ldaps://x".to_owned())).await, at("ldap.host"));
    assert_eq!(desk.refused(wrong(&|it| it.filter = String::new())).await, at("ldap.filter"));
    assert_eq!(
        desk.refused(wrong(&|it| it.attributes.email = "e mail".to_owned())).await,
        at("ldap.attributes.email")
    );
    assert_eq!(desk.refused(wrong(&|it| it.port = 0)).await, at("ldap.port"));
    assert_eq!(desk.refused(SourceForm { name: " ".to_owned(), ..form.clone() }).await, at("name"));
    assert_eq!(
        desk.refused(SourceForm { kind: SourceKindName::SharedContacts, ..form.clone() }).await,
        at("mailbox")
    );
    assert_eq!(desk.refused(SourceForm { kind: SourceKindName::File, ..form }).await, at("kind"));
}

async fn told(
    events: &mut tokio::sync::broadcast::Receiver<UiEvent>,
    wanted: impl Fn(&PresenceTold) -> bool,
) {
    let wait = async {
        loop {
            if let Ok(UiEvent::PresenceChanged(told)) = events.recv().await
                && wanted(&told)
            {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("it is told");
}

/// DIR-3: presence of visible colleagues, told as it changes, with its age; and what a missing one costs.
#[tokio::test]
async fn presence_of_visible_colleagues_is_told_as_it_changes_dir_3() {
    let desk = Desk::open().await;
    let id = desk.add(form(SourceKindName::EntraUsers)).await;
    desk.reads(&id, Ok(all(&[("a", "Anna Huber"), ("b", "Bert Keller")]))).await;
    desk.stands(&id, SourceHealthName::Ok).await;
    let content_base64 = BASE64.encode(b"Name,Phone\nCleo Stranger,4010\n");
    ask(&desk.app, Request::ImportContacts { file_name: "s.csv".to_owned(), content_base64 }).await;
    let everybody = desk.store.all().await.expect("it is read");
    let stranger = everybody.iter().find(|contact| contact.book == "s.csv").expect("there").id.to_string();
    let (anna, bert) = (desk.id_of("a").await, desk.id_of("b").await);

    let presence = &desk.behind.presence;
    presence.set("a", Availability::InACall);
    let see = Request::SeeContacts { contacts: vec![bert.clone(), anna.clone(), stranger] };
    let mut events = desk.app.events();
    let Response::Presence(known) = ask(&desk.app, see).await else { panic!("presence") };
    assert_eq!(known.rows.len(), 1, "only of Anna anything is known");
    assert_eq!(known.rows[0].presence.availability, AvailabilityName::InACall);
    let shown = presence.shown();
    assert_eq!(
        *shown.borrow(),
        [PresenceId("b".to_owned()), PresenceId("a".to_owned())],
        "no stranger is asked about"
    );

    presence.set("b", Availability::Away);
    let away = |told: &PresenceTold| {
        told.rows.iter().any(|row| row.contact == bert && row.presence.availability == AvailabilityName::Away)
    };
    told(&mut events, away).await;
    let words = "Presence is not told.";
    presence.fail(Some(PresenceProblem { code: "graph.consent", message: words.to_owned() }));
    told(&mut events, |told| told.problem.as_deref() == Some(words)).await;

    // A minute later, whatever the clock on the wall shows.
    presence.set_now(Moment { wall: Timestamp(-5_000_000), steady: Duration::from_secs(61) });
    let see = Request::SeeContacts { contacts: vec![anna] };
    let Response::Presence(old) = ask(&desk.app, see).await else { panic!("presence") };
    assert!(old.rows[0].presence.stale);
}

/// DIR-3: whoever has an extension has a presence, whatever source knows her; one that both tell of has the better word; and what
/// stands in the way is said for each.
#[tokio::test]
async fn the_telephone_system_tells_of_everybody_with_an_extension_dir_3() {
    let exchange = Exchange::new();
    let (store, behind) = (Arc::<MemoryStore>::default(), Entrances::new());
    let desk = Desk { app: open_through(&store, &exchange, &behind).await, store, behind };
    let id = desk.add(form(SourceKindName::EntraUsers)).await;
    desk.reads(&id, Ok(all(&[("a", "Anna Huber")]))).await;
    desk.stands(&id, SourceHealthName::Ok).await;
    let content_base64 = BASE64.encode(b"Name,Phone\nCleo Stranger,4020\nDora Far,+41445556677\n");
    ask(&desk.app, Request::ImportContacts { file_name: "s.csv".to_owned(), content_base64 }).await;
    let everybody = desk.store.all().await.expect("it is read");
    let named = |name: &str| {
        everybody.iter().find(|contact| contact.display_name == name).expect("there").id.to_string()
    };
    let (anna, cleo, dora) = (named("Anna Huber"), named("Cleo Stranger"), named("Dora Far"));
    ask(&desk.app, Request::SetFavourite { contact: cleo.clone(), favourite: true }).await;

    // Nothing is connected yet.
    let line = &exchange.presence;
    line.set("4020", Availability::InACall);
    let see =
        |contacts: Vec<&String>| Request::SeeContacts { contacts: contacts.into_iter().cloned().collect() };
    let Response::Presence(known) = ask(&desk.app, see(vec![&cleo, &dora])).await else { panic!("presence") };
    assert_eq!(known.rows, []);
    // Whoever is visible is asked for as soon as it is.
    let mut events = desk.app.events();
    ask(&desk.app, Request::StartTraining {}).await;
    told(&mut events, |told| {
        told.rows.iter().any(|row| {
            let presence = &row.presence;
            row.contact == cleo
                && presence.by_telephone
                && !presence.stale
                && presence.availability == AvailabilityName::InACall
        })
    })
    .await;
    assert_eq!(*line.shown().borrow(), [PresenceId("4020".to_owned())], "no stranger is asked about");

    // The favourites come after those who are visible.
    let Response::Presence(known) = ask(&desk.app, see(vec![&anna])).await else { panic!("presence") };
    assert_eq!(known.rows, []);
    let shown = line.shown().borrow().clone();
    assert_eq!(shown, [PresenceId("4010".to_owned()), PresenceId("4020".to_owned())]);

    // Of Anna both tell.
    let of_anna = |told: &PresenceTold, availability, by_telephone| {
        told.rows.iter().any(|row| {
            row.contact == anna
                && (row.presence.availability, row.presence.by_telephone) == (availability, by_telephone)
        })
    };
    line.set("4010", Availability::Available);
    told(&mut events, |told| of_anna(told, AvailabilityName::Available, true)).await;
    desk.behind.presence.set("a", Availability::Busy);
    told(&mut events, |told| of_anna(told, AvailabilityName::Busy, false)).await;
    line.set("4010", Availability::InACall);
    told(&mut events, |told| of_anna(told, AvailabilityName::InACall, true)).await;

    let words = "The telephone system tells nobody's presence.";
    line.fail(Some(PresenceProblem { code: "telephony.no-presence", message: words.to_owned() }));
    told(&mut events, |told| told.problem.as_deref() == Some(words)).await;

    // Without a telephone system nobody tells of Cleo any more.
    let Response::Presence(known) = ask(&desk.app, see(vec![&cleo])).await else { panic!("presence") };
    assert!(!known.rows[0].presence.stale);
    ask(&desk.app, Request::LeaveMode {}).await;
    told(&mut events, |told| told.rows.iter().any(|row| row.contact == cleo && row.presence.stale)).await;
}

/// DIR-3: a calendar is asked about for colleagues only.
#[tokio::test]
async fn the_calendar_of_a_colleague_says_free_or_busy_dir_3() {
    let desk = Desk::open().await;
    let id = desk.add(form(SourceKindName::EntraUsers)).await;
    desk.reads(&id, Ok(all(&[("a", "Anna Huber"), ("b", "Bert Keller")]))).await;
    desk.stands(&id, SourceHealthName::Ok).await;
    let slot = |status, from, until| Slot { status, from: Timestamp(from), until: Timestamp(until) };
    let says =
        FreeBusy { now: slot(Busy::Busy, 1, 9), next: Some(slot(Busy::Free, 9, 20)), at: Timestamp(5) };
    desk.behind.calendars.set("a@example.com", Ok(says));
    let get = |contact: String| Request::GetCalendar { contact };
    let Response::FreeBusy(Some(view)) = ask(&desk.app, get(desk.id_of("a").await)).await else {
        panic!("one")
    };
    assert_eq!((view.now.status, view.now.until), (BusyName::Busy, 9));
    assert_eq!(view.next.map(|next| next.status), Some(BusyName::Free));
    assert!(matches!(ask(&desk.app, get(desk.id_of("b").await)).await, Response::FreeBusy(None)));
    let consent = SourceProblem::stale("graph.unreachable", "It is away.", Again::AtSignIn);
    desk.behind.calendars.set("b@example.com", Err(consent));
    let error = desk.app.handle(get(desk.id_of("b").await)).await.expect_err("it is told");
    assert_eq!((error.code.as_str(), error.message.as_str()), ("graph.unreachable", "It is away."));
}

/// DIR-4: what the directory told is kept, asked anew when a card opens and it is old, and shown where it cannot be asked.
#[tokio::test]
async fn a_card_shows_the_manager_and_who_reports_also_without_the_network_dir_4_dir_5() {
    let desk = Desk::open().await;
    let id = desk.add(form(SourceKindName::EntraUsers)).await;
    desk.reads(&id, Ok(all(&[("a", "Anna Huber"), ("b", "Bert Keller"), ("c", "Cora Lang")]))).await;
    desk.stands(&id, SourceHealthName::Ok).await;
    let says = ReportingLine { manager: Some("b".to_owned()), reports: vec!["c".to_owned(), "x".to_owned()] };
    desk.behind.lines.set("a", Ok(says));
    let anna = desk.id_of("a").await;
    let get = async |ask| {
        let request = Request::GetReportingLine { contact: anna.clone(), ask };
        let Response::ReportingLine(view) = self::ask(&desk.app, request).await else { panic!("a line") };
        let manager = view.manager.as_ref().map(|manager| manager.display_name.clone());
        let reports: Vec<_> = view.reports.iter().map(|report| report.display_name.clone()).collect();
        (manager, reports, view)
    };
    let (manager, _, unknown) = get(false).await;
    assert_eq!((manager, unknown.told, unknown.due), (None, None, true), "nobody has asked yet");
    let (manager, reports, told) = get(true).await;
    assert_eq!((manager.as_deref(), reports), (Some("Bert Keller"), vec!["Cora Lang".to_owned()]));
    assert!(told.reports_total == 2 && told.told.is_some() && !told.due && told.problem.is_none());
    assert!(!get(false).await.2.due, "it is new enough");

    let away = SourceProblem::stale("graph.unreachable", "It is away.", Again::AtSignIn);
    desk.behind.lines.set("a", Err(away));
    let (manager, _, offline) = get(true).await;
    assert_eq!((manager.as_deref(), offline.problem.as_deref()), (Some("Bert Keller"), Some("It is away.")));
    assert_eq!(offline.told, told.told, "with its age");

    let gone = Request::GetReportingLine { contact: "99".to_owned(), ask: true };
    assert_eq!(desk.app.handle(gone).await.expect_err("nobody").code, "contact.unknown");
}

/// DIR-4: a file that names managers, by name or by e-mail address.
#[tokio::test]
async fn a_file_with_a_column_of_managers_tells_who_is_above_and_below_dir_4() {
    let desk = Desk::open().await;
    let file = "Name,Phone,E-mail,Manager\nRuth Meier,4010,ruth@example.com,\nAnna Huber,4011,,Ruth Meier\n\
                Bert Keller,4012,,ruth@example.com\nCora Lang,4013,,Nobody Known\n";
    let content_base64 = data_encoding::BASE64.encode(file.as_bytes());
    ask(&desk.app, Request::ImportContacts { file_name: "staff.csv".to_owned(), content_base64 }).await;
    let query = Request::SearchContacts { query: "ruth".to_owned(), limit: 1, caller: None };
    let Response::Search(found) = ask(&desk.app, query).await else { panic!("a search") };
    let contact = found.contacts[0].id.clone();
    let Response::ReportingLine(view) =
        ask(&desk.app, Request::GetReportingLine { contact, ask: true }).await
    else {
        panic!("a line")
    };
    let reports: Vec<_> = view.reports.iter().map(|report| report.display_name.as_str()).collect();
    assert_eq!(reports, ["Anna Huber", "Bert Keller"]);
    assert!(view.manager.is_none() && view.told.is_none() && view.problem.is_none() && !view.due);
}

/// DIR-1: nobody has to enter it, and whoever removes it is not asked again. It says which consent is missing.
#[tokio::test]
async fn the_users_of_the_organisation_become_a_source_once_somebody_is_signed_in_dir_1() {
    let desk = Desk::open().await.with_sign_in().await;
    let store = desk.store.clone();
    desk.sign_in("boss").await;
    let users = desk.users().await;
    assert_eq!(users.name, "Users of the organisation");
    let consent = SourceProblem {
        state: HealthState::NeedsConsent,
        code: "graph.consent",
        message: "User.Read.All is missing.".to_owned(),
        costs: "Colleagues are not found.".to_owned(),
        again: Again::AtSignIn,
    };
    desk.reads(&users.id, Err(consent)).await;
    let stands = desk.stands(&users.id, SourceHealthName::NeedsConsent).await;
    assert_eq!(stands.message.as_deref(), Some("User.Read.All is missing."));
    assert_eq!(stands.costs.as_deref(), Some("Colleagues are not found."));

    let list =
        Request::GetChanges { subject: Some(SubjectName::Source), object: None, before: None, limit: 9 };
    let Response::Changes(page) = ask(&desk.app, list).await else { panic!("changes") };
    let [added] = &page.changes[..] else { panic!("one change: {:?}", page.changes) };
    assert_eq!(
        (added.by.as_str(), added.kind, added.name.as_str()),
        ("sign-in", ChangeKind::Added, users.name.as_str())
    );

    ask(&desk.app, Request::RemoveSource { source: users.id.clone() }).await;
    desk.app.shut_down().await;
    let again = Desk::open_on(store, desk.behind).await;
    again.sign_in("boss").await;
    // Everything that is ready has its turn, many times over.
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    let is_users = |it: &SourceView| it.kind == SourceKindName::EntraUsers;
    assert!(!again.sources().await.iter().any(is_users), "who removed it is not asked again");
}

/// DIR-1: an installation that had it already keeps the one it has, at its next start too.
#[tokio::test]
async fn users_that_were_a_source_before_stay_one_source_dir_1() {
    let desk = Desk::open().await;
    let id = desk.add(form(SourceKindName::EntraUsers)).await;
    let desk = desk.with_sign_in().await;
    desk.sign_in("boss").await;
    desk.settled().await;
    let of_users = |it: &SourceView| (it.kind == SourceKindName::EntraUsers).then(|| it.id.clone());
    let sources: Vec<String> = desk.sources().await.iter().filter_map(of_users).collect();
    assert_eq!(sources, [id]);
}
