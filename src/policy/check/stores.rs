//! Stores, and where data may be.

use super::{Checker, at};
use crate::policy::document::{Action, Function, Processor, Store, StoreKind, StoreOperator};
use crate::policy::fault::FaultCode;

pub(super) fn check(checker: &mut Checker<'_>) {
    let document = checker.document;
    for (name, store) in &document.store {
        let path = at("store").then(name.as_str());
        if store.kind.is_none() {
            checker.missing(&path, "kind");
        }
        match store.operator {
            None => checker.missing(&path, "operator"),
            Some(StoreOperator::Processor) if store.processor.is_none() => {
                checker.missing(&path, "processor");
            }
            Some(_) => {}
        }
        let providers_copy = store
            .kind
            .is_some_and(|kind| kind.as_str().starts_with("provider_"));
        // What a model provider keeps of what it was sent is no storage of the product's.
        let third_party = store.operator == Some(StoreOperator::Processor)
            && !(providers_copy && is_of_model_provider(checker, store));
        let forbids = document
            .forbid
            .as_ref()
            .is_some_and(|forbid| forbid.third_party_storage);
        if third_party && forbids {
            checker.fault(FaultCode::ForbiddenStore, &path);
        }
        // What a provider owes within a stated time, it deletes on request and reports.
        let is_owed = providers_copy && processor_of(checker, store).is_some_and(owes_deletion);
        let lasting = store.immutable
            || (providers_copy && !is_owed)
            || store.kind == Some(StoreKind::Backup);
        if lasting && store.expires_within.is_none() && !is_shredded(checker, name) {
            checker.fault(FaultCode::BackupKeepsDeleted, &path);
        }
        if let (Some(processor), Some(region)) = (&store.processor, &store.region)
            && let Some(processor) = document.processor.get(processor)
            && !processor.regions.is_empty()
            && !processor.regions.contains(region)
        {
            checker.fault_named(FaultCode::RegionOfUnlisted, &path.then("region"), region);
        }
    }
    if let Some(place) = &document.place {
        if place.regions.is_empty() {
            checker.missing(&at("place"), "regions");
        }
    } else if !checker.document.store.is_empty() {
        checker.missing(&at("place"), "place");
    }
}

/// Returns whether a store is run by a party that runs models.
fn is_of_model_provider(checker: &Checker<'_>, store: &Store) -> bool {
    processor_of(checker, store)
        .is_some_and(|processor| processor.functions.contains(&Function::Model))
}

fn processor_of<'d>(checker: &Checker<'d>, store: &Store) -> Option<&'d Processor> {
    let name = store.processor.as_ref()?;
    checker.document.processor.get(name)
}

const fn owes_deletion(processor: &Processor) -> bool {
    processor.acts_within.is_some()
}

/// Returns whether every category in a store loses its key when it is deleted.
fn is_shredded(checker: &Checker<'_>, store: &str) -> bool {
    let document = checker.document;
    let names = document.category.keys().filter(|name| {
        let stores = document.stores_of(name);
        document.is_kept(name) && stores.iter().any(|other| other == store)
    });
    names.into_iter().all(|name| {
        document
            .retention_of(name)
            .filter(|(_, rule)| rule.delete_by.is_some() || rule.then.is_some())
            .all(|(_, rule)| {
                let action = rule.action.or(rule.then);
                action == Some(Action::CryptoShred)
            })
    })
}
