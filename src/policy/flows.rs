//! The ways that data takes.

use super::check::at;
use super::policy::Policy;
use crate::decision::{Decision, Reason};
use crate::taxonomy::DataCategory;

/// A way that data takes: from one place to another, each `client`, `service`, a
/// surface, a store or a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way<'a> {
    from: &'a str,
    to: &'a str,
}

impl<'a> Way<'a> {
    /// Begins a way at a place where it also ends.
    #[must_use]
    pub const fn from(place: &'a str) -> Self {
        Self {
            from: place,
            to: place,
        }
    }

    /// Ends the way at a place.
    #[must_use]
    pub const fn to(mut self, place: &'a str) -> Self {
        self.to = place;
        self
    }
}

impl Policy {
    /// Decides whether data of a category takes a way that the policy lists.
    ///
    /// A way that is not listed is denied, so what is observed can be compared with what is
    /// stated. A flow of a category is one of the categories below it, too.
    pub fn flows(&self, category: &DataCategory, way: Way<'_>) -> Decision {
        let listed = self.inner.document.flow.iter().enumerate();
        let mut listed = listed.filter(|(_, flow)| {
            let ends = (flow.from.as_deref(), flow.to.as_deref());
            let of = flow.category.as_deref();
            let within = |of: &str| super::document::is_within(category.as_str(), of);
            ends == (Some(way.from), Some(way.to)) && of.is_some_and(within)
        });
        let path = listed.next().map(|(index, _)| at("flow").then(index));
        let mut clauses = self.inner.clauses.iter();
        match path.and_then(|path| clauses.find(|entry| entry.path == path)) {
            Some(entry) => Decision::allow(Reason::new(entry.id.clone(), "the way is listed")),
            None => Decision::deny(Reason::without_clause("no flow lists this way")),
        }
    }
}
