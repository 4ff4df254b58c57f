//! Text to measure with: the same on every machine, no two stretches alike.
//!
//! Three kinds stand for what a redactor meets (source code, conversations with
//! an agent as JSON lines with a secret every 20 KB, structured logs), and the
//! hostile ones for what may be sent to it on purpose.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::format_push_string,
    reason = "shared by programs that each use a part, and no library code"
)]

mod chat;
mod code;
pub mod hostile;
mod log;
mod rng;
mod secrets;
mod words;

pub use rng::Rng;

use words::Words;

/// Source code, `bytes` long: the languages of everyday work, lock files among
/// them.
pub fn code(bytes: usize) -> String {
    filled(bytes, |words, out| {
        code::code(words, &mut Rng::new(1), bytes, out);
    })
}

/// Conversations as JSON lines, about `bytes` long, with a secret every 20 KB.
pub fn chat(bytes: usize) -> String {
    filled(bytes, |words, out| {
        chat::chat(words, &mut Rng::new(2), bytes, out);
    })
}

/// Structured logs, about `bytes` long.
pub fn log(bytes: usize) -> String {
    filled(bytes, |words, out| {
        log::log(words, &mut Rng::new(3), bytes, out);
    })
}

/// The texts of `count` messages of 200 bytes to 8 KB, a secret every 20 KB.
pub fn messages(count: usize) -> Vec<String> {
    chat::messages(&Words::new(), &mut Rng::new(4), count, 200, 8 * 1024)
}

/// The text of one message of `bytes`, which holds a secret.
pub fn message(bytes: usize) -> String {
    chat::messages(&Words::new(), &mut Rng::new(5), 1, bytes, bytes).remove(0)
}

/// `count` secrets as a vault holds them: passwords, tokens, addresses that begin
/// alike, keys.
pub fn vault(count: usize) -> Vec<String> {
    let mut rng = Rng::new(6);
    (0..count).map(|_| secrets::kept(&mut rng)).collect()
}

fn filled(bytes: usize, fill: impl FnOnce(&Words, &mut String)) -> String {
    let mut out = String::with_capacity(bytes + 64 * 1024);
    fill(&Words::new(), &mut out);
    out
}
