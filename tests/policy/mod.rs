//! Policy documents.

mod compiled;
mod contradictions;
mod decisions;
mod malformed;
mod promises;
mod schema;

const BASE: &str = include_str!("../data/policies/base.toml");
