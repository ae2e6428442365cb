//! Pages of a directory, applied with the link to go on from: what a page says and where the next begins is one transaction, so
//! that a killed process has half of nothing and does nothing twice.

use std::collections::BTreeSet;

use contracts::journal::StoreError;
use contracts::roster::{
    Applied, Changes, Collection, DirectoryPage, Link, PersonChange, Profile, Progress, Refusal, RosterError,
    Source, Subject, TeamChange, rules,
};
use engine::Timestamp;
use rusqlite::{Connection, Row, Transaction};

use super::{by_subject, expected, new_person, serve, set_profile};
use crate::columns::{column, get, perform, rows};

fn key(collection: Collection) -> &'static str {
    match collection {
        Collection::Persons => "persons",
        Collection::Teams => "teams",
    }
}

/// How far a collection was read, and in which full round.
pub(super) fn progress(
    connection: &Connection,
    collection: Collection,
) -> Result<(Progress, i64), StoreError> {
    const PROGRESS: &str = "SELECT kind, link, is_full, round FROM directory_progress WHERE collection = ?1";
    let read = |row: &Row<'_>| {
        let (kind, link) = (get::<Option<String>>(row, "kind")?, get::<Option<String>>(row, "link")?);
        let link = match (kind.as_deref(), link) {
            (Some("next"), Some(link)) => Some(Link::Next(link)),
            (Some("delta"), Some(link)) => Some(Link::Delta(link)),
            (_, _) => None,
        };
        Ok((Progress { link, full: get(row, "is_full")? }, get(row, "round")?))
    };
    expected(rows(connection, PROGRESS, [key(collection)], read)?.pop())
}

/// Back to the beginning, in a round of its own.
pub(super) fn restart(connection: &Connection, collection: Collection) -> Result<(), StoreError> {
    const RESTART: &str =
        "UPDATE directory_progress SET kind = NULL, link = NULL, is_full = 1, round = round + 1
        WHERE collection = ?1";
    perform(connection, RESTART, [key(collection)]).map(drop)
}

/// Applies a page; the caller has the transaction.
pub(super) fn apply(transaction: &Transaction<'_>, page: &DirectoryPage) -> Result<Applied, RosterError> {
    const GO_ON: &str =
        "UPDATE directory_progress SET kind = ?2, link = ?3, is_full = ?4 WHERE collection = ?1";
    serve(transaction, &page.tenant)?;
    let collection = page.changes.collection();
    let (progress, round) = progress(transaction, collection)?;
    if progress.link != page.from {
        return Err(rules::elsewhere().into());
    }
    let mut applied = Applied::default();
    match &page.changes {
        Changes::Persons(changes) => {
            for change in changes {
                applied.read += 1;
                applied.left += change_person(transaction, page, change, round)?;
            }
        }
        Changes::Teams(changes) => {
            for change in changes {
                applied.read += 1;
                change_team(transaction, change, round)?;
            }
        }
    }
    let (kind, link, is_over) = match &page.to {
        Link::Next(link) => ("next", link, false),
        Link::Delta(link) => ("delta", link, true),
    };
    if is_over && progress.full {
        applied.left += sweep(transaction, collection, round, page.at)?;
    }
    perform(transaction, GO_ON, (key(collection), kind, link, progress.full && !is_over))?;
    Ok(applied)
}

/// 1 where somebody left by it.
fn change_person(
    transaction: &Transaction<'_>,
    page: &DirectoryPage,
    change: &PersonChange,
    round: i64,
) -> Result<u32, StoreError> {
    const THERE: &str = "UPDATE persons SET by_hand = 0, enabled = coalesce(?2, enabled), gone = NULL, seen = ?3 WHERE id = ?1";
    const GONE: &str = "UPDATE persons SET by_hand = 0, gone = ?2 WHERE object = ?1 AND gone IS NULL";
    match change {
        PersonChange::There { object, display_name, first_name, last_name, email, username, enabled } => {
            let subject = Subject { tenant: page.tenant.clone(), object: object.clone() };
            let (id, profile) = match by_subject(transaction, &subject)? {
                Some(known) => (column(known.id.0)?, known.profile),
                None => (new_person(transaction, object, Source::Directory)?, Profile::default()),
            };
            perform(transaction, THERE, (id, enabled, round))?;
            let said = |kept: String, said: &Option<String>| said.as_deref().map_or(kept, rules::text);
            let profile = Profile {
                display_name: said(profile.display_name, display_name),
                first_name: said(profile.first_name, first_name),
                last_name: said(profile.last_name, last_name),
                email: said(profile.email, email),
                username: said(profile.username, username),
            };
            set_profile(transaction, id, &profile)?;
            Ok(0)
        }
        PersonChange::Gone { object } => Ok(count(perform(transaction, GONE, (object, page.at.0))?)),
    }
}

fn change_team(transaction: &Transaction<'_>, change: &TeamChange, round: i64) -> Result<(), StoreError> {
    const THERE: &str =
        "INSERT INTO teams (object, name, licensed, seen) VALUES (?1, coalesce(?2, ''), 0, ?3)
        ON CONFLICT (object) DO UPDATE SET name = coalesce(?2, name), seen = excluded.seen RETURNING id";
    const JOIN: &str = "INSERT INTO team_people (team, owner, object, seen) VALUES (?1, 0, ?2, ?3)
        ON CONFLICT (team, owner, object) DO UPDATE SET seen = excluded.seen";
    const LEAVE: &str = "DELETE FROM team_people WHERE team = ?1 AND owner = 0 AND object = ?2";
    match change {
        TeamChange::There { object, name, members } => {
            let name = name.as_deref().map(rules::text);
            let team = rows(transaction, THERE, (object, name, round), |row| get::<i64>(row, "id"))?.pop();
            let team = expected(team)?;
            for member in members {
                if member.joined {
                    perform(transaction, JOIN, (team, &member.object, round))?;
                } else {
                    perform(transaction, LEAVE, (team, &member.object))?;
                }
            }
        }
        TeamChange::Gone { object } => {
            perform(transaction, "DELETE FROM teams WHERE object = ?1", [object])?;
        }
    }
    Ok(())
}

/// At the end of a full round: what the directory did not name is not there any more. Says how many persons left.
fn sweep(
    transaction: &Transaction<'_>,
    collection: Collection,
    round: i64,
    at: Timestamp,
) -> Result<u32, RosterError> {
    const NAMED: &str = "SELECT 1 FROM persons WHERE seen = ?1 LIMIT 1";
    const LEAVE: &str = "UPDATE persons SET gone = ?2 WHERE by_hand = 0 AND seen < ?1 AND gone IS NULL";
    const FORGET_TEAMS: &str = "DELETE FROM teams WHERE seen < ?1";
    const FORGET_MEMBERS: &str = "DELETE FROM team_people WHERE owner = 0 AND seen < ?1";
    match collection {
        Collection::Persons => {
            if rows(transaction, NAMED, [round], |_| Ok(()))?.is_empty() {
                return Err(Refusal::EmptyDirectory.into());
            }
            Ok(count(perform(transaction, LEAVE, (round, at.0))?))
        }
        Collection::Teams => {
            perform(transaction, FORGET_TEAMS, [round])?;
            perform(transaction, FORGET_MEMBERS, [round])?;
            Ok(0)
        }
    }
}

/// Replaces the owners of a team where they are others; of one that is gone there are none. Says whether it did.
pub(super) fn set_owners(
    connection: &Connection,
    team: i64,
    owners: &BTreeSet<String>,
) -> Result<bool, StoreError> {
    const KEPT: &str = "SELECT object FROM team_people WHERE team = ?1 AND owner = 1";
    const TAKE: &str = "DELETE FROM team_people WHERE team = ?1 AND owner = 1";
    const ADD: &str =
        "INSERT INTO team_people (team, owner, object, seen) SELECT id, 1, ?2, 0 FROM teams WHERE id = ?1";
    let kept: BTreeSet<String> =
        rows(connection, KEPT, [team], |row| get(row, "object"))?.into_iter().collect();
    if kept == *owners {
        return Ok(false);
    }
    perform(connection, TAKE, [team])?;
    for owner in owners {
        perform(connection, ADD, (team, owner))?;
    }
    Ok(true)
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
