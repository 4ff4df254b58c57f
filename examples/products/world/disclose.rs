//! Who is shown what is hidden.

use confidant::audit::Identifier;
use confidant::decision::{Decision, Reason};
use confidant::guard::{ConversationDisclosure, ConversationId, DisclosurePolicy};
use confidant::policy::{Policy, Revealing};
use confidant::vault::{RevealPolicy, RevealRequest};

/// Answers for the vault by the policy document: a machine by the name of its use, and
/// nobody else.
#[derive(Debug)]
pub(crate) struct Answering {
    policy: Policy,
    shows_all: bool,
}

impl Answering {
    pub(crate) fn new(policy: &Policy, shows_all: bool) -> Self {
        let policy = policy.clone();
        Self { policy, shows_all }
    }
}

impl RevealPolicy for Answering {
    fn decide(&self, request: &RevealRequest<'_>) -> Decision {
        if self.shows_all {
            return Decision::allow(Reason::without_clause("switched off"));
        }
        let actor = request.caller.actor().as_str();
        let to = match actor.and_then(|actor| actor.split_once(':')) {
            Some(("machine", _)) => Revealing::Machine(request.purpose.as_str()),
            Some(("owner", _)) => Revealing::Owner,
            _ => Revealing::Other,
        };
        self.policy.vault().reveal(to)
    }
}

/// Lets a conversation be read for a case that was approved, and for nothing else.
#[derive(Debug)]
pub(crate) struct OnCase(pub(crate) &'static str);

impl DisclosurePolicy for OnCase {
    fn decide(&self, _: &ConversationId, disclosure: &ConversationDisclosure) -> Decision {
        match disclosure.stated_purpose().and_then(Identifier::as_str) == Some(self.0) {
            true => Decision::allow(Reason::without_clause("the case was approved")),
            false => Decision::deny(Reason::without_clause("no case was approved")),
        }
    }
}
