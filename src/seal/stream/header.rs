//! The front of a sealed stream: which key opens it.

use std::fmt;
use std::io::Read;

#[cfg(feature = "async")]
use futures_io::AsyncRead;

use super::super::envelope::{self, Parts};
use super::super::{DataKey, KeyId, WrappedKey, rejected};
use super::chunks::Chunks;
use super::layout::PREFIX;
#[cfg(feature = "async")]
use super::reader_async::read_exact;
use super::sealer::Sealer;
use super::unread;
use crate::Error;

/// The suite of an envelope that is a stream.
pub(in crate::seal) const SUITE: u8 = 2;
/// What a stream in an envelope is bound to, before the digest of its context.
const LABEL: &[u8; 20] = b"confidant:v1:stream\x02";

/// What stands before a sealed stream: which key-encryption key has wrapped the
/// data key, and the wrapped key.
///
/// A [`Keyring`](crate::seal::Keyring) writes and reads it as part of the stream.
/// On its own it is read to [wrap the data key
/// anew](crate::seal::Keyring::rewrap_stream), which leaves everything behind it
/// as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct StreamHeader {
    bytes: Vec<u8>,
}

impl StreamHeader {
    /// The most bytes of a header.
    pub const MAX: usize = envelope::FRONT;

    /// Reads the header at which `inner` stands, and nothing behind it.
    ///
    /// # Errors
    /// [`Open`](crate::ErrorKind::Open) where there is none, and
    /// [`Store`](crate::ErrorKind::Store) where `inner` fails.
    pub fn read(inner: &mut impl Read) -> Result<Self, Error> {
        let mut growing = Growing::new();
        while let Some(space) = growing.space()? {
            inner.read_exact(space).map_err(unread)?;
        }
        growing.into_header()
    }

    /// Reads as [`read`](Self::read) does, asynchronously.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    #[cfg(feature = "async")]
    pub async fn read_async(inner: &mut (impl AsyncRead + Unpin)) -> Result<Self, Error> {
        let mut growing = Growing::new();
        while let Some(space) = growing.space()? {
            let read = read_exact(inner, space).await;
            read.map_err(unread)?;
        }
        growing.into_header()
    }

    pub(in crate::seal) fn new(key_id: &KeyId, wrapped: &WrappedKey) -> Result<Self, Error> {
        let mut bytes = Vec::with_capacity(Self::MAX);
        let version = wrapped.version().as_str();
        envelope::write_front(&mut bytes, SUITE, key_id, version, wrapped.bytes())?;
        Ok(Self { bytes })
    }

    /// Returns the bytes that stand before the stream.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns which key-encryption key has wrapped the data key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        self.parts().map_or("", |parts| parts.key_id)
    }

    /// Returns which version of it; empty where its provider does not tell.
    #[must_use]
    pub fn key_version(&self) -> &str {
        self.parts().map_or("", |parts| parts.version)
    }

    pub(in crate::seal) fn parts(&self) -> Option<Parts<'_>> {
        let parts = Parts::parse_front(&self.bytes, SUITE)?;
        parts.body.is_empty().then_some(parts)
    }
}

impl fmt::Debug for StreamHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamHeader")
            .field("key_id", &self.key_id())
            .field("key_version", &self.key_version())
            .finish_non_exhaustive()
    }
}

/// All of a stream that is before its first chunk.
pub(in crate::seal) struct Front {
    pub(in crate::seal) header: StreamHeader,
    prefix: [u8; PREFIX],
}

impl Front {
    pub(in crate::seal) fn read(inner: &mut impl Read) -> Result<Self, Error> {
        let header = StreamHeader::read(inner)?;
        let mut prefix = [0; PREFIX];
        inner.read_exact(&mut prefix).map_err(unread)?;
        Ok(Self { header, prefix })
    }

    #[cfg(feature = "async")]
    pub(in crate::seal) async fn read_async(
        inner: &mut (impl AsyncRead + Unpin),
    ) -> Result<Self, Error> {
        let header = StreamHeader::read_async(inner).await?;
        let mut prefix = [0; PREFIX];
        let read = read_exact(inner, &mut prefix).await;
        read.map_err(unread)?;
        Ok(Self { header, prefix })
    }

    /// The chunks behind it, if they were sealed under `key` for a context of
    /// that digest.
    pub(in crate::seal) fn chunks(
        &self,
        key: &DataKey,
        digest: &[u8; 32],
    ) -> Result<Chunks, Error> {
        Chunks::of(key, &self.prefix, &binding(digest))
    }
}

/// A new stream for a context of that digest, with its header before it.
pub(in crate::seal) fn sealer(
    header: &StreamHeader,
    key: &DataKey,
    digest: &[u8; 32],
) -> Result<Sealer, Error> {
    Sealer::new(&header.bytes, key, &binding(digest))
}

/// What a stream in an envelope is bound to.
fn binding(digest: &[u8; 32]) -> [u8; LABEL.len() + 32] {
    let mut binding = [0; LABEL.len() + 32];
    let bytes = LABEL.iter().chain(digest);
    binding
        .iter_mut()
        .zip(bytes)
        .for_each(|(to, from)| *to = *from);
    binding
}

/// A header of which more and more is there.
struct Growing {
    bytes: Vec<u8>,
}

impl Growing {
    const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Where the bytes belong of which it is certain that they follow; `None`
    /// once all are there. No length is taken for granted that is not bounded.
    fn space(&mut self) -> Result<Option<&mut [u8]>, Error> {
        let present = self.bytes.len();
        let needed = envelope::front_len(&self.bytes, SUITE).ok_or_else(rejected)?;
        if needed <= present {
            return Ok(None);
        }
        self.bytes.resize(needed, 0);
        Ok(self.bytes.get_mut(present..))
    }

    fn into_header(self) -> Result<StreamHeader, Error> {
        let header = StreamHeader { bytes: self.bytes };
        header.parts().ok_or_else(rejected)?;
        Ok(header)
    }
}
