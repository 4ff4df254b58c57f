//! What comes in pieces and goes back as one: reasoning of OpenRouter, calls of Gemini.

use std::sync::Arc;

use confidant::model::testing::{MockAnswer, MockReply, MockServer, decode};
use confidant::model::{
    Api, ChatModel, ChatRequest, Content, FinishReason, Message, ModelErrorKind, OpenAiChat, Part,
    Profile, Response, StreamEvent, ToolResult, Warning, collect,
};
use serde_json::{Value, json};

use super::common::{MODEL, generate, hello, key, pair, stream, weather};

const SIGNED: &str =
    r#"{ "type":"reasoning.text", "text":"Hm, \u006cet me see.", "signature":"c2ln", "index":0 }"#;
const SEALED: &str = r#"{"type":"reasoning.encrypted","data":"c2VhbGVk","id":"r1","index":1}"#;

fn open_router() -> (MockServer, Arc<dyn ChatModel>) {
    let server = MockServer::start().unwrap();
    let model = OpenAiChat::builder(MODEL, key())
        .profile(Profile::OpenRouter)
        .address(&format!("{}/v1", server.address()))
        .build()
        .unwrap();
    (server, Arc::new(model))
}

fn completion(message: &str) -> String {
    format!(
        r#"{{"id":"c","model":"test-one","choices":[{{"index":0,"message":{message},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":1,"completion_tokens":1}}}}"#
    )
}

fn chunks(deltas: &[&str]) -> String {
    let mut text = String::new();
    for delta in deltas {
        text += &format!(
            "data: {{\"id\":\"c\",\"model\":\"test-one\",\"choices\":[{{\"index\":0,\"delta\":{delta}}}]}}\n\n"
        );
    }
    text + "data: {\"model\":\"test-one\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
}

/// The list of the assistant's message in the last request, byte for byte.
fn sent_details(server: &MockServer) -> Option<String> {
    let body = String::from_utf8(server.requests().last().unwrap().body().to_vec()).unwrap();
    let (_, rest) = body.split_once(r#""reasoning_details":"#)?;
    let mut values =
        serde_json::Deserializer::from_str(rest).into_iter::<&serde_json::value::RawValue>();
    Some(values.next()?.unwrap().get().to_owned())
}

async fn ask_again(server: &MockServer, model: &dyn ChatModel, first: Response) -> Response {
    server.answer(MockAnswer::text("Yes."));
    let request = hello().with(first.message).with(Message::user("Sure?"));
    generate(model, request).await.unwrap()
}

#[tokio::test]
async fn reasoning_of_a_whole_answer_goes_back_byte_for_byte() {
    let (server, model) = open_router();
    let message = format!(
        r#"{{"content":"Hello.","reasoning":"Hm, let me see.","reasoning_details":[{SIGNED}, {SEALED}]}}"#
    );
    server.reply(MockReply::raw(
        200,
        "application/json",
        completion(&message),
    ));
    let first = generate(&*model, hello()).await.unwrap();
    let reasoning = first
        .message
        .parts
        .iter()
        .find_map(|part| match &part.content {
            Content::Reasoning(reasoning) => Some((reasoning.text.as_str(), reasoning.is_signed)),
            _ => None,
        });
    assert_eq!(reasoning, Some(("Hm, let me see.", true)));
    assert_eq!(first.message.text(), "Hello.");
    let second = ask_again(&server, &*model, first).await;
    assert!(!second.warnings.contains(&Warning::ReasoningDropped));
    assert_eq!(sent_details(&server), Some(format!("[{SIGNED},{SEALED}]")));
}

#[tokio::test]
async fn reasoning_that_comes_in_pieces_goes_back_as_one() {
    let (server, model) = open_router();
    let text = chunks(&[
        r#"{"reasoning":"Hm, ","reasoning_details":[{"type":"reasoning.text","text":"Hm, ","index":0}]}"#,
        r#"{"reasoning":"let me see.","reasoning_details":[{"type":"reasoning.text","text":"let me see.","index":0}]}"#,
        r#"{"content":"Hel"}"#,
        // The signature comes behind the beginning of the text.
        r#"{"content":"lo.","reasoning_details":[{"type":"reasoning.text","signature":"c2ln","index":0}]}"#,
    ]);
    server.reply(MockReply::raw(200, "text/event-stream", text));
    let first = collect(stream(&*model, hello()).await.unwrap())
        .await
        .unwrap();
    assert_eq!(first.message.parts.len(), 2);
    assert_eq!(first.message.text(), "Hello.");
    ask_again(&server, &*model, first).await;
    let sent: Value = serde_json::from_str(&sent_details(&server).unwrap()).unwrap();
    let expected = json!([{"type": "reasoning.text", "text": "Hm, let me see.",
                           "signature": "c2ln", "index": 0}]);
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn reasoning_that_is_sealed_alone_goes_back_and_no_further() {
    let (server, model) = open_router();
    let text = chunks(&[
        r#"{"content":"Hello."}"#,
        &format!(r#"{{"reasoning_details":[{SEALED}]}}"#),
    ]);
    server.reply(MockReply::raw(200, "text/event-stream", text));
    let first = collect(stream(&*model, hello()).await.unwrap())
        .await
        .unwrap();
    let edited = {
        let mut edited = first.clone();
        for part in &mut edited.message.parts {
            if let Content::Reasoning(reasoning) = &mut part.content {
                reasoning.text.push_str("other");
            }
        }
        edited
    };
    // Another server, and another protocol, leave it out.
    for api in [Api::OpenAiChat, Api::AnthropicMessages] {
        let (other, model) = pair(api);
        let answer = ask_again(&other, &*model, first.clone()).await;
        assert!(
            answer.warnings.contains(&Warning::ReasoningDropped),
            "{api:?}"
        );
        other.assert_never_saw("c2VhbGVk");
    }
    ask_again(&server, &*model, first).await;
    assert_eq!(sent_details(&server), Some(format!("[{SEALED}]")));
    ask_again(&server, &*model, edited).await;
    assert_eq!(sent_details(&server), None);
}

fn call(part: &str, last: bool) -> String {
    let finish = if last {
        r#","finishReason":"STOP""#
    } else {
        ""
    };
    format!(
        "data: {{\"modelVersion\":\"test-one\",\"candidates\":[{{\"content\":{{\"parts\":[{part}]}}{finish}}}]}}\n\n"
    )
}

fn gemini(parts: &[&str]) -> Result<Response, ModelErrorKind> {
    let last = parts.len() - 1;
    let text: String = (0..)
        .zip(parts)
        .map(|(at, part)| call(part, at == last))
        .collect();
    let mut collector = confidant::model::Collector::new();
    for event in decode(Api::GeminiGenerateContent, MODEL, &[text.as_bytes()]) {
        collector.push(event.map_err(|error| error.kind())?);
    }
    collector.finish().map_err(|error| error.kind())
}

fn arguments(response: &Response) -> Vec<(String, Value)> {
    let calls = response.message.tool_calls();
    calls
        .map(|call| {
            let arguments = call.arguments.as_json().unwrap();
            (
                call.name.to_string(),
                serde_json::from_str(arguments.as_str()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn arguments_of_gemini_in_pieces_are_put_together() {
    let response = gemini(&[
        r#"{"functionCall":{"name":"send","willContinue":true}}"#,
        r#"{"functionCall":{"partialArgs":[{"jsonPath":"$.to[0]","stringValue":"an","willContinue":true}],"willContinue":true}}"#,
        r#"{"functionCall":{"partialArgs":[{"jsonPath":"$.to[0]","stringValue":"n"},{"jsonPath":"$.count","numberValue":2}],"willContinue":true}}"#,
        r#"{"functionCall":{}}"#,
        r#"{"functionCall":{"name":"stop","partialArgs":[{"jsonPath":"$.now","boolValue":true}]}}"#,
        r#"{"functionCall":{"name":"whole","args":{"a":1}}}"#,
    ])
    .unwrap();
    let expected = [
        ("send".to_owned(), json!({"to": ["ann"], "count": 2})),
        ("stop".to_owned(), json!({"now": true})),
        ("whole".to_owned(), json!({"a": 1})),
    ];
    assert_eq!(arguments(&response), expected);
    assert_eq!(response.finish.reason, FinishReason::ToolCalls);
    let ids: Vec<_> = response.message.tool_calls().map(|call| &call.id).collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
}

#[test]
fn a_call_of_gemini_that_is_not_whole_is_no_call() {
    let begun = r#"{"functionCall":{"name":"send","partialArgs":[{"jsonPath":"$.to","stringValue":"a"}],"willContinue":true}}"#;
    assert_eq!(gemini(&[begun]).unwrap_err(), ModelErrorKind::Truncated);
    for next in [
        r#"{"text":"and so"}"#,
        r#"{"functionCall":{"name":"other"}}"#,
        r#"{"functionCall":{"id":"x"}}"#,
        r#"{"functionCall":{"partialArgs":[{"jsonPath":"$.to","numberValue":1}]}}"#,
        r#"{"functionCall":{"partialArgs":[{"jsonPath":"$..to","stringValue":"b"}]}}"#,
    ] {
        assert_eq!(
            gemini(&[begun, next]).unwrap_err(),
            ModelErrorKind::Protocol,
            "{next}"
        );
    }
    let nameless = r#"{"functionCall":{"partialArgs":[]}}"#;
    assert_eq!(gemini(&[nameless]).unwrap_err(), ModelErrorKind::Protocol);
    // Nothing of it was passed on before it was whole.
    let bytes = call(begun, true);
    let events = decode(Api::GeminiGenerateContent, MODEL, &[bytes.as_bytes()]);
    let passed = |event: &Result<StreamEvent, _>| {
        matches!(
            event,
            Ok(StreamEvent::ArgumentsDelta { .. } | StreamEvent::BlockEnd { .. })
        )
    };
    assert!(!events.iter().any(passed));
}

#[tokio::test]
async fn a_signed_call_of_gemini_in_pieces_goes_back_whole() {
    let (server, model) = pair(Api::GeminiGenerateContent);
    let ask = || -> ChatRequest { hello().with_tool(weather()) };
    let text = [
        call(r#"{"functionCall":{"id":"c1","name":"weather","willContinue":true},"thoughtSignature":"c2ln"}"#, false),
        call(r#"{"functionCall":{"partialArgs":[{"jsonPath":"$.city","stringValue":"Ulm"}]}}"#, true),
    ]
    .concat();
    server.reply(MockReply::raw(200, "text/event-stream", text));
    let first = collect(stream(&*model, ask()).await.unwrap())
        .await
        .unwrap();
    assert_eq!(
        arguments(&first),
        [("weather".to_owned(), json!({"city": "Ulm"}))]
    );
    let id = first.message.tool_calls().next().unwrap().id.clone();
    let result = Message::tool(vec![Part::tool_result(ToolResult::new(
        id,
        vec![Part::text("12 degrees")],
    ))]);
    server.answer(MockAnswer::text("12 degrees."));
    generate(&*model, ask().with(first.message).with(result))
        .await
        .unwrap();
    let body: Value = serde_json::from_slice(server.requests().last().unwrap().body()).unwrap();
    let sent = json!({
        "functionCall": {"id": "c1", "name": "weather", "args": {"city": "Ulm"}},
        "thoughtSignature": "c2ln",
    });
    assert_eq!(body["contents"][1]["parts"][0], sent);
}
