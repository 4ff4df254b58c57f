//! Any bytes at all: no panic, findings in order and in bounds, and nothing
//! changed but what was found.
#![no_main]

use std::sync::LazyLock;

use confidant::redact::{Category, Redactor};
use libfuzzer_sys::fuzz_target;

static REDACTORS: LazyLock<[Redactor; 2]> = LazyLock::new(|| {
    let all = Redactor::builder()
        .category(Category::Personal)
        .build()
        .unwrap();
    [Redactor::default(), all]
});

fuzz_target!(|text: &[u8]| {
    for redactor in REDACTORS.iter() {
        bytes(redactor, text);
        if let Ok(text) = std::str::from_utf8(text) {
            string(redactor, text);
        }
    }
});

fn bytes(redactor: &Redactor, text: &[u8]) {
    let redacted = redactor.redact_bytes(text);
    let mut rest = redacted.get_ref().as_ref();
    let mut at = 0;
    for finding in redacted.findings() {
        let span = finding.span();
        assert!(at <= span.start && span.start < span.end && span.end <= text.len());
        assert!(finding.confidence() <= 100);
        let label = format!("[REDACTED-{}]", finding.kind().label());
        let after = rest.strip_prefix(&text[at..span.start]);
        let after = after.and_then(|after| after.strip_prefix(label.as_bytes()));
        rest = after.expect("only what was found is replaced");
        at = span.end;
    }
    assert_eq!(rest, &text[at..]);
    assert_eq!(redactor.scan(text), redacted.findings());
    assert_eq!(redactor.is_clean(text), redacted.is_clean());
}

fn string(redactor: &Redactor, text: &str) {
    let once = redactor.redact(text);
    for finding in once.findings() {
        let span = finding.span();
        assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
    }
    // What is hidden stays hidden, whatever a second look finds beside it.
    let again = redactor.redact(once.as_str());
    let labels = |text: &str| text.matches("[REDACTED-").count();
    assert!(
        labels(once.as_str()) <= labels(again.as_str()),
        "a label is no value"
    );
}
