//! Lookup tables that the engine builds from rules and words.

pub(super) mod index;
pub(super) mod words;
