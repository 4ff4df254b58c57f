//! Bounded calls over HTTP, and their retries.

mod bytes;
mod client;
mod connection;
mod encoding;
mod retry;

#[cfg(any(feature = "azure-keyvault", feature = "gcp-kms"))]
pub(super) use client::Answer;
pub(super) use client::{Auth, Client};
pub use connection::KeyServiceConnection;
pub(super) use encoding::{Decoded, Hidden, data_key, encode};
