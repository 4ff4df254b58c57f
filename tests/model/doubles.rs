//! The doubles that products use in their own tests.

use std::sync::Arc;

use confidant::model::testing::{
    Cassette, EchoModel, Mangle, MockAnswer, MockServer, Recorder, ScriptedModel,
};
use confidant::model::{
    ChatModel, ChatRequest, File, FinishReason, Message, ModelError, ModelErrorKind, Part,
    StreamEvent, ToolCall, ToolResult, collect,
};

use super::common::{drain, generate, hello, json, stream, weather};

#[tokio::test]
async fn a_script_is_played_in_order_and_keeps_what_was_asked() {
    let model = ScriptedModel::new("scripted")
        .then_text("One.")
        .then(MockAnswer::tool_call(
            ToolCall::new("weather", json("{}")).with_id("c"),
        ))
        .then_error(ModelError::new(ModelErrorKind::Overloaded))
        .then_events(vec![Err(ModelError::new(ModelErrorKind::Truncated))]);
    assert_eq!(
        generate(&model, hello()).await.unwrap().message.text(),
        "One."
    );
    let call = collect(stream(&model, hello().with_tool(weather())).await.unwrap())
        .await
        .unwrap();
    assert_eq!(call.finish.reason, FinishReason::ToolCalls);
    assert_eq!(call.message.tool_calls().count(), 1);
    let error = generate(&model, hello()).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Overloaded);
    let events = drain(stream(&model, hello()).await.unwrap()).await;
    assert!(matches!(events.as_slice(), [Err(_)]));
    assert!(generate(&model, hello()).await.is_err());
    let requests = model.requests();
    assert_eq!(requests.len(), 5);
    assert_eq!(requests[1].tools.len(), 1);
    assert!(!format!("{model:?}").contains("Hello."));
}

#[tokio::test]
async fn an_echo_says_the_same_whole_and_in_pieces() {
    let request = || ChatRequest::new().with(Message::user("to [EMAIL-7K3QX9TB] 漢字 😀 now"));
    for size in [1, 2, 3, 5, 100] {
        for mangle in [
            Mangle::Nothing,
            Mangle::Escape,
            Mangle::Lowercase,
            Mangle::CutAfter(12),
        ] {
            let model = EchoModel::new("echo").mangle(mangle).pieces_of(size);
            let whole = generate(&model, request()).await.unwrap().message.text();
            let events = drain(stream(&model, request()).await.unwrap()).await;
            let mut said = String::new();
            for event in events {
                if let StreamEvent::TextDelta { text, .. } = event.unwrap() {
                    assert!(text.len() <= size.max(4));
                    said.push_str(&text);
                }
            }
            assert_eq!(said, whole);
        }
    }
}

#[tokio::test]
async fn a_cassette_plays_what_was_recorded_and_nothing_else() {
    let model = ScriptedModel::new("m")
        .then_text("One.")
        .then(MockAnswer::tool_call(
            ToolCall::new("weather", json(r#"{"city":"Ulm"}"#)).with_id("c"),
        ));
    let descriptor = model.descriptor().clone();
    let recorder = Recorder::new(Arc::new(model), |text| text.contains("AKIA"));
    generate(&recorder, hello()).await.unwrap();
    let other = || hello().with(Message::user("More."));
    let recorded = collect(stream(&recorder, other()).await.unwrap())
        .await
        .unwrap();
    let text = recorder.cassette().to_json();
    assert!(!text.contains("Hello.") && !text.contains("More."));
    let player = Cassette::from_json(&text).unwrap().into_model(descriptor);
    assert_eq!(
        generate(&player, hello()).await.unwrap().message.text(),
        "One."
    );
    let played = collect(stream(&player, other()).await.unwrap())
        .await
        .unwrap();
    assert_eq!(played.message, recorded.message);
    assert_eq!(played.usage, recorded.usage);
    let mut changed = hello();
    changed.messages[0].role = confidant::model::Role::Developer;
    assert!(generate(&player, changed).await.is_err());
    assert!(
        generate(&player, hello().with_tool(weather()))
            .await
            .is_err()
    );
    // Nor what asks for something else with the same words.
    let mut forced = hello();
    forced.tool_choice = confidant::model::ToolChoice::Required;
    let mut warm = hello();
    warm.sampling.temperature = Some(1.0);
    for other in [forced, warm, hello().max_output_tokens(7)] {
        assert!(generate(&player, other).await.is_err());
    }
    for bad in [
        "",
        "{}",
        r#"{"version":1,"takes":[]}"#,
        r#"{"version":2,"takes":[],"a":1}"#,
    ] {
        assert!(Cassette::from_json(bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn a_recorder_keeps_no_secret() {
    let model = ScriptedModel::new("m")
        .then_text("Use AKIAJX7QK5M2WZ4TCANA.")
        .then_text("One.");
    let recorder = Recorder::new(Arc::new(model), |text| text.contains("AKIA"));
    // In the answer.
    let error = generate(&recorder, hello()).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::PolicyDenied);
    // In the request: the model is not even asked.
    for request in [
        ChatRequest::new().with(Message::user("AKIAJX7QK5M2WZ4TCANA")),
        hello().options(json(r#"{"a":"AKIAJX7QK5M2WZ4TCANA"}"#)),
    ] {
        let error = generate(&recorder, request).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::PolicyDenied);
    }
    assert!(generate(&recorder, hello()).await.is_ok());
    assert!(!recorder.cassette().to_json().contains("AKIA"));
}

#[tokio::test]
async fn a_recorder_keeps_no_half_of_an_answer() {
    let picture = Part::image("image/png", [1, 2, 3].as_slice());
    let answer = MockAnswer::text("Look:").with(picture);
    let recorder = Recorder::new(Arc::new(ScriptedModel::new("m").then(answer)), |_| false);
    let error = generate(&recorder, hello()).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Unsupported);
    assert_eq!(format!("{:?}", recorder.cassette()), "Cassette(0 takes)");
}

#[tokio::test]
async fn a_server_knows_what_it_saw_in_another_writing() {
    for text in ["ann@acme-mail.com", "say \"yes\" to it"] {
        for before in ["", "x", "xy", "xyz"] {
            for api in super::common::APIS {
                let server = MockServer::start().unwrap();
                let address = server.address();
                let connection = confidant::model::ProviderConnection::default();
                let model = super::common::adapter(api, &address, connection);
                server.answer(MockAnswer::text("x"));
                let bytes = format!("{before}{text}{before}").into_bytes();
                let file =
                    Part::file(File::bytes("text/plain", bytes.as_slice()).with_name("a.txt"));
                let message = Message::new(confidant::model::Role::User, vec![file]);
                if generate(&*model, ChatRequest::new().with(message))
                    .await
                    .is_ok()
                {
                    assert!(server.saw(text), "{api:?} {before}");
                }
                assert!(!server.saw("bob@acme-mail.com"));
            }
        }
    }
    // Arguments of Chat are JSON in a string.
    let server = MockServer::start().unwrap();
    let model = super::common::adapter(
        confidant::model::Api::OpenAiChat,
        &server.address(),
        confidant::model::ProviderConnection::default(),
    );
    server.answer(MockAnswer::text("x"));
    let call = Part::tool_call(
        ToolCall::new("weather", json(r#"{"city":"say \"yes\" to it"}"#)).with_id("c"),
    );
    let said = Message::new(confidant::model::Role::Assistant, vec![call]);
    let result = Message::tool(vec![Part::tool_result(ToolResult::new(
        "c",
        vec![Part::text("12")],
    ))]);
    generate(&*model, hello().with(said).with(result))
        .await
        .unwrap();
    assert!(server.saw("say \"yes\" to it"));
}

#[tokio::test]
async fn a_server_knows_what_it_saw() {
    let server = MockServer::start().unwrap();
    let model = super::common::adapter(
        confidant::model::Api::OpenAiChat,
        &server.address(),
        confidant::model::ProviderConnection::default(),
    );
    server.answer(MockAnswer::text("x"));
    let request = ChatRequest::new().with(Message::user("line one\nline \"two\""));
    generate(&*model, request).await.unwrap();
    assert!(server.saw("line one\nline \"two\""));
    assert!(server.saw("key-of-the-test"));
    server.assert_never_saw("line three");
    let seen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        server.assert_never_saw("line one");
    }));
    assert!(seen.is_err());
    assert!(!format!("{server:?} {:?}", server.requests()).contains("line one"));
}
