//! Redacting adapters for readers and writers.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

use super::placeholders::PlaceholderStream;
use super::stream::StreamRedactor;
use crate::redact::finding::{Finding, Report};
use crate::redact::redactor::Redactor;
use crate::redact::restore::PlaceholderMap;

/// A writer that redacts its output. The inner writer receives the redacted text,
/// however the writes are cut.
///
/// Some text is held back, because a secret may continue in the next write.
/// [`flush`](Write::flush) passes on settled text and flushes the inner writer, but
/// still holds back unsettled text. Only [`finish`](Self::finish) and
/// [`into_inner`](Self::into_inner) end the text. Dropping the writer also ends it,
/// but cannot report errors.
///
/// If the inner writer fails, the redacted text that it did not accept is kept and
/// offered again by the next call. Nothing is ever written unredacted.
///
/// # Example
/// ```
/// use std::io::Write as _;
///
/// use confidant::redact::{RedactingWriter, Redactor};
///
/// let mut writer = RedactingWriter::new(Vec::new(), Redactor::default());
/// write!(writer, "deploy with AKIAQ3EGRI")?;
/// write!(writer, "ZJ7OWLMXUV please")?;
/// assert_eq!(writer.into_inner()?, b"deploy with [REDACTED-APIKEY] please");
/// # std::io::Result::Ok(())
/// ```
pub struct RedactingWriter<W: Write> {
    /// `None` only after the writer was taken out.
    inner: Option<W>,
    core: Core,
    /// How many bytes of `core.out` the inner writer has accepted.
    written: usize,
}

impl<W: Write> RedactingWriter<W> {
    /// Creates a redacting writer around `inner`.
    #[must_use]
    pub fn new(inner: W, redactor: Redactor) -> Self {
        Self {
            inner: Some(inner),
            core: Core::new(redactor),
            written: 0,
        }
    }

    /// Creates a writer that replaces values with placeholders of `map`, as a
    /// [`PlaceholderStream`] does.
    ///
    /// The map is locked while a write is redacted. A map holds text, so bytes that are
    /// not UTF-8 are refused with [`InvalidData`](io::ErrorKind::InvalidData); a character
    /// may be cut by the end of a write, and not by the end of the text.
    ///
    /// # Example
    /// ```
    /// use std::io::Write as _;
    /// use std::sync::{Arc, Mutex};
    ///
    /// use confidant::redact::{Key, PlaceholderMap, RedactingWriter, Redactor};
    ///
    /// let map = Arc::new(Mutex::new(PlaceholderMap::new(Key::from_bytes([7; 32]))));
    /// let mut writer = RedactingWriter::with_map(Vec::new(), Redactor::default(), map.clone());
    /// write!(writer, "deploy with AKIAQ3EGRI")?;
    /// write!(writer, "ZJ7OWLMXUV please")?;
    /// let written = String::from_utf8(writer.into_inner()?).unwrap();
    /// assert!(written.starts_with("deploy with [APIKEY-"));
    /// let restored = map.lock().unwrap().restore(&written).into_inner().into_owned();
    /// assert_eq!(restored, "deploy with AKIAQ3EGRIZJ7OWLMXUV please");
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use]
    pub fn with_map(inner: W, redactor: Redactor, map: Arc<Mutex<PlaceholderMap>>) -> Self {
        Self {
            inner: Some(inner),
            core: Core::with_map(redactor, map),
            written: 0,
        }
    }

    /// Ends the text: writes what was held back and flushes. Later writes begin a new
    /// text.
    ///
    /// # Errors
    /// Returns the errors of the inner writer. Call again to continue where it failed.
    /// With a map, returns [`InvalidData`](io::ErrorKind::InvalidData) if the text ends
    /// within a character, which is then dropped.
    pub fn finish(&mut self) -> io::Result<()> {
        let ended = self.core.finish();
        self.flush()?;
        ended
    }

    /// Ends the text and returns the inner writer.
    ///
    /// # Errors
    /// Returns the errors of the inner writer, which is then dropped. To keep it,
    /// call [`finish`](Self::finish) until it succeeds.
    pub fn into_inner(mut self) -> io::Result<W> {
        self.finish()?;
        self.inner.take().ok_or_else(closed)
    }

    /// Returns the report of what was removed so far. Spans are not kept.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.core.report
    }

    /// Passes settled text to the inner writer.
    fn drain(&mut self) -> io::Result<()> {
        let inner = self.inner.as_mut().ok_or_else(closed)?;
        while let Some(rest) = self
            .core
            .out
            .get(self.written..)
            .filter(|rest| !rest.is_empty())
        {
            match inner.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.core.out.clear();
        self.written = 0;
        Ok(())
    }
}

impl<W: Write> Write for RedactingWriter<W> {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        // Once the chunk is accepted it counts as written: after an error, the caller
        // would write it again. Leftover output therefore goes first, and output that
        // the inner writer does not accept now is left to the next call.
        self.drain()?;
        let taken = self.core.push(chunk)?;
        let _ = self.drain();
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.drain()?;
        self.inner.as_mut().ok_or_else(closed)?.flush()
    }
}

impl<W: Write> Drop for RedactingWriter<W> {
    fn drop(&mut self) {
        if self.inner.is_some() {
            let _ = self.finish();
        }
    }
}

impl<W: Write> fmt::Debug for RedactingWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactingWriter")
            .field("report", &self.core.report)
            .finish_non_exhaustive()
    }
}

/// A reader that redacts its input. Reading from it returns the redacted text of the
/// inner reader.
///
/// It reads ahead in blocks of up to 64 KiB, and as far as it takes to decide whether
/// text is part of a secret.
///
/// # Example
/// ```
/// use std::io::Read as _;
///
/// use confidant::redact::{RedactingReader, Redactor};
///
/// let text = "deploy with AKIAQ3EGRIZJ7OWLMXUV please";
/// let mut reader = RedactingReader::new(text.as_bytes(), Redactor::default());
/// let mut redacted = String::new();
/// reader.read_to_string(&mut redacted)?;
/// assert_eq!(redacted, "deploy with [REDACTED-APIKEY] please");
/// # std::io::Result::Ok(())
/// ```
pub struct RedactingReader<R> {
    inner: R,
    core: Core,
    chunk: Zeroizing<Vec<u8>>,
    /// How many bytes of `core.out` were read.
    read: usize,
    ended: bool,
}

impl<R> RedactingReader<R> {
    const CHUNK_LEN: usize = 64 * 1024;

    /// Creates a redacting reader around `inner`.
    #[must_use]
    pub fn new(inner: R, redactor: Redactor) -> Self {
        Self {
            inner,
            core: Core::new(redactor),
            chunk: Zeroizing::new(Vec::new()),
            read: 0,
            ended: false,
        }
    }

    /// Returns the inner reader. Text read ahead is lost.
    #[must_use]
    pub fn into_inner(self) -> R {
        self.inner
    }

    /// Returns the report of what was removed so far. Spans are not kept.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.core.report
    }

    /// Reads settled text. Returns `None` if more must be read from the inner reader.
    pub(super) fn read_settled(&mut self, to: &mut [u8]) -> Option<usize> {
        let rest = self.core.out.get(self.read..).unwrap_or_default();
        if rest.is_empty() && !to.is_empty() {
            self.core.out.clear();
            self.read = 0;
            return self.ended.then_some(0);
        }
        let count = rest.len().min(to.len());
        for (to, from) in to.iter_mut().zip(rest) {
            *to = *from;
        }
        self.read += count;
        Some(count)
    }

    /// Returns the inner reader and the room for its next chunk.
    pub(super) fn next_chunk(&mut self) -> (&mut R, &mut [u8]) {
        self.chunk.resize(Self::CHUNK_LEN, 0);
        (&mut self.inner, &mut self.chunk)
    }

    /// Redacts the first `count` bytes of the chunk, or ends the text if there are
    /// none.
    pub(super) fn take_chunk(&mut self, count: usize) -> io::Result<()> {
        if count == 0 {
            self.ended = true;
            return self.core.finish();
        }
        let chunk = self.chunk.get(..count).unwrap_or_default();
        self.core.push(chunk).map(|_| ())
    }
}

impl<R: Read> Read for RedactingReader<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(read) = self.read_settled(to) {
                return Ok(read);
            }
            let (inner, chunk) = self.next_chunk();
            let count = inner.read(chunk)?;
            self.take_chunk(count)?;
        }
    }
}

impl<R> fmt::Debug for RedactingReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactingReader")
            .field("report", &self.core.report)
            .finish_non_exhaustive()
    }
}

/// What redacts a stream.
enum CoreStream {
    Plain(Box<StreamRedactor>),
    Mapped(Box<Mapped>),
}

/// A stream of text with its map.
struct Mapped {
    stream: PlaceholderStream,
    map: Arc<Mutex<PlaceholderMap>>,
    /// The start of a character that a write has cut.
    cut: Zeroizing<Vec<u8>>,
}

impl Mapped {
    /// Takes the text that a chunk begins with. Returns its length.
    fn push(
        &mut self,
        chunk: &[u8],
        out: &mut Vec<u8>,
        findings: &mut Vec<Finding>,
    ) -> io::Result<usize> {
        let known = self.cut.len();
        let mut text = std::mem::take(&mut self.cut);
        text.extend_from_slice(chunk);
        let (valid, is_cut) = match str::from_utf8(&text) {
            Ok(valid) => (valid, true),
            Err(error) => {
                let valid = text.get(..error.valid_up_to()).unwrap_or_default();
                (
                    str::from_utf8(valid).unwrap_or_default(),
                    error.error_len().is_none(),
                )
            }
        };
        if valid.is_empty() && !is_cut {
            return Err(not_text());
        }
        let (mut redacted, mut map) = (
            String::new(),
            self.map.lock().unwrap_or_else(PoisonError::into_inner),
        );
        self.stream.push(&mut map, valid, &mut redacted, findings);
        out.extend_from_slice(redacted.as_bytes());
        if !is_cut {
            return Ok(valid.len() - known);
        }
        self.cut
            .extend_from_slice(text.get(valid.len()..).unwrap_or_default());
        Ok(chunk.len())
    }

    fn finish(&mut self, out: &mut Vec<u8>, findings: &mut Vec<Finding>) -> io::Result<()> {
        let (mut redacted, mut map) = (
            String::new(),
            self.map.lock().unwrap_or_else(PoisonError::into_inner),
        );
        self.stream.finish(&mut map, &mut redacted, findings);
        out.extend_from_slice(redacted.as_bytes());
        if std::mem::take(&mut self.cut).is_empty() {
            return Ok(());
        }
        Err(not_text())
    }
}

/// A stream with its settled output and its report.
pub(super) struct Core {
    stream: CoreStream,
    out: Vec<u8>,
    findings: Vec<Finding>,
    report: Report,
}

impl Core {
    pub(super) fn new(redactor: Redactor) -> Self {
        Self::of(CoreStream::Plain(Box::new(StreamRedactor::new(redactor))))
    }

    pub(super) fn with_map(redactor: Redactor, map: Arc<Mutex<PlaceholderMap>>) -> Self {
        Self::of(CoreStream::Mapped(Box::new(Mapped {
            stream: PlaceholderStream::new(redactor),
            map,
            cut: Zeroizing::new(Vec::new()),
        })))
    }

    fn of(stream: CoreStream) -> Self {
        Self {
            stream,
            out: Vec::new(),
            findings: Vec::new(),
            report: Report::new(),
        }
    }

    /// Takes a chunk, and returns how many bytes of it: all of them, or with a map the
    /// text before bytes that are not UTF-8.
    ///
    /// # Errors
    /// Returns an error if the chunk begins with such bytes.
    pub(super) fn push(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let (out, findings) = (&mut self.out, &mut self.findings);
        let taken = match &mut self.stream {
            CoreStream::Plain(stream) => {
                stream.push(chunk, out, findings);
                chunk.len()
            }
            CoreStream::Mapped(mapped) => mapped.push(chunk, out, findings)?,
        };
        self.report.add_bytes(taken as u64);
        self.count();
        Ok(taken)
    }

    /// Ends the text.
    ///
    /// # Errors
    /// Returns an error if it ends within a character, where there is a map.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        let (out, findings) = (&mut self.out, &mut self.findings);
        let ended = match &mut self.stream {
            CoreStream::Plain(stream) => {
                stream.finish(out, findings);
                Ok(())
            }
            CoreStream::Mapped(mapped) => mapped.finish(out, findings),
        };
        self.count();
        ended
    }

    #[cfg(feature = "async")]
    pub(super) fn out(&self) -> &[u8] {
        &self.out
    }

    #[cfg(feature = "async")]
    pub(super) fn clear(&mut self) {
        self.out.clear();
    }

    #[cfg(feature = "async")]
    pub(super) const fn report(&self) -> &Report {
        &self.report
    }

    fn count(&mut self) {
        self.report.add(&self.findings);
        self.findings.clear();
    }
}

fn closed() -> io::Error {
    io::Error::other("the inner writer was taken out")
}

fn not_text() -> io::Error {
    let what = "bytes that are not UTF-8 cannot be redacted with a map";
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "é token ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA and AKIAQ3EGRIZJ7OWLMXUV.";

    fn whole() -> String {
        Redactor::default().redact(TEXT).into_string()
    }

    /// A reader and writer that transfers a few bytes at a time and fails in between.
    #[derive(Default)]
    struct Slow {
        bytes: Vec<u8>,
        calls: usize,
    }

    impl Write for &mut Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.calls += 1;
            match self.calls % 4 {
                0 => Err(io::ErrorKind::Interrupted.into()),
                1 => Err(io::ErrorKind::WouldBlock.into()),
                _ => {
                    let count = bytes.len().min(5);
                    self.bytes.extend_from_slice(&bytes[..count]);
                    Ok(count)
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Read for Slow {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            self.calls += 1;
            if self.calls.is_multiple_of(3) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let count = to.len().min(7).min(self.bytes.len());
            to[..count].copy_from_slice(&self.bytes[..count]);
            self.bytes.drain(..count);
            Ok(count)
        }
    }

    #[test]
    fn a_writer_that_fails_gets_all_and_nothing_twice() {
        let mut slow = Slow::default();
        let mut writer = RedactingWriter::new(&mut slow, Redactor::default());
        for chunk in TEXT.as_bytes().chunks(9) {
            while let Err(error) = writer.write_all(chunk) {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
            }
        }
        let mut failures = 0;
        while writer.finish().is_err() {
            failures += 1;
        }
        assert!(failures > 0);
        assert_eq!(writer.report().total(), 2);
        assert_eq!(writer.report().bytes(), TEXT.len() as u64);
        drop(writer);
        assert_eq!(str::from_utf8(&slow.bytes).unwrap(), whole());
    }

    #[test]
    fn a_dropped_writer_ends_the_text() {
        let mut bytes = Vec::new();
        let mut writer = RedactingWriter::new(&mut bytes, Redactor::default());
        writer.write_all(TEXT.as_bytes()).unwrap();
        drop(writer);
        assert_eq!(str::from_utf8(&bytes).unwrap(), whole());
    }

    #[test]
    fn a_flush_never_shows_the_beginning_of_a_secret() {
        let secret = TEXT.find("ghp_").unwrap();
        let mut bytes = Vec::new();
        let mut writer = RedactingWriter::new(&mut bytes, Redactor::default());
        writer.write_all(&TEXT.as_bytes()[..secret + 30]).unwrap();
        writer.flush().unwrap();
        assert!(
            !writer
                .inner
                .as_ref()
                .unwrap()
                .windows(4)
                .any(|at| at == b"ghp_")
        );
        writer.write_all(&TEXT.as_bytes()[secret + 30..]).unwrap();
        drop(writer);
        assert_eq!(str::from_utf8(&bytes).unwrap(), whole());
    }

    #[test]
    fn a_reader_reads_the_redacted_text() {
        let slow = Slow {
            bytes: TEXT.into(),
            calls: 0,
        };
        let mut reader = RedactingReader::new(slow, Redactor::default());
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, whole());
        assert_eq!(reader.report().total(), 2);
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0);
    }

    fn map() -> Arc<Mutex<PlaceholderMap>> {
        let key = crate::redact::operator::Key::from_bytes([7; 32]);
        Arc::new(Mutex::new(PlaceholderMap::new(key)))
    }

    #[test]
    fn with_a_map_no_cut_matters_and_the_text_comes_back() {
        let whole = Redactor::default()
            .redact_with(TEXT, &mut map().lock().unwrap())
            .into_string();
        for len in 1..TEXT.len() {
            let map = map();
            let mut writer =
                RedactingWriter::with_map(Vec::new(), Redactor::default(), map.clone());
            for chunk in TEXT.as_bytes().chunks(len) {
                writer.write_all(chunk).unwrap();
            }
            writer.finish().unwrap();
            assert_eq!(writer.report().total(), 2);
            let written = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            assert_eq!(written, whole, "{len}");
            assert_eq!(map.lock().unwrap().restore(&written).as_str(), TEXT);
        }
    }

    #[test]
    fn with_a_map_bytes_that_are_no_text_are_refused() {
        let mut writer = RedactingWriter::with_map(Vec::new(), Redactor::default(), map());
        assert_eq!(writer.write(b"ab \xc3").unwrap(), 4);
        assert_eq!(writer.write(b"\xa9 c\xff d").unwrap(), 3);
        let refused = |error: io::Error| assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        refused(writer.write(b"\xff d").unwrap_err());
        assert_eq!(writer.write(b" d\xc3").unwrap(), 3);
        refused(writer.write(b"x").unwrap_err());
        assert_eq!(writer.write(b"x\xc3").unwrap(), 2);
        refused(writer.finish().unwrap_err());
        writer.finish().unwrap();
        assert_eq!(writer.inner.take().unwrap(), "ab \u{e9} c dx".as_bytes());
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter(lens in prop::collection::vec(1usize..20, 1..40)) {
            let mut writer = RedactingWriter::new(Vec::new(), Redactor::default());
            let mut rest = TEXT.as_bytes();
            for len in lens.into_iter().chain([TEXT.len()]) {
                let (chunk, tail) = rest.split_at(len.min(rest.len()));
                writer.write_all(chunk).unwrap();
                writer.flush().unwrap();
                rest = tail;
            }
            let bytes = writer.into_inner().unwrap();
            prop_assert_eq!(String::from_utf8(bytes).unwrap(), whole());
        }
    }
}
