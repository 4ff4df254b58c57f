//! The lines made of redacted fields.

use std::fmt::Write as _;
use std::sync::Arc;

use super::fields::RedactedField;
use crate::redact::text::part_of_str;

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

/// A line: time, level, target, fields and enclosing spans.
pub(super) struct Line<'l> {
    pub(super) time: Option<String>,
    pub(super) level: &'static str,
    pub(super) target: &'l str,
    pub(super) fields: &'l [RedactedField<'l>],
    /// Outermost first.
    pub(super) spans: &'l [(&'static str, Arc<[RedactedField<'static>]>)],
}

impl Line<'_> {
    pub(super) fn write(&self, format: LogFormat) -> String {
        let mut out = String::with_capacity(self.len());
        match format {
            LogFormat::Json => self.write_json(&mut out),
            LogFormat::Logfmt => self.write_logfmt(&mut out),
        }
        out.push('\n');
        out
    }

    /// Returns about as many bytes as the line has.
    fn len(&self) -> usize {
        let len = |fields: &[RedactedField<'_>]| {
            let fields = fields.iter();
            fields
                .map(|field| field.name.len() + field.value.len() + 8)
                .sum::<usize>()
        };
        let spans = self.spans.iter();
        let spans = spans.map(|(name, fields)| name.len() + len(fields) + 24);
        self.target.len() + len(self.fields) + spans.sum::<usize>() + 128
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
            for field in fields.iter() {
                write_pair(Some(name), field.name, &field.value, out);
            }
        }
    }
}

fn write_members(fields: &[RedactedField<'_>], more: bool, out: &mut String) {
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
    // Controls of Unicode begin with 0xc2.
    let is_plain = |byte: u8| !(byte < b' ' || matches!(byte, b'"' | b'\\' | 0x7f | 0xc2));
    out.push('"');
    let mut rest = text;
    while let Some(plain) = rest.bytes().position(|byte| !is_plain(byte)) {
        out.push_str(part_of_str(rest, ..plain));
        let mut chars = part_of_str(rest, plain..).chars();
        match chars.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(char) if char.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            Some(char) => out.push(char),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}
