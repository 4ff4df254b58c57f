//! Redaction of chunked text: streams, readers and writers.

#[cfg(feature = "async")]
mod asynchronous;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod stream;
mod writer;

#[cfg(feature = "async")]
pub use asynchronous::RedactedStream;
pub use stream::StreamRedactor;
pub use writer::{RedactingReader, RedactingWriter};
