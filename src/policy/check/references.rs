//! Checking that every name that is referred to is declared.

use super::{Checker, at};
use crate::policy::document::{EVERY, PseudonymOf, is_within};
use crate::policy::fault::FaultCode;
use crate::policy::source::{Node, Path, Value};

pub(super) fn check(checker: &mut Checker<'_>) {
    let root = &checker.source.root;
    walk(checker, root, &Path::default(), "");
    clauses(checker);
    unused(checker);
}

/// Looks at every text below a node. `key` is the nearest key above it.
fn walk(checker: &mut Checker<'_>, node: &Node, path: &Path, key: &str) {
    match &node.value {
        Value::Text(text) => name(checker, text, path, key),
        Value::Array(nodes) => {
            let kept = nodes
                .iter()
                .filter(|node| !matches!(node.value, Value::Removed));
            for (index, node) in kept.enumerate() {
                walk(checker, node, &path.then(index), key);
            }
        }
        Value::Table(entries) => {
            for (key, node) in entries {
                // The keys of fields are anybody's.
                if key != "fields" {
                    walk(checker, node, &path.then(key.as_str()), key);
                }
            }
        }
        _ => {}
    }
}

/// Checks a name by the key it stands under.
fn name(checker: &mut Checker<'_>, name: &str, path: &Path, key: &str) {
    let document = checker.document;
    let of_all = name == EVERY && matches!(key, "categories" | "except" | "stores");
    let regions = document.place.as_ref().map(|place| &place.regions);
    let allowed = |name: &str| {
        let regions = regions.map(Vec::as_slice).unwrap_or_default();
        regions.iter().any(|region| is_within(name, region))
    };
    let (known, code) = match key {
        _ if of_all => return,
        "categories" | "except" | "derived_from" | "into" | "category" => (
            document.category.contains_key(name),
            FaultCode::UndeclaredCategory,
        ),
        "purposes" | "purpose" => (
            document.purpose.contains_key(name),
            FaultCode::UndeclaredPurpose,
        ),
        "processors" | "processor" | "under" => (
            document.processor.contains_key(name),
            FaultCode::UndeclaredProcessor,
        ),
        "store_on" | "stores" => (
            document.store.contains_key(name),
            FaultCode::UndeclaredStore,
        ),
        "messages" => (
            document.message.contains_key(name),
            FaultCode::UndeclaredMessage,
        ),
        "pseudonym" => (
            document.pseudonym.contains_key(name),
            FaultCode::UndeclaredPseudonym,
        ),
        "region" | "from" | "to" | "default" | "third_countries" if is_of_place(path) => {
            (allowed(name), FaultCode::UndeclaredRegion)
        }
        "regions" if !at("place").covers(path) => (allowed(name), FaultCode::UndeclaredRegion),
        "readers" | "placed_by" => {
            let roles = document.visibility.as_ref();
            let known = roles.is_some_and(|visibility| {
                visibility.role.contains_key(name)
                    || (name == "owner" && visibility.owner.is_some())
            });
            (known, FaultCode::UndeclaredRole)
        }
        _ => return,
    };
    if !known {
        checker.fault_named(code, path, name);
    }
}

/// Returns whether a key that means a region in some sections stands in one of them.
fn is_of_place(path: &Path) -> bool {
    ["place", "store", "transfer"]
        .iter()
        .any(|section| at(section).covers(path))
}

/// Clauses that are referred to exist, and are of the right kind.
fn clauses(checker: &mut Checker<'_>) {
    let document = checker.document;
    let mut found = Vec::new();
    for (index, clause) in document.retention.iter().enumerate() {
        for (number, id) in clause.yields_to.iter().enumerate() {
            let mut others = document.retention.iter();
            if !others.any(|other| other.id.as_ref() == Some(id)) {
                let path = at("retention").then(index).then("yields_to").then(number);
                found.push((path, id));
            }
        }
    }
    for (index, route) in document.route.iter().enumerate() {
        for (number, id) in route.fallback.iter().enumerate() {
            if !document
                .route
                .iter()
                .any(|other| other.id.as_ref() == Some(id))
            {
                let path = at("route").then(index).then("fallback").then(number);
                found.push((path, id));
            }
        }
    }
    for (path, id) in found {
        checker.fault_named(FaultCode::UndeclaredClause, &path, id);
    }
    let channels = document.notice.as_ref().map(|notice| &notice.channels);
    if let (Some(incident), Some(channels)) = (&document.incident, channels) {
        for (index, channel) in incident.channels.iter().enumerate() {
            if !channels.contains(channel) {
                let path = at("incident").then("channels").then(index);
                checker.fault_named(FaultCode::UndeclaredChannel, &path, channel.as_str());
            }
        }
    }
}

/// A store or pseudonym that nothing refers to is a leftover, or a category was
/// forgotten.
fn unused(checker: &mut Checker<'_>) {
    let document = checker.document;
    let mut found = Vec::new();
    for name in document.store.keys() {
        let mut categories = document.category.values();
        let used = categories.any(|category| {
            let stores = category.store_on.as_deref().unwrap_or_default();
            stores.contains(name)
        });
        if !used {
            found.push((at("store").then(name.as_str()), name));
        }
    }
    for name in document.pseudonym.keys() {
        let mut categories = document.category.values();
        let stored = categories.any(|category| category.pseudonym.as_ref() == Some(name));
        let of_browser = document
            .pseudonym
            .get(name)
            .and_then(|pseudonym| pseudonym.of)
            == Some(PseudonymOf::Browser);
        if !stored && !of_browser {
            found.push((at("pseudonym").then(name.as_str()), name));
        }
    }
    for (path, name) in found {
        checker.fault_named(FaultCode::UnusedName, &path, name);
    }
}
