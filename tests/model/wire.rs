//! The bodies of requests, protocol by protocol.

use std::sync::Arc;

use confidant::model::testing::{MockAnswer, MockServer};
use confidant::model::{
    Api, CacheHint, ChatModel, ChatRequest, Content, Effort, File, Message, ModelCapabilities,
    OpenAiChat, OpenAiResponses, Output, Part, Profile, Role, Support, Thinking, ToolCall,
    ToolChoice, ToolResult,
};
use confidant::taxonomy::Processor;
use serde_json::{Value, json};

use super::common::{MODEL, generate, json as raw, key, pair, weather};

/// A conversation with everything that most protocols know.
pub(super) fn conversation() -> ChatRequest {
    let result = ToolResult::new("c1", vec![Part::text("12 °C")]).with_name("weather");
    let failed = ToolResult::new("c2", vec![Part::text("no such city")]).as_error();
    let failed = failed.with_name("weather");
    let picture = Part::image("image/png", [1, 2, 3].as_slice());
    let question = Message::new(Role::User, vec![Part::text("And here?"), picture]);
    let calls = Message::assistant("I look.")
        .with(Part::tool_call(
            ToolCall::new("weather", raw(r#"{"city": "Ulm"}"#)).with_id("c1"),
        ))
        .with(Part::tool_call(
            ToolCall::new("weather", raw(r#"{"city": "Xy"}"#)).with_id("c2"),
        ));
    let results = [result, failed].map(|result| Part::new(Content::ToolResult(result)));
    ChatRequest::new()
        .with(Message::system("Be brief."))
        .with(Message::user("Weather \"in\" Ulm?"))
        .with(calls)
        .with(Message::tool(results.to_vec()))
        .with(question)
        .with_tool(weather())
        .max_output_tokens(99)
}

pub(super) async fn body(api: Api, request: ChatRequest) -> Value {
    let (server, model) = pair(api);
    server.answer(MockAnswer::text("x"));
    generate(&*model, request).await.unwrap();
    serde_json::from_slice(server.requests()[0].body()).unwrap()
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}}})
}

#[tokio::test]
async fn anthropic() {
    let expected = json!({
        "model": "test-one", "max_tokens": 99,
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Weather \"in\" Ulm?"}]},
            {"role": "assistant", "content": [
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Ulm"}},
                {"type": "tool_use", "id": "c2", "name": "weather", "input": {"city": "Xy"}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "c1",
                    "content": [{"type": "text", "text": "12 °C"}]},
                {"type": "tool_result", "tool_use_id": "c2", "is_error": true,
                    "content": [{"type": "text", "text": "no such city"}]}]},
            {"role": "user", "content": [{"type": "text", "text": "And here?"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png",
                    "data": "AQID"}}]}],
        "tools": [{"name": "weather", "description": "Says the weather.",
            "input_schema": schema()}],
    });
    assert_eq!(body(Api::AnthropicMessages, conversation()).await, expected);
}

#[tokio::test]
async fn anthropic_in_detail() {
    let mut request = ChatRequest::new()
        .with(Message::new(
            Role::System,
            vec![Part::text("Long.").with_cache(CacheHint::Hour)],
        ))
        .with(Message::user("Hi."))
        .with(Message::new(Role::System, vec![Part::text("New rule.")]))
        .with(Message::new(
            Role::User,
            vec![
                Part::text("").with_cache(CacheHint::Short),
                Part::file(File::bytes("text/plain", b"note".as_slice()).with_name("notes.txt"))
                    .with_cache(CacheHint::Short),
            ],
        ))
        .with_tool(weather().strict().with_example(raw(r#"{"city":"Ulm"}"#)))
        .stop_at("END")
        .reasoning(Thinking::Effort(Effort::High))
        .output(Output::Schema {
            name: "n".into(),
            schema: raw("{}"),
        });
    request.parallel_tools = Some(false);
    let body = body(Api::AnthropicMessages, request).await;
    assert_eq!(
        body["system"],
        json!([{"type": "text", "text": "Long.",
        "cache_control": {"type": "ephemeral", "ttl": "1h"}}])
    );
    assert_eq!(
        body["messages"][1],
        json!({"role": "system",
        "content": [{"type": "text", "text": "New rule."}]})
    );
    assert_eq!(
        body["messages"][2]["content"],
        json!([{"type": "document", "title": "notes.txt",
        "source": {"type": "text", "media_type": "text/plain", "data": "note"},
        "cache_control": {"type": "ephemeral"}}])
    );
    assert_eq!(body["tools"][0]["strict"], true);
    assert_eq!(body["tools"][0]["input_examples"], json!([{"city": "Ulm"}]));
    assert_eq!(
        body["tool_choice"],
        json!({"type": "auto", "disable_parallel_tool_use": true})
    );
    assert_eq!(body["thinking"], json!({"type": "adaptive"}));
    assert_eq!(
        body["output_config"],
        json!({"effort": "high",
        "format": {"type": "json_schema", "schema": {}}})
    );
    assert_eq!(body["stop_sequences"], json!(["END"]));
    assert_eq!(body["max_tokens"], 4096);
}

#[tokio::test]
async fn openai_chat() {
    let expected = json!({
        "model": "test-one", "store": false, "max_completion_tokens": 99,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Weather \"in\" Ulm?"},
            {"role": "assistant", "content": "I look.", "tool_calls": [
                {"id": "c1", "type": "function",
                    "function": {"name": "weather", "arguments": "{\"city\": \"Ulm\"}"}},
                {"id": "c2", "type": "function",
                    "function": {"name": "weather", "arguments": "{\"city\": \"Xy\"}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "12 °C"},
            {"role": "tool", "tool_call_id": "c2", "content": "no such city"},
            {"role": "user", "content": [{"type": "text", "text": "And here?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AQID"}}]}],
        "tools": [{"type": "function", "function": {"name": "weather",
            "description": "Says the weather.", "parameters": schema()}}],
    });
    assert_eq!(body(Api::OpenAiChat, conversation()).await, expected);
}

#[tokio::test]
async fn openai_chat_in_detail() {
    let mut request = ChatRequest::new()
        .with(Message::new(Role::Developer, vec![Part::text("Rule.")]))
        .with(Message::new(
            Role::User,
            vec![
                Part::audio("audio/wav", b"x".as_slice()),
                Part::file(File::bytes("application/pdf", b"x".as_slice()).with_name("a.pdf")),
            ],
        ))
        .with_tool(weather().strict())
        .tool_choice(ToolChoice::Tool("weather".into()))
        .temperature(0.5)
        .stop_at("END")
        .reasoning(Thinking::Effort(Effort::Low))
        .output(Output::Schema {
            name: "n".into(),
            schema: raw("{}"),
        });
    request.parallel_tools = Some(false);
    request.sampling.logprobs = Some(2);
    request.sampling.seed = Some(-3);
    request.cache_key = Some("k".into());
    let body = body(Api::OpenAiChat, request).await;
    assert_eq!(
        body["messages"],
        json!([{"role": "developer", "content": "Rule."},
        {"role": "user", "content": [
            {"type": "input_audio", "input_audio": {"data": "eA==", "format": "wav"}},
            {"type": "file", "file": {"filename": "a.pdf",
                "file_data": "data:application/pdf;base64,eA=="}}]}])
    );
    assert_eq!(body["tools"][0]["function"]["strict"], true);
    assert_eq!(
        body["tool_choice"],
        json!({"type": "function", "function": {"name": "weather"}})
    );
    assert_eq!(
        body["response_format"],
        json!({"type": "json_schema", "json_schema": {
        "name": "n", "strict": true, "schema": {}}})
    );
    for (key, value) in [
        ("parallel_tool_calls", json!(false)),
        ("temperature", json!(0.5)),
        ("stop", json!(["END"])),
        ("logprobs", json!(true)),
        ("top_logprobs", json!(2)),
        ("seed", json!(-3)),
        ("reasoning_effort", json!("low")),
        ("prompt_cache_key", json!("k")),
    ] {
        assert_eq!(body[key], value, "{key}");
    }
}

#[tokio::test]
async fn openai_responses() {
    let text = |text: &str| json!({"type": "input_text", "text": text});
    let call = |id: &str, city: &str| {
        json!({"type": "function_call", "call_id": id, "name": "weather",
            "arguments": format!("{{\"city\": \"{city}\"}}")})
    };
    let expected = json!({
        "model": "test-one", "store": false, "max_output_tokens": 99,
        "input": [
            {"type": "message", "role": "system", "content": [text("Be brief.")]},
            {"type": "message", "role": "user", "content": [text("Weather \"in\" Ulm?")]},
            {"type": "message", "role": "assistant", "content": "I look."},
            call("c1", "Ulm"), call("c2", "Xy"),
            {"type": "function_call_output", "call_id": "c1", "output": "12 °C"},
            {"type": "function_call_output", "call_id": "c2", "output": "no such city"},
            {"type": "message", "role": "user", "content": [text("And here?"),
                {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,AQID"}]}],
        "tools": [{"type": "function", "name": "weather", "description": "Says the weather.",
            "parameters": schema(), "strict": false}],
    });
    assert_eq!(body(Api::OpenAiResponses, conversation()).await, expected);
}

#[tokio::test]
async fn gemini() {
    let call = |id: &str, city: &str| json!({"functionCall": {"id": id, "name": "weather", "args": {"city": city}}});
    let expected = json!({
        "store": false,
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Weather \"in\" Ulm?"}]},
            {"role": "model", "parts": [{"text": "I look."}, call("c1", "Ulm"),
                call("c2", "Xy")]},
            {"role": "user", "parts": [
                {"functionResponse": {"id": "c1", "name": "weather",
                    "response": {"output": "12 °C"}}},
                {"functionResponse": {"id": "c2", "name": "weather",
                    "response": {"error": "no such city"}}}]},
            {"role": "user", "parts": [{"text": "And here?"},
                {"inlineData": {"mimeType": "image/png", "data": "AQID"}}]}],
        "tools": [{"functionDeclarations": [{"name": "weather",
            "description": "Says the weather.", "parametersJsonSchema": schema()}]}],
        "generationConfig": {"maxOutputTokens": 99},
    });
    assert_eq!(
        body(Api::GeminiGenerateContent, conversation()).await,
        expected
    );
}

#[tokio::test]
async fn ollama() {
    let call = |city: &str| json!({"function": {"name": "weather", "arguments": {"city": city}}});
    let expected = json!({
        "model": "test-one", "stream": false,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Weather \"in\" Ulm?"},
            {"role": "assistant", "content": "I look.", "tool_calls": [call("Ulm"), call("Xy")]},
            {"role": "tool", "content": "12 °C", "tool_name": "weather"},
            {"role": "tool", "content": "no such city", "tool_name": "weather"},
            {"role": "user", "content": "And here?", "images": ["AQID"]}],
        "tools": [{"type": "function", "function": {"name": "weather",
            "description": "Says the weather.", "parameters": schema()}}],
        "options": {"num_predict": 99},
    });
    assert_eq!(body(Api::OllamaChat, conversation()).await, expected);
}

#[tokio::test]
async fn bedrock() {
    let call = |id: &str, city: &str| json!({"toolUse": {"toolUseId": id, "name": "weather", "input": {"city": city}}});
    let expected = json!({
        "system": [{"text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"text": "Weather \"in\" Ulm?"}]},
            {"role": "assistant", "content": [{"text": "I look."}, call("c1", "Ulm"),
                call("c2", "Xy")]},
            {"role": "user", "content": [
                {"toolResult": {"toolUseId": "c1", "status": "success",
                    "content": [{"text": "12 °C"}]}},
                {"toolResult": {"toolUseId": "c2", "status": "error",
                    "content": [{"text": "no such city"}]}}]},
            {"role": "user", "content": [{"text": "And here?"},
                {"image": {"format": "png", "source": {"bytes": "AQID"}}}]}],
        "inferenceConfig": {"maxTokens": 99},
        "toolConfig": {"tools": [{"toolSpec": {"name": "weather",
            "description": "Says the weather.", "inputSchema": {"json": schema()}}}]},
    });
    assert_eq!(body(Api::BedrockConverse, conversation()).await, expected);
}

#[tokio::test]
async fn openai_caches_up_to_a_part_where_its_model_can() {
    let mark = json!({"mode": "explicit"});
    for api in [Api::OpenAiChat, Api::OpenAiResponses] {
        for (support, profile, expected) in [
            (Support::Yes, Profile::OpenAi, true),
            (Support::Unknown, Profile::OpenAi, false),
            (Support::No, Profile::OpenAi, false),
            (Support::Yes, Profile::Compatible, false),
        ] {
            let server = MockServer::start().unwrap();
            let address = format!("{}/v1", server.address());
            let mut can = ModelCapabilities::new();
            can.cache_points = support;
            let provider = Processor::new("acme").unwrap();
            let model: Arc<dyn ChatModel> = match api {
                Api::OpenAiChat => {
                    let model = OpenAiChat::builder(MODEL, key()).profile(profile);
                    let model = model.provider(provider).address(&address).capabilities(can);
                    Arc::new(model.build().unwrap())
                }
                _ => {
                    let model = OpenAiResponses::builder(MODEL, key()).profile(profile);
                    let model = model.provider(provider).address(&address).capabilities(can);
                    Arc::new(model.build().unwrap())
                }
            };
            server.answer(MockAnswer::text("x"));
            let marked = Part::text("Long.").with_cache(CacheHint::Hour);
            let request = ChatRequest::new()
                .with(Message::new(Role::System, vec![marked]))
                .with(Message::user("Hi."));
            generate(&*model, request).await.unwrap();
            let body: Value = serde_json::from_slice(server.requests()[0].body()).unwrap();
            let text = body.to_string();
            let found = text.matches("prompt_cache_breakpoint").count();
            assert_eq!(
                found,
                usize::from(expected),
                "{api:?} {profile:?} {support:?}"
            );
            if expected {
                let list = if api == Api::OpenAiChat {
                    "messages"
                } else {
                    "input"
                };
                let part = &body[list][0]["content"][0];
                assert_eq!(part["prompt_cache_breakpoint"], mark);
                assert_eq!(part["text"], "Long.");
            }
        }
    }
}
