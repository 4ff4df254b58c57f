//! What is kept until when, what is erased by when, and why.
//!
//! A [`Schedule`] is compiled from [`Clause`]s and answers, for one [`Record`] at one
//! moment, with a [`Verdict`]. Every clause that matches counts:
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
//! use confidant::retention::{Action, Clause, Events, Holds, Record, Schedule, Status, Trigger};
//! use confidant::taxonomy::{Category, LawfulBasis};
//! use confidant::time::{Moment, Period};
//!
//! let billing = Category::new("billing")?;
//! let bills = Clause::new(ClauseId::new("CC-40")?, billing.clone().into(), Trigger::Created)
//!     .keep_for(Period::years(7))
//!     .basis(LawfulBasis::LegalObligation)
//!     .then(Action::Delete, Period::days(30));
//! let request = Clause::new(ClauseId::new("CC-44")?, billing.clone().into(), Trigger::DeletionRequested)
//!     .act_by(Action::Delete, Period::days(7));
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

mod action;
mod brakes;
mod builder;
mod clause;
mod evaluate;
mod explain;
mod history;
mod hold;
mod holds;
mod name;
mod plan;
mod proof;
mod record;
mod rules;
mod schedule;
mod stores;
mod trigger;
mod verdict;

pub use action::{Action, ActionKind, Anonymisation};
pub use brakes::{Brakes, Confirmation};
pub use builder::{Problem, ScheduleBuilder};
pub use clause::{Categories, Clause, Start};
pub use explain::{Explanation, Why};
pub use history::History;
pub use hold::{Hold, Override, Release, Selector};
pub use holds::Holds;
pub use name::{HoldId, HoldReason, Person};
pub use plan::{Plan, Planned, Tally};
pub use proof::AnonymityProof;
pub use record::{Record, Source};
pub use schedule::Schedule;
pub use stores::{DeclaredStore, StoreKind, Stores};
pub use trigger::{Events, Trigger};
pub use verdict::{Decider, Missing, Notice, Status, Verdict};
