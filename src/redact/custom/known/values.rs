//! The set of known values that redactors share.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::{fmt, mem};

use super::find;
use super::keys::Keys;
use super::state::State;
use crate::Error;
use crate::error::{KnownCause, KnownRefusal};
use crate::redact::engine::Sink;
use crate::redact::operator::Key;

/// How many values are added before readers see them.
const BATCH: usize = 4096;

/// Values that are known to be secret, such as all that a product's own vault
/// holds: wherever one of them stands in a text, it is found.
///
/// A value is found exactly, byte by byte, also in the middle of a word, whatever
/// stands around it. Its findings have the rule id `known-value`, the kind
/// [`Secret`](crate::redact::Kind::Secret), a confidence of 100 and the validation
/// [`Known`](crate::redact::Validation::Known).
/// [`RedactorBuilder::known_values`] gives the set to a redactor.
///
/// A clone is the same set. Values can be added and removed at any time, by any
/// thread, and all redactors that hold the set see it: a scan takes the values of
/// the moment when it begins, and a stream those of each chunk. A value that is
/// added while a stream is under way is found where it begins in what the stream
/// had not yet settled. A change takes microseconds, however many values there
/// are, and neither waits for scans nor makes them wait.
///
/// # Security
/// No value is kept. What is kept of each are 128 bits of HMAC-SHA-256 under the
/// key, a hash of 32 bits, its length, and hashes of the grams of one window of up
/// to 12 bytes. Without the key they say nothing, and they are wiped when they are
/// dropped. The key stands in the same memory: who reads all of it can test
/// guesses, and can find the bytes of the windows with much less work than by
/// guessing. See [the manual](crate::manual::limits).
///
/// No allow-list, [`disable`](crate::redact::RedactorBuilder::disable) or
/// [`min_confidence`](crate::redact::RedactorBuilder::min_confidence) lets a known
/// value through; [`remove`](Self::remove) does.
///
/// # Example
/// ```
/// use confidant::redact::{Key, KnownValues, Redactor};
///
/// let known = KnownValues::new(Key::from_bytes([7; 32]));
/// let redactor = Redactor::builder().known_values(known.clone()).build();
/// known.insert("blue-otter-staircase")?;
///
/// let redacted = redactor.redact("it was xblue-otter-staircase, she said");
/// assert_eq!(redacted.as_str(), "it was x[REDACTED-SECRET], she said");
/// assert_eq!(redacted.findings()[0].rule(), "known-value");
///
/// known.remove("blue-otter-staircase");
/// assert!(redactor.is_clean(b"blue-otter-staircase"));
/// # Ok::<(), confidant::Error>(())
/// ```
///
/// [`RedactorBuilder::known_values`]: crate::redact::RedactorBuilder::known_values
#[derive(Clone)]
pub struct KnownValues {
    inner: Arc<Inner>,
}

struct Inner {
    keys: Keys,
    /// What readers take; it is locked to swap a pointer, no longer.
    state: RwLock<Arc<State>>,
    /// Held by who makes the next state.
    writer: Mutex<()>,
}

impl KnownValues {
    /// The fewest bytes of a value: 8. Shorter ones are words, numbers and parts
    /// of others, which stand in texts by chance.
    pub const MIN_LEN: usize = 8;

    /// The most bytes of a value: 8,192, which holds a private key of 8,192 bits
    /// as text. A stream holds back as much behind what may be the start of one.
    pub const MAX_LEN: usize = 8192;

    /// No values yet. The key is for this set alone; nothing that is shown
    /// depends on it, so it may be drawn anew whenever the set is made.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self {
            inner: Arc::new(Inner {
                keys: Keys::new(key, Self::MAX_LEN),
                state: RwLock::new(Arc::new(State::new())),
                writer: Mutex::new(()),
            }),
        }
    }

    /// The set of these values.
    ///
    /// # Errors
    /// As [`extend`](Self::extend). To keep the values that are not refused, make
    /// a set with [`new`](Self::new) and extend that.
    pub fn with_values<V: AsRef<[u8]>>(
        key: Key,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self, Error> {
        let set = Self::new(key);
        set.extend(values)?;
        Ok(set)
    }

    /// Adds a value; answers whether it is new.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the value has fewer
    /// than [`MIN_LEN`](Self::MIN_LEN) bytes;
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if it has more than
    /// [`MAX_LEN`](Self::MAX_LEN), or if the set has values of 256 other lengths
    /// that share their first 252 bytes with it.
    pub fn insert(&self, value: impl AsRef<[u8]>) -> Result<bool, Error> {
        let inserted = self.change(|keys, state| insert(keys, state, value.as_ref()));
        inserted.map_err(|refusal| KnownCause::Value(refusal).into())
    }

    /// Adds values; answers how many of them are new.
    ///
    /// # Errors
    /// The error that [`insert`](Self::insert) has for the first value that is
    /// refused, with its number, counted from 1. All values that are not refused
    /// have been added all the same, also those behind it.
    pub fn extend<V: AsRef<[u8]>>(
        &self,
        values: impl IntoIterator<Item = V>,
    ) -> Result<usize, Error> {
        let mut values = (1..).zip(values);
        let (mut new, mut first) = (0, None);
        loop {
            let taken = self.change(|keys, state| {
                let mut taken = 0;
                for (number, value) in values.by_ref().take(BATCH) {
                    match insert(keys, state, value.as_ref()) {
                        Ok(is_new) => new += usize::from(is_new),
                        Err(refusal) => {
                            first.get_or_insert(KnownCause::Number { number, refusal });
                        }
                    }
                    taken += 1;
                }
                taken
            });
            if taken < BATCH {
                return first.map_or(Ok(new), |cause| Err(cause.into()));
            }
        }
    }

    /// Removes a value; answers whether it was there.
    pub fn remove(&self, value: impl AsRef<[u8]>) -> bool {
        let value = value.as_ref();
        is_allowed(value).is_ok() && self.change(|keys, state| state.remove(keys, value))
    }

    /// Whether this is one of the values.
    #[must_use]
    pub fn contains(&self, value: impl AsRef<[u8]>) -> bool {
        let (keys, value) = (&self.inner.keys, value.as_ref());
        is_allowed(value).is_ok() && {
            let sum = keys.polynomial().sum(value);
            self.state().holds(keys, sum, value.len())
        }
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all values.
    pub fn clear(&self) {
        self.change(|_, state| *state = State::new());
    }

    /// Reports the values that begin in `text` from `from` on, as hits of `rule`.
    ///
    /// `complete` says whether the whole text ends with `text`; what lies before
    /// `from` makes no difference.
    pub(crate) fn find(
        &self,
        text: &[u8],
        from: usize,
        complete: bool,
        rule: u32,
        sink: &mut Sink,
    ) {
        let state = self.state();
        find::find(&self.inner.keys, &state, text, from, complete, rule, sink);
    }

    /// The state of this moment.
    pub(super) fn state(&self) -> Arc<State> {
        let state = self.inner.state.read();
        Arc::clone(&state.unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes the next state out of this one, and shows it to readers.
    fn change<R>(&self, change: impl FnOnce(&Keys, &mut State) -> R) -> R {
        let inner = &*self.inner;
        let writer = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = State::clone(&self.state());
        let result = change(&inner.keys, &mut next);
        let next = Arc::new(next);
        let mut state = inner.state.write().unwrap_or_else(PoisonError::into_inner);
        let last = mem::replace(&mut *state, next);
        drop(state);
        drop(writer);
        // What nobody reads any more is wiped here, with no lock held.
        drop(last);
        result
    }
}

fn insert(keys: &Keys, state: &mut State, value: &[u8]) -> Result<bool, KnownRefusal> {
    is_allowed(value)?;
    state.insert(keys, value)
}

fn is_allowed(value: &[u8]) -> Result<(), KnownRefusal> {
    if value.len() < KnownValues::MIN_LEN {
        Err(KnownRefusal::Short)
    } else if value.len() > KnownValues::MAX_LEN {
        Err(KnownRefusal::Long)
    } else {
        Ok(())
    }
}

impl fmt::Debug for KnownValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownValues")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
