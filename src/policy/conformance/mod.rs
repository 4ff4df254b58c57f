//! The conformance kit: promise by promise, what was tried and what was seen.
//!
//! [`Policy::coverage`](super::Policy::coverage) says which clause carries a promise. That
//! is a reading of a document, and shows nothing about a product. The kit goes on from
//! there: the product's own tests do what a promise rules out, and what it allows, on the
//! mechanisms that the product runs, and note what came back. The [`PromiseReport`] is made of
//! that alone: a promise without a trial is not enforced, whatever the document says.
//!
//! ```
//! use confidant::policy::conformance::{Kit, PromiseOutcome};
//! use confidant::policy::{PolicyDoc, Promise, PromiseClass, Revealing};
//! use confidant::time::Moment;
//!
//! let text = include_str!("../../../examples/policies/infracodebase.toml");
//! let policy = PolicyDoc::from_toml(text)?.compile()?;
//! let promises = vec![Promise::new("IC-06", PromiseClass::Enforced)?];
//! let mut kit = Kit::new(&policy, promises);
//!
//! let mut trial = kit.trial("IC-06");
//! trial.mechanism("vault", "a secret that is never shown again");
//! trial.permitted("a machine uses it", &policy.vault().reveal(Revealing::Machine("deploy")));
//! trial.refused("a person looks at it", &policy.vault().reveal(Revealing::Owner));
//! kit.end(trial);
//!
//! let now: Moment = "2026-06-01T00:00:00Z".parse()?;
//! let report = kit.report(now);
//! confidant::assert_policy!(report);
//! assert_eq!(report.checks()[0].outcome(), &PromiseOutcome::Enforced);
//! # Ok::<(), confidant::Error>(())
//! ```
//!
//! # What counts
//!
//! | outcome | takes |
//! |---|---|
//! | enforced | something that was permitted, and something that was refused |
//! | evaluated | an answer one second before a moment, at it and one second after, which changes there |
//! | declared | words in a document that is generated from the policy |
//! | attested | permission up to the expiry of an attestation, refusal from then on, and refusal without one |
//!
//! One piece of evidence that is not as it should be makes the promise not enforced. So
//! does a promise that no clause of the policy carries.
//!
//! # What it does not do
//! * It does not know whether a trial tries the right thing: somebody who reads the report
//!   sees what was tried, and judges.
//! * It shows that a mechanism works where the trial asks it, and not that the product asks
//!   it everywhere.

mod check;
mod evidence;
mod html;
mod kit;
mod macros;
mod report;
mod stray;
mod trial;
mod tried;

#[cfg(test)]
mod tests;

pub use check::{Check, PromiseOutcome};
pub use evidence::{EvidenceKind, Generated, TrialEvidence};
pub use kit::Kit;
pub use report::PromiseReport;
pub use trial::Trial;
pub use tried::Tried;
