//! The data of Kubernetes secrets: base-64 values under arbitrary names.

use crate::redact::text::{ALNUM, NAME, QUOTE, SPACE, Text, class};

/// How far before and after the word `data` its manifest may state its kind.
const MOST_BEFORE: usize = 240;
const MOST_BEHIND: usize = 2048;

/// The greatest number of values replaced in one secret, and the greatest length of
/// one.
const MOST_VALUES: usize = 64;
const MOST_VALUE: usize = 64 * 1024;

/// Reports the places of the values under `data:`, whose `ata:` is at `at`, if the
/// surrounding manifest is that of a secret.
#[inline(never)]
pub(in crate::redact::engine) fn values(
    text: &Text<'_>,
    at: usize,
    mut report: impl FnMut((usize, usize)),
) {
    let line = at + b"ata:".len();
    let starts = matches!(text.before(at), Some(b'd')) && at >= 1;
    let indent = text.run_back(at.saturating_sub(1), 32, SPACE);
    let alone = matches!(text.before(indent), None | Some(b'\n'));
    let bare = matches!(text.at(text.run(line, 8, SPACE)), Some(b'\n' | b'\r'));
    if !starts || !alone || !bare {
        return;
    }
    let end = text.run_of(line, MOST_BEHIND, |byte| byte != 0);
    let before = text.slice(at.saturating_sub(MOST_BEFORE).max(text.floor()), at);
    if !(is_secret(before) || is_secret(text.slice(line, end))) {
        return;
    }
    let depth = at - 1 - indent;
    let mut at = line;
    for _ in 0..MOST_VALUES {
        let next = text.run_of(at, 4, |byte| matches!(byte, b'\r' | b'\n' | b' '));
        let next = text.run_back(next, 4, SPACE);
        let name = text.run(next, 32, SPACE);
        if text.at(name) == Some(b'#') {
            at = text.run_of(name, MOST_BEHIND, |byte| byte != b'\n');
            continue;
        }
        let colon = text.run_of(name, 253, |byte| class(byte) & (NAME | QUOTE) != 0);
        if name - next <= depth || colon == name || text.at(colon) != Some(b':') {
            return;
        }
        let mut start = text.run(colon + 1, 8, SPACE);
        // A block of lines.
        if matches!(text.at(start), Some(b'|' | b'>')) {
            start = text.run_of(start, 4, |byte| matches!(byte, b'|' | b'>' | b'-' | b'+'));
            start = text.run_of(start, 64, |byte| byte.is_ascii_whitespace());
        }
        start += usize::from(text.at(start).is_some_and(|byte| class(byte) & QUOTE != 0));
        let value = text.run_of(start, MOST_VALUE, |byte| {
            class(byte) & ALNUM != 0 || matches!(byte, b'+' | b'/' | b'=')
        });
        if value - start >= 12 && (value - start).is_multiple_of(4) {
            report((start, value));
        }
        at = text.run_of(value, 64, |byte| byte != b'\n');
        if text.at(at) != Some(b'\n') {
            return;
        }
    }
}

/// Returns whether a line states that the manifest is a secret.
fn is_secret(part: &[u8]) -> bool {
    part.windows(b"kind:".len())
        .enumerate()
        .filter(|(_, word)| *word == b"kind:")
        .any(|(at, _)| {
            let rest = part.get(at + b"kind:".len()..).unwrap_or_default();
            let rest = rest
                .iter()
                .skip_while(|byte| matches!(byte, b' ' | b'"' | b'\''));
            rest.take(6).map(u8::to_ascii_lowercase).eq(*b"secret")
        })
}
