//! An anchor with a witness, as defined by C2SP tlog-witness.

use std::fmt;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{Anchor, Checkpoints};
use crate::Error;
use crate::audit::checkpoint::{Checkpoint, decimal};
use crate::audit::key::WitnessKey;
use crate::error::{AuditCause, ErrorKind};
use crate::pointer::for_pointers;

/// How often a witness may say that it last saw another size.
const TRIES: u32 = 4;

/// What carries a request to a witness: the caller's HTTP client.
#[async_trait]
pub trait WitnessTransport: Send + Sync + fmt::Debug {
    /// Sends `body` in a POST to `<submission prefix>/add-checkpoint` of the witness,
    /// and returns its answer, whatever its status.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) where there was no answer.
    async fn add_checkpoint(&self, body: String) -> Result<WitnessAnswer, Error>;
}

for_pointers! {
    #[async_trait]
    impl WitnessTransport {
        async fn add_checkpoint(&self, body: String) -> Result<WitnessAnswer, Error> {
            (**self).add_checkpoint(body).await
        }
    }
}

/// What a witness answered.
#[derive(Clone, PartialEq, Eq)]
pub struct WitnessAnswer {
    status: u16,
    body: String,
}

impl WitnessAnswer {
    /// Creates an answer of that HTTP status with that body, of which the first 64 KiB
    /// are enough.
    #[must_use]
    pub fn new(status: u16, body: String) -> Self {
        Self { status, body }
    }
}

/// An anchor with a witness: someone else who cosigns each checkpoint, and no two
/// that contradict each other. It is the one anchor that also keeps the owner of a
/// log from showing different logs to different people.
///
/// It speaks C2SP tlog-witness over a transport of the caller's.
#[derive(Debug)]
pub struct WitnessAnchor {
    transport: Arc<dyn WitnessTransport>,
    keys: Vec<WitnessKey>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The size that the witness last cosigned, as far as is known.
    size: u64,
    latest: Option<Checkpoint>,
}

impl WitnessAnchor {
    /// Creates a witness behind `transport` whose cosignatures verify with one of
    /// `keys`.
    #[must_use]
    pub fn new(transport: Arc<dyn WitnessTransport>, keys: Vec<WitnessKey>) -> Self {
        Self {
            transport,
            keys,
            state: Mutex::default(),
        }
    }

    /// Returns the latest checkpoint with the cosignatures of the witness: what to hand
    /// out.
    #[must_use]
    pub fn latest(&self) -> Option<Checkpoint> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.latest.clone()
    }

    fn size(&self) -> u64 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.size
    }

    /// Takes in what the witness cosigned.
    fn keep(&self, checkpoint: &Checkpoint, lines: &str) -> Result<(), Error> {
        let cosigned = checkpoint.with_cosignatures(lines, &self.keys)?;
        if cosigned.cosignatures(&self.keys)?.is_empty() {
            return Err(Error::message(
                ErrorKind::Integrity,
                "witness did not cosign the checkpoint with a known key",
            ));
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if checkpoint.size() >= state.size {
            state.size = checkpoint.size();
            state.latest = Some(cosigned);
        }
        Ok(())
    }
}

#[async_trait]
impl Anchor for WitnessAnchor {
    async fn advance(&self, log: &dyn Checkpoints) -> Result<(), Error> {
        let mut old = self.size();
        for _ in 0..TRIES {
            let checkpoint = log.checkpoint().await?;
            let size = checkpoint.size();
            if old > size {
                return Err(AuditCause::Shorter { size, anchor: old }.into());
            }
            let proof = log.consistency_proof(old..size).await?;
            let mut body = format!("old {old}\n");
            for hash in proof.path() {
                // Writing to a string does not fail.
                writeln!(body, "{hash}").unwrap_or_default();
            }
            body.push('\n');
            body.push_str(checkpoint.note());
            let answer = self.transport.add_checkpoint(body).await?;
            match answer.status {
                200 => return self.keep(&checkpoint, &answer.body),
                409 => {
                    let seen = answer.body.trim_end_matches('\n');
                    old = match decimal(seen) {
                        Some(seen) if seen != old => seen,
                        _ => return Err(AuditCause::Forked { anchor: old }.into()),
                    };
                }
                422 => return Err(AuditCause::Forked { anchor: old }.into()),
                status => return Err(refused(status)),
            }
        }
        Err(Error::message(
            ErrorKind::Conflict,
            "witness keeps seeing other checkpoints",
        )
        .retry())
    }
}

#[cold]
fn refused(status: u16) -> Error {
    let error = Error::from(AuditCause::Witness { status });
    if status == 429 || status >= 500 {
        error.retry()
    } else {
        error
    }
}

impl fmt::Debug for WitnessAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WitnessAnswer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish()
    }
}
