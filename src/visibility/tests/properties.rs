use proptest::prelude::*;

use super::reference::{Party, State, Thing, Tie, World};
use super::*;

const PRINCIPALS: usize = 4;
const ORGANISATIONS: usize = 2;
const THINGS: usize = 7;
/// Times are from 0 to here, and asked about one beyond on each side.
const END: u32 = 6;
const ROLES: [&str; 4] = ["admin", "editor", "viewer", "guest"];
const ACTIONS: [&str; 5] = ["view", "edit", "set_level", "waive", "fork"];

fn flags() -> impl Strategy<Value = Option<bool>> {
    prop_oneof![6 => Just(Some(false)), 1 => Just(Some(true)), 1 => Just(None)]
}

fn levels() -> impl Strategy<Value = Option<Level>> {
    prop_oneof![
        2 => Just(None),
        2 => Just(Some(Level::Private)),
        2 => Just(Some(Level::Internal)),
        3 => Just(Some(Level::Public)),
    ]
}

fn parties(prefix: &'static str, len: usize) -> impl Strategy<Value = Vec<Party>> {
    prop::collection::vec((0..2u32, flags()), len).prop_map(move |all| {
        let numbered = all.into_iter().enumerate();
        let party = |(number, (since, flagged))| Party {
            id: format!("{prefix}{number}"),
            since,
            flagged,
        };
        numbered.map(party).collect()
    })
}

prop_compose! {
    fn states()(
        owner in prop::option::of(0..PRINCIPALS),
        level in levels(),
        cleared in any::<bool>(),
        listed in any::<bool>(),
        own_members in prop::bool::weighted(0.2),
        removed in prop::bool::weighted(0.1),
        suspended in flags(),
    ) -> State {
        State { owner, level, cleared, listed, own_members, removed, suspended }
    }
}

prop_compose! {
    fn ties(others: usize)(
        principal in 0..PRINCIPALS,
        other in 0..others,
        role in prop::sample::select(&ROLES[..]),
        accepted in prop::bool::weighted(0.8),
        from in 0..END,
        length in prop::option::of(1..END),
    ) -> Tie {
        Tie { principal, other, role, accepted, from, until: length.map(|length| from + length) }
    }
}

prop_compose! {
    pub(super) fn worlds()(
        gate in prop_oneof![Just(None), Just(Some(Level::Internal)), Just(Some(Level::Public))],
        principals in parties("p", PRINCIPALS),
        organisations in parties("o", ORGANISATIONS),
        places in prop::collection::vec((any::<bool>(), any::<usize>()), THINGS),
        changes in prop::collection::vec(prop::collection::btree_map(0..END, states(), 1..3), THINGS),
        members in prop::collection::vec(ties(THINGS), 0..8),
        seats in prop::collection::vec(ties(ORGANISATIONS), 0..6),
        grants in prop::collection::vec(ties(THINGS), 0..3),
    ) -> World {
        let things = places.into_iter().zip(changes).enumerate();
        let thing = |(number, ((inside, place), changes)): (usize, ((bool, usize), _))| {
            let changes: std::collections::BTreeMap<u32, State> = changes;
            let inside = inside && number > 0;
            Thing {
                id: format!("r{number}"),
                container: inside.then(|| place % number.max(1)),
                organisation: (!inside && place % 3 > 0).then_some(place % ORGANISATIONS),
                states: changes.into_iter().collect(),
            }
        };
        let accepted = |tie: Tie| Tie { accepted: true, ..tie };
        let bounded = |tie: Tie| Tie { until: tie.until.or(Some(tie.from + 2)), ..accepted(tie) };
        World {
            gate,
            principals,
            organisations,
            things: things.map(thing).collect(),
            members,
            seats: seats.into_iter().map(accepted).collect(),
            grants: grants.into_iter().map(bounded).collect(),
        }
    }
}

/// The facts of a world, stated in an order that `turn` chooses where order is free.
pub(super) fn build(world: &World, turn: usize) -> VisibilityFacts {
    let mut facts = VisibilityFacts::new(policy(world.gate));
    let rotated = |len: usize| (0..len).map(move |n| (n + turn) % len.max(1));
    for number in rotated(world.organisations.len()) {
        let group = &world.organisations[number];
        let added = facts.add_organisation(&group.id, at(group.since)).unwrap();
        facts
            .set_attribute(added, &attribute("frozen"), group.flagged, at(group.since))
            .unwrap();
    }
    for number in rotated(world.principals.len()) {
        let party = &world.principals[number];
        let added = facts.add_principal(&party.id, at(party.since)).unwrap();
        facts
            .set_attribute(added, &attribute("banned"), party.flagged, at(party.since))
            .unwrap();
    }
    // Containers come before what lies in them; of those that are ready, any comes next.
    let mut left: Vec<_> = rotated(world.things.len()).collect();
    while !left.is_empty() {
        let is_ready = |number: &usize| {
            let container = world.things[*number].container;
            container.is_none_or(|container| !left.contains(&container))
        };
        let next = left.iter().position(is_ready).unwrap();
        let number = left.remove(next);
        add_thing(&mut facts, world, &world.things[number]);
    }
    for number in rotated(world.members.len()) {
        let tie = &world.members[number];
        let (who, what) = (
            principal(&facts, world, tie.principal),
            thing(&facts, world, tie.other),
        );
        let until = tie.until.map(at);
        if tie.accepted {
            facts
                .add_member(
                    what,
                    NewMember::new(who, &role(tie.role)).until(until),
                    at(tie.from),
                )
                .unwrap();
        } else {
            facts.invite(who, what, &role(tie.role), until).unwrap();
        }
    }
    for number in rotated(world.seats.len()) {
        let tie = &world.seats[number];
        let group = facts
            .organisation(&world.organisations[tie.other].id)
            .unwrap();
        let who = principal(&facts, world, tie.principal);
        facts
            .join(who, group, at(tie.from), tie.until.map(at))
            .unwrap();
    }
    for number in rotated(world.grants.len()) {
        let tie = &world.grants[number];
        let scope = StaffScope::Resource(thing(&facts, world, tie.other));
        let (who, id) = (
            principal(&facts, world, tie.principal),
            format!("g{number}"),
        );
        let reason = ReasonKind::new("incident").unwrap();
        let (from, until) = (at(tie.from), at(tie.until.unwrap()));
        facts
            .grant(
                &StaffGrant::builder(&id)
                    .principal(who)
                    .reason(reason)
                    .ticket("T-1")
                    .scope(scope)
                    .during(from..until)
                    .build()
                    .unwrap(),
            )
            .unwrap();
    }
    facts
}

pub(super) fn principal(facts: &VisibilityFacts, world: &World, number: usize) -> Principal {
    facts.principal(&world.principals[number].id).unwrap()
}

pub(super) fn thing(facts: &VisibilityFacts, world: &World, number: usize) -> Resource {
    facts.resource(&world.things[number].id).unwrap()
}

fn add_thing(facts: &mut VisibilityFacts, world: &World, thing: &Thing) {
    let mut added = None;
    for (since, state) in &thing.states {
        let resource = match added {
            Some(resource) => resource,
            None => {
                let mut new = NewResource::new(&thing.id);
                if let Some(container) = thing.container {
                    new = new.within(facts.resource(&world.things[container].id).unwrap());
                }
                if let Some(group) = thing.organisation {
                    new = new
                        .organisation(facts.organisation(&world.organisations[group].id).unwrap());
                }
                let resource = facts.add_resource(new, at(*since)).unwrap();
                added = Some(resource);
                resource
            }
        };
        let owner = state.owner.map(|owner| principal(facts, world, owner));
        facts.set_owner(resource, owner, at(*since)).unwrap();
        facts
            .set_attribute(
                resource,
                &attribute("suspended"),
                state.suspended,
                at(*since),
            )
            .unwrap();
        let tick = facts::tick(at(*since)).unwrap();
        facts
            .change(resource, tick, |now| {
                now.with_level(state.level)
                    .with_cleared(state.cleared)
                    .with_listed(state.listed)
                    .with_own_members(state.own_members)
                    .with_removed(state.removed)
            })
            .unwrap();
    }
}

/// Everyone who can ask: nobody in particular, and each principal.
pub(super) fn askers() -> impl Iterator<Item = Option<usize>> {
    [None].into_iter().chain((0..PRINCIPALS).map(Some))
}

pub(super) fn handle(facts: &VisibilityFacts, world: &World, who: Option<usize>) -> Principal {
    who.map_or(Principal::ANONYMOUS, |who| principal(facts, world, who))
}

fn contexts(facts: &VisibilityFacts) -> [(Option<bool>, AccessContext); 3] {
    let mfa = |value| {
        AccessContext::default()
            .with(facts.policy(), &attribute("mfa"), value)
            .unwrap()
    };
    [
        (None, AccessContext::default()),
        (Some(true), mfa(true)),
        (Some(false), mfa(false)),
    ]
}

/// The word of the reference for a verdict of the engine.
fn word(verdict: AccessVerdict) -> &'static str {
    match (verdict.ground(), verdict.refusal()) {
        (Some(Ground::Owner), _) => "owner",
        (Some(Ground::Member), _) => "member",
        (Some(Ground::Internal), _) => "internal",
        (Some(Ground::Public), _) => "public",
        (_, Some(AccessRefusal::Forbidden | AccessRefusal::AttributeUnknown)) => "forbidden",
        (_, Some(AccessRefusal::EntryMissing)) => "entry",
        (_, Some(AccessRefusal::NoGround)) => "nothing",
        _ => "unknown",
    }
}

/// Every question about a world.
fn questions(world: &World) -> Vec<(Option<usize>, &'static str, usize, u32)> {
    let mut all = Vec::new();
    for who in askers() {
        for action in ACTIONS {
            for thing in 0..world.things.len() {
                all.extend((0..=END + 1).map(|now| (who, action, thing, now)));
            }
        }
    }
    all
}

/// What the engine permits in a world, by names: no numbers, so that worlds compare.
fn permitted(
    world: &World,
    facts: &VisibilityFacts,
    context: &AccessContext,
) -> std::collections::BTreeSet<(Option<usize>, &'static str, usize, u32)> {
    let may = |(who, action, what, now): &(Option<usize>, &'static str, usize, u32)| {
        let who = handle(facts, world, *who);
        let verdict = facts.verdict(
            who.with(context),
            id(facts, action),
            thing(facts, world, *what),
            at(*now),
        );
        verdict.is_allow()
    };
    questions(world).into_iter().filter(may).collect()
}

proptest! {
    #[test]
    fn the_engine_agrees_with_the_reference(world in worlds(), turn in 0usize..5) {
        let facts = build(&world, turn);
        for (mfa, context) in contexts(&facts) {
            for (who, action, what, now) in questions(&world) {
                let resource = thing(&facts, &world, what);
                let verdict = facts.verdict(handle(&facts, &world, who).with(&context), id(&facts, action), resource, at(now));
                let (allow, why) = world.verdict(who, action, what, mfa, now);
                prop_assert_eq!((verdict.is_allow(), word(verdict)), (allow, why), "{:?} {} r{} at {}", who, action, what, now);
                // A verdict names a clause exactly where one decided.
                let named = facts.policy().clause(verdict).is_some();
                prop_assert_eq!(named, !matches!(why, "nothing" | "unknown"));
                let explained = facts.explain(handle(&facts, &world, who).with(&context), id(&facts, action), resource, at(now));
                prop_assert_eq!(explained.verdict(), verdict);
                prop_assert_eq!(explained.decision().is_allow(), allow);
                let forbidden = verdict.refusal() == Some(AccessRefusal::Forbidden);
                prop_assert!(!explained.missing().is_empty() || allow || forbidden);
                prop_assert!(!allow || explained.missing().is_empty() && explained.alternatives().is_empty());
            }
        }
    }

    #[test]
    fn listings_are_all_that_is_permitted_and_nothing_else(world in worlds()) {
        let facts = build(&world, 0);
        let context = AccessContext::default();
        for now in 0..=END + 1 {
            for action in ["view", "edit", "set_level"] {
                let number = id(&facts, action);
                for who in askers() {
                    let who = handle(&facts, &world, who);
                    let all = (0..world.things.len()).map(|n| thing(&facts, &world, n));
                    let mut expected: Vec<_> = all
                        .filter(|what| facts.verdict(who.with(&context), number, *what, at(now)).is_allow())
                        .collect();
                    expected.sort_unstable();
                    prop_assert_eq!(facts.visible_to(who.with(&context), number, at(now)), expected);
                }
                for what in 0..world.things.len() {
                    let what = thing(&facts, &world, what);
                    let audience = facts.audience(what, number, at(now));
                    let anyone = facts.verdict(Principal::ANONYMOUS.with(&context), number, what, at(now));
                    prop_assert_eq!(audience.anyone(), anyone.is_allow());
                    let all = (0..PRINCIPALS).map(|n| principal(&facts, &world, n));
                    let mut expected: Vec<_> = all
                        .map(|who| (who, facts.verdict(who.with(&context), number, what, at(now))))
                        .filter(|(_, verdict)| verdict.is_allow())
                        .collect();
                    expected.sort_unstable_by_key(|(who, _)| *who);
                    prop_assert_eq!(audience.principals(), &expected[..]);
                }
            }
        }
    }

    #[test]
    fn the_order_of_facts_changes_nothing(world in worlds(), turn in 1usize..6) {
        let (one, other) = (build(&world, 0), build(&world, turn));
        let context = with_mfa(&one);
        prop_assert_eq!(permitted(&world, &one, &context), permitted(&world, &other, &context));
        for (who, action, what, now) in questions(&world) {
            let ask = |facts: &VisibilityFacts| {
                let verdict = facts.verdict(handle(facts, &world, who).with(&context), id(facts, action), thing(facts, &world, what), at(now));
                (verdict.ground(), verdict.refusal(), facts.policy().clause(verdict).cloned())
            };
            prop_assert_eq!(ask(&one), ask(&other));
        }
    }

    #[test]
    fn to_take_away_a_tie_never_permits_more(world in worlds(), which in any::<prop::sample::Index>()) {
        let context = with_mfa(&build(&world, 0));
        let before = permitted(&world, &build(&world, 0), &context);
        let (members, seats) = (world.members.len(), world.seats.len());
        if members + seats > 0 {
            let mut less = world.clone();
            let which = which.index(members + seats);
            if which < members {
                less.members.remove(which);
            } else {
                less.seats.remove(which - members);
            }
            let after = permitted(&less, &build(&less, 0), &context);
            prop_assert!(after.is_subset(&before));
        }
        // The same by a fact: from its end on, nothing more; before it, nothing changes.
        for tie in &world.members {
            let mut facts = build(&world, 0);
            let (who, what) = (principal(&facts, &world, tie.principal), thing(&facts, &world, tie.other));
            facts.remove_member(who, what, at(3)).unwrap();
            let after = permitted(&world, &facts, &context);
            prop_assert!(after.is_subset(&before));
            prop_assert!(before.iter().filter(|(.., now)| *now < 3).all(|known| after.contains(known)));
        }
    }

    #[test]
    fn a_lower_level_never_permits_more(world in worlds(), which in 0..THINGS) {
        let context = with_mfa(&build(&world, 0));
        let before = permitted(&world, &build(&world, 0), &context);
        let mut lower = world.clone();
        for (_, state) in &mut lower.things[which].states {
            state.level = match state.level {
                Some(Level::Public) => Some(Level::Internal),
                Some(Level::Internal) => Some(Level::Private),
                other => other,
            };
        }
        let after = permitted(&lower, &build(&lower, 0), &context);
        prop_assert!(after.is_subset(&before));
    }

    #[test]
    fn a_container_never_permits_more_than_it_lets_through(world in worlds(), which in 0..THINGS) {
        let context = with_mfa(&build(&world, 0));
        let set = |level: Option<Level>| {
            let mut world = world.clone();
            world.things[which].states.iter_mut().for_each(|(_, state)| state.level = level);
            permitted(&world, &build(&world, 0), &context)
        };
        if world.things[which].container.is_some() {
            let (free, bound) = (set(None), set(Some(Level::Private)));
            prop_assert!(bound.is_subset(&free));
        }
    }

    #[test]
    fn an_attribute_that_is_missing_denies_what_it_guards(world in worlds()) {
        let facts = build(&world, 0);
        let context = with_mfa(&facts);
        let before = permitted(&world, &facts, &context);
        let mut missing = world.clone();
        for party in missing.principals.iter_mut().chain(&mut missing.organisations) {
            party.flagged = None;
        }
        let after = permitted(&missing, &build(&missing, 0), &context);
        prop_assert!(after.is_subset(&before));
        // Principals need theirs, so only nobody in particular is left.
        prop_assert!(after.iter().all(|(who, ..)| who.is_none()));
        for thing in &mut missing.things {
            thing.states.iter_mut().for_each(|(_, state)| state.suspended = None);
        }
        prop_assert!(permitted(&missing, &build(&missing, 0), &context).is_empty());
        // Without the second factor being known, nobody edits.
        let unknown = permitted(&world, &facts, &AccessContext::default());
        prop_assert!(unknown.iter().all(|(_, action, ..)| *action != "edit"));
    }
}
