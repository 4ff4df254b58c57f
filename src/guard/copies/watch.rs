//! Keeps the list up to date while a provider is asked to keep something.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::copy::ProviderCopy;
use super::list::ProviderCopies;
use crate::Error;
use crate::guard::call::ModelCaller;
use crate::model::{
    AttemptObserver, CallContext, Destination, KeptItem, ModelDescriptor, ModelError,
    ModelErrorKind, ProviderStorage, ServerState,
};
use crate::store::RecordKey;

/// Looks on while a provider is asked to keep something.
///
/// Before the call, the list says that something may be kept. Each id replaces that, or is
/// added. Where the call fails before anything was sent, or the provider refuses it, the
/// list is as it was.
pub(crate) struct Watch {
    copies: ProviderCopies,
    caller: ModelCaller,
    model: ModelDescriptor,
    kind: ServerState,
    /// What may be kept, until it is known what is.
    pending: (RecordKey, ProviderCopy),
    was_sent: AtomicBool,
    kept: Mutex<Vec<(RecordKey, ProviderCopy)>>,
    also: Option<Arc<dyn AttemptObserver>>,
}

impl Watch {
    /// Says on the list that a provider may keep something from now on.
    pub(crate) async fn begin(
        copies: &ProviderCopies,
        caller: &ModelCaller,
        storage: &dyn ProviderStorage,
        kind: ServerState,
        context: &CallContext,
    ) -> Result<Arc<Self>, Error> {
        let model = storage.descriptor();
        let mut copy = copies.copy(caller, model, kind);
        let keeps = storage.keeps_for(kind);
        copy.expires = keeps.map(|keeps| copy.created.saturating_add(keeps));
        let key = copies.put(caller, &copy, None).await?;
        Ok(Arc::new(Self {
            copies: copies.clone(),
            caller: caller.clone(),
            model: model.clone(),
            kind,
            pending: (key, copy),
            was_sent: AtomicBool::new(false),
            kept: Mutex::default(),
            also: context.observed_by().cloned(),
        }))
    }

    pub(crate) fn context(self: &Arc<Self>, given: &CallContext) -> CallContext {
        given.clone().observer(Arc::clone(self) as _)
    }

    /// Ends a call. What one that failed left behind is deleted, as far as that succeeds;
    /// the rest stays on the list.
    pub(crate) async fn end(
        &self,
        sent: Result<KeptItem, ModelError>,
        storage: &dyn ProviderStorage,
        context: &CallContext,
    ) -> Result<KeptItem, ModelError> {
        match &sent {
            Err(error) => self.clean(error, storage, context).await?,
            Ok(item) => {
                let is_known = {
                    let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.iter()
                        .any(|(_, copy)| copy.id.as_ref() == Some(&item.id))
                };
                // A model that told its observer of nothing tells it now.
                if !is_known {
                    self.note(item).await?;
                }
            }
        }
        sent
    }

    async fn clean(
        &self,
        error: &ModelError,
        storage: &dyn ProviderStorage,
        context: &CallContext,
    ) -> Result<(), Error> {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        let has_own = kept.iter().any(|(_, copy)| copy.kind == self.kind);
        for (key, copy) in kept {
            let Some(item) = copy.item() else { continue };
            if storage.delete(&item, context).await.is_ok() {
                self.copies.forget(&key, &copy).await?;
            }
        }
        let was_refused = error
            .status()
            .is_some_and(|status| (400..500).contains(&status));
        // That no attempt was seen says nothing of a model that tells its observer of none.
        let was_sent = self.was_sent.load(Ordering::Acquire) || error.attempts() > 0;
        let is_nothing_kept = was_refused || !was_sent && is_before_sending(error.kind());
        if is_nothing_kept && !has_own {
            let (key, copy) = &self.pending;
            self.copies.forget(key, copy).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl AttemptObserver for Watch {
    async fn before(&self, attempt: u32, destination: &Destination) -> Result<(), Error> {
        if let Some(also) = &self.also {
            also.before(attempt, destination).await?;
        }
        self.was_sent.store(true, Ordering::Release);
        Ok(())
    }

    async fn after(&self, attempt: u32, outcome: Result<(), ModelErrorKind>) -> Result<(), Error> {
        match &self.also {
            Some(also) => also.after(attempt, outcome).await,
            None => Ok(()),
        }
    }

    async fn kept(&self, item: &KeptItem) -> Result<(), Error> {
        self.note(item).await?;
        match &self.also {
            Some(also) => also.kept(item).await,
            None => Ok(()),
        }
    }
}

/// Whether an error says that nothing was sent, where there was no attempt.
const fn is_before_sending(kind: ModelErrorKind) -> bool {
    matches!(
        kind,
        ModelErrorKind::AttestationMissing
            | ModelErrorKind::BudgetExceeded
            | ModelErrorKind::Config
            | ModelErrorKind::CredentialScope
            | ModelErrorKind::GuardFailed
            | ModelErrorKind::PolicyDenied
            | ModelErrorKind::RegionDenied
            | ModelErrorKind::Unsupported
    )
}

impl Watch {
    /// Puts what the provider keeps on the list.
    async fn note(&self, item: &KeptItem) -> Result<(), Error> {
        let mut copy = self.copies.copy(&self.caller, &self.model, item.kind);
        copy.id = Some(item.id.clone());
        let (key, pending) = &self.pending;
        // Of what else the provider makes, as much is known as of the whole.
        copy.expires = item.expires.or(pending.expires);
        let is_whole = item.kind == self.kind;
        let key = self
            .copies
            .put(&self.caller, &copy, is_whole.then_some(key))
            .await?;
        let parts = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let parts = kept.clone();
            kept.push((key, copy));
            parts
        };
        for (key, mut part) in parts.into_iter().filter(|_| is_whole) {
            part.part_of = Some(item.id.clone());
            self.copies.link(&key, &part).await?;
        }
        Ok(())
    }
}
