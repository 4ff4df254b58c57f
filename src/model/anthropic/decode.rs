//! From the events of an answer to its pieces.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::usage::UsageWire;
use crate::model::adapter::OpenFault;
use crate::model::decode::{Frame, Protocol, Sink, Str};
use crate::model::http::JsonWriter;
use crate::model::{
    BlockKind, Content, Finish, FinishReason, Json, ModelError, ModelErrorKind, Name, Reasoning,
    Transformation, Warning,
};
use crate::taxonomy::Region;

/// Reads the events of Messages.
#[derive(Default)]
pub(super) struct Messages {
    /// Another model may answer.
    fallback: bool,
    /// Where the model must have run.
    place: Option<Region>,
    /// Whether the answer has said where it ran, or a warning that it does not.
    is_placed: bool,
    blocks: Vec<Block>,
    finish: Option<Finish>,
}

/// What a block needs until its end, beside its text.
struct Block {
    index: u32,
    kind: Kind,
}

enum Kind {
    Text,
    Thinking {
        signature: String,
    },
    /// A call; with the members of its item where it has more than the usual ones.
    Call {
        item: Option<Members>,
    },
    /// Anything else, with its members, and what deltas add to them.
    Other {
        kind: String,
        item: Members,
        input: String,
        content: String,
    },
}

type Members = BTreeMap<String, Box<RawValue>>;

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
    index: Option<u32>,
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    #[serde(borrow)]
    content_block: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<Message<'a>>,
    #[serde(borrow)]
    usage: Option<UsageWire<'a>>,
    #[serde(borrow)]
    error: Option<OpenFault<'a>>,
    #[serde(borrow)]
    input_transformations: Option<Vec<Change<'a>>>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    text: Option<Str<'a>>,
    #[serde(borrow)]
    partial_json: Option<Str<'a>>,
    #[serde(borrow)]
    thinking: Option<Str<'a>>,
    #[serde(borrow)]
    signature: Option<Str<'a>>,
    #[serde(borrow)]
    content: Option<Str<'a>>,
    #[serde(borrow)]
    stop_reason: Option<Str<'a>>,
    #[serde(borrow)]
    stop_details: Option<Details<'a>>,
}

#[derive(Deserialize)]
struct Details<'a> {
    #[serde(borrow)]
    category: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    reason: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    id: Option<Str<'a>>,
    #[serde(borrow)]
    model: Option<Str<'a>>,
    #[serde(borrow)]
    content: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    stop_reason: Option<Str<'a>>,
    #[serde(borrow)]
    stop_details: Option<Details<'a>>,
    #[serde(borrow)]
    usage: Option<UsageWire<'a>>,
    #[serde(borrow)]
    input_transformations: Option<Vec<Change<'a>>>,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
    #[serde(borrow)]
    id: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    text: Option<Str<'a>>,
    #[serde(borrow)]
    thinking: Option<Str<'a>>,
    #[serde(borrow)]
    signature: Option<Str<'a>>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

fn malformed() -> ModelError {
    ModelError::new(ModelErrorKind::Protocol)
}

impl Messages {
    pub(super) fn new(fallback: bool, place: Option<Region>) -> Self {
        Self {
            fallback,
            place,
            ..Self::default()
        }
    }

    /// Makes sure that the model ran where it must have, as far as the answer says.
    fn check_place(&mut self, usage: &UsageWire<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        let Some(region) = &self.place else {
            return Ok(());
        };
        match usage.place() {
            Some(place) => {
                self.is_placed = true;
                let place = Region::new(place).ok();
                if place.is_some_and(|place| place.is_within(region)) {
                    return Ok(());
                }
                let error = ModelError::new(ModelErrorKind::RegionDenied);
                Err(error
                    .with_subject("place in which the model ran")
                    .retryable(false))
            }
            None if std::mem::replace(&mut self.is_placed, true) => Ok(()),
            None => {
                sink.warn(Warning::RegionUnknown);
                Ok(())
            }
        }
    }

    fn usage(&mut self, usage: UsageWire<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        self.check_place(&usage, sink)?;
        if usage.has_fallback() && !self.fallback {
            return Err(ModelError::new(ModelErrorKind::WrongModel).with_subject("fallback"));
        }
        if usage.has_searches() {
            sink.ran_tool();
        }
        sink.usage(usage.read());
        Ok(())
    }

    fn head(&mut self, message: Message<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        // A fallback answers under its own name.
        let model = message.model.as_deref().filter(|_| !self.fallback);
        sink.started(message.id.as_deref(), model)?;
        if let Some(usage) = message.usage {
            self.usage(usage, sink)?;
        }
        changes(message.input_transformations, sink);
        let blocks = message.content.into_iter().flatten();
        for (index, block) in (0..).zip(blocks) {
            self.begin(index, block, sink)?;
            self.close(index, sink);
        }
        self.stop(message.stop_reason, message.stop_details);
        Ok(())
    }

    fn stop(&mut self, reason: Option<Str<'_>>, details: Option<Details<'_>>) {
        let Some(reason) = reason else {
            return;
        };
        let mut finish = Finish::new(finish(&reason)).with_raw(&*reason);
        finish.category = details.and_then(|d| d.category).as_deref().map(Name::from);
        self.finish = Some(finish);
    }

    fn begin(&mut self, index: u32, raw: &RawValue, sink: &mut Sink) -> Result<(), ModelError> {
        let head: Head<'_> = serde_json::from_str(raw.get()).map_err(|_| malformed())?;
        let kind = match &*head.kind {
            "text" => {
                sink.begin(index, BlockKind::Text);
                sink.grow(index, head.text.as_deref().unwrap_or_default())?;
                Kind::Text
            }
            "thinking" => {
                sink.begin(index, BlockKind::Reasoning);
                sink.grow(index, head.thinking.as_deref().unwrap_or_default())?;
                let signature = head.signature.map(String::from).unwrap_or_default();
                Kind::Thinking { signature }
            }
            "tool_use" => {
                let (Some(id), Some(name)) = (&head.id, &head.name) else {
                    return Err(malformed());
                };
                let (id, name) = (Name::from(&**id), Name::from(&**name));
                sink.begin(index, BlockKind::ToolCall { id, name });
                let input = head.input.map_or("", RawValue::get).trim();
                // A stream begins with the empty object and sends the rest in pieces.
                if input != "{}" {
                    sink.grow(index, input)?;
                }
                let item = members(raw)?;
                let usual =
                    |name: &String| matches!(name.as_str(), "type" | "id" | "name" | "input");
                let item = (!item.keys().all(usual)).then_some(item);
                Kind::Call { item }
            }
            "fallback" if !self.fallback => {
                return Err(ModelError::new(ModelErrorKind::WrongModel).with_subject("fallback"));
            }
            kind => Kind::Other {
                kind: kind.to_owned(),
                item: members(raw)?,
                input: String::new(),
                content: String::new(),
            },
        };
        self.blocks.push(Block { index, kind });
        Ok(())
    }

    fn delta(&mut self, index: u32, delta: Delta<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        let block = self
            .blocks
            .iter_mut()
            .rev()
            .find(|block| block.index == index);
        let kind = &mut block.ok_or_else(malformed)?.kind;
        match (kind, delta.kind.as_deref()) {
            (Kind::Text, Some("text_delta")) => {
                sink.grow(index, delta.text.as_deref().unwrap_or_default())
            }
            (Kind::Thinking { .. }, Some("thinking_delta")) => {
                sink.grow(index, delta.thinking.as_deref().unwrap_or_default())
            }
            (Kind::Thinking { signature }, Some("signature_delta")) => {
                signature.push_str(delta.signature.as_deref().unwrap_or_default());
                Ok(())
            }
            (Kind::Call { .. }, Some("input_json_delta")) => {
                sink.grow(index, delta.partial_json.as_deref().unwrap_or_default())
            }
            (Kind::Other { input, content, .. }, _) => {
                input.push_str(delta.partial_json.as_deref().unwrap_or_default());
                content.push_str(delta.content.as_deref().unwrap_or_default());
                Ok(())
            }
            // Citations and whatever comes next do not change what was said.
            _ => Ok(()),
        }
    }

    fn close(&mut self, index: u32, sink: &mut Sink) {
        let Some(at) = self.blocks.iter().rposition(|block| block.index == index) else {
            return;
        };
        match self.blocks.remove(at).kind {
            Kind::Text => sink.end(index),
            Kind::Thinking { signature } => {
                let is_signed = !signature.is_empty();
                sink.end_with(index, is_signed, |text| {
                    let mut w = JsonWriter::default();
                    w.begin_object();
                    w.member("type", "thinking").member("thinking", text);
                    w.member("signature", &signature).end_object();
                    json(w)
                });
            }
            Kind::Call { item } => sink.end_with(index, false, |text| {
                let mut item = item?;
                if !text.is_empty() {
                    let input = RawValue::from_string(text.to_owned()).ok()?;
                    item.insert("input".to_owned(), input);
                }
                Some(Json::from_value(&item))
            }),
            Kind::Other {
                kind,
                mut item,
                input,
                content,
            } => {
                if let Ok(input) = RawValue::from_string(input) {
                    item.insert("input".to_owned(), input);
                }
                if !content.is_empty()
                    && let Ok(content) = serde_json::value::to_raw_value(&content)
                {
                    item.insert("content".to_owned(), content);
                }
                let item = Json::from_value(&item);
                if kind == "redacted_thinking" {
                    let content = Content::Reasoning(Reasoning::new("", true));
                    sink.part(BlockKind::Reasoning, content, Some(item));
                } else {
                    if is_tool(&kind) {
                        sink.ran_tool();
                    }
                    sink.opaque(&kind, item);
                }
            }
        }
    }
}

/// Whether a block is about a tool that the provider ran.
fn is_tool(kind: &str) -> bool {
    matches!(kind, "server_tool_use" | "mcp_tool_use") || kind.ends_with("_tool_result")
}

fn json(w: JsonWriter) -> Option<Json> {
    Json::parse(str::from_utf8(&w.finish()).ok()?).ok()
}

fn members(raw: &RawValue) -> Result<Members, ModelError> {
    serde_json::from_str(raw.get()).map_err(|_| malformed())
}

fn changes(changes: Option<Vec<Change<'_>>>, sink: &mut Sink) {
    for change in changes.into_iter().flatten() {
        let reason = change.reason.as_deref().map(Name::from);
        let kind = change.kind.as_deref().unwrap_or("unknown");
        sink.transformed(Transformation::new(kind, reason));
    }
}

fn finish(word: &str) -> FinishReason {
    match word {
        "end_turn" => FinishReason::Stop,
        "stop_sequence" => FinishReason::StopSequence,
        "max_tokens" => FinishReason::MaxTokens,
        "tool_use" => FinishReason::ToolCalls,
        "pause_turn" => FinishReason::Paused,
        "refusal" => FinishReason::Refused,
        "model_context_window_exceeded" => FinishReason::ContextFull,
        "compaction" => FinishReason::Compacted,
        _ => FinishReason::Other,
    }
}

fn failed(error: OpenFault<'_>) -> ModelError {
    let fault = error.judge(200);
    let error = ModelError::new(fault.kind).retryable(false);
    match fault.message {
        Some(message) => error.with_message(message),
        None => error,
    }
}

impl Protocol for Messages {
    fn frame(&mut self, frame: &Frame<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        let event: Event<'_> = serde_json::from_slice(frame.data).map_err(|_| malformed())?;
        match &*event.kind {
            "content_block_delta" => {
                let (Some(index), Some(delta)) = (event.index, event.delta) else {
                    return Err(malformed());
                };
                self.delta(index, delta, sink)
            }
            "content_block_start" => {
                let (Some(index), Some(block)) = (event.index, event.content_block) else {
                    return Err(malformed());
                };
                if !sink.is_started() {
                    // Nobody has said which model it is.
                    return Err(malformed().with_subject("answer without a beginning"));
                }
                self.begin(index, block, sink)
            }
            "content_block_stop" => {
                self.close(event.index.ok_or_else(malformed)?, sink);
                Ok(())
            }
            "message_start" => self.head(event.message.ok_or_else(malformed)?, sink),
            "message_delta" => {
                if let Some(usage) = event.usage {
                    self.usage(usage, sink)?;
                }
                changes(event.input_transformations, sink);
                if let Some(delta) = event.delta {
                    self.stop(delta.stop_reason, delta.stop_details);
                }
                Ok(())
            }
            "message_stop" => {
                while let Some(index) = self.blocks.first().map(|block| block.index) {
                    self.close(index, sink);
                }
                let finish = self.finish.take().ok_or_else(malformed)?;
                sink.finish(finish);
                Ok(())
            }
            "ping" => Ok(()),
            "error" => Err(event.error.map_or_else(malformed, failed)),
            kind => {
                sink.unknown(Some(kind), frame.data);
                Ok(())
            }
        }
    }

    fn whole(&mut self, body: &[u8], sink: &mut Sink) -> Result<(), ModelError> {
        let message: Message<'_> = serde_json::from_slice(body).map_err(|_| malformed())?;
        self.head(message, sink)?;
        let finish = self.finish.take().ok_or_else(malformed)?;
        sink.finish(finish);
        Ok(())
    }
}
