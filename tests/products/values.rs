//! A promise rests on values of its clauses: where one of them is another, the promise is
//! seen to break.
//!
//! Each clause names the promises that it carries, so that each of its values can be put
//! otherwise, one at a time, and the trials of those promises held against the document as
//! it then is. A trial that no value and no switch breaks would pass whatever the mechanism
//! does.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use confidant::policy::{Promise, PromiseClass};

use super::promises::{PRODUCTS, block_on, breaks, check, saw};
use super::world::{PROMISES, Place, Product, Switch, World};

/// One table of a document that carries promises.
struct Clause<'t> {
    header: &'t str,
    /// The lines of `key = value`, each with its number.
    lines: Vec<(usize, &'t str, &'t str)>,
    promises: Vec<&'t str>,
}

/// How a promise took another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Taken {
    /// The document does not compile with it.
    Refused,
    /// A trial came out otherwise.
    Broken,
    /// Nothing was different.
    Unnoticed,
}

fn clauses(text: &str) -> Vec<Clause<'_>> {
    let mut all: Vec<Clause<'_>> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            let (lines, promises) = (Vec::new(), Vec::new());
            let header = line;
            all.push(Clause {
                header,
                lines,
                promises,
            });
            continue;
        }
        let (Some(clause), Some((key, value))) = (all.last_mut(), line.split_once(" = ")) else {
            continue;
        };
        match key {
            "promise" => clause.promises = elements(value),
            "id" | "evidence" | "digest" | "checked_by" => {}
            _ => clause.lines.push((number, key, value)),
        }
    }
    all.retain(|clause| !clause.promises.is_empty());
    all
}

/// Returns the texts of a list.
fn elements(list: &str) -> Vec<&str> {
    let inner = list.trim_start_matches('[').trim_end_matches(']');
    let elements = inner.split(", ").map(|one| one.trim_matches('"'));
    elements.filter(|one| !one.is_empty()).collect()
}

/// Returns other values for a key: each is one that a person might have written instead.
fn others(text: &str, header: &str, key: &str, value: &str) -> Vec<String> {
    let quoted = value.trim_matches('"');
    let is_text = value.starts_with('"');
    if value == "true" || value == "false" {
        return vec![(value != "true").to_string()];
    }
    if let Ok(number) = value.parse::<u32>() {
        return vec![
            number.saturating_sub(1).to_string(),
            (number + 1).to_string(),
        ];
    }
    if is_period(quoted) || is_date(quoted) {
        return vec![value.replacen(quoted, &next(quoted), 1)];
    }
    if value.starts_with('[') {
        return other_lists(text, header, key, value);
    }
    if let Some(fields) = value.strip_prefix('{') {
        let kind = if header.contains("telemetry") {
            "account"
        } else {
            "optional"
        };
        let more = match key {
            "fields" if header.contains("processor") => return Vec::new(),
            _ => [
                "email",
                "contacts",
                "date_of_birth",
                "phone",
                "name",
                "referrer",
            ],
        };
        let more = more.into_iter().filter(|name| !fields.contains(name));
        let more: String = more.map(|name| format!(", {name} = \"{kind}\"")).collect();
        return vec![value.replacen(" }", &format!("{more} }}"), 1)];
    }
    let words: &[&str] = match key {
        "form" => &["raw", "sealed", "redacted", "hashed"],
        "verdict" => &["permitted\"\nbasis = \"contract"],
        "objection" => &["stop", "review"],
        "mode" => &["redact", "block", "waive"],
        "reveal" => &["owner", "machine_only"],
        "class" => &["essential", "analytics", "tracking"],
        "trigger" => &["last_active", "purpose_ended"],
        "action" | "then" => &["delete", "restrict", "anonymise"],
        "basis" => &["contract", "legitimate_interest", "legal_claim"],
        "role" => &["independent_controller", "processor"],
        "identity" => &["never", "always", "account", "none"],
        "ground" => &["safety", "user_direction"],
        "on_disconnect" => &["restrict", "delete"],
        "from" | "to" => &["client", "service", "mailer", "logs", "primary", "eu", "in"],
        _ => &["changed", "changed@changed.test", "https://changed.test/"],
    };
    let words = words.iter().filter(|word| is_text && **word != quoted);
    words.map(|word| format!("\"{word}\"")).collect()
}

/// Returns lists with one element less, and one with all that it might have had beside.
fn other_lists(text: &str, header: &str, key: &str, value: &str) -> Vec<String> {
    let own = elements(value);
    let list = |all: &[&str]| {
        let all: Vec<String> = all.iter().map(|one| format!("\"{one}\"")).collect();
        format!("[{}]", all.join(", "))
    };
    let mut lists = Vec::new();
    for at in 0..own.len() {
        let fewer: Vec<&str> = own
            .iter()
            .copied()
            .enumerate()
            .filter(|(n, _)| *n != at)
            .map(|(_, one)| one)
            .collect();
        lists.push(list(&fewer));
    }
    let named = |section: &str| -> Vec<&str> {
        let tables = text.lines().filter_map(|line| line.strip_prefix(section));
        tables
            .map(|name| name.trim_end_matches(']').trim_matches('"'))
            .collect()
    };
    let beside: Vec<&str> = match key {
        "categories" if header.contains("processor") || header.contains("route") => {
            let own = named("[category.");
            own.into_iter().filter(|name| *name != "card").collect()
        }
        "categories" => named("[category."),
        "purposes" => named("[purpose."),
        "regions" => vec!["us", "eu", "in"],
        "environments" => vec!["staging"],
        "hosts" => vec![
            "tracker.test",
            "api.openai.com",
            "stats.third-party.test",
            "in.analytics.test",
        ],
        "messages" => named("[message."),
        "uses" => vec!["look", "export"],
        "plans" => vec!["team"],
        "actions" => vec!["view", "edit", "deploy", "view_audit", "set_level"],
        "channels" => vec!["email", "in_service", "posting"],
        "algorithms" => vec!["AES-128-GCM"],
        _ => Vec::new(),
    };
    let mut more = own.clone();
    more.extend(beside.iter().filter(|name| !own.contains(name)));
    if more.len() > own.len() {
        lists.push(list(&more));
    }
    lists
}

fn is_period(text: &str) -> bool {
    text.starts_with('P') && text.chars().any(|one| one.is_ascii_digit()) && text.len() < 8
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.split('-').all(|part| part.parse::<u32>().is_ok())
}

/// Returns a period or date that is one longer or later.
fn next(text: &str) -> String {
    let split = match text.starts_with('P') {
        true => text.find(|one: char| one.is_ascii_digit()).unwrap_or(0),
        false => text.len() - 2,
    };
    let (head, tail) = text.split_at(split);
    let digits = tail.chars().take_while(char::is_ascii_digit).count();
    let number: u32 = tail[..digits].parse().unwrap();
    format!("{head}{:0digits$}{}", number + 1, &tail[digits..])
}

/// Holds the trials of promises against a document, without the flow of the product.
fn taken(product: Product, text: &str, ids: &[&str]) -> BTreeMap<String, Taken> {
    block_on(async {
        let Ok(world) = World::of_text(product, text, Place::Memory, &[]).await else {
            return ids
                .iter()
                .map(|id| ((*id).to_owned(), Taken::Refused))
                .collect();
        };
        let report = check(&world, ids).await.unwrap();
        let own = report.checks().iter();
        let own = own.filter(|check| ids.contains(&check.promise().id().as_str()));
        own.map(|check| {
            let taken = match saw(check) {
                true => Taken::Broken,
                false => Taken::Unnoticed,
            };
            (check.promise().id().as_str().to_owned(), taken)
        })
        .collect()
    })
}

/// Puts each value of a product's clauses otherwise, for the promises of `ids`. With `all`
/// it goes on where a promise was seen to break.
fn tried(product: Product, ids: &[&str], all: bool) -> (BTreeSet<String>, Vec<String>) {
    let lines: Vec<&str> = product.text.lines().collect();
    let (mut broken, mut table) = (BTreeSet::new(), Vec::new());
    for clause in clauses(product.text) {
        let meant = clause
            .promises
            .iter()
            .copied()
            .filter(|id| ids.contains(id));
        let meant: Vec<&str> = meant.collect();
        for (number, key, value) in &clause.lines {
            for other in others(product.text, clause.header, key, value) {
                let open = meant.iter().copied();
                let open: Vec<&str> = open.filter(|id| all || !broken.contains(*id)).collect();
                if open.is_empty() {
                    continue;
                }
                let changed = lines
                    .iter()
                    .enumerate()
                    .map(|(at, line)| match at == *number {
                        true => format!("{key} = {other}"),
                        false => (*line).to_owned(),
                    });
                let changed: Vec<String> = changed.collect();
                let taken = taken(product, &changed.join("\n"), &open);
                if taken.values().all(|one| *one == Taken::Unnoticed) {
                    let header = clause.header;
                    table.push(format!("{header} {key} = {other}: {}", open.join(" ")));
                }
                let seen = taken.into_iter().filter(|(_, one)| *one == Taken::Broken);
                broken.extend(seen.map(|(id, _)| id));
            }
        }
    }
    (broken, table)
}

/// Promises that no value of their clauses breaks, each with a mechanism that does when it
/// is taken out.
const BY_SWITCH: &[(&str, Switch)] = &[
    ("IC-07", Switch::RedactorIdentity),
    ("IC-08", Switch::PurposesOpen),
    ("IC-10", Switch::TelemetryOpen),
    ("IC-18", Switch::RetentionDayLate),
    ("IC-19", Switch::MessagesOpen),
    ("IC-21", Switch::PurposesOpen),
    ("IC-25", Switch::ProhibitionIgnored),
    ("IC-26", Switch::ProhibitionIgnored),
    ("IC-32", Switch::OwnerIgnored),
    ("IC-43", Switch::LevelsIgnored),
    ("IC-45", Switch::ScanSkipped),
    ("IC-46", Switch::LevelsIgnored),
    ("IC-47", Switch::ScanSkipped),
    ("IC-48", Switch::PlainHttp),
    ("IC-51", Switch::AuditSkipped),
    ("IC-56", Switch::RetentionDayLate),
    ("IC-58", Switch::RetentionDayLate),
    ("IC-59", Switch::ReportsUnawaited),
    ("IC-71", Switch::DeadlinesForgotten),
    ("IC-72", Switch::AuditSkipped),
    ("IC-74", Switch::SignalIgnored),
    ("IC-78", Switch::AuditSkipped),
    ("SC-08", Switch::RedactorIdentity),
    ("SC-17", Switch::TelemetryOpen),
    ("SC-18", Switch::ProhibitionIgnored),
    ("SC-23", Switch::PlainHttp),
    ("SC-26", Switch::AuditSkipped),
    ("CC-07", Switch::TelemetryOpen),
    ("CC-10", Switch::TelemetryOpen),
    ("CC-16", Switch::MessagesOpen),
    ("CC-19", Switch::ProhibitionIgnored),
    ("CC-20", Switch::ProhibitionIgnored),
    ("CC-25", Switch::TenantUnbound),
    ("CC-29", Switch::RecipientsOpen),
    ("CC-44", Switch::RetentionDayLate),
    ("CC-50", Switch::AttestationsNeverLapse),
    ("CC-51", Switch::AuditSkipped),
    ("CC-52", Switch::AttestationsNeverLapse),
    ("AE-01", Switch::PlainHttp),
    ("AE-02", Switch::ProhibitionIgnored),
    ("AE-07", Switch::TelemetryOpen),
    ("AE-09", Switch::ProhibitionIgnored),
    ("AE-10", Switch::RecipientsOpen),
    ("AE-11", Switch::ProhibitionIgnored),
    ("AE-13", Switch::RedactorIdentity),
    ("AE-18", Switch::PlainHttp),
    ("AE-23", Switch::RedactorIdentity),
    ("AE-26", Switch::RetentionDayLate),
    ("IC-68", Switch::SubjectIgnored),
    ("IC-75", Switch::RequestersPunished),
    ("IC-85", Switch::AuditSkipped),
    ("SC-27", Switch::LinksMixed),
    ("AE-31", Switch::LinksMixed),
    ("KR-03", Switch::CertificationShown),
    ("KR-08", Switch::TelemetryOpen),
    ("KR-22", Switch::ProhibitionIgnored),
];

/// Promises that no single value and no mechanism that is taken out breaks: every document
/// that would break them is refused before anything runs by it. Each has the reason.
const BY_CODE: &[(&str, &str)] = &[
    (
        "CC-48",
        "whether a password is hashed is one word, and with any other the document does not compile",
    ),
    (
        "CC-60",
        "the date on top is held against the other dates: no other one compiles",
    ),
    (
        "KR-01",
        "it is about what a document may not say: with a placeholder it does not compile",
    ),
];

#[test]
#[ignore = "goes through every value of five documents"]
#[expect(clippy::print_stdout, reason = "the table is for people")]
fn every_value_that_nobody_notices_is_shown() {
    thread::scope(|scope| {
        for product in PRODUCTS {
            scope.spawn(move || {
                let ids = tried_by_value(product);
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                let (broken, table) = tried(product, &ids, true);
                let (name, count) = (product.name, broken.len());
                println!("{name}: {count} promises break\n{}\n", table.join("\n"));
            });
        }
    });
}

#[test]
fn every_promise_is_broken_by_a_value_or_by_a_mechanism_taken_out() {
    let unbroken: Vec<String> = thread::scope(|scope| {
        let runs = PRODUCTS.map(|product| {
            scope.spawn(move || {
                let ids = tried_by_value(product);
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                let whole = taken(product, product.text, &ids);
                let odd = whole.iter().filter(|(_, one)| **one != Taken::Unnoticed);
                let odd: Vec<_> = odd.collect();
                assert!(odd.is_empty(), "without their flow: {odd:?}");
                let listed = |id: &str| {
                    let by_switch = BY_SWITCH.iter().any(|(own, _)| *own == id);
                    by_switch || BY_CODE.iter().any(|(own, _)| *own == id)
                };
                let open: Vec<&str> = ids.into_iter().filter(|id| !listed(id)).collect();
                let (broken, _) = tried(product, &open, false);
                let left = open.iter().filter(|id| !broken.contains(**id));
                let left = left.map(|id| (*id).to_owned());
                let by_switch = BY_SWITCH.iter().filter(|(id, switch)| {
                    id.starts_with(product.prefix) && !breaks(product, *switch, id)
                });
                let by_switch = by_switch.map(|(id, switch)| format!("{id} by {switch:?}"));
                left.chain(by_switch).collect::<Vec<_>>()
            })
        });
        runs.into_iter()
            .flat_map(|run| run.join().unwrap())
            .collect()
    });
    assert!(unbroken.is_empty(), "{unbroken:#?}");
}

/// Returns the promises of a product but for those that are declared, each of which is held
/// to the value that it comes from by its own trial.
fn tried_by_value(product: Product) -> Vec<String> {
    let promises = Promise::list_from_json(PROMISES).unwrap();
    let promises = promises.iter();
    let tried = promises.filter(|promise| promise.class() != PromiseClass::Declared);
    let ids = tried.map(|promise| promise.id().as_str().to_owned());
    ids.filter(|id| id.starts_with(product.prefix)).collect()
}
