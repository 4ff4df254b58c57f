//! A tamper-evident audit log: who touched what, when and what for. Nothing can be changed or
//! removed unseen.
//!
//! Entries are the leaves of an RFC 6962 Merkle tree. Signed [checkpoints](Checkpoint) and
//! short proofs vouch for the whole. They have the formats of C2SP, so the tools of
//! transparency logs can read them.

mod anchor;
mod backend;
mod batch;
mod caller;
mod checkpoint;
mod drive;
mod entry;
mod files;
mod key;
mod log;
mod memory;
mod note;
mod plain;
mod proof;
mod stored;
mod subject;
mod tiles;
mod trail;
mod tree;
mod turn;
mod verify;

pub use anchor::{
    Anchor, Checkpoints, FileAnchor, StoreAnchor, WitnessAnchor, WitnessAnswer, WitnessTransport,
};
pub use caller::Caller;
pub use checkpoint::{Checkpoint, Cosignature};
pub use entry::{DigestKind, Entry, Identifier, LogRecord, Outcome};
pub use files::verify_folder;
pub use key::{Signer, SigningKey, VerifyingKey, WitnessKey};
pub use log::{Access, Appended, Log, LogBuilder};
pub use proof::LogProof;
pub use stored::verify_store;
pub use subject::{LogKey, LogSubjectKeys};
pub use tiles::{export_tiles, verify_tiles};
#[cfg(feature = "vault")]
pub(crate) use trail::outcome_of;
pub(crate) use trail::{Trail, append, made_but_not_logged, not_logged};
pub use tree::{ConsistencyProof, Frontier, Hash, InclusionProof};
pub use verify::{LogReport, LogVerdict};
