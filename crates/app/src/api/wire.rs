//! The words between Usher and its screens: one command envelope `{cmd, payload}`, one result, one stream of events.
//! The TypeScript twins are generated from here (`cargo xtask codegen`). Does not act: see `api`.
//!
//! Ids cross as hexadecimal text, times as milliseconds since 1970, spans as milliseconds.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use super::secret_text::SecretText;
pub use administration::{
    ChangeKind, ChangeView, ChangesPage, DifferenceView, GrantForm, IssuerName, LicenceName,
    OrganisationView, SignInForm, SignInView, SubjectName, SyncState, SyncView, TeamForm, TeamView, UnitForm,
    UnitView, UserForm, UserView, UsersPage,
};
pub use board::{
    BoardAttendant, BoardFigureName, BoardForm, BoardLevel, BoardService, BoardStateName, BoardToday,
    BoardView,
};
pub use contacts::TransferHistoryView;
pub use search::{
    AvailabilityName, ContactFieldName, ContactView, CustomView, FieldMarkView, OriginView, PresenceView,
    SearchResult,
};
pub use services::{
    AttendantForm, DistributionName, LevelForm, LimitsForm, MembersForm, NamedView, PreferredForm,
    ProfileForm, RangeView, RangesView, ServiceForm, ServicesView, SkillForm, SkillLevelForm,
};
pub use session::{
    DeviceCodeView, GrantView, HoldersView, MayView, ProblemView, ReachName, RightRow, RightsView, RoleName,
    SessionPersonView, SessionState, SessionView,
};
pub use staffing::{
    BandView, ComparableDay, EstimateView, ForecastDay, ForecastView, LeftOutDay, LeftOutName,
    PlannedIntervalView, StaffingAsk, StaffingBasis, StaffingInterval, StaffingPlan,
};
pub use why::{ExpectedName, PreflightView, WhyCandidate, WhyDecision, WhyFate, WhyLook, WhyView};
pub use workflow::{WorkflowFaultView, WorkflowForm};

macro_rules! wire {
    ($($(#[$meta:meta])* $vis:vis struct $name:ident { $($body:tt)* })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
        #[serde(deny_unknown_fields)]
        #[ts(export)]
        #[allow(missing_docs, reason = "field names say it; units are in the module's doc")]
        $vis struct $name { $($body)* }
    )+};
}

macro_rules! names {
    ($($(#[$meta:meta])* $name:ident { $($variant:ident),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
        #[serde(rename_all = "snake_case")]
        #[ts(export)]
        #[allow(missing_docs, reason = "the names are the words of requirements.md")]
        pub enum $name { $($variant),+ }
    )+};
}

pub mod administration;
pub mod board;
pub mod contacts;
pub mod feed;
pub mod hours;
pub mod numbers;
pub mod past_calls;
pub mod reports;
pub mod search;
pub mod services;
pub mod session;
pub mod sounds;
pub mod sources;
pub mod staffing;
pub mod subjects;
pub mod voicemails;
pub mod why;
pub mod workflow;

/// What a screen may ask. Serialised as `{"cmd": "...", "payload": {...}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "cmd", content = "payload", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export)]
#[allow(
    missing_docs,
    reason = "each variant is the command of the same name in `engine::Command` or explained below"
)]
pub enum Request {
    /// Who is here → `SessionView`; answered to everybody, as are the next three. Later changes come as events.
    GetSession {},
    /// Opens the system browser where the issuer asks who it is; `Session` events tell the rest. Another one takes the place
    /// of the one under way.
    SignIn {},
    /// Gives up what `SignIn` or a step-up waits for.
    CancelSignIn {},
    /// Refused while she is in a call.
    SignOut {},
    /// The whole console → `ConsoleView`. Later changes come as events.
    GetConsole {},
    Accept {
        offer: String,
    },
    Decline {
        offer: String,
    },
    Pick {
        call: String,
    },
    HangUp {
        call: String,
    },
    Hold {
        call: String,
    },
    Retrieve {
        call: String,
    },
    /// `slot: null`: the lowest free one.
    Park {
        call: String,
        slot: Option<u16>,
    },
    Unpark {
        slot: u16,
    },
    Transfer {
        call: String,
        mode: TransferMode,
        to: Destination,
    },
    Consult {
        call: String,
        to: Destination,
    },
    Swap {
        transfer: String,
    },
    Conference {
        transfer: String,
    },
    CompleteTransfer {
        transfer: String,
    },
    CancelTransfer {
        transfer: String,
    },
    PlaceCall {
        to: Destination,
        service: Option<String>,
    },
    /// DTMF on the active call: `0-9*#A-D`, at most 32.
    SendDigits {
        call: String,
        digits: String,
    },
    SetMuted {
        muted: bool,
    },
    SetDuty {
        on_duty: bool,
    },
    SetPresence {
        presence: PresenceName,
    },
    SetNotAvailable {
        reason: Option<NotAvailableName>,
    },
    SetServing {
        service: String,
        serving: bool,
    },
    ClearRona {},
    EndAcw {},
    ExtendAcw {},
    /// → `SearchResult`; `limit` 1–200. `caller`: the party on the line, whose usual targets come first.
    SearchContacts {
        query: String,
        limit: u32,
        #[serde(default)]
        #[ts(optional = nullable)]
        caller: Option<String>,
    },
    /// → `ContactView`.
    GetContact {
        id: String,
    },
    /// The file's bytes in base64, at most 32 MiB decoded → `ImportReport`. The kind is seen from the name and content.
    ImportContacts {
        file_name: String,
        content_base64: String,
    },
    /// A part of a file, in base64, at most 32 MiB decoded → `ImportStep`. The first one has no `import`; what it is answered with names
    /// the import for the others. With the last one its contacts take the place of the book of this name.
    ImportPart {
        file_name: String,
        import: Option<String>,
        content_base64: String,
        is_last: bool,
    },
    /// Stops an import. Nothing is changed.
    CancelImport {
        import: String,
    },
    /// The first look at a file of calls of an earlier telephone system → `CallsLook`. Its beginning, in base64; a megabyte is plenty.
    LookAtCalls {
        file_name: String,
        /// IANA name: where its times are taken to be from.
        time_zone: String,
        content_base64: String,
        is_whole: bool,
    },
    /// → `CallsMapping`: from the text of a mapping's file.
    ReadCallsMapping {
        text: String,
    },
    /// → `CallsCheck`: what the beginning of a file would give. Nothing is written.
    CheckCalls {
        mapping: Box<past_calls::CallsMapping>,
        content_base64: String,
        is_whole: bool,
    },
    /// → `CallsStep`. The calls of each part are in when it is answered. The same file sent again goes on behind the rows that are in.
    ImportCallsPart {
        part: Box<past_calls::CallsPart>,
    },
    /// Takes no more parts. What was taken stays.
    CancelCallsImport {
        import: String,
    },
    /// Where contacts come from, by name → `Sources`. `UiEvent::SourcesChanged` says when to ask again.
    GetSources {},
    /// Adds or replaces a source, and reads it → `Saved`.
    PutSource {
        source: Box<sources::SourceForm>,
    },
    /// Removes a source with its contacts.
    RemoveSource {
        source: String,
    },
    /// Reads it now.
    RefreshSource {
        source: String,
    },
    /// These are visible from now on, most wanted first, at most 500 → `Presence`: what is known of them. `PresenceChanged`
    /// events tell what changes.
    SeeContacts {
        contacts: Vec<String>,
    },
    /// → `FreeBusy`; `null`: she has no calendar that can be asked.
    GetCalendar {
        contact: String,
    },
    /// Her manager and who reports to her → `ReportingLine`: what is known of it, at once. `ask`: the directory is asked first.
    GetReportingLine {
        contact: String,
        ask: bool,
    },
    /// Transfer history and earlier calls of the party of a call → `CallerCard`.
    GetCallerCard {
        party: String,
    },
    /// Her favourites and groups → `PersonalView`. `UiEvent::PersonalChanged` says when to ask again.
    GetPersonal {},
    /// A contact with all that is noted about it → `ContactCardView`; also one that is gone from its address book.
    GetContactCard {
        contact: String,
    },
    /// Adds a group at the end (`group: null`) or renames one → `Saved`.
    PutGroup {
        group: Option<String>,
        name: String,
    },
    /// Its contacts stay. Favourites are always there.
    RemoveGroup {
        group: String,
    },
    /// Puts a group before another, or to the end.
    MoveGroup {
        group: String,
        before: Option<String>,
    },
    /// Puts a contact into a group, or elsewhere in it: before another of its contacts, or to the end.
    PlaceContact {
        group: String,
        contact: String,
        before: Option<String>,
    },
    TakeContact {
        group: String,
        contact: String,
    },
    SetFavourite {
        contact: String,
        favourite: bool,
    },
    /// Writes a note over the revision that was seen → `NoteView`. Where somebody else wrote meanwhile, both are kept, this one
    /// under the other and marked. An empty text removes the note that was seen.
    PutNote {
        contact: String,
        text: String,
        #[ts(type = "number")]
        revision: u64,
    },
    /// Who is asked for while a contact is away. `stand_in: null`: nobody.
    SetStandIn {
        contact: String,
        stand_in: Option<String>,
        #[ts(type = "number | null")]
        until: Option<i64>,
    },
    /// The number this attendant tries first. `null`: the first there is.
    SetDefaultEndpoint {
        contact: String,
        address: Option<String>,
    },
    /// What is kept about one person who calls or is called → `KeptAboutView`: what `EraseKeptAbout` would erase.
    GetKeptAbout {
        subject: subjects::SubjectForm,
    },
    /// The same in whole, for her → `ExportView`.
    ExportKeptAbout {
        subject: subjects::SubjectForm,
    },
    /// Erases it → `KeptAboutView` as the receipt. Refused while a call with her goes on.
    /// `leave_out`: her contacts are not taken in again when their sources are read next.
    EraseKeptAbout {
        #[serde(default)]
        leave_out: bool,
        subject: subjects::SubjectForm,
    },
    /// Erases the transfers of this party, as caller and as target; `null`: of all. `UiEvent::CallersChanged` says when to ask
    /// for a card again.
    EraseTransferHistory {
        party: Option<String>,
    },
    /// For how many days transfers are kept → `RetentionView`. `UiEvent::CallersChanged` says when to ask again.
    GetTransferRetention {},
    /// For how many days transfers are kept, 1–730; what is older is erased at once.
    SetTransferRetention {
        days: u16,
    },
    /// The home country and the listed numbers → `NumbersView`. `UiEvent::NumbersChanged` says when to ask again.
    GetNumbers {},
    /// Lists a number, in place of what was said of it before → `Saved`. A blocked caller hears the busy tone and nobody is rung;
    /// one that is spam is marked.
    ListNumber {
        form: numbers::ListedForm,
    },
    UnlistNumber {
        listed: String,
    },
    /// The country the telephone system stands in, by its two letters: how numbers without a country code are read.
    SetHomeCountry {
        country: String,
    },
    /// How many people are left out of what sources name → `LeftOut`.
    GetLeftOut {},
    /// Leaves nobody out any more, and reads the sources again.
    TakeInAgain {},
    /// How the telephone system of this site is dialled: outside line, extensions, their block.
    SetDialling {
        form: numbers::DiallingForm,
    },
    /// Why it rings at whom → `WhyView`. `past`: also what was decided about it so far, which reads the whole journal and may
    /// take seconds.
    GetWhy {
        call: String,
        past: bool,
    },
    /// What would await a caller there → a `PreflightView` for each service there is of these; at most 100.
    GetPreflight {
        services: Vec<String>,
    },
    /// Newest first → `HistoryPage`. `before` is the cursor of the page before; `limit` 1–200.
    GetHistory {
        before: Option<String>,
        limit: u32,
        simulated: bool,
    },
    /// Messages that callers left, newest first → `Voicemails`. `before` is the cursor of the page before; `limit` 1–200;
    /// `handled: null`: all. In training those of simulated callers.
    ListVoicemails {
        before: Option<String>,
        limit: u32,
        handled: Option<bool>,
    },
    /// → `Heard`.
    GetVoicemail {
        voicemail: String,
    },
    SetVoicemailHandled {
        voicemail: String,
        handled: bool,
    },
    /// Gives it to another service, whose people have not dealt with it yet.
    ForwardVoicemail {
        voicemail: String,
        service: String,
    },
    /// → `Sounds`. `UiEvent::SoundsChanged` says when to ask again.
    ListSounds {},
    /// → `Voices` of this computer. Refused with what to install where there are none (`speech.missing`).
    ListVoices {},
    /// Adds (`sound: null`) or replaces a sound by a WAV, MP3, Ogg Vorbis or FLAC file, at most 32 MiB and ten minutes, in
    /// base64 → `Saved`.
    AddSound {
        sound: Option<String>,
        name: String,
        content_base64: String,
    },
    /// Adds or replaces a sound by a text of 1 to 4,096 characters that a voice of this computer speaks → `Saved`.
    SpeakSound {
        sound: Option<String>,
        name: String,
        text: String,
        voice: String,
    },
    /// → `Heard`.
    GetSound {
        sound: String,
    },
    RenameSound {
        sound: String,
        name: String,
    },
    /// Refused while a workflow plays it (`sound.in-use`).
    RemoveSound {
        sound: String,
    },
    /// → `SetupView`.
    GetSetup {},
    /// First run: try it with simulated callers.
    StartTraining {},
    /// First run: connect a telephone system. The password goes to the keychain; empty keeps the one stored.
    ConnectSip {
        account: SipAccountForm,
    },
    /// Ends training or disconnects, and shows first run again. Refused while there are calls.
    LeaveMode {},
    /// → `AudioView`.
    GetAudio {},
    /// `null`: the system's default device.
    SetAudio {
        input: Option<String>,
        output: Option<String>,
        ring: Option<String>,
    },
    /// What waiting callers of this service hear.
    SetWaiting {
        service: String,
        treatment: TreatmentName,
    },
    /// → `Calendars`.
    GetCalendars {},
    /// What a calendar says before it is kept, and what is wrong with it → `Preview`. Nothing is kept.
    PreviewCalendar {
        form: hours::CalendarForm,
        /// By the calendar's clock: `2027-03-28T02:30`; `null`: now.
        moment: Option<String>,
        /// A day of the week that is drawn: `2027-03-28`.
        week: String,
        /// The year that is drawn, 1970 to 2199.
        year: i16,
    },
    /// Adds (`null`) or replaces a calendar → `Saved`. Refused with the first fault.
    PutCalendar {
        calendar: Option<String>,
        form: hours::CalendarForm,
    },
    /// Refused while a service goes by it.
    RemoveCalendar {
        calendar: String,
    },
    /// Reads an iCalendar file, at most 2 MiB decoded, for a calendar of this zone, from this year to the fourth after →
    /// `Holidays`. Nothing is kept.
    ReadHolidays {
        content_base64: String,
        zone: String,
        year: i16,
    },
    /// → `ServicesView`. `UiEvent::ServicesChanged` says when to ask again.
    GetServices {},
    /// Adds or replaces a service → `Saved`.
    PutService {
        service: Box<ServiceForm>,
    },
    /// Refused while callers wait for it, and for the one that every other address reaches.
    RemoveService {
        service: String,
    },
    /// What is wrong with a workflow while it is drawn → `WorkflowFaults`. `service: null`: of a new service.
    CheckWorkflow {
        service: Option<String>,
        workflow: Box<WorkflowForm>,
    },
    /// Adds or renames a skill → `Saved`.
    PutSkill {
        skill: SkillForm,
    },
    /// Refused while anybody has it or anything asks for it.
    RemoveSkill {
        skill: String,
    },
    /// Adds or replaces a responsibility profile → `Saved`.
    PutProfile {
        profile: ProfileForm,
    },
    RemoveProfile {
        profile: String,
    },
    /// What an attendant can do; her name is not looked at.
    SetSkills {
        attendant: AttendantForm,
    },
    PutLimits {
        limits: LimitsForm,
    },
    /// Who may do what → `RightsView`.
    GetRights {},
    /// → `SignInView`.
    GetSignIn {},
    /// Asks the issuer before it is kept. `null`: people do not sign in any more, and the user of this computer works alone.
    PutSignIn {
        form: Option<SignInForm>,
    },
    /// Users by name → `UsersPage`. `query`: a part of name, e-mail or username; `licensed`: only who may come in; `after` is
    /// the cursor of the page before; `limit` 1–200. `UiEvent::UsersChanged` says when to ask again.
    GetUsers {
        query: String,
        licensed: bool,
        after: Option<String>,
        limit: u32,
    },
    /// → `OrganisationView`.
    GetOrganisation {},
    /// Adds a user by hand (`id: null`) or changes one → `Saved`.
    PutUser {
        user: UserForm,
    },
    /// One who was added by hand; those of the directory leave there. Refused for the last administrator.
    RemoveUser {
        user: String,
    },
    /// Her roles by hand, in place of those before. Refused for the last administrator.
    SetGrants {
        user: String,
        grants: Vec<GrantForm>,
    },
    SetTeam {
        team: TeamForm,
    },
    /// Reads the directory now.
    SyncDirectory {},
    /// Adds or changes an organisation unit → `Saved`.
    PutUnit {
        unit: UnitForm,
    },
    /// Refused while services, roles, teams or other units belong to it.
    RemoveUnit {
        unit: String,
    },
    /// Changes of settings, newest first → `ChangesPage`. `subject` and `object` narrow it; `before` is the cursor of the page
    /// before; `limit` 1–200.
    GetChanges {
        subject: Option<SubjectName>,
        object: Option<String>,
        before: Option<String>,
        limit: u32,
    },
    /// Puts back what there was before a change; itself a change. Refused where it has been changed since.
    UndoChange {
        change: String,
    },
    /// What was erased because it was kept long enough → `PurgeView`.
    GetPurge {},
    /// → `ProtectionView`. Later changes come as events.
    GetProtection {},
    /// → `RecoveryKeyView`, until it was confirmed; then refused for ever (`recovery.confirmed`).
    ShowRecoveryKey {},
    /// At least three different words of the key shown, all right: it is in force from now on and never shown again.
    ConfirmRecoveryKey {
        words: Vec<RecoveryWordForm>,
    },
    /// Lets a new recovery key be shown; the old one works until the new one is confirmed.
    RenewRecoveryKey {},
    /// Thinks better of it: the old recovery key stays.
    KeepRecoveryKey {},
    /// Begins to encrypt everything anew with a new data key, while calls go on.
    RotateDataKey {},
    /// A new key in the keychain; no data is touched.
    RenewKeychainKey {},
    /// → `Jurisdictions` to choose from.
    GetJurisdictions {},
    /// `null`: no backup any more. The target is asked before it is kept. Without credentials those stored are used.
    SetBackup {
        plan: Option<BackupPlanView>,
        credentials: Option<BackupCredentialsForm>,
    },
    BackUpNow {},
    CancelBackup {},
    /// → `RestorePoints`, newest first. Asks the backup target: may take seconds.
    GetRestorePoints {},
    /// → `Report`. Of services that are hers.
    GetReport {
        ask: Box<reports::ReportAsk>,
    },
    /// → `ReportCalls`: the calls behind a number.
    GetReportCalls {
        ask: Box<reports::ReportCallsAsk>,
    },
    /// → `Board`, as far as her services go. Later changes come as `Board` events, at most four times a second, until nobody
    /// watches any more or she leaves. `watch`: a number of the screen's own choosing, hexadecimal; `time_zone`: whose day
    /// today is, of whoever asked last.
    WatchBoard {
        watch: String,
        time_zone: String,
    },
    UnwatchBoard {
        watch: String,
    },
    /// What figures of the wallboard warn at, for a service or (`service: null`) for every one without its own. `form: null`:
    /// as for all, or as at first.
    SetBoardRules {
        service: Option<String>,
        form: Option<BoardForm>,
    },
    /// Sends an attendant home, or (only who sits here) puts her on duty.
    SetAttendantDuty {
        attendant: String,
        on_duty: bool,
    },
    /// Lets an attendant serve a service, or not.
    SetAttendantServing {
        attendant: String,
        service: String,
        serving: bool,
    },
    /// Counts an attendant as back who did not answer an offer.
    ClearAttendantRona {
        attendant: String,
    },
    /// → `ReportCallers`: who called most.
    GetReportCallers {
        ask: Box<reports::ReportCallersAsk>,
    },
    /// → `File`: a report to take away.
    ExportReport {
        ask: Box<reports::ReportExportAsk>,
    },
    /// → `ReportSchedules`: reports that are made by themselves.
    GetReportSchedules {},
    /// → `Saved`. Files can be put into its folder, or it is refused. The first one is made when its time comes next.
    PutReportSchedule {
        schedule: Box<reports::ReportScheduleForm>,
    },
    /// → `Done`. Files it made stay.
    RemoveReportSchedule {
        schedule: String,
    },
    /// → `Done`: makes the report of the last whole day, week or month now, also where it was made before.
    RunReportSchedule {
        schedule: String,
    },
    /// → `Feed`: whether Power BI and Excel can read the reports of this computer.
    GetFeed {},
    /// → `FeedToken`: switches it on with a new token of hers, which replaces any other. `port: null`: the usual one.
    SwitchFeedOn {
        port: Option<u16>,
    },
    /// → `Feed`: nobody reads it any more.
    SwitchFeedOff {},
    /// → `StaffingBasis`: what earlier days of the same weekday tell. `interval_minutes` 5–240, divides a day; `day` is local
    /// in `time_zone`.
    GetStaffingBasis {
        service: String,
        day: String,
        time_zone: String,
        interval_minutes: u32,
        simulated: bool,
    },
    /// → `StaffingPlan`, after seconds to minutes; `Planning` events tell how far it is. Another one takes its place.
    PlanStaffing {
        ask: Box<StaffingAsk>,
    },
    /// Stops what `PlanStaffing` works on.
    CancelStaffing {},
    /// → `Lock`: why the data cannot be opened, `null` where it is open. Answered also while it is locked, as are the next two.
    GetLock {},
    /// Tries again to open the data: the keychain was unlocked, the file is back.
    RetryUnlock {},
    /// Opens the data with the 24 words of the recovery key, spaces or lines between them, and puts a new key into the
    /// keychain.
    UnlockWithRecovery {
        #[ts(as = "String")]
        words: SecretText,
    },
}

/// What comes back. Failure is `ApiError`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
#[ts(export)]
#[allow(missing_docs, reason = "each variant carries the view of its name")]
pub enum Response {
    Done,
    Console(Box<ConsoleView>),
    Search(SearchResult),
    Contact(ContactView),
    Import(ImportReport),
    ImportStep(Box<ImportStep>),
    CallsLook(Box<past_calls::CallsLook>),
    CallsMapping(Box<past_calls::CallsMapping>),
    CallsCheck(Box<past_calls::CallsCheck>),
    CallsStep(Box<past_calls::CallsStep>),
    Sources(Vec<sources::SourceView>),
    Presence(sources::PresenceTold),
    FreeBusy(Option<sources::FreeBusyView>),
    ReportingLine(Box<contacts::ReportingLineView>),
    CallerCard(Box<CallerCard>),
    Personal(contacts::PersonalView),
    ContactCard(Box<contacts::ContactCardView>),
    Note(contacts::NoteView),
    Retention(contacts::RetentionView),
    Numbers(numbers::NumbersView),
    KeptAbout(Box<subjects::KeptAboutView>),
    LeftOut(subjects::LeftOutView),
    Export(subjects::ExportView),
    History(HistoryPage),
    Why(Box<WhyView>),
    Preflight(Vec<PreflightView>),
    Setup(SetupView),
    Audio(AudioView),
    Purge(PurgeView),
    Protection(ProtectionView),
    RecoveryKey(RecoveryKeyView),
    Jurisdictions(Vec<JurisdictionView>),
    RestorePoints(Vec<RestorePointView>),
    Lock(Option<LockView>),
    Calendars(Box<hours::CalendarsView>),
    Preview(hours::CalendarPreview),
    Holidays(hours::HolidaysView),
    Services(Box<ServicesView>),
    Saved(SavedView),
    WorkflowFaults(Vec<WorkflowFaultView>),
    Voicemails(voicemails::VoicemailsPage),
    Sounds(sounds::SoundsView),
    Voices(Vec<sounds::VoiceView>),
    Heard(sounds::HeardView),
    Feed(feed::FeedView),
    FeedToken(feed::FeedTokenView),
    Report(Box<reports::ReportView>),
    ReportCalls(reports::ReportCallsPage),
    Board(Box<BoardView>),
    ReportCallers(reports::ReportCallersView),
    File(Box<reports::FileView>),
    ReportSchedules(reports::ReportSchedulesView),
    StaffingBasis(StaffingBasis),
    StaffingPlan(StaffingPlan),
    Session(Box<SessionView>),
    Rights(RightsView),
    SignIn(SignInView),
    Users(UsersPage),
    Organisation(Box<OrganisationView>),
    Changes(ChangesPage),
}

/// What a screen is told without asking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "event", content = "payload", rename_all = "snake_case")]
#[ts(export)]
pub enum UiEvent {
    /// The console has changed; replaces the one before when its `sequence`/`revision` is newer.
    Console(Box<ConsoleView>),
    /// Address books have changed: search again.
    ContactsChanged,
    /// Favourites, groups, notes or stand-ins have changed: ask for them again.
    PersonalChanged,
    /// The home country or the listed numbers have changed: ask for them again.
    NumbersChanged,
    /// What is kept of callers has changed: ask for a caller's card again.
    CallersChanged,
    /// Sources stand otherwise now: ask for them again.
    SourcesChanged,
    /// What is new of the presence of those who are visible; at most four times a second.
    PresenceChanged(sources::PresenceTold),
    /// The wallboard, while somebody watches it; replaces the one before when its `revision` is newer.
    Board(Box<BoardView>),
    /// A call has ended: history has one more.
    HistoryChanged,
    /// A message was left, dealt with or forwarded: ask for them again.
    VoicemailsChanged,
    /// Sounds were added, renamed or removed: ask for them again.
    SoundsChanged,
    /// Services, skills, profiles, limits or opening hours have changed: ask for them again.
    ServicesChanged,
    /// Somebody came or went, or may do other things now; replaces what was told before.
    Session(Box<SessionView>),
    /// Users, teams or organisation units have changed: ask for them again.
    UsersChanged,
    /// Something the attendant should know now, by urgency.
    Notice(Notice),
    /// A `tel:`, `sip:` or `callto:` link was opened: ask whether to call. Nothing is dialled by itself (CALL-7).
    #[allow(missing_docs, reason = "the address as one would dial it")]
    CallAsked { address: String },
    /// The protection of the data has changed; replaces what was told before.
    Protection(Box<ProtectionView>),
    /// How far the plan is that is being worked on, in days simulated.
    #[allow(missing_docs, reason = "explained by the variant")]
    Planning { done: u32, total: u32 },
    /// The data cannot be opened for another reason now; `null`: it is open, ask for the console.
    Lock(Option<LockView>),
}

wire! {
    /// Why a request was not carried out. `code` is stable and has a page in `docs/errors/`.
    pub struct ApiError {
        pub code: String,
        pub message: String,
        pub reference: Option<String>,
        /// The field of the form that was sent, `levels.1.after_ms` for one in a list; `null`: the whole.
        pub field: Option<String>,
    }

    /// What was added or replaced.
    pub struct SavedView { pub id: String }

    /// A message for the attendant. `code` as in `ApiError`.
    pub struct Notice { pub urgency: Urgency, pub code: String, pub message: String, pub call: Option<String> }

    /// Everything the console shows at one moment.
    pub struct ConsoleView {
        /// Grows with every change of this view.
        #[ts(type = "number")] pub revision: u64,
        /// The host's clock, so that timers are right where the screen's clock is not.
        #[ts(type = "number")] pub now: i64,
        pub me: MeView,
        pub mode: ModeView,
        pub link: LinkView,
        pub services: Vec<ServiceView>,
        /// Waiting callers in the order in which they are offered (CALL-1).
        pub queue: Vec<QueueRow>,
        /// The attendant's own calls: the active one first, then held ones, oldest hold first.
        pub calls: Vec<CallRow>,
        /// Parked calls of everybody, by slot.
        pub parked: Vec<ParkedRow>,
        /// Safe or blind transfers and completions still under way whose attendant is free.
        pub leaving: Vec<CallRow>,
        pub muted: bool,
        /// Slots there are.
        pub park_slots: u16,
        /// Messages of callers that nobody has dealt with.
        pub voicemails: u32,
    }

    /// The attendant at this console.
    pub struct MeView {
        pub attendant: String,
        pub name: String,
        pub identity: IdentityKind,
        pub on_duty: bool,
        pub presence: PresenceName,
        pub not_available: Option<NotAvailableName>,
        pub rona: bool,
        #[ts(type = "number | null")] pub acw_until: Option<i64>,
        /// The first failing reason why no call is offered; `null` when one would be.
        pub not_selectable: Option<NotSelectable>,
        /// The offer that rings here now.
        pub offer: Option<OfferView>,
    }

    /// A call ringing at this console.
    pub struct OfferView {
        pub offer: String,
        pub call: String,
        #[ts(type = "number")] pub since: i64,
        #[ts(type = "number")] pub until: i64,
    }

    /// What the console is connected to.
    pub struct ModeView {
        pub kind: ModeKind,
        /// True in training: marked everywhere, never counted.
        pub simulated: bool,
        /// In words: "SIP account 4000 at pbx.example.com" or "Simulated callers".
        pub detail: String,
    }

    /// The connection to the telephone system.
    pub struct LinkView {
        pub state: LinkState,
        pub detail: String,
        /// Not encrypted on the wire; the UI says so (DATA-3).
        pub plain_text: bool,
    }

    /// One service.
    pub struct ServiceView {
        pub id: String,
        pub name: String,
        pub serving: bool,
        pub waiting: u32,
        /// Callers at a step of the workflow: listening, choosing, speaking.
        pub in_workflow: u32,
        #[ts(type = "number | null")] pub longest_since: Option<i64>,
        #[ts(type = "number")] pub sla_ms: u32,
        pub treatment: TreatmentName,
        /// How many attendants belong to it, …
        pub members: u32,
        /// … and how many of them are on duty and have not switched it off.
        pub on_duty: u32,
    }

    /// A constant that a workflow noted under a name.
    pub struct ContextView { pub name: String, pub value: String }

    /// Who is on the line.
    pub struct PartyView {
        pub party: String,
        /// From the address books, else what the telephone system sent along.
        pub name: Option<String>,
        pub company: Option<String>,
        /// As it is dialled; `null` where withheld.
        pub number: Option<String>,
        /// The same as people of the home country read it, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional = nullable)]
        pub shown: Option<String>,
        /// Her number is listed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional = nullable)]
        pub marked: Option<numbers::ListingName>,
        /// The contact this number belongs to.
        pub contact: Option<String>,
        /// It is one of our services, which callers were put through to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional = nullable)]
        pub service: Option<String>,
    }

    /// One waiting caller.
    pub struct QueueRow {
        pub call: String,
        pub service: String,
        pub service_name: String,
        pub caller: PartyView,
        #[ts(type = "number")] pub arrived: i64,
        pub position: u32,
        pub priority: u8,
        /// Came back (from a slot or a transfer) and is kept for this attendant first.
        pub returned_to_me: bool,
        /// Rings at this console.
        pub offered_to_me: bool,
        /// Rings at somebody's console.
        pub offered: bool,
        /// The caller has gone and is to be called back: taking it calls her.
        pub callback: bool,
        /// What the workflow has noted about her.
        pub context: Vec<ContextView>,
        pub simulated: bool,
    }

    /// One call of the attendant.
    pub struct CallRow {
        pub call: String,
        pub state: CallState,
        pub outbound: bool,
        /// Calls back somebody who asked for it.
        pub callback: bool,
        /// What the workflow has noted about her.
        pub context: Vec<ContextView>,
        pub service_name: Option<String>,
        pub caller: PartyView,
        #[ts(type = "number")] pub arrived: i64,
        /// In this state since.
        #[ts(type = "number")] pub since: i64,
        /// Answered by this attendant at.
        #[ts(type = "number | null")] pub accepted: Option<i64>,
        /// On hold for longer than the alert allows.
        pub alert: bool,
        pub transfer: Option<TransferView>,
        pub simulated: bool,
    }

    /// A transfer in flight.
    pub struct TransferView {
        pub transfer: String,
        pub mode: TransferKind,
        pub state: TransferState,
        pub target: PartyView,
        #[ts(type = "number")] pub since: i64,
    }

    /// One call in a slot.
    pub struct ParkedRow {
        pub slot: u16,
        pub call: String,
        pub caller: PartyView,
        pub service_name: Option<String>,
        pub parked_by_me: bool,
        #[ts(type = "number")] pub since: i64,
        #[ts(type = "number")] pub until: i64,
        pub alert: bool,
        pub simulated: bool,
    }

    /// Where to put a caller through to.
    pub struct Destination {
        /// A number or SIP address.
        pub address: String,
        /// The contact it was taken from.
        pub contact: Option<String>,
        pub voicemail: bool,
        /// The service it is, into whose queue the caller goes; then the address does not matter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional = nullable)]
        pub service: Option<String>,
    }

    /// One way to reach a contact; the first is the default.
    pub struct EndpointView { pub kind: EndpointKindName, pub address: String }

    /// What an import did. Bad rows are listed, the good ones are in.
    pub struct ImportReport {
        pub book: String,
        pub imported: u32,
        /// At most 1,000 of them; `rejected_total` counts all.
        pub rejected: Vec<RejectedRow>,
        pub rejected_total: u32,
        /// Headings of the columns that are not read.
        pub unread: Vec<String>,
    }

    /// How far an import is.
    pub struct ImportStep {
        pub import: String,
        /// Read so far.
        pub contacts: u32,
        /// Rows with something wrong, so far.
        pub rejected_total: u32,
        /// After the last part.
        pub report: Option<ImportReport>,
    }

    /// A row that was not imported, or (`kept`) only in part.
    pub struct RejectedRow {
        /// 1 for the first line of the file.
        pub line: u32,
        pub kept: bool,
        pub reason: String,
    }

    /// What is known of a caller (CALL-9).
    pub struct CallerCard {
        pub party: PartyView,
        pub contact: Option<ContactView>,
        /// Most likely target first.
        pub transfers: Vec<TransferHistoryView>,
        /// Newest first.
        pub earlier: Vec<HistoryRow>,
        /// What is listed of her number.
        pub listed: Option<numbers::ListedView>,
        /// What `transfers` are taken from.
        pub kept: contacts::KeptView,
    }

    /// A page of call history.
    pub struct HistoryPage {
        pub rows: Vec<HistoryRow>,
        /// Give it as `before` for the next page; `null` at the end.
        pub next: Option<String>,
    }

    /// One recorded call.
    pub struct HistoryRow {
        pub call: String,
        pub part: u32,
        pub outbound: bool,
        pub service_name: Option<String>,
        pub caller: PartyView,
        #[ts(type = "number")] pub arrived: i64,
        #[ts(type = "number | null")] pub ended: Option<i64>,
        #[ts(type = "number | null")] pub waited_ms: Option<u64>,
        #[ts(type = "number")] pub connected_ms: u64,
        /// Stable id of `outcomes.md`; `null` while it goes on.
        pub outcome: Option<u8>,
        pub outcome_text: Option<String>,
        pub transferred_to: Option<PartyView>,
        pub simulated: bool,
        /// It came from the file of an earlier telephone system.
        pub imported: bool,
    }

    /// What first run asks, and what was answered.
    pub struct SetupView {
        pub mode: ModeKind,
        pub sip: Option<SipAccountView>,
        /// `null` when the keychain works; else why not, in words.
        pub keychain_problem: Option<String>,
        pub contacts: u32,
    }

    /// A SIP account as typed. Host: name or address, with `:port` where it is not 5060.
    pub struct SipAccountForm {
        pub user: String,
        pub auth_user: String,
        #[ts(as = "String")] pub password: SecretText,
        pub registrar: String,
        /// Empty: the registrar's host.
        pub domain: String,
        pub transport: SipTransport,
        pub display_name: String,
    }

    /// The account without its password.
    pub struct SipAccountView {
        pub user: String,
        pub auth_user: String,
        pub registrar: String,
        pub domain: String,
        pub transport: SipTransport,
        pub display_name: String,
    }

    /// Audio devices.
    pub struct AudioView {
        pub inputs: Vec<String>,
        pub outputs: Vec<String>,
        pub input: Option<String>,
        pub output: Option<String>,
        pub ring: Option<String>,
        /// Why there is no audio, in words; `null` when there is.
        pub problem: Option<String>,
    }

    /// What was kept long enough, and what became of it (DATA-6).
    pub struct PurgeView {
        /// For how many days everything of calls is kept.
        pub days: u16,
        /// When the last purge was at its end; `null`: none was yet.
        #[ts(type = "number | null")] pub finished: Option<i64>,
        /// It erased what was older.
        #[ts(type = "number | null")] pub before: Option<i64>,
        /// What it erased; nothing is left out that it found.
        pub erased: Vec<PurgedView>,
        /// When the next begins; `null`: at once.
        #[ts(type = "number | null")] pub next: Option<i64>,
        /// The clock is far ahead of what was seen last, so nothing is erased before it has gone on for a day.
        pub doubted: bool,
    }

    /// Of one kind: `calls`, `voicemails`, `transfers`, `states`, `orders`, `names`, `callers`.
    pub struct PurgedView {
        pub what: String,
        #[ts(type = "number")] pub rows: u64,
    }

    /// How the data on this computer is protected (DATA-1, DATA-2, DATA-7).
    pub struct ProtectionView {
        pub key_home: KeyHomeName,
        pub recovery: RecoveryName,
        /// Since when new data is encrypted with the data key of now.
        #[ts(type = "number | null")] pub data_key_since: Option<i64>,
        /// A change of the data key that is under way.
        pub rotation: Option<ProgressView>,
        /// Why the last one stopped before its end, in words.
        pub rotation_problem: Option<String>,
        pub backup: BackupView,
    }

    /// How far something is. `total` is 0 while it is not known.
    pub struct ProgressView {
        #[ts(type = "number")] pub done: u64,
        #[ts(type = "number")] pub total: u64,
    }

    /// The backup as it stands.
    pub struct BackupView {
        /// `null`: none is set up.
        pub plan: Option<BackupPlanView>,
        /// When the newest good one began.
        #[ts(type = "number | null")] pub last_good: Option<i64>,
        /// A newest good one that is older is overdue.
        #[ts(type = "number")] pub age_ms_max: u64,
        /// The one under way, in bytes.
        pub running: Option<ProgressView>,
        /// Why the newest attempt failed, in words.
        pub problem: Option<String>,
    }

    /// Where this console's data may lie, and where its backup goes. Codes of `JurisdictionView`.
    pub struct BackupPlanView {
        /// This console is there, and backups stay there.
        pub home: String,
        /// Backups may lie there too; empty: nowhere else.
        pub recovery: String,
        /// The target is there, where no region of a cloud says so; empty: at home.
        pub located: String,
        pub target: BackupTargetView,
    }

    /// What opens a backup target. Goes to the keychain and never comes back.
    pub struct BackupCredentialsForm {
        /// Access key id of S3; empty elsewhere.
        pub key_id: String,
        #[ts(as = "String")] pub secret: SecretText,
    }

    /// A country, or a union of them, whose law holds for what lies there.
    pub struct JurisdictionView { pub code: String, pub name: String }

    /// A moment the data can be restored to.
    pub struct RestorePointView {
        pub id: String,
        #[ts(type = "number")] pub at: i64,
        pub kind: RestorePointKindName,
        #[ts(type = "number")] pub size_bytes: u64,
    }

    /// A recovery key, shown once. The screen keeps it nowhere.
    pub struct RecoveryKeyView {
        /// 24 words.
        #[ts(as = "Vec<String>")] pub words: Vec<SecretText>,
        /// The same as a QR code: modules on one side, …
        pub qr_side: u8,
        /// … row after row, `1` for dark and `0` for light.
        #[ts(as = "String")] pub qr_modules: SecretText,
        /// Positions, from 1, of the words to type for the confirmation, drawn at random.
        pub asked: Vec<u8>,
    }

    /// One word as typed for the confirmation; `position` from 1.
    pub struct RecoveryWordForm {
        pub position: u8,
        #[ts(as = "String")] pub word: SecretText,
    }

    /// Why the data cannot be opened, and what can be done from here.
    pub struct LockView {
        pub reason: LockReason,
        /// What the keychain or the file system said, for whoever must find out why.
        pub detail: String,
        /// Where the data lies.
        pub folder: String,
        /// The recovery key opens it.
        pub recovery_helps: bool,
        /// Every word a recovery key can hold, in order; empty where it does not help.
        pub word_list: Vec<String>,
        /// A backup opens it.
        pub restoring_helps: bool,
        /// The command that restores the newest one; `null` where no backup was set up, or none helps.
        pub restore_command: Option<String>,
    }
}

/// What a backup is written to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export)]
#[allow(missing_docs, reason = "as in `contracts::safekeeping::BackupTarget`")]
pub enum BackupTargetView {
    /// A folder of another disk or computer.
    Folder { path: String },
    /// `endpoint` empty: Amazon. `prefix`: folders in the bucket.
    S3 { endpoint: String, region: String, bucket: String, prefix: String },
    /// Azure Blob storage. `prefix`: folders in the container.
    Azure { account: String, container: String, prefix: String, region: String },
}

names! {
    /// How loudly a notice is said.
    Urgency { Low, High }
    /// How the attendant is known: to the operating system, or to the issuer where she signed in.
    IdentityKind { LocalUser, SignedIn }
    /// What was chosen at first run.
    ModeKind { Unset, Training, Sip }
    /// Connection to the telephone system.
    LinkState { Off, Connecting, Up, Down }
    /// See `engine::Presence`.
    PresenceName { Available, Busy, Away, DoNotDisturb, InACall, Offline }
    /// See `engine::NotAvailable`.
    NotAvailableName { Break, Lunch, Meeting, Training, Other }
    /// The first failing reason (`outcomes.md`).
    NotSelectable { Presence, OffDuty, NotServing, Skills, Offered, Connected, Acw, Rona, NotAvailable, Parked }
    /// State of one of the attendant's calls.
    CallState { Dialing, Ringing, Active, Held, Consulting, Conference, Leaving }
    /// Asked for: blind or safe.
    TransferMode { Blind, Safe }
    /// In flight.
    TransferKind { Blind, Safe, Consult }
    /// Where a transfer stands. `TalkingToTarget`/`TalkingToCaller` only in a consultation.
    TransferState { Trying, Ringing, TalkingToTarget, TalkingToCaller, Conference, Completing }
    /// See `engine::Treatment`.
    TreatmentName { Ringing, Music, Silence }
    /// See `contracts::book::EndpointKind`.
    EndpointKindName { Work, Mobile, Home, Sip, Voicemail, Other }
    /// Transport to the registrar.
    SipTransport { Udp, Tcp }
    /// See `contracts::safekeeping::KeyHome`.
    KeyHomeName { Keychain, File, RecoveryKey }
    /// See `contracts::safekeeping::Recovery`.
    RecoveryName { Unconfirmed, Renewing, Confirmed }
    /// See `contracts::safekeeping::RestorePointKind`.
    RestorePointKindName { Full, Increment }
    /// Why the data cannot be opened.
    LockReason {
        KeychainLocked,
        KeychainMissing,
        KeyGone,
        KeyForeign,
        KeyNotKept,
        KeyFileMissing,
        KeyFileDamaged,
        DataDamaged,
        DataRolledBack,
    }
}
