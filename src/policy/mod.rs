//! The policy document: a product's privacy promises in one file.

mod announcement;
mod canonical;
mod check;
mod compile;
mod cookies;
mod coverage;
mod diff;
mod disclosures;
mod document;
mod fault;
mod lint;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod policy;
mod policy_doc;
mod recipient;
mod redactions;
mod render;
mod requirements;
mod router;
mod schema;
mod source;
mod storage;
mod telemetry;
mod vault_rules;

pub use announcement::{Announced, Announcement};
pub use cookies::{CookieRule, Cookies};
pub use coverage::{Coverage, CoverageRow, CoverageStatus, CoveringClause, Mechanism, Proof, ProofKind};
pub use diff::{Change, Direction, DueChange, Lapse, NoticeDue, PolicyDiff};
pub use disclosures::{Disclosure, Disclosures};
pub use document::{
    AttestationKind, ChangeChannel, CookieClass, FieldKind, Function, Ground, IncidentField,
    Material, RedactionMode, Role, RouteMode, Section, Sink,
};
pub use fault::{Fault, FaultCode, Faults};
pub use lint::{NoticeCode, NoticeFinding};
pub use policy::{ClauseEntry, Policy};
pub use policy_doc::PolicyDoc;
pub use recipient::{AttestationState, Attested, Disclosing, Recipient};
pub use redactions::{Redactions, SinkRule};
pub use requirements::{Promise, PromiseClass, Requirements};
pub use router::{Route, Router, Sending};
pub use schema::JSON_SCHEMA;
pub use storage::StoredAs;
pub use telemetry::{Admitted, EventRule, FieldValue, Telemetry};
pub use vault_rules::{CredentialRule, PseudonymRule, Pseudonyms, Revealing, VaultRules};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_document_has_no_fault() {
        let text = include_str!("../../tests/data/policies/cloud_claude.toml");
        let doc = PolicyDoc::from_toml(text).unwrap_or_else(|faults| panic!("{faults}"));
        let faults = doc.faults();
        assert!(faults.is_empty(), "{}", Faults::from(faults));
        doc.compile().unwrap_or_else(|faults| panic!("{faults}"));
    }
}
