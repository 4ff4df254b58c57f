//! From a request to the body of a call.

use crate::model::adapter::{
    HostedTable, Rule, admit_hosted, options, refuse, replayed, standing, unsupported,
    write_hosted, write_options, write_strings, writes,
};
use crate::model::http::{JsonWriter, base64};
use crate::model::{
    Arguments, CacheHint, ChatRequest, Cleared, Content, Effort, Media, Message, ModelDescriptor,
    ModelError, ModelErrorKind, Name, Output, Part, ProviderTool, Role, ServerState, Thinking,
    Tool, ToolChoice, ToolResult,
};
use crate::taxonomy::Region;

/// How the body is written.
#[derive(Debug)]
pub(super) struct Dialect {
    pub(super) geo: Option<Name>,
    /// The region in which the model must have run, as far as its answers say where it did.
    pub(super) place: Option<Region>,
    pub(super) max_tokens: u32,
    /// Whether the version of the protocol refuses sampling parameters.
    pub(super) strict: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            geo: None,
            place: None,
            max_tokens: 4096,
            strict: true,
        }
    }
}

pub(super) const OPTIONS: &[(&str, Rule)] = &[
    ("model", Rule::Never),
    ("messages", Rule::Never),
    ("system", Rule::Never),
    ("tools", Rule::Never),
    ("tool_choice", Rule::Never),
    ("max_tokens", Rule::Never),
    ("temperature", Rule::Never),
    ("top_p", Rule::Never),
    ("top_k", Rule::Never),
    ("stop_sequences", Rule::Never),
    ("stream", Rule::Never),
    ("thinking", Rule::Never),
    ("output_config", Rule::Never),
    ("inference_geo", Rule::Never),
    ("metadata", Rule::Never),
    ("service_tier", Rule::Plain),
    ("speed", Rule::Plain),
    ("cache_control", Rule::Plain),
    ("context_management", Rule::Plain),
    ("container", Rule::State(ServerState::Container)),
    ("mcp_servers", Rule::State(ServerState::McpServer)),
    ("thread", Rule::State(ServerState::Conversation)),
    ("diagnostics", Rule::State(ServerState::Continuation)),
    ("fallbacks", Rule::State(ServerState::Fallback)),
    ("fallback_credit_token", Rule::State(ServerState::Fallback)),
    ("user_profile_id", Rule::State(ServerState::UserProfile)),
];

/// What the tools of the provider do. Some of those of which nothing is known run at the
/// caller's.
pub(super) const HOSTED: &HostedTable = &[
    (
        "code_execution",
        ProviderTool::CodeExecution,
        Some(ServerState::Container),
    ),
    ("computer", ProviderTool::ComputerUse, None),
    ("mcp", ProviderTool::RemoteMcp, Some(ServerState::McpServer)),
    ("web_", ProviderTool::WebSearch, None),
];

/// Writes the body of a call, or of counting its tokens where there is no `stream`.
pub(super) fn body(
    cleared: &Cleared<ChatRequest>,
    descriptor: &ModelDescriptor,
    dialect: &Dialect,
    stream: Option<bool>,
) -> Result<Vec<u8>, ModelError> {
    let request = cleared.get();
    let options = options(cleared, OPTIONS)?;
    admit_hosted(cleared, HOSTED)?;
    check(request, dialect)?;
    let mut w = JsonWriter::with_capacity(1024);
    w.begin_object();
    w.member("model", &descriptor.model);
    if let Some(stream) = stream {
        let most = request.sampling.max_output_tokens;
        w.key("max_tokens")
            .number(most.unwrap_or(dialect.max_tokens));
        if stream {
            w.key("stream").bool(true);
        }
        sampling(&mut w, request);
        if let Some(geo) = &dialect.geo {
            w.member("inference_geo", geo);
        }
        if let Some(user) = &request.end_user {
            w.key("metadata").begin_object();
            w.member("user_id", user).end_object();
        }
    }
    // Standing instructions come first, and later ones stay where they are.
    let (system, rest) = standing(&request.messages);
    if !system.is_empty() {
        w.key("system").begin_array();
        for part in system.iter().flat_map(|message| &message.parts) {
            write_part(&mut w, part, descriptor, Place::System)?;
        }
        w.end_array();
    }
    w.key("messages").begin_array();
    for message in rest {
        write_message(&mut w, message, descriptor)?;
    }
    w.end_array();
    tools(&mut w, request);
    reasoning(&mut w, request);
    write_options(&mut w, &options);
    w.end_object();
    Ok(w.finish())
}

/// Refuses what the protocol has no form for.
fn check(request: &ChatRequest, dialect: &Dialect) -> Result<(), ModelError> {
    let sampling = &request.sampling;
    let varied =
        sampling.temperature.is_some() || sampling.top_p.is_some() || sampling.top_k.is_some();
    refuse([
        (dialect.strict && varied, "temperature, top_p and top_k"),
        (sampling.seed.is_some(), "seed"),
        (sampling.frequency_penalty.is_some(), "frequency penalty"),
        (sampling.presence_penalty.is_some(), "presence penalty"),
        (sampling.logprobs.is_some(), "logprobs"),
        (request.output == Output::Json, "JSON without a schema"),
        (request.cache_key.is_some(), "cache key"),
    ])?;
    if let Thinking::Budget(budget) = request.reasoning {
        let most = sampling.max_output_tokens.unwrap_or(dialect.max_tokens);
        if budget >= most {
            return Err(unsupported(
                "budget of reasoning beyond the answer's tokens",
            ));
        }
    }
    let thinks = matches!(
        request.reasoning,
        Thinking::Budget(_) | Thinking::Adaptive | Thinking::BetweenTools | Thinking::Effort(_)
    );
    let forced = matches!(
        request.tool_choice,
        ToolChoice::Required | ToolChoice::Tool(_)
    );
    if thinks && forced {
        return Err(unsupported("forced choice of tools with reasoning"));
    }
    if dialect.strict {
        let assistant = request
            .messages
            .iter()
            .filter(|m| m.role == Role::Assistant);
        let mut parts = assistant.flat_map(|message| &message.parts);
        if parts.any(|part| matches!(part.content, Content::File(_))) {
            return Err(unsupported("document in a message of the assistant"));
        }
    }
    Ok(())
}

fn sampling(w: &mut JsonWriter, request: &ChatRequest) {
    let sampling = &request.sampling;
    w.maybe_float("temperature", sampling.temperature);
    w.maybe_float("top_p", sampling.top_p);
    w.maybe_number("top_k", sampling.top_k);
    write_strings(w, "stop_sequences", &sampling.stop);
}

fn reasoning(w: &mut JsonWriter, request: &ChatRequest) {
    let effort = match request.reasoning {
        Thinking::Effort(effort) => Some(word(effort)),
        _ => None,
    };
    match request.reasoning {
        Thinking::Default => {}
        Thinking::Off => {
            w.key("thinking").begin_object();
            w.member("type", "disabled").end_object();
        }
        Thinking::Adaptive | Thinking::Effort(_) => {
            w.key("thinking").begin_object();
            w.member("type", "adaptive").end_object();
        }
        Thinking::BetweenTools => {
            w.key("thinking").begin_object();
            w.member("type", "between_tools").end_object();
        }
        Thinking::Budget(tokens) => {
            w.key("thinking").begin_object();
            w.member("type", "enabled");
            w.key("budget_tokens").number(tokens).end_object();
        }
    }
    let schema = match &request.output {
        Output::Schema { schema, .. } => Some(schema),
        Output::Text | Output::Json => None,
    };
    if effort.is_some() || schema.is_some() {
        w.key("output_config").begin_object();
        w.maybe_string("effort", effort);
        if let Some(schema) = schema {
            w.key("format").begin_object();
            w.member("type", "json_schema");
            w.key("schema").json(schema).end_object();
        }
        w.end_object();
    }
}

const fn word(effort: Effort) -> &'static str {
    match effort {
        Effort::Minimal | Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
        Effort::Max => "max",
    }
}

fn tools(w: &mut JsonWriter, request: &ChatRequest) {
    if request.tools.is_empty() && request.hosted_tools.is_empty() {
        return;
    }
    w.key("tools").begin_array();
    for tool in &request.tools {
        write_tool(w, tool);
    }
    for tool in &request.hosted_tools {
        write_hosted(w, tool);
    }
    w.end_array();
    let one = request.parallel_tools == Some(false);
    let (kind, name) = match &request.tool_choice {
        ToolChoice::Auto if !one => return,
        ToolChoice::Auto => ("auto", None),
        ToolChoice::None => ("none", None),
        ToolChoice::Required => ("any", None),
        ToolChoice::Tool(name) => ("tool", Some(name.as_str())),
    };
    w.key("tool_choice").begin_object();
    w.member("type", kind).maybe_string("name", name);
    if one && kind != "none" {
        w.key("disable_parallel_tool_use").bool(true);
    }
    w.end_object();
}

fn write_tool(w: &mut JsonWriter, tool: &Tool) {
    w.begin_object();
    w.member("name", &tool.name);
    if !tool.description.is_empty() {
        w.member("description", &tool.description);
    }
    w.key("input_schema").json(&tool.parameters);
    if let Some(strict) = tool.strict {
        w.key("strict").bool(strict);
    }
    if !tool.examples.is_empty() {
        w.key("input_examples").begin_array();
        for example in &tool.examples {
            w.json(example);
        }
        w.end_array();
    }
    w.end_object();
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    System,
    Message,
    ToolResult,
}

fn write_message(
    w: &mut JsonWriter,
    message: &Message,
    descriptor: &ModelDescriptor,
) -> Result<(), ModelError> {
    if !message.parts.iter().any(|part| writes(part, descriptor)) {
        return Ok(());
    }
    let role = match message.role {
        Role::System | Role::Developer => "system",
        Role::User | Role::Tool => "user",
        Role::Assistant => "assistant",
    };
    w.begin_object();
    w.member("role", role).key("content").begin_array();
    for part in &message.parts {
        write_part(w, part, descriptor, Place::Message)?;
    }
    w.end_array().end_object();
    Ok(())
}

fn write_part(
    w: &mut JsonWriter,
    part: &Part,
    descriptor: &ModelDescriptor,
    place: Place,
) -> Result<(), ModelError> {
    if let Some(wire) = replayed(part, descriptor) {
        w.raw(wire);
        return Ok(());
    }
    if place == Place::System && !matches!(part.content, Content::Text(_)) {
        return Err(unsupported("standing instructions that are not text"));
    }
    match &part.content {
        // Blocks without text are refused.
        Content::Text(text) | Content::Refusal(text) if text.is_empty() => return Ok(()),
        Content::Text(text) | Content::Refusal(text) => {
            w.begin_object();
            w.member("type", "text").member("text", text);
        }
        Content::Image(media) => {
            w.begin_object();
            w.member("type", "image");
            source(w, media)?;
        }
        Content::File(file) => {
            w.begin_object();
            w.member("type", "document");
            source(w, &file.media)?;
            w.maybe_string("title", file.name.as_deref());
        }
        Content::ToolCall(call) => {
            let Arguments::Json(input) = &call.arguments else {
                return Err(unsupported("arguments that are not JSON"));
            };
            w.begin_object();
            w.member("type", "tool_use");
            w.member("id", &call.id).member("name", &call.name);
            w.key("input").json(input);
        }
        Content::ToolResult(result) => write_result(w, result, descriptor)?,
        // It is signed for another model, or was changed: it is left out.
        Content::Reasoning(_) => return Ok(()),
        Content::Audio(_) => return Err(unsupported("recordings")),
        Content::Opaque(_) => return Err(unsupported("item of another model")),
    }
    if let Some(cache) = part.cache {
        w.key("cache_control").begin_object();
        w.member("type", "ephemeral");
        if cache == CacheHint::Hour {
            w.member("ttl", "1h");
        }
        w.end_object();
    }
    w.end_object();
    Ok(())
}

fn write_result(
    w: &mut JsonWriter,
    result: &ToolResult,
    descriptor: &ModelDescriptor,
) -> Result<(), ModelError> {
    w.begin_object();
    w.member("type", "tool_result")
        .member("tool_use_id", &result.call_id);
    w.key("content").begin_array();
    for part in &result.parts {
        if !matches!(
            part.content,
            Content::Text(_) | Content::Image(_) | Content::File(_)
        ) {
            return Err(unsupported("part of a tool's result"));
        }
        write_part(w, part, descriptor, Place::ToolResult)?;
    }
    w.end_array();
    if result.is_error {
        w.key("is_error").bool(true);
    }
    Ok(())
}

fn source(w: &mut JsonWriter, media: &Media) -> Result<(), ModelError> {
    w.key("source").begin_object();
    match media {
        Media::Bytes { media_type, data } if media_type.as_str() == "text/plain" => {
            let text = str::from_utf8(data.as_bytes()).map_err(|_| {
                ModelError::new(ModelErrorKind::Config).with_subject("text that is not UTF-8")
            })?;
            w.member("type", "text")
                .member("media_type", "text/plain")
                .member("data", text);
        }
        Media::Bytes { media_type, data } => {
            w.member("type", "base64").member("media_type", media_type);
            w.member("data", &base64(data.as_bytes()));
        }
        Media::Url { url, .. } => {
            w.member("type", "url").member("url", url);
        }
        Media::Uploaded { id } => {
            w.member("type", "file").member("file_id", id);
        }
    }
    w.end_object();
    Ok(())
}
