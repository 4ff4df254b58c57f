//! Proofs as files, as defined by C2SP tlog-proof.

use std::fmt;
use std::sync::Arc;

use super::checkpoint::{Checkpoint, decimal};
use super::entry::LogRecord;
use super::key::VerifyingKey;
use super::note::MAX_NOTE;
use super::tree::{Hash, InclusionProof, MAX_PATH};
use crate::Error;
use crate::error::AuditCause;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
const MAX_TEXT: usize = 2 * MAX_NOTE;

/// A proof that an entry is in the log: where, the path to the root, and the signed
/// checkpoint that has this root.
///
/// It is complete in itself: the log's verifying key is all that it takes to verify it. As text it is a C2SP tlog-proof.
///
/// # Example
/// ```
/// use confidant::audit::{Access, Entry, Identifier, Log, LogProof, Outcome};
///
/// # pollster::block_on(async {
/// let log = Log::in_memory()?;
/// let entry = Entry::new(Identifier::new("secret.put")?, Outcome::Succeeded);
/// let index = log.append(entry).await?.index();
/// let text = log.inclusion_proof(index).await?.to_string();
///
/// // Elsewhere, with the text, the bytes of the entry and the key:
/// # let access = Access::new(Identifier::new("auditor:7")?);
/// # let record = log.read(index..index + 1, &access).await?.remove(0);
/// let bytes = record.to_bytes()?;
/// let proof = LogProof::open(&text, &[log.verifying_key()])?;
/// proof.verify(&bytes)?;
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogProof {
    inclusion: InclusionProof,
    checkpoint: Arc<Checkpoint>,
}

impl LogProof {
    pub(super) fn new(inclusion: InclusionProof, checkpoint: Arc<Checkpoint>) -> Self {
        Self {
            inclusion,
            checkpoint,
        }
    }

    /// Reads a proof whose checkpoint one of `keys` signed. Extra data is skipped.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) or [`Limit`](crate::ErrorKind::Limit)
    /// where the text is no proof, [`Integrity`](crate::ErrorKind::Integrity) where
    /// its checkpoint is not signed by one of the keys.
    pub fn open(text: &str, keys: &[VerifyingKey]) -> Result<Self, Error> {
        let malformed = || Error::config("text is not a proof as of C2SP tlog-proof");
        if text.len() > MAX_TEXT {
            return Err(Error::limit("proof", MAX_TEXT as u64));
        }
        let (head, note) = text.split_once("\n\n").ok_or_else(malformed)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(malformed());
        }
        lines.next_if(|line| line.starts_with("extra "));
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.and_then(decimal).ok_or_else(malformed)?;
        let path = lines.map(Hash::parse).collect::<Result<Vec<_>, _>>();
        let path = path.map_err(|_| malformed())?;
        if path.len() > MAX_PATH {
            return Err(Error::limit("hashes of a proof", MAX_PATH as u64));
        }
        let checkpoint = Checkpoint::open(note, keys)?;
        let inclusion = InclusionProof::new(index, checkpoint.size(), path);
        Ok(Self::new(inclusion, Arc::new(checkpoint)))
    }

    /// Verifies that the entry with these bytes is the one that this proves to be
    /// in the log, and is of this crate's form. For entries of other programs verify
    /// the [path](Self::inclusion) itself.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where it is not.
    pub fn verify(&self, entry: &[u8]) -> Result<(), Error> {
        self.inclusion.verify(entry, self.checkpoint.root())?;
        let leaf = self.inclusion.index();
        LogRecord::times(entry).map_err(|_| AuditCause::Malformed { leaf })?;
        Ok(())
    }

    /// Returns the path to the root.
    #[must_use]
    pub fn inclusion(&self) -> &InclusionProof {
        &self.inclusion
    }

    /// Returns the checkpoint to whose root the path leads.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

impl fmt::Display for LogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}\nindex {}", self.inclusion.index())?;
        for hash in self.inclusion.path() {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.checkpoint.note())
    }
}
