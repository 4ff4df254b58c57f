//! Redaction of `tracing` events.

mod layer;
mod line;
mod writer;

pub use layer::RedactingLayer;
pub use line::LogFormat;
pub use writer::{RedactingEventWriter, RedactingMakeWriter};
