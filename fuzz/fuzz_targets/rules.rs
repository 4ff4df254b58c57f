//! Any text as a document of rules, in our format and in that of gitleaks: it is
//! refused or it works, and its rules do no harm to a text.
#![no_main]

use confidant::redact::{Redactor, RuleSet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (document, text) = input;
    for rules in [
        RuleSet::from_toml(document),
        RuleSet::from_gitleaks(document),
    ] {
        match rules {
            Ok(rules) => harmless(rules, text),
            Err(error) => drop(error.to_string()),
        }
    }
});

fn harmless(rules: RuleSet, text: &str) {
    // Examples that fail are an answer, not a fault.
    let _ = rules.check();
    let redactor = Redactor::builder().rules(rules).build().unwrap();
    for redactor in [redactor.for_path("src/main.rs"), redactor] {
        let redacted = redactor.redact(text);
        let mut at = 0;
        for finding in redacted.findings() {
            let span = finding.span();
            assert!(at <= span.start && span.start < span.end && span.end <= text.len());
            assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
            at = span.end;
        }
    }
}
