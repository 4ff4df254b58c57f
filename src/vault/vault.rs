//! The vault and its parts.

use std::fmt;
use std::sync::Arc;

use super::ledger::Ledger;
use super::reveal_policy::RevealPolicy;
use super::tenants::Tenants;
use crate::audit::LogKey;
#[cfg(feature = "redact")]
use crate::redact::KnownTenants;
use crate::store::Store;
use crate::time::Clock;

/// The number of records that are read at a time.
pub(super) const PAGE: usize = 100;

/// A write-only store of secrets: see the [module](super).
///
/// A clone is the same vault. Several vaults, in several processes, may share one
/// store and one log.
#[derive(Clone)]
pub struct Vault {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) tenants: Tenants,
    pub(super) ledger: Arc<Ledger>,
    pub(super) store: Arc<dyn Store>,
    pub(super) log_key: LogKey,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) policy: Arc<dyn RevealPolicy>,
    #[cfg(feature = "redact")]
    pub(super) known: Option<KnownTenants>,
}

impl Vault {
    pub(super) fn new(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Wipes the keys of tenants that are held in memory. Each is unwrapped anew when it
    /// is needed next. A process that may be idle for long calls this before.
    pub fn purge_tenant_keys(&self) {
        self.inner.tenants.purge();
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}
