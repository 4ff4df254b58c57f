//! Embeddings and the counting of tokens.

use std::sync::Arc;

use confidant::model::testing::{MockReply, MockServer, clear};
use confidant::model::{
    Anthropic, CallContext, CountRequest, EmbeddingModel, EmbeddingPurpose, EmbeddingRequest,
    Embeddings, Message, ModelError, ModelErrorKind, OpenAiEmbeddings, Request, ServerStates,
    TokenCounter,
};
use serde_json::{Value, json};

use super::common::{MODEL, key, weather};

fn embedder(server: &MockServer) -> Arc<dyn EmbeddingModel> {
    let address = format!("{}/v1", server.address());
    Arc::new(
        OpenAiEmbeddings::builder(MODEL, key())
            .address(&address)
            .build()
            .unwrap(),
    )
}

async fn embed(
    model: &dyn EmbeddingModel,
    request: EmbeddingRequest,
) -> Result<Embeddings, ModelError> {
    let cleared = clear(request, model.descriptor(), ServerStates::none());
    model.embed(cleared, &CallContext::new()).await
}

fn rows(rows: &[(usize, f32)]) -> MockReply {
    let data: Vec<_> = rows
        .iter()
        .map(|(index, value)| json!({"object": "embedding", "index": index, "embedding": [value, 0.5]}))
        .collect();
    let body = json!({"object": "list", "data": data, "model": MODEL,
        "usage": {"prompt_tokens": 4, "total_tokens": 4}});
    MockReply::raw(200, "application/json", body.to_string())
}

#[tokio::test]
async fn vectors_stand_in_the_order_of_their_texts() {
    let server = MockServer::start().unwrap();
    let model = embedder(&server);
    server.reply(rows(&[(1, 0.25), (0, 0.125)]));
    let request = EmbeddingRequest::new(["one", "two"]).dimensions(2);
    let vectors = embed(&*model, request).await.unwrap();
    assert_eq!(vectors.vectors, [[0.125, 0.5], [0.25, 0.5]]);
    assert_eq!(vectors.usage.input_tokens, Some(4));
    let seen = &server.requests()[0];
    assert_eq!(seen.path(), "/v1/embeddings");
    let body: Value = serde_json::from_slice(seen.body()).unwrap();
    assert_eq!(
        body,
        json!({"model": MODEL, "input": ["one", "two"],
        "encoding_format": "float", "dimensions": 2})
    );
    assert!(!format!("{vectors:?}").contains("0.25"));
}

#[tokio::test]
async fn a_vector_that_is_missing_or_twice_there_is_an_error() {
    let server = MockServer::start().unwrap();
    let model = embedder(&server);
    for wrong in [
        &[(0, 1.0)][..],
        &[(0, 1.0), (0, 1.0)],
        &[(0, 1.0), (2, 1.0)],
        &[],
    ] {
        server.reply(rows(wrong));
        let request = EmbeddingRequest::new(["one", "two"]);
        let error = embed(&*model, request).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Protocol, "{wrong:?}");
    }
    let body = r#"{"data":[{"index":0,"embedding":[1]}],"model":"other"}"#;
    server.reply(MockReply::raw(200, "application/json", body));
    let error = embed(&*model, EmbeddingRequest::new(["one"]))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::WrongModel);
    let request = EmbeddingRequest::new(["one"]).purpose(EmbeddingPurpose::Query);
    let error = embed(&*model, request).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Unsupported);
    assert_eq!(server.count(), 5);
}

#[tokio::test]
async fn tokens_are_counted_for_a_request_without_what_only_an_answer_needs() {
    let server = MockServer::start().unwrap();
    let model = Anthropic::builder(MODEL, key())
        .address(&server.address())
        .build()
        .unwrap();
    server.reply(MockReply::raw(
        200,
        "application/json",
        r#"{"input_tokens":17}"#,
    ));
    let request = Request::new()
        .with(Message::user("Hello."))
        .with_tool(weather());
    let descriptor = TokenCounter::descriptor(&model);
    let cleared = clear(CountRequest::new(request), descriptor, ServerStates::none());
    let count = model.count(cleared, &CallContext::new()).await.unwrap();
    assert_eq!(count, 17);
    let seen = &server.requests()[0];
    assert_eq!(seen.path(), "/v1/messages/count_tokens");
    let body: Value = serde_json::from_slice(seen.body()).unwrap();
    let keys: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["messages", "model", "tools"]);
}

#[tokio::test]
async fn what_a_provider_would_keep_is_refused_when_counting_too() {
    let server = MockServer::start().unwrap();
    let model = Anthropic::builder(MODEL, key())
        .address(&server.address())
        .build()
        .unwrap();
    let options = super::common::json(r#"{"container":"c1"}"#);
    let request = Request::new()
        .with(Message::user("Hello."))
        .options(options);
    let descriptor = TokenCounter::descriptor(&model);
    let cleared = clear(CountRequest::new(request), descriptor, ServerStates::none());
    let error = model.count(cleared, &CallContext::new()).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::PolicyDenied);
    assert_eq!(server.count(), 0);
}
