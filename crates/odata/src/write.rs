//! Answers as JSON, piece by piece, so that none is ever held whole.

use std::fmt::Write;

use crate::model::{Model, Shape};
use crate::problem::{Problem, Refusal};
use crate::query::{Expand, Query};
use crate::value::{Value, string};

/// A row with what comes along.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Values by column.
    pub values: Vec<Value>,
    /// What comes along, in the order of `$expand`.
    pub expanded: Vec<Expanded>,
}

/// What comes along with a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Expanded {
    /// One, or nobody.
    One(Option<Box<Row>>),
    /// Many.
    Many(Vec<Row>),
}

impl From<Vec<Value>> for Row {
    fn from(values: Vec<Value>) -> Row {
        Row { values, expanded: Vec::new() }
    }
}

fn pair(out: &mut String, name: &str) {
    string(out, name);
    out.push(':');
}

/// What an answer is about: the set, and what of it is told.
fn context(query: &Query, root: &str) -> String {
    let mut about = format!("{root}$metadata#{}", query.entity.set);
    let told: Vec<&str> = match (&query.select, query.shape.entity) {
        (Some(places), _) => places.iter().map(|place| query.shape.columns[*place].name.as_str()).collect(),
        (None, None) => query.shape.columns.iter().map(|column| column.name.as_str()).collect(),
        (None, Some(_)) => Vec::new(),
    };
    if !told.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(about, "({})", told.join(","));
    }
    about
}

/// Begins a page.
pub fn page_begin(out: &mut String, query: &Query, root: &str, count: Option<u64>) {
    out.push('{');
    pair(out, "@odata.context");
    string(out, &context(query, root));
    if let Some(count) = count {
        // Writing to a String cannot fail.
        let _ = write!(out, ",\"@odata.count\":{count}");
    }
    out.push_str(",\"value\":[");
}

/// Ends a page; `next`: where the next one is.
pub fn page_end(out: &mut String, count: Option<u64>, next: Option<&str>) {
    out.push(']');
    if let Some(count) = count {
        // Writing to a String cannot fail.
        let _ = write!(out, ",\"@odata.count\":{count}");
    }
    if let Some(next) = next {
        out.push_str(",\"@odata.nextLink\":");
        string(out, next);
    }
    out.push('}');
}

/// A row of a page, or (with the root of the feed) an answer of its own.
pub fn row(out: &mut String, query: &Query, row: &Row, alone: Option<&str>) {
    out.push('{');
    if let Some(root) = alone {
        pair(out, "@odata.context");
        string(out, &format!("{}/$entity", context(query, root)));
        out.push(',');
    }
    members(out, &query.shape, query.select.as_deref(), &query.expand, row);
    out.push('}');
}

fn members(out: &mut String, shape: &Shape, select: Option<&[usize]>, expand: &[Expand], row: &Row) {
    let mut first = true;
    let mut comma = |out: &mut String| {
        if !std::mem::take(&mut first) {
            out.push(',');
        }
    };
    let mut member = |out: &mut String, place: usize| {
        if let (Some(column), Some(value)) = (shape.columns.get(place), row.values.get(place)) {
            comma(out);
            pair(out, &column.name);
            value.write(out);
        }
    };
    match select {
        Some(places) => places.iter().for_each(|place| member(out, *place)),
        None => (0..shape.columns.len()).for_each(|place| member(out, place)),
    }
    for (one, along) in expand.iter().zip(&row.expanded) {
        comma(out);
        pair(out, one.way.name);
        let shape = one.entity.shape();
        let object = |out: &mut String, row: &Row| {
            out.push('{');
            members(out, &shape, one.select.as_deref(), &one.expand, row);
            out.push('}');
        };
        match along {
            Expanded::One(None) => out.push_str("null"),
            Expanded::One(Some(row)) => object(out, row),
            Expanded::Many(rows) => {
                out.push('[');
                for (place, row) in rows.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    object(out, row);
                }
                out.push(']');
            }
        }
    }
}

/// The list of sets.
pub fn service_document(model: &Model, root: &str) -> String {
    let mut out = String::from("{");
    pair(&mut out, "@odata.context");
    string(&mut out, &format!("{root}$metadata"));
    out.push_str(",\"value\":[");
    for (place, entity) in model.sets.iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(out, "{comma}{{\"name\":\"{0}\",\"kind\":\"EntitySet\",\"url\":\"{0}\"}}", entity.set);
    }
    out.push_str("]}");
    out
}

/// A refusal, in the form of OData.
pub fn error(problem: &Problem) -> String {
    let code = match problem.refusal {
        Refusal::Malformed => "malformed",
        Refusal::NotFound => "not-found",
        Refusal::NotSupported => "not-supported",
        Refusal::TooMuch => "too-much",
    };
    let mut out = String::from("{\"error\":{");
    pair(&mut out, "code");
    string(&mut out, code);
    out.push(',');
    pair(&mut out, "message");
    string(&mut out, &problem.to_string());
    if let Some(target) = &problem.target {
        out.push(',');
        pair(&mut out, "target");
        string(&mut out, target);
    }
    if let Some(position) = problem.position {
        // Writing to a String cannot fail.
        let _ = write!(out, ",\"innererror\":{{\"position\":{position}}}");
    }
    out.push_str("}}");
    out
}
