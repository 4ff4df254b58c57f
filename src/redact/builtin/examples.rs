//! Generated examples for rules whose table entry has none.

use super::rule::{Check, Form, Rule};
use crate::redact::text::{ByteSet, Part, Shape};

/// Letters and digits, preferred at both ends of a value.
const PLAIN: ByteSet = ByteSet::parse("A-Za-z0-9");
const DIGITS: ByteSet = ByteSet::parse("0-9");

/// The number of optional bytes added to a part.
const MORE: u16 = 12;

impl Rule {
    /// Returns texts in which the rule finds the part between `«` and `»`.
    pub(crate) fn examples(&self) -> Vec<String> {
        if !self.found.is_empty() {
            return self.found.iter().map(ToString::to_string).collect();
        }
        let mut random = Random::of(self.id);
        match &self.form {
            Form::Token { prefixes, body } => prefixes
                .iter()
                .map(|prefix| {
                    let body = random.value(body, MORE);
                    format!(r#"client = Client("«{prefix}{body}»")"#)
                })
                .collect(),
            Form::Named { names, value } => names
                .iter()
                .map(|name| format!(r#"{} = "«{}»""#, key_name(name), random.value(value, MORE)))
                .collect(),
            Form::Address { .. } | Form::Number(_) | Form::Within { .. } | Form::Structure(_) => {
                Vec::new()
            }
        }
    }

    /// Returns texts that resemble the examples and in which the rule finds nothing.
    pub(crate) fn counter_examples(&self) -> Vec<String> {
        if !self.passed.is_empty() {
            return self.passed.iter().map(ToString::to_string).collect();
        }
        let mut random = Random::of(self.id);
        match &self.form {
            Form::Token { prefixes, body } if self.check == Check::None => prefixes
                .iter()
                .map(|prefix| format!(r#"client = Client("{prefix}{}")"#, random.short(body)))
                .collect(),
            Form::Named { names, value } => {
                let name = names
                    .first()
                    .map_or_else(String::new, |name| key_name(name));
                vec![
                    format!(r#"{name} = "{}""#, random.short(value)),
                    format!("digest {}", random.value(value, 0)),
                ]
            }
            _ => Vec::new(),
        }
    }
}

/// Returns the name of the key in an example.
fn key_name(name: &str) -> String {
    const KEYS: &[&str] = &["key", "token", "secret", "_id", "auth"];
    if KEYS.iter().any(|word| name.ends_with(word)) {
        return name.to_owned();
    }
    let name = name.trim_end_matches('_');
    if name.ends_with("_api") {
        format!("{name}_key")
    } else {
        format!("{name}_api_key")
    }
}

/// A small seeded generator, the same on every machine (splitmix64).
struct Random(u64);

impl Random {
    /// Creates a generator seeded with a rule's id (FNV-1a).
    fn of(id: &str) -> Self {
        let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        Self(id.bytes().fold(0xCBF2_9CE4_8422_2325, step))
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (bits ^ (bits >> 31)) % end.max(1)
    }

    /// Returns one byte of the set.
    fn byte(&mut self, set: ByteSet) -> char {
        let at = self.below(u64::from(set.len()));
        let mut bytes = set.bytes();
        let byte = usize::try_from(at).ok().and_then(|at| bytes.nth(at));
        byte.map_or('0', char::from)
    }

    /// Returns a value of the shape, with up to `more` optional bytes in each part.
    /// Every seventh byte is a digit if the set has digits, because real values
    /// nearly always contain some.
    fn value(&mut self, shape: &Shape, more: u16) -> String {
        let count = |part: &Part| part.min + (part.max - part.min).min(more);
        let parts: Vec<(ByteSet, u16)> = shape
            .parts()
            .iter()
            .map(|part| (part.set, count(part)))
            .filter(|(_, count)| *count > 0)
            .collect();
        let mut value = String::new();
        for (index, (set, count)) in parts.iter().enumerate() {
            for at in 0..*count {
                let edge = at == 0 && index == 0 || at + 1 == *count && index + 1 == parts.len();
                let narrow = if at % 7 == 1 {
                    set.intersection(DIGITS)
                } else if edge {
                    set.intersection(PLAIN)
                } else {
                    *set
                };
                value.push(self.byte(if narrow.is_empty() { *set } else { narrow }));
            }
        }
        value
    }

    /// Returns a value without the last byte that the shape requires.
    fn short(&mut self, shape: &Shape) -> String {
        let mut value = self.value(shape, 0);
        value.pop();
        value
    }
}
