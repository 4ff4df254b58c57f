//! When a request is sent again, and when it is not.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use confidant::model::testing::{MockAnswer, MockReply, MockServer, clear};
use confidant::model::{
    Api, AttemptObserver, CallContext, Destination, ModelErrorKind, ProviderConnection,
    ServerStates, StreamEvent, collect,
};
use confidant::{Error, ErrorKind};

use super::common::{APIS, adapter, drain, generate, hello, pair, pair_with, stream};

fn soon(status: u16) -> MockReply {
    MockReply::status(status).header("retry-after-ms", "1")
}

#[tokio::test]
async fn a_provider_in_trouble_is_asked_again() {
    for api in APIS {
        for status in [408, 409, 429, 500, 502, 503, 504, 529] {
            let (server, model) = pair(api);
            server.reply(soon(status));
            server.reply(soon(status));
            server.answer(MockAnswer::text("There."));
            let response = collect(stream(&*model, hello()).await.unwrap())
                .await
                .unwrap();
            assert_eq!(response.attempts, 3, "{api:?} {status}");
            let bodies: Vec<_> = server
                .requests()
                .iter()
                .map(|r| r.body().to_vec())
                .collect();
            assert!(bodies.windows(2).all(|two| two[0] == two[1]));
        }
    }
}

#[tokio::test]
async fn attempts_are_counted_and_end() {
    for api in APIS {
        let (server, model) = pair(api);
        server.always(soon(503));
        let error = generate(&*model, hello()).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Overloaded);
        assert_eq!((error.attempts(), server.count()), (3, 3), "{api:?}");
        assert!(error.is_retryable());
        assert_eq!(error.retry_after(), Some(Duration::from_millis(1)));
        let cleared = clear(hello(), model.descriptor(), ServerStates::none());
        let one = CallContext::new().attempts(1);
        model.generate(cleared, &one).await.unwrap_err();
        assert_eq!(server.count(), 4);
    }
}

#[tokio::test]
async fn the_word_of_the_provider_wins() {
    for api in APIS {
        let (server, model) = pair(api);
        server.reply(soon(503).header("x-should-retry", "false"));
        let error = generate(&*model, hello()).await.unwrap_err();
        assert!(!error.is_retryable());
        assert_eq!(server.count(), 1, "{api:?}");
        server.reply(soon(400).header("x-should-retry", "true"));
        server.answer(MockAnswer::text("x"));
        assert_eq!(generate(&*model, hello()).await.unwrap().attempts, 2);
        // Nobody waits for an hour.
        server.reply(MockReply::status(429).header("retry-after", "3600"));
        let error = generate(&*model, hello()).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
        assert_eq!(server.count(), 4);
    }
}

#[tokio::test]
async fn what_asking_again_cannot_mend_is_not_asked_again() {
    for api in APIS {
        for status in [400, 401, 403, 404, 413, 422] {
            let (server, model) = pair(api);
            server.reply(soon(status));
            let error = generate(&*model, hello()).await.unwrap_err();
            assert!(!error.is_retryable(), "{api:?} {status}");
            assert_eq!((error.status(), server.count()), (Some(status), 1));
        }
    }
}

#[tokio::test]
async fn nothing_is_sent_again_once_an_answer_has_begun() {
    for api in APIS {
        let (server, model) = pair(api);
        server.always(MockReply::answer(MockAnswer::text("never")));
        server.reply(MockReply::answer(MockAnswer::text("Hello, you.")).fail_midway());
        let events = drain(stream(&*model, hello()).await.unwrap()).await;
        let said = events
            .iter()
            .filter(|e| matches!(e, Ok(StreamEvent::TextDelta { .. })));
        assert!(said.count() > 0, "{api:?}");
        let error = events.last().unwrap().as_ref().unwrap_err();
        let expected = [ModelErrorKind::Overloaded, ModelErrorKind::ServerFailed];
        assert!(expected.contains(&error.kind()), "{api:?} {error:?}");
        assert!(!error.is_retryable());
        assert_eq!(server.count(), 1, "{api:?}");
        // A connection that breaks is no better.
        server.reply(MockReply::answer(MockAnswer::text("Hello, you.")).cut_after(120));
        let events = drain(stream(&*model, hello()).await.unwrap()).await;
        let error = events.last().unwrap().as_ref().unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Truncated, "{api:?}");
        assert_eq!(server.count(), 2);
    }
}

#[tokio::test]
async fn a_connection_that_breaks_before_an_answer_is_made_anew() {
    for api in APIS {
        let (server, model) = pair(api);
        server.reply(MockReply::close());
        server.answer(MockAnswer::text("x"));
        assert_eq!(
            generate(&*model, hello()).await.unwrap().attempts,
            2,
            "{api:?}"
        );
    }
}

#[tokio::test]
async fn silence_has_an_end() {
    for api in APIS {
        let short = Duration::from_millis(60);
        let connection = ProviderConnection::default()
            .head_timeout(short)
            .attempts(2);
        let (server, model) = pair_with(api, connection);
        server.always(MockReply::hang());
        let begin = Instant::now();
        let error = generate(&*model, hello()).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Timeout, "{api:?}");
        assert_eq!(error.attempts(), 2);
        assert!(begin.elapsed() < Duration::from_secs(10));

        let connection = ProviderConnection::default().idle_timeout(short);
        let (server, model) = pair_with(api, connection);
        let slow = MockReply::answer(MockAnswer::text("slowly"));
        server.reply(slow.pieces_of(40).pause(Duration::from_millis(400)));
        let events = drain(stream(&*model, hello()).await.unwrap()).await;
        let error = events.last().unwrap().as_ref().unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Timeout, "{api:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    for api in APIS {
        let (server, model) = pair(api);
        let other = MockServer::start().unwrap();
        for status in [301, 302, 303, 307, 308] {
            let target = format!("{}/v1/messages", other.address());
            server.reply(MockReply::status(status).header("location", &target));
            let error = generate(&*model, hello()).await.unwrap_err();
            assert_eq!(error.kind(), ModelErrorKind::Redirected, "{api:?} {status}");
        }
        assert_eq!(other.count(), 0);
        other.assert_never_saw("Hello.");
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_told_as_such() {
    for api in APIS {
        let connection = ProviderConnection::default().attempts(1);
        let model = adapter(api, "http://127.0.0.1:1", connection);
        let error = generate(&*model, hello()).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Transport, "{api:?}");
        assert!(!format!("{error} {error:?}").contains("127.0.0.1"));
    }
}

/// Writes down what it sees, and stops at an attempt.
#[derive(Default)]
struct Watch {
    seen: Mutex<Vec<String>>,
    stop_at: Option<u32>,
}

#[async_trait]
impl AttemptObserver for Watch {
    async fn before(&self, attempt: u32, to: &Destination) -> Result<(), Error> {
        let line = format!("before {attempt} {}", to.model().as_str());
        self.seen.lock().unwrap().push(line);
        if self.stop_at == Some(attempt) {
            return Err(Error::foreign(ErrorKind::Refused, "the audit log is full"));
        }
        Ok(())
    }

    async fn after(&self, attempt: u32, outcome: Result<(), ModelErrorKind>) -> Result<(), Error> {
        let line = format!("after {attempt} {outcome:?}");
        self.seen.lock().unwrap().push(line);
        Ok(())
    }
}

#[tokio::test]
async fn every_attempt_is_seen_and_can_be_stopped() {
    for api in APIS {
        let (server, model) = pair(api);
        server.reply(soon(529));
        server.answer(MockAnswer::text("x"));
        let watch = Arc::new(Watch::default());
        let context = CallContext::new().observer(Arc::clone(&watch) as _);
        let cleared = || clear(hello(), model.descriptor(), ServerStates::none());
        model.generate(cleared(), &context).await.unwrap();
        let seen = watch.seen.lock().unwrap().clone();
        let expected = [
            "before 1 test-one",
            "after 1 Err(Overloaded)",
            "before 2 test-one",
            "after 2 Ok(())",
        ];
        assert_eq!(seen, expected, "{api:?}");

        for stop_at in [1, 2] {
            let before = server.count();
            server.reply(soon(529));
            let watch = Watch {
                stop_at: Some(stop_at),
                ..Watch::default()
            };
            let context = CallContext::new().observer(Arc::new(watch));
            let error = model.generate(cleared(), &context).await.unwrap_err();
            assert_eq!(error.kind(), ModelErrorKind::PolicyDenied);
            assert_eq!(error.attempts(), stop_at - 1);
            assert_eq!(server.count() - before, stop_at as usize - 1, "{api:?}");
            if stop_at == 1 {
                // The reply that nobody fetched.
                generate(&*model, hello()).await.unwrap_err();
            }
        }
    }
}

/// Sends interim answers for as long as somebody reads them.
fn flood() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let heads = "HTTP/1.1 100 Continue\r\n\r\n".repeat(2_000);
        let (mut peer, _) = listener.accept().unwrap();
        // One that comes before the request is a fault of its own.
        let _ = peer.read(&mut [0; 65_536]).unwrap();
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(20) && peer.write_all(heads.as_bytes()).is_ok()
        {
        }
    });
    address
}

async fn is_in_time() {
    let connection = ProviderConnection::default()
        .head_timeout(Duration::from_secs(1))
        .attempts(1);
    let model = adapter(Api::OpenAiChat, &flood(), connection);
    let begin = Instant::now();
    let error = generate(&*model, hello()).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Timeout);
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(6), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interim_answers_without_end_take_no_longer_than_the_limit() {
    is_in_time().await;
}

#[tokio::test]
async fn interim_answers_without_end_leave_one_thread_to_its_timers() {
    is_in_time().await;
}
