//! The reported vocabulary of outcomes (ROUTE-5). Ids and names are stable: they appear in exports and in the OData feed.

/// Service session outcomes; the numbers are stable (`outcomes.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names are the documentation; see outcomes.md")]
pub enum Outcome {
    CustomerHangupBeforeAccept = 1,
    CustomerHangupInIvr = 2,
    CustomerHangupInIvrAfterQueue = 3,
    CustomerHangupInQueue = 4,
    UserAccepted = 5,
    UserInternalTransferSuccess = 6,
    UserExternalTransferSuccess = 7,
    UserInternalTransferFailed = 8,
    UserExternalTransferFailed = 9,
    VoicemailLeft = 10,
    CallbackRequested = 11,
    WorkflowTransferSuccess = 12,
    WorkflowTransferFailed = 13,
    QueueLimitReached = 14,
    DisconnectedByWorkflow = 15,
    Lost = 16,
    OutboundAccepted = 17,
    OutboundNotAccepted = 18,
}

impl Outcome {
    /// All of them, by id.
    pub const ALL: [Outcome; 18] = [
        Outcome::CustomerHangupBeforeAccept,
        Outcome::CustomerHangupInIvr,
        Outcome::CustomerHangupInIvrAfterQueue,
        Outcome::CustomerHangupInQueue,
        Outcome::UserAccepted,
        Outcome::UserInternalTransferSuccess,
        Outcome::UserExternalTransferSuccess,
        Outcome::UserInternalTransferFailed,
        Outcome::UserExternalTransferFailed,
        Outcome::VoicemailLeft,
        Outcome::CallbackRequested,
        Outcome::WorkflowTransferSuccess,
        Outcome::WorkflowTransferFailed,
        Outcome::QueueLimitReached,
        Outcome::DisconnectedByWorkflow,
        Outcome::Lost,
        Outcome::OutboundAccepted,
        Outcome::OutboundNotAccepted,
    ];

    /// The stable id, 1–18.
    pub fn id(self) -> u8 {
        self as u8
    }

    /// The stable name.
    pub fn text(self) -> &'static str {
        match self {
            Outcome::CustomerHangupBeforeAccept => "Customer Hangup Before Accept",
            Outcome::CustomerHangupInIvr => "Customer Hangup In Ivr",
            Outcome::CustomerHangupInIvrAfterQueue => "Customer Hangup In Ivr After Queue",
            Outcome::CustomerHangupInQueue => "Customer Hangup In Queue",
            Outcome::UserAccepted => "User Accepted",
            Outcome::UserInternalTransferSuccess => "User Internal Transfer Success",
            Outcome::UserExternalTransferSuccess => "User External Transfer Success",
            Outcome::UserInternalTransferFailed => "User Internal Transfer Failed",
            Outcome::UserExternalTransferFailed => "User External Transfer Failed",
            Outcome::VoicemailLeft => "Voicemail Left",
            Outcome::CallbackRequested => "Callback Requested",
            Outcome::WorkflowTransferSuccess => "Workflow Transfer Success",
            Outcome::WorkflowTransferFailed => "Workflow Transfer Failed",
            Outcome::QueueLimitReached => "Queue Limit Reached",
            Outcome::DisconnectedByWorkflow => "Disconnected By Workflow",
            Outcome::Lost => "Lost",
            Outcome::OutboundAccepted => "Outbound Accepted",
            Outcome::OutboundNotAccepted => "Outbound Not Accepted",
        }
    }

    /// The group it is summed up in.
    pub fn group(self) -> Group {
        match self {
            Outcome::CustomerHangupBeforeAccept
            | Outcome::CustomerHangupInIvr
            | Outcome::CustomerHangupInIvrAfterQueue
            | Outcome::CustomerHangupInQueue => Group::HangupByCustomer,
            Outcome::UserAccepted
            | Outcome::UserInternalTransferSuccess
            | Outcome::UserExternalTransferSuccess
            | Outcome::UserInternalTransferFailed
            | Outcome::UserExternalTransferFailed => Group::HandledByUser,
            Outcome::VoicemailLeft | Outcome::CallbackRequested | Outcome::WorkflowTransferSuccess => {
                Group::HandledBySystem
            }
            Outcome::WorkflowTransferFailed
            | Outcome::QueueLimitReached
            | Outcome::DisconnectedByWorkflow => Group::NotHandled,
            Outcome::Lost => Group::Error,
            Outcome::OutboundAccepted => Group::OutboundAccepted,
            Outcome::OutboundNotAccepted => Group::OutboundNotAccepted,
        }
    }

    /// Whether the caller got what she called for, as far as the telephone can tell.
    pub fn handled(self) -> bool {
        match self.group() {
            Group::HandledByUser | Group::HandledBySystem | Group::OutboundAccepted => true,
            Group::HangupByCustomer | Group::NotHandled | Group::Error | Group::OutboundNotAccepted => false,
        }
    }
}

/// Groups of outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Group {
    HangupByCustomer,
    HandledByUser,
    HandledBySystem,
    NotHandled,
    Error,
    OutboundAccepted,
    OutboundNotAccepted,
}

impl Group {
    /// The stable name.
    pub fn text(self) -> &'static str {
        match self {
            Group::HangupByCustomer => "Hangup By Customer",
            Group::HandledByUser => "Handled By User",
            Group::HandledBySystem => "Handled By System",
            Group::NotHandled => "Not Handled",
            Group::Error => "Error",
            Group::OutboundAccepted => "Outbound Accepted",
            Group::OutboundNotAccepted => "Outbound Not Accepted",
        }
    }
}

/// User session outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the documentation; see outcomes.md")]
pub enum UserOutcome {
    Accepted,
    Declined,
    TimedOut,
    Cancelled,
    TransferredInternally,
    TransferredExternally,
    InternalTransferFailed,
    ExternalTransferFailed,
}

impl UserOutcome {
    /// All of them, by id.
    pub const ALL: [UserOutcome; 8] = [
        UserOutcome::Accepted,
        UserOutcome::Declined,
        UserOutcome::TimedOut,
        UserOutcome::Cancelled,
        UserOutcome::TransferredInternally,
        UserOutcome::TransferredExternally,
        UserOutcome::InternalTransferFailed,
        UserOutcome::ExternalTransferFailed,
    ];

    /// The stable id, 1–8.
    pub fn id(self) -> u8 {
        self as u8 + 1
    }

    /// The stable name.
    pub fn text(self) -> &'static str {
        match self {
            UserOutcome::Accepted => "Accepted",
            UserOutcome::Declined => "Declined",
            UserOutcome::TimedOut => "Timed Out",
            UserOutcome::Cancelled => "Cancelled",
            UserOutcome::TransferredInternally => "Transferred Internally",
            UserOutcome::TransferredExternally => "Transferred Externally",
            UserOutcome::InternalTransferFailed => "Internal Transfer Failed",
            UserOutcome::ExternalTransferFailed => "External Transfer Failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::Outcome;

    #[test]
    fn the_vocabulary_is_stable() {
        let table: String = Outcome::ALL
            .map(|outcome| {
                let handled = if outcome.handled() { "yes" } else { "no" };
                format!("{} | {handled} | {} | {}\n", outcome.id(), outcome.group().text(), outcome.text())
            })
            .concat();
        expect![[r#"
            1 | no | Hangup By Customer | Customer Hangup Before Accept
            2 | no | Hangup By Customer | Customer Hangup In Ivr
            3 | no | Hangup By Customer | Customer Hangup In Ivr After Queue
            4 | no | Hangup By Customer | Customer Hangup In Queue
            5 | yes | Handled By User | User Accepted
            6 | yes | Handled By User | User Internal Transfer Success
            7 | yes | Handled By User | User External Transfer Success
            8 | yes | Handled By User | User Internal Transfer Failed
            9 | yes | Handled By User | User External Transfer Failed
            10 | yes | Handled By System | Voicemail Left
            11 | yes | Handled By System | Callback Requested
            12 | yes | Handled By System | Workflow Transfer Success
            13 | no | Not Handled | Workflow Transfer Failed
            14 | no | Not Handled | Queue Limit Reached
            15 | no | Not Handled | Disconnected By Workflow
            16 | no | Error | Lost
            17 | yes | Outbound Accepted | Outbound Accepted
            18 | no | Outbound Not Accepted | Outbound Not Accepted
        "#]]
        .assert_eq(&table);
    }
}
