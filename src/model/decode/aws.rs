//! The binary event stream of AWS (`application/vnd.amazon.eventstream`).

use crc::{CRC_32_ISO_HDLC, Crc};

use super::frame::{Each, Frame, Framing, MAX_FRAME, extend};
use crate::model::{ModelError, ModelErrorKind};

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
/// Length of the message, length of the headers, checksum of both.
const PRELUDE: usize = 12;
const CHECKSUM: usize = 4;

/// Messages with checksums: a prelude, headers, a payload.
#[derive(Default)]
pub(in crate::model) struct AwsFrames {
    buffer: Vec<u8>,
}

impl Framing for AwsFrames {
    fn feed(&mut self, bytes: &[u8], each: &mut Each<'_>) -> Result<(), ModelError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut rest = if buffer.is_empty() {
            bytes
        } else {
            extend(&mut buffer, bytes)?;
            &buffer
        };
        while let Some((message, after)) = split(rest)? {
            deliver(message, each)?;
            rest = after;
        }
        let left = rest.len();
        if buffer.is_empty() {
            let kept = bytes.len() - left;
            buffer.extend_from_slice(bytes.get(kept..).unwrap_or_default());
        } else {
            // Most pieces end no message, and move nothing.
            buffer.drain(..buffer.len() - left);
        }
        self.buffer = buffer;
        Ok(())
    }

    fn end(&mut self, _: &mut Each<'_>) -> Result<(), ModelError> {
        // What is left of a message that was cut off.
        self.buffer.clear();
        Ok(())
    }
}

fn damaged() -> ModelError {
    ModelError::new(ModelErrorKind::Protocol).with_subject("frame of an event stream")
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// The first message, and what follows it.
type Split<'a> = (&'a [u8], &'a [u8]);

/// Takes the first message off, where it is whole.
fn split(bytes: &[u8]) -> Result<Option<Split<'_>>, ModelError> {
    let Some(prelude) = bytes.get(..PRELUDE) else {
        return Ok(None);
    };
    let (Some(len), Some(sum)) = (be32(prelude, 0), be32(prelude, 8)) else {
        return Err(damaged());
    };
    if prelude.get(..8).map(|bytes| CRC.checksum(bytes)) != Some(sum) {
        return Err(damaged());
    }
    let len = usize::try_from(len).map_err(|_| damaged())?;
    if len < PRELUDE + CHECKSUM {
        return Err(damaged());
    }
    if len > MAX_FRAME {
        return Err(ModelError::new(ModelErrorKind::Limit).with_subject("bytes of a frame"));
    }
    Ok(bytes.split_at_checked(len))
}

fn deliver(message: &[u8], each: &mut Each<'_>) -> Result<(), ModelError> {
    let end = message.len() - CHECKSUM;
    let sum = message.get(..end).map(|bytes| CRC.checksum(bytes));
    if sum != be32(message, end) {
        return Err(damaged());
    }
    let headers = be32(message, 4).and_then(|len| usize::try_from(len).ok());
    let split = headers.and_then(|len| PRELUDE.checked_add(len));
    let split = split.ok_or_else(damaged)?;
    let headers = message.get(PRELUDE..split).ok_or_else(damaged)?;
    let data = message.get(split..end).ok_or_else(damaged)?;
    let mut name = None;
    let mut is_exception = false;
    let mut rest = headers;
    while !rest.is_empty() {
        let (key, value, after) = header(rest).ok_or_else(damaged)?;
        match (key, value) {
            (b":event-type" | b":exception-type" | b":error-code", Some(value)) => {
                name = str::from_utf8(value).ok();
            }
            (b":message-type", Some(b"exception" | b"error")) => is_exception = true,
            _ => {}
        }
        rest = after;
    }
    each(Frame {
        name,
        data,
        is_exception,
    })
}

/// A header: its name, its value where that is text, and what follows.
type Header<'a> = (&'a [u8], Option<&'a [u8]>, &'a [u8]);

fn header(bytes: &[u8]) -> Option<Header<'_>> {
    let (len, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*len))?;
    let (kind, rest) = rest.split_first()?;
    let fixed = match kind {
        0 | 1 => 0,
        2 => 1,
        3 => 2,
        4 => 4,
        5 | 8 => 8,
        9 => 16,
        6 | 7 => {
            let (len, rest) = rest.split_at_checked(2)?;
            let len = u16::from_be_bytes(len.try_into().ok()?);
            let (value, rest) = rest.split_at_checked(usize::from(len))?;
            return Some((name, (*kind == 7).then_some(value), rest));
        }
        _ => return None,
    };
    Some((name, None, rest.get(fixed..)?))
}
