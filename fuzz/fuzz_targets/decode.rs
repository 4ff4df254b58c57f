//! Encoded text of every sort: however it is cut, the stream gives what the
//! whole gives, findings lie where a layer of encoding can carry them, and what
//! is encoded once more is still in bounds.
#![no_main]

use std::sync::LazyLock;

use confidant::redact::{Redactor, StreamRedactor};
use libfuzzer_sys::fuzz_target;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(Redactor::secrets_and_pii);

fuzz_target!(|input: (u8, u8, &str, &str)| {
    let (ways, cut, before, text) = input;
    let mut encoded = text.as_bytes().to_vec();
    for way in [ways & 15, ways >> 4] {
        encoded = encode(way, &encoded);
    }
    let whole = [before.as_bytes(), b" ", &encoded].concat();
    check(&whole, usize::from(cut).max(1));
});

fn check(text: &[u8], chunk: usize) {
    let redacted = REDACTOR.redact_bytes(text);
    let mut at = 0;
    for finding in redacted.findings() {
        let span = finding.span();
        assert!(at <= span.start && span.start < span.end && span.end <= text.len());
        assert!(finding.decoded_from().len() <= 3);
        at = span.end;
    }
    assert_eq!(REDACTOR.is_clean(text), redacted.is_clean());
    if let Ok(text) = std::str::from_utf8(text) {
        for finding in redacted.findings() {
            let span = finding.span();
            assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
        }
    }
    let mut stream = StreamRedactor::new(REDACTOR.clone());
    let (mut out, mut findings) = (Vec::new(), Vec::new());
    for chunk in text.chunks(chunk) {
        stream.push(chunk, &mut out, &mut findings);
    }
    stream.finish(&mut out, &mut findings);
    assert_eq!(out, redacted.get_ref().as_ref());
    assert_eq!(findings, redacted.findings());
}

/// The text in one of the encodings; for some numbers as it is.
fn encode(way: u8, text: &[u8]) -> Vec<u8> {
    let each = |write: &dyn Fn(&mut String, u8)| {
        let mut out = String::new();
        text.iter().for_each(|&byte| write(&mut out, byte));
        out.into_bytes()
    };
    let marks = |form: &'static dyn Fn(u8) -> String| {
        let mut out = Vec::new();
        for &byte in text {
            if byte.is_ascii_alphanumeric() || byte >= 128 {
                out.push(byte);
            } else {
                out.extend_from_slice(form(byte).as_bytes());
            }
        }
        out
    };
    match way {
        1 => base64(text, 0),
        2 => base64(text, 76),
        3 => each(&|out, byte| out.push_str(&format!("{byte:02x}"))),
        4 => marks(&|byte| format!("%{byte:02X}")),
        5 => marks(&|byte| format!("\\u{byte:04x}")),
        6 => marks(&|byte| format!("\\x{byte:02x}")),
        7 => marks(&|byte| format!("&#{byte};")),
        8 => text.iter().flat_map(|&byte| [byte, 0]).collect(),
        9 => text.iter().flat_map(|&byte| [0, byte]).collect(),
        10 => text.chunks(40).collect::<Vec<_>>().join(&b"\" + \""[..]),
        11 => text.chunks(40).collect::<Vec<_>>().join(&b"\\\n"[..]),
        12 => text.chunks(72).collect::<Vec<_>>().join(&b"=\r\n"[..]),
        _ => text.to_vec(),
    }
}

fn base64(bytes: &[u8], line: usize) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for (count, chunk) in bytes.chunks(3).enumerate() {
        if line > 0 && count > 0 && 4 * count % line == 0 {
            out.push(b'\n');
        }
        let mut group = [0; 4];
        group[1..=chunk.len()].copy_from_slice(chunk);
        let number = u32::from_be_bytes(group);
        for digit in 0..=chunk.len() {
            out.push(DIGITS[(number >> (18 - 6 * digit) & 63) as usize]);
        }
        out.extend(std::iter::repeat_n(b'=', 3 - chunk.len()));
    }
    out
}
