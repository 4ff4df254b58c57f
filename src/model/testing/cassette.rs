//! Answers that were once recorded.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::play::{pieces, stream};
use crate::Error;
use crate::model::{
    Arguments, CallContext, ChatModel, ChatRequest, ClearedRequest, Content, EventStream, Finish,
    FinishReason, Leaf, Leaves, Message, ModelDescriptor, ModelError, ModelErrorKind, Name, Part,
    Path, Reasoning, Response, Role, ToolCall, Usage,
};

/// The version of the form in which cassettes are kept.
const VERSION: u32 = 2;
const MAX_CASSETTE: usize = 64 << 20;

/// Recorded answers, found by what a request asks.
///
/// It holds digests of requests and the texts, thoughts and calls of answers; no request,
/// no key and no header.
#[derive(Clone, Default)]
pub struct Cassette {
    takes: Vec<Take>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    takes: Vec<Take>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Take {
    request: String,
    parts: Vec<Piece>,
    finish: String,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Piece {
    Text {
        text: String,
    },
    Refusal {
        text: String,
    },
    Reasoning {
        text: String,
    },
    ToolCall {
        id: String,
        name: String,
        arguments: String,
    },
}

/// What says whether a text may not be kept.
type Refuses = dyn Fn(&str) -> bool + Send + Sync;

/// A model that has another one answer and records what it says.
///
/// Where a detector finds something in the request or in the answer, or the answer has a
/// part that is neither text, thought nor call, nothing is recorded and the call fails.
pub struct Recorder {
    model: Arc<dyn ChatModel>,
    refuses: Box<Refuses>,
    takes: Mutex<Vec<Take>>,
}

impl Cassette {
    /// Reads a cassette of at most 64 MiB.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where it has another form or version;
    /// [`Limit`](crate::ErrorKind::Limit) where it is longer.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_CASSETTE {
            return Err(Error::limit("cassette in bytes", MAX_CASSETTE as u64));
        }
        let document: Document = serde_json::from_str(text)
            .map_err(|_| Error::config("cassette does not have the form of one"))?;
        if document.version != VERSION {
            return Err(Error::config("version of the cassette is not known"));
        }
        Ok(Self {
            takes: document.takes,
        })
    }

    /// Writes the cassette.
    #[must_use]
    pub fn to_json(&self) -> String {
        let document = Document {
            version: VERSION,
            takes: self.takes.clone(),
        };
        serde_json::to_string_pretty(&document).unwrap_or_default()
    }

    /// Returns a model that answers what was recorded. What was not recorded fails with
    /// [`ServerFailed`](ModelErrorKind::ServerFailed).
    #[must_use]
    pub fn into_model(self, descriptor: ModelDescriptor) -> impl ChatModel + use<> {
        Player {
            descriptor,
            takes: self.takes,
        }
    }
}

impl Recorder {
    /// Returns a model that records what `model` answers, unless `refuses` finds that a
    /// text of the request or the answer may not be kept.
    #[must_use]
    pub fn new(
        model: Arc<dyn ChatModel>,
        refuses: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self {
            model,
            refuses: Box::new(refuses),
            takes: Mutex::default(),
        }
    }

    /// Returns what was recorded so far.
    #[must_use]
    pub fn cassette(&self) -> Cassette {
        let takes = self.takes.lock().unwrap_or_else(PoisonError::into_inner);
        Cassette {
            takes: takes.clone(),
        }
    }

    fn check(&self, request: &ChatRequest) -> Result<String, ModelError> {
        let mut refused = false;
        let digest = digest(request, &mut |text| refused |= (self.refuses)(text));
        if refused {
            return Err(refusal());
        }
        Ok(digest)
    }

    fn keep(&self, request: String, response: &Response) -> Result<(), ModelError> {
        let mut message = response.message.clone();
        let mut refused = false;
        message.leaves(&Path::root("answer"), &mut |_, leaf| {
            refused |= show(&leaf, &mut |text| (self.refuses)(text));
            Ok(())
        })?;
        if refused {
            return Err(refusal());
        }
        let parts: Option<Vec<_>> = message.parts.iter().map(Piece::of).collect();
        let parts = parts.ok_or_else(|| {
            let what = "part that a cassette does not hold";
            ModelError::new(ModelErrorKind::Unsupported).with_subject(what)
        })?;
        let take = Take {
            request,
            parts,
            finish: word(response.finish.reason).to_owned(),
            input_tokens: response.usage.input_tokens,
            output_tokens: response.usage.output_tokens,
        };
        let mut takes = self.takes.lock().unwrap_or_else(PoisonError::into_inner);
        takes.push(take);
        Ok(())
    }
}

fn refusal() -> ModelError {
    ModelError::new(ModelErrorKind::PolicyDenied).with_subject("text that may not be recorded")
}

/// Gives the text of a leaf to a detector.
fn show(leaf: &Leaf<'_>, seen: &mut dyn FnMut(&str) -> bool) -> bool {
    match leaf {
        Leaf::Text(text) => seen(text),
        Leaf::Json(json) | Leaf::Schema(json) | Leaf::Wire(json) => seen(json.as_str()),
        Leaf::Name(name) => seen(name),
        Leaf::Number(number) => seen(&number.to_string()),
        Leaf::Blob(blob) => seen(&String::from_utf8_lossy(blob.as_bytes())),
    }
}

/// The digest of everything that a request says.
fn digest(request: &ChatRequest, seen: &mut dyn FnMut(&str)) -> String {
    let mut hash = Sha256::new();
    for message in &request.messages {
        hash.update(format!("{:?}/{};", message.role, message.parts.len()).as_bytes());
        for part in &message.parts {
            let is_error = matches!(&part.content, Content::ToolResult(result) if result.is_error);
            hash.update([u8::from(is_error)]);
        }
    }
    // What is asked for beside the texts; `Debug` shows the lengths of texts alone.
    let ChatRequest {
        tool_choice,
        parallel_tools,
        output,
        sampling,
        reasoning,
        ..
    } = request;
    let asked = format!("{tool_choice:?}{parallel_tools:?}{output:?}{sampling:?}{reasoning:?}");
    hash.update(asked.as_bytes());
    let mut request = request.clone();
    let walked = request.leaves(&Path::root("request"), &mut |path, leaf| {
        let path = path.to_string();
        hash.update(path.as_bytes());
        let mut take = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
            seen(text);
            false
        };
        show(&leaf, &mut take);
        Ok(())
    });
    debug_assert!(walked.is_ok());
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Piece {
    fn of(part: &Part) -> Option<Self> {
        Some(match &part.content {
            Content::Text(text) => Self::Text {
                text: text.to_string(),
            },
            Content::Refusal(text) => Self::Refusal {
                text: text.to_string(),
            },
            Content::Reasoning(reasoning) => Self::Reasoning {
                text: reasoning.text.to_string(),
            },
            Content::ToolCall(call) => Self::ToolCall {
                id: call.id.to_string(),
                name: call.name.to_string(),
                arguments: call.arguments.as_str().to_owned(),
            },
            _ => return None,
        })
    }

    fn part(&self) -> Part {
        Part::new(match self {
            Self::Text { text } => Content::Text(text.as_str().into()),
            Self::Refusal { text } => Content::Refusal(text.as_str().into()),
            // A signature would be for another conversation.
            Self::Reasoning { text } => Content::Reasoning(Reasoning::new(text.as_str(), false)),
            Self::ToolCall {
                id,
                name,
                arguments,
            } => {
                let arguments = Arguments::from_text(arguments);
                Content::ToolCall(ToolCall::new(name.as_str(), arguments).with_id(id.as_str()))
            }
        })
    }
}

const REASONS: &[(FinishReason, &str)] = &[
    (FinishReason::Stop, "stop"),
    (FinishReason::StopSequence, "stop_sequence"),
    (FinishReason::MaxTokens, "max_tokens"),
    (FinishReason::ContextFull, "context_full"),
    (FinishReason::ToolCalls, "tool_calls"),
    (FinishReason::ContentFiltered, "content_filtered"),
    (FinishReason::Refused, "refused"),
    (FinishReason::Paused, "paused"),
    (FinishReason::Compacted, "compacted"),
    (FinishReason::Malformed, "malformed"),
];

fn word(reason: FinishReason) -> &'static str {
    let known = REASONS.iter().find(|(known, _)| *known == reason);
    known.map_or("other", |(_, word)| word)
}

fn reason(word: &str) -> FinishReason {
    let known = REASONS.iter().find(|(_, known)| *known == word);
    known.map_or(FinishReason::Other, |(reason, _)| *reason)
}

struct Player {
    descriptor: ModelDescriptor,
    takes: Vec<Take>,
}

impl Player {
    fn play(&self, request: &ClearedRequest) -> Result<Response, ModelError> {
        request.check(&self.descriptor)?;
        let digest = digest(request.get(), &mut |_| ());
        let take = self.takes.iter().find(|take| take.request == digest);
        let take = take.ok_or_else(|| {
            ModelError::new(ModelErrorKind::ServerFailed).with_subject("request without a record")
        })?;
        let parts = take.parts.iter().map(Piece::part).collect();
        let message = Message::new(Role::Assistant, parts);
        let mut response = Response::new(message, Finish::new(reason(&take.finish)));
        response.model = Some(Name::clone(&self.descriptor.model));
        response.usage = Usage {
            input_tokens: take.input_tokens,
            output_tokens: take.output_tokens,
            ..Usage::default()
        };
        Ok(response)
    }
}

#[async_trait]
impl ChatModel for Player {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.descriptor
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        _: &CallContext,
    ) -> Result<Response, ModelError> {
        self.play(&request)
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        _: &CallContext,
    ) -> Result<EventStream, ModelError> {
        Ok(stream(pieces(self.play(&request)?, 8).into_iter().map(Ok)))
    }
}

#[async_trait]
impl ChatModel for Recorder {
    fn descriptor(&self) -> &ModelDescriptor {
        self.model.descriptor()
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<Response, ModelError> {
        let digest = self.check(request.get())?;
        let response = self.model.generate(request, context).await?;
        self.keep(digest, &response)?;
        Ok(response)
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError> {
        // What may not be kept is known at the end only, so nothing is shown before.
        let digest = self.check(request.get())?;
        let events = self.model.stream(request, context).await?;
        let response = crate::model::collect(events).await?;
        self.keep(digest, &response)?;
        Ok(stream(pieces(response, 8).into_iter().map(Ok)))
    }
}

impl fmt::Debug for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cassette({} takes)", self.takes.len())
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Player")
            .field("descriptor", &self.descriptor)
            .field("takes", &self.takes.len())
            .finish()
    }
}
