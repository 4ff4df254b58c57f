//! A proxy of LiteLLM between an adapter and the server of the tests.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use confidant::model::testing::{MockAnswer, MockReply, MockServer};
use confidant::model::{
    Anthropic, ChatModel, FinishReason, ModelErrorKind, OpenAiChat, Profile, ToolCall, collect,
};
use serde_json::Value;

use super::common::{MODEL, generate, hello, json, key, stream, weather};

/// A proxy, which ends with the test.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn start(program: &str, folder: &Path, upstream: &str) -> (Proxy, u16) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let config = format!(
        "model_list:\n- model_name: {MODEL}\n  litellm_params:\n    model: openai/{MODEL}\n    \
         api_base: {upstream}/v1\n    api_key: upstream-key\nlitellm_settings:\n  num_retries: 0\n  \
         request_timeout: 20\n  telemetry: false\nrouter_settings:\n  num_retries: 0\n"
    );
    let path = folder.join("config.yaml");
    std::fs::write(&path, config).unwrap();
    let child = Command::new(program)
        .args([
            "--host",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--config",
        ])
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        .env(
            "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY",
            "true",
        )
        .spawn()
        .unwrap();
    let proxy = Proxy(child);
    let begin = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            begin.elapsed() < Duration::from_secs(120),
            "the proxy does not start"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    (proxy, port)
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
async fn a_proxy_of_litellm_stands_between() {
    let Ok(program) = std::env::var("CONFIDANT_LITELLM") else {
        eprintln!("SKIPPED: CONFIDANT_LITELLM does not name a `litellm` to start");
        return;
    };
    let server = MockServer::start().unwrap();
    let folder = std::env::temp_dir().join(format!("confidant-litellm-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (_proxy, port) = start(&program, &folder, &server.address());
    let address = format!("http://127.0.0.1:{port}");

    let chat = OpenAiChat::builder(MODEL, key())
        .profile(Profile::LiteLlm)
        .address(&format!("{address}/v1"))
        .build()
        .unwrap();
    let messages = Anthropic::builder(MODEL, key())
        .address(&address)
        .build()
        .unwrap();
    let models: [&dyn ChatModel; 2] = [&chat, &messages];
    for model in models {
        let call = MockAnswer::text("Guten Tag, 漢字 😀.")
            .with(confidant::model::Part::tool_call(
                ToolCall::new("weather", json(r#"{"city":"Köln"}"#)).with_id("c1"),
            ))
            .finish(FinishReason::ToolCalls)
            .input_tokens(31)
            .output_tokens(7);
        let api = model.descriptor().api;
        server.always(MockReply::answer(call));
        let request = || hello().with_tool(weather()).max_output_tokens(50);
        let whole = generate(model, request()).await.unwrap();
        let streamed = collect(stream(model, request()).await.unwrap())
            .await
            .unwrap();
        for response in [whole, streamed] {
            assert_eq!(response.message.text(), "Guten Tag, 漢字 😀.", "{api:?}");
            let call = response.message.tool_calls().next().unwrap();
            let arguments: Value = serde_json::from_str(call.arguments.as_str()).unwrap();
            assert_eq!(call.name.as_str(), "weather");
            assert_eq!(arguments, serde_json::json!({"city": "Köln"}), "{api:?}");
            assert_eq!(response.finish.reason, FinishReason::ToolCalls, "{api:?}");
            assert_eq!(response.usage.output_tokens, Some(7), "{api:?}");
        }
        // The proxy passes errors on in its own form.
        let body = r#"{"error":{"message":"slow down","type":"rate_limit_error","code":"rate_limit_exceeded"}}"#;
        server.always(MockReply::raw(429, "application/json", body));
        let error = generate(model, request()).await.unwrap_err();
        assert_eq!(
            error.kind(),
            ModelErrorKind::RateLimited,
            "{api:?} {error:?}"
        );
    }
    server.assert_never_saw("key-of-the-test");
    drop(std::fs::remove_dir_all(&folder));
}
