//! The progress of an order, store by store, and its record.

use super::disposition::DispositionKind;
use super::format::{self, Reader, Writer};
use super::keeper::ErasureReceipt;
use super::proof::AnonymityProof;
use crate::Error;
use crate::decision::ClauseId;
use crate::taxonomy::DataStore;
use crate::time::Moment;

const WHAT: &str = "an order";

/// The progress of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    pub(super) action: DispositionKind,
    pub(super) opened: Moment,
    pub(super) clause: Option<ClauseId>,
    pub(super) due_by: Option<Moment>,
    pub(super) tasks: Vec<StoreTask>,
    /// How often the order had been closed before it was begun.
    pub(super) round: u64,
}

/// The progress of an order in one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreTask {
    pub(super) store: DataStore,
    /// How often it was begun.
    pub(super) attempts: u64,
    pub(super) state: TaskState,
    /// Whether the audit log has how it ended.
    pub(super) is_logged: bool,
}

/// The state of an order in one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskState {
    /// Nothing has been begun.
    Open,
    /// It was begun, and what came of it is not known: the process ended, or the store
    /// failed. It is begun again.
    Begun,
    /// The store has taken it, and owes a receipt.
    Accepted {
        /// When it was taken.
        at: Moment,
    },
    /// It is done.
    Done(ErasureReceipt),
    /// Everything there expires on its own.
    Expires {
        /// The moment before which it has expired.
        by: Moment,
        /// The digest of what says so; zeros where the declaration of the store does.
        evidence: [u8; 32],
    },
}

/// The completion of an order: every store that holds its category has reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Completion {
    /// How many stores there were.
    pub stores: u64,
    /// How many items it was done to, in all of them.
    pub items: u64,
    /// The moment before which the last copy has expired on its own, where copies expire.
    pub expired_by: Option<Moment>,
    /// When the last store reported.
    pub at: Moment,
}

impl Progress {
    /// Returns how far it has come in each store, in the order of their names.
    #[must_use]
    pub fn tasks(&self) -> &[StoreTask] {
        &self.tasks
    }

    /// Returns when the order was begun.
    #[must_use]
    pub const fn opened(&self) -> Moment {
        self.opened
    }

    /// Returns the stores that have not reported that it is done, or when it expires.
    pub fn open(&self) -> impl Iterator<Item = &DataStore> {
        let open = self.tasks.iter().filter(|task| !task.is_closed());
        open.map(|task| &task.store)
    }

    /// Returns whether every store has reported.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.tasks.iter().all(StoreTask::is_closed)
    }

    pub(super) fn completion(&self) -> Completion {
        let mut completion = Completion {
            stores: self.tasks.len() as u64,
            items: 0,
            expired_by: None,
            at: self.opened,
        };
        for task in &self.tasks {
            match task.state {
                TaskState::Done(receipt) => {
                    completion.items = completion.items.saturating_add(receipt.items());
                    completion.at = completion.at.max(receipt.at());
                }
                TaskState::Expires { by, .. } => {
                    completion.expired_by = completion.expired_by.max(Some(by));
                }
                TaskState::Open | TaskState::Begun | TaskState::Accepted { .. } => {}
            }
        }
        completion
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = format::begin();
        out.text(self.action.as_str());
        out.moment(self.opened);
        out.optional(self.clause.as_ref(), |out, clause| {
            out.text(clause.as_str())
        });
        out.optional(self.due_by, Writer::moment);
        out.number(self.round);
        out.list(self.tasks.iter(), |out, task| {
            out.text(task.store.as_str());
            out.number(task.attempts);
            out.flag(task.is_logged);
            match &task.state {
                TaskState::Open => out.byte(0),
                TaskState::Begun => out.byte(1),
                TaskState::Accepted { at } => {
                    out.byte(2);
                    out.moment(*at);
                }
                TaskState::Done(receipt) => {
                    out.byte(3);
                    write_receipt(out, receipt);
                }
                TaskState::Expires { by, evidence } => {
                    out.byte(4);
                    out.moment(*by);
                    out.raw(evidence);
                }
            }
        });
        out.into_bytes()
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = format::read(bytes, || format::damaged(WHAT))?;
        let action = reader.text()?;
        let mut actions = DispositionKind::ALL.into_iter();
        let action = actions.find(|known| known.as_str() == action);
        let this = Self {
            action: action.ok_or_else(|| reader.damaged())?,
            opened: reader.moment()?,
            clause: reader.optional(|reader| reader.named(ClauseId::new))?,
            due_by: reader.optional(Reader::moment)?,
            round: reader.number()?,
            tasks: reader.list(|reader| {
                Ok(StoreTask {
                    store: reader.named(DataStore::new)?,
                    attempts: reader.number()?,
                    is_logged: reader.flag()?,
                    state: read_state(reader)?,
                })
            })?,
        };
        reader.end()?;
        let mut names = this.tasks.iter().zip(this.tasks.iter().skip(1));
        if this.tasks.is_empty() || names.any(|(one, next)| one.store >= next.store) {
            return Err(reader.damaged());
        }
        Ok(this)
    }
}

impl StoreTask {
    pub(super) const fn new(store: DataStore) -> Self {
        Self {
            store,
            attempts: 0,
            state: TaskState::Open,
            is_logged: false,
        }
    }

    /// Returns the store.
    #[must_use]
    pub const fn store(&self) -> &DataStore {
        &self.store
    }

    /// Returns how it stands there.
    #[must_use]
    pub const fn state(&self) -> &TaskState {
        &self.state
    }

    /// Returns how often it was begun.
    #[must_use]
    pub const fn attempts(&self) -> u64 {
        self.attempts
    }

    /// Returns whether the store has reported that it is done, or when it expires.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, TaskState::Done(_) | TaskState::Expires { .. })
    }
}

fn read_state(reader: &mut Reader<'_>) -> Result<TaskState, Error> {
    Ok(match reader.byte()? {
        0 => TaskState::Open,
        1 => TaskState::Begun,
        2 => TaskState::Accepted {
            at: reader.moment()?,
        },
        3 => TaskState::Done(read_receipt(reader)?),
        4 => TaskState::Expires {
            by: reader.moment()?,
            evidence: reader.array()?,
        },
        _ => return Err(reader.damaged()),
    })
}

fn write_receipt(out: &mut Writer, receipt: &ErasureReceipt) {
    out.moment(receipt.at());
    out.number(receipt.items());
    out.raw(receipt.evidence_digest());
    out.optional(receipt.anonymity(), |out, proof| {
        out.moment(proof.at());
        out.number(u64::from(proof.smallest_group()));
        out.raw(proof.report());
    });
}

/// A proof is stored only where it showed that no identifier is left.
fn read_receipt(reader: &mut Reader<'_>) -> Result<ErasureReceipt, Error> {
    let receipt = ErasureReceipt::new(reader.moment()?, reader.number()?);
    let receipt = receipt.evidence(reader.array()?);
    let proof = reader.optional(|reader| {
        let at = reader.moment()?;
        let group = u32::try_from(reader.number()?).map_err(|_| reader.damaged())?;
        Ok(AnonymityProof::new(at, reader.array()?)
            .with_smallest_group(group)
            .with_identifiers(0))
    })?;
    Ok(match proof {
        Some(proof) => receipt.proof(proof),
        None => receipt,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn progress_reads_as_it_was_written_and_in_no_other_way() {
        let at = |seconds| Moment::from_unix_seconds(seconds).unwrap();
        let proof = AnonymityProof::new(at(7), [8; 32])
            .with_smallest_group(12)
            .with_identifiers(0);
        let states = [
            TaskState::Open,
            TaskState::Begun,
            TaskState::Accepted { at: at(3) },
            TaskState::Done(ErasureReceipt::new(at(4), 5).evidence([6; 32]).proof(proof)),
            TaskState::Expires {
                by: at(9),
                evidence: [1; 32],
            },
        ];
        let tasks = states.into_iter().zip(["a", "b", "c", "d", "e"]);
        let tasks = tasks.map(|(state, name)| StoreTask {
            store: DataStore::new(name).unwrap(),
            attempts: 2,
            state,
            is_logged: name == "d",
        });
        let progress = Progress {
            round: 3,
            action: DispositionKind::CryptoShred,
            opened: at(1),
            clause: Some(ClauseId::new("CC-44").unwrap()),
            due_by: Some(at(2)),
            tasks: tasks.collect(),
        };
        let bytes = progress.to_bytes();
        assert_eq!(Progress::parse(&bytes).unwrap(), progress);
        for end in 0..bytes.len() {
            let error = Progress::parse(&bytes[..end]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{end}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(Progress::parse(&longer).is_err());
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut other = bytes.clone();
                other[place] ^= 1 << bit;
                if let Ok(read) = Progress::parse(&other) {
                    assert_eq!(read.to_bytes(), other, "{place}");
                }
            }
        }
    }
}
