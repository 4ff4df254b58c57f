//! Finding and replacing secrets and structured personal data in text.

mod allow;
mod detector;
mod engine;
mod finding;
mod given;
#[cfg(feature = "json")]
mod json;
mod key;
mod operator;
mod placeholder;
mod redacted;
mod redactor;
mod report;
mod restorer;
mod rule;
#[cfg(feature = "rules")]
mod rule_set;
mod rules;
mod shape;
mod stream;
#[cfg(feature = "async")]
mod stream_async;
mod surrogate;
#[cfg(feature = "tracing")]
mod tracing;
mod vault;
mod writer;

pub(crate) use placeholder::placeholder_len;

pub use allow::{AllowList, AllowListBuilder};
pub use detector::{Detections, Detector};
pub use finding::{Category, Finding, Kind, Validation};
#[cfg(feature = "json")]
pub use json::{JsonFinding, RedactedNdjson};
pub use key::Key;
pub use operator::Operator;
pub use redacted::Redacted;
pub use redactor::{Redactor, RedactorBuilder};
pub use report::Report;
pub use restorer::{RestoreCounts, Restored, Restorer};
pub use rule::BuiltInRule;
#[cfg(feature = "rules")]
pub use rule_set::RuleSet;
pub use stream::StreamRedactor;
#[cfg(feature = "async")]
pub use stream_async::RedactedStream;
#[cfg(feature = "tracing")]
pub use tracing::{LogFormat, RedactingEventWriter, RedactingLayer, RedactingMakeWriter};
pub use vault::Vault;
pub use writer::{RedactingReader, RedactingWriter};
