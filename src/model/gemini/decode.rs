//! From the chunks of `generateContent` to the pieces of an answer.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::encode::OWN_ID;
use super::fault;
use super::pieces::{Growing, PieceWire};
use crate::model::decode::{Frame, Protocol, Sink, Str};
use crate::model::http::Refusal;
use crate::model::{
    Blob, BlockKind, Content, File, Finish, FinishReason, Json, Media, ModelError, ModelErrorKind,
    Name, Usage, Warning,
};

const TEXT: u32 = 0;
const THOUGHT: u32 = 1;
const CALL: u32 = 2;

/// Reads the chunks of an answer, each a whole response.
#[derive(Default)]
pub(super) struct Contents {
    calls: u32,
    /// A call whose arguments have not all come.
    growing: Option<Growing>,
    finish: Option<Finish>,
    has_usage: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk<'a> {
    #[serde(borrow)]
    candidates: Option<Vec<Candidate<'a>>>,
    #[serde(borrow)]
    prompt_feedback: Option<Feedback<'a>>,
    usage_metadata: Option<UsageWire>,
    #[serde(borrow)]
    model_version: Option<Str<'a>>,
    #[serde(borrow)]
    response_id: Option<Str<'a>>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    index: Option<u32>,
    #[serde(borrow)]
    content: Option<ContentWire<'a>>,
    #[serde(borrow)]
    finish_reason: Option<Str<'a>>,
    #[serde(borrow)]
    logprobs_result: Option<&'a RawValue>,
    /// What was searched for, or fetched, for the answer.
    #[serde(borrow)]
    grounding_metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    url_context_metadata: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ContentWire<'a> {
    #[serde(borrow)]
    parts: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback<'a> {
    #[serde(borrow)]
    block_reason: Option<Str<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartWire<'a> {
    #[serde(borrow)]
    text: Option<Str<'a>>,
    thought: Option<bool>,
    #[serde(borrow)]
    thought_signature: Option<Str<'a>>,
    #[serde(borrow)]
    function_call: Option<CallWire<'a>>,
    #[serde(borrow)]
    inline_data: Option<DataWire<'a>>,
    /// Tools that the provider ran.
    #[serde(borrow)]
    executable_code: Option<&'a RawValue>,
    #[serde(borrow)]
    code_execution_result: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_call: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_response: Option<&'a RawValue>,
}

impl PartWire<'_> {
    fn is_tool(&self) -> bool {
        self.executable_code.is_some()
            || self.code_execution_result.is_some()
            || self.tool_call.is_some()
            || self.tool_response.is_some()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallWire<'a> {
    #[serde(borrow)]
    id: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    args: Option<&'a RawValue>,
    #[serde(borrow)]
    partial_args: Option<Vec<PieceWire<'a>>>,
    will_continue: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataWire<'a> {
    #[serde(borrow)]
    mime_type: Str<'a>,
    #[serde(borrow)]
    data: Str<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UsageWire {
    /// With what was read from a cache.
    prompt_token_count: Option<u64>,
    cached_content_token_count: Option<u64>,
    tool_use_prompt_token_count: Option<u64>,
    /// Without thoughts.
    candidates_token_count: Option<u64>,
    thoughts_token_count: Option<u64>,
}

impl UsageWire {
    fn read(self) -> Usage {
        let mut usage = Usage::new();
        let tools = self.tool_use_prompt_token_count.unwrap_or(0);
        usage.input_tokens = self.prompt_token_count.and_then(|n| n.checked_add(tools));
        usage.cache_read_tokens = self.cached_content_token_count;
        usage.uncached_input_tokens = usage
            .input_tokens
            .and_then(|all| all.checked_sub(self.cached_content_token_count?));
        let thoughts = self.thoughts_token_count;
        // A chunk without text counts none of it.
        usage.output_tokens = match (self.candidates_token_count, thoughts) {
            (None, None) => None,
            (a, b) => a.unwrap_or(0).checked_add(b.unwrap_or(0)),
        };
        usage.reasoning_tokens = thoughts;
        usage
    }
}

fn malformed() -> ModelError {
    ModelError::new(ModelErrorKind::Protocol)
}

impl Contents {
    fn chunk(&mut self, data: &[u8], sink: &mut Sink) -> Result<(), ModelError> {
        let chunk: Chunk<'_> = serde_json::from_slice(data).map_err(|_| malformed())?;
        if chunk.error.is_some() {
            let fault = fault(&Refusal::new(200, data));
            let error = ModelError::new(fault.kind).retryable(false);
            return Err(match fault.message {
                Some(message) => error.with_message(message),
                None => error,
            });
        }
        sink.started(chunk.response_id.as_deref(), chunk.model_version.as_deref())?;
        for candidate in chunk.candidates.into_iter().flatten() {
            if candidate.index.unwrap_or(0) == 0 {
                self.candidate(candidate, sink)?;
            }
        }
        if let Some(reason) = chunk.prompt_feedback.and_then(|f| f.block_reason) {
            let finish = Finish::new(FinishReason::ContentFiltered).with_raw(&*reason);
            self.finish = Some(finish);
        }
        if let Some(usage) = chunk.usage_metadata {
            self.has_usage = true;
            sink.usage(usage.read());
        }
        Ok(())
    }

    fn candidate(&mut self, candidate: Candidate<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        let parts = candidate.content.and_then(|content| content.parts);
        for raw in parts.into_iter().flatten() {
            self.part(raw, sink)?;
        }
        let sources = [candidate.grounding_metadata, candidate.url_context_metadata];
        // Some answers have an empty object there.
        if sources
            .into_iter()
            .flatten()
            .any(|source| source.get() != "{}")
        {
            sink.ran_tool();
        }
        if let Some(logprobs) = candidate.logprobs_result {
            sink.logprobs(Json::from_raw(logprobs));
        }
        if let Some(word) = candidate.finish_reason {
            self.finish = Some(Finish::new(finish(&word)).with_raw(&*word));
        }
        Ok(())
    }

    fn part(&mut self, raw: &RawValue, sink: &mut Sink) -> Result<(), ModelError> {
        let part: PartWire<'_> = serde_json::from_str(raw.get()).map_err(|_| malformed())?;
        let is_signed = part.thought_signature.is_some();
        if part.is_tool() {
            sink.ran_tool();
        }
        // What is signed stands alone, so that it goes back as it came.
        let wire = is_signed.then(|| Json::from_raw(raw));
        if let Some(call) = part.function_call {
            let is_in_pieces = call.will_continue == Some(true)
                || call.partial_args.is_some()
                || self.growing.is_some();
            match is_in_pieces {
                true => self.piece(call, part.thought_signature.as_deref(), sink)?,
                false => self.call(&call, wire, sink)?,
            }
        } else if self.growing.is_some() {
            // Nothing else may stand between the pieces of a call.
            return Err(malformed().with_subject("arguments of a tool in pieces"));
        } else if let Some(text) = part.text {
            let (key, kind, other) = if part.thought == Some(true) {
                (THOUGHT, BlockKind::Reasoning, TEXT)
            } else {
                (TEXT, BlockKind::Text, THOUGHT)
            };
            sink.end(other);
            if is_signed {
                sink.end(key);
            } else if text.is_empty() {
                return Ok(());
            }
            if !sink.is_open(key) {
                sink.begin(key, kind);
            }
            sink.grow(key, &text)?;
            if is_signed {
                sink.end_with(key, true, |_| wire);
            }
        } else if let Some(data) = part.inline_data {
            sink.end_all();
            sink.part(BlockKind::Media, media(&data)?, wire);
        } else {
            sink.end_all();
            sink.opaque("part", Json::from_raw(raw));
        }
        Ok(())
    }

    /// Takes a call that comes whole.
    fn call(
        &mut self,
        call: &CallWire<'_>,
        wire: Option<Json>,
        sink: &mut Sink,
    ) -> Result<(), ModelError> {
        let name = call.name.as_deref().unwrap_or_default();
        self.begin(call.id.as_deref(), name, sink)?;
        let args = call.args.map_or("{}", RawValue::get);
        sink.grow(CALL, if args == "null" { "{}" } else { args })?;
        sink.end_with(CALL, false, |_| wire);
        Ok(())
    }

    /// Begins the block of a call. Returns the provider's id of it, if it has one.
    fn begin(
        &mut self,
        id: Option<&str>,
        name: &str,
        sink: &mut Sink,
    ) -> Result<Option<Name>, ModelError> {
        if name.is_empty() {
            return Err(malformed());
        }
        sink.end_all();
        let own = format!("{OWN_ID}{}", self.calls);
        self.calls += 1;
        let id = id.filter(|id| !id.is_empty());
        let shown = Name::from(id.unwrap_or(&own));
        let name = Name::from(name);
        sink.begin(CALL, BlockKind::ToolCall { id: shown, name });
        Ok(id.map(Name::from))
    }

    /// Takes a piece of a call. The arguments are passed on once they are whole.
    fn piece(
        &mut self,
        call: CallWire<'_>,
        signature: Option<&str>,
        sink: &mut Sink,
    ) -> Result<(), ModelError> {
        let broken = || malformed().with_subject("arguments of a tool in pieces");
        let name = call.name.as_deref().filter(|name| !name.is_empty());
        let mut growing = match self.growing.take() {
            Some(growing) => {
                let id = call.id.as_deref().filter(|id| !id.is_empty());
                let is_own = name.is_none_or(|name| name == growing.name().as_str())
                    && id.is_none_or(|id| growing.id().map(Name::as_str) == Some(id));
                if !is_own {
                    return Err(broken());
                }
                growing
            }
            None => {
                let name = name.unwrap_or_default();
                let id = self.begin(call.id.as_deref(), name, sink)?;
                Growing::new(id, Name::from(name))
            }
        };
        if let Some(signature) = signature {
            growing.sign(signature);
        }
        if let Some(args) = call.args.filter(|args| args.get() != "null") {
            growing.set(args).ok_or_else(broken)?;
        }
        for piece in call.partial_args.iter().flatten() {
            growing.grow(piece).ok_or_else(broken)?;
        }
        if call.will_continue == Some(true) {
            self.growing = Some(growing);
            return Ok(());
        }
        sink.grow(CALL, &growing.arguments())?;
        let wire = growing.item().map(|item| Json::from_value(&item));
        sink.end_with(CALL, false, |_| wire);
        Ok(())
    }

    fn close(&mut self, sink: &mut Sink) {
        // A call that is not whole is no call.
        if self.growing.is_some() {
            return;
        }
        if let Some(finish) = self.finish.take() {
            if !self.has_usage {
                sink.warn(Warning::UsageUnknown);
            }
            sink.finish(finish);
        }
    }
}

fn media(data: &DataWire<'_>) -> Result<Content, ModelError> {
    use base64ct::{Base64, Encoding};

    let bytes = Base64::decode_vec(&data.data).map_err(|_| malformed())?;
    let media = Media::bytes(&*data.mime_type, Blob::from(bytes));
    Ok(match data.mime_type.split('/').next() {
        Some("image") => Content::Image(media),
        Some("audio") => Content::Audio(media),
        _ => Content::File(File::new(media)),
    })
}

fn finish(word: &str) -> FinishReason {
    match word {
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::MaxTokens,
        "SAFETY"
        | "RECITATION"
        | "SPII"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "LANGUAGE"
        | "MODEL_ARMOR"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => FinishReason::ContentFiltered,
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS"
        | "MALFORMED_RESPONSE"
        | "MISSING_THOUGHT_SIGNATURE" => FinishReason::Malformed,
        "CONTINUATION" => FinishReason::Paused,
        _ => FinishReason::Other,
    }
}

impl Protocol for Contents {
    fn frame(&mut self, frame: &Frame<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        self.chunk(frame.data, sink)
    }

    fn end(&mut self, sink: &mut Sink) {
        self.close(sink);
    }

    fn whole(&mut self, body: &[u8], sink: &mut Sink) -> Result<(), ModelError> {
        self.chunk(body, sink)?;
        if self.finish.is_none() || self.growing.is_some() {
            return Err(malformed());
        }
        self.close(sink);
        Ok(())
    }
}
