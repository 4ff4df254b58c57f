//! The sieve between the first stage and the matchers.
//!
//! Of ten places that the first stage marks some six lead nowhere, which a few bytes
//! at each tell. Which of them do is not to be foreseen, so a branch at each place
//! would be mispredicted again and again. Here places are listed for many blocks at
//! once and asked one after the other without a branch; the matchers see the rest.

use super::prefilter::{BLOCK, LIST_SPARE, Masks};
use super::run::{behind, run_starts};
use super::tokens::RUN;
use super::{Engine, decode};

/// How many blocks are sifted at a time: a piece that stays in the nearest cache.
pub(super) const PIECE: usize = 32;

/// How many bytes before a place are looked at, and how many from there on.
const BEFORE: usize = 3;
const BEHIND: usize = 8;

/// The places of a piece that are left.
pub(super) struct Sieve {
    /// For each block, the anchors.
    anchors: [u64; PIECE],
    /// For each block, where runs start that may hold something.
    starts: [u64; PIECE],
    list: List,
}

/// Room to list all places of a piece, each counted from its start.
type List = [u16; PIECE * BLOCK + LIST_SPARE];

impl Default for Sieve {
    fn default() -> Self {
        Self {
            anchors: [0; PIECE],
            starts: [0; PIECE],
            list: [0; PIECE * BLOCK + LIST_SPARE],
        }
    }
}

impl Sieve {
    /// For each block, the anchors and the starts of runs.
    #[inline]
    pub(super) fn blocks(&self) -> impl Iterator<Item = (u64, u64)> {
        self.anchors
            .iter()
            .copied()
            .zip(self.starts.iter().copied())
    }
}

/// The block of a place in a piece, and where it is there.
#[inline]
const fn split(place: u16) -> (usize, u32) {
    (place as usize / BLOCK, place as u32 % u64::BITS)
}

impl Engine {
    /// Sifts the places of the first `blocks` of `masks`, which are those of `bytes`
    /// from `at` on; `carry` says whether the byte before them is of the token
    /// alphabet.
    #[inline]
    pub(super) fn sift(
        &self,
        bytes: &[u8],
        at: usize,
        (masks, blocks): (&[Masks; PIECE + 1], usize),
        mut carry: bool,
        sieve: &mut Sieve,
    ) {
        let sets = sieve.starts.iter_mut().zip(&mut sieve.anchors);
        for (pair, (starts, anchors)) in masks.windows(2).zip(sets) {
            let [this, next] = pair else { continue };
            *starts = run_starts(this.token, next.token, carry);
            *anchors = this.anchor;
            carry = this.token >> 63 == 1;
        }
        self.sift_anchors(bytes.get(at..).unwrap_or_default(), blocks, sieve);
    }

    /// Whether nothing is in the run that starts at `place`, at bit `bit` of `this`: no
    /// digit, no mark behind which a token may begin, and no beginning of one.
    #[inline]
    pub(super) fn is_empty_run(
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
        // Of a run of a whole block or more, or one that may go on behind the
        // text, it is not known.
        let ends = (run < u64::BITS) & (place + (run as usize) < bytes.len());
        if !(ends & (digits | joints == 0)) {
            return false;
        }
        let from = place.checked_sub(BEFORE);
        let near = from.and_then(|from| bytes.get(from..)?.first_chunk());
        near.is_some_and(|near| !self.may_hold(near))
    }

    /// Leaves the anchors that are some at a second look.
    #[inline]
    fn sift_anchors(&self, piece: &[u8], blocks: usize, sieve: &mut Sieve) {
        let anchors = sieve.anchors.get_mut(..blocks).unwrap_or_default();
        let count = self.prefilter.list(anchors, &mut sieve.list);
        anchors.fill(0);
        for &place in sieve.list.iter().take(count) {
            let (block, bit) = split(place);
            let is_anchor = self.prefilter.is_anchor(piece, usize::from(place));
            if let Some(anchors) = anchors.get_mut(block) {
                *anchors |= u64::from(is_anchor) << bit;
            }
        }
    }

    /// Whether a token or encoded text may begin with a plain run, by the bytes around
    /// its start.
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
    use crate::redact::engine::run::Run;
    use crate::redact::engine::tests::Nobody;
    use crate::redact::engine::{Progress, Scope, Sink};
    use crate::redact::rules::FAMILIES;
    use crate::redact::selection::Selection;
    use crate::redact::text::{TOKEN, Text, class};

    /// The runs of `text`, told byte by byte.
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
    fn runs_that_do_not_pass_hold_nothing() {
        let engine = Engine::new(&Selection::default(), |_| false);
        let examples = FAMILIES.iter().copied().flatten();
        let examples = examples.flat_map(|rule| rule.examples());
        let (mut dropped, mut kept) = (0, 0);
        for (number, marked) in examples.enumerate() {
            let example = marked.replace(['«', '»'], "");
            // Without digits, behind other words, and where blocks end.
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
            // Zeros are of no alphabet.
            bytes.resize((PIECE + 1) * BLOCK + 3, 0);
            let mut masks = [Masks::default(); PIECE + 1];
            assert_eq!(engine.prefilter.masks(&bytes, &mut masks), PIECE + 1);
            let mut sieve = Sieve::default();
            engine.sift(&bytes, 0, (&masks, PIECE), false, &mut sieve);
            let starts: Vec<u64> = sieve.blocks().map(|(_, starts)| starts).collect();
            let text = Text::new(&bytes, true);
            for run in runs(&bytes[..len]) {
                if starts[run.start / BLOCK] >> (run.start % BLOCK) & 1 == 1 {
                    kept += 1;
                    continue;
                }
                dropped += 1;
                let (mut progress, mut sink) = (Progress::default(), Sink::default());
                let scope = Scope::new(&Nobody);
                engine.at_run(&text, &run, &scope, &mut progress, &mut sink);
                assert!(sink.hits.is_empty(), "{marked}: {}", run.start);
            }
        }
        assert!(dropped > 500 && kept > 2000, "{dropped} {kept}");
    }
}
