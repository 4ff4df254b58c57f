//! Callers, whom every entry of the log names.

use super::{Entry, Identifier, Outcome};
use crate::Error;

/// Who asks for something, and in which request: what every entry of the log names.
///
/// # Example
/// ```
/// use confidant::audit::{Caller, Identifier};
///
/// let caller = Caller::new(Identifier::new("service:deployer")?)
///     .request(Identifier::new("req-81")?);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    actor: Identifier,
    request: Option<Identifier>,
    client: Option<Identifier>,
}

impl Caller {
    /// Creates a caller from the id of a service, or from the keyed digest of a person.
    #[must_use]
    pub const fn new(actor: Identifier) -> Self {
        Self {
            actor,
            request: None,
            client: None,
        }
    }

    /// Sets the request in which it asks.
    #[must_use]
    pub fn request(mut self, request: Identifier) -> Self {
        self.request = Some(request);
        self
    }

    /// Sets the program through which it asks.
    #[must_use]
    pub fn client(mut self, client: Identifier) -> Self {
        self.client = Some(client);
        self
    }

    /// Returns who it is.
    #[must_use]
    pub const fn actor(&self) -> &Identifier {
        &self.actor
    }

    /// Begins the entry that announces an action.
    pub(crate) fn attempts(&self, action: &str) -> Result<Entry, Error> {
        let mut entry =
            Entry::new(Identifier::new(action)?, Outcome::Attempted).actor(self.actor.clone());
        if let Some(request) = &self.request {
            entry = entry.request(request.clone());
        }
        if let Some(client) = &self.client {
            entry = entry.client(client.clone());
        }
        Ok(entry)
    }
}
