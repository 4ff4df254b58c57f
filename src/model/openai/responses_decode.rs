//! From the events of Responses to the pieces of an answer.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::fault::{failed, judge};
use super::usage::UsageWire;
use crate::model::decode::{Frame, Protocol, Sink, Str};
use crate::model::{
    BlockKind, Content, Finish, FinishReason, Json, ModelError, ModelErrorKind, Name, Reasoning,
    Transformation, Warning,
};

/// How many parts of one item have keys of their own.
const PARTS: u32 = 64;

/// Reads the events of a response.
#[derive(Default)]
pub(super) struct Items {
    has_refusal: bool,
    /// The summary that grows: its item and its number.
    summary: Option<(u32, u32)>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
    output_index: Option<u32>,
    content_index: Option<u32>,
    summary_index: Option<u32>,
    #[serde(borrow)]
    delta: Option<&'a RawValue>,
    #[serde(borrow)]
    item: Option<&'a RawValue>,
    #[serde(borrow)]
    logprobs: Option<&'a RawValue>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Whole<'a> {
    #[serde(borrow)]
    id: Option<Str<'a>>,
    #[serde(borrow)]
    model: Option<Str<'a>>,
    #[serde(borrow)]
    status: Option<Str<'a>>,
    #[serde(borrow)]
    output: Option<Vec<&'a RawValue>>,
    usage: Option<UsageWire>,
    #[serde(borrow)]
    incomplete_details: Option<Details<'a>>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    input_transformations: Option<Vec<Change<'a>>>,
}

#[derive(Deserialize)]
struct Details<'a> {
    #[serde(borrow)]
    reason: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    reason: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
    #[serde(borrow)]
    call_id: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    arguments: Option<Str<'a>>,
    #[serde(borrow)]
    content: Option<Vec<Piece<'a>>>,
    #[serde(borrow)]
    summary: Option<Vec<Piece<'a>>>,
    #[serde(borrow)]
    encrypted_content: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Piece<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    text: Option<Str<'a>>,
    #[serde(borrow)]
    refusal: Option<Str<'a>>,
    #[serde(borrow)]
    logprobs: Option<&'a RawValue>,
}

/// Items without a form here that say of no tool that the provider ran: those of tools that
/// run at the caller's, and a shortened conversation. Any other may be of one.
const OWN_ITEMS: [&str; 5] = [
    "apply_patch_call",
    "compaction",
    "computer_call",
    "custom_tool_call",
    "local_shell_call",
];

fn malformed() -> ModelError {
    ModelError::new(ModelErrorKind::Protocol)
}

fn key(item: Option<u32>, part: Option<u32>) -> Result<u32, ModelError> {
    let item = item.ok_or_else(malformed)?.checked_mul(PARTS);
    let part = part.unwrap_or(0);
    let key = item.and_then(|item| item.checked_add(part));
    key.filter(|_| part < PARTS).ok_or_else(malformed)
}

fn grow(
    sink: &mut Sink,
    key: u32,
    kind: BlockKind,
    delta: Option<&RawValue>,
) -> Result<(), ModelError> {
    let delta = delta.ok_or_else(malformed)?;
    let text: Str<'_> = serde_json::from_str(delta.get()).map_err(|_| malformed())?;
    if !sink.is_open(key) {
        sink.begin(key, kind);
    }
    sink.grow(key, &text)
}

impl Items {
    /// Begins the block of an item. Blocks of messages begin with their first text.
    fn added(&mut self, key: u32, raw: &RawValue, sink: &mut Sink) -> Result<(), ModelError> {
        let item: Item<'_> = serde_json::from_str(raw.get()).map_err(|_| malformed())?;
        if &*item.kind == "function_call" {
            call(key, &item, sink)?;
        }
        Ok(())
    }

    /// Ends the blocks of an item, and makes those whose texts have not arrived.
    fn done(&mut self, index: u32, raw: &RawValue, sink: &mut Sink) -> Result<(), ModelError> {
        let item: Item<'_> = serde_json::from_str(raw.get()).map_err(|_| malformed())?;
        let first = key(Some(index), None)?;
        match &*item.kind {
            "message" => {
                let pieces = item.content.unwrap_or_default();
                // An item of several parts cannot be kept for one of them.
                let wire = (pieces.len() == 1).then(|| Json::from_raw(raw));
                for (at, piece) in (0..).zip(pieces) {
                    let key = key(Some(index), Some(at))?;
                    self.piece(key, piece, sink)?;
                    sink.end_with(key, false, |_| wire.clone());
                }
            }
            "function_call" => {
                if !sink.is_open(first) {
                    call(first, &item, sink)?;
                }
                // Some servers send the arguments with the whole item alone.
                let arguments = item.arguments.as_deref().unwrap_or_default();
                match sink.text(first).unwrap_or_default() {
                    "" => sink.grow(first, arguments)?,
                    known if arguments.is_empty() || known == arguments => {}
                    _ => return Err(malformed().with_subject("arguments of a tool")),
                }
                sink.end_with(first, false, |_| Some(Json::from_raw(raw)));
            }
            "reasoning" => {
                let is_signed = item.encrypted_content.is_some_and(|text| !text.is_empty());
                let wire = Json::from_raw(raw);
                if sink.is_open(first) {
                    sink.end_with(first, is_signed, |_| Some(wire));
                    return Ok(());
                }
                let mut pieces = item.summary.unwrap_or_default();
                pieces.extend(item.content.unwrap_or_default());
                let texts = pieces.iter().filter_map(|piece| piece.text.as_deref());
                let text = texts.collect::<Vec<_>>().join("\n\n");
                if text.is_empty() {
                    let content = Content::Reasoning(Reasoning::new("", is_signed));
                    sink.part(BlockKind::Reasoning, content, Some(wire));
                } else {
                    sink.begin(first, BlockKind::Reasoning);
                    sink.grow(first, &text)?;
                    sink.end_with(first, is_signed, |_| Some(wire));
                }
            }
            kind => {
                if !OWN_ITEMS.contains(&kind) {
                    sink.ran_tool();
                }
                sink.opaque(kind, Json::from_raw(raw));
            }
        }
        Ok(())
    }

    fn piece(&mut self, key: u32, piece: Piece<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        let is_refusal = piece.kind.as_deref() == Some("refusal");
        self.has_refusal |= is_refusal;
        if sink.is_open(key) {
            return Ok(());
        }
        let (kind, text) = if is_refusal {
            (BlockKind::Refusal, piece.refusal)
        } else {
            (BlockKind::Text, piece.text)
        };
        sink.begin(key, kind);
        sink.grow(key, text.as_deref().unwrap_or_default())?;
        logprobs(piece.logprobs, sink);
        Ok(())
    }

    /// Takes what the response as a whole says; items only where it is no stream.
    fn response(&mut self, raw: &RawValue, sink: &mut Sink) -> Result<(), ModelError> {
        let whole: Whole<'_> = serde_json::from_str(raw.get()).map_err(|_| malformed())?;
        let is_stream = sink.is_started();
        sink.started(whole.id.as_deref(), whole.model.as_deref())?;
        if let Some(error) = whole.error.filter(|error| error.get() != "null") {
            return Err(failed(error));
        }
        let status = whole.status.as_deref().unwrap_or_default();
        let reason = match (status, whole.incomplete_details.and_then(|d| d.reason)) {
            ("queued" | "in_progress", _) => return Ok(()),
            ("completed", _) => None,
            ("incomplete", Some(reason)) => Some(reason),
            ("cancelled", _) => {
                return Err(ModelError::new(ModelErrorKind::Cancelled).retryable(false));
            }
            ("failed", _) => {
                return Err(ModelError::new(ModelErrorKind::ServerFailed).retryable(false));
            }
            _ => return Err(malformed()),
        };
        if !is_stream {
            for (index, item) in (0..).zip(whole.output.into_iter().flatten()) {
                self.done(index, item, sink)?;
            }
        }
        for change in whole.input_transformations.into_iter().flatten() {
            let word = change.kind.as_deref().unwrap_or("unknown");
            let reason = change.reason.as_deref().map(Name::from);
            sink.transformed(Transformation::new(word, reason));
        }
        match whole.usage {
            Some(usage) => sink.usage(usage.read()),
            None => sink.warn(Warning::UsageUnknown),
        }
        let word = reason.as_deref().unwrap_or(status);
        let reason = match word {
            "completed" if self.has_refusal => FinishReason::Refused,
            word => finish(word),
        };
        sink.finish(Finish::new(reason).with_raw(word));
        Ok(())
    }

    fn reasoning(&mut self, event: &Event<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        let key = key(event.output_index, None)?;
        let now = (
            key,
            event.summary_index.or(event.content_index).unwrap_or(0),
        );
        let before = self.summary.replace(now);
        if before.is_some_and(|(item, part)| item == key && part != now.1) && sink.is_open(key) {
            sink.grow(key, "\n\n")?;
        }
        grow(sink, key, BlockKind::Reasoning, event.delta)
    }
}

fn call(key: u32, item: &Item<'_>, sink: &mut Sink) -> Result<(), ModelError> {
    let (Some(id), Some(name)) = (&item.call_id, &item.name) else {
        return Err(malformed());
    };
    let (id, name) = (Name::from(&**id), Name::from(&**name));
    sink.begin(key, BlockKind::ToolCall { id, name });
    Ok(())
}

fn logprobs(values: Option<&RawValue>, sink: &mut Sink) {
    if let Some(values) = values.filter(|values| !matches!(values.get(), "null" | "[]")) {
        sink.logprobs(Json::from_raw(values));
    }
}

fn finish(word: &str) -> FinishReason {
    match word {
        "completed" => FinishReason::Stop,
        "max_output_tokens" => FinishReason::MaxTokens,
        "max_messages" | "steered" => FinishReason::Paused,
        "content_filter" => FinishReason::ContentFiltered,
        _ => FinishReason::Other,
    }
}

/// Events that say again what deltas and items say.
fn is_echo(kind: &str) -> bool {
    matches!(
        kind,
        "response.content_part.added"
            | "response.content_part.done"
            | "response.output_text.done"
            | "response.refusal.done"
            | "response.function_call_arguments.done"
            | "response.reasoning_summary_part.added"
            | "response.reasoning_summary_part.done"
            | "response.reasoning_summary_text.done"
            | "response.reasoning_text.done"
    )
}

impl Protocol for Items {
    fn frame(&mut self, frame: &Frame<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        let event: Event<'_> = serde_json::from_slice(frame.data).map_err(|_| malformed())?;
        let says = event.delta.is_some() || event.item.is_some();
        if says && !sink.is_started() {
            // Nobody has said which model it is.
            return Err(malformed().with_subject("answer without a beginning"));
        }
        match &*event.kind {
            "response.output_text.delta" => {
                let key = key(event.output_index, event.content_index)?;
                grow(sink, key, BlockKind::Text, event.delta)?;
                logprobs(event.logprobs, sink);
                Ok(())
            }
            "response.refusal.delta" => {
                self.has_refusal = true;
                let key = key(event.output_index, event.content_index)?;
                grow(sink, key, BlockKind::Refusal, event.delta)
            }
            "response.function_call_arguments.delta" => {
                let key = key(event.output_index, None)?;
                let delta = event.delta.ok_or_else(malformed)?;
                let text: Str<'_> = serde_json::from_str(delta.get()).map_err(|_| malformed())?;
                sink.grow(key, &text)
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                self.reasoning(&event, sink)
            }
            "response.output_item.added" => {
                let key = key(event.output_index, None)?;
                self.added(key, event.item.ok_or_else(malformed)?, sink)
            }
            "response.output_item.done" => {
                let index = event.output_index.ok_or_else(malformed)?;
                self.done(index, event.item.ok_or_else(malformed)?, sink)
            }
            "response.created"
            | "response.queued"
            | "response.in_progress"
            | "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled" => self.response(event.response.ok_or_else(malformed)?, sink),
            "error" => {
                let error: &RawValue =
                    serde_json::from_slice(frame.data).map_err(|_| malformed())?;
                Err(stream_error(error))
            }
            kind if is_echo(kind) => Ok(()),
            kind => {
                sink.unknown(Some(kind), frame.data);
                Ok(())
            }
        }
    }

    fn whole(&mut self, body: &[u8], sink: &mut Sink) -> Result<(), ModelError> {
        let raw: &RawValue = serde_json::from_slice(body).map_err(|_| malformed())?;
        self.response(raw, sink)?;
        if sink.is_finished() {
            Ok(())
        } else {
            Err(malformed())
        }
    }
}

/// An event of type `error`, whose members stand in the event itself or one level down.
fn stream_error(event: &RawValue) -> ModelError {
    #[derive(Deserialize)]
    struct Inner<'a> {
        #[serde(borrow)]
        error: Option<&'a RawValue>,
    }

    #[derive(Deserialize)]
    struct Flat {
        code: Option<String>,
        message: Option<String>,
    }

    let inner: Option<Inner<'_>> = serde_json::from_str(event.get()).ok();
    if let Some(error) = inner.and_then(|inner| inner.error) {
        return failed(error);
    }
    // The member `type` is the event's, and says nothing of the error.
    let flat: Option<Flat> = serde_json::from_str(event.get()).ok();
    let (code, message) = flat.map_or((None, None), |flat| (flat.code, flat.message));
    let code = serde_json::value::to_raw_value(&serde_json::json!({ "code": code }));
    let kind = code.map_or(ModelErrorKind::ServerFailed, |code| judge(200, &code).kind);
    let error = ModelError::new(kind).retryable(false);
    match message {
        Some(message) => error.with_message(message),
        None => error,
    }
}
