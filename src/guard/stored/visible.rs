//! Visibility of stored conversations.

use std::fmt;
use std::sync::Arc;

use super::id::ConversationId;
use super::reveal::{Disclosure, DisclosurePolicy};
use crate::decision::{Decision, Reason};
use crate::time::{Clock, SystemClock};
use crate::visibility::{ActionId, AskerId, Context, Facts};

/// Shows a conversation to those who may see it by the facts of
/// [`visibility`](crate::visibility): a resource there has the id of the conversation.
///
/// The [`Disclosure`] must name its [principal](Disclosure::principal); what is not known
/// denies.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::guard::VisibleConversations;
/// use confidant::visibility::Facts;
///
/// fn policy(facts: Arc<Facts>) -> Option<VisibleConversations> {
///     let read = facts.policy().action("read")?;
///     Some(VisibleConversations::new(facts, read))
/// }
/// ```
#[derive(Clone)]
pub struct VisibleConversations {
    facts: Arc<Facts>,
    action: ActionId,
    context: Context,
    clock: Arc<dyn Clock>,
}

impl VisibleConversations {
    /// Asks whether a principal may do this to a conversation.
    #[must_use]
    pub fn new(facts: Arc<Facts>, action: ActionId) -> Self {
        Self {
            facts,
            action,
            context: Context::default(),
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// Says what is known of the request, such as that it was made after a second factor.
    #[must_use]
    pub const fn context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// Takes the time from `clock`.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

impl DisclosurePolicy for VisibleConversations {
    fn decide(&self, conversation: &ConversationId, disclosure: &Disclosure) -> Decision {
        let Some(principal) = disclosure.principal_id() else {
            let why = "request names no principal";
            return Decision::deny(Reason::without_clause(why));
        };
        let (facts, now) = (&self.facts, self.clock.now());
        let (id, context) = (conversation.id(), &self.context);
        let verdict = facts.verdict_by_id(
            AskerId::new(Some(principal)).with(context),
            self.action,
            id,
            now,
        );
        let why = match verdict.is_allow() {
            true => "conversation is visible to the principal",
            false => "conversation is not visible to the principal",
        };
        let reason = match facts.policy().clause(verdict) {
            Some(clause) => Reason::new(clause.clone(), why),
            None => Reason::without_clause(why),
        };
        match verdict.is_allow() {
            true => Decision::allow(reason),
            false => Decision::deny(reason),
        }
    }
}

impl fmt::Debug for VisibleConversations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VisibleConversations")
            .finish_non_exhaustive()
    }
}
