//! The redactor and the redacted text that it returns.

mod builder;
mod redacted;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod redactor;
mod rewrite;
mod scanner;

pub use builder::RedactorBuilder;
pub use redacted::Redacted;
pub use redactor::Redactor;
pub(crate) use rewrite::{Edit, Form, Rewriter, apply, into_text};
#[cfg(feature = "json")]
pub(crate) use rewrite::{Operators, with_all_known};
pub(crate) use scanner::Scanner;
