//! The redactor: rules and operators in one handle that is cheap to clone.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::builder::RedactorBuilder;
use super::redacted::Redacted;
use super::scanner::Scanner;
use crate::Error;
#[cfg(doc)]
use crate::redact::custom::Detector;
use crate::redact::custom::{Custom, KnownValues, detector};
use crate::redact::engine::{Engine, Hit, Resolver};
use crate::redact::finding::{Category, Finding, Kind, RuleId, RuleRef, Validation};
use crate::redact::operator::{Key, Operator, operator};
use crate::redact::text::{Window, part, part_of_str, widen};

/// Finds and replaces secrets and structured personal data.
///
/// Cloning copies a pointer, and one redactor serves all threads.
///
/// # Example
/// ```
/// use confidant::redact::{Kind, Redactor};
///
/// let redactor = Redactor::default();
/// let redacted = redactor.redact("password=fV9s-Rk2xLq7 for staging");
/// assert_eq!(redacted.as_str(), "password=[REDACTED-PASSWORD] for staging");
/// assert_eq!(redacted.findings()[0].kind(), Kind::Password);
/// assert!(redactor.redact("nothing to see").is_clean());
/// ```
#[derive(Clone)]
pub struct Redactor {
    inner: Arc<Inner>,
    file: Option<Arc<File>>,
}

/// The file that the texts come from.
struct File {
    path: Box<str>,
    /// The rules that match the whole file, with their confidences.
    rules: Vec<(RuleRef, u8)>,
}

pub(super) struct Inner {
    pub(super) engine: Arc<Engine>,
    pub(super) custom: Custom,
    pub(super) operators: Vec<(Kind, Operator)>,
    pub(super) operator: Operator,
    pub(super) fingerprint_key: Option<Key>,
    /// The number of the rules in this process.
    pub(super) number: u64,
}

impl Inner {
    /// Returns a number for rules that no other rules of this process have.
    pub(super) fn next_number() -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }
}

impl Redactor {
    pub(super) fn new(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
            file: None,
        }
    }

    /// Returns the preset for secrets: every built-in rule for secrets, and payment
    /// cards and account numbers (IBAN) that are beyond doubt.
    #[must_use]
    pub fn secrets() -> Self {
        RedactorBuilder::default().assemble()
    }

    /// Returns the preset for secrets and for personal data in a checkable form. [The
    /// manual](crate::manual::presets) describes what it covers.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::Redactor;
    ///
    /// let text = "mail ann@acme-mail.com";
    /// assert!(Redactor::secrets().is_clean(text.as_bytes()));
    /// let redacted = Redactor::secrets_and_pii().redact(text);
    /// assert_eq!(redacted.as_str(), "mail [REDACTED-EMAIL]");
    /// ```
    #[must_use]
    pub fn secrets_and_pii() -> Self {
        RedactorBuilder::default()
            .category(Category::Personal)
            .assemble()
    }

    /// Returns a builder that starts as [`Redactor::secrets`].
    #[must_use]
    pub fn builder() -> RedactorBuilder {
        RedactorBuilder::default()
    }

    /// Returns a redactor that treats texts as the contents of `path`.
    ///
    /// The path matters for rules and allow-lists with [conditions on
    /// paths](crate::manual::rules). It is used as given; path expressions expect `/`
    /// between its parts. A rule that has a path and no pattern matches the whole
    /// file, so a [`StreamRedactor`](crate::redact::StreamRedactor) then holds the
    /// whole stream back until its end. Without a path, such a rule matches nothing
    /// and no condition on a path is met.
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
    /// let redactor = Redactor::builder().rules(rules).build()?;
    /// assert!(redactor.is_clean(b"pin: 204816"));
    /// assert!(!redactor.for_path("config/app.yaml").is_clean(b"pin: 204816"));
    /// # Ok::<(), confidant::Error>(())
    /// ```
    #[cfg(feature = "rules")]
    #[must_use]
    pub fn for_path(&self, path: &str) -> Self {
        let file = File {
            path: path.into(),
            rules: self.inner.custom.file_rules(path),
        };
        Self {
            inner: self.inner.clone(),
            file: Some(Arc::new(file)),
        }
    }

    /// Replaces the values found in `text`. Returns `text` borrowed if nothing is found.
    ///
    /// If a [`Detector`] fails, the whole text is replaced: see
    /// [`scan_into`](Self::scan_into).
    ///
    /// # Example
    /// ```
    /// use confidant::redact::Redactor;
    ///
    /// let redacted = Redactor::default().redact("deploy with AKIAQ3EGRIZJ7OWLMXUV please");
    /// assert_eq!(redacted.as_str(), "deploy with [REDACTED-APIKEY] please");
    /// ```
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Redacted<Cow<'t, str>> {
        self.redacted(text, self.scan(text.as_bytes()))
    }

    /// Like [`redact`](Self::redact), but returns an error if a detector fails.
    ///
    /// # Errors
    /// Returns the error of the [`Detector`], with its id.
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

    /// Like [`redact`](Self::redact), for bytes, which need not be UTF-8.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::Redactor;
    ///
    /// let redacted = Redactor::default().redact_bytes(b"\xff password=fV9s-Rk2xLq7");
    /// assert_eq!(redacted.into_inner(), b"\xff password=[REDACTED-PASSWORD]".as_slice());
    /// ```
    #[must_use]
    pub fn redact_bytes<'t>(&self, text: &'t [u8]) -> Redacted<Cow<'t, [u8]>> {
        self.redacted_bytes(text, self.scan(text))
    }

    /// Like [`redact_bytes`](Self::redact_bytes), but returns an error if a detector
    /// fails.
    ///
    /// # Errors
    /// Returns the error of the [`Detector`], with its id.
    pub fn try_redact_bytes<'t>(&self, text: &'t [u8]) -> Result<Redacted<Cow<'t, [u8]>>, Error> {
        let findings = self.try_scan(text)?;
        Ok(self.redacted_bytes(text, findings))
    }

    fn redacted_bytes<'t>(
        &self,
        text: &'t [u8],
        findings: Vec<Finding>,
    ) -> Redacted<Cow<'t, [u8]>> {
        if findings.is_empty() {
            return Redacted::new(Cow::Borrowed(text), findings);
        }
        let mut out = Vec::with_capacity(text.len());
        self.replace(text, &findings, &mut out);
        Redacted::new(Cow::Owned(out), findings)
    }

    /// Appends the redacted `text` to `out` and the findings to `findings`, so that
    /// buffers can be reused.
    pub fn redact_bytes_into(&self, text: &[u8], out: &mut Vec<u8>, findings: &mut Vec<Finding>) {
        let known = findings.len();
        self.scan_into(text, findings);
        self.replace(text, findings.get(known..).unwrap_or_default(), out);
    }

    /// Like [`redact_bytes_into`](Self::redact_bytes_into), but returns an error if a
    /// detector fails. Nothing is then appended.
    ///
    /// # Errors
    /// Returns the error of the [`Detector`], with its id.
    pub fn try_redact_bytes_into(
        &self,
        text: &[u8],
        out: &mut Vec<u8>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let known = findings.len();
        self.try_scan_into(text, findings)?;
        self.replace(text, findings.get(known..).unwrap_or_default(), out);
        Ok(())
    }

    /// Returns the findings in `text`, in order and without overlaps.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::Redactor;
    ///
    /// let findings = Redactor::default().scan(b"deploy with AKIAQ3EGRIZJ7OWLMXUV please");
    /// assert_eq!(findings[0].span(), 12..32);
    /// ```
    #[must_use]
    pub fn scan(&self, text: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.scan_into(text, &mut findings);
        findings
    }

    /// Like [`scan`](Self::scan), but returns an error if a detector fails.
    ///
    /// # Errors
    /// Returns the error of the [`Detector`], with its id.
    pub fn try_scan(&self, text: &[u8]) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        self.try_scan_into(text, &mut findings)?;
        Ok(findings)
    }

    /// Appends the findings in `text` to `findings`.
    ///
    /// If a [`Detector`] fails, this is a single finding of the rule
    /// `detector-failed`, which covers the whole text.
    pub fn scan_into(&self, text: &[u8], findings: &mut Vec<Finding>) {
        if self.try_scan_into(text, findings).is_err() {
            findings.push(detector::failed(text));
        }
    }

    /// Like [`scan_into`](Self::scan_into), but returns an error if a detector fails.
    /// Nothing is then appended.
    ///
    /// # Errors
    /// Returns the error of the [`Detector`], with its id.
    pub fn try_scan_into(&self, text: &[u8], findings: &mut Vec<Finding>) -> Result<(), Error> {
        let mut resolver = Resolver::default();
        let mut emit = |hit: Hit| findings.push(self.finding(&hit, text));
        for hit in Scanner::whole(self, text)? {
            resolver.push(hit, &mut emit);
        }
        resolver.finish(&mut emit);
        Ok(())
    }

    /// Returns a redactor that also knows these values.
    pub(crate) fn with_known(&self, values: &KnownValues) -> Self {
        let mut custom = self.inner.custom.clone();
        custom.known_values(values.clone());
        Self {
            inner: Arc::new(Inner {
                engine: self.inner.engine.clone(),
                custom,
                operators: self.inner.operators.clone(),
                operator: self.inner.operator.clone(),
                fingerprint_key: self.inner.fingerprint_key.clone(),
                number: self.inner.number,
            }),
            file: self.file.clone(),
        }
    }

    /// Returns the known values in `text`, in order and without overlaps.
    pub(crate) fn known_in(&self, text: &[u8]) -> Vec<Finding> {
        let mut resolver = Resolver::default();
        let mut found = Vec::new();
        let mut emit = |hit: Hit| found.push(self.finding(&hit, text));
        for hit in Scanner::known(self, text) {
            resolver.push(hit, &mut emit);
        }
        resolver.finish(&mut emit);
        found
    }

    /// Returns the secrets inside of a value of this kind that is replaced as a whole,
    /// with spans in the value. Some may be there twice. Only addresses hold others, such as
    /// `?token=...`.
    pub(crate) fn covered_in(&self, kind: Kind, value: &str) -> Vec<Finding> {
        let mut found = Vec::new();
        if kind != Kind::Url {
            return found;
        }
        // The rules for addresses keep others from what stands within one. Behind its host,
        // it is no address.
        let host = value.find("//").map_or(0, |at| at + 2);
        let local = value
            .get(host..)
            .and_then(|rest| rest.find(['/', '?', '#']));
        for from in [Some(0), local.map(|at| host + at)].into_iter().flatten() {
            let text = part_of_str(value, from..).as_bytes();
            let mut resolver = Resolver::default();
            let mut emit = |hit: Hit| {
                let mut finding = self.finding(&hit, text);
                let span = widen(text, finding.span());
                (finding.start, finding.end) = (from + span.start, from + span.end);
                if self.own_operator(finding.kind()).is_none() {
                    found.push(finding);
                }
            };
            for hit in Scanner::rules(self, text) {
                let (_, kind) = self.inner.custom.name(hit.rule);
                if kind.category() == Category::Secret && hit.validation != Validation::Known {
                    resolver.push(hit, &mut emit);
                }
            }
            resolver.finish(&mut emit);
        }
        found
    }

    /// Returns what tells these rules from those of other redactors: the same for all
    /// clones, whatever values of maps they also look for.
    pub(crate) fn rules_id(&self) -> (u64, Option<&str>) {
        let path = self.file.as_ref().map(|file| &*file.path);
        (self.inner.number, path)
    }

    /// Returns the engine for the built-in rules.
    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Adds the path of the redactor's file to a window.
    pub(crate) fn window<'t>(&'t self, window: Window<'t>) -> Window<'t> {
        Window {
            path: self.file.as_ref().map(|file| &*file.path),
            ..window
        }
    }

    /// Returns the rules that match the redactor's whole file, with their
    /// confidences.
    pub(super) fn file_rules(&self) -> &[(RuleRef, u8)] {
        self.file.as_ref().map_or(&[], |file| &file.rules)
    }

    /// Returns whether any rule or detector needs the whole text.
    pub(crate) fn needs_whole_text(&self) -> bool {
        self.inner.custom.needs_whole_text() || !self.file_rules().is_empty()
    }

    /// Returns the custom rules, lists and detectors.
    pub(crate) fn custom(&self) -> &Custom {
        &self.inner.custom
    }

    pub(crate) fn fingerprint_of(&self, kind: Kind, value: &[u8]) -> Option<[u8; 8]> {
        let key = self.inner.fingerprint_key.as_ref()?;
        Some(operator::fingerprint(key, kind, value))
    }

    /// Converts a settled hit in `text` to a finding.
    pub(crate) fn finding(&self, hit: &Hit, text: &[u8]) -> Finding {
        let value = part(text, hit.start..hit.end);
        let (rule, kind) = self.inner.custom.name(hit.rule);
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

    /// Returns whether nothing is found in `text`. Stops at the first hit where
    /// possible.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::Redactor;
    ///
    /// let redactor = Redactor::default();
    /// assert!(redactor.is_clean(b"all clear"));
    /// assert!(!redactor.is_clean(b"deploy with AKIAQ3EGRIZJ7OWLMXUV"));
    /// ```
    #[must_use]
    pub fn is_clean(&self, text: &[u8]) -> bool {
        if !self.inner.custom.is_plain() {
            return self.scan(text).is_empty();
        }
        Scanner::is_clean(self, text)
    }

    /// Like [`is_clean`](Self::is_clean), but returns an error if a detector fails,
    /// where `is_clean` returns `false`.
    ///
    /// # Errors
    /// Returns the error of the [`Detector`], with its id.
    pub fn try_is_clean(&self, text: &[u8]) -> Result<bool, Error> {
        if !self.inner.custom.is_plain() {
            return self.try_scan(text).map(|findings| findings.is_empty());
        }
        Ok(Scanner::is_clean(self, text))
    }

    /// Appends the redacted `text` to `out` and the findings to `findings`, so that
    /// buffers can be reused.
    pub fn redact_into(&self, text: &str, out: &mut String, findings: &mut Vec<Finding>) {
        let known = findings.len();
        self.scan_into(text.as_bytes(), findings);
        self.replace_str(text, findings.get(known..).unwrap_or_default(), out);
    }

    /// Like [`redact_into`](Self::redact_into), but returns an error if a detector
    /// fails. Nothing is then appended.
    ///
    /// # Errors
    /// Returns the error of the [`Detector`], with its id.
    pub fn try_redact_into(
        &self,
        text: &str,
        out: &mut String,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let known = findings.len();
        self.try_scan_into(text.as_bytes(), findings)?;
        self.replace_str(text, findings.get(known..).unwrap_or_default(), out);
        Ok(())
    }

    fn replace_str(&self, text: &str, findings: &[Finding], out: &mut String) {
        let mut replacement = Vec::new();
        let mut at = 0;
        for finding in findings {
            // Spans begin and end next to ASCII bytes or between characters.
            out.push_str(part_of_str(text, at..finding.start));
            replacement.clear();
            self.replace_one(text.as_bytes(), finding, &mut replacement);
            out.push_str(&String::from_utf8_lossy(&replacement));
            at = finding.end;
        }
        out.push_str(part_of_str(text, at..text.len()));
    }

    fn replace(&self, text: &[u8], findings: &[Finding], out: &mut Vec<u8>) {
        let mut at = 0;
        for finding in findings {
            out.extend_from_slice(part(text, at..finding.start));
            self.replace_one(text, finding, out);
            at = finding.end;
        }
        out.extend_from_slice(part(text, at..text.len()));
    }

    /// Writes the replacement for one finding in `text`.
    pub(crate) fn replace_one(&self, text: &[u8], finding: &Finding, out: &mut Vec<u8>) {
        let value = part(text, finding.span());
        self.operator(finding).write(finding, value, out);
    }

    /// Returns the operator for a finding.
    pub(crate) fn operator(&self, finding: &Finding) -> &Operator {
        match finding.rule() {
            // The text could not be scanned and may be entirely secret. An operator
            // that shows part of the value must not see it.
            RuleId::FAILED => &Operator::Label,
            _ => self
                .own_operator(finding.kind())
                .unwrap_or(&self.inner.operator),
        }
    }

    /// Returns the operator set for exactly this kind, if any.
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
