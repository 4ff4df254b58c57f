//! What programs print, in strings of JSON: a value without quotation marks ends where its
//! line or its string ends, and everything else stays byte for byte.

use confidant::redact::{Redactor, StreamRedactor};

use super::values::Random;

/// What programs print. `{}` is the secret.
const OUTPUTS: &[&str] = &[
    "API_TOKEN={}\nHOME=/home/ann\nLANG=C\n",
    "LANG=C\r\nAPI_TOKEN={}\r\nHOME=/home/ann\r\n",
    "export DB_PASSWORD={}\n./run now\nOK\n",
    "$ export API_KEY={}\n$ ls\nOK\n",
    "$ export API_KEY={}\r\n$ exit",
    "+ export DB_PASSWORD={}\n+ ./run\n",
    "run --password {}\nOK done\n",
    "run --password={}\nOK done",
    "deploy --token {}",
    "set DB_PASSWORD={}\nset X=1\n",
    ": 1764559312:0;export DB_PASSWORD={}\n: 1764559313:0;ls\n",
    "DB_PASSWORD={}\tHOME=/root\tX=1",
    "name: db\npassword: {}\nhost: db.example.org\n",
    "cat .env\nDB_PASSWORD={}\n\nHello there",
    "-e DB_PASSWORD={} img\nDone.",
    "export DB_PASSWORD={}",
    "DB_PASSWORD={}",
];

/// Documents around a string, compact and with blanks. `{}` is the content of the string.
const DOCUMENTS: &[&str] = &[
    r#"{"content":"{}"}"#,
    r#"{"cmd":"{}","x":1}"#,
    r#"{"log":"{}","stream":"stdout","time":"2026-02-03T04:05:06Z"}"#,
    r#"["{}","next","more"]"#,
    r#"[1.23, "o", "{}"]"#,
    r#"{"a":{"b":["x","{}"]},"c":null}"#,
    "{\n  \"role\": \"tool\",\n  \"content\": \"{}\",\n  \"x\": [1, 2]\n}\n",
    r#"{"function": {"arguments": "{}"}}"#,
    "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"arguments\":\"{}\"}}]}}]}\n\n",
];

/// Bytes that end a word of a shell or have a meaning in it, and the escapes of JSON.
const WITHOUT: &str = "\"'`\\ &;|<>()$,{}[]#!:=";

/// Returns `text` as the content of a string of JSON.
fn escaped(text: &str) -> String {
    let literal = serde_json::to_string(text).unwrap();
    literal[1..literal.len() - 1].to_owned()
}

/// Returns a document with `output` in a string at the depth `depth`, and text of `before`
/// bytes in the same string before it.
fn document(output: &str, before: usize, depth: usize, random: &mut Random) -> String {
    let lead: String = "It is as it was before. "
        .chars()
        .cycle()
        .take(before)
        .collect();
    let mut text = match before {
        0 => output.to_owned(),
        _ => format!("{lead}\n{output}"),
    };
    for _ in 0..depth {
        let around = random.pick(DOCUMENTS);
        text = around.replacen("{}", &escaped(&text), 1);
    }
    text
}

/// Whether the JSON in the text parses.
fn is_json(text: &str) -> bool {
    let text = text.strip_prefix("data: ").unwrap_or(text);
    serde_json::from_str::<serde_json::Value>(text).is_ok()
}

#[test]
fn values_end_where_the_strings_of_json_around_them_end() {
    let redactor = Redactor::secrets();
    let mut random = Random::new(0xE5C4);
    let (mut tried, mut missed, mut wrong) = (0_u32, 0_u32, Vec::new());
    for output in OUTPUTS {
        for depth in 1..=4 {
            for kind in "sac".chars() {
                for before in [0, 0, 0, 20, 60, 100, 130, 200, 700, 4_000] {
                    let value = random.of_kind(kind, WITHOUT);
                    let text = document(output, before, depth, &mut random);
                    let place = text.find("{}").unwrap();
                    let text = text.replacen("{}", &value, 1);
                    tried += 1;
                    let redacted = redactor.redact(&text);
                    let spans: Vec<_> = redacted.findings().iter().map(|it| it.span()).collect();
                    // A mark that may end a sentence may stay.
                    let end = place + value.len();
                    let marks = value.len() - value.trim_end_matches(['.', '?']).len();
                    let whole = matches!(&spans[..], [span] if span.start == place
                        && (span.end == end || span.end == end - marks));
                    // What is not found on the line itself may stay in the string too.
                    let plain = output.replacen("{}", &value, 1);
                    let known = redactor
                        .redact(&plain)
                        .findings()
                        .first()
                        .map(|it| it.span());
                    let is_same = known.as_ref().is_some_and(|known| {
                        let offset = place - output.find("{}").unwrap();
                        let (start, end) = (known.start + offset, known.end + offset);
                        matches!(&spans[..], [span] if span.start == start && span.end == end)
                    });
                    missed += u32::from(spans.is_empty() && known.is_some());
                    let right = whole || is_same || spans.is_empty();
                    if !right || !is_json(redacted.as_str()) {
                        wrong.push(format!("{kind} {value}: {text} => {}", redacted.as_str()));
                    }
                    let mut stream = StreamRedactor::new(redactor.clone());
                    let (mut out, mut findings) = (Vec::new(), Vec::new());
                    let (head, tail) = text.as_bytes().split_at(random.below(text.len()));
                    for part in [head, tail] {
                        stream.push(part, &mut out, &mut findings);
                    }
                    stream.finish(&mut out, &mut findings);
                    assert_eq!(out, redacted.as_str().as_bytes(), "{text}");
                }
            }
        }
    }
    assert!(tried >= 2_000, "{tried}");
    assert!(wrong.is_empty(), "{} of {tried}: {wrong:#?}", wrong.len());
    assert!(missed * 200 <= tried, "{missed} of {tried}");
}
