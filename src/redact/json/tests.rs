use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::ErrorKind;
use crate::redact::engine::tests::{SECRETS, cases};
use crate::redact::operator::{Key, Operator};
use crate::redact::restore::PlaceholderMap;

const PAT: &str = "ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA";
const LABEL: &str = "[REDACTED-TOKEN]";

fn redact(text: &str) -> String {
    Redactor::default().redact_json(text).unwrap().into_string()
}

/// The token with JSON escapes.
fn escaped() -> String {
    PAT.chars()
        .map(|char| match char {
            '_' => "\\u005f".to_owned(),
            'R' => "\\u0052".to_owned(),
            char => char.to_string(),
        })
        .collect()
}

#[test]
fn only_the_insides_of_strings_change() {
    let text = format!(" {{ \"a\\u00e9\" : [ \"x {PAT}\\n\", 1.50e+3 ,true,null ] }}\n");
    assert_eq!(redact(&text), text.replace(PAT, LABEL));
    let finding = &Redactor::default()
        .redact_json(&text)
        .unwrap()
        .into_parts()
        .1[0];
    assert_eq!(&text[finding.span()], PAT);
}

#[test]
fn escapes_are_resolved_and_never_cut() {
    for (before, after) in [
        ("\\n", "\\t"),
        ("\\\\ ", "\\\""),
        ("\\ud83d\\ude00", "\\u00e9"),
        ("\\/", "\\ud83d"),
    ] {
        let text = format!("[\"{before}{}{after}\"]", escaped());
        assert_eq!(redact(&text), format!("[\"{before}{LABEL}{after}\"]"));
    }
}

#[test]
fn a_secret_in_json_in_a_string_is_found() {
    let inner = json!({ "note": format!("a\n{PAT}") }).to_string();
    let outer = json!({ "body": inner }).to_string();
    let redacted: Value = serde_json::from_str(&redact(&outer)).unwrap();
    let inner: Value = serde_json::from_str(redacted["body"].as_str().unwrap()).unwrap();
    assert_eq!(inner["note"], format!("a\n{LABEL}"));
}

#[test]
fn keys_are_context_for_strings_numbers_and_lists() {
    for (text, expected) in [
        (
            r#"{"db_password":"q8V!zP2w\"mX4r"}"#,
            r#"{"db_password":"[REDACTED-PASSWORD]"}"#,
        ),
        (
            r#"{"db_password":"q8V!zP2w\u002dmX4r"}"#,
            r#"{"db_password":"[REDACTED-PASSWORD]"}"#,
        ),
        (
            r#"{"password":83920174,"n":[1,83920174]}"#,
            r#"{"password":"[REDACTED-PASSWORD]","n":[1,83920174]}"#,
        ),
        (
            r#"{"passwords":{},"password":["q8V!zP2w-mX4r",["q8V!zP2w-mX4s"]]}"#,
            r#"{"passwords":{},"password":["[REDACTED-PASSWORD]",["[REDACTED-PASSWORD]"]]}"#,
        ),
    ] {
        assert_eq!(redact(text), expected);
    }
    for text in [
        r#"{"count":48151623,"price":[1234567,89.5],"id":83920174}"#,
        r#"{"tokens":[50256,11234,83920174],"max_tokens":4096,"token_count":123456789}"#,
        r#"{"tokens":["hello","world"],"keys":["user_id","name"],"auth_time":1700000000}"#,
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn a_number_becomes_a_string() {
    let text = r#"[-1.5e3, {"password": 83920174 }]"#;
    let redacted = Redactor::default().redact_json(text).unwrap();
    assert_eq!(
        redacted.as_str(),
        r#"[-1.5e3, {"password": "[REDACTED-PASSWORD]" }]"#
    );
    assert_eq!(&text[redacted.findings()[0].span()], "83920174");
    let mut value: Value = serde_json::from_str(text).unwrap();
    let findings = Redactor::default().redact_json_value(&mut value).unwrap();
    assert_eq!(value[1]["password"], "[REDACTED-PASSWORD]");
    assert_eq!(findings[0].finding().span(), 0..8);
}

#[test]
fn keys_stay_apart() {
    let (one, two) = (PAT, PAT.replace('7', "8"));
    let text =
        format!(r#"{{"{LABEL}":0,"{one}":1,"{two}":{{"{one}":2}},"x{one}":3,"{LABEL}#2":4}}"#);
    let redacted: Value = serde_json::from_str(&redact(&text)).unwrap();
    let map = redacted.as_object().unwrap();
    assert_eq!(map.len(), 5);
    assert_eq!(map[LABEL], 0);
    assert_eq!(map[&format!("{LABEL}#2")], 4);
    assert_eq!(map[&format!("{LABEL}#3")], 1);
    assert_eq!(map[&format!("{LABEL}#4")][LABEL], 2);

    let mut value: Value = serde_json::from_str(&text).unwrap();
    let findings = Redactor::default().redact_json_value(&mut value).unwrap();
    assert_eq!(value.as_object().unwrap().len(), 5);
    assert!(
        findings
            .iter()
            .any(|found| found.in_key() && found.pointer().ends_with(&format!("{LABEL}#4")))
    );
    assert!(!format!("{findings:?}").contains("REDACTED"));
}

#[test]
fn a_value_is_redacted_in_place() {
    let mut value = json!({
        "a/b": [1.5, { "é~": format!("世 {PAT}") }],
        "n": 18446744073709551615_u64,
        "f": 0.1,
    });
    let findings = Redactor::default().redact_json_value(&mut value).unwrap();
    assert_eq!(value["a/b"][1]["é~"], format!("世 {LABEL}"));
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].pointer(), "/a~1b/1/é~0");
    assert_eq!(findings[0].finding().span(), 4..4 + PAT.len());
    assert!(value.pointer(findings[0].pointer()).is_some());
    assert_eq!(value["n"], 18446744073709551615_u64);
}

#[test]
fn what_is_no_json_is_an_error() {
    for text in [
        "",
        "{",
        "{\"a\":}",
        "[1,]",
        "\"\u{1}\"",
        "nul",
        "[1] 2",
        "'a'",
    ] {
        let error = Redactor::default().redact_json(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{text}");
    }
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Redactor::default().redact_json(&deep(128)).is_ok());
    let error = Redactor::default().redact_json(&deep(129)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    let mut value = json!(1);
    for _ in 0..129 {
        value = json!([value]);
    }
    let error = Redactor::default()
        .redact_json_value(&mut value)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn every_operator_leaves_json() {
    let key = Key::from_bytes([7; 32]);
    for operator in [
        Operator::Hash(key.clone()),
        Operator::Mask,
        Operator::Placeholder(key.clone()),
        Operator::Remove,
        Operator::Surrogate(key.clone()),
    ] {
        let builder = Redactor::builder()
            .operator(operator)
            .fingerprint_key(key.clone());
        let redactor = builder.build();
        let text = format!("[\"{}\"]", escaped());
        let redacted = redactor.redact_json(&text).unwrap();
        let value: Value = serde_json::from_str(redacted.as_str()).unwrap();
        // The replacement depends on the value, not on how it is written.
        let plain = redactor.redact(PAT);
        assert_eq!(value[0], plain.as_str());
        assert_eq!(
            redacted.findings()[0].fingerprint(),
            plain.findings()[0].fingerprint()
        );
    }
}

#[test]
fn lines_are_redacted_one_by_one() {
    let text = format!(
        "{{\"a\":\"{PAT}\"}}\r\n\nnot json {PAT}\n{{\"b\":\n\"{}\"\n{PAT}",
        escaped()
    );
    let lines = Redactor::default().redact_ndjson(&text);
    assert_eq!(lines.malformed(), [3, 4, 6]);
    let redacted = lines.into_redacted();
    assert_eq!(
        redacted.as_str(),
        text.replace(PAT, LABEL).replace(&escaped(), LABEL)
    );
    for finding in redacted.findings() {
        assert!(text[finding.span()].starts_with("ghp"));
    }
    let clean = Redactor::default()
        .redact_ndjson("{}\n\nx\n")
        .into_redacted();
    assert!(matches!(clean.into_inner(), Cow::Borrowed("{}\n\nx\n")));
}

fn string() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => "\\PC{0,4}",
        1 => Just(PAT.to_owned()),
        1 => Just(format!("password = \"{PAT}\"\n")),
        1 => prop::sample::select(vec!["\n", "\"", "\\", "é", "😀", " ", LABEL, "{\"a\": \"", "\u{1}"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..5).prop_map(|parts| parts.concat())
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Numbers that `serde_json` reads back exactly as it wrote them.
        (-9999i32..9999).prop_map(|number| Value::from(f64::from(number) / 8.0)),
        string().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |value| {
        prop_oneof![
            prop::collection::vec(value.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((string(), value), 0..5).prop_map(Value::from_iter),
        ]
    })
}

/// Writes JSON in one of several styles.
fn written(value: &Value, style: u8, out: &mut String) {
    let gap = if style & 1 == 0 { "" } else { " \n" };
    let text = |text: &str| match style & 6 {
        0 => json!(text).to_string(),
        2 => {
            let escaped = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
            format!("\"{}\"", escaped.collect::<String>())
        }
        _ => json!(text)
            .to_string()
            .replace('_', "\\u005F")
            .replace('/', "\\/"),
    };
    match value {
        Value::String(string) => out.push_str(&text(string)),
        Value::Array(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(gap);
                written(value, style, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (at, (key, value)) in map.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(gap);
                out.push_str(&text(key));
                out.push(':');
                written(value, style, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// Collects the leaves in which something may be found.
fn leaves<'v>(value: &'v Value, out: &mut Vec<&'v Value>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| leaves(value, out)),
        Value::Object(map) => map.values().for_each(|value| leaves(value, out)),
        leaf => out.push(leaf),
    }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn redacted_json_is_json(value in value(), style: u8) {
        let mut text = String::new();
        written(&value, style, &mut text);
        let redactor = &*SECRETS;
        let redacted = redactor.redact_json(&text).unwrap();
        let after: Value = serde_json::from_str(redacted.as_str()).unwrap();
        let (mut old, mut new) = (Vec::new(), Vec::new());
        let parsed: Value = serde_json::from_str(&text).unwrap();
        leaves(&parsed, &mut old);
        leaves(&after, &mut new);
        prop_assert_eq!(old.len(), new.len());
        let clean = |leaf: &&&Value| !leaf.to_string().contains("ghp_");
        if redacted.is_clean() {
            prop_assert_eq!(redacted.as_str(), &text);
        } else {
            prop_assert!(old.iter().filter(clean).count() <= new.iter().filter(clean).count());
        }
        let again = redactor.redact_json(redacted.as_str()).unwrap();
        prop_assert_eq!(again.as_str(), redacted.as_str());
        prop_assert!(redacted.findings().is_sorted_by(|a, b| a.end <= b.start));

        // The text outside the spans is unchanged and in order.
        let (mut at, mut rest) = (0, redacted.as_str());
        for finding in redacted.findings() {
            let gap = &text[at..finding.start];
            let found = rest.find(gap);
            prop_assert!(found.is_some());
            rest = &rest[found.unwrap() + gap.len()..];
            at = finding.end;
        }
        prop_assert!(rest.ends_with(&text[at..]));
    }

    #[test]
    fn a_value_and_its_text_are_redacted_alike(mut value in value()) {
        let redactor = &*SECRETS;
        let written = value.to_string();
        let text = redactor.redact_json(&written).unwrap().into_parts();
        let findings = redactor.redact_json_value(&mut value).unwrap();
        let parsed: Value = serde_json::from_str(&text.0).unwrap();
        prop_assert_eq!(value.to_string(), parsed.to_string());
        prop_assert_eq!(findings.len(), text.1.len());
        for finding in findings {
            prop_assert!(value.pointer(finding.pointer()).is_some());
        }
    }

    #[test]
    fn lines_stay_lines(values in prop::collection::vec(value(), 0..4)) {
        let mut text = String::new();
        for value in &values {
            text.push_str(&value.to_string());
            text.push('\n');
        }
        let lines = SECRETS.redact_ndjson(&text);
        prop_assert!(lines.malformed().is_empty());
        let redacted = lines.into_redacted();
        prop_assert_eq!(redacted.as_str().lines().count(), values.len());
        for (line, value) in redacted.as_str().lines().zip(&values) {
            let alone = SECRETS.redact_json(&value.to_string()).unwrap().into_string();
            prop_assert_eq!(line, alone);
        }
    }
}

fn map() -> PlaceholderMap {
    PlaceholderMap::new(Key::from_bytes([7; 32])).hide_repeats()
}

/// Hides the values of a document, and restores it.
fn there_and_back(value: &Value) -> (Value, Value) {
    let mut map = map();
    let text = value.to_string();
    let hidden = Redactor::secrets_and_pii()
        .redact_json_with(&text, &mut map)
        .unwrap();
    let restored = map.restore_json(hidden.as_str()).unwrap();
    let parse = |text: &str| serde_json::from_str(text).unwrap();
    (parse(hidden.as_str()), parse(restored.as_str()))
}

#[test]
fn what_is_hidden_in_json_comes_back_as_it_was() {
    for value in [
        json!({ "password": "fV9s\"Rk2\\xLq7\n" }),
        json!({ "card": 4111111111111111_u64, "again": "4111111111111111" }),
        json!([4111111111111111_u64, { PAT: PAT }, "x", 1.5, null, true]),
        json!({ "to": "ann@acme-mail.com", "body": json!({ "password": "fV9s\"Rk2xLq7", "card": 4111111111111111_u64 }).to_string() }),
        json!({ "note": "[EMAIL-7K3QX9TB] and token-endpoint and %5BIP-7K3QX9TB%5D" }),
        json!({ "[EMAIL-7K3QX9TB]": "key", "list": "[1, 2, {\"a\": \"ann@acme-mail.com\"}]" }),
        json!("see {not JSON ann@acme-mail.com"),
    ] {
        let (hidden, restored) = there_and_back(&value);
        assert_eq!(restored, value);
        let hidden = hidden.to_string();
        for secret in ["fV9s", "4111111111111111", PAT, "ann@acme-mail.com"] {
            assert!(!hidden.contains(secret), "{hidden}");
        }
    }
}

#[test]
fn json_in_a_string_stays_json() {
    let inner = json!({ "password": "a\"fV9sRk2xLq7", "card": 4111111111111111_u64 });
    let (hidden, _) = there_and_back(&json!({ "body": inner.to_string() }));
    let inner: Value = serde_json::from_str(hidden["body"].as_str().unwrap()).unwrap();
    assert!(
        inner["password"]
            .as_str()
            .unwrap()
            .starts_with("[PASSWORD-")
    );
    assert!(inner["card"].as_str().unwrap().starts_with("[CARD-"));
}

#[test]
fn only_the_placeholder_of_a_number_becomes_a_number() {
    let mut map = map();
    let hidden = Redactor::secrets_and_pii()
        .redact_json_with(r#"{"card": 4111111111111111}"#, &mut map)
        .unwrap()
        .into_string();
    let placeholder = hidden.split('"').nth(3).unwrap();
    for (text, restored) in [
        (format!("[\"{placeholder}\"]"), "[4111111111111111]"),
        (
            format!("[\"{}\"]", placeholder.to_lowercase()),
            "[4111111111111111]",
        ),
        (
            format!("[\"no {placeholder}\"]"),
            "[\"no 4111111111111111\"]",
        ),
        (
            format!("{{\"{placeholder}\": 1}}"),
            "{\"4111111111111111\": 1}",
        ),
    ] {
        assert_eq!(map.restore_json(&text).unwrap().as_str(), restored);
    }
    assert_eq!(map.restore_json("{").unwrap_err().kind(), ErrorKind::Config);
}

proptest! {
    #[test]
    fn any_json_comes_back_as_it_was(
        words in prop::collection::vec(prop_oneof![
            Just(PAT.to_owned()),
            Just("ann@acme-mail.com".to_owned()),
            Just("password".to_owned()),
            Just("[EMAIL-7K3QX9TB]".to_owned()),
            Just("{\"a\":\"ann@acme-mail.com\"}".to_owned()),
            "[ -~]{0,12}",
            "\\PC{0,6}",
        ], 1..8),
        depth in 0..3_usize,
    ) {
        let mut value = json!(words.join(" "));
        for word in &words {
            value = json!({ word.as_str(): [value, word, 4111111111111111_u64] });
        }
        for _ in 0..depth {
            value = json!({ "nested": value.to_string() });
        }
        let (_, restored) = there_and_back(&value);
        prop_assert_eq!(semantic(restored), semantic(value));
    }
}

/// The value with the JSON in its strings read as JSON, whose escapes may change.
fn semantic(value: Value) -> Value {
    match value {
        Value::String(text) => match serde_json::from_str::<Value>(&text) {
            Ok(nested @ (Value::Object(_) | Value::Array(_))) => {
                json!({ "json": semantic(nested) })
            }
            _ => Value::String(text),
        },
        Value::Array(values) => values.into_iter().map(semantic).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key, semantic(value)))
            .collect(),
        value => value,
    }
}
