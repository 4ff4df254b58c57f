//! Retention clauses: bounds, actions, and pairs that can never both hold.

use std::time::Duration;

use super::{Checker, at};
use crate::policy::document::{
    Action, EVERY, Form, PeriodText, RecipientRole, Retention, State, Trigger,
};
use crate::policy::fault::FaultCode;
use crate::policy::source::Path;
use crate::policy::span::nominal;
use crate::time::{Moment, Period, Rounding};

/// The most that clocks may differ: a day.
const MOST_SKEW: Duration = Duration::from_secs(86_400);

pub(super) fn check(checker: &mut Checker<'_>) {
    let document = checker.document;
    for (index, rule) in document.retention.iter().enumerate() {
        let path = at("retention").then(index);
        bounds(checker, rule, &path);
        action(checker, rule, &path);
    }
    conflicts(checker);
    circles(checker);
    holds(checker);
}

fn period(text: Option<&PeriodText>) -> Option<Period> {
    text.and_then(|text| text.period().ok())
}

fn bounds(checker: &mut Checker<'_>, rule: &Retention, path: &Path) {
    if rule.categories.is_empty() {
        checker.missing(path, "categories");
    }
    let keeps = rule.keep_for.is_some() || rule.keep_while.is_some();
    let deletes = rule.delete_by.is_some();
    let elsewhere = rule.action == Some(Action::ProcessorManaged);
    if rule.trigger.is_none() && rule.keep_while.is_none() && !elsewhere {
        checker.missing(path, "trigger");
    }
    if !keeps && !deletes && !elsewhere {
        checker.fault(FaultCode::RetentionWithoutBound, path);
    }
    if deletes && rule.action.is_none() {
        checker.fault(FaultCode::RetentionWithoutAction, path);
    }
    if rule.keep_for.is_some() && !deletes && rule.then.is_none() && rule.keep_while.is_none() {
        checker.fault(FaultCode::RetentionWithoutAction, path);
    }
    if rule.then.is_some() && rule.then_within.is_none() {
        checker.missing(path, "then_within");
    }
    if rule.keep_while.is_some() && (rule.trigger.is_some() || deletes) {
        checker.fault(FaultCode::StateWithDeadline, path);
    }
    for (index, name) in rule.except.iter().enumerate() {
        let of_all = rule.categories.iter().any(|entry| entry == EVERY);
        if !of_all || name.contains('.') {
            checker.fault_named(
                FaultCode::ExceptOfPart,
                &path.then("except").then(index),
                name,
            );
        }
    }
    if keeps && rule.basis.is_none() {
        checker.fault(FaultCode::KeepWithoutBasis, path);
    }
    if let (Some(keep), Some(delete)) = (
        period(rule.keep_for.as_ref()),
        period(rule.delete_by.as_ref()),
    ) && always_longer(keep, delete)
    {
        checker.fault(FaultCode::KeepAfterDelete, &path.then("keep_for"));
    }
}

fn action(checker: &mut Checker<'_>, rule: &Retention, path: &Path) {
    let document = checker.document;
    let actions = [rule.action, rule.then];
    if actions.contains(&Some(Action::Anonymise)) {
        match &rule.into {
            None => checker.fault(FaultCode::AnonymiseIntoNothing, path),
            Some(into) => {
                let known = document.category.get(into);
                if known.is_some()
                    && (!document.is_anonymous(into)
                        || document.form_of(into) != Some(Form::Aggregate))
                {
                    let path = path.then("into");
                    checker.fault_named(FaultCode::AnonymisedIsPersonal, &path, into);
                }
            }
        }
    }
    if actions.contains(&Some(Action::ProcessorManaged)) {
        match &rule.processor {
            None => checker.fault(FaultCode::ActionWithoutProcessor, path),
            Some(name) => {
                let ours = document.processor.get(name).and_then(|known| known.role);
                if matches!(
                    ours,
                    Some(RecipientRole::Processor | RecipientRole::SubProcessor)
                ) {
                    let path = path.then("processor");
                    checker.fault_named(FaultCode::ProcessorManagesOwnData, &path, name);
                }
            }
        }
    }
}

/// Keep and delete bounds that meet: one must yield, unless the law says which.
fn conflicts(checker: &mut Checker<'_>) {
    let document = checker.document;
    let rules = &document.retention;
    let mut found = Vec::new();
    for (index, delete) in rules.iter().enumerate() {
        let path = at("retention").then(index);
        let mut met = Vec::new();
        for keep in rules {
            let same = std::ptr::eq(keep, delete);
            let Some(keep_id) = &keep.id else { continue };
            if same || !in_conflict(keep, delete) || !keep.meets(delete, document) {
                continue;
            }
            met.push(keep_id);
            let delete_yields = delete.yields_to.contains(keep_id);
            let keep_yields = delete
                .id
                .as_ref()
                .is_some_and(|id| keep.yields_to.contains(id));
            if !delete_yields && !keep_yields && !is_settled(keep, delete) {
                found.push((FaultCode::RetentionConflict, path.clone(), keep_id.clone()));
            }
            let outweighs = keep
                .basis
                .is_some_and(|basis| basis.basis().outweighs_erasure());
            if delete_yields && !outweighs {
                found.push((FaultCode::YieldsToWeaker, path.clone(), keep_id.clone()));
            }
        }
        for (number, id) in delete.yields_to.iter().enumerate() {
            let other = rules.iter().find(|other| other.id.as_ref() == Some(id));
            let keeps_against = other
                .is_some_and(|other| in_conflict(delete, other) && delete.meets(other, document));
            if other.is_some() && !met.contains(&id) && !keeps_against {
                let path = path.then("yields_to").then(number);
                found.push((FaultCode::YieldsToNothing, path, id.clone()));
            }
        }
    }
    for (code, path, id) in found {
        checker.fault_named(code, &path, &id);
    }
}

/// Returns whether a keep bound can reach beyond a delete bound.
fn in_conflict(keep: &Retention, delete: &Retention) -> bool {
    let Some(delete_by) = period(delete.delete_by.as_ref()) else {
        return false;
    };
    if let Some(keep_for) = period(keep.keep_for.as_ref()) {
        return keep.trigger != delete.trigger || sometimes_longer(keep_for, delete_by);
    }
    match (keep.keep_while, delete.trigger) {
        // What ends the state ends the keeping.
        (Some(State::AccountActive), Some(Trigger::AccountClosed))
        | (Some(State::ContractRuns), Some(Trigger::ContractEnd)) => false,
        (Some(_), Some(_)) => true,
        _ => false,
    }
}

/// Returns whether it is clear without a word which of two bounds gives way.
fn is_settled(keep: &Retention, delete: &Retention) -> bool {
    let outweighs = keep
        .basis
        .is_some_and(|basis| basis.basis().outweighs_erasure());
    let Some(trigger) = delete.trigger else {
        return true;
    };
    if trigger.is_by_right() {
        // The law lets a duty to keep stand against erasure, and nothing else.
        return true;
    }
    let same_start = keep.trigger == delete.trigger;
    match (outweighs, same_start) {
        // A duty that outlasts a promise needs a word, whatever starts them.
        (true, _) => false,
        // A weak keep bound that begins elsewhere can hold until the delete bound comes.
        (false, false) => !keeps_from_creation(keep, trigger),
        (false, true) => {
            let keep = period(keep.keep_for.as_ref());
            let delete = period(delete.delete_by.as_ref());
            !matches!((keep, delete), (Some(keep), Some(delete)) if always_longer(keep, delete))
        }
    }
}

/// Returns whether a state keeps what a rolling period deletes.
const fn keeps_from_creation(keep: &Retention, trigger: Trigger) -> bool {
    keep.keep_while.is_some() && matches!(trigger, Trigger::Created | Trigger::LastModified)
}

/// Days from which both kinds of calendar trouble arise: ends of months, leap days.
const STARTS: [&str; 10] = [
    "2023-01-31T00:00:00Z",
    "2023-02-28T00:00:00Z",
    "2023-12-31T12:00:00Z",
    "2024-01-01T00:00:00Z",
    "2024-01-31T00:00:00Z",
    "2024-02-29T00:00:00Z",
    "2024-03-31T00:00:00Z",
    "2024-06-30T00:00:00Z",
    "2025-03-01T00:00:00Z",
    "2026-08-31T23:59:59Z",
];

fn ends(keep: Period, delete: Period) -> impl Iterator<Item = (Moment, Moment)> {
    STARTS.iter().filter_map(move |start| {
        let start: Moment = start.parse().ok()?;
        let keep = keep.after(start, Rounding::Forward).ok()?;
        Some((keep, delete.after(start, Rounding::Back).ok()?))
    })
}

fn always_longer(keep: Period, delete: Period) -> bool {
    ends(keep, delete).all(|(keep, delete)| keep > delete)
}

fn sometimes_longer(keep: Period, delete: Period) -> bool {
    ends(keep, delete).any(|(keep, delete)| keep > delete)
}

/// No clause yields to itself by way of others.
fn circles(checker: &mut Checker<'_>) {
    let rules = &checker.document.retention;
    let of = |id: &str| rules.iter().find(|rule| rule.id.as_deref() == Some(id));
    let mut found = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let Some(start) = &rule.id else { continue };
        let mut seen = Vec::new();
        let mut open: Vec<&str> = rule.yields_to.iter().map(String::as_str).collect();
        while let Some(id) = open.pop() {
            if id == start {
                found.push((at("retention").then(index).then("yields_to"), start.clone()));
                break;
            }
            if !seen.contains(&id) {
                seen.push(id);
                let next = of(id).into_iter().flat_map(|rule| &rule.yields_to);
                open.extend(next.map(String::as_str));
            }
        }
    }
    for (path, id) in found {
        checker.fault_named(FaultCode::YieldsInCircle, &path, &id);
    }
}

fn holds(checker: &mut Checker<'_>) {
    let document = checker.document;
    if let Some(hold) = &document.hold
        && hold.review_within.is_none()
    {
        checker.fault(FaultCode::HoldWithoutReview, &at("hold"));
    }
    let skew = document.brakes.as_ref();
    let skew = skew.and_then(|brakes| brakes.skew.as_ref()?.period().ok());
    // More than that makes every record late, and every duty to keep one longer.
    if skew.is_some_and(|skew| nominal(skew) > MOST_SKEW) {
        checker.fault(FaultCode::OutOfRange, &at("brakes").then("skew"));
    }
    let share = document
        .brakes
        .as_ref()
        .and_then(|brakes| brakes.max_percent);
    if share.is_some_and(|share| !(1..=100).contains(&share)) {
        checker.fault(
            FaultCode::ShareOutOfRange,
            &at("brakes").then("max_percent"),
        );
    }
}
