//! Operators, which replace values: labels, placeholders, masks, digests and
//! surrogates.

mod key;
mod mask;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
pub(crate) mod operator;
mod surrogate;
mod tag;

pub use key::Key;
pub use operator::Operator;
pub(crate) use tag::tag;
