//! The suite of what attendants note about contacts.

use engine::{AttendantId, Timestamp};

use super::{WORKS, conflict, contact, out_of_range};
use crate::book::{Contact, ContactBook, Gone};
use crate::personal::{
    FAVOURITES, GONE_DAYS, GROUP_CONTACTS_MAX, GROUPS_MAX, Group, GroupId, NOTE_CHARS_MAX, NOTE_PARTS_MAX,
    Note, NotePart, Noted, Personal, STANDS_IN_FOR_MAX, StandIn,
};

const EVA: AttendantId = AttendantId(1);
const FRITZ: AttendantId = AttendantId(2);
const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// Favourites, groups, notes, stand-ins, and contacts that are gone (DIR-4).
pub async fn personal<S: ContactBook + Personal>(make: impl AsyncFn() -> S) {
    favourites_are_there_from_the_start(&make().await).await;
    groups_are_named_ordered_and_of_one_attendant(&make().await).await;
    contacts_are_put_in_order(&make().await).await;
    groups_keep_their_limits(&make().await).await;
    two_notes_that_know_nothing_of_each_other_are_both_kept(&make().await).await;
    notes_keep_their_limits(&make().await).await;
    somebody_stands_in_until_somebody_else_does(&make().await).await;
    an_attendant_chooses_the_number_that_is_tried_first(&make().await).await;
    what_is_noted_outlives_a_contact_that_leaves_its_book_for_a_while(&make().await).await;
    what_nobody_noted_goes_with_its_contact(&make().await).await;
}

/// Contacts of these names, each under its name as key.
async fn stored<const N: usize>(store: &impl ContactBook, names: [&str; N]) -> [u64; N] {
    let contacts = names.map(|name| Contact { key: name.to_owned(), ..contact(name) });
    let stored = store.replace("phones", contacts.to_vec()).await.expect(WORKS);
    std::array::from_fn(|place| stored[place].id)
}

async fn group(store: &impl Personal, attendant: AttendantId, name: &str) -> GroupId {
    store.put_group(attendant, None, name).await.expect(WORKS).expect("a new one")
}

async fn names(store: &impl Personal, attendant: AttendantId) -> Vec<String> {
    store.groups(attendant).await.expect(WORKS).into_iter().map(|group| group.name).collect()
}

async fn favourites(store: &impl Personal, attendant: AttendantId) -> Vec<u64> {
    store.groups(attendant).await.expect(WORKS).swap_remove(0).contacts
}

async fn favourites_are_there_from_the_start(store: &(impl ContactBook + Personal)) {
    let [anna, bert] = stored(store, ["Anna", "Bert"]).await;
    let none = Group { id: FAVOURITES, name: String::new(), contacts: Vec::new() };
    assert_eq!(store.groups(EVA).await.expect(WORKS), [none]);
    for contact in [anna, bert, anna] {
        assert!(store.place(EVA, FAVOURITES, contact, None).await.expect(WORKS));
    }
    assert_eq!(favourites(store, EVA).await, [bert, anna], "the second time she goes to the end");
    assert!(favourites(store, FRITZ).await.is_empty(), "favourites are of one attendant");
    assert!(!store.place(EVA, FAVOURITES, u64::MAX, None).await.expect(WORKS), "nobody of this id");
    assert!(store.take(EVA, FAVOURITES, bert).await.expect(WORKS));
    assert!(!store.take(EVA, FAVOURITES, bert).await.expect(WORKS), "she is out already");
    assert_eq!(favourites(store, EVA).await, [anna]);

    assert!(!store.remove_group(EVA, FAVOURITES).await.expect(WORKS));
    assert_eq!(store.put_group(EVA, Some(FAVOURITES), "Best").await.expect(WORKS), None);
    assert_eq!(favourites(store, EVA).await, [anna], "favourites stay what they are");
}

async fn groups_are_named_ordered_and_of_one_attendant(store: &(impl ContactBook + Personal)) {
    let [anna] = stored(store, ["Anna"]).await;
    let (board, porters) = (group(store, EVA, "Board").await, group(store, EVA, "Porters").await);
    let other = group(store, FRITZ, "Board").await;
    conflict(store.put_group(EVA, None, "Board").await);
    conflict(store.put_group(EVA, Some(porters), "Board").await);
    assert_eq!(store.put_group(EVA, Some(porters), "Porters").await.expect(WORKS), Some(porters), "itself");
    assert_eq!(store.put_group(EVA, Some(porters), "Gate").await.expect(WORKS), Some(porters));
    let labs = group(store, EVA, "Labs").await;
    assert_eq!(names(store, EVA).await, ["", "Board", "Gate", "Labs"], "new ones come last");

    assert!(store.move_group(EVA, labs, Some(board)).await.expect(WORKS));
    assert!(store.move_group(EVA, board, None).await.expect(WORKS));
    assert!(
        store.move_group(EVA, porters, Some(porters)).await.expect(WORKS),
        "before itself is where it is"
    );
    assert_eq!(names(store, EVA).await, ["", "Labs", "Gate", "Board"]);
    for (group, before) in [(other, None), (FAVOURITES, None), (labs, Some(other)), (labs, Some(FAVOURITES))]
    {
        assert!(!store.move_group(EVA, group, before).await.expect(WORKS), "{group} is not hers to move");
    }

    assert!(store.place(EVA, labs, anna, None).await.expect(WORKS));
    assert!(!store.place(EVA, other, anna, None).await.expect(WORKS), "another attendant's group");
    assert!(!store.remove_group(EVA, other).await.expect(WORKS));
    assert!(store.remove_group(EVA, labs).await.expect(WORKS));
    assert_eq!(names(store, EVA).await, ["", "Gate", "Board"]);
    assert_eq!(names(store, FRITZ).await, ["", "Board"]);
    assert!(group(store, EVA, "Labs").await > labs, "an id never comes back for another group");
    assert_eq!(store.noted(EVA, anna).await.expect(WORKS), Some(Noted::default()), "and it is empty");
}

async fn contacts_are_put_in_order(store: &(impl ContactBook + Personal)) {
    let [anna, bert, cora, dora] = stored(store, ["Anna", "Bert", "Cora", "Dora"]).await;
    let board = group(store, EVA, "Board").await;
    for (contact, before, order) in [
        (anna, None, vec![anna]),
        (bert, Some(anna), vec![bert, anna]),
        (cora, Some(anna), vec![bert, cora, anna]),
        (anna, Some(bert), vec![anna, bert, cora]),
        (bert, None, vec![anna, cora, bert]),
        (bert, Some(bert), vec![anna, cora, bert]),
    ] {
        assert!(store.place(EVA, board, contact, before).await.expect(WORKS));
        assert_eq!(store.groups(EVA).await.expect(WORKS)[1].contacts, order);
    }
    assert!(!store.place(EVA, board, anna, Some(dora)).await.expect(WORKS), "Dora is not in it");
    assert!(store.place(EVA, FAVOURITES, anna, None).await.expect(WORKS));
    let noted = store.noted(EVA, anna).await.expect(WORKS).expect("she is there");
    assert_eq!(noted, Noted { groups: vec![FAVOURITES, board], ..Noted::default() });
    assert_eq!(store.noted(EVA, u64::MAX).await.expect(WORKS), None);
}

async fn groups_keep_their_limits(store: &(impl ContactBook + Personal)) {
    for name in ["", &"x".repeat(257)] {
        out_of_range(store.put_group(EVA, None, name).await);
    }
    for nth in 0..GROUPS_MAX {
        group(store, EVA, &nth.to_string()).await;
    }
    out_of_range(store.put_group(EVA, None, "one more").await);
    group(store, FRITZ, "one more").await;

    let many = (0..=GROUP_CONTACTS_MAX).map(|nth| contact(&nth.to_string())).collect();
    let many = store.replace("phones", many).await.expect(WORKS);
    for contact in &many[..GROUP_CONTACTS_MAX] {
        assert!(store.place(EVA, FAVOURITES, contact.id, None).await.expect(WORKS));
    }
    out_of_range(store.place(EVA, FAVOURITES, many[GROUP_CONTACTS_MAX].id, None).await);
    let moved = store.place(EVA, FAVOURITES, many[3].id, Some(many[0].id)).await.expect(WORKS);
    assert!(moved, "order changes all the same");
}

fn part(text: &str, by: AttendantId, at: i64) -> NotePart {
    NotePart { text: text.to_owned(), by, at: Timestamp(at), unaware: false }
}

async fn write(store: &impl Personal, contact: u64, seen: u64, part: NotePart) -> Note {
    store.write_note(contact, seen, part).await.expect(WORKS).expect("the contact is there")
}

/// DIR-5: what was written offline is merged without loss.
async fn two_notes_that_know_nothing_of_each_other_are_both_kept(store: &(impl ContactBook + Personal)) {
    let [anna] = stored(store, ["Anna"]).await;
    let first = write(store, anna, 0, part("Back on Monday", EVA, 1)).await;
    assert_eq!(first, Note { revision: 1, parts: vec![part("Back on Monday", EVA, 1)] });
    let same = write(store, anna, 1, part("Back on Monday", FRITZ, 2)).await;
    assert_eq!(same, first, "nothing was changed");
    let second = write(store, anna, 1, part("Back on Tuesday", EVA, 3)).await;
    assert_eq!(second, Note { revision: 2, parts: vec![part("Back on Tuesday", EVA, 3)] });

    let unaware = NotePart { unaware: true, ..part("Ask for Bert", FRITZ, 4) };
    let both = write(store, anna, 1, part("Ask for Bert", FRITZ, 4)).await;
    assert_eq!(both, Note { revision: 3, parts: vec![part("Back on Tuesday", EVA, 3), unaware] });
    assert_eq!(both.text(), "Back on Tuesday\n\nAsk for Bert");
    assert_eq!(write(store, anna, 1, part("Ask for Bert", FRITZ, 4)).await, both, "told twice, kept once");
    assert_eq!(write(store, anna, 2, part("", FRITZ, 5)).await, both, "what she did not see is not removed");
    for attendant in [EVA, FRITZ] {
        let noted = store.noted(attendant, anna).await.expect(WORKS).expect("she is there");
        assert_eq!(noted.note, both, "notes are everybody's");
    }

    let one = write(store, anna, 3, part("Ask for Bert", EVA, 6)).await;
    assert_eq!(one, Note { revision: 4, parts: vec![part("Ask for Bert", EVA, 6)] }, "she has seen both");
    let none = write(store, anna, 4, part("", EVA, 7)).await;
    assert_eq!(none, Note { revision: 5, parts: Vec::new() });
    let late = write(store, anna, 4, part("Moved", FRITZ, 8)).await;
    assert_eq!(late.parts, [part("Moved", FRITZ, 8)], "alone, it needs no mark");
    assert_eq!(store.write_note(u64::MAX, 0, part("x", EVA, 1)).await.expect(WORKS), None);
}

async fn notes_keep_their_limits(store: &(impl ContactBook + Personal)) {
    let [anna] = stored(store, ["Anna"]).await;
    out_of_range(store.write_note(anna, 0, part(&"x".repeat(NOTE_CHARS_MAX + 1), EVA, 1)).await);
    write(store, anna, 0, part(&"ü".repeat(NOTE_CHARS_MAX), EVA, 1)).await;
    for nth in 1..NOTE_PARTS_MAX {
        write(store, anna, 0, part(&nth.to_string(), EVA, 1)).await;
    }
    out_of_range(store.write_note(anna, 0, part("one more", EVA, 1)).await);
}

async fn somebody_stands_in_until_somebody_else_does(store: &(impl ContactBook + Personal)) {
    let [anna, bert, cora] = stored(store, ["Anna", "Bert", "Cora"]).await;
    let by = |contact, until| StandIn { contact, until, by: EVA, at: Timestamp(1) };
    let set = async |contact, stand_in| store.set_stand_in(contact, stand_in).await.expect(WORKS);
    let noted = async |contact| store.noted(FRITZ, contact).await.expect(WORKS).expect("there");
    assert!(set(anna, Some(by(bert, Some(Timestamp(9))))).await);
    assert!(set(anna, Some(by(cora, None))).await, "in place of Bert");
    assert!(set(bert, Some(by(cora, Some(Timestamp(9))))).await);
    assert_eq!(noted(anna).await.stand_in, Some(by(cora, None)));
    let for_whom = vec![(anna, by(cora, None)), (bert, by(cora, Some(Timestamp(9))))];
    assert_eq!(noted(cora).await, Noted { stands_in_for: for_whom, ..Noted::default() });
    assert!(set(anna, None).await);
    assert_eq!(noted(cora).await.stands_in_for, [(bert, by(cora, Some(Timestamp(9))))]);
    assert!(!set(anna, Some(by(u64::MAX, None))).await && !set(u64::MAX, None).await, "nobody of this id");
    out_of_range(store.set_stand_in(anna, Some(by(anna, None))).await);

    let many = (0..=STANDS_IN_FOR_MAX).map(|nth| contact(&nth.to_string())).collect();
    let many = store.replace("others", many).await.expect(WORKS);
    for contact in &many[..STANDS_IN_FOR_MAX] {
        assert!(set(contact.id, Some(by(anna, None))).await);
    }
    out_of_range(store.set_stand_in(many[STANDS_IN_FOR_MAX].id, Some(by(anna, None))).await);
    assert!(set(many[0].id, Some(by(anna, None))).await, "said twice");
}

async fn an_attendant_chooses_the_number_that_is_tried_first(store: &(impl ContactBook + Personal)) {
    let [anna] = stored(store, ["Anna"]).await;
    let first =
        async |attendant| store.noted(attendant, anna).await.expect(WORKS).expect("there").first_endpoint;
    for address in ["4010", "+41791112233"] {
        assert!(store.set_first_endpoint(EVA, anna, Some(address)).await.expect(WORKS));
        assert_eq!(first(EVA).await.as_deref(), Some(address));
    }
    assert_eq!(first(FRITZ).await, None);
    assert!(store.set_first_endpoint(EVA, anna, None).await.expect(WORKS));
    assert_eq!(first(EVA).await, None);
    assert!(!store.set_first_endpoint(EVA, u64::MAX, Some("4010")).await.expect(WORKS));
    out_of_range(store.set_first_endpoint(EVA, anna, Some(&"4".repeat(257))).await);
}

async fn what_is_noted_outlives_a_contact_that_leaves_its_book_for_a_while(
    store: &(impl ContactBook + Personal),
) {
    let [anna, bert, cora] = stored(store, ["Anna", "Bert", "Cora"]).await;
    assert!(store.place(EVA, FAVOURITES, anna, None).await.expect(WORKS));
    write(store, bert, 0, part("Gate 3", EVA, 1)).await;
    let stand_in = StandIn { contact: cora, until: None, by: EVA, at: Timestamp(1) };
    assert!(store.set_stand_in(anna, Some(stand_in)).await.expect(WORKS));
    let ids = [anna, bert, cora];
    let gone = async || {
        store.kept_by_ids(&ids).await.expect(WORKS).into_iter().map(|kept| kept.gone).collect::<Vec<_>>()
    };

    let [dora] = stored(store, ["Dora"]).await;
    let all: Vec<u64> = store.all().await.expect(WORKS).iter().map(|contact| contact.id).collect();
    assert_eq!(all, [dora]);
    assert_eq!(store.page(0, 10).await.expect(WORKS).len(), 1);
    assert_eq!(store.count("phones").await.expect(WORKS), 1);
    assert!(store.by_ids(&ids).await.expect(WORKS).is_empty());
    assert_eq!(gone().await, [Some(Gone::Just); 3]);
    assert_eq!(favourites(store, EVA).await, [anna], "she is shown as gone");

    let day = |day: i64| Timestamp(day * DAY_MS);
    assert_eq!(store.forget_gone(day(1_000)).await.expect(WORKS), 0);
    assert_eq!(store.forget_gone(day(1_000 + GONE_DAYS)).await.expect(WORKS), 0);
    assert_eq!(gone().await, [Some(Gone::Since(day(1_000))); 3]);
    let applied = store.apply("phones", Vec::new(), vec!["Anna".to_owned()]).await.expect(WORKS);
    assert!(applied.removed.is_empty(), "she was gone before");

    let back = Contact { key: "Anna".to_owned(), ..contact("Anna Meier") };
    let applied = store.apply("phones", vec![back], Vec::new()).await.expect(WORKS);
    assert_eq!(applied.upserted[0].id, anna, "and comes back as she was");
    assert_eq!(store.forget_gone(day(1_001 + GONE_DAYS)).await.expect(WORKS), 2, "Bert and Cora");
    assert_eq!(gone().await, [None]);
    assert_eq!(favourites(store, EVA).await, [anna]);
    let noted = store.noted(EVA, anna).await.expect(WORKS).expect("she is there");
    assert_eq!(noted.stand_in, None, "nobody of this name any more");
}

async fn what_nobody_noted_goes_with_its_contact(store: &(impl ContactBook + Personal)) {
    let [anna, bert, _] = stored(store, ["Anna", "Bert", "Cora"]).await;
    assert!(store.place(EVA, FAVOURITES, anna, None).await.expect(WORKS));
    let first = write(store, bert, 0, part("Gate 3", EVA, 1)).await;
    write(store, bert, first.revision, part("", EVA, 2)).await;
    let removed = ["Anna", "Bert"].map(str::to_owned).to_vec();
    let applied = store.apply("phones", Vec::new(), removed).await.expect(WORKS);
    assert_eq!(applied.removed, [anna, bert], "both left the book");
    let kept = async || store.kept_by_ids(&[anna, bert]).await.expect(WORKS).len();
    assert_eq!(kept().await, 1, "an empty note keeps nobody");
    assert!(store.take(EVA, FAVOURITES, anna).await.expect(WORKS));
    assert_eq!(store.forget_gone(Timestamp(DAY_MS)).await.expect(WORKS), 1, "nobody notes her any more");
    assert_eq!(kept().await, 0);
    assert_eq!(store.count("phones").await.expect(WORKS), 1);
}
