//! From a request to the body of a chat.

use crate::model::adapter::{
    BETWEEN_TOOLS, Rule, options, refuse, result_texts, tool_of, unsupported, write_options,
    write_strings,
};
use crate::model::http::{JsonWriter, base64};
use crate::model::{
    Arguments, ChatRequest, Cleared, Content, Effort, Media, Message, ModelDescriptor, ModelError,
    Output, Role, Thinking, ToolChoice, ToolResult,
};

pub(super) const OPTIONS: &[(&str, Rule)] = &[
    ("model", Rule::Never),
    ("messages", Rule::Never),
    ("tools", Rule::Never),
    ("format", Rule::Never),
    ("options", Rule::Never),
    ("stream", Rule::Never),
    ("think", Rule::Never),
    ("keep_alive", Rule::Never),
    ("logprobs", Rule::Never),
    ("top_logprobs", Rule::Never),
    ("truncate", Rule::Plain),
    ("shift", Rule::Plain),
];

/// Writes the body of a call.
pub(super) fn body(
    cleared: &Cleared<ChatRequest>,
    descriptor: &ModelDescriptor,
    unload: bool,
    stream: bool,
) -> Result<Vec<u8>, ModelError> {
    let request = cleared.get();
    let options = options(cleared, OPTIONS)?;
    check(request)?;
    let mut w = JsonWriter::with_capacity(1024);
    w.begin_object();
    w.member("model", &descriptor.model);
    w.key("stream").bool(stream);
    w.key("messages").begin_array();
    for message in &request.messages {
        write_message(&mut w, message, request)?;
    }
    w.end_array();
    if !request.tools.is_empty() && request.tool_choice != ToolChoice::None {
        w.key("tools").begin_array();
        for tool in &request.tools {
            if !tool.examples.is_empty() {
                return Err(unsupported("examples of tools"));
            }
            w.begin_object();
            w.member("type", "function").key("function").begin_object();
            w.member("name", &tool.name)
                .member("description", &tool.description);
            w.key("parameters")
                .json(&tool.parameters)
                .end_object()
                .end_object();
        }
        w.end_array();
    }
    match &request.output {
        Output::Text => {}
        Output::Json => {
            w.member("format", "json");
        }
        Output::Schema { schema, .. } => {
            w.key("format").json(schema);
        }
    }
    match request.reasoning {
        Thinking::Default => {}
        Thinking::Off => {
            w.key("think").bool(false);
        }
        Thinking::Effort(effort) => {
            w.member("think", word(effort));
        }
        Thinking::Adaptive | Thinking::BetweenTools | Thinking::Budget(_) => {
            w.key("think").bool(true);
        }
    }
    if unload {
        w.key("keep_alive").number(0);
    }
    sampling(&mut w, request);
    write_options(&mut w, &options);
    w.end_object();
    Ok(w.finish())
}

fn check(request: &ChatRequest) -> Result<(), ModelError> {
    let forced = matches!(
        request.tool_choice,
        ToolChoice::Required | ToolChoice::Tool(_)
    );
    refuse([
        (!request.hosted_tools.is_empty(), "tools of the provider"),
        (forced, "forced choice of tools"),
        (request.parallel_tools.is_some(), "choice of parallel tools"),
        (request.cache_key.is_some(), "cache key"),
        (request.reasoning == Thinking::BetweenTools, BETWEEN_TOOLS),
        (
            matches!(request.reasoning, Thinking::Budget(_)),
            "budget of reasoning",
        ),
    ])
}

fn sampling(w: &mut JsonWriter, request: &ChatRequest) {
    let sampling = &request.sampling;
    w.key("options").begin_object();
    w.maybe_number("num_predict", sampling.max_output_tokens);
    w.maybe_float("temperature", sampling.temperature);
    w.maybe_float("top_p", sampling.top_p);
    w.maybe_number("top_k", sampling.top_k);
    w.maybe_number("seed", sampling.seed);
    w.maybe_float("frequency_penalty", sampling.frequency_penalty);
    w.maybe_float("presence_penalty", sampling.presence_penalty);
    write_strings(w, "stop", &sampling.stop);
    w.end_object();
    if let Some(count) = sampling.logprobs {
        w.key("logprobs").bool(true);
        w.key("top_logprobs").number(count);
    }
}

const fn word(effort: Effort) -> &'static str {
    match effort {
        Effort::Minimal | Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High | Effort::Max => "high",
    }
}

fn write_message(
    w: &mut JsonWriter,
    message: &Message,
    request: &ChatRequest,
) -> Result<(), ModelError> {
    let role = match message.role {
        Role::System | Role::Developer => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => {
            for part in &message.parts {
                let Content::ToolResult(result) = &part.content else {
                    return Err(unsupported("part of a tool's message"));
                };
                write_result(w, result, request)?;
            }
            return Ok(());
        }
    };
    let mut texts = Vec::new();
    let mut images = Vec::new();
    let mut calls = Vec::new();
    for part in &message.parts {
        match &part.content {
            Content::Text(text) | Content::Refusal(text) => texts.push(text.as_str()),
            Content::Image(Media::Bytes { data, .. }) => images.push(data),
            Content::ToolCall(call) => calls.push(call),
            // Thoughts are not signed here, and are not sent again.
            Content::Reasoning(_) => {}
            _ => return Err(unsupported("part of a message")),
        }
    }
    w.begin_object();
    w.member("role", role).key("content").joined(texts);
    if !images.is_empty() {
        w.key("images").begin_array();
        for image in images {
            w.string(&base64(image.as_bytes()));
        }
        w.end_array();
    }
    if !calls.is_empty() {
        w.key("tool_calls").begin_array();
        for call in calls {
            let Arguments::Json(arguments) = &call.arguments else {
                return Err(unsupported("arguments that are not JSON"));
            };
            w.begin_object().key("function").begin_object();
            w.member("name", &call.name)
                .key("arguments")
                .json(arguments);
            w.end_object().end_object();
        }
        w.end_array();
    }
    w.end_object();
    Ok(())
}

fn write_result(
    w: &mut JsonWriter,
    result: &ToolResult,
    request: &ChatRequest,
) -> Result<(), ModelError> {
    let texts = result_texts(result)?;
    let name = tool_of(result, request);
    w.begin_object();
    w.member("role", "tool").key("content").joined(texts);
    w.maybe_string("tool_name", name.map(|name| name.as_str()));
    w.end_object();
    Ok(())
}
