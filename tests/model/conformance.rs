//! What every adapter must do with a good answer.

use std::collections::BTreeMap;

use confidant::model::testing::{MockAnswer, MockReply};
use confidant::model::{
    Api, Content, FinishReason, Part, Reasoning, StreamEvent, ToolCall, collect,
};

use super::common::{APIS, contents, drain, generate, hello, json, pair, stream, weather};

/// Answers that a protocol can express.
fn answers(api: Api) -> Vec<(&'static str, MockAnswer)> {
    let thought = |signed| Part::new(Content::Reasoning(Reasoning::new("Let me see …", signed)));
    let signed = !matches!(
        api,
        Api::OpenAiChat | Api::OllamaChat | Api::GeminiGenerateContent
    );
    let call = |id: &str, city: &str| {
        let arguments = json(&format!(r#"{{"city":"{city}"}}"#));
        Part::tool_call(ToolCall::new("weather", arguments).with_id(id))
    };
    let ids = if api == Api::OllamaChat {
        ["call_0", "call_1"]
    } else {
        ["c1", "c2"]
    };
    let mut answers = vec![
        (
            "text",
            MockAnswer::text("Guten Tag, 漢字 and 😀 \"quoted\"\nand \\ more."),
        ),
        ("nothing", MockAnswer::new()),
        (
            "reasoning",
            MockAnswer::new()
                .with(thought(signed))
                .with(Part::text("So.")),
        ),
        (
            "calls",
            MockAnswer::text("I look.")
                .with(call(ids[0], "Ulm"))
                .with(call(ids[1], "Köln \\\"K\\\""))
                .finish(FinishReason::ToolCalls),
        ),
        (
            "cut",
            MockAnswer::text("too lo").finish(FinishReason::MaxTokens),
        ),
    ];
    if matches!(api, Api::OpenAiChat | Api::OpenAiResponses) {
        let refusal = Part::new(Content::Refusal("I cannot.".into()));
        let answer = MockAnswer::new()
            .with(refusal)
            .finish(FinishReason::Refused);
        answers.push(("refusal", answer));
    }
    answers
}

fn finish(api: Api, name: &str, answer: FinishReason) -> FinishReason {
    match (api, name) {
        // Their word for it is `stop`, and the calls tell.
        (_, "calls") => FinishReason::ToolCalls,
        _ => answer,
    }
}

#[tokio::test]
async fn a_stream_says_what_a_whole_answer_says() {
    for api in APIS {
        for (name, answer) in answers(api) {
            let (server, model) = pair(api);
            let request = || hello().with_tool(weather());
            server.answer(answer.clone().input_tokens(31).output_tokens(7));
            let whole = generate(&*model, request()).await.unwrap();
            server.answer(answer.clone().input_tokens(31).output_tokens(7));
            let streamed = collect(stream(&*model, request()).await.unwrap())
                .await
                .unwrap();
            let expected = finish(api, name, expected(&answer));
            for response in [&whole, &streamed] {
                assert_eq!(
                    contents(&response.message.parts),
                    wanted(&answer),
                    "{api:?} {name}"
                );
                assert_eq!(response.finish.reason, expected, "{api:?} {name}");
                assert_eq!(response.usage.input_tokens, Some(31), "{api:?} {name}");
                assert_eq!(response.usage.output_tokens, Some(7), "{api:?} {name}");
                assert_eq!(response.attempts, 1);
            }
            assert_eq!(whole.finish.raw, streamed.finish.raw, "{api:?} {name}");
            assert_eq!(whole.model, streamed.model);
            assert_eq!(server.count(), 2);
        }
    }
}

fn wanted(answer: &MockAnswer) -> Vec<Content> {
    // A double plays what it is told.
    let model = confidant::model::testing::ScriptedModel::new("x").then(answer.clone());
    let response = pollster::block_on(generate(&model, hello())).unwrap();
    contents(&response.message.parts)
}

fn expected(answer: &MockAnswer) -> FinishReason {
    let model = confidant::model::testing::ScriptedModel::new("x").then(answer.clone());
    pollster::block_on(generate(&model, hello()))
        .unwrap()
        .finish
        .reason
}

#[tokio::test]
async fn blocks_begin_grow_and_end_in_order() {
    for api in APIS {
        for (name, answer) in answers(api) {
            let (server, model) = pair(api);
            server.reply(MockReply::answer(answer).pieces_of(17));
            let events = drain(stream(&*model, hello()).await.unwrap()).await;
            let mut open = BTreeMap::new();
            let mut started = 0;
            let last = events.len() - 1;
            for (at, event) in events.into_iter().enumerate() {
                match event.unwrap() {
                    StreamEvent::Started { .. } => {
                        started += 1;
                        assert_eq!(at, 0, "{api:?} {name}");
                    }
                    StreamEvent::BlockStart { block, .. } => {
                        assert!(open.insert(block, String::new()).is_none());
                    }
                    StreamEvent::TextDelta { block, text }
                    | StreamEvent::ReasoningDelta { block, text }
                    | StreamEvent::ArgumentsDelta { block, text } => {
                        assert!(!text.is_empty());
                        open.get_mut(&block).unwrap().push_str(&text);
                    }
                    StreamEvent::BlockEnd { block, part } => {
                        let said = open.remove(&block).unwrap();
                        let whole = match &part.content {
                            Content::Text(text) | Content::Refusal(text) => text.as_str(),
                            Content::Reasoning(reasoning) => reasoning.text.as_str(),
                            Content::ToolCall(call) => call.arguments.as_str(),
                            other => panic!("{other:?}"),
                        };
                        assert_eq!(said, whole, "{api:?} {name}");
                    }
                    StreamEvent::Finished(_) => {
                        assert_eq!(at, last, "{api:?} {name}");
                        assert!(open.is_empty(), "{api:?} {name}");
                    }
                    _ => {}
                }
            }
            assert_eq!(started, 1, "{api:?} {name}");
        }
    }
}

#[tokio::test]
async fn the_request_id_and_the_model_are_told() {
    let headers = [
        "request-id",
        "x-request-id",
        "x-amzn-requestid",
        "apim-request-id",
    ];
    for api in APIS {
        for header in headers {
            let (server, model) = pair(api);
            let reply = || MockReply::answer(MockAnswer::text("x")).header(header, "req-17");
            server.reply(reply());
            server.reply(reply());
            let whole = generate(&*model, hello()).await.unwrap();
            let streamed = collect(stream(&*model, hello()).await.unwrap())
                .await
                .unwrap();
            for response in [whole, streamed] {
                assert_eq!(response.request_id.as_deref(), Some("req-17"), "{api:?}");
                assert_eq!(response.model.as_deref(), Some("test-one"), "{api:?}");
            }
        }
    }
}

#[tokio::test]
async fn requests_are_json_to_the_right_path_with_the_key_in_a_header() {
    for (api, path, header, value) in [
        (
            Api::AnthropicMessages,
            "/v1/messages",
            "x-api-key",
            "key-of-the-test",
        ),
        (
            Api::OpenAiChat,
            "/v1/chat/completions",
            "authorization",
            "Bearer key-of-the-test",
        ),
        (
            Api::OpenAiResponses,
            "/v1/responses",
            "authorization",
            "Bearer key-of-the-test",
        ),
        (
            Api::GeminiGenerateContent,
            "/v1beta/models/test-one:streamGenerateContent?alt=sse",
            "x-goog-api-key",
            "key-of-the-test",
        ),
        (
            Api::OllamaChat,
            "/api/chat",
            "content-type",
            "application/json",
        ),
        (
            Api::BedrockConverse,
            "/model/test-one/converse-stream",
            "content-type",
            "application/json",
        ),
    ] {
        let (server, model) = pair(api);
        server.answer(MockAnswer::text("x"));
        collect(stream(&*model, hello()).await.unwrap())
            .await
            .unwrap();
        let seen = &server.requests()[0];
        assert_eq!((seen.method(), seen.path()), ("POST", path));
        assert_eq!(seen.header(header), Some(value), "{api:?}");
        assert_eq!(seen.header("referer"), None);
        serde_json::from_slice::<serde_json::Value>(seen.body()).unwrap();
    }
    let (server, model) = pair(Api::BedrockConverse);
    server.answer(MockAnswer::text("x"));
    generate(&*model, hello()).await.unwrap();
    let signed = server.requests()[0]
        .header("authorization")
        .unwrap()
        .to_owned();
    assert!(
        signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"),
        "{signed}"
    );
    assert!(
        signed.contains("/eu-central-1/bedrock/aws4_request"),
        "{signed}"
    );
    server.assert_never_saw("wJalrXUtnFEMI");
}
