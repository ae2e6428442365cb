//! Requests for reports to take away, and for those that are made by themselves (REPORT-3). What a file looks like is in
//! `workbook`, when one is due in `schedules`; where it goes is the host's.

use std::collections::BTreeSet;

use contracts::access_log::{Actor, Entry, Kind, ObjectRef, Outcome, Word};
use contracts::folders::FolderError;
use contracts::reports::{CALLERS_MAX, ReportFilter};
use engine::{ServiceId, Timestamp};
use hours::Zone;
use identity::{Authorized, Identity, right};
use reporting::aggregate::Thresholds;

use super::reports::read_days;
use super::wire::reports::{
    FileFormatName, FileView, GroupingName, ReportAsk, ReportExportAsk, ReportFilterForm, ReportRunView,
    ReportScheduleForm, ReportScheduleView, ReportSchedulesView, RhythmName,
};
use super::wire::{ApiError, Request, Response, SavedView};
use super::{id, misplaced};
use crate::app::App;
use crate::schedules::{
    Due, FOLDER_CHARS_MAX, NAME_CHARS_MAX, RETRY_MS, SCHEDULES_MAX, SERVICES_MAX, Schedule, file_name,
    last_due, next_due, read_zone,
};
use crate::workbook::{self, Calls, Contents};

impl App {
    pub(super) async fn export_report(
        &self,
        who: &Identity,
        ask: &ReportExportAsk,
    ) -> Result<Response, ApiError> {
        let filter = self.read_filter(Some(who), &ask.report.filter).await?;
        let content = self.file_of(&ask.report, &filter, ask.format, ask.calls).await?;
        let ReportFilterForm { first_day, last_day, .. } = &ask.report.filter;
        Ok(Response::File(Box::new(FileView {
            name: file_name("Report", first_day, last_day, ask.format),
            media_type: media_type(ask.format).to_owned(),
            content_base64: data_encoding::BASE64.encode(&content),
        })))
    }

    async fn file_of(
        &self,
        ask: &ReportAsk,
        filter: &ReportFilter,
        format: FileFormatName,
        with_calls: bool,
    ) -> Result<Vec<u8>, ApiError> {
        let view = self.report_view(ask, filter).await?;
        let days = read_days(&ask.filter)?;
        let calls = match with_calls && format == FileFormatName::Xlsx {
            false => None,
            true => {
                let (calls, more) = self.newest_calls(filter, days.range(), workbook::CALLS_MAX).await?;
                let callers =
                    self.callers_view(filter, days.range(), ask.short_call_seconds, CALLERS_MAX).await?;
                Some(Calls { calls, more, callers: callers.callers, callers_in_all: callers.total })
            }
        };
        let narrowed = self.narrowed(&ask.filter, filter);
        let contents = Contents { view, zone: days.zone, narrowed, calls, made: self.sources.now() };
        // A workbook of many calls takes a second or two of a processor, which calls must not wait for.
        let written = tokio::task::spawn_blocking(move || match format {
            FileFormatName::Xlsx => workbook::xlsx(&contents).map_err(|error| error.to_string()),
            FileFormatName::Csv => workbook::csv(&contents.view).map_err(|error| error.to_string()),
        });
        match written.await {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(error)) => Err(not_made(&error)),
            Err(error) => Err(not_made(&error.to_string())),
        }
    }

    /// In words, so that nobody takes a part for the whole.
    fn narrowed(&self, form: &ReportFilterForm, filter: &ReportFilter) -> Vec<String> {
        let mut lines = Vec::new();
        if !form.services.is_empty() {
            lines.push("Only calls of the services named on the sheet Services.".to_owned());
        }
        if let Some(attendant) = filter.attendant {
            lines.push(format!(
                "Only calls in which {} had a part.",
                crate::seat::name_of(&self.seat.names(), attendant)
            ));
        }
        if let Some(number) = form.number.as_deref().map(str::trim).filter(|number| !number.is_empty()) {
            lines.push(format!("Only calls of {number}."));
        }
        if form.caller.is_some() {
            lines.push("Only calls of one caller.".to_owned());
        }
        let outcomes =
            reporting::Outcome::ALL.iter().filter(|outcome| filter.outcomes.contains(&outcome.id()));
        let outcomes: Vec<&str> = outcomes.map(|outcome| outcome.text()).collect();
        if !outcomes.is_empty() {
            lines.push(format!("Only calls that ended so: {}.", outcomes.join(", ")));
        }
        lines
    }

    pub(super) async fn report_schedules(&self, who: &Identity) -> Result<Response, ApiError> {
        let seen = self.services_seen(who).await?;
        let is_hers = |schedule: &&Schedule| match &seen {
            None => true,
            // What takes in all services is not hers alone.
            Some(seen) => {
                let services: Option<BTreeSet<ServiceId>> =
                    schedule.form.services.iter().map(|service| service.parse().ok()).collect();
                services.is_some_and(|services| !services.is_empty() && services.is_subset(seen))
            }
        };
        let now = self.sources.now();
        let kept = self.schedules().await?;
        let schedules = kept.iter().filter(is_hers).map(|schedule| view_of(schedule, now)).collect();
        Ok(Response::ReportSchedules(ReportSchedulesView { schedules }))
    }

    pub(super) async fn handle_schedules(
        &self,
        _: Authorized<right::ChangeProtection>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::PutReportSchedule { schedule } => self.put_schedule(*schedule).await,
            Request::RemoveReportSchedule { schedule } => {
                let asked: u64 = schedule_id(&schedule)?;
                let _one = self.scheduling.lock().await;
                let mut kept = self.schedules().await?;
                let before = kept.len();
                kept.retain(|schedule| schedule.id != asked);
                if kept.len() == before {
                    return Err(unknown());
                }
                self.keep_schedules(&kept).await?;
                Ok(Response::Done)
            }
            Request::RunReportSchedule { schedule } => {
                let asked: u64 = schedule_id(&schedule)?;
                let _one = self.scheduling.lock().await;
                let mut kept = self.schedules().await?;
                let schedule = kept.iter_mut().find(|schedule| schedule.id == asked).ok_or_else(unknown)?;
                let now = self.sources.now();
                let due = last_due(&schedule.form, now).ok_or_else(unknown)?;
                self.make(schedule, &due, now).await;
                let problem = schedule.problem.as_ref().map(|problem| problem.text.clone());
                self.keep_schedules(&kept).await?;
                match problem {
                    None => Ok(Response::Done),
                    Some(text) => Err(ApiError::new("report.not-written", text)),
                }
            }
            other => Err(misplaced(&other)),
        }
    }

    async fn put_schedule(&self, form: ReportScheduleForm) -> Result<Response, ApiError> {
        let form = checked(form)?;
        if let Err(error) = self.folders.check(&form.folder).await {
            return Err(out_of_range("folder", sentence(&error)));
        }
        let asked = form.id.as_deref().map(schedule_id).transpose()?;
        let _one = self.scheduling.lock().await;
        let mut kept = self.schedules().await?;
        let same_name = |other: &Schedule| {
            Some(other.id) != asked
                && other.form.folder == form.folder
                && other.form.name.to_lowercase() == form.name.to_lowercase()
        };
        if kept.iter().any(same_name) {
            let why = "Another report of this name goes to this folder. Choose another name.";
            return Err(ApiError::new("setting.taken", why).at("name"));
        }
        let now = self.sources.now();
        // What is over by now is not made any more: the first one is that of the next time.
        let done = last_due(&form, now).map(|due| due.first).unwrap_or_default();
        let saved = asked.unwrap_or_else(|| self.sources.setting());
        let form = ReportScheduleForm { id: Some(format!("{saved:x}")), ..form };
        if asked.is_some() {
            let before = kept.iter_mut().find(|schedule| schedule.id == saved).ok_or_else(unknown)?;
            *before = Schedule { id: saved, form, done, last: before.last.take(), problem: None };
        } else if kept.len() >= SCHEDULES_MAX {
            let why = format!("There are {SCHEDULES_MAX} scheduled reports at most. Remove one first.");
            return Err(ApiError::new("setting.out-of-range", why));
        } else {
            kept.push(Schedule { id: saved, form, done, last: None, problem: None });
        }
        self.keep_schedules(&kept).await?;
        self.schedules_changed.notify_one();
        Ok(Response::Saved(SavedView { id: format!("{saved:x}") }))
    }

    /// Makes the report of these days and puts it into its folder; what came of it is noted in the schedule, and in the access log.
    pub(crate) async fn make(&self, schedule: &mut Schedule, due: &Due, now: Timestamp) {
        let made = self.try_to_make(&schedule.form, due).await;
        let outcome = match &made {
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::Failed(Word::parse(&error.code).unwrap_or(Word::of("report.not-written"))),
        };
        let entry = Entry::once(
            now,
            Actor::System(Word::of("report-schedules")),
            Kind::Access,
            Word::of("export-report"),
            outcome,
        );
        self.book
            .note(Entry { object: Some(ObjectRef::numbered(Word::of("schedule"), schedule.id)), ..entry });
        match made {
            Ok(files) => schedule.succeeded(due, files, now),
            Err(error) => {
                tracing::warn!(code = error.code, "a scheduled report could not be made; it is tried again");
                schedule.failed(error.message, now);
            }
        }
    }

    async fn try_to_make(&self, form: &ReportScheduleForm, due: &Due) -> Result<Vec<String>, ApiError> {
        let filter_form = ReportFilterForm {
            first_day: due.first.clone(),
            last_day: due.last.clone(),
            time_zone: form.time_zone.clone(),
            services: form.services.clone(),
            attendant: None,
            caller: None,
            number: None,
            outcomes: Vec::new(),
        };
        let ask = ReportAsk {
            filter: filter_form,
            grouping: match form.rhythm {
                RhythmName::Day => GroupingName::Hour,
                RhythmName::Week | RhythmName::Month => GroupingName::Day,
            },
            sla_seconds: form.sla_seconds,
            hang_up_seconds: form.hang_up_seconds,
            short_call_seconds: form.short_call_seconds,
            heat_map: false,
        };
        self.folders.check(&form.folder).await.map_err(not_written)?;
        if !self.reports.build_rollups(0).await?.complete {
            let why = "The sums are being worked out again, so calls would be missing. It is tried again.";
            return Err(ApiError::new("report.not-written", why));
        }
        let filter = self.read_filter(None, &ask.filter).await?;
        let mut files = Vec::new();
        for format in &form.formats {
            let bytes = self.file_of(&ask, &filter, *format, form.calls).await?;
            let name = file_name(&form.name, &due.first, &due.last, *format);
            self.folders.put(&form.folder, &name, bytes).await.map_err(not_written)?;
            files.push(name);
        }
        Ok(files)
    }
}

fn view_of(schedule: &Schedule, now: Timestamp) -> ReportScheduleView {
    let next = next_due(&schedule.form, now).unwrap_or(now);
    ReportScheduleView {
        form: schedule.form.clone(),
        next: match &schedule.problem {
            Some(problem) => next.0.min(problem.at.saturating_add(RETRY_MS)),
            None => next.0,
        },
        last: schedule.last.as_ref().map(|last| ReportRunView { at: last.at, files: last.files.clone() }),
        problem: schedule.problem.as_ref().map(|problem| problem.text.clone()),
    }
}

/// What may be kept.
fn checked(form: ReportScheduleForm) -> Result<ReportScheduleForm, ApiError> {
    let name = form.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(out_of_range("name", format!("A name has 1–{NAME_CHARS_MAX} characters.")));
    }
    // What no file system of today takes in a file's name, so that the name is the same in every folder.
    if name.chars().any(|c| c.is_control() || r#"<>:"/\|?*"#.contains(c)) || name.starts_with('.') {
        let why = r#"The name becomes that of a file: it has none of < > : " / \ | ? * and no point at its beginning."#;
        return Err(out_of_range("name", why));
    }
    let folder = form.folder.trim().to_owned();
    if folder.is_empty() || folder.chars().count() > FOLDER_CHARS_MAX || folder.chars().any(char::is_control)
    {
        return Err(out_of_range("folder", format!("A folder's path has 1–{FOLDER_CHARS_MAX} characters.")));
    }
    if form.at_minute >= 24 * 60 {
        return Err(out_of_range("at_minute", "A time of day goes from 00:00 to 23:59."));
    }
    Zone::parse(&form.time_zone)
        .map_err(|unknown| out_of_range("time_zone", format!("'{}': {unknown}.", form.time_zone)))?;
    if form.services.len() > SERVICES_MAX {
        let why = format!("{SERVICES_MAX} services at most are named; for more, take all.");
        return Err(out_of_range("services", why));
    }
    for service in &form.services {
        id::<ServiceId>("service", service)?;
    }
    let mut formats = form.formats.clone();
    formats.sort_by_key(|format| *format as u8);
    formats.dedup();
    if formats.is_empty() {
        return Err(out_of_range("formats", "Choose Excel, CSV or both."));
    }
    let seconds = [form.sla_seconds, form.hang_up_seconds, form.short_call_seconds];
    if seconds.into_iter().any(|seconds| seconds > Thresholds::SECONDS_MAX) {
        return Err(out_of_range("sla_seconds", "Thresholds go from 0 to 86,400 seconds."));
    }
    let zone = read_zone(&form).name().to_owned();
    Ok(ReportScheduleForm { name, folder, formats, time_zone: zone, ..form })
}

fn out_of_range(field: &str, why: impl Into<String>) -> ApiError {
    ApiError::new("setting.out-of-range", why).at(field)
}

fn schedule_id(text: &str) -> Result<u64, ApiError> {
    u64::from_str_radix(text, 16)
        .map_err(|_| ApiError::invalid(format!("'{text}' is not the id of a scheduled report")))
}

fn unknown() -> ApiError {
    ApiError::new("setting.unknown", "This scheduled report is not there any more.")
}

fn not_written(error: FolderError) -> ApiError {
    ApiError::new("report.not-written", sentence(&error))
}

fn not_made(error: &str) -> ApiError {
    tracing::error!(error, "the file of a report could not be made");
    ApiError::new("internal", "The file could not be made. Please report what you asked for.")
}

/// An error as a sentence of its own.
fn sentence(error: &FolderError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

fn media_type(format: FileFormatName) -> &'static str {
    match format {
        FileFormatName::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        FileFormatName::Csv => "text/csv",
    }
}
