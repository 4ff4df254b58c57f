//! Comparing the document with what was promised and what is kept.

use super::{Checker, at};
use crate::policy::document::{OWN_RECORDS, is_within};
use crate::policy::fault::FaultCode;
use crate::policy::requirements::Requirements;
use crate::taxonomy::RecordType;

pub(super) fn check(checker: &mut Checker<'_>, requirements: &Requirements) {
    let promises = requirements.promises();
    if !promises.is_empty() {
        self::promises(checker, requirements);
    }
    if let Some(records) = requirements.record_types() {
        self::records(checker, records);
    }
}

/// Each promise is carried by a clause, and each that is carried was made.
fn promises(checker: &mut Checker<'_>, requirements: &Requirements) {
    let mut found = Vec::new();
    for promise in requirements.promises() {
        let id = promise.id().as_str();
        let carries = |list: &[String]| list.iter().any(|carried| carried == id);
        if !checker
            .clauses
            .iter()
            .any(|clause| carries(clause.promises))
        {
            found.push((FaultCode::PromiseWithoutClause, at("policy"), id.to_owned()));
        }
    }
    for clause in &checker.clauses {
        for (index, carried) in clause.promises.iter().enumerate() {
            let mut made = requirements.promises().iter();
            if !made.any(|promise| promise.id().as_str() == carried) {
                let path = clause.path.then("promise").then(index);
                found.push((FaultCode::UnknownPromise, path, carried.clone()));
            }
        }
    }
    for (code, path, id) in found {
        checker.fault_named(code, &path, &id);
    }
}

/// Each record type is declared, and each category that is stored has one.
fn records(checker: &mut Checker<'_>, records: &[RecordType]) {
    let document = checker.document;
    let mut held = Vec::new();
    for record in records {
        let (Ok(category), Ok(stores)) = (record.category(), record.stores()) else {
            checker.fault(FaultCode::RecordUndeclared, &at("category"));
            continue;
        };
        let name = category.as_str();
        if !document.category.contains_key(name) {
            checker.fault_named(FaultCode::RecordUndeclared, &at("category"), name);
            continue;
        }
        let path = at("category").then(name);
        for store in stores {
            let store = store.as_str();
            if !document.store.contains_key(store) {
                checker.fault_named(FaultCode::RecordUndeclared, &path, store);
            } else if !document
                .stores_of(name)
                .iter()
                .any(|listed| listed == store)
            {
                checker.fault_named(FaultCode::RecordStoredElsewhere, &path, store);
            }
        }
        held.push(category);
    }
    for name in document.category.keys() {
        let own = OWN_RECORDS.iter().any(|own| is_within(name, own));
        let has_type = held
            .iter()
            .any(|held| is_within(held.as_str(), name) || is_within(name, held.as_str()));
        if document.is_kept(name) && !own && !has_type {
            checker.fault_named(
                FaultCode::RecordMissing,
                &at("category").then(name.as_str()),
                name,
            );
        }
    }
}
