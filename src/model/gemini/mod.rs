//! Generate content, of Gemini.

mod decode;
mod encode;
mod pieces;

use async_trait::async_trait;
use serde::Deserialize;

use super::adapter::{Settings, admit, builder, kind_of_word, notes, sink};
use super::decode::{Expected, Sse, events, whole};
use super::http::{Answer, Auth, Call, Fault, Transport};
use super::{
    Api, ApiKey, CallContext, ChatModel, ClearedRequest, EventStream, ModelDescriptor, ModelError,
    ModelErrorKind, Name, Response, Warning,
};
use crate::Error;

const ADDRESS: &str = "https://generativelanguage.googleapis.com";

/// A model behind Gemini's `generateContent`.
///
/// Every request says `store: false`; projects keep requests otherwise. Cached content,
/// uploaded files, and tools that search or run code take a clearance that names them.
/// Signatures of thoughts go back as they came.
///
/// # Example
/// ```
/// use confidant::model::{ApiKey, ChatModel, CredentialOwner, Gemini};
/// use confidant::secret::Secret;
///
/// let key = ApiKey::new(CredentialOwner::Platform, Secret::from("AIza".to_owned()));
/// let model = Gemini::builder("gemini-3-pro", key).build()?;
/// assert_eq!(model.descriptor().provider.as_str(), "gemini");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug)]
pub struct Gemini {
    descriptor: ModelDescriptor,
    transport: Transport,
    expected: Expected,
    /// The project and the place, where it is Vertex AI.
    vertex: Option<(String, String)>,
}

/// Settings of a [`Gemini`] model.
#[derive(Debug)]
pub struct GeminiBuilder {
    settings: Settings,
    vertex: Option<(String, String)>,
}

impl Gemini {
    /// Returns a builder for a model and a key.
    #[must_use]
    pub fn builder(model: impl Into<Name>, key: ApiKey) -> GeminiBuilder {
        GeminiBuilder {
            settings: Settings::new(model.into(), ADDRESS, key),
            vertex: None,
        }
    }

    async fn send(
        &self,
        request: ClearedRequest,
        context: &CallContext,
        stream: bool,
    ) -> Result<(Answer, Vec<Warning>), ModelError> {
        admit(&request, &self.descriptor, stream)?;
        let body = encode::body(&request, &self.descriptor, self.vertex.is_some())?;
        let notes = notes(&request, &self.descriptor);
        // What was sent is not kept while the answer is read.
        drop(request);
        let verb = if stream {
            "streamGenerateContent"
        } else {
            "generateContent"
        };
        let model = self.descriptor.model.trim_start_matches("models/");
        let last = format!("{model}:{verb}");
        let mut url = match &self.vertex {
            None => self.transport.url(["v1beta", "models", &last])?,
            Some((project, place)) => self.transport.url([
                "v1",
                "projects",
                project,
                "locations",
                place,
                "publishers",
                "google",
                "models",
                &last,
            ])?,
        };
        if stream {
            url.query_pairs_mut().append_pair("alt", "sse");
        }
        let accept = if stream {
            "text/event-stream"
        } else {
            "application/json"
        };
        let call = Call::post(url, body, accept);
        let answer = self.transport.send(call, context).await?;
        Ok((answer, notes))
    }
}

impl GeminiBuilder {
    /// Calls the model on Vertex AI, in a project and a place, with the key as a bearer
    /// token. Vertex AI knows no `store`, so none is sent.
    #[must_use]
    pub fn vertex(mut self, project: &str, place: &str) -> Self {
        self.settings.address = match place {
            "global" => "https://aiplatform.googleapis.com".to_owned(),
            place => format!("https://{place}-aiplatform.googleapis.com"),
        };
        self.vertex = Some((project.to_owned(), place.to_owned()));
        self
    }

    /// Checks the settings and returns the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the address is not well-formed, or the
    /// connection cannot be made as set.
    pub fn build(self) -> Result<Gemini, Error> {
        let provider = if self.vertex.is_some() {
            "vertex_ai"
        } else {
            "gemini"
        };
        let (descriptor, base) = self
            .settings
            .describe(Api::GeminiGenerateContent, provider)?;
        let expected = self.settings.expected(&descriptor);
        let auth = if self.vertex.is_some() {
            Auth::Bearer(self.settings.key)
        } else {
            Auth::Header("x-goog-api-key", self.settings.key)
        };
        let connection = self.settings.connection;
        Ok(Gemini {
            transport: Transport::new(connection, base, &descriptor, auth, fault)?,
            descriptor,
            expected,
            vertex: self.vertex,
        })
    }
}

builder!(GeminiBuilder);

#[async_trait]
impl ChatModel for Gemini {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.descriptor
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<Response, ModelError> {
        let (answer, notes) = self.send(request, context, false).await?;
        let sink = sink(&self.expected, &answer, notes);
        whole(answer, decode::Contents::default(), sink).await
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError> {
        let (answer, notes) = self.send(request, context, true).await?;
        let sink = sink(&self.expected, &answer, notes);
        Ok(events::<Sse, _>(answer, decode::Contents::default(), sink))
    }
}

#[derive(Deserialize)]
struct Body {
    error: Status,
}

#[derive(Deserialize)]
struct Status {
    code: Option<u16>,
    message: Option<String>,
    status: Option<String>,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(rename = "retryDelay")]
    retry_delay: Option<String>,
    reason: Option<String>,
}

/// What an error of Gemini says; some servers wrap it in a list of one.
fn fault(status: u16, body: &[u8]) -> Fault {
    let one: Option<[Body; 1]> = serde_json::from_slice(body).ok();
    let body = one
        .map(|[body]| body)
        .or_else(|| serde_json::from_slice(body).ok());
    let Some(Body { error }) = body else {
        return Fault::of_status(status);
    };
    let status = if status == 200 {
        error.code.unwrap_or(500)
    } else {
        status
    };
    let word = error.status.as_deref().and_then(kind_of_word);
    let mut fault = Fault::new(word.unwrap_or(Fault::of_status(status).kind));
    let mut reasons = error
        .details
        .iter()
        .filter_map(|detail| detail.reason.as_deref());
    if reasons.any(|reason| reason == "API_KEY_INVALID") {
        fault.kind = ModelErrorKind::Authentication;
    }
    let says = |words: &str| error.message.as_deref().is_some_and(|m| m.contains(words));
    if says("exceeds the maximum number of tokens") {
        fault.kind = ModelErrorKind::ContextTooLong;
    }
    let mut delays = error
        .details
        .iter()
        .filter_map(|detail| detail.retry_delay.as_deref());
    fault.retry_after = delays.find_map(|delay| {
        let seconds: f64 = delay.strip_suffix('s')?.parse().ok()?;
        std::time::Duration::try_from_secs_f64(seconds).ok()
    });
    fault.message = error.message;
    fault
}

/// Reads the bytes of a stream without a connection.
#[cfg(feature = "testing")]
pub(super) fn decode(model: &str, pieces: &[&[u8]]) -> Vec<Result<super::StreamEvent, ModelError>> {
    super::decode::decode::<Sse, _>(
        decode::Contents::default(),
        Api::GeminiGenerateContent,
        model,
        pieces,
    )
}
