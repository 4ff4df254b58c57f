use super::*;

/// What is asked of facts about one principal and one resource: every path on which
/// anything could be permitted.
fn permitted_on(
    facts: &VisibilityFacts,
    who: Principal,
    what: Resource,
    now: Moment,
) -> Vec<&'static str> {
    let (view, context) = (id(facts, "view"), AccessContext::default());
    let who_id = facts.expose_principal_id(who).unwrap();
    let what_id = facts.expose_resource_id(what).unwrap();
    let explained = facts.explain(who.with(&context), view, what, now);
    let audience = facts.audience(what, view, now);
    let mut copy = facts.clone();
    let fork = NewResource::new("a-fork").attribute(attribute("suspended"), false);
    let paths = [
        (
            "verdict",
            facts
                .verdict(who.with(&context), view, what, now)
                .is_allow(),
        ),
        (
            "by id",
            facts
                .verdict_by_id(
                    AskerId::new(Some(who_id)).with(&context),
                    view,
                    what_id,
                    now,
                )
                .is_allow(),
        ),
        (
            "explain",
            explained.is_allow() || explained.decision().is_allow(),
        ),
        (
            "visible_to",
            facts
                .visible_to(who.with(&context), view, now)
                .contains(&what),
        ),
        (
            "audience",
            audience.anyone() || audience.principals().iter().any(|(p, _)| *p == who),
        ),
        ("gallery", facts.gallery(view, now).contains(&what)),
        (
            "fork",
            copy.fork(who.with(&context), what, fork, now).is_ok(),
        ),
        (
            "lower",
            copy.lower(who.with(&context), what, Level::Private, now)
                .is_ok(),
        ),
    ];
    paths
        .into_iter()
        .filter(|(_, permitted)| *permitted)
        .map(|(path, _)| path)
        .collect()
}

struct Setup {
    facts: VisibilityFacts,
    jo: Principal,
    site: Resource,
    page: Resource,
}

/// A site, internal to an organisation, and a page within it.
fn setup() -> Setup {
    let mut facts = VisibilityFacts::new(policy(None));
    let acme = facts.add_organisation("acme", at(0)).unwrap();
    let jo = facts.add_principal("jo", at(0)).unwrap();
    facts
        .set_attribute(acme, &attribute("frozen"), Some(false), at(0))
        .unwrap();
    facts
        .set_attribute(jo, &attribute("banned"), Some(false), at(0))
        .unwrap();
    let unsuspended = |new: NewResource<'static>| new.attribute(attribute("suspended"), false);
    let site = NewResource::new("site")
        .organisation(acme)
        .level(Level::Internal);
    let site = facts.add_resource(unsuspended(site), at(0)).unwrap();
    let page = facts
        .add_resource(unsuspended(NewResource::new("page").within(site)), at(0))
        .unwrap();
    Setup {
        facts,
        jo,
        site,
        page,
    }
}

/// An expired grant or membership permits on no path: neither by itself nor in a union
/// with others that are over or not yet there, and neither after the index and every
/// table were used while it held.
#[test]
fn an_expired_grant_or_membership_permits_on_no_path() {
    type Give = fn(&mut Setup, u32, u32);
    let gives: [(&str, Give); 4] = [
        ("member", |s, from, until| {
            s.facts
                .add_member(
                    s.page,
                    NewMember::new(s.jo, &role("admin")).until(at(until)),
                    at(from),
                )
                .unwrap();
        }),
        ("member of the container", |s, from, until| {
            s.facts
                .add_member(
                    s.site,
                    NewMember::new(s.jo, &role("admin")).until(at(until)),
                    at(from),
                )
                .unwrap();
        }),
        ("seat", |s, from, until| {
            let acme = s.facts.organisation("acme").unwrap();
            s.facts.join(s.jo, acme, at(from), Some(at(until))).unwrap();
        }),
        ("invited", |s, from, until| {
            s.facts.invite(s.jo, s.page, &role("admin"), None).unwrap();
            s.facts
                .accept(s.jo, s.page, at(from), Some(at(until)))
                .unwrap();
        }),
    ];
    for (name, give) in gives {
        let mut setup = setup();
        give(&mut setup, 10, 20);
        // A second span, and others that are over before or begin after.
        give(&mut setup, 30, 40);
        give(&mut setup, 2, 3);
        give(&mut setup, 90, 91);
        let (jo, page) = (setup.jo, setup.page);
        let held =
            |now: u32| (10..20).contains(&now) || (30..40).contains(&now) || now == 2 || now == 90;
        for now in (0..100).chain((0..100).rev()) {
            let paths = permitted_on(&setup.facts, jo, page, at(now));
            assert_eq!(!paths.is_empty(), held(now), "{name} at {now}: {paths:?}");
            if held(now) {
                assert!(paths.len() >= 6, "{name} at {now}: {paths:?}");
            }
        }
        // A nanosecond before it ends it holds; at the very end it does not.
        let end = at(20);
        let just_before = end.checked_sub(std::time::Duration::from_nanos(1)).unwrap();
        assert!(!permitted_on(&setup.facts, jo, page, just_before).is_empty());
        assert!(permitted_on(&setup.facts, jo, page, end).is_empty());
    }
}

#[test]
fn a_staff_grant_permits_on_no_path_at_any_time() {
    let Setup {
        mut facts,
        jo,
        site,
        page,
    } = setup();
    let reason = ReasonKind::new("incident").unwrap();
    let grant = StaffGrant::builder("g-1")
        .principal(jo)
        .reason(reason)
        .ticket("INC-1")
        .scope(StaffScope::Resource(site))
        .during(at(10)..at(20))
        .build()
        .unwrap();
    facts.grant(&grant).unwrap();
    let view = id(&facts, "view");
    for now in 0..30 {
        assert!(permitted_on(&facts, jo, page, at(now)).is_empty());
        let refusal = facts.verdict(jo, view, page, at(now)).refusal();
        let expected = if (10..20).contains(&now) {
            AccessRefusal::EntryMissing
        } else {
            AccessRefusal::NoGround
        };
        assert_eq!(refusal, Some(expected), "at {now}");
    }
    facts.revoke("g-1", at(15)).unwrap();
    let refusal = |now| facts.verdict(jo, view, page, at(now)).refusal();
    assert_eq!(refusal(14), Some(AccessRefusal::EntryMissing));
    assert_eq!(refusal(15), Some(AccessRefusal::NoGround));
}

#[test]
fn an_invitation_gives_nothing_and_is_not_accepted_late() {
    let Setup {
        mut facts,
        jo,
        page,
        ..
    } = setup();
    facts
        .invite(jo, page, &role("admin"), Some(at(10)))
        .unwrap();
    for now in [0, 9, 10, 11] {
        assert!(permitted_on(&facts, jo, page, at(now)).is_empty());
    }
    assert!(facts.accept(jo, page, at(10), None).is_err());
    let mut withdrawn = facts.clone();
    withdrawn.remove_member(jo, page, at(4)).unwrap();
    assert!(withdrawn.accept(jo, page, at(5), None).is_err());
    facts.accept(jo, page, at(9), None).unwrap();
    assert!(facts.accept(jo, page, at(9), None).is_err());
    assert!(permitted_on(&facts, jo, page, at(8)).is_empty());
    assert!(!permitted_on(&facts, jo, page, at(9)).is_empty());
}

#[test]
fn what_was_removed_permits_nothing_and_its_past_stays() {
    let Setup {
        mut facts,
        jo,
        site,
        page,
    } = setup();
    let acme = facts.organisation("acme").unwrap();
    facts.join(jo, acme, at(0), None).unwrap();
    assert!(!permitted_on(&facts, jo, page, at(50)).is_empty());
    for of in [Of::from(jo), Of::from(acme), Of::from(site)] {
        let mut facts = facts.clone();
        facts.remove(of, at(20)).unwrap();
        assert!(permitted_on(&facts, jo, page, at(20)).is_empty(), "{of:?}");
        let view = id(&facts, "view");
        let then = facts.verdict(jo, view, page, at(19));
        assert_eq!(then.ground(), Some(Ground::Internal), "{of:?}");
        assert_eq!(facts.visible_to(jo, view, at(19)), [site, page]);
        // The past is not changed afterwards.
        assert!(
            facts
                .set_attribute(site, &attribute("suspended"), Some(true), at(10))
                .is_err()
                || of != Of::from(site)
        );
    }
}
