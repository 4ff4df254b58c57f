//! Consent: verdicts on loaded facts, with purposes by numbers and by names, and
//! explanations, as the number of data subjects grows.

use std::hint::black_box;
use std::time::Instant;

use confidant::consent::{
    Age, ConsentFacts, ConsentRules, ConsentState, Event, Gpc, GpcConflict, NewReceipt, Notice,
    NoticeRef, PurposeRule, ReceiptId, Signals, Use,
};
use confidant::decision::ClauseId;
use confidant::taxonomy::{DataCategory, LawfulBasis, Purpose};
use confidant::time::Moment;

use crate::plan::Plan;
use crate::visibility::resident;

const QUESTIONS: usize = 20_000;
const PASSES: usize = 15;
const PURPOSES: [&str; 8] = [
    "service",
    "billing",
    "security",
    "training",
    "marketing",
    "sale",
    "analytics",
    "research",
];
const CATEGORIES: [&str; 4] = ["chat", "chat.intent_log", "account.email", "usage"];

/// One question: whose facts, and which purpose and category.
struct Question {
    subject: usize,
    purpose: usize,
    category: usize,
    signals: Signals,
}

struct Scene {
    rules: ConsentRules,
    facts: Vec<ConsentFacts>,
    purposes: Vec<Purpose>,
    categories: Vec<DataCategory>,
    questions: Vec<Question>,
    now: Moment,
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

fn moment(seconds: i64) -> Moment {
    Moment::from_unix_seconds(seconds).expect("in bounds")
}

fn purpose(name: &str) -> Purpose {
    Purpose::new(name).expect("a name")
}

fn rules() -> ConsentRules {
    let clause = |name: &str| ClauseId::new(name).expect("an id");
    let mut builder = ConsentRules::builder().gpc(GpcConflict::SignalWins, clause("gpc"));
    let mut notice = Notice::new("v1").text("en", [1; 32]).expect("a notice");
    for name in PURPOSES {
        let basis = match name {
            "service" | "billing" => LawfulBasis::Contract,
            "security" | "analytics" => LawfulBasis::LegitimateInterest,
            _ => LawfulBasis::Consent,
        };
        let mut rule = PurposeRule::on_basis(purpose(name), basis, clause(name));
        for category in ["chat", "account"] {
            rule = rule.category(DataCategory::new(category).expect("a name"));
        }
        if name == "sale" {
            rule = rule.sale_or_sharing();
        }
        builder = builder.purpose(rule);
        notice = notice.covers(purpose(name));
    }
    let builder = builder.notice(notice).min_age(16, clause("age"));
    builder.build().expect("rules")
}

/// Some receipts of somebody, as they come together in a few years.
fn facts(numbers: &mut Numbers) -> ConsentFacts {
    let count = numbers.below(9);
    let receipts = (0..count).map(|_| {
        let at = moment(1_000 + numbers.below(1_000) as i64);
        let name = purpose(PURPOSES[3 + numbers.below(5)]);
        let receipt = match numbers.below(8) {
            0 => NewReceipt::consent(ConsentState::Withdrawn, [name], at),
            1 => NewReceipt::new(Event::Objected, [name], at),
            2 => NewReceipt::new(Event::OptedOut, [name], at),
            _ => NewReceipt::consent(ConsentState::Given, [name], at)
                .expires(moment(1_500 + numbers.below(2_000) as i64 + 1_000)),
        };
        let mut id = [0; 16];
        id[..8].copy_from_slice(&numbers.0.to_be_bytes());
        receipt
            .id(ReceiptId::from_bytes(id))
            .notice(NoticeRef::new("v1", "en", [1; 32]).expect("a notice"))
            .method("form")
            .withdrawal_route("settings")
            .into_receipt(moment(10_000))
            .expect("a receipt")
    });
    ConsentFacts::new(receipts.collect())
}

impl Scene {
    fn new(subjects: usize) -> Self {
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
        let facts = (0..subjects).map(|_| facts(&mut numbers)).collect();
        let questions = (0..QUESTIONS)
            .map(|_| Question {
                subject: numbers.below(subjects),
                purpose: numbers.below(PURPOSES.len()),
                category: numbers.below(CATEGORIES.len()),
                signals: Signals::new()
                    .age(Age::Years(30))
                    .gpc(match numbers.below(5) {
                        0 => Gpc::On,
                        _ => Gpc::Off,
                    }),
            })
            .collect();
        Self {
            rules: rules(),
            facts,
            purposes: PURPOSES.map(purpose).into(),
            categories: CATEGORIES
                .map(|name| DataCategory::new(name).expect("a name"))
                .into(),
            questions,
            now: moment(2_500),
        }
    }

    fn by_number(&self, uses: &[Vec<Option<Use>>]) -> usize {
        let decide = |question: &&Question| {
            let wanted = uses[question.purpose][question.category].expect("declared");
            let facts = &self.facts[question.subject];
            let verdict = self
                .rules
                .decide_use(facts, wanted, self.now, question.signals);
            black_box(verdict).is_allow()
        };
        self.questions.iter().filter(decide).count()
    }

    fn by_name(&self) -> usize {
        let decide = |question: &&Question| {
            let facts = &self.facts[question.subject];
            let purpose = &self.purposes[question.purpose];
            let category = &self.categories[question.category];
            let rules = &self.rules;
            let verdict = rules.decide(facts, (purpose, category), self.now, question.signals);
            black_box(verdict).is_allow()
        };
        self.questions.iter().filter(decide).count()
    }

    fn explained(&self) -> usize {
        let decide = |question: &&Question| {
            let facts = &self.facts[question.subject];
            let purpose = &self.purposes[question.purpose];
            let category = &self.categories[question.category];
            let rules = &self.rules;
            let decision = rules.explain(facts, (purpose, category), self.now, question.signals);
            black_box(decision).is_allow()
        };
        self.questions.iter().filter(decide).count()
    }
}

/// The median time of one decision, and how many were allowed.
fn measure(passes: usize, decide: impl Fn() -> usize) -> (f64, usize) {
    let mut allowed = decide();
    let mut times: Vec<f64> = (0..passes)
        .map(|_| {
            let begin = Instant::now();
            allowed = decide();
            begin.elapsed().as_secs_f64() * 1e9 / QUESTIONS as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], allowed)
}

/// Measures decisions on consent.
pub(crate) fn run(plan: &Plan) {
    let (sizes, passes): (&[usize], usize) = if plan.quick {
        (&[1_000], 3)
    } else {
        (&[1_000, 100_000, 1_000_000], PASSES)
    };
    println!("one thread, {QUESTIONS} questions, median of {passes} passes; bar: 5 M/s\n");
    println!(
        "| data subjects | bytes each | form | ns | M/s | allowed |\n|--:|--:|---|--:|--:|--:|"
    );
    for size in sizes {
        let before = resident();
        let scene = Scene::new(*size);
        let bytes = resident().saturating_sub(before) / size;
        let uses: Vec<Vec<_>> = scene
            .purposes
            .iter()
            .map(|purpose| {
                let categories = scene.categories.iter();
                categories
                    .map(|category| scene.rules.resolve(purpose, category))
                    .collect()
            })
            .collect();
        let show = |form: &str, (nanoseconds, allowed): (f64, usize)| {
            let rate = 1e3 / nanoseconds;
            let share = 100 * allowed / QUESTIONS;
            println!("| {size} | {bytes} | {form} | {nanoseconds:.1} | {rate:.1} | {share} % |");
        };
        show(
            "verdict, looked up before",
            measure(passes, || scene.by_number(&uses)),
        );
        show("verdict, by names", measure(passes, || scene.by_name()));
        show("explained", measure(passes, || scene.explained()));
    }
}
