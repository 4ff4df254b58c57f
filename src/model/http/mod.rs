//! Calls over HTTP: bounded in time, size and attempts, and their retries.

#![cfg_attr(
    not(all(
        feature = "anthropic",
        feature = "bedrock",
        feature = "gemini",
        feature = "ollama",
        feature = "openai",
        feature = "testing"
    )),
    allow(
        unused_imports,
        unused_macros,
        reason = "what one adapter shares, another may not use"
    )
)]

mod answer;
mod auth;
mod connection;
mod form;
mod retry;
mod transport;
mod write;

pub(super) use answer::{Answer, MAX_ANSWER};
pub(super) use auth::Auth;
pub use auth::{ApiKey, KeySource};
pub use connection::ProviderConnection;
pub(super) use form::Form;
pub(super) use transport::{Call, Fault, Refusal, Transport};
pub(super) use write::{JsonWriter, base64};
