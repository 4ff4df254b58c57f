//! Ids of stored conversations, and where their records lie.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::id::parsed_id;
use crate::store::{Range, RecordKey};
use crate::taxonomy::Tenant;

/// The id of a conversation: its tenant, and an id that the product gave it.
///
/// As text it is the two with a `/` between them, such as `acme/c-17`.
///
/// # Security
/// The id stands in the store as it is, so it must not be personal: take a random id, and
/// never an address or a name. `Debug` shows lengths.
///
/// # Example
/// ```
/// use confidant::guard::ConversationId;
///
/// let id = ConversationId::new("acme", "c-17")?;
/// assert_eq!((id.tenant(), id.id()), ("acme", "c-17"));
/// assert_eq!("acme/c-17".parse::<ConversationId>()?, id);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId {
    /// The tenant, `/`, and the id, which has none.
    text: Box<str>,
}

impl ConversationId {
    /// The most bytes of an id.
    pub const MAX: usize = 128;
    pub(super) const COLLECTION: &'static str = "confidant.guard";

    /// Takes an id of 1 to 128 letters, digits and `-_.:`.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for another character or none,
    /// [`Limit`](crate::ErrorKind::Limit) for more bytes, of the id or of the tenant.
    pub fn new(tenant: &str, id: &str) -> Result<Self, Error> {
        if id.len() > Self::MAX {
            return Err(Error::limit("id of a conversation", Self::MAX as u64));
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if id.is_empty() || !id.bytes().all(plain) {
            return Err(Error::config("id of a conversation is not well-formed"));
        }
        let this = Self {
            text: format!("{tenant}/{id}").into(),
        };
        this.head().map(|_| this)
    }

    /// Returns the tenant.
    #[must_use]
    pub fn tenant(&self) -> &str {
        self.split().0
    }

    /// Returns the id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.split().1
    }

    /// Returns both as one text.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        &self.text
    }

    fn split(&self) -> (&str, &str) {
        self.text.rsplit_once('/').unwrap_or_default()
    }

    /// Where the head lies.
    pub(super) fn head(&self) -> Result<RecordKey, Error> {
        let (tenant, id) = self.split();
        RecordKey::new(Tenant::new(tenant), Self::COLLECTION, format!("head/{id}"))
    }

    /// Where a part of the journal lies.
    pub(super) fn part(&self, number: u64) -> Result<RecordKey, Error> {
        let (tenant, id) = self.split();
        let mut path = format!("part/{id}/").into_bytes();
        path.extend_from_slice(&number.to_be_bytes());
        RecordKey::new(Tenant::new(tenant), Self::COLLECTION, path)
    }

    /// Where all parts of the journal lie.
    pub(super) fn parts(&self) -> Result<Range, Error> {
        let (tenant, id) = self.split();
        let all = Range::collection(Tenant::new(tenant), Self::COLLECTION)?;
        Ok(all.prefix(format!("part/{id}/")))
    }

    /// Where the heads of all conversations of a tenant lie.
    pub(super) fn heads(tenant: &str) -> Result<Range, Error> {
        Ok(Range::collection(Tenant::new(tenant), Self::COLLECTION)?.prefix("head/"))
    }

    /// Where everything of a tenant lies.
    pub(super) fn everything(tenant: &str) -> Result<Range, Error> {
        Range::collection(Tenant::new(tenant), Self::COLLECTION)
    }

    /// The conversation whose head lies under a key.
    pub(super) fn of_head(key: &RecordKey) -> Option<Self> {
        let id = str::from_utf8(key.path()).ok()?.strip_prefix("head/")?;
        (key.collection() == Self::COLLECTION).then_some(())?;
        Self::new(key.tenant(), id).ok()
    }
}

impl fmt::Debug for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tenant, id) = self.split();
        f.debug_struct("ConversationId")
            .field("tenant_bytes", &tenant.len())
            .field("id_bytes", &id.len())
            .finish()
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl AsRef<str> for ConversationId {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl FromStr for ConversationId {
    type Err = Error;

    /// # Errors
    /// `Config` where the text has no `/`, and those of [`new`](Self::new).
    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::config("id of a conversation is not a tenant, `/` and an id");
        let (tenant, id) = text.rsplit_once('/').ok_or_else(malformed)?;
        Self::new(tenant, id)
    }
}

parsed_id!(ConversationId);
