//! A layer that writes redacted events.

use std::fmt;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::fields::{Fields, RedactedField};
use super::line::{Line, LogFormat};
use crate::redact::custom::FieldNames;
use crate::redact::redactor::Redactor;

/// A `tracing` layer that writes each event as one redacted line.
///
/// The layer redacts the message, the fields of the event and the fields of the
/// enclosing spans. Field names are context: the value of a field `password` is a
/// password, and is hidden as a whole, whatever it is and however it is recorded; the
/// same holds for the fields of a struct that is recorded with `?`. [`FieldNames`]
/// says which names these are, and [`mask_fields`](Self::mask_fields) changes them.
/// An error is written with the errors behind it. Values are redacted when they are
/// recorded, so spans keep only redacted values. Lines are always complete, and JSON
/// lines are always valid. Names of spans, fields and targets come from the program's
/// source and are not redacted.
///
/// The fields of one event, or of one span, are scanned together. A secret split
/// across fields is not found. Errors of the writer are dropped, because there is no
/// one to report them to.
///
/// # Example
/// ```
/// use confidant::redact::{LogFormat, RedactingLayer, Redactor};
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let layer = RedactingLayer::new(std::io::stderr, Redactor::default())
///     .format(LogFormat::Logfmt);
/// let subscriber = tracing_subscriber::registry().with(layer);
/// tracing::subscriber::with_default(subscriber, || {
///     // level=INFO target=rust_out message=deploying key=[REDACTED-APIKEY]
///     tracing::info!(key = "AKIAQ3EGRIZJ7OWLMXUV", "deploying");
/// });
/// ```
#[derive(Clone)]
pub struct RedactingLayer<M> {
    id: u64,
    writer: M,
    redactor: Redactor,
    names: Option<FieldNames>,
    format: LogFormat,
    clock: Option<Clock>,
}

type Clock = Arc<dyn Fn() -> String + Send + Sync>;

/// The fields of a span as each layer redacted them. Another layer's redactor may be
/// less strict.
#[derive(Default)]
struct SpanFields {
    layers: Vec<(u64, Arc<[RedactedField<'static>]>)>,
}

impl<M> RedactingLayer<M> {
    /// Creates a layer that writes JSON lines to the writers that `writer` makes. It
    /// masks the fields that the redactor [names](crate::redact::RedactorBuilder::mask_fields),
    /// or those with built-in names.
    #[must_use]
    pub fn new(writer: M, redactor: Redactor) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            names: Some(
                redactor
                    .custom()
                    .fields
                    .as_deref()
                    .cloned()
                    .unwrap_or_default(),
            ),
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            writer,
            redactor,
            format: LogFormat::Json,
            clock: None,
        }
    }

    /// Sets the format of lines.
    #[must_use]
    pub const fn format(mut self, format: LogFormat) -> Self {
        self.format = format;
        self
    }

    /// Sets the names of the fields whose whole values are masked. With `None`, values
    /// are only judged by their names, as in a text.
    #[must_use]
    pub fn mask_fields(mut self, names: impl Into<Option<FieldNames>>) -> Self {
        self.names = names.into();
        self
    }

    /// Adds a time to each line, formatted by `clock`. By default, lines have no
    /// time.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    fn record(&self, known: &mut SpanFields, fields: &Fields) {
        let fields = fields.redact(&self.redactor, self.names.as_ref());
        let fields: Vec<_> = fields.into_iter().map(RedactedField::into_owned).collect();
        let own = known.layers.iter_mut().find(|(id, _)| *id == self.id);
        let Some((_, own)) = own else {
            known.layers.push((self.id, fields.into()));
            return;
        };
        let renewed = |old: &&RedactedField<'_>| fields.iter().all(|field| field.name != old.name);
        let kept: Vec<_> = own.iter().filter(renewed).cloned().collect();
        *own = kept.into_iter().chain(fields).collect();
    }
}

impl<S, M> Layer<S> for RedactingLayer<M>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    M: for<'w> MakeWriter<'w> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        self.on_fields(id, &fields, &context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        self.on_fields(id, &fields, &context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut spans = Vec::new();
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            let extensions = span.extensions();
            let layers = extensions
                .get::<SpanFields>()
                .map(|known| known.layers.as_slice());
            let own = layers
                .unwrap_or_default()
                .iter()
                .find(|(id, _)| *id == self.id);
            let own = own.map_or_else(|| Arc::from([]), |(_, fields)| fields.clone());
            spans.push((span.name(), own));
        }
        let metadata = event.metadata();
        let line = Line {
            time: self.clock.as_ref().map(|clock| clock()),
            level: metadata.level().as_str(),
            target: metadata.target(),
            fields: &fields.redact(&self.redactor, self.names.as_ref()),
            spans: &spans,
        };
        let line = line.write(self.format);
        let _ = self
            .writer
            .make_writer_for(metadata)
            .write_all(line.as_bytes());
    }
}

impl<M> RedactingLayer<M> {
    fn on_fields<S>(&self, id: &Id, fields: &Fields, context: &Context<'_, S>)
    where
        S: Subscriber + for<'s> LookupSpan<'s>,
    {
        let Some(span) = context.span(id) else {
            return;
        };
        let mut extensions = span.extensions_mut();
        if let Some(known) = extensions.get_mut::<SpanFields>() {
            self.record(known, fields);
            return;
        }
        let mut known = SpanFields::default();
        self.record(&mut known, fields);
        extensions.insert(known);
    }
}

impl<M> fmt::Debug for RedactingLayer<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactingLayer")
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::redact::tracing::writer::RedactingMakeWriter;

    const PAT: &str = "ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA";
    const LABEL: &str = "[REDACTED-TOKEN]";

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Sink {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Logs two tokens, one in a span's field and one in the message, and unusual
    /// fields.
    fn run(subscriber: impl Subscriber + Send + Sync) {
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!(
                "request",
                user = "ann",
                token = PAT,
                late = tracing::field::Empty
            );
            let _entered = span.enter();
            span.record("late", format_args!("é {PAT}"));
            let error = io::Error::other(format!("refused {PAT}"));
            tracing::warn!(
                count = 3,
                ratio = f64::NAN,
                on = true,
                "odd = \"name\"" = "a\"b\\c\n\u{1}",
                debug = ?Some(PAT),
                error = &error as &(dyn std::error::Error + 'static),
                "signed in with {PAT}\nnow"
            );
        });
    }

    fn line(format: LogFormat) -> String {
        let sink = Sink::default();
        let writer = sink.clone();
        let layer = RedactingLayer::new(move || writer.clone(), Redactor::default())
            .format(format)
            .clock(|| "2026-05-01T12:30:00Z".to_owned());
        run(tracing_subscriber::registry().with(layer));
        sink.text()
    }

    #[test]
    fn a_line_of_json_is_json_and_redacted() {
        let line = line(LogFormat::Json);
        assert!(!line.contains("ghp_"), "{line}");
        assert_eq!(line.matches(LABEL).count(), 5);
        assert!(line.ends_with("}\n") && line.lines().count() == 1);
        assert!(line.starts_with(r#"{"time":"2026-05-01T12:30:00Z","level":"WARN","target":"#));
        assert!(
            line.contains(
                r#""count":3,"ratio":"NaN","on":true,"odd = \"name\"":"a\"b\\c\n\u0001""#
            )
        );
        assert!(line.contains(r#""spans":[{"name":"request","user":"ann","token":"[REDACTED-TOKEN]","late":"é [REDACTED-TOKEN]"}]"#));
        #[cfg(feature = "json")]
        serde_json::from_str::<serde_json::Value>(&line).unwrap();
    }

    #[test]
    fn a_line_of_logfmt_is_redacted() {
        let line = line(LogFormat::Logfmt);
        assert!(!line.contains("ghp_"), "{line}");
        assert_eq!(line.matches(LABEL).count(), 5);
        assert_eq!(line.lines().count(), 1);
        assert!(
            line.contains(r#"count=3 ratio=NaN on=true odd____name_="a\"b\\c\n\u0001""#),
            "{line}"
        );
        assert!(line.contains("span=request request.user=ann request.token=[REDACTED-TOKEN]"));
    }

    #[test]
    fn bytes_are_recorded_as_text() {
        let sink = Sink::default();
        let writer = sink.clone();
        let layer = RedactingLayer::new(move || writer.clone(), Redactor::default());
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let torn = [b"\xff ".as_slice(), PAT.as_bytes()].concat();
            tracing::info!(whole = PAT.as_bytes(), torn = torn.as_slice(), "x");
        });
        assert_eq!(sink.text().matches(LABEL).count(), 2, "{}", sink.text());
    }

    #[test]
    fn the_name_of_a_field_is_context() {
        let sink = Sink::default();
        let writer = sink.clone();
        let layer = RedactingLayer::new(move || writer.clone(), Redactor::default());
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(password = "q8V!zP2w-mX4r", path = "q8V", "hello");
        });
        assert!(
            sink.text()
                .contains(r#""password":"[REDACTED-PASSWORD]","path":"q8V""#),
            "{}",
            sink.text()
        );
    }

    /// Logs one event with fields and returns its line as JSON.
    macro_rules! logged {
        ($names:expr, $($fields:tt)+) => {{
            let sink = Sink::default();
            let writer = sink.clone();
            let layer = RedactingLayer::new(move || writer.clone(), Redactor::default());
            let layer = layer.mask_fields($names);
            let subscriber = tracing_subscriber::registry().with(layer);
            tracing::subscriber::with_default(subscriber, || tracing::info!($($fields)+));
            sink.text()
        }};
    }

    const VALUE: &str = "q8V!zP2w-\"m\\X4r\n";

    #[derive(Debug)]
    #[expect(dead_code, reason = "read by `Debug` alone")]
    struct Login {
        user: &'static str,
        password: Option<Word>,
        api_key: &'static str,
        session_token: Vec<u8>,
        note: String,
        pin_hash: Option<u8>,
    }

    #[derive(Debug)]
    #[expect(dead_code, reason = "read by `Debug` alone")]
    struct Word(&'static str);

    fn login() -> Login {
        Login {
            user: "ann",
            password: Some(Word("letmein")),
            api_key: VALUE,
            session_token: b"letmein".to_vec(),
            note: format!("see {PAT}"),
            pin_hash: None,
        }
    }

    /// What must not be in any line: values, and parts of them.
    fn assert_unseen(line: &str) {
        for part in ["letmein", "q8V", "zP2w", "X4r", "ghp_", "108, 101", "108,"] {
            assert!(!line.contains(part), "{part}: {line}");
        }
        assert_eq!(line.lines().count(), 1, "{line}");
    }

    #[test]
    fn every_kind_of_field_is_hidden_by_its_name() {
        let names = || FieldNames::new();
        let bytes: &[u8] = b"letmein";
        let boxed: Box<dyn std::error::Error + Send + Sync> = "letmein".into();
        let lines = [
            logged!(names(), password = "letmein"),
            logged!(names(), password = ?"letmein"),
            logged!(names(), password = %"letmein"),
            logged!(names(), password = 108_101_116),
            logged!(names(), password = 108_101.5),
            logged!(names(), password = VALUE),
            logged!(names(), password = ?VALUE),
            logged!(names(), password = ?VALUE.to_owned()),
            logged!(names(), password = ?Some(VALUE)),
            logged!(names(), password = ?Some(Some(Word(VALUE)))),
            logged!(names(), password = ?vec![VALUE, "letmein"]),
            logged!(names(), password = ?(VALUE, 1)),
            logged!(names(), password = ?bytes),
            logged!(names(), password = ?b"letmein"),
            logged!(names(), password = ?login()),
            logged!(names(), password = ?boxed),
            logged!(names(), user.password = VALUE),
            logged!(names(), "x-api-key" = VALUE),
            logged!(
                names(),
                token = &*boxed as &(dyn std::error::Error + 'static)
            ),
        ];
        for line in lines {
            assert_unseen(&line);
            assert_eq!(line.matches("[REDACTED-").count(), 1, "{line}");
        }
        for line in [
            logged!(names(), password = true),
            logged!(names(), password = ?None::<&str>),
            logged!(names(), password = ""),
            logged!(names(), password_policy = "letmein8", max_tokens = 4096),
        ] {
            assert!(!line.contains("REDACTED"), "{line}");
        }
    }

    #[test]
    fn the_fields_of_a_struct_are_fields() {
        for line in [
            logged!(FieldNames::new(), login = ?login()),
            logged!(FieldNames::new(), login = format!("{:#?}", login())),
            logged!(FieldNames::new(), login = ?Some((1, login()))),
        ] {
            assert_unseen(&line);
            assert_eq!(line.matches("[REDACTED-").count(), 4, "{line}");
            assert!(
                line.contains("ann") && line.contains("pin_hash: None"),
                "{line}"
            );
        }
        let names = FieldNames::new().without("password").with("user");
        let line = logged!(names, login = ?login());
        assert!(line.contains("letmein") && !line.contains("ann"), "{line}");
    }

    #[test]
    fn without_masks_values_are_judged_whatever_marks_they_hold() {
        let bare = [
            logged!(None, password = VALUE),
            logged!(None, password = ?VALUE),
            logged!(None, password = ?Some(VALUE)),
            logged!(None, password = ?Some(Word(VALUE))),
            logged!(None, password = ?vec![VALUE]),
            logged!(None, login = ?Some(("password", VALUE))),
            logged!(None, password = "\"q8V!zP2w-mX4r"),
            logged!(None, password = "q8V!zP2w-mX4r\\"),
            logged!(None, text = format!("a \"{PAT}\" b\n{PAT}\\")),
        ];
        for line in bare {
            assert_unseen(&line);
            assert!(line.contains("[REDACTED-"), "{line}");
        }
        assert!(logged!(None, password = "letmein").contains("letmein"));
    }

    #[test]
    fn the_errors_behind_an_error_are_written_and_redacted() {
        #[derive(Debug)]
        struct Outer(io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("cannot sign in")
            }
        }
        impl std::error::Error for Outer {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }
        let error = Outer(io::Error::other(format!("refused {PAT}")));
        let error = &error as &(dyn std::error::Error + 'static);
        let line = logged!(None, error);
        assert!(
            line.contains(r#""error":"cannot sign in: refused [REDACTED-TOKEN]""#),
            "{line}"
        );
    }

    #[test]
    fn each_layer_keeps_to_its_own_redactor() {
        let sinks = [Sink::default(), Sink::default()];
        let layer = |at: usize, operator| {
            let writer = sinks[at].clone();
            let redactor = Redactor::builder().operator(operator).build().unwrap();
            RedactingLayer::new(move || writer.clone(), redactor)
        };
        use crate::redact::operator::Operator;
        let subscriber = tracing_subscriber::registry()
            .with(layer(0, Operator::Label))
            .with(layer(1, Operator::Mask));
        run(subscriber);
        assert_eq!(sinks[0].text().matches(LABEL).count(), 5);
        assert_eq!(sinks[1].text().matches("****kMpA").count(), 5);
    }

    #[test]
    fn a_formatted_event_is_redacted_as_one_text() {
        let sink = Sink::default();
        let writer = sink.clone();
        let writer = RedactingMakeWriter::new(move || writer.clone(), Redactor::default());
        let cut = writer.make_writer();
        let (mut cut, text) = (cut, format!("a {PAT} b"));
        for chunk in text.as_bytes().chunks(7) {
            cut.write_all(chunk).unwrap();
            cut.flush().unwrap();
            assert_eq!(sink.text(), "");
        }
        drop(cut);
        assert_eq!(sink.text(), format!("a {LABEL} b"));
        run(tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(writer)
            .finish());
        assert!(!sink.text().contains("ghp_"));
        assert!(sink.text().matches(LABEL).count() >= 5);
    }

    /// Logs two events within a span through a formatter.
    fn formatted(writer: RedactingMakeWriter<impl Fn() -> Sink + Send + Sync + 'static>) {
        let fmt = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(writer);
        let run = || {
            let span = tracing::info_span!("login", secret = "q8V!zP2w-mX4r", card = 1);
            let _entered = span.enter();
            tracing::info!(password = VALUE, pin = 1, "in");
            tracing::info!(password = %"letmein to my\nhouse letmein", n = 2, "display");
            tracing::info!(login = format!("{:#?}", login()), n = 3, "pretty");
            tracing::info!(login = ?login(), api_key = "q8V!zP2w-mX4r", count = 83_920_174, "out");
        };
        tracing::subscriber::with_default(fmt.finish(), run);
    }

    #[test]
    fn the_fields_of_a_formatted_event_are_fields() {
        let sink = Sink::default();
        let writer = sink.clone();
        let maker = RedactingMakeWriter::new(move || writer.clone(), Redactor::default());
        formatted(maker.mask_fields(FieldNames::new()));
        let text = sink.text();
        for line in text.lines() {
            assert_unseen(line);
        }
        assert_eq!(text.lines().count(), 4, "{text}");
        assert!(
            text.contains("display password=[REDACTED-PASSWORD] n=2"),
            "{text}"
        );
        assert!(text.contains(r#"user: \"ann\",\n"#), "{text}");
        assert!(
            text.contains("login{secret=\"[REDACTED-SECRET]\" card=1}: "),
            "{text}"
        );
        assert!(
            text.contains(r#"in password="[REDACTED-PASSWORD]" pin=1"#),
            "{text}"
        );
        assert!(text.contains("count=83920174"), "{text}");

        // Without masks, values are judged.
        let sink = Sink::default();
        let writer = sink.clone();
        formatted(RedactingMakeWriter::new(
            move || writer.clone(),
            Redactor::default(),
        ));
        let text = sink.text();
        for part in ["q8V", "zP2w", "X4r", "ghp_"] {
            assert!(!text.contains(part), "{text}");
        }
        assert!(
            text.contains("login{secret=\"[REDACTED-SECRET]\" card=1}: "),
            "{text}"
        );
        let clean = "INFO login{secret=letmein}: app: in password=\"a}\" b=1\n";
        let sink = Sink::default();
        let writer = sink.clone();
        let maker = RedactingMakeWriter::new(move || writer.clone(), Redactor::default());
        maker.make_writer().write_all(clean.as_bytes()).unwrap();
        assert_eq!(sink.text(), clean);
    }

    #[cfg(feature = "json")]
    #[test]
    fn a_formatted_line_of_json_stays_json() {
        let sink = Sink::default();
        let writer = sink.clone();
        let redactor = Redactor::builder()
            .mask_fields(FieldNames::new())
            .build()
            .unwrap();
        let maker = RedactingMakeWriter::new(move || writer.clone(), redactor).json();
        for login in [format!("{:?}", login()), format!("{:#?}", login())] {
            // What `fmt().json()` writes.
            let line = serde_json::json!({
                "level": "INFO",
                "fields": {"message": "in", "password": VALUE, "login": login, "n": 1},
                "span": {"secret": "q8V!zP2w-mX4r", "name": "login"},
            });
            writeln!(maker.make_writer(), "{line}").unwrap();
        }
        let text = sink.text();
        assert_eq!(text.lines().count(), 2, "{text}");
        for line in text.lines() {
            for part in ["q8V", "zP2w", "X4r", "ghp_"] {
                assert!(!line.contains(part), "{line}");
            }
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["span"]["secret"], "[REDACTED-SECRET]");
        }
        writeln!(maker.make_writer(), "{{\"card_pin\":4711,\"n\":12}}").unwrap();
        let text = sink.text();
        let line = text.lines().last().unwrap();
        assert_eq!(line, r#"{"card_pin":"[REDACTED-PASSWORD]","n":12}"#);
    }
}
