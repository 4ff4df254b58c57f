//! What a category inherits from those above it, and which lists contain it.

use super::{
    Category, Document, Form, Processor, Purpose, RecipientRole, Retention, TransferMechanism,
    Trigger, Verdict,
};

/// Every category, in a list.
pub(in crate::policy) const EVERY: &str = "*";
/// The categories of the records that this crate keeps itself.
pub(in crate::policy) const OWN_RECORDS: [&str; 3] = ["consent_log", "audit_log", "rights_records"];

/// Returns whether `name` is `ancestor` or stands below it.
pub(in crate::policy) fn is_within(name: &str, ancestor: &str) -> bool {
    match name.strip_prefix(ancestor) {
        Some(rest) => rest.is_empty() || rest.starts_with('.'),
        None => false,
    }
}

/// Returns whether a list has `name`, or one above it, or every category.
pub(in crate::policy) fn has(list: &[String], name: &str) -> bool {
    list.iter()
        .any(|entry| entry == EVERY || is_within(name, entry))
}

/// Returns the name and those above it, from the nearest.
fn lineage(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| {
        name.rsplit_once('.').map(|(parent, _)| parent)
    })
}

impl Document {
    fn nearest<'d, T>(
        &'d self,
        name: &str,
        stated: impl Fn(&'d Category) -> Option<T>,
    ) -> Option<T> {
        lineage(name).find_map(|name| self.category.get(name).and_then(&stated))
    }

    /// Returns the form in which a category is stored, taken from above if need be.
    pub(in crate::policy) fn form_of(&self, name: &str) -> Option<Form> {
        self.nearest(name, |category| category.form)
    }

    /// Returns the stores of a category, taken from above if need be.
    pub(in crate::policy) fn stores_of(&self, name: &str) -> &[String] {
        self.nearest(name, |category| category.store_on.as_deref())
            .unwrap_or_default()
    }

    /// Returns the pseudonym under which a category is stored.
    pub(in crate::policy) fn pseudonym_of(&self, name: &str) -> Option<&str> {
        self.nearest(name, |category| category.pseudonym.as_deref())
    }

    /// Returns whether a category is anonymous.
    pub(in crate::policy) fn is_anonymous(&self, name: &str) -> bool {
        self.nearest(name, |category| category.anonymous_from)
            .is_some()
    }

    /// Returns whether a category is stored in any form that could be about somebody.
    pub(in crate::policy) fn is_kept(&self, name: &str) -> bool {
        !matches!(self.form_of(name), Some(Form::Never) | None) && !self.is_anonymous(name)
    }

    /// Returns the retention clauses that are about a category.
    pub(in crate::policy) fn retention_of<'d>(
        &'d self,
        name: &'d str,
    ) -> impl Iterator<Item = (usize, &'d Retention)> {
        let clauses = self.retention.iter().enumerate();
        clauses.filter(move |(_, clause)| clause.is_about(name))
    }

    /// Returns whether a purpose, or one below it, may be pursued at all.
    pub(in crate::policy) fn is_permitted(&self, purpose: &str) -> bool {
        let mut stated = self.purpose.iter();
        stated.any(|(name, stated)| {
            let permits = matches!(stated.verdict, Some(Verdict::Permitted | Verdict::Consent));
            permits && is_within(name, purpose)
        })
    }

    /// Returns whether a purpose, or one above it, is prohibited.
    pub(in crate::policy) fn is_prohibited(&self, purpose: &str) -> bool {
        lineage(purpose).any(|name| {
            let stated = self.purpose.get(name);
            stated.and_then(|purpose| purpose.verdict) == Some(Verdict::Prohibited)
        })
    }

    /// Returns what the transfer of data to a processor rests on, where it goes to a third
    /// country on the controller's behalf.
    pub(in crate::policy) fn transfer_of(
        &self,
        name: &str,
        processor: &Processor,
    ) -> Option<Option<TransferMechanism>> {
        let place = self.place.as_ref()?;
        let far = processor.regions.iter().any(|region| {
            let mut countries = place.third_countries.iter();
            countries.any(|country| is_within(region, country))
        });
        if !far || matches!(processor.role, Some(RecipientRole::CustomerContract)) {
            return None;
        }
        let mut transfers = self.transfer.iter();
        let by_clause = transfers.find(|transfer| transfer.processor.as_deref() == Some(name));
        let stated = by_clause.and_then(|transfer| transfer.mechanism);
        Some(processor.transfer.or(stated))
    }

    /// Returns the names that a list has of `categories`, in order.
    pub(in crate::policy) fn listed(&self, list: &[String]) -> Vec<&str> {
        let names = self.category.keys().map(String::as_str);
        names.filter(|name| has(list, name)).collect()
    }
}

impl Retention {
    /// Returns whether the clause is about a category.
    pub(in crate::policy) fn is_about(&self, name: &str) -> bool {
        has(&self.categories, name) && !has(&self.except, name)
    }

    /// Returns whether two clauses are about some category both.
    pub(in crate::policy) fn meets(&self, other: &Self, document: &Document) -> bool {
        let mut names = document.category.keys();
        names.any(|name| self.is_about(name) && other.is_about(name))
    }

    /// Returns whether its delete bound falls due in the ordinary course of things.
    pub(in crate::policy) const fn is_sure_to_end(&self) -> bool {
        matches!(
            self.trigger,
            Some(
                Trigger::Created
                    | Trigger::LastModified
                    | Trigger::LastActive
                    | Trigger::AccountClosed
                    | Trigger::ContractEnd
                    | Trigger::PurposeEnded
            )
        )
    }
}

impl Trigger {
    /// Returns whether a data subject's own right fires it, so that the law itself says
    /// which duties to keep stand against it.
    pub(in crate::policy) const fn is_by_right(self) -> bool {
        matches!(
            self,
            Self::DeletionRequested
                | Self::ConsentWithdrawn
                | Self::ObjectionUpheld
                | Self::ChildDataFound
        )
    }
}

impl Purpose {
    /// Returns whether the purpose may use a category.
    pub(in crate::policy) fn uses(&self, category: &str) -> bool {
        has(&self.categories, category)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_inherit_along_dots() {
        assert!(is_within("a.b", "a") && is_within("a", "a"));
        assert!(!is_within("ab", "a") && !is_within("a", "a.b"));
        let list = ["a".to_owned(), "b.c".to_owned()];
        assert!(has(&list, "a.x.y") && has(&list, "b.c") && !has(&list, "b"));
        assert_eq!(lineage("a.b.c").collect::<Vec<_>>(), ["a.b.c", "a.b", "a"]);
    }
}
