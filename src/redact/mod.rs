//! Finding and replacing secrets and structured personal data in text.

mod engine;
mod finding;
mod operator;
mod placeholder;
mod redacted;
mod redactor;
mod rule;
mod rules;
mod shape;
mod stream;

pub(crate) use placeholder::placeholder_len;

pub use finding::{Category, Finding, Kind, Validation};
pub use operator::Operator;
pub use redacted::Redacted;
pub use redactor::{Redactor, RedactorBuilder};
pub use stream::StreamRedactor;
