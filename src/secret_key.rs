//! What all keys of 32 bytes share: where they come from, and the file they are kept in.

use std::path::Path;

use zeroize::Zeroizing;

use crate::random::random;
use crate::secret::Secret;
use crate::{Error, key_file};

/// The number of bytes of a key.
pub(crate) const LEN: usize = 32;
/// What the only line of a key file begins with.
const FORMAT: &[u8] = b"confidant-key-v1";
/// The most bytes of a key file, which has about 100.
const MOST: usize = 4096;

/// Makes a key of the system's random numbers.
pub(crate) fn generate() -> Result<Secret<[u8; LEN]>, Error> {
    Secret::try_fill(|bytes: &mut [u8; LEN]| random(bytes))
}

/// Reads the key for `role` from its file.
pub(crate) fn load(path: &Path, role: &str) -> Result<Secret<[u8; LEN]>, Error> {
    parse(&key_file::read(path, MOST)?, role)
}

/// Writes the key for `role` to a new file.
pub(crate) fn save(path: &Path, role: &str, key: &Secret<[u8; LEN]>) -> Result<(), Error> {
    key_file::create(path, &text(role, key))
}

/// Writes a key as text: the format, the role, and the bytes in hexadecimal digits.
fn text(role: &str, key: &Secret<[u8; LEN]>) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(MOST));
    text.extend_from_slice(FORMAT);
    text.push(b' ');
    text.extend_from_slice(role.as_bytes());
    text.push(b' ');
    push_hex(key.expose_secret(), &mut text);
    text.push(b'\n');
    text
}

/// Reads what [`text`] wrote.
fn parse(text: &[u8], role: &str) -> Result<Secret<[u8; LEN]>, Error> {
    let mut words = text.trim_ascii_end().split(|byte| *byte == b' ');
    if words.next() != Some(FORMAT) {
        return Err(Error::config("the file holds no key of this format"));
    }
    if words.next() != Some(role.as_bytes()) {
        return Err(Error::config("the file holds a key for another role"));
    }
    let key = words.next().and_then(from_hex);
    key.filter(|_| words.next().is_none())
        .ok_or_else(|| Error::config("the key in the file is not 64 hexadecimal digits"))
}

/// Reads 32 bytes from 64 hexadecimal digits.
pub(crate) fn from_hex(digits: &[u8]) -> Option<Secret<[u8; LEN]>> {
    if digits.len() != 2 * LEN {
        return None;
    }
    Secret::try_fill(|key: &mut [u8; LEN]| {
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().try_fold(0, |value, digit| {
                let digit = char::from(*digit).to_digit(16).ok_or(())?;
                Ok::<u8, ()>(value << 4 | digit as u8)
            })?;
        }
        Ok::<_, ()>(())
    })
    .ok()
}

/// Appends the bytes as hexadecimal digits. The text must have room for them, so that it
/// does not move and leave a copy behind.
pub(crate) fn push_hex(bytes: &[u8; LEN], text: &mut Vec<u8>) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(if digit < 10 { b'0' } else { b'a' - 10 } + digit);
        }
    }
}

/// Gives a key type its constructors, its file and a `Debug` that shows nothing. The type
/// has one field, `bytes: Arc<Secret<[u8; 32]>>`.
#[cfg(any(feature = "audit", feature = "pseudonym", feature = "redact"))]
macro_rules! secret_key {
    ($name:ident, $role:literal) => {
        impl $name {
            /// The number of bytes of a key.
            pub const LEN: usize = $crate::secret_key::LEN;
            /// What its file says that the key is for.
            const ROLE: &str = $role;

            /// Takes the bytes of a key, which must be random. The caller must wipe its
            /// own copy.
            #[must_use]
            pub fn from_bytes(mut bytes: [u8; Self::LEN]) -> Self {
                Self::from_secret($crate::secret::Secret::from(&mut bytes))
            }

            /// Takes the bytes of a key, which must be random, without a copy of them.
            #[must_use]
            pub fn from_secret(bytes: $crate::secret::Secret<[u8; Self::LEN]>) -> Self {
                Self {
                    bytes: std::sync::Arc::new(bytes),
                }
            }

            /// Makes a key from the system's random numbers.
            ///
            /// # Errors
            /// [`KeyService`](crate::ErrorKind::KeyService) if the system has none.
            pub fn generate() -> Result<Self, $crate::Error> {
                $crate::secret_key::generate().map(Self::from_secret)
            }

            /// Reads the key from a file that [`save`](Self::save) wrote.
            ///
            /// # Errors
            /// [`Store`](crate::ErrorKind::Store) if the file cannot be read.
            /// [`Refused`](crate::ErrorKind::Refused) if it is a symbolic link or not a
            /// regular file, if anyone but its owner may read or write it, and on every
            /// system but Unix, where that cannot be checked.
            /// [`Config`](crate::ErrorKind::Config) if it holds no key of this type.
            /// [`Limit`](crate::ErrorKind::Limit) if it has more than 4,096 bytes.
            pub fn load(path: impl AsRef<std::path::Path>) -> Result<Self, $crate::Error> {
                let bytes = $crate::secret_key::load(path.as_ref(), Self::ROLE)?;
                Ok(Self::from_secret(bytes))
            }

            /// Writes the key to a new file that only its owner may read (mode 0600), in
            /// the form that the page `formats` of the manual gives.
            ///
            /// # Errors
            /// [`Store`](crate::ErrorKind::Store) if there is such a file or it cannot be
            /// written. [`Refused`](crate::ErrorKind::Refused) on every system but Unix.
            pub fn save(&self, path: impl AsRef<std::path::Path>) -> Result<(), $crate::Error> {
                $crate::secret_key::save(path.as_ref(), Self::ROLE, &self.bytes)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

#[cfg(any(feature = "audit", feature = "pseudonym", feature = "redact"))]
pub(crate) use secret_key;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn key() -> Secret<[u8; LEN]> {
        Secret::fill(|bytes: &mut [u8; LEN]| {
            for (at, byte) in bytes.iter_mut().enumerate() {
                *byte = u8::try_from(at * 8).unwrap();
            }
        })
    }

    #[test]
    fn the_form_is_frozen_and_read_back() {
        let written = text("log", &key());
        assert_eq!(
            str::from_utf8(&written).unwrap(),
            "confidant-key-v1 log 0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8\n"
        );
        let read = parse(&written, "log").unwrap();
        assert_eq!(read.expose_secret(), key().expose_secret());
    }

    #[test]
    fn what_is_not_just_that_is_no_key() {
        let written = String::from_utf8(text("log", &key()).to_vec()).unwrap();
        let written = written.trim_end();
        for wrong in [
            String::new(),
            written.replace("v1", "v2"),
            written.replace(" log ", " ledger "),
            written.replace(" log ", "  log "),
            written.replace("f8", ""),
            written.replace("f8", "fg"),
            written.replace("f8", "+8"),
            format!("{written}00"),
            format!("{written} 00"),
            format!("{written}\n{written}"),
            format!(" {written}"),
        ] {
            let error = parse(wrong.as_bytes(), "log").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{wrong}");
            assert!(!format!("{error:?}").contains("d0d8e0"));
        }
    }
}
