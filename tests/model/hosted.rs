//! Which tools a provider runs for a request.

use confidant::model::testing::{MockAnswer, MockReply, ScriptedModel, clear};
use confidant::model::{
    Api, CallContext, ChatModel, ChatRequest, HostedTool, Json, ModelErrorKind, OpenAiChat,
    OpenAiResponses, Profile, ProviderTool, ServerState, ServerStates, Warning,
};

use super::common::{APIS, generate, hello, json, key, pair};

fn with_tool(kind: &str) -> ChatRequest {
    let mut request = hello();
    let tool = HostedTool::new(kind, Json::empty_object());
    request.hosted_tools.push(tool);
    request
}

fn with_option(option: &str) -> ChatRequest {
    hello().options(json(option))
}

#[test]
fn every_adapter_knows_what_tools_do() {
    use ProviderTool::{CodeExecution, ComputerUse, FileSearch, Other, RemoteMcp, WebSearch};
    for (api, kinds) in [
        (
            Api::AnthropicMessages,
            &[
                ("web_search_20260209", WebSearch),
                ("web_fetch_20260209", WebSearch),
                ("code_execution_20260120", CodeExecution),
                ("computer_20251124", ComputerUse),
                ("mcp_toolset", RemoteMcp),
                ("tool_search_tool_regex_20251119", Other),
                ("Web_search", Other),
            ][..],
        ),
        (
            Api::OpenAiResponses,
            &[
                ("web_search", WebSearch),
                ("web_search_preview", WebSearch),
                ("code_interpreter", CodeExecution),
                ("shell", CodeExecution),
                ("computer_use_preview", ComputerUse),
                ("file_search", FileSearch),
                ("mcp", RemoteMcp),
                ("image_generation", Other),
            ],
        ),
        (
            Api::GeminiGenerateContent,
            &[
                ("googleSearch", WebSearch),
                ("google_search", WebSearch),
                ("urlContext", WebSearch),
                ("codeExecution", CodeExecution),
                ("computerUse", ComputerUse),
                ("fileSearch", FileSearch),
                ("googleMaps", Other),
            ],
        ),
        (Api::OpenAiChat, &[("web_search", Other)]),
        (Api::OllamaChat, &[("web_search", Other)]),
        (Api::BedrockConverse, &[("nova_grounding", Other)]),
    ] {
        let (_server, model) = pair(api);
        for (kind, tool) in kinds {
            let tools = model.provider_tools(&with_tool(kind));
            assert_eq!(tools.iter().collect::<Vec<_>>(), [*tool], "{api:?} {kind}");
        }
        assert!(model.provider_tools(&hello()).is_empty(), "{api:?}");
    }
}

/// Options that run tools, what they run, and what they take a clearance for.
fn running() -> Vec<(Api, &'static str, ProviderTool, ServerState)> {
    use ProviderTool::{CodeExecution, Other, RemoteMcp, WebSearch};
    use ServerState::{CachedContent, Container, Conversation, HostedTool, McpServer};
    vec![
        (
            Api::AnthropicMessages,
            r#"{"mcp_servers":[]}"#,
            RemoteMcp,
            McpServer,
        ),
        (
            Api::AnthropicMessages,
            r#"{"container":"c"}"#,
            CodeExecution,
            Container,
        ),
        (
            Api::AnthropicMessages,
            r#"{"thread":{}}"#,
            Other,
            Conversation,
        ),
        (
            Api::OpenAiChat,
            r#"{"web_search_options":{}}"#,
            WebSearch,
            HostedTool,
        ),
        (
            Api::OpenAiChat,
            r#"{"plugins":[{"id":"web"}]}"#,
            Other,
            HostedTool,
        ),
        (Api::OpenAiResponses, r#"{"plugins":[]}"#, Other, HostedTool),
        (
            Api::OpenAiResponses,
            r#"{"prompt":{"id":"p"}}"#,
            Other,
            ServerState::PromptTemplate,
        ),
        (
            Api::OpenAiResponses,
            r#"{"conversation":"c"}"#,
            Other,
            Conversation,
        ),
        (
            Api::GeminiGenerateContent,
            r#"{"cachedContent":"c"}"#,
            Other,
            CachedContent,
        ),
        (
            Api::BedrockConverse,
            r#"{"additionalModelRequestFields":{"tools":[{"type":"computer_20251124"}]}}"#,
            Other,
            HostedTool,
        ),
        (
            Api::BedrockConverse,
            r#"{"additionalModelRequestFields":{"mcp_servers":[]}}"#,
            RemoteMcp,
            McpServer,
        ),
        (
            Api::BedrockConverse,
            r#"{"additionalModelRequestFields":{"n\u0065w":1}}"#,
            Other,
            ServerState::UnknownOption,
        ),
    ]
}

#[tokio::test]
async fn options_that_run_tools_are_seen_and_take_a_clearance() {
    for (api, option, tool, state) in running() {
        let (server, model) = pair(api);
        let request = with_option(option);
        let tools = model.provider_tools(&request);
        assert!(tools.contains(tool), "{api:?} {option}");
        let error = generate(&*model, request).await.unwrap_err();
        assert_eq!(
            error.kind(),
            ModelErrorKind::PolicyDenied,
            "{api:?} {option}"
        );
        assert_eq!(error.subject(), Some(state.as_str()), "{api:?} {option}");
        assert_eq!(server.count(), 0);
    }
    for api in APIS {
        let (_server, model) = pair(api);
        for option in [r#"{"something_new":1}"#, "[]"] {
            let tools = model.provider_tools(&with_option(option));
            assert!(tools.contains(ProviderTool::Other), "{api:?} {option}");
        }
    }
}

#[tokio::test]
async fn options_that_run_nothing_are_known_as_such() {
    for (api, option) in [
        (Api::AnthropicMessages, r#"{"service_tier":"auto"}"#),
        (Api::OpenAiChat, r#"{"verbosity":"low"}"#),
        (Api::OpenAiResponses, r#"{"truncation":"auto"}"#),
        (Api::GeminiGenerateContent, r#"{"safetySettings":[]}"#),
        (Api::OllamaChat, r#"{"truncate":true}"#),
        (
            Api::BedrockConverse,
            r#"{"additionalModelRequestFields":{"top_k":5},"serviceTier":{"type":"default"}}"#,
        ),
    ] {
        let (server, model) = pair(api);
        let request = with_option(option);
        assert!(model.provider_tools(&request).is_empty(), "{api:?}");
        server.answer(MockAnswer::text("x"));
        generate(&*model, request).await.unwrap();
        assert_eq!(server.count(), 1);
    }
    let (server, model) = pair(Api::BedrockConverse);
    let request = with_option(r#"{"additionalModelRequestFields":[1]}"#);
    assert!(model.provider_tools(&request).contains(ProviderTool::Other));
    let error = generate(&*model, request).await.unwrap_err();
    assert_eq!((error.kind(), server.count()), (ModelErrorKind::Config, 0));
}

#[tokio::test]
async fn a_model_whose_name_searches_the_web_counts_as_a_search() {
    let (server, _) = pair(Api::OpenAiChat);
    let address = format!("{}/v1", server.address());
    let chat = |model: &str, profile| {
        let builder = OpenAiChat::builder(model, key()).profile(profile);
        builder.address(&address).build().unwrap()
    };
    let responses = OpenAiResponses::builder("maker/m:online", key())
        .profile(Profile::OpenRouter)
        .address(&address)
        .build()
        .unwrap();
    let online = chat("maker/m:online", Profile::OpenRouter);
    for model in [&online as &dyn ChatModel, &responses] {
        let tools = model.provider_tools(&hello());
        assert!(tools.contains(ProviderTool::WebSearch));
        let error = generate(model, hello()).await.unwrap_err();
        assert_eq!(error.subject(), Some(ServerState::HostedTool.as_str()));
    }
    assert_eq!(server.count(), 0);
    for model in [
        chat("maker/m", Profile::OpenRouter),
        chat("maker/m:online", Profile::OpenAi),
    ] {
        assert!(model.provider_tools(&hello()).is_empty());
    }
}

#[test]
fn a_model_of_ones_own_that_says_nothing_may_run_anything() {
    let model = ScriptedModel::new("m");
    for request in [with_tool("web_search"), with_option("{}")] {
        let tools = model.provider_tools(&request);
        assert_eq!(tools.iter().collect::<Vec<_>>(), [ProviderTool::Other]);
        // What points to a model says what the model says.
        let (shared, boxed): (std::sync::Arc<dyn ChatModel>, Box<dyn ChatModel>) = (
            std::sync::Arc::new(ScriptedModel::new("m")),
            Box::new(ScriptedModel::new("m")),
        );
        assert_eq!(shared.provider_tools(&request), tools);
        assert_eq!(boxed.provider_tools(&request), tools);
    }
    assert!(model.provider_tools(&hello()).is_empty());
}

#[tokio::test]
async fn settings_of_a_tool_are_sent_as_they_were_checked() {
    let (server, model) = pair(Api::OpenAiResponses);
    let mut request = hello();
    let settings = r#"{"user_location":{"city":"Bonn"},"a":1,"user_location":null}"#;
    let tool = HostedTool::new("web_search", json(settings));
    request.hosted_tools.push(tool);
    let states = ServerStates::none().with(ServerState::HostedTool);
    let cleared = clear(request, model.descriptor(), states);
    let context = CallContext::new();
    server.answer(MockAnswer::text("x"));
    model.generate(cleared, &context).await.unwrap();
    server.assert_never_saw("Bonn");
}

/// Answers in which a provider ran a tool, as each says so.
const RAN: &[(Api, &str)] = &[
    (
        Api::AnthropicMessages,
        r#"{"id":"m","type":"message","role":"assistant","model":"test-one","content":[
            {"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"q"}},
            {"type":"text","text":"ok"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#,
    ),
    (
        Api::AnthropicMessages,
        r#"{"id":"m","type":"message","role":"assistant","model":"test-one","content":[
            {"type":"text","text":"ok"}],"stop_reason":"end_turn","usage":{"input_tokens":1,
            "output_tokens":1,"server_tool_use":{"web_search_requests":1}}}"#,
    ),
    (
        Api::AnthropicMessages,
        r#"{"id":"m","type":"message","role":"assistant","model":"test-one","content":[
            {"type":"mcp_tool_result","tool_use_id":"s","content":[]},{"type":"text","text":"ok"}],
            "stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#,
    ),
    (
        Api::OpenAiResponses,
        r#"{"id":"r","object":"response","model":"test-one","status":"completed","output":[
            {"type":"web_search_call","id":"w","status":"completed"},
            {"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"ok"}]}],
            "usage":{"input_tokens":1,"output_tokens":1}}"#,
    ),
    (
        Api::OpenAiResponses,
        r#"{"id":"r","object":"response","model":"test-one","status":"completed","output":[
            {"type":"new_thing","id":"w"},
            {"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"ok"}]}],
            "usage":{"input_tokens":1,"output_tokens":1}}"#,
    ),
    (
        Api::OpenAiChat,
        r#"{"id":"c","model":"test-one","choices":[{"index":0,"finish_reason":"stop","message":
            {"role":"assistant","content":"ok","annotations":[{"type":"url_citation"}]}}],
            "usage":{"prompt_tokens":1,"completion_tokens":1}}"#,
    ),
    (
        Api::GeminiGenerateContent,
        r#"{"modelVersion":"test-one","candidates":[{"content":{"parts":[
            {"executableCode":{"language":"PYTHON","code":"1"}},{"text":"ok"}]},"finishReason":"STOP"}],
            "usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}}"#,
    ),
    (
        Api::GeminiGenerateContent,
        r#"{"modelVersion":"test-one","candidates":[{"content":{"parts":[{"text":"ok"}]},
            "groundingMetadata":{"webSearchQueries":["q"]},"finishReason":"STOP"}],
            "usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}}"#,
    ),
    (
        Api::BedrockConverse,
        r#"{"output":{"message":{"role":"assistant","content":[{"text":"ok"},{"toolUse":
            {"toolUseId":"t","name":"nova_grounding","type":"server_tool_use","input":{}}}]}},
            "stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1}}"#,
    ),
];

#[tokio::test]
async fn a_tool_that_nobody_cleared_is_worth_a_warning() {
    for (api, body) in RAN {
        for state in [None, Some(ServerState::HostedTool), Some(ServerState::File)] {
            let (server, model) = pair(*api);
            server.reply(MockReply::raw(200, "application/json", *body));
            let states: ServerStates = state.into_iter().collect();
            let cleared = clear(hello(), model.descriptor(), states);
            let answer = model.generate(cleared, &CallContext::new()).await.unwrap();
            let warned = answer.warnings.iter();
            let warned = warned.filter(|warning| **warning == Warning::ProviderToolRan);
            let expected = usize::from(state != Some(ServerState::HostedTool));
            assert_eq!(warned.count(), expected, "{api:?} {state:?} {body}");
        }
    }
    // Calls of the caller's own tools, and what else has no form here, are none.
    for (api, body) in [
        (
            Api::OpenAiResponses,
            r#"{"id":"r","model":"test-one","status":"completed","output":[
                {"type":"compaction","id":"w","encrypted_content":"x"},
                {"type":"custom_tool_call","id":"x","call_id":"c","name":"n","input":"i"},
                {"type":"function_call","id":"f","call_id":"c","name":"n","arguments":"{}"}],
                "usage":{"input_tokens":1,"output_tokens":1}}"#,
        ),
        (
            Api::AnthropicMessages,
            r#"{"id":"m","model":"test-one","content":[{"type":"compaction","content":"x"},
                {"type":"tool_use","id":"t","name":"n","input":{}}],"stop_reason":"tool_use",
                "usage":{"input_tokens":1,"output_tokens":1,"server_tool_use":
                {"web_search_requests":0}}}"#,
        ),
        (
            Api::GeminiGenerateContent,
            r#"{"modelVersion":"test-one","candidates":[{"content":{"parts":[{"text":"ok"}]},
                "groundingMetadata":{},"finishReason":"STOP"}],
                "usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}}"#,
        ),
    ] {
        let (server, model) = pair(api);
        server.reply(MockReply::raw(200, "application/json", body));
        let answer = generate(&*model, hello()).await.unwrap();
        assert!(
            !answer.warnings.contains(&Warning::ProviderToolRan),
            "{api:?}"
        );
    }
}
