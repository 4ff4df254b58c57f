//! Limits on what a tenant's calls may use.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{Cost, Leaf, Leaves, ModelError, ModelErrorKind, Path, Request, Usage};
use crate::store::{Batch, Condition, Key, Range, Store};
use crate::time::Moment;
use crate::{Error, ErrorKind};

const COLLECTION: &str = "confidant.guard.budget";
/// How often another process may come first.
const TRIES: u32 = 16;
/// How many bytes of text a token has at least, as an estimate.
const BYTES_PER_TOKEN: u64 = 3;
/// How many tokens an answer may have where the request does not say.
const ANSWER: u64 = 4_096;

/// A limit on the tokens and the cost of a tenant's calls within a window of time, shared
/// by all processes that share the store.
///
/// A call reserves what it may use at most before it leaves: a token for every three bytes
/// of the request, and as many as its answer may have, or 4,096 where it does not say. After
/// it, what it did use is settled. A call that never left, or that the provider turned away,
/// used nothing; where the provider does not say how much it was, the reservation stands.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use confidant::guard::Budget;
/// use confidant::store::MemoryStore;
///
/// let day = Duration::from_secs(86_400);
/// let budget = Budget::new(Arc::new(MemoryStore::new()), "daily", day)?.tokens(1_000_000);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct Budget {
    store: Arc<dyn Store>,
    name: Box<str>,
    window: i64,
    tokens: Option<u64>,
    nanos: Option<u64>,
}

/// What a call has reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reserved {
    tenant: Box<str>,
    window: i64,
    tokens: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Spent {
    tokens: u64,
    nanos: u64,
}

impl Budget {
    /// Counts in windows of this length, from 1970 on. Budgets of one name share a count.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) where the window is shorter than a second, or the
    /// name is not 1 to 64 letters, digits and `-_.:`.
    pub fn new(store: Arc<dyn Store>, name: &str, window: Duration) -> Result<Self, Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
            return Err(Error::config("name of the budget is not well-formed"));
        }
        let window = i64::try_from(window.as_secs())
            .ok()
            .filter(|window| *window > 0);
        Ok(Self {
            store,
            name: name.into(),
            window: window.ok_or_else(|| {
                Error::config("window of the budget is not 1 to 2^63 - 1 seconds")
            })?,
            tokens: None,
            nanos: None,
        })
    }

    /// Limits the tokens of requests and answers together.
    #[must_use]
    pub const fn tokens(mut self, tokens: u64) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Limits the cost, in thousand-millionths of the currency's unit. Calls whose cost
    /// nobody knows count nothing.
    #[must_use]
    pub const fn nanos(mut self, nanos: u64) -> Self {
        self.nanos = Some(nanos);
        self
    }

    /// Reserves what a call may use.
    pub(crate) async fn reserve(
        &self,
        tenant: &str,
        tokens: u64,
        now: Moment,
    ) -> Result<Reserved, ModelError> {
        let window = now.unix_seconds().div_euclid(self.window);
        let reserved = Reserved {
            tenant: tenant.into(),
            window,
            tokens,
        };
        let add = |spent: Spent| {
            let new = spent.tokens.saturating_add(tokens);
            let is_over = self.tokens.is_some_and(|limit| new > limit)
                || self.nanos.is_some_and(|limit| spent.nanos >= limit);
            (!is_over).then_some(Spent {
                tokens: new,
                nanos: spent.nanos,
            })
        };
        match self.change(tenant, window, add).await? {
            true => Ok(reserved),
            false => Err(ModelError::new(ModelErrorKind::BudgetExceeded)),
        }
    }

    /// Settles what a call did use. One that was never sent used nothing.
    pub(crate) async fn settle(
        &self,
        reserved: &Reserved,
        used: Option<(&Usage, Option<&Cost>)>,
    ) -> Result<(), Error> {
        let (tokens, nanos) = match used {
            None => (Some(0), 0),
            Some((usage, cost)) => {
                let nanos = cost.map_or(0, |cost| u64::try_from(cost.nanos).unwrap_or(u64::MAX));
                (usage.total_tokens(), nanos)
            }
        };
        let settle = |spent: Spent| {
            let tokens = tokens.unwrap_or(reserved.tokens);
            Some(Spent {
                tokens: spent
                    .tokens
                    .saturating_sub(reserved.tokens)
                    .saturating_add(tokens),
                nanos: spent.nanos.saturating_add(nanos),
            })
        };
        self.change(&reserved.tenant, reserved.window, settle)
            .await?;
        Ok(())
    }

    /// Changes the count of a window. Returns `false` where `change` does not allow it.
    async fn change(
        &self,
        tenant: &str,
        window: i64,
        change: impl Fn(Spent) -> Option<Spent>,
    ) -> Result<bool, Error> {
        let key = self.key(tenant, window)?;
        for _ in 0..TRIES {
            let record = self.store.get(&key).await?;
            let (spent, condition) = match &record {
                None => (Spent::default(), Condition::Absent),
                Some(record) => (
                    Spent::read(&record.value)?,
                    Condition::Revision(record.revision),
                ),
            };
            let Some(new) = change(spent) else {
                return Ok(false);
            };
            let mut batch = Batch::new()
                .require(key.clone(), condition)
                .put(key.clone(), new.to_bytes());
            if record.is_none() {
                batch = batch.delete_range(self.before(tenant, window)?);
            }
            match self.store.commit(batch).await {
                Ok(_) => return Ok(true),
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
        let what = "others changed the budget again and again";
        Err(Error::message(ErrorKind::Conflict, what).retry())
    }

    fn key(&self, tenant: &str, window: i64) -> Result<Key, Error> {
        Key::new(tenant, COLLECTION, self.path(window))
    }

    fn path(&self, window: i64) -> Vec<u8> {
        let mut path = format!("{}/", self.name).into_bytes();
        // Windows before 1970 come first.
        path.extend_from_slice(&(window.cast_unsigned() ^ 1 << 63).to_be_bytes());
        path
    }

    /// The windows before the last one: a call that began there may still settle in that.
    fn before(&self, tenant: &str, window: i64) -> Result<Range, Error> {
        let range = Range::collection(tenant, COLLECTION)?;
        let range = range.prefix(format!("{}/", self.name));
        Ok(range.until(self.path(window.saturating_sub(1))))
    }
}

impl Spent {
    fn read(bytes: &[u8]) -> Result<Self, Error> {
        let parse = || {
            let (tokens, rest) = bytes.split_first_chunk()?;
            let nanos = rest.try_into().ok()?;
            Some(Self {
                tokens: u64::from_be_bytes(*tokens),
                nanos: u64::from_be_bytes(nanos),
            })
        };
        let what = "count of a budget is not what was written";
        parse().ok_or_else(|| Error::message(ErrorKind::Integrity, what))
    }

    fn to_bytes(self) -> Vec<u8> {
        [self.tokens.to_be_bytes(), self.nanos.to_be_bytes()].concat()
    }
}

/// How many tokens a call may use at most, by a rule of thumb.
pub(super) fn estimate(request: &Request) -> u64 {
    let answer = request.sampling.max_output_tokens.map_or(ANSWER, u64::from);
    estimate_input(request).saturating_add(answer)
}

/// How many tokens the provider reads at most, by a rule of thumb.
pub(super) fn estimate_input(content: &(impl Leaves + Clone)) -> u64 {
    let mut bytes = 0_u64;
    let mut copy = content.clone();
    let walked = copy.leaves(&Path::root("request"), &mut |_, leaf| {
        let len = match leaf {
            Leaf::Text(text) => text.len(),
            Leaf::Json(json) | Leaf::Schema(json) => json.as_str().len(),
            Leaf::Blob(blob) => blob.len(),
            Leaf::Name(_) | Leaf::Number(_) | Leaf::Wire(_) => 0,
        };
        bytes = bytes.saturating_add(len as u64);
        Ok(())
    });
    debug_assert!(walked.is_ok(), "the visitor never fails");
    bytes / BYTES_PER_TOKEN
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("name", &self.name)
            .field("tokens", &self.tokens)
            .field("nanos", &self.nanos)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Message;
    use crate::store::MemoryStore;

    fn run<T>(future: impl Future<Output = T>) -> T {
        pollster::block_on(future)
    }

    fn request() -> Request {
        let text = "x".repeat(30);
        Request::new()
            .with(Message::user(text))
            .max_output_tokens(90)
    }

    #[test]
    fn a_budget_is_reserved_settled_and_new_in_the_next_window() {
        let store = Arc::new(MemoryStore::new());
        let budget = Budget::new(store, "b", Duration::from_secs(60))
            .unwrap()
            .tokens(150);
        let now = Moment::UNIX_EPOCH;
        let first = run(budget.reserve("acme", estimate(&request()), now)).unwrap();
        let refused = run(budget.reserve("acme", estimate(&request()), now)).unwrap_err();
        assert_eq!(refused.kind(), ModelErrorKind::BudgetExceeded);
        assert!(run(budget.reserve("other", estimate(&request()), now)).is_ok());
        // It used less than was reserved.
        let mut usage = Usage::new();
        (usage.input_tokens, usage.output_tokens) = (Some(10), Some(5));
        run(budget.settle(&first, Some((&usage, None)))).unwrap();
        let second = run(budget.reserve("acme", estimate(&request()), now)).unwrap();
        // Nobody knows what it used, so the reservation stands.
        run(budget.settle(&second, Some((&Usage::new(), None)))).unwrap();
        assert!(run(budget.reserve("acme", estimate(&request()), now)).is_err());
        let later = Moment::from_unix_seconds(60).unwrap();
        let third = run(budget.reserve("acme", estimate(&request()), later)).unwrap();
        // One that was never sent used nothing.
        run(budget.settle(&third, None)).unwrap();
        assert!(run(budget.reserve("acme", estimate(&request()), later)).is_ok());
    }

    #[test]
    fn many_calls_at_once_never_pass_the_limit() {
        let store = Arc::new(MemoryStore::new());
        let budget = Budget::new(store, "b", Duration::from_secs(60))
            .unwrap()
            .tokens(1_000);
        let granted: usize = std::thread::scope(|scope| {
            let ask = || {
                (0..10)
                    .filter(|_| {
                        let tokens = estimate(&request());
                        let asked = budget.reserve("acme", tokens, Moment::UNIX_EPOCH);
                        run(asked).is_ok()
                    })
                    .count()
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        assert_eq!(granted, 10);
    }
}
