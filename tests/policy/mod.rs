//! Policy documents.

mod compiled;
mod contradictions;
mod decisions;
mod malformed;
mod notices;
mod promises;
mod schema;
#[cfg(feature = "conformance")]
mod sixth;
mod weakened;

const BASE: &str = include_str!("../data/policies/base.toml");

/// The documents of five products.
const PRODUCTS: [(&str, &str); 5] = [
    (
        "infracodebase",
        include_str!("../../examples/policies/infracodebase.toml"),
    ),
    (
        "syncloud",
        include_str!("../../examples/policies/syncloud.toml"),
    ),
    (
        "cloud-claude",
        include_str!("../../examples/policies/cloud-claude.toml"),
    ),
    (
        "aegent",
        include_str!("../../examples/policies/aegent.toml"),
    ),
    (
        "kratys",
        include_str!("../../examples/policies/kratys.toml"),
    ),
];
