//! Redaction that keeps JSON valid, and its reversal.

mod command;
mod context;
mod document;
mod find;
mod integer;
mod lines;
mod plan;
mod render;
mod restore;
mod table;
mod text;
mod units;
mod value;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;

#[cfg(feature = "guard")]
pub(crate) use integer::whole as whole_number;
pub use lines::RedactedNdjson;
pub use value::JsonFinding;
