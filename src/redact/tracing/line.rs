//! Redacted fields and the lines made of them.

use std::error::Error as StdError;
use std::fmt::{self, Write as _};
use std::ops::Range;

use tracing::field::{Field, Visit};
use zeroize::Zeroizing;

use crate::redact::redactor::Redactor;
use crate::redact::text::widen;

/// The format of log lines.
///
/// # Example
/// ```
/// use confidant::redact::{LogFormat, RedactingLayer, Redactor};
///
/// let layer = RedactingLayer::new(std::io::stderr, Redactor::default())
///     .format(LogFormat::Json);
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormat {
    /// One JSON object per line:
    /// `{"level":"INFO","target":"app","fields":{"message":"hi"},"spans":[{"name":"request"}]}`.
    #[default]
    Json,
    /// Names and values: `level=INFO target=app message=hi span=request`.
    Logfmt,
}

/// A field with its redacted value.
#[derive(Clone)]
pub(super) struct RedactedField {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// Whether the value is text, not a number or a boolean.
    pub(super) text: bool,
}

/// The fields of an event or span as they are recorded.
///
/// They are collected in one text: the message, and each other field as a line
/// `name="value"`. Names are therefore context, and one scan covers everything.
#[derive(Default)]
pub(super) struct Fields {
    text: Zeroizing<String>,
    fields: Vec<(&'static str, Range<usize>, bool)>,
}

impl Fields {
    fn push(&mut self, field: &Field, text: bool, value: fmt::Arguments<'_>) {
        let name = field.name();
        let named = name != "message";
        if named {
            self.text.push_str(name);
            self.text.push_str("=\"");
        }
        let start = self.text.len();
        // If a value fails to format itself, the part already written is kept.
        let _ = self.text.write_fmt(value);
        self.fields.push((name, start..self.text.len(), text));
        self.text.push_str(if named { "\"\n" } else { "\n" });
    }

    /// Returns the redacted fields.
    pub(super) fn redact(&self, redactor: &Redactor) -> Vec<RedactedField> {
        let found = redactor.scan(self.text.as_bytes());
        let mut fields = Vec::with_capacity(self.fields.len());
        for (name, place, text) in &self.fields {
            let first = found.partition_point(|finding| finding.end <= place.start);
            let found = found.get(first..).unwrap_or_default();
            let (mut out, mut done, mut text) = (Vec::new(), place.start, *text);
            for finding in found.iter().take_while(|finding| finding.start < place.end) {
                let span = self.cut(finding.span(), &(done..place.end));
                out.extend_from_slice(self.get(done..span.start).as_bytes());
                let value = self.get(span.clone()).as_bytes();
                redactor.operator(finding).write(finding, value, &mut out);
                done = span.end;
                text = true;
            }
            out.extend_from_slice(self.get(done..place.end).as_bytes());
            fields.push(RedactedField {
                name,
                value: String::from_utf8_lossy(&out).into_owned(),
                text,
            });
        }
        fields
    }

    /// Returns the whole characters of `span` within `place`.
    fn cut(&self, span: Range<usize>, place: &Range<usize>) -> Range<usize> {
        let start = span.start.clamp(place.start, place.end);
        let end = span.end.clamp(start, place.end);
        widen(self.text.as_bytes(), start..end)
    }

    fn get(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, true, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, true, format_args!("{value}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn StdError + 'static)) {
        self.push(field, true, format_args!("{value}"));
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

/// A line: time, level, target, fields and enclosing spans.
pub(super) struct Line<'l> {
    pub(super) time: Option<String>,
    pub(super) level: &'static str,
    pub(super) target: &'l str,
    pub(super) fields: &'l [RedactedField],
    /// Outermost first.
    pub(super) spans: &'l [(&'static str, Vec<RedactedField>)],
}

impl Line<'_> {
    pub(super) fn write(&self, format: LogFormat) -> String {
        let mut out = String::new();
        match format {
            LogFormat::Json => self.write_json(&mut out),
            LogFormat::Logfmt => self.write_logfmt(&mut out),
        }
        out.push('\n');
        out
    }

    fn write_json(&self, out: &mut String) {
        out.push('{');
        if let Some(time) = &self.time {
            out.push_str("\"time\":");
            quote(time, out);
            out.push(',');
        }
        out.push_str("\"level\":");
        quote(self.level, out);
        out.push_str(",\"target\":");
        quote(self.target, out);
        out.push_str(",\"fields\":{");
        write_members(self.fields, false, out);
        out.push_str("},\"spans\":[");
        for (at, (name, fields)) in self.spans.iter().enumerate() {
            out.push_str(if at > 0 { ",{\"name\":" } else { "{\"name\":" });
            quote(name, out);
            write_members(fields, true, out);
            out.push('}');
        }
        out.push_str("]}");
    }

    fn write_logfmt(&self, out: &mut String) {
        if let Some(time) = &self.time {
            write_pair(None, "time", time, out);
        }
        write_pair(None, "level", self.level, out);
        write_pair(None, "target", self.target, out);
        for field in self.fields {
            write_pair(None, field.name, &field.value, out);
        }
        for (name, fields) in self.spans {
            write_pair(None, "span", name, out);
            for field in fields {
                write_pair(Some(name), field.name, &field.value, out);
            }
        }
    }
}

fn write_members(fields: &[RedactedField], more: bool, out: &mut String) {
    for (at, field) in fields.iter().enumerate() {
        if more || at > 0 {
            out.push(',');
        }
        quote(field.name, out);
        out.push(':');
        if field.text {
            quote(&field.value, out);
        } else {
            out.push_str(&field.value);
        }
    }
}

fn write_pair(span: Option<&str>, name: &str, value: &str, out: &mut String) {
    let plain = |char: char| char.is_ascii_graphic() && char != '=' && char != '"';
    if !out.is_empty() {
        out.push(' ');
    }
    if let Some(span) = span {
        out.extend(
            span.chars()
                .map(|char| if plain(char) { char } else { '_' }),
        );
        out.push('.');
    }
    out.extend(
        name.chars()
            .map(|char| if plain(char) { char } else { '_' }),
    );
    out.push('=');
    if !value.is_empty() && value.chars().all(|char| plain(char) && char != '\\') {
        out.push_str(value);
    } else {
        quote(value, out);
    }
}

/// Writes a JSON string.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if char.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out.push('"');
}
