//! The redactor and the redacted text that it returns.

mod builder;
mod redacted;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod redactor;
mod scanner;

pub use builder::RedactorBuilder;
pub use redacted::Redacted;
pub use redactor::Redactor;
pub(crate) use scanner::Scanner;
