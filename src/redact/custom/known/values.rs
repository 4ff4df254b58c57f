//! The set of known values, shared by redactors.

use std::ops::{Deref, Range};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::{fmt, mem};

use zeroize::Zeroizing;

use super::find;
use super::forms::{self, KnownForms};
use super::keys::Keys;
use super::state::{Holder, Place, State};
use crate::Error;
use crate::error::{KnownCause, KnownRefusal};
use crate::redact::engine::{Hit, Sink};
use crate::redact::operator::Key;
use crate::redact::text::{WIDEST, part};

/// How many values are added before readers see them.
const BATCH: usize = 4096;

/// A set of values that are known to be secret, such as all values in a product's
/// vault. They are found wherever they occur in a text.
///
/// A value is found exactly, byte by byte, even inside a word. Its findings have the
/// rule id `known-value`, the kind [`Secret`](crate::redact::Kind::Secret), a
/// confidence of 100 and the validation [`Known`](crate::redact::Validation::Known).
/// Pass the set to a redactor with [`RedactorBuilder::known_values`].
///
/// A clone is the same set. Any thread can add and remove values at any time, and all
/// redactors with the set see the change. Values of several tenants belong into sets of
/// their own, which [`KnownTenants`](crate::redact::KnownTenants) keeps: in one set, a
/// tenant could type guesses and see which of another's values they hit. A scan uses the values present when it
/// begins, a stream those present at each chunk. A value added during a stream is
/// found if it begins in text that the stream had not settled. A change takes
/// microseconds, however many values there are. Changes and scans never wait for each
/// other.
///
/// # Security
/// The values themselves are not kept. The set keeps 128 bits of HMAC-SHA-256 of each
/// value under the key, a hash of 32 bits, the length, and hashes of the grams of one
/// window of up to 12 bytes; of all values together, which of `"`, `\`, `/`, `'`, `&`, `<`
/// and `>` any of them contains. Without the key these reveal nothing else, and they are
/// wiped when dropped. The key is in the same memory, however. Someone who reads all of it
/// can test guesses, and can find the bytes of the windows with much less work than
/// by guessing. See [the manual](crate::manual::limits).
///
/// No allow-list, [`disable`](crate::redact::RedactorBuilder::disable) or
/// [`min_confidence`](crate::redact::RedactorBuilder::min_confidence) exempts a known
/// value. Only [`remove`](Self::remove) does.
///
/// # Example
/// ```
/// use confidant::redact::{Key, KnownValues, Redactor};
///
/// let known = KnownValues::new(Key::from_bytes([7; 32]));
/// let redactor = Redactor::builder().known_values(known.clone()).build()?;
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
    keys: Arc<Keys>,
    forms: KnownForms,
    /// The snapshot for readers. It is locked only to swap a pointer.
    state: RwLock<Arc<State>>,
    /// Locked by the thread that makes the next snapshot.
    writer: Mutex<()>,
    /// The number of changes so far.
    generation: AtomicU64,
}

impl KnownValues {
    /// The least length of a value, 8 bytes. Shorter values are words, numbers and
    /// parts of others, which occur in texts by chance.
    pub const MIN_LEN: usize = 8;

    /// The greatest length of a value, 8,192 bytes, enough for a private key of 8,192
    /// bits as text. A stream may hold back as much text after the possible start of
    /// a value.
    pub const MAX_LEN: usize = 8192;

    /// Creates an empty set. Use the key for this set alone. No output depends on it,
    /// so it may be a new random key each time.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self::with_forms(key, KnownForms::new())
    }

    /// Creates an empty set whose values are also searched for in other forms.
    #[must_use]
    pub fn with_forms(key: Key, forms: KnownForms) -> Self {
        Self {
            inner: Arc::new(Inner {
                forms,
                keys: Arc::new(Keys::new(key, Self::MAX_LEN)),
                state: RwLock::new(Arc::new(State::new())),
                writer: Mutex::new(()),
                generation: AtomicU64::new(0),
            }),
        }
    }

    /// Creates a set of these values.
    ///
    /// # Errors
    /// Returns the errors of [`extend`](Self::extend). To keep the accepted values
    /// despite an error, create a set with [`new`](Self::new) and extend it.
    pub fn with_values<V: AsRef<[u8]>>(
        key: Key,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self, Error> {
        let set = Self::new(key);
        set.extend(values)?;
        Ok(set)
    }

    /// Adds a value. Returns whether it is new.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Config`](crate::ErrorKind::Config) if the value is
    /// shorter than [`MIN_LEN`](Self::MIN_LEN). Returns
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if it is longer than
    /// [`MAX_LEN`](Self::MAX_LEN), or if the set has values of 256 other lengths with
    /// the same first 252 bytes.
    pub fn insert(&self, value: impl AsRef<[u8]>) -> Result<bool, Error> {
        let value = self.folded(value.as_ref());
        let inserted = self.change(|keys, state| insert(keys, state, &value, Holder::Set));
        inserted.map_err(|refusal| KnownCause::Value(refusal).into())
    }

    /// Adds the value of an owner, and returns where it stands in the tables, so that it
    /// can be [forgotten](Self::forget) by whoever has no copy of it. Returns `None` if
    /// the set cannot take it.
    pub(super) fn insert_owned(&self, value: &[u8]) -> Option<Place> {
        let value = self.folded(value);
        self.change(|keys, state| {
            insert(keys, state, &value, Holder::Owners).ok()?;
            state.place(keys, &value)
        })
    }

    /// Adds values. Returns how many of them are new.
    ///
    /// # Errors
    /// Returns the error of [`insert`](Self::insert) for the first rejected value,
    /// with its number counted from 1. All other values are added nevertheless,
    /// including later ones.
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
                    match insert(keys, state, &self.folded(value.as_ref()), Holder::Set) {
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

    /// Removes a value that was inserted. Returns whether it was present. In a set of
    /// [`KnownTenants`](crate::redact::KnownTenants), a value that a vault has too stays
    /// until the vault gives it up.
    pub fn remove(&self, value: impl AsRef<[u8]>) -> bool {
        let value = self.folded(value.as_ref());
        is_allowed(&value).is_ok() && self.change(|keys, state| state.remove(keys, &value))
    }

    /// Takes the value at a place from its owners. It stays if it was inserted, too.
    pub(super) fn forget(&self, place: &Place) {
        self.change(|_, state| state.forget(place, Holder::Owners));
    }

    /// Returns whether nobody else has this set, and it is empty.
    pub(super) fn is_unused(&self) -> bool {
        Arc::strong_count(&self.inner) == 1 && self.is_empty()
    }

    /// Returns whether the set contains this value.
    #[must_use]
    pub fn contains(&self, value: impl AsRef<[u8]>) -> bool {
        let (keys, value) = (&self.inner.keys, self.folded(value.as_ref()));
        is_allowed(&value).is_ok() && {
            let sum = keys.polynomial().sum(&value);
            self.state().holds(keys, sum, value.len())
        }
    }

    /// Returns the number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().len()
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all values.
    pub fn clear(&self) {
        self.change(|_, state| *state = State::new());
    }

    /// Returns a number that grows with every change.
    pub(crate) fn generation(&self) -> u64 {
        self.inner.generation.load(Ordering::Acquire)
    }

    /// Reports the values that begin in `text` at or after `from`.
    ///
    /// `complete` says whether the text ends with `text`. Bytes before `from` have no
    /// effect.
    pub(crate) fn find(&self, text: &[u8], from: usize, complete: bool, sink: &mut Sink) {
        let state = self.state();
        if state.len() == 0 {
            return;
        }
        // Bytes before `from` only tell where its first character begins.
        let base = from.saturating_sub(WIDEST);
        let text = self.folded(part(text, base..text.len()));
        let from = from - base;
        let mut found = Sink::default();
        let keys = &self.inner.keys;
        find::find(keys, &state, &text, from, complete, &|_| true, &mut found);
        let place = forms::Place {
            text: &text,
            from,
            complete,
        };
        forms::find_forms(keys, &state, self.inner.forms, place, &mut found);
        for hit in found.hits.drain(..) {
            sink.hit(Hit {
                start: hit.start + base,
                end: hit.end + base,
                place: hit.place + base,
                ..hit
            });
        }
        if let Some(open) = found.first_open() {
            sink.open(open + base);
        }
    }

    /// Reports only the values that are in `text` as they are, where `stands` says that
    /// they may stand.
    pub(crate) fn find_exact(
        &self,
        text: &[u8],
        stands: &dyn Fn(&Range<usize>) -> bool,
        sink: &mut Sink,
    ) {
        let state = self.state();
        find::find(&self.inner.keys, &state, text, 0, true, stands, sink);
    }

    /// Returns text in the letter case in which values are compared.
    fn folded<'v>(&self, value: &'v [u8]) -> Folded<'v> {
        if self.inner.forms.any_case {
            #[cfg(test)]
            FOLDED.with(|folded| folded.set(folded.get() + value.len()));
            Folded::Small(Zeroizing::new(value.to_ascii_lowercase()))
        } else {
            Folded::Same(value)
        }
    }

    /// Returns a set of the present values that later changes do not reach.
    pub(crate) fn snapshot(&self) -> Self {
        Self {
            inner: Arc::new(Inner {
                keys: Arc::clone(&self.inner.keys),
                forms: self.inner.forms,
                state: RwLock::new(self.state()),
                writer: Mutex::new(()),
                generation: AtomicU64::new(self.generation()),
            }),
        }
    }

    /// Returns the current snapshot.
    pub(super) fn state(&self) -> Arc<State> {
        let state = self.inner.state.read();
        Arc::clone(&state.unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes the next snapshot and publishes it to readers.
    fn change<R>(&self, change: impl FnOnce(&Keys, &mut State) -> R) -> R {
        let inner = &*self.inner;
        let writer = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = State::clone(&self.state());
        let result = change(&inner.keys, &mut next);
        let next = Arc::new(next);
        let mut state = inner.state.write().unwrap_or_else(PoisonError::into_inner);
        let last = mem::replace(&mut *state, next);
        inner.generation.fetch_add(1, Ordering::Release);
        drop(state);
        drop(writer);
        // A snapshot that no reader holds is wiped here, outside the locks.
        drop(last);
        result
    }
}

#[cfg(test)]
thread_local! {
    /// How many bytes this thread has folded.
    pub(super) static FOLDED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Text in the letter case in which values are compared.
enum Folded<'v> {
    Same(&'v [u8]),
    Small(Zeroizing<Vec<u8>>),
}

impl Deref for Folded<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Same(value) => value,
            Self::Small(value) => value,
        }
    }
}

fn insert(
    keys: &Keys,
    state: &mut State,
    value: &[u8],
    holder: Holder,
) -> Result<bool, KnownRefusal> {
    is_allowed(value)?;
    state.insert(keys, value, holder)
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
