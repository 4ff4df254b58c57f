//! Placeholders, as they stand in redacted text.

/// The length of the placeholder that `text` begins with, if it does.
pub(crate) fn placeholder_len(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"[REDACTED-")?;
    let end = rest.iter().position(|&byte| byte == b']')?;
    Some(end + b"[REDACTED-]".len())
}
