//! Entries: who did what to what, when, and with which outcome. Never content.

mod codec;
mod identifier;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

pub(super) use codec::{Encoded, VERSION};
pub use identifier::{DigestKind, Identifier};

use crate::Error;
use crate::time::Moment;

/// How an action ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It is about to be tried. The entry is written before, so it leaves a trace whatever
    /// happens.
    Attempted,
    /// It was refused: by a policy, by the state of what it was done to, or by the other
    /// side, such as a key service.
    Denied,
    /// It was allowed and failed.
    Failed,
    /// It was done.
    Succeeded,
}

/// One entry of the log: who did what to what, for which purpose, and with which
/// outcome.
///
/// It has room for identifiers, digests under a key, and counts. It has no room for content,
/// such as what was read or written, nor for names of persons. The log sets the time when it
/// takes the entry.
///
/// # Example
/// ```
/// use confidant::audit::{Entry, Identifier, Outcome};
///
/// let entry = Entry::new(Identifier::new("secret.reveal")?, Outcome::Succeeded)
///     .actor(Identifier::new("service:deployer")?)
///     .tenant(Identifier::new("acme")?)
///     .purpose(Identifier::new("deploy")?)
///     .count("bytes", 40)?;
/// assert_eq!(entry.action().as_str(), Some("secret.reveal"));
/// assert!(Identifier::new("Jo Doe <jo@mail.test>").is_err());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    outcome: Outcome,
    action: Identifier,
    actor: Option<Identifier>,
    tenant: Option<Identifier>,
    subject: Option<Identifier>,
    resource: Option<Identifier>,
    purpose: Option<Identifier>,
    request: Option<Identifier>,
    client: Option<Identifier>,
    scope: Option<Identifier>,
    counts: BTreeMap<Box<str>, u64>,
    statement: Option<Box<str>>,
    instance: Option<Identifier>,
    digest: Option<[u8; 32]>,
    moment: Option<Moment>,
}

/// An entry as the log holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogRecord {
    /// Its place in the log, counted from 0.
    pub index: u64,
    /// When the log took it. It never lies before that of the entry before.
    pub time: Moment,
    /// How far the clock lay behind the entry before; zero for a clock that does
    /// not go back.
    pub behind: Duration,
    /// What it says.
    pub entry: Entry,
}

macro_rules! parts {
    ($($(#[$doc:meta])* $part:ident, $get:ident;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $part(mut self, id: Identifier) -> Self {
            self.$part = Some(id);
            self
        }

        #[doc = concat!("Returns what [`", stringify!($part), "`](Self::", stringify!($part), ") was given, if it was.")]
        #[must_use]
        pub fn $get(&self) -> Option<&Identifier> {
            self.$part.as_ref()
        }
    )*};
}

impl Entry {
    /// The most bytes of an entry as the log holds it.
    pub const MAX: usize = 65_535;
    /// The most counts of an entry.
    pub const MAX_COUNTS: usize = 64;
    /// The most bytes of a count's name.
    pub const MAX_COUNT_NAME: usize = 64;
    /// How the actions begin that only the log itself writes.
    const OWN: &str = "audit.";
    /// The most bytes of a statement.
    pub(super) const MAX_STATEMENT: usize = 16_384;

    /// Creates an entry of what `action` names, such as `secret.reveal`. Actions that
    /// begin with `audit.` are the log's own.
    #[must_use]
    pub fn new(action: Identifier, outcome: Outcome) -> Self {
        Self {
            outcome,
            action,
            actor: None,
            tenant: None,
            subject: None,
            resource: None,
            purpose: None,
            request: None,
            client: None,
            scope: None,
            counts: BTreeMap::new(),
            statement: None,
            instance: None,
            digest: None,
            moment: None,
        }
    }

    /// Returns what was done.
    #[must_use]
    pub fn action(&self) -> &Identifier {
        &self.action
    }

    /// Returns how it ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns the same entry with another outcome.
    #[must_use]
    pub fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    parts! {
        /// Who did it: a service, or a person under a key of their own.
        actor, actor_id;
        /// The tenant in whose name it was done.
        tenant, tenant_id;
        /// The person whose data it was done to.
        subject, subject_id;
        /// What it was done to, such as the digest of a secret's name.
        resource, resource_id;
        /// What for.
        purpose, purpose_id;
        /// The request in which it was done.
        request, request_id;
        /// The program that asked for it.
        client, client_id;
        /// The bounds within which it was done, such as the repository of a token.
        scope, scope_id;
        /// Which of the things that have borne that name it was done to, such as the
        /// random id of a secret.
        instance, instance_id;
    }

    /// Names the state that the action left or ended, by the SHA-256 digest of the
    /// record that holds it.
    ///
    /// # Security
    /// It is not under a key: whoever reads the log can test guesses at the whole
    /// record.
    #[must_use]
    pub const fn digest(mut self, digest: [u8; 32]) -> Self {
        self.digest = Some(digest);
        self
    }

    /// Returns the digest of a record, if there is one.
    #[must_use]
    pub const fn digest_bytes(&self) -> Option<&[u8; 32]> {
        self.digest.as_ref()
    }

    /// Names the moment that the action sets, such as the one at which a secret
    /// expires.
    #[must_use]
    pub const fn moment(mut self, moment: Moment) -> Self {
        self.moment = Some(moment);
        self
    }

    /// Returns the moment that the action sets, if it sets one.
    #[must_use]
    pub const fn moment_set(&self) -> Option<Moment> {
        self.moment
    }

    /// Adds a count, or replaces the one of that name.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the name is not 1 to 64 letters,
    /// digits and `-_.:/`; [`Limit`](crate::ErrorKind::Limit) for more than 64.
    pub fn count(mut self, name: &str, count: u64) -> Result<Self, Error> {
        if name.len() > Self::MAX_COUNT_NAME {
            return Err(Error::limit("name of a count", Self::MAX_COUNT_NAME as u64));
        }
        identifier::check_name(name)?;
        self.counts.insert(name.into(), count);
        if self.counts.len() > Self::MAX_COUNTS {
            return Err(Error::limit(
                "counts of an audit entry",
                Self::MAX_COUNTS as u64,
            ));
        }
        Ok(self)
    }

    /// Returns the counts, by name.
    pub fn counts(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts.iter().map(|(name, count)| (&**name, *count))
    }

    /// Returns a signed note of the log itself, which only it writes: what hands it
    /// over to a new key.
    #[must_use]
    pub fn statement(&self) -> Option<&str> {
        self.statement.as_deref()
    }

    /// Refuses what only the log itself writes: an action that begins with `audit.`,
    /// and a statement.
    pub(super) fn check_is_of_a_caller(&self) -> Result<(), Error> {
        let reserved = |action: &str| action.starts_with(Self::OWN);
        if self.action.as_str().is_some_and(reserved) || self.statement.is_some() {
            return Err(Error::config(
                "audit entry has an action or statement that only the log itself writes",
            ));
        }
        Ok(())
    }

    pub(super) fn with_statement(mut self, statement: &str) -> Result<Self, Error> {
        if statement.len() > Self::MAX_STATEMENT {
            return Err(Error::limit("statement", Self::MAX_STATEMENT as u64));
        }
        self.statement = Some(statement.into());
        Ok(self)
    }
}

impl LogRecord {
    /// Creates the record of an entry at that place and time.
    #[must_use]
    pub const fn new(index: u64, time: Moment, behind: Duration, entry: Entry) -> Self {
        Self {
            index,
            time,
            behind,
            entry,
        }
    }

    /// Reads an entry of this crate's format, as tiles and proofs carry it.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the bytes are no such entry, with
    /// the place where they end to be one.
    pub fn parse(index: u64, bytes: &[u8]) -> Result<Self, Error> {
        codec::parse(index, bytes)
    }

    /// Makes sure that the bytes are an entry, as [`parse`](Self::parse) does, and reads
    /// no more of it than its time and by how much the clock lay behind.
    pub(super) fn times(bytes: &[u8]) -> Result<(Moment, Duration), Error> {
        codec::times(bytes)
    }

    /// Returns the bytes of the entry: what the log hashes.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) where `behind` is longer than a count of
    /// nanoseconds has room for.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut encoded = Encoded::new(&self.entry)?;
        encoded.set_time(self.time, self.behind)?;
        Ok(encoded.into_bytes())
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Entry");
        shown.field("action", &self.action);
        shown.field("outcome", &self.outcome);
        for (name, id) in [
            ("actor", &self.actor),
            ("tenant", &self.tenant),
            ("subject", &self.subject),
            ("resource", &self.resource),
            ("purpose", &self.purpose),
            ("request", &self.request),
            ("client", &self.client),
            ("scope", &self.scope),
            ("instance", &self.instance),
        ] {
            if let Some(id) = id {
                shown.field(name, id);
            }
        }
        shown.field("counts", &self.counts);
        shown.finish_non_exhaustive()
    }
}
