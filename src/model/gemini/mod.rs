//! Generate content, of Gemini.

mod decode;
mod encode;
mod pieces;

use async_trait::async_trait;
use serde::Deserialize;

use super::adapter::{Served, Settings, Wire, builder, kind_of_word, provider_tools};
use super::decode::{Sink, Sse, events, whole};
use super::http::{Answer, Auth, Call, Fault, Refusal};
use super::{
    Api, ApiKey, CallContext, ChatModel, ChatRequest, ClearedRequest, EventStream, ModelDescriptor,
    ModelError, ModelErrorKind, Name, ProviderTools, Response,
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
    served: Served,
    vertex: Option<Vertex>,
}

/// Where a model runs on Vertex AI.
#[derive(Clone, Debug)]
struct Vertex {
    project: String,
    place: String,
}

/// The place of Vertex AI that is none: a request may be processed anywhere.
const ANYWHERE: &str = "global";

/// Settings of a [`Gemini`] model.
#[derive(Debug)]
pub struct GeminiBuilder {
    settings: Settings,
    vertex: Option<Vertex>,
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
    ) -> Result<(Answer, Sink), ModelError> {
        let served = &self.served;
        let (verb, accept) = if stream {
            ("streamGenerateContent", "text/event-stream")
        } else {
            ("generateContent", "application/json")
        };
        let model = served.descriptor.model.trim_start_matches("models/");
        let last = format!("{model}:{verb}");
        let write = |request: &ClearedRequest| {
            let mut url = match &self.vertex {
                None => served.transport.url(["v1beta", "models", &last])?,
                Some(Vertex { project, place }) => served.transport.url([
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
            let body = encode::body(request, &served.descriptor, self.vertex.is_some())?;
            Ok(Call::post(url, body, accept))
        };
        served.ask(request, context, stream, write).await
    }
}

impl GeminiBuilder {
    /// Calls the model on Vertex AI, in a project, with the key as a bearer token. Vertex AI
    /// knows no `store`, so none is sent.
    ///
    /// Without [`vertex_place`](Self::vertex_place) the provider chooses where a request is
    /// processed.
    #[must_use]
    pub fn vertex(mut self, project: &str) -> Self {
        let place = self
            .vertex
            .map_or(ANYWHERE.to_owned(), |vertex| vertex.place);
        self.vertex = Some(Vertex {
            project: project.to_owned(),
            place,
        });
        self
    }

    /// Sets the place of Vertex AI whose endpoint is called, such as `europe-west1`, which
    /// becomes the region of the model. It takes a [`vertex`](Self::vertex), too.
    #[must_use]
    pub fn vertex_place(mut self, place: &str) -> Self {
        let project = self.vertex.map(|vertex| vertex.project);
        self.vertex = Some(Vertex {
            project: project.unwrap_or_default(),
            place: place.to_owned(),
        });
        self
    }

    /// Checks the settings and returns the model.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the address is not well-formed, where a
    /// place of Vertex AI has no project or lies outside of the
    /// [region](Self::region), or where the connection cannot be made as set.
    pub fn build(mut self) -> Result<Gemini, Error> {
        let key = self.settings.key.clone();
        let (provider, auth) = match &self.vertex {
            None => ("gemini", Auth::Header("x-goog-api-key", key)),
            Some(_) => ("vertex_ai", Auth::Bearer(key)),
        };
        if let Some(Vertex { project, place }) = &self.vertex {
            if project.is_empty() {
                return Err(Error::config("place of Vertex AI has no project"));
            }
            // Another address is somebody else's, who may call any place.
            if self.settings.address == ADDRESS {
                self.settings.address = match &**place {
                    ANYWHERE => "https://aiplatform.googleapis.com".to_owned(),
                    place => format!("https://{place}-aiplatform.googleapis.com"),
                };
                if place != ANYWHERE {
                    self.settings.force_region(place)?;
                }
            }
        }
        let wire = Wire {
            api: Api::GeminiGenerateContent,
            provider,
            auth,
            fault,
        };
        Ok(Gemini {
            served: self.settings.serve(wire)?,
            vertex: self.vertex,
        })
    }
}

builder!(GeminiBuilder);

#[async_trait]
impl ChatModel for Gemini {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.served.descriptor
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<Response, ModelError> {
        let (answer, sink) = self.send(request, context, false).await?;
        whole(answer, decode::Contents::default(), sink).await
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError> {
        let (answer, sink) = self.send(request, context, true).await?;
        Ok(events::<Sse, _>(answer, decode::Contents::default(), sink))
    }

    fn provider_tools(&self, request: &ChatRequest) -> ProviderTools {
        provider_tools(request, encode::OPTIONS, encode::HOSTED)
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
fn fault(&Refusal { status, body, .. }: &Refusal<'_>) -> Fault {
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
