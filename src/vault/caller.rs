//! Callers, whom every entry of the audit log names.

use crate::audit::Identifier;

/// Who asks, and in which request. Every entry of the audit log names both.
///
/// # Example
/// ```
/// use confidant::audit::Identifier;
/// use confidant::vault::Caller;
///
/// let caller = Caller::new(Identifier::new("service:deployer")?)
///     .request(Identifier::new("req-81")?);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub(super) actor: Identifier,
    pub(super) request: Option<Identifier>,
    pub(super) client: Option<Identifier>,
}

impl Caller {
    /// Creates a caller: a service, or a person under a keyed digest.
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
}
