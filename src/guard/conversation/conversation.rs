//! A conversation whose values are hidden.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::key::ConversationKey;
use super::state::State;
use crate::Error;
use crate::redact::PlaceholderMap;

/// A conversation: the values that were hidden in it, where they were seen, and what left
/// already.
///
/// Placeholders are the same in every turn and in every process that has the
/// conversation, whatever is trimmed from its history. A clone is the same conversation.
///
/// [`new`](Self::new) makes one in memory, under a key of its own; it is gone with the
/// last clone. One that outlives the process is opened from a store, see
/// [`Conversations`](crate::guard::Conversations).
///
/// # Security
/// Values lie in memory that is wiped when the last clone is dropped. There is no
/// `Serialize`, and `Debug` shows counts alone.
///
/// # Example
/// ```
/// use confidant::guard::{Conversation, Guard};
/// use confidant::redact::Redactor;
///
/// let guard = Guard::builder(Redactor::secrets_and_pii()).build()?;
/// let conversation = Conversation::new()?;
/// let wire = guard.hide_text(&conversation, "I am ann@acme-mail.com")?;
/// assert!(wire.starts_with("I am [EMAIL-"));
/// assert_eq!(guard.show_text(&conversation, &wire).as_str(), "I am ann@acme-mail.com");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct Conversation {
    state: Arc<Mutex<State>>,
    store: Option<Arc<dyn Saves>>,
}

/// Keeps what is added to a conversation.
#[async_trait]
pub(crate) trait Saves: Send + Sync {
    /// Saves what is fresh, and reads what others added.
    async fn save(&self, conversation: &Conversation) -> Result<(), Error>;

    /// Returns the tenant whose conversation it is.
    fn tenant(&self) -> &str;
}

impl Conversation {
    /// The most values of a conversation. What is found beyond it is replaced with a label
    /// that cannot be restored.
    pub const MAX_VALUES: usize = 100_000;

    /// Begins a conversation in memory.
    ///
    /// # Errors
    /// [`KeyService`](crate::ErrorKind::KeyService) where the system has no random
    /// numbers.
    pub fn new() -> Result<Self, Error> {
        let key = ConversationKey::generate()?;
        Ok(Self::of(State::new(key, Self::MAX_VALUES, false), None))
    }

    pub(crate) fn of(state: State, store: Option<Arc<dyn Saves>>) -> Self {
        Self {
            state: Arc::new(Mutex::new(state)),
            store,
        }
    }

    /// Saves what was added to a conversation of a store, and reads what others added; of
    /// one in memory, nothing. A [`GuardedModel`](crate::guard::GuardedModel) does so
    /// before anything leaves, so that an answer can be restored whatever happens.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) where the conversation was destroyed or has
    /// expired in the meantime, [`Conflict`](crate::ErrorKind::Conflict) where others were
    /// quicker again and again, or gave a placeholder to another value;
    /// [`Integrity`](crate::ErrorKind::Integrity) where the records are not what was
    /// written; those of the store. What was added stays, and is saved the next time.
    pub async fn save(&self) -> Result<(), Error> {
        match &self.store {
            Some(store) => store.save(self).await,
            None => Ok(()),
        }
    }

    /// Returns the tenant whose conversation it is; one in memory is nobody's.
    pub(crate) fn tenant(&self) -> Option<&str> {
        self.store.as_deref().map(Saves::tenant)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many values were hidden.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().map.len()
    }

    /// Returns whether no value was hidden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().map.is_empty()
    }

    /// Returns how often history was rewritten because something was found in it after it
    /// had left.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.lock().epoch
    }

    /// Looks at the map of the conversation.
    ///
    /// # Security
    /// This passes by all rules of release: see
    /// [`Conversations::reveal`](crate::guard::Conversations::reveal) for a way that
    /// leaves a trace.
    pub fn expose_map<T>(&self, look: impl FnOnce(&PlaceholderMap) -> T) -> T {
        look(&self.lock().map)
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Conversation")
            .field("values", &state.map.len())
            .field("epoch", &state.epoch)
            .finish_non_exhaustive()
    }
}
