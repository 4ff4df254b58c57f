//! Files of JSON and of JSON lines, which stay JSON.

use std::io::{self, Read};
use std::path::Path;

use confidant::redact::{Finding, Redactor};

/// The greatest length of a file that is read as JSON. A longer one is read as text.
const MOST: u64 = 64 << 20;

/// How a file is read by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Structure {
    Json,
    Lines,
    Text,
}

impl Structure {
    /// Returns how the file at this path is read.
    pub(crate) fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json" | "ipynb" | "webmanifest") => Self::Json,
            Some("jsonl" | "ndjson") => Self::Lines,
            _ => Self::Text,
        }
    }
}

/// A file that was read as JSON.
#[derive(Debug)]
pub(crate) struct Structured {
    pub(crate) input: String,
    pub(crate) output: String,
    pub(crate) findings: Vec<Finding>,
}

/// The contents of a file: redacted, or the bytes read so far.
pub(crate) enum Contents {
    Redacted(Structured),
    Unread(Vec<u8>),
}

/// Reads and redacts a file of this structure. Returns what was read if it is none.
pub(crate) fn redact(
    structure: Structure,
    redactor: &Redactor,
    input: &mut impl Read,
) -> io::Result<Contents> {
    let mut bytes = Vec::new();
    if structure == Structure::Text {
        return Ok(Contents::Unread(bytes));
    }
    input.by_ref().take(MOST).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == MOST {
        return Ok(Contents::Unread(bytes));
    }
    let input = match String::from_utf8(bytes) {
        Ok(input) => input,
        Err(error) => return Ok(Contents::Unread(error.into_bytes())),
    };
    let redacted = match structure {
        Structure::Json => match redactor.redact_json(&input) {
            Ok(redacted) => redacted,
            Err(_) => return Ok(Contents::Unread(input.into_bytes())),
        },
        _ => redactor.redact_ndjson(&input).into_redacted(),
    };
    let (output, findings) = redacted.into_owned().into_parts();
    Ok(Contents::Redacted(Structured {
        input,
        output,
        findings,
    }))
}
