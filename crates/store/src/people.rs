//! The party book in SQLite: who stands behind a party id. Does not know the address books.

use async_trait::async_trait;
use contracts::book::{Party, PartyBook};
use contracts::journal::StoreError;
use contracts::{Address, limits};
use engine::PartyId;
use rusqlite::{Connection, Row};

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

    async fn parties(&self, ids: &[PartyId]) -> Result<Vec<Party>, StoreError> {
        limits::ids(ids.len())?;
        // An id that does not fit into a column is nobody's.
        let ids: Vec<i64> = ids.iter().filter_map(|id| i64::try_from(id.0).ok()).collect();
        let parties = move |connection: &mut Connection| {
            // One transaction, so that all are of the same moment, and the file is locked once instead of for each.
            let transaction = connection.transaction().map_err(of_sqlite)?;
            let each = ids.iter().map(|id| party_by_id(&transaction, *id));
            each.filter_map(Result::transpose).collect()
        };
        self.reader.run(parties).await
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

pub(crate) fn party_by_id(connection: &Connection, id: i64) -> Result<Option<Party>, StoreError> {
    const BY_ID: &str = "SELECT id, address, display_name FROM parties WHERE id = ?1";
    Ok(rows(connection, BY_ID, [id], party)?.pop())
}

pub(crate) fn party(row: &Row<'_>) -> Result<Party, StoreError> {
    let id = PartyId(from_column("party", get(row, "id")?)?);
    let address = get::<Option<String>>(row, "address")?
        .map(|text| {
            Address::parse(&text).map_err(|_| StoreError::Damaged(format!("the address of party {id}")))
        })
        .transpose()?;
    Ok(Party { id, address, display_name: get(row, "display_name")? })
}
