//! A set of rules written by a user.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::anchors::Anchors;
use super::compile::compile;
use super::conditions::{Candidate, Exemption};
use super::near::Links;
use super::rule::{UserForm, UserRule};
use super::{check, find};
use crate::Error;
use crate::redact::custom::allow_list::AllowList;
use crate::redact::finding::RuleRef;
use crate::redact::text::Text;

/// Rules, allow-lists and settings read from a TOML document.
///
/// [The manual](crate::manual::rules) describes the format with all fields and
/// limits. A set is made once and is cheap to clone.
///
/// # Example
/// ```
/// use confidant::redact::{Redactor, RuleSet};
///
/// let rules = RuleSet::from_toml(r#"
///     disable = ["github-pat"]
///
///     [[rule]]
///     id = "acme-deploy-key"
///     description = "Deploy key of the Acme build farm"
///     kind = "APIKEY"
///     token = { prefixes = ["acme_"], body = "[a-z0-9]{12}" }
///     examples = ["key: «acme_4k2m9x7q1z8w»"]
///     counter_examples = ["acme_deploy_key"]
/// "#)?;
/// rules.check()?;
///
/// let redactor = Redactor::builder().rules(rules).build()?;
/// let redacted = redactor.redact("use acme_0a1b2c3d4e5f here");
/// assert_eq!(redacted.as_str(), "use [REDACTED-APIKEY] here");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct RuleSet {
    rules: Vec<Arc<UserRule>>,
    disabled: BTreeSet<&'static str>,
    allow: Vec<AllowList>,
    anchors: Arc<Anchors>,
    pub(super) links: Arc<Links>,
    /// Exemptions from findings of built-in rules: of all rules, or of the rule with
    /// this id.
    exemptions: Vec<(Option<&'static str>, Arc<Exemption>)>,
    pub(super) look_back: usize,
    pub(super) most_back: usize,
    /// The ids of rules that were replaced.
    off: BTreeSet<Arc<str>>,
}

impl RuleSet {
    const MAX_MERGED: usize = {
        assert!(16_384 <= RuleRef::MOST_RULES, "each rule has a reference");
        16_384
    };

    /// Reads a rule set from a TOML document.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Limit`](crate::ErrorKind::Limit) if the document has more
    /// than 4 MiB, 2,048 rules, 256 allow-lists or 4,096 disabled rules. Returns
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for any other fault, with the
    /// rule's id and the offset in the shape, pattern or document.
    ///
    /// # Security
    /// An error names ids, numbers and offsets. It quotes nothing else of the
    /// document.
    pub fn from_toml(toml: &str) -> Result<Self, Error> {
        let compiled = compile(toml)?;
        let set = Self::of(compiled.rules)?;
        Ok(Self {
            disabled: compiled.disabled,
            allow: compiled.allow,
            ..set
        })
    }

    /// Runs the examples and counter-examples of every rule.
    ///
    /// Each rule is tested alone, without allow-lists. In an example it must find
    /// exactly the part between `«` and `»`. In a counter-example it must find
    /// nothing.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Config`](crate::ErrorKind::Config) with the rule's id and
    /// the number of the example, counted from 1.
    pub fn check(&self) -> Result<(), Error> {
        self.rules.iter().try_for_each(check::check)
    }

    /// Merges this set with a later one.
    ///
    /// A rule of the later set replaces the rule with the same id. Built-in rules
    /// that either set disables or replaces are off, and the allow-lists of both
    /// apply.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Limit`](crate::ErrorKind::Limit) if the merged set has
    /// more than 16,384 rules.
    pub fn merge(self, later: Self) -> Result<Self, Error> {
        let replaced: BTreeSet<_> = later.rules.iter().map(|rule| rule.id.clone()).collect();
        let mut rules = self.rules;
        rules.retain(|rule| !replaced.contains(&rule.id) && !self.off.contains(&rule.id));
        let added = later.rules.into_iter();
        rules.extend(added.filter(|rule| !later.off.contains(&rule.id)));
        if rules.len() > Self::MAX_MERGED {
            let limit = Self::MAX_MERGED as u64;
            return Err(Error::limit("number of rules in merged sets", limit));
        }
        let set = Self::of(rules)?;
        Ok(Self {
            disabled: self.disabled.into_iter().chain(later.disabled).collect(),
            allow: self.allow.into_iter().chain(later.allow).collect(),
            exemptions: self
                .exemptions
                .into_iter()
                .chain(later.exemptions)
                .collect(),
            ..set
        })
    }

    /// Returns the number of rules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Returns whether there are no rules. There may still be allow-lists or disabled
    /// rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Returns the id, description and provider of each rule, in the order of the
    /// document.
    pub fn descriptions(&self) -> impl Iterator<Item = (&str, &str, Option<&str>)> {
        self.rules
            .iter()
            .map(|rule| (&*rule.id, &*rule.description, rule.provider.as_deref()))
    }

    /// Creates a set of these rules and nothing else.
    pub(super) fn of(rules: Vec<Arc<UserRule>>) -> Result<Self, Error> {
        let links = Links::new(&rules);
        Ok(Self {
            anchors: Arc::new(Anchors::new(&rules)?),
            look_back: find::look_back(&rules, &links),
            most_back: find::most_back(&rules),
            links: Arc::new(links),
            exemptions: Vec::new(),
            rules,
            disabled: BTreeSet::new(),
            allow: Vec::new(),
            off: BTreeSet::new(),
        })
    }

    /// Creates a set of these rules, with the built-in rules that are off and the
    /// exemptions from findings of the others.
    pub(super) fn imported(
        rules: Vec<Arc<UserRule>>,
        disabled: BTreeSet<&'static str>,
        exemptions: Vec<(Option<&'static str>, Arc<Exemption>)>,
    ) -> Result<Self, Error> {
        Ok(Self {
            disabled,
            exemptions,
            ..Self::of(rules)?
        })
    }

    /// Returns the built-in rules that this set switches off.
    pub(crate) const fn disabled(&self) -> &BTreeSet<&'static str> {
        &self.disabled
    }

    pub(crate) fn allow(&self) -> &[AllowList] {
        &self.allow
    }

    pub(crate) fn rules(&self) -> &[Arc<UserRule>] {
        &self.rules
    }

    /// Turns off the rule with this id.
    pub(crate) fn turn_off(&mut self, id: &str) {
        self.off.insert(id.into());
    }

    /// Returns the rule with this number.
    pub(super) fn rule(&self, number: u16) -> Option<&Arc<UserRule>> {
        let rule = self.rules.get(usize::from(number));
        debug_assert!(rule.is_some(), "the set has a rule with this number");
        rule
    }

    /// Returns whether the rule with this number is on.
    pub(super) fn is_active(&self, number: u16) -> bool {
        let rule = self.rule(number);
        rule.is_some_and(|rule| self.off.is_empty() || !self.off.contains(&rule.id))
    }

    /// Returns the words of which one must stand near a match of the rule, if any.
    pub(super) fn keywords_near(&self, number: u16) -> &[Vec<u8>] {
        let rule = self.rule(number);
        let conditions = rule.and_then(|rule| rule.conditions.as_ref());
        conditions.map_or(&[], |own| &own.keywords)
    }

    /// Returns whether a match of the rule depends on the text near it.
    pub(super) fn waits(&self, number: u16) -> bool {
        let rule = self.rule(number);
        let conditions = rule.and_then(|rule| rule.conditions.as_ref());
        conditions.is_some_and(|own| !own.keywords.is_empty() || !own.required.is_empty())
    }

    /// Returns the rules that match the whole file at this path.
    pub(crate) fn file_rules(&self, path: &str) -> impl Iterator<Item = (u16, u8)> {
        let numbered = self.rules.iter().zip(0..);
        numbered.filter_map(move |(rule, number)| {
            let conditions = rule.conditions.as_ref()?;
            let found = matches!(rule.form, UserForm::File)
                && !conditions.silent
                && !conditions.is_off(Some(path));
            (found && self.is_active(number)).then_some((number, rule.confidence))
        })
    }

    /// Returns whether the set exempts a finding of the built-in rule `id` at `span`.
    pub(crate) fn is_exempt(
        &self,
        id: &str,
        text: &Text<'_>,
        path: Option<&str>,
        span: Range<usize>,
    ) -> bool {
        let candidate = Candidate {
            text,
            path,
            matched: span.clone(),
            value: span,
        };
        let mut own = self.exemptions.iter();
        own.any(|(rule, exemption)| {
            rule.is_none_or(|rule| rule == id) && exemption.covers(&candidate)
        })
    }

    /// Returns whether findings of built-in rules may be exempt.
    pub(crate) const fn has_exemptions(&self) -> bool {
        !self.exemptions.is_empty()
    }

    pub(super) fn anchors(&self) -> &Anchors {
        &self.anchors
    }
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.rules.iter().map(|rule| &*rule.id).collect();
        f.debug_struct("RuleSet")
            .field("rules", &ids)
            .field("disabled", &self.disabled)
            .field("allow", &self.allow.len())
            .finish_non_exhaustive()
    }
}
