//! The suite of what is kept about one person, and of its end.

use engine::{AttendantId, CallId, Origin, PartyId, RecordingId, ServiceId, Span, Timestamp};
use reporting::{RecordChange, TransferEnd, Voicemail};

use super::{WORKS, address, attempt, contact, out_of_range, record};
use crate::book::{Contact, ContactBook, PartyBook};
use crate::journal::Journal;
use crate::line::ReportingLine;
use crate::personal::{FAVOURITES, NotePart, Personal, StandIn};
use crate::records::{RecordFilter, Records};
use crate::subjects::{KeptAbout, NAMED_MAX, PART_CHARS_MIN, Subject, Subjects};
use crate::voicemails::VoicemailBook;

/// Everything at once that a subject's suite asks for.
pub trait Keeps: Journal + Records + PartyBook + ContactBook + Personal + VoicemailBook + Subjects {}
impl<S: Journal + Records + PartyBook + ContactBook + Personal + VoicemailBook + Subjects> Keeps for S {}

/// What is kept about a person, and that nothing of it is left when it was erased (DATA-10).
pub async fn subjects<S: Keeps>(make: impl AsyncFn() -> S) {
    what_is_kept_about_somebody_is_told_and_erased_whole(&make().await).await;
    parties_are_found_by_a_part_of_their_number(&make().await).await;
    a_subject_keeps_its_limits(&make().await).await;
    who_is_left_out_is_not_taken_in_again(&make().await).await;
}

async fn who_is_left_out_is_not_taken_in_again(store: &impl Keeps) {
    let of = |key: &str, name: &str, email: &str| Contact {
        key: key.to_owned(),
        email: email.to_owned(),
        ..contact(name)
    };
    let book = || {
        vec![
            of("a", "Anna Muster", "anna@example.com"),
            of("b", "Bert", "info@example.com"),
            Contact { manager: "a".to_owned(), ..of("c", "Cora", "info@example.com") },
        ]
    };
    let names = |contacts: &[Contact]| -> Vec<String> {
        contacts.iter().map(|contact| contact.display_name.clone()).collect()
    };
    let kept = store.replace("phones", book()).await.expect(WORKS);
    assert_eq!(store.left_out().await.expect(WORKS), 0);
    store.leave_out(&kept[..2]).await.expect(WORKS);
    store.leave_out(&kept[..1]).await.expect("twice is once");
    assert_eq!(store.left_out().await.expect(WORKS), 2);
    let subject = Subject { contacts: [kept[0].id, kept[1].id].into(), ..Subject::default() };
    store.erase(&subject).await.expect(WORKS);

    let again = store.replace("phones", book()).await.expect(WORKS);
    assert_eq!(names(&again), ["Cora"], "who shares an address only is another person");
    assert_eq!(again[0].manager, "", "nor is she named as somebody's manager");
    let renamed = vec![of("a", "A. Muster", ""), of("other", "anna muster", "Anna@Example.com")];
    assert!(
        store.replace("another file", renamed).await.expect(WORKS).is_empty(),
        "by her key, by her address"
    );
    let update = vec![of("b", "Bert", ""), of("d", "Dora", "")];
    let applied = store.apply("phones", update, Vec::new()).await.expect(WORKS);
    assert_eq!(names(&applied.upserted), ["Dora"]);

    assert_eq!(store.take_in_again().await.expect(WORKS), 2);
    assert_eq!(store.left_out().await.expect(WORKS), 0);
    let back = store.replace("phones", book()).await.expect(WORKS);
    assert_eq!(names(&back), ["Anna Muster", "Bert", "Cora"]);
}

async fn what_is_kept_about_somebody_is_told_and_erased_whole(store: &impl Keeps) {
    for (id, number) in [(1, "+41445556677"), (2, "0445556677"), (3, "4010")] {
        store.party_of(Some(&address(number)), Some("Anna"), PartyId(id)).await.expect(WORKS);
    }
    let keyed = |name: &str| Contact { key: name.to_owned(), ..contact(name) };
    let of_anna = Contact { manager: "Anna".to_owned(), ..keyed("Bert") };
    let stored = store.replace("phones", vec![keyed("Anna"), of_anna]).await.expect(WORKS);
    let (anna, bert) = (stored[0].id, stored[1].id);
    let told = ReportingLine { manager: Some("Anna".to_owned()), reports: vec!["Anna".to_owned()] };
    store.keep_line(&stored[1], &told, Timestamp(1)).await.expect(WORKS);
    assert!(store.place(AttendantId(7), FAVOURITES, anna, None).await.expect(WORKS));
    assert!(store.place(AttendantId(7), FAVOURITES, bert, None).await.expect(WORKS));
    let note =
        |text: &str| NotePart { text: text.to_owned(), by: AttendantId(7), at: Timestamp(1), unaware: false };
    store.write_note(anna, 0, note("Gate 3")).await.expect(WORKS);
    store.write_note(bert, 0, note("Gate 4")).await.expect(WORKS);
    let stand_in = StandIn { contact: anna, until: None, by: AttendantId(7), at: Timestamp(1) };
    assert!(store.set_stand_in(bert, Some(stand_in)).await.expect(WORKS));
    assert!(store.set_first_endpoint(AttendantId(7), anna, Some("4010")).await.expect(WORKS));
    let voicemail = |recording, party| Voicemail {
        recording: RecordingId(recording),
        call: CallId(1),
        service: ServiceId(1),
        party: PartyId(party),
        left: Timestamp(5),
        length: Span(3_000),
        origin: Origin::Live,
    };
    let mut hers = record(1, 1);
    hers.party = PartyId(1);
    let mut others = record(2, 1);
    others.party = PartyId(3);
    let ended = |caller, target, at| {
        RecordChange::TransferEnded(attempt(caller, target, at, TransferEnd::PutThrough))
    };
    let lease = store.take_lease("suite").await.expect(WORKS);
    let changes = [
        RecordChange::Put(hers),
        RecordChange::Put(others),
        ended(1, 3, 30),
        ended(3, 2, 20),
        ended(1, 2, 10),
        ended(3, 3, 40),
        RecordChange::VoicemailLeft(voicemail(8, 2)),
        RecordChange::VoicemailLeft(voicemail(9, 3)),
    ];
    store.append(lease, 0, &[], &changes).await.expect(WORKS);
    store.keep_image(1, vec![7]).await.expect(WORKS);
    let revision = store.revision().await.expect(WORKS);

    let subject =
        Subject { parties: [PartyId(1), PartyId(2), PartyId(77)].into(), contacts: [anna, 99].into() };
    let kept = store.about(&subject).await.expect(WORKS);
    assert_eq!(kept.parties.iter().map(|party| party.id.0).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(kept.contacts.iter().map(|kept| kept.contact.id).collect::<Vec<_>>(), [anna]);
    assert_eq!(kept.notes, [(anna, note("Gate 3"))]);
    assert_eq!(kept.stand_ins, [(bert, stand_in)]);
    assert_eq!((kept.places, kept.first_endpoints, kept.calls), (1, 1, 1));
    assert_eq!(
        kept.transfers.iter().map(|attempt| attempt.at.0).collect::<Vec<_>>(),
        [10, 20, 30],
        "each once"
    );
    assert_eq!(kept.voicemails.iter().map(|kept| kept.voicemail.recording.0).collect::<Vec<_>>(), [8]);

    assert_eq!(store.erase(&subject).await.expect(WORKS), kept, "the receipt is what was told before");
    let left = store.about(&subject).await.expect(WORKS);
    assert_eq!(left, KeptAbout { calls: 1, ..KeptAbout::default() }, "call records stay, of nobody");
    assert_eq!(store.calls(&RecordFilter::default(), 10).await.expect(WORKS).len(), 2);
    assert_eq!(store.image().await.expect(WORKS), None, "nor in an image of the index");
    assert!(store.revision().await.expect(WORKS) > revision);
    let bert_kept = store.by_ids(&[bert]).await.expect(WORKS);
    assert_eq!(bert_kept[0].manager, "", "nobody names her any more");
    let line = store.line(&stored[1], 10).await.expect(WORKS);
    assert_eq!((line.manager, line.reports), (None, Vec::new()));
    let new = store.party_of(Some(&address("0445556677")), None, PartyId(5)).await.expect(WORKS);
    assert_eq!((new.id, new.display_name), (PartyId(5), None), "should she call again, she is somebody new");

    let other = Subject { parties: [PartyId(3)].into(), contacts: [bert].into() };
    let kept = store.about(&other).await.expect(WORKS);
    let counts =
        (kept.parties.len(), kept.notes.len(), kept.places, kept.transfers.len(), kept.voicemails.len());
    assert_eq!((counts, kept.calls), ((1, 1, 1, 1, 1), 1), "what is about others stays");
    assert!(kept.stand_ins.is_empty(), "nobody of that name stands in");
}

async fn parties_are_found_by_a_part_of_their_number(store: &impl Keeps) {
    for (id, number) in
        [(1, "+41445556677"), (2, "0445556677"), (3, "anna.5556677@example.com"), (4, "5556678")]
    {
        store.party_of(Some(&address(number)), None, PartyId(id)).await.expect(WORKS);
    }
    store.party_of(None, Some("5556677"), PartyId(6)).await.expect(WORKS);
    let found = store.parties_with("5556677").await.expect(WORKS);
    assert_eq!(found.iter().map(|party| party.id.0).collect::<Vec<_>>(), [2, 1, 3], "the shortest first");
    assert!(store.parties_with("%%%%").await.expect(WORKS).is_empty(), "a text, not a pattern");
    out_of_range(store.parties_with(&"5".repeat(PART_CHARS_MIN - 1)).await);
}

async fn a_subject_keeps_its_limits(store: &impl Keeps) {
    let many = || 1..=NAMED_MAX as u64 + 1;
    for subject in [
        Subject { parties: many().map(PartyId).collect(), ..Subject::default() },
        Subject { contacts: many().collect(), ..Subject::default() },
    ] {
        out_of_range(store.about(&subject).await);
        out_of_range(store.erase(&subject).await);
    }
    assert_eq!(store.about(&Subject::default()).await.expect(WORKS), KeptAbout::default());
}
