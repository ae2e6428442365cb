//! The history of changes in SQLite. Contents lie apart from the lines of a list. Does not undo anything.

use async_trait::async_trait;
use contracts::access_log::{IdText, Word};
use contracts::changes::{
    Author, CHANGES_MAX, Change, ChangeFilter, ChangeId, ChangeLine, Changed, Changes, NewChange, kind_of,
};
use contracts::ids::PersonId;
use contracts::journal::StoreError;
use contracts::limits;
use engine::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use crate::columns::{column, from_column, get, perform, rows, writing};
use crate::{Store, of_sqlite};

#[async_trait]
impl Changes for Store {
    async fn note(&self, change: NewChange) -> Result<ChangeId, StoreError> {
        let contents = limits::change(&change)?;
        self.writer.run(move |connection| note(connection, &change, &contents)).await
    }

    async fn list(&self, filter: &ChangeFilter, limit: u32) -> Result<Vec<ChangeLine>, StoreError> {
        limits::page(limit, CHANGES_MAX)?;
        limits::change_filter(filter)?;
        let (sql, values) = question(filter, limit);
        self.reader.run(move |connection| rows(connection, &sql, params_from_iter(values), line)).await
    }

    async fn get(&self, id: ChangeId) -> Result<Option<Change>, StoreError> {
        let Ok(id) = column(id.0) else { return Ok(None) };
        self.reader.run(move |connection| whole(connection, id)).await
    }
}

fn note(
    connection: &mut Connection,
    change: &NewChange,
    contents: &[Option<String>; 2],
) -> Result<ChangeId, StoreError> {
    const NOTE: &str =
        "INSERT INTO changes (at, author, person, component, kind, object, name, undoes, has_before, has_after)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    const CONTENTS: &str = "INSERT INTO change_contents (change, before, after) VALUES (?1, ?2, ?3)";
    let NewChange { at, by, subject, name, before: _, after: _, undoes } = change;
    let [before, after] = contents;
    let transaction = writing(connection)?;
    let undoes = undoes.map(|undoes| undoable(&transaction, undoes, subject)).transpose()?;
    let (author, person, component) = match by {
        Author::Local => ("local", None, None),
        Author::Person(PersonId(person)) => ("person", Some(column(*person)?), None),
        Author::System(component) => ("system", None, Some(component.as_str())),
    };
    let params = rusqlite::params![
        at.0,
        author,
        person,
        component,
        subject.kind.as_str(),
        subject.id.as_str(),
        name,
        undoes,
        before.is_some(),
        after.is_some(),
    ];
    perform(&transaction, NOTE, params)?;
    let id = transaction.last_insert_rowid();
    perform(&transaction, CONTENTS, (id, before, after))?;
    transaction.commit().map_err(of_sqlite)?;
    Ok(ChangeId(from_column("change", id)?))
}

/// The column of a change that can be taken back.
fn undoable(connection: &Connection, undoes: ChangeId, subject: &Changed) -> Result<i64, StoreError> {
    let lines = match column(undoes.0) {
        Ok(id) => rows(connection, &format!("{LINES} WHERE c.id = ?1"), [id], line)?,
        Err(_) => Vec::new(),
    };
    let undone = lines.into_iter().next().filter(|line| line.subject == *subject);
    let undone = undone.ok_or_else(|| limits::not_to_be_undone(undoes))?;
    if undone.undone_by.is_some() {
        return Err(limits::undone(undoes));
    }
    column(undoes.0)
}

const LINES: &str =
    "SELECT c.id, c.at, c.author, c.person, c.component, c.kind, c.object, c.name, c.undoes, c.has_before,
    c.has_after, u.id AS undone_by FROM changes c LEFT JOIN changes u ON u.undoes = c.id";

/// Only the conditions that are asked for, so that each question finds its index; and their values.
fn question(filter: &ChangeFilter, limit: u32) -> (String, Vec<Value>) {
    let ChangeFilter { kind, id, before } = filter;
    let mut sql = format!("{LINES} WHERE 1");
    let mut values = Vec::new();
    if let Some(kind) = kind {
        sql.push_str(" AND c.kind = ?");
        values.push(Value::from(kind.as_str().to_owned()));
    }
    if let Some(id) = id {
        sql.push_str(" AND c.object = ?");
        values.push(Value::from(id.as_str().to_owned()));
    }
    if let Some(before) = before {
        sql.push_str(" AND c.id < ?");
        // Ids beyond a column are newer than all there are.
        values.push(Value::from(column(before.0).unwrap_or(i64::MAX)));
    }
    sql.push_str(" ORDER BY c.id DESC LIMIT ?");
    values.push(Value::from(i64::from(limit)));
    (sql, values)
}

fn whole(connection: &mut Connection, id: i64) -> Result<Option<Change>, StoreError> {
    const CONTENTS: &str = "SELECT before, after FROM change_contents WHERE change = ?1";
    // One transaction, so that nothing undoes it between the two questions.
    let transaction = connection.transaction().map_err(of_sqlite)?;
    let Some(line) = rows(&transaction, &format!("{LINES} WHERE c.id = ?1"), [id], line)?.pop() else {
        return Ok(None);
    };
    let contents =
        rows(&transaction, CONTENTS, [id], |row| Ok([content(row, "before")?, content(row, "after")?]))?;
    let [before, after] = contents.into_iter().next().unwrap_or_default();
    Ok(Some(Change { line, before, after }))
}

fn content(row: &Row<'_>, column: &str) -> Result<Option<serde_json::Value>, StoreError> {
    let text: Option<String> = get(row, column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|_| unreadable("contents"))).transpose()
}

fn line(row: &Row<'_>) -> Result<ChangeLine, StoreError> {
    let id = |name: &str| -> Result<Option<ChangeId>, StoreError> {
        let column: Option<i64> = get(row, name)?;
        column.map(|column| from_column("change", column).map(ChangeId)).transpose()
    };
    let word = |text: &str| Word::parse(text).map_err(|_| unreadable("kind"));
    let by = match get::<String>(row, "author")?.as_str() {
        "local" => Author::Local,
        "person" => Author::Person(PersonId(from_column("person", get(row, "person")?)?)),
        "system" => Author::System(word(&get::<String>(row, "component")?)?),
        _ => return Err(unreadable("author")),
    };
    let object = IdText::parse(&get::<String>(row, "object")?).map_err(|_| unreadable("object"))?;
    Ok(ChangeLine {
        id: id("id")?.ok_or_else(|| unreadable("id"))?,
        at: Timestamp(get(row, "at")?),
        by,
        subject: Changed { kind: word(&get::<String>(row, "kind")?)?, id: object },
        name: get(row, "name")?,
        kind: kind_of(get(row, "has_before")?, get(row, "has_after")?)
            .ok_or_else(|| unreadable("contents"))?,
        undoes: id("undoes")?,
        undone_by: id("undone_by")?,
    })
}

fn unreadable(what: &str) -> StoreError {
    StoreError::Damaged(format!("a change whose {what} cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_about_changes_finds_its_index_and_sorts_nothing() {
        let mut connection = Connection::open_in_memory().expect("memory");
        crate::migrations::migrate(&mut connection).expect("it is empty");
        let all = ChangeFilter::default();
        let paged = ChangeFilter { before: Some(ChangeId(1)), ..all.clone() };
        let of_kind = ChangeFilter { kind: Some(Word::of("service")), ..paged.clone() };
        let of_one = ChangeFilter { id: Some(IdText::of_number(1)), ..of_kind.clone() };
        let whole_kind = ChangeFilter { before: None, ..of_kind.clone() };
        for (filter, index) in [
            (all, "SCAN c"),
            (paged, "INTEGER PRIMARY KEY (rowid<?)"),
            (of_kind, "changes_by_kind (kind=? AND id<?)"),
            (of_one, "changes_by_object (kind=? AND object=? AND id<?)"),
            (whole_kind, "changes_by_kind (kind=?)"),
        ] {
            let (sql, values) = question(&filter, 100);
            let plan = format!("EXPLAIN QUERY PLAN {sql}");
            let plan = rows(&connection, &plan, params_from_iter(values), |row| get::<String>(row, "detail"));
            let plan = plan.expect("a plan").join("; ");
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
        }
    }
}
