//! What the guard adds to a call: clearing a request, and restoring a stream.
//!
//! `cargo bench --bench guard --features guard,testing` takes about half a minute. Options
//! come after `--`: `--only NAME` for one part (`clear`, `stream`, `restore`), `--quick` or
//! `--test` for a run of seconds whose figures mean little.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program of its own, which should stop where it cannot measure"
)]

#[path = "../redaction/plan.rs"]
mod plan;

use std::collections::VecDeque;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use confidant::guard::{Conversation, Guard, ReleaseRules};
use confidant::model::testing::EchoModel;
use confidant::model::{
    BlockId, BlockKind, ChatModel, ChatRequest, EventStream, Finish, FinishReason, Message,
    ModelDescriptor, ModelError, Part, StreamEvent,
};
use confidant::redact::{Key, Kind, PlaceholderMap, Redactor, Restorer};

use plan::Plan;

fn main() -> ExitCode {
    Plan::run(run)
}

fn run(plan: &Plan) {
    println!("confidant {}", env!("CARGO_PKG_VERSION"));
    if plan.wants("clear") {
        clear(plan);
    }
    if plan.wants("stream") {
        stream(plan);
    }
    if plan.wants("restore") {
        restore(plan);
    }
}

/// How long each figure is measured.
fn each(plan: &Plan) -> Duration {
    Duration::from_millis(if plan.quick { 50 } else { 2_000 })
}

/// The shortest time of a call of `work`, which gets what `prepare` makes and whose
/// preparation does not count. What else the machine does at a time makes calls longer and
/// none shorter.
fn best<T, R>(
    plan: &Plan,
    mut prepare: impl FnMut() -> T,
    mut work: impl FnMut(T) -> R,
) -> Duration {
    let (mut total, mut best) = (Duration::ZERO, Duration::MAX);
    while total < each(plan) {
        let given = prepare();
        let begin = Instant::now();
        let result = work(given);
        let time = begin.elapsed();
        drop(result);
        total += time;
        best = best.min(time);
    }
    best
}

/// A conversation of so many messages of about 500 bytes, with a value in every fifth.
fn request(messages: usize) -> ChatRequest {
    let words = "the quarterly report is due on friday and the team has agreed on its outline; ";
    let mut request = ChatRequest::new();
    for at in 0..messages {
        let mut text = words.repeat(6);
        text.push_str(&format!("note {at}. "));
        if at % 5 == 0 {
            text.push_str(&format!("Write to person{at}@acme-mail.com about it."));
        }
        request.messages.push(match at % 2 {
            0 => Message::user(text),
            _ => Message::assistant(text),
        });
    }
    request
}

fn guard() -> Guard {
    let builder = Guard::builder(Redactor::secrets_and_pii());
    builder.without_output_guard().build().expect("a guard")
}

fn descriptor() -> ModelDescriptor {
    EchoModel::new("echo").descriptor().clone()
}

fn clear(plan: &Plan) {
    println!("\nClearing a request\n| request | state | µs |\n|---|---|--:|");
    let (guard, model) = (guard(), descriptor());
    for messages in [20, 200] {
        let whole = request(messages);
        let bytes: usize = whole
            .messages
            .iter()
            .map(|message| message.text().len())
            .sum();
        let row = |state: &str, time: Duration| {
            let micros = time.as_secs_f64() * 1e6;
            println!("| {messages} messages, {bytes} B | {state} | {micros:.1} |");
        };
        let copy = best(plan, || (), |()| whole.clone());
        row("copied", copy);
        let first = best(
            plan,
            || (Conversation::new().expect("a conversation"), whole.clone()),
            |(talk, request)| guard.clear(&talk, request, &model).expect("a clearance"),
        );
        row("all new", first);
        let talk = Conversation::new().expect("a conversation");
        guard
            .clear(&talk, whole.clone(), &model)
            .expect("a clearance");
        let again = best(
            plan,
            || whole.clone(),
            |request| guard.clear(&talk, request, &model).expect("a clearance"),
        );
        row("nothing new", again);
        let mut number = 0;
        let next = best(
            plan,
            || {
                number += 1;
                let new = request(1).messages.remove(0).text();
                whole.clone().with(Message::user(format!("{number} {new}")))
            },
            |request| guard.clear(&talk, request, &model).expect("a clearance"),
        );
        row("one message new", next);
    }
}

/// Events that are there already.
struct Ready(VecDeque<StreamEvent>);

impl futures_core::Stream for Ready {
    type Item = Result<StreamEvent, ModelError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}

const EVENTS: usize = 20_000;

/// A stream of short pieces, with a placeholder cut in three every hundred.
fn events(placeholder: &str) -> VecDeque<StreamEvent> {
    let block = BlockId::new(0);
    let (mut events, mut whole) = (VecDeque::with_capacity(EVENTS + 3), String::new());
    let kind = BlockKind::Text;
    events.push_back(StreamEvent::BlockStart { block, kind });
    let cut = [
        placeholder.get(..5),
        placeholder.get(5..11),
        placeholder.get(11..),
    ];
    for at in 0..EVENTS {
        let piece = match at % 100 {
            place @ 0..3 => cut.get(place).copied().flatten().unwrap_or_default(),
            _ => " word",
        };
        whole.push_str(piece);
        let text = piece.into();
        events.push_back(StreamEvent::TextDelta { block, text });
    }
    let part = Box::new(Part::text(whole));
    events.push_back(StreamEvent::BlockEnd { block, part });
    events.push_back(StreamEvent::Finished(Finish::new(FinishReason::Stop)));
    events
}

async fn drain(mut events: EventStream) -> usize {
    let mut count = 0;
    while let Some(event) = std::future::poll_fn(|context| events.as_mut().poll_next(context)).await
    {
        drop(event);
        count += 1;
    }
    count
}

fn stream(plan: &Plan) {
    println!("\nA stream of {EVENTS} events\n| guard | events/s | µs/event |\n|---|--:|--:|");
    let rules = ReleaseRules::default();
    let with = Guard::builder(Redactor::secrets_and_pii());
    let output = with
        .clone()
        .release(rules.clone())
        .build()
        .expect("a guard");
    let plain = with
        .without_output_guard()
        .release(rules)
        .build()
        .expect("a guard");
    let row = |name: &str, time: Duration| {
        let rate = EVENTS as f64 / time.as_secs_f64();
        println!("| {name} | {rate:.0} | {:.3} |", 1e6 / rate);
    };
    let bare = best(
        plan,
        || Ready(events("[EMAIL-00000000]")),
        |ready| pollster::block_on(drain(Box::pin(ready))),
    );
    row("none", bare);
    for (name, guard) in [("restoring", &plain), ("restoring, output masked", &output)] {
        let talk = Conversation::new().expect("a conversation");
        let hidden = guard
            .hide_text(&talk, "ann@acme-mail.com")
            .expect("a placeholder");
        let time = best(
            plan,
            || {
                let (_, report) = guard
                    .clear(&talk, ChatRequest::new(), &descriptor())
                    .expect("a clearance");
                let ready: EventStream = Box::pin(Ready(events(&hidden)));
                guard.restore_stream(&talk, ready, report)
            },
            |stream| pollster::block_on(drain(Box::pin(stream))),
        );
        row(name, time);
    }
}

fn restore(plan: &Plan) {
    println!("\nRestoring 1 MiB\n| values in the map | MB/s | ns a token of 5 B |\n|--:|--:|--:|");
    for values in [1, 100, 10_000] {
        let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
        let mut last = String::new();
        for at in 0..values {
            last = map.placeholder(Kind::Email, &format!("person{at}@acme-mail.com"));
        }
        let mut text = String::new();
        while text.len() < 1 << 20 {
            text.push_str(&" word".repeat(97));
            text.push_str(&last);
        }
        let whole = best(plan, || (), |()| map.restore(&text));
        let pieces: Vec<&str> = (0..text.len())
            .step_by(5)
            .map(|at| text.get(at..(at + 5).min(text.len())).unwrap_or_default())
            .collect();
        let cut = best(
            plan,
            || (Restorer::new(), String::with_capacity(2 << 20)),
            |(mut restorer, mut out)| {
                for piece in &pieces {
                    restorer.push(&map, piece, &mut out);
                }
                restorer.finish(&map, &mut out);
                out
            },
        );
        let rate = text.len() as f64 / whole.as_secs_f64() / 1e6;
        let token = cut.as_secs_f64() * 1e9 / pieces.len() as f64;
        println!("| {values} | {rate:.0} | {token:.1} |");
    }
}
