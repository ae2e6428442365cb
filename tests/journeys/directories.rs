//! Contacts from a real LDAP directory (DIR-1, DIR-5): OpenLDAP on loopback, read over LDAPS, StartTLS and in the clear, with
//! everything that goes wrong there said in words; and Usher that goes on without it.

use std::sync::Arc;

use acceptance::slapd::{BASE, PASSWORD, READER, Slapd, UNPAGED_MAX, name};
use acceptance::tools::{Tool, all_there};
use acceptance::usher::Usher;
use acceptance::wait;
use app::api::wire::sources::{
    LdapAttributesForm, LdapForm, LdapSecurityName, SourceForm, SourceHealthName, SourceKindName, SourceView,
};
use app::api::wire::{Request, Response};
use contracts::book::{Contact, EndpointKind};
use contracts::conformance;
use contracts::memory::MemorySecrets;
use contracts::secrets::{Secret, Secrets};
use contracts::sources::{
    Again, HealthState, LdapAttributes, LdapPlace, LdapSecurity, Place, Source, SourceProblem, SourceReader,
    password_name,
};
use ldap::LdapSources;

/// More than some pages.
const PEOPLE: u32 = 1_234;

fn place(slapd: &Slapd, security: LdapSecurity) -> LdapPlace {
    LdapPlace {
        host: "localhost".to_owned(),
        port: if security == LdapSecurity::Ldaps { slapd.port_tls() } else { slapd.port() },
        security,
        authority: slapd.authority(),
        bind_dn: READER.to_owned(),
        base_dn: BASE.to_owned(),
        filter: "(&(objectClass=inetOrgPerson)(!(uid=nobody)))".to_owned(),
        attributes: LdapAttributes { custom: "roomNumber".to_owned(), ..LdapAttributes::default() },
    }
}

fn source(place: LdapPlace) -> Source {
    Source { id: "d".to_owned(), name: "Directory".to_owned(), place: Place::Ldap(Box::new(place)) }
}

/// A reader with this password in its keychain.
fn reader(password: Option<&str>) -> LdapSources {
    let secrets = MemorySecrets::default();
    if let Some(password) = password {
        let kept = secrets.put(&password_name("d"), &Secret::new(password.as_bytes().to_vec()));
        kept.expect("memory keeps it");
    }
    LdapSources::new(Arc::new(secrets))
}

async fn read(reader: &LdapSources, place: LdapPlace) -> Result<Vec<Contact>, SourceProblem> {
    let mut reading = reader.begin(&source(place), None).await?;
    let mut contacts = Vec::new();
    while let Some(page) = reading.page().await? {
        contacts.extend(page.contacts);
    }
    Ok(contacts)
}

async fn refused(password: Option<&str>, place: LdapPlace) -> SourceProblem {
    read(&reader(password), place).await.expect_err("it is refused")
}

/// DIR-1: page by page, over each kind of connection, the same people under the same keys.
#[tokio::test]
async fn a_directory_is_read_over_ldaps_start_tls_and_on_this_computer_in_the_clear() {
    if !all_there(&[Tool::Slapd]) {
        return;
    }
    const { assert!(PEOPLE > UNPAGED_MAX, "more than come without pages") };
    let slapd = Slapd::start(PEOPLE);
    let reader = reader(Some(PASSWORD));
    let mut before: Option<Vec<Contact>> = None;
    for security in [LdapSecurity::Ldaps, LdapSecurity::StartTls, LdapSecurity::None] {
        let mut contacts = read(&reader, place(&slapd, security)).await.expect("it is read");
        contacts.sort_by(|a, b| a.display_name.cmp(&b.display_name));
        assert_eq!(contacts.len(), PEOPLE as usize, "{security:?}");
        assert!(before.is_none_or(|before| before == contacts), "{security:?}");
        before = Some(contacts);
    }
    let contacts = before.expect("it was read");
    let first = &contacts[0];
    assert_eq!((first.display_name.as_str(), first.email.as_str()), (name(0).as_str(), "p0@example.test"));
    assert_eq!((first.department.as_str(), first.city.as_str()), ("Department 0", "Zürich"));
    assert_eq!((first.key.len(), first.custom[0].value.as_str()), (36, "B 0"), "entryUUID is the key");
    let endpoints: Vec<_> = first.endpoints.iter().map(|it| (it.kind, it.address.as_str())).collect();
    assert_eq!(endpoints, [(EndpointKind::Work, "+41441000000"), (EndpointKind::Mobile, "+41795550100")]);
    conformance::sources(&reader, &source(place(&slapd, LdapSecurity::Ldaps))).await;
}

/// DIR-1: whatever is wrong is said in words, and no password goes where it does not belong.
#[tokio::test]
async fn what_is_wrong_with_a_directory_is_said_in_words() {
    if !all_there(&[Tool::Slapd]) {
        return;
    }
    let slapd = Slapd::start(3);
    let good = || place(&slapd, LdapSecurity::Ldaps);
    let told = |problem: &SourceProblem| (problem.code, problem.state, problem.again);
    let needs_hands = |code| (code, HealthState::Failed, Again::WhenChanged);

    let wrong = refused(Some("wrong"), good()).await;
    assert_eq!(told(&wrong), needs_hands("ldap.credentials"), "an account is not locked by trying again");
    assert_eq!(told(&refused(None, good()).await), needs_hands("ldap.credentials"));

    let stranger = refused(Some(PASSWORD), LdapPlace { authority: String::new(), ..good() }).await;
    assert_eq!(told(&stranger), needs_hands("ldap.certificate"));
    assert!(
        stranger.message.contains("an authority that this computer does not trust"),
        "{}",
        stranger.message
    );
    let other_name = refused(Some(PASSWORD), LdapPlace { host: "127.0.0.1".to_owned(), ..good() }).await;
    assert_eq!(told(&other_name), needs_hands("ldap.certificate"));
    assert!(other_name.message.contains("made out to another name"), "{}", other_name.message);
    let no_pem = LdapPlace { authority: "nonsense".to_owned(), ..place(&slapd, LdapSecurity::StartTls) };
    assert_eq!(told(&refused(Some(PASSWORD), no_pem).await), needs_hands("ldap.tls"));
    let far = LdapPlace { host: "ldap.example".to_owned(), ..place(&slapd, LdapSecurity::None) };
    assert_eq!(
        told(&refused(Some(PASSWORD), far).await),
        needs_hands("ldap.tls"),
        "not in the clear to elsewhere"
    );

    let filter = refused(Some(PASSWORD), LdapPlace { filter: "(&(cn=a)".to_owned(), ..good() }).await;
    assert_eq!(told(&filter), needs_hands("ldap.settings"));
    assert!(filter.message.contains("at character"), "{}", filter.message);
    let base =
        refused(Some(PASSWORD), LdapPlace { base_dn: "ou=nowhere,dc=example,dc=test".to_owned(), ..good() });
    assert_eq!(told(&base.await), needs_hands("ldap.settings"));

    // TLS is asked for where plain LDAP is spoken, and at a port where nobody listens.
    let plain_port = refused(Some(PASSWORD), LdapPlace { port: slapd.port(), ..good() }).await;
    assert_eq!((plain_port.code, plain_port.state), ("ldap.unreachable", HealthState::Stale));
    let port = acceptance::ports::free_port();
    let nobody = refused(Some(PASSWORD), LdapPlace { port, ..good() }).await;
    assert_eq!((nobody.code, nobody.state), ("ldap.unreachable", HealthState::Stale));
}

/// A directory that gives no more than a part would lose whoever is in the rest.
#[tokio::test]
async fn somebody_who_may_not_search_and_a_server_that_ends_are_told() {
    if !all_there(&[Tool::Slapd]) {
        return;
    }
    let mut slapd = Slapd::start(PEOPLE);
    let plain = place(&slapd, LdapSecurity::None);
    let reader = reader(Some(PASSWORD));
    let mut reading = reader.begin(&source(plain.clone()), None).await.expect("it begins");
    let first = reading.page().await.expect("it is read").expect("a page");
    assert!(first.contacts.len() < PEOPLE as usize, "there is more");
    slapd.kill();
    let ended = loop {
        match reading.page().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it came to an end without its end"),
            Err(problem) => break problem,
        }
    };
    assert_eq!((ended.code, ended.state), ("ldap.unreachable", HealthState::Stale));

    // Whoever lets go of a reading hangs up: the directory works no more for it.
    slapd.start_again();
    let mut reading = reader.begin(&source(plain), None).await.expect("it begins");
    reading.page().await.expect("it is read").expect("a page");
    drop(reading);
    slapd.wait_for("closed (connection lost)");
}

/// DIR-4: who is changed, and who is not, keeps the key by which favourites and notes find her again.
#[tokio::test]
async fn whoever_is_changed_keeps_her_key() {
    if !all_there(&[Tool::Slapd]) {
        return;
    }
    let slapd = Slapd::start(3);
    let keys = async |slapd: &Slapd| -> Vec<(String, String)> {
        let contacts =
            read(&reader(Some(PASSWORD)), place(slapd, LdapSecurity::Ldaps)).await.expect("it is read");
        contacts.into_iter().map(|contact| (contact.display_name, contact.key)).collect()
    };
    let before = keys(&slapd).await;
    slapd.change(&format!("dn: uid=p1,{BASE}\nchangetype: modify\nreplace: mail\nmail: x@example.test\n\n"));
    assert_eq!(keys(&slapd).await, before);
}

fn attributes() -> LdapAttributesForm {
    let of = LdapAttributes::default();
    LdapAttributesForm {
        key: of.key,
        display_name: of.display_name,
        first_name: of.first_name,
        last_name: of.last_name,
        company: of.company,
        department: of.department,
        title: of.title,
        city: of.city,
        email: of.email,
        work: of.work,
        mobile: of.mobile,
        home: of.home,
        sip: of.sip,
        custom: of.custom,
        manager: of.manager,
    }
}

fn view(usher: &Usher, id: &str) -> SourceView {
    let Response::Sources(sources) = usher.ask(Request::GetSources {}) else { panic!("sources") };
    sources.into_iter().find(|source| source.id == id).expect("it is there")
}

fn until(usher: &Usher, id: &str, what: &str, wanted: impl Fn(&SourceView) -> bool) -> SourceView {
    let look = || Some(view(usher, id)).filter(|view| wanted(view));
    wait::until(what, look, || format!("{:#?}", view(usher, id)))
}

fn found(usher: &Usher, query: &str) -> Vec<(String, String)> {
    let search = Request::SearchContacts { query: query.to_owned(), limit: 10, caller: None };
    let Response::Search(result) = usher.ask(search) else { panic!("a result") };
    result.contacts.into_iter().map(|contact| (contact.id, contact.display_name)).collect()
}

/// Her manager, who reports to her as far as they are shown, and how many do.
fn line(usher: &Usher, person: u32) -> (Option<String>, Vec<String>, u32) {
    let (contact, _) = found(usher, &format!("{person:05} mueller")).swap_remove(0);
    let ask = Request::GetReportingLine { contact, ask: true };
    let Response::ReportingLine(view) = usher.ask(ask) else { panic!("a line") };
    let reports = view.reports.into_iter().map(|report| report.display_name).collect();
    (view.manager.map(|manager| manager.display_name), reports, view.reports_total)
}

/// DIR-1, DIR-5: entered by an administrator, found by the search, and found on when the directory is away.
#[test]
fn what_a_directory_told_is_found_on_when_it_is_away_and_stays_itself() {
    if !all_there(&[Tool::Slapd]) {
        return;
    }
    let mut slapd = Slapd::start(40);
    let usher = Usher::start();
    let ldap = LdapForm {
        host: "localhost".to_owned(),
        port: slapd.port_tls(),
        security: LdapSecurityName::Ldaps,
        authority: slapd.authority(),
        bind_dn: READER.to_owned(),
        password: PASSWORD.into(),
        base_dn: BASE.to_owned(),
        filter: "(objectClass=inetOrgPerson)".to_owned(),
        attributes: attributes(),
    };
    let form = SourceForm {
        id: None,
        name: "Head office".to_owned(),
        kind: SourceKindName::Ldap,
        mailbox: None,
        ldap: Some(ldap),
    };
    let Response::Saved(saved) = usher.ask(Request::PutSource { source: Box::new(form) }) else {
        panic!("saved")
    };
    let id = saved.id;
    let read = until(&usher, &id, "it was read", |view| view.state == SourceHealthName::Ok);
    assert_eq!((read.contacts, read.kind, read.schedule_minutes), (40, SourceKindName::Ldap, Some(30)));
    let shown = read.form.expect("an administrator sees it").ldap.expect("a directory");
    assert!(shown.password.is_empty(), "a password never comes back");
    let before = found(&usher, "00007 mueller");
    assert_eq!(before.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), [name(7)]);
    // DIR-4: by the distinguished name of the manager's entry, however it is written.
    assert_eq!(line(&usher, 7), (Some(name(0)), Vec::new(), 0));
    assert_eq!(
        line(&usher, 1),
        (Some(name(0)), (20..32).map(name).collect(), 20),
        "twelve of them are shown"
    );
    let (manager, _, reports_total) = line(&usher, 0);
    assert_eq!((manager, reports_total), (None, 19), "nobody is above herself");

    slapd.kill();
    usher.ask(Request::RefreshSource { source: id.clone() });
    let away = until(&usher, &id, "it is away", |view| view.state == SourceHealthName::Stale);
    assert_eq!((away.code.as_str(), away.contacts, away.last_ok), ("ldap.unreachable", 40, read.last_ok));
    assert_eq!(found(&usher, "00007 mueller"), before, "the search goes on");
    assert_eq!(line(&usher, 7).0, Some(name(0)), "and the card");

    slapd.start_again();
    slapd.change(&format!(
        "dn: uid=p7,{BASE}\nchangetype: modify\nreplace: mail\nmail: seven@example.test\n\ndn: uid=p8,{BASE}\nchangetype: delete\n\n"
    ));
    usher.ask(Request::RefreshSource { source: id.clone() });
    until(&usher, &id, "it is back", |view| view.state == SourceHealthName::Ok && view.contacts == 39);
    assert_eq!(found(&usher, "seven@example"), before, "she is who she was");
    assert!(found(&usher, "00008 mueller").is_empty(), "who has gone is not found");

    usher.ask(Request::RemoveSource { source: id.clone() });
    assert!(found(&usher, "mueller").is_empty());
}
