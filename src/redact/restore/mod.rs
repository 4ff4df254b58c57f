//! Restoring: the map from placeholders to values, redaction with it, and restored
//! text.

mod bytes;
#[cfg(feature = "guard")]
mod hidden;
mod judge;
#[cfg(feature = "guard")]
mod mapped;
mod placeholder_map;
mod readings;
mod restorer;
mod session;
mod stream;
mod values;

#[cfg(feature = "guard")]
pub(crate) use hidden::Hidden;
#[cfg(feature = "json")]
pub(crate) use judge::{Judge, ReleaseAll};
#[cfg(feature = "guard")]
pub(crate) use mapped::{Mapped, Search};
pub use placeholder_map::PlaceholderMap;
pub use restorer::{RestoreCounts, Restored, Restorer};
#[cfg(feature = "json")]
pub(crate) use session::Session;
#[cfg(feature = "guard")]
pub(crate) use session::Source;
pub(crate) use stream::Tail;

#[cfg(test)]
mod tests;
