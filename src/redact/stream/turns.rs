//! Conversations of several turns in which a value stands in another form each time.

use proptest::prelude::*;

use super::PlaceholderStream;
use crate::redact::engine::tests::cases;
use crate::redact::operator::Key;
use crate::redact::redactor::Redactor;
use crate::redact::restore::{PlaceholderMap, Restorer};
use crate::redact::text::{Step, Walk};

const VALUE: &str = "q8Zr!tW2mLk9v";

fn map() -> PlaceholderMap {
    PlaceholderMap::new(Key::from_bytes([7; 32]))
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = text.as_bytes().chunks(3).map(|group| {
        let number = (0..3).fold(0_usize, |number, at| {
            number << 8 | usize::from(group.get(at).copied().unwrap_or(0))
        });
        let digits = (0..4).map(|at| DIGITS[number >> (18 - 6 * at) & 63] as char);
        let digits: String = digits.take(group.len() + 1).collect();
        format!("{digits:=<4}")
    });
    groups.collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes every byte that is no letter or digit by `escape`.
fn escaped(value: &str, escape: impl Fn(u8) -> String) -> String {
    let bytes = value.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => escape(byte),
    });
    bytes.collect()
}

fn percent(value: &str) -> String {
    escaped(value, |byte| format!("%{byte:02X}"))
}

fn unicode(value: &str) -> String {
    escaped(value, |byte| format!("\\u{byte:04x}"))
}

fn entity(value: &str) -> String {
    escaped(value, |byte| format!("&#{byte};"))
}

/// Texts that give a value away, each in another form.
fn leads(value: &str) -> Vec<String> {
    let (head, tail) = value.split_at(value.len() / 2);
    vec![
        format!("password={value}\n"),
        format!("postgres://deploy:{}@db/x", percent(value)),
        format!("POST /in\n\nuser=ann&password={}&x=1", percent(value)),
        format!(r#"{{"user":"ann","password":"{}"}}"#, unicode(value)),
        format!(
            "Authorization: Basic {}\n",
            base64(&format!("deploy:{value}"))
        ),
        format!(
            "curl -H 'Authorization: Basic {}' x",
            base64(&format!("d:{value}"))
        ),
        format!("kind: Secret\ndata:\n  password: {}\n", base64(value)),
        format!("blob: {}\n", base64(&format!("password={value} is it"))),
        format!("blob: {}\n", base64(&format!("a password={value} is it"))),
        format!("blob: {}\n", base64(&format!("my password={value} is it"))),
        format!("blob: {}\n", hex(&format!("password={value} is it"))),
        format!("<add key=\"password\" value=\"{}\"/>", entity(value)),
        format!("password = \"{head}\" + \"{tail}\"\n"),
        format!(
            "https://x.io/?next=%3Fpassword%3D{}%26y%3D1",
            percent(&percent(value))
        ),
    ]
}

/// Texts in which nothing but the map shows the value.
fn copies(value: &str) -> Vec<String> {
    vec![
        format!("so {value} fails"),
        format!("see {} there", percent(value)),
        format!("see \"{}\" there", unicode(value)),
        format!("see {} there", entity(value)),
        format!("see {} there", base64(&format!("so {value} it is then"))),
        format!("see {} there", base64(&format!("so, {value} it is then"))),
        format!("see {} there", base64(&format!("and {value} it is then!!"))),
        format!("see {} there", hex(&format!("so {value} it is"))),
    ]
}

/// Returns the first tag of the only placeholder in a text.
fn first_tag(text: &str) -> &str {
    let mut walk = Walk::new();
    let start = match walk.next(text.as_bytes(), true) {
        Step::Token { start, .. } => start,
        step => panic!("{step:?}: {text}"),
    };
    let token = &text[start..walk.at];
    assert!(!text[walk.at..].contains('['), "{text}");
    token.split(['-', ']']).nth(1).unwrap()
}

/// Returns the forms of a value that its texts hold, none of which may be sent.
fn traces(value: &str) -> Vec<String> {
    let aligned = (0..3).map(|skip| {
        let whole = (value.len() - skip) / 3 * 3;
        base64(&value[skip..skip + whole])
    });
    let plain = [
        value.to_owned(),
        percent(value),
        unicode(value),
        entity(value),
        hex(value),
    ];
    plain.into_iter().chain(aligned).collect()
}

fn check(value: &str, redacted: &str) {
    for trace in traces(value) {
        assert!(!redacted.contains(&trace), "{trace} in {redacted}");
    }
}

#[test]
fn a_value_found_in_any_form_is_hidden_in_every_other() {
    let redactor = Redactor::default();
    for lead in leads(VALUE) {
        for copy in copies(VALUE) {
            let mut map = map();
            let first = redactor.redact_with(&lead, &mut map).into_string();
            check(VALUE, &first);
            assert_eq!(map.restore(&first).as_str(), lead);
            let second = redactor.redact_with(&copy, &mut map).into_string();
            check(VALUE, &second);
            assert_eq!(map.restore(&second).as_str(), copy);
            assert_eq!(first_tag(&first), first_tag(&second), "{first}\n{second}");
            // Nothing changes when all of it is seen again.
            let third = redactor.redact_with(&lead, &mut map).into_string();
            assert_eq!(third, first);
            for known in [&first, &second] {
                let again = redactor.redact_again_with(known, &mut map).into_string();
                assert_eq!(&again, known);
            }
        }
    }
}

#[test]
fn a_model_gets_the_plain_value_by_the_first_tag() {
    let redactor = Redactor::default();
    for lead in leads(VALUE).iter().skip(1) {
        let mut map = map();
        let first = redactor.redact_with(lead, &mut map).into_string();
        let kind = first
            .split(['[', '-'])
            .find(|part| ["PASSWORD", "SECRET", "TOKEN"].contains(part));
        let answer = format!("use [{}-{}]", kind.unwrap(), first_tag(&first));
        assert_eq!(
            map.restore(&answer).as_str(),
            format!("use {VALUE}"),
            "{first}"
        );
        let again = redactor.redact_again_with(&answer, &mut map).into_string();
        assert_eq!(again, answer);
    }
}

#[test]
fn json_lines_and_streams_know_every_form_too() {
    let redactor = Redactor::default();
    for lead in leads(VALUE) {
        for copy in copies(VALUE) {
            let mut map = map();
            let first = redactor.redact_with(&lead, &mut map).into_string();
            let tag = first_tag(&first).to_owned();

            let json = serde_json::json!({ "note": copy, "n": [copy] }).to_string();
            let redacted = redactor
                .redact_json_with(&json, &mut map)
                .unwrap()
                .into_string();
            check(VALUE, &redacted);
            assert_eq!(redacted.matches(&tag).count(), 2, "{redacted}");
            let restored = map.restore_json(&redacted).unwrap();
            let same = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(same(restored.as_str()), same(&json));

            let lines = format!("{json}\n{json}\nno json: {copy}\n");
            let redacted = redactor
                .redact_ndjson_with(&lines, &mut map)
                .redacted()
                .as_str()
                .to_owned();
            check(VALUE, &redacted);
            assert_eq!(redacted.matches(&tag).count(), 5, "{redacted}");

            for size in [1, 7, copy.len()] {
                let mut stream = PlaceholderStream::new(redactor.clone());
                let (mut out, mut findings) = (String::new(), Vec::new());
                for chunk in copy.as_bytes().chunks(size) {
                    let chunk = str::from_utf8(chunk).unwrap();
                    stream.push(&mut map, chunk, &mut out, &mut findings);
                }
                stream.finish(&mut map, &mut out, &mut findings);
                check(VALUE, &out);
                assert_eq!(first_tag(&out), tag);
                let (mut restorer, mut back) = (Restorer::new(), String::new());
                for chunk in out.as_bytes().chunks(size) {
                    restorer.push(&map, str::from_utf8(chunk).unwrap(), &mut back);
                }
                restorer.finish(&map, &mut back);
                assert_eq!(back, copy);
            }
        }
    }
}

#[test]
fn json_that_gives_a_value_away_in_a_form_counts_as_well() {
    let redactor = Redactor::default();
    for lead in leads(VALUE) {
        let json = serde_json::json!({ "log": lead }).to_string();
        let mut map = map();
        let first = redactor
            .redact_json_with(&json, &mut map)
            .unwrap()
            .into_string();
        check(VALUE, &first);
        for copy in copies(VALUE) {
            let second = redactor.redact_with(&copy, &mut map).into_string();
            let shown = format!("{first}\n{second}");
            check(VALUE, &shown);
            assert_eq!(map.restore(&second).as_str(), copy);
        }
    }
}

#[test]
fn an_encoded_copy_before_the_place_that_gives_the_value_away_is_hidden() {
    let redactor = Redactor::default();
    for copy in copies(VALUE) {
        let mut map = map();
        let text = format!("{copy}\nand password=\"{VALUE}\" y {copy}");
        let redacted = redactor.redact_with(&text, &mut map).into_string();
        check(VALUE, &redacted);
        assert_eq!(map.restore(&redacted).as_str(), text);
        let again = redactor
            .redact_again_with(&redacted, &mut map)
            .into_string();
        assert_eq!(again, redacted);
        let json = serde_json::json!({ "a": copy, "password": VALUE }).to_string();
        let redacted = redactor.redact_json_with(&json, &mut self::map()).unwrap();
        check(VALUE, redacted.as_str());
    }
}

#[test]
fn a_value_in_two_literals_is_known_as_a_whole() {
    let redactor = Redactor::default();
    let text = "export DB_PASSWORD='q8Zr!'\"tW2mLk9v\"\n";
    for size in [3, text.len()] {
        let mut map = map();
        let mut stream = PlaceholderStream::new(redactor.clone());
        let (mut out, mut findings) = (String::new(), Vec::new());
        for chunk in text.as_bytes().chunks(size) {
            stream.push(
                &mut map,
                str::from_utf8(chunk).unwrap(),
                &mut out,
                &mut findings,
            );
        }
        stream.finish(&mut map, &mut out, &mut findings);
        assert_eq!(map.restore(&out).as_str(), text);
        for copy in copies(VALUE) {
            let redacted = redactor.redact_with(&copy, &mut map).into_string();
            check(VALUE, &redacted);
        }
    }
    let mut map = map();
    let redacted = redactor.redact_with(text, &mut map).into_string();
    assert_eq!(map.restore(&redacted).as_str(), text);
    let redacted = redactor.redact_with("so q8Zr!tW2mLk9v fails", &mut map);
    assert_eq!(redacted.findings().len(), 1);
    check(VALUE, redacted.as_str());
}

#[test]
fn quotation_marks_in_literals_of_every_kind_are_undone() {
    let redactor = Redactor::default();
    for (lead, value) in [
        ("password: 'q8Zr!''tW2mLk9v'\n", "q8Zr!'tW2mLk9v"),
        (
            "ALTER USER ann IDENTIFIED BY 'q8Zr!''tW2mLk9v';\n",
            "q8Zr!'tW2mLk9v",
        ),
        (
            "name,password,z\nann,\"q8Zr,\"\"tW2mLk9v\",1\n",
            "q8Zr,\"tW2mLk9v",
        ),
        ("password=q8Zr%21+tW2m%2BLk9v&x=1", "q8Zr! tW2m+Lk9v"),
    ] {
        let mut map = map();
        let first = redactor.redact_with(lead, &mut map).into_string();
        assert_eq!(map.restore(&first).as_str(), lead);
        for copy in [
            format!("so {value} fails"),
            format!("see '{}' there", value.replace('\'', "''")),
            format!("see \"{}\" there", value.replace('"', "\"\"")),
            format!("run '{}' now", value.replace('\'', "'\\''")),
            format!("run '{}' now", value.replace('\'', "'\"'\"'")),
        ] {
            let redacted = redactor.redact_with(&copy, &mut map).into_string();
            assert!(
                !redacted.contains("Zr") && !redacted.contains("Lk9v"),
                "{first}{redacted}"
            );
            assert_eq!(map.restore(&redacted).as_str(), copy);
        }
    }
}

#[test]
fn a_placeholder_with_two_tags_that_somebody_types_is_hidden() {
    let redactor = Redactor::default();
    let mut map = map();
    let lead = "postgres://deploy:q8Zr%21tW2mLk9v@db/x";
    let first = redactor.redact_with(lead, &mut map).into_string();
    let token = &first[first.find('[').unwrap()..=first.find(']').unwrap()];
    let typed = format!("show me {token} and {}", token.to_ascii_lowercase());
    let redacted = redactor.redact_with(&typed, &mut map).into_string();
    assert_eq!(map.restore(&redacted).as_str(), typed);
    let again = redactor.redact_again_with(&typed, &mut map).into_string();
    assert_eq!(map.restore(&again).as_str(), typed);
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn random_passwords_in_all_forms_come_back_and_stay_hidden(
        value in "[A-Z][a-z][0-9][!#$*+=?@^~-][A-Za-z0-9!#$*+=?@^~-]{8,16}[A-Za-z0-9]",
        order in Just((0..14_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let redactor = Redactor::default();
        let (leads, copies) = (leads(&value), copies(&value));
        let mut map = map();
        map.placeholder(crate::redact::finding::Kind::Password, &value);
        for number in order.into_iter().take(4) {
            for text in [&leads[number], &copies[number % copies.len()]] {
                let redacted = redactor.redact_with(text, &mut map).into_string();
                let restored = map.restore(&redacted);
                prop_assert_eq!(restored.as_str(), text);
                for trace in traces(&value) {
                    prop_assert!(!redacted.contains(&trace), "{} in {}", trace, redacted);
                }
                let again = redactor.redact_again_with(&redacted, &mut map).into_string();
                prop_assert_eq!(again, redacted);
            }
        }
    }
}
