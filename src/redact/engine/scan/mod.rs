//! The scan: from place to place over a text, and between overlapping hits.

mod driver;
pub(super) mod progress;
mod resolver;
pub(super) mod run;

pub(crate) use progress::Progress;
pub(crate) use resolver::{Resolver, sort};
