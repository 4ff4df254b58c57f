//! Answers on their way back, piece by piece.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::address::Address;
use super::answer::{self, Read};
use super::block::Block;
use crate::guard::conversation::Conversation;
use crate::guard::guard::Guard;
use crate::guard::mode::Mode;
use crate::guard::report::GuardReport;
use crate::model::{
    BlockId, BlockKind, Content, EventStream, Message, ModelError, Part, Role, StreamEvent, Text,
};

/// An answer that arrives piece by piece, with its values restored.
///
/// What the pieces of a block say is what its part says in the end, however the provider
/// cuts them. Text is passed on at once, but for what could be the beginning of a
/// placeholder, at most 53 bytes, for a placeholder until the word that it stands in has
/// ended, at most 256 bytes more, and for what the guard of the output still looks at.
/// Arguments of tools come in one piece, when they are whole and decided on.
pub struct GuardedStream {
    events: EventStream,
    guard: Guard,
    conversation: Conversation,
    blocks: BTreeMap<BlockId, Block>,
    /// Where the texts up to here end. Once two of them came at a time, that is unknown.
    address: Address,
    is_mixed: bool,
    ready: VecDeque<Result<StreamEvent, ModelError>>,
    wire: Vec<(BlockId, Option<Part>)>,
    report: GuardReport,
    is_done: bool,
}

impl GuardedStream {
    pub(crate) fn new(
        events: EventStream,
        guard: Guard,
        conversation: Conversation,
        report: GuardReport,
    ) -> Self {
        Self {
            events,
            guard,
            conversation,
            blocks: BTreeMap::new(),
            address: Address::default(),
            is_mixed: false,
            ready: VecDeque::new(),
            wire: Vec::new(),
            report,
            is_done: false,
        }
    }

    /// Returns what the guard did up to here.
    #[must_use]
    pub const fn report(&self) -> &GuardReport {
        &self.report
    }

    /// Returns the answer up to here in the form to store and send again: with
    /// placeholders.
    #[must_use]
    pub fn wire(&self) -> Message {
        let parts = self.wire.iter().filter_map(|(block, part)| match part {
            Some(part) => Some(part.clone()),
            None => self.cut(self.blocks.get(block)?.written()),
        });
        Message::new(Role::Assistant, parts.collect())
    }

    /// What a model wrote in a block without an end, as it is to be stored.
    fn cut(&self, written: &str) -> Option<Part> {
        let output = self.guard.inner().output.as_ref();
        let text = match output {
            Some(output) => output.redact(written).into_string(),
            None => written.to_owned(),
        };
        (!text.is_empty()).then(|| Part::text(text))
    }

    /// Returns the next piece; `None` after the last.
    pub async fn next(&mut self) -> Option<Result<StreamEvent, ModelError>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    fn take(&mut self, event: StreamEvent) {
        if self.report.mode == Mode::Observe {
            return self.observe(event);
        }
        match event {
            StreamEvent::BlockStart { block, kind } => {
                if matches!(kind, BlockKind::Text | BlockKind::Refusal) {
                    let output = self.guard.inner().output.as_ref();
                    // What an open block still says is not known.
                    self.is_mixed |= !self.blocks.is_empty();
                    let before = match self.is_mixed {
                        true => Address::UNKNOWN,
                        false => self.address,
                    };
                    self.blocks.insert(block, Block::new(output, before));
                }
                self.wire.push((block, None));
                self.emit(StreamEvent::BlockStart { block, kind });
            }
            StreamEvent::TextDelta { block, text } => {
                let mut out = String::new();
                if let Some(open) = self.blocks.get_mut(&block) {
                    let state = self.conversation.lock();
                    open.push(&self.guard.inner().release, &state, &text, &mut out);
                }
                self.emit_text(block, out);
            }
            // The arguments come whole at the end of their block.
            StreamEvent::ArgumentsDelta { .. } => {}
            StreamEvent::BlockEnd { block, part } => self.end(block, *part),
            StreamEvent::LogProbs(_) => self.report.dropped_logprobs += 1,
            StreamEvent::Transformed(change) => {
                self.report.transformations.push(change.clone());
                self.emit(StreamEvent::Transformed(change));
            }
            StreamEvent::Finished(finish) => {
                self.flush();
                self.emit(StreamEvent::Finished(finish));
            }
            event @ (StreamEvent::Started { .. }
            | StreamEvent::ReasoningDelta { .. }
            | StreamEvent::Usage(_)
            | StreamEvent::Warning(_)
            | StreamEvent::Unknown(_)) => self.emit(event),
        }
    }

    /// Passes an event on as it is, and keeps the parts.
    fn observe(&mut self, event: StreamEvent) {
        if let StreamEvent::BlockEnd { block, part } = &event {
            answer::note_items(&mut self.conversation.lock(), part);
            self.wire.push((*block, Some((**part).clone())));
        }
        self.emit(event);
    }

    fn end(&mut self, block: BlockId, mut part: Part) {
        let mut before = self.blocks.get(&block).map_or(self.address, Block::before);
        let read = self.close(block, false);
        let wire = {
            let (guard, mut state) = (self.guard.inner(), self.conversation.lock());
            let report = &mut self.report;
            answer::part(guard, &mut state, report, &mut before, &mut part, read)
        };
        answer::after_part(&mut self.address, &part.content);
        let place = self.wire.iter_mut().rev().find(|(id, _)| *id == block);
        match place {
            Some((_, place)) => *place = Some(wire),
            None => self.wire.push((block, Some(wire))),
        }
        if let Content::ToolCall(call) = &part.content {
            let text = Text::from(call.arguments.as_str());
            self.emit(StreamEvent::ArgumentsDelta { block, text });
        }
        let part = Box::new(part);
        self.emit(StreamEvent::BlockEnd { block, part });
    }

    /// Passes on the text that a block holds back. Counts are added for a block that was cut
    /// off; those of one that has ended come with its part. Returns the block where nothing
    /// in it was masked.
    fn close(&mut self, block: BlockId, is_cut: bool) -> Option<Read> {
        let mut open = self.blocks.remove(&block)?;
        let mut out = String::new();
        let mut masked = crate::redact::Report::new();
        let counts = {
            let state = self.conversation.lock();
            let rules = &self.guard.inner().release;
            open.finish(rules, &state, &mut masked, &mut out)
        };
        self.address = open.address();
        if is_cut {
            self.keep_cut(block, open.written());
            self.report.restored += counts;
            self.report.masked.merge(&masked);
        }
        self.emit_text(block, out);
        (masked.total() == 0).then_some(Read {
            block: open,
            counts,
        })
    }

    /// Keeps what the model wrote in a block that was cut off.
    fn keep_cut(&mut self, block: BlockId, written: &str) {
        let cut = self.cut(written);
        let mut places = self.wire.iter_mut().rev();
        if let Some((_, place)) = places.find(|(id, _)| *id == block)
            && cut.is_some()
        {
            *place = cut;
        }
    }

    fn flush(&mut self) {
        while let Some(block) = self.blocks.keys().next().copied() {
            self.close(block, true);
        }
    }

    fn emit_text(&mut self, block: BlockId, text: String) {
        if !text.is_empty() {
            let text = Text::from(text);
            self.emit(StreamEvent::TextDelta { block, text });
        }
    }

    fn emit(&mut self, event: StreamEvent) {
        self.ready.push_back(Ok(event));
    }
}

impl Stream for GuardedStream {
    type Item = Result<StreamEvent, ModelError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(event) = this.ready.pop_front() {
                return Poll::Ready(Some(event));
            }
            if this.is_done {
                return Poll::Ready(None);
            }
            match this.events.as_mut().poll_next(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(event))) => this.take(event),
                Poll::Ready(Some(Err(error))) => {
                    this.is_done = true;
                    this.flush();
                    this.ready.push_back(Err(error));
                }
                Poll::Ready(None) => {
                    this.is_done = true;
                    this.flush();
                }
            }
        }
    }
}

impl fmt::Debug for GuardedStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedStream")
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
