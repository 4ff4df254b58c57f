//! Tests of requests as a whole.

use std::collections::BTreeSet;

use super::*;

const CANARY: &str = "canary-7KQX";

/// A request with the canary in every value that can hold text.
fn full() -> ChatRequest {
    let json = || Json::parse(&format!(r#"{{"{CANARY}": "{CANARY}"}}"#)).unwrap();
    let origin = Origin::of(&named(Api::Other, CANARY));
    let content = Content::Reasoning(Reasoning::new(CANARY, true));
    let replay = Replay::new(origin, json(), &content);
    let mut message = Message::new(
        Role::User,
        vec![
            Part::text(CANARY),
            Part::new(Content::Refusal(CANARY.into())),
            Part::image(CANARY, CANARY.as_bytes()),
            Part::new(Content::Image(Media::Url {
                url: CANARY.into(),
                media_type: Some(CANARY.into()),
            })),
            Part::audio(CANARY, CANARY.as_bytes()),
            Part::file(File::bytes(CANARY, CANARY.as_bytes()).with_name(CANARY)),
            Part::new(Content::File(File::new(Media::uploaded(CANARY)))),
            Part::tool_call(ToolCall::new(CANARY, json()).with_id(CANARY)),
            Part::new(Content::ToolCall(
                ToolCall::new(CANARY, Arguments::from_text(CANARY)).with_id(CANARY),
            )),
            Part::new(Content::ToolResult(
                ToolResult::new(CANARY, vec![Part::text(CANARY)]).with_name(CANARY),
            )),
            Part::new(content).with_replay(replay),
            Part::new(Content::Opaque(OpaqueItem::new(CANARY, json()))),
        ],
    );
    message.speaker = Some(CANARY.into());
    let mut request = ChatRequest::new()
        .with(message)
        .with_tool(
            Tool::new(CANARY, json())
                .with_description(CANARY)
                .with_example(json()),
        )
        .tool_choice(ToolChoice::Tool(CANARY.into()))
        .output(Output::Schema {
            name: CANARY.into(),
            schema: json(),
        })
        .stop_at(CANARY)
        .options(json());
    request.hosted_tools.push(HostedTool::new(CANARY, json()));
    request.end_user = Some(CANARY.into());
    request.cache_key = Some(CANARY.into());
    request.sampling.seed = Some(7);
    request
}

#[test]
fn debug_shows_nothing_of_a_request() {
    let request = full();
    let shown = format!("{request:?} {request:#?}");
    assert!(!shown.contains(CANARY));
    // Byte lists of what a derived `Debug` would print.
    assert!(!shown.contains("99, 97, 110"));
    let cleared = Cleared::new(
        request,
        Clearance::new(descriptor().destination(), Basis::Guarded),
    );
    assert!(!format!("{cleared:?}").contains(CANARY));
}

#[test]
fn the_walk_meets_every_value_once() {
    let mut request = full();
    let mut paths = BTreeSet::new();
    let walked = request.leaves(&Path::root("request"), &mut |path, leaf| {
        assert!(paths.insert(path.to_string()), "{path} twice");
        match leaf {
            Leaf::Text(text) => text.set("x"),
            Leaf::Name(name) => *name = "x".into(),
            Leaf::Json(json) | Leaf::Schema(json) | Leaf::Wire(json) => {
                *json = Json::parse("1").unwrap();
            }
            Leaf::Blob(blob) => *blob = b"x".as_slice().into(),
            Leaf::Number(number) => assert_eq!(number, 7),
        }
        Ok(())
    });
    walked.unwrap();
    for path in [
        "request.messages[0].speaker",
        "request.messages[0].parts[0].text",
        "request.messages[0].parts[3].image.url",
        "request.messages[0].parts[7].tool_call.arguments",
        "request.messages[0].parts[9].tool_result.parts[0].text",
        "request.messages[0].parts[10].replay",
        "request.tools[0].examples[0]",
        "request.hosted_tools[0].settings",
        "request.output.schema",
        "request.sampling.stop[0]",
        "request.sampling.seed",
        "request.options",
    ] {
        assert!(paths.contains(path), "{path} of {paths:#?}");
    }
    // Every value was replaced, so nothing of the request is left but in the origin of
    // the replay, which never leaves.
    let text = exposed(&mut request);
    assert!(!text.contains(CANARY), "{text}");
    assert_eq!(paths.len(), 40);
}

/// All values of a request, as they would leave.
fn exposed(request: &mut ChatRequest) -> String {
    let mut text = String::new();
    let walked = request.leaves(&Path::root("request"), &mut |_, leaf| {
        match leaf {
            Leaf::Text(value) => text.push_str(value),
            Leaf::Name(value) => text.push_str(value),
            Leaf::Json(value) | Leaf::Schema(value) | Leaf::Wire(value) => {
                text.push_str(value.as_str());
            }
            Leaf::Blob(value) => text.push_str(&String::from_utf8_lossy(value.as_bytes())),
            Leaf::Number(value) => text.push_str(&value.to_string()),
        }
        text.push('\n');
        Ok(())
    });
    walked.unwrap();
    text
}

#[test]
fn an_error_of_the_visitor_ends_the_walk() {
    let mut seen = 0;
    let failed = full().leaves(&Path::root("request"), &mut |_, _| {
        seen += 1;
        if seen == 5 {
            Err(crate::Error::config("stop"))
        } else {
            Ok(())
        }
    });
    assert!(failed.is_err());
    assert_eq!(seen, 5);
}

fn named(api: Api, model: &str) -> ModelDescriptor {
    let place = Endpoint::new("https://api.example.com").unwrap();
    let place = Destination::new("acme".parse().unwrap(), place, model);
    ModelDescriptor::new(place, CredentialOwner::Platform).with_api(api)
}

fn descriptor() -> ModelDescriptor {
    named(Api::Other, "one")
}

#[test]
fn a_clearance_holds_for_one_destination() {
    let cleared = |basis| {
        Cleared::new(
            ChatRequest::new(),
            Clearance::new(descriptor().destination(), basis),
        )
    };
    cleared(Basis::Guarded).check(&descriptor()).unwrap();
    cleared(Basis::Unredacted).check(&descriptor()).unwrap();
    let denied = |error: ModelError| assert_eq!(error.kind(), ModelErrorKind::PolicyDenied);
    denied(cleared(Basis::Loopback).check(&descriptor()).unwrap_err());
    for change in [
        |d: &mut ModelDescriptor| d.model = "two".into(),
        |d: &mut ModelDescriptor| d.provider = "other".parse().unwrap(),
        |d: &mut ModelDescriptor| {
            d.endpoint = Endpoint::new("https://api.example.com:8443").unwrap()
        },
    ] {
        let mut other = descriptor();
        change(&mut other);
        denied(cleared(Basis::Guarded).check(&other).unwrap_err());
    }
}

#[test]
fn what_a_provider_may_keep_is_named() {
    let states = ServerStates::none().with(ServerState::File);
    let clearance = Clearance::new(descriptor().destination(), Basis::Guarded);
    let cleared = Cleared::new(ChatRequest::new(), clearance.with_server_states(states));
    cleared.allow(ServerState::File).unwrap();
    let error = cleared.allow(ServerState::StoredResponse).unwrap_err();
    assert_eq!(error.to_string(), "policy denies the call: stored_response");
}

#[test]
fn a_replay_holds_for_what_was_received() {
    let content = Content::Reasoning(Reasoning::new("thought", true));
    let origin = Origin::of(&named(Api::AnthropicMessages, "one"));
    let mut replay = Replay::new(
        origin,
        Json::parse(r#"{"signature": "x"}"#).unwrap(),
        &content,
    );
    assert!(replay.matches(&content));
    for other in [
        Content::Reasoning(Reasoning::new("thought", false)),
        Content::Reasoning(Reasoning::new("thoughts", true)),
        Content::Text("thought".into()),
    ] {
        assert!(!replay.matches(&other));
        replay.rebind(&other);
        assert!(replay.matches(&other));
        replay.rebind(&content);
    }
    // Where one value ends and the next begins counts.
    let call = |id: &str, name: &str| {
        Content::ToolCall(ToolCall::new(name, Arguments::from_text("")).with_id(id))
    };
    assert_ne!(call("ab", "c").fingerprint(), call("a", "bc").fingerprint());
    let result = |is_error| {
        let result = ToolResult::new("a", vec![]);
        Content::ToolResult(if is_error { result.as_error() } else { result })
    };
    assert_ne!(result(true).fingerprint(), result(false).fingerprint());
}

#[test]
fn an_error_shows_nothing_of_what_a_provider_says() {
    let error = ModelError::new(ModelErrorKind::InvalidRequest)
        .with_status(400)
        .with_message(CANARY)
        .with_request_id(Some("req_1"))
        .with_attempts(2);
    let crate_error =
        crate::Error::from(ModelError::new(ModelErrorKind::Overloaded).with_message(CANARY));
    let shown = format!("{error} {error:?} {error:#?} {crate_error} {crate_error:?}");
    assert!(!shown.contains(CANARY), "{shown}");
    assert_eq!(error.expose_message(), Some(CANARY));
    assert!(!error.is_retryable() && crate_error.is_retryable());
    assert_eq!(error.request_id(), Some("req_1"));
    // A header may hold anything, so `Debug` does not show it.
    let error = error.with_request_id(Some(CANARY));
    assert_eq!(error.request_id(), Some(CANARY));
    assert!(!format!("{error:?} {error:#?}").contains(CANARY));
    // An id that could forge a log line is dropped.
    let error = error.with_request_id(Some("a\nb"));
    assert_eq!(error.request_id(), None);
}

#[test]
fn pieces_make_a_whole_in_the_order_of_their_beginnings() {
    let (a, b) = (BlockId::new(0), BlockId::new(1));
    let mut collector = Collector::new();
    for event in [
        StreamEvent::Started {
            id: Some("r".into()),
            model: Some("m".into()),
            request_id: None,
            attempts: 2,
        },
        StreamEvent::BlockStart {
            block: a,
            kind: BlockKind::Text,
        },
        StreamEvent::BlockStart {
            block: b,
            kind: BlockKind::Text,
        },
        StreamEvent::TextDelta {
            block: b,
            text: "two".into(),
        },
        StreamEvent::BlockEnd {
            block: b,
            part: Box::new(Part::text("two")),
        },
        StreamEvent::BlockEnd {
            block: a,
            part: Box::new(Part::text("one ")),
        },
        StreamEvent::Usage(Box::new(Usage {
            input_tokens: Some(3),
            output_tokens: Some(1),
            ..Usage::default()
        })),
        StreamEvent::Usage(Box::new(Usage {
            output_tokens: Some(2),
            ..Usage::default()
        })),
    ] {
        collector.push(event);
    }
    let cut = Collector::new().finish().unwrap_err();
    assert_eq!(cut.kind(), ModelErrorKind::Truncated);
    collector.push(StreamEvent::Finished(Finish::new(FinishReason::Stop)));
    let response = collector.finish().unwrap();
    assert_eq!(response.message.text(), "one two");
    assert_eq!(response.usage.total_tokens(), Some(5));
    assert_eq!((response.attempts, response.id), (2, Some("r".into())));
}
