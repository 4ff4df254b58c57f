//! Files behind a guard.

use std::fmt;
use std::sync::Arc;

use super::budget::Estimate;
use super::caller::ModelCaller;
use super::services::Services;
use super::side::{Side, digest};
use super::turn::Turn;
use crate::guard::copies::{ProviderCopies, Watch};
use crate::guard::guard::Guard;
use crate::guard::report::GuardReport;
use crate::guard::route::Feature;
use crate::model::{
    CallContext, FileModel, KeptItem, ModelDescriptor, ModelError, ProviderStorage, ServerState,
    Upload, Usage,
};

/// Files that a provider keeps, behind a guard.
///
/// The guard must [allow](crate::guard::GuardBuilder::allow) the provider to
/// keep a [`File`](ServerState::File); that it does stands on the list of
/// [`ProviderCopies`] from before the call until it is deleted or has expired.
#[derive(Clone)]
pub struct GuardedFiles {
    guard: Guard,
    files: Arc<dyn FileModel>,
    copies: ProviderCopies,
    services: Services,
}

impl GuardedFiles {
    /// Puts a guard before files, with the list of what providers keep.
    #[must_use]
    pub fn new(guard: Guard, files: Arc<dyn FileModel>, copies: ProviderCopies) -> Self {
        Self {
            guard,
            files,
            copies,
            services: Services::new(),
        }
    }

    /// Sets the audit log and meters of the calls.
    #[must_use]
    pub fn services(mut self, services: Services) -> Self {
        self.services = services;
        self
    }

    /// Returns where the files are kept.
    #[must_use]
    pub fn descriptor(&self) -> &ModelDescriptor {
        self.files.descriptor()
    }

    /// Sends a file, as [`Guard::clear_upload`] clears it, and returns the id under which
    /// the provider keeps it.
    ///
    /// # Errors
    /// Those of [`GuardedModel::generate`](super::GuardedModel::generate), and
    /// [`PolicyDenied`](crate::model::ModelErrorKind::PolicyDenied) where the guard does
    /// not let the provider keep a file. Where the connection breaks, the list of copies
    /// says that there may be one.
    pub async fn upload(
        &self,
        turn: Turn<'_>,
        file: Upload,
    ) -> Result<(KeptItem, GuardReport), ModelError> {
        let mut report = GuardReport::new(self.guard.mode());
        let uses = ("model.file", Feature::Files);
        let mut side = Side::new(&self.services, turn.caller, self.files.descriptor(), uses);
        let sent = self.send(&mut side, &mut report, turn, file).await;
        let item = side.end(sent, &Usage::new(), &report).await?;
        Ok((item, report))
    }

    async fn send(
        &self,
        side: &mut Side,
        report: &mut GuardReport,
        turn: Turn<'_>,
        file: Upload,
    ) -> Result<KeptItem, ModelError> {
        let conversation = turn.conversation;
        side.reserve(Some(conversation), Estimate::default())
            .await?;
        let model = self.files.descriptor();
        let (cleared, found) = self.guard.clear_upload(conversation, file, model)?;
        *report = found;
        conversation.save().await?;
        let digest = digest(conversation, cleared.get(), &[]);
        let context = side.begin(report, Some(digest), &turn.context).await?;
        let kind = ServerState::File;
        let storage = &*self.files;
        let watch = Watch::begin(&self.copies, turn.caller, storage, kind, &context).await?;
        let sent = self.files.upload(cleared, &watch.context(&context)).await;
        watch.end(sent, storage, &context).await
    }

    /// Has the provider delete a file, and takes it off the list of copies.
    ///
    /// # Errors
    /// [`CredentialScope`](crate::model::ModelErrorKind::CredentialScope) where the key is
    /// another tenant's than the caller's, and those of the provider, of the list and of the
    /// log.
    pub async fn delete(
        &self,
        caller: &ModelCaller,
        item: &KeptItem,
        context: &CallContext,
    ) -> Result<(), ModelError> {
        let uses = ("model.file.delete", Feature::Files);
        let side = Side::new(&self.services, caller, self.files.descriptor(), uses);
        let storage = (&*self.files as &dyn ProviderStorage, &self.copies);
        side.delete(storage, item, self.guard.mode(), context).await
    }
}

impl fmt::Debug for GuardedFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedFiles")
            .field("guard", &self.guard)
            .field("model", self.files.descriptor())
            .finish_non_exhaustive()
    }
}
