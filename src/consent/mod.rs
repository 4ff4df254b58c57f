//! Consent: what a data subject agreed to, objected to or opted out of, and what may be
//! done with their data because of it.
//!
//! [`ConsentRules`] say what each purpose rests on. A [`Ledger`] keeps [`ConsentReceipt`]s of what
//! happened; the [`ConsentFacts`] it hands out are what [`ConsentRules::decide`] decides on. A decision
//! is a function of its arguments: it can be replayed, for any moment. Where nothing is
//! known, it denies.
//!
//! # Example
//! ```
//! use confidant::consent::{
//!     Age, ConsentState, ConsentFacts, NewReceipt, Notice, NoticeRef, PurposeRule, ConsentRules, Signals,
//! };
//! use confidant::decision::ClauseId;
//! use confidant::taxonomy::{DataCategory, Purpose};
//! use confidant::time::Moment;
//!
//! let (training, chat) = (Purpose::new("training")?, DataCategory::new("chat")?);
//! let rule = PurposeRule::by_consent(training.clone(), ClauseId::new("P-4")?);
//! let notice = Notice::new("2026-04-22").text("en", [7; 32])?.covers(training.clone());
//! let rules = ConsentRules::builder().purpose(rule.category(chat.clone())).notice(notice).build()?;
//!
//! let now: Moment = "2026-05-01T00:00:00Z".parse()?;
//! let given = NewReceipt::consent(ConsentState::Given, [training.clone()], now)
//!     .notice(NoticeRef::new("2026-04-22", "en", [7; 32])?)
//!     .method("form.checkbox")
//!     .withdrawal_route("https://acme.test/privacy");
//! let facts = ConsentFacts::new(vec![given.into_receipt(now)?]);
//! let adult = Signals::new().age(Age::Years(30));
//! assert!(rules.decide(&facts, (&training, &chat), now, adult).is_allow());
//! # Ok::<(), confidant::Error>(())
//! ```
//!
//! # What it does not do
//! * It shows no notice and asks for no consent.
//! * It knows no consent of a parent for a child: below the least age nothing permits.
//! * It does not tell recipients that a consent was withdrawn; it says what they owe.

mod admission;
mod chain;
mod check;
mod decide;
mod dpv;
mod erase_due;
mod export;
mod facts;
mod key;
mod ledger;
mod mark;
mod receipt;
mod record;
mod ruled_ledger;
mod rules;
mod signals;
mod state;
#[cfg(test)]
mod tests;

pub use admission::Admission;
pub use chain::{Recorded, Verified};
pub use check::TenantCheck;
pub use decide::{ConsentVerdict, Why};
pub use dpv::{DpvProfile, DpvPurpose, DpvTerm};
pub use export::{Export, ExportOf, Exports};
pub use facts::ConsentFacts;
pub use key::LedgerKey;
pub use ledger::Ledger;
#[cfg(feature = "rights")]
pub(crate) use receipt::check_plain;
pub use receipt::{Conflict, ConsentReceipt, NewReceipt, NoticeRef, OptOutConfirmation, ReceiptId};
#[cfg(all(feature = "rights", any(test, fuzzing)))]
pub(crate) use record::rewritten;
pub use ruled_ledger::{RuledLedger, Withdrawal};
pub use rules::{
    ConsentRules, ConsentRulesBuilder, GpcConflict, MessageClass, Notice, ObjectionEffect,
    PurposeRule, Use,
};
pub use signals::{Age, Gpc, Signals, gpc_json};
pub use state::{Actor, ConsentState, Event};
