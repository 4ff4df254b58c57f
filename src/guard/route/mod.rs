//! Routing.

mod control;

pub use control::{Control, ControlState, Feature, Receipt};
