//! Records that become due at another time.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Value, json};

use super::longer_or_shorter;
use crate::policy::document::{Document, PeriodText, Retention, Trigger};

/// Records of a category that fall due at another time after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueChange {
    category: Box<str>,
    trigger: Trigger,
    old: Option<PeriodText>,
    new: Option<PeriodText>,
    existing: bool,
}

impl DueChange {
    /// Returns the category.
    #[must_use]
    pub fn category(&self) -> &str {
        &self.category
    }

    /// Returns the event from which the period runs, such as `created`.
    #[must_use]
    pub const fn trigger(&self) -> &'static str {
        self.trigger.as_str()
    }

    /// Returns the periods before and after, as text; `None` where a clause has no period.
    #[must_use]
    pub fn periods(&self) -> (Option<&str>, Option<&str>) {
        (
            self.old.as_ref().map(PeriodText::as_str),
            self.new.as_ref().map(PeriodText::as_str),
        )
    }

    /// Returns whether it holds for records that are there already. A shorter period
    /// does, from the effective date on; a longer one holds for those collected later.
    #[must_use]
    pub const fn reaches_existing(&self) -> bool {
        self.existing
    }

    pub(super) fn to_json(&self) -> Value {
        let (old, new) = self.periods();
        json!({
            "category": &*self.category,
            "trigger": self.trigger(),
            "old": old,
            "new": new,
            "existing": self.existing,
        })
    }
}

impl fmt::Display for DueChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (old, new) = self.periods();
        let (old, new) = (old.unwrap_or("no deadline"), new.unwrap_or("no deadline"));
        let reach = match self.existing {
            true => "for all records",
            false => "for records collected from then on",
        };
        let (category, trigger) = (&self.category, self.trigger());
        write!(
            f,
            "`{category}` after `{trigger}`: {old} becomes {new}, {reach}"
        )
    }
}

/// Returns the earliest delete bound of a category after an event.
fn bound<'d>(
    document: &'d Document,
    category: &'d str,
    trigger: Trigger,
) -> Option<&'d PeriodText> {
    let rules = document.retention_of(category).map(|(_, rule)| rule);
    let of_trigger = rules.filter(|rule| rule.trigger == Some(trigger));
    let bounds = of_trigger.filter_map(bound_of);
    bounds.reduce(
        |first, other| match longer_or_shorter(Some(first), Some(other)) {
            Ordering::Greater => other,
            _ => first,
        },
    )
}

/// A clause that only keeps, and then acts, is due when keeping ends.
fn bound_of(rule: &Retention) -> Option<&PeriodText> {
    rule.delete_by
        .as_ref()
        .or(rule.keep_for.as_ref().filter(|_| rule.then.is_some()))
}

pub(super) fn changes(old: &Document, new: &Document) -> Vec<DueChange> {
    let names: BTreeSet<&String> = old.category.keys().chain(new.category.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        if !old.category.contains_key(name) || !new.category.contains_key(name) {
            continue;
        }
        let rules = old.retention_of(name).chain(new.retention_of(name));
        let triggers: BTreeSet<_> = rules.filter_map(|(_, rule)| rule.trigger).collect();
        for trigger in triggers {
            let before = bound(old, name, trigger);
            let after = bound(new, name, trigger);
            let order = longer_or_shorter(before, after);
            if order == Ordering::Equal {
                continue;
            }
            let lawful = new
                .retention_of(name)
                .any(|(_, rule)| rule.trigger == Some(trigger) && rule.for_existing_data);
            changes.push(DueChange {
                category: name.as_str().into(),
                trigger,
                old: before.cloned(),
                new: after.cloned(),
                existing: order == Ordering::Greater || lawful,
            });
        }
    }
    changes
}
