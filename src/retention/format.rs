//! The bytes of what retention stores: a byte for the version of the format, fields in a
//! fixed order, text and lists with their lengths before them, nothing behind.

use crate::Error;
pub(super) use crate::codec::{WideReader as Reader, WideWriter as Writer};
use crate::error::RetentionCause;

const FORMAT: u8 = 1;

/// A record of `what` is not what was written.
#[cold]
pub(super) fn damaged(what: &'static str) -> Error {
    RetentionCause::Record { what }.into()
}

/// Begins to write a record.
pub(super) fn begin() -> Writer {
    let mut out = Writer::default();
    out.byte(FORMAT);
    out
}

/// Begins to read a record; `damaged` is the error where it is not what was written.
pub(super) fn read(bytes: &[u8], damaged: fn() -> Error) -> Result<Reader<'_>, Error> {
    let mut reader = Reader::new(bytes, damaged);
    reader.expect(FORMAT)?;
    Ok(reader)
}
