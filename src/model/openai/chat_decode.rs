//! From the chunks of Chat Completions to the pieces of an answer.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::details::Details;
use super::fault::failed;
use super::usage::UsageWire;
use crate::model::decode::{Frame, Protocol, Sink, Str};
use crate::model::{
    BlockKind, Finish, FinishReason, Json, ModelError, ModelErrorKind, Name, Warning,
};

const TEXT: u32 = 0;
const REASONING: u32 = 1;
const REFUSAL: u32 = 2;
/// Blocks of calls come behind the others.
const CALLS: u32 = 16;
const MAX_CALLS: usize = 1024;

/// Reads the chunks of a completion.
#[derive(Default)]
pub(super) struct Chunks {
    /// The calls so far: the server's number, the id, and the key of the block.
    calls: Vec<(u32, String, u32)>,
    finish: Option<Finish>,
    has_usage: bool,
    has_refusal: bool,
    /// Reasoning as it goes back to the server.
    details: Details,
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    id: Option<Str<'a>>,
    #[serde(borrow)]
    model: Option<Str<'a>>,
    #[serde(borrow)]
    choices: Option<Vec<Choice<'a>>>,
    usage: Option<UsageWire>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    index: Option<u32>,
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    /// What a whole answer has; some servers send it along with each piece.
    #[serde(borrow)]
    message: Option<Delta<'a>>,
    #[serde(borrow)]
    finish_reason: Option<Str<'a>>,
    #[serde(borrow)]
    logprobs: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    content: Option<Str<'a>>,
    #[serde(borrow)]
    refusal: Option<Str<'a>>,
    #[serde(borrow)]
    reasoning_content: Option<Str<'a>>,
    #[serde(borrow)]
    reasoning: Option<Str<'a>>,
    #[serde(borrow)]
    reasoning_details: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    tool_calls: Option<Vec<Call<'a>>>,
    /// Pages of the web that the provider read.
    #[serde(borrow)]
    annotations: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Call<'a> {
    index: Option<u32>,
    #[serde(borrow)]
    id: Option<Str<'a>>,
    #[serde(borrow)]
    function: Option<Function<'a>>,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(borrow)]
    name: Option<Str<'a>>,
    /// Text; an object with some servers.
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

fn malformed() -> ModelError {
    ModelError::new(ModelErrorKind::Protocol)
}

impl Chunks {
    /// Adds to the block of a key, which begins where it is not open.
    fn grow(
        &self,
        sink: &mut Sink,
        key: u32,
        kind: BlockKind,
        text: &str,
    ) -> Result<(), ModelError> {
        if text.is_empty() {
            return Ok(());
        }
        if !sink.is_open(key) {
            self.end_others(sink);
            sink.begin(key, kind);
        }
        sink.grow(key, text)
    }

    /// Ends what is said before something else begins. Reasoning that goes back as it came
    /// stays open: its signature may come behind the text.
    fn end_others(&self, sink: &mut Sink) {
        sink.end(TEXT);
        sink.end(REFUSAL);
        if self.details.is_empty() {
            sink.end(REASONING);
        }
    }

    fn chunk(&mut self, data: &[u8], sink: &mut Sink) -> Result<(), ModelError> {
        let chunk: Chunk<'_> = serde_json::from_slice(data).map_err(|_| malformed())?;
        if let Some(error) = chunk.error.filter(|error| error.get() != "null") {
            return Err(failed(error));
        }
        let choices = chunk.choices.unwrap_or_default();
        // Azure begins with what its filter found, before it names the model.
        if !choices.is_empty()
            || chunk
                .model
                .as_deref()
                .is_some_and(|model| !model.is_empty())
        {
            sink.started(chunk.id.as_deref(), chunk.model.as_deref())?;
        }
        for choice in choices {
            // One choice is asked for, and what else comes is not the answer.
            if choice.index.unwrap_or(0) == 0 {
                self.choice(choice, sink)?;
            }
        }
        if let Some(usage) = chunk.usage {
            self.has_usage = true;
            sink.usage(usage.read());
        }
        Ok(())
    }

    fn choice(&mut self, choice: Choice<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        if let Some(delta) = choice.delta.or(choice.message) {
            let reasoning = delta.reasoning_content.or(delta.reasoning);
            let reasoning = reasoning.as_deref().unwrap_or_default();
            self.grow(sink, REASONING, BlockKind::Reasoning, reasoning)?;
            if delta.annotations.is_some_and(|pages| !pages.is_empty()) {
                sink.ran_tool();
            }
            for item in delta.reasoning_details.into_iter().flatten() {
                self.details.add(item).ok_or_else(malformed)?;
            }
            let text = delta.content.as_deref().unwrap_or_default();
            self.grow(sink, TEXT, BlockKind::Text, text)?;
            let refusal = delta.refusal.as_deref().unwrap_or_default();
            self.has_refusal |= !refusal.is_empty();
            self.grow(sink, REFUSAL, BlockKind::Refusal, refusal)?;
            for (place, call) in (0..).zip(delta.tool_calls.into_iter().flatten()) {
                self.call(place, call, sink)?;
            }
        }
        if let Some(logprobs) = choice.logprobs.filter(|logprobs| logprobs.get() != "null") {
            sink.logprobs(Json::from_raw(logprobs));
        }
        if let Some(word) = choice.finish_reason {
            self.finish = Some(Finish::new(finish(&word)).with_raw(&*word));
        }
        Ok(())
    }

    fn call(&mut self, place: u32, call: Call<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        let index = call.index.unwrap_or(place);
        let id = call.id.as_deref().unwrap_or_default();
        let function = call.function;
        let name = function
            .as_ref()
            .and_then(|f| f.name.as_deref())
            .unwrap_or_default();
        // Some servers give every call the same number and tell them apart by ids.
        let known = self
            .calls
            .iter()
            .rev()
            .find(|(number, known, _)| *number == index && (id.is_empty() || known == id));
        let key = match known.map(|(_, _, key)| *key) {
            Some(key) => key,
            None => self.begin(index, id, name, sink)?,
        };
        if let Some(arguments) = function.and_then(|f| f.arguments) {
            match arguments.get() {
                "null" => {}
                text if text.starts_with('"') => {
                    let text: Str<'_> = serde_json::from_str(text).map_err(|_| malformed())?;
                    sink.grow(key, &text)?;
                }
                object => sink.grow(key, object)?,
            }
        }
        Ok(())
    }

    fn begin(
        &mut self,
        index: u32,
        id: &str,
        name: &str,
        sink: &mut Sink,
    ) -> Result<u32, ModelError> {
        if name.is_empty() || self.calls.len() == MAX_CALLS {
            return Err(malformed());
        }
        self.end_others(sink);
        let count = u32::try_from(self.calls.len()).unwrap_or(u32::MAX);
        let key = CALLS.saturating_add(count);
        let own = format!("call_{count}");
        let shown = if id.is_empty() { &own } else { id };
        self.calls.push((index, id.to_owned(), key));
        let (id, name) = (Name::from(shown), Name::from(name));
        sink.begin(key, BlockKind::ToolCall { id, name });
        Ok(key)
    }

    /// Ends the answer, where the reason has arrived.
    fn close(&mut self, sink: &mut Sink) {
        let Some(mut finish) = self.finish.take() else {
            return;
        };
        if self.has_refusal && finish.reason == FinishReason::Stop {
            finish.reason = FinishReason::Refused;
        }
        if !self.details.is_empty() {
            if !sink.is_open(REASONING) {
                sink.begin(REASONING, BlockKind::Reasoning);
            }
            let details = std::mem::take(&mut self.details);
            sink.end_with(REASONING, details.is_signed(), |_| details.to_json());
        }
        if !self.has_usage {
            sink.warn(Warning::UsageUnknown);
        }
        sink.finish(finish);
    }
}

fn finish(word: &str) -> FinishReason {
    match word {
        "stop" | "eos" | "end_turn" => FinishReason::Stop,
        "length" | "max_tokens" => FinishReason::MaxTokens,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFiltered,
        _ => FinishReason::Other,
    }
}

impl Protocol for Chunks {
    fn frame(&mut self, frame: &Frame<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        if frame.data.trim_ascii() == b"[DONE]" {
            if self.finish.is_none() {
                return Err(ModelError::new(ModelErrorKind::Truncated));
            }
            self.close(sink);
            return Ok(());
        }
        self.chunk(frame.data, sink)
    }

    fn end(&mut self, sink: &mut Sink) {
        // The reason has said that the answer is whole, though the last word is missing.
        self.close(sink);
    }

    fn whole(&mut self, body: &[u8], sink: &mut Sink) -> Result<(), ModelError> {
        self.chunk(body, sink)?;
        if self.finish.is_none() {
            return Err(malformed());
        }
        self.close(sink);
        Ok(())
    }
}
