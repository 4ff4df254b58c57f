//! Controls must hold for whatever the provider runs for a request.

use std::sync::Arc;

use confidant::guard::{
    Attestation, Catalogue, Control, ControlState, Payload, Payloads, Platform, RouteRequirements,
    Router, Services,
};
use confidant::model::{
    Anthropic, ApiKey, Bedrock, BedrockKey, ChatModel, ChatRequest, CredentialOwner, File, Gemini,
    HostedTool, IamKey, Json, Media, Message, ModelErrorKind, OpenAiChat, OpenAiResponses, Part,
    Role,
};
use confidant::secret::Secret;
use confidant::taxonomy::Region;
use confidant::time::{ManualClock, Moment};

use super::models::*;

const KEY: [u8; 32] = [9; 32];

fn attested(model: &dyn ChatModel, control: &str, features: &[&str]) -> Catalogue {
    let row = |feature: &&str| {
        let text = serde_json::json!({
            "id": feature, "provider": model.descriptor().provider.as_str(), "endpoint": "*",
            "feature": feature, "model": "*", "control": control, "claim": "holds",
            "basis": "contract", "reviewed_on": "2026-01-01T00:00:00Z",
            "expires_on": "2026-12-01T00:00:00Z",
        });
        let row = Attestation::from_json(&text.to_string()).unwrap();
        row.sign(&Secret::from(&mut KEY.clone()))
    };
    let rows = features.iter().map(row);
    rows.fold(Catalogue::new(), Catalogue::with)
}

fn router(model: &Arc<dyn ChatModel>, catalogue: Catalogue, control: Control) -> Router<Platform> {
    let moment: Moment = "2026-06-01T00:00:00Z".parse().unwrap();
    let key = ed25519_dalek::SigningKey::from_bytes(&KEY);
    let held = [Payload::HostedTools, Payload::Options, Payload::Files];
    let held = held
        .into_iter()
        .fold(Payloads::conversation(), Payloads::with);
    let asked = RouteRequirements::new().control(control).payloads(held);
    Router::new(Platform::default())
        .route(&guard(), model.clone(), asked)
        .unwrap()
        .catalogue(catalogue)
        .trust(&key.verifying_key().to_bytes())
        .unwrap()
        .services(Services::new().clock(Arc::new(ManualClock::new(moment))))
}

/// Whether a request may take the route of a model of which this is attested.
fn may(model: &Arc<dyn ChatModel>, features: &[&str], request: &ChatRequest) -> bool {
    let catalogue = attested(&**model, "zero_retention", features);
    let router = router(model, catalogue, Control::ZeroRetention);
    let (taken, rejected) = router.candidates(&caller(), request);
    if let [rejection] = rejected.as_slice() {
        assert_eq!(rejection.kind(), ModelErrorKind::AttestationMissing);
    }
    taken == [0]
}

fn key() -> ApiKey {
    ApiKey::new(CredentialOwner::Platform, Secret::from("k".to_owned()))
}

fn bedrock() -> Arc<dyn ChatModel> {
    let key = IamKey::new("AKIDEXAMPLE", Secret::from("s".to_owned()));
    let key = BedrockKey::iam(CredentialOwner::Platform, key);
    let region = Region::new("eu-central-1").unwrap();
    Arc::new(
        Bedrock::builder("amazon.nova", &region, key)
            .build()
            .unwrap(),
    )
}

fn tool(kind: &str) -> ChatRequest {
    let mut request = user("a");
    let tool = HostedTool::new(kind, Json::empty_object());
    request.hosted_tools.push(tool);
    request
}

fn option(text: &str) -> ChatRequest {
    user("a").options(Json::parse(text).unwrap())
}

#[test]
fn what_a_provider_runs_is_attested_by_feature_or_denied() {
    let anthropic: Arc<dyn ChatModel> = Arc::new(Anthropic::builder("m", key()).build().unwrap());
    let responses: Arc<dyn ChatModel> =
        Arc::new(OpenAiResponses::builder("m", key()).build().unwrap());
    let chat: Arc<dyn ChatModel> = Arc::new(OpenAiChat::builder("m", key()).build().unwrap());
    let gemini: Arc<dyn ChatModel> = Arc::new(Gemini::builder("m", key()).build().unwrap());
    let uploaded = File::new(Media::uploaded("file-1"));
    let uploaded = Message::new(Role::User, vec![Part::file(uploaded)]);
    let fields = r#"{"additionalModelRequestFields":{"tools":[]}}"#;
    for (model, request, feature) in [
        (&anthropic, tool("web_search_20260209"), "web_search"),
        (
            &anthropic,
            tool("code_execution_20260120"),
            "code_execution",
        ),
        (&anthropic, tool("computer_20251124"), "computer_use"),
        (&anthropic, option(r#"{"mcp_servers":[]}"#), "remote_mcp"),
        (&anthropic, option(r#"{"container":"c"}"#), "code_execution"),
        (&anthropic, option(r#"{"something_new":1}"#), "hosted_tools"),
        (&anthropic, ChatRequest::new().with(uploaded), "files"),
        (&responses, tool("file_search"), "file_search"),
        (&responses, tool("computer_use_preview"), "computer_use"),
        (&responses, tool("mcp"), "remote_mcp"),
        (&responses, tool("image_generation"), "hosted_tools"),
        (
            &responses,
            option(r#"{"prompt":{"id":"p"}}"#),
            "hosted_tools",
        ),
        (&chat, option(r#"{"web_search_options":{}}"#), "web_search"),
        (&chat, option(r#"{"plugins":[]}"#), "hosted_tools"),
        (&gemini, tool("googleSearch"), "web_search"),
        (&gemini, tool("codeExecution"), "code_execution"),
        (&gemini, option(r#"{"cachedContent":"c"}"#), "hosted_tools"),
        (&bedrock(), option(fields), "hosted_tools"),
    ] {
        let name = &model.descriptor().provider;
        assert!(may(model, &["chat"], &user("a")), "{name}");
        assert!(!may(model, &["chat"], &request), "{name} {feature}");
        assert!(!may(model, &[feature], &request), "{name} {feature}");
        assert!(may(model, &["chat", feature], &request), "{name} {feature}");
        // One feature says nothing of another.
        let all = [
            "web_search",
            "code_execution",
            "computer_use",
            "remote_mcp",
            "hosted_tools",
        ];
        let all = all
            .into_iter()
            .chain(["chat", "files", "file_search", "batch", "count"]);
        let others: Vec<_> = all.filter(|other| *other != feature).collect();
        assert!(!may(model, &others, &request), "{name} {feature}");
    }
    let both = {
        let mut request = option(r#"{"mcp_servers":[]}"#);
        let search = HostedTool::new("web_search", Json::empty_object());
        request.hosted_tools.push(search);
        request
    };
    assert!(!may(&anthropic, &["chat", "web_search"], &both));
    assert!(!may(&anthropic, &["chat", "remote_mcp"], &both));
    assert!(may(
        &anthropic,
        &["chat", "remote_mcp", "web_search"],
        &both
    ));
    assert!(may(&chat, &["chat"], &option(r#"{"verbosity":"low"}"#)));
}

#[test]
fn a_region_is_pinned_where_every_call_asks_for_it_or_it_is_attested() {
    let anthropic = |geo: Option<&str>| -> Arc<dyn ChatModel> {
        let builder = Anthropic::builder("m", key());
        let builder = match geo {
            Some(geo) => builder.inference_geo(geo),
            // Somebody else's address, at the operator's word.
            None => builder
                .address("http://127.0.0.1:1")
                .region(Region::new("us").unwrap()),
        };
        Arc::new(builder.build().unwrap())
    };
    let asks = |model: &Arc<dyn ChatModel>, features: &[&str], request: &ChatRequest| {
        let catalogue = attested(&**model, "region_pinned", features);
        let router = router(model, catalogue, Control::RegionPinned);
        let state = router.receipt(0).unwrap().state(Control::RegionPinned);
        let (taken, _) = router.candidates(&caller(), request);
        (taken == [0], state)
    };
    let forced = anthropic(Some("us"));
    assert_eq!(
        asks(&forced, &[], &user("a")),
        (true, ControlState::Applied)
    );
    assert!(asks(&bedrock(), &[], &user("a")).0);
    // It is not said where a tool runs.
    assert!(!asks(&forced, &[], &tool("code_execution")).0);
    assert!(asks(&forced, &["code_execution"], &tool("code_execution")).0);
    for model in [anthropic(Some("global")), anthropic(None)] {
        let (taken, state) = asks(&model, &[], &user("a"));
        assert_eq!((taken, state), (false, ControlState::Unresearched));
        assert!(asks(&model, &["chat"], &user("a")).0);
    }
}
