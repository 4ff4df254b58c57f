//! The redactor's types, errors and outputs.

use std::io::{self, Read as _, Write as _};
use std::sync::Arc;

use confidant::Error;
use confidant::redact::{
    AllowList, BuiltInRule, Category, Detections, Detector, Key, Kind, KnownValues, Operator,
    PlaceholderMap, RedactingReader, RedactingWriter, Redactor, Report, Restorer, StreamRedactor,
};

use super::{CANARY, assert_unseen, error, value};

/// A text in which the redactor finds the canary.
fn text() -> String {
    format!("key {CANARY} end")
}

/// A key whose first bytes are the canary's.
fn key() -> Key {
    let mut bytes = [7; Key::LEN];
    bytes[..CANARY.len()].copy_from_slice(CANARY.as_bytes());
    Key::from_bytes(bytes)
}

fn operators() -> [Operator; 6] {
    [
        Operator::Hash(key()),
        Operator::Label,
        Operator::Mask,
        Operator::Placeholder(key()),
        Operator::Remove,
        Operator::Surrogate(key()),
    ]
}

/// Fails, and says the whole text in its error.
struct Failing;

impl Detector for Failing {
    fn id(&self) -> &str {
        "failing"
    }

    fn detect(&self, text: &[u8], found: &mut Detections) -> Result<(), Error> {
        found.add(Kind::Custom, 0..1.min(text.len()), 50)?;
        Err(found.failure(String::from_utf8_lossy(text).into_owned()))
    }
}

/// Adds what may not be added.
struct Wrong(Vec<(std::ops::Range<usize>, u8)>);

impl Detector for Wrong {
    fn id(&self) -> &str {
        "wrong"
    }

    fn detect(&self, text: &[u8], found: &mut Detections) -> Result<(), Error> {
        for (span, confidence) in &self.0 {
            let (name, shown) = value("Detections", found);
            assert_unseen(vec![(name, shown)]);
            assert!(text.len() < 100 && confidence <= &101);
            found.add(Kind::Custom, span.clone(), *confidence)?;
        }
        Ok(())
    }
}

fn with_detector(detector: impl Detector + 'static) -> Redactor {
    Redactor::builder()
        .detector(Arc::new(detector))
        .build()
        .unwrap()
}

#[test]
fn known_values_do_not_show_themselves() {
    let known = KnownValues::with_values(key(), [CANARY]).unwrap();
    let redactor = Redactor::builder().known_values(known.clone());
    let redacted = redactor
        .clone()
        .build()
        .unwrap()
        .redact(CANARY)
        .into_parts();
    assert_eq!(redacted.1.len(), 1, "the canary is to be found");
    let long = CANARY.repeat(500);
    assert_unseen(vec![
        value("KnownValues", &known),
        value("RedactorBuilder", &redactor),
        value("Redacted", &redacted),
        error("short", known.insert(&CANARY[..7])),
        error("long", known.insert(&long)),
        error("values", known.extend([CANARY, long.as_str()])),
    ]);
}

#[test]
fn the_redactor_does_not_show_what_it_found() {
    let text = text();
    for operator in operators() {
        let builder = Redactor::builder()
            .category(Category::Personal)
            .detector(Arc::new(Wrong(Vec::new())))
            .fingerprint_key(key())
            .operator_for(Kind::Custom, Operator::Hash(key()))
            .operator(operator.clone());
        let redactor = builder.clone().build().unwrap();
        let redacted = redactor.redact(&text);
        assert_eq!(redacted.findings().len(), 1, "the canary is to be found");
        let bytes = redactor.redact_bytes(text.as_bytes());
        let (mut out, mut findings) = (Vec::new(), Vec::new());
        redactor.redact_bytes_into(text.as_bytes(), &mut out, &mut findings);
        assert_eq!(findings, redacted.findings());
        let mut report = Report::new();
        report.add(&findings);
        assert_unseen(vec![
            value("Key", &key()),
            value("Operator", &operator),
            value("Redactor", &redactor),
            value("RedactorBuilder", &builder),
            value("Redacted<Cow<str>>", &redacted),
            value("Redacted<Cow<[u8]>>", &bytes),
            value("Finding", &redacted.findings()[0]),
            value("Finding's parts", &{
                let finding = &redacted.findings()[0];
                (finding.kind(), finding.category(), finding.validation())
            }),
            value("Report", &report),
            ("Report's sentence", vec![report.to_string()]),
            value("Report's counts", &report.rules()),
            ("redacted text", vec![redacted.as_str().to_owned()]),
            ("redacted bytes", vec![lossy(bytes.get_ref()), lossy(&out)]),
        ]);
    }
    assert_unseen(vec![value(
        "BuiltInRule",
        &BuiltInRule::all().collect::<Vec<_>>(),
    )]);
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_stream_does_not_show_what_it_holds() {
    let mut out = Vec::new();
    let mut findings = Vec::new();
    let mut stream = StreamRedactor::new(Redactor::default());
    let mut shown = vec![value("StreamRedactor, new", &stream)];
    stream.push(b"key ", &mut out, &mut findings);
    for piece in [&CANARY[..12], &CANARY[12..], " end"] {
        stream.push(piece.as_bytes(), &mut out, &mut findings);
        shown.push(value("StreamRedactor, in the middle", &stream));
    }
    stream.finish(&mut out, &mut findings);
    shown.push(value("StreamRedactor, finished", &stream));
    shown.push(value("Finding of a stream", &findings));
    shown.push(("redacted stream", vec![lossy(&out)]));
    assert_eq!(findings.len(), 1, "the canary is to be found");
    assert_unseen(shown);
}

/// Takes nothing.
struct Broken;

impl io::Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("broken"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::Error::other("broken"))
    }
}

#[test]
fn writers_and_readers_pass_on_redacted_text_only() {
    let text = text();
    let (head, tail) = text.split_at(12);
    let mut writer = RedactingWriter::new(Vec::new(), Redactor::default());
    writer.write_all(head.as_bytes()).unwrap();
    let middle = value("RedactingWriter, in the middle", &writer);
    writer.write_all(tail.as_bytes()).unwrap();
    writer.finish().unwrap();
    assert_eq!(writer.report().total(), 1, "the canary is to be found");
    let end = value("RedactingWriter, finished", &writer);
    let written = writer.into_inner().unwrap();

    let mut broken = RedactingWriter::new(Broken, Redactor::default());
    broken.write_all(text.as_bytes()).unwrap();
    let failed = broken.finish().unwrap_err();
    let refused = value("error of RedactingWriter", &failed);

    let mut reader = RedactingReader::new(text.as_bytes(), Redactor::default());
    let mut read = [0; 4];
    reader.read_exact(&mut read).unwrap();
    let reading = value("RedactingReader, in the middle", &reader);
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(reader.report().total(), 1, "the canary is to be found");
    assert_unseen(vec![
        middle,
        end,
        ("written text", vec![lossy(&written)]),
        value("RedactingWriter that is broken", &broken),
        refused,
        reading,
        ("read text", vec![rest]),
    ]);
}

#[test]
fn a_vault_shows_counts() {
    let text = text();
    let redactor = Redactor::default();
    let mut map = PlaceholderMap::new(key());
    let empty = value("PlaceholderMap, empty", &map);
    let redacted = redactor.redact_with(&text, &mut map);
    let output = redacted.as_str().to_owned();
    let again = redactor.redact_again_with(&output, &mut map);
    let placeholder = map.placeholder(Kind::ApiKey, CANARY);
    assert_eq!(map.len(), 1);
    let restored = map.restore(&output);
    assert!(restored.as_str().contains(CANARY), "it is to be restored");
    let mut restorer = Restorer::new();
    let mut out = String::new();
    restorer.push(&map, &output[..output.len() - 8], &mut out);
    let entry = map.value(tag_of(&placeholder));
    assert!(entry.is_some(), "the tag is to be known");
    let mut shown = vec![
        empty,
        value("PlaceholderMap", &map),
        value("value of a PlaceholderMap", &entry),
        value("Redacted with a PlaceholderMap", &redacted),
        value("Restored", &restored),
        value("RestoreCounts", &restored.counts()),
        value("Restorer, in the middle", &restorer),
        ("text with placeholders", vec![output.clone()]),
        ("redacted again", vec![again.as_str().to_owned()]),
        ("placeholder", vec![placeholder]),
    ];
    let mut full = PlaceholderMap::new(key()).limit(0);
    let label = redactor.redact_with(&text, &mut full);
    shown.push((
        "text of a full PlaceholderMap",
        vec![label.as_str().to_owned()],
    ));
    shown.push(value("PlaceholderMap, full", &full));
    assert_unseen(shown);
}

/// The number behind the eight characters of a placeholder.
fn tag_of(placeholder: &str) -> u64 {
    let tag = &placeholder[placeholder.len() - 9..placeholder.len() - 1];
    tag.bytes().fold(0, |tag, byte| {
        let digits = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let digit = digits.iter().position(|&digit| digit == byte).unwrap();
        tag << 5 | digit as u64
    })
}

#[test]
fn allow_lists_show_numbers() {
    let long = CANARY.repeat(60);
    let list = || AllowList::builder("a canary that may be seen").value(CANARY);
    let full = list().prefix(CANARY).stopword(CANARY);
    let shown = vec![
        value("AllowListBuilder", &full),
        value("AllowList", &full.clone().build().unwrap()),
        value(
            "RedactorBuilder with an allow-list",
            &Redactor::builder().allow(full.build().unwrap()),
        ),
        error("reason", AllowList::builder(&long).value("v").build()),
        error("value", list().value(long.clone()).build()),
        error("prefix", list().prefix(long.clone()).build()),
        error("stopword", list().stopword(long).build()),
        error("rule", list().rule(CANARY).build()),
        error("nothing", AllowList::builder(CANARY).build()),
    ];
    assert_unseen(shown);
    #[cfg(feature = "rules")]
    {
        let open = || format!("({CANARY}");
        assert_unseen(vec![
            value("patterns", &list().value_pattern(CANARY).build()),
            error("value pattern", list().value_pattern(open()).build()),
            error("line pattern", list().line_pattern(open()).build()),
        ]);
    }
}

#[test]
fn a_failing_detector_shows_nothing_of_the_text() {
    let text = text();
    let redactor = with_detector(Failing);
    let failed = redactor.try_redact(&text).unwrap_err();
    let kept = failed.expose_source().unwrap().to_string();
    assert!(kept.contains(CANARY), "the detector's own error is kept");
    let wrong = |spans: &[(std::ops::Range<usize>, u8)]| {
        let redactor = with_detector(Wrong(spans.to_vec()));
        redactor.try_scan(text.as_bytes())
    };
    let mut out = Vec::new();
    let mut findings = Vec::new();
    redactor.redact_bytes_into(text.as_bytes(), &mut out, &mut findings);
    assert_unseen(vec![
        value("Redactor with a detector", &redactor),
        error("failing detector, text", redactor.try_redact(&text)),
        error("failing detector", redactor.try_scan(text.as_bytes())),
        error("empty span", wrong(&[(0..4, 1), (3..3, 1)])),
        error("span outside the text", wrong(&[(0..99, 1)])),
        error("confidence", wrong(&[(0..4, 101)])),
        ("redacted", vec![redactor.redact(&text).as_str().to_owned()]),
        ("redacted bytes", vec![lossy(&out)]),
        value("Finding of a failed detector", &findings),
    ]);
}

/// Where the text could not be scanned, all of it may be secret: not even an
/// operator that keeps a part of its value may show one.
#[test]
fn a_text_that_could_not_be_scanned_is_not_shown_in_part() {
    const LABEL: &str = "[REDACTED-CUSTOM]";
    let text = text();
    for operator in operators() {
        let redactor = Redactor::builder()
            .detector(Arc::new(Failing))
            .operator(operator.clone())
            .operator_for(Kind::Custom, operator)
            .build()
            .unwrap();
        assert_eq!(redactor.redact(&text).as_str(), LABEL);
        let mut map = PlaceholderMap::new(key());
        assert_eq!(redactor.redact_with(&text, &mut map).as_str(), LABEL);
        let (mut out, mut findings) = (Vec::new(), Vec::new());
        let mut stream = StreamRedactor::new(redactor.clone());
        for chunk in text.as_bytes().chunks(5) {
            stream.push(chunk, &mut out, &mut findings);
        }
        stream.finish(&mut out, &mut findings);
        assert_eq!(lossy(&out), LABEL);
        #[cfg(feature = "json")]
        {
            let line = format!(r#"["{text}",123456]"#);
            let expected = format!(r#""{LABEL}""#);
            assert!(redactor.redact_json(&line).is_err());
            let value = serde_json::json!([text, 123_456]);
            assert!(redactor.redact_json_value(value).is_err());
            let lines = redactor.redact_ndjson(&line);
            assert_eq!(lines.redacted().as_str(), expected);
        }
        #[cfg(feature = "tracing")]
        {
            let lines = logs::lines(&redactor, confidant::redact::LogFormat::Logfmt);
            assert!(lines.contains(LABEL), "{lines}");
            assert!(
                !lines.contains("CANA") && !lines.contains("****"),
                "{lines}"
            );
        }
    }
}

#[cfg(feature = "json")]
#[test]
fn json_is_not_shown() {
    let redactor = Redactor::default();
    let line = format!(
        r#"{{"{CANARY}": ["{CANARY}", 1], "note": "\u0041{}"}}"#,
        &CANARY[1..]
    );
    let broken = format!(r#"{{"key": "{CANARY}" oops"#);
    let deep = format!("{}\"{CANARY}\"{}", "[".repeat(200), "]".repeat(200));
    let mut deep_value = serde_json::json!(CANARY);
    for _ in 0..200 {
        deep_value = serde_json::json!([deep_value]);
    }
    let json: serde_json::Value = serde_json::from_str(&line).unwrap();
    let (json, found) = redactor.redact_json_value(json).unwrap().into_parts();
    assert_eq!(found.len(), 3, "the canary is to be found");
    let redacted = redactor.redact_json(&line).unwrap();
    let all = format!("{line}\n{broken}\n{deep}\n");
    let lines = redactor.redact_ndjson(&all);
    assert_eq!(lines.malformed(), [2, 3]);
    let pointers: Vec<_> = found.iter().map(|found| found.pointer()).collect();
    assert_unseen(vec![
        value("JsonFinding", &found),
        ("pointers of JsonFinding", pointers),
        ("JSON value", vec![json.to_string()]),
        value("Redacted JSON", &redacted),
        ("JSON text", vec![redacted.as_str().to_owned()]),
        value("RedactedNdjson", &lines),
        ("lines of JSON", vec![lines.redacted().as_str().to_owned()]),
        error("not JSON", redactor.redact_json(&broken)),
        error("JSON too deep", redactor.redact_json(&deep)),
        error(
            "JSON value too deep",
            redactor.redact_json_value(deep_value),
        ),
    ]);
}

#[cfg(feature = "rules")]
#[test]
fn a_gitleaks_configuration_is_not_quoted() {
    use confidant::redact::{GitleaksConfig, RuleSet};

    let c = CANARY;
    let rule = |fields: &str| format!("[[rules]]\nid = 'acme-key'\n{fields}\n");
    let regex = |fields: &str| rule(&format!("regex = '{c}'\n{fields}"));
    let documents = [
        ("no TOML", c.to_owned()),
        ("unknown field", format!("{c} = 1")),
        ("wrong type", format!("rules = '{c}'")),
        ("field of a rule", regex(&format!("{c} = '{c}'"))),
        ("expression", rule(&format!("regex = '({c}'"))),
        ("escape", rule(&format!("regex = '{c}\\Z{c}'"))),
        ("path", regex(&format!("path = '[{c}'"))),
        (
            "keyword",
            regex(&format!("keywords = ['{}']", c.repeat(60))),
        ),
        (
            "required",
            regex(&format!("[[rules.required]]\nid = '{c}'")),
        ),
        (
            "condition",
            regex(&format!("[[rules.allowlists]]\ncondition = '{c}'")),
        ),
        (
            "target",
            regex(&format!("[[rules.allowlists]]\nregexTarget = '{c}'")),
        ),
        (
            "allowed",
            regex(&format!("[[rules.allowlists]]\nregexes = ['({c}']")),
        ),
        (
            "targeted",
            format!("[[allowlists]]\nstopwords = ['{c}']\ntargetRules = ['{c}']"),
        ),
        ("extended", format!("[extend]\npath = '{c}'")),
    ];
    let mut shown: Vec<_> = documents
        .iter()
        .map(|(name, document)| error(name, RuleSet::from_gitleaks(document)))
        .collect();
    let document = format!(
        "[extend]\nuseDefault = true\ndisabledRules = ['{c}']\n[[allowlists]]\nstopwords = ['{c}']\n{}",
        regex(&format!("description = '{c}'\nkeywords = ['{c}']"))
    );
    let config = GitleaksConfig::parse(&document).unwrap();
    shown.push(value("GitleaksConfig", &config));
    shown.push(value("RuleSet", &config.rule_set().unwrap()));
    assert_unseen(shown);
}

#[cfg(feature = "rules")]
#[test]
fn a_rule_document_is_not_quoted() {
    use confidant::redact::RuleSet;

    let rule =
        |fields: &str| format!("[[rule]]\nid = \"acme-key\"\ndescription = \"a key\"\n{fields}\n");
    let token = |fields: &str| {
        rule(&format!(
            "token = {{ prefixes = [\"acme_\"], body = \"[a-z]{{8}}\" }}\n{fields}"
        ))
    };
    let pattern = |fields: &str| rule(&format!("keywords = [\"badge\"]\n{fields}"));
    let long = CANARY.repeat(60);
    let c = CANARY;
    let documents = [
        ("no TOML", c.to_owned()),
        ("a string that does not end", format!("version = \"{c}")),
        ("unknown field", format!("{c} = 1")),
        ("wrong type", format!("version = \"{c}\"")),
        ("table twice", format!("[{c}]\n[{c}]")),
        ("disabled rule", format!("disable = [\"{c}\"]")),
        (
            "id",
            format!("[[rule]]\nid = \"{c}\"\ndescription = \"{c}\"\npattern = \"{c}\""),
        ),
        (
            "description",
            format!("[[rule]]\nid = \"a\"\ndescription = \"{long}\""),
        ),
        ("provider", token(&format!("provider = \"{long}\""))),
        ("kind", token(&format!("kind = \"{c}\""))),
        ("replaces", token(&format!("replaces = \"{c}\""))),
        ("unknown field of a rule", token(&format!("{c} = \"{c}\""))),
        ("two forms", token(&format!("pattern = \"{c}\""))),
        (
            "keyword of a token",
            token(&format!("keywords = [\"{c}\"]")),
        ),
        (
            "prefix",
            rule(&format!(
                "token = {{ prefixes = [\"{long}\"], body = \"a\" }}"
            )),
        ),
        (
            "shape",
            rule(&format!(
                "token = {{ prefixes = [\"{c}\"], body = \"{c}((\" }}"
            )),
        ),
        ("no keyword", rule(&format!("pattern = \"{c}\""))),
        (
            "keyword",
            rule(&format!("pattern = \"{c}\"\nkeywords = [\"{long}\"]")),
        ),
        ("pattern", pattern(&format!("pattern = \"({c}\""))),
        ("class", pattern(&format!("pattern = '\\p{{{c}}}'"))),
        (
            "pattern too long",
            pattern(&format!("pattern = \"{}\"", CANARY.repeat(300))),
        ),
        (
            "group",
            pattern(&format!("pattern = \"badge (a)\"\ngroup = \"{c}\"")),
        ),
        (
            "example too long",
            token(&format!("examples = [\"{}\"]", CANARY.repeat(1000))),
        ),
        (
            "reason",
            format!("[[allow]]\nreason = \"{long}\"\nvalues = [\"{c}\"]"),
        ),
        (
            "allowed value",
            format!("[[allow]]\nreason = \"r\"\nvalues = [\"{long}\"]"),
        ),
        (
            "allowed rule",
            format!("[[allow]]\nreason = \"r\"\nvalues = [\"{c}\"]\nrules = [\"{c}\"]"),
        ),
        (
            "allowed pattern",
            format!("[[allow]]\nreason = \"r\"\npatterns = [\"({c}\"]"),
        ),
        (
            "target",
            format!("[[allow]]\nreason = \"r\"\nvalues = [\"{c}\"]\ntarget = \"{c}\""),
        ),
    ];
    let mut shown: Vec<_> = documents
        .iter()
        .map(|(name, document)| error(name, RuleSet::from_toml(document)))
        .collect();
    for (name, fields) in [
        ("example", format!("examples = [\"key: «{c}»\"]")),
        ("example without a mark", format!("examples = [\"{c}\"]")),
        (
            "counter-example",
            format!("counter_examples = [\"{c} acme_abcdefgh\"]"),
        ),
    ] {
        let rules = RuleSet::from_toml(&token(&fields)).unwrap();
        shown.push(error(name, rules.check()));
    }
    let rules = RuleSet::from_toml(&format!(
        "{}[[allow]]\nreason = \"{c}\"\nvalues = [\"{c}\"]\npatterns = [\"{c}\"]\nrules = [\"other-key\"]\n",
        pattern(&format!("pattern = \"badge {c}\"\nprovider = \"{c}\""))
    ))
    .unwrap();
    shown.push(value("RuleSet", &rules));
    let builder = Redactor::builder().rules(rules);
    shown.push(value("RedactorBuilder with rules", &builder));
    let redactor = builder.build().unwrap();
    let redacted = redactor.redact("badge AKIAJX7QK5M2WZ4TCANA.");
    assert_eq!(redacted.findings()[0].rule(), "acme-key");
    shown.push(("found by a rule", vec![redacted.as_str().to_owned()]));
    shown.push(value("Finding of a rule", &redacted.findings()));
    assert_unseen(shown);
}

#[cfg(feature = "async")]
#[test]
fn an_asynchronous_stream_is_not_shown() {
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use confidant::redact::RedactedStream;
    use futures_core::Stream;

    struct Chunks(Vec<String>);

    impl Stream for Chunks {
        type Item = Result<String, io::Error>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(self.0.pop().map(Ok))
        }
    }

    let chunks = vec![
        " end".to_owned(),
        CANARY[9..].to_owned(),
        CANARY[..9].to_owned(),
    ];
    let mut stream = RedactedStream::new(Chunks(chunks), Redactor::default());
    let mut shown = vec![value("RedactedStream", &stream)];
    let (mut text, mut found) = (String::new(), 0);
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(chunk)) = Pin::new(&mut stream).poll_next(&mut context) {
        let chunk = chunk.unwrap();
        shown.push(value("RedactedStream, in the middle", &stream));
        shown.push(value("Redacted<String>", &chunk));
        text.push_str(chunk.as_str());
        found += chunk.findings().len();
    }
    assert_eq!(found, 1, "the canary is to be found");
    shown.push(("asynchronous text", vec![text]));
    assert_unseen(shown);
}

#[cfg(feature = "tracing")]
mod logs {
    use std::sync::{Mutex, PoisonError};

    use confidant::redact::{LogFormat, RedactingLayer, RedactingMakeWriter};
    use tracing_subscriber::fmt::MakeWriter as _;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Debug, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Lines {
        fn text(&self) -> String {
            lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
        }
    }

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            lines.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The canary in every place that content can have in an event.
    fn log(subscriber: impl tracing::Subscriber + Send + Sync) {
        tracing::subscriber::with_default(subscriber, || {
            let late = tracing::field::Empty;
            let span = tracing::info_span!("request", key = CANARY, late);
            span.record("late", tracing::field::debug(Some(CANARY)));
            let _entered = span.enter();
            let error = io::Error::other(format!("refused {CANARY}"));
            tracing::error!(
                error = &error as &(dyn std::error::Error + 'static),
                password = CANARY,
                list = ?[CANARY],
                "signed in with {CANARY}"
            );
        });
    }

    pub(super) fn lines(redactor: &Redactor, format: LogFormat) -> String {
        let lines = Lines::default();
        let sink = lines.clone();
        let layer = RedactingLayer::new(move || sink.clone(), redactor.clone()).format(format);
        assert_unseen(vec![value("RedactingLayer", &layer)]);
        log(tracing_subscriber::registry().with(layer));
        lines.text()
    }

    #[test]
    fn a_log_does_not_show_it() {
        let redactor = Redactor::default();
        let mut shown = Vec::new();
        for format in [LogFormat::Json, LogFormat::Logfmt] {
            let lines = lines(&redactor, format);
            assert_eq!(lines.matches("[REDACTED-").count(), 6, "{lines}");
            shown.push(("lines of RedactingLayer", vec![lines]));
        }
        let lines = Lines::default();
        let sink = lines.clone();
        let writer = RedactingMakeWriter::new(move || sink.clone(), redactor);
        shown.push(value("RedactingMakeWriter", &writer));
        let mut event = writer.make_writer();
        event.write_all(text().as_bytes()).unwrap();
        event.flush().unwrap();
        shown.push(value("RedactingEventWriter", &event));
        drop(event);
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(writer);
        log(subscriber.finish());
        let lines = lines.text();
        assert!(lines.matches("[REDACTED-").count() >= 6, "{lines}");
        shown.push(("lines of RedactingMakeWriter", vec![lines]));
        assert_unseen(shown);
    }
}
