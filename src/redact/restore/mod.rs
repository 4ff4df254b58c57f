//! Restoring: the map from placeholders to values, what puts them in, and restored text.

mod hide;
mod placeholder_map;
mod restorer;

#[cfg(feature = "json")]
pub(crate) use hide::{Hidden, Source};
#[cfg(feature = "json")]
pub(crate) use placeholder_map::Form;
#[cfg(feature = "guard")]
pub(crate) use placeholder_map::Mapped;
pub use placeholder_map::PlaceholderMap;
#[cfg(feature = "json")]
pub(crate) use restorer::{Judge, ReleaseAll};
pub use restorer::{RestoreCounts, Restored, Restorer};
