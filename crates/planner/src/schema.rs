//! The published JSON Schema of a scenario, made from the types that read it.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::scenario::Scenario;

/// The schema (JSON Schema 2020-12), as `docs/simulate/scenario.schema.json` has it.
pub fn schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Scenario>();
    schema.insert("title".to_owned(), Value::from("Scenario of usher simulate"));
    schema.to_value()
}
