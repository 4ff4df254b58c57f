//! What a provider, a source of keys or an option could slip in.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use confidant::model::testing::{MockAnswer, MockReply, MockServer, clear, decode};
use confidant::model::{
    Api, ApiKey, AttemptObserver, CallContext, ChatModel, CredentialOwner, Destination,
    EmbeddingModel, EmbeddingRequest, HostedTool, KeySource, ModelErrorKind, Ollama, OpenAiChat,
    OpenAiEmbeddings, OpenAiResponses, Profile, ServerState, ServerStates, StreamEvent, collect,
};
use confidant::secret::Secret;
use confidant::{Error, ErrorKind};
use serde_json::{Value, json};

use super::common::{MODEL, generate, hello, json as raw, key, pair, stream};

fn body(server: &MockServer) -> Value {
    serde_json::from_slice(server.requests().last().unwrap().body()).unwrap()
}

#[test]
fn a_model_of_the_cloud_is_refused_in_any_letter_case() {
    for name in [
        "gpt-oss:120b-cloud",
        "gpt-oss:120b-CLOUD",
        "x:Cloud",
        "x-Cloud",
    ] {
        let refused = Ollama::builder(name).build().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Refused, "{name}");
    }
}

#[test]
fn an_answer_from_elsewhere_is_not_that_of_a_local_model() {
    for remote in [
        r#""remote_model":"gpt-oss:120b""#,
        r#""remote_host":"https://ollama.com:443""#,
    ] {
        let line = format!(
            "{{\"model\":\"test-one\",{remote},\"message\":{{\"content\":\"Hi\"}},\"done\":true}}\n"
        );
        let events = decode(Api::OllamaChat, MODEL, &[line.as_bytes()]);
        assert_eq!(events.len(), 1);
        let error = events[0].as_ref().unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::WrongModel);
    }
    let line = b"{\"model\":\"test-one\",\"remote_host\":\"\",\"message\":{\"content\":\"Hi\"},\"done\":true}\n";
    let events = decode(Api::OllamaChat, MODEL, &[line]);
    assert!(matches!(events.last(), Some(Ok(StreamEvent::Finished(_)))));
}

#[tokio::test]
async fn responses_and_embeddings_have_the_switches_of_their_server() {
    for (profile, member, value) in [
        (
            Profile::OpenRouter,
            "provider",
            json!({"allow_fallbacks": false, "data_collection": "deny"}),
        ),
        (Profile::LiteLlm, "disable_fallbacks", json!(true)),
    ] {
        let server = MockServer::start().unwrap();
        let address = format!("{}/v1", server.address());
        let responses = OpenAiResponses::builder(MODEL, key())
            .profile(profile)
            .address(&address)
            .build()
            .unwrap();
        server.answer(MockAnswer::text("x"));
        generate(&responses, hello()).await.unwrap();
        assert_eq!(body(&server)[member], value, "{profile:?}");
        for option in ["provider", "disable_fallbacks"] {
            let request = hello().options(raw(&format!(r#"{{"{option}":{{}}}}"#)));
            let error = generate(&responses, request).await.unwrap_err();
            assert_eq!(error.kind(), ModelErrorKind::Config, "{option}");
        }
        let embeddings = OpenAiEmbeddings::builder(MODEL, key())
            .profile(profile)
            .address(&address)
            .build()
            .unwrap();
        let row = r#"{"data":[{"index":0,"embedding":[1]}],"model":"test-one","usage":{"prompt_tokens":3,"total_tokens":3}}"#;
        server.reply(MockReply::raw(200, "application/json", row));
        let request = clear(
            EmbeddingRequest::new(["a"]),
            embeddings.descriptor(),
            ServerStates::none(),
        );
        let got = embeddings
            .embed(request, &CallContext::new())
            .await
            .unwrap();
        assert_eq!(body(&server)[member], value, "{profile:?}");
        // So that budgets learn what was used, and prices apply.
        assert_eq!(got.usage.total_tokens(), Some(3));
    }
}

async fn hosted(api: Api, tool: HostedTool, states: &[ServerState]) -> Result<Value, String> {
    let (server, model) = pair(api);
    server.answer(MockAnswer::text("x"));
    let mut request = hello();
    request.hosted_tools.push(tool);
    let states: ServerStates = states.iter().copied().collect();
    let cleared = clear(request, model.descriptor(), states);
    match model.generate(cleared, &CallContext::new()).await {
        Ok(_) => Ok(body(&server)["tools"][0].clone()),
        Err(error) => {
            assert_eq!(server.count(), 0);
            Err(error.subject().unwrap_or_default().to_owned())
        }
    }
}

#[tokio::test]
async fn a_hosted_tool_is_what_it_is_cleared_for() {
    let all = ServerState::ALL;
    for api in [Api::OpenAiResponses, Api::AnthropicMessages] {
        for settings in [
            r#"{"type":"mcp","server_url":"https://evil.example"}"#,
            r#"{"t\u0079pe":"mcp"}"#,
            r#"[1]"#,
            r#""x""#,
        ] {
            let tool = HostedTool::new("web_search", raw(settings));
            let refused = hosted(api, tool, &all).await.unwrap_err();
            assert!(
                refused.starts_with("settings of a hosted tool"),
                "{refused}"
            );
        }
        let place = HostedTool::new("web_search", raw(r#"{"user_location":{"city":"Ulm"}}"#));
        let refused = hosted(api, place.clone(), &[ServerState::HostedTool]).await;
        assert_eq!(refused.unwrap_err(), ServerState::UserProfile.as_str());
        let both = [ServerState::HostedTool, ServerState::UserProfile];
        let sent = hosted(api, place, &both).await.unwrap();
        assert_eq!(
            sent,
            json!({"type": "web_search", "user_location": {"city": "Ulm"}})
        );
        let nowhere = HostedTool::new("web_search", raw(r#"{"user_location":null}"#));
        hosted(api, nowhere, &[ServerState::HostedTool])
            .await
            .unwrap();
    }
    for (api, kind, state) in [
        (Api::OpenAiResponses, "shell", ServerState::Container),
        (
            Api::AnthropicMessages,
            "code_execution_20260120",
            ServerState::Container,
        ),
        (
            Api::AnthropicMessages,
            "mcp_toolset",
            ServerState::McpServer,
        ),
        (
            Api::GeminiGenerateContent,
            "urlContext",
            ServerState::FetchedUrl,
        ),
        (Api::GeminiGenerateContent, "fileSearch", ServerState::File),
    ] {
        let tool = || HostedTool::new(kind, raw("{}"));
        let refused = hosted(api, tool(), &[ServerState::HostedTool]).await;
        assert_eq!(refused.unwrap_err(), state.as_str(), "{kind}");
        hosted(api, tool(), &[ServerState::HostedTool, state])
            .await
            .unwrap();
    }
    // An option of Chat says where a person is, too.
    let (server, model) = pair(Api::OpenAiChat);
    let request = || {
        hello().options(raw(
            r#"{"web_search_options":{"user_location":{"type":"approximate"}}}"#,
        ))
    };
    let states: ServerStates = [ServerState::HostedTool].into_iter().collect();
    let cleared = clear(request(), model.descriptor(), states);
    let error = model
        .generate(cleared, &CallContext::new())
        .await
        .unwrap_err();
    assert_eq!(error.subject(), Some(ServerState::UserProfile.as_str()));
    assert_eq!(server.count(), 0);
}

/// An observer that fails, or hangs, at one of its places.
#[derive(Debug)]
struct Observer {
    hangs_before: bool,
    fails_after: bool,
    seen: Mutex<u32>,
}

#[async_trait]
impl AttemptObserver for Observer {
    async fn before(&self, _: u32, _: &Destination) -> Result<(), Error> {
        match self.hangs_before {
            true => pending().await,
            false => Ok(()),
        }
    }

    async fn after(&self, _: u32, _: Result<(), ModelErrorKind>) -> Result<(), Error> {
        *self.seen.lock().unwrap() += 1;
        match self.fails_after {
            true => Err(Error::foreign(ErrorKind::Store, "full")),
            false => Ok(()),
        }
    }
}

#[tokio::test]
async fn an_attempt_counts_though_nobody_could_note_it() {
    let (server, model) = pair(Api::OpenAiChat);
    server.always(MockReply::answer(MockAnswer::text("x")));
    let observer = Arc::new(Observer {
        hangs_before: false,
        fails_after: true,
        seen: Mutex::new(0),
    });
    let context = CallContext::new().observer(observer.clone());
    let cleared = clear(hello(), model.descriptor(), ServerStates::none());
    let error = model.generate(cleared, &context).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::GuardFailed);
    assert_eq!((error.attempts(), server.count()), (1, 1));
}

#[derive(Debug)]
struct Hangs;

#[async_trait]
impl KeySource for Hangs {
    async fn key(&self) -> Result<Secret<String>, Error> {
        pending().await
    }
}

#[tokio::test]
async fn a_call_ends_in_time_whoever_hangs() {
    let server = MockServer::start().unwrap();
    let address = format!("{}/v1", server.address());
    let dynamic = ApiKey::from_source(CredentialOwner::Platform, Arc::new(Hangs));
    let slow_key = OpenAiChat::builder(MODEL, dynamic)
        .address(&address)
        .build()
        .unwrap();
    let plain = OpenAiChat::builder(MODEL, key())
        .address(&address)
        .build()
        .unwrap();
    let observer = Arc::new(Observer {
        hangs_before: true,
        fails_after: false,
        seen: Mutex::new(0),
    });
    let short = CallContext::new().timeout(Duration::from_millis(100));
    for (model, context) in [
        (&slow_key, short.clone()),
        (&plain, short.observer(observer)),
    ] {
        let begin = Instant::now();
        let cleared = clear(hello(), model.descriptor(), ServerStates::none());
        let error = model.generate(cleared, &context).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts()),
            (ModelErrorKind::Timeout, 0)
        );
        assert!(begin.elapsed() < Duration::from_secs(5));
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn names_of_two_habits_at_once_break_nothing() {
    let (server, model) = pair(Api::OpenAiChat);
    let text = concat!(
        "data: {\"id\":\"c\",\"model\":\"test-one\",\"choices\":[{\"index\":0,",
        "\"delta\":{\"content\":\"Hi\"},\"message\":{\"content\":\"Hi\"}}]}\n\n",
        "data: {\"model\":\"test-one\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" you\"},",
        "\"message\":{\"content\":\"Hi you\"},\"finish_reason\":\"stop\"}],\"usage\":",
        "{\"prompt_tokens\":7,\"input_tokens\":7,\"completion_tokens\":2,\"output_tokens\":0,",
        "\"prompt_tokens_details\":{\"cached_tokens\":1},\"input_tokens_details\":{\"cached_tokens\":1}}}\n\n",
        "data: [DONE]\n\n"
    );
    server.reply(MockReply::raw(200, "text/event-stream", text));
    let answer = collect(stream(&*model, hello()).await.unwrap())
        .await
        .unwrap();
    assert_eq!(answer.message.text(), "Hi you");
    let usage = &answer.usage;
    assert_eq!(
        (usage.input_tokens, usage.output_tokens),
        (Some(7), Some(2))
    );
    assert_eq!(usage.cache_read_tokens, Some(1));
}

fn responses(events: &[&str]) -> Vec<Result<StreamEvent, ModelErrorKind>> {
    let text: String = events
        .iter()
        .map(|event| format!("data: {event}\n\n"))
        .collect();
    let events = decode(Api::OpenAiResponses, MODEL, &[text.as_bytes()]).into_iter();
    events
        .map(|event| event.map_err(|error| error.kind()))
        .collect()
}

const CREATED: &str = r#"{"type":"response.created","response":{"id":"r","model":"test-one","status":"in_progress"}}"#;
const ADDED: &str = r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}}"#;
const COMPLETED: &str = r#"{"type":"response.completed","response":{"id":"r","model":"test-one","status":"completed","output":[]}}"#;

fn done(arguments: &str) -> String {
    let arguments = serde_json::to_string(arguments).unwrap();
    format!(
        r#"{{"type":"response.output_item.done","output_index":0,"item":{{"type":"function_call","call_id":"c","name":"f","arguments":{arguments}}}}}"#
    )
}

fn delta(arguments: &str) -> String {
    let arguments = serde_json::to_string(arguments).unwrap();
    format!(
        r#"{{"type":"response.function_call_arguments.delta","output_index":0,"delta":{arguments}}}"#
    )
}

#[test]
fn arguments_that_come_with_the_item_alone_are_not_lost() {
    let arguments = |events: &[&str]| {
        let events = responses(events);
        events.iter().find_map(|event| match event {
            Ok(StreamEvent::BlockEnd { part, .. }) => {
                Some(part.as_tool_call()?.arguments.as_str().to_owned())
            }
            _ => None,
        })
    };
    let whole = r#"{"to":"ann"}"#;
    assert_eq!(
        arguments(&[CREATED, ADDED, &done(whole), COMPLETED]).unwrap(),
        whole
    );
    let pieces = [
        CREATED,
        ADDED,
        &delta(r#"{"to":"#),
        &delta(r#""ann"}"#),
        &done(whole),
        COMPLETED,
    ];
    assert_eq!(arguments(&pieces).unwrap(), whole);
    // Two accounts of the same arguments that differ are none.
    let other = responses(&[CREATED, ADDED, &delta("{}"), &done(whole), COMPLETED]);
    assert_eq!(other.last(), Some(&Err(ModelErrorKind::Protocol)));
}

#[test]
fn nothing_is_passed_on_before_the_model_is_known() {
    let text =
        r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Hi"}"#;
    for events in [
        &[text, COMPLETED][..],
        &[ADDED, COMPLETED],
        &[&done("{}"), COMPLETED],
    ] {
        assert_eq!(responses(events), [Err(ModelErrorKind::Protocol)]);
    }
    let block = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"Hi\"}}\n\n";
    let events = decode(Api::AnthropicMessages, MODEL, &[block.as_bytes()]);
    assert_eq!(events.len(), 1);
    assert_eq!(
        events[0].as_ref().unwrap_err().kind(),
        ModelErrorKind::Protocol
    );
}

#[test]
fn an_answer_that_failed_after_it_began_is_not_asked_for_again() {
    for status in ["failed", "cancelled"] {
        let ended = format!(
            r#"{{"type":"response.{status}","response":{{"id":"r","model":"test-one","status":"{status}"}}}}"#
        );
        let text = format!("data: {CREATED}\n\ndata: {ended}\n\n");
        let events = decode(Api::OpenAiResponses, MODEL, &[text.as_bytes()]);
        let error = events.last().unwrap().as_ref().unwrap_err();
        assert!(!error.is_retryable(), "{status}");
    }
}

#[test]
fn blocks_that_nobody_ends_have_an_end() {
    let mut text = String::from(
        "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"test-one\",\"content\":[],\"usage\":{}}}\n\n",
    );
    for index in 0..100_000 {
        text += &format!(
            "data: {{\"type\":\"content_block_start\",\"index\":{index},\"content_block\":{{\"type\":\"text\",\"text\":\"\"}}}}\n\n"
        );
    }
    let begin = Instant::now();
    let events = decode(Api::AnthropicMessages, MODEL, &[text.as_bytes()]);
    let error = events.last().unwrap().as_ref().unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Limit);
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_large_frame_in_small_pieces_is_not_copied_for_each() {
    // Four mebibytes in pieces of 64 bytes: copied each time, that is 130 GB.
    let mut frame = (4_u32 << 20).to_be_bytes().to_vec();
    frame.extend_from_slice(&0_u32.to_be_bytes());
    let crc = crc32(&frame);
    frame.extend_from_slice(&crc.to_be_bytes());
    frame.resize((4 << 20) - 8, 0);
    let pieces: Vec<_> = frame.chunks(64).collect();
    let begin = Instant::now();
    let events = decode(Api::BedrockConverse, MODEL, &pieces);
    let error = events.last().unwrap().as_ref().unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Truncated);
    assert!(begin.elapsed() < Duration::from_secs(10));
}

/// CRC-32 as zlib has it.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    !crc
}
