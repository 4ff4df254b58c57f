//! A product and a copy of it that promises less, one key at a time: the comparison names
//! each weakening, or the copy does not compile. And every pair of products.

use std::collections::{BTreeMap, BTreeSet};

use confidant::policy::{Direction, Policy, PolicyDoc};
use serde_json::{Value, json};

use super::PRODUCTS;

/// What promises less.
#[derive(Clone, Copy)]
enum Less {
    /// A longer period.
    Longer,
    /// A shorter period.
    Shorter,
    /// A flag that is no longer set.
    Unset,
    /// A flag that is set from now on.
    Sets,
    /// A lower number.
    Lower,
    /// A higher number.
    Higher,
    /// A list with another element.
    Gains(&'static str),
    /// A list without its last element.
    Loses,
    /// A list without its elements, where it limits something.
    Unlimited,
    /// Nothing at all.
    Gone,
    /// Another word.
    Word(&'static str),
}

use Less::{Gains, Gone, Higher, Longer, Loses, Lower, Sets, Shorter, Unlimited, Unset, Word};

/// How each key promises less, by the section it stands in. A section ends with a dot where
/// it has named or numbered clauses below it.
#[rustfmt::skip]
const LESS: &[(&str, &str, Less)] = &[
    ("age", "minimum", Lower), ("message.", "essential", Sets), ("notice", "acceptance_by_use", Sets),
    ("store.", "immutable", Sets), ("hold", "restarts_clock", Sets), ("retention.", "for_existing_data", Sets),
    ("rights.kind.", "extendable", Sets), ("rights.kind.", "client_side", Sets), ("telemetry", "per_subject", Sets),
    ("pseudonym.", "prefix_preserving", Sets), ("pseudonym.", "joinable", Sets), ("credential.", "reaches_client", Sets),
    ("claim.", "disclaimed", Unset), ("category.", "special", Unset),
    ("attestation.", "expires", Word("")),
    ("audit", "actions", Loses), ("audit", "readers", Gains("*role")), ("audit", "decisions", Unset),
    ("brakes", "max_jump", Longer), ("brakes", "max_percent", Higher),
    ("category.", "anonymous_from", Lower), ("category.", "derived_from", Loses),
    ("category.", "form", Word("raw")), ("category.", "store_on", Gains("*store")),
    ("category.", "card", Unset), ("category.", "password", Unset), ("category.", "surfaces", Gains("elsewhere")),
    ("claim.", "requires", Loses),
    ("consent", "valid", Longer), ("consent", "processors_within", Longer), ("consent", "keep_opt_outs", Unset),
    ("consent", "reaches_derived", Unset), ("consent", "exports", Gone),
    ("cookie.", "max_age", Longer), ("cookie.", "secure", Unset), ("cookie.", "until", Word("cleared")),
    ("cookie.", "class", Word("tracking")), ("cookie.", "domain", Word("elsewhere.test")),
    ("credential.", "purposes", Gains("*purpose")), ("credential.", "scope", Gone),
    ("credential.", "on_disconnect", Word("restrict")), ("credential.", "user_managed", Unset),
    ("disclosure.", "categories", Gains("*category")), ("disclosure.", "case_reference", Unset),
    ("disclosure.", "approvers", Lower), ("disclosure.", "recorded_reason", Unset),
    ("disclosure.", "same_commitments", Unset), ("disclosure.", "notify_before", Shorter),
    ("flow.", "category", Word("account")), ("flow.", "from", Word("customer")), ("flow.", "to", Word("customer")),
    ("forbid", "functions", Loses), ("forbid", "cookies", Loses), ("forbid", "third_party_storage", Unset),
    ("hold", "review_within", Longer), ("hold", "placed_by", Gains("owner")), ("hold", "four_eyes", Unset),
    ("incident", "fields", Loses), ("incident", "channels", Loses), ("incident", "report_to", Gone),
    ("incident.clock.", "jurisdictions", Loses), ("incident.clock.", "authority_within", Longer),
    ("incident.clock.", "subjects_within", Longer),
    ("message.", "opt_out", Unset),
    ("notice", "channels", Gains("*channel")), ("notice", "lead", Shorter), ("notice", "material", Loses),
    ("notice", "gate", Unset),
    ("place", "regions", Gains("mars")), ("place", "default", Word("*region")), ("place", "third_countries", Loses),
    ("place", "tenant_may_narrow", Unset), ("place", "customer_held", Unset),
    ("policy", "jurisdictions", Loses), ("policy", "security_contact", Gone), ("policy", "unknown_location", Gone),
    ("policy", "controller", Word("Somebody else")),
    ("processor.", "categories", Gains("*category")), ("processor.", "purposes", Gains("*purpose")),
    ("processor.", "regions", Gains("*region")), ("processor.", "requires", Loses),
    ("processor.", "functions", Gains("support")), ("processor.", "hosts", Gains("elsewhere.test")),
    ("processor.", "environments", Unlimited), ("processor.", "messages", Gains("*message")),
    ("processor.", "acts_within", Longer), ("processor.", "keeps_for", Longer), ("processor.", "keeps_nothing", Unset),
    ("processor.", "role", Word("independent_controller")), ("processor.", "scope", Gone),
    ("processor.", "transfer", Word("not_needed")), ("processor.", "fields", Gone),
    ("pseudonym.", "rotate", Longer), ("pseudonym.", "purposes", Gains("*purpose")), ("pseudonym.", "of", Word("device")),
    ("purpose.", "categories", Gains("*category")), ("purpose.", "verdict", Word("permitted")),
    ("purpose.", "aggregates_only", Unset), ("purpose.", "opt_out", Unset), ("purpose.", "user_initiated", Unset),
    ("purpose.", "binds_categories", Unset), ("purpose.", "environments", Unlimited),
    ("purpose.", "consent_valid", Longer), ("purpose.", "objection", Word("review")), ("purpose.", "basis", Word("public_task")),
    ("redaction.", "detectors", Loses), ("redaction.", "known_values", Unset), ("redaction.", "names", Unset),
    ("redaction.", "mode", Word("waive")), ("redaction.", "advice", Gone),
    ("retention.", "categories", Word("")), ("retention.", "delete_by", Longer), ("retention.", "keep_for", Longer),
    ("retention.", "then_within", Longer), ("retention.", "action", Word("review")), ("retention.", "then", Word("review")),
    ("retention.", "except", Word("")), ("retention.", "yields_to", Word("")), ("retention.", "trigger", Word("hold_released")),
    ("retention.", "notify_before", Shorter), ("retention.", "offer_export", Unset), ("retention.", "purposes", Gains("*purpose")),
    ("retention.", "basis", Word("legal_claim")), ("retention.", "keep_while", Word("contract_runs")),
    ("rights", "identity", Word("never")), ("rights", "requesters", Loses), ("rights", "everywhere", Unset),
    ("rights", "no_discrimination", Unset), ("rights", "partial", Unset), ("rights", "at_risk", Shorter),
    ("rights", "access_since", Word("2025-01-01")),
    ("rights.complaint.", "jurisdictions", Loses),
    ("rights.kind.", "deadline", Longer), ("rights.kind.", "categories", Word("")), ("rights.kind.", "stores", Gone),
    ("rights.kind.", "self_service", Unset), ("rights.kind.", "confirm", Unset), ("rights.kind.", "sticky", Unset),
    ("rights.kind.", "secrets", Word("omitted")), ("rights.kind.", "jurisdictions", Loses),
    ("route.", "categories", Gains("*category")), ("route.", "purposes", Gains("*purpose")), ("route.", "regions", Unlimited),
    ("route.", "plans", Unlimited), ("route.", "requires", Loses), ("route.", "no_store", Unset),
    ("route.", "destination_bound", Unset), ("route.", "redact_stream", Unset), ("route.", "max_in_flight", Longer),
    ("signal.", "purposes", Loses), ("signal.", "confirm", Unset), ("signal.", "conflict", Word("later_consent")),
    ("store.", "expires_within", Longer), ("store.", "operator", Word("processor")), ("store.", "region", Word("*region")),
    ("telemetry", "processors", Gains("*processor")), ("telemetry", "min_group", Lower), ("telemetry", "environments", Unlimited),
    ("telemetry.event.", "identity", Word("account")), ("telemetry.event.", "processors", Gains("*processor")),
    ("telemetry.event.", "surfaces", Gains("elsewhere")), ("telemetry.event.", "purpose", Word("*purpose")),
    ("transfer.", "mechanism", Word("not_needed")), ("transfer.", "to", Word("*region")),
    ("transport", "min_tls", Word("1.2")), ("transport", "hosts", Gains("elsewhere.test")), ("transport", "closed", Unset),
    ("vault", "key_per_secret", Unset), ("vault", "tenant_bound", Unset), ("vault", "audited", Unset),
    ("vault", "reveal", Word("owner")), ("vault", "uses", Gains("more")), ("vault", "max_plaintext", Longer),
    ("vault", "passwords", Word("hashed")),
    ("visibility", "default", Word("public")), ("visibility", "categories", Loses),
    ("visibility.owner", "actions", Loses), ("visibility.internal", "actions", Gains("edit")),
    ("visibility.public", "actions", Gains("edit")), ("visibility.role.", "actions", Gains("delete")),
    ("visibility.gate", "max_scan_age", Longer), ("visibility.gate", "never_waived", Loses), ("visibility.gate", "from", Gone),
    ("visibility.deny.", "spares_staff", Sets), ("visibility.deny.", "attribute", Word("other")),
    ("visibility.staff.", "actions", Gains("edit")), ("visibility.staff.", "categories", Gains("*category")),
    ("visibility.staff.", "max_duration", Longer),
    ("ai_disclosure.", "marking", Gone), ("ai_disclosure.", "surfaces", Loses),
    ("training_source.", "categories", Gains("*category")), ("training_source.", "since", Word("2020-01")),
];

/// Keys that name, describe or place something, and promise nothing by themselves. Where
/// an empty word stands above, other rows look at the key.
const NOTHING: &[&str] = &[
    "id",
    "promise",
    "description",
    "name",
    "interest",
    "reason",
    "statement",
    "system",
    "told",
    "model",
    "source",
    "product",
    "version",
    "contact",
    "effective",
    "last_updated",
    "tz",
    "url",
    "withdraw_at",
    "language",
    "digest",
    "evidence",
    "issued",
    "checked_by",
    "reference",
    "warn",
    "last_update",
    "skew",
    "authority",
    "kind",
    "wording",
    "algorithms",
    "https_only",
    "personal",
    "processors",
    "ground",
    "mode",
    "under",
    "unknown",
    "unless",
    "on",
    "pseudonym",
    "into",
    "fallback",
    "surfaces",
    "governed_by",
    "fields",
    "processor",
    "category",
    "purpose",
    "purposes",
    "jurisdiction",
    "from",
    "regions",
    "jurisdictions",
];

fn canonical(toml: &str) -> Value {
    let doc = PolicyDoc::from_toml(toml).unwrap_or_else(|faults| panic!("{faults}"));
    serde_json::from_str(&doc.canonical_json().unwrap()).unwrap()
}

fn compile(document: &Value) -> Option<Policy> {
    let doc = PolicyDoc::from_json(&document.to_string()).ok()?;
    doc.compile().ok()
}

/// A key of a clause: the pointer to it, its section, and the id by which the comparison
/// names the clause.
struct Place {
    pointer: String,
    section: String,
    key: String,
    clause: String,
}

/// Every key of every clause.
fn places(document: &Value) -> Vec<Place> {
    let mut found = Vec::new();
    for (section, value) in document.as_object().unwrap() {
        walk(value, &format!("/{section}"), section, section, &mut found);
    }
    found
}

/// `section` is how rows call the clause, `id` how the comparison does.
fn walk(value: &Value, pointer: &str, section: &str, id: &str, found: &mut Vec<Place>) {
    const NAMED: [&str; 14] = [
        "category",
        "store",
        "purpose",
        "processor",
        "redaction",
        "credential",
        "pseudonym",
        "message",
        "signal",
        "cookie",
        "telemetry.event",
        "visibility.role",
        "visibility.staff",
        "rights.kind",
    ];
    match value {
        Value::Array(clauses) => {
            for (index, clause) in clauses.iter().enumerate() {
                let own = format!("{id}.{}", index + 1);
                let section = format!("{section}.");
                walk(clause, &format!("{pointer}/{index}"), &section, &own, found);
            }
        }
        Value::Object(table) if NAMED.contains(&section) => {
            for (name, clause) in table {
                let own = match section {
                    "rights.kind" => format!("rights.kind.{name}"),
                    _ => format!("{id}.{name}"),
                };
                let name = name.replace('~', "~0").replace('/', "~1");
                let section = format!("{section}.");
                walk(clause, &format!("{pointer}/{name}"), &section, &own, found);
            }
        }
        Value::Object(table) => {
            let own = table.get("id").and_then(Value::as_str).unwrap_or(id);
            for (key, value) in table {
                let below = matches!(
                    (section, key.as_str()),
                    ("telemetry", "event")
                        | ("visibility", "role" | "staff" | "deny" | "gate" | "fork")
                        | ("visibility", "owner" | "internal" | "public")
                        | ("rights", "kind" | "clock" | "complaint")
                        | ("notice", "version")
                        | ("incident", "clock")
                );
                let pointer = format!("{pointer}/{key}");
                if below {
                    let name = format!("{section}.{key}");
                    walk(value, &pointer, &name, &name, found);
                    continue;
                }
                found.push(Place {
                    pointer,
                    section: section.to_owned(),
                    key: key.clone(),
                    clause: own.to_owned(),
                });
            }
        }
        _ => {}
    }
}

/// A longer or a shorter period.
fn period(text: &str, longer: bool) -> String {
    match (text.contains('T'), longer) {
        (false, true) => format!("P{}Y", 40),
        (true, true) => format!("PT{}H", 24 * 400),
        (_, false) => "PT1S".to_owned(),
    }
}

/// A name of the document's that a list does not have, for a `*kind`.
fn names(document: &Value, kind: &str, but: &Value) -> Vec<Value> {
    let of = |section: &str| -> Vec<String> {
        let table = document.get(section).and_then(Value::as_object);
        table.map_or_else(Vec::new, |table| table.keys().cloned().collect())
    };
    let all = match kind {
        "*category" => of("category"),
        "*purpose" => of("purpose"),
        "*store" => of("store"),
        "*processor" => of("processor"),
        "*message" => of("message"),
        "*role" => {
            let table = document
                .pointer("/visibility/role")
                .and_then(Value::as_object);
            table.map_or_else(Vec::new, |table| table.keys().cloned().collect())
        }
        "*region" => {
            let regions = document.pointer("/place/regions").and_then(Value::as_array);
            let regions = regions.into_iter().flatten();
            regions
                .filter_map(|own| own.as_str().map(str::to_owned))
                .collect()
        }
        "*channel" => ["email", "in_service", "posting"]
            .map(str::to_owned)
            .to_vec(),
        plain => vec![plain.to_owned()],
    };
    let within =
        |name: &str, own: &str| own == "*" || name == own || name.starts_with(&format!("{own}."));
    let has = |name: &String| match but {
        Value::Array(list) => list.iter().any(|own| within(name, own.as_str().unwrap())),
        Value::String(own) => within(name, own),
        _ => false,
    };
    all.into_iter()
        .filter(|name| !has(name))
        .map(Value::String)
        .collect()
}

/// The values that promise less than one.
fn lessened(document: &Value, value: &Value, less: Less) -> Vec<Option<Value>> {
    match (less, value) {
        (Longer, Value::String(text)) => vec![Some(json!(period(text, true)))],
        (Shorter, Value::String(text)) => vec![Some(json!(period(text, false)))],
        (Gone, Value::Object(table)) if table.is_empty() => vec![],
        (Unset, Value::Bool(true)) | (Gone, _) | (Unlimited, _) => vec![None],
        (Sets, Value::Bool(false)) => vec![Some(json!(true))],
        (Lower, Value::Number(number)) => {
            let number = number.as_u64().unwrap();
            (number > 1)
                .then(|| Some(json!(number - 1)))
                .into_iter()
                .collect()
        }
        (Higher, Value::Number(number)) => vec![Some(json!(number.as_u64().unwrap() + 1))],
        (Loses, Value::Array(list)) => {
            let mut list = list.clone();
            list.pop();
            vec![(!list.is_empty()).then_some(Value::Array(list))]
        }
        (Gains(kind), Value::Array(list)) => names(document, kind, value)
            .into_iter()
            .map(|name| {
                let mut list = list.clone();
                list.push(name);
                Some(Value::Array(list))
            })
            .collect(),
        (Word(""), _) => vec![],
        (Word(kind), Value::String(text)) if kind.starts_with('*') => {
            names(document, kind, &json!(text))
                .into_iter()
                .map(Some)
                .collect()
        }
        (Word(word), Value::String(text)) if word != text => vec![Some(json!(word))],
        _ => vec![],
    }
}

fn set(document: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = document
        .pointer_mut(parent)
        .unwrap()
        .as_object_mut()
        .unwrap();
    match value {
        Some(value) => {
            parent.insert(key.to_owned(), value);
        }
        None => {
            parent.remove(key);
        }
    }
}

/// Words that are stronger than the one in the document, so that the change is none for
/// the worse.
fn strengthens(place: &Place, old: &Value, new: Option<&Value>) -> bool {
    let (old, new) = (old.as_str(), new.and_then(Value::as_str));
    match (place.section.as_str(), place.key.as_str()) {
        ("purpose.", "verdict") => old == Some("permitted"),
        ("purpose.", "objection") => old == Some("review"),
        ("category.", "form") => old == Some("raw"),
        ("retention.", "action") => old == Some("processor_managed"),
        ("redaction.", "mode") => matches!(old, Some("waive" | "off")),
        ("vault", "passwords") => old == Some("hashed"),
        ("transport", "min_tls") => old == Some("1.2"),
        _ => old.is_some() && old == new,
    }
}

/// A value in which the order of a list does not count.
fn sorted(value: Option<&Value>) -> Option<Value> {
    let Some(Value::Array(list)) = value else {
        return value.cloned();
    };
    let mut list = list.clone();
    list.sort_by_key(ToString::to_string);
    Some(Value::Array(list))
}

#[test]
fn every_weakening_of_a_copy_is_named() {
    let (mut named, mut refused, mut wrong) = (0, 0, BTreeSet::new());
    let mut unknown = BTreeSet::new();
    let all = std::env::var("CONFIDANT_HEAVY").is_ok_and(|value| value == "1");
    let mut tries: BTreeMap<String, u32> = BTreeMap::new();
    for (product, text) in PRODUCTS {
        let document = canonical(text);
        let old = compile(&document).unwrap();
        for place in places(&document) {
            let row = LESS
                .iter()
                .find(|(section, key, _)| *section == place.section && *key == place.key);
            let Some((_, _, less)) = row else {
                if !NOTHING.contains(&place.key.as_str()) {
                    unknown.insert(format!("{}{}", place.section, place.key));
                }
                continue;
            };
            let value = document.pointer(&place.pointer).unwrap();
            // The ordinary run tries each key a few times, the heavy one wherever it stands.
            let key = format!("{}{}", place.section, place.key);
            let tried = tries.entry(key).or_default();
            if *tried == 3 && !all {
                continue;
            }
            // One name that compiles is enough: the list is the same for all.
            for lessened in lessened(&document, value, *less) {
                if strengthens(&place, value, lessened.as_ref()) {
                    continue;
                }
                let mut copy = document.clone();
                set(&mut copy, &place.pointer, lessened);
                let Some(new) = compile(&copy) else {
                    refused += 1;
                    continue;
                };
                let diff = new.diff_since(&old);
                let section = place.section.split('.').next().unwrap();
                let names = |clause: &str| clause == place.clause || clause == section;
                let found = diff.changes().iter().any(|change| {
                    change.direction() == Direction::Weakening && names(change.clause())
                });
                if !found || !diff.weakens() {
                    wrong.insert(format!("{product} {}: {diff}", place.pointer));
                }
                named += 1;
                *tried += 1;
                break;
            }
        }
    }
    assert!(unknown.is_empty(), "keys without a row: {unknown:?}");
    assert!(wrong.is_empty(), "{} not named\n{wrong:#?}", wrong.len());
    assert!(
        named > 250 && refused > 30,
        "{named} named, {refused} refused"
    );
}

/// Whatever differs between two products, the comparison names its clause: what promises
/// less as a weakening in one direction or the other.
#[test]
fn every_difference_between_two_products_is_named() {
    let documents = PRODUCTS.map(|(product, text)| (product, canonical(text)));
    let policies = documents
        .clone()
        .map(|(_, document)| compile(&document).unwrap());
    let mut wrong = BTreeSet::new();
    for (old, (before, old_document)) in policies.iter().zip(&documents) {
        for (new, (after, new_document)) in policies.iter().zip(&documents) {
            if before == after {
                continue;
            }
            let diff = new.diff_since(old);
            assert!(diff.weakens(), "{before} {after}");
            let mut changed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for place in places(old_document) {
                let is_known = LESS.iter().any(|(section, key, less)| {
                    *section == place.section && *key == place.key && !matches!(less, Word(""))
                });
                // Lists of clauses have ids of their own, and are not at the same place.
                let is_listed = place
                    .pointer
                    .split('/')
                    .any(|step| step.parse::<usize>().is_ok());
                if !is_known || is_listed {
                    continue;
                }
                let (own, other) = (
                    old_document.pointer(&place.pointer),
                    new_document.pointer(&place.pointer),
                );
                let parent = place.pointer.rsplit_once('/').unwrap().0;
                if sorted(own) != sorted(other) && new_document.pointer(parent).is_some() {
                    // A clause goes by the id that the newer document gives it.
                    let id = new_document.pointer(&format!("{parent}/id"));
                    let id = id
                        .and_then(Value::as_str)
                        .map_or(place.clause, str::to_owned);
                    let keys = changed.entry(id).or_default();
                    keys.insert(format!("{}/{}", place.section, place.key));
                }
            }
            for (clause, keys) in changed {
                let section = keys.first().unwrap().split(['.', '/']).next().unwrap();
                let of_clause = |own: &str| own == clause || own == section;
                if !diff
                    .changes()
                    .iter()
                    .any(|change| of_clause(change.clause()))
                {
                    wrong.insert(format!("{before} → {after}: {clause}: {keys:?}"));
                }
            }
            // What is ruled out in one and permitted in the other is among the weakenings.
            let verdict = |document: &Value, purpose: &str| {
                let at = format!("/purpose/{purpose}/verdict");
                document
                    .pointer(&at)
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            };
            for purpose in ["training", "sale", "marketing", "analytics"] {
                let (was, is) = (
                    verdict(old_document, purpose),
                    verdict(new_document, purpose),
                );
                if was.as_deref() == Some("prohibited") && is.as_deref() == Some("permitted") {
                    let named = diff.changes().iter().any(|change| {
                        change.direction() == Direction::Weakening
                            && change.clause() == format!("purpose.{purpose}")
                            && change.what() == "more is permitted"
                    });
                    assert!(named, "{before} → {after}: {purpose}");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
