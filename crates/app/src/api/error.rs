//! Errors as they cross the door: a stable code, a sentence that says what to do, and a reference into the log where the
//! cause is internal. Internal text never crosses.

use contracts::journal::StoreError;
use contracts::safekeeping::SafekeepingError;
use contracts::secrets::SecretError;
use contracts::telephony::TelephonyError;
use engine::Rejection;

use super::wire::ApiError;
use crate::desk::DeskError;

/// Every code there is; each has a page in `docs/errors/`.
pub const CODES: &[&str] = &[
    "request.invalid",
    "request.forbidden",
    "call.unknown",
    "call.wrong-state",
    "call.another-active",
    "call.not-yours",
    "call.transfer-in-flight",
    "call.target-not-answered",
    "call.hold-limit",
    "call.too-many",
    "offer.over",
    "transfer.unknown",
    "park.no-free-slot",
    "park.slot-not-free",
    "park.slot-empty",
    "attendant.off-duty",
    "attendant.not-here",
    "setting.in-use",
    "setting.out-of-range",
    "setting.taken",
    "setting.unknown",
    "contact.unknown",
    "address.invalid",
    "import.mapping",
    "import.stopped",
    "import.unreadable",
    "sound.unreadable",
    "sound.unknown",
    "sound.in-use",
    "speech.missing",
    "speech.failed",
    "voicemail.unknown",
    "voicemail.gone",
    "telephony.not-connected",
    "telephony.refused",
    "telephony.no-presence",
    "mode.calls-present",
    "secret.missing",
    "secret.unavailable",
    "store.unavailable",
    "store.taken-over",
    "store.damaged",
    "store.locked",
    "recovery.confirmed",
    "recovery.wrong-words",
    "protection.under-way",
    "protection.no-keychain",
    "backup.none",
    "backup.misplaced",
    "backup.target",
    "report.not-written",
    "report.too-long",
    "planner.cancelled",
    "planner.invalid",
    "access.nobody",
    "access.no-licence",
    "access.disabled",
    "access.blocked",
    "access.gone",
    "access.other-tenant",
    "access.calls-present",
    "access.not-recorded",
    "change.unknown",
    "change.lasting",
    "change.overtaken",
    "roster.last-administrator",
    "roster.other-tenant",
    "roster.already-there",
    "roster.no-such-person",
    "roster.from-directory",
    "roster.no-such-team",
    "roster.too-many-licensed-teams",
    "roster.no-such-unit",
    "roster.unit-name-taken",
    "roster.unit-in-itself",
    "roster.unit-too-deep",
    "roster.too-many-units",
    "roster.unit-used",
    "roster.empty-directory",
    "graph.consent",
    "graph.endless",
    "graph.foreign-link",
    "graph.no-entra",
    "graph.offline",
    "graph.refused",
    "graph.signed-out",
    "graph.step-up",
    "graph.throttled",
    "graph.tls",
    "graph.too-large",
    "graph.unreachable",
    "graph.unreadable",
    "ldap.certificate",
    "ldap.credentials",
    "ldap.refused",
    "ldap.settings",
    "ldap.tls",
    "ldap.unreachable",
    "ldap.unreadable",
    "source.empty",
    "sign-in.not-set-up",
    "sign-in.config-invalid",
    "sign-in.signed-out",
    "sign-in.refused",
    "sign-in.cancelled",
    "sign-in.timed-out",
    "sign-in.no-loopback",
    "sign-in.state-mismatch",
    "sign-in.wrong-issuer",
    "sign-in.wrong-audience",
    "sign-in.wrong-nonce",
    "sign-in.wrong-tenant",
    "sign-in.wrong-person",
    "sign-in.bad-signature",
    "sign-in.bad-algorithm",
    "sign-in.expired",
    "sign-in.not-yet-valid",
    "sign-in.clock-wrong",
    "sign-in.token-invalid",
    "sign-in.code-replayed",
    "sign-in.step-up-missing",
    "sign-in.interaction-required",
    "sign-in.token-revoked",
    "sign-in.session-expired",
    "sign-in.offline-too-long",
    "sign-in.issuer-unreachable",
    "sign-in.issuer-invalid",
    "sign-in.keychain",
    "sign-in.access-ended",
    "internal",
];

impl ApiError {
    /// An error of this code. The code must be listed in [`CODES`].
    pub fn new(code: &'static str, message: impl Into<String>) -> ApiError {
        debug_assert!(CODES.contains(&code), "the code {code} has no page");
        ApiError { code: code.to_owned(), message: message.into(), reference: None, field: None }
    }

    /// The same, said of one field of the form that was sent.
    pub fn at(self, field: impl Into<String>) -> ApiError {
        ApiError { field: Some(field.into()), ..self }
    }

    /// What was sent makes no sense; `what` says which part.
    pub fn invalid(what: impl Into<String>) -> ApiError {
        ApiError::new("request.invalid", what)
    }
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> ApiError {
        match error {
            DeskError::Rejected(rejection) => rejection.into(),
            DeskError::Store(error) => error.into(),
            DeskError::Bug => ApiError::new(
                "internal",
                "Something went wrong inside Usher. Your calls are safe; please try again and report what you did.",
            ),
            DeskError::Stopped => ApiError::new(
                "store.taken-over",
                "This console has been taken over by another program that uses the same data. Close one of them and \
                 start Usher again.",
            ),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        tracing::error!(%error, "a request met the store");
        match error {
            StoreError::Conflict(_) => DeskError::Stopped.into(),
            StoreError::Unavailable(_) => ApiError::new(
                "store.unavailable",
                "Usher cannot write to its database; nothing has changed. Check that the disk is not full, then try \
                 again.",
            ),
            StoreError::OutOfRange(what) => ApiError::new("setting.out-of-range", what),
            StoreError::Damaged(_) => ApiError::new(
                "store.damaged",
                "A record in Usher's database cannot be read. Restore the last backup, or ask your administrator.",
            ),
        }
    }
}

impl From<TelephonyError> for ApiError {
    fn from(error: TelephonyError) -> ApiError {
        match error {
            TelephonyError::NoSuchLeg => ApiError::new("call.unknown", "This call has ended."),
            TelephonyError::Retry(detail) | TelephonyError::Refused(detail) => {
                ApiError::new("telephony.refused", format!("The telephone system did not do it: {detail}."))
            }
            TelephonyError::Disconnected(detail) => ApiError::new(
                "telephony.not-connected",
                format!("Not connected to the telephone system: {detail}."),
            ),
        }
    }
}

impl From<SecretError> for ApiError {
    fn from(error: SecretError) -> ApiError {
        match error {
            SecretError::Locked(detail) | SecretError::Unavailable(detail) => ApiError::new(
                "secret.unavailable",
                format!("The system's keychain cannot be used: {detail}. Unlock it and try again."),
            ),
        }
    }
}

impl From<SafekeepingError> for ApiError {
    fn from(error: SafekeepingError) -> ApiError {
        match error {
            SafekeepingError::AlreadyConfirmed => ApiError::new(
                "recovery.confirmed",
                "The recovery key was confirmed and is not shown again. Make a new one under Settings.",
            ),
            SafekeepingError::WrongWords => ApiError::new(
                "recovery.wrong-words",
                "These are not the words of the recovery key. Compare them with your paper, one by one.",
            ),
            SafekeepingError::UnderWay => {
                ApiError::new("protection.under-way", "This is already under way. Wait until it has ended.")
            }
            SafekeepingError::NoKeychain => ApiError::new(
                "protection.no-keychain",
                "This console's key is not in a keychain, so there is none to renew.",
            ),
            SafekeepingError::NoBackup => {
                ApiError::new("backup.none", "No backup is set up. Say first where it should go.")
            }
            SafekeepingError::Misplaced(words) => {
                ApiError::new("backup.misplaced", format!("The backup cannot go there: {words}."))
            }
            SafekeepingError::Target(detail) => {
                ApiError::new("backup.target", format!("The backup target cannot be used: {detail}."))
            }
            SafekeepingError::Secrets(error) => error.into(),
            SafekeepingError::Store(error) => error.into(),
        }
    }
}

impl From<Rejection> for ApiError {
    fn from(rejection: Rejection) -> ApiError {
        let (code, message) = match rejection {
            Rejection::UnknownCall(_) => ("call.unknown", "This call has ended."),
            Rejection::DuplicateCall(_) | Rejection::DuplicateTransfer(_) => {
                ("request.invalid", "This was already asked for.")
            }
            Rejection::UnknownService(_) => ("setting.unknown", "There is no such service any more."),
            Rejection::UnknownProfile(_) => {
                ("setting.unknown", "There is no such responsibility profile any more.")
            }
            Rejection::UnknownCalendar(_) => ("setting.unknown", "There are no such opening hours any more."),
            Rejection::NoAcw => ("request.invalid", "The after-call work is already over."),
            Rejection::UnknownAttendant(_) => ("setting.unknown", "There is no such attendant any more."),
            Rejection::OfferOver(_) => ("offer.over", "The caller has gone, or somebody else has answered."),
            Rejection::UnknownTransfer(_) => ("transfer.unknown", "This transfer is over."),
            Rejection::NotYours => ("call.not-yours", "Another attendant has this call."),
            Rejection::AnotherCallActive(_) => {
                ("call.another-active", "You are in a call. Hold, park or end it first.")
            }
            Rejection::WrongState(_) => ("call.wrong-state", "That is not possible with this call just now."),
            Rejection::TransferInFlight(_) => {
                ("call.transfer-in-flight", "This caller is already being put through. Cancel that first.")
            }
            Rejection::TargetNotAnswered(_) => {
                ("call.target-not-answered", "The other person has not answered yet.")
            }
            Rejection::HoldLimit => {
                ("call.hold-limit", "You hold as many calls as allowed. Take one back first.")
            }
            Rejection::NoFreeSlot => ("park.no-free-slot", "All park slots are taken."),
            Rejection::SlotNotFree(_) => ("park.slot-not-free", "This park slot is taken or does not exist."),
            Rejection::SlotEmpty(_) => ("park.slot-empty", "Nobody is parked there any more."),
            Rejection::Full => ("call.too-many", "As many calls as Usher takes are already here."),
            Rejection::OffDuty => ("attendant.off-duty", "You are off duty. Go on duty first."),
            Rejection::InUse => {
                ("setting.in-use", "It is still in use. Try again when nothing belongs to it any more.")
            }
            Rejection::WorkflowFaults(faults) => {
                let faults: Vec<String> = faults.iter().map(at_its_step).collect();
                return ApiError::new("setting.out-of-range", faults.join(" "));
            }
            Rejection::OutOfRange(what) => {
                let error = ApiError::new("setting.out-of-range", what);
                return match what.split_once(": ") {
                    Some((field, _)) => error.at(field),
                    None => error,
                };
            }
            Rejection::CalendarFaults(faults) => {
                let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
                return ApiError::new("setting.out-of-range", faults.join(". "));
            }
        };
        ApiError::new(code, message)
    }
}

fn at_its_step(fault: &engine::workflow::Fault) -> String {
    match fault.node {
        Some(node) => format!("Step {node}: {fault}"),
        None => fault.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CODES;

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors");
        let pages: BTreeSet<String> = std::fs::read_dir(folder)
            .expect("docs/errors")
            .filter_map(|entry| {
                entry.expect("entry").file_name().to_str()?.strip_suffix(".md").map(str::to_owned)
            })
            .collect();
        let codes: BTreeSet<String> = CODES.iter().map(|code| (*code).to_owned()).collect();
        assert_eq!(pages, codes);
    }
}
