//! From a request to the body of Chat Completions.

use super::profile::Profile;
use crate::model::adapter::{
    BETWEEN_TOOLS, HostedTable, Rule, admit_location, mimes, options, provider_tools as tools_of,
    replayed, result_texts, unsupported, write_options, write_strings,
};
use crate::model::http::{JsonWriter, base64};
use crate::model::{
    ChatRequest, Cleared, Content, Effort, Media, Message, ModelDescriptor, ModelError, Name,
    Output, Part, ProviderTool, ProviderTools, Role, ServerState, Thinking, Tool, ToolChoice,
    ToolResult,
};

const OPTIONS: &[(&str, Rule)] = &[
    ("model", Rule::Never),
    ("messages", Rule::Never),
    ("tools", Rule::Never),
    ("functions", Rule::Never),
    ("tool_choice", Rule::Never),
    ("parallel_tool_calls", Rule::Never),
    ("response_format", Rule::Never),
    ("reasoning_effort", Rule::Never),
    ("max_tokens", Rule::Never),
    ("max_completion_tokens", Rule::Never),
    ("temperature", Rule::Never),
    ("top_p", Rule::Never),
    ("top_k", Rule::Never),
    ("seed", Rule::Never),
    ("frequency_penalty", Rule::Never),
    ("presence_penalty", Rule::Never),
    ("stop", Rule::Never),
    ("logprobs", Rule::Never),
    ("top_logprobs", Rule::Never),
    ("n", Rule::Never),
    ("stream", Rule::Never),
    ("stream_options", Rule::Never),
    ("store", Rule::Never),
    ("user", Rule::Never),
    ("safety_identifier", Rule::Never),
    ("prompt_cache_key", Rule::Never),
    ("provider", Rule::Never),
    ("disable_fallbacks", Rule::Never),
    ("chat_template_kwargs", Rule::Plain),
    ("logit_bias", Rule::Plain),
    ("min_p", Rule::Plain),
    ("prediction", Rule::Plain),
    ("repetition_penalty", Rule::Plain),
    ("service_tier", Rule::Plain),
    ("verbosity", Rule::Plain),
    ("fallbacks", Rule::State(ServerState::Fallback)),
    ("models", Rule::State(ServerState::Fallback)),
    ("route", Rule::State(ServerState::Fallback)),
    ("metadata", Rule::State(ServerState::Metadata)),
    ("plugins", Rule::Tool(ProviderTool::Other)),
    ("web_search_options", Rule::Tool(ProviderTool::WebSearch)),
    ("prompt_cache_breakpoint", Rule::Never),
    ("prompt_cache_options", Rule::State(ServerState::LongCache)),
    (
        "prompt_cache_retention",
        Rule::State(ServerState::LongCache),
    ),
];

const AUDIO: &[(&str, &str)] = &[
    ("audio/wav", "wav"),
    ("audio/x-wav", "wav"),
    ("audio/mpeg", "mp3"),
    ("audio/mp3", "mp3"),
];

/// Returns which tools the provider would run for a request.
pub(super) fn provider_tools(
    request: &ChatRequest,
    model: &Name,
    profile: Profile,
) -> ProviderTools {
    tools_with(request, (OPTIONS, &[]), (model, profile))
}

/// Returns which tools the provider would run for a request, by the tables of a protocol.
pub(super) fn tools_with(
    request: &ChatRequest,
    (options, hosted): (&[(&str, Rule)], &HostedTable),
    (model, profile): (&Name, Profile),
) -> ProviderTools {
    let tools = tools_of(request, options, hosted);
    match searches(model, profile) {
        true => tools.with(ProviderTool::WebSearch),
        false => tools,
    }
}

/// Whether the name of a model has its provider search the web before each answer.
fn searches(model: &Name, profile: Profile) -> bool {
    profile == Profile::OpenRouter && model.ends_with(":online")
}

/// Makes sure that the clearance allows what the name of the model has its provider do.
pub(super) fn admit_model(
    cleared: &Cleared<ChatRequest>,
    model: &Name,
    profile: Profile,
) -> Result<(), ModelError> {
    match searches(model, profile) {
        true => cleared.allow(ServerState::HostedTool),
        false => Ok(()),
    }
}

/// Writes the body of a call.
pub(super) fn body(
    cleared: &Cleared<ChatRequest>,
    descriptor: &ModelDescriptor,
    profile: Profile,
    stream: bool,
) -> Result<Vec<u8>, ModelError> {
    let request = cleared.get();
    let options = options(cleared, OPTIONS)?;
    let search = options.get("web_search_options");
    admit_location(cleared, search.map(Box::as_ref))?;
    admit_model(cleared, &descriptor.model, profile)?;
    let mut w = JsonWriter::with_capacity(1024);
    w.begin_object();
    w.member("model", &descriptor.model);
    w.key("messages").begin_array();
    for message in &request.messages {
        write_message(&mut w, message, descriptor, profile)?;
    }
    w.end_array();
    if stream {
        w.key("stream").bool(true);
        w.key("stream_options").begin_object();
        w.key("include_usage").bool(true).end_object();
    }
    privacy(&mut w, request, profile);
    sampling(&mut w, request, profile)?;
    tools(&mut w, request)?;
    format(&mut w, &request.output);
    write_options(&mut w, &options);
    w.end_object();
    Ok(w.finish())
}

/// The switches that keep the request from being stored or passed on.
fn privacy(w: &mut JsonWriter, request: &ChatRequest, profile: Profile) {
    if profile.says_store() {
        w.key("store").bool(false);
    }
    routes(w, profile);
    if let Some(user) = &request.end_user
        && profile.takes_end_user()
    {
        let key = if profile.is_original() {
            "safety_identifier"
        } else {
            "user"
        };
        w.member(key, user);
    }
    if let Some(key) = &request.cache_key
        && profile.is_original()
    {
        w.member("prompt_cache_key", key);
    }
}

/// The switches that keep a request from being passed on to others.
pub(super) fn routes(w: &mut JsonWriter, profile: Profile) {
    match profile {
        Profile::OpenRouter => {
            w.key("provider").begin_object();
            w.key("allow_fallbacks").bool(false);
            w.member("data_collection", "deny").end_object();
        }
        Profile::LiteLlm => {
            w.key("disable_fallbacks").bool(true);
        }
        _ => {}
    }
}

fn sampling(w: &mut JsonWriter, request: &ChatRequest, profile: Profile) -> Result<(), ModelError> {
    let sampling = &request.sampling;
    if sampling.top_k.is_some() && profile.is_original() {
        return Err(unsupported("top_k"));
    }
    let most = if profile.is_original() {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    w.maybe_number(most, sampling.max_output_tokens);
    w.maybe_float("temperature", sampling.temperature);
    w.maybe_float("top_p", sampling.top_p);
    w.maybe_number("top_k", sampling.top_k);
    w.maybe_number("seed", sampling.seed);
    w.maybe_float("frequency_penalty", sampling.frequency_penalty);
    w.maybe_float("presence_penalty", sampling.presence_penalty);
    write_strings(w, "stop", &sampling.stop);
    if let Some(count) = sampling.logprobs {
        w.key("logprobs").bool(true);
        w.key("top_logprobs").number(count);
    }
    match request.reasoning {
        Thinking::Default => {}
        Thinking::Off => {
            w.member("reasoning_effort", "none");
        }
        Thinking::Effort(effort) => {
            w.member("reasoning_effort", word(effort));
        }
        Thinking::BetweenTools => return Err(unsupported(BETWEEN_TOOLS)),
        Thinking::Adaptive => return Err(unsupported("reasoning as the model finds fit")),
        Thinking::Budget(_) => return Err(unsupported("budget of reasoning")),
    }
    Ok(())
}

/// OpenAI's word for an effort.
pub(super) const fn word(effort: Effort) -> &'static str {
    match effort {
        Effort::Minimal => "minimal",
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
        Effort::Max => "xhigh",
    }
}

fn tools(w: &mut JsonWriter, request: &ChatRequest) -> Result<(), ModelError> {
    if !request.hosted_tools.is_empty() {
        return Err(unsupported("tools of the provider"));
    }
    if request.tools.is_empty() {
        return Ok(());
    }
    w.key("tools").begin_array();
    for tool in &request.tools {
        w.begin_object();
        w.member("type", "function").key("function").begin_object();
        function(w, tool)?;
        if let Some(strict) = tool.strict {
            w.key("strict").bool(strict);
        }
        w.end_object().end_object();
    }
    w.end_array();
    match &request.tool_choice {
        ToolChoice::Auto => {}
        ToolChoice::None => {
            w.member("tool_choice", "none");
        }
        ToolChoice::Required => {
            w.member("tool_choice", "required");
        }
        ToolChoice::Tool(name) => {
            w.key("tool_choice").begin_object();
            w.member("type", "function").key("function").begin_object();
            w.member("name", name).end_object().end_object();
        }
    }
    if let Some(parallel) = request.parallel_tools {
        w.key("parallel_tool_calls").bool(parallel);
    }
    Ok(())
}

/// The members by which both protocols describe a tool.
pub(super) fn function(w: &mut JsonWriter, tool: &Tool) -> Result<(), ModelError> {
    if !tool.examples.is_empty() {
        return Err(unsupported("examples of tools"));
    }
    w.member("name", &tool.name);
    if !tool.description.is_empty() {
        w.member("description", &tool.description);
    }
    w.key("parameters").json(&tool.parameters);
    Ok(())
}

fn format(w: &mut JsonWriter, output: &Output) {
    match output {
        Output::Text => {}
        Output::Json => {
            w.key("response_format").begin_object();
            w.member("type", "json_object").end_object();
        }
        Output::Schema { name, schema } => {
            w.key("response_format").begin_object();
            w.member("type", "json_schema")
                .key("json_schema")
                .begin_object();
            w.member("name", name).key("strict").bool(true);
            w.key("schema").json(schema).end_object().end_object();
        }
    }
}

fn write_message(
    w: &mut JsonWriter,
    message: &Message,
    descriptor: &ModelDescriptor,
    profile: Profile,
) -> Result<(), ModelError> {
    let role = match message.role {
        Role::System => "system",
        Role::Developer if profile.is_original() => "developer",
        Role::Developer => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => {
            for part in &message.parts {
                let Content::ToolResult(result) = &part.content else {
                    return Err(unsupported("part of a tool's message"));
                };
                write_result(w, result)?;
            }
            return Ok(());
        }
    };
    w.begin_object();
    w.member("role", role)
        .maybe_string("name", message.speaker.as_deref());
    if message.role == Role::Assistant {
        assistant(w, message, descriptor)?;
    } else {
        w.key("content");
        content(w, &message.parts, marks_cache(descriptor, profile))?;
    }
    w.end_object();
    Ok(())
}

/// What a model said: texts, refusals and calls. Reasoning is sent again where the server
/// gave it a form in which it goes back.
fn assistant(
    w: &mut JsonWriter,
    message: &Message,
    descriptor: &ModelDescriptor,
) -> Result<(), ModelError> {
    let mut texts = Vec::new();
    let mut refusals = Vec::new();
    let mut calls = Vec::new();
    let mut details = Vec::new();
    for part in &message.parts {
        match &part.content {
            Content::Text(text) => texts.push(text.as_str()),
            Content::Refusal(text) => refusals.push(text.as_str()),
            Content::ToolCall(call) => calls.push(call),
            Content::Reasoning(_) => details.extend(replayed(part, descriptor)),
            _ => return Err(unsupported("part of the assistant's message")),
        }
    }
    w.key("content");
    if texts.is_empty() {
        w.raw("null");
    } else {
        w.joined(texts);
    }
    if !refusals.is_empty() {
        w.key("refusal").joined(refusals);
    }
    // One answer has one list.
    if let Some(details) = details.first() {
        w.key("reasoning_details").raw(details);
    }
    if !calls.is_empty() {
        w.key("tool_calls").begin_array();
        for call in calls {
            w.begin_object();
            w.member("id", &call.id).member("type", "function");
            w.key("function").begin_object();
            w.member("name", &call.name)
                .member("arguments", call.arguments.as_str());
            w.end_object().end_object();
        }
        w.end_array();
    }
    Ok(())
}

fn write_result(w: &mut JsonWriter, result: &ToolResult) -> Result<(), ModelError> {
    w.begin_object();
    w.member("role", "tool")
        .member("tool_call_id", &result.call_id);
    w.key("content").joined(result_texts(result)?);
    w.end_object();
    Ok(())
}

/// Whether parts say up to where the provider caches.
pub(super) fn marks_cache(descriptor: &ModelDescriptor, profile: Profile) -> bool {
    profile.is_original() && descriptor.capabilities.cache_points.is_yes()
}

/// Says that the provider caches up to this part, for as short as it can: for half an hour.
pub(super) fn cache_point(w: &mut JsonWriter) {
    w.key("prompt_cache_breakpoint").begin_object();
    w.member("mode", "explicit").end_object();
}

/// A text alone is a string; anything more is a list.
fn content(w: &mut JsonWriter, parts: &[Part], marks_cache: bool) -> Result<(), ModelError> {
    if let [part] = parts
        && let Some(text) = part.as_text()
        && !(marks_cache && part.cache.is_some())
    {
        w.string(text);
        return Ok(());
    }
    w.begin_array();
    for part in parts {
        w.begin_object();
        match &part.content {
            Content::Text(text) => {
                w.member("type", "text").member("text", text);
            }
            Content::Image(media) => {
                w.member("type", "image_url")
                    .key("image_url")
                    .begin_object();
                w.key("url");
                image(w, media)?;
                w.end_object();
            }
            Content::Audio(Media::Bytes { media_type, data }) => {
                let format = mimes(AUDIO, media_type)?;
                w.member("type", "input_audio")
                    .key("input_audio")
                    .begin_object();
                w.member("data", &base64(data.as_bytes()))
                    .member("format", format);
                w.end_object();
            }
            Content::File(file) => {
                w.member("type", "file").key("file").begin_object();
                match &file.media {
                    Media::Bytes { media_type, data } => {
                        w.maybe_string("filename", file.name.as_deref());
                        w.key("file_data");
                        data_url(w, media_type, data.as_bytes());
                    }
                    Media::Uploaded { id } => {
                        w.member("file_id", id);
                    }
                    Media::Url { .. } => return Err(unsupported("address of a document")),
                }
                w.end_object();
            }
            _ => return Err(unsupported("part of a message")),
        }
        if marks_cache && part.cache.is_some() {
            cache_point(w);
        }
        w.end_object();
    }
    w.end_array();
    Ok(())
}

fn image(w: &mut JsonWriter, media: &Media) -> Result<(), ModelError> {
    match media {
        Media::Bytes { media_type, data } => data_url(w, media_type, data.as_bytes()),
        Media::Url { url, .. } => {
            w.string(url);
        }
        Media::Uploaded { .. } => return Err(unsupported("uploaded image")),
    }
    Ok(())
}

/// Bytes as an address of the scheme `data`.
pub(super) fn data_url(w: &mut JsonWriter, media_type: &str, data: &[u8]) {
    w.joined(["data:", media_type, ";base64,", &base64(data)]);
}
