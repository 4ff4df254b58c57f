//! Calls over HTTP: bounded in time, size and attempts, and their retries.

mod answer;
mod auth;
mod connection;
mod retry;
mod transport;
mod write;

pub(super) use answer::{Answer, MAX_ANSWER};
pub(super) use auth::Auth;
pub use auth::{ApiKey, KeySource};
pub use connection::Connection;
pub(super) use transport::{Call, Fault, Transport};
pub(super) use write::{JsonWriter, base64};
