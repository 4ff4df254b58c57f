//! Who may see what.

use confidant::policy::Sink;
use confidant::policy::conformance::Trial;
use confidant::taxonomy::DataCategory;
use confidant::time::Moment;
use confidant::visibility::{
    AccessContext, Attribute, ContentDigest, Level, MemberRole, NewMember, NewResource,
    Publication, ReasonKind, ScanReport, Scanner, StaffGrant, StaffScope, VisibilityFacts,
};

use crate::world::{Fallible, Switch, World, nothing};

const RULES: &str = "publish-1";

/// A house of one promise: its owner, a member, a colleague and a stranger, and resources
/// of each level.
pub(crate) struct House {
    pub(crate) facts: VisibilityFacts,
    prefix: String,
}

impl House {
    pub(crate) async fn build(world: &World, prefix: &str) -> Fallible<Self> {
        let mut book = world.book().await?;
        let now = world.now();
        let name = |who: &str| format!("{prefix}-{who}");
        let attributes = attributes(world);
        book.change(|facts| {
            let owner = facts.add_principal(&name("owner"), now)?;
            let [member, colleague, stranger, staff] = ["member", "colleague", "stranger", "staff"]
                .map(|who| facts.add_principal(&name(who), now));
            let (member, colleague) = (member?, colleague?);
            let (_, _) = (stranger?, staff?);
            let group = facts.add_organisation(&name("org"), now)?;
            facts.join(owner, group, now, None)?;
            facts.join(colleague, group, now, None)?;
            for (what, level) in [
                ("private", Level::Private),
                ("internal", Level::Internal),
                ("draft", Level::Private),
            ] {
                let id = name(what);
                let mut new = NewResource::new(&id)
                    .owner(owner)
                    .organisation(group)
                    .category(DataCategory::new("customer_data.code")?)
                    .level(level);
                for name in &attributes {
                    new = new.attribute(Attribute::new(name)?, false);
                }
                let resource = facts.add_resource(new, now)?;
                if what == "private" {
                    let role = MemberRole::new("viewer")?;
                    facts.add_member(resource, NewMember::new(member, &role), now)?;
                }
            }
            Ok(())
        })
        .await?;
        Ok(Self {
            facts: book.facts()?.clone(),
            prefix: prefix.to_owned(),
        })
    }

    pub(crate) fn name(&self, who: &str) -> String {
        format!("{}-{who}", self.prefix)
    }

    /// Asks whether somebody may do something to a resource.
    pub(crate) async fn ask(
        &self,
        world: &World,
        who: Option<&str>,
        action: &str,
        what: &str,
    ) -> Fallible<confidant::decision::Decision> {
        // Whoever is taken for somebody else may do what that one may.
        let who = match world.is_off(Switch::LevelsIgnored) {
            true => Some("owner"),
            false => who,
        };
        let who = who.map(|who| self.name(who));
        world
            .sees(&self.facts, who.as_deref(), action, &self.name(what))
            .await
    }
}

/// Returns the attributes of resources that the policy denies by.
pub(crate) fn attributes(world: &World) -> Vec<String> {
    let clauses = world.text.split("[[visibility.deny]]").skip(1);
    let clauses = clauses.map(|clause| clause.split("\n[").next().unwrap_or_default());
    let of_resources = clauses.filter(|clause| clause.contains("on = \"resource\""));
    let names = of_resources.filter_map(|clause| {
        let line = clause
            .lines()
            .find_map(|line| line.strip_prefix("attribute = \""));
        line.and_then(|line| line.strip_suffix('"'))
    });
    names.map(str::to_owned).collect()
}

/// Tries who may and who may not.
pub(crate) async fn level(
    world: &World,
    t: &mut Trial,
    what: &str,
    action: &str,
    may: &[Option<&str>],
    may_not: &[Option<&str>],
) -> Fallible<bool> {
    t.mechanism("visibility", "decision on an action");
    let house = House::build(world, &t.promise().to_lowercase()).await?;
    tried(world, t, &house, what, action, may, may_not).await?;
    Ok(true)
}

/// Tries another action in the house that [`level`] has built.
pub(crate) async fn level_again(
    world: &World,
    t: &mut Trial,
    what: &str,
    action: &str,
    may: &[Option<&str>],
    may_not: &[Option<&str>],
) -> Fallible<bool> {
    let house = House {
        facts: world.book().await?.facts()?.clone(),
        prefix: t.promise().to_lowercase(),
    };
    tried(world, t, &house, what, action, may, may_not).await?;
    Ok(true)
}

async fn tried(
    world: &World,
    t: &mut Trial,
    house: &House,
    what: &str,
    action: &str,
    may: &[Option<&str>],
    may_not: &[Option<&str>],
) -> Fallible {
    for who in may {
        let decision = house.ask(world, *who, action, what).await?;
        t.permitted(
            &format!("{} may {action} `{what}`", who.unwrap_or("anybody")),
            &decision,
        );
    }
    for who in may_not {
        let decision = house.ask(world, *who, action, what).await?;
        t.refused(
            &format!("{} may {action} `{what}`", who.unwrap_or("anybody")),
            &decision,
        );
    }
    Ok(())
}

/// The level is the owner's to change, and the change is in the store.
pub(crate) async fn changed_by_owner(world: &World, t: &mut Trial) -> Fallible<bool> {
    t.mechanism("visibility", "levels, changed by who may");
    let house = House::build(world, &t.promise().to_lowercase()).await?;
    let mut book = world.book().await?;
    let (now, context) = (world.now(), AccessContext::default());
    let set = |facts: &mut VisibilityFacts, who: &str| {
        let by = facts.principal(&house.name(who)).ok_or_else(missing)?;
        let what = facts.resource(&house.name("private")).ok_or_else(missing)?;
        facts.raise(by.with(&context), what, Level::Internal, now)
    };
    let by_stranger = book.change(|facts| set(facts, "stranger")).await;
    t.refused("a stranger raises the level", &by_stranger);
    t.permitted(
        "the owner raises the level",
        &book.change(|facts| set(facts, "owner")).await,
    );
    let facts = book.facts()?.clone();
    let house = House { facts, ..house };
    tried(
        world,
        t,
        &house,
        "private",
        "view",
        &[Some("colleague")],
        &[Some("stranger")],
    )
    .await?;
    Ok(true)
}

fn missing() -> confidant::Error {
    confidant::Error::foreign(confidant::ErrorKind::NotFound, "no such name")
}

/// Scans content by the redactor of the policy.
fn scan(world: &World, content: &str, now: Moment) -> Fallible<(ScanReport, ContentDigest)> {
    let redactor = match world.is_off(Switch::ScanSkipped) {
        true => nothing().build()?,
        false => world.redactor(Sink::Publish)?,
    };
    let mut scanner = Scanner::new(&redactor, RULES);
    scanner.part("main.tf", content.as_bytes())?;
    let digest = ContentDigest::of([("main.tf", content.as_bytes())]);
    Ok((scanner.finish(now), digest))
}

/// What holds a secret is not published unless each finding is waived by who may; an edit
/// after the scan voids it.
pub(crate) async fn published(world: &World, t: &mut Trial, waived: bool) -> Fallible<bool> {
    t.mechanism("visibility", "publish gate, bound to a scan");
    let house = House::build(world, &t.promise().to_lowercase()).await?;
    let mut book = world.book().await?;
    let (now, context) = (world.now(), AccessContext::default());
    let leak = "token = \"ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA\"";
    let clean = "resource \"aws_s3_bucket\" \"logs\" {}";
    let publish = |facts: &mut VisibilityFacts, report: &ScanReport, digest: &ContentDigest| {
        let owner = facts.principal(&house.name("owner")).ok_or_else(missing)?;
        let what = facts.resource(&house.name("draft")).ok_or_else(missing)?;
        facts.publish(
            owner.with(&context),
            what,
            Publication::new(Level::Public, report, digest),
            now,
        )
    };
    let (report, digest) = scan(world, leak, now)?;
    let refused = book.change(|facts| publish(facts, &report, &digest)).await;
    t.refused("publishing what holds a token", &refused);
    let (report, digest) = scan(world, clean, now)?;
    let edited = ContentDigest::of([("main.tf", leak.as_bytes())]);
    let refused = book.change(|facts| publish(facts, &report, &edited)).await;
    t.refused("publishing what was edited after the scan", &refused);
    if waived {
        let (mut report, digest) = scan(world, "contact = \"ann@acme-mail.com\"", now)?;
        let owner = book
            .facts()?
            .principal(&house.name("owner"))
            .ok_or("no owner")?;
        for finding in 0..report.findings().len() {
            report.waive(finding, owner, "a public address")?;
        }
        let done = book.change(|facts| publish(facts, &report, &digest)).await;
        t.permitted(
            "publishing where each finding is waived with a reason",
            &done,
        );
    } else {
        let done = book.change(|facts| publish(facts, &report, &digest)).await;
        t.permitted("publishing what is clean", &done);
        if let Ok(version) = &done {
            t.shown("it became version 1", version.number() == 1);
        }
    }
    Ok(true)
}

/// Public content is for anybody, in the gallery where it is listed, and can be forked; a
/// fork stays with its owner.
pub(crate) async fn public(world: &World, t: &mut Trial, forks: bool) -> Fallible<bool> {
    t.mechanism("visibility", "levels, listing and forks");
    let house = House::build(world, &t.promise().to_lowercase()).await?;
    let mut book = world.book().await?;
    let (now, context) = (world.now(), AccessContext::default());
    let (report, digest) = scan(world, "resource \"null\" \"none\" {}", now)?;
    let draft = house.name("draft");
    book.change(|facts| {
        let owner = facts.principal(&house.name("owner")).ok_or_else(missing)?;
        let what = facts.resource(&draft).ok_or_else(missing)?;
        facts.publish(
            owner.with(&context),
            what,
            Publication::new(Level::Public, &report, &digest),
            now,
        )
    })
    .await?;
    let facts = book.facts()?.clone();
    let view = facts.policy().action("view").ok_or("no action `view`")?;
    let what = facts.resource(&draft).ok_or("no draft")?;
    t.shown(
        "it is not in the gallery unless it is listed",
        !facts.gallery(view, now).contains(&what),
    );
    let house = House { facts, ..house };
    tried(
        world,
        t,
        &house,
        "draft",
        "view",
        &[None, Some("stranger")],
        &[],
    )
    .await?;
    tried(
        world,
        t,
        &house,
        "private",
        "view",
        &[],
        &[None, Some("stranger")],
    )
    .await?;
    if !forks {
        return Ok(true);
    }
    let stranger = house.name("stranger");
    let fork = house.name("fork");
    let attributes = attributes(world);
    let _plan = book
        .change(|facts| {
            let by = facts.principal(&stranger).ok_or_else(missing)?;
            let what = facts.resource(&draft).ok_or_else(missing)?;
            let mut new = NewResource::new(&fork).owner(by);
            for name in &attributes {
                new = new.attribute(Attribute::new(name)?, false);
            }
            facts.fork(by.with(&context), what, new, now)
        })
        .await?;
    let second = std::time::Duration::from_secs(1);
    let at = now.saturating_add(second);
    let house = House {
        facts: book.facts()?.clone(),
        ..house
    };
    let seen_by_stranger = async |house: &House| -> Fallible<bool> {
        let decision = house.ask(world, Some("stranger"), "view", "draft").await?;
        Ok(decision.is_allow())
    };
    let before = seen_by_stranger(&house).await?;
    world.clock.advance(second)?;
    let recall = book
        .change(|facts| {
            let owner = facts.principal(&house.name("owner")).ok_or_else(missing)?;
            let what = facts.resource(&draft).ok_or_else(missing)?;
            facts.lower(owner.with(&context), what, Level::Private, at)
        })
        .await?;
    world.tell(format!("the owner takes it back: {recall}"));
    t.shown(&recall.to_string(), recall.forks().len() == 1);
    let house = House {
        facts: book.facts()?.clone(),
        ..house
    };
    let then = seen_by_stranger(&house).await?;
    world.clock.advance(second)?;
    let seen = [before, then, seen_by_stranger(&house).await?];
    t.boundary(
        "a stranger sees the original",
        at,
        &seen,
        &[true, false, false],
    );
    tried(
        world,
        t,
        &house,
        "fork",
        "view",
        &[Some("stranger")],
        &[Some("owner"), None],
    )
    .await?;
    tried(
        world,
        t,
        &house,
        "draft",
        "view",
        &[Some("owner")],
        &[Some("stranger")],
    )
    .await?;
    Ok(true)
}

/// Staff get through with a reason, a ticket and an end, each time after an entry in the
/// log, and not from the second on at which the grant ends.
pub(crate) async fn staff(
    world: &World,
    t: &mut Trial,
    reason: &str,
    hours: u64,
) -> Fallible<bool> {
    t.mechanism("visibility", "desk for staff: an entry first, access then");
    let house = House::build(world, &t.promise().to_lowercase()).await?;
    let mut book = world.book().await?;
    let (now, context) = (world.now(), AccessContext::default());
    let lasts = std::time::Duration::from_secs(hours * 3600);
    let until = now.saturating_add(lasts);
    let (id, who, what) = (
        house.name("grant"),
        house.name("staff"),
        house.name("private"),
    );
    let facts = book.facts()?;
    let (staff, resource) = (
        facts.principal(&who).ok_or("no staff")?,
        facts.resource(&what).ok_or("no resource")?,
    );
    let view = facts.policy().action("view").ok_or("no action `view`")?;
    let kind: ReasonKind = reason.parse()?;
    let alone = world
        .desk
        .permit(facts, staff.with(&context), view, resource)
        .await;
    t.refused("staff without a grant", &alone.map(|_| ()));
    let grant = |until| {
        StaffGrant::builder(&id)
            .principal(staff)
            .reason(kind.clone())
            .ticket("INC-204")
            .scope(StaffScope::Resource(resource))
            .during(now..until)
            .build()
    };
    let long = until.saturating_add(lasts);
    let too_long = book.change(|facts| facts.grant(&grant(long)?)).await;
    t.refused(
        "a grant that lasts longer than the policy allows",
        &too_long,
    );
    book.change(|facts| facts.grant(&grant(until)?)).await?;
    let facts = book.facts()?;
    let permit = world
        .desk
        .permit(facts, staff.with(&context), view, resource)
        .await;
    t.permitted(
        "staff with a grant",
        &permit.as_ref().map(|_| ()).map_err(|_| missing()),
    );
    if let Ok(permit) = permit {
        let entries = world.entries().await?;
        let entry = entries.iter().find(|(place, _)| *place == permit.index());
        let named = entry.is_some_and(|(_, entry)| {
            let action = entry.action().as_str();
            action.is_some_and(|action| action.starts_with("visibility.staff"))
        });
        t.shown(
            &format!("its entry is number {} of the log", permit.index()),
            named,
        );
        let mut seen = [false; 3];
        for (seen, at) in seen.iter_mut().zip(Trial::around(until)) {
            *seen = permit.permits(staff, view, resource, at);
        }
        t.boundary("the permission holds", until, &seen, &[true, false, false]);
    }
    let owner = facts.principal(&house.name("owner")).ok_or("no owner")?;
    let report = world
        .desk
        .report_for_owner(facts, owner, &access()?)
        .await?;
    for line in report.lines() {
        let (ticket, action) = (line.ticket.as_deref().unwrap_or("none"), &line.action);
        let (at, outcome) = (line.at, line.outcome);
        world.tell(format!(
            "shown to the owner: staff, to {action}, ticket {ticket}, at {at}: {outcome:?}"
        ));
    }
    t.shown(
        "the owner can be shown who looked",
        !report.lines().is_empty(),
    );
    Ok(true)
}

fn access() -> Fallible<confidant::audit::Access> {
    Ok(confidant::audit::Access::new(crate::world::id(
        "auditor:7",
    )?))
}
