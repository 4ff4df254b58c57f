//! Conversations as products hold them, from the first turn on.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use confidant::Error;
use confidant::audit::{Access, Identifier, Log, LogKey, Outcome};
use confidant::guard::{
    Budget, Conversation, Guard, GuardedModel, MediaScanner, MediaVerdict, Meter, MeterRecord,
    Services, Turn,
};
use confidant::model::{
    CallContext, ChatModel, ChatRequest, Content, File, Json, Media, Message, ModelError,
    ModelErrorKind, Name, Origin, Part, Reasoning, Replay, Role, StreamEvent, ToolCall,
};
use confidant::redact::{Key, KnownValues, Redactor};
use confidant::store::MemoryStore;

use super::models::*;

/// Answers 400, as a provider does that binds reasoning to the exact prefix.
#[test]
fn bytes_that_left_never_change_but_by_an_epoch() {
    let known = KnownValues::new(Key::from_bytes([7; 32]));
    let guard = Guard::builder_with_known(Redactor::builder(), known.clone())
        .unwrap()
        .build()
        .unwrap();
    let talk = Conversation::new().unwrap();
    let model = Peer::echo();
    let descriptor = model.descriptor();
    let reasoning = || {
        let content = Content::Reasoning(Reasoning::new("hm", true));
        let origin = Origin::of(&platform());
        let item = Json::parse(r#"{"signature":"c2ln"}"#).unwrap();
        Part::new(content.clone()).with_replay(Replay::new(origin, item, &content))
    };
    // The item comes through the guard once.
    let first = Peer::new(move |_| vec![reasoning(), Part::text("done")]);
    let guarded = GuardedModel::new(guard.clone(), first);
    let history = || user("the code is blue-otter-staircase");
    let answer = run(guarded.generate(Turn::new(&caller(), &talk), history())).unwrap();
    let second = || {
        history()
            .with(answer.wire().clone())
            .with(Message::user("and?"))
    };
    let (cleared, report) = guard.clear(&talk, second(), descriptor).unwrap();
    assert_eq!(report.new_epoch(), None);
    assert_eq!(cleared.get().messages[1].parts.len(), 2);
    assert!(cleared.get().messages[0].text().contains("blue-otter"));

    // A value becomes known that left before.
    known.insert("blue-otter-staircase").unwrap();
    let (cleared, report) = guard.clear(&talk, second(), descriptor).unwrap();
    assert_eq!(report.new_epoch(), Some(1));
    assert_eq!(report.dropped_reasoning(), 1);
    assert!(!cleared.get().messages[0].text().contains("blue-otter"));
    assert_eq!(cleared.get().messages[1].parts.len(), 1);
    // From then on it leaves in the new form, and nothing more changes.
    let (again, report) = guard.clear(&talk, second(), descriptor).unwrap();
    assert_eq!(report.new_epoch(), None);
    assert_eq!(again.get().messages[0], cleared.get().messages[0]);
}

#[test]
fn a_value_found_later_is_hidden_in_what_came_before() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let model = Peer::echo();
    let early = "is it fV9s-Rk2xLq7 or not";
    // Within one request nothing has left yet.
    let request = user(early)
        .with(Message::assistant("?"))
        .with(Message::user("password=fV9s-Rk2xLq7"));
    let (cleared, report) = guard.clear(&talk, request, model.descriptor()).unwrap();
    assert!(!text_of(cleared.get()).contains("fV9s"));
    assert_eq!(report.new_epoch(), None);

    let talk = Conversation::new().unwrap();
    let (cleared, _) = guard.clear(&talk, user(early), model.descriptor()).unwrap();
    assert!(text_of(cleared.get()).contains("fV9s"));
    let request = || {
        user(early)
            .with(Message::assistant("?"))
            .with(Message::user("password=fV9s-Rk2xLq7"))
    };
    let (cleared, report) = guard.clear(&talk, request(), model.descriptor()).unwrap();
    assert!(!text_of(cleared.get()).contains("fV9s"));
    assert_eq!(report.new_epoch(), Some(1));
    let (_, report) = guard.clear(&talk, request(), model.descriptor()).unwrap();
    assert_eq!(report.new_epoch(), None);
}

#[test]
fn a_value_found_later_is_hidden_in_encodings_and_behind_escapes() {
    let guard = guard();
    let model = Peer::echo();
    let call = |arguments: &str| {
        let json = Json::parse(arguments).unwrap();
        ChatRequest::new().with(Message::new(
            Role::Assistant,
            vec![Part::tool_call(ToolCall::new("look", json).with_id("c"))],
        ))
    };
    for early in [
        user("is it ZlY5cy1SazJ4THE3LVR6OUJuNExj or not"),
        call(r#"{"a": "it is fV9s-Rk2\u0078Lq7-Tz9Bn4Lc"}"#),
        call(r#"{"a": "{\"b\": \"it is fV9s-Rk2xLq7-Tz9Bn4Lc\"}"}"#),
    ] {
        let talk = Conversation::new().unwrap();
        let (cleared, _) = guard
            .clear(&talk, early.clone(), model.descriptor())
            .unwrap();
        assert_eq!(text_of(cleared.get()), text_of(&early));
        let late = early.with(Message::user("password=fV9s-Rk2xLq7-Tz9Bn4Lc"));
        let (cleared, report) = guard
            .clear(&talk, late.clone(), model.descriptor())
            .unwrap();
        let sent = text_of(cleared.get());
        for piece in ["ZlY5cy1SazJ4THE3LVR6OUJuNExj", "fV9s", "Tz9Bn4Lc"] {
            assert!(!sent.contains(piece), "{sent}");
        }
        assert_eq!(report.new_epoch(), Some(1));
        let (again, report) = guard.clear(&talk, late, model.descriptor()).unwrap();
        assert_eq!(text_of(again.get()), sent);
        assert_eq!(report.new_epoch(), None);
    }
}

#[test]
fn a_placeholder_that_a_user_typed_changes_nothing_that_left() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let model = Peer::echo();
    let early = || user(&format!("mail {ANN}"));
    let (cleared, _) = guard.clear(&talk, early(), model.descriptor()).unwrap();
    let sent = cleared.get().messages[0].text();
    let typed = sent.strip_prefix("mail ").unwrap().to_owned();
    let request = early()
        .with(Message::user(format!("say {typed}")))
        .with(Message::assistant(format!("it is {typed}")));
    let (cleared, report) = guard.clear(&talk, request, model.descriptor()).unwrap();
    assert_eq!(report.new_epoch(), None);
    let messages = &cleared.get().messages;
    assert_eq!(messages[0].text(), sent);
    // What was typed is hidden, and so is what claims to be an answer that repeats it.
    assert!(messages[1].text().starts_with("say [LITERAL-"));
    assert!(messages[2].text().starts_with("it is [LITERAL-"));
    let shown = guard.show_text(&talk, &messages[2].text()).into_string();
    assert_eq!(shown, format!("it is {typed}"));
}

#[test]
fn another_guard_does_not_trust_what_one_has_cleared() {
    let talk = Conversation::new().unwrap();
    let lax = Guard::builder(Redactor::secrets()).build().unwrap();
    let text = format!("I am {ANN}");
    assert_eq!(wire(&lax, &talk, &text), text);
    assert!(!wire(&guard(), &talk, &text).contains(ANN));
}

#[test]
fn media_leaves_only_past_a_scanner() {
    #[derive(Debug)]
    struct Icons;
    impl MediaScanner for Icons {
        fn accepts(&self, media_type: &str) -> bool {
            media_type == "image/png"
        }
        fn scan(&self, _: &str, data: &[u8]) -> Result<MediaVerdict, Error> {
            Ok(match data.len() {
                0..10 => MediaVerdict::Clean,
                10..20 => MediaVerdict::Replace(vec![0; 3]),
                _ => MediaVerdict::Deny,
            })
        }
    }
    let model = Peer::echo();
    let with = |guard: &Guard, part: Part| {
        let talk = Conversation::new().unwrap();
        let request = ChatRequest::new().with(Message::new(Role::User, vec![part]));
        guard
            .clear(&talk, request, model.descriptor())
            .map(|(cleared, _)| cleared.get().clone())
    };
    let image = |len: usize| Part::new(Content::Image(Media::bytes("image/png", vec![1; len])));
    assert!(with(&guard(), image(5)).is_err());
    let guard = builder().scanner(Arc::new(Icons)).build().unwrap();
    assert!(with(&guard, image(5)).is_ok());
    assert!(!text_of(&with(&guard, image(15)).unwrap()).contains('\u{1}'));
    assert!(with(&guard, image(25)).is_err());
    let audio = Part::new(Content::Audio(Media::bytes("audio/wav", vec![1; 5])));
    assert!(with(&guard, audio).is_err());
    let text = Part::file(
        File::bytes("text/plain", format!("call {ANN}").into_bytes())
            .with_name(format!("{ANN}.txt")),
    );
    assert!(!text_of(&with(&guard, text).unwrap()).contains(ANN));
    let address = Part::new(Content::Image(Media::url(format!(
        "https://a.example/{ANN}"
    ))));
    assert!(with(&guard, address).is_err());
}

#[test]
fn the_hint_stands_first_once_and_never_changes() {
    let guard = builder().hint().build().unwrap();
    let talk = Conversation::new().unwrap();
    let model = Peer::echo();
    ask(&guard, &model, &talk, user("a"));
    let first = model.requests()[0].clone();
    assert_eq!(first.messages.len(), 2);
    ask(
        &guard,
        &model,
        &talk,
        first.clone().with(Message::user("b")),
    );
    let second = &model.requests()[1];
    assert_eq!(second.messages.len(), 3);
    assert_eq!(second.messages[0], first.messages[0]);
}

#[test]
fn end_users_and_cache_keys_are_pseudonyms_of_the_conversation() {
    let (guard, model) = (guard(), Peer::echo());
    let sent = |talk: &Conversation| {
        let mut request = user("a");
        request.end_user = Some("user-17".into());
        request.cache_key = Some("user-17".into());
        let (cleared, _) = guard.clear(talk, request, model.descriptor()).unwrap();
        (
            cleared.get().end_user.clone(),
            cleared.get().cache_key.clone(),
        )
    };
    let (one, two) = (Conversation::new().unwrap(), Conversation::new().unwrap());
    assert_eq!(sent(&one), sent(&one));
    assert_ne!(sent(&one), sent(&two));
    assert!(!sent(&one).0.unwrap().as_str().contains("user"));
}

#[test]
fn what_a_model_writes_by_itself_is_masked_and_not_restored() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let model = Peer::new(|_| vec![Part::text(format!("try {PAT} now"))]);
    let guarded = GuardedModel::new(guard.clone(), model);
    let answer = run(guarded.generate(Turn::new(&caller(), &talk), user("go"))).unwrap();
    assert_eq!(answer.response().message.text(), "try [REDACTED-TOKEN] now");
    assert_eq!(answer.wire().text(), "try [REDACTED-TOKEN] now");
    assert_eq!(answer.report().masked().total(), 1);
    assert_eq!(talk.len(), 0);
}

#[derive(Debug, Default)]
struct Records(Mutex<Vec<MeterRecord>>);

#[async_trait]
impl Meter for Records {
    async fn record(&self, record: &MeterRecord) -> Result<(), Error> {
        self.0.lock().unwrap().push(record.clone());
        Ok(())
    }
}

#[test]
fn every_call_and_attempt_is_in_the_log_and_metered() {
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let records = Arc::new(Records::default());
    let services = Services::new()
        .audit(log.clone(), key)
        .meter(records.clone());
    let model = Peer::echo();
    let guarded = GuardedModel::new(guard(), model.clone()).services(services);
    let talk = Conversation::new().unwrap();
    let context = CallContext::new();
    let text = format!("I am {ANN}");
    run(guarded.generate(Turn::new(&caller(), &talk).context(&context), user(&text))).unwrap();
    let overloaded = ModelError::new(ModelErrorKind::Overloaded).with_message(text.as_str());
    model.errors.lock().unwrap().push_back(overloaded);
    run(guarded.generate(Turn::new(&caller(), &talk).context(&context), user(&text))).unwrap_err();
    run(async {
        let mut stream = guarded
            .stream(Turn::new(&caller(), &talk).context(&context), user(&text))
            .await
            .unwrap();
        while let Some(event) = stream.next().await {
            if matches!(event.unwrap(), StreamEvent::Finished(_)) {
                // The end is in the log when it arrives.
                assert_eq!(log.checkpoint().await.unwrap().size(), 12);
            }
        }
    });
    let access = Access::new(Identifier::new("auditor:1").unwrap());
    let all = run(log.read(0..50, &access)).unwrap();
    let shown = format!("{all:?}");
    assert!(!shown.contains("acme-mail") && !shown.contains("acme-models"));
    let all: Vec<_> = all
        .iter()
        .map(|record| {
            (
                record.entry.action().as_str().unwrap().to_owned(),
                record.entry.outcome(),
            )
        })
        .collect();
    let call = |outcome| {
        let (call, attempt) = ("model.call".to_owned(), "model.attempt".to_owned());
        [
            (call.clone(), Outcome::Attempted),
            (attempt.clone(), Outcome::Attempted),
            (attempt, outcome),
            (call, outcome),
        ]
    };
    let expected = [
        call(Outcome::Succeeded),
        call(Outcome::Failed),
        call(Outcome::Succeeded),
    ]
    .concat();
    assert_eq!(all[..12], expected[..]);
    let records = records.0.lock().unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(records[0].hidden, 1);
    assert_eq!(records[1].outcome, Err(ModelErrorKind::Overloaded));
    assert!(!format!("{records:?}").contains(ANN));
}

#[test]
fn a_budget_without_room_and_a_log_that_fails_let_nothing_leave() {
    let store = Arc::new(MemoryStore::new());
    let day = std::time::Duration::from_secs(86_400);
    let budget = Budget::new(store, LogKey::from_bytes([0; 32]), "daily", day)
        .unwrap()
        .tokens(5_000);
    let model = Peer::echo();
    let guarded =
        GuardedModel::new(guard(), model.clone()).services(Services::new().budget(budget));
    let talk = Conversation::new().unwrap();
    let context = CallContext::new();
    run(guarded.generate(Turn::new(&caller(), &talk).context(&context), user("a"))).unwrap();
    let error = run(guarded.generate(Turn::new(&caller(), &talk).context(&context), user("b")))
        .unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::BudgetExceeded);
    assert_eq!(model.requests().len(), 1);

    #[derive(Debug)]
    struct Full;
    #[async_trait]
    impl Meter for Full {
        async fn record(&self, _: &MeterRecord) -> Result<(), Error> {
            Err(Error::foreign(confidant::ErrorKind::Store, "full"))
        }
    }
    let guarded =
        GuardedModel::new(guard(), model.clone()).services(Services::new().meter(Arc::new(Full)));
    assert!(
        run(guarded.generate(Turn::new(&caller(), &talk).context(&context), user("c"))).is_err()
    );
}

#[test]
fn a_limit_of_the_cost_lets_nothing_leave_whose_cost_is_not_known() {
    let ask = |prices: Option<&str>, is_loose: bool| {
        let day = std::time::Duration::from_secs(86_400);
        let budget = Budget::new(
            Arc::new(MemoryStore::new()),
            LogKey::from_bytes([0; 32]),
            "daily",
            day,
        )
        .unwrap();
        let budget = budget.nanos(1_000_000_000);
        let budget = if is_loose {
            budget.allow_unpriced()
        } else {
            budget
        };
        let mut services = Services::new().budget(budget);
        if let Some(model) = prices {
            let table = format!(
                r#"{{"version": "1", "effective": "2026-11-01T00:00:00Z", "currency": "USD",
                    "prices": [{{"provider": "acme-models", "model": "{model}", "input": "1",
                                 "output": "2"}}]}}"#
            );
            services = services.prices(confidant::model::PriceTable::from_json(&table).unwrap());
        }
        let model = Peer::echo();
        let guarded = GuardedModel::new(guard(), model.clone()).services(services);
        let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
        let asked = run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), user("a")));
        let streamed = run(guarded.stream(Turn::new(&caller(), &talk).context(&cx), user("b")));
        assert_eq!(asked.is_ok(), streamed.is_ok());
        let kind = asked.err().map(|error| error.kind());
        (kind, model.requests().len())
    };
    let refused = (Some(ModelErrorKind::BudgetExceeded), 0);
    assert_eq!(ask(None, false), refused);
    assert_eq!(ask(Some("other"), false), refused);
    assert_eq!(ask(Some("large"), false), (None, 2));
    assert_eq!(ask(None, true), (None, 2));
}

#[test]
fn token_probabilities_are_dropped() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let mail = wire(&guard, &talk, ANN);
    let mut response = confidant::model::Response::new(
        assistant(vec![Part::text(mail)]),
        confidant::model::Finish::new(confidant::model::FinishReason::Stop),
    );
    response.logprobs.push(Json::parse("[1]").unwrap());
    let (_, mut report) = guard
        .clear(&talk, user("a"), Peer::echo().descriptor())
        .unwrap();
    guard.restore(&talk, &mut response, &mut report);
    assert!(response.logprobs.is_empty());
    assert_eq!(report.dropped_logprobs(), 1);
    assert_eq!(response.message.text(), ANN);
}

#[test]
fn names_of_media_types_do_not_carry_over() {
    // The type of one part says nothing about the next.
    let name: Name = "text/plain".into();
    let part = |media: Media| Message::new(Role::User, vec![Part::new(Content::Image(media))]);
    let request = ChatRequest::new()
        .with(part(Media::bytes(name, b"hello".as_slice())))
        .with(part(Media::bytes("", ANN.as_bytes())));
    let talk = Conversation::new().unwrap();
    assert!(
        guard()
            .clear(&talk, request, Peer::echo().descriptor())
            .is_err()
    );
}

/// The actions in a log with their outcomes.
fn actions(log: &Log) -> Vec<(String, Outcome)> {
    let access = Access::new(Identifier::new("auditor:1").unwrap());
    let records = run(log.read(0..50, &access)).unwrap();
    let entries = records.iter().map(|record| &record.entry);
    let entries =
        entries.map(|entry| (entry.action().as_str().unwrap().to_owned(), entry.outcome()));
    entries
        .filter(|(action, _)| !action.starts_with("audit."))
        .collect()
}

#[test]
fn what_is_refused_or_cut_off_is_in_the_log() {
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let model = Peer::echo();
    let services = Services::new().audit(log.clone(), key);
    let guarded = GuardedModel::new(guard(), model.clone()).services(services.clone());
    let talk = Conversation::new().unwrap();
    let context = CallContext::new();
    let bad = user("go").with(assistant(vec![Part::tool_call(
        ToolCall::new(PAT, Json::empty_object()).with_id("c"),
    )]));
    run(guarded.generate(Turn::new(&caller(), &talk).context(&context), bad)).unwrap_err();
    let call = "model.call".to_owned();
    assert_eq!(actions(&log), [(call.clone(), Outcome::Denied)]);

    *model.missing.lock().unwrap() = 1;
    let last = run(async {
        let mut stream = guarded
            .stream(Turn::new(&caller(), &talk).context(&context), user("a"))
            .await
            .unwrap();
        let mut last = None;
        while let Some(event) = stream.next().await {
            last = Some(event);
        }
        last
    });
    assert_eq!(last.unwrap().unwrap_err().kind(), ModelErrorKind::Truncated);
    assert_eq!(actions(&log).last(), Some(&(call, Outcome::Failed)));

    use confidant::guard::{Platform, RouteRequirements, Router};
    let router = Router::new(Platform::default())
        .route(&guard(), model, RouteRequirements::new().local())
        .unwrap()
        .services(services);
    run(router.generate(Turn::new(&caller(), &talk).context(&context), user("a"))).unwrap_err();
    assert_eq!(
        actions(&log).last(),
        Some(&("model.route".to_owned(), Outcome::Denied))
    );
}
