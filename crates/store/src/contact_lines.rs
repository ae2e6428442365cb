//! Who is above and below a contact, in SQLite: what her book says, and what a directory told of her alone (DIR-4).

use contracts::book::{Contact, Line};
use contracts::journal::StoreError;
use contracts::line::ReportingLine;
use engine::Timestamp;
use rusqlite::{Connection, Row};

use crate::columns::{column, from_column, get, perform, rows, writing};
use crate::contacts::{COLUMNS, contact};
use crate::of_sqlite;

/// Her manager and who reports to her.
pub(crate) fn line(connection: &mut Connection, of: &Contact, limit: u32) -> Result<Line, StoreError> {
    const TOLD: &str = "SELECT manager, reports, at FROM lines_told WHERE contact = ?1";
    let by_id = format!("SELECT {COLUMNS} FROM contacts WHERE id = ?1 AND gone IS NULL");
    // One transaction, so that all is of the same moment.
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let id = column(of.id)?;
    let told = rows(&transaction, TOLD, [id], |row| {
        let reports: u32 = from_column("reports", get(row, "reports")?)?;
        Ok((get::<Option<i64>>(row, "manager")?, reports, Timestamp(get(row, "at")?)))
    })?;
    let Some((manager, reports_total, at)) = told.into_iter().next() else {
        return of_book(&transaction, of, limit);
    };
    let reports = format!(
        "SELECT {COLUMNS} FROM contacts WHERE id IN (SELECT report FROM reports_told WHERE contact = ?1) AND gone IS NULL
        ORDER BY display_name, id LIMIT ?2"
    );
    Ok(Line {
        manager: match manager {
            Some(manager) => rows(&transaction, &by_id, [manager], contact)?.pop(),
            None => None,
        },
        reports: rows(&transaction, &reports, (id, limit), contact)?,
        reports_total,
        told: Some(at),
    })
}

/// As it came with her book.
fn of_book(connection: &Connection, of: &Contact, limit: u32) -> Result<Line, StoreError> {
    const COUNT: &str = "SELECT count(*) AS reports FROM contacts
        WHERE book = ?1 AND manager = ?2 AND manager != '' AND gone IS NULL AND id != ?3";
    let manager =
        format!("SELECT {COLUMNS} FROM contacts WHERE book = ?1 AND key = ?2 AND gone IS NULL AND id != ?3");
    let reports = format!(
        "SELECT {COLUMNS} FROM contacts WHERE book = ?1 AND manager = ?2 AND manager != '' AND gone IS NULL AND id != ?3
        ORDER BY display_name, id LIMIT ?4"
    );
    let id = column(of.id)?;
    let counted = |row: &Row<'_>| from_column("reports", get(row, "reports")?);
    let counted: Vec<u32> = rows(connection, COUNT, (&of.book, &of.key, id), counted)?;
    Ok(Line {
        manager: rows(connection, &manager, (&of.book, &of.manager, id), contact)?.pop(),
        reports: rows(connection, &reports, (&of.book, &of.key, id, limit), contact)?,
        reports_total: counted.into_iter().sum(),
        told: None,
    })
}

/// Keeps what was told of her in place of what was told before.
pub(crate) fn keep_line(
    connection: &mut Connection,
    of: &Contact,
    told: &ReportingLine,
    at: Timestamp,
) -> Result<(), StoreError> {
    const FORGET: &str = "DELETE FROM lines_told WHERE contact = ?1";
    const KEEP: &str = "INSERT INTO lines_told (contact, manager, reports, at)
        SELECT id, (SELECT id FROM contacts WHERE book = ?2 AND key = ?3), ?4, ?5 FROM contacts WHERE id = ?1";
    const REPORT: &str = "INSERT OR IGNORE INTO reports_told (contact, report)
        SELECT ?1, id FROM contacts WHERE book = ?2 AND key = ?3";
    let transaction = writing(connection)?;
    let id = column(of.id)?;
    perform(&transaction, FORGET, [id])?;
    let manager = told.manager.as_deref().unwrap_or_default();
    if perform(&transaction, KEEP, (id, &of.book, manager, told.reports.len() as i64, at.0))? == 1 {
        for key in &told.reports {
            perform(&transaction, REPORT, (id, &of.book, key))?;
        }
    }
    transaction.commit().map_err(of_sqlite)
}

/// Whoever names an erased contact as her manager does so no longer.
pub(crate) fn forget_manager(connection: &Connection, contact: i64) -> Result<(), StoreError> {
    const FORGET: &str =
        "UPDATE contacts SET manager = '' FROM (SELECT book, key FROM contacts WHERE id = ?1) AS hers
        WHERE contacts.book = hers.book AND contacts.manager = hers.key AND contacts.manager != ''";
    perform(connection, FORGET, [contact])?;
    Ok(())
}
