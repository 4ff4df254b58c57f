//! Erasure of what providers keep.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

use super::copy::ProviderCopy;
use super::list::ProviderCopies;
use crate::model::{CallContext, ProviderStorage};
use crate::retention::{ErasureReceipt, Keeper, KeeperOutcome, Order};
use crate::store::RecordKey;
use crate::taxonomy::Processor;
use crate::{Error, ErrorKind};

/// How long after its expiry a copy counts as gone that nobody can ask the provider about.
const MARGIN: Duration = Duration::from_secs(86_400);

/// Carries orders of erasure out on what providers keep: each copy is deleted by its
/// provider, or its expiry is put on record.
///
/// It is the [`Keeper`] of one declared store, of all providers or of
/// [one](Self::of). To shred is to delete here, since the key is not ours. A copy that does
/// not say whose it is counts as meant by every order of its tenant; one that is neither
/// deleted nor expires leaves the order open.
#[derive(Clone)]
pub struct ProviderCopyKeeper {
    copies: ProviderCopies,
    storages: Vec<Arc<dyn ProviderStorage>>,
    provider: Option<Processor>,
    context: CallContext,
}

impl ProviderCopyKeeper {
    pub(super) fn new(copies: ProviderCopies, storages: Vec<Arc<dyn ProviderStorage>>) -> Self {
        Self {
            copies,
            storages,
            provider: None,
            context: CallContext::new(),
        }
    }

    /// Looks at what one provider keeps alone.
    #[must_use]
    pub fn of(mut self, provider: Processor) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Sets what goes along with the calls that delete.
    #[must_use]
    pub fn context(mut self, context: CallContext) -> Self {
        self.context = context;
        self
    }

    async fn meant(&self, order: &Order) -> Result<Vec<(RecordKey, ProviderCopy)>, Error> {
        let subject = order.data_subject();
        let subject = subject.map(|subject| self.copies.digest(subject.expose_id()));
        let mut all = self.copies.read(order.tenant_name()).await?;
        all.retain(|(_, copy)| {
            let is_own = self
                .provider
                .as_ref()
                .is_none_or(|own| *own == copy.provider);
            is_own && copy.is_meant_by(order, subject.as_ref())
        });
        Ok(all)
    }

    /// Has a provider delete a copy. Returns whether it did; where nobody can ask it to,
    /// it did not.
    async fn delete_one(&self, copy: &ProviderCopy) -> Result<bool, Error> {
        let mut storages = self.storages.iter();
        let storage = storages.find(|storage| copy.is_at(storage.descriptor()));
        let (Some(storage), Some(item)) = (storage, copy.item()) else {
            return Ok(false);
        };
        match storage.delete(&item, &self.context).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == crate::model::ModelErrorKind::Unsupported => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn erase(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        let now = self.copies.now();
        let (mut items, mut last, mut failure) = (0_u64, None, None);
        let mut evidence = Sha256::new();
        for (key, copy) in self.meant(order).await? {
            // A clock may be ahead, and a provider may name any expiry: it is asked first.
            let is_gone = match (self.delete_one(&copy).await, copy.expires) {
                (Ok(false), Some(by)) => Ok(by.saturating_add(MARGIN) <= now && by > copy.created),
                (asked, _) => asked,
            };
            evidence.update(copy.to_bytes());
            match (is_gone, copy.expires) {
                (Ok(true), _) => {
                    self.copies.forget(&key, &copy).await?;
                    items = items.saturating_add(1);
                }
                (Ok(false), Some(by)) => last = last.max(Some(by)),
                (Ok(false), None) => {
                    let what = "copy of a provider is neither deleted nor does it expire: \
                                delete it there, then call ProviderCopies::settle";
                    failure.get_or_insert(Error::message(ErrorKind::Refused, what));
                }
                (Err(error), _) => {
                    failure.get_or_insert(error);
                }
            }
        }
        let evidence = evidence.finalize().into();
        match (failure, last) {
            (Some(error), _) => Err(error),
            (None, Some(by)) => Ok(KeeperOutcome::Expires { by, evidence }),
            (None, None) => {
                let receipt = ErasureReceipt::new(now, items).evidence(evidence);
                Ok(KeeperOutcome::Done(receipt))
            }
        }
    }
}

#[async_trait]
impl Keeper for ProviderCopyKeeper {
    async fn delete(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        self.erase(order).await
    }

    async fn shred(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        self.erase(order).await
    }

    async fn count(&self, order: &Order) -> Result<u64, Error> {
        Ok(self.meant(order).await?.len() as u64)
    }
}

impl fmt::Debug for ProviderCopyKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderCopyKeeper")
            .field("storages", &self.storages.len())
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}
