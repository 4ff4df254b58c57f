//! Cedar as an oracle: on random populations both decide alike.
//!
//! What holds at the moment that is asked about is worked out here, from the plain lists
//! that both are built from; containers, levels, roles, owners, organisations and what
//! forbids are Cedar's to decide.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Context as CedarContext, Decision, Entities, Entity, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use confidant::decision::ClauseId;
use confidant::time::Moment;
use confidant::visibility::{
    AccessContext, Action, Attribute, DenyClause, Level, MemberRole, NewMember, NewResource, On,
    Principal, VisibilityFacts, VisibilityRules,
};

const POPULATIONS: u64 = 600;
const USERS: usize = 7;
const ORGANISATIONS: usize = 3;
const RESOURCES: usize = 12;
const DEPTH: usize = 3;
const END: i64 = 8;
const ROLES: [&str; 3] = ["admins", "editors", "viewers"];
const ACTIONS: [&str; 3] = ["view", "edit", "delete"];

/// SplitMix64: all its bits are good enough for small ranges.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn flag(&mut self) -> Option<bool> {
        match self.below(12) {
            0 => None,
            1 => Some(true),
            _ => Some(false),
        }
    }
}

struct Thing {
    container: Option<usize>,
    organisation: Option<usize>,
    owner: Option<usize>,
    level: Option<Level>,
    own_members: bool,
    suspended: Option<bool>,
}

/// A tie of a user to something, from a moment to just before another.
struct Tie {
    user: usize,
    other: usize,
    role: usize,
    from: i64,
    until: i64,
}

struct World {
    users: Vec<Option<bool>>,
    organisations: Vec<Option<bool>>,
    things: Vec<Thing>,
    members: Vec<Tie>,
    seats: Vec<Tie>,
}

impl World {
    fn new(numbers: &mut Numbers) -> Self {
        let mut things: Vec<Thing> = Vec::new();
        for number in 0..RESOURCES {
            let depth = |mut at: usize, things: &[Thing]| {
                let mut depth = 1;
                while let Some(container) = things[at].container {
                    (at, depth) = (container, depth + 1);
                }
                depth
            };
            let container = (number > 0 && !numbers.one_in(3)).then(|| numbers.below(number));
            let container = container.filter(|at| depth(*at, &things) < DEPTH);
            let organisation =
                (container.is_none() && !numbers.one_in(4)).then(|| numbers.below(ORGANISATIONS));
            let levels = [
                None,
                Some(Level::Private),
                Some(Level::Internal),
                Some(Level::Public),
            ];
            things.push(Thing {
                container,
                organisation,
                owner: numbers.one_in(3).then(|| numbers.below(USERS)),
                level: levels[numbers.below(4)],
                own_members: numbers.one_in(5),
                suspended: numbers.flag(),
            });
        }
        let ties = |count, others, numbers: &mut Numbers| {
            let tie = |_| {
                let from = numbers.below(END as usize) as i64;
                Tie {
                    user: numbers.below(USERS),
                    other: numbers.below(others),
                    role: numbers.below(ROLES.len()),
                    from,
                    until: from + 1 + numbers.below(END as usize) as i64,
                }
            };
            (0..count).map(tie).collect::<Vec<_>>()
        };
        Self {
            users: (0..USERS).map(|_| numbers.flag()).collect(),
            organisations: (0..ORGANISATIONS).map(|_| numbers.flag()).collect(),
            members: ties(14, RESOURCES, numbers),
            seats: ties(9, ORGANISATIONS, numbers),
            things,
        }
    }
}

fn at(second: i64) -> Moment {
    Moment::from_unix_seconds(1_767_225_600 + second).unwrap()
}

fn policy() -> VisibilityRules {
    let name = |name: &str| Action::new(name).unwrap();
    let clause = |id: &str| ClauseId::new(id).unwrap();
    let role = |role: &str| MemberRole::new(role).unwrap();
    let attribute = |name: &str| Attribute::new(name).unwrap();
    let [view, edit, delete] = ACTIONS.map(name);
    let all = [view.clone(), edit.clone(), delete.clone()];
    VisibilityRules::builder()
        .actions(all.clone())
        .owner(clause("owner"), all.clone())
        .role(clause("admins"), role("admins"), all)
        .role(clause("editors"), role("editors"), [view.clone(), edit])
        .role(clause("viewers"), role("viewers"), [view.clone()])
        .internal(clause("internal"), [view.clone()])
        .public(clause("public"), [view])
        .deny(DenyClause::when(
            clause("suspended"),
            On::Resource,
            attribute("suspended"),
        ))
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
        .deny(DenyClause::unless(clause("mfa"), On::Request, attribute("mfa")).actions([delete]))
        .build()
        .unwrap()
}

fn ours(world: &World) -> VisibilityFacts {
    let attribute = |name: &str| Attribute::new(name).unwrap();
    let mut facts = VisibilityFacts::new(Arc::new(policy()));
    let users: Vec<_> = (0..USERS)
        .map(|n| facts.add_principal(&format!("u{n}"), at(0)).unwrap())
        .collect();
    let groups: Vec<_> = (0..ORGANISATIONS)
        .map(|n| facts.add_organisation(&format!("o{n}"), at(0)).unwrap())
        .collect();
    for (user, banned) in users.iter().zip(&world.users) {
        facts
            .set_attribute(*user, &attribute("banned"), *banned, at(0))
            .unwrap();
    }
    for (group, frozen) in groups.iter().zip(&world.organisations) {
        facts
            .set_attribute(*group, &attribute("frozen"), *frozen, at(0))
            .unwrap();
    }
    let mut things = Vec::new();
    for (number, thing) in world.things.iter().enumerate() {
        let id = format!("r{number}");
        let mut new = NewResource::new(&id);
        if let Some(container) = thing.container {
            new = new.within(things[container]);
        }
        if let Some(group) = thing.organisation {
            new = new.organisation(groups[group]);
        }
        if let Some(owner) = thing.owner {
            new = new.owner(users[owner]);
        }
        if let Some(level) = thing.level {
            new = new.level(level);
        }
        if thing.own_members {
            new = new.own_members_only();
        }
        if let Some(suspended) = thing.suspended {
            new = new.attribute(attribute("suspended"), suspended);
        }
        things.push(facts.add_resource(new, at(0)).unwrap());
    }
    for tie in &world.members {
        let role = MemberRole::new(ROLES[tie.role]).unwrap();
        let (from, until) = (at(tie.from), Some(at(tie.until)));
        facts
            .add_member(
                things[tie.other],
                NewMember::new(users[tie.user], &role).until(until),
                from,
            )
            .unwrap();
    }
    for tie in &world.seats {
        let (from, until) = (at(tie.from), Some(at(tie.until)));
        facts
            .join(users[tie.user], groups[tie.other], from, until)
            .unwrap();
    }
    facts
}

/// An expression that holds where `holds` does of the resource and of all that contains
/// it.
fn all(holds: &dyn Fn(&str) -> String) -> String {
    fn of(node: &str, left: usize, holds: &dyn Fn(&str) -> String) -> String {
        if left == 0 {
            return "true".to_owned();
        }
        let next = format!("{node}.container");
        let rest = of(&next, left - 1, holds);
        format!("(({}) && (!({node} has container) || {rest}))", holds(node))
    }
    of("resource", DEPTH, holds)
}

/// An expression that holds where `holds` does of the resource or of something that
/// contains it, as far as `goes_on` lets one look.
fn any(goes_on: &str, holds: &dyn Fn(&str) -> String) -> String {
    fn of(node: &str, left: usize, goes_on: &str, holds: &dyn Fn(&str) -> String) -> String {
        if left == 0 {
            return "false".to_owned();
        }
        let (next, more) = (format!("{node}.container"), goes_on.replace('@', node));
        let rest = of(&next, left - 1, goes_on, holds);
        format!(
            "(({}) || (({more}) && {node} has container && {rest}))",
            holds(node)
        )
    }
    of("resource", DEPTH, goes_on, holds)
}

fn policies() -> PolicySet {
    let cut = "!@.own_members";
    let owner = any(cut, &|n| format!("{n} has owner && {n}.owner == principal"));
    let member = |role: &str| any(cut, &|n| format!("{n}.{role}.contains(principal)"));
    let some_level = any("true", &|n| format!("{n} has level"));
    let at_least = |level: u8| all(&|n| format!("!({n} has level) || {n}.level >= {level}"));
    let clean = all(&|n| format!("{n} has suspended && !{n}.suspended"));
    // The organisation is that of the outermost container.
    let root = any("true", &|n| {
        format!("!({n} has container) && {n} has organisation && principal in {n}.organisation")
    });
    let warm = all(&|n| {
        format!(
            "!({n} has organisation) || ({n}.organisation has frozen && !{n}.organisation.frozen)"
        )
    });
    let text = format!(
        r#"
permit (principal is User, action, resource) when {{ {owner} }};
permit (principal is User, action, resource) when {{ {admins} }};
permit (principal is User, action in [Action::"view", Action::"edit"], resource) when {{ {editors} }};
permit (principal is User, action == Action::"view", resource) when {{ {viewers} }};
permit (principal is User, action == Action::"view", resource)
    when {{ {some_level} && {internal} && {root} }};
permit (principal, action == Action::"view", resource) when {{ {some_level} && {public} }};
forbid (principal, action, resource) unless {{ {clean} }};
forbid (principal, action, resource) unless {{ {warm} }};
forbid (principal is User, action, resource) unless {{ principal has banned && !principal.banned }};
forbid (principal, action == Action::"delete", resource) unless {{ context has mfa && context.mfa }};
"#,
        admins = member("admins"),
        editors = member("editors"),
        viewers = member("viewers"),
        internal = at_least(1),
        public = at_least(2),
    );
    text.parse().unwrap()
}

fn uid(kind: &str, number: impl std::fmt::Display) -> EntityUid {
    format!("{kind}::\"{number}\"").parse().unwrap()
}

/// What Cedar is told of a world, as of a moment.
fn entities(world: &World, now: i64) -> Entities {
    let holds = |tie: &&Tie| tie.from <= now && now < tie.until;
    let flag = |name: &str, value: Option<bool>| {
        value.map(|value| (name.to_owned(), RestrictedExpression::new_bool(value)))
    };
    let mut entities = Vec::new();
    for (number, banned) in world.users.iter().enumerate() {
        let seats = world
            .seats
            .iter()
            .filter(holds)
            .filter(|seat| seat.user == number);
        let parents = seats.map(|seat| uid("Organisation", seat.other)).collect();
        let attributes = flag("banned", *banned).into_iter().collect();
        entities.push(Entity::new(uid("User", number), attributes, parents).unwrap());
    }
    for (number, frozen) in world.organisations.iter().enumerate() {
        let attributes = flag("frozen", *frozen).into_iter().collect();
        let id = uid("Organisation", number);
        entities.push(Entity::new(id, attributes, HashSet::new()).unwrap());
    }
    for (number, thing) in world.things.iter().enumerate() {
        let mut attributes: HashMap<_, _> =
            flag("suspended", thing.suspended).into_iter().collect();
        attributes.extend(flag("own_members", Some(thing.own_members)));
        let mut link = |name: &str, to: Option<EntityUid>| {
            let to = to.map(RestrictedExpression::new_entity_uid);
            attributes.extend(to.map(|to| (name.to_owned(), to)));
        };
        link("owner", thing.owner.map(|owner| uid("User", owner)));
        link(
            "container",
            thing.container.map(|container| uid("Thing", container)),
        );
        link(
            "organisation",
            thing.organisation.map(|group| uid("Organisation", group)),
        );
        let level = thing
            .level
            .map(|level| RestrictedExpression::new_long(level as i64));
        attributes.extend(level.map(|level| ("level".to_owned(), level)));
        for (role, name) in ROLES.iter().enumerate() {
            let ties = world.members.iter().filter(holds);
            let ties = ties.filter(|tie| tie.other == number && tie.role == role);
            let users = ties.map(|tie| RestrictedExpression::new_entity_uid(uid("User", tie.user)));
            attributes.insert((*name).to_owned(), RestrictedExpression::new_set(users));
        }
        entities.push(Entity::new(uid("Thing", number), attributes, HashSet::new()).unwrap());
    }
    Entities::from_entities(entities, None).unwrap()
}

#[test]
fn cedar_decides_alike() {
    let (policies, authorizer) = (policies(), Authorizer::new());
    let (mut decisions, mut allowed) = (0u64, 0u64);
    for seed in 0..POPULATIONS {
        let mut numbers = Numbers(seed);
        let world = World::new(&mut numbers);
        let facts = ours(&world);
        let now = numbers.below(END as usize + 2) as i64;
        let entities = entities(&world, now);
        let mfa = numbers.flag();
        let (mut context, mut told) = (AccessContext::default(), Vec::new());
        if let Some(mfa) = mfa {
            context = context
                .with(facts.policy(), &Attribute::new("mfa").unwrap(), mfa)
                .unwrap();
            told.push(("mfa".to_owned(), RestrictedExpression::new_bool(mfa)));
        }
        let told = CedarContext::from_pairs(told).unwrap();
        for user in [None].into_iter().chain((0..USERS).map(Some)) {
            let who = user.map_or(Principal::ANONYMOUS, |n| {
                facts.principal(&format!("u{n}")).unwrap()
            });
            for name in ACTIONS {
                let action = facts.policy().action(name).unwrap();
                for number in 0..RESOURCES {
                    let what = facts.resource(&format!("r{number}")).unwrap();
                    let ours = facts
                        .verdict(who.with(&context), action, what, at(now))
                        .is_allow();
                    let principal = user.map_or_else(|| uid("Anonymous", 0), |n| uid("User", n));
                    let (act, thing) = (uid("Action", name), uid("Thing", number));
                    let request = Request::new(principal, act, thing, told.clone(), None).unwrap();
                    let response = authorizer.is_authorized(&request, &policies, &entities);
                    // An error skips a policy in Cedar; there must be none here.
                    assert_eq!(response.diagnostics().errors().count(), 0, "seed {seed}");
                    let theirs = response.decision() == Decision::Allow;
                    assert_eq!(
                        ours, theirs,
                        "seed {seed}: {user:?} {name} r{number} at {now}"
                    );
                    decisions += 1;
                    allowed += u64::from(ours);
                }
            }
        }
    }
    println!("{decisions} decisions, {allowed} of them allowed, no disagreement");
    assert!(decisions >= 100_000);
    assert!(allowed * 20 > decisions && allowed * 2 < decisions);
}
