//! The driver: from the masks of the first stage to the matchers.

use memchr::memchr2_iter;

use super::marks::{self, Outcome, Reader};
use super::progress::Progress;
use super::run::{Run, behind_escape, run_starts};
use crate::redact::builtin::Structure;
use crate::redact::engine::decode::Scope;
use crate::redact::engine::hit::{Hit, Sink};
use crate::redact::engine::matchers::assignment::{assigned, may_begin};
use crate::redact::engine::matchers::tokens::RUN;
use crate::redact::engine::matchers::{address, dotted, manifest, pair, personal};
use crate::redact::engine::prefilter::{BLOCK, LIST, Masks, PIECE, REACH, TOKEN_SET, ones};
use crate::redact::engine::{Engine, decode};
use crate::redact::finding::{Layers, Validation};
use crate::redact::text::{TOKEN, Text, placeholder_len};

/// The length in bytes below which a text is short.
const SHORT: usize = 512;

impl Engine {
    /// Scans every place of `text` from `from` on and reports hits to `sink`. Returns
    /// the end of `text`, or the first place that is unsettled because `text` is
    /// incomplete.
    ///
    /// Bytes before `from` are only looked back at.
    pub(crate) fn find(
        &self,
        text: &Text<'_>,
        from: usize,
        scope: &Scope<'_>,
        progress: &mut Progress,
        sink: &mut Sink,
    ) -> usize {
        // For a short text, making a list takes longer than it saves, and so does room
        // for many masks.
        if text.bytes().len().saturating_sub(from) < SHORT {
            let mut masks = [Masks::default(); SHORT / BLOCK + 1];
            return self.find_with((&mut masks, &mut []), text, from, scope, progress, sink);
        }
        let (mut masks, mut list) = ([Masks::default(); PIECE + 1], [0; LIST]);
        self.find_with((&mut masks, &mut list), text, from, scope, progress, sink)
    }

    /// [`find`](Self::find) with room for the masks of some blocks and one more, and
    /// for a list of anchors, or without a list.
    #[inline(never)]
    fn find_with(
        &self,
        (masks, list): (&mut [Masks], &mut [u16]),
        text: &Text<'_>,
        from: usize,
        scope: &Scope<'_>,
        progress: &mut Progress,
        sink: &mut Sink,
    ) -> usize {
        let bytes = text.bytes();
        let limit = if text.is_complete() {
            bytes.len()
        } else {
            // A run or an anchor may begin in the last bytes.
            text.run_back(bytes.len(), RUN, TOKEN)
                .min(bytes.len().saturating_sub(REACH))
                .max(from)
        };
        let piece = masks.len() - 1;
        let mut carry = text
            .before(from)
            .is_some_and(|byte| TOKEN_SET.contains(byte));
        text.hide(&progress.hidden);
        // Nothing precedes the first byte.
        if from == 0 && !self.at_start(text, progress, sink) {
            return 0;
        }
        let mut at = from;
        while at < limit {
            let rest = bytes.get(at..).unwrap_or_default();
            let mut blocks = self.prefilter.masks(rest, masks);
            if blocks <= piece {
                blocks = self.last_masks(rest, blocks, masks);
            }
            let blocks = blocks.min(piece);
            if let Some(masks) = masks.get_mut(..blocks) {
                self.prefilter.sift(rest, masks, list);
                let personal = self.personal.as_ref().is_some_and(|it| it.has_anchors());
                mark_wide(rest, masks, personal);
            }
            for from in 0..blocks {
                let Some(pair) = masks.get(from..).and_then(<[Masks]>::first_chunk) else {
                    break;
                };
                let [this, next] = pair;
                let starts = run_starts(this.token, next.token, carry);
                carry = this.token >> 63 == 1;
                let mut places = starts | this.anchor | progress.row_in(at);
                while places != 0 {
                    let bit = places.trailing_zeros();
                    places &= places - 1;
                    let place = at + bit as usize;
                    if place >= limit {
                        return limit;
                    }
                    if progress.is_row(place) {
                        if !self.at_row(text, place, progress, sink) || sink.is_full() {
                            return place;
                        }
                        places |= progress.row_in(at);
                        if (starts | this.anchor) >> bit & 1 == 0 {
                            continue;
                        }
                    }
                    let anchor = this.anchor >> bit & 1 == 1;
                    let start = starts >> bit & 1 == 1;
                    if !anchor && self.is_empty_run(bytes, place, pair, bit) {
                        continue;
                    }
                    let marks = Marks {
                        this,
                        next,
                        bit,
                        anchor,
                        start,
                    };
                    let settled = self.at_place(text, place, &marks, scope, progress, sink);
                    if !settled || sink.is_full() {
                        return place;
                    }
                }
                at += BLOCK;
            }
        }
        limit
    }

    /// Scans the start of a text, to which no mark before it leads. Returns whether it
    /// is settled.
    fn at_start(&self, text: &Text<'_>, progress: &mut Progress, sink: &mut Sink) -> bool {
        self.settle(text, 0, progress, sink, |progress, sink| {
            if let Some(personal) = &self.personal {
                keep(text, personal.at_start(text), sink);
            }
            if matches!(text.bytes(), [b'p' | b'P', b'w' | b'W', next, ..] if !next.is_ascii_alphabetic())
            {
                self.assignment(text, 0, progress, sink);
            }
        })
    }

    /// Reads on in tables at the start of a row. Returns whether it is settled.
    #[cold]
    #[inline(never)]
    fn at_row(
        &self,
        text: &Text<'_>,
        place: usize,
        progress: &mut Progress,
        sink: &mut Sink,
    ) -> bool {
        progress.reach(place, text);
        self.settle(text, place, progress, sink, |progress, sink| {
            self.rows(text, place, progress, sink);
        })
    }

    /// Scans one place. Returns whether it is settled.
    #[inline(never)]
    fn at_place(
        &self,
        text: &Text<'_>,
        place: usize,
        marks: &Marks<'_>,
        scope: &Scope<'_>,
        progress: &mut Progress,
        sink: &mut Sink,
    ) -> bool {
        progress.reach(place, text);
        self.settle(text, place, progress, sink, |progress, sink| {
            if marks.anchor {
                let inside = || self.personal.is_some() && personal::is_inside_number(text, place);
                if !marks.start && inside() {
                    return;
                }
                self.at_anchor(text, place, scope, progress, sink);
            }
            if marks.start {
                let run = Run::of(marks.this, marks.next, marks.bit, place, text);
                // A run that continues after a hit may contain another one.
                if place >= progress.by_sure || run.end > progress.by_sure {
                    self.at_run(text, &run, scope, progress, sink);
                }
            }
        })
    }

    /// Runs `scan` on one place. If text after the end could change the result, undoes
    /// its effects and returns `false`.
    #[inline]
    fn settle(
        &self,
        text: &Text<'_>,
        place: usize,
        progress: &mut Progress,
        sink: &mut Sink,
        scan: impl FnOnce(&mut Progress, &mut Sink),
    ) -> bool {
        let (known, trail) = (sink.hits.len(), progress.trail);
        scan(progress, sink);
        if text.take_short() {
            sink.hits.truncate(known);
            progress.trail = trail;
            if let Some(done) = progress.was_done.take() {
                progress.done = done;
            }
            return false;
        }
        progress.was_done = None;
        if sink.hits.len() > known {
            for hit in sink.hits.get_mut(known..).unwrap_or_default() {
                hit.place = place;
                progress.note(hit, self.is_personal(hit.rule));
            }
        }
        true
    }

    /// Fills the masks of the last blocks of `rest`, which may be incomplete, after
    /// those of the first `count` blocks. Returns the number of blocks.
    fn last_masks(&self, rest: &[u8], count: usize, masks: &mut [Masks]) -> usize {
        let Some((last, behind)) = masks
            .get_mut(count..)
            .and_then(|masks| masks.split_at_mut_checked(masks.len().min(2)))
        else {
            return count;
        };
        // Zeros after the text are in no alphabet.
        let mut tail = [0_u8; 2 * BLOCK + REACH];
        for (place, byte) in tail.iter_mut().zip(rest.iter().skip(count * BLOCK)) {
            *place = *byte;
        }
        self.prefilter.masks(&tail, last);
        if let Some(next) = behind.first_mut() {
            *next = Masks::default();
        }
        rest.len().div_ceil(BLOCK)
    }

    /// Scans the run of the token alphabet that starts at a place.
    pub(in crate::redact::engine) fn at_run(
        &self,
        text: &Text<'_>,
        run: &Run,
        scope: &Scope<'_>,
        progress: &mut Progress,
        sink: &mut Sink,
    ) {
        let (at, end) = (run.start, run.end);
        let before = sink.hits.len();
        let start = behind_escape(text, at).min(end);
        self.tokens.find_at(text, start, sink);
        if matches!(
            text.before(at),
            Some(b'.' | b':' | b'/' | b'$' | b'+' | b'~' | b'!' | b'@' | b'=' | b'#' | b'|')
        ) {
            self.tokens.find_before(text, at, sink);
        }
        // A token may also begin after a mark inside the run.
        let most = end.saturating_sub(RUN);
        let near = ones(run.joints).map(|joint| at + joint);
        for joint in near.take_while(|joint| *joint < most) {
            if joint >= start {
                self.tokens.find_at(text, joint + 1, sink);
            }
        }
        if at + BLOCK < most {
            let further = text.slice(at + BLOCK, most);
            for joint in memchr2_iter(b'_', b'-', further) {
                self.tokens.find_at(text, at + BLOCK + joint + 1, sink);
            }
        }
        if let Some(personal) = &self.personal
            && run.has_digit
        {
            keep(
                text,
                personal.at_run(text, start, end.saturating_sub(start)),
                sink,
            );
        }
        if run.has_digit && sink.hits.len() == before {
            let word = progress.trail.word;
            let named = self.named.find(text, start, end, word, &self.prefilter);
            let may_be_joined = run.joints != 0 || end - at > BLOCK;
            let joined = || self.named.find_joined(text, start, end);
            if let Some(hit) = named.or_else(|| may_be_joined.then(joined)?) {
                sink.hit(hit);
            } else if let Some(place) = assigned(text, start, end) {
                self.report(
                    Structure::TokenAssignment,
                    Some(place),
                    70,
                    Validation::Judged,
                    sink,
                );
            }
        } else if end - start == 20 && matches!(text.slice(start, start + 4), b"AKIA" | b"ASIA") {
            let place = pair::secret_key(text, end);
            self.report(
                Structure::ApiKeyAssignment,
                place,
                84,
                Validation::Judged,
                sink,
            );
        }
        if end - at == dotted::HEAD && sink.hits.len() == before {
            self.report(
                Structure::DottedKey,
                dotted::key(text, at),
                85,
                Validation::Format,
                sink,
            );
        }
        let found = sink.hits.get(before..).unwrap_or_default();
        let is_known = found.iter().any(|hit| hit.start <= start);
        if at >= progress.by_any && !is_known {
            self.decode_at_run(text, (at, end), start, scope, progress, sink);
        }
    }

    fn at_anchor(
        &self,
        text: &Text<'_>,
        at: usize,
        scope: &Scope<'_>,
        progress: &mut Progress,
        sink: &mut Sink,
    ) {
        let personal = self.personal.as_ref().filter(|it| it.has_anchors());
        if let Some(personal) = personal {
            keep(text, personal.at_anchor(text, at), sink);
        }
        let Some(&word) = text.bytes().get(at..).and_then(<[u8]>::first_chunk::<4>) else {
            return text.miss();
        };
        if decode::is_mark(word) && personal.is_none() {
            // No other matcher begins at these bytes.
            if at >= progress.by_any && decode::may_lead(word) {
                self.decode_at_anchor(text, at, scope, progress, sink);
            }
            return;
        }
        self.tokens.find_anchored(text, at, sink);
        if let Some(hit) = self.within.find(text, at, word) {
            sink.hit(hit);
        }
        let hidden = at < progress.by_any;
        for mark in marks::at(word).filter(|mark| mark.inside || !hidden) {
            self.read(mark.reader, text, at, progress, sink);
        }
        if hidden {
            return;
        }
        if decode::is_mark(word) && decode::may_lead(word) {
            self.decode_at_anchor(text, at, scope, progress, sink);
        } else if !word[0].is_ascii() && may_begin(word) {
            self.assignment(text, at, progress, sink);
        }
    }

    /// Reads the text at a mark.
    fn read(
        &self,
        reader: Reader,
        text: &Text<'_>,
        at: usize,
        progress: &mut Progress,
        sink: &mut Sink,
    ) {
        match reader {
            Reader::Address(outcome) => self.address(text, at, outcome, progress, sink),
            Reader::Assignment(offset) => {
                self.assignment(text, at.saturating_add_signed(offset), progress, sink);
            }
            Reader::BareAddress(outcome) => self.bare_address(text, (at, at), outcome, sink),
            Reader::Basic(outcome) => self.basic(text, at, outcome, sink),
            Reader::Bearer(outcome) => self.bearer(text, at, outcome, sink),
            Reader::Cookie(outcome) => self.cookie(text, at, outcome, sink),
            Reader::Manifest(outcome) => {
                let found = |place, sink: &mut Sink| self.found(outcome, Some(place), sink);
                manifest::values(text, at, found, sink);
            }
            Reader::Port(outcome) => {
                if let Some(sign) = address::sign_before(text, at) {
                    self.bare_address(text, (sign, at), outcome, sink);
                }
            }
            Reader::Tongue(lead) => {
                if lead.is_at(text.bytes(), at)
                    && let Some(start) = at.checked_sub(lead.offset)
                {
                    self.assignment(text, start, progress, sink);
                }
            }
            Reader::Value(find, outcome) => self.found(outcome, find(text, at), sink),
        }
    }

    /// Reports a value that the reader of a mark found.
    pub(super) fn found(&self, outcome: Outcome, place: Option<(usize, usize)>, sink: &mut Sink) {
        let Outcome {
            structure,
            confidence,
            validation,
        } = outcome;
        self.report(structure, place, confidence, validation, sink);
    }

    pub(super) fn report(
        &self,
        structure: Structure,
        place: Option<(usize, usize)>,
        confidence: u8,
        validation: Validation,
        sink: &mut Sink,
    ) {
        if let (Some((start, end)), Some(rule)) = (place, self.rule(structure)) {
            sink.hit(Hit {
                start,
                end,
                rule,
                confidence,
                validation,
                layers: Layers::NONE,
                place: 0,
            });
        }
    }
}

/// Marks characters beyond ASCII with which a word for a secret may begin, and, if
/// `personal` says so, the last bytes of those after which personal data may begin. The
/// first stage cannot, because its anchors begin with ASCII.
#[inline]
fn mark_wide(rest: &[u8], masks: &mut [Masks], personal: bool) {
    for (number, masks) in masks.iter_mut().enumerate() {
        if masks.lead != 0 {
            mark_words(rest, number * BLOCK, masks);
        }
    }
    if personal {
        mark_behind_wide(rest, masks);
    }
}

/// Marks the last bytes of the characters beyond ASCII after which personal data may
/// begin.
#[inline(never)]
fn mark_behind_wide(rest: &[u8], masks: &mut [Masks]) {
    for (block, masks) in rest.chunks(BLOCK).zip(masks) {
        if block.is_ascii() {
            continue;
        }
        for (at, pair) in block.windows(2).enumerate() {
            let hardware = |next: u8| {
                let third = block.get(at + 2).is_none_or(u8::is_ascii_hexdigit);
                let mark = block.get(at + 3);
                next.is_ascii_hexdigit()
                    && third
                    && mark.is_none_or(|mark| matches!(mark, b':' | b'-'))
            };
            if let &[128..=255, next] = pair
                && (next.is_ascii_digit() || next.is_ascii_uppercase() || hardware(next))
            {
                masks.anchor |= 1 << at;
            }
        }
        // The next block is looked at for the last byte.
        if block.len() == BLOCK && block.last() >= Some(&128) {
            masks.anchor |= 1 << (BLOCK - 1);
        }
    }
}

/// Marks the words for secrets beyond ASCII that begin in the block at `start`.
#[inline(never)]
fn mark_words(rest: &[u8], start: usize, masks: &mut Masks) {
    for at in ones(masks.lead) {
        let word = rest.get(start + at..).and_then(<[u8]>::first_chunk);
        if word.is_some_and(|word| may_begin(*word)) {
            masks.anchor |= 1 << at;
        }
    }
}

/// The masks at one place.
struct Marks<'m> {
    this: &'m Masks,
    next: &'m Masks,
    bit: u32,
    /// Whether an anchor begins there.
    anchor: bool,
    /// Whether a long run of the token alphabet starts there.
    start: bool,
}

/// Reports personal data, unless it is part of a placeholder or a placeholder follows
/// immediately. In the second case the value was skipped before the placeholder was
/// made.
#[inline]
fn keep(text: &Text<'_>, hit: Option<Hit>, sink: &mut Sink) {
    if let Some(hit) = hit {
        keep_hit(text, hit, sink);
    }
}

#[inline(never)]
fn keep_hit(text: &Text<'_>, hit: Hit, sink: &mut Sink) {
    if hit.start >= text.floor()
        && !text.is_before_placeholder(hit.end)
        && !is_in_placeholder(text, hit.start)
    {
        sink.hit(hit);
    }
}

/// Returns whether the word at `at` is the kind in a placeholder.
#[inline]
pub(super) fn is_in_placeholder(text: &Text<'_>, at: usize) -> bool {
    let before = text.slice(at.saturating_sub(LONGEST_HEAD), at).iter().rev();
    let is_part = |byte: &&u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-');
    let start = at.checked_sub(before.take_while(is_part).count() + 1);
    start.is_some_and(|start| {
        let len = text.bytes().get(start..).and_then(placeholder_len);
        len.is_some_and(|len| at < start + len)
    })
}

/// How far into a placeholder its kind may reach: `[REDACTED-` and 12 letters.
const LONGEST_HEAD: usize = 22;
