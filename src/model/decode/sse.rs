//! Server-sent events.

use memchr::memchr2;

use super::frame::{Each, Frame, Framing, extend};
use crate::model::ModelError;

const BOM: &[u8] = "\u{feff}".as_bytes();

/// Server-sent events, by the rules of the HTML standard: lines end with CR, LF or
/// both, data may have several lines, comments and unknown fields are skipped.
///
/// An event whose lines are whole is taken even where the last blank line is missing.
#[derive(Default)]
pub(in crate::model) struct Sse {
    /// The beginning of a line whose end has not arrived.
    line: Vec<u8>,
    name: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    /// The last byte was CR, so LF belongs to it.
    after_cr: bool,
    /// A byte order mark can no longer come.
    begun: bool,
}

impl Framing for Sse {
    fn feed(&mut self, mut bytes: &[u8], each: &mut Each<'_>) -> Result<(), ModelError> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr)
                && let Some((b'\n', rest)) = bytes.split_first()
            {
                bytes = rest;
                continue;
            }
            let Some(at) = memchr2(b'\n', b'\r', bytes) else {
                return extend(&mut self.line, bytes);
            };
            let (text, rest) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
            if let Some((end, rest)) = rest.split_first() {
                self.after_cr = *end == b'\r';
                bytes = rest;
            }
            if self.line.is_empty() {
                self.line(text, each)?;
            } else {
                extend(&mut self.line, text)?;
                let line = std::mem::take(&mut self.line);
                self.line(&line, each)?;
                self.line = line;
                self.line.clear();
            }
        }
        Ok(())
    }

    fn end(&mut self, each: &mut Each<'_>) -> Result<(), ModelError> {
        if self.line.is_empty() {
            return self.dispatch(each);
        }
        // The line was cut off, and what it belongs to with it.
        Ok(())
    }
}

impl Sse {
    fn line(&mut self, mut line: &[u8], each: &mut Each<'_>) -> Result<(), ModelError> {
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix(BOM).unwrap_or(line);
        }
        if line.is_empty() {
            return self.dispatch(each);
        }
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let (field, value) = line.split_at_checked(colon).unwrap_or((line, &[]));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.data.push(b'\n');
                }
                extend(&mut self.data, value)
            }
            b"event" => {
                self.name.clear();
                extend(&mut self.name, value)
            }
            _ => Ok(()),
        }
    }

    fn dispatch(&mut self, each: &mut Each<'_>) -> Result<(), ModelError> {
        let done = if std::mem::take(&mut self.has_data) {
            let name = str::from_utf8(&self.name).ok();
            each(Frame {
                name: name.filter(|name| !name.is_empty()),
                data: &self.data,
                is_exception: false,
            })
        } else {
            Ok(())
        };
        self.name.clear();
        self.data.clear();
        done
    }
}
