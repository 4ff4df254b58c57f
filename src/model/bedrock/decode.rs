//! From the frames of Converse to the pieces of an answer.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::adapter::kind_of_word;
use crate::model::decode::{Frame, Protocol, Sink, Str};
use crate::model::http::JsonWriter;
use crate::model::{
    BlockKind, Content, Finish, FinishReason, Json, ModelError, ModelErrorKind, Name, Reasoning,
    Usage, Warning,
};

/// Reads the frames of Converse.
pub(super) struct Converse {
    /// The provider names no model; the address of the call did.
    model: Name,
    blocks: Vec<Block>,
    finish: Option<Finish>,
    has_usage: bool,
}

/// What a block of reasoning needs until its end, beside its text.
#[derive(Default)]
struct Block {
    index: u32,
    signature: String,
    redacted: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    content_block_index: Option<u32>,
    #[serde(borrow)]
    start: Option<Start<'a>>,
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    #[serde(borrow)]
    stop_reason: Option<Str<'a>>,
    usage: Option<UsageWire>,
    #[serde(borrow)]
    trace: Option<Trace<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start<'a> {
    #[serde(borrow)]
    tool_use: Option<ToolUse<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToolUse<'a> {
    /// What is not the caller's to run.
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    tool_use_id: Str<'a>,
    #[serde(borrow)]
    name: Str<'a>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delta<'a> {
    #[serde(borrow)]
    text: Option<Str<'a>>,
    #[serde(borrow)]
    tool_use: Option<Input<'a>>,
    #[serde(borrow)]
    reasoning_content: Option<ReasoningDelta<'a>>,
}

#[derive(Deserialize)]
struct Input<'a> {
    #[serde(borrow)]
    input: Str<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReasoningDelta<'a> {
    #[serde(borrow)]
    text: Option<Str<'a>>,
    #[serde(borrow)]
    signature: Option<Str<'a>>,
    #[serde(borrow)]
    redacted_content: Option<Str<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace<'a> {
    #[serde(borrow)]
    prompt_router: Option<Router<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Router<'a> {
    #[serde(borrow)]
    invoked_model_id: Option<Str<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UsageWire {
    /// Without what was read from a cache or written to one.
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_write_input_tokens: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Whole<'a> {
    #[serde(borrow)]
    output: Output<'a>,
    #[serde(borrow)]
    stop_reason: Str<'a>,
    usage: Option<UsageWire>,
    #[serde(borrow)]
    trace: Option<Trace<'a>>,
}

#[derive(Deserialize)]
struct Output<'a> {
    #[serde(borrow)]
    message: MessageWire<'a>,
}

#[derive(Deserialize)]
struct MessageWire<'a> {
    #[serde(borrow)]
    content: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockWire<'a> {
    #[serde(borrow)]
    text: Option<Str<'a>>,
    #[serde(borrow)]
    tool_use: Option<ToolUse<'a>>,
    #[serde(borrow)]
    reasoning_content: Option<ReasoningWire<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReasoningWire<'a> {
    #[serde(borrow)]
    reasoning_text: Option<SignedText<'a>>,
}

#[derive(Deserialize)]
struct SignedText<'a> {
    #[serde(borrow)]
    text: Str<'a>,
    #[serde(borrow)]
    signature: Option<Str<'a>>,
}

impl UsageWire {
    fn read(self) -> Usage {
        let (read, written) = (self.cache_read_input_tokens, self.cache_write_input_tokens);
        let mut usage = Usage::new();
        usage.input_tokens = self.input_tokens.and_then(|input| {
            input
                .checked_add(read.unwrap_or(0))?
                .checked_add(written.unwrap_or(0))
        });
        usage.uncached_input_tokens = self.input_tokens;
        usage.cache_read_tokens = read;
        usage.cache_write_tokens = written;
        usage.output_tokens = self.output_tokens;
        usage
    }
}

fn malformed() -> ModelError {
    ModelError::new(ModelErrorKind::Protocol)
}

impl Converse {
    pub(super) fn new(model: &Name) -> Self {
        Self {
            model: model.clone(),
            blocks: Vec::new(),
            finish: None,
            has_usage: false,
        }
    }

    fn start(&self, sink: &mut Sink) -> Result<(), ModelError> {
        sink.started(None, Some(&self.model))
    }

    fn routed(trace: Option<Trace<'_>>, sink: &mut Sink) -> Result<(), ModelError> {
        let invoked = trace
            .and_then(|t| t.prompt_router)
            .and_then(|r| r.invoked_model_id);
        match invoked {
            Some(model) => {
                // An ARN ends with the model.
                let name = model.rsplit_once('/').map_or(&*model, |(_, name)| name);
                sink.started(None, Some(name))
            }
            None => Ok(()),
        }
    }

    fn delta(&mut self, index: u32, delta: Delta<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        let open = sink.is_open(index);
        if let Some(text) = delta.text {
            if !open {
                sink.begin(index, BlockKind::Text);
            }
            return sink.grow(index, &text);
        }
        if let Some(input) = delta.tool_use {
            return sink.grow(index, &input.input);
        }
        let Some(reasoning) = delta.reasoning_content else {
            // Citations and whatever comes next do not change what was said.
            return Ok(());
        };
        if !self.blocks.iter().any(|block| block.index == index) {
            self.blocks.push(Block {
                index,
                ..Block::default()
            });
        }
        let block = self.blocks.iter_mut().find(|block| block.index == index);
        let block = block.ok_or_else(malformed)?;
        block
            .signature
            .push_str(reasoning.signature.as_deref().unwrap_or_default());
        block
            .redacted
            .push_str(reasoning.redacted_content.as_deref().unwrap_or_default());
        if let Some(text) = reasoning.text {
            if !open {
                sink.begin(index, BlockKind::Reasoning);
            }
            sink.grow(index, &text)?;
        }
        Ok(())
    }

    fn close(&mut self, index: u32, sink: &mut Sink) {
        let at = self.blocks.iter().position(|block| block.index == index);
        let Some(block) = at.map(|at| self.blocks.remove(at)) else {
            sink.end(index);
            return;
        };
        if !block.redacted.is_empty() {
            let mut w = JsonWriter::default();
            w.begin_object().key("reasoningContent").begin_object();
            w.member("redactedContent", &block.redacted);
            w.end_object().end_object();
            let content = Content::Reasoning(Reasoning::new("", true));
            sink.part(BlockKind::Reasoning, content, json(w));
            return;
        }
        if !sink.is_open(index) {
            sink.begin(index, BlockKind::Reasoning);
        }
        let signature = block.signature;
        sink.end_with(index, !signature.is_empty(), |text| {
            let mut w = JsonWriter::default();
            w.begin_object().key("reasoningContent").begin_object();
            w.key("reasoningText").begin_object().member("text", text);
            if !signature.is_empty() {
                w.member("signature", &signature);
            }
            w.end_object().end_object().end_object();
            json(w)
        });
    }

    fn whole_block(index: u32, raw: &RawValue, sink: &mut Sink) -> Result<(), ModelError> {
        let block: BlockWire<'_> = serde_json::from_str(raw.get()).map_err(|_| malformed())?;
        if let Some(text) = block.text {
            sink.begin(index, BlockKind::Text);
            sink.grow(index, &text)?;
            sink.end(index);
        } else if let Some(call) = block.tool_use {
            begin_call(index, &call, sink);
            sink.grow(index, call.input.map_or("{}", RawValue::get))?;
            sink.end(index);
        } else if let Some(reasoning) = block.reasoning_content {
            let wire = Json::from_raw(raw);
            match reasoning.reasoning_text {
                Some(signed) => {
                    sink.begin(index, BlockKind::Reasoning);
                    sink.grow(index, &signed.text)?;
                    sink.end_with(index, signed.signature.is_some(), |_| Some(wire));
                }
                None => {
                    let content = Content::Reasoning(Reasoning::new("", true));
                    sink.part(BlockKind::Reasoning, content, Some(wire));
                }
            }
        } else {
            sink.opaque("block", Json::from_raw(raw));
        }
        Ok(())
    }

    fn finish(&mut self, sink: &mut Sink) {
        if let Some(finish) = self.finish.take() {
            if !self.has_usage {
                sink.warn(Warning::UsageUnknown);
            }
            sink.finish(finish);
        }
    }
}

fn begin_call(index: u32, call: &ToolUse<'_>, sink: &mut Sink) {
    if call.kind.as_deref() == Some("server_tool_use") {
        sink.ran_tool();
    }
    let (id, name) = (Name::from(&*call.tool_use_id), Name::from(&*call.name));
    sink.begin(index, BlockKind::ToolCall { id, name });
}

fn json(w: JsonWriter) -> Option<Json> {
    Json::parse(str::from_utf8(&w.finish()).ok()?).ok()
}

fn finish(word: &str) -> FinishReason {
    match word {
        "end_turn" => FinishReason::Stop,
        "stop_sequence" => FinishReason::StopSequence,
        "max_tokens" => FinishReason::MaxTokens,
        "tool_use" => FinishReason::ToolCalls,
        "guardrail_intervened" | "content_filtered" => FinishReason::ContentFiltered,
        "malformed_model_output" | "malformed_tool_use" => FinishReason::Malformed,
        "model_context_window_exceeded" => FinishReason::ContextFull,
        _ => FinishReason::Other,
    }
}

/// An exception within the stream, whose message may repeat the request.
fn exception(frame: &Frame<'_>) -> ModelError {
    #[derive(Default, Deserialize)]
    struct Body {
        message: Option<String>,
    }

    let kind = frame
        .name
        .and_then(kind_of_word)
        .unwrap_or(ModelErrorKind::ServerFailed);
    let body: Body = serde_json::from_slice(frame.data).unwrap_or_default();
    let error = ModelError::new(kind).retryable(false);
    match body.message {
        Some(message) => error.with_message(message),
        None => error,
    }
}

impl Protocol for Converse {
    fn frame(&mut self, frame: &Frame<'_>, sink: &mut Sink) -> Result<(), ModelError> {
        if frame.is_exception {
            return Err(exception(frame));
        }
        let name = frame.name.unwrap_or_default();
        let known = matches!(
            name,
            "messageStart"
                | "contentBlockStart"
                | "contentBlockDelta"
                | "contentBlockStop"
                | "messageStop"
                | "metadata"
        );
        if !known {
            sink.unknown(frame.name, frame.data);
            return Ok(());
        }
        self.start(sink)?;
        let event: Event<'_> = serde_json::from_slice(frame.data).map_err(|_| malformed())?;
        let index = event.content_block_index;
        match name {
            "contentBlockStart" => {
                let index = index.ok_or_else(malformed)?;
                if let Some(call) = event.start.and_then(|start| start.tool_use) {
                    begin_call(index, &call, sink);
                }
                Ok(())
            }
            "contentBlockDelta" => {
                let (Some(index), Some(delta)) = (index, event.delta) else {
                    return Err(malformed());
                };
                self.delta(index, delta, sink)
            }
            "contentBlockStop" => {
                self.close(index.ok_or_else(malformed)?, sink);
                Ok(())
            }
            "messageStop" => {
                let word = event.stop_reason.ok_or_else(malformed)?;
                self.finish = Some(Finish::new(finish(&word)).with_raw(&*word));
                Ok(())
            }
            "metadata" => {
                Self::routed(event.trace, sink)?;
                if let Some(usage) = event.usage {
                    self.has_usage = true;
                    sink.usage(usage.read());
                }
                self.finish(sink);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, sink: &mut Sink) {
        self.finish(sink);
    }

    fn whole(&mut self, body: &[u8], sink: &mut Sink) -> Result<(), ModelError> {
        let whole: Whole<'_> = serde_json::from_slice(body).map_err(|_| malformed())?;
        self.start(sink)?;
        Self::routed(whole.trace, sink)?;
        for (index, block) in (0..).zip(whole.output.message.content) {
            Self::whole_block(index, block, sink)?;
        }
        if let Some(usage) = whole.usage {
            self.has_usage = true;
            sink.usage(usage.read());
        }
        let word = whole.stop_reason;
        self.finish = Some(Finish::new(finish(&word)).with_raw(&*word));
        self.finish(sink);
        Ok(())
    }
}
