//! What the encoders of several protocols write alike.

use super::check::unsupported;
use super::options::Members;
use crate::model::http::JsonWriter;
use crate::model::{ChatRequest, Message, ModelError, Name, Part, Role, Text, ToolResult};

/// Splits messages into the standing instructions that they begin with and the rest.
pub(in crate::model) fn standing(messages: &[Message]) -> (&[Message], &[Message]) {
    let is_standing = |message: &&Message| matches!(message.role, Role::System | Role::Developer);
    let standing = messages.iter().take_while(is_standing).count();
    messages.split_at_checked(standing).unwrap_or_default()
}

/// Writes a list of strings as a member, where there are any.
pub(in crate::model) fn write_strings(w: &mut JsonWriter, key: &str, list: &[Text]) {
    if list.is_empty() {
        return;
    }
    w.key(key).begin_array();
    for text in list {
        w.string(text);
    }
    w.end_array();
}

/// Writes the options that go along.
pub(in crate::model) fn write_options(w: &mut JsonWriter, options: &Members) {
    for (name, value) in options {
        w.key(name).raw(value.get());
    }
}

/// Returns the texts of a result, for protocols in which it can hold nothing else.
pub(in crate::model) fn result_texts(result: &ToolResult) -> Result<Vec<&str>, ModelError> {
    let texts = result.parts.iter().map(Part::as_text);
    let texts: Option<Vec<_>> = texts.collect();
    texts.ok_or_else(|| unsupported("part of a tool's result"))
}

/// Returns the name of the tool that a result is of: its own, or that of the call.
pub(in crate::model) fn tool_of<'a>(
    result: &'a ToolResult,
    request: &'a ChatRequest,
) -> Option<&'a Name> {
    let mut calls = request.messages.iter().flat_map(Message::tool_calls);
    let called = || {
        calls
            .find(|call| call.id == result.call_id)
            .map(|call| &call.name)
    };
    result.name.as_ref().or_else(called)
}
