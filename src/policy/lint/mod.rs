//! Whether a published notice claims more than the policy.

mod claims;
mod denials;
mod finding;
mod known;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod lint;
mod notice;
mod periods;
mod promised;
mod text;

#[cfg(test)]
mod tests;

pub use finding::{NoticeCode, NoticeFinding};
