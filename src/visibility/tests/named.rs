//! Promises of real products that touch visibility, each as a product would state it.

use super::*;
use crate::ErrorKind;
use crate::taxonomy::DataCategory;

pub(super) struct World {
    pub(super) facts: VisibilityFacts,
    pub(super) owner: Principal,
    pub(super) member: Principal,
    pub(super) colleague: Principal,
    pub(super) stranger: Principal,
    pub(super) workspace: Resource,
}

pub(super) fn world(level: Level) -> World {
    let mut facts = VisibilityFacts::new(policy(Some(Level::Public)));
    let acme = facts.add_organisation("acme", at(0)).unwrap();
    facts
        .set_attribute(acme, &attribute("frozen"), Some(false), at(0))
        .unwrap();
    let people = ["owner", "member", "colleague", "stranger"].map(|id| {
        let person = facts.add_principal(id, at(0)).unwrap();
        facts
            .set_attribute(person, &attribute("banned"), Some(false), at(0))
            .unwrap();
        person
    });
    let [owner, member, colleague, stranger] = people;
    facts.join(colleague, acme, at(0), None).unwrap();
    let workspace = NewResource::new("workspace")
        .owner(owner)
        .organisation(acme)
        .level(level);
    let workspace = facts
        .add_resource(workspace.attribute(attribute("suspended"), false), at(0))
        .unwrap();
    facts
        .invite(member, workspace, &role("editor"), None)
        .unwrap();
    facts.accept(member, workspace, at(1), None).unwrap();
    World {
        facts,
        owner,
        member,
        colleague,
        stranger,
        workspace,
    }
}

pub(super) fn version(number: u64, second: u32) -> PublishedVersion {
    let digest = ContentDigest::from_bytes([7; 32]);
    PublishedVersion::new(
        number,
        digest,
        ScanSummary::new([8; 32], "rules-1", 0),
        at(second),
    )
}

impl World {
    fn may(&self, who: Principal, action: &str) -> bool {
        self.may_at(who, action, self.workspace, 100)
    }

    pub(super) fn may_at(&self, who: Principal, action: &str, what: Resource, second: u32) -> bool {
        let context = with_mfa(&self.facts);
        self.facts
            .verdict(
                who.with(&context),
                id(&self.facts, action),
                what,
                at(second),
            )
            .is_allow()
    }

    fn all(&self) -> [Principal; 5] {
        [
            self.owner,
            self.member,
            self.colleague,
            self.stranger,
            Principal::ANONYMOUS,
        ]
    }

    fn add(&mut self, new: NewResource<'_>) -> Resource {
        self.facts
            .add_resource(new.attribute(attribute("suspended"), false), at(0))
            .unwrap()
    }
}

#[test]
fn ic_41_only_owners_and_admins_change_the_level() {
    let mut world = world(Level::Internal);
    let admin = world.stranger;
    world
        .facts
        .add_member(
            world.workspace,
            NewMember::new(admin, &role("admin")),
            at(1),
        )
        .unwrap();
    for (who, may) in [
        (world.owner, true),
        (admin, true),
        (world.member, false),
        (world.colleague, false),
        (Principal::ANONYMOUS, false),
    ] {
        let mut facts = world.facts.clone();
        let context = with_mfa(&facts);
        let result = facts.lower(who.with(&context), world.workspace, Level::Private, at(9));
        assert_eq!(result.is_ok(), may);
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::Refused);
            assert_eq!(facts.level(world.workspace), Some(Level::Internal));
        }
    }
}

#[test]
fn ic_42_private_is_the_owner_and_who_accepted() {
    let world = world(Level::Private);
    let may = world.all().map(|who| world.may(who, "view"));
    assert_eq!(may, [true, true, false, false, false]);
    // Before they accepted, the member saw nothing.
    assert!(!world.may_at(world.member, "view", world.workspace, 0));
}

#[test]
fn ic_43_internal_is_the_organisation_while_membership_is_active() {
    let mut world = world(Level::Internal);
    let may = world.all().map(|who| world.may(who, "view"));
    assert_eq!(may, [true, true, true, false, false]);
    let acme = world.facts.organisation("acme").unwrap();
    world.facts.leave(world.colleague, acme, at(50)).unwrap();
    assert!(world.may_at(world.colleague, "view", world.workspace, 49));
    assert!(!world.may_at(world.colleague, "view", world.workspace, 50));
    // A member of another organisation is a stranger.
    let other = world.facts.add_organisation("other", at(0)).unwrap();
    world
        .facts
        .join(world.stranger, other, at(0), None)
        .unwrap();
    assert!(!world.may(world.stranger, "view"));
}

#[test]
fn ic_44_public_is_anyone_and_listing_is_apart() {
    let mut world = world(Level::Public);
    let view = id(&world.facts, "view");
    assert!(
        !world.may(Principal::ANONYMOUS, "view"),
        "nothing passed the gate yet"
    );
    world
        .facts
        .restore_version(world.workspace, version(1, 5))
        .unwrap();
    assert!(world.all().into_iter().all(|who| world.may(who, "view")));
    assert!(world.facts.gallery(view, at(100)).is_empty());
    let context = with_mfa(&world.facts);
    world
        .facts
        .set_listed(world.owner.with(&context), world.workspace, true, at(9))
        .unwrap();
    assert_eq!(world.facts.gallery(view, at(100)), [world.workspace]);
    assert!(world.facts.gallery(view, at(8)).is_empty());
    // Listed and not public is not in the gallery.
    let _ = world
        .facts
        .lower(
            world.owner.with(&context),
            world.workspace,
            Level::Internal,
            at(20),
        )
        .unwrap();
    assert!(world.facts.gallery(view, at(20)).is_empty());
}

#[test]
fn ic_46_what_cannot_be_recalled_is_answered() {
    let mut world = world(Level::Public);
    let context = with_mfa(&world.facts);
    world
        .facts
        .restore_version(world.workspace, version(1, 5))
        .unwrap();
    world
        .facts
        .set_listed(world.owner.with(&context), world.workspace, true, at(8))
        .unwrap();
    let fork = NewResource::new("fork").attribute(attribute("suspended"), false);
    let plan = world
        .facts
        .fork(world.stranger.with(&context), world.workspace, fork, at(10))
        .unwrap();
    let again = NewResource::new("fork-of-fork").attribute(attribute("suspended"), false);
    let again = world
        .facts
        .fork(world.stranger.with(&context), plan.fork(), again, at(11))
        .unwrap();
    let recall = world
        .facts
        .lower(
            world.owner.with(&context),
            world.workspace,
            Level::Private,
            at(20),
        )
        .unwrap();
    assert_eq!(recall.forks(), [plan.fork(), again.fork()]);
    assert_eq!(recall.versions(), 1);
    let times: Vec<_> = recall
        .exposures()
        .iter()
        .map(|seen| (seen.level, seen.listed, seen.from, seen.until))
        .collect();
    assert_eq!(
        times,
        [
            (Level::Internal, false, at(0), at(5)),
            (Level::Public, false, at(5), at(8)),
            (Level::Public, true, at(8), at(20)),
        ]
    );
    assert_eq!(
        recall.to_string(),
        "2 forks remain, not recalled; seen by others since 2026-01-01T00:00:00Z; \
         listed since 2026-01-01T00:00:08Z, so search engines may hold copies"
    );
    // The forks are their owner's, and the source's owner has no say in them.
    assert!(world.may_at(world.stranger, "set_level", plan.fork(), 30));
    assert!(!world.may_at(world.owner, "view", plan.fork(), 30));
    assert_eq!(world.facts.source(plan.fork()), Some(world.workspace));
    world.facts.remove(plan.fork(), at(40)).unwrap();
    assert_eq!(world.facts.forks(world.workspace), [again.fork()]);
}

#[test]
fn ic_46_a_fork_copies_no_secret_and_is_seen_no_further() {
    let mut world = world(Level::Internal);
    let context = with_mfa(&world.facts);
    let inside = |id| NewResource::new(id).within(world.workspace);
    let (code, keys, drafts) = (inside("code"), inside("keys").secret(), inside("drafts"));
    let code = world.add(code);
    let keys = world.add(keys);
    let drafts = world.add(drafts.level(Level::Private));
    let file = world.add(NewResource::new("file").within(code));
    let below = world.add(NewResource::new("key").within(keys));
    let acme = world.facts.organisation("acme").unwrap();
    let new = |id| NewResource::new(id).attribute(attribute("suspended"), false);
    let fork = |facts: &mut VisibilityFacts, who: Principal, new| {
        facts.fork(who.with(&context), world.workspace, new, at(9))
    };
    let plan = fork(
        &mut world.facts,
        world.colleague,
        new("f").organisation(acme).level(Level::Internal),
    )
    .unwrap();
    assert_eq!(plan.copied(), [code, file]);
    assert_eq!(plan.left_out(), [keys, drafts]);
    // The owner may fork drafts, and nobody forks secrets.
    let plan = fork(&mut world.facts, world.owner, new("g")).unwrap();
    assert_eq!(plan.copied(), [code, drafts, file]);
    assert_eq!(plan.left_out(), [keys]);
    assert_eq!(world.facts.level(plan.fork()), Some(Level::Private));
    let others = world.facts.add_organisation("others", at(0)).unwrap();
    world
        .facts
        .join(world.colleague, others, at(0), None)
        .unwrap();
    let before = world.facts.len();
    for (who, source, new) in [
        (world.owner, keys, new("x")),
        (world.owner, below, new("x")),
        (world.stranger, world.workspace, new("x")),
        (Principal::ANONYMOUS, world.workspace, new("x")),
        (world.member, world.workspace, new("x")),
        (
            world.colleague,
            world.workspace,
            new("x").level(Level::Public),
        ),
        (
            world.colleague,
            world.workspace,
            new("x").level(Level::Internal),
        ),
        (
            world.colleague,
            world.workspace,
            new("x").organisation(others).level(Level::Internal),
        ),
        (world.owner, world.workspace, new("x").organisation(acme)),
    ] {
        let error = world
            .facts
            .fork(who.with(&context), source, new, at(9))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    }
    assert_eq!(world.facts.len(), before);
}

#[test]
fn ic_17_a_conversation_is_its_authors_alone() {
    let mut world = world(Level::Internal);
    let chat = NewResource::new("chat")
        .within(world.workspace)
        .owner(world.member)
        .level(Level::Private)
        .own_members_only();
    let chat = world.add(chat);
    let line = world.add(NewResource::new("line").within(chat));
    for part in [chat, line] {
        let may = world.all().map(|who| world.may_at(who, "view", part, 100));
        assert_eq!(may, [false, true, false, false, false]);
    }
}

#[test]
fn ic_52_a_second_factor_is_asked_where_the_policy_says() {
    let world = world(Level::Private);
    let edit = id(&world.facts, "edit");
    let mfa = |value| {
        AccessContext::default()
            .with(world.facts.policy(), &attribute("mfa"), value)
            .unwrap()
    };
    for (context, refusal) in [
        (mfa(true), None),
        (mfa(false), Some(AccessRefusal::Forbidden)),
        (
            AccessContext::default(),
            Some(AccessRefusal::AttributeUnknown),
        ),
    ] {
        let verdict = world
            .facts
            .verdict(world.owner.with(&context), edit, world.workspace, at(9));
        assert_eq!(verdict.refusal(), refusal);
    }
    let error = AccessContext::default()
        .with(world.facts.policy(), &attribute("mtls"), true)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[test]
fn ic_53_a_verdict_names_the_role_that_granted() {
    let world = world(Level::Private);
    let context = with_mfa(&world.facts);
    let verdict = world.facts.verdict(
        world.member.with(&context),
        id(&world.facts, "edit"),
        world.workspace,
        at(9),
    );
    assert_eq!(verdict.ground(), Some(Ground::Member));
    assert_eq!(
        world.facts.policy().clause(verdict).unwrap().as_str(),
        "role/editor"
    );
}

#[test]
fn kr_20_only_repositories_that_were_connected() {
    let mut world = world(Level::Private);
    let app = world.stranger;
    let [connected, other] = ["repo-1", "repo-2"].map(|id| {
        let repository = NewResource::new(id)
            .owner(world.owner)
            .level(Level::Private);
        world.add(repository)
    });
    world
        .facts
        .add_member(connected, NewMember::new(app, &role("editor")), at(1))
        .unwrap();
    assert!(world.may_at(app, "edit", connected, 9));
    assert!(!world.may_at(app, "view", other, 9));
    world.facts.remove_member(app, connected, at(20)).unwrap();
    assert!(!world.may_at(app, "view", connected, 20));
}

#[test]
fn cc_26_27_28_staff_reach_declared_categories_for_a_reason_and_a_while() {
    let [view, logs, chat] = [action("view"), action("x"), action("y")];
    drop((logs, chat));
    let category = |name| DataCategory::new(name).unwrap();
    let staff = StaffClause::new(
        clause("CC-26"),
        ReasonKind::new("incident").unwrap(),
        [view.clone()],
    )
    .categories([category("container")])
    .longest(std::time::Duration::from_secs(60));
    let policy = VisibilityRules::builder()
        .actions([view])
        .staff(staff)
        .build()
        .unwrap();
    let mut facts = VisibilityFacts::new(Arc::new(policy));
    let sre = facts.add_principal("sre", at(0)).unwrap();
    let acme = facts.add_organisation("acme", at(0)).unwrap();
    let root = facts
        .add_resource(NewResource::new("app").organisation(acme), at(0))
        .unwrap();
    let inside = |id| NewResource::new(id).within(root);
    let log = facts
        .add_resource(inside("log").category(category("container.log")), at(0))
        .unwrap();
    let chat = facts
        .add_resource(inside("chat").category(category("chat")), at(0))
        .unwrap();
    let bare = facts.add_resource(inside("bare"), at(0)).unwrap();
    let outside = NewResource::new("other").category(category("container.log"));
    let outside = facts.add_resource(outside, at(0)).unwrap();
    let begun = |id, reason, ticket, from, until| {
        let scope = StaffScope::Organisation(acme);
        StaffGrant::builder(id)
            .principal(sre)
            .reason(ReasonKind::new(reason).unwrap())
            .ticket(ticket)
            .scope(scope)
            .during(at(from)..at(until))
    };
    let grant =
        |id, reason, ticket, from, until| begun(id, reason, ticket, from, until).build().unwrap();
    for (bad, kind) in [
        (grant("g", "curiosity", "T-1", 10, 20), ErrorKind::Config),
        (grant("g", "incident", "T-1", 10, 71), ErrorKind::Refused),
        (grant("g", "incident", "T-1", 10, 10), ErrorKind::Config),
        (grant("g", "incident", "", 10, 20), ErrorKind::Config),
        (
            grant("g", "incident", "jo@mail.test", 10, 20),
            ErrorKind::Config,
        ),
        (grant("", "incident", "T-1", 10, 20), ErrorKind::Config),
    ] {
        assert_eq!(facts.grant(&bad).unwrap_err().kind(), kind);
    }
    facts.grant(&grant("g", "incident", "T-1", 10, 20)).unwrap();
    assert_eq!(
        facts
            .grant(&grant("g", "incident", "T-1", 10, 20))
            .unwrap_err()
            .kind(),
        ErrorKind::Conflict
    );
    let view = id(&facts, "view");
    for (what, expected) in [
        (log, AccessRefusal::EntryMissing),
        (chat, AccessRefusal::NoGround),
        (bare, AccessRefusal::NoGround),
        (root, AccessRefusal::NoGround),
        (outside, AccessRefusal::NoGround),
    ] {
        let verdict = facts.verdict(sre, view, what, at(12));
        assert_eq!(verdict.refusal(), Some(expected));
    }
    // A grant may be narrower than its clause.
    let narrow = begun("h", "incident", "T-2", 30, 40).categories([category("container.files")]);
    facts.grant(&narrow.build().unwrap()).unwrap();
    let verdict = facts.verdict(sre, view, log, at(32));
    assert_eq!(verdict.refusal(), Some(AccessRefusal::NoGround));
}
