//! Who calls a model, and what for.

use std::fmt;

use crate::Error;
use crate::audit::Identifier;
#[cfg(feature = "consent")]
use crate::consent::Signals;
use crate::retention::Order;
use crate::taxonomy::Subject;

/// Who calls a model, for whom and what for: what stands in audit entries, metering
/// records and budgets.
///
/// # Security
/// `Debug` shows neither the tenant nor the person nor the record.
#[derive(Clone, PartialEq, Eq)]
pub struct ModelCaller {
    pub(crate) actor: Identifier,
    pub(crate) tenant: Box<str>,
    pub(crate) purpose: Option<Identifier>,
    pub(crate) request: Option<Identifier>,
    pub(crate) subject: Option<Subject>,
    pub(crate) record: Option<Box<[u8]>>,
    #[cfg(feature = "consent")]
    pub(crate) signals: Option<Signals>,
}

impl ModelCaller {
    /// Says who calls: a service, or a person under a digest.
    #[must_use]
    pub fn new(actor: Identifier) -> Self {
        Self {
            actor,
            tenant: Box::default(),
            purpose: None,
            request: None,
            subject: None,
            record: None,
            #[cfg(feature = "consent")]
            signals: None,
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

    /// Says whose data the request holds: the person whom policies on consent are asked
    /// about, and whose erasure reaches what the provider keeps.
    #[must_use]
    pub fn subject(mut self, subject: Subject) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Says what else is known of the person, such as their age, for policies on consent.
    #[cfg(feature = "consent")]
    #[must_use]
    pub const fn signals(mut self, signals: Signals) -> Self {
        self.signals = Some(signals);
        self
    }

    /// Says which record of the product the request is of, such as a conversation, by the
    /// key by which an [`Order`] names it.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) for more than [`Order::MAX_RECORD`] bytes.
    pub fn record(mut self, key: &[u8]) -> Result<Self, Error> {
        if key.len() > Order::MAX_RECORD {
            let limit = Order::MAX_RECORD as u64;
            return Err(Error::limit("key of a record", limit));
        }
        self.record = Some(key.into());
        Ok(self)
    }

    /// Returns whose data the request holds.
    #[must_use]
    pub const fn data_subject(&self) -> Option<&Subject> {
        self.subject.as_ref()
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

impl fmt::Debug for ModelCaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("actor", &self.actor)
            .field("tenant_bytes", &self.tenant.len())
            .field("purpose", &self.purpose)
            .field("request", &self.request)
            .field("subject", &self.subject)
            .field("record_bytes", &self.record.as_deref().map(<[u8]>::len))
            .finish()
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
