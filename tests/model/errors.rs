//! What providers say is wrong, and what of it may be seen.

use std::error::Error as _;

use confidant::model::testing::{MockAnswer, MockReply};
use confidant::model::{Api, ChatRequest, Message, ModelError, ModelErrorKind};
use serde_json::{Value, json};

use super::common::{APIS, drain, generate, hello, pair, stream};

/// A prompt, of which no word may be seen.
const PROMPT: &str = "zanzibar quokka marmalade 4929-1234-5678-9012";

fn echo() -> String {
    format!("cannot read your request: {PROMPT}")
}

/// Error bodies as the providers write them, with what they mean.
fn bodies(api: Api) -> Vec<(u16, Value, ModelErrorKind)> {
    use ModelErrorKind as K;

    let message = echo();
    match api {
        Api::AnthropicMessages => {
            let body = |kind: &str, message: &str| {
                json!({"type": "error", "error": {"type": kind, "message": message},
                    "request_id": "req_1"})
            };
            vec![
                (
                    400,
                    body("invalid_request_error", &message),
                    K::InvalidRequest,
                ),
                (
                    400,
                    body("invalid_request_error", "prompt is too long: 9 > 8"),
                    K::ContextTooLong,
                ),
                (
                    401,
                    body("authentication_error", &message),
                    K::Authentication,
                ),
                (402, body("billing_error", &message), K::QuotaExhausted),
                (403, body("permission_error", &message), K::PermissionDenied),
                (404, body("not_found_error", &message), K::ModelNotFound),
                (413, body("request_too_large", &message), K::ContextTooLong),
                (429, body("rate_limit_error", &message), K::RateLimited),
                (500, body("api_error", &message), K::ServerFailed),
                (504, body("timeout_error", &message), K::Timeout),
                (529, body("overloaded_error", &message), K::Overloaded),
            ]
        }
        Api::OpenAiChat | Api::OpenAiResponses => {
            let body = |kind: &str, code: Value| json!({"error": {"message": message, "type": kind, "param": null, "code": code}});
            vec![
                (
                    400,
                    body("invalid_request_error", Value::Null),
                    K::InvalidRequest,
                ),
                (
                    400,
                    body("invalid_request_error", "context_length_exceeded".into()),
                    K::ContextTooLong,
                ),
                (
                    400,
                    body("invalid_request_error", "content_filter".into()),
                    K::ContentFiltered,
                ),
                (
                    401,
                    body("invalid_request_error", "invalid_api_key".into()),
                    K::Authentication,
                ),
                (
                    404,
                    body("invalid_request_error", "model_not_found".into()),
                    K::ModelNotFound,
                ),
                (
                    429,
                    body("requests", "rate_limit_exceeded".into()),
                    K::RateLimited,
                ),
                (
                    429,
                    body("insufficient_quota", "insufficient_quota".into()),
                    K::QuotaExhausted,
                ),
                (500, body("server_error", Value::Null), K::ServerFailed),
                // Compatible servers write numbers, lists and bare words.
                (503, body("unavailable", 503.into()), K::Overloaded),
                (
                    400,
                    json!([body("invalid_request_error", Value::Null)]),
                    K::InvalidRequest,
                ),
                (422, json!({"error": message}), K::InvalidRequest),
            ]
        }
        Api::GeminiGenerateContent => {
            let body = |code: u16, status: &str, details: Value| {
                json!({"error": {"code": code, "message": message, "status": status,
                    "details": details}})
            };
            let bad_key = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "API_KEY_INVALID"}]);
            vec![
                (
                    400,
                    body(400, "INVALID_ARGUMENT", json!([])),
                    K::InvalidRequest,
                ),
                (
                    400,
                    body(400, "INVALID_ARGUMENT", bad_key),
                    K::Authentication,
                ),
                (
                    400,
                    json!([body(400, "FAILED_PRECONDITION", json!([]))]),
                    K::InvalidRequest,
                ),
                (
                    403,
                    body(403, "PERMISSION_DENIED", json!([])),
                    K::PermissionDenied,
                ),
                (404, body(404, "NOT_FOUND", json!([])), K::ModelNotFound),
                (
                    429,
                    body(429, "RESOURCE_EXHAUSTED", json!([])),
                    K::RateLimited,
                ),
                (500, body(500, "INTERNAL", json!([])), K::ServerFailed),
                (503, body(503, "UNAVAILABLE", json!([])), K::Overloaded),
                (504, body(504, "DEADLINE_EXCEEDED", json!([])), K::Timeout),
            ]
        }
        Api::OllamaChat => vec![
            (400, json!({"error": message}), K::InvalidRequest),
            (404, json!({"error": message}), K::ModelNotFound),
            (500, json!({"error": message}), K::ServerFailed),
            (503, json!({"error": message}), K::Overloaded),
        ],
        _ => {
            let body = |kind: &str| json!({"__type": kind, "message": message});
            vec![
                (
                    400,
                    body("com.amazon.coral#ValidationException"),
                    K::InvalidRequest,
                ),
                (403, body("AccessDeniedException"), K::PermissionDenied),
                (403, body("UnrecognizedClientException"), K::Authentication),
                (404, body("ResourceNotFoundException"), K::ModelNotFound),
                (408, body("ModelTimeoutException"), K::Timeout),
                (424, body("ModelErrorException"), K::ServerFailed),
                (429, body("ThrottlingException"), K::RateLimited),
                (500, json!({"Message": message}), K::ServerFailed),
                (503, body("ServiceUnavailableException"), K::Overloaded),
            ]
        }
    }
}

/// Everything of an error that a log could show.
fn shown(error: &ModelError) -> String {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(inner) = source {
        shown += &format!(" {inner} {inner:?}");
        source = inner.source();
    }
    shown
}

fn assert_unseen(error: &ModelError, of: &str) {
    let shown = shown(error);
    for word in PROMPT.split(' ') {
        assert!(!shown.contains(word), "{of}: {shown}");
    }
    assert!(
        !shown.contains("key-of-the-test") && !shown.contains("127.0.0.1"),
        "{of}: {shown}"
    );
}

fn prompt() -> ChatRequest {
    ChatRequest::new().with(Message::user(PROMPT))
}

#[tokio::test]
async fn error_bodies_are_understood_and_not_shown() {
    for api in APIS {
        for (status, body, kind) in bodies(api) {
            let (server, model) = pair(api);
            let reply = MockReply::raw(status, "application/json", body.to_string());
            server.reply(
                reply
                    .header("x-should-retry", "false")
                    .header("request-id", "req_9"),
            );
            let error = generate(&*model, prompt()).await.unwrap_err();
            let what = format!("{api:?} {status}");
            assert_eq!(error.kind(), kind, "{what} {body}");
            assert_eq!(error.status(), Some(status), "{what}");
            assert_eq!(error.request_id(), Some("req_9"), "{what}");
            assert_unseen(&error, &what);
            assert!(error.expose_message().is_some(), "{what} {body}");
            let error = confidant::Error::from(error);
            assert!(!format!("{error} {error:?}").contains("quokka"));
        }
    }
}

#[tokio::test]
async fn no_failure_shows_a_word_of_the_prompt() {
    for api in APIS {
        let (server, model) = pair(api);
        let mut failures = 0;
        for status in (100..=599).step_by(1).filter(|status| *status >= 300) {
            for body in [
                echo(),
                format!("\"{}\"", echo()),
                "<html>".to_owned(),
                String::new(),
            ] {
                if status % 20 != 0 && !body.is_empty() {
                    continue;
                }
                let reply = MockReply::raw(status, "text/plain", body);
                server.reply(reply.header("x-should-retry", "false"));
                let error = generate(&*model, prompt()).await.unwrap_err();
                assert_unseen(&error, &format!("{api:?} {status}"));
                assert_eq!(error.status(), Some(status));
                failures += 1;
            }
        }
        assert!(failures > 300);
        // Answers of another form, whole and in streams.
        for body in [
            echo(),
            format!("data: {}\n\n", echo()),
            "{}".to_owned(),
            "[]".to_owned(),
        ] {
            server.reply(MockReply::raw(200, "application/json", body.clone()));
            let error = generate(&*model, prompt()).await.unwrap_err();
            assert_eq!(error.kind(), ModelErrorKind::Protocol, "{api:?} {body}");
            assert_unseen(&error, "whole");
            server.reply(MockReply::raw(200, "text/event-stream", body));
            let events = drain(stream(&*model, prompt()).await.unwrap()).await;
            assert_unseen(events.last().unwrap().as_ref().unwrap_err(), "stream");
        }
        server.reply(MockReply::answer(MockAnswer::text(PROMPT)).fail_midway());
        let events = drain(stream(&*model, prompt()).await.unwrap()).await;
        let error = events.last().unwrap().as_ref().unwrap_err();
        assert!(
            error.expose_message().unwrap().contains("the whole prompt"),
            "{api:?}"
        );
        assert!(!shown(error).contains("the whole prompt"), "{api:?}");
    }
}

#[tokio::test]
async fn a_delay_in_the_body_counts() {
    let (server, model) = pair(Api::GeminiGenerateContent);
    let body = json!({"error": {"code": 429, "message": "x", "status": "RESOURCE_EXHAUSTED",
        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.01s"}]}});
    server.reply(MockReply::raw(429, "application/json", body.to_string()));
    server.answer(MockAnswer::text("x"));
    assert_eq!(generate(&*model, hello()).await.unwrap().attempts, 2);
}

#[tokio::test]
async fn an_account_without_means_is_not_asked_again() {
    for (api, status, body) in [
        (
            Api::OpenAiChat,
            429,
            json!({"error": {"message": "x", "type": "insufficient_quota",
                "code": "insufficient_quota"}}),
        ),
        (
            Api::AnthropicMessages,
            429,
            json!({"type": "error", "error": {"type": "billing_error", "message": "x"}}),
        ),
    ] {
        let (server, model) = pair(api);
        server.always(MockReply::raw(status, "application/json", body.to_string()));
        let error = generate(&*model, hello()).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::QuotaExhausted);
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn another_model_may_not_answer() {
    for api in APIS {
        if api == Api::BedrockConverse {
            // It names no model; the address did.
            continue;
        }
        for (answered, good) in [
            ("test-one", true),
            ("test-one-2026-08-01", true),
            ("test-two", false),
            ("test-one-mini", false),
        ] {
            let (server, model) = pair(api);
            let answer = MockAnswer::text("Secret words.").by_model(answered);
            server.answer(answer.clone());
            server.answer(answer);
            let whole = generate(&*model, hello()).await;
            let events = drain(stream(&*model, hello()).await.unwrap()).await;
            if good {
                assert_eq!(whole.unwrap().model.as_deref(), Some(answered));
                assert!(events.iter().all(Result::is_ok));
                continue;
            }
            assert_eq!(
                whole.unwrap_err().kind(),
                ModelErrorKind::WrongModel,
                "{api:?}"
            );
            let [Err(error)] = events.as_slice() else {
                panic!("{api:?} said something of {answered}: {events:?}");
            };
            assert_eq!(error.kind(), ModelErrorKind::WrongModel);
        }
    }
}
