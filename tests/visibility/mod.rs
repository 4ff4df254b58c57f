//! Visibility with a store and a log: the staff desk, and the book that keeps facts.

mod attack;
mod book;
mod desk;
mod faults;
#[cfg(feature = "sqlite")]
mod kill;
#[cfg(feature = "postgres")]
mod postgres;
mod vectors;

use std::sync::Arc;

use confidant::audit::LogKey;
use confidant::decision::ClauseId;
use confidant::store::Store;
use confidant::time::Moment;
use confidant::visibility::{
    AccessContext, Action, Attribute, DenyClause, FactBook, MemberRole, On, Principal, StaffClause,
    VisibilityFacts, VisibilityRules, VisibilityRulesBuilder,
};

const TENANT: &str = "acme";

fn at(second: i64) -> Moment {
    Moment::from_unix_seconds(1_767_225_600 + second).unwrap()
}

fn action(name: &str) -> Action {
    Action::new(name).unwrap()
}

fn clause(id: &str) -> ClauseId {
    ClauseId::new(id).unwrap()
}

fn role(name: &str) -> MemberRole {
    MemberRole::new(name).unwrap()
}

fn attribute(name: &str) -> Attribute {
    Attribute::new(name).unwrap()
}

/// What every policy here has.
fn base() -> VisibilityRulesBuilder {
    let all = ["view", "edit", Action::SET_LEVEL, Action::FORK].map(action);
    VisibilityRules::builder()
        .actions(all.clone())
        .attribute(On::Resource, attribute("archived"))
        .owner(clause("owner"), all)
        .internal(clause("internal"), [action("view")])
        .public(clause("public"), [action("view"), action(Action::FORK)])
        .fork(clause("fork"))
}

fn policy() -> Arc<VisibilityRules> {
    let reason = "incident".parse().unwrap();
    let policy = base()
        .role(
            clause("editor"),
            role("editor"),
            ["view", "edit"].map(action),
        )
        .role(clause("guest"), role("guest"), [action("view")])
        .deny(DenyClause::when(
            clause("suspended"),
            On::Resource,
            attribute("suspended"),
        ))
        .deny(DenyClause::when(
            clause("locked"),
            On::Principal,
            attribute("locked"),
        ))
        .staff(StaffClause::new(clause("staff"), reason, [action("view")]));
    Arc::new(policy.build().unwrap())
}

fn key() -> LogKey {
    LogKey::from_bytes([7; 32])
}

async fn open(store: &Arc<dyn Store>) -> FactBook {
    let book = FactBook::open(Arc::clone(store), key(), TENANT, policy());
    book.await.unwrap()
}

/// Everything that can be asked, about everyone and everything, then and now.
fn answers(facts: &VisibilityFacts, moments: &[i64]) -> Vec<String> {
    let context = AccessContext::default();
    let mut principals = vec![Principal::ANONYMOUS];
    let numbered = (0..).map(|number| facts.principal(&format!("p{number}")));
    principals.extend(numbered.map_while(|found| found));
    let resources = (0..).map(|number| facts.resource(&format!("r{number}")));
    let resources: Vec<_> = resources.map_while(|found| found).collect();
    let mut answers = Vec::new();
    for second in moments {
        for name in ["view", "edit", Action::SET_LEVEL, Action::FORK] {
            let action = facts.policy().action(name).unwrap();
            for resource in &resources {
                for principal in &principals {
                    let why =
                        facts.explain((*principal).with(&context), action, *resource, at(*second));
                    answers.push(format!("{why}"));
                }
                let audience = facts.audience(*resource, action, at(*second));
                answers.push(format!("{audience:?}"));
            }
            for principal in &principals {
                let seen = facts.visible_to((*principal).with(&context), action, at(*second));
                answers.push(format!("{seen:?}"));
            }
            answers.push(format!("{:?}", facts.gallery(action, at(*second))));
        }
    }
    for resource in &resources {
        let level = (facts.level(*resource), facts.source(*resource));
        let (forks, versions) = (facts.forks(*resource), facts.versions(*resource));
        answers.push(format!("{level:?} {forks:?} {versions:?}"));
    }
    answers
}
