//! Detection of secrets on labelled cases, where they are at hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use confidant::redact::Redactor;
use serde::Deserialize;

/// What is held of each file: the share of its ordinary secrets that findings
/// cover, in percent, and what is to be reached.
const FILES: &[(&str, f64, f64)] = &[
    ("tokens-a", 92.0, 92.0),
    ("tokens-b", 97.0, 97.0),
    ("tokens-c", 85.0, 85.0),
    ("tokens-d", 96.0, 96.0),
    ("tokens-e", 97.0, 97.0),
    ("tokens-f", 92.0, 92.0),
    ("config", 85.0, 85.0),
    ("repos", 88.0, 88.0),
];

/// The share of plain negatives and of placeholders that may be flagged, in
/// percent.
const MOST_FLAGGED: f64 = 1.0;

/// Cases whose label does not agree with the others or with the format's
/// documentation: they count neither way.
const DISPUTED: &[(&str, &str)] = &[
    (
        "config-00229",
        "the value is a secret in eighty other cases, without quotes too",
    ),
    (
        "config-00243",
        "the value is a secret in eighty other cases, without quotes too",
    ),
    (
        "tokens-d-01035",
        "a value under `ClearTextPassword`, as in the secrets beside it",
    ),
    (
        "tokens-d-01036",
        "a value under `ClearTextPassword`, as in the secrets beside it",
    ),
    (
        "tokens-a-00148",
        "the value is a secret in six other cases, under the same name",
    ),
    (
        "tokens-a-00149",
        "the value is a secret in six other cases, in quotes under the same name",
    ),
    (
        "tokens-b-00160",
        "only the password is a secret, as in addresses",
    ),
    (
        "tokens-b-00161",
        "only the password is a secret, as in addresses",
    ),
    (
        "tokens-c-00004",
        "a password with a semicolon in quotes, which end it",
    ),
    (
        "tokens-f-00687",
        "a mixed value in quotes under a name that ends in `token`",
    ),
];

/// The same for the everyday layouts.
const DISPUTED_LAYOUTS: &[(&str, &str)] = &[
    ("layout-b7-793", "credentials in base 64 under `auth`"),
    ("layout-b7-795", "base 64 of an API key"),
    (
        "layout-b7-811",
        "a token in two literals that a program joins",
    ),
    ("layout-b7-815", "a random value under `secret`"),
    (
        "layout-v5-220",
        "a digest of a password, which can be tried offline",
    ),
    (
        "layout-v5-221",
        "a digest of a password, which can be tried offline",
    ),
    ("layout-v6-241", "an address, as in layout-m518.1"),
    ("layout-v6-242", "an address, as in layout-m518.1"),
    ("layout-v6-245", "an address, as in layout-m518.1"),
    ("layout-v6-248", "an address, as in layout-m518.1"),
    ("layout-v6-250", "an address, as in layout-m518.1"),
    ("layout-v7-321", "a password with an escaped backslash"),
    ("layout-v7-322", "a key with an escaped quotation mark"),
    (
        "layout-v8-526",
        "a digest of a password, which can be tried offline",
    ),
    ("layout-v12-659", "a password with a mark inside"),
    ("layout-v12-660", "a password with marks inside"),
    ("layout-v16-790", "the token of a Twilio account"),
];

/// The shares of the everyday layouts that are held, in percent: secrets that are
/// hidden whole and alone, and clean texts that are flagged.
const LEAST_LAYOUTS: f64 = 95.0;
const MOST_LAYOUTS_FLAGGED: f64 = 2.0;

#[derive(Deserialize)]
struct Case {
    id: String,
    label: String,
    kind: String,
    text: String,
    secret: Option<String>,
    #[serde(default)]
    preset: Option<String>,
}

#[derive(Default)]
struct Tally {
    cases: usize,
    hit: usize,
    covered: usize,
}

impl Tally {
    fn share(&self, part: usize) -> f64 {
        100.0 * part as f64 / self.cases.max(1) as f64
    }
}

/// Whether findings touch the secret, and whether they cover nine tenths of it,
/// wherever in the text it stands.
fn look(redactor: &Redactor, case: &Case) -> (bool, bool) {
    let findings = redactor.scan(case.text.as_bytes());
    let Some(secret) = &case.secret else {
        let any = !findings.is_empty();
        return (any, any);
    };
    let mut seen = (false, false);
    for (at, _) in case.text.match_indices(secret.as_str()) {
        let end = at + secret.len();
        let overlap =
            |span: std::ops::Range<usize>| span.end.min(end).saturating_sub(span.start.max(at));
        let bytes: usize = findings.iter().map(|finding| overlap(finding.span())).sum();
        seen.0 |= bytes > 0;
        seen.1 |= bytes * 10 >= secret.len() * 9;
    }
    seen
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn labelled_secrets_are_covered_and_clean_text_left_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases");
    if !folder.exists() {
        println!("skipped: there are no labelled cases here");
        return;
    }
    let redactor = Redactor::secrets();
    let mut wrong = Vec::new();
    for &(name, least, target) in FILES {
        let lines = fs::read_to_string(folder.join(name).with_extension("jsonl")).unwrap();
        let mut tallies: BTreeMap<(String, String), Tally> = BTreeMap::new();
        for line in lines.lines() {
            let case: Case = serde_json::from_str(line).unwrap();
            if DISPUTED.iter().any(|(id, _)| *id == case.id) {
                continue;
            }
            let (hit, covered) = look(&redactor, &case);
            let tally = tallies.entry((case.label, case.kind)).or_default();
            tally.cases += 1;
            tally.hit += usize::from(hit);
            tally.covered += usize::from(covered);
        }
        for ((label, kind), tally) in &tallies {
            let (hit, covered) = (tally.share(tally.hit), tally.share(tally.covered));
            println!(
                "{name:9} {label:6} {kind:22} {:5} cases, hit {hit:5.1} %, covered {covered:5.1} %",
                tally.cases
            );
            let holds = match (label.as_str(), kind.as_str()) {
                ("secret", "normal") => covered >= least,
                ("clean", "plain" | "placeholder") => hit <= MOST_FLAGGED,
                _ => true,
            };
            if !holds {
                wrong.push(format!("{name} {label} {kind}: {hit:.1} / {covered:.1}"));
            }
        }
        let ordinary = &tallies[&("secret".to_owned(), "normal".to_owned())];
        println!(
            "{name:9} covered {:.1} %, at least {least} held, target {target}",
            ordinary.share(ordinary.covered)
        );
    }
    for (id, reason) in DISPUTED {
        println!("disputed: {id}: {reason}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether findings cover nine tenths of the secret and reach at most two bytes beyond
/// it.
fn is_right(redactor: &Redactor, case: &Case) -> bool {
    let findings = redactor.scan(case.text.as_bytes());
    let Some(secret) = &case.secret else {
        return findings.is_empty();
    };
    case.text.match_indices(secret.as_str()).any(|(at, _)| {
        let end = at + secret.len();
        let spans = findings.iter().map(|finding| finding.span());
        let spans: Vec<_> = spans
            .filter(|span| span.start < end && span.end > at)
            .collect();
        let covered: usize = spans
            .iter()
            .map(|span| span.end.min(end) - span.start.max(at))
            .sum();
        let beyond = |span: &std::ops::Range<usize>| {
            at.saturating_sub(span.start) + span.end.saturating_sub(end)
        };
        covered * 10 >= secret.len() * 9 && spans.iter().all(|span| beyond(span) <= 2)
    })
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn secrets_in_everyday_layouts_are_hidden_whole_and_alone() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/layouts.jsonl");
    let Ok(lines) = fs::read_to_string(path) else {
        println!("skipped: there are no labelled cases here");
        return;
    };
    let (secrets, all) = (Redactor::secrets(), Redactor::secrets_and_pii());
    let (mut hidden, mut clean) = (Tally::default(), Tally::default());
    for line in lines.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        if DISPUTED_LAYOUTS.iter().any(|(id, _)| *id == case.id) {
            continue;
        }
        let redactor = match case.preset.as_deref() {
            Some("secrets-and-pii") => &all,
            _ => &secrets,
        };
        let tally = if case.label == "secret" {
            &mut hidden
        } else {
            &mut clean
        };
        let right = is_right(redactor, &case);
        tally.cases += 1;
        tally.covered += usize::from(right);
        if !right && std::env::var_os("CONFIDANT_SHOW_LAYOUTS").is_some() {
            println!("{}: {:?} of {:?}", case.id, case.secret, case.text);
        }
    }
    let right = hidden.share(hidden.covered);
    let flagged = 100.0 - clean.share(clean.covered);
    println!(
        "layouts: {right:.1} % of {} right, {flagged:.1} % of {} clean ones flagged",
        hidden.cases, clean.cases
    );
    for (id, reason) in DISPUTED_LAYOUTS {
        println!("disputed: {id}: {reason}");
    }
    assert!(
        right >= LEAST_LAYOUTS,
        "{right:.1} % of the layouts are right"
    );
    assert!(
        flagged <= MOST_LAYOUTS_FLAGGED,
        "{flagged:.1} % of clean layouts are flagged"
    );
}
