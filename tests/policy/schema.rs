//! The JSON Schema: what it accepts and refuses, by a validator of the keywords it uses.

use confidant::policy::{JSON_SCHEMA, PolicyDoc};
use serde_json::{Value, json};

use super::BASE;

/// Whether a value keeps to a schema. Keywords that it does not know fail the test.
fn fits(schema: &Value, root: &Value, value: &Value) -> bool {
    let schema = match schema {
        Value::Bool(fits) => return *fits,
        Value::Object(schema) => schema,
        _ => panic!("no schema"),
    };
    schema.iter().all(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "$defs" | "title" | "description" | "default" | "format" => true,
        "$ref" => {
            let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
            fits(root.pointer(pointer).unwrap(), root, value)
        }
        "type" => {
            let is = |name: &Value| match name.as_str().unwrap() {
                "null" => value.is_null(),
                "boolean" => value.is_boolean(),
                "integer" => value.is_i64() || value.is_u64(),
                "number" => value.is_number(),
                "string" => value.is_string(),
                "array" => value.is_array(),
                "object" => value.is_object(),
                other => panic!("type {other}"),
            };
            match rule {
                Value::Array(names) => names.iter().any(is),
                name => is(name),
            }
        }
        "enum" => rule.as_array().unwrap().contains(value),
        "const" => rule == value,
        "anyOf" => rule
            .as_array()
            .unwrap()
            .iter()
            .any(|rule| fits(rule, root, value)),
        "oneOf" => {
            let rules = rule.as_array().unwrap().iter();
            rules.filter(|rule| fits(rule, root, value)).count() == 1
        }
        "allOf" => rule
            .as_array()
            .unwrap()
            .iter()
            .all(|rule| fits(rule, root, value)),
        "items" => value
            .as_array()
            .is_none_or(|items| items.iter().all(|item| fits(rule, root, item))),
        "properties" => value.as_object().is_none_or(|entries| {
            let rules = rule.as_object().unwrap();
            entries
                .iter()
                .all(|(key, value)| rules.get(key).is_none_or(|rule| fits(rule, root, value)))
        }),
        "additionalProperties" => value.as_object().is_none_or(|entries| {
            let known = schema.get("properties").and_then(Value::as_object);
            entries.iter().all(|(key, value)| {
                known.is_some_and(|known| known.contains_key(key)) || fits(rule, root, value)
            })
        }),
        "propertyNames" => value.as_object().is_none_or(|entries| {
            entries
                .keys()
                .all(|key| fits(rule, root, &Value::from(key.as_str())))
        }),
        "required" => value.as_object().is_none_or(|entries| {
            let names = rule.as_array().unwrap();
            names
                .iter()
                .all(|name| entries.contains_key(name.as_str().unwrap()))
        }),
        "minimum" => value
            .as_f64()
            .is_none_or(|number| number >= rule.as_f64().unwrap()),
        "maximum" => value
            .as_f64()
            .is_none_or(|number| number <= rule.as_f64().unwrap()),
        // The two patterns are told apart by the form they are of.
        "pattern" => value.as_str().is_none_or(|text| {
            if rule.as_str().unwrap().starts_with("^P") {
                text.parse::<confidant::time::Period>().is_ok()
            } else {
                let plain = |letter: char| letter.is_ascii_digit() || letter == '-';
                matches!(text.len(), 7 | 10) && text.chars().all(plain)
            }
        }),
        other => panic!("keyword {other}"),
    })
}

fn accepts(value: &Value) -> bool {
    let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    fits(&schema, &schema, value)
}

fn json_of(toml: &str) -> Value {
    let doc = PolicyDoc::from_toml(toml).unwrap();
    serde_json::from_str(&doc.canonical_json().unwrap()).unwrap()
}

#[test]
fn the_schema_accepts_documents_that_compile() {
    for text in [BASE, include_str!("../data/policies/cloud_claude.toml")] {
        assert!(accepts(&json_of(text)));
    }
}

#[test]
fn the_schema_refuses_what_is_malformed_in_shape() {
    let base = json_of(BASE);
    assert!(accepts(&base));
    for (pointer, key, value) in [
        ("", "colour", json!({})),
        ("/age", "minimum", json!("sixteen")),
        ("/age", "minimum", json!(-1)),
        ("/age", "colour", json!("blue")),
        ("/purpose/training", "verdict", json!("perhaps")),
        ("/purpose/training", "verdikt", json!("prohibited")),
        ("/retention/0", "trigger", json!("account_opened")),
        ("/retention/0", "delete_by", json!("promptly")),
        ("/retention/0", "delete_by", json!("90 days")),
        ("/retention/0", "categories", json!("account")),
        ("/policy", "effective", json!("soon")),
        ("/processor/llm", "role", json!("friend")),
        ("/processor/llm", "requires", json!(["trust"])),
        ("/redaction/egress", "detectors", json!(["everything"])),
        ("/transport", "https_only", json!("yes")),
        ("/visibility/owner", "actions", json!({"view": true})),
    ] {
        let mut changed = base.clone();
        let object = changed
            .pointer_mut(pointer)
            .unwrap()
            .as_object_mut()
            .unwrap();
        object.insert(key.to_owned(), value);
        assert!(!accepts(&changed), "{pointer}/{key}");
    }
    let mut without = base;
    without.as_object_mut().unwrap().remove("policy");
    assert!(!accepts(&without));
}
