//! Requests of data subjects: access, correction, deletion, objection, restriction,
//! portability, withdrawal, opt-out, complaint, appeal.
//!
//! A [`Request`] is a value that takes [`Step`]s; its [`RequestState`] and its [`Deadline`]
//! follow from them. The [`RightsRules`] say which kinds a product offers and what it promises,
//! and a dated [`ClockTable`] says what the law of a jurisdiction asks for. A
//! [`Register`] keeps the requests in a store.
//!
//! What a request asks for is planned here and carried out by the product:
//! [`DeletionPlan`] for what goes and what stays, [`BundleBuilder`] for what is handed
//! over, [`Register::correct`] for corrections that stay. Requests of agents come in as
//! [`DrpRequest`]. A [`Breach`] and a [`WindDown`] are no requests, but have clocks and
//! notices of the same sort.
//!
//! # Example
//! ```
//! use confidant::decision::ClauseId;
//! use confidant::retention::{DeclaredStore, StoreKind, Stores};
//! use confidant::rights::{
//!     DeadlineState, Intake, KindRule, Request, RequestId, RequestKind, RightsRules, RequestState, Step,
//! };
//! use confidant::taxonomy::{DataStore, Evidence, Jurisdiction};
//! use confidant::time::{Moment, Period};
//!
//! let primary = DeclaredStore::new(DataStore::new("primary")?, StoreKind::Primary);
//! let rule = KindRule::new(RequestKind::Access, ClauseId::new("IC-70")?).within(Period::days(30));
//! let rules = RightsRules::builder(Stores::new(vec![primary])?).kind(rule).build()?;
//!
//! let received: Moment = "2026-12-01T09:00:00Z".parse()?;
//! let intake = Intake::new(RequestKind::Access, received, "form")
//!     .jurisdiction(Jurisdiction::new("DE")?)
//!     .identity(Evidence::new(received, [1; 32]));
//! let request = Request::new(RequestId::generate()?, intake)?;
//! assert_eq!(request.deadline(&rules)?.due().to_string(), "2026-12-31T09:00:00Z");
//!
//! let request = request.apply(&rules, Step::Accept, received)?;
//! assert_eq!(request.state(), RequestState::Accepted);
//! let late: Moment = "2027-01-02T00:00:00Z".parse()?;
//! assert_eq!(request.deadline_state(&rules, late)?, DeadlineState::Overdue);
//! # Ok::<(), confidant::Error>(())
//! ```
//!
//! # What it does not do
//! * It does not find the data of a data subject; the product asks its stores.
//! * It does not check anybody's identity; it records that it was proved.
//! * It gives no legal advice: the table is what was read on its day.

mod breach;
mod bundle;
mod check_log;
mod correct_clock;
mod correction;
mod deadline;
mod drp;
mod intake;
mod kind;
mod machine;
mod plan;
mod record;
mod register;
mod request;
mod request_id;
#[cfg(any(test, fuzzing))]
mod rewritten;
mod row;
mod rules;
mod step;
mod table;
#[cfg(test)]
mod tests;
mod wind_down;

pub use breach::{
    Affected, Breach, BreachNotice, NoticeConsequences, NoticeContact, NoticeMeasures,
    NoticeNature, Touch,
};
pub use bundle::{Bundle, BundleBuilder};
pub use correction::{Correction, Import, NewCorrection};
pub use deadline::{Deadline, DeadlineState};
pub use drp::{DrpAction, DrpAgent, DrpRequest};
pub use intake::{DateRange, Intake, Requester};
pub use kind::RequestKind;
pub use plan::{DeletionPlan, DeletionRules, Promised, Task};
pub use register::{OpenRequests, Opened, Register, RuledRegister};
pub use request::Request;
pub use request_id::RequestId;
#[cfg(any(test, fuzzing))]
pub(crate) use rewritten::rewritten;
pub use row::{ClockRow, SourceCheck, StartEvent};
pub use rules::{KindRule, RightsRules, RightsRulesBuilder};
pub use step::{Kept, Refusal, RequestState, Step, StoreOutcome};
pub use table::{BreachPromise, BreachRow, ClockTable, ErasureRow};
pub use wind_down::{WindDown, WindDownPlan};
