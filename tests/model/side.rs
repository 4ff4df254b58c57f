//! Embeddings, moderation, ranking, the counting of tokens, and keys that change.

use confidant::taxonomy::Region;
use std::sync::Arc;

use confidant::model::testing::{MockReply, MockServer, clear};
use confidant::model::{
    Anthropic, Bedrock, BedrockKey, CallContext, ChatModel, ChatRequest, CompatibleRerank,
    CountRequest, CredentialOwner, EmbeddingModel, EmbeddingPurpose, EmbeddingRequest, Embeddings,
    IamKey, IamKeySource, Message, ModelError, ModelErrorKind, ModerationModel, ModerationRequest,
    OpenAiEmbeddings, OpenAiModeration, RerankModel, RerankRequest, ServerStates, TokenCounter,
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
    let request = ChatRequest::new()
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
    let request = ChatRequest::new()
        .with(Message::user("Hello."))
        .options(options);
    let descriptor = TokenCounter::descriptor(&model);
    let cleared = clear(CountRequest::new(request), descriptor, ServerStates::none());
    let error = model.count(cleared, &CallContext::new()).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::PolicyDenied);
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn every_text_gets_a_verdict() {
    let server = MockServer::start().unwrap();
    let address = format!("{}/v1", server.address());
    let model = OpenAiModeration::builder(MODEL, key())
        .address(&address)
        .build()
        .unwrap();
    let ask = async || {
        let request = ModerationRequest::new(["one", "two"]);
        let cleared = clear(request, model.descriptor(), ServerStates::none());
        model.moderate(cleared, &CallContext::new()).await
    };
    let body = json!({"id": "m", "model": MODEL, "results": [
        {"flagged": false, "categories": {"hate": false}},
        {"flagged": true, "categories": {"hate": true, "violence": false, "illicit": null}}]});
    server.reply(MockReply::raw(200, "application/json", body.to_string()));
    let verdicts = ask().await.unwrap();
    let seen: Vec<_> = verdicts
        .iter()
        .map(|v| (v.is_flagged, v.categories.len()))
        .collect();
    assert_eq!(seen, [(false, 0), (true, 1)]);
    assert_eq!(verdicts[1].categories[0].as_str(), "hate");
    let sent: Value = serde_json::from_slice(server.requests()[0].body()).unwrap();
    assert_eq!(sent, json!({"model": MODEL, "input": ["one", "two"]}));
    for body in [json!({"model": MODEL, "results": []}), json!({})] {
        server.reply(MockReply::raw(200, "application/json", body.to_string()));
        assert_eq!(ask().await.unwrap_err().kind(), ModelErrorKind::Protocol);
    }
}

#[tokio::test]
async fn documents_are_ranked_once_each() {
    let server = MockServer::start().unwrap();
    let model = CompatibleRerank::builder(MODEL, key())
        .provider("acme".parse().unwrap())
        .address(&format!("{}/v1", server.address()))
        .build()
        .unwrap();
    let ask = async || {
        let request = RerankRequest::new("q", ["one", "two", "three"]);
        let cleared = clear(request, model.descriptor(), ServerStates::none());
        model.rerank(cleared, &CallContext::new()).await
    };
    let rows = |rows: &[(usize, f64)]| {
        let rows: Vec<_> = rows
            .iter()
            .map(|(index, score)| json!({"index": index, "relevance_score": score}))
            .collect();
        let body = json!({"model": MODEL, "results": rows});
        MockReply::raw(200, "application/json", body.to_string())
    };
    server.reply(rows(&[(0, 0.1), (2, 0.9)]));
    let ranked: Vec<_> = ask()
        .await
        .unwrap()
        .iter()
        .map(|ranked| ranked.index)
        .collect();
    assert_eq!(ranked, [2, 0]);
    let sent: Value = serde_json::from_slice(server.requests()[0].body()).unwrap();
    assert_eq!(
        sent,
        json!({"model": MODEL, "query": "q", "documents": ["one", "two", "three"],
        "return_documents": false})
    );
    for wrong in [&[(3, 0.1)][..], &[(0, 0.1), (0, 0.2)]] {
        server.reply(rows(wrong));
        assert_eq!(ask().await.unwrap_err().kind(), ModelErrorKind::Protocol);
    }
}

/// Keys of which each holds for one attempt.
struct Rotating(std::sync::atomic::AtomicU32);

#[async_trait::async_trait]
impl IamKeySource for Rotating {
    async fn key(&self) -> Result<IamKey, confidant::Error> {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if number == 2 {
            let kind = confidant::ErrorKind::Refused;
            return Err(confidant::Error::foreign(kind, "the role is gone"));
        }
        let secret = |text: String| confidant::secret::Secret::from(text);
        let key = IamKey::new(&format!("AKID{number}"), secret("secret".to_owned()));
        Ok(key.with_session(secret(format!("session-{number}"))))
    }
}

#[tokio::test]
async fn a_key_that_changes_is_asked_for_before_every_attempt() {
    let server = MockServer::start().unwrap();
    let source = Arc::new(Rotating(std::sync::atomic::AtomicU32::new(0)));
    let key = BedrockKey::from_source(CredentialOwner::Platform, source);
    let bedrock = Bedrock::builder(MODEL, &Region::new("eu-central-1").unwrap(), key)
        .address(&server.address());
    let model: Arc<dyn ChatModel> = Arc::new(bedrock.build().unwrap());
    server.always(MockReply::status(503).header("retry-after-ms", "1"));
    let error = super::common::generate(&*model, super::common::hello())
        .await
        .unwrap_err();
    // The third key was refused, so the third attempt was not sent.
    assert_eq!(
        (error.kind(), error.attempts()),
        (ModelErrorKind::PolicyDenied, 2)
    );
    let sessions: Vec<_> = server
        .requests()
        .iter()
        .map(|seen| seen.header("x-amz-security-token").unwrap().to_owned())
        .collect();
    assert_eq!(sessions, ["session-0", "session-1"]);
    server.assert_never_saw("secret");
}
