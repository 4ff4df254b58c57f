//! Files, of OpenAI and compatible servers.

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;

use super::profile::{Profile, Service, service};
use crate::Error;
use crate::model::adapter::{Served, Settings, builder, is_gone, unsupported};
use crate::model::http::{Call, Form};
use crate::model::{
    Api, ApiKey, CallContext, ClearedUpload, FileModel, KeptItem, ModelDescriptor, ModelError,
    Name, ProviderStorage, ServerState,
};
use crate::time::Moment;

/// How long files are kept unless something else is said.
pub(super) const KEEP: Duration = Duration::from_secs(7 * 86_400);

/// The files of OpenAI, of Azure OpenAI, or of a compatible server.
///
/// OpenAI and Azure OpenAI are told to delete each file by themselves, after 7 days or as
/// [`keep_for`](OpenAiFilesBuilder::keep_for) says. Other servers keep files for good.
#[derive(Debug)]
pub struct OpenAiFiles {
    store: Files,
}

/// Settings of [`OpenAiFiles`].
#[derive(Debug)]
pub struct OpenAiFilesBuilder {
    settings: Settings,
    service: Service,
    keep: Duration,
}

/// The endpoint at which files are.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) served: Served,
    pub(super) keep: Option<Duration>,
}

/// What is said of a file.
#[derive(Deserialize)]
struct Body {
    id: String,
    expires_at: Option<i64>,
}

impl Files {
    /// Checks how long files are to be kept. Servers other than OpenAI's own cannot be
    /// told.
    pub(super) fn new(served: Served, profile: Profile, keep: Duration) -> Result<Self, Error> {
        if !(3_600..=2_592_000).contains(&keep.as_secs()) {
            return Err(Error::config("files are kept for 1 hour to 30 days"));
        }
        let keep = profile.is_original().then_some(keep);
        Ok(Self { served, keep })
    }

    pub(super) async fn create(
        &self,
        (name, media_type, purpose): (&str, &str, &str),
        bytes: &[u8],
        context: &CallContext,
    ) -> Result<KeptItem, ModelError> {
        let mut form = Form::new()?.field("purpose", purpose);
        if let Some(keep) = self.keep {
            form = form
                .field("expires_after[anchor]", "created_at")
                .field("expires_after[seconds]", &keep.as_secs().to_string());
        }
        let form = form.file("file", name, media_type, bytes);
        let call = Call::form(self.served.transport.url(["files"])?, form)?;
        let (body, _): (Body, _) = self.served.fetch(call, context).await?;
        let expires = body.expires_at.map(Moment::from_unix_seconds);
        let expires = expires.and_then(Result::ok);
        let item = KeptItem::new(ServerState::File, &*body.id).expires_by(expires);
        context.tell_kept(&item).await?;
        Ok(item)
    }

    /// Deletes a file; one of which the provider says that it is gone counts as deleted.
    pub(super) async fn delete(&self, id: &str, context: &CallContext) -> Result<(), ModelError> {
        let call = Call::delete(self.served.transport.url(["files", id])?);
        match self.served.transport.send(call, context).await {
            Err(error) if !is_gone(&error, Some(id)) => Err(error),
            _ => Ok(()),
        }
    }
}

impl OpenAiFiles {
    /// Returns a builder for a key. Files are no model's: `model` is a name by which
    /// policies know them.
    #[must_use]
    pub fn builder(model: impl Into<Name>, key: ApiKey) -> OpenAiFilesBuilder {
        OpenAiFilesBuilder {
            settings: Settings::new(model.into(), "", key),
            service: Service::default(),
            keep: KEEP,
        }
    }
}

impl OpenAiFilesBuilder {
    /// Sets after how long the provider deletes a file by itself: 1 hour to 30 days, and
    /// 7 days by default.
    #[must_use]
    pub const fn keep_for(mut self, time: Duration) -> Self {
        self.keep = time;
        self
    }

    /// Checks the settings and returns the files.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) as with
    /// [`OpenAiChatBuilder::build`](super::OpenAiChatBuilder::build), and where files
    /// would be kept for less than 1 hour or more than 30 days.
    pub fn build(self) -> Result<OpenAiFiles, Error> {
        let profile = self.service.profile;
        let served = self.service.serve(self.settings, Api::OpenAiChat)?;
        let store = Files::new(served, profile, self.keep)?;
        Ok(OpenAiFiles { store })
    }
}

builder!(OpenAiFilesBuilder);
service!(OpenAiFilesBuilder);

#[async_trait]
impl ProviderStorage for OpenAiFiles {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.store.served.descriptor
    }

    fn keeps_for(&self, kind: ServerState) -> Option<Duration> {
        self.store.keep.filter(|_| kind == ServerState::File)
    }

    async fn delete(&self, item: &KeptItem, context: &CallContext) -> Result<(), ModelError> {
        match item.kind {
            ServerState::File => self.store.delete(&item.id, context).await,
            _ => Err(unsupported("deletion of what the provider keeps")),
        }
    }
}

#[async_trait]
impl FileModel for OpenAiFiles {
    async fn upload(
        &self,
        file: ClearedUpload,
        context: &CallContext,
    ) -> Result<KeptItem, ModelError> {
        file.check(&self.store.served.descriptor)?;
        file.allow(ServerState::File)?;
        let sent = file.get();
        let head = (&*sent.name, &*sent.media_type, &*sent.purpose);
        self.store.create(head, sent.data.as_bytes(), context).await
    }
}
