//! Decisions in the audit log: each before it is returned, and made again bit for bit.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::{Access, Entry, Identifier, Log, LogKey, Outcome, SigningKey};
use confidant::consent::{self, Age, ConsentState, Gpc, NewReceipt, NoticeRef, ReceiptId, Signals};
use confidant::decision::{ClauseId, Decision, Reason};
use confidant::policy::{DecisionLog, Policy, PolicyDoc, Question};
use confidant::retention::{
    Events, History, Hold, HoldId, HoldReason, Holds, Person, Record, Schedule, Selector, Trigger,
};
use confidant::store::{MemoryStore, Store};
use confidant::taxonomy::{Purpose, Subject};
use confidant::time::Moment;
use confidant::visibility::{self, AccessContext, Level, NewResource};
use pollster::block_on;

use super::BASE;
use crate::support::fault::FaultStore;

const TEXT: &str = include_str!("../../examples/policies/cloud-claude.toml");

fn at(text: &str) -> Moment {
    format!("{text}T00:00:00Z").parse().unwrap()
}

fn policy(text: &str) -> Policy {
    let doc = PolicyDoc::from_toml(text).unwrap_or_else(|faults| panic!("{faults}"));
    doc.compile().unwrap_or_else(|faults| panic!("{faults}"))
}

fn key() -> LogKey {
    LogKey::from_bytes([5; 32])
}

async fn entries(log: &Log) -> Vec<Entry> {
    let access = Access::new(Identifier::new("auditor:7").unwrap());
    let size = log.checkpoint().await.unwrap().size();
    let mut records = Vec::new();
    while (records.len() as u64) < size {
        let from = records.len() as u64;
        records.extend(log.read(from..size, &access).await.unwrap());
    }
    let entries = records.into_iter().map(|record| record.entry);
    let of_decisions = |entry: &Entry| {
        let action = entry.action().as_str();
        action.is_some_and(|action| action.starts_with("decision."))
    };
    entries.filter(of_decisions).collect()
}

/// Facts that are made anew each time, in one order or the other.
struct Scene {
    consents: consent::ConsentFacts,
    facts: visibility::VisibilityFacts,
    holds: Holds,
    subject: Subject,
}

impl Scene {
    fn new(policy: &Policy, reversed: bool) -> Self {
        let given = |number: u8, state, day: &str| {
            let receipt = NewReceipt::consent(state, [Purpose::new("marketing").unwrap()], at(day));
            let receipt = receipt
                .id(ReceiptId::from_bytes([number; 16]))
                .notice(NoticeRef::new("v1", "en", [1; 32]).unwrap())
                .method("form")
                .withdrawal_route("settings");
            receipt.into_receipt(at("2026-06-01")).unwrap()
        };
        let mut receipts = vec![
            given(1, ConsentState::Given, "2026-05-01"),
            given(2, ConsentState::Withdrawn, "2026-05-09"),
        ];
        if reversed {
            receipts.reverse();
        }
        let mut facts = visibility::VisibilityFacts::new(Arc::clone(policy.visibility()));
        let people = if reversed { ["al", "jo"] } else { ["jo", "al"] };
        for id in people {
            facts.add_principal(id, at("2026-01-01")).unwrap();
        }
        let owner = facts.principal("jo").unwrap();
        let site = NewResource::new("site").owner(owner).level(Level::Private);
        facts.add_resource(site, at("2026-01-01")).unwrap();
        let subject = Subject::new("jo@mail.test").unwrap();
        let hold = Hold::builder(
            HoldId::new("hold/1").unwrap(),
            Selector::everything().subjects(vec![subject.clone()]),
        )
        .reason(HoldReason::new("case:1").unwrap())
        .placed(Person::new("staff:1").unwrap(), at("2026-05-20"))
        .review_by(at("2027-01-01"))
        .build();
        Self {
            consents: consent::ConsentFacts::new(receipts),
            facts,
            holds: Holds::new(vec![hold.unwrap()]).unwrap(),
            subject,
        }
    }
}

/// Everything that is asked, with a name for each question.
fn each(policy: &Policy, reversed: bool, mut ask: impl FnMut(String, &Question<'_>, Moment)) {
    let scene = Scene::new(policy, reversed);
    let days = ["2026-04-30", "2026-05-05", "2026-05-30", "2026-12-01"];
    let categories = policy.retention().categories().cloned();
    let mut categories: Vec<_> = categories.collect();
    categories.sort();
    categories.truncate(6);
    let signals = [
        Signals::new().age(Age::Years(30)),
        Signals::new().age(Age::Years(9)),
        Signals::new().gpc(Gpc::On),
    ];
    for day in days {
        let now = at(day);
        for name in ["service", "training", "marketing", "sale", "unheard_of"] {
            let purpose = Purpose::new(name).unwrap();
            for (number, signals) in signals.into_iter().enumerate() {
                for category in &categories {
                    let question = Question::Consent {
                        facts: &scene.consents,
                        purpose: &purpose,
                        category,
                        signals,
                    };
                    ask(format!("{day} {name} {category} {number}"), &question, now);
                }
            }
        }
        for category in &categories {
            for asked in [false, true] {
                let mut events =
                    Events::created(at("2025-11-01")).at(Trigger::LastActive, at("2026-03-01"));
                if asked {
                    events = events.at(Trigger::DeletionRequested, at("2026-05-10"));
                }
                let record = Record::new(category, events)
                    .tenant("acme")
                    .subject(&scene.subject);
                for holds in [&Holds::none(), &scene.holds] {
                    let question = Question::Retention {
                        record: &record,
                        holds,
                    };
                    let name = format!("{day} {category} {asked} {}", holds.iter().count());
                    ask(name, &question, now);
                }
            }
        }
        for principal in [None, Some("jo"), Some("al"), Some("unknown")] {
            for action in ["view", "edit", "unheard_of"] {
                for resource in ["site", "elsewhere"] {
                    let question = Question::Visibility {
                        facts: &scene.facts,
                        principal,
                        action,
                        resource,
                        context: &AccessContext::default(),
                    };
                    ask(
                        format!("{day} {principal:?} {action} {resource}"),
                        &question,
                        now,
                    );
                }
            }
        }
    }
}

#[test]
fn every_decision_is_in_the_log_and_made_again_bit_for_bit() {
    let before = policy(TEXT);
    let log = Log::in_memory().unwrap();
    let decisions = DecisionLog::new(before.clone(), log.clone(), key());
    assert!(decisions.writes());
    let mut made = Vec::new();
    each(&before, false, |name, question, now| {
        let decision = block_on(decisions.decide(question, now)).unwrap();
        let bytes = decisions.replay(question, now).unwrap().to_bytes();
        made.push((name, decision, bytes));
    });
    let entries = block_on(entries(&log));
    assert_eq!(entries.len(), made.len());
    let allowed = made
        .iter()
        .filter(|(_, decision, _)| decision.is_allow())
        .count();
    assert!(
        allowed > 20 && made.len() - allowed > 20,
        "{allowed} of {}",
        made.len()
    );
    // Another process, later: the policy is compiled anew and facts come in another order.
    let after = policy(TEXT);
    let again = DecisionLog::new(after.clone(), Log::in_memory().unwrap(), key());
    let mut all = made.iter().zip(&entries);
    each(&after, true, |name, question, now| {
        let ((known, decision, bytes), entry) = all.next().unwrap();
        assert_eq!(*known, name);
        let replayed = again.replay(question, now).unwrap();
        assert_eq!(replayed.to_bytes(), *bytes, "{name}");
        assert_eq!(replayed.decision(), decision);
        assert!(replayed.is_in(entry), "{name}");
        let outcome = if decision.is_allow() {
            Outcome::Succeeded
        } else {
            Outcome::Denied
        };
        assert_eq!(entry.outcome(), outcome);
        assert_eq!(entry.moment_set(), Some(now));
        let clause = decision
            .reasons()
            .find_map(Reason::clause)
            .map(ClauseId::as_str);
        assert_eq!(entry.purpose_id().and_then(Identifier::as_str), clause);
        let shown = format!("{entry:?} {replayed:?} {question:?}");
        assert!(!shown.contains("mail.test"), "{shown}");
    });
    assert!(all.next().is_none());
    // Every question has bytes of its own.
    let different: std::collections::BTreeSet<_> = made.iter().map(|(_, _, bytes)| bytes).collect();
    let same = made.len() - different.len();
    // A hold that does not reach the record yet is an input all the same.
    assert_eq!(same, 0);
}

#[test]
fn another_input_is_another_decision() {
    let policy = policy(TEXT);
    let decisions = DecisionLog::new(policy.clone(), Log::in_memory().unwrap(), key());
    let chat = policy.retention().categories().min().unwrap().clone();
    let (jo, al) = (Subject::new("jo").unwrap(), Subject::new("al").unwrap());
    let bytes = |record: &Record<'_>| {
        let holds = &Holds::none();
        let question = Question::Retention { record, holds };
        decisions
            .replay(&question, at("2026-06-01"))
            .unwrap()
            .to_bytes()
    };
    let events = Events::created(at("2026-01-01"));
    let record = Record::new(&chat, events).tenant("acme").subject(&jo);
    let plain = bytes(&record);
    for other in [
        Record::new(&chat, events).tenant("acme"),
        Record::new(&chat, events).tenant("acme").subject(&al),
        Record::new(&chat, events).tenant("globex").subject(&jo),
        Record::new(&chat, events.unknown(Trigger::ContractEnd))
            .tenant("acme")
            .subject(&jo),
        record.clone().noticed(at("2026-05-01")),
        record.clone().reconsented(at("2026-05-01")),
        record.clone().jurisdiction("IN".parse().unwrap()),
    ] {
        assert_ne!(bytes(&other), plain);
    }
    assert_eq!(bytes(&record.clone()), plain);
    // Without the key nobody can test guesses at what was decided on.
    let other = LogKey::from_bytes([6; 32]);
    let other = DecisionLog::new(policy.clone(), Log::in_memory().unwrap(), other);
    let (record, holds) = (&record, &Holds::none());
    let question = Question::Retention { record, holds };
    assert_ne!(
        other
            .replay(&question, at("2026-06-01"))
            .unwrap()
            .to_bytes(),
        plain
    );
}

#[test]
fn a_record_under_an_older_schedule_is_decided_by_it_and_replays() {
    // Usage was kept for 90 days, and is kept for 180 from May on.
    let usage = |days: &str| {
        let new = format!("trigger = \"created\"\ndelete_by = \"{days}\"");
        let old = "trigger = \"created\"\ndelete_by = \"P90D\"";
        assert!(TEXT.contains(old));
        policy(&TEXT.replace(old, &new))
    };
    let (older, newer) = (usage("P90D"), usage("P180D"));
    let history = || {
        History::new(at("2026-01-01"), older.retention().clone())
            .then(at("2026-05-01"), newer.retention().clone())
            .unwrap()
    };
    let under =
        |policy: &Policy| DecisionLog::new(policy.clone(), Log::in_memory().unwrap(), key());
    let category = "logs".parse().unwrap();
    let ask = |decisions: &DecisionLog, created: &str, now: &str| {
        let (record, holds) = (
            Record::new(&category, Events::created(at(created))),
            Holds::none(),
        );
        let question = Question::Retention {
            record: &record,
            holds: &holds,
        };
        decisions.replay(&question, at(now)).unwrap()
    };
    let whole = under(&newer).with_history(history()).unwrap();
    // Collected in March, under the promise of 90 days: it may go in July, and by the new
    // schedule alone it may not.
    let promised = ask(&whole, "2026-03-20", "2026-07-01");
    assert!(promised.decision().is_allow());
    assert!(
        !ask(&under(&newer), "2026-03-20", "2026-07-01")
            .decision()
            .is_allow()
    );
    // Collected later, it is under the new one.
    assert!(
        !ask(&whole, "2026-05-02", "2026-09-01")
            .decision()
            .is_allow()
    );
    // An auditor with the same versions, compiled anew, gets the same bytes.
    let again = under(&usage("P180D")).with_history(history()).unwrap();
    assert_eq!(ask(&again, "2026-03-20", "2026-07-01"), promised);
    // Another history is another input, even where the answer is the same.
    let earlier = History::new(at("2025-01-01"), older.retention().clone())
        .then(at("2026-05-01"), newer.retention().clone())
        .unwrap();
    let earlier = under(&newer).with_history(earlier).unwrap();
    let other = ask(&earlier, "2026-03-20", "2026-07-01");
    assert_eq!(other.decision(), promised.decision());
    assert_ne!(other.to_bytes(), promised.to_bytes());
    // What is in the log names the policy in force, and replays bit for bit.
    block_on(async {
        let log = Log::in_memory().unwrap();
        let decisions = DecisionLog::new(newer.clone(), log.clone(), key());
        let decisions = decisions.with_history(history()).unwrap();
        let (record, holds) = (
            Record::new(&category, Events::created(at("2026-03-20"))),
            Holds::none(),
        );
        let question = Question::Retention {
            record: &record,
            holds: &holds,
        };
        assert!(
            decisions
                .decide(&question, at("2026-07-01"))
                .await
                .unwrap()
                .is_allow()
        );
        let entries = entries(&log).await;
        assert!(ask(&again, "2026-03-20", "2026-07-01").is_in(&entries[0]));
        // When it was collected is not known: nothing may be done to it.
        let unknown = Record::new(&category, Events::new());
        let question = Question::Retention {
            record: &unknown,
            holds: &holds,
        };
        assert!(
            !decisions
                .decide(&question, at("2026-07-01"))
                .await
                .unwrap()
                .is_allow()
        );
    });
    // The history ends with the schedule in force, and each is of a policy.
    let stale = History::new(at("2026-01-01"), older.retention().clone());
    let nameless = History::new(at("2020-01-01"), Schedule::builder().build().unwrap())
        .then(at("2026-05-01"), newer.retention().clone())
        .unwrap();
    for wrong in [stale, nameless] {
        let refused = under(&newer).with_history(wrong).map(|_| ());
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Config);
    }
}

#[test]
fn what_the_log_does_not_take_is_not_decided() {
    block_on(async {
        let store = Arc::new(FaultStore::new(MemoryStore::new()));
        let signer = Arc::new(SigningKey::from_seed("test.invalid/audit", &[3; 32]).unwrap());
        let log = Log::builder(signer).open_store(Arc::clone(&store) as Arc<dyn Store>, "main");
        let decisions = DecisionLog::new(policy(TEXT), log.await.unwrap(), key());
        let allowed = Decision::allow(Reason::without_clause("it may"));
        let question = Question::Made {
            about: "route",
            inputs: b"anything",
            decision: &allowed,
        };
        let now = at("2026-06-01");
        assert!(decisions.decide(&question, now).await.unwrap().is_allow());
        store.set_down(true);
        let error = decisions.decide(&question, now).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
    });
}

#[test]
fn decisions_are_written_where_the_policy_says_so() {
    block_on(async {
        let long = "x".repeat(65);
        let denied = Decision::deny(Reason::without_clause("it may not"));
        let ask = |about| Question::Made {
            about,
            inputs: &[],
            decision: &denied,
        };
        let now = at("2026-06-01");
        for (policy, written) in [
            (policy(BASE), 0),
            (policy(TEXT), 1),
            // What stands where a policy could not be loaded leaves a trace.
            (Policy::deny_all().unwrap(), 1),
        ] {
            let log = Log::in_memory().unwrap();
            let decisions = DecisionLog::new(policy, log.clone(), key());
            let _ = decisions.decide(&ask("route"), now).await.unwrap();
            assert_eq!(entries(&log).await.len(), written);
            for about in ["", "consent", "retention", "visibility", "a b", &long] {
                let error = decisions.decide(&ask(about), now).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Config, "{about}");
            }
        }
    });
}

#[test]
fn facts_of_another_policy_decide_nothing() {
    let (one, other) = (policy(TEXT), policy(TEXT));
    let decisions = DecisionLog::new(one, Log::in_memory().unwrap(), key());
    let scene = Scene::new(&other, false);
    let question = Question::Visibility {
        facts: &scene.facts,
        principal: Some("jo"),
        action: "view",
        resource: "site",
        context: &AccessContext::default(),
    };
    let error = decisions.replay(&question, at("2026-06-01")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}
