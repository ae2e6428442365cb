//! What attendants note about contacts, what is kept of callers, and whose calls are turned away, through the one door
//! (DIR-4, CALL-9, DATA-10).

#[path = "support/console.rs"]
#[allow(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::sync::Arc;

use app::App;
use app::api::wire::contacts::{ContactCardView, NoteView, PersonalView, TransferEndName};
use app::api::wire::numbers::{DiallingForm, ListedForm, ListingName, NumbersView};
use app::api::wire::subjects::{KeptAboutView, SubjectForm};
use app::api::wire::{CallerCard, ConsoleView, Destination, Request, Response, TransferMode};
use contracts::book::{Contact, ContactBook, Endpoint, EndpointKind};
use contracts::journal::Journal;
use contracts::memory::MemoryStore;
use contracts::records::Records;
use contracts::telephony::{Order, Report};
use engine::{CallId, Failure, Leg, Origin, PartyId, ReleaseCause, Timestamp};
use reporting::{RecordChange, TransferAttempt, TransferEnd};
use support::{Exchange, PATIENCE, ask, console, open, until};

const DAY_MS: i64 = 24 * 3_600 * 1_000;

fn contact(name: &str, number: &str) -> Contact {
    Contact {
        key: name.to_owned(),
        display_name: name.to_owned(),
        company: "Beispiel AG".to_owned(),
        department: "Empfang".to_owned(),
        endpoints: vec![Endpoint { kind: EndpointKind::Work, address: number.to_owned() }],
        ..Contact::default()
    }
}

/// A console with Anna, Bert and Cora in its address book, and their ids.
async fn with_contacts() -> (Arc<App>, Arc<MemoryStore>, [String; 3]) {
    let store = Arc::new(MemoryStore::default());
    let contacts = [contact("Anna", "4010"), contact("Bert", "4011"), contact("Cora", "4012")];
    let stored = store.replace("phones", contacts.to_vec()).await.expect("they are stored");
    let app = open(&store, &Exchange::new()).await;
    (app, store, std::array::from_fn(|place| stored[place].id.to_string()))
}

async fn personal(app: &App) -> PersonalView {
    let Response::Personal(view) = ask(app, Request::GetPersonal {}).await else { panic!("groups") };
    view
}

/// Groups as they are shown: their names, and who is in them.
async fn groups(app: &App) -> Vec<(String, Vec<String>)> {
    let shown = |group: app::api::wire::contacts::GroupView| {
        (group.name, group.contacts.into_iter().map(|contact| contact.display_name).collect())
    };
    personal(app).await.groups.into_iter().map(shown).collect()
}

async fn contact_card(app: &App, contact: &str) -> ContactCardView {
    let request = Request::GetContactCard { contact: contact.to_owned() };
    let Response::ContactCard(card) = ask(app, request).await else { panic!("a card") };
    *card
}

async fn note(app: &App, contact: &str, text: &str, revision: u64) -> NoteView {
    let request = Request::PutNote { contact: contact.to_owned(), text: text.to_owned(), revision };
    let Response::Note(note) = ask(app, request).await else { panic!("a note") };
    note
}

async fn code(app: &App, request: Request) -> String {
    app.handle(request).await.expect_err("it is refused").code
}

#[tokio::test]
async fn favourites_and_groups_are_kept_in_the_attendants_order_dir_4() {
    let (app, store, [anna, bert, _]) = with_contacts().await;
    for contact in [&anna, &bert] {
        ask(&app, Request::SetFavourite { contact: contact.clone(), favourite: true }).await;
    }
    let Response::Saved(board) = ask(&app, Request::PutGroup { group: None, name: " Board ".into() }).await
    else {
        panic!("it is saved")
    };
    let place = |contact: &str, before: Option<&str>| Request::PlaceContact {
        group: board.id.clone(),
        contact: contact.to_owned(),
        before: before.map(str::to_owned),
    };
    ask(&app, place(&anna, None)).await;
    ask(&app, place(&bert, Some(&anna))).await;
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let both =
        vec![(String::new(), names(&["Anna", "Bert"])), ("Board".to_owned(), names(&["Bert", "Anna"]))];
    assert_eq!(groups(&app).await, both);

    ask(&app, Request::SetFavourite { contact: anna.clone(), favourite: false }).await;
    let view = personal(&app).await;
    let is_favourite = |name: &str| {
        let all = &view.groups[1].contacts;
        all.iter().find(|contact| contact.display_name == name).expect("there").favourite
    };
    assert!(is_favourite("Bert") && !is_favourite("Anna"));
    assert_eq!(contact_card(&app, &anna).await.groups, std::slice::from_ref(&board.id));

    assert_eq!(code(&app, Request::PutGroup { group: None, name: "Board".into() }).await, "setting.taken");
    assert_eq!(
        code(&app, Request::PutGroup { group: None, name: "  ".into() }).await,
        "setting.out-of-range"
    );
    assert_eq!(code(&app, Request::RemoveGroup { group: "0".into() }).await, "setting.unknown");
    let nobody = Request::SetFavourite { contact: "99".into(), favourite: true };
    assert_eq!(code(&app, nobody).await, "contact.unknown");

    // The next start finds them, and whoever left the address book is shown as gone.
    app.shut_down().await;
    store.replace("phones", vec![contact("Anna", "4010")]).await.expect("it is replaced");
    let app = open(&store, &Exchange::new()).await;
    let view = personal(&app).await;
    let gone: Vec<_> = view.groups[1].contacts.iter().map(|it| (it.display_name.as_str(), it.gone)).collect();
    assert_eq!(gone, [("Bert", true), ("Anna", false)]);
    assert!(contact_card(&app, &bert).await.contact.gone);
    app.shut_down().await;
}

/// DIR-5: what was written without knowing of the other is kept beside it.
#[tokio::test]
async fn a_note_written_over_an_older_one_loses_nothing_dir_5() {
    let (app, _, [anna, ..]) = with_contacts().await;
    assert_eq!(contact_card(&app, &anna).await.note.revision, 0);
    let first = note(&app, &anna, " Back on Monday ", 0).await;
    assert_eq!((first.text.as_str(), first.revision), ("Back on Monday", 1));
    assert_eq!(first.parts[0].by, "Rita Frei");
    let late = note(&app, &anna, "Ask for Bert", 0).await;
    assert_eq!(late.text, "Back on Monday\n\nAsk for Bert");
    assert_eq!(late.parts.iter().map(|part| part.conflict).collect::<Vec<_>>(), [false, true]);
    assert_eq!(contact_card(&app, &anna).await.note, late);
    let none = note(&app, &anna, "", late.revision).await;
    assert!(none.parts.is_empty());
    let long = Request::PutNote { contact: anna, text: "x".repeat(4_097), revision: none.revision };
    assert_eq!(code(&app, long).await, "setting.out-of-range");
    app.shut_down().await;
}

#[tokio::test]
async fn a_card_tells_who_stands_in_who_works_beside_her_and_which_number_is_tried_first_dir_4() {
    let (app, _, [anna, bert, cora]) = with_contacts().await;
    let stand_in = |contact: &str, stand_in: Option<&str>, until: Option<i64>| Request::SetStandIn {
        contact: contact.to_owned(),
        stand_in: stand_in.map(str::to_owned),
        until,
    };
    ask(&app, stand_in(&anna, Some(&cora), None)).await;
    ask(&app, stand_in(&bert, Some(&cora), Some(1))).await;
    let card = contact_card(&app, &anna).await;
    let who = card.stand_in.expect("Cora stands in");
    assert_eq!((who.contact.display_name.as_str(), who.by.as_str(), who.until), ("Cora", "Rita Frei", None));
    assert_eq!(contact_card(&app, &bert).await.stand_in, None, "that time is over");
    let for_whom = contact_card(&app, &cora).await.stands_in_for;
    assert_eq!(for_whom.iter().map(|it| it.contact.display_name.as_str()).collect::<Vec<_>>(), ["Anna"]);
    assert_eq!(code(&app, stand_in(&anna, Some(&anna), None)).await, "setting.out-of-range");
    ask(&app, stand_in(&anna, None, None)).await;
    assert_eq!(contact_card(&app, &anna).await.stand_in, None);

    let colleagues: Vec<String> = card.colleagues.into_iter().map(|contact| contact.display_name).collect();
    assert_eq!((card.colleagues_total, colleagues), (2, vec!["Bert".to_owned(), "Cora".to_owned()]));

    let first = |address: &str| Request::SetDefaultEndpoint {
        contact: anna.clone(),
        address: Some(address.to_owned()),
    };
    ask(&app, first("4010")).await;
    assert_eq!(contact_card(&app, &anna).await.default_endpoint.as_deref(), Some("4010"));
    ask(&app, first("4999")).await;
    assert_eq!(contact_card(&app, &anna).await.default_endpoint, None, "she has no such number any more");
    app.shut_down().await;
}

#[tokio::test]
async fn an_index_older_than_the_books_finds_what_changed_since_as_soon_as_the_console_starts_dir_2() {
    let store = Arc::new(MemoryStore::default());
    let contacts =
        [contact("Anna Keller", "4010"), contact("Bert Amsler", "4011"), contact("Cora Zander", "4012")];
    let stored = store.replace("phones", contacts.to_vec()).await.expect("they are stored");
    let revision = store.revision().await.expect("memory");
    store.keep_image(revision, directory::Index::new(&stored).image()).await.expect("it is kept");
    let changed = Contact { title: "Lawyer".to_owned(), ..stored[0].clone() };
    let upserts = vec![changed, contact("Dora Keller", "4013")];
    store.apply("phones", upserts, vec![stored[1].key.clone()]).await.expect("it is stored");

    let app = open(&store, &Exchange::new()).await;
    let found = async |query: &str| {
        let request = Request::SearchContacts { query: query.to_owned(), limit: 10, caller: None };
        let Response::Search(result) = ask(&app, request).await else { panic!("a result") };
        result.contacts.into_iter().map(|contact| contact.display_name).collect::<Vec<String>>()
    };
    assert_eq!(found("keller").await, ["Anna Keller", "Dora Keller"]);
    assert_eq!(found("lawyer").await, ["Anna Keller"]);
    assert_eq!(found("beispiel").await, ["Anna Keller", "Cora Zander", "Dora Keller"]);
    assert_eq!(found("amsler").await, Vec::<String>::new());
    let kept = store.image().await.expect("memory").map(|(of, _)| of);
    assert_eq!(kept, Some(revision), "no index was built anew for that");
}

async fn caller_card(app: &App, party: &str) -> CallerCard {
    let request = Request::GetCallerCard { party: party.to_owned() };
    let Response::CallerCard(card) = ask(app, request).await else { panic!("a card") };
    *card
}

#[tokio::test]
async fn a_callers_card_says_how_each_transfer_ended_and_forgets_when_asked_call_9() {
    let (app, exchange, _) = console().await;
    let mut caller = String::new();
    for (call, failure) in [(1, None), (2, Some(Failure::Busy))] {
        exchange.ring(call, "+41445556677").await;
        let view = until(&app, "rings", |view| view.me.offer.is_some()).await;
        caller.clone_from(&view.queue[0].caller.party);
        ask(&app, Request::Accept { offer: view.me.offer.expect("rings").offer }).await;
        let view = until(&app, "active", |view| !view.calls.is_empty()).await;
        let to = Destination { address: "4010".into(), contact: None, voicemail: false, service: None };
        let id = view.calls[0].call.clone();
        ask(&app, Request::Transfer { call: id, mode: TransferMode::Blind, to }).await;
        let refers =
            |order: &Order| matches!(order, Order::Refer { leg: Leg::Caller(CallId(it)), .. } if *it == call);
        let Order::Refer { transfer, .. } = exchange.ordered(refers).await else { panic!("a hand-over") };
        let ended = match failure {
            None => Report::Taken { transfer },
            Some(failure) => Report::Refused { transfer, failure },
        };
        exchange.report(ended).await;
        until(&app, "over", |view| view.calls.is_empty() && view.leaving.is_empty()).await;
    }
    let card = caller_card(&app, &caller).await;
    let [row] = &card.transfers[..] else { panic!("one target: {:?}", card.transfers) };
    assert_eq!((row.times, row.tried, row.ended), (1, 2, TransferEndName::Refused));
    assert_eq!(row.reason.as_deref(), Some("busy"));
    assert_eq!((card.kept.days, card.kept.entries), (90, 2), "what is kept is said");

    ask(&app, Request::EraseTransferHistory { party: Some(caller.clone()) }).await;
    let card = caller_card(&app, &caller).await;
    assert!(card.transfers.is_empty() && card.kept.entries == 0, "DATA-10: {:?}", card.transfers);
    app.shut_down().await;
}

#[tokio::test]
async fn transfers_are_kept_as_long_as_it_is_set_and_no_longer_call_9() {
    let store = Arc::new(MemoryStore::default());
    let today = Timestamp(
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_millis()).ok())
            .expect("a clock after 1970"),
    );
    let days_ago = |days: i64| {
        RecordChange::TransferEnded(TransferAttempt {
            caller: PartyId(1),
            target: PartyId(2),
            attendant: None,
            at: Timestamp(today.0 - days * DAY_MS),
            origin: Origin::Live,
            end: TransferEnd::PutThrough,
        })
    };
    let lease = store.take_lease("test").await.expect("it is taken");
    store.append(lease, 0, &[], &[91, 89, 31, 29].map(days_ago)).await.expect("they are written");
    let app = open(&store, &Exchange::new()).await;
    let looked = async {
        loop {
            let kept = store.transfers_kept(PartyId(1)).await.expect("it is counted");
            if kept < 4 {
                return kept;
            }
            tokio::task::yield_now().await;
        }
    };
    let seen = tokio::time::timeout(PATIENCE, looked).await.expect("the start looks at the clock");
    assert_eq!(seen, 3, "what is older than 90 days");
    ask(&app, Request::SetTransferRetention { days: 30 }).await;
    assert_eq!(store.transfers_kept(PartyId(1)).await.expect("it is counted"), 1);
    let Response::Retention(kept) = ask(&app, Request::GetTransferRetention {}).await else { panic!("days") };
    assert_eq!(kept.days, 30);
    for days in [0, 731] {
        let refused = app.handle(Request::SetTransferRetention { days }).await.expect_err("out of range");
        assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("setting.out-of-range", Some("days")));
    }
    app.shut_down().await;
}

async fn numbers(app: &App) -> NumbersView {
    let Response::Numbers(view) = ask(app, Request::GetNumbers {}).await else { panic!("numbers") };
    view
}

async fn list(app: &App, kind: ListingName, number: &str, prefix: bool) -> String {
    let reason = " Sells ink ".to_owned();
    let form = ListedForm { kind, number: number.to_owned(), prefix, reason };
    let Response::Saved(saved) = ask(app, Request::ListNumber { form }).await else { panic!("it is saved") };
    saved.id
}

#[tokio::test]
async fn a_blocked_caller_is_turned_away_before_anybody_is_rung_and_spam_is_marked() {
    let (app, exchange, store) = console().await;
    ask(&app, Request::SetHomeCountry { country: "CH".into() }).await;
    let blocked = list(&app, ListingName::Blocked, "044 555 66 77", false).await;
    list(&app, ListingName::Spam, "0041 43", true).await;

    exchange.ring(1, "+41445556677").await;
    let turned_away = |order: &Order| {
        matches!(order, Order::Release { leg: Leg::Caller(CallId(1)), why: ReleaseCause::Overload })
    };
    exchange.ordered(turned_away).await;
    exchange.ring(2, "0435551122").await;
    let view = until(&app, "rings", |view| view.me.offer.is_some()).await;
    assert_eq!(view.queue.len(), 1, "the blocked caller is nowhere");
    let caller = &view.queue[0].caller;
    assert_eq!((caller.marked, caller.shown.as_deref()), (Some(ListingName::Spam), Some("043 555 11 22")));
    assert_eq!(store.calls(&Default::default(), 10).await.expect("records").len(), 0, "nor in any record");

    let card = caller_card(&app, &caller.party).await;
    let listed = card.listed.expect("she is listed");
    assert_eq!((listed.reason.as_str(), listed.by.as_str(), listed.prefix), ("Sells ink", "Rita Frei", true));
    let view = numbers(&app).await;
    assert_eq!(view.home.as_deref(), Some("CH"));
    let rows: Vec<_> = view.listed.iter().map(|row| (row.number.as_str(), row.kind, row.calls)).collect();
    let spam = ("+4143", ListingName::Spam, 1);
    assert!(rows.contains(&spam) && rows.contains(&("044 555 66 77", ListingName::Blocked, 1)), "{rows:?}");

    ask(&app, Request::UnlistNumber { listed: blocked.clone() }).await;
    assert_eq!(code(&app, Request::UnlistNumber { listed: blocked }).await, "setting.unknown");
    exchange.ring(3, "+41445556677").await;
    until(&app, "waits", |view| view.queue.len() == 2).await;
    app.shut_down().await;
}

#[tokio::test]
async fn what_is_no_number_and_no_country_is_refused_with_its_field() {
    let (app, _, _) = console().await;
    let form = |number: &str, prefix| Request::ListNumber {
        form: ListedForm { kind: ListingName::Blocked, number: number.into(), prefix, reason: String::new() },
    };
    for (request, code, field) in [
        (form("", false), "address.invalid", "number"),
        (form("+41", true), "setting.out-of-range", "number"),
        (Request::SetHomeCountry { country: "Switzerland".into() }, "setting.out-of-range", "country"),
    ] {
        let refused = app.handle(request).await.expect_err("it is refused");
        assert_eq!((refused.code.as_str(), refused.field.as_deref()), (code, Some(field)));
    }
    assert!(numbers(&app).await.listed.is_empty());
    app.shut_down().await;
}

/// The outside line, extensions and their block, there and back: who calls is known, and what is dialled reaches her.
#[tokio::test]
async fn callers_and_calls_go_through_the_outside_line_of_the_site_dir_2_call_7() {
    let store = Arc::new(MemoryStore::default());
    let contacts = [contact("Anna Muster", "+41 79 555 66 77"), contact("Bert Keller", "+41 44 555 40 10")];
    store.replace("phones", contacts.to_vec()).await.expect("they are stored");
    let exchange = Exchange::new();
    let app = open(&store, &exchange).await;
    ask(&app, Request::StartTraining {}).await;
    ask(&app, Request::SetHomeCountry { country: "CH".into() }).await;
    exchange.ring(1, "4010").await;
    exchange.ring(2, "00795556677").await;
    let names = |view: &ConsoleView| {
        let mut names: Vec<_> = view.queue.iter().filter_map(|row| row.caller.name.clone()).collect();
        names.sort();
        names
    };
    until(&app, "both wait", |view| names(view) == ["Rosa Meier", "Rosa Meier"]).await;

    let form = DiallingForm {
        outside: "0".into(),
        comes_with_outside: true,
        extension_min: 4,
        extension_max: 4,
        block: "+41 44 555".into(),
    };
    let wrong = Request::SetDialling { form: DiallingForm { extension_max: 9, ..form.clone() } };
    let refused = app.handle(wrong).await.expect_err("no extension has nine digits");
    assert_eq!(
        (refused.code.as_str(), refused.field.as_deref()),
        ("setting.out-of-range", Some("extension_max"))
    );
    ask(&app, Request::SetDialling { form }).await;
    assert_eq!(numbers(&app).await.dialling.block, "+4144555", "tidied");
    let known = |view: &ConsoleView| names(view) == ["Bert Keller", "Rosa Meier"];
    until(&app, "who waits is looked up again", known).await;
    exchange.ring(3, "00795556677").await;
    until(&app, "she is known", |view| names(view) == ["Anna Muster", "Bert Keller", "Rosa Meier"]).await;

    for call in [1, 2, 3] {
        exchange.report(Report::HungUp { leg: Leg::Caller(CallId(call)) }).await;
    }
    until(&app, "nobody waits", |view| view.queue.is_empty()).await;
    let place = |address: &str| Request::PlaceCall {
        to: Destination { address: address.into(), contact: None, voicemail: false, service: None },
        service: None,
    };
    for (written, dialled) in [("+41 79 555 66 78", "00795556678"), ("044 555 40 11", "4011")] {
        ask(&app, place(written)).await;
        let reaches = |order: &Order| matches!(order, Order::Dial { to, .. } if to.as_str() == dialled);
        exchange.ordered(reaches).await;
        let view = until(&app, "it is dialled", |view| view.calls.iter().any(|call| call.outbound)).await;
        let call = view.calls.iter().find(|call| call.outbound).expect("there").call.clone();
        ask(&app, Request::HangUp { call }).await;
        until(&app, "it is over", |view| !view.calls.iter().any(|call| call.outbound)).await;
    }
    app.shut_down().await;
}

#[tokio::test]
async fn what_is_kept_about_somebody_is_shown_handed_out_and_erased_data_10() {
    let (store, exchange) = (Arc::new(MemoryStore::default()), Exchange::new());
    let stored =
        store.replace("phones", vec![contact("Anna Muster", "+41 44 555 66 77")]).await.expect("stored");
    let anna = stored[0].id.to_string();
    let app = open(&store, &exchange).await;
    ask(&app, Request::StartTraining {}).await;
    ask(&app, Request::SetHomeCountry { country: "CH".into() }).await;
    ask(&app, Request::SetFavourite { contact: anna.clone(), favourite: true }).await;
    note(&app, &anna, "Allergic to cats", 0).await;

    exchange.ring(1, "0445556677").await;
    let view = until(&app, "rings", |view| view.me.offer.is_some()).await;
    let caller = view.queue[0].caller.party.clone();
    let subject = || SubjectForm { numbers: vec!["+41 44 555 66 77".into()], contacts: vec![anna.clone()] };
    let in_a_call = Request::EraseKeptAbout { subject: subject(), leave_out: false };
    assert_eq!(code(&app, in_a_call).await, "setting.in-use");
    exchange.report(Report::HungUp { leg: Leg::Caller(CallId(1)) }).await;
    until(&app, "gone", |view| view.queue.is_empty()).await;

    let about = async |request: Request| {
        let Response::KeptAbout(kept) = ask(&app, request).await else { panic!("what is kept") };
        *kept
    };
    let kept = about(Request::GetKeptAbout { subject: subject() }).await;
    assert_eq!(kept.numbers, ["0445556677"], "however it was dialled");
    assert_eq!((kept.names.clone(), kept.contacts.len()), (vec!["Rosa Meier".to_owned()], 1));
    assert_eq!((kept.notes, kept.places, kept.calls, kept.erased), (1, 1, 1, None));
    let Response::Export(export) = ask(&app, Request::ExportKeptAbout { subject: subject() }).await else {
        panic!("an export")
    };
    for told in ["0445556677", "Rosa Meier", "Anna Muster", "Beispiel AG", "Allergic to cats", "Rita Frei"] {
        assert!(export.text.contains(told), "{told}: {}", export.text);
        assert!(export.json.contains(told), "{told}: {}", export.json);
    }
    assert!(
        serde_json::from_str::<serde_json::Value>(&export.json)
            .is_ok_and(|it| it["calls"][0]["practice"] == true)
    );

    let receipt = about(Request::EraseKeptAbout { subject: subject(), leave_out: false }).await;
    assert!(receipt.erased.is_some());
    assert_eq!(KeptAboutView { erased: None, ..receipt }, kept, "what was told before");
    let left = about(Request::GetKeptAbout { subject: subject() }).await;
    assert!(left.numbers.is_empty() && left.contacts.is_empty() && left.notes + left.places == 0, "{left:?}");
    let search = Request::SearchContacts { query: "anna".into(), limit: 10, caller: None };
    let Response::Search(found) = ask(&app, search).await else { panic!("a search") };
    assert_eq!(found.total, 0, "nor in the search index");
    let history = Request::GetHistory { before: None, limit: 10, simulated: true };
    let Response::History(page) = ask(&app, history).await else { panic!("a history") };
    let row = &page.rows[0].caller;
    assert_eq!(
        (row.party.as_str(), row.name.as_deref(), row.number.as_deref()),
        (caller.as_str(), None, None)
    );
    assert!(personal(&app).await.groups[0].contacts.is_empty());
    assert_eq!(code(&app, Request::GetContactCard { contact: anna.clone() }).await, "contact.unknown");
    app.shut_down().await;
}

#[tokio::test]
async fn who_is_erased_and_left_out_does_not_come_back_with_her_file_data_10() {
    let app = open(&Arc::default(), &Exchange::new()).await;
    let import = Request::ImportContacts {
        file_name: "staff.csv".into(),
        content_base64: data_encoding::BASE64.encode(b"Name,Phone\nAnna Muster,4010\nBert Keller,4011\n"),
    };
    let found = async |query: &str| {
        let search = Request::SearchContacts { query: query.into(), limit: 10, caller: None };
        let Response::Search(found) = ask(&app, search).await else { panic!("a search") };
        found.contacts.into_iter().map(|contact| contact.id).collect::<Vec<_>>()
    };
    let left_out = async || {
        let Response::LeftOut(view) = ask(&app, Request::GetLeftOut {}).await else { panic!("a count") };
        view.people
    };
    ask(&app, import.clone()).await;
    let subject = SubjectForm { numbers: Vec::new(), contacts: found("anna").await };
    let erase = Request::EraseKeptAbout { subject, leave_out: true };
    let Response::KeptAbout(receipt) = ask(&app, erase).await else { panic!("a receipt") };
    let says = |words: &str| receipt.stays.iter().any(|stays| stays.contains(words));
    assert!(says("not taken in again") && !says("names her again"), "{:?}", receipt.stays);
    assert_eq!(left_out().await, 1);
    ask(&app, import.clone()).await;
    assert!(found("anna").await.is_empty(), "her file names her again, and she stays out");
    assert_eq!(found("bert").await.len(), 1);

    ask(&app, Request::TakeInAgain {}).await;
    assert_eq!(left_out().await, 0);
    ask(&app, import).await;
    assert_eq!(found("anna").await.len(), 1);
    app.shut_down().await;
}
