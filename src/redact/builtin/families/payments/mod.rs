//! Payments, money and markets.

pub(super) mod named;
pub(super) mod providers;
pub(super) mod tokens;
