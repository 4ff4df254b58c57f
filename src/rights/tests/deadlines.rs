//! What is due when, by the table of clocks and by the promise.

use super::*;

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
