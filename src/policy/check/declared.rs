//! Claims, facts, credentials and the registers.

use super::{Checker, at};
use crate::policy::document::{AttestationKind, Form};
use crate::policy::fault::FaultCode;
use crate::policy::source::Path;

pub(super) fn check(checker: &mut Checker<'_>) {
    claims(checker);
    registers(checker);
    credentials(checker);
}

/// A claim rests on an attestation, and nothing that is attested is disclaimed.
fn claims(checker: &mut Checker<'_>) {
    let document = checker.document;
    for (index, claim) in document.claim.iter().enumerate() {
        let path = at("claim").then(index);
        if claim.statement.is_none() {
            checker.missing(&path, "statement");
        }
        let attested = |kind: &AttestationKind| {
            let mut all = document.attestation.iter();
            all.any(|entry| entry.kind == Some(*kind) && entry.processor == claim.processor)
        };
        if claim.disclaimed {
            for (number, kind) in claim.requires.iter().enumerate() {
                if attested(kind) {
                    let path = path.then("requires").then(number);
                    checker.fault_named(FaultCode::ClaimContradicted, &path, kind.as_str());
                }
            }
            continue;
        }
        if claim.requires.is_empty() {
            checker.fault(FaultCode::ClaimWithoutAttestation, &path);
        }
        for (number, kind) in claim.requires.iter().enumerate() {
            if !attested(kind) {
                let path = path.then("requires").then(number);
                checker.fault_named(FaultCode::ClaimWithoutAttestation, &path, kind.as_str());
            }
        }
        // Nothing kept is not said of a provider that keeps something.
        let keeps = claim
            .processor
            .as_ref()
            .and_then(|name| document.processor.get(name))
            .is_some_and(|processor| processor.keeps_for.is_some());
        if keeps && claim.requires.contains(&AttestationKind::ZeroRetention) {
            checker.fault(FaultCode::ClaimContradicted, &path);
        }
    }
}

fn registers(checker: &mut Checker<'_>) {
    let document = checker.document;
    let mut missing: Vec<(Path, &'static str)> = Vec::new();
    for (index, fact) in document.fact.iter().enumerate() {
        if fact.statement.is_none() {
            missing.push((at("fact").then(index), "statement"));
        }
    }
    for (index, entry) in document.ai_disclosure.iter().enumerate() {
        let path = at("ai_disclosure").then(index);
        if entry.system.is_none() {
            missing.push((path.clone(), "system"));
        }
        if entry.told.is_none() {
            missing.push((path, "told"));
        }
    }
    for (index, entry) in document.training_source.iter().enumerate() {
        let path = at("training_source").then(index);
        if entry.model.is_none() {
            missing.push((path.clone(), "model"));
        }
        if entry.source.is_none() {
            missing.push((path.clone(), "source"));
        }
        if entry.personal.is_none() {
            missing.push((path, "personal"));
        }
    }
    for (index, entry) in document.automated_decision.iter().enumerate() {
        let path = at("automated_decision").then(index);
        for (key, stated) in [
            ("decision", entry.decision.is_some()),
            ("logic", entry.logic.is_some()),
            ("human_review", entry.human_review.is_some()),
            ("assessed", entry.assessed.is_some()),
        ] {
            if !stated {
                missing.push((path.clone(), key));
            }
        }
    }
    for (path, key) in missing {
        checker.missing(&path, key);
    }
}

/// A credential is sealed, bound to something, and dies with its connection.
fn credentials(checker: &mut Checker<'_>) {
    let document = checker.document;
    for (name, credential) in &document.credential {
        let path = at("credential").then(name.as_str());
        if credential.purposes.is_empty() {
            checker.missing(&path, "purposes");
        }
        if credential.on_disconnect.is_none() {
            checker.missing(&path, "on_disconnect");
        }
        if credential.reaches_client {
            checker.fault(FaultCode::ClaimContradicted, &path.then("reaches_client"));
        }
        match &credential.category {
            None => checker.missing(&path, "category"),
            Some(category) => {
                let form = document.form_of(category);
                if form.is_some_and(|form| form != Form::Sealed && form != Form::Never) {
                    let path = path.then("category");
                    checker.fault_named(FaultCode::SealedWithoutVault, &path, category);
                }
            }
        }
    }
}
