//! Detectors from outside this crate.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::pointer::for_pointers;
use crate::redact::engine::{Hit, Sink};
use crate::redact::finding::{Finding, Kind, Layers, RuleId, RuleRef, Validation};
use crate::redact::text::widen;
use crate::{Error, ErrorKind};

/// A detector from outside this crate, for values without a checkable form. Names,
/// for example, need a language model.
///
/// A detector is called with every scanned text, on the scanning thread, and blocks
/// that thread while it runs.
///
/// # Errors
/// If a detector fails, [`Redactor::try_redact`] and [`Redactor::try_scan`] return
/// its error. Methods that return no error replace the whole text: it becomes one
/// finding of the rule `detector-failed`.
///
/// # Security
/// `text` has not been redacted. A detector that sends it elsewhere discloses it.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use confidant::Error;
/// use confidant::redact::{Detections, Detector, Kind, Redactor};
///
/// struct Staff;
///
/// impl Detector for Staff {
///     fn id(&self) -> &str {
///         "staff-name"
///     }
///
///     fn detect(&self, text: &[u8], found: &mut Detections) -> Result<(), Error> {
///         let text = str::from_utf8(text).map_err(|error| found.failure(error))?;
///         for (at, name) in text.match_indices("Ada") {
///             found.add(Kind::Custom, at..at + name.len(), 80)?;
///         }
///         Ok(())
///     }
/// }
///
/// let redactor = Redactor::builder().detector(Staff).build()?;
/// assert_eq!(redactor.redact("ask Ada").as_str(), "ask [REDACTED-CUSTOM]");
/// let failed = redactor.redact_bytes(b"ask Ada \xff");
/// assert_eq!(failed.get_ref().as_ref(), b"[REDACTED-CUSTOM]");
/// assert!(redactor.try_scan(b"\xff").is_err());
/// # Ok::<(), Error>(())
/// ```
///
/// [`Redactor::try_redact`]: crate::redact::Redactor::try_redact
/// [`Redactor::try_scan`]: crate::redact::Redactor::try_scan
pub trait Detector: Send + Sync {
    /// Returns the rule id of the findings, such as `person-name`.
    fn id(&self) -> &str;

    /// Adds the findings in `text` to `found`, in any order.
    ///
    /// # Errors
    /// Returns an error, made with [`Detections::failure`], if the detector could not
    /// examine the whole text. Its detections in this text are then discarded.
    fn detect(&self, text: &[u8], found: &mut Detections) -> Result<(), Error>;
}

for_pointers! {
    impl Detector {
        fn id(&self) -> &str {
            (**self).id()
        }

        fn detect(&self, text: &[u8], found: &mut Detections) -> Result<(), Error> {
            (**self).detect(text, found)
        }
    }
}

/// The findings of a [`Detector`] in one text, at most 1,000,000.
///
/// See [`Detector`] for an example.
#[derive(Debug)]
pub struct Detections {
    text_len: usize,
    found: Vec<Detection>,
    refused: Option<Refusal>,
}

#[derive(Debug)]
struct Detection {
    kind: Kind,
    span: Range<usize>,
    confidence: u8,
}

#[derive(Clone, Copy, Debug)]
enum Refusal {
    Confidence,
    Number,
    Span,
}

impl Refusal {
    fn error(self) -> Error {
        match self {
            Self::Confidence => Error::config("confidence of a detection is above 100"),
            Self::Number => Error::limit("number of detections", Detections::MAX as u64),
            Self::Span => {
                Error::config("span of a detection is empty, inverted or outside the text")
            }
        }
    }
}

impl Detections {
    const MAX: usize = 1_000_000;

    const fn new(text_len: usize) -> Self {
        Self {
            text_len,
            found: Vec::new(),
            refused: None,
        }
    }

    /// Adds a value of `kind` at the bytes `span` of the text, with a confidence from
    /// 0 to 100.
    ///
    /// If the span cuts a UTF-8 character, it is widened to the whole character.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Config`] if the span is empty, inverted or outside the
    /// text, or if the confidence is above 100. Returns [`ErrorKind::Limit`] at the
    /// 1,000,001st detection. After such an error the detector has failed, whatever
    /// it returns.
    pub fn add(&mut self, kind: Kind, span: Range<usize>, confidence: u8) -> Result<(), Error> {
        let refusal = if span.is_empty() || span.end > self.text_len {
            Some(Refusal::Span)
        } else if confidence > 100 {
            Some(Refusal::Confidence)
        } else if self.found.len() == Self::MAX {
            Some(Refusal::Number)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            self.refused = Some(refusal);
            return Err(refusal.error());
        }
        self.found.push(Detection {
            kind,
            span,
            confidence,
        });
        Ok(())
    }

    /// Returns an error for a detector that failed because of `source`.
    ///
    /// # Security
    /// Only [`Error::expose_source`] shows `source`.
    #[must_use]
    pub fn failure(&self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        Error::message(ErrorKind::Model, "detector failed").with_source(source)
    }

    /// Returns the number of detections.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.found.len()
    }

    /// Returns whether there are no detections.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

/// The detectors of a redactor.
#[derive(Clone, Default)]
pub(crate) struct Detectors(Vec<(Arc<str>, Arc<dyn Detector>)>);

impl Detectors {
    pub(crate) fn push(&mut self, detector: Arc<dyn Detector>) {
        self.0.push((detector.id().into(), detector));
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the ids in order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(id, _)| &**id)
    }

    /// Returns the number of detectors.
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Reports what the detectors find in `text`. Reports nothing if one fails.
    pub(crate) fn detect(&self, text: &[u8], sink: &mut Sink) -> Result<(), Error> {
        let known = sink.hits.len();
        for ((id, detector), place) in self.0.iter().zip(0..) {
            let mut found = Detections::new(text.len());
            let refused = match detector.detect(text, &mut found) {
                Ok(()) => found.refused.map(Refusal::error),
                Err(error) => Some(error),
            };
            if let Some(error) = refused {
                sink.hits.truncate(known);
                return Err(error.with_id(id));
            }
            for detection in found.found {
                let span = widen(text, detection.span);
                sink.hit(Hit {
                    start: span.start,
                    end: span.end,
                    rule: RuleRef::Detector {
                        detector: place,
                        kind: detection.kind,
                    },
                    confidence: detection.confidence,
                    validation: Validation::Judged,
                    layers: Layers::NONE,
                    place: span.start,
                });
            }
        }
        Ok(())
    }

    /// Returns the id of the detector at this place.
    pub(crate) fn id(&self, place: u16) -> Option<&Arc<str>> {
        self.0.get(usize::from(place)).map(|(id, _)| id)
    }
}

impl fmt::Debug for Detectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(id, _)| id))
            .finish()
    }
}

/// Returns the finding that covers a whole text that could not be scanned.
pub(crate) fn failed(text: &[u8]) -> Finding {
    Finding {
        rule: RuleId::BuiltIn(RuleId::FAILED),
        kind: Kind::Custom,
        start: 0,
        end: text.len(),
        confidence: 100,
        validation: Validation::Judged,
        fingerprint: None,
        layers: Layers::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Redactor, StreamRedactor};

    /// A detector that reports fixed spans and may ignore that they are refused.
    struct Fixed {
        spans: Vec<(Range<usize>, u8)>,
        heed: bool,
    }

    impl Detector for Fixed {
        fn id(&self) -> &str {
            "fixed"
        }

        fn detect(&self, _: &[u8], found: &mut Detections) -> Result<(), Error> {
            for (span, confidence) in &self.spans {
                let added = found.add(Kind::Email, span.clone(), *confidence);
                if self.heed {
                    added?;
                }
            }
            Ok(())
        }
    }

    fn redactor(spans: &[(Range<usize>, u8)], heed: bool) -> Redactor {
        let spans = spans.to_vec();
        let fixed: Arc<dyn Detector> = Arc::new(Fixed { spans, heed });
        Redactor::builder().detector(fixed).build().unwrap()
    }

    #[test]
    fn what_a_detector_finds_is_redacted() {
        let redactor = redactor(&[(8..11, 70), (0..3, 90)], true);
        let redacted = redactor.redact("Ada and Bob");
        assert_eq!(redacted.as_str(), "[REDACTED-EMAIL] and [REDACTED-EMAIL]");
        let first = &redacted.findings()[0];
        assert_eq!(
            (first.rule(), first.span(), first.confidence()),
            ("fixed", 0..3, 90)
        );
        assert_eq!(first.validation(), Validation::Judged);
    }

    #[test]
    fn a_wrong_detection_fails_closed_even_when_it_is_ignored() {
        let inverted = Range { start: 5, end: 3 };
        let wrong = [
            (4..12, 50),
            (inverted, 50),
            (2..2, 50),
            (0..3, 101),
            (12..13, 9),
        ];
        for (span, confidence) in wrong {
            for heed in [true, false] {
                let redactor = redactor(&[(0..3, 90), (span.clone(), confidence)], heed);
                let text = "Ada and Bob";
                let error = redactor.try_redact(text).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Config);
                assert!(error.to_string().ends_with("in `fixed`"), "{error}");
                assert!(redactor.try_scan(text.as_bytes()).is_err());
                let redacted = redactor.redact(text);
                assert_eq!(redacted.as_str(), "[REDACTED-CUSTOM]");
                let found = redacted.findings();
                assert_eq!((found.len(), found[0].rule()), (1, RuleId::FAILED));
                assert!(!redactor.is_clean(text.as_bytes()));
            }
        }
    }

    #[test]
    fn a_failure_shows_nothing_whatever_the_operator() {
        struct Down;
        impl Detector for Down {
            fn id(&self) -> &str {
                "down"
            }
            fn detect(&self, text: &[u8], found: &mut Detections) -> Result<(), Error> {
                let text = String::from_utf8_lossy(text).into_owned();
                Err(found.failure(text))
            }
        }
        let builder = Redactor::builder().detector(Arc::new(Down));
        let redactor = builder
            .operator(crate::redact::Operator::Remove)
            .build()
            .unwrap();
        let secret = "hunter2 AKIAQ3EGRIZJ7OWLMXUV";
        let error = redactor.try_redact(secret).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(!format!("{error} {error:?} {redactor:?}").contains("hunter2"));
        assert_eq!(redactor.redact(secret).as_str(), "[REDACTED-CUSTOM]");
        assert!(!redactor.is_clean(b""));
    }

    #[test]
    fn a_stream_waits_for_the_whole_text() {
        let redactor = redactor(&[(8..11, 70)], true);
        let (mut out, mut findings) = (Vec::new(), Vec::new());
        let mut stream = StreamRedactor::new(redactor);
        for chunk in ["Ada an", "d B", "ob"] {
            stream.push(chunk.as_bytes(), &mut out, &mut findings);
            assert!(out.is_empty());
        }
        stream.finish(&mut out, &mut findings);
        assert_eq!(out, b"Ada and [REDACTED-EMAIL]");
        assert_eq!((findings.len(), stream.held()), (1, 0));
    }

    #[test]
    fn a_span_is_widened_to_whole_characters() {
        let text = "a🦀é".as_bytes();
        assert_eq!(widen(text, 2..3), 1..5);
        assert_eq!(widen(text, 0..1), 0..1);
        assert_eq!(widen(text, 1..6), 1..7);
        assert_eq!(widen(&[0x80; 9], 4..5), 1..8);
        assert_eq!(widen(&[0x80; 2], 1..2), 0..2);
        let redactor = redactor(&[(2..3, 50)], true);
        assert_eq!(redactor.redact("a🦀é").as_str(), "a[REDACTED-EMAIL]é");
    }
}
