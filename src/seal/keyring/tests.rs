use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use pollster::block_on;

use super::*;
use crate::seal::{KeyServiceCapabilities, LocalKeys, RewrapRequest};
use crate::taxonomy::Tenant;
use crate::time::{ManualClock, Moment};

fn version(text: &str) -> KeyVersion {
    KeyVersion::new(text).unwrap()
}

fn id(text: &str) -> KeyId {
    KeyId::new(text).unwrap()
}

fn local(id: &str, versions: &[&str]) -> LocalKeys {
    let key = |byte: usize| Secret::from(&mut [byte as u8 + id.len() as u8; 32]);
    let mut keys = LocalKeys::new(id, version(versions[0]), &key(0)).unwrap();
    for (at, name) in versions.iter().enumerate().skip(1) {
        keys = keys.version(version(name), &key(at)).unwrap();
    }
    keys
}

fn context(name: &str) -> Context {
    Context::new(Tenant::new("acme"), name).unwrap()
}

fn kind<T>(result: Result<T, Error>) -> ErrorKind {
    result.err().unwrap().kind()
}

/// Counts how often it is asked, may fail, and may take its time.
#[derive(Debug)]
struct Service {
    keys: LocalKeys,
    asked: AtomicUsize,
    failures: Mutex<VecDeque<ErrorKind>>,
    /// Unwraps wait until as many callers have come.
    waits_for: AtomicUsize,
    swallows: bool,
}

impl Service {
    fn new(keys: LocalKeys) -> Arc<Self> {
        Arc::new(Self {
            keys,
            asked: AtomicUsize::new(0),
            failures: Mutex::default(),
            waits_for: AtomicUsize::new(0),
            swallows: false,
        })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn fail(&self, kind: ErrorKind) {
        self.failures.lock().unwrap().push_back(kind);
    }

    fn answer<T>(&self, mut answers: Vec<Result<T, Error>>) -> Vec<Result<T, Error>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(kind) = self.failures.lock().unwrap().pop_front() {
            for answer in &mut answers {
                *answer = Err(Error::message(kind, "the service says no"));
            }
        }
        if self.swallows {
            answers.pop();
        }
        answers
    }
}

#[async_trait]
impl KeyProvider for Service {
    fn id(&self) -> &KeyId {
        self.keys.id()
    }

    fn capabilities(&self) -> KeyServiceCapabilities {
        self.keys.capabilities()
    }

    async fn current_version(&self) -> Result<KeyVersion, Error> {
        self.keys.current_version().await
    }

    async fn wrap(&self, items: &[WrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        self.answer(self.keys.wrap(items).await)
    }

    async fn unwrap(&self, items: &[UnwrapRequest<'_>]) -> Vec<Result<DataKey, Error>> {
        std::future::poll_fn(|cx| {
            if self.waits_for.load(Ordering::SeqCst) == 0 {
                return Poll::Ready(());
            }
            self.waits_for.fetch_sub(1, Ordering::SeqCst);
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        self.answer(self.keys.unwrap(items).await)
    }

    async fn rewrap(&self, items: &[RewrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        self.answer(self.keys.rewrap(items).await)
    }
}

/// Keeps what it sees.
#[derive(Debug, Default)]
struct Seen(Mutex<Vec<(SealOperation, String, bool, SealOutcome)>>);

impl Seen {
    fn take(&self) -> Vec<(SealOperation, String, bool, SealOutcome)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn outcome(&self) -> SealOutcome {
        self.take().pop().unwrap().3
    }
}

impl SealObserver for Seen {
    fn observe(&self, event: &SealEvent<'_>) {
        let key = format!("{}/{}", event.key_id, event.key_version);
        let seen = (event.operation, key, event.cached, event.outcome);
        self.0.lock().unwrap().push(seen);
    }
}

#[test]
fn several_providers_open_what_each_has_wrapped() {
    let old = Arc::new(local("local:old", &["1"]));
    let before = Keyring::builder(Arc::clone(&old) as Arc<dyn KeyProvider>)
        .build()
        .unwrap();
    let sealed = block_on(before.seal(b"value", &context("a"))).unwrap();
    let after = Keyring::builder(Arc::new(local("local:new-key", &["1"])))
        .open_with(old)
        .build()
        .unwrap();
    let opened = block_on(after.open(sealed.as_bytes(), &context("a"))).unwrap();
    assert_eq!(opened.expose_secret(), b"value");
    let fresh = block_on(after.seal(b"value", &context("a"))).unwrap();
    assert_eq!(fresh.key_id(), "local:new-key");
    assert_eq!(
        kind(block_on(before.open(fresh.as_bytes(), &context("a")))),
        ErrorKind::Open
    );

    // From one provider to another.
    let moved = block_on(after.rewrap(sealed.as_bytes(), &context("a"), None)).unwrap();
    assert_eq!(moved.key_id(), "local:new-key");
    let parts = |envelope: &Envelope| Parts::parse(envelope.as_bytes()).unwrap().body.to_vec();
    assert_eq!(parts(&moved), parts(&sealed));
    assert!(block_on(after.open(moved.as_bytes(), &context("a"))).is_ok());
}

#[test]
fn a_keyring_that_cannot_be_is_an_error() {
    let new = |id: &str| Arc::new(local(id, &["1"]));
    let twice = Keyring::builder(new("local:a")).open_with(new("local:a"));
    assert_eq!(kind(twice.build()), ErrorKind::Config);
    let retired = Keyring::builder(new("local:a")).retire_key(id("local:a"));
    assert_eq!(kind(retired.build()), ErrorKind::Config);
}

#[test]
fn retired_keys_and_versions_open_nothing() {
    let keys = || {
        local("local:a", &["1", "2"])
            .with_current(&version("1"))
            .unwrap()
    };
    let sealed = block_on(Keyring::new(keys()).seal(b"value", &context("a"))).unwrap();
    let seen = Arc::new(Seen::default());
    let keyring = Keyring::builder(Arc::new(keys().with_current(&version("2")).unwrap()))
        .retire_version(id("local:a"), version("1"))
        .cache(
            CacheLimits::default(),
            Arc::new(ManualClock::new(Moment::UNIX_EPOCH)),
        )
        .observer(Arc::clone(&seen) as Arc<dyn SealObserver>)
        .build()
        .unwrap();
    let retired = SealOutcome::Rejected(Stage::Retired);
    let (sealed, context) = (sealed.as_bytes(), context("a"));
    assert_eq!(
        kind(block_on(keyring.open(sealed, &context))),
        ErrorKind::Open
    );
    assert_eq!(seen.outcome(), retired);
    // There is no way around it.
    assert_eq!(
        kind(block_on(keyring.rewrap(sealed, &context, None))),
        ErrorKind::Open
    );
    assert_eq!(seen.outcome(), retired);
    assert_eq!(
        kind(block_on(keyring.rekey(sealed, &context))),
        ErrorKind::Open
    );
    let item = OpenRequest {
        envelope: sealed,
        context: &context,
    };
    let mut opened = block_on(keyring.open_many(&[item]));
    assert_eq!(kind(opened.pop().unwrap()), ErrorKind::Open);
    let fresh = block_on(keyring.seal(b"value", &context)).unwrap();
    assert!(block_on(keyring.open(fresh.as_bytes(), &context)).is_ok());

    let keyring = Keyring::builder(Arc::new(local("local:b", &["1"])))
        .open_with(Arc::new(keys()))
        .retire_key(id("local:a"))
        .build()
        .unwrap();
    assert_eq!(
        kind(block_on(keyring.open(sealed, &context))),
        ErrorKind::Open
    );
}

#[test]
fn the_stage_goes_to_the_observer_alone() {
    let seen = Arc::new(Seen::default());
    let keyring = Keyring::builder(Arc::new(local("local:a", &["1"])))
        .observer(Arc::clone(&seen) as Arc<dyn SealObserver>)
        .build()
        .unwrap();
    let context = context("a");
    let sealed = block_on(keyring.seal(b"value", &context))
        .unwrap()
        .into_bytes();
    let named = |operation, outcome| vec![(operation, "local:a/1".to_owned(), false, outcome)];
    assert_eq!(seen.take(), named(SealOperation::Seal, SealOutcome::Done));
    let opened = block_on(keyring.open(&sealed, &context));
    assert_eq!(opened.unwrap().expose_secret(), b"value");
    assert_eq!(seen.take(), named(SealOperation::Open, SealOutcome::Done));

    let last = sealed.len() - 1;
    let body = last - 16 - 5 - 32;
    let mut messages = Vec::new();
    for (at, stage) in [
        (0, Stage::Format),
        (7, Stage::KeyId),
        (17, Stage::Wrap),
        (40, Stage::Wrap),
        (body + 1, Stage::Commitment),
        (last - 20, Stage::Payload),
        (last, Stage::Payload),
    ] {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        let error = block_on(keyring.open(&changed, &context)).unwrap_err();
        assert_eq!(seen.outcome(), SealOutcome::Rejected(stage), "at {at}");
        messages.push(format!("{error} {error:?}"));
    }
    messages.dedup();
    assert_eq!(messages.len(), 1);
}

#[test]
fn what_a_service_says_is_told_apart_from_rejections() {
    let service = Service::new(local("local:a", &["1"]));
    let seen = Arc::new(Seen::default());
    let keyring = Keyring::builder(Arc::clone(&service) as Arc<dyn KeyProvider>)
        .observer(Arc::clone(&seen) as Arc<dyn SealObserver>)
        .build()
        .unwrap();
    let sealed = block_on(keyring.seal(b"value", &context("a"))).unwrap();
    for (says, kinds, outcome) in [
        (
            ErrorKind::KeyService,
            ErrorKind::KeyService,
            SealOutcome::Failed(ErrorKind::KeyService),
        ),
        (
            ErrorKind::Refused,
            ErrorKind::Refused,
            SealOutcome::Failed(ErrorKind::Refused),
        ),
        (
            ErrorKind::Open,
            ErrorKind::Open,
            SealOutcome::Rejected(Stage::Wrap),
        ),
    ] {
        service.fail(says);
        let opened = block_on(keyring.open(sealed.as_bytes(), &context("a")));
        assert_eq!(kind(opened), kinds);
        assert_eq!(seen.outcome(), outcome);
    }
    service.fail(ErrorKind::KeyService);
    let failed = block_on(keyring.seal(b"value", &context("a")));
    assert_eq!(kind(failed), ErrorKind::KeyService);
}

#[test]
fn a_service_that_swallows_answers_is_found_out() {
    let keys = local("local:a", &["1"]);
    let good = Keyring::new(local("local:a", &["1"]));
    let sealed = block_on(good.seal(b"value", &context("a"))).unwrap();
    let service = Service {
        swallows: true,
        ..Arc::into_inner(Service::new(keys)).unwrap()
    };
    let keyring = Keyring::new(service);
    let (sealed, context) = (sealed.as_bytes(), context("a"));
    let item = OpenRequest {
        envelope: sealed,
        context: &context,
    };
    let value = SealRequest {
        plaintext: b"value",
        context: &context,
    };
    assert_eq!(
        kind(block_on(keyring.seal(b"value", &context))),
        ErrorKind::KeyService
    );
    assert_eq!(
        kind(block_on(keyring.open(sealed, &context))),
        ErrorKind::KeyService
    );
    assert_eq!(
        kind(block_on(keyring.rewrap(sealed, &context, None))),
        ErrorKind::KeyService
    );
    for answer in block_on(keyring.seal_many(&[value; 3])) {
        assert_eq!(kind(answer), ErrorKind::KeyService);
    }
    for answer in block_on(keyring.open_many(&[item; 3])) {
        assert_eq!(kind(answer), ErrorKind::KeyService);
    }
}

#[test]
fn batches_answer_item_by_item() {
    let service = Service::new(local("local:a", &["1"]));
    let other = Service::new(local("local:other", &["1"]));
    let keyring = Keyring::builder(Arc::clone(&service) as Arc<dyn KeyProvider>)
        .open_with(Arc::clone(&other) as Arc<dyn KeyProvider>)
        .build()
        .unwrap();
    let contexts: Vec<_> = (0..5).map(|at| context(&at.to_string())).collect();
    let long = vec![0; Envelope::MAX_PLAINTEXT + 1];
    let values: Vec<_> = (0..5).map(|at| vec![at as u8; at]).collect();
    let requests: Vec<_> = contexts
        .iter()
        .zip(&values)
        .enumerate()
        .map(|(at, (context, value))| {
            let plaintext = if at == 2 { &long } else { value };
            SealRequest { plaintext, context }
        })
        .collect();
    let sealed = block_on(keyring.seal_many(&requests));
    assert_eq!(service.asked(), 1);
    let mut envelopes: Vec<_> = sealed
        .into_iter()
        .map(|sealed| sealed.map(Envelope::into_bytes))
        .collect();
    assert_eq!(kind(envelopes.remove(2)), ErrorKind::Limit);
    envelopes.insert(2, {
        let keyring = Keyring::builder(Arc::clone(&other) as Arc<dyn KeyProvider>)
            .build()
            .unwrap();
        Ok(block_on(keyring.seal(&values[2], &contexts[2]))
            .unwrap()
            .into_bytes())
    });
    let mut envelopes: Vec<_> = envelopes.into_iter().map(Result::unwrap).collect();
    // The third is another provider's, the fourth belongs elsewhere, the fifth is nonsense.
    envelopes[4].truncate(20);
    let mut requests: Vec<_> = envelopes
        .iter()
        .zip(&contexts)
        .map(|(envelope, context)| OpenRequest { envelope, context })
        .collect();
    requests[3].context = &contexts[0];
    let (before, others) = (service.asked(), other.asked());
    let opened = block_on(keyring.open_many(&requests));
    assert_eq!((service.asked(), other.asked()), (before + 1, others + 1));
    for (at, opened) in opened.into_iter().enumerate() {
        match at {
            3 | 4 => assert_eq!(kind(opened), ErrorKind::Open),
            _ => assert_eq!(opened.unwrap().expose_secret(), values[at]),
        }
    }
    let rewrapped = block_on(keyring.rewrap_many(&requests, None));
    for (at, rewrapped) in rewrapped.into_iter().enumerate() {
        match at {
            3 | 4 => assert_eq!(kind(rewrapped), ErrorKind::Open),
            _ => {
                let rewrapped = rewrapped.unwrap();
                assert_eq!(rewrapped.key_id(), "local:a");
                let opened = block_on(keyring.open(rewrapped.as_bytes(), &contexts[at]));
                assert_eq!(opened.unwrap().expose_secret(), values[at]);
            }
        }
    }
    assert!(block_on(keyring.open_many(&[])).is_empty());
    assert!(block_on(keyring.seal_many(&[])).is_empty());
}

#[test]
fn a_new_wrap_changes_the_front_only() {
    let keyring = Keyring::new(local("local:a", &["1", "2"]));
    let context = context("a");
    let sealed = block_on(keyring.seal(b"value", &context)).unwrap();
    assert_eq!(sealed.key_version(), "2");
    let back = block_on(keyring.rewrap(sealed.as_bytes(), &context, Some(&version("1")))).unwrap();
    assert_eq!(back.key_version(), "1");
    let [one, other] = [&sealed, &back].map(|envelope| Parts::parse(envelope.as_bytes()).unwrap());
    assert_eq!(one.body, other.body);
    assert_ne!(one.wrapped, other.wrapped);
    let missing = block_on(keyring.rewrap(sealed.as_bytes(), &context, Some(&version("9"))));
    assert_eq!(kind(missing), ErrorKind::Config);

    let rekeyed = block_on(keyring.rekey(sealed.as_bytes(), &context)).unwrap();
    let other = Parts::parse(rekeyed.as_bytes()).unwrap();
    assert_ne!(one.body[..32], other.body[..32]);
    let opened = block_on(keyring.open(rekeyed.as_bytes(), &context)).unwrap();
    assert_eq!(opened.expose_secret(), b"value");
}

struct Cached {
    service: Arc<Service>,
    clock: Arc<ManualClock>,
    seen: Arc<Seen>,
    keyring: Keyring,
}

fn cached(max_age: u64, max_entries: usize, max_uses: u32) -> Cached {
    let service = Service::new(local("local:a", &["1"]));
    let clock = Arc::new(ManualClock::new("2026-05-01T00:00:00Z".parse().unwrap()));
    let seen = Arc::new(Seen::default());
    let limits = CacheLimits::builder()
        .max_age(Duration::from_secs(max_age))
        .max_entries(max_entries)
        .max_uses(max_uses)
        .build();
    let keyring = Keyring::builder(Arc::clone(&service) as Arc<dyn KeyProvider>)
        .cache(
            limits.unwrap(),
            Arc::clone(&clock) as Arc<dyn crate::time::Clock>,
        )
        .observer(Arc::clone(&seen) as Arc<dyn SealObserver>)
        .build()
        .unwrap();
    Cached {
        service,
        clock,
        seen,
        keyring,
    }
}

impl Cached {
    fn seal(&self, name: &str) -> Envelope {
        block_on(self.keyring.seal(name.as_bytes(), &context(name))).unwrap()
    }

    /// Opens, and says how often the service was asked for it.
    fn open(&self, envelope: &Envelope, name: &str) -> usize {
        let before = self.service.asked();
        let opened = block_on(self.keyring.open(envelope.as_bytes(), &context(name)));
        assert_eq!(opened.unwrap().expose_secret(), name.as_bytes());
        let asked = self.service.asked() - before;
        let seen = self.seen.take().pop().unwrap();
        assert_eq!(seen.2, asked == 0, "hits are told");
        asked
    }
}

#[test]
fn cached_keys_are_bounded_by_time() {
    let cached = cached(60, 10, 100);
    let sealed = cached.seal("a");
    assert_eq!(cached.open(&sealed, "a"), 1);
    cached.clock.advance(Duration::from_secs(59)).unwrap();
    assert_eq!(cached.open(&sealed, "a"), 0);
    // Use does not make it younger.
    cached.clock.advance(Duration::from_secs(1)).unwrap();
    assert_eq!(cached.open(&sealed, "a"), 1);
    // A clock that goes back makes nothing older than it may be.
    cached.clock.set("2026-04-01T00:00:00Z".parse().unwrap());
    assert_eq!(cached.open(&sealed, "a"), 1);
    cached.keyring.purge_cache();
    assert_eq!(cached.open(&sealed, "a"), 1);
}

#[test]
fn cached_keys_are_bounded_by_uses_and_number() {
    let few = cached(60, 10, 3);
    let sealed = few.seal("a");
    let asked: Vec<_> = (0..7).map(|_| few.open(&sealed, "a")).collect();
    assert_eq!(asked, [1, 0, 0, 1, 0, 0, 1]);
    let once = cached(60, 10, 1);
    let sealed = once.seal("a");
    assert_eq!([once.open(&sealed, "a"), once.open(&sealed, "a")], [1, 1]);

    let small = cached(60, 2, 100);
    let [a, b, c] = ["a", "b", "c"].map(|name| small.seal(name));
    assert_eq!(
        [
            small.open(&a, "a"),
            small.open(&b, "b"),
            small.open(&c, "c")
        ],
        [1, 1, 1]
    );
    assert_eq!(
        [
            small.open(&b, "b"),
            small.open(&c, "c"),
            small.open(&a, "a")
        ],
        [0, 0, 1]
    );
}

#[test]
fn a_cached_key_answers_for_its_own_context_only() {
    let cached = cached(60, 10, 100);
    let sealed = cached.seal("a");
    assert_eq!(cached.open(&sealed, "a"), 1);
    let before = cached.service.asked();
    let other = block_on(cached.keyring.open(sealed.as_bytes(), &context("b")));
    assert_eq!(kind(other), ErrorKind::Open);
    // It was not even tried with the cached one.
    assert_eq!(cached.service.asked(), before + 1);
    assert_eq!(cached.seen.outcome(), SealOutcome::Rejected(Stage::Wrap));
}

#[test]
fn failures_are_never_cached() {
    let cached = cached(60, 10, 100);
    let sealed = cached.seal("a");
    for kinds in [ErrorKind::KeyService, ErrorKind::Refused, ErrorKind::Open] {
        cached.service.fail(kinds);
        let opened = block_on(cached.keyring.open(sealed.as_bytes(), &context("a")));
        assert_eq!(kind(opened), kinds);
    }
    assert_eq!(cached.open(&sealed, "a"), 1);
    assert_eq!(cached.open(&sealed, "a"), 0);
}

#[test]
fn batches_use_and_fill_the_cache() {
    let cached = cached(60, 10, 100);
    let names = ["a", "b", "c"];
    let contexts = names.map(context);
    let sealed = names.map(|name| cached.seal(name));
    assert_eq!(cached.open(&sealed[1], "b"), 1);
    let mut requests = Vec::new();
    for (envelope, context) in sealed.iter().zip(&contexts) {
        requests.push(OpenRequest {
            envelope: envelope.as_bytes(),
            context,
        });
    }
    for hits in [[false, true, false], [true; 3]] {
        let before = cached.service.asked();
        for (opened, name) in block_on(cached.keyring.open_many(&requests))
            .into_iter()
            .zip(names)
        {
            assert_eq!(opened.unwrap().expose_secret(), name.as_bytes());
        }
        let asked = usize::from(hits.contains(&false));
        assert_eq!(cached.service.asked(), before + asked);
        let seen: Vec<_> = cached.seen.take().iter().map(|seen| seen.2).collect();
        assert_eq!(seen, hits);
    }
}

/// Many open the same at the same time: one asks, all others wait for it.
#[test]
fn one_of_many_asks() {
    let cached = cached(60, 10, 100);
    let sealed = cached.seal("a");
    for failures in 0..3 {
        cached.keyring.purge_cache();
        cached.service.waits_for.store(5, Ordering::SeqCst);
        for _ in 0..failures {
            cached.service.fail(ErrorKind::KeyService);
        }
        let before = cached.service.asked();
        let results = std::thread::scope(|scope| {
            let open = || block_on(cached.keyring.open(sealed.as_bytes(), &context("a"))).is_ok();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads
                .into_iter()
                .filter_map(|thread| thread.join().unwrap().then_some(()))
                .count()
        });
        assert_eq!(results, 8 - failures);
        assert_eq!(cached.service.asked() - before, failures + 1);
    }
}

/// Who was to ask and gave up leaves it to another.
#[test]
fn a_leader_that_gives_up_is_replaced() {
    let cached = cached(60, 10, 100);
    let sealed = cached.seal("a");
    let context = context("a");
    cached.service.waits_for.store(usize::MAX, Ordering::SeqCst);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let mut leader = Box::pin(cached.keyring.open(sealed.as_bytes(), &context));
    assert!(leader.as_mut().poll(&mut cx).is_pending());
    let mut waiting = Box::pin(cached.keyring.open(sealed.as_bytes(), &context));
    assert!(waiting.as_mut().poll(&mut cx).is_pending());
    assert_eq!(cached.service.asked(), 1, "the one that sealed");
    drop(leader);
    cached.service.waits_for.store(0, Ordering::SeqCst);
    assert!(waiting.as_mut().poll(&mut cx).is_ready());
    assert_eq!(cached.service.asked(), 2);
}

#[test]
fn the_bounds_of_a_cache_are_bounded() {
    let second = Duration::from_secs(1);
    for (age, entries, uses) in [(Duration::ZERO, 1, 1), (second, 0, 1), (second, 1, 0)] {
        assert_eq!(
            kind(
                CacheLimits::builder()
                    .max_age(age)
                    .max_entries(entries)
                    .max_uses(uses)
                    .build()
            ),
            ErrorKind::Config
        );
    }
    for (age, entries) in [(Duration::from_secs(3601), 1), (second, 65_537)] {
        assert_eq!(
            kind(
                CacheLimits::builder()
                    .max_age(age)
                    .max_entries(entries)
                    .max_uses(1)
                    .build()
            ),
            ErrorKind::Limit
        );
    }
}

/// Nothing is sealed under a version that this keyring would refuse to open.
#[test]
fn nothing_is_sealed_under_a_retired_version() {
    let key = |byte: u8| Secret::from(&mut [byte; 32]);
    let keys = || {
        let keys = LocalKeys::new("local:a", version("1"), &key(1)).unwrap();
        keys.version(version("2"), &key(2)).unwrap()
    };
    let behind = keys().with_current(&version("1")).unwrap();
    let keyring = Keyring::builder(Arc::new(behind))
        .retire_version(id("local:a"), version("1"))
        .build()
        .unwrap();
    let context = context("a");
    let value = SealRequest {
        plaintext: b"value",
        context: &context,
    };
    let mut refused = vec![kind(block_on(keyring.seal(b"value", &context)))];
    refused.extend(
        block_on(keyring.seal_many(&[value; 2]))
            .into_iter()
            .map(kind),
    );
    refused.push(kind(block_on(keyring.create_tenant_key("acme"))));
    let sealed = block_on(Keyring::new(keys()).seal(b"value", &context)).unwrap();
    let sealed = sealed.as_bytes();
    let back = version("1");
    for target in [None, Some(&back)] {
        refused.push(kind(block_on(keyring.rewrap(sealed, &context, target))));
    }
    assert_eq!(refused, [ErrorKind::Config; 6]);
    assert!(block_on(keyring.open(sealed, &context)).is_ok());
}

/// A data key that was asked for before the cache was emptied is not kept after it.
#[test]
fn an_emptied_cache_stays_empty() {
    let clock = Arc::new(ManualClock::new(Moment::from_unix_seconds(1_000).unwrap()));
    let limits = CacheLimits::default();
    let cache = Cache::new(limits, clock);
    let keyring = Keyring::new(LocalKeys::generate("local:a").unwrap());
    let context = context("a");
    let sealed = block_on(keyring.seal(b"value", &context)).unwrap();
    let parts = Parts::parse(sealed.as_bytes()).unwrap();
    let Ticket::Lead(lead) = block_on(cache.ticket(&parts, context.digest())) else {
        panic!("nothing is kept yet");
    };
    cache.purge();
    lead.keep(DataKey::from(&mut [7; 32]));
    assert!(cache.hit(&parts, context.digest()).is_none());
    let generation = cache.generation();
    cache.purge();
    let key = DataKey::from(&mut [7; 32]);
    cache.keep(&parts, context.digest(), key, generation);
    assert!(cache.hit(&parts, context.digest()).is_none());
    let key = DataKey::from(&mut [7; 32]);
    cache.keep(&parts, context.digest(), key, cache.generation());
    assert!(cache.hit(&parts, context.digest()).is_some());
}
