//! Visibility of stored conversations.

use std::fmt;
use std::sync::Arc;

use super::id::ConversationId;
use super::reveal::{ConversationDisclosure, DisclosurePolicy};
use crate::decision::{Decision, Reason};
use crate::time::{Clock, SystemClock};
use crate::visibility::{AccessContext, ActionId, AskerId, VisibilityFacts};

/// Shows a conversation to those who may see it by the facts of
/// [`visibility`](crate::visibility): a resource there has the id of the conversation.
///
/// The [`ConversationDisclosure`] must name its [principal](ConversationDisclosure::principal); what is not known
/// denies.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::guard::VisibleConversations;
/// use confidant::visibility::VisibilityFacts;
///
/// fn policy(facts: Arc<VisibilityFacts>) -> Option<VisibleConversations> {
///     let read = facts.policy().action("read")?;
///     Some(VisibleConversations::new("acme", facts, read))
/// }
/// ```
#[derive(Clone)]
pub struct VisibleConversations {
    tenant: Box<str>,
    facts: Arc<VisibilityFacts>,
    action: ActionId,
    context: AccessContext,
    clock: Arc<dyn Clock>,
}

impl VisibleConversations {
    /// Asks whether a principal may do this to a conversation of a tenant, whose facts these
    /// are. Conversations of other tenants are visible to nobody.
    #[must_use]
    pub fn new(tenant: &str, facts: Arc<VisibilityFacts>, action: ActionId) -> Self {
        Self {
            tenant: tenant.into(),
            facts,
            action,
            context: AccessContext::default(),
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// Says what is known of the request, such as that it was made after a second factor.
    #[must_use]
    pub const fn context(mut self, context: AccessContext) -> Self {
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
    fn decide(
        &self,
        conversation: &ConversationId,
        disclosure: &ConversationDisclosure,
    ) -> Decision {
        // Ids are unique within a tenant alone.
        if conversation.tenant() != &*self.tenant {
            let why = "conversation is of another tenant";
            return Decision::deny(Reason::without_clause(why));
        }
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
