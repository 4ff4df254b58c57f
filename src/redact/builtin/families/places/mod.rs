//! Places and ways.

pub(super) mod named;
pub(super) mod tokens;
