use std::borrow::Cow;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::ErrorKind;
use crate::redact::custom::{FieldNames, JsonPaths};
use crate::redact::engine::tests::{SECRETS, WITH_PERSONAL, cases};
use crate::redact::finding::Kind;
use crate::redact::operator::{Key, Operator};
use crate::redact::redactor::Redactor;
use crate::redact::restore::PlaceholderMap;

const PAT: &str = "ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA";
const LABEL: &str = "[REDACTED-TOKEN]";

static MASKING: LazyLock<Redactor> = LazyLock::new(|| {
    Redactor::builder()
        .mask_fields(FieldNames::new())
        .build()
        .unwrap()
});

fn map() -> PlaceholderMap {
    PlaceholderMap::new(Key::from_bytes([7; 32]))
}

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
fn a_name_is_never_a_value() {
    for text in [
        r#"{"type":"password","b9Xk2LqPz7":"hello"}"#,
        r#"{"type":"password", "b9Xk2LqPz7": {"x":1}}"#,
        r#"[{"field":"token"},{"q8V!zP2w-mX4r":1}]"#,
        r#"{"key":"api_key","Zk3vN8qLw2Rt5Yx7":[]}"#,
    ] {
        assert_eq!(redact(text), text);
    }
    // What is found in a name by itself is a value in it.
    let text = format!(r#"{{"{PAT}":1,"ann@example.org":2}}"#);
    let expected = text.replace(PAT, LABEL);
    assert_eq!(redact(&text), expected);
}

#[test]
fn a_value_is_named_by_what_is_around_it() {
    for text in [
        r#"{"name":"DB_PASSWORD","value":"q8V!zP2w-mX4r"}"#,
        r#"{"value":"q8V!zP2w-mX4r","name":"DB_PASSWORD"}"#,
        r#"{"ParameterKey":"DbPassword","ParameterValue":"q8V!zP2w-mX4r"}"#,
        r#"{"db_password":{"sensitive":true,"type":"string","value":"q8V!zP2w-mX4r"}}"#,
        r#"{"password":{"S":"q8V!zP2w-mX4r"}}"#,
        r#"{"password":["q8V!zP2w-mX4r"]}"#,
        r#"{"password":"\"q8V!zP2w-mX4r"}"#,
        r#"{"password":"q8V!zP2w\n-mX4r\\"}"#,
        r#"{"password":"\"q8V!zP2w-mX4r\""}"#,
    ] {
        let redacted = redact(text);
        assert!(redacted.contains("[REDACTED-PASSWORD]"), "{redacted}");
        assert!(!redacted.contains("q8V"), "{redacted}");
        assert!(!redacted.contains("mX4r"), "{redacted}");
    }
    let text = r#"{"name":"region","value":"q8V!zP2w-mX4r"}"#;
    assert_eq!(redact(text), text);
}

#[test]
fn fields_are_masked_by_their_names() {
    let text = r#"{"password":"letmein","api_key":1234,"user":"ann","token":null,"secret":false,
        "client_secret":"","access_tokens":["a","b",["c"]],"max_tokens":99,
        "credentials":{"user":"ann","n":2,"ok":true},"auth":{"type":"basic"},
        "schema":{"properties":{"password":{"type":"string","description":"the word","default":"letmein"}}},
        "params":{"password":"string"},"inner":"{\"pin\":4711,\"user_pin\":4711,\"password\":1}"}"#;
    let expected = r#"{"password":"[REDACTED-PASSWORD]","api_key":"[REDACTED-APIKEY]","user":"ann","token":null,"secret":false,
        "client_secret":"","access_tokens":["[REDACTED-TOKEN]","[REDACTED-TOKEN]",["[REDACTED-TOKEN]"]],"max_tokens":99,
        "credentials":{"user":"[REDACTED-SECRET]","n":"[REDACTED-SECRET]","ok":true},"auth":{"type":"basic"},
        "schema":{"properties":{"password":{"type":"string","description":"the word","default":"[REDACTED-PASSWORD]"}}},
        "params":{"password":"string"},"inner":"{\"pin\":4711,\"user_pin\":\"[REDACTED-PASSWORD]\",\"password\":\"[REDACTED-PASSWORD]\"}"}"#;
    let redacted = MASKING.redact_json(text).unwrap();
    assert_eq!(redacted.as_str(), expected);
    assert!(
        redacted
            .findings()
            .iter()
            .any(|finding| finding.rule() == "field-name")
    );
    let again = MASKING.redact_json(redacted.as_str()).unwrap();
    assert!(again.is_clean(), "{:?}", again.findings());
    assert_eq!(
        redact(r#"{"password":"letmein"}"#),
        r#"{"password":"letmein"}"#
    );

    let names = FieldNames::new().with("door").without("password");
    let redactor = Redactor::builder().mask_fields(names).build().unwrap();
    let text = r#"{"password":"letmein","door":[1,2],"credentials":{"password":"letmein"}}"#;
    assert_eq!(
        redactor.redact_json(text).unwrap().as_str(),
        r#"{"password":"letmein","door":["[REDACTED-SECRET]","[REDACTED-SECRET]"],"credentials":{"password":"letmein"}}"#
    );
}

#[test]
fn what_must_come_back_stays() {
    let signature = format!("ErUB{PAT}");
    let message = json!({"role": "assistant", "content": [
        {"type": "thinking", "thinking": PAT, "signature": signature},
        {"type": "redacted_thinking", "data": PAT},
        {"type": "text", "text": PAT, "signature": PAT},
        {"type": "tool_use", "id": PAT, "input": {"id": PAT, "signature": PAT}},
    ]});
    let redactor = Redactor::builder().leave_json(JsonPaths::model_messages());
    let redacted = redactor
        .build()
        .unwrap()
        .redact_json_value(json!({"messages": [message]}));
    let redacted = redacted.unwrap().into_inner();
    let content = &redacted["messages"][0]["content"];
    assert_eq!(content[0]["signature"], signature);
    assert_eq!(content[0]["thinking"], LABEL);
    assert_eq!(content[1]["data"], PAT);
    assert_eq!(
        content[2],
        json!({"type": "text", "text": LABEL, "signature": LABEL})
    );
    assert_eq!(content[3]["id"], PAT);
    assert_eq!(
        content[3]["input"],
        json!({"id": LABEL, "signature": LABEL})
    );

    let known = crate::redact::KnownValues::new(Key::from_bytes([1; 32]));
    known.insert("blue-otter-staircase").unwrap();
    let redactor = Redactor::builder()
        .leave_json(JsonPaths::new(["/a"]).unwrap())
        .known_values(known)
        .build()
        .unwrap();
    let text = format!(r#"{{"a":["{PAT}","blue-otter-staircase"],"b":"{PAT}"}}"#);
    let expected = format!(r#"{{"a":["{PAT}","[REDACTED-SECRET]"],"b":"{LABEL}"}}"#);
    assert_eq!(redactor.redact_json(&text).unwrap().as_str(), expected);
}

#[test]
fn numbers_come_back_as_numbers() {
    let mut map = map();
    let text = r#"{"password":83920174,"other":["83920174",83920174],"n":1}"#;
    let redacted = SECRETS.redact_json_with(text, &mut map).unwrap();
    assert!(
        !redacted.as_str().contains("83920174"),
        "{}",
        redacted.as_str()
    );
    let restored = map.restore_json(redacted.as_str()).unwrap();
    assert_eq!(restored.as_str(), text);
    assert_eq!(restored.counts().restored(), 3);
    // In text, both forms are the same digits.
    let plain = map.restore(redacted.as_str());
    assert_eq!(plain.counts().restored(), 3);
}

#[test]
fn a_value_that_would_turn_a_string_into_json_takes_the_string_along() {
    let mut map = map();
    let text = json!({ "a": format!("{{\"x\": \"\\q {PAT}\"}}") }).to_string();
    let redacted = SECRETS.redact_json_with(&text, &mut map).unwrap();
    assert!(!redacted.as_str().contains("ghp_"));
    let restored = map.restore_json(redacted.as_str()).unwrap();
    let restored: Value = serde_json::from_str(restored.as_str()).unwrap();
    assert_eq!(restored, serde_json::from_str::<Value>(&text).unwrap());
}

#[test]
fn a_conversation_knows_its_values_in_json() {
    let mut map = map();
    let first = SECRETS
        .redact_json_with(r#"{"password":"fV9s-Rk2xLq7"}"#, &mut map)
        .unwrap();
    let placeholder = &first.as_str()[13..32];
    let text = r#"{"say":"I logged in with fV9s-Rk2xLq7.","inner":"{\"x\":\"fV9s-Rk2xLq7\"}","fV9s-Rk2xLq7":1}"#;
    let second = SECRETS.redact_json_with(text, &mut map).unwrap();
    assert_eq!(
        second.as_str(),
        text.replace("fV9s-Rk2xLq7", placeholder.trim_matches('"'))
    );
    assert!(second.findings().iter().all(|finding| {
        finding.kind() == Kind::Password && finding.rule() == "conversation-value"
    }));
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
    let value: Value = serde_json::from_str(text).unwrap();
    let (value, findings) = Redactor::default()
        .redact_json_value(value)
        .unwrap()
        .into_parts();
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

    let value: Value = serde_json::from_str(&text).unwrap();
    let (value, findings) = Redactor::default()
        .redact_json_value(value)
        .unwrap()
        .into_parts();
    assert_eq!(value, redacted);
    assert!(
        findings
            .iter()
            .any(|found| found.in_key() && found.pointer().ends_with(&format!("{LABEL}#4")))
    );
    assert!(!format!("{findings:?}").contains("REDACTED"));
}

#[test]
fn a_value_is_redacted_in_place() {
    let value = json!({
        "a/b": [1.5, { "é~": format!("世 {PAT}") }],
        "n": 18446744073709551615_u64,
        "f": 0.1,
    });
    let (value, findings) = Redactor::default()
        .redact_json_value(value)
        .unwrap()
        .into_parts();
    assert_eq!(value["a/b"][1]["é~"], format!("世 {LABEL}"));
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].pointer(), "/a~1b/1/é~0");
    assert_eq!(findings[0].finding().span(), 4..4 + PAT.len());
    assert!(value.pointer(&findings[0].pointer()).is_some());
    assert_eq!(value["n"], 18446744073709551615_u64);
}

#[test]
fn a_byte_order_mark_stays() {
    let names = FieldNames::new();
    let redactor = Redactor::builder().mask_fields(names).build().unwrap();
    let text = "\u{feff}{\"password\":\"letmein\"}";
    let expected = "\u{feff}{\"password\":\"[REDACTED-PASSWORD]\"}";
    assert_eq!(redactor.redact_json(text).unwrap().as_str(), expected);
    let lines = redactor.redact_ndjson(text);
    assert_eq!(lines.redacted().as_str(), expected);
    let mut map = map();
    let redacted = redactor.redact_json_with(text, &mut map).unwrap();
    let restored = map.restore_json(redacted.as_str()).unwrap();
    assert_eq!(restored.as_str(), text);
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
    let error = Redactor::default().redact_json_value(value).unwrap_err();
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
        let redactor = builder.build().unwrap();
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
        1 => Just("fV9s-Rk2xLq7".to_owned()),
        1 => Just("password".to_owned()),
        1 => Just(format!("password = \"{PAT}\"\n")),
        1 => Just(format!("{{\"token\": \"{PAT}\", \"n\": [1, \"x\"]}}")),
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
            let mut members: Vec<_> = map.iter().collect();
            if style & 8 != 0 {
                members.reverse();
            }
            for (at, (key, value)) in members.into_iter().enumerate() {
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

/// Returns the names of all members.
fn names(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(names).collect(),
        Value::Object(members) => {
            let below = members.values().flat_map(names);
            members.keys().cloned().chain(below).collect()
        }
        _ => Vec::new(),
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

/// Returns a document with its nested documents in place of their strings.
fn unnested(value: &Value) -> Value {
    match value {
        Value::String(text) if plan::is_json(text) => {
            // Half of an escaped pair is JSON to a reader that skips strings only.
            serde_json::from_str(text).map_or_else(|_| value.clone(), |inner| unnested(&inner))
        }
        Value::Array(values) => values.iter().map(unnested).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), unnested(value)))
            .collect(),
        value => value.clone(),
    }
}

/// Returns the number of members or items at each place of a document, also in
/// nested documents.
fn shape(value: &Value) -> Value {
    match unnested(value) {
        Value::Array(values) => values.iter().map(shape).collect(),
        Value::Object(map) => map.values().map(shape).collect::<Vec<_>>().len().into(),
        _ => Value::Null,
    }
}

#[test]
fn a_name_that_was_replaced_says_nothing_new_of_its_value() {
    // `password` counts as a name only once the token before it is gone.
    let text = json!({ format!("k = \"{PAT}\"\n{PAT}password"): "{fV9s-Rk2xLq7fV9s-Rk2xLq7" });
    let mut map = map();
    let once = SECRETS
        .redact_json_with(&text.to_string(), &mut map)
        .unwrap()
        .into_string();
    let again = SECRETS.redact_json_again_with(&once, &mut map).unwrap();
    assert_eq!(again.as_str(), once);
    let once = SECRETS
        .redact_json_value_with(text, &mut map)
        .unwrap()
        .into_inner();
    let again = SECRETS
        .redact_json_value_again_with(once.clone(), &mut map)
        .unwrap();
    assert_eq!(again.get_ref(), &once);
    let lines = format!("{once}\nno JSON\n");
    let again = SECRETS
        .redact_ndjson_with(&lines, &mut map)
        .into_redacted()
        .into_string();
    let third = SECRETS.redact_ndjson_again_with(&again, &mut map);
    assert_eq!(third.redacted().as_str(), again);
}

#[cfg(feature = "guard")]
mod seams {
    use super::*;
    use crate::redact::custom::{Detections, Detector};
    use crate::redact::restore::{Judge, Source};

    /// Releases nothing but what stands in a text that begins with `ok`.
    #[derive(Default)]
    struct Careful {
        read: String,
        texts: Vec<String>,
        missed: usize,
    }

    impl Judge for Careful {
        fn begin(&mut self) {
            let read = std::mem::take(&mut self.read);
            self.texts.push(read);
        }

        fn read(&mut self, text: &str) {
            self.read.push_str(text);
        }

        fn misses(&mut self, _: &str) {
            self.missed += 1;
        }

        fn releases(&mut self, _: Kind, _: u64, _: &str) -> bool {
            self.read.starts_with("ok")
        }
    }

    #[test]
    fn a_judge_decides_in_every_string_and_in_json_in_strings() {
        let mut map = map();
        let mail = map.placeholder(Kind::Email, "ann\"@acme-mail.com");
        let inner = json!({ "a": format!("ok {mail}"), "b": mail }).to_string();
        let value = json!({
            format!("ok {mail}"): [mail, format!("ok {mail}"), 1],
            "nested": inner,
            "unknown": "[EMAIL-00000000]",
        });
        let restored = "ok ann\"@acme-mail.com";
        let expected = json!({
            restored: [mail, restored, 1],
            "nested": json!({ "a": restored, "b": mail }).to_string(),
            "unknown": "[EMAIL-00000000]",
        });
        let mut judge = Careful::default();
        let text = value.to_string();
        let out = map.restore_json_if(&text, &mut judge).unwrap();
        let parsed: Value = serde_json::from_str(out.as_str()).unwrap();
        assert_eq!(parsed, expected);
        let counts = out.counts();
        assert_eq!(
            (counts.restored(), counts.withheld(), counts.unknown()),
            (3, 2, 1)
        );
        assert_eq!(judge.missed, 1);
        assert!(judge.texts.iter().all(|text| text.len() < 48));
    }

    #[test]
    fn a_number_is_restored_only_where_it_is_released() {
        let mut map = map();
        let hidden = WITH_PERSONAL
            .hide_json(r#"{"card": 4111111111111111}"#, &mut map, Source::Outside)
            .unwrap();
        let text = hidden.text.into_owned();
        let out = map.restore_json_if(&text, &mut Careful::default()).unwrap();
        assert_eq!(out.as_str(), text);
        assert_eq!((out.counts().restored(), out.counts().withheld()), (0, 1));
        assert_eq!(
            map.restore_json(&text).unwrap().as_str(),
            r#"{"card": 4111111111111111}"#
        );
    }

    #[test]
    fn every_placeholder_is_accounted_for() {
        let mut map = map();
        let text = json!({
            "mail": "ann@acme-mail.com", "again": "ann@acme-mail.com",
            "card": 4111111111111111_u64, "typed": "[EMAIL-7K3QX9TB]",
            "nested": json!({ "card": "4111111111111111" }).to_string(),
        })
        .to_string();
        let hidden = WITH_PERSONAL
            .hide_json(&text, &mut map, Source::Outside)
            .unwrap();
        let mut learned = hidden.learned.clone();
        learned.sort_unstable();
        let mut entries: Vec<_> = map.entries().map(|entry| entry.tag).collect();
        entries.sort_unstable();
        assert_eq!(learned, entries);
        assert!(entries.iter().all(|tag| hidden.tags.contains(tag)));
        assert_eq!(entries.len(), 4);
        // What is known already is written again, and nothing is learned.
        let again = WITH_PERSONAL
            .hide_json(&text, &mut map, Source::Outside)
            .unwrap();
        assert_eq!(again.text, hidden.text);
        assert!(again.learned.is_empty() && !again.tags.is_empty());
        // A form that JSON shows later is news.
        let tag = map
            .entries()
            .find(|entry| entry.kind == Kind::Email)
            .unwrap()
            .tag;
        assert!(!again.learned.contains(&tag));
        let mut map = super::map();
        let plain = WITH_PERSONAL
            .hide("4111111111111111", &mut map, Source::Outside)
            .unwrap();
        let number = WITH_PERSONAL
            .hide_json("[4111111111111111]", &mut map, Source::Outside)
            .unwrap();
        assert_eq!(plain.learned, number.learned);
    }

    #[test]
    fn a_detector_that_fails_is_an_error() {
        #[derive(Debug)]
        struct Broken;
        impl Detector for Broken {
            fn id(&self) -> &str {
                "broken"
            }

            fn detect(&self, _: &[u8], _: &mut Detections) -> Result<(), crate::Error> {
                Err(crate::Error::config("no model"))
            }
        }
        let redactor = Redactor::builder()
            .detector(std::sync::Arc::new(Broken))
            .build()
            .unwrap();
        let mut map = map();
        for source in [Source::Outside, Source::Redacted, Source::Hidden] {
            assert!(redactor.hide("text", &mut map, source).is_err());
            assert!(redactor.hide_json("[\"text\"]", &mut map, source).is_err());
        }
        assert!(redactor.try_scan_with("text", &map).is_err());
    }

    #[test]
    fn what_was_typed_is_genuine_only_in_what_was_hidden() {
        let mut map = map();
        let placeholder = map.placeholder(Kind::Token, PAT);
        let typed = SECRETS.redact_with(&placeholder, &mut map).into_string();
        assert!(typed.starts_with("[LITERAL-"));
        for (source, stays) in [
            (Source::Outside, false),
            (Source::Redacted, false),
            (Source::Hidden, true),
        ] {
            let hidden = SECRETS.hide(&placeholder, &mut map, source).unwrap();
            assert_eq!(hidden.text == placeholder, stays);
            let text = json!([placeholder]).to_string();
            let hidden = SECRETS.hide_json(&text, &mut map, source).unwrap();
            assert_eq!(hidden.text == text, stays);
        }
    }
}

/// Returns a JSON text without the numbers that names get when they become equal.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('#') {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        let end = tail[1..].trim_start_matches(|digit: char| digit.is_ascii_digit());
        rest = match end.starts_with('"') && end.len() + 1 < tail.len() {
            true => end,
            false => {
                out.push('#');
                &tail[1..]
            }
        };
    }
    out + rest
}

#[test]
fn names_that_become_equal_keep_all_values() {
    let inner = json!({ "token": PAT, "n": [1, "x"] }).to_string();
    let label = "[REDACTED-TOKEN]";
    let text = json!({ format!("{label}{inner}"): null, format!("{PAT}{inner}"): null });
    let text = text.to_string();
    let redacted = SECRETS.redact_json(&text).unwrap();
    let after: Value = serde_json::from_str(redacted.as_str()).unwrap();
    assert_eq!(after.as_object().unwrap().len(), 2);
    assert!(!redacted.as_str().contains("ghp_"));
    assert_ne!(redacted.as_str(), without_numbers(redacted.as_str()));
    let again = SECRETS.redact_json(redacted.as_str()).unwrap();
    assert_eq!(again.as_str(), redacted.as_str());
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
        // A name that became shorter may come close enough to name its value.
        if names(&parsed) == names(&after) {
            let again = redactor.redact_json(redacted.as_str()).unwrap();
            prop_assert_eq!(again.as_str(), redacted.as_str());
        }
        prop_assert!(redacted.findings().is_sorted_by(|a, b| a.end <= b.start));

        // The text outside the spans is unchanged and in order, but for the numbers of
        // names that became equal.
        let shown = without_numbers(redacted.as_str());
        let (mut at, mut rest) = (0, &*shown);
        for finding in redacted.findings() {
            let gap = without_numbers(&text[at..finding.start]);
            let found = rest.find(&gap);
            prop_assert!(found.is_some());
            rest = &rest[found.unwrap() + gap.len()..];
            at = finding.end;
        }
        prop_assert!(rest.ends_with(&without_numbers(&text[at..])));
    }

    #[test]
    fn a_value_and_its_text_are_redacted_alike(value in value(), style: u8) {
        let mut text = String::new();
        written(&value, style, &mut text);
        for redactor in [&*SECRETS, &*MASKING] {
            let of_text = redactor.redact_json(&text).unwrap().into_parts();
            let redacted = redactor.redact_json_value(value.clone()).unwrap();
            let parsed: Value = serde_json::from_str(&of_text.0).unwrap();
            prop_assert_eq!(redacted.get_ref(), &parsed);
            prop_assert_eq!(redacted.findings().len(), of_text.1.len());
            for finding in redacted.findings() {
                prop_assert!(redacted.get_ref().pointer(&finding.pointer()).is_some());
            }
        }
    }

    #[test]
    fn what_a_map_replaces_comes_back(values in prop::collection::vec(value(), 1..4), style: u8) {
        let mut map = map();
        let redactor = &*SECRETS;
        let mut lines = String::new();
        for value in &values {
            let mut text = String::new();
            written(value, style & !1, &mut text);
            let redacted = redactor.redact_json_with(&text, &mut map).unwrap();
            let again = redactor.redact_json_again_with(redacted.as_str(), &mut map).unwrap();
            prop_assert_eq!(again.as_str(), redacted.as_str());
            let restored = map.restore_json(redacted.as_str()).unwrap();
            let restored: Value = serde_json::from_str(restored.as_str()).unwrap();
            let parsed: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&restored, &parsed);

            let redacted = redactor.redact_json_value_with(parsed.clone(), &mut map).unwrap();
            let mut restored = redacted.into_inner();
            let again = redactor.redact_json_value_again_with(restored.clone(), &mut map).unwrap();
            prop_assert_eq!(again.get_ref(), &restored);
            map.restore_json_value(&mut restored).unwrap();
            prop_assert_eq!(&restored, &parsed);
            lines.push_str(&text);
            lines.push('\n');
        }
        let redacted = redactor.redact_ndjson_with(&lines, &mut map);
        let again = redactor.redact_ndjson_again_with(redacted.redacted().as_str(), &mut map);
        prop_assert_eq!(again.redacted().as_str(), redacted.redacted().as_str());
        let restored = map.restore_ndjson(redacted.redacted().as_str());
        for (restored, value) in restored.as_str().lines().zip(&values) {
            let restored: Value = serde_json::from_str(restored).unwrap();
            prop_assert_eq!(&restored, value);
        }
    }

    #[test]
    fn json_in_strings_stays_json(value in value(), levels in 1_usize..5, style: u8) {
        let mut value = json!({ "a": value, "card": 4111111111111111_u64 });
        for _ in 0..levels {
            let mut text = String::new();
            written(&value, style, &mut text);
            value = json!({ "arguments": text });
        }
        let redacted = WITH_PERSONAL.redact_json_value(value.clone()).unwrap().into_inner();
        prop_assert_eq!(shape(&redacted), shape(&value));
        prop_assert!(!redacted.to_string().contains("4111111111111111"));

        let mut map = map();
        let redacted = WITH_PERSONAL.redact_json_value_with(value.clone(), &mut map).unwrap();
        let mut restored = redacted.into_inner();
        map.restore_json_value(&mut restored).unwrap();
        prop_assert_eq!(unnested(&restored), unnested(&value));
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

#[test]
fn the_canonical_form_shows_little_of_each_string_with_escapes() {
    // Places are mapped back within what is shown, so no finding costs more.
    for text in [
        "x\\\"y",
        "\\u0022é",
        "AKIAQ3EGRIZJ7OWLMXUV\\n\\\"",
        "a b\\\\",
    ] {
        let document = format!("{{\"a\":\"{}\"}}", text.repeat(20_000));
        let document = document::Document::parse(&document).unwrap();
        let shown = render::render(&document, &|_| false);
        assert!(shown.text.len() < 6 * 512 + 64, "{}", shown.text.len());
    }
}

#[test]
fn a_placeholder_without_quotation_marks_is_restored_in_place_of_a_number() {
    let mut map = map();
    let text = r#"{"card":4111111111111111,"n":["[x",2]}"#;
    let redacted = WITH_PERSONAL.redact_json_with(text, &mut map).unwrap();
    let bare = redacted
        .as_str()
        .replace("\"[CARD", "[CARD")
        .replace("]\"", "]");
    assert!(bare.contains(":[CARD-"), "{bare}");
    let restored = map.restore_json(&bare).unwrap();
    assert_eq!(restored.as_str(), text);
    assert_eq!(restored.counts().restored(), 1);
    for foreign in [
        r#"{"card":[CARD-00000000]}"#,
        r#"{"card":[CARD-]}"#,
        "{[CARD-00000000]}",
    ] {
        let error = map.restore_json(foreign).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}

#[test]
fn secrets_behind_many_escapes_are_found() {
    let piece = |number: usize| format!("{}\\\"", PAT.replace("R7w", &format!("{number:03}")));
    let text: String = (0..400).map(piece).collect();
    let redacted = redact(&format!("{{\"a\":\"{text}\"}}"));
    assert!(!redacted.contains("ghp_"), "{redacted}");
}

#[test]
fn an_array_of_a_name_and_a_value_is_a_member() {
    for (text, secret) in [
        (
            r#"{"headers":[["x-api-key","fV9sRk2xLq7TzBn4LcYs"]]}"#,
            "fV9sRk2xLq7TzBn4LcYs",
        ),
        (r#"[["password","fV9s-Rk2xLq7"]]"#, "fV9s-Rk2xLq7"),
        (r#"["password","fV9s-Rk2xLq7"]"#, "fV9s-Rk2xLq7"),
        (
            r#"[["user","ann"],["client_secret","fV9s-Rk2xLq7"]]"#,
            "fV9s-Rk2xLq7",
        ),
    ] {
        assert!(!redact(text).contains(secret), "{text}: {}", redact(text));
    }
    let masked = |text: &str| MASKING.redact_json(text).unwrap().into_string();
    assert!(!masked(r#"[["user","ann"],["password","letmein"]]"#).contains("letmein"));
    // A list of names is no list of pairs.
    for text in [
        r#"["password","username"]"#,
        r#"[["password"],["username"]]"#,
    ] {
        assert_eq!(masked(text), text);
    }
}

#[test]
fn the_order_of_the_members_that_name_a_value_has_no_effect() {
    let masked = |text: &str| MASKING.redact_json(text).unwrap().into_string();
    for names in [
        [r#""key":"row 7""#, r#""name":"password""#],
        [r#""header":"x""#, r#""variable":"password""#],
        [r#""name":"x""#, r#""name":"password""#],
    ] {
        for order in [
            [0, 1, 2],
            [1, 0, 2],
            [2, 0, 1],
            [2, 1, 0],
            [0, 2, 1],
            [1, 2, 0],
        ] {
            let value = r#""value":"sunflower91""#;
            let all = [names[0], names[1], value];
            let members = order.map(|at| all[at]).join(",");
            for redacted in [
                masked(&format!("{{{members}}}")),
                redact(&format!("{{{members}}}")),
            ] {
                assert!(!redacted.contains("sunflower91"), "{members}: {redacted}");
            }
        }
    }
}

#[test]
fn values_of_members_of_passwords_are_judged_as_passwords() {
    for text in [
        r#"{"password":{"user":"letmein77x!Q"}}"#,
        r#"{"passwords":{"ann":"letmein77x!Q","bob":{"old":"q8Zr!tW2mLk9v"}}}"#,
    ] {
        let redacted = redact(text);
        assert!(
            !redacted.contains("letmein") && !redacted.contains("q8Zr"),
            "{redacted}"
        );
    }
    for text in [
        r#"{"password":{"type":"string","pattern":"^[A-Za-z0-9!@#]{8,}$","min":8}}"#,
        r#"{"password":{"user":"ann","host":"db-1.example.org","hash":"none"}}"#,
        r#"{"passwords":{"policy":"At least 8 letters!","ann":"disabled"}}"#,
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn every_value_of_a_long_list_is_found_in_text() {
    let value = |number: usize| format!("q8Zr!{number:03}tW2mLk9v");
    let count = 300;
    let values: Vec<_> = (0..count).map(value).collect();
    let rows = |before: &str, after: &str| -> String {
        values
            .iter()
            .map(|value| format!("{before}{value}{after}"))
            .collect()
    };
    for text in [
        json!({ "passwords": values }).to_string(),
        format!("passwords:\n{}\nend: 1\n", rows("  - '", "'\n")),
        format!("passwords = [\n{}]\n", rows("  \"", "\",\n")),
        format!(
            "<table><tr><th>User</th><th>Password</th></tr>\n{}</table>",
            rows("<tr><td>ann</td><td>", "</td></tr>\n")
        ),
    ] {
        let redacted = Redactor::default().redact(&text);
        let left = values
            .iter()
            .filter(|value| redacted.as_str().contains(value.as_str()));
        assert_eq!(left.count(), 0, "{}", &text[..40]);
        assert_eq!(redacted.findings().len(), count, "{}", &text[..40]);
    }
}

#[test]
fn paths_that_are_left_alone_do_not_reach_into_strings() {
    let redactor = Redactor::builder()
        .leave_json(JsonPaths::model_messages())
        .build()
        .unwrap();
    let key = "AKIAQ3EGRIZJ7OWLMXUV";
    for member in ["previous_response_id", "item_id", "responseId"] {
        let inner = json!({ member: key }).to_string();
        for document in [
            json!({"messages": [{"role": "user", "content": inner}]}),
            json!({"output": [json!({"x": inner}).to_string()]}),
        ] {
            let text = document.to_string();
            let redacted = redactor.redact_json(&text).unwrap();
            assert!(!redacted.as_str().contains(key), "{redacted}");
        }
        // Where the provider puts it, it stays.
        let document = json!({ member: key }).to_string();
        assert_eq!(redactor.redact_json(&document).unwrap().as_str(), document);
    }
}

#[test]
fn an_empty_line_cuts_no_block_in_two() {
    let block = "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n\
        lQOYBGVxY2UBCADq3fV9sRk2xLq7TzBn4LcYs8wEJmKpXh5DgUaRtNvO\n\
        lQOYBGVxY2UBCADq3fV9sRk2xLq7TzBn4LcYs8wEJmKpXh5DgUaRtNvO\n\
        -----END PGP PRIVATE KEY BLOCK-----";
    let text = format!("{{\"a\":1}}\n\n{block}\n\n{{\"b\":2}}\n");
    let redactor = Redactor::default();
    let lines = redactor.redact_ndjson(&text);
    let expected = "{\"a\":1}\n\n[REDACTED-PRIVATEKEY]\n\n{\"b\":2}\n";
    assert_eq!(lines.redacted().as_str(), expected);
    let mut map = map();
    let lines = redactor.redact_ndjson_with(&text, &mut map);
    assert!(!lines.redacted().as_str().contains("lQOY"));
    assert_eq!(map.restore_ndjson(lines.redacted().as_str()).as_str(), text);
}
