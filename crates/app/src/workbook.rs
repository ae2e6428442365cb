//! A report as a file to take away (REPORT-3): a workbook for Excel, and a table for other programs. Texts stay texts, whatever they
//! begin with, so that no caller's name is worked out as a formula. Works out no figure and reads no store: see `api::exports`.

use contracts::reports::RECORDS_MAX;
use engine::Timestamp;
use hours::Zone;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::api::wire::reports::{
    CallerFigures, FiguresView, KpiName, PercentilesView, ReportCall, ReportView,
};

/// Calls that one workbook lists, the newest: as many as are held in memory with ease. A part is never written to the disk
/// unencrypted on the way, so nothing is streamed through a file.
pub(crate) const CALLS_MAX: usize = 50_000;
/// Characters that one cell of Excel holds.
const CELL_CHARS_MAX: usize = 32_767;
const DAY_MS: f64 = 86_400_000.0;
const NO_DATA: &str = "no data";

/// What goes into a file.
pub(crate) struct Contents {
    pub(crate) view: ReportView,
    pub(crate) zone: Zone,
    /// Only calls of this attendant, caller or outcome: in words.
    pub(crate) narrowed: Vec<String>,
    /// The calls and who made most of them; `None`: no caller's number leaves in this file.
    pub(crate) calls: Option<Calls>,
    /// When it was made.
    pub(crate) made: Timestamp,
}

/// Calls one by one.
pub(crate) struct Calls {
    /// Newest first.
    pub(crate) calls: Vec<ReportCall>,
    /// There are more than [`CALLS_MAX`].
    pub(crate) more: bool,
    pub(crate) callers: Vec<CallerFigures>,
    pub(crate) callers_in_all: u64,
}

/// A cell as the sheet takes it.
enum Cell<'a> {
    Text(&'a str),
    Number(f64),
    /// A share, 0 to 1.
    Share(Option<f64>),
    /// Milliseconds.
    Span(Option<f64>),
    Moment(Timestamp),
    Empty,
}

impl Cell<'_> {
    fn count(number: u64) -> Cell<'static> {
        Cell::Number(number as f64)
    }

    fn span(ms: u64) -> Cell<'static> {
        Cell::Span(Some(ms as f64))
    }

    fn spans(ms: Option<u64>) -> Cell<'static> {
        Cell::Span(ms.map(|ms| ms as f64))
    }

    fn kpi(kpi: KpiName, value: Option<f64>) -> Cell<'static> {
        match kpi {
            KpiName::Asa | KpiName::Aht => Cell::Span(value),
            KpiName::ServiceLevelAbandonsIgnored
            | KpiName::ServiceLevelAbandonsNegative
            | KpiName::ServiceLevelAbandonsPositive
            | KpiName::AcceptanceSla
            | KpiName::HangUpSla
            | KpiName::Reachability
            | KpiName::AbandonmentRate
            | KpiName::Occupancy => Cell::Share(value),
        }
    }
}

/// How cells look.
struct Looks {
    title: Format,
    head: Format,
    text: Format,
    share: Format,
    span: Format,
    moment: Format,
    count: Format,
    no_data: Format,
}

impl Looks {
    fn new() -> Looks {
        let plain = || Format::new().set_align(FormatAlign::Top);
        Looks {
            title: Format::new().set_bold().set_font_size(14),
            head: plain().set_bold().set_text_wrap().set_background_color(0xE8_EE_F4),
            text: plain(),
            share: plain().set_num_format("0.0%"),
            span: plain().set_num_format("[h]:mm:ss"),
            moment: plain().set_num_format("yyyy-mm-dd hh:mm:ss"),
            count: plain().set_num_format("#,##0"),
            no_data: plain().set_align(FormatAlign::Right).set_font_color(0x59_59_59),
        }
    }
}

/// Writes one sheet from its top to its end.
struct Sheet<'a> {
    sheet: &'a mut Worksheet,
    looks: &'a Looks,
    zone: &'a Zone,
    row: u32,
}

impl<'a> Sheet<'a> {
    fn begin(
        workbook: &'a mut Workbook,
        looks: &'a Looks,
        zone: &'a Zone,
        name: &str,
    ) -> Result<Sheet<'a>, XlsxError> {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name)?.set_landscape().set_print_fit_to_pages(1, 0);
        Ok(Sheet { sheet, looks, zone, row: 0 })
    }

    /// The first row of a table: it stays in sight, and can be filtered by.
    fn head(&mut self, columns: &[(&str, f64)]) -> Result<(), XlsxError> {
        for (column, (name, width)) in (0..).zip(columns) {
            self.sheet.write_string_with_format(self.row, column, *name, &self.looks.head)?;
            self.sheet.set_column_width(column, *width)?;
        }
        self.row += 1;
        self.sheet.set_freeze_panes(self.row, 0)?;
        Ok(())
    }

    fn row<'c>(&mut self, cells: impl IntoIterator<Item = Cell<'c>>) -> Result<(), XlsxError> {
        for (column, cell) in (0..).zip(cells) {
            self.cell(column, &cell)?;
        }
        self.row += 1;
        Ok(())
    }

    fn cell(&mut self, column: u16, cell: &Cell<'_>) -> Result<(), XlsxError> {
        let (sheet, looks, row) = (&mut *self.sheet, self.looks, self.row);
        match cell {
            Cell::Empty => return Ok(()),
            Cell::Text(text) => sheet.write_string_with_format(row, column, fitting(text), &looks.text)?,
            Cell::Number(number) => sheet.write_number_with_format(row, column, *number, &looks.count)?,
            Cell::Share(Some(share)) => sheet.write_number_with_format(row, column, *share, &looks.share)?,
            Cell::Span(Some(ms)) => sheet.write_number_with_format(row, column, ms / DAY_MS, &looks.span)?,
            Cell::Share(None) | Cell::Span(None) => {
                sheet.write_string_with_format(row, column, NO_DATA, &looks.no_data)?
            }
            Cell::Moment(at) => match local(self.zone, *at) {
                Some(local) => sheet.write_datetime_with_format(row, column, &local, &looks.moment)?,
                None => sheet.write_string_with_format(row, column, NO_DATA, &looks.no_data)?,
            },
        };
        Ok(())
    }
}

/// As a workbook of Excel.
pub(crate) fn xlsx(contents: &Contents) -> Result<Vec<u8>, XlsxError> {
    let looks = Looks::new();
    let mut workbook = Workbook::new();
    let mut properties = DocProperties::new().set_title("Report").set_author("Usher");
    if let Ok(made) = ExcelDateTime::from_timestamp(contents.made.0 / 1_000) {
        properties = properties.set_creation_datetime(&made);
    }
    workbook.set_properties(&properties);
    key_figures(&mut workbook, &looks, contents)?;
    intervals(&mut workbook, &looks, contents)?;
    services(&mut workbook, &looks, contents)?;
    attendants(&mut workbook, &looks, contents)?;
    outcomes(&mut workbook, &looks, contents)?;
    waits(&mut workbook, &looks, contents)?;
    if let Some(listed) = &contents.calls {
        callers(&mut workbook, &looks, contents, listed)?;
        calls(&mut workbook, &looks, contents, listed)?;
    }
    workbook.save_to_buffer()
}

fn key_figures(workbook: &mut Workbook, looks: &Looks, contents: &Contents) -> Result<(), XlsxError> {
    let view = &contents.view;
    let mut sheet = Sheet::begin(workbook, looks, &contents.zone, "Key figures")?;
    sheet.sheet.write_string_with_format(0, 0, "Report", &looks.title)?;
    sheet.row = 1;
    for line in scope(contents) {
        sheet.row([Cell::Text(&line)])?;
    }
    sheet.row += 1;
    sheet.head(&[("Figure", 40.0), ("Value", 16.0), ("How it is worked out", 90.0)])?;
    let FiguresView { sessions, queued, answered, handled, abandoned, short, .. } = view.total;
    for (name, count, how) in [
        ("Calls", sessions, "service sessions that are over"),
        ("Queued", queued, "stood in the queue, short calls left out"),
        ("Answered", answered, "an attendant had them"),
        ("Handled", handled, "answered and not lost afterwards"),
        ("Hung up waiting", abandoned, "in the queue, short calls left out"),
        ("Short calls", short, "hung up before the threshold; neither offered nor abandoned"),
    ] {
        sheet.row([Cell::Text(name), Cell::count(count), Cell::Text(how)])?;
    }
    for formula in &view.formulas {
        let value = Cell::kpi(formula.kpi, value(&view.total, formula.kpi));
        sheet.row([Cell::Text(&formula.name), value, Cell::Text(&formula.formula)])?;
    }
    let right_to = format!("right to {} %", view.percentile_error * 100.0);
    for (of, spans) in [("Wait of the answered", &view.total.wait), ("Connected time", &view.total.handling)]
    {
        let name = format!("{of}, mean");
        sheet.row([Cell::Text(&name), Cell::Span(spans.mean_ms), Cell::Empty])?;
        for (percent, ms) in percentiles(spans) {
            let name = format!("{of}, {percent} % within");
            sheet.row([Cell::Text(&name), Cell::spans(ms), Cell::Text(&right_to)])?;
        }
    }
    Ok(())
}

/// What the figures are of.
fn scope(contents: &Contents) -> Vec<String> {
    let view = &contents.view;
    let at = |at: i64| contents.zone.local(at).strftime("%Y-%m-%d %H:%M").to_string();
    let mut lines = vec![
        format!("From {} to just before {}", at(view.from), at(view.to)),
        format!("Times are those of {}; intervals begin with their first moment.", view.time_zone),
        format!(
            "Answered within {} s, hung up within {} s, short calls under {} s.",
            view.sla_seconds, view.hang_up_seconds, view.short_call_seconds
        ),
    ];
    lines.extend(contents.narrowed.iter().cloned());
    lines.extend(view.odd_days.iter().map(|odd| {
        let (hours, minutes) = (odd.minutes / 60, odd.minutes % 60);
        format!("{} has {hours}:{minutes:02} hours: the clocks change.", odd.day)
    }));
    if let Some(catching_up) = &view.catching_up {
        let (done, total) = (catching_up.done, catching_up.total);
        lines.push(format!(
            "Sums were being worked out again: {done} of {total} calls. Calls are missing here."
        ));
    }
    match &contents.calls {
        None => lines.push("Without the calls one by one, and so without callers' numbers.".to_owned()),
        Some(Calls { more: true, .. }) => {
            lines.push(format!("The sheet Calls lists the newest {CALLS_MAX} calls; there are more."));
        }
        Some(_) => {}
    }
    lines
}

/// Columns of figures, each with its width.
fn figure_columns(view: &ReportView) -> Vec<(&str, f64)> {
    let mut columns: Vec<(&str, f64)> =
        ["Calls", "Queued", "Answered", "Handled", "Hung up waiting", "Short calls"]
            .map(|name| (name, 11.0))
            .into();
    columns.extend(view.formulas.iter().map(|formula| (formula.name.as_str(), 16.0)));
    columns.extend(
        ["Waits, sum", "Connected, sum", "Hold, sum", "Park, sum", "After-call work, sum"]
            .map(|it| (it, 14.0)),
    );
    columns.extend(
        [
            "Wait, 50 % within",
            "Wait, 80 % within",
            "Wait, 90 % within",
            "Wait, 95 % within",
            "Wait, 99 % within",
        ]
        .map(|it| (it, 12.0)),
    );
    columns
}

fn figure_cells<'c>(view: &ReportView, figures: &FiguresView) -> Vec<Cell<'c>> {
    let FiguresView { sessions, queued, answered, handled, abandoned, short, .. } = *figures;
    let FiguresView { wait_ms, connected_ms, hold_ms, park_ms, acw_ms, .. } = *figures;
    let mut cells: Vec<Cell<'c>> =
        [sessions, queued, answered, handled, abandoned, short].into_iter().map(Cell::count).collect();
    cells.extend(view.formulas.iter().map(|formula| Cell::kpi(formula.kpi, value(figures, formula.kpi))));
    cells.extend([wait_ms, connected_ms, hold_ms, park_ms, acw_ms].map(Cell::span));
    cells.extend(percentiles(&figures.wait).map(|(_, ms)| Cell::spans(ms)));
    cells
}

fn intervals(workbook: &mut Workbook, looks: &Looks, contents: &Contents) -> Result<(), XlsxError> {
    let view = &contents.view;
    let mut sheet = Sheet::begin(workbook, looks, &contents.zone, "Intervals")?;
    let from = format!("From ({})", view.time_zone);
    let mut columns = vec![(from.as_str(), 20.0), ("From UTC", 10.0)];
    columns.extend(figure_columns(view));
    sheet.head(&columns)?;
    for interval in &view.intervals {
        let offset = contents.zone.offset_text(interval.from);
        let begins = [Cell::Moment(Timestamp(interval.from)), Cell::Text(&offset)];
        sheet.row(begins.into_iter().chain(figure_cells(view, &interval.figures)))?;
    }
    Ok(())
}

fn services(workbook: &mut Workbook, looks: &Looks, contents: &Contents) -> Result<(), XlsxError> {
    let view = &contents.view;
    let mut sheet = Sheet::begin(workbook, looks, &contents.zone, "Services")?;
    let mut columns = vec![("Service", 28.0)];
    columns.extend(figure_columns(view));
    sheet.head(&columns)?;
    for service in &view.services {
        let name = match (&service.name, &service.service) {
            (Some(name), _) => name,
            (None, Some(_)) => "a service that is gone",
            (None, None) => "of no service",
        };
        sheet.row([Cell::Text(name)].into_iter().chain(figure_cells(view, &service.figures)))?;
    }
    Ok(())
}

fn attendants(workbook: &mut Workbook, looks: &Looks, contents: &Contents) -> Result<(), XlsxError> {
    let mut sheet = Sheet::begin(workbook, looks, &contents.zone, "Attendants")?;
    let states = contents.view.attendants.first().map_or(&[][..], |first| &first.states);
    let mut columns = vec![
        ("Attendant", 28.0),
        ("Had", 10.0),
        ("Declined", 10.0),
        ("Not answered", 12.0),
        ("AHT", 12.0),
        ("90 % within", 12.0),
        ("Occupancy", 12.0),
        ("Rung", 12.0),
        ("Connected", 12.0),
        ("Hold", 12.0),
    ];
    let states: Vec<String> = states.iter().map(|state| format!("State: {}", state.state)).collect();
    columns.extend(states.iter().map(|state| (state.as_str(), 14.0)));
    sheet.head(&columns)?;
    for of in &contents.view.attendants {
        let cells = [
            Cell::Text(&of.name),
            Cell::count(of.had),
            Cell::count(of.declined),
            Cell::count(of.timed_out),
            Cell::Span(of.aht_ms),
            Cell::spans(of.handling.p90_ms),
            Cell::Share(of.occupancy),
            Cell::span(of.ring_ms),
            Cell::span(of.connected_ms),
            Cell::span(of.hold_ms),
        ];
        sheet.row(cells.into_iter().chain(of.states.iter().map(|state| Cell::span(state.ms))))?;
    }
    Ok(())
}

fn outcomes(workbook: &mut Workbook, looks: &Looks, contents: &Contents) -> Result<(), XlsxError> {
    let mut sheet = Sheet::begin(workbook, looks, &contents.zone, "Outcomes")?;
    sheet.head(&[
        ("Id", 8.0),
        ("Outcome", 40.0),
        ("Group", 28.0),
        ("Handled", 10.0),
        ("Calls", 10.0),
        ("Share", 10.0),
    ])?;
    let all: u64 = contents.view.outcomes.iter().map(|outcome| outcome.calls).sum();
    for of in &contents.view.outcomes {
        sheet.row([
            Cell::Number(f64::from(of.outcome)),
            Cell::Text(&of.name),
            Cell::Text(&of.group),
            Cell::Text(if of.handled { "yes" } else { "no" }),
            Cell::count(of.calls),
            Cell::Share((all > 0).then(|| of.calls as f64 / all as f64)),
        ])?;
    }
    Ok(())
}

fn waits(workbook: &mut Workbook, looks: &Looks, contents: &Contents) -> Result<(), XlsxError> {
    let mut sheet = Sheet::begin(workbook, looks, &contents.zone, "Waiting times")?;
    sheet.head(&[
        ("Waited from (seconds)", 14.0),
        ("to just before (seconds)", 14.0),
        ("Answered", 12.0),
        ("Hung up waiting", 12.0),
        ("Left the queue otherwise", 14.0),
    ])?;
    for of in &contents.view.waits {
        sheet.row([
            Cell::Number(f64::from(of.from_seconds)),
            of.to_seconds.map_or(Cell::Text("without end"), |to| Cell::Number(f64::from(to))),
            Cell::count(of.answered),
            Cell::count(of.abandoned),
            Cell::count(of.left),
        ])?;
    }
    Ok(())
}

fn callers(
    workbook: &mut Workbook,
    looks: &Looks,
    contents: &Contents,
    listed: &Calls,
) -> Result<(), XlsxError> {
    let mut sheet = Sheet::begin(workbook, looks, &contents.zone, "Callers")?;
    let last = format!("Last call ({})", contents.view.time_zone);
    sheet.head(&[
        ("Caller", 28.0),
        ("Company", 28.0),
        ("Number", 20.0),
        ("Calls", 10.0),
        ("Answered", 10.0),
        ("Hung up waiting", 12.0),
        (&last, 20.0),
    ])?;
    for of in &listed.callers {
        sheet.row([
            Cell::Text(of.caller.name.as_deref().unwrap_or_default()),
            Cell::Text(of.caller.company.as_deref().unwrap_or_default()),
            Cell::Text(of.caller.number.as_deref().unwrap_or("withheld")),
            Cell::count(of.calls),
            Cell::count(of.answered),
            Cell::count(of.abandoned),
            Cell::Moment(Timestamp(of.last)),
        ])?;
    }
    if listed.callers_in_all > listed.callers.len() as u64 {
        let note = format!("Those who called most, of {} callers.", listed.callers_in_all);
        sheet.row([Cell::Text(&note)])?;
    }
    Ok(())
}

fn calls(
    workbook: &mut Workbook,
    looks: &Looks,
    contents: &Contents,
    listed: &Calls,
) -> Result<(), XlsxError> {
    let mut sheet = Sheet::begin(workbook, looks, &contents.zone, "Calls")?;
    let arrived = format!("Arrived ({})", contents.view.time_zone);
    sheet.head(&[
        (&arrived, 20.0),
        ("From UTC", 10.0),
        ("Caller", 28.0),
        ("Company", 28.0),
        ("Number", 20.0),
        ("Service", 24.0),
        ("Attendants", 28.0),
        ("Waited", 11.0),
        ("Connected", 11.0),
        ("Outcome", 34.0),
        ("Direction", 10.0),
        ("Imported", 10.0),
    ])?;
    for ReportCall { call, attendants } in &listed.calls {
        let offset = contents.zone.offset_text(call.arrived);
        let attendants = attendants.join(", ");
        sheet.row([
            Cell::Moment(Timestamp(call.arrived)),
            Cell::Text(&offset),
            Cell::Text(call.caller.name.as_deref().unwrap_or_default()),
            Cell::Text(call.caller.company.as_deref().unwrap_or_default()),
            Cell::Text(call.caller.number.as_deref().unwrap_or("withheld")),
            Cell::Text(call.service_name.as_deref().unwrap_or("of no service")),
            Cell::Text(&attendants),
            call.waited_ms.map_or(Cell::Empty, Cell::span),
            Cell::span(call.connected_ms),
            Cell::Text(call.outcome_text.as_deref().unwrap_or_default()),
            Cell::Text(if call.outbound { "out" } else { "in" }),
            Cell::Text(if call.imported { "yes" } else { "no" }),
        ])?;
    }
    let last = sheet.row.saturating_sub(1);
    sheet.sheet.autofilter(0, 0, last, 11)?;
    Ok(())
}

/// The intervals as a table for other programs (RFC 4180, UTF-8 with the mark that Excel looks for): every column carries its
/// KPI's id, what is no data stays empty, times are milliseconds and shares 0 to 1.
pub(crate) fn csv(view: &ReportView) -> Result<Vec<u8>, csv::Error> {
    let ids: Vec<String> = view.formulas.iter().map(|formula| id_of(formula.kpi)).collect();
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    let counts = ["sessions", "queued", "answered", "handled", "abandoned", "short"];
    let sums = ["wait_ms", "connected_ms", "hold_ms", "park_ms", "acw_ms"];
    let spans = ["wait_p50_ms", "wait_p80_ms", "wait_p90_ms", "wait_p95_ms", "wait_p99_ms"];
    let head =
        ["from"].into_iter().chain(counts).chain(ids.iter().map(String::as_str)).chain(sums).chain(spans);
    table.write_record(head)?;
    let optional = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    for interval in &view.intervals {
        let of = &interval.figures;
        let mut row = vec![interval.began.clone()];
        row.extend(
            [of.sessions, of.queued, of.answered, of.handled, of.abandoned, of.short]
                .map(|it| it.to_string()),
        );
        row.extend(view.formulas.iter().map(|formula| optional(value(of, formula.kpi))));
        row.extend([of.wait_ms, of.connected_ms, of.hold_ms, of.park_ms, of.acw_ms].map(|it| it.to_string()));
        row.extend(percentiles(&of.wait).map(|(_, ms)| ms.map(|ms| ms.to_string()).unwrap_or_default()));
        table.write_record(row)?;
    }
    table.into_inner().map_err(|error| error.into_error().into())
}

/// The id of a KPI, as the wire writes it.
fn id_of(kpi: KpiName) -> String {
    match serde_json::to_value(kpi) {
        Ok(serde_json::Value::String(id)) => id,
        Ok(_) | Err(_) => unreachable!("the name of a KPI is a text"),
    }
}

fn value(figures: &FiguresView, kpi: KpiName) -> Option<f64> {
    figures.kpis.iter().find(|figure| figure.kpi == kpi)?.value
}

fn percentiles(spans: &PercentilesView) -> [(u8, Option<u64>); 5] {
    let PercentilesView { mean_ms: _, p50_ms, p80_ms, p90_ms, p95_ms, p99_ms } = *spans;
    [(50, p50_ms), (80, p80_ms), (90, p90_ms), (95, p95_ms), (99, p99_ms)]
}

/// As the clock on the wall shows it; `None` where Excel knows no such year.
fn local(zone: &Zone, at: Timestamp) -> Option<ExcelDateTime> {
    let local = zone.local(at.0);
    let part = |number: i8| u8::try_from(number).ok();
    let year = u16::try_from(local.year()).ok()?;
    let day = ExcelDateTime::from_ymd(year, part(local.month())?, part(local.day())?).ok()?;
    let seconds = f64::from(part(local.second())?);
    day.and_hms(u16::from(part(local.hour())?), part(local.minute())?, seconds).ok()
}

/// As much of it as a cell holds.
fn fitting(text: &str) -> String {
    text.chars().take(CELL_CHARS_MAX).collect()
}

const _: () = assert!(CALLS_MAX <= RECORDS_MAX as usize, "what is listed is added up too");
