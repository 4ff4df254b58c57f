//! Streams arrive in any pieces, and end anywhere.

use std::io::{Read, Write};
use std::net::TcpStream;

use confidant::model::testing::{MockAnswer, MockReply, MockServer, decode};
use confidant::model::{
    Api, Content, FinishReason, ModelError, ModelErrorKind, Part, Reasoning, StreamEvent, ToolCall,
};

use super::common::{APIS, MODEL, json};

fn answer() -> MockAnswer {
    MockAnswer::new()
        .with(Part::new(Content::Reasoning(Reasoning::new("Hm …", true))))
        .with(Part::text("漢字 😀\n"))
        .with(Part::tool_call(
            ToolCall::new("weather", json(r#"{"city":"Köln"}"#)).with_id("c1"),
        ))
        .with(Part::tool_call(
            ToolCall::new("weather", json("{}")).with_id("c2"),
        ))
        .finish(FinishReason::ToolCalls)
}

/// The bytes of the stream that the server sends.
fn bytes(api: Api, reply: MockReply) -> Vec<u8> {
    let server = MockServer::start().unwrap();
    server.reply(reply);
    let path = match api {
        Api::AnthropicMessages => "/v1/messages",
        Api::OpenAiChat => "/v1/chat/completions",
        Api::OpenAiResponses => "/v1/responses",
        Api::GeminiGenerateContent => "/v1beta/models/test-one:streamGenerateContent?alt=sse",
        Api::OllamaChat => "/api/chat",
        _ => "/model/test-one/converse-stream",
    };
    let body = format!(r#"{{"model":"{MODEL}","stream":true,"messages":[]}}"#);
    let host = server.address().replace("http://", "");
    let mut stream = TcpStream::connect(&host).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw).unwrap();
    let head = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let mut rest = &raw[head + 4..];
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let len = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if len == 0 {
            return body;
        }
        body.extend(&rest[end + 2..end + 2 + len]);
        rest = &rest[end + 2 + len + 2..];
    }
}

type Seen = Vec<Result<StreamEvent, ModelErrorKind>>;

fn seen(events: Vec<Result<StreamEvent, ModelError>>) -> Seen {
    events
        .into_iter()
        .map(|event| event.map_err(|error| error.kind()))
        .collect()
}

#[test]
fn every_split_of_the_bytes_says_the_same() {
    for api in APIS {
        for reply in [
            MockReply::answer(answer()),
            MockReply::answer(answer()).crlf(),
        ] {
            let bytes = bytes(api, reply);
            let whole = seen(decode(api, MODEL, &[&bytes]));
            assert!(
                matches!(whole.last(), Some(Ok(StreamEvent::Finished(_)))),
                "{api:?} {whole:?}"
            );
            // The framings themselves are tried at every place of every small stream.
            for at in (0..=bytes.len()).step_by(1 + bytes.len() / 800) {
                let (a, b) = bytes.split_at(at);
                assert_eq!(
                    seen(decode(api, MODEL, &[a, b])),
                    whole,
                    "{api:?} cut at {at}"
                );
            }
            for size in [1, 7, 64] {
                let pieces: Vec<_> = bytes.chunks(size).collect();
                assert_eq!(
                    seen(decode(api, MODEL, &pieces)),
                    whole,
                    "{api:?} pieces of {size}"
                );
            }
        }
    }
}

#[test]
fn a_stream_that_is_cut_anywhere_ends_with_an_error() {
    for api in APIS {
        let bytes = bytes(api, MockReply::answer(answer()));
        let whole = seen(decode(api, MODEL, &[&bytes]));
        let mut cut_off = 0;
        let places = (0..bytes.len()).step_by(1 + bytes.len() / 800);
        let tried = places.len();
        for at in places {
            let cut = seen(decode(api, MODEL, &[&bytes[..at]]));
            match cut.last().unwrap() {
                // The last bytes say nothing that the answer needs.
                Ok(StreamEvent::Finished(_)) => {}
                Err(ModelErrorKind::Truncated | ModelErrorKind::Protocol) => {
                    cut_off += 1;
                    let before = &cut[..cut.len() - 1];
                    assert!(before.iter().all(Result::is_ok), "{api:?} {at}");
                    assert!(whole.starts_with(before), "{api:?} {at}");
                }
                other => panic!("{api:?} cut at {at} ends with {other:?}"),
            }
        }
        assert!(cut_off * 10 > tried * 7, "{api:?}: {cut_off} of {tried}");
    }
}

#[test]
fn changed_bytes_never_panic_and_never_end_twice() {
    // A small generator of its own, so that the test is the same everywhere.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for api in APIS {
        let bytes = bytes(api, MockReply::answer(answer()));
        for _ in 0..200 {
            let mut changed = bytes.clone();
            for _ in 0..=random(3) {
                let at = random(changed.len());
                match random(3) {
                    0 => changed[at] ^= 1 << random(8),
                    1 => drop(changed.remove(at)),
                    _ => changed.insert(at, changed[random(bytes.len() - 8)]),
                }
            }
            let events = seen(decode(api, MODEL, &[&changed]));
            let ends = |event: &Result<StreamEvent, _>| {
                matches!(event, Err(_) | Ok(StreamEvent::Finished(_)))
            };
            assert_eq!(
                events.iter().filter(|event| ends(event)).count(),
                1,
                "{api:?}"
            );
            assert!(events.last().is_some_and(ends), "{api:?}");
        }
    }
}
