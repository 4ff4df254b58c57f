//! Runs of the token alphabet: their bounds and contents.

use crate::redact::engine::matchers::tokens::RUN;
use crate::redact::engine::prefilter::{BLOCK, Masks, ones};
use crate::redact::engine::{Engine, decode};
use crate::redact::text::{ByteSet, TOKEN, Text};

/// How far a run of the token alphabet is searched for tokens that begin inside.
const MOST_RUN: usize = 4096 + BLOCK;

/// A run of the token alphabet of at least [`RUN`] bytes.
pub(in crate::redact::engine) struct Run {
    pub(in crate::redact::engine) start: usize,
    pub(in crate::redact::engine) end: usize,
    /// Whether the run contains a digit.
    pub(in crate::redact::engine) has_digit: bool,
    /// Which of its first 64 bytes are `_` or `-`.
    pub(in crate::redact::engine) joints: u64,
}

impl Run {
    /// Returns the run that starts at `start`, which is bit `bit` of `this`.
    #[inline]
    pub(in crate::redact::engine) fn of(
        [this, next]: &[Masks; 2],
        bit: u32,
        start: usize,
        text: &Text<'_>,
    ) -> Self {
        let len = behind(bit, this.token, next.token).trailing_ones();
        let joints = behind(bit, this.joint, next.joint);
        if len < u64::BITS {
            let inside = (1 << len) - 1;
            let end = start + len as usize;
            text.need(end);
            return Self {
                start,
                end: end.min(text.bytes().len()),
                has_digit: behind(bit, this.digit, next.digit) & inside != 0,
                joints: joints & inside,
            };
        }
        let end = text.run_far(start + BLOCK, MOST_RUN, TOKEN);
        let has_digit = text.slice(start, end).iter().any(u8::is_ascii_digit);
        Self {
            start,
            end,
            has_digit,
            joints,
        }
    }
}

/// Returns the starts of runs of at least [`RUN`] bytes in the low one of two blocks.
/// `carry` says whether the byte before them is in the alphabet.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the low half is what is asked for"
)]
pub(in crate::redact::engine) const fn run_starts(this: u64, next: u64, carry: bool) -> u64 {
    let run = this as u128 | (next as u128) << 64;
    let run = run & (run >> 1);
    let run = run & (run >> 2);
    let run = run & (run >> 4);
    let run = run & (run >> 8);
    const { assert!(RUN == 16, "four doublings make sixteen") };
    run as u64 & !(this << 1 | carry as u64)
}

/// Returns the 64 bits of two blocks that begin at bit `bit` of the low one.
#[inline]
pub(in crate::redact::engine) const fn behind(bit: u32, this: u64, next: u64) -> u64 {
    this >> bit | (next << 1) << (63 - bit)
}

/// Returns the start of the text of a run that begins with the rest of an escape,
/// such as the `n` of `\n`, or with punctuation.
#[inline]
pub(in crate::redact::engine) fn behind_escape(text: &Text<'_>, at: usize) -> usize {
    let escaped = matches!(text.before(at), Some(b'\\' | b'%'));
    if escaped || matches!(text.bytes().get(at), Some(b'-' | b'_')) {
        behind_marks(text, at)
    } else {
        at
    }
}

fn behind_marks(text: &Text<'_>, at: usize) -> usize {
    let hex = |from: usize, count: usize| {
        let digits = text.slice(from, from + count);
        digits.len() == count && digits.iter().all(u8::is_ascii_hexdigit)
    };
    let mut start = match (text.before(at), text.bytes().get(at)) {
        (Some(b'\\'), Some(b'u')) if hex(at + 1, 4) => at + 5,
        (Some(b'\\'), Some(b'x')) if hex(at + 1, 2) => at + 3,
        (Some(b'\\'), Some(b'n' | b'r' | b't' | b'b' | b'f' | b'0')) => at + 1,
        (Some(b'%'), _) if hex(at, 2) => at + 2,
        _ => at,
    };
    while text
        .bytes()
        .get(start)
        .is_some_and(|byte| matches!(byte, b'-' | b'_'))
    {
        start += 1;
    }
    start
}

/// The bytes before a run in which a token may have begun.
pub(super) const BEFORE_RUN: ByteSet = ByteSet::parse(".:/$+~!@=#|");

/// How many bytes before and in a run are read.
const BEFORE: usize = 3;
const BEHIND: usize = 8;

impl Engine {
    /// Returns whether the run that starts at `place`, which is bit `bit` of `this`,
    /// can contain nothing: it has no digit and no beginning of a token, neither at its
    /// start nor after a mark.
    #[inline(always)]
    pub(in crate::redact::engine) fn is_empty_run(
        &self,
        bytes: &[u8],
        place: usize,
        [this, next]: &[Masks; 2],
        bit: u32,
    ) -> bool {
        let run = behind(bit, this.token, next.token).trailing_ones();
        let inside = (1_u64 << (run & 63)).wrapping_sub(1);
        let digits = behind(bit, this.digit, next.digit) & inside;
        let joints = behind(bit, this.joint, next.joint) & inside >> RUN;
        // It is not known for a run of a whole block or more, or for one that may
        // continue after the text.
        let ends = (run < u64::BITS) & (place + (run as usize) < bytes.len());
        if !(ends & (digits == 0)) {
            return false;
        }
        let from = place.checked_sub(BEFORE);
        let near = from.and_then(|from| bytes.get(from..)?.first_chunk());
        near.is_some_and(|near| !self.may_hold(near)) && self.are_empty(bytes, place, joints)
    }

    /// Returns whether no token begins after the marks of the run at `place`.
    fn are_empty(&self, bytes: &[u8], place: usize, joints: u64) -> bool {
        let mut begins = ones(joints).map(|joint| {
            let first = bytes.get(place + joint + 1..)?.first_chunk();
            first.map(|first| self.tokens.may_begin(*first))
        });
        begins.all(|begins| begins == Some(false))
    }

    /// Returns whether a token or encoded text may begin with a plain run, given the
    /// bytes around its start.
    #[inline]
    fn may_hold(&self, near: &[u8; BEFORE + BEHIND]) -> bool {
        let &[a, b, before, ref first @ ..] = near;
        let &[c, d, e, f, ..] = first;
        let escaped = matches!(before, b'\\' | b'%') | matches!(c, b'-' | b'_');
        escaped
            | self.tokens.may_begin([c, d, e, f])
            | self.tokens.may_go_on([a, b, before, c])
            | decode::may_begin(before, first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::builtin::{FAMILIES, Selection};
    use crate::redact::engine::prefilter::PIECE;
    use crate::redact::engine::tests::NoCustomRules;
    use crate::redact::engine::{Pass, Progress, Scope, Sink};
    use crate::redact::text::{TOKEN, Text, class};

    /// The runs of `text`, found byte by byte.
    fn runs(text: &[u8]) -> Vec<Run> {
        let is_token = |at: &usize| class(text[*at]) & TOKEN != 0;
        let starts =
            (0..text.len()).filter(|at| is_token(at) && (*at == 0 || !is_token(&(at - 1))));
        let runs = starts.map(|start| {
            let end = start + (start..text.len()).take_while(is_token).count();
            Run {
                start,
                end,
                has_digit: text[start..end].iter().any(u8::is_ascii_digit),
                joints: (start..end.min(start + BLOCK))
                    .filter(|at| matches!(text[*at], b'_' | b'-'))
                    .fold(0, |joints, at| joints | 1 << (at - start)),
            }
        });
        runs.filter(|run| run.end - run.start >= RUN).collect()
    }

    #[test]
    fn runs_that_seem_empty_are() {
        let engine = Engine::new(&Selection::default(), |_| false);
        let examples = FAMILIES.iter().copied().flatten();
        let examples = examples.flat_map(|rule| rule.examples());
        let (mut dropped, mut kept) = (0, 0);
        for (number, marked) in examples.enumerate() {
            let example = marked.replace(['«', '»'], "");
            // Without digits, after other words, and at the ends of blocks.
            let letters = example.replace(|byte: char| byte.is_ascii_digit(), "k");
            let lead = "a_word-before_it_".repeat(number % 3);
            let text = format!(
                "{:w$}{letters} {lead}{letters} {example}",
                "",
                w = number % 67
            );
            let mut bytes = text.into_bytes();
            bytes.truncate(PIECE * BLOCK);
            let len = bytes.len();
            // Zeros are in no alphabet.
            bytes.resize((PIECE + 1) * BLOCK + 3, 0);
            let mut masks = [Masks::default(); PIECE + 1];
            assert_eq!(engine.prefilter.masks(&bytes, &mut masks), PIECE + 1);
            let text = Text::new(&bytes, true);
            for run in runs(&bytes[..len]) {
                let (block, bit) = (run.start / BLOCK, run.start % BLOCK);
                let pair = masks[block..].first_chunk().unwrap();
                if !engine.is_empty_run(&bytes, run.start, pair, bit as u32) {
                    kept += 1;
                    continue;
                }
                dropped += 1;
                let (mut progress, mut sink) = (Progress::default(), Sink::default());
                let mut pass = Pass {
                    text: &text,
                    scope: &Scope::new(&NoCustomRules),
                    progress: &mut progress,
                    sink: &mut sink,
                };
                engine.at_run(&run, &mut pass);
                assert!(sink.hits.is_empty(), "{marked}: {}", run.start);
            }
        }
        assert!(dropped > 500 && kept > 2000, "{dropped} {kept}");
    }
}
