//! The machine of requests, explored whole in small bounds.

use super::*;

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
