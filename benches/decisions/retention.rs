//! How many records a schedule judges in a second, on one thread: by the time that the
//! thread was on a processor, where the system tells it, so that others on the machine do
//! not count.

use std::hint::black_box;
use std::time::{Duration, Instant};

use confidant::decision::ClauseId;
use confidant::retention::{
    Categories, Clause, Disposition, Events, History, Hold, HoldId, HoldReason, Holds, Person,
    Record, RetentionVerdict, Schedule, Selector, Trigger,
};
use confidant::taxonomy::{DataCategory, LawfulBasis, Subject};
use confidant::time::{Moment, Period, Zone};

use crate::plan::Plan;

/// How many different records there are.
const RECORDS: u64 = 10_000;
/// How often all of them are judged in one pass.
const ROUNDS: u32 = 20;
const PASSES: usize = 7;

pub(crate) fn run(plan: &Plan) {
    let (passes, rounds) = if plan.quick { (1, 1) } else { (PASSES, ROUNDS) };
    let product = Product::new();
    let records: Vec<_> = (0..RECORDS).map(|number| product.record(number)).collect();
    println!(
        "{RECORDS} records, {rounds} times, median of {passes}; a record is {} B, a verdict {} B",
        size_of::<Record<'_>>(),
        size_of::<RetentionVerdict>()
    );
    println!("| what | records/s | ns each |");
    println!("|---|--:|--:|");
    let now = moment("2026-06-01T00:00:00Z");
    let none = Holds::none();
    let utc = product.schedule(&Zone::UTC);
    let row = |name: &str, each: &mut dyn FnMut(&Record<'_>)| {
        let mut times: Vec<_> = (0..passes).map(|_| pass(&records, rounds, each)).collect();
        times.sort_unstable();
        let time = times[times.len() / 2];
        let nanoseconds = time.as_secs_f64() * 1e9 / (RECORDS as f64 * f64::from(rounds));
        println!("| {name} | {:.2} M | {nanoseconds:.0} |", 1e3 / nanoseconds);
    };
    row("verdict, 5 clauses, UTC", &mut |record| {
        let _ = black_box(utc.evaluate(record, &none, now));
    });
    let berlin = product.schedule(&Zone::new("Europe/Berlin").expect("a zone"));
    row(
        "verdict, 5 clauses, a zone with summer time",
        &mut |record| {
            let _ = black_box(berlin.evaluate(record, &none, now));
        },
    );
    let holds = product.holds(10_000);
    row("verdict with 10,000 holds on persons", &mut |record| {
        let _ = black_box(utc.evaluate(record, &holds, now));
    });
    let history = History::new(moment("2018-01-01T00:00:00Z"), utc.clone())
        .then(moment("2024-01-01T00:00:00Z"), utc.clone())
        .and_then(|history| history.then(moment("2026-01-01T00:00:00Z"), utc.clone()))
        .expect("a history");
    row("verdict over 3 versions of the schedule", &mut |record| {
        let _ = black_box(history.evaluate(record, &none, now));
    });
    let wide = product.wide();
    row("verdict, 5 of 1,000 clauses apply", &mut |record| {
        let _ = black_box(wide.evaluate(record, &none, now));
    });
    row("plan, counted", &mut |record| {
        let one = std::iter::once((0, record.clone()));
        black_box(utc.plan(one, &none, now).count_all());
    });
    let mut count = 0_u64;
    row("explanation of 1 in 20 as one sentence", &mut |record| {
        count += 1;
        if count.is_multiple_of(20) {
            black_box(utc.explain(record, &none, now).to_string());
        }
    });
}

/// Hands every record to `each`, again and again, and returns how long that took.
fn pass(records: &[Record<'_>], rounds: u32, each: &mut dyn FnMut(&Record<'_>)) -> Duration {
    let (start, on_processor) = (Instant::now(), on_processor());
    for _ in 0..rounds {
        for record in records {
            each(record);
        }
    }
    match (on_processor, self::on_processor()) {
        (Some(before), Some(after)) => after - before,
        _ => start.elapsed(),
    }
}

/// How long this thread was on a processor.
fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

fn moment(text: &str) -> Moment {
    text.parse().expect("a moment")
}

fn id(text: &str) -> ClauseId {
    ClauseId::new(text).expect("an id")
}

/// The records of a product: three categories, four events, a thousand persons.
struct Product {
    categories: Vec<DataCategory>,
    subjects: Vec<Subject>,
}

impl Product {
    fn new() -> Self {
        let category = |name| DataCategory::new(name).expect("a name");
        let subject = |number| Subject::new(&format!("user-{number}")).expect("an id");
        Self {
            categories: ["chat", "chat.intent_log", "billing"].map(category).into(),
            subjects: (0..1_000).map(subject).collect(),
        }
    }

    fn record(&self, number: u64) -> Record<'_> {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let created = moment("2019-01-01T00:00:00Z");
        let created = created.saturating_add(Duration::from_secs(mixed % (7 * 31_536_000)));
        let later = |seconds| created.saturating_add(Duration::from_secs(seconds));
        let mut events = Events::created(created)
            .at(Trigger::LastModified, later(mixed % 100_000))
            .at(Trigger::LastActive, later(mixed % 10_000_000));
        if mixed.is_multiple_of(10) {
            events = events.at(Trigger::DeletionRequested, later(20_000_000));
        }
        let category = &self.categories[(mixed % 3) as usize];
        let subject = &self.subjects[(mixed % 1_000) as usize];
        Record::new(category, events)
            .tenant("acme")
            .subject(subject)
    }

    fn clauses(&self) -> Vec<Clause> {
        let all = || Categories::All;
        vec![
            Clause::new(id("keep"), all(), Trigger::Created)
                .keep_for(Period::days(30))
                .basis(LawfulBasis::Contract),
            Clause::new(
                id("bills"),
                self.categories[2].clone().into(),
                Trigger::Created,
            )
            .keep_for(Period::years(7))
            .basis(LawfulBasis::LegalObligation)
            .then(Disposition::Delete, Period::days(30)),
            Clause::new(id("idle"), all(), Trigger::LastActive)
                .act_by(Disposition::Delete, Period::years(3)),
            Clause::new(
                id("age"),
                self.categories[0].clone().into(),
                Trigger::Created,
            )
            .act_by(Disposition::Delete, Period::months(25)),
            Clause::new(id("asked"), all(), Trigger::DeletionRequested)
                .act_by(Disposition::Delete, Period::days(7)),
            Clause::new(id("closed"), all(), Trigger::AccountClosed)
                .act_by(Disposition::CryptoShred, Period::days(30)),
        ]
    }

    fn schedule(&self, zone: &Zone) -> Schedule {
        let builder = Schedule::builder().zone(zone.clone());
        let builder = self
            .categories
            .iter()
            .cloned()
            .fold(builder, |builder, category| builder.category(category));
        let clauses = self.clauses().into_iter();
        let builder = clauses.fold(builder, |builder, clause| builder.clause(clause));
        builder.build().expect("a schedule")
    }

    /// The same clauses among a thousand that are about other categories.
    fn wide(&self) -> Schedule {
        let mut builder = Schedule::builder();
        for category in &self.categories {
            builder = builder.category(category.clone());
        }
        for clause in self.clauses() {
            builder = builder.clause(clause);
        }
        for number in 0..994 {
            let category = DataCategory::new(&format!("other.c{number}")).expect("a name");
            builder = builder.category(category.clone()).clause(
                Clause::new(id(&format!("o{number}")), category.into(), Trigger::Created)
                    .act_by(Disposition::Delete, Period::days(90)),
            );
        }
        builder.build().expect("a schedule")
    }

    /// Holds on as many persons, few of whom have records here.
    fn holds(&self, count: u64) -> Holds {
        let placed = moment("2026-01-01T00:00:00Z");
        let review = moment("2027-01-01T00:00:00Z");
        let hold = |number: u64| {
            let subject = Subject::new(&format!("user-{}", number * 100)).expect("an id");
            Hold::builder(
                HoldId::new(&format!("hold/{number}")).expect("a name"),
                Selector::everything().subjects(vec![subject]),
            )
            .reason(HoldReason::new("case:1").expect("a reason"))
            .placed(Person::new("staff:1").expect("a person"), placed)
            .review_by(review)
            .build()
            .expect("a hold")
        };
        Holds::new((0..count).map(hold).collect()).expect("holds")
    }
}
