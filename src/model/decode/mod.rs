//! From the bytes of an answer to its pieces.

#[cfg(feature = "bedrock")]
mod aws;
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
pub(super) use frame::{Frame, Framing};
pub(super) use ndjson::Lines;
pub(super) use pump::{Protocol, Pump, events, whole};
pub(super) use sink::{Expected, Sink};
pub(super) use sse::Sse;
pub(super) use string::Str;
