//! From a whole answer to the pieces of a stream.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::model::{
    BlockId, BlockKind, Content, EventStream, ModelError, Response, StreamEvent, Text,
};

/// Events that are ready.
struct Ready(VecDeque<Result<StreamEvent, ModelError>>);

impl Stream for Ready {
    type Item = Result<StreamEvent, ModelError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front())
    }
}

pub(super) fn stream(
    events: impl IntoIterator<Item = Result<StreamEvent, ModelError>>,
) -> EventStream {
    Box::pin(Ready(events.into_iter().collect()))
}

/// The pieces of an answer, with deltas of at most `piece` bytes, cut between
/// characters.
pub(super) fn pieces(response: Response, piece: usize) -> Vec<StreamEvent> {
    let mut events = vec![StreamEvent::Started {
        id: response.id,
        model: response.model,
        request_id: response.request_id,
        attempts: response.attempts,
    }];
    for (number, part) in (0..).zip(response.message.parts) {
        let block = BlockId::new(number);
        let (kind, text) = match &part.content {
            Content::Text(text) => (BlockKind::Text, text.as_str()),
            Content::Refusal(text) => (BlockKind::Refusal, text.as_str()),
            Content::Reasoning(reasoning) => (BlockKind::Reasoning, reasoning.text.as_str()),
            Content::ToolCall(call) => {
                let (id, name) = (call.id.clone(), call.name.clone());
                (BlockKind::ToolCall { id, name }, call.arguments.as_str())
            }
            Content::Image(_) | Content::Audio(_) | Content::File(_) => (BlockKind::Media, ""),
            Content::ToolResult(_) | Content::Opaque(_) => (BlockKind::Opaque, ""),
        };
        events.push(StreamEvent::BlockStart {
            block,
            kind: kind.clone(),
        });
        for text in cut(text, piece) {
            let text = Text::from(text);
            events.push(match kind {
                BlockKind::Reasoning => StreamEvent::ReasoningDelta { block, text },
                BlockKind::ToolCall { .. } => StreamEvent::ArgumentsDelta { block, text },
                _ => StreamEvent::TextDelta { block, text },
            });
        }
        let part = Box::new(part);
        events.push(StreamEvent::BlockEnd { block, part });
    }
    events.extend(response.logprobs.into_iter().map(StreamEvent::LogProbs));
    events.extend(
        response
            .transformations
            .into_iter()
            .map(StreamEvent::Transformed),
    );
    events.extend(response.warnings.into_iter().map(StreamEvent::Warning));
    events.push(StreamEvent::Usage(Box::new(response.usage)));
    events.push(StreamEvent::Finished(response.finish));
    events
}

/// Cuts a text between characters, into pieces of at most `piece` bytes where
/// characters allow it.
pub(super) fn cut(mut text: &str, piece: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    while !text.is_empty() {
        let first = text.chars().next().map_or(1, char::len_utf8);
        let mut end = piece.clamp(first, text.len().max(first));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let Some((head, rest)) = text.split_at_checked(end.max(first)) else {
            break;
        };
        pieces.push(head);
        text = rest;
    }
    pieces
}
