//! A writer for formatted events.

use std::fmt;
use std::io::{self, Write};

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;
use zeroize::Zeroizing;

use crate::redact::redactor::Redactor;

/// A maker of writers that redact each event before passing it to the writers of `M`.
/// Use it with `tracing_subscriber::fmt`.
///
/// An event is redacted as one text when its formatter has finished. Nothing is
/// written before that. Events are redacted one at a time, so a secret spread over
/// several events is not found.
///
/// The text is scanned as formatted. If the formatter puts color codes or quotation
/// marks around values, a name may not be recognized as the name of a value.
/// [`RedactingLayer`](crate::redact::RedactingLayer) knows the fields themselves.
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
    /// Creates a maker of writers that redact events before passing them to writers
    /// of `inner`.
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

/// A writer for one event, which it redacts and writes when dropped.
///
/// [`RedactingMakeWriter`] creates one for each event. Errors of the inner writer are
/// dropped, because there is no one to report them to.
///
/// # Example
/// ```
/// use std::io::Write as _;
///
/// use confidant::redact::{RedactingMakeWriter, Redactor};
/// use tracing_subscriber::fmt::MakeWriter as _;
///
/// let maker = RedactingMakeWriter::new(std::io::stderr, Redactor::default());
/// let mut event = maker.make_writer();
/// write!(event, "deploy with AKIAQ3EGRI")?;
/// writeln!(event, "ZJ7OWLMXUV")?;
/// drop(event); // writes `deploy with [REDACTED-APIKEY]`
/// # std::io::Result::Ok(())
/// ```
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

    /// Requests a flush of the inner writer after the event is written. Nothing is
    /// written now, because the event may continue.
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
