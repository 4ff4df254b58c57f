use proptest::prelude::*;

use super::properties::{askers, build, handle, thing, worlds};
use super::*;
use crate::decision::Effect;

/// Changes facts as a remedy says, for one question.
fn apply(
    facts: &mut VisibilityFacts,
    context: &mut AccessContext,
    remedy: &Remedy,
    who: Principal,
    what: Resource,
    now: Moment,
) {
    let tick = facts::tick(now).unwrap();
    let path: Vec<_> = facts
        .path(what)
        .map(|(part, row)| (part, row.state.now))
        .collect();
    match remedy {
        Remedy::Accept => {
            for (part, _) in path {
                let _ = facts.accept(who, part, now, None);
            }
        }
        Remedy::Clear => {
            for (part, _) in path {
                facts
                    .change(part, tick, |state| state.with_cleared(true))
                    .unwrap();
            }
        }
        Remedy::Invite(role) | Remedy::Renew(role) => {
            facts
                .add_member(what, NewMember::new(who, role), now)
                .unwrap();
        }
        Remedy::Join => {
            let (_, root) = facts.path(what).last().unwrap();
            let group = Organisation(root.organisation);
            facts.join(who, group, now, None).unwrap();
        }
        Remedy::Raise(level) => {
            if path.iter().all(|(_, state)| state.level().is_none()) {
                facts
                    .change(what, tick, |state| state.with_level(Some(*level)))
                    .unwrap();
            }
            for (part, state) in path {
                if state.level().is_some_and(|own| own < *level) {
                    facts
                        .change(part, tick, |state| state.with_level(Some(*level)))
                        .unwrap();
                }
            }
        }
        Remedy::State(on, attribute, value) => match on {
            On::Resource => {
                for (part, _) in path {
                    facts
                        .set_attribute(part, attribute, Some(*value), now)
                        .unwrap();
                }
            }
            On::Principal => facts
                .set_attribute(who, attribute, Some(*value), now)
                .unwrap(),
            On::Organisation => {
                let (_, root) = facts.path(what).last().unwrap();
                let group = Organisation(root.organisation);
                facts
                    .set_attribute(group, attribute, Some(*value), now)
                    .unwrap();
            }
            On::Request => {
                *context = context
                    .with(&facts.policy().clone(), attribute, *value)
                    .unwrap()
            }
        },
        Remedy::WriteEntry => panic!("it changes no facts"),
    }
}

proptest! {
    /// What an explanation says would help, helps, and no less of it does.
    #[test]
    fn a_counterfactual_is_true_and_no_longer_than_it_must_be(world in worlds()) {
        let facts = build(&world, 0);
        let now = at(60);
        for who in askers() {
            for what in 0..world.things.len() {
                for name in ["view", "edit", "set_level"] {
                    let (who, what) = (handle(&facts, &world, who), thing(&facts, &world, what));
                    let action = id(&facts, name);
                    let explained = facts.explain(who, action, what, now);
                    let permits = |remedies: &[Remedy]| {
                        let (mut facts, mut context) = (facts.clone(), AccessContext::default());
                        for remedy in explained.needed().iter().chain(remedies) {
                            apply(&mut facts, &mut context, remedy, who, what, now);
                        }
                        facts.verdict(who.with(&context), action, what, now).is_allow()
                    };
                    if explained.verdict().refusal() == Some(AccessRefusal::EntryMissing) {
                        prop_assert_eq!(&explained.alternatives()[0], &[Remedy::WriteEntry]);
                    }
                    for remedies in explained.alternatives() {
                        if remedies.contains(&Remedy::WriteEntry) {
                            continue;
                        }
                        prop_assert!(permits(remedies), "{explained}");
                        for left_out in 0..remedies.len() {
                            let mut fewer = remedies.clone();
                            fewer.remove(left_out);
                            prop_assert!(!permits(&fewer), "{explained}");
                        }
                    }
                    if !explained.is_allow() && explained.alternatives().is_empty() && !explained.needed().is_empty() {
                        // Either that is enough, or nobody in particular is to sign in.
                        let sign_in = explained.missing().contains(&MissingGround::SignIn)
                            || explained.missing().contains(&MissingGround::Organisation);
                        prop_assert!(permits(&[]) || sign_in, "{explained}");
                    }
                }
            }
        }
    }
}

fn site() -> (VisibilityFacts, Principal, Principal, Principal, Resource) {
    let mut facts = VisibilityFacts::new(policy(Some(Level::Public)));
    let acme = facts.add_organisation("acme", at(0)).unwrap();
    facts
        .set_attribute(acme, &attribute("frozen"), Some(false), at(0))
        .unwrap();
    let people = ["owner", "colleague", "stranger"].map(|id| {
        let added = facts.add_principal(id, at(0)).unwrap();
        facts
            .set_attribute(added, &attribute("banned"), Some(false), at(0))
            .unwrap();
        added
    });
    let [owner, colleague, stranger] = people;
    facts.join(colleague, acme, at(0), None).unwrap();
    let site = NewResource::new("site")
        .owner(owner)
        .organisation(acme)
        .level(Level::Private)
        .attribute(attribute("suspended"), false);
    let site = facts.add_resource(site, at(0)).unwrap();
    (facts, owner, colleague, stranger, site)
}

#[test]
fn a_denial_says_what_is_missing_and_what_would_help() {
    let (mut facts, owner, colleague, stranger, site) = site();
    let view = id(&facts, "view");
    let context = AccessContext::default();
    let say = |facts: &VisibilityFacts, who: Principal| {
        facts
            .explain(who.with(&context), view, site, at(10))
            .to_string()
    };
    assert_eq!(
        say(&facts, colleague),
        "deny: nothing permits it; missing: an invitation, the level internal; would be allowed \
         if invited as `viewer`, or if the resource were internal"
    );
    assert_eq!(
        say(&facts, stranger),
        "deny: nothing permits it; missing: an invitation, membership in the organisation, the \
         level internal, the level public, a scan that passes the gate; would be allowed if invited \
         as `viewer`, or if a member of the organisation and the resource were internal, or if the \
         resource were public and its content had passed the gate"
    );
    assert_eq!(
        say(&facts, Principal::ANONYMOUS),
        "deny: nothing permits it; missing: a sign-in, the level public, a scan that passes the \
         gate; would be allowed if the resource were public and its content had passed the gate"
    );
    facts.invite(stranger, site, &role("viewer"), None).unwrap();
    assert!(say(&facts, stranger).contains("missing: the acceptance of the invitation"));
    assert!(say(&facts, stranger).contains("would be allowed if the invitation were accepted"));
    facts.accept(stranger, site, at(2), Some(at(5))).unwrap();
    assert!(say(&facts, stranger).contains("missing: a membership at that time"));
    assert!(say(&facts, stranger).contains("if the membership as `viewer` held"));
    facts
        .add_member(site, NewMember::new(colleague, &role("guest")), at(0))
        .unwrap();
    assert!(say(&facts, colleague).contains("missing: a role that may"));

    facts
        .set_attribute(site, &attribute("suspended"), Some(true), at(3))
        .unwrap();
    assert_eq!(
        say(&facts, owner),
        "deny: `suspended` (an attribute forbids it); lost: allow by `owner` (owner of the \
         resource); would be allowed if `suspended` were false of the resource"
    );
    facts
        .set_attribute(site, &attribute("suspended"), None, at(4))
        .unwrap();
    assert_eq!(
        say(&facts, owner),
        "deny: `suspended` (an attribute is unknown); lost: allow by `owner` (owner of the \
         resource); missing: `suspended` of the resource; would be allowed if `suspended` were \
         false of the resource"
    );
}

#[test]
fn a_permission_names_the_grounds_that_were_not_needed() {
    let (mut facts, _, colleague, _, site) = site();
    facts
        .add_member(site, NewMember::new(colleague, &role("editor")), at(0))
        .unwrap();
    facts
        .change(site, facts::tick(at(1)).unwrap(), |state| {
            state.with_level(Some(Level::Public)).with_cleared(true)
        })
        .unwrap();
    let explained = facts.explain(colleague, id(&facts, "view"), site, at(2));
    assert_eq!(
        explained.to_string(),
        "allow: `role/editor` (member in a role that may); lost: allow by `internal` (member of \
         the organisation, and the resource is internal), allow by `public` (resource is public)"
    );
    assert_eq!(
        explained
            .decision()
            .lost()
            .filter(|(effect, _)| *effect == Effect::Allow)
            .count(),
        2
    );
    assert!(explained.missing().is_empty() && explained.alternatives().is_empty());
}

#[test]
fn what_is_unknown_is_named() {
    let (facts, owner, _, _, site) = site();
    let context = AccessContext::default();
    let view = id(&facts, "view");
    let missing = |who: Principal, action, what, now| {
        facts
            .explain(who.with(&context), action, what, now)
            .missing()
            .to_vec()
    };
    assert_eq!(
        missing(Principal(99), view, site, at(1)),
        [MissingGround::Principal]
    );
    assert_eq!(
        missing(owner, ActionId(63), site, at(1)),
        [MissingGround::Action]
    );
    assert_eq!(
        missing(owner, view, Resource(99), at(1)),
        [MissingGround::Resource]
    );
    assert_eq!(
        missing(owner, view, site, Moment::MAX),
        [MissingGround::Moment]
    );
    assert_eq!(
        missing(owner, view, site, Moment::MIN),
        [MissingGround::Moment]
    );
    let denied = [
        facts.verdict_by_id(
            AskerId::new(Some("nobody")).with(&context),
            view,
            "site",
            at(1),
        ),
        facts.verdict_by_id(
            AskerId::new(Some("owner")).with(&context),
            view,
            "no-site",
            at(1),
        ),
        facts.verdict_by_id(AskerId::new(None).with(&context), view, "", at(1)),
        facts.verdict_by_id(AskerId::new(Some("")).with(&context), view, "site", at(1)),
    ];
    assert!(denied.iter().all(|verdict| !verdict.is_allow()));
    assert!(
        facts
            .verdict_by_id(
                AskerId::new(Some("owner")).with(&context),
                view,
                "site",
                at(1)
            )
            .is_allow()
    );
}

#[test]
fn nothing_helps_in_an_organisation_that_is_gone() {
    let (mut facts, owner, _, _, site) = site();
    let acme = facts.organisation("acme").unwrap();
    facts.remove(acme, at(5)).unwrap();
    let view = id(&facts, "view");
    let explained = facts.explain(owner, view, site, at(5));
    assert!(!explained.is_allow());
    assert_eq!(explained.missing(), [MissingGround::Organisation]);
    assert!(explained.needed().is_empty() && explained.alternatives().is_empty());
    assert!(facts.explain(owner, view, site, at(4)).is_allow());
}
