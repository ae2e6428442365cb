//! Parts of a whole new address book, set aside until all of it is here (DIR-5). They are rows of contacts that are in no book, of
//! a name that no book has, so that whatever reads books passes them over; a stop leaves them there, and the next start deletes
//! them. When all are here they take the place of the book, which is noted first: a stop in the middle of that is made good by the
//! next start. All of it is done a slice at a time, so that no call waits for an address book, and nothing here holds more than a
//! slice of contacts in memory.

use std::collections::{HashMap, HashSet};

use contracts::book::{Contact, Managers, settle_keys_of_part};
use contracts::journal::StoreError;
use contracts::limits;
use rusqlite::{Connection, Row};

use crate::columns::{column, from_column, get, perform, rows, writing};
use crate::contacts::{COLUMNS, IS_ASIDE, contact, count, count_change, put_by, remove};
use crate::worker::Worker;
use crate::{left_out, of_sqlite, room};

/// Contacts that are written at once: some hundredths of a second in a book of a million.
const SLICE: usize = 500;
/// What is kept of a contact beside its book and its key.
const KEPT: &str =
    "display_name, first_name, last_name, company, department, title, city, email, endpoints, notes,
    internal, custom, manager";
const FORGET: &str = "DELETE FROM contacts WHERE id = ?1";

/// What is aside for a book is kept under this name. The limits let no book begin so.
fn aside(book: &str) -> String {
    format!("\u{1}{book}")
}

/// Sets a part aside.
pub(crate) async fn set_aside(writer: &Worker, book: &str, mut part: Vec<Contact>) -> Result<(), StoreError> {
    complete(writer, book).await?;
    let (aside, more) = (aside(book), part.len());
    part.iter_mut().for_each(|contact| aside.clone_into(&mut contact.book));
    let fits = move |connection: &mut Connection| {
        let there = usize::try_from(count_aside(connection, &aside)?).unwrap_or(usize::MAX);
        limits::book_size(there.saturating_add(more))?;
        room::make(connection, more)
    };
    writer.run(fits).await?;
    let (mut part, mut of_one_key) = (part.into_iter(), HashMap::new());
    loop {
        let slice: Vec<Contact> = part.by_ref().take(SLICE).collect();
        if slice.is_empty() {
            return Ok(());
        }
        of_one_key = writer.run(move |connection| put(connection, slice, of_one_key)).await?;
    }
}

fn put(
    connection: &mut Connection,
    mut slice: Vec<Contact>,
    mut of_one_key: HashMap<String, u32>,
) -> Result<HashMap<String, u32>, StoreError> {
    const PUT: &str =
        "INSERT INTO contacts (book, key, display_name, first_name, last_name, company, department, title, city,
            email, endpoints, notes, internal, custom, manager, gone)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 0)
        ON CONFLICT (book, key) DO NOTHING";
    let transaction = writing(connection)?;
    settle_keys_of_part(&mut slice, &mut of_one_key, |contact| put_by(&transaction, PUT, contact))?;
    transaction.commit().map_err(of_sqlite)?;
    Ok(of_one_key)
}

/// Puts what is aside in place of the book; how many are in it then.
pub(crate) async fn take_over(writer: &Worker, book: &str, expected: u64) -> Result<u64, StoreError> {
    complete(writer, book).await?;
    let aside = aside(book);
    let of = aside.clone();
    let there = writer.run(move |connection| count_aside(connection, &of)).await?;
    if there != expected {
        return Err(limits::not_aside(there, expected));
    }
    sift(writer, &aside).await?;
    settle_managers(writer, &aside).await?;
    let of = book.to_owned();
    writer.run(move |connection| begin(connection, &of)).await?;
    complete(writer, book).await?;
    let of = book.to_owned();
    let counted = move |connection: &mut Connection| {
        room::give_back(connection)?;
        count(connection, &of)
    };
    writer.run(counted).await
}

/// Forgets what is aside for a book.
pub(crate) async fn forget(writer: &Worker, book: &str) -> Result<(), StoreError> {
    complete(writer, book).await?;
    let aside = aside(book);
    loop {
        let of = aside.clone();
        if writer.run(move |connection| forget_slice(connection, &of)).await? == 0 {
            return writer.run(|connection| room::give_back(connection)).await;
        }
    }
}

fn forget_slice(connection: &Connection, aside: &str) -> Result<usize, StoreError> {
    let forget = format!(
        "DELETE FROM contacts WHERE id IN (SELECT id FROM contacts WHERE book = ?1 ORDER BY key LIMIT {SLICE})"
    );
    perform(connection, &forget, [aside])
}

/// Brings a taking over to its end, if one is under way.
async fn complete(writer: &Worker, book: &str) -> Result<(), StoreError> {
    loop {
        let of = book.to_owned();
        if !writer.run(move |connection| step(connection, &of)).await? {
            return Ok(());
        }
    }
}

/// Brings to its end what a stop left under way, and forgets what it left aside. A start is the time for it.
pub(crate) fn settle(connection: &mut Connection) -> Result<(), StoreError> {
    const UNDER_WAY: &str = "SELECT book FROM taking_over";
    for book in rows(connection, UNDER_WAY, (), |row| get::<String>(row, "book"))? {
        tracing::warn!("an address book was being taken over when the program ended; that is done now");
        while step(connection, &book)? {}
    }
    let left = perform(connection, &format!("DELETE FROM contacts WHERE {IS_ASIDE}"), ())?;
    if left > 0 {
        tracing::warn!(contacts = left, "an address book that was not read to its end is forgotten");
    }
    Ok(())
}

fn count_aside(connection: &Connection, aside: &str) -> Result<u64, StoreError> {
    const COUNT: &str = "SELECT count(*) AS contacts FROM contacts WHERE book = ?1";
    let counted: Vec<u64> =
        rows(connection, COUNT, [aside], |row| from_column("contacts", get(row, "contacts")?))?;
    Ok(counted.into_iter().sum())
}

/// The contacts aside after this key, in order of the keys.
fn slice(connection: &Connection, aside: &str, after: &str) -> Result<Vec<Contact>, StoreError> {
    let slice =
        format!("SELECT {COLUMNS} FROM contacts WHERE book = ?1 AND key > ?2 ORDER BY key LIMIT {SLICE}");
    rows(connection, &slice, (aside, after), contact)
}

/// Does this with all contacts aside, a slice at a time; `with` goes from one slice to the next.
async fn each_slice<T: Send + 'static>(
    writer: &Worker,
    aside: &str,
    mut with: T,
    work: impl Fn(&Connection, &mut T, Vec<Contact>) -> Result<(), StoreError> + Copy + Send + 'static,
) -> Result<T, StoreError> {
    let mut after = String::new();
    loop {
        let (of, from) = (aside.to_owned(), after);
        let done = writer.run(move |connection| {
            let transaction = writing(connection)?;
            let contacts = slice(&transaction, &of, &from)?;
            let last = contacts.last().map(|contact| contact.key.clone());
            work(&transaction, &mut with, contacts)?;
            transaction.commit().map_err(of_sqlite)?;
            Ok((last, with))
        });
        let last;
        (last, with) = done.await?;
        let Some(last) = last else { return Ok(with) };
        after = last;
    }
}

/// Takes those out of a slice who are not to be taken in again (DATA-10).
fn sift_slice(connection: &Connection, mut contacts: Vec<Contact>) -> Result<(), StoreError> {
    let all: Vec<u64> = contacts.iter().map(|contact| contact.id).collect();
    left_out::sift(connection, &mut contacts)?;
    let kept: HashSet<u64> = contacts.iter().map(|contact| contact.id).collect();
    for id in all.into_iter().filter(|id| !kept.contains(id)) {
        perform(connection, FORGET, [column(id)?])?;
    }
    Ok(())
}

/// Takes those out who are not to be taken in again, before others name them as their managers.
async fn sift(writer: &Worker, aside: &str) -> Result<(), StoreError> {
    if writer.run(|connection| left_out::count(connection)).await? == 0 {
        return Ok(());
    }
    let sift = |connection: &Connection, (): &mut (), contacts| sift_slice(connection, contacts);
    each_slice(writer, aside, (), sift).await
}

/// Makes of the names of managers the keys of those who are meant.
async fn settle_managers(writer: &Worker, aside: &str) -> Result<(), StoreError> {
    const NAMED: &str = "SELECT DISTINCT manager FROM contacts WHERE book = ?1 AND manager != ''";
    const SETTLE: &str = "UPDATE contacts SET manager = ?2 WHERE id = ?1";
    let of = aside.to_owned();
    let name = |row: &Row<'_>| get::<String>(row, "manager");
    let named = writer.run(move |connection| rows(connection, NAMED, [of], name)).await?;
    let managers = Managers::named(named.iter().map(String::as_str));
    if managers.is_empty() {
        return Ok(());
    }
    let look = |_: &Connection, managers: &mut Managers, contacts: Vec<Contact>| {
        contacts.iter().for_each(|contact| managers.look_at(contact));
        Ok(())
    };
    let managers = each_slice(writer, aside, managers, look).await?;
    let settle = |connection: &Connection, managers: &mut Managers, contacts: Vec<Contact>| {
        for contact in contacts.iter().filter(|contact| !contact.manager.is_empty()) {
            perform(connection, SETTLE, (column(contact.id)?, managers.of(contact)))?;
        }
        Ok(())
    };
    each_slice(writer, aside, managers, settle).await.map(drop)
}

/// From now on what is aside takes the place of the book, whatever comes between.
fn begin(connection: &Connection, book: &str) -> Result<(), StoreError> {
    perform(connection, "INSERT INTO taking_over (book, left_after, changed) VALUES (?1, '', 0)", [book])
        .map(drop)
}

/// Takes the next slice over; whether there may be more to do.
fn step(connection: &mut Connection, book: &str) -> Result<bool, StoreError> {
    const UNDER_WAY: &str = "SELECT left_after, changed FROM taking_over WHERE book = ?1";
    const DONE: &str = "DELETE FROM taking_over WHERE book = ?1";
    let read = |row: &Row<'_>| Ok((get::<Option<String>>(row, "left_after")?, get::<bool>(row, "changed")?));
    let Some((left_after, changed)) = rows(connection, UNDER_WAY, [book], read)?.pop() else {
        return Ok(false);
    };
    let transaction = writing(connection)?;
    let is_over = match left_after {
        Some(after) => {
            leave(&transaction, book, &after)?;
            false
        }
        None => !come(&transaction, book)?,
    };
    if is_over {
        if changed {
            count_change(&transaction, None)?;
        }
        perform(&transaction, DONE, [book])?;
    }
    transaction.commit().map_err(of_sqlite)?;
    Ok(!is_over)
}

fn note_changed(connection: &Connection, book: &str) -> Result<(), StoreError> {
    perform(connection, "UPDATE taking_over SET changed = 1 WHERE book = ?1", [book]).map(drop)
}

/// Takes those out of the book who are not aside, as far as a slice of it.
fn leave(connection: &Connection, book: &str, after: &str) -> Result<(), StoreError> {
    let look = format!(
        "SELECT id, key, gone IS NULL AND NOT EXISTS (SELECT 1 FROM contacts AS new
            WHERE new.book = ?2 AND new.key = contacts.key) AS leaves
        FROM contacts WHERE book = ?1 AND key > ?3 ORDER BY key LIMIT {SLICE}"
    );
    let read =
        |row: &Row<'_>| Ok((get::<i64>(row, "id")?, get::<String>(row, "key")?, get::<bool>(row, "leaves")?));
    let looked_at = rows(connection, &look, (book, aside(book), after), read)?;
    for (id, _, _) in looked_at.iter().filter(|(_, _, leaves)| *leaves) {
        remove(connection, *id)?;
        note_changed(connection, book)?;
    }
    let last = looked_at.into_iter().next_back().map(|(_, key, _)| key);
    perform(connection, "UPDATE taking_over SET left_after = ?2 WHERE book = ?1", (book, last)).map(drop)
}

/// Makes contacts of the book of a slice of those aside, or writes what is told of those who are in it already, where it is another.
/// Whether there were any.
fn come(connection: &Connection, book: &str) -> Result<bool, StoreError> {
    const COME: &str = "UPDATE contacts SET book = ?2, gone = NULL WHERE id = ?1";
    let columns = |of: &str| {
        let columns: Vec<String> = KEPT.split(',').map(|column| format!("{of}.{}", column.trim())).collect();
        columns.join(", ")
    };
    let (old, new) = (columns("old"), columns("new"));
    let slice = format!(
        "SELECT new.id AS id, old.id AS known, (old.gone IS NOT NULL OR ({old}) IS NOT ({new})) AS differs
        FROM contacts AS new LEFT JOIN contacts AS old ON old.book = ?1 AND old.key = new.key
        WHERE new.book = ?2 ORDER BY new.key LIMIT {SLICE}"
    );
    let write = format!(
        "UPDATE contacts SET ({KEPT}) = (SELECT {KEPT} FROM contacts AS new WHERE new.id = ?2), gone = NULL
        WHERE id = ?1"
    );
    let read = |row: &Row<'_>| Ok((get(row, "id")?, get(row, "known")?, get(row, "differs")?));
    // Somebody may have been erased since this began.
    if left_out::count(connection)? > 0 {
        sift_slice(connection, self::slice(connection, &aside(book), "")?)?;
    }
    let slice: Vec<(i64, Option<i64>, bool)> = rows(connection, &slice, (book, aside(book)), read)?;
    if slice.iter().any(|(_, known, differs)| known.is_none() || *differs) {
        note_changed(connection, book)?;
    }
    for (id, known, differs) in &slice {
        let Some(known) = known else {
            perform(connection, COME, (id, book))?;
            continue;
        };
        if *differs {
            perform(connection, &write, (known, id))?;
        }
        perform(connection, FORGET, [id])?;
    }
    Ok(!slice.is_empty())
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use contracts::book::{Contact, ContactBook};
    use contracts::journal::StoreError;
    use contracts::personal::Personal;
    use contracts::settings::SettingsStore;
    use contracts::subjects::Subjects;
    use engine::Timestamp;
    use vault::Known;
    use vault::keys::{DataKeys, KeyFile};

    use super::{SLICE, begin, step};
    use crate::tests::contacts;
    use crate::{Store, of_sqlite};

    fn keys(directory: &Path) -> DataKeys {
        KeyFile::create(&directory.join("keys"), None).expect("new keys").1
    }

    fn open(directory: &Path, keys: &DataKeys) -> Store {
        Store::open(directory, keys, &Known::default()).expect("it opens")
    }

    /// Contacts that are in a book or aside.
    async fn kept(store: &Store) -> i64 {
        let count = |connection: &mut rusqlite::Connection| {
            connection.query_row("SELECT count(*) FROM contacts", [], |row| row.get(0)).map_err(of_sqlite)
        };
        store.writer.run(count).await.expect("it is counted")
    }

    /// DIR-5: a stop in the middle of a reading leaves the book as it was, and nothing of what was read.
    #[tokio::test]
    async fn what_was_set_aside_before_a_stop_is_forgotten_and_the_book_stays_dir_5() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let keys = keys(home.path());
        let store = open(home.path(), &keys);
        let before = store.replace("phones", contacts(3)).await.expect("it is written");
        for _ in 0..2 {
            store.set_aside("phones", contacts(10)).await.expect("it is written");
        }
        drop(store);
        let store = open(home.path(), &keys);
        assert_eq!(store.all().await.expect("it is read"), before);
        let refused = store.take_over("phones", 20).await.expect_err("nothing is aside");
        assert!(matches!(refused, StoreError::Conflict(_)), "{refused}");
        assert_eq!(kept(&store).await, 3);
    }

    /// DIR-5: wherever the program ends once the new book begins to take the place of the old one, the next start finds it whole.
    #[tokio::test]
    async fn a_stop_in_the_middle_of_taking_over_is_made_good_by_the_next_start_dir_5() {
        let size = 2 * SLICE as u32 + 10;
        for steps in 0..9 {
            let home = tempfile::tempdir().expect("a temporary directory");
            let keys = keys(home.path());
            let store = open(home.path(), &keys);
            // One in two stays, one in four of the new ones under another name.
            let old = contacts(size).into_iter().map(|it| Contact { key: it.email.clone(), ..it });
            let old = store.replace("phones", old.collect()).await.expect("it is written");
            let mut new: Vec<Contact> = old.iter().step_by(2).cloned().collect();
            new.iter_mut().step_by(4).for_each(|contact| contact.display_name.insert_str(0, "Dr. "));
            new.extend((0..size).map(|n| Contact { key: format!("new {n}"), ..contacts(1).swap_remove(0) }));
            store.set_aside("phones", new.clone()).await.expect("it is written");
            let revision = store.revision().await.expect("it is read");
            let do_some = move |connection: &mut rusqlite::Connection| {
                begin(connection, "phones")?;
                (0..steps).try_for_each(|_| step(connection, "phones").map(drop))
            };
            store.writer.run(do_some).await.expect("it is written");
            drop(store);

            let store = open(home.path(), &keys);
            let mut book = store.all().await.expect("it is read");
            book.sort_by(|a, b| a.key.cmp(&b.key));
            new.sort_by(|a, b| a.key.cmp(&b.key));
            assert_eq!(book.len(), new.len(), "after {steps} steps");
            for (is, told) in book.iter().zip(&new) {
                // Those who stay have the id they had, and the others one that nobody had.
                let id = if told.id == 0 { is.id } else { told.id };
                assert_eq!(
                    *is,
                    Contact { id, book: "phones".to_owned(), ..told.clone() },
                    "after {steps} steps"
                );
            }
            assert!(book.iter().filter(|it| it.key.starts_with("new")).all(|it| it.id > u64::from(size)));
            assert_eq!(kept(&store).await, new.len() as i64);
            assert!(store.revision().await.expect("it is read") > revision);
        }
    }

    /// DATA-10: whoever is erased while a book is taken over does not come with it.
    #[tokio::test]
    async fn whoever_is_left_out_meanwhile_does_not_come_data_10() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let store = open(home.path(), &keys(home.path()));
        let told = contacts(SLICE as u32 + 2);
        store.set_aside("phones", told.clone()).await.expect("it is written");
        let begun = |connection: &mut rusqlite::Connection| {
            begin(connection, "phones")?;
            (0..2).try_for_each(|_| step(connection, "phones").map(drop))
        };
        store.writer.run(begun).await.expect("it is written");
        let come = store.all().await.expect("it is read");
        assert_eq!(come.len(), SLICE, "the first slice has come");
        let left: Vec<&Contact> =
            told.iter().filter(|it| come.iter().all(|come| come.display_name != it.display_name)).collect();
        store.leave_out(&[left[0].clone()]).await.expect("it is written");
        while store.writer.run(|connection| step(connection, "phones")).await.expect("it is written") {}
        let names: Vec<String> =
            store.all().await.expect("it is read").into_iter().map(|it| it.display_name).collect();
        assert!(names.contains(&left[1].display_name) && !names.contains(&left[0].display_name));
        assert_eq!(names.len(), SLICE + 1);
    }

    /// CALL-10, DIR-5: what else is to be written waits for a slice of an address book, not for all of it.
    #[tokio::test]
    async fn whoever_writes_beside_an_address_book_has_a_turn_before_its_end_dir_5() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let store = open(home.path(), &keys(home.path()));
        let order = std::sync::Mutex::new(Vec::new());
        let done = |what: &'static str| order.lock().expect("nobody panics with it").push(what);
        let size = 3 * SLICE as u32;
        let book = async {
            store.set_aside("phones", contacts(size)).await.expect("it is written");
            done("set aside");
            store.take_over("phones", u64::from(size)).await.expect("it is written");
            done("taken over");
        };
        let others = async {
            store.put("theme", "1").await.expect("it is written");
            done("a setting");
            while !order.lock().expect("nobody panics with it").contains(&"set aside") {
                tokio::task::yield_now().await;
            }
            store.put("theme", "2").await.expect("it is written");
            done("another");
        };
        tokio::join!(book, others);
        let order = order.into_inner().expect("nobody panics with it");
        assert_eq!(order, ["a setting", "set aside", "another", "taken over"]);
    }

    /// A book that is read again and is as it was changes nothing, so that no index is built anew for it.
    #[tokio::test]
    async fn a_book_that_is_as_it_was_is_no_change_dir_1() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let store = open(home.path(), &keys(home.path()));
        let mut revisions = Vec::new();
        for _ in 0..2 {
            store.set_aside("phones", contacts(10)).await.expect("it is written");
            assert_eq!(store.take_over("phones", 10).await.expect("it is written"), 10);
            revisions.push(store.revision().await.expect("it is read"));
        }
        assert_eq!(revisions[0], revisions[1]);
        store.set_aside("phones", contacts(9)).await.expect("it is written");
        assert_eq!(store.take_over("phones", 9).await.expect("it is written"), 9);
        assert!(store.revision().await.expect("it is read") > revisions[1]);
    }

    /// DIR-1: what looks after contacts that are gone leaves those alone that are only not there yet.
    #[tokio::test]
    async fn a_book_that_is_being_read_is_not_forgotten_dir_1() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let store = open(home.path(), &keys(home.path()));
        store.set_aside("phones", contacts(10)).await.expect("it is written");
        let later = Timestamp(400 * 86_400_000);
        for now in [Timestamp(1), later, Timestamp(2 * later.0)] {
            assert_eq!(store.forget_gone(now).await.expect("it is done"), 0);
        }
        assert_eq!(store.take_over("phones", 10).await.expect("all are aside"), 10);
    }

    /// Prints what an address book of a million costs, told in parts, and told again:
    /// `cargo test -p store --release -- --ignored --nocapture what_a_million_contacts_cost`.
    #[tokio::test]
    #[ignore = "a measurement"]
    async fn what_a_million_contacts_cost_dir_1() {
        const PARTS: usize = 100;
        let home = tempfile::tempdir().expect("a temporary directory");
        let store = open(home.path(), &keys(home.path()));
        for round in 0..2 {
            let (began, mut longest) = (Instant::now(), Duration::ZERO);
            for part in 0..PARTS {
                let mut contacts = contacts(10_000);
                contacts.iter_mut().enumerate().for_each(|(nth, it)| it.key = format!("{part} {nth}"));
                let began = Instant::now();
                store.set_aside("phones", contacts).await.expect("it is written");
                longest = longest.max(began.elapsed());
            }
            println!("{round}: set aside in {:?}, {longest:?} for the longest part", began.elapsed());
            let began = Instant::now();
            let contacts = store.take_over("phones", PARTS as u64 * 10_000).await.expect("it is written");
            println!("{round}: {contacts} contacts taken over in {:?}", began.elapsed());
            assert_eq!(contacts, 1_000_000);
        }
    }
}
