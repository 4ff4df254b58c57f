//! Pictures, recordings and documents, which cannot be scanned as text.

use std::fmt;

use crate::Error;
use crate::pointer::for_pointers;

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
///
/// Both methods are called while a request is cleared: on the thread of the call, which
/// waits for them, and with the conversation locked. So a scanner must not use that
/// conversation, and work that takes long belongs elsewhere before the request is made. All
/// conversations share the scanner and call it at once.
pub trait MediaScanner: fmt::Debug + Send + Sync {
    /// Returns whether the scanner can read media of this type, such as `image/png`.
    fn accepts(&self, media_type: &str) -> bool;

    /// Scans media.
    ///
    /// # Errors
    /// Whatever keeps the scanner from knowing. The request is then not sent, and the call
    /// fails.
    fn scan(&self, media_type: &str, data: &[u8]) -> Result<MediaVerdict, Error>;
}

for_pointers! {
    impl MediaScanner {
        fn accepts(&self, media_type: &str) -> bool {
            (**self).accepts(media_type)
        }

        fn scan(&self, media_type: &str, data: &[u8]) -> Result<MediaVerdict, Error> {
            (**self).scan(media_type, data)
        }
    }
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
    let is_lines = matches!(bare, "application/jsonl" | "application/x-ndjson");
    bare.starts_with("text/") || is_json(bare) || is_lines || bare == "application/xml"
}

/// Whether the bytes of a text are those of its characters in UTF-8, as far as its type and
/// the bytes tell: what is in another charset would be read as something else than it is.
pub(super) fn is_utf8(media_type: &str, data: &[u8]) -> bool {
    let mut named = media_type.split(';').skip(1).filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    let is_known = |name: String| matches!(&*name, "utf-8" | "utf8" | "us-ascii" | "ascii");
    named.all(is_known) && !data.contains(&0) && str::from_utf8(data).is_ok()
}

pub(super) fn is_json(media_type: &str) -> bool {
    let bare = media_type.split(';').next().unwrap_or_default().trim();
    bare == "application/json" || bare.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_another_charset_is_none_that_can_be_read() {
        for (media_type, data, expected) in [
            ("text/plain", "aé".as_bytes(), true),
            ("text/plain; charset=UTF-8", b"a", true),
            ("text/plain;charset=\"us-ascii\"", b"a", true),
            ("text/plain; format=flowed", b"a", true),
            ("text/plain; charset=utf-16", b"a", false),
            ("text/plain; CHARSET = utf-7", b"a", false),
            ("text/plain; charset=utf-8; charset=utf-16", b"a", false),
            ("text/plain", b"g\0h\0p\0_\0", false),
            ("text/plain", b"\0g\0h", false),
            ("text/plain", b"\xff\xfe", false),
        ] {
            assert_eq!(is_utf8(media_type, data), expected, "{media_type}");
        }
    }
}
