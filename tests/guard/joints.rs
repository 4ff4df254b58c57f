//! Where policies on consent and visibility, and what stands around calls, are joined to
//! the guard.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use confidant::audit::{Access, Identifier, Log, LogKey};
use confidant::decision::ClauseId;
use confidant::guard::{
    Attestation, Budget, Catalogue, Control, ControlState, Conversation, ConversationDisclosure,
    ConversationId, Conversations, GuardedModel, Meter, MeterRecord, Services, Turn,
    VisibleConversations,
};
#[cfg(feature = "policy")]
use confidant::guard::{ModelCaller, RouteRequirements, Router};
use confidant::model::{CallContext, Message, ModelErrorKind, StreamEvent};
use confidant::seal::{Keyring, LocalKeys};
use confidant::secret::Secret;
use confidant::store::MemoryStore;
use confidant::time::{ManualClock, Moment};
use confidant::visibility::{Action, Level, NewResource, VisibilityFacts, VisibilityRules};
use confidant::{Error, ErrorKind};

use super::models::*;

const HOUR: Duration = Duration::from_secs(3_600);

fn now() -> Moment {
    "2026-11-30T12:00:00Z".parse().unwrap()
}

/// Keeps what meters are told, and fails where it is told to.
#[derive(Debug, Default)]
struct Records {
    all: Mutex<Vec<MeterRecord>>,
    is_down: std::sync::atomic::AtomicBool,
}

#[async_trait::async_trait]
impl Meter for Records {
    async fn record(&self, record: &MeterRecord) -> Result<(), Error> {
        if self.is_down.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(Error::foreign(ErrorKind::Store, "down"));
        }
        self.all.lock().unwrap().push(record.clone());
        Ok(())
    }
}

/// A log and a meter, with services that tell both.
fn watched() -> (Log, Arc<Records>, Services) {
    let (log, meter) = (Log::in_memory().unwrap(), Arc::new(Records::default()));
    let services = Services::new()
        .audit(log.clone(), LogKey::generate().unwrap())
        .meter(meter.clone());
    (log, meter, services)
}

/// What the log has of calls, without their attempts.
fn calls(log: &Log) -> Vec<String> {
    let access = Access::new(Identifier::new("auditor:1").unwrap());
    let records = run(log.read(0..1_000, &access)).unwrap();
    let entries = records.iter().map(|record| &record.entry);
    entries
        .filter(|entry| entry.action().as_str() == Some("model.call"))
        .map(|entry| format!("{:?}", entry.outcome()))
        .collect()
}

/// Begins an answer, and drops it after its first piece.
fn drop_one(model: &GuardedModel) {
    let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
    let mut answer =
        run(model.stream(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap();
    assert!(matches!(
        run(answer.next()),
        Some(Ok(StreamEvent::Started { .. }))
    ));
}

#[test]
fn an_answer_that_is_dropped_has_an_end() {
    let (log, meter, services) = watched();
    let store = Arc::new(MemoryStore::new());
    let budget = Budget::new(store, LogKey::from_bytes([0; 32]), "b", HOUR)
        .unwrap()
        .tokens(5_000);
    let services = services.budget(budget);
    let model = GuardedModel::new(guard(), Peer::echo()).services(services.clone());
    drop_one(&model);
    assert_eq!(calls(&log), ["Attempted"]);
    run(services.settle()).unwrap();
    assert_eq!(calls(&log), ["Attempted", "Failed"]);
    let outcomes: Vec<_> = meter
        .all
        .lock()
        .unwrap()
        .iter()
        .map(|r| r.outcome)
        .collect();
    assert_eq!(outcomes, [Err(ModelErrorKind::Cancelled)]);
    // Once is enough.
    run(services.settle()).unwrap();
    assert_eq!(calls(&log), ["Attempted", "Failed"]);
    // Nobody knows what it used, so what it reserved stands.
    let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
    let error =
        run(model.generate(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::BudgetExceeded);
}

#[test]
fn the_next_call_ends_what_was_dropped_first() {
    let (log, meter, services) = watched();
    let model = GuardedModel::new(guard(), Peer::echo()).services(services);
    drop_one(&model);
    drop_one(&model);
    let talk = Conversation::new().unwrap();
    assert_eq!(ask_with(&model, &talk).unwrap(), "Hello");
    let all = [
        "Attempted",
        "Failed",
        "Attempted",
        "Failed",
        "Attempted",
        "Succeeded",
    ];
    assert_eq!(calls(&log), all);
    // Where that fails, nothing leaves.
    drop_one(&model);
    meter
        .is_down
        .store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(
        ask_with(&model, &talk).unwrap_err(),
        ModelErrorKind::GuardFailed
    );
}

fn ask_with(model: &GuardedModel, talk: &Conversation) -> Result<String, ModelErrorKind> {
    let answer = run(model.generate(Turn::new(&caller(), talk), user("Hello")));
    let answer = answer.map_err(|error| error.kind())?;
    Ok(answer.response().message.text())
}

#[test]
fn a_spawner_ends_it_at_once_and_a_whole_answer_ends_once() {
    let (log, _, services) = watched();
    let services = services.spawner(pollster::block_on);
    let model = GuardedModel::new(guard(), Peer::echo()).services(services);
    drop_one(&model);
    assert_eq!(calls(&log), ["Attempted", "Failed"]);
    let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
    let mut answer =
        run(model.stream(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap();
    while run(answer.next()).is_some() {}
    drop(answer);
    assert_eq!(calls(&log)[2..], ["Attempted", "Succeeded"]);
}

#[test]
fn every_answer_has_a_receipt_of_data_controls() {
    let model = GuardedModel::new(guard(), Peer::echo());
    let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
    let state = |services: Services, control: Control| {
        let model = model.clone().services(services);
        let answer =
            run(model.generate(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap();
        answer.report().receipt().unwrap().state(control)
    };
    let asked = Control::ZeroRetention;
    assert_eq!(state(Services::new(), asked), ControlState::NotRequested);
    let secret = Secret::from(&mut [7; 32]);
    let text = r#"{"id": "a-1", "provider": "acme-models", "endpoint": "*", "feature": "chat",
        "model": "*", "control": "zero_retention", "claim": "holds", "basis": "contract",
        "reviewed_on": "2026-11-01T00:00:00Z", "expires_on": "2026-12-01T00:00:00Z"}"#;
    let attested = Attestation::from_json(text).unwrap();
    let signed = Catalogue::new().with(attested.clone().sign(&secret));
    let bytes = ed25519_dalek::SigningKey::from_bytes(secret.expose_secret());
    let key = bytes.verifying_key().to_bytes();
    let at = |moment: &str, catalogue: &Catalogue, keys: &[[u8; 32]]| {
        let clock = Arc::new(ManualClock::new(moment.parse().unwrap()));
        let services = Services::new().clock(clock);
        let services = services
            .attested(catalogue.clone(), keys, &[asked])
            .unwrap();
        state(services, asked)
    };
    let day = "2026-11-30T12:00:00Z";
    assert_eq!(at(day, &signed, &[key]), ControlState::Applied);
    assert_eq!(at(day, &signed, &[]), ControlState::Unresearched);
    let unsigned = Catalogue::new().with(attested);
    assert_eq!(at(day, &unsigned, &[key]), ControlState::Unresearched);
    assert_eq!(
        at("2026-12-01T00:00:00Z", &signed, &[key]),
        ControlState::Unresearched
    );
    let wrong = |byte: u8| Services::new().attested(Catalogue::new(), &[[byte; 32]], &[]);
    let mut errors = (0..=u8::MAX).filter_map(|byte| wrong(byte).err());
    assert!(errors.any(|error| error.kind() == ErrorKind::Config));
}

#[test]
fn a_stored_conversation_is_shown_to_those_who_may_see_it() {
    let view = Action::new("view").unwrap();
    let rules = VisibilityRules::builder()
        .actions([view.clone()])
        .owner(ClauseId::new("owner").unwrap(), [view]);
    let mut facts = VisibilityFacts::new(Arc::new(rules.build().unwrap()));
    let owner = facts.add_principal("ann", now()).unwrap();
    let other = facts.add_principal("bob", now()).unwrap();
    for (id, owner) in [("c-1", owner), ("c-2", other)] {
        let resource = NewResource::new(id).owner(owner).level(Level::Private);
        facts.add_resource(resource, now()).unwrap();
    }
    let view = facts.policy().action("view").unwrap();
    let clock = Arc::new(ManualClock::new(now()));
    let policy = VisibleConversations::new("acme", Arc::new(facts), view).clock(clock);
    let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
    let (log, key) = (Log::in_memory().unwrap(), LogKey::generate().unwrap());
    let all = Conversations::builder(keyring, Arc::new(MemoryStore::new()))
        .log(log, key)
        .ttl(HOUR)
        .build()
        .unwrap();
    let id = |id: &str| ConversationId::new("acme", id).unwrap();
    let guard = guard();
    let mut stored = Vec::new();
    for name in ["c-1", "c-2", "c-3"] {
        let talk = run(all.open(&id(name))).unwrap();
        stored.push(Message::user(wire(&guard, &talk, ANN)));
        run(talk.save()).unwrap();
    }
    let who = Identifier::new("service:desk").unwrap();
    let asked =
        || ConversationDisclosure::by(who.clone()).purpose(Identifier::new("support").unwrap());
    let shows = |at: usize, disclosure: ConversationDisclosure| {
        let name = ["c-1", "c-2", "c-3"][at];
        let revealed = run(all.reveal(&id(name), &stored[at..=at], &disclosure, &policy));
        revealed.map(|shown| shown.with(|messages| messages[0].text()))
    };
    assert_eq!(shows(0, asked().principal("ann")).unwrap(), ANN);
    for (at, disclosure) in [
        (1, asked().principal("ann")),
        (0, asked().principal("bob")),
        (0, asked().principal("nobody")),
        (0, asked()),
        // A conversation that visibility does not know is nobody's.
        (2, asked().principal("ann")),
    ] {
        assert_eq!(
            shows(at, disclosure).unwrap_err().kind(),
            ErrorKind::Refused
        );
    }
    assert!(!format!("{:?}", asked().principal("ann")).contains("ann"));
}

#[cfg(feature = "policy")]
mod policy {
    use confidant::consent::{
        Age, ConsentRules, ConsentState, Ledger, LedgerKey, NewReceipt, Notice, NoticeRef,
        PurposeRule, Signals,
    };
    use confidant::guard::{ConsentGate, Guard, Platform, PolicyRoutes};
    use confidant::model::{CredentialOwner, ServerState};
    use confidant::policy::{Policy, PolicyDoc};
    use confidant::redact::Redactor;
    use confidant::taxonomy::{DataCategory, Purpose, Region, Subject};

    use super::*;

    fn purpose() -> Purpose {
        Purpose::new("service").unwrap()
    }

    fn prompts() -> DataCategory {
        DataCategory::new("prompts").unwrap()
    }

    fn jo() -> Subject {
        Subject::new("user-17").unwrap()
    }

    fn ledger() -> (Arc<ManualClock>, Ledger) {
        let (store, log) = (Arc::new(MemoryStore::new()), Log::in_memory().unwrap());
        let clock = Arc::new(ManualClock::new(now()));
        let key = LedgerKey::generate().unwrap();
        let ledger = Ledger::with_clock(store, key, log, clock.clone());
        (clock, ledger)
    }

    fn record(ledger: &Ledger, state: ConsentState, at: Moment) {
        let me = confidant::audit::Caller::new(Identifier::new("service:web").unwrap());
        let receipt = NewReceipt::consent(state, [purpose()], at).method("settings");
        let receipt = match state {
            ConsentState::Given => receipt
                .notice(NoticeRef::new("2026-05-01", "en", [0x55; 32]).unwrap())
                .withdrawal_route("https://acme.test/privacy"),
            _ => receipt,
        };
        run(ledger.record(&me, "acme", &jo(), receipt)).unwrap();
    }

    #[test]
    fn a_withdrawn_consent_refuses_the_next_call() {
        let (clock, ledger) = ledger();
        let rule = PurposeRule::by_consent(purpose(), ClauseId::new("P-1").unwrap());
        let notice = Notice::new("2026-05-01").text("en", [0x55; 32]).unwrap();
        let rules = ConsentRules::builder()
            .purpose(rule.category(prompts()))
            .notice(notice.covers(purpose()))
            .build()
            .unwrap();
        let gate = |categories| {
            ConsentGate::new(ledger.clone(), rules.clone(), purpose()).categories(categories)
        };
        let services = Services::new().clock(clock.clone());
        let with = |gate| services.clone().consent(gate);
        let peer = Peer::echo();
        let model = GuardedModel::new(guard(), peer.clone()).services(with(gate(vec![prompts()])));
        let jos = caller().subject(jo());
        let ask = |model: &GuardedModel, caller: &ModelCaller| {
            let talk = Conversation::new().unwrap();
            let cx = CallContext::new();
            run(model.generate(Turn::new(caller, &talk).context(&cx), user("Hello")))
                .map(drop)
                .map_err(|error| error.kind())
        };
        let denied = Err(ModelErrorKind::PolicyDenied);
        assert_eq!(ask(&model, &jos), denied, "nothing is known");
        record(&ledger, ConsentState::Given, now());
        assert_eq!(ask(&model, &jos), Ok(()));
        assert_eq!(ask(&model, &caller()), denied, "nobody is named");
        let none = GuardedModel::new(guard(), peer.clone()).services(with(gate(Vec::new())));
        assert_eq!(ask(&none, &jos), denied, "no category is named");
        clock.advance(HOUR).unwrap();
        let later = now().checked_add(HOUR).unwrap();
        record(&ledger, ConsentState::Withdrawn, later);
        assert_eq!(ask(&model, &jos), denied, "it was withdrawn");
        let talk = Conversation::new().unwrap();
        let stream = run(model.stream(Turn::new(&jos, &talk), user("Hello")));
        assert_eq!(stream.unwrap_err().kind(), ModelErrorKind::PolicyDenied);
        assert_eq!(peer.requests().len(), 1);
    }

    fn made_for(policy: &Policy) -> Guard {
        let builder = Guard::from_policy(policy.redaction(), None).unwrap();
        builder.build().unwrap()
    }

    #[test]
    fn a_route_of_a_document_takes_no_guard_that_was_not_made_for_it() {
        let text = include_str!("../data/policies/calls.toml");
        let compile = |text: &str| PolicyDoc::from_toml(text).unwrap().compile().unwrap();
        let policy = compile(text);
        let own = "detectors = [\"secrets\"]";
        assert!(text.contains(own));
        let wider = compile(&text.replacen(own, "detectors = [\"secrets\", \"cards\"]", 1));
        let note = DataCategory::new("note").unwrap();
        let routes = PolicyRoutes::new(&policy, purpose(), vec![note]);
        let owner = CredentialOwner::Customer("acme".into());
        let place = descriptor("own_model", "https://models.acme.example", owner);
        let ask = |routes: PolicyRoutes, guard: Guard| {
            let peer = Peer::at(place.clone(), |_| vec![confidant::model::Part::text("ok")]);
            let router = Router::new(confidant::guard::Customer::new("acme"))
                .policy(Arc::new(routes))
                .route(&guard, peer.clone(), RouteRequirements::new())
                .unwrap();
            let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
            let answer =
                run(router.generate(Turn::new(&caller(), &talk).context(&cx), user("Hello")));
            assert_eq!(answer.is_ok(), peer.requests().len() == 1);
            answer.map(drop).map_err(|error| error.kind())
        };
        let denied = Err(ModelErrorKind::PolicyDenied);
        let nothing = Redactor::builder().build().unwrap();
        let nothing = || Guard::builder(nothing.clone()).build().unwrap();
        assert_eq!(ask(routes.clone(), made_for(&policy)), Ok(()));
        // The same words in another reading of the document.
        assert_eq!(ask(routes.clone(), made_for(&compile(text))), Ok(()));
        assert_eq!(ask(routes.clone(), nothing()), denied);
        assert_eq!(ask(routes.clone(), guard()), denied);
        assert_eq!(ask(routes.clone(), made_for(&wider)), denied);
        assert_eq!(ask(routes.danger_accept_other_guards(), nothing()), Ok(()));
    }

    #[test]
    fn a_document_bounds_the_time_of_a_call_and_not_the_hosts_of_customers() {
        let text = include_str!("../data/policies/calls.toml").replace(
            "mode = \"customer\"\n",
            "mode = \"customer\"\nmax_in_flight = \"PT90S\"\n",
        );
        let policy = PolicyDoc::from_toml(&text).unwrap().compile().unwrap();
        let note = DataCategory::new("note").unwrap();
        let routes = PolicyRoutes::new(&policy, purpose(), vec![note]);
        let owner = CredentialOwner::Customer("acme".into());
        let place = descriptor("own_model", "https://models.acme.example", owner);
        let peer = Peer::at(place, |_| vec![confidant::model::Part::text("ok")]);
        let router = Router::new(confidant::guard::Customer::new("acme"))
            .policy(Arc::new(routes))
            .route(&made_for(&policy), peer.clone(), RouteRequirements::new())
            .unwrap();
        let limit = |asked: Option<u64>| {
            let talk = Conversation::new().unwrap();
            let cx = match asked {
                Some(seconds) => CallContext::new().timeout(Duration::from_secs(seconds)),
                None => CallContext::new(),
            };
            run(router.generate(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap();
            peer.limits.lock().unwrap().pop().unwrap()
        };
        assert_eq!(limit(None), Some(Duration::from_secs(90)));
        assert_eq!(limit(Some(600)), Some(Duration::from_secs(90)));
        assert_eq!(limit(Some(5)), Some(Duration::from_secs(5)));
    }

    #[test]
    fn the_time_is_bounded_by_the_route_that_lets_the_call_pass() {
        let route = "[[route]]\nid = \"own\"\nmode = \"customer\"\n";
        let kept = "processor = \"own_model\"\npurposes = [\"service\"]\n\
            categories = [\"note\"]\nmax_in_flight = \"PT30S\"\n\n";
        let text = include_str!("../data/policies/calls.toml")
            .replace(route, &format!("{route}no_store = true\n"));
        let second = format!("{}{kept}[[disclosure]]\n", route.replace("own", "own-kept"));
        let text = text.replacen("[[disclosure]]\n", &second, 1);
        let policy = PolicyDoc::from_toml(&text).unwrap().compile().unwrap();
        let note = DataCategory::new("note").unwrap();
        let routes = PolicyRoutes::new(&policy, purpose(), vec![note]);
        let owner = CredentialOwner::Customer("acme".into());
        let place = descriptor("own_model", "https://models.acme.example", owner);
        let limit = |guard: Guard| {
            let peer = Peer::at(place.clone(), |_| vec![confidant::model::Part::text("ok")]);
            let router = Router::new(confidant::guard::Customer::new("acme"))
                .policy(Arc::new(routes.clone()))
                .route(&guard, peer.clone(), RouteRequirements::new())
                .unwrap();
            let (talk, cx) = (Conversation::new().unwrap(), CallContext::new());
            run(router.generate(Turn::new(&caller(), &talk).context(&cx), user("Hello"))).unwrap();
            peer.limits.lock().unwrap().pop().unwrap()
        };
        assert_eq!(limit(made_for(&policy)), None);
        let keeps = Guard::from_policy(policy.redaction(), None).unwrap();
        let keeps = keeps.allow(ServerState::Batch).build().unwrap();
        assert_eq!(limit(keeps), Some(Duration::from_secs(30)));
    }

    #[test]
    fn one_document_decides_on_redaction_routes_storage_and_consent() {
        let text = include_str!("../data/policies/calls.toml");
        let text = text
            .replace(
                "requires = [\"dpa\", \"no_training\", \"no_onward_sharing\", \"zero_retention\"]",
                "requires = [\"dpa\", \"no_training\"]",
            )
            .replace(
                "[purpose.service]\nverdict = \"permitted\"\nbasis = \"contract\"",
                "[purpose.service]\nverdict = \"consent\"",
            )
            .replace(
                "purposes = [\"news\"]\n",
                "purposes = [\"news\", \"service\"]\n",
            );
        let policy = PolicyDoc::from_toml(&text).unwrap().compile().unwrap();
        let (clock, ledger) = ledger();
        let note = DataCategory::new("note").unwrap();
        let routes = PolicyRoutes::new(&policy, purpose(), vec![note]);
        let router = Router::from_policy(Platform::default(), routes, ledger.clone())
            .services(Services::new().clock(clock.clone()));
        let strict = Guard::from_policy(policy.redaction(), None).unwrap();
        let host = "https://model.provider.test";
        let place = descriptor("llm", host, CredentialOwner::Platform)
            .with_region(Region::new("us").unwrap());
        let peer = Peer::at(place, |_| vec![confidant::model::Part::text("ok")]);
        let on = |guard: Guard| {
            let router = router.clone();
            router
                .route(&guard, peer.clone(), RouteRequirements::new())
                .unwrap()
        };
        let ask = |router: &Router<Platform>, caller: &ModelCaller| {
            let talk = Conversation::new().unwrap();
            let request = user(&format!("use {PAT}"));
            let cx = CallContext::new();
            run(router.generate(Turn::new(caller, &talk).context(&cx), request))
                .map(drop)
                .map_err(|error| error.kind())
        };
        let adult = Signals::new().age(Age::Years(30));
        let jos = caller().subject(jo()).signals(adult);
        let denied = Err(ModelErrorKind::PolicyDenied);
        let routed = on(strict.build().unwrap());
        assert_eq!(ask(&routed, &jos), denied, "no consent is known");
        record(&ledger, ConsentState::Given, now());
        let against = routed.candidates(&jos, &user("Hello")).1;
        assert!(against.is_empty(), "{:?}", against[0].decision());
        assert_eq!(ask(&routed, &jos), Ok(()));
        peer.assert_never_saw(PAT);
        // The document says that the provider keeps nothing.
        let lax = Guard::from_policy(policy.redaction(), None).unwrap();
        let lax = on(lax.allow(ServerState::Batch).build().unwrap());
        assert_eq!(ask(&lax, &jos), denied);
        clock.advance(HOUR).unwrap();
        record(
            &ledger,
            ConsentState::Withdrawn,
            now().checked_add(HOUR).unwrap(),
        );
        assert_eq!(ask(&routed, &jos), denied);
        assert_eq!(peer.requests().len(), 1);
    }
}
