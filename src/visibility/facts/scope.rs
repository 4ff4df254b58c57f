//! What a grant for staff reaches.

use super::{Organisation, Resource};

/// What a grant for staff reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StaffScope {
    /// A resource and all that it contains.
    Resource(Resource),
    /// All that belongs to an organisation.
    Organisation(Organisation),
}
