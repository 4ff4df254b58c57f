//! Clearing: what leaves is scanned, replaced or denied, field by field.

pub(crate) mod hearsay;
mod joined;
mod media;
pub(crate) mod schema;
mod structural;
mod walk;

pub use media::{MediaScanner, MediaVerdict};
pub(crate) use structural::refused;
pub(crate) use walk::Walk;
