//! Allow-lists: values that are known not to be secrets.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

#[cfg(feature = "rules")]
use super::rule_set::AllowPattern;
use crate::Error;
use crate::error::RuleCause;
use crate::redact::text::Text;

/// A list of values that are exempt from redaction, with the reason.
///
/// A finding is exempt if its value equals one of the values, begins with one of the
/// prefixes or contains one of the stopwords, or if a pattern matches the value or
/// its line. An allow-list applies to built-in rules, your own rules and detectors
/// alike.
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

    /// Returns whether the list exempts the value at `span`, which `rule` has found.
    ///
    /// The result depends only on the value and on [`LINE`](Self::LINE) bytes on either
    /// side of it.
    pub(crate) fn is_exempt(&self, rule: &str, text: &Text<'_>, span: Range<usize>) -> bool {
        if !self.rules.is_empty() && !self.rules.contains(rule) {
            return false;
        }
        let value = text.slice(span.start, span.end);
        let by_prefix = |prefix: &[u8]| {
            let start = value.get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let by_stopword = |word: &[u8]| {
            let mut windows = value.windows(word.len());
            windows.any(|window| window.eq_ignore_ascii_case(word))
        };
        self.values.contains(value)
            || self.prefixes.iter().any(|prefix| by_prefix(prefix))
            || value.len() <= 256 && self.stopwords.iter().any(|word| by_stopword(word))
            || self.is_exempt_by_pattern(text, span)
    }

    #[cfg(feature = "rules")]
    fn is_exempt_by_pattern(&self, text: &Text<'_>, span: Range<usize>) -> bool {
        let value = text.slice(span.start, span.end);
        let by_value = self.value_patterns.as_ref();
        let by_line = self.line_patterns.as_ref();
        by_value.is_some_and(|patterns| patterns.is_match(value))
            || by_line.is_some_and(|patterns| {
                line(text, span).is_some_and(|line| patterns.is_match(line))
            })
    }

    #[cfg(not(feature = "rules"))]
    #[expect(clippy::unused_self, reason = "there are no patterns")]
    const fn is_exempt_by_pattern(&self, _: &Text<'_>, _: Range<usize>) -> bool {
        false
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
/// after it, unless the text ends within them.
#[cfg(feature = "rules")]
pub(crate) fn line<'t>(text: &Text<'t>, span: Range<usize>) -> Option<&'t [u8]> {
    let before = text.slice(span.start.saturating_sub(AllowList::LINE), span.start);
    let head = before.iter().rev().position(|byte| *byte == b'\n');
    let start = span.start - head.unwrap_or(before.len());
    let end = text.run_until(span.end, AllowList::LINE, [b'\n'; 2]);
    (!text.is_short()).then(|| text.slice(start, end))
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

    /// Returns whether a value in a whole text is exempt.
    fn is_exempt(list: &AllowList, text: &str, value: &str) -> bool {
        let start = text.find(value).unwrap();
        let text = Text::new(text.as_bytes(), true);
        list.is_exempt("r", &text, start..start + value.len())
    }

    /// Returns whether a value in the start of a text is exempt, if that is certain.
    #[cfg(feature = "rules")]
    fn is_exempt_yet(list: &AllowList, text: &str, value: &str) -> Option<bool> {
        let start = text.find(value).unwrap();
        let text = Text::new(text.as_bytes(), false);
        let exempt = list.is_exempt("r", &text, start..start + value.len());
        (exempt || !text.take_short()).then_some(exempt)
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
            ("abc", true),
            ("ABC", false),
            ("abcd", false),
            ("dEMO-1", true),
            ("a-demo", false),
            ("dem", false),
            ("an-Example-1", true),
            ("exampl", false),
            (long.as_str(), false),
        ];
        for (value, expected) in table {
            assert_eq!(is_exempt(&list, value, value), expected, "{value}");
        }
    }

    #[test]
    fn only_for_the_rules_it_names() {
        let list = AllowList::builder("test").value("abc").rule("r").rule("s");
        let list = list.build().unwrap();
        let text = Text::new(b"abcd", true);
        assert!(list.is_exempt("r", &text, 0..3));
        assert!(!list.is_exempt("t", &text, 0..3));
        assert!(!list.is_exempt("r", &text, 0..4));
    }

    #[cfg(feature = "rules")]
    #[test]
    fn patterns_on_the_value_and_on_the_line() {
        let list = AllowList::builder("test")
            .value_pattern("^x+$")
            .build()
            .unwrap();
        assert!(is_exempt(&list, "xxx", "xxx"));
        assert!(!is_exempt(&list, "xxx\ny", "xxx\ny"));
        let list = AllowList::builder("test")
            .line_pattern("// test$")
            .build()
            .unwrap();
        let text = "k = \"abc\" // test\nk = \"def\"\n// test";
        assert_eq!(is_exempt_yet(&list, text, "abc"), Some(true));
        assert_eq!(is_exempt_yet(&list, text, "def"), Some(false));
        assert_eq!(is_exempt_yet(&list, "k = abc // te", "abc"), None);
        // The pattern matches the part of the line that is there.
        assert_eq!(is_exempt_yet(&list, "k = abc // test", "abc"), None);
        assert!(!is_exempt(&list, "k = abc // te", "abc"));
        let far = format!("abc{}// test", " ".repeat(AllowList::LINE));
        assert_eq!(is_exempt_yet(&list, &far, "abc"), Some(false));
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
