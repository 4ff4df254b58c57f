//! The data that the classifier is trained on: the features of each candidate in labelled
//! cases and in clean files. Every candidate in a clean file counts as no secret.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};

use confidant::redact::tools::candidates;

/// Writes the candidates of the cases in a folder, and of the files in a list.
pub(crate) fn write(cases: &str, clean: &str, output: &str) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(File::create(output)?);
    let files = fs::read_dir(cases)?.map(|file| Ok(file?.path()));
    let mut files = files.collect::<Result<Vec<_>, io::Error>>()?;
    files.sort();
    let is_cases =
        |file: &&std::path::PathBuf| file.extension().is_some_and(|kind| kind == "jsonl");
    for file in files.iter().filter(is_cases) {
        for line in fs::read_to_string(file)?.lines() {
            let case: serde_json::Value = serde_json::from_str(line)?;
            let (id, text) = (case["id"].as_str(), case["text"].as_str());
            let (id, text) = id.zip(text).ok_or("a case has no id or no text")?;
            lines(id, text.as_bytes(), &mut out)?;
        }
    }
    for path in fs::read_to_string(clean)?.lines() {
        lines(path, &fs::read(path)?, &mut out)?;
    }
    out.flush()?;
    Ok(())
}

/// Writes a line for each candidate of `text`: its source, place, value, surroundings and
/// features.
fn lines(source: &str, text: &[u8], out: &mut impl Write) -> io::Result<()> {
    let shown = |from: usize, to: usize| {
        let part = &text[from..to.min(text.len())];
        String::from_utf8_lossy(part).replace(['\t', '\n', '\r'], " ")
    };
    let mut done = Ok(());
    candidates(text, |candidate| {
        let (start, end) = (candidate.span.start, candidate.span.end);
        let value: String = shown(start, end).chars().take(120).collect();
        let line: String = shown(start.saturating_sub(60), end + 20)
            .chars()
            .take(160)
            .collect();
        let features: String = candidate
            .features
            .iter()
            .map(|feature| format!("\t{feature}"))
            .collect();
        if done.is_ok() {
            done = writeln!(out, "{source}\t{start}\t{end}\t{value}\t{line}{features}");
        }
    });
    done
}
