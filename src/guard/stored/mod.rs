//! Conversations in a store: sealed, shared by processes, destroyed with their keys.

mod builder;
mod conversations;
mod head;
mod id;
mod journal;
mod keeper;
mod reveal;
mod visible;

pub use builder::ConversationsBuilder;
pub use conversations::Conversations;
pub use id::ConversationId;
pub use keeper::ConversationKeeper;
pub use reveal::{ConversationDisclosure, DenyDisclosure, DisclosurePolicy, RevealedMessages};
pub use visible::VisibleConversations;
