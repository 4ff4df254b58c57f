//! The scan: the walk over a text from place to place.

mod decoded;
mod driver;
pub(super) mod marks;
mod pass;
mod progress;
pub(super) mod run;
mod values;

pub(crate) use pass::Pass;
pub(crate) use progress::Progress;
