//! Bounded calls over HTTP, and their retries.

mod bytes;
mod client;
mod connection;
mod encoding;
mod retry;

pub(super) use client::{Answer, Auth, Client};
pub use connection::Connection;
pub(super) use encoding::{Decoded, Hidden, data_key, encode};
