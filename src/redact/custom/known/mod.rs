//! Known values: found exactly, and kept as fingerprints.
//!
//! A window of a few bytes is taken from every value. The *grams* of the window, one
//! for each of its first bytes, go into a bit filter. A text is then probed only once
//! in as many bytes: one of the probes hits a gram of the window, wherever the value
//! begins. If all grams of a window are in the filter, the window leads to the
//! lengths of the values that have it, and the fingerprint of the text there is
//! compared with theirs.
//!
//! The tables are trees of small arrays that snapshots share. A change copies little,
//! and readers never wait for a writer.

mod filter;
mod find;
mod forms;
mod keys;
mod polynomial;
mod shards;
mod state;
mod sums;
mod tenants;
#[cfg(test)]
mod tests;
mod values;
mod window;
mod wiped;

pub use forms::KnownForms;
pub use tenants::KnownTenants;
pub use values::KnownValues;
