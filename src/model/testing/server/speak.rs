//! The protocols of the providers, as a server speaks them: whole answers.

use serde_json::{Value, json};

use super::{SeenRequest, bind, stream};
use crate::model::testing::MockAnswer;
use crate::model::{Content, FinishReason, Part};

/// A reply, ready to be written.
pub(super) struct Spoken {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// What a request asks for.
pub(super) struct Asked {
    pub(super) api: Api,
    pub(super) model: String,
    pub(super) stream: bool,
    pub(super) body: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    Anthropic,
    Chat,
    Responses,
    Gemini,
    Ollama,
    Bedrock,
}

impl Spoken {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            content_type: "application/json".to_owned(),
            body: body.to_string().into_bytes(),
        }
    }
}

fn asked(request: &SeenRequest) -> Option<Asked> {
    let (path, _) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let member = |name: &str| body.get(name).and_then(Value::as_str);
    let (api, model, verb) = if path.ends_with("/messages") {
        (Api::Anthropic, member("model")?, None)
    } else if path.ends_with("/chat/completions") {
        (Api::Chat, member("model")?, None)
    } else if path.ends_with("/responses") {
        (Api::Responses, member("model")?, None)
    } else if path.ends_with("/api/chat") {
        (Api::Ollama, member("model")?, None)
    } else if let Some((_, call)) = path.rsplit_once("/models/") {
        let (model, verb) = call.rsplit_once(':')?;
        (Api::Gemini, model, Some(verb == "streamGenerateContent"))
    } else {
        let (model, verb) = path.strip_prefix("/model/")?.rsplit_once('/')?;
        (Api::Bedrock, model, Some(verb == "converse-stream"))
    };
    let stream = body.get("stream").and_then(Value::as_bool).unwrap_or(false);
    let (model, stream) = (model.to_owned(), verb.unwrap_or(stream));
    Some(Asked {
        api,
        model,
        stream,
        body,
    })
}

/// Speaks an answer in the protocol that is asked for.
pub(super) fn speak(request: &SeenRequest, answer: &MockAnswer, fails: bool) -> Spoken {
    let Some(mut asked) = asked(request) else {
        return Spoken::json(404, &json!({"error": {"message": "no such path"}}));
    };
    if asked.api == Api::Anthropic && !bind::holds(&asked.body) {
        let error = json!({"type": "invalid_request_error", "message": "signature in thinking \
            block does not match the conversation"});
        return Spoken::json(400, &json!({"type": "error", "error": error}));
    }
    if let Some(model) = &answer.model {
        model.clone_into(&mut asked.model);
    }
    if asked.stream {
        let (content_type, body) = stream::speak(&asked, answer, fails);
        return Spoken {
            status: 200,
            content_type: content_type.to_owned(),
            body,
        };
    }
    Spoken::json(200, &whole(&asked, answer))
}

fn whole(asked: &Asked, answer: &MockAnswer) -> Value {
    let (input, output) = (answer.input_tokens, answer.output_tokens);
    let model = &asked.model;
    let word = word(asked.api, answer.finish);
    match asked.api {
        Api::Anthropic => json!({
            "id": "msg_mock", "type": "message", "role": "assistant", "model": model,
            "content": blocks(asked, answer), "stop_reason": word, "stop_sequence": null,
            "usage": {"input_tokens": input, "output_tokens": output},
        }),
        Api::Chat => json!({
            "id": "chatcmpl-mock", "object": "chat.completion", "created": 0, "model": model,
            "choices": [{"index": 0, "message": chat_message(answer), "finish_reason": word}],
            "usage": {"prompt_tokens": input, "completion_tokens": output,
                "total_tokens": input + output},
        }),
        Api::Responses => response(asked, answer),
        Api::Gemini => json!({
            "candidates": [{"index": 0, "finishReason": word,
                "content": {"role": "model", "parts": gemini_parts(answer)}}],
            "usageMetadata": gemini_usage(answer), "modelVersion": model,
            "responseId": "gemini-mock",
        }),
        Api::Ollama => json!({
            "model": model, "created_at": "2026-01-01T00:00:00Z", "message": ollama_message(answer),
            "done": true, "done_reason": word, "prompt_eval_count": input, "eval_count": output,
        }),
        Api::Bedrock => json!({
            "output": {"message": {"role": "assistant", "content": converse_blocks(answer)}},
            "stopReason": word,
            "usage": {"inputTokens": input, "outputTokens": output,
                "totalTokens": input + output},
            "metrics": {"latencyMs": 1},
        }),
    }
}

/// The provider's word for the end of an answer.
pub(super) const fn word(api: Api, finish: FinishReason) -> &'static str {
    match (api, finish) {
        (Api::Anthropic | Api::Bedrock, FinishReason::StopSequence) => "stop_sequence",
        (Api::Anthropic | Api::Bedrock, FinishReason::MaxTokens) => "max_tokens",
        (Api::Anthropic | Api::Bedrock, FinishReason::ToolCalls) => "tool_use",
        (Api::Anthropic | Api::Bedrock, FinishReason::ContextFull) => {
            "model_context_window_exceeded"
        }
        (Api::Anthropic, FinishReason::Refused | FinishReason::ContentFiltered) => "refusal",
        (Api::Anthropic, FinishReason::Paused) => "pause_turn",
        (Api::Bedrock, FinishReason::ContentFiltered) => "content_filtered",
        (Api::Bedrock, FinishReason::Malformed) => "malformed_model_output",
        (Api::Anthropic | Api::Bedrock, _) => "end_turn",
        (Api::Chat | Api::Ollama, FinishReason::MaxTokens) => "length",
        (Api::Chat, FinishReason::ToolCalls) => "tool_calls",
        (Api::Chat, FinishReason::ContentFiltered) => "content_filter",
        (Api::Chat | Api::Ollama, _) => "stop",
        (Api::Responses, FinishReason::MaxTokens) => "max_output_tokens",
        (Api::Responses, FinishReason::ContentFiltered) => "content_filter",
        (Api::Responses, _) => "completed",
        (Api::Gemini, FinishReason::MaxTokens) => "MAX_TOKENS",
        (Api::Gemini, FinishReason::ContentFiltered) => "SAFETY",
        (Api::Gemini, FinishReason::Malformed) => "MALFORMED_FUNCTION_CALL",
        (Api::Gemini, _) => "STOP",
    }
}

/// The arguments of a call as a value.
pub(super) fn value(arguments: &str) -> Value {
    serde_json::from_str(arguments).unwrap_or(Value::Null)
}

fn blocks(asked: &Asked, answer: &MockAnswer) -> Vec<Value> {
    let blocks = answer.parts.iter().filter_map(|part| {
        Some(match &part.content {
            Content::Text(text) => json!({"type": "text", "text": text.as_str()}),
            Content::Reasoning(reasoning) => json!({"type": "thinking",
                "thinking": reasoning.text.as_str(), "signature": bind::sign(&asked.body)}),
            Content::ToolCall(call) => json!({"type": "tool_use", "id": call.id.as_str(),
                "name": call.name.as_str(), "input": value(call.arguments.as_str())}),
            _ => return None,
        })
    });
    blocks.collect()
}

fn join<'p>(parts: &'p [Part], pick: impl Fn(&'p Content) -> Option<&'p str>) -> Option<String> {
    let texts: Vec<_> = parts
        .iter()
        .filter_map(|part| pick(&part.content))
        .collect();
    (!texts.is_empty()).then(|| texts.concat())
}

fn text(parts: &[Part]) -> Option<String> {
    join(parts, |content| match content {
        Content::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

fn thoughts(parts: &[Part]) -> Option<String> {
    join(parts, |content| match content {
        Content::Reasoning(reasoning) => Some(reasoning.text.as_str()),
        _ => None,
    })
}

fn refusal(parts: &[Part]) -> Option<String> {
    join(parts, |content| match content {
        Content::Refusal(text) => Some(text.as_str()),
        _ => None,
    })
}

fn chat_message(answer: &MockAnswer) -> Value {
    let calls = answer.parts.iter().filter_map(Part::as_tool_call);
    let calls: Vec<_> = calls
        .map(|call| {
            json!({"id": call.id.as_str(), "type": "function", "function": {
                "name": call.name.as_str(), "arguments": call.arguments.as_str()}})
        })
        .collect();
    let mut message = json!({"role": "assistant", "content": text(&answer.parts),
        "refusal": refusal(&answer.parts)});
    if let Some(object) = message.as_object_mut() {
        if !calls.is_empty() {
            object.insert("tool_calls".to_owned(), calls.into());
        }
        if let Some(thoughts) = thoughts(&answer.parts) {
            object.insert("reasoning_content".to_owned(), thoughts.into());
        }
    }
    message
}

/// The items of a response, as they are once they are done.
pub(super) fn items(answer: &MockAnswer) -> Vec<Value> {
    let items = answer.parts.iter().enumerate().filter_map(|(at, part)| {
        Some(match &part.content {
            Content::Text(text) => json!({"id": format!("msg_{at}"), "type": "message",
                "role": "assistant", "status": "completed", "content": [{"type": "output_text",
                "text": text.as_str(), "annotations": []}]}),
            Content::Refusal(text) => json!({"id": format!("msg_{at}"), "type": "message",
                "role": "assistant", "status": "completed",
                "content": [{"type": "refusal", "refusal": text.as_str()}]}),
            Content::Reasoning(reasoning) => json!({"id": format!("rs_{at}"),
                "type": "reasoning", "summary": [{"type": "summary_text",
                "text": reasoning.text.as_str()}], "encrypted_content": "bW9jaw=="}),
            Content::ToolCall(call) => json!({"id": format!("fc_{at}"), "type": "function_call",
                "call_id": call.id.as_str(), "name": call.name.as_str(),
                "arguments": call.arguments.as_str(), "status": "completed"}),
            _ => return None,
        })
    });
    items.collect()
}

/// A response as a whole, ended.
pub(super) fn response(asked: &Asked, answer: &MockAnswer) -> Value {
    let word = word(Api::Responses, answer.finish);
    let ended = word == "completed";
    let details = if ended {
        Value::Null
    } else {
        json!({"reason": word})
    };
    let (input, output) = (answer.input_tokens, answer.output_tokens);
    json!({
        "id": "resp_mock", "object": "response", "created_at": 0, "model": asked.model,
        "status": if ended { "completed" } else { "incomplete" }, "error": null,
        "incomplete_details": details, "output": items(answer), "parallel_tool_calls": true,
        "tool_choice": "auto", "tools": [],
        "usage": {"input_tokens": input, "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": output, "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input + output},
    })
}

pub(super) fn gemini_parts(answer: &MockAnswer) -> Vec<Value> {
    let parts = answer.parts.iter().filter_map(|part| {
        Some(match &part.content {
            Content::Text(text) => json!({"text": text.as_str()}),
            Content::Reasoning(reasoning) => {
                json!({"text": reasoning.text.as_str(), "thought": true})
            }
            Content::ToolCall(call) => json!({"thoughtSignature": "bW9jaw==", "functionCall": {
                "id": call.id.as_str(), "name": call.name.as_str(),
                "args": value(call.arguments.as_str())}}),
            _ => return None,
        })
    });
    parts.collect()
}

pub(super) fn gemini_usage(answer: &MockAnswer) -> Value {
    let (input, output) = (answer.input_tokens, answer.output_tokens);
    json!({"promptTokenCount": input, "candidatesTokenCount": output,
        "totalTokenCount": input + output})
}

fn ollama_message(answer: &MockAnswer) -> Value {
    let calls = answer.parts.iter().filter_map(Part::as_tool_call);
    let calls: Vec<_> = calls
        .map(|call| {
            json!({"function": {"name": call.name.as_str(),
                "arguments": value(call.arguments.as_str())}})
        })
        .collect();
    json!({"role": "assistant", "content": text(&answer.parts).unwrap_or_default(),
        "thinking": thoughts(&answer.parts).unwrap_or_default(), "tool_calls": calls})
}

fn converse_blocks(answer: &MockAnswer) -> Vec<Value> {
    let blocks = answer.parts.iter().filter_map(|part| {
        Some(match &part.content {
            Content::Text(text) => json!({"text": text.as_str()}),
            Content::Reasoning(reasoning) => json!({"reasoningContent": {"reasoningText": {
                "text": reasoning.text.as_str(), "signature": "bW9jaw=="}}}),
            Content::ToolCall(call) => json!({"toolUse": {"toolUseId": call.id.as_str(),
                "name": call.name.as_str(), "input": value(call.arguments.as_str())}}),
            _ => return None,
        })
    });
    blocks.collect()
}
