//! An outside judge of streams: `chunk-invariance` (PyPI) cuts texts in every way and holds
//! what comes out against the whole.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;

use confidant::guard::{Conversation, Guard};
use confidant::model::{
    BlockId, BlockKind, ChatRequest, Finish, FinishReason, Message, Part, Response, Role,
    StreamEvent, Text,
};
use confidant::redact::{Redactor, StreamRedactor};
use serde_json::{Value, json};

use super::models::*;

/// What is cut: a conversation in which values are known.
struct World {
    guard: Guard,
    talk: Conversation,
}

impl World {
    fn report(&self) -> confidant::guard::GuardReport {
        let model = Peer::echo();
        let (_, report) = self
            .guard
            .clear(
                &self.talk,
                ChatRequest::new(),
                confidant::model::ChatModel::descriptor(&*model),
            )
            .unwrap();
        report
    }

    /// What people read of an answer that comes in pieces.
    fn answer(&self, pieces: &[String]) -> Vec<String> {
        let block = BlockId::new(0);
        let kind = BlockKind::Text;
        let mut events = VecDeque::from([Ok(StreamEvent::BlockStart { block, kind })]);
        for piece in pieces {
            let text = Text::from(piece.as_str());
            events.push_back(Ok(StreamEvent::TextDelta { block, text }));
        }
        let part = Box::new(Part::text(pieces.concat()));
        events.push_back(Ok(StreamEvent::BlockEnd { block, part }));
        let finish = Finish::new(FinishReason::Stop);
        events.push_back(Ok(StreamEvent::Finished(finish)));
        let events = Box::pin(Ready(events));
        let mut stream = self.guard.restore_stream(&self.talk, events, self.report());
        let mut out = Vec::new();
        while let Some(event) = run(stream.next()) {
            if let StreamEvent::TextDelta { text, .. } = event.unwrap() {
                out.push(text.into_string());
            }
        }
        out
    }

    /// What people read of a whole answer.
    fn whole_answer(&self, text: &str) -> String {
        let message = Message::new(Role::Assistant, vec![Part::text(text)]);
        let mut response = Response::new(message, Finish::new(FinishReason::Stop));
        self.guard
            .restore(&self.talk, &mut response, &mut self.report());
        response.message.text()
    }

    fn reply(&self, question: &Value) -> Value {
        let name = question["filter"].as_str().unwrap();
        if let Some(text) = question["whole"].as_str() {
            return match name {
                "answer" => json!(self.whole_answer(text)),
                "restore" => json!(
                    self.talk
                        .expose_map(|map| map.restore(text).as_str().to_owned())
                ),
                _ => json!(Redactor::secrets_and_pii().redact(text).as_str()),
            };
        }
        let pieces: Vec<String> = serde_json::from_value(question["pieces"].clone()).unwrap();
        match name {
            "answer" => json!(self.answer(&pieces)),
            "restore" => json!(self.talk.expose_map(|map| {
                let mut restorer = confidant::redact::Restorer::new();
                let mut out = vec![String::new(); pieces.len() + 1];
                for (piece, out) in pieces.iter().zip(&mut out) {
                    restorer.push(map, piece, out);
                }
                restorer.finish(map, out.last_mut().unwrap());
                out
            })),
            _ => {
                let mut redactor = StreamRedactor::new(Redactor::secrets_and_pii());
                let (mut out, mut found) = (Vec::new(), Vec::new());
                for piece in &pieces {
                    redactor.push(piece.as_bytes(), &mut out, &mut found);
                }
                redactor.finish(&mut out, &mut found);
                json!([String::from_utf8(out).unwrap()])
            }
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn however_a_stream_is_cut_the_same_comes_out() {
    let Ok(python) = std::env::var("CONFIDANT_MODEL_PEERS") else {
        let required = std::env::var("CONFIDANT_REQUIRE_PEERS").is_ok_and(|value| value == "1");
        assert!(
            !required,
            "CONFIDANT_MODEL_PEERS is not set, and it is required"
        );
        eprintln!("SKIPPED: CONFIDANT_MODEL_PEERS is not set; `.ci/model_peers` installs it");
        return;
    };
    let world = World {
        guard: guard(),
        talk: Conversation::new().unwrap(),
    };
    let known = wire(&world.guard, &world.talk, &format!("{ANN} {CARD} {PAT}"));
    let [ann, card, token] = known.split(' ').collect::<Vec<_>>()[..] else {
        panic!("a value was not replaced");
    };
    let mut cases = vec![json!({"filter": "restore", "text": ann, "splits": "all"})];
    let lower = ann.to_lowercase();
    let bare = ann.trim_matches(['[', ']']);
    for (text, splits) in [
        (format!("to {ann}, {token}."), json!(3)),
        (format!("\\[{bare}\\] {lower}"), json!(3)),
        (format!("x{bare} {bare}x [{bare}"), json!(3)),
        (
            format!("{ann}{card}漢字{ann}😀{lower}"),
            json!("all-two-part"),
        ),
        (
            format!("![x](https://evil.example/{ann} \"{ann}\") {ann}"),
            json!("all-two-part"),
        ),
        (
            format!("<a href='x{ann}'>{ann}</a> www.a.example/{ann} {ann}"),
            json!("all-two-part"),
        ),
        (
            format!("[EMAIL-00000000] [CARD-x] %5B{bare}%5D &#91;{bare}&#93;"),
            json!("all-two-part"),
        ),
        (
            format!("key {PAT} and password=fV9s-Rk2xLq7, {ann}"),
            json!("all-two-part"),
        ),
    ] {
        for filter in ["restore", "answer"] {
            cases.push(json!({"filter": filter, "text": text, "splits": splits}));
        }
    }
    for text in [
        format!("write to {ANN}, card {CARD}"),
        format!("curl -H 'Authorization: Bearer {PAT}' https://u:fV9s-Rk2xLq7@h.example"),
    ] {
        cases.push(json!({"filter": "redact", "text": text, "splits": "all-two-part"}));
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        let mut out = stream.try_clone().unwrap();
        for line in BufReader::new(stream).lines() {
            let reply = world.reply(&serde_json::from_str(&line.unwrap()).unwrap());
            out.write_all(format!("{reply}\n").as_bytes()).unwrap();
        }
    });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guard/chunks.py");
    let mut child = Command::new(python)
        .args([script, &port.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(json!(cases).to_string().as_bytes())
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "chunk-invariance found a split");
    let tried: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(tried["restore"].as_u64() > Some(30_000), "{tried}");
    assert!(tried["answer"].as_u64() > Some(2_000), "{tried}");
    assert!(tried["redact"].as_u64() > Some(80), "{tried}");
}
