//! The way back: which value stands behind which placeholder, and restoring text.

mod map;
mod restorer;

pub use map::Vault;
pub use restorer::{RestoreCounts, Restored, Restorer};
