//! Surrogates: replacement values of the same form, derived from a key.

use super::key::Key;
use crate::redact::builtin::check_digit::{luhn, mod97};
use crate::redact::finding::Kind;
use crate::redact::text::placeholder;

/// Writes the surrogate of `value`.
pub(crate) fn write(key: &Key, kind: Kind, value: &[u8], out: &mut Vec<u8>) {
    let mut draw = Draw::new(key, kind, value);
    match kind {
        Kind::Email => {
            let local =
                placeholder::base32(draw.next().into()).map(|byte| byte.to_ascii_lowercase());
            out.extend_from_slice(&local);
            out.extend_from_slice(b"@redacted.invalid");
        }
        Kind::Ip => out.extend_from_slice(address(&mut draw, value).as_bytes()),
        _ => {
            let from = out.len();
            same_form(&mut draw, value, out);
            if let Some(out) = out.get_mut(from..) {
                disown(kind, out);
            }
        }
    }
}

/// Returns an address reserved for documentation, of the same IP version as `value`.
fn address(draw: &mut Draw<'_>, value: &[u8]) -> String {
    if value.contains(&b':') {
        let groups: Vec<_> = (0..6)
            .map(|_| format!("{:x}", draw.below(65_536)))
            .collect();
        return format!("2001:db8:{}", groups.join(":"));
    }
    let net = match draw.below(3) {
        0 => "192.0.2",
        1 => "198.51.100",
        _ => "203.0.113",
    };
    format!("{net}.{}", 1 + draw.below(254))
}

fn same_form(draw: &mut Draw<'_>, value: &[u8], out: &mut Vec<u8>) {
    let letters = || value.iter().filter(|byte| byte.is_ascii_alphabetic());
    let digits = value.iter().any(u8::is_ascii_digit);
    let hex = digits && letters().all(u8::is_ascii_hexdigit);
    let letter_count = if hex { 6 } else { 26 };
    for chunk in value.utf8_chunks() {
        for char in chunk.valid().chars() {
            let char = match char {
                '0'..='9' => draw.from(b'0', 10),
                'a'..='z' => draw.from(b'a', letter_count),
                'A'..='Z' => draw.from(b'A', letter_count),
                '"' | '\'' | '`' | '\\' => '-',
                char if char.is_control() => '-',
                char if char.is_ascii() => char,
                // Replace it with a character of the same length in UTF-8: a Latin-1
                // letter, an ideograph or a pictograph.
                char => {
                    let (first, count) = match char.len_utf8() {
                        2 => (0xe0, 23),
                        3 => (0x4e00, 4096),
                        _ => (0x1f400, 64),
                    };
                    char::from_u32(first + draw.below(count)).unwrap_or('-')
                }
            };
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
        out.extend(chunk.invalid().iter().map(|_| b'-'));
    }
}

/// Changes a surrogate so that it cannot be a real number.
fn disown(kind: Kind, out: &mut [u8]) {
    let valid = match kind {
        Kind::Card => luhn(out),
        Kind::Iban => mod97(out),
        Kind::Phone if out.first() == Some(&b'+') => {
            if let Some(digit) = out.iter_mut().find(|byte| byte.is_ascii_digit()) {
                *digit = b'0';
            }
            false
        }
        _ => false,
    };
    // Both checksums fail after one digit is increased by one.
    if valid && let Some(digit) = out.iter_mut().rev().find(|byte| byte.is_ascii_digit()) {
        *digit = if *digit == b'9' { b'0' } else { *digit + 1 };
    }
}

/// A source of numbers: HMAC-SHA-256 over the kind, the value and a counter.
struct Draw<'a> {
    key: &'a Key,
    kind: Kind,
    value: [u8; 32],
    block: [u8; 32],
    used: usize,
    counter: u32,
}

impl<'a> Draw<'a> {
    fn new(key: &'a Key, kind: Kind, value: &[u8]) -> Self {
        Self {
            key,
            kind,
            // Blocks are derived from this digest, so a long value is read only once.
            value: key.mac(&[kind.label().as_bytes(), b"\0surrogate\0", value]),
            block: [0; 32],
            used: 32,
            counter: 0,
        }
    }

    fn next(&mut self) -> u32 {
        if self.used >= self.block.len() {
            let label = self.kind.label().as_bytes();
            self.block = self
                .key
                .mac(&[label, &self.value, &self.counter.to_be_bytes()]);
            self.counter = self.counter.wrapping_add(1);
            self.used = 0;
        }
        let bytes = self.block.iter().skip(self.used).take(4);
        self.used += 4;
        bytes.fold(0, |number, &byte| number << 8 | u32::from(byte))
    }

    /// Returns a number below `count`. The bias is at most `count` in 2³² draws.
    fn below(&mut self, count: u32) -> u32 {
        self.next() % count
    }

    fn from(&mut self, first: u8, count: u32) -> char {
        char::from_u32(u32::from(first) + self.below(count)).unwrap_or('-')
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;

    use super::*;

    fn surrogate(kind: Kind, value: &str) -> String {
        let mut out = Vec::new();
        write(&Key::from_bytes([7; 32]), kind, value.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn addresses_come_from_the_ranges_for_documentation() {
        for at in 0..200 {
            let four: IpAddr = surrogate(Kind::Ip, &format!("10.1.2.{at}"))
                .parse()
                .unwrap();
            let IpAddr::V4(four) = four else { panic!() };
            assert!(four.is_documentation());
            let six: IpAddr = surrogate(Kind::Ip, &format!("fe80::{at}")).parse().unwrap();
            let IpAddr::V6(six) = six else { panic!() };
            assert_eq!(&six.segments()[..2], [0x2001, 0xdb8]);
        }
    }

    #[test]
    fn a_mail_address_is_at_a_domain_that_never_exists() {
        let one = surrogate(Kind::Email, "ann@example.org");
        assert_eq!(one.split_once('@').unwrap().1, "redacted.invalid");
        assert_eq!(one.find('@'), Some(8));
        assert_ne!(one, surrogate(Kind::Email, "bob@example.org"));
    }

    #[test]
    fn a_hexadecimal_value_stays_hexadecimal() {
        let mac = surrogate(Kind::Mac, "00:1B:44:11:3a:B7");
        assert!(
            mac.bytes()
                .all(|byte| byte == b':' || byte.is_ascii_hexdigit())
        );
    }

    proptest! {
        #[test]
        fn the_form_is_kept(value in "[a-zA-Z0-9 ._é世🙂-]{0,80}") {
            let other = surrogate(Kind::Token, &value);
            prop_assert_eq!(other.len(), value.len());
            prop_assert_eq!(other.chars().count(), value.chars().count());
            for (old, new) in value.chars().zip(other.chars()) {
                prop_assert_eq!(old.is_ascii_digit(), new.is_ascii_digit());
                prop_assert_eq!(old.is_ascii_lowercase(), new.is_ascii_lowercase());
                prop_assert_eq!(old.is_ascii_uppercase(), new.is_ascii_uppercase());
                prop_assert_eq!(old.len_utf8(), new.len_utf8());
                if old.is_ascii_punctuation() || old == ' ' {
                    prop_assert_eq!(old, new);
                }
            }
            prop_assert_eq!(other, surrogate(Kind::Token, &value));
        }

        #[test]
        fn no_surrogate_is_somebodys_number(card in "[0-9]{12,19}", plus in "\\+[1-9][0-9]{7,14}") {
            prop_assert!(!luhn(surrogate(Kind::Card, &card).as_bytes()));
            prop_assert!(surrogate(Kind::Phone, &plus).starts_with("+0"));
        }

        #[test]
        fn no_surrogate_is_an_iban(iban in "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}") {
            prop_assert!(!mod97(surrogate(Kind::Iban, &iban).as_bytes()));
        }
    }
}
