//! Redaction of `tracing` events.

mod debug;
mod fields;
mod layer;
mod line;
mod pairs;
mod plain;
mod unescape;
mod values;
mod writer;

pub use layer::RedactingLayer;
pub use line::LogFormat;
pub use writer::{RedactingEventWriter, RedactingMakeWriter};
