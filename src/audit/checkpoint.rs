//! Checkpoints: the size and root of a log, signed.

use std::fmt;

use super::key::{Signer, VerifyingKey, WitnessKey};
use super::note::{Note, signature_line};
use super::tree::Hash;
use crate::Error;
use crate::error::ErrorKind;
use crate::time::Moment;

/// What a log was at one time: its origin, its size, the root of its tree, and
/// the signature of the log under them.
///
/// It is a C2SP tlog-checkpoint. Whoever keeps one can tell later, from a log and
/// a [`ConsistencyProof`](super::ConsistencyProof), whether anything before it was
/// changed or taken away. Its signature has been verified: there is no way to a
/// `Checkpoint` but by a log that signs, and by [`open`](Self::open).
///
/// # Example
/// ```
/// use confidant::audit::{Checkpoint, Log};
///
/// # pollster::block_on(async {
/// let log = Log::in_memory()?;
/// let checkpoint = log.checkpoint().await?;
/// let note = checkpoint.note().to_owned();
/// let opened = Checkpoint::open(&note, &[log.verifying_key()])?;
/// assert_eq!((opened.size(), opened.root()), (0, checkpoint.root()));
/// println!("verified {opened}");
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: Box<str>,
    size: u64,
    root: Hash,
    note: Box<str>,
}

/// What a witness vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cosignature {
    /// The name of the witness.
    pub witness: String,
    /// When it cosigned.
    pub time: Moment,
}

impl Checkpoint {
    /// Reads a signed note and verifies that one of `keys` signed it.
    ///
    /// Signatures of other keys are kept and not looked at.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the note is not a checkpoint,
    /// [`Integrity`](crate::ErrorKind::Integrity) where none of the keys signed it,
    /// what claims to be the signature of one is not, or its origin is not the name of
    /// the key that signed it.
    pub fn open(note: &str, keys: &[VerifyingKey]) -> Result<Self, Error> {
        let claim = Claim::parse(note)?;
        claim.note.verify(keys.iter().map(VerifyingKey::note))?;
        match claim.signed_by(keys) {
            SignedBy::Key(_) => Ok(claim.accept()),
            _ => Err(Error::message(
                ErrorKind::Integrity,
                "checkpoint has another origin than the name of the key that signed it",
            )),
        }
    }

    /// The size and root that a note names, not verified.
    pub(super) fn claims(note: &str) -> Option<(u64, Hash)> {
        let claim = Claim::parse(note).ok()?;
        Some((claim.size, claim.root))
    }

    /// Signs a new one.
    pub(super) fn sign(signer: &dyn Signer, size: u64, root: Hash) -> Result<Self, Error> {
        let origin = signer.verifying_key().name();
        let mut note = format!("{origin}\n{size}\n{root}\n");
        let line = signature_line(signer, &note)?;
        note.push('\n');
        note.push_str(&line);
        Ok(Self {
            origin: origin.into(),
            size,
            root,
            note: note.into(),
        })
    }

    /// Returns the name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns how many entries the log had.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Returns the root of its tree.
    #[must_use]
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// Returns the signed note.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }

    /// The text that is signed, without the signatures.
    pub(super) fn text(&self) -> &str {
        let text = self
            .note
            .rsplit_once("\n\n")
            .map(|(text, _)| text.len() + 1);
        text.and_then(|len| self.note.get(..len))
            .unwrap_or_default()
    }

    /// Returns the valid cosignatures of these witnesses, one for each witness at most.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where what claims to be a
    /// cosignature of one of them is not.
    pub fn cosignatures(&self, witnesses: &[WitnessKey]) -> Result<Vec<Cosignature>, Error> {
        let note = Note::parse(&self.note)?;
        let mut valid = Vec::new();
        for witness in witnesses {
            let mut latest = None;
            for signature in note.by(witness.note()) {
                let time = cosigned_at(witness, note.text, signature)?;
                latest = latest.max(Some(time));
            }
            valid.extend(latest.map(|time| Cosignature {
                witness: witness.name().to_owned(),
                time,
            }));
        }
        Ok(valid)
    }

    /// The checkpoint with the signature lines of `lines` that are valid
    /// cosignatures of these witnesses; the others are left out.
    pub(super) fn with_cosignatures(
        &self,
        lines: &str,
        witnesses: &[WitnessKey],
    ) -> Result<Self, Error> {
        let text = self.text();
        let joined = format!("{text}\n{lines}");
        let note = Note::parse(&joined)?;
        let mut with = String::from(self.note());
        for witness in witnesses {
            for (signature, line) in note.by(witness.note()).zip(note.lines_by(witness.note())) {
                if cosigned_at(witness, text, signature).is_ok() && !with.contains(line) {
                    with.push_str(line);
                    with.push('\n');
                }
            }
        }
        Ok(Self {
            note: with.into(),
            ..self.clone()
        })
    }
}

/// A checkpoint that was read and not verified.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    text: &'a str,
    note: Note<'a>,
    pub(super) origin: &'a str,
    pub(super) size: u64,
    pub(super) root: Hash,
}

/// Who signed a checkpoint.
#[derive(Debug)]
pub(super) enum SignedBy<'k> {
    /// This key, whose name is the origin.
    Key(&'k VerifyingKey),
    /// One of the keys, whose name is not the origin.
    Misnamed,
    /// None of the keys.
    Nobody,
    /// What claims to be the signature of one of the keys is not.
    Refuted,
}

impl<'a> Claim<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, Error> {
        let note = Note::parse(text)?;
        let (origin, size, root) = head(note.text)?;
        Ok(Self {
            text,
            note,
            origin,
            size,
            root,
        })
    }

    /// The key ids of the signatures under the name of the log.
    pub(super) fn ids(&self) -> impl Iterator<Item = [u8; 4]> + '_ {
        self.note.ids(self.origin)
    }

    /// Verifies the signatures by `keys`.
    pub(super) fn signed_by<'k>(&self, keys: &'k [VerifyingKey]) -> SignedBy<'k> {
        let mut signed = SignedBy::Nobody;
        for key in keys {
            match self.note.is_signed_by(key.note()) {
                None => {}
                Some(false) => return SignedBy::Refuted,
                Some(true) if key.name() == self.origin => signed = SignedBy::Key(key),
                Some(true) if matches!(signed, SignedBy::Key(_)) => {}
                Some(true) => signed = SignedBy::Misnamed,
            }
        }
        signed
    }

    /// The checkpoint, once its signature has been verified.
    pub(super) fn accept(&self) -> Checkpoint {
        Checkpoint {
            origin: self.origin.into(),
            size: self.size,
            root: self.root,
            note: self.text.into(),
        }
    }
}

/// The three lines of a checkpoint, and none beyond.
fn head(text: &str) -> Result<(&str, u64, Hash), Error> {
    let malformed = || Error::config("checkpoint is not an origin, a size and a root");
    let mut lines = text.strip_suffix('\n').ok_or_else(malformed)?.split('\n');
    let mut line = || {
        lines
            .next()
            .filter(|line| !line.is_empty())
            .ok_or_else(malformed)
    };
    let (origin, size, root) = (line()?, line()?, line()?);
    let size = decimal(size).ok_or_else(malformed)?;
    let root = Hash::parse(root).map_err(|_| malformed())?;
    // Lines of extension are part of what is signed, but say nothing here.
    if lines.any(str::is_empty) {
        return Err(malformed());
    }
    Ok((origin, size, root))
}

/// A number without leading zeros and signs.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    text.parse().ok().filter(|_| digits && !leading_zero)
}

/// When a witness signed, if it did.
fn cosigned_at(witness: &WitnessKey, text: &str, signature: &[u8]) -> Result<Moment, Error> {
    let invalid = || {
        Error::message(
            ErrorKind::Integrity,
            "cosignature of a known witness does not verify",
        )
    };
    let (time, signature) = signature.split_first_chunk().ok_or_else(invalid)?;
    let time = i64::try_from(u64::from_be_bytes(*time)).map_err(|_| invalid())?;
    let signed = format!("cosignature/v1\ntime {time}\n{text}");
    if !witness.note().verify(signed.as_bytes(), signature) {
        return Err(invalid());
    }
    Moment::from_unix_seconds(time)
}

/// Origin, size and root, such as `acme.example/audit 17 4a6f…`.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.origin, self.size, self.root)
    }
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint")
            .field("origin", &self.origin)
            .field("size", &self.size)
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}
