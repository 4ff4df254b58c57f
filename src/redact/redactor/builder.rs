//! The builder of redactors.

use std::sync::Arc;

use super::redactor::{Inner, Redactor};
use crate::redact::builtin::Selection;
#[cfg(feature = "json")]
use crate::redact::custom::JsonPaths;
#[cfg(feature = "rules")]
use crate::redact::custom::RuleSet;
use crate::redact::custom::{AllowList, Custom, Detector, FieldNames, KnownValues};
use crate::redact::engine::Engine;
#[cfg(doc)]
use crate::redact::finding::Finding;
use crate::redact::finding::{Category, Kind};
use crate::redact::operator::{Key, Operator};

/// A builder for a [`Redactor`], which starts as [`Redactor::secrets`].
///
/// # Example
/// ```
/// use confidant::redact::{Category, Kind, Operator, Redactor};
///
/// let redactor = Redactor::builder()
///     .category(Category::Personal)
///     .without_kind(Kind::Ip)
///     .operator_for(Kind::Email, Operator::Remove)
///     .build();
/// let redacted = redactor.redact("<ann@acme-mail.com> from 93.184.216.34");
/// assert_eq!(redacted.as_str(), "<> from 93.184.216.34");
/// ```
#[derive(Clone, Debug)]
pub struct RedactorBuilder {
    selection: Selection,
    custom: Custom,
    operators: Vec<(Kind, Operator)>,
    operator: Operator,
    fingerprint_key: Option<Key>,
}

impl Default for RedactorBuilder {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            custom: Custom::default(),
            operators: Vec::new(),
            operator: Operator::Label,
            fingerprint_key: None,
        }
    }
}

impl RedactorBuilder {
    /// Adds the built-in rules of a category, except for the few that only
    /// [`enable`](Self::enable) switches on.
    #[must_use]
    pub fn category(mut self, category: Category) -> Self {
        self.selection.category(category);
        self
    }

    /// Adds the built-in rules of one kind, whatever its category.
    #[must_use]
    pub fn kind(mut self, kind: Kind) -> Self {
        self.selection.kind(kind, true);
        self
    }

    /// Removes the built-in rules of one kind.
    ///
    /// If this and [`kind`](Self::kind) name the same kind, the last call counts.
    #[must_use]
    pub fn without_kind(mut self, kind: Kind) -> Self {
        self.selection.kind(kind, false);
        self
    }

    /// Switches a built-in rule on by its id.
    ///
    /// This also works for rules in no preset, which would change much ordinary text;
    /// [the manual](crate::manual::presets) lists them. An unknown id has no effect.
    /// [`disable`](Self::disable) takes precedence, regardless of order.
    #[must_use]
    pub fn enable(mut self, id: impl Into<String>) -> Self {
        self.selection.enable(id.into());
        self
    }

    /// Adds a set of your own rules, with its allow-lists and the rules that it
    /// disables.
    ///
    /// Each further call adds another set, which is searched in its own pass. A rule
    /// replaces an earlier rule with the same id.
    #[cfg(feature = "rules")]
    #[must_use]
    pub fn rules(mut self, rules: RuleSet) -> Self {
        self.custom.rules(rules);
        self
    }

    /// Adds a detector from outside this crate.
    ///
    /// A detector needs the whole text, so a
    /// [`StreamRedactor`](crate::redact::StreamRedactor) then holds the whole stream
    /// back until its end.
    #[must_use]
    pub fn detector(mut self, detector: Arc<dyn Detector>) -> Self {
        self.custom.detector(detector);
        self
    }

    /// Adds values known to be secret, which are found in any text. Each further call
    /// adds another set.
    ///
    /// No allow-list, [`disable`](Self::disable) or
    /// [`min_confidence`](Self::min_confidence) exempts them.
    #[must_use]
    pub fn known_values(mut self, values: KnownValues) -> Self {
        self.custom.known_values(values);
        self
    }

    /// Masks the whole values of fields with these names, where a structure says what
    /// a field is: in JSON and in the fields of events. Without this call, values are
    /// judged, and only the layer for `tracing` masks the built-in names.
    ///
    /// The findings have the rule id `field-name` and the confidence 60. The minimum
    /// confidence and allow-lists do not apply to them.
    #[must_use]
    pub fn mask_fields(mut self, names: FieldNames) -> Self {
        self.custom.fields = Some(Arc::new(names));
        self
    }

    /// Leaves the values at these paths of JSON documents alone. Each further call
    /// adds paths.
    ///
    /// Known values and values of a placeholder map are hidden there too.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn leave_json(mut self, paths: JsonPaths) -> Self {
        let known = Arc::unwrap_or_clone(std::mem::take(&mut self.custom.json_paths));
        self.custom.json_paths = Arc::new(known.and(paths));
        self
    }

    /// Exempts the values of an allow-list.
    #[must_use]
    pub fn allow(mut self, list: AllowList) -> Self {
        self.custom.allow(list);
        self
    }

    /// Switches a rule off by its id: built-in, your own, or a detector. An unknown
    /// id has no effect.
    #[must_use]
    pub fn disable(mut self, id: impl Into<String>) -> Self {
        self.custom.disable(id.into());
        self
    }

    /// Ignores findings below this confidence, from 0 (the default, which ignores
    /// none) to 100.
    #[must_use]
    pub fn min_confidence(mut self, confidence: u8) -> Self {
        self.custom.min_confidence = confidence.min(100);
        self
    }

    /// Sets the operator for every kind that has none of its own.
    #[must_use]
    pub fn operator(mut self, operator: Operator) -> Self {
        self.operator = operator;
        self
    }

    /// Sets the operator for one kind.
    #[must_use]
    pub fn operator_for(mut self, kind: Kind, operator: Operator) -> Self {
        self.operators.retain(|(own, _)| *own != kind);
        self.operators.push((kind, operator));
        self
    }

    /// Sets the key for [fingerprints](Finding::fingerprint). Without it, findings
    /// carry none.
    #[must_use]
    pub fn fingerprint_key(mut self, key: Key) -> Self {
        self.fingerprint_key = Some(key);
        self
    }

    /// Builds the redactor.
    #[must_use]
    pub fn build(self) -> Redactor {
        Redactor::new(Inner {
            engine: Arc::new(Engine::new(&self.selection, |id| self.custom.is_off(id))),
            custom: self.custom,
            operators: self.operators,
            operator: self.operator,
            fingerprint_key: self.fingerprint_key,
            number: Inner::next_number(),
        })
    }
}
