//! Routing.

use std::sync::Arc;

use confidant::guard::{
    Attestation, Catalogue, Claim, Control, ControlState, Conversation, Customer, Guard, Nobody,
    Payload, Payloads, Platform, RouteRequirements, Router, Services, Turn,
};
use confidant::model::{
    ChatModel, Content, CredentialOwner, Media, Message, ModelDescriptor, ModelError,
    ModelErrorKind, Part, Role,
};
use confidant::secret::Secret;
use confidant::taxonomy::Region;
use confidant::time::{ManualClock, Moment};
use confidant::{ErrorKind, decision::Decision, decision::Reason, guard::ModelCaller};

use super::models::*;

const KEY: [u8; 32] = [7; 32];

fn public_key() -> [u8; 32] {
    ed25519_dalek::SigningKey::from_bytes(&KEY)
        .verifying_key()
        .to_bytes()
}

fn attestation(change: impl Fn(&mut serde_json::Value)) -> Attestation {
    let mut value = serde_json::json!({
        "id": "zdr", "provider": "acme-models", "endpoint": "https://api.acme-models.example:443",
        "feature": "chat", "model": "la*", "control": "zero_retention", "claim": "holds",
        "basis": "contract", "reviewed_on": "2026-01-01T00:00:00Z",
        "expires_on": "2026-12-01T00:00:00Z",
        "evidence": "00".repeat(32),
    });
    change(&mut value);
    Attestation::from_json(&value.to_string()).unwrap()
}

fn at(moment: &str) -> Services {
    let moment: Moment = moment.parse().unwrap();
    Services::new().clock(Arc::new(ManualClock::new(moment)))
}

fn ask_router<O: confidant::guard::Owner>(
    router: &Router<O>,
    request: confidant::model::ChatRequest,
) -> Result<String, ModelError> {
    let talk = Conversation::new().unwrap();
    let answer = run(router.generate(Turn::new(&caller(), &talk), request))?;
    Ok(answer.response().message.text())
}

#[test]
fn a_customers_key_never_reaches_the_platforms_provider_on_any_error() {
    use ModelErrorKind as Kind;
    let kinds = [
        Kind::Authentication,
        Kind::PermissionDenied,
        Kind::RateLimited,
        Kind::QuotaExhausted,
        Kind::Overloaded,
        Kind::ServerFailed,
        Kind::ContextTooLong,
        Kind::InvalidRequest,
        Kind::ContentFiltered,
        Kind::ModelNotFound,
        Kind::Unsupported,
        Kind::Timeout,
        Kind::Transport,
        Kind::Protocol,
        Kind::Truncated,
        Kind::Cancelled,
        Kind::WrongModel,
        Kind::Redirected,
        Kind::Limit,
        Kind::PolicyDenied,
        Kind::BudgetExceeded,
        Kind::Config,
    ];
    let platform = Peer::echo();
    let customer = |tenant: &str| {
        let owner = CredentialOwner::Customer(tenant.into());
        Peer::at(
            descriptor("acme-models", "https://api.acme-models.example", owner),
            |_| vec![],
        )
    };
    let router = Router::new(Customer::new("acme"));
    // Neither the platform's model nor that of another customer becomes a route.
    for foreign in [platform.clone(), customer("other")] {
        let error = router
            .clone()
            .route(&guard(), foreign, RouteRequirements::new())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
    }
    let (one, two) = (customer("acme"), customer("acme"));
    let guard = guard();
    let router = router
        .route(&guard, one.clone(), RouteRequirements::new())
        .unwrap();
    let router = router
        .route(&guard, two.clone(), RouteRequirements::new())
        .unwrap();
    for status in [
        400, 401, 402, 403, 404, 408, 409, 413, 429, 500, 502, 503, 504, 529,
    ] {
        for kind in kinds {
            for model in [&one, &two] {
                let error = ModelError::new(kind).with_status(status);
                model.errors.lock().unwrap().push_back(error);
            }
            assert_eq!(ask_router(&router, user("a")).unwrap_err().kind(), kind);
            one.errors.lock().unwrap().clear();
            two.errors.lock().unwrap().clear();
        }
    }
    assert!(platform.requests().is_empty());
    assert!(!one.requests().is_empty() && !two.requests().is_empty());
}

#[test]
fn the_next_route_is_tried_where_a_failure_may_pass_and_only_there() {
    let (one, two, guard) = (Peer::echo(), Peer::echo(), guard());
    let router = Router::new(Platform::default())
        .route(&guard, one.clone(), RouteRequirements::new())
        .unwrap()
        .route(&guard, two.clone(), RouteRequirements::new())
        .unwrap();
    one.errors
        .lock()
        .unwrap()
        .push_back(ModelError::new(ModelErrorKind::Overloaded));
    assert_eq!(ask_router(&router, user("a")).unwrap(), "a");
    assert_eq!((one.requests().len(), two.requests().len()), (1, 1));
    one.errors
        .lock()
        .unwrap()
        .push_back(ModelError::new(ModelErrorKind::Authentication));
    assert_eq!(
        ask_router(&router, user("a")).unwrap_err().kind(),
        ModelErrorKind::Authentication
    );
    assert_eq!(two.requests().len(), 1);
    let empty = Router::new(Platform::default());
    assert_eq!(
        ask_router(&empty, user("a")).unwrap_err().kind(),
        ModelErrorKind::PolicyDenied
    );
}

#[test]
fn only_an_attestation_that_counts_satisfies_a_requirement() {
    let secret = || Secret::from(&mut KEY.clone());
    let signed = || attestation(|_| {}).sign(&secret());
    let outcome = |found: Vec<Attestation>, trusts: bool, now: &str| {
        let model = Peer::echo();
        let requirements = RouteRequirements::new().control(Control::ZeroRetention);
        let catalogue = found.into_iter().fold(Catalogue::new(), Catalogue::with);
        let mut router = Router::new(Platform::default())
            .route(&guard(), model.clone(), requirements)
            .unwrap()
            .catalogue(catalogue)
            .services(at(now));
        if trusts {
            router = router.trust(&public_key()).unwrap();
        }
        let state = router.receipt(0).unwrap().state(Control::ZeroRetention);
        let asked = ask_router(&router, user("a"));
        assert_eq!(asked.is_ok(), state == ControlState::Applied);
        assert_eq!(model.requests().is_empty(), asked.is_err());
        if let Err(error) = asked {
            assert_eq!(error.kind(), ModelErrorKind::AttestationMissing);
        }
        state
    };
    let (unknown, during) = (ControlState::Unresearched, "2026-06-01T00:00:00Z");
    assert_eq!(outcome(vec![signed()], true, during), ControlState::Applied);
    assert_eq!(outcome(vec![], true, during), unknown);
    assert_eq!(outcome(vec![signed()], false, during), unknown);
    assert_eq!(outcome(vec![attestation(|_| {})], true, during), unknown);
    let forged = attestation(|_| {}).sign(&Secret::from(&mut [8; 32]));
    assert_eq!(outcome(vec![forged], true, during), unknown);
    // The day of expiry no longer counts, and before the review nothing does.
    assert_eq!(
        outcome(vec![signed()], true, "2026-12-01T00:00:00Z"),
        unknown
    );
    assert_eq!(
        outcome(vec![signed()], true, "2025-12-31T23:59:59Z"),
        unknown
    );
    // Another provider, place, use or model is another matter, and so is a changed field.
    for (field, value) in [
        ("provider", "other"),
        ("endpoint", "https://eu.acme-models.example:443"),
        ("feature", "batch"),
        ("model", "small"),
        ("control", "no_training"),
    ] {
        let other = attestation(|row| row[field] = value.into()).sign(&secret());
        assert_eq!(outcome(vec![other], true, during), unknown, "{field}");
    }
    let signature = signed().signature().unwrap();
    for (field, value) in [
        ("id", "zdr2"),
        ("model", "*"),
        ("expires_on", "2027-12-01T00:00:00Z"),
        ("basis", "vendor_page"),
    ] {
        let changed = attestation(|row| {
            row["signature"] = signature.clone().into();
            row[field] = value.into();
        });
        assert_eq!(outcome(vec![changed], true, during), unknown, "{field}");
    }
    // What says that there is none wins, signed or not, over none; and signed over all.
    let none = || attestation(|row| row["claim"] = "none_exists".into());
    assert_eq!(
        outcome(vec![none()], true, during),
        ControlState::NoneExists
    );
    assert_eq!(
        outcome(vec![none().sign(&secret()), signed()], true, during),
        ControlState::NoneExists
    );
}

#[test]
fn every_answer_has_a_receipt() {
    let model = Peer::echo();
    let router = Router::new(Platform::default())
        .route(
            &guard(),
            model,
            RouteRequirements::new().control(Control::ZeroRetention),
        )
        .unwrap()
        .catalogue(Catalogue::new().with(attestation(|_| {}).sign(&Secret::from(&mut KEY.clone()))))
        .trust(&public_key())
        .unwrap()
        .services(at("2026-06-01T00:00:00Z"));
    let talk = Conversation::new().unwrap();
    let answer = run(router.generate(Turn::new(&caller(), &talk), user("a"))).unwrap();
    let receipt = answer.report().receipt().unwrap();
    assert_eq!(receipt.state(Control::ZeroRetention), ControlState::Applied);
    assert_eq!(receipt.attestation(Control::ZeroRetention), Some("zdr"));
    assert_eq!(
        receipt.state(Control::NoTraining),
        ControlState::NotRequested
    );
    assert_eq!(receipt.iter().count(), Control::ALL.len());
}

#[test]
fn regions_payloads_and_local_models_are_pinned() {
    let model = |region: Option<&str>, host: &str| {
        let mut found = descriptor("acme-models", host, CredentialOwner::Nobody);
        if let Some(region) = region {
            found = found.with_region(Region::new(region).unwrap());
        }
        Peer::at(found, |_| vec![Part::text("ok")])
    };
    let outcome = |peer: Arc<Peer>,
                   requirements: RouteRequirements,
                   request: confidant::model::ChatRequest| {
        let router = Router::new(Nobody::default())
            .route(&guard(), peer, requirements)
            .unwrap();
        ask_router(&router, request).map_err(|error| error.kind())
    };
    let (host, eu) = ("https://a.example", Region::new("eu").unwrap());
    let in_eu = || RouteRequirements::new().region(eu.clone());
    assert!(outcome(model(Some("eu"), host), in_eu(), user("a")).is_ok());
    for region in [None, Some("us")] {
        assert_eq!(
            outcome(model(region, host), in_eu(), user("a")),
            Err(ModelErrorKind::RegionDenied)
        );
    }
    let image = Part::new(Content::Image(Media::bytes("text/plain", b"a".as_slice())));
    let with_image = || user("a").with(Message::new(Role::User, vec![image.clone()]));
    let denied = Err(ModelErrorKind::PolicyDenied);
    assert_eq!(
        outcome(model(None, host), RouteRequirements::new(), with_image()),
        denied
    );
    let all = RouteRequirements::new().payloads(Payloads::conversation().with(Payload::Images));
    assert!(outcome(model(None, host), all, with_image()).is_ok());
    let local = || RouteRequirements::new().local();
    assert!(outcome(model(None, "http://127.0.0.1:8000"), local(), user("a")).is_ok());
    for host in [
        "https://a.example",
        "http://ollama.internal",
        "http://8.8.8.8",
    ] {
        assert_eq!(
            outcome(model(None, host), local(), user("a")),
            denied,
            "{host}"
        );
    }
}

#[test]
fn a_policy_decides_on_every_route_and_takes_no_looking_on_for_enforcement() {
    let deny = |_: &ModelCaller, model: &ModelDescriptor, _: Moment| match model.provider.as_str() {
        "acme-models" => Decision::allow(Reason::without_clause("declared")),
        _ => Decision::deny(Reason::without_clause("not declared")),
    };
    let other = descriptor("elsewhere", "https://b.example", CredentialOwner::Platform);
    let (ours, theirs) = (Peer::echo(), Peer::at(other, |_| vec![]));
    let router = |guard: &Guard| {
        Router::new(Platform::default())
            .route(guard, theirs.clone(), RouteRequirements::new())
            .unwrap()
            .route(guard, ours.clone(), RouteRequirements::new())
            .unwrap()
            .policy(Arc::new(deny))
    };
    let (taken, rejected) = router(&guard()).candidates(&caller(), &user("a"));
    assert_eq!(
        (taken, rejected.len(), rejected[0].route()),
        (vec![1], 1, 0)
    );
    let why: Vec<_> = rejected[0].decision().reasons().map(Reason::why).collect();
    assert_eq!(why, ["not declared"]);
    assert!(ask_router(&router(&guard()), user("a")).is_ok());
    assert!(theirs.requests().is_empty());
    let observing = builder().observe_only().build().unwrap();
    assert_eq!(
        ask_router(&router(&observing), user("a"))
            .unwrap_err()
            .kind(),
        ModelErrorKind::PolicyDenied
    );
}

#[test]
fn the_seed_is_dated_and_satisfies_nothing_by_itself() {
    let seed = Catalogue::seed().unwrap();
    let date: Moment = format!("{}T00:00:00Z", seed.version()).parse().unwrap();
    for found in seed.iter() {
        assert!(found.signature().is_none());
        assert_eq!(found.reviewed_on(), date);
        assert!(found.expires_on() > date);
    }
    let found = seed
        .iter()
        .find(|found| found.id() == "anthropic-batch-zdr")
        .unwrap();
    assert_eq!(found.claim(), Claim::NoneExists);
}

#[test]
fn every_hop_is_cleared_by_its_own_guard() {
    // A model of one's own may see what a provider may not.
    let here = descriptor("own", "http://127.0.0.1:8000", CredentialOwner::Nobody);
    let there = descriptor(
        "acme-models",
        "https://api.acme-models.example",
        CredentialOwner::Nobody,
    );
    let (own, other) = (
        Peer::at(here, |_| vec![Part::text("ok")]),
        Peer::at(there, |_| vec![Part::text("ok")]),
    );
    let lax = Guard::builder(confidant::redact::Redactor::secrets());
    // Under one name, what one has cleared would count as sent by the other.
    let error = Router::new(Nobody::default())
        .route(
            &lax.clone().build().unwrap(),
            own.clone(),
            RouteRequirements::new(),
        )
        .unwrap()
        .route(&guard(), other.clone(), RouteRequirements::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let lax = lax.name("lax").build().unwrap();
    let router = Router::new(Nobody::default())
        .route(&lax, own.clone(), RouteRequirements::new().local())
        .unwrap()
        .route(&guard(), other.clone(), RouteRequirements::new())
        .unwrap();
    own.errors
        .lock()
        .unwrap()
        .push_back(ModelError::new(ModelErrorKind::Timeout));
    ask_router(&router, user(&format!("I am {ANN}"))).unwrap();
    assert!(own.saw().contains(ANN));
    other.assert_never_saw(ANN);
    let _ = own.descriptor();
}

#[cfg(feature = "policy")]
#[test]
fn a_policy_document_configures_router_and_guard() {
    use confidant::guard::{PolicyRoutes, RoutePolicy};
    use confidant::policy::PolicyDoc;
    use confidant::redact::{Key, KnownValues};
    use confidant::taxonomy::{DataCategory, Purpose};

    let text = include_str!("../../examples/policies/cloud-claude.toml");
    let policy = PolicyDoc::from_toml(text).unwrap().compile().unwrap();
    let known = KnownValues::new(Key::from_bytes([7; 32]));
    let guard = Guard::from_policy(policy.redaction(), Some(known))
        .unwrap()
        .build()
        .unwrap();
    let hidden = wire(&guard, &Conversation::new().unwrap(), &format!("use {PAT}"));
    assert!(!hidden.contains(PAT));
    // A provider that the document does not name gets nothing, whatever the purpose.
    let routes = PolicyRoutes::new(
        &policy,
        Purpose::new("answer").unwrap(),
        vec![DataCategory::new("prompts").unwrap()],
    );
    let unknown = descriptor(
        "nobody-declared",
        "https://a.example",
        CredentialOwner::Platform,
    );
    let decision = routes.decide(&caller(), &unknown, Moment::UNIX_EPOCH);
    assert!(!decision.is_allow());
}
