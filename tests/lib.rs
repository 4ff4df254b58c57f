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
mod canary;
#[cfg(all(feature = "redact", feature = "json"))]
mod cases;
#[cfg(all(feature = "redact", feature = "rules"))]
mod cli;
mod compile_fail;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(feature = "redact")]
mod personal;
#[cfg(feature = "redact")]
mod rules;
mod store;
mod support;
mod traits;
