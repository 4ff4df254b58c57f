//! Restoring: the map from placeholders to values, redaction with it, and restored
//! text.

mod placeholder_map;
mod restorer;
mod session;
mod stream;
mod values;

pub use placeholder_map::PlaceholderMap;
pub use restorer::{RestoreCounts, Restored, Restorer};
#[cfg(feature = "json")]
pub(crate) use session::Session;
pub(crate) use stream::Tail;
