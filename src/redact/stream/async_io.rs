//! Redacting adapters for asynchronous readers and writers.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};

use super::writer::{Core, RedactingReader};
use crate::redact::finding::Report;
use crate::redact::redactor::Redactor;

impl<R: AsyncRead + Unpin> AsyncRead for RedactingReader<R> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        loop {
            if let Some(read) = this.read_settled(to) {
                return Poll::Ready(Ok(read));
            }
            let (inner, chunk) = this.next_chunk();
            let count = ready!(Pin::new(inner).poll_read(context, chunk))?;
            this.take_chunk(count)?;
        }
    }
}

/// An asynchronous writer that redacts its output, as a
/// [`RedactingWriter`](crate::redact::RedactingWriter) does.
///
/// Flushing passes settled text on and flushes the inner writer. Only closing ends the
/// text: whoever drops the writer without closing it loses what was held back, which is
/// then written nowhere. If the inner writer fails, the redacted text that it did not
/// accept is kept and offered again by the next call.
///
/// # Example
/// ```
/// use std::pin::Pin;
/// use std::task::{Context, Waker};
///
/// use confidant::redact::{RedactingAsyncWriter, Redactor};
/// use futures_io::AsyncWrite;
///
/// let mut out = Vec::new();
/// let mut writer = RedactingAsyncWriter::new(&mut out, Redactor::default());
/// let mut context = Context::from_waker(Waker::noop());
/// for chunk in ["deploy with AKIAQ3EGRI", "ZJ7OWLMXUV please"] {
///     let _ = Pin::new(&mut writer).poll_write(&mut context, chunk.as_bytes());
/// }
/// let _ = Pin::new(&mut writer).poll_close(&mut context);
/// drop(writer);
/// assert_eq!(out, b"deploy with [REDACTED-APIKEY] please");
/// ```
pub struct RedactingAsyncWriter<W> {
    inner: W,
    core: Core,
    /// How many bytes of the output the inner writer has accepted.
    written: usize,
    ended: bool,
}

impl<W> RedactingAsyncWriter<W> {
    /// Creates a redacting writer around `inner`.
    #[must_use]
    pub fn new(inner: W, redactor: Redactor) -> Self {
        Self {
            inner,
            core: Core::new(redactor),
            written: 0,
            ended: false,
        }
    }

    /// Returns the inner writer. The text held back is lost unless the writer was
    /// closed.
    #[must_use]
    pub fn into_inner(self) -> W {
        self.inner
    }

    /// Returns the report of what was removed so far. Spans are not kept.
    #[must_use]
    pub const fn report(&self) -> &Report {
        self.core.report()
    }
}

impl<W: AsyncWrite + Unpin> RedactingAsyncWriter<W> {
    /// Passes settled text to the inner writer.
    fn poll_drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self
            .core
            .out()
            .get(self.written..)
            .filter(|rest| !rest.is_empty())
        {
            match ready!(Pin::new(&mut self.inner).poll_write(context, rest)) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        self.core.clear();
        self.written = 0;
        Poll::Ready(Ok(()))
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for RedactingAsyncWriter<W> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        chunk: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // A chunk that is accepted counts as written, so what is left of earlier ones
        // goes first, and what the inner writer does not take now goes with the next
        // call.
        ready!(this.poll_drain(context))?;
        this.ended = false;
        let taken = this.core.push(chunk)?;
        let _ = this.poll_drain(context);
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_drain(context))?;
        Pin::new(&mut this.inner).poll_flush(context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.ended {
            this.ended = true;
            this.core.finish()?;
        }
        ready!(this.poll_drain(context))?;
        Pin::new(&mut this.inner).poll_close(context)
    }
}

impl<W> fmt::Debug for RedactingAsyncWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactingAsyncWriter")
            .field("report", self.report())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    const TEXT: &str = "é token ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA and AKIAQ3EGRIZJ7OWLMXUV.";

    /// A reader and writer that moves a few bytes at a time, and is pending, interrupted
    /// or failing in between.
    #[derive(Default)]
    struct Slow {
        bytes: Vec<u8>,
        calls: usize,
        closed: bool,
    }

    impl Slow {
        fn call(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.calls += 1;
            match self.calls % 4 {
                0 => Poll::Ready(Err(io::ErrorKind::Interrupted.into())),
                1 => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                2 => Poll::Ready(Err(io::Error::other("lost"))),
                _ => Poll::Ready(Ok(())),
            }
        }
    }

    impl AsyncWrite for Slow {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            ready!(self.call(context))?;
            let count = bytes.len().min(7);
            self.bytes.extend_from_slice(&bytes[..count]);
            Poll::Ready(Ok(count))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.closed = true;
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncRead for Slow {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            to: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            ready!(self.call(context))?;
            let count = to.len().min(5).min(self.bytes.len());
            to[..count].copy_from_slice(&self.bytes[..count]);
            self.bytes.drain(..count);
            Poll::Ready(Ok(count))
        }
    }

    #[test]
    fn a_writer_that_stumbles_gets_the_whole_text_and_nothing_else() {
        let whole = Redactor::default().redact(TEXT).into_string();
        let mut writer = RedactingAsyncWriter::new(Slow::default(), Redactor::default());
        let mut context = Context::from_waker(Waker::noop());
        let mut rest = TEXT.as_bytes();
        while !rest.is_empty() {
            let chunk = &rest[..rest.len().min(11)];
            if let Poll::Ready(Ok(count)) = Pin::new(&mut writer).poll_write(&mut context, chunk) {
                rest = &rest[count..];
            }
            let _ = Pin::new(&mut writer).poll_flush(&mut context);
        }
        while !matches!(
            Pin::new(&mut writer).poll_close(&mut context),
            Poll::Ready(Ok(()))
        ) {}
        assert_eq!(writer.report().bytes(), TEXT.len() as u64);
        let slow = writer.into_inner();
        assert!(slow.closed);
        assert_eq!(String::from_utf8(slow.bytes).unwrap(), whole);
    }

    #[test]
    fn a_reader_that_stumbles_gives_the_whole_text() {
        let whole = Redactor::default().redact(TEXT).into_string();
        let slow = Slow {
            bytes: TEXT.as_bytes().to_vec(),
            ..Slow::default()
        };
        let mut reader = RedactingReader::new(slow, Redactor::default());
        let mut context = Context::from_waker(Waker::noop());
        let (mut out, mut to) = (Vec::new(), [0; 9]);
        loop {
            match Pin::new(&mut reader).poll_read(&mut context, &mut to) {
                Poll::Ready(Ok(0)) => break,
                Poll::Ready(Ok(count)) => out.extend_from_slice(&to[..count]),
                _ => {}
            }
        }
        assert_eq!(String::from_utf8(out).unwrap(), whole);
    }
}
