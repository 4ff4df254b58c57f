//! Conversations: the values hidden in them, how far they are released, what left.

mod apart;
mod cache;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod conversation;
mod key;
mod provenance;
mod release;
mod state;

pub use conversation::Conversation;
pub(crate) use conversation::Saves;
pub(crate) use key::{ConversationKey, Digest};
pub use provenance::Provenance;
pub(crate) use provenance::Seen;
pub use release::{Release, ReleaseRules};
pub(crate) use state::{Field, Fresh, Late, Rules, State, Syntax, note_late};
