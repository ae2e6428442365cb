//! Results as JSON, as CSV and as a table for a person. Every figure goes with the name of its formula, and says "no data"
//! where there is none. Works out nothing.

use std::fmt::Write;

use reporting::kpi::Kpi;
use serde_json::{Value, json};

use crate::estimate::Estimate;
use crate::figures::{Figure, GroupFigures, IntervalFigures, Measure, Results, Scope, Unit};

/// Columns of the CSV, in their order.
const COLUMNS: [&str; 11] = [
    "scope",
    "name",
    "interval",
    "measure",
    "title",
    "unit",
    "mean",
    "low",
    "high",
    "replications",
    "formula",
];

impl Results {
    /// As JSON, to be read by programs. Shares from 0 to 1, times in seconds, no data as `null`.
    pub fn json(&self) -> Value {
        json!({
            "scenario": self.scenario,
            "seed": self.seed,
            "replications": self.replications,
            "confidence": 0.95,
            "from": self.from_local,
            "to": self.to_local,
            "time_zone": self.time_zone,
            "total": scope_json(&self.total),
            "services": self.services.iter().map(scope_json).collect::<Vec<_>>(),
            "attendants": self.attendants.iter().map(group_json).collect::<Vec<_>>(),
        })
    }

    /// As CSV, a line for each figure.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut row = |cells: [&str; 11]| {
            writer.write_record(cells).expect("writing to memory does not fail, and rows are of one length");
        };
        row(COLUMNS);
        let scopes = std::iter::once(("total", &self.total));
        for (kind, scope) in scopes.chain(self.services.iter().map(|scope| ("service", scope))) {
            for figure in &scope.figures {
                figure_row(&mut row, [kind, &scope.name, ""], figure);
            }
            for IntervalFigures { from_local, figures, .. } in &scope.intervals {
                for figure in figures {
                    figure_row(&mut row, [kind, &scope.name, from_local], figure);
                }
            }
            for outcome in &scope.outcomes {
                let key = format!("outcome_{}", outcome.outcome.id());
                let [mean, low, high, replications] = cells(outcome.estimate, Unit::Callers);
                let text = outcome.outcome.text();
                let formula = "callers with this outcome";
                row([
                    kind,
                    &scope.name,
                    "",
                    &key,
                    text,
                    "callers",
                    &mean,
                    &low,
                    &high,
                    &replications,
                    formula,
                ]);
            }
        }
        for group in &self.attendants {
            for figure in &group.figures {
                figure_row(&mut row, ["attendants", &group.name, ""], figure);
            }
        }
        let bytes = writer.into_inner().expect("memory is always flushed");
        String::from_utf8(bytes).expect("only text was written")
    }

    /// As a table for a person.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{}: {} to {} ({}), {} replications, seed {}\nmean ± half of the 95 % confidence interval\n",
            self.scenario, self.from_local, self.to_local, self.time_zone, self.replications, self.seed
        );
        match self.services.as_slice() {
            // What is said of all says everything of the only one.
            [only] => scope_table(&mut text, &Scope { name: only.name.clone(), ..self.total.clone() }),
            services => {
                services.iter().for_each(|service| scope_table(&mut text, service));
                scope_table(&mut text, &self.total);
            }
        }
        for group in &self.attendants {
            let _ = write!(text, "\n{}\n", heading(&format!("Attendants: {}", group.name)));
            group.figures.iter().for_each(|figure| figure_line(&mut text, figure));
        }
        text
    }
}

fn scope_json(scope: &Scope) -> Value {
    let outcomes = scope.outcomes.iter().map(|outcome| {
        let id = outcome.outcome.id();
        json!({ "id": id, "name": outcome.outcome.text(), "callers": estimate_json(outcome.estimate, Unit::Callers) })
    });
    let intervals = scope
        .intervals
        .iter()
        .map(|interval| json!({ "from": interval.from_local, "figures": figures_json(&interval.figures) }));
    json!({
        "name": scope.name,
        "figures": figures_json(&scope.figures),
        "outcomes": outcomes.collect::<Vec<_>>(),
        "intervals": intervals.collect::<Vec<_>>(),
    })
}

fn group_json(group: &GroupFigures) -> Value {
    json!({ "name": group.name, "figures": figures_json(&group.figures) })
}

fn figures_json(figures: &[Figure]) -> Value {
    let figures = figures.iter().map(|Figure { measure, estimate }| {
        let unit = measure.unit();
        let value = json!({
            "title": measure.name(),
            "formula": measure.formula(),
            "unit": unit.key(),
            "estimate": estimate_json(*estimate, unit),
        });
        (measure.key(), value)
    });
    Value::Object(figures.collect())
}

fn estimate_json(estimate: Option<Estimate>, unit: Unit) -> Value {
    estimate.map_or(Value::Null, |estimate| {
        let (low, high) = bounds(estimate, unit).unzip();
        json!({ "mean": estimate.mean, "low": low, "high": high, "replications": estimate.replications })
    })
}

/// The interval, as far as the unit permits: no share below 0 or above 1, nothing else below 0.
fn bounds(estimate: Estimate, unit: Unit) -> Option<(f64, f64)> {
    let half = estimate.half_width?;
    let most = match unit {
        Unit::Share => 1.0,
        Unit::Callers | Unit::Seconds | Unit::Attendants => f64::INFINITY,
    };
    Some(((estimate.mean - half).max(0.0), (estimate.mean + half).min(most)))
}

fn figure_row(row: &mut impl FnMut([&str; 11]), [kind, name, interval]: [&str; 3], figure: &Figure) {
    let Figure { measure, estimate } = figure;
    let unit = measure.unit();
    let [mean, low, high, replications] = cells(*estimate, unit);
    row([
        kind,
        name,
        interval,
        &measure.key(),
        &measure.name(),
        unit.key(),
        &mean,
        &low,
        &high,
        &replications,
        measure.formula(),
    ]);
}

fn cells(estimate: Option<Estimate>, unit: Unit) -> [String; 4] {
    let Some(estimate) = estimate else { return [const { String::new() }; 4] };
    let (low, high) = bounds(estimate, unit).unzip();
    let cell = |value: Option<f64>| value.map(|value| format!("{value:.6}")).unwrap_or_default();
    [cell(Some(estimate.mean)), cell(low), cell(high), estimate.replications.to_string()]
}

fn heading(title: &str) -> String {
    format!("{title}\n{}", "-".repeat(title.chars().count()))
}

fn scope_table(text: &mut String, scope: &Scope) {
    let _ = write!(text, "\n{}\n", heading(&scope.name));
    scope.figures.iter().for_each(|figure| figure_line(text, figure));
    for outcome in &scope.outcomes {
        let title = format!("Outcome {}: {}", outcome.outcome.id(), outcome.outcome.text());
        let _ = writeln!(text, "  {title:<42}{}", words(outcome.estimate, Unit::Callers).trim_end());
    }
    if scope.intervals.is_empty() {
        return;
    }
    let titles = ["Callers", "Service level, abandons negative", "Abandonment rate", "ASA"];
    let _ = write!(text, "\n  {:<18}", "From");
    titles.iter().for_each(|title| {
        let _ = write!(text, "{title:<34}");
    });
    let trimmed = text.trim_end().len();
    text.truncate(trimmed);
    text.push('\n');
    for IntervalFigures { from_local, figures, .. } in &scope.intervals {
        let _ = write!(text, "  {from_local:<18}");
        let shown = [
            Measure::Callers,
            Measure::Kpi(Kpi::ServiceLevelAbandonsNegative),
            Measure::Kpi(Kpi::AbandonmentRate),
            Measure::Kpi(Kpi::Asa),
        ];
        for measure in shown {
            let found = figures.iter().find(|figure| figure.measure == measure);
            let _ = write!(text, "{:<34}", words(found.and_then(|figure| figure.estimate), measure.unit()));
        }
        let trimmed = text.trim_end().len();
        text.truncate(trimmed);
        text.push('\n');
    }
}

fn figure_line(text: &mut String, Figure { measure, estimate }: &Figure) {
    let value = words(*estimate, measure.unit());
    let _ = writeln!(text, "  {:<42}{value:<26}{}", measure.name(), measure.formula());
}

/// An estimate for a person: `81.24 % ± 0.35`.
fn words(estimate: Option<Estimate>, unit: Unit) -> String {
    let Some(Estimate { mean, half_width, .. }) = estimate else { return "no data".to_owned() };
    let (scale, mark) = match unit {
        Unit::Share => (100.0, " %"),
        Unit::Seconds => (1.0, " s"),
        Unit::Callers | Unit::Attendants => (1.0, ""),
    };
    let half = half_width.map(|half| format!(" ± {:.2}", half * scale)).unwrap_or_default();
    format!("{:.2}{mark}{half}", mean * scale)
}
