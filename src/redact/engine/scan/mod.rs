//! The scan: the walk over a text from place to place, and the resolution of
//! overlaps.

pub(super) mod anchors;
mod decoded;
mod driver;
mod progress;
mod resolver;
pub(super) mod run;
mod values;

pub(crate) use progress::Progress;
pub(crate) use resolver::{Resolver, sort};
