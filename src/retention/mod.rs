//! Decides what is kept until when, what is erased by when, and why.
//!
//! A [`Schedule`] is compiled from [`Clause`]s and answers, for one [`Record`] at one
//! moment, with a [`RetentionVerdict`]. Every clause that matches counts:
//!
//! 1. While a [`Hold`] is active, nothing is done. The deadlines go on, and its release
//!    starts no clock anew unless the hold says so.
//! 2. A legal obligation or claim to keep stands against a deadline to erase: until it
//!    ends the record is restricted.
//! 3. Otherwise the earliest deadline wins, whatever other clauses keep.
//! 4. Of two at the same moment the stronger action wins: to shred the key, to delete,
//!    to anonymise, to restrict.
//! 5. A clause that names a category more closely goes before one that names a category
//!    above it, to keep, but never to erase later.
//! 6. What is derived takes over the earliest deadline of its sources, unless a proof
//!    shows that it is about nobody any more.
//!
//! Where the calendar leaves open when a period ends (29 February in another year, a
//! time that the clocks of a zone show twice or never), what keeps ends at the latest
//! moment and what erases at the earliest; and the clock may be wrong by the schedule's
//! skew, in the direction that is worse.
//!
//! ```
//! use confidant::decision::ClauseId;
//! use confidant::retention::{Disposition, Clause, Events, Holds, Record, Schedule, Status, Trigger};
//! use confidant::taxonomy::{DataCategory, LawfulBasis};
//! use confidant::time::{Moment, Period};
//!
//! let billing = DataCategory::new("billing")?;
//! let bills = Clause::new(ClauseId::new("CC-40")?, billing.clone().into(), Trigger::Created)
//!     .keep_for(Period::years(7))
//!     .basis(LawfulBasis::LegalObligation)
//!     .then(Disposition::Delete, Period::days(30));
//! let request = Clause::new(ClauseId::new("CC-44")?, billing.clone().into(), Trigger::DeletionRequested)
//!     .act_by(Disposition::Delete, Period::days(7));
//! let schedule = Schedule::builder().category(billing.clone()).clause(bills).clause(request).build()?;
//!
//! let created: Moment = "2024-02-29T09:00:00Z".parse()?;
//! let asked: Moment = "2026-01-10T00:00:00Z".parse()?;
//! let record = Record::new(&billing, Events::created(created).at(Trigger::DeletionRequested, asked));
//! let verdict = schedule.evaluate(&record, &Holds::none(), asked.checked_add(std::time::Duration::from_secs(86_400))?);
//! assert_eq!(verdict.status(), Status::Restrict);
//! assert_eq!(verdict.due_by().map(|by| by.to_string()).as_deref(), Some("2031-03-01T09:00:00Z"));
//! # Ok::<(), confidant::Error>(())
//! ```
//!
//! # Carrying it out
//! [`Schedule::plan`] finds what is due among any number of records, and [`Brakes`] stop
//! a run whose clock or share of records is beyond belief. With the feature `audit`
#![cfg_attr(
    feature = "audit",
    doc = "an [`Executor`] carries an [`Order`] out in every declared store, with the intent and \
the receipt in the audit log; a [`Sweeper`] erases what a [`Store`](crate::store::Store) keeps; and \
a [`HoldBook`] keeps the holds that both look up."
)]
#![cfg_attr(
    not(feature = "audit"),
    doc = "there is also what carries it out in every store, with receipts in the audit log."
)]
//!
//! # What it does not do
//! * It does not know what your data is: categories, events and sources are told to it.
//! * It does not read what was anonymised. It checks the report of whoever did it against
//!   the size of group that was demanded.
//! * It does not send a notice. It says when one is due, and waits for its time.
//! * It does not reach a copy that no declared store holds.

#[cfg(feature = "audit")]
mod authentic;
mod brakes;
mod builder;
mod clause;
mod disposition;
mod evaluate;
#[cfg(feature = "audit")]
mod executor;
#[cfg(feature = "audit")]
mod executor_builder;
mod explain;
#[cfg(feature = "audit")]
mod format;
#[cfg(feature = "audit")]
mod found;
mod history;
mod hold;
#[cfg(feature = "audit")]
mod hold_book;
#[cfg(feature = "audit")]
mod hold_record;
mod holds;
#[cfg(feature = "audit")]
mod keeper;
mod name;
mod order;
#[cfg(feature = "audit")]
mod outbox;
#[cfg(feature = "consent")]
mod own_records;
mod plan;
#[cfg(feature = "audit")]
mod progress;
mod proof;
mod record;
#[cfg(feature = "audit")]
mod restart;
#[cfg(all(feature = "rights", any(test, fuzzing)))]
mod rewritten;
mod rules;
#[cfg(feature = "audit")]
mod run_record;
mod schedule;
mod stores;
#[cfg(feature = "audit")]
mod sweeper;
#[cfg(feature = "audit")]
mod sweeper_builder;
#[cfg(feature = "audit")]
mod told;
mod trigger;
#[cfg(feature = "vault")]
mod vault_secrets;
mod verdict;

pub use brakes::{Brakes, RunConfirmation};
pub use builder::{Problem, ScheduleBuilder};
pub use clause::{Categories, Clause, Start};
pub use disposition::{Anonymisation, Disposition, DispositionKind};
#[cfg(feature = "audit")]
pub use executor::Executor;
#[cfg(feature = "audit")]
pub use executor_builder::ExecutorBuilder;
pub use explain::{RetentionExplanation, WhyLost};
#[cfg(feature = "audit")]
pub use found::{Found, ReadRecord};
pub use history::History;
pub use hold::{Hold, HoldBuilder, HoldRelease, Override, Selector};
#[cfg(feature = "audit")]
pub use hold_book::HoldBook;
pub use holds::Holds;
#[cfg(feature = "audit")]
pub use keeper::{ErasureReceipt, Keeper, KeeperOutcome};
pub use name::{HoldId, HoldReason, Person};
pub use order::Order;
#[cfg(feature = "consent")]
pub(crate) use own_records::{Erasable, OwnVerdict};
#[cfg(feature = "consent")]
pub use own_records::{OwnErasure, OwnRecords};
pub use plan::{Plan, Planned, Tally};
#[cfg(feature = "audit")]
pub use progress::{Completion, Progress, StoreTask, TaskState};
pub use proof::AnonymityProof;
pub use record::{Record, Source};
#[cfg(all(feature = "rights", any(test, fuzzing)))]
pub(crate) use rewritten::rewritten;
pub use schedule::Schedule;
pub use stores::{DeclaredStore, StoreKind, Stores};
#[cfg(feature = "audit")]
pub use sweeper::{SweepReport, Sweeper};
#[cfg(feature = "audit")]
pub use sweeper_builder::SweeperBuilder;
pub use trigger::{Events, Trigger};
#[cfg(feature = "vault")]
pub use vault_secrets::VaultSecrets;
pub use verdict::{Decider, Missing, NoticeState, RetentionVerdict, Status};
