//! What Usher asks of Microsoft Graph beside users and groups, each with permissions of its own: one that an organisation does
//! not agree to costs that one and nothing else, and what it costs is said in words.

use std::sync::Arc;
use std::time::Duration;

use contracts::sign_in::{Cloud, Issuer, SignIn};
use contracts::sources::{Again, HealthState, SourceProblem};
use engine::Timestamp;

use crate::client::{Client, SignedInTokens};
use crate::entra::SiteOf;
use crate::problem::Problem;
use crate::surroundings::Surroundings;

/// What is asked of Graph, and what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feature {
    /// Users of the organisation as contacts.
    Users,
    /// Contacts that were entered for the whole organisation.
    OrganisationContacts,
    /// Personal contacts of whoever is signed in.
    OutlookContacts,
    /// Contacts of other mailboxes that she may read.
    SharedContacts,
    /// Presence.
    Presence,
    /// Free or busy.
    Calendars,
    /// Managers and who reports to them.
    ReportingLines,
}

impl Feature {
    /// All of them.
    pub const ALL: [Feature; 7] = [
        Feature::Users,
        Feature::OrganisationContacts,
        Feature::OutlookContacts,
        Feature::SharedContacts,
        Feature::Presence,
        Feature::Calendars,
        Feature::ReportingLines,
    ];

    /// The delegated permissions it takes: the least that Microsoft names.
    pub fn permissions(self) -> &'static [&'static str] {
        match self {
            Feature::Users => &["User.Read.All"],
            Feature::OrganisationContacts => &["OrgContact.Read.All"],
            Feature::OutlookContacts => &["Contacts.Read"],
            Feature::SharedContacts => &["Contacts.Read", "Contacts.Read.Shared"],
            Feature::Presence => &["Presence.Read.All"],
            Feature::Calendars => &["Calendars.ReadBasic"],
            Feature::ReportingLines => &["User.Read.All"],
        }
    }

    /// What it costs to do without.
    pub fn costs(self) -> &'static str {
        match self {
            Feature::Users => {
                "Colleagues are not found by the search, and their numbers get no name when they call."
            }
            Feature::OrganisationContacts => {
                "Contacts that were entered for the whole organisation are not found."
            }
            Feature::OutlookContacts => "Your own Outlook contacts are not found.",
            Feature::SharedContacts => "The contacts of this mailbox are not found.",
            Feature::Presence => {
                "Nobody shows whether she is free: a transfer may reach somebody who is talking."
            }
            Feature::Calendars => "The contact card does not show whether somebody is in a meeting.",
            Feature::ReportingLines => {
                "The contact card does not show who somebody's manager is and who reports to her."
            }
        }
    }

    fn consent(self) -> String {
        format!(
            "Microsoft 365 does not allow it: an administrator of the directory must grant the delegated permission{} {} for the \
             organisation.",
            if self.permissions().len() == 1 { "" } else { "s" },
            self.permissions().join(" and "),
        )
    }
}

/// Makes clients for whoever is signed in.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) sign_in: Arc<dyn SignIn>,
    pub(crate) surroundings: Arc<dyn Surroundings>,
    pub(crate) site: SiteOf,
}

impl Access {
    /// One for this feature; a problem where nobody is signed in with Entra ID.
    pub(crate) fn client(&self, feature: Feature) -> Result<Client, SourceProblem> {
        let Some(cloud) = self.cloud() else {
            return Err(SourceProblem::failed(
                "graph.no-entra",
                "This is read from Microsoft 365, and people do not sign in with Entra ID here.",
            ));
        };
        if self.sign_in.state().borrow().who().is_none() {
            return Err(self.told(feature, Problem::SignedOut));
        }
        let tokens = SignedInTokens::with(self.sign_in.clone(), cloud, feature.permissions());
        Client::new((self.site)(cloud), Arc::new(tokens), self.surroundings.clone())
            .map_err(|problem| self.told(feature, problem))
    }

    fn cloud(&self) -> Option<Cloud> {
        match self.sign_in.settings()?.issuer {
            Issuer::Entra { cloud, tenant: _ } => Some(cloud),
            Issuer::Other { url: _ } => None,
        }
    }

    /// What a problem means for this feature.
    pub(crate) fn told(&self, feature: Feature, problem: Problem) -> SourceProblem {
        let now = self.surroundings.now();
        let again = problem.again(now).map_or(Again::AtSignIn, |at| Again::After(span(now, at)));
        let code = problem.code();
        match problem {
            // A token that the issuer gives only after somebody has agreed comes back so as well.
            Problem::Consent | Problem::StepUp { claims: None } => SourceProblem {
                state: HealthState::NeedsConsent,
                code: "graph.consent",
                message: feature.consent(),
                costs: feature.costs().to_owned(),
                again: Again::After(Duration::from_secs(60 * 60)),
            },
            Problem::SignedOut
            | Problem::Offline
            | Problem::StepUp { claims: Some(_) }
            | Problem::SignIn(_)
            | Problem::Throttled { .. }
            | Problem::Unreachable(_) => SourceProblem::stale(code, sentence(&problem), again),
            Problem::Refused { .. }
            | Problem::Unreadable(_)
            | Problem::ForeignLink
            | Problem::TooLarge(_)
            | Problem::Endless(_)
            | Problem::Tls(_)
            | Problem::Roster(_) => {
                SourceProblem { again, ..SourceProblem::failed(code, sentence(&problem)) }
            }
        }
    }
}

fn span(now: Timestamp, until: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(until.0.saturating_sub(now.0)).unwrap_or(0))
}

/// A problem's words as a sentence.
fn sentence(problem: &Problem) -> String {
    let words = problem.to_string();
    let mut chars = words.chars();
    let first: String = chars.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
