//! Finding and replacing secrets and structured personal data in text.

mod allow;
mod detector;
mod engine;
mod finding;
mod given;
mod operator;
mod placeholder;
mod redacted;
mod redactor;
mod rule;
#[cfg(feature = "rules")]
mod rule_set;
mod rules;
mod shape;
mod stream;

pub(crate) use placeholder::placeholder_len;

pub use allow::{AllowList, AllowListBuilder};
pub use detector::{Detections, Detector};
pub use finding::{Category, Finding, Kind, Validation};
pub use operator::Operator;
pub use redacted::Redacted;
pub use redactor::{Redactor, RedactorBuilder};
#[cfg(feature = "rules")]
pub use rule_set::RuleSet;
pub use stream::StreamRedactor;
