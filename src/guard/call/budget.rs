//! Limits on what a tenant's calls may use.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::spent::{Spent, Watch, reverted};
use crate::audit::LogKey;
use crate::model::{
    ChatRequest, Cost, Leaf, Leaves, ModelDescriptor, ModelError, ModelErrorKind, Path, PriceTable,
    Usage,
};
use crate::store::{Batch, Condition, Range, RecordKey, Store};
use crate::taxonomy::Tenant;
use crate::time::Moment;
use crate::{Error, ErrorKind};

const COLLECTION: &str = "confidant.guard.budget";
/// How often another process may come first.
const TRIES: u32 = 64;
/// How many bytes of text a token has at least, as an estimate.
const BYTES_PER_TOKEN: u64 = 3;
/// How many tokens an answer may have where the request does not say.
const ANSWER: u64 = 4_096;

/// A limit on the tokens and the cost of a tenant's calls within a window of time, shared
/// by all processes that share the store.
///
/// A call reserves what it may use at most before it leaves: a token for every three bytes
/// of the request, and as many as its answer may have, or 4,096 where it does not say, and
/// what all of them cost. After it, what it did use is settled. A call that never left, or
/// that the provider turned away, used nothing; where the provider does not say how much it
/// was, the reservation stands.
///
/// # Security
/// Each count has a MAC under the key of the log: one that was changed, or put in the place
/// of another, is an error of kind [`Integrity`](ErrorKind::Integrity), and nothing leaves. One
/// that was put back to an earlier state, or taken away, is noticed by every process that has
/// seen a later one in its window; nobody else notices it. Tenants are told apart to the
/// letter.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use confidant::audit::LogKey;
/// use confidant::guard::Budget;
/// use confidant::store::MemoryStore;
///
/// let (store, key) = (Arc::new(MemoryStore::new()), LogKey::generate()?);
/// let day = Duration::from_secs(86_400);
/// let budget = Budget::new(store, key, "daily", day)?.tokens(1_000_000);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct Budget {
    store: Arc<dyn Store>,
    key: LogKey,
    watch: Arc<Watch>,
    name: Box<str>,
    window: i64,
    tokens: Option<u64>,
    nanos: Option<u64>,
    allows_unpriced: bool,
}

/// What a call may use at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Estimate {
    input: u64,
    output: u64,
}

/// What a call has reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reserved {
    tenant: Box<str>,
    window: i64,
    tokens: u64,
    nanos: u64,
}

impl Budget {
    /// Counts in windows of this length, from 1970 on. Budgets of one name share a count,
    /// and need the same `key`: that of the audit log.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) where the window is shorter than a second, or the
    /// name is not 1 to 64 letters, digits and `-_.:`.
    pub fn new(
        store: Arc<dyn Store>,
        key: LogKey,
        name: &str,
        window: Duration,
    ) -> Result<Self, Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
            return Err(Error::config("name of the budget is not well-formed"));
        }
        let window = i64::try_from(window.as_secs())
            .ok()
            .filter(|window| *window > 0);
        Ok(Self {
            store,
            key,
            watch: Arc::default(),
            name: name.into(),
            window: window.ok_or_else(|| {
                Error::config("window of the budget is not 1 to 2^63 - 1 seconds")
            })?,
            tokens: None,
            nanos: None,
            allows_unpriced: false,
        })
    }

    /// Limits the tokens of requests and answers together.
    #[must_use]
    pub const fn tokens(mut self, tokens: u64) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Limits the cost, in thousand-millionths of the currency's unit. A call is refused
    /// where the [prices](crate::guard::Services::prices) do not say what its model costs.
    #[must_use]
    pub const fn nanos(mut self, nanos: u64) -> Self {
        self.nanos = Some(nanos);
        self
    }

    /// Lets calls pass whose model has no price. They count nothing against the limit of
    /// the [cost](Self::nanos).
    #[must_use]
    pub const fn allow_unpriced(mut self) -> Self {
        self.allows_unpriced = true;
        self
    }

    /// Reserves what a call may use.
    pub(super) async fn reserve(
        &self,
        tenant: &str,
        estimate: Estimate,
        (prices, model): (Option<&PriceTable>, &ModelDescriptor),
        now: Moment,
    ) -> Result<Reserved, ModelError> {
        let nanos = match self.nanos {
            None => 0,
            Some(_) => match estimate.nanos(prices, model, now) {
                Some(nanos) => nanos,
                None if self.allows_unpriced => 0,
                None => {
                    let error = ModelError::new(ModelErrorKind::BudgetExceeded);
                    return Err(error.with_subject("model has no price"));
                }
            },
        };
        let reserved = Reserved {
            tenant: tenant.into(),
            window: now.unix_seconds().div_euclid(self.window),
            tokens: estimate.tokens(),
            nanos,
        };
        let add = |spent: Spent| {
            let new = Spent {
                tokens: spent.tokens.saturating_add(reserved.tokens),
                nanos: spent.nanos.saturating_add(reserved.nanos),
                ..spent
            };
            let is_over = self.tokens.is_some_and(|limit| new.tokens > limit)
                || self
                    .nanos
                    .is_some_and(|limit| new.nanos > limit || spent.nanos >= limit);
            (!is_over).then_some(new)
        };
        match self.change(tenant, reserved.window, add).await? {
            true => Ok(reserved),
            false => Err(ModelError::new(ModelErrorKind::BudgetExceeded)),
        }
    }

    /// Settles what a call did use. One that was never sent used nothing.
    pub(super) async fn settle(
        &self,
        reserved: &Reserved,
        used: Option<(&Usage, Option<&Cost>)>,
    ) -> Result<(), Error> {
        let (tokens, nanos) = match used {
            None => (0, 0),
            Some((usage, cost)) => (
                usage.total_tokens().unwrap_or(reserved.tokens),
                cost.map_or(reserved.nanos, |cost| whole(cost.nanos)),
            ),
        };
        let replace = |spent: u64, reserved: u64, used: u64| {
            spent.saturating_sub(reserved).saturating_add(used)
        };
        let settle = |spent: Spent| {
            Some(Spent {
                tokens: replace(spent.tokens, reserved.tokens, tokens),
                nanos: replace(spent.nanos, reserved.nanos, nanos),
                ..spent
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
                    Spent::read(&self.key, &key, &record.value)?,
                    Condition::Revision(record.revision),
                ),
            };
            if self.watch.is_behind(tenant, window, spent.changes)
                && (record.is_some() || !self.is_over(tenant, window).await?)
            {
                return Err(reverted());
            }
            self.watch.note(tenant, window, spent.changes);
            let Some(new) = change(spent) else {
                return Ok(false);
            };
            let new = Spent {
                changes: spent.changes.saturating_add(1),
                ..new
            };
            let mut batch = Batch::new()
                .require(key.clone(), condition)
                .put(key.clone(), new.to_bytes(&self.key, &key));
            if record.is_none() {
                batch = batch.delete_range(self.before(tenant, window)?);
            }
            match self.store.commit(batch).await {
                Ok(_) => {
                    self.watch.note(tenant, window, new.changes);
                    return Ok(true);
                }
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
        let what = "others changed the budget again and again";
        Err(Error::message(ErrorKind::Conflict, what).retry())
    }

    /// Whether a process whose clock is ahead may have deleted the window: it has begun one
    /// that is at least the second after it.
    async fn is_over(&self, tenant: &str, window: i64) -> Result<bool, Error> {
        let range = Range::collection(Tenant::new(tenant), COLLECTION)?;
        let range = range.prefix(format!("{}/", self.name));
        let later = range.from(self.path(window.saturating_add(2)));
        Ok(!self.store.scan(&later, 1).await?.is_empty())
    }

    fn key(&self, tenant: &str, window: i64) -> Result<RecordKey, Error> {
        RecordKey::new(Tenant::new(tenant), COLLECTION, self.path(window))
    }

    fn path(&self, window: i64) -> Vec<u8> {
        let mut path = format!("{}/", self.name).into_bytes();
        // Windows before 1970 come first.
        path.extend_from_slice(&(window.cast_unsigned() ^ 1 << 63).to_be_bytes());
        path
    }

    /// The windows before the last one: a call that began there may still settle in that.
    fn before(&self, tenant: &str, window: i64) -> Result<Range, Error> {
        let range = Range::collection(Tenant::new(tenant), COLLECTION)?;
        let range = range.prefix(format!("{}/", self.name));
        Ok(range.until(self.path(window.saturating_sub(1))))
    }
}

impl Estimate {
    /// What a request to a chat model may use, by a rule of thumb.
    pub(super) fn of(request: &ChatRequest) -> Self {
        Self {
            output: request.sampling.max_output_tokens.map_or(ANSWER, u64::from),
            ..Self::of_input(request)
        }
    }

    /// What the provider reads at most, by a rule of thumb.
    pub(super) fn of_input(content: &(impl Leaves + Clone)) -> Self {
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
        Self {
            input: bytes / BYTES_PER_TOKEN,
            output: 0,
        }
    }

    /// What both use.
    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
        }
    }

    const fn tokens(self) -> u64 {
        self.input.saturating_add(self.output)
    }

    /// What it costs at the dearest price that could apply.
    fn nanos(
        self,
        prices: Option<&PriceTable>,
        model: &ModelDescriptor,
        now: Moment,
    ) -> Option<u64> {
        if self.tokens() == 0 {
            return Some(0);
        }
        let mut usage = Usage::new();
        usage.input_tokens = Some(self.input);
        usage.output_tokens = Some(self.output);
        let cost = prices?.cost(model, &usage, now)?;
        Some(whole(cost.nanos))
    }
}

/// A cost as it is counted.
fn whole(nanos: i128) -> u64 {
    u64::try_from(nanos.max(0)).unwrap_or(u64::MAX)
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
    use crate::model::{CredentialOwner, Destination, Endpoint, Message};
    use crate::store::MemoryStore;
    use crate::taxonomy::Processor;

    fn run<T>(future: impl Future<Output = T>) -> T {
        pollster::block_on(future)
    }

    fn key() -> LogKey {
        LogKey::from_bytes([1; 32])
    }

    fn model(name: &str) -> ModelDescriptor {
        ModelDescriptor::new(
            Destination::new(
                Processor::new("acme").unwrap(),
                Endpoint::new("https://models.acme.example").unwrap(),
                name,
            ),
            CredentialOwner::Platform,
        )
    }

    fn reserve(budget: &Budget, tenant: &str, now: Moment) -> Result<Reserved, ModelError> {
        let estimate = Estimate::of(&request());
        run(budget.reserve(tenant, estimate, (None, &model("one")), now))
    }

    fn request() -> ChatRequest {
        let text = "x".repeat(30);
        ChatRequest::new()
            .with(Message::user(text))
            .max_output_tokens(90)
    }

    #[test]
    fn a_budget_is_reserved_settled_and_new_in_the_next_window() {
        let store = Arc::new(MemoryStore::new());
        let budget = Budget::new(store, key(), "b", Duration::from_secs(60))
            .unwrap()
            .tokens(150);
        let now = Moment::UNIX_EPOCH;
        let first = reserve(&budget, "acme", now).unwrap();
        let refused = reserve(&budget, "acme", now).unwrap_err();
        assert_eq!(refused.kind(), ModelErrorKind::BudgetExceeded);
        assert!(reserve(&budget, "other", now).is_ok());
        // It used less than was reserved.
        let mut usage = Usage::new();
        (usage.input_tokens, usage.output_tokens) = (Some(10), Some(5));
        run(budget.settle(&first, Some((&usage, None)))).unwrap();
        let second = reserve(&budget, "acme", now).unwrap();
        // Nobody knows what it used, so the reservation stands.
        run(budget.settle(&second, Some((&Usage::new(), None)))).unwrap();
        assert!(reserve(&budget, "acme", now).is_err());
        let later = Moment::from_unix_seconds(60).unwrap();
        let third = reserve(&budget, "acme", later).unwrap();
        // One that was never sent used nothing.
        run(budget.settle(&third, None)).unwrap();
        assert!(reserve(&budget, "acme", later).is_ok());
    }

    #[test]
    fn who_writes_to_the_store_lifts_no_budget() {
        let store = Arc::new(MemoryStore::new());
        let new = || {
            let store = Arc::clone(&store) as Arc<dyn Store>;
            let budget = Budget::new(store, key(), "b", Duration::from_secs(60));
            budget.unwrap().tokens(250)
        };
        let (budget, now) = (new(), Moment::UNIX_EPOCH);
        let place = budget.key("acme", 0).unwrap();
        reserve(&budget, "acme", now).unwrap();
        let early = run(store.get(&place)).unwrap().unwrap().value;
        reserve(&budget, "acme", now).unwrap();
        let late = run(store.get(&place)).unwrap().unwrap().value;
        assert!(reserve(&budget, "acme", now).is_err());
        let put = |value: Option<Vec<u8>>| {
            let batch = match value {
                Some(value) => Batch::new().put(place.clone(), value),
                None => Batch::new().delete(place.clone()),
            };
            run(store.commit(batch)).unwrap();
        };
        let mut zero = late.clone();
        zero[..8].fill(0);
        for (value, is_seen_by_all) in [
            (Some(zero), true),
            (Some(vec![0; 16]), true),
            (Some(early), false),
            (None, false),
        ] {
            put(value);
            let refused = reserve(&budget, "acme", now).unwrap_err();
            assert_eq!(refused.kind(), ModelErrorKind::GuardFailed);
            if is_seen_by_all {
                assert!(reserve(&new(), "acme", now).is_err());
            }
            put(Some(late.clone()));
        }
        let refused = reserve(&budget, "acme", now).unwrap_err();
        assert_eq!(refused.kind(), ModelErrorKind::BudgetExceeded);
    }

    #[test]
    fn a_process_whose_clock_is_ahead_stops_nobody() {
        let store = Arc::new(MemoryStore::new());
        let budget = || {
            let store = Arc::clone(&store) as Arc<dyn Store>;
            Budget::new(store, key(), "b", Duration::from_secs(1)).unwrap()
        };
        let (one, other) = (budget().tokens(1_000), budget().tokens(1_000));
        let at = |seconds| Moment::from_unix_seconds(seconds).unwrap();
        let first = reserve(&one, "acme", at(10)).unwrap();
        reserve(&other, "acme", at(12)).unwrap();
        reserve(&one, "acme", at(10)).unwrap();
        run(one.settle(&first, None)).unwrap();
    }

    #[test]
    fn many_calls_at_once_never_pass_the_limit() {
        let store = Arc::new(MemoryStore::new());
        let budget = Budget::new(store, key(), "b", Duration::from_secs(60))
            .unwrap()
            .tokens(1_000);
        let granted: usize = std::thread::scope(|scope| {
            let ask = || {
                (0..10)
                    .filter(|_| reserve(&budget, "acme", Moment::UNIX_EPOCH).is_ok())
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

    #[test]
    fn a_limit_of_the_cost_holds_for_models_with_a_price_alone() {
        let prices = PriceTable::from_json(
            r#"{"version": "1", "effective": "2026-11-01T00:00:00Z", "currency": "USD",
                "prices": [{"provider": "acme", "model": "one", "input": "1", "output": "2"}]}"#,
        )
        .unwrap();
        let new = || {
            let store = Arc::new(MemoryStore::new());
            Budget::new(store, key(), "b", Duration::from_secs(60)).unwrap()
        };
        let now: Moment = "2026-11-01T00:00:00Z".parse().unwrap();
        let ask = |budget: &Budget, prices: Option<&PriceTable>, name: &str| {
            let estimate = Estimate::of(&request());
            run(budget.reserve("acme", estimate, (prices, &model(name)), now))
        };
        // 10 tokens are read and 90 written at most.
        let most = 10 * 1_000 + 90 * 2_000;
        let budget = new().nanos(2 * most);
        for (prices, name) in [(None, "one"), (Some(&prices), "two")] {
            let refused = ask(&budget, prices, name).unwrap_err();
            assert_eq!(refused.kind(), ModelErrorKind::BudgetExceeded);
            assert!(refused.to_string().contains("no price"), "{refused}");
        }
        // The prices do not hold yet.
        let estimate = Estimate {
            input: 10,
            output: 90,
        };
        let before = "2026-10-31T23:59:59Z".parse().unwrap();
        let one = model("one");
        let early = budget.reserve("acme", estimate, (Some(&prices), &one), before);
        assert_eq!(
            run(early).unwrap_err().kind(),
            ModelErrorKind::BudgetExceeded
        );
        let first = ask(&budget, Some(&prices), "one").unwrap();
        let second = ask(&budget, Some(&prices), "one").unwrap();
        assert_eq!((first.nanos, second.nanos), (most, most));
        assert!(ask(&budget, Some(&prices), "one").is_err());
        // It used less than was reserved, and nobody knows what the other used.
        let mut usage = Usage::new();
        (usage.input_tokens, usage.output_tokens) = (Some(10), Some(0));
        let cost = prices.cost(&model("one"), &usage, now).unwrap();
        run(budget.settle(&first, Some((&usage, Some(&cost))))).unwrap();
        run(budget.settle(&second, Some((&Usage::new(), None)))).unwrap();
        assert!(ask(&budget, Some(&prices), "one").is_err());
        // The operator may let calls pass that cannot be counted.
        let loose = new().nanos(1).allow_unpriced();
        assert_eq!(ask(&loose, None, "one").unwrap().nanos, 0);
        assert!(ask(&loose, Some(&prices), "one").is_err());
    }
}
