//! The writer of training data for the classifier.
//!
//! Run by hand, with the labeled cases and a list of clean files (`corpus.py learn`).
//! Every candidate in a clean file counts as no secret:
//!
//! ```sh
//! CONFIDANT_CASES=../shared/cases CONFIDANT_CLEAN=corpus.list \
//!   CONFIDANT_FEATURES=features.tsv cargo test --release --lib training -- --ignored
//! ```

use std::env;
use std::fs::{self, File};
use std::io::{BufWriter, Write};

use crate::redact::engine::matchers::assignment::Assignment;
use crate::redact::text::Text;

/// Writes a line for each candidate of `text`: its source, place, value and features.
fn candidates(source: &str, text: &[u8], out: &mut impl Write) {
    let text = Text::new(text, true);
    let mut last = 0;
    for at in 0..text.bytes().len() {
        let Some(first) = text.bytes().get(at) else {
            continue;
        };
        if !b"abckmpstwABCKMPSTW".contains(first) {
            continue;
        }
        let Some(assignment) = Assignment::read(&text, at) else {
            continue;
        };
        let (start, end) = (assignment.value.start, assignment.value.end);
        let evidence = assignment.evidence(&text);
        if end <= last || assignment.value.listed || assignment.is_refuted(&text, &evidence) {
            continue;
        }
        last = end;
        let value = String::from_utf8_lossy(evidence.value).replace(['\t', '\n', '\r'], " ");
        let line = String::from_utf8_lossy(
            text.slice(start.saturating_sub(60), (end + 20).min(text.bytes().len())),
        )
        .replace(['\t', '\n', '\r'], " ");
        write!(
            out,
            "{source}\t{start}\t{end}\t{}\t{}",
            value.chars().take(120).collect::<String>(),
            line.chars().take(160).collect::<String>()
        )
        .unwrap();
        for feature in evidence.features() {
            write!(out, "\t{feature}").unwrap();
        }
        writeln!(out).unwrap();
    }
}

#[test]
#[ignore = "writes the classifier's training data"]
fn features_are_written_for_training() {
    let mut out = BufWriter::new(File::create(env::var("CONFIDANT_FEATURES").unwrap()).unwrap());
    let cases = env::var("CONFIDANT_CASES").unwrap();
    let mut files: Vec<_> = fs::read_dir(cases)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|kind| kind == "jsonl"))
    {
        for line in fs::read_to_string(file).unwrap().lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let (id, text) = (case["id"].as_str().unwrap(), case["text"].as_str().unwrap());
            candidates(id, text.as_bytes(), &mut out);
        }
    }
    for path in fs::read_to_string(env::var("CONFIDANT_CLEAN").unwrap())
        .unwrap()
        .lines()
    {
        let text = fs::read(path).unwrap_or_default();
        candidates(path, &text, &mut out);
    }
}
