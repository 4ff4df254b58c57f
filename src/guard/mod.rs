//! The privacy guard: what leaves for the provider of a model is cleared, and what comes
//! back is restored.
//!
//! A [`Guard`] replaces secrets and personal data in a [`ChatRequest`](crate::model::ChatRequest)
//! with placeholders, field by field, and is the only one that makes a
//! [`ClearedRequest`](crate::model::ClearedRequest), which is all that an adapter takes. A
//! [`Conversation`] holds the values behind the placeholders, sealed in a store by
//! [`Conversations`], and what left already, so that it leaves the same way again. Answers
//! are restored while they arrive, as far as [`ReleaseRules`] and [`ToolRule`]s allow.
//!
//! * [`GuardedModel`] puts a guard before a model, with the audit log, budgets, prices and
//!   meters of [`Services`].
//! * [`GuardedBatches`], [`GuardedFiles`] and [`GuardedEmbeddings`] do so for the other ways
//!   to a provider, and [`ProviderCopies`] lists what it keeps, until that is erased.
//! * [`Router`] chooses among models of one owner, on what [`Attestation`]s say.
//! * [`tools`] is the boundary to tools, such as those of an MCP server.
//!
//! [The manual](crate::manual::guard) says what happens to each part of a request, and what
//! the guard does not do.
//!
//! ```
//! use confidant::guard::{Conversation, Guard};
//! use confidant::redact::Redactor;
//!
//! let guard = Guard::builder(Redactor::secrets_and_pii()).build()?;
//! let conversation = Conversation::new()?;
//! let wire = guard.hide_text(&conversation, "Write to ann@acme-mail.com")?;
//! assert!(wire.starts_with("Write to [EMAIL-"));
//! let answer = guard.show_text(&conversation, &wire.replace("Write", "I wrote"));
//! assert_eq!(answer.as_str(), "I wrote to ann@acme-mail.com");
//! # Ok::<(), confidant::Error>(())
//! ```

mod builder;
mod call;
mod clear;
mod conversation;
mod copies;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod guard;
mod mode;
mod report;
mod restore;
mod route;
mod stored;
mod text;
pub mod tools;

pub use builder::GuardBuilder;
#[cfg(feature = "consent")]
pub use call::ConsentGate;
pub use call::{
    Answer, AnswerStream, BatchAnswers, Budget, GuardedBatches, GuardedEmbeddings, GuardedFiles,
    GuardedModel, Justification, Meter, MeterRecord, ModelCaller, SCHEMA_URL, Services, Turn,
};
pub use clear::{MediaScanner, MediaVerdict};
pub use conversation::{Conversation, Provenance, Release, ReleaseRules};
pub use copies::{ProviderCopies, ProviderCopy, ProviderCopyKeeper};
pub use guard::Guard;
pub use mode::Mode;
pub use report::GuardReport;
pub use restore::{DestinationPolicy, GuardedStream, ToolOutcome, ToolRule, ToolVerdict};
#[cfg(feature = "policy")]
pub use route::PolicyRoutes;
pub use route::{
    Attestation, AttestationBasis, Catalogue, Claim, Control, ControlReceipt, ControlState,
    Customer, Feature, Nobody, Owner, Payload, Payloads, Platform, Rejection, RoutePolicy,
    RouteRequirements, Router,
};
pub use stored::{
    ConversationDisclosure, ConversationId, ConversationKeeper, Conversations,
    ConversationsBuilder, DenyDisclosure, DisclosurePolicy, RevealedMessages, VisibleConversations,
};
pub use text::ShownText;
