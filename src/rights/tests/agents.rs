//! Requests of agents, in the form of the Data Rights Protocol.

use super::*;

pub(super) fn drp(change: impl Fn(&mut serde_json::Value)) -> serde_json::Value {
    let mut value = json!({
        "agent-id": "AGENT_ONE",
        "business-id": "ACME",
        "agent-request-id": "a-1",
        "issued-at": "2027-01-01T00:00:00Z",
        "expires-at": "2027-01-01T00:10:00Z",
        "drp.version": "1.0",
        "exercise": "sale:opt_out",
        "regime": "ccpa",
        "relationships": ["customer"],
        "status_callback": "https://agent.test/status",
        "name": "Jo Doe",
        "email": "jo@mail.test",
        "email_verified": true,
    });
    change(&mut value);
    value
}

#[test]
fn an_agents_request_is_opened_only_as_it_was_signed() {
    use base64ct::{Base64, Encoding as _};
    use ed25519_dalek::Signer as _;

    let key = ed25519_dalek::SigningKey::from_bytes(&[5; 32]);
    let public = *key.verifying_key().as_bytes();
    let sign = |value: &serde_json::Value| {
        let body = value.to_string();
        let signature = key.sign(body.as_bytes()).to_bytes();
        Base64::encode_string(&[&signature[..], body.as_bytes()].concat())
    };
    let good = sign(&drp(|_| {}));
    let open =
        |text: &str, now| DrpRequest::open(text, &DrpAgent::new("AGENT_ONE", public), "ACME", now);
    let request = open(&good, day(1)).unwrap();
    assert_eq!(request.action(), DrpAction::OptOut);
    assert!(request.is_verified("email") && !request.is_verified("name"));
    assert_eq!(request.expose_claim("name").unwrap(), "Jo Doe");
    let shown = format!("{request:?}");
    assert!(!shown.contains("Jo") && !shown.contains("mail"), "{shown}");

    let intake = request.intake(day(1)).unwrap();
    let opened = Request::new(RequestId::from_bytes([7; 16]), intake).unwrap();
    assert_eq!(opened.kind(), RequestKind::OptOut);
    assert!(opened.has_authority() && !opened.has_identity());
    assert_eq!(
        opened.jurisdiction(),
        Some(&Jurisdiction::new("US-CA").unwrap())
    );

    // In time, to us, from them, and not one byte changed.
    for now in [
        moment("2026-12-31T23:54:59Z"),
        moment("2027-01-01T00:10:00Z"),
    ] {
        assert_eq!(open(&good, now).unwrap_err().kind(), ErrorKind::Config);
    }
    // The agent's clock may be ahead, but it does not choose how long a text is good.
    open(&good, moment("2026-12-31T23:55:00Z")).unwrap();
    let until = |end: &'static str| sign(&drp(move |value| value["expires-at"] = json!(end)));
    open(&until("2027-01-31T00:00:00Z"), day(1)).unwrap();
    for end in ["2027-01-31T00:00:01Z", "9999-01-01T00:00:00Z"] {
        let error = open(&until(end), day(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{end}");
    }
    let (other_agent, other_business) = ("AGENT_TWO", "OTHER");
    assert!(DrpRequest::open(&good, &DrpAgent::new(other_agent, public), "ACME", day(1)).is_err());
    assert!(
        DrpRequest::open(
            &good,
            &DrpAgent::new("AGENT_ONE", public),
            other_business,
            day(1)
        )
        .is_err()
    );
    let other_key = *ed25519_dalek::SigningKey::from_bytes(&[6; 32])
        .verifying_key()
        .as_bytes();
    let foreign = DrpRequest::open(
        &good,
        &DrpAgent::new("AGENT_ONE", other_key),
        "ACME",
        day(1),
    );
    assert_eq!(foreign.unwrap_err().kind(), ErrorKind::Integrity);
    let bytes = Base64::decode_vec(&good).unwrap();
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        let error = open(&Base64::encode_string(&changed), day(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{index}");
    }
    for text in ["", "!", "AAAA", &"A".repeat(200_000)] {
        assert!(open(text, day(1)).is_err());
    }
}

#[test]
fn malformed_requests_of_agents_are_refused() {
    let parse = |value: &serde_json::Value| DrpRequest::parse(value.to_string().as_bytes());
    parse(&drp(|_| {})).unwrap();
    for field in [
        "agent-id",
        "business-id",
        "issued-at",
        "expires-at",
        "drp.version",
        "exercise",
    ] {
        let without = drp(|value| _ = value.as_object_mut().unwrap().remove(field));
        assert!(parse(&without).is_err(), "without {field}");
        assert!(
            parse(&drp(|value| value[field] = json!(7))).is_err(),
            "{field} is a number"
        );
    }
    for (field, value) in [
        ("exercise", json!("oblivion")),
        ("drp.version", json!("0.8")),
        ("issued-at", json!("yesterday")),
        ("expires-at", json!("2027-01-01T00:00:00Z")),
        ("relationships", json!("customer")),
        ("relationships", json!([1])),
        ("regime", json!(1)),
    ] {
        let broken = drp(|whole| whole[field] = value.clone());
        assert_eq!(
            parse(&broken).unwrap_err().kind(),
            ErrorKind::Config,
            "{field} {value}"
        );
    }
    for (exercise, kind) in [
        ("access", Some(RequestKind::Access)),
        ("access:categories", Some(RequestKind::Access)),
        ("access:specific", Some(RequestKind::Access)),
        ("deletion", Some(RequestKind::Deletion)),
        ("sale:opt-out", Some(RequestKind::OptOut)),
        ("sale:opt_in", None),
    ] {
        let request = parse(&drp(|value| value["exercise"] = json!(exercise))).unwrap();
        let intake = request.intake(day(1));
        assert_eq!(intake.ok().map(|intake| intake.kind), kind, "{exercise}");
    }
    for text in ["", "[]", "{", "\"x\""] {
        assert!(DrpRequest::parse(text.as_bytes()).is_err());
    }
    assert!(DrpRequest::parse(&[b' '; DrpRequest::MAX + 1]).is_err());
}

#[test]
fn an_agent_is_told_how_it_stands() {
    let rules = rules();
    let start = request(intake(RequestKind::Deletion));
    let refuse = |reason| Step::Refuse(clause("no"), reason);
    let prove = Step::ProveIdentity(evidence());
    let begun = || vec![Step::AskIdentity, prove.clone(), Step::Accept, Step::Begin];
    for (steps, status, reason) in [
        (vec![], "open", None),
        (
            vec![Step::AskIdentity],
            "in_progress",
            Some("need_user_verification"),
        ),
        (begun(), "in_progress", None),
        (vec![Step::Withdraw], "revoked", None),
        (
            vec![refuse(Refusal::NotProven)],
            "denied",
            Some("insuf_verification"),
        ),
        (
            vec![refuse(Refusal::Fraud)],
            "denied",
            Some("suspected_fraud"),
        ),
        (vec![refuse(Refusal::NoMatch)], "denied", Some("no_match")),
        (
            vec![refuse(Refusal::NotCovered)],
            "denied",
            Some("claim_not_covered"),
        ),
        (
            vec![refuse(Refusal::OutsideJurisdiction)],
            "denied",
            Some("outside_jurisdiction"),
        ),
        (
            vec![refuse(Refusal::Excessive)],
            "denied",
            Some("too_many_requests"),
        ),
        (
            vec![Step::MarkDuplicate(RequestId::from_bytes([1; 16]))],
            "denied",
            Some("other"),
        ),
    ] {
        let request = run(&start, steps).unwrap();
        let value = request.drp_status(&request.deadline(&rules).unwrap(), Some("a-1"));
        assert_eq!(value["status"], status);
        assert_eq!(
            value.get("reason").and_then(|reason| reason.as_str()),
            reason
        );
        assert_eq!(value["agent_request_id"], "a-1");
        assert_eq!(value["request_id"], request.id().to_string());
        assert!(value.get("received_at").is_some() && value.get("expected_by").is_some());
    }
    let done = completed();
    let value = done.drp_status(&done.deadline(&rules).unwrap(), None);
    assert_eq!(value["status"], "fulfilled");
    assert!(value.get("agent_request_id").is_none() && value.get("processing_details").is_some());
}
