//! Assignments: a name that means secret, an operator, a value.
//!
//! One matcher reads the syntaxes that people assign in: programs, JSON, YAML,
//! TOML, INI, XML, shells, headers, flags, prose; quoted or not, escaped or not.

mod name;
mod operator;
mod value;

pub(super) use name::{Meaning, Name};
pub(super) use operator::Operator;
pub(super) use value::{Scheme, Value, bearer};

use super::judge;
use crate::redact::text::{SPACE, Text, class};

/// What an assignment was found to assign.
#[derive(Clone, Copy, Debug)]
pub(super) struct Assignment {
    pub(super) name: Name,
    pub(super) operator: Operator,
    pub(super) value: Value,
}

impl Assignment {
    /// Reads the assignment whose name holds the word at `at`.
    pub(super) fn read(text: &Text<'_>, at: usize) -> Option<Self> {
        let name = Name::read(text, at)?;
        let (operator, at) = Operator::read(text, &name)?;
        let value = Value::read(text, &name, operator, at)?;
        if judge::has_placeholder(text.slice(value.start, value.end)) {
            return None;
        }
        Some(Self {
            name,
            operator,
            value,
        })
    }

    /// How sure it is that the value is a secret, from 0 to 100; `None` where
    /// it is none.
    pub(super) fn judge(&self, text: &Text<'_>) -> Option<u8> {
        let value = text.slice(self.value.start, self.value.end);
        // What costs least and refutes most comes first.
        if judge::is_wordy(value) || !value.iter().any(u8::is_ascii_alphanumeric) {
            return None;
        }
        let random = judge::is_random(value);
        let told =
            self.operator.is_explicit() || (random && value.len() >= 8) || self.is_told(value);
        let spaced = value.iter().any(|byte| class(*byte) & SPACE != 0) && !random;
        let confidence = self.confidence(value, random)?;
        let closed = self.operator != Operator::Tag || text.is(self.value.end, b"</");
        let meant = !judge::is_dummy(value) && !judge::is_reference(value, self.value.quoted);
        (told && !spaced && closed && meant).then_some(confidence)
    }

    /// How sure it is given the name, the value and whether that looks random.
    fn confidence(&self, value: &[u8], random: bool) -> Option<u8> {
        let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
        match self.name.meaning {
            Meaning::Password => {
                let marks = value
                    .iter()
                    .filter(|byte| !byte.is_ascii_alphanumeric())
                    .count();
                let least = if self.value.quoted { 5 } else { 6 };
                let chosen = (digits > 0 && digits < value.len()) || marks > 0 || random;
                let number = digits == value.len() && digits >= 6 && self.value.quoted;
                (value.len() >= least && (chosen || number) && !is_plain_number(value))
                    .then_some(if random { 85 } else { 75 })
            }
            Meaning::Secret | Meaning::Token | Meaning::ApiKey | Meaning::Auth => {
                (value.len() >= 8 && random).then_some(80)
            }
            Meaning::Key => {
                (value.len() >= 20 && random && digits > 0 && !judge::is_uuid(value)).then_some(65)
            }
        }
    }

    /// Whether somebody tells a password in a sentence: `my password is hunter2`.
    fn is_told(&self, value: &[u8]) -> bool {
        self.operator == Operator::Is
            && self.name.meaning == Meaning::Password
            && value.len() >= 6
            && value.iter().any(u8::is_ascii_digit)
            && value.iter().any(u8::is_ascii_alphabetic)
    }
}

/// Whether a value is a number as programs write it: `-1`, `0.5`, `10_000`.
fn is_plain_number(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let marks = value
        .iter()
        .filter(|byte| matches!(byte, b'.' | b'_' | b'-' | b'+' | b',' | b'%'))
        .count();
    digits + marks == value.len() && marks > 0
}
