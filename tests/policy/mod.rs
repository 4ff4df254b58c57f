//! Policy documents.

mod malformed;

const BASE: &str = include_str!("../data/policies/base.toml");
