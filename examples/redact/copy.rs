//! One text through the stream: bounded memory, whatever its size.

use std::fmt;
use std::io::{self, Read, Write};

use confidant::redact::{Finding, Redactor, StreamRedactor};

/// How much is read at a time.
const CHUNK: usize = 256 * 1024;

/// What one chunk brought.
pub(crate) struct Step<'a> {
    /// The chunk as it was read; empty at the end of the text.
    pub(crate) chunk: &'a [u8],
    /// The redacted text that is settled now.
    pub(crate) output: &'a [u8],
    /// What was found in it, with spans that count from the start of the text.
    pub(crate) findings: &'a [Finding],
}

/// Which side of a copy failed.
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

/// Redacts `reader` into `writer`, calling `each` after every chunk.
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
