//! Who may do what to which resource, and what is missing where they may not.
//!
//! A resource is private, internal or public ([`Level`]), and seen no further than what
//! contains it. [`VisibilityRules`] say which actions owners, members in their roles, the
//! organisation and anyone may take, and what forbids them; [`VisibilityFacts`] say who is what,
//! since when and until when. [`VisibilityFacts::verdict`] answers in nanoseconds with a
//! [`AccessVerdict`]; [`VisibilityFacts::explain`] makes the full
//! [`Decision`](crate::decision::Decision), with exactly what is missing and what would
//! change it. [`VisibilityFacts::visible_to`] lists all that a principal can see, and
//! [`VisibilityFacts::audience`] everyone who can see a resource.
//!
//! * **Deny by default.** What no ground permits is denied, and so is what depends on an
//!   attribute that is unknown, or is asked by or about somebody unknown.
//! * **Times count everywhere.** An expired membership or grant permits on no path: there
//!   is no cache, and every listing decides each of its candidates.
#![cfg_attr(
    feature = "redact",
    doc = "* **Publication passes a gate.** A resource is seen further only with a [`ScanReport`] of its very content, each finding of which is waived with a reason, or none."
)]
#![cfg_attr(
    feature = "audit",
    doc = "* **Staff leave a trace first.** A [`StaffDesk`] permits under a grant only once the entry in the audit log is durable."
)]
#![cfg_attr(
    feature = "audit",
    doc = "* **Facts are durable.** A [`FactBook`] keeps them in a store, and answers with them after a restart."
)]
//!
//! What it does not do: it does not tell who somebody is.

mod asker;
mod context;
mod decide;
mod explain;
#[cfg(feature = "audit")]
mod fact_book;
#[cfg(feature = "audit")]
mod fact_record;
mod facts;
mod fork;
mod interner;
mod level;
mod listing;
mod name;
mod policy;
mod publication;
#[cfg(feature = "redact")]
mod scan;
#[cfg(feature = "audit")]
mod staff;
#[cfg(test)]
mod tests;
mod verdict;
mod version;

pub use asker::{Asker, AskerId};
pub use context::AccessContext;
pub use explain::{AccessExplanation, MissingGround, Remedy};
#[cfg(feature = "audit")]
pub use fact_book::FactBook;
#[cfg(all(feature = "rights", any(test, fuzzing)))]
pub(crate) use fact_record::rewritten;
pub use facts::{
    NewMember, NewResource, Of, Organisation, Principal, Resource, StaffGrant, StaffGrantBuilder,
    StaffScope, VisibilityFacts,
};
pub use fork::ForkPlan;
pub use level::Level;
pub use listing::Audience;
pub use name::{Action, Attribute, MemberRole, ReasonKind};
pub use policy::{
    ActionId, DenyClause, GateClause, On, StaffClause, VisibilityRules, VisibilityRulesBuilder,
};
pub use publication::{Exposure, Recall};
#[cfg(feature = "redact")]
pub use scan::{Publication, ScanReport, ScannedFinding, Scanner, Waiver};
#[cfg(feature = "audit")]
pub use staff::{AccessLine, AccessReport, StaffChange, StaffDesk, StaffPermit};
pub use verdict::{AccessRefusal, AccessVerdict, Ground};
pub use version::{ContentDigest, PublishedVersion, ScanSummary};
