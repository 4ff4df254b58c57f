//! The vendors' own SDKs: they read what the server of the tests says, their types check
//! what the adapters send, and AWS's own code signs alike.

use confidant::taxonomy::Region;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use confidant::model::testing::{MockAnswer, MockReply, MockServer};
use confidant::model::{Api, Content, FinishReason, Part, Reasoning, ToolCall};
use confidant::time::{ManualClock, Moment};
use serde_json::{Value, json};

use super::common::{MODEL, generate, hello, iam, json as raw};
use super::wire::{body, conversation};

/// The Python that has the SDKs.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn python() -> Option<String> {
    let value = std::env::var("CONFIDANT_MODEL_PEERS").ok();
    if value.is_none() {
        let required = std::env::var("CONFIDANT_REQUIRE_PEERS").is_ok_and(|value| value == "1");
        assert!(
            !required,
            "CONFIDANT_MODEL_PEERS is not set, and SDKs are required"
        );
        eprintln!("SKIPPED: CONFIDANT_MODEL_PEERS is not set; `.ci/model_peers` installs the SDKs");
    }
    value
}

/// What the script says to this input.
fn run(python: &str, arguments: &[&str], input: &Value) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/model/peers.py");
    let mut child = Command::new(python)
        .arg(script)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the script failed");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_vendors_read_what_the_server_says() {
    let Some(python) = python() else {
        return;
    };
    let server = MockServer::start().unwrap();
    let answer = MockAnswer::new()
        .with(Part::new(Content::Reasoning(Reasoning::new(
            "Hm, let me see.",
            true,
        ))))
        .with(Part::text("Guten Tag, 漢字 😀."))
        .with(Part::tool_call(
            ToolCall::new("weather", raw(r#"{"city":"Köln"}"#)).with_id("c1"),
        ))
        .finish(FinishReason::ToolCalls)
        .input_tokens(31)
        .output_tokens(7);
    server.always(MockReply::answer(answer));
    let said = run(&python, &["clients", &server.address()], &Value::Null);
    let mut seen = 0;
    for line in said.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let sdk = line["sdk"].as_str().unwrap();
        assert_eq!(line["text"], "Guten Tag, 漢字 😀.", "{line}");
        assert_eq!(line["call"], json!(["weather", {"city": "Köln"}]), "{line}");
        assert_eq!(line["tokens"], json!([31, 7]), "{line}");
        let stop = match sdk {
            "anthropic" | "botocore" => "tool_use",
            "openai.chat" => "tool_calls",
            "openai.responses" => "completed",
            "google-genai" => "STOP",
            _ => "stop",
        };
        assert_eq!(line["stop"], stop, "{line}");
        seen += 1;
    }
    assert_eq!(seen, 12, "six protocols, whole and in streams");
}

#[tokio::test]
async fn the_vendors_types_take_what_the_adapters_send() {
    let Some(python) = python() else {
        return;
    };
    let mut given = json!({});
    for (name, api) in [
        ("anthropic", Api::AnthropicMessages),
        ("chat", Api::OpenAiChat),
        ("responses", Api::OpenAiResponses),
        ("gemini", Api::GeminiGenerateContent),
        ("bedrock", Api::BedrockConverse),
    ] {
        given[name] = body(api, conversation()).await;
    }
    assert_eq!(run(&python, &["bodies"], &given).trim(), "good");
}

#[tokio::test]
async fn aws_signs_alike() {
    let Some(python) = python() else {
        return;
    };
    let models = [
        MODEL,
        "amazon.nova-pro-v1:0",
        "arn:aws:bedrock:eu-central-1:123456789012:provisioned-model/abc123",
    ];
    for (model, session) in models.into_iter().flat_map(|m| [(m, false), (m, true)]) {
        let server = MockServer::start().unwrap();
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let key = if session {
            let secret = confidant::secret::Secret::from(secret.to_owned());
            let token = confidant::secret::Secret::from("a/session+token==".to_owned());
            let key = confidant::model::IamKey::new("AKIDEXAMPLE", secret).with_session(token);
            let owner = confidant::model::CredentialOwner::Platform;
            confidant::model::BedrockKey::iam(owner, key)
        } else {
            iam()
        };
        let now = Moment::from_unix_seconds(1_793_000_000).unwrap();
        let bedrock =
            confidant::model::Bedrock::builder(model, &Region::new("eu-central-1").unwrap(), key)
                .address(&server.address())
                .clock(Arc::new(ManualClock::new(now)))
                .build()
                .unwrap();
        server.answer(MockAnswer::text("x"));
        generate(&bedrock, hello()).await.unwrap();
        let seen = &server.requests()[0];
        let given = json!({
            "at": seen.header("x-amz-date").unwrap(),
            "secret": secret,
            "session": session.then_some("a/session+token=="),
            "url": format!("{}{}", server.address(), seen.path()),
            "body": String::from_utf8(seen.body().to_vec()).unwrap(),
        });
        let expected = run(&python, &["sign"], &given);
        assert_eq!(
            seen.header("authorization"),
            Some(expected.trim()),
            "{model} {session}"
        );
    }
}
