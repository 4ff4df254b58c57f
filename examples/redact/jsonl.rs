//! Batch mode: one JSON object per line in and out.

use std::borrow::Cow;
use std::io::{self, BufRead, Write};

use confidant::redact::{Finding, Redactor};
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::copy::Failure;
use crate::progress::Progress;
use crate::tally::Tally;

/// The number of bytes collected before they are written.
const GATHERED: usize = 256 * 1024;

/// The fields read from a line. The rest of the object is ignored.
#[derive(Deserialize)]
struct Record<'a> {
    /// Any JSON value, which is returned unchanged.
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

/// What is written of a line.
#[derive(Serialize)]
struct Written<'a> {
    id: Option<&'a RawValue>,
    redacted: &'a str,
    findings: &'a [Finding],
}

/// Redacts every line of `input`. Returns the number of malformed lines.
pub(crate) fn run(
    redactor: &Redactor,
    input: &mut impl BufRead,
    output: &mut impl Write,
    tally: &mut Tally,
    progress: &Progress,
) -> Result<u64, Failure> {
    let (mut line, mut out) = (Vec::new(), Vec::with_capacity(2 * GATHERED));
    let (mut number, mut malformed) = (0_u64, 0);
    loop {
        line.clear();
        let read = input.read_until(b'\n', &mut line).map_err(Failure::Read)?;
        if read == 0 {
            break;
        }
        number += 1;
        tally.bytes += read as u64;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(&line) {
            Ok(record) => write(redactor, &record, tally, &mut out).map_err(Failure::Write)?,
            Err(error) => {
                malformed += 1;
                let reason = reason(&error);
                writeln!(out, "{{\"line\":{number},\"error\":\"{reason}\"}}")
                    .map_err(Failure::Write)?;
            }
        }
        if out.len() >= GATHERED {
            output.write_all(&out).map_err(Failure::Write)?;
            out.clear();
            progress.add(GATHERED as u64);
        }
    }
    output.write_all(&out).map_err(Failure::Write)?;
    Ok(malformed)
}

fn write(
    redactor: &Redactor,
    record: &Record<'_>,
    tally: &mut Tally,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let redacted = redactor.redact(&record.text);
    tally.count(redacted.findings());
    let written = Written {
        id: record.id,
        redacted: redacted.as_str(),
        findings: redacted.findings(),
    };
    serde_json::to_writer(&mut *out, &written)?;
    out.push(b'\n');
    Ok(())
}

/// Returns the fault of a line without its content. The parser's own messages quote
/// the input.
fn reason(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        Category::Data => "not an object with a string `text`",
        Category::Eof => "the JSON value is incomplete",
        Category::Io => "cannot read",
        Category::Syntax => "not valid JSON",
    }
}
