//! The redactor: rules, operators and limits behind one cheap handle.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::builder::RedactorBuilder;
use super::redacted::Redacted;
use super::scanner::Scanner;
use crate::Error;
#[cfg(doc)]
use crate::redact::custom::Detector;
use crate::redact::custom::{Given, detector};
use crate::redact::engine::{Engine, Hit, Resolver};
use crate::redact::finding::{Category, Finding, Kind, RuleId};
use crate::redact::operator::{Key, Operator, operator};
use crate::redact::text::Window;

/// Finds and replaces secrets and structured personal data.
///
/// Cloning copies a pointer; one redactor serves all threads.
#[derive(Clone)]
pub struct Redactor {
    inner: Arc<Inner>,
    file: Option<Arc<File>>,
}

/// The file of which the texts are.
struct File {
    path: Box<str>,
    /// The rules that find all of it, with their confidences.
    rules: Vec<(u32, u8)>,
}

pub(super) struct Inner {
    pub(super) engine: Engine,
    pub(super) given: Given,
    pub(super) operators: Vec<(Kind, Operator)>,
    pub(super) operator: Operator,
    pub(super) fingerprint_key: Option<Key>,
}

impl Redactor {
    pub(super) fn new(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
            file: None,
        }
    }

    /// The preset for secrets: every built-in rule for secrets, and payment cards
    /// and account numbers (IBAN) where they are beyond doubt.
    #[must_use]
    pub fn secrets() -> Self {
        RedactorBuilder::default().build()
    }

    /// The preset for secrets and for personal data that has a checkable form:
    /// [the manual](crate::manual::presets) says what it covers.
    #[must_use]
    pub fn secrets_and_pii() -> Self {
        RedactorBuilder::default()
            .category(Category::Personal)
            .build()
    }

    /// A redactor of one's own making; it begins as [`Redactor::secrets`].
    #[must_use]
    pub fn builder() -> RedactorBuilder {
        RedactorBuilder::default()
    }

    /// The same for texts of the file of this path, which counts for rules and
    /// allow-lists with [conditions on paths](crate::manual::rules).
    ///
    /// The path is taken as it is given; expressions for paths expect `/`
    /// between its parts. Rules that name a file and nothing in it find all of
    /// its text, so a [`StreamRedactor`](crate::redact::StreamRedactor) then holds all
    /// of its stream back until the end. Without a path such rules find
    /// nothing, and no condition on a path is met.
    ///
    /// ```
    /// use confidant::redact::{Redactor, RuleSet};
    ///
    /// let rules = RuleSet::from_gitleaks(r#"
    ///     [[rules]]
    ///     id = "acme-pin"
    ///     regex = 'pin: ([0-9]{6})'
    ///     path = '\.yaml$'
    /// "#)?;
    /// let redactor = Redactor::builder().rules(rules).build();
    /// assert!(redactor.is_clean(b"pin: 204816"));
    /// assert!(!redactor.for_path("config/app.yaml").is_clean(b"pin: 204816"));
    /// # Ok::<(), confidant::Error>(())
    /// ```
    #[cfg(feature = "rules")]
    #[must_use]
    pub fn for_path(&self, path: &str) -> Self {
        let file = File {
            path: path.into(),
            rules: self.inner.given.file_rules(path),
        };
        Self {
            inner: self.inner.clone(),
            file: Some(Arc::new(file)),
        }
    }

    /// Replaces what is found in `text`; borrows `text` where nothing is.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Redacted<Cow<'t, str>> {
        self.redacted(text, self.scan(text.as_bytes()))
    }

    /// Like [`redact`](Self::redact), with an error where a detector fails.
    ///
    /// # Errors
    /// Whatever a [`Detector`] returned, with its id.
    pub fn try_redact<'t>(&self, text: &'t str) -> Result<Redacted<Cow<'t, str>>, Error> {
        let findings = self.try_scan(text.as_bytes())?;
        Ok(self.redacted(text, findings))
    }

    fn redacted<'t>(&self, text: &'t str, findings: Vec<Finding>) -> Redacted<Cow<'t, str>> {
        if findings.is_empty() {
            return Redacted::new(Cow::Borrowed(text), findings);
        }
        let mut out = String::with_capacity(text.len());
        self.replace_str(text, &findings, &mut out);
        Redacted::new(Cow::Owned(out), findings)
    }

    /// Like [`redact`](Self::redact) for bytes, which need not be UTF-8.
    #[must_use]
    pub fn redact_bytes<'t>(&self, text: &'t [u8]) -> Redacted<Cow<'t, [u8]>> {
        let findings = self.scan(text);
        if findings.is_empty() {
            return Redacted::new(Cow::Borrowed(text), findings);
        }
        let mut out = Vec::with_capacity(text.len());
        self.replace(text, &findings, &mut out);
        Redacted::new(Cow::Owned(out), findings)
    }

    /// Appends the redacted `text` to `out` and what was found to `findings`,
    /// so that buffers can be used again.
    pub fn redact_bytes_into(&self, text: &[u8], out: &mut Vec<u8>, findings: &mut Vec<Finding>) {
        let known = findings.len();
        self.scan_into(text, findings);
        self.replace(text, findings.get(known..).unwrap_or_default(), out);
    }

    /// What is found in `text`, in its order, without overlaps.
    #[must_use]
    pub fn scan(&self, text: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.scan_into(text, &mut findings);
        findings
    }

    /// Like [`scan`](Self::scan), with an error where a detector fails.
    ///
    /// # Errors
    /// Whatever a [`Detector`] returned, with its id.
    pub fn try_scan(&self, text: &[u8]) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        self.try_scan_into(text, &mut findings)?;
        Ok(findings)
    }

    /// Appends what is found in `text` to `findings`.
    ///
    /// Where a [`Detector`] fails, that is one finding of the rule
    /// `detector-failed`, which covers all of the text.
    pub fn scan_into(&self, text: &[u8], findings: &mut Vec<Finding>) {
        if self.try_scan_into(text, findings).is_err() {
            findings.push(detector::failed(text));
        }
    }

    fn try_scan_into(&self, text: &[u8], findings: &mut Vec<Finding>) -> Result<(), Error> {
        let mut resolver = Resolver::default();
        let mut emit = |hit: Hit| findings.push(self.finding(&hit, text));
        for hit in Scanner::whole(self, text)? {
            resolver.push(hit, &mut emit);
        }
        resolver.finish(&mut emit);
        Ok(())
    }

    /// The engine for the built-in rules.
    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// This window of a text of the redactor's file.
    pub(crate) fn window<'t>(&'t self, window: Window<'t>) -> Window<'t> {
        Window {
            path: self.file.as_ref().map(|file| &*file.path),
            ..window
        }
    }

    /// Returns the rules that find all of the redactor's file, with their confidences.
    pub(super) fn file_rules(&self) -> &[(u32, u8)] {
        self.file.as_ref().map_or(&[], |file| &file.rules)
    }

    /// Whether nothing but a whole text will do.
    pub(crate) fn needs_whole_text(&self) -> bool {
        self.inner.given.needs_whole_text() || !self.file_rules().is_empty()
    }

    /// What is given beyond the built-in rules.
    pub(crate) fn given(&self) -> &Given {
        &self.inner.given
    }

    pub(crate) fn fingerprint_of(&self, kind: Kind, value: &[u8]) -> Option<[u8; 8]> {
        let key = self.inner.fingerprint_key.as_ref()?;
        Some(operator::fingerprint(key, kind, value))
    }

    /// What a settled hit, in `text`, is to the caller.
    pub(crate) fn finding(&self, hit: &Hit, text: &[u8]) -> Finding {
        let value = text.get(hit.start..hit.end).unwrap_or_default();
        let name = self.inner.given.name(hit.rule);
        let (rule, kind) = name.unwrap_or((RuleId::BuiltIn("unknown"), Kind::Secret));
        Finding {
            rule,
            kind,
            start: hit.start,
            end: hit.end,
            confidence: hit.confidence,
            validation: hit.validation,
            fingerprint: self.fingerprint_of(kind, value),
            layers: hit.layers,
        }
    }

    /// Whether nothing is found in `text`; it is not read beyond the first hit.
    #[must_use]
    pub fn is_clean(&self, text: &[u8]) -> bool {
        if !self.inner.given.is_plain() {
            return self.scan(text).is_empty();
        }
        Scanner::is_clean(self, text)
    }

    /// Appends the redacted `text` to `out` and what was found to `findings`,
    /// so that buffers can be used again.
    pub fn redact_into(&self, text: &str, out: &mut String, findings: &mut Vec<Finding>) {
        let known = findings.len();
        self.scan_into(text.as_bytes(), findings);
        self.replace_str(text, findings.get(known..).unwrap_or_default(), out);
    }

    fn replace_str(&self, text: &str, findings: &[Finding], out: &mut String) {
        let mut replacement = Vec::new();
        let mut at = 0;
        for finding in findings {
            // Spans begin and end beside ASCII bytes, or between characters.
            out.push_str(text.get(at..finding.start).unwrap_or_default());
            replacement.clear();
            self.replace_one(text.as_bytes(), finding, &mut replacement);
            out.push_str(&String::from_utf8_lossy(&replacement));
            at = finding.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
    }

    fn replace(&self, text: &[u8], findings: &[Finding], out: &mut Vec<u8>) {
        let mut at = 0;
        for finding in findings {
            out.extend_from_slice(text.get(at..finding.start).unwrap_or_default());
            self.replace_one(text, finding, out);
            at = finding.end;
        }
        out.extend_from_slice(text.get(at..).unwrap_or_default());
    }

    /// Writes what takes the place of one finding in `text`.
    pub(crate) fn replace_one(&self, text: &[u8], finding: &Finding, out: &mut Vec<u8>) {
        let value = text.get(finding.span()).unwrap_or_default();
        self.operator(finding).write(finding, value, out);
    }

    /// What is to replace the value of a finding.
    pub(crate) fn operator(&self, finding: &Finding) -> &Operator {
        match finding.rule() {
            // A text that could not be scanned may be all secret: an operator
            // that shows a part of its value must not see it.
            detector::FAILED => &Operator::Label,
            _ => self
                .own_operator(finding.kind())
                .unwrap_or(&self.inner.operator),
        }
    }

    /// The operator that this kind was given for itself.
    pub(crate) fn own_operator(&self, kind: Kind) -> Option<&Operator> {
        let own = self.inner.operators.iter().find(|(own, _)| *own == kind);
        own.map(|(_, operator)| operator)
    }
}

impl Default for Redactor {
    fn default() -> Self {
        Self::secrets()
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}
