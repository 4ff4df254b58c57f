//! From the bytes of an answer to its pieces.

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

#[cfg(feature = "bedrock")]
mod aws;
#[cfg(all(test, feature = "bedrock"))]
mod aws_tests;
mod frame;
mod ndjson;
mod pump;
mod sink;
mod sse;
mod string;
#[cfg(test)]
mod tests;

#[cfg(feature = "bedrock")]
pub(super) use aws::AwsFrames;
pub(super) use frame::Frame;
pub(super) use ndjson::Lines;
#[cfg(feature = "testing")]
pub(super) use pump::decode;
pub(super) use pump::{Protocol, events, lines, read, whole};
pub(super) use sink::{Expected, Sink};
pub(super) use sse::Sse;
pub(super) use string::Str;
