//! What attendants note about contacts, in SQLite. Rows go with the contact they are about; whether a contact that left its
//! address book is kept for them is decided in `contacts`.

use async_trait::async_trait;
use contracts::journal::StoreError;
use contracts::limits;
use contracts::personal::{
    FAVOURITES, Group, GroupId, Note, NotePart, Noted, Personal, StandIn, forgotten_before, moved,
};
use engine::{AttendantId, Timestamp};
use rusqlite::{Connection, Row};

use crate::columns::{column, from_column, get, perform, rows, writing};
use crate::{Store, contacts, of_sqlite};

#[async_trait]
impl Personal for Store {
    async fn groups(&self, attendant: AttendantId) -> Result<Vec<Group>, StoreError> {
        let attendant = column(attendant.0)?;
        self.reader.run(move |connection| groups(connection, attendant)).await
    }

    async fn put_group(
        &self,
        attendant: AttendantId,
        group: Option<GroupId>,
        name: &str,
    ) -> Result<Option<GroupId>, StoreError> {
        limits::name("a group", name)?;
        let (attendant, name) = (column(attendant.0)?, name.to_owned());
        self.changing(move |connection| put_group(connection, attendant, group, &name)).await
    }

    async fn remove_group(&self, attendant: AttendantId, group: GroupId) -> Result<bool, StoreError> {
        const EMPTY: &str = "DELETE FROM group_contacts WHERE attendant = ?1 AND grouped = ?2";
        const REMOVE: &str = "DELETE FROM contact_groups WHERE attendant = ?1 AND id = ?2";
        if group == FAVOURITES {
            return Ok(false);
        }
        let key = (column(attendant.0)?, column(group.0)?);
        let remove = move |connection: &Connection| {
            perform(connection, EMPTY, key)?;
            Ok(perform(connection, REMOVE, key)? > 0)
        };
        self.changing(remove).await
    }

    async fn move_group(
        &self,
        attendant: AttendantId,
        group: GroupId,
        before: Option<GroupId>,
    ) -> Result<bool, StoreError> {
        let attendant = column(attendant.0)?;
        self.changing(move |connection| move_group(connection, attendant, group, before)).await
    }

    async fn place(
        &self,
        attendant: AttendantId,
        group: GroupId,
        contact: u64,
        before: Option<u64>,
    ) -> Result<bool, StoreError> {
        let attendant = column(attendant.0)?;
        self.changing(move |connection| place(connection, attendant, group, contact, before)).await
    }

    async fn take(&self, attendant: AttendantId, group: GroupId, contact: u64) -> Result<bool, StoreError> {
        const TAKE: &str =
            "DELETE FROM group_contacts WHERE attendant = ?1 AND grouped = ?2 AND contact = ?3";
        let key = (column(attendant.0)?, column(group.0)?, column(contact)?);
        self.changing(move |connection| Ok(perform(connection, TAKE, key)? > 0)).await
    }

    async fn noted(&self, attendant: AttendantId, contact: u64) -> Result<Option<Noted>, StoreError> {
        let attendant = column(attendant.0)?;
        self.reader.run(move |connection| noted(connection, attendant, contact)).await
    }

    async fn write_note(&self, contact: u64, seen: u64, part: NotePart) -> Result<Option<Note>, StoreError> {
        limits::note(&part.text)?;
        self.changing(move |connection| write_note(connection, contact, seen, part)).await
    }

    async fn set_stand_in(&self, contact: u64, stand_in: Option<StandIn>) -> Result<bool, StoreError> {
        self.changing(move |connection| set_stand_in(connection, contact, stand_in)).await
    }

    async fn set_first_endpoint(
        &self,
        attendant: AttendantId,
        contact: u64,
        address: Option<&str>,
    ) -> Result<bool, StoreError> {
        address.map(|address| limits::name("a number", address)).transpose()?;
        let (attendant, address) = (column(attendant.0)?, address.map(str::to_owned));
        let set = move |connection: &Connection| {
            let Some(contact) = known(connection, contact)? else { return Ok(false) };
            match address {
                Some(address) => {
                    const SET: &str =
                        "INSERT INTO first_endpoints (attendant, contact, address) VALUES (?1, ?2, ?3)
                        ON CONFLICT (attendant, contact) DO UPDATE SET address = excluded.address";
                    perform(connection, SET, (attendant, contact, address))?;
                }
                None => {
                    const UNSET: &str = "DELETE FROM first_endpoints WHERE attendant = ?1 AND contact = ?2";
                    perform(connection, UNSET, (attendant, contact))?;
                }
            }
            Ok(true)
        };
        self.changing(set).await
    }

    async fn forget_gone(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.changing(move |connection| contacts::forget_gone(connection, now, forgotten_before(now))).await
    }
}

impl Store {
    /// Does something that changes rows, whole or not at all.
    pub(crate) async fn changing<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let job = move |connection: &mut Connection| {
            let transaction = writing(connection)?;
            let done = change(&transaction)?;
            transaction.commit().map_err(of_sqlite)?;
            Ok(done)
        };
        self.writer.run(job).await
    }
}

fn groups(connection: &mut Connection, attendant: i64) -> Result<Vec<Group>, StoreError> {
    // One transaction, so that all groups are of the same moment.
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let favourites = Group { id: FAVOURITES, name: String::new(), contacts: Vec::new() };
    let mut groups = vec![favourites];
    for (id, name) in own_groups(&transaction, attendant)? {
        groups.push(Group { id, name, contacts: Vec::new() });
    }
    for group in &mut groups {
        group.contacts = order_of(&transaction, attendant, group.id)?;
    }
    Ok(groups)
}

fn own_groups(connection: &Connection, attendant: i64) -> Result<Vec<(GroupId, String)>, StoreError> {
    const GROUPS: &str = "SELECT id, name FROM contact_groups WHERE attendant = ?1 ORDER BY place, id";
    rows(connection, GROUPS, [attendant], |row| {
        Ok((GroupId(from_column("group", get(row, "id")?)?), get(row, "name")?))
    })
}

fn order_of(connection: &Connection, attendant: i64, group: GroupId) -> Result<Vec<u64>, StoreError> {
    const ORDER: &str =
        "SELECT contact FROM group_contacts WHERE attendant = ?1 AND grouped = ?2 ORDER BY place";
    rows(connection, ORDER, (attendant, column(group.0)?), contact_id)
}

fn put_group(
    connection: &Connection,
    attendant: i64,
    group: Option<GroupId>,
    name: &str,
) -> Result<Option<GroupId>, StoreError> {
    const ADD: &str = "INSERT INTO contact_groups (attendant, name, place) VALUES (?1, ?2, ?3)";
    const RENAME: &str = "UPDATE contact_groups SET name = ?2 WHERE id = ?1";
    let groups = own_groups(connection, attendant)?;
    if groups.iter().any(|(id, other)| other == name && Some(*id) != group) {
        return Err(limits::group_exists());
    }
    match group {
        Some(group) if groups.iter().any(|(id, _)| *id == group) => {
            perform(connection, RENAME, (column(group.0)?, name))?;
            Ok(Some(group))
        }
        Some(_) => Ok(None),
        None => {
            limits::groups(groups.len() + 1)?;
            perform(connection, ADD, (attendant, name, column(groups.len() as u64)?))?;
            Ok(Some(GroupId(from_column("group", connection.last_insert_rowid())?)))
        }
    }
}

fn move_group(
    connection: &Connection,
    attendant: i64,
    group: GroupId,
    before: Option<GroupId>,
) -> Result<bool, StoreError> {
    const PLACE: &str = "UPDATE contact_groups SET place = ?2 WHERE id = ?1";
    let order: Vec<GroupId> = own_groups(connection, attendant)?.into_iter().map(|(id, _)| id).collect();
    let Some(order) = moved(&order, group, before).filter(|_| order.contains(&group)) else {
        return Ok(false);
    };
    for (place, group) in (0_i64..).zip(order) {
        perform(connection, PLACE, (column(group.0)?, place))?;
    }
    Ok(true)
}

fn place(
    connection: &Connection,
    attendant: i64,
    group: GroupId,
    contact: u64,
    before: Option<u64>,
) -> Result<bool, StoreError> {
    const PLACE: &str = "INSERT INTO group_contacts (attendant, grouped, contact, place) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (attendant, grouped, contact) DO UPDATE SET place = excluded.place WHERE place != excluded.place";
    let has_group =
        group == FAVOURITES || own_groups(connection, attendant)?.iter().any(|(id, _)| *id == group);
    if !has_group || known(connection, contact)?.is_none() {
        return Ok(false);
    }
    let Some(order) = moved(&order_of(connection, attendant, group)?, contact, before) else {
        return Ok(false);
    };
    limits::group_contacts(order.len())?;
    for (place, contact) in (0_i64..).zip(order) {
        perform(connection, PLACE, (attendant, column(group.0)?, column(contact)?, place))?;
    }
    Ok(true)
}

fn noted(connection: &mut Connection, attendant: i64, contact: u64) -> Result<Option<Noted>, StoreError> {
    const GROUPS: &str =
        "SELECT grouped FROM group_contacts WHERE attendant = ?1 AND contact = ?2 ORDER BY grouped";
    const STAND_IN: &str = "SELECT contact, stand_in, until, attendant, at FROM stand_ins WHERE contact = ?1";
    const STANDS_IN_FOR: &str =
        "SELECT contact, stand_in, until, attendant, at FROM stand_ins WHERE stand_in = ?1 ORDER BY contact";
    const FIRST: &str = "SELECT address FROM first_endpoints WHERE attendant = ?1 AND contact = ?2";
    // One transaction, so that all is of the same moment.
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let Some(contact) = known(&transaction, contact)? else { return Ok(None) };
    let group = |row: &Row<'_>| Ok(GroupId(from_column("group", get(row, "grouped")?)?));
    Ok(Some(Noted {
        groups: rows(&transaction, GROUPS, (attendant, contact), group)?,
        note: note(&transaction, contact)?,
        stand_in: rows(&transaction, STAND_IN, [contact], stand_in)?.pop().map(|(_, stand_in)| stand_in),
        stands_in_for: rows(&transaction, STANDS_IN_FOR, [contact], stand_in)?,
        first_endpoint: rows(&transaction, FIRST, (attendant, contact), |row| get(row, "address"))?.pop(),
    }))
}

pub(crate) fn note(connection: &Connection, contact: i64) -> Result<Note, StoreError> {
    const REVISION: &str = "SELECT revision FROM contact_notes WHERE contact = ?1";
    const PARTS: &str =
        "SELECT text, attendant, at, unaware FROM contact_note_parts WHERE contact = ?1 ORDER BY place";
    let revision: Vec<u64> =
        rows(connection, REVISION, [contact], |row| from_column("a note", get(row, "revision")?))?;
    let part = |row: &Row<'_>| {
        Ok(NotePart {
            text: get(row, "text")?,
            by: AttendantId(from_column("attendant", get(row, "attendant")?)?),
            at: Timestamp(get(row, "at")?),
            unaware: get(row, "unaware")?,
        })
    };
    Ok(Note { revision: revision.into_iter().sum(), parts: rows(connection, PARTS, [contact], part)? })
}

fn write_note(
    connection: &Connection,
    contact: u64,
    seen: u64,
    part: NotePart,
) -> Result<Option<Note>, StoreError> {
    const REVISE: &str = "INSERT INTO contact_notes (contact, revision) VALUES (?1, ?2)
        ON CONFLICT (contact) DO UPDATE SET revision = excluded.revision";
    const CLEAR: &str = "DELETE FROM contact_note_parts WHERE contact = ?1";
    const WRITE: &str = "INSERT INTO contact_note_parts (contact, place, text, attendant, at, unaware)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let Some(contact) = known(connection, contact)? else { return Ok(None) };
    let before = note(connection, contact)?;
    let after = before.written(seen, part).ok_or_else(limits::too_many_note_parts)?;
    if after != before {
        perform(connection, REVISE, (contact, column(after.revision)?))?;
        perform(connection, CLEAR, [contact])?;
        for (place, NotePart { text, by, at, unaware }) in (0_i64..).zip(&after.parts) {
            perform(connection, WRITE, (contact, place, text, column(by.0)?, at.0, unaware))?;
        }
    }
    Ok(Some(after))
}

fn set_stand_in(connection: &Connection, contact: u64, wanted: Option<StandIn>) -> Result<bool, StoreError> {
    const UNSET: &str = "DELETE FROM stand_ins WHERE contact = ?1";
    const OTHERS: &str = "SELECT contact FROM stand_ins WHERE stand_in = ?1 AND contact != ?2";
    const SET: &str =
        "INSERT INTO stand_ins (contact, stand_in, until, attendant, at) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (contact) DO UPDATE SET stand_in = excluded.stand_in, until = excluded.until,
            attendant = excluded.attendant, at = excluded.at";
    let Some(id) = known(connection, contact)? else { return Ok(false) };
    let Some(StandIn { contact: who, until, by, at }) = wanted else {
        perform(connection, UNSET, [id])?;
        return Ok(true);
    };
    let Some(stand_in) = known(connection, who)? else { return Ok(false) };
    let others = rows(connection, OTHERS, (stand_in, id), contact_id)?.len();
    limits::stand_in(contact, who, others)?;
    perform(connection, SET, (id, stand_in, until.map(|until| until.0), column(by.0)?, at.0))?;
    Ok(true)
}

/// Where this contact is one of both.
pub(crate) fn stand_ins_with(
    connection: &Connection,
    contact: i64,
) -> Result<Vec<(u64, StandIn)>, StoreError> {
    const WITH: &str = "SELECT contact, stand_in, until, attendant, at FROM stand_ins
        WHERE contact = ?1 OR stand_in = ?1 ORDER BY contact";
    rows(connection, WITH, [contact], stand_in)
}

/// The column of a contact that is in an address book or kept.
fn known(connection: &Connection, contact: u64) -> Result<Option<i64>, StoreError> {
    const KNOWN: &str = "SELECT id FROM contacts WHERE id = ?1";
    let Ok(id) = column(contact) else { return Ok(None) };
    Ok(rows(connection, KNOWN, [id], |row| get(row, "id"))?.pop())
}

fn contact_id(row: &Row<'_>) -> Result<u64, StoreError> {
    from_column("contact", get(row, "contact")?)
}

/// Of whom, and who.
fn stand_in(row: &Row<'_>) -> Result<(u64, StandIn), StoreError> {
    let stand_in = StandIn {
        contact: from_column("contact", get(row, "stand_in")?)?,
        until: get::<Option<i64>>(row, "until")?.map(Timestamp),
        by: AttendantId(from_column("attendant", get(row, "attendant")?)?),
        at: Timestamp(get(row, "at")?),
    };
    Ok((contact_id(row)?, stand_in))
}
