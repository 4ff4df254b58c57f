//! Visibility: verdicts by numbers and by ids, explanations, listings, and what facts
//! take in memory, as the population grows.

use std::fs;
use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use confidant::decision::ClauseId;
use confidant::time::Moment;
use confidant::visibility::{
    AccessContext, Action, ActionId, AskerId, Attribute, DenyClause, Level, MemberRole, NewMember,
    NewResource, On, Principal, Resource, StaffClause, VisibilityFacts, VisibilityRules,
};

use crate::plan::Plan;
use crate::population::{Numbers, Population};

const QUERIES: usize = 20_000;
/// How many questions are timed together.
const PART: usize = 500;
const PASSES: usize = 15;

/// Facts about a population, and the questions as numbers and as ids.
pub(crate) struct Ours {
    pub(crate) facts: VisibilityFacts,
    pub(crate) view: ActionId,
    pub(crate) questions: Vec<(Principal, Resource)>,
    pub(crate) ids: Vec<(Option<String>, String)>,
    pub(crate) now: Moment,
}

/// Public, internal, owners and members, staff, and nothing suspended.
pub(crate) fn policy() -> VisibilityRules {
    let name = |name| Action::new(name).expect("a name");
    let clause = |id| ClauseId::new(id).expect("an id");
    let suspended = Attribute::new("suspended").expect("a name");
    let reason = "incident".parse().expect("a name");
    VisibilityRules::builder()
        .actions([name("view"), name("edit")])
        .owner(clause("owner"), [name("view"), name("edit")])
        .role(
            clause("member"),
            MemberRole::new("member").expect("a name"),
            [name("view")],
        )
        .internal(clause("internal"), [name("view")])
        .public(clause("public"), [name("view")])
        .deny(DenyClause::when(
            clause("suspended"),
            On::Resource,
            suspended,
        ))
        .staff(StaffClause::new(clause("staff"), reason, [name("view")]))
        .build()
        .expect("a policy")
}

impl Ours {
    pub(crate) fn new(population: &Population, numbers: &mut Numbers) -> Self {
        let facts = facts(population);
        let view = facts.policy().action("view").expect("declared");
        let queries = population.queries(QUERIES, numbers);
        let id = |user| format!("user-{user}");
        let ids: Vec<_> = queries
            .iter()
            .map(|query| (query.user.map(id), format!("workspace-{}", query.workspace)))
            .collect();
        let known = |user: &Option<String>| match user {
            Some(user) => facts.principal(user).expect("known"),
            None => Principal::ANONYMOUS,
        };
        let questions = ids
            .iter()
            .map(|(user, workspace)| (known(user), facts.resource(workspace).expect("known")));
        Self {
            questions: questions.collect(),
            ids,
            view,
            now: moment(1_000),
            facts,
        }
    }

    pub(crate) fn by_number(&self, asked: Range<usize>) -> usize {
        let context = AccessContext::default();
        let mut allowed = 0;
        for (who, what) in &self.questions[asked] {
            let verdict = self
                .facts
                .verdict((*who).with(&context), self.view, *what, self.now);
            black_box((verdict.ground(), verdict.refusal()));
            black_box(self.facts.policy().clause(verdict));
            allowed += usize::from(verdict.is_allow());
        }
        allowed
    }

    pub(crate) fn by_id(&self, asked: Range<usize>) -> usize {
        let context = AccessContext::default();
        let mut allowed = 0;
        for (who, what) in &self.ids[asked] {
            let verdict = self.facts.verdict_by_id(
                AskerId::new(who.as_deref()).with(&context),
                self.view,
                what,
                self.now,
            );
            black_box((verdict.ground(), verdict.refusal()));
            black_box(self.facts.policy().clause(verdict));
            allowed += usize::from(verdict.is_allow());
        }
        allowed
    }

    pub(crate) fn explained(&self, asked: Range<usize>) -> usize {
        let context = AccessContext::default();
        let explain = |(who, what): &(Principal, Resource)| {
            self.facts
                .explain((*who).with(&context), self.view, *what, self.now)
        };
        let questions = self.questions[asked].iter();
        questions
            .map(|question| black_box(explain(question)).missing().len())
            .sum()
    }

    pub(crate) fn visible_to(&self, who: Principal) -> usize {
        let context = AccessContext::default();
        self.facts
            .visible_to(who.with(&context), self.view, self.now)
            .len()
    }
}

fn moment(seconds: i64) -> Moment {
    Moment::from_unix_seconds(1_767_225_600 + seconds).expect("a moment")
}

fn facts(population: &Population) -> VisibilityFacts {
    let suspended = Attribute::new("suspended").expect("a name");
    let member = MemberRole::new("member").expect("a name");
    let mut facts = VisibilityFacts::new(Arc::new(policy()));
    let since = moment(0);
    let organisations: Vec<_> = (0..population.organisations)
        .map(|number| {
            facts
                .add_organisation(&format!("organisation-{number}"), since)
                .expect("new")
        })
        .collect();
    let users: Vec<_> = (0..population.users.len())
        .map(|number| {
            facts
                .add_principal(&format!("user-{number}"), since)
                .expect("new")
        })
        .collect();
    for (user, organisation) in users.iter().zip(&population.users) {
        facts
            .join(*user, organisations[*organisation], since, None)
            .expect("known");
    }
    for (number, workspace) in population.workspaces.iter().enumerate() {
        let id = format!("workspace-{number}");
        let levels = [Level::Private, Level::Internal, Level::Public];
        let new = NewResource::new(&id)
            .owner(users[workspace.owner])
            .organisation(organisations[workspace.organisation])
            .level(levels[usize::from(workspace.level)])
            .attribute(suspended.clone(), workspace.suspended);
        let added = facts.add_resource(new, since).expect("new");
        for user in &workspace.members {
            facts
                .add_member(added, NewMember::new(users[*user], &member), since)
                .expect("known");
        }
    }
    facts
}

/// Nanoseconds of a question, over all of them. Each pass goes over all questions in
/// small parts, and of each part the median pass counts, so that what else the machine
/// does falls out.
pub(crate) fn each(mut ask: impl FnMut(Range<usize>) -> usize) -> f64 {
    let mut parts = vec![Vec::new(); QUERIES / PART];
    for _ in 0..PASSES {
        for (number, times) in parts.iter_mut().enumerate() {
            let begin = Instant::now();
            black_box(ask(number * PART..(number + 1) * PART));
            times.push(begin.elapsed().as_nanos() as f64);
        }
    }
    let medians = parts.iter_mut().map(|times| middle(times));
    medians.sum::<f64>() / QUERIES as f64
}

/// Microseconds of a call, of the median of some.
fn call(mut call: impl FnMut()) -> f64 {
    let time = |_| {
        let begin = Instant::now();
        call();
        begin.elapsed().as_nanos() as f64
    };
    middle(&mut (0..31).map(time).collect::<Vec<_>>()) / 1e3
}

fn middle(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The memory that the process holds, in bytes, where the system says so.
pub(crate) fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    number
        .and_then(|number| number.trim().parse().ok())
        .map_or(0, |kib: usize| kib * 1024)
}

pub(crate) fn run(plan: &Plan) {
    let sizes: &[usize] = if plan.quick {
        &[1_000, 10_000]
    } else {
        &[1_000, 10_000, 100_000, 1_000_000]
    };
    println!(
        "{QUERIES} questions, median of {PASSES} passes, one thread; M/s are millions a second"
    );
    println!(
        "| entities | allowed | by number, M/s | by id, M/s | explained, M/s | visible_to, µs (listed) \
         | audience, µs | load, ms | bytes an entity |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for size in sizes {
        row(*size);
    }
}

fn row(entities: usize) {
    let mut numbers = Numbers::new(7);
    let population = Population::new(entities, &mut numbers);
    let before = resident();
    let begin = Instant::now();
    let loaded = facts(&population);
    let load = begin.elapsed().as_secs_f64() * 1e3;
    let bytes = resident().saturating_sub(before) / entities;
    drop(loaded);
    let ours = Ours::new(&population, &mut numbers);
    let allowed = ours.by_number(0..QUERIES);
    assert_eq!(allowed, ours.by_id(0..QUERIES), "two ways to ask differ");
    let rate = |nanoseconds: f64| 1e3 / nanoseconds;
    let by_number = rate(each(|asked| ours.by_number(asked)));
    let by_id = rate(each(|asked| ours.by_id(asked)));
    let explained = rate(each(|asked| ours.explained(asked)));
    let who = ours.facts.principal("user-1").expect("known");
    let listed = ours.visible_to(who);
    let visible = call(|| {
        black_box(ours.visible_to(who));
    });
    let (_, what) = ours.questions[0];
    let audience = call(|| {
        black_box(ours.facts.audience(what, ours.view, ours.now));
    });
    println!(
        "| {entities} | {:.0} % | {by_number:.1} | {by_id:.1} | {explained:.2} | {visible:.0} ({listed}) \
         | {audience:.1} | {load:.1} | {bytes} |",
        allowed as f64 * 100.0 / QUERIES as f64,
    );
}
