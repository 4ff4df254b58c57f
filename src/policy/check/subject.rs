//! Checking visibility and rights.

use super::{Checker, at};
use crate::policy::document::{
    Action, Clock, Level, OWN_RECORDS, Retention, Right, RightKind, Rights, Trigger, Visibility,
    has,
};
use crate::policy::fault::FaultCode;
use crate::redact::Kind;
use crate::rights::{ClockRow, ClockTable, RequestKind};
use crate::taxonomy::Jurisdiction;
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
    let has_clause = match visibility.default {
        None => {
            checker.missing(&path, "default");
            true
        }
        Some(Level::Private) => true,
        Some(Level::Internal) => visibility.internal.is_some(),
        Some(Level::Public) => visibility.public.is_some(),
    };
    if !has_clause {
        checker.fault(FaultCode::LevelWithoutClause, &path.then("default"));
    }
    if visibility.public.is_some() && visibility.gate.is_none() {
        checker.fault(FaultCode::PublishWithoutScan, &path);
    }
    let roles = visibility.role.iter().map(|(name, actions)| {
        let path = path.then("role").then(name.as_str());
        (path, actions)
    });
    let single = [
        ("owner", &visibility.owner),
        ("internal", &visibility.internal),
        ("public", &visibility.public),
    ];
    let single = single
        .into_iter()
        .filter_map(|(key, clause)| clause.as_ref().map(|actions| (path.then(key), actions)));
    let all: Vec<_> = roles.chain(single).collect();
    for (path, actions) in &all {
        if actions.actions.is_empty() {
            checker.fault(FaultCode::RoleWithoutAction, path);
        }
    }
    for (name, staff) in &visibility.staff {
        let limited = !staff.actions.is_empty()
            && !staff.categories.is_empty()
            && staff.max_duration.is_some();
        if !limited {
            let path = path.then("staff").then(name.as_str());
            checker.fault(FaultCode::StaffWithoutLimit, &path);
        }
    }
    let granted = |action: &String| {
        let staff = visibility.staff.values().map(|staff| &staff.actions);
        let mut lists = all.iter().map(|(_, actions)| &actions.actions).chain(staff);
        lists.any(|list| list.contains(action))
    };
    for (index, deny) in visibility.deny.iter().enumerate() {
        let path = path.then("deny").then(index);
        for (number, action) in deny.actions.iter().enumerate() {
            if !granted(action) {
                let path = path.then("actions").then(number);
                checker.fault_named(FaultCode::UndeclaredAction, &path, action);
            }
        }
        if deny.on.is_none() {
            checker.missing(&path, "on");
        }
        if deny.attribute.is_none() {
            checker.missing(&path, "attribute");
        }
    }
    if let Some(gate) = &visibility.gate {
        if gate.from.is_none() {
            checker.missing(&path.then("gate"), "from");
        }
        for (index, label) in gate.never_waived.iter().enumerate() {
            if label.parse::<Kind>().is_err() {
                let path = path.then("gate").then("never_waived").then(index);
                checker.fault_named(FaultCode::UnknownValue, &path, label);
            }
        }
    }
}

fn rights(checker: &mut Checker<'_>, rights: &Rights) {
    let path = at("rights");
    for kind in [
        RightKind::Access,
        RightKind::Correction,
        RightKind::Deletion,
    ] {
        if !rights.kind.contains_key(&kind) {
            let path = path.then("kind").then(kind.as_str());
            checker.fault_named(FaultCode::RightsMissing, &path, kind.as_str());
        }
    }
    for (kind, right) in &rights.kind {
        let path = path.then("kind").then(kind.as_str());
        // An objection or a withdrawal counts from its own moment on.
        let at_once =
            right.self_service || matches!(kind, RightKind::Withdrawal | RightKind::OptOut);
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
    clocks(checker, rights);
    if let Some(deletion) = rights.kind.get(&RightKind::Deletion) {
        deletion_is_planned(checker, deletion);
    }
}

/// Deadlines keep within the law of each jurisdiction, and rows of one's own are whole.
fn clocks(checker: &mut Checker<'_>, rights: &Rights) {
    let document = checker.document;
    let path = at("rights");
    for (index, clock) in rights.clock.iter().enumerate() {
        let path = path.then("clock").then(index);
        for (key, stated) in [
            ("jurisdiction", clock.jurisdiction.is_some()),
            ("kinds", !clock.kinds.is_empty()),
            ("deadline", clock.deadline.is_some()),
            ("source", clock.source.is_some()),
        ] {
            if !stated {
                checker.missing(&path, key);
            }
        }
    }
    let (Ok(table), Some(header)) = (ClockTable::shipped(), &document.policy) else {
        return;
    };
    let effective = header.effective.as_ref().and_then(|text| text.day().ok());
    let Some(effective) = effective else { return };
    for (kind, right) in &rights.kind {
        let stated = right.deadline.as_ref().and_then(|text| text.period().ok());
        let Some(stated) = stated else { continue };
        let too_long = header.jurisdictions.iter().any(|code| {
            let code = Jurisdiction::new(code).ok();
            let own = |clock: &&Clock| {
                let area = clock.jurisdiction.as_deref();
                let area = area.and_then(|area| Jurisdiction::new(area).ok());
                let covered = area
                    .zip(code)
                    .is_some_and(|(area, code)| code.is_within(&area));
                covered && clock.kinds.contains(kind)
            };
            let row = code.and_then(|code| table.row(request_kind(*kind), &code, effective));
            let allowed = row.and_then(ClockRow::deadline);
            // A row of the document's own goes before that of the table.
            let overridden = rights.clock.iter().any(|clock| own(&clock));
            !overridden && allowed.is_some_and(|allowed| stated.shortest() > allowed.longest())
        });
        if too_long {
            let path = path.then("kind").then(kind.as_str()).then("deadline");
            checker.fault(FaultCode::DeadlineTooLong, &path);
        }
    }
}

/// Returns the kind of request that a word of the document means.
pub(in crate::policy) const fn request_kind(kind: RightKind) -> RequestKind {
    match kind {
        RightKind::Access => RequestKind::Access,
        RightKind::Correction => RequestKind::Correction,
        RightKind::Deletion => RequestKind::Deletion,
        RightKind::Objection => RequestKind::Objection,
        RightKind::Restriction => RequestKind::Restriction,
        RightKind::Portability => RequestKind::Portability,
        RightKind::Withdrawal => RequestKind::Withdrawal,
        RightKind::OptOut => RequestKind::OptOut,
        RightKind::Complaint => RequestKind::Complaint,
        RightKind::Appeal => RequestKind::Appeal,
    }
}

/// Everything that may be deleted on request has a clause that deletes it in time.
fn deletion_is_planned(checker: &mut Checker<'_>, deletion: &Right) {
    let document = checker.document;
    let path = at("rights").then("kind").then(RightKind::Deletion.as_str());
    let limit = deletion
        .deadline
        .as_ref()
        .and_then(|text| text.period().ok());
    let in_time = |rule: &Retention| {
        // One that cannot be read has a fault of its own.
        rule.delete_by
            .as_ref()
            .is_some_and(|text| match text.period() {
                Ok(by) => limit.is_none_or(|limit| !later(by, limit)),
                Err(_) => true,
            })
    };
    let erases = |rule: &Retention| {
        rule.trigger == Some(Trigger::DeletionRequested)
            && matches!(
                rule.action,
                Some(
                    Action::Delete
                        | Action::CryptoShred
                        | Action::Anonymise
                        | Action::ProcessorManaged
                )
            )
    };
    // The law keeps what it keeps, and the records of this crate show what was done.
    let by_law = |rule: &Retention| {
        let keeps = rule.keep_for.is_some() || rule.keep_while.is_some();
        keeps
            && rule
                .basis
                .is_some_and(|basis| basis.basis().outweighs_erasure())
    };
    let every = deletion.categories.is_empty();
    let names = document.category.keys().map(String::as_str);
    let reached = names.filter(|name| {
        (every || has(&deletion.categories, name))
            && document.is_kept(name)
            && !OWN_RECORDS.contains(name)
    });
    let forgotten = reached.filter(|name| {
        let mut rules = document.retention_of(name);
        !rules.any(|(_, rule)| by_law(rule) || (erases(rule) && in_time(rule)))
    });
    // A clause that could not be read may have been the one.
    let retention = at("retention");
    let mut removed = checker.doc.removed.iter();
    let is_read = !removed.any(|removed| removed.path.first(1) == retention);
    let first = forgotten.min().filter(|_| is_read);
    if let Some(name) = first {
        let path = match limit {
            Some(_) => path.then("deadline"),
            None => path,
        };
        checker.fault_named(FaultCode::DeletionLaterThanRight, &path, name);
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
