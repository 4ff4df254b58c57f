//! Models for tests, and what they are asked with.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use async_trait::async_trait;
use confidant::audit::Identifier;
use confidant::guard::{Conversation, Guard, GuardBuilder, GuardedModel, ModelCaller, Turn};
use confidant::model::{
    BlockId, BlockKind, CallContext, ChatModel, ChatRequest, ClearedRequest, Content,
    CredentialOwner, Destination, Endpoint, EventStream, Finish, FinishReason, Leaf, Leaves,
    Message, ModelDescriptor, ModelError, Part, Path, Response, Role, StreamEvent, Text, collect,
};
use confidant::redact::Redactor;
use confidant::taxonomy::Processor;

/// Values that validating detectors accept and that belong to nobody.
pub(super) const ANN: &str = "ann@acme-mail.com";
pub(super) const BOB: &str = "bob@acme-mail.com";
pub(super) const CARD: &str = "4111111111111111";
pub(super) const PAT: &str = "ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA";

type Reply = dyn Fn(&ChatRequest) -> Vec<Part> + Send + Sync;

/// A model that answers what a function says, and keeps everything that reached it.
pub(super) struct Peer {
    descriptor: ModelDescriptor,
    reply: Box<Reply>,
    seen: Mutex<Vec<ChatRequest>>,
    /// The errors of the next calls.
    pub(super) errors: Mutex<VecDeque<ModelError>>,
    /// How many bytes the pieces of a stream have.
    pub(super) cut: Mutex<Vec<usize>>,
    /// The limits of time of the calls.
    pub(super) limits: Mutex<Vec<Option<std::time::Duration>>>,
    /// How many events are missing at the end of a stream.
    pub(super) missing: Mutex<usize>,
}

pub(super) fn descriptor(provider: &str, host: &str, owner: CredentialOwner) -> ModelDescriptor {
    ModelDescriptor::new(
        Destination::new(
            Processor::new(provider).unwrap(),
            Endpoint::new(host).unwrap(),
            "large",
        ),
        owner,
    )
}

/// A model under the platform's contract.
pub(super) fn platform() -> ModelDescriptor {
    let host = "https://api.acme-models.example";
    descriptor("acme-models", host, CredentialOwner::Platform)
}

impl Peer {
    pub(super) fn new(
        reply: impl Fn(&ChatRequest) -> Vec<Part> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::at(platform(), reply)
    }

    pub(super) fn at(
        descriptor: ModelDescriptor,
        reply: impl Fn(&ChatRequest) -> Vec<Part> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            descriptor,
            reply: Box::new(reply),
            seen: Mutex::new(Vec::new()),
            errors: Mutex::new(VecDeque::new()),
            cut: Mutex::new(Vec::new()),
            limits: Mutex::new(Vec::new()),
            missing: Mutex::new(0),
        })
    }

    /// A model that repeats the last message.
    pub(super) fn echo() -> Arc<Self> {
        Self::new(|request| {
            let last = request.messages.last().map(Message::text);
            vec![Part::text(last.unwrap_or_default())]
        })
    }

    pub(super) fn requests(&self) -> Vec<ChatRequest> {
        self.seen.lock().unwrap().clone()
    }

    /// Everything that reached the model, as one text.
    pub(super) fn saw(&self) -> String {
        self.requests().iter().map(text_of).collect()
    }

    pub(super) fn assert_never_saw(&self, value: &str) {
        assert!(!self.saw().contains(value), "the model saw {value}");
    }
}

/// Everything in a request, as one text.
pub(super) fn text_of(request: &ChatRequest) -> String {
    let (mut copy, mut all) = (request.clone(), String::new());
    copy.leaves(&Path::root("request"), &mut |_, leaf| {
        match leaf {
            Leaf::Text(text) => all.push_str(text),
            Leaf::Json(json) | Leaf::Schema(json) | Leaf::Wire(json) => all.push_str(json.as_str()),
            Leaf::Name(name) => all.push_str(name),
            Leaf::Number(number) => all.push_str(&number.to_string()),
            Leaf::Blob(blob) => all.push_str(&String::from_utf8_lossy(blob.as_bytes())),
            _ => panic!("another leaf"),
        }
        all.push('\n');
        Ok(())
    })
    .unwrap();
    all
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Peer")
    }
}

/// Cuts a text into pieces of these numbers of bytes, at characters.
fn pieces(text: &str, cut: &[usize]) -> Vec<String> {
    let (mut rest, mut pieces, mut sizes) = (text, Vec::new(), cut.iter().cycle());
    while !rest.is_empty() {
        let mut end = sizes
            .next()
            .copied()
            .unwrap_or(rest.len())
            .clamp(1, rest.len());
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        let (piece, after) = rest.split_at(end);
        pieces.push(piece.to_owned());
        rest = after;
    }
    pieces
}

/// The events of an answer of these parts, cut into pieces.
pub(super) fn events(parts: Vec<Part>, cut: &[usize]) -> Vec<StreamEvent> {
    let mut events = vec![StreamEvent::Started {
        id: None,
        model: None,
        request_id: None,
        attempts: 1,
    }];
    let mut reason = FinishReason::Stop;
    for (at, part) in parts.into_iter().enumerate() {
        let block = BlockId::new(u32::try_from(at).unwrap());
        let (kind, text) = match &part.content {
            Content::Text(text) => (BlockKind::Text, text.as_str().to_owned()),
            Content::Refusal(text) => (BlockKind::Refusal, text.as_str().to_owned()),
            Content::Reasoning(reasoning) => {
                (BlockKind::Reasoning, reasoning.text.as_str().to_owned())
            }
            Content::ToolCall(call) => {
                reason = FinishReason::ToolCalls;
                let (id, name) = (call.id.clone(), call.name.clone());
                (
                    BlockKind::ToolCall { id, name },
                    call.arguments.as_str().to_owned(),
                )
            }
            _ => (BlockKind::Opaque, String::new()),
        };
        let is_call = matches!(kind, BlockKind::ToolCall { .. });
        let is_reasoning = kind == BlockKind::Reasoning;
        events.push(StreamEvent::BlockStart { block, kind });
        for piece in pieces(&text, cut) {
            let text = Text::from(piece);
            events.push(match (is_call, is_reasoning) {
                (true, _) => StreamEvent::ArgumentsDelta { block, text },
                (_, true) => StreamEvent::ReasoningDelta { block, text },
                _ => StreamEvent::TextDelta { block, text },
            });
        }
        let part = Box::new(part);
        events.push(StreamEvent::BlockEnd { block, part });
    }
    events.push(StreamEvent::Finished(Finish::new(reason)));
    events
}

/// Events that are there already.
pub(super) struct Ready(pub(super) VecDeque<Result<StreamEvent, ModelError>>);

impl futures_core::Stream for Ready {
    type Item = Result<StreamEvent, ModelError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front())
    }
}

#[async_trait]
impl ChatModel for Peer {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.descriptor
    }

    async fn generate(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<Response, ModelError> {
        collect(self.stream(request, context).await?).await
    }

    async fn stream(
        &self,
        request: ClearedRequest,
        context: &CallContext,
    ) -> Result<EventStream, ModelError> {
        request.check(&self.descriptor)?;
        self.limits.lock().unwrap().push(context.max_time());
        if let Some(observer) = context.observed_by() {
            observer.before(1, &self.descriptor.destination()).await?;
        }
        self.seen.lock().unwrap().push(request.get().clone());
        let error = self.errors.lock().unwrap().pop_front();
        if let Some(observer) = context.observed_by() {
            let outcome = error.as_ref().map_or(Ok(()), |error| Err(error.kind()));
            observer.after(1, outcome).await?;
        }
        if let Some(error) = error {
            return Err(error);
        }
        let parts = (self.reply)(request.get());
        let cut = self.cut.lock().unwrap().clone();
        let mut events = events(parts, &cut);
        events.truncate(events.len() - *self.missing.lock().unwrap());
        Ok(Box::pin(Ready(events.into_iter().map(Ok).collect())))
    }
}

pub(super) fn builder() -> GuardBuilder {
    Guard::builder(Redactor::secrets_and_pii())
}

pub(super) fn guard() -> Guard {
    builder().build().unwrap()
}

pub(super) fn caller() -> ModelCaller {
    ModelCaller::new(Identifier::new("service:test").unwrap()).tenant("acme")
}

pub(super) fn run<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(future)
}

pub(super) fn user(text: &str) -> ChatRequest {
    ChatRequest::new().with(Message::user(text))
}

/// Asks a model behind a guard, and returns the text that comes back.
pub(super) fn ask(
    guard: &Guard,
    model: &Arc<Peer>,
    conversation: &Conversation,
    request: ChatRequest,
) -> String {
    let guarded = GuardedModel::new(guard.clone(), model.clone());
    let context = CallContext::new();
    let answer = run(guarded.generate(
        Turn::new(&caller(), conversation).context(&context),
        request,
    ))
    .unwrap();
    answer.response().message.text()
}

/// The wire form of a text in a conversation.
pub(super) fn wire(guard: &Guard, conversation: &Conversation, text: &str) -> String {
    guard.hide_text(conversation, text).unwrap()
}

pub(super) fn assistant(parts: Vec<Part>) -> Message {
    Message::new(Role::Assistant, parts)
}
