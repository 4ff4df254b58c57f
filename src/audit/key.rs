//! Keys that sign checkpoints, and keys that verify them.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::path::Path;

use base64ct::{Base64, Encoding as _};
use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::plain;
use crate::Error;
use crate::error::ErrorKind;
use crate::new_file::{self, Readers};
use crate::pointer::for_pointers;
use crate::random::random;

/// The signature type of a log's own Ed25519 signature.
pub(super) const ED25519: u8 = 0x01;
/// The signature type of a witness's Ed25519 cosignature.
pub(super) const COSIGNATURE: u8 = 0x04;

const PRIVATE: &str = "PRIVATE+KEY+";
const MAX_NAME: usize = 255;
/// The most bytes of the file of a key: it takes fewer than 400.
const MAX_FILE: usize = 4096;

/// What signs the checkpoints of a log.
///
/// It is called once for each batch of entries, on the thread that writes the
/// log: an implementation that asks a service holds up the log meanwhile.
pub trait Signer: Send + Sync + fmt::Debug {
    /// Returns the key that verifies what this signs.
    fn verifying_key(&self) -> &VerifyingKey;

    /// Returns the Ed25519 signature of `text`.
    ///
    /// # Errors
    /// [`KeyService`](crate::ErrorKind::KeyService) where it cannot sign; the
    /// entries of the batch are then not appended.
    fn sign(&self, text: &[u8]) -> Result<[u8; 64], Error>;
}

for_pointers! {
    impl Signer {
        fn verifying_key(&self) -> &VerifyingKey {
            (**self).verifying_key()
        }

        fn sign(&self, text: &[u8]) -> Result<[u8; 64], Error> {
            (**self).sign(text)
        }
    }
}

/// The key that verifies the checkpoints of a log, with its name.
///
/// As text it is the verifier key of C2SP signed notes:
/// `name+hash+base64(type ‖ key)`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    note: NoteKey,
}

/// The key that verifies the cosignatures of a witness, with its name.
///
/// As text it is a verifier key of type 0x04, as C2SP tlog-cosignature defines it.
#[derive(Clone, PartialEq, Eq)]
pub struct WitnessKey {
    note: NoteKey,
}

/// A named Ed25519 key for one type of signature.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct NoteKey {
    name: Box<str>,
    id: [u8; 4],
    kind: u8,
    key: ed25519_dalek::VerifyingKey,
}

impl NoteKey {
    fn new(name: &str, kind: u8, key: ed25519_dalek::VerifyingKey) -> Result<Self, Error> {
        check_name(name)?;
        Ok(Self {
            name: name.into(),
            id: key_id(name, kind, key.as_bytes()),
            kind,
            key,
        })
    }

    fn parse(text: &str, expected: u8) -> Result<Self, Error> {
        let malformed = || Error::config("verifying key is not of the form `name+hash+key`");
        // The base 64 at the end may itself have a `+`.
        let (name, rest) = text.split_once('+').ok_or_else(malformed)?;
        let (id, key) = rest.split_once('+').ok_or_else(malformed)?;
        let mut bytes = [0; 33];
        let decoded = Base64::decode(key, &mut bytes).map_err(|_| malformed())?;
        if decoded.len() != 33 {
            return Err(malformed());
        }
        let [kind, key @ ..] = bytes;
        if kind != expected {
            return Err(Error::config("verifying key is of another type"));
        }
        let key = ed25519_dalek::VerifyingKey::from_bytes(&key)
            .ok()
            .filter(|key| !key.is_weak());
        let key =
            key.ok_or_else(|| Error::config("verifying key is not a point to verify with"))?;
        let parsed = Self::new(name, kind, key)?;
        if hex(parsed.id) != id {
            return Err(Error::config(
                "verifying key does not have the hash it gives",
            ));
        }
        Ok(parsed)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Whether `signature` is this key's of `text`.
    pub(super) fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else {
            return false;
        };
        self.key.verify_strict(text, &signature).is_ok()
    }
}

impl fmt::Display for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [self.kind; 33];
        let [_, key @ ..] = &mut bytes;
        *key = *self.key.as_bytes();
        let key = Base64::encode_string(&bytes);
        write!(f, "{}+{}+{key}", self.name, hex(self.id))
    }
}

macro_rules! public_key {
    ($type:ident, $kind:expr) => {
        impl $type {
            /// Reads a verifier key.
            ///
            /// # Errors
            /// [`Config`](crate::ErrorKind::Config) where the text is none, is of
            /// another type, or holds a key that verifies too much.
            pub fn parse(text: &str) -> Result<Self, Error> {
                let note = NoteKey::parse(text, $kind)?;
                Ok(Self { note })
            }

            /// Returns the name of the key.
            #[must_use]
            pub fn name(&self) -> &str {
                self.note.name()
            }

            pub(super) const fn note(&self) -> &NoteKey {
                &self.note
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.note.fmt(f)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self.note)
            }
        }
    };
}

public_key!(VerifyingKey, ED25519);
public_key!(WitnessKey, COSIGNATURE);

impl VerifyingKey {
    /// Takes the bytes of a key of that name, in the encoding of RFC 8032, for an
    /// implementation of [`Signer`].
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a name that is empty, longer than
    /// 255 bytes or has blanks, control characters or a `+`, and for bytes that
    /// are no key.
    pub fn from_bytes(name: &str, bytes: &[u8; 32]) -> Result<Self, Error> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).ok();
        let key = key.filter(|key| !key.is_weak());
        let key =
            key.ok_or_else(|| Error::config("verifying key is not a point to verify with"))?;
        let note = NoteKey::new(name, ED25519, key)?;
        Ok(Self { note })
    }

    /// Reads the key from a file that [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) where the file cannot be read,
    /// [`Config`](crate::ErrorKind::Config) where it holds no key.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let unread = |error| store("verifying key cannot be read", error);
        let mut options = OpenOptions::new();
        let file = plain::open(path.as_ref(), options.read(true)).map_err(unread)?;
        let mut text = String::new();
        plain::read(&file, MAX_FILE, &mut text).map_err(unread)?;
        Self::parse(text.trim_end())
    }

    /// Writes the key to a new file, as one line of text: what an auditor needs, and
    /// what the example `audit_verify` takes as `--key`.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) where the file is there already or cannot
    /// be written.
    ///
    /// # Example
    /// ```no_run
    /// use confidant::audit::{Signer, SigningKey, VerifyingKey};
    ///
    /// let key = SigningKey::load("audit.key")?;
    /// key.verifying_key().save("audit.pub")?;
    /// assert_eq!(&VerifyingKey::load("audit.pub")?, key.verifying_key());
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let unwritten = |error| store("verifying key cannot be written", error);
        let text = format!("{self}\n");
        new_file::write(path.as_ref(), text.as_bytes(), Readers::Default).map_err(unwritten)
    }
}

/// An Ed25519 key that signs the checkpoints of a log. It is wiped when dropped.
///
/// Its name is the origin of the log: a text that belongs to this log alone, such
/// as `acme.example/audit`.
///
/// # Example
/// ```
/// use confidant::audit::{Signer, SigningKey, VerifyingKey};
///
/// let key = SigningKey::generate("acme.example/audit")?;
/// // What auditors get.
/// let text = key.verifying_key().to_string();
/// assert_eq!(VerifyingKey::parse(&text)?.name(), "acme.example/audit");
/// # Ok::<(), confidant::Error>(())
/// ```
pub struct SigningKey {
    key: Box<ed25519_dalek::SigningKey>,
    verifying: VerifyingKey,
}

impl SigningKey {
    /// Creates a new key, made of the system's random numbers.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a name that is empty, longer than
    /// 255 bytes or has blanks, control characters or a `+`;
    /// [`KeyService`](crate::ErrorKind::KeyService) where the system has no random
    /// numbers.
    pub fn generate(name: &str) -> Result<Self, Error> {
        let mut seed = Zeroizing::new([0; 32]);
        random(&mut *seed)?;
        Self::from_seed(name, &seed)
    }

    /// Creates the key that RFC 8032 derives from `seed`, which must be random.
    ///
    /// # Errors
    /// As [`generate`](Self::generate) has them for the name.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, Error> {
        let key = Box::new(ed25519_dalek::SigningKey::from_bytes(seed));
        let note = NoteKey::new(name, ED25519, key.verifying_key())?;
        let verifying = VerifyingKey { note };
        Ok(Self { key, verifying })
    }

    /// Reads the key from a file that [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) where the file cannot be read,
    /// [`Refused`](crate::ErrorKind::Refused) where others than its owner may read
    /// it (on Unix), [`Config`](crate::ErrorKind::Config) where it holds no key.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let unread = |error| store("signing key cannot be read", error);
        let mut options = OpenOptions::new();
        let file = plain::open(path.as_ref(), options.read(true)).map_err(unread)?;
        only_for_its_owner(&file.metadata().map_err(unread)?)?;
        let mut text = Zeroizing::new(String::new());
        plain::read(&file, MAX_FILE, &mut text).map_err(unread)?;
        let malformed = || Error::config("file holds no signing key");
        let body = text
            .trim_end()
            .strip_prefix(PRIVATE)
            .ok_or_else(malformed)?;
        let (name, rest) = body.split_once('+').ok_or_else(malformed)?;
        let (id, seed) = rest.split_once('+').ok_or_else(malformed)?;
        let mut bytes = Zeroizing::new([0; 33]);
        let decoded = Base64::decode(seed, &mut *bytes).map(<[u8]>::len);
        let [kind, seed @ ..] = &*bytes;
        if decoded != Ok(33) || *kind != ED25519 {
            return Err(malformed());
        }
        let key = Self::from_seed(name, seed)?;
        if hex(key.verifying.note.id) != id {
            return Err(malformed());
        }
        Ok(key)
    }

    /// Writes the key to a new file that only its owner may read (on Unix, mode
    /// 0600), in the form in which Go's `note` package keeps keys.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) where the file is there already or cannot
    /// be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let unwritten = |error| store("signing key cannot be written", error);
        let mut bytes = Zeroizing::new([ED25519; 33]);
        let [_, seed @ ..] = &mut *bytes;
        seed.copy_from_slice(self.key.as_bytes());
        let note = &self.verifying.note;
        let mut text = format!("{PRIVATE}{}+{}+", note.name, hex(note.id));
        text.reserve_exact(48);
        let mut digits = Zeroizing::new([0; 44]);
        let encoded = Base64::encode(&*bytes, &mut *digits);
        text.push_str(encoded.map_err(|_| Error::config("signing key has another length"))?);
        text.push('\n');
        let text = Zeroizing::new(text);
        new_file::write(path.as_ref(), text.as_bytes(), Readers::Owner).map_err(unwritten)
    }
}

impl Signer for SigningKey {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    fn sign(&self, text: &[u8]) -> Result<[u8; 64], Error> {
        Ok(self.key.sign(text).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("verifying_key", &self.verifying)
            .finish_non_exhaustive()
    }
}

/// Makes sure that a key name is one of C2SP signed notes.
fn check_name(name: &str) -> Result<(), Error> {
    let allowed = |c: char| c != '+' && !c.is_whitespace() && !c.is_control();
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(allowed) {
        return Err(Error::config(
            "key name is not 1 to 255 bytes without blanks, control characters and `+`",
        ));
    }
    Ok(())
}

fn key_id(name: &str, kind: u8, key: &[u8; 32]) -> [u8; 4] {
    let digest = Sha256::new().chain_update(name).chain_update([b'\n', kind]);
    let [a, b, c, d, ..] = <[u8; 32]>::from(digest.chain_update(key).finalize());
    [a, b, c, d]
}

fn hex(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

#[cfg(unix)]
fn only_for_its_owner(metadata: &fs::Metadata) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;

    if metadata.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(Error::message(
        ErrorKind::Refused,
        "file of a signing key may be read by others than its owner",
    ))
}

#[cfg(not(unix))]
fn only_for_its_owner(_: &fs::Metadata) -> Result<(), Error> {
    Ok(())
}

/// A failure of a file or store.
#[cold]
pub(super) fn store(
    what: &'static str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::message(ErrorKind::Store, what).with_source(error)
}
