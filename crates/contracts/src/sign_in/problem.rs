//! What can be wrong with a sign-in: one table of stable codes and of sentences that say what to do. Holds no token and no
//! personal data. Each code has a page in `docs/errors/`.

use std::fmt;

/// What is wrong with a sign-in, as people are told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SignInProblem {
    /// Stable: a [`Why::code`].
    pub code: &'static str,
    /// What to do about it.
    pub message: String,
}

impl From<Why> for SignInProblem {
    fn from(why: Why) -> SignInProblem {
        SignInProblem { code: why.code(), message: why.words().to_owned() }
    }
}

impl Why {
    /// The same, with what exactly was found; `detail` holds no token and nothing personal.
    pub fn with(self, detail: impl fmt::Display) -> SignInProblem {
        SignInProblem { code: self.code(), message: format!("{} ({detail})", self.words()) }
    }
}

/// Why a sign-in fails or a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// No issuer is set up.
    NotSetUp,
    /// The settings cannot work.
    ConfigInvalid,
    /// Nobody is signed in.
    SignedOut,
    /// The issuer or its policy said no, or she did there.
    Refused,
    /// She gave it up, or began anew.
    Cancelled,
    /// Nobody finished it in time.
    TimedOut,
    /// No port of this computer could be had for the answer.
    NoLoopback,
    /// An answer came that belongs to no sign-in of ours.
    StateMismatch,
    /// The answer or the token is another issuer's.
    WrongIssuer,
    /// The token is for another application.
    WrongAudience,
    /// The token answers another sign-in.
    WrongNonce,
    /// The person belongs to a tenant that is not on the allow-list.
    WrongTenant,
    /// Somebody else than the one signed in passed a step-up.
    WrongPerson,
    /// The signature is not the issuer's.
    BadSignature,
    /// The token is signed in a way that is not allowed, or not at all.
    BadAlgorithm,
    /// The token had already ended when it came.
    Expired,
    /// The token is not valid yet.
    NotYetValid,
    /// The token was issued in our future: a clock is wrong.
    ClockWrong,
    /// The token cannot be read, says too little, or does not fit the other token.
    TokenInvalid,
    /// The code was used before, or belongs to another sign-in.
    CodeReplayed,
    /// The issuer did not grant the proof that was asked for.
    StepUpMissing,
    /// The issuer wants to see her again.
    InteractionRequired,
    /// The issuer has revoked the session.
    TokenRevoked,
    /// The session has lasted as long as the issuer lets it.
    SessionExpired,
    /// The issuer could not be reached for longer than a session goes without it.
    OfflineTooLong,
    /// The issuer does not answer.
    IssuerUnreachable,
    /// The issuer answers in a way that is not OpenID Connect, or not safe.
    IssuerInvalid,
    /// The keychain does not keep the tokens.
    Keychain,
    /// Her access was ended here.
    AccessEnded,
}

impl Why {
    /// All of them, in the order of a sign-in.
    pub const ALL: [Why; 29] = [
        Why::NotSetUp,
        Why::ConfigInvalid,
        Why::SignedOut,
        Why::Refused,
        Why::Cancelled,
        Why::TimedOut,
        Why::NoLoopback,
        Why::StateMismatch,
        Why::WrongIssuer,
        Why::WrongAudience,
        Why::WrongNonce,
        Why::WrongTenant,
        Why::WrongPerson,
        Why::BadSignature,
        Why::BadAlgorithm,
        Why::Expired,
        Why::NotYetValid,
        Why::ClockWrong,
        Why::TokenInvalid,
        Why::CodeReplayed,
        Why::StepUpMissing,
        Why::InteractionRequired,
        Why::TokenRevoked,
        Why::SessionExpired,
        Why::OfflineTooLong,
        Why::IssuerUnreachable,
        Why::IssuerInvalid,
        Why::Keychain,
        Why::AccessEnded,
    ];

    /// Its stable code; the page is `docs/errors/CODE.md`.
    pub fn code(self) -> &'static str {
        match self {
            Why::NotSetUp => "sign-in.not-set-up",
            Why::ConfigInvalid => "sign-in.config-invalid",
            Why::SignedOut => "sign-in.signed-out",
            Why::Refused => "sign-in.refused",
            Why::Cancelled => "sign-in.cancelled",
            Why::TimedOut => "sign-in.timed-out",
            Why::NoLoopback => "sign-in.no-loopback",
            Why::StateMismatch => "sign-in.state-mismatch",
            Why::WrongIssuer => "sign-in.wrong-issuer",
            Why::WrongAudience => "sign-in.wrong-audience",
            Why::WrongNonce => "sign-in.wrong-nonce",
            Why::WrongTenant => "sign-in.wrong-tenant",
            Why::WrongPerson => "sign-in.wrong-person",
            Why::BadSignature => "sign-in.bad-signature",
            Why::BadAlgorithm => "sign-in.bad-algorithm",
            Why::Expired => "sign-in.expired",
            Why::NotYetValid => "sign-in.not-yet-valid",
            Why::ClockWrong => "sign-in.clock-wrong",
            Why::TokenInvalid => "sign-in.token-invalid",
            Why::CodeReplayed => "sign-in.code-replayed",
            Why::StepUpMissing => "sign-in.step-up-missing",
            Why::InteractionRequired => "sign-in.interaction-required",
            Why::TokenRevoked => "sign-in.token-revoked",
            Why::SessionExpired => "sign-in.session-expired",
            Why::OfflineTooLong => "sign-in.offline-too-long",
            Why::IssuerUnreachable => "sign-in.issuer-unreachable",
            Why::IssuerInvalid => "sign-in.issuer-invalid",
            Why::Keychain => "sign-in.keychain",
            Why::AccessEnded => "sign-in.access-ended",
        }
    }

    /// What to do about it.
    pub fn words(self) -> &'static str {
        match self {
            Why::NotSetUp => "Sign-in is not set up. An administrator names the issuer under Admin, Sign-in.",
            Why::ConfigInvalid => "These sign-in settings cannot work. Correct what is named and try again.",
            Why::SignedOut => "Nobody is signed in. Sign in and try again.",
            Why::Refused => {
                "The sign-in service did not let you in. Try again with your work account; if it refuses again, ask \
                 your administrator."
            }
            Why::Cancelled => "The sign-in was given up. Begin again when you are ready.",
            Why::TimedOut => "Nobody finished the sign-in in time. Begin again.",
            Why::NoLoopback => {
                "Usher cannot listen on this computer for the browser's answer. Check security software that blocks \
                 programs on \"localhost\", then try again."
            }
            Why::StateMismatch => {
                "A browser sent an answer that belongs to no sign-in of yours; it was ignored. If you followed a link \
                 that somebody sent you, tell your administrator."
            }
            Why::WrongIssuer => {
                "The answer came from another sign-in service than the one set up. Ask your administrator to check the \
                 issuer."
            }
            Why::WrongAudience => {
                "The sign-in service answered for another application. Ask your administrator to check the application's \
                 id."
            }
            Why::WrongNonce => {
                "The sign-in service answered another sign-in than yours. Begin again; if it happens again, tell your \
                 administrator."
            }
            Why::WrongTenant => {
                "Your account belongs to an organisation that may not use this console. Sign in with an account of this \
                 one."
            }
            Why::WrongPerson => {
                "Somebody else answered. The one who is signed in here must confirm it; to change the person, sign out \
                 first."
            }
            Why::BadSignature => {
                "The answer is not signed by the sign-in service. Begin again; if it happens again, tell your \
                 administrator."
            }
            Why::BadAlgorithm => {
                "The answer is signed in a way that Usher does not trust. Ask your administrator to have it signed with \
                 RS256, PS256 or ES256."
            }
            Why::Expired => {
                "The answer had already expired. Begin again; if it happens again, check this computer's clock."
            }
            Why::NotYetValid => {
                "The answer is not valid yet. Check this computer's clock and time zone, then begin again."
            }
            Why::ClockWrong => {
                "This computer's clock is wrong. Set date, time and time zone, then begin again."
            }
            Why::TokenInvalid => {
                "The sign-in service's answer cannot be used. Begin again; if it happens again, tell your administrator."
            }
            Why::CodeReplayed => "This answer was used before, or has expired. Begin again.",
            Why::StepUpMissing => {
                "The sign-in service did not ask for the proof that this action needs. Ask your administrator to check \
                 its conditional access policy."
            }
            Why::InteractionRequired => "The sign-in service wants to see you again. Sign in once more.",
            Why::TokenRevoked => {
                "Your session was revoked at the sign-in service, for example because your password was changed. Sign in \
                 again."
            }
            Why::SessionExpired => "Your session has expired at the sign-in service. Sign in again.",
            Why::OfflineTooLong => {
                "The sign-in service could not be reached for too long. Check the network, then sign in again."
            }
            Why::IssuerUnreachable => {
                "The sign-in service does not answer. Check the network and the proxy, then try again."
            }
            Why::IssuerInvalid => {
                "The sign-in service answers in a way that Usher cannot use. Ask your administrator to check the issuer."
            }
            Why::Keychain => "The system's keychain does not keep your sign-in. Unlock it and sign in again.",
            Why::AccessEnded => "Your access to this console has ended. Ask your administrator.",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{SignInProblem, Why};

    #[test]
    fn every_problem_has_a_code_of_its_own() {
        let codes: BTreeSet<&str> = Why::ALL.iter().map(|why| why.code()).collect();
        assert_eq!(codes.len(), Why::ALL.len());
        assert!(codes.iter().all(|code| code.starts_with("sign-in.")));
    }

    #[test]
    fn a_detail_follows_what_to_do() {
        let problem = Why::ConfigInvalid.with("the client id is empty");
        assert_eq!(problem.code, "sign-in.config-invalid");
        assert!(problem.to_string().ends_with("try again. (the client id is empty)"), "{problem}");
        assert_eq!(SignInProblem::from(Why::Cancelled).code, "sign-in.cancelled");
    }
}
