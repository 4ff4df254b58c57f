//! From a request to the body of Responses.

use super::chat_encode::{
    admit_model, cache_point, data_url, function, marks_cache, routes, tools_with, word,
};
use super::profile::Profile;
use crate::model::adapter::{
    BETWEEN_TOOLS, HostedTable, Rule, admit_hosted, options, refuse, replayed, unsupported,
    write_hosted, write_options,
};
use crate::model::http::JsonWriter;
use crate::model::{
    ChatRequest, Cleared, Content, Media, Message, ModelDescriptor, ModelError, Name, Output, Part,
    ProviderTool, ProviderTools, Role, ServerState, Thinking, ToolChoice, ToolResult,
};

const OPTIONS: &[(&str, Rule)] = &[
    ("model", Rule::Never),
    ("input", Rule::Never),
    ("instructions", Rule::Never),
    ("tools", Rule::Never),
    ("tool_choice", Rule::Never),
    ("parallel_tool_calls", Rule::Never),
    ("text", Rule::Never),
    ("reasoning", Rule::Never),
    ("max_output_tokens", Rule::Never),
    ("temperature", Rule::Never),
    ("top_p", Rule::Never),
    ("top_logprobs", Rule::Never),
    ("stream", Rule::Never),
    ("store", Rule::Never),
    ("user", Rule::Never),
    ("safety_identifier", Rule::Never),
    ("prompt_cache_key", Rule::Never),
    ("provider", Rule::Never),
    ("disable_fallbacks", Rule::Never),
    ("include", Rule::Plain),
    ("max_tool_calls", Rule::Plain),
    ("service_tier", Rule::Plain),
    ("truncation", Rule::Plain),
    ("context_management", Rule::Plain),
    ("background", Rule::State(ServerState::Background)),
    ("background_options", Rule::State(ServerState::Background)),
    ("conversation", Rule::State(ServerState::Conversation)),
    (
        "previous_response_id",
        Rule::State(ServerState::Continuation),
    ),
    ("metadata", Rule::State(ServerState::Metadata)),
    ("prompt", Rule::State(ServerState::PromptTemplate)),
    ("prompt_cache_breakpoint", Rule::Never),
    ("prompt_cache_options", Rule::State(ServerState::LongCache)),
    (
        "prompt_cache_retention",
        Rule::State(ServerState::LongCache),
    ),
    ("fallbacks", Rule::State(ServerState::Fallback)),
    ("models", Rule::State(ServerState::Fallback)),
    ("route", Rule::State(ServerState::Fallback)),
    ("plugins", Rule::Tool(ProviderTool::Other)),
    ("user_location", Rule::State(ServerState::UserProfile)),
];

/// What the tools of the provider do.
const HOSTED: &HostedTable = &[
    (
        "code_interpreter",
        ProviderTool::CodeExecution,
        Some(ServerState::Container),
    ),
    ("computer", ProviderTool::ComputerUse, None),
    (
        "container",
        ProviderTool::CodeExecution,
        Some(ServerState::Container),
    ),
    (
        "file_search",
        ProviderTool::FileSearch,
        Some(ServerState::File),
    ),
    ("mcp", ProviderTool::RemoteMcp, Some(ServerState::McpServer)),
    (
        "shell",
        ProviderTool::CodeExecution,
        Some(ServerState::Container),
    ),
    ("web_search", ProviderTool::WebSearch, None),
];

/// Returns which tools the provider would run for a request.
pub(super) fn provider_tools(
    request: &ChatRequest,
    model: &Name,
    profile: Profile,
) -> ProviderTools {
    tools_with(request, (OPTIONS, HOSTED), (model, profile))
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
    check(request)?;
    admit_hosted(cleared, HOSTED)?;
    admit_model(cleared, &descriptor.model, profile)?;
    let mut w = JsonWriter::with_capacity(1024);
    w.begin_object();
    w.member("model", &descriptor.model);
    w.key("store").bool(false);
    routes(&mut w, profile);
    if stream {
        w.key("stream").bool(true);
    }
    w.key("input").begin_array();
    for message in &request.messages {
        write_message(
            &mut w,
            message,
            descriptor,
            marks_cache(descriptor, profile),
        )?;
    }
    w.end_array();
    let user = if profile.is_original() {
        "safety_identifier"
    } else {
        "user"
    };
    w.maybe_string(user, request.end_user.as_deref());
    w.maybe_string("prompt_cache_key", request.cache_key.as_deref());
    let sampling = &request.sampling;
    w.maybe_number("max_output_tokens", sampling.max_output_tokens);
    w.maybe_float("temperature", sampling.temperature);
    w.maybe_float("top_p", sampling.top_p);
    w.maybe_number("top_logprobs", sampling.logprobs);
    if let Thinking::Effort(effort) = request.reasoning {
        w.key("reasoning").begin_object();
        w.member("effort", word(effort)).end_object();
    } else if request.reasoning == Thinking::Off {
        w.key("reasoning").begin_object();
        w.member("effort", "none").end_object();
    }
    tools(&mut w, request)?;
    format(&mut w, &request.output);
    write_options(&mut w, &options);
    w.end_object();
    Ok(w.finish())
}

fn check(request: &ChatRequest) -> Result<(), ModelError> {
    let sampling = &request.sampling;
    refuse([
        (sampling.top_k.is_some(), "top_k"),
        (sampling.seed.is_some(), "seed"),
        (sampling.frequency_penalty.is_some(), "frequency penalty"),
        (sampling.presence_penalty.is_some(), "presence penalty"),
        (!sampling.stop.is_empty(), "stop sequences"),
        (
            matches!(request.reasoning, Thinking::Budget(_)),
            "budget of reasoning",
        ),
        (request.reasoning == Thinking::BetweenTools, BETWEEN_TOOLS),
        (
            request.reasoning == Thinking::Adaptive,
            "reasoning as the model finds fit",
        ),
    ])
}

fn tools(w: &mut JsonWriter, request: &ChatRequest) -> Result<(), ModelError> {
    if request.tools.is_empty() && request.hosted_tools.is_empty() {
        return Ok(());
    }
    w.key("tools").begin_array();
    for tool in &request.tools {
        w.begin_object();
        w.member("type", "function");
        function(w, tool)?;
        // Left out, it would be on.
        w.key("strict").bool(tool.strict.unwrap_or(false));
        w.end_object();
    }
    for tool in &request.hosted_tools {
        write_hosted(w, tool);
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
            w.member("type", "function")
                .member("name", name)
                .end_object();
        }
    }
    if let Some(parallel) = request.parallel_tools {
        w.key("parallel_tool_calls").bool(parallel);
    }
    Ok(())
}

fn format(w: &mut JsonWriter, output: &Output) {
    match output {
        Output::Text => {}
        Output::Json => {
            w.key("text").begin_object().key("format").begin_object();
            w.member("type", "json_object").end_object().end_object();
        }
        Output::Schema { name, schema } => {
            w.key("text").begin_object().key("format").begin_object();
            w.member("type", "json_schema").member("name", name);
            w.key("strict").bool(true);
            w.key("schema").json(schema).end_object().end_object();
        }
    }
}

fn write_message(
    w: &mut JsonWriter,
    message: &Message,
    descriptor: &ModelDescriptor,
    marks_cache: bool,
) -> Result<(), ModelError> {
    match message.role {
        Role::System => write_input(w, "system", &message.parts, marks_cache),
        Role::Developer => write_input(w, "developer", &message.parts, marks_cache),
        Role::User => write_input(w, "user", &message.parts, marks_cache),
        Role::Assistant => {
            for part in &message.parts {
                match replayed(part, descriptor) {
                    Some(wire) => {
                        w.raw(wire);
                    }
                    None => write_output(w, part)?,
                }
            }
            Ok(())
        }
        Role::Tool => {
            for part in &message.parts {
                let Content::ToolResult(result) = &part.content else {
                    return Err(unsupported("part of a tool's message"));
                };
                write_result(w, result)?;
            }
            Ok(())
        }
    }
}

/// An item that the model made, written anew.
fn write_output(w: &mut JsonWriter, part: &Part) -> Result<(), ModelError> {
    match &part.content {
        Content::Text(text) => {
            w.begin_object();
            w.member("type", "message").member("role", "assistant");
            w.member("content", text).end_object();
        }
        Content::Refusal(text) => {
            w.begin_object();
            w.member("type", "message").member("role", "assistant");
            w.key("content").begin_array().begin_object();
            w.member("type", "refusal").member("refusal", text);
            w.end_object().end_array().end_object();
        }
        Content::ToolCall(call) => {
            w.begin_object();
            w.member("type", "function_call")
                .member("call_id", &call.id);
            w.member("name", &call.name);
            w.member("arguments", call.arguments.as_str()).end_object();
        }
        // It belongs to another model, or was changed: it is left out.
        Content::Reasoning(_) => {}
        Content::Opaque(_) => return Err(unsupported("item of another model")),
        _ => return Err(unsupported("part of the assistant's message")),
    }
    Ok(())
}

fn write_input(
    w: &mut JsonWriter,
    role: &str,
    parts: &[Part],
    marks_cache: bool,
) -> Result<(), ModelError> {
    w.begin_object();
    w.member("type", "message")
        .member("role", role)
        .key("content")
        .begin_array();
    for part in parts {
        write_content(w, part, marks_cache)?;
    }
    w.end_array().end_object();
    Ok(())
}

fn write_content(w: &mut JsonWriter, part: &Part, marks_cache: bool) -> Result<(), ModelError> {
    w.begin_object();
    match &part.content {
        Content::Text(text) => {
            w.member("type", "input_text").member("text", text);
        }
        Content::Image(media) => {
            w.member("type", "input_image").member("detail", "auto");
            match media {
                Media::Bytes { media_type, data } => {
                    w.key("image_url");
                    data_url(w, media_type, data.as_bytes());
                }
                Media::Url { url, .. } => {
                    w.member("image_url", url);
                }
                Media::Uploaded { id } => {
                    w.member("file_id", id);
                }
            }
        }
        Content::File(file) => {
            w.member("type", "input_file");
            match &file.media {
                Media::Bytes { media_type, data } => {
                    w.maybe_string("filename", file.name.as_deref());
                    w.key("file_data");
                    data_url(w, media_type, data.as_bytes());
                }
                Media::Url { url, .. } => {
                    w.member("file_url", url);
                }
                Media::Uploaded { id } => {
                    w.member("file_id", id);
                }
            }
        }
        _ => return Err(unsupported("part of a message")),
    }
    if marks_cache && part.cache.is_some() {
        cache_point(w);
    }
    w.end_object();
    Ok(())
}

fn write_result(w: &mut JsonWriter, result: &ToolResult) -> Result<(), ModelError> {
    w.begin_object();
    w.member("type", "function_call_output")
        .member("call_id", &result.call_id);
    w.key("output");
    if result.parts.iter().all(|part| part.as_text().is_some()) {
        w.joined(result.parts.iter().filter_map(Part::as_text));
    } else {
        w.begin_array();
        for part in &result.parts {
            write_content(w, part, false)?;
        }
        w.end_array();
    }
    w.end_object();
    Ok(())
}
