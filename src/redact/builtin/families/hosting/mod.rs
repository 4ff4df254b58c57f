//! Hosting, and other machines with their care.

pub(super) mod named;
pub(super) mod providers;
pub(super) mod tokens;
