//! An asynchronous writer that seals a stream.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::AsyncWrite;

use super::super::DataKey;
use super::{in_io, sealer::Sealer};
use crate::Error;

/// A [`StreamWriter`](super::StreamWriter) over an asynchronous writer, of
/// `futures-io`. It needs no runtime.
///
/// [`finish`](Self::finish) ends the stream; so does closing the writer, which
/// closes the inner one as well. One that is dropped before is cut off, and every
/// reader refuses it.
///
/// # Example
/// ```
/// use confidant::seal::DataKey;
/// use confidant::seal::stream::AsyncStreamWriter;
/// use futures_io::AsyncWrite;
///
/// /// Seals what is small enough to be in memory.
/// async fn upload<W: AsyncWrite + Unpin>(
///     to: W,
///     key: &DataKey,
///     mut plain: &[u8],
/// ) -> Result<W, Box<dyn std::error::Error>> {
///     let mut writer = AsyncStreamWriter::new(to, key, b"upload")?;
///     while !plain.is_empty() {
///         let count = std::future::poll_fn(|cx| {
///             std::pin::Pin::new(&mut writer).poll_write(cx, plain)
///         });
///         plain = &plain[count.await?..];
///     }
///     writer.finish().await?;
///     Ok(writer.into_inner())
/// }
/// ```
#[derive(Debug)]
pub struct AsyncStreamWriter<W> {
    inner: W,
    sealer: Sealer,
}

impl<W> AsyncStreamWriter<W> {
    /// Creates a writer of a new stream, which can be opened under `key` and `context`
    /// only. Nothing is written yet.
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

    /// Gives the inner writer back; the stream is cut off unless it was
    /// [finished](Self::finish).
    #[must_use]
    pub fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: AsyncWrite + Unpin> AsyncStreamWriter<W> {
    /// Seals what was held back, as the end of the stream, writes it and
    /// flushes. Nothing can be written afterwards.
    ///
    /// # Errors
    /// Those of the inner writer. Call again to go on from where it failed, or
    /// where the future was dropped.
    pub async fn finish(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_finish(cx)).await
    }

    fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_drain(cx))?;
            if self.sealer.end().map_err(in_io)? {
                return Pin::new(&mut self.inner).poll_flush(cx);
            }
        }
    }

    /// Writes what is sealed.
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let pending = self.sealer.pending();
            if pending.is_empty() {
                return Poll::Ready(Ok(()));
            }
            match ready!(Pin::new(&mut self.inner).poll_write(cx, pending))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.sealer.sent(count),
            }
        }
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for AsyncStreamWriter<W> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        plain: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx))?;
        Poll::Ready(this.sealer.push(plain).map_err(in_io))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx))?;
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_finish(cx))?;
        Pin::new(&mut this.inner).poll_close(cx)
    }
}
