//! A reader that opens a stream.

use std::io::{self, BufRead, Read};

use super::super::DataKey;
use super::chunks::Chunks;
use super::layout::PREFIX;
use super::opener::Opener;
use super::{in_io, unread};
use crate::Error;

/// A reader that opens a sealed stream.
///
/// It reads the inner reader to its end: whatever follows the last chunk is a
/// reason to refuse the stream.
///
/// # Errors
/// Reading fails as the inner reader does, and can be tried again then. Where
/// the stream is not one of this key and context, was changed or cut off, it
/// fails with [`InvalidData`](io::ErrorKind::InvalidData) and an [`Error`] of
/// kind [`Open`](crate::ErrorKind::Open) inside, and goes on to do so.
///
/// # Security
/// Before the end was reached, by a read of 0 bytes, it is not known whether the
/// stream is complete.
///
/// # Example
/// See [`StreamWriter`](super::StreamWriter).
#[derive(Debug)]
pub struct StreamReader<R> {
    inner: R,
    opener: Opener,
}

impl<R: Read> StreamReader<R> {
    /// Creates a reader of the stream at which `inner` stands. Reads the first 56
    /// bytes, and makes sure that they belong to `key` and `context`.
    ///
    /// # Errors
    /// [`Open`](crate::ErrorKind::Open) where they do not, and
    /// [`Store`](crate::ErrorKind::Store) where `inner` fails.
    pub fn new(mut inner: R, key: &DataKey, context: &[u8]) -> Result<Self, Error> {
        let mut prefix = [0; PREFIX];
        inner.read_exact(&mut prefix).map_err(unread)?;
        Ok(Self::of(inner, Chunks::of(key, &prefix, context)?))
    }
}

impl<R> StreamReader<R> {
    pub(in crate::seal) fn of(inner: R, chunks: Chunks) -> Self {
        let opener = Opener::new(chunks);
        Self { inner, opener }
    }

    /// Returns whether the whole stream was read and found genuine.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.opener.is_ended()
    }

    /// Gives the inner reader back. What was read ahead is lost.
    #[must_use]
    pub fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: Read> BufRead for StreamReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        loop {
            let space = self.opener.space();
            if space.is_empty() {
                break;
            }
            match self.inner.read(space) {
                Ok(count) => self.opener.received(count).map_err(in_io)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.opener.plaintext().map_err(in_io)
    }

    fn consume(&mut self, count: usize) {
        self.opener.consume(count);
    }
}

impl<R: Read> Read for StreamReader<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if to.is_empty() {
            return Ok(0);
        }
        let count = self.fill_buf()?.read(to)?;
        self.consume(count);
        Ok(count)
    }
}
