//! confidant's guard beside other clients of models, and beside other redactors that
//! restore, in one run.
//!
//! `cargo run --release --ignore-rust-version` takes about two minutes. Options come as
//! pairs: `--only NAME` for one part (`calls`, `streams`, `texts`), `--rounds N` (default
//! 9) for how often each is measured. The rounds of all take turns, so that what the
//! machine does meanwhile falls on all of them. Times are those of the processor on the
//! thread that calls, so what the server takes is not counted.
#![allow(
    clippy::print_stdout,
    reason = "a program of its own, which should stop where it cannot measure"
)]

mod clients;
mod clock;
#[path = "../../corpus/mod.rs"]
mod corpus;
mod redactors;
mod server;

use std::error::Error;

use clients::Client;
use clock::{Best, cpu};
use server::Server;

type Fallible<T> = Result<T, Box<dyn Error>>;

/// The messages of a request, the first of them from a person.
const MESSAGES: usize = 20;
const CALLS: usize = 500;
const EVENTS: usize = 20_000;
const STREAMS: usize = 2;

struct Plan {
    only: Option<String>,
    rounds: usize,
}

impl Plan {
    fn read() -> Fallible<Self> {
        let mut plan = Self {
            only: None,
            rounds: 9,
        };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let value = args.next().ok_or("every option takes a value")?;
            match arg.as_str() {
                "--only" => plan.only = Some(value),
                "--rounds" => plan.rounds = value.parse::<usize>()?.max(1),
                _ => return Err("the options are --only and --rounds".into()),
            }
        }
        Ok(plan)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}

fn main() -> Fallible<()> {
    let plan = Plan::read()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if plan.wants("calls") || plan.wants("streams") {
        let server = Server::start()?;
        let mut clients = runtime.block_on(clients::all(&server))?;
        if plan.wants("calls") {
            calls(&plan, &runtime, &mut clients)?;
        }
        if plan.wants("streams") {
            streams(&plan, &runtime, &mut clients)?;
        }
    }
    if plan.wants("texts") {
        texts(&plan)?;
    }
    Ok(())
}

/// What people and the model said so far, about 500 bytes each.
fn history() -> Vec<String> {
    let words = "the quarterly report is due on friday and the team has agreed on its outline; ";
    let mut messages = Vec::new();
    for at in 0..MESSAGES {
        let mut text = words.repeat(6);
        text.push_str(&format!("note {at}. "));
        if at % 5 == 0 {
            text.push_str(&format!("Write to person{at}@acme-mail.com about it."));
        }
        messages.push(text);
    }
    messages
}

fn calls(
    plan: &Plan,
    runtime: &tokio::runtime::Runtime,
    clients: &mut [Box<dyn Client>],
) -> Fallible<()> {
    let mut history = history();
    let mut times = vec![Best::default(); clients.len()];
    for round in 0..=plan.rounds {
        for (client, best) in clients.iter_mut().zip(&mut times) {
            let mut used = 0.0;
            for call in 0..CALLS {
                // Each asks something new at the end of the same conversation.
                if let Some(last) = history.last_mut() {
                    last.truncate(400);
                    last.push_str(&format!(" And now, for the {round}.{call} time?"));
                }
                let begin = cpu();
                let answer = runtime.block_on(client.call(&history))?;
                used += cpu() - begin;
                if answer != server::ANSWER.len() {
                    return Err(format!("{} read another answer", client.name()).into());
                }
            }
            if round > 0 {
                best.add(used / CALLS as f64);
            }
        }
    }
    let bytes: usize = history.iter().map(String::len).sum();
    println!("\nCalls of {MESSAGES} messages, {bytes} bytes, over Chat Completions");
    println!("| client | µs of the processor, best | median |\n|---|--:|--:|");
    for (client, best) in clients.iter().zip(&mut times) {
        let (best, median) = (best.best() * 1e6, best.median() * 1e6);
        println!("| {} | {best:.1} | {median:.1} |", client.name());
    }
    Ok(())
}

fn streams(
    plan: &Plan,
    runtime: &tokio::runtime::Runtime,
    clients: &mut [Box<dyn Client>],
) -> Fallible<()> {
    let history = vec!["Go on.".to_owned()];
    let mut times = vec![Best::default(); clients.len()];
    for round in 0..=plan.rounds {
        for (client, best) in clients.iter_mut().zip(&mut times) {
            let (mut used, mut bytes) = (0.0, 0);
            for _ in 0..STREAMS {
                let begin = cpu();
                bytes = runtime.block_on(client.stream(&history))?;
                used += cpu() - begin;
            }
            if bytes < EVENTS * 5 {
                return Err(format!("{} read less than was written", client.name()).into());
            }
            if round > 0 {
                best.add(used / (STREAMS * EVENTS) as f64);
            }
        }
    }
    println!("\nStreams of {EVENTS} pieces of Chat Completions");
    println!("| client | events/s, best | median | µs an event |\n|---|--:|--:|--:|");
    for (client, best) in clients.iter().zip(&mut times) {
        let (best, median) = (best.best(), best.median());
        println!(
            "| {} | {:.0} | {:.0} | {:.2} |",
            client.name(),
            1.0 / best,
            1.0 / median,
            best * 1e6
        );
    }
    Ok(())
}

fn texts(plan: &Plan) -> Fallible<()> {
    let mut texts = corpus::messages(300);
    for (at, text) in texts.iter_mut().enumerate() {
        text.push_str(&format!(" Write to person{at}@acme-mail.com about it."));
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut peers = redactors::all()?;
    let mut hides = vec![Best::default(); peers.len()];
    let mut shows = vec![Best::default(); peers.len()];
    let mut counts = vec![(0, 0); peers.len()];
    for round in 0..=plan.rounds {
        for (at, peer) in peers.iter_mut().enumerate() {
            let (mut hid, mut showed, mut placeholders, mut same) = (0.0, 0.0, 0, 0);
            peer.begin()?;
            for text in &texts {
                let begin = cpu();
                let wire = peer.hide(text)?;
                hid += cpu() - begin;
                placeholders += peer.placeholders(&wire);
                let begin = cpu();
                let shown = peer.show(&wire)?;
                showed += cpu() - begin;
                same += usize::from(shown == *text);
            }
            counts[at] = (placeholders, same);
            if round > 0 {
                hides[at].add(hid);
                shows[at].add(showed);
            }
        }
    }
    let count = texts.len();
    println!("\n{count} messages, {bytes} bytes, in one conversation");
    println!("| redactor | hide MB/s | restore MB/s | placeholders | messages whole again |");
    println!("|---|--:|--:|--:|--:|");
    for (at, peer) in peers.iter().enumerate() {
        let rate = |best: &mut Best| bytes as f64 / best.best() / 1e6;
        let (hide, show) = (rate(&mut hides[at]), rate(&mut shows[at]));
        let (placeholders, same) = counts[at];
        println!(
            "| {} | {hide:.1} | {show:.1} | {placeholders} | {same} of {count} |",
            peer.name()
        );
    }
    tokens(plan)
}

/// Restoration of an answer that arrives token by token.
fn tokens(plan: &Plan) -> Fallible<()> {
    const TOKENS: usize = 4_000;
    println!("\nAn answer of {TOKENS} tokens of 5 bytes, with a placeholder every 100");
    println!("| redactor | values | µs a token | pieces passed on at once |\n|---|--:|--:|--:|");
    for values in [1, 100, 10_000] {
        for mut peer in redactors::streaming(values)? {
            let placeholder = peer.placeholder();
            let tokens = cut(&placeholder, TOKENS);
            let (mut best, mut passed) = (Best::default(), 0);
            let rounds = if values > 1_000 && peer.is_slow() {
                1
            } else {
                plan.rounds
            };
            for _ in 0..rounds {
                let begin = cpu();
                passed = peer.restore(&tokens)?;
                best.add((cpu() - begin) / tokens.len() as f64);
            }
            let time = best.best() * 1e6;
            println!(
                "| {} | {values} | {time:.3} | {passed} of {} |",
                peer.name(),
                tokens.len()
            );
        }
    }
    Ok(())
}

fn cut(placeholder: &str, count: usize) -> Vec<String> {
    let chars: Vec<char> = placeholder.chars().collect();
    let third = chars.len().div_ceil(3);
    let pieces: Vec<String> = chars.chunks(third).map(|c| c.iter().collect()).collect();
    let mut tokens = Vec::with_capacity(count);
    for at in 0..count {
        match at % 100 {
            0 => tokens.push(" to ".to_owned()),
            place @ 1..=3 => tokens.push(pieces.get(place - 1).cloned().unwrap_or_default()),
            _ => tokens.push(" word".to_owned()),
        }
    }
    tokens
}
