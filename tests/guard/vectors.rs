//! The frozen vectors of the formats, which another implementation made.

use std::sync::Arc;
use std::time::Duration;

use confidant::ErrorKind;
use confidant::audit::{Log, LogKey};
use confidant::guard::{
    Attestation, Budget, Catalogue, Control, ControlState, Conversation, ConversationId,
    Conversations, GuardedModel, ProviderCopies, Services, Turn,
};
use confidant::model::{CallContext, ChatRequest, Message, ModelErrorKind};
use confidant::seal::{KeyVersion, Keyring, LocalKeys};
use confidant::secret::Secret;
use confidant::store::{Batch, MemoryStore, RecordKey, Store};
use confidant::time::{Clock, ManualClock, Moment};
use serde_json::Value;

use super::models::*;
use confidant::taxonomy::Tenant;

const YEAR: Duration = Duration::from_secs(366 * 86_400);

fn vectors() -> Value {
    serde_json::from_str(include_str!("../data/guard/v1.json")).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    let digits = (0..text.len()).step_by(2);
    digits
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn at(value: &Value) -> Moment {
    Moment::from_unix_seconds(value.as_i64().unwrap()).unwrap()
}

/// A store with records of one collection.
fn store<'v>(collection: &str, records: impl IntoIterator<Item = &'v Value>) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    let mut batch = Batch::new();
    for record in records {
        let key = RecordKey::new(Tenant::new("acme"), collection, bytes(&record["path"])).unwrap();
        batch = batch.put(key, bytes(&record["value"]));
    }
    run(store.commit(batch)).unwrap();
    store
}

fn conversations(vectors: &Value, store: Arc<MemoryStore>) -> Conversations {
    let key = &vectors["key"];
    let secret: [u8; 32] = bytes(&key["key"]).try_into().unwrap();
    let version = KeyVersion::new(key["version"].as_str().unwrap()).unwrap();
    let secret = Secret::new(secret);
    let keys = LocalKeys::new(key["id"].as_str().unwrap(), version, &secret).unwrap();
    let (log, log_key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    Conversations::builder(Keyring::new(keys), store)
        .log(log, log_key)
        .ttl(YEAR)
        .build()
        .unwrap()
}

fn id(vectors: &Value) -> ConversationId {
    let talk = &vectors["conversation"];
    let text = |name: &str| talk[name].as_str().unwrap();
    ConversationId::new(text("tenant"), text("id")).unwrap()
}

#[test]
fn a_frozen_conversation_opens_and_goes_on() {
    let vectors = vectors();
    let talk = &vectors["conversation"];
    let text = |name: &str| talk[name].as_str().unwrap();
    let store = store("confidant.guard", talk["records"].as_array().unwrap());
    let all = conversations(&vectors, store);
    let open = run(all.open(&id(&vectors))).unwrap();
    assert_eq!((open.len(), open.epoch()), (2, 3));
    let guard = guard();
    assert_eq!(guard.show_text(&open, text("wire")).as_str(), text("shown"));
    // What left stays as it left, in both forms.
    assert_eq!(wire(&guard, &open, text("text")), text("wire"));
    assert_eq!(wire(&guard, &open, text("wire")), text("wire"));
    let model = Peer::echo();
    let guarded = GuardedModel::new(guard.clone(), model);
    let request = ChatRequest::new()
        .with(Message::user(text("wire")))
        .with(Message::user(BOB));
    let (caller, cx) = (caller(), CallContext::new());
    let answer = run(guarded.generate(Turn::new(&caller, &open).context(&cx), request)).unwrap();
    assert_eq!(answer.report().new_epoch(), None);
    // What was added is there for the next.
    let again = run(all.open(&id(&vectors))).unwrap();
    assert_eq!((again.len(), again.epoch()), (3, 3));
    // Another conversation under the same key has other placeholders.
    let other = Conversation::new().unwrap();
    assert_ne!(wire(&guard, &other, text("text")), text("wire"));
}

#[test]
fn what_is_not_what_was_written_does_not_open() {
    let vectors = vectors();
    let talk = &vectors["conversation"];
    for name in ["fail_head_bytes", "fail_parts"] {
        for (at, records) in talk[name].as_array().unwrap().iter().enumerate() {
            let store = store("confidant.guard", records.as_array().unwrap());
            let all = conversations(&vectors, store);
            let error = run(all.open(&id(&vectors))).unwrap_err();
            let is_known = matches!(
                error.kind(),
                ErrorKind::Conflict | ErrorKind::Integrity | ErrorKind::Open
            );
            assert!(is_known, "{name} {at}: {error:?}");
        }
    }
    let store = store("confidant.guard", talk["fail_save"].as_array().unwrap());
    let all = conversations(&vectors, store);
    let open = run(all.open(&id(&vectors))).unwrap();
    wire(&guard(), &open, BOB);
    assert_eq!(run(open.save()).unwrap_err().kind(), ErrorKind::Integrity);
}

#[test]
fn a_frozen_list_of_copies_is_read() {
    let vectors = vectors();
    let copies = vectors["copies"].as_array().unwrap();
    let records: Vec<_> = copies
        .iter()
        .enumerate()
        .map(|(at, copy)| serde_json::json!({"path": format!("{at:032x}"), "value": copy["value"]}))
        .collect();
    let store = store("confidant.guard.copy", &records);
    let clock = Arc::new(ManualClock::new(Moment::UNIX_EPOCH));
    let (log, key) = (Log::in_memory().unwrap(), LogKey::from_bytes([0; 32]));
    let list = ProviderCopies::new(store, log, key).clock(clock as Arc<dyn Clock>);
    let found = run(list.list("acme")).unwrap();
    assert_eq!(found.len(), copies.len());
    for (found, copy) in found.iter().zip(copies) {
        assert_eq!(found.kind().as_str(), copy["kind"].as_str().unwrap());
        assert_eq!(found.id().map(|id| id.as_str()), copy["id"].as_str());
        let expires = copy["expires"].as_i64().map(|_| at(&copy["expires"]));
        assert_eq!(found.expires(), expires);
        assert_eq!(found.provider().as_str(), "openai");
    }
}

#[test]
fn a_frozen_count_of_a_budget_is_gone_on_with() {
    let vectors = vectors();
    let budget = &vectors["budget"];
    let window = Duration::from_secs(budget["window"].as_u64().unwrap());
    let limit = budget["tokens"].as_u64().unwrap();
    let ask = |more: u64| {
        let store = store("confidant.guard.budget", [budget]);
        let name = budget["name"].as_str().unwrap();
        let budget_of = Budget::new(store, LogKey::from_bytes([0; 32]), name, window).unwrap();
        let clock = Arc::new(ManualClock::new(at(&budget["at"])));
        let services = Services::new()
            .budget(budget_of.tokens(limit + more))
            .clock(clock);
        let model = GuardedModel::new(guard(), Peer::echo()).services(services);
        let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
        let request = user("Hi").max_output_tokens(10);
        run(model.generate(Turn::new(&caller(), &talk).context(&cx), request))
            .map_err(|error| error.kind())
    };
    assert!(ask(10).is_ok());
    assert_eq!(ask(9).unwrap_err(), ModelErrorKind::BudgetExceeded);
}

#[test]
fn a_frozen_attestation_counts_and_no_other_does() {
    let vectors = vectors();
    let attestation = &vectors["attestation"];
    let key: [u8; 32] = bytes(&attestation["key"]).try_into().unwrap();
    let state = |document: &Value| {
        let attestation = Attestation::from_json(&document.to_string()).unwrap();
        let asked = Control::ZeroRetention;
        let moment = "2026-11-30T00:00:00Z".parse().unwrap();
        let services = Services::new()
            .attested(Catalogue::new().with(attestation), &[key], &[asked])
            .unwrap()
            .clock(Arc::new(ManualClock::new(moment)));
        let model = GuardedModel::new(guard(), Peer::echo()).services(services);
        let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
        let answer =
            run(model.generate(Turn::new(&caller(), &talk).context(&cx), user("Hi"))).unwrap();
        answer.report().receipt().unwrap().state(asked)
    };
    let document = &attestation["document"];
    assert_eq!(state(document), ControlState::Applied);
    for (name, value) in [
        ("id", "a-2"),
        ("endpoint", "https://api.acme-models.example:443"),
        ("model", "large"),
        ("basis", "vendor_page"),
        ("reviewed_on", "2026-11-02T00:00:00Z"),
        ("expires_on", "2027-12-01T00:00:00Z"),
    ] {
        let mut other = document.clone();
        other[name] = value.into();
        assert_eq!(state(&other), ControlState::Unresearched, "{name}");
    }
}
