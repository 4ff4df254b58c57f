//! Allow-lists: values that are known not to be secrets.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

#[cfg(feature = "rules")]
use super::rule_set::AllowPattern;
use crate::Error;
use crate::error::RuleCause;

/// A list of values that are exempt from redaction, with the reason.
///
/// A finding is exempt if its value equals one of the values, begins with one of the
/// prefixes or contains one of the stopwords, or if a pattern matches the value or
/// its line. An allow-list applies to built-in rules, your own rules and detectors
/// alike.
/// for detectors alike.
///
/// | | at most | length in bytes |
/// |---|---|---|
/// | values | 4,096 | 1 to 1,024 |
/// | prefixes, ASCII case ignored | 256 | 3 to 64 |
/// | stopwords, ASCII case ignored | 256 | 3 to 64 |
/// | patterns | 64 | 1 to 4,096 |
/// | rules | 256 | 1 to 48 |
///
/// # Security
/// Exempt values are not redacted. A stopword never exempts a value longer than 256
/// bytes, because long random text contains short words by chance.
///
/// # Example
/// ```
/// use confidant::redact::{AllowList, Redactor};
///
/// let allow = AllowList::builder("the key of the public demo")
///     .value("AKIAQ3EGRIZJ7OWLMXUV")
///     .rule("aws-access-key-id")
///     .build()?;
/// let redactor = Redactor::builder().allow(allow).build()?;
/// assert!(redactor.is_clean(b"AKIAQ3EGRIZJ7OWLMXUV"));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct AllowList {
    reason: Box<str>,
    values: BTreeSet<Box<[u8]>>,
    prefixes: Vec<Box<[u8]>>,
    stopwords: Vec<Box<[u8]>>,
    rules: BTreeSet<Box<str>>,
    #[cfg(feature = "rules")]
    value_patterns: Option<AllowPattern>,
    #[cfg(feature = "rules")]
    line_patterns: Option<AllowPattern>,
}

/// The decision of an allow-list on a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The finding stands.
    Kept,
    /// The finding is exempt.
    Allowed,
    /// The decision needs more of the line.
    Open,
}

impl Verdict {
    /// Combines two lists, either of which can exempt a finding.
    pub(crate) const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Allowed, _) | (_, Self::Allowed) => Self::Allowed,
            (Self::Open, _) | (_, Self::Open) => Self::Open,
            (Self::Kept, Self::Kept) => Self::Kept,
        }
    }

    /// Combines two conditions, both of which must agree to exempt a finding.
    #[cfg(feature = "rules")]
    pub(crate) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Kept, _) | (_, Self::Kept) => Self::Kept,
            (Self::Open, _) | (_, Self::Open) => Self::Open,
            (Self::Allowed, Self::Allowed) => Self::Allowed,
        }
    }
}

#[cfg(feature = "rules")]
impl From<bool> for Verdict {
    fn from(allowed: bool) -> Self {
        if allowed { Self::Allowed } else { Self::Kept }
    }
}

impl AllowList {
    /// How many bytes of a line before and after a value are matched by line
    /// patterns.
    pub(crate) const LINE: usize = 512;

    /// Returns a builder of an allow-list. `reason` explains the list and has 1 to
    /// 1,024 bytes.
    #[must_use]
    pub fn builder(reason: impl Into<String>) -> AllowListBuilder {
        AllowListBuilder {
            reason: reason.into(),
            ..AllowListBuilder::default()
        }
    }

    /// Returns the reason for the exemptions.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns the decision on the value at `span`, which `rule` has found.
    ///
    /// It depends only on the value and on [`LINE`](Self::LINE) bytes on either side
    /// of it.
    pub(crate) fn verdict(
        &self,
        rule: &str,
        text: &[u8],
        span: Range<usize>,
        complete: bool,
    ) -> Verdict {
        if !self.rules.is_empty() && !self.rules.contains(rule) {
            return Verdict::Kept;
        }
        let Some(value) = text.get(span.clone()) else {
            return Verdict::Kept;
        };
        let by_prefix = |prefix: &[u8]| {
            let start = value.get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let by_stopword = |word: &[u8]| {
            let mut windows = value.windows(word.len());
            windows.any(|window| window.eq_ignore_ascii_case(word))
        };
        let allowed = self.values.contains(value)
            || self.prefixes.iter().any(|prefix| by_prefix(prefix))
            || value.len() <= 256 && self.stopwords.iter().any(|word| by_stopword(word));
        if allowed {
            return Verdict::Allowed;
        }
        self.pattern_verdict(text, span, complete)
    }

    #[cfg(feature = "rules")]
    fn pattern_verdict(&self, text: &[u8], span: Range<usize>, complete: bool) -> Verdict {
        let value = text.get(span.clone()).unwrap_or_default();
        if let Some(patterns) = &self.value_patterns
            && patterns.is_match(value)
        {
            return Verdict::Allowed;
        }
        let Some(patterns) = &self.line_patterns else {
            return Verdict::Kept;
        };
        line(text, span, complete).map_or(Verdict::Open, |line| patterns.is_match(line).into())
    }

    #[cfg(not(feature = "rules"))]
    fn pattern_verdict(&self, _: &[u8], _: Range<usize>, _: bool) -> Verdict {
        Verdict::Kept
    }
}

impl fmt::Debug for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllowList")
            .field("values", &self.values.len())
            .field("prefixes", &self.prefixes.len())
            .field("stopwords", &self.stopwords.len())
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// Returns the lines of `span`, with at most [`AllowList::LINE`] bytes before and
/// after it. Returns `None` if more of them may arrive.
#[cfg(feature = "rules")]
pub(crate) fn line(text: &[u8], span: Range<usize>, complete: bool) -> Option<&[u8]> {
    let newline = |byte: &u8| *byte == b'\n';
    let before = text.get(span.start.saturating_sub(AllowList::LINE)..span.start);
    let before = before.unwrap_or_default();
    let head = before.iter().rev().position(newline);
    let after = text.get(span.end..).unwrap_or_default();
    let near = after.get(..AllowList::LINE).unwrap_or(after);
    let tail = near.iter().position(newline);
    if tail.is_none() && !complete && after.len() < AllowList::LINE {
        return None;
    }
    let start = span.start - head.unwrap_or(before.len());
    let end = span.end + tail.unwrap_or(near.len());
    Some(text.get(start..end).unwrap_or_default())
}

/// A builder for an [`AllowList`].
///
/// # Example
/// ```
/// use confidant::redact::{AllowList, Redactor};
///
/// let allow = AllowList::builder("samples in our documentation")
///     .prefix("sample-")
///     .stopword("docs-only")
///     .build()?;
/// let redactor = Redactor::builder().allow(allow).build()?;
/// assert!(redactor.is_clean(b"password=sample-Rk2xLq7"));
/// assert!(redactor.is_clean(b"password=fV9s-docs-only-7"));
/// assert!(!redactor.is_clean(b"password=fV9s-Rk2xLq7"));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct AllowListBuilder {
    reason: String,
    values: Vec<Vec<u8>>,
    prefixes: Vec<Vec<u8>>,
    stopwords: Vec<Vec<u8>>,
    rules: Vec<String>,
    #[cfg(feature = "rules")]
    value_patterns: Vec<String>,
    #[cfg(feature = "rules")]
    line_patterns: Vec<String>,
}

impl AllowListBuilder {
    /// Exempts exactly this value.
    #[must_use]
    pub fn value(mut self, value: impl Into<Vec<u8>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Exempts values with this prefix, ignoring ASCII case.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<Vec<u8>>) -> Self {
        self.prefixes.push(prefix.into());
        self
    }

    /// Exempts values of up to 256 bytes that contain this word, ignoring ASCII case.
    #[must_use]
    pub fn stopword(mut self, word: impl Into<Vec<u8>>) -> Self {
        self.stopwords.push(word.into());
        self
    }

    /// Restricts the list to findings of this rule. Call it again to add more rules.
    #[must_use]
    pub fn rule(mut self, id: impl Into<String>) -> Self {
        self.rules.push(id.into());
        self
    }

    /// Exempts values that this regular expression matches. `^` and `$` match at the
    /// ends of the value. The expression matches bytes, and its classes are ASCII.
    #[cfg(feature = "rules")]
    #[must_use]
    pub fn value_pattern(mut self, pattern: impl Into<String>) -> Self {
        self.value_patterns.push(pattern.into());
        self
    }

    /// Exempts values on a line that this regular expression matches.
    ///
    /// It sees up to 512 bytes of the line before and after the value.
    #[cfg(feature = "rules")]
    #[must_use]
    pub fn line_pattern(mut self, pattern: impl Into<String>) -> Self {
        self.line_patterns.push(pattern.into());
        self
    }

    /// Builds the allow-list.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Config`](crate::ErrorKind::Config) if the reason is
    /// missing, the list exempts nothing, an entry exceeds the limits of
    /// [`AllowList`], or a pattern does not parse, is too large or matches the empty
    /// text.
    pub fn build(self) -> Result<AllowList, Error> {
        self.try_build()
            .map_err(|what| RuleCause::Allow { what }.into())
    }

    pub(crate) fn try_build(self) -> Result<AllowList, &'static str> {
        let within = |list: &[Vec<u8>], most: usize, range: Range<usize>| {
            list.len() <= most && list.iter().all(|item| range.contains(&item.len()))
        };
        if !(1..1025).contains(&self.reason.trim().len()) {
            return Err("must have a reason of 1 to 1024 bytes");
        }
        if !within(&self.values, 4096, 1..1025) {
            return Err("must have at most 4096 values, each of 1 to 1024 bytes");
        }
        if !within(&self.prefixes, 256, 3..65) {
            return Err("must have at most 256 prefixes, each of 3 to 64 bytes");
        }
        if !within(&self.stopwords, 256, 3..65) {
            return Err("must have at most 256 stopwords, each of 3 to 64 bytes");
        }
        if self.rules.len() > 256 || !self.rules.iter().all(|id| is_rule_id(id)) {
            return Err("must name at most 256 rules, each by a valid id");
        }
        let empty = self.values.is_empty() && self.prefixes.is_empty() && self.stopwords.is_empty();
        #[cfg(feature = "rules")]
        let empty = empty && self.value_patterns.is_empty() && self.line_patterns.is_empty();
        if empty {
            return Err("has no value, prefix, stopword or pattern");
        }
        let boxed = |list: Vec<Vec<u8>>| list.into_iter().map(Vec::into_boxed_slice);
        Ok(AllowList {
            reason: self.reason.into(),
            values: boxed(self.values).collect(),
            prefixes: boxed(self.prefixes).collect(),
            stopwords: boxed(self.stopwords).collect(),
            rules: self.rules.into_iter().map(String::into_boxed_str).collect(),
            #[cfg(feature = "rules")]
            value_patterns: AllowPattern::new(&self.value_patterns)?,
            #[cfg(feature = "rules")]
            line_patterns: AllowPattern::new(&self.line_patterns)?,
        })
    }
}

impl fmt::Debug for AllowListBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllowListBuilder")
            .field("values", &self.values.len())
            .field("prefixes", &self.prefixes.len())
            .field("stopwords", &self.stopwords.len())
            .field("rules", &self.rules.len())
            .finish_non_exhaustive()
    }
}

/// Returns whether `id` can be the id of a rule: 1 to 48 lower-case letters, digits
/// and dashes.
pub(crate) fn is_rule_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=48).contains(&id.len()) && id.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(list: &AllowList, text: &str, value: &str, complete: bool) -> Verdict {
        let start = text.find(value).unwrap();
        list.verdict("r", text.as_bytes(), start..start + value.len(), complete)
    }

    #[test]
    fn values_prefixes_and_stopwords() {
        let list = AllowList::builder("test")
            .value("abc")
            .prefix("Demo")
            .stopword("exAMple")
            .build()
            .unwrap();
        let long = "example".repeat(40);
        let table = [
            ("abc", Verdict::Allowed),
            ("ABC", Verdict::Kept),
            ("abcd", Verdict::Kept),
            ("dEMO-1", Verdict::Allowed),
            ("a-demo", Verdict::Kept),
            ("dem", Verdict::Kept),
            ("an-Example-1", Verdict::Allowed),
            ("exampl", Verdict::Kept),
            (long.as_str(), Verdict::Kept),
        ];
        for (value, expected) in table {
            assert_eq!(verdict(&list, value, value, true), expected, "{value}");
        }
    }

    #[test]
    fn only_for_the_rules_it_names() {
        let list = AllowList::builder("test").value("abc").rule("r").rule("s");
        let list = list.build().unwrap();
        assert_eq!(list.verdict("r", b"abc", 0..3, true), Verdict::Allowed);
        assert_eq!(list.verdict("t", b"abc", 0..3, true), Verdict::Kept);
        assert_eq!(list.verdict("r", b"abc", 0..4, true), Verdict::Kept);
    }

    #[cfg(feature = "rules")]
    #[test]
    fn patterns_on_the_value_and_on_the_line() {
        let list = AllowList::builder("test")
            .value_pattern("^x+$")
            .build()
            .unwrap();
        assert_eq!(verdict(&list, "xxx", "xxx", true), Verdict::Allowed);
        assert_eq!(verdict(&list, "xxx\ny", "xxx\ny", true), Verdict::Kept);
        let list = AllowList::builder("test")
            .line_pattern("// test$")
            .build()
            .unwrap();
        let text = "k = \"abc\" // test\nk = \"def\"\n// test";
        assert_eq!(verdict(&list, text, "abc", false), Verdict::Allowed);
        assert_eq!(verdict(&list, text, "def", false), Verdict::Kept);
        assert_eq!(verdict(&list, "k = abc // te", "abc", false), Verdict::Open);
        assert_eq!(verdict(&list, "k = abc // te", "abc", true), Verdict::Kept);
        let far = format!("abc{}// test", " ".repeat(AllowList::LINE));
        assert_eq!(verdict(&list, &far, "abc", false), Verdict::Kept);
    }

    #[test]
    fn what_is_wrong_is_said_without_content() {
        let list = || AllowList::builder("reason").value("hunter2");
        let table = [
            (AllowList::builder(" ").value("hunter2"), "reason"),
            (
                AllowList::builder("r".repeat(1025)).value("hunter2"),
                "reason",
            ),
            (AllowList::builder("reason").rule("r"), "has no value"),
            (list().value(""), "4096 values"),
            (list().prefix("ab"), "prefixes"),
            (list().stopword("ab"), "stopwords"),
            (list().stopword("a".repeat(65)), "stopwords"),
            (list().rule("Hunter2"), "valid id"),
        ];
        for (builder, expected) in table {
            let error = builder.build().unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(expected), "{shown}");
            assert!(!shown.to_lowercase().contains("hunter2"), "{shown}");
        }
        let many = (0..257).fold(list(), |list, _| list.stopword("abc"));
        assert!(many.build().is_err());
        assert!(!format!("{:?} {:?}", list(), list().build()).contains("hunter2"));
    }

    #[cfg(feature = "rules")]
    #[test]
    fn a_pattern_that_is_wrong_is_refused() {
        for pattern in ["", "a*", "(", "(?:a{900}){900}"] {
            let value = AllowList::builder("reason").value_pattern(pattern);
            assert!(value.build().is_err(), "{pattern}");
            let line = AllowList::builder("reason").line_pattern(pattern);
            assert!(line.build().is_err(), "{pattern}");
        }
        let long = AllowList::builder("reason").value_pattern("a".repeat(4097));
        assert!(long.build().is_err());
    }
}
