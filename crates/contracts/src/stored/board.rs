//! The stored format of a switchboard at one moment, where a journal begins whose oldest events are gone.

use std::collections::{BTreeMap, BTreeSet};

use engine::call::{Abandoned, Declined};
use engine::skills::Standing;
use engine::{
    Activity, Acw, Attendant, AttendantId, Calendar, Call, CallId, CallState, Direction, Hearing, Held, Leg,
    Limits, Mode, NodeId, NotAvailable, Offer, OfferId, Origin, Parked, PartyId, PlayId, Presence, Profile,
    ProfileId, RecordingId, Reservation, Service, ServiceId, Skills, SlotNumber,
    Snapshot as SwitchboardSnapshot, SoundId, Span, Stage, Target, Timestamp, Transfer, TransferId,
    Treatment, Waiting, Way,
};
use reporting::held::{
    AttendantState, CallOf, Live, Phase, Ringing, Snapshot as FoldSnapshot, Standing as Stands,
    Way as LiveWay,
};
use reporting::{CallRecord, Outcome, State, UserOutcome, UserSession};
use serde::{Deserialize, Serialize};

use super::{Twinned, read, write};
use crate::board::Snapshot;
use crate::journal::StoreError;

/// The text of a switchboard at one moment, in [`super::FORMAT`].
pub fn write_board(board: &Snapshot) -> String {
    write(board)
}

/// The switchboard of a text. `Damaged` where the format is unknown or the text is none of it.
pub fn read_board(format: u32, text: &str) -> Result<Snapshot, StoreError> {
    read("state of the switchboard", format, text)
}

structure!(SnapshotTwin of Snapshot { sequence: u64, switchboard: SwitchboardSnapshot, fold: FoldSnapshot });
structure!(SwitchboardTwin of SwitchboardSnapshot {
    clock: Timestamp,
    limits: Limits,
    services: Vec<Service>,
    profiles: Vec<Profile>,
    calendars: Vec<Calendar>,
    attendants: Vec<Attendant>,
    calls: Vec<Call>,
    offers_made: u64,
    gone: Vec<(Leg, Timestamp)>,
});

structure!(AttendantTwin of Attendant {
    id: AttendantId,
    on_duty: bool,
    presence: Presence,
    not_available: Option<NotAvailable>,
    rona: bool,
    acw: Option<Acw>,
    skills: Skills,
    profile: Option<ProfileId>,
    // Follows from the services.
    #[serde(skip)]
    services: BTreeMap<ServiceId, Standing>,
    switched_off: BTreeSet<ServiceId>,
    offer: Option<(OfferId, CallId)>,
    active: Option<CallId>,
    held: Vec<CallId>,
    parked: BTreeSet<CallId>,
    aside: BTreeSet<CallId>,
    taken: u32,
    last_offer: OfferId,
    idle_since: Timestamp,
});
structure!(AcwTwin of Acw { call: CallId, since: Timestamp, until: Timestamp });

impl Twinned for BTreeMap<ServiceId, Standing> {
    type Twin = ();
    fn to_twin(&self) {}
    fn from_twin((): ()) -> Self {
        BTreeMap::new()
    }
}

structure!(CallTwin of Call {
    id: CallId,
    party: PartyId,
    origin: Origin,
    direction: Direction,
    service: Option<ServiceId>,
    began: Timestamp,
    arrived: Timestamp,
    since: Timestamp,
    accepted: Option<Timestamp>,
    state: CallState,
    way: Way,
    calls_back: bool,
    abandoned: Option<Abandoned>,
});
choice!(DirectionTwin of Direction { Inbound, Outbound });
choice!(CallStateTwin of CallState {
    InWorkflow(activity: Activity),
    Waiting(waiting: Waiting),
    Dialing { attendant: AttendantId, ringing: bool },
    Active { attendant: AttendantId },
    Held(held: Held),
    Parked(parked: Parked),
    Consulting { attendant: AttendantId, transfer: Transfer },
    Leaving { attendant: AttendantId, transfer: Transfer },
});
choice!(ActivityTwin of Activity {
    Passing,
    Playing { play: PlayId, sound: SoundId, hearing: Hearing, until: Timestamp },
    Awaiting { tries_left: u8, until: Timestamp },
    Recording { recording: RecordingId, length_max: Span, until: Timestamp },
    HandingOver { transfer: TransferId, target: Target, until: Timestamp },
});
structure!(WayTwin of Way {
    node: Option<NodeId>,
    answered: bool,
    parameters: BTreeMap<String, String>,
    steps: u32,
    steps_before: u32,
    moves: u8,
});
structure!(WaitingTwin of Waiting {
    priority: u8,
    promotion: Option<Timestamp>,
    level: u8,
    widening: Option<Timestamp>,
    limit: Timestamp,
    reserved: Option<Reservation>,
    ring_max: u8,
    offers: Vec<Offer>,
    declined: Vec<Declined>,
    treatment: Treatment,
});
structure!(OfferTwin of Offer { id: OfferId, attendant: AttendantId, since: Timestamp, until: Timestamp });
structure!(DeclinedTwin of Declined { attendant: AttendantId, until: Timestamp });
structure!(HeldTwin of Held { attendant: AttendantId, alert: Timestamp, alerted: bool, treatment: Treatment });
structure!(ParkedTwin of Parked {
    slot: SlotNumber,
    attendant: AttendantId,
    alert: Timestamp,
    alerted: bool,
    limit: Timestamp,
    treatment: Treatment,
});
structure!(AbandonedTwin of Abandoned { transfer: TransferId, attendant: Option<AttendantId>, target: Target });
structure!(TransferTwin of Transfer {
    id: TransferId,
    mode: Mode,
    target: Target,
    stage: Stage,
    began: Timestamp,
    since: Timestamp,
    limit: Option<Timestamp>,
});
choice!(StageTwin of Stage {
    Trying,
    Ringing,
    WithTarget,
    WithCaller,
    Conference,
    Completing { target_answered: bool },
});

structure!(FoldTwin of FoldSnapshot { live: Vec<Live>, attendants: Vec<(AttendantId, AttendantState)> });
structure!(LiveTwin of Live {
    record: CallRecord,
    phase: Phase,
    since: Timestamp,
    ringing: Vec<Ringing>,
    left: Option<Timestamp>,
    moved: bool,
    way: LiveWay,
});
choice!(PhaseTwin of Phase { Apart, Talking, Held, Parked });
structure!(RingingTwin of Ringing { offer: OfferId, attendant: AttendantId, began: Timestamp });
structure!(LiveWayTwin of LiveWay {
    walking: bool,
    accepted: bool,
    voicemail: bool,
    callback: bool,
    hand_over_failed: bool,
});
structure!(RecordTwin of CallRecord {
    call: CallId,
    part: u32,
    origin: Origin,
    outbound: bool,
    service: Option<ServiceId>,
    party: PartyId,
    arrived: Timestamp,
    queued: Option<Timestamp>,
    accepted: Option<Timestamp>,
    ended: Option<Timestamp>,
    connected_ms: u64,
    hold_ms: u64,
    park_ms: u64,
    outcome: Option<Outcome>,
    imported: bool,
    user_sessions: Vec<UserSession>,
});
structure!(SessionTwin of UserSession {
    attendant: AttendantId,
    began: Timestamp,
    ended: Option<Timestamp>,
    outcome: Option<UserOutcome>,
    target: Option<PartyId>,
    ring_ms: u64,
    connected_ms: u64,
    hold_ms: u64,
});
choice!(OutcomeTwin of Outcome {
    CustomerHangupBeforeAccept,
    CustomerHangupInIvr,
    CustomerHangupInIvrAfterQueue,
    CustomerHangupInQueue,
    UserAccepted,
    UserInternalTransferSuccess,
    UserExternalTransferSuccess,
    UserInternalTransferFailed,
    UserExternalTransferFailed,
    VoicemailLeft,
    CallbackRequested,
    WorkflowTransferSuccess,
    WorkflowTransferFailed,
    QueueLimitReached,
    DisconnectedByWorkflow,
    Lost,
    OutboundAccepted,
    OutboundNotAccepted,
});
choice!(UserOutcomeTwin of UserOutcome {
    Accepted,
    Declined,
    TimedOut,
    Cancelled,
    TransferredInternally,
    TransferredExternally,
    InternalTransferFailed,
    ExternalTransferFailed,
});
structure!(AttendantStateTwin of AttendantState {
    on_duty: bool,
    presence: Presence,
    on_a_break: bool,
    rona: bool,
    acw: Option<CallOf>,
    calls: Vec<CallOf>,
    had: Vec<CallOf>,
    stands: Option<Stands>,
    since: Option<Timestamp>,
});
structure!(CallOfTwin of CallOf { call: CallId, service: Option<ServiceId>, origin: Origin });
structure!(StandsTwin of Stands { state: State, call: Option<CallOf>, since: Timestamp });
choice!(StateTwin of State { Idle, Engaged, AfterCallWork, Rona, NotAvailable, Away });

#[cfg(test)]
mod tests {
    use engine::{Origin, SkillId, TargetKind};
    use expect_test::expect;

    use super::super::FORMAT;
    use super::super::tests::check;
    use super::*;

    #[test]
    fn every_state_has_its_text_and_comes_back_from_it() {
        let snapshot = Snapshot { sequence: 41, switchboard: switchboard(), fold: fold() };
        let text = write_board(&snapshot);
        assert_eq!(read_board(FORMAT, &text).expect("it was just written"), snapshot);
        let lines = text.replace("},{", "},\n{");
        check(
            &lines,
            &[
                DirectionTwin::VARIANTS,
                CallStateTwin::VARIANTS,
                ActivityTwin::VARIANTS,
                StageTwin::VARIANTS,
                PhaseTwin::VARIANTS,
                OutcomeTwin::VARIANTS,
                UserOutcomeTwin::VARIANTS,
                StateTwin::VARIANTS,
            ],
            expect![[r#"
                {"sequence":41,"switchboard":{"clock":1795000000000,"limits":{"park_slots":20,"park_time":120000,"park_fallback":"queue","recall_time":20000,"hold_alert":60000,"park_alert":15000,"held_max":8,"target_ring":30000,"hand_over":180000,"decline_pause":10000,"priority_wait_max":180000,"callback_time_max":86400000,"acw_extension":30000,"on_hold":"music","calls_max":10000},"services":[{"id":3,"name":"Reception","priority":50,"sla":20000,"hang_up_threshold":5000,"rona":20000,"acw":0,"queue_time_max":300000,"waiting":"ringing","members":[2],"distribution":"longest_idle","levels":[],"preferred":[],"parallel_work":true,"busy_selectable":false,"away_selectable":false,"workflow":null}],"profiles":[{"id":10,"name":"Experts","skills":{"11":70}}],"calendars":[],"attendants":[{"id":2,"on_duty":true,"presence":"available","not_available":"lunch","rona":true,"acw":{"call":76,"since":1795000000000,"until":1795000020000},"skills":{"11":70},"profile":10,"switched_off":[3],"offer":[5,12],"active":14,"held":[15],"parked":[16],"aside":[17],"taken":6,"last_offer":5,"idle_since":1795000000000}],"calls":[{"id":1,"party":6,"origin":"live","direction":"outbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"in_workflow":"passing"},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":true,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":2,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"in_workflow":{"playing":{"play":8,"sound":9,"hearing":"announcement","until":1795000020000}}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":3,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"in_workflow":{"awaiting":{"tries_left":2,"until":1795000020000}}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":4,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"in_workflow":{"recording":{"recording":10,"length_max":120000,"until":1795000020000}}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":5,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"in_workflow":{"handing_over":{"transfer":4,"target":{"party":20,"kind":"user"},"until":1795000020000}}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":6,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"consulting":{"attendant":2,"transfer":{"id":4,"mode":"consult","target":{"party":20,"kind":"user"},"stage":"trying","began":1795000000000,"since":1795000000000,"limit":1795000020000}}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":7,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"consulting":{"attendant":2,"transfer":{"id":4,"mode":"consult","target":{"party":20,"kind":"user"},"stage":"ringing","began":1795000000000,"since":1795000000000,"limit":1795000020000}}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":8,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"consulting":{"attendant":2,"transfer":{"id":4,"mode":"consult","target":{"party":20,"kind":"user"},"stage":"with_target","began":1795000000000,"since":1795000000000,"limit":1795000020000}}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":9,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"consulting":{"attendant":2,"transfer":{"id":4,"mode":"consult","target":{"party":20,"kind":"user"},"stage":"with_caller","began":1795000000000,"since":1795000000000,"limit":1795000020000}}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":10,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"consulting":{"attendant":2,"transfer":{"id":4,"mode":"consult","target":{"party":20,"kind":"user"},"stage":"conference","began":1795000000000,"since":1795000000000,"limit":1795000020000}}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":11,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"consulting":{"attendant":2,"transfer":{"id":4,"mode":"consult","target":{"party":20,"kind":"user"},"stage":{"completing":{"target_answered":true}},"began":1795000000000,"since":1795000000000,"limit":1795000020000}}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":12,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"waiting":{"priority":50,"promotion":1795000020000,"level":1,"widening":1795000020000,"limit":1795000020000,"reserved":{"attendant":2,"until":1795000020000,"fallback":3},"ring_max":10,"offers":[{"id":5,"attendant":2,"since":1795000000000,"until":1795000020000}],"declined":[{"attendant":1,"until":1795000020000}],"treatment":"music"}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":13,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"dialing":{"attendant":2,"ringing":true}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":14,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"active":{"attendant":2}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":15,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"held":{"attendant":2,"alert":1795000020000,"alerted":true,"treatment":"music"}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":16,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"parked":{"slot":7,"attendant":2,"alert":1795000000000,"alerted":false,"limit":1795000020000,"treatment":"silence"}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}},
                {"id":17,"party":6,"origin":"live","direction":"inbound","service":3,"began":1795000000000,"arrived":1795000000000,"since":1795000000000,"accepted":1795000000000,"state":{"leaving":{"attendant":2,"transfer":{"id":4,"mode":"consult","target":{"party":20,"kind":"user"},"stage":"trying","began":1795000000000,"since":1795000000000,"limit":1795000020000}}},"way":{"node":1,"answered":true,"parameters":{"language":"it"},"steps":3,"steps_before":2,"moves":1},"calls_back":false,"abandoned":{"transfer":79,"attendant":2,"target":{"party":20,"kind":"user"}}}],"offers_made":5,"gone":[[{"caller":77},1795000000000],[{"target":78},1795000020000]]},"fold":{"live":[{"record":{"call":1,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"customer_hangup_before_accept","imported":false,"user_sessions":[{"attendant":2,"began":1795000000000,"ended":1795000020000,"outcome":"accepted","target":20,"ring_ms":1,"connected_ms":2,"hold_ms":3},
                {"attendant":2,"began":1795000000000,"ended":1795000020000,"outcome":"declined","target":20,"ring_ms":1,"connected_ms":2,"hold_ms":3},
                {"attendant":2,"began":1795000000000,"ended":1795000020000,"outcome":"timed_out","target":20,"ring_ms":1,"connected_ms":2,"hold_ms":3},
                {"attendant":2,"began":1795000000000,"ended":1795000020000,"outcome":"cancelled","target":20,"ring_ms":1,"connected_ms":2,"hold_ms":3},
                {"attendant":2,"began":1795000000000,"ended":1795000020000,"outcome":"transferred_internally","target":20,"ring_ms":1,"connected_ms":2,"hold_ms":3},
                {"attendant":2,"began":1795000000000,"ended":1795000020000,"outcome":"transferred_externally","target":20,"ring_ms":1,"connected_ms":2,"hold_ms":3},
                {"attendant":2,"began":1795000000000,"ended":1795000020000,"outcome":"internal_transfer_failed","target":20,"ring_ms":1,"connected_ms":2,"hold_ms":3},
                {"attendant":2,"began":1795000000000,"ended":1795000020000,"outcome":"external_transfer_failed","target":20,"ring_ms":1,"connected_ms":2,"hold_ms":3}]},"phase":"talking","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":2,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"customer_hangup_in_ivr","imported":false,"user_sessions":[]},"phase":"held","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":3,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"customer_hangup_in_ivr_after_queue","imported":false,"user_sessions":[]},"phase":"parked","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":4,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"customer_hangup_in_queue","imported":false,"user_sessions":[]},"phase":"apart","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":5,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"user_accepted","imported":false,"user_sessions":[]},"phase":"talking","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":6,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"user_internal_transfer_success","imported":false,"user_sessions":[]},"phase":"held","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":7,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"user_external_transfer_success","imported":false,"user_sessions":[]},"phase":"parked","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":8,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"user_internal_transfer_failed","imported":false,"user_sessions":[]},"phase":"apart","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":9,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"user_external_transfer_failed","imported":false,"user_sessions":[]},"phase":"talking","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":10,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"voicemail_left","imported":false,"user_sessions":[]},"phase":"held","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":11,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"callback_requested","imported":false,"user_sessions":[]},"phase":"parked","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":12,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"workflow_transfer_success","imported":false,"user_sessions":[]},"phase":"apart","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":13,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"workflow_transfer_failed","imported":false,"user_sessions":[]},"phase":"talking","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":14,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"queue_limit_reached","imported":false,"user_sessions":[]},"phase":"held","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":15,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"disconnected_by_workflow","imported":false,"user_sessions":[]},"phase":"parked","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":16,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"lost","imported":false,"user_sessions":[]},"phase":"apart","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":17,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"outbound_accepted","imported":false,"user_sessions":[]},"phase":"talking","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}},
                {"record":{"call":18,"part":1,"origin":"simulated","outbound":false,"service":3,"party":6,"arrived":1795000000000,"queued":1795000000000,"accepted":1795000000000,"ended":null,"connected_ms":4,"hold_ms":5,"park_ms":6,"outcome":"outbound_not_accepted","imported":false,"user_sessions":[]},"phase":"held","since":1795000000000,"ringing":[{"offer":5,"attendant":2,"began":1795000000000}],"left":1795000000000,"moved":true,"way":{"walking":true,"accepted":false,"voicemail":true,"callback":false,"hand_over_failed":true}}],"attendants":[[1,{"on_duty":true,"presence":"busy","on_a_break":true,"rona":true,"acw":{"call":12,"service":null,"origin":"live"},"calls":[{"call":12,"service":null,"origin":"live"}],"had":[{"call":12,"service":null,"origin":"live"},
                {"call":12,"service":null,"origin":"live"}],"stands":{"state":"idle","call":{"call":12,"service":null,"origin":"live"},"since":1795000000000},"since":1795000000000}],[2,{"on_duty":true,"presence":"busy","on_a_break":true,"rona":true,"acw":{"call":12,"service":null,"origin":"live"},"calls":[{"call":12,"service":null,"origin":"live"}],"had":[{"call":12,"service":null,"origin":"live"},
                {"call":12,"service":null,"origin":"live"}],"stands":{"state":"engaged","call":{"call":12,"service":null,"origin":"live"},"since":1795000000000},"since":1795000000000}],[3,{"on_duty":true,"presence":"busy","on_a_break":true,"rona":true,"acw":{"call":12,"service":null,"origin":"live"},"calls":[{"call":12,"service":null,"origin":"live"}],"had":[{"call":12,"service":null,"origin":"live"},
                {"call":12,"service":null,"origin":"live"}],"stands":{"state":"after_call_work","call":{"call":12,"service":null,"origin":"live"},"since":1795000000000},"since":1795000000000}],[4,{"on_duty":true,"presence":"busy","on_a_break":true,"rona":true,"acw":{"call":12,"service":null,"origin":"live"},"calls":[{"call":12,"service":null,"origin":"live"}],"had":[{"call":12,"service":null,"origin":"live"},
                {"call":12,"service":null,"origin":"live"}],"stands":{"state":"rona","call":{"call":12,"service":null,"origin":"live"},"since":1795000000000},"since":1795000000000}],[5,{"on_duty":true,"presence":"busy","on_a_break":true,"rona":true,"acw":{"call":12,"service":null,"origin":"live"},"calls":[{"call":12,"service":null,"origin":"live"}],"had":[{"call":12,"service":null,"origin":"live"},
                {"call":12,"service":null,"origin":"live"}],"stands":{"state":"not_available","call":{"call":12,"service":null,"origin":"live"},"since":1795000000000},"since":1795000000000}],[6,{"on_duty":true,"presence":"busy","on_a_break":true,"rona":true,"acw":{"call":12,"service":null,"origin":"live"},"calls":[{"call":12,"service":null,"origin":"live"}],"had":[{"call":12,"service":null,"origin":"live"},
                {"call":12,"service":null,"origin":"live"}],"stands":{"state":"away","call":{"call":12,"service":null,"origin":"live"},"since":1795000000000},"since":1795000000000}]]}}"#]],
        );
    }

    #[test]
    fn a_state_of_another_format_or_of_none_is_damaged() {
        let text = write_board(&Snapshot::default());
        for (format, text) in [(FORMAT + 1, text.as_str()), (FORMAT, "{}"), (FORMAT, "")] {
            assert!(matches!(read_board(format, text), Err(StoreError::Damaged(_))), "{format}: {text}");
        }
    }

    const AT: Timestamp = Timestamp(1_795_000_000_000);
    const UNTIL: Timestamp = Timestamp(1_795_000_020_000);
    const RITA: AttendantId = AttendantId(2);
    const ANNA: Target = Target { party: PartyId(20), kind: TargetKind::User };

    fn switchboard() -> SwitchboardSnapshot {
        let (play, sound, transfer) = (PlayId(8), SoundId(9), TransferId(4));
        let activities = [
            Activity::Passing,
            Activity::Playing { play, sound, hearing: Hearing::Announcement, until: UNTIL },
            Activity::Awaiting { tries_left: 2, until: UNTIL },
            Activity::Recording {
                recording: RecordingId(10),
                length_max: Span::from_secs(120),
                until: UNTIL,
            },
            Activity::HandingOver { transfer, target: ANNA, until: UNTIL },
        ];
        let stages = [
            Stage::Trying,
            Stage::Ringing,
            Stage::WithTarget,
            Stage::WithCaller,
            Stage::Conference,
            Stage::Completing { target_answered: true },
        ];
        let transfer = |stage| Transfer {
            id: TransferId(4),
            mode: Mode::Consult,
            target: ANNA,
            stage,
            began: AT,
            since: AT,
            limit: Some(UNTIL),
        };
        let mut states: Vec<CallState> = activities.map(CallState::InWorkflow).to_vec();
        states
            .extend(stages.map(|stage| CallState::Consulting { attendant: RITA, transfer: transfer(stage) }));
        states.extend([
            CallState::Waiting(waiting()),
            CallState::Dialing { attendant: RITA, ringing: true },
            CallState::Active { attendant: RITA },
            CallState::Held(Held {
                attendant: RITA,
                alert: UNTIL,
                alerted: true,
                treatment: Treatment::Music,
            }),
            CallState::Parked(Parked {
                slot: SlotNumber(7),
                attendant: RITA,
                alert: AT,
                alerted: false,
                limit: UNTIL,
                treatment: Treatment::Silence,
            }),
            CallState::Leaving { attendant: RITA, transfer: transfer(Stage::Trying) },
        ]);
        SwitchboardSnapshot {
            clock: AT,
            services: vec![Service::new(ServiceId(3), "Reception", vec![RITA])],
            profiles: vec![Profile { id: ProfileId(10), name: "Experts".to_owned(), skills: skills() }],
            attendants: vec![attendant()],
            calls: (1..).zip(states).map(|(id, state)| call(id, state)).collect(),
            offers_made: 5,
            gone: vec![(Leg::Caller(CallId(77)), AT), (Leg::Target(TransferId(78)), UNTIL)],
            ..SwitchboardSnapshot::default()
        }
    }

    fn skills() -> Skills {
        Skills::from([(SkillId(11), 70)])
    }

    fn attendant() -> Attendant {
        Attendant {
            on_duty: true,
            not_available: Some(NotAvailable::Lunch),
            rona: true,
            acw: Some(Acw { call: CallId(76), since: AT, until: UNTIL }),
            skills: skills(),
            profile: Some(ProfileId(10)),
            switched_off: BTreeSet::from([ServiceId(3)]),
            offer: Some((OfferId(5), CallId(12))),
            active: Some(CallId(14)),
            held: vec![CallId(15)],
            parked: BTreeSet::from([CallId(16)]),
            aside: BTreeSet::from([CallId(17)]),
            taken: 6,
            last_offer: OfferId(5),
            ..Attendant::new(RITA, AT)
        }
    }

    fn waiting() -> Waiting {
        Waiting {
            priority: 50,
            promotion: Some(UNTIL),
            level: 1,
            widening: Some(UNTIL),
            limit: UNTIL,
            reserved: Some(Reservation { attendant: RITA, until: UNTIL, fallback: Some(ServiceId(3)) }),
            ring_max: 10,
            offers: vec![Offer { id: OfferId(5), attendant: RITA, since: AT, until: UNTIL }],
            declined: vec![Declined { attendant: AttendantId(1), until: UNTIL }],
            treatment: Treatment::Music,
        }
    }

    fn call(id: u64, state: CallState) -> Call {
        let direction = if id == 1 { Direction::Outbound } else { Direction::Inbound };
        let way = Way {
            node: Some(NodeId(1)),
            answered: true,
            parameters: BTreeMap::from([("language".to_owned(), "it".to_owned())]),
            steps: 3,
            steps_before: 2,
            moves: 1,
        };
        Call {
            id: CallId(id),
            party: PartyId(6),
            origin: Origin::Live,
            direction,
            service: Some(ServiceId(3)),
            began: AT,
            arrived: AT,
            since: AT,
            accepted: Some(AT),
            state,
            way,
            calls_back: id == 1,
            abandoned: Some(Abandoned { transfer: TransferId(79), attendant: Some(RITA), target: ANNA }),
        }
    }

    fn fold() -> FoldSnapshot {
        let phases = [Phase::Apart, Phase::Talking, Phase::Held, Phase::Parked];
        let outcomes = (1..=18).map(|number| super::super::read_outcome(number).expect("there are 18"));
        let ends = (1..).map_while(|number| super::super::read_user_outcome(number).ok());
        let session = |outcome| UserSession {
            attendant: RITA,
            began: AT,
            ended: Some(UNTIL),
            outcome: Some(outcome),
            target: Some(PartyId(20)),
            ring_ms: 1,
            connected_ms: 2,
            hold_ms: 3,
        };
        let sessions: Vec<UserSession> = ends.map(session).collect();
        let live = |(call, outcome): (u64, Outcome)| Live {
            record: CallRecord {
                call: CallId(call),
                part: 1,
                origin: Origin::Simulated,
                outbound: false,
                service: Some(ServiceId(3)),
                party: PartyId(6),
                arrived: AT,
                queued: Some(AT),
                accepted: Some(AT),
                ended: None,
                connected_ms: 4,
                hold_ms: 5,
                park_ms: 6,
                outcome: Some(outcome),
                imported: false,
                user_sessions: if call == 1 { sessions.clone() } else { Vec::new() },
            },
            phase: phases[call as usize % phases.len()],
            since: AT,
            ringing: vec![Ringing { offer: OfferId(5), attendant: RITA, began: AT }],
            left: Some(AT),
            moved: true,
            way: LiveWay {
                walking: true,
                accepted: false,
                voicemail: true,
                callback: false,
                hand_over_failed: true,
            },
        };
        let of = CallOf { call: CallId(12), service: None, origin: Origin::Live };
        let state = |state| AttendantState {
            on_duty: true,
            presence: Presence::Busy,
            on_a_break: true,
            rona: true,
            acw: Some(of),
            calls: vec![of],
            had: vec![of, of],
            stands: Some(Stands { state, call: Some(of), since: AT }),
            since: Some(AT),
        };
        let attendants = (1..).map(AttendantId).zip(State::ALL.map(state));
        FoldSnapshot { live: (1..).zip(outcomes).map(live).collect(), attendants: attendants.collect() }
    }
}
