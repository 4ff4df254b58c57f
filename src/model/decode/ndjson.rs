//! JSON values, one on each line.

use memchr::memchr;

use super::frame::{Each, Frame, Framing, extend};
use crate::model::ModelError;

/// JSON values, one on each line. Blank lines are skipped, and the last line may lack its
/// end.
#[derive(Default)]
pub(in crate::model) struct Lines {
    line: Vec<u8>,
}

impl Framing for Lines {
    fn feed(&mut self, mut bytes: &[u8], each: &mut Each<'_>) -> Result<(), ModelError> {
        while let Some(at) = memchr(b'\n', bytes) {
            let (text, rest) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
            bytes = rest.strip_prefix(b"\n").unwrap_or(rest);
            if self.line.is_empty() {
                line(text, each)?;
            } else {
                extend(&mut self.line, text)?;
                let done = line(&self.line, each);
                self.line.clear();
                done?;
            }
        }
        extend(&mut self.line, bytes)
    }

    fn end(&mut self, each: &mut Each<'_>) -> Result<(), ModelError> {
        line(&std::mem::take(&mut self.line), each)
    }
}

fn line(text: &[u8], each: &mut Each<'_>) -> Result<(), ModelError> {
    let data = text.trim_ascii();
    if data.is_empty() {
        return Ok(());
    }
    each(Frame {
        name: None,
        data,
        is_exception: false,
    })
}
