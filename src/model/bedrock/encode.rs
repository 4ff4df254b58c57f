//! From a request to the body of Converse.

use crate::model::adapter::{
    Members, Rule, admit_members, mimes, options, refuse, replayed, standing, tools_of_options,
    unsupported, write_options, write_strings, writes,
};
use crate::model::http::{JsonWriter, base64};
use crate::model::{
    Arguments, CacheHint, ChatRequest, Cleared, Content, Json, Media, Message, ModelDescriptor,
    ModelError, ModelErrorKind, Output, Part, ProviderTool, ProviderTools, Role, ServerState,
    Thinking, ToolChoice, ToolResult,
};

/// The option that holds members of the model's own request format.
const FIELDS: &str = "additionalModelRequestFields";

/// What may stand in [`FIELDS`]. Models of several makers know other members, with which
/// they run tools, too.
const OWN_OPTIONS: &[(&str, Rule)] = &[
    ("effort", Rule::Plain),
    ("inferenceConfig", Rule::Plain),
    ("output_config", Rule::Plain),
    ("reasoningConfig", Rule::Plain),
    ("reasoning_config", Rule::Plain),
    ("reasoning_effort", Rule::Plain),
    ("thinking", Rule::Plain),
    ("topK", Rule::Plain),
    ("top_k", Rule::Plain),
    ("container", Rule::State(ServerState::Container)),
    ("mcp_servers", Rule::State(ServerState::McpServer)),
    ("tools", Rule::Tool(ProviderTool::Other)),
];

const OPTIONS: &[(&str, Rule)] = &[
    ("messages", Rule::Never),
    ("system", Rule::Never),
    ("inferenceConfig", Rule::Never),
    ("toolConfig", Rule::Never),
    // What is in it is looked at.
    (FIELDS, Rule::Plain),
    ("additionalModelResponseFieldPaths", Rule::Plain),
    ("guardrailConfig", Rule::Plain),
    ("performanceConfig", Rule::Plain),
    ("serviceTier", Rule::Plain),
    ("outputConfig", Rule::Plain),
    ("promptVariables", Rule::State(ServerState::PromptTemplate)),
    ("requestMetadata", Rule::State(ServerState::Metadata)),
];

const IMAGES: &[(&str, &str)] = &[
    ("image/png", "png"),
    ("image/jpeg", "jpeg"),
    ("image/gif", "gif"),
    ("image/webp", "webp"),
];

const DOCUMENTS: &[(&str, &str)] = &[
    ("application/pdf", "pdf"),
    ("text/csv", "csv"),
    ("text/html", "html"),
    ("text/plain", "txt"),
    ("text/markdown", "md"),
    ("application/msword", "doc"),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "docx",
    ),
    ("application/vnd.ms-excel", "xls"),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
    ),
];

/// Writes the body of a call.
pub(super) fn body(
    cleared: &Cleared<ChatRequest>,
    descriptor: &ModelDescriptor,
) -> Result<Vec<u8>, ModelError> {
    let request = cleared.get();
    let options = options(cleared, OPTIONS)?;
    if let Some(fields) = options.get(FIELDS) {
        let fields: Option<Members> = serde_json::from_str(fields.get()).ok();
        let fields = fields.ok_or_else(|| {
            let what = "fields of the model that are no object";
            ModelError::new(ModelErrorKind::Config).with_subject(what)
        })?;
        admit_members(cleared, &fields, OWN_OPTIONS)?;
    }
    check(request)?;
    let (system, rest) = standing(&request.messages);
    let mut w = JsonWriter::with_capacity(1024);
    w.begin_object();
    if !system.is_empty() {
        w.key("system").begin_array();
        for part in system.iter().flat_map(|message| &message.parts) {
            let Some(text) = part.as_text() else {
                return Err(unsupported("standing instructions that are not text"));
            };
            w.begin_object().member("text", text).end_object();
            cache_point(&mut w, part.cache);
        }
        w.end_array();
    }
    w.key("messages").begin_array();
    for message in rest {
        write_message(&mut w, message, descriptor)?;
    }
    w.end_array();
    config(&mut w, request);
    tools(&mut w, request)?;
    write_options(&mut w, &options);
    w.end_object();
    Ok(w.finish())
}

/// Returns which tools the provider would run for a request.
pub(super) fn provider_tools(request: &ChatRequest) -> ProviderTools {
    let hosted = (!request.hosted_tools.is_empty()).then_some(ProviderTool::Other);
    let options = request.options.as_ref();
    let members = options.and_then(Json::read::<Members>);
    let fields = members.as_ref().and_then(|members| members.get(FIELDS));
    let fields = fields.map(|fields| Json::parse(fields.get()));
    let own = match fields {
        None => Vec::new(),
        Some(Ok(fields)) => tools_of_options(Some(&fields), OWN_OPTIONS),
        // What cannot be read may switch on any.
        Some(Err(_)) => vec![ProviderTool::Other],
    };
    let by_options = tools_of_options(options, OPTIONS);
    hosted.into_iter().chain(by_options).chain(own).collect()
}

fn check(request: &ChatRequest) -> Result<(), ModelError> {
    let sampling = &request.sampling;
    refuse([
        (sampling.top_k.is_some(), "top_k"),
        (sampling.seed.is_some(), "seed"),
        (sampling.frequency_penalty.is_some(), "frequency penalty"),
        (sampling.presence_penalty.is_some(), "presence penalty"),
        (sampling.logprobs.is_some(), "logprobs"),
        (request.output != Output::Text, "form of the answer"),
        (
            request.reasoning != Thinking::Default,
            "choice of reasoning",
        ),
        (!request.hosted_tools.is_empty(), "tools of the provider"),
        (request.parallel_tools.is_some(), "choice of parallel tools"),
        (request.end_user.is_some(), "pseudonym of the person"),
        (request.cache_key.is_some(), "cache key"),
    ])
}

fn config(w: &mut JsonWriter, request: &ChatRequest) {
    let sampling = &request.sampling;
    w.key("inferenceConfig").begin_object();
    w.maybe_number("maxTokens", sampling.max_output_tokens);
    w.maybe_float("temperature", sampling.temperature);
    w.maybe_float("topP", sampling.top_p);
    write_strings(w, "stopSequences", &sampling.stop);
    w.end_object();
}

fn tools(w: &mut JsonWriter, request: &ChatRequest) -> Result<(), ModelError> {
    if request.tools.is_empty() || request.tool_choice == ToolChoice::None {
        return Ok(());
    }
    w.key("toolConfig")
        .begin_object()
        .key("tools")
        .begin_array();
    for tool in &request.tools {
        if !tool.examples.is_empty() {
            return Err(unsupported("examples of tools"));
        }
        w.begin_object().key("toolSpec").begin_object();
        w.member("name", &tool.name);
        // Descriptions without text are refused.
        if !tool.description.is_empty() {
            w.member("description", &tool.description);
        }
        if let Some(strict) = tool.strict {
            w.key("strict").bool(strict);
        }
        w.key("inputSchema").begin_object();
        w.key("json").json(&tool.parameters);
        w.end_object().end_object().end_object();
    }
    w.end_array();
    match &request.tool_choice {
        ToolChoice::Auto | ToolChoice::None => {}
        ToolChoice::Required => {
            w.key("toolChoice").begin_object().key("any").begin_object();
            w.end_object().end_object();
        }
        ToolChoice::Tool(name) => {
            w.key("toolChoice")
                .begin_object()
                .key("tool")
                .begin_object();
            w.member("name", name).end_object().end_object();
        }
    }
    w.end_object();
    Ok(())
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
        Role::System | Role::Developer => {
            return Err(unsupported("standing instructions within a conversation"));
        }
        Role::User | Role::Tool => "user",
        Role::Assistant => "assistant",
    };
    w.begin_object();
    w.member("role", role).key("content").begin_array();
    for part in &message.parts {
        write_part(w, part, descriptor)?;
        cache_point(w, part.cache);
    }
    w.end_array().end_object();
    Ok(())
}

fn cache_point(w: &mut JsonWriter, cache: Option<CacheHint>) {
    if let Some(cache) = cache {
        w.begin_object().key("cachePoint").begin_object();
        w.member("type", "default");
        if cache == CacheHint::Hour {
            w.member("ttl", "1h");
        }
        w.end_object().end_object();
    }
}

fn write_part(
    w: &mut JsonWriter,
    part: &Part,
    descriptor: &ModelDescriptor,
) -> Result<(), ModelError> {
    if let Some(wire) = replayed(part, descriptor) {
        w.raw(wire);
        return Ok(());
    }
    match &part.content {
        // Blocks without text are refused.
        Content::Text(text) | Content::Refusal(text) if text.is_empty() => {}
        Content::Text(text) | Content::Refusal(text) => {
            w.begin_object().member("text", text).end_object();
        }
        Content::Image(media) => {
            w.begin_object().key("image").begin_object();
            write_media(w, media, IMAGES)?;
            w.end_object().end_object();
        }
        Content::File(file) => {
            let name = file
                .name
                .as_deref()
                .ok_or_else(|| unsupported("document without a name"))?;
            w.begin_object().key("document").begin_object();
            w.member("name", name);
            write_media(w, &file.media, DOCUMENTS)?;
            w.end_object().end_object();
        }
        Content::ToolCall(call) => {
            let Arguments::Json(input) = &call.arguments else {
                return Err(unsupported("arguments that are not JSON"));
            };
            w.begin_object().key("toolUse").begin_object();
            w.member("toolUseId", &call.id).member("name", &call.name);
            w.key("input").json(input).end_object().end_object();
        }
        Content::ToolResult(result) => write_result(w, result, descriptor)?,
        // It is signed for another model, or was changed: it is left out.
        Content::Reasoning(_) => {}
        Content::Audio(_) => return Err(unsupported("recordings")),
        Content::Opaque(_) => return Err(unsupported("item of another model")),
    }
    Ok(())
}

fn write_media(
    w: &mut JsonWriter,
    media: &Media,
    formats: &[(&'static str, &'static str)],
) -> Result<(), ModelError> {
    let Media::Bytes { media_type, data } = media else {
        return Err(unsupported("media that is not in the request"));
    };
    w.member("format", mimes(formats, media_type)?);
    w.key("source").begin_object();
    w.member("bytes", &base64(data.as_bytes())).end_object();
    Ok(())
}

fn write_result(
    w: &mut JsonWriter,
    result: &ToolResult,
    descriptor: &ModelDescriptor,
) -> Result<(), ModelError> {
    w.begin_object().key("toolResult").begin_object();
    w.member("toolUseId", &result.call_id)
        .key("content")
        .begin_array();
    for part in &result.parts {
        if !matches!(
            part.content,
            Content::Text(_) | Content::Image(_) | Content::File(_)
        ) {
            return Err(unsupported("part of a tool's result"));
        }
        write_part(w, part, descriptor)?;
    }
    w.end_array();
    w.member("status", if result.is_error { "error" } else { "success" });
    w.end_object().end_object();
    Ok(())
}
