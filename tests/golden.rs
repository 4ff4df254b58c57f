//! The golden corpus: texts of our own with all that is found in them.

use std::fs;
use std::path::Path;

use confidant::redact::{Finding, Redactor, StreamRedactor};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    text: String,
    #[serde(default)]
    preset: Preset,
    /// Rule, start and end of each finding.
    findings: Vec<(String, usize, usize)>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Preset {
    #[default]
    Secrets,
    SecretsAndPii,
}

fn corpus() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/redact");
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).expect("the golden corpus is missing") {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let document: Document = toml::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
        cases.extend(document.case.into_iter().map(|case| (file.clone(), case)));
    }
    assert!(cases.len() > 500, "the golden corpus is incomplete");
    cases
}

fn named(findings: &[Finding]) -> Vec<(String, usize, usize)> {
    let one = |finding: &Finding| {
        let span = finding.span();
        (finding.rule().to_owned(), span.start, span.end)
    };
    findings.iter().map(one).collect()
}

#[test]
fn the_golden_corpus_has_just_its_findings() {
    let [secrets, all] = [Redactor::secrets(), Redactor::secrets_and_pii()];
    let mut wrong = Vec::new();
    for (file, case) in corpus() {
        let redactor = match case.preset {
            Preset::Secrets => &secrets,
            Preset::SecretsAndPii => &all,
        };
        let whole = named(&redactor.scan(case.text.as_bytes()));
        let mut stream = StreamRedactor::new(redactor.clone());
        let (mut out, mut findings) = (Vec::new(), Vec::new());
        for chunk in case.text.as_bytes().chunks(7) {
            stream.push(chunk, &mut out, &mut findings);
        }
        stream.finish(&mut out, &mut findings);
        for (way, found) in [("whole", whole), ("in chunks", named(&findings))] {
            if found != case.findings {
                let expected = &case.findings;
                wrong.push(format!(
                    "{file}: {} ({way}): {found:?} instead of {expected:?}",
                    case.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
