//! Roles: who may do what to what.

use confidant::audit::Access;
use confidant::policy::conformance::Trial;
use confidant::visibility::{MemberRole, NewMember, NewResource, VisibilityFacts};

use crate::world::{Fallible, Switch, World, category, id};

/// A resource of a category with its owner, somebody in a role, and a stranger.
fn scene(world: &World, prefix: &str, of: &str, role: Option<&str>) -> Fallible<VisibilityFacts> {
    let since = world.now();
    let mut facts = VisibilityFacts::new(world.policy.visibility().clone());
    let name = |who: &str| format!("{prefix}-{who}");
    let owner = facts.add_principal(&name("owner"), since)?;
    let holder = facts.add_principal(&name("holder"), since)?;
    facts.add_principal(&name("stranger"), since)?;
    let what = name("thing");
    let new = NewResource::new(&what).owner(owner).category(category(of)?);
    let resource = facts.add_resource(new, since)?;
    if let Some(role) = role {
        facts.add_member(
            resource,
            NewMember::new(holder, &MemberRole::new(role)?),
            since,
        )?;
    }
    Ok(facts)
}

/// An action is for those who are named, and for nobody else: `who` is `owner` or `holder`,
/// in a role.
pub(crate) async fn may(
    world: &World,
    t: &mut Trial,
    of: &str,
    role: Option<&str>,
    allowed: &[(&str, &str)],
    denied: &[(&str, &str)],
) -> Fallible<bool> {
    t.mechanism("visibility", "decision on an action, by default denied");
    let prefix = t.promise().to_lowercase();
    let facts = scene(world, &prefix, of, role)?;
    let what = format!("{prefix}-thing");
    let ask = async |who: &str, action: &str| -> Fallible<_> {
        // Whoever is let in as somebody else may do what that one may.
        let who = match world.is_off(Switch::LevelsIgnored) {
            true => allowed.first().map_or(who, |(who, _)| *who),
            false => who,
        };
        let who = (who != "anybody").then(|| format!("{prefix}-{who}"));
        world.sees(&facts, who.as_deref(), action, &what).await
    };
    for (who, action) in allowed {
        let decision = ask(who, action).await?;
        t.permitted(&format!("{who} may {action}"), &decision);
    }
    for (who, action) in denied {
        let decision = ask(who, action).await?;
        t.refused(&format!("{who} may {action}"), &decision);
    }
    Ok(true)
}

/// The audit log is read by a role, and each reading is in it too.
pub(crate) async fn audit_readers(
    world: &World,
    t: &mut Trial,
    of: &str,
    role: &str,
) -> Fallible<bool> {
    let allowed = [("holder", "view_audit")];
    let denied = [
        ("stranger", "view_audit"),
        ("owner", "view_audit"),
        ("anybody", "view_audit"),
    ];
    may(world, t, of, Some(role), &allowed, &denied).await?;
    t.mechanism("audit", "log, which tells who read it");
    // Something that there is to read.
    let facts = confidant::consent::ConsentFacts::none();
    let decision = world
        .may_use(&facts, "service", "account", super::consent::grown_up())
        .await?;
    t.shown("a decision is there to be read", decision.is_allow());
    let reader = id("admin:7")?;
    let access = Access::new(reader.clone());
    let size = world.log.checkpoint().await?.size();
    if size > 0 {
        let _ = world.log.read(0..1, &access).await?;
    }
    let entries = world.entries().await?;
    let told = entries
        .iter()
        .any(|(_, entry)| entry.actor_id() == Some(&reader));
    t.shown("the reading is in the log", told);
    Ok(true)
}
