//! Conversion of byte offsets in a stream to lines and columns.

use std::ops::Range;

/// A position for people. Lines and columns count from 1, and columns count UTF-16
/// units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u64,
    pub(crate) column: u64,
}

/// The start and end of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) start: Place,
    pub(crate) end: Place,
}

/// A locator that reads a text from its start and keeps only the part after its
/// position.
#[derive(Debug)]
pub(crate) struct Locator {
    at: Place,
    /// The offset of the first byte in `ahead`.
    offset: usize,
    ahead: Vec<u8>,
    /// How many bytes of `ahead` were passed.
    passed: usize,
}

impl Locator {
    pub(crate) const fn new() -> Self {
        Self {
            at: Place { line: 1, column: 1 },
            offset: 0,
            ahead: Vec::new(),
            passed: 0,
        }
    }

    /// Adds the next chunk of the text.
    pub(crate) fn take(&mut self, chunk: &[u8]) {
        self.ahead.drain(..self.passed);
        self.offset += self.passed;
        self.passed = 0;
        self.ahead.extend_from_slice(chunk);
    }

    /// Returns the region of a span. Spans must come in the order of the text.
    pub(crate) fn region(&mut self, span: &Range<usize>) -> Region {
        self.pass(span.start);
        let start = self.at;
        self.pass(span.end);
        Region {
            start,
            end: self.at,
        }
    }

    /// Advances to `offset`. Nothing before it can be located any more.
    pub(crate) fn pass(&mut self, offset: usize) {
        let known = self.offset + self.passed;
        let to = (self.passed + offset.saturating_sub(known)).min(self.ahead.len());
        let bytes = self.ahead.get(self.passed..to).unwrap_or_default();
        let mut tail = bytes;
        if let Some(last) = bytes.iter().rposition(|&byte| byte == b'\n') {
            let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
            self.at.line += lines as u64;
            self.at.column = 1;
            tail = bytes.get(last + 1..).unwrap_or_default();
        }
        self.at.column += tail.iter().map(|&byte| units(byte)).sum::<u64>();
        self.passed = to;
    }
}

/// Returns the UTF-16 units of a character, counted at its first byte.
const fn units(byte: u8) -> u64 {
    match byte {
        0x80..0xc0 => 0,
        0xf0.. => 2,
        _ => 1,
    }
}
