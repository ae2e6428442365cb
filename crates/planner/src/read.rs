//! Reads a scenario from TOML or JSON, and finds everything that is wrong with it, each with its line (TOML) or path. Does
//! not open files: whoever has a folder hands in a reader.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::check::{self, FAULTS_MAX, joined};
use crate::fault::Fault;
use crate::model::Model;
use crate::scenario::Scenario;

/// Bytes of a scenario: 200,000 calls written out as numbers, several times over.
pub const SCENARIO_BYTES_MAX: usize = 16 << 20;

/// How a scenario is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// TOML 1.
    Toml,
    /// JSON.
    Json,
}

/// Reads the files a scenario names; the error says why one cannot be read.
pub type ReadFile<'a> = &'a mut dyn FnMut(&str) -> Result<String, String>;

/// A scenario that can be simulated.
///
/// # Errors
/// Everything that is wrong with it, up to a hundred faults.
pub fn read(text: &str, format: Format, files: ReadFile<'_>) -> Result<Model, Vec<Fault>> {
    if text.len() > SCENARIO_BYTES_MAX {
        let permitted = format!("a file of at most {SCENARIO_BYTES_MAX} bytes");
        return Err(vec![Fault::new("", format_args!("{} bytes long", text.len()), permitted)]);
    }
    let mut written = match format {
        Format::Toml => toml(text),
        Format::Json => json(text),
    };
    if written.faults.is_empty() {
        written.faults = check::faults(&crate::schema(), &written.value);
    }
    let found = if written.faults.is_empty() {
        let scenario: Result<Scenario, _> = serde_json::from_value(written.value);
        // The schema is made from the very types, so what it permits can be read.
        match scenario {
            Ok(scenario) => Model::build(&scenario, files),
            Err(error) => Err(vec![Fault::new("", error, "what docs/simulate/scenario.schema.json says")]),
        }
    } else {
        Err(written.faults)
    };
    found.map_err(|faults| located(faults, &written.lines))
}

/// The lines of the faults, and those in the order in which they stand in the file.
fn located(mut faults: Vec<Fault>, lines: &BTreeMap<String, usize>) -> Vec<Fault> {
    for fault in &mut faults {
        fault.line = fault.line.or_else(|| line_of(&fault.path, lines));
    }
    faults.sort_by_key(|fault| fault.line);
    faults.truncate(FAULTS_MAX);
    faults
}

/// Of what is missing, the line of the table it is missing from.
fn line_of(path: &str, lines: &BTreeMap<String, usize>) -> Option<usize> {
    let mut path = path;
    loop {
        if let Some(line) = lines.get(path) {
            return Some(*line);
        }
        path = &path[..path.rfind(['.', '['])?];
    }
}

/// What was written, and where.
struct Written {
    value: Value,
    /// Lines by path.
    lines: BTreeMap<String, usize>,
    faults: Vec<Fault>,
}

fn json(text: &str) -> Written {
    let (value, faults) = match serde_json::from_str(text) {
        Ok(value) => (value, Vec::new()),
        Err(error) => {
            let fault = Fault::new("", format_args!("no JSON ({error})"), "JSON");
            (Value::Null, vec![Fault { line: Some(error.line()), ..fault }])
        }
    };
    Written { value, lines: BTreeMap::new(), faults }
}

fn toml(text: &str) -> Written {
    let begins: Vec<usize> =
        std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = TomlReader { begins, lines: BTreeMap::new(), faults: Vec::new() };
    for error in errors {
        let line = error.span().map(|span| reader.line(span));
        let message = error.message().replace('\n', ", ");
        reader.faults.push(Fault { line, ..Fault::new("", format_args!("no TOML ({message})"), "TOML") });
    }
    let value = reader.table(table.get_ref(), "");
    Written { value, lines: reader.lines, faults: reader.faults }
}

struct TomlReader {
    /// Where each line begins.
    begins: Vec<usize>,
    lines: BTreeMap<String, usize>,
    faults: Vec<Fault>,
}

impl TomlReader {
    fn line(&self, span: Range<usize>) -> usize {
        self.begins.partition_point(|begin| *begin <= span.start)
    }

    fn table(&mut self, table: &DeTable<'_>, path: &str) -> Value {
        let mut fields = Map::new();
        for (name, value) in table {
            let path = joined(path, name.get_ref());
            let line = self.line(name.span());
            self.lines.insert(path.clone(), line);
            fields.insert(name.get_ref().to_string(), self.value(value, &path));
        }
        Value::Object(fields)
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, path: &str) -> Value {
        let number = match value.get_ref() {
            DeValue::String(text) => return Value::from(text.as_ref()),
            DeValue::Boolean(is) => return Value::from(*is),
            DeValue::Datetime(moment) => return Value::from(moment.to_string()),
            DeValue::Table(table) => return self.table(table, path),
            DeValue::Array(entries) => {
                let entries = entries.iter().enumerate().map(|(place, entry)| {
                    let path = format!("{path}[{place}]");
                    let line = self.line(entry.span());
                    self.lines.insert(path.clone(), line);
                    self.value(entry, &path)
                });
                return entries.collect();
            }
            DeValue::Integer(digits) => {
                i64::from_str_radix(digits.as_str(), digits.radix()).ok().map(Number::from)
            }
            DeValue::Float(digits) => digits.as_str().parse().ok().and_then(Number::from_f64),
        };
        number.map_or_else(
            || {
                let line = Some(self.line(value.span()));
                let text = match value.get_ref() {
                    DeValue::Integer(digits) => digits.to_string(),
                    DeValue::Float(digits) => digits.as_str().to_owned(),
                    _ => String::new(),
                };
                self.faults
                    .push(Fault { line, ..Fault::new(path, text, "a number that a computer can hold") });
                Value::Null
            },
            Value::Number,
        )
    }
}
