//! Pseudonyms: the frozen formats, and keys under faults and many callers.

mod faults;
#[cfg(feature = "seal")]
mod vectors;
