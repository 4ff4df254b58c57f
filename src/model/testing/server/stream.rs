//! The protocols of the providers, as a server speaks them: streams.

use serde_json::{Value, json};

use super::bind;
use super::speak::{Api, Asked, gemini_parts, gemini_usage, items, response, value, word};
use crate::model::Content;
use crate::model::testing::MockAnswer;
use crate::model::testing::play::cut;

/// The most bytes of a delta.
const PIECE: usize = 6;
/// What a failing server says; a real one may repeat the request.
const OVERLOADED: &str = "overloaded while reading: the whole prompt";

/// Speaks an answer piece by piece.
pub(super) fn speak(asked: &Asked, answer: &MockAnswer, fails: bool) -> (&'static str, Vec<u8>) {
    let events = "text/event-stream";
    match asked.api {
        Api::Anthropic => (events, messages(asked, answer, fails)),
        Api::Chat => (events, chunks(asked, answer, fails)),
        Api::Responses => (events, responses(asked, answer, fails)),
        Api::Gemini => (events, gemini(asked, answer, fails)),
        Api::Ollama => ("application/x-ndjson", ollama(asked, answer, fails)),
        Api::Bedrock => (
            "application/vnd.amazon.eventstream",
            converse(asked, answer, fails),
        ),
    }
}

fn named(out: &mut Vec<u8>, value: &Value) {
    let name = value
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    out.extend_from_slice(format!("event: {name}\ndata: {value}\n\n").as_bytes());
}

fn unnamed(out: &mut Vec<u8>, value: &Value) {
    out.extend_from_slice(format!("data: {value}\n\n").as_bytes());
}

fn messages(asked: &Asked, answer: &MockAnswer, fails: bool) -> Vec<u8> {
    let mut out = Vec::new();
    named(
        &mut out,
        &json!({"type": "message_start", "message": {
        "id": "msg_mock", "type": "message", "role": "assistant", "model": asked.model,
        "content": [], "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": answer.input_tokens, "output_tokens": 1}}}),
    );
    named(&mut out, &json!({"type": "ping"}));
    for (index, part) in answer.parts.iter().enumerate() {
        let (block, kind, key, text) = match &part.content {
            Content::Text(text) => (
                json!({"type": "text", "text": ""}),
                "text_delta",
                "text",
                text.as_str(),
            ),
            Content::Reasoning(reasoning) => (
                json!({"type": "thinking", "thinking": "", "signature": ""}),
                "thinking_delta",
                "thinking",
                reasoning.text.as_str(),
            ),
            Content::ToolCall(call) => (
                json!({"type": "tool_use", "id": call.id.as_str(), "name": call.name.as_str(),
                    "input": {}}),
                "input_json_delta",
                "partial_json",
                call.arguments.as_str(),
            ),
            _ => continue,
        };
        named(
            &mut out,
            &json!({"type": "content_block_start", "index": index,
            "content_block": block}),
        );
        for piece in cut(text, PIECE) {
            named(
                &mut out,
                &json!({"type": "content_block_delta", "index": index,
                "delta": {"type": kind, key: piece}}),
            );
        }
        if fails {
            named(
                &mut out,
                &json!({"type": "error", "error": {"type": "overloaded_error",
                "message": OVERLOADED}}),
            );
            return out;
        }
        if matches!(part.content, Content::Reasoning(_)) {
            named(
                &mut out,
                &json!({"type": "content_block_delta", "index": index,
                "delta": {"type": "signature_delta", "signature": bind::sign(&asked.body)}}),
            );
        }
        named(
            &mut out,
            &json!({"type": "content_block_stop", "index": index}),
        );
    }
    named(
        &mut out,
        &json!({"type": "message_delta",
        "delta": {"stop_reason": word(asked.api, answer.finish), "stop_sequence": null},
        "usage": {"output_tokens": answer.output_tokens}}),
    );
    named(&mut out, &json!({"type": "message_stop"}));
    out
}

fn chunks(asked: &Asked, answer: &MockAnswer, fails: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let chunk = |delta: Value, finish: Value| {
        json!({"id": "chatcmpl-mock", "object": "chat.completion.chunk", "created": 0,
            "model": asked.model, "choices": [{"index": 0, "delta": delta,
            "finish_reason": finish}]})
    };
    unnamed(
        &mut out,
        &chunk(json!({"role": "assistant", "content": ""}), Value::Null),
    );
    let mut calls = 0;
    for part in &answer.parts {
        let (key, text) = match &part.content {
            Content::Text(text) => ("content", text.as_str()),
            Content::Refusal(text) => ("refusal", text.as_str()),
            Content::Reasoning(reasoning) => ("reasoning_content", reasoning.text.as_str()),
            Content::ToolCall(call) => {
                unnamed(
                    &mut out,
                    &chunk(
                        json!({"tool_calls": [{"index": calls,
                    "id": call.id.as_str(), "type": "function", "function": {
                    "name": call.name.as_str(), "arguments": ""}}]}),
                        Value::Null,
                    ),
                );
                for piece in cut(call.arguments.as_str(), PIECE) {
                    unnamed(
                        &mut out,
                        &chunk(
                            json!({"tool_calls": [{"index": calls,
                        "function": {"arguments": piece}}]}),
                            Value::Null,
                        ),
                    );
                }
                calls += 1;
                continue;
            }
            _ => continue,
        };
        for piece in cut(text, PIECE) {
            unnamed(&mut out, &chunk(json!({key: piece}), Value::Null));
        }
    }
    if fails {
        unnamed(
            &mut out,
            &json!({"error": {"message": OVERLOADED, "type": "overloaded_error",
            "param": null, "code": 529}}),
        );
        return out;
    }
    unnamed(
        &mut out,
        &chunk(json!({}), word(asked.api, answer.finish).into()),
    );
    let (input, output) = (answer.input_tokens, answer.output_tokens);
    unnamed(
        &mut out,
        &json!({"id": "chatcmpl-mock", "object": "chat.completion.chunk",
        "created": 0, "model": asked.model, "choices": [], "usage": {"prompt_tokens": input,
        "completion_tokens": output, "total_tokens": input + output}}),
    );
    out.extend_from_slice(b"data: [DONE]\n\n");
    out
}

fn responses(asked: &Asked, answer: &MockAnswer, fails: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut number = 0;
    let mut event = |mut value: Value| {
        if let Some(object) = value.as_object_mut() {
            object.insert("sequence_number".to_owned(), number.into());
            number += 1;
        }
        named(&mut out, &value);
    };
    let whole = response(asked, answer);
    let mut begun = whole.clone();
    if let Some(object) = begun.as_object_mut() {
        object.insert("status".to_owned(), "in_progress".into());
        object.insert("output".to_owned(), json!([]));
        object.insert("usage".to_owned(), Value::Null);
        object.insert("incomplete_details".to_owned(), Value::Null);
    }
    event(json!({"type": "response.created", "response": begun}));
    event(json!({"type": "response.in_progress", "response": begun}));
    for (index, item) in items(answer).into_iter().enumerate() {
        let part = answer
            .parts
            .iter()
            .filter(|part| is_item(&part.content))
            .nth(index);
        let mut empty = item.clone();
        if let Some(object) = empty.as_object_mut() {
            object.insert("status".to_owned(), "in_progress".into());
            object.remove("encrypted_content");
            for (key, none) in [
                ("content", json!([])),
                ("summary", json!([])),
                ("arguments", "".into()),
            ] {
                if object.contains_key(key) {
                    object.insert(key.to_owned(), none);
                }
            }
        }
        event(
            json!({"type": "response.output_item.added", "output_index": index,
            "item": empty}),
        );
        let id = item.get("id").cloned().unwrap_or_default();
        let content = part.map(|part| &part.content);
        let (kind, text) = match content {
            Some(Content::Text(text)) => ("response.output_text.delta", text.as_str()),
            Some(Content::Refusal(text)) => ("response.refusal.delta", text.as_str()),
            Some(Content::Reasoning(reasoning)) => (
                "response.reasoning_summary_text.delta",
                reasoning.text.as_str(),
            ),
            Some(Content::ToolCall(call)) => (
                "response.function_call_arguments.delta",
                call.arguments.as_str(),
            ),
            _ => continue,
        };
        let place = |mut value: Value| {
            if let Some(object) = value.as_object_mut() {
                object.insert("item_id".to_owned(), id.clone());
                object.insert("output_index".to_owned(), index.into());
                object.insert("content_index".to_owned(), 0.into());
                object.insert("summary_index".to_owned(), 0.into());
            }
            value
        };
        let begun = match content {
            Some(Content::Text(_)) => Some(json!({"type": "response.content_part.added",
                "part": {"type": "output_text", "text": "", "annotations": []}})),
            Some(Content::Refusal(_)) => Some(json!({"type": "response.content_part.added",
                "part": {"type": "refusal", "refusal": ""}})),
            Some(Content::Reasoning(_)) => Some(json!({
                "type": "response.reasoning_summary_part.added",
                "part": {"type": "summary_text", "text": ""}})),
            _ => None,
        };
        if let Some(begun) = begun {
            event(place(begun));
        }
        for piece in cut(text, PIECE) {
            event(place(json!({"type": kind, "delta": piece, "logprobs": [],
                "obfuscation": "padding"})));
        }
        if fails {
            event(
                json!({"type": "error", "code": "server_error", "message": OVERLOADED,
                "param": null}),
            );
            return out;
        }
        let ended = match content {
            Some(Content::Text(text)) => Some(json!({"type": "response.output_text.done",
                "text": text.as_str(), "logprobs": []})),
            Some(Content::ToolCall(call)) => Some(json!({
                "type": "response.function_call_arguments.done", "name": call.name.as_str(),
                "arguments": call.arguments.as_str()})),
            _ => None,
        };
        if let Some(ended) = ended {
            event(place(ended));
        }
        event(json!({"type": "response.output_item.done", "output_index": index, "item": item}));
    }
    let ended = whole
        .get("status")
        .and_then(Value::as_str)
        .unwrap_or("completed");
    event(json!({"type": format!("response.{ended}"), "response": whole}));
    out
}

const fn is_item(content: &Content) -> bool {
    matches!(
        content,
        Content::Text(_) | Content::Refusal(_) | Content::Reasoning(_) | Content::ToolCall(_)
    )
}

fn gemini(asked: &Asked, answer: &MockAnswer, fails: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let chunk = |parts: Value, finish: Option<&str>| {
        let mut candidate = json!({"index": 0, "content": {"role": "model", "parts": parts}});
        if let (Some(finish), Some(object)) = (finish, candidate.as_object_mut()) {
            object.insert("finishReason".to_owned(), finish.into());
        }
        json!({"candidates": [candidate], "usageMetadata": gemini_usage(answer),
            "modelVersion": asked.model, "responseId": "gemini-mock"})
    };
    for part in gemini_parts(answer) {
        match part.get("text").and_then(Value::as_str) {
            Some(text) => {
                for piece in cut(text, PIECE) {
                    let mut part = part.clone();
                    if let Some(object) = part.as_object_mut() {
                        object.insert("text".to_owned(), piece.into());
                    }
                    unnamed(&mut out, &chunk(json!([part]), None));
                }
            }
            None => unnamed(&mut out, &chunk(json!([part]), None)),
        }
    }
    if fails {
        unnamed(
            &mut out,
            &json!({"error": {"code": 503, "message": OVERLOADED,
            "status": "UNAVAILABLE"}}),
        );
        return out;
    }
    unnamed(
        &mut out,
        &chunk(json!([]), Some(word(asked.api, answer.finish))),
    );
    out
}

fn ollama(asked: &Asked, answer: &MockAnswer, fails: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut line = |message: Value, rest: Option<Value>| {
        let mut value = json!({"model": asked.model, "created_at": "2026-01-01T00:00:00Z",
            "message": message, "done": rest.is_some()});
        if let (Some(object), Some(Value::Object(rest))) = (value.as_object_mut(), rest) {
            object.extend(rest);
        }
        out.extend_from_slice(format!("{value}\n").as_bytes());
    };
    for part in &answer.parts {
        let (key, text) = match &part.content {
            Content::Text(text) => ("content", text.as_str()),
            Content::Reasoning(reasoning) => ("thinking", reasoning.text.as_str()),
            Content::ToolCall(call) => {
                let call = json!({"function": {"name": call.name.as_str(),
                    "arguments": value(call.arguments.as_str())}});
                line(
                    json!({"role": "assistant", "content": "", "tool_calls": [call]}),
                    None,
                );
                continue;
            }
            _ => continue,
        };
        for piece in cut(text, PIECE) {
            let mut message = json!({"role": "assistant", "content": ""});
            if let Some(object) = message.as_object_mut() {
                object.insert(key.to_owned(), piece.into());
            }
            line(message, None);
        }
    }
    if fails {
        out.extend_from_slice(format!("{}\n", json!({"error": OVERLOADED})).as_bytes());
        return out;
    }
    line(
        json!({"role": "assistant", "content": ""}),
        Some(json!({"done_reason": word(asked.api, answer.finish),
            "prompt_eval_count": answer.input_tokens, "eval_count": answer.output_tokens})),
    );
    out
}

fn converse(asked: &Asked, answer: &MockAnswer, fails: bool) -> Vec<u8> {
    let mut out = Vec::new();
    frame(
        &mut out,
        "event",
        "messageStart",
        &json!({"role": "assistant", "p": "abc"}),
    );
    for (index, part) in answer.parts.iter().enumerate() {
        let mut event = |name: &str, mut value: Value| {
            if let Some(object) = value.as_object_mut() {
                object.insert("contentBlockIndex".to_owned(), index.into());
                object.insert("p".to_owned(), "abcdefghij".into());
            }
            frame(&mut out, "event", name, &value);
        };
        match &part.content {
            Content::Text(text) => {
                for piece in cut(text, PIECE) {
                    event("contentBlockDelta", json!({"delta": {"text": piece}}));
                }
            }
            Content::Reasoning(reasoning) => {
                for piece in cut(&reasoning.text, PIECE) {
                    event(
                        "contentBlockDelta",
                        json!({"delta": {"reasoningContent": {
                        "text": piece}}}),
                    );
                }
                event(
                    "contentBlockDelta",
                    json!({"delta": {"reasoningContent": {
                    "signature": "bW9jaw=="}}}),
                );
            }
            Content::ToolCall(call) => {
                event(
                    "contentBlockStart",
                    json!({"start": {"toolUse": {
                    "toolUseId": call.id.as_str(), "name": call.name.as_str()}}}),
                );
                for piece in cut(call.arguments.as_str(), PIECE) {
                    event(
                        "contentBlockDelta",
                        json!({"delta": {"toolUse": {"input": piece}}}),
                    );
                }
            }
            _ => continue,
        }
        if fails {
            let body = json!({"message": OVERLOADED});
            frame(&mut out, "exception", "serviceUnavailableException", &body);
            return out;
        }
        event("contentBlockStop", json!({}));
    }
    let stop = json!({"stopReason": word(asked.api, answer.finish), "p": "ab"});
    frame(&mut out, "event", "messageStop", &stop);
    let (input, output) = (answer.input_tokens, answer.output_tokens);
    frame(
        &mut out,
        "event",
        "metadata",
        &json!({"metrics": {"latencyMs": 1}, "p": "a",
        "usage": {"inputTokens": input, "outputTokens": output,
            "totalTokens": input + output}}),
    );
    out
}

/// A message of the binary event stream.
fn frame(out: &mut Vec<u8>, kind: &str, name: &str, payload: &Value) {
    const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    let payload = payload.to_string();
    let mut headers = Vec::new();
    for (key, value) in [
        (format!(":{kind}-type"), name),
        (":content-type".to_owned(), "application/json"),
        (":message-type".to_owned(), kind),
    ] {
        let len = |text: &str| u16::try_from(text.len()).unwrap_or(0).to_be_bytes();
        let [_, short] = len(&key);
        headers.push(short);
        headers.extend_from_slice(key.as_bytes());
        headers.push(7);
        headers.extend_from_slice(&len(value));
        headers.extend_from_slice(value.as_bytes());
    }
    let len = |bytes: usize| u32::try_from(bytes).unwrap_or(0).to_be_bytes();
    let mut message = Vec::new();
    message.extend_from_slice(&len(16 + headers.len() + payload.len()));
    message.extend_from_slice(&len(headers.len()));
    message.extend_from_slice(&CRC.checksum(&message).to_be_bytes());
    message.extend_from_slice(&headers);
    message.extend_from_slice(payload.as_bytes());
    message.extend_from_slice(&CRC.checksum(&message).to_be_bytes());
    out.extend_from_slice(&message);
}
