//! Identifiers of things and persons in entries.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding as _};

use crate::Error;

/// What an entry calls a thing or a person by: a plain id, or a digest under a key.
///
/// A plain id stands in the log for ever, so it must not be personal: it has no
/// room for blanks and `@`, which keeps names and addresses out. Whatever is
/// personal, or can be guessed from a short list, goes in as a digest: under the
/// key of the log ([`LogKey`](crate::audit::LogKey)) or under a key of the person's own,
/// which can be destroyed ([`LogSubjectKeys`](crate::audit::LogSubjectKeys)).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    form: Form,
}

/// Under which key a digest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DigestKind {
    /// The key of the log.
    Log,
    /// A key of the subject's own.
    Subject,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Form {
    Digest(DigestKind, [u8; 32]),
    Plain(Box<str>),
}

impl Identifier {
    /// The most bytes of a plain id.
    pub const MAX: usize = 255;

    /// Creates a plain id: 1 to 255 letters, digits and `-_.:/`.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for another character or none,
    /// [`Limit`](crate::ErrorKind::Limit) for more bytes. The error does not show it.
    pub fn new(id: &str) -> Result<Self, Error> {
        check(id)?;
        Ok(Self {
            form: Form::Plain(id.into()),
        })
    }

    /// Takes a digest that was made elsewhere, under a key.
    #[must_use]
    pub const fn from_digest(kind: DigestKind, digest: [u8; 32]) -> Self {
        Self {
            form: Form::Digest(kind, digest),
        }
    }

    /// Returns the plain id, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.form {
            Form::Plain(id) => Some(id),
            Form::Digest(..) => None,
        }
    }

    /// Returns the digest and its kind, if it is one.
    #[must_use]
    pub fn as_digest(&self) -> Option<(DigestKind, &[u8; 32])> {
        match &self.form {
            Form::Plain(_) => None,
            Form::Digest(kind, digest) => Some((*kind, digest)),
        }
    }
}

pub(super) fn check(id: &str) -> Result<(), Error> {
    if id.len() > Identifier::MAX {
        return Err(Error::limit("audit identifier", Identifier::MAX as u64));
    }
    if id.is_empty() || !is_plain(id) {
        return Err(Error::config(
            "audit identifier has a character other than a letter, digit or `-_.:/`, or none",
        ));
    }
    Ok(())
}

/// Whether there are only letters, digits and `-_.:/`, without a branch for each byte.
fn is_plain(id: &str) -> bool {
    let is_plain = |byte: u8| {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        // The digits stand between `-./` and `:`.
        let other = byte.wrapping_sub(b'-') <= b':' - b'-';
        letter | other | (byte == b'_')
    };
    id.bytes().fold(true, |all, byte| all & is_plain(byte))
}

impl FromStr for Identifier {
    type Err = Error;

    /// Takes a plain id.
    ///
    /// # Errors
    /// The same as [`Identifier::new`].
    fn from_str(id: &str) -> Result<Self, Error> {
        Self::new(id)
    }
}

impl TryFrom<&str> for Identifier {
    type Error = Error;

    /// Takes a plain id.
    ///
    /// # Errors
    /// The same as [`Identifier::new`].
    fn try_from(id: &str) -> Result<Self, Error> {
        Self::new(id)
    }
}

impl fmt::Display for Identifier {
    /// A plain id as it is; a digest as `log:` or `subject:` and base 64 without
    /// padding, for URLs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Plain(id) => f.write_str(id),
            Form::Digest(kind, digest) => {
                let kind = match kind {
                    DigestKind::Log => "log",
                    DigestKind::Subject => "subject",
                };
                write!(f, "{kind}:{}", Base64UrlUnpadded::encode_string(digest))
            }
        }
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_plain_or_is_not() {
        for byte in 0..=127_u8 {
            let id = char::from(byte).to_string();
            let plain = byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
            assert_eq!(is_plain(&id), plain, "{byte}");
            assert_eq!(is_plain(&format!("a{id}z{id}")), plain, "{byte}");
        }
        assert!(!is_plain("\u{e9}") && !is_plain("a\u{131}"));
    }
}
