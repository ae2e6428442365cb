//! The door reads whatever a page may send (SEC-1): nothing makes it panic, and what is no request is refused with one code.
//! Requests that look nearly right are made from the words of the requests themselves, as the screens know them.

use app::api;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// The type of every request, generated for the screens: names of commands and of fields stand in it.
const REQUESTS: &str = include_str!("../../../ui/src/platform/bindings/Request.ts");

/// The names of all commands.
fn commands() -> Vec<String> {
    let after = REQUESTS.split("\"cmd\": \"").skip(1);
    after.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// Every word of the requests: fields, names of kinds.
fn words() -> Vec<String> {
    let words = REQUESTS.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Any JSON up to some depth, with keys and texts that requests know as often as others.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![select(words()), "\\PC{0,12}", any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(text.clone(), inner, 0..6).prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

fn answered(envelope: &str) -> Result<(), TestCaseError> {
    match api::read(envelope) {
        Ok(request) => {
            let again = serde_json::to_string(&request).expect("a request is JSON");
            prop_assert!(api::read(&again).is_ok(), "{}", again);
        }
        Err(error) => prop_assert_eq!(error.code, "request.invalid"),
    }
    Ok(())
}

#[test]
fn the_words_of_the_requests_are_found() {
    let commands = commands();
    assert!(commands.len() > 80 && commands.iter().any(|command| command == "get_console"), "{commands:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_json_is_answered(value in any_json()) {
        answered(&value.to_string())?;
    }

    #[test]
    fn every_command_with_any_payload_is_answered(command in select(commands()), payload in any_json()) {
        answered(&json!({ "cmd": command, "payload": payload }).to_string())?;
        answered(&json!({ "cmd": command }).to_string())?;
        answered(&json!({ "payload": payload, "cmd": command, "more": payload }).to_string())?;
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        answered(&text)?;
    }

    #[test]
    fn an_envelope_cut_anywhere_is_answered(command in select(commands()), payload in any_json(), cut in any::<prop::sample::Index>()) {
        let envelope = json!({ "cmd": command, "payload": payload }).to_string();
        let cut = cut.index(envelope.len());
        if let Some(text) = envelope.get(..cut) {
            prop_assert_eq!(api::read(text).expect_err("cut").code, "request.invalid");
        }
    }

    /// Deeper than anything a screen sends; a parser that recurses freely would end the process.
    #[test]
    fn an_envelope_nested_as_deep_as_you_like_is_refused(depth in 200_usize..200_000, open in select(vec!["[", "{\"payload\":"])) {
        prop_assert_eq!(api::read(&open.repeat(depth)).expect_err("too deep").code, "request.invalid");
    }
}
