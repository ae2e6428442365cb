//! Reports as they cross to the screens (REPORT-2, REPORT-3): what is asked, the figures with their formulas, and the calls behind
//! a number. Does not work anything out: see `api::reports`.
//!
//! Shares are 0 to 1, times milliseconds, thresholds seconds. `null` is no data. Intervals are half-open. Only live calls that
//! are over count, imported ones among them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{HistoryRow, PartyView};

names! {
    /// What one interval is, in local time; a week begins on Monday.
    GroupingName { QuarterHour, Hour, Day, Week, Month, Whole }

    /// What a report is taken away as.
    FileFormatName { Xlsx, Csv }

    /// How often a report is made, and of what: of the day, the week from Monday or the month that is over.
    RhythmName { Day, Week, Month }

    /// A KPI; its name and formula stand in `ReportView.formulas`.
    KpiName {
        ServiceLevelAbandonsIgnored, ServiceLevelAbandonsNegative, ServiceLevelAbandonsPositive, AcceptanceSla, HangUpSla,
        Reachability, Asa, AbandonmentRate, Aht, Occupancy,
    }
}

wire! {
    /// Which calls. All that is given must hold.
    pub struct ReportFilterForm {
        /// The first local day, `2026-11-01`.
        pub first_day: String,
        /// The last local day, itself included; 732 days at most.
        pub last_day: String,
        /// IANA name.
        pub time_zone: String,
        /// Ids; empty: all services she may see.
        pub services: Vec<String>,
        pub attendant: Option<String>,
        /// The caller's party id.
        pub caller: Option<String>,
        /// The caller's number, national or international, or at least its last 4 digits; or her SIP address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional = nullable)]
        pub number: Option<String>,
        /// Ids of `outcomes.md`, 1–18; empty: all.
        pub outcomes: Vec<u8>,
    }

    /// What is asked.
    pub struct ReportAsk {
        pub filter: ReportFilterForm,
        /// 17,568 intervals at most.
        pub grouping: GroupingName,
        /// T of the service level and the acceptance SLA, 0–86,400.
        pub sla_seconds: u32,
        /// T of the hang-up SLA, 0–86,400.
        pub hang_up_seconds: u32,
        /// Who hangs up in the queue sooner counts as neither offered nor abandoned; 0: everybody counts.
        pub short_call_seconds: u32,
        /// Also by weekday and hour; takes longer over many months.
        pub heat_map: bool,
    }

    /// The answer.
    pub struct ReportView {
        #[ts(type = "number")] pub from: i64,
        /// The first moment after it.
        #[ts(type = "number")] pub to: i64,
        pub time_zone: String,
        /// Local days that have not 24 hours, because the clocks are put forward or back.
        pub odd_days: Vec<OddDay>,
        pub sla_seconds: u32,
        pub hang_up_seconds: u32,
        pub short_call_seconds: u32,
        /// Name and formula of every KPI, in the order in which they are shown.
        pub formulas: Vec<FormulaView>,
        /// How far a percentile may be from the true one, as a part of it.
        pub percentile_error: f64,
        pub total: FiguresView,
        pub intervals: Vec<ReportInterval>,
        pub services: Vec<ServiceFigures>,
        /// Empty where a caller or outcomes are asked for.
        pub attendants: Vec<AttendantFigures>,
        pub outcomes: Vec<OutcomeFigures>,
        pub waits: Vec<WaitFigures>,
        /// Only where it was asked for; hours without a call are left out.
        pub heat_map: Vec<HeatCell>,
        /// Not `null`: sums are being worked out again, and calls are missing.
        pub catching_up: Option<CatchingUp>,
    }

    /// A local day that has not 24 hours.
    pub struct OddDay {
        pub day: String,
        pub minutes: u32,
    }

    /// What stands behind a KPI.
    pub struct FormulaView {
        pub kpi: KpiName,
        pub name: String,
        pub formula: String,
    }

    /// A KPI's value.
    pub struct KpiFigure {
        pub kpi: KpiName,
        /// A share, or milliseconds for ASA and AHT.
        pub value: Option<f64>,
    }

    /// What was counted.
    pub struct FiguresView {
        /// Service sessions, whatever became of them.
        #[ts(type = "number")] pub sessions: u64,
        /// Stood in the queue, short calls left out.
        #[ts(type = "number")] pub queued: u64,
        #[ts(type = "number")] pub answered: u64,
        /// Answered and not lost afterwards.
        #[ts(type = "number")] pub handled: u64,
        /// Hung up in the queue, short calls left out.
        #[ts(type = "number")] pub abandoned: u64,
        /// Hung up in the queue before the short-call threshold.
        #[ts(type = "number")] pub short: u64,
        pub kpis: Vec<KpiFigure>,
        /// Waits (queue and ring) of the answered.
        pub wait: PercentilesView,
        /// Connected times of the handled, hold included.
        pub handling: PercentilesView,
        /// Rung by the attendant who answered; part of the waits.
        #[ts(type = "number")] pub ring_ms: u64,
        #[ts(type = "number")] pub wait_ms: u64,
        /// Waits of those who hung up in the queue.
        #[ts(type = "number")] pub abandoned_wait_ms: u64,
        #[ts(type = "number")] pub connected_ms: u64,
        /// Connected on calls we made.
        #[ts(type = "number")] pub outbound_ms: u64,
        #[ts(type = "number")] pub hold_ms: u64,
        #[ts(type = "number")] pub park_ms: u64,
        #[ts(type = "number")] pub acw_ms: u64,
    }

    /// Beside the mean, which a few long ones pull up.
    pub struct PercentilesView {
        pub mean_ms: Option<f64>,
        #[ts(type = "number | null")] pub p50_ms: Option<u64>,
        #[ts(type = "number | null")] pub p80_ms: Option<u64>,
        #[ts(type = "number | null")] pub p90_ms: Option<u64>,
        #[ts(type = "number | null")] pub p95_ms: Option<u64>,
        #[ts(type = "number | null")] pub p99_ms: Option<u64>,
    }

    /// An interval; one without calls is there all the same.
    pub struct ReportInterval {
        #[ts(type = "number")] pub from: i64,
        #[ts(type = "number")] pub to: i64,
        /// The local time at which it begins, with its distance from UTC: `2026-11-01T08:00+01:00`.
        pub began: String,
        pub figures: FiguresView,
    }

    /// Of one service.
    pub struct ServiceFigures {
        /// `null`: calls of no service.
        pub service: Option<String>,
        /// `null`: there is no service of this id any more.
        pub name: Option<String>,
        pub figures: FiguresView,
    }

    /// Of one attendant.
    pub struct AttendantFigures {
        pub attendant: String,
        pub name: String,
        /// Sessions in which she had a call.
        #[ts(type = "number")] pub had: u64,
        #[ts(type = "number")] pub declined: u64,
        /// RONA.
        #[ts(type = "number")] pub timed_out: u64,
        /// `(connected, hold included, + ACW) / sessions in which she had a call`.
        pub aht_ms: Option<f64>,
        /// `(connected, hold included, + ACW) / (that + selectable idle)`; `null` where only some services are looked at.
        pub occupancy: Option<f64>,
        pub handling: PercentilesView,
        #[ts(type = "number")] pub ring_ms: u64,
        #[ts(type = "number")] pub connected_ms: u64,
        #[ts(type = "number")] pub hold_ms: u64,
        /// What she did on duty; what has to do with no call only where all services are looked at.
        pub states: Vec<StateFigure>,
    }

    /// So long in a state.
    pub struct StateFigure {
        pub state: String,
        #[ts(type = "number")] pub ms: u64,
    }

    /// How calls ended.
    pub struct OutcomeFigures {
        /// Stable id of `outcomes.md`.
        pub outcome: u8,
        pub name: String,
        pub group: String,
        pub handled: bool,
        #[ts(type = "number")] pub calls: u64,
    }

    /// How many waited how long, from so many seconds to just under so many.
    pub struct WaitFigures {
        pub from_seconds: u32,
        /// `null`: without end.
        pub to_seconds: Option<u32>,
        #[ts(type = "number")] pub answered: u64,
        #[ts(type = "number")] pub abandoned: u64,
        /// Left the queue neither answered nor by hanging up.
        #[ts(type = "number")] pub left: u64,
    }

    /// One hour of one weekday.
    pub struct HeatCell {
        /// 1 is Monday.
        pub weekday: u8,
        /// 0–23, as the clock on the wall shows it.
        pub hour: u8,
        #[ts(type = "number")] pub sessions: u64,
        #[ts(type = "number")] pub queued: u64,
        pub kpis: Vec<KpiFigure>,
    }

    /// How far sums are worked out again.
    pub struct CatchingUp {
        #[ts(type = "number")] pub done: u64,
        #[ts(type = "number")] pub total: u64,
    }

    /// Which calls stand behind a number.
    pub struct ReportCallsAsk {
        pub filter: ReportFilterForm,
        /// Only those that arrived from this moment on.
        #[ts(type = "number | null")] pub from: Option<i64>,
        /// Only those that arrived before this moment.
        #[ts(type = "number | null")] pub to: Option<i64>,
        /// Only of this weekday, 1 is Monday.
        pub weekday: Option<u8>,
        /// Only of this hour, 0–23.
        pub hour: Option<u8>,
        /// The cursor of the page before.
        pub before: Option<String>,
        /// 1–200.
        pub limit: u32,
    }

    /// A page of them, newest first.
    pub struct ReportCallsPage {
        pub calls: Vec<ReportCall>,
        /// The cursor of the next page, if there is one.
        pub next: Option<String>,
    }

    /// A call behind a number.
    pub struct ReportCall {
        pub call: HistoryRow,
        /// Who had it, first the first.
        pub attendants: Vec<String>,
    }

    /// Who called most.
    pub struct ReportCallersAsk {
        pub filter: ReportFilterForm,
        /// Who hangs up in the queue sooner did not hang up waiting.
        pub short_call_seconds: u32,
        /// 1–200.
        pub limit: u32,
    }

    /// Callers, most calls first. Calls we made are not among them.
    pub struct ReportCallersView {
        pub callers: Vec<CallerFigures>,
        /// Callers in all.
        #[ts(type = "number")] pub total: u64,
    }

    /// The calls of one caller.
    pub struct CallerFigures {
        pub caller: PartyView,
        #[ts(type = "number")] pub calls: u64,
        #[ts(type = "number")] pub answered: u64,
        /// Hung up in the queue, short calls left out.
        #[ts(type = "number")] pub abandoned: u64,
        /// When she called last.
        #[ts(type = "number")] pub last: i64,
    }

    /// A report to take away.
    pub struct ReportExportAsk {
        pub report: ReportAsk,
        pub format: FileFormatName,
        /// Also the calls one by one, with callers' names and numbers; 50,000 at most. Only in a workbook.
        pub calls: bool,
    }

    /// A file to be saved.
    pub struct FileView {
        pub name: String,
        pub media_type: String,
        pub content_base64: String,
    }

    /// A report that is made by itself and put into a folder. Kept as it is here.
    pub struct ReportScheduleForm {
        /// `null`: a new one.
        pub id: Option<String>,
        /// 1–60 characters; the file's name begins with it.
        pub name: String,
        pub rhythm: RhythmName,
        /// Minutes after local midnight, 0–1,439. A time that a day has not is taken for the next moment it has.
        pub at_minute: u32,
        /// IANA name.
        pub time_zone: String,
        /// A whole path on the computer that Usher runs on.
        pub folder: String,
        /// Ids; empty: all services.
        pub services: Vec<String>,
        /// One or both.
        pub formats: Vec<FileFormatName>,
        /// Also the calls one by one, with callers' names and numbers: what is erased later stays in files made before.
        pub calls: bool,
        pub sla_seconds: u32,
        pub hang_up_seconds: u32,
        pub short_call_seconds: u32,
    }

    /// All of them that she may see.
    pub struct ReportSchedulesView {
        pub schedules: Vec<ReportScheduleView>,
    }

    /// One of them, and what came of it.
    pub struct ReportScheduleView {
        pub form: ReportScheduleForm,
        /// When it is made next; sooner where the last one failed.
        #[ts(type = "number")] pub next: i64,
        pub last: Option<ReportRunView>,
        /// Why the last try failed, and what to do.
        pub problem: Option<String>,
    }

    /// A report that was made.
    pub struct ReportRunView {
        #[ts(type = "number")] pub at: i64,
        /// Names of its files.
        pub files: Vec<String>,
    }
}
