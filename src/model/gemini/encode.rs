//! From a request to the body of `generateContent`.

use crate::model::adapter::{
    BETWEEN_TOOLS, HostedTable, Rule, admit_hosted, options, refuse, replayed, result_texts,
    standing, tool_of, unsupported, write_options, write_strings, writes,
};
use crate::model::http::{JsonWriter, base64};
use crate::model::{
    Arguments, ChatRequest, Cleared, Content, Effort, Media, Message, ModelDescriptor, ModelError,
    Name, Output, Part, ProviderTool, Role, ServerState, Thinking, ToolChoice, ToolResult,
};

/// What the tools of the provider do.
pub(super) const HOSTED: &HostedTable = &[
    ("codeExecution", ProviderTool::CodeExecution, None),
    ("code_execution", ProviderTool::CodeExecution, None),
    ("computerUse", ProviderTool::ComputerUse, None),
    ("computer_use", ProviderTool::ComputerUse, None),
    ("enterpriseWebSearch", ProviderTool::WebSearch, None),
    ("enterprise_web_search", ProviderTool::WebSearch, None),
    (
        "fileSearch",
        ProviderTool::FileSearch,
        Some(ServerState::File),
    ),
    (
        "file_search",
        ProviderTool::FileSearch,
        Some(ServerState::File),
    ),
    ("googleSearch", ProviderTool::WebSearch, None),
    ("google_search", ProviderTool::WebSearch, None),
    ("mcp", ProviderTool::RemoteMcp, Some(ServerState::McpServer)),
    ("retrieval", ProviderTool::FileSearch, None),
    (
        "urlContext",
        ProviderTool::WebSearch,
        Some(ServerState::FetchedUrl),
    ),
    (
        "url_context",
        ProviderTool::WebSearch,
        Some(ServerState::FetchedUrl),
    ),
];

/// The beginning of ids that the provider did not give.
pub(super) const OWN_ID: &str = "confidant-call-";

pub(super) const OPTIONS: &[(&str, Rule)] = &[
    ("contents", Rule::Never),
    ("systemInstruction", Rule::Never),
    ("system_instruction", Rule::Never),
    ("tools", Rule::Never),
    ("toolConfig", Rule::Never),
    ("tool_config", Rule::Never),
    ("generationConfig", Rule::Never),
    ("generation_config", Rule::Never),
    ("store", Rule::Never),
    ("safetySettings", Rule::Plain),
    ("cachedContent", Rule::State(ServerState::CachedContent)),
    ("cached_content", Rule::State(ServerState::CachedContent)),
    ("continuationToken", Rule::State(ServerState::Continuation)),
    ("labels", Rule::State(ServerState::Metadata)),
];

/// Writes the body of a call.
pub(super) fn body(
    cleared: &Cleared<ChatRequest>,
    descriptor: &ModelDescriptor,
    vertex: bool,
) -> Result<Vec<u8>, ModelError> {
    let request = cleared.get();
    let options = options(cleared, OPTIONS)?;
    admit_hosted(cleared, HOSTED)?;
    refuse([
        (request.parallel_tools.is_some(), "choice of parallel tools"),
        (request.cache_key.is_some(), "cache key"),
        (request.reasoning == Thinking::BetweenTools, BETWEEN_TOOLS),
    ])?;
    let (system, rest) = standing(&request.messages);
    let mut w = JsonWriter::with_capacity(1024);
    w.begin_object();
    if !vertex {
        w.key("store").bool(false);
    }
    if !system.is_empty() {
        w.key("systemInstruction")
            .begin_object()
            .key("parts")
            .begin_array();
        for part in system.iter().flat_map(|message| &message.parts) {
            let Some(text) = part.as_text() else {
                return Err(unsupported("standing instructions that are not text"));
            };
            w.begin_object().member("text", text).end_object();
        }
        w.end_array().end_object();
    }
    w.key("contents").begin_array();
    for message in rest {
        write_message(&mut w, message, request, descriptor)?;
    }
    w.end_array();
    tools(&mut w, request)?;
    config(&mut w, request);
    write_options(&mut w, &options);
    w.end_object();
    Ok(w.finish())
}

fn tools(w: &mut JsonWriter, request: &ChatRequest) -> Result<(), ModelError> {
    if request.tools.is_empty() && request.hosted_tools.is_empty() {
        return Ok(());
    }
    w.key("tools").begin_array();
    if !request.tools.is_empty() {
        w.begin_object().key("functionDeclarations").begin_array();
        for tool in &request.tools {
            if !tool.examples.is_empty() {
                return Err(unsupported("examples of tools"));
            }
            if tool.strict == Some(true) {
                return Err(unsupported("strict tools"));
            }
            w.begin_object();
            w.member("name", &tool.name)
                .member("description", &tool.description);
            w.key("parametersJsonSchema")
                .json(&tool.parameters)
                .end_object();
        }
        w.end_array().end_object();
    }
    for tool in &request.hosted_tools {
        w.begin_object()
            .key(&tool.kind)
            .json(&tool.settings)
            .end_object();
    }
    w.end_array();
    let (mode, name) = match &request.tool_choice {
        ToolChoice::Auto => return Ok(()),
        ToolChoice::None => ("NONE", None),
        ToolChoice::Required => ("ANY", None),
        ToolChoice::Tool(name) => ("ANY", Some(name)),
    };
    w.key("toolConfig")
        .begin_object()
        .key("functionCallingConfig")
        .begin_object();
    w.member("mode", mode);
    if let Some(name) = name {
        w.key("allowedFunctionNames")
            .begin_array()
            .string(name)
            .end_array();
    }
    w.end_object().end_object();
    Ok(())
}

fn config(w: &mut JsonWriter, request: &ChatRequest) {
    let sampling = &request.sampling;
    w.key("generationConfig").begin_object();
    w.maybe_number("maxOutputTokens", sampling.max_output_tokens);
    w.maybe_float("temperature", sampling.temperature);
    w.maybe_float("topP", sampling.top_p);
    w.maybe_number("topK", sampling.top_k);
    w.maybe_number("seed", sampling.seed);
    w.maybe_float("frequencyPenalty", sampling.frequency_penalty);
    w.maybe_float("presencePenalty", sampling.presence_penalty);
    write_strings(w, "stopSequences", &sampling.stop);
    if let Some(count) = sampling.logprobs {
        w.key("responseLogprobs").bool(true);
        w.key("logprobs").number(count);
    }
    match &request.output {
        Output::Text => {}
        Output::Json => {
            w.member("responseMimeType", "application/json");
        }
        Output::Schema { schema, .. } => {
            w.member("responseMimeType", "application/json");
            w.key("responseJsonSchema").json(schema);
        }
    }
    if request.reasoning != Thinking::Default {
        w.key("thinkingConfig").begin_object();
        match request.reasoning {
            Thinking::Off => {
                w.key("thinkingBudget").number(0);
            }
            Thinking::Adaptive | Thinking::BetweenTools | Thinking::Default => {
                w.key("thinkingBudget").number(-1);
            }
            Thinking::Budget(tokens) => {
                w.key("thinkingBudget").number(tokens);
            }
            Thinking::Effort(effort) => {
                w.member("thinkingLevel", word(effort));
            }
        }
        if request.reasoning != Thinking::Off {
            w.key("includeThoughts").bool(true);
        }
        w.end_object();
    }
    w.end_object();
}

const fn word(effort: Effort) -> &'static str {
    match effort {
        Effort::Minimal => "minimal",
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High | Effort::Max => "high",
    }
}

fn write_message(
    w: &mut JsonWriter,
    message: &Message,
    request: &ChatRequest,
    descriptor: &ModelDescriptor,
) -> Result<(), ModelError> {
    if !message.parts.iter().any(|part| writes(part, descriptor)) {
        return Ok(());
    }
    let role = match message.role {
        Role::System | Role::Developer => {
            return Err(unsupported("standing instructions within a conversation"));
        }
        Role::User | Role::Tool => "user",
        Role::Assistant => "model",
    };
    w.begin_object();
    w.member("role", role).key("parts").begin_array();
    for part in &message.parts {
        write_part(w, part, request, descriptor)?;
    }
    w.end_array().end_object();
    Ok(())
}

fn write_part(
    w: &mut JsonWriter,
    part: &Part,
    request: &ChatRequest,
    descriptor: &ModelDescriptor,
) -> Result<(), ModelError> {
    if let Some(wire) = replayed(part, descriptor) {
        w.raw(wire);
        return Ok(());
    }
    match &part.content {
        Content::Text(text) | Content::Refusal(text) if text.is_empty() => {}
        Content::Text(text) | Content::Refusal(text) => {
            w.begin_object().member("text", text).end_object();
        }
        Content::Image(media) | Content::Audio(media) => write_media(w, media)?,
        Content::File(file) => write_media(w, &file.media)?,
        Content::ToolCall(call) => {
            let Arguments::Json(args) = &call.arguments else {
                return Err(unsupported("arguments that are not JSON"));
            };
            w.begin_object().key("functionCall").begin_object();
            write_id(w, &call.id);
            w.member("name", &call.name).key("args").json(args);
            w.end_object().end_object();
        }
        Content::ToolResult(result) => write_result(w, result, request)?,
        // Thoughts go back by what signs them alone.
        Content::Reasoning(_) => {}
        Content::Opaque(_) => return Err(unsupported("item of another model")),
    }
    Ok(())
}

fn write_id(w: &mut JsonWriter, id: &Name) {
    if !id.starts_with(OWN_ID) {
        w.member("id", id);
    }
}

fn write_result(
    w: &mut JsonWriter,
    result: &ToolResult,
    request: &ChatRequest,
) -> Result<(), ModelError> {
    // The provider wants the name, which the call has.
    let name = tool_of(result, request);
    let name = name.ok_or_else(|| unsupported("result without the name of its tool"))?;
    let texts = result_texts(result)?;
    w.begin_object().key("functionResponse").begin_object();
    write_id(w, &result.call_id);
    w.member("name", name).key("response").begin_object();
    w.key(if result.is_error { "error" } else { "output" })
        .joined(texts);
    w.end_object().end_object().end_object();
    Ok(())
}

fn write_media(w: &mut JsonWriter, media: &Media) -> Result<(), ModelError> {
    w.begin_object();
    match media {
        Media::Bytes { media_type, data } => {
            w.key("inlineData").begin_object();
            w.member("mimeType", media_type)
                .member("data", &base64(data.as_bytes()));
        }
        Media::Url { url, media_type } => {
            w.key("fileData").begin_object();
            w.maybe_string("mimeType", media_type.as_deref())
                .member("fileUri", url);
        }
        Media::Uploaded { id } => {
            w.key("fileData").begin_object();
            w.member("fileUri", id);
        }
    }
    w.end_object().end_object();
    Ok(())
}
