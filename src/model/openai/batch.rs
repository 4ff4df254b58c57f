//! Batches of Chat Completions.

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::chat_decode::Chunks;
use super::chat_encode;
use super::fault::{failed, judge};
use super::files::{Files, KEEP};
use super::profile::{Profile, Service, service};
use crate::Error;
use crate::model::adapter::{
    Settings, admit_batch, builder, check_batch_len, is_gone, unsupported,
};
use crate::model::decode::{Sink, Str, lines, read};
use crate::model::http::{Call, JsonWriter};
use crate::model::{
    Api, ApiKey, BatchAnswer, BatchModel, BatchStatus, CallContext, ClearedBatch, KeptItem,
    ModelDescriptor, ModelError, ModelErrorKind, Name, ProviderStorage, ServerState,
};

/// A model behind the batches of OpenAI, of Azure OpenAI, or of a compatible server: each
/// request is one of Chat Completions.
///
/// A batch is three things that the provider keeps: a file of requests, one of answers,
/// and one of errors. OpenAI and Azure OpenAI are told to delete the files by themselves,
/// after 7 days or as [`keep_for`](OpenAiBatchBuilder::keep_for) says.
#[derive(Debug)]
pub struct OpenAiBatch {
    files: Files,
    profile: Profile,
}

/// Settings of an [`OpenAiBatch`] model.
#[derive(Debug)]
pub struct OpenAiBatchBuilder {
    settings: Settings,
    service: Service,
    keep: Duration,
}

#[derive(Deserialize)]
struct Body {
    id: String,
    status: Option<String>,
    input_file_id: Option<String>,
    output_file_id: Option<String>,
    error_file_id: Option<String>,
    request_counts: Option<Counts>,
}

#[derive(Deserialize)]
struct Counts {
    completed: Option<u64>,
    failed: Option<u64>,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    custom_id: Str<'a>,
    #[serde(borrow)]
    response: Option<Answered<'a>>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Answered<'a> {
    status_code: u16,
    #[serde(borrow)]
    body: &'a RawValue,
}

#[derive(Deserialize)]
struct Wrong<'a> {
    #[serde(borrow)]
    error: &'a RawValue,
}

impl Body {
    fn has_ended(&self) -> bool {
        let status = self.status.as_deref().unwrap_or_default();
        matches!(status, "completed" | "failed" | "expired" | "cancelled")
    }

    /// The files of the batch that there are.
    fn files(&self) -> impl Iterator<Item = &str> {
        let files = [
            &self.input_file_id,
            &self.output_file_id,
            &self.error_file_id,
        ];
        files.into_iter().filter_map(|file| file.as_deref())
    }
}

impl OpenAiBatch {
    /// Returns a builder for a model and a key.
    #[must_use]
    pub fn builder(model: impl Into<Name>, key: ApiKey) -> OpenAiBatchBuilder {
        OpenAiBatchBuilder {
            settings: Settings::new(model.into(), "", key),
            service: Service::default(),
            keep: KEEP,
        }
    }

    async fn send(&self, call: Call, context: &CallContext) -> Result<Body, ModelError> {
        let (body, _) = self.files.served.fetch(call, context).await?;
        Ok(body)
    }

    async fn fetch(&self, id: &str, context: &CallContext) -> Result<Body, ModelError> {
        let url = self.files.served.transport.url(["batches", id])?;
        self.send(Call::get(url, "application/json"), context).await
    }

    /// The answer to one request, from its line.
    fn answer(&self, line: &[u8]) -> Result<BatchAnswer, ModelError> {
        let line: Line<'_> = serde_json::from_slice(line).map_err(|_| malformed())?;
        let outcome = match (line.response, line.error) {
            (Some(answered), _) if answered.status_code == 200 => {
                let sink = Sink::new(self.files.served.expected.clone(), None, 1);
                read(answered.body.get().as_bytes(), Chunks::default(), sink)
            }
            (Some(answered), _) => {
                let wrong: Result<Wrong<'_>, _> = serde_json::from_str(answered.body.get());
                let error = wrong.map_or(answered.body, |wrong| wrong.error);
                let fault = judge(answered.status_code, error);
                let error = ModelError::new(fault.kind).with_status(answered.status_code);
                Err(match fault.message {
                    Some(message) => error.with_message(message),
                    None => error,
                })
            }
            (None, Some(error)) => Err(failed(error)),
            (None, None) => Err(malformed()),
        };
        Ok(BatchAnswer::new(&*line.custom_id, outcome))
    }
}

impl OpenAiBatchBuilder {
    /// Sets after how long the provider deletes requests and answers by itself: 1 hour to
    /// 30 days, and 7 days by default. A batch takes up to a day.
    #[must_use]
    pub const fn keep_for(mut self, time: Duration) -> Self {
        self.keep = time;
        self
    }

    /// Checks the settings and returns the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) as with
    /// [`OpenAiChatBuilder::build`](super::OpenAiChatBuilder::build), and where files
    /// would be kept for less than 1 hour or more than 30 days.
    pub fn build(self) -> Result<OpenAiBatch, Error> {
        let profile = self.service.profile;
        let served = self.service.serve(self.settings, Api::OpenAiChat)?;
        Ok(OpenAiBatch {
            files: Files::new(served, profile, self.keep)?,
            profile,
        })
    }
}

builder!(OpenAiBatchBuilder);
service!(OpenAiBatchBuilder);

#[async_trait]
impl ProviderStorage for OpenAiBatch {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.files.served.descriptor
    }

    fn keeps_for(&self, kind: ServerState) -> Option<Duration> {
        // A file of answers is made when the batch ends, a day later at most.
        let day = Duration::from_secs(86_400);
        let keep = self.files.keep?;
        match kind {
            ServerState::File => Some(keep),
            ServerState::Batch => Some(keep.saturating_add(day)),
            _ => None,
        }
    }

    async fn delete(&self, item: &KeptItem, context: &CallContext) -> Result<(), ModelError> {
        match item.kind {
            ServerState::File => return self.files.delete(&item.id, context).await,
            ServerState::Batch => {}
            _ => return Err(unsupported("deletion of what the provider keeps")),
        }
        let body = match self.fetch(&item.id, context).await {
            Err(error) if is_gone(&error, Some(&item.id)) => return Ok(()),
            body => body?,
        };
        if !body.has_ended() {
            // One that is being cancelled cannot be cancelled again.
            if body.status.as_deref() == Some("cancelling") {
                return Err(still_worked_on());
            }
            let url = self
                .files
                .served
                .transport
                .url(["batches", &item.id, "cancel"])?;
            let call = Call::post(url, Vec::new(), "application/json");
            self.files.served.transport.send(call, context).await?;
            return Err(still_worked_on());
        }
        for file in body.files() {
            self.files.delete(file, context).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl BatchModel for OpenAiBatch {
    async fn submit(
        &self,
        batch: ClearedBatch,
        context: &CallContext,
    ) -> Result<KeptItem, ModelError> {
        let descriptor = &self.files.served.descriptor;
        let mut body = Vec::new();
        for (id, request) in admit_batch(batch, descriptor)? {
            let inner = chat_encode::body(&request, descriptor, self.profile, false)?;
            let mut w = JsonWriter::with_capacity(inner.len() + 128);
            w.begin_object().member("custom_id", &id);
            w.member("method", "POST");
            w.member("url", "/v1/chat/completions");
            // What the encoder writes is UTF-8.
            w.key("body").raw(&String::from_utf8_lossy(&inner));
            w.end_object();
            body.extend_from_slice(&w.finish());
            body.push(b'\n');
        }
        check_batch_len(&body)?;
        let head = ("batch.jsonl", "application/jsonl", "batch");
        let input = self.files.create(head, &body, context).await?;
        let mut w = JsonWriter::with_capacity(256);
        w.begin_object().member("input_file_id", &input.id);
        w.member("endpoint", "/v1/chat/completions");
        w.member("completion_window", "24h");
        if let Some(keep) = self.files.keep {
            w.key("output_expires_after").begin_object();
            w.member("anchor", "created_at");
            w.key("seconds").number(keep.as_secs()).end_object();
        }
        w.end_object();
        let url = self.files.served.transport.url(["batches"])?;
        let call = Call::post(url, w.finish(), "application/json").creating();
        let body = self.send(call, context).await?;
        let item = KeptItem::new(ServerState::Batch, &*body.id);
        context.tell_kept(&item).await?;
        Ok(item)
    }

    async fn status(&self, id: &Name, context: &CallContext) -> Result<BatchStatus, ModelError> {
        let body = self.fetch(id, context).await?;
        let mut status = BatchStatus::new(body.has_ended());
        if let Some(counts) = body.request_counts {
            status.succeeded = counts.completed;
            status.failed = counts.failed;
        }
        Ok(status)
    }

    async fn answers(
        &self,
        id: &Name,
        context: &CallContext,
    ) -> Result<Vec<BatchAnswer>, ModelError> {
        let body = self.fetch(id, context).await?;
        let mut answers = Vec::new();
        for file in [&body.output_file_id, &body.error_file_id]
            .into_iter()
            .flatten()
        {
            let url = self
                .files
                .served
                .transport
                .url(["files", file, "content"])?;
            let call = Call::get(url, "application/jsonl");
            let answer = self.files.served.transport.send(call, context).await?;
            let each = |line: &[u8]| self.answer(line).map(|answer| answers.push(answer));
            lines(answer, each).await?;
        }
        Ok(answers)
    }
}

fn still_worked_on() -> ModelError {
    let what = "batch that is still worked on";
    let error = ModelError::new(ModelErrorKind::InvalidRequest).with_subject(what);
    error.retryable(true)
}

fn malformed() -> ModelError {
    ModelError::new(ModelErrorKind::Protocol)
}
