//! Streams: values of any length, sealed in chunks.
//!
//! The format is [chunked encryption of C2SP](https://c2sp.org/chunked-encryption)
//! with SHA-512 and AES-256-GCM, known as Cobblestone-256, byte for byte, so that
//! other implementations read and write it. A stream is a prefix of 56 bytes,
//! which commits to key and context, and chunks of 16 KiB with a tag each, the
//! last one shorter.
//!
//! | to | use |
//! |---|---|
//! | seal what is written | [`StreamWriter`] |
//! | open what is read, from the beginning to the end | [`StreamReader`] |
//! | open any part of a file | [`RangedReader`] |
#![cfg_attr(
    feature = "async",
    doc = "| seal what is written, asynchronously | [`AsyncStreamWriter`] |\n| open what is read, asynchronously | [`AsyncStreamReader`] |"
)]
//!
//! The key is a [`DataKey`](super::DataKey) and may seal several streams: each has
//! keys of its own, derived with 24 random bytes. A
//! [`Keyring`](super::Keyring::seal_stream) makes a data key for each stream and
//! puts it, wrapped, before it.
//!
//! # Security
//! * No plaintext is given out before the tag of its chunk was verified, and none
//!   at all under a wrong key or context. A chunk that was changed, moved, left
//!   out or put in is refused.
//! * A stream that was cut off is told from one that ended: a reader that does
//!   not reach the end gives an error. What was read until then is genuine, but
//!   perhaps not all of it, so act on the whole only.
//! * A stream shows how long its plaintext is.
//! * What is buffered, at most 16 KiB, is wiped. What was given to the caller is
//!   the caller's to wipe.

#[cfg(all(test, feature = "async"))]
mod async_tests;
mod chunks;
mod header;
mod layout;
mod opener;
mod ranged;
mod reader;
#[cfg(feature = "async")]
mod reader_async;
#[cfg(test)]
mod sealed_tests;
mod sealer;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
mod writer;
#[cfg(feature = "async")]
mod writer_async;

use std::io;

pub use header::StreamHeader;
pub use layout::sealed_len;
pub use ranged::RangedReader;
pub use reader::StreamReader;
#[cfg(feature = "async")]
pub use reader_async::AsyncStreamReader;
pub use writer::StreamWriter;
#[cfg(feature = "async")]
pub use writer_async::AsyncStreamWriter;

pub(super) use chunks::Chunks;
pub(super) use header::{Front, SUITE, sealer};
pub(super) use sealer::Sealer;

use super::observer::Failure;
use super::{Stage, rejected};
use crate::{Error, ErrorKind};

#[cold]
fn unusable() -> Error {
    Error::config("the stream has ended or failed, and takes no more bytes")
}

/// What failed while a stream was begun.
#[cold]
fn unread(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return rejected();
    }
    Error::message(ErrorKind::Store, "reading the stream failed").with_source(error)
}

/// The error as readers and writers give it, with itself inside.
#[cold]
fn in_io(error: Error) -> io::Error {
    let kind = match error.kind() {
        ErrorKind::Open => io::ErrorKind::InvalidData,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

/// What was refused was so at `stage`.
pub(super) fn of_stream(stage: Stage, error: Error) -> Failure {
    match error.kind() {
        ErrorKind::Open => stage.into(),
        _ => error.into(),
    }
}
