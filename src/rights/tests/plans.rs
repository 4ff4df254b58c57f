//! Plans of deletions and of the end of a service: who is told what goes, at which moment
//! and by which version.

use super::*;
use crate::retention::History;

const ASKED: Trigger = Trigger::DeletionRequested;

fn demanded(id: &str, of: &DataCategory, action: Disposition, days: u32) -> Clause {
    Clause::new(clause(id), of.clone().into(), ASKED).act_by(action, Period::days(days))
}

fn schedule(categories: &[&DataCategory], clauses: Vec<Clause>) -> Schedule {
    let builder = Schedule::builder();
    let builder = categories
        .iter()
        .fold(builder, |builder, one| builder.category((*one).clone()));
    let builder = clauses
        .into_iter()
        .fold(builder, |builder, one| builder.clause(one));
    builder.build().unwrap()
}

fn law(of: &DataCategory) -> Clause {
    Clause::new(clause("CC-40"), of.clone().into(), Trigger::Created)
        .keep_for(Period::years(7))
        .basis(LawfulBasis::LegalObligation)
        .then(Disposition::Delete, Period::days(30))
}

fn plan<'s>(
    schedule: impl Into<Promised<'s>>,
    records: Vec<Record<'_>>,
    now: Moment,
) -> DeletionPlan {
    let (holds, stores) = (Holds::none(), stores());
    let schedule: Promised<'s> = schedule.into();
    let rules = DeletionRules::new(schedule, &holds, &stores);
    DeletionPlan::new(&rules, records, now).unwrap()
}

/// A person who deletes their data in the settings has a plan in the same second.
#[test]
fn a_plan_of_the_moment_of_the_request_says_the_same_as_a_later_one() {
    let (chat, billing, old) = (category("chat"), category("billing"), category("old"));
    let old_rule = Clause::new(clause("CC-1"), old.clone().into(), Trigger::Created);
    let schedule = schedule(
        &[&chat, &billing, &old],
        vec![
            demanded("CC-44", &chat, Disposition::Delete, 7),
            demanded("CC-45", &billing, Disposition::Delete, 7),
            law(&billing),
            old_rule.act_by(Disposition::Delete, Period::years(3)),
        ],
    );
    let asked = day(100);
    let plan_at = |seconds| {
        let events = || Events::created(day(1)).at(ASKED, asked);
        let records = [&chat, &billing, &old].map(|of| Record::new(of, events()));
        let now = at(asked.unix_seconds() + seconds);
        plan(&schedule, records.into(), now)
    };
    let later = plan_at(86_400);
    let tasks: Vec<_> = later
        .tasks()
        .iter()
        .map(|task| task.clause.as_str())
        .collect();
    assert_eq!(tasks, ["CC-44", "CC-44"]);
    let kept: Vec<_> = later
        .kept()
        .iter()
        .map(|kept| kept.clause.as_str())
        .collect();
    assert_eq!(kept, ["CC-40"]);
    // That it is deleted one day keeps nothing, and nobody demands that it goes.
    assert!(later.unknown().eq([&old]));
    for seconds in [-1, 0, 1, 60, 299, 300, 301, 599, 600, 601] {
        assert_eq!(plan_at(seconds), later, "{seconds}");
    }
    // What stays can be reported at once.
    let erase = intake(RequestKind::Deletion).identity(evidence());
    let begun = run(&request(erase), [Step::Accept, Step::Begin]).unwrap();
    let kept = plan_at(1).kept_in(&stores(), &store("primary"));
    begun
        .apply(&rules(), report("primary", done(1), kept), asked)
        .unwrap();
}

#[test]
fn what_stays_is_not_said_to_go() {
    let chat = category("chat");
    let of = |clauses, events: Events| {
        let schedule = schedule(&[&chat], clauses);
        plan(&schedule, vec![Record::new(&chat, events)], day(130))
    };
    let asked = || Events::created(day(1)).at(ASKED, day(100));
    // Somebody looks at it, and has not decided.
    let review = of(
        vec![demanded("CC-2", &chat, Disposition::Review, 7)],
        asked(),
    );
    assert!(review.tasks().is_empty() && review.unknown().eq([&chat]));
    // It is used for nothing else, and stays.
    let restrict = of(
        vec![demanded("CC-3", &chat, Disposition::Restrict, 7)],
        asked(),
    );
    assert!(restrict.tasks().is_empty() && restrict.is_complete());
    let kept = Kept::new(chat.clone(), clause("CC-3"), None);
    assert_eq!(restrict.kept(), [kept]);
    // An erasure that waits for what is not known, beside something that is due.
    let waits = Clause::new(clause("law"), chat.clone().into(), Trigger::ContractEnd)
        .keep_for(Period::years(1))
        .basis(LawfulBasis::LegalObligation);
    let both = vec![
        demanded("CC-44", &chat, Disposition::Delete, 7),
        demanded("CC-2", &chat, Disposition::Review, 7),
        waits,
    ];
    let waiting = of(both, asked().unknown(Trigger::ContractEnd));
    assert!(waiting.tasks().is_empty() && waiting.unknown().eq([&chat]));
}

#[test]
fn a_processor_manages_what_it_holds_alone() {
    let chat = category("chat");
    let managed = vec![demanded("CC-5", &chat, Disposition::ProcessorManaged, 7)];
    let schedule = schedule(&[&chat], managed);
    let asked = Events::created(day(1)).at(ASKED, day(100));
    let model = DeclaredStore::new(store("model"), StoreKind::ProviderResponses)
        .processor(Processor::new("model-inc").unwrap());
    let primary = DeclaredStore::new(store("primary"), StoreKind::Primary);
    let of = |stores: Vec<DeclaredStore>| {
        let stores = Stores::new(stores).unwrap();
        let records = [Record::new(&chat, asked)];
        DeletionPlan::new(
            &DeletionRules::new(&schedule, &Holds::none(), &stores),
            records,
            day(101),
        )
        .unwrap()
    };
    let one = of(vec![model.clone()]);
    assert_eq!((one.tasks().len(), one.is_complete()), (1, true));
    let two = of(vec![model, primary]);
    assert_eq!((two.tasks().len(), two.is_complete()), (1, false));
}

/// Every store says what it keeps of a person with a year of log lines.
#[test]
fn a_request_about_many_records_that_are_kept_is_completed() {
    let billing = category("billing");
    let erase = demanded("CC-45", &billing, Disposition::Delete, 7);
    let schedule = schedule(&[&billing], vec![erase, law(&billing)]);
    let records = (0..5_000).map(|number| {
        let created = at(day(1).unix_seconds() + number * 60);
        Record::new(&billing, Events::created(created).at(ASKED, day(100)))
    });
    let declared = (0..8)
        .map(|number| DeclaredStore::new(store(&format!("store-{number}")), StoreKind::Primary));
    let stores = Stores::new(declared.collect()).unwrap();
    let plan = DeletionPlan::new(
        &DeletionRules::new(&schedule, &Holds::none(), &stores),
        records,
        day(101),
    )
    .unwrap();
    assert_eq!(plan.kept().len(), 1);
    let last = at(day(1).unix_seconds() + 4_999 * 60);
    let until = Period::years(7)
        .after(last, crate::time::Rounding::Forward)
        .unwrap();
    assert_eq!(plan.kept()[0].until, Some(until));
    let rule = KindRule::new(RequestKind::Deletion, clause("IC-1"));
    let rules = RightsRules::builder(stores.clone())
        .kind(rule)
        .build()
        .unwrap();
    let erase = intake(RequestKind::Deletion).identity(evidence());
    let mut request = request(erase);
    let mut take = |step| request = request.apply(&rules, step, day(102)).unwrap();
    take(Step::Accept);
    take(Step::Begin);
    for declared in stores.iter() {
        take(Step::Report {
            store: declared.name().clone(),
            outcome: done(0),
            kept: plan.kept_in(&stores, declared.name()),
        });
    }
    take(Step::Complete([1; 32]));
    assert_eq!(request.state(), RequestState::Partial);
    let bytes = record::write_request(&[1; 32], &request);
    assert!(bytes.len() < 4_096, "{}", bytes.len());
}

/// What was promised when data was collected stays promised.
#[test]
fn a_plan_goes_by_the_version_that_a_record_was_collected_under() {
    let chat = category("chat");
    let version = |days| {
        let id = format!("CC-{days}");
        schedule(
            &[&chat],
            vec![demanded(&id, &chat, Disposition::Delete, days)],
        )
    };
    let (first, second) = (version(7), version(30));
    let history = History::new(day(1), first)
        .then(day(50), second.clone())
        .unwrap();
    let record = |created| Record::new(&chat, Events::created(day(created)).at(ASKED, day(100)));
    let by = |plan: DeletionPlan| plan.tasks()[0].by;
    assert_eq!(by(plan(&history, vec![record(2)], day(101))), day(107));
    assert_eq!(by(plan(&history, vec![record(60)], day(101))), day(130));
    assert_eq!(by(plan(&second, vec![record(2)], day(101))), day(130));
    // Of both together the earlier deadline counts.
    let both = plan(&history, vec![record(60), record(2)], day(101));
    assert_eq!((by(both.clone()), both.tasks()[0].records), (day(107), 2));
    let unknown = Record::new(&chat, Events::new().at(ASKED, day(100)));
    assert!(!plan(&history, vec![unknown], day(101)).is_complete());
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
