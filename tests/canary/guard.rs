//! The guard: its types and errors.

use std::sync::Arc;
use std::time::Duration;

use confidant::audit::{Identifier, Log, LogKey};
use confidant::guard::tools::ToolBoundary;
use confidant::guard::{
    Budget, Conversation, ConversationId, ConversationKeeper, Conversations, Customer, Guard,
    GuardedModel, MediaVerdict, ModelCaller, Router, Services, ToolRule, Turn,
};
use confidant::model::testing::EchoModel;
use confidant::model::{
    Arguments, CallContext, ChatModel, ChatRequest, Json, Message, Part, Role, ToolCall,
};
use confidant::redact::{KnownValues, Redactor};
use confidant::seal::{Keyring, LocalKeys};
use confidant::store::MemoryStore;
use confidant::taxonomy::DataCategory;
use pollster::block_on;

use super::{CANARY, assert_unseen, error, value};

fn guard() -> Guard {
    let builder = Guard::builder(Redactor::secrets_and_pii())
        .tool(ToolRule::writes(CANARY).host(CANARY).restoring());
    assert_unseen(vec![value("GuardBuilder", &builder)]);
    builder.build().unwrap()
}

#[test]
fn a_guard_shows_nothing_of_what_it_guards() {
    let guard = guard();
    let model = EchoModel::new("echo");
    let talk = Conversation::new().unwrap();
    let text = format!("use {CANARY} now");
    let request = || ChatRequest::new().with(Message::user(text.as_str()));
    let (cleared, report) = guard.clear(&talk, request(), model.descriptor()).unwrap();
    let hidden = cleared.get().messages[0].text();
    let shown = guard.show_text(&talk, &hidden);
    let bad = ToolCall::new(CANARY, Arguments::Json(Json::empty_object())).with_id("c");
    let tools = ToolBoundary::new(&guard, &talk);
    let (arguments, verdict) = tools.arguments(&bad);
    let named = Part::tool_call(ToolCall::new(CANARY, Json::empty_object()).with_id("c"));
    let in_name = request().with(Message::new(Role::Assistant, vec![named]));
    let guarded = GuardedModel::new(guard.clone(), Arc::new(EchoModel::new("echo")));
    let caller = ModelCaller::new(Identifier::new("service:test").unwrap());
    let context = CallContext::new();
    let answer =
        block_on(guarded.generate(Turn::new(&caller, &talk).context(&context), request())).unwrap();
    let known = KnownValues::new(confidant::redact::Key::from_bytes([7; 32]));
    known.insert(CANARY).unwrap();
    assert_unseen(vec![
        value("Guard", &guard),
        value("Conversation", &talk),
        value("ClearedRequest", &cleared),
        value("GuardReport", &report),
        value("ShownText", &shown),
        value("ToolBoundary", &tools),
        value("Arguments", &arguments),
        value("ToolVerdict", &verdict),
        value("GuardedModel", &guarded),
        value("Answer", &answer),
        value("Router", &Router::new(Customer::new(CANARY))),
        value(
            "MediaVerdict",
            &MediaVerdict::Replace(CANARY.as_bytes().to_vec()),
        ),
        error(
            "a value in a name",
            guard.clear(&talk, in_name, model.descriptor()),
        ),
        error(
            "a name that is none",
            Guard::builder(Redactor::default())
                .name(&format!("{CANARY} "))
                .build(),
        ),
        error(
            "a budget",
            Budget::new(
                Arc::new(MemoryStore::new()),
                LogKey::from_bytes([0; 32]),
                &format!("{CANARY} "),
                Duration::from_secs(1),
            ),
        ),
        error("an id", ConversationId::new("acme", &format!("{CANARY} "))),
    ]);
}

#[test]
fn stored_conversations_show_nothing() {
    let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let store = Arc::new(MemoryStore::new());
    let all = Conversations::builder(keyring, store)
        .log(log.clone(), key.clone())
        .ttl(Duration::from_secs(60))
        .build()
        .unwrap();
    let id = ConversationId::new(CANARY, CANARY).unwrap();
    let talk = block_on(all.open(&id)).unwrap();
    guard().hide_text(&talk, CANARY).unwrap();
    block_on(talk.save()).unwrap();
    let keeper = ConversationKeeper::new(all.clone(), DataCategory::new("talks").unwrap());
    block_on(all.shred(&id)).unwrap();
    assert_unseen(vec![
        value("ConversationId", &id),
        value("Conversations", &all),
        value("Conversation", &talk),
        value("ConversationKeeper", &keeper),
        value("Services", &Services::new().audit(log, key)),
        error("a conversation that is gone", {
            guard().hide_text(&talk, "password=fV9s-Rk2xLq7").unwrap();
            block_on(talk.save())
        }),
    ]);
}
