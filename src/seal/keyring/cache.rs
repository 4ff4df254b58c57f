//! Unwrapped data keys, kept for a while.

use std::collections::{BTreeMap, HashMap};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::Error;
use crate::seal::DataKey;
use crate::seal::envelope::Parts;
use crate::time::{Clock, Moment};

/// How long, how many and how often: the bounds of a cache of data keys.
///
/// By default a data key is kept for 60 seconds and used up to 1,000 times, and
/// there are up to 1,024 of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    max_age: Duration,
    max_entries: usize,
    max_uses: u32,
}

/// [`CacheLimits`] that are being set.
#[derive(Clone, Copy, Debug)]
pub struct CacheLimitsBuilder {
    limits: CacheLimits,
}

impl CacheLimits {
    /// The longest that a data key may be kept.
    pub const MAX_AGE: Duration = Duration::from_secs(3600);
    /// The most data keys that may be kept.
    pub const MAX_ENTRIES: usize = 65_536;

    /// Begins with the default bounds.
    ///
    /// # Example
    /// ```
    /// use std::time::Duration;
    ///
    /// use confidant::seal::CacheLimits;
    ///
    /// let limits = CacheLimits::builder().max_age(Duration::from_secs(10)).max_uses(100);
    /// assert!(limits.build().is_ok());
    /// assert!(CacheLimits::builder().max_entries(0).build().is_err());
    /// ```
    #[must_use]
    pub fn builder() -> CacheLimitsBuilder {
        CacheLimitsBuilder {
            limits: Self::default(),
        }
    }
}

impl CacheLimitsBuilder {
    /// Sets how long a data key is kept.
    #[must_use]
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.limits.max_age = age;
        self
    }

    /// Sets how many data keys are kept.
    #[must_use]
    pub const fn max_entries(mut self, entries: usize) -> Self {
        self.limits.max_entries = entries;
        self
    }

    /// Sets how often a data key is used.
    #[must_use]
    pub const fn max_uses(mut self, uses: u32) -> Self {
        self.limits.max_uses = uses;
        self
    }

    /// Checks the bounds.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where one of them is zero,
    /// [`Limit`](crate::ErrorKind::Limit) past [`CacheLimits::MAX_AGE`] or
    /// [`CacheLimits::MAX_ENTRIES`].
    pub fn build(self) -> Result<CacheLimits, Error> {
        let CacheLimits {
            max_age,
            max_entries,
            max_uses,
        } = self.limits;
        if max_age.is_zero() || max_entries == 0 || max_uses == 0 {
            return Err(Error::config("a cache that keeps nothing"));
        }
        if max_age > CacheLimits::MAX_AGE {
            let most = CacheLimits::MAX_AGE.as_secs();
            return Err(Error::limit("the seconds that a data key is kept", most));
        }
        if max_entries > CacheLimits::MAX_ENTRIES {
            let most = CacheLimits::MAX_ENTRIES as u64;
            return Err(Error::limit("the entries of a cache", most));
        }
        Ok(self.limits)
    }
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self {
            max_age: Duration::from_secs(60),
            max_entries: 1024,
            max_uses: 1000,
        }
    }
}

/// A digest of key id, version, wrapped key and context: nothing cached ever
/// answers for another of these.
type Name = [u8; 32];

pub(super) struct Cache {
    limits: CacheLimits,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    slots: HashMap<Name, Slot>,
    /// The kept keys from the oldest to the youngest.
    ages: BTreeMap<u64, Name>,
    next: u64,
    /// How often the cache was emptied. What was asked for before is not kept after.
    generation: u64,
}

enum Slot {
    Kept(Kept),
    /// Somebody is asking the provider; these want to know when that ends.
    Pending(Vec<Waker>),
}

struct Kept {
    key: Arc<DataKey>,
    since: Moment,
    uses: u32,
    age: u64,
}

/// What a caller is to do about a data key.
pub(super) enum Ticket<'a> {
    /// Use this one.
    Hit(Arc<DataKey>),
    /// Ask the provider, while all others wait.
    Lead(Lead<'a>),
}

/// The right to ask the provider. Dropped without a key, it goes to another.
pub(super) struct Lead<'a> {
    cache: &'a Cache,
    name: Name,
    /// Of the cache when the provider was asked.
    generation: u64,
    done: bool,
}

impl Cache {
    pub(super) fn new(limits: CacheLimits, clock: Arc<dyn Clock>) -> Self {
        Self {
            limits,
            clock,
            state: Mutex::default(),
        }
    }

    /// The data key, once it is known whether there is one.
    pub(super) async fn ticket(&self, parts: &Parts<'_>, digest: &[u8; 32]) -> Ticket<'_> {
        let name = name(parts, digest);
        poll_fn(|cx| {
            let mut state = self.state();
            if let Some(key) = self.take_hit(&mut state, &name) {
                return Poll::Ready(Ticket::Hit(key));
            }
            if let Some(Slot::Pending(waiting)) = state.slots.get_mut(&name) {
                if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
                    waiting.push(cx.waker().clone());
                }
                return Poll::Pending;
            }
            state.slots.insert(name, Slot::Pending(Vec::new()));
            let lead = Lead {
                cache: self,
                name,
                generation: state.generation,
                done: false,
            };
            Poll::Ready(Ticket::Lead(lead))
        })
        .await
    }

    /// The data key, if it is there now.
    pub(super) fn hit(&self, parts: &Parts<'_>, digest: &[u8; 32]) -> Option<Arc<DataKey>> {
        self.take_hit(&mut self.state(), &name(parts, digest))
    }

    /// How often the cache was emptied.
    pub(super) fn generation(&self) -> u64 {
        self.state().generation
    }

    /// Keeps a data key that was used once, unless the cache was emptied since it was
    /// asked for.
    pub(super) fn keep(&self, parts: &Parts<'_>, digest: &[u8; 32], key: DataKey, generation: u64) {
        self.insert(name(parts, digest), Arc::new(key), generation);
    }

    pub(super) fn purge(&self) {
        let mut state = self.state();
        state.generation += 1;
        while let Some((_, name)) = state.ages.pop_first() {
            state.slots.remove(&name);
        }
    }

    fn take_hit(&self, state: &mut State, name: &Name) -> Option<Arc<DataKey>> {
        self.drop_expired(state);
        let Some(Slot::Kept(kept)) = state.slots.get_mut(name) else {
            return None;
        };
        kept.uses += 1;
        let key = Arc::clone(&kept.key);
        if kept.uses >= self.limits.max_uses {
            let age = kept.age;
            state.ages.remove(&age);
            state.slots.remove(name);
        }
        Some(key)
    }

    /// Wipes what has been kept for too long. A clock that went back tells
    /// nothing about how long that was, and counts as too long.
    fn drop_expired(&self, state: &mut State) {
        let now = self.clock.now();
        while let Some((age, name)) = state.ages.first_key_value() {
            let fresh = state.slots.get(name).is_some_and(|slot| match slot {
                Slot::Kept(kept) => {
                    let since = now.since(kept.since);
                    since.is_some_and(|since| since < self.limits.max_age)
                }
                Slot::Pending(_) => false,
            });
            if fresh {
                return;
            }
            let (age, name) = (*age, *name);
            state.ages.remove(&age);
            state.slots.remove(&name);
        }
    }

    fn insert(&self, name: Name, key: Arc<DataKey>, generation: u64) {
        let since = self.clock.now();
        let mut state = self.state();
        self.drop_expired(&mut state);
        // A key that may be used once only has been used.
        if self.limits.max_uses == 1 || state.generation != generation {
            let waiting = state.give_back(&name);
            drop(state);
            wake(waiting);
            return;
        }
        if state.ages.len() >= self.limits.max_entries
            && let Some((_, oldest)) = state.ages.pop_first()
        {
            state.slots.remove(&oldest);
        }
        let age = state.next;
        state.next += 1;
        let kept = Kept {
            key,
            since,
            uses: 1,
            age,
        };
        state.ages.insert(age, name);
        let waiting = match state.slots.insert(name, Slot::Kept(kept)) {
            Some(Slot::Kept(before)) => {
                state.ages.remove(&before.age);
                Vec::new()
            }
            Some(Slot::Pending(waiting)) => waiting,
            None => Vec::new(),
        };
        // A waker may come back to the cache at once.
        drop(state);
        wake(waiting);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lead<'_> {
    /// Keeps the data key for those who wait and those to come.
    pub(super) fn keep(mut self, key: DataKey) -> Arc<DataKey> {
        let key = Arc::new(key);
        self.cache
            .insert(self.name, Arc::clone(&key), self.generation);
        self.done = true;
        key
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        if !self.done {
            let waiting = self.cache.state().give_back(&self.name);
            wake(waiting);
        }
    }
}

impl State {
    /// Nobody is asking for this key any more. Whoever waits may, once woken.
    fn give_back(&mut self, name: &Name) -> Vec<Waker> {
        if let Some(Slot::Pending(_)) = self.slots.get(name)
            && let Some(Slot::Pending(waiting)) = self.slots.remove(name)
        {
            return waiting;
        }
        Vec::new()
    }
}

fn wake(waiting: Vec<Waker>) {
    for waker in waiting {
        waker.wake();
    }
}

fn name(parts: &Parts<'_>, digest: &[u8; 32]) -> Name {
    let mut hash = Sha256::new();
    for text in [parts.key_id, parts.version] {
        hash.update([text.len().to_le_bytes()[0]]);
        hash.update(text);
    }
    hash.update(digest);
    hash.update(parts.wrapped);
    hash.finalize().into()
}
