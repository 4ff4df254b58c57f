//! What documentation puts behind a prefix.

use crate::redact::engine::judge::Words;

/// Words that say that a token is not meant.
static WORDS: Words = Words::new(&[
    b"example",
    b"xxxxx",
    b"your",
    b"placeholder",
    b"redacted",
    b"dummy",
    b"sample",
    b"replace",
    b"insert",
    b"changeme",
    b"_here",
    b"-here",
    b"fake",
    b".....",
    b"*****",
]);

/// Whether the body of a token whose prefix leaves no doubt is a placeholder.
///
/// A sequence such as `abcdef1234` may be one as well, but where the prefix and
/// the length are right it is hidden: who means it as an example loses nothing.
pub(in crate::redact::engine) fn is_stock(body: &[u8]) -> bool {
    let mut counts = [0_usize; 128];
    for byte in body {
        if let Some(count) = counts.get_mut(usize::from(byte.to_ascii_lowercase())) {
            *count += 1;
        }
    }
    let distinct = counts.iter().filter(|count| **count > 0).count();
    let most = counts.iter().max().copied().unwrap_or(0);
    // Placeholders are often typed by holding a key down.
    let held = body.chunk_by(|one, other| one.eq_ignore_ascii_case(other));
    let held: usize = held.map(<[u8]>::len).filter(|len| *len >= 4).sum();
    body.len() >= 8 && distinct < 5 || most.max(held) * 2 > body.len() || WORDS.any_in(body)
}
