//! Models and the tools around them.

pub(super) mod named;
pub(super) mod providers;
pub(super) mod tokens;
pub(super) mod tools;
