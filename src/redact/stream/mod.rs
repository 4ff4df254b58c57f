//! Redaction of chunked text: streams, readers and writers.

#[cfg(feature = "async")]
mod async_io;
#[cfg(feature = "async")]
mod asynchronous;
mod placeholders;
#[cfg(feature = "async")]
mod restored;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod stream;
#[cfg(all(test, feature = "json"))]
mod turns;
mod writer;

#[cfg(feature = "async")]
pub use async_io::RedactingAsyncWriter;
#[cfg(feature = "async")]
pub use asynchronous::{RedactedStream, StreamText};
pub use placeholders::PlaceholderStream;
#[cfg(feature = "async")]
pub use restored::RestoredStream;
pub use stream::StreamRedactor;
pub use writer::{RedactingReader, RedactingWriter};
