//! From pieces to a whole answer.

use std::future::poll_fn;

use super::{
    EventStream, Finish, Json, Message, ModelError, ModelErrorKind, Part, Response, Role,
    StreamEvent, Usage,
};

/// Puts the pieces of an answer together.
///
/// Parts stand in the order in which their blocks began.
#[derive(Debug, Default)]
pub struct Collector {
    head: Head,
    blocks: Vec<(super::BlockId, Option<Part>)>,
    usage: Usage,
    transformations: Vec<super::Transformation>,
    warnings: Vec<super::Warning>,
    logprobs: Vec<Json>,
    finish: Option<Finish>,
}

#[derive(Debug, Default)]
struct Head {
    id: Option<super::Name>,
    model: Option<super::Name>,
    request_id: Option<super::Name>,
    attempts: u32,
}

impl Collector {
    /// Returns a collector that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece.
    pub fn push(&mut self, event: StreamEvent) {
        match event {
            StreamEvent::Started {
                id,
                model,
                request_id,
                attempts,
            } => {
                self.head = Head {
                    id,
                    model,
                    request_id,
                    attempts,
                };
            }
            StreamEvent::BlockStart { block, .. } => self.blocks.push((block, None)),
            StreamEvent::BlockEnd { block, part } => {
                let open = self.blocks.iter_mut().rev();
                match open.into_iter().find(|(id, _)| *id == block) {
                    Some((_, place)) => *place = Some(*part),
                    None => self.blocks.push((block, Some(*part))),
                }
            }
            StreamEvent::LogProbs(logprobs) => self.logprobs.push(logprobs),
            StreamEvent::Usage(usage) => self.usage.update(*usage),
            StreamEvent::Transformed(change) => self.transformations.push(change),
            StreamEvent::Warning(warning) => self.warnings.push(warning),
            StreamEvent::Finished(finish) => self.finish = Some(finish),
            // The part at the end of the block says the same once more.
            StreamEvent::TextDelta { .. }
            | StreamEvent::ReasoningDelta { .. }
            | StreamEvent::ArgumentsDelta { .. }
            | StreamEvent::Unknown(_) => {}
        }
    }

    /// Returns the whole answer.
    ///
    /// # Errors
    /// [`Truncated`](ModelErrorKind::Truncated) where the answer has not ended.
    pub fn finish(self) -> Result<Response, ModelError> {
        let finish = self
            .finish
            .ok_or_else(|| ModelError::new(ModelErrorKind::Truncated))?;
        let parts = self.blocks.into_iter().filter_map(|(_, part)| part);
        let message = Message::new(Role::Assistant, parts.collect());
        Ok(Response {
            id: self.head.id,
            model: self.head.model,
            usage: self.usage,
            transformations: self.transformations,
            warnings: self.warnings,
            logprobs: self.logprobs,
            request_id: self.head.request_id,
            attempts: self.head.attempts,
            ..Response::new(message, finish)
        })
    }
}

/// Waits for the end of an answer and returns it whole.
///
/// # Errors
/// The error of the stream, as it is; [`Truncated`](ModelErrorKind::Truncated) where the
/// stream ends without an end of the answer.
pub async fn collect(mut events: EventStream) -> Result<Response, ModelError> {
    let mut collector = Collector::new();
    while let Some(event) = poll_fn(|context| events.as_mut().poll_next(context)).await {
        collector.push(event?);
    }
    collector.finish()
}
