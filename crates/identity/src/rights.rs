//! Who may do what (ID-5): one table of actions and roles, asked at the one door of the application. [`authorize`] gives an
//! [`Authorized`] of exactly the right that was asked for, and what acts demands that type. The same table is printed in
//! docs/rights.md and shown on the screen. Knows persons by what they were granted, never by name.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use contracts::ids::UnitId;
use contracts::roster::Role;

/// How far an action reaches, and so which grants of a role count for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Her own work: whoever holds the role anywhere.
    Own,
    /// What belongs to organisation units: who holds the role over each of them. What belongs to none is the tenant's.
    Unit,
    /// The tenant as a whole: who holds the role over all of it.
    Tenant,
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is asked for.
    pub action: Action,
    /// Its name in logs, documents and on the wire; never changed.
    pub id: &'static str,
    /// What it allows, for people.
    pub allows: &'static str,
    /// How far it reaches.
    pub reach: Reach,
    /// Recorded before it is done, and not done where it cannot be recorded (ID-7); may take a step-up (ID-3).
    pub privileged: bool,
    /// Which roles may, in the order of [`Role::ALL`].
    pub roles: [bool; Role::ALL.len()],
}

/// A right as a type, so that a function can demand it.
pub trait Right {
    /// The same as a value.
    const ACTION: Action;
}

/// Yes and no of the table.
const YES: bool = true;
const NO: bool = false;

macro_rules! rights {
    ($($action:ident, $id:literal, $reach:ident, $privileged:ident, [$user:ident, $owner:ident, $admin:ident, $partner:ident],
       $allows:literal;)+) => {
        /// What can be asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $(#[doc = $allows] $action),+ }

        impl Action {
            /// All of them, in the order of the table.
            pub const ALL: &[Action] = &[$(Action::$action),+];
        }

        /// The rights as types.
        pub mod right {
            use super::{Action, Right};
            $(
                #[doc = $allows]
                #[derive(Debug)]
                pub enum $action {}
                impl Right for $action {
                    const ACTION: Action = Action::$action;
                }
            )+
        }

        /// The table.
        pub const TABLE: &[Row] = &[$(Row {
            action: Action::$action,
            id: $id,
            allows: $allows,
            reach: Reach::$reach,
            privileged: $privileged,
            roles: [$user, $owner, $admin, $partner],
        }),+];
    };
}

rights! {
    // Action          name                 reach   privileged  User Owner Administrator Partner
    HandleCalls,      "handle-calls",      Own,    NO,  [YES, YES, YES, NO], "Answer, hold, park, transfer and place calls; change her own state";
    SeePeople,        "see-people",        Own,    NO,  [YES, YES, YES, NO], "See contacts, caller cards, the call history and messages";
    SeeSetUp,         "see-set-up",        Own,    NO,  [YES, YES, YES, YES], "See how the telephone system is connected; choose her own audio devices";
    SeeServices,      "see-services",      Own,    NO,  [YES, YES, YES, YES], "See services, opening hours, skills, sounds and what the planner reckons";
    SeeReports,       "see-reports",       Unit,   NO,  [NO, YES, YES, NO], "See reports and the calls behind their numbers";
    Supervise,        "supervise",         Unit,   NO,  [NO, YES, YES, NO], "Put another attendant on or off duty, for a service too; count her as back";
    ServeReports,     "serve-reports",     Own,    YES, [NO, YES, YES, NO], "Let Power BI and Excel on this computer read what she sees in reports";
    SeeRights,        "see-rights",        Own,    NO,  [YES, YES, YES, YES], "See who may do what";
    SeeProtection,    "see-protection",    Own,    NO,  [YES, YES, YES, YES], "See how the data is encrypted and how old the newest backup is";
    PlanStaffing,     "plan-staffing",     Own,    NO,  [NO, YES, YES, YES], "Ask the planner how many attendants it takes, from what is in the reports";
    ChangeServices,   "change-services",   Unit,   YES, [NO, YES, YES, YES], "Change services, their opening hours, workflows and sounds";
    SeeChanges,       "see-changes",       Unit,   NO,  [NO, YES, YES, YES], "See who changed which setting";
    ChangeSkills,     "change-skills",     Tenant, YES, [NO, NO, YES, YES], "Change skills, responsibility profiles and the limits of the desk";
    ImportContacts,   "import-contacts",   Tenant, YES, [NO, NO, YES, NO], "Replace an address book";
    ImportCalls,      "import-calls",      Tenant, YES, [NO, NO, YES, NO], "Take over the calls of an earlier telephone system";
    ListNumbers,      "list-numbers",      Own,    NO,  [YES, YES, YES, NO], "Block a number for everybody, or mark it as spam, and take that back";
    ErasePeople,      "erase-people",      Tenant, YES, [NO, NO, YES, NO], "Erase what is kept about callers, and say how long it is kept";
    ChangeSources,    "change-sources",    Tenant, YES, [NO, NO, YES, NO], "Add, change and remove sources of contacts";
    ChangeConnection, "change-connection", Tenant, YES, [NO, NO, YES, YES], "Connect a telephone system, begin and end training";
    SeeUsers,         "see-users",         Tenant, YES, [NO, NO, YES, YES], "See users, teams and organisation units";
    ChangeUsers,      "change-users",      Tenant, YES, [NO, NO, YES, YES], "Give licences and roles, add and remove users, change organisation units";
    ChangeSignIn,     "change-sign-in",    Tenant, YES, [NO, NO, YES, YES], "Change how people sign in";
    ChangeProtection, "change-protection", Tenant, YES, [NO, NO, YES, NO], "Recovery key, renewing keys, where backups and scheduled reports go, and what is in them";
    ReadAccessLog,    "read-access-log",   Tenant, YES, [NO, NO, NO, NO], "Read the access log: nobody from the console, only who runs the installation";
}

impl Action {
    /// Its line of the table.
    pub fn row(self) -> &'static Row {
        // The table is made from the same list, in the same order.
        &TABLE[self as usize]
    }
}

impl Row {
    /// Whether this role may.
    pub fn may(&self, role: Role) -> bool {
        self.roles[role as usize]
    }

    /// The roles that may.
    pub fn who_may(&self) -> impl Iterator<Item = Role> + '_ {
        Role::ALL.into_iter().filter(|role| self.may(*role))
    }
}

/// A role as people call it.
pub fn title(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::ServiceOwner => "service owner",
        Role::TenantAdministrator => "tenant administrator",
        Role::PartnerAdministrator => "partner administrator",
    }
}

/// What a role was given over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The whole tenant.
    Tenant,
    /// A unit, with all below it.
    Units(BTreeSet<UnitId>),
}

impl Extent {
    fn covers(&self, place: &Place) -> bool {
        match (self, place) {
            (Extent::Tenant, Place::Tenant | Place::Units(_))
            | (Extent::Tenant | Extent::Units(_), Place::Unused) => true,
            (Extent::Units(_), Place::Tenant) => false,
            (Extent::Units(held), Place::Units(asked)) => !asked.is_empty() && asked.is_subset(held),
        }
    }
}

/// A role she holds, and over what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// As what.
    pub role: Role,
    /// Over what.
    pub extent: Extent,
}

/// What a request touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// What belongs to no unit.
    Tenant,
    /// What belongs to these, all of which must be hers.
    Units(BTreeSet<UnitId>),
    /// What no service uses yet: anybody who holds the role somewhere.
    Unused,
}

/// Somebody asked for this right and may. Only [`authorize`] makes one, so who holds it has asked.
#[must_use]
pub struct Authorized<R: Right>(PhantomData<fn() -> R>);

impl<R: Right> fmt::Debug for Authorized<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorized({})", R::ACTION.row().id)
    }
}

/// Somebody asked and may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// None of her roles allows it anywhere.
    Role(Action),
    /// One of her roles allows it, but not there.
    Elsewhere(Action),
}

impl Refused {
    /// What she asked for.
    pub fn action(self) -> Action {
        match self {
            Refused::Role(action) | Refused::Elsewhere(action) => action,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.action().row();
        let roles: Vec<&str> = row.who_may().map(title).collect();
        let who = match roles.as_slice() {
            [] => return f.write_str("Nobody may do this from the console"),
            [one] => (*one).to_owned(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        };
        match self {
            Refused::Role(_) => write!(f, "Your role does not allow this; it takes a {who}"),
            Refused::Elsewhere(_) => match row.reach {
                Reach::Own | Reach::Unit => {
                    write!(
                        f,
                        "This belongs to an organisation unit that is not yours; it takes a {who} of that unit"
                    )
                }
                Reach::Tenant => {
                    write!(f, "This concerns the whole organisation; it takes a {who} of all of it")
                }
            },
        }
    }
}

/// Lets somebody who holds these roles through, or refuses.
pub fn authorize<R: Right>(held: &[Held], place: &Place) -> Result<Authorized<R>, Refused> {
    may(held, R::ACTION, place).map(|()| Authorized(PhantomData))
}

/// The same question without a right to act.
pub fn may(held: &[Held], action: Action, place: &Place) -> Result<(), Refused> {
    let row = action.row();
    let mut holding = held.iter().filter(|held| row.may(held.role)).peekable();
    if holding.peek().is_none() {
        return Err(Refused::Role(action));
    }
    let reaches = |held: &Held| match row.reach {
        Reach::Own => true,
        Reach::Unit => held.extent.covers(place),
        Reach::Tenant => held.extent.covers(&Place::Tenant),
    };
    // Two grants over two units together cover what belongs to both.
    let together = || {
        let units = held.iter().filter(|held| row.may(held.role)).filter_map(|held| match &held.extent {
            Extent::Units(units) => Some(units.iter().copied()),
            Extent::Tenant => None,
        });
        row.reach == Reach::Unit && Extent::Units(units.flatten().collect()).covers(place)
    };
    if holding.any(reaches) || together() { Ok(()) } else { Err(Refused::Elsewhere(action)) }
}

/// The table as a page of the documents prints it.
pub fn as_markdown() -> String {
    let heads: Vec<String> = Role::ALL.into_iter().map(|role| capital(title(role))).collect();
    let mut page = format!("| What | Id | Reach | Recorded first | {} |\n", heads.join(" | "));
    page += "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
    for row in TABLE {
        let reach = match row.reach {
            Reach::Own => "own work",
            Reach::Unit => "units",
            Reach::Tenant => "whole organisation",
        };
        let yes = |is: bool| if is { "yes" } else { "–" };
        let roles: Vec<&str> = row.roles.iter().map(|may| yes(*may)).collect();
        let (id, first) = (row.id, yes(row.privileged));
        page += &format!("| {} | `{id}` | {reach} | {first} | {} |\n", row.allows, roles.join(" | "));
    }
    page
}

fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use contracts::ids::UnitId;
    use contracts::roster::Role;

    use super::{Action, Extent, Held, Place, Refused, TABLE, as_markdown, authorize, may, right};

    fn held(role: Role, units: Option<&[u64]>) -> Held {
        let extent = match units {
            None => Extent::Tenant,
            Some(units) => Extent::Units(units.iter().copied().map(UnitId).collect()),
        };
        Held { role, extent }
    }

    fn at(units: &[u64]) -> Place {
        Place::Units(units.iter().copied().map(UnitId).collect())
    }

    #[test]
    fn the_page_of_rights_shows_this_table_id_5() {
        let page = include_str!("../../../docs/rights.md");
        assert!(page.contains(&as_markdown()), "docs/rights.md should hold:\n{}", as_markdown());
    }

    #[test]
    fn every_action_stands_in_its_own_row_under_its_own_name() {
        let ids: BTreeSet<&str> = TABLE.iter().map(|row| row.id).collect();
        assert_eq!((ids.len(), TABLE.len()), (Action::ALL.len(), Action::ALL.len()));
        for action in Action::ALL {
            assert_eq!(action.row().action, *action);
        }
    }

    #[test]
    fn a_role_over_units_reaches_them_and_nothing_else_id_5() {
        let hers = [held(Role::User, None), held(Role::ServiceOwner, Some(&[1, 2]))];
        let change = |place: &Place| may(&hers, Action::ChangeServices, place);
        assert!(authorize::<right::ChangeServices>(&hers, &at(&[1])).is_ok());
        assert_eq!(change(&at(&[1, 2])), Ok(()));
        assert_eq!(change(&Place::Unused), Ok(()));
        for elsewhere in [at(&[3]), at(&[1, 3]), at(&[]), Place::Tenant] {
            assert_eq!(change(&elsewhere), Err(Refused::Elsewhere(Action::ChangeServices)), "{elsewhere:?}");
        }
        assert_eq!(
            may(&hers, Action::ChangeSkills, &Place::Tenant),
            Err(Refused::Role(Action::ChangeSkills))
        );
    }

    #[test]
    fn an_administrator_of_a_unit_does_not_set_the_whole_up_id_5() {
        let hers = [held(Role::TenantAdministrator, Some(&[1]))];
        assert_eq!(may(&hers, Action::ChangeServices, &at(&[1])), Ok(()));
        let whole = may(&hers, Action::ChangeUsers, &at(&[1]));
        assert_eq!(whole, Err(Refused::Elsewhere(Action::ChangeUsers)));
        assert!(whole.expect_err("a unit is not all").to_string().contains("whole organisation"));
    }

    #[test]
    fn two_grants_together_cover_what_belongs_to_both() {
        let hers = [held(Role::ServiceOwner, Some(&[1])), held(Role::ServiceOwner, Some(&[2]))];
        assert_eq!(may(&hers, Action::ChangeServices, &at(&[1, 2])), Ok(()));
    }

    #[test]
    fn nobody_reads_the_access_log_from_the_console_id_7() {
        for role in Role::ALL {
            let refused =
                may(&[held(role, None)], Action::ReadAccessLog, &Place::Tenant).expect_err("nobody may");
            assert_eq!(refused.to_string(), "Nobody may do this from the console");
        }
    }
}
