//! Whether decoded bytes are text.

/// What bytes may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// UTF-8, nearly all of it printable.
    Text,
    /// UTF-16 of mostly Latin letters, with the NULs at this parity.
    Wide(usize),
}

/// Reads decoded bytes as they come and says where they are text no more.
#[derive(Clone, Copy, Debug)]
pub(in crate::redact::engine) struct Legible {
    sort: Sort,
    /// Up to here the bytes were read.
    read: usize,
    controls: usize,
}

impl Legible {
    /// A reader of bytes that begin with `head`, if that reads as text:
    /// printable without an exception, since random bytes may be so by chance.
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

    /// Whether `bytes`, of which more was read than last time, are text still.
    pub(in crate::redact::engine) fn goes_on(&mut self, bytes: &[u8]) -> bool {
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

/// How many of `bytes` are UTF-8; a character may be cut at the end.
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

/// Whether all at one parity are NULs and all others are printable ASCII.
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
        assert!(legible.goes_on(&bytes));
        bytes.extend_from_slice(b"\x1b[");
        assert!(legible.goes_on(&bytes));
        bytes.extend_from_slice(b"\x01\x02");
        assert!(!legible.goes_on(&bytes));
    }
}
