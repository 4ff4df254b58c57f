//! The policy document: a product's privacy promises in one file.
//!
//! A [`PolicyDoc`] is read from TOML or JSON. What is wrong with it is reported all at
//! once: each [`Fault`] has a code, a line, a column and a clause. [`PolicyDoc::compile`]
//! makes it a [`Policy`], which is immutable and hands a typed part to every module: the
//! [`Schedule`](crate::retention::Schedule) of retention, the
//! [`ConsentRules`](crate::consent::ConsentRules) of consent, and so on. The
//! [manual](crate::manual::policy) describes the document key by key.
//!
//! ```
//! use confidant::policy::PolicyDoc;
//!
//! let doc = PolicyDoc::from_toml("[purpose.training]\ncategories = ['chat']\n")?;
//! let faults = doc.compile().unwrap_err();
//! let shown: Vec<_> = faults.iter().map(ToString::to_string).collect();
//! let expected = "1:10: purpose-without-verdict: purpose has no verdict, in `purpose.training`";
//! assert!(shown.iter().any(|line| line == expected));
//! # Ok::<(), confidant::policy::Faults>(())
//! ```
//!
//! # From one file
//! * [`Policy::coverage`] says for each promise what stands behind it, and what merely is
//!   attested or stated.
//! * [`DecisionLog`] makes decisions and writes them into the audit log, from which each can
//!   be replayed.
//! * [`PolicyDiff`] says what changes from one version to the next, who is to be told by
//!   when, which consents lapse and which records fall due at another time.
//! * [`Policy::notice`], [`record_of_processing`](Policy::record_of_processing),
//!   [`retention_schedule`](Policy::retention_schedule),
//!   [`recipient_list`](Policy::recipient_list), [`cookie_table`](Policy::cookie_table),
//!   [`registers`](Policy::registers) and [`gpc_json`](Policy::gpc_json) are written from
//!   it, and [`Policy::lint_notice`] finds what a published notice claims beyond it.
//!
//! With the feature `conformance`, the `conformance` module holds the product itself to its
//! promises: by what was tried and seen.
//!
//! # What it does not do
//! * It does not decide behind the product's back: parts of a policy answer where they are
//!   asked.
//! * It does not know whether a document keeps the law.

mod announcement;
mod canonical;
mod check;
mod codes;
mod compile;
#[cfg(feature = "conformance")]
pub mod conformance;
mod cookies;
mod coverage;
mod decision_log;
mod diff;
mod disclosures;
mod document;
mod fault;
mod flows;
mod lint;
mod oversight;
mod places;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod policy;
mod policy_doc;
mod position;
mod recipient;
mod redactions;
mod render;
mod requirements;
mod router;
mod schema;
mod source;
mod span;
mod stated;
mod storage;
mod telemetry;
mod vault_rules;

pub use announcement::{Announced, Announcement};
pub use cookies::{CookieRule, Cookies};
pub use coverage::{
    Coverage, CoverageRow, CoverageStatus, CoveringClause, Mechanism, Proof, ProofKind,
};
pub use decision_log::{Decided, DecisionLog, Question};
pub use diff::{ClauseChange, Direction, DueChange, Lapse, NoticeDue, PolicyDiff};
pub use disclosures::{Disclosure, Disclosures};
pub use document::{
    AttestationKind, ChangeChannel, CookieClass, DisclosureGround, FieldKind, Function,
    IncidentField, Material, RecipientRole, RedactionMode, RouteMode, Section, Sink,
};
pub use fault::{Fault, FaultCode, Faults};
pub use flows::Way;
pub use lint::{NoticeCode, NoticeFinding};
pub use places::Places;
pub use policy::{ClauseEntry, Policy};
pub use policy_doc::PolicyDoc;
pub use recipient::{AttestationState, Attested, Disclosing, Recipient};
pub use redactions::{Redactions, SinkRule};
pub use requirements::{Promise, PromiseClass, Requirements};
pub use router::{Recipients, Route, Sending};
pub use schema::JSON_SCHEMA;
pub use storage::StoredAs;
pub use telemetry::{Admitted, EventRule, FieldValue, Telemetry};
pub use vault_rules::{CredentialRule, PseudonymRule, Pseudonyms, Revealing, VaultRules};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_document_has_no_fault() {
        let text = include_str!("../../examples/policies/cloud-claude.toml");
        let doc = PolicyDoc::from_toml(text).unwrap_or_else(|faults| panic!("{faults}"));
        let faults = doc.faults();
        assert!(faults.is_empty(), "{}", Faults::from(faults));
        doc.compile().unwrap_or_else(|faults| panic!("{faults}"));
    }
}
