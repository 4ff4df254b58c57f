//! The fields of an event or span: recorded, and redacted.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Write as _};
use std::ops::Range;

use tracing::field::{Field, Visit};
use zeroize::Zeroizing;

use super::values::{Values, replaced};
use crate::redact::custom::FieldNames;
use crate::redact::redactor::Redactor;
use crate::redact::text::{part, part_of_str};

/// A field with its redacted value.
#[derive(Clone)]
pub(super) struct RedactedField<'v> {
    pub(super) name: &'static str,
    pub(super) value: Cow<'v, str>,
    /// Whether the value is text, not a number or a boolean.
    pub(super) text: bool,
}

impl RedactedField<'_> {
    /// Returns the field with a value of its own.
    pub(super) fn into_owned(self) -> RedactedField<'static> {
        RedactedField {
            value: Cow::Owned(self.value.into_owned()),
            ..self
        }
    }
}

/// How many bytes of values have room at once, and how many fields.
const ROOM: usize = 256;
const ROOM_FIELDS: usize = 8;

/// The greatest number of errors behind an error that are written.
const MOST_SOURCES: usize = 16;

/// The fields of an event or span as they are recorded.
pub(super) struct Fields {
    values: Zeroizing<String>,
    fields: Vec<Recorded>,
}

struct Recorded {
    name: &'static str,
    /// The place of the value in `values`.
    value: Range<usize>,
    text: bool,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            values: Zeroizing::new(String::with_capacity(ROOM)),
            fields: Vec::with_capacity(ROOM_FIELDS),
        }
    }
}

impl Fields {
    fn push(&mut self, field: &Field, text: bool, value: fmt::Arguments<'_>) {
        let start = self.values.len();
        // If a value fails to format itself, the part already written is kept.
        let _ = self.values.write_fmt(value);
        self.note(field, text, start);
    }

    /// Notes that the value of a field was written from `start` on.
    fn note(&mut self, field: &Field, text: bool, start: usize) {
        self.fields.push(Recorded {
            name: field.name(),
            value: start..self.values.len(),
            text,
        });
    }

    /// Returns the redacted fields, those of these names masked.
    pub(super) fn redact(
        &self,
        redactor: &Redactor,
        names: Option<&FieldNames>,
    ) -> Vec<RedactedField<'_>> {
        let value = |field: &Recorded| part_of_str(&self.values, field.value.clone());
        let mut values = Values::new(names, self.values.len());
        for (number, field) in self.fields.iter().enumerate() {
            match field.name {
                "message" => values.add_text(number, value(field)),
                name => values.add(number, name, value(field)),
            }
        }
        let found = values.find(redactor);
        let mut found = found.as_slice();
        let mut fields = Vec::with_capacity(self.fields.len());
        for (number, field) in self.fields.iter().enumerate() {
            let count = found.partition_point(|(other, _)| *other == number);
            let own = part(found, ..count);
            found = part(found, count..);
            fields.push(RedactedField {
                name: field.name,
                value: replaced(redactor, value(field), own),
                text: field.text || !own.is_empty(),
            });
        }
        fields
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, true, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let start = self.values.len();
        self.values.push_str(value);
        self.note(field, true, start);
    }

    /// Records bytes as text, in which secrets are found. Bytes that are no UTF-8 are
    /// replaced with U+FFFD.
    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        self.record_str(field, &String::from_utf8_lossy(value));
    }

    /// Records an error with the errors behind it.
    fn record_error(&mut self, field: &Field, value: &(dyn StdError + 'static)) {
        self.push(field, true, format_args!("{}", Chain(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, false, format_args!("{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, false, format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, false, format_args!("{value}"));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.push(field, false, format_args!("{value}"));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.push(field, false, format_args!("{value}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, !value.is_finite(), format_args!("{value}"));
    }
}

/// An error with the errors behind it.
struct Chain<'e>(&'e (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut error = self.0;
        for _ in 0..MOST_SOURCES {
            let Some(source) = error.source() else { break };
            write!(f, ": {source}")?;
            error = source;
        }
        Ok(())
    }
}
