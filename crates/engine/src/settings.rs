//! What a tenant sets: services, attendants, limits. Settings are events, so history is judged by the rules of its day.
//! Does not hold state of calls or attendants.

use std::collections::BTreeMap;

use crate::id::{AttendantId, ProfileId, ServiceId, SkillId};
use crate::time::Span;
use crate::workflow::Workflow;

/// Something a caller can reach (ROUTE-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Names the service in every event.
    pub id: ServiceId,
    /// Shown on screens and in reports; not empty, at most 120 characters.
    pub name: String,
    /// 1 (first) to 99 (last); a call of a smaller number is offered before any of a larger one.
    pub priority: u8,
    /// Answered within this span counts towards the service level. Default 20 s.
    pub sla: Span,
    /// Abandoned before this span is a short call. Default 5 s.
    pub hang_up_threshold: Span,
    /// How long one attendant is rung: 5–30 s, default 20 s.
    pub rona: Span,
    /// After-call work once a call of this service ends; zero for none.
    pub acw: Span,
    /// Longest stay in the queue: 5–3600 s, default 300 s.
    pub queue_time_max: Span,
    /// What a waiting caller hears.
    pub waiting: Treatment,
    /// Who may be offered its calls.
    pub members: Members,
    /// In which order they are.
    pub distribution: Distribution,
    /// Which of them, the longer the caller waits: at most 10, the first after 0 s, each later than the one before. Without
    /// any, all at once.
    pub levels: Vec<PolicyLevel>,
    /// Members who come before all others; at most 10.
    pub preferred: Vec<Preferred>,
    /// Offer calls to an attendant who has a call parked (two tasks at most); after-call work waits until she has none.
    pub parallel_work: bool,
    /// Offer calls to an attendant whose presence is Busy.
    pub busy_selectable: bool,
    /// Offer calls to an attendant whose presence is Away.
    pub away_selectable: bool,
    /// The way of a caller from the moment she reaches the service; without one, straight into the queue.
    pub workflow: Option<Workflow>,
}

impl Service {
    /// A service with the defaults of ROUTE-1.
    pub fn new(id: ServiceId, name: impl Into<String>, members: Vec<AttendantId>) -> Service {
        Service {
            id,
            name: name.into(),
            priority: 50,
            sla: Span::from_secs(20),
            hang_up_threshold: Span::from_secs(5),
            rona: Span::from_secs(20),
            acw: Span(0),
            queue_time_max: Span::from_secs(300),
            waiting: Treatment::Ringing,
            members: Members::Listed(members),
            distribution: Distribution::LongestIdle,
            levels: Vec::new(),
            preferred: Vec::new(),
            parallel_work: true,
            busy_selectable: false,
            away_selectable: false,
            workflow: None,
        }
    }
}

/// Who belongs to a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Members {
    /// These, in this order (`Distribution::FixedOrder`); at most 500.
    Listed(Vec<AttendantId>),
    /// Everybody who has all of these skills.
    Skilled(Vec<SkillNeed>),
    /// Nobody: a service whose callers are sent elsewhere.
    Nobody,
}

/// Whom a call is offered to first, among those who may be offered it (ROUTE-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Distribution {
    /// Who has been idle longest.
    LongestIdle,
    /// Who has taken the fewest calls since she went on duty; of those, who has been idle longest.
    FewestCalls,
    /// Whose last offer is longest ago.
    RoundRobin,
    /// In the order of the list; by id where members come by skill.
    FixedOrder,
    /// Nobody is rung: attendants pick the calls themselves.
    PickUp,
    /// Ten at once, longest idle first; the first who answers has the call. Nobody is in RONA for not answering: after
    /// `Service::rona` the next ten are rung.
    Broadcast,
}

/// Telephones that ring at once for one call at most (ROUTE-2).
const BROADCAST_MAX: u8 = 10;

impl Distribution {
    /// At how many attendants one call may ring at once.
    pub fn ring_max(self) -> u8 {
        match self {
            Distribution::Broadcast => BROADCAST_MAX,
            Distribution::LongestIdle
            | Distribution::FewestCalls
            | Distribution::RoundRobin
            | Distribution::FixedOrder
            | Distribution::PickUp => 1,
        }
    }
}

/// From a wait of `after` on, members who meet this may be offered the call, besides those of the levels before: levels
/// only widen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLevel {
    /// Waited at least this long.
    pub after: Span,
    /// All of these skills; none: everybody.
    pub needs: Vec<SkillNeed>,
    /// One of these responsibility profiles; none: any, or no profile at all.
    pub profiles: Vec<ProfileId>,
}

/// A skill, and how well at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SkillNeed {
    /// Which.
    pub skill: SkillId,
    /// 1–100.
    pub level: u8,
}

/// A member who is asked before others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Preferred {
    /// Who.
    pub attendant: AttendantId,
    /// 1 (first) to 99.
    pub priority: u8,
}

/// How well an attendant can do what: 1–100 by skill; what is missing she cannot.
pub type Skills = BTreeMap<SkillId, u8>;

/// A responsibility profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Names it.
    pub id: ProfileId,
    /// Shown; not empty, at most 120 characters.
    pub name: String,
    /// What everybody with this profile can do at least.
    pub skills: Skills,
}

/// What a caller hears while not in conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Treatment {
    /// The ringing tone of her own telephone system; the call is not yet answered, so costs her nothing. A caller who
    /// comes back after she was answered hears `Limits::on_hold` instead.
    Ringing,
    /// Music from us; the call is answered first.
    Music,
    /// Nothing.
    Silence,
}

/// Who gets a call that came back from a slot, where the parker does not take it (CALL-4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ParkFallback {
    /// Everybody of the service it is with.
    #[default]
    Queue,
    /// Everybody of this service: a new service session begins there.
    Service(ServiceId),
}

impl ParkFallback {
    /// The other service.
    pub fn service(self) -> Option<ServiceId> {
        match self {
            ParkFallback::Queue => None,
            ParkFallback::Service(service) => Some(service),
        }
    }
}

/// Limits of the whole switchboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Number of park slots, 1–500. Default 20.
    pub park_slots: u16,
    /// Longest stay in a slot before the call goes back to the parker. Default 120 s.
    pub park_time: Span,
    /// Where a call goes that came back from a slot and that the parker does not take. Default: the queue of its service.
    pub park_fallback: ParkFallback,
    /// How long a call that came back is kept for the attendant who parked or transferred it, before everyone
    /// of its service may be offered it. Default 20 s.
    pub recall_time: Span,
    /// After this span on hold the console alerts. Default 60 s.
    pub hold_alert: Span,
    /// Before the park limit, the console alerts this much ahead. Default 15 s.
    pub park_alert: Span,
    /// Calls one attendant may hold at once, 1–50. Default 8.
    pub held_max: u16,
    /// How long the target of a safe transfer or consultation is rung. Default 30 s.
    pub target_ring: Span,
    /// How long the telephone system may take over a blind transfer before our line is let go. Default 180 s: longer
    /// than any telephone rings before its voicemail answers.
    pub hand_over: Span,
    /// An attendant who declined a call is not offered the same call again for this long. Default 10 s.
    pub decline_pause: Span,
    /// A caller who has waited this long counts as of priority 1, so that nobody waits for ever behind more important ones:
    /// 10–3600 s. Default 180 s.
    pub priority_wait_max: Span,
    /// How long a caller who is to be called back keeps her place: a minute to a week. Default 24 h.
    pub callback_time_max: Span,
    /// By how much after-call work is extended each time she asks; zero: it is fixed. Default 30 s.
    pub acw_extension: Span,
    /// What callers on hold, in a slot or on their way to a target hear. Default music.
    pub on_hold: Treatment,
    /// Calls in the switchboard at once, 1–10,000: what one desk of 2,000 waiting needs, five times over.
    pub calls_max: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            park_slots: 20,
            park_time: Span::from_secs(120),
            park_fallback: ParkFallback::Queue,
            recall_time: Span::from_secs(20),
            hold_alert: Span::from_secs(60),
            park_alert: Span::from_secs(15),
            held_max: 8,
            target_ring: Span::from_secs(30),
            hand_over: Span::from_secs(180),
            decline_pause: Span::from_secs(10),
            priority_wait_max: Span::from_secs(180),
            callback_time_max: Span::from_secs(86_400),
            acw_extension: Span::from_secs(30),
            on_hold: Treatment::Music,
            calls_max: 10_000,
        }
    }
}

/// Whether a call counts (CALL-14): simulated calls are marked everywhere and never in the reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A real telephone call.
    Live,
    /// Made by the simulator for training.
    Simulated,
}
