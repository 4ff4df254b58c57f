//! Schedules as products promise them, case by case.

use std::time::Duration;

use confidant::ErrorKind;
use confidant::retention::{
    Anonymisation, Brakes, Categories, Clause, DeclaredStore, Disposition, DispositionKind, Events,
    History, Hold, Holds, Missing, NoticeState, Record, RunConfirmation, Schedule, ScheduleBuilder,
    Selector, Start, Status, StoreKind, Stores, Tally, Trigger, WhyLost,
};
use confidant::taxonomy::{
    Classified, DataStore, Jurisdiction, LawfulBasis, Processor, RecordType, Subject,
};
use confidant::time::{Moment, Period, Zone};

use super::{at, category, hold_id, id, person, reason};

const DAY: Duration = Duration::from_secs(86_400);

fn delete(name: &str, categories: impl Into<Categories>, trigger: Trigger, days: u32) -> Clause {
    let clause = Clause::new(id(name), categories.into(), trigger);
    clause.act_by(Disposition::Delete, Period::days(days))
}

fn bills() -> Clause {
    Clause::new(id("CC-40"), category("billing").into(), Trigger::Created)
        .keep_for(Period::years(7))
        .basis(LawfulBasis::LegalObligation)
        .then(Disposition::Delete, Period::days(30))
}

/// The clauses of one real policy.
fn cloud() -> ScheduleBuilder {
    Schedule::builder()
        .category(category("account"))
        .category(category("billing"))
        .category(category("logs"))
        .clause(delete("CC-35", Categories::All, Trigger::AccountClosed, 30))
        .clause(delete("CC-36", category("logs"), Trigger::Created, 90))
        .clause(bills())
        .clause(delete(
            "CC-41",
            Categories::All,
            Trigger::ServiceWindDown,
            30,
        ))
        .clause(delete(
            "CC-44",
            Categories::All,
            Trigger::DeletionRequested,
            7,
        ))
}

fn due(schedule: &Schedule, record: &Record<'_>, now: &str) -> (Status, Option<Moment>) {
    let verdict = schedule.evaluate(record, &Holds::none(), at(now));
    (verdict.status(), verdict.due_by())
}

#[test]
fn seven_days_win_for_a_request_and_thirty_for_a_closed_account() {
    let schedule = cloud().build().unwrap();
    let account = category("account");
    let closed = Events::created(at("2026-01-01")).at(Trigger::AccountClosed, at("2026-04-24"));
    let record = Record::new(&account, closed);
    assert_eq!(
        due(&schedule, &record, "2026-05-01"),
        (Status::Keep, Some(at("2026-05-24")))
    );
    let asked = closed.at(Trigger::DeletionRequested, at("2026-04-24"));
    let record = Record::new(&account, asked);
    assert_eq!(
        due(&schedule, &record, "2026-04-30"),
        (Status::Due, Some(at("2026-05-01")))
    );
    let sentence = schedule
        .explain(&record, &Holds::none(), at("2026-04-30"))
        .to_string();
    assert_eq!(
        sentence,
        "due: delete by 2026-05-01T00:00:00Z because of `CC-44` (deletion_requested at \
         2026-04-24T00:00:00Z, P7D); `CC-35` lost: its deadline is later; `CC-41` lost: its \
         event has not happened; `CC-36` does not apply: category; `CC-40` does not apply: \
         category"
    );
}

#[test]
fn the_policy_says_whether_the_law_survives_a_wind_down() {
    let billing = category("billing");
    let ended = Events::created(at("2026-01-01")).at(Trigger::ServiceWindDown, at("2026-06-01"));
    let record = Record::new(&billing, ended);
    // By default it does.
    let schedule = cloud().build().unwrap();
    assert_eq!(
        due(&schedule, &record, "2026-08-01"),
        (Status::Restrict, Some(at("2033-01-01")))
    );
    // A clause that yields to it says so.
    let builder = Schedule::builder().category(billing.clone());
    let yielding = delete("CC-41", Categories::All, Trigger::ServiceWindDown, 30);
    let yields = builder
        .clone()
        .clause(bills())
        .clause(yielding.clone().yields_to(id("CC-40")));
    let verdict = due(&yields.build().unwrap(), &record, "2026-08-01");
    assert_eq!(verdict, (Status::Restrict, Some(at("2033-01-01"))));
    // The law's clause yields: everything goes.
    let gone = builder
        .clause(bills().yields_to(id("CC-41")))
        .clause(yielding);
    let verdict = due(&gone.build().unwrap(), &record, "2026-08-01");
    assert_eq!(verdict, (Status::Overdue, Some(at("2026-07-01"))));
}

#[test]
fn what_the_law_keeps_is_restricted_once_and_erased_when_it_lets_go() {
    let schedule = cloud().build().unwrap();
    let billing = category("billing");
    let asked = Events::created(at("2024-02-29")).at(Trigger::DeletionRequested, at("2026-04-24"));
    let record = Record::new(&billing, asked);
    let verdict = schedule.evaluate(&record, &Holds::none(), at("2026-05-02"));
    assert_eq!(verdict.status(), Status::Restrict);
    assert_eq!(verdict.action(), Some(DispositionKind::Restrict));
    assert!(verdict.may_act());
    let explained = schedule.explain(&record, &Holds::none(), at("2026-05-02"));
    assert_eq!(explained.kept_by(), Some(&id("CC-40")));
    assert!(explained.to_string().starts_with(
        "restrict: until 2031-03-01T00:00:00Z because of `CC-40` (P7Y), then act on `CC-44` \
         (deletion_requested at 2026-04-24T00:00:00Z, P7D); `CC-35` lost"
    ));
    assert!(
        explained
            .lost()
            .contains(&(id("CC-44"), WhyLost::KeptByLaw))
    );

    let restricted = record.clone().done(DispositionKind::Restrict);
    let verdict = schedule.evaluate(&restricted, &Holds::none(), at("2026-05-02"));
    assert_eq!(
        (verdict.status(), verdict.action()),
        (Status::Restrict, None)
    );
    assert!(!verdict.may_act() && !verdict.needs_attention());
    assert_eq!(
        due(&schedule, &restricted, "2031-03-01").0,
        Status::Restrict
    );
    let after = schedule.evaluate(&restricted, &Holds::none(), at("2031-03-01T00:05:00Z"));
    assert_eq!(
        (after.status(), after.action()),
        (Status::Overdue, Some(DispositionKind::Delete))
    );
}

#[test]
fn a_promise_to_keep_does_not_stand_against_a_deadline() {
    let chat = category("chat");
    let keep = Clause::new(id("keep"), chat.clone().into(), Trigger::Created)
        .keep_for(Period::days(365))
        .basis(LawfulBasis::Contract);
    let asked = delete("asked", chat.clone(), Trigger::DeletionRequested, 7);
    let builder = Schedule::builder().category(chat.clone()).clause(keep);
    let events = Events::created(at("2026-01-01")).at(Trigger::DeletionRequested, at("2026-02-01"));
    let record = Record::new(&chat, events);
    let schedule = builder.clone().clause(asked.clone()).build().unwrap();
    assert_eq!(
        due(&schedule, &record, "2026-02-02"),
        (Status::Due, Some(at("2026-02-08")))
    );
    let lost = schedule.explain(&record, &Holds::none(), at("2026-02-02"));
    assert_eq!(lost.lost(), [(id("keep"), WhyLost::Outweighed)]);
    // Unless the clause says that it yields.
    let schedule = builder.clause(asked.yields_to(id("keep"))).build().unwrap();
    assert_eq!(
        due(&schedule, &record, "2026-02-09"),
        (Status::Keep, Some(at("2027-01-01")))
    );
}

#[test]
fn a_closer_clause_goes_before_to_keep_and_never_to_erase_later() {
    let (above, below) = (category("chat"), category("chat.log"));
    let keep = |name: &str, of: &str, days| {
        Clause::new(id(name), category(of).into(), Trigger::Created).keep_for(Period::days(days))
    };
    let schedule = Schedule::builder()
        .category(above.clone())
        .category(below.clone())
        .clause(keep("above", "chat", 20))
        .clause(keep("below", "chat.log", 10))
        .clause(delete("gone", above.clone(), Trigger::Created, 60))
        .clause(delete("later", below.clone(), Trigger::Created, 90))
        .build()
        .unwrap();
    let not_before = |name| {
        let record = Record::new(name, Events::created(at("2026-01-01")));
        let now = at("2026-01-02");
        schedule.evaluate(&record, &Holds::none(), now)
    };
    assert_eq!(not_before(&above).due_by(), Some(at("2026-03-02")));
    assert_eq!(not_before(&below).due_by(), Some(at("2026-03-02")));
    let record = Record::new(&below, Events::created(at("2026-01-01")));
    let lost = schedule.explain(&record, &Holds::none(), at("2026-01-02"));
    assert!(lost.lost().contains(&(id("above"), WhyLost::Displaced)));
    assert!(lost.lost().contains(&(id("later"), WhyLost::Later)));
}

#[test]
fn what_is_missing_is_told_and_never_guessed() {
    let schedule = cloud().build().unwrap();
    let (logs, other) = (category("logs"), category("other"));
    let none = Holds::none();
    let now = at("2026-05-01");
    let missing = |record: &Record<'_>| {
        let verdict = schedule.evaluate(record, &none, now);
        assert_eq!(verdict.status(), Status::Unknown);
        assert!(!verdict.may_act() && verdict.needs_attention());
        verdict.missing().unwrap()
    };
    assert_eq!(
        missing(&Record::new(&other, Events::created(now))),
        Missing::Category
    );
    let unborn = Record::new(&logs, Events::new());
    assert_eq!(missing(&unborn), Missing::Event(Trigger::Created));
    let asked = Events::created(now).unknown(Trigger::DeletionRequested);
    let record = Record::new(&logs, asked);
    assert_eq!(missing(&record), Missing::Event(Trigger::DeletionRequested));
    // A deadline that is over stays over: the other one could only be earlier.
    let old = Events::created(at("2020-01-01")).unknown(Trigger::DeletionRequested);
    let verdict = schedule.evaluate(&Record::new(&logs, old), &none, now);
    assert_eq!(verdict.status(), Status::Overdue);
    assert_eq!(
        verdict.missing(),
        Some(Missing::Event(Trigger::DeletionRequested))
    );
}

#[test]
fn a_hold_suspends_and_its_release_restarts_nothing_unless_it_says_so() {
    let schedule = cloud().build().unwrap();
    let logs = category("logs");
    let record = Record::new(&logs, Events::created(at("2026-01-01"))).tenant("acme");
    let hold = Hold::builder(hold_id("hold/1"), Selector::everything().tenant("acme"))
        .reason(reason())
        .placed(person("staff:1"), at("2026-02-01"))
        .review_by(at("2026-08-01"))
        .build();
    let hold = hold.unwrap();
    let holds = |hold: Hold| Holds::new(vec![hold]).unwrap();
    let now = at("2026-05-01");
    let held = schedule.explain(&record, &holds(hold.clone()), now);
    assert_eq!(held.verdict().status(), Status::Held);
    assert_eq!(held.verdict().due_by(), Some(at("2026-04-01")));
    assert_eq!(held.hold(), Some(&hold_id("hold/1")));
    assert!(held.to_string().starts_with(
        "held: `hold/1` suspends all actions; otherwise until 2026-03-31T00:00:00Z, then"
    ));
    assert!(!held.decision().is_allow());
    // Another tenant's records go on.
    let other = record.clone().tenant("other");
    let verdict = schedule.evaluate(&other, &holds(hold.clone()), now);
    assert_eq!(verdict.status(), Status::Overdue);

    let released = hold
        .clone()
        .released(person("staff:2"), at("2026-04-20"))
        .unwrap();
    let verdict = schedule.evaluate(&record, &holds(released), now);
    assert_eq!(
        (verdict.status(), verdict.due_by()),
        (Status::Overdue, Some(at("2026-04-01")))
    );
    let restarting = hold.clone().restarts_clocks();
    let released = restarting
        .released(person("staff:2"), at("2026-04-20"))
        .unwrap();
    let verdict = schedule.evaluate(&record, &holds(released), now);
    assert_eq!(
        (verdict.status(), verdict.due_by()),
        (Status::Keep, Some(at("2026-07-19")))
    );

    // Two persons may make an exception; one may not.
    let all = Selector::everything();
    let alone = hold
        .clone()
        .overridden(all.clone(), [person("a"), person("a")], now);
    assert_eq!(alone.unwrap_err().kind(), ErrorKind::Refused);
    let overridden = hold
        .clone()
        .overridden(all, [person("a"), person("b")], now)
        .unwrap();
    let later = now.saturating_add(DAY);
    let verdict = schedule.evaluate(&record, &holds(overridden.clone()), later);
    assert_eq!(verdict.status(), Status::Overdue);
    assert_eq!(
        schedule.evaluate(&record, &holds(overridden), now).status(),
        Status::Held
    );

    // It holds beyond its review, and is told of.
    let holds = holds(hold);
    assert_eq!(holds.past_review(at("2026-07-31")).count(), 0);
    assert_eq!(holds.past_review(at("2026-08-01")).count(), 1);
    assert_eq!(
        schedule
            .evaluate(&record, &holds, at("2030-01-01"))
            .status(),
        Status::Held
    );
}

#[test]
fn a_hold_selects_by_subject_category_and_time() {
    let (logs, account) = (category("logs"), category("account"));
    let jo = Subject::new("jo").unwrap();
    let al = Subject::new("al").unwrap();
    let created = |day| Events::created(at(day));
    let early = Record::new(&logs, created("2026-01-01")).subject(&jo);
    let selects = |selector: Selector, record: &Record<'_>| selector.selects(record);
    let all = Selector::everything;
    assert!(selects(all(), &early));
    assert!(selects(
        all().subjects(vec![al.clone(), jo.clone()]),
        &early
    ));
    assert!(!selects(all().subjects(vec![al]), &early));
    assert!(!selects(
        all().subjects(vec![jo.clone()]),
        &Record::new(&logs, created("2026-01-01"))
    ));
    assert!(selects(all().categories(logs.clone()), &early));
    assert!(!selects(all().categories(account), &early));
    assert!(selects(all().created_from(at("2026-01-01")), &early));
    assert!(!selects(all().created_from(at("2026-01-02")), &early));
    assert!(!selects(all().created_before(at("2026-01-01")), &early));
    let unknown = Record::new(&logs, Events::new());
    assert!(selects(all().created_before(at("2000-01-01")), &unknown));
}

#[test]
fn nobody_is_erased_without_the_notice_that_was_promised() {
    let account = category("account");
    let india = Jurisdiction::new("IN").unwrap();
    let idle = delete("idle", account.clone(), Trigger::LastActive, 1_095);
    let asked = delete("asked", account.clone(), Trigger::DeletionRequested, 7);
    let schedule = Schedule::builder()
        .category(account.clone())
        .clause(idle)
        .clause(asked)
        .notice_in(india, "PT48H".parse().unwrap())
        .build()
        .unwrap();
    let events = Events::created(at("2023-01-01")).at(Trigger::LastActive, at("2023-01-01"));
    let record = Record::new(&account, events).jurisdiction(india);
    let verdict = |record: &Record<'_>, now| schedule.evaluate(record, &Holds::none(), at(now));
    // It may go from 2025-12-30 on, so they are told in time for that.
    let before = verdict(&record, "2025-12-27");
    assert_eq!(
        (before.notice(), before.needs_attention()),
        (NoticeState::NotDue, false)
    );
    let told = verdict(&record, "2025-12-28");
    assert_eq!(
        (told.status(), told.notice()),
        (Status::Keep, NoticeState::Due)
    );
    assert!(told.needs_attention());
    let late = verdict(&record, "2026-02-01");
    assert_eq!(
        (late.status(), late.notice(), late.may_act()),
        (Status::Overdue, NoticeState::Due, false)
    );
    let noticed = record.clone().noticed(at("2026-02-01"));
    let waiting = verdict(&noticed, "2026-02-02");
    assert_eq!(waiting.notice(), NoticeState::Waiting(at("2026-02-03")));
    assert!(!waiting.may_act());
    assert!(verdict(&noticed, "2026-02-04").may_act());
    // Elsewhere nobody promised it, and who asked is not told that they did.
    let elsewhere = Record::new(&account, events);
    assert!(verdict(&elsewhere, "2026-02-01").may_act());
    let asked = events.at(Trigger::DeletionRequested, at("2025-06-01"));
    let asked = Record::new(&account, asked).jurisdiction(india);
    assert!(verdict(&asked, "2025-06-02").may_act());
    assert_eq!(verdict(&asked, "2025-06-02").notice(), NoticeState::NotDue);
}

#[test]
fn derived_data_goes_with_its_sources() {
    let schedule = cloud().build().unwrap();
    let (billing, logs) = (category("billing"), category("logs"));
    let asked = Events::created(at("2024-01-01")).at(Trigger::DeletionRequested, at("2026-04-24"));
    let bill = Record::new(&billing, asked);
    let now = at("2026-05-01");
    // That the law keeps the bill does not keep what was made of it.
    let source = schedule.source(&bill, &Holds::none(), now);
    assert_eq!(source.due_by(), Some(at("2026-05-01")));
    assert_eq!(source.clause(), Some(&id("CC-44")));
    let made = Record::new(&logs, Events::created(at("2026-04-30"))).derived_from(source);
    let explained = schedule.explain(&made, &Holds::none(), now);
    assert_eq!(explained.verdict().due_by(), Some(at("2026-05-01")));
    assert!(
        explained
            .to_string()
            .contains("because of `CC-44` (of a source)"),
        "{explained}"
    );
    // Of a source of which nothing is known nothing follows but a question.
    let unknown = schedule.source(&Record::new(&logs, Events::new()), &Holds::none(), now);
    let made = Record::new(&logs, Events::created(at("2026-04-30"))).derived_from(unknown);
    let verdict = schedule.evaluate(&made, &Holds::none(), now);
    assert_eq!(
        (verdict.status(), verdict.missing()),
        (Status::Unknown, Some(Missing::Source))
    );
}

#[test]
fn the_law_may_lengthen_what_is_there_and_nobody_else() {
    let billing = category("billing");
    let kept = |years, existing| {
        let clause = Clause::new(id("law"), billing.clone().into(), Trigger::Created)
            .keep_for(Period::years(years))
            .basis(LawfulBasis::LegalObligation)
            .then(Disposition::Delete, Period::days(30));
        let clause = if existing {
            clause.for_existing_data()
        } else {
            clause
        };
        Schedule::builder()
            .category(billing.clone())
            .clause(clause)
            .build()
            .unwrap()
    };
    let record = Record::new(&billing, Events::created(at("2020-01-01")));
    let from = at("2025-01-01");
    let due = |first, next| {
        let history = History::new(at("2019-01-01"), first)
            .then(from, next)
            .unwrap();
        let explained = history
            .explain(&record, &Holds::none(), at("2026-01-01"))
            .unwrap();
        (
            explained.verdict().not_before(),
            explained.verdict().due_by(),
        )
    };
    let seven = (Some(at("2027-01-01")), Some(at("2027-01-31")));
    assert_eq!(due(kept(7, false), kept(10, false)), seven);
    let ten = due(kept(7, false), kept(10, true));
    assert_eq!(ten, (Some(at("2030-01-01")), Some(at("2030-01-01"))));
    // A law that asks for less lets go, from the day on from which it counts.
    let five = due(kept(7, false), kept(5, false));
    assert_eq!(five, (Some(at("2025-01-01")), Some(at("2025-01-31"))));
}

#[test]
fn what_a_processor_owes_is_never_overdue_here() {
    let chat = category("chat");
    let clause = Clause::new(id("theirs"), chat.clone().into(), Trigger::Created)
        .act_by(Disposition::ProcessorManaged, Period::days(30));
    let schedule = Schedule::builder()
        .category(chat.clone())
        .clause(clause)
        .build()
        .unwrap();
    let record = Record::new(&chat, Events::created(at("2020-01-01")));
    assert_eq!(due(&schedule, &record, "2026-01-01").0, Status::Due);
    let asked = record.done(DispositionKind::ProcessorManaged);
    assert_eq!(due(&schedule, &asked, "2026-01-01").0, Status::Keep);
}

#[test]
fn the_stronger_of_two_actions_wins_at_the_same_moment() {
    let chat = category("chat");
    let nobody = category("statistics");
    let actions = [
        Disposition::Review,
        Disposition::ProcessorManaged,
        Disposition::Restrict,
        Disposition::Anonymise(Anonymisation::new(nobody.clone(), 10)),
        Disposition::Delete,
        Disposition::CryptoShred,
    ];
    for (weak, one) in actions.iter().enumerate() {
        for other in &actions[weak + 1..] {
            let clause = |name: &str, action: &Disposition| {
                let clause = Clause::new(id(name), chat.clone().into(), Trigger::Created);
                clause.act_by(action.clone(), Period::days(30))
            };
            let schedule = Schedule::builder()
                .category(chat.clone())
                .anonymous_category(nobody.clone())
                .clause(clause("a", one))
                .clause(clause("b", other))
                .build()
                .unwrap();
            let record = Record::new(&chat, Events::created(at("2026-01-01")));
            let verdict = schedule.evaluate(&record, &Holds::none(), at("2026-03-01"));
            assert_eq!(verdict.action(), Some(other.kind()));
            let action = schedule.action_of(&record, &verdict).unwrap();
            assert_eq!(action, (other.clone(), Some(id("b"))));
        }
    }
}

#[test]
fn an_active_account_keeps_its_data_until_it_ends() {
    let chat = category("chat");
    let schedule = Schedule::builder()
        .category(chat.clone())
        .clause(Clause::keep_while_active(id("IC-17"), chat.clone().into()))
        .clause(delete("IC-57", chat.clone(), Trigger::AccountClosed, 30))
        .build()
        .unwrap();
    assert_eq!(schedule.unbounded(), [&chat]);
    let events = Events::created(at("2020-01-01"));
    let record = Record::new(&chat, events);
    let explained = schedule.explain(&record, &Holds::none(), at("2026-01-01"));
    assert_eq!(explained.verdict().status(), Status::Keep);
    assert_eq!(explained.verdict().not_before(), Some(Moment::MAX));
    assert!(
        explained
            .to_string()
            .starts_with("keep: as long as it is in use because of `IC-17`")
    );
    let closed = Record::new(&chat, events.at(Trigger::AccountClosed, at("2026-01-01")));
    assert_eq!(
        due(&schedule, &closed, "2026-01-02"),
        (Status::Keep, Some(at("2026-01-31")))
    );
    assert_eq!(due(&schedule, &closed, "2026-01-31").0, Status::Overdue);
}

#[test]
fn each_fault_of_a_schedule_has_its_own_message() {
    let (a, b) = (category("a"), category("b"));
    let clause = |name: &str| Clause::new(id(name), a.clone().into(), Trigger::Created);
    let good = || delete("good", a.clone(), Trigger::Created, 30);
    let base = || Schedule::builder().category(a.clone()).clause(good());
    let keep = |name: &str| clause(name).keep_for(Period::days(90));
    let anonymise =
        |into: &str, group| Disposition::Anonymise(Anonymisation::new(category(into), group));
    let faults = [
        (base().clause(good()), "clause is declared twice, in `good`"),
        (
            base().category(a.clone()),
            "category is declared twice, in `a`",
        ),
        (
            base().category(b.clone()),
            "category is declared, but has no clause, in `b`",
        ),
        (base().clause(clause("c")), "clause demands nothing, in `c`"),
        (
            base().clause(
                Clause::new(id("c"), vec![].into(), Trigger::Created).keep_for(Period::days(1)),
            ),
            "clause is about no category, in `c`",
        ),
        (
            base().clause(delete("c", a.clone(), Trigger::WhileActive, 3)),
            "clause acts on a state that is no event, in `c`",
        ),
        (
            base().clause(good_basis(&a)),
            "clause has a basis and keeps nothing, in `c`",
        ),
        (
            base().clause(
                delete("c", a.clone(), Trigger::Created, 3)
                    .then(Disposition::Delete, Period::days(1)),
            ),
            "clause acts after keeping nothing, in `c`",
        ),
        (
            base().clause(clause("c").keep_for(Period::ZERO)),
            "clause keeps for no time at all, in `c`",
        ),
        (
            base().clause(
                clause("c")
                    .keep_for(Period::days(3))
                    .then(Disposition::Delete, Period::ZERO),
            ),
            "clause leaves no time to act after keeping, in `c`",
        ),
        (
            base().clause(
                clause("c")
                    .keep_for(Period::days(3))
                    .notice(Period::days(1)),
            ),
            "clause gives notice of nothing, in `c`",
        ),
        (
            base().clause(clause("c").keep_for(Period::days(3)).for_existing_data()),
            "clause keeps existing data for longer without a legal obligation or claim, in `c`",
        ),
        (
            base().clause(keep("c")),
            "clause keeps and deletes on the same event, which cannot both hold, in `good`",
        ),
        (
            base().clause(clause("c").keep_for(Period::days(3)).yields_to(id("d"))),
            "a clause that is yielded to is not declared, in `c`",
        ),
        (
            base()
                .clause(keep("c").yields_to(id("d")))
                .clause(delete("d", a.clone(), Trigger::AccountClosed, 3).yields_to(id("c"))),
            "two clauses yield to each other, in `c`",
        ),
        (
            base().clause(delete("c", a.clone(), Trigger::AccountClosed, 3).yields_to(id("good"))),
            "clause yields to one that it does not conflict with, in `c`",
        ),
        (
            base().clause(clause("c").act_by(anonymise("x", 10), Period::days(60))),
            "the category that data is anonymised into is not declared, in `c`",
        ),
        (
            base().clause(clause("c").act_by(anonymise("a", 10), Period::days(60))),
            "clause anonymises data into a category of its own, in `c`",
        ),
        (
            base()
                .anonymous_category(b.clone())
                .clause(clause("c").act_by(anonymise("b", 1), Period::days(60))),
            "clause takes a single person for a group, in `c`",
        ),
    ];
    for (builder, message) in faults {
        let problems = builder.problems();
        let found: Vec<_> = problems
            .iter()
            .map(|found| found.error().to_string())
            .collect();
        assert!(
            found.iter().any(|found| found == message),
            "{message}: {found:?}"
        );
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{message}");
    }
    assert!(base().problems().is_empty() && base().build().is_ok());
    // All of them are told at once.
    let worst = base().category(b).clause(clause("c")).clause(keep("d"));
    assert_eq!(worst.problems().len(), 3);
    let many = (0..5_000).fold(Schedule::builder(), |builder, _| builder.clause(good()));
    assert_eq!(many.build().unwrap_err().kind(), ErrorKind::Limit);
}

fn good_basis(a: &confidant::taxonomy::DataCategory) -> Clause {
    delete("c", a.clone(), Trigger::Created, 3).basis(LawfulBasis::Consent)
}

#[test]
fn a_plan_keeps_no_record_and_is_the_same_each_time() {
    let schedule = cloud().build().unwrap();
    let logs = category("logs");
    let holds = Holds::none();
    let records = || {
        (0..10_000_u64).map(|number| {
            let created = at("2025-01-01").saturating_add(Duration::from_secs(number * 3_600));
            (number, Record::new(&logs, Events::created(created)))
        })
    };
    let now = at("2025-06-01");
    let first: Vec<_> = schedule
        .plan(records(), &holds, now)
        .map(|one| (one.key, one.verdict))
        .collect();
    let again: Vec<_> = schedule
        .plan(records(), &holds, now)
        .map(|one| (one.key, one.verdict))
        .collect();
    assert_eq!(first, again);
    let tally = schedule.plan(records(), &holds, now).count_all();
    assert_eq!(tally.erasures as usize, first.len());
    assert_eq!(tally.records, 10_000);
    assert_eq!(tally.kept + tally.due + tally.overdue, 10_000);
    let history = History::new(at("2024-01-01"), schedule.clone());
    assert_eq!(history.plan(records(), &holds, now).count_all(), tally);
}

#[test]
fn a_wrong_clock_and_a_mass_deletion_stop() {
    let brakes = Brakes::default()
        .max_jump(DAY * 2)
        .max_percent(10)
        .always_allowed(5);
    let skew = Duration::from_secs(300);
    let last = at("2026-05-01");
    let clock = |now, confirmed: Option<&RunConfirmation>| {
        brakes.check_clock(Some(last), now, skew, confirmed)
    };
    let behind = last.saturating_sub(skew);
    assert!(clock(behind, None).is_ok());
    let refused = clock(behind.saturating_sub(Duration::from_nanos(1)), None).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    let ahead = last.saturating_add(DAY * 2);
    assert!(clock(ahead, None).is_ok());
    let far = ahead.saturating_add(Duration::from_nanos(1));
    assert_eq!(clock(far, None).unwrap_err().kind(), ErrorKind::Refused);
    assert!(brakes.check_clock(None, far, skew, None).is_ok());
    let confirmed = RunConfirmation::new(person("staff:1"), far, 0);
    assert!(clock(far, Some(&confirmed)).is_ok());
    // A confirmation is for one moment, and goes stale.
    let stale = far.saturating_add(RunConfirmation::VALID_FOR * 2);
    assert!(clock(stale, Some(&confirmed)).is_err());

    let mut tally = Tally::default();
    let share = |tally: &Tally, confirmed: Option<&RunConfirmation>| {
        brakes.check_share(tally, last, confirmed)
    };
    (tally.records, tally.erasures) = (1_000, 100);
    assert!(share(&tally, None).is_ok());
    tally.erasures = 101;
    assert_eq!(share(&tally, None).unwrap_err().kind(), ErrorKind::Refused);
    let enough = RunConfirmation::new(person("staff:1"), last, 101);
    assert!(share(&tally, Some(&enough)).is_ok());
    let few = RunConfirmation::new(person("staff:1"), last, 100);
    assert!(share(&tally, Some(&few)).is_err());
    (tally.records, tally.erasures) = (5, 5);
    assert!(share(&tally, None).is_ok());
}

#[test]
fn every_store_is_declared() {
    struct Chat;
    impl Classified for Chat {
        const CATEGORY: &'static str = "chat";
        const STORES: &'static [&'static str] = &["primary", "vectors"];
    }
    let store = |name: &str, kind| DeclaredStore::new(DataStore::new(name).unwrap(), kind);
    let primary = store("primary", StoreKind::Primary);
    let vectors = store("vectors", StoreKind::VectorIndex).categories(category("chat"));
    let kept = [RecordType::of::<Chat>()];
    let both = Stores::new(vec![vectors.clone(), primary.clone()]).unwrap();
    assert!(both.check(&kept).is_ok());
    assert_eq!(both.holding(&category("billing")).count(), 1);
    assert_eq!(both.holding(&category("chat.log")).count(), 2);
    let one = Stores::new(vec![primary.clone()]).unwrap();
    assert_eq!(one.check(&kept).unwrap_err().kind(), ErrorKind::Config);
    let narrow = vectors.categories(category("billing"));
    assert!(
        Stores::new(vec![primary.clone(), narrow])
            .unwrap()
            .check(&kept)
            .is_err()
    );
    assert!(Stores::new(vec![]).is_err());
    assert!(Stores::new(vec![primary.clone(), primary]).is_err());
    let files = store("anthropic.files", StoreKind::ProviderFiles)
        .processor(Processor::new("anthropic").unwrap());
    assert!(files.held_by().is_some());
}

#[test]
fn days_are_those_of_the_zone_and_starts_those_of_the_clause() {
    let chat = category("chat");
    let clause = delete("c", chat.clone(), Trigger::Created, 1).start(Start::AtOnce);
    let build = |zone: &str| {
        Schedule::builder()
            .category(chat.clone())
            .clause(clause.clone())
            .zone(Zone::new(zone).unwrap())
            .build()
            .unwrap()
    };
    let record = Record::new(&chat, Events::created(at("2026-03-28T12:00:00Z")));
    let berlin = due(&build("Europe/Berlin"), &record, "2026-03-28T12:05:00Z");
    assert_eq!(berlin, (Status::Due, Some(at("2026-03-29T11:00:00Z"))));
    let utc = due(&build("UTC"), &record, "2026-03-28T12:05:00Z");
    assert_eq!(utc, (Status::Due, Some(at("2026-03-29T12:00:00Z"))));
}

#[test]
fn nothing_of_a_record_is_shown() {
    let chat = category("chat");
    let subject = Subject::new("hunter2").unwrap();
    let record = Record::new(&chat, Events::created(at("2026-01-01")))
        .tenant("hunter2")
        .subject(&subject);
    let selector = Selector::everything()
        .tenant("hunter2")
        .subjects(vec![subject.clone()]);
    let hold = Hold::builder(hold_id("h"), selector)
        .reason(reason())
        .placed(person("p"), at("2026-01-01"))
        .review_by(at("2027-01-01"))
        .build();
    let holds = Holds::new(vec![hold.unwrap()]).unwrap();
    let schedule = cloud().build().unwrap();
    let explained = schedule.explain(&record, &holds, at("2026-05-01"));
    let shown = format!(
        "{record:?} {record:#?} {holds:?} {holds:#?} {schedule:?} {explained:?} {explained}"
    );
    assert!(!shown.contains("hunter2"));
}
