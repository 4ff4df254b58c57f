//! Purposes and scopes of secrets.

use std::fmt;

use crate::Error;
use crate::id::{not_plain, text_id};

/// What a secret is used for, such as `repository-work`: 1 to 64 letters, digits
/// and `-_.:/`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretPurpose(Box<str>);

/// What a secret is used on, such as `github:acme/website`: 1 to 255 letters,
/// digits and `-_.:/`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Box<str>);

/// What a secret is to be used for now: a purpose, and the scope that it is used on if
/// there is one. A purpose alone is one, too.
///
/// # Example
/// ```
/// use confidant::vault::{SecretPurpose, Scope, SecretUse};
///
/// let (work, website) = (SecretPurpose::new("repository-work")?, Scope::new("github:acme/website")?);
/// let on_website = SecretUse::new(&work).scope(&website);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretUse<'a> {
    pub(super) purpose: &'a SecretPurpose,
    pub(super) scope: Option<&'a Scope>,
}

impl<'a> SecretUse<'a> {
    /// Uses it for a purpose, on nothing in particular.
    #[must_use]
    pub const fn new(purpose: &'a SecretPurpose) -> Self {
        Self {
            purpose,
            scope: None,
        }
    }

    /// Uses it on a scope, if there is one.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<Option<&'a Scope>>) -> Self {
        self.scope = scope.into();
        self
    }
}

impl<'a> From<&'a SecretPurpose> for SecretUse<'a> {
    fn from(purpose: &'a SecretPurpose) -> Self {
        Self::new(purpose)
    }
}

impl SecretPurpose {
    /// The most bytes of a purpose.
    pub const MAX: usize = 64;

    /// Takes the id of a purpose.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for another character or none,
    /// [`Limit`](crate::ErrorKind::Limit) for more bytes.
    pub fn new(id: &str) -> Result<Self, Error> {
        check(id, "purpose", Self::MAX)?;
        Ok(Self(id.into()))
    }

    /// Returns the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Scope {
    /// The most bytes of a scope.
    pub const MAX: usize = 255;

    /// Takes the id of a scope.
    ///
    /// # Errors
    /// As [`SecretPurpose::new`].
    pub fn new(id: &str) -> Result<Self, Error> {
        check(id, "scope", Self::MAX)?;
        Ok(Self(id.into()))
    }

    /// Returns the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_id!(SecretPurpose);
text_id!(Scope);

impl fmt::Debug for SecretPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Purpose({})", self.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scope({})", self.0)
    }
}

/// Ids stand in the audit log, which has room for these characters alone.
pub(super) fn check(id: &str, what: &'static str, most: usize) -> Result<(), Error> {
    if id.is_empty() || not_plain(id).is_some() {
        return Err(Error::config(
            "purpose, scope, kind, label or connection has a character other than a letter, digit or `-_.:/`, or none",
        ));
    }
    if id.len() > most {
        return Err(Error::limit(what, most as u64));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn ids_are_plain_and_bounded() {
        assert_eq!(
            SecretPurpose::new("repository-work").unwrap().as_str(),
            "repository-work"
        );
        assert_eq!(
            Scope::new("github:acme/website").unwrap().as_str(),
            "github:acme/website"
        );
        for id in ["", "jo@mail.test", "two words", "größe"] {
            assert_eq!(
                SecretPurpose::new(id).unwrap_err().kind(),
                ErrorKind::Config
            );
        }
        let long = "p".repeat(SecretPurpose::MAX + 1);
        assert_eq!(
            SecretPurpose::new(&long).unwrap_err().kind(),
            ErrorKind::Limit
        );
        assert!(Scope::new(&long).is_ok());
    }
}
