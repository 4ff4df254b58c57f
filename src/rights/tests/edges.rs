//! Proofs that come twice, categories that lie in others, and what is not said at all.

use super::agents::drp;
use super::*;

/// In Great Britain the month begins with the proof.
fn british(intake: Intake, steps: &[(Step, i64)]) -> Result<Request, crate::Error> {
    let british = intake.jurisdiction(Jurisdiction::new("GB").unwrap());
    let mut request = request(british);
    for (step, number) in steps {
        request = request.apply(&rules(), step.clone(), day(*number))?;
    }
    Ok(request)
}

#[test]
fn a_proof_that_is_repeated_moves_no_clock() {
    let access = || intake(RequestKind::Access);
    let proved = vec![(Step::AskIdentity, 2), (Step::ProveIdentity(evidence()), 3)];
    let due = |request: &Request| request.deadline(&rules()).unwrap().due();
    let first = due(&british(access(), &proved).unwrap());
    let accepted = [&proved[..], &[(Step::Accept, 4)]].concat();
    for before in [&proved, &accepted] {
        let request = british(access(), before).unwrap();
        assert_eq!(due(&request), first);
        for step in [
            Step::ProveIdentity(evidence()),
            Step::ProveAuthority(evidence()),
        ] {
            let again = request.apply(&rules(), step, day(29)).unwrap_err();
            assert_eq!(again.kind(), ErrorKind::Refused);
        }
        let late = request.deadline_state(&rules(), day(40)).unwrap();
        assert_eq!(late, DeadlineState::Overdue);
    }
    // One that was there from the beginning is there.
    let known = access().identity(evidence());
    let again = british(known, &[(Step::ProveIdentity(evidence()), 2)]);
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Refused);
}

#[test]
fn the_clock_starts_when_all_is_proved_that_was_asked_for() {
    let identity = || Step::ProveIdentity(evidence());
    let authority = || Step::ProveAuthority(evidence());
    let due = |intake, steps: &[(Step, i64)]| {
        let request = british(intake, steps).unwrap();
        request.deadline(&rules()).unwrap().due()
    };
    let month_after = |number| {
        let month = Period::months(1);
        month
            .after(day(number), crate::time::Rounding::Back)
            .unwrap()
    };
    let agent = || intake(RequestKind::Access).agent("agent-1");
    for [one, other] in [[identity(), authority()], [authority(), identity()]] {
        let steps = [(Step::AskIdentity, 2), (one, 3), (other, 8)];
        assert_eq!(due(agent(), &steps), month_after(8));
    }
    // What was proved before the question is proved.
    let steps = [(identity(), 2), (Step::AskIdentity, 3), (authority(), 4)];
    assert_eq!(due(agent(), &steps), month_after(4));
    let steps = [(Step::AskIdentity, 3), (identity(), 5)];
    assert_eq!(due(agent().authority(evidence()), &steps), month_after(5));
    // Nobody asked.
    let steps = [(identity(), 2), (authority(), 9)];
    assert_eq!(due(agent(), &steps), month_after(1));
}

#[test]
fn a_touch_of_the_whole_is_one_of_what_lies_in_it() {
    let name = |text: &str| Identifier::new(text).unwrap();
    let breach = |exposed: &[&str]| {
        let breach = Breach::new(day(10), day(2)..day(4)).unwrap();
        exposed
            .iter()
            .fold(breach, |breach, one| breach.category(category(one)))
    };
    let touch = |kinds: &[&str]| {
        let touch = Touch::new(day(3)).subject(name("jo"));
        let touch = touch.recipient(Processor::new("mailer").unwrap());
        kinds
            .iter()
            .fold(touch, |touch, one| touch.category(category(one)))
    };
    let cases: [[&[&str]; 3]; 9] = [
        [&["chat.log"], &["chat"], &["chat.log"]],
        [&["chat"], &["chat.log"], &["chat.log"]],
        [&["chat"], &["chat"], &["chat"]],
        [
            &["chat.log", "chat.text"],
            &["chat"],
            &["chat.log", "chat.text"],
        ],
        [&["chat.log"], &["chat", "billing"], &["chat.log"]],
        [&["chat.log"], &["chat.text"], &[]],
        [&["chat.log"], &["chatter"], &[]],
        [&["chat"], &["chatter"], &[]],
        [&[], &["billing"], &["billing"]],
    ];
    for [exposed, touched, expected] in cases {
        let affected = breach(exposed).affected([touch(touched)]);
        let expected: BTreeSet<_> = expected.iter().map(|one| category(one)).collect();
        assert_eq!(affected.categories, expected, "{exposed:?} {touched:?}");
        let count = usize::from(!expected.is_empty());
        assert_eq!(
            (affected.subjects.len(), affected.recipients.len()),
            (count, count)
        );
    }
}

#[test]
fn a_breach_of_nobody_knows_whom_owes_the_most() {
    let table = ClockTable::shipped().unwrap();
    let unknown = table.breach([None], day(3)).unwrap();
    assert!(!unknown.is_empty());
    assert_eq!(table.breach([], day(3)).unwrap(), unknown);
    let breach = Breach::new(day(3), day(1)..day(2)).unwrap();
    assert_eq!(breach.obligations(&table, []).unwrap(), unknown);
}

#[test]
fn what_holds_a_part_that_is_withheld_goes_into_no_bundle() {
    let request = request(intake(RequestKind::Access));
    let mut builder = BundleBuilder::new(&request).unwrap();
    let primary = store("primary");
    let item = || json!({"name": "Jo", "email": "jo@mail.test"});
    let whole = category("account");
    assert!(builder.add(&primary, &whole, day(1), item()).unwrap());
    assert!(
        builder
            .add(&primary, &category("chat"), day(1), item())
            .unwrap()
    );
    let email = Kept::new(category("account.email"), clause("third-party"), None);
    assert_eq!(builder.withhold(email), 1);
    let refused = builder.add(&primary, &whole, day(1), item()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    let part = category("account.email.old");
    assert!(!builder.add(&primary, &part, day(1), item()).unwrap());
    let name = category("account.name");
    assert!(
        builder
            .add(&primary, &name, day(1), json!({"name": "Jo"}))
            .unwrap()
    );
    let bundle = builder.build(day(2)).unwrap();
    let texts = bundle
        .files()
        .map(|(_, bytes)| String::from_utf8_lossy(bytes));
    let holding: Vec<_> = texts.filter(|text| text.contains("jo@mail")).collect();
    assert_eq!(holding.len(), 1, "the chat alone");
}

#[test]
fn what_a_store_keeps_is_recorded_once_for_each_clause() {
    let steps = [Step::Accept, Step::Begin];
    let erase = intake(RequestKind::Deletion).identity(evidence());
    let begun = run(&request(erase), steps).unwrap();
    let keep = |number: i64| Kept::new(category("billing"), clause("CC-40"), Some(day(number)));
    let many: Vec<_> = (1_000..71_000).map(keep).collect();
    let step = report("primary", done(1), many);
    let reported = begun.apply(&rules(), step, day(9)).unwrap();
    assert_eq!(reported.kept(), [&keep(70_999)]);
    let endless = Kept::new(category("billing"), clause("CC-40"), None);
    let step = report(
        "primary",
        done(1),
        vec![keep(2_000), endless.clone(), keep(3_000)],
    );
    let reported = begun.apply(&rules(), step, day(9)).unwrap();
    assert_eq!(reported.kept(), [&endless]);
    let clauses = |count: usize| {
        let kept = (0..count).map(|number| {
            let id = clause(&format!("CC-{number}"));
            Kept::new(category("billing"), id, None)
        });
        begun.apply(&rules(), report("primary", done(1), kept.collect()), day(9))
    };
    clauses(Request::MAX_KEPT).unwrap();
    let error = clauses(Request::MAX_KEPT + 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn a_text_that_is_sent_again_is_the_same_request() {
    let parse = |change: fn(&mut serde_json::Value)| {
        DrpRequest::parse(drp(change).to_string().as_bytes()).unwrap()
    };
    let one = parse(|_| {});
    assert_eq!(one.request_id(), parse(|_| {}).request_id());
    let other = parse(|value| value["agent-request-id"] = json!("a-2"));
    assert_ne!(one.request_id(), other.request_id());
}
