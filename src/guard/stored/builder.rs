//! Settings of stored conversations.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::conversations::{Conversations, Inner};
use crate::Error;
use crate::audit::{Log, LogKey};
use crate::seal::Keyring;
use crate::store::Store;
use crate::time::{Clock, SystemClock};

/// Settings of [`Conversations`].
pub struct ConversationsBuilder {
    keyring: Keyring,
    store: Arc<dyn Store>,
    log: Option<(Log, LogKey)>,
    ttl: Option<Duration>,
    clock: Arc<dyn Clock>,
    allows_public_wrapping: bool,
}

impl ConversationsBuilder {
    pub(super) fn new(keyring: Keyring, store: Arc<dyn Store>) -> Self {
        Self {
            keyring,
            store,
            log: None,
            ttl: None,
            clock: Arc::new(SystemClock::new()),
            allows_public_wrapping: false,
        }
    }

    /// Takes a key provider that wraps by a public key, such as Azure Key Vault with RSA.
    /// Without this, conversations under such a provider are not [built](Self::build).
    ///
    /// # Security
    /// Whoever knows the public key and can write to the store can then begin a conversation
    /// under a key that they know. They can read what is said in it from then on. A key of a
    /// managed HSM with
    /// [AES key wrap](crate::seal::KeyServiceCapabilities::authenticates) does not have
    /// this weakness.
    #[must_use]
    pub const fn danger_allow_public_wrapping(mut self) -> Self {
        self.allows_public_wrapping = true;
        self
    }

    /// Writes into `log` that a conversation is deleted or revealed, with ids as digests
    /// under `key`. It must be set.
    #[must_use]
    pub fn log(mut self, log: Log, key: LogKey) -> Self {
        self.log = Some((log, key));
        self
    }

    /// Sets for how long a conversation is kept after it was last changed: 1 second to
    /// [`MAX_TTL`](Conversations::MAX_TTL). It must be set.
    #[must_use]
    pub const fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Sets the clock by which conversations expire; that of the system by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Checks the settings and returns the conversations.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the log or the time to keep conversations
    /// is missing, the time is shorter than a second or longer than
    /// [`MAX_TTL`](Conversations::MAX_TTL), or a provider of the keyring
    /// [wraps by a public key](Self::danger_allow_public_wrapping).
    pub fn build(self) -> Result<Conversations, Error> {
        if !self.allows_public_wrapping && !self.keyring.authenticates() {
            return Err(Error::config(
                "key provider wraps for whoever knows its public key, and so for whoever plants a key",
            ));
        }
        let (log, log_key) = self
            .log
            .ok_or_else(|| Error::config("stored conversations have no log"))?;
        let allowed = Duration::from_secs(1)..=Conversations::MAX_TTL;
        let ttl = self.ttl.filter(|ttl| allowed.contains(ttl));
        Ok(Conversations::over(Inner {
            keyring: self.keyring,
            store: self.store,
            log,
            log_key,
            clock: self.clock,
            ttl: ttl.ok_or_else(|| {
                Error::config("time to keep conversations is not 1 second to 10 years")
            })?,
        }))
    }
}

impl fmt::Debug for ConversationsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversationsBuilder")
            .field("ttl", &self.ttl)
            .field("has_log", &self.log.is_some())
            .finish_non_exhaustive()
    }
}
