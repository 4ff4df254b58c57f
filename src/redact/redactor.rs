//! The redactor: rules, operators and limits behind one cheap handle.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::engine::{Engine, Hit, Progress, Resolver, Sink, Text, sort};
use super::finding::{Category, Finding, Kind, RuleId};
use super::key::Key;
use super::operator::{self, Operator};
use super::redacted::Redacted;
use super::rules;

/// Finds and replaces secrets and structured personal data.
///
/// Cloning copies a pointer; one redactor serves all threads.
#[derive(Clone)]
pub struct Redactor {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    operators: Vec<(Kind, Operator)>,
    operator: Operator,
    fingerprint_key: Option<Key>,
}

impl Redactor {
    /// The preset for secrets: every built-in rule for secrets.
    #[must_use]
    pub fn secrets() -> Self {
        RedactorBuilder::default().build()
    }

    /// The preset for secrets and for personal data that has a checkable form.
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

    /// Replaces what is found in `text`; borrows `text` where nothing is.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Redacted<Cow<'t, str>> {
        let findings = self.scan(text.as_bytes());
        if findings.is_empty() {
            return Redacted::new(Cow::Borrowed(text), findings);
        }
        let mut out = String::with_capacity(text.len());
        let mut replacement = Vec::new();
        let mut at = 0;
        for finding in &findings {
            // Spans begin and end beside ASCII bytes.
            out.push_str(text.get(at..finding.start).unwrap_or_default());
            replacement.clear();
            self.replace_one(text.as_bytes(), finding, &mut replacement);
            out.push_str(&String::from_utf8_lossy(&replacement));
            at = finding.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
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

    /// Appends what is found in `text` to `findings`.
    pub fn scan_into(&self, text: &[u8], findings: &mut Vec<Finding>) {
        let mut sink = Sink::default();
        self.find(
            &Text::new(text, true),
            0,
            &mut Progress::default(),
            &mut sink,
        );
        if sink.hits.is_empty() {
            return;
        }
        sort(&mut sink.hits);
        let mut resolver = Resolver::default();
        let mut emit = |hit: Hit| findings.push(self.finding(&hit, text));
        for hit in sink.hits {
            resolver.push(hit, &mut emit);
        }
        resolver.finish(&mut emit);
    }

    pub(crate) fn fingerprint_of(&self, kind: Kind, value: &[u8]) -> Option<[u8; 8]> {
        let key = self.inner.fingerprint_key.as_ref()?;
        Some(operator::fingerprint(key, kind, value))
    }

    /// Looks at every place of `text` from `from` on; answers the first that is
    /// not settled.
    pub(crate) fn find(
        &self,
        text: &Text<'_>,
        from: usize,
        progress: &mut Progress,
        sink: &mut Sink,
    ) -> usize {
        self.inner.engine.find(text, from, progress, sink)
    }

    /// What a settled hit, in `text`, is to the caller.
    pub(crate) fn finding(&self, hit: &Hit, text: &[u8]) -> Finding {
        let rule = rules::get(hit.rule);
        let kind = rule.map_or(Kind::Secret, |rule| rule.kind);
        let value = text.get(hit.start..hit.end).unwrap_or_default();
        Finding {
            rule: RuleId::BuiltIn(rule.map_or("unknown", |rule| rule.id)),
            kind,
            start: hit.start,
            end: hit.end,
            confidence: hit.confidence,
            validation: hit.validation,
            fingerprint: self.fingerprint_of(kind, value),
        }
    }

    /// Whether nothing is found in `text`.
    #[must_use]
    pub fn is_clean(&self, text: &[u8]) -> bool {
        self.scan(text).is_empty()
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
        self.operator(finding.kind()).write(finding, value, out);
    }

    pub(crate) fn operator(&self, kind: Kind) -> &Operator {
        self.own_operator(kind).unwrap_or(&self.inner.operator)
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

/// Makes a [`Redactor`].
#[derive(Clone, Debug)]
pub struct RedactorBuilder {
    categories: Vec<Category>,
    operators: Vec<(Kind, Operator)>,
    operator: Operator,
    fingerprint_key: Option<Key>,
}

impl Default for RedactorBuilder {
    fn default() -> Self {
        Self {
            categories: vec![Category::Secret],
            operators: Vec::new(),
            operator: Operator::Label,
            fingerprint_key: None,
        }
    }
}

impl RedactorBuilder {
    /// Adds all built-in rules of a category.
    #[must_use]
    pub fn category(mut self, category: Category) -> Self {
        self.categories.push(category);
        self
    }

    /// What takes the place of every kind that has no operator of its own.
    #[must_use]
    pub fn operator(mut self, operator: Operator) -> Self {
        self.operator = operator;
        self
    }

    /// What takes the place of values of one kind.
    #[must_use]
    pub fn operator_for(mut self, kind: Kind, operator: Operator) -> Self {
        self.operators.retain(|(own, _)| *own != kind);
        self.operators.push((kind, operator));
        self
    }

    /// The key for [fingerprints](Finding::fingerprint), which findings carry
    /// only when one is given.
    #[must_use]
    pub fn fingerprint_key(mut self, key: Key) -> Self {
        self.fingerprint_key = Some(key);
        self
    }

    /// The redactor.
    #[must_use]
    pub fn build(self) -> Redactor {
        let inner = Inner {
            engine: Engine::new(&self.categories, |_| false),
            operators: self.operators,
            operator: self.operator,
            fingerprint_key: self.fingerprint_key,
        };
        Redactor {
            inner: Arc::new(inner),
        }
    }
}
