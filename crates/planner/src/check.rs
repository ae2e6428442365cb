//! Holds a scenario as it was written against the published schema, and says everything that is wrong with it. Goes by the
//! part of JSON Schema that `schema` makes use of (a test holds that it is no more). Does not look at what belongs together:
//! names that are nowhere, shifts that end before they begin; that is `model`.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::fault::Fault;

/// Faults that are told at most: not one for each of a million numbers.
pub(crate) const FAULTS_MAX: usize = 100;
/// Characters of a text that a fault repeats.
const SHOWN_CHARS: usize = 60;

/// Every keyword that is understood.
#[cfg(test)]
const KEYWORDS: [&str; 19] = [
    "$defs",
    "$ref",
    "$schema",
    "additionalProperties",
    "anyOf",
    "const",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "oneOf",
    "type",
];

/// Everything in `value` that `schema` does not permit.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<Fault> {
    let mut walk = Walk { root: schema, faults: Vec::new() };
    walk.look(schema, value, "");
    walk.faults.truncate(FAULTS_MAX);
    walk.faults
}

struct Walk<'a> {
    root: &'a Value,
    faults: Vec<Fault>,
}

impl<'a> Walk<'a> {
    fn add(&mut self, path: &str, value: impl std::fmt::Display, permitted: String) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault::new(path, value, permitted));
        }
    }

    fn look(&mut self, schema: &'a Value, value: &Value, path: &str) {
        let schema = self.resolve(schema);
        if let Some(choices) = choices(schema) {
            if !value.as_str().is_some_and(|text| choices.contains(&text)) {
                self.add(path, shown(value), one_of(&choices));
            }
            return;
        }
        if let Some(kinds) = schema.get("oneOf").and_then(Value::as_array) {
            return self.look_at_kinds(kinds, value, path);
        }
        let types = types(schema);
        let has_type = types.iter().any(|name| is_of(value, name));
        if !has_type {
            let permitted = self.describe(schema);
            return self.add(path, shown(value), permitted);
        }
        match value {
            Value::Object(fields) => self.look_at_table(schema, fields, path),
            Value::Array(entries) => self.look_at_list(schema, entries, path),
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                if !within(schema, ["minimum", "maximum"], number) {
                    let permitted = self.describe(schema);
                    self.add(path, shown(value), permitted);
                }
            }
            Value::String(text) => {
                let chars = text.chars().count();
                if !within(schema, ["minLength", "maxLength"], chars as f64) {
                    let permitted = self.describe(schema);
                    self.add(path, format_args!("{} ({chars} characters)", shown(value)), permitted);
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// What `$ref` and an optional table stand for.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        loop {
            let named = schema.get("$ref").and_then(Value::as_str);
            let optional = schema.get("anyOf").and_then(|any| any.get(0));
            schema = match (named, optional) {
                (Some(named), _) => {
                    let pointer = named.trim_start_matches('#');
                    self.root.pointer(pointer).expect("the schema names only what it defines")
                }
                (None, Some(optional)) => optional,
                (None, None) => return schema,
            };
        }
    }

    fn look_at_kinds(&mut self, kinds: &'a [Value], value: &Value, path: &str) {
        let names: Vec<&str> = kinds.iter().filter_map(kind_of).collect();
        let Some(fields) = value.as_object() else {
            return self.add(path, shown(value), format!("a table whose kind is {}", one_of(&names)));
        };
        let kind = fields.get("kind");
        match kinds.iter().find(|schema| kind.is_some() && kind_of(schema) == kind.and_then(Value::as_str)) {
            Some(schema) => self.look_at_table(schema, fields, path),
            None => {
                let value = kind.map_or_else(|| "missing".to_owned(), shown);
                self.add(&joined(path, "kind"), value, one_of(&names));
            }
        }
    }

    fn look_at_table(&mut self, schema: &'a Value, fields: &Map<String, Value>, path: &str) {
        let any = schema.get("additionalProperties").filter(|any| any.is_object());
        let known = schema.get("properties").and_then(Value::as_object);
        for (name, value) in fields {
            let path = joined(path, name);
            match (known.and_then(|known| known.get(name)), any) {
                // What is optional may be null, which says the same as leaving it out.
                (Some(field), _) if value.is_null() && !is_required(schema, name) => {
                    let _ = field;
                }
                (Some(field), _) | (None, Some(field)) => self.look(field, value, &path),
                (None, None) => {
                    let names: Vec<&str> =
                        known.into_iter().flat_map(|known| known.keys().map(String::as_str)).collect();
                    self.add(&path, "unknown", one_of(&names));
                }
            }
        }
        for name in required(schema).filter(|name| !fields.contains_key(*name)) {
            let field = known.and_then(|known| known.get(name)).expect("what is required is there");
            let permitted = self.describe(field);
            self.add(&joined(path, name), "missing", permitted);
        }
    }

    fn look_at_list(&mut self, schema: &'a Value, entries: &[Value], path: &str) {
        if !within(schema, ["minItems", "maxItems"], entries.len() as f64) {
            let permitted = self.describe(schema);
            self.add(path, format_args!("a list of {}", entries.len()), permitted);
        }
        let Some(entry_schema) = schema.get("items") else { return };
        for (place, entry) in entries.iter().enumerate() {
            if self.faults.len() >= FAULTS_MAX {
                return;
            }
            self.look(entry_schema, entry, &format!("{path}[{place}]"));
        }
    }

    /// What is permitted, in words.
    fn describe(&self, schema: &'a Value) -> String {
        let schema = self.resolve(schema);
        if let Some(choices) = choices(schema) {
            return one_of(&choices);
        }
        if let Some(kinds) = schema.get("oneOf").and_then(Value::as_array) {
            let names: Vec<&str> = kinds.iter().filter_map(kind_of).collect();
            return format!("a table whose kind is {}", one_of(&names));
        }
        let range = |least, most| match (bound(schema, least), bound(schema, most)) {
            (Some(least), Some(most)) if least == most => format!("{least}"),
            (Some(least), Some(most)) => format!("{least} to {most}"),
            (Some(least), None) => format!("{least} or more"),
            (None, Some(most)) => format!("at most {most}"),
            (None, None) => "any number of".to_owned(),
        };
        match types(schema).first().copied() {
            Some("integer") => format!("a whole number, {}", range("minimum", "maximum")),
            Some("number") => format!("a number, {}", range("minimum", "maximum")),
            Some("string") => format!("a text of {} characters", range("minLength", "maxLength")),
            Some("array") => format!("a list of {} entries", range("minItems", "maxItems")),
            Some("boolean") => "true or false".to_owned(),
            Some(_) | None => "a table".to_owned(),
        }
    }
}

/// The texts that may stand there, where there are only so many.
fn choices(schema: &Value) -> Option<Vec<&str>> {
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return Some(choices.iter().filter_map(Value::as_str).collect());
    }
    let choices = schema.get("oneOf").and_then(Value::as_array)?;
    choices.iter().map(|choice| choice.get("const").and_then(Value::as_str)).collect()
}

fn kind_of(schema: &Value) -> Option<&str> {
    schema.pointer("/properties/kind/const").and_then(Value::as_str)
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn is_required(schema: &Value, name: &str) -> bool {
    required(schema).any(|required| required == name)
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(_) | None => Vec::new(),
    }
}

fn is_of(value: &Value, name: &str) -> bool {
    match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::Number(number) => name == "number" || name == "integer" && !number.is_f64(),
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
    }
}

fn bound(schema: &Value, name: &str) -> Option<f64> {
    schema.get(name).and_then(Value::as_f64)
}

fn within(schema: &Value, [least, most]: [&str; 2], value: f64) -> bool {
    let above = bound(schema, least).is_none_or(|least| value >= least);
    above && bound(schema, most).is_none_or(|most| value <= most)
}

/// The path of a field. A name that is not of letters, digits, `_` and `-` stands in quotes.
pub(crate) fn joined(path: &str, name: &str) -> String {
    let is_bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let name = if is_bare { name.to_owned() } else { format!("{name:?}") };
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

fn one_of(names: &[&str]) -> String {
    let mut text = String::new();
    for (place, name) in names.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        // Writing to a text never fails.
        let _ = write!(text, "{comma}{name}");
    }
    if names.len() > 1 { format!("one of {text}") } else { text }
}

/// A value for a person, shortened.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(is) => is.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.chars().count() > SHOWN_CHARS => {
            format!("{:?} …", text.chars().take(SHOWN_CHARS).collect::<String>())
        }
        Value::String(text) => format!("{text:?}"),
        Value::Array(entries) => format!("a list of {}", entries.len()),
        Value::Object(_) => "a table".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::KEYWORDS;

    #[test]
    fn the_schema_uses_no_keyword_that_is_not_understood_route_8() {
        fn look(schema: &Value, found: &mut Vec<String>) {
            let Some(fields) = schema.as_object() else { return };
            for (name, value) in fields {
                match name.as_str() {
                    // Names of fields and types, not keywords.
                    "properties" | "$defs" => {
                        value.as_object().into_iter().flatten().for_each(|(_, s)| look(s, found))
                    }
                    "oneOf" | "anyOf" => value.as_array().into_iter().flatten().for_each(|s| look(s, found)),
                    "items" | "additionalProperties" => look(value, found),
                    _ => {}
                }
                let is_known = KEYWORDS.contains(&name.as_str())
                    || ["properties", "required", "title"].contains(&name.as_str());
                if !is_known {
                    found.push(name.clone());
                }
            }
        }
        let mut found = Vec::new();
        look(&crate::schema(), &mut found);
        assert_eq!(found, [""; 0]);
    }
}
