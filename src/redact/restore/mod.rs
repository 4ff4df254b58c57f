//! Restoring: the map from placeholders to values, and restored text.

mod placeholder_map;
mod restorer;

pub use placeholder_map::PlaceholderMap;
pub use restorer::{RestoreCounts, Restored, Restorer};
