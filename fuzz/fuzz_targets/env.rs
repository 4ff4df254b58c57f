//! Lines of settings: only values change, every line stays one, and a strong value
//! under the name of a secret is hidden whatever stands on the lines around it.
#![no_main]

use std::sync::LazyLock;

use confidant::redact::{Redactor, StreamRedactor};
use libfuzzer_sys::fuzz_target;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(Redactor::default);

const VALUE: &str = "fV9s-Rk2xLq7";

fuzz_target!(|input: (u8, Vec<String>)| {
    let (form, lines) = input;
    let mut lines: Vec<String> = lines
        .into_iter()
        .map(|line| line.replace(['\n', '\r'], " "))
        .collect();
    redact(&lines.join("\n"));
    // Comments, whatever is in them, and a setting after them.
    for line in &mut lines {
        // Adjacent literals would be one value, and an open bracket a list.
        line.retain(|char| !matches!(char, '"' | '\'' | '`' | '\\' | '[' | ']'));
        line.insert_str(0, "# ");
    }
    lines.push(String::new());
    lines.push(match form % 5 {
        0 => format!("DB_PASSWORD={VALUE}"),
        1 => format!("DB_PASSWORD=\"{VALUE}\""),
        2 => format!("DB_PASSWORD='{VALUE}'"),
        3 => format!("export DB_PASSWORD={VALUE}"),
        _ => format!("db_password: {VALUE}"),
    });
    lines.push(String::new());
    let text = lines.join("\n");
    let redacted = redact(&text);
    let setting = redacted.lines().last().unwrap_or_default();
    assert!(!setting.contains(VALUE), "{text}");
});

/// Redacts a text whole and in two pieces.
fn redact(text: &str) -> String {
    let redacted = REDACTOR.redact(text);
    for finding in redacted.findings() {
        assert!(finding.span().end <= text.len());
    }
    let mut stream = StreamRedactor::new(REDACTOR.clone());
    let (mut out, mut findings) = (Vec::new(), Vec::new());
    let (head, tail) = text.as_bytes().split_at(text.len() / 2);
    stream.push(head, &mut out, &mut findings);
    stream.push(tail, &mut out, &mut findings);
    stream.finish(&mut out, &mut findings);
    assert_eq!(out, redacted.as_str().as_bytes());
    redacted.as_str().to_owned()
}
