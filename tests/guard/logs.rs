//! What a program logs when it logs everything: nothing of what was said.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use confidant::guard::{Conversation, GuardedModel, Turn};
use confidant::model::testing::{MockAnswer, MockReply, MockServer};
use confidant::model::{
    Anthropic, ApiKey, CallContext, ChatModel, ChatRequest, CredentialOwner, Json, Message,
    OpenAiChat, ProviderConnection, Tool,
};
use confidant::secret::Secret;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Event, Metadata, Subscriber};

use super::models::*;

/// Keeps everything that spans and events of every level show.
#[derive(Default)]
struct Everything(Mutex<String>);

struct Fields<'f>(&'f mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0, "{}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Fields(&mut self.0.lock().unwrap()));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Fields(&mut self.0.lock().unwrap()));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Fields(&mut self.0.lock().unwrap()));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

const WORDS: &str = "vermilion gherkin ottoman zephyr quixotic marmalade";
const ANSWER: &str = "halcyon juniper obelisk saffron";

fn request() -> ChatRequest {
    let tool = Tool::new("cartographer", Json::empty_object()).with_description("kaleidoscope");
    ChatRequest::new()
        .with(Message::system("periwinkle instructions"))
        .with(Message::user(format!("{WORDS} {ANN} {PAT}")))
        .with_tool(tool)
        .stop_at("wisteria")
}

fn models(server: &MockServer) -> Vec<Arc<dyn ChatModel>> {
    let key = || {
        let key = Secret::from("key-of-the-test".to_owned());
        ApiKey::new(CredentialOwner::Platform, key)
    };
    let connection = || {
        ProviderConnection::default()
            .attempts(2)
            .head_timeout(Duration::from_millis(300))
    };
    let address = server.address();
    vec![
        Arc::new(
            OpenAiChat::builder("large", key())
                .address(&format!("{address}/v1"))
                .connection(connection())
                .build()
                .unwrap(),
        ),
        Arc::new(
            Anthropic::builder("large", key())
                .address(&address)
                .connection(connection())
                .build()
                .unwrap(),
        ),
    ]
}

fn replies() -> Vec<MockReply> {
    let echo = format!(r#"{{"error":{{"type":"x","message":"{WORDS} {ANN}"}}}}"#);
    let soon = |status| {
        MockReply::raw(status, "application/json", echo.as_str()).header("retry-after-ms", "1")
    };
    let answer = || MockReply::answer(MockAnswer::text(ANSWER).by_model("large"));
    vec![
        answer(),
        answer().cut_after(300),
        answer().fail_midway(),
        MockReply::answer(MockAnswer::text(ANSWER).by_model(WORDS)),
        MockReply::raw(200, "application/json", echo.as_str()),
        MockReply::raw(200, "text/event-stream", format!("data: {echo}\n\n")),
        MockReply::raw(302, "text/html", WORDS).header("location", "/vermilion"),
        soon(400),
        soon(401),
        soon(404),
        soon(429),
        soon(500),
        MockReply::hang(),
        MockReply::close(),
    ]
}

/// Asks all models, whole and in pieces, and logs what went wrong. Returns how many failed.
async fn ask_all(reply: MockReply) -> usize {
    let server = MockServer::start().unwrap();
    server.always(reply);
    let mut failed = 0;
    for model in models(&server) {
        let guarded = GuardedModel::new(guard(), model);
        let (talk, caller, cx) = (Conversation::new().unwrap(), caller(), CallContext::new());
        let turn = || Turn::new(&caller, &talk).context(&cx);
        if let Err(error) = guarded.generate(turn(), request()).await {
            failed += 1;
            tracing::error!(%error, ?error, "a program logs what went wrong");
        }
        match guarded.stream(turn(), request()).await {
            Ok(mut answer) => while answer.next().await.is_some() {},
            Err(error) => tracing::error!(%error, ?error, "the same for a stream"),
        }
    }
    failed
}

#[tokio::test]
async fn no_log_shows_a_word_of_what_was_said() {
    // With one subscriber alone, other threads would decide what it is asked about.
    let _second = tracing::Dispatch::new(NoSubscriber::default());
    let everything = Arc::new(Everything::default());
    let logging = tracing::subscriber::set_default(Arc::clone(&everything));
    let mut failed = 0;
    for reply in replies() {
        failed += ask_all(reply).await;
    }
    drop(logging);
    assert!(failed >= 20, "{failed}");
    let shown = everything.0.lock().unwrap();
    // Something was logged, of the guard and of the calls.
    for line in ["gen_ai.operation.name", "error.type", "a program logs"] {
        assert!(shown.contains(line), "{line} in\n{shown}");
    }
    let said = [
        WORDS,
        ANSWER,
        "periwinkle kaleidoscope cartographer wisteria",
    ];
    for word in said.iter().flat_map(|said| said.split(' ')) {
        assert!(!shown.contains(word), "{word}");
    }
    for value in [ANN, "acme-mail", PAT, "key-of-the-test", "EMAIL-"] {
        assert!(!shown.contains(value), "{value}");
    }
}
