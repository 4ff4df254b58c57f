//! A sixth product, from its document to the report: a promise of each class, tried as a
//! product tries its own.

use confidant::consent::{ConsentFacts, Signals};
use confidant::policy::conformance::{Generated, Kit, PromiseOutcome, PromiseReport, Trial};
use confidant::policy::{
    Announced, ChangeChannel, Disclosing, Policy, PolicyDoc, Promise, PromiseClass,
};
use confidant::retention::{Events, Holds, Record, Status, Trigger};
use confidant::taxonomy::{DataCategory, Processor, Purpose, Region};
use confidant::time::Moment;

const TEXT: &str = include_str!("../data/policies/plantlog.toml");

fn at(text: &str) -> Moment {
    format!("{text}T00:00:00Z").parse().unwrap()
}

fn compile(text: &str) -> Policy {
    let doc = PolicyDoc::from_toml(text).unwrap_or_else(|faults| panic!("{faults}"));
    doc.compile().unwrap_or_else(|faults| panic!("{faults}"))
}

fn promises() -> Vec<Promise> {
    let all = [
        ("PL-1", PromiseClass::Enforced),
        ("PL-2", PromiseClass::Evaluated),
        ("PL-3", PromiseClass::Attested),
        ("PL-4", PromiseClass::Declared),
        ("PL-5", PromiseClass::Enforced),
    ];
    all.map(|(id, class)| Promise::new(id, class).unwrap())
        .to_vec()
}

/// Tries every promise on the mechanisms of a policy.
fn tried(policy: &Policy) -> PromiseReport {
    let mut kit = Kit::new(policy, promises());
    let photo = DataCategory::new("photo").unwrap();

    let mut trial = kit.trial("PL-1");
    trial.mechanism("consent", "decision on a purpose");
    let use_for = |purpose: &str| {
        let (purpose, nobody) = (Purpose::new(purpose).unwrap(), ConsentFacts::none());
        let (rules, now) = (policy.consent(), at("2026-12-01"));
        rules.explain(&nobody, (&purpose, &photo), now, Signals::new())
    };
    trial.permitted("photos for the diary", &use_for("service"));
    trial.refused("photos for training, without consent", &use_for("training"));
    kit.end(trial);

    let mut trial = kit.trial("PL-2");
    trial.mechanism("retention", "verdict on a record");
    let closed = Events::created(at("2026-11-01")).at(Trigger::AccountClosed, at("2026-12-01"));
    // Clocks may differ, so it is late that much earlier.
    let late = at("2026-12-15").saturating_sub(policy.retention().skew());
    let seen = Trial::around(late).map(|now| {
        let record = Record::new(&photo, closed);
        let verdict = policy.retention().evaluate(&record, &Holds::none(), now);
        verdict.status() == Status::Overdue
    });
    trial.boundary("photos are overdue", late, &seen, &[false, false, true]);
    kit.end(trial);

    let mut trial = kit.trial("PL-3");
    trial.mechanism("policy", "recipients, whose attestations lapse");
    let (vision, service) = (
        Processor::new("vision").unwrap(),
        Purpose::new("service").unwrap(),
    );
    let region = Region::new("us").unwrap();
    let sends = |now: Moment| {
        let what = Disclosing::new(&service, &photo).region(&region);
        policy.router().disclose(&vision, &what, now)
    };
    // A day of the document begins at midnight in Berlin.
    let expires: Moment = "2026-12-31T23:00:00Z".parse().unwrap();
    let seen = Trial::around(expires).map(sends);
    trial.attested("photos to the provider", expires, &seen);
    trial.refused("photos before it was shown", &sends(at("2025-12-31")));
    kit.end(trial);

    let mut trial = kit.trial("PL-4");
    trial.mechanism("policy", "documents that are generated from it");
    trial.declared(Generated::Notice, "hello@plantlog.test");
    kit.end(trial);

    let mut trial = kit.trial("PL-5");
    trial.mechanism("policy", "gate of activation");
    let told = |on: &str| {
        let told = Announced::new(at(on), ChangeChannel::Email, [7; 32]);
        policy
            .announcement()
            .activate(Some(&told), at("2026-11-01"))
    };
    trial.permitted("told 15 days ahead", &told("2026-10-17"));
    trial.refused("told 13 days ahead", &told("2026-10-19"));
    kit.end(trial);

    kit.report(at("2026-12-01"))
}

#[test]
fn a_sixth_product_keeps_a_promise_of_each_class() {
    let policy = compile(TEXT);
    let report = tried(&policy);
    confidant::assert_policy!(report);
    let outcomes: Vec<&str> = report
        .checks()
        .iter()
        .map(|check| check.outcome().as_str())
        .collect();
    assert_eq!(
        outcomes,
        ["enforced", "evaluated", "attested", "declared", "enforced"]
    );
    let attested = report.checks()[2].outcome();
    assert_eq!(
        attested,
        &PromiseOutcome::AttestedUntil("2026-12-31T23:00:00Z".parse().unwrap())
    );
    let found = policy.lint_notice(&policy.notice(), at("2026-12-01"));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn each_of_its_promises_is_seen_to_break() {
    for (promise, old, new) in [
        (
            "PL-1",
            "verdict = \"consent\"",
            "verdict = \"permitted\"\nbasis = \"contract\"",
        ),
        (
            "PL-2",
            "delete_by = \"P14D\"\naction = \"delete\"\npromise",
            "delete_by = \"P15D\"\naction = \"delete\"\npromise",
        ),
        ("PL-3", "expires = 2027-01-01", "expires = 2027-01-02"),
        ("PL-4", "hello@plantlog.test", "hi@plantlog.test"),
        ("PL-5", "gate = true", "gate = false"),
    ] {
        assert!(TEXT.contains(old), "{promise}");
        let report = tried(&compile(&TEXT.replace(old, new)));
        let broken: Vec<&str> = report
            .failures()
            .map(|check| check.promise().id().as_str())
            .collect();
        assert_eq!(broken, [promise]);
    }
}
