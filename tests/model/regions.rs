//! Where a model runs: asked for, attested, or refused.

use confidant::model::testing::{MockReply, MockServer};
use confidant::model::{
    Anthropic, Bedrock, ChatModel, Gemini, ModelErrorKind, StreamEvent, Warning, collect,
};
use confidant::taxonomy::Region;
use confidant::{Error, ErrorKind};
use serde_json::Value;

use super::common::{MODEL, drain, generate, hello, iam, key, stream};

fn region(name: &str) -> Region {
    Region::new(name).unwrap()
}

fn place(model: &dyn ChatModel) -> (Option<&str>, bool) {
    let descriptor = model.descriptor();
    let region = descriptor.region.as_ref().map(Region::as_str);
    (region, descriptor.is_region_forced)
}

fn refused<T: std::fmt::Debug>(built: Result<T, Error>) {
    assert_eq!(built.unwrap_err().kind(), ErrorKind::Config);
}

#[test]
fn a_region_of_anthropic_is_asked_for_or_refused() {
    let new = || Anthropic::builder(MODEL, key());
    let us = || new().inference_geo("us");
    assert_eq!(place(&new().build().unwrap()), (None, false));
    assert_eq!(place(&us().build().unwrap()), (Some("us"), true));
    let same = us().region(region("us")).build().unwrap();
    assert_eq!(place(&same), (Some("us"), true));
    // Anywhere is no region.
    let anywhere = new().inference_geo("global");
    assert_eq!(place(&anywhere.build().unwrap()), (None, false));
    refused(new().inference_geo("global").region(region("us")).build());
    // What is asked for lies elsewhere, or is more than the region.
    refused(us().region(region("eu")).build());
    refused(us().region(region("us.east")).build());
    refused(new().inference_geo("no place").build());
    // Nothing is asked for, so nothing keeps requests there.
    refused(new().region(region("us")).build());
    // Another address is somebody else's, who is taken at the operator's word.
    let proxy = new().address("http://127.0.0.1:1").region(region("eu"));
    assert_eq!(place(&proxy.build().unwrap()), (Some("eu"), false));
}

#[test]
fn a_region_of_other_providers_agrees_with_the_endpoint() {
    let bedrock = || Bedrock::builder("amazon.nova-pro-v1:0", &region("eu-central-1"), iam());
    let own = bedrock().build().unwrap();
    assert_eq!(place(&own), (Some("eu-central-1"), true));
    refused(bedrock().region(region("us-east-1")).build());
    let proxy = bedrock().address("http://127.0.0.1:1").build().unwrap();
    assert_eq!(place(&proxy), (Some("eu-central-1"), false));

    let vertex = || Gemini::builder(MODEL, key()).vertex("project-1");
    let own = vertex().vertex_place("europe-west1").build().unwrap();
    assert_eq!(place(&own), (Some("europe-west1"), true));
    let host = own.descriptor().endpoint.host().to_owned();
    assert_eq!(host, "europe-west1-aiplatform.googleapis.com");
    assert_eq!(place(&vertex().build().unwrap()), (None, false));
    let elsewhere = vertex().vertex_place("europe-west1").region(region("us"));
    refused(elsewhere.build());
    refused(
        Gemini::builder(MODEL, key())
            .vertex_place("europe-west1")
            .build(),
    );
}

/// A whole answer and a stream of it that say that the model ran in a place.
fn answers(geo: &str) -> [MockReply; 2] {
    let usage = format!(r#"{{"input_tokens":1,"output_tokens":1{geo}}}"#);
    let whole = format!(
        r#"{{"id":"m","model":"{MODEL}","content":[{{"type":"text","text":"Hi"}}],
            "stop_reason":"end_turn","usage":{usage}}}"#
    );
    let stream = [
        format!(r#"{{"type":"message_start","message":{{"id":"m","model":"{MODEL}","content":[],"usage":{usage}}}}}"#),
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hi"}}"#.to_owned(),
        r#"{"type":"content_block_stop","index":0}"#.to_owned(),
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}"#.to_owned(),
        r#"{"type":"message_stop"}"#.to_owned(),
    ];
    let stream: String = stream
        .iter()
        .map(|line| format!("data: {line}\n\n"))
        .collect();
    [
        MockReply::raw(200, "application/json", whole),
        MockReply::raw(200, "text/event-stream", stream),
    ]
}

#[tokio::test]
async fn an_answer_that_came_from_another_place_is_an_error() {
    for (geo, is_there, is_said) in [
        (r#","inference_geo":"us""#, true, true),
        (r#","inference_geo":"global""#, false, true),
        (r#","inference_geo":"eu""#, false, true),
        (r#","inference_geo":"a b""#, false, true),
        (r#","inference_geo":"not_available""#, true, false),
        (r#","inference_geo":null"#, true, false),
        ("", true, false),
    ] {
        let server = MockServer::start().unwrap();
        let model = Anthropic::builder(MODEL, key())
            .address(&server.address())
            .inference_geo("us")
            .build()
            .unwrap();
        let [whole, streamed] = answers(geo);
        server.reply(whole);
        server.reply(streamed);
        server.reply(answers(geo)[1].clone());
        let whole = generate(&model, hello()).await;
        let events = drain(stream(&model, hello()).await.unwrap()).await;
        let body: Value = serde_json::from_slice(server.requests()[1].body()).unwrap();
        assert_eq!(body["inference_geo"], "us");
        if is_there {
            let events = stream(&model, hello()).await.unwrap();
            let streamed = collect(events).await.unwrap();
            for response in [whole.unwrap(), streamed] {
                assert_eq!(response.message.text(), "Hi");
                let warned = response.warnings.contains(&Warning::RegionUnknown);
                assert_eq!(warned, !is_said, "{geo}");
            }
        } else {
            let late = events.into_iter().last().unwrap().unwrap_err();
            for error in [whole.unwrap_err(), late] {
                assert_eq!(error.kind(), ModelErrorKind::RegionDenied, "{geo}");
                assert!(!error.is_retryable());
                assert_eq!(error.attempts(), 1);
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_passed_on_of_an_answer_from_another_place() {
    let server = MockServer::start().unwrap();
    let model = Anthropic::builder(MODEL, key())
        .address(&server.address())
        .region(region("eu"))
        .build()
        .unwrap();
    let [_, streamed] = answers(r#","inference_geo":"us""#);
    server.reply(streamed);
    let events = drain(stream(&model, hello()).await.unwrap()).await;
    let text = |event: &Result<StreamEvent, _>| matches!(event, Ok(StreamEvent::TextDelta { .. }));
    assert!(!events.iter().any(text));
    assert!(events.last().unwrap().is_err());
}
