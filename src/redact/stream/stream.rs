//! Redaction of text that arrives in chunks.

#[cfg(test)]
mod tests;

use std::fmt;

use zeroize::Zeroize;

use crate::redact::engine::{Hit, Resolver};
use crate::redact::finding::Finding;
use crate::redact::redactor::{Redactor, Scanner};
use crate::redact::text::Window;

/// How much text that is done with gathers before it is thrown away.
const MOST_DONE: usize = 32 * 1024;

/// Redacts a stream of chunks, however it is cut: the output and the findings
/// are those of the whole text at once.
///
/// What is settled is given out at once. Held back are the last 64 bytes or so
/// and whatever may still turn out to be part of a secret: a word that could
/// begin an assignment, a token that could go on, at most the 64 KiB of a key
/// block or of encoded text, or the 64 cookies of a header. With a [`Detector`](crate::redact::Detector) all
/// of the stream is held back until it ends.
///
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
    /// What has been given out but is still looked back at, then what has not.
    buffer: Vec<u8>,
    /// How many bytes of the stream came before the buffer.
    base: usize,
    /// Everything in the buffer before this has been given out.
    written: usize,
    scanner: Scanner,
    resolver: Resolver,
}

impl StreamRedactor {
    /// A stream at its start.
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

    /// Takes the next chunk; appends what is settled to `out` and its findings,
    /// with spans that count from the start of the stream, to `findings`.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>, findings: &mut Vec<Finding>) {
        self.buffer.extend_from_slice(chunk);
        if self.redactor.needs_whole_text() {
            return;
        }
        let bound = self.look(false);
        self.give(bound, out, findings);
        self.forget();
    }

    /// Ends the stream: appends all that was held back. Afterwards the redactor
    /// is ready for another stream.
    pub fn finish(&mut self, out: &mut Vec<u8>, findings: &mut Vec<Finding>) {
        if self.redactor.needs_whole_text() {
            self.redactor.redact_bytes_into(&self.buffer, out, findings);
        } else {
            self.look(true);
            self.give(usize::MAX, out, findings);
        }
        self.buffer.zeroize();
        *self = Self::new(self.redactor.clone());
    }

    /// How many bytes are held back.
    #[must_use]
    pub fn held(&self) -> usize {
        self.buffer.len() - self.written
    }

    /// Looks at the places that are not settled. Returns the byte before which no
    /// further hit will start.
    fn look(&mut self, complete: bool) -> usize {
        let window = Window {
            origin: self.base,
            complete,
            ..Window::whole(&self.buffer)
        };
        self.scanner.look(&self.redactor, window)
    }

    /// Gives out everything before `bound`, before which no hit will start that
    /// is not known.
    fn give(&mut self, bound: usize, out: &mut Vec<u8>, findings: &mut Vec<Finding>) {
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
            out.extend_from_slice(buffer.get(*written..hit.start).unwrap_or_default());
            redactor.replace_one(buffer, &finding, out);
            *written = hit.end;
            finding.start += *base;
            finding.end += *base;
            findings.push(finding);
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
            out.extend_from_slice(buffer.get(*written..end).unwrap_or_default());
            *written = end;
        }
    }

    /// Throws away what nobody looks back at any more.
    fn forget(&mut self) {
        let look_back = self.redactor.given().look_back();
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
