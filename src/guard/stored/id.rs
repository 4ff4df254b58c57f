//! Ids of stored conversations, and where their records lie.

use std::fmt;

use crate::Error;
use crate::store::{Key, Range};

/// Which conversation it is: its tenant, and an id that the product gave it.
///
/// The id stands in the store as it is, so it must not be personal: a random id, and
/// never an address or a name. `Debug` shows lengths.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ConversationId {
    tenant: Box<str>,
    id: Box<str>,
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
            tenant: tenant.into(),
            id: id.into(),
        };
        this.head().map(|_| this)
    }

    /// Returns the tenant.
    #[must_use]
    pub const fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Returns the id.
    #[must_use]
    pub const fn id(&self) -> &str {
        &self.id
    }

    /// Where the head lies.
    pub(super) fn head(&self) -> Result<Key, Error> {
        Key::new(&self.tenant, Self::COLLECTION, format!("head/{}", self.id))
    }

    /// Where a part of the journal lies.
    pub(super) fn part(&self, number: u64) -> Result<Key, Error> {
        let mut path = format!("part/{}/", self.id).into_bytes();
        path.extend_from_slice(&number.to_be_bytes());
        Key::new(&self.tenant, Self::COLLECTION, path)
    }

    /// Where all parts of the journal lie.
    pub(super) fn parts(&self) -> Result<Range, Error> {
        let all = Range::collection(&self.tenant, Self::COLLECTION)?;
        Ok(all.prefix(format!("part/{}/", self.id)))
    }

    /// Where the heads of all conversations of a tenant lie.
    pub(super) fn heads(tenant: &str) -> Result<Range, Error> {
        Ok(Range::collection(tenant, Self::COLLECTION)?.prefix("head/"))
    }

    /// Where everything of a tenant lies.
    pub(super) fn everything(tenant: &str) -> Result<Range, Error> {
        Range::collection(tenant, Self::COLLECTION)
    }

    /// The conversation whose head lies under a key.
    pub(super) fn of_head(key: &Key) -> Option<Self> {
        let id = str::from_utf8(key.path()).ok()?.strip_prefix("head/")?;
        (key.collection() == Self::COLLECTION).then_some(())?;
        Self::new(key.tenant(), id).ok()
    }
}

impl fmt::Debug for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversationId")
            .field("tenant_bytes", &self.tenant.len())
            .field("id_bytes", &self.id.len())
            .finish()
    }
}
