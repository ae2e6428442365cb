//! Walking a caller through the workflow of her service (ROUTE-3): one step after the other until one takes time, and on
//! from there when its end is told or due. Does not say what a workflow may look like: see `workflow`.

use crate::apply::Tables;
use crate::calendar;
use crate::call::{Activity, Hearing};
use crate::command::Failure;
use crate::deadline::TICK_EVENTS_MAX;
use crate::draft::Draft;
use crate::event::{End, Event};
use crate::id::{
    AttendantId, CallId, Leg, NodeId, PlayId, RecordingId, ServiceId, SoundId, TransferId, derived,
};
use crate::rejection::Rejection;
use crate::settings::Service;
use crate::time::Span;
use crate::workflow::check::NODES_MAX;
use crate::workflow::{Nobody, Step, TransferTo};

/// Steps one caller takes at most without speaking to anybody: a day of announcements between queues. What goes on longer
/// is a circle that the telephone system makes too short to notice.
const STEPS_MAX: u32 = 2000;
/// Moves from service to service at most, likewise: services that send callers on to each other end somewhere.
const MOVES_MAX: u8 = 10;
/// The longest sound, and what a telephone system may be late with its end.
const SOUND_MAX: Span = Span::from_secs(610);
/// What a telephone system may be late with the end of a recording.
const RECORDING_GRACE: Span = Span::from_secs(30);
/// Ends a greeting early.
const SKIP: char = '#';

impl Draft<'_> {
    /// A caller has arrived at a service: its workflow begins, or she waits.
    pub(crate) fn begin(&mut self, call: CallId, service: ServiceId) {
        match self.service(service).and_then(|service| service.workflow.as_ref()).map(|it| it.start) {
            Some(start) => self.walk(call, start),
            None => self.enqueue(call, service, self.now),
        }
    }

    /// A caller leaves her service for another one (or for its beginning): a new service session.
    pub(crate) fn move_to(&mut self, call: CallId, service: ServiceId) {
        if self.service(service).is_some_and(|service| service.workflow.is_some()) {
            self.emit(Event::CallMoved { call, service, arrived: self.now });
        }
        self.begin(call, service);
    }

    /// Walks from this step on until one takes time.
    pub(crate) fn walk(&mut self, call: CallId, from: NodeId) {
        let mut node = from;
        // Without a wait no step comes twice, so this ends before it is cut off.
        for _ in 0..=NODES_MAX {
            let steps = self.call(call).map_or(0, |call| call.way.steps - call.way.steps_before);
            let Some(step) = self.step_at(call, node).filter(|_| steps < STEPS_MAX) else {
                return self.lose_the_way(call);
            };
            self.emit(Event::StepEntered { call, node });
            match self.take_step(call, step) {
                Some(next) => node = next,
                None => return,
            }
        }
        self.lose_the_way(call);
    }

    /// The same, out of the queue: where nothing further is foreseen, the limit was the end of it (outcome 14).
    pub(crate) fn walk_after_queue(&mut self, call: CallId, next: NodeId) {
        match self.step_at(call, next) {
            Some(Step::Disconnect) => self.end_call(call, End::QueueTimeOver),
            Some(_) | None => self.walk(call, next),
        }
    }

    /// The workflow was changed under her feet, or leads round in circles: she waits, so nobody is lost.
    fn lose_the_way(&mut self, call: CallId) {
        match self.home(call) {
            Some(service) => {
                let arrived = self.call(call).map_or(self.now, |call| call.arrived);
                self.enqueue(call, service, arrived);
            }
            None => self.end_call(call, End::EndOfWorkflow),
        }
    }

    /// What the step does; `Some`: the step after it, in the same moment.
    fn take_step(&mut self, call: CallId, step: Step) -> Option<NodeId> {
        match step {
            Step::Accept { next } => {
                // Said even where a sound before it has answered the line: reports ask how far she came.
                self.emit(Event::LineAnswered { call });
                Some(next)
            }
            Step::Announce { sound, .. } => self.play(call, sound, Hearing::Announcement),
            Step::Hours { calendar, open, closed } => {
                let is_open = calendar::is_open(self.calendar(calendar), self.now);
                Some(if is_open { open } else { closed })
            }
            Step::Availability { selectable, later, nobody } => Some(match self.outlook(call) {
                Outlook::Selectable => selectable,
                Outlook::Later => later,
                Outlook::Nobody => nobody,
            }),
            Step::Menu { sound, tries, .. } => self.play(call, sound, Hearing::Menu { tries_left: tries }),
            Step::Save { parameter, value, next } => {
                self.emit(Event::ParameterSaved { call, parameter, value });
                Some(next)
            }
            Step::Check { parameter, equals, yes, no } => {
                let noted = self.call(call).and_then(|call| call.way.parameters.get(&parameter));
                Some(if noted.map_or("", String::as_str) == equals { yes } else { no })
            }
            Step::Queue { nobody: Nobody::Leaves(next), .. } if self.outlook(call) == Outlook::Nobody => {
                Some(next)
            }
            Step::Queue { .. } => {
                let service = self.home(call)?;
                let arrived = self.call(call)?.arrived;
                self.enqueue(call, service, arrived);
                None
            }
            Step::Position { position_max, wait_max, within, beyond } => {
                let near = self.is_within(call, position_max, wait_max);
                Some(if near { within } else { beyond })
            }
            Step::Voicemail { sound: Some(sound), .. } | Step::Callback { sound: Some(sound), .. } => {
                self.play(call, sound, Hearing::Greeting)
            }
            Step::Voicemail { sound: None, length_max, .. } => self.record(call, length_max),
            Step::Callback { sound: None, next } => {
                self.request_callback(call);
                Some(next)
            }
            Step::Transfer { target: TransferTo::Service(service), failed } => {
                let moves = self.call(call).map_or(0, |call| call.way.moves);
                if moves >= MOVES_MAX || self.service(service).is_none() {
                    return Some(failed);
                }
                self.emit(Event::CallMoved { call, service, arrived: self.now });
                self.begin(call, service);
                None
            }
            Step::Transfer { target: TransferTo::Party(target), .. } => {
                self.answer(call);
                let transfer = TransferId(self.name_of_step(call));
                let limits = *self.limits();
                let (limit, treatment) = (self.now + limits.hand_over, limits.on_hold);
                self.emit(Event::HandOverBegan { transfer, call, target, limit, treatment });
                None
            }
            Step::Disconnect => {
                self.end_call(call, End::EndOfWorkflow);
                None
            }
        }
    }

    fn answer(&mut self, call: CallId) {
        if self.call(call).is_some_and(|call| !call.way.answered) {
            self.emit(Event::LineAnswered { call });
        }
    }

    fn play(&mut self, call: CallId, sound: SoundId, hearing: Hearing) -> Option<NodeId> {
        let step = self.name_of_step(call);
        let tries = match hearing {
            Hearing::Menu { tries_left } => tries_left,
            Hearing::Announcement | Hearing::Greeting => 0,
        };
        let play = PlayId(derived(step, u64::from(tries)));
        self.emit(Event::SoundStarted { call, play, sound, hearing, until: self.now + SOUND_MAX });
        None
    }

    fn record(&mut self, call: CallId, length_max: Span) -> Option<NodeId> {
        let recording = RecordingId(self.name_of_step(call));
        let until = self.now + length_max + RECORDING_GRACE;
        self.emit(Event::RecordingStarted { call, recording, length_max, until });
        None
    }

    /// A number that no other step of any caller has, for what this step begins.
    fn name_of_step(&self, call: CallId) -> u64 {
        let steps = self.call(call).map_or(0, |call| call.way.steps);
        derived(call.0, u64::from(steps))
    }

    /// A call of its own waits in her place from now on. Where there is no room for it she is not promised anything.
    fn request_callback(&mut self, call: CallId) {
        let Some(found) = self.call(call) else { return };
        let (party, origin, arrived, service) = (found.party, found.origin, found.arrived, found.service);
        let callback = CallId(self.name_of_step(call));
        let Some(service) = service.filter(|_| self.room_for(callback).is_ok()) else { return };
        let limit = self.now + self.limits().callback_time_max;
        self.emit(Event::CallbackRequested { call, callback, service, party, origin, arrived, limit });
    }

    // -- what the telephone system tells -------------------------------------------------------------------------

    pub(crate) fn digit_pressed(&mut self, leg: Leg, digit: char) -> Result<(), Rejection> {
        let Some((call, activity)) = self.walking(leg) else { return Ok(()) };
        match activity {
            Activity::Playing { hearing: Hearing::Menu { tries_left }, .. }
            | Activity::Awaiting { tries_left, .. } => self.choose(call, tries_left, digit),
            Activity::Playing { hearing: Hearing::Greeting, .. } if digit == SKIP => self.sound_over(call),
            Activity::Playing { .. }
            | Activity::Passing
            | Activity::Recording { .. }
            | Activity::HandingOver { .. } => {}
        }
        Ok(())
    }

    pub(crate) fn play_ended(&mut self, leg: Leg, play: PlayId) -> Result<(), Rejection> {
        if let Some((call, Activity::Playing { play: playing, .. })) = self.walking(leg)
            && playing == play
        {
            self.sound_over(call);
        }
        Ok(())
    }

    pub(crate) fn recorded(
        &mut self,
        leg: Leg,
        recording: RecordingId,
        length: Span,
    ) -> Result<(), Rejection> {
        if let Some((call, Activity::Recording { recording: running, .. })) = self.walking(leg)
            && running == recording
        {
            let service = self.call(call).and_then(|call| call.service);
            if let Some(service) = service.filter(|_| length > Span(0)) {
                self.emit(Event::VoicemailLeft { call, service, recording, length });
            }
            self.go_on(call);
        }
        Ok(())
    }

    /// The hand-over by the workflow did not come about.
    pub(crate) fn hand_over_failed(&mut self, call: CallId, transfer: TransferId, failure: Failure) {
        let activity = self.call(call).and_then(|call| call.activity());
        if let Some(Activity::HandingOver { transfer: in_flight, target, .. }) = activity
            && in_flight == transfer
        {
            self.emit(Event::HandOverFailed { transfer, call, target, failure });
            self.go_on(call);
        }
    }

    // -- what time does ------------------------------------------------------------------------------------------

    /// What goes on at her step counts as over.
    pub(crate) fn activity_due(&mut self, call: CallId, activity: Activity) {
        match activity {
            Activity::Passing => self.lose_the_way(call),
            Activity::Playing { .. } => self.sound_over(call),
            Activity::Awaiting { tries_left, .. } => self.ask_again(call, tries_left),
            Activity::Recording { .. } => self.go_on(call),
            Activity::HandingOver { transfer, .. } => {
                self.hand_over_failed(call, transfer, Failure::NoAnswer)
            }
        }
    }

    /// The last attendant of her services may have gone: callers whose queue says so go on. Of a great many the last ones do
    /// so at their limit.
    pub(crate) fn leave_unserved(&mut self, attendant: AttendantId) {
        let services =
            self.attendant(attendant).map(|found| found.services.keys().copied().collect::<Vec<_>>());
        let unserved = services.into_iter().flatten().filter(|service| !self.is_staffed(*service));
        let waiting =
            unserved.flat_map(|service| self.board.index.waiting.get(&service).into_iter().flatten());
        let leaving: Vec<(CallId, NodeId)> =
            waiting.filter_map(|place| Some((place.call, self.way_out_of_unserved(place.call)?))).collect();
        for (call, next) in leaving {
            if self.events_so_far() < TICK_EVENTS_MAX {
                self.walk(call, next);
            }
        }
    }

    // -- from one step to the next -------------------------------------------------------------------------------

    fn choose(&mut self, call: CallId, tries_left: u8, digit: char) {
        let Some(Step::Menu { choices, .. }) = self.step_of(call) else {
            return self.lose_the_way(call);
        };
        match choices.iter().find(|choice| choice.key == digit) {
            Some(choice) => {
                self.emit(Event::KeyChosen { call, key: digit });
                self.walk(call, choice.next);
            }
            None => self.ask_again(call, tries_left),
        }
    }

    fn ask_again(&mut self, call: CallId, tries_left: u8) {
        match self.step_of(call) {
            Some(Step::Menu { sound, .. }) if tries_left > 1 => {
                self.play(call, sound, Hearing::Menu { tries_left: tries_left - 1 });
            }
            Some(Step::Menu { otherwise, .. }) => self.walk(call, otherwise),
            Some(_) | None => self.lose_the_way(call),
        }
    }

    fn sound_over(&mut self, call: CallId) {
        let activity = self.call(call).and_then(|call| call.activity());
        let Some(Activity::Playing { hearing, .. }) = activity else { return };
        match (hearing, self.step_of(call)) {
            (Hearing::Menu { tries_left }, Some(Step::Menu { timeout, .. })) => {
                self.emit(Event::KeyAwaited { call, tries_left, until: self.now + timeout });
            }
            (Hearing::Greeting, Some(Step::Voicemail { length_max, .. })) => {
                self.record(call, length_max);
            }
            (Hearing::Greeting, Some(Step::Callback { next, .. })) => {
                self.request_callback(call);
                self.walk(call, next);
            }
            (Hearing::Announcement, Some(Step::Announce { next, .. })) => self.walk(call, next),
            (Hearing::Announcement | Hearing::Menu { .. } | Hearing::Greeting, _) => self.lose_the_way(call),
        }
    }

    /// On by the one way out of a recording or a hand-over.
    fn go_on(&mut self, call: CallId) {
        match self.step_of(call) {
            Some(Step::Voicemail { next, .. } | Step::Transfer { failed: next, .. }) => self.walk(call, next),
            Some(_) | None => self.lose_the_way(call),
        }
    }

    // -- looking -------------------------------------------------------------------------------------------------

    /// The call of a caller's line that is at a step, and what goes on there.
    fn walking(&self, leg: Leg) -> Option<(CallId, Activity)> {
        let Leg::Caller(call) = leg else { return None };
        Some((call, self.call(call)?.activity()?))
    }

    /// The step she is at, or in whose queue she waits.
    fn step_of(&self, call: CallId) -> Option<Step> {
        self.step_at(call, self.call(call)?.way.node?)
    }

    fn step_at(&self, call: CallId, node: NodeId) -> Option<Step> {
        let service = self.service(self.call(call)?.service?)?;
        Some(service.workflow.as_ref()?.nodes.get(&node)?.step.clone())
    }

    /// How long she may wait in the queue of this step.
    pub(crate) fn queue_limit(&self, service: &Service, node: Option<NodeId>) -> Span {
        let step = node.and_then(|node| Some(&service.workflow.as_ref()?.nodes.get(&node)?.step));
        match step {
            Some(Step::Queue { limit: Some(limit), .. }) => *limit,
            _ => service.queue_time_max,
        }
    }

    /// Where a caller goes whose time in the queue is over; one who is to be called back goes nowhere.
    pub(crate) fn exit_of_queue(&self, call: CallId) -> Option<NodeId> {
        self.call(call).filter(|call| !call.is_callback())?;
        match self.step_of(call)? {
            Step::Queue { timeout, .. } => Some(timeout),
            _ => None,
        }
    }

    /// Where a caller goes whose queue nobody serves any more. One kept for an attendant waits.
    fn way_out_of_unserved(&self, call: CallId) -> Option<NodeId> {
        let found = self.call(call).filter(|call| !call.is_callback())?;
        found.waiting().filter(|waiting| waiting.is_open())?;
        match self.step_of(call)? {
            Step::Queue { nobody: Nobody::Leaves(next), .. } => Some(next),
            _ => None,
        }
    }

    fn outlook(&self, call: CallId) -> Outlook {
        let Some(service) = self.home(call) else { return Outlook::Nobody };
        if self.anybody(service, |attendant, service| attendant.selectable(service).is_ok()) {
            Outlook::Selectable
        } else if self.is_staffed(service) {
            Outlook::Later
        } else {
            Outlook::Nobody
        }
    }

    /// Somebody is on duty for this service.
    fn is_staffed(&self, service: ServiceId) -> bool {
        self.anybody(service, |attendant, service| attendant.on_duty && attendant.serves(service.id))
    }

    /// Whether one of the service's attendants is so. Looks at all of them: a look ahead is no offer.
    fn anybody(&self, service: ServiceId, is_so: impl Fn(&crate::Attendant, &Service) -> bool) -> bool {
        let Some(service) = self.service(service) else { return false };
        let untouched = self.board.attendants.values().filter(|it| !self.attendants.contains_key(&it.id));
        let touched = self.attendants.values().flatten();
        untouched.chain(touched).any(|attendant| is_so(attendant, service))
    }

    fn is_within(&self, call: CallId, position_max: Option<u16>, wait_max: Option<Span>) -> bool {
        let Some(found) = self.call(call) else { return false };
        let Some(service) = self.home(call) else { return false };
        let waiting = self.board.index.waiting.get(&service);
        let before = |place: &&crate::Place| place.arrived < found.arrived && place.call != call;
        let ahead = waiting.into_iter().flatten().filter(before);
        let near = position_max.is_none_or(|most| {
            let most = usize::from(most);
            ahead.clone().take(most + 1).count() <= most
        });
        let longest = ahead.map(|place| place.arrived).min().map_or(Span(0), |since| self.now - since);
        near && wait_max.is_none_or(|wait| longest <= wait)
    }
}

/// What a caller may hope for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outlook {
    /// Somebody could be rung now.
    Selectable,
    /// Somebody is on duty.
    Later,
    /// Nobody is.
    Nobody,
}
