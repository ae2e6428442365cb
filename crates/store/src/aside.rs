//! Parts of a whole new address book, set aside until all of it is here (DIR-5). They are rows of contacts that are in no book, of
//! a name that no book has, so that whatever reads books passes them over; a stop leaves them there, and the next start deletes
//! them. Nothing here holds more than a page of contacts in memory.

use std::collections::HashSet;

use contracts::book::{CHANGED_MAX, Contact, Managers, settle_keys_of_part};
use contracts::journal::StoreError;
use contracts::limits;
use rusqlite::{Connection, Row, TransactionBehavior};

use crate::columns::{column, from_column, get, perform, rows};
use crate::contacts::{IS_ASIDE, contact, count, count_change, put_by, remove};
use crate::{left_out, of_sqlite};

/// Contacts that are looked at together.
const PAGE: i64 = 10_000;
/// Contacts that are deleted at once: some hundredths of a second, so that no append waits for long.
const SLICE: i64 = 2_000;
/// What is kept of a contact beside its book and its key.
const KEPT: &str =
    "display_name, first_name, last_name, company, department, title, city, email, endpoints, notes,
    internal, custom, manager";

/// What is aside for a book is kept under this name. The limits let no book begin so.
fn aside(book: &str) -> String {
    format!("\u{1}{book}")
}

/// Sets a part aside.
pub(crate) fn put_part(
    connection: &mut Connection,
    book: &str,
    mut part: Vec<Contact>,
) -> Result<(), StoreError> {
    const PUT: &str =
        "INSERT INTO contacts (book, key, display_name, first_name, last_name, company, department, title, city,
            email, endpoints, notes, internal, custom, manager, gone)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 0)
        ON CONFLICT (book, key) DO NOTHING";
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of_sqlite)?;
    let aside = aside(book);
    part.iter_mut().for_each(|contact| aside.clone_into(&mut contact.book));
    settle_keys_of_part(&mut part, |contact| put_by(&transaction, PUT, contact))?;
    limits::book_size(usize::try_from(count_aside(&transaction, &aside)?).unwrap_or(usize::MAX))?;
    transaction.commit().map_err(of_sqlite)
}

/// Puts what is aside in place of the book. Those who were in it already are still aside after that, for [`forget_some`].
pub(crate) fn take_over(connection: &mut Connection, book: &str, expected: u64) -> Result<u64, StoreError> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of_sqlite)?;
    let aside = aside(book);
    let there = count_aside(&transaction, &aside)?;
    if there != expected {
        return Err(limits::not_aside(there, expected));
    }
    sift(&transaction, &aside)?;
    settle_managers(&transaction, &aside)?;
    let mut changed = leave(&transaction, book, &aside)?;
    stay(&transaction, book, &aside, &mut changed)?;
    come(&transaction, book, &aside, &mut changed)?;
    count_change(&transaction, &changed)?;
    let contacts = count(&transaction, book)?;
    transaction.commit().map_err(of_sqlite)?;
    Ok(contacts)
}

/// Forgets some of what is aside for this book; whether there may be more.
pub(crate) fn forget_some(connection: &Connection, book: &str) -> Result<bool, StoreError> {
    const FORGET: &str =
        "DELETE FROM contacts WHERE id IN (SELECT id FROM contacts WHERE book = ?1 LIMIT ?2)";
    Ok(perform(connection, FORGET, (aside(book), SLICE))? > 0)
}

/// Forgets what a stop left aside.
pub(crate) fn forget_all(connection: &Connection) -> Result<(), StoreError> {
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

/// The contacts aside after this id for which `which` holds, in order of the ids.
fn page(connection: &Connection, aside: &str, after: i64, which: &str) -> Result<Vec<Contact>, StoreError> {
    // By id, not through the index of books: it would sort all of them for every page.
    let page = format!(
        "SELECT id, book, key, display_name, first_name, last_name, company, department, title, city,
        email, endpoints, notes, internal, custom, manager FROM contacts
        WHERE id > ?2 AND +book = ?1 AND {which} ORDER BY id LIMIT {PAGE}"
    );
    rows(connection, &page, (aside, after), contact)
}

/// Looks at all contacts aside for which `which` holds, a page at a time.
fn each_page(
    connection: &Connection,
    aside: &str,
    which: &str,
    mut look: impl FnMut(Vec<Contact>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        let contacts = page(connection, aside, after, which)?;
        let Some(last) = contacts.last() else { return Ok(()) };
        after = column(last.id)?;
        look(contacts)?;
    }
}

/// Takes those out who are not to be taken in again (DATA-10).
fn sift(connection: &Connection, aside: &str) -> Result<(), StoreError> {
    if left_out::count(connection)? == 0 {
        return Ok(());
    }
    each_page(connection, aside, "1", |mut contacts| {
        let all: Vec<u64> = contacts.iter().map(|contact| contact.id).collect();
        left_out::sift(connection, &mut contacts)?;
        let kept: HashSet<u64> = contacts.iter().map(|contact| contact.id).collect();
        for id in all.into_iter().filter(|id| !kept.contains(id)) {
            perform(connection, "DELETE FROM contacts WHERE id = ?1", [column(id)?])?;
        }
        Ok(())
    })
}

/// Makes of the names of managers the keys of those who are meant.
fn settle_managers(connection: &Connection, aside: &str) -> Result<(), StoreError> {
    const NAMED: &str = "SELECT DISTINCT manager FROM contacts WHERE book = ?1 AND manager != ''";
    const SETTLE: &str = "UPDATE contacts SET manager = ?2 WHERE id = ?1";
    let named: Vec<String> = rows(connection, NAMED, [aside], |row| get(row, "manager"))?;
    let mut managers = Managers::named(named.iter().map(String::as_str));
    if managers.is_empty() {
        return Ok(());
    }
    each_page(connection, aside, "1", |contacts| {
        contacts.iter().for_each(|contact| managers.look_at(contact));
        Ok(())
    })?;
    each_page(connection, aside, "manager != ''", |contacts| {
        for contact in contacts {
            perform(connection, SETTLE, (column(contact.id)?, managers.of(&contact)))?;
        }
        Ok(())
    })
}

fn id(row: &Row<'_>) -> Result<i64, StoreError> {
    get(row, "id")
}

/// Takes those out of the book who are not aside. Gives the ids of whom it took.
fn leave(connection: &Connection, book: &str, aside: &str) -> Result<Vec<i64>, StoreError> {
    const LEAVE: &str = "SELECT id FROM contacts WHERE book = ?1
        AND NOT EXISTS (SELECT 1 FROM contacts AS new WHERE new.book = ?2 AND new.key = contacts.key)";
    let left = rows(connection, LEAVE, (book, aside), id)?;
    for id in &left {
        remove(connection, *id)?;
    }
    Ok(left)
}

/// Writes what is told of those who are in the book already, where it is another.
fn stay(connection: &Connection, book: &str, aside: &str, changed: &mut Vec<i64>) -> Result<(), StoreError> {
    let columns = |of: &str| {
        let columns: Vec<String> = KEPT.split(',').map(|column| format!("{of}.{}", column.trim())).collect();
        columns.join(", ")
    };
    let (old, new) = (columns("old"), columns("new"));
    let others = format!(
        "SELECT old.id AS id, new.id AS new FROM contacts AS new CROSS JOIN contacts AS old
        WHERE new.book = ?2 AND old.book = ?1 AND old.key = new.key
        AND (({old}) IS NOT ({new}) OR old.gone IS NOT NULL)"
    );
    let write = format!(
        "UPDATE contacts SET ({KEPT}) = (SELECT {KEPT} FROM contacts AS new WHERE new.id = ?2), gone = NULL
        WHERE id = ?1"
    );
    let both = |row: &Row<'_>| Ok((id(row)?, get::<i64>(row, "new")?));
    for (old, new) in rows(connection, &others, (book, aside), both)? {
        perform(connection, &write, (old, new))?;
        changed.push(old);
    }
    Ok(())
}

/// Makes contacts of the book of those aside who are not in it.
fn come(connection: &Connection, book: &str, aside: &str, changed: &mut Vec<i64>) -> Result<(), StoreError> {
    const NEW: &str = "book = ?2
        AND NOT EXISTS (SELECT 1 FROM contacts AS old WHERE old.book = ?1 AND old.key = contacts.key)";
    let new = format!("SELECT id FROM contacts WHERE {NEW} LIMIT {}", CHANGED_MAX + 1);
    changed.extend(rows(connection, &new, (book, aside), id)?);
    perform(connection, &format!("UPDATE contacts SET book = ?1, gone = NULL WHERE {NEW}"), (book, aside))
        .map(drop)
}
