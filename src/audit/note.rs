//! Signed notes, as defined by C2SP signed-note: a text, an empty line, signatures.

use base64ct::{Base64, Encoding as _};

use super::key::{NoteKey, Signer};
use crate::Error;
use crate::error::ErrorKind;

/// The most bytes of a note.
pub(super) const MAX_NOTE: usize = 65_535;
/// The most signatures of a note.
const MAX_SIGNATURES: usize = 128;

/// A note, taken apart and not verified.
#[derive(Debug)]
pub(super) struct Note<'a> {
    /// The signed text, with the line feed at its end.
    pub(super) text: &'a str,
    signatures: Vec<Signature<'a>>,
}

#[derive(Debug)]
struct Signature<'a> {
    name: &'a str,
    id: [u8; 4],
    bytes: Vec<u8>,
    line: &'a str,
}

impl<'a> Note<'a> {
    pub(super) fn parse(note: &'a str) -> Result<Self, Error> {
        if note.len() > MAX_NOTE {
            return Err(Error::limit("signed note", MAX_NOTE as u64));
        }
        if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(Error::config("signed note has a control character"));
        }
        let split = note
            .rfind("\n\n")
            .and_then(|at| note.split_at_checked(at + 1));
        let Some((text, rest)) = split else {
            return Err(Error::config("signed note has no signature"));
        };
        let signatures = Signature::all(rest.strip_prefix('\n').unwrap_or(rest))?;
        Ok(Self { text, signatures })
    }

    /// What `check` makes of the signatures by `key`, one after the other.
    pub(super) fn by<'s>(&'s self, key: &'s NoteKey) -> impl Iterator<Item = &'s [u8]> {
        let by = move |signature: &&Signature<'_>| {
            signature.name == key.name() && signature.id == key.id()
        };
        self.signatures
            .iter()
            .filter(by)
            .map(|signature| &*signature.bytes)
    }

    /// The key ids of the signatures by keys of that name.
    pub(super) fn ids(&self, name: &str) -> impl Iterator<Item = [u8; 4]> {
        self.signatures
            .iter()
            .filter(move |signature| signature.name == name)
            .map(|signature| signature.id)
    }

    /// Whether what claims to be signatures by `key` are; `None` where there are none.
    pub(super) fn is_signed_by(&self, key: &NoteKey) -> Option<bool> {
        let mut signatures = self.by(key).peekable();
        signatures.peek()?;
        Some(signatures.all(|signature| key.verify(self.text.as_bytes(), signature)))
    }

    /// The lines of signatures that are by `key`.
    pub(super) fn lines_by<'s>(&'s self, key: &'s NoteKey) -> impl Iterator<Item = &'a str> + 's {
        let by = move |signature: &&Signature<'_>| {
            signature.name == key.name() && signature.id == key.id()
        };
        self.signatures
            .iter()
            .filter(by)
            .map(|signature| signature.line)
    }

    /// Verifies that at least one of `keys` signed the text, and that what claims
    /// to be the signature of one of them is.
    pub(super) fn verify<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k NoteKey>,
    ) -> Result<(), Error> {
        let mut signed = false;
        for key in keys {
            match self.is_signed_by(key) {
                None => {}
                Some(true) => signed = true,
                Some(false) => return Err(refused("signature of a known key does not verify")),
            }
        }
        if signed {
            Ok(())
        } else {
            Err(refused("note is not signed by a known key"))
        }
    }
}

impl<'a> Signature<'a> {
    /// Reads lines of signatures, each with its line feed.
    fn all(lines: &'a str) -> Result<Vec<Self>, Error> {
        let malformed = || Error::config("signature of a note is malformed");
        let lines = lines.strip_suffix('\n').ok_or_else(malformed)?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            let body = line.strip_prefix("— ").ok_or_else(malformed)?;
            let (name, encoded) = body.split_once(' ').ok_or_else(malformed)?;
            let named = |c: char| c != '+' && !c.is_whitespace();
            if name.is_empty() || !name.chars().all(named) {
                return Err(malformed());
            }
            let bytes = Base64::decode_vec(encoded).map_err(|_| malformed())?;
            let (id, bytes) = bytes.split_first_chunk().ok_or_else(malformed)?;
            if signatures.len() == MAX_SIGNATURES {
                return Err(Error::limit("signatures of a note", MAX_SIGNATURES as u64));
            }
            signatures.push(Self {
                name,
                id: *id,
                bytes: bytes.to_vec(),
                line,
            });
        }
        Ok(signatures)
    }
}

/// The line of a signature, with its line feed.
pub(super) fn signature_line(signer: &dyn Signer, text: &str) -> Result<String, Error> {
    let signature = signer.sign(text.as_bytes())?;
    let key = signer.verifying_key().note();
    let mut bytes = [0; 68];
    let (id, rest) = bytes.split_at_mut(4);
    id.copy_from_slice(&key.id());
    rest.copy_from_slice(&signature);
    let encoded = Base64::encode_string(&bytes);
    Ok(format!("— {} {encoded}\n", key.name()))
}

#[cold]
fn refused(what: &'static str) -> Error {
    Error::message(ErrorKind::Integrity, what)
}
