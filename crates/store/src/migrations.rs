//! Brings the tables to the version this release knows: numbered files, forward only, each in a transaction of its own.
//! Does not judge newer files; the vault has refused those.

use rusqlite::{Connection, TransactionBehavior};

/// The file at place n makes version n + 1. A file that was released is never changed.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_first_tables.sql")];

/// The version of the tables after all of them.
pub const VERSION: u32 = MIGRATIONS.len() as u32;

/// Applies what is missing.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let mut version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    while let Some(migration) = MIGRATIONS.get(version as usize) {
        version += 1;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
        tracing::info!(version, "tables brought up to date");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{VERSION, migrate};
    use expect_test::expect;
    use rusqlite::Connection;

    #[test]
    fn an_empty_database_is_brought_to_the_newest_version_once() {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate(&mut connection).expect("it is empty");
        migrate(&mut connection).expect("there is nothing to do");
        let version: u32 =
            connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a pragma");
        assert_eq!(version, VERSION);
    }

    /// A column added or changed shows here, and belongs into the data inventory of docs/storage.md (DATA-9).
    #[test]
    fn these_are_all_columns_there_are() {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate(&mut connection).expect("it is empty");
        let mut statement = connection
            .prepare(
                "SELECT t.name || ': ' || group_concat(c.name, ' ' ORDER BY c.cid)
                 FROM sqlite_schema t, pragma_table_info(t.name) c
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' GROUP BY t.name ORDER BY t.name",
            )
            .expect("a statement");
        let tables: Vec<String> =
            statement.query_map([], |row| row.get(0)).expect("rows").map(|row| row.expect("a row")).collect();
        expect![[r#"
            call_records: call part simulated outbound service party arrived accepted ended connected_ms hold_ms park_ms outcome
            contacts: id book display_name first_name last_name company department title city email endpoints notes internal
            journal: sequence at format event
            lease: one generation holder
            legs: kept kind id words
            outbox: sequence place at format effect gave_up
            parties: id address display_name
            settings: key json
            transfer_history: caller simulated target times last
            user_sessions: call part place attendant began ended outcome target"#]].assert_eq(&tables.join("\n"));
    }
}
