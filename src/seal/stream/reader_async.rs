//! An asynchronous reader that opens a stream.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncBufRead, AsyncRead};

use super::super::DataKey;
use super::chunks::Chunks;
use super::layout::PREFIX;
use super::opener::Opener;
use super::{in_io, unread};
use crate::Error;

/// A [`StreamReader`](super::StreamReader) over an asynchronous reader, of
/// `futures-io`. It needs no runtime.
///
/// # Errors
/// As those of [`StreamReader`](super::StreamReader).
///
/// # Security
/// Before the end was reached, by a read of 0 bytes, it is not known whether the
/// stream is complete.
#[derive(Debug)]
pub struct AsyncStreamReader<R> {
    inner: R,
    opener: Opener,
}

impl<R: AsyncRead + Unpin> AsyncStreamReader<R> {
    /// Creates a reader of the stream at which `inner` stands. Reads the first 56
    /// bytes, and makes sure that they belong to `key` and `context`.
    ///
    /// # Errors
    /// [`Open`](crate::ErrorKind::Open) where they do not, and
    /// [`Store`](crate::ErrorKind::Store) where `inner` fails.
    pub async fn new(mut inner: R, key: &DataKey, context: &[u8]) -> Result<Self, Error> {
        let mut prefix = [0; PREFIX];
        let read = read_exact(&mut inner, &mut prefix).await;
        read.map_err(unread)?;
        Ok(Self::of(inner, Chunks::of(key, &prefix, context)?))
    }
}

impl<R> AsyncStreamReader<R> {
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

/// Fills `to`.
pub(in crate::seal) async fn read_exact(
    inner: &mut (impl AsyncRead + Unpin),
    mut to: &mut [u8],
) -> io::Result<()> {
    while !to.is_empty() {
        let count = poll_fn(|cx| Pin::new(&mut *inner).poll_read(cx, to)).await?;
        match std::mem::take(&mut to).split_at_mut_checked(count) {
            Some((_, rest)) if count > 0 => to = rest,
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
    Ok(())
}

impl<R: AsyncRead + Unpin> AsyncBufRead for AsyncStreamReader<R> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        loop {
            let space = this.opener.space();
            if space.is_empty() {
                break;
            }
            let count = ready!(Pin::new(&mut this.inner).poll_read(cx, space))?;
            this.opener.received(count).map_err(in_io)?;
        }
        Poll::Ready(this.opener.plaintext().map_err(in_io))
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        self.get_mut().opener.consume(count);
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for AsyncStreamReader<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if to.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let mut plain = ready!(self.as_mut().poll_fill_buf(cx))?;
        let count = io::Read::read(&mut plain, to)?;
        self.consume(count);
        Poll::Ready(Ok(count))
    }
}
