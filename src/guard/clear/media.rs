//! Pictures, recordings and documents, which cannot be scanned as text.

use std::fmt;

use crate::Error;

/// Looks for what may not leave in media of some types: pictures, recordings, documents.
///
/// Without a scanner that accepts its type, media is denied. Text and JSON need none.
///
/// # Example
/// ```
/// use confidant::Error;
/// use confidant::guard::{MediaScanner, MediaVerdict};
///
/// /// Lets pictures through that are too small to show anything.
/// #[derive(Debug)]
/// struct TinyIcons;
///
/// impl MediaScanner for TinyIcons {
///     fn accepts(&self, media_type: &str) -> bool {
///         media_type == "image/png"
///     }
///
///     fn scan(&self, _: &str, data: &[u8]) -> Result<MediaVerdict, Error> {
///         Ok(if data.len() < 200 { MediaVerdict::Clean } else { MediaVerdict::Deny })
///     }
/// }
/// ```
pub trait MediaScanner: fmt::Debug + Send + Sync {
    /// Returns whether the scanner can read media of this type, such as `image/png`.
    fn accepts(&self, media_type: &str) -> bool;

    /// Scans media.
    ///
    /// # Errors
    /// Whatever keeps the scanner from knowing. The request is then not sent.
    fn scan(&self, media_type: &str, data: &[u8]) -> Result<MediaVerdict, Error>;
}

/// What a scanner found in media.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaVerdict {
    /// Nothing that may not leave.
    Clean,
    /// Something that may not leave.
    Deny,
    /// Something that may not leave, and these bytes, of the same type, in place of all.
    Replace(Vec<u8>),
}

impl fmt::Debug for MediaVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean => f.write_str("Clean"),
            Self::Deny => f.write_str("Deny"),
            Self::Replace(data) => write!(f, "Replace({} bytes)", data.len()),
        }
    }
}

/// Whether media of a type is text.
pub(super) fn is_text(media_type: &str) -> bool {
    let bare = media_type.split(';').next().unwrap_or_default().trim();
    bare.starts_with("text/") || is_json(bare) || matches!(bare, "application/xml")
}

pub(super) fn is_json(media_type: &str) -> bool {
    let bare = media_type.split(';').next().unwrap_or_default().trim();
    bare == "application/json" || bare.ends_with("+json")
}
