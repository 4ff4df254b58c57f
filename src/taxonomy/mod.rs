//! The names that policies, ledgers and records share: categories, purposes, data
//! subjects, processors, stores, lawful bases.
//!
//! A name means the same in every module. A policy declares the names it uses, and a
//! record, a receipt or a request refers to them.
//!
//! # Example
//! ```
//! use confidant::taxonomy::DataCategory;
//!
//! let chat = DataCategory::new("chat")?;
//! let intent_log = DataCategory::new("chat.intent_log")?;
//! assert!(intent_log.is_within(&chat));
//! assert!(!chat.is_within(&intent_log));
//! # Ok::<(), confidant::Error>(())
//! ```

mod basis;
mod classified;
mod jurisdiction;
mod name;
mod obligation;
mod subject;
mod tenant;

pub use basis::LawfulBasis;
pub use classified::{Classified, RecordType};
pub use jurisdiction::Jurisdiction;
pub use name::{DataCategory, DataStore, Processor, Purpose, Region};
pub use obligation::{Evidence, Obligation, ObligationKind, ObligationState, Obligor};
pub use subject::Subject;
pub use tenant::Tenant;
