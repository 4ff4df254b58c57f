//! Visibility and rights.

use super::{Checker, at};
use crate::policy::document::{
    Retention, Right, RightKind, Rights, Trigger, Visibility,
};
use crate::policy::fault::FaultCode;
use crate::time::{Moment, Period, Rounding};

pub(super) fn check(checker: &mut Checker<'_>) {
    let document = checker.document;
    if let Some(visibility) = &document.visibility {
        self::visibility(checker, visibility);
    }
    match &document.rights {
        None => checker.fault(FaultCode::RightsMissing, &at("rights")),
        Some(rights) => self::rights(checker, rights),
    }
}

fn visibility(checker: &mut Checker<'_>, visibility: &Visibility) {
    let path = at("visibility");
    if visibility.levels.is_empty() {
        checker.missing(&path, "levels");
    }
    if !visibility.levels.is_sorted() {
        checker.fault(FaultCode::LevelOutOfOrder, &path.then("levels"));
    }
    match visibility.default {
        None => checker.missing(&path, "default"),
        Some(level) if !visibility.levels.contains(&level) => {
            let path = path.then("default");
            checker.fault_named(FaultCode::LevelOutOfOrder, &path, level.as_str());
        }
        Some(_) => {}
    }
    let publishes = visibility
        .levels
        .contains(&crate::policy::document::Level::Public);
    if publishes && !visibility.publish_scan {
        checker.fault(FaultCode::PublishWithoutScan, &path);
    }
    for (name, role) in &visibility.role {
        if role.actions.is_empty() {
            let path = path.then("role").then(name.as_str());
            checker.fault(FaultCode::RoleWithoutAction, &path);
        }
    }
    if let Some(staff) = &visibility.staff {
        let complete = !staff.reasons.is_empty() && staff.max_duration.is_some() && staff.audited;
        if !complete {
            checker.fault(FaultCode::StaffWithoutReason, &path.then("staff"));
        }
        if staff.categories.is_empty() {
            checker.missing(&path.then("staff"), "categories");
        }
    }
}

fn rights(checker: &mut Checker<'_>, rights: &Rights) {
    let path = at("rights");
    for kind in [RightKind::Access, RightKind::Correction, RightKind::Deletion] {
        if !rights.kind.contains_key(&kind) {
            let path = path.then("kind").then(kind.as_str());
            checker.fault_named(FaultCode::RightsMissing, &path, kind.as_str());
        }
    }
    for (kind, right) in &rights.kind {
        let path = path.then("kind").then(kind.as_str());
        // An objection or a withdrawal counts from its own moment on.
        let at_once = right.self_service
            || matches!(kind, RightKind::Withdrawal | RightKind::OptOut);
        if right.deadline.is_none() && !at_once {
            checker.fault(FaultCode::RightWithoutDeadline, &path);
        }
        let exports = matches!(kind, RightKind::Access | RightKind::Portability);
        if exports && right.categories.is_empty() {
            checker.fault(FaultCode::RightWithoutCategory, &path);
        }
    }
    if rights.identity.is_none() {
        checker.missing(&path, "identity");
    }
    if let Some(deletion) = rights.kind.get(&RightKind::Deletion) {
        deletion_is_planned(checker, deletion);
    }
}

/// What may be deleted on request has a clause that deletes it in time.
fn deletion_is_planned(checker: &mut Checker<'_>, deletion: &Right) {
    let document = checker.document;
    let path = at("rights").then("kind").then(RightKind::Deletion.as_str());
    let on_request = |rule: &&Retention| rule.trigger == Some(Trigger::DeletionRequested);
    let rules: Vec<_> = document.retention.iter().filter(on_request).collect();
    if rules.is_empty() {
        checker.fault(FaultCode::DeletionLaterThanRight, &path);
        return;
    }
    let limit = deletion.deadline.as_ref().and_then(|text| text.period().ok());
    let Some(limit) = limit else { return };
    let late = |rule: &Retention| {
        let by = rule.delete_by.as_ref().and_then(|text| text.period().ok());
        by.is_some_and(|by| later(by, limit))
    };
    if rules.iter().all(|rule| late(rule)) {
        checker.fault(FaultCode::DeletionLaterThanRight, &path.then("deadline"));
    }
}

/// Returns whether `a` is over later than `b`, begun on the same day.
fn later(a: Period, b: Period) -> bool {
    let start: Option<Moment> = "2026-02-01T00:00:00Z".parse().ok();
    let end = |period: Period| start.and_then(|start| period.after(start, Rounding::Back).ok());
    match (end(a), end(b)) {
        (Some(a), Some(b)) => a > b,
        _ => true,
    }
}
