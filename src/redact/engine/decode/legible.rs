//! The test of whether decoded bytes are text.

/// The form of decoded bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// UTF-8, almost entirely printable.
    Text,
    /// UTF-16 with mostly Latin letters and with the NULs at this parity.
    Wide(usize),
}

/// A reader of decoded bytes that reports where they stop being text.
#[derive(Clone, Copy, Debug)]
pub(in crate::redact::engine) struct Legible {
    sort: Sort,
    /// The number of bytes read.
    read: usize,
    controls: usize,
}

impl Legible {
    /// Creates a reader of bytes that begin with `head`, if that is text. Every byte of
    /// `head` must be printable, because random bytes can look like text by chance.
    pub(in crate::redact::engine) fn from_head(head: &[u8]) -> Option<Self> {
        let sort = if head.iter().all(|&byte| is_printable(byte)) && is_utf8(head).is_some() {
            Sort::Text
        } else {
            let even = head.strip_prefix(b"\xff\xfe").unwrap_or(head);
            let even = even.strip_prefix(b"\xfe\xff").unwrap_or(even);
            Sort::Wide((0..2).find(|&parity| is_wide(even, parity))?)
        };
        Some(Self {
            sort,
            read: 0,
            controls: 0,
        })
    }

    /// Returns whether `bytes`, which have grown since the last call, are still text.
    pub(in crate::redact::engine) fn continues(&mut self, bytes: &[u8]) -> bool {
        let Some(new) = bytes.get(self.read..) else {
            return false;
        };
        match self.sort {
            Sort::Text => {
                let Some(valid) = is_utf8(new) else {
                    return false;
                };
                self.controls += new.iter().filter(|byte| !is_printable(**byte)).count();
                self.read += valid;
                self.controls * 20 <= bytes.len()
            }
            Sort::Wide(parity) => {
                let zeros = new
                    .iter()
                    .skip((parity + self.read) % 2)
                    .step_by(2)
                    .filter(|byte| **byte == 0)
                    .count();
                self.read = bytes.len();
                zeros * 2 * 10 >= new.len() * 8
            }
        }
    }
}

/// Returns how many of `bytes` are UTF-8. The last character may be incomplete.
fn is_utf8(bytes: &[u8]) -> Option<usize> {
    match str::from_utf8(bytes) {
        Ok(text) => Some(text.len()),
        Err(error) => error.error_len().is_none().then(|| error.valid_up_to()),
    }
}

#[inline]
const fn is_printable(byte: u8) -> bool {
    (byte >= b' ' && byte != 127) || matches!(byte, b'\t' | b'\n' | b'\r')
}

/// Returns whether all bytes at one parity are NULs and all others printable ASCII.
fn is_wide(bytes: &[u8], parity: usize) -> bool {
    let mut at = bytes.iter().enumerate();
    bytes.len() >= 8
        && at.all(|(at, &byte)| {
            if at % 2 == parity {
                byte == 0
            } else {
                byte < 128 && is_printable(byte)
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_told_from_bytes() {
        for head in [
            &b"password=abc"[..],
            b"{\n\t\"user\": ",
            "caf\u{e9} \u{2019}s".as_bytes(),
            b"p\0a\0s\0s\0w\0o\0",
            b"\0p\0a\0s\0s\0w\0o",
            b"\xff\xfep\0a\0s\0s\0",
        ] {
            assert!(Legible::from_head(head).is_some(), "{head:?}");
        }
        for head in [
            &b"\x89PNG\r\n\x1a\n\0\0\0\r"[..],
            b"abc\x01defghijk",
            b"abc\xffdefghijk",
            b"p\0a\0s\0s\0w\0\xc3\xa9",
        ] {
            assert!(Legible::from_head(head).is_none(), "{head:?}");
        }
    }

    #[test]
    fn one_control_in_twenty_is_let_pass() {
        let mut bytes = b"nothing but words and words again, all".to_vec();
        let mut legible = Legible::from_head(&bytes).unwrap();
        assert!(legible.continues(&bytes));
        bytes.extend_from_slice(b"\x1b[");
        assert!(legible.continues(&bytes));
        bytes.extend_from_slice(b"\x01\x02");
        assert!(!legible.continues(&bytes));
    }
}
