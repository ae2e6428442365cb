//! The address books in SQLite: together with parties and lines the only tables of personal data. Does not search: the index
//! over contacts is in `directory`.

use std::collections::{BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use contracts::book::{
    Applied, CHANGED_MAX, Contact, ContactBook, Gone, KeptContact, Line, PAGE_MAX, kept_key, settle_keys,
    settle_managers, settle_update,
};
use contracts::journal::StoreError;
use contracts::limits;
use contracts::line::ReportingLine;
use engine::Timestamp;
use rusqlite::{Connection, Row};

use crate::columns::{column, from_column, get, perform, rows, writing};
use crate::{Store, aside, contact_lines, left_out, of_sqlite};

/// All columns of a contact.
pub(crate) const COLUMNS: &str =
    "id, book, key, display_name, first_name, last_name, company, department, title, city, email,
    endpoints, notes, internal, custom, manager";

/// Bytes of an image in one row, so that none needs memory for the whole twice.
const IMAGE_PART_BYTES: usize = 1 << 20;

#[async_trait]
impl ContactBook for Store {
    async fn replace(&self, book: &str, mut contacts: Vec<Contact>) -> Result<Vec<Contact>, StoreError> {
        limits::book(book)?;
        limits::contacts(&contacts)?;
        let book = book.to_owned();
        let job = move |connection: &mut Connection| {
            settle_keys(&mut contacts);
            left_out::sift(connection, &mut contacts)?;
            settle_managers(&mut contacts);
            replace(connection, &book, contacts)
        };
        self.writer.run(job).await
    }

    async fn apply(
        &self,
        book: &str,
        upserts: Vec<Contact>,
        removed_keys: Vec<String>,
    ) -> Result<Applied, StoreError> {
        limits::book(book)?;
        limits::contacts(&upserts)?;
        let book = book.to_owned();
        let removed_keys = removed_keys.iter().map(|key| kept_key(key)).collect();
        let job = move |connection: &mut Connection| {
            let mut upserts = settle_update(upserts);
            left_out::sift(connection, &mut upserts)?;
            apply(connection, &book, upserts, &removed_keys)
        };
        self.writer.run(job).await
    }

    async fn set_aside(&self, book: &str, contacts: Vec<Contact>) -> Result<(), StoreError> {
        limits::book(book)?;
        limits::part(&contacts)?;
        aside::set_aside(&self.writer, book, contacts).await
    }

    async fn take_over(&self, book: &str, contacts: u64) -> Result<u64, StoreError> {
        limits::book(book)?;
        aside::take_over(&self.writer, book, contacts).await
    }

    async fn forget_aside(&self, book: &str) -> Result<(), StoreError> {
        limits::book(book)?;
        aside::forget(&self.writer, book).await
    }

    async fn all(&self) -> Result<Vec<Contact>, StoreError> {
        const ALL: &str =
            "SELECT id, book, key, display_name, first_name, last_name, company, department, title, city,
            email, endpoints, notes, internal, custom, manager FROM contacts WHERE gone IS NULL ORDER BY id";
        self.reader.run(|connection| rows(connection, ALL, (), contact)).await
    }

    async fn count(&self, book: &str) -> Result<u64, StoreError> {
        let book = book.to_owned();
        self.reader.run(move |connection| count(connection, &book)).await
    }

    async fn page(&self, after: u64, limit: u32) -> Result<Vec<Contact>, StoreError> {
        limits::page(limit, PAGE_MAX)?;
        const PAGE: &str = "SELECT id, book, key, display_name, first_name, last_name, company, department, title, city,
            email, endpoints, notes, internal, custom, manager FROM contacts WHERE id > ?1 AND gone IS NULL ORDER BY id LIMIT ?2";
        let Ok(after) = column(after) else { return Ok(Vec::new()) };
        self.reader.run(move |connection| rows(connection, PAGE, (after, limit), contact)).await
    }

    async fn by_ids(&self, ids: &[u64]) -> Result<Vec<Contact>, StoreError> {
        let kept = self.kept_by_ids(ids).await?;
        Ok(kept.into_iter().filter(|kept| kept.gone.is_none()).map(|kept| kept.contact).collect())
    }

    async fn kept_by_ids(&self, ids: &[u64]) -> Result<Vec<KeptContact>, StoreError> {
        limits::ids(ids.len())?;
        // An id that does not fit into a column is nobody's.
        let ids: Vec<i64> = ids.iter().filter_map(|id| i64::try_from(*id).ok()).collect();
        self.reader.run(move |connection| by_ids(connection, &ids)).await
    }

    async fn colleagues(&self, of: &Contact, limit: u32) -> Result<(u32, Vec<Contact>), StoreError> {
        limits::page(limit, PAGE_MAX)?;
        if of.company.is_empty() || of.department.is_empty() {
            return Ok((0, Vec::new()));
        }
        let (company, department, id) = (of.company.clone(), of.department.clone(), column(of.id)?);
        self.reader.run(move |connection| colleagues(connection, (&company, &department, id), limit)).await
    }

    async fn line(&self, of: &Contact, limit: u32) -> Result<Line, StoreError> {
        limits::page(limit, PAGE_MAX)?;
        let of = of.clone();
        self.reader.run(move |connection| contact_lines::line(connection, &of, limit)).await
    }

    async fn keep_line(&self, of: &Contact, told: &ReportingLine, at: Timestamp) -> Result<(), StoreError> {
        limits::reports(told)?;
        let (of, told) = (of.clone(), told.clone());
        self.writer.run(move |connection| contact_lines::keep_line(connection, &of, &told, at)).await
    }

    async fn revision(&self) -> Result<u64, StoreError> {
        self.reader.run(|connection| revision(connection)).await
    }

    async fn image(&self) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.reader.run(image).await
    }

    async fn changed_since_image(&self) -> Result<Option<Vec<u64>>, StoreError> {
        self.reader.run(changed_since_image).await
    }

    async fn keep_image(&self, revision: u64, image: Vec<u8>) -> Result<(), StoreError> {
        limits::image(image.len())?;
        let revision = column(revision)?;
        self.writer.run(move |connection| keep_image(connection, revision, &image)).await
    }
}

/// Gives the rows of an earlier release, whose address books knew no keys, those that reading the same file again gives.
pub(crate) fn give_keys(connection: &Connection) -> Result<(), StoreError> {
    const BOOKS: &str = "SELECT DISTINCT book FROM contacts";
    const OF_BOOK: &str =
        "SELECT id, book, key, display_name, first_name, last_name, company, department, title, city,
        email, endpoints, notes, internal, custom, '' AS manager FROM contacts WHERE book = ?1 ORDER BY id";
    const GIVE: &str = "UPDATE contacts SET key = ?2 WHERE id = ?1";
    for book in rows(connection, BOOKS, (), |row| get::<String>(row, "book"))? {
        let without_key = |row: &Row<'_>| Ok(Contact { key: String::new(), ..contact(row)? });
        let mut contacts = rows(connection, OF_BOOK, [&book], without_key)?;
        settle_keys(&mut contacts);
        for Contact { id, key, .. } in contacts {
            perform(connection, GIVE, (column(id)?, key))?;
        }
    }
    Ok(())
}

fn replace(
    connection: &mut Connection,
    book: &str,
    contacts: Vec<Contact>,
) -> Result<Vec<Contact>, StoreError> {
    let transaction = writing(connection)?;
    let known = known(&transaction, book)?;
    let stay: HashSet<&str> = contacts.iter().map(|contact| contact.key.as_str()).collect();
    let mut changed = Vec::new();
    for (_, id) in known.iter().filter(|(key, _)| !stay.contains(key.as_str())) {
        remove(&transaction, *id)?;
        changed.push(*id);
    }
    let contacts = put_all(&transaction, book, &known, contacts, &mut changed)?;
    count_change(&transaction, Some(&changed))?;
    transaction.commit().map_err(of_sqlite)?;
    Ok(contacts)
}

fn apply(
    connection: &mut Connection,
    book: &str,
    upserts: Vec<Contact>,
    removed_keys: &BTreeSet<String>,
) -> Result<Applied, StoreError> {
    const ID: &str = "SELECT id, key FROM contacts WHERE book = ?1 AND key = ?2";
    const HERE: &str = "SELECT id, key FROM contacts WHERE book = ?1 AND key = ?2 AND gone IS NULL";
    let transaction = writing(connection)?;
    // Only the named ones are looked up: a source of a million tells of a handful.
    let stay: BTreeSet<&str> = upserts.iter().map(|contact| contact.key.as_str()).collect();
    let mut known = HashMap::new();
    for key in &stay {
        known.extend(rows(&transaction, ID, (book, key), id_by_key)?);
    }
    let (mut removed, mut changed) = (Vec::new(), Vec::new());
    for key in removed_keys.iter().filter(|key| !stay.contains(key.as_str())) {
        for (_, id) in rows(&transaction, HERE, (book, key), id_by_key)? {
            remove(&transaction, id)?;
            changed.push(id);
            removed.push(from_column("contact", id)?);
        }
    }
    let upserted = put_all(&transaction, book, &known, upserts, &mut changed)?;
    limits::book_size(usize::try_from(count(&transaction, book)?).unwrap_or(usize::MAX))?;
    count_change(&transaction, Some(&changed))?;
    transaction.commit().map_err(of_sqlite)?;
    Ok(Applied { upserted, removed })
}

/// The ids of a book's contacts by their keys, also of those that are gone.
fn known(connection: &Connection, book: &str) -> Result<HashMap<String, i64>, StoreError> {
    const KNOWN: &str = "SELECT id, key FROM contacts WHERE book = ?1";
    Ok(rows(connection, KNOWN, [book], id_by_key)?.into_iter().collect())
}

fn id_by_key(row: &Row<'_>) -> Result<(String, i64), StoreError> {
    Ok((get(row, "key")?, get(row, "id")?))
}

fn put_all(
    connection: &Connection,
    book: &str,
    known: &HashMap<String, i64>,
    mut contacts: Vec<Contact>,
    changed: &mut Vec<i64>,
) -> Result<Vec<Contact>, StoreError> {
    for contact in &mut contacts {
        book.clone_into(&mut contact.book);
        let is_new = put(connection, contact)?;
        let id = known.get(&contact.key).copied().unwrap_or_else(|| connection.last_insert_rowid());
        changed.extend(is_new.then_some(id));
        contact.id = from_column("contact", id)?;
    }
    Ok(contacts)
}

/// Whether it is another than before. A contact that is as it was costs no page: an address book is read again every day and
/// hardly changes.
fn put(connection: &Connection, contact: &Contact) -> Result<bool, StoreError> {
    const PUT: &str =
        "INSERT INTO contacts (book, key, display_name, first_name, last_name, company, department, title, city,
            email, endpoints, notes, internal, custom, manager)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
        ON CONFLICT (book, key) DO UPDATE SET display_name = excluded.display_name, first_name = excluded.first_name,
            last_name = excluded.last_name, company = excluded.company, department = excluded.department,
            title = excluded.title, city = excluded.city, email = excluded.email, endpoints = excluded.endpoints,
            notes = excluded.notes, internal = excluded.internal, custom = excluded.custom,
            manager = excluded.manager, gone = NULL
        WHERE (display_name, first_name, last_name, company, department, title, city, email, endpoints, notes,
            internal, custom, manager) IS NOT (excluded.display_name, excluded.first_name, excluded.last_name,
            excluded.company, excluded.department, excluded.title, excluded.city, excluded.email,
            excluded.endpoints, excluded.notes, excluded.internal, excluded.custom,
            excluded.manager) OR gone IS NOT NULL";
    put_by(connection, PUT, contact)
}

/// Puts a contact by this statement, whose parameters are all that is kept of it, from its book to its manager. Whether it did.
pub(crate) fn put_by(connection: &Connection, sql: &str, contact: &Contact) -> Result<bool, StoreError> {
    let params = rusqlite::params![
        contact.book,
        contact.key,
        contact.display_name,
        contact.first_name,
        contact.last_name,
        contact.company,
        contact.department,
        contact.title,
        contact.city,
        contact.email,
        serde_json::to_string(&contact.endpoints).expect("a list of texts always has a JSON text"),
        contact.notes,
        contact.internal,
        serde_json::to_string(&contact.custom).expect("a list of texts always has a JSON text"),
        contact.manager,
    ];
    Ok(perform(connection, sql, params)? > 0)
}

/// A contact about which something is noted; an empty note is none.
const IS_NOTED: &str = "(EXISTS (SELECT 1 FROM group_contacts WHERE contact = contacts.id)
    OR EXISTS (SELECT 1 FROM contact_note_parts WHERE contact = contacts.id)
    OR EXISTS (SELECT 1 FROM stand_ins WHERE contact = contacts.id OR stand_in = contacts.id)
    OR EXISTS (SELECT 1 FROM first_endpoints WHERE contact = contacts.id))";

/// Takes a contact out of its book; it is kept for what is noted about it.
pub(crate) fn remove(connection: &Connection, id: i64) -> Result<(), StoreError> {
    const GONE: &str = "UPDATE contacts SET gone = 0 WHERE id = ?1 AND gone IS NULL";
    let unless_noted = format!("DELETE FROM contacts WHERE id = ?1 AND NOT {IS_NOTED}");
    if perform(connection, &unless_noted, [id])? == 0 {
        perform(connection, GONE, [id])?;
    }
    Ok(())
}

/// A contact of a book that is not read to its end yet: not gone, but not here.
pub(crate) const IS_ASIDE: &str = "(book >= char(1) AND book < char(2))";

/// Notes since when contacts are gone, and deletes those that went before this moment or that nobody notes any more.
pub(crate) fn forget_gone(
    connection: &Connection,
    now: Timestamp,
    before: Timestamp,
) -> Result<u64, StoreError> {
    // Not later than now: a clock that ran ahead keeps nobody for ever.
    let since = format!(
        "UPDATE contacts INDEXED BY contacts_gone SET gone = ?1 WHERE gone IS NOT NULL AND (gone = 0 OR gone > ?1) AND NOT {IS_ASIDE}"
    );
    let forget = format!(
        "DELETE FROM contacts INDEXED BY contacts_gone WHERE gone IS NOT NULL AND ((gone > 0 AND gone < ?1) OR NOT {IS_NOTED})
        AND NOT {IS_ASIDE}"
    );
    let forgotten = perform(connection, &forget, [before.0])?;
    perform(connection, &since, [now.0.max(1)])?;
    Ok(forgotten as u64)
}

pub(crate) fn count(connection: &Connection, book: &str) -> Result<u64, StoreError> {
    // Of two indexes: whether a contact is gone stands in neither with its key, and each one would be read.
    const COUNT: &str = "SELECT (SELECT count(*) FROM contacts WHERE book = ?1)
        - (SELECT count(*) FROM contacts INDEXED BY contacts_gone WHERE book = ?1 AND gone IS NOT NULL) AS contacts";
    let counted: Vec<u64> =
        rows(connection, COUNT, [book], |row| from_column("contacts", get(row, "contacts")?))?;
    Ok(counted.into_iter().sum())
}

fn colleagues(
    connection: &mut Connection,
    of: (&str, &str, i64),
    limit: u32,
) -> Result<(u32, Vec<Contact>), StoreError> {
    const COUNT: &str = "SELECT count(*) AS colleagues FROM contacts
        WHERE company = ?1 AND department = ?2 AND department != '' AND gone IS NULL AND id != ?3";
    const COLLEAGUES: &str =
        "SELECT id, book, key, display_name, first_name, last_name, company, department, title, city,
        email, endpoints, notes, internal, custom, manager FROM contacts
        WHERE company = ?1 AND department = ?2 AND department != '' AND gone IS NULL AND id != ?3
        ORDER BY display_name, id LIMIT ?4";
    let (company, department, id) = of;
    // One transaction, so that the count is of the same moment.
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let counted: Vec<u32> =
        rows(&transaction, COUNT, of, |row| from_column("colleagues", get(row, "colleagues")?))?;
    let found = rows(&transaction, COLLEAGUES, (company, department, id, limit), contact)?;
    Ok((counted.into_iter().sum(), found))
}

fn revision(connection: &Connection) -> Result<u64, StoreError> {
    let read = |row: &Row<'_>| from_column("revision", get(row, "revision")?);
    let found: Vec<u64> = rows(connection, "SELECT revision FROM contacts_state", (), read)?;
    found
        .first()
        .copied()
        .ok_or_else(|| StoreError::Damaged("the revision of the contacts is gone".to_owned()))
}

/// Counts a change of these contacts; `None`: of more than are noted. As long as an image is kept they are noted, since a start makes it
/// whole with them.
pub(crate) fn count_change(connection: &Connection, changed: Option<&[i64]>) -> Result<(), StoreError> {
    // Rows below zero of the table of the image: what changed with which revision. They go with the image.
    const NOTE: &str = "INSERT INTO index_image (part, revision, bytes)
        SELECT part - 1, (SELECT revision FROM contacts_state), ?1
        FROM (SELECT min(part) AS part FROM index_image) WHERE part IS NOT NULL";
    perform(connection, "UPDATE contacts_state SET revision = revision + 1", ())?;
    let noted: Vec<u8> = match changed {
        Some(changed) if changed.len() <= CHANGED_MAX => {
            changed.iter().flat_map(|id| id.to_le_bytes()).collect()
        }
        Some(_) | None => TOO_MANY.to_vec(),
    };
    perform(connection, NOTE, [noted])?;
    Ok(())
}

/// Noted instead of more contacts than are noted.
const TOO_MANY: &[u8] = &[0];

fn changed_since_image(connection: &mut Connection) -> Result<Option<Vec<u64>>, StoreError> {
    const OF_IMAGE: &str = "SELECT revision FROM index_image WHERE part = 0";
    const NOTED: &str = "SELECT bytes FROM index_image WHERE part < 0";
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let read = |row: &Row<'_>| from_column("revision", get(row, "revision")?);
    let of_image: Vec<u64> = rows(&transaction, OF_IMAGE, (), read)?;
    let notes: Vec<Vec<u8>> = rows(&transaction, NOTED, (), |row| get(row, "bytes"))?;
    let behind = of_image.first().and_then(|of| revision(&transaction).ok()?.checked_sub(*of));
    // A change that was not noted is one nobody knows.
    if behind != Some(notes.len() as u64) || notes.iter().any(|note| note == TOO_MANY) {
        return Ok(None);
    }
    let mut changed = BTreeSet::new();
    for id in notes.iter().flat_map(|note| note.as_chunks::<8>().0) {
        changed.insert(from_column("contact", i64::from_le_bytes(*id))?);
    }
    Ok((changed.len() <= CHANGED_MAX).then(|| changed.into_iter().collect()))
}

fn image(connection: &mut Connection) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT revision, bytes FROM index_image WHERE part >= 0 ORDER BY part")
        .map_err(of_sqlite)?;
    let mut parts = statement.query(()).map_err(of_sqlite)?;
    let mut image = None;
    while let Some(part) = parts.next().map_err(of_sqlite)? {
        let (_, whole) = image.get_or_insert((from_column("revision", get(part, "revision")?)?, Vec::new()));
        let bytes = part.get_ref("bytes").map_err(of_sqlite)?.as_blob();
        whole.extend_from_slice(bytes.map_err(|_| StoreError::Damaged("the image of the index".to_owned()))?);
    }
    Ok(image)
}

fn keep_image(connection: &mut Connection, revision: i64, image: &[u8]) -> Result<(), StoreError> {
    let transaction = writing(connection)?;
    perform(&transaction, "DELETE FROM index_image", ())?;
    for (part, bytes) in (0_i64..).zip(image.chunks(IMAGE_PART_BYTES)) {
        const KEEP: &str = "INSERT INTO index_image (part, revision, bytes) VALUES (?1, ?2, ?3)";
        perform(&transaction, KEEP, (part, revision, bytes))?;
    }
    transaction.commit().map_err(of_sqlite)
}

fn by_ids(connection: &mut Connection, ids: &[i64]) -> Result<Vec<KeptContact>, StoreError> {
    // One transaction, so that all are of the same moment.
    let transaction = connection.transaction().map_err(of_sqlite)?;
    by_ids_in(&transaction, ids)
}

/// These contacts; the caller has the transaction.
pub(crate) fn by_ids_in(connection: &Connection, ids: &[i64]) -> Result<Vec<KeptContact>, StoreError> {
    const BY_ID: &str =
        "SELECT id, book, key, display_name, first_name, last_name, company, department, title, city,
        email, endpoints, notes, internal, custom, manager, gone FROM contacts WHERE id = ?1";
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(rows(connection, BY_ID, [id], kept)?);
    }
    Ok(found)
}

fn kept(row: &Row<'_>) -> Result<KeptContact, StoreError> {
    let gone = match get::<Option<i64>>(row, "gone")? {
        None => None,
        Some(0) => Some(Gone::Just),
        Some(since) => Some(Gone::Since(Timestamp(since))),
    };
    Ok(KeptContact { contact: contact(row)?, gone })
}

pub(crate) fn contact(row: &Row<'_>) -> Result<Contact, StoreError> {
    let id = from_column("contact", get(row, "id")?)?;
    let damaged = |what: &str| StoreError::Damaged(format!("{what} of contact {id}"));
    Ok(Contact {
        id,
        book: get(row, "book")?,
        key: get(row, "key")?,
        display_name: get(row, "display_name")?,
        first_name: get(row, "first_name")?,
        last_name: get(row, "last_name")?,
        company: get(row, "company")?,
        department: get(row, "department")?,
        title: get(row, "title")?,
        city: get(row, "city")?,
        email: get(row, "email")?,
        endpoints: serde_json::from_str(&get::<String>(row, "endpoints")?)
            .map_err(|_| damaged("the numbers"))?,
        notes: get(row, "notes")?,
        internal: get(row, "internal")?,
        custom: serde_json::from_str(&get::<String>(row, "custom")?)
            .map_err(|_| damaged("the fields of its own"))?,
        manager: get(row, "manager")?,
        place: String::new(),
    })
}
