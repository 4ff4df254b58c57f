//! Tests with documents that somebody has made to cost much, or to let something out.

use std::sync::Arc;

use serde_json::{Value, json};

use super::context::{Leaf, leaves};
use super::document::Document;
use crate::Error;
use crate::redact::custom::{Detections, Detector, FieldNames, JsonPaths, KnownValues};
use crate::redact::growth::growth;
use crate::redact::{Key, Kind, PlaceholderMap, Redactor};

const KEY: &str = "AKIAQ3EGRIZJ7OWLMXUV";

/// The least growth that shows that the time is not linear.
const MOST: f64 = 128.0;

fn masking() -> Redactor {
    let redactor = Redactor::builder().mask_fields(FieldNames::new());
    redactor.build().unwrap()
}

fn masked(text: &str) -> String {
    masking().redact_json(text).unwrap().into_string()
}

fn redact(text: &str) -> String {
    Redactor::default().redact_json(text).unwrap().into_string()
}

fn map() -> PlaceholderMap {
    PlaceholderMap::new(Key::from_bytes([7; 32]))
}

#[test]
fn names_and_conditions_are_read_in_linear_time() {
    let documents: [fn(usize) -> String; 7] = [
        |count| format!("{{{}\"x\":0}}", "\"id\":1,".repeat(count)),
        |count| {
            let members = (0..count).map(|number| format!("\"m{number}\":1,"));
            format!("{{{}\"x\":0}}", members.collect::<String>())
        },
        // One long name over many values.
        |count| {
            let name = "password-x".repeat(count);
            format!("{{\"{name}\":[{}0]}}", "\"abcd\",".repeat(count))
        },
        |count| {
            let name = "passwords-".repeat(count);
            format!("{{\"{name}\":{{{}\"x\":0}}}}", "\"a\":1,".repeat(count))
        },
        |count| {
            let name = "password-x".repeat(count);
            format!(
                "{{\"name\":\"{name}\",{}\"x\":0}}",
                "\"value\":\"abcd\",".repeat(count)
            )
        },
        |count| {
            let name = "password-x".repeat(count);
            format!("[\"--{name}\",[{}0]]", "\"abcd\",".repeat(count))
        },
        // Lists of names beside rows.
        |count| {
            let lists = "\"columns\":[\"password\"],".repeat(count);
            format!("{{{lists}\"rows\":[{}[0]]}}", "[\"abcd\"],".repeat(count))
        },
    ];
    let paths = JsonPaths::model_messages().and(JsonPaths::new(["/*[a=b]"]).unwrap());
    let fields = FieldNames::new();
    for (number, document) in documents.into_iter().enumerate() {
        let growth = growth(1_000, document, |text| {
            let document = Document::parse(text).unwrap();
            leaves(&document, Leaf::default(), Some(&fields), &paths).len()
        });
        assert!(growth < MOST, "{number}: {growth}");
    }
}

#[test]
fn a_long_name_costs_no_more_for_many_values() {
    let document = |count: usize| {
        let name = "password-x".repeat(count);
        format!("{{\"{name}\":[{}0]}}", "\"abcd-12\",".repeat(count))
    };
    let redactor = Redactor::default();
    let growth = growth(250, document, |text| redactor.redact_json(text).is_ok());
    assert!(growth < MOST, "{growth}");
}

#[test]
fn the_pointers_of_findings_share_their_names() {
    let name = "n".repeat(100_000);
    let count = 2_000;
    let value = json!({ name.as_str(): vec![KEY; count] });
    let redacted = Redactor::default().redact_json_value(value).unwrap();
    let findings = redacted.findings();
    assert_eq!(findings.len(), count);
    assert_eq!(findings[7].pointer(), format!("/{name}/7"));
    let own: usize = findings.iter().map(|finding| finding.own_len()).sum();
    assert!(own < 32 * count, "{own}");
}

#[test]
fn a_known_value_within_a_larger_finding_does_not_stay() {
    let known = KnownValues::new(Key::from_bytes([7; 32]));
    known.insert("otter-staircase").unwrap();
    let redactor = Redactor::builder()
        .known_values(known.clone())
        .leave_json(JsonPaths::new(["/a"]).unwrap())
        .build()
        .unwrap();
    for text in [
        r#"{"a":"x otter-staircase"}"#,
        r#"{"a":"password=blue-otter-staircase"}"#,
        r#"{"a":"password=\"blue-otter-staircase\""}"#,
        r#"{"a":["password=blue-otter-staircase"]}"#,
    ] {
        let redacted = redactor.redact_json(text).unwrap();
        assert!(!redacted.as_str().contains("otter"), "{redacted}");
        let value: Value = serde_json::from_str(text).unwrap();
        let redacted = redactor.redact_json_value(value).unwrap();
        assert!(!redacted.get_ref().to_string().contains("otter"));
        let redacted = redactor.redact_json_with(text, &mut map()).unwrap();
        assert!(!redacted.as_str().contains("otter"), "{redacted}");
    }
    // What else is found there stays.
    let text = r#"{"a":"password=fV9s-Rk2xLq7"}"#;
    assert_eq!(redactor.redact_json(text).unwrap().as_str(), text);
    assert!(known.insert("41111111").unwrap());
    let text = r#"{"a":4111111111111111}"#;
    let redacted = redactor.redact_json(text).unwrap();
    assert_eq!(redacted.as_str(), r#"{"a":"[REDACTED-SECRET]"}"#);
}

#[test]
fn a_value_that_is_new_is_found_in_text_that_comes_back() {
    let known = KnownValues::new(Key::from_bytes([7; 32]));
    let redactor = Redactor::builder().known_values(known.clone()).build();
    let redactor = redactor.unwrap();
    let mut map = map();
    // The password is too short to be found, until the text before it has changed.
    let text = "key AKIAQ3EGRIZJ7OWLMXUV password=[TOKEN-7K3QX9TB] and pwd: otter-1-staircase";
    let first = redactor.redact_with(text, &mut map).into_string();
    known.insert("otter-1-stair").unwrap();
    let again = redactor.redact_again_with(&first, &mut map);
    assert!(!again.as_str().contains("otter-1-stair"), "{again}");
}

#[test]
fn a_number_is_judged_by_its_name_with_a_sign_and_a_fraction() {
    for text in [
        r#"{"password":83920174}"#,
        r#"{"password":-83920174}"#,
        r#"{"password":83920174.5}"#,
        r#"{"password":8392017.4e1}"#,
        r#"{"password":[-83920174]}"#,
    ] {
        let redacted = redact(text);
        assert!(redacted.contains("[REDACTED-"), "{redacted}");
        assert!(!redacted.contains("839"), "{redacted}");
    }
    for text in [
        r#"{"logprob":-0.83920174,"token":"a","temperature":0.7}"#,
        r#"{"max_tokens":-1,"tokens_per_second":83.92017}"#,
        r#"{"usage":{"token":-1.5,"total_tokens":1024.0,"token_price":0.00000125}}"#,
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn rows_are_read_under_their_names() {
    let secret = "fV9s-Rk2xLq7";
    for text in [
        r#"{"columns":["user","password"],"rows":[["ann","S"]]}"#,
        r#"{"rows":[["ann","S"]],"columns":["user","password"]}"#,
        r#"{"columns":["password"],"data":[["S"],["S"]],"index":[0,1]}"#,
        r#"{"fields":[{"name":"user"},{"name":"password","type":"text"}],"rows":[["ann","S"]]}"#,
        r#"{"schema":{"fields":[{"name":"user"},{"name":"password"}]},"rows":[{"f":[{"v":"ann"},{"v":"S"}]}]}"#,
        r#"{"columnMetadata":[{"name":"user"},{"name":"password"}],"records":[[{"stringValue":"ann"},{"stringValue":"S"}]]}"#,
        r#"{"keys":["user","password"],"values":["ann","S"]}"#,
        r#"[["user","password"],["ann","S"]]"#,
        r#"[["id","user","password"],[1,"ann","S"],[2,"bob","S"]]"#,
        r#"{"sheet":[["password","id"],["x","y"]],"other":[["id","user","api_key"],[1,"ann","S"]]}"#,
    ] {
        let text = text.replace('S', secret);
        let redacted = redact(&text);
        assert!(!redacted.contains(secret), "{redacted}");
        assert!(
            !redacted.contains("ann") || text.contains("ann"),
            "{redacted}"
        );
        let value: Value = serde_json::from_str(&text).unwrap();
        let redacted = Redactor::default().redact_json_value(value).unwrap();
        assert!(!redacted.get_ref().to_string().contains(secret));
        // A value that nothing but its name shows.
        let text = text.replace(secret, "letmein");
        assert!(!masked(&text).contains("letmein"), "{text}");
    }
    for text in [
        r#"{"columns":["user","password"],"rows":[]}"#,
        r#"{"columns":["user","password"],"count":2}"#,
        r#"{"columns":["user","password"],"index":[0,1],"shape":["a","b"]}"#,
        r#"{"columns":["user","city"],"rows":[["ann","letmein"]]}"#,
        r#"{"columns":["password","city"],"rows":[[null,"letmein"]]}"#,
        r#"[["user","password"]]"#,
        r#"[["user","password"],["ann"]]"#,
    ] {
        assert_eq!(masked(text), text);
    }
}

#[test]
fn restoring_does_not_multiply_a_value_by_the_nesting() {
    let mut map = map();
    let value = "a\"b\\c\nd".repeat(20);
    let placeholder = map.placeholder(Kind::PrivateKey, &value);
    let nested = |levels: usize| {
        let mut text = json!([placeholder]).to_string();
        for _ in 0..levels {
            text = json!([text]).to_string();
        }
        text
    };
    for levels in 0..=6 {
        let text = nested(levels);
        let restored = map.restore_json(&text).unwrap();
        assert_eq!(restored.counts().restored(), 1);
        let mut inner: Value = serde_json::from_str(restored.as_str()).unwrap();
        for _ in 0..levels {
            inner = serde_json::from_str(inner[0].as_str().unwrap()).unwrap();
        }
        assert_eq!(inner, json!([value]), "{levels}");
    }
    for levels in 7..=14 {
        let text = nested(levels);
        let restored = map.restore_json(&text).unwrap();
        assert_eq!(restored.as_str(), text);
        let counts = restored.counts();
        assert_eq!((counts.restored(), counts.withheld()), (0, 1));
        assert_eq!(map.restore_ndjson(&text).as_str(), text);
        let mut value: Value = serde_json::from_str(&text).unwrap();
        let counts = map.restore_json_value(&mut value).unwrap();
        assert_eq!((counts.restored(), counts.withheld()), (0, 1));
        assert_eq!(value.to_string(), text);
    }
}

#[test]
fn look_alikes_before_findings_are_hidden_in_linear_time() {
    let text = |count: usize| {
        let (typed, keys) = (
            "[TOKEN-7K3QX9TB] ".repeat(count),
            format!("{KEY} ").repeat(count),
        );
        typed + &keys
    };
    let redactor = Redactor::default();
    let most = growth(1_000, text, |text| {
        let mut map = map();
        let redacted = redactor.redact_with(text, &mut map);
        assert_eq!(redacted.findings().len(), text.len() / 38 * 2);
        assert!(!redacted.as_str().contains(KEY));
    });
    assert!(most < MOST, "{most}");
}

#[test]
fn a_stream_is_walked_over_in_linear_time() {
    #[derive(Debug)]
    struct Nothing;
    impl Detector for Nothing {
        fn id(&self) -> &str {
            "nothing"
        }

        fn detect(&self, _: &[u8], _: &mut Detections) -> Result<(), Error> {
            Ok(())
        }
    }
    let text = |count: usize| format!("{KEY} ").repeat(count);
    let with_detector = Redactor::builder().detector(Arc::new(Nothing)).build();
    for redactor in [Redactor::default(), with_detector.unwrap()] {
        let growth = growth(1_000, text, |text| {
            let mut map = map();
            let mut stream = crate::redact::PlaceholderStream::new(redactor.clone());
            let (mut out, mut findings) = (String::new(), Vec::new());
            stream.push(&mut map, text, &mut out, &mut findings);
            stream.finish(&mut map, &mut out, &mut findings);
            assert_eq!(findings.len(), text.len() / 21);
            assert!(!out.contains(KEY));
        });
        assert!(growth < MOST, "{growth}");
    }
}

#[test]
fn what_an_agent_types_is_read_by_its_description() {
    let secret = "fV9s-Rk2xLq7Tz9w";
    for text in [
        r##"{"input":{"selector":"#password","text":"S"}}"##,
        r#"{"action":"type","element":"Password field","text":"S"}"#,
        r#"{"name":"browser_type","input":{"element":"Password textbox","ref":"e12","text":"S"}}"#,
        r#"{"tool":"fill","arguments":{"selector":"input[type=password]","value":"S"}}"#,
        r#"{"name":"field 3","selector":"input[type=password]","value":"S"}"#,
        r#"{"type":"password","text":"S"}"#,
        r#"{"question":"What is your password?","answer":"S"}"#,
        r#"{"prompt":"Password:","response":"S"}"#,
        r#"{"title":"API key","content":"S"}"#,
        r#"{"form":{"fields":[{"id":"password","input":"S"}]}}"#,
        r#"{"rawHeaders":["Host","a.io","x-api-key","S"]}"#,
        r#"{"headers":["x-api-key","S","Accept","*/*"]}"#,
    ] {
        let text = text.replace('S', secret);
        assert!(!redact(&text).contains(secret), "{text}");
    }
    for text in [
        r#"{"title":"Password policy","content":"Use a password of at least twelve letters."}"#,
        r#"{"question":"How do I reset my password?","answer":"Open the settings and choose Reset."}"#,
        r#"{"type":"token","text":"identifier_17"}"#,
        r#"{"label":"Name","selector":"input[type=password]","text":"ann"}"#,
        r#"{"tags":["password","reset","account","help"]}"#,
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn lists_of_words_are_read_as_commands() {
    let secret = "fV9s-Rk2xLq7Tz9w";
    for text in [
        r#"{"cmd":["mysql","-uroot","-pS"]}"#,
        r#"["sshpass","-p","S","ssh","host"]"#,
        r#"{"command":"docker","args":["login","-u","ann","-p","S"]}"#,
        r#"{"args":["-u","ann:S","https://x.io"],"command":"curl"}"#,
        r#"{"argv":["curl","-H","X-Note: it's","-u","ann:S"]}"#,
    ] {
        let text = text.replace('S', secret);
        let redacted = redact(&text);
        assert!(!redacted.contains(secret), "{redacted}");
        let value: Value = serde_json::from_str(&text).unwrap();
        let value = Redactor::default().redact_json_value(value).unwrap();
        assert!(!value.get_ref().to_string().contains(secret));
        let mut map = map();
        let redacted = Redactor::default()
            .redact_json_with(&text, &mut map)
            .unwrap();
        assert_eq!(map.restore_json(redacted.as_str()).unwrap().as_str(), text);
    }
    for text in [
        r#"["ls","-l","-a"]"#,
        r#"{"command":"psql","args":["-p","5432","-U","app"]}"#,
        r#"{"range":[-1,5],"signs":["-","+"]}"#,
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn commands_are_read_in_linear_time() {
    let document = |count: usize| {
        let lists = "\"args\":[\"-a\"],".repeat(count);
        format!("{{{lists}\"command\":\"{}\"}}", "c".repeat(1_000))
    };
    let most = growth(500, document, |text| {
        let document = Document::parse(text).unwrap();
        super::command::Commands::of(&document, &|_| false)
            .text
            .len()
    });
    assert!(most < MOST, "{most}");
}

#[test]
fn a_value_in_a_string_ends_with_its_line() {
    let secret = "9k3ksu9mI4ROnl89Sm995y";
    for (text, rest) in [
        (
            r#"{"content":"API_TOKEN=§\nHOME=/home/ann\nLANG=C\n"}"#,
            "HOME=/home/ann\\nLANG=C",
        ),
        (
            r#"{"content":"export DB_PASSWORD=§\n./run now\nOK\n"}"#,
            "./run now\\nOK",
        ),
        (r#"["$ export API_KEY=§\r\n$ ls\r\nOK\n"]"#, "$ ls\\r\\nOK"),
        (r#"{"out":"run --password §\nOK done\n"}"#, "OK done"),
        (r#"{"out":"A_TOKEN=§\nB_TOKEN=§\nX=1\n"}"#, "X=1"),
    ] {
        let text = text.replace('§', secret);
        let redacted = redact(&text);
        assert!(!redacted.contains(secret), "{redacted}");
        assert!(redacted.contains(rest), "{redacted}");
        let mut map = map();
        let redactor = Redactor::default();
        let hidden = redactor.redact_json_with(&text, &mut map).unwrap();
        assert_eq!(map.restore_json(hidden.as_str()).unwrap().as_str(), text);
        let later = format!("{secret} did not work");
        let later = redactor.redact_with(&later, &mut map).into_string();
        assert!(!later.contains(secret), "{later}");
    }
}

#[test]
fn what_a_resource_of_passwords_has_made_is_one() {
    let text = r#"{"resources":[{"instances":[{"attributes":{"length":16,"result":"gK7#vq2Lm-9XtZ"}}],"type":"random_password"}]}"#;
    assert!(!redact(text).contains("gK7#"), "{}", redact(text));
}

#[test]
fn a_short_value_in_color_is_hidden_again() {
    let mut map = map();
    map.placeholder(Kind::Password, "qevt0ML");
    let redactor = Redactor::default();
    for text in [
        "\x1b[31mqevt0ML\x1b[0m",
        "a \x1b[38;5;1mqevt0ML ",
        "qevt0ML",
    ] {
        let redacted = redactor.redact_with(text, &mut map).into_string();
        assert!(!redacted.contains("qevt0ML"), "{redacted:?}");
    }
    for text in ["xqevt0ML", "[31mqevt0ML", "qevt0MLx"] {
        assert_eq!(redactor.redact_with(text, &mut map).as_str(), text);
    }
}
