//! Business software.

pub(super) mod named;
pub(super) mod platforms;
pub(super) mod tokens;
