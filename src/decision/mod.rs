//! Decisions: the one form in which every module answers.
//!
//! A [`Decision`] is a value: an [`Effect`] and the [`Reason`]s for it. A denial
//! is an answer, not an error. An error is never an answer: what could not be
//! evaluated denies, with a reason that says so.
//!
//! ```
//! use confidant::decision::{ClauseId, Decision, Reason};
//!
//! let member = Decision::allow(Reason::new(ClauseId::new("visibility.member")?, "member of the workspace"));
//! let consent = Decision::deny(Reason::new(ClauseId::new("consent.training")?, "consent was withdrawn"));
//! let decision = member.and(consent);
//! assert!(!decision.is_allow());
//! assert_eq!(
//!     decision.to_string(),
//!     "deny: `consent.training` (consent was withdrawn); lost: allow by `visibility.member` (member of the workspace)",
//! );
//! # Ok::<(), confidant::Error>(())
//! ```
//!
//! It does not evaluate policies; the modules that do answer in it.

mod clause;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod decision;
mod reason;

pub use clause::ClauseId;
pub use decision::Decision;
pub use reason::{Effect, Reason};
