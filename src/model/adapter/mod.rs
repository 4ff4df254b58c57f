//! What all adapters share.

mod check;
mod fault;
mod options;
mod settings;

pub(super) use check::{check, has_state, mimes, unsupported};
pub(super) use fault::{OpenFault, kind_of_word};
pub(super) use options::{Rule, options};
pub(super) use settings::{Settings, builder, sink};
