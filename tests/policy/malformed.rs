//! Documents with one thing wrong, each with its code and its place.

use std::collections::BTreeSet;

use confidant::policy::{Fault, FaultCode, Faults, PolicyDoc};
use serde::Deserialize;

use super::BASE;

const ROWS: &str = include_str!("../data/policies/malformed.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    code: String,
    old: Option<String>,
    new: Option<String>,
    add: Option<String>,
    edit: Option<[String; 2]>,
    drop: Option<String>,
    at: Option<String>,
    /// Codes that follow from the first at other places.
    #[serde(default)]
    also: Vec<String>,
}

fn rows() -> Vec<Row> {
    toml::from_str::<Table>(ROWS).unwrap().row
}

fn replace(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "not in the text: {old}");
    text.replacen(old, new, 1)
}

/// The document of a row, and the line and column that are marked.
fn document(row: &Row) -> (String, (u32, u32)) {
    let mut text = BASE.to_owned();
    if let Some(old) = &row.old {
        text = replace(&text, old, row.new.as_deref().unwrap());
    }
    if let Some([old, new]) = &row.edit {
        text = replace(&text, old, new);
    }
    if let Some(dropped) = &row.drop {
        text = replace(&text, dropped, "");
    }
    if let Some(add) = &row.add {
        text.push('\n');
        text.push_str(add);
    }
    let text = text.replace("{x:4097}", &"x".repeat(4097));
    match row.at.as_deref() {
        None => {}
        Some("»1:1") => return (text, (1, 1)),
        Some(at) => {
            let marked = replace(&text, &at.replace('»', ""), at);
            return unmark(&marked);
        }
    }
    unmark(&text)
}

fn unmark(marked: &str) -> (String, (u32, u32)) {
    let parts: Vec<_> = marked.split('»').collect();
    assert_eq!(parts.len(), 2, "one mark is needed");
    let line = parts[0].matches('\n').count() + 1;
    let column = parts[0].rsplit('\n').next().unwrap().chars().count() + 1;
    let place = (u32::try_from(line).unwrap(), u32::try_from(column).unwrap());
    (parts.concat(), place)
}

fn faults(toml: &str) -> Vec<Fault> {
    match PolicyDoc::from_toml(toml) {
        Ok(doc) => doc.faults(),
        Err(faults) => faults.iter().cloned().collect(),
    }
}

fn show(faults: &[Fault]) -> String {
    let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn each_fault_has_its_code_and_its_place() {
    let mut wrong = Vec::new();
    let rows = rows();
    assert!(rows.len() >= 80, "{} rows", rows.len());
    for (number, row) in rows.iter().enumerate() {
        let (text, place) = document(row);
        let found = faults(&text);
        let is_it = |fault: &Fault| {
            fault.code().as_str() == row.code && (fault.line(), fault.column()) == place
        };
        let others = |fault: &&Fault| {
            !is_it(fault) && !row.also.iter().any(|code| fault.code().as_str() == code)
        };
        if found.iter().filter(|fault| is_it(fault)).count() != 1
            || found.iter().any(|fault| others(&fault))
        {
            let (line, column) = place;
            wrong.push(format!(
                "row {number}: {} at {line}:{column}, found\n{}",
                row.code,
                show(&found)
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} rows\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

#[test]
fn every_code_has_a_row() {
    let rows = rows();
    let with_row: BTreeSet<_> = rows.iter().map(|row| row.code.as_str()).collect();
    // These have tests of their own.
    let elsewhere = [
        FaultCode::DocumentTooLong,
        FaultCode::PromiseWithoutClause,
        FaultCode::RecordMissing,
        FaultCode::RecordStoredElsewhere,
        FaultCode::RecordUndeclared,
        FaultCode::RefusedByModule,
        FaultCode::TooManyClauses,
        FaultCode::TooManyFaults,
        FaultCode::UnknownPromise,
    ];
    let without = FaultCode::ALL
        .iter()
        .filter(|code| !with_row.contains(code.as_str()) && !elsewhere.contains(code));
    let without: Vec<_> = without.collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn all_faults_are_reported_at_once() {
    let text = BASE
        .replace("delete_by = \"P90D\"", "delete_by = \"promptly\"")
        .replace(
            "[purpose.training]\nverdict = \"prohibited\"",
            "[purpose.training]",
        )
        .replace("[age]\n", "[age]\ncolour = \"blue\"\n")
        .replace("https_only = true", "https_only = false");
    let codes: Vec<_> = faults(&text).iter().map(Fault::code).collect();
    assert_eq!(
        codes,
        [
            FaultCode::PurposeWithoutVerdict,
            FaultCode::DeadlineWithoutNumber,
            FaultCode::PlainHttp,
            FaultCode::UnknownKey,
        ]
    );
}

#[test]
fn the_same_faults_are_found_in_json() {
    for (text, code, place) in [
        ("", FaultCode::Syntax, (1, 1)),
        ("{", FaultCode::Syntax, (1, 2)),
        ("{} x", FaultCode::Syntax, (1, 4)),
        ("{\"age\": {\"minimum\": 016}}", FaultCode::Syntax, (1, 21)),
        (
            "{\n \"age\": {},\n \"age\": {}}",
            FaultCode::DuplicateKey,
            (3, 2),
        ),
        (
            "{\"age\": {\"minimum\": 1e999}}",
            FaultCode::NumberTooLarge,
            (1, 21),
        ),
        (
            "{\"age\": {\"minimum\": \"\\ud800\"}}",
            FaultCode::Syntax,
            (1, 21),
        ),
        ("[1, 2", FaultCode::Syntax, (1, 6)),
    ] {
        let faults = PolicyDoc::from_json(text).unwrap_err();
        let first = faults.iter().next().unwrap();
        assert_eq!(
            (first.code(), (first.line(), first.column())),
            (code, place),
            "{text}"
        );
    }
    for (text, code, place) in [
        ("{\n  \"ages\": {}}", FaultCode::UnknownKey, (2, 3)),
        (
            "{\"age\": {\"minimum\": null}}",
            FaultCode::WrongType,
            (1, 21),
        ),
        (
            "{\"age\":\n {\"minimum\": 1.5}}",
            FaultCode::WrongType,
            (2, 14),
        ),
        (
            "{\"retention\": [\n {\"id\": \"R\", \"trigger\": \"now\"}]}",
            FaultCode::UnknownValue,
            (2, 25),
        ),
        (
            "{\"retention\": [\n {\"id\": \"R\", \"delete_by\": \"soon\"}]}",
            FaultCode::DeadlineWithoutNumber,
            (2, 27),
        ),
    ] {
        let found = PolicyDoc::from_json(text).unwrap().faults();
        let is_it = |fault: &Fault| fault.code() == code && (fault.line(), fault.column()) == place;
        assert!(found.iter().any(is_it), "{text}\n{}", show(&found));
    }
}

#[test]
fn toml_and_json_are_the_same_document() {
    let doc = PolicyDoc::from_toml(BASE).unwrap();
    let json = doc.canonical_json().unwrap();
    let again = PolicyDoc::from_json(&json).unwrap();
    assert_eq!(again.canonical_json().unwrap(), json);
    assert_eq!(again.digest().unwrap(), doc.digest().unwrap());
    let policy = again.compile().unwrap();
    assert_eq!(policy.digest(), doc.compile().unwrap().digest());
    // A comment changes nothing, a word does.
    let commented = format!("# a remark\n{BASE}");
    let commented = PolicyDoc::from_toml(&commented).unwrap();
    assert_eq!(commented.digest().unwrap(), doc.digest().unwrap());
    let other = PolicyDoc::from_toml(&BASE.replace("P90D", "P91D")).unwrap();
    assert_ne!(other.digest().unwrap(), doc.digest().unwrap());
}

#[test]
fn limits_are_faults() {
    let long = format!("# {}", "x".repeat(PolicyDoc::MAX_LEN));
    let faults = PolicyDoc::from_toml(&long).unwrap_err();
    assert!(faults.has(FaultCode::DocumentTooLong));
    let mut many = BASE.to_owned();
    for number in 0..16_500 {
        many.push_str(&format!(
            "[[fact]]\nid = \"n-{number}\"\nstatement = \"one more\"\n"
        ));
    }
    let found = self::faults(&many);
    assert!(
        found
            .iter()
            .any(|fault| fault.code() == FaultCode::TooManyClauses)
    );
    let mut wrong = BASE.to_owned();
    for number in 0..1_200 {
        wrong.push_str(&format!(
            "[[fact]]\nid = \"n-{number}\"\nstatement = \"TODO\"\n"
        ));
    }
    let found = self::faults(&wrong);
    assert_eq!(found.len(), Faults::MAX);
    assert!(
        found
            .iter()
            .any(|fault| fault.code() == FaultCode::TooManyFaults)
    );
}

#[test]
fn an_error_names_the_first_fault_and_nothing_of_the_document() {
    let text = BASE.replace(
        "verdict = \"prohibited\"\nopt_out",
        "verdict = \"AKIAJX7QK5M2WZ4TCANA secret\"\nopt_out",
    );
    let doc = PolicyDoc::from_toml(&text).unwrap();
    let faults = doc.compile().unwrap_err();
    let shown = format!("{faults} {faults:?} {doc:?}");
    let error = confidant::Error::from(faults);
    let shown = format!("{shown} {error} {error:?}");
    assert!(!shown.contains("AKIAJX7QK5M2WZ4TCANA"), "{shown}");
    assert_eq!(error.kind(), confidant::ErrorKind::Config);
    assert!(error.to_string().contains("unknown-value"), "{error}");
}
