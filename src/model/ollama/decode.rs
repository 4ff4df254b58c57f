//! From the lines of a chat to the pieces of an answer.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::fault;
use crate::model::decode::{Frame, Protocol, Sink, Str};
use crate::model::http::Refusal;
use crate::model::{
    BlockKind, Finish, FinishReason, Json, ModelError, ModelErrorKind, Name, Usage, Warning,
};

const TEXT: u32 = 0;
const THINKING: u32 = 1;
const CALL: u32 = 2;

/// Reads the lines of a chat.
#[derive(Default)]
pub(super) struct Turns {
    calls: u32,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    model: Option<Str<'a>>,
    /// Who made the answer, where that was not this server.
    #[serde(borrow)]
    remote_model: Option<Str<'a>>,
    #[serde(borrow)]
    remote_host: Option<Str<'a>>,
    #[serde(borrow)]
    message: Option<MessageWire<'a>>,
    done: Option<bool>,
    #[serde(borrow)]
    done_reason: Option<Str<'a>>,
    prompt_eval_count: Option<u64>,
    prompt_eval_cached_count: Option<u64>,
    eval_count: Option<u64>,
    #[serde(borrow)]
    logprobs: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct MessageWire<'a> {
    #[serde(borrow)]
    content: Option<Str<'a>>,
    #[serde(borrow)]
    thinking: Option<Str<'a>>,
    #[serde(borrow)]
    tool_calls: Option<Vec<CallWire<'a>>>,
}

#[derive(Deserialize)]
struct CallWire<'a> {
    #[serde(borrow)]
    id: Option<Str<'a>>,
    #[serde(borrow)]
    function: FunctionWire<'a>,
}

#[derive(Deserialize)]
struct FunctionWire<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

fn malformed() -> ModelError {
    ModelError::new(ModelErrorKind::Protocol)
}

fn grow(
    sink: &mut Sink,
    key: u32,
    other: u32,
    kind: BlockKind,
    text: &str,
) -> Result<(), ModelError> {
    if text.is_empty() {
        return Ok(());
    }
    sink.end(other);
    if !sink.is_open(key) {
        sink.begin(key, kind);
    }
    sink.grow(key, text)
}

impl Turns {
    fn line(&mut self, data: &[u8], sink: &mut Sink) -> Result<(), ModelError> {
        let line: Line<'_> = serde_json::from_slice(data).map_err(|_| malformed())?;
        if line.error.is_some() {
            let fault = fault(&Refusal::new(500, data));
            let error = ModelError::new(fault.kind).retryable(false);
            return Err(match fault.message {
                Some(message) => error.with_message(message),
                None => error,
            });
        }
        let mut remote = line.remote_model.iter().chain(&line.remote_host);
        if remote.any(|name| !name.is_empty()) {
            let what = "server had another one answer";
            return Err(ModelError::new(ModelErrorKind::WrongModel).with_subject(what));
        }
        sink.started(None, line.model.as_deref())?;
        if let Some(message) = line.message {
            let thinking = message.thinking.as_deref().unwrap_or_default();
            grow(sink, THINKING, TEXT, BlockKind::Reasoning, thinking)?;
            let text = message.content.as_deref().unwrap_or_default();
            grow(sink, TEXT, THINKING, BlockKind::Text, text)?;
            for call in message.tool_calls.into_iter().flatten() {
                self.call(&call, sink)?;
            }
        }
        if let Some(logprobs) = line.logprobs.filter(|logprobs| logprobs.get() != "null") {
            sink.logprobs(Json::from_raw(logprobs));
        }
        if line.done == Some(true) {
            let mut usage = Usage::new();
            usage.input_tokens = line.prompt_eval_count;
            usage.cache_read_tokens = line.prompt_eval_cached_count;
            usage.uncached_input_tokens = line
                .prompt_eval_count
                .and_then(|all| all.checked_sub(line.prompt_eval_cached_count?));
            usage.output_tokens = line.eval_count;
            if usage == Usage::new() {
                sink.warn(Warning::UsageUnknown);
            } else {
                sink.usage(usage);
            }
            let word = line.done_reason.as_deref().unwrap_or("stop");
            let reason = match word {
                "stop" => FinishReason::Stop,
                "length" => FinishReason::MaxTokens,
                _ => FinishReason::Other,
            };
            sink.finish(Finish::new(reason).with_raw(word));
        }
        Ok(())
    }

    fn call(&mut self, call: &CallWire<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        sink.end_all();
        let own = format!("call_{}", self.calls);
        self.calls += 1;
        let id = call
            .id
            .as_deref()
            .filter(|id| !id.is_empty())
            .unwrap_or(&own);
        let (id, name) = (Name::from(id), Name::from(&*call.function.name));
        sink.begin(CALL, BlockKind::ToolCall { id, name });
        let arguments = call.function.arguments.map_or("{}", RawValue::get);
        sink.grow(CALL, if arguments == "null" { "{}" } else { arguments })?;
        sink.end(CALL);
        Ok(())
    }
}

impl Protocol for Turns {
    fn frame(&mut self, frame: &Frame<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        self.line(frame.data, sink)
    }

    fn whole(&mut self, body: &[u8], sink: &mut Sink) -> Result<(), ModelError> {
        self.line(body, sink)?;
        if sink.is_finished() {
            Ok(())
        } else {
            Err(malformed())
        }
    }
}
