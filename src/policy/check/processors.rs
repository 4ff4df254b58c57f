//! Processors, what they get and what they have shown; disclosures and transfers.

use super::{Checker, at};
use crate::policy::document::{
    AttestationKind, DisclosureGround, EVERY, Form, Processor, RecipientRole, TransferMechanism,
    has, is_within,
};
use crate::policy::fault::FaultCode;
use crate::policy::source::Path;

pub(super) fn check(checker: &mut Checker<'_>) {
    let document = checker.document;
    for (name, processor) in &document.processor {
        let path = at("processor").then(name.as_str());
        role(checker, processor, &path);
        forbidden(checker, processor, &path);
        gets(checker, processor, &path);
        shown(checker, name, &processor.requires, &path);
        transfer(checker, name, processor, &path);
    }
    attestations(checker);
    disclosures(checker);
    transfers(checker);
}

fn role(checker: &mut Checker<'_>, processor: &Processor, path: &Path) {
    match processor.role {
        None => checker.fault(FaultCode::ProcessorWithoutRole, path),
        Some(RecipientRole::Processor | RecipientRole::SubProcessor) => {
            let contracts = [
                AttestationKind::Dpa,
                AttestationKind::Confidentiality,
                AttestationKind::PurposeLimit,
                AttestationKind::NoTraining,
                AttestationKind::ZeroRetention,
            ];
            let bound = processor
                .requires
                .iter()
                .any(|kind| contracts.contains(kind));
            if !bound && processor.governed_by.is_none() {
                checker.fault(FaultCode::ProcessorWithoutContract, path);
            }
        }
        Some(_) => {}
    }
    if processor.role == Some(RecipientRole::SubProcessor) && processor.under.is_none() {
        checker.missing(path, "under");
    }
    if processor.name.is_none() {
        checker.missing(path, "name");
    }
    if processor.functions.is_empty() {
        checker.missing(path, "functions");
    }
    if processor.regions.is_empty() && processor.role != Some(RecipientRole::CustomerContract) {
        checker.missing(path, "regions");
    }
}

fn forbidden(checker: &mut Checker<'_>, processor: &Processor, path: &Path) {
    let Some(forbid) = &checker.document.forbid else {
        return;
    };
    for (index, function) in processor.functions.iter().enumerate() {
        if forbid.functions.contains(function) {
            let path = path.then("functions").then(index);
            checker.fault_named(FaultCode::ForbiddenProcessor, &path, function.as_str());
        }
    }
}

/// What a processor gets, its purposes may use.
fn gets(checker: &mut Checker<'_>, processor: &Processor, path: &Path) {
    let document = checker.document;
    for (index, category) in processor.categories.iter().enumerate() {
        let path = path.then("categories").then(index);
        if category == EVERY {
            continue;
        }
        if document.form_of(category) == Some(Form::Never)
            && matches!(
                processor.role,
                Some(RecipientRole::Processor | RecipientRole::SubProcessor)
            )
        {
            checker.fault_named(FaultCode::NeverStoredLeaves, &path, category);
        }
        let served = processor.purposes.iter().any(|purpose| {
            let purpose = document.purpose.get(purpose);
            purpose.is_none_or(|purpose| {
                purpose.uses(category)
                    || purpose
                        .categories
                        .iter()
                        .any(|used| is_within(used, category))
            })
        });
        if !served && !processor.purposes.is_empty() {
            checker.fault_named(FaultCode::PurposeOfUnlisted, &path, category);
        }
    }
    for (category, fields) in &processor.fields {
        let path = path.then("fields").then(category.as_str());
        if !has(&processor.categories, category) {
            checker.fault_named(FaultCode::DisclosureOfUnlisted, &path, category);
            continue;
        }
        let known = document
            .category
            .get(category)
            .map(|category| &category.fields);
        for (index, field) in fields.iter().enumerate() {
            if known.is_some_and(|known| !known.contains_key(field)) {
                let path = path.then(index);
                checker.fault_named(FaultCode::UndeclaredField, &path, field);
            }
        }
    }
}

/// Every required attestation is there.
pub(super) fn shown(
    checker: &mut Checker<'_>,
    processor: &str,
    requires: &[AttestationKind],
    path: &Path,
) {
    let document = checker.document;
    for (index, kind) in requires.iter().enumerate() {
        let mut attested = document.attestation.iter();
        let found = attested.any(|attestation| {
            attestation.kind == Some(*kind) && attestation.processor.as_deref() == Some(processor)
        });
        if !found {
            let path = path.then("requires").then(index);
            checker.fault_named(FaultCode::AttestationMissing, &path, kind.as_str());
        }
    }
}

/// Data in a third country rests on something.
fn transfer(checker: &mut Checker<'_>, name: &str, processor: &Processor, path: &Path) {
    let document = checker.document;
    let Some(mechanism) = document.transfer_of(name, processor) else {
        return;
    };
    match mechanism {
        None => checker.fault(FaultCode::ThirdPartyWithoutTransfer, path),
        Some(TransferMechanism::Scc) => {
            let mut attested = document.attestation.iter();
            let found = attested.any(|attestation| {
                attestation.kind == Some(AttestationKind::Scc)
                    && attestation.processor.as_deref() == Some(name)
            });
            if !found {
                checker.fault_named(FaultCode::AttestationMissing, &path.then("transfer"), "scc");
            }
        }
        Some(_) => {}
    }
}

fn attestations(checker: &mut Checker<'_>) {
    for (index, attestation) in checker.document.attestation.iter().enumerate() {
        let path = at("attestation").then(index);
        if attestation.kind.is_none() {
            checker.missing(&path, "kind");
        }
        if attestation.issued.is_none() {
            checker.missing(&path, "issued");
        }
        if attestation.expires.is_none() {
            checker.missing(&path, "expires");
        }
        if attestation.evidence.is_none() {
            checker.missing(&path, "evidence");
        }
        if attestation.checked_by.is_none() {
            checker.missing(&path, "checked_by");
        }
    }
}

fn disclosures(checker: &mut Checker<'_>) {
    let document = checker.document;
    for (index, disclosure) in document.disclosure.iter().enumerate() {
        let path = at("disclosure").then(index);
        if disclosure.categories.is_empty() {
            checker.missing(&path, "categories");
        }
        match disclosure.ground {
            None => checker.missing(&path, "ground"),
            Some(DisclosureGround::LegalRequest) if !disclosure.case_reference => {
                checker.fault(FaultCode::DisclosureWithoutGuard, &path);
            }
            Some(DisclosureGround::ProtectRights | DisclosureGround::Safety)
                if !disclosure.recorded_reason =>
            {
                checker.missing(&path, "recorded_reason");
            }
            Some(_) => {}
        }
        let Some(processor) = &disclosure.processor else {
            continue;
        };
        let Some(known) = document.processor.get(processor) else {
            continue;
        };
        for (number, category) in disclosure.categories.iter().enumerate() {
            let every = known.categories.iter().any(|entry| entry == EVERY);
            let listed = every || (category != EVERY && has(&known.categories, category));
            if !listed {
                let path = path.then("categories").then(number);
                checker.fault_named(FaultCode::DisclosureOfUnlisted, &path, category);
            }
        }
    }
}

fn transfers(checker: &mut Checker<'_>) {
    let document = checker.document;
    for (index, transfer) in document.transfer.iter().enumerate() {
        let path = at("transfer").then(index);
        if transfer.from.is_none() {
            checker.missing(&path, "from");
        }
        if transfer.to.is_none() {
            checker.missing(&path, "to");
        }
        if transfer.mechanism.is_none() {
            checker.missing(&path, "mechanism");
        }
        if let (Some(to), Some(name)) = (&transfer.to, &transfer.processor)
            && let Some(processor) = document.processor.get(name)
            && !processor.regions.is_empty()
            && !processor.regions.iter().any(|region| is_within(region, to))
        {
            checker.fault_named(FaultCode::RegionOfUnlisted, &path.then("to"), to);
        }
    }
}
