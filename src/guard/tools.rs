//! The boundary between a conversation and its tools, such as those of an MCP server.
//!
//! What tools answer is cleared before it enters the conversation: results, resources and
//! errors alike. What a model writes for a tool is restored only where the
//! [rule of the tool](super::ToolRule) says so, and after its destination is cleared. Ids,
//! names and types are neither cleared nor restored: something in them denies.
//!
//! A [`GuardedModel`](super::GuardedModel) does both by itself with what stands in requests
//! and answers. This is for products that store results, or run tools, on their own.

use serde_json::Value;

use super::Guard;
use super::conversation::{Conversation, Field, Provenance, Syntax};
use super::restore::{self, ToolVerdict};
use crate::Error;
use crate::model::{Arguments, ToolCall};

/// The boundary of one conversation. Cloning copies pointers.
///
/// # Example
/// ```
/// use confidant::guard::tools::ToolBoundary;
/// use confidant::guard::{Conversation, Guard, ToolRule};
/// use confidant::model::{Arguments, Json, ToolCall};
/// use confidant::redact::Redactor;
///
/// let guard = Guard::builder(Redactor::secrets_and_pii())
///     .tool(ToolRule::writes("send_mail").restoring())
///     .build()?;
/// let tools = ToolBoundary::new(&guard, &Conversation::new()?);
///
/// let result = tools.result("the customer is ann@acme-mail.com")?;
/// let placeholder = result.strip_prefix("the customer is ").unwrap_or_default();
/// assert!(placeholder.starts_with("[EMAIL-"));
///
/// let written = Json::parse(&format!(r#"{{"to": "{placeholder}"}}"#))?;
/// let call = ToolCall::new("send_mail", Arguments::Json(written)).with_id("call-1");
/// let (arguments, verdict) = tools.arguments(&call);
/// assert!(verdict.is_allowed());
/// assert_eq!(arguments.as_str(), r#"{"to": "ann@acme-mail.com"}"#);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ToolBoundary {
    guard: Guard,
    conversation: Conversation,
}

impl ToolBoundary {
    /// Returns the boundary of a conversation.
    #[must_use]
    pub fn new(guard: &Guard, conversation: &Conversation) -> Self {
        Self {
            guard: guard.clone(),
            conversation: conversation.clone(),
        }
    }

    /// Clears a text that a tool answered: a result, a resource or an error. JSON stays
    /// JSON, as with [`structured`](Self::structured).
    ///
    /// # Errors
    /// Those of [`Guard::clear`].
    pub fn result(&self, text: &str) -> Result<String, Error> {
        self.guard
            .hide_text_from(&self.conversation, Provenance::Tool, text)
    }

    /// Clears a structured result. It stays JSON; a number in which something is found
    /// becomes a string.
    ///
    /// # Errors
    /// Those of [`Guard::clear`].
    pub fn structured(&self, value: &Value) -> Result<Value, Error> {
        let field = Field {
            provenance: Provenance::Tool,
            syntax: Syntax::Json,
        };
        let text = zeroize::Zeroizing::new(value.to_string());
        match self.guard.clear_one(&self.conversation, field, &text)? {
            None => Ok(value.clone()),
            Some(wire) => {
                let unread = |_| Error::config("cleared result cannot be read");
                serde_json::from_str(&wire).map_err(unread)
            }
        }
    }

    /// Decides on a call, and restores its arguments as far as the rule of its tool
    /// allows. A call that is denied has
    /// [malformed](Arguments::Malformed) arguments, with which no tool may be run.
    #[must_use]
    pub fn arguments(&self, call: &ToolCall) -> (Arguments, ToolVerdict) {
        let inner = self.guard.inner();
        let rule = inner.tools.get(&*call.name);
        let state = self.conversation.lock();
        let names = (&call.id, &call.name);
        let (arguments, verdict, _) =
            restore::arguments(&inner.release, rule, &state, names, &call.arguments);
        (arguments, verdict)
    }
}
