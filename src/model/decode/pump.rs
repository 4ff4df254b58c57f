//! The way from bytes through frames to pieces.

use futures_util::stream;

use super::frame::{Frame, Framing};
use super::ndjson::Lines;
use super::sink::Sink;
use crate::model::http::{Answer, MAX_ANSWER};
use crate::model::{Collector, EventStream, ModelError, ModelErrorKind, Response, StreamEvent};

/// The most bytes of an answer of lines, as of a batch.
const MAX_LINES: usize = 512 << 20;

/// A provider's protocol: what its frames say.
pub(in crate::model) trait Protocol: Send {
    /// Takes one frame of a stream.
    fn frame(&mut self, frame: &Frame<'_>, sink: &mut Sink) -> Result<(), ModelError>;

    /// Says that the stream has ended. Where the answer has not, nothing is to be done:
    /// it counts as cut off.
    fn end(&mut self, sink: &mut Sink) {
        let _ = sink;
    }

    /// Takes a whole answer that is no stream.
    fn whole(&mut self, body: &[u8], sink: &mut Sink) -> Result<(), ModelError>;
}

/// Makes pieces of bytes.
pub(in crate::model) struct Pump<F, P> {
    framing: F,
    protocol: P,
    sink: Sink,
    len: usize,
}

impl<F: Framing, P: Protocol> Pump<F, P> {
    pub(in crate::model) fn new(protocol: P, sink: Sink) -> Self {
        Self {
            framing: F::default(),
            protocol,
            sink,
            len: 0,
        }
    }

    /// Takes more bytes.
    pub(in crate::model) fn feed(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        self.len = self.len.saturating_add(bytes.len());
        if self.len > MAX_ANSWER {
            return Err(ModelError::new(ModelErrorKind::Limit).with_subject("bytes of an answer"));
        }
        let (protocol, sink) = (&mut self.protocol, &mut self.sink);
        self.framing.feed(bytes, &mut |frame| {
            // Nothing is said after the end.
            if sink.is_finished() {
                return Ok(());
            }
            protocol.frame(&frame, sink)?;
            sink.check()
        })
    }

    /// Says that no more bytes come.
    pub(in crate::model) fn end(&mut self) -> Result<(), ModelError> {
        let (protocol, sink) = (&mut self.protocol, &mut self.sink);
        self.framing.end(&mut |frame| {
            if sink.is_finished() {
                return Ok(());
            }
            protocol.frame(&frame, sink)?;
            sink.check()
        })?;
        if !sink.is_finished() {
            protocol.end(sink);
        }
        if sink.is_finished() {
            return Ok(());
        }
        Err(ModelError::new(ModelErrorKind::Truncated))
    }

    /// Takes the next piece.
    pub(in crate::model) fn pop(&mut self) -> Option<StreamEvent> {
        self.sink.pop()
    }

    fn is_finished(&self) -> bool {
        self.sink.is_finished()
    }
}

/// The state of a stream that is read.
struct Reading<F, P> {
    pump: Pump<F, P>,
    /// `None` once nothing more is read.
    answer: Option<Answer>,
    /// The error that comes after all pieces before it.
    failure: Option<ModelError>,
}

impl<F: Framing, P: Protocol> Reading<F, P> {
    async fn next(&mut self) -> Option<Result<StreamEvent, ModelError>> {
        loop {
            if let Some(event) = self.pump.pop() {
                return Some(Ok(event));
            }
            if let Some(failure) = self.failure.take() {
                return Some(Err(failure));
            }
            let answer = self.answer.as_mut()?;
            let chunk = answer.chunk().await;
            let is_last = !matches!(chunk, Ok(Some(_)));
            let fed = match chunk {
                Ok(Some(bytes)) => self.pump.feed(&bytes),
                Ok(None) => self.pump.end(),
                Err(error) => Err(error),
            };
            self.failure = fed.err().map(|error| answer.name(error));
            if is_last || self.failure.is_some() || self.pump.is_finished() {
                self.answer = None;
            }
        }
    }
}

/// Returns the pieces of an answer as it arrives.
pub(in crate::model) fn events<F, P>(answer: Answer, protocol: P, sink: Sink) -> EventStream
where
    F: Framing + 'static,
    P: Protocol + 'static,
{
    let reading = Reading {
        pump: Pump::<F, P>::new(protocol, sink),
        answer: Some(answer),
        failure: None,
    };
    Box::pin(stream::unfold(reading, |mut reading| async {
        let event = reading.next().await?;
        Some((event, reading))
    }))
}

/// Reads a whole answer that is no stream.
pub(in crate::model) async fn whole<P: Protocol>(
    mut answer: Answer,
    protocol: P,
    sink: Sink,
) -> Result<Response, ModelError> {
    let body = answer.whole().await?;
    read(&body, protocol, sink).map_err(|error| answer.name(error))
}

/// Reads the bytes of a whole answer.
pub(in crate::model) fn read<P: Protocol>(
    body: &[u8],
    mut protocol: P,
    mut sink: Sink,
) -> Result<Response, ModelError> {
    protocol.whole(body, &mut sink)?;
    sink.check()?;
    let mut collector = Collector::new();
    while let Some(event) = sink.pop() {
        collector.push(event);
    }
    collector.finish()
}

/// Reads an answer of lines, each of which `each` takes.
pub(in crate::model) async fn lines(
    mut answer: Answer,
    mut each: impl FnMut(&[u8]) -> Result<(), ModelError>,
) -> Result<(), ModelError> {
    let (mut lines, mut len) = (Lines::default(), 0_usize);
    while let Some(bytes) = answer.chunk().await? {
        len = len.saturating_add(bytes.len());
        let fed = match len > MAX_LINES {
            true => Err(ModelError::new(ModelErrorKind::Limit).with_subject("bytes of an answer")),
            false => lines.feed(&bytes, &mut |frame| each(frame.data)),
        };
        fed.map_err(|error| answer.name(error))?;
    }
    let ended = lines.end(&mut |frame| each(frame.data));
    ended.map_err(|error| answer.name(error))
}

/// Reads bytes that arrive in pieces, without a connection.
#[cfg(feature = "testing")]
pub(in crate::model) fn decode<F: Framing, P: Protocol>(
    protocol: P,
    api: crate::model::Api,
    model: &str,
    pieces: &[&[u8]],
) -> Vec<Result<StreamEvent, ModelError>> {
    use super::sink::Expected;
    use crate::model::Origin;

    let expected = Expected::new(Origin::of_name(api, model), Vec::new());
    let mut pump = Pump::<F, P>::new(protocol, Sink::new(expected, None, 1));
    let mut events = Vec::new();
    for piece in pieces {
        let fed = pump.feed(piece);
        events.extend(std::iter::from_fn(|| pump.pop()).map(Ok));
        if let Err(error) = fed {
            events.push(Err(error));
            return events;
        }
    }
    let ended = pump.end();
    events.extend(std::iter::from_fn(|| pump.pop()).map(Ok));
    events.extend(ended.err().map(Err));
    events
}
