//! The builder of redactors.

use std::sync::Arc;

use super::redactor::{Inner, Redactor};
use crate::Error;
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
/// What is wrong with a setting is reported by [`build`](Self::build).
///
/// # Example
/// ```
/// use confidant::redact::{Category, Kind, Operator, Redactor};
///
/// let redactor = Redactor::builder()
///     .category(Category::Personal)
///     .without_kind(Kind::Ip)
///     .operator_for(Kind::Email, Operator::Remove)
///     .build()?;
/// let redacted = redactor.redact("<ann@acme-mail.com> from 93.184.216.34");
/// assert_eq!(redacted.as_str(), "<> from 93.184.216.34");
///
/// let error = Redactor::builder().disable("aws-acess-key-id").build().unwrap_err();
/// assert_eq!(error.to_string(), "no rule has this id, in `aws-acess-key-id`");
/// # Ok::<(), confidant::Error>(())
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
    /// [the manual](crate::manual::presets) lists them. [`disable`](Self::disable) takes
    /// precedence, regardless of order.
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
    pub fn detector(mut self, detector: impl Detector + 'static) -> Self {
        self.custom.detector(Arc::new(detector));
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

    /// Switches a rule off by its id: built-in, your own, or a detector.
    #[must_use]
    pub fn disable(mut self, id: impl Into<String>) -> Self {
        self.custom.disable(id.into());
        self
    }

    /// Ignores findings below this confidence, from 0 (the default, which ignores
    /// none) to 100.
    #[must_use]
    pub fn min_confidence(mut self, confidence: u8) -> Self {
        self.custom.min_confidence = confidence;
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
    ///
    /// # Errors
    /// Returns [`Config`](crate::ErrorKind::Config), with the id where one is at fault,
    /// if
    /// - [`enable`](Self::enable) was given an id that no built-in rule has;
    /// - [`disable`](Self::disable) was given an id that no rule and no detector has, or
    ///   one that cannot be switched off, such as `known-value`;
    /// - the minimum confidence is above 100;
    /// - the id of a detector is empty, is reserved, or belongs to another rule or
    ///   detector.
    ///
    /// Returns [`Limit`](crate::ErrorKind::Limit) if there are more than 255 rule sets or
    /// 65,535 detectors.
    pub fn build(self) -> Result<Redactor, Error> {
        self.selection.check()?;
        self.custom.check()?;
        Ok(self.assemble())
    }

    /// Builds a redactor whose settings are known to be right: categories and kinds alone.
    pub(crate) fn assemble(self) -> Redactor {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::redact::custom::Detections;

    struct Named(&'static str);

    impl Detector for Named {
        fn id(&self) -> &str {
            self.0
        }

        fn detect(&self, _: &[u8], _: &mut Detections) -> Result<(), Error> {
            Ok(())
        }
    }

    #[test]
    fn what_is_wrong_is_reported_when_the_redactor_is_built() {
        let all = Redactor::builder;
        for (builder, message) in [
            (
                all().enable("acme-key"),
                "no built-in rule has this id, in `acme-key`",
            ),
            (
                all().enable("field-name"),
                "no built-in rule has this id, in `field-name`",
            ),
            (
                all().disable("acme-key"),
                "no rule has this id, in `acme-key`",
            ),
            (
                all().disable(""),
                "no rule has this id, in an id of 0 bytes",
            ),
            (
                all().disable("known-value"),
                "rule cannot be switched off, in `known-value`",
            ),
            (
                all().disable("detector-failed"),
                "rule cannot be switched off, in `detector-failed`",
            ),
            (all().min_confidence(101), "minimum confidence is above 100"),
            (
                all().detector(Named("")),
                "id of a detector is empty, in an id of 0 bytes",
            ),
            (
                all().detector(Named("github-pat")),
                "id of a detector belongs to another rule, in `github-pat`",
            ),
            (
                all().detector(Named("detector-failed")),
                "id of a detector belongs to another rule, in `detector-failed`",
            ),
            (
                all().detector(Named("staff")).detector(Named("staff")),
                "id of a detector belongs to another rule, in `staff`",
            ),
        ] {
            let error = builder.build().unwrap_err();
            assert_eq!(
                (error.kind(), error.to_string()),
                (ErrorKind::Config, message.to_owned())
            );
        }
    }

    #[test]
    fn ids_that_exist_are_taken_in_any_order() {
        let builder = Redactor::builder()
            .disable("staff")
            .disable("github-pat")
            .enable("github-pat")
            .enable("uk-postcode")
            .min_confidence(100)
            .detector(Arc::new(Named("staff")) as Arc<dyn Detector>);
        assert!(builder.build().is_ok());
    }

    #[cfg(feature = "rules")]
    #[test]
    fn more_rule_sets_than_can_be_told_apart_are_refused() {
        let set = RuleSet::from_toml("").unwrap();
        let add = |builder: RedactorBuilder, _| builder.rules(set.clone());
        let most = (0..255).fold(Redactor::builder(), add);
        assert!(most.clone().build().is_ok());
        let error = add(most, 255).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
    }

    #[cfg(feature = "rules")]
    #[test]
    fn a_rule_of_a_set_can_be_switched_off_and_not_on() {
        let set = || {
            RuleSet::from_toml(
                r#"
                [[rule]]
                id = "acme-key"
                description = "Key of Acme"
                token = { prefixes = ["acme_"], body = "[a-z0-9]{12}" }
                examples = ["key: «acme_4k2m9x7q1z8w»"]
                "#,
            )
            .unwrap()
        };
        assert!(
            Redactor::builder()
                .disable("acme-key")
                .rules(set())
                .build()
                .is_ok()
        );
        assert!(
            Redactor::builder()
                .enable("acme-key")
                .rules(set())
                .build()
                .is_err()
        );
    }
}
