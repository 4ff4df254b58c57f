//! Signed reasoning goes back as it came, or not at all.

use confidant::model::testing::{MockAnswer, MockServer};
use confidant::model::{
    Anthropic, Api, ChatRequest, Content, Message, ModelErrorKind, Part, Reasoning, Role, ToolCall,
    ToolResult, Warning, collect,
};
use serde_json::Value;

use super::common::{MODEL, generate, hello, json, key, pair, stream, weather};

const SIGNED: [Api; 4] = [
    Api::AnthropicMessages,
    Api::OpenAiResponses,
    Api::GeminiGenerateContent,
    Api::BedrockConverse,
];

fn thinking() -> MockAnswer {
    let reasoning = Part::new(Content::Reasoning(Reasoning::new("Hm, let me see.", true)));
    let call = Part::tool_call(ToolCall::new("weather", json(r#"{"city":"Ulm"}"#)).with_id("c1"));
    MockAnswer::new().with(reasoning).with(call)
}

fn ask() -> ChatRequest {
    hello().with_tool(weather())
}

/// What stands in the second request of everything that the first answer held.
fn replayed(server: &MockServer) -> String {
    let body: Value = serde_json::from_slice(server.requests().last().unwrap().body()).unwrap();
    body.to_string()
}

/// The mark of a signature of the server, protocol by protocol.
fn mark(api: Api) -> &'static str {
    match api {
        Api::AnthropicMessages => "mock-signature-",
        _ => "bW9jaw==",
    }
}

fn result() -> Message {
    Message::tool(vec![Part::tool_result(ToolResult::new(
        "c1",
        vec![Part::text("12 degrees")],
    ))])
}

#[tokio::test]
async fn what_is_signed_goes_back_as_it_came() {
    for api in SIGNED {
        for whole in [true, false] {
            let (server, model) = pair(api);
            server.answer(thinking());
            let first = match whole {
                true => generate(&*model, ask()).await.unwrap(),
                false => collect(stream(&*model, ask()).await.unwrap())
                    .await
                    .unwrap(),
            };
            let request = ask().with(first.message).with(result());
            server.answer(MockAnswer::text("12 degrees."));
            let second = generate(&*model, request).await.unwrap();
            assert_eq!(second.message.text(), "12 degrees.");
            assert!(!second.warnings.contains(&Warning::ReasoningDropped));
            assert!(replayed(&server).contains(mark(api)), "{api:?} {whole}");
        }
    }
}

#[tokio::test]
async fn what_was_edited_is_left_out() {
    for api in [
        Api::AnthropicMessages,
        Api::OpenAiResponses,
        Api::BedrockConverse,
    ] {
        let (server, model) = pair(api);
        server.answer(thinking());
        let mut first = generate(&*model, ask()).await.unwrap();
        let Content::Reasoning(reasoning) = &mut first.message.parts[0].content else {
            panic!("no reasoning");
        };
        reasoning.text.push_str(" Edited.");
        server.answer(MockAnswer::text("x"));
        let second = generate(&*model, ask().with(first.message).with(result()))
            .await
            .unwrap();
        assert!(second.warnings.contains(&Warning::ReasoningDropped));
        let sent = replayed(&server);
        assert!(
            !sent.contains(mark(api)) && !sent.contains("let me see"),
            "{api:?} {sent}"
        );
        assert!(sent.contains("weather"));
    }
}

#[tokio::test]
async fn a_message_of_which_nothing_is_left_is_not_sent() {
    for (api, list) in [
        (Api::AnthropicMessages, "messages"),
        (Api::GeminiGenerateContent, "contents"),
        (Api::BedrockConverse, "messages"),
    ] {
        let (server, model) = pair(api);
        let thought = Part::new(Content::Reasoning(Reasoning::new("Hm.", true)));
        let message = Message::new(Role::Assistant, vec![thought, Part::text("")]);
        server.answer(MockAnswer::text("x"));
        let request = hello().with(message).with(Message::user("More."));
        generate(&*model, request).await.unwrap();
        let body: Value = serde_json::from_slice(server.requests()[0].body()).unwrap();
        let roles: Vec<_> = body[list]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| &m["role"])
            .collect();
        assert_eq!(roles, ["user", "user"], "{api:?}");
    }
}

#[tokio::test]
async fn what_another_model_made_is_left_out() {
    let (server, model) = pair(Api::AnthropicMessages);
    server.answer(thinking());
    let first = generate(&*model, ask()).await.unwrap().message;
    for api in [
        Api::OpenAiResponses,
        Api::GeminiGenerateContent,
        Api::BedrockConverse,
    ] {
        let (other, to) = pair(api);
        other.answer(MockAnswer::text("x"));
        generate(&*to, ask().with(first.clone()).with(result()))
            .await
            .unwrap();
        other.assert_never_saw(mark(Api::AnthropicMessages));
        other.assert_never_saw("let me see");
    }
    let other = Anthropic::builder("test-two", key())
        .address(&server.address())
        .build()
        .unwrap();
    server.answer(MockAnswer::text("x"));
    generate(&other, ask().with(first).with(result()))
        .await
        .unwrap();
    assert!(!replayed(&server).contains("let me see"));
}

#[tokio::test]
async fn an_item_of_another_model_that_cannot_be_written_anew_is_refused() {
    let item = json(r#"{"type":"web_search_call"}"#);
    let opaque = confidant::model::OpaqueItem::new("web_search_call", item);
    let message = Message::new(Role::Assistant, vec![Part::new(Content::Opaque(opaque))]);
    for api in super::common::APIS {
        let (server, model) = pair(api);
        let error = generate(&*model, hello().with(message.clone()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Unsupported, "{api:?}");
        assert_eq!(server.count(), 0);
    }
}

#[tokio::test]
async fn a_signature_holds_for_the_beginning_it_was_made_for() {
    let (server, model) = pair(Api::AnthropicMessages);
    server.answer(thinking());
    let first = generate(&*model, ask()).await.unwrap().message;
    let good = ask().with(first.clone()).with(result());
    let mut bad = good.clone();
    bad.messages[0] = Message::user("Hello, hello.");
    server.answer(MockAnswer::text("x"));
    generate(&*model, good).await.unwrap();
    server.answer(MockAnswer::text("x"));
    let error = generate(&*model, bad).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::InvalidRequest);
    assert_eq!(error.status(), Some(400));
    // A user of the product may see who keeps the reasoning.
    let origin = first.parts[0].replay.as_ref().unwrap().origin();
    assert_eq!(origin.model().as_str(), MODEL);
    assert_eq!(model.descriptor().api, origin.api());
}
