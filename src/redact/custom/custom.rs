//! Everything a user adds to the built-in rules.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::allow_list::{AllowList, Verdict};
use super::detector::{Detector, Detectors};
use super::fields::FieldNames;
#[cfg(feature = "json")]
use super::json_paths::JsonPaths;
use super::known::KnownValues;
#[cfg(feature = "rules")]
use super::rule_set::RuleSet;
use crate::Error;
use crate::redact::builtin::families as rules;
use crate::redact::engine::{CustomRules, Hit, MOST_BACK, MOST_LOOK_BACK, Sink};
use crate::redact::finding::{Kind, RuleId};
use crate::redact::text::Window;

/// Rule sets, known values, allow-lists, detectors and disabled rules.
///
/// Their rules are numbered after the built-in ones: first the rules of the sets in
/// order, then those of the detectors. All known values share one number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Custom {
    #[cfg(feature = "rules")]
    sets: Vec<RuleSet>,
    known: Vec<KnownValues>,
    allow: Vec<AllowList>,
    detectors: Detectors,
    disabled: BTreeSet<String>,
    /// Built-in rules that a rule set disables or replaces. The replacement may have
    /// the same id.
    #[cfg(feature = "rules")]
    replaced: BTreeSet<&'static str>,
    pub(crate) min_confidence: u8,
    /// The fields whose values are masked, if any.
    pub(crate) fields: Option<FieldNames>,
    /// The paths in JSON whose values stay.
    #[cfg(feature = "json")]
    pub(crate) json_paths: JsonPaths,
}

/// The rule number of known values.
const KNOWN: u32 = u32::MAX;

/// The greatest number of rules, where a detector counts as one for every kind.
const MOST_RULES: u32 = 1 << 24;

impl Custom {
    /// Adds a rule set. Its rules replace earlier ones with the same ids.
    #[cfg(feature = "rules")]
    pub(crate) fn rules(&mut self, set: RuleSet) {
        for earlier in &mut self.sets {
            for rule in set.rules() {
                earlier.turn_off(&rule.id);
            }
        }
        self.allow.extend(set.allow().iter().cloned());
        self.replaced.extend(set.disabled());
        self.sets.push(set);
    }

    pub(crate) fn detector(&mut self, detector: Arc<dyn Detector>) {
        self.detectors.push(detector);
    }

    pub(crate) fn known_values(&mut self, values: KnownValues) {
        self.known.push(values);
    }

    pub(crate) fn allow(&mut self, list: AllowList) {
        self.allow.push(list);
    }

    /// Switches off a rule of any origin.
    pub(crate) fn disable(&mut self, id: String) {
        self.disabled.insert(id);
    }

    /// Returns an error if a setting cannot hold: see
    /// [`RedactorBuilder::build`](crate::redact::RedactorBuilder::build).
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.min_confidence > 100 {
            return Err(Error::config("minimum confidence is above 100"));
        }
        let mut detectors = BTreeSet::new();
        for id in self.detectors.ids() {
            if id.is_empty() {
                return Err(Error::config("id of a detector is empty").with_id(id));
            }
            if RuleId::RESERVED.contains(&id) || self.has_rule(id) || !detectors.insert(id) {
                let what = "id of a detector belongs to another rule";
                return Err(Error::config(what).with_id(id));
            }
        }
        for id in self.disabled.iter().map(String::as_str) {
            if RuleId::RESERVED.contains(&id) {
                return Err(Error::config("rule cannot be switched off").with_id(id));
            }
            if !self.has_rule(id) && !detectors.contains(id) {
                return Err(Error::config("no rule has this id").with_id(id));
            }
        }
        // The numbers of rules end well before that of known values.
        let numbers = u64::from(self.detectors_base()) + self.detectors.numbers();
        if numbers > u64::from(MOST_RULES) {
            return Err(Error::limit("the number of rules", MOST_RULES.into()));
        }
        Ok(())
    }

    /// Returns whether a built-in rule or a rule of a set has this id.
    fn has_rule(&self, id: &str) -> bool {
        #[cfg(feature = "rules")]
        if self
            .sets
            .iter()
            .any(|set| set.rules().iter().any(|rule| *rule.id == *id))
        {
            return true;
        }
        rules::with_id(id).is_some()
    }

    /// Returns whether a built-in rule is off.
    pub(crate) fn is_off(&self, id: &str) -> bool {
        #[cfg(feature = "rules")]
        if self.replaced.contains(id) {
            return true;
        }
        self.disabled.contains(id)
    }

    /// Returns whether every hit of the built-in rules stands and there are no other
    /// rules.
    pub(crate) fn is_plain(&self) -> bool {
        #[cfg(feature = "rules")]
        if !self.sets.is_empty() {
            return false;
        }
        self.allow.is_empty()
            && self.detectors.is_empty()
            && self.min_confidence == 0
            && self.known.iter().all(KnownValues::is_empty)
    }

    /// Returns whether the whole text is needed.
    pub(crate) const fn needs_whole_text(&self) -> bool {
        !self.detectors.is_empty()
    }

    /// Returns how many bytes before its place a hit may start.
    pub(crate) fn most_back(&self) -> usize {
        let most = MOST_BACK;
        #[cfg(feature = "rules")]
        let most = self
            .sets
            .iter()
            .map(RuleSet::most_back)
            .fold(most, Ord::max);
        most
    }

    /// Returns how many bytes before an unsettled place rules may still read.
    pub(crate) fn look_back(&self) -> usize {
        let most = if self.allow.is_empty() && !self.has_exemptions() {
            MOST_LOOK_BACK
        } else {
            MOST_LOOK_BACK.max(self.most_back() + AllowList::LINE)
        };
        #[cfg(feature = "rules")]
        let most = self
            .sets
            .iter()
            .map(RuleSet::look_back)
            .fold(most, Ord::max);
        most
    }

    /// Reports the matches of rule sets at the new places of a window, and the known
    /// values that begin there.
    pub(crate) fn find(&self, window: &Window<'_>, sink: &mut Sink) {
        self.find_rules(window, sink);
        for values in &self.known {
            values.find(window.text, window.from, window.complete, KNOWN, sink);
        }
    }

    #[cfg(feature = "rules")]
    fn find_rules(&self, window: &Window<'_>, sink: &mut Sink) {
        let mut base = rules::count();
        for set in &self.sets {
            set.find(window, base, sink);
            base += count(set);
        }
    }

    #[cfg(not(feature = "rules"))]
    #[expect(clippy::unused_self, reason = "there are no rule sets")]
    const fn find_rules(&self, _: &Window<'_>, _: &mut Sink) {}

    /// Returns the numbers and confidences of the rules that match the whole file at
    /// `path`.
    #[cfg(feature = "rules")]
    pub(crate) fn file_rules(&self, path: &str) -> Vec<(u32, u8)> {
        let mut base = rules::count();
        let mut found = Vec::new();
        for set in &self.sets {
            let own = set.file_rules(path);
            found.extend(own.map(|(number, confidence)| (base + number, confidence)));
            base += count(set);
        }
        found
    }

    /// Reports what the detectors find in a whole text.
    pub(crate) fn detect(&self, text: &[u8], sink: &mut Sink) -> Result<(), Error> {
        self.detectors.detect(text, self.detectors_base(), sink)
    }

    /// Returns the id and kind of the rule with this number.
    pub(crate) fn name(&self, number: u32) -> Option<(RuleId, Kind)> {
        if number == KNOWN {
            return Some((RuleId::BuiltIn(RuleId::KNOWN), Kind::Secret));
        }
        if let Some(rule) = rules::get(number) {
            return Some((RuleId::BuiltIn(rule.id), rule.kind));
        }
        #[cfg(feature = "rules")]
        {
            let mut base = rules::count();
            for set in &self.sets {
                if let Some(rule) = set.rules().get(number.checked_sub(base)? as usize) {
                    return Some((RuleId::Custom(rule.id.clone()), rule.kind));
                }
                base += count(set);
            }
        }
        let number = number.checked_sub(self.detectors_base())?;
        let (id, kind) = self.detectors.name(number)?;
        Some((RuleId::Custom(id.clone()), kind))
    }

    /// Returns whether a hit stands, if that can be decided yet.
    pub(crate) fn verdict(&self, window: &Window<'_>, hit: &Hit) -> Verdict {
        if hit.rule == KNOWN {
            return Verdict::Kept;
        }
        if hit.confidence < self.min_confidence {
            return Verdict::Allowed;
        }
        if self.allow.is_empty() && self.disabled.is_empty() && !self.has_exemptions() {
            return Verdict::Kept;
        }
        let Some((id, _)) = self.name(hit.rule) else {
            return Verdict::Kept;
        };
        if self.disabled.contains(id.as_str()) {
            return Verdict::Allowed;
        }
        let Window { text, complete, .. } = *window;
        let verdicts = self.allow.iter().map(|list| {
            let span = hit.start..hit.end;
            list.verdict(id.as_str(), text, span, complete)
        });
        let verdict = verdicts.fold(Verdict::Kept, Verdict::or);
        #[cfg(feature = "rules")]
        if hit.rule < rules::count() {
            let sets = self.sets.iter();
            let verdicts = sets.map(|set| set.verdict(id.as_str(), window, hit.start..hit.end));
            return verdicts.fold(verdict, Verdict::or);
        }
        verdict
    }

    /// Returns whether a rule set exempts findings of built-in rules.
    #[cfg(feature = "rules")]
    fn has_exemptions(&self) -> bool {
        self.sets.iter().any(RuleSet::has_exemptions)
    }

    #[cfg(not(feature = "rules"))]
    #[expect(clippy::unused_self, reason = "there are no rule sets")]
    const fn has_exemptions(&self) -> bool {
        false
    }

    fn detectors_base(&self) -> u32 {
        #[cfg(feature = "rules")]
        let of_sets = self.sets.iter().map(count).fold(0, u32::saturating_add);
        #[cfg(not(feature = "rules"))]
        let of_sets = 0;
        rules::count().saturating_add(of_sets)
    }
}

/// Rule sets and allow-lists also apply to decoded text.
impl CustomRules for Custom {
    fn find(&self, text: &[u8], sink: &mut Sink) {
        self.find(&Window::whole(text), sink);
    }

    fn keeps(&self, text: &[u8], hit: &Hit) -> bool {
        self.verdict(&Window::whole(text), hit) == Verdict::Kept
    }
}

/// Returns how many numbers a set takes.
#[cfg(feature = "rules")]
fn count(set: &RuleSet) -> u32 {
    u32::try_from(set.len()).unwrap_or(u32::MAX)
}
