//! The clients of models, each at its own interface.

use std::sync::Arc;

use async_trait::async_trait;
use confidant::audit::Identifier;
use confidant::guard::{Conversation, Guard, GuardedModel, ModelCaller, Turn};
use confidant::model::testing::clear;
use confidant::model::{
    ApiKey, CallContext, ChatModel, ChatRequest, Message, OpenAiChat, ServerStates, StreamEvent,
};
use confidant::redact::Redactor;
use futures_util::StreamExt as _;
use genai::adapter::AdapterKind;
use genai::chat::{self, ChatMessage, ChatStreamEvent};
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{ModelIden, ServiceTarget};
use rig_core::completion::{CompletionRequest, Message as RigMessage};
use rig_core::providers::openai::OpenAIConfig;

use crate::Fallible;
use crate::server::Server;

const MODEL: &str = "test-one";

/// A client, with a connection that stays open.
#[async_trait(?Send)]
pub(crate) trait Client {
    fn name(&self) -> &'static str;

    /// Asks with these messages, people and the model in turn. Returns the length of the
    /// answer's text.
    async fn call(&mut self, history: &[String]) -> Fallible<usize>;

    /// The same piece by piece.
    async fn stream(&mut self, history: &[String]) -> Fallible<usize>;
}

pub(crate) async fn all(server: &Server) -> Fallible<Vec<Box<dyn Client>>> {
    let address = server.address();
    let restoring = Guarded::new(&address, "confidant, guard and adapter", false, false)?;
    server.set_placeholder(restoring.placeholder.clone());
    Ok(vec![
        Box::new(Bare::new(&address)),
        Box::new(Rig::new(&address)),
        Box::new(Genai::new(&address)?),
        Box::new(Adapter(model(&address)?)),
        Box::new(restoring),
        Box::new(Guarded::new(
            &address,
            "confidant, guard with output masked, and adapter",
            true,
            false,
        )?),
        Box::new(Guarded::new(
            &address,
            "confidant, guard and adapter, conversation always new",
            false,
            true,
        )?),
    ])
}

/// The HTTP client with a body that was written before, of which nothing is read. What any
/// client takes at least.
struct Bare {
    client: reqwest::Client,
    address: String,
}

impl Bare {
    fn new(address: &str) -> Self {
        Self {
            client: reqwest::Client::new(),
            address: format!("{address}chat/completions"),
        }
    }

    async fn send(&self, history: &[String], stream: bool) -> Fallible<reqwest::Response> {
        let len: usize = history.iter().map(|text| text.len() + 40).sum();
        let mut body = format!("{{\"stream\":{stream},\"text\":\"");
        body.extend(std::iter::repeat_n('x', len));
        body.push_str("\"}");
        let request = self.client.post(&self.address).body(body);
        Ok(request
            .header("content-type", "application/json")
            .send()
            .await?)
    }
}

#[async_trait(?Send)]
impl Client for Bare {
    fn name(&self) -> &'static str {
        "reqwest, nothing written or read"
    }

    async fn call(&mut self, history: &[String]) -> Fallible<usize> {
        let body = self.send(history, false).await?.bytes().await?;
        Ok(match body.is_empty() {
            true => 0,
            false => crate::server::ANSWER.len(),
        })
    }

    async fn stream(&mut self, history: &[String]) -> Fallible<usize> {
        let mut pieces = self.send(history, true).await?.bytes_stream();
        let mut len = 0;
        while let Some(piece) = pieces.next().await {
            len += piece?.len();
        }
        Ok(len)
    }
}

struct Rig(rig_core::Model<rig_core::providers::openai::wire::Chat>);

impl Rig {
    fn new(address: &str) -> Self {
        let config = OpenAIConfig::new("none").with_base_url(address.trim_end_matches('/'));
        Self(config.client().chat(MODEL))
    }
}

fn rig_request(history: &[String]) -> CompletionRequest {
    let messages = history.iter().enumerate().map(|(at, text)| match at % 2 {
        0 => RigMessage::user(text),
        _ => RigMessage::assistant(text),
    });
    // What was said last is a person's here.
    let mut messages: Vec<_> = messages.collect();
    if let (Some(last), Some(text)) = (messages.last_mut(), history.last()) {
        *last = RigMessage::user(text);
    }
    CompletionRequest::from(messages)
}

#[async_trait(?Send)]
impl Client for Rig {
    fn name(&self) -> &'static str {
        "rig-core 0.46"
    }

    async fn call(&mut self, history: &[String]) -> Fallible<usize> {
        Ok(self.0.call(rig_request(history)).await?.text().len())
    }

    async fn stream(&mut self, history: &[String]) -> Fallible<usize> {
        use rig_core::streaming::{Item, StreamEvent as Event};
        let mut events = self.0.stream(rig_request(history))?;
        let mut len = 0;
        while let Some(event) = events.next().await {
            if let Item::Event(Event::Text { text, .. }) = event? {
                len += text.len();
            }
        }
        Ok(len)
    }
}

struct Genai(genai::Client);

impl Genai {
    fn new(address: &str) -> Fallible<Self> {
        let address = address.to_owned();
        let resolver = ServiceTargetResolver::from_resolver_fn(
            move |target: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
                Ok(ServiceTarget {
                    endpoint: Endpoint::from_owned(address.as_str()),
                    auth: AuthData::from_single("none"),
                    model: ModelIden::new(AdapterKind::OpenAI, target.model.model_name),
                })
            },
        );
        let client = genai::Client::builder().with_service_target_resolver(resolver);
        Ok(Self(client.build()?))
    }
}

fn genai_request(history: &[String]) -> chat::ChatRequest {
    let last = history.len().saturating_sub(1);
    let messages = history.iter().enumerate().map(|(at, text)| match at % 2 {
        1 if at != last => ChatMessage::assistant(text.as_str()),
        _ => ChatMessage::user(text.as_str()),
    });
    chat::ChatRequest::new(messages.collect())
}

#[async_trait(?Send)]
impl Client for Genai {
    fn name(&self) -> &'static str {
        "genai 0.7"
    }

    async fn call(&mut self, history: &[String]) -> Fallible<usize> {
        let asked = self.0.exec_chat(MODEL, genai_request(history), None);
        Ok(asked.await?.first_text().map_or(0, str::len))
    }

    async fn stream(&mut self, history: &[String]) -> Fallible<usize> {
        let asked = self.0.exec_chat_stream(MODEL, genai_request(history), None);
        let mut events = asked.await?.stream;
        let mut len = 0;
        while let Some(event) = events.next().await {
            if let ChatStreamEvent::Chunk(piece) = event? {
                len += piece.content.len();
            }
        }
        Ok(len)
    }
}

fn model(address: &str) -> Fallible<OpenAiChat> {
    let builder = OpenAiChat::builder(MODEL, ApiKey::none());
    Ok(builder.address(address.trim_end_matches('/')).build()?)
}

fn request(history: &[String]) -> ChatRequest {
    let last = history.len().saturating_sub(1);
    let mut request = ChatRequest::new();
    for (at, text) in history.iter().enumerate() {
        request.messages.push(match at % 2 {
            1 if at != last => Message::assistant(text.as_str()),
            _ => Message::user(text.as_str()),
        });
    }
    request
}

/// The adapter alone, without a guard.
struct Adapter(OpenAiChat);

#[async_trait(?Send)]
impl Client for Adapter {
    fn name(&self) -> &'static str {
        "confidant, adapter without a guard"
    }

    async fn call(&mut self, history: &[String]) -> Fallible<usize> {
        let states = ServerStates::none();
        let cleared = clear(request(history), self.0.descriptor(), states);
        let answer = self.0.generate(cleared, &CallContext::new()).await?;
        Ok(answer.message.text().len())
    }

    async fn stream(&mut self, history: &[String]) -> Fallible<usize> {
        let states = ServerStates::none();
        let cleared = clear(request(history), self.0.descriptor(), states);
        let mut events = self.0.stream(cleared, &CallContext::new()).await?;
        let mut len = 0;
        while let Some(event) = events.next().await {
            if let StreamEvent::TextDelta { text, .. } = event? {
                len += text.len();
            }
        }
        Ok(len)
    }
}

struct Guarded {
    name: &'static str,
    model: GuardedModel,
    conversation: Conversation,
    caller: ModelCaller,
    placeholder: String,
    is_always_new: bool,
}

impl Guarded {
    fn new(
        address: &str,
        name: &'static str,
        masks_output: bool,
        is_always_new: bool,
    ) -> Fallible<Self> {
        let mut guard = Guard::builder(Redactor::secrets_and_pii());
        if !masks_output {
            guard = guard.without_output_guard();
        }
        let guard = guard.build()?;
        let conversation = Conversation::new()?;
        let placeholder = guard.hide_text(&conversation, "ann@acme-mail.com")?;
        Ok(Self {
            name,
            model: GuardedModel::new(guard, Arc::new(model(address)?)),
            conversation,
            caller: ModelCaller::new(Identifier::new("service:bench")?),
            placeholder,
            is_always_new,
        })
    }
}

#[async_trait(?Send)]
impl Client for Guarded {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn call(&mut self, history: &[String]) -> Fallible<usize> {
        if self.is_always_new {
            self.conversation = Conversation::new()?;
        }
        let context = CallContext::new();
        let request = request(history);
        let asked = self.model.generate(
            Turn::new(&self.caller, &self.conversation).context(&context),
            request,
        );
        Ok(asked.await?.response().message.text().len())
    }

    async fn stream(&mut self, history: &[String]) -> Fallible<usize> {
        let context = CallContext::new();
        let request = request(history);
        let asked = self.model.stream(
            Turn::new(&self.caller, &self.conversation).context(&context),
            request,
        );
        let mut events = asked.await?;
        let mut len = 0;
        while let Some(event) = events.next().await {
            if let StreamEvent::TextDelta { text, .. } = event? {
                len += text.len();
            }
        }
        Ok(len)
    }
}
