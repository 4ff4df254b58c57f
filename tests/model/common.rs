//! What the tests of all adapters share.

use confidant::taxonomy::Region;
use std::sync::Arc;

use confidant::model::testing::{MockServer, clear};
use confidant::model::{
    Anthropic, Api, ApiKey, Bedrock, BedrockKey, CallContext, ChatModel, ChatRequest,
    CredentialOwner, EventStream, Gemini, IamKey, Json, Message, ModelError, Ollama, OpenAiChat,
    OpenAiResponses, Part, Profile, ProviderConnection, Response, ServerStates, StreamEvent, Tool,
};
use confidant::secret::Secret;

/// The model that is asked.
pub(super) const MODEL: &str = "test-one";

/// Every protocol.
pub(super) const APIS: [Api; 6] = [
    Api::AnthropicMessages,
    Api::OpenAiChat,
    Api::OpenAiResponses,
    Api::GeminiGenerateContent,
    Api::OllamaChat,
    Api::BedrockConverse,
];

pub(super) fn key() -> ApiKey {
    ApiKey::new(
        CredentialOwner::Platform,
        Secret::from("key-of-the-test".to_owned()),
    )
}

pub(super) fn iam() -> BedrockKey {
    let secret = Secret::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
    BedrockKey::iam(
        CredentialOwner::Platform,
        IamKey::new("AKIDEXAMPLE", secret),
    )
}

/// The adapter of a protocol, for a server on this machine.
pub(super) fn adapter(
    api: Api,
    address: &str,
    connection: ProviderConnection,
) -> Arc<dyn ChatModel> {
    let v1 = format!("{address}/v1");
    match api {
        Api::AnthropicMessages => Arc::new(
            Anthropic::builder(MODEL, key())
                .address(address)
                .connection(connection)
                .build()
                .unwrap(),
        ),
        Api::OpenAiChat => Arc::new(
            OpenAiChat::builder(MODEL, key())
                .profile(Profile::OpenAi)
                .address(&v1)
                .connection(connection)
                .build()
                .unwrap(),
        ),
        Api::OpenAiResponses => Arc::new(
            OpenAiResponses::builder(MODEL, key())
                .address(&v1)
                .connection(connection)
                .build()
                .unwrap(),
        ),
        Api::GeminiGenerateContent => Arc::new(
            Gemini::builder(MODEL, key())
                .address(address)
                .connection(connection)
                .build()
                .unwrap(),
        ),
        Api::OllamaChat => Arc::new(
            Ollama::builder(MODEL)
                .address(address)
                .connection(connection)
                .build()
                .unwrap(),
        ),
        Api::BedrockConverse => Arc::new(
            Bedrock::builder(MODEL, &Region::new("eu-central-1").unwrap(), iam())
                .address(address)
                .connection(connection)
                .build()
                .unwrap(),
        ),
        other => panic!("{other:?} has no adapter"),
    }
}

/// An adapter with a server of its own.
pub(super) fn pair(api: Api) -> (MockServer, Arc<dyn ChatModel>) {
    pair_with(api, ProviderConnection::default())
}

pub(super) fn pair_with(
    api: Api,
    connection: ProviderConnection,
) -> (MockServer, Arc<dyn ChatModel>) {
    let server = MockServer::start().unwrap();
    let model = adapter(api, &server.address(), connection);
    (server, model)
}

/// Asks for a whole answer, with nothing that the provider may keep.
pub(super) async fn generate(
    model: &dyn ChatModel,
    request: ChatRequest,
) -> Result<Response, ModelError> {
    let cleared = clear(request, model.descriptor(), ServerStates::none());
    model.generate(cleared, &CallContext::new()).await
}

/// Asks for a stream.
pub(super) async fn stream(
    model: &dyn ChatModel,
    request: ChatRequest,
) -> Result<EventStream, ModelError> {
    let cleared = clear(request, model.descriptor(), ServerStates::none());
    model.stream(cleared, &CallContext::new()).await
}

/// All that a stream says.
pub(super) async fn drain(mut events: EventStream) -> Vec<Result<StreamEvent, ModelError>> {
    let mut all = Vec::new();
    while let Some(event) =
        std::future::poll_fn(|cx| futures_core::Stream::poll_next(events.as_mut(), cx)).await
    {
        all.push(event);
        assert!(all.len() < 100_000, "the stream does not end");
    }
    all
}

pub(super) fn hello() -> ChatRequest {
    ChatRequest::new().with(Message::user("Hello."))
}

pub(super) fn weather() -> Tool {
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}}}"#;
    Tool::new("weather", json(schema)).with_description("Says the weather.")
}

pub(super) fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

/// The contents of parts, without what is kept for replay.
pub(super) fn contents(parts: &[Part]) -> Vec<confidant::model::Content> {
    parts.iter().map(|part| part.content.clone()).collect()
}
