//! Purposes: verdicts, bases and what consent needs.

use super::{Checker, at};
use crate::policy::document::{BasisWord, Purpose, Verdict, has};
use crate::policy::fault::FaultCode;
use crate::policy::source::Path;

/// The purposes on which a policy may not be silent.
pub(in crate::policy) const REQUIRED: [&str; 2] = ["training", "sale"];

pub(super) fn check(checker: &mut Checker<'_>) {
    let document = checker.document;
    for name in REQUIRED {
        if !document.purpose.contains_key(name) {
            let path = at("purpose").then(name);
            checker.fault_named(FaultCode::RequiredPurposeMissing, &path, name);
        }
    }
    for (name, purpose) in &document.purpose {
        let path = at("purpose").then(name.as_str());
        verdict(checker, purpose, &path);
        if purpose.verdict == Some(Verdict::Consent) {
            consent(checker, name, &path);
        }
        let above = name.rsplit_once('.').map(|(above, _)| above);
        let permits = purpose
            .verdict
            .is_some_and(|own| own != Verdict::Prohibited);
        if permits && above.is_some_and(|above| document.is_prohibited(above)) {
            checker.fault(FaultCode::PurposeBelowProhibited, &path);
        }
        if purpose
            .minimum_age
            .is_some_and(|age| !(1..=21).contains(&age))
        {
            checker.fault(FaultCode::AgeOutOfRange, &path.then("minimum_age"));
        }
        if purpose.aggregates_only {
            for (index, category) in purpose.categories.iter().enumerate() {
                if !document.is_anonymous(category) {
                    let path = path.then("categories").then(index);
                    checker.fault_named(FaultCode::AnonymisedIsPersonal, &path, category);
                }
            }
        }
    }
    prohibited(checker);
}

fn verdict(checker: &mut Checker<'_>, purpose: &Purpose, path: &Path) {
    let Some(verdict) = purpose.verdict else {
        checker.fault(FaultCode::PurposeWithoutVerdict, path);
        return;
    };
    let contradicts = match (verdict, purpose.basis) {
        (Verdict::Prohibited, basis) => basis.is_some(),
        (Verdict::Permitted, basis) => basis == Some(BasisWord::Consent),
        (Verdict::Consent, basis) => basis.is_some_and(|basis| basis != BasisWord::Consent),
    };
    if contradicts {
        checker.fault(FaultCode::BasisContradictsVerdict, &path.then("basis"));
    }
    if verdict == Verdict::Permitted && purpose.basis.is_none() {
        checker.fault(FaultCode::PurposeWithoutBasis, path);
    }
    if verdict != Verdict::Prohibited && purpose.categories.is_empty() {
        checker.fault(FaultCode::PurposeWithoutCategory, path);
    }
    if purpose.basis == Some(BasisWord::LegitimateInterest) && purpose.interest.is_none() {
        checker.fault(FaultCode::LegitimateInterestUnstated, path);
    }
}

/// A purpose that needs consent can get it, and lose it again.
fn consent(checker: &mut Checker<'_>, name: &str, path: &Path) {
    let document = checker.document;
    let notices = document.notice.as_ref();
    let mut versions = notices.into_iter().flat_map(|notice| &notice.version);
    if !versions.any(|version| version.purposes.iter().any(|other| other == name)) {
        checker.fault(FaultCode::ConsentWithoutNotice, path);
    }
    if document.consent.is_none() {
        checker.fault(FaultCode::ConsentWithoutMechanism, path);
    }
}

/// Nothing relies on a purpose that is prohibited.
fn prohibited(checker: &mut Checker<'_>) {
    let document = checker.document;
    let banned = |name: &String| document.is_prohibited(name);
    let mut found = Vec::new();
    let mut look = |path: Path, purposes: &[String], code| {
        for (index, purpose) in purposes.iter().enumerate() {
            if banned(purpose) {
                found.push((code, path.then("purposes").then(index), purpose.clone()));
            }
        }
    };
    for (name, processor) in &document.processor {
        let path = at("processor").then(name.as_str());
        look(path, &processor.purposes, FaultCode::ForbiddenPurpose);
    }
    for (index, route) in document.route.iter().enumerate() {
        let path = at("route").then(index);
        look(path, &route.purposes, FaultCode::ProhibitedPurposeUsed);
    }
    for (index, rule) in document.retention.iter().enumerate() {
        let path = at("retention").then(index);
        look(path, &rule.purposes, FaultCode::ProhibitedPurposeUsed);
    }
    for (name, credential) in &document.credential {
        let path = at("credential").then(name.as_str());
        look(path, &credential.purposes, FaultCode::ProhibitedPurposeUsed);
    }
    for (code, path, purpose) in found {
        checker.fault_named(code, &path, &purpose);
    }
    let single = [
        document
            .cookie
            .iter()
            .map(|(name, cookie)| (at("cookie").then(name.as_str()), cookie.purpose.clone()))
            .collect::<Vec<_>>(),
        document
            .message
            .iter()
            .map(|(name, message)| (at("message").then(name.as_str()), message.purpose.clone()))
            .collect(),
    ];
    for (path, purpose) in single.into_iter().flatten() {
        if let Some(purpose) = purpose
            && banned(&purpose)
        {
            let path = path.then("purpose");
            checker.fault_named(FaultCode::ProhibitedPurposeUsed, &path, &purpose);
        }
    }
    for (index, source) in document.training_source.iter().enumerate() {
        let trains = document.is_permitted("training");
        let path = at("training_source").then(index).then("categories");
        if !trains && !source.categories.is_empty() {
            checker.fault_named(FaultCode::ProhibitedPurposeUsed, &path, "training");
        }
        let allowed = document.purpose.get("training");
        for (number, category) in source.categories.iter().enumerate() {
            let listed = allowed.is_some_and(|purpose| has(&purpose.categories, category));
            if trains && !listed {
                let path = path.then(number);
                checker.fault_named(FaultCode::DisclosureOfUnlisted, &path, category);
            }
        }
    }
}
