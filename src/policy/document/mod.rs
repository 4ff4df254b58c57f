//! The document as it is written: its sections, clauses and words.

#[macro_use]
mod macros;
mod clauses;
mod data;
mod declared;
mod processor;
mod protection;
mod resolve;
mod retention;
mod service;
mod subject;
mod values;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use clauses::Section;
pub(super) use clauses::{Clause, all_clauses};
pub(super) use data::{
    Category, Form, Objection, Presence, Purpose, Store, StoreKind, StoreOperator, Verdict,
};
pub(super) use declared::{
    AiDisclosure, Audit, AutomatedDecision, Claim, Fact, Flow, Header, Place, TrainingSource,
};
pub(super) use processor::{
    Attestation, Disclosure, Forbid, Processor, Route, Transfer, TransferMechanism,
};
pub use processor::{AttestationKind, DisclosureGround, Function, RecipientRole, RouteMode};
pub(super) use protection::{
    Credential, DetectorWord, Event, Identity, PasswordStorage, Pseudonym, PseudonymOf, Redaction,
    Reveal, Telemetry, Transport, Vault,
};
pub use protection::{FieldKind, RedactionMode, Sink};
pub(super) use resolve::{EVERY, OWN_RECORDS, has, is_within};
pub(super) use retention::{Action, BasisWord, Brakes, Hold, Retention, State, Trigger};
pub(super) use service::{
    Age, Complaint, Consent, Cookie, CookieKind, Incident, Lifetime, Message, Notice,
    NoticeVersion, Signal, SignalConflict, UnknownAge,
};
pub use service::{ChangeChannel, CookieClass, IncidentField, Material};
pub(super) use subject::{
    Actions, AttributeOf, Clock, ClockStart, Gate, IdentityRule, Level, Requester, Right,
    RightKind, Rights, Visibility,
};
pub(super) use values::{DateText, PeriodText, is_placeholder};

/// A policy document: one product's privacy promises.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("required" = ["policy", "category", "store", "purpose", "rights"])))]
#[serde(default, deny_unknown_fields)]
pub(super) struct Document {
    /// Whose policy it is, of which version, and where it applies.
    pub(super) policy: Option<Header>,
    /// Categories of data, by dotted name: `account.email` stands below `account`.
    pub(super) category: BTreeMap<String, Category>,
    /// Places where data is kept, backups, caches and providers' files among them.
    pub(super) store: BTreeMap<String, Store>,
    /// What data is used for. `training` and `sale` must be among them.
    pub(super) purpose: BTreeMap<String, Purpose>,
    /// How long data is kept and by when it is gone.
    pub(super) retention: Vec<Retention>,
    /// Legal holds.
    pub(super) hold: Option<Hold>,
    /// What stops a deletion run that is about to go wrong.
    pub(super) brakes: Option<Brakes>,
    /// Parties that data may be disclosed to.
    pub(super) processor: BTreeMap<String, Processor>,
    /// Dated evidence for what the library cannot check.
    pub(super) attestation: Vec<Attestation>,
    /// Disclosures for other reasons than the service itself.
    pub(super) disclosure: Vec<Disclosure>,
    /// Ways in which requests go to model providers.
    pub(super) route: Vec<Route>,
    /// Transfers of data between regions.
    pub(super) transfer: Vec<Transfer>,
    /// Where data may be kept and processed.
    pub(super) place: Option<Place>,
    /// What the policy rules out, so that declaring it is an error.
    pub(super) forbid: Option<Forbid>,
    /// What is redacted, by sink.
    pub(super) redaction: BTreeMap<Sink, Redaction>,
    /// How secrets are kept.
    pub(super) vault: Option<Vault>,
    /// Credentials that connect to other services.
    pub(super) credential: BTreeMap<String, Credential>,
    /// How data travels.
    pub(super) transport: Option<Transport>,
    /// What may be measured.
    pub(super) telemetry: Option<Telemetry>,
    /// Keyed pseudonyms.
    pub(super) pseudonym: BTreeMap<String, Pseudonym>,
    /// Who may see what.
    pub(super) visibility: Option<Visibility>,
    /// What data subjects may ask for.
    pub(super) rights: Option<Rights>,
    /// How consent is taken and withdrawn.
    pub(super) consent: Option<Consent>,
    /// How changes of the policy are announced, and which notices were published.
    pub(super) notice: Option<Notice>,
    /// Classes of messages.
    pub(super) message: BTreeMap<String, Message>,
    /// Age limits.
    pub(super) age: Option<Age>,
    /// Signals of browsers, such as `gpc`.
    pub(super) signal: BTreeMap<String, Signal>,
    /// Cookies and what else is kept in a browser.
    pub(super) cookie: BTreeMap<String, Cookie>,
    /// What happens after a breach.
    pub(super) incident: Option<Incident>,
    /// What is written to the audit log, and who may read it.
    pub(super) audit: Option<Audit>,
    /// Claims to the public that need evidence.
    pub(super) claim: Vec<Claim>,
    /// Statements that nothing enforces, for the notice and the register.
    pub(super) fact: Vec<Fact>,
    /// The ways that data takes, for comparison with observations.
    pub(super) flow: Vec<Flow>,
    /// Where people meet a machine or what it made, and how they are told.
    pub(super) ai_disclosure: Vec<AiDisclosure>,
    /// What models were trained on.
    pub(super) training_source: Vec<TrainingSource>,
    /// Decisions that a machine makes about people.
    pub(super) automated_decision: Vec<AutomatedDecision>,
}
