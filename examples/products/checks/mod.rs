//! Checks of promises, as they repeat across products. Each tries what a promise rules out
//! and what it allows, on mechanisms that are configured by the product's own policy.
#![allow(dead_code, reason = "each product uses a part")]

pub(crate) mod consent;
pub(crate) mod documents;
pub(crate) mod endings;
pub(crate) mod keys;
pub(crate) mod legs;
pub(crate) mod mail;
pub(crate) mod measured;
pub(crate) mod models;
pub(crate) mod retention;
pub(crate) mod rights;
pub(crate) mod roles;
pub(crate) mod ruled_out;
pub(crate) mod secrets;
pub(crate) mod settled;
pub(crate) mod sharing;
pub(crate) mod sight;
pub(crate) mod staff;
pub(crate) mod steps;
pub(crate) mod training;

use confidant::policy::conformance::{PromiseReport, Trial};

use super::world::{Fallible, World};

/// Runs the check of every promise of a product, or of those that are named alone, and
/// returns what they come to. `check` is given each id, and returns whether it knows it.
pub(crate) async fn run(
    world: &World,
    only: &[&str],
    check: impl AsyncFn(&World, &str, &mut Trial) -> Fallible<bool>,
) -> Fallible<PromiseReport> {
    let mut kit = world.kit()?;
    let ids: Vec<String> = kit
        .promises()
        .iter()
        .map(|promise| promise.id().as_str().to_owned())
        .filter(|id| only.is_empty() || only.contains(&id.as_str()))
        .collect();
    for id in ids {
        let mut trial = kit.trial(&id);
        match check(world, &id, &mut trial).await {
            Ok(true) => {}
            // Without a trial, the report says that there was none.
            Ok(false) => continue,
            Err(error) => {
                trial.shown(&format!("the check ended: {error}"), false);
            }
        }
        kit.end(trial);
    }
    Ok(kit.report(world.now()))
}
