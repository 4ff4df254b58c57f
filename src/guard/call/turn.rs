//! One turn of a conversation, as a guarded model is asked for it.

use super::caller::ModelCaller;
use crate::guard::conversation::Conversation;
use crate::model::CallContext;

/// Who asks, in which conversation, and what goes along with the call.
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use confidant::audit::Identifier;
/// use confidant::guard::{Conversation, ModelCaller, Turn};
/// use confidant::model::CallContext;
///
/// let caller = ModelCaller::new(Identifier::new("service:chat")?);
/// let conversation = Conversation::new()?;
/// let context = CallContext::new().timeout(Duration::from_secs(30));
/// let turn = Turn::new(&caller, &conversation).context(&context);
/// # let _ = turn;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Turn<'a> {
    pub(crate) caller: &'a ModelCaller,
    pub(crate) conversation: &'a Conversation,
    pub(crate) context: CallContext,
}

impl<'a> Turn<'a> {
    /// Returns a turn with the settings of the adapter and nobody who looks on.
    #[must_use]
    pub fn new(caller: &'a ModelCaller, conversation: &'a Conversation) -> Self {
        Self {
            caller,
            conversation,
            context: CallContext::new(),
        }
    }

    /// Sets what goes along with the call without leaving: its limits, and who looks on.
    #[must_use]
    pub fn context(mut self, context: &CallContext) -> Self {
        self.context = context.clone();
        self
    }
}
