//! Message Batches and Files, of Anthropic.

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Anthropic, encode};
use crate::model::adapter::{OpenFault, admit_batch, check_batch_len, is_gone, unsupported};
use crate::model::decode::{Sink, Str, lines, read};
use crate::model::http::{Call, Form, JsonWriter};
use crate::model::{
    BatchAnswer, BatchModel, BatchStatus, CallContext, ClearedBatch, ClearedUpload, FileModel,
    KeptItem, ModelDescriptor, ModelError, ModelErrorKind, Name, ProviderStorage, Response,
    ServerState,
};
use crate::time::Moment;

/// How long Anthropic keeps the answers of a batch.
const KEEPS_BATCHES: Duration = Duration::from_secs(29 * 86_400);
/// The beta in which files are.
pub(super) const FILES_BETA: (&str, &str) = ("anthropic-beta", "files-api-2025-04-14");

#[derive(Deserialize)]
struct BatchBody {
    id: String,
    processing_status: Option<String>,
    request_counts: Option<Counts>,
    created_at: Option<String>,
}

#[derive(Deserialize)]
struct Counts {
    succeeded: Option<u64>,
    errored: Option<u64>,
    canceled: Option<u64>,
    expired: Option<u64>,
}

#[derive(Deserialize)]
struct FileBody {
    id: String,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    custom_id: Str<'a>,
    #[serde(borrow)]
    result: Outcome<'a>,
}

#[derive(Deserialize)]
struct Outcome<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<Wrapped<'a>>,
}

#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow)]
    error: Option<OpenFault<'a>>,
}

impl Anthropic {
    /// The answer to one request, from its line.
    fn answer(&self, line: &[u8]) -> Result<BatchAnswer, ModelError> {
        let line: Line<'_> = serde_json::from_slice(line).map_err(|_| malformed())?;
        let outcome = match (&*line.result.kind, line.result.message) {
            ("succeeded", Some(message)) => self.read(message),
            ("errored", _) => {
                let error = line.result.error.and_then(|wrapped| wrapped.error);
                let fault = error.unwrap_or_default().judge(200);
                let error = ModelError::new(fault.kind);
                Err(match fault.message {
                    Some(message) => error.with_message(message),
                    None => error,
                })
            }
            ("canceled", _) => Err(ModelError::new(ModelErrorKind::Cancelled)),
            ("expired", _) => Err(ModelError::new(ModelErrorKind::Timeout)),
            _ => Err(malformed()),
        };
        Ok(BatchAnswer::new(&*line.custom_id, outcome))
    }

    fn read(&self, message: &RawValue) -> Result<Response, ModelError> {
        let sink = Sink::new(self.served.expected.clone(), None, 1);
        read(message.get().as_bytes(), self.protocol(false), sink)
    }
}

#[async_trait]
impl ProviderStorage for Anthropic {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.served.descriptor
    }

    fn keeps_for(&self, kind: ServerState) -> Option<Duration> {
        (kind == ServerState::Batch).then_some(KEEPS_BATCHES)
    }

    async fn delete(&self, item: &KeptItem, context: &CallContext) -> Result<(), ModelError> {
        let id = item.id.as_str();
        let call = match item.kind {
            ServerState::Batch => Call::delete(
                self.served
                    .transport
                    .url(["v1", "messages", "batches", id])?,
            ),
            ServerState::File => Call::delete(self.served.transport.url(["v1", "files", id])?)
                .header(FILES_BETA.0, FILES_BETA.1),
            _ => return Err(unsupported("deletion of what the provider keeps")),
        };
        let Err(error) = self.served.transport.send(call, context).await else {
            return Ok(());
        };
        // Its words name no id.
        if is_gone(&error, None) {
            return Ok(());
        }
        if item.kind == ServerState::Batch && error.kind() == ModelErrorKind::InvalidRequest {
            // One that is worked on is deleted once it has ended.
            let path = ["v1", "messages", "batches", id, "cancel"];
            let call = Call::post(
                self.served.transport.url(path)?,
                Vec::new(),
                "application/json",
            );
            self.served.transport.send(call, context).await?;
            return Err(error.retryable(true));
        }
        Err(error)
    }
}

#[async_trait]
impl BatchModel for Anthropic {
    async fn submit(
        &self,
        batch: ClearedBatch,
        context: &CallContext,
    ) -> Result<KeptItem, ModelError> {
        let mut w = JsonWriter::with_capacity(4096);
        w.begin_object().key("requests").begin_array();
        for (id, request) in admit_batch(batch, &self.served.descriptor)? {
            let body = encode::body(
                &request,
                &self.served.descriptor,
                &self.dialect,
                Some(false),
            )?;
            if request.used().contains(ServerState::Fallback) {
                // Nobody would know, when the answers are read, that another may answer.
                return Err(unsupported("fallback in a batch"));
            }
            w.begin_object().member("custom_id", &id);
            // What the encoder writes is UTF-8.
            w.key("params").raw(&String::from_utf8_lossy(&body));
            w.end_object();
        }
        w.end_array().end_object();
        let body = w.finish();
        check_batch_len(&body)?;
        let url = self.served.transport.url(["v1", "messages", "batches"])?;
        let call = Call::post(url, body, "application/json").creating();
        let (body, _): (BatchBody, _) = self.served.fetch(call, context).await?;
        let created = body.created_at.and_then(|at| at.parse::<Moment>().ok());
        let expires = created.map(|at| at.saturating_add(KEEPS_BATCHES));
        let item = KeptItem::new(ServerState::Batch, &*body.id).expires_by(expires);
        context.tell_kept(&item).await?;
        Ok(item)
    }

    async fn status(&self, id: &Name, context: &CallContext) -> Result<BatchStatus, ModelError> {
        let url = self
            .served
            .transport
            .url(["v1", "messages", "batches", id])?;
        let call = Call::get(url, "application/json");
        let (body, _): (BatchBody, _) = self.served.fetch(call, context).await?;
        let mut status = BatchStatus::new(body.processing_status.as_deref() == Some("ended"));
        if let Some(counts) = body.request_counts {
            status.succeeded = counts.succeeded;
            let failed = [counts.errored, counts.canceled, counts.expired];
            status.failed = failed.into_iter().flatten().reduce(u64::saturating_add);
        }
        Ok(status)
    }

    async fn answers(
        &self,
        id: &Name,
        context: &CallContext,
    ) -> Result<Vec<BatchAnswer>, ModelError> {
        // The address of the results that the provider names is not followed.
        let path = ["v1", "messages", "batches", id, "results"];
        let call = Call::get(self.served.transport.url(path)?, "application/x-jsonl");
        let answer = self.served.transport.send(call, context).await?;
        let mut answers = Vec::new();
        let each = |line: &[u8]| self.answer(line).map(|answer| answers.push(answer));
        lines(answer, each).await?;
        Ok(answers)
    }
}

#[async_trait]
impl FileModel for Anthropic {
    async fn upload(
        &self,
        file: ClearedUpload,
        context: &CallContext,
    ) -> Result<KeptItem, ModelError> {
        file.check(&self.served.descriptor)?;
        file.allow(ServerState::File)?;
        let sent = file.get();
        let form = Form::new()?.file("file", &sent.name, &sent.media_type, sent.data.as_bytes());
        let call = Call::form(self.served.transport.url(["v1", "files"])?, form)?
            .header(FILES_BETA.0, FILES_BETA.1);
        drop(file);
        let (body, _): (FileBody, _) = self.served.fetch(call, context).await?;
        let item = KeptItem::new(ServerState::File, &*body.id);
        context.tell_kept(&item).await?;
        Ok(item)
    }
}

fn malformed() -> ModelError {
    ModelError::new(ModelErrorKind::Protocol)
}
