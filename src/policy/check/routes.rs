//! Routes to model providers, and the flows that data takes.

use super::{Checker, at, processors};
use crate::policy::document::{EVERY, Form, RecipientRole, Route, RouteMode, has, is_within};
use crate::policy::fault::FaultCode;
use crate::policy::source::Path;

pub(super) fn check(checker: &mut Checker<'_>) {
    let document = checker.document;
    for (index, route) in document.route.iter().enumerate() {
        let path = at("route").then(index);
        if route.purposes.is_empty() {
            checker.fault(FaultCode::RouteWithoutPurpose, &path);
        }
        if route.categories.is_empty() {
            checker.missing(&path, "categories");
        }
        match (route.mode, &route.processor) {
            (None, _) => checker.missing(&path, "mode"),
            (_, None) => checker.missing(&path, "processor"),
            (Some(mode), Some(name)) => {
                fits(checker, route, mode, name, &path);
                processors::shown(checker, name, &route.requires, &path);
            }
        }
        falls_back(checker, route, &path);
    }
    flows(checker);
}

/// What goes along a route, its provider and its purposes may have.
fn fits(checker: &mut Checker<'_>, route: &Route, mode: RouteMode, name: &str, path: &Path) {
    let document = checker.document;
    let Some(processor) = document.processor.get(name) else {
        return;
    };
    let customers = processor.role == Some(RecipientRole::CustomerContract);
    if processor.role.is_some() && customers != (mode == RouteMode::Customer) {
        checker.fault_named(FaultCode::UnknownValue, &path.then("mode"), mode.as_str());
    }
    for (index, category) in route.categories.iter().enumerate() {
        let path = path.then("categories").then(index);
        if category != EVERY && document.form_of(category) == Some(Form::Never) {
            checker.fault_named(FaultCode::NeverStoredLeaves, &path, category);
        }
        let every = processor.categories.iter().any(|entry| entry == EVERY);
        if !every && !has(&processor.categories, category) {
            checker.fault_named(FaultCode::DisclosureOfUnlisted, &path, category);
        }
    }
    for (index, purpose) in route.purposes.iter().enumerate() {
        if !processor.purposes.contains(purpose) && document.is_permitted(purpose) {
            let path = path.then("purposes").then(index);
            checker.fault_named(FaultCode::PurposeOfUnlisted, &path, purpose);
        }
    }
    for (index, region) in route.regions.iter().enumerate() {
        let listed = processor
            .regions
            .iter()
            .any(|known| is_within(region, known));
        if !listed && !processor.regions.is_empty() {
            let path = path.then("regions").then(index);
            checker.fault_named(FaultCode::RegionOfUnlisted, &path, region);
        }
    }
}

/// A customer's route stays with the customer, and no route leads back to itself.
fn falls_back(checker: &mut Checker<'_>, route: &Route, path: &Path) {
    let routes = &checker.document.route;
    let of = |id: &str| routes.iter().find(|other| other.id.as_deref() == Some(id));
    let mut found = Vec::new();
    for (index, id) in route.fallback.iter().enumerate() {
        let other = of(id).and_then(|other| other.mode);
        if route.mode == Some(RouteMode::Customer) && other == Some(RouteMode::Platform) {
            let path = path.then("fallback").then(index);
            found.push((FaultCode::CustomerRouteFallsBack, path, id.clone()));
        }
    }
    let mut seen = Vec::new();
    let mut open: Vec<&str> = route.fallback.iter().map(String::as_str).collect();
    while let Some(id) = open.pop() {
        if route.id.as_deref() == Some(id) {
            found.push((
                FaultCode::RouteInCircle,
                path.then("fallback"),
                id.to_owned(),
            ));
            break;
        }
        if !seen.contains(&id) {
            seen.push(id);
            let next = of(id).into_iter().flat_map(|route| &route.fallback);
            open.extend(next.map(String::as_str));
        }
    }
    for (code, path, id) in found {
        checker.fault_named(code, &path, &id);
    }
}

/// The ends of a flow are declared.
fn flows(checker: &mut Checker<'_>) {
    let document = checker.document;
    let surfaces = document.policy.as_ref().map(|header| &header.surfaces);
    let known = |name: &str| {
        matches!(name, "client" | "service" | "customer")
            || document.store.contains_key(name)
            || document.processor.contains_key(name)
            || surfaces.is_some_and(|surfaces| surfaces.iter().any(|surface| surface == name))
    };
    for (index, flow) in document.flow.iter().enumerate() {
        let path = at("flow").then(index);
        if flow.category.is_none() {
            checker.missing(&path, "category");
        }
        for (key, end) in [("from", &flow.from), ("to", &flow.to)] {
            match end {
                None => checker.missing(&path, key),
                Some(end) if !known(end) => {
                    checker.fault_named(FaultCode::FlowUndeclared, &path.then(key), end);
                }
                Some(end) => {
                    let (Some(processor), Some(category)) =
                        (document.processor.get(end), &flow.category)
                    else {
                        continue;
                    };
                    let every = processor.categories.iter().any(|entry| entry == EVERY);
                    if !every && !has(&processor.categories, category) {
                        let path = path.then("category");
                        checker.fault_named(FaultCode::DisclosureOfUnlisted, &path, category);
                    }
                }
            }
        }
    }
}
