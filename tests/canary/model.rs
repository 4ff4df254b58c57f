//! Models: requests, answers, errors and everything that an adapter holds.

use confidant::Error;
use confidant::model::{
    Arguments, ChatRequest, Content, CountRequest, EmbeddingRequest, File, Finish, FinishReason,
    HostedTool, Iteration, Json, Message, ModelError, ModelErrorKind, ModerationRequest, Origin,
    Output, Part, Path, Reasoning, Replay, RequestBatch, RerankRequest, Response, Role,
    StreamEvent, Tool, ToolCall, ToolResult, Transformation, UnknownEvent, Upload, Usage,
};
#[cfg(feature = "bedrock")]
use confidant::taxonomy::Region;

use super::{CANARY, assert_unseen, value};

fn json() -> Json {
    Json::parse(&format!(r#"{{"{CANARY}":"{CANARY}"}}"#)).unwrap()
}

fn message() -> Message {
    let reasoning = Content::Reasoning(Reasoning::new(CANARY, true));
    let origin = Origin::of(&confidant::model::ModelDescriptor::new(
        confidant::model::Destination::new(
            "acme".parse().unwrap(),
            confidant::model::Endpoint::new("https://models.acme.example").unwrap(),
            CANARY,
        ),
        confidant::model::CredentialOwner::Platform,
    ));
    let replay = Replay::new(origin, json(), &reasoning);
    let malformed = Arguments::Malformed(CANARY.into());
    Message::new(
        Role::Assistant,
        vec![
            Part::text(CANARY),
            Part::image(CANARY, CANARY.as_bytes()),
            Part::file(File::bytes(CANARY, CANARY.as_bytes()).with_name(CANARY)),
            Part::tool_call(ToolCall::new(CANARY, json()).with_id(CANARY)),
            Part::new(Content::ToolCall(
                ToolCall::new(CANARY, malformed).with_id(CANARY),
            )),
            Part::tool_result(ToolResult::new(CANARY, vec![Part::text(CANARY)])),
            Part::new(reasoning).with_replay(replay),
        ],
    )
}

fn request() -> ChatRequest {
    let mut request = ChatRequest::new()
        .with(message())
        .with_tool(
            Tool::new(CANARY, json())
                .with_description(CANARY)
                .with_example(json()),
        )
        .output(Output::Schema {
            name: CANARY.into(),
            schema: json(),
        })
        .stop_at(CANARY)
        .options(json());
    request.hosted_tools.push(HostedTool::new(CANARY, json()));
    request.end_user = Some(CANARY.into());
    request
}

#[test]
fn requests_and_answers_show_lengths_and_counts() {
    let finish = Finish::new(FinishReason::Refused)
        .with_raw(CANARY)
        .with_category(CANARY);
    let mut response = Response::new(message(), finish);
    response.id = Some(CANARY.into());
    response.model = Some(CANARY.into());
    response.logprobs = vec![json()];
    response.transformations = vec![Transformation::new(CANARY, Some(CANARY.into()))];
    let mut usage = Usage::new();
    usage.service_tier = Some(CANARY.into());
    usage.iterations = vec![Iteration::new(CANARY)];
    let unknown = UnknownEvent::new(Some(CANARY.into()), CANARY);
    let documents = [CANARY, CANARY];
    assert_unseen(vec![
        value("Request", &request()),
        value("Response", &response),
        value("Usage", &usage),
        value("StreamEvent", &StreamEvent::Unknown(unknown)),
        value("EmbeddingRequest", &EmbeddingRequest::new([CANARY])),
        value("CountRequest", &CountRequest::new(request())),
        value("RerankRequest", &RerankRequest::new(CANARY, documents)),
        value("ModerationRequest", &ModerationRequest::new([CANARY])),
        value("Batch", &RequestBatch::new().with(CANARY, request())),
        value(
            "Upload",
            &Upload::new(CANARY, CANARY.as_bytes())
                .with_name(CANARY)
                .with_purpose(CANARY),
        ),
    ]);
}

#[test]
fn errors_of_models_show_fixed_words() {
    let error = || {
        ModelError::new(ModelErrorKind::InvalidRequest)
            .with_message(CANARY)
            .with_request_id(Some(&format!("{CANARY}\n")))
    };
    let outer = Error::from(error());
    let back = ModelError::from(Error::from(error()));
    let text = |error: &dyn std::error::Error| {
        let mut shown = vec![error.to_string()];
        let mut source = error.source();
        while let Some(inner) = source {
            shown.extend([format!("{inner:?}"), inner.to_string()]);
            source = inner.source();
        }
        shown
    };
    assert_unseen(vec![
        value("ModelError", &error()),
        ("ModelError", text(&error())),
        value("Error of a model", &outer),
        ("Error of a model", text(&outer)),
        value("ModelError of an Error", &back),
        ("ModelError of an Error", text(&back)),
    ]);
    let bad = Json::parse(CANARY).unwrap_err();
    let prices = confidant::model::PriceTable::from_json(&format!(r#"{{"{CANARY}":1}}"#));
    let prices = prices.unwrap_err();
    let endpoint = confidant::model::Endpoint::new(&format!("https://{CANARY}/{CANARY}"));
    let endpoint = endpoint.unwrap_err();
    assert_unseen(vec![
        value("Json::parse", &bad),
        value("PriceTable::from_json", &prices),
        value("Endpoint::new", &endpoint),
    ]);
    let mut request = request();
    let walked = confidant::model::Leaves::leaves(
        &mut request,
        &Path::root("request"),
        &mut |path, leaf| {
            assert_unseen(vec![value("Path", path), value("Leaf", &leaf)]);
            assert_unseen(vec![("Path", vec![path.to_string()])]);
            Ok(())
        },
    );
    walked.unwrap();
}

#[test]
#[cfg(all(
    feature = "anthropic",
    feature = "bedrock",
    feature = "gemini",
    feature = "ollama",
    feature = "openai",
    feature = "testing"
))]
fn adapters_and_doubles_show_no_key_and_no_text() {
    use confidant::model::testing::{EchoModel, MockAnswer, MockReply, ScriptedModel, clear};
    use confidant::model::{
        Anthropic, ApiKey, Bedrock, BedrockKey, ChatModel as _, CredentialOwner, Gemini, IamKey,
        Ollama, OpenAiChat, OpenAiResponses, ProviderConnection, ServerStates,
    };
    use confidant::secret::Secret;

    let secret = || Secret::from(CANARY.to_owned());
    let key = || ApiKey::new(CredentialOwner::Customer(CANARY.into()), secret());
    let iam = || {
        BedrockKey::iam(
            CredentialOwner::Platform,
            IamKey::new(CANARY, secret()).with_session(secret()),
        )
    };
    let proxied =
        || ProviderConnection::default().proxy(Secret::from(format!("http://{CANARY}@a")));
    let anthropic = || Anthropic::builder("m", key()).connection(proxied());
    let bedrock = || Bedrock::builder("m", &Region::new("eu-central-1").unwrap(), iam());
    let echo = EchoModel::new("echo");
    let cleared = clear(request(), echo.descriptor(), ServerStates::none());
    let scripted = ScriptedModel::new("m").then_text(CANARY);
    assert_unseen(vec![
        value("ApiKey", &key()),
        value("BedrockKey", &iam()),
        value("Connection", &proxied()),
        value("AnthropicBuilder", &anthropic()),
        value("Anthropic", &anthropic().build().unwrap()),
        value("BedrockBuilder", &bedrock()),
        value("Bedrock", &bedrock().build().unwrap()),
        value("Gemini", &Gemini::builder("m", key()).build().unwrap()),
        value("Ollama", &Ollama::builder("m").key(key()).build().unwrap()),
        value(
            "OpenAiChat",
            &OpenAiChat::builder("m", key()).build().unwrap(),
        ),
        value(
            "OpenAiResponses",
            &OpenAiResponses::builder("m", key()).build().unwrap(),
        ),
        value("ClearedRequest", &cleared),
        value("ScriptedModel", &scripted),
        value("MockAnswer", &MockAnswer::text(CANARY)),
        value("MockReply", &MockReply::raw(200, "text/plain", CANARY)),
    ]);
}
