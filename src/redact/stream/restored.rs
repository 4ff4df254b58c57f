//! Restoring an asynchronous stream of text.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::redact::restore::{PlaceholderMap, RestoreCounts, Restorer};

/// An asynchronous stream of text in which the placeholders of a map are replaced with
/// their values, such as a model's answer on its way to the person who reads it.
///
/// The concatenated chunks are what [`PlaceholderMap::restore`] makes of the whole
/// text, however the inner stream is cut. An error is passed on at once, and the text
/// continues after it. At most 53 bytes are held back. The map is locked while a chunk
/// is restored, so it can be used elsewhere between the chunks.
///
/// # Example
/// ```
/// use std::convert::Infallible;
/// use std::pin::Pin;
/// use std::sync::{Arc, Mutex};
/// use std::task::{Context, Poll, Waker};
///
/// use confidant::redact::{Key, Kind, PlaceholderMap, RestoredStream};
/// use futures_core::Stream;
///
/// struct Chunks(Vec<String>);
///
/// impl Stream for Chunks {
///     type Item = Result<String, Infallible>;
///
///     fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
///         Poll::Ready(self.0.pop().map(Ok))
///     }
/// }
///
/// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
/// let placeholder = map.placeholder(Kind::Email, "ann@example.org");
/// let (head, tail) = placeholder.split_at(9);
/// let chunks = Chunks(vec![tail.to_owned(), format!("Write to {head}")]);
/// let mut stream = RestoredStream::new(chunks, Arc::new(Mutex::new(map)));
/// let mut text = String::new();
/// let mut context = Context::from_waker(Waker::noop());
/// while let Poll::Ready(Some(Ok(chunk))) = Pin::new(&mut stream).poll_next(&mut context) {
///     text.push_str(&chunk);
/// }
/// assert_eq!(text, "Write to ann@example.org");
/// assert_eq!(stream.counts().restored(), 1);
/// ```
pub struct RestoredStream<S> {
    inner: S,
    map: Arc<Mutex<PlaceholderMap>>,
    restorer: Restorer,
    counts: RestoreCounts,
    ended: bool,
}

impl<S> RestoredStream<S> {
    /// Creates a restored stream of what `inner` yields.
    #[must_use]
    pub const fn new(inner: S, map: Arc<Mutex<PlaceholderMap>>) -> Self {
        Self {
            inner,
            map,
            restorer: Restorer::new(),
            counts: RestoreCounts::zero(),
            ended: false,
        }
    }

    /// Returns the counts so far.
    #[must_use]
    pub const fn counts(&self) -> RestoreCounts {
        self.counts
    }

    /// Returns the inner stream. The text held back is lost.
    #[must_use]
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, T, E> Stream for RestoredStream<S>
where
    S: Stream<Item = Result<T, E>> + Unpin,
    T: AsRef<str>,
{
    type Item = Result<String, E>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while !this.ended {
            let mut out = String::new();
            match ready!(Pin::new(&mut this.inner).poll_next(context)) {
                Some(Ok(chunk)) => {
                    let map = this.map.lock().unwrap_or_else(PoisonError::into_inner);
                    this.restorer.push(&map, chunk.as_ref(), &mut out);
                    this.counts = this.restorer.counts();
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    let map = this.map.lock().unwrap_or_else(PoisonError::into_inner);
                    this.counts = this.restorer.finish(&map, &mut out);
                    this.ended = true;
                }
            }
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(out)));
            }
        }
        Poll::Ready(None)
    }
}

impl<S> fmt::Debug for RestoredStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestoredStream")
            .field("ended", &self.ended)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
