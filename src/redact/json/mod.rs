//! Redaction that keeps JSON valid, and its reversal.

mod context;
mod document;
mod find;
mod lines;
mod plan;
mod render;
mod restore;
mod text;
mod units;
mod value;

#[cfg(test)]
mod tests;

pub use lines::RedactedNdjson;
pub use value::JsonFinding;
