//! The gate of the one door: which part a request belongs to, what it touches, whether who asks may, and what the access log is
//! told (ID-5, ID-7). Does not act.

use contracts::access_log::{Actor, Entry, IdText, Kind as Logged, ObjectRef, Outcome, Word};
use contracts::ids::UnitId;
use contracts::sign_in::{SignInState, Wants};
use engine::{AttendantId, CalendarId, ServiceId, SoundId, Switchboard, Workflow};
use identity::{Action, Authorized, Identity, Kind, Place, Refused, Right};
use std::collections::BTreeSet;

use super::id;
use super::wire::{ApiError, Request};
use crate::app::App;

/// Which part of the door deals with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Session,
    Calls,
    People,
    Personal,
    Retention,
    Subjects,
    NumbersSeen,
    Listing,
    HomeCountry,
    Voicemails,
    Import,
    PastCalls,
    SourcesSeen,
    Sources,
    SetupSeen,
    Setup,
    SoundsHeard,
    Sounds,
    HoursSeen,
    Hours,
    ServicesSeen,
    Services,
    Skills,
    Staffing,
    Reports,
    Board,
    BoardRules,
    Supervision,
    Schedules,
    FeedSeen,
    Feed,
    ProtectionSeen,
    Protection,
    Rights,
    SignInSeen,
    SignIn,
    UsersSeen,
    Sync,
    Users,
    Changes,
}

/// How the access log hears of a request that is not privileged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    /// Each one.
    Each,
    /// How often in a minute: what screens ask by themselves, or with every key stroke.
    Counted,
}

/// What is known of a request before anybody looks into it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) part: Part,
    /// Its name in the access log; never changed.
    pub(super) name: &'static str,
    heard: Heard,
}

fn act(part: Part, name: &'static str) -> Row {
    Row { part, name, heard: Heard::Each }
}

fn read(part: Part, name: &'static str) -> Row {
    Row { part, name, heard: Heard::Counted }
}

/// One row each: a new request does not compile until it has one.
pub(super) fn row_of(request: &Request) -> Row {
    match request {
        Request::GetSession {} => read(Part::Session, "get-session"),
        Request::SignIn {} => act(Part::Session, "sign-in"),
        Request::CancelSignIn {} => read(Part::Session, "cancel-sign-in"),
        Request::SignOut {} => act(Part::Session, "sign-out"),
        Request::GetConsole {} => read(Part::Calls, "get-console"),
        Request::Accept { .. } => act(Part::Calls, "accept"),
        Request::Decline { .. } => act(Part::Calls, "decline"),
        Request::Pick { .. } => act(Part::Calls, "pick"),
        Request::HangUp { .. } => act(Part::Calls, "hang-up"),
        Request::Hold { .. } => act(Part::Calls, "hold"),
        Request::Retrieve { .. } => act(Part::Calls, "retrieve"),
        Request::Park { .. } => act(Part::Calls, "park"),
        Request::Unpark { .. } => act(Part::Calls, "unpark"),
        Request::Transfer { .. } => act(Part::Calls, "transfer"),
        Request::Consult { .. } => act(Part::Calls, "consult"),
        Request::Swap { .. } => act(Part::Calls, "swap"),
        Request::Conference { .. } => act(Part::Calls, "conference"),
        Request::CompleteTransfer { .. } => act(Part::Calls, "complete-transfer"),
        Request::CancelTransfer { .. } => read(Part::Calls, "cancel-transfer"),
        Request::PlaceCall { .. } => act(Part::Calls, "place-call"),
        Request::SendDigits { .. } => act(Part::Calls, "send-digits"),
        Request::SetMuted { .. } => act(Part::Calls, "set-muted"),
        Request::SetDuty { .. } => act(Part::Calls, "set-duty"),
        Request::SetPresence { .. } => act(Part::Calls, "set-presence"),
        Request::SetNotAvailable { .. } => act(Part::Calls, "set-not-available"),
        Request::SetServing { .. } => act(Part::Calls, "set-serving"),
        Request::ClearRona {} => act(Part::Calls, "clear-rona"),
        Request::EndAcw {} => act(Part::Calls, "end-acw"),
        Request::ExtendAcw {} => act(Part::Calls, "extend-acw"),
        Request::SearchContacts { .. } => read(Part::People, "search-contacts"),
        Request::GetContact { .. } => act(Part::People, "get-contact"),
        Request::ImportContacts { .. } => act(Part::Import, "import-contacts"),
        Request::ImportPart { .. } => act(Part::Import, "import-part"),
        Request::CancelImport { .. } => act(Part::Import, "cancel-import"),
        Request::LookAtCalls { .. } => act(Part::PastCalls, "look-at-calls"),
        Request::ReadCallsMapping { .. } => act(Part::PastCalls, "read-calls-mapping"),
        Request::CheckCalls { .. } => act(Part::PastCalls, "check-calls"),
        Request::ImportCallsPart { .. } => act(Part::PastCalls, "import-calls-part"),
        Request::CancelCallsImport { .. } => act(Part::PastCalls, "cancel-calls-import"),
        Request::GetSources {} => read(Part::SourcesSeen, "get-sources"),
        Request::PutSource { .. } => act(Part::Sources, "put-source"),
        Request::RemoveSource { .. } => act(Part::Sources, "remove-source"),
        Request::RefreshSource { .. } => act(Part::SourcesSeen, "refresh-source"),
        Request::SeeContacts { .. } => read(Part::SourcesSeen, "see-contacts"),
        Request::GetCalendar { .. } => act(Part::SourcesSeen, "get-calendar"),
        Request::GetReportingLine { .. } => act(Part::SourcesSeen, "get-reporting-line"),
        Request::GetCallerCard { .. } => act(Part::People, "get-caller-card"),
        Request::GetPersonal {} => read(Part::Personal, "get-personal"),
        Request::GetContactCard { .. } => act(Part::Personal, "get-contact-card"),
        Request::GetTransferRetention {} => read(Part::Personal, "get-transfer-retention"),
        Request::PutGroup { .. } => act(Part::Personal, "put-group"),
        Request::RemoveGroup { .. } => act(Part::Personal, "remove-group"),
        Request::MoveGroup { .. } => act(Part::Personal, "move-group"),
        Request::PlaceContact { .. } => act(Part::Personal, "place-contact"),
        Request::TakeContact { .. } => act(Part::Personal, "take-contact"),
        Request::SetFavourite { .. } => act(Part::Personal, "set-favourite"),
        Request::PutNote { .. } => act(Part::Personal, "put-note"),
        Request::SetStandIn { .. } => act(Part::Personal, "set-stand-in"),
        Request::SetDefaultEndpoint { .. } => act(Part::Personal, "set-default-endpoint"),
        Request::GetKeptAbout { .. } => act(Part::Subjects, "get-kept-about"),
        Request::ExportKeptAbout { .. } => act(Part::Subjects, "export-kept-about"),
        Request::EraseKeptAbout { .. } => act(Part::Subjects, "erase-kept-about"),
        Request::GetLeftOut {} => read(Part::Subjects, "get-left-out"),
        Request::TakeInAgain {} => act(Part::Subjects, "take-in-again"),
        Request::EraseTransferHistory { .. } => act(Part::Retention, "erase-transfer-history"),
        Request::SetTransferRetention { .. } => act(Part::Retention, "set-transfer-retention"),
        Request::GetNumbers {} => read(Part::NumbersSeen, "get-numbers"),
        Request::ListNumber { .. } => act(Part::Listing, "list-number"),
        Request::UnlistNumber { .. } => act(Part::Listing, "unlist-number"),
        Request::SetHomeCountry { .. } => act(Part::HomeCountry, "set-home-country"),
        Request::SetDialling { .. } => act(Part::HomeCountry, "set-dialling"),
        Request::GetWhy { .. } => read(Part::Calls, "get-why"),
        Request::GetPreflight { .. } => read(Part::Calls, "get-preflight"),
        Request::GetHistory { .. } => act(Part::People, "get-history"),
        Request::ListVoicemails { .. } => read(Part::Voicemails, "list-voicemails"),
        Request::GetVoicemail { .. } => act(Part::Voicemails, "get-voicemail"),
        Request::SetVoicemailHandled { .. } => act(Part::Voicemails, "set-voicemail-handled"),
        Request::ForwardVoicemail { .. } => act(Part::Voicemails, "forward-voicemail"),
        Request::ListSounds {} => read(Part::SoundsHeard, "list-sounds"),
        Request::ListVoices {} => read(Part::SoundsHeard, "list-voices"),
        Request::AddSound { .. } => act(Part::Sounds, "add-sound"),
        Request::SpeakSound { .. } => act(Part::Sounds, "speak-sound"),
        Request::GetSound { .. } => read(Part::SoundsHeard, "get-sound"),
        Request::RenameSound { .. } => act(Part::Sounds, "rename-sound"),
        Request::RemoveSound { .. } => act(Part::Sounds, "remove-sound"),
        Request::GetSetup {} => read(Part::SetupSeen, "get-setup"),
        Request::StartTraining {} => act(Part::Setup, "start-training"),
        Request::ConnectSip { .. } => act(Part::Setup, "connect-sip"),
        Request::LeaveMode {} => act(Part::Setup, "leave-mode"),
        Request::GetAudio {} => read(Part::SetupSeen, "get-audio"),
        Request::SetAudio { .. } => act(Part::SetupSeen, "set-audio"),
        Request::SetWaiting { .. } => act(Part::Services, "set-waiting"),
        Request::GetCalendars {} => read(Part::HoursSeen, "get-calendars"),
        Request::PreviewCalendar { .. } => read(Part::HoursSeen, "preview-calendar"),
        Request::PutCalendar { .. } => act(Part::Hours, "put-calendar"),
        Request::RemoveCalendar { .. } => act(Part::Hours, "remove-calendar"),
        Request::ReadHolidays { .. } => read(Part::HoursSeen, "read-holidays"),
        Request::GetServices {} => read(Part::ServicesSeen, "get-services"),
        Request::PutService { .. } => act(Part::Services, "put-service"),
        Request::RemoveService { .. } => act(Part::Services, "remove-service"),
        Request::CheckWorkflow { .. } => read(Part::ServicesSeen, "check-workflow"),
        Request::PutSkill { .. } => act(Part::Skills, "put-skill"),
        Request::RemoveSkill { .. } => act(Part::Skills, "remove-skill"),
        Request::PutProfile { .. } => act(Part::Skills, "put-profile"),
        Request::RemoveProfile { .. } => act(Part::Skills, "remove-profile"),
        Request::SetSkills { .. } => act(Part::Skills, "set-skills"),
        Request::PutLimits { .. } => act(Part::Skills, "put-limits"),
        Request::GetRights {} => read(Part::Rights, "get-rights"),
        Request::GetSignIn {} => read(Part::SignInSeen, "get-sign-in"),
        Request::PutSignIn { .. } => act(Part::SignIn, "put-sign-in"),
        Request::GetUsers { .. } => read(Part::UsersSeen, "get-users"),
        Request::GetOrganisation {} => read(Part::UsersSeen, "get-organisation"),
        Request::PutUser { .. } => act(Part::Users, "put-user"),
        Request::RemoveUser { .. } => act(Part::Users, "remove-user"),
        Request::SetGrants { .. } => act(Part::Users, "set-grants"),
        Request::SetTeam { .. } => act(Part::Users, "set-team"),
        Request::SyncDirectory {} => act(Part::Sync, "sync-directory"),
        Request::PutUnit { .. } => act(Part::Users, "put-unit"),
        Request::RemoveUnit { .. } => act(Part::Users, "remove-unit"),
        Request::GetChanges { .. } => read(Part::Changes, "get-changes"),
        Request::UndoChange { .. } => act(Part::Changes, "undo-change"),
        Request::GetPurge {} => read(Part::ProtectionSeen, "get-purge"),
        Request::GetProtection {} => read(Part::ProtectionSeen, "get-protection"),
        Request::ShowRecoveryKey {} => act(Part::Protection, "show-recovery-key"),
        Request::ConfirmRecoveryKey { .. } => act(Part::Protection, "confirm-recovery-key"),
        Request::RenewRecoveryKey {} => act(Part::Protection, "renew-recovery-key"),
        Request::KeepRecoveryKey {} => act(Part::Protection, "keep-recovery-key"),
        Request::RotateDataKey {} => act(Part::Protection, "rotate-data-key"),
        Request::RenewKeychainKey {} => act(Part::Protection, "renew-keychain-key"),
        Request::GetJurisdictions {} => read(Part::Protection, "get-jurisdictions"),
        Request::SetBackup { .. } => act(Part::Protection, "set-backup"),
        Request::BackUpNow {} => act(Part::Protection, "back-up-now"),
        Request::CancelBackup {} => read(Part::Protection, "cancel-backup"),
        Request::GetRestorePoints {} => read(Part::Protection, "get-restore-points"),
        Request::GetReport { .. } => act(Part::Reports, "get-report"),
        Request::GetReportCalls { .. } => act(Part::Reports, "get-report-calls"),
        Request::WatchBoard { .. } => act(Part::Board, "watch-board"),
        Request::UnwatchBoard { .. } => read(Part::Board, "unwatch-board"),
        Request::SetBoardRules { .. } => act(Part::BoardRules, "set-board-rules"),
        Request::SetAttendantDuty { .. } => act(Part::Supervision, "set-attendant-duty"),
        Request::SetAttendantServing { .. } => act(Part::Supervision, "set-attendant-serving"),
        Request::ClearAttendantRona { .. } => act(Part::Supervision, "clear-attendant-rona"),
        Request::GetReportCallers { .. } => act(Part::Reports, "get-report-callers"),
        Request::ExportReport { .. } => act(Part::Reports, "export-report"),
        Request::GetReportSchedules {} => read(Part::Reports, "get-report-schedules"),
        Request::PutReportSchedule { .. } => act(Part::Schedules, "put-report-schedule"),
        Request::RemoveReportSchedule { .. } => act(Part::Schedules, "remove-report-schedule"),
        Request::RunReportSchedule { .. } => act(Part::Schedules, "run-report-schedule"),
        Request::GetFeed {} => read(Part::FeedSeen, "get-feed"),
        Request::SwitchFeedOn { .. } => act(Part::Feed, "switch-feed-on"),
        Request::SwitchFeedOff {} => act(Part::Feed, "switch-feed-off"),
        Request::GetStaffingBasis { .. } => read(Part::Staffing, "get-staffing-basis"),
        Request::PlanStaffing { .. } => read(Part::Staffing, "plan-staffing"),
        Request::CancelStaffing {} => read(Part::Staffing, "cancel-staffing"),
        Request::GetLock {} => read(Part::ProtectionSeen, "get-lock"),
        Request::RetryUnlock {} => act(Part::ProtectionSeen, "retry-unlock"),
        Request::UnlockWithRecovery { .. } => act(Part::ProtectionSeen, "unlock-with-recovery"),
    }
}

/// Where somebody stands who asks for something.
pub(super) struct Gate<'a> {
    app: &'a App,
    who: &'a Identity,
    request: &'a Request,
    row: Row,
}

impl<'a> Gate<'a> {
    pub(super) fn new(app: &'a App, who: &'a Identity, request: &'a Request) -> Gate<'a> {
        Gate { app, who, request, row: row_of(request) }
    }

    /// Lets her through to what demands this right, or refuses; the access log hears of both. What is privileged is written
    /// there first, and may take a proof of who she is (ID-3): then this waits until she has given it in the browser.
    pub(super) async fn pass<R: Right>(&self) -> Result<Authorized<R>, ApiError> {
        let right = R::ACTION.row();
        let place = self.place(R::ACTION).await?;
        let entry = self.entry(&place, right.privileged);
        let authorized = match identity::authorize::<R>(self.who.held(), &place) {
            Ok(authorized) => authorized,
            Err(refused) => {
                self.app.book.note(Entry { outcome: Outcome::Refused(FORBIDDEN), ..entry });
                return Err(forbidden(refused));
            }
        };
        if !right.privileged {
            match self.row.heard {
                Heard::Each => self.app.book.note(entry),
                Heard::Counted => self.app.book.count(entry),
            }
            return Ok(authorized);
        }
        if let Err(error) = self.app.step_up(self.who).await {
            let code = Word::parse(&error.code).unwrap_or(FORBIDDEN);
            self.app.book.note(Entry { outcome: Outcome::Refused(code), ..entry });
            return Err(error);
        }
        self.app.book.write(entry).await.map_err(|error| {
            tracing::error!(%error, "the access log cannot be written");
            ApiError::new(
                "access.not-recorded",
                "This cannot be recorded in the access log just now, so nothing was done. Check that the disk is not \
                 full, then try again.",
            )
        })?;
        Ok(authorized)
    }

    fn entry(&self, place: &Place, privileged: bool) -> Entry {
        let kind = if privileged { Logged::Administration } else { Logged::Access };
        let unit = match place {
            Place::Units(units) if units.len() == 1 => units.first().copied(),
            Place::Units(_) | Place::Tenant | Place::Unused => None,
        };
        let entry = Entry::once(
            self.app.sources.now(),
            actor(self.who),
            kind,
            Word::of(self.row.name),
            Outcome::Allowed,
        );
        Entry { object: object_of(self.request), unit, privileged, ..entry }
    }

    /// What the request touches.
    async fn place(&self, action: Action) -> Result<Place, ApiError> {
        let services: BTreeSet<ServiceId> = match self.request {
            Request::PutService { service } => {
                let mut places = Vec::new();
                if let Some(service) = &service.id {
                    places.push(self.app.place_of([id("service", service)?].into()).await?);
                }
                places.push(match &service.unit {
                    Some(unit) => Place::Units([id("organisation unit", unit)?].into()),
                    None => Place::Tenant,
                });
                return Ok(together(places));
            }
            Request::GetReport { ask } => services_named(&ask.filter.services)?,
            Request::GetReportCalls { ask } => services_named(&ask.filter.services)?,
            Request::GetReportCallers { ask } => services_named(&ask.filter.services)?,
            Request::ExportReport { ask } => services_named(&ask.report.filter.services)?,
            Request::RemoveService { service }
            | Request::SetWaiting { service, .. }
            | Request::SetBoardRules { service: Some(service), .. }
            | Request::SetAttendantServing { service, .. } => [id("service", service)?].into(),
            // What holds for every service belongs to all of them.
            Request::SetBoardRules { service: None, .. } => return Ok(Place::Tenant),
            Request::SetAttendantDuty { attendant, .. } | Request::ClearAttendantRona { attendant } => {
                let attendant: AttendantId = id("attendant", attendant)?;
                let theirs = self.app.desk.look(move |board| services_of(board, attendant)).await?;
                if theirs.is_empty() {
                    return Ok(Place::Tenant);
                }
                theirs
            }
            Request::PutCalendar { calendar: Some(calendar), .. } | Request::RemoveCalendar { calendar } => {
                let calendar: CalendarId = id("calendar", calendar)?;
                let asks = move |workflow: &Workflow| workflow.calendars().any(|asked| asked == calendar);
                self.app.desk.look(move |board| services_where(board, asks)).await?
            }
            Request::AddSound { sound: Some(sound), .. }
            | Request::SpeakSound { sound: Some(sound), .. }
            | Request::RenameSound { sound, .. }
            | Request::RemoveSound { sound } => {
                let sound: SoundId = id("sound", sound)?;
                let plays = move |workflow: &Workflow| workflow.sounds().any(|played| played == sound);
                self.app.desk.look(move |board| services_where(board, plays)).await?
            }
            // What is added is used by nothing yet, and what is listed is asked for row by row.
            _ if action.row().reach == identity::Reach::Unit => BTreeSet::new(),
            _ => return Ok(Place::Tenant),
        };
        self.app.place_of(services).await
    }
}

impl App {
    /// Where these services are.
    pub(super) async fn place_of(&self, services: BTreeSet<ServiceId>) -> Result<Place, ApiError> {
        if services.is_empty() {
            return Ok(Place::Unused);
        }
        let units = self.roster.service_units().await?;
        let unit_of = |service| units.iter().find(|(of, _)| *of == service).map(|(_, unit)| *unit);
        let places: Option<BTreeSet<UnitId>> = services.into_iter().map(unit_of).collect();
        Ok(places.map_or(Place::Tenant, Place::Units))
    }

    /// Asks her to prove who she is where the settings want that of administrators, and waits until she has.
    async fn step_up(&self, who: &Identity) -> Result<(), ApiError> {
        let context = self.sign_in.settings().and_then(|settings| settings.step_up);
        let (Kind::SignedIn(_), Some(context)) = (who.kind(), context) else { return Ok(()) };
        let proven = |state: &SignInState| state.who().is_some_and(|who| who.contexts.contains(&context));
        if proven(&self.sign_in.state().borrow()) {
            return Ok(());
        }
        self.sign_in.begin(Wants { context: Some(context.clone()), ..Wants::default() }).await?;
        self.tell_session();
        let finished = self.sign_in.finished().await;
        self.tell_session();
        let proves = finished?;
        if proves.contexts.contains(&context) {
            Ok(())
        } else {
            Err(contracts::sign_in::SignInProblem::from(contracts::sign_in::Why::StepUpMissing).into())
        }
    }
}

/// The code of a refusal by the table of rights.
const FORBIDDEN: Word = Word::of("request.forbidden");

fn forbidden(refused: Refused) -> ApiError {
    ApiError::new("request.forbidden", format!("{refused}."))
}

/// Who did it, for the access log.
fn actor(who: &Identity) -> Actor {
    match who.kind() {
        Kind::LocalUser => Actor::Local,
        Kind::SignedIn(person) => Actor::Person(person),
    }
}

/// All of these places at once.
fn together(places: Vec<Place>) -> Place {
    let mut units = BTreeSet::new();
    for place in places {
        match place {
            Place::Tenant => return Place::Tenant,
            Place::Units(more) => units.extend(more),
            Place::Unused => {}
        }
    }
    if units.is_empty() { Place::Unused } else { Place::Units(units) }
}

fn services_named(services: &[String]) -> Result<BTreeSet<ServiceId>, ApiError> {
    services.iter().map(|service| id("service", service)).collect()
}

/// The services that an attendant is a member of: who sends her home sends her home from each of them.
fn services_of(board: &Switchboard, attendant: AttendantId) -> BTreeSet<ServiceId> {
    let found = board.attendant(attendant);
    found.map(|found| found.services.keys().copied().collect()).unwrap_or_default()
}

/// The services whose workflow is such.
fn services_where(board: &Switchboard, is_such: impl Fn(&Workflow) -> bool) -> BTreeSet<ServiceId> {
    let found = board.services().filter(|service| service.workflow.as_ref().is_some_and(&is_such));
    found.map(|service| service.id).collect()
}

/// What a request is about, as the access log calls it: ids only.
fn object_of(request: &Request) -> Option<ObjectRef> {
    let (kind, text) = match request {
        Request::Pick { call }
        | Request::HangUp { call }
        | Request::Hold { call }
        | Request::Retrieve { call }
        | Request::Park { call, .. }
        | Request::Transfer { call, .. }
        | Request::Consult { call, .. }
        | Request::GetWhy { call, .. } => ("call", call),
        Request::Accept { offer } | Request::Decline { offer } => ("offer", offer),
        Request::Swap { transfer }
        | Request::Conference { transfer }
        | Request::CompleteTransfer { transfer }
        | Request::CancelTransfer { transfer } => ("transfer", transfer),
        Request::GetContact { id } => ("contact", id),
        Request::GetContactCard { contact }
        | Request::PlaceContact { contact, .. }
        | Request::TakeContact { contact, .. }
        | Request::SetFavourite { contact, .. }
        | Request::PutNote { contact, .. }
        | Request::SetStandIn { contact, .. }
        | Request::SetDefaultEndpoint { contact, .. } => ("contact", contact),
        Request::PutGroup { group, .. } => ("group", group.as_ref()?),
        Request::RemoveGroup { group } | Request::MoveGroup { group, .. } => ("group", group),
        Request::GetKeptAbout { subject }
        | Request::ExportKeptAbout { subject }
        | Request::EraseKeptAbout { subject, .. } => ("contact", subject.contacts.first()?),
        Request::UnlistNumber { listed } => ("number", listed),
        Request::EraseTransferHistory { party } => ("party", party.as_ref()?),
        Request::GetCalendar { contact } | Request::GetReportingLine { contact, .. } => ("contact", contact),
        Request::PutSource { source } => ("source", source.id.as_ref()?),
        Request::RemoveSource { source } | Request::RefreshSource { source } => ("source", source),
        Request::GetCallerCard { party } => ("party", party),
        Request::GetVoicemail { voicemail }
        | Request::SetVoicemailHandled { voicemail, .. }
        | Request::ForwardVoicemail { voicemail, .. } => ("voicemail", voicemail),
        Request::PutService { service } => ("service", service.id.as_ref()?),
        Request::RemoveService { service } | Request::SetWaiting { service, .. } => ("service", service),
        Request::PutCalendar { calendar, .. } => ("calendar", calendar.as_ref()?),
        Request::RemoveCalendar { calendar } => ("calendar", calendar),
        Request::AddSound { sound, .. } | Request::SpeakSound { sound, .. } => ("sound", sound.as_ref()?),
        Request::RenameSound { sound, .. } | Request::RemoveSound { sound } => ("sound", sound),
        Request::PutSkill { skill } => ("skill", skill.id.as_ref()?),
        Request::RemoveSkill { skill } => ("skill", skill),
        Request::PutProfile { profile } => ("profile", profile.id.as_ref()?),
        Request::RemoveProfile { profile } => ("profile", profile),
        Request::SetSkills { attendant } => ("attendant", &attendant.id),
        Request::SetAttendantDuty { attendant, .. }
        | Request::SetAttendantServing { attendant, .. }
        | Request::ClearAttendantRona { attendant } => ("attendant", attendant),
        Request::SetBoardRules { service, .. } => ("service", service.as_ref()?),
        Request::PutUser { user } => ("person", user.id.as_ref()?),
        Request::RemoveUser { user } | Request::SetGrants { user, .. } => ("person", user),
        Request::SetTeam { team } => ("team", &team.id),
        Request::PutUnit { unit } => ("unit", unit.id.as_ref()?),
        Request::RemoveUnit { unit } => ("unit", unit),
        Request::PutReportSchedule { schedule } => ("schedule", schedule.id.as_ref()?),
        Request::RemoveReportSchedule { schedule } | Request::RunReportSchedule { schedule } => {
            ("schedule", schedule)
        }
        Request::UndoChange { change } => ("change", change),
        _ => return None,
    };
    // What is no id is refused by whoever reads it; the log does not repeat it.
    Some(ObjectRef { kind: Word::of(kind), id: IdText::parse(text).ok()? })
}
