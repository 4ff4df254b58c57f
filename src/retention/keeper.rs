//! Keepers, which delete in a store of the product.

use std::fmt;

use async_trait::async_trait;

use super::order::Order;
use super::proof::AnonymityProof;
use crate::pointer::for_pointers;
use crate::time::Moment;
use crate::{Error, ErrorKind};

/// Carries out orders in one store of data. Your own stores, and the interfaces of your
/// providers, plug in here.
///
/// Every method may be called again for the same order, after a crash say, and must then
/// come to the same end: what is gone stays gone. A call that returns an error may have
/// done its work in part; it is called again. A store that cannot do something leaves the
/// method as it is, which refuses.
///
/// # Example
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// use async_trait::async_trait;
/// use confidant::Error;
/// use confidant::retention::{Keeper, Order, KeeperOutcome, ErasureReceipt};
/// use confidant::time::{Clock, SystemClock};
///
/// /// The chats of each person, in memory.
/// #[derive(Debug, Default)]
/// struct Chats(Mutex<HashMap<String, Vec<String>>>);
///
/// #[async_trait]
/// impl Keeper for Chats {
///     async fn delete(&self, order: &Order) -> Result<KeeperOutcome, Error> {
///         let subject = order.data_subject().map_or("", |subject| subject.expose_id());
///         let gone = self.0.lock().unwrap().remove(subject).unwrap_or_default();
///         Ok(KeeperOutcome::Done(ErasureReceipt::new(SystemClock::new().now(), gone.len() as u64)))
///     }
///
///     async fn count(&self, order: &Order) -> Result<u64, Error> {
///         let subject = order.data_subject().map_or("", |subject| subject.expose_id());
///         Ok(self.0.lock().unwrap().get(subject).map_or(0, |chats| chats.len() as u64))
///     }
/// }
/// ```
#[async_trait]
pub trait Keeper: fmt::Debug + Send + Sync {
    /// Deletes what the order is about.
    ///
    /// # Errors
    /// Those of the store.
    async fn delete(&self, order: &Order) -> Result<KeeperOutcome, Error>;

    /// Counts what is left of what the order is about. After a completed deletion, this
    /// must be 0.
    ///
    /// # Errors
    /// Those of the store.
    async fn count(&self, order: &Order) -> Result<u64, Error>;

    /// Destroys the key under which what the order is about is encrypted.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused) where the store cannot, and those of the store.
    async fn shred(&self, _order: &Order) -> Result<KeeperOutcome, Error> {
        Err(cannot("shred a key"))
    }

    /// Makes what the order is about anonymous, and proves it in the receipt.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused) where the store cannot, and those of the store.
    async fn anonymise(&self, _order: &Order) -> Result<KeeperOutcome, Error> {
        Err(cannot("anonymise"))
    }

    /// Keeps what the order is about, without any further use.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused) where the store cannot, and those of the store.
    async fn restrict(&self, _order: &Order) -> Result<KeeperOutcome, Error> {
        Err(cannot("restrict"))
    }
}

for_pointers! {
    #[async_trait]
    impl Keeper {
        async fn delete(&self, order: &Order) -> Result<KeeperOutcome, Error> {
            (**self).delete(order).await
        }

        async fn count(&self, order: &Order) -> Result<u64, Error> {
            (**self).count(order).await
        }

        async fn shred(&self, order: &Order) -> Result<KeeperOutcome, Error> {
            (**self).shred(order).await
        }

        async fn anonymise(&self, order: &Order) -> Result<KeeperOutcome, Error> {
            (**self).anonymise(order).await
        }

        async fn restrict(&self, order: &Order) -> Result<KeeperOutcome, Error> {
            (**self).restrict(order).await
        }
    }
}

/// How an order ended in one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeeperOutcome {
    /// It is done.
    Done(ErasureReceipt),
    /// The store, or its processor, accepted the order and carries it out later. Its
    /// receipt is then [reported](super::Executor::report).
    Accepted,
    /// It cannot be done there, but everything expires on its own before this moment, as
    /// the evidence with this SHA-256 digest says.
    Expires {
        /// The moment before which it has expired.
        by: Moment,
        /// The digest of what says so.
        evidence: [u8; 32],
    },
}

/// What shows that an order was carried out in one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErasureReceipt {
    at: Moment,
    items: u64,
    evidence: [u8; 32],
    proof: Option<AnonymityProof>,
}

impl ErasureReceipt {
    /// Records when it was done, and to how many items.
    #[must_use]
    pub const fn new(at: Moment, items: u64) -> Self {
        Self {
            at,
            items,
            evidence: [0; 32],
            proof: None,
        }
    }

    /// Adds the SHA-256 digest of what shows it, such as the answer of a provider.
    #[must_use]
    pub const fn evidence(mut self, digest: [u8; 32]) -> Self {
        self.evidence = digest;
        self
    }

    /// Adds what shows that the data is about nobody any more. Without one that reaches
    /// the group of the order, nothing was anonymised.
    #[must_use]
    pub const fn proof(mut self, proof: AnonymityProof) -> Self {
        self.proof = Some(proof);
        self
    }

    /// Returns when it was done.
    #[must_use]
    pub const fn at(&self) -> Moment {
        self.at
    }

    /// Returns to how many items it was done.
    #[must_use]
    pub const fn items(&self) -> u64 {
        self.items
    }

    /// Returns the digest of the evidence; zeros without evidence.
    #[must_use]
    pub const fn evidence_digest(&self) -> &[u8; 32] {
        &self.evidence
    }

    /// Returns what shows that the data is about nobody any more.
    #[must_use]
    pub const fn anonymity(&self) -> Option<&AnonymityProof> {
        self.proof.as_ref()
    }
}

fn cannot(what: &'static str) -> Error {
    let error = Error::message(ErrorKind::Refused, "store cannot do what is ordered");
    error.with_id(what)
}
