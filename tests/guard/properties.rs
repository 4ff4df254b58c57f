//! What holds of every text.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use confidant::guard::{Conversation, Guard, GuardedModel, ReleaseRules, Turn};
use confidant::model::{CallContext, ChatRequest, Message, Part, StreamEvent};
use confidant::redact::{Category, Detections, Detector, Redactor};
use proptest::prelude::*;

use super::models::*;

fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        3 => "[a-z ,.]{0,8}",
        1 => "\\PC{0,4}",
        1 => Just(ANN.to_owned()),
        1 => Just(BOB.to_owned()),
        1 => Just(CARD.to_owned()),
        1 => Just(PAT.to_owned()),
        1 => Just("password=fV9s-Rk2xLq7".to_owned()),
        1 => Just("[EMAIL-7K3QX9TB]".to_owned()),
        1 => Just("email-7k3qx9tb".to_owned()),
        1 => Just("https://a.example/?q=".to_owned()),
        1 => Just("](".to_owned()),
        1 => Just("%5B".to_owned()),
        1 => Just("evil.example/".to_owned()),
        1 => Just(".evil.example".to_owned()),
        1 => Just("<p x=\"".to_owned()),
        1 => Just("<script>".to_owned()),
        1 => Just("mailto:".to_owned()),
    ];
    prop::collection::vec(word, 0..10).prop_map(|words| words.join(" "))
}

/// Texts in which nothing stands between placeholders and what is around them.
fn glued() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.replace(' ', ""))
}

fn everything() -> Guard {
    builder()
        .release(ReleaseRules::everything())
        .without_output_guard()
        .build()
        .unwrap()
}

proptest! {
    #[test]
    fn what_is_hidden_comes_back_as_it_was(texts in prop::collection::vec(text(), 1..4)) {
        let (guard, talk) = (everything(), Conversation::new().unwrap());
        let hidden: Vec<_> = texts.iter().map(|text| wire(&guard, &talk, text)).collect();
        for (text, hidden) in texts.iter().zip(&hidden) {
            let shown = guard.show_text(&talk, hidden).into_string();
            prop_assert_eq!(&shown, text);
            for value in [ANN, BOB, CARD, PAT] {
                prop_assert!(!hidden.contains(value));
            }
        }
    }

    #[test]
    fn clearing_twice_changes_nothing(texts in prop::collection::vec(text(), 1..5)) {
        let (guard, talk) = (everything(), Conversation::new().unwrap());
        let model = confidant::model::ChatModel::descriptor(&*Peer::echo()).clone();
        let mut request = ChatRequest::new();
        for (at, text) in texts.iter().enumerate() {
            let text = text.as_str();
            request.messages.push(if at % 2 == 0 { Message::user(text) } else { Message::assistant(text) });
        }
        let (once, _) = guard.clear(&talk, request.clone(), &model).unwrap();
        let (again, report) = guard.clear(&talk, once.get().clone(), &model).unwrap();
        prop_assert_eq!(once.get(), again.get());
        prop_assert_eq!(report.new_epoch(), None);
        // And what was cleared stays as it left.
        let (later, report) = guard.clear(&talk, request, &model).unwrap();
        prop_assert_eq!(once.get(), later.get());
        prop_assert_eq!(report.new_epoch(), None);
    }

    #[test]
    fn a_stream_says_what_the_whole_answer_does(
        texts in prop::collection::vec(prop_oneof![text(), glued()], 1..4),
        cut in prop::collection::vec(1_usize..12, 1..6),
        output in any::<bool>(),
    ) {
        let guard = if output { builder().build().unwrap() } else { everything() };
        let talk = Conversation::new().unwrap();
        for value in [ANN, CARD, "password=fV9s-Rk2xLq7"] {
            wire(&guard, &talk, value);
        }
        let mail = wire(&guard, &talk, ANN);
        let answer = texts.join(&mail);
        let parts = vec![Part::text(answer.as_str()), Part::text(mail.to_lowercase())];
        let model = Peer::new(move |_| parts.clone());
        *model.cut.lock().unwrap() = cut;
        let guarded = GuardedModel::new(guard, model);
        let context = CallContext::new();
        let whole = run(guarded.generate(Turn::new(&caller(), &talk).context(&context), user("go"))).unwrap();
        let (said, ends, wire) = run(async {
            let mut stream = guarded.stream(Turn::new(&caller(), &talk).context(&context), user("go")).await.unwrap();
            let (mut said, mut ends) = (vec![String::new(); 2], Vec::new());
            while let Some(event) = stream.next().await {
                match event.unwrap() {
                    StreamEvent::TextDelta { block, text } => said[block.number() as usize].push_str(&text),
                    StreamEvent::BlockEnd { part, .. } => ends.push(part.as_text().unwrap().to_owned()),
                    _ => {}
                }
            }
            (said, ends, stream.wire())
        });
        let expected: Vec<_> = whole.response().message.parts.iter().map(|part| part.as_text().unwrap().to_owned()).collect();
        prop_assert_eq!(&said, &expected);
        prop_assert_eq!(&ends, &expected);
        prop_assert_eq!(&wire, whole.wire());
    }

    #[test]
    fn a_history_leaves_as_it_left_before(texts in prop::collection::vec(text(), 2..8)) {
        let (guard, talk) = (everything(), Conversation::new().unwrap());
        let model = confidant::model::ChatModel::descriptor(&*Peer::echo()).clone();
        let mut request = ChatRequest::new();
        let mut before: Vec<Message> = Vec::new();
        for text in &texts {
            request.messages.push(Message::user(text.as_str()));
            let (cleared, report) = guard.clear(&talk, request.clone(), &model).unwrap();
            let sent = &cleared.get().messages;
            let is_same = sent[..before.len()] == before[..];
            prop_assert!(is_same || report.new_epoch().is_some());
            before = sent.clone();
        }
    }
}

#[test]
fn every_cut_of_an_answer_says_the_same() {
    let (guard, talk) = (everything(), Conversation::new().unwrap());
    let mail = wire(&guard, &talk, ANN);
    let text = format!("an {} é{mail} \\{mail}", mail.to_lowercase());
    let guarded = |cut: Vec<usize>| {
        let parts = vec![Part::text(text.as_str())];
        let model = Peer::new(move |_| parts.clone());
        *model.cut.lock().unwrap() = cut;
        GuardedModel::new(guard.clone(), model)
    };
    let expected = guard.show_text(&talk, &text).into_string();
    for first in 1..text.len() {
        let guarded = guarded(vec![first, text.len()]);
        let said = run(async {
            let mut stream = guarded
                .stream(Turn::new(&caller(), &talk), user("go"))
                .await
                .unwrap();
            let mut said = String::new();
            while let Some(event) = stream.next().await {
                if let StreamEvent::TextDelta { text, .. } = event.unwrap() {
                    said.push_str(&text);
                }
            }
            said
        });
        assert_eq!(said, expected, "cut at {first}");
    }
}

/// Counts the bytes that it reads.
#[derive(Debug, Default)]
struct Counting(AtomicUsize);

impl Detector for Counting {
    fn id(&self) -> &str {
        "counting"
    }

    fn detect(&self, text: &[u8], _: &mut Detections) -> Result<(), confidant::Error> {
        self.0.fetch_add(text.len(), Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn a_long_history_costs_what_is_new_in_it() {
    let counting = Arc::new(Counting::default());
    let redactor = Redactor::builder()
        .category(Category::Personal)
        .detector(Arc::clone(&counting))
        .build()
        .unwrap();
    let guard = Guard::builder(redactor).build().unwrap();
    let talk = Conversation::new().unwrap();
    let mut request = ChatRequest::new();
    for turn in 0..200 {
        let text = format!("message {turn} of somebody with a lot to say, to {ANN}");
        request = request.with(match turn % 2 {
            0 => Message::user(text),
            _ => Message::assistant(text),
        });
    }
    ask(&guard, &Peer::echo(), &talk, request.clone());
    let first = counting.0.swap(0, Ordering::Relaxed);
    assert!(first > 200 * 40, "{first}");
    let new = "and one more word";
    ask(
        &guard,
        &Peer::echo(),
        &talk,
        request.with(Message::user(new)),
    );
    let second = counting.0.load(Ordering::Relaxed);
    // The new message, and neighbours with which it could be one text.
    assert!((new.len()..20 * new.len()).contains(&second), "{second}");
}
