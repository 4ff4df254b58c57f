//! Streaming of one text, with bounded memory whatever its size.

use std::fmt;
use std::io::{self, Read, Write};

use confidant::redact::{Finding, Redactor, StreamRedactor};

/// The number of bytes read at a time.
const CHUNK: usize = 256 * 1024;

/// The result of one chunk.
pub(crate) struct Step<'a> {
    /// The chunk as read. Empty at the end of the text.
    pub(crate) chunk: &'a [u8],
    /// The redacted text that is now settled.
    pub(crate) output: &'a [u8],
    /// The findings in `output`, with spans counted from the start of the text.
    pub(crate) findings: &'a [Finding],
}

/// The side of a copy that failed.
#[derive(Debug)]
pub(crate) enum Failure {
    Read(io::Error),
    Write(io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => write!(f, "cannot read: {error}"),
            Self::Write(error) => write!(f, "cannot write: {error}"),
        }
    }
}

/// Redacts `reader` into `writer` and calls `each` after every chunk.
pub(crate) fn copy(
    redactor: &Redactor,
    reader: &mut impl Read,
    writer: &mut impl Write,
    each: &mut impl FnMut(&Step<'_>) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut stream = StreamRedactor::new(redactor.clone());
    let mut buffer = vec![0; CHUNK];
    let (mut output, mut findings) = (Vec::with_capacity(CHUNK), Vec::new());
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::Read(error)),
        };
        let chunk = buffer.get(..read).unwrap_or_default();
        if read == 0 {
            stream.finish(&mut output, &mut findings);
        } else {
            stream.push(chunk, &mut output, &mut findings);
        }
        writer.write_all(&output).map_err(Failure::Write)?;
        let step = Step {
            chunk,
            output: &output,
            findings: &findings,
        };
        each(&step).map_err(Failure::Write)?;
        output.clear();
        findings.clear();
        if read == 0 {
            return writer.flush().map_err(Failure::Write);
        }
    }
}
