//! The roster in memory: each call one step under one lock, a change that is refused taken back whole. Nothing outlives the
//! process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use engine::{AttendantId, ServiceId, Timestamp};
use tokio::sync::watch;

use super::MemoryStore;
use crate::journal::StoreError;
use crate::limits;
use crate::roster::rules::{self, Place};
use crate::roster::{
    Applied, Changes, Claim, Collection, DirectoryPage, Grant, LICENSED_TEAMS_MAX, Licensed, Link,
    PERSONS_MAX, Person, PersonChange, PersonCursor, PersonFilter, PersonId, PersonSettings, Profile,
    Progress, Refusal, Role, Roster, RosterError, Scope, Source, Standing, Subject, SyncState, Team,
    TeamChange, TeamId, TeamPeople, Unit, UnitForm, UnitId, UnitUse,
};

/// What a memory store keeps of its tenant's people.
#[derive(Debug, Default)]
pub(super) struct KeptRoster {
    people: Mutex<People>,
    revision: watch::Sender<u64>,
}

#[derive(Clone, Debug, Default)]
struct People {
    tenant: Option<String>,
    claimed: bool,
    /// With the round in which the directory last named her.
    persons: BTreeMap<PersonId, (Person, u64)>,
    person_last: u64,
    teams: BTreeMap<TeamId, KeptTeam>,
    team_last: u64,
    units: BTreeMap<UnitId, Unit>,
    unit_last: u64,
    grants: BTreeMap<PersonId, Vec<Grant>>,
    services: BTreeMap<ServiceId, UnitId>,
    attendants: Vec<PersonId>,
    read: BTreeMap<Collection, Read>,
    sync: SyncState,
}

#[derive(Clone, Debug)]
struct KeptTeam {
    object: String,
    name: String,
    licensed: bool,
    units: BTreeSet<UnitId>,
    seen: u64,
    /// With the round in which the directory last named them.
    members: BTreeMap<String, u64>,
    owners: BTreeSet<String>,
}

/// How far a collection was read, and in which full round. What the directory names is marked with the round.
#[derive(Clone, Debug)]
struct Read {
    progress: Progress,
    round: u64,
}

impl Default for Read {
    fn default() -> Read {
        Read { progress: Progress::START, round: 1 }
    }
}

impl KeptRoster {
    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One change: whole, or not at all.
    fn change<T, E>(&self, change: impl FnOnce(&mut People) -> Result<T, E>) -> Result<T, E> {
        self.change_quietly(change, |_| true)
    }

    /// One change of which the revision is told only where `is_news` says so: most pages of a directory say nothing.
    fn change_quietly<T, E>(
        &self,
        change: impl FnOnce(&mut People) -> Result<T, E>,
        is_news: impl FnOnce(&T) -> bool,
    ) -> Result<T, E> {
        let mut people = self.people();
        let mut changed = people.clone();
        let done = change(&mut changed)?;
        *people = changed;
        drop(people);
        if is_news(&done) {
            self.revision.send_modify(|revision| *revision += 1);
        }
        Ok(done)
    }

    /// One change by hand, which never takes the last administrator.
    fn guarded<T>(
        &self,
        change: impl FnOnce(&mut People) -> Result<T, RosterError>,
    ) -> Result<T, RosterError> {
        self.change(|people| {
            let had_one = people.is_administered();
            let done = change(people)?;
            if had_one && !people.is_administered() {
                return Err(Refusal::LastAdministrator.into());
            }
            Ok(done)
        })
    }
}

#[async_trait]
impl Roster for MemoryStore {
    async fn tenant(&self) -> Result<Option<String>, StoreError> {
        Ok(self.roster.people().tenant.clone())
    }

    fn revision(&self) -> watch::Receiver<u64> {
        self.roster.revision.subscribe()
    }

    async fn standing(&self, subject: &Subject) -> Result<Option<Standing>, StoreError> {
        let people = self.roster.people();
        Ok(people.by_subject(subject).map(|person| people.standing(person.clone())))
    }

    async fn standing_of(&self, person: PersonId) -> Result<Option<Standing>, StoreError> {
        let people = self.roster.people();
        Ok(people.persons.get(&person).map(|(person, _)| people.standing(person.clone())))
    }

    async fn persons(&self, filter: &PersonFilter, limit: u32) -> Result<Vec<Standing>, StoreError> {
        limits::page(limit, PERSONS_MAX)?;
        let people = self.roster.people();
        let mut found: Vec<Standing> = people
            .persons
            .values()
            .map(|(person, _)| people.standing(person.clone()))
            .filter(|standing| matches(filter, standing))
            .collect();
        found.sort_by_key(|standing| PersonCursor::of(&standing.person));
        found.truncate(limit as usize);
        Ok(found)
    }

    async fn met(&self, subject: &Subject, profile: &Profile) -> Result<Person, RosterError> {
        rules::subject(subject)?;
        let met = self.roster.change_quietly(
            |people| {
                people.serve(&subject.tenant)?;
                let before = people.by_subject(subject).cloned();
                let person = people.met(subject, profile);
                Ok::<_, RosterError>((before.as_ref() != Some(&person), person))
            },
            |(is_other, _)| *is_other,
        );
        Ok(met?.1)
    }

    async fn claim_first(&self, subject: &Subject, profile: &Profile) -> Result<Claim, RosterError> {
        rules::subject(subject)?;
        let claim = |people: &mut People| {
            people.serve(&subject.tenant)?;
            let barred = people
                .by_subject(subject)
                .is_some_and(|person| !person.enabled || person.blocked || person.gone.is_some());
            if people.claimed || barred || people.has_administrator_grant() {
                return Ok(Claim::Taken);
            }
            let id = people.met(subject, profile).id;
            people.claimed = true;
            people.grants.entry(id).or_default().push(ADMINISTRATOR);
            let person = people.person(id)?;
            person.licensed = true;
            Ok(Claim::First(person.clone()))
        };
        self.roster.change_quietly(claim, |claim| *claim != Claim::Taken)
    }

    async fn reopen_claim(&self) -> Result<bool, StoreError> {
        self.roster.change(|people| {
            if people.is_administered() {
                return Ok(false);
            }
            people.claimed = false;
            for grants in people.grants.values_mut() {
                grants.retain(|grant| *grant != ADMINISTRATOR);
            }
            Ok(true)
        })
    }

    async fn add_person(
        &self,
        subject: &Subject,
        profile: &Profile,
        licensed: bool,
    ) -> Result<Person, RosterError> {
        rules::subject(subject)?;
        self.roster.change(|people| {
            people.serve(&subject.tenant)?;
            if people.by_subject(subject).is_some_and(|person| person.gone.is_none()) {
                return Err(Refusal::AlreadyThere.into());
            }
            let id = people.met(subject, profile).id;
            let person = people.person(id)?;
            *person = Person {
                id,
                subject: subject.clone(),
                profile: rules::profile(profile),
                source: Source::ByHand,
                enabled: true,
                blocked: false,
                licensed,
                gone: None,
            };
            Ok(person.clone())
        })
    }

    async fn set_person(&self, id: PersonId, settings: &PersonSettings) -> Result<(), RosterError> {
        self.roster.guarded(|people| {
            let person = people.person(id)?;
            if let Some(profile) = &settings.profile {
                match person.source {
                    Source::ByHand => person.profile = rules::profile(profile),
                    Source::Directory => return Err(Refusal::FromDirectory.into()),
                }
            }
            person.licensed = settings.licensed;
            person.blocked = settings.blocked;
            Ok(())
        })
    }

    async fn remove_person(&self, id: PersonId, at: Timestamp) -> Result<(), RosterError> {
        self.roster.guarded(|people| {
            let person = people.person(id)?;
            match (person.gone, person.source) {
                (Some(_), _) => return Err(Refusal::NoSuchPerson(id).into()),
                (None, Source::Directory) => return Err(Refusal::FromDirectory.into()),
                (None, Source::ByHand) => person.gone = Some(at),
            }
            people.grants.remove(&id);
            Ok(())
        })
    }

    async fn purge(&self, gone_before: Timestamp) -> Result<u64, StoreError> {
        let purge = |people: &mut People| {
            let is_due = |person: &Person| person.gone.is_some_and(|gone| gone < gone_before);
            let due: Vec<Person> = people
                .persons
                .values()
                .map(|(person, _)| person)
                .filter(|person| is_due(person))
                .cloned()
                .collect();
            for person in &due {
                people.persons.remove(&person.id);
                people.grants.remove(&person.id);
                for team in people.teams.values_mut() {
                    team.members.remove(&person.subject.object);
                    team.owners.remove(&person.subject.object);
                }
            }
            Ok(due.len() as u64)
        };
        self.roster.change_quietly(purge, |purged| *purged > 0)
    }

    async fn set_grants(&self, id: PersonId, grants: &[Grant]) -> Result<(), RosterError> {
        rules::grants(grants)?;
        self.roster.guarded(|people| {
            people.person(id)?;
            for grant in grants {
                match grant.scope {
                    Scope::Tenant => {}
                    Scope::Unit(unit) => people.has_unit(unit)?,
                }
            }
            people.grants.insert(id, grants.to_vec());
            Ok(())
        })
    }

    async fn teams(&self) -> Result<Vec<Team>, StoreError> {
        let people = self.roster.people();
        let mut teams: Vec<Team> = people.teams.iter().map(|(id, team)| team.shown(*id)).collect();
        teams.sort_by_key(|team| (rules::folded(&team.name), team.id));
        Ok(teams)
    }

    async fn team_people(&self, team: TeamId) -> Result<TeamPeople, StoreError> {
        let people = self.roster.people();
        let Some(team) = people.teams.get(&team) else { return Ok(TeamPeople::default()) };
        let here = |is_named: &dyn Fn(&String) -> bool| {
            let present =
                people.persons.values().map(|(person, _)| person).filter(|person| person.gone.is_none());
            present.filter(|person| is_named(&person.subject.object)).map(|person| person.id).collect()
        };
        Ok(TeamPeople {
            members: here(&|object| team.members.contains_key(object)),
            owners: here(&|object| team.owners.contains(object)),
        })
    }

    async fn set_team(
        &self,
        id: TeamId,
        licensed: bool,
        units: &BTreeSet<UnitId>,
    ) -> Result<(), RosterError> {
        rules::team_units(units)?;
        self.roster.guarded(|people| {
            units.iter().try_for_each(|unit| people.has_unit(*unit))?;
            let others = people.teams.iter().filter(|(other, team)| **other != id && team.licensed).count();
            let team = people.teams.get_mut(&id).ok_or(Refusal::NoSuchTeam(id))?;
            if licensed && others >= LICENSED_TEAMS_MAX {
                return Err(Refusal::TooManyLicensedTeams.into());
            }
            team.licensed = licensed;
            team.units = units.clone();
            if !licensed {
                team.owners.clear();
            }
            Ok(())
        })
    }

    async fn units(&self) -> Result<Vec<Unit>, StoreError> {
        Ok(self.roster.people().units.values().cloned().collect())
    }

    async fn put_unit(&self, form: &UnitForm) -> Result<Unit, RosterError> {
        self.roster.change(|people| {
            let units: Vec<Unit> = people.units.values().cloned().collect();
            let mut unit = rules::unit(&units, form)?;
            if form.id.is_none() {
                people.unit_last += 1;
                unit.id = UnitId(people.unit_last);
            }
            people.units.insert(unit.id, unit.clone());
            Ok(unit)
        })
    }

    async fn remove_unit(&self, id: UnitId) -> Result<(), RosterError> {
        self.roster.change(|people| {
            people.has_unit(id)?;
            if let Some(used) = people.use_of(id) {
                return Err(Refusal::UnitUsed(used).into());
            }
            people.units.remove(&id);
            Ok(())
        })
    }

    async fn set_service_unit(&self, service: ServiceId, unit: Option<UnitId>) -> Result<(), RosterError> {
        self.roster.change(|people| {
            match unit {
                Some(unit) => {
                    people.has_unit(unit)?;
                    people.services.insert(service, unit);
                }
                None => {
                    people.services.remove(&service);
                }
            }
            Ok(())
        })
    }

    async fn service_units(&self) -> Result<Vec<(ServiceId, UnitId)>, StoreError> {
        Ok(self.roster.people().services.iter().map(|(service, unit)| (*service, *unit)).collect())
    }

    async fn attendant_of(&self, id: PersonId) -> Result<AttendantId, RosterError> {
        let mut people = self.roster.people();
        let place = match people.attendants.iter().position(|person| *person == id) {
            Some(place) => place,
            None if people.person(id)?.gone.is_some() => return Err(Refusal::NoSuchPerson(id).into()),
            None => {
                people.attendants.push(id);
                people.attendants.len() - 1
            }
        };
        Ok(AttendantId(place as u64 + 1))
    }

    async fn attendants(&self) -> Result<Vec<(AttendantId, PersonId)>, StoreError> {
        let people = self.roster.people();
        Ok((1..).map(AttendantId).zip(people.attendants.iter().copied()).collect())
    }

    async fn progress(&self, collection: Collection) -> Result<Progress, StoreError> {
        Ok(self.roster.people().read.get(&collection).map_or(Progress::START, |read| read.progress.clone()))
    }

    async fn restart(&self, collection: Collection) -> Result<(), StoreError> {
        let mut people = self.roster.people();
        let read = people.read.entry(collection).or_default();
        *read = Read { progress: Progress::START, round: read.round + 1 };
        Ok(())
    }

    async fn apply(&self, page: &DirectoryPage) -> Result<Applied, RosterError> {
        rules::page(page)?;
        self.roster.change_quietly(|people| people.apply(page), Applied::is_news)
    }

    async fn set_owners(&self, team: TeamId, owners: &BTreeSet<String>) -> Result<(), StoreError> {
        rules::owners(owners)?;
        let replaced = self.roster.change_quietly(
            |people| {
                let team = people.teams.get_mut(&team).filter(|team| team.owners != *owners);
                Ok(team.map(|team| team.owners = owners.clone()).is_some())
            },
            |is_other| *is_other,
        );
        replaced.map(drop)
    }

    async fn sync_state(&self) -> Result<SyncState, StoreError> {
        Ok(self.roster.people().sync.clone())
    }

    async fn set_sync_state(&self, state: &SyncState) -> Result<(), StoreError> {
        self.roster.people().sync = rules::sync_state(state);
        Ok(())
    }
}

const ADMINISTRATOR: Grant = Grant { role: Role::TenantAdministrator, scope: Scope::Tenant };

fn matches(filter: &PersonFilter, standing: &Standing) -> bool {
    let PersonFilter { after, text, licensed, with_gone } = filter;
    let person = &standing.person;
    after.as_ref().is_none_or(|after| PersonCursor::of(person) > *after)
        && text.as_ref().is_none_or(|text| rules::searched(&person.profile).contains(&rules::folded(text)))
        && (!licensed || standing.licensed != Licensed::No)
        && (*with_gone || person.gone.is_none())
}

impl KeptTeam {
    fn shown(&self, id: TeamId) -> Team {
        Team {
            id,
            object: self.object.clone(),
            name: self.name.clone(),
            licensed: self.licensed,
            units: self.units.clone(),
            members: u32::try_from(self.members.len()).unwrap_or(u32::MAX),
            owners: u32::try_from(self.owners.len()).unwrap_or(u32::MAX),
        }
    }
}

impl People {
    /// The first tenant is the only one.
    fn serve(&mut self, tenant: &str) -> Result<(), RosterError> {
        if self.tenant.get_or_insert_with(|| tenant.to_owned()) == tenant {
            Ok(())
        } else {
            Err(Refusal::OtherTenant.into())
        }
    }

    fn by_subject(&self, subject: &Subject) -> Option<&Person> {
        self.persons.values().map(|(person, _)| person).find(|person| person.subject == *subject)
    }

    fn person(&mut self, id: PersonId) -> Result<&mut Person, RosterError> {
        Ok(self.persons.get_mut(&id).map(|(person, _)| person).ok_or(Refusal::NoSuchPerson(id))?)
    }

    fn has_unit(&self, id: UnitId) -> Result<(), RosterError> {
        if self.units.contains_key(&id) { Ok(()) } else { Err(Refusal::NoSuchUnit(id).into()) }
    }

    fn standing(&self, person: Person) -> Standing {
        let granted = self.grants.get(&person.id).cloned().unwrap_or_default();
        let object = &person.subject.object;
        let place = |id: TeamId, team: &KeptTeam, owner: bool| Place {
            team: id,
            licensed: team.licensed,
            owner,
            units: team.units.clone(),
        };
        let mut places = Vec::new();
        for (id, team) in &self.teams {
            if team.members.contains_key(object) {
                places.push(place(*id, team, false));
            }
            if team.owners.contains(object) {
                places.push(place(*id, team, true));
            }
        }
        rules::standing(person, granted, &places)
    }

    fn has_administrator_grant(&self) -> bool {
        self.grants.values().flatten().any(|grant| *grant == ADMINISTRATOR)
    }

    fn is_administered(&self) -> bool {
        let mut holders = self.grants.iter().filter(|(_, grants)| grants.contains(&ADMINISTRATOR));
        holders.any(|(id, _)| {
            self.persons.get(id).is_some_and(|(person, _)| self.standing(person.clone()).administers())
        })
    }

    fn met(&mut self, subject: &Subject, profile: &Profile) -> Person {
        let known = self.by_subject(subject).map(|person| person.id);
        let id = known.unwrap_or_else(|| self.new_person(subject.clone(), Source::ByHand));
        let (person, _) = self.persons.get_mut(&id).expect("it was found or made above");
        match (person.source, person.gone) {
            (Source::ByHand, None) => person.profile = rules::profile(profile),
            (Source::ByHand, Some(_)) | (Source::Directory, _) => {}
        }
        person.clone()
    }

    fn new_person(&mut self, subject: Subject, source: Source) -> PersonId {
        self.person_last += 1;
        let id = PersonId(self.person_last);
        let enabled = match source {
            Source::Directory => false,
            Source::ByHand => true,
        };
        let person = Person {
            id,
            subject,
            profile: Profile::default(),
            source,
            enabled,
            blocked: false,
            licensed: false,
            gone: None,
        };
        self.persons.insert(id, (person, 0));
        id
    }

    fn use_of(&self, id: UnitId) -> Option<UnitUse> {
        let mut grants = self.grants.values().flatten();
        if self.units.values().any(|unit| unit.parent == Some(id)) {
            Some(UnitUse::Units)
        } else if self.services.values().any(|unit| *unit == id) {
            Some(UnitUse::Services)
        } else if self.teams.values().any(|team| team.units.contains(&id)) {
            Some(UnitUse::Teams)
        } else if grants.any(|grant| grant.scope == Scope::Unit(id)) {
            Some(UnitUse::Grants)
        } else {
            None
        }
    }

    fn apply(&mut self, page: &DirectoryPage) -> Result<Applied, RosterError> {
        self.serve(&page.tenant)?;
        let collection = page.changes.collection();
        let Read { progress, round } = self.read.entry(collection).or_default().clone();
        if progress.link != page.from {
            return Err(rules::elsewhere().into());
        }
        let mut applied = match &page.changes {
            Changes::Persons(changes) => {
                let left = changes.iter().map(|change| self.change_person(page, change, round)).sum();
                Applied { read: count(changes), left }
            }
            Changes::Teams(changes) => {
                changes.iter().for_each(|change| self.change_team(change, round));
                Applied { read: count(changes), left: 0 }
            }
        };
        let is_over = matches!(page.to, Link::Delta(_));
        if is_over && progress.full {
            if collection == Collection::Persons && !self.persons.values().any(|(_, seen)| *seen == round) {
                return Err(Refusal::EmptyDirectory.into());
            }
            applied.left += self.sweep(collection, round, page.at);
        }
        let progress = Progress { link: Some(page.to.clone()), full: progress.full && !is_over };
        self.read.insert(collection, Read { progress, round });
        Ok(applied)
    }

    /// 1 where somebody left by it.
    fn change_person(&mut self, page: &DirectoryPage, change: &PersonChange, round: u64) -> u32 {
        let subject = |object: &String| Subject { tenant: page.tenant.clone(), object: object.clone() };
        match change {
            PersonChange::There { object, display_name, first_name, last_name, email, username, enabled } => {
                let subject = subject(object);
                let known = self.by_subject(&subject).map(|person| person.id);
                let id = known.unwrap_or_else(|| self.new_person(subject, Source::Directory));
                let (person, seen) = self.persons.get_mut(&id).expect("it was found or made above");
                let profile = &mut person.profile;
                for (kept, said) in [
                    (&mut profile.display_name, display_name),
                    (&mut profile.first_name, first_name),
                    (&mut profile.last_name, last_name),
                    (&mut profile.email, email),
                    (&mut profile.username, username),
                ] {
                    if let Some(said) = said {
                        *kept = rules::text(said);
                    }
                }
                person.enabled = enabled.unwrap_or(person.enabled);
                person.source = Source::Directory;
                person.gone = None;
                *seen = round;
                0
            }
            PersonChange::Gone { object } => {
                let subject = subject(object);
                let id =
                    self.by_subject(&subject).filter(|person| person.gone.is_none()).map(|person| person.id);
                let person = id.and_then(|id| self.persons.get_mut(&id));
                person.map_or(0, |(person, _)| {
                    person.source = Source::Directory;
                    person.gone = Some(page.at);
                    1
                })
            }
        }
    }

    fn change_team(&mut self, change: &TeamChange, round: u64) {
        match change {
            TeamChange::There { object, name, members } => {
                let known = self.teams.iter().find(|(_, team)| team.object == *object).map(|(id, _)| *id);
                let id = known.unwrap_or_else(|| self.new_team(object.clone()));
                let team = self.teams.get_mut(&id).expect("it was found or made above");
                if let Some(name) = name {
                    team.name = rules::text(name);
                }
                team.seen = round;
                for member in members {
                    if member.joined {
                        team.members.insert(member.object.clone(), round);
                    } else {
                        team.members.remove(&member.object);
                    }
                }
            }
            TeamChange::Gone { object } => self.teams.retain(|_, team| team.object != *object),
        }
    }

    fn new_team(&mut self, object: String) -> TeamId {
        self.team_last += 1;
        let team = KeptTeam {
            object,
            name: String::new(),
            licensed: false,
            units: BTreeSet::new(),
            seen: 0,
            members: BTreeMap::new(),
            owners: BTreeSet::new(),
        };
        self.teams.insert(TeamId(self.team_last), team);
        TeamId(self.team_last)
    }

    /// At the end of a full round: what the directory did not name is not there any more. Says how many persons left.
    fn sweep(&mut self, collection: Collection, round: u64, at: Timestamp) -> u32 {
        match collection {
            Collection::Persons => {
                let mut left = 0;
                for (person, seen) in self.persons.values_mut() {
                    let is_missing =
                        person.source == Source::Directory && *seen < round && person.gone.is_none();
                    if is_missing {
                        person.gone = Some(at);
                        left += 1;
                    }
                }
                left
            }
            Collection::Teams => {
                self.teams.retain(|_, team| team.seen >= round);
                for team in self.teams.values_mut() {
                    team.members.retain(|_, seen| *seen >= round);
                }
                0
            }
        }
    }
}

fn count<T>(changes: &[T]) -> u32 {
    u32::try_from(changes.len()).unwrap_or(u32::MAX)
}
