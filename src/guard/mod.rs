//! The privacy guard around models.

mod builder;
mod call;
mod clear;
mod conversation;
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
pub use call::{
    Answer, AnswerStream, Budget, Caller, GuardedModel, Justification, Meter, MeterRecord,
    SCHEMA_URL, Services,
};
pub use clear::{MediaScanner, MediaVerdict};
pub use conversation::{Conversation, Provenance, Release, ReleaseRules};
pub use guard::Guard;
pub use mode::Mode;
pub use report::GuardReport;
pub use restore::{Destination, GuardedStream, ToolOutcome, ToolRule, ToolVerdict};
pub use route::{Control, ControlState, Feature, Receipt};
pub use stored::{
    ConversationId, ConversationKeeper, Conversations, DenyDisclosure, Disclosure,
    DisclosurePolicy, Revealed,
};
pub use text::ShownText;
