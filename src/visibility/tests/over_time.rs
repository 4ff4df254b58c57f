//! Facts in the order of time, and questions about the past.

use super::named::{version, world};
use super::*;
use crate::ErrorKind;

#[test]
fn facts_out_of_order_or_out_of_bounds_are_refused() {
    let mut world = world(Level::Private);
    let suspended = attribute("suspended");
    let facts = &mut world.facts;
    facts
        .set_attribute(world.workspace, &suspended, Some(true), at(10))
        .unwrap();
    let kind = |result: Result<(), crate::Error>| result.unwrap_err().kind();
    let set = |facts: &mut VisibilityFacts, moment| {
        facts.set_attribute(world.workspace, &suspended, Some(false), moment)
    };
    assert_eq!(kind(set(facts, at(9))), ErrorKind::Config);
    assert_eq!(kind(set(facts, Moment::MAX)), ErrorKind::Limit);
    assert_eq!(kind(set(facts, Moment::MIN)), ErrorKind::Limit);
    assert_eq!(
        kind(facts.set_attribute(world.workspace, &attribute("no"), None, at(11))),
        ErrorKind::Config
    );
    assert_eq!(
        kind(facts.join(Principal(99), Organisation(0), at(0), None)),
        ErrorKind::Config
    );
    assert_eq!(
        kind(facts.join(world.owner, Organisation(99), at(0), None)),
        ErrorKind::Config
    );
    assert_eq!(
        kind(facts.add_member(
            Resource(99),
            NewMember::new(world.owner, &role("admin")),
            at(0)
        )),
        ErrorKind::Config
    );
    assert_eq!(
        kind(facts.add_member(
            world.workspace,
            NewMember::new(Principal::ANONYMOUS, &role("admin")),
            at(0)
        )),
        ErrorKind::Config
    );
    assert_eq!(
        kind(facts.add_member(
            world.workspace,
            NewMember::new(world.owner, &role("king")),
            at(0)
        )),
        ErrorKind::Config
    );
    assert_eq!(
        kind(facts.set_owner(world.workspace, Some(Principal(99)), at(11))),
        ErrorKind::Config
    );
    let both = NewResource::new("both")
        .within(world.workspace)
        .organisation(Organisation(0));
    assert_eq!(
        facts.add_resource(both, at(0)).unwrap_err().kind(),
        ErrorKind::Config
    );
    let twice = facts.add_resource(NewResource::new("workspace"), at(0));
    assert_eq!(twice.unwrap_err().kind(), ErrorKind::Conflict);
    let mut inner = world.workspace;
    let mut made = 1;
    loop {
        let id = format!("deep-{made}");
        match facts.add_resource(NewResource::new(&id).within(inner), at(0)) {
            Ok(next) => inner = next,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Limit);
                break;
            }
        }
        made += 1;
    }
    assert_eq!(made, VisibilityFacts::MAX_DEPTH);
}

#[test]
fn time_travel_answers_by_the_facts_of_then() {
    let mut world = world(Level::Internal);
    let context = with_mfa(&world.facts);
    let _ = world
        .facts
        .lower(
            world.owner.with(&context),
            world.workspace,
            Level::Private,
            at(10),
        )
        .unwrap();
    world
        .facts
        .raise(
            world.owner.with(&context),
            world.workspace,
            Level::Internal,
            at(20),
        )
        .unwrap();
    world
        .facts
        .set_attribute(world.workspace, &attribute("suspended"), Some(true), at(30))
        .unwrap();
    world
        .facts
        .set_attribute(
            world.workspace,
            &attribute("suspended"),
            Some(false),
            at(40),
        )
        .unwrap();
    world
        .facts
        .set_owner(world.workspace, Some(world.stranger), at(50))
        .unwrap();
    let seen = |who, second| world.may_at(who, "view", world.workspace, second);
    let colleague: Vec<_> = [0, 9, 10, 19, 20, 29, 30, 39, 40, 60]
        .map(|t| seen(world.colleague, t))
        .into();
    assert_eq!(
        colleague,
        [
            true, true, false, false, true, true, false, false, true, true
        ]
    );
    assert!(seen(world.owner, 49) && !seen(world.owner, 50));
    assert!(!seen(world.stranger, 49) && seen(world.stranger, 50));
    let view = id(&world.facts, "view");
    let list = |who: Principal, second| {
        world
            .facts
            .visible_to(who.with(&context), view, at(second))
            .len()
    };
    assert_eq!(
        [9, 10, 20, 30].map(|second| list(world.colleague, second)),
        [1, 0, 1, 0]
    );
    let who = |second| {
        world
            .facts
            .audience(world.workspace, view, at(second))
            .principals()
            .len()
    };
    assert_eq!([9, 10, 49, 50].map(who), [3, 2, 3, 3]);
}

#[test]
fn raising_past_the_gate_needs_a_scan() {
    let mut world = world(Level::Private);
    let context = with_mfa(&world.facts);
    let raise = |facts: &mut VisibilityFacts, level, second| {
        facts.raise(
            world.owner.with(&context),
            world.workspace,
            level,
            at(second),
        )
    };
    raise(&mut world.facts, Level::Internal, 3).unwrap();
    assert_eq!(
        raise(&mut world.facts, Level::Internal, 4)
            .unwrap_err()
            .kind(),
        ErrorKind::Config
    );
    assert_eq!(
        raise(&mut world.facts, Level::Public, 4)
            .unwrap_err()
            .kind(),
        ErrorKind::Refused
    );
    let error = world
        .facts
        .lower(
            world.owner.with(&context),
            world.workspace,
            Level::Internal,
            at(5),
        )
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let error = world
        .facts
        .restore_version(world.workspace, version(2, 6))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}
