//! What holds of every schedule, record and history of events.

use confidant::retention::{
    AnonymityProof, Clause, Disposition, Hold, Holds, Record, Schedule, Selector, Status, Trigger,
};
use confidant::taxonomy::Subject;
use confidant::time::{Moment, Period};

use super::oracle::{Case, HORIZON, moment, next_case, rounds};
use super::rng::Rng;
use super::{hold_id, id, person, reason};

fn cases(seed: u64, check: impl Fn(&Case, &Schedule, &mut Rng)) {
    some_cases(seed, rounds(10_000, 100_000), check);
}

fn some_cases(seed: u64, rounds: u64, check: impl Fn(&Case, &Schedule, &mut Rng)) {
    let mut at = seed * 10_000_000;
    for _ in 0..rounds {
        let (case, schedule) = next_case(&mut at);
        check(&case, &schedule, &mut Rng::new(at ^ 0xabcd));
    }
}

fn hold(name: &str, selector: Selector, placed: Moment) -> Hold {
    let review = moment(HORIZON + 9_000);
    Hold::builder(hold_id(name), selector)
        .reason(reason())
        .placed(person("p"), placed)
        .review_by(review)
        .build()
        .unwrap()
}

fn with(holds: &Holds, new: Hold) -> Holds {
    Holds::new(holds.iter().cloned().chain([new]).collect()).unwrap()
}

#[test]
fn a_hold_never_causes_an_erasure() {
    cases(1, |case, schedule, rng| {
        let (holds, now) = (case.holds(), moment(case.now));
        let placed = moment(rng.below(4_000) as i64);
        let selector = if rng.chance(50) {
            Selector::everything()
        } else {
            Selector::everything().subjects(vec![Subject::new("jo").unwrap()])
        };
        let more = with(&holds, hold("zz", selector, placed));
        case.with_record(|record| {
            let before = schedule.evaluate(record, &holds, now);
            let after = schedule.evaluate(record, &more, now);
            assert!(before.may_act() || !after.may_act());
            // The deadline is shown all the same, and does not move.
            assert_eq!(after.due_by(), before.due_by());
        });
    });
}

#[test]
fn nothing_is_erased_while_a_hold_is_active() {
    cases(2, |case, schedule, _| {
        let now = moment(case.now);
        let held = with(&case.holds(), hold("zz", Selector::everything(), moment(0)));
        case.with_record(|record| {
            let verdict = schedule.evaluate(record, &held, now);
            assert_eq!(verdict.status(), Status::Held);
            assert!(!verdict.may_act() && verdict.action().is_none());
        });
    });
}

#[test]
fn a_released_hold_leaves_every_deadline_where_it_was() {
    cases(3, |case, schedule, rng| {
        if case
            .clauses
            .iter()
            .any(|clause| clause.trigger == Trigger::HoldReleased)
        {
            return;
        }
        let (holds, now) = (case.holds(), moment(case.now));
        let placed = rng.below(2_000) as i64;
        let released = placed + rng.below(500) as i64;
        let plain = hold("zz", Selector::everything(), moment(placed));
        let restarting = plain.clone().restarts_clocks();
        let release = |hold: Hold| hold.released(person("p"), moment(released)).unwrap();
        case.with_record(|record| {
            let before = schedule.evaluate(record, &holds, now);
            let after = schedule.evaluate(record, &with(&holds, release(plain)), now);
            if after.status() != Status::Held {
                assert_eq!(after, before);
            }
            // One that restarts clocks moves deadlines, but only to later.
            let after = schedule.evaluate(record, &with(&holds, release(restarting)), now);
            assert!(before.due_by().is_none() || after.due_by() >= before.due_by());
            assert!(before.may_act() || !after.may_act());
        });
    });
}

#[test]
fn one_more_clause_that_acts_never_moves_a_deadline_to_later() {
    cases(4, |case, schedule, rng| {
        let mut more = case.clone();
        let mut clause = case.clauses[0].clone();
        (clause.id, clause.keep, clause.basis, clause.then) = ("zz".into(), None, None, None);
        clause.categories = vec![case.category];
        clause.yields_to.clear();
        clause.trigger = *rng.pick(&Trigger::ALL[..12]);
        let kinds = confidant::retention::DispositionKind::ALL;
        let span = (rng.below(30) as i64, 1 + rng.below(30) as i64);
        clause.act = Some((*rng.pick(&kinds), span, None));
        more.clauses.push(clause);
        let Ok(stricter) = more.schedule() else {
            return;
        };
        let (holds, now) = (case.holds(), moment(case.now));
        case.with_record(|record| {
            let before = schedule.evaluate(record, &holds, now).due_by();
            let after = stricter.evaluate(record, &holds, now).due_by();
            assert!(before.is_none() || after.is_some_and(|after| Some(after) <= before));
        });
    });
}

#[test]
fn the_order_of_clauses_holds_and_categories_does_not_count() {
    cases(5, |case, schedule, rng| {
        let mut shuffled = case.clone();
        for index in (1..shuffled.clauses.len()).rev() {
            let other = rng.below(index as u64 + 1) as usize;
            shuffled.clauses.swap(index, other);
        }
        let other = shuffled.schedule().unwrap();
        let now = moment(case.now);
        let holds = case.holds();
        let mut turned: Vec<_> = holds.iter().cloned().collect();
        turned.reverse();
        let turned = Holds::new(turned).unwrap();
        case.with_record(|record| {
            let verdict = schedule.evaluate(record, &holds, now);
            assert_eq!(other.evaluate(record, &turned, now), verdict);
            let sentence = schedule.explain(record, &holds, now).to_string();
            assert_eq!(other.explain(record, &turned, now).to_string(), sentence);
        });
    });
}

#[test]
fn no_deadline_is_forgotten_as_time_goes_by() {
    some_cases(6, rounds(1_000, 50_000), |case, schedule, _| {
        let holds = case.holds();
        case.with_record(|record| {
            let mut last = None;
            for day in (0..HORIZON).step_by(3) {
                let verdict = schedule.evaluate(record, &holds, moment(day));
                let status = verdict.status();
                // From Overdue only a hold leads away, as long as it is active, or a law
                // that keeps what is to be erased by now as well.
                if last == Some(Status::Overdue) {
                    let stays = matches!(status, Status::Overdue | Status::Held);
                    assert!(stays || status == Status::Restrict, "day {day}");
                }
                // Nobody but a hold has what is overdue by any clock left alone.
                let early = moment(day - case.skew);
                if verdict.due_by().is_some_and(|by| by < early) {
                    let told = verdict.needs_attention() || status == Status::Held;
                    assert!(told, "day {day}: {verdict:?}");
                }
                if matches!(last, Some(Status::Due | Status::Restrict)) {
                    assert!(
                        !matches!(status, Status::Keep | Status::Unknown),
                        "day {day}"
                    );
                }
                last = Some(status);
            }
        });
    });
}

#[test]
fn what_is_derived_is_due_no_later_than_its_sources() {
    cases(7, |case, schedule, _| {
        let (holds, now) = (case.holds(), moment(case.now));
        case.with_record(|record| {
            let source = schedule.source(record, &holds, now);
            let fresh = confidant::retention::Events::created(now)
                .at(Trigger::LastModified, now)
                .at(Trigger::LastActive, now);
            let derived = Record::new(record.category(), fresh).derived_from(source.clone());
            let free = Record::new(record.category(), fresh);
            let none = Holds::none();
            let own = schedule.evaluate(&free, &none, now).due_by();
            let found = schedule.evaluate(&derived, &none, now);
            if let Some(by) = source.due_by() {
                // Only a law that keeps the derived data itself lets it be any later.
                let law = case.clauses.iter().any(|clause| {
                    clause
                        .basis
                        .is_some_and(confidant::taxonomy::LawfulBasis::outweighs_erasure)
                });
                assert!(law || found.due_by().is_some_and(|due| due <= by));
            }
            let proof = AnonymityProof::new(now, [0; 32])
                .with_smallest_group(10)
                .with_identifiers(0);
            let anonymous = schedule.evaluate(&derived.clone().anonymised(proof), &none, now);
            assert_eq!(anonymous.due_by(), own);
            for weak in [
                AnonymityProof::new(now, [0; 32])
                    .with_smallest_group(9)
                    .with_identifiers(0),
                AnonymityProof::new(now, [0; 32])
                    .with_smallest_group(99)
                    .with_identifiers(1),
            ] {
                let still = schedule.evaluate(&derived.clone().anonymised(weak), &none, now);
                assert_eq!(still, found);
            }
        });
    });
}

#[test]
fn a_shorter_schedule_reaches_what_is_there_and_a_longer_one_does_not() {
    use confidant::retention::{Events, History};
    let mut rng = Rng::new(77);
    let x = super::category("x");
    let schedule = |days| {
        let clause = Clause::new(id("c"), x.clone().into(), Trigger::Created);
        let clause = clause.act_by(Disposition::Delete, Period::days(days));
        Schedule::builder()
            .category(x.clone())
            .clause(clause)
            .build()
            .unwrap()
    };
    for _ in 0..10_000 {
        let mut days = Vec::new();
        let mut from = Vec::new();
        let mut at = 0;
        for _ in 0..1 + rng.below(4) {
            days.push(1 + rng.below(400) as u32);
            from.push(at);
            at += 1 + rng.below(300) as i64;
        }
        let mut history = History::new(moment(from[0]), schedule(days[0]));
        for (from, days) in from.iter().zip(&days).skip(1) {
            history = history.then(moment(*from), schedule(*days)).unwrap();
        }
        let created = rng.below(1_200) as i64;
        let anew = rng.chance(30).then(|| created + rng.below(600) as i64);
        let mut record = Record::new(&x, Events::created(moment(created)));
        if let Some(anew) = anew {
            record = record.reconsented(moment(anew));
        }
        // Version by version: which was promised, and which came behind it.
        let promised = anew.unwrap_or(created);
        let mine = from.iter().rposition(|from| *from <= promised).unwrap_or(0);
        let bounds = (mine..days.len()).map(|version| {
            let end = created + i64::from(days[version]);
            if version == mine {
                end
            } else {
                end.max(from[version])
            }
        });
        let now = moment(rng.below(2_000) as i64);
        let verdict = history.evaluate(&record, &Holds::none(), now);
        assert_eq!(verdict.due_by(), bounds.min().map(moment));
    }
}
