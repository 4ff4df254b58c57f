//! JSON stays JSON, and keeps its form.
#![no_main]

use std::sync::LazyLock;

use confidant::ErrorKind;
use confidant::redact::{Key, PlaceholderMap, Redactor};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(Redactor::secrets_and_pii);

fuzz_target!(|text: &str| {
    let lines = REDACTOR.redact_ndjson(text);
    let parsed = serde_json::from_str::<Value>(text);
    match REDACTOR.redact_json(text) {
        Ok(redacted) => {
            let Ok(before) = parsed else { return };
            let after = serde_json::from_str(redacted.as_str());
            let after = after.expect("the output parses whenever the input did");
            same_form(&before, &after);
            if let Ok(value) = REDACTOR.redact_json_value(before.clone()) {
                same_form(&before, value.get_ref());
                if text.bytes().filter(|byte| *byte == b'"').count() < 4 {
                    // Of members with one name, a value has only the last.
                    assert_eq!(*value.get_ref(), after);
                }
            }
            let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
            if let Ok(value) = REDACTOR.redact_json_value_with(before.clone(), &mut map) {
                same_form(&before, value.get_ref());
                let mut restored = value.into_inner();
                assert!(map.restore_json_value(&mut restored).is_ok());
            }
        }
        Err(error) => {
            assert!(parsed.is_err() || error.kind() == ErrorKind::Limit);
        }
    }
    drop(lines);
});

/// Redaction replaces strings, numbers and keys, and nothing else.
fn same_form(before: &Value, after: &Value) {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) => {
            assert_eq!(before.len(), after.len());
            for (before, after) in before.iter().zip(after) {
                same_form(before, after);
            }
        }
        (Value::Object(before), Value::Object(after)) => {
            assert_eq!(before.len(), after.len());
        }
        (Value::Null | Value::Bool(_), _) => assert_eq!(before, after),
        (Value::Number(_), after) => assert!(after.is_number() || after.is_string()),
        (Value::String(_), after) => assert!(after.is_string()),
        _ => panic!("the form has changed"),
    }
}
