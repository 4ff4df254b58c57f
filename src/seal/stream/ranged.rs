//! A reader that opens any part of a stream.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use zeroize::{Zeroize as _, Zeroizing};

use super::super::DataKey;
use super::chunks::Chunks;
use super::layout::{CHUNK, Layout, PREFIX, SEALED_CHUNK};
use super::{in_io, rejected, unread};
use crate::Error;

/// A reader that opens any part of a sealed stream, and reads no more of it than
/// the chunks in which that part lies.
///
/// The length is authenticated when it is made, by opening the last chunk: a
/// stream that was cut off is refused at once. Every other chunk is verified
/// when it is read.
///
/// # Errors
/// As those of [`StreamReader`](super::StreamReader); a chunk that was refused
/// does not hinder the others.
///
/// # Example
/// ```
/// use std::io::{Cursor, Read as _, Seek as _, SeekFrom, Write as _};
///
/// use confidant::seal::DataKey;
/// use confidant::seal::stream::{RangedReader, StreamWriter};
///
/// # let random = [7; 32];
/// let key = DataKey::fill(|key| key.copy_from_slice(&random));
/// let mut writer = StreamWriter::new(Vec::new(), &key, b"recording")?;
/// writer.write_all(&[b'x'; 100_000])?;
/// writer.write_all(b"the end")?;
/// let sealed = writer.into_inner()?;
///
/// let mut reader = RangedReader::new(Cursor::new(sealed), &key, b"recording")?;
/// assert_eq!(reader.len(), 100_007);
/// reader.seek(SeekFrom::End(-7))?;
/// let mut end = String::new();
/// reader.read_to_string(&mut end)?;
/// assert_eq!(end, "the end");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RangedReader<R> {
    inner: R,
    /// Where in `inner` the stream begins.
    start: u64,
    layout: Layout,
    chunks: Chunks,
    /// Always as long as a sealed chunk.
    buffer: Zeroizing<Vec<u8>>,
    /// Which chunk stands open in the buffer, and how much plaintext it has.
    open: Option<(u64, usize)>,
    position: u64,
}

impl<R: Read + Seek> RangedReader<R> {
    /// Creates a reader of the stream that goes from where `inner` stands to its end.
    ///
    /// # Errors
    /// [`Open`](crate::ErrorKind::Open) where it was not sealed under `key` and
    /// `context`, was changed at its ends or was cut off, and
    /// [`Store`](crate::ErrorKind::Store) where `inner` fails.
    pub fn new(mut inner: R, key: &DataKey, context: &[u8]) -> Result<Self, Error> {
        let mut prefix = [0; PREFIX];
        inner.read_exact(&mut prefix).map_err(unread)?;
        Self::behind(inner, Chunks::of(key, &prefix, context)?)
    }

    /// `inner` stands behind the prefix.
    pub(in crate::seal) fn behind(mut inner: R, chunks: Chunks) -> Result<Self, Error> {
        let position = inner.stream_position().map_err(unread)?;
        let start = position.checked_sub(PREFIX as u64).ok_or_else(rejected)?;
        let end = inner.seek(SeekFrom::End(0)).map_err(unread)?;
        let sealed = end.checked_sub(start).ok_or_else(rejected)?;
        let layout = Layout::of(sealed).ok_or_else(rejected)?;
        let mut reader = Self {
            inner,
            start,
            layout,
            chunks,
            buffer: Zeroizing::new(vec![0; SEALED_CHUNK]),
            open: None,
            position: 0,
        };
        let last = reader.load(layout.last());
        last.map_err(|error| match error.downcast::<Error>() {
            Ok(error) => error,
            Err(error) => unread(error),
        })?;
        Ok(reader)
    }

    /// Has chunk `number` open in the buffer, and returns its plaintext.
    fn load(&mut self, number: u64) -> io::Result<&[u8]> {
        let len = match self.open {
            Some((open, len)) if open == number => len,
            _ => self.fetch(number)?,
        };
        Ok(self.buffer.get(..len).unwrap_or_default())
    }

    fn fetch(&mut self, number: u64) -> io::Result<usize> {
        self.open = None;
        let sealed = self.layout.sealed_chunk(number);
        let chunk = self.buffer.get_mut(..sealed).unwrap_or_default();
        let at = self.start.checked_add(Layout::start(number));
        let at = at.ok_or_else(|| in_io(rejected()))?;
        self.inner.seek(SeekFrom::Start(at))?;
        let read = self.inner.read_exact(chunk);
        let opened = match read {
            Ok(()) => self.chunks.open(number, chunk).map_err(in_io),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(in_io(rejected())),
            Err(error) => Err(error),
        };
        match opened {
            Ok(len) => {
                self.open = Some((number, len));
                Ok(len)
            }
            Err(error) => {
                self.buffer.as_mut_slice().zeroize();
                Err(error)
            }
        }
    }
}

impl<R> RangedReader<R> {
    /// Returns the bytes of the whole plaintext.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "that a stream is empty is of no interest"
    )]
    pub const fn len(&self) -> u64 {
        self.layout.len
    }

    /// Gives the inner reader back.
    #[must_use]
    pub fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: Read + Seek> Read for RangedReader<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if to.is_empty() || self.position >= self.layout.len {
            return Ok(0);
        }
        let (number, within) = (
            self.position / CHUNK as u64,
            (self.position % CHUNK as u64) as usize,
        );
        let mut rest = self.load(number)?.get(within..).unwrap_or_default();
        let count = rest.read(to)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl<R: Read + Seek> Seek for RangedReader<R> {
    /// Reads nothing; a position behind the end is one where there is nothing to
    /// read.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.layout.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        let outside = || io::Error::from(io::ErrorKind::InvalidInput);
        self.position = position.ok_or_else(outside)?;
        Ok(self.position)
    }
}

impl<R> fmt::Debug for RangedReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangedReader")
            .field("len", &self.layout.len)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
