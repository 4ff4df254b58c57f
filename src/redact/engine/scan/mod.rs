//! The scan: the walk over a text from place to place, and the resolution of
//! overlaps.

mod decoded;
mod driver;
pub(super) mod marks;
mod progress;
mod resolver;
pub(super) mod run;
mod values;

pub(crate) use progress::Progress;
pub(crate) use resolver::{Resolver, sort};
