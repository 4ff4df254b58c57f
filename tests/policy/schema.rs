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
    for text in [
        BASE,
        include_str!("../../examples/policies/cloud-claude.toml"),
    ] {
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

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// The places of every value in a document.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(entries) => entries
            .iter()
            .for_each(|(key, value)| places(value, &format!("{at}/{}", escaped(key)), found)),
        Value::Array(items) => (0..)
            .zip(items)
            .for_each(|(number, item): (usize, _)| places(item, &format!("{at}/{number}"), found)),
        _ => {}
    }
}

/// Changes one value of a document to something of another shape, or another word.
fn disturb(value: &mut Value, numbers: &mut Numbers) {
    let mut found = Vec::new();
    places(value, "", &mut found);
    let place = found[numbers.below(found.len())].clone();
    let target = value.pointer_mut(&place).unwrap();
    match (&mut *target, numbers.below(8)) {
        (Value::Object(entries), 0..=3) => {
            let keys: Vec<_> = entries.keys().cloned().collect();
            let Some(key) = keys.get(numbers.below(keys.len().max(1))) else {
                return;
            };
            let moved = entries.remove(key).unwrap();
            match numbers.below(3) {
                0 => {}
                1 => drop(entries.insert(format!("{key}s"), moved)),
                _ => drop(entries.insert("id".to_owned(), moved)),
            }
        }
        (Value::Array(items), 0..=2) if !items.is_empty() => {
            let copied = items[0].clone();
            items.push(copied);
        }
        (target, 3) => *target = json!([target.take()]),
        (target, 4) => *target = json!({ "x": target.take() }),
        (Value::String(text), 5) => text.push('x'),
        (target, 5 | 6) => *target = json!(true),
        (target, _) => {
            let all = [
                json!(7),
                json!(-7),
                json!(0.5),
                json!("P1D"),
                json!("x"),
                json!(null),
                json!([]),
                json!({}),
            ];
            *target = all[numbers.below(all.len())].clone();
        }
    }
}

/// What the schema refuses does not compile, and what the reader finds to be of another
/// shape is what the schema refuses.
#[test]
fn the_schema_and_the_reader_agree_on_documents_at_random() {
    use confidant::policy::FaultCode;

    let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    let bases = [BASE, include_str!("../../examples/policies/kratys.toml")].map(json_of);
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut refused, mut misshapen) = (0, 0);
    let rounds = if std::env::var("CONFIDANT_HEAVY").is_ok_and(|value| value == "1") {
        20_000
    } else {
        600
    };
    for round in 0..rounds {
        let mut changed = bases[numbers.below(2)].clone();
        for _ in 0..=numbers.below(2) {
            disturb(&mut changed, &mut numbers);
        }
        let faults = match PolicyDoc::from_json(&changed.to_string()) {
            Ok(doc) => doc.faults(),
            Err(faults) => faults.iter().cloned().collect(),
        };
        let fits = fits(&schema, &schema, &changed);
        assert!(
            fits || !faults.is_empty(),
            "{round}: only the schema refuses {changed}"
        );
        refused += u32::from(!fits);
        let shape = [
            FaultCode::UnknownKey,
            FaultCode::UnknownValue,
            FaultCode::WrongType,
        ];
        let fault = faults.iter().find(|fault| shape.contains(&fault.code()));
        if let Some(fault) = fault {
            assert!(!fits, "{round}: the schema accepts what has `{fault}`");
            misshapen += 1;
        }
    }
    assert!(
        refused > rounds / 10 && misshapen > rounds / 10,
        "{refused} {misshapen}"
    );
}
