//! Which data may be stored where, and in which form.

use super::document::{Form, Presence};
use super::policy::Policy;
use crate::decision::{Decision, Reason};
use crate::taxonomy::{DataCategory, DataStore};

/// The form in which a record is about to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum StoredAs {
    /// As it is.
    Raw,
    /// Under a keyed pseudonym, without the original.
    Pseudonym,
    /// Encrypted under a key of its own.
    Sealed,
    /// After redaction.
    Redacted,
    /// As a password hash.
    Hashed,
    /// As an anonymous aggregate.
    Aggregate,
}

impl StoredAs {
    /// Returns whether it satisfies a policy that asks for `form`.
    const fn satisfies(self, form: Form) -> bool {
        match form {
            Form::Never => false,
            Form::Raw => true,
            // What is sealed shows less than what is redacted or under a pseudonym only
            // while its key is safe, so it does not stand in for them.
            Form::Pseudonym => matches!(self, Self::Pseudonym | Self::Aggregate),
            Form::Sealed => matches!(self, Self::Sealed),
            Form::Redacted => matches!(self, Self::Redacted | Self::Aggregate),
            Form::Hashed => matches!(self, Self::Hashed),
            Form::Aggregate => matches!(self, Self::Aggregate),
        }
    }
}

impl Policy {
    /// Decides whether a record of a category may be put into a store in a form. A
    /// category, a store or a form that the policy does not list is denied.
    pub fn keep(&self, category: &DataCategory, form: StoredAs, store: &DataStore) -> Decision {
        let document = &self.inner.document;
        let name = category.as_str();
        let declared = document.category.get_key_value(name);
        let Some((declared, _)) = declared else {
            return Decision::deny(Reason::without_clause("category is not declared"));
        };
        let path = super::check::at("category").then(declared.as_str());
        let mut entries = self.inner.clauses.iter();
        let Some(entry) = entries.find(|entry| entry.path == path) else {
            return Decision::deny(Reason::without_clause("category is not declared"));
        };
        let reason = |why| Reason::new(entry.id.clone(), why);
        match document.form_of(declared) {
            None | Some(Form::Never) => Decision::deny(reason("category is never stored")),
            Some(stated) if !form.satisfies(stated) => {
                Decision::deny(reason("category is stored in another form"))
            }
            Some(_) => {
                let stores = document.stores_of(declared);
                match stores.iter().any(|listed| listed == store.as_str()) {
                    true => Decision::allow(reason("form and store are listed")),
                    false => Decision::deny(reason("store is not listed for the category")),
                }
            }
        }
    }

    /// Decides whether these fields of a category may be collected: each is one that the
    /// policy lists, and none that it requires is missing. A category for which it lists
    /// no fields is denied, since nobody said what is needed.
    pub fn collect<'f>(
        &self,
        category: &DataCategory,
        fields: impl IntoIterator<Item = &'f str>,
    ) -> Decision {
        let document = &self.inner.document;
        let Some(declared) = document.category.get(category.as_str()) else {
            return Decision::deny(Reason::without_clause("category is not declared"));
        };
        let path = super::check::at("category").then(category.as_str());
        let mut entries = self.inner.clauses.iter();
        let Some(entry) = entries.find(|entry| entry.path == path) else {
            return Decision::deny(Reason::without_clause("category is not declared"));
        };
        let reason = |why| Reason::new(entry.id.clone(), why);
        if declared.fields.is_empty() {
            return Decision::deny(reason("no fields are listed for the category"));
        }
        let fields: Vec<_> = fields.into_iter().collect();
        if !fields
            .iter()
            .all(|name| declared.fields.contains_key(*name))
        {
            return Decision::deny(reason("a field is not listed"));
        }
        let needed = declared.fields.iter();
        let mut needed = needed.filter(|(_, need)| **need == Presence::Required);
        match needed.all(|(name, _)| fields.contains(&name.as_str())) {
            true => Decision::allow(reason("every field is listed")),
            false => Decision::deny(reason("a required field is missing")),
        }
    }
}
