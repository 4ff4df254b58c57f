//! A writer for formatted events.

use std::fmt;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;
use zeroize::Zeroizing;

use super::debug::is_debug;
use super::pairs::{Pair, listed, pairs};
use super::plain::Plain;
use super::unescape::unescape;
use super::values::{Values, replaced};
use crate::redact::custom::{FieldNames, may_be_secret};
use crate::redact::finding::Validation;
use crate::redact::redactor::Redactor;
use crate::redact::text::part_of_str;

/// A maker of writers that redact each event before passing it to the writers of `M`.
/// Use it with `tracing_subscriber::fmt`.
///
/// An event is redacted as one text when its formatter has finished. Nothing is
/// written before that. Events are redacted one at a time, so a secret spread over
/// several events is not found.
///
/// The text is scanned as formatted, and its fields (`name=value`, `name="value"`, also
/// in `span{…}`) are judged by their names. [`json`](Self::json) is for formatters that
/// write JSON, which stays JSON. [`mask_fields`](Self::mask_fields) hides the whole
/// values of fields, also in color and in the list `name: value, name: value` of the
/// formatter `pretty`. Where a field ends in a formatted line is a guess, which takes
/// rather too much; [`RedactingLayer`](crate::redact::RedactingLayer) knows the fields
/// themselves.
///
/// # Example
/// ```
/// use confidant::redact::{RedactingMakeWriter, Redactor};
///
/// let writer = RedactingMakeWriter::new(std::io::stderr, Redactor::default());
/// let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(writer).finish();
/// tracing::subscriber::with_default(subscriber, || {
///     tracing::info!("deploy with AKIAQ3EGRIZJ7OWLMXUV");
/// });
/// ```
#[derive(Clone)]
pub struct RedactingMakeWriter<M> {
    inner: M,
    redactor: Redactor,
    mode: Mode,
}

/// How events are read.
#[derive(Clone)]
enum Mode {
    /// As text with fields, which are masked if they have one of these names.
    Text(Option<Arc<FieldNames>>),
    #[cfg(feature = "json")]
    Json,
}

impl<M> RedactingMakeWriter<M> {
    /// Creates a maker of writers that redact events before passing them to writers
    /// of `inner`.
    #[must_use]
    pub fn new(inner: M, redactor: Redactor) -> Self {
        let names = redactor.custom().fields.as_deref().cloned();
        Self {
            inner,
            redactor,
            mode: Mode::Text(names.map(Arc::new)),
        }
    }

    /// Masks the whole values of fields with these names, in text.
    ///
    /// # Example
    /// ```
    /// use std::io::Write as _;
    ///
    /// use confidant::redact::{FieldNames, RedactingMakeWriter, Redactor};
    /// use tracing_subscriber::fmt::MakeWriter as _;
    ///
    /// let maker = RedactingMakeWriter::new(std::io::stderr, Redactor::default())
    ///     .mask_fields(FieldNames::new());
    /// // writes `INFO login{password=[REDACTED-PASSWORD]}: app: hello`
    /// writeln!(maker.make_writer(), "INFO login{{password=letmein}}: app: hello")?;
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use]
    pub fn mask_fields(mut self, names: FieldNames) -> Self {
        self.mode = Mode::Text(Some(Arc::new(names)));
        self
    }

    /// Expects each event to be lines of JSON, as `fmt().json()` writes them, and keeps
    /// them JSON. Which fields are masked is a setting of the
    /// [redactor](crate::redact::RedactorBuilder::mask_fields). Other lines are redacted
    /// as text.
    ///
    /// # Example
    /// ```
    /// use std::io::Write as _;
    ///
    /// use confidant::redact::{RedactingMakeWriter, Redactor};
    /// use tracing_subscriber::fmt::MakeWriter as _;
    ///
    /// let maker = RedactingMakeWriter::new(std::io::stderr, Redactor::default()).json();
    /// // writes `{"fields":{"password":"[REDACTED-PASSWORD]"}}`
    /// writeln!(maker.make_writer(), r#"{{"fields":{{"password":83920174}}}}"#)?;
    /// # std::io::Result::Ok(())
    /// ```
    #[cfg(feature = "json")]
    #[must_use]
    pub fn json(mut self) -> Self {
        self.mode = Mode::Json;
        self
    }
}

impl<M> fmt::Debug for RedactingMakeWriter<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactingMakeWriter")
            .finish_non_exhaustive()
    }
}

impl<'w, M: MakeWriter<'w>> MakeWriter<'w> for RedactingMakeWriter<M> {
    type Writer = RedactingEventWriter<M::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        RedactingEventWriter::new(self.inner.make_writer(), self)
    }

    fn make_writer_for(&'w self, metadata: &Metadata<'_>) -> Self::Writer {
        RedactingEventWriter::new(self.inner.make_writer_for(metadata), self)
    }
}

/// A writer for one event, which it redacts and writes when dropped.
///
/// [`RedactingMakeWriter`] creates one for each event. Errors of the inner writer are
/// dropped, because there is no one to report them to.
///
/// # Example
/// ```
/// use std::io::Write as _;
///
/// use confidant::redact::{RedactingMakeWriter, Redactor};
/// use tracing_subscriber::fmt::MakeWriter as _;
///
/// let maker = RedactingMakeWriter::new(std::io::stderr, Redactor::default());
/// let mut event = maker.make_writer();
/// write!(event, "deploy with AKIAQ3EGRI")?;
/// writeln!(event, "ZJ7OWLMXUV")?;
/// drop(event); // writes `deploy with [REDACTED-APIKEY]`
/// # std::io::Result::Ok(())
/// ```
pub struct RedactingEventWriter<W: Write> {
    inner: W,
    redactor: Redactor,
    mode: Mode,
    event: Zeroizing<Vec<u8>>,
    flush: bool,
}

impl<W: Write> RedactingEventWriter<W> {
    fn new<M>(inner: W, maker: &RedactingMakeWriter<M>) -> Self {
        Self {
            inner,
            redactor: maker.redactor.clone(),
            mode: maker.mode.clone(),
            event: Zeroizing::new(Vec::new()),
            flush: false,
        }
    }
}

impl<W: Write> Write for RedactingEventWriter<W> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.event.extend_from_slice(part);
        Ok(part.len())
    }

    /// Requests a flush of the inner writer after the event is written. Nothing is
    /// written now, because the event may continue.
    fn flush(&mut self) -> io::Result<()> {
        self.flush = true;
        Ok(())
    }
}

impl<W: Write> Drop for RedactingEventWriter<W> {
    fn drop(&mut self) {
        let event = match (&self.mode, str::from_utf8(&self.event)) {
            (Mode::Text(names), Ok(text)) => redacted(&self.redactor, names.as_deref(), text),
            #[cfg(feature = "json")]
            (Mode::Json, Ok(text)) => {
                let lines = self.redactor.redact_ndjson(text);
                lines.into_redacted().into_string().into_bytes()
            }
            (_, Err(_)) => self.redactor.redact_bytes(&self.event).into_inner().into(),
        };
        if self.inner.write_all(&event).is_ok() && self.flush {
            let _ = self.inner.flush();
        }
    }
}

/// Returns a formatted event with what is found in its text and in its fields
/// replaced.
fn redacted(redactor: &Redactor, names: Option<&FieldNames>, line: &str) -> Vec<u8> {
    let plain = Plain::of(line);
    let text = &*plain.text;
    let get = |range: Range<usize>| part_of_str(text, range);
    let mut fields = pairs(text);
    if let Some(names) = names {
        widen_masked(text, names, &mut fields);
        let listed = listed(text).into_iter();
        fields.extend(listed.filter(|pair| names.kind(get(pair.name.clone())).is_some()));
        fields.sort_by_key(|pair| pair.value.start);
        fields.dedup_by(|next, last| next.value.start < last.value.end);
    }
    fields.retain(|pair| {
        let name = get(pair.name.clone());
        let is_masked = || names.is_some_and(|names| names.kind(name).is_some());
        may_be_secret(name) || is_masked() || is_debug(get(pair.value.clone()))
    });
    let mut values = Values::new(names, text.len());
    let mut places = Vec::with_capacity(fields.len());
    for (number, pair) in fields.iter().enumerate() {
        let raw = get(pair.value.clone());
        let quoted = text.as_bytes().get(pair.value.start.wrapping_sub(1)) == Some(&b'"');
        let decoded = (quoted && raw.contains('\\')).then(|| unescape(raw));
        let value = decoded.as_ref().map_or(raw, |(value, _)| value.as_str());
        values.add(number, get(pair.name.clone()), value);
        places.push((pair.value.start, decoded.map(|(_, offsets)| offsets)));
    }
    let mut found: Vec<_> = values.find(redactor);
    for (number, finding) in &mut found {
        if let Some((start, offsets)) = places.get(*number) {
            let raw = |at: usize| match offsets {
                Some(offsets) => {
                    let raw = offsets.get(at).copied();
                    debug_assert!(raw.is_some(), "the place lies in the value");
                    raw.unwrap_or_default()
                }
                None => at,
            };
            let span = plain.raw(&(start + raw(finding.start)..start + raw(finding.end)));
            (finding.start, finding.end) = (span.start, span.end);
        }
        *number = 0;
    }
    let fields = fields.iter().filter(|pair| !pair.value.is_empty());
    let fields: Vec<_> = fields
        .map(|pair| (plain.raw(&pair.value), pair.is_whole))
        .collect();
    for mut finding in redactor.scan(line.as_bytes()) {
        // The reader of fields may know better where the value ends.
        let first = fields.partition_point(|(value, _)| value.end <= finding.start);
        if let Some((value, true)) = fields.get(first)
            && finding.validation == Validation::Judged
            && value.start <= finding.start
        {
            finding.end = finding.end.min(value.end);
        }
        found.push((0, finding));
    }
    found.retain(|(_, finding)| finding.start < finding.end);
    found.sort_by_key(|(_, finding)| (finding.start, finding.end));
    replaced(redactor, line, &found).into_owned().into_bytes()
}

/// Widens the values of masked fields that stand without quotation marks up to the next
/// field, the end of the span in which they stand or that of the event: blanks, line ends
/// and braces in them look like their ends.
fn widen_masked(text: &str, names: &FieldNames, fields: &mut [Pair]) {
    let mut limit = text.len();
    for pair in fields.iter_mut().rev() {
        let name = part_of_str(text, pair.name.clone());
        let quoted = text.as_bytes().get(pair.value.start.wrapping_sub(1)) == Some(&b'"');
        if !quoted && names.kind(name).is_some() {
            let rest = part_of_str(text, pair.value.end..limit);
            // A value may have in it what looks like the end of its span.
            let end = rest.rfind("}:").filter(|_| pair.in_span);
            let rest = end.and_then(|end| rest.get(..end)).unwrap_or(rest);
            pair.value.end += rest.trim_end().len();
        }
        limit = pair.name.start;
    }
}

impl<W: Write> fmt::Debug for RedactingEventWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactingEventWriter")
            .field("len", &self.event.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::growth::growth;

    fn written(redactor: &Redactor, text: &str) -> String {
        let names = redactor.custom().fields.as_deref();
        String::from_utf8(redacted(redactor, names, text)).unwrap()
    }

    #[test]
    fn a_brace_in_a_message_cuts_no_value_short() {
        let redactor = Redactor::default();
        for text in [
            "login with password=fV9s-Rk2}:xLq7Tz9w",
            "INFO app: login with password=fV9s-Rk2}:xLq7Tz9w",
            "INFO app: login{password=fV9s-Rk2}:xLq7Tz9w",
            "INFO a{n=1}: app: login{password=fV9s-Rk2}:xLq7Tz9w",
        ] {
            assert!(!redactor.redact(text).as_str().contains("xLq7"), "{text}");
            let written = written(&redactor, text);
            assert!(
                !written.contains("xLq7") && !written.contains("fV9s"),
                "{written}"
            );
        }
        for text in [
            "INFO login{password=fV9s-Rk2xLq7}: app: hello",
            "INFO a{n=1}:login{user=\"x: y\" password=fV9s-Rk2xLq7}: app: hello",
        ] {
            let expected = text.replace("fV9s-Rk2xLq7", "[REDACTED-PASSWORD]");
            assert_eq!(written(&redactor, text), expected);
        }
    }

    #[test]
    fn a_masked_field_ends_with_its_span() {
        let redactor = Redactor::builder().mask_fields(FieldNames::new());
        let redactor = redactor.build().unwrap();
        for (text, expected) in [
            (
                "INFO login{password=correct horse}: app: hello",
                "INFO login{password=[REDACTED-PASSWORD]}: app: hello",
            ),
            (
                "INFO login{password=a}: b}: app: hello",
                "INFO login{password=[REDACTED-PASSWORD]}: app: hello",
            ),
            (
                "INFO app: password=correct}: horse",
                "INFO app: password=[REDACTED-PASSWORD]",
            ),
        ] {
            assert_eq!(written(&redactor, text), expected);
        }
    }

    #[test]
    fn fields_are_masked_in_color_and_in_lists() {
        let redactor = Redactor::builder().mask_fields(FieldNames::new());
        let redactor = redactor.build().unwrap();
        let value = "thistle-copper4905";
        for line in [
            "ready \x1b[3mpassword\x1b[0m\x1b[2m=\x1b[0mV \x1b[3mn\x1b[0m\x1b[2m=\x1b[0m1",
            "\x1b[1ma\x1b[0m\x1b[1m{\x1b[0m\x1b[3mpassword\x1b[0m\x1b[2m=\x1b[0mV\x1b[1m}\x1b[0m: hi n=1",
            "ready \x1b[3mpassword\x1b[0m\x1b[2m=\x1b[0mSome(\"V\") n=1",
            "  INFO app: ready, password: V, n: 1\n    at n=1.rs:7\n",
            "  INFO app: ready, password: V\n    at src/main.rs:7 n=1\n",
            "  INFO app: ready, \x1b[1mpassword\x1b[0m: V\n    at x.rs:7\n    in app::a with n=1, password: V\n",
            "  INFO app: ready, password: two\n V\n    at x.rs:7 n=1\n",
        ] {
            let line = line.replace('V', value);
            let written = written(&redactor, &line);
            assert!(!written.contains("thistle"), "{written:?}");
            assert!(written.contains("[REDACTED-PASSWORD]"), "{written:?}");
            assert!(Plain::of(&written).text.contains("n=1"), "{written:?}");
        }
        // What is no name of a field begins none.
        let line = "ready password=Le3lAR 9ugk=Ze, 3Vth";
        assert_eq!(
            written(&redactor, line),
            "ready password=[REDACTED-PASSWORD]"
        );
    }

    #[test]
    fn fields_are_read_in_linear_time() {
        let line = |count: usize| "n=1 ".repeat(count);
        let pairs_growth = growth(2_000, line, |line| pairs(line).len());
        assert!(pairs_growth < 128.0, "{pairs_growth}");
        let line = |count: usize| ", password: ".repeat(count);
        let listed_growth = growth(2_000, line, |line| listed(line).len());
        assert!(listed_growth < 128.0, "{listed_growth}");
    }
}
