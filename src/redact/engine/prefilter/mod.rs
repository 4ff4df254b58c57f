//! The first stage: which places of a text deserve a look.
//!
//! Four masks for each block of 64 bytes. One marks the bytes of the token
//! alphabet (letters, digits, `_`, `-`), from which the driver finds long runs:
//! nearly every credential holds one, and ordinary text has few. One marks the
//! digits, which names in programs lack, and one the marks that join words, behind
//! which tokens may begin. The last marks anchors: the first four
//! bytes of the few words and marks that must be found where they stand. What a
//! block costs depends neither on the number of rules nor on that of providers.

// The kernels are the only unsafe code of this crate.
#![expect(
    unsafe_code,
    reason = "SIMD loads and calls of functions whose processor features were detected"
)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod buckets;
mod group;
mod list;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(test)]
mod search;
mod sorts;
mod tables;
#[cfg(test)]
mod tests;

pub(crate) use group::frequency;
pub(crate) use sorts::Sorts;
pub(crate) use tables::{Anchor, TOKEN_SET};

use tables::Tables;

/// The bytes that one block covers.
pub(crate) const BLOCK: usize = 64;
/// The bytes behind a block that its anchors may reach into.
pub(crate) const REACH: usize = 3;

/// How many blocks are looked at in a go: a piece that stays in the nearest cache.
pub(crate) const PIECE: usize = 32;
/// How many places a list has room for: all of a piece, and a few more.
pub(crate) const LIST: usize = PIECE * BLOCK + list::SPARE;

/// The masks of one block; bit `i` speaks of byte `i`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Masks {
    /// The byte is a letter, a digit, `_` or `-`.
    pub(crate) token: u64,
    /// The byte is a digit.
    pub(crate) digit: u64,
    /// The byte is `_` or `-`.
    pub(crate) joint: u64,
    /// An anchor may begin here, never a false no; few others once they were sifted.
    pub(crate) anchor: u64,
}

/// How the masks are made.
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
    /// The fastest that this processor runs.
    pub(crate) fn best() -> Self {
        Self::all().first().copied().unwrap_or(Self::Scalar)
    }

    /// Every one that this processor runs, the fastest first.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let has_bits = is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("popcnt");
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vbmi")
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
    /// The first stage on `kernel`, or on the scalar one where the processor
    /// does not run it.
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

    /// Fills `masks` for as many blocks from the start of `text` as there is
    /// room and text for; answers how many. A block counts where `text` holds
    /// it and the [`REACH`] bytes behind it.
    #[inline]
    pub(crate) fn masks(&self, text: &[u8], masks: &mut [Masks]) -> usize {
        let whole = text.len().saturating_sub(REACH) / BLOCK;
        let count = whole.min(masks.len());
        let masks = masks.get_mut(..count).unwrap_or_default();
        match self.kernel {
            // SAFETY: `with_kernel` lets this kernel stand only where the
            // processor was found to have AVX-512 F, BW and VBMI.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => unsafe { avx512::masks(&self.tables, text, masks) },
            // SAFETY: `with_kernel` lets this kernel stand only where the
            // processor was found to have AVX2.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => unsafe { avx2::masks(&self.tables, text, masks) },
            // SAFETY: every processor that Rust's aarch64 targets name has NEON.
            #[cfg(target_arch = "aarch64")]
            Kernel::Neon => unsafe { neon::masks(&self.tables, text, masks) },
            Kernel::Scalar => scalar::masks(&self.tables, text, masks),
        }
        count
    }

    /// Takes out of `masks`, which are those of `text`, the anchors that are none at a
    /// second look.
    ///
    /// Which of them are none is not to be foreseen, so a branch at each would be
    /// mispredicted again and again: where `list` has room they are listed first, and
    /// then asked without one.
    #[inline]
    pub(crate) fn sift(&self, text: &[u8], masks: &mut [Masks], list: &mut [u16]) {
        if list.len() < LIST {
            for (block, masks) in masks.iter_mut().enumerate() {
                for bit in ones(masks.anchor) {
                    let is_anchor = self.is_anchor(text, block * BLOCK + bit);
                    masks.anchor &= !(u64::from(!is_anchor) << bit);
                }
            }
            return;
        }
        let count = match self.kernel {
            // SAFETY: `with_kernel` lets these kernels stand only where the
            // processor was found to have BMI1 and POPCNT.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 | Kernel::Avx512 => unsafe { avx2::list(masks, list) },
            _ => list::list(masks, list),
        };
        for &place in list.iter().take(count) {
            let (block, bit) = (usize::from(place) / BLOCK, usize::from(place) % BLOCK);
            let is_anchor = self.is_anchor(text, usize::from(place));
            if let Some(masks) = masks.get_mut(block) {
                masks.anchor &= !(u64::from(!is_anchor) << bit);
            }
        }
    }

    /// Whether what the masks take for an anchor at `at` is one, or seems to be at a
    /// second look; bytes behind the text count as zeros.
    #[inline]
    fn is_anchor(&self, text: &[u8], at: usize) -> bool {
        let rest = text.get(at..).unwrap_or_default();
        let bytes = rest.first_chunk().copied().unwrap_or_else(|| {
            let mut bytes = [0; REACH + 1];
            for (place, byte) in bytes.iter_mut().zip(rest) {
                *place = *byte;
            }
            bytes
        });
        self.tables.is_anchor(bytes)
    }

    /// Of which sort the bytes of a block are.
    #[inline]
    pub(crate) fn sorts(&self, block: &[u8; BLOCK]) -> Sorts {
        match self.kernel {
            // SAFETY: `with_kernel` lets these kernels stand only where the
            // processor was found to have AVX2.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 | Kernel::Avx512 => unsafe { avx2::sorts(block) },
            _ => Sorts::of(block),
        }
    }
}

/// The places of the bits of `set`, upwards.
#[inline]
pub(crate) fn ones(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = set.trailing_zeros();
        set &= set.wrapping_sub(1);
        (bit < u64::BITS).then_some(bit as usize)
    })
}

/// The blocks of `text`, each with the bytes that its anchors reach into.
fn blocks(text: &[u8]) -> impl Iterator<Item = &[u8; BLOCK + REACH]> {
    (0..)
        .step_by(BLOCK)
        .map_while(|at| text.get(at..)?.first_chunk())
}
