//! Batches and files, of every provider that has them.

use std::sync::Arc;

use confidant::model::testing::{MockAnswer, MockReply, MockServer, clear};
use confidant::model::{
    Anthropic, BatchModel, CallContext, ChatRequest, FileModel, KeptItem, Message, ModelError,
    ModelErrorKind, OpenAiBatch, OpenAiFiles, ProviderConnection, ProviderStorage, RequestBatch,
    ServerState, ServerStates, Upload,
};
use serde_json::Value;

use super::common::{MODEL, key};

/// Every adapter of batches, with a server of its own.
fn pairs() -> Vec<(MockServer, Arc<dyn BatchModel>)> {
    let (one, other) = (MockServer::start().unwrap(), MockServer::start().unwrap());
    let messages = Anthropic::builder(MODEL, key()).address(&one.address());
    let completions = OpenAiBatch::builder(MODEL, key()).address(&v1(&other));
    vec![
        (one, Arc::new(messages.build().unwrap())),
        (other, Arc::new(completions.build().unwrap())),
    ]
}

/// Every adapter of files.
fn file_pairs() -> Vec<(MockServer, Arc<dyn FileModel>)> {
    let (one, other) = (MockServer::start().unwrap(), MockServer::start().unwrap());
    let anthropic = Anthropic::builder(MODEL, key()).address(&one.address());
    let openai = OpenAiFiles::builder(MODEL, key()).address(&v1(&other));
    vec![
        (one, Arc::new(anthropic.build().unwrap())),
        (other, Arc::new(openai.build().unwrap())),
    ]
}

fn v1(server: &MockServer) -> String {
    format!("{}/v1", server.address())
}

fn asked(text: &str) -> ChatRequest {
    ChatRequest::new().with(Message::user(text))
}

fn two() -> RequestBatch {
    RequestBatch::new()
        .with("first", asked("One?"))
        .with("second", asked("Two?"))
}

async fn submit(
    model: &dyn BatchModel,
    batch: RequestBatch,
    states: ServerStates,
) -> Result<KeptItem, ModelError> {
    let cleared = clear(batch, model.descriptor(), states);
    model.submit(cleared, &CallContext::new()).await
}

fn allowed() -> ServerStates {
    ServerStates::none().with(ServerState::Batch)
}

#[tokio::test]
async fn a_batch_is_sent_answered_by_its_ids_and_deleted() {
    for (server, model) in pairs() {
        let cx = CallContext::new();
        server.answer(MockAnswer::text("1"));
        server.answer(MockAnswer::text("2"));
        let item = submit(&*model, two(), allowed()).await.unwrap();
        assert_eq!(item.kind, ServerState::Batch);
        assert!(!model.status(&item.id, &cx).await.unwrap().has_ended);
        let status = model.status(&item.id, &cx).await.unwrap();
        assert!(status.has_ended);
        assert_eq!((status.succeeded, status.failed), (Some(2), Some(0)));
        let answers = model.answers(&item.id, &cx).await.unwrap();
        let mut texts: Vec<_> = answers
            .iter()
            .map(|answer| {
                let response = answer.outcome.as_ref().unwrap();
                (answer.id.as_str(), response.message.text())
            })
            .collect();
        texts.sort();
        assert_eq!(texts, [("first", "1".into()), ("second", "2".into())]);
        assert!(server.kept() > 0);
        model.delete(&item, &cx).await.unwrap();
        assert_eq!(server.kept(), 0);
        // What is gone already counts as deleted.
        model.delete(&item, &cx).await.unwrap();
    }
}

#[tokio::test]
async fn each_request_is_written_as_it_would_be_by_itself() {
    let pairs = pairs();
    for (server, model) in &pairs {
        server.always(MockReply::answer(MockAnswer::text("1")));
        submit(&**model, two(), allowed()).await.unwrap();
    }
    let sent: Value = serde_json::from_slice(pairs[0].0.requests()[0].body()).unwrap();
    let first = &sent["requests"][0];
    assert_eq!(first["custom_id"], "first");
    assert_eq!(first["params"]["model"], MODEL);
    assert!(first["params"].get("stream").is_none());
    let requests = pairs[1].0.requests();
    let form = String::from_utf8_lossy(requests[0].body()).into_owned();
    assert_eq!(requests[0].path(), "/v1/files");
    assert!(form.contains("name=\"purpose\"\r\n\r\nbatch\r\n"));
    // The provider is told to delete what nobody else deletes.
    assert!(form.contains("name=\"expires_after[seconds]\"\r\n\r\n604800\r\n"));
    let lines: Vec<Value> = form
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["custom_id"], "second");
    assert_eq!(lines[1]["url"], "/v1/chat/completions");
    // A batch is no reason to store the single answers.
    assert_eq!(lines[1]["body"]["store"], false);
    let created: Value = serde_json::from_slice(requests[1].body()).unwrap();
    assert_eq!(created["output_expires_after"]["seconds"], 604_800);
}

#[tokio::test]
async fn nothing_is_kept_that_the_clearance_does_not_name() {
    for (server, model) in pairs() {
        let states = ServerStates::none().with(ServerState::File);
        let error = submit(&*model, two(), states).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::PolicyDenied);
        assert_eq!(error.subject(), Some("batch"));
        assert_eq!(server.count(), 0);
    }
    for (server, files) in file_pairs() {
        let file = Upload::new("text/plain", b"a".as_slice()).with_name("a.txt");
        let cleared = clear(file, files.descriptor(), allowed());
        let error = files
            .upload(cleared, &CallContext::new())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::PolicyDenied);
        assert_eq!(server.count(), 0);
    }
}

#[tokio::test]
async fn requests_are_told_apart_before_anything_is_sent() {
    let long = "x".repeat(RequestBatch::MAX_ID + 1);
    for (server, model) in pairs() {
        for batch in [
            RequestBatch::new(),
            two().with("first", asked("Three?")),
            RequestBatch::new().with("", asked("One?")),
            RequestBatch::new().with("a b", asked("One?")),
            RequestBatch::new().with(long.as_str(), asked("One?")),
        ] {
            let error = submit(&*model, batch, allowed()).await.unwrap_err();
            assert_eq!(error.kind(), ModelErrorKind::Config);
        }
        assert_eq!(server.count(), 0);
    }
}

#[tokio::test]
async fn one_request_fails_without_the_others_and_its_error_has_no_content() {
    for (server, model) in pairs() {
        let cx = CallContext::new();
        server.answer(MockAnswer::text("1"));
        let batch = two().with("third", asked("the quick brown fox"));
        let item = submit(&*model, batch, allowed()).await.unwrap();
        let _ = model.status(&item.id, &cx).await.unwrap();
        let answers = model.answers(&item.id, &cx).await.unwrap();
        let failed: Vec<_> = answers
            .iter()
            .filter_map(|answer| answer.outcome.as_ref().err())
            .collect();
        assert_eq!((answers.len(), failed.len()), (3, 2));
        for error in failed {
            let kind = error.kind();
            let is_passing = [ModelErrorKind::Overloaded, ModelErrorKind::ServerFailed];
            assert!(is_passing.contains(&kind), "{kind:?}");
            assert!(!format!("{error} {error:?}").contains("quick"));
        }
    }
}

#[tokio::test]
async fn another_model_answers_no_request() {
    for (server, model) in pairs() {
        let cx = CallContext::new();
        let answer = MockAnswer::text("1").by_model("another-one");
        server.always(MockReply::answer(answer));
        let item = submit(&*model, two(), allowed()).await.unwrap();
        let _ = model.status(&item.id, &cx).await.unwrap();
        for answer in model.answers(&item.id, &cx).await.unwrap() {
            let error = answer.outcome.unwrap_err();
            assert_eq!(error.kind(), ModelErrorKind::WrongModel);
        }
    }
}

#[tokio::test]
async fn what_may_have_arrived_is_not_sent_again() {
    for (server, model) in pairs() {
        server.always(MockReply::close());
        let error = submit(&*model, two(), allowed()).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Transport);
        assert_eq!(server.count(), 1);
    }
    for (server, model) in pairs() {
        server.always(MockReply::status(500));
        submit(&*model, two(), allowed()).await.unwrap_err();
        assert_eq!(server.count(), 1);
    }
    // What was turned away did not arrive.
    for (server, model) in pairs() {
        server.reply(MockReply::status(429).header("retry-after-ms", "1"));
        submit(&*model, two(), allowed()).await.unwrap();
        assert!(server.count() > 1);
    }
}

#[tokio::test]
async fn what_is_worked_on_is_cancelled_and_deleted_later() {
    for (server, model) in pairs() {
        let cx = CallContext::new();
        let item = submit(&*model, two(), allowed()).await.unwrap();
        let error = model.delete(&item, &cx).await.unwrap_err();
        assert!(error.is_retryable(), "{error:?}");
        model.delete(&item, &cx).await.unwrap();
        assert_eq!(server.kept(), 0);
    }
}

#[tokio::test]
async fn a_file_is_sent_byte_for_byte_and_deleted() {
    let bytes: Vec<u8> = (0..=255).chain(*b"\r\n--x--\r\n").collect();
    for (server, files) in file_pairs() {
        let cx = CallContext::new();
        let file = Upload::new("application/pdf", &*bytes).with_name("a \"b\".bin");
        let states = ServerStates::none().with(ServerState::File);
        let cleared = clear(file, files.descriptor(), states);
        let item = files.upload(cleared, &cx).await.unwrap();
        assert_eq!((item.kind, server.kept()), (ServerState::File, 1));
        let sent = server.requests()[0].body().to_vec();
        assert!(sent.windows(bytes.len()).any(|window| window == bytes));
        assert_eq!(server.requests()[0].path(), "/v1/files");
        files.delete(&item, &cx).await.unwrap();
        assert_eq!(server.kept(), 0);
        let other = KeptItem::new(ServerState::Container, "c-1");
        let error = files.delete(&other, &cx).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Unsupported);
    }
}

#[tokio::test]
async fn ids_of_a_server_cannot_leave_their_place_in_an_address() {
    for (server, model) in pairs() {
        for id in ["", "..", "."] {
            let item = KeptItem::new(ServerState::Batch, id);
            let error = model.delete(&item, &CallContext::new()).await.unwrap_err();
            assert_eq!(error.kind(), ModelErrorKind::Config);
        }
        let item = KeptItem::new(ServerState::Batch, "a/../../b?c#d");
        _ = model.delete(&item, &CallContext::new()).await;
        let paths: Vec<_> = server
            .requests()
            .iter()
            .map(|seen| seen.path().to_owned())
            .collect();
        assert!(
            paths
                .iter()
                .all(|path| path.ends_with("/a%2F..%2F..%2Fb%3Fc%23d"))
        );
    }
}

#[test]
fn a_provider_says_how_long_it_keeps_what_nobody_deletes() {
    let server = MockServer::start().unwrap();
    let day = std::time::Duration::from_secs(86_400);
    let messages = Anthropic::builder(MODEL, key())
        .address(&server.address())
        .build()
        .unwrap();
    assert_eq!(messages.keeps_for(ServerState::Batch), Some(day * 29));
    assert_eq!(messages.keeps_for(ServerState::File), None);
    let files = OpenAiFiles::builder(MODEL, key()).address(&v1(&server));
    let files = files.keep_for(day).build().unwrap();
    assert_eq!(files.keeps_for(ServerState::File), Some(day));
    for wrong in [day / 48, day * 31] {
        let files = OpenAiFiles::builder(MODEL, key()).address(&v1(&server));
        assert!(files.keep_for(wrong).build().is_err());
        let batch = OpenAiBatch::builder(MODEL, key()).address(&v1(&server));
        let batch = batch.connection(ProviderConnection::default());
        assert!(batch.keep_for(wrong).build().is_err());
    }
}
