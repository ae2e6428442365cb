//! A named person at a console: who she is, as which attendant she works, and what she may do. There is no anonymous one
//! (ID-4). Made from what the operating system or the issuer says, never from what a screen says.

use std::collections::BTreeSet;

use contracts::ids::{PersonId, UnitId};
use contracts::roster::{Grant, Role, Scope, Standing, Unit, rules};
use engine::AttendantId;

use crate::rights::{Action, Extent, Held, Place, Reach};

/// How somebody is known to be who she is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The operating system says so: the user who started the program. Nobody else has checked.
    LocalUser,
    /// The issuer says so, and this tenant knows her by this id.
    SignedIn(PersonId),
}

/// A named person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    name: String,
    account: String,
    kind: Kind,
    attendant: AttendantId,
    grants: Vec<Grant>,
    granted: Vec<Grant>,
    held: Vec<Held>,
}

impl Identity {
    /// The user of this computer, who works alone: attendant and administrator of her own tenant in one.
    /// Without a name the account stands in.
    pub fn local(name: &str, account: &str) -> Identity {
        let name = if name.trim().is_empty() { account } else { name.trim() };
        let whole = vec![Grant { role: Role::TenantAdministrator, scope: Scope::Tenant }];
        Identity {
            name: name.to_owned(),
            account: account.to_owned(),
            kind: Kind::LocalUser,
            attendant: AttendantId(1),
            held: held(&whole, &[]),
            grants: whole.clone(),
            granted: whole,
        }
    }

    /// A person of the tenant who may come in; `units` are those there are.
    pub fn of(standing: &Standing, attendant: AttendantId, units: &[Unit]) -> Identity {
        let profile = &standing.person.profile;
        let name = if profile.display_name.is_empty() { &profile.username } else { &profile.display_name };
        // Whoever may come in works at a console.
        let mut grants = vec![Grant { role: Role::User, scope: Scope::Tenant }];
        grants.extend(standing.grants.iter().copied().filter(|grant| grant.role != Role::User));
        Identity {
            name: name.clone(),
            account: profile.username.clone(),
            kind: Kind::SignedIn(standing.person.id),
            attendant,
            held: held(&grants, units),
            grants,
            granted: standing.granted.clone(),
        }
    }

    /// As shown to people: "Rita Frei".
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As the operating system or the issuer calls her: "rita", "rita@example.com".
    pub fn account(&self) -> &str {
        &self.account
    }

    /// How she is known.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// As whom she works at the desk.
    pub fn attendant(&self) -> AttendantId {
        self.attendant
    }

    /// What she is, and where.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// Whether she is it by a team that she owns, and not by name.
    pub fn is_by_team(&self, grant: &Grant) -> bool {
        grant.role != Role::User && !self.granted.contains(grant)
    }

    /// The same, with units resolved to all below them: what rights are asked with.
    pub fn held(&self) -> &[Held] {
        &self.held
    }

    /// Where she may do this: everywhere, in some units, or (`None`) nowhere.
    pub fn extent_of(&self, action: Action) -> Option<Extent> {
        let row = action.row();
        let holding: Vec<&Held> = self.held.iter().filter(|held| row.may(held.role)).collect();
        let everywhere = holding.iter().any(|held| row.reach == Reach::Own || held.extent == Extent::Tenant);
        if everywhere {
            return Some(Extent::Tenant);
        }
        let units: BTreeSet<UnitId> = holding
            .iter()
            .filter_map(|held| match &held.extent {
                Extent::Units(units) => Some(units.iter().copied()),
                Extent::Tenant => None,
            })
            .flatten()
            .collect();
        (row.reach == Reach::Unit && !units.is_empty()).then_some(Extent::Units(units))
    }

    /// Whether she may do this there.
    pub fn may(&self, action: Action, place: &Place) -> bool {
        crate::rights::may(&self.held, action, place).is_ok()
    }
}

fn held(grants: &[Grant], units: &[Unit]) -> Vec<Held> {
    let extent = |scope| match scope {
        Scope::Tenant => Extent::Tenant,
        Scope::Unit(top) => {
            let below = units
                .iter()
                .map(|unit| unit.id)
                .filter(|unit| *unit == top || rules::upwards(units, *unit).any(|reached| reached == top));
            Extent::Units(below.collect())
        }
    };
    grants.iter().map(|grant| Held { role: grant.role, extent: extent(grant.scope) }).collect()
}
