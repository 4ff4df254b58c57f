//! Keyed pseudonyms of addresses, sessions and data subjects.
//!
//! A plain hash of an IPv4 address is undone by hashing all 2^32 of them. A pseudonym
//! is HMAC-SHA-256 under a [`PseudonymKey`]: without the key it can be neither guessed nor
//! linked. Each kind of value and each purpose has pseudonyms of its own, so what was
//! stored for one purpose cannot be joined with what was stored for another.
//!
//! * [`PseudonymKey`] makes pseudonyms, and is all that is needed to file records under them.
//! * [`RotatingKeys`] holds a random key for each purpose and each calendar period, so
//!   that pseudonyms cannot be linked across periods, and destroys the old ones.
//! * [`SubjectKeys`] holds a random key for each data subject, so that one of them can
//!   be erased.
//! * [`Aggregates`] releases counts of groups, but not of small groups.
//!
//! # Example
//! ```
//! use confidant::pseudonym::PseudonymKey;
//! use confidant::taxonomy::Purpose;
//!
//! let key = PseudonymKey::generate()?;
//! let (abuse, analytics) = (Purpose::new("abuse")?, Purpose::new("analytics")?);
//! let address = "203.0.113.7".parse().unwrap();
//! assert_eq!(key.ip(&abuse, address), key.ip(&abuse, address));
//! assert_ne!(key.ip(&abuse, address), key.ip(&analytics, address));
//! # Ok::<(), confidant::Error>(())
//! ```
//!
//! # What it does not do
//! A pseudonym is still personal data for whoever holds the key, and the same value has
//! the same pseudonym as long as the key lives, so its behaviour can be followed within
//! a purpose and a period. To be rid of both, destroy the key.

mod aggregate;
mod ip;
mod key;
mod keys;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod pseudonym;
mod record;
mod rotation;
mod subject;

pub use aggregate::{Aggregates, AggregatesBuilder, Withheld};
pub use ip::{IpPseudonym, Prefixes};
pub use key::PseudonymKey;
pub use pseudonym::Pseudonym;
pub use rotation::RotatingKeys;
pub use subject::SubjectKeys;
