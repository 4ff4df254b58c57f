//! The scan: from place to place over a text, and between overlapping hits.

pub(super) mod anchors;
mod decoded;
mod driver;
mod progress;
mod resolver;
pub(super) mod run;

pub(crate) use progress::Progress;
pub(crate) use resolver::{Resolver, sort};
