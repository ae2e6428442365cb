//! What can stand in the way of reading the directory: a stable code, words that say what to do, and when it is tried again.
//! Holds no token, no link and nothing personal.

use std::time::Duration;

use contracts::journal::StoreError;
use contracts::roster::{RosterError, SyncProblem};
use contracts::sign_in::{SignInProblem, TokenProblem};
use engine::Timestamp;

use crate::answer::Unreadable;
use crate::sync::ROUND_EVERY;

/// Where somebody must do something elsewhere, that nobody tells us of, it is looked at again so often.
const SOMEBODY_ACTS: Duration = Duration::from_secs(60 * 60);

/// Why a round did not come to its end. What was read until then stays, and the next goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It is read with the rights of whoever is signed in, and nobody is.
    #[error("nobody is signed in: the directory is read with the rights of whoever is")]
    SignedOut,
    /// The issuer of tokens does not answer.
    #[error("the sign-in service cannot be reached, so there is no access to the directory for now")]
    Offline,
    /// Graph or the issuer wants her to prove more (ID-3).
    #[error(
        "the organisation asks for a further confirmation before the directory may be read: confirm it, or sign in again"
    )]
    StepUp {
        /// The claims to sign in with; `None`: to sign in again is enough.
        claims: Option<String>,
    },
    /// The issuer gives no token.
    #[error("{0}")]
    SignIn(SignInProblem),
    /// Graph says that it is not allowed.
    #[error(
        "Usher may not read the directory: an administrator of it must grant the delegated permissions {} for the whole \
         organisation",
        crate::PERMISSIONS.join(" and ")
    )]
    Consent,
    /// Graph asks for patience.
    #[error("Microsoft Graph asks Usher to wait; it goes on by itself")]
    Throttled {
        /// Until then.
        until: Timestamp,
    },
    /// Nobody answers, or not in time, or with a fault of its own.
    #[error("Microsoft Graph cannot be reached ({0}); it is tried again by itself")]
    Unreachable(String),
    /// Graph understood and refused.
    #[error("Microsoft Graph refused with status {status} ({code})")]
    Refused {
        /// Of HTTP.
        status: u16,
        /// Graph's own.
        code: String,
    },
    /// An answer that is not what Microsoft describes.
    #[error("an answer of Microsoft Graph cannot be read: {0}")]
    Unreadable(#[from] Unreadable),
    /// A link leads to another host: it would get a token that is not its.
    #[error(
        "Microsoft Graph named a page at another address; it is not followed, and no token was sent there"
    )]
    ForeignLink,
    /// An answer beyond the limit.
    #[error("an answer of Microsoft Graph has more than {0} bytes")]
    TooLarge(usize),
    /// Pages without end.
    #[error("Microsoft Graph sends the same again and again ({0})")]
    Endless(&'static str),
    /// The connection cannot be made at all on this computer.
    #[error("no TLS connection can be made on this computer: {0}")]
    Tls(String),
    /// The roster refused, or its store does not work.
    #[error("{0}")]
    Roster(#[from] RosterError),
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        Problem::Roster(RosterError::Store(error))
    }
}

impl From<TokenProblem> for Problem {
    fn from(problem: TokenProblem) -> Problem {
        match problem {
            TokenProblem::SignedOut => Problem::SignedOut,
            TokenProblem::Offline { since: _ } => Problem::Offline,
            TokenProblem::StepUp { claims } => Problem::StepUp { claims },
            TokenProblem::Problem(problem) => Problem::SignIn(problem),
        }
    }
}

impl Problem {
    /// Stable; `docs/directory-sync.md` says of each what to do.
    pub fn code(&self) -> &'static str {
        match self {
            Problem::SignedOut => "graph.signed-out",
            Problem::Offline => "graph.offline",
            Problem::StepUp { .. } => "graph.step-up",
            Problem::SignIn(problem) => problem.code,
            Problem::Consent => "graph.consent",
            Problem::Throttled { .. } => "graph.throttled",
            Problem::Unreachable(_) => "graph.unreachable",
            Problem::Refused { .. } => "graph.refused",
            Problem::Unreadable(_) => "graph.unreadable",
            Problem::ForeignLink => "graph.foreign-link",
            Problem::TooLarge(_) => "graph.too-large",
            Problem::Endless(_) => "graph.endless",
            Problem::Tls(_) => "graph.tls",
            Problem::Roster(RosterError::Refused(refusal)) => refusal.code(),
            Problem::Roster(RosterError::Store(_)) => "store.unavailable",
        }
    }

    /// As it is kept.
    pub fn kept(&self, at: Timestamp) -> SyncProblem {
        SyncProblem { code: self.code().to_owned(), message: self.to_string(), at }
    }

    /// When it is tried again; `None` where only a sign-in helps, after which somebody asks for it.
    pub fn again(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Problem::SignedOut | Problem::StepUp { .. } | Problem::SignIn(_) => None,
            Problem::Throttled { until } => Some(*until),
            Problem::Consent
            | Problem::ForeignLink
            | Problem::Tls(_)
            | Problem::Roster(RosterError::Refused(_)) => Some(after(now, SOMEBODY_ACTS)),
            Problem::Offline
            | Problem::Unreachable(_)
            | Problem::Refused { .. }
            | Problem::Unreadable(_)
            | Problem::TooLarge(_)
            | Problem::Endless(_)
            | Problem::Roster(RosterError::Store(_)) => Some(after(now, ROUND_EVERY)),
        }
    }
}

/// A time from now.
pub(crate) fn after(now: Timestamp, span: Duration) -> Timestamp {
    Timestamp(now.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}
