//! Opening hours as an administrator sets them up, through the one door (ROUTE-4): what is kept, what is refused and where,
//! what a calendar says of the days on which clocks are put forward or back, and what a file of holidays holds.

#[path = "support/console.rs"]
#[allow(dead_code, reason = "nobody rings here")]
mod support;

use app::App;
use app::api::wire::hours::{
    CalendarForm, CalendarPreview, CalendarSays, CalendarsView, HolidaysView, PeriodForm, PeriodPlace,
    ShiftView, ShownName, WhenForm,
};
use app::api::wire::{ApiError, Request, Response, UiEvent};
use data_encoding::BASE64;
use support::{ask, console, open};

fn period(open: bool, label: &str, when: WhenForm) -> PeriodForm {
    PeriodForm { open, label: label.into(), when }
}

fn weekly(days: u8, from: &str, to: &str) -> WhenForm {
    WhenForm::Weekly { days, from: from.into(), to: to.into() }
}

fn dates(from: &str, to: &str) -> WhenForm {
    WhenForm::Dates { from: from.into(), to: to.into() }
}

/// Open from Monday to Friday, closed at Christmas.
fn office() -> CalendarForm {
    CalendarForm {
        name: "Office".into(),
        zone: "Europe/Zurich".into(),
        open: false,
        primary: vec![
            period(false, "Christmas", dates("2027-12-24", "2027-12-26")),
            period(false, "National day", WhenForm::Yearly { month: 8, day: 1 }),
        ],
        secondary: vec![period(true, "Office hours", weekly(31, "08:00", "17:00"))],
    }
}

async fn calendars(app: &App) -> CalendarsView {
    let Response::Calendars(view) = ask(app, Request::GetCalendars {}).await else { panic!("calendars") };
    *view
}

async fn put(app: &App, calendar: Option<&str>, form: &CalendarForm) -> Result<String, ApiError> {
    let request = Request::PutCalendar { calendar: calendar.map(str::to_owned), form: form.clone() };
    let Response::Saved(saved) = app.handle(request).await? else { panic!("saved") };
    Ok(saved.id)
}

async fn preview(app: &App, form: &CalendarForm, moment: Option<&str>) -> CalendarPreview {
    let (form, moment) = (form.clone(), moment.map(str::to_owned));
    let request = Request::PreviewCalendar { form, moment, week: "2027-03-28".into(), year: 2027 };
    let Response::Preview(preview) = ask(app, request).await else { panic!("a preview") };
    preview
}

async fn says(app: &App, form: &CalendarForm, moment: &str) -> CalendarSays {
    preview(app, form, Some(moment)).await.says.expect("it can be read")
}

async fn holidays(app: &App, file: &[u8]) -> Result<HolidaysView, ApiError> {
    let (content_base64, zone) = (BASE64.encode(file), "Europe/Zurich".to_owned());
    let response = app.handle(Request::ReadHolidays { content_base64, zone, year: 2027 }).await?;
    let Response::Holidays(view) = response else { panic!("holidays") };
    Ok(view)
}

#[tokio::test]
async fn a_calendar_is_kept_replaced_and_removed_and_outlives_the_console_route_4() {
    let (app, exchange, store) = console().await;
    let mut events = app.events();
    let id = put(&app, None, &office()).await.expect("it has no faults");
    let told = async {
        loop {
            if let Ok(UiEvent::ServicesChanged) = events.recv().await {
                break;
            }
        }
    };
    tokio::time::timeout(support::PATIENCE, told).await.expect("the screens are told");
    let kept = calendars(&app).await;
    assert_eq!(kept.calendars.len(), 1);
    assert_eq!((&kept.calendars[0].id, &kept.calendars[0].form), (&id, &office()));
    assert!(kept.calendars[0].until.is_some() && kept.zones.contains(&"Europe/Zurich".to_owned()));

    let mut changed = office();
    changed.name = " Front desk ".into();
    assert_eq!(put(&app, Some(&id), &changed).await, Ok(id.clone()));
    drop(app);
    let again = open(&store, &exchange).await;
    assert_eq!(calendars(&again).await.calendars[0].form.name, "Front desk");
    ask(&again, Request::RemoveCalendar { calendar: id.clone() }).await;
    assert_eq!(calendars(&again).await.calendars, []);
    let gone = again.handle(Request::RemoveCalendar { calendar: id }).await.expect_err("it is gone");
    assert_eq!(gone.code, "setting.unknown");
}

#[tokio::test]
async fn what_is_wrong_is_told_before_it_is_kept_at_its_field_and_refused_route_4() {
    let (app, _, _) = console().await;
    let mut wrong = office();
    wrong.name = String::new();
    wrong.primary[0].when = dates("2027-12-26", "2027-12-24");
    wrong.secondary.push(period(true, "", weekly(0, "8", "25:00")));
    wrong.secondary.push(period(true, "", weekly(0, "08:00", "17:00")));
    let found = preview(&app, &wrong, None).await;
    let told: Vec<String> = found.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "secondary period 2: from is 8; permitted is a time of day such as 08:00, up to 24:00",
            "secondary period 2: to is 25:00; permitted is a time of day such as 08:00, up to 24:00",
            "calendar: name is 0 characters; permitted is 1 to 120 characters, not only blanks",
            "primary period 1: to is 2027-12-24; permitted is 2027-12-26 or later",
            "secondary period 3: days is none; permitted is one day of the week or more",
        ]
    );
    assert_eq!(found.faults[3].place, PeriodPlace::Primary { at: 0 });
    assert!(found.says.is_none(), "a time that cannot be read is not guessed");

    let refused = put(&app, None, &wrong).await.expect_err("it has faults");
    assert_eq!(
        (refused.code.as_str(), refused.field.as_deref()),
        ("setting.out-of-range", Some("secondary.1.from"))
    );
    assert!(refused.message.ends_with("and 4 more"), "{}", refused.message);
    assert_eq!(calendars(&app).await.calendars, []);

    let nowhere = CalendarForm { zone: "Europe/Atlantis".into(), ..office() };
    let refused = put(&app, None, &nowhere).await.expect_err("there is no such zone");
    assert_eq!(
        refused.message,
        "calendar: zone is Europe/Atlantis; permitted is an IANA name such as Europe/Zurich"
    );
}

#[tokio::test]
async fn a_moment_is_answered_with_why_and_until_when_route_4() {
    let (app, _, _) = console().await;
    let verdict = |says: CalendarSays| {
        let verdict = says.moment.verdicts.into_iter().next().expect("one at least");
        (verdict.open, verdict.because, verdict.until)
    };
    let until = |text: &str| Some(text.to_owned());
    let monday = says(&app, &office(), "2027-03-29T08:00").await;
    assert_eq!(monday.moment.verdicts[0].offset, "+02:00");
    assert_eq!(verdict(monday), (true, PeriodPlace::Secondary { at: 0 }, until("2027-03-29T17:00")));
    let friday = says(&app, &office(), "2027-03-26T17:00").await;
    assert_eq!(verdict(friday), (false, PeriodPlace::Calendar, until("2027-03-29T08:00")));
    // Christmas is on a Friday; closed from Thursday evening until Monday.
    let christmas = says(&app, &office(), "2027-12-24T10:00").await;
    assert_eq!(verdict(christmas), (false, PeriodPlace::Primary { at: 0 }, until("2027-12-27T08:00")));
}

#[tokio::test]
async fn the_days_on_which_clocks_are_changed_are_told_route_4() {
    let (app, _, _) = console().await;
    let mut night = office();
    night.secondary = vec![period(true, "Night", weekly(127, "02:15", "02:45"))];
    // In spring the clock skips 02:00 to 03:00: nothing of the night is left.
    let spring = says(&app, &night, "2027-03-28T02:30").await;
    assert_eq!(spring.moment.shown, ShownName::Never);
    let told = &spring.moment.verdicts[0];
    assert_eq!((told.at.as_str(), told.offset.as_str(), told.open), ("2027-03-28T03:30", "+02:00", false));
    let sunday = &spring.week[6];
    assert_eq!((spring.week.len(), sunday.date.as_str()), (7, "2027-03-28"));
    let forward =
        ShiftView { from: "2027-03-28T02:00".into(), to: "2027-03-28T03:00".into(), is_forward: true };
    assert_eq!(sunday.shifts, [forward]);
    // In autumn it shows 02:00 to 03:00 twice: open both times, and closed in between.
    let autumn = says(&app, &night, "2027-10-31T02:30").await;
    assert_eq!(autumn.moment.shown, ShownName::Twice);
    let told: Vec<_> =
        autumn.moment.verdicts.iter().map(|it| (it.offset.as_str(), it.open, it.until.as_deref())).collect();
    assert_eq!(
        told,
        [("+02:00", true, Some("2027-10-31T02:45")), ("+01:00", true, Some("2027-10-31T02:45"))]
    );

    assert_eq!(autumn.year.len(), 365);
    let special: Vec<_> = autumn.special.iter().map(|day| (day.date.as_str(), day.shifts.len())).collect();
    let days = ["2027-12-24", "2027-12-25", "2027-12-26"].map(|day| (day, 0));
    assert_eq!(special[..3], [("2027-03-28", 1), ("2027-08-01", 0), ("2027-10-31", 1)]);
    assert_eq!(special[3..], days);
    assert!(autumn.year[31 + 28 + 27].is_shifted && autumn.year[31 + 28 + 27].open_ms == 30 * 60_000);
}

#[tokio::test]
async fn a_file_of_holidays_is_shown_and_nothing_of_it_is_kept_route_4() {
    let (app, _, _) = console().await;
    let file = "BEGIN:VCALENDAR\r\nX-WR-CALNAME:Feiertage\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20271224\r\nDTEND;VALUE=DATE:20271227\r\nSUMMARY:Weihnachten\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20200801\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Bundesfeier\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270230\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let view = holidays(&app, file.as_bytes()).await.expect("it is a calendar");
    assert_eq!(view.name.as_deref(), Some("Feiertage"));
    let found: Vec<_> =
        view.found.iter().map(|found| (found.line, found.label.as_str(), &found.when)).collect();
    let (christmas, national) = (dates("2027-12-24", "2027-12-26"), WhenForm::Yearly { month: 8, day: 1 });
    assert_eq!(found, [(8, "Bundesfeier", &national), (3, "Weihnachten", &christmas)]);
    let note = &view.notes[0];
    assert_eq!(
        (note.line, note.is_left_out, note.field.as_str(), note.value.as_str()),
        (14, true, "DTSTART", "20270230")
    );
    assert_eq!(calendars(&app).await.calendars, []);

    let refused = holidays(&app, b"<html>").await.expect_err("it is no calendar");
    assert_eq!(refused.code, "import.unreadable");
    assert!(refused.message.starts_with("line 1: file is \"<html>\""), "{}", refused.message);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_sec_1() {
    let (app, _, _) = console().await;
    for (moment, week, year) in [
        (Some("soon"), "2027-03-28", 2027),
        (Some("2027-03-28T99:00"), "2027-03-28", 2027),
        (None, "2027-02-30", 2027),
        (None, "9999-01-01", 2027),
        (None, "2027-03-28", 0),
        (None, "2027-03-28", i16::MAX),
    ] {
        let (moment, week) = (moment.map(str::to_owned), week.to_owned());
        let request = Request::PreviewCalendar { form: office(), moment, week, year };
        let refused = app.handle(request).await.expect_err("it makes no sense");
        assert_eq!(refused.code, "request.invalid");
    }
    let request = Request::ReadHolidays { content_base64: "*".into(), zone: "UTC".into(), year: 2027 };
    assert_eq!(app.handle(request).await.expect_err("no base64").code, "request.invalid");
    let mut many = office();
    many.primary = vec![many.primary[0].clone(); 501];
    assert_eq!(preview(&app, &many, None).await.faults.len(), 1);
}
