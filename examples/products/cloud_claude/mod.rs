//! Cloud Claude: hosting that is operated by chat.

mod flow;
mod promises;

use confidant::policy::conformance::PromiseReport;

use crate::checks::run;
use crate::world::{Fallible, Product, World};

pub(crate) const PRODUCT: Product = Product {
    name: "Cloud Claude",
    prefix: "CC-",
    text: include_str!("../../policies/cloud-claude.toml"),
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
