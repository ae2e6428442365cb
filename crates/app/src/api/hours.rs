//! Requests about opening hours (ROUTE-4): calendars, what they say before they are kept, and files of holidays. What is
//! typed is read here and judged by `hours`, which the engine asks too: a screen and the engine cannot differ.

use std::fmt;

use ::hours::{
    Because, Date, DateTime, DaySet, PERIODS_MAX, Period, Place, Shift, Shown, State, WallTime, When, Zone,
};
use data_encoding::BASE64;
use engine::{Calendar, CalendarId, Command, Timestamp};
use ical::{Fate, Window};
use identity::{Authorized, right};

use super::wire::hours::{
    CalendarFaultView, CalendarForm, CalendarPreview, CalendarSays, CalendarView, CalendarsView, DayView,
    FoundView, HolidayNoteView, HolidaysView, MomentView, PartView, PeriodForm, PeriodPlace, ShiftView,
    ShownName, SpecialDayView, VerdictView, WhenForm, YearDayView,
};
use super::wire::{ApiError, Request, Response, SavedView};
use super::{id, misplaced};
use crate::app::App;

/// Bytes of a file in base64, a little more than the file may have: the reader then says what it has.
const FILE_CHARS_MAX: usize = ical::BYTES_MAX / 3 * 4 + 1024;

impl App {
    /// What everybody may see of opening hours. Nothing is kept.
    pub(super) async fn handle_hours_seen(
        &self,
        _: Authorized<right::SeeServices>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetCalendars {} => self.calendars().await,
            Request::PreviewCalendar { form, moment, week, year } => {
                let asked = Asked::read(moment.as_deref(), &week, year, self.sources.now())?;
                off_the_road(move || preview(&form, &asked)).await.map(Response::Preview)
            }
            Request::ReadHolidays { content_base64, zone, year } => {
                let file = ReadFile::read(&content_base64, &zone, year)?;
                off_the_road(move || holidays(&file)).await?.map(Response::Holidays)
            }
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_hours(
        &self,
        _: Authorized<right::ChangeServices>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::PutCalendar { calendar, form } => self.put_calendar(calendar, &form).await,
            Request::RemoveCalendar { calendar } => {
                self.change(Command::RemoveCalendar(id("calendar", &calendar)?)).await?;
                Ok(Response::Done)
            }
            other => Err(misplaced(&other)),
        }
    }

    async fn calendars(&self) -> Result<Response, ApiError> {
        Ok(Response::Calendars(Box::new(self.calendars_view().await?)))
    }

    pub(super) async fn calendars_view(&self) -> Result<CalendarsView, ApiError> {
        let now = self.sources.now();
        let look = |switchboard: &engine::Switchboard| switchboard.calendars().cloned().collect::<Vec<_>>();
        let mut calendars = self.desk.look(look).await?;
        calendars.sort_by_key(|calendar| (calendar.hours.name.to_lowercase(), calendar.id));
        let calendars =
            off_the_road(move || calendars.iter().map(|calendar| view(calendar, now)).collect::<Vec<_>>());
        Ok(CalendarsView {
            calendars: calendars.await?,
            zones: Zone::names(),
            periods_max: u32::try_from(PERIODS_MAX).unwrap_or(u32::MAX),
        })
    }

    async fn put_calendar(
        &self,
        calendar: Option<String>,
        form: &CalendarForm,
    ) -> Result<Response, ApiError> {
        let read = read(form);
        if let Some(fault) = read.faults.first() {
            let more = read.faults.len() - 1;
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let error = ApiError::new("setting.out-of-range", format!("{fault}{more}"));
            return Err(error.at(path(fault)));
        }
        let hours = read.calendar.ok_or_else(|| ApiError::invalid("the calendar cannot be read"))?;
        let id: CalendarId = match calendar {
            Some(calendar) => id("calendar", &calendar)?,
            None => CalendarId(self.sources.setting()),
        };
        self.change(Command::PutCalendar(Calendar { id, hours })).await?;
        Ok(Response::Saved(SavedView { id: id.to_string() }))
    }
}

/// `name`, or `primary.3.to`.
fn path(CalendarFaultView { place, field, .. }: &CalendarFaultView) -> String {
    match place {
        PeriodPlace::Calendar => field.clone(),
        PeriodPlace::Primary { at } => format!("primary.{at}.{field}"),
        PeriodPlace::Secondary { at } => format!("secondary.{at}.{field}"),
    }
}

/// Work of up to a second, away from the threads that carry calls.
async fn off_the_road<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "a calendar could not be looked at");
        ApiError::new("internal", "The calendar could not be looked at. Please report what you did.")
    })
}

// -- what was typed ----------------------------------------------------------------------------------------------

/// A form as it was read: its faults, and the calendar where every part of it could be read, right or wrong.
struct Read {
    calendar: Option<::hours::Calendar>,
    faults: Vec<CalendarFaultView>,
}

fn read(form: &CalendarForm) -> Read {
    let mut faults = Vec::new();
    let zone = Zone::parse(&form.zone);
    if zone.is_err() {
        let permitted = "an IANA name such as Europe/Zurich".to_owned();
        let (field, value) = ("zone".to_owned(), form.zone.clone());
        faults.push(CalendarFaultView { place: PeriodPlace::Calendar, field, value, permitted });
    }
    if form.primary.len() + form.secondary.len() > PERIODS_MAX {
        faults.push(CalendarFaultView {
            place: PeriodPlace::Calendar,
            field: "periods".to_owned(),
            value: (form.primary.len() + form.secondary.len()).to_string(),
            permitted: format!("at most {PERIODS_MAX}, primary and secondary together"),
        });
        return Read { calendar: None, faults };
    }
    let mut calendar = ::hours::Calendar {
        name: form.name.clone(),
        zone: zone.clone().unwrap_or_else(|_| Zone::parse("UTC").expect("every zone database has UTC")),
        default: state(form.open),
        primary: periods(&form.primary, Place::Primary, &mut faults),
        secondary: periods(&form.secondary, Place::Secondary, &mut faults),
    };
    let is_read = faults.is_empty();
    // A period that could not be read is a harmless one meanwhile, so that the others are judged at their places.
    faults.extend(calendar.check().into_iter().map(fault));
    calendar.name = calendar.name.trim().to_owned();
    Read { calendar: is_read.then_some(calendar), faults }
}

fn periods(
    forms: &[PeriodForm],
    place: fn(usize) -> Place,
    faults: &mut Vec<CalendarFaultView>,
) -> Vec<Period> {
    let period = |(at, form): (usize, &PeriodForm)| {
        let when = when(&form.when).unwrap_or_else(|unread| {
            faults.extend(unread.into_iter().map(|(field, value, permitted)| CalendarFaultView {
                place: self::place(place(at)),
                field: field.to_owned(),
                value,
                permitted: permitted.to_owned(),
            }));
            When::Yearly { month: 1, day: 1 }
        });
        Period { state: state(form.open), when, label: form.label.trim().to_owned() }
    };
    forms.iter().enumerate().map(period).collect()
}

/// A field that cannot be read: its name, what stands there, what may.
type Unread = (&'static str, String, &'static str);

fn when(form: &WhenForm) -> Result<When, Vec<Unread>> {
    match form {
        WhenForm::Weekly { days, from, to } => {
            let permitted = "a time of day such as 08:00, up to 24:00";
            let (from, to) = both(from, to, WallTime::parse, permitted)?;
            let wrong_days = || vec![("days", days.to_string(), "0 to 127")];
            Ok(When::Weekly { days: DaySet::from_bits(*days).ok_or_else(wrong_days)?, from, to })
        }
        WhenForm::Dates { from, to } => {
            let (from, to) = both(from, to, date, "a date such as 2026-12-25")?;
            Ok(When::Dates { from, to })
        }
        WhenForm::Span { from, to } => {
            let (from, to) = both(from, to, local, "a date and time such as 2026-12-24T12:00")?;
            Ok(When::Span { from, to })
        }
        WhenForm::Yearly { month, day } => Ok(When::Yearly {
            month: i8::try_from(*month).unwrap_or(i8::MAX),
            day: i8::try_from(*day).unwrap_or(i8::MAX),
        }),
    }
}

fn both<T>(
    from: &str,
    to: &str,
    read: impl Fn(&str) -> Option<T>,
    permitted: &'static str,
) -> Result<(T, T), Vec<Unread>> {
    match (read(from), read(to)) {
        (Some(from), Some(to)) => Ok((from, to)),
        (read_from, read_to) => {
            let unread = |field, text: &str| (field, text.to_owned(), permitted);
            let from = read_from.is_none().then(|| unread("from", from));
            let to = read_to.is_none().then(|| unread("to", to));
            Err(from.into_iter().chain(to).collect())
        }
    }
}

/// `2026-12-25`, and nothing else that might be one.
fn date(text: &str) -> Option<Date> {
    let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_plain { text.parse().ok() } else { None }
}

/// `2026-12-24T12:00`, with seconds or without.
fn local(text: &str) -> Option<DateTime> {
    let is_plain = matches!(text.len(), 16 | 19) && text.as_bytes().get(10) == Some(&b'T');
    if is_plain { text.parse().ok() } else { None }
}

fn state(open: bool) -> State {
    if open { State::Open } else { State::Closed }
}

impl fmt::Display for CalendarFaultView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, field, value, permitted } = self;
        match place {
            PeriodPlace::Calendar => f.write_str("calendar")?,
            PeriodPlace::Primary { at } => write!(f, "primary period {}", at + 1)?,
            PeriodPlace::Secondary { at } => write!(f, "secondary period {}", at + 1)?,
        }
        write!(f, ": {field} is {value}; permitted is {permitted}")
    }
}

fn fault(fault: ::hours::CalendarFault) -> CalendarFaultView {
    let ::hours::CalendarFault { place, field, value, permitted } = fault;
    CalendarFaultView { place: self::place(place), field: field.to_owned(), value, permitted }
}

/// At most 500 periods: every place fits.
fn place(place: Place) -> PeriodPlace {
    let at = |at| u16::try_from(at).unwrap_or(u16::MAX);
    match place {
        Place::Calendar => PeriodPlace::Calendar,
        Place::Primary(primary) => PeriodPlace::Primary { at: at(primary) },
        Place::Secondary(secondary) => PeriodPlace::Secondary { at: at(secondary) },
    }
}

fn because(because: Because) -> PeriodPlace {
    place(match because {
        Because::Default => Place::Calendar,
        Because::Primary(primary) => Place::Primary(primary),
        Because::Secondary(secondary) => Place::Secondary(secondary),
    })
}

// -- what is kept ------------------------------------------------------------------------------------------------

fn view(Calendar { id, hours }: &Calendar, now: Timestamp) -> CalendarView {
    let verdict = hours.at(now.0);
    CalendarView {
        id: id.to_string(),
        form: CalendarForm {
            name: hours.name.clone(),
            zone: hours.zone.name().to_owned(),
            open: hours.default == State::Open,
            primary: hours.primary.iter().map(period_form).collect(),
            secondary: hours.secondary.iter().map(period_form).collect(),
        },
        open: verdict.state == State::Open,
        until: verdict.until.map(|until| local_text(hours.zone.local(until))),
    }
}

fn period_form(period: &Period) -> PeriodForm {
    PeriodForm {
        open: period.state == State::Open,
        label: period.label.clone(),
        when: when_form(&period.when),
    }
}

fn when_form(when: &When) -> WhenForm {
    match when {
        When::Weekly { days, from, to } => {
            WhenForm::Weekly { days: days.bits(), from: from.to_string(), to: to.to_string() }
        }
        When::Dates { from, to } => WhenForm::Dates { from: from.to_string(), to: to.to_string() },
        When::Span { from, to } => WhenForm::Span { from: local_text(*from), to: local_text(*to) },
        When::Yearly { month, day } => {
            WhenForm::Yearly { month: month.unsigned_abs(), day: day.unsigned_abs() }
        }
    }
}

/// To the minute; to the second where it is not whole.
fn local_text(local: DateTime) -> String {
    let (date, hour, minute) = (local.date(), local.hour(), local.minute());
    match local.second() {
        0 => format!("{date}T{hour:02}:{minute:02}"),
        second => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
    }
}

// -- what it says ------------------------------------------------------------------------------------------------

/// What a screen wants drawn.
struct Asked {
    /// By the calendar's clock; nothing: now.
    moment: Option<DateTime>,
    now: Timestamp,
    monday: Date,
    year: i16,
}

impl Asked {
    fn read(moment: Option<&str>, week: &str, year: i16, now: Timestamp) -> Result<Asked, ApiError> {
        let years = ::hours::YEAR_MIN..=::hours::YEAR_MAX;
        let in_range = |date: Date| years.contains(&date.year());
        let wrong = |what: &str, value: &str| {
            let (first, last) = (years.start(), years.end());
            ApiError::invalid(format!(
                "{what} is '{value}'; permitted are dates of the years {first} to {last}"
            ))
        };
        let read = |text: &str| {
            local(text).filter(|local| in_range(local.date())).ok_or_else(|| wrong("moment", text))
        };
        let day = date(week).filter(|date| in_range(*date)).ok_or_else(|| wrong("week", week))?;
        let monday = (0..7).try_fold(day, |day, _| {
            if day.weekday() == ::hours::Weekday::Monday { Ok(day) } else { day.yesterday() }
        });
        if !years.contains(&year) {
            return Err(wrong("year", &year.to_string()));
        }
        let monday = monday.map_err(|_| wrong("week", week))?;
        Ok(Asked { moment: moment.map(read).transpose()?, now, monday, year })
    }
}

fn preview(form: &CalendarForm, asked: &Asked) -> CalendarPreview {
    let Read { calendar, faults } = read(form);
    CalendarPreview { faults, says: calendar.map(|calendar| says(&calendar, asked)) }
}

fn says(calendar: &::hours::Calendar, asked: &Asked) -> CalendarSays {
    let first = Date::new(asked.year, 1, 1).expect("the year was read within its range");
    let mut year = Vec::new();
    let mut special = Vec::new();
    let shifts = shifts(calendar, first, first.last_of_year());
    let of_year = days_from(first).take_while(|day| day.year() == asked.year);
    for day in of_year {
        let parts = calendar.day(day);
        let open = parts.iter().filter(|part| part.state == State::Open);
        let open_ms = open.map(|part| part.to_ms - part.from_ms).sum();
        let mut primary: Vec<u16> = parts
            .iter()
            .filter_map(|part| match part.because {
                Because::Primary(at) => u16::try_from(at).ok(),
                Because::Secondary(_) | Because::Default => None,
            })
            .collect();
        primary.sort_unstable();
        primary.dedup();
        let shifts = of_day(&shifts, day);
        year.push(YearDayView { open_ms, is_special: !primary.is_empty(), is_shifted: !shifts.is_empty() });
        if !primary.is_empty() || !shifts.is_empty() {
            special.push(SpecialDayView { date: day.to_string(), primary, open_ms, shifts });
        }
    }
    CalendarSays { moment: moment(calendar, asked), week: week(calendar, asked.monday), year, special }
}

fn moment(calendar: &::hours::Calendar, asked: &Asked) -> MomentView {
    let shown = asked.moment.map_or(Shown::Once(asked.now.0), |local| calendar.zone.shown(local));
    let (name, instants) = match shown {
        Shown::Once(at) => (ShownName::Once, vec![at]),
        Shown::Twice { first, second } => (ShownName::Twice, vec![first, second]),
        Shown::Never { instead } => (ShownName::Never, vec![instead]),
    };
    let verdict = |at: i64| {
        let verdict = calendar.at(at);
        VerdictView {
            at: local_text(calendar.zone.local(at)),
            offset: calendar.zone.offset_text(at),
            open: verdict.state == State::Open,
            because: because(verdict.because),
            until: verdict.until.map(|until| local_text(calendar.zone.local(until))),
        }
    };
    MomentView { shown: name, verdicts: instants.into_iter().map(verdict).collect() }
}

fn week(calendar: &::hours::Calendar, monday: Date) -> Vec<DayView> {
    let days: Vec<Date> = days_from(monday).take(7).collect();
    let shifts = shifts(calendar, monday, *days.last().unwrap_or(&monday));
    let day = |date: &Date| DayView {
        date: date.to_string(),
        parts: calendar
            .day(*date)
            .into_iter()
            .map(|part| PartView {
                from_ms: part.from_ms,
                to_ms: part.to_ms,
                open: part.state == State::Open,
                because: because(part.because),
            })
            .collect(),
        shifts: of_day(&shifts, *date),
    };
    days.iter().map(day).collect()
}

fn days_from(first: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |day| day.tomorrow().ok())
}

/// From a day before the first to a day after the last, so that no offset hides one.
fn shifts(calendar: &::hours::Calendar, first: Date, last: Date) -> Vec<Shift> {
    let zone = &calendar.zone;
    let from = first.yesterday().unwrap_or(first);
    let to = last.tomorrow().unwrap_or(last);
    zone.shifts(zone.shown(from.at(0, 0, 0, 0)).usual(), zone.shown(to.at(23, 59, 59, 0)).usual())
}

fn of_day(shifts: &[Shift], day: Date) -> Vec<ShiftView> {
    let of_day = shifts.iter().filter(|shift| shift.from.date() == day);
    of_day
        .map(|shift| ShiftView {
            from: local_text(shift.from),
            to: local_text(shift.to),
            is_forward: shift.to > shift.from,
        })
        .collect()
}

// -- files of holidays -------------------------------------------------------------------------------------------

struct ReadFile {
    bytes: Vec<u8>,
    zone: Zone,
    window: Window,
}

impl ReadFile {
    fn read(content_base64: &str, zone: &str, year: i16) -> Result<ReadFile, ApiError> {
        if content_base64.len() > FILE_CHARS_MAX {
            let permitted = ical::BYTES_MAX / 1024 / 1024;
            return Err(ApiError::invalid(format!("the file is larger than {permitted} MiB")));
        }
        let bytes = BASE64.decode(content_base64.as_bytes());
        let bytes = bytes.map_err(|_| ApiError::invalid("the file is not in base64"))?;
        let unknown =
            |error: ::hours::UnknownZone| ApiError::new("setting.out-of-range", format!("zone: {error}"));
        let zone = Zone::parse(zone).map_err(unknown)?;
        Ok(ReadFile { bytes, zone, window: Window::of_year(year) })
    }
}

fn holidays(file: &ReadFile) -> Result<HolidaysView, ApiError> {
    let import = ical::read(&file.bytes, &file.zone, file.window)
        .map_err(|note| ApiError::new("import.unreadable", note.to_string()))?;
    let line = |line: usize| u32::try_from(line).unwrap_or(u32::MAX);
    let found = import.found.into_iter().map(|found| FoundView {
        line: line(found.line),
        label: found.label,
        when: when_form(&found.when),
    });
    let notes = import.notes.into_iter().map(|note| HolidayNoteView {
        line: line(note.line),
        is_left_out: note.fate == Fate::LeftOut,
        field: note.field,
        value: note.value,
        permitted: note.permitted,
    });
    Ok(HolidaysView { name: import.name, found: found.collect(), notes: notes.collect() })
}
