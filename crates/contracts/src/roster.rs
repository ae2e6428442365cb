//! Who belongs to the tenant (ID-4 – ID-6): persons, teams, organisation units, grants, licences, and how far the directory was
//! read. A store serves one tenant: the first subject it hears of says which, and no other tenant's subject is ever found
//! (DATA-4). Holds no token and checks no signature, and does not say what a role may do: that is `identity`.

pub mod rules;

use std::collections::BTreeSet;

use async_trait::async_trait;
use engine::{AttendantId, ServiceId, Timestamp};
use tokio::sync::watch;

use crate::journal::StoreError;

pub use crate::ids::{PersonId, TeamId, UnitId};
pub use crate::sign_in::Subject;

/// Persons, or anything else with an id, on one page of answers.
pub const PERSONS_MAX: u32 = 500;
/// Objects in one page of the directory. Microsoft Graph sends some hundred; a team of 25,000 comes in several.
pub const CHANGES_MAX: usize = 10_000;
/// Members told with one team on one page of the directory.
pub const MEMBERS_MAX: usize = 50_000;
/// Organisation units of a tenant: a municipality has some hundred.
pub const UNITS_MAX: usize = 1_000;
/// How deep units stand in each other; 1 is a unit without a parent.
pub const UNIT_DEPTH_MAX: usize = 8;
/// Grants of one person, and units of one team.
pub const GRANTS_MAX: usize = 64;
/// Teams that give a licence. Their owners are asked for one by one.
pub const LICENSED_TEAMS_MAX: usize = 200;
/// The longest name of a tenant, a person or a team in a directory, in bytes: issuers are addresses.
pub const OBJECT_BYTES_MAX: usize = 512;
/// The longest link to go on from, in bytes. Those of Microsoft Graph have one to four thousand.
pub const LINK_BYTES_MAX: usize = 16 << 10;

/// What somebody is in a tenant (ID-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Works at a console. Whoever may come in is this without a grant.
    User,
    /// Looks after services, and the people who serve them.
    ServiceOwner,
    /// Sets the tenant up.
    TenantAdministrator,
    /// Sets tenants up for them: somebody of the partner who delivers Usher, named in this tenant.
    PartnerAdministrator,
}

impl Role {
    /// All of them, from least to most.
    pub const ALL: [Role; 4] =
        [Role::User, Role::ServiceOwner, Role::TenantAdministrator, Role::PartnerAdministrator];

    /// As stores and the wire call it. Stable.
    pub fn id(self) -> &'static str {
        match self {
            Role::User => "user",
            Role::ServiceOwner => "service-owner",
            Role::TenantAdministrator => "tenant-administrator",
            Role::PartnerAdministrator => "partner-administrator",
        }
    }

    /// The role of this id.
    pub fn of(id: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.id() == id)
    }
}

/// How far a grant reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The whole tenant.
    Tenant,
    /// This unit and all below it.
    Unit(UnitId),
}

impl Scope {
    /// Does it reach what belongs to `unit`? What belongs to no unit belongs to the whole tenant only.
    pub fn reaches(self, unit: Option<UnitId>, units: &[Unit]) -> bool {
        match (self, unit) {
            (Scope::Tenant, _) => true,
            (Scope::Unit(_), None) => false,
            (Scope::Unit(scope), Some(unit)) => {
                rules::upwards(units, unit).any(|reached| reached == scope) || unit == scope
            }
        }
    }
}

/// A role, and how far it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// What somebody is,
    pub role: Role,
    /// and where.
    pub scope: Scope,
}

/// What is known of somebody. Personal data; each text trimmed, cut to 256 characters, empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// As shown.
    pub display_name: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// E-mail.
    pub email: String,
    /// What she signs in with: UPN or account. May be given to somebody else later, so nobody is known by it.
    pub username: String,
}

/// Who keeps a person's profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The directory, by synchronisation.
    Directory,
    /// An administrator, or the person's own sign-in.
    ByHand,
}

/// One user of the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Hers.
    pub id: PersonId,
    /// As the issuer calls her.
    pub subject: Subject,
    /// Names and addresses.
    pub profile: Profile,
    /// Who keeps the profile.
    pub source: Source,
    /// The directory lets her sign in. Of somebody kept by hand always true.
    pub enabled: bool,
    /// An administrator of this tenant locked her out, whatever the directory says.
    pub blocked: bool,
    /// Holds a licence herself.
    pub licensed: bool,
    /// Left the tenant then. What is known of her is kept until [`Roster::purge`], and opens no door.
    pub gone: Option<Timestamp>,
}

/// A group of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Ours.
    pub id: TeamId,
    /// As the directory calls it.
    pub object: String,
    /// As shown; not personal data.
    pub name: String,
    /// Its members hold a licence by it, and its owners are service owners.
    pub licensed: bool,
    /// Where its owners are service owners. Without a unit they are it nowhere.
    pub units: BTreeSet<UnitId>,
    /// Members the directory names, other things than people included where it says nothing of their kind.
    pub members: u32,
    /// Owners; known of licensed teams only.
    pub owners: u32,
}

/// People of a team who are persons of this roster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamPeople {
    /// Members, in order of their ids.
    pub members: Vec<PersonId>,
    /// Owners, in order of their ids.
    pub owners: Vec<PersonId>,
}

/// An organisation unit. They stand in each other as a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its own.
    pub id: UnitId,
    /// 1–256 characters, another than that of its neighbours whatever the case.
    pub name: String,
    /// What it is part of.
    pub parent: Option<UnitId>,
}

/// Where somebody's licence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Licensed {
    /// Her own.
    Directly,
    /// As a member of this team (the oldest of several).
    ByTeam(TeamId),
    /// Nowhere: she may not come in.
    No,
}

/// All that decides whether somebody may come in and what she may do, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub person: Person,
    /// Is there, enabled in the directory, not blocked.
    pub enabled: bool,
    /// By what.
    pub licensed: Licensed,
    /// What she was granted, and what she is as an owner of licensed teams: in order, each once.
    pub grants: Vec<Grant>,
    /// What of it was granted to her by name: what [`Roster::set_grants`] replaces.
    pub granted: Vec<Grant>,
    /// The licensed teams she owns, in order.
    pub owns: Vec<TeamId>,
}

impl Standing {
    /// May come in (ID-4).
    pub fn may_enter(&self) -> bool {
        let holds_a_licence = match self.licensed {
            Licensed::Directly | Licensed::ByTeam(_) => true,
            Licensed::No => false,
        };
        self.enabled && holds_a_licence
    }

    /// May come in, and sets the whole tenant up.
    pub fn administers(&self) -> bool {
        let whole = Grant { role: Role::TenantAdministrator, scope: Scope::Tenant };
        self.may_enter() && self.grants.contains(&whole)
    }
}

/// What became of the first administrator's claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// She is the first: now licensed, and administrator of the tenant.
    First(Person),
    /// There was an administrator before, or the claim was taken up by somebody.
    Taken,
}

/// What an administrator may change of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonSettings {
    /// Holds a licence herself.
    pub licensed: bool,
    /// Locked out.
    pub blocked: bool,
    /// Another profile: only of somebody kept by hand.
    pub profile: Option<Profile>,
}

/// A unit as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitForm {
    /// The one to change; `None` is a new one.
    pub id: Option<UnitId>,
    /// As in [`Unit`]; trimmed.
    pub name: String,
    /// What it is part of.
    pub parent: Option<UnitId>,
}

/// Which persons. All that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonFilter {
    /// After this one: the cursor for the next page.
    pub after: Option<PersonCursor>,
    /// Some of the name, e-mail or username holds this text, whatever the case.
    pub text: Option<String>,
    /// Only those who hold a licence.
    pub licensed: bool,
    /// Those too who have left.
    pub with_gone: bool,
}

/// Where a page of persons ended. They are ordered by name, whatever the case, then by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonCursor {
    /// The name of the last one, folded.
    pub name: String,
    /// Her id.
    pub id: PersonId,
}

impl PersonCursor {
    /// The place of this person.
    pub fn of(person: &Person) -> PersonCursor {
        PersonCursor { name: rules::folded(&person.profile.display_name), id: person.id }
    }
}

/// What is read from a directory, each from a place of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// Users.
    Persons,
    /// Groups and their members.
    Teams,
}

/// A link the directory gave to go on from. Opaque, and no secret: it opens nothing without a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// More of this round.
    Next(String),
    /// The round is over; from here only what changes later.
    Delta(String),
}

/// How far a collection was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The link to go on from; `None` is the beginning.
    pub link: Option<Link>,
    /// The round reads everything: who is not seen by its end has left.
    pub full: bool,
}

impl Progress {
    /// Of a collection that was never read.
    pub const START: Progress = Progress { link: None, full: true };
}

/// One page of the directory: applied whole with its link, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryPage {
    /// Whose directory.
    pub tenant: String,
    /// The link it was fetched from. Where the roster stands elsewhere by now it is refused: nothing is applied twice.
    pub from: Option<Link>,
    /// What it says.
    pub changes: Changes,
    /// Where it goes on.
    pub to: Link,
    /// When it was read.
    pub at: Timestamp,
}

/// What a page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// Of users.
    Persons(Vec<PersonChange>),
    /// Of groups.
    Teams(Vec<TeamChange>),
}

impl Changes {
    /// Of which collection.
    pub fn collection(&self) -> Collection {
        match self {
            Changes::Persons(_) => Collection::Persons,
            Changes::Teams(_) => Collection::Teams,
        }
    }
}

/// What the directory says of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonChange {
    /// She is there. What is `None` was not said and stays as it is; an empty text was taken away. Somebody new of whom it
    /// is not said is not enabled.
    There {
        /// As the directory calls her.
        object: String,
        /// Display name.
        display_name: Option<String>,
        /// Given name.
        first_name: Option<String>,
        /// Family name.
        last_name: Option<String>,
        /// E-mail.
        email: Option<String>,
        /// UPN.
        username: Option<String>,
        /// May sign in.
        enabled: Option<bool>,
    },
    /// She was deleted, for good or into the bin.
    Gone {
        /// As the directory calls her.
        object: String,
    },
}

/// What the directory says of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamChange {
    /// It is there.
    There {
        /// As the directory calls it.
        object: String,
        /// Its name; `None` stays as it is.
        name: Option<String>,
        /// Who joined or left, by their objects; a user need not be known yet.
        members: Vec<MemberChange>,
    },
    /// It was deleted: it and what hangs on it (its licence, its units) is forgotten.
    Gone {
        /// As the directory calls it.
        object: String,
    },
}

/// Somebody joined or left a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberChange {
    /// As the directory calls her.
    pub object: String,
    /// Joined; else left.
    pub joined: bool,
}

/// What a page did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Objects on the page.
    pub read: u32,
    /// Persons who left by it, those not seen by the end of a full round included.
    pub left: u32,
}

impl Applied {
    /// It may have changed something.
    pub fn is_news(&self) -> bool {
        self.read > 0 || self.left > 0
    }
}

/// How the synchronisation is doing; outlives the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncState {
    /// When the directory was last read to its end.
    pub succeeded: Option<Timestamp>,
    /// What stands in the way since.
    pub problem: Option<SyncProblem>,
    /// When it is tried next; `None` where somebody must act first.
    pub next_attempt: Option<Timestamp>,
}

/// What stands in the way of a synchronisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncProblem {
    /// Stable.
    pub code: String,
    /// What it is and what to do. No personal data, no token.
    pub message: String,
    /// When.
    pub at: Timestamp,
}

/// What a roster understood and refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody could set the tenant up any more.
    #[error(
        "this would leave the tenant without an administrator who can sign in: make somebody else one first"
    )]
    LastAdministrator,
    /// A subject of somebody else's.
    #[error("this store belongs to another tenant")]
    OtherTenant,
    /// Somebody is there by that subject.
    #[error("this person is already a user of the tenant")]
    AlreadyThere,
    /// No such person, or she has left.
    #[error("there is no user {0}")]
    NoSuchPerson(PersonId),
    /// Her profile is the directory's.
    #[error("this user comes from the directory: change or remove her there, or block her here")]
    FromDirectory,
    /// No such team.
    #[error("there is no team {0}")]
    NoSuchTeam(TeamId),
    /// Beyond [`LICENSED_TEAMS_MAX`].
    #[error("{LICENSED_TEAMS_MAX} licensed teams are the most; take the licence from one first")]
    TooManyLicensedTeams,
    /// No such unit.
    #[error("there is no organisation unit {0}")]
    NoSuchUnit(UnitId),
    /// A neighbour is called so.
    #[error("a neighbouring unit is called \"{0}\" already; choose another name")]
    UnitNameTaken(String),
    /// It would be part of itself.
    #[error("a unit cannot be part of itself or of a unit below it")]
    UnitInItself,
    /// Beyond [`UNIT_DEPTH_MAX`].
    #[error("units would stand {0} deep in each other; {UNIT_DEPTH_MAX} are the most")]
    UnitTooDeep(usize),
    /// Beyond [`UNITS_MAX`].
    #[error("{UNITS_MAX} organisation units are the most; remove one that nobody uses")]
    TooManyUnits,
    /// A full round that would lock everybody out.
    #[error("the directory named no user at all: let an administrator check what Usher may read there")]
    EmptyDirectory,
    /// Something hangs on it.
    #[error("the unit is used by {0}: give them to another unit first")]
    UnitUsed(UnitUse),
}

impl Refusal {
    /// Stable, for pages of errors.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::LastAdministrator => "roster.last-administrator",
            Refusal::OtherTenant => "roster.other-tenant",
            Refusal::AlreadyThere => "roster.already-there",
            Refusal::NoSuchPerson(_) => "roster.no-such-person",
            Refusal::FromDirectory => "roster.from-directory",
            Refusal::NoSuchTeam(_) => "roster.no-such-team",
            Refusal::TooManyLicensedTeams => "roster.too-many-licensed-teams",
            Refusal::NoSuchUnit(_) => "roster.no-such-unit",
            Refusal::UnitNameTaken(_) => "roster.unit-name-taken",
            Refusal::UnitInItself => "roster.unit-in-itself",
            Refusal::UnitTooDeep(_) => "roster.unit-too-deep",
            Refusal::TooManyUnits => "roster.too-many-units",
            Refusal::EmptyDirectory => "roster.empty-directory",
            Refusal::UnitUsed(_) => "roster.unit-used",
        }
    }
}

/// What hangs on a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitUse {
    /// Units below it.
    #[error("units below it")]
    Units,
    /// Services.
    #[error("services")]
    Services,
    /// Teams.
    #[error("teams")]
    Teams,
    /// Grants.
    #[error("roles of users")]
    Grants,
}

/// Why a roster did not do it.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// Understood and refused: nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store: `Conflict` for a page that was read elsewhere than the roster stands, `OutOfRange` for a limit.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who belongs to the tenant. Every change is one step: done whole or not at all.
#[async_trait]
pub trait Roster: Send + Sync {
    /// The tenant this store serves, once it has heard of one.
    async fn tenant(&self) -> Result<Option<String>, StoreError>;
    /// Grows with every change of persons, teams, units or grants, here or by synchronisation. Starts anywhere.
    fn revision(&self) -> watch::Receiver<u64>;

    /// How somebody stands now. `None` for whoever is not known, and for every subject of another tenant.
    async fn standing(&self, subject: &Subject) -> Result<Option<Standing>, StoreError>;
    /// The same by id.
    async fn standing_of(&self, person: PersonId) -> Result<Option<Standing>, StoreError>;
    /// In order of their names, at most `limit` (1–[`PERSONS_MAX`]).
    async fn persons(&self, filter: &PersonFilter, limit: u32) -> Result<Vec<Standing>, StoreError>;

    /// Keeps who signed in. Whoever is not known becomes a person without a licence (which an administrator can then give
    /// her); of somebody kept by hand the profile is renewed. Somebody who has left stays so.
    async fn met(&self, subject: &Subject, profile: &Profile) -> Result<Person, RosterError>;
    /// Makes the first who signs in the administrator, with a licence of her own; once in the life of a store, and never
    /// while a grant of tenant administrator stands. Somebody who is disabled, blocked or gone does not become it.
    async fn claim_first(&self, subject: &Subject, profile: &Profile) -> Result<Claim, RosterError>;
    /// Opens that claim again: the way back in for whoever holds the computer, where the wrong one came first or the last
    /// administrator has left the directory. `false`, and nothing changed, while an administrator can still sign in.
    async fn reopen_claim(&self) -> Result<bool, StoreError>;

    /// Adds somebody by hand. Who left comes back by this.
    async fn add_person(
        &self,
        subject: &Subject,
        profile: &Profile,
        licensed: bool,
    ) -> Result<Person, RosterError>;
    /// Changes what an administrator may change.
    async fn set_person(&self, person: PersonId, settings: &PersonSettings) -> Result<(), RosterError>;
    /// Lets somebody kept by hand leave: her grants are taken, her profile is kept until [`Roster::purge`].
    async fn remove_person(&self, person: PersonId, at: Timestamp) -> Result<(), RosterError>;
    /// Forgets who left before then: profile, subject, memberships and grants. Her id and attendant number stay hers. Says
    /// how many.
    async fn purge(&self, gone_before: Timestamp) -> Result<u64, StoreError>;
    /// Replaces what was granted to her by name. At most [`GRANTS_MAX`].
    async fn set_grants(&self, person: PersonId, grants: &[Grant]) -> Result<(), RosterError>;

    /// All, by name, then id.
    async fn teams(&self) -> Result<Vec<Team>, StoreError>;
    /// Members and owners who are persons here and have not left.
    async fn team_people(&self, team: TeamId) -> Result<TeamPeople, StoreError>;
    /// Says whether a team gives a licence, and where its owners are service owners.
    async fn set_team(
        &self,
        team: TeamId,
        licensed: bool,
        units: &BTreeSet<UnitId>,
    ) -> Result<(), RosterError>;

    /// All, in order of their ids.
    async fn units(&self) -> Result<Vec<Unit>, StoreError>;
    /// Adds or changes one.
    async fn put_unit(&self, form: &UnitForm) -> Result<Unit, RosterError>;
    /// Removes one that nothing hangs on.
    async fn remove_unit(&self, unit: UnitId) -> Result<(), RosterError>;
    /// Says which unit a service belongs to.
    async fn set_service_unit(&self, service: ServiceId, unit: Option<UnitId>) -> Result<(), RosterError>;
    /// The services that belong to a unit, in order.
    async fn service_units(&self) -> Result<Vec<(ServiceId, UnitId)>, StoreError>;

    /// Her number at the desk, allotted where she has none: 1 for the first who asks (the number the local user had), then 2,
    /// 3 …; never anybody else's.
    async fn attendant_of(&self, person: PersonId) -> Result<AttendantId, RosterError>;
    /// All numbers that were allotted, in order.
    async fn attendants(&self) -> Result<Vec<(AttendantId, PersonId)>, StoreError>;

    /// How far a collection was read.
    async fn progress(&self, collection: Collection) -> Result<Progress, StoreError>;
    /// Reads a collection from the beginning again. Persons and licences stay; who is not seen by the end of it has left.
    async fn restart(&self, collection: Collection) -> Result<(), StoreError>;
    /// Applies a page and keeps its link, in one step. `Conflict` where the roster does not stand where the page was read. The
    /// end of a full round that named nobody is refused: a directory has at least the user who reads it.
    async fn apply(&self, page: &DirectoryPage) -> Result<Applied, RosterError>;
    /// Replaces the owners of a team, by their objects. A team that is gone by now changes nothing.
    async fn set_owners(&self, team: TeamId, owners: &BTreeSet<String>) -> Result<(), StoreError>;
    /// How the synchronisation is doing.
    async fn sync_state(&self) -> Result<SyncState, StoreError>;
    /// Keeps that.
    async fn set_sync_state(&self, state: &SyncState) -> Result<(), StoreError>;
}
