//! Identifiers of things and persons in entries.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding as _};

use crate::Error;

/// The name of a thing or a person in an entry: a plain id, or a digest under a key.
///
/// A plain id stays in the log for ever, so it must not be personal. It has no room for
/// blanks and `@`, which keeps names and addresses out. Use a digest for what is personal
/// or can be guessed from a short list: under the key of the log ([`LogKey`](crate::audit::LogKey)) or under a key of the person's own,
/// which can be destroyed ([`LogSubjectKeys`](crate::audit::LogSubjectKeys)).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    form: Form,
}

/// The key that a digest is under.
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
    Digest(DigestKind, [u8; 32], Box<str>),
    Plain(Box<str>),
}

impl Identifier {
    /// The most bytes of a plain id.
    pub const MAX: usize = 255;

    /// Creates a plain id: 1 to 255 letters, digits and `-_.:/`.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for another character or none, and for the text
    /// of a digest, which would be taken for that digest; [`Limit`](crate::ErrorKind::Limit)
    /// for more bytes. The error does not show it.
    pub fn new(id: &str) -> Result<Self, Error> {
        check(id)?;
        Ok(Self {
            form: Form::Plain(id.into()),
        })
    }

    /// Takes a digest that was made elsewhere, under a key.
    #[must_use]
    pub fn from_digest(kind: DigestKind, digest: [u8; 32]) -> Self {
        let text = [kind.prefix(), &Base64UrlUnpadded::encode_string(&digest)].concat();
        Self {
            form: Form::Digest(kind, digest, text.into()),
        }
    }

    /// Stands for an identifier that was checked and not kept.
    pub(super) fn unread() -> Self {
        Self {
            form: Form::Plain(Box::default()),
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
            Form::Digest(kind, digest, _) => Some((*kind, digest)),
        }
    }
}

impl DigestKind {
    /// What the text of a digest begins with.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Log => "log:",
            Self::Subject => "subject:",
        }
    }
}

/// Makes sure that a text is a plain id.
pub(super) fn check(id: &str) -> Result<(), Error> {
    check_name(id)?;
    if read_digest(id).is_some() {
        return Err(Error::config("audit identifier has the form of a digest"));
    }
    Ok(())
}

/// Makes sure that a text has only the characters of a plain id, and no more of them.
pub(super) fn check_name(id: &str) -> Result<(), Error> {
    if id.len() > Identifier::MAX {
        return Err(Error::limit("audit identifier", Identifier::MAX as u64));
    }
    if id.is_empty() {
        return Err(Error::config("audit identifier is empty"));
    }
    if !is_plain(id) {
        return Err(Error::config(
            "audit identifier has a character other than a letter, digit or `-_.:/`",
        ));
    }
    Ok(())
}

/// Reads the text of a digest.
fn read_digest(id: &str) -> Option<(DigestKind, [u8; 32])> {
    let digest = |kind: DigestKind| {
        let text = id.strip_prefix(kind.prefix())?;
        let mut digest = [0; 32];
        let read = Base64UrlUnpadded::decode(text, &mut digest).ok()?;
        (read.len() == 32).then_some((kind, digest))
    };
    digest(DigestKind::Log).or_else(|| digest(DigestKind::Subject))
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

    /// Reads a plain id, or the text of a digest.
    ///
    /// # Errors
    /// The same as [`Identifier::new`].
    fn from_str(id: &str) -> Result<Self, Error> {
        match read_digest(id) {
            Some((kind, digest)) => Ok(Self::from_digest(kind, digest)),
            None => Self::new(id),
        }
    }
}

crate::id::parsed_id!(Identifier);

impl AsRef<str> for Identifier {
    /// Returns a plain id as it is; for a digest, `log:` or `subject:` and base 64 without
    /// padding, for URLs.
    fn as_ref(&self) -> &str {
        match &self.form {
            Form::Digest(_, _, text) | Form::Plain(text) => text,
        }
    }
}

impl fmt::Display for Identifier {
    /// Shows the same text as `as_ref`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_ref())
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

    #[test]
    fn the_text_of_a_digest_is_that_digest_and_no_plain_id() {
        for kind in [DigestKind::Log, DigestKind::Subject] {
            for byte in [0, 7, 0xff] {
                let id = Identifier::from_digest(kind, [byte; 32]);
                let text = id.to_string();
                assert_eq!(text.parse::<Identifier>().unwrap(), id);
                assert_eq!(
                    Identifier::new(&text).unwrap_err().kind(),
                    crate::ErrorKind::Config
                );
                // What differs in one character is a plain id, or another digest.
                let cut: Identifier = text[..text.len() - 1].parse().unwrap();
                assert_eq!(cut.as_str(), Some(&text[..text.len() - 1]));
                let longer: Identifier = format!("{text}A").parse().unwrap();
                assert_eq!(longer.as_str(), Some(&*format!("{text}A")));
            }
        }
        assert_eq!(
            Identifier::new("log:main").unwrap().as_str(),
            Some("log:main")
        );
    }
}
