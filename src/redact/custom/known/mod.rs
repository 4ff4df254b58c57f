//! Values known to be secret, found exactly and kept as fingerprints.
//!
//! From every value a window of a few bytes is taken. The *grams* of the window,
//! one for each of its first bytes, go into a filter of bits, so a text is probed
//! only once in as many bytes: one of the probes falls onto a gram of the window,
//! wherever the value begins. Where all grams of a window are in the filter, the
//! window leads to the lengths of the values that have it, and a fingerprint of
//! the text there is compared with theirs.
//!
//! The tables are trees of small arrays that snapshots share, so that a change
//! copies little and no reader waits for a writer.

mod filter;
mod find;
mod keys;
mod polynomial;
mod shards;
mod state;
mod sums;
#[cfg(test)]
mod tests;
mod values;
mod window;
mod wiped;

pub use values::KnownValues;
