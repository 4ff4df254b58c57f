//! Windows: the bytes of a value that lead to it.

use crate::redact::text::part;

/// The length of a gram in bytes.
pub(super) const GRAM: usize = 5;

/// The two classes of windows. The more grams a window has in the filter, the fewer
/// probes a text needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Short,
    Long,
}

impl Class {
    /// Returns the window class for values of `len` bytes.
    pub(super) const fn of(len: usize) -> Self {
        if len < Self::Long.window() {
            Self::Short
        } else {
            Self::Long
        }
    }

    /// Returns the number of grams in a window, which is also the distance between
    /// probes.
    pub(super) const fn stride(self) -> usize {
        match self {
            Self::Short => 4,
            Self::Long => 8,
        }
    }

    /// Returns the length of the window in bytes.
    pub(super) const fn window(self) -> usize {
        GRAM + self.stride() - 1
    }
}

/// The greatest offset of a window in its value.
const MOST_OFFSET: usize = 240;

/// Returns the possible window offsets for a value of `len` bytes, preferred ones
/// first.
pub(super) fn offsets(len: usize) -> impl Iterator<Item = u8> {
    let window = Class::of(len).window();
    let last = len.saturating_sub(window);
    (0..=MOST_OFFSET)
        .step_by(window)
        .take_while(move |&offset| offset <= last)
        .filter_map(|offset| u8::try_from(offset).ok())
}

/// Returns the window of a value at an offset.
pub(super) fn window(value: &[u8], offset: u8) -> &[u8] {
    let start = usize::from(offset);
    let end = start + Class::of(value.len()).window();
    part(value, start..end)
}

/// Returns the first eight bytes as a number, padded with zeros.
#[inline]
pub(super) fn number(bytes: &[u8]) -> u64 {
    if let Some(all) = bytes.first_chunk() {
        return u64::from_le_bytes(*all);
    }
    let bytes = bytes.iter().rev();
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Returns whether a window is likely in ordinary text: it has no digits or capitals,
/// or only a few different bytes, like rules, zeros and blanks.
pub(super) fn is_plain(window: &[u8]) -> bool {
    let mut seen = [0_u64; 4];
    for &byte in window {
        if let Some(word) = seen.get_mut(usize::from(byte >> 6)) {
            *word |= 1 << (byte & 63);
        }
    }
    let different: u32 = seen.iter().map(|word| word.count_ones()).sum();
    let marked = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || *byte > 127;
    different < 6 || !window.iter().any(marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_lie_inside_their_values() {
        for len in 8..1000 {
            let value = vec![0; len];
            let mut count = 0;
            for offset in offsets(len) {
                assert_eq!(window(&value, offset).len(), Class::of(len).window());
                count += 1;
            }
            assert!(count > 0 && count <= 21);
        }
    }

    #[test]
    fn what_stands_in_ordinary_text_is_plain() {
        for plain in ["https://hook", "------------", "000000000000", "password"] {
            assert!(is_plain(plain.as_bytes()), "{plain}");
        }
        for rare in ["hunter2-is-m", "x9Kq2LmVt0Zr", "Tr0ub4dor", "пароль-п"] {
            assert!(!is_plain(rare.as_bytes()), "{rare}");
        }
    }
}
