//! A guard that only looks on, and one that is passed by.

use confidant::audit::{Access, Identifier, Log, LogKey};
use confidant::guard::{Conversation, GuardedModel, Justification, Mode, Services, Turn};
use confidant::model::{Basis, CallContext, ChatModel, Json, ModelErrorKind, Part, ToolCall};

use super::models::*;

#[test]
fn who_looks_on_counts_and_changes_nothing() {
    let guard = builder().observe_only().build().unwrap();
    let talk = Conversation::new().unwrap();
    let model = Peer::echo();
    let text = format!("I am {ANN}");
    let (cleared, report) = guard.clear(&talk, user(&text), model.descriptor()).unwrap();
    assert_eq!(cleared.get().messages[0].text(), text);
    assert_eq!(report.found().total(), 1);
    assert_eq!(report.mode(), Mode::Observe);
    // Nothing takes it for enforcement.
    assert!(!report.is_enforced());
    assert_eq!(cleared.clearance().basis(), Basis::Unredacted);
    // What would have been refused passes, and the report says so.
    let bad = user("go").with(assistant(vec![Part::tool_call(
        ToolCall::new(PAT, Json::empty_object()).with_id("c"),
    )]));
    let (_, report) = guard.clear(&talk, bad, model.descriptor()).unwrap();
    assert!(report.would_refuse());
    assert_eq!(ask(&guard, &model, &talk, user(&text)), text);
}

#[test]
fn nothing_passes_by_the_guard_without_permission_and_an_entry() {
    let reason = Justification::new("ticket:812").unwrap();
    let talk = Conversation::new().unwrap();
    let model = Peer::echo();
    let denied = |guarded: &GuardedModel| {
        let (caller, context) = (caller(), CallContext::new());
        let asked = guarded.generate_unredacted(
            Turn::new(&caller, &talk).context(&context),
            user(ANN),
            &reason,
        );
        run(asked).unwrap_err().kind()
    };
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let services = Services::new().audit(log.clone(), key);
    let strict = GuardedModel::new(guard(), model.clone()).services(services.clone());
    assert_eq!(denied(&strict), ModelErrorKind::PolicyDenied);
    let open = builder().allow_unredacted().build().unwrap();
    let unlogged = GuardedModel::new(open.clone(), model.clone());
    assert_eq!(denied(&unlogged), ModelErrorKind::PolicyDenied);
    assert!(model.requests().is_empty());

    let logged = GuardedModel::new(open, model.clone()).services(services);
    let answer =
        run(logged.generate_unredacted(Turn::new(&caller(), &talk), user(ANN), &reason)).unwrap();
    assert!(answer.report().is_bypassed() && !answer.report().is_enforced());
    assert!(model.saw().contains(ANN));
    let access = Access::new(Identifier::new("auditor:1").unwrap());
    let records = run(log.read(0..20, &access)).unwrap();
    let entry = records
        .iter()
        .map(|record| &record.entry)
        .find(|entry| entry.action().as_str() == Some("model.call.unredacted"));
    let reason = entry.unwrap().instance_id().and_then(Identifier::as_str);
    assert_eq!(reason, Some("ticket:812"));
}
