//! A writer that seals a stream.

use std::io::{self, Write};

use super::super::DataKey;
use super::{in_io, sealer::Sealer};
use crate::Error;

/// A writer that seals what is written to it, and writes that to another.
///
/// The stream is complete once [`finish`](Self::finish) or
/// [`into_inner`](Self::into_inner) returned. One that is dropped before is cut
/// off, and every reader refuses it: leaving early, by `?` or a panic, cannot
/// make half a value look like a whole one.
///
/// Up to 16 KiB are held back, also by [`flush`](Write::flush), since only full
/// chunks can be sealed before the end is known.
///
/// # Errors
/// Writing fails as the inner writer does; bytes for which an error was returned
/// were not taken, and the next call goes on where that one stopped. An error of
/// this module is an [`io::Error`] with an [`Error`] inside: the limit of 4 PiB,
/// or a write behind the end.
///
/// # Example
/// ```
/// use std::io::{Read as _, Write as _};
///
/// use confidant::seal::DataKey;
/// use confidant::seal::stream::{StreamReader, StreamWriter};
///
/// # let random = [7; 32];
/// let key = DataKey::fill(|key| key.copy_from_slice(&random));
/// let mut writer = StreamWriter::new(Vec::new(), &key, b"export 17")?;
/// writer.write_all(b"user,plan\njane,pro\n")?;
/// let sealed = writer.into_inner()?;
///
/// let mut reader = StreamReader::new(&sealed[..], &key, b"export 17")?;
/// let mut plain = String::new();
/// reader.read_to_string(&mut plain)?;
/// assert_eq!(plain, "user,plan\njane,pro\n");
///
/// assert!(StreamReader::new(&sealed[..], &key, b"export 18").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct StreamWriter<W> {
    inner: W,
    sealer: Sealer,
}

impl<W: Write> StreamWriter<W> {
    /// Creates a writer of a new stream, which can be opened under `key` and `context`
    /// only. Nothing is written yet.
    ///
    /// `context` may be empty and is not part of the stream.
    ///
    /// # Errors
    /// [`KeyService`](crate::ErrorKind::KeyService) where the system gives no
    /// random numbers.
    pub fn new(inner: W, key: &DataKey, context: &[u8]) -> Result<Self, Error> {
        Ok(Self::of(inner, Sealer::new(&[], key, context)?))
    }

    pub(in crate::seal) const fn of(inner: W, sealer: Sealer) -> Self {
        Self { inner, sealer }
    }

    /// Seals what was held back, as the end of the stream, writes it and
    /// flushes. Nothing can be written afterwards.
    ///
    /// # Errors
    /// Those of the inner writer. Call again to go on from where it failed.
    pub fn finish(&mut self) -> io::Result<()> {
        loop {
            self.drain()?;
            if self.sealer.end().map_err(in_io)? {
                return self.inner.flush();
            }
        }
    }

    /// Finishes the stream and gives the inner writer back.
    ///
    /// # Errors
    /// Those of the inner writer, which is dropped then; to keep it, have
    /// [`finish`](Self::finish) succeed first.
    pub fn into_inner(mut self) -> io::Result<W> {
        self.finish()?;
        Ok(self.inner)
    }

    /// Writes what is sealed.
    fn drain(&mut self) -> io::Result<()> {
        loop {
            let pending = self.sealer.pending();
            if pending.is_empty() {
                return Ok(());
            }
            match self.inner.write(pending) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.sealer.sent(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<W: Write> Write for StreamWriter<W> {
    fn write(&mut self, plain: &[u8]) -> io::Result<usize> {
        // What is sealed by this call is written by the next: once bytes were
        // taken, an error would have the caller write them twice.
        self.drain()?;
        self.sealer.push(plain).map_err(in_io)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.drain()?;
        self.inner.flush()
    }
}
