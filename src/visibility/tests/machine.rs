//! Every sequence of a few steps of publishing, forking, lowering and granting, from a
//! small start, with what must hold after each.

use std::collections::{BTreeSet, HashMap};

use super::*;
use crate::ErrorKind;
use crate::redact::Redactor;

const PEOPLE: [&str; 4] = ["owner", "viewer", "colleague", "stranger"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Report {
    Clean,
    Unwaived,
    WaivedByOwner,
    WaivedByViewer,
    OfOtherContent,
    Old,
    FromTheFuture,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Publish(usize, Level, Report),
    Raise(usize, Level),
    Lower(usize, Level),
    List(bool),
    Fork(usize, Level),
    PublishFork(Level),
    Suspend(Option<bool>),
    Dismiss,
    Leave,
    Grant,
    Revoke,
    Remove,
}

/// What the steps have made of the start, as the model knows it by itself.
#[derive(Clone)]
struct Run {
    facts: VisibilityFacts,
    now: u32,
    /// The level that the latest successful step left the site at, and whether a clean
    /// or waived version stands behind it.
    level: Level,
    cleared: bool,
    /// The level of the fork, and of the source when it was made.
    fork: Option<(Level, Level)>,
    fork_cleared: bool,
    suspended: Option<bool>,
    is_member: bool,
    is_colleague: bool,
    granted: bool,
    removed: bool,
    listed: bool,
}

struct Reports {
    content: ContentDigest,
    reports: HashMap<Report, ScanReport>,
}

fn steps() -> Vec<Step> {
    let mut steps = vec![
        Step::List(true),
        Step::List(false),
        Step::Suspend(Some(true)),
        Step::Suspend(Some(false)),
        Step::Suspend(None),
        Step::Dismiss,
        Step::Leave,
        Step::Grant,
        Step::Revoke,
        Step::Remove,
        Step::PublishFork(Level::Public),
        Step::Publish(1, Level::Public, Report::Clean),
        Step::Publish(3, Level::Public, Report::Clean),
        Step::Publish(0, Level::Internal, Report::Clean),
        Step::Raise(0, Level::Internal),
        Step::Raise(0, Level::Public),
        Step::Lower(0, Level::Internal),
        Step::Lower(0, Level::Private),
        Step::Lower(1, Level::Private),
    ];
    for report in [
        Report::Clean,
        Report::Unwaived,
        Report::WaivedByOwner,
        Report::WaivedByViewer,
        Report::OfOtherContent,
        Report::Old,
        Report::FromTheFuture,
    ] {
        steps.push(Step::Publish(0, Level::Public, report));
    }
    for who in [0, 2, 3] {
        steps.extend([Level::Private, Level::Internal, Level::Public].map(|l| Step::Fork(who, l)));
    }
    steps
}

fn reports(start: &VisibilityFacts) -> Reports {
    let redactor = Redactor::default();
    let [owner, viewer] = ["owner", "viewer"].map(|id| start.principal(id).unwrap());
    // One content with a finding, so that a report that is of it has something to waive;
    // the clean one comes from a redactor that looks for none of it.
    let text: &[u8] = b"deploy with AKIAQ3EGRIZJ7OWLMXUV please";
    let none = Redactor::builder()
        .disable("aws-access-key-id")
        .build()
        .unwrap();
    let scan = |redactor: &Redactor, text: &[u8], second: u32| {
        let mut scanner = Scanner::new(redactor, "rules-1");
        scanner.part("deploy", text).unwrap();
        scanner.finish(at(second))
    };
    let dirty = scan(&redactor, text, 100);
    assert_eq!(dirty.findings().len(), 1);
    let clean = |second| scan(&none, text, second);
    assert!(clean(100).findings().is_empty());
    let waived = |by| {
        let mut report = dirty.clone();
        report
            .waive(0, by, "an example from the provider's own pages")
            .unwrap();
        report
    };
    let reports = [
        (Report::Clean, clean(100)),
        (Report::Unwaived, dirty.clone()),
        (Report::WaivedByOwner, waived(owner)),
        (Report::WaivedByViewer, waived(viewer)),
        (Report::OfOtherContent, scan(&redactor, b"nothing", 100)),
        (Report::Old, clean(0)),
        (Report::FromTheFuture, clean(100_000)),
    ];
    Reports {
        content: ContentDigest::of([("deploy", text)]),
        reports: reports.into_iter().collect(),
    }
}

fn start() -> Run {
    let view = || [action("view")];
    let all = ["view", "set_level", "waive", "fork"].map(action);
    let reach = || ["view", "fork"].map(action);
    let gate = GateClause::new(clause("gate"))
        .from(Level::Public)
        .rule_set("rules-1");
    let policy = VisibilityRules::builder()
        .actions(all.clone())
        .owner(clause("owner"), all)
        .role(clause("viewer"), role("viewer"), view())
        .internal(clause("internal"), reach())
        .public(clause("public"), reach())
        .deny(DenyClause::when(
            clause("suspended"),
            On::Resource,
            attribute("suspended"),
        ))
        .staff(StaffClause::new(
            clause("staff"),
            ReasonKind::new("incident").unwrap(),
            view(),
        ))
        .gate(gate.max_age(std::time::Duration::from_secs(60)))
        .fork(clause("fork"))
        .build();
    let mut facts = VisibilityFacts::new(Arc::new(policy.unwrap()));
    let acme = facts.add_organisation("acme", at(0)).unwrap();
    let [owner, viewer, colleague, _] = PEOPLE.map(|id| facts.add_principal(id, at(0)).unwrap());
    facts.add_principal("sre", at(0)).unwrap();
    facts.join(owner, acme, at(0), None).unwrap();
    facts.join(colleague, acme, at(0), None).unwrap();
    let site = NewResource::new("site")
        .owner(owner)
        .organisation(acme)
        .level(Level::Private);
    let site = site.attribute(attribute("suspended"), false);
    let site = facts.add_resource(site, at(0)).unwrap();
    facts
        .add_member(site, NewMember::new(viewer, &role("viewer")), at(0))
        .unwrap();
    Run {
        facts,
        now: 110,
        level: Level::Private,
        cleared: false,
        fork: None,
        fork_cleared: false,
        suspended: Some(false),
        is_member: true,
        is_colleague: true,
        granted: false,
        removed: false,
        listed: false,
    }
}

impl Run {
    fn person(&self, number: usize) -> Principal {
        self.facts.principal(PEOPLE[number]).unwrap()
    }

    fn site(&self) -> Resource {
        self.facts.resource("site").unwrap()
    }

    /// How far the site can be seen: by the model alone.
    fn reach(&self) -> Level {
        if self.level == Level::Public && !self.cleared {
            Level::Internal
        } else {
            self.level
        }
    }

    fn usable(&self) -> bool {
        self.suspended == Some(false) && !self.removed
    }

    /// Takes a step, and checks that it succeeds exactly where the model says so.
    fn take(&mut self, step: Step, reports: &Reports) {
        self.now += 1;
        let (now, context) = (at(self.now), AccessContext::default());
        let (site, usable, reach) = (self.site(), self.usable(), self.reach());
        match step {
            Step::Publish(who, level, report) => {
                let who = self.person(who);
                let given = &reports.reports[&report];
                let what = Publication::new(level, given, &reports.content);
                let result = self.facts.publish(who.with(&context), site, what, now);
                let passes = matches!(report, Report::Clean | Report::WaivedByOwner);
                let may = usable && who == self.person(0) && passes && level >= self.level;
                assert_eq!(result.is_ok(), may, "{step:?}");
                if let Ok(version) = result {
                    assert_eq!(version.digest(), &reports.content);
                    assert_eq!(version.waived(), u32::from(report == Report::WaivedByOwner));
                    (self.level, self.cleared) = (level, true);
                }
            }
            Step::Raise(who, level) => {
                let result = self
                    .facts
                    .raise(self.person(who).with(&context), site, level, now);
                let may = usable && who == 0 && level < Level::Public && level > self.level;
                assert_eq!(result.is_ok(), may, "{step:?}");
                if may {
                    self.level = level;
                }
            }
            Step::Lower(who, level) => {
                let result = self
                    .facts
                    .lower(self.person(who).with(&context), site, level, now);
                let may = usable && who == 0 && level < self.level;
                assert_eq!(result.is_ok(), may, "{step:?}");
                if let Ok(recall) = result {
                    assert_eq!(recall.forks().len(), usize::from(self.fork.is_some()));
                    (self.level, self.cleared, self.listed) = (level, false, false);
                }
            }
            Step::List(listed) => {
                let result =
                    self.facts
                        .set_listed(self.person(0).with(&context), site, listed, now);
                assert_eq!(result.is_ok(), usable);
                if usable {
                    self.listed = listed;
                }
            }
            Step::Fork(who, level) => {
                let acme = self.facts.organisation("acme").unwrap();
                let mut new = NewResource::new("fork").level(level);
                new = new.attribute(attribute("suspended"), false);
                if level == Level::Internal {
                    new = new.organisation(acme);
                }
                let result = self
                    .facts
                    .fork(self.person(who).with(&context), site, new, now);
                let seated = who == 0 || who == 2 && self.is_colleague;
                let sees = who == 0 || seated && reach >= Level::Internal || reach == Level::Public;
                let fits = level <= reach && (level != Level::Internal || seated);
                let may = usable && sees && fits && self.fork.is_none();
                assert_eq!(result.is_ok(), may, "{step:?}");
                if may {
                    self.fork = Some((level, reach));
                }
            }
            Step::PublishFork(level) => {
                let Some(fork) = self.facts.resource("fork") else {
                    return;
                };
                let clean = &reports.reports[&Report::Clean];
                let owner = self.facts.current(fork).unwrap().owner;
                let owner = Principal(owner);
                let what = Publication::new(level, clean, &reports.content);
                let result = self.facts.publish(owner.with(&context), fork, what, now);
                result.unwrap();
                self.fork_cleared = true;
                self.fork = self.fork.map(|(_, source)| (level, source));
            }
            Step::Suspend(value) => {
                self.facts
                    .set_attribute(site, &attribute("suspended"), value, now)
                    .unwrap();
                self.suspended = value;
            }
            Step::Dismiss => {
                self.facts.remove_member(self.person(1), site, now).unwrap();
                self.is_member = false;
            }
            Step::Leave => {
                let acme = self.facts.organisation("acme").unwrap();
                self.facts.leave(self.person(2), acme, now).unwrap();
                self.is_colleague = false;
            }
            Step::Grant => {
                let sre = self.facts.principal("sre").unwrap();
                let reason = ReasonKind::new("incident").unwrap();
                let (scope, id) = (StaffScope::Resource(site), format!("g-{}", self.now));
                let grant = StaffGrant::builder(&id)
                    .principal(sre)
                    .reason(reason)
                    .ticket("INC-1")
                    .scope(scope)
                    .during(now..at(10_000))
                    .build()
                    .unwrap();
                self.facts.grant(&grant).unwrap();
                self.granted = true;
            }
            Step::Revoke => {
                for second in 0..=self.now {
                    let _ = self.facts.revoke(&format!("g-{second}"), now);
                }
                self.granted = false;
            }
            Step::Remove => {
                self.facts.remove(site, now).unwrap();
                self.removed = true;
            }
        }
    }

    /// Who may view the site and who its fork, by the model alone.
    fn viewers(&self) -> (BTreeSet<Option<usize>>, BTreeSet<Option<usize>>) {
        let everyone = [None, Some(0), Some(1), Some(2), Some(3)];
        let seated = |who| who == Some(0) || who == Some(2) && self.is_colleague;
        let reach = self.reach();
        let sees_site = |who: &Option<usize>| {
            let by_level = reach == Level::Public || reach == Level::Internal && seated(*who);
            let by_tie = *who == Some(0) || *who == Some(1) && self.is_member;
            self.usable() && (by_level || by_tie)
        };
        let fork = self
            .facts
            .resource("fork")
            .map(|fork| self.facts.current(fork).unwrap().owner);
        let sees_fork = |who: &Option<usize>| {
            let Some((level, _)) = self.fork else {
                return false;
            };
            let in_acme = self.facts.resource("fork").is_some_and(|fork| {
                self.facts
                    .path(fork)
                    .any(|(_, row)| row.organisation != facts::NONE)
            });
            let owns = who.map(|who| self.person(who).0) == fork;
            let public = level == Level::Public && self.fork_cleared;
            let internal = level >= Level::Internal && in_acme && seated(*who);
            owns || public || internal
        };
        let site = everyone.into_iter().filter(sees_site).collect();
        (site, everyone.into_iter().filter(sees_fork).collect())
    }

    fn check(&self) {
        let (view, now, context) = (
            id(&self.facts, "view"),
            at(self.now),
            AccessContext::default(),
        );
        let (site, fork) = self.viewers();
        for who in [None, Some(0), Some(1), Some(2), Some(3)] {
            let asker = who.map_or(Principal::ANONYMOUS, |who| self.person(who));
            let verdict = self
                .facts
                .verdict(asker.with(&context), view, self.site(), now);
            assert_eq!(verdict.is_allow(), site.contains(&who), "{who:?}");
            // No permission without a ground and its clause.
            assert_eq!(verdict.is_allow(), verdict.ground().is_some());
            assert!(!verdict.is_allow() || self.facts.policy().clause(verdict).is_some());
            if verdict.ground() == Some(Ground::Public) {
                let latest = self.facts.versions(self.site()).last();
                assert!(self.cleared && latest.is_some());
            }
            if let Some(made) = self.facts.resource("fork") {
                let verdict = self.facts.verdict(asker.with(&context), view, made, now);
                assert_eq!(verdict.is_allow(), fork.contains(&who), "fork, {who:?}");
            }
        }
        let sre = self.facts.principal("sre").unwrap();
        let staff = self
            .facts
            .verdict(sre.with(&context), view, self.site(), now);
        if site.contains(&None) {
            assert!(staff.is_allow());
        } else {
            let waits = self.granted && self.usable();
            let expected = staff.refusal() == Some(AccessRefusal::EntryMissing);
            assert_eq!((staff.is_allow(), expected), (false, waits));
        }
        let in_gallery = self.facts.gallery(view, now).contains(&self.site());
        assert_eq!(in_gallery, self.listed && site.contains(&None));
        // No permission on what is unknown.
        let unknown = [
            self.facts.verdict_by_id(
                AskerId::new(Some("nobody")).with(&context),
                view,
                "site",
                now,
            ),
            self.facts.verdict_by_id(
                AskerId::new(Some("owner")).with(&context),
                view,
                "nothing",
                now,
            ),
            self.facts
                .verdict(Principal(77).with(&context), view, self.site(), now),
            self.facts
                .verdict(self.person(0).with(&context), view, Resource(77), now),
            self.facts.verdict(
                self.person(0).with(&context),
                ActionId(50),
                self.site(),
                now,
            ),
        ];
        assert!(unknown.iter().all(|verdict| !verdict.is_allow()));
    }

    /// What distinguishes a state from another, for what can follow.
    fn key(&self) -> String {
        let (site, fork) = self.viewers();
        let owner = self
            .facts
            .resource("fork")
            .map(|fork| self.facts.current(fork).unwrap().owner);
        format!(
            "{:?}",
            (
                (
                    self.level,
                    self.cleared,
                    self.fork,
                    self.fork_cleared,
                    self.suspended,
                    owner
                ),
                (
                    self.is_member,
                    self.is_colleague,
                    self.granted,
                    self.removed,
                    self.listed
                ),
                (site, fork),
            )
        )
    }
}

/// Explores the machine to a depth, each state once.
fn explore(depth: usize) -> usize {
    let start = start();
    let reports = reports(&start.facts);
    start.check();
    let mut seen = BTreeSet::from([start.key()]);
    let mut border = vec![start];
    for _ in 0..depth {
        let mut next = Vec::new();
        for run in border {
            for step in steps() {
                let mut run = run.clone();
                // Reports are as good as 60 seconds.
                assert!(run.now < 150);
                run.take(step, &reports);
                run.check();
                if seen.insert(run.key()) {
                    next.push(run);
                }
            }
        }
        border = next;
    }
    seen.len()
}

/// To the end: one more step leads to no new state.
#[test]
fn no_sequence_of_steps_permits_without_a_ground() {
    let (states, more) = (explore(11), explore(12));
    assert_eq!(states, more);
    assert!(states > 500, "{states} states");
}

#[test]
fn the_gate_says_why_it_refuses_and_changes_nothing() {
    let run = start();
    let reports = reports(&run.facts);
    let owner = run.person(0);
    for (report, why) in [
        (Report::Unwaived, "a finding is not waived, in `gate`"),
        (
            Report::WaivedByViewer,
            "a finding was waived by someone who may not, in `gate`",
        ),
        (
            Report::OfOtherContent,
            "content is not what was scanned, in `gate`",
        ),
        (Report::Old, "scan is too old, in `gate`"),
        (Report::FromTheFuture, "scan lies in the future, in `gate`"),
    ] {
        let mut facts = run.facts.clone();
        let (given, context) = (&reports.reports[&report], AccessContext::default());
        let error = facts.publish(
            owner.with(&context),
            run.site(),
            Publication::new(Level::Public, given, &reports.content),
            at(110),
        );
        let error = error.unwrap_err();
        assert_eq!(
            (error.kind(), &*error.to_string()),
            (ErrorKind::Refused, why)
        );
        assert_eq!(facts.level(run.site()), Some(Level::Private));
        assert!(facts.versions(run.site()).is_empty());
    }
    let mut facts = run.facts.clone();
    let other = Scanner::new(&Redactor::default(), "rules-2").finish(at(100));
    let content = *other.content();
    let what = Publication::new(Level::Public, &other, &content);
    let error = facts.publish(owner, run.site(), what, at(110));
    assert_eq!(
        error.unwrap_err().to_string(),
        "scan was made by other rules, in `gate`"
    );
}

#[test]
fn some_kinds_are_never_waived() {
    let policy = VisibilityRules::builder()
        .actions(["view", "set_level", "waive"].map(action))
        .owner(clause("owner"), ["view", "set_level", "waive"].map(action))
        .gate(GateClause::new(clause("gate")).never_waived("APIKEY"));
    let mut facts = VisibilityFacts::new(Arc::new(policy.build().unwrap()));
    let jo = facts.add_principal("jo", at(0)).unwrap();
    let site = NewResource::new("site").owner(jo).level(Level::Private);
    let site = facts.add_resource(site, at(0)).unwrap();
    let redactor = Redactor::default();
    let mut scanner = Scanner::new(&redactor, "1");
    scanner
        .part("a", b"deploy with AKIAQ3EGRIZJ7OWLMXUV please")
        .unwrap();
    let mut report = scanner.finish(at(1));
    let before = report.digest();
    for (finding, reason, kind) in [
        (0, " ", ErrorKind::Config),
        (1, "fine", ErrorKind::Config),
        (0, &*"x".repeat(1_025), ErrorKind::Limit),
    ] {
        assert_eq!(report.waive(finding, jo, reason).unwrap_err().kind(), kind);
    }
    report.waive(0, jo, "an example").unwrap();
    assert_eq!(
        report.waive(0, jo, "again").unwrap_err().kind(),
        ErrorKind::Config
    );
    assert_ne!(report.digest(), before);
    let content = *report.content();
    let what = Publication::new(Level::Internal, &report, &content);
    let publish = facts.publish(jo, site, what, at(2));
    assert_eq!(
        publish.unwrap_err().to_string(),
        "a finding is of a kind that is never waived, in `gate`"
    );
}

#[test]
fn every_new_version_passes_the_gate_and_parts_do_not_run_together() {
    let mut run = start();
    let reports = reports(&run.facts);
    let context = AccessContext::default();
    for number in 1..=3 {
        let clean = &reports.reports[&Report::Clean];
        let owner = run.person(0);
        let version = run.facts.publish(
            owner.with(&context),
            run.site(),
            Publication::new(Level::Public, clean, &reports.content),
            at(110 + number),
        );
        assert_eq!(version.unwrap().number(), u64::from(number));
        let dirty = &reports.reports[&Report::Unwaived];
        let refused = run.facts.publish(
            owner.with(&context),
            run.site(),
            Publication::new(Level::Public, dirty, &reports.content),
            at(120),
        );
        assert!(refused.is_err());
    }
    assert_eq!(run.facts.versions(run.site()).len(), 3);
    let of = |parts: &[(&str, &str)]| {
        ContentDigest::of(parts.iter().map(|(name, text)| (*name, text.as_bytes())))
    };
    let digests = [
        of(&[]),
        of(&[("", "")]),
        of(&[("a", "bc")]),
        of(&[("ab", "c")]),
        of(&[("a", "b"), ("", "c")]),
        of(&[("a", "b"), ("c", "")]),
    ];
    assert_eq!(digests.iter().collect::<BTreeSet<_>>().len(), digests.len());
}
