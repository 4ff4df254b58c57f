//! Redaction, the vault, transport, telemetry, pseudonyms and cookies.

use super::{Checker, at};
use crate::policy::document::{
    CookieClass, Event, FieldKind, Form, Identity, Lifetime, PasswordStorage, RedactionMode, Sink,
    Telemetry, Verdict,
};
use crate::policy::fault::FaultCode;
use crate::policy::source::Path;

/// What seals at least as well as AES-256-GCM.
const ALGORITHMS: [&str; 3] = ["AES-256-GCM", "XChaCha20-Poly1305", "ChaCha20-Poly1305"];

pub(super) fn check(checker: &mut Checker<'_>) {
    redaction(checker);
    vault(checker);
    transport(checker);
    telemetry(checker);
    pseudonyms(checker);
    cookies(checker);
}

/// What must be redacted has a clause, and each clause says what it looks for.
fn redaction(checker: &mut Checker<'_>) {
    let document = checker.document;
    let mut sinks = vec![Sink::Store, Sink::Log];
    if !document.route.is_empty() {
        sinks.push(Sink::Egress);
    }
    let visibility = document.visibility.as_ref();
    if visibility.is_some_and(|visibility| visibility.gate.is_some()) {
        sinks.push(Sink::Publish);
    }
    if document.is_permitted("training") {
        sinks.push(Sink::Training);
    }
    for sink in sinks {
        if !document.redaction.contains_key(&sink) {
            let path = at("redaction").then(sink.as_str());
            checker.fault_named(FaultCode::RedactionSinkMissing, &path, sink.as_str());
        }
    }
    for (sink, clause) in &document.redaction {
        let path = at("redaction").then(sink.as_str());
        match clause.mode {
            None => checker.missing(&path, "mode"),
            Some(RedactionMode::Off) => {
                if clause.reason.is_none() {
                    checker.fault(FaultCode::RedactionOffWithoutReason, &path);
                }
            }
            Some(_) => {
                if clause.detectors.is_empty() && !clause.known_values {
                    checker.fault(FaultCode::RedactionWithoutDetector, &path);
                }
            }
        }
    }
}

fn vault(checker: &mut Checker<'_>) {
    let document = checker.document;
    let Some(vault) = &document.vault else { return };
    let path = at("vault");
    if vault.algorithms.is_empty() {
        checker.missing(&path, "algorithms");
    }
    for (index, algorithm) in vault.algorithms.iter().enumerate() {
        if !ALGORITHMS.contains(&algorithm.as_str()) {
            let path = path.then("algorithms").then(index);
            checker.fault_named(FaultCode::WeakAlgorithm, &path, algorithm);
        }
    }
    if vault.reveal.is_none() {
        checker.missing(&path, "reveal");
    }
    let hashed = |name: &&String| {
        let category = document.category.get(*name);
        category.is_some_and(|category| category.password)
            && document.form_of(name) == Some(Form::Hashed)
    };
    let stored = document.category.keys().any(|name| hashed(&name));
    if stored && vault.passwords == Some(PasswordStorage::Never) {
        checker.fault(FaultCode::ClaimContradicted, &path.then("passwords"));
    }
}

fn transport(checker: &mut Checker<'_>) {
    let path = at("transport");
    let Some(transport) = &checker.document.transport else {
        checker.missing(&path, "transport");
        return;
    };
    match transport.https_only {
        None => checker.missing(&path, "https_only"),
        Some(false) => checker.fault(FaultCode::PlainHttp, &path.then("https_only")),
        Some(true) => {}
    }
    if let Some(version) = &transport.min_tls
        && !matches!(version.as_str(), "1.2" | "1.3")
    {
        checker.fault_named(FaultCode::WeakTls, &path.then("min_tls"), version);
    }
}

fn telemetry(checker: &mut Checker<'_>) {
    let Some(telemetry) = &checker.document.telemetry else {
        return;
    };
    let path = at("telemetry");
    if telemetry.category.is_none()
        && telemetry
            .event
            .values()
            .any(|event| event.category.is_none())
    {
        checker.missing(&path, "category");
    }
    if telemetry.min_group.is_some_and(|size| size < 2) {
        checker.fault(FaultCode::GroupTooSmall, &path.then("min_group"));
    }
    for (name, event) in &telemetry.event {
        let path = path.then("event").then(name.as_str());
        self::event(checker, telemetry, event, &path);
    }
}

fn event(checker: &mut Checker<'_>, telemetry: &Telemetry, event: &Event, path: &Path) {
    if event.identity.is_none() {
        checker.missing(path, "identity");
    }
    for (name, kind) in &event.fields {
        let fits = match kind {
            FieldKind::Account => event.identity == Some(Identity::Account),
            FieldKind::Pseudonym => event.identity != Some(Identity::None),
            _ => true,
        };
        if !fits {
            let path = path.then("fields").then(name.as_str());
            checker.fault_named(FaultCode::ContentInTelemetry, &path, name);
        }
    }
    for (index, processor) in event.processors.iter().enumerate() {
        if !telemetry.processors.contains(processor) {
            let path = path.then("processors").then(index);
            checker.fault_named(FaultCode::EventToProcessor, &path, processor);
        }
    }
}

fn pseudonyms(checker: &mut Checker<'_>) {
    for (name, pseudonym) in &checker.document.pseudonym {
        let path = at("pseudonym").then(name.as_str());
        if pseudonym.of.is_none() {
            checker.missing(&path, "of");
        }
        if pseudonym.joinable {
            checker.fault(FaultCode::JoinedPseudonym, &path.then("joinable"));
        }
        if pseudonym.rotate.is_none() && pseudonym.reason.is_none() {
            checker.fault(FaultCode::PseudonymWithoutRotation, &path);
        }
        if pseudonym.purposes.is_empty() {
            checker.missing(&path, "purposes");
        }
    }
}

fn cookies(checker: &mut Checker<'_>) {
    let document = checker.document;
    let forbidden = document.forbid.as_ref().map(|forbid| &forbid.cookies);
    for (name, cookie) in &document.cookie {
        let path = at("cookie").then(name.as_str());
        if cookie.kind.is_none() {
            checker.missing(&path, "kind");
        }
        let Some(class) = cookie.class else {
            checker.missing(&path, "class");
            continue;
        };
        if forbidden.is_some_and(|forbidden| forbidden.contains(&class)) {
            let path = path.then("class");
            checker.fault_named(FaultCode::ForbiddenCookie, &path, class.as_str());
        }
        if cookie.max_age.is_none() && cookie.until.is_none() {
            checker.fault(FaultCode::CookieWithoutLifetime, &path);
        }
        if cookie.max_age.is_some() && cookie.until == Some(Lifetime::Cleared) {
            checker.fault(FaultCode::ClaimContradicted, &path.then("until"));
        }
        // One label alone is a registry's, under which anybody's sites stand.
        if let Some(domain) = &cookie.domain
            && !domain.trim_matches('.').contains('.')
        {
            checker.fault_named(FaultCode::MalformedHost, &path.then("domain"), domain);
        }
        let Some(purpose) = &cookie.purpose else {
            checker.fault(FaultCode::CookieWithoutPurpose, &path);
            continue;
        };
        let declared = document.purpose.get(purpose);
        let verdict = declared.and_then(|purpose| purpose.verdict);
        // What follows users across sites asks them, whatever the cookie is called.
        let asks = matches!(class, CookieClass::Marketing | CookieClass::Tracking)
            || declared.is_some_and(|purpose| purpose.opt_out);
        if asks && verdict == Some(Verdict::Permitted) {
            let path = path.then("purpose");
            checker.fault_named(FaultCode::CookieWithoutConsent, &path, purpose);
        }
    }
}
