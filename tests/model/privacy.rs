//! What a provider may keep, and what is refused before anything is sent.

use confidant::taxonomy::Region;
use std::sync::Arc;

use confidant::model::testing::{MockAnswer, MockServer, clear};
use confidant::model::{
    Anthropic, Api, ApiKey, Bedrock, CallContext, ChatModel, ChatRequest, Content, Effort, File,
    Gemini, HostedTool, Json, Media, Message, ModelCapabilities, ModelErrorKind, Ollama,
    OpenAiChat, OpenAiResponses, Output, Part, Profile, Role, ServerState, ServerStates, Support,
    Thinking, Tool, ToolChoice, Warning,
};
use confidant::{Error, ErrorKind};
use serde_json::Value;

use super::common::{APIS, MODEL, generate, hello, iam, json, key, pair, weather};

/// The body of the request that reached the server.
async fn sent(server: &MockServer, model: &dyn ChatModel, request: ChatRequest) -> Value {
    server.answer(MockAnswer::text("x"));
    generate(model, request).await.unwrap();
    serde_json::from_slice(server.requests().last().unwrap().body()).unwrap()
}

#[tokio::test]
async fn requests_say_that_nothing_is_to_be_stored() {
    for api in APIS {
        let (server, model) = pair(api);
        let mut request = hello();
        if api != Api::BedrockConverse {
            request.end_user = Some("pseudonym-1".into());
        }
        let body = sent(&server, &*model, request).await;
        let store = body.get("store");
        match api {
            Api::OpenAiChat | Api::OpenAiResponses => {
                assert_eq!(store, Some(&Value::Bool(false)));
                assert_eq!(body["safety_identifier"], "pseudonym-1");
                assert!(body.get("user").is_none() && body.get("metadata").is_none());
            }
            Api::GeminiGenerateContent => assert_eq!(store, Some(&Value::Bool(false))),
            Api::AnthropicMessages => {
                assert_eq!(
                    body["metadata"],
                    serde_json::json!({"user_id": "pseudonym-1"})
                );
            }
            _ => assert_eq!(store, None),
        }
    }
}

fn chat(server: &MockServer, profile: Profile) -> OpenAiChat {
    OpenAiChat::builder(MODEL, key())
        .profile(profile)
        .address(&format!("{}/v1", server.address()))
        .provider("acme".parse().unwrap())
        .answers_as("gpt-5")
        .build()
        .unwrap()
}

#[tokio::test]
async fn every_profile_has_its_switches() {
    for (profile, pointer, expected) in [
        (Profile::OpenAi, "/store", Value::Bool(false)),
        (Profile::Azure, "/store", Value::Bool(false)),
        (Profile::Compatible, "/store", Value::Bool(false)),
        (
            Profile::OpenRouter,
            "/provider/allow_fallbacks",
            Value::Bool(false),
        ),
        (
            Profile::OpenRouter,
            "/provider/data_collection",
            "deny".into(),
        ),
        (Profile::LiteLlm, "/disable_fallbacks", Value::Bool(true)),
        (Profile::Vllm, "/max_tokens", 7.into()),
        (Profile::LlamaCpp, "/max_tokens", 7.into()),
        (Profile::OpenAi, "/max_completion_tokens", 7.into()),
    ] {
        let server = MockServer::start().unwrap();
        let model = chat(&server, profile);
        let body = sent(&server, &model, hello().max_output_tokens(7)).await;
        assert_eq!(body.pointer(pointer), Some(&expected), "{profile:?} {body}");
    }
}

#[tokio::test]
async fn azure_is_called_in_both_forms() {
    let server = MockServer::start().unwrap();
    let model = chat(&server, Profile::Azure);
    server.answer(MockAnswer::text("x").by_model("gpt-5-2026-08-01"));
    generate(&model, hello()).await.unwrap();
    let seen = &server.requests()[0];
    assert_eq!(seen.header("api-key"), Some("key-of-the-test"));
    assert_eq!(seen.header("authorization"), None);
    let older = OpenAiChat::builder(MODEL, key())
        .profile(Profile::Azure)
        .address(&format!("{}/openai/deployments/mine", server.address()))
        .api_version("2024-10-21")
        .bearer()
        .answers_as("gpt-5")
        .build()
        .unwrap();
    server.answer(MockAnswer::text("x").by_model("gpt-5"));
    generate(&older, hello()).await.unwrap();
    let seen = &server.requests()[1];
    let path = "/openai/deployments/mine/chat/completions?api-version=2024-10-21";
    assert_eq!(seen.path(), path);
    assert_eq!(seen.header("authorization"), Some("Bearer key-of-the-test"));
}

/// Options with the state that they ask a provider to keep.
fn stateful(api: Api) -> Vec<(&'static str, &'static str, ServerState)> {
    use ServerState as S;

    let unknown = ("acme_remembers", "true", S::UnknownOption);
    match api {
        Api::AnthropicMessages => vec![
            ("container", r#""c1""#, S::Container),
            ("mcp_servers", "[]", S::McpServer),
            ("thread", r#""t1""#, S::Conversation),
            (
                "diagnostics",
                r#"{"previous_message_id":"m1"}"#,
                S::Continuation,
            ),
            ("fallbacks", "[]", S::Fallback),
            ("fallback_credit_token", r#""f1""#, S::Fallback),
            ("user_profile_id", r#""u1""#, S::UserProfile),
            unknown,
        ],
        Api::OpenAiChat => vec![
            ("metadata", r#"{"a":"b"}"#, S::Metadata),
            ("web_search_options", "{}", S::HostedTool),
            ("prompt_cache_options", r#"{"ttl":"12h"}"#, S::LongCache),
            ("prompt_cache_retention", r#""24h""#, S::LongCache),
            ("models", "[]", S::Fallback),
            ("route", r#""fallback""#, S::Fallback),
            unknown,
        ],
        Api::OpenAiResponses => vec![
            ("previous_response_id", r#""r1""#, S::Continuation),
            ("conversation", r#""c1""#, S::Conversation),
            ("background", "true", S::Background),
            (
                "background_options",
                r#"{"continuation_id":"x"}"#,
                S::Background,
            ),
            ("prompt", r#"{"id":"p1"}"#, S::PromptTemplate),
            ("metadata", "{}", S::Metadata),
            ("prompt_cache_retention", r#""24h""#, S::LongCache),
            ("user_location", "{}", S::UserProfile),
            ("configuration_update", "{}", S::UnknownOption),
            unknown,
        ],
        Api::GeminiGenerateContent => vec![
            ("cachedContent", r#""cachedContents/1""#, S::CachedContent),
            ("continuationToken", r#""t""#, S::Continuation),
            ("labels", "{}", S::Metadata),
            unknown,
        ],
        Api::BedrockConverse => vec![
            ("promptVariables", "{}", S::PromptTemplate),
            ("requestMetadata", r#"{"a":"b"}"#, S::Metadata),
            unknown,
        ],
        _ => vec![unknown],
    }
}

#[tokio::test]
async fn what_a_provider_would_keep_takes_a_clearance_that_names_it() {
    for api in APIS {
        for (name, value, state) in stateful(api) {
            let (server, model) = pair(api);
            let options = || json(&format!(r#"{{"{name}":{value}}}"#));
            let error = generate(&*model, hello().options(options()))
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ModelErrorKind::PolicyDenied, "{api:?} {name}");
            assert_eq!(error.subject(), Some(state.as_str()), "{api:?} {name}");
            assert_eq!((server.count(), error.attempts()), (0, 0), "{api:?} {name}");

            let allowed = ServerStates::none().with(state);
            let cleared = clear(hello().options(options()), model.descriptor(), allowed);
            server.answer(MockAnswer::text("x"));
            let answer = model.generate(cleared, &CallContext::new()).await.unwrap();
            let used = Warning::ServerState(state);
            assert!(answer.warnings.contains(&used), "{api:?} {name}");
            let body: Value = serde_json::from_slice(server.requests()[0].body()).unwrap();
            let expected: Value = serde_json::from_str(value).unwrap();
            assert_eq!(body.get(name), Some(&expected), "{api:?} {name}");
        }
    }
}

#[tokio::test]
async fn an_option_never_replaces_what_the_adapter_sets() {
    for api in APIS {
        let names: &[&str] = match api {
            Api::GeminiGenerateContent => &["store", "contents", "tools", "system_instruction"],
            Api::BedrockConverse => &["messages", "system", "toolConfig"],
            Api::AnthropicMessages => &["model", "messages", "stream", "metadata", "inference_geo"],
            Api::OllamaChat => &["model", "messages", "keep_alive", "options"],
            _ => &["model", "store", "stream", "safety_identifier", "user"],
        };
        for name in names {
            let (server, model) = pair(api);
            let options = json(&format!(r#"{{"{name}":true}}"#));
            // Not even a clearance for everything helps.
            let all = [ServerState::UnknownOption, ServerState::StoredResponse];
            let all = all.into_iter().collect();
            let cleared = clear(hello().options(options), model.descriptor(), all);
            let error = model
                .generate(cleared, &CallContext::new())
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ModelErrorKind::Config, "{api:?} {name}");
            assert_eq!(server.count(), 0);
        }
        let (server, model) = pair(api);
        generate(&*model, hello().options(json("[]")))
            .await
            .unwrap_err();
        assert_eq!(server.count(), 0);
    }
}

#[tokio::test]
async fn files_addresses_and_hosted_tools_take_a_clearance() {
    for api in APIS {
        let with =
            |content| ChatRequest::new().with(Message::new(Role::User, vec![Part::new(content)]));
        let mut hosted = hello();
        hosted
            .hosted_tools
            .push(HostedTool::new("web_search", Json::empty_object()));
        let nested = Part::new(Content::ToolResult(confidant::model::ToolResult::new(
            "c",
            vec![Part::new(Content::Image(Media::url(
                "https://example.com/a.png",
            )))],
        )));
        for (request, state) in [
            (
                with(Content::Image(Media::url("https://example.com/a.png"))),
                ServerState::FetchedUrl,
            ),
            (
                with(Content::Image(Media::uploaded("file-1"))),
                ServerState::File,
            ),
            (
                with(Content::File(File::new(Media::uploaded("file-1")))),
                ServerState::File,
            ),
            (
                ChatRequest::new().with(Message::tool(vec![nested])),
                ServerState::FetchedUrl,
            ),
            (hosted, ServerState::HostedTool),
        ] {
            let (server, model) = pair(api);
            let error = generate(&*model, request).await.unwrap_err();
            assert_eq!(error.kind(), ModelErrorKind::PolicyDenied, "{api:?}");
            assert_eq!(error.subject(), Some(state.as_str()), "{api:?}");
            assert_eq!(server.count(), 0);
        }
    }
}

#[tokio::test]
async fn hosted_tools_of_responses_name_what_they_keep() {
    let states = |states: &[ServerState]| states.iter().copied().collect::<ServerStates>();
    for (kind, state) in [
        ("code_interpreter", ServerState::Container),
        ("file_search", ServerState::File),
        ("mcp", ServerState::McpServer),
    ] {
        let (server, model) = pair(Api::OpenAiResponses);
        let request = || {
            let mut request = hello();
            request
                .hosted_tools
                .push(HostedTool::new(kind, json(r#"{"a":1}"#)));
            request
        };
        let hosted = states(&[ServerState::HostedTool]);
        let cleared = clear(request(), model.descriptor(), hosted);
        let error = model
            .generate(cleared, &CallContext::new())
            .await
            .unwrap_err();
        assert_eq!(error.subject(), Some(state.as_str()));
        let both = states(&[ServerState::HostedTool, state]);
        let cleared = clear(request(), model.descriptor(), both);
        server.answer(MockAnswer::text("x"));
        model.generate(cleared, &CallContext::new()).await.unwrap();
        let body: Value = serde_json::from_slice(server.requests()[0].body()).unwrap();
        assert_eq!(body["tools"], serde_json::json!([{"type": kind, "a": 1}]));
    }
}

#[tokio::test]
async fn a_request_goes_where_it_was_cleared_for_and_nowhere_else() {
    for api in APIS {
        let (one, model) = pair(api);
        let (two, other) = pair(api);
        let cleared = clear(hello(), model.descriptor(), ServerStates::none());
        let error = other
            .generate(cleared, &CallContext::new())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::PolicyDenied, "{api:?}");
        let cleared = clear(hello(), model.descriptor(), ServerStates::none());
        assert!(other.stream(cleared, &CallContext::new()).await.is_err());
        assert_eq!((one.count(), two.count()), (0, 0));
    }
}

#[tokio::test]
async fn a_request_of_a_test_never_leaves_this_machine() {
    let far: [Arc<dyn ChatModel>; 5] = [
        Arc::new(Anthropic::builder(MODEL, key()).build().unwrap()),
        Arc::new(OpenAiChat::builder(MODEL, key()).build().unwrap()),
        Arc::new(OpenAiResponses::builder(MODEL, key()).build().unwrap()),
        Arc::new(Gemini::builder(MODEL, key()).build().unwrap()),
        Arc::new(
            Bedrock::builder(MODEL, &Region::new("eu-central-1").unwrap(), iam())
                .build()
                .unwrap(),
        ),
    ];
    for model in far {
        let error = generate(&*model, hello()).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::PolicyDenied);
        assert_eq!(error.attempts(), 0);
    }
}

#[tokio::test]
async fn what_a_model_cannot_do_is_refused_before_anything_is_sent() {
    let no = |change: fn(&mut ModelCapabilities)| {
        let mut capabilities = ModelCapabilities::new();
        change(&mut capabilities);
        capabilities
    };
    let user = |part| ChatRequest::new().with(Message::new(Role::User, vec![part]));
    let schema = || Output::Schema {
        name: "answer".into(),
        schema: json("{}"),
    };
    let prefilled = hello().with(Message::assistant("I"));
    let mut parallel = hello().with_tool(weather());
    parallel.parallel_tools = Some(true);
    let mut logprobs = hello();
    logprobs.sampling.logprobs = Some(1);
    for (capabilities, request) in [
        (no(|c| c.tools = Support::No), hello().with_tool(weather())),
        (no(|c| c.parallel_tools = Support::No), parallel),
        (
            no(|c| c.forced_tool_choice = Support::No),
            hello()
                .with_tool(weather())
                .tool_choice(ToolChoice::Required),
        ),
        (no(|c| c.schema = Support::No), hello().output(schema())),
        (
            no(|c| c.schema_with_tools = Support::No),
            hello().output(schema()).with_tool(weather()),
        ),
        (
            no(|c| c.images = Support::No),
            user(Part::image("image/png", b"x".as_slice())),
        ),
        (
            no(|c| c.files = Support::No),
            user(Part::file(
                File::bytes("text/plain", b"x".as_slice()).with_name("a"),
            )),
        ),
        (
            no(|c| c.audio = Support::No),
            user(Part::audio("audio/wav", b"x".as_slice())),
        ),
        (no(|c| c.sampling = Support::No), hello().temperature(1.0)),
        (no(|c| c.prefill = Support::No), prefilled),
        (
            no(|c| c.reasoning = Support::No),
            hello().reasoning(Thinking::Adaptive),
        ),
        (
            no(|c| c.reasoning_budget = Support::No),
            hello().reasoning(Thinking::Budget(9)),
        ),
        (
            no(|c| c.reasoning_off = Support::No),
            hello().reasoning(Thinking::Off),
        ),
        (no(|c| c.logprobs = Support::No), logprobs),
        (
            ModelCapabilities::new(),
            hello().tool_choice(ToolChoice::Required),
        ),
    ] {
        let server = MockServer::start().unwrap();
        let model = OpenAiChat::builder(MODEL, key())
            .address(&format!("{}/v1", server.address()))
            .capabilities(capabilities)
            .build()
            .unwrap();
        let error = generate(&model, request).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Unsupported, "{error}");
        assert_eq!(server.count(), 0);
    }
}

#[tokio::test]
async fn what_a_protocol_has_no_form_for_is_refused_before_anything_is_sent() {
    let mut seed = hello();
    seed.sampling.seed = Some(1);
    let mut top_k = hello();
    top_k.sampling.top_k = Some(1);
    let example = Tool::new("t", json("{}")).with_example(json("{}"));
    let document = Message::new(
        Role::Assistant,
        vec![Part::file(
            File::bytes("text/plain", b"x".as_slice()).with_name("a"),
        )],
    );
    let forced = hello()
        .with_tool(weather())
        .tool_choice(ToolChoice::Required)
        .reasoning(Thinking::Effort(Effort::High));
    for (api, request) in [
        (Api::AnthropicMessages, hello().temperature(1.0)),
        (Api::AnthropicMessages, top_k.clone()),
        (Api::AnthropicMessages, seed.clone()),
        (Api::AnthropicMessages, hello().output(Output::Json)),
        (Api::AnthropicMessages, hello().with(document)),
        (Api::AnthropicMessages, forced),
        (
            Api::AnthropicMessages,
            hello().reasoning(Thinking::Budget(4096)),
        ),
        (Api::OpenAiChat, top_k.clone()),
        (Api::OpenAiChat, hello().with_tool(example.clone())),
        (Api::OpenAiChat, hello().reasoning(Thinking::Budget(9))),
        (Api::OpenAiResponses, seed.clone()),
        (Api::OpenAiResponses, hello().stop_at("x")),
        (Api::GeminiGenerateContent, hello().with_tool(example)),
        (
            Api::OllamaChat,
            hello()
                .with_tool(weather())
                .tool_choice(ToolChoice::Required),
        ),
        (Api::BedrockConverse, top_k),
        (Api::BedrockConverse, seed),
        (Api::BedrockConverse, hello().output(Output::Json)),
    ] {
        let (server, model) = pair(api);
        let error = generate(&*model, request).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Unsupported, "{api:?} {error}");
        assert_eq!(server.count(), 0);
    }
}

#[tokio::test]
async fn an_older_version_takes_what_a_newer_refuses() {
    let server = MockServer::start().unwrap();
    let model = Anthropic::builder(MODEL, key())
        .address(&server.address())
        .version("2023-06-01")
        .beta("a")
        .beta("b")
        .inference_geo("us")
        .build()
        .unwrap();
    let body = sent(&server, &model, hello().temperature(0.5)).await;
    assert_eq!(body["temperature"], 0.5);
    assert_eq!(body["inference_geo"], "us");
    let seen = &server.requests()[0];
    assert_eq!(seen.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(seen.header("anthropic-beta"), Some("a,b"));
    assert_eq!(seen.header("authorization"), None);
}

#[test]
fn settings_that_would_leak_are_refused() {
    let refused = |error: Error, kind| assert_eq!(error.kind(), kind, "{error}");
    // Models of a cloud behind a local name.
    for name in ["gpt-oss:cloud", "gpt-oss:120b-cloud", "glm-5-cloud"] {
        refused(
            Ollama::builder(name).build().unwrap_err(),
            ErrorKind::Refused,
        );
    }
    // A profile that may run elsewhere.
    let profile = "eu.anthropic.claude-sonnet-5-v1:0";
    let bedrock = || Bedrock::builder(profile, &Region::new("eu-central-1").unwrap(), iam());
    refused(bedrock().build().unwrap_err(), ErrorKind::Refused);
    let allowed = bedrock().cross_region().build().unwrap();
    assert_eq!(allowed.descriptor().region, None);
    // Plain HTTP beyond this machine, and keys in addresses.
    for address in [
        "http://api.example.com",
        "https://key@api.example.com",
        "https://a/?key=b",
    ] {
        let anthropic = Anthropic::builder(MODEL, key()).address(address);
        refused(anthropic.build().unwrap_err(), ErrorKind::Config);
        let gemini = Gemini::builder(MODEL, key()).address(address);
        refused(gemini.build().unwrap_err(), ErrorKind::Config);
    }
    // Nobody knows which model a deployment runs, or who a compatible server is.
    let chat = |profile| {
        let chat = OpenAiChat::builder(MODEL, ApiKey::none()).profile(profile);
        chat.address("https://example.com").build().unwrap_err()
    };
    refused(chat(Profile::Azure), ErrorKind::Config);
    refused(chat(Profile::Compatible), ErrorKind::Config);
    let nowhere = OpenAiChat::builder(MODEL, key()).profile(Profile::Vllm);
    refused(nowhere.build().unwrap_err(), ErrorKind::Config);
}
