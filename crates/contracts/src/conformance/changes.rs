//! The suite of the history of changes.

use engine::Timestamp;
use serde_json::{Value, json};

use super::{WORKS, out_of_range};
use crate::access_log::{IdText, Word};
use crate::book::TEXT_CHARS_MAX;
use crate::changes::{
    Author, CHANGE_BYTES_MAX, CHANGES_MAX, ChangeFilter, ChangeId, ChangeKind, Changed, Changes, NewChange,
};
use crate::ids::PersonId;
use crate::journal::StoreError;

/// The history of changes.
pub async fn changes<C: Changes>(make: impl AsyncFn() -> C) {
    a_change_is_read_back_whole(&make().await).await;
    changes_come_newest_first_in_pages_and_by_subject(&make().await).await;
    a_change_is_taken_back_once_and_both_say_so(&make().await).await;
    a_change_keeps_its_limits(&make().await).await;
}

async fn a_change_is_read_back_whole(changes: &impl Changes) {
    let before = json!({"name": "Empfang", "sla": 20, "members": [1, null, true, 0.5, "ü"], "unit": {}});
    let authors = [Author::Local, Author::Person(PersonId(9)), Author::System(Word::of("directory-sync"))];
    let contents = [
        (None, Some(json!(1)), ChangeKind::Added),
        (Some(before), Some(Value::Null), ChangeKind::Altered),
        (Some(json!("")), None, ChangeKind::Removed),
    ];
    for (by, (before, after, kind)) in authors.into_iter().zip(contents) {
        let new = NewChange { by: by.clone(), before: before.clone(), after: after.clone(), ..change("1f") };
        let id = changes.note(new.clone()).await.expect(WORKS);
        let read = changes.get(id).await.expect(WORKS).expect("it was noted");
        assert_eq!((read.before, read.after), (before, after));
        assert_eq!((read.line.id, read.line.at, read.line.by, read.line.kind), (id, new.at, by, kind));
        assert_eq!((read.line.subject, read.line.name), (new.subject, new.name));
        assert_eq!((read.line.undoes, read.line.undone_by), (None, None));
    }
    assert_eq!(changes.get(ChangeId(u64::MAX)).await.expect(WORKS), None);
}

async fn changes_come_newest_first_in_pages_and_by_subject(changes: &impl Changes) {
    let service = Word::of("service");
    let mut ids = Vec::new();
    for object in ["1", "2", "1", "2", "1"] {
        ids.push(changes.note(change(object)).await.expect(WORKS));
    }
    let calendar = Changed { kind: Word::of("calendar"), id: id("1") };
    let of_calendar = changes.note(NewChange { subject: calendar, ..change("1") }).await.expect(WORKS);
    assert!(ids.is_sorted() && ids[4] < of_calendar, "ids grow");

    let list = async |filter: &ChangeFilter, limit| -> Vec<ChangeId> {
        changes.list(filter, limit).await.expect(WORKS).iter().map(|line| line.id).collect()
    };
    let all = ChangeFilter::default();
    assert_eq!(list(&all, 2).await, [of_calendar, ids[4]]);
    let next = ChangeFilter { before: Some(ids[4]), ..all.clone() };
    assert_eq!(list(&next, CHANGES_MAX).await, [ids[3], ids[2], ids[1], ids[0]]);
    let of_kind = ChangeFilter { kind: Some(service.clone()), ..all.clone() };
    assert_eq!(list(&of_kind, 2).await, [ids[4], ids[3]]);
    let of_one = ChangeFilter { id: Some(id("1")), ..of_kind.clone() };
    assert_eq!(list(&of_one, 9).await, [ids[4], ids[2], ids[0]]);
    assert_eq!(list(&ChangeFilter { before: Some(ids[4]), ..of_one.clone() }, 9).await, [ids[2], ids[0]]);
    let of_none = ChangeFilter { id: Some(id("3")), ..of_kind };
    assert_eq!(list(&of_none, 9).await, []);
    out_of_range(changes.list(&ChangeFilter { kind: None, ..of_one }, 9).await);
    out_of_range(changes.list(&all, 0).await);
    out_of_range(changes.list(&all, CHANGES_MAX + 1).await);
}

async fn a_change_is_taken_back_once_and_both_say_so(changes: &impl Changes) {
    let first = changes.note(change("1")).await.expect(WORKS);
    let other = changes.note(change("2")).await.expect(WORKS);
    let undo = |undoes| NewChange { undoes: Some(undoes), ..change("1") };
    conflict(changes.note(undo(other)).await);
    conflict(changes.note(undo(ChangeId(77))).await);
    let undone = changes.note(undo(first)).await.expect(WORKS);
    conflict(changes.note(undo(first)).await);
    let redone = changes.note(undo(undone)).await.expect("an undoing is undone too");
    let lines = changes.list(&ChangeFilter::default(), 9).await.expect(WORKS);
    let ways: Vec<_> = lines.iter().map(|line| (line.id, line.undoes, line.undone_by)).collect();
    let expected = [
        (redone, Some(undone), None),
        (undone, Some(first), Some(redone)),
        (other, None, None),
        (first, None, Some(undone)),
    ];
    assert_eq!(ways, expected, "and what was refused left nothing");
    let read = changes.get(first).await.expect(WORKS).expect("it was noted");
    assert_eq!(read.line.undone_by, Some(undone));
}

async fn a_change_keeps_its_limits(changes: &impl Changes) {
    let text = |bytes: usize| Some(Value::String("x".repeat(bytes - 2)));
    let long_name = "ü".repeat(TEXT_CHARS_MAX);
    let largest = NewChange {
        name: long_name.clone(),
        before: text(CHANGE_BYTES_MAX),
        after: text(CHANGE_BYTES_MAX),
        ..change("1")
    };
    changes.note(largest).await.expect("the largest change fits");
    let too_large = NewChange { after: text(CHANGE_BYTES_MAX + 1), ..change("1") };
    let Err(StoreError::OutOfRange(words)) = changes.note(too_large).await else { panic!("it was taken") };
    assert!(words.contains("1048577") && words.contains("after"), "{words}");
    out_of_range(changes.note(NewChange { before: text(CHANGE_BYTES_MAX + 1), ..change("1") }).await);
    out_of_range(changes.note(NewChange { name: long_name + "x", ..change("1") }).await);
    out_of_range(changes.note(NewChange { name: String::new(), ..change("1") }).await);
    out_of_range(changes.note(NewChange { before: None, after: None, ..change("1") }).await);
    let lines = changes.list(&ChangeFilter::default(), 9).await.expect(WORKS);
    assert_eq!(lines.len(), 1, "a refused one leaves nothing");
}

fn conflict(noted: Result<ChangeId, StoreError>) {
    assert!(matches!(noted, Err(StoreError::Conflict(_))), "{noted:?}");
}

fn change(object: &str) -> NewChange {
    NewChange {
        at: Timestamp(1_795_000_000_000),
        by: Author::Local,
        subject: Changed { kind: Word::of("service"), id: id(object) },
        name: "Empfang".to_owned(),
        before: None,
        after: Some(json!({"sla": 30})),
        undoes: None,
    }
}

fn id(text: &str) -> IdText {
    IdText::parse(text).expect("an id")
}
