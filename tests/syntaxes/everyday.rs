//! Passwords in the layouts of everyday tools, languages and messages: each is hidden whole
//! and alone.
//!
//! A layout in `everyday.jsonl` has `{P}` where the password stands, how it is escaped
//! there, which bytes the place cannot carry, and which kinds of passwords are tried:
//! strong ones of a generator (`s`), ones that a person chose (`c`), and letters and
//! digits (`a`).

use confidant::redact::Redactor;
use serde::Deserialize;

use super::values::Random;

const LAYOUTS: &str = include_str!("../data/everyday.jsonl");

/// How many passwords of each kind are tried in each layout.
const EACH: usize = 3;

/// The share that is hidden, in percent.
const LEAST_HIDDEN: f64 = 98.0;

#[derive(Deserialize)]
struct Layout {
    text: String,
    escape: Escape,
    without: String,
    kinds: String,
}

#[derive(Clone, Copy, Deserialize)]
enum Escape {
    /// As it is.
    Raw,
    /// In a literal in `"`.
    Double,
    /// In a literal in `'` with backslashes.
    Single,
    /// In a literal in `'`, which is doubled.
    Doubled,
    /// In a literal in a literal of JSON.
    Nested,
    /// In a word of a shell.
    Shell,
    Xml,
}

impl Escape {
    fn write(self, value: &str) -> String {
        let behind = |value: &str, mark: char| {
            let value = value.replace('\\', "\\\\");
            value.replace(mark, &format!("\\{mark}"))
        };
        match self {
            Self::Raw => value.to_owned(),
            Self::Double => behind(value, '"'),
            Self::Single => behind(value, '\''),
            Self::Doubled => value.replace('\'', "''"),
            Self::Nested => behind(&behind(value, '"'), '"'),
            Self::Shell => value.replace('\'', "'\\''"),
            Self::Xml => {
                let value = value.replace('&', "&amp;").replace('<', "&lt;");
                let value = value.replace('>', "&gt;").replace('"', "&quot;");
                value.replace('\'', "&#x27;")
            }
        }
    }
}

/// Returns the place of the password in `text`, less the punctuation at its ends, of which
/// up to two marks may be left.
fn inner(text: &str, start: usize, len: usize) -> (usize, usize) {
    let value = &text[start..start + len];
    let head = value.len()
        - value
            .trim_start_matches(|mark: char| !mark.is_alphanumeric())
            .len();
    let tail = value.len()
        - value
            .trim_end_matches(|mark: char| !mark.is_alphanumeric())
            .len();
    (start + head.min(2), start + len - tail.min(2))
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn passwords_are_hidden_in_everyday_layouts() {
    let redactor = Redactor::secrets();
    let mut random = Random::new(0xE7E4);
    let (mut tried, mut hidden) = (0_u32, 0_u32);
    let mut wrong = Vec::new();
    for line in LAYOUTS.lines() {
        let layout: Layout = serde_json::from_str(line).unwrap();
        for kind in layout.kinds.chars() {
            for _ in 0..EACH {
                let value = random.of_kind(kind, &layout.without);
                let escaped = layout.escape.write(&value);
                let start = layout.text.find("{P}").unwrap();
                let text = layout.text.replacen("{P}", &escaped, 1);
                let (from, to) = inner(&text, start, escaped.len());
                let redacted = redactor.redact(&text);
                // One finding, or several that cover the value and nothing else.
                let mut end = from;
                for finding in redacted.findings() {
                    let span = finding.span();
                    let within = span.start >= start && span.end <= start + escaped.len();
                    end = if within && span.start <= end {
                        span.end.max(end)
                    } else {
                        usize::MAX
                    };
                }
                let whole = end >= to && end != usize::MAX;
                tried += 1;
                hidden += u32::from(whole);
                if !whole {
                    wrong.push(format!("{value}: {text:?} => {:?}", redacted.as_str()));
                }
            }
        }
    }
    let share = 100.0 * f64::from(hidden) / f64::from(tried);
    println!("hidden whole and alone in {tried} everyday texts: {share:.1} %");
    assert!(tried > 3_000, "{tried}");
    assert!(share >= LEAST_HIDDEN, "{share:.1}: {wrong:#?}");
}
