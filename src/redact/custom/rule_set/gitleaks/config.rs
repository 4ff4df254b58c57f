//! A gitleaks configuration, its base, and the resulting rule set.

use std::collections::BTreeSet;
use std::fmt;

use super::compile::compile;
use super::document;
use super::document::{Document, MAX_ALLOW_LISTS, MAX_RULES, RuleEntry};
use crate::Error;
use crate::redact::custom::rule_set::set::RuleSet;

/// A gitleaks configuration that may extend another one.
///
/// [The manual](crate::manual::rules) describes the supported fields and the
/// differences from gitleaks. If a configuration extends nothing or only the default,
/// [`RuleSet::from_gitleaks`] is sufficient.
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
/// let redactor = Redactor::builder().rules(config.rule_set()?).build()?;
/// assert!(!redactor.is_clean(b"use acme_0a1b2c3d4e5f"));
/// assert!(redactor.is_clean(b"use acme_sample3d4e5f"));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct GitleaksConfig {
    document: Document,
}

/// The base of a [`GitleaksConfig`].
///
/// See [`GitleaksConfig`] for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GitleaksBase<'c> {
    /// The default rules of gitleaks. This crate does not contain them; its built-in
    /// rules take their place.
    Default,
    /// The configuration in the file at this path.
    Path(&'c str),
    /// The configuration at this address.
    Url(&'c str),
}

impl GitleaksConfig {
    /// Reads a configuration. [`rule_set`](Self::rule_set) compiles its expressions.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Limit`](crate::ErrorKind::Limit) if the document has more
    /// than 4 MiB or 2,048 rules. Returns
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if it is not TOML, or if a
    /// field is unsupported or has the wrong type, with the field and the rule's id.
    pub fn parse(toml: &str) -> Result<Self, Error> {
        let document = document::read(toml)?;
        Ok(Self { document })
    }

    /// Returns the base that the configuration still needs.
    ///
    /// [`GitleaksBase::Default`] may be left out. A path or address must be provided.
    #[must_use]
    pub fn extends(&self) -> Option<GitleaksBase<'_>> {
        let extend = &self.document.extend;
        let path = extend.path.as_deref().map(GitleaksBase::Path);
        let url = extend.url.as_deref().map(GitleaksBase::Url);
        path.or(url)
            .or(extend.use_default.then_some(GitleaksBase::Default))
    }

    /// Returns this configuration combined with its base.
    ///
    /// A rule in both is the rule of the base with the changes of this one, and with
    /// the keywords and allow-lists of both. Rules of the base that this
    /// configuration disables are removed. If the base extends another configuration,
    /// so does the result.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Limit`](crate::ErrorKind::Limit) if there are more than
    /// 2,048 rules or 1,024 allow-lists in total.
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

    /// Returns the rules and allow-lists of the configuration.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Config`](crate::ErrorKind::Config) if a path or address
    /// that it extends was not provided, or if a rule or allow-list is not supported,
    /// with its field, its id or number, and the offset in its expression. Returns
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if there are more than 1,024
    /// allow-lists.
    ///
    /// # Security
    /// An error names ids, fields, numbers and offsets. It quotes nothing else of the
    /// configuration.
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

/// Applies the changes of `rule` to `base`, the rule with the same id.
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
    /// Returns the rule set described by a gitleaks configuration.
    ///
    /// The TOML configurations of gitleaks 8 are supported, in their newer and older
    /// forms. [The manual](crate::manual::rules) lists the differences from gitleaks.
    /// For a configuration that extends a file, use [`GitleaksConfig`].
    ///
    /// # Example
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
    /// let redactor = Redactor::builder().rules(rules).build()?;
    /// let redacted = redactor.redact(r#"ACME_TOKEN = "0a1b2c3d4e5f""#);
    /// assert_eq!(redacted.as_str(), r#"ACME_TOKEN = "[REDACTED-SECRET]""#);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`GitleaksConfig::parse`] and
    /// [`GitleaksConfig::rule_set`].
    pub fn from_gitleaks(toml: &str) -> Result<Self, Error> {
        GitleaksConfig::parse(toml)?.rule_set()
    }
}
