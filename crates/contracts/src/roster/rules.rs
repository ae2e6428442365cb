//! What every implementation of a roster decides alike: limits, the tree of units, and how a standing follows from what is kept.
//! Keeps nothing.

use std::collections::BTreeSet;

use super::{
    CHANGES_MAX, Changes, DirectoryPage, GRANTS_MAX, Grant, LINK_BYTES_MAX, Licensed, Link, MEMBERS_MAX,
    OBJECT_BYTES_MAX, Person, PersonChange, Profile, Refusal, Role, RosterError, Scope, Standing, Subject,
    SyncState, TeamChange, TeamId, UNIT_DEPTH_MAX, UNITS_MAX, Unit, UnitForm, UnitId,
};
use crate::book::TEXT_CHARS_MAX;
use crate::journal::StoreError;
use crate::limits;

/// Somebody's place in a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub team: TeamId,
    /// It gives a licence.
    pub licensed: bool,
    /// As its owner; else as a member.
    pub owner: bool,
    /// Its units.
    pub units: BTreeSet<UnitId>,
}

/// How somebody stands, from what is kept of her.
pub fn standing(person: Person, mut granted: Vec<Grant>, places: &[Place]) -> Standing {
    granted.sort_unstable();
    granted.dedup();
    let by_teams = || places.iter().filter(|place| place.licensed);
    let by_team = by_teams().filter(|place| !place.owner).map(|place| place.team).min();
    let licensed = match by_team {
        _ if person.licensed => Licensed::Directly,
        Some(team) => Licensed::ByTeam(team),
        None => Licensed::No,
    };
    let owned: BTreeSet<TeamId> = by_teams().filter(|place| place.owner).map(|place| place.team).collect();
    let as_owner = by_teams().filter(|place| place.owner).flat_map(|place| &place.units);
    let mut grants: BTreeSet<Grant> =
        as_owner.map(|unit| Grant { role: Role::ServiceOwner, scope: Scope::Unit(*unit) }).collect();
    grants.extend(&granted);
    Standing {
        enabled: person.enabled && !person.blocked && person.gone.is_none(),
        licensed,
        grants: grants.into_iter().collect(),
        granted,
        owns: owned.into_iter().collect(),
        person,
    }
}

/// The units above this one, nearest first. Ends even where a damaged tree would not.
pub fn upwards(units: &[Unit], unit: UnitId) -> impl Iterator<Item = UnitId> {
    let parent = move |of: UnitId| units.iter().find(|unit| unit.id == of).and_then(|unit| unit.parent);
    std::iter::successors(parent(unit), move |above| parent(*above)).take(units.len())
}

/// May a unit stand so? Gives it with its name as it is kept; a new one has the id 0 until the store gives it one.
pub fn unit(units: &[Unit], form: &UnitForm) -> Result<Unit, RosterError> {
    let name = form.name.trim().to_owned();
    limits::name("a unit", &name)?;
    if let Some(id) = form.id
        && !units.iter().any(|unit| unit.id == id)
    {
        return Err(Refusal::NoSuchUnit(id).into());
    }
    if form.id.is_none() && units.len() >= UNITS_MAX {
        return Err(Refusal::TooManyUnits.into());
    }
    let mut neighbours = units.iter().filter(|unit| unit.parent == form.parent && Some(unit.id) != form.id);
    if neighbours.any(|unit| folded(&unit.name) == folded(&name)) {
        return Err(Refusal::UnitNameTaken(name).into());
    }
    let above = match form.parent {
        None => 0,
        Some(parent) => {
            if !units.iter().any(|unit| unit.id == parent) {
                return Err(Refusal::NoSuchUnit(parent).into());
            }
            let in_itself =
                form.id == Some(parent) || upwards(units, parent).any(|unit| form.id == Some(unit));
            if in_itself {
                return Err(Refusal::UnitInItself.into());
            }
            1 + upwards(units, parent).count()
        }
    };
    let depth = above + form.id.map_or(1, |id| height(units, id));
    if depth > UNIT_DEPTH_MAX {
        return Err(Refusal::UnitTooDeep(depth).into());
    }
    Ok(Unit { id: form.id.unwrap_or(UnitId(0)), name, parent: form.parent })
}

/// How many units stand in each other below this one, itself included.
fn height(units: &[Unit], of: UnitId) -> usize {
    let steps_up_to_it = |unit: &Unit| upwards(units, unit.id).position(|above| above == of).map(|at| at + 1);
    1 + units.iter().filter_map(steps_up_to_it).max().unwrap_or(0)
}

/// A profile as it is kept. A name comes from elsewhere and must never stop a synchronisation or a sign-in.
pub fn profile(profile: &Profile) -> Profile {
    let Profile { display_name, first_name, last_name, email, username } = profile;
    Profile {
        display_name: text(display_name),
        first_name: text(first_name),
        last_name: text(last_name),
        email: text(email),
        username: text(username),
    }
}

/// A text as it is kept: trimmed and cut.
pub fn text(text: &str) -> String {
    text.trim().chars().take(TEXT_CHARS_MAX).collect()
}

/// As texts are compared, whatever their case.
pub fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// What a search looks in.
pub fn searched(profile: &Profile) -> String {
    let Profile { display_name, first_name, last_name, email, username } = profile;
    folded(&[display_name, first_name, last_name, email, username].map(String::as_str).join("\n"))
}

/// A subject that can be kept.
pub fn subject(subject: &Subject) -> Result<(), StoreError> {
    object("the tenant", &subject.tenant)?;
    object("the person", &subject.object)
}

/// What a directory calls something.
pub fn object(what: &str, object: &str) -> Result<(), StoreError> {
    match object.len() {
        1..=OBJECT_BYTES_MAX => Ok(()),
        bytes => beyond(format!("the directory's id of {what} has 1–{OBJECT_BYTES_MAX} bytes, not {bytes}")),
    }
}

/// Grants as they are asked for.
pub fn grants(grants: &[Grant]) -> Result<(), StoreError> {
    match grants.len() {
        0..=GRANTS_MAX => Ok(()),
        count => beyond(format!("{count} roles of one user; {GRANTS_MAX} are the most")),
    }
}

/// The units of a team as they are asked for.
pub fn team_units(units: &BTreeSet<UnitId>) -> Result<(), StoreError> {
    match units.len() {
        0..=GRANTS_MAX => Ok(()),
        count => beyond(format!("{count} units of one team; {GRANTS_MAX} are the most")),
    }
}

/// The owners of a team.
pub fn owners(owners: &BTreeSet<String>) -> Result<(), StoreError> {
    if owners.len() > MEMBERS_MAX {
        return beyond(format!("{} owners of one team; {MEMBERS_MAX} are the most", owners.len()));
    }
    owners.iter().try_for_each(|owner| object("an owner", owner))
}

/// A page of the directory. Says the place of what is too large, never whose it is.
pub fn page(page: &DirectoryPage) -> Result<(), StoreError> {
    object("the tenant", &page.tenant)?;
    let (Link::Next(link) | Link::Delta(link)) = &page.to;
    if link.is_empty() || link.len() > LINK_BYTES_MAX {
        return beyond(format!("a link has 1–{LINK_BYTES_MAX} bytes, not {}", link.len()));
    }
    let count = match &page.changes {
        Changes::Persons(changes) => changes.len(),
        Changes::Teams(changes) => changes.len(),
    };
    if count > CHANGES_MAX {
        return beyond(format!("{count} changes on a page; {CHANGES_MAX} are the most"));
    }
    match &page.changes {
        Changes::Persons(changes) => changes.iter().try_for_each(|change| match change {
            PersonChange::There { object: id, .. } | PersonChange::Gone { object: id } => {
                object("a user", id)
            }
        }),
        Changes::Teams(changes) => changes.iter().try_for_each(|change| match change {
            TeamChange::Gone { object: id } => object("a group", id),
            TeamChange::There { object: id, members, name: _ } => {
                object("a group", id)?;
                if members.len() > MEMBERS_MAX {
                    return beyond(format!(
                        "{} members of a group on a page; {MEMBERS_MAX} are the most",
                        members.len()
                    ));
                }
                members.iter().try_for_each(|member| object("a member", &member.object))
            }
        }),
    }
}

/// The state of a synchronisation as it is kept.
pub fn sync_state(state: &SyncState) -> SyncState {
    let mut state = state.clone();
    if let Some(problem) = &mut state.problem {
        problem.code = text(&problem.code);
        problem.message = limits::reason(&problem.message);
    }
    state
}

/// The answer to a page that was read elsewhere than the roster stands.
pub fn elsewhere() -> StoreError {
    StoreError::Conflict("the directory was read on from this place by somebody else".to_owned())
}

fn beyond(what: String) -> Result<(), StoreError> {
    Err(StoreError::OutOfRange(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Vec<Unit> {
        let unit = |id, name: &str, parent: Option<u64>| Unit {
            id: UnitId(id),
            name: name.to_owned(),
            parent: parent.map(UnitId),
        };
        vec![
            unit(1, "Town", None),
            unit(2, "Schools", Some(1)),
            unit(3, "North", Some(2)),
            unit(4, "Port", None),
        ]
    }

    #[test]
    fn a_grant_reaches_its_unit_and_all_below_it_id_5() {
        let units = tree();
        let reaches = |scope: Scope| [1, 2, 3, 4].map(|unit| scope.reaches(Some(UnitId(unit)), &units));
        assert_eq!(reaches(Scope::Tenant), [true; 4]);
        assert_eq!(reaches(Scope::Unit(UnitId(1))), [true, true, true, false]);
        assert_eq!(reaches(Scope::Unit(UnitId(2))), [false, true, true, false]);
        assert_eq!(reaches(Scope::Unit(UnitId(3))), [false, false, true, false]);
        assert!(Scope::Tenant.reaches(None, &units));
        assert!(!Scope::Unit(UnitId(1)).reaches(None, &units), "what has no unit is the whole tenant's");
    }

    #[test]
    fn a_role_is_read_back_from_its_id() {
        for role in Role::ALL {
            assert_eq!(Role::of(role.id()), Some(role));
        }
        assert_eq!(Role::of("administrator"), None);
    }

    #[test]
    fn a_unit_that_moves_takes_the_depth_below_it_along() {
        let mut units = tree();
        for id in 5..=9 {
            let parent = if id == 5 { 4 } else { id - 1 };
            units.push(Unit { id: UnitId(id), name: format!("{id}"), parent: Some(UnitId(parent)) });
        }
        // Port is 6 deep now. Under Schools (2) that makes 8, under North (3) 9.
        let form =
            |parent| UnitForm { id: Some(UnitId(4)), name: "Port".to_owned(), parent: Some(UnitId(parent)) };
        assert!(unit(&units, &form(2)).is_ok());
        let refused = unit(&units, &form(3)).expect_err("too deep");
        assert!(matches!(refused, RosterError::Refused(Refusal::UnitTooDeep(9))), "{refused}");
    }
}
