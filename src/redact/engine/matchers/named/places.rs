//! The places before a value where the name of a provider may begin.

use crate::redact::engine::prefilter::{BLOCK, Prefilter, Sorts, ones};
use crate::redact::text::Text;

/// The greatest number of blocks in a lead.
const MOST_BLOCKS: usize = 4;

/// How many bytes of a lead are read.
pub(super) const MOST_LEAD: usize = BLOCK * MOST_BLOCKS;

/// Returns the byte classes of the block before `end`. Bytes before the text are in
/// no class.
#[inline]
pub(super) fn sorts_before(text: &Text<'_>, end: usize, prefilter: &Prefilter) -> Sorts {
    let block = end
        .checked_sub(BLOCK)
        .and_then(|from| text.bytes().get(from..)?.first_chunk());
    block.map_or_else(
        || {
            let mut block = [0; BLOCK];
            let bytes = text.slice(0, end).iter().rev();
            for (place, byte) in block.iter_mut().rev().zip(bytes) {
                *place = *byte;
            }
            prefilter.sorts(&block)
        },
        |block| prefilter.sorts(block),
    )
}

/// The places in a lead where a name or a placeholder may begin: the first letter or
/// digit of each word, the text after an escape such as `\n`, and brackets.
#[derive(Default)]
pub(super) struct Places {
    begins: [u64; MOST_BLOCKS],
    brackets: [u64; MOST_BLOCKS],
    alnum: [u64; MOST_BLOCKS + 1],
    digit: [u64; MOST_BLOCKS],
    /// The number of blocks in the lead, and its start in the first one.
    blocks: usize,
    skip: usize,
}

impl Places {
    /// Finds the places between `from` and `end`. `near` has the byte classes of the
    /// block before `end`.
    pub(super) fn of(
        text: &Text<'_>,
        from: usize,
        end: usize,
        near: Sorts,
        prefilter: &Prefilter,
    ) -> Self {
        let len = end.saturating_sub(from).min(MOST_LEAD);
        let blocks = len.div_ceil(BLOCK);
        let mut this = Self {
            blocks,
            skip: blocks * BLOCK - len,
            ..Self::default()
        };
        // An escape counts only if the whole escape is visible.
        let before = text.before(end - len).filter(|byte| *byte != b'\\');
        let is = |is: fn(&u8) -> bool| u64::from(before.as_ref().is_some_and(is));
        let mut last = Sorts {
            alnum: is(u8::is_ascii_alphanumeric),
            capital: is(u8::is_ascii_uppercase),
            digit: is(u8::is_ascii_digit),
            ..Sorts::default()
        };
        let mut skip = this.skip;
        let parts = this.begins.iter_mut().zip(&mut this.brackets);
        let parts = parts.zip(this.alnum.iter_mut().zip(&mut this.digit));
        let parts = parts.zip((0..blocks).rev());
        for (((begins, brackets), (alnum, digit)), behind) in parts {
            let sorts = match behind {
                0 => near,
                _ => sorts_before(text, end - behind * BLOCK, prefilter),
            };
            let seen = u64::MAX << skip;
            let sorts = sorts.only(seen);
            let next = |this: u64, last: u64| this << 1 | last << skip;
            let continues = next(sorts.alnum, last.alnum)
                & !(sorts.capital & !next(sorts.capital, last.capital))
                & !(next(sorts.digit, last.digit) & !sorts.digit);
            let escaped = sorts.escape << 2 | last.escape;
            *begins = (sorts.alnum & !continues) | escaped;
            *brackets = sorts.bracket;
            *alnum = sorts.alnum;
            *digit = sorts.digit;
            skip = 0;
            last = Sorts {
                alnum: sorts.alnum >> (BLOCK - 1),
                capital: sorts.capital >> (BLOCK - 1),
                digit: sorts.digit >> (BLOCK - 1),
                bracket: 0,
                escape: sorts.escape >> (BLOCK - 2),
            };
        }
        this
    }

    /// Keeps brackets and the places where a name may begin. `long` decides for
    /// places with four adjacent letters or digits. `short` decides for other
    /// letters, given their number.
    #[inline]
    pub(super) fn keep(
        &mut self,
        long: impl Fn(usize) -> bool,
        short: impl Fn(usize, u64) -> bool,
    ) {
        let skip = self.skip;
        let next = self.alnum.get(1..).unwrap_or_default().iter();
        let alnum = self.alnum.iter().zip(next);
        let parts = self.begins.iter_mut().zip(&self.brackets);
        let parts = parts.zip(alnum.zip(&self.digit)).enumerate();
        for (part, ((begins, brackets), ((this, next), digit))) in parts.take(self.blocks) {
            let behind = |count: u32| this >> count | next << (64 - count);
            let two = this & behind(1);
            let three = two & behind(2);
            let four = three & behind(3);
            let mut kept = *brackets;
            for bit in ones(*begins & four) {
                kept |= u64::from(long(part * BLOCK + bit - skip)) << bit;
            }
            for bit in ones(*begins & !four & this & !digit) {
                let count = 1 + (two >> bit & 1) + (three >> bit & 1);
                kept |= u64::from(short(part * BLOCK + bit - skip, count)) << bit;
            }
            *begins = kept;
        }
    }
}

impl Iterator for Places {
    type Item = usize;

    /// Returns the next place in ascending order.
    #[inline]
    fn next(&mut self) -> Option<usize> {
        let mut parts = self.begins.iter_mut().enumerate();
        let (part, begins) = parts.find(|(_, begins)| **begins != 0)?;
        let bit = begins.trailing_zeros();
        *begins &= *begins - 1;
        Some(part * BLOCK + bit as usize - self.skip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::engine::prefilter::Kernel;
    use crate::redact::text::{ALNUM, DIGIT, UPPER, class};

    /// Finds the places byte by byte, with the number of letters and digits at each.
    /// Short ones begin with a letter.
    fn places(lead: &[u8], before: Option<u8>) -> Vec<(usize, u64)> {
        let mut last = before.map_or(0, class);
        let mut places = Vec::new();
        for (at, &byte) in lead.iter().enumerate() {
            let this = class(byte);
            let starts = this & ALNUM != 0
                && (last & ALNUM == 0
                    || (this & UPPER != 0 && last & UPPER == 0)
                    || (last & DIGIT != 0 && this & DIGIT == 0));
            let escaped = at >= 2 && lead[at - 2] == b'\\' && this & ALNUM != 0;
            if starts || escaped || byte == b'[' {
                let letters = lead[at..].iter().take(4);
                let letters = letters.take_while(|byte| class(**byte) & ALNUM != 0);
                let letters = letters.count() as u64;
                if letters == 4 || this & DIGIT == 0 {
                    places.push((at, letters));
                }
            }
            last = this;
        }
        places
    }

    #[test]
    fn places_are_those_of_single_steps() {
        let bytes: Vec<u8> = (0..1500_u32)
            .map(|at| b"aZ0_\\[ n9.]B-z\xc3\n"[(at.wrapping_mul(0x9E37_79B1) >> 28) as usize])
            .collect();
        let text = Text::new(&bytes, true);
        for kernel in Kernel::all() {
            let prefilter = Prefilter::with_kernel(&[], kernel);
            for from in 0..bytes.len() - MOST_LEAD {
                let end = from + from % (MOST_LEAD + 1);
                let near = sorts_before(&text, end, &prefilter);
                let mut found = Places::of(&text, from, end, near, &prefilter);
                let letters = std::cell::RefCell::new(Vec::new());
                let note = |at, count| {
                    letters.borrow_mut().push((at, count));
                    true
                };
                found.keep(|at| note(at, 4), note);
                let known = places(&bytes[from..end], text.before(from));
                assert_eq!(
                    found.collect::<Vec<_>>(),
                    known.iter().map(|(at, _)| *at).collect::<Vec<_>>()
                );
                for (at, count) in letters.take() {
                    assert!(known.contains(&(at, count)), "{at} {count}");
                }
            }
        }
    }
}
