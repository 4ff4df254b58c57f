//! A configuration, what it extends, and the rule set that it comes to.

use std::collections::BTreeSet;
use std::fmt;

use super::compile::compile;
use super::document;
use super::document::{Document, MAX_ALLOW_LISTS, MAX_RULES, RuleEntry};
use crate::Error;
use crate::redact::custom::rule_set::set::RuleSet;

/// A configuration of gitleaks that may extend another one.
///
/// What is read, and how it differs from gitleaks, is in
/// [the manual](crate::manual::rules). A configuration that extends nothing, or
/// only the default, needs no more than
/// [`RuleSet::from_gitleaks`].
///
/// # Example
/// ```
/// use confidant::redact::{GitleaksBase, GitleaksConfig, Redactor};
///
/// let base = r#"
///     [[rules]]
///     id = "acme-token"
///     regex = 'acme_[a-z0-9]{12}'
///     keywords = ["acme_"]
/// "#;
/// let own = r#"
///     [extend]
///     path = "base.toml"
///
///     [[rules]]
///     id = "acme-token"
///     [[rules.allowlists]]
///     stopwords = ["sample"]
/// "#;
/// let mut config = GitleaksConfig::parse(own)?;
/// if config.extends() == Some(GitleaksBase::Path("base.toml")) {
///     config = config.extend_with(GitleaksConfig::parse(base)?)?;
/// }
/// let redactor = Redactor::builder().rules(config.rule_set()?).build();
/// assert!(!redactor.is_clean(b"use acme_0a1b2c3d4e5f"));
/// assert!(redactor.is_clean(b"use acme_sample3d4e5f"));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct GitleaksConfig {
    document: Document,
}

/// What a [`GitleaksConfig`] extends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GitleaksBase<'c> {
    /// The rules of gitleaks itself. They are not part of this crate: its
    /// built-in rules stand for them.
    Default,
    /// The configuration in the file of this path.
    Path(&'c str),
    /// The configuration at this address.
    Url(&'c str),
}

impl GitleaksConfig {
    /// Reads a configuration; its expressions are compiled by
    /// [`rule_set`](Self::rule_set).
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if the document has more
    /// than 4 MiB or 2,048 rules; [`ErrorKind::Config`](crate::ErrorKind::Config)
    /// if it is not TOML, or has a field that is not supported or is of the
    /// wrong type, with the field and the rule's id.
    pub fn parse(toml: &str) -> Result<Self, Error> {
        let document = document::read(toml)?;
        Ok(Self { document })
    }

    /// What the configuration extends and was not given yet.
    ///
    /// [`GitleaksBase::Default`] may be left open; a path or address may not.
    #[must_use]
    pub fn extends(&self) -> Option<GitleaksBase<'_>> {
        let extend = &self.document.extend;
        let path = extend.path.as_deref().map(GitleaksBase::Path);
        let url = extend.url.as_deref().map(GitleaksBase::Url);
        path.or(url)
            .or(extend.use_default.then_some(GitleaksBase::Default))
    }

    /// This configuration together with the one that it extends.
    ///
    /// A rule that both have is that of the base, with what this one says
    /// otherwise, and with the keywords and allow-lists of both; rules of the
    /// base that this one disables are gone. What the base extends, the result
    /// extends.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if there are more than
    /// 2,048 rules or 1,024 allow-lists together.
    pub fn extend_with(mut self, base: Self) -> Result<Self, Error> {
        let own = &mut self.document;
        let mut base = base.document;
        base.rules
            .retain(|rule| !own.extend.disabled.contains(&rule.id));
        for rule in own.rules.drain(..) {
            match base.rules.iter_mut().find(|known| known.id == rule.id) {
                Some(known) => overlay(known, rule),
                None => base.rules.push(rule),
            }
        }
        base.allow.append(&mut own.allow);
        base.extend.disabled.append(&mut own.extend.disabled);
        base.extend.use_default |= own.extend.use_default;
        if base.rules.len() > MAX_RULES {
            let what = "number of rules in a gitleaks configuration";
            return Err(Error::limit(what, MAX_RULES as u64));
        }
        let rules = base.rules.iter();
        if base.allow.len() + rules.map(|rule| rule.allow.len()).sum::<usize>() > MAX_ALLOW_LISTS {
            let what = "number of allow-lists in a gitleaks configuration";
            return Err(Error::limit(what, MAX_ALLOW_LISTS as u64));
        }
        Ok(Self { document: base })
    }

    /// The rules and allow-lists of the configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if a path or address that
    /// it extends was not given, or if a rule or allow-list cannot be supported,
    /// with its field, its id or number, and the byte of its expression;
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if there are more than 1,024
    /// allow-lists.
    ///
    /// # Security
    /// An error names ids, fields, numbers and offsets, and quotes nothing else
    /// of the configuration.
    pub fn rule_set(&self) -> Result<RuleSet, Error> {
        compile(&self.document)
    }
}

impl fmt::Debug for GitleaksConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = self.document.rules.iter();
        f.debug_struct("GitleaksConfig")
            .field(
                "rules",
                &rules.map(|rule| &*rule.id).collect::<BTreeSet<_>>(),
            )
            .field("allow", &self.document.allow.len())
            .finish_non_exhaustive()
    }
}

/// What `rule` says otherwise than `base`, its rule of the same id.
fn overlay(base: &mut RuleEntry, rule: RuleEntry) {
    base.description = rule.description.or(base.description.take());
    base.path = rule.path.or(base.path.take());
    base.regex = rule.regex.or(base.regex.take());
    base.secret_group = rule
        .secret_group
        .filter(|&group| group > 0)
        .or(base.secret_group);
    base.entropy = rule
        .entropy
        .filter(|&least| least.abs() > 0.0)
        .or(base.entropy);
    base.keywords.extend(rule.keywords);
    base.skip_report |= rule.skip_report;
    base.allow.extend(rule.allow);
    if !rule.required.is_empty() {
        base.required = rule.required;
    }
}

impl RuleSet {
    /// The rule set that a configuration of gitleaks describes.
    ///
    /// The TOML configurations of gitleaks 8 are read, in their newer and older
    /// forms. [The manual](crate::manual::rules) says what differs from
    /// gitleaks. For a configuration that extends a file there is
    /// [`GitleaksConfig`].
    ///
    /// ```
    /// use confidant::redact::{Redactor, RuleSet};
    ///
    /// let rules = RuleSet::from_gitleaks(r#"
    ///     [[rules]]
    ///     id = "acme-token"
    ///     description = "Token of the Acme build farm"
    ///     regex = '(?i)acme[_-]token\s*=\s*"([a-z0-9]{12})"'
    ///     entropy = 3
    ///     keywords = ["acme"]
    /// "#)?;
    /// let redactor = Redactor::builder().rules(rules).build();
    /// let redacted = redactor.redact(r#"ACME_TOKEN = "0a1b2c3d4e5f""#);
    /// assert_eq!(redacted.as_str(), r#"ACME_TOKEN = "[REDACTED-SECRET]""#);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`GitleaksConfig::parse`] and [`GitleaksConfig::rule_set`].
    pub fn from_gitleaks(toml: &str) -> Result<Self, Error> {
        GitleaksConfig::parse(toml)?.rule_set()
    }
}
