//! Importing secrets from a file, and exporting their names.

use super::info::Filter;
use super::trail::Trail;
use super::vault::Vault;
use super::{EnvFile, NewSecret, SecretPurpose, SecretRef};
use crate::audit::Caller;
use crate::taxonomy::Tenant;
use crate::{Error, ErrorKind};

/// What became of the settings of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// Those that were put, in the order of the file.
    pub put: Vec<SecretRef>,
    /// The names that the tenant has used before; what they hold was not touched.
    pub known: Vec<String>,
    /// The names without a value.
    pub empty: Vec<String>,
}

impl Vault {
    /// Puts every setting of a `.env` file, each as a secret of its name, for one
    /// purpose.
    ///
    /// # Errors
    /// Those of [`put`](Self::put) but for names that are known already. What was put
    /// until then is put, and the next import passes over it.
    pub async fn import_env(
        &self,
        caller: &Caller,
        tenant: &str,
        file: &EnvFile,
        purpose: &SecretPurpose,
    ) -> Result<Imported, Error> {
        let mut imported = Imported::default();
        for (name, value) in file.entries() {
            if value.is_empty() {
                imported.empty.push(name.to_owned());
                continue;
            }
            let secret = NewSecret::new(Tenant::new(tenant), name, value, purpose.clone());
            match self.put(caller, &secret).await {
                Ok(reference) => imported.put.push(reference),
                // Others may also have been in the way, and then the name is free.
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    if self.inner.find_named(tenant, name).await?.is_none() {
                        return Err(error);
                    }
                    imported.known.push(name.to_owned());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(imported)
    }

    /// Returns the names of all secrets of a tenant, in order, and nothing else of
    /// them.
    ///
    /// # Errors
    /// [`Store`](ErrorKind::Store) where the store or the log fails.
    pub async fn export_names(&self, caller: &Caller, tenant: &str) -> Result<Vec<String>, Error> {
        let trail = Trail::of_tenant(&self.inner, caller, "secret.export_names", tenant)?;
        let trail = trail.attempt().await?;
        let exported = async {
            let mut names: Vec<String> = Vec::new();
            let mut pages = self.inner.secret_pages(tenant, Filter::new());
            while let Some(page) = pages.next().await? {
                names.extend(page.iter().map(|info| info.secret.name().to_owned()));
            }
            Ok(names)
        };
        let exported = exported.await;
        let count = exported.as_ref().map_or(0, |names| names.len() as u64);
        trail.count("secrets", count)?.end(exported).await
    }
}
