//! References to secrets.

use std::fmt;

use crate::Error;
use crate::taxonomy::Tenant;

/// Names a secret in a vault, and nothing of its value.
///
/// It stands for the secret that was put, not for its name: once that is shredded,
/// a secret of the same name is another one, and the reference leads nowhere.
///
/// ```compile_fail
/// # fn show(secret: confidant::vault::SecretRef) {
/// secret.expose_secret();
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SecretRef {
    tenant: Box<str>,
    name: Box<str>,
    id: [u8; 16],
    version: Option<u64>,
}

impl SecretRef {
    pub(super) fn new(tenant: &str, name: &str, id: [u8; 16]) -> Self {
        Self {
            tenant: tenant.into(),
            name: name.into(),
            id,
            version: None,
        }
    }

    /// Creates the reference that [`to_text`](Self::to_text) wrote, for a secret of
    /// `tenant` and `name`.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the text is no such reference.
    pub fn parse(tenant: Tenant<'_>, name: &str, text: &str) -> Result<Self, Error> {
        let malformed = || Error::config("reference to a secret is not what was written");
        let (id, version) = match text.split_once('@') {
            Some((id, version)) => (id, Some(version)),
            None => (text, None),
        };
        if id.len() != 32
            || !id
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        {
            return Err(malformed());
        }
        let id = u128::from_str_radix(id, 16).map_err(|_| malformed())?;
        let version = match version {
            Some(version) => {
                let number: u64 = version.parse().map_err(|_| malformed())?;
                if number == 0 || number.to_string() != version {
                    return Err(malformed());
                }
                Some(number)
            }
            None => None,
        };
        Ok(Self {
            version,
            ..Self::new(tenant.as_str(), name, id.to_be_bytes())
        })
    }

    /// Returns the text form of the reference, to keep beside tenant and name: 32
    /// hexadecimal digits, and `@` and the version where there is one.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self.version {
            Some(version) => format!("{}@{version}", self.id_text()),
            None => self.id_text(),
        }
    }

    /// The id as text, in which the log names the secret.
    pub(super) fn id_text(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.id))
    }

    /// Returns a reference to the same secret in this version, rather than the latest. It
    /// is for using and revealing. Verbs that change the whole secret refuse it.
    #[must_use]
    pub fn at_version(mut self, version: u64) -> Self {
        self.version = Some(version);
        self
    }

    /// Returns the tenant that owns the secret.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Returns the name of the secret.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the version it is fixed to, if it is; the latest is meant otherwise.
    #[must_use]
    pub const fn version(&self) -> Option<u64> {
        self.version
    }

    /// Refuses a reference to one version, for what is done to all of them.
    pub(super) fn check_is_whole(&self) -> Result<(), Error> {
        match self.version {
            None => Ok(()),
            Some(_) => Err(Error::config(
                "reference is to one version, and this changes the whole secret",
            )),
        }
    }

    pub(super) const fn id(&self) -> &[u8; 16] {
        &self.id
    }
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretRef")
            .field("tenant_bytes", &self.tenant.len())
            .field("name_bytes", &self.name.len())
            .field("id", &self.to_text())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_written_and_read() {
        let reference = SecretRef::new("acme", "github", [7; 16]);
        for reference in [reference.clone(), reference.at_version(12)] {
            let text = reference.to_text();
            assert_eq!(
                SecretRef::parse(Tenant::new("acme"), "github", &text).unwrap(),
                reference
            );
        }
        let id = "0".repeat(32);
        for text in [
            "",
            "x",
            &id[1..],
            &id.replace('0', "A"),
            &format!("{id}@"),
            &format!("{id}@0"),
            &format!("{id}@01"),
            &format!("+{}", &id[1..]),
        ] {
            assert!(
                SecretRef::parse(Tenant::new("acme"), "github", text).is_err(),
                "{text}"
            );
        }
    }
}
