//! Under whose contract a call runs, as a type.

use std::fmt;

use crate::model::{CredentialOwner, Name};

/// Under whose contract all routes of a router run.
///
/// # Sealed
/// A router of one owner takes no route of another, so there is no path from a customer's
/// key to the platform's provider, whatever fails.
pub trait Owner: sealed::Sealed + Clone + fmt::Debug + Send + Sync + 'static {
    /// Returns whether a model with a key of this owner may be a route.
    fn admits(&self, owner: &CredentialOwner) -> bool;
}

mod sealed {
    /// Keeps [`Owner`](super::Owner) in this crate.
    #[expect(unnameable_types, reason = "nobody else may implement it")]
    pub trait Sealed {}
}

/// The operator of the product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Platform;

/// One customer, who brought a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    tenant: Name,
}

/// Nobody: models without a key, on this machine or in this network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nobody;

impl Customer {
    /// Returns the customer of a tenant.
    #[must_use]
    pub fn new(tenant: impl Into<Name>) -> Self {
        Self {
            tenant: tenant.into(),
        }
    }

    /// Returns the tenant.
    #[must_use]
    pub const fn tenant(&self) -> &Name {
        &self.tenant
    }
}

impl sealed::Sealed for Platform {}
impl sealed::Sealed for Customer {}
impl sealed::Sealed for Nobody {}

impl Owner for Platform {
    fn admits(&self, owner: &CredentialOwner) -> bool {
        matches!(owner, CredentialOwner::Platform)
    }
}

impl Owner for Customer {
    fn admits(&self, owner: &CredentialOwner) -> bool {
        matches!(owner, CredentialOwner::Customer(tenant) if *tenant == self.tenant)
    }
}

impl Owner for Nobody {
    fn admits(&self, owner: &CredentialOwner) -> bool {
        matches!(owner, CredentialOwner::Nobody)
    }
}
