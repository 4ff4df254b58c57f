//! One secret goes through every public type and every error path, and must
//! not be seen in anything that a log could show.
//!
//! A new type or error path is a new entry in one of the tables.

#[cfg(feature = "audit")]
mod audit;
#[cfg(feature = "consent")]
mod consent;
#[cfg(all(feature = "guard", feature = "testing"))]
mod guard;
#[cfg(all(
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
mod key_services;
#[cfg(feature = "model")]
mod model;
#[cfg(feature = "policy")]
mod policy;
#[cfg(feature = "pseudonym")]
mod pseudonym;
#[cfg(feature = "redact")]
mod redact;
mod retention;
#[cfg(feature = "seal")]
mod seal;
mod store;
#[cfg(feature = "seal")]
mod stream;
#[cfg(feature = "vault")]
mod vault;
mod visibility;

use std::error::Error as _;
use std::fmt::Debug;

use confidant::Error;
use confidant::decision::{ClauseId, Decision, Reason};
use confidant::secret::Secret;
use confidant::time::{Moment, Period};

/// It has the form of an AWS access key id, so that the redactor finds it.
const CANARY: &str = "AKIAJX7QK5M2WZ4TCANA";

/// What a value shows, under a name for the message when it shows too much.
type Shown = (&'static str, Vec<String>);

fn value(name: &'static str, value: &impl Debug) -> Shown {
    (name, vec![format!("{value:?}"), format!("{value:#?}")])
}

fn error<T>(name: &'static str, result: Result<T, Error>) -> Shown {
    let Err(error) = result else {
        panic!("{name} did not fail");
    };
    let mut shown = value(name, &error).1;
    shown.push(error.to_string());
    let mut source = error.source();
    while let Some(inner) = source {
        shown.extend([format!("{inner:?}"), inner.to_string()]);
        source = inner.source();
    }
    (name, shown)
}

/// The ways in which bytes show, the derived `Debug` of a buffer among them.
fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let list = |bytes: &[u8], separator: &str| {
        let numbers: Vec<_> = bytes.iter().map(ToString::to_string).collect();
        numbers.join(separator)
    };
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        secret.to_owned(),
        secret.chars().rev().collect(),
        list(bytes, ", "),
        list(bytes, ","),
        hex.to_uppercase(),
        hex,
    ]
}

/// Half of a secret is too much as well.
fn leaks(shown: &str) -> bool {
    // The pretty form of a list has each number on its own line.
    let lines: String = shown.split_whitespace().collect();
    let (first, second) = CANARY.split_at(CANARY.len() / 2);
    let mut forms = forms(first).into_iter().chain(forms(second));
    forms.any(|form| shown.contains(&form) || lines.contains(&form))
}

fn assert_unseen(table: Vec<Shown>) {
    for (name, shown) in table {
        for text in shown {
            assert!(!text.is_empty(), "{name} shows nothing at all");
            assert!(!leaks(&text), "{name} shows the canary: {text}");
        }
    }
}

#[test]
fn a_leak_would_be_seen() {
    #[derive(Debug)]
    struct Careless<T>(T);

    let bytes = CANARY.as_bytes().to_vec();
    let half = CANARY[10..].to_owned();
    for (name, shown) in [
        value("text", &Careless(CANARY)),
        value("bytes", &Careless(bytes)),
        value("half", &Careless(half)),
        value(
            "hex",
            &Careless(
                u128::from_str_radix("414b49414a583751", 16).map(|n| format!("{n:x}{:x}", 0x4b35)),
            ),
        ),
    ] {
        for text in shown {
            assert!(leaks(&text), "{name} was not seen in {text}");
        }
    }
}

#[test]
fn secrets_are_not_shown() {
    let mut key = *b"AKIAJX7QK5M2WZ4TCANA";
    assert_unseen(vec![
        value("Secret<String>", &Secret::from(CANARY.to_owned())),
        value("Secret<Vec<u8>>", &Secret::from(CANARY.as_bytes().to_vec())),
        value("Secret<str>", &Secret::<str>::from(Box::from(CANARY))),
        value(
            "Secret<[u8]>",
            &Secret::<[u8]>::from(Box::from(CANARY.as_bytes())),
        ),
        value("Secret<[u8; N]>", &Secret::from(&mut key)),
        value("Option<Secret>", &Some(Secret::from(CANARY.to_owned()))),
    ]);
}

#[test]
fn errors_do_not_show_what_was_given() {
    let long = CANARY.repeat(10);
    let spaced = format!("{CANARY} {CANARY}");
    assert_unseen(vec![
        error("Period of other text", CANARY.parse::<Period>()),
        error(
            "Period that begins well",
            format!("P1{CANARY}").parse::<Period>(),
        ),
        error("Moment of other text", CANARY.parse::<Moment>()),
        error(
            "Moment that begins well",
            format!("2026-05-01T12:30:00{CANARY}").parse::<Moment>(),
        ),
        error("ClauseId too long", ClauseId::new(&long)),
        error("ClauseId with a space", ClauseId::new(&spaced)),
    ]);
}

#[test]
fn decisions_show_clauses_and_fixed_words() {
    let decision = Decision::default().and(Decision::allow(Reason::without_clause("is public")));
    let (name, mut shown) = value("Decision", &decision);
    shown.push(decision.to_string());
    assert_unseen(vec![(name, shown)]);
}
