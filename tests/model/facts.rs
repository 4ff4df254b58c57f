//! Facts of the wire that stand in no other test: what a request says, and what a stream may
//! hold.

use confidant::model::testing::{MockAnswer, MockReply, decode};
use confidant::model::{
    Api, CallContext, ChatModel, Content, FinishReason, Json, Message, ModelErrorKind, Part, Role,
    StreamEvent, Thinking, collect,
};
use serde_json::{Value, json};

use super::common::{APIS, MODEL, generate, hello, pair, stream};

fn parts(api: Api, text: &str) -> Vec<Part> {
    let events = decode(api, MODEL, &[text.as_bytes()]);
    let parts = events.into_iter().filter_map(|event| match event.unwrap() {
        StreamEvent::BlockEnd { part, .. } => Some(*part),
        _ => None,
    });
    parts.collect()
}

fn sse(values: &[&str]) -> String {
    let lines = values.iter().map(|value| format!("data: {value}\n\n"));
    lines.collect()
}

#[tokio::test]
async fn thinking_between_tools_is_one_protocols_alone() {
    for api in APIS {
        let (server, model) = pair(api);
        server.answer(MockAnswer::text("x"));
        let asked = generate(&*model, hello().reasoning(Thinking::BetweenTools)).await;
        if api == Api::AnthropicMessages {
            asked.unwrap();
            let body: Value = serde_json::from_slice(server.requests()[0].body()).unwrap();
            assert_eq!(body["thinking"], json!({"type": "between_tools"}));
        } else {
            assert_eq!(
                asked.unwrap_err().kind(),
                ModelErrorKind::Unsupported,
                "{api:?}"
            );
            assert_eq!(server.count(), 0);
        }
    }
}

#[tokio::test]
async fn a_stream_of_chat_completions_asks_for_its_usage() {
    let (server, model) = pair(Api::OpenAiChat);
    for streams in [false, true] {
        server.answer(MockAnswer::text("x"));
        if streams {
            collect(stream(&*model, hello()).await.unwrap())
                .await
                .unwrap();
        } else {
            generate(&*model, hello()).await.unwrap();
        }
        let last = server.requests();
        let body: Value = serde_json::from_slice(last.last().unwrap().body()).unwrap();
        let expected = streams.then(|| json!({"include_usage": true}));
        assert_eq!(body.get("stream_options"), expected.as_ref());
    }
}

#[test]
fn a_compaction_grows_by_deltas_and_goes_back_as_one_item() {
    let parts = parts(
        Api::AnthropicMessages,
        &sse(&[
            r#"{"type":"message_start","message":{"id":"m","model":"test-one","content":[]}}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"compaction","content":null}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"compaction_delta","content":"So "}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"compaction_delta","content":"far."}}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"compaction"},"usage":{}}"#,
            r#"{"type":"message_stop"}"#,
        ]),
    );
    let [part] = parts.as_slice() else {
        panic!("{parts:?}");
    };
    let item: Value = serde_json::from_str(part.replay.as_ref().unwrap().wire().as_str()).unwrap();
    assert_eq!(item, json!({"type": "compaction", "content": "So far."}));
    assert!(matches!(&part.content, Content::Opaque(item) if item.kind.as_str() == "compaction"));
}

#[tokio::test]
async fn a_call_by_another_caller_goes_back_as_it_came() {
    let item = r#"{"type":"tool_use","id":"t1","name":"f","input":{"a":1},"caller":{"type":"code_execution_20260120","tool_id":"s1"},"toolset_name":"crm"}"#;
    let (server, model) = pair(Api::AnthropicMessages);
    let whole = format!(
        r#"{{"id":"m","model":"test-one","content":[{item}],"stop_reason":"tool_use","usage":{{}}}}"#
    );
    server.reply(MockReply::raw(200, "application/json", whole));
    let answer = generate(&*model, hello()).await.unwrap();
    server.answer(MockAnswer::text("x"));
    generate(&*model, hello().with(answer.message))
        .await
        .unwrap();
    let body: Value = serde_json::from_slice(server.requests()[1].body()).unwrap();
    let expected: Value = serde_json::from_str(item).unwrap();
    assert_eq!(body["messages"][1]["content"][0], expected);
}

#[test]
fn reasoning_of_compatible_servers_is_reasoning() {
    let parts = parts(
        Api::OpenAiChat,
        &sse(&[
            r#"{"model":"test-one","choices":[{"delta":{"reasoning_content":"Let me "}}]}"#,
            r#"{"model":"test-one","choices":[{"delta":{"reasoning_content":"see."}}]}"#,
            r#"{"model":"test-one","choices":[{"delta":{"content":"Yes."}}]}"#,
            r#"{"model":"test-one","choices":[{"delta":{},"finish_reason":"stop"}]}"#,
            "[DONE]",
        ]),
    );
    let [thought, said] = parts.as_slice() else {
        panic!("{parts:?}");
    };
    let Content::Reasoning(reasoning) = &thought.content else {
        panic!("{thought:?}");
    };
    assert_eq!(
        (&*reasoning.text, reasoning.is_signed),
        ("Let me see.", false)
    );
    assert_eq!(said.as_text(), Some("Yes."));
}

#[test]
fn a_response_that_is_cut_ends_with_its_reason() {
    let text = sse(&[
        r#"{"type":"response.created","response":{"id":"r","model":"test-one","status":"in_progress"}}"#,
        r#"{"type":"response.incomplete","response":{"id":"r","model":"test-one","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}}"#,
    ]);
    let events = decode(Api::OpenAiResponses, MODEL, &[text.as_bytes()]);
    let Some(Ok(StreamEvent::Finished(finish))) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(finish.reason, FinishReason::MaxTokens);
}

#[tokio::test]
async fn calls_of_tools_that_gemini_runs_go_back_as_they_came() {
    let call = r#"{"toolCall":{"toolType":"GOOGLE_SEARCH_WEB","args":{"q":"a"},"id":"s1"},"thoughtSignature":"c2ln"}"#;
    let result =
        r#"{"toolResponse":{"toolType":"GOOGLE_SEARCH_WEB","response":{"n":1},"id":"s1"}}"#;
    let (server, model) = pair(Api::GeminiGenerateContent);
    let whole = format!(
        r#"{{"modelVersion":"test-one","candidates":[{{"content":{{"role":"model","parts":[{call},{result},{{"text":"x"}}]}},"finishReason":"STOP"}}]}}"#
    );
    server.reply(MockReply::raw(200, "application/json", whole));
    let answer = generate(&*model, hello()).await.unwrap();
    server.answer(MockAnswer::text("x"));
    generate(&*model, hello().with(answer.message))
        .await
        .unwrap();
    let body: Value = serde_json::from_slice(server.requests()[1].body()).unwrap();
    let parts = &body["contents"][1]["parts"];
    for (at, item) in [call, result].into_iter().enumerate() {
        let expected: Value = serde_json::from_str(item).unwrap();
        assert_eq!(parts[at], expected);
    }
}

#[tokio::test]
async fn aws_says_what_is_wrong_in_a_header_too() {
    for (header, body, kind) in [
        ("ThrottlingException", "{}", ModelErrorKind::RateLimited),
        (
            "ServiceQuotaExceededException:http://internal.amazon.com/coral/",
            r#"{"message":"hello@example.com"}"#,
            ModelErrorKind::QuotaExhausted,
        ),
        ("ModelErrorException", "", ModelErrorKind::ServerFailed),
        // The body goes before the header.
        (
            "ThrottlingException",
            r#"{"__type":"a.b#AccessDeniedException"}"#,
            ModelErrorKind::PermissionDenied,
        ),
        ("Nobody knows", "{}", ModelErrorKind::InvalidRequest),
    ] {
        let (server, model) = pair(Api::BedrockConverse);
        let reply = MockReply::raw(400, "application/json", body);
        server.always(reply.header("x-amzn-errortype", header));
        let context = CallContext::new().attempts(1);
        let cleared = confidant::model::testing::clear(
            hello(),
            model.descriptor(),
            confidant::model::ServerStates::none(),
        );
        let error = model.generate(cleared, &context).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{header}");
        assert!(!format!("{error} {error:?}").contains("hello@"));
    }
}

#[tokio::test]
async fn a_call_without_an_id_is_not_sent() {
    use confidant::model::{ToolCall, ToolResult};
    for api in APIS {
        let (server, model) = pair(api);
        let call = Part::tool_call(ToolCall::new("f", Json::empty_object()));
        let call = Message::new(Role::Assistant, vec![call]);
        let result = Part::tool_result(ToolResult::new("", vec![Part::text("x")]));
        for message in [call, Message::tool(vec![result])] {
            let error = generate(&*model, hello().with(message)).await.unwrap_err();
            assert_eq!(error.kind(), ModelErrorKind::Config, "{api:?}");
        }
        assert_eq!(server.count(), 0);
    }
}
