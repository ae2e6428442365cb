//! Contacts from Graph as sources (DIR-1): everything, changes, folders, and what is said where something is missing. Calendars
//! beside them (DIR-3).

use std::sync::Arc;
use std::time::Duration;

use contracts::book::{Contact, EndpointKind};
use contracts::calendar::{Busy, Calendars, Slot};
use contracts::conformance;
use contracts::line::{ReportingLine, ReportingLines};
use contracts::sign_in::{Cloud, Resource, SignInState, TokenProblem};
use contracts::sources::{Again, Extent, HealthState, Place, Source, SourceProblem, SourceReader};
use engine::Timestamp;
use graph::{Feature, GraphCalendars, GraphReportingLines, GraphSources};
use serde_json::{Value, json};

use crate::fake::Refusal;
use crate::office::Office;
use crate::surroundings::{NOW, Patient, Quick};

fn source(place: Place) -> Source {
    Source { id: "s".to_owned(), name: "S".to_owned(), place }
}

fn reader(office: &Office) -> GraphSources {
    GraphSources::new(office.sign_in.clone(), Arc::new(Quick::new()), office.site())
}

fn user(name: &str, phone: &str) -> Value {
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    json!({
        "displayName": name, "givenName": first, "surname": last, "mail": format!("{first}@example.com"),
        "accountEnabled": true, "userType": "Member", "businessPhones": [phone], "mobilePhone": null,
        "companyName": null, "department": "Sales", "jobTitle": "Buyer", "city": "Zürich", "officeLocation": "B 12",
    })
}

/// Everything a reading tells: who is there or has changed, who has gone, and the mark.
async fn read(
    reader: &GraphSources,
    place: Place,
    mark: Option<&str>,
) -> Result<(Extent, Vec<Contact>, Vec<String>, Option<String>), SourceProblem> {
    let mut reading = reader.begin(&source(place), mark).await?;
    let (mut contacts, mut gone) = (Vec::new(), Vec::new());
    while let Some(page) = reading.page().await? {
        contacts.extend(page.contacts);
        gone.extend(page.gone);
    }
    Ok((reading.extent(), contacts, gone, reading.mark()))
}

fn names(contacts: &[Contact]) -> Vec<&str> {
    contacts.iter().map(|contact| contact.display_name.as_str()).collect()
}

#[tokio::test]
async fn every_kind_keeps_the_promises_of_a_source_dir_1() {
    let office = Office::open().await;
    {
        let mut state = office.state();
        for (id, name) in [("rita", "Rita Frei"), ("ueli", "Ueli Zbinden"), ("olga", "Olga Ivanova")] {
            state.put_user(id, user(name, "+41 44 555 66 77"), &[]);
        }
        let phones = json!([{"type": "business", "number": "+41 31 111 22 33"}, {"type": "businessFax", "number": "1"}]);
        state.organisation = (0..3)
            .map(|n| json!({"id": format!("o{n}"), "displayName": format!("Supplier {n}"), "phones": phones.clone()}))
            .collect();
        let card = |id: &str| json!({"id": id, "displayName": id, "homePhones": ["+41 52 111 22 33"]});
        for whose in ["/me", "/users/front@example.com"] {
            state.contacts.insert(format!("{whose}/contacts"), vec![card("a"), card("b"), card("c")]);
        }
    }
    let reader = reader(&office);
    for place in [
        Place::EntraUsers,
        Place::OrganisationContacts,
        Place::OutlookContacts,
        Place::SharedContacts { mailbox: "front@example.com".to_owned() },
    ] {
        conformance::sources(&reader, &source(place)).await;
    }
    office.check();
}

#[tokio::test]
async fn a_user_comes_with_her_numbers_and_where_she_works_dir_1() {
    let office = Office::open().await;
    {
        let mut state = office.state();
        let mut rita = user("Rita Frei", "+41 44 555 66 77");
        rita["mobilePhone"] = json!("+41 79 555 66 77");
        state.put_user("r", rita, &[]);
        let mut guest = user("Guy Guest", "4010");
        guest["userType"] = json!("Guest");
        state.put_user("g", guest, &[]);
        let mut left = user("Lea Left", "4011");
        left["accountEnabled"] = json!(false);
        state.put_user("l", left, &[]);
        state.put_user("n", json!({"displayName": "Nobody To Reach", "accountEnabled": true}), &[]);
    }
    let (extent, contacts, gone, _) =
        read(&reader(&office), Place::EntraUsers, None).await.expect("it is read");
    assert_eq!((extent, gone), (Extent::Everything, Vec::new()));
    assert_eq!(
        names(&contacts),
        ["Guy Guest", "Rita Frei"],
        "who left and who cannot be reached are not there"
    );
    let rita = &contacts[1];
    assert_eq!((rita.key.as_str(), rita.internal, rita.department.as_str()), ("r", true, "Sales"));
    assert_eq!(
        (rita.city.as_str(), rita.title.as_str(), rita.email.as_str()),
        ("Zürich", "Buyer", "Rita@example.com")
    );
    assert_eq!((rita.custom[0].name.as_str(), rita.custom[0].value.as_str()), ("Office", "B 12"));
    let kinds: Vec<EndpointKind> = rita.endpoints.iter().map(|endpoint| endpoint.kind).collect();
    assert_eq!(kinds, [EndpointKind::Work, EndpointKind::Mobile]);
    assert!(!contacts[0].internal, "a guest is of another organisation");
    office.check();
}

/// A delta names at least what has changed: what it does not name must not be lost.
#[tokio::test]
async fn only_what_changed_is_read_and_each_of_it_whole_dir_1() {
    let office = Office::open().await;
    for (id, name) in [("rita", "Rita Frei"), ("ueli", "Ueli Zbinden"), ("olga", "Olga Ivanova")] {
        office.state().put_user(id, user(name, "4010"), &[]);
    }
    let reader = reader(&office);
    let (_, all, _, mark) = read(&reader, Place::EntraUsers, None).await.expect("it is read");
    assert_eq!(all.len(), 3);
    {
        let mut state = office.state();
        state.put_user("rita", user("Rita Frei-Huber", "4020"), &["displayName"]);
        state.remove_user("olga");
        state.put_user("new", user("Nina New", "4030"), &["displayName", "mail"]);
    }
    let (extent, changed, gone, next) =
        read(&reader, Place::EntraUsers, mark.as_deref()).await.expect("it is read");
    assert_eq!(extent, Extent::Changes);
    assert_eq!(names(&changed), ["Rita Frei-Huber", "Nina New"]);
    assert_eq!(changed[0].endpoints[0].address, "4020", "also what the delta did not name");
    assert_eq!(gone, ["olga"]);
    assert_ne!(next, mark);

    let (_, changed, gone, _) = read(&reader, Place::EntraUsers, next.as_deref()).await.expect("it is read");
    assert!(changed.is_empty() && gone.is_empty(), "nothing is told twice");
    office.state().forget_links();
    let (extent, all, _, _) = read(&reader, Place::EntraUsers, next.as_deref()).await.expect("it is read");
    assert_eq!((extent, all.len()), (Extent::Everything, 3), "a link that is too old begins anew");
    office.check();
}

#[tokio::test]
async fn contacts_of_all_folders_are_read_and_ids_last_dir_1() {
    let office = Office::open().await;
    {
        let mut state = office.state();
        let card = |id: &str| {
            json!({"id": id, "displayName": id, "mobilePhone": "+41 79 111 22 33", "imAddresses": ["sip:x@example.com", "skype"],
                "emailAddresses": [{"address": "/o=x"}, {"address": "a@example.com"}], "businessAddress": {"city": "Bern"}})
        };
        state.contacts.insert("/me/contacts".to_owned(), vec![card("top")]);
        state.folders.insert("/me/contactFolders".to_owned(), vec!["f", "g", "h"]);
        state.folders.insert("/me/contactFolders/f/childFolders".to_owned(), vec!["inner"]);
        // A folder that leads back to itself is entered once.
        state.folders.insert("/me/contactFolders/inner/childFolders".to_owned(), vec!["f"]);
        for (folder, of) in [("f", "in f"), ("g", "in g"), ("h", "top"), ("inner", "inside")] {
            state.contacts.insert(format!("/me/contactFolders/{folder}/contacts"), vec![card(of)]);
        }
    }
    let (_, contacts, _, mark) =
        read(&reader(&office), Place::OutlookContacts, None).await.expect("it is read");
    let mut found = names(&contacts);
    found.sort_unstable();
    assert_eq!(found, ["in f", "in g", "inside", "top"], "each once");
    let top = contacts.iter().find(|contact| contact.display_name == "top").expect("top");
    assert_eq!((top.email.as_str(), top.city.as_str()), ("a@example.com", "Bern"));
    assert_eq!(top.endpoints.len(), 2, "the mobile and the SIP address");
    assert_eq!(mark, None);
    let asked = office.asked();
    let lasting = Some("IdType=\"ImmutableId\"".to_owned());
    assert!(asked.borrow().iter().all(|asked| asked.prefer == lasting));
    office.check();
}

#[tokio::test]
async fn a_missing_consent_costs_that_one_and_says_what_dir_1() {
    let office = Office::open().await;
    office.state().put_user("r", user("Rita Frei", "4010"), &[]);
    office.state().closed = Some(("/me/contacts", Refusal::of(403)));
    let reader = reader(&office);
    let refused = read(&reader, Place::OutlookContacts, None).await.expect_err("it is refused");
    assert_eq!((refused.state, refused.code), (HealthState::NeedsConsent, "graph.consent"));
    assert!(refused.message.contains("Contacts.Read "), "{}", refused.message);
    assert_eq!(refused.costs, "Your own Outlook contacts are not found.");
    assert_eq!(read(&reader, Place::EntraUsers, None).await.expect("others go on").1.len(), 1);

    // The issuer gives no token before somebody agrees.
    let resource = Resource::graph(Cloud::Global, Feature::OrganisationContacts.permissions());
    office.sign_in.will_give(&resource, Err(TokenProblem::StepUp { claims: None }));
    let refused = read(&reader, Place::OrganisationContacts, None).await.expect_err("no token");
    assert_eq!(refused.state, HealthState::NeedsConsent);
    assert!(refused.message.contains("OrgContact.Read.All"), "{}", refused.message);
    office.check();
}

#[tokio::test]
async fn without_network_or_sign_in_a_source_is_stale_and_says_why_dir_5() {
    let office = Office::open().await;
    let reader = reader(&office);
    office.state().closed = Some(("/users", Refusal::of(502)));
    let stale = read(&reader, Place::EntraUsers, None).await.expect_err("it is away");
    assert_eq!((stale.state, stale.code), (HealthState::Stale, "graph.unreachable"));
    assert!(matches!(stale.again, Again::After(_)));
    assert!(stale.message.starts_with("Microsoft Graph cannot be reached") && stale.message.ends_with('.'));

    office.state().closed = Some(("/users", Refusal::of(404)));
    let missing = read(&reader, Place::SharedContacts { mailbox: "no@example.com".to_owned() }, None).await;
    assert_eq!(missing.expect_err("no such mailbox").state, HealthState::Failed);

    office.sign_in.set(SignInState::SignedOut { why: None });
    let out = read(&reader, Place::EntraUsers, None).await.expect_err("nobody is there");
    assert_eq!((out.state, out.code, out.again), (HealthState::Stale, "graph.signed-out", Again::AtSignIn));
    office.check();
}

#[tokio::test]
async fn a_calendar_is_asked_for_once_a_minute_and_only_for_times_dir_3() {
    let office = Office::open().await;
    let at = |time: &str| json!({"dateTime": format!("2026-11-18T{time}.0000000"), "timeZone": "UTC"});
    let busy =
        json!({"status": "busy", "subject": "Redundancies", "start": at("10:30:00"), "end": at("12:00:00")});
    let schedule =
        json!({"scheduleId": "rita@example.com", "availabilityView": "2", "scheduleItems": [busy]});
    office.state().schedules.insert("rita@example.com".to_owned(), schedule);
    let time = Arc::new(Patient::new());
    let calendars = GraphCalendars::new(office.sign_in.clone(), time.clone(), office.site());
    let says = calendars.free_busy("rita@example.com").await.expect("it is asked").expect("she has one");
    let hour = 3_600_000;
    // It is 11:06:40.
    let noon = Timestamp(NOW.0 + hour - 400_000);
    assert_eq!(says.now, Slot { status: Busy::Busy, from: Timestamp(noon.0 - hour * 3 / 2), until: noon });
    assert_eq!(says.next.map(|next| (next.status, next.from)), Some((Busy::Free, noon)));
    calendars.free_busy("Rita@example.com").await.expect("it is known");
    assert_eq!(office.asked().borrow().len(), 1, "a card that is opened twice asks once");
    time.let_pass(Duration::from_secs(61));
    calendars.free_busy("rita@example.com").await.expect("it is asked again");
    assert_eq!(office.asked().borrow().len(), 2);

    assert_eq!(calendars.free_busy("stranger@example.org").await, Ok(None), "no calendar is no fault");
    office.state().closed = Some(("/me/calendar", Refusal::of(403)));
    time.let_pass(Duration::from_secs(61));
    let refused = calendars.free_busy("rita@example.com").await.expect_err("it is refused");
    assert_eq!(refused.state, HealthState::NeedsConsent);
    assert!(refused.message.contains("Calendars.ReadBasic"), "{}", refused.message);
    office.check();
}

/// DIR-4.
#[tokio::test]
async fn a_card_is_told_the_manager_and_who_reports_dir_4() {
    let office = Office::open().await;
    let above = [("anna", "rita"), ("bert", "rita"), ("cora", "rita"), ("rita", "ruth")];
    office.state().managers.extend(above.map(|(report, manager)| (report.to_owned(), manager)));
    let time = Arc::new(Patient::new());
    let lines = GraphReportingLines::new(office.sign_in.clone(), time.clone(), office.site());
    let line = |manager: Option<&str>, reports: &[&str]| ReportingLine {
        manager: manager.map(str::to_owned),
        reports: reports.iter().map(|report| (*report).to_owned()).collect(),
    };
    let rita = lines.line("rita").await.expect("it is told");
    assert_eq!(rita, line(Some("ruth"), &["anna", "bert", "cora"]), "over two pages");
    let ruth = lines.line("ruth").await.expect("it is told");
    assert_eq!(ruth, line(None, &["rita"]), "who has no manager has none");
    assert_eq!(lines.line("anna").await.expect("it is told"), line(Some("rita"), &[]));

    // Who is asked to wait does not ask for the next card either.
    let busy = Refusal::of(429).with("retry-after", "120");
    office.state().closed = Some(("/users", busy));
    let throttled = lines.line("rita").await.expect_err("it is refused");
    assert_eq!((throttled.code, throttled.state), ("graph.throttled", HealthState::Stale));
    let asked = office.asked().borrow().len();
    office.state().closed = None;
    assert_eq!(lines.line("anna").await, Err(throttled));
    assert_eq!(office.asked().borrow().len(), asked);
    time.let_pass(Duration::from_secs(121));
    lines.line("anna").await.expect("it is asked again");

    office.state().closed = Some(("/users", Refusal::of(403)));
    let refused = lines.line("rita").await.expect_err("it is refused");
    assert_eq!((refused.code, refused.state), ("graph.consent", HealthState::NeedsConsent));
    assert!(refused.message.contains("User.Read.All"), "{}", refused.message);
    assert!(refused.costs.contains("manager"), "{}", refused.costs);
    office.check();
}
