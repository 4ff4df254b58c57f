//! Placeholders in any text: however it is cut, the stream restores what the whole text
//! restores, and what was redacted comes back.
#![no_main]

use std::sync::LazyLock;

use confidant::redact::{Key, Kind, PlaceholderMap, Redactor, Restorer};
use libfuzzer_sys::fuzz_target;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(Redactor::secrets_and_pii);

fuzz_target!(|input: (Vec<u8>, String)| {
    let (cuts, text) = input;
    let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
    let known = map.placeholder(Kind::Email, "ann@example.org");
    // `§` stands for a placeholder of the map, so that some are in the text.
    let answer = text.replace('§', &known);
    let whole = map.restore(&answer);
    let (mut restorer, mut out) = (Restorer::new(), String::new());
    let mut rest = answer.as_str();
    for cut in cuts {
        let mut at = usize::from(cut).min(rest.len());
        while !rest.is_char_boundary(at) {
            at -= 1;
        }
        let (chunk, after) = rest.split_at(at);
        restorer.push(&map, chunk, &mut out);
        rest = after;
    }
    restorer.push(&map, rest, &mut out);
    let counts = restorer.finish(&map, &mut out);
    assert_eq!(out, whole.as_str());
    assert_eq!(counts, whole.counts());

    let redacted = REDACTOR.redact_with(&text, &mut map);
    assert_eq!(map.restore(redacted.as_str()).as_str(), text);
});
