//! The party book and the address books in SQLite: together with the lines the only tables of personal data. Does not
//! search: the index over contacts is in `directory`.

use async_trait::async_trait;
use contracts::book::{Contact, ContactBook, Party, PartyBook};
use contracts::journal::StoreError;
use contracts::{Address, limits};
use engine::PartyId;
use rusqlite::{Connection, Row, TransactionBehavior};

use crate::columns::{column, from_column, get, perform, rows};
use crate::{Store, of_sqlite};

#[async_trait]
impl PartyBook for Store {
    async fn party_of(
        &self,
        address: Option<&Address>,
        display_name: Option<&str>,
        new_id: PartyId,
    ) -> Result<Party, StoreError> {
        let wanted =
            Party { id: new_id, address: address.cloned(), display_name: limits::display_name(display_name) };
        self.writer.run(move |connection| party_of(connection, wanted)).await
    }

    async fn party(&self, id: PartyId) -> Result<Option<Party>, StoreError> {
        let Ok(id) = column(id.0) else { return Ok(None) };
        self.reader.run(move |connection| party_by_id(connection, id)).await
    }
}

#[async_trait]
impl ContactBook for Store {
    async fn replace(&self, book: &str, contacts: Vec<Contact>) -> Result<Vec<Contact>, StoreError> {
        limits::name("an address book", book)?;
        limits::contacts(&contacts)?;
        let book = book.to_owned();
        self.writer.run(move |connection| replace(connection, &book, contacts)).await
    }

    async fn all(&self) -> Result<Vec<Contact>, StoreError> {
        const ALL: &str =
            "SELECT id, display_name, first_name, last_name, company, department, title, city, email,
            endpoints, notes, internal FROM contacts ORDER BY id";
        self.reader.run(|connection| rows(connection, ALL, (), contact)).await
    }
}

/// The writing thread is the only one that adds parties, so nobody comes between looking and adding. A caller who is
/// known under the same name costs no commit.
fn party_of(connection: &Connection, wanted: Party) -> Result<Party, StoreError> {
    const RENAME: &str = "UPDATE parties SET display_name = ?2 WHERE id = ?1";
    const ADD: &str = "INSERT INTO parties (id, address, display_name) VALUES (?1, ?2, ?3)";
    let address = wanted.address.as_ref().map(Address::as_str);
    let known = address.map(|address| party_by_address(connection, address)).transpose()?.flatten();
    if let Some(mut party) = known {
        if wanted.display_name.is_some() && wanted.display_name != party.display_name {
            perform(connection, RENAME, (column(party.id.0)?, &wanted.display_name))?;
            party.display_name = wanted.display_name;
        }
        return Ok(party);
    }
    let id = column(wanted.id.0)?;
    if party_by_id(connection, id)?.is_some() {
        return Err(StoreError::Conflict(format!("the party id {} is taken", wanted.id)));
    }
    perform(connection, ADD, (id, address, &wanted.display_name))?;
    Ok(wanted)
}

fn party_by_address(connection: &Connection, address: &str) -> Result<Option<Party>, StoreError> {
    const BY_ADDRESS: &str = "SELECT id, address, display_name FROM parties WHERE address = ?1";
    Ok(rows(connection, BY_ADDRESS, [address], party)?.pop())
}

fn party_by_id(connection: &Connection, id: i64) -> Result<Option<Party>, StoreError> {
    const BY_ID: &str = "SELECT id, address, display_name FROM parties WHERE id = ?1";
    Ok(rows(connection, BY_ID, [id], party)?.pop())
}

fn party(row: &Row<'_>) -> Result<Party, StoreError> {
    let id = PartyId(from_column("party", get(row, "id")?)?);
    let address = get::<Option<String>>(row, "address")?
        .map(|text| {
            Address::parse(&text).map_err(|_| StoreError::Damaged(format!("the address of party {id}")))
        })
        .transpose()?;
    Ok(Party { id, address, display_name: get(row, "display_name")? })
}

fn replace(
    connection: &mut Connection,
    book: &str,
    mut contacts: Vec<Contact>,
) -> Result<Vec<Contact>, StoreError> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(of_sqlite)?;
    perform(&transaction, "DELETE FROM contacts WHERE book = ?1", [book])?;
    for contact in &mut contacts {
        add(&transaction, book, contact)?;
        contact.id = from_column("contact", transaction.last_insert_rowid())?;
    }
    transaction.commit().map_err(of_sqlite)?;
    Ok(contacts)
}

fn add(connection: &Connection, book: &str, contact: &Contact) -> Result<(), StoreError> {
    const ADD: &str =
        "INSERT INTO contacts (book, display_name, first_name, last_name, company, department, title, city,
            email, endpoints, notes, internal)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let params = rusqlite::params![
        book,
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
    ];
    perform(connection, ADD, params)?;
    Ok(())
}

fn contact(row: &Row<'_>) -> Result<Contact, StoreError> {
    let id = from_column("contact", get(row, "id")?)?;
    Ok(Contact {
        id,
        display_name: get(row, "display_name")?,
        first_name: get(row, "first_name")?,
        last_name: get(row, "last_name")?,
        company: get(row, "company")?,
        department: get(row, "department")?,
        title: get(row, "title")?,
        city: get(row, "city")?,
        email: get(row, "email")?,
        endpoints: serde_json::from_str(&get::<String>(row, "endpoints")?)
            .map_err(|_| StoreError::Damaged(format!("the numbers of contact {id}")))?,
        notes: get(row, "notes")?,
        internal: get(row, "internal")?,
    })
}
