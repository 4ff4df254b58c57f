//! Redaction of text that arrives in chunks.

#[cfg(test)]
mod tests;

use std::fmt;

use zeroize::Zeroize;

use crate::Error;
#[cfg(doc)]
use crate::redact::custom::Detector;
use crate::redact::engine::{Hit, Resolver};
use crate::redact::finding::Finding;
use crate::redact::redactor::{Redactor, Scanner};
use crate::redact::text::{Window, part};

/// The number of finished bytes collected before they are discarded.
const MOST_DONE: usize = 32 * 1024;

/// A redactor for text in chunks. Its output and findings equal those of the whole
/// text, however the chunks are cut.
///
/// Settled text is returned at once. Text is held back while it may still be part of
/// a secret: the last 64 bytes or so, a word that could begin an assignment, a token
/// that could continue, up to 64 KiB of a key block or encoded text, and up to 64
/// cookies of a header. With a [`Detector`](crate::redact::Detector), the whole
/// stream is held back until it ends.
///
/// # Example
/// ```
/// use confidant::redact::{Redactor, StreamRedactor};
///
/// let mut stream = StreamRedactor::new(Redactor::default());
/// let (mut out, mut findings) = (Vec::new(), Vec::new());
/// for chunk in ["the key is AKIAQ3EG", "RIZJ7OWLMXUV, keep", " it"] {
///     stream.push(chunk.as_bytes(), &mut out, &mut findings);
/// }
/// stream.finish(&mut out, &mut findings);
/// assert_eq!(out, b"the key is [REDACTED-APIKEY], keep it");
/// assert_eq!(findings[0].span(), 11..31);
/// ```
pub struct StreamRedactor {
    redactor: Redactor,
    /// Output that rules may still look back at, followed by the text held back.
    buffer: Vec<u8>,
    /// The number of bytes of the stream before the buffer.
    base: usize,
    /// The length of the buffer's part that was written out.
    written: usize,
    scanner: Scanner,
    resolver: Resolver,
}

/// A settled piece of a stream.
pub(super) enum Piece<'b> {
    Text(&'b [u8]),
    /// A finding, with its span counted from the start of the stream, and the value.
    Found(Finding, &'b [u8]),
}

/// Writes a piece of a stream by the operators of the redactor.
fn write(redactor: &Redactor, piece: Piece<'_>, out: &mut Vec<u8>, findings: &mut Vec<Finding>) {
    match piece {
        Piece::Text(text) => out.extend_from_slice(text),
        Piece::Found(finding, value) => {
            redactor.operator(&finding).write(&finding, value, out);
            findings.push(finding);
        }
    }
}

impl StreamRedactor {
    /// Creates a redactor at the start of a stream.
    #[must_use]
    pub fn new(redactor: Redactor) -> Self {
        Self {
            redactor,
            buffer: Vec::new(),
            base: 0,
            written: 0,
            scanner: Scanner::default(),
            resolver: Resolver::default(),
        }
    }

    /// Reads the next chunk. Appends settled text to `out` and its findings to
    /// `findings`, with spans counted from the start of the stream.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>, findings: &mut Vec<Finding>) {
        let redactor = self.redactor.clone();
        self.push_to(chunk, &mut |piece| write(&redactor, piece, out, findings));
    }

    /// Ends the stream and appends all text held back. The redactor can then be used
    /// for another stream.
    pub fn finish(&mut self, out: &mut Vec<u8>, findings: &mut Vec<Finding>) {
        let redactor = self.redactor.clone();
        self.finish_to(&mut |piece| write(&redactor, piece, out, findings));
    }

    /// Like [`finish`](Self::finish), but returns an error if a detector fails. Nothing is
    /// then appended, and the text stays held back: `finish` hides all of it.
    ///
    /// # Errors
    /// Returns the error of the [`Detector`], with its id.
    pub fn try_finish(
        &mut self,
        out: &mut Vec<u8>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let redactor = self.redactor.clone();
        self.try_finish_to(&mut |piece| write(&redactor, piece, out, findings))
    }

    /// Reads the next chunk and passes on what is settled, in order.
    pub(super) fn push_to(&mut self, chunk: &[u8], emit: &mut dyn FnMut(Piece<'_>)) {
        self.buffer.extend_from_slice(chunk);
        if self.redactor.needs_whole_text() {
            return;
        }
        let bound = self.scan(false);
        self.write_before(bound, emit);
        self.discard();
    }

    /// Ends the stream and passes on all text held back.
    pub(super) fn finish_to(&mut self, emit: &mut dyn FnMut(Piece<'_>)) {
        let whole = self.redactor.needs_whole_text();
        let findings = whole.then(|| self.redactor.scan(&self.buffer));
        self.end(findings, emit);
    }

    /// Does the same, unless a detector fails.
    pub(super) fn try_finish_to(&mut self, emit: &mut dyn FnMut(Piece<'_>)) -> Result<(), Error> {
        let whole = self.redactor.needs_whole_text();
        let findings = whole.then(|| self.redactor.try_scan(&self.buffer));
        let findings = findings.transpose()?;
        self.end(findings, emit);
        Ok(())
    }

    /// Passes on all text held back, with what was found in it if it is the whole text.
    fn end(&mut self, findings: Option<Vec<Finding>>, emit: &mut dyn FnMut(Piece<'_>)) {
        if let Some(findings) = findings {
            let mut done = 0;
            for finding in findings {
                let span = finding.span();
                emit(Piece::Text(part(&self.buffer, done..span.start)));
                let value = part(&self.buffer, span.clone());
                emit(Piece::Found(finding, value));
                done = span.end;
            }
            emit(Piece::Text(part(&self.buffer, done..self.buffer.len())));
        } else {
            self.scan(true);
            self.write_before(usize::MAX, emit);
        }
        self.buffer.zeroize();
        *self = Self::new(self.redactor.clone());
    }

    /// Returns the number of bytes held back.
    #[must_use]
    pub fn held(&self) -> usize {
        self.buffer.len() - self.written
    }

    /// Scans the places that are not settled. Returns the offset before which no
    /// further hit will start.
    fn scan(&mut self, complete: bool) -> usize {
        let window = Window {
            origin: self.base,
            complete,
            ..Window::whole(&self.buffer)
        };
        self.scanner.scan_window(&self.redactor, window)
    }

    /// Writes out everything before `bound`. No unknown hit will start before it.
    fn write_before(&mut self, bound: usize, pass: &mut dyn FnMut(Piece<'_>)) {
        let Self {
            redactor,
            buffer,
            base,
            written,
            scanner,
            resolver,
            ..
        } = self;
        let mut emit = |hit: Hit| {
            let mut finding = redactor.finding(&hit, buffer);
            pass(Piece::Text(part(buffer, *written..hit.start)));
            *written = hit.end;
            finding.start += *base;
            finding.end += *base;
            let value = part(buffer, hit.start..hit.end);
            pass(Piece::Found(finding, value));
        };
        let known = scanner.hits.partition_point(|hit| hit.start < bound);
        for hit in scanner.hits.drain(..known) {
            resolver.push(hit, &mut emit);
        }
        if resolver.pending().is_some_and(|hit| hit.end <= bound) {
            resolver.finish(&mut emit);
        }
        let end = resolver
            .pending()
            .map_or(bound, |hit| hit.start.min(bound))
            .min(buffer.len());
        if end > *written {
            pass(Piece::Text(part(buffer, *written..end)));
            *written = end;
        }
    }

    /// Discards text that no rule looks back at.
    fn discard(&mut self) {
        let look_back = self.redactor.custom().look_back();
        let done = self
            .scanner
            .settled()
            .saturating_sub(look_back)
            .min(self.written);
        if done < MOST_DONE {
            return;
        }
        let rest = self.buffer.len() - done;
        self.buffer.copy_within(done.., 0);
        self.buffer.get_mut(rest..).unwrap_or_default().zeroize();
        self.buffer.truncate(rest);
        self.base += done;
        self.written -= done;
        self.scanner.shift(done);
        self.resolver.shift(done);
    }
}

impl Drop for StreamRedactor {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

impl fmt::Debug for StreamRedactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamRedactor")
            .field("held", &self.held())
            .finish_non_exhaustive()
    }
}
