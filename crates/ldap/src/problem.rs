//! What can stand in the way of reading an LDAP directory: a stable code, words that say what to do, and when it is tried again.

use std::time::Duration;

use contracts::sources::{Again, SourceProblem};
use transport::{TlsError, certificate_problem, words_of};

use crate::ber::Malformed;
use crate::filter::FilterError;
use crate::message::Outcome;

/// A server that does not answer is asked again so soon.
const SOON: Duration = Duration::from_secs(60);

/// Why a directory was not read to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("The directory at {host} cannot be reached: {why}. It is tried again by itself.")]
    Unreachable { host: String, why: String },
    #[error("The directory at {host} does not answer within {} seconds. It is tried again by itself.", .after.as_secs())]
    Silent { host: String, after: Duration },
    #[error(
        "The certificate of {host} is not accepted: {why}. Ask who runs the directory for its right name, or for the \
         certificate of the authority that signed it, and enter that here."
    )]
    Certificate { host: String, why: String },
    #[error("{0}")]
    Tls(String),
    #[error("{host} does not take StartTLS ({why}). Choose LDAPS, or ask who runs the directory.")]
    NoStartTls { host: String, why: String },
    #[error(
        "Without TLS only a directory on this computer is read: everything would cross the network in the clear."
    )]
    PlainText,
    #[error("The directory does not accept this name and password. Enter them again.")]
    Credentials,
    #[error("The password of the directory is not in the keychain. Enter it again.")]
    NoPassword,
    #[error("The keychain does not answer: {0}")]
    Keychain(String),
    #[error("The filter is not understood: {0}.")]
    Filter(#[from] FilterError),
    #[error("There is no entry {base} in the directory. Check where the search begins.")]
    NoBase { base: String },
    #[error("This name may not search the directory ({0}). Ask who runs it.")]
    Forbidden(String),
    #[error(
        "The directory gives no more than a part of its entries ({0}). Narrow the filter, or ask who runs it to allow paged \
         searches."
    )]
    Limited(String),
    #[error("The directory refused with result {code} ({words}).")]
    Refused { code: i32, words: String },
    #[error("The directory is busy ({0}). It is tried again by itself.")]
    Busy(String),
    #[error("An answer of the directory cannot be read: it is not LDAP, or larger than allowed.")]
    Unreadable,
    #[error("The directory sends the same page again and again.")]
    Endless,
}

impl From<Malformed> for Problem {
    fn from(_: Malformed) -> Problem {
        Problem::Unreadable
    }
}

impl From<TlsError> for Problem {
    fn from(error: TlsError) -> Problem {
        Problem::Tls(words_of(&error))
    }
}

impl Problem {
    /// What went wrong with a connection.
    pub(crate) fn of_connection(host: &str, error: &std::io::Error) -> Problem {
        let host = host.to_owned();
        match certificate_problem(error) {
            Some(why) => Problem::Certificate { host, why },
            None => Problem::Unreachable { host, why: words_of(error) },
        }
    }

    /// What the result of an operation says (RFC 4511, appendix A).
    pub(crate) fn of_result(outcome: Outcome, base: &str) -> Problem {
        let Outcome { code, words } = outcome;
        match code {
            3 | 4 | 11 => Problem::Limited(words),
            32 => Problem::NoBase { base: base.to_owned() },
            48 | 49 => Problem::Credentials,
            8 | 13 | 50 => Problem::Forbidden(words),
            51 | 52 => Problem::Busy(words),
            code => Problem::Refused { code, words },
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Problem::Unreachable { .. } | Problem::Silent { .. } | Problem::Busy(_) => "ldap.unreachable",
            Problem::Certificate { .. } => "ldap.certificate",
            Problem::Tls(_) | Problem::NoStartTls { .. } | Problem::PlainText => "ldap.tls",
            Problem::Credentials | Problem::NoPassword => "ldap.credentials",
            Problem::Keychain(_) => "secret.unavailable",
            Problem::Filter(_) | Problem::NoBase { .. } => "ldap.settings",
            Problem::Forbidden(_) | Problem::Limited(_) | Problem::Refused { .. } => "ldap.refused",
            Problem::Unreadable | Problem::Endless => "ldap.unreadable",
        }
    }
}

impl From<Problem> for SourceProblem {
    fn from(problem: Problem) -> SourceProblem {
        let (code, message) = (problem.code(), problem.to_string());
        match problem {
            Problem::Unreachable { .. }
            | Problem::Silent { .. }
            | Problem::Busy(_)
            | Problem::Keychain(_)
            | Problem::Unreadable
            | Problem::Endless => SourceProblem::stale(code, message, Again::After(SOON)),
            Problem::Certificate { .. }
            | Problem::Tls(_)
            | Problem::NoStartTls { .. }
            | Problem::PlainText
            | Problem::Credentials
            | Problem::NoPassword
            | Problem::Filter(_)
            | Problem::NoBase { .. }
            | Problem::Forbidden(_)
            | Problem::Limited(_)
            | Problem::Refused { .. } => SourceProblem::failed(code, message),
        }
    }
}
