//! Data subjects.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::Error;
use crate::error::TaxonomyCause;

/// A data subject, by the id that the product gave them.
///
/// The id may be personal data itself, such as an address. So there is no `Display`,
/// `Debug` shows its length alone, and what confidant stores about a subject is filed
/// under a keyed pseudonym. Cloning copies a pointer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(Arc<str>);

impl Subject {
    /// The most bytes of an id.
    pub const MAX_LEN: usize = 256;

    /// Checks an id and takes it: 1 to [`MAX_LEN`](Self::MAX_LEN) bytes of any text.
    ///
    /// # Errors
    /// `Config` where it is empty, `Limit` where it is longer than
    /// [`MAX_LEN`](Self::MAX_LEN).
    pub fn new(id: &str) -> Result<Self, Error> {
        let (len, limit) = (id.len(), Self::MAX_LEN);
        let what = "data subject";
        if len == 0 {
            return Err(TaxonomyCause::Empty { what }.into());
        }
        if len > limit {
            return Err(TaxonomyCause::Length { what, len, limit }.into());
        }
        Ok(Self(id.into()))
    }

    /// Returns the id.
    ///
    /// # Security
    /// It may be personal data, so it does not belong in a log.
    #[must_use]
    pub fn expose_id(&self) -> &str {
        &self.0
    }
}

impl FromStr for Subject {
    type Err = Error;

    /// # Errors
    /// The same as [`Subject::new`].
    fn from_str(id: &str) -> Result<Self, Error> {
        Self::new(id)
    }
}

impl TryFrom<&str> for Subject {
    type Error = Error;

    /// # Errors
    /// The same as [`Subject::new`].
    fn try_from(id: &str) -> Result<Self, Error> {
        Self::new(id)
    }
}

/// A subject can be read. Nothing writes it by accident: [`expose_id`](Subject::expose_id)
/// does, by name.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Subject {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::id::deserialize(deserializer)
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn an_id_is_bounded_and_not_shown() {
        let subject = Subject::new("jo@mail.test").unwrap();
        assert_eq!(subject.expose_id(), "jo@mail.test");
        assert_eq!(format!("{subject:?}"), "Subject(12 bytes)");
        assert_eq!(Subject::new("").unwrap_err().kind(), ErrorKind::Config);
        let long = "x".repeat(257);
        assert_eq!(Subject::new(&long).unwrap_err().kind(), ErrorKind::Limit);
    }
}
