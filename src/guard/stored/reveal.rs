//! Showing a stored conversation to somebody who may see it.

use std::fmt;

use super::conversations::Conversations;
use super::id::ConversationId;
use crate::Error;
use crate::audit::Identifier;
use crate::decision::{Decision, Reason};
use crate::guard::clear::refused;
use crate::guard::conversation::{ReleaseRules, State};
use crate::guard::restore::{Address, TextJudge};
use crate::model::{Content, Message, Part};
use crate::pointer::for_pointers;

/// Who wants to see a stored conversation, and what for.
///
/// # Security
/// `Debug` does not show the principal.
#[derive(Clone, PartialEq, Eq)]
pub struct ConversationDisclosure {
    actor: Identifier,
    purpose: Option<Identifier>,
    request: Option<Identifier>,
    principal: Option<Box<str>>,
}

impl ConversationDisclosure {
    /// Says who wants to see it. Without a [purpose](Self::purpose) nothing is shown.
    #[must_use]
    pub const fn by(actor: Identifier) -> Self {
        Self {
            actor,
            purpose: None,
            request: None,
            principal: None,
        }
    }

    /// Says what for.
    #[must_use]
    pub fn purpose(mut self, purpose: Identifier) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// Says who wants to see it by the id under which a policy on visibility knows them. It
    /// does not go into the log.
    #[must_use]
    pub fn principal(mut self, id: &str) -> Self {
        self.principal = Some(id.into());
        self
    }

    /// Names the request that it comes from.
    #[must_use]
    pub fn request(mut self, request: Identifier) -> Self {
        self.request = Some(request);
        self
    }

    /// Returns who wants to see it.
    #[must_use]
    pub const fn actor(&self) -> &Identifier {
        &self.actor
    }

    /// Returns who wants to see it, for a policy on visibility.
    #[must_use]
    pub fn principal_id(&self) -> Option<&str> {
        self.principal.as_deref()
    }

    /// Returns what for, where it is said.
    #[must_use]
    pub const fn stated_purpose(&self) -> Option<&Identifier> {
        self.purpose.as_ref()
    }
}

impl fmt::Debug for ConversationDisclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversationDisclosure")
            .field("actor", &self.actor)
            .field("purpose", &self.purpose)
            .field("request", &self.request)
            .field("has_principal", &self.principal.is_some())
            .finish()
    }
}

/// Decides whether a stored conversation is shown.
///
/// It is asked once for every [`reveal`](Conversations::reveal), on the thread of the call:
/// after the entry in the audit log that somebody wants to see it, and before the key of the
/// conversation is opened.
pub trait DisclosurePolicy: fmt::Debug + Send + Sync {
    /// Decides. What cannot be decided is denied.
    fn decide(
        &self,
        conversation: &ConversationId,
        disclosure: &ConversationDisclosure,
    ) -> Decision;
}

for_pointers! {
    impl DisclosurePolicy {
        fn decide(&self, conversation: &ConversationId, disclosure: &ConversationDisclosure) -> Decision {
            (**self).decide(conversation, disclosure)
        }
    }
}

/// Shows nothing to anyone.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it is a value, and holds nothing"
)]
pub struct DenyDisclosure;

impl DisclosurePolicy for DenyDisclosure {
    fn decide(&self, _: &ConversationId, _: &ConversationDisclosure) -> Decision {
        Decision::deny(Reason::without_clause("conversations are not shown"))
    }
}

/// Messages with all their values restored, on their way to whoever may see them.
///
/// `Debug` shows the number of messages, and there is no `Clone`.
pub struct RevealedMessages {
    messages: Vec<Message>,
}

impl RevealedMessages {
    /// Hands the messages to `look`.
    pub fn with<T>(&self, look: impl FnOnce(&[Message]) -> T) -> T {
        look(&self.messages)
    }
}

impl fmt::Debug for RevealedMessages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevealedMessages({} messages)", self.messages.len())
    }
}

impl Conversations {
    /// Restores all values in stored messages, whatever the rules of release are, for
    /// somebody whom a policy lets see them.
    ///
    /// That they want to is in the audit log, and durable, before the policy is asked and
    /// the key of the conversation is opened; how it ended is, before anything is shown.
    /// Signed reasoning is restored too, since the messages are to be read and not sent.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) where the policy denies it, no purpose is said
    /// or there is no such conversation, and those of [`open`](Self::open) and of the log: nothing is
    /// shown then.
    pub async fn reveal(
        &self,
        id: &ConversationId,
        messages: &[Message],
        disclosure: &ConversationDisclosure,
        policy: &dyn DisclosurePolicy,
    ) -> Result<RevealedMessages, Error> {
        let inner = &self.inner;
        let mut entry = inner.entry("guard.reveal", id)?;
        entry = entry.actor(disclosure.actor.clone());
        if let Some(purpose) = &disclosure.purpose {
            entry = entry.purpose(purpose.clone());
        }
        if let Some(request) = &disclosure.request {
            entry = entry.request(request.clone());
        }
        let entry = entry.count("messages", messages.len() as u64)?;
        inner.log.append(entry.clone()).await?;
        let revealed = async {
            if disclosure.purpose.is_none() {
                return Err(refused("purpose of a disclosure is not said"));
            }
            if !policy.decide(id, disclosure).is_allow() {
                return Err(refused("conversation may not be shown"));
            }
            let found = self.find(id).await?;
            let found = found.ok_or_else(|| refused("there is no such conversation"))?;
            let state = found.lock();
            let mut messages = messages.to_vec();
            for message in &mut messages {
                restore(&state, &mut message.parts)?;
            }
            Ok(RevealedMessages { messages })
        }
        .await;
        inner.end(entry, &revealed).await?;
        revealed
    }
}

// The recursion is bounded by the nesting of the parts, which only code makes.
fn restore(state: &State, parts: &mut [Part]) -> Result<(), Error> {
    let rules = ReleaseRules::everything();
    let text = |text: &str| {
        let mut judge = TextJudge {
            rules: &rules,
            seen: &state.seen,
            address: &mut Address::default(),
        };
        let restored = state.map.restore_if(text, &mut judge);
        restored.into_inner().into_owned()
    };
    for part in parts {
        part.replay = None;
        match &mut part.content {
            Content::Text(written) | Content::Refusal(written) => written.set(text(written)),
            Content::Reasoning(reasoning) => reasoning.text.set(text(&reasoning.text)),
            Content::ToolResult(result) => restore(state, &mut result.parts)?,
            Content::ToolCall(call) => {
                if let Some(json) = call.arguments.as_json() {
                    let restored = state.map.restore_json(json.as_str())?;
                    call.arguments = crate::model::Arguments::from_text(restored.as_str());
                }
            }
            Content::Image(_) | Content::Audio(_) | Content::File(_) | Content::Opaque(_) => {}
        }
    }
    Ok(())
}
