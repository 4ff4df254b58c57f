//! Access by staff.

use std::time::Duration;

use confidant::audit::Access;
use confidant::policy::conformance::Trial;
use confidant::visibility::{
    AccessContext, NewResource, Principal, ReasonKind, Resource, StaffGrant, StaffScope,
    VisibilityFacts,
};

use crate::world::{Fallible, World, category, id};

/// Somebody's resource of a category, and one of the staff.
struct Scene {
    facts: VisibilityFacts,
    owner: Principal,
    staff: Principal,
    resource: Resource,
}

fn scene(world: &World, of: &str) -> Fallible<Scene> {
    let since = world.now();
    let mut facts = VisibilityFacts::new(world.policy.visibility().clone());
    let owner = facts.add_principal("owner", since)?;
    let staff = facts.add_principal("staff", since)?;
    let new = NewResource::new("resource")
        .owner(owner)
        .category(category(of)?);
    let resource = facts.add_resource(new, since)?;
    Ok(Scene {
        facts,
        owner,
        staff,
        resource,
    })
}

fn grant(world: &World, scene: &mut Scene, reason: &str, hours: u64) -> Fallible<bool> {
    let from = world.now();
    let until = from.saturating_add(Duration::from_secs(hours * 3_600));
    let kind = ReasonKind::new(reason)?;
    let scope = StaffScope::Resource(scene.resource);
    let grant = StaffGrant::builder("grant-1")
        .principal(scene.staff)
        .reason(kind)
        .ticket("ticket-1")
        .scope(scope)
        .during(from..until)
        .build()?;
    Ok(scene.facts.grant(&grant).is_ok())
}

/// Staff reach what is not theirs for a reason of the list, under a grant with a ticket and
/// an end, and only once that is in the audit log; and the owner can read who did.
pub(crate) async fn for_a_reason(
    world: &World,
    t: &mut Trial,
    reason: &str,
    of: &str,
    hours: u64,
    other: Option<&str>,
) -> Fallible<bool> {
    t.mechanism(
        "visibility",
        "desk for staff, with an audit entry before each access",
    );
    let mut scene = scene(world, of)?;
    let view = world
        .policy
        .visibility()
        .action("view")
        .ok_or("nobody may view")?;
    let ask = async |scene: &Scene| {
        let context = AccessContext::default();
        world
            .desk
            .permit(
                &scene.facts,
                scene.staff.with(&context),
                view,
                scene.resource,
            )
            .await
    };
    t.refused("staff without a grant", &ask(&scene).await);
    t.refused(
        "a grant for curiosity",
        &grant(world, &mut scene, "curiosity", 1)?,
    );
    t.refused(
        "a grant that lasts longer than the policy allows",
        &grant(world, &mut scene, reason, hours + 1)?,
    );
    t.permitted(
        &format!("a grant for `{reason}`, for {hours} hours"),
        &grant(world, &mut scene, reason, hours)?,
    );
    let permit = ask(&scene).await;
    t.permitted(&format!("access for `{reason}`"), &permit);
    if let Ok(permit) = &permit {
        let entries = world.entries().await?;
        let entry = entries.iter().find(|(place, _)| *place == permit.index());
        let tells = entry.is_some_and(|(_, entry)| {
            entry.purpose_id().and_then(|id| id.as_str()) == Some(reason)
        });
        t.shown("the audit log tells of it, with its reason", tells);
        let end = world
            .now()
            .saturating_add(Duration::from_secs(hours * 3_600));
        let [before, then, after] =
            Trial::around(end).map(|now| permit.permits(scene.staff, view, scene.resource, now));
        let seen = [before, then, after];
        t.boundary("the permission counts", end, &seen, &[true, false, false]);
    }
    let access = Access::new(id("owner:1")?);
    let report = world
        .desk
        .report_for_owner(&scene.facts, scene.owner, &access);
    let lines = report.await?.lines().len();
    t.shown("the owner reads of it", lines >= 1);
    if let Some(other) = other {
        let mut elsewhere = self::scene(world, other)?;
        let granted = grant(world, &mut elsewhere, reason, hours)?;
        let reached = granted && ask(&elsewhere).await.is_ok();
        t.refused(&format!("the same for `{other}`"), &reached);
    }
    Ok(true)
}
