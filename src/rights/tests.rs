//! The machine, explored whole in small bounds, and what is made of requests.

mod edges;
mod plans;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::json;

use super::*;
use crate::ErrorKind;
use crate::audit::Identifier;
use crate::decision::ClauseId;
use crate::retention::{
    Clause, DeclaredStore, Disposition, Events, Hold, HoldId, HoldReason, Holds, Person, Record,
    Schedule, Selector, StoreKind, Stores, Trigger,
};
use crate::taxonomy::{
    DataCategory, DataStore, Evidence, Jurisdiction, LawfulBasis, ObligationKind, ObligationState,
    Processor,
};
use crate::time::{Moment, Period};

fn at(seconds: i64) -> Moment {
    Moment::from_unix_seconds(seconds).unwrap()
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

/// A day of 2027, counted from 1.
fn day(number: i64) -> Moment {
    at(1_798_761_600 + (number - 1) * 86_400)
}

fn clause(id: &str) -> ClauseId {
    ClauseId::new(id).unwrap()
}

fn store(name: &str) -> DataStore {
    DataStore::new(name).unwrap()
}

fn category(name: &str) -> DataCategory {
    DataCategory::new(name).unwrap()
}

fn evidence() -> Evidence {
    Evidence::new(day(1), [3; 32])
}

fn stores() -> Stores {
    let declared = |name, kind| DeclaredStore::new(store(name), kind);
    Stores::new(vec![
        declared("primary", StoreKind::Primary),
        declared("backup", StoreKind::Backup).expires_within(Period::days(35)),
    ])
    .unwrap()
}

fn rules() -> RightsRules {
    let builder = RightsRules::builder(stores());
    let kinds = RequestKind::ALL.into_iter();
    let kinds = kinds.filter(|kind| *kind != RequestKind::Portability);
    kinds
        .fold(builder, |builder, kind| {
            builder.kind(KindRule::new(kind, clause(kind.as_str())))
        })
        .correction_recipient(
            Processor::new("crm").unwrap(),
            Period::days(3),
            clause("crm"),
        )
        .build()
        .unwrap()
}

fn intake(kind: RequestKind) -> Intake {
    let intake = Intake::new(kind, day(1), "form");
    match kind {
        RequestKind::Appeal => intake.appeals(RequestId::from_bytes([9; 16])),
        _ => intake,
    }
}

fn request(intake: Intake) -> Request {
    Request::new(RequestId::from_bytes([7; 16]), intake).unwrap()
}

fn kept() -> Kept {
    Kept {
        category: category("billing"),
        clause: clause("CC-40"),
        until: Some(day(3000)),
    }
}

fn done(records: u64) -> StoreOutcome {
    StoreOutcome::Done {
        records,
        evidence: evidence(),
    }
}

fn report(name: &str, outcome: StoreOutcome, kept: Vec<Kept>) -> Step {
    Step::Report {
        store: store(name),
        outcome,
        kept,
    }
}

/// Takes steps, one a day.
fn run(request: &Request, steps: impl IntoIterator<Item = Step>) -> Result<Request, crate::Error> {
    let mut request = request.clone();
    for step in steps {
        let next = day(2 + request.steps.len() as i64);
        request = request.apply(&rules(), step, next)?;
    }
    Ok(request)
}

pub(super) fn opened() -> Request {
    let range = DateRange::new(day(1)..).unwrap();
    request(
        intake(RequestKind::Access)
            .agent("agent-1")
            .authority(evidence())
            .jurisdiction(Jurisdiction::new("US-CA").unwrap())
            .range(range),
    )
}

pub(super) fn completed() -> Request {
    let steps = [
        Step::Accept,
        Step::Begin,
        report("primary", done(5), vec![kept()]),
        report(
            "backup",
            StoreOutcome::ExpiresBy {
                at: day(40),
                evidence: evidence(),
            },
            vec![],
        ),
        Step::Complete([8; 32]),
    ];
    run(
        &request(intake(RequestKind::Deletion).identity(evidence())),
        steps,
    )
    .unwrap()
}

/// A request that no machine would let be, for the form of its record.
pub(super) fn with_every_step() -> Request {
    let mut request = completed();
    let more = [
        Step::Acknowledge,
        Step::AskIdentity,
        Step::ProveIdentity(evidence()),
        Step::ProveAuthority(evidence()),
        Step::AskFee,
        Step::PayFee,
        Step::AskClarification,
        Step::Clarify,
        Step::Extend(clause("more-time")),
        Step::Refuse(clause("no"), Refusal::Excessive),
        Step::Withdraw,
        Step::MarkDuplicate(RequestId::from_bytes([1; 16])),
        report("backup", StoreOutcome::Nothing, vec![]),
    ];
    request.steps.extend(more.map(|step| (day(50), step)));
    let outcome = (StoreOutcome::Nothing, vec![]);
    request.tasks.insert(store("backup"), Some(outcome));
    request
}

/// Every step, with both outcomes of a store that differ for the machine.
fn alphabet() -> Vec<Step> {
    let mut all = vec![
        Step::Acknowledge,
        Step::AskIdentity,
        Step::ProveIdentity(evidence()),
        Step::ProveAuthority(evidence()),
        Step::AskFee,
        Step::PayFee,
        Step::AskClarification,
        Step::Clarify,
        Step::Accept,
        Step::Begin,
        Step::Extend(clause("more-time")),
        Step::Complete([8; 32]),
        Step::Withdraw,
        Step::MarkDuplicate(RequestId::from_bytes([1; 16])),
        Step::Refuse(clause("no"), Refusal::NotProven),
        Step::Refuse(clause("no"), Refusal::NotCovered),
        Step::Refuse(clause("no"), Refusal::Overridden),
        report("elsewhere", StoreOutcome::Nothing, vec![]),
    ];
    for name in ["primary", "backup"] {
        all.push(report(name, done(1), vec![]));
        all.push(report(name, StoreOutcome::Nothing, vec![]));
        all.push(report(name, done(1), vec![kept()]));
        let expires = StoreOutcome::ExpiresBy {
            at: day(40),
            evidence: evidence(),
        };
        all.push(report(name, expires, vec![]));
    }
    all
}

/// What of a request the machine can tell apart.
fn key(request: &Request) -> String {
    let has = |is: &dyn Fn(&Step) -> bool| request.has(is);
    format!(
        "{:?} {:?} {} {} {} {} {} {}",
        request.state(),
        request.tasks,
        has(&|step| *step == Step::Acknowledge),
        has(&|step| matches!(step, Step::ProveIdentity(_))),
        has(&|step| matches!(step, Step::ProveAuthority(_))),
        has(&|step| matches!(step, Step::Extend(_))),
        request.awaits(&Step::AskClarification, &Step::Clarify),
        has(&|step| *step == Step::AskFee) as u8
            + has(&|step| *step == Step::PayFee) as u8
            + 3 * has(&|step| *step == Step::AskIdentity) as u8,
    )
}

struct Explored {
    states: BTreeSet<RequestState>,
    edges: usize,
}

/// Goes everywhere that steps lead, and holds each to what must be true of it.
fn explore(start: Request, rules: &RightsRules) -> Explored {
    let mut seen: BTreeMap<String, Request> = BTreeMap::new();
    let mut back: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut open = VecDeque::from([start.clone()]);
    seen.insert(key(&start), start);
    let mut edges = 0;
    while let Some(request) = open.pop_front() {
        let deadline = request.deadline(rules).unwrap();
        let now = request.steps.last().map_or(day(1), |(at, _)| *at);
        let next = at(now.unix_seconds() + 3600);
        for step in alphabet() {
            let Ok(after) = request.apply(rules, step.clone(), next) else {
                continue;
            };
            edges += 1;
            check(&request, &deadline, &step, &after, rules);
            // A day's worth of steps at most, so that the time for extending lasts.
            let name = key(&after);
            back.entry(name.clone()).or_default().insert(key(&request));
            if let Entry::Vacant(place) = seen.entry(name) {
                place.insert(after.clone());
                open.push_back(after);
            }
        }
    }
    assert!(seen.len() < 50_000, "the bounds are not small");
    // From everywhere there is a way to an answer.
    let answered = |request: &&Request| {
        matches!(
            request.state(),
            RequestState::Fulfilled | RequestState::Partial | RequestState::Refused
        )
    };
    let mut reach: BTreeSet<String> = seen.values().filter(answered).map(key).collect();
    let mut todo: Vec<String> = reach.iter().cloned().collect();
    while let Some(name) = todo.pop() {
        for before in back.get(&name).into_iter().flatten() {
            if reach.insert(before.clone()) {
                todo.push(before.clone());
            }
        }
    }
    for (name, request) in &seen {
        let is_dead = !request.state().is_final() && !reach.contains(name);
        assert!(!is_dead, "a dead end: {name}");
    }
    Explored {
        states: seen.values().map(Request::state).collect(),
        edges,
    }
}

/// What must be true of every step that was possible.
fn check(before: &Request, deadline: &Deadline, step: &Step, after: &Request, rules: &RightsRules) {
    assert!(!before.state().is_final(), "{step:?} after the end");
    let new = after.deadline(rules).unwrap();
    if new.due() > deadline.due() && !after.state().is_final() {
        let moves = matches!(
            step,
            Step::Extend(_)
                | Step::AskIdentity
                | Step::AskFee
                | Step::AskClarification
                | Step::Clarify
                | Step::ProveIdentity(_)
                | Step::ProveAuthority(_)
                | Step::PayFee
                | Step::Accept
        );
        assert!(moves, "{step:?} moves the deadline");
        let row = after.jurisdiction().map(ToString::to_string);
        if row.as_deref() != Some("GB") {
            assert!(
                matches!(step, Step::Extend(_)),
                "{step:?} moves the deadline"
            );
        }
    }
    let extended = |request: &Request| {
        request
            .steps()
            .filter(|(_, step)| matches!(step, Step::Extend(_)))
            .count()
    };
    assert!(extended(after) <= 1);
    let late = at(new.due().unix_seconds());
    let state = after.deadline_state(rules, late).unwrap();
    let expected = if after.state().is_final() {
        DeadlineState::Met
    } else {
        DeadlineState::Overdue
    };
    assert_eq!(state, expected, "a deadline is lost");
    match after.state() {
        RequestState::Accepted
        | RequestState::InProgress
        | RequestState::Fulfilled
        | RequestState::Partial => {
            assert!(after.has_authority());
            assert!(after.has_identity() || !after.kind().needs_identity());
            assert!(rules.offers(after.kind()));
        }
        _ => {}
    }
    match after.state() {
        RequestState::Fulfilled | RequestState::Partial => {
            assert_eq!(after.open_stores().count(), 0);
            let asked = if after.kind().reaches_stores() { 2 } else { 0 };
            assert_eq!(after.tasks.len(), asked);
            assert_eq!(
                after.kept().is_empty(),
                after.state() == RequestState::Fulfilled
            );
            assert_eq!(after.closed().unwrap().1, Some([8; 32]));
        }
        RequestState::Refused => {
            let mut reports = after.tasks.values().flatten();
            assert!(!reports.any(|(outcome, _)| matches!(outcome, StoreOutcome::Done { .. })));
            assert!(after.refusal().is_some());
        }
        _ => {}
    }
}

#[test]
fn no_request_gets_stuck_and_no_deadline_is_lost() {
    let rules = rules();
    let mut states = BTreeSet::new();
    let mut edges = 0;
    for kind in RequestKind::ALL {
        for code in ["DE", "GB", "BR"] {
            for agent in [false, true] {
                let intake = intake(kind);
                let intake = if agent {
                    intake.agent("agent-1")
                } else {
                    intake
                };
                let intake = match code {
                    "BR" => intake,
                    code => intake.jurisdiction(Jurisdiction::new(code).unwrap()),
                };
                let explored = explore(request(intake), &rules);
                states.extend(explored.states);
                edges += explored.edges;
            }
        }
    }
    assert!(
        states.into_iter().eq(RequestState::ALL),
        "a state is never reached"
    );
    assert!(edges > 10_000, "{edges} steps are no exploration");
}

#[test]
fn deadlines_are_those_of_the_table_and_of_the_promise() {
    let deletion = |promise: Option<(u32, bool)>| {
        let rule = KindRule::new(RequestKind::Deletion, clause("promise"));
        let rule = match promise {
            Some((days, true)) => rule.within(Period::days(days)).extendable(),
            Some((days, false)) => rule.within(Period::days(days)),
            None => rule,
        };
        RightsRules::builder(stores()).kind(rule).build().unwrap()
    };
    let of = |code: Option<&str>, received: &str| {
        let intake = Intake::new(RequestKind::Deletion, moment(received), "form");
        request(match code {
            Some(code) => intake.jurisdiction(Jurisdiction::new(code).unwrap()),
            None => intake,
        })
    };
    let (january, extend) = ("2027-01-31T10:00:00Z", Step::Extend(clause("more-time")));
    for (code, promise, extended, due, by) in [
        (
            Some("DE"),
            None,
            false,
            "2027-02-28T10:00:00Z",
            "EU-requests",
        ),
        // In one step: three months, not one and then two.
        (
            Some("DE"),
            None,
            true,
            "2027-04-30T10:00:00Z",
            "EU-requests",
        ),
        (
            Some("US-CA"),
            None,
            false,
            "2027-03-17T10:00:00Z",
            "US-CA-requests",
        ),
        (
            Some("US-CA"),
            None,
            true,
            "2027-05-01T10:00:00Z",
            "US-CA-requests",
        ),
        (
            Some("DE"),
            Some((7, false)),
            false,
            "2027-02-07T10:00:00Z",
            "promise",
        ),
        (
            Some("DE"),
            Some((7, false)),
            true,
            "2027-02-07T10:00:00Z",
            "promise",
        ),
        (
            Some("DE"),
            Some((7, true)),
            true,
            "2027-04-30T10:00:00Z",
            "EU-requests",
        ),
        (
            Some("DE"),
            Some((60, false)),
            false,
            "2027-02-28T10:00:00Z",
            "EU-requests",
        ),
        (None, None, false, "2027-02-28T10:00:00Z", "EU-requests"),
        (
            Some("CH"),
            None,
            false,
            "2027-02-28T10:00:00Z",
            "EU-requests",
        ),
    ] {
        let rules = deletion(promise);
        let mut request = of(code, january);
        if extended {
            let soon = moment("2027-02-01T00:00:00Z");
            request = request.apply(&rules, extend.clone(), soon).unwrap();
        }
        let deadline = request.deadline(&rules).unwrap();
        assert_eq!(
            deadline.due(),
            moment(due),
            "{code:?} {promise:?} {extended}"
        );
        assert_eq!(deadline.clause().as_str(), by);
        assert_eq!(deadline.is_extended(), extended);
        assert_eq!(
            deadline.is_strictest(),
            code.is_none_or(|code| code == "CH")
        );
    }
    // Where no row is known to be the right one, nothing is extended.
    let rules = deletion(None);
    let soon = moment("2027-02-01T00:00:00Z");
    assert!(
        of(None, january)
            .apply(&rules, extend.clone(), soon)
            .is_err()
    );
    let twice = of(Some("DE"), january)
        .apply(&rules, extend.clone(), soon)
        .unwrap();
    assert!(twice.apply(&rules, extend.clone(), soon).is_err());
    let late = moment("2027-02-28T10:00:00Z");
    assert!(of(Some("DE"), january).apply(&rules, extend, late).is_err());
}

#[test]
fn the_british_clock_waits_for_the_requester() {
    let rules = rules();
    let british = |steps: &[(Step, i64)]| {
        let intake = intake(RequestKind::Access).jurisdiction(Jurisdiction::new("GB").unwrap());
        let start = request(intake);
        steps.iter().fold(start, |request, (step, number)| {
            request.apply(&rules, step.clone(), day(*number)).unwrap()
        })
    };
    let due = |request: &Request| request.deadline(&rules).unwrap();
    let month_after = |number| {
        Period::months(1)
            .after(day(number), crate::time::Rounding::Back)
            .unwrap()
    };
    assert_eq!(due(&british(&[])).due(), month_after(1));
    let asked = british(&[(Step::AskIdentity, 5)]);
    assert!(due(&asked).waits());
    assert_eq!(due(&asked).due(), month_after(5));
    let state = |request: &Request, number| request.deadline_state(&rules, day(number)).unwrap();
    assert_eq!(state(&asked, 30), DeadlineState::Waiting);
    assert_eq!(state(&asked, 60), DeadlineState::Overdue);
    let proved = british(&[(Step::AskIdentity, 5), (Step::ProveIdentity(evidence()), 9)]);
    assert_eq!(due(&proved).due(), month_after(9));
    let fee = british(&[(Step::AskFee, 5), (Step::PayFee, 12)]);
    assert_eq!(due(&fee).due(), month_after(12));
    let mut steps = vec![
        (Step::AskClarification, 3),
        (Step::Clarify, 8),
        (Step::AskClarification, 10),
    ];
    assert!(due(&british(&steps)).waits());
    steps.push((Step::Clarify, 12));
    // Five days and two.
    let paused = at(month_after(1).unix_seconds() + 7 * 86_400);
    assert_eq!(due(&british(&steps)).due(), paused);
    assert_eq!(state(&british(&steps), 36), DeadlineState::AtRisk);
    assert_eq!(state(&british(&steps), 20), DeadlineState::OnTime);
    // A question that comes too late stops no clock and hides no delay.
    for step in [Step::AskIdentity, Step::AskFee, Step::AskClarification] {
        let late = british(&[(step.clone(), 40)]);
        assert_eq!(due(&late).due(), month_after(1), "{step:?}");
        assert_eq!(state(&late, 41), DeadlineState::Overdue);
    }
    // Elsewhere the same questions stop nothing.
    let german = |steps: &[(Step, i64)]| {
        let intake = intake(RequestKind::Access).jurisdiction(Jurisdiction::new("DE").unwrap());
        steps
            .iter()
            .fold(request(intake), |request, (step, number)| {
                request.apply(&rules, step.clone(), day(*number)).unwrap()
            })
    };
    assert_eq!(due(&german(&steps)).due(), month_after(1));
    assert_eq!(
        due(&german(&[(Step::AskIdentity, 5)])).due(),
        month_after(1)
    );
}

#[test]
fn what_is_owed_for_a_request_has_its_evidence() {
    let rules = rules();
    let complaint = intake(RequestKind::Complaint).jurisdiction(Jurisdiction::new("GB").unwrap());
    let complaint = request(complaint);
    let owed = complaint.obligations(&rules).unwrap();
    assert_eq!(owed[0].what(), ObligationKind::Acknowledge);
    assert_eq!(owed[0].by(), day(31));
    let told = complaint.apply(&rules, Step::Acknowledge, day(30)).unwrap();
    let owed = told.obligations(&rules).unwrap();
    assert_eq!(owed[0].state(day(40)), ObligationState::Fulfilled);
    // The law names no number for the answer, so the strictest counts.
    assert_eq!(owed[1].what(), ObligationKind::Answer);
    assert_eq!(owed[1].by(), day(16));

    let steps = [Step::Accept, Step::Begin, Step::Complete([8; 32])];
    let out = intake(RequestKind::OptOut).jurisdiction(Jurisdiction::new("US-CA").unwrap());
    let out = run(&request(out), steps).unwrap();
    let owed = out.obligations(&rules).unwrap();
    assert_eq!(owed[0].what(), ObligationKind::Confirm);
    assert_eq!(owed[0].evidence().unwrap().digest(), &[8; 32]);
    assert_eq!(owed[0].state(day(100)), ObligationState::Fulfilled);

    let correction = request(intake(RequestKind::Correction).identity(evidence()));
    let correction = run(&correction, [Step::Accept, Step::Begin]).unwrap();
    let owed = correction.obligations(&rules).unwrap();
    // Whose law applies is not known, so the receipt is confirmed as in California.
    let owed = owed.iter().map(|owed| (owed.what(), owed.by()));
    let owed: Vec<_> = owed.collect();
    assert_eq!(owed[0], (ObligationKind::Acknowledge, day(11)));
    assert_eq!(owed[1].0, ObligationKind::Answer);
    assert_eq!(owed[2], (ObligationKind::Rectify, day(6)));
}

#[test]
fn what_an_intake_needs_is_asked_for() {
    let range = DateRange::new(..day(5)).unwrap();
    for (name, broken) in [
        (
            "an appeal against nothing",
            Intake::new(RequestKind::Appeal, day(1), "form"),
        ),
        (
            "no appeal, but against something",
            Intake::new(RequestKind::Access, day(1), "form")
                .appeals(RequestId::from_bytes([1; 16])),
        ),
        (
            "deletion by date",
            intake(RequestKind::Deletion).range(range),
        ),
        (
            "authority without an agent",
            intake(RequestKind::Access).authority(evidence()),
        ),
        ("no channel", Intake::new(RequestKind::Access, day(1), "")),
        (
            "a channel with blanks",
            Intake::new(RequestKind::Access, day(1), "a b"),
        ),
        (
            "an agent with a name",
            intake(RequestKind::Access).agent("Jo Doe"),
        ),
    ] {
        assert_eq!(
            broken.check().unwrap_err().kind(),
            ErrorKind::Config,
            "{name}"
        );
    }
    assert!(DateRange::new(day(2)..day(2)).is_err());
    let id = RequestId::from_bytes([0xab; 16]);
    assert_eq!(id.to_string().parse::<RequestId>().unwrap(), id);
    assert!("AB".repeat(16).parse::<RequestId>().is_err() && "ab".parse::<RequestId>().is_err());
    let request = completed();
    let earlier = request.apply(&rules(), Step::Withdraw, day(1)).unwrap_err();
    assert_eq!(earlier.kind(), ErrorKind::Config);
}

fn access(range: Option<DateRange>) -> Request {
    let intake = intake(RequestKind::Access).identity(evidence());
    request(match range {
        Some(range) => intake.range(range),
        None => intake,
    })
}

#[test]
fn a_bundle_holds_what_may_be_disclosed() {
    let range = DateRange::new(day(10)..day(20)).unwrap();
    let (primary, chat) = (store("primary"), category("chat.log"));
    let build = |turn: bool| {
        let mut builder = BundleBuilder::new(&access(Some(range))).unwrap();
        let mut items = vec![
            (day(10), "first"),
            (day(19), "last"),
            (day(9), "early"),
            (day(20), "late"),
        ];
        if turn {
            items.reverse();
        }
        for (at, text) in items {
            let inside = range.contains(at);
            assert_eq!(
                builder.add(&primary, &chat, at, json!(text)).unwrap(),
                inside
            );
        }
        builder
            .add(
                &primary,
                &category("billing.card"),
                day(11),
                json!("hunter2"),
            )
            .unwrap();
        builder.withhold(kept());
        assert!(
            !builder
                .add(&primary, &category("billing"), day(11), json!("hunter2"))
                .unwrap()
        );
        builder.add_secret_name(&primary, "github-token").unwrap();
        assert!(
            builder
                .add_secret_name(&primary, "a value = hunter2")
                .is_err()
        );
        builder.build(day(21)).unwrap()
    };
    let bundle = build(false);
    assert_eq!(bundle, build(true));
    let manifest: serde_json::Value = serde_json::from_slice(bundle.manifest()).unwrap();
    assert_eq!(manifest["files"].as_array().unwrap().len(), 1);
    assert_eq!(manifest["files"][0]["items"], 2);
    assert_eq!(manifest["outside_range"], 2);
    assert_eq!(manifest["withheld"][0]["clause"], "CC-40");
    assert_eq!(manifest["secrets"]["primary"][0], "github-token");
    assert_eq!(manifest["range"]["from"], "2027-01-10T00:00:00Z");
    let all: Vec<u8> = bundle
        .files()
        .flat_map(|(_, bytes)| bytes.to_vec())
        .collect();
    assert!(
        !String::from_utf8(all).unwrap().contains("hunter2"),
        "it is disclosed"
    );

    Bundle::verify(bundle.manifest(), |path| bundle.file(path)).unwrap();
    assert!(Bundle::verify(bundle.manifest(), |_| None).is_err());
    for (path, bytes) in bundle.files().filter(|(path, _)| *path != "manifest.json") {
        assert_eq!(path, "data/primary/chat.log.json");
        for index in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[index] ^= 1;
            let error = Bundle::verify(bundle.manifest(), |_| Some(&changed));
            assert_eq!(error.unwrap_err().kind(), ErrorKind::Integrity);
        }
    }
    assert!(
        BundleBuilder::new(&completed()).is_err(),
        "a deletion gets no bundle"
    );
    let refused = access(None);
    let no = Step::Refuse(clause("no"), Refusal::NoMatch);
    let refused = refused.apply(&rules(), no, day(2)).unwrap();
    assert!(BundleBuilder::new(&refused).is_err());
}

#[test]
fn what_a_store_withheld_is_in_the_manifest() {
    let steps = [
        Step::Accept,
        Step::Begin,
        report("primary", done(5), vec![kept()]),
        report("backup", StoreOutcome::Nothing, vec![]),
    ];
    let request = run(&access(None), steps).unwrap();
    let bundle = BundleBuilder::new(&request).unwrap().build(day(9)).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(bundle.manifest()).unwrap();
    assert_eq!(manifest["withheld"][0]["category"], "billing");
    let partial = run(&request, [Step::Complete(bundle.digest())]).unwrap();
    assert_eq!(partial.state(), RequestState::Partial);
}

#[test]
fn a_plan_says_what_goes_and_what_stays() {
    let (chat, billing, notes) = (category("chat"), category("billing"), category("notes"));
    let asked = Trigger::DeletionRequested;
    let schedule = Schedule::builder()
        .category(chat.clone())
        .category(billing.clone())
        .category(notes.clone())
        .clause(
            Clause::new(clause("CC-44"), chat.clone().into(), asked)
                .act_by(Disposition::Delete, Period::days(7)),
        )
        .clause(
            Clause::new(clause("CC-45"), billing.clone().into(), asked)
                .act_by(Disposition::Delete, Period::days(7)),
        )
        .clause(
            Clause::new(clause("CC-40"), billing.clone().into(), Trigger::Created)
                .keep_for(Period::years(7))
                .basis(LawfulBasis::LegalObligation)
                .then(Disposition::Delete, Period::days(30)),
        )
        .clause(
            Clause::new(clause("CC-46"), notes.clone().into(), asked)
                .act_by(Disposition::Delete, Period::days(7)),
        )
        .build()
        .unwrap();
    let events = || Events::created(day(1)).at(asked, day(100));
    let person = |name| Person::new(name).unwrap();
    let hold = Hold::builder(
        HoldId::new("case-7").unwrap(),
        Selector::everything().categories(notes.clone()),
    )
    .reason(HoldReason::new("litigation").unwrap())
    .placed(person("counsel"), day(90))
    .review_by(day(300))
    .build();
    let holds = Holds::new(vec![hold.unwrap()]).unwrap();
    let records = || {
        [(&chat, 3), (&billing, 1), (&notes, 1)]
            .into_iter()
            .flat_map(|(category, count)| (0..count).map(move |_| Record::new(category, events())))
    };
    let plan = DeletionPlan::new(
        &DeletionRules::new(&schedule, &holds, &stores()),
        records(),
        day(101),
    )
    .unwrap();
    assert!(plan.is_complete());
    let tasks: Vec<_> = plan
        .tasks()
        .iter()
        .map(|task| (task.store.as_str(), task.records, task.by))
        .collect();
    assert_eq!(tasks, [("backup", 3, day(107)), ("primary", 3, day(107))]);
    assert_eq!(plan.tasks()[0].expires_by, Some(day(142)));
    assert!(
        plan.tasks()
            .iter()
            .all(|task| task.category == chat && task.clause == clause("CC-44"))
    );
    let kept: Vec<_> = plan
        .kept()
        .iter()
        .map(|kept| (kept.category.as_str(), kept.clause.as_str(), kept.until))
        .collect();
    assert_eq!(
        kept,
        [
            ("billing", "CC-40", Some(moment("2034-01-01T00:00:00Z"))),
            ("notes", "case-7", None)
        ]
    );
    assert!(plan.held().eq([&notes]));
    assert_eq!(plan.kept_in(&stores(), &store("primary")).len(), 2);
    assert!(
        plan.to_string()
            .contains("kept: notes because of case-7, no end is known")
    );
    // What the schedule does not know is not passed over.
    let other = category("undeclared");
    let unknown = [Record::new(&other, events())];
    let plan = DeletionPlan::new(
        &DeletionRules::new(&schedule, &holds, &stores()),
        unknown,
        day(101),
    )
    .unwrap();
    assert!(!plan.is_complete() && plan.unknown().eq([&other]));
    // A category that no store holds is a hole in the declaration.
    let narrow =
        DeclaredStore::new(store("primary"), StoreKind::Primary).categories(billing.clone());
    let narrow = Stores::new(vec![narrow]).unwrap();
    assert!(
        DeletionPlan::new(
            &DeletionRules::new(&schedule, &holds, &narrow),
            records(),
            day(101)
        )
        .is_err()
    );
}

#[test]
fn a_breach_affects_whoever_may_have_been_exposed() {
    let name = |text: &str| Identifier::new(text).unwrap();
    let breach = Breach::new(day(10), day(2)..day(4))
        .unwrap()
        .category(category("chat"));
    let touch = |number, subject: &str, kind: &str| {
        Touch::new(day(number))
            .subject(name(subject))
            .category(category(kind))
    };
    let touches = [
        touch(1, "early", "chat"),
        touch(2, "inside", "chat.log").recipient(Processor::new("mailer").unwrap()),
        touch(3, "inside", "chat"),
        touch(3, "other", "billing"),
        touch(4, "late", "chat"),
        Touch::new(day(3)).subject(name("unsaid")),
        Touch::new(day(3)),
    ];
    let affected = breach.affected(touches);
    assert!(
        affected
            .subjects
            .iter()
            .eq([&name("inside"), &name("unsaid")])
    );
    assert_eq!((affected.touches, affected.unnamed), (4, 1));
    assert_eq!(affected.categories.len(), 2);
    assert_eq!(affected.recipients.len(), 1);
    let other = Touch {
        resource: Some(name("db-2")),
        ..touch(3, "x", "chat")
    };
    let narrow = breach.clone().resource(name("db-1"));
    assert_eq!(narrow.affected([other, Touch::new(day(3))]).touches, 1);

    let notice = breach
        .notice(&affected)
        .nature("A backup was public.")
        .contact("dpo@acme.test");
    let notice = notice.consequences("Somebody may have read chats.");
    let notice = notice.measures("It was closed; nothing to do.").unwrap();
    for part in [
        "A backup was public",
        "dpo@acme.test",
        "chat, chat.log",
        "at least 2; 1 accesses name nobody",
        "about 4",
        "mailer",
    ] {
        assert!(notice.as_str().contains(part), "{part}");
    }
    let empty = breach
        .notice(&affected)
        .nature(" ")
        .contact("x")
        .consequences("x");
    assert!(empty.measures("x").is_err());
    let table = ClockTable::shipped().unwrap();
    let german = Jurisdiction::new("DE").unwrap();
    let owed = breach.obligations(&table, [Some(&german)]).unwrap();
    assert_eq!(owed[0].by(), day(13));
    assert!(Breach::new(day(1), day(2)..day(2)).is_err());
}

#[test]
fn a_service_ends_by_its_plan() {
    let ends = || WindDown::new(day(60), clause("CC-41"));
    let plan = ends().plan(&stores()).unwrap();
    assert_eq!(plan.erase_by(), day(90));
    assert_eq!(plan.export_until(), plan.ends());
    // The backup holds what was copied into it until the last moment.
    let owed = plan.tasks().iter().map(|(name, owed)| {
        let due = owed.by();
        assert_eq!(owed.state(due), ObligationState::Violated);
        (name.as_str(), due)
    });
    let owed: Vec<_> = owed.collect();
    assert_eq!(owed, [("backup", day(125)), ("primary", day(90))]);
    assert_eq!(plan.announcement().by(), day(30));
    assert!(ends().export_for(Period::days(31)).plan(&stores()).is_err());
    // A month is 31 days at its longest, and the notice is never too short.
    let month = ends().notice(Period::months(1)).plan(&stores()).unwrap();
    assert!(
        Period::months(1)
            .after(month.announce_by(), crate::time::Rounding::Forward)
            .unwrap()
            <= day(60)
    );
}

fn drp(change: impl Fn(&mut serde_json::Value)) -> serde_json::Value {
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

#[test]
fn a_right_may_depend_on_the_place() {
    let rule = KindRule::new(RequestKind::Portability, clause("portability"))
        .only_in([Jurisdiction::new("EU").unwrap()]);
    let everywhere = KindRule::new(RequestKind::Access, clause("access"));
    let rules = RightsRules::builder(stores()).kind(rule).kind(everywhere);
    let rules = rules.build().unwrap();
    for (place, offered) in [(Some("DE"), true), (Some("US-CA"), false), (None, true)] {
        let place = place.map(|place| Jurisdiction::new(place).unwrap());
        let of = |kind| rules.offers_in(kind, place.as_ref());
        assert_eq!(of(RequestKind::Portability), offered, "{place:?}");
        assert!(of(RequestKind::Access) && !of(RequestKind::Deletion));
        let mut intake = intake(RequestKind::Portability).identity(evidence());
        if let Some(place) = place {
            intake = intake.jurisdiction(place);
        }
        let accepted = request(intake).apply(&rules, Step::Accept, day(2));
        assert_eq!(accepted.is_ok(), offered, "{place:?}");
    }
}
