//! Conversations in a store.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use confidant::audit::{Access, Identifier, Log, LogKey};
use confidant::decision::{Decision, Reason};
use confidant::guard::{
    ConversationDisclosure, ConversationId, ConversationKeeper, Conversations, DenyDisclosure,
    DisclosurePolicy, Guard, Turn,
};
use confidant::model::Message;
use confidant::redact::Redactor;
use confidant::retention::{Disposition, Keeper, Order, ReadRecord};
use confidant::seal::{
    DataKey, KeyId, KeyProvider, KeyServiceCapabilities, KeyVersion, Keyring, LocalKeys,
    RewrapRequest, UnwrapRequest, WrapRequest, WrappedKey,
};
use confidant::store::{Batch, MemoryStore, Range, RecordKey, Store};
use confidant::taxonomy::{DataCategory, Tenant};
use confidant::time::{ManualClock, Moment};
use confidant::{Error, ErrorKind};

use super::models::*;

const DAY: Duration = Duration::from_secs(86_400);

struct World {
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
    log: Log,
    all: Conversations,
}

fn world() -> World {
    let store = Arc::new(MemoryStore::new());
    let clock = Arc::new(ManualClock::new(Moment::UNIX_EPOCH));
    let log = Log::in_memory().unwrap();
    let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
    let key = LogKey::generate().unwrap();
    let all = Conversations::builder(keyring, store.clone())
        .log(log.clone(), key)
        .ttl(DAY)
        .clock(clock.clone())
        .build()
        .unwrap();
    World {
        store,
        clock,
        log,
        all,
    }
}

fn id(id: &str) -> ConversationId {
    ConversationId::new("acme", id).unwrap()
}

fn records(store: &MemoryStore) -> Vec<confidant::store::StoredRecord> {
    let range = Range::collection(Tenant::new("acme"), ConversationKeeper::COLLECTION).unwrap();
    run(store.scan(&range, 1_000)).unwrap()
}

fn actions(log: &Log) -> Vec<String> {
    let access = Access::new(Identifier::new("auditor:1").unwrap());
    let records = run(log.read(0..100, &access)).unwrap();
    let entries = records.iter().map(|record| &record.entry);
    entries
        .map(|entry| format!("{} {:?}", entry.action().as_str().unwrap(), entry.outcome()))
        .filter(|action| !action.starts_with("audit."))
        .collect()
}

/// A service that wraps for whoever knows its public key.
#[derive(Debug)]
struct Public(LocalKeys);

#[async_trait]
impl KeyProvider for Public {
    fn id(&self) -> &KeyId {
        self.0.id()
    }

    fn capabilities(&self) -> KeyServiceCapabilities {
        let mut capabilities = self.0.capabilities();
        capabilities.authenticates = false;
        capabilities
    }

    async fn current_version(&self) -> Result<KeyVersion, Error> {
        self.0.current_version().await
    }

    async fn wrap(&self, items: &[WrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        self.0.wrap(items).await
    }

    async fn unwrap(&self, items: &[UnwrapRequest<'_>]) -> Vec<Result<DataKey, Error>> {
        self.0.unwrap(items).await
    }

    async fn rewrap(&self, items: &[RewrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        self.0.rewrap(items).await
    }
}

#[test]
fn a_provider_that_wraps_for_everybody_keeps_no_conversation() {
    let local = || LocalKeys::generate("local:main").unwrap();
    let public = || Public(LocalKeys::generate("local:public").unwrap());
    let builder = |keyring: Keyring| {
        let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
        let store = Arc::new(MemoryStore::new());
        Conversations::builder(keyring, store)
            .log(log, key)
            .ttl(DAY)
    };
    let keyrings = [
        Keyring::new(public()),
        // A key that only opens is as good to whoever plants one.
        Keyring::builder(Arc::new(local()))
            .open_with(Arc::new(public()))
            .build()
            .unwrap(),
    ];
    for keyring in keyrings {
        let refused = builder(keyring.clone()).build().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Config);
        let all = builder(keyring).danger_allow_public_wrapping().build();
        assert!(run(all.unwrap().open(&id("c-1"))).is_ok());
    }
    assert!(builder(Keyring::new(local())).build().is_ok());
}

#[test]
fn another_process_goes_on_where_one_stopped() {
    let world = world();
    let guard = guard();
    let first = run(world.all.open(&id("c-1"))).unwrap();
    let text = format!("I am {ANN}, card {CARD}, [EMAIL-7K3QX9TB], token-endpoint");
    let hidden = wire(&guard, &first, &text);
    run(first.save()).unwrap();
    // Nothing lies in the store in the clear.
    for record in records(&world.store) {
        let bytes = String::from_utf8_lossy(&record.value).into_owned();
        for value in [ANN, CARD, "EMAIL", "acme-mail"] {
            assert!(!bytes.contains(value));
        }
    }
    let other = run(world.all.open(&id("c-1"))).unwrap();
    assert_eq!(other.len(), first.len());
    assert_eq!(wire(&guard, &other, &text), hidden);
    assert_eq!(guard.show_text(&other, &hidden).as_str(), text);
    assert_eq!(other.epoch(), 0);
    // Another conversation has other placeholders and another key.
    let stranger = run(world.all.open(&id("c-2"))).unwrap();
    assert_ne!(wire(&guard, &stranger, &text), hidden);
    assert!(!guard.show_text(&stranger, &hidden).as_str().contains(ANN));
}

#[test]
fn two_who_write_at_once_lose_nothing() {
    let world = world();
    let guard = guard();
    let one = run(world.all.open(&id("c-1"))).unwrap();
    let two = run(world.all.open(&id("c-1"))).unwrap();
    let of_one = wire(&guard, &one, &format!("{ANN} and {PAT}"));
    let of_two = wire(&guard, &two, &format!("{BOB} and {PAT}"));
    run(one.save()).unwrap();
    run(two.save()).unwrap();
    // The second saw what the first had added, and both are there for a third.
    let third = run(world.all.open(&id("c-1"))).unwrap();
    for talk in [&two, &third] {
        assert_eq!(talk.len(), 3);
        assert!(guard.show_text(talk, &of_one).as_str().starts_with(ANN));
        assert!(guard.show_text(talk, &of_two).as_str().starts_with(BOB));
    }
    // The strictest release wins across processes.
    guard
        .hide_text_from(&one, confidant::guard::Provenance::System, ANN)
        .unwrap();
    run(one.save()).unwrap();
    let fourth = run(world.all.open(&id("c-1"))).unwrap();
    assert!(!guard.show_text(&fourth, &of_one).as_str().contains(ANN));
}

#[test]
fn a_number_and_a_string_come_back_as_such_in_another_process() {
    use confidant::guard::ToolRule;
    use confidant::guard::tools::ToolBoundary;
    use confidant::model::{Arguments, Json, ToolCall};
    use serde_json::{Value, json};

    let world = world();
    let rule = ToolRule::writes("pay").restoring();
    let guard = builder().tool(rule).build().unwrap();
    let number = json!({ "card": 4111111111111111_u64 });
    let string = json!({ "card": CARD });
    let orders = [[&number, &string], [&string, &number]];
    for (at, (order, text_first)) in orders.iter().zip([true, false]).enumerate() {
        let id = id(&format!("c-{at}"));
        let mut hidden = Vec::new();
        if text_first {
            // Saved before JSON shows what it is.
            let talk = run(world.all.open(&id)).unwrap();
            wire(&guard, &talk, CARD);
            run(talk.save()).unwrap();
        }
        for value in order {
            let talk = run(world.all.open(&id)).unwrap();
            let tools = ToolBoundary::new(&guard, &talk);
            hidden.push(tools.structured(value).unwrap());
            run(talk.save()).unwrap();
        }
        assert_ne!(hidden[0], hidden[1]);
        let talk = run(world.all.open(&id)).unwrap();
        let tools = ToolBoundary::new(&guard, &talk);
        for (hidden, expected) in hidden.iter().zip(order) {
            let json = Json::parse(&hidden.to_string()).unwrap();
            let call = ToolCall::new("pay", Arguments::Json(json)).with_id("c");
            let (arguments, verdict) = tools.arguments(&call);
            assert!(verdict.is_allowed());
            let restored: Value = serde_json::from_str(arguments.as_str()).unwrap();
            assert_eq!(&restored, *expected);
        }
    }
}

#[test]
fn every_change_to_the_records_is_seen() {
    let world = world();
    let guard = guard();
    let talk = run(world.all.open(&id("c-1"))).unwrap();
    wire(&guard, &talk, ANN);
    run(talk.save()).unwrap();
    wire(&guard, &talk, BOB);
    run(talk.save()).unwrap();
    let sound = records(&world.store);
    let put = |key: &RecordKey, value: Vec<u8>| {
        run(world.store.commit(Batch::new().put(key.clone(), value))).unwrap();
    };
    for record in &sound {
        for at in (0..record.value.len()).step_by(7) {
            let mut value = record.value.clone();
            value[at] ^= 1;
            put(&record.key, value);
            let error = run(world.all.find(&id("c-1"))).unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Integrity | ErrorKind::Open),
                "{at}"
            );
        }
        put(&record.key, record.value.clone());
        // A part that is taken away is missed, and so is one in the place of another.
        if record.key.path().starts_with(b"part/") {
            run(world.store.commit(Batch::new().delete(record.key.clone()))).unwrap();
            assert_eq!(
                run(world.all.find(&id("c-1"))).unwrap_err().kind(),
                ErrorKind::Integrity
            );
            let other = sound
                .iter()
                .find(|other| other.key != record.key && other.key.path().starts_with(b"part/"))
                .unwrap();
            put(&record.key, other.value.clone());
            assert!(run(world.all.find(&id("c-1"))).is_err());
            put(&record.key, record.value.clone());
        }
    }
    assert!(run(world.all.find(&id("c-1"))).unwrap().is_some());
    // The head of one conversation is not that of another.
    let head = sound
        .iter()
        .find(|record| record.key.path().starts_with(b"head/"))
        .unwrap();
    put(
        &RecordKey::new(
            Tenant::new("acme"),
            ConversationKeeper::COLLECTION,
            b"head/c-2",
        )
        .unwrap(),
        head.value.clone(),
    );
    assert_eq!(
        run(world.all.find(&id("c-2"))).unwrap_err().kind(),
        ErrorKind::Open
    );
}

#[test]
fn a_conversation_that_expired_or_was_destroyed_is_gone_for_everyone() {
    let world = world();
    let guard = guard();
    let talk = run(world.all.open(&id("c-1"))).unwrap();
    let hidden = wire(&guard, &talk, ANN);
    run(talk.save()).unwrap();
    assert!(run(world.all.shred(&id("c-1"))).unwrap());
    assert!(records(&world.store).is_empty());
    // Whoever still has it cannot bring it back.
    wire(&guard, &talk, BOB);
    assert_eq!(run(talk.save()).unwrap_err().kind(), ErrorKind::Refused);
    let anew = run(world.all.open(&id("c-1"))).unwrap();
    assert_eq!(run(talk.save()).unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(guard.show_text(&anew, &hidden).as_str(), hidden);
    // What is changed lives longer, what is not expires.
    wire(&guard, &anew, ANN);
    world.clock.advance(DAY / 2).unwrap();
    run(anew.save()).unwrap();
    world.clock.advance(DAY * 2 / 3).unwrap();
    assert!(run(world.all.find(&id("c-1"))).unwrap().is_some());
    world.clock.advance(DAY).unwrap();
    wire(&guard, &anew, CARD);
    assert_eq!(run(anew.save()).unwrap_err().kind(), ErrorKind::Refused);
    // Who looks destroys nothing: the clock may be ahead.
    assert!(run(world.all.find(&id("c-1"))).unwrap().is_none());
    assert!(!records(&world.store).is_empty());
    let old = records(&world.store);
    run(world.all.open(&id("c-1"))).unwrap();
    let new = records(&world.store);
    assert!(
        old.iter()
            .all(|old| new.iter().all(|new| new.value != old.value))
    );
    let shreds = ["guard.shred Attempted", "guard.shred Succeeded"];
    assert_eq!(actions(&world.log), [shreds, shreds].concat());
}

#[test]
fn retention_finds_and_destroys_conversations() {
    let world = world();
    for name in ["c-1", "c-2", "c-3"] {
        let talk = run(world.all.open(&id(name))).unwrap();
        wire(&guard(), &talk, ANN);
        run(talk.save()).unwrap();
    }
    let category = DataCategory::new("conversations").unwrap();
    let keeper = ConversationKeeper::new(world.all.clone(), category.clone());
    let page = run(keeper.records("acme", Some(&id("c-1")))).unwrap();
    assert_eq!(
        page.iter().map(|(id, _)| id.id()).collect::<Vec<_>>(),
        ["c-2", "c-3"]
    );
    // A sweeper reads heads, and takes the parts along.
    let found = records(&world.store)
        .iter()
        .filter(|record| keeper.read(record).unwrap().is_some())
        .count();
    assert_eq!(found, 3);

    // What is ordered of another category leaves conversations alone.
    let of = |name: &str| {
        let category = DataCategory::new(name).unwrap();
        Order::new(category, Disposition::Delete).tenant("acme")
    };
    let other = of("elsewhere");
    assert_eq!(run(keeper.count(&other)).unwrap(), 0);
    run(keeper.delete(&other)).unwrap();
    run(keeper.shred(&other)).unwrap();
    // A part of the category cannot be told apart.
    let part = of(&format!("{category}.part"));
    for refused in [
        run(keeper.delete(&part)).map(drop),
        run(keeper.count(&part)).map(drop),
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Refused);
    }

    let order = Order::new(category, Disposition::Delete).tenant("acme");
    assert_eq!(run(keeper.count(&order)).unwrap(), 3);
    let one = order
        .clone()
        .record(&ConversationKeeper::record_key(&id("c-2")))
        .unwrap();
    assert_eq!(run(keeper.count(&one)).unwrap(), 1);
    run(keeper.delete(&one)).unwrap();
    assert_eq!(run(keeper.count(&one)).unwrap(), 0);
    assert_eq!(run(keeper.count(&order)).unwrap(), 2);
    run(keeper.shred(&order)).unwrap();
    assert_eq!(run(keeper.count(&order)).unwrap(), 0);
    assert!(records(&world.store).is_empty());
    let subject = confidant::taxonomy::Subject::new("jo").unwrap();
    let of_person = order.subject(subject);
    assert_eq!(
        run(keeper.delete(&of_person)).unwrap_err().kind(),
        ErrorKind::Refused
    );
}

#[test]
fn a_conversation_is_shown_only_after_an_entry_and_where_a_policy_allows() {
    #[derive(Debug)]
    struct Support;
    impl DisclosurePolicy for Support {
        fn decide(&self, _: &ConversationId, disclosure: &ConversationDisclosure) -> Decision {
            match disclosure.stated_purpose().and_then(Identifier::as_str) {
                Some("support") => Decision::allow(Reason::without_clause("support")),
                _ => Decision::deny(Reason::without_clause("no purpose")),
            }
        }
    }
    let world = world();
    let secrets = Guard::builder(Redactor::secrets_and_pii()).build().unwrap();
    let talk = run(world.all.open(&id("c-1"))).unwrap();
    let stored = [Message::user(wire(
        &secrets,
        &talk,
        &format!("{ANN} {PAT}"),
    ))];
    run(talk.save()).unwrap();
    let disclosure = |purpose: &str| {
        ConversationDisclosure::by(Identifier::new("agent:7").unwrap())
            .purpose(Identifier::new(purpose).unwrap())
    };
    let denied =
        run(world
            .all
            .reveal(&id("c-1"), &stored, &disclosure("support"), &DenyDisclosure))
        .unwrap_err();
    assert_eq!(denied.kind(), ErrorKind::Refused);
    assert!(
        run(world
            .all
            .reveal(&id("c-1"), &stored, &disclosure("curiosity"), &Support))
        .is_err()
    );
    assert!(
        run(world
            .all
            .reveal(&id("none"), &stored, &disclosure("support"), &Support))
        .is_err()
    );
    let shown = run(world
        .all
        .reveal(&id("c-1"), &stored, &disclosure("support"), &Support))
    .unwrap();
    // Everything is shown, even what is never released in answers.
    assert!(shown.with(|messages| messages[0].text() == format!("{ANN} {PAT}")));
    assert_eq!(format!("{shown:?}"), "RevealedMessages(1 messages)");
    let (tried, denied) = ("guard.reveal Attempted", "guard.reveal Denied");
    assert_eq!(
        actions(&world.log),
        [
            tried,
            denied,
            tried,
            denied,
            tried,
            denied,
            tried,
            "guard.reveal Succeeded"
        ]
    );
}

#[test]
fn a_time_to_keep_that_keeps_nothing_or_too_long_is_refused() {
    let new = |ttl| {
        let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
        let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
        Conversations::builder(keyring, Arc::new(MemoryStore::new()))
            .log(log, key)
            .ttl(ttl)
            .build()
    };
    let over = Conversations::MAX_TTL + Duration::from_nanos(1);
    let under = Duration::from_secs(1) - Duration::from_nanos(1);
    for ttl in [Duration::ZERO, under, over, Duration::MAX] {
        assert_eq!(new(ttl).unwrap_err().kind(), ErrorKind::Config, "{ttl:?}");
    }
    for ttl in [Duration::from_secs(1), Conversations::MAX_TTL] {
        let talk = run(new(ttl).unwrap().open(&id("c-1"))).unwrap();
        wire(&guard(), &talk, ANN);
        run(talk.save()).unwrap();
    }
}

#[test]
fn what_has_expired_does_not_count_and_is_destroyed_all_the_same() {
    let world = world();
    for name in ["c-1", "c-2"] {
        run(world.all.open(&id(name))).unwrap();
    }
    world.clock.advance(DAY / 2).unwrap();
    run(world.all.open(&id("c-3"))).unwrap();
    assert_eq!(run(world.all.count("acme")).unwrap(), 3);
    world.clock.advance(DAY / 2).unwrap();
    assert_eq!(run(world.all.count("acme")).unwrap(), 1);
    // A record that cannot be read is not taken for one that has expired.
    let key = RecordKey::new(
        Tenant::new("acme"),
        ConversationKeeper::COLLECTION,
        b"head/c-4",
    )
    .unwrap();
    run(world.store.commit(Batch::new().put(key, b"junk".to_vec()))).unwrap();
    assert_eq!(run(world.all.count("acme")).unwrap(), 2);
    // What lies in the store is there for whoever must erase it.
    let category = DataCategory::new("conversations").unwrap();
    let keeper = ConversationKeeper::new(world.all.clone(), category.clone());
    let order = Order::new(category, Disposition::Delete).tenant("acme");
    assert_eq!(run(keeper.count(&order)).unwrap(), 4);
    assert_eq!(run(world.all.shred_tenant("acme")).unwrap(), 4);
    assert_eq!(run(keeper.count(&order)).unwrap(), 0);
}

#[test]
fn nothing_leaves_that_could_not_be_saved() {
    use confidant::guard::GuardedModel;
    let world = world();
    let talk = run(world.all.open(&id("c-1"))).unwrap();
    run(world.all.shred(&id("c-1"))).unwrap();
    let model = Peer::echo();
    let guarded = GuardedModel::new(guard(), model.clone());
    let context = confidant::model::CallContext::new();
    let error = run(guarded.generate(Turn::new(&caller(), &talk).context(&context), user(ANN)))
        .unwrap_err();
    assert_eq!(error.kind(), confidant::model::ModelErrorKind::PolicyDenied);
    assert!(model.requests().is_empty());
}

#[test]
fn records_of_two_histories_do_not_mix() {
    let world = world();
    let guard = guard();
    let say = |text: &str| {
        let open = run(world.all.open(&id("c-1"))).unwrap();
        wire(&guard, &open, text);
        run(open.save()).unwrap();
        records(&world.store)
    };
    let put = |all: &[confidant::store::StoredRecord]| {
        let range = Range::collection(Tenant::new("acme"), ConversationKeeper::COLLECTION).unwrap();
        run(world.store.commit(Batch::new().delete_range(range))).unwrap();
        let batch = all.iter().fold(Batch::new(), |batch, record| {
            batch.put(record.key.clone(), record.value.clone())
        });
        run(world.store.commit(batch)).unwrap();
    };
    let first = say(&format!("I am {ANN}"));
    let one = say(&format!("and {BOB}"));
    // Somebody puts the older state back, and the conversation goes on in another way.
    put(&first);
    let other = say(&format!("my card is {CARD}"));
    assert_eq!((one.len(), other.len()), (first.len() + 1, first.len() + 1));
    let is_head =
        |record: &&confidant::store::StoredRecord| record.key.path().starts_with(b"head/");
    let mix = |heads: &[confidant::store::StoredRecord],
               parts: &[confidant::store::StoredRecord]| {
        let heads = heads.iter().filter(|record| is_head(record));
        let parts = parts.iter().filter(|record| !is_head(record));
        heads.chain(parts).cloned().collect::<Vec<_>>()
    };
    for (heads, parts) in [(&one, &other), (&other, &one), (&one, &first)] {
        put(&mix(heads, parts));
        let error = run(world.all.open(&id("c-1"))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
    }
    // One who has it open notices that it was put back.
    put(&one);
    let open = run(world.all.open(&id("c-1"))).unwrap();
    for state in [&first, &other] {
        put(state);
        wire(&guard, &open, "I am carol@acme-mail.com");
        assert_eq!(run(open.save()).unwrap_err().kind(), ErrorKind::Integrity);
    }
}
