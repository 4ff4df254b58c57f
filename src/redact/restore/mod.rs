//! The way back: which value stands behind which placeholder, and restoring text.

mod placeholder_map;
mod restorer;

pub use placeholder_map::PlaceholderMap;
pub use restorer::{RestoreCounts, Restored, Restorer};
