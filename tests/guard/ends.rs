//! How calls end: with a store, a log or a caller that goes away in the middle.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use confidant::audit::{Access, Identifier, Log, LogKey, Outcome};
use confidant::guard::{
    Attestation, Catalogue, Control, ControlState, Conversation, ConversationId, Conversations,
    GuardedFiles, GuardedModel, Meter, MeterRecord, Payload, Payloads, Platform, ProviderCopies,
    RouteRequirements, Router, Services, Turn,
};
use confidant::model::{
    CallContext, ChatModel, ClearedRequest, ClearedUpload, CredentialOwner, EventStream, FileModel,
    HostedTool, Json, KeptItem, ModelDescriptor, ModelError, ModelErrorKind, Part, ProviderStorage,
    Response, ServerState, Upload,
};
use confidant::retention::{Disposition, Keeper, Order};
use confidant::seal::{Keyring, LocalKeys};
use confidant::store::{Batch, MemoryStore, Range, RecordKey, Store, StoredRecord};
use confidant::taxonomy::DataCategory;
use confidant::time::{ManualClock, Moment};
use confidant::{Error, ErrorKind};

use super::models::*;

const HOUR: Duration = Duration::from_secs(3_600);

struct World {
    clock: Arc<ManualClock>,
    all: Conversations,
}

fn world_over(store: Arc<dyn Store>) -> World {
    let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let clock = Arc::new(ManualClock::new(Moment::UNIX_EPOCH));
    let all = Conversations::builder(keyring, store)
        .log(log, key)
        .ttl(HOUR)
        .clock(clock.clone())
        .build()
        .unwrap();
    World { clock, all }
}

fn world() -> World {
    world_over(Arc::new(MemoryStore::new()))
}

fn id() -> ConversationId {
    ConversationId::new("acme", "c-1").unwrap()
}

/// The actions in a log with their outcomes.
fn actions(log: &Log) -> Vec<(String, Outcome)> {
    let access = Access::new(Identifier::new("auditor:1").unwrap());
    let records = run(log.read(0..50, &access)).unwrap();
    let entries = records.iter().map(|record| &record.entry);
    let entries =
        entries.map(|entry| (entry.action().as_str().unwrap().to_owned(), entry.outcome()));
    entries
        .filter(|(action, _)| !action.starts_with("audit."))
        .collect()
}

fn poll<T>(future: &mut Pin<Box<impl Future<Output = T>>>) -> Poll<T> {
    future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn what_was_destroyed_is_not_asked_on_with_the_same_request() {
    for by_time in [false, true] {
        let world = world();
        let (model, cx) = (Peer::echo(), CallContext::new());
        let guarded = GuardedModel::new(guard(), model.clone());
        let talk = run(world.all.open(&id())).unwrap();
        let ask = || run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), user(ANN)));
        ask().unwrap();
        ask().unwrap();
        match by_time {
            true => world.clock.advance(HOUR * 2).unwrap(),
            false => assert!(run(world.all.shred(&id())).unwrap()),
        }
        assert_eq!(ask().unwrap_err().kind(), ModelErrorKind::PolicyDenied);
        assert_eq!(model.requests().len(), 2);
    }
}

#[test]
fn saving_reads_what_others_added_even_where_nothing_is_new() {
    let world = world();
    let guard = guard();
    let idle = run(world.all.open(&id())).unwrap();
    let other = run(world.all.open(&id())).unwrap();
    let hidden = wire(&guard, &other, ANN);
    run(other.save()).unwrap();
    run(idle.save()).unwrap();
    assert_eq!(guard.show_text(&idle, &hidden).as_str(), ANN);
    // What others kept alive has not expired.
    for _ in 0..3 {
        world.clock.advance(HOUR * 2 / 3).unwrap();
        wire(&guard, &other, &format!("a{}@acme-mail.com", other.len()));
        run(other.save()).unwrap();
    }
    let late = wire(&guard, &idle, CARD);
    run(idle.save()).unwrap();
    run(other.save()).unwrap();
    assert_eq!(
        guard.show_text(&other, &late).as_str(),
        guard.show_text(&idle, &late).as_str()
    );
    assert_eq!(idle.len(), other.len());
}

/// Calls something before its next commit.
struct Racing {
    store: MemoryStore,
    before: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl std::fmt::Debug for Racing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Racing")
    }
}

#[async_trait]
impl Store for Racing {
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
        self.store.get(key).await
    }

    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error> {
        self.store.scan(range, limit).await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        let before = self.before.lock().unwrap().take();
        if let Some(before) = before {
            before();
        }
        self.store.commit(batch).await
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        self.store.tenants(after, limit).await
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.store.collections(tenant, after, limit).await
    }
}

#[test]
fn what_expired_is_not_destroyed_once_another_has_begun_anew() {
    let store = Arc::new(Racing {
        store: MemoryStore::new(),
        before: Mutex::new(None),
    });
    let world = world_over(store.clone());
    run(world.all.open(&id())).unwrap();
    world.clock.advance(HOUR * 2).unwrap();
    // Both read the head that has expired; the other one is quicker.
    let (all, anew) = (world.all.clone(), Arc::new(Mutex::new(None)));
    let begun = anew.clone();
    *store.before.lock().unwrap() = Some(Box::new(move || {
        let talk = run(all.open(&id())).unwrap();
        let hidden = wire(&guard(), &talk, ANN);
        run(talk.save()).unwrap();
        *begun.lock().unwrap() = Some((talk, hidden));
    }));
    let mine = run(world.all.open(&id())).unwrap();
    let (theirs, hidden) = anew.lock().unwrap().take().unwrap();
    assert_eq!(guard().show_text(&mine, &hidden).as_str(), ANN);
    wire(&guard(), &theirs, BOB);
    run(theirs.save()).unwrap();
}

/// Keeps records, and waits once before the first.
#[derive(Debug, Default)]
struct Slow {
    records: Mutex<Vec<Result<(), ModelErrorKind>>>,
    has_waited: AtomicBool,
    waits: bool,
}

#[async_trait]
impl Meter for Slow {
    async fn record(&self, record: &MeterRecord) -> Result<(), Error> {
        if self.waits && !self.has_waited.swap(true, Ordering::Relaxed) {
            let mut is_second = false;
            std::future::poll_fn(|_| match std::mem::replace(&mut is_second, true) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            })
            .await;
        }
        self.records.lock().unwrap().push(record.outcome);
        Ok(())
    }
}

#[test]
fn an_answer_that_cannot_be_saved_has_an_end() {
    let world = world();
    let all = world.all.clone();
    let model = Peer::new(move |_| {
        run(all.shred(&id())).unwrap();
        vec![Part::text("ok")]
    });
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let meter = Arc::new(Slow::default());
    let services = Services::new().audit(log.clone(), key).meter(meter.clone());
    let guarded = GuardedModel::new(guard(), model).services(services);
    let talk = run(world.all.open(&id())).unwrap();
    let cx = CallContext::new();
    run(guarded.generate(Turn::new(&caller(), &talk).context(&cx), user(ANN))).unwrap_err();
    let failed = Err(ModelErrorKind::GuardFailed);
    assert_eq!(*meter.records.lock().unwrap(), [failed]);
    let last = actions(&log).pop().unwrap();
    // It was sent and answered, so nothing was denied.
    assert_eq!(last, ("model.call".to_owned(), Outcome::Failed));
}

#[test]
fn a_call_that_reached_the_provider_was_not_denied() {
    let outcomes = |log: &Log| {
        let all = actions(log);
        all.into_iter()
            .map(|(_, outcome)| outcome)
            .collect::<Vec<_>>()
    };
    let ask = |error: ModelError| {
        let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
        let peer = Peer::echo();
        peer.errors.lock().unwrap().push_back(error);
        let services = Services::new().audit(log.clone(), key);
        let guarded = GuardedModel::new(guard(), peer).services(services);
        let talk = Conversation::new().unwrap();
        run(guarded.generate(Turn::new(&caller(), &talk), user("a"))).unwrap_err();
        *outcomes(&log).last().unwrap()
    };
    for kind in [ModelErrorKind::GuardFailed, ModelErrorKind::RegionDenied] {
        let error = || ModelError::new(kind);
        assert_eq!(ask(error()), Outcome::Denied);
        assert_eq!(ask(error().with_attempts(1)), Outcome::Failed);
    }
}

#[test]
fn an_ending_outlives_the_caller_that_sees_to_it() {
    let meter = Arc::new(Slow {
        waits: true,
        ..Slow::default()
    });
    let services = Services::new().meter(meter.clone());
    let model = Peer::echo();
    let guarded = GuardedModel::new(guard(), model.clone()).services(services.clone());
    let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
    drop(run(guarded.stream(Turn::new(&caller(), &talk).context(&cx), user("a"))).unwrap());
    let by = caller();
    let mut next = Box::pin(guarded.generate(Turn::new(&by, &talk).context(&cx), user("b")));
    assert!(poll(&mut next).is_pending());
    drop(next);
    run(services.settle()).unwrap();
    let cancelled = Err(ModelErrorKind::Cancelled);
    assert_eq!(*meter.records.lock().unwrap(), [cancelled, cancelled]);
}

/// A model that never answers, and tells its observer of no attempt.
#[derive(Debug)]
struct Silent(ModelDescriptor);

#[async_trait]
impl ChatModel for Silent {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.0
    }

    async fn generate(&self, _: ClearedRequest, _: &CallContext) -> Result<Response, ModelError> {
        std::future::pending().await
    }

    async fn stream(&self, _: ClearedRequest, _: &CallContext) -> Result<EventStream, ModelError> {
        Err(ModelError::new(ModelErrorKind::Unsupported))
    }
}

fn place() -> ModelDescriptor {
    let owner = CredentialOwner::Platform;
    descriptor("acme-models", "https://api.acme-models.example", owner)
}

#[test]
fn a_call_that_is_dropped_has_an_end() {
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let meter = Arc::new(Slow::default());
    let services = Services::new().audit(log.clone(), key).meter(meter.clone());
    let model = Arc::new(Silent(place()));
    let guarded = GuardedModel::new(guard(), model).services(services.clone());
    let (talk, cx, by) = (Conversation::new().unwrap(), CallContext::new(), caller());
    let mut asked = Box::pin(guarded.generate(Turn::new(&by, &talk).context(&cx), user("a")));
    assert!(poll(&mut asked).is_pending());
    drop(asked);
    run(services.settle()).unwrap();
    assert_eq!(
        *meter.records.lock().unwrap(),
        [Err(ModelErrorKind::Cancelled)]
    );
    let names = |name: &str, outcome| (name.to_owned(), outcome);
    let expected = [
        names("model.call", Outcome::Attempted),
        names("model.attempt", Outcome::Failed),
        names("model.call", Outcome::Failed),
    ];
    assert_eq!(actions(&log), expected);
    // With nothing to write to, nothing waits.
    let guarded = GuardedModel::new(guard(), Arc::new(Silent(place())));
    let mut asked = Box::pin(guarded.generate(Turn::new(&by, &talk).context(&cx), user("a")));
    assert!(poll(&mut asked).is_pending());
}

/// Files of a program of one's own: it tells its observer of nothing.
#[derive(Debug)]
struct Own {
    place: ModelDescriptor,
    fails: Option<ModelErrorKind>,
    deleted: AtomicUsize,
}

impl Own {
    fn new(owner: CredentialOwner, fails: Option<ModelErrorKind>) -> Arc<Self> {
        Arc::new(Self {
            place: descriptor("acme-models", "https://api.acme-models.example", owner),
            fails,
            deleted: AtomicUsize::new(0),
        })
    }
}

#[async_trait]
impl ProviderStorage for Own {
    fn descriptor(&self) -> &ModelDescriptor {
        &self.place
    }

    fn keeps_for(&self, _: ServerState) -> Option<Duration> {
        None
    }

    async fn delete(&self, _: &KeptItem, _: &CallContext) -> Result<(), ModelError> {
        // As adapters do with a 404: what is not there is gone.
        self.deleted.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[async_trait]
impl FileModel for Own {
    async fn upload(&self, _: ClearedUpload, _: &CallContext) -> Result<KeptItem, ModelError> {
        match self.fails {
            Some(kind) => Err(ModelError::new(kind)),
            None => Ok(KeptItem::new(ServerState::File, "file-1")),
        }
    }
}

fn copies() -> ProviderCopies {
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    ProviderCopies::new(Arc::new(MemoryStore::new()), log, key)
}

#[test]
fn what_an_own_model_keeps_is_on_the_list() {
    for (fails, ids) in [
        (None, vec![Some("file-1".to_owned())]),
        (Some(ModelErrorKind::Timeout), vec![None]),
        (Some(ModelErrorKind::Transport), vec![None]),
        (Some(ModelErrorKind::Unsupported), vec![]),
    ] {
        let copies = copies();
        let files = Own::new(CredentialOwner::Platform, fails);
        let guard = builder().allow(ServerState::File).build().unwrap();
        let guarded = GuardedFiles::new(guard, files, copies.clone());
        let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
        let file = Upload::new("text/plain", b"Hello".as_slice()).with_name("a.txt");
        let sent = run(guarded.upload(Turn::new(&caller(), &talk).context(&cx), file));
        assert_eq!(sent.is_ok(), fails.is_none());
        let found = run(copies.list("acme")).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|copy| copy.id().map(|id| id.as_str().to_owned()))
            .collect();
        assert_eq!(found, ids, "{fails:?}");
    }
}

#[test]
fn a_copy_is_deleted_with_the_key_that_made_it_alone() {
    let platform = || Own::new(CredentialOwner::Platform, None);
    let customer = || Own::new(CredentialOwner::Customer("acme".into()), None);
    let copies = copies();
    let (theirs, ours) = (customer(), platform());
    let item = KeptItem::new(ServerState::File, "file-1");
    run(copies.record(&caller(), theirs.descriptor(), &item)).unwrap();
    let order = Order::new(DataCategory::new("chat").unwrap(), Disposition::Delete).tenant("acme");
    let erase = |storages| run(copies.keeper(storages).delete(&order));
    // The provider knows no such file of the platform's: that says nothing.
    assert_eq!(
        erase(vec![ours.clone()]).unwrap_err().kind(),
        ErrorKind::Refused
    );
    assert_eq!(run(copies.list("acme")).unwrap().len(), 1);
    erase(vec![ours.clone(), theirs.clone()]).unwrap();
    assert!(run(copies.list("acme")).unwrap().is_empty());
    let counts = [&ours, &theirs].map(|files| files.deleted.load(Ordering::Relaxed));
    assert_eq!(counts, [0, 1]);
}

#[test]
fn nobody_deletes_with_the_key_of_another_tenant() {
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let files = Own::new(CredentialOwner::Customer("globex".into()), None);
    let services = Services::new().audit(log.clone(), key);
    let guarded = GuardedFiles::new(guard(), files.clone(), copies()).services(services);
    let (item, cx) = (
        KeptItem::new(ServerState::File, "file-1"),
        CallContext::new(),
    );
    let error = run(guarded.delete(&caller(), &item, &cx)).unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::CredentialScope);
    assert_eq!(files.deleted.load(Ordering::Relaxed), 0);
    run(guarded.delete(&caller().tenant("globex"), &item, &cx)).unwrap();
    assert_eq!(files.deleted.load(Ordering::Relaxed), 1);
    let deletes =
        |(action, outcome): (String, Outcome)| (action == "model.file.delete").then_some(outcome);
    let deletes: Vec<_> = actions(&log).into_iter().filter_map(deletes).collect();
    assert_eq!(
        deletes,
        [Outcome::Denied, Outcome::Attempted, Outcome::Succeeded]
    );
}

#[test]
fn the_time_of_the_caller_is_for_all_routes_together() {
    let overloaded = || ModelError::new(ModelErrorKind::Overloaded);
    let guard = guard();
    let ask = |time: Duration| {
        let models = [Peer::echo(), Peer::echo()];
        models[0].errors.lock().unwrap().push_back(overloaded());
        let mut router = Router::new(Platform::default());
        for model in &models {
            router = router
                .route(&guard, model.clone(), RouteRequirements::new())
                .unwrap();
        }
        let (talk, cx) = (
            Conversation::new().unwrap(),
            CallContext::new().timeout(time),
        );
        let asked = run(router.generate(Turn::new(&caller(), &talk).context(&cx), user("a")));
        let limits = models.map(|model| model.limits.lock().unwrap().first().copied().flatten());
        (asked.map_err(|error| error.kind()).map(drop), limits)
    };
    let (asked, [first, second]) = ask(HOUR);
    asked.unwrap();
    assert!(second.unwrap() < first.unwrap());
    let (asked, [_, second]) = ask(Duration::from_nanos(1));
    assert_eq!(asked.unwrap_err(), ModelErrorKind::Overloaded);
    assert_eq!(second, None);
}

#[test]
fn a_control_must_hold_for_tools_that_the_provider_runs_too() {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let attestation = |feature: &str, claim: &str| {
        let text = serde_json::json!({
            "id": feature, "provider": "acme-models",
            "endpoint": "https://api.acme-models.example:443",
            "feature": feature, "model": "la*", "control": "zero_retention", "claim": claim,
            "basis": "contract", "reviewed_on": "2026-01-01T00:00:00Z",
            "expires_on": "2026-12-01T00:00:00Z", "evidence": "00".repeat(32),
        });
        let attestation = Attestation::from_json(&text.to_string()).unwrap();
        attestation.sign(&confidant::secret::Secret::from(&mut [7; 32]))
    };
    let chat = || attestation("chat", "holds");
    let plain = || user("a");
    let searching = || {
        let mut request = plain();
        let tool = HostedTool::new("web_search", Json::empty_object());
        request.hosted_tools.push(tool);
        request
    };
    let ask = |catalogue: Catalogue, request| {
        let moment: Moment = "2026-06-01T00:00:00Z".parse().unwrap();
        let clock = Services::new().clock(Arc::new(ManualClock::new(moment)));
        let payloads = Payloads::conversation().with(Payload::HostedTools);
        let asked = RouteRequirements::new()
            .control(Control::ZeroRetention)
            .payloads(payloads);
        let guard = builder().allow(ServerState::HostedTool).build().unwrap();
        let router = Router::new(Platform::default())
            .route(&guard, Peer::echo(), asked)
            .unwrap()
            .catalogue(catalogue)
            .trust(&key.verifying_key().to_bytes())
            .unwrap()
            .services(clock);
        let talk = Conversation::new().unwrap();
        let answer = run(router.generate(Turn::new(&caller(), &talk), request));
        let state = |answer: confidant::guard::Answer| {
            answer
                .report()
                .receipt()
                .unwrap()
                .state(Control::ZeroRetention)
        };
        answer.map(state).map_err(|error| error.kind())
    };
    let catalogue = || Catalogue::new().with(chat());
    assert_eq!(ask(catalogue(), plain()).unwrap(), ControlState::Applied);
    for catalogue in [
        catalogue(),
        catalogue().with(attestation("hosted_tools", "none_exists")),
    ] {
        let denied = ask(catalogue, searching()).unwrap_err();
        assert_eq!(denied, ModelErrorKind::AttestationMissing);
    }
    let both = catalogue().with(attestation("hosted_tools", "holds"));
    assert_eq!(ask(both, searching()).unwrap(), ControlState::Applied);
}
