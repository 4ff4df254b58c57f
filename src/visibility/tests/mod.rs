#[cfg(feature = "audit")]
mod desk;
mod expiry;
mod explained;
#[cfg(feature = "redact")]
mod gate;
#[cfg(feature = "redact")]
mod machine;
mod named;
mod over_time;
mod properties;
mod reference;

use std::sync::Arc;

use super::*;
use crate::decision::ClauseId;
use crate::time::Moment;

pub(super) fn clause(id: &str) -> ClauseId {
    ClauseId::new(id).unwrap()
}

pub(super) fn action(name: &str) -> Action {
    Action::new(name).unwrap()
}

pub(super) fn role(name: &str) -> MemberRole {
    MemberRole::new(name).unwrap()
}

pub(super) fn attribute(name: &str) -> Attribute {
    Attribute::new(name).unwrap()
}

/// A moment, in seconds after the start of 2026.
pub(super) fn at(second: u32) -> Moment {
    Moment::from_unix_seconds(1_767_225_600 + i64::from(second)).unwrap()
}

/// Owner and admins do everything, editors edit, viewers view; the organisation views and
/// forks what is internal, anyone views and forks what is public; nothing suspended is
/// touched but by staff, editing needs a second factor, and staff view logs for incidents.
pub(super) fn policy(gate: Option<Level>) -> Arc<VisibilityRules> {
    let all = ["view", "edit", "set_level", "waive", "fork"].map(action);
    let [view, edit, .., fork] = all.clone();
    let reach = [view.clone(), fork];
    let builder = VisibilityRules::builder()
        .actions(all.clone())
        .owner(clause("owner"), all.clone())
        .role(clause("role/admin"), role("admin"), all)
        .role(
            clause("role/editor"),
            role("editor"),
            [view.clone(), edit.clone()],
        )
        .role(clause("role/viewer"), role("viewer"), [view.clone()])
        .role(clause("role/guest"), role("guest"), [])
        .internal(clause("internal"), reach.clone())
        .public(clause("public"), reach)
        .deny(
            DenyClause::when(clause("suspended"), On::Resource, attribute("suspended"))
                .spares_staff(),
        )
        .deny(DenyClause::when(
            clause("banned"),
            On::Principal,
            attribute("banned"),
        ))
        .deny(DenyClause::when(
            clause("frozen"),
            On::Organisation,
            attribute("frozen"),
        ))
        .deny(DenyClause::unless(clause("mfa"), On::Request, attribute("mfa")).actions([edit]))
        .staff(StaffClause::new(
            clause("staff"),
            ReasonKind::new("incident").unwrap(),
            [view],
        ))
        .fork(clause("fork"));
    let builder = match gate {
        Some(level) => builder.gate(GateClause::new(clause("gate")).from(level)),
        None => builder,
    };
    Arc::new(builder.build().unwrap())
}

pub(super) fn id(facts: &VisibilityFacts, name: &str) -> ActionId {
    facts.policy().action(name).unwrap()
}

pub(super) fn with_mfa(facts: &VisibilityFacts) -> AccessContext {
    AccessContext::default()
        .with(facts.policy(), &attribute("mfa"), true)
        .unwrap()
}
