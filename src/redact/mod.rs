//! Finding and replacing secrets and structured personal data in text.

mod engine;
mod finding;
mod key;
mod operator;
mod placeholder;
mod redacted;
mod redactor;
mod rule;
mod rules;
mod shape;
mod stream;
mod surrogate;

pub(crate) use placeholder::placeholder_len;

pub use finding::{Category, Finding, Kind, Validation};
pub use key::Key;
pub use operator::Operator;
pub use redacted::Redacted;
pub use redactor::{Redactor, RedactorBuilder};
pub use stream::StreamRedactor;
