//! Checks of every text, name, period and date, wherever it stands.

use std::collections::BTreeSet;

use super::{Checker, at};
use crate::decision::ClauseId;
use crate::policy::document::{DateText, PeriodText, is_placeholder};
use crate::policy::fault::FaultCode;
use crate::policy::source::{Node, Path, Value};
use crate::taxonomy::{DataCategory, DataStore, Jurisdiction, Processor, Purpose, Region};
use crate::time::Moment;

const MAX_TEXT: usize = 4096;

/// Every key that holds a period.
pub(in crate::policy) const PERIODS: &[&str] = &[
    "acknowledge",
    "acts_within",
    "at_risk",
    "authority_within",
    "consent_valid",
    "deadline",
    "delete_by",
    "expires_within",
    "extension",
    "keep_for",
    "keeps_for",
    "lead",
    "max_age",
    "max_duration",
    "max_in_flight",
    "max_jump",
    "max_plaintext",
    "max_scan_age",
    "notify_before",
    "processors_within",
    "review_within",
    "rotate",
    "rotate_within",
    "skew",
    "subjects_within",
    "then_within",
    "valid",
    "warn",
];

/// Every key that holds a day or a month.
pub(in crate::policy) const DATES: &[&str] = &[
    "access_since",
    "assessed",
    "effective",
    "expires",
    "issued",
    "last_update",
    "last_updated",
    "since",
    "until",
];

pub(super) fn check(checker: &mut Checker<'_>) {
    let root = &checker.source.root;
    walk(checker, root, &Path::default(), "");
    ids(checker);
    names(checker);
    order(checker);
}

/// Looks at every value below a node. `key` is the nearest key above it.
fn walk(checker: &mut Checker<'_>, node: &Node, path: &Path, key: &str) {
    match &node.value {
        Value::Text(text) => self::text(checker, text, path, key),
        Value::Array(nodes) => {
            let mut seen = BTreeSet::new();
            let kept = nodes
                .iter()
                .filter(|node| !matches!(node.value, Value::Removed));
            for (index, node) in kept.enumerate() {
                let path = path.then(index);
                if let Value::Text(text) = &node.value
                    && !seen.insert(text.as_str())
                {
                    checker.fault_named(FaultCode::DuplicateItem, &path, text);
                }
                walk(checker, node, &path, key);
            }
        }
        Value::Table(entries) => {
            for (key, node) in entries {
                walk(checker, node, &path.then(key.as_str()), key);
            }
        }
        _ => {}
    }
}

fn text(checker: &mut Checker<'_>, text: &str, path: &Path, key: &str) {
    let parsed = |text: &str| serde_json::Value::String(text.to_owned());
    // `until` is a word in a cookie and a date in a training source.
    let is_date = DATES.contains(&key) && !(key == "until" && is_in(path, "cookie"));
    let flaw = if PERIODS.contains(&key) {
        let period: Result<PeriodText, _> = serde_json::from_value(parsed(text));
        period.ok().and_then(|period| period.period().err())
    } else if is_date {
        let date: Result<DateText, _> = serde_json::from_value(parsed(text));
        let to_the_month = matches!(key, "last_updated" | "since" | "until");
        date.ok().and_then(|date| match to_the_month {
            true => date.date().err(),
            false => date.day().err(),
        })
    } else if text.trim().is_empty() {
        Some(FaultCode::EmptyText)
    } else if text.len() > MAX_TEXT {
        Some(FaultCode::TextTooLong)
    } else if is_placeholder(text) {
        Some(FaultCode::Placeholder)
    } else {
        match key {
            "contact" | "security_contact" | "report_to" => {
                (!is_contact(text)).then_some(FaultCode::MalformedContact)
            }
            "digest" | "evidence" => (!is_digest(text)).then_some(FaultCode::MalformedDigest),
            "hosts" => (!is_host(text)).then_some(FaultCode::MalformedHost),
            "jurisdictions" | "jurisdiction" => of_jurisdiction(text),
            "url" => (!is_https(text)).then_some(FaultCode::MalformedContact),
            _ => None,
        }
    };
    if let Some(code) = flaw {
        checker.fault_named(code, path, key);
    }
}

/// A jurisdiction has one code in a document, so that two documents can be compared.
fn of_jurisdiction(text: &str) -> Option<FaultCode> {
    match Jurisdiction::new(text) {
        Ok(known) if known.as_str() == text => None,
        Ok(_) => Some(FaultCode::JurisdictionAlias),
        Err(_) => Some(FaultCode::MalformedJurisdiction),
    }
}

fn is_in(path: &Path, section: &str) -> bool {
    at(section).covers(path)
}

fn is_https(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_graphic();
    let rest = text.strip_prefix("https://");
    rest.is_some_and(|rest| rest.contains('.') && rest.chars().all(plain))
}

fn is_contact(text: &str) -> bool {
    if is_https(text) {
        return true;
    }
    let plain = |letter: char| letter.is_ascii_graphic() && letter != '@';
    match text.split_once('@') {
        Some((name, host)) => !name.is_empty() && name.chars().all(plain) && is_host(host),
        None => false,
    }
}

fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

/// Returns the digest that a text holds.
pub(in crate::policy) fn digest(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix("sha256:")?.as_bytes();
    let mut digest = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = *byte << 4 | value;
        }
    }
    Some(digest)
}

fn is_digest(text: &str) -> bool {
    digest(text).is_some()
}

/// Ids are well-formed, and no two clauses share one.
fn ids(checker: &mut Checker<'_>) {
    let (mut seen, mut seen_lower) = (BTreeSet::new(), BTreeSet::new());
    let mut found = Vec::new();
    for clause in &checker.clauses {
        let is_twin = !seen_lower.insert(clause.id.to_ascii_lowercase());
        let path = match clause.has_id {
            true => clause.path.then("id"),
            false => clause.path.clone(),
        };
        if ClauseId::new(&clause.id).is_err() {
            // The name of a table that makes no id is reported as a name.
            if clause.has_id {
                found.push((FaultCode::MalformedId, path, clause.id.to_string()));
            }
        } else if !seen.insert(clause.id.as_ref()) {
            found.push((FaultCode::DuplicateId, path, clause.id.to_string()));
        } else if is_twin {
            found.push((FaultCode::NamesDifferInCase, path, clause.id.to_string()));
        }
        for (index, promise) in clause.promises.iter().enumerate() {
            if ClauseId::new(promise).is_err() {
                let path = clause.path.then("promise").then(index);
                found.push((FaultCode::MalformedId, path, promise.clone()));
            }
        }
    }
    for (code, path, id) in found {
        checker.fault_named(code, &path, &id);
    }
    // Clauses in lists are named by decisions, so they have ids of their own.
    let nameless: Vec<_> = checker
        .clauses
        .iter()
        .filter(|clause| !clause.has_id && is_listed(&clause.path))
        .map(|clause| clause.path.clone())
        .collect();
    for path in nameless {
        checker.missing(&path, "id");
    }
}

fn is_listed(path: &Path) -> bool {
    let last = path.steps().last();
    let is_index = matches!(last, Some(crate::policy::source::Step::Index(_)));
    // Authorities, notice versions and clocks have names enough.
    is_index && path.steps().len() == 2
}

/// Names of tables are names.
fn names(checker: &mut Checker<'_>) {
    let document = checker.document;
    let mut found = Vec::new();
    let mut see = |section: &str, name: &str, fits: bool| {
        if !fits {
            found.push((at(section).then(name), name.to_owned()));
        }
    };
    for name in document.category.keys() {
        see("category", name, DataCategory::new(name).is_ok());
    }
    for name in document.store.keys() {
        see("store", name, DataStore::new(name).is_ok());
    }
    for name in document.purpose.keys() {
        see("purpose", name, Purpose::new(name).is_ok());
    }
    for name in document.processor.keys() {
        see("processor", name, Processor::new(name).is_ok());
    }
    let others = [
        ("pseudonym", document.pseudonym.keys().collect::<Vec<_>>()),
        ("credential", document.credential.keys().collect()),
        ("message", document.message.keys().collect()),
        ("signal", document.signal.keys().collect()),
        ("cookie", document.cookie.keys().collect()),
    ];
    for (section, names) in others {
        for name in names {
            see(section, name, DataCategory::new(name).is_ok());
        }
    }
    for (path, name) in found {
        checker.fault_named(FaultCode::MalformedName, &path, &name);
    }
    let mut found = Vec::new();
    if let Some(place) = &document.place {
        for (index, region) in place.regions.iter().enumerate() {
            if Region::new(region).is_err() {
                found.push((at("place").then("regions").then(index), region));
            }
        }
    }
    for (path, region) in found {
        checker.fault_named(FaultCode::MalformedName, &path, region);
    }
    if let Some(age) = &document.age {
        for jurisdiction in age.jurisdiction.keys() {
            if let Some(code) = of_jurisdiction(jurisdiction) {
                let path = at("age").then("jurisdiction").then(jurisdiction.as_str());
                checker.fault_named(code, &path, jurisdiction);
            }
        }
    }
}

/// What comes later has the later date.
fn order(checker: &mut Checker<'_>) {
    let document = checker.document;
    let day = |text: &Option<DateText>| -> Option<Moment> {
        text.as_ref()
            .and_then(|text| text.date().ok())
            .map(|date| date.start)
    };
    let mut pairs = Vec::new();
    for (index, attestation) in document.attestation.iter().enumerate() {
        let path = at("attestation").then(index).then("expires");
        pairs.push((path, day(&attestation.issued), day(&attestation.expires)));
    }
    for (index, source) in document.training_source.iter().enumerate() {
        let path = at("training_source").then(index).then("until");
        pairs.push((path, day(&source.since), day(&source.until)));
    }
    for (path, first, last) in pairs {
        if let (Some(first), Some(last)) = (first, last)
            && last < first
        {
            checker.fault(FaultCode::DatesOutOfOrder, &path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_hosts_and_digests_have_a_form() {
        for text in ["privacy@acme.test", "https://acme.test/privacy"] {
            assert!(is_contact(text), "{text}");
        }
        for text in [
            "",
            "@acme.test",
            "a@b@c.test",
            "http://acme.test",
            "acme.test",
            "a@b c.test",
        ] {
            assert!(!is_contact(text), "{text}");
        }
        assert!(is_host("api.acme.test") && !is_host("https://acme.test") && !is_host("acme"));
        let digest = format!("sha256:{}", "0a".repeat(32));
        assert_eq!(super::digest(&digest), Some([10; 32]));
        for text in ["", "sha256:", &digest.to_uppercase(), &digest[..70]] {
            assert!(!is_digest(text), "{text}");
        }
    }
}
