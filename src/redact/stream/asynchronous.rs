//! Redaction of an asynchronous stream of text.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::stream::StreamRedactor;
use crate::redact::finding::Finding;
use crate::redact::redactor::{Redacted, Redactor};

/// An asynchronous stream of redacted text chunks.
///
/// The concatenated chunks equal the redacted whole text, however the inner stream is
/// cut. The inner stream yields `Result<T, E>` for any text `T`. This stream yields
/// `Result<Redacted<String>, E>`, whose findings have spans counted from the start of
/// the stream. A chunk that settles nothing yields nothing, and the end of the stream
/// yields the text held back. An error is passed on at once, and the text continues
/// after it. Dropping the stream discards the text held back.
///
/// No runtime is needed.
///
/// # Example
/// ```
/// use std::convert::Infallible;
/// use std::pin::Pin;
/// use std::task::{Context, Poll, Waker};
///
/// use confidant::redact::{RedactedStream, Redactor};
/// use futures_core::Stream;
///
/// struct Chunks(Vec<&'static str>);
///
/// impl Stream for Chunks {
///     type Item = Result<&'static str, Infallible>;
///
///     fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
///         Poll::Ready(self.0.pop().map(Ok))
///     }
/// }
///
/// let chunks = Chunks(vec!["WLMXUV please", "deploy with AKIAQ3EGRIZJ7O"]);
/// let mut stream = RedactedStream::new(chunks, Redactor::default());
/// let mut text = String::new();
/// let mut context = Context::from_waker(Waker::noop());
/// while let Poll::Ready(Some(Ok(chunk))) = Pin::new(&mut stream).poll_next(&mut context) {
///     text.push_str(chunk.as_str());
/// }
/// assert_eq!(text, "deploy with [REDACTED-APIKEY] please");
/// ```
pub struct RedactedStream<S> {
    inner: S,
    redactor: StreamRedactor,
    out: Vec<u8>,
    findings: Vec<Finding>,
    ended: bool,
}

impl<S> RedactedStream<S> {
    /// Creates a redacted stream of what `inner` yields.
    #[must_use]
    pub fn new(inner: S, redactor: Redactor) -> Self {
        Self {
            inner,
            redactor: StreamRedactor::new(redactor),
            out: Vec::new(),
            findings: Vec::new(),
            ended: false,
        }
    }

    /// Returns the inner stream. The text held back is lost.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.inner
    }

    /// Returns the settled text, without an incomplete character at its end.
    fn settled(&mut self) -> Option<Redacted<String>> {
        let whole = match str::from_utf8(&self.out) {
            Err(error) if error.error_len().is_none() && !self.ended => error.valid_up_to(),
            _ => self.out.len(),
        };
        if whole == 0 && self.findings.is_empty() {
            return None;
        }
        let rest = self.out.split_off(whole);
        let text = std::mem::replace(&mut self.out, rest);
        // Text goes in and operators write text, so this is text.
        let text = String::from_utf8(text)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Some(Redacted::new(text, std::mem::take(&mut self.findings)))
    }
}

impl<S, T, E> Stream for RedactedStream<S>
where
    S: Stream<Item = Result<T, E>> + Unpin,
    T: AsRef<str>,
{
    type Item = Result<Redacted<String>, E>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while !this.ended {
            match ready!(Pin::new(&mut this.inner).poll_next(context)) {
                Some(Ok(chunk)) => {
                    let chunk = chunk.as_ref().as_bytes();
                    this.redactor.push(chunk, &mut this.out, &mut this.findings);
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    this.redactor.finish(&mut this.out, &mut this.findings);
                    this.ended = true;
                }
            }
            if let Some(settled) = this.settled() {
                return Poll::Ready(Some(Ok(settled)));
            }
        }
        Poll::Ready(None)
    }
}

impl<S> fmt::Debug for RedactedStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactedStream")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::task::Waker;

    use proptest::prelude::*;

    use super::*;

    /// A stream that is pending on every other poll, and that fails where a chunk is
    /// missing.
    struct Chunks {
        chunks: VecDeque<Option<String>>,
        ready: bool,
    }

    impl Stream for Chunks {
        type Item = Result<String, &'static str>;

        fn poll_next(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Self::Item>> {
            self.ready = !self.ready;
            if !self.ready {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let chunk = self.chunks.pop_front();
            Poll::Ready(chunk.map(|chunk| chunk.ok_or("lost")))
        }
    }

    proptest! {
        #[test]
        fn cuts_and_errors_do_not_matter(
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
            lost in any::<prop::sample::Index>(),
        ) {
            let text = "é 世 ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA 🙂 AKIAQ3EGRIZJ7OWLMXUV.";
            let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(text.len())).collect();
            ends.retain(|&end| text.is_char_boundary(end));
            ends.push(text.len());
            ends.sort_unstable();
            let mut from = 0;
            let mut chunks: VecDeque<_> = ends
                .into_iter()
                .map(|end| Some(text[std::mem::replace(&mut from, end)..end].to_owned()))
                .collect();
            chunks.insert(lost.index(chunks.len() + 1), None);

            let inner = Chunks { chunks, ready: false };
            let mut stream = RedactedStream::new(inner, Redactor::default());
            let mut context = Context::from_waker(Waker::noop());
            let (mut out, mut findings, mut errors) = (String::new(), Vec::new(), 0);
            loop {
                match Pin::new(&mut stream).poll_next(&mut context) {
                    Poll::Pending => {}
                    Poll::Ready(None) => break,
                    Poll::Ready(Some(Err(_))) => errors += 1,
                    Poll::Ready(Some(Ok(chunk))) => {
                        out.push_str(chunk.as_str());
                        findings.extend(chunk.into_parts().1);
                    }
                }
            }
            let whole = Redactor::default().redact(text);
            prop_assert_eq!(out, whole.as_str());
            prop_assert_eq!(findings, whole.findings());
            prop_assert_eq!(errors, 1);
            prop_assert!(Pin::new(&mut stream).poll_next(&mut context).is_ready());
        }
    }
}
