//! What providers keep: batches and files behind a guard, and their erasure.

use std::sync::Arc;
use std::time::Duration;

use confidant::ErrorKind;
use confidant::audit::{Access, Identifier, Log, LogKey};
use confidant::guard::{
    Control, ControlState, Conversation, ConversationId, Conversations, Guard, GuardedBatches,
    GuardedEmbeddings, GuardedFiles, Meter, MeterRecord, ModelCaller, ProviderCopies, Services,
    Turn,
};
use confidant::model::testing::{MockAnswer, MockReply, MockServer};
use confidant::model::{
    Anthropic, ApiKey, BatchModel, CallContext, ChatRequest, CredentialOwner, EmbeddingRequest,
    FileModel, KeptItem, Message, ModelErrorKind, OpenAiBatch, OpenAiEmbeddings, OpenAiFiles,
    ProviderStorage, RequestBatch, ServerState, Upload,
};
use confidant::redact::{Key, Redactor};
use confidant::retention::{
    DeclaredStore, Disposition, Executor, HoldBook, Keeper, Order, StoreKind, Stores, TaskState,
};
use confidant::seal::{Keyring, LocalKeys};
use confidant::secret::Secret;
use confidant::store::{Batch, MemoryStore, Range, Store as _};
use confidant::taxonomy::{DataCategory, DataStore, Processor, Subject, Tenant};
use confidant::time::{Clock, ManualClock, Moment};

use super::models::{ANN, BOB, CARD};

const DAY: Duration = Duration::from_secs(86_400);

fn key() -> ApiKey {
    let secret = Secret::from("key-of-the-test".to_owned());
    ApiKey::new(CredentialOwner::Platform, secret)
}

fn guard() -> Guard {
    let builder = Guard::builder(Redactor::secrets_and_pii());
    let builder = builder.allow(ServerState::Batch).allow(ServerState::File);
    builder.build().unwrap()
}

/// A list of copies, with everything that stands around it.
struct World {
    clock: Arc<ManualClock>,
    log: Log,
    key: LogKey,
    copies: ProviderCopies,
    store: Arc<MemoryStore>,
    executor_store: Arc<MemoryStore>,
}

fn world() -> World {
    let clock = Arc::new(ManualClock::new("2026-11-30T12:00:00Z".parse().unwrap()));
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let store = Arc::new(MemoryStore::new());
    let copies = ProviderCopies::new(store.clone(), log.clone(), key.clone());
    let copies = copies.clock(clock.clone() as _);
    World {
        clock,
        log,
        key,
        copies,
        store,
        executor_store: Arc::new(MemoryStore::new()),
    }
}

impl World {
    fn now(&self) -> Moment {
        self.clock.now()
    }

    fn services(&self) -> Services {
        Services::new()
            .audit(self.log.clone(), self.key.clone())
            .clock(self.clock.clone())
    }

    /// An executor of orders, for which what providers keep is one store.
    fn executor(&self, storages: Vec<Arc<dyn ProviderStorage>>) -> Executor {
        let book = HoldBook::new(
            self.executor_store.clone(),
            self.log.clone(),
            self.key.clone(),
        );
        let name = DataStore::new("providers").unwrap();
        let stores = vec![
            DeclaredStore::new(name.clone(), StoreKind::Primary)
                .processor(Processor::new("openai").unwrap()),
        ];
        Executor::builder(book, Identifier::new("service:retention").unwrap())
            .stores(Stores::new(stores).unwrap())
            .keeper(name, Arc::new(self.copies.keeper(storages)))
            .build()
            .unwrap()
    }

    async fn actions(&self) -> Vec<String> {
        let access = Access::new(Identifier::new("auditor:1").unwrap());
        let records = self.log.read(0..1_000, &access).await.unwrap();
        let entries = records.iter().map(|record| &record.entry);
        entries
            .map(|entry| format!("{} {:?}", entry.action().as_str().unwrap(), entry.outcome()))
            .filter(|action| action.starts_with("model."))
            .collect()
    }
}

fn caller(subject: &str) -> ModelCaller {
    ModelCaller::new(Identifier::new("service:test").unwrap())
        .tenant("acme")
        .subject(Subject::new(subject).unwrap())
}

fn erase(subject: &str) -> Order {
    Order::new(DataCategory::new("chat").unwrap(), Disposition::Delete)
        .tenant("acme")
        .subject(Subject::new(subject).unwrap())
}

fn models() -> Vec<(MockServer, Arc<dyn BatchModel>)> {
    let (one, other) = (MockServer::start().unwrap(), MockServer::start().unwrap());
    let messages = Anthropic::builder("test-one", key()).address(&one.address());
    let address = format!("{}/v1", other.address());
    let completions = OpenAiBatch::builder("test-one", key()).address(&address);
    vec![
        (one, Arc::new(messages.build().unwrap())),
        (other, Arc::new(completions.build().unwrap())),
    ]
}

fn batch() -> RequestBatch {
    let ask = |text: String| ChatRequest::new().with(Message::user(text));
    RequestBatch::new()
        .with("mail-1", ask(format!("Write to {ANN}, card {CARD}")))
        .with("mail-2", ask(format!("Write to {BOB}")))
}

/// Has a server answer every request of a batch with what the request said.
fn echo(server: &MockServer, guard: &Guard, talk: &Conversation) {
    for text in [format!("I wrote to {ANN}"), format!("I wrote to {BOB}")] {
        let wire = guard.hide_text(talk, &text).unwrap();
        server.answer(MockAnswer::text(&wire));
    }
}

#[tokio::test]
async fn a_batch_is_cleared_restored_by_its_ids_and_on_the_list_until_deleted() {
    for (server, model) in models() {
        let (world, guard) = (world(), guard());
        let batches = GuardedBatches::new(guard.clone(), model, world.copies.clone())
            .services(world.services());
        let (talk, cx, caller) = (
            Conversation::new().unwrap(),
            CallContext::new(),
            caller("u-1"),
        );
        echo(&server, &guard, &talk);
        let (item, report) = batches
            .submit(Turn::new(&caller, &talk).context(&cx), batch())
            .await
            .unwrap();
        assert_eq!(report.found().total(), 3);
        assert!(report.receipt().is_some());
        for value in [ANN, BOB, CARD] {
            server.assert_never_saw(value);
        }
        let list = world.copies.list("acme").await.unwrap();
        assert!(list.iter().any(|copy| copy.id() == Some(&item.id)));
        assert!(
            list.iter()
                .all(|copy| copy.id().is_some() && copy.expires().is_some())
        );
        assert!(world.copies.list("other").await.unwrap().is_empty());
        while !batches.status(&item.id, &cx).await.unwrap().has_ended {}
        let answers = batches
            .answers(Turn::new(&caller, &talk).context(&cx), &item.id)
            .await
            .unwrap();
        for (id, value) in [("mail-1", ANN), ("mail-2", BOB)] {
            let answer = answers[&id.into()].as_ref().unwrap();
            assert_eq!(
                answer.response().message.text(),
                format!("I wrote to {value}")
            );
            assert!(answer.wire().text().contains("[EMAIL-"));
        }
        batches.delete(&caller, &item, &cx).await.unwrap();
        assert_eq!(server.kept(), 0);
        assert!(world.copies.list("acme").await.unwrap().is_empty());
        let actions = world.actions().await;
        for action in [
            "model.batch Attempted",
            "model.attempt Attempted",
            "model.copy.kept Succeeded",
            "model.batch Succeeded",
            "model.batch.answer Succeeded",
            "model.copy.gone Succeeded",
        ] {
            assert!(
                actions.iter().any(|own| own == action),
                "{action} in {actions:?}"
            );
        }
    }
}

#[tokio::test]
async fn another_process_fetches_the_answers() {
    let (server, model) = models().pop().unwrap();
    let (world, guard) = (world(), guard());
    let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
    let store = Arc::new(MemoryStore::new());
    let all = Conversations::builder(keyring, store)
        .log(world.log.clone(), world.key.clone())
        .ttl(DAY)
        .build()
        .unwrap();
    let id = ConversationId::new("acme", "job-1").unwrap();
    let batches = GuardedBatches::new(guard.clone(), model, world.copies.clone());
    let (cx, caller) = (CallContext::new(), caller("u-1"));
    let item = {
        let talk = all.open(&id).await.unwrap();
        echo(&server, &guard, &talk);
        batches
            .submit(Turn::new(&caller, &talk).context(&cx), batch())
            .await
            .unwrap()
            .0
    };
    while !batches.status(&item.id, &cx).await.unwrap().has_ended {}
    let talk = all.open(&id).await.unwrap();
    let answers = batches
        .answers(Turn::new(&caller, &talk).context(&cx), &item.id)
        .await
        .unwrap();
    let answer = answers[&"mail-2".into()].as_ref().unwrap();
    assert_eq!(
        answer.response().message.text(),
        format!("I wrote to {BOB}")
    );
}

#[tokio::test]
async fn nothing_leaves_where_the_guard_lets_the_provider_keep_nothing() {
    for (server, model) in models() {
        let world = world();
        let guard = Guard::builder(Redactor::secrets_and_pii()).build().unwrap();
        let batches =
            GuardedBatches::new(guard, model, world.copies.clone()).services(world.services());
        let talk = Conversation::new().unwrap();
        let sent = batches
            .submit(Turn::new(&caller("u-1"), &talk), batch())
            .await;
        assert_eq!(sent.unwrap_err().kind(), ModelErrorKind::PolicyDenied);
        assert_eq!(server.count(), 0);
        assert!(world.copies.list("acme").await.unwrap().is_empty());
        let actions = world.actions().await;
        assert!(
            actions.contains(&"model.batch Denied".to_owned()),
            "{actions:?}"
        );
    }
}

#[tokio::test]
async fn what_may_be_there_is_on_the_list_and_what_is_not_is_off_it() {
    for (server, model) in models() {
        let world = world();
        let batches = GuardedBatches::new(guard(), model, world.copies.clone());
        let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
        // The provider refuses it.
        server.reply(MockReply::status(400));
        batches
            .submit(Turn::new(&caller("u-1"), &talk).context(&cx), batch())
            .await
            .unwrap_err();
        assert!(world.copies.list("acme").await.unwrap().is_empty());
        // The connection breaks: nobody knows.
        server.reply(MockReply::close());
        batches
            .submit(Turn::new(&caller("u-1"), &talk).context(&cx), batch())
            .await
            .unwrap_err();
        let list = world.copies.list("acme").await.unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!((list[0].id(), list[0].kind()), (None, ServerState::Batch));
        // It expires by itself. A clock takes nothing off the list, but somebody does.
        let by = list[0].expires().unwrap();
        world.clock.set(by.saturating_add(DAY));
        assert_eq!(world.copies.list("acme").await.unwrap().len(), 1);
        assert_eq!(world.copies.take_off_expired("acme", by).await.unwrap(), 0);
        let after = by.saturating_add(Duration::from_secs(1));
        assert_eq!(
            world.copies.take_off_expired("acme", after).await.unwrap(),
            1
        );
        assert!(world.copies.list("acme").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_file_of_requests_is_deleted_where_the_batch_does_not_come_about() {
    let (server, model) = models().pop().unwrap();
    let world = world();
    let batches = GuardedBatches::new(guard(), model, world.copies.clone());
    let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
    // The upload goes through, and the second call never leaves.
    let refusing = Arc::new(Refusing(1.into()));
    let cx = cx.observer(refusing);
    let sent = batches
        .submit(Turn::new(&caller("u-1"), &talk).context(&cx), batch())
        .await;
    assert!(sent.is_err());
    assert_eq!(server.kept(), 1);
    // It could not be deleted either, so the list has it, and an erasure finds it.
    let list = world.copies.list("acme").await.unwrap();
    assert!(
        list.iter()
            .any(|copy| copy.kind() == ServerState::File && copy.id().is_some())
    );
    let storage: Arc<dyn ProviderStorage> = batches_of(&server);
    let executor = world.executor(vec![storage]);
    let progress = executor.execute(&erase("u-1"), world.now()).await.unwrap();
    assert!(progress.is_complete());
    assert_eq!(server.kept(), 0);
}

fn batches_of(server: &MockServer) -> Arc<OpenAiBatch> {
    let address = format!("{}/v1", server.address());
    let model = OpenAiBatch::builder("test-one", key()).address(&address);
    Arc::new(model.build().unwrap())
}

/// Lets so many requests leave, and stops every other.
struct Refusing(std::sync::atomic::AtomicUsize);

#[async_trait::async_trait]
impl confidant::model::AttemptObserver for Refusing {
    async fn before(
        &self,
        _: u32,
        _: &confidant::model::Destination,
    ) -> Result<(), confidant::Error> {
        use std::sync::atomic::Ordering;
        let left = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        match left {
            Ok(_) => Ok(()),
            Err(_) => Err(confidant::Error::foreign(ErrorKind::Refused, "test")),
        }
    }

    async fn after(&self, _: u32, _: Result<(), ModelErrorKind>) -> Result<(), confidant::Error> {
        Ok(())
    }
}

#[tokio::test]
async fn an_erasure_reaches_what_providers_keep_and_is_complete_when_it_is_gone() {
    for (server, model) in models() {
        let world = world();
        let batches = GuardedBatches::new(guard(), model.clone(), world.copies.clone());
        let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
        server.always(MockReply::answer(MockAnswer::text("1")));
        for subject in ["u-1", "u-2"] {
            batches
                .submit(Turn::new(&caller(subject), &talk).context(&cx), batch())
                .await
                .unwrap();
        }
        let kept = server.kept();
        let executor = world.executor(vec![model]);
        let order = erase("u-1");
        // The provider is still at work on it: the order stays open.
        let progress = executor.execute(&order, world.now()).await.unwrap();
        assert!(!progress.is_complete());
        let progress = executor.execute(&order, world.now()).await.unwrap();
        assert!(progress.is_complete(), "{progress:?}");
        assert!(matches!(progress.tasks()[0].state(), TaskState::Done(done) if done.items() > 0));
        executor.close(&order, world.now()).await.unwrap();
        assert_eq!(server.kept(), kept / 2);
        let left = world.copies.list("acme").await.unwrap();
        assert!(!left.is_empty(), "the other person's are there");
        let keeper = world.copies.keeper(Vec::new());
        assert_eq!(keeper.count(&order).await.unwrap(), 0);
        assert!(keeper.count(&erase("u-2")).await.unwrap() > 0);
    }
}

#[tokio::test]
async fn an_order_is_open_while_the_provider_does_not_delete() {
    let (server, model) = models().remove(0);
    let world = world();
    let item = KeptItem::new(ServerState::Batch, "msgbatch-1");
    let descriptor = model.descriptor().clone();
    world
        .copies
        .record(&caller("u-1"), &descriptor, &item)
        .await
        .unwrap();
    let executor = world.executor(vec![model]);
    server.always(MockReply::status(500));
    let order = erase("u-1");
    let progress = executor.execute(&order, world.now()).await.unwrap();
    assert!(!progress.is_complete());
    assert_eq!(
        executor
            .close(&order, world.now())
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Refused
    );
    // A gateway that knows no such path says nothing of the copy.
    server.always(MockReply::status(404));
    let progress = executor.execute(&order, world.now()).await.unwrap();
    assert!(!progress.is_complete());
    let gone = serde_json::json!({"error": {"type": "not_found_error", "message": "not found"}});
    server.always(MockReply::raw(404, "application/json", gone.to_string()));
    let progress = executor.execute(&order, world.now()).await.unwrap();
    assert!(progress.is_complete());
}

#[tokio::test]
async fn what_cannot_be_deleted_is_on_record_with_its_expiry_or_keeps_the_order_open() {
    let (_server, model) = models().remove(0);
    let world = world();
    let by = world.now().checked_add(DAY).unwrap();
    let stored = KeptItem::new(ServerState::StoredResponse, "resp-1").expires_by(Some(by));
    let descriptor = model.descriptor().clone();
    world
        .copies
        .record(&caller("u-1"), &descriptor, &stored)
        .await
        .unwrap();
    let executor = world.executor(vec![model]);
    let order = erase("u-1");
    let progress = executor.execute(&order, world.now()).await.unwrap();
    assert!(progress.is_complete());
    let completion = executor.close(&order, world.now()).await.unwrap();
    assert_eq!(completion.expired_by, Some(by));
    // One that nobody deletes and that never expires is never erased.
    let endless = KeptItem::new(ServerState::StoredResponse, "resp-2");
    world
        .copies
        .record(&caller("u-3"), &descriptor, &endless)
        .await
        .unwrap();
    let order = erase("u-3");
    assert!(
        !executor
            .execute(&order, world.now())
            .await
            .unwrap()
            .is_complete()
    );
}

#[tokio::test]
async fn what_does_not_say_whose_it_is_is_everybodys() {
    let (_server, model) = models().remove(0);
    let world = world();
    let caller = ModelCaller::new(Identifier::new("service:test").unwrap()).tenant("acme");
    let one = caller.clone().record(b"c-1").unwrap();
    let item = |id: &str| KeptItem::new(ServerState::File, id);
    world
        .copies
        .record(&caller, model.descriptor(), &item("f-1"))
        .await
        .unwrap();
    world
        .copies
        .record(&one, model.descriptor(), &item("f-2"))
        .await
        .unwrap();
    let keeper = world.copies.keeper(Vec::new());
    let count = async |order: &Order| keeper.count(order).await.unwrap();
    let all = Order::new(DataCategory::new("chat").unwrap(), Disposition::Delete).tenant("acme");
    assert_eq!(count(&all).await, 2);
    assert_eq!(count(&erase("u-1")).await, 2);
    assert_eq!(count(&all.clone().record(b"c-1").unwrap()).await, 2);
    assert_eq!(count(&all.clone().record(b"c-2").unwrap()).await, 1);
    let other = Order::new(DataCategory::new("chat").unwrap(), Disposition::Delete).tenant("other");
    assert_eq!(count(&other).await, 0);
    let of = |name: &str| keeper.clone().of(Processor::new(name).unwrap());
    assert_eq!(of("anthropic").count(&all).await.unwrap(), 2);
    assert_eq!(of("openai").count(&all).await.unwrap(), 0);
}

#[tokio::test]
async fn a_file_is_cleared_and_listed() {
    let server = MockServer::start().unwrap();
    let address = format!("{}/v1", server.address());
    let files = OpenAiFiles::builder("files", key()).address(&address);
    let files: Arc<dyn FileModel> = Arc::new(files.build().unwrap());
    let world = world();
    let guarded =
        GuardedFiles::new(guard(), files, world.copies.clone()).services(world.services());
    let (talk, cx, caller) = (
        Conversation::new().unwrap(),
        CallContext::new(),
        caller("u-1"),
    );
    let lines = format!("{{\"to\":\"{ANN}\"}}\n{{\"to\":\"{BOB}\"}}\n");
    for media_type in ["text/plain", "application/jsonl", "application/x-ndjson"] {
        let file = Upload::new(media_type, lines.as_bytes()).with_name(format!("{ANN}.txt"));
        let (item, report) = guarded
            .upload(Turn::new(&caller, &talk).context(&cx), file)
            .await
            .unwrap();
        assert_eq!(world.copies.list("acme").await.unwrap().len(), 1);
        assert!(report.receipt().is_some());
        guarded.delete(&caller, &item, &cx).await.unwrap();
        assert!(world.copies.list("acme").await.unwrap().is_empty());
    }
    server.assert_never_saw(ANN);
    server.assert_never_saw(BOB);
    // What nobody scans does not leave.
    let file = Upload::new("application/octet-stream", lines.as_bytes()).with_name("a.bin");
    let error = guarded
        .upload(Turn::new(&caller, &talk).context(&cx), file)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::PolicyDenied);
    assert!(world.copies.list("acme").await.unwrap().is_empty());
}

/// Keeps what meters are told.
#[derive(Debug, Default)]
struct Records(std::sync::Mutex<Vec<MeterRecord>>);

#[async_trait::async_trait]
impl Meter for Records {
    async fn record(&self, record: &MeterRecord) -> Result<(), confidant::Error> {
        self.0.lock().unwrap().push(record.clone());
        Ok(())
    }
}

#[tokio::test]
async fn texts_are_embedded_without_what_was_found_and_metered() {
    let server = MockServer::start().unwrap();
    let address = format!("{}/v1", server.address());
    let model = OpenAiEmbeddings::builder("test-one", key()).address(&address);
    let (world, meter) = (world(), Arc::new(Records::default()));
    let guard = Guard::builder(Redactor::secrets_and_pii());
    let guard = guard.index_key(Key::from_bytes([7; 32])).build().unwrap();
    let embeddings = GuardedEmbeddings::new(guard, Arc::new(model.build().unwrap()))
        .services(world.services().meter(meter.clone()));
    let body = r#"{"object":"list","data":[{"index":0,"embedding":[0.5]}],"model":"test-one",
        "usage":{"prompt_tokens":4,"total_tokens":4}}"#;
    server.reply(MockReply::raw(200, "application/json", body));
    let request = EmbeddingRequest::new([format!("Write to {ANN}")]);
    let asked = embeddings
        .embed(&caller("u-1"), request, &CallContext::new())
        .await;
    let (vectors, report) = asked.unwrap();
    assert_eq!((vectors.vectors.len(), report.found().total()), (1, 1));
    let receipt = report.receipt().unwrap();
    assert_eq!(
        receipt.state(Control::NoTraining),
        ControlState::NotRequested
    );
    server.assert_never_saw(ANN);
    let records = meter.0.lock().unwrap().clone();
    assert_eq!((records[0].input_tokens, records[0].hidden), (Some(4), 1));
    let actions = world.actions().await;
    assert_eq!(actions[0], "model.embed Attempted");
    assert_eq!(actions.last().unwrap(), "model.embed Succeeded");
}

/// Somebody who can write to the store edits the list: no erasure is complete by it.
#[tokio::test]
async fn who_writes_the_list_erases_nothing() {
    let world = world();
    let (_server, model) = models().remove(0);
    let descriptor = model.descriptor().clone();
    for (person, id) in [("u-1", "file-1"), ("u-2", "file-2")] {
        let item = KeptItem::new(ServerState::Batch, id);
        let caller = caller(person);
        let recorded = world.copies.record(&caller, &descriptor, &item);
        recorded.await.unwrap();
    }
    let entries = async || {
        let access = Access::new(Identifier::new("auditor:1").unwrap());
        world.log.read(0..1_000, &access).await.unwrap()
    };
    let told = entries().await;
    world.copies.check_log("acme", &told).await.unwrap();
    let range = Range::collection(Tenant::new("acme"), "confidant.guard.copy").unwrap();
    let kept = world.store.scan(&range, 10).await.unwrap();
    let [first, second] = [&kept[0], &kept[1]];
    let mut flipped = first.value.clone();
    flipped[30] ^= 1;
    let attacks = [
        ("a byte is changed", vec![(first, flipped)]),
        (
            "one stands for another",
            vec![(first, second.value.clone())],
        ),
        (
            "two are swapped",
            vec![(first, second.value.clone()), (second, first.value.clone())],
        ),
        ("it has no MAC", vec![(first, first.value[..40].to_vec())]),
    ];
    for (name, changes) in attacks {
        let batch = changes.into_iter();
        let batch = batch.fold(Batch::new(), |batch, (record, value)| {
            batch.put(record.key.clone(), value)
        });
        world.store.commit(batch).await.unwrap();
        let error = world.copies.list("acme").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{name}");
        let executor = world.executor(vec![model.clone()]);
        let progress = executor.execute(&erase("u-1"), world.now()).await.unwrap();
        assert!(!progress.is_complete(), "{name}");
        let batch = kept.iter().fold(Batch::new(), |batch, record| {
            batch.put(record.key.clone(), record.value.clone())
        });
        world.store.commit(batch).await.unwrap();
        assert_eq!(world.copies.list("acme").await.unwrap().len(), 2, "{name}");
    }
    // One that is gone is told by the log alone.
    let gone = Batch::new().delete(first.key.clone());
    world.store.commit(gone).await.unwrap();
    assert_eq!(world.copies.list("acme").await.unwrap().len(), 1);
    let error = world.copies.check_log("acme", &told).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
}

/// A host with a clock that is ahead, a provider that names an expiry in the past, and one
/// that nobody can ask.
#[tokio::test]
async fn no_clock_and_no_expiry_hides_a_copy_from_an_erasure() {
    let (server, model) = models().pop().unwrap();
    let world = world();
    let batches = GuardedBatches::new(guard(), model, world.copies.clone());
    let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
    batches
        .submit(Turn::new(&caller("u-1"), &talk).context(&cx), batch())
        .await
        .unwrap();
    assert!(server.kept() > 0);
    let now = world.now();
    world.clock.set(now.saturating_add(DAY * 365));
    let listed = world.copies.list("acme").await.unwrap().len();
    assert!(listed > 0);
    let storage: Arc<dyn ProviderStorage> = batches_of(&server);
    let executor = world.executor(vec![storage]);
    // One that is worked on is cancelled first.
    for _ in 0..2 {
        executor.execute(&erase("u-1"), world.now()).await.unwrap();
    }
    let progress = executor.progress(&erase("u-1")).await.unwrap().unwrap();
    assert!(progress.is_complete(), "{progress:?}");
    assert_eq!(server.kept(), 0);

    let descriptor = batches_of(&server).descriptor().clone();
    let past = KeptItem::new(ServerState::StoredResponse, "resp-1")
        .expires_by(Some(Moment::from_unix_seconds(1).unwrap()));
    let operator = caller("u-2");
    let recorded = world.copies.record(&operator, &descriptor, &past);
    recorded.await.unwrap();
    let order = erase("u-2");
    let progress = executor.execute(&order, world.now()).await.unwrap();
    assert!(!progress.is_complete(), "{progress:?}");
    // Somebody looked at the provider's, and says so.
    let copy = world.copies.list("acme").await.unwrap().remove(0);
    assert!(world.copies.settle(&operator, &copy).await.unwrap());
    assert!(!world.copies.settle(&operator, &copy).await.unwrap());
    let progress = executor.execute(&order, world.now()).await.unwrap();
    assert!(progress.is_complete(), "{progress:?}");
}
