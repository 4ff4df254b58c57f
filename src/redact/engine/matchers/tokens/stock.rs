//! Dummies that documentation shows after a prefix.

use crate::redact::engine::judge::Words;

/// Words that mark a token as a dummy.
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

/// Returns whether the body of a token with a certain prefix is a dummy.
///
/// A sequence such as `abcdef1234` may be a dummy as well, but with the right prefix
/// and length it is replaced: if it was an example, nothing is lost.
pub(in crate::redact::engine) fn is_stock(body: &[u8]) -> bool {
    let mut counts = [0_usize; 128];
    for byte in body {
        if let Some(count) = counts.get_mut(usize::from(byte.to_ascii_lowercase())) {
            *count += 1;
        }
    }
    let distinct = counts.iter().filter(|count| **count > 0).count();
    let most = counts.iter().max().copied().unwrap_or(0);
    // Dummies are often typed by holding down a key.
    let held = body.chunk_by(|one, other| one.eq_ignore_ascii_case(other));
    let held: usize = held.map(<[u8]>::len).filter(|len| *len >= 4).sum();
    body.len() >= 8 && distinct < 5 || most.max(held) * 2 > body.len() || WORDS.any_in(body)
}
