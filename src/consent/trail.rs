//! The entries of the ledger in the audit log, and their actors.

use crate::Error;
use crate::audit::{Identifier, Log, Trail};

/// Who records or changes something, and in which request: what every entry of the
/// audit log names.
///
/// # Example
/// ```
/// use confidant::audit::Identifier;
/// use confidant::consent::Caller;
///
/// let caller = Caller::new(Identifier::new("service:web")?)
///     .request(Identifier::new("req-81")?);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    actor: Identifier,
    request: Option<Identifier>,
}

impl Caller {
    /// Names a service, or a person under a keyed digest.
    #[must_use]
    pub const fn new(actor: Identifier) -> Self {
        Self {
            actor,
            request: None,
        }
    }

    /// Names the request in which it is done.
    #[must_use]
    pub fn request(mut self, request: Identifier) -> Self {
        self.request = Some(request);
        self
    }

    /// Returns who it is.
    #[must_use]
    pub const fn actor(&self) -> &Identifier {
        &self.actor
    }
}

/// Begins the trail of a change that a caller makes to what belongs to a tenant.
pub(crate) fn trail<'l>(
    log: &'l Log,
    caller: &Caller,
    action: &str,
    tenant: Identifier,
) -> Result<Trail<'l>, Error> {
    let trail = Trail::new(log, action, caller.actor.clone())?;
    Ok(trail.with(|entry| {
        let entry = entry.tenant(tenant);
        match &caller.request {
            Some(request) => entry.request(request.clone()),
            None => entry,
        }
    }))
}
