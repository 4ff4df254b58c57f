//! Redaction of an asynchronous stream of text or bytes.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::placeholders::PlaceholderStream;
use super::stream::StreamRedactor;
use crate::redact::finding::Finding;
use crate::redact::redactor::{Redacted, Redactor};
use crate::redact::restore::PlaceholderMap;

/// An asynchronous stream of redacted chunks: of text as `String`, or of bytes as
/// `Vec<u8>`.
///
/// The concatenated chunks equal the redacted whole text, however the inner stream is
/// cut. The inner stream yields `Result<T, E>` for any text `T`, or for any bytes if
/// the stream was made by [`of_bytes`](Self::of_bytes). This stream yields
/// `Result<Redacted<O>, E>`, whose findings have spans counted from the start of
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
pub struct RedactedStream<S, O = String> {
    inner: S,
    core: Core,
    ended: bool,
    output: PhantomData<fn() -> O>,
}

/// The output of a [`RedactedStream`]: `String` or `Vec<u8>`.
///
/// # Sealed
/// No other type can implement it.
pub trait StreamText: sealed::Sealed + Sized {}

impl StreamText for String {}
impl StreamText for Vec<u8> {}

mod sealed {
    #[expect(unnameable_types, reason = "a sealed trait cannot be named elsewhere")]
    pub trait Sealed {
        /// Takes the settled bytes out of `from`. `ended` says that no more will come.
        fn take(from: &mut Vec<u8>, ended: bool) -> Self;
        fn is_empty(&self) -> bool;
    }

    impl Sealed for String {
        fn take(from: &mut Vec<u8>, ended: bool) -> Self {
            // A character may be cut.
            let whole = match str::from_utf8(from) {
                Err(error) if error.error_len().is_none() && !ended => error.valid_up_to(),
                _ => from.len(),
            };
            let rest = from.split_off(whole);
            let text = std::mem::replace(from, rest);
            // Text goes in and operators write text, so this is text.
            Self::from_utf8(text)
                .unwrap_or_else(|error| Self::from_utf8_lossy(error.as_bytes()).into_owned())
        }

        fn is_empty(&self) -> bool {
            self.is_empty()
        }
    }

    impl Sealed for Vec<u8> {
        fn take(from: &mut Vec<u8>, _: bool) -> Self {
            std::mem::take(from)
        }

        fn is_empty(&self) -> bool {
            self.is_empty()
        }
    }
}

/// The redactor behind a stream, and its settled output.
struct Core {
    kind: CoreKind,
    out: Vec<u8>,
    findings: Vec<Finding>,
}

enum CoreKind {
    Plain(Box<StreamRedactor>),
    Mapped(Box<PlaceholderStream>, Arc<Mutex<PlaceholderMap>>),
}

impl Core {
    const fn new(kind: CoreKind) -> Self {
        Self {
            kind,
            out: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// Reads a chunk, or ends the stream.
    fn run(&mut self, chunk: Option<&[u8]>) {
        let (out, findings) = (&mut self.out, &mut self.findings);
        match &mut self.kind {
            CoreKind::Plain(stream) => match chunk {
                Some(chunk) => stream.push(chunk, out, findings),
                None => stream.finish(out, findings),
            },
            CoreKind::Mapped(stream, map) => {
                let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
                let mut text = String::new();
                match chunk {
                    // Only a stream of text has a map.
                    Some(chunk) => {
                        let chunk = String::from_utf8_lossy(chunk);
                        stream.push(&mut map, &chunk, &mut text, findings);
                    }
                    None => stream.finish(&mut map, &mut text, findings),
                }
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
}

impl<S> RedactedStream<S> {
    /// Creates a redacted stream of the text that `inner` yields.
    #[must_use]
    pub fn new(inner: S, redactor: Redactor) -> Self {
        Self::with(
            inner,
            CoreKind::Plain(Box::new(StreamRedactor::new(redactor))),
        )
    }

    /// Creates a stream in which the values of the text that `inner` yields are
    /// replaced with placeholders of `map`, as by a [`PlaceholderStream`].
    ///
    /// The map is locked while a chunk is redacted.
    #[must_use]
    pub fn with_map(inner: S, redactor: Redactor, map: Arc<Mutex<PlaceholderMap>>) -> Self {
        Self::with(
            inner,
            CoreKind::Mapped(Box::new(PlaceholderStream::new(redactor)), map),
        )
    }
}

impl<S> RedactedStream<S, Vec<u8>> {
    /// Creates a redacted stream of the bytes that `inner` yields, such as those of a
    /// body.
    #[must_use]
    pub fn of_bytes(inner: S, redactor: Redactor) -> Self {
        Self::with(
            inner,
            CoreKind::Plain(Box::new(StreamRedactor::new(redactor))),
        )
    }
}

impl<S, O> RedactedStream<S, O> {
    const fn with(inner: S, kind: CoreKind) -> Self {
        Self {
            inner,
            core: Core::new(kind),
            ended: false,
            output: PhantomData,
        }
    }

    /// Returns the inner stream. The text held back is lost.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, O> RedactedStream<S, O>
where
    S: Unpin,
    O: StreamText,
{
    fn poll<T, E>(
        &mut self,
        context: &mut Context<'_>,
        bytes: impl Fn(&T) -> &[u8],
    ) -> Poll<Option<Result<Redacted<O>, E>>>
    where
        S: Stream<Item = Result<T, E>>,
    {
        while !self.ended {
            match ready!(Pin::new(&mut self.inner).poll_next(context)) {
                Some(Ok(chunk)) => self.core.run(Some(bytes(&chunk))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.core.run(None);
                    self.ended = true;
                }
            }
            let settled = O::take(&mut self.core.out, self.ended);
            if !settled.is_empty() || !self.core.findings.is_empty() {
                let findings = std::mem::take(&mut self.core.findings);
                return Poll::Ready(Some(Ok(Redacted::new(settled, findings))));
            }
        }
        Poll::Ready(None)
    }
}

impl<S, T, E> Stream for RedactedStream<S>
where
    S: Stream<Item = Result<T, E>> + Unpin,
    T: AsRef<str>,
{
    type Item = Result<Redacted<String>, E>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut()
            .poll(context, |chunk: &T| chunk.as_ref().as_bytes())
    }
}

impl<S, T, E> Stream for RedactedStream<S, Vec<u8>>
where
    S: Stream<Item = Result<T, E>> + Unpin,
    T: AsRef<[u8]>,
{
    type Item = Result<Redacted<Vec<u8>>, E>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(context, |chunk: &T| chunk.as_ref())
    }
}

impl<S, O> fmt::Debug for RedactedStream<S, O> {
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
    use crate::redact::operator::Key;
    use crate::redact::stream::RestoredStream;

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

    /// A stream that is always ready.
    struct Ready<T>(VecDeque<Result<T, &'static str>>);

    impl<T: Unpin> Stream for Ready<T> {
        type Item = Result<T, &'static str>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(self.0.pop_front())
        }
    }

    /// The texts of a redacted stream.
    struct Texts<S>(S);

    impl<S, E> Stream for Texts<S>
    where
        S: Stream<Item = Result<Redacted<String>, E>> + Unpin,
    {
        type Item = Result<String, E>;

        fn poll_next(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Self::Item>> {
            let chunk = ready!(Pin::new(&mut self.0).poll_next(context));
            Poll::Ready(chunk.map(|chunk| chunk.map(Redacted::into_inner)))
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
            let bytes = chunks.iter().map(|chunk| chunk.clone().ok_or("lost").map(String::into_bytes));
            let bytes: VecDeque<Result<Vec<u8>, _>> = bytes.collect();
            let mut stream = RedactedStream::of_bytes(Ready(bytes), Redactor::default());
            let mut context = Context::from_waker(Waker::noop());
            let mut of_bytes = Vec::new();
            while let Poll::Ready(Some(chunk)) = Pin::new(&mut stream).poll_next(&mut context) {
                of_bytes.extend(chunk.map(Redacted::into_inner).unwrap_or_default());
            }
            let whole = Redactor::default().redact(text).into_string().into_bytes();
            prop_assert_eq!(of_bytes, whole);

            let map = Arc::new(Mutex::new(PlaceholderMap::new(Key::from_bytes([7; 32]))));
            let mapped = RedactedStream::with_map(
                Ready(chunks.iter().map(|chunk| chunk.clone().ok_or("lost")).collect()),
                Redactor::default(),
                Arc::clone(&map),
            );
            let texts = Texts(mapped);
            let mut restored = RestoredStream::new(texts, Arc::clone(&map));
            let (mut shown, mut errors) = (String::new(), 0);
            while let Poll::Ready(Some(chunk)) = Pin::new(&mut restored).poll_next(&mut context) {
                match chunk {
                    Ok(chunk) => shown.push_str(&chunk),
                    Err(_) => errors += 1,
                }
            }
            prop_assert_eq!(shown, text);
            prop_assert_eq!(errors, 1);
            prop_assert_eq!(restored.counts().restored(), 2);

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
