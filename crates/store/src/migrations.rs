//! Brings the tables to the version this release knows: numbered files, forward only, each in a transaction of its own.
//! Does not judge newer files; the vault has refused those.

use contracts::journal::StoreError;
use rusqlite::Connection;

use crate::columns::writing;
use crate::{backfill, contacts, of_sqlite};

/// The file at place n makes version n + 1. A file that was released is never changed.
const MIGRATIONS: [&str; 13] = [
    include_str!("../migrations/0001_first_tables.sql"),
    include_str!("../migrations/0002_sounds_and_voicemails.sql"),
    include_str!("../migrations/0003_when_queued.sql"),
    include_str!("../migrations/0004_roster.sql"),
    include_str!("../migrations/0005_access_log.sql"),
    include_str!("../migrations/0006_changes.sql"),
    include_str!("../migrations/0007_directory.sql"),
    include_str!("../migrations/0008_people.sql"),
    REPORTS,
    include_str!("../migrations/0010_sums.sql"),
    include_str!("../migrations/0011_import_rows.sql"),
    include_str!("../migrations/0012_boards.sql"),
    include_str!("../migrations/0013_taking_over.sql"),
];

/// The version of the tables after all of them.
pub const VERSION: u32 = MIGRATIONS.len() as u32;

/// The version whose address books have keys.
const KEYS_SINCE: u32 = 7;
/// Makes room for what attendants did.
const REPORTS: &str = include_str!("../migrations/0009_reports.sql");

/// Applies what is missing.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    let mut version: u32 = version.map_err(of_sqlite)?;
    while let Some(migration) = MIGRATIONS.get(version as usize) {
        version += 1;
        let transaction = writing(connection)?;
        transaction.execute_batch(migration).map_err(of_sqlite)?;
        if version == KEYS_SINCE {
            contacts::give_keys(&transaction)?;
        }
        if *migration == REPORTS {
            backfill::states(&transaction)?;
        }
        transaction.pragma_update(None, "user_version", version).map_err(of_sqlite)?;
        transaction.commit().map_err(of_sqlite)?;
        tracing::info!(version, "tables brought up to date");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, VERSION, migrate};
    use contracts::book::{Contact, Endpoint, EndpointKind, settle_keys};
    use contracts::stored;
    use engine::{AttendantId, Event};
    use expect_test::expect;
    use reporting::State;
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

    #[test]
    fn a_database_of_an_earlier_release_keeps_its_rows_and_gets_an_empty_access_log() {
        let mut connection = Connection::open_in_memory().expect("memory");
        MIGRATIONS[..3].iter().for_each(|file| connection.execute_batch(file).expect("it was a release"));
        connection
            .execute_batch("PRAGMA user_version = 3; INSERT INTO settings VALUES ('theme', '1')")
            .expect("it is written");
        migrate(&mut connection).expect("it is brought up to date");
        let counts = "SELECT (SELECT count(*) FROM settings), (SELECT count(*) FROM access_log)";
        let counts: (u32, u32) =
            connection.query_row(counts, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("a row");
        assert_eq!(counts, (1, 0));
    }

    /// Reading the same file again after the update must not make other contacts of them (DIR-1).
    #[test]
    fn contacts_of_an_earlier_release_get_the_keys_their_file_gives() {
        let mut connection = Connection::open_in_memory().expect("memory");
        MIGRATIONS[..6].iter().for_each(|file| connection.execute_batch(file).expect("it was a release"));
        connection
            .execute_batch(
                "PRAGMA user_version = 6;
                INSERT INTO contacts (book, display_name, first_name, last_name, company, department, title, city,
                    email, endpoints, notes, internal)
                VALUES ('a', 'Anna', '', '', '', '', '', '', '', '[{\"kind\":\"work\",\"address\":\"4010\"}]', '', 0),
                    ('a', 'Bert', '', '', '', '', '', '', 'bert@example.com', '[]', '', 0),
                    ('b', 'Bert', '', '', '', '', '', '', 'bert@example.com', '[]', '', 0),
                    ('a', 'Bert', '', '', '', '', '', '', 'bert@example.com', '[]', '', 0)",
            )
            .expect("it is written");
        migrate(&mut connection).expect("it is brought up to date");
        let mut statement = connection.prepare("SELECT key FROM contacts ORDER BY id").expect("a statement");
        let keys: Vec<String> =
            statement.query_map([], |row| row.get(0)).expect("rows").map(|row| row.expect("a row")).collect();

        let endpoints = vec![Endpoint { kind: EndpointKind::Work, address: "4010".to_owned() }];
        let anna = Contact { display_name: "Anna".to_owned(), endpoints, ..Contact::default() };
        let (display_name, email) = ("Bert".to_owned(), "bert@example.com".to_owned());
        let bert = Contact { display_name, email, ..Contact::default() };
        let mut read_again = vec![anna, bert.clone(), bert];
        settle_keys(&mut read_again);
        let [anna, bert, other_bert] = &read_again[..] else { panic!("three") };
        assert_eq!(keys, [&anna.key, &bert.key, &bert.key, &other_bert.key].map(String::clone));
    }

    /// CALL-9.
    #[test]
    fn the_transfer_history_of_an_earlier_release_is_kept() {
        let mut connection = Connection::open_in_memory().expect("memory");
        MIGRATIONS[..6].iter().for_each(|file| connection.execute_batch(file).expect("it was a release"));
        connection
            .execute_batch(
                "PRAGMA user_version = 6; INSERT INTO transfer_history VALUES (1, 0, 50, 3, 700), (1, 1, 51, 1, 800)",
            )
            .expect("it is written");
        migrate(&mut connection).expect("it is brought up to date");
        let mut statement = connection
            .prepare(
                "SELECT simulated, target, at, ended, count(*) FROM transfer_attempts GROUP BY 1, 2, 3, 4",
            )
            .expect("a statement");
        let read = |row: &rusqlite::Row<'_>| {
            Ok::<[i64; 5], _>([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?])
        };
        let kept: Vec<[i64; 5]> =
            statement.query_map([], read).expect("rows").map(|row| row.expect("a row")).collect();
        assert_eq!(kept, [[0, 50, 700, 0, 3], [1, 51, 800, 0, 1]]);
    }

    /// REPORT-1: what attendants did before there was a table for it stands in the events.
    #[test]
    fn what_attendants_did_under_an_earlier_release_is_known_from_its_events() {
        let mut connection = Connection::open_in_memory().expect("memory");
        MIGRATIONS[..7].iter().for_each(|file| connection.execute_batch(file).expect("it was a release"));
        connection.execute_batch("PRAGMA user_version = 7").expect("it is written");
        let duty = |on_duty| Event::DutyChanged { attendant: AttendantId(4), on_duty };
        for (sequence, at, event) in [(1, 1_000, duty(true)), (2, 61_000, duty(false))] {
            let event = (sequence, at, stored::FORMAT, stored::write_event(&event));
            connection.execute("INSERT INTO journal VALUES (?1, ?2, ?3, ?4)", event).expect("it is written");
        }
        connection.execute("INSERT INTO journal VALUES (3, 62000, 99, '')", ()).expect("it is written");
        migrate(&mut connection).expect("an event that nobody can read stops no update");
        let states: (i64, i64, i64, i64) = connection
            .query_row("SELECT attendant, state, began, ended FROM user_states", (), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .expect("one");
        assert_eq!(states, (4, i64::from(State::Idle.id()), 1_000, 61_000));
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
            access_log: sequence at entry hash
            access_log_state: one purged_through purged_hash purged_at purging stranger_key
            attendants: number person
            boards: place sequence release format board
            call_records: call part simulated outbound service party arrived accepted ended connected_ms hold_ms park_ms outcome queued import import_row
            change_contents: change before after
            changes: id at author person component kind object name undoes has_before has_after
            contact_groups: id attendant name place
            contact_note_parts: contact place text attendant at unaware
            contact_notes: contact revision
            contacts: id book display_name first_name last_name company department title city email endpoints notes internal key custom gone manager
            contacts_state: one revision
            directory_progress: collection kind link is_full round
            directory_state: one succeeded problem_code problem problem_at next_attempt
            first_endpoints: attendant contact address
            grants: person role unit
            group_contacts: attendant grouped contact place
            imported_names: attendant id name
            imports: id source file rows taken known refused finished
            index_image: part revision bytes
            journal: sequence at format event
            lease: one generation holder
            left_out: hash kind
            left_out_key: one bytes
            legs: kept kind id words
            lines_told: contact manager reports at
            listed_numbers: id number prefix listing reason attendant at calls last
            outbox: sequence place at format effect gave_up
            parties: id address display_name
            persons: id object display_name first_name last_name email username folded searched by_hand enabled blocked licensed gone seen
            recording_pieces: recording after pcm
            recordings: id samples finished
            reports_told: contact report
            rollup_state: one formula complete arrived call part state done total
            roster: one tenant claimed
            service_rollups: level service slot body
            service_units: service unit
            settings: key json
            sound_samples: sound pcm
            sounds: id name kind spoken voice language added samples
            stand_ins: contact stand_in until attendant at
            taking_over: book left_after changed
            team_people: team owner object seen
            team_units: team unit
            teams: id object name licensed seen
            transfer_attempts: id caller simulated target attendant at ended
            units: id name parent
            user_rollups: level service slot attendant body
            user_sessions: call part place attendant began ended outcome target ring_ms connected_ms hold_ms
            user_states: id attendant state service simulated began ended
            voicemails: recording call service party left_at length_ms simulated handled"#]].assert_eq(&tables.join("\n"));
    }
}
