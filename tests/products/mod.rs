//! Five products, promise by promise, on the worlds of their examples.

#[path = "../../examples/products/checks/mod.rs"]
pub(crate) mod checks;
#[path = "../../examples/products/world/mod.rs"]
pub(crate) mod world;

#[path = "../../examples/products/aegent/mod.rs"]
mod aegent;
#[path = "../../examples/products/cloud_claude/mod.rs"]
mod cloud_claude;
#[path = "../../examples/products/infracodebase/mod.rs"]
mod infracodebase;
mod kill;
#[path = "../../examples/products/kratys/mod.rs"]
mod kratys;
mod mutations;
mod promises;
mod receipts;
#[path = "../../examples/products/syncloud/mod.rs"]
mod syncloud;
mod values;
