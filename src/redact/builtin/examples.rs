//! Examples of rules, for those of which a table gives none.

use super::rule::{Check, Form, Rule};
use crate::redact::text::{ByteSet, Part, Shape};

/// Letters and digits, with which a value begins and ends if it may.
const PLAIN: ByteSet = ByteSet::parse("A-Za-z0-9");
const DIGITS: ByteSet = ByteSet::parse("0-9");

/// How many bytes more than it needs a part gets if it may be longer.
const MORE: u16 = 12;

impl Rule {
    /// Texts in which the rule finds what stands between `«` and `»`.
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

    /// Texts that resemble the examples and in which the rule finds nothing.
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

/// The name that stands for a key in an example.
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

/// Small, seeded and the same on every machine (splitmix64).
struct Random(u64);

impl Random {
    /// Seeded by a rule's id (FNV-1a).
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

    /// One byte of the set.
    fn byte(&mut self, set: ByteSet) -> char {
        let at = self.below(u64::from(set.len()));
        let mut bytes = set.bytes();
        let byte = usize::try_from(at).ok().and_then(|at| bytes.nth(at));
        byte.map_or('0', char::from)
    }

    /// A value of the shape, each part by up to `more` bytes longer than it must
    /// be. Each seventh byte is a digit where that may be: a value without one is
    /// hardly ever issued.
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

    /// A value of which the last byte that the shape needs is missing.
    fn short(&mut self, shape: &Shape) -> String {
        let mut value = self.value(shape, 0);
        value.pop();
        value
    }
}
