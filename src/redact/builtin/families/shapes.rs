//! Shapes that many rows of tables share.

/// A value of no known length.
pub(super) const ANY: &str = "[0-9A-Za-z_-]{20,128}";

/// What many services take: 32 letters and digits, which may be hexadecimal.
pub(super) const A32: &str = "[0-9A-Za-z]{32}";

pub(super) const UUID: &str =
    "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}";
