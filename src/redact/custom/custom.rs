//! Everything a user adds to the built-in rules.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::allow_list::AllowList;
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
use crate::redact::finding::{Kind, RuleId, RuleRef};
use crate::redact::text::{Text, Window};

/// Rule sets, known values, allow-lists, detectors and disabled rules. A clone shares all
/// of them but the list of known values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Custom {
    #[cfg(feature = "rules")]
    sets: Arc<Vec<RuleSet>>,
    known: Vec<KnownValues>,
    allow: Arc<Vec<AllowList>>,
    detectors: Arc<Detectors>,
    disabled: Arc<BTreeSet<String>>,
    /// Built-in rules that a rule set disables or replaces. The replacement may have
    /// the same id.
    #[cfg(feature = "rules")]
    replaced: Arc<BTreeSet<&'static str>>,
    pub(crate) min_confidence: u8,
    /// The fields whose values are masked, if any.
    pub(crate) fields: Option<Arc<FieldNames>>,
    /// The paths in JSON whose values stay.
    #[cfg(feature = "json")]
    pub(crate) json_paths: Arc<JsonPaths>,
}

impl Custom {
    /// Adds a rule set. Its rules replace earlier ones with the same ids.
    #[cfg(feature = "rules")]
    pub(crate) fn rules(&mut self, set: RuleSet) {
        let sets = Arc::make_mut(&mut self.sets);
        for earlier in &mut *sets {
            for rule in set.rules() {
                earlier.turn_off(&rule.id);
            }
        }
        Arc::make_mut(&mut self.allow).extend(set.allow().iter().cloned());
        Arc::make_mut(&mut self.replaced).extend(set.disabled());
        sets.push(set);
    }

    pub(crate) fn detector(&mut self, detector: Arc<dyn Detector>) {
        Arc::make_mut(&mut self.detectors).push(detector);
    }

    pub(crate) fn known_values(&mut self, values: KnownValues) {
        self.known.push(values);
    }

    pub(crate) fn allow(&mut self, list: AllowList) {
        Arc::make_mut(&mut self.allow).push(list);
    }

    /// Switches off a rule of any origin.
    pub(crate) fn disable(&mut self, id: String) {
        Arc::make_mut(&mut self.disabled).insert(id);
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
        #[cfg(feature = "rules")]
        if self.sets.len() > RuleRef::MOST_SETS {
            let limit = RuleRef::MOST_SETS as u64;
            return Err(Error::limit("number of rule sets", limit));
        }
        if self.detectors.len() > RuleRef::MOST_DETECTORS {
            let limit = RuleRef::MOST_DETECTORS as u64;
            return Err(Error::limit("number of detectors", limit));
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
    pub(crate) fn needs_whole_text(&self) -> bool {
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
            values.find(window.text, window.from, window.complete, sink);
        }
    }

    #[cfg(feature = "rules")]
    fn find_rules(&self, window: &Window<'_>, sink: &mut Sink) {
        for (set, number) in self.sets.iter().zip(0..) {
            set.find(window, number, sink);
        }
    }

    #[cfg(not(feature = "rules"))]
    #[expect(clippy::unused_self, reason = "there are no rule sets")]
    const fn find_rules(&self, _: &Window<'_>, _: &mut Sink) {}

    /// Returns the rules that match the whole file at `path`, with their confidences.
    #[cfg(feature = "rules")]
    pub(crate) fn file_rules(&self, path: &str) -> Vec<(RuleRef, u8)> {
        let mut found = Vec::new();
        for (rules, set) in self.sets.iter().zip(0..) {
            let own = rules.file_rules(path);
            found.extend(own.map(|(rule, confidence)| (RuleRef::Custom { set, rule }, confidence)));
        }
        found
    }

    /// Reports what the detectors find in a whole text.
    pub(crate) fn detect(&self, text: &[u8], sink: &mut Sink) -> Result<(), Error> {
        self.detectors.detect(text, sink)
    }

    /// Returns the id and kind of a rule.
    pub(crate) fn name(&self, rule: RuleRef) -> (RuleId, Kind) {
        let name = self.find_name(rule);
        debug_assert!(name.is_some(), "a hit refers to a rule of its redactor");
        name.unwrap_or((RuleId::BuiltIn("unknown"), Kind::Secret))
    }

    fn find_name(&self, rule: RuleRef) -> Option<(RuleId, Kind)> {
        match rule {
            RuleRef::BuiltIn(place) => {
                let rule = rules::get(place)?;
                Some((RuleId::BuiltIn(rule.id), rule.kind))
            }
            #[cfg(feature = "rules")]
            RuleRef::Custom { set, rule } => {
                let set = self.sets.get(usize::from(set))?;
                let rule = set.rules().get(usize::from(rule))?;
                Some((RuleId::Custom(rule.id.clone()), rule.kind))
            }
            RuleRef::Detector { detector, kind } => {
                let id = self.detectors.id(detector)?;
                Some((RuleId::Custom(id.clone()), kind))
            }
            RuleRef::Known => Some((RuleId::BuiltIn(RuleId::KNOWN), Kind::Secret)),
        }
    }

    /// Returns whether a hit is exempt. If it is not, more of `text` may still exempt
    /// it.
    ///
    /// `path` is the path of the text's file, if it is known.
    pub(crate) fn is_exempt(&self, text: &Text<'_>, path: Option<&str>, hit: &Hit) -> bool {
        if hit.rule == RuleRef::Known {
            return false;
        }
        if hit.confidence < self.min_confidence {
            return true;
        }
        if self.allow.is_empty() && self.disabled.is_empty() && !self.has_exemptions() {
            return false;
        }
        let (id, _) = self.name(hit.rule);
        let id = id.as_str();
        if self.disabled.contains(id) {
            return true;
        }
        let span = hit.start..hit.end;
        let mut lists = self.allow.iter();
        lists.any(|list| list.is_exempt(id, text, span.clone()))
            || self.is_exempt_by_set(id, text, path, hit)
    }

    /// Returns whether a rule set exempts the hit of the built-in rule `id`.
    #[cfg(feature = "rules")]
    fn is_exempt_by_set(&self, id: &str, text: &Text<'_>, path: Option<&str>, hit: &Hit) -> bool {
        let mut sets = self.sets.iter();
        matches!(hit.rule, RuleRef::BuiltIn(_))
            && sets.any(|set| set.is_exempt(id, text, path, hit.start..hit.end))
    }

    #[cfg(not(feature = "rules"))]
    #[expect(clippy::unused_self, reason = "there are no rule sets")]
    const fn is_exempt_by_set(&self, _: &str, _: &Text<'_>, _: Option<&str>, _: &Hit) -> bool {
        false
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
}

/// Rule sets and allow-lists also apply to decoded text.
impl CustomRules for Custom {
    fn find(&self, text: &[u8], sink: &mut Sink) {
        self.find(&Window::whole(text), sink);
    }

    fn keeps(&self, text: &[u8], hit: &Hit) -> bool {
        !self.is_exempt(&Text::new(text, true), None, hit)
    }
}
