//! The redactor, and the text that it returns.

mod redacted;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod redactor;

pub use redacted::Redacted;
pub use redactor::{Redactor, RedactorBuilder};
