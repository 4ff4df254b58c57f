//! What passed the gate, and what did not.

use super::named::world;
use super::*;
use crate::ErrorKind;
use crate::redact::Redactor;

fn scan(parts: &[(&str, &str)], second: u32) -> ScanReport {
    let redactor = Redactor::default();
    let mut scanner = Scanner::new(&redactor, "rules-1");
    for (name, content) in parts {
        scanner.part(name, content.as_bytes()).unwrap();
    }
    scanner.finish(at(second))
}

fn publish(
    facts: &mut VisibilityFacts,
    by: Principal,
    what: Resource,
    level: Level,
    second: u32,
) -> Result<PublishedVersion, crate::Error> {
    let report = scan(&[("README.md", "nothing")], second);
    let content = *report.content();
    facts.publish(
        by,
        what,
        Publication::new(level, &report, &content),
        at(second),
    )
}

fn part<'r>(id: &'r str, within: Resource) -> NewResource<'r> {
    let part = NewResource::new(id).within(within);
    part.attribute(attribute("suspended"), false)
}

/// How far a part is seen, by every way to ask.
fn seen(
    facts: &VisibilityFacts,
    people: [Principal; 2],
    what: Resource,
    second: u32,
) -> Option<Level> {
    let view = id(facts, "view");
    let [colleague, stranger] = people;
    let sees = |who| {
        let sees = facts.verdict(who, view, what, at(second)).is_allow();
        let listed = facts.visible_to(who, view, at(second));
        assert_eq!(listed.contains(&what), sees, "listing");
        let audience = facts.audience(what, view, at(second));
        if who == Principal::ANONYMOUS {
            assert_eq!(audience.anyone(), sees, "audience");
        } else {
            let mut all = audience.principals().iter();
            assert_eq!(all.any(|(one, _)| *one == who), sees, "audience");
        }
        sees
    };
    let anyone = sees(Principal::ANONYMOUS);
    assert_eq!(sees(stranger), anyone);
    let level = match (sees(colleague), anyone) {
        (true, true) => Some(Level::Public),
        (true, false) => Some(Level::Internal),
        _ => None,
    };
    let gallery = facts.gallery(view, at(second)).contains(&what);
    assert!(!gallery || anyone, "gallery");
    level
}

#[test]
fn what_is_added_to_a_published_container_waits_for_the_next_version() {
    let mut w = world(Level::Private);
    let people = [w.colleague, w.stranger];
    let folder = w
        .facts
        .add_resource(part("src", w.workspace), at(2))
        .unwrap();
    let old = w
        .facts
        .add_resource(part("src/main.rs", folder), at(2))
        .unwrap();
    publish(&mut w.facts, w.owner, w.workspace, Level::Public, 10).unwrap();
    for what in [w.workspace, folder, old] {
        assert_eq!(seen(&w.facts, people, what, 11), Some(Level::Public));
        assert_eq!(seen(&w.facts, people, what, 9), None);
    }
    // Beside what was scanned, in it, and stated as if it had been there before.
    let key = w
        .facts
        .add_resource(part("key", w.workspace).listed(), at(12))
        .unwrap();
    let deep = w
        .facts
        .add_resource(part("src/key", folder), at(12))
        .unwrap();
    let late = w
        .facts
        .add_resource(part("late", w.workspace), at(3))
        .unwrap();
    let below = w
        .facts
        .add_resource(part("src/key/x", deep), at(13))
        .unwrap();
    for what in [key, deep, late, below] {
        assert_eq!(seen(&w.facts, people, what, 14), Some(Level::Internal));
    }
    // What passed the gate by itself is seen by itself.
    let own = w.facts.add_resource(part("own", deep), at(14)).unwrap();
    assert_eq!(seen(&w.facts, people, own, 15), Some(Level::Internal));
    publish(&mut w.facts, w.owner, own, Level::Public, 16).unwrap();
    assert_eq!(seen(&w.facts, people, own, 17), Some(Level::Public));
    assert_eq!(seen(&w.facts, people, deep, 17), Some(Level::Internal));
    // One that lies ahead is not in a version before it.
    let ahead = w
        .facts
        .add_resource(part("ahead", w.workspace), at(30))
        .unwrap();
    publish(&mut w.facts, w.owner, w.workspace, Level::Public, 20).unwrap();
    for what in [key, deep, late, below, own] {
        assert_eq!(seen(&w.facts, people, what, 21), Some(Level::Public));
        assert!(seen(&w.facts, people, what, 19).is_some());
    }
    assert_eq!(seen(&w.facts, people, key, 19), Some(Level::Internal));
    assert_eq!(seen(&w.facts, people, ahead, 31), Some(Level::Internal));
    // The container decides as before.
    let _ = w
        .facts
        .lower(w.owner, w.workspace, Level::Private, at(40))
        .unwrap();
    for what in [folder, old, key, ahead, own] {
        assert_eq!(seen(&w.facts, people, what, 41), None);
    }
}

#[test]
fn what_was_not_scanned_says_so() {
    let mut w = world(Level::Private);
    publish(&mut w.facts, w.owner, w.workspace, Level::Public, 10).unwrap();
    let key = w
        .facts
        .add_resource(part("key", w.workspace), at(12))
        .unwrap();
    let view = id(&w.facts, "view");
    let said = w.facts.explain(w.stranger, view, key, at(13));
    assert!(said.missing().contains(&MissingGround::Clearance), "{said}");
    assert!(
        !said
            .missing()
            .contains(&MissingGround::Level(Level::Public)),
        "{said}"
    );
}

#[test]
fn a_version_of_a_policy_without_a_gate_passes_none() {
    let mut facts = VisibilityFacts::new(policy(None));
    facts.journal = Some(Vec::new());
    let owner = facts.add_principal("owner", at(0)).unwrap();
    facts
        .set_attribute(owner, &attribute("banned"), Some(false), at(0))
        .unwrap();
    let site = NewResource::new("site").owner(owner).level(Level::Private);
    let site = site.attribute(attribute("suspended"), false);
    let site = facts.add_resource(site, at(0)).unwrap();
    let report = scan(&[("a", "export KEY=AKIAQ3EGRIZJ7OWLMXUV")], 5);
    assert_eq!(report.findings().len(), 1);
    let content = *report.content();
    facts
        .publish(
            owner,
            site,
            Publication::new(Level::Public, &report, &content),
            at(5),
        )
        .unwrap();
    let version = facts.versions(site)[0].clone();
    let sees = |facts: &VisibilityFacts| {
        let view = id(facts, "view");
        let verdict = facts.verdict(Principal::ANONYMOUS, view, site, at(9));
        verdict.is_allow()
    };
    assert!(sees(&facts));
    let statements = facts.journal.take().unwrap();
    let again = |gate| {
        let mut facts = VisibilityFacts::new(policy(gate));
        for statement in &statements {
            facts.restate(statement).unwrap();
        }
        facts
    };
    assert!(sees(&again(None)));
    for gate in [Level::Internal, Level::Public] {
        let mut facts = again(Some(gate));
        assert_eq!(facts.versions(site), std::slice::from_ref(&version));
        assert!(!sees(&facts), "{gate}");
        // Until it passes the gate that there is.
        publish(&mut facts, owner, site, Level::Public, 6).unwrap();
        assert!(sees(&facts), "{gate}");
    }
}

#[test]
fn what_passed_the_gate_has_when_it_is_stated_again() {
    let mut w = world(Level::Private);
    w.facts.journal = Some(Vec::new());
    let old = w
        .facts
        .add_resource(part("old", w.workspace), at(2))
        .unwrap();
    publish(&mut w.facts, w.owner, w.workspace, Level::Public, 10).unwrap();
    let new = w
        .facts
        .add_resource(part("new", w.workspace), at(12))
        .unwrap();
    let statements = w.facts.journal.take().unwrap();
    let mut again = world(Level::Private);
    for statement in &statements {
        again.facts.restate(statement).unwrap();
    }
    for second in [5, 11, 13] {
        for what in [w.workspace, old, new] {
            let before = seen(&w.facts, [w.colleague, w.stranger], what, second);
            let after = seen(&again.facts, [w.colleague, w.stranger], what, second);
            assert_eq!(before, after);
        }
    }
    assert_eq!(
        seen(&again.facts, [w.colleague, w.stranger], old, 13),
        Some(Level::Public)
    );
}

#[test]
fn an_invitation_that_was_taken_back_is_never_accepted() {
    for accepted in [8, 9, 10, 11] {
        let mut w = world(Level::Private);
        let editor = role("editor");
        w.facts
            .invite(w.stranger, w.workspace, &editor, None)
            .unwrap();
        w.facts
            .invite(w.stranger, w.workspace, &editor, Some(at(90)))
            .unwrap();
        w.facts
            .remove_member(w.stranger, w.workspace, at(10))
            .unwrap();
        // Another host, whose clock or queue is behind.
        let late = w.facts.accept(w.stranger, w.workspace, at(accepted), None);
        assert_eq!(late.unwrap_err().kind(), ErrorKind::Config);
        for second in [8, 10, 12, 1_000] {
            assert!(!w.may_at(w.stranger, "view", w.workspace, second));
        }
        // A new one is a new one.
        w.facts
            .invite(w.stranger, w.workspace, &editor, None)
            .unwrap();
        w.facts
            .accept(w.stranger, w.workspace, at(20), None)
            .unwrap();
        assert!(w.may_at(w.stranger, "view", w.workspace, 21));
        assert!(!w.may_at(w.stranger, "view", w.workspace, 19));
    }
}

#[test]
fn a_level_that_is_not_set_is_compared_by_how_far_it_is_seen() {
    let lower = |outer, level| {
        let mut w = world(Level::Private);
        let inner = w
            .facts
            .add_resource(part("inner", w.workspace), at(2))
            .unwrap();
        if outer > Level::Private {
            publish(&mut w.facts, w.owner, w.workspace, outer, 10).unwrap();
        }
        let lowered = w.facts.lower(w.owner, inner, level, at(11));
        let lowered = lowered.is_ok();
        let raised = !lowered && w.facts.raise(w.owner, inner, level, at(11)).is_ok();
        (lowered, raised)
    };
    for outer in [Level::Private, Level::Internal, Level::Public] {
        for level in [Level::Private, Level::Internal, Level::Public] {
            // From Public on there is a gate.
            let raises = level > outer && level < Level::Public;
            assert_eq!(
                lower(outer, level),
                (level < outer, raises),
                "{outer} {level}"
            );
        }
    }
}

#[test]
fn what_lies_in_a_resource_is_recalled_with_it() {
    let mut w = world(Level::Private);
    let app = w
        .facts
        .add_resource(part("app", w.workspace), at(2))
        .unwrap();
    let deep = w.facts.add_resource(part("app/src", app), at(2)).unwrap();
    publish(&mut w.facts, w.owner, w.workspace, Level::Public, 10).unwrap();
    publish(&mut w.facts, w.owner, app, Level::Public, 11).unwrap();
    let mut fork = |of, name| {
        let new = NewResource::new(name).attribute(attribute("suspended"), false);
        let plan = w.facts.fork(w.stranger, of, new, at(12)).unwrap();
        plan.fork()
    };
    let mut forks = [fork(app, "f1"), fork(deep, "f2"), fork(w.workspace, "f3")];
    forks.sort_unstable();
    let recall = w.facts.lower(w.owner, w.workspace, Level::Private, at(20));
    let recall = recall.unwrap();
    assert_eq!(recall.forks(), forks);
    assert_eq!(recall.versions(), 2);
    assert!(recall.to_string().starts_with("3 forks remain"), "{recall}");
}

#[test]
fn a_secret_in_the_name_of_a_part_is_found() {
    let key = "AKIAQ3EGRIZJ7OWLMXUV";
    let name = format!("keys/{key}.txt");
    let report = scan(&[("README.md", "nothing"), (&name, key)], 5);
    let found: Vec<_> = report.findings().iter().collect();
    let places: Vec<_> = found
        .iter()
        .map(|one| (one.part(), one.is_in_name()))
        .collect();
    assert_eq!(places, [(1, true), (1, false)]);
    assert_eq!(found[0].span(), 5..25);
    let mut w = world(Level::Private);
    let content = *report.content();
    let refused = w.facts.publish(
        w.owner,
        w.workspace,
        Publication::new(Level::Public, &report, &content),
        at(6),
    );
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Refused);
}
