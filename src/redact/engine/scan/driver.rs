//! The driver: from the masks of the first stage to the matchers.

use memchr::memchr2_iter;

use super::marks::{self, Outcome, Reader, formed, judged};
use super::pass::Pass;
use super::run::{BEFORE_RUN, Run, behind_escape, run_starts};
use crate::redact::builtin::Structure;
use crate::redact::engine::hit::{Hit, Sink};
use crate::redact::engine::matchers::assignment::{assigned, may_begin};
use crate::redact::engine::matchers::tokens::RUN;
use crate::redact::engine::matchers::{address, dotted, manifest, pair, personal};
use crate::redact::engine::prefilter::{BLOCK, LIST, Masks, PIECE, REACH, TOKEN_SET, ones};
use crate::redact::engine::{Engine, decode};
use crate::redact::finding::{Layers, Validation};
use crate::redact::text::{NAME, TOKEN, class};

/// The length in bytes below which a text is short.
const SHORT: usize = 512;

/// The greatest length of a name that ends a hit and names what follows it.
const MOST_NAME: usize = 64;

impl Engine {
    /// Scans the places of a text from `from` on. Stops at the first place that is open
    /// because the text is incomplete, or after the first hit if one is enough.
    ///
    /// Bytes before `from` are only looked back at.
    pub(crate) fn find(&self, from: usize, pass: &mut Pass<'_>) {
        // For a short text, making a list takes longer than it saves, and so does room
        // for many masks.
        if pass.text.bytes().len().saturating_sub(from) < SHORT {
            let mut masks = [Masks::default(); SHORT / BLOCK + 1];
            self.find_with((&mut masks, &mut []), from, pass);
        } else {
            let (mut masks, mut list) = ([Masks::default(); PIECE + 1], [0; LIST]);
            self.find_with((&mut masks, &mut list), from, pass);
        }
        debug_assert!(!pass.text.is_short(), "every miss belongs to a place");
    }

    /// [`find`](Self::find) with room for the masks of some blocks and one more, and
    /// for a list of anchors, or without a list.
    #[inline(never)]
    fn find_with(
        &self,
        (masks, list): (&mut [Masks], &mut [u16]),
        from: usize,
        pass: &mut Pass<'_>,
    ) {
        let text = pass.text;
        let bytes = text.bytes();
        let limit = if text.is_complete() {
            bytes.len()
        } else {
            // A run or an anchor may begin in the last bytes.
            text.run_back(bytes.len(), RUN, TOKEN)
                .min(bytes.len().saturating_sub(REACH))
                .max(from)
        };
        let most = masks.len() - 1;
        let mut carry = text
            .before(from)
            .is_some_and(|byte| TOKEN_SET.contains(byte));
        text.hide(&pass.progress.hidden);
        // Nothing precedes the first byte.
        if from == 0 {
            self.at_start(pass);
            if pass.sink.is_done() {
                return;
            }
        }
        let mut at = from;
        while at < limit {
            let rest = bytes.get(at..).unwrap_or_default();
            let mut blocks = self.prefilter.masks(rest, masks);
            if blocks <= most {
                blocks = self.last_masks(rest, blocks, masks);
            }
            let blocks = blocks.min(most);
            if let Some(masks) = masks.get_mut(..blocks) {
                self.prefilter.sift(rest, masks, list);
                let personal = self.personal.as_ref().is_some_and(|it| it.has_anchors());
                mark_wide(rest, masks, personal);
            }
            let mut starts = [0; PIECE];
            for (start, pair) in starts.iter_mut().zip(masks.windows(2)).take(blocks) {
                let [this, next] = pair else { continue };
                *start = run_starts(this.token, next.token, carry);
                carry = this.token >> 63 == 1;
            }
            let piece = Piece {
                at,
                masks: masks.get(..=blocks).unwrap_or_default(),
                starts: &starts,
                limit,
            };
            self.in_piece(&piece, list, pass);
            if pass.sink.is_done() {
                return;
            }
            at += blocks * BLOCK;
        }
        if limit < bytes.len() {
            pass.sink.open(limit);
        }
    }

    /// Scans the places of a piece.
    ///
    /// The places are first listed, because a branch for each block would be
    /// mispredicted often. Rows of tables are no part of the list, so that they are
    /// looked for in every block.
    #[inline]
    fn in_piece(&self, piece: &Piece<'_>, list: &mut [u16], pass: &mut Pass<'_>) {
        let mut done = piece.at;
        if list.len() >= LIST && !pass.progress.has_rows() {
            let sets = piece.sets().map(|(masks, starts)| masks.anchor | starts);
            let count = self.prefilter.list(sets, list);
            for offset in list.iter().take(count) {
                let place = piece.at + usize::from(*offset);
                if place >= piece.limit || !self.at_mark(piece, place, pass) {
                    return;
                }
                if pass.progress.has_rows() {
                    done = place + 1;
                    break;
                }
            }
            if !pass.progress.has_rows() {
                return;
            }
        }
        self.in_blocks(piece, done, pass);
    }

    /// Scans the places of a piece from `done` on, block by block, together with the rows
    /// of tables.
    #[inline(never)]
    fn in_blocks(&self, piece: &Piece<'_>, done: usize, pass: &mut Pass<'_>) {
        let skip = done - piece.at;
        let mut seen = u64::MAX << (skip % BLOCK);
        let sets = piece.sets().enumerate();
        for (block, (masks, starts)) in sets.skip(skip / BLOCK) {
            let at = piece.at + block * BLOCK;
            let known = masks.anchor | starts;
            let mut places = (known | pass.progress.row_in(at)) & seen;
            seen = u64::MAX;
            while places != 0 {
                let bit = places.trailing_zeros();
                places &= places - 1;
                let place = at + bit as usize;
                if place >= piece.limit {
                    return;
                }
                if pass.progress.is_row(place) {
                    self.at_row(place, pass);
                    if pass.sink.is_done() {
                        return;
                    }
                    places |= pass.progress.row_in(at);
                    if known >> bit & 1 == 0 {
                        continue;
                    }
                }
                if !self.at_mark(piece, place, pass) {
                    return;
                }
                places |= pass.progress.row_in(at) & (u64::MAX << bit << 1);
            }
        }
    }

    /// Scans a place of a piece at which an anchor or a run begins. Returns whether the
    /// scan goes on.
    #[inline]
    fn at_mark(&self, piece: &Piece<'_>, place: usize, pass: &mut Pass<'_>) -> bool {
        let Some(marks) = piece.marks(place) else {
            return true;
        };
        let bytes = pass.text.bytes();
        if !marks.anchor && self.is_empty_run(bytes, place, marks.pair, marks.bit) {
            return true;
        }
        self.at_place(place, &marks, pass);
        !pass.sink.is_done()
    }

    /// Scans the start of a text, to which no mark before it leads.
    fn at_start(&self, pass: &mut Pass<'_>) {
        self.settle(0, pass, |pass| {
            let text = pass.text;
            if let Some(personal) = &self.personal {
                keep(personal.at_start(text), pass);
            }
            if matches!(text.bytes(), [b'p' | b'P', b'w' | b'W', next, ..] if !next.is_ascii_alphabetic())
            {
                self.assignment(0, pass);
            }
        });
    }

    /// Reads on in tables at the start of a row.
    #[cold]
    #[inline(never)]
    fn at_row(&self, place: usize, pass: &mut Pass<'_>) {
        pass.progress.reach(place, pass.text);
        self.settle(place, pass, |pass| self.rows(place, pass));
    }

    /// Scans one place.
    #[inline]
    fn at_place(&self, place: usize, marks: &Marks<'_>, pass: &mut Pass<'_>) {
        let text = pass.text;
        pass.progress.reach(place, text);
        self.settle(place, pass, |pass| {
            if marks.anchor {
                let inside = || self.personal.is_some() && personal::is_inside_number(text, place);
                if !marks.start && inside() {
                    return;
                }
                self.at_anchor(place, pass);
            }
            if marks.start {
                let run = Run::of(marks.pair, marks.bit, place, text);
                // A run that continues after a hit may contain another one.
                let by_sure = pass.progress.by_sure;
                if place >= by_sure || run.end > by_sure {
                    self.at_run(&run, pass);
                }
            }
        });
    }

    /// Runs `scan` on one place. If text after the end could change the result, undoes
    /// its effects and leaves the place open.
    #[inline]
    fn settle(&self, place: usize, pass: &mut Pass<'_>, scan: impl FnOnce(&mut Pass<'_>)) {
        let (known, trail) = (pass.sink.hits.len(), pass.progress.trail);
        scan(pass);
        if pass.text.take_short() {
            pass.sink.hits.truncate(known);
            pass.progress.undo(trail);
            return pass.sink.open(place);
        }
        pass.progress.keep();
        if pass.sink.hits.len() > known {
            for hit in pass.sink.since_mut(known) {
                hit.place = place;
                pass.progress.note(hit, self.is_personal(hit.rule));
            }
        }
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
    #[inline(never)]
    pub(in crate::redact::engine) fn at_run(&self, run: &Run, pass: &mut Pass<'_>) {
        let text = pass.text;
        let (at, end) = (run.start, run.end);
        let before = pass.sink.hits.len();
        let start = behind_escape(text, at).min(end);
        self.tokens.find_at(text, start, pass.sink);
        if text
            .before(at)
            .is_some_and(|byte| BEFORE_RUN.contains(byte))
        {
            self.tokens.find_before(text, at, pass.sink);
        }
        // A token may also begin after a mark inside the run.
        let most = end.saturating_sub(RUN);
        let near = ones(run.joints).map(|joint| at + joint);
        for joint in near.take_while(|joint| *joint < most) {
            if joint >= start {
                self.tokens.find_at(text, joint + 1, pass.sink);
            }
        }
        if at + BLOCK < most {
            let further = text.slice(at + BLOCK, most);
            for joint in memchr2_iter(b'_', b'-', further) {
                self.tokens.find_at(text, at + BLOCK + joint + 1, pass.sink);
            }
        }
        if let Some(personal) = &self.personal
            && run.has_digit
        {
            keep(
                personal.at_run(text, start, end.saturating_sub(start)),
                pass,
            );
        }
        if run.has_digit && pass.sink.hits.len() == before {
            let word = pass.progress.trail.word;
            let named = self.named.find(text, start, end, word, &self.prefilter);
            let may_be_joined = run.joints != 0 || end - at > BLOCK;
            let joined = || self.named.find_joined(text, start, end);
            if let Some(hit) = named.or_else(|| may_be_joined.then(joined)?) {
                pass.sink.hit(hit);
            } else {
                let outcome = judged(Structure::TokenAssignment, 70);
                self.report(outcome, assigned(text, start, end), pass.sink);
            }
        } else if end - start == 20 && matches!(text.slice(start, start + 4), b"AKIA" | b"ASIA") {
            let outcome = judged(Structure::ApiKeyAssignment, 84);
            self.report(outcome, pair::secret_key(text, end), pass.sink);
        }
        if end - at == dotted::HEAD && pass.sink.hits.len() == before {
            let outcome = formed(Structure::DottedKey, 85);
            self.report(outcome, dotted::key(text, at), pass.sink);
        }
        let is_known = pass.sink.since(before).iter().any(|hit| hit.start <= start);
        if at >= pass.progress.by_any && !is_known {
            self.decode_at_run((at, end), start, pass);
        }
    }

    /// Scans an anchor.
    #[inline(never)]
    fn at_anchor(&self, at: usize, pass: &mut Pass<'_>) {
        let text = pass.text;
        let personal = self.personal.as_ref().filter(|it| it.has_anchors());
        if let Some(personal) = personal {
            keep(personal.at_anchor(text, at), pass);
        }
        let Some(&word) = text.chunk(at) else {
            return;
        };
        // A name with which a hit ends may name what follows.
        let by_any = pass.progress.by_any;
        let hidden = at < by_any && {
            text.run_of(at, (by_any - at).min(MOST_NAME), |byte| {
                class(byte) & NAME != 0
            }) < by_any
        };
        if decode::is_mark(word) && personal.is_none() {
            // No other matcher begins at these bytes.
            if !hidden && decode::may_lead(word) {
                self.decode_at_anchor(at, pass);
            }
            return;
        }
        self.tokens.find_anchored(text, at, pass.sink);
        pass.add(self.within.find(text, at, word));
        for mark in marks::at(word).filter(|mark| mark.inside || !hidden) {
            self.read(mark.reader, at, pass);
        }
        if hidden {
            return;
        }
        if decode::is_mark(word) && decode::may_lead(word) {
            self.decode_at_anchor(at, pass);
        } else if !word[0].is_ascii() && may_begin(word) {
            self.assignment(at, pass);
        }
    }

    /// Reads the text at a mark.
    #[inline(never)]
    fn read(&self, reader: Reader, at: usize, pass: &mut Pass<'_>) {
        let text = pass.text;
        match reader {
            Reader::Address(outcome) => self.address(at, outcome, pass),
            Reader::Assignment(offset) => {
                self.assignment(at.saturating_add_signed(offset), pass);
            }
            Reader::BareAddress(outcome) => self.bare_address(text, (at, at), outcome, pass.sink),
            Reader::Basic(outcome) => self.basic(text, at, outcome, pass.sink),
            Reader::Bearer(outcome) => self.bearer(text, at, outcome, pass.sink),
            Reader::Cookie(outcome) => self.cookie(text, at, outcome, pass.sink),
            Reader::Manifest(outcome) => manifest::values(text, at, |place| {
                self.report(outcome, Some(place), pass.sink);
            }),
            Reader::Port(outcome) => {
                if let Some(sign) = address::sign_before(text, at) {
                    self.bare_address(text, (sign, at), outcome, pass.sink);
                }
            }
            Reader::Tongue(lead) => {
                if lead.is_at(text.bytes(), at)
                    && let Some(start) = at.checked_sub(lead.offset)
                {
                    self.assignment(start, pass);
                }
            }
            Reader::Value(find, outcome) => self.report(outcome, find(text, at), pass.sink),
        }
    }

    /// Reports the value at `place`, if there is one and the rule for it is on.
    pub(super) fn report(&self, outcome: Outcome, place: Option<(usize, usize)>, sink: &mut Sink) {
        let Outcome {
            structure,
            confidence,
            validation,
        } = outcome;
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

/// The blocks that are scanned together.
struct Piece<'m> {
    at: usize,
    /// The masks of its blocks, and of the block after them.
    masks: &'m [Masks],
    /// Where long runs of the token alphabet start in each block.
    starts: &'m [u64; PIECE],
    /// The end of the scan, which may lie in the piece.
    limit: usize,
}

impl<'m> Piece<'m> {
    /// Returns the masks of each block, and where runs start in it.
    #[inline]
    fn sets(&self) -> impl Iterator<Item = (&'m Masks, &'m u64)> {
        let pairs = self.masks.iter().zip(self.starts);
        pairs.take(self.masks.len().saturating_sub(1))
    }

    /// Returns the masks at `place`.
    #[inline]
    fn marks(&self, place: usize) -> Option<Marks<'m>> {
        let offset = place - self.at;
        let block = offset / BLOCK;
        let pair: &[Masks; 2] = self.masks.get(block..)?.first_chunk()?;
        let [this, _] = pair;
        let bit = (offset % BLOCK) as u32;
        Some(Marks {
            pair,
            bit,
            anchor: this.anchor >> bit & 1 == 1,
            start: self.starts.get(block)? >> bit & 1 == 1,
        })
    }
}

/// The masks at one place.
struct Marks<'m> {
    /// The masks of its block and of the next one.
    pair: &'m [Masks; 2],
    bit: u32,
    /// Whether an anchor begins there.
    anchor: bool,
    /// Whether a long run of the token alphabet starts there.
    start: bool,
}

/// Reports personal data, unless it is part of a placeholder. If a placeholder follows
/// immediately, the value was skipped before the placeholder was made, unless somebody
/// wrote it there, so that only data of a sure format counts.
#[inline]
fn keep(hit: Option<Hit>, pass: &mut Pass<'_>) {
    if let Some(hit) = hit {
        keep_hit(hit, pass);
    }
}

#[inline(never)]
fn keep_hit(hit: Hit, pass: &mut Pass<'_>) {
    let text = pass.text;
    if hit.start >= text.floor()
        && (hit.validation == Validation::Checked || !text.is_before_placeholder(hit.end))
        && !text.is_in_placeholder(hit.start)
    {
        pass.sink.hit(hit);
    }
}
