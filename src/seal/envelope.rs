//! The envelope: bytes that say how to open them.

use std::fmt;

use super::payload::{self, SUITE};
use super::{KeyId, KeyVersion, WrappedKey, rejected};
use crate::Error;

/// The first byte begins no text, neither ASCII nor UTF-8.
const MAGIC: &[u8; 4] = b"\x9ccf\x01";

/// The most bytes of the front of an envelope: all that re-wrapping replaces.
pub(super) const FRONT: usize =
    MAGIC.len() + 1 + (1 + KeyId::MAX) + (1 + KeyVersion::MAX) + (2 + WrappedKey::MAX);

/// A value sealed under a data key of its own, with that key wrapped beside it.
///
/// In front stands the part that says which key-encryption key has wrapped the
/// data key; re-wrapping replaces it and leaves the rest as it is. The format is
/// in the [manual](crate::manual::formats).
///
/// # Example
/// ```
/// use confidant::seal::{Context, Envelope, Keyring, LocalKeys};
/// use confidant::taxonomy::Tenant;
/// # pollster::block_on(async {
/// let keyring = Keyring::new(LocalKeys::generate("local:main")?);
/// let context = Context::new(Tenant::new("acme"), "github-token")?;
/// let envelope = keyring.seal(b"a token", &context).await?;
/// assert_eq!(envelope.key_id(), "local:main");
/// assert_eq!(Envelope::parse(envelope.as_bytes())?, envelope);
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    bytes: Vec<u8>,
}

impl Envelope {
    /// The most bytes of plaintext.
    pub const MAX_PLAINTEXT: usize = payload::MAX;
    /// The most bytes of an envelope.
    pub const MAX: usize = FRONT + payload::OVERHEAD + payload::MAX;

    /// Reads an envelope. That it can be read says nothing about who made it.
    ///
    /// # Errors
    /// [`Open`](crate::ErrorKind::Open) for whatever is not an envelope.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Parts::parse(bytes).ok_or_else(rejected)?;
        Ok(Self {
            bytes: bytes.into(),
        })
    }

    /// Puts the front and the back of an envelope together.
    pub(super) fn assemble(
        key_id: &KeyId,
        version: &str,
        wrapped: &[u8],
        body_len: usize,
        body: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let mut bytes = Vec::with_capacity(
            MAGIC.len() + 5 + key_id.as_str().len() + version.len() + wrapped.len() + body_len,
        );
        write_front(&mut bytes, SUITE, key_id, version, wrapped)?;
        body(&mut bytes)?;
        Ok(Self { bytes })
    }

    /// Returns the bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the bytes to store.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns which key-encryption key has wrapped the data key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        Parts::parse(&self.bytes).map_or("", |parts| parts.key_id)
    }

    /// Returns which version of it; empty where its provider does not tell.
    #[must_use]
    pub fn key_version(&self) -> &str {
        Parts::parse(&self.bytes).map_or("", |parts| parts.version)
    }
}

impl AsRef<[u8]> for Envelope {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("key_id", &self.key_id())
            .field("key_version", &self.key_version())
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// The parts of an envelope, where they stand.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) key_id: &'a str,
    pub(super) version: &'a str,
    pub(super) wrapped: &'a [u8],
    /// Commitment, ciphertext and tag.
    pub(super) body: &'a [u8],
}

impl<'a> Parts<'a> {
    /// The one way to read an envelope: every length is checked against what is
    /// there and against its bound, and nothing is copied.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let parts = Self::parse_front(bytes, SUITE)?;
        let lengths = payload::OVERHEAD..=payload::OVERHEAD + payload::MAX;
        lengths.contains(&parts.body.len()).then_some(parts)
    }

    /// The front, of whatever suite, with all that is behind it as the body.
    pub(super) fn parse_front(bytes: &'a [u8], expected: u8) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (&suite, rest) = rest.split_first()?;
        if suite != expected {
            return None;
        }
        let (key_id, rest) = short_text(rest)?;
        let (version, rest) = short_text(rest)?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (wrapped, body) = rest.split_at_checked(length)?;
        let bounded = !key_id.is_empty()
            && version.len() <= KeyVersion::MAX
            && (1..=WrappedKey::MAX).contains(&wrapped.len());
        bounded.then_some(Self {
            key_id,
            version,
            wrapped,
            body,
        })
    }
}

/// Up to 255 visible ASCII characters, behind their number.
fn short_text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    let (text, rest) = rest.split_at_checked(usize::from(length))?;
    if !text.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    Some((str::from_utf8(text).ok()?, rest))
}

/// Writes the front of an envelope.
pub(super) fn write_front(
    out: &mut Vec<u8>,
    suite: u8,
    key_id: &KeyId,
    version: &str,
    wrapped: &[u8],
) -> Result<(), Error> {
    let short = |len: usize| {
        u8::try_from(len).map_err(|_| Error::limit("a part of an envelope", u8::MAX.into()))
    };
    let id = key_id.as_str();
    if wrapped.is_empty() || wrapped.len() > WrappedKey::MAX {
        return Err(Error::limit("a wrapped key", WrappedKey::MAX as u64));
    }
    let [.., high, low] = wrapped.len().to_be_bytes();
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&[suite, short(id.len())?]);
    out.extend_from_slice(id.as_bytes());
    out.push(short(version.len())?);
    out.extend_from_slice(version.as_bytes());
    out.extend_from_slice(&[high, low]);
    out.extend_from_slice(wrapped);
    Ok(())
}

/// How long the front is that begins with `bytes`, as far as they tell: it has
/// at least that many bytes, and just as many once they are all there. `None`
/// where no front begins so.
pub(super) fn front_len(bytes: &[u8], suite: u8) -> Option<usize> {
    const FIXED: usize = MAGIC.len() + 2;
    let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED>() else {
        return Some(FIXED);
    };
    let (&id, start) = fixed.split_last()?;
    if start.strip_prefix(MAGIC)? != [suite] {
        return None;
    }
    let mut needed = FIXED + usize::from(id) + 1;
    let Some(&version) = rest.get(usize::from(id)) else {
        return Some(needed);
    };
    if usize::from(version) > KeyVersion::MAX {
        return None;
    }
    let length_at = needed - FIXED + usize::from(version);
    needed += usize::from(version) + 2;
    let Some(length) = rest.get(length_at..).and_then(<[u8]>::first_chunk::<2>) else {
        return Some(needed);
    };
    let length = usize::from(u16::from_be_bytes(*length));
    (length <= WrappedKey::MAX).then_some(needed + length)
}
