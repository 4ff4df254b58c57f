//! Redaction of text that arrives in chunks.

use super::finding::Finding;
use super::redactor::Redactor;

/// Redacts a stream of chunks, however it is cut: the output is that of the
/// whole text at once.
#[derive(Debug)]
pub struct StreamRedactor {
    redactor: Redactor,
    held: Vec<u8>,
}

impl StreamRedactor {
    /// A stream at its start.
    #[must_use]
    pub const fn new(redactor: Redactor) -> Self {
        Self {
            redactor,
            held: Vec::new(),
        }
    }

    /// Takes the next chunk; appends what is settled to `out` and its findings,
    /// with spans that count from the start of the stream, to `findings`.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>, findings: &mut Vec<Finding>) {
        let _ = (out, findings);
        self.held.extend_from_slice(chunk);
    }

    /// Ends the stream: appends all that was held back. The redactor is ready
    /// for another stream afterwards.
    pub fn finish(&mut self, out: &mut Vec<u8>, findings: &mut Vec<Finding>) {
        self.redactor.redact_bytes_into(&self.held, out, findings);
        self.held.clear();
    }
}
