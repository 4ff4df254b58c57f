//! Restoring: the map from placeholders to values, what puts them in, and restored text.

mod hide;
mod placeholder_map;
mod restorer;

pub(crate) use hide::{Hidden, Source};
pub use placeholder_map::PlaceholderMap;
pub(crate) use placeholder_map::{Form, Mapped};
pub(crate) use restorer::{Judge, ReleaseAll};
pub use restorer::{RestoreCounts, Restored, Restorer};
