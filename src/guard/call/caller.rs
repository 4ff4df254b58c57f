//! Who calls a model, and what for.

use crate::Error;
use crate::audit::Identifier;

/// Who calls a model, for whom and what for: what stands in audit entries, metering
/// records and budgets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub(crate) actor: Identifier,
    pub(crate) tenant: Box<str>,
    pub(crate) purpose: Option<Identifier>,
    pub(crate) request: Option<Identifier>,
}

impl Caller {
    /// Says who calls: a service, or a person under a digest.
    #[must_use]
    pub fn new(actor: Identifier) -> Self {
        Self {
            actor,
            tenant: Box::default(),
            purpose: None,
            request: None,
        }
    }

    /// Says for which tenant. It stands in the log as a digest.
    #[must_use]
    pub fn tenant(mut self, tenant: &str) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// Says what for.
    #[must_use]
    pub fn purpose(mut self, purpose: Identifier) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// Names the request in which the call is made.
    #[must_use]
    pub fn request(mut self, request: Identifier) -> Self {
        self.request = Some(request);
        self
    }

    /// Returns the tenant.
    #[must_use]
    pub const fn tenant_name(&self) -> &str {
        &self.tenant
    }

    /// Returns what for.
    #[must_use]
    pub const fn purpose_id(&self) -> Option<&Identifier> {
        self.purpose.as_ref()
    }
}

/// Why a request leaves without redaction. It stands in the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Justification {
    pub(crate) reason: Identifier,
}

impl Justification {
    /// Gives the reason: the id of a ticket or of a clause, 1 to 255 letters, digits and
    /// `-_.:/`.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for another character or none.
    pub fn new(reason: &str) -> Result<Self, Error> {
        Ok(Self {
            reason: Identifier::new(reason)?,
        })
    }
}
