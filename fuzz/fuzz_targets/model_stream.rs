//! The bytes of a stream of a model, of every protocol: however they are cut, the same
//! comes out; there is one end; and what a guard passes on of a block is what its part says
//! in the end, without a value that is not released.
//!
//! The first byte chooses the protocol and the second the size of the pieces. For Bedrock
//! each line becomes a frame, of the event before the blank with what stands behind it.
#![no_main]

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use confidant::guard::{Conversation, Guard};
use confidant::model::testing::{EchoModel, decode};
use confidant::model::{
    Api, ChatModel as _, ChatRequest, Content, EventStream, ModelError, ModelErrorKind, StreamEvent,
};
use confidant::redact::Redactor;
use crc::{CRC_32_ISO_HDLC, Crc};
use libfuzzer_sys::fuzz_target;

const MODEL: &str = "test-one";
const TOKEN: &str = "ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA";

const APIS: [Api; 6] = [
    Api::AnthropicMessages,
    Api::OpenAiChat,
    Api::OpenAiResponses,
    Api::GeminiGenerateContent,
    Api::OllamaChat,
    Api::BedrockConverse,
];

static GUARD: LazyLock<Guard> = LazyLock::new(|| {
    let guard = Guard::builder(Redactor::secrets_and_pii()).build();
    guard.expect("good settings")
});

type Seen = Vec<Result<StreamEvent, ModelErrorKind>>;

fuzz_target!(|data: &[u8]| {
    let [choice, cut, rest @ ..] = data else {
        return;
    };
    let is_framed = choice & 8 == 0;
    let api = APIS[usize::from(choice & 7) % APIS.len()];
    let framed;
    let bytes = match api {
        Api::BedrockConverse if is_framed => {
            framed = frames(rest);
            framed.as_slice()
        }
        _ => rest,
    };
    let whole = seen(decode(api, MODEL, &[bytes]));
    let pieces: Vec<_> = bytes.chunks(usize::from(*cut).max(1)).collect();
    assert_eq!(seen(decode(api, MODEL, &pieces)), whole);
    let ends =
        |event: &&Result<StreamEvent, _>| matches!(event, Err(_) | Ok(StreamEvent::Finished(_)));
    assert_eq!(whole.iter().filter(ends).count(), 1);
    assert!(whole.last().is_some_and(|last| ends(&last)));
    guarded(decode(api, MODEL, &[bytes]));
});

fn seen(events: Vec<Result<StreamEvent, ModelError>>) -> Seen {
    let events = events.into_iter();
    events
        .map(|event| event.map_err(|error| error.kind()))
        .collect()
}

struct Ready(VecDeque<Result<StreamEvent, ModelError>>);

impl futures_core::Stream for Ready {
    type Item = Result<StreamEvent, ModelError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front())
    }
}

/// Passes events through a guard that knows a secret, which text must never show.
fn guarded(events: Vec<Result<StreamEvent, ModelError>>) {
    let talk = Conversation::new().expect("there are random numbers");
    GUARD.hide_text(&talk, TOKEN).expect("a placeholder");
    let model = EchoModel::new("echo");
    let (_, report) = GUARD
        .clear(&talk, ChatRequest::new(), model.descriptor())
        .expect("nothing is refused");
    let events: EventStream = Box::pin(Ready(events.into()));
    let mut stream = GUARD.restore_stream(&talk, events, report);
    let mut texts: HashMap<_, String> = HashMap::new();
    while let Some(event) = pollster::block_on(stream.next()) {
        match event {
            Ok(StreamEvent::TextDelta { block, text }) => {
                texts.entry(block).or_default().push_str(&text);
            }
            Ok(StreamEvent::BlockEnd { block, part }) => {
                if let Content::Text(text) | Content::Refusal(text) = &part.content {
                    let shown = texts.remove(&block).unwrap_or_default();
                    assert_eq!(shown, text.as_str());
                    assert!(!shown.contains(TOKEN));
                }
            }
            _ => {}
        }
    }
}

/// Frames of an event stream of AWS, one for each line.
fn frames(lines: &[u8]) -> Vec<u8> {
    let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    let mut bytes = Vec::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b' ');
        let name = parts.next().unwrap_or_default();
        let payload = parts.next().unwrap_or_default();
        let name = &name[..name.len().min(200)];
        let kind: &[u8] = match name.ends_with(b"Exception") {
            true => b"exception",
            false => b"event",
        };
        let mut headers = Vec::new();
        for (key, value) in [
            (&b":message-type"[..], kind),
            (&[&b":"[..], kind, b"-type"].concat()[..], name),
        ] {
            headers.push(u8::try_from(key.len()).unwrap_or(u8::MAX));
            headers.extend_from_slice(key);
            headers.push(7);
            headers.extend_from_slice(&u16::try_from(value.len()).unwrap_or(0).to_be_bytes());
            headers.extend_from_slice(value);
        }
        let len = |len: usize| u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
        let mut frame = [len(16 + headers.len() + payload.len()), len(headers.len())].concat();
        frame.extend_from_slice(&crc.checksum(&frame).to_be_bytes());
        frame.extend_from_slice(&headers);
        frame.extend_from_slice(payload);
        frame.extend_from_slice(&crc.checksum(&frame).to_be_bytes());
        bytes.extend_from_slice(&frame);
    }
    bytes
}
