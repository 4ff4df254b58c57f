//! Reading the secrets of a vault, so that they can be swept.

use super::found::{Found, ReadRecord};
use super::trigger::{Events, Trigger};
use crate::Error;
use crate::error::RetentionCause;
use crate::store::{Range, Record as Stored};
use crate::taxonomy::Category;
use crate::time::Moment;

/// Reads the secrets of a [`Vault`](crate::vault::Vault) as data of one category, each
/// with its versions, which go with it.
///
/// What is known of a secret is when it was put ([`Created`](Trigger::Created)) and from
/// when on it is used no more ([`PurposeEnded`](Trigger::PurposeEnded)), where that was
/// said. Its name is no person, so holds on subjects pass it by.
///
/// # Example
/// ```
/// use confidant::retention::VaultSecrets;
/// use confidant::taxonomy::Category;
///
/// let reader = VaultSecrets::new(Category::new("credentials")?);
/// // Sweeper::builder(…).collection(VaultSecrets::COLLECTION, b"", Arc::new(reader))
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct VaultSecrets {
    category: Category,
}

impl VaultSecrets {
    /// The collection in which a vault keeps its secrets.
    pub const COLLECTION: &'static str = "confidant.vault.secret";
    const VERSIONS: &'static str = "confidant.vault.version";

    /// Reads secrets as data of this category.
    #[must_use]
    pub const fn new(category: Category) -> Self {
        Self { category }
    }
}

impl ReadRecord for VaultSecrets {
    fn read(&self, record: &Stored) -> Result<Option<Found>, Error> {
        let head = Head::parse(&record.value);
        let head = head.ok_or(RetentionCause::Record { what: "a secret" })?;
        let mut events = Events::created(head.created);
        if let Some(expires) = head.expires {
            events = events.at(Trigger::PurposeEnded, expires);
        }
        let versions = Range::collection(record.key.tenant(), Self::VERSIONS)?.prefix(head.id);
        let found = Found::new(self.category.clone(), events).also(versions);
        Ok(Some(found))
    }
}

/// What the record of a secret begins with: see the manual's page on the formats of the
/// vault.
struct Head {
    id: [u8; 16],
    created: Moment,
    expires: Option<Moment>,
}

impl Head {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let ([1], rest) = bytes.split_first_chunk::<1>()? else {
            return None;
        };
        let (id, rest) = rest.split_first_chunk()?;
        let (created, rest) = rest.split_first_chunk()?;
        // The latest version, and whether it is disabled.
        let (_, rest) = rest.split_first_chunk::<9>()?;
        let expires = match rest.split_first()? {
            (0, _) => None,
            (1, rest) => Some(moment(rest.first_chunk()?)?),
            _ => return None,
        };
        Some(Self {
            id: *id,
            created: moment(created)?,
            expires,
        })
    }
}

fn moment(bytes: &[u8; 16]) -> Option<Moment> {
    Moment::from_unix_nanoseconds(i128::from_be_bytes(*bytes)).ok()
}
