//! A set of rules that a user has written.

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
use crate::redact::custom::allow_list::{AllowList, Verdict};
use crate::redact::text::Window;

/// Rules, allow-lists and settings read from a TOML document.
///
/// The format, with all fields and limits, is in
/// [the manual](crate::manual::rules).
///
/// A set is made once and is cheap to clone.
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
/// let redactor = Redactor::builder().rules(rules).build();
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
    /// What is let through of the findings of built-in rules, all of them or
    /// the one of an id.
    exemptions: Vec<(Option<&'static str>, Arc<Exemption>)>,
    pub(super) look_back: usize,
    pub(super) most_back: usize,
    /// The ids of rules that no longer count.
    off: BTreeSet<Arc<str>>,
}

impl RuleSet {
    const MAX_MERGED: usize = 16_384;

    /// The rule set that a TOML document describes.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if the document has more
    /// than 4 MiB, 2,048 rules, 256 allow-lists or 4,096 disabled rules;
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for everything else, with
    /// the rule's id, and with the byte of the shape, pattern or document at
    /// which reading it failed.
    ///
    /// # Security
    /// An error names ids, numbers and offsets, and quotes nothing else of the
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
    /// Each rule is tried by itself, without allow-lists: in an example it must
    /// find just what stands between `«` and `»`, and in a counter-example
    /// nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) with the rule's id and
    /// the number of the example, counted from 1.
    pub fn check(&self) -> Result<(), Error> {
        self.rules.iter().try_for_each(check::check)
    }

    /// This set and a later one together.
    ///
    /// A rule of the later set takes the place of one with its id. Built-in
    /// rules that either set disables or replaces are off, and the allow-lists
    /// of both count.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if there are more than
    /// 16,384 rules together.
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

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none; there may be allow-lists or disabled rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The id, description and provider of each rule, in the order in which
    /// they were written.
    pub fn descriptions(&self) -> impl Iterator<Item = (&str, &str, Option<&str>)> {
        self.rules
            .iter()
            .map(|rule| (&*rule.id, &*rule.description, rule.provider.as_deref()))
    }

    /// These rules and nothing else.
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

    /// These rules, which built-in rules are off, and what is let through of the
    /// findings of the others.
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

    /// The built-in rules that are off because of this set.
    pub(crate) const fn disabled(&self) -> &BTreeSet<&'static str> {
        &self.disabled
    }

    pub(crate) fn allow(&self) -> &[AllowList] {
        &self.allow
    }

    pub(crate) fn rules(&self) -> &[Arc<UserRule>] {
        &self.rules
    }

    /// Turns the rule of this id off.
    pub(crate) fn turn_off(&mut self, id: &str) {
        self.off.insert(id.into());
    }

    /// Whether the rule of this number is on.
    pub(super) fn is_active(&self, number: u32) -> bool {
        let rule = self.rules.get(number as usize);
        rule.is_some_and(|rule| self.off.is_empty() || !self.off.contains(&rule.id))
    }

    /// The words of which one must stand near a match of the rule, if any.
    pub(super) fn keywords_near(&self, number: u32) -> &[Vec<u8>] {
        let conditions = self
            .rules
            .get(number as usize)
            .and_then(|rule| rule.conditions.as_ref());
        conditions.map_or(&[], |own| &own.keywords)
    }

    /// Whether a match of the rule counts only by what stands near it.
    pub(super) fn waits(&self, number: u32) -> bool {
        let rule = self.rules.get(number as usize);
        let conditions = rule.and_then(|rule| rule.conditions.as_ref());
        conditions.is_some_and(|own| !own.keywords.is_empty() || !own.required.is_empty())
    }

    /// The rules that find the whole text of the file of this path.
    pub(crate) fn file_rules(&self, path: &str) -> impl Iterator<Item = (u32, u8)> {
        let numbered = self.rules.iter().zip(0..);
        numbered.filter_map(move |(rule, number)| {
            let conditions = rule.conditions.as_ref()?;
            let found = matches!(rule.form, UserForm::File)
                && !conditions.silent
                && !conditions.is_off(Some(path));
            (found && self.is_active(number)).then_some((number, rule.confidence))
        })
    }

    /// What the set says of a finding of the built-in rule `id` at `span`.
    pub(crate) fn verdict(&self, id: &str, window: &Window<'_>, span: Range<usize>) -> Verdict {
        let candidate = Candidate {
            text: window.text,
            complete: window.complete,
            path: window.path,
            matched: span.clone(),
            value: span,
        };
        let own = self.exemptions.iter();
        let own = own.filter(|(rule, _)| rule.is_none_or(|rule| rule == id));
        own.map(|(_, exemption)| exemption.verdict(&candidate))
            .fold(Verdict::Kept, Verdict::or)
    }

    /// Whether findings of built-in rules may be let through.
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
