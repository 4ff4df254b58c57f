//! Which bytes of a value lead to it.

/// How many bytes a gram has.
pub(super) const GRAM: usize = 5;

/// The two sorts of windows: the more grams a window has in the filter, the
/// less often a text has to be probed for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Short,
    Long,
}

impl Class {
    /// The sort of window that values of `len` bytes have.
    pub(super) const fn of(len: usize) -> Self {
        if len < Self::Long.window() {
            Self::Short
        } else {
            Self::Long
        }
    }

    /// How many grams the window has, and how far apart a text is probed.
    pub(super) const fn stride(self) -> usize {
        match self {
            Self::Short => 4,
            Self::Long => 8,
        }
    }

    /// How many bytes the window has.
    pub(super) const fn window(self) -> usize {
        GRAM + self.stride() - 1
    }
}

/// The furthest from its value's start that a window begins.
const MOST_OFFSET: usize = 240;

/// Where windows may begin in a value of so many bytes, the first choice first.
pub(super) fn offsets(len: usize) -> impl Iterator<Item = u8> {
    let window = Class::of(len).window();
    let last = len.saturating_sub(window);
    (0..=MOST_OFFSET)
        .step_by(window)
        .take_while(move |&offset| offset <= last)
        .filter_map(|offset| u8::try_from(offset).ok())
}

/// The window of a value at an offset.
pub(super) fn window(value: &[u8], offset: u8) -> &[u8] {
    let start = usize::from(offset);
    let end = start + Class::of(value.len()).window();
    value.get(start..end).unwrap_or_default()
}

/// The first eight bytes as a number; zeros stand for what is missing.
#[inline]
pub(super) fn number(bytes: &[u8]) -> u64 {
    if let Some(all) = bytes.first_chunk() {
        return u64::from_le_bytes(*all);
    }
    let bytes = bytes.iter().rev();
    bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Whether a window may well stand in ordinary text: it has neither digits nor
/// capitals, or few different bytes, as rulers, zeros and blanks have.
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
