//! The roster in SQLite: who belongs to the tenant. Every change is one transaction of the writing thread; what a standing
//! follows from is read in one, too. Pages of a directory are applied in `roster/pages.rs`; what all rosters decide alike is in
//! `contracts::roster::rules`.

mod pages;

use std::collections::BTreeSet;

use async_trait::async_trait;
use contracts::journal::StoreError;
use contracts::limits;
use contracts::roster::rules::{self, Place};
use contracts::roster::{
    Applied, Claim, Collection, DirectoryPage, Grant, LICENSED_TEAMS_MAX, PERSONS_MAX, Person, PersonCursor,
    PersonFilter, PersonId, PersonSettings, Profile, Progress, Refusal, Role, Roster, RosterError, Scope,
    Source, Standing, Subject, SyncProblem, SyncState, Team, TeamId, TeamPeople, Unit, UnitForm, UnitId,
    UnitUse,
};
use engine::{AttendantId, ServiceId, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, Transaction, params_from_iter};
use tokio::sync::watch;

use crate::columns::{column, from_column, get, perform, rows, writing};
use crate::{Store, of_sqlite};

impl Store {
    /// One change of the roster, told when it is on the disk, even where nobody waits for it any more.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, RosterError> + Send + 'static,
    ) -> Result<T, RosterError> {
        self.change_quietly(change, |_| true).await
    }

    /// The same, told only where `is_news` says so: most pages of a directory say nothing.
    async fn change_quietly<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, RosterError> + Send + 'static,
        is_news: impl FnOnce(&T) -> bool + Send + 'static,
    ) -> Result<T, RosterError> {
        let revision = self.roster.clone();
        self.writer
            .run(move |connection| {
                let done = in_one(connection, change);
                if done.as_ref().is_ok_and(is_news) {
                    revision.send_modify(|revision| *revision += 1);
                }
                Ok(done)
            })
            .await?
    }

    /// A change by hand, which never takes the last administrator.
    async fn guarded<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, RosterError> + Send + 'static,
    ) -> Result<T, RosterError> {
        self.change(move |transaction| {
            let had_one = is_administered(transaction)?;
            let done = change(transaction)?;
            if had_one && !is_administered(transaction)? {
                return Err(Refusal::LastAdministrator.into());
            }
            Ok(done)
        })
        .await
    }

    /// Several questions about the same moment.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.reader
            .run(move |connection| {
                let moment = connection.transaction().map_err(of_sqlite)?;
                question(&moment)
            })
            .await
    }
}

/// Done whole, or not at all.
fn in_one<T>(
    connection: &mut Connection,
    change: impl FnOnce(&Transaction<'_>) -> Result<T, RosterError>,
) -> Result<T, RosterError> {
    let transaction = writing(connection)?;
    let done = change(&transaction)?;
    transaction.commit().map_err(of_sqlite)?;
    Ok(done)
}

/// What a store failed at, where it may be a refusal too.
fn told(error: RosterError) -> StoreError {
    match error {
        RosterError::Store(error) => error,
        RosterError::Refused(refusal) => StoreError::Conflict(refusal.to_string()),
    }
}

#[async_trait]
impl Roster for Store {
    async fn tenant(&self) -> Result<Option<String>, StoreError> {
        self.ask(tenant).await
    }

    fn revision(&self) -> watch::Receiver<u64> {
        self.roster.subscribe()
    }

    async fn standing(&self, subject: &Subject) -> Result<Option<Standing>, StoreError> {
        let subject = subject.clone();
        self.ask(move |connection| {
            let person = by_subject(connection, &subject)?;
            person.map(|person| standing(connection, person)).transpose()
        })
        .await
    }

    async fn standing_of(&self, person: PersonId) -> Result<Option<Standing>, StoreError> {
        let Ok(id) = column(person.0) else { return Ok(None) };
        self.ask(move |connection| {
            let person = by_id(connection, id)?;
            person.map(|person| standing(connection, person)).transpose()
        })
        .await
    }

    async fn persons(&self, filter: &PersonFilter, limit: u32) -> Result<Vec<Standing>, StoreError> {
        limits::page(limit, PERSONS_MAX)?;
        let (sql, values) = question(filter, limit)?;
        self.ask(move |connection| {
            let tenant = tenant(connection)?;
            let found = rows(connection, &sql, params_from_iter(values), |row| person(&tenant, row))?;
            found.into_iter().map(|person| standing(connection, person)).collect()
        })
        .await
    }

    async fn met(&self, subject: &Subject, profile: &Profile) -> Result<Person, RosterError> {
        rules::subject(subject)?;
        let (subject, profile) = (subject.clone(), profile.clone());
        let met = self.change_quietly(
            move |transaction| {
                serve(transaction, &subject.tenant)?;
                let before = by_subject(transaction, &subject)?;
                let person = met(transaction, &subject, &profile)?;
                Ok((before.as_ref() != Some(&person), person))
            },
            |(is_other, _)| *is_other,
        );
        Ok(met.await?.1)
    }

    async fn claim_first(&self, subject: &Subject, profile: &Profile) -> Result<Claim, RosterError> {
        rules::subject(subject)?;
        let (subject, profile) = (subject.clone(), profile.clone());
        let claim = move |transaction: &Transaction<'_>| claim_first(transaction, &subject, &profile);
        self.change_quietly(claim, |claim| *claim != Claim::Taken).await
    }

    async fn reopen_claim(&self) -> Result<bool, StoreError> {
        const TAKE: &str = "DELETE FROM grants WHERE role = 'tenant-administrator' AND unit IS NULL";
        const OPEN: &str = "UPDATE roster SET claimed = 0";
        let opened = self.change(|transaction| {
            if is_administered(transaction)? {
                return Ok(false);
            }
            perform(transaction, TAKE, ())?;
            perform(transaction, OPEN, ())?;
            Ok(true)
        });
        opened.await.map_err(told)
    }

    async fn add_person(
        &self,
        subject: &Subject,
        profile: &Profile,
        licensed: bool,
    ) -> Result<Person, RosterError> {
        const BACK: &str = "UPDATE persons SET by_hand = 1, enabled = 1, blocked = 0, licensed = ?2, gone = NULL WHERE id = ?1";
        rules::subject(subject)?;
        let (subject, profile) = (subject.clone(), profile.clone());
        self.change(move |transaction| {
            serve(transaction, &subject.tenant)?;
            if by_subject(transaction, &subject)?.is_some_and(|person| person.gone.is_none()) {
                return Err(Refusal::AlreadyThere.into());
            }
            let id = column(met(transaction, &subject, &profile)?.id.0)?;
            perform(transaction, BACK, (id, licensed))?;
            set_profile(transaction, id, &rules::profile(&profile))?;
            Ok(expected(by_id(transaction, id)?)?)
        })
        .await
    }

    async fn set_person(&self, id: PersonId, settings: &PersonSettings) -> Result<(), RosterError> {
        const SET: &str = "UPDATE persons SET licensed = ?2, blocked = ?3 WHERE id = ?1";
        let settings = settings.clone();
        self.guarded(move |transaction| {
            let (key, person) = named(transaction, id)?;
            if let Some(profile) = &settings.profile {
                match person.source {
                    Source::ByHand => set_profile(transaction, key, &rules::profile(profile))?,
                    Source::Directory => return Err(Refusal::FromDirectory.into()),
                }
            }
            perform(transaction, SET, (key, settings.licensed, settings.blocked))?;
            Ok(())
        })
        .await
    }

    async fn remove_person(&self, id: PersonId, at: Timestamp) -> Result<(), RosterError> {
        const LEAVE: &str = "UPDATE persons SET gone = ?2 WHERE id = ?1";
        self.guarded(move |transaction| {
            let (key, person) = named(transaction, id)?;
            match (person.gone, person.source) {
                (Some(_), _) => return Err(Refusal::NoSuchPerson(id).into()),
                (None, Source::Directory) => return Err(Refusal::FromDirectory.into()),
                (None, Source::ByHand) => perform(transaction, LEAVE, (key, at.0))?,
            };
            perform(transaction, TAKE_GRANTS, [key])?;
            Ok(())
        })
        .await
    }

    async fn purge(&self, gone_before: Timestamp) -> Result<u64, StoreError> {
        const FORGET_PLACES: &str =
            "DELETE FROM team_people WHERE object IN (SELECT object FROM persons WHERE gone < ?1)";
        const FORGET: &str = "DELETE FROM persons WHERE gone < ?1";
        let purge = move |transaction: &Transaction<'_>| {
            perform(transaction, FORGET_PLACES, [gone_before.0])?;
            Ok(perform(transaction, FORGET, [gone_before.0])? as u64)
        };
        let purged = self.change_quietly(purge, |purged| *purged > 0);
        purged.await.map_err(told)
    }

    async fn set_grants(&self, id: PersonId, grants: &[Grant]) -> Result<(), RosterError> {
        rules::grants(grants)?;
        let grants = grants.to_vec();
        self.guarded(move |transaction| {
            let (key, _) = named(transaction, id)?;
            perform(transaction, TAKE_GRANTS, [key])?;
            grants.iter().try_for_each(|grant| add_grant(transaction, key, *grant))
        })
        .await
    }

    async fn teams(&self) -> Result<Vec<Team>, StoreError> {
        self.ask(teams).await
    }

    async fn team_people(&self, team: TeamId) -> Result<TeamPeople, StoreError> {
        const PRESENT: &str = "SELECT persons.id, team_people.owner FROM team_people
            JOIN persons ON persons.object = team_people.object
            WHERE team_people.team = ?1 AND persons.gone IS NULL ORDER BY persons.id";
        let Ok(team) = column(team.0) else { return Ok(TeamPeople::default()) };
        let present = self.ask(move |connection| {
            rows(connection, PRESENT, [team], |row| {
                Ok((PersonId(from_column("person", get(row, "id")?)?), get::<bool>(row, "owner")?))
            })
        });
        let mut people = TeamPeople::default();
        for (person, owner) in present.await? {
            if owner { &mut people.owners } else { &mut people.members }.push(person);
        }
        Ok(people)
    }

    async fn set_team(
        &self,
        id: TeamId,
        licensed: bool,
        units: &BTreeSet<UnitId>,
    ) -> Result<(), RosterError> {
        rules::team_units(units)?;
        let units = units.clone();
        self.guarded(move |transaction| set_team(transaction, id, licensed, &units)).await
    }

    async fn units(&self) -> Result<Vec<Unit>, StoreError> {
        self.ask(units).await
    }

    async fn put_unit(&self, form: &UnitForm) -> Result<Unit, RosterError> {
        const ADD: &str = "INSERT INTO units (name, parent) VALUES (?1, ?2)";
        const SET: &str = "UPDATE units SET name = ?2, parent = ?3 WHERE id = ?1";
        let form = form.clone();
        self.change(move |transaction| {
            let mut unit = rules::unit(&units(transaction)?, &form)?;
            let parent = unit.parent.map(|parent| column(parent.0)).transpose()?;
            if form.id.is_some() {
                perform(transaction, SET, (column(unit.id.0)?, &unit.name, parent))?;
            } else {
                perform(transaction, ADD, (&unit.name, parent))?;
                unit.id = UnitId(from_column("unit", transaction.last_insert_rowid())?);
            }
            Ok(unit)
        })
        .await
    }

    async fn remove_unit(&self, id: UnitId) -> Result<(), RosterError> {
        self.change(move |transaction| {
            let key = unit_key(transaction, id)?;
            if let Some(used) = use_of(transaction, key)? {
                return Err(Refusal::UnitUsed(used).into());
            }
            perform(transaction, "DELETE FROM units WHERE id = ?1", [key])?;
            Ok(())
        })
        .await
    }

    async fn set_service_unit(&self, service: ServiceId, unit: Option<UnitId>) -> Result<(), RosterError> {
        const SET: &str = "INSERT INTO service_units (service, unit) VALUES (?1, ?2)
            ON CONFLICT (service) DO UPDATE SET unit = excluded.unit";
        const TAKE: &str = "DELETE FROM service_units WHERE service = ?1";
        let service = column(service.0)?;
        self.change(move |transaction| {
            match unit {
                Some(unit) => perform(transaction, SET, (service, unit_key(transaction, unit)?))?,
                None => perform(transaction, TAKE, [service])?,
            };
            Ok(())
        })
        .await
    }

    async fn service_units(&self) -> Result<Vec<(ServiceId, UnitId)>, StoreError> {
        const ALL: &str = "SELECT service, unit FROM service_units ORDER BY service";
        self.ask(|connection| {
            rows(connection, ALL, (), |row| {
                let service = from_column("service", get(row, "service")?)?;
                Ok((ServiceId(service), UnitId(from_column("unit", get(row, "unit")?)?)))
            })
        })
        .await
    }

    async fn attendant_of(&self, id: PersonId) -> Result<AttendantId, RosterError> {
        const KNOWN: &str = "SELECT number FROM attendants WHERE person = ?1";
        const ADD: &str = "INSERT INTO attendants (person) VALUES (?1)";
        let key = column(id.0).map_err(|_| Refusal::NoSuchPerson(id))?;
        let number = self.writer.run(move |connection| {
            Ok(in_one(connection, |transaction| {
                let known = rows(transaction, KNOWN, [key], |row| get::<i64>(row, "number"))?.pop();
                if let Some(number) = known {
                    return Ok(number);
                }
                if named(transaction, id)?.1.gone.is_some() {
                    return Err(Refusal::NoSuchPerson(id).into());
                }
                perform(transaction, ADD, [key])?;
                Ok(transaction.last_insert_rowid())
            }))
        });
        Ok(AttendantId(from_column("attendant", number.await??)?))
    }

    async fn attendants(&self) -> Result<Vec<(AttendantId, PersonId)>, StoreError> {
        const ALL: &str = "SELECT number, person FROM attendants ORDER BY number";
        self.ask(|connection| {
            rows(connection, ALL, (), |row| {
                let number = from_column("attendant", get(row, "number")?)?;
                Ok((AttendantId(number), PersonId(from_column("person", get(row, "person")?)?)))
            })
        })
        .await
    }

    async fn progress(&self, collection: Collection) -> Result<Progress, StoreError> {
        self.ask(move |connection| Ok(pages::progress(connection, collection)?.0)).await
    }

    async fn restart(&self, collection: Collection) -> Result<(), StoreError> {
        self.writer.run(move |connection| pages::restart(connection, collection)).await
    }

    async fn apply(&self, page: &DirectoryPage) -> Result<Applied, RosterError> {
        rules::page(page)?;
        let page = page.clone();
        self.change_quietly(move |transaction| pages::apply(transaction, &page), Applied::is_news).await
    }

    async fn set_owners(&self, team: TeamId, owners: &BTreeSet<String>) -> Result<(), StoreError> {
        rules::owners(owners)?;
        let Ok(team) = column(team.0) else { return Ok(()) };
        let owners = owners.clone();
        let replaced = self.change_quietly(
            move |transaction| Ok(pages::set_owners(transaction, team, &owners)?),
            |is_other| *is_other,
        );
        replaced.await.map(drop).map_err(told)
    }

    async fn sync_state(&self) -> Result<SyncState, StoreError> {
        const STATE: &str =
            "SELECT succeeded, problem_code, problem, problem_at, next_attempt FROM directory_state";
        let state = self.ask(|connection| Ok(rows(connection, STATE, (), sync_state)?.pop()));
        expected(state.await?)
    }

    async fn set_sync_state(&self, state: &SyncState) -> Result<(), StoreError> {
        const SET: &str = "UPDATE directory_state SET succeeded = ?1, problem_code = ?2, problem = ?3,
            problem_at = ?4, next_attempt = ?5";
        let SyncState { succeeded, problem, next_attempt } = rules::sync_state(state);
        self.writer
            .run(move |connection| {
                let params = rusqlite::params![
                    succeeded.map(|at| at.0),
                    problem.as_ref().map(|problem| &problem.code),
                    problem.as_ref().map(|problem| &problem.message),
                    problem.as_ref().map(|problem| problem.at.0),
                    next_attempt.map(|at| at.0),
                ];
                perform(connection, SET, params).map(drop)
            })
            .await
    }
}

const COLUMNS: &str = "id, object, display_name, first_name, last_name, email, username, by_hand, enabled,
    blocked, licensed, gone";
const TAKE_GRANTS: &str = "DELETE FROM grants WHERE person = ?1";

/// Only the conditions that are asked for; and their values.
fn question(filter: &PersonFilter, limit: u32) -> Result<(String, Vec<Value>), StoreError> {
    let PersonFilter { after, text, licensed, with_gone } = filter;
    let mut sql = format!("SELECT {COLUMNS} FROM persons WHERE TRUE");
    let mut values = Vec::new();
    if let Some(PersonCursor { name, id }) = after {
        sql.push_str(" AND (folded, id) > (?, ?)");
        values.extend([Value::from(name.clone()), Value::from(column(id.0)?)]);
    }
    if let Some(text) = text {
        sql.push_str(" AND instr(searched, ?) > 0");
        values.push(Value::from(rules::folded(text)));
    }
    if *licensed {
        sql.push_str(
            " AND (licensed = 1 OR EXISTS (SELECT 1 FROM team_people JOIN teams ON teams.id = team_people.team
                WHERE team_people.object = persons.object AND team_people.owner = 0 AND teams.licensed = 1))",
        );
    }
    if !with_gone {
        sql.push_str(" AND gone IS NULL");
    }
    sql.push_str(" ORDER BY folded, id LIMIT ?");
    values.push(Value::from(i64::from(limit)));
    Ok((sql, values))
}

fn tenant(connection: &Connection) -> Result<Option<String>, StoreError> {
    let found = rows(connection, "SELECT tenant FROM roster", (), |row| get(row, "tenant"))?.pop();
    expected(found)
}

/// The first tenant is the only one.
fn serve(transaction: &Transaction<'_>, named: &str) -> Result<(), RosterError> {
    match tenant(transaction)? {
        Some(ours) if ours == named => Ok(()),
        Some(_) => Err(Refusal::OtherTenant.into()),
        None => {
            perform(transaction, "UPDATE roster SET tenant = ?1", [named])?;
            Ok(())
        }
    }
}

fn claim_first(
    transaction: &Transaction<'_>,
    subject: &Subject,
    profile: &Profile,
) -> Result<Claim, RosterError> {
    const LICENSE: &str = "UPDATE persons SET licensed = 1 WHERE id = ?1";
    serve(transaction, &subject.tenant)?;
    let barred = by_subject(transaction, subject)?
        .is_some_and(|person| !person.enabled || person.blocked || person.gone.is_some());
    let claimed = rows(transaction, "SELECT claimed FROM roster", (), |row| get(row, "claimed"))?.pop();
    if barred || expected(claimed)? || !administrators(transaction)?.is_empty() {
        return Ok(Claim::Taken);
    }
    let id = column(met(transaction, subject, profile)?.id.0)?;
    perform(transaction, "UPDATE roster SET claimed = 1", ())?;
    perform(transaction, LICENSE, [id])?;
    add_grant(transaction, id, Grant { role: Role::TenantAdministrator, scope: Scope::Tenant })?;
    Ok(Claim::First(expected(by_id(transaction, id)?)?))
}

fn met(transaction: &Transaction<'_>, subject: &Subject, profile: &Profile) -> Result<Person, RosterError> {
    let key = match by_subject(transaction, subject)? {
        None => new_person(transaction, &subject.object, Source::ByHand)?,
        Some(known) => match (known.source, known.gone) {
            (Source::ByHand, None) => column(known.id.0)?,
            (Source::ByHand, Some(_)) | (Source::Directory, _) => return Ok(known),
        },
    };
    set_profile(transaction, key, &rules::profile(profile))?;
    Ok(expected(by_id(transaction, key)?)?)
}

fn new_person(connection: &Connection, object: &str, source: Source) -> Result<i64, StoreError> {
    const ADD: &str =
        "INSERT INTO persons (object, display_name, first_name, last_name, email, username, folded, searched,
            by_hand, enabled, blocked, licensed, seen)
        VALUES (?1, '', '', '', '', '', '', '', ?2, ?2, 0, 0, 0)";
    let by_hand = match source {
        Source::ByHand => true,
        Source::Directory => false,
    };
    perform(connection, ADD, (object, by_hand))?;
    Ok(connection.last_insert_rowid())
}

fn set_profile(connection: &Connection, id: i64, profile: &Profile) -> Result<(), StoreError> {
    const SET: &str = "UPDATE persons SET display_name = ?2, first_name = ?3, last_name = ?4, email = ?5,
        username = ?6, folded = ?7, searched = ?8 WHERE id = ?1";
    let Profile { display_name, first_name, last_name, email, username } = profile;
    let (folded, searched) = (rules::folded(display_name), rules::searched(profile));
    let params = (id, display_name, first_name, last_name, email, username, folded, searched);
    perform(connection, SET, params).map(drop)
}

fn by_subject(connection: &Connection, subject: &Subject) -> Result<Option<Person>, StoreError> {
    let tenant = tenant(connection)?;
    if tenant.as_ref() != Some(&subject.tenant) {
        return Ok(None);
    }
    let sql = format!("SELECT {COLUMNS} FROM persons WHERE object = ?1");
    Ok(rows(connection, &sql, [&subject.object], |row| person(&tenant, row))?.pop())
}

fn by_id(connection: &Connection, id: i64) -> Result<Option<Person>, StoreError> {
    let tenant = tenant(connection)?;
    let sql = format!("SELECT {COLUMNS} FROM persons WHERE id = ?1");
    Ok(rows(connection, &sql, [id], |row| person(&tenant, row))?.pop())
}

/// Her key in the table, and what is kept of her.
fn named(connection: &Connection, id: PersonId) -> Result<(i64, Person), RosterError> {
    let key = column(id.0).map_err(|_| Refusal::NoSuchPerson(id))?;
    Ok((key, by_id(connection, key)?.ok_or(Refusal::NoSuchPerson(id))?))
}

fn person(tenant: &Option<String>, row: &Row<'_>) -> Result<Person, StoreError> {
    let id = PersonId(from_column("person", get(row, "id")?)?);
    let tenant = tenant.clone().ok_or_else(|| StoreError::Damaged(format!("person {id} is of no tenant")))?;
    Ok(Person {
        id,
        subject: Subject { tenant, object: get(row, "object")? },
        profile: Profile {
            display_name: get(row, "display_name")?,
            first_name: get(row, "first_name")?,
            last_name: get(row, "last_name")?,
            email: get(row, "email")?,
            username: get(row, "username")?,
        },
        source: if get(row, "by_hand")? { Source::ByHand } else { Source::Directory },
        enabled: get(row, "enabled")?,
        blocked: get(row, "blocked")?,
        licensed: get(row, "licensed")?,
        gone: get::<Option<i64>>(row, "gone")?.map(Timestamp),
    })
}

fn standing(connection: &Connection, person: Person) -> Result<Standing, StoreError> {
    const GRANTED: &str = "SELECT role, unit FROM grants WHERE person = ?1";
    const PLACES: &str = "SELECT teams.id, teams.licensed, team_people.owner FROM team_people
        JOIN teams ON teams.id = team_people.team WHERE team_people.object = ?1 ORDER BY teams.id";
    let granted = rows(connection, GRANTED, [column(person.id.0)?], grant)?;
    let mut places = rows(connection, PLACES, [&person.subject.object], |row| {
        let team = TeamId(from_column("team", get(row, "id")?)?);
        Ok(Place { team, licensed: get(row, "licensed")?, owner: get(row, "owner")?, units: BTreeSet::new() })
    })?;
    // Only an owner's standing follows from the units of her team.
    for place in places.iter_mut().filter(|place| place.owner && place.licensed) {
        place.units = units_of_team(connection, column(place.team.0)?)?;
    }
    Ok(rules::standing(person, granted, &places))
}

fn grant(row: &Row<'_>) -> Result<Grant, StoreError> {
    let role: String = get(row, "role")?;
    let role = Role::of(&role).ok_or_else(|| StoreError::Damaged(format!("a role {role:?}")))?;
    let scope = match get::<Option<i64>>(row, "unit")? {
        None => Scope::Tenant,
        Some(unit) => Scope::Unit(UnitId(from_column("unit", unit)?)),
    };
    Ok(Grant { role, scope })
}

fn add_grant(transaction: &Transaction<'_>, person: i64, grant: Grant) -> Result<(), RosterError> {
    const ADD: &str = "INSERT INTO grants (person, role, unit) VALUES (?1, ?2, ?3)";
    let unit = match grant.scope {
        Scope::Tenant => None,
        Scope::Unit(unit) => Some(unit_key(transaction, unit)?),
    };
    perform(transaction, ADD, (person, grant.role.id(), unit))?;
    Ok(())
}

/// Who was granted the whole tenant.
fn administrators(connection: &Connection) -> Result<Vec<i64>, StoreError> {
    const GRANTED: &str = "SELECT person FROM grants WHERE role = 'tenant-administrator' AND unit IS NULL";
    rows(connection, GRANTED, (), |row| get(row, "person"))
}

/// Can somebody set the tenant up?
fn is_administered(connection: &Connection) -> Result<bool, StoreError> {
    for id in administrators(connection)? {
        let person = by_id(connection, id)?;
        if let Some(person) = person
            && standing(connection, person)?.administers()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn teams(connection: &Connection) -> Result<Vec<Team>, StoreError> {
    const ALL: &str = "SELECT id, object, name, licensed,
            (SELECT count(*) FROM team_people WHERE team = teams.id AND owner = 0) AS members,
            (SELECT count(*) FROM team_people WHERE team = teams.id AND owner = 1) AS owners
        FROM teams";
    let mut teams = rows(connection, ALL, (), |row| {
        let id: i64 = get(row, "id")?;
        Ok(Team {
            id: TeamId(from_column("team", id)?),
            object: get(row, "object")?,
            name: get(row, "name")?,
            licensed: get(row, "licensed")?,
            units: units_of_team(connection, id)?,
            members: from_column("a count", get(row, "members")?)?,
            owners: from_column("a count", get(row, "owners")?)?,
        })
    })?;
    teams.sort_by_cached_key(|team| (rules::folded(&team.name), team.id));
    Ok(teams)
}

fn units_of_team(connection: &Connection, team: i64) -> Result<BTreeSet<UnitId>, StoreError> {
    const UNITS: &str = "SELECT unit FROM team_units WHERE team = ?1";
    let units = rows(connection, UNITS, [team], |row| Ok(UnitId(from_column("unit", get(row, "unit")?)?)))?;
    Ok(units.into_iter().collect())
}

fn set_team(
    transaction: &Transaction<'_>,
    id: TeamId,
    licensed: bool,
    units: &BTreeSet<UnitId>,
) -> Result<(), RosterError> {
    const SET: &str = "UPDATE teams SET licensed = ?2 WHERE id = ?1";
    const OTHERS: &str = "SELECT count(*) AS others FROM teams WHERE licensed = 1 AND id <> ?1";
    const TAKE_UNITS: &str = "DELETE FROM team_units WHERE team = ?1";
    const ADD_UNIT: &str = "INSERT INTO team_units (team, unit) VALUES (?1, ?2)";
    let key = column(id.0).map_err(|_| Refusal::NoSuchTeam(id))?;
    let keys = units.iter().map(|unit| unit_key(transaction, *unit)).collect::<Result<Vec<i64>, _>>()?;
    if perform(transaction, SET, (key, licensed))? == 0 {
        return Err(Refusal::NoSuchTeam(id).into());
    }
    let others = rows(transaction, OTHERS, [key], |row| from_column("a count", get(row, "others")?))?.pop();
    if licensed && expected::<usize>(others)? >= LICENSED_TEAMS_MAX {
        return Err(Refusal::TooManyLicensedTeams.into());
    }
    perform(transaction, TAKE_UNITS, [key])?;
    for unit in keys {
        perform(transaction, ADD_UNIT, (key, unit))?;
    }
    if !licensed {
        pages::set_owners(transaction, key, &BTreeSet::new())?;
    }
    Ok(())
}

fn units(connection: &Connection) -> Result<Vec<Unit>, StoreError> {
    rows(connection, "SELECT id, name, parent FROM units ORDER BY id", (), |row| {
        let parent = get::<Option<i64>>(row, "parent")?;
        Ok(Unit {
            id: UnitId(from_column("unit", get(row, "id")?)?),
            name: get(row, "name")?,
            parent: parent.map(|parent| from_column("unit", parent).map(UnitId)).transpose()?,
        })
    })
}

/// The key of a unit that is there.
fn unit_key(connection: &Connection, id: UnitId) -> Result<i64, RosterError> {
    const THERE: &str = "SELECT id FROM units WHERE id = ?1";
    let key = column(id.0).map_err(|_| Refusal::NoSuchUnit(id))?;
    let there = rows(connection, THERE, [key], |row| get::<i64>(row, "id"))?.pop();
    Ok(there.ok_or(Refusal::NoSuchUnit(id))?)
}

fn use_of(connection: &Connection, unit: i64) -> Result<Option<UnitUse>, StoreError> {
    for (used, sql) in [
        (UnitUse::Units, "SELECT 1 FROM units WHERE parent = ?1 LIMIT 1"),
        (UnitUse::Services, "SELECT 1 FROM service_units WHERE unit = ?1 LIMIT 1"),
        (UnitUse::Teams, "SELECT 1 FROM team_units WHERE unit = ?1 LIMIT 1"),
        (UnitUse::Grants, "SELECT 1 FROM grants WHERE unit = ?1 LIMIT 1"),
    ] {
        if !rows(connection, sql, [unit], |_| Ok(()))?.is_empty() {
            return Ok(Some(used));
        }
    }
    Ok(None)
}

fn sync_state(row: &Row<'_>) -> Result<SyncState, StoreError> {
    let (code, message) =
        (get::<Option<String>>(row, "problem_code")?, get::<Option<String>>(row, "problem")?);
    let at = get::<Option<i64>>(row, "problem_at")?;
    let problem = match (code, message, at) {
        (Some(code), Some(message), Some(at)) => Some(SyncProblem { code, message, at: Timestamp(at) }),
        (None, _, _) | (_, None, _) | (_, _, None) => None,
    };
    Ok(SyncState {
        succeeded: get::<Option<i64>>(row, "succeeded")?.map(Timestamp),
        problem,
        next_attempt: get::<Option<i64>>(row, "next_attempt")?.map(Timestamp),
    })
}

/// A row that the tables always hold, or that was written above.
fn expected<T>(found: Option<T>) -> Result<T, StoreError> {
    found.ok_or_else(|| StoreError::Damaged("a row of the roster is missing".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_persons_sorts_nothing() {
        let mut connection = Connection::open_in_memory().expect("memory");
        crate::migrations::migrate(&mut connection).expect("it is empty");
        let cursor = PersonCursor { name: "anna".to_owned(), id: PersonId(1) };
        let all = PersonFilter::default();
        let narrow = PersonFilter {
            after: Some(cursor),
            text: Some("mus".to_owned()),
            licensed: true,
            with_gone: true,
        };
        for filter in [all, narrow] {
            let (sql, values) = question(&filter, 100).expect("the values fit");
            let plan = format!("EXPLAIN QUERY PLAN {sql}");
            let plan = rows(&connection, &plan, params_from_iter(values), |row| get::<String>(row, "detail"));
            let plan = plan.expect("a plan").join("; ");
            assert!(plan.contains("persons_by_name") && !plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
        }
    }
}
