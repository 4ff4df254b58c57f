//! gitleaks configurations as rule sets.

mod compile;
mod config;
mod document;
mod fields;
mod syntax;
#[cfg(test)]
mod tests;

pub use config::{GitleaksBase, GitleaksConfig};
