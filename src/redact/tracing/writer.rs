//! A writer for formatted events.

use std::fmt;
use std::io::{self, Write};

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;
use zeroize::Zeroizing;

use crate::redact::redactor::Redactor;

/// Makes writers that redact each event before it goes to the writers of `M`, for
/// use with `tracing_subscriber::fmt`.
///
/// An event is redacted as one text, once its formatter is done with it: nothing
/// of it goes out before. Events are redacted one by one, so a secret that is
/// spread over several events is not found.
///
/// The text is taken as it was formatted. Where a formatter puts colour codes or
/// quotation marks around values, a name may not be seen as the name of a value;
/// [`RedactingLayer`](crate::redact::RedactingLayer) knows fields as fields.
///
/// # Example
/// ```
/// use confidant::redact::{RedactingMakeWriter, Redactor};
///
/// let writer = RedactingMakeWriter::new(std::io::stderr, Redactor::default());
/// let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(writer).finish();
/// tracing::subscriber::with_default(subscriber, || {
///     tracing::info!("deploy with AKIAQ3EGRIZJ7OWLMXUV");
/// });
/// ```
#[derive(Clone)]
pub struct RedactingMakeWriter<M> {
    inner: M,
    redactor: Redactor,
}

impl<M> RedactingMakeWriter<M> {
    /// Redacts what goes to the writers that `inner` makes.
    #[must_use]
    pub const fn new(inner: M, redactor: Redactor) -> Self {
        Self { inner, redactor }
    }
}

impl<M> fmt::Debug for RedactingMakeWriter<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactingMakeWriter")
            .finish_non_exhaustive()
    }
}

impl<'w, M: MakeWriter<'w>> MakeWriter<'w> for RedactingMakeWriter<M> {
    type Writer = RedactingEventWriter<M::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        RedactingEventWriter::new(self.inner.make_writer(), &self.redactor)
    }

    fn make_writer_for(&'w self, metadata: &Metadata<'_>) -> Self::Writer {
        RedactingEventWriter::new(self.inner.make_writer_for(metadata), &self.redactor)
    }
}

/// Takes one event; when dropped, writes it redacted.
///
/// Errors of the inner writer are lost, as there is nobody to tell.
pub struct RedactingEventWriter<W: Write> {
    inner: W,
    redactor: Redactor,
    event: Zeroizing<Vec<u8>>,
    flush: bool,
}

impl<W: Write> RedactingEventWriter<W> {
    fn new(inner: W, redactor: &Redactor) -> Self {
        Self {
            inner,
            redactor: redactor.clone(),
            event: Zeroizing::new(Vec::new()),
            flush: false,
        }
    }
}

impl<W: Write> Write for RedactingEventWriter<W> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.event.extend_from_slice(part);
        Ok(part.len())
    }

    /// Has the inner writer flushed once the event is written. The event is not
    /// over yet, so nothing is written now.
    fn flush(&mut self) -> io::Result<()> {
        self.flush = true;
        Ok(())
    }
}

impl<W: Write> Drop for RedactingEventWriter<W> {
    fn drop(&mut self) {
        let event = self.redactor.redact_bytes(&self.event);
        if self.inner.write_all(event.get_ref()).is_ok() && self.flush {
            let _ = self.inner.flush();
        }
    }
}

impl<W: Write> fmt::Debug for RedactingEventWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactingEventWriter")
            .field("len", &self.event.len())
            .finish_non_exhaustive()
    }
}
