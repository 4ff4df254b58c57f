//! The first stage: the places of a text that need examination.
//!
//! It computes five masks for each block of 64 bytes. The first marks bytes of the
//! token alphabet (letters, digits, `_`, `-`), from which the driver finds long runs:
//! nearly every credential contains one, and ordinary text has few. The second marks
//! digits, which names in programs rarely have. The third marks `_` and `-`, after
//! which tokens may begin. The fourth marks characters beyond ASCII. The last marks
//! anchors: the first four bytes of the few words and punctuation marks that must be
//! found in place. The cost of a block
//! depends neither on the number of rules nor on the number of providers.

// The kernels are the only unsafe code in this crate.
#![expect(
    unsafe_code,
    reason = "SIMD loads and calls of functions whose processor features were detected"
)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod buckets;
#[cfg(any(test, confidant_tools))]
pub(super) mod built_in;
mod group;
mod list;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
mod sorts;
mod tables;
#[cfg(test)]
mod tests;

use std::cell::Cell;

pub(crate) use group::frequency;
#[cfg(confidant_tools)]
pub(super) use group::{halves, searched, sum};
pub(crate) use sorts::Sorts;
#[cfg(confidant_tools)]
pub(super) use tables::BUCKETS;
pub(crate) use tables::{Anchor, TOKEN_SET};

use tables::Tables;

/// The least byte that begins a character beyond ASCII.
const LEAD: u8 = 0xc2;

/// The number of bytes in a block.
pub(crate) const BLOCK: usize = 64;
/// How many bytes after a block its anchors may reach into.
pub(crate) const REACH: usize = 3;

/// How many blocks are processed together. A piece fits into the L1 cache.
pub(crate) const PIECE: usize = 32;
/// The size of a list: all places of a piece and a few spare ones.
pub(crate) const LIST: usize = PIECE * BLOCK + list::SPARE;

/// The masks of a block. Bit `i` describes byte `i`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Masks {
    /// The byte is a letter, a digit, `_` or `-`.
    pub(crate) token: u64,
    /// The byte is a digit.
    pub(crate) digit: u64,
    /// The byte is `_` or `-`.
    pub(crate) joint: u64,
    /// The byte begins a character beyond ASCII.
    pub(crate) lead: u64,
    /// An anchor may begin here. There are no false negatives, and few false
    /// positives after sifting.
    pub(crate) anchor: u64,
}

/// The implementation that computes the masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kernel {
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
    Scalar,
}

impl Kernel {
    /// Returns the fastest kernel that this processor supports.
    pub(crate) fn best() -> Self {
        Self::all().first().copied().unwrap_or(Self::Scalar)
    }

    /// Returns every kernel that this processor supports, fastest first.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let has_bits = is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("popcnt");
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vbmi")
                && is_x86_feature_detected!("avx512vbmi2")
                && is_x86_feature_detected!("avx2")
                && has_bits
            {
                all.push(Self::Avx512);
            }
            if is_x86_feature_detected!("avx2") && has_bits {
                all.push(Self::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        all.push(Self::Neon);
        all.push(Self::Scalar);
        all
    }
}

/// The first stage for one set of anchors.
pub(crate) struct Prefilter {
    tables: Tables,
    kernel: Kernel,
}

impl Prefilter {
    /// Creates the first stage with `kernel`, or with the scalar kernel if the
    /// processor does not support it.
    pub(crate) fn with_kernel(anchors: &[Anchor], kernel: Kernel) -> Self {
        let kernel = if Kernel::all().contains(&kernel) {
            kernel
        } else {
            Kernel::Scalar
        };
        Self {
            tables: Tables::new(anchors),
            kernel,
        }
    }

    /// Fills `masks` for the blocks from the start of `text`, as far as there is room
    /// and text. Returns how many were filled. A block must be in `text` together
    /// with the [`REACH`] bytes after it.
    #[inline]
    pub(crate) fn masks(&self, text: &[u8], masks: &mut [Masks]) -> usize {
        let whole = text.len().saturating_sub(REACH) / BLOCK;
        let count = whole.min(masks.len());
        let masks = masks.get_mut(..count).unwrap_or_default();
        match self.kernel {
            // SAFETY: `with_kernel` selects this kernel only if the processor has
            // AVX-512 F, BW, VBMI and VBMI2.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => unsafe { avx512::masks(&self.tables, text, masks) },
            // SAFETY: `with_kernel` selects this kernel only if the processor has
            // AVX2.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => unsafe { avx2::masks(&self.tables, text, masks) },
            // SAFETY: every processor of Rust's aarch64 targets has NEON.
            #[cfg(target_arch = "aarch64")]
            Kernel::Neon => unsafe { neon::masks(&self.tables, text, masks) },
            Kernel::Scalar => scalar::masks(&self.tables, text, masks),
        }
        count
    }

    /// Clears anchor bits that turn out to be false positives. `masks` are those of
    /// `text`.
    ///
    /// A branch for each bit would be mispredicted often. If `list` has room, the
    /// bits are first collected and then tested without branches.
    #[inline]
    pub(crate) fn sift(&self, text: &[u8], masks: &mut [Masks], list: &mut [u16]) {
        if list.len() < LIST {
            for (block, masks) in masks.iter_mut().enumerate() {
                for bit in ones(masks.anchor) {
                    let is_anchor = self.tables.is_anchor(four(text, block * BLOCK + bit));
                    masks.anchor &= !(u64::from(!is_anchor) << bit);
                }
            }
            return;
        }
        let count = self.list(masks.iter().map(|masks| masks.anchor), list);
        // Few places pass the first test, and those are tested again.
        let list = Cell::from_mut(list).as_slice_of_cells();
        let mut kept = 0;
        for place in list.iter().take(count).map(Cell::get) {
            let may_be = self.tables.may_be_anchor(four(text, usize::from(place)));
            if let Some(kept) = list.get(kept) {
                kept.set(place);
            }
            kept += usize::from(may_be);
        }
        for masks in &mut *masks {
            masks.anchor = 0;
        }
        for place in list.iter().take(kept).map(|place| usize::from(place.get())) {
            let is_anchor = self.tables.is_anchor(four(text, place));
            if let Some(masks) = masks.get_mut(place / BLOCK) {
                masks.anchor |= u64::from(is_anchor) << (place % BLOCK);
            }
        }
    }

    /// Collects the set bits of the blocks of a piece in ascending order. `list` has
    /// room for [`LIST`] of them. Returns how many there are.
    #[inline]
    pub(crate) fn list(&self, sets: impl Iterator<Item = u64>, list: &mut [u16]) -> usize {
        match self.kernel {
            // SAFETY: `with_kernel` selects this kernel only if the processor has
            // AVX-512 F, BW, VBMI and VBMI2, BMI1 and POPCNT.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => unsafe { avx512::list(sets, list) },
            // SAFETY: `with_kernel` selects this kernel only if the processor has BMI1
            // and POPCNT.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => unsafe { avx2::list(sets, list) },
            _ => list::list(sets, list),
        }
    }

    /// Returns the byte-class masks of a block.
    #[inline]
    pub(crate) fn sorts(&self, block: &[u8; BLOCK]) -> Sorts {
        match self.kernel {
            // SAFETY: `with_kernel` selects these kernels only if the processor has
            // AVX2.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 | Kernel::Avx512 => unsafe { avx2::sorts(block) },
            _ => Sorts::of(block),
        }
    }
}

/// Returns the four bytes at `at`. Bytes after the text count as zeros.
#[inline]
fn four(text: &[u8], at: usize) -> [u8; 4] {
    let rest = text.get(at..).unwrap_or_default();
    rest.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; REACH + 1];
        for (place, byte) in bytes.iter_mut().zip(rest) {
            *place = *byte;
        }
        bytes
    })
}

/// Returns the positions of the set bits in ascending order.
#[inline]
pub(crate) fn ones(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = set.trailing_zeros();
        set &= set.wrapping_sub(1);
        (bit < u64::BITS).then_some(bit as usize)
    })
}

/// Returns the blocks of `text`, each with the bytes after it that its anchors reach
/// into.
fn blocks(text: &[u8]) -> impl Iterator<Item = &[u8; BLOCK + REACH]> {
    (0..)
        .step_by(BLOCK)
        .map_while(|at| text.get(at..)?.first_chunk())
}
