//! Showing a secret, where a policy allows it.

use std::fmt;

use super::new_secret::Terms;
use super::open::refused;
use super::reveal_policy::RevealRequest;
use super::trail::Trail;
use super::vault::Vault;
use super::{SecretPurpose, SecretRef};
use crate::Error;
use crate::audit::Caller;
use crate::secret::Secret;

/// A secret on its way to somebody who may see it. It is wiped when dropped.
///
/// # Security
/// It has no `Display`, `Clone` or `Serialize`, and `Debug` shows nothing.
pub struct Revealed {
    value: Secret<[u8]>,
}

impl Revealed {
    /// Passes the value to `look`.
    pub fn with<T>(&self, look: impl FnOnce(&[u8]) -> T) -> T {
        look(self.value.expose_secret())
    }
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealed(..)")
    }
}

impl Vault {
    /// Shows a secret, where the policy of the vault allows it. That somebody wants
    /// to see it is in the log, and durable, before the policy is asked; how it ended
    /// is, before it is shown.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) where the policy denies it, and those of
    /// [`use_with`](Self::use_with).
    pub async fn reveal(
        &self,
        caller: &Caller,
        secret: &SecretRef,
        purpose: &SecretPurpose,
    ) -> Result<Revealed, Error> {
        let inner = &*self.inner;
        let trail = Trail::of_secret(inner, caller, "secret.reveal", secret)?;
        let trail = trail.purpose(purpose, None)?.attempt().await?;
        let allows = |terms: &Terms| {
            let request = RevealRequest {
                caller,
                secret,
                purpose,
                kind: &terms.kind,
            };
            if inner.policy.decide(&request).is_allow() {
                Ok(())
            } else {
                Err(refused("the policy does not allow to show the secret"))
            }
        };
        let (number, opened) = inner.open(secret, &allows).await;
        let value = trail.version(number)?.end(opened).await?;
        Ok(Revealed { value })
    }
}
