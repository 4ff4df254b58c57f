//! The progress of wrapping keys anew.

/// The progress of wrapping keys anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rewrapped {
    /// How many envelopes, or keys of tenants, were wrapped anew.
    pub rewrapped: u64,
    /// How many were under the current key already.
    pub current: u64,
    /// How many somebody else changed or took away meanwhile, or whose tenant's key
    /// was changed: another call sees to those that are left.
    pub overtaken: u64,
    /// How many records are not authentic, or, of tenants' keys, not what the log tells
    /// of. They stay as they are, and [`Vault::verify`](super::Vault::verify) names
    /// them.
    pub rejected: u64,
    /// The first tenants whose keys count as rejected: at most [`Self::MAX_NAMED`].
    pub rejected_tenants: Vec<String>,
    /// What to begin `after` another time: the tenant that was done last, for
    /// [`Vault::rewrap_tenant_keys`](super::Vault::rewrap_tenant_keys), and a text of its own for
    /// [`Vault::rewrap_secrets`](super::Vault::rewrap_secrets).
    pub last: Option<String>,
}

impl Rewrapped {
    /// The most tenants that are named.
    pub const MAX_NAMED: usize = 100;

    /// Counts a tenant whose key is not what the log tells of, and names it if there is room.
    pub(super) fn reject(&mut self, tenant: &str) {
        self.rejected += 1;
        if self.rejected_tenants.len() < Self::MAX_NAMED {
            self.rejected_tenants.push(tenant.to_owned());
        }
    }
}
