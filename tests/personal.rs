//! Detection of personal data on labelled cases, where they are at hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use confidant::redact::{Category, Redactor};
use serde::Deserialize;

/// What must be covered and left alone as far as is asked.
const GATE: &[&str] = &[
    "CREDIT_CARD",
    "EMAIL_ADDRESS",
    "IBAN_CODE",
    "IP_ADDRESS",
    "MAC_ADDRESS",
    "PHONE_NUMBER",
    "URL",
    "US_SSN",
];

#[derive(Deserialize)]
struct Case {
    id: String,
    label: String,
    text: String,
    entity: String,
    spans: Vec<Span>,
}

/// Offsets count characters.
#[derive(Deserialize)]
struct Span {
    start: usize,
    end: usize,
}

#[derive(Default)]
struct Tally {
    spans: usize,
    covered: usize,
    negatives: usize,
    flagged: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.spans += other.spans;
        self.covered += other.covered;
        self.negatives += other.negatives;
        self.flagged += other.flagged;
    }

    fn line(&self, name: &str) -> String {
        format!(
            "{name:28} spans {:3} covered {:5.1} %  negatives {:3} flagged {:5.1} %",
            self.spans,
            percent(self.covered, self.spans),
            self.negatives,
            percent(self.flagged, self.negatives)
        )
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

fn byte_at(text: &str, chars: usize) -> usize {
    let mut places = text.char_indices().map(|(at, _)| at);
    places.nth(chars).unwrap_or(text.len())
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn labelled_cases_are_covered_and_negatives_left_alone() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/personal.jsonl");
    let Ok(lines) = fs::read_to_string(&path) else {
        println!("skipped: there are no labelled cases here");
        return;
    };
    let redactor = Redactor::secrets_and_pii();
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for line in lines.lines() {
        let case: Case = serde_json::from_str(line).expect("a case is JSON");
        let tally = tallies.entry(case.entity.clone()).or_default();
        let findings = redactor.scan(case.text.as_bytes());
        let mut personal = findings
            .iter()
            .filter(|finding| finding.category() == Category::Personal);
        if case.label == "clean" {
            tally.negatives += 1;
            if let Some(finding) = personal.next() {
                println!("{} is flagged by {}", case.id, finding.rule());
                tally.flagged += 1;
            }
            continue;
        }
        for span in &case.spans {
            let (start, end) = (
                byte_at(&case.text, span.start),
                byte_at(&case.text, span.end),
            );
            let covered: usize = findings
                .iter()
                .map(|finding| finding.span())
                .map(|found| found.end.min(end).saturating_sub(found.start.max(start)))
                .sum();
            tally.spans += 1;
            if covered * 10 >= (end - start) * 9 {
                tally.covered += 1;
            } else {
                println!("{} is not covered: {}", case.id, case.entity);
            }
        }
    }
    let mut all = Tally::default();
    for (entity, tally) in &tallies {
        println!("{}", tally.line(entity));
        all.add(tally);
    }
    println!("{}", all.line("all"));
    for entity in GATE {
        let tally = tallies.get(*entity).expect("the cases have this entity");
        let line = tally.line(entity);
        assert!(percent(tally.covered, tally.spans) >= 95.0, "{line}");
        assert!(percent(tally.flagged, tally.negatives) <= 10.0, "{line}");
    }
}

#[test]
fn a_comma_between_fields_is_none_in_a_number() {
    let redactor = Redactor::secrets_and_pii();
    for (text, hidden) in [
        ("4111111111111111,123", 1),
        ("id,card,cvc\n7,4111111111111111,123\n", 1),
        ("[4111111111111111,4242424242424242]", 2),
        ("1,536-22-8731,5 is the SSN", 1),
        ("SSN 536-22-8731,5", 1),
        ("DE89370400440532013000,12", 1),
    ] {
        let redacted = redactor.redact(text);
        assert_eq!(redacted.findings().len(), hidden, "{}", redacted.as_str());
        for part in ["4111", "4242", "8731", "3704"] {
            assert!(!redacted.as_str().contains(part), "{}", redacted.as_str());
        }
    }
    for text in [
        "1,234,567.89",
        "3,14159265",
        "1,2,3,4",
        "2026-01-02,5",
        "12,345,678",
    ] {
        assert!(redactor.redact(text).is_clean(), "{text}");
    }
}

#[test]
fn the_word_basic_makes_no_credentials() {
    let redactor = Redactor::secrets();
    for text in [
        "Basic Options are listed",
        "Basic Operations and such",
        "Authorization: Basic Operations",
        "authorization = Basic Functions",
    ] {
        assert!(
            redactor.redact(text).is_clean(),
            "{}",
            redactor.redact(text).as_str()
        );
    }
    let text = "Authorization: Basic YW5uOmZWOXMtUmsyeExxNw==";
    assert!(!redactor.redact(text).is_clean());
}
