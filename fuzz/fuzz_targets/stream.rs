//! However a text is cut, the stream gives what the whole text gives.
#![no_main]

use std::sync::LazyLock;

use confidant::redact::{Redactor, StreamRedactor};
use libfuzzer_sys::fuzz_target;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(Redactor::secrets_and_pii);

fuzz_target!(|input: (Vec<u8>, &[u8])| {
    let (cuts, text) = input;
    let whole = REDACTOR.redact_bytes(text);
    let mut stream = StreamRedactor::new(REDACTOR.clone());
    // The second round shows that a finished stream begins anew.
    for round in 0..2 {
        let (mut out, mut findings) = (Vec::new(), Vec::new());
        let mut rest = text;
        for &cut in cuts.iter().skip(round) {
            let (chunk, after) = rest.split_at(usize::from(cut).min(rest.len()));
            stream.push(chunk, &mut out, &mut findings);
            rest = after;
        }
        stream.push(rest, &mut out, &mut findings);
        stream.finish(&mut out, &mut findings);
        assert_eq!(out, whole.get_ref().as_ref());
        assert_eq!(findings, whole.findings());
    }
});
