//! The integration tests, in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a failing test should panic"
)]

mod architecture;
#[cfg(feature = "audit")]
mod audit;
mod canary;
#[cfg(all(feature = "redact", feature = "json"))]
mod cases;
#[cfg(all(feature = "json", feature = "redact", feature = "rules"))]
mod cli;
mod compile_fail;
#[cfg(feature = "consent")]
mod consent;
#[cfg(feature = "redact")]
mod golden;
#[cfg(feature = "guard")]
mod guard;
mod ids;
#[cfg(any(
    feature = "aws-kms",
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
mod key_services;
mod limits;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(all(
    feature = "anthropic",
    feature = "bedrock",
    feature = "gemini",
    feature = "ollama",
    feature = "openai",
    feature = "testing"
))]
mod model;
#[cfg(feature = "redact")]
mod personal;
#[cfg(all(feature = "redact", feature = "json"))]
mod places;
#[cfg(feature = "policy")]
mod policy;
#[cfg(feature = "products")]
mod products;
#[cfg(feature = "pseudonym")]
mod pseudonym;
mod public_names;
mod retention;
#[cfg(feature = "rights")]
mod rights;
#[cfg(feature = "redact")]
mod rules;
mod store;
mod support;
#[cfg(all(feature = "redact", feature = "json"))]
mod syntaxes;
mod traits;
#[cfg(feature = "vault")]
mod vault;
#[cfg(feature = "audit")]
mod visibility;

// The worlds of the examples name each other from the root.
#[cfg(feature = "products")]
use products::{checks, world};
