//! The end of a service, and its transfer to somebody else.

use confidant::decision::ClauseId;
use confidant::policy::conformance::Trial;
use confidant::policy::{Disclosure, DisclosureGround, Policy};
use confidant::retention::{Status, Trigger};
use confidant::rights::WindDown;
use confidant::taxonomy::ObligationState;
use confidant::time::{Moment, Period};

use super::retention::{day, events};
use crate::world::{Fallible, Switch, World, category};

/// A business goes over once its users have been told for long enough; where the successor
/// must keep the same commitments, only if its policy weakens nothing.
pub(crate) async fn transferred(
    world: &World,
    t: &mut Trial,
    of: &'static str,
    told: &str,
    goes: &str,
    weaker: Option<(&str, &str)>,
) -> Fallible<bool> {
    t.mechanism("policy", "decision on the ground of a disclosure");
    let (told, at) = (day(told)?, day(goes)?);
    let ask = async |keeps: bool, told: Option<Moment>, now: Moment| -> Fallible<bool> {
        let make = move |policy: &Policy, now| {
            let Ok(of) = category(of) else {
                return confidant::decision::Decision::deny(
                    confidant::decision::Reason::without_clause("a name is malformed"),
                );
            };
            let mut what = Disclosure::new(DisclosureGround::BusinessTransfer, &of);
            if let Some(told) = told {
                what = what.announced(told);
            }
            if keeps {
                what = what.keeps_commitments();
            }
            policy.disclosures().decide(&what, now)
        };
        let inputs = format!("{of} {keeps} {told:?}");
        let decision = world.made("transfer", &inputs, now, make).await?;
        Ok(decision.is_allow())
    };
    let same = world.policy.diff_since(&world.policy);
    let mut seen = [false; 3];
    for (seen, now) in seen.iter_mut().zip(Trial::around(at)) {
        *seen = ask(!same.weakens(), Some(told), now).await?;
    }
    t.boundary("the data goes over", at, &seen, &[false, true, true]);
    t.refused("without telling anybody", &ask(true, None, at).await?);
    if let Some(edit) = weaker {
        t.mechanism("policy", "comparison with the successor's policy");
        let successor = world
            .varied(&[edit])?
            .map_err(|faults| faults.to_string())?;
        let diff = successor.diff_since(&world.policy);
        t.shown("the successor's policy weakens something", diff.weakens());
        t.refused(
            "to a successor with a weaker policy",
            &ask(!diff.weakens(), Some(told), at).await?,
        );
    }
    Ok(true)
}

/// When the service ends, users are told, everything is gone in time, and what the law keeps
/// stays as long as the law says.
pub(crate) fn wound_down(
    world: &World,
    t: &mut Trial,
    clause: &str,
    ends: &str,
    goes: (&str, &str),
    stays: &str,
) -> Fallible<bool> {
    t.mechanism("rights", "plan for the end of the service");
    t.mechanism("retention", "verdict on a record");
    let plan = WindDown::new(day(ends)?, ClauseId::new(clause)?)
        .notice(Period::days(30))
        .erase_within(Period::days(30))
        .plan(world.policy.stores())?;
    t.shown(
        "everything is gone by the day of the plan",
        plan.erase_by() == day(goes.1)?,
    );
    let stores = world.policy.stores().iter().count();
    t.shown(
        "the plan has a task for each store",
        plan.tasks().len() == stores,
    );
    let at = plan.announce_by();
    let seen = Trial::around(at).map(|now| {
        let now = match world.is_off(Switch::DeadlinesForgotten) {
            true => now.saturating_sub(std::time::Duration::from_secs(86_400 * 30)),
            false => now,
        };
        plan.announcement().state(now) == ObligationState::Violated
    });
    t.boundary("the announcement is late", at, &seen, &[false, true, true]);
    let of_end = events("2026-06-01", &[(Trigger::ServiceWindDown, ends)])?;
    let at = day(goes.1)?.saturating_sub(world.policy.retention().skew());
    let mut seen = [false; 3];
    for (seen, now) in seen.iter_mut().zip(Trial::around(at)) {
        *seen = world.status(goes.0, of_end, now)? == Status::Overdue;
    }
    t.boundary(
        &format!("`{}` is overdue", goes.0),
        at,
        &seen,
        &[false, false, true],
    );
    let kept = world.status(stays, of_end, at)?;
    t.shown(
        &format!("`{stays}` stays, for the law alone"),
        matches!(kept, Status::Restrict | Status::Keep),
    );
    Ok(true)
}
