//! What only one provider says: bytes as they are documented, with what they mean.

use confidant::model::testing::{MockReply, decode};
use confidant::model::{
    Api, CallContext, Content, FinishReason, ModelErrorKind, Part, Response, ServerState,
    ServerStates, StreamEvent, ToolResult, Usage, Warning, collect,
};

use super::common::{MODEL, drain, generate, hello, pair, stream};

/// Server-sent events of JSON values.
fn events(values: &[&str]) -> String {
    values
        .iter()
        .map(|value| format!("data: {value}\n\n"))
        .collect()
}

fn decoded(api: Api, text: &str) -> Vec<Result<StreamEvent, ModelErrorKind>> {
    let events = decode(api, MODEL, &[text.as_bytes()]);
    events
        .into_iter()
        .map(|event| event.map_err(|error| error.kind()))
        .collect()
}

/// The answer that a stream makes.
async fn streamed(api: Api, text: &str) -> Response {
    let (server, model) = pair(api);
    server.reply(MockReply::raw(200, "text/event-stream", text));
    collect(stream(&*model, hello()).await.unwrap())
        .await
        .unwrap()
}

/// The answer that a body makes.
async fn whole(api: Api, body: &str) -> Response {
    let (server, model) = pair(api);
    server.reply(MockReply::raw(200, "application/json", body));
    generate(&*model, hello()).await.unwrap()
}

#[tokio::test]
async fn every_reason_of_an_end_is_known() {
    use FinishReason as F;

    for (api, template, words) in [
        (
            Api::AnthropicMessages,
            r#"{"id":"m","type":"message","model":"test-one","content":[],"stop_reason":"WORD","usage":{}}"#,
            &[
                ("end_turn", F::Stop),
                ("stop_sequence", F::StopSequence),
                ("max_tokens", F::MaxTokens),
                ("tool_use", F::ToolCalls),
                ("pause_turn", F::Paused),
                ("refusal", F::Refused),
                ("model_context_window_exceeded", F::ContextFull),
                ("compaction", F::Compacted),
                ("tomorrow", F::Other),
            ][..],
        ),
        (
            Api::OpenAiChat,
            r#"{"model":"test-one","choices":[{"index":0,"message":{"content":"x"},"finish_reason":"WORD"}]}"#,
            &[
                ("stop", F::Stop),
                ("length", F::MaxTokens),
                ("tool_calls", F::ToolCalls),
                ("function_call", F::ToolCalls),
                ("content_filter", F::ContentFiltered),
                ("tomorrow", F::Other),
            ],
        ),
        (
            Api::OpenAiResponses,
            r#"{"model":"test-one","status":"incomplete","incomplete_details":{"reason":"WORD"},"output":[]}"#,
            &[
                ("max_output_tokens", F::MaxTokens),
                ("max_messages", F::Paused),
                ("steered", F::Paused),
                ("content_filter", F::ContentFiltered),
                ("tomorrow", F::Other),
            ],
        ),
        (
            Api::GeminiGenerateContent,
            r#"{"modelVersion":"test-one","candidates":[{"content":{"parts":[]},"finishReason":"WORD"}]}"#,
            &[
                ("STOP", F::Stop),
                ("MAX_TOKENS", F::MaxTokens),
                ("SAFETY", F::ContentFiltered),
                ("RECITATION", F::ContentFiltered),
                ("SPII", F::ContentFiltered),
                ("BLOCKLIST", F::ContentFiltered),
                ("PROHIBITED_CONTENT", F::ContentFiltered),
                ("LANGUAGE", F::ContentFiltered),
                ("IMAGE_SAFETY", F::ContentFiltered),
                ("IMAGE_PROHIBITED_CONTENT", F::ContentFiltered),
                ("IMAGE_RECITATION", F::ContentFiltered),
                ("MODEL_ARMOR", F::ContentFiltered),
                ("NO_IMAGE", F::Other),
                ("MALFORMED_FUNCTION_CALL", F::Malformed),
                ("UNEXPECTED_TOOL_CALL", F::Malformed),
                ("TOO_MANY_TOOL_CALLS", F::Malformed),
                ("MISSING_THOUGHT_SIGNATURE", F::Malformed),
                ("MALFORMED_RESPONSE", F::Malformed),
                ("CONTINUATION", F::Paused),
                ("ESCALATION", F::Other),
                ("PUP_LIMITED_DISABLED", F::Other),
            ],
        ),
        (
            Api::OllamaChat,
            r#"{"model":"test-one","message":{"content":"x"},"done":true,"done_reason":"WORD"}"#,
            &[
                ("stop", F::Stop),
                ("length", F::MaxTokens),
                ("load", F::Other),
            ],
        ),
        (
            Api::BedrockConverse,
            r#"{"output":{"message":{"content":[]}},"stopReason":"WORD","usage":{}}"#,
            &[
                ("end_turn", F::Stop),
                ("stop_sequence", F::StopSequence),
                ("max_tokens", F::MaxTokens),
                ("tool_use", F::ToolCalls),
                ("guardrail_intervened", F::ContentFiltered),
                ("content_filtered", F::ContentFiltered),
                ("malformed_model_output", F::Malformed),
                ("malformed_tool_use", F::Malformed),
                ("model_context_window_exceeded", F::ContextFull),
                ("tomorrow", F::Other),
            ],
        ),
    ] {
        for (word, reason) in words {
            let response = whole(api, &template.replace("WORD", word)).await;
            assert_eq!(response.finish.reason, *reason, "{api:?} {word}");
            assert_eq!(response.finish.raw.as_deref(), Some(*word), "{api:?}");
        }
    }
}

fn usage(change: impl FnOnce(&mut Usage)) -> Usage {
    let mut usage = Usage::new();
    change(&mut usage);
    usage
}

#[tokio::test]
async fn tokens_mean_the_same_whoever_counts() {
    let anthropic = r#"{"id":"m","model":"test-one","content":[],"stop_reason":"end_turn","usage":{
        "input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":30,
        "cache_creation":{"ephemeral_5m_input_tokens":15,"ephemeral_1h_input_tokens":5},
        "output_tokens":9,"output_tokens_details":{"thinking_tokens":4},"service_tier":"standard",
        "inference_geo":"us","server_tool_use":{"web_search_requests":2}}}"#;
    let chat = r#"{"model":"test-one","choices":[{"message":{"content":""},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":60,"prompt_tokens_details":{"cached_tokens":30,
        "cache_write_tokens":20},"completion_tokens":9,
        "completion_tokens_details":{"reasoning_tokens":4}}}"#;
    let responses = r#"{"model":"test-one","status":"completed","output":[],
        "usage":{"input_tokens":60,"input_tokens_details":{"cached_tokens":30,
        "cache_write_tokens":20},"output_tokens":9,
        "output_tokens_details":{"reasoning_tokens":4}}}"#;
    let gemini = r#"{"modelVersion":"test-one","candidates":[{"finishReason":"STOP"}],
        "usageMetadata":{"promptTokenCount":50,"toolUsePromptTokenCount":10,
        "cachedContentTokenCount":30,"candidatesTokenCount":5,"thoughtsTokenCount":4}}"#;
    let ollama = r#"{"model":"test-one","message":{"content":""},"done":true,"done_reason":"stop",
        "prompt_eval_count":60,"prompt_eval_cached_count":30,"eval_count":9}"#;
    let bedrock = r#"{"output":{"message":{"content":[]}},"stopReason":"end_turn","usage":{
        "inputTokens":10,"cacheReadInputTokens":30,"cacheWriteInputTokens":20,"outputTokens":9}}"#;
    let base = |u: &mut Usage| {
        u.input_tokens = Some(60);
        u.cache_read_tokens = Some(30);
        u.output_tokens = Some(9);
    };
    for (api, body, expected) in [
        (
            Api::AnthropicMessages,
            anthropic,
            usage(|u| {
                base(u);
                u.uncached_input_tokens = Some(10);
                u.cache_write_tokens = Some(20);
                u.cache_write_hour_tokens = Some(5);
                u.reasoning_tokens = Some(4);
                u.hosted_tool_requests = Some(2);
                u.service_tier = Some("standard".into());
                u.region = Some("us".into());
            }),
        ),
        (
            Api::OpenAiChat,
            chat,
            usage(|u| {
                base(u);
                u.uncached_input_tokens = Some(10);
                u.cache_write_tokens = Some(20);
                u.reasoning_tokens = Some(4);
            }),
        ),
        (
            Api::OpenAiResponses,
            responses,
            usage(|u| {
                base(u);
                u.uncached_input_tokens = Some(10);
                u.cache_write_tokens = Some(20);
                u.reasoning_tokens = Some(4);
            }),
        ),
        (
            Api::GeminiGenerateContent,
            gemini,
            usage(|u| {
                base(u);
                u.uncached_input_tokens = Some(30);
                u.reasoning_tokens = Some(4);
            }),
        ),
        (
            Api::OllamaChat,
            ollama,
            usage(|u| {
                base(u);
                u.uncached_input_tokens = Some(30);
            }),
        ),
        (
            Api::BedrockConverse,
            bedrock,
            usage(|u| {
                base(u);
                u.uncached_input_tokens = Some(10);
                u.cache_write_tokens = Some(20);
            }),
        ),
    ] {
        assert_eq!(whole(api, body).await.usage, expected, "{api:?}");
    }
}

#[tokio::test]
async fn what_is_not_counted_is_unknown_and_not_nothing() {
    let chat =
        r#"{"model":"test-one","choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}"#;
    let response = whole(Api::OpenAiChat, chat).await;
    assert_eq!(response.usage, Usage::new());
    assert!(response.warnings.contains(&Warning::UsageUnknown));
    let nameless = r#"{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}"#;
    let response = whole(Api::OpenAiChat, nameless).await;
    assert!(response.warnings.contains(&Warning::ModelUnknown));
}

#[tokio::test]
async fn a_fallback_of_anthropic_takes_a_clearance() {
    let block = r#"{"id":"m","model":"test-two","content":[{"type":"fallback"},
        {"type":"text","text":"Hi."}],"stop_reason":"end_turn","usage":{}}"#;
    let step = r#"{"id":"m","model":"test-one","content":[{"type":"text","text":"Hi."}],
        "stop_reason":"end_turn","usage":{"input_tokens":1,"iterations":[{"type":"message"},
        {"type":"fallback_message","model":"test-two","input_tokens":3,"output_tokens":4}]}}"#;
    for body in [block, step] {
        let (server, model) = pair(Api::AnthropicMessages);
        server.always(MockReply::raw(200, "application/json", body));
        let error = generate(&*model, hello()).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::WrongModel);
        let states = ServerStates::none().with(ServerState::Fallback);
        let cleared = confidant::model::testing::clear(hello(), model.descriptor(), states);
        let response = model.generate(cleared, &CallContext::new()).await.unwrap();
        assert_eq!(response.message.text(), "Hi.");
    }
}

#[tokio::test]
async fn blocks_of_anthropic_that_have_no_other_form_are_kept() {
    let text = events(&[
        r#"{"type":"message_start","message":{"id":"m","model":"test-one","usage":{"input_tokens":3,"output_tokens":1},"input_transformations":[{"type":"removed","reason":"model"}]}}"#,
        r#"{"type":"ping"}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"c2VjcmV0"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"server_tool_use","id":"s1","name":"web_search","input":{}}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"query\":"}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"x\"}"}}"#,
        r#"{"type":"content_block_stop","index":1}"#,
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{},"caller":{"type":"direct"}}}"#,
        r#"{"type":"content_block_stop","index":2}"#,
        r#"{"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":3,"delta":{"type":"citations_delta","citation":{"a":1}}}"#,
        r#"{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"Hi."}}"#,
        r#"{"type":"content_block_stop","index":3}"#,
        r#"{"type":"something_new","data":"x"}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"category":"bio","explanation":"x"}},"usage":{"output_tokens":12}}"#,
        r#"{"type":"message_stop"}"#,
    ]);
    let response = streamed(Api::AnthropicMessages, &text).await;
    let wires: Vec<_> = response
        .message
        .parts
        .iter()
        .map(|part| {
            part.replay
                .as_ref()
                .map(|replay| replay.wire().as_str().to_owned())
        })
        .collect();
    assert_eq!(
        wires,
        [
            Some(r#"{"data":"c2VjcmV0","type":"redacted_thinking"}"#.to_owned()),
            Some(
                r#"{"id":"s1","input":{"query":"x"},"name":"web_search","type":"server_tool_use"}"#
                    .to_owned()
            ),
            Some(
                r#"{"caller":{"type":"direct"},"id":"t1","input":{},"name":"f","type":"tool_use"}"#
                    .to_owned()
            ),
            None,
        ]
    );
    assert_eq!(response.message.text(), "Hi.");
    assert_eq!(response.finish.category.as_deref(), Some("bio"));
    assert_eq!(response.transformations.len(), 1);
    assert_eq!(
        (response.usage.input_tokens, response.usage.output_tokens),
        (Some(3), Some(12))
    );
    let unknown = decoded(Api::AnthropicMessages, &text).into_iter().any(|event| {
        matches!(event, Ok(StreamEvent::Unknown(event)) if event.kind.as_deref() == Some("something_new"))
    });
    assert!(unknown);
}

#[tokio::test]
async fn azure_begins_with_what_its_filter_found() {
    let text = events(&[
        r#"{"id":"","model":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#,
        r#"{"id":"c","model":"test-one","choices":[{"index":0,"delta":{"role":"assistant","content":""},"content_filter_results":{},"logprobs":null}]}"#,
        r#"{"id":"c","model":"test-one","choices":[{"index":0,"delta":{"content":"Hi."},"finish_reason":null}]}"#,
        r#"{"id":"c","model":"test-one","choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}"#,
        r#"{"id":"c","model":"test-one","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
        "[DONE]",
    ]);
    let response = streamed(Api::OpenAiChat, &text).await;
    assert_eq!(response.message.text(), "Hi.");
    assert_eq!(response.finish.reason, FinishReason::ContentFiltered);
    assert_eq!(response.usage.total_tokens(), Some(3));
}

fn calls(response: &Response) -> Vec<(String, String, String)> {
    let calls = response.message.tool_calls();
    calls
        .map(|call| {
            (
                call.id.to_string(),
                call.name.to_string(),
                call.arguments.as_str().to_owned(),
            )
        })
        .collect()
}

#[tokio::test]
async fn calls_of_compatible_servers_are_told_apart() {
    let chunk = |calls: &str| {
        format!(
            r#"{{"model":"test-one","choices":[{{"index":0,"delta":{{"tool_calls":{calls}}}}}]}}"#
        )
    };
    let end = r#"{"model":"test-one","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let expected = [
        ("a".to_owned(), "f".to_owned(), r#"{"x":1}"#.to_owned()),
        ("b".to_owned(), "g".to_owned(), r#"{"y":2}"#.to_owned()),
    ];
    // Pieces that alternate.
    let alternating = [
        chunk(
            r#"[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}},{"index":1,"id":"b","function":{"name":"g","arguments":"{\"y\""}}]"#,
        ),
        chunk(r#"[{"index":0,"function":{"arguments":"{\"x\""}}]"#),
        chunk(
            r#"[{"index":1,"function":{"arguments":":2}"}},{"index":0,"function":{"arguments":":1}"}}]"#,
        ),
    ];
    // One number for all, and an object for text.
    let same = [
        chunk(r#"[{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}}]"#),
        chunk(r#"[{"index":0,"id":"b","function":{"name":"g","arguments":"{\"y\":2}"}}]"#),
    ];
    // No numbers; ids again with every piece.
    let bare = [
        chunk(r#"[{"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]"#),
        chunk(r#"[{"id":"b","function":{"name":"g","arguments":"{\"y\""}}]"#),
        chunk(r#"[{"id":"b","function":{"name":"g","arguments":":2}"}}]"#),
    ];
    for chunks in [&alternating[..], &same, &bare] {
        let mut values: Vec<&str> = chunks.iter().map(String::as_str).collect();
        values.extend([end, "[DONE]"]);
        let response = streamed(Api::OpenAiChat, &events(&values)).await;
        assert_eq!(calls(&response), expected);
        // They say `stop`, and there are calls.
        assert_eq!(response.finish.reason, FinishReason::ToolCalls);
        assert!(response.warnings.contains(&Warning::FinishReconciled));
    }
}

#[tokio::test]
async fn arguments_that_are_cut_off_are_not_json() {
    let text = events(&[
        r#"{"model":"test-one","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\": \"unfin"}}]}}]}"#,
        r#"{"model":"test-one","choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"#,
        "[DONE]",
    ]);
    let response = streamed(Api::OpenAiChat, &text).await;
    let call = response.message.tool_calls().next().unwrap();
    assert!(call.arguments.as_json().is_none());
    assert!(response.warnings.contains(&Warning::MalformedArguments));
    assert_eq!(response.finish.reason, FinishReason::MaxTokens);
}

#[tokio::test]
async fn probabilities_and_refusals_are_kept_apart_from_text() {
    let text = events(&[
        r#"{"model":"test-one","choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":{"content":[{"token":"Hi","logprob":-0.1}]}}]}"#,
        r#"{"model":"test-one","choices":[{"index":0,"delta":{"refusal":"I can"},"logprobs":null}]}"#,
        r#"{"model":"test-one","choices":[{"index":0,"delta":{"refusal":"not."}},{"index":1,"delta":{"content":"other"}}]}"#,
        r#"{"model":"test-one","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        "[DONE]",
    ]);
    let response = streamed(Api::OpenAiChat, &text).await;
    let parts: Vec<_> = response
        .message
        .parts
        .iter()
        .map(|part| part.content.clone())
        .collect();
    assert_eq!(
        parts,
        [
            Content::Text("Hi".into()),
            Content::Refusal("I cannot.".into())
        ]
    );
    assert_eq!(response.finish.reason, FinishReason::Refused);
    assert_eq!(response.logprobs.len(), 1);
    assert!(!format!("{response:?}").contains("Hi"));
}

#[tokio::test]
async fn a_completion_without_the_last_word_is_whole_if_it_has_a_reason() {
    let values = [
        r#"{"model":"test-one","choices":[{"index":0,"delta":{"content":"Hi."}}]}"#,
        r#"{"model":"test-one","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
    ];
    let response = streamed(Api::OpenAiChat, &events(&values)).await;
    assert_eq!(response.finish.reason, FinishReason::Stop);
    for cut in [&values[..1], &[values[0], "[DONE]"]] {
        let seen = decoded(Api::OpenAiChat, &events(cut));
        assert_eq!(seen.last(), Some(&Err(ModelErrorKind::Truncated)));
    }
}

#[tokio::test]
async fn items_of_responses_are_kept_for_the_next_turn() {
    let message = r#"{"id":"msg_1","type":"message","role":"assistant","phase":"final_answer","content":[{"type":"output_text","text":"Hi.","annotations":[]}]}"#;
    let reasoning = r#"{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"One."},{"type":"summary_text","text":"Two."}],"encrypted_content":"ZW5j"}"#;
    let search = r#"{"id":"ws_1","type":"web_search_call","status":"completed"}"#;
    let done = |index: usize, item: &str| {
        format!(r#"{{"type":"response.output_item.done","output_index":{index},"item":{item}}}"#)
    };
    let (first, second, third) = (done(0, reasoning), done(1, search), done(2, message));
    let text = events(&[
        r#"{"type":"response.created","sequence_number":0,"response":{"id":"r","model":"test-one","status":"in_progress","output":[]}}"#,
        r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}}"#,
        r#"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"One."}"#,
        r#"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":1,"delta":"Two."}"#,
        &first,
        &second,
        r#"{"type":"response.output_text.delta","output_index":2,"content_index":0,"delta":"Hi","logprobs":[{"token":"Hi"}],"obfuscation":"pad"}"#,
        r#"{"type":"response.output_text.delta","output_index":2,"content_index":0,"delta":"."}"#,
        r#"{"type":"response.output_text.done","output_index":2,"content_index":0,"text":"Hi."}"#,
        &third,
        r#"{"type":"response.web_search_call.searching","output_index":1}"#,
        r#"{"type":"response.completed","response":{"id":"r","model":"test-one","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":2},"input_transformations":[{"type":"removed","reason":"prefix_mismatch"}]}}"#,
    ]);
    let response = streamed(Api::OpenAiResponses, &text).await;
    let wires: Vec<_> = response.message.parts.iter().map(wire).collect();
    assert_eq!(wires, [reasoning, search, message]);
    let Content::Reasoning(thought) = &response.message.parts[0].content else {
        panic!("no reasoning");
    };
    assert_eq!(
        (thought.text.as_str(), thought.is_signed),
        ("One.\n\nTwo.", true)
    );
    assert_eq!(
        response.transformations[0].reason.as_deref(),
        Some("prefix_mismatch")
    );
    assert_eq!(response.logprobs.len(), 1);

    let body = format!(
        r#"{{"id":"r","model":"test-one","status":"completed","output":[{reasoning},{search},{message}]}}"#
    );
    let same = whole(Api::OpenAiResponses, &body).await;
    assert_eq!(same.message, response.message);
}

fn wire(part: &Part) -> &str {
    part.replay
        .as_ref()
        .map_or("", |replay| replay.wire().as_str())
}

#[tokio::test]
async fn a_response_that_failed_is_an_error() {
    let error = r#"{"code":"rate_limit_exceeded","message":"slow down"}"#;
    for (event, kind) in [
        (
            format!(
                r#"{{"type":"response.failed","response":{{"model":"test-one","status":"failed","error":{error}}}}}"#
            ),
            ModelErrorKind::RateLimited,
        ),
        (
            r#"{"type":"error","code":"rate_limit_exceeded","message":"slow down","param":null}"#
                .to_owned(),
            ModelErrorKind::RateLimited,
        ),
        (
            format!(r#"{{"type":"error","error":{error}}}"#),
            ModelErrorKind::RateLimited,
        ),
        (
            r#"{"type":"response.cancelled","response":{"model":"test-one","status":"cancelled"}}"#
                .to_owned(),
            ModelErrorKind::Cancelled,
        ),
    ] {
        let seen = decoded(Api::OpenAiResponses, &events(&[&event]));
        assert_eq!(seen.last(), Some(&Err(kind)), "{event}");
    }
}

#[tokio::test]
async fn signatures_of_gemini_stand_on_their_own_parts() {
    let text = events(&[
        r#"{"modelVersion":"test-one","responseId":"g","candidates":[{"content":{"parts":[{"text":"Hm.","thought":true}]}}]}"#,
        r#"{"modelVersion":"test-one","candidates":[{"content":{"parts":[{"text":"Hello"}]}}]}"#,
        r#"{"modelVersion":"test-one","candidates":[{"content":{"parts":[{"text":" there."}]}}]}"#,
        r#"{"modelVersion":"test-one","candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"c2ln"}]}}]}"#,
        r#"{"modelVersion":"test-one","candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"bGFzdA=="}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":4}}"#,
    ]);
    let response = streamed(Api::GeminiGenerateContent, &text).await;
    let parts = &response.message.parts;
    assert_eq!(parts.len(), 4);
    assert_eq!(parts[1].as_text(), Some("Hello there."));
    assert_eq!(wire(&parts[1]), "");
    assert_eq!(
        wire(&parts[2]),
        r#"{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"c2ln"}"#
    );
    assert_eq!(
        wire(&parts[3]),
        r#"{"text":"","thoughtSignature":"bGFzdA=="}"#
    );
    assert_eq!(response.finish.reason, FinishReason::ToolCalls);

    // A call without an id gets one here, which the provider never sees.
    let (server, model) = pair(Api::GeminiGenerateContent);
    let mut message = response.message;
    for part in &mut message.parts {
        part.replay = None;
    }
    let id = message.tool_calls().next().unwrap().id.clone();
    let result = confidant::model::Message::tool(vec![Part::tool_result(ToolResult::new(
        id,
        vec![Part::text("1")],
    ))]);
    server.answer(confidant::model::testing::MockAnswer::text("x"));
    generate(&*model, hello().with(message).with(result))
        .await
        .unwrap();
    server.assert_never_saw("confidant-call");
    assert!(server.saw(r#""functionResponse":{"name":"f""#));
}

#[tokio::test]
async fn gemini_blocks_prompts_and_sends_pictures() {
    let blocked = r#"{"modelVersion":"test-one","promptFeedback":{"blockReason":"SAFETY"}}"#;
    let response = whole(Api::GeminiGenerateContent, blocked).await;
    assert_eq!(response.finish.reason, FinishReason::ContentFiltered);
    let picture = r#"{"modelVersion":"test-one","candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AQID"}}]},"finishReason":"STOP"}]}"#;
    let response = whole(Api::GeminiGenerateContent, picture).await;
    assert_eq!(
        response.message.parts[0],
        Part::image("image/png", [1, 2, 3].as_slice())
    );
}

#[tokio::test]
async fn bedrock_says_which_model_a_router_chose() {
    let body = |model: &str| {
        format!(
            r#"{{"output":{{"message":{{"content":[{{"text":"x"}}]}}}},"stopReason":"end_turn",
            "trace":{{"promptRouter":{{"invokedModelId":"{model}"}}}}}}"#
        )
    };
    let arn = "arn:aws:bedrock:us-east-1::foundation-model";
    whole(Api::BedrockConverse, &body(&format!("{arn}/test-one"))).await;
    let (server, model) = pair(Api::BedrockConverse);
    server.reply(MockReply::raw(
        200,
        "application/json",
        body(&format!("{arn}/test-two")),
    ));
    let error = generate(&*model, hello()).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::WrongModel);
}

#[tokio::test]
async fn ollama_fails_in_a_line() {
    let text = "{\"model\":\"test-one\",\"message\":{\"content\":\"Hi\"},\"done\":false}\r\n{\"error\":\"out of memory: Hi\"}\r\n";
    let (server, model) = pair(Api::OllamaChat);
    server.reply(MockReply::raw(200, "application/x-ndjson", text));
    let events = drain(stream(&*model, hello()).await.unwrap()).await;
    let error = events.last().unwrap().as_ref().unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::ServerFailed);
    assert!(!format!("{error} {error:?}").contains("memory"));
}
