use std::collections::BTreeSet;

use super::FAMILIES;
use crate::redact::builtin::rule::{Check, Form, Rule};
use crate::redact::text::{ByteSet, Part, Shape, Text};

fn rules() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().copied().flatten()
}

/// The text without the marks, and where the secret stands in it.
fn unmarked(found: &str) -> (String, usize, usize) {
    let (before, rest) = found.split_once('«').expect("a mark begins the secret");
    let (secret, after) = rest.split_once('»').expect("a mark ends the secret");
    assert!(!after.contains('«'), "one secret in each example: {found}");
    let text = format!("{before}{secret}{after}");
    (text, before.len(), before.len() + secret.len())
}

fn end_of(shape: &Shape, bytes: &[u8], at: usize) -> Option<usize> {
    shape.end_in(&Text::new(bytes, true), at)
}

/// Every place where a token of this form stands, by the documented boundaries.
fn tokens(prefixes: &[&str], body: &Shape, text: &str) -> BTreeSet<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut places = BTreeSet::new();
    for prefix in prefixes {
        for (start, _) in text.match_indices(prefix) {
            let before = start.checked_sub(1).map(|at| bytes[at]);
            let Some(end) = end_of(body, bytes, start + prefix.len()) else {
                continue;
            };
            let goes_on = bytes.get(end).is_some_and(|byte| {
                byte.is_ascii_alphanumeric() || body.last_set().contains(*byte)
            });
            if !goes_on && !before.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
                places.insert((start, end));
            }
        }
    }
    places
}

fn is_placeholder(value: &str) -> bool {
    value.contains("xxxxxxxx")
}

/// Whether `text` holds a name, of which `_` may be a mark or nothing.
fn holds_name(text: &str, name: &str) -> bool {
    let letters = |text: &str| {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.collect::<String>().to_ascii_lowercase()
    };
    letters(text).contains(&letters(name))
}

/// Small, seeded and the same on every machine (splitmix64).
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((bits ^ (bits >> 31)) % end as u64).unwrap()
    }

    fn byte(&mut self, set: ByteSet) -> u8 {
        let bytes: Vec<u8> = set.bytes().collect();
        bytes[self.below(bytes.len())]
    }

    /// A value of the shape, with the place at which each part starts.
    pub(super) fn value(&mut self, shape: &Shape) -> (Vec<u8>, Vec<usize>) {
        let (mut value, mut starts) = (Vec::new(), Vec::new());
        for part in shape.parts() {
            starts.push(value.len());
            let count = usize::from(part.min) + self.below(usize::from(part.max - part.min) + 1);
            value.extend((0..count).map(|_| self.byte(part.set)));
        }
        (value, starts)
    }
}

pub(super) fn is_fixed(part: &Part) -> bool {
    part.min == part.max
}

/// Whether no part runs into those behind it, so that greed costs nothing.
fn is_unambiguous(shape: &Shape) -> bool {
    let parts = shape.parts();
    parts.iter().enumerate().all(|(index, part)| {
        let behind = &parts[index + 1..];
        let needed = behind.iter().position(|part| part.min > 0);
        let reached = &behind[..needed.map_or(behind.len(), |at| at + 1)];
        let runs_on = |next: &Part| part.set.intersection(next.set) != ByteSet::EMPTY;
        is_fixed(part) || !reached.iter().any(runs_on)
    })
}

#[test]
fn every_family_is_there() {
    assert!(FAMILIES.len() >= 12);
    assert!(FAMILIES.iter().all(|family| !family.is_empty()));
    assert!(rules().count() >= 230);
}

#[test]
fn ids_are_unique_and_of_one_form() {
    let mut ids = BTreeSet::new();
    for rule in rules() {
        assert!(ids.insert(rule.id), "{} stands twice", rule.id);
        let well_formed = rule.id.split('-').all(|word| {
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            !word.is_empty() && word.bytes().all(is_plain)
        });
        assert!(well_formed, "{}", rule.id);
    }
}

#[test]
fn every_rule_names_its_source_and_has_examples() {
    for rule in rules() {
        assert!(rule.source.starts_with("https://"), "{}", rule.id);
        assert!(!rule.provider.is_empty(), "{}", rule.id);
        assert!(!rule.examples().is_empty(), "{}", rule.id);
        assert!(!rule.counter_examples().is_empty(), "{}", rule.id);
        for found in rule.examples() {
            unmarked(&found);
        }
        for passed in rule.counter_examples() {
            assert!(!passed.contains(['«', '»']), "{}", rule.id);
        }
    }
}

#[test]
fn tokens_stand_where_their_examples_say() {
    for rule in rules() {
        let Form::Token { prefixes, body } = &rule.form else {
            continue;
        };
        for prefix in *prefixes {
            assert!(prefix.len() >= 2, "{}", rule.id);
        }
        for found in rule.examples() {
            let (text, start, end) = unmarked(&found);
            let mut places = tokens(prefixes, body, &text);
            if rule.check == Check::JwtHeader {
                // The claims begin as the header does; the check refutes them.
                places.retain(|(from, _)| *from == start);
            }
            assert_eq!(places, BTreeSet::from([(start, end)]), "{}", rule.id);
        }
        // These checks refute the near misses.
        if matches!(rule.check, Check::Crc16Base32 | Check::JwtHeader) {
            continue;
        }
        for passed in rule.counter_examples() {
            for (start, end) in tokens(prefixes, body, &passed) {
                assert!(is_placeholder(&passed[start..end]), "{}", rule.id);
            }
        }
    }
}

#[test]
fn no_two_tokens_stand_at_one_place_in_different_lengths() {
    for rule in rules() {
        let Form::Token { .. } = rule.form else {
            continue;
        };
        for found in rule.examples() {
            let (text, start, end) = unmarked(&found);
            for other in rules() {
                let Form::Token { prefixes, body } = &other.form else {
                    continue;
                };
                for (from, to) in tokens(prefixes, body, &text) {
                    let inside = start <= from && to <= end;
                    assert!(inside, "{} reaches out of {}", other.id, rule.id);
                }
            }
        }
    }
}

#[test]
fn generated_values_match_and_damaged_ones_do_not() {
    let mut random = Random::seeded(20);
    for rule in rules() {
        let (Form::Token { body: shape, .. }
        | Form::Named { value: shape, .. }
        | Form::Address { path: shape, .. }) = &rule.form
        else {
            continue;
        };
        if !is_unambiguous(shape) {
            continue;
        }
        for _ in 0..20 {
            let (value, starts) = random.value(shape);
            assert_eq!(end_of(shape, &value, 0), Some(value.len()), "{}", rule.id);
            for (part, &start) in shape.parts().iter().zip(&starts) {
                if !is_fixed(part) {
                    continue;
                }
                let at = start + random.below(usize::from(part.min));
                let mut foreign = value.clone();
                foreign[at] = 0x80;
                assert_ne!(end_of(shape, &foreign, 0), Some(value.len()), "{}", rule.id);
            }
            if shape.parts().iter().all(is_fixed) {
                let mut short = value.clone();
                short.remove(random.below(value.len()));
                assert_ne!(end_of(shape, &short, 0), Some(short.len()), "{}", rule.id);
            }
        }
    }
}

#[test]
fn names_are_small_and_long_enough_to_mean_something() {
    for rule in rules() {
        let Form::Named { names, .. } = &rule.form else {
            continue;
        };
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "{}", rule.id);
        for name in *names {
            let letters = name.bytes().filter(u8::is_ascii_alphanumeric).count();
            let is_plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            assert!(letters >= 4 && name.bytes().all(is_plain), "{name}");
        }
    }
}

#[test]
fn named_values_have_their_shape_and_a_name_before_them() {
    for rule in rules() {
        let Form::Named { names, value } = &rule.form else {
            continue;
        };
        assert!(value.min_len() >= 12, "{}", rule.id);
        for found in rule.examples() {
            let (text, start, end) = unmarked(&found);
            let secret = &text.as_bytes()[start..end];
            assert_eq!(end_of(value, secret, 0), Some(secret.len()), "{}", rule.id);
            let named = names.iter().any(|name| holds_name(&text[..start], name));
            assert!(named, "{}", rule.id);
        }
        for passed in rule.counter_examples() {
            for word in passed.split([' ', '"', '\'']) {
                let start = word.as_ptr().addr() - passed.as_ptr().addr();
                let named = names.iter().any(|name| holds_name(&passed[..start], name));
                let shaped = end_of(value, word.as_bytes(), 0) == Some(word.len());
                assert!(!(named && shaped), "{}", rule.id);
            }
        }
    }
}

#[test]
fn addresses_have_their_host_and_path() {
    for rule in rules() {
        let Form::Address { hosts, path } = &rule.form else {
            continue;
        };
        let path_end = |text: &str| {
            let rest = text.split_once("://").map(|(_, rest)| rest)?;
            let slash = rest.find('/')?;
            let host = &rest[..slash];
            let known = hosts
                .iter()
                .any(|known| host == *known || (known.starts_with('.') && host.ends_with(known)));
            assert!(known || hosts.contains(&format!(".{host}").as_str()));
            end_of(path, rest.as_bytes(), slash).map(|end| text.len() - rest.len() + end)
        };
        for found in rule.examples() {
            let (text, start, end) = unmarked(&found);
            assert!(text[start..].starts_with("https://"), "{}", rule.id);
            assert_eq!(path_end(&text), Some(end), "{}", rule.id);
        }
        for passed in rule.counter_examples() {
            assert_eq!(path_end(&passed), None, "{}", rule.id);
        }
    }
}

#[test]
fn checksums_of_examples_are_right() {
    for rule in rules().filter(|rule| rule.check == Check::Crc32Base62) {
        for found in rule.examples() {
            let (text, _, end) = unmarked(&found);
            let (random, sum) = text[end - 36..end].split_at(30);
            assert_eq!(sum, base62(crc32(random.as_bytes())), "{}", rule.id);
        }
    }
}

/// The CRC-32 of IEEE 802.3, bit by bit.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}

/// Six digits of base 62, in the order digits, capitals, small letters.
pub(super) fn base62(mut number: u32) -> String {
    let mut digits = String::new();
    for _ in 0..6 {
        let digit = u8::try_from(number % 62).unwrap();
        digits.insert(
            0,
            char::from(match digit {
                0..10 => b'0' + digit,
                10..36 => b'A' + digit - 10,
                _ => b'a' + digit - 36,
            }),
        );
        number /= 62;
    }
    digits
}
