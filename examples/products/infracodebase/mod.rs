//! Infracodebase: infrastructure code with an agent.

mod flow;
mod promises;

use crate::checks::run;
use crate::world::{Fallible, Product, World};
use confidant::policy::conformance::PromiseReport;

pub(crate) const PRODUCT: Product = Product {
    name: "Infracodebase",
    prefix: "IC-",
    text: include_str!("../../policies/infracodebase.toml"),
    begins: "2026-06-01T00:00:00Z",
};

/// Walks the data flow of the product.
pub(crate) async fn flow(world: &World) -> Fallible {
    flow::walk(world).await
}

/// Checks every promise of the product, or those that are named alone.
pub(crate) async fn check(world: &World, only: &[&str]) -> Fallible<PromiseReport> {
    run(world, only, promises::check).await
}
