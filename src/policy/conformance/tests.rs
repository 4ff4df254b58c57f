use super::*;
use crate::decision::{ClauseId, Decision, Reason};
use crate::policy::{Policy, PolicyDoc, Promise, PromiseClass};
use crate::time::Moment;
use crate::{Error, ErrorKind};

const TEXT: &str = include_str!("../../../examples/policies/infracodebase.toml");

fn policy() -> Policy {
    let doc = PolicyDoc::from_toml(TEXT).unwrap_or_else(|faults| panic!("{faults}"));
    doc.compile().unwrap_or_else(|faults| panic!("{faults}"))
}

fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

fn now() -> Moment {
    at("2026-06-01T00:00:00Z")
}

fn allow() -> Decision {
    Decision::allow(Reason::without_clause("it may"))
}

fn deny() -> Decision {
    Decision::deny(Reason::new(ClauseId::new("vault").unwrap(), "it may not"))
}

/// What a promise of a class comes to after a trial.
fn outcome(class: PromiseClass, trial: impl FnOnce(&mut Trial)) -> PromiseOutcome {
    outcome_of("IC-06", class, trial)
}

fn outcome_of(id: &str, class: PromiseClass, trial: impl FnOnce(&mut Trial)) -> PromiseOutcome {
    let mut kit = Kit::new(&policy(), vec![Promise::new(id, class).unwrap()]);
    let mut one = kit.trial(id);
    trial(&mut one);
    kit.end(one);
    kit.report(now()).checks()[0].outcome().clone()
}

fn is_missing(outcome: &PromiseOutcome) -> bool {
    matches!(outcome, PromiseOutcome::NotEnforced(_))
}

#[test]
fn both_sides_must_be_seen() {
    let class = PromiseClass::Enforced;
    let both = outcome(class, |t| {
        t.permitted("a", &allow()).refused("b", &deny());
    });
    assert_eq!(both, PromiseOutcome::Enforced);
    for lacking in [
        outcome(class, |_| {}),
        outcome(class, |t| {
            t.refused("all is refused", &deny());
        }),
        outcome(class, |t| {
            t.permitted("nothing is refused", &allow());
        }),
        outcome(class, |t| {
            t.permitted("a", &allow()).refused("b", &allow());
        }),
        outcome(class, |t| {
            t.permitted("a", &deny()).refused("b", &deny());
        }),
        outcome(class, |t| {
            t.permitted("a", &allow())
                .refused("b", &deny())
                .shown("c", false);
        }),
        outcome(class, |t| {
            t.shown("looked at", true);
        }),
    ] {
        assert!(is_missing(&lacking), "{lacking}");
    }
}

#[test]
fn a_failure_is_no_refusal() {
    let failed = |kind| -> Result<(), Error> { Err(Error::foreign(kind, "down")) };
    for kind in [
        ErrorKind::Config,
        ErrorKind::Conflict,
        ErrorKind::InDoubt,
        ErrorKind::KeyService,
        ErrorKind::Model,
        ErrorKind::NotFound,
        ErrorKind::Store,
    ] {
        let seen = outcome(PromiseClass::Enforced, |t| {
            t.permitted("a", &allow()).refused("b", &failed(kind));
        });
        assert!(is_missing(&seen), "{kind:?}");
    }
    for kind in [ErrorKind::Refused, ErrorKind::Open, ErrorKind::Integrity] {
        let seen = outcome(PromiseClass::Enforced, |t| {
            t.permitted("a", &allow()).refused("b", &failed(kind));
        });
        assert_eq!(seen, PromiseOutcome::Enforced, "{kind:?}");
    }
}

#[test]
fn a_boundary_changes_something() {
    let class = PromiseClass::Evaluated;
    let evaluated = outcome(class, |t| {
        t.boundary("a", now(), &[1, 1, 2], &[1, 1, 2]);
    });
    assert_eq!(evaluated, PromiseOutcome::Evaluated);
    for (seen, expected) in [
        ([1, 1, 1], [1, 1, 2]),
        ([1, 1, 1], [1, 1, 1]),
        ([1, 2, 1], [1, 2, 1]),
    ] {
        let outcome = outcome(class, |t| {
            t.boundary("a", now(), &seen, &expected);
        });
        assert!(is_missing(&outcome));
    }
    let [before, then, after] = Trial::around(now());
    assert_eq!(before, at("2026-05-31T23:59:59Z"));
    assert_eq!((then, after), (now(), at("2026-06-01T00:00:01Z")));
}

#[test]
fn words_keep_no_promise_that_was_to_be_enforced() {
    for class in [PromiseClass::Enforced, PromiseClass::Evaluated] {
        let declared = outcome(class, |t| {
            t.declared(Generated::Notice, "Infracodebase");
        });
        assert_eq!(declared, PromiseOutcome::Declared);
        assert!(!declared.keeps(class));
    }
    let wrapped = outcome(PromiseClass::Declared, |t| {
        t.declared(Generated::Notice, "Privacy  notice\nof Infracodebase");
    });
    assert_eq!(wrapped, PromiseOutcome::Declared);
    for words in ["", " ", "We are certified"] {
        let missing = outcome(PromiseClass::Declared, |t| {
            t.declared(Generated::Notice, words);
        });
        assert!(is_missing(&missing), "{words}");
    }
}

#[test]
fn an_attestation_is_never_more_than_that() {
    let expires = at("2027-01-10T00:00:00Z");
    let good = [true, false, false];
    let class = PromiseClass::Attested;
    let outcome = |class, trial: &dyn Fn(&mut Trial)| outcome_of("IC-29", class, trial);
    let attested = outcome(class, &|t| {
        t.attested("a", expires, &good)
            .permitted("b", &allow())
            .refused("without it", &deny());
    });
    assert_eq!(attested, PromiseOutcome::AttestedUntil(expires));
    // Nobody tried to do without it, it permits for too long, or it has lapsed.
    assert!(is_missing(&outcome(class, &|t| {
        t.attested("a", expires, &good);
    })));
    // No attestation of its clauses ends on another day, and none is about IC-06.
    let later = at("2027-01-11T00:00:00Z");
    assert!(is_missing(&outcome(class, &|t| {
        t.attested("a", later, &good).refused("b", &deny());
    })));
    assert!(is_missing(&outcome_of("IC-06", class, |t| {
        t.attested("a", expires, &good).refused("b", &deny());
    })));
    for seen in [[true, true, false], [true, false, true], [false; 3]] {
        assert!(is_missing(&outcome(class, &|t| {
            t.attested("a", expires, &seen).refused("b", &deny());
        })));
    }
    assert!(is_missing(&outcome(class, &|t| {
        t.attested("a", now(), &good).refused("b", &deny());
    })));
    assert!(!PromiseOutcome::Enforced.keeps(class));
}

#[test]
fn words_follow_the_policy() {
    let other = |old: &str, new: &str| {
        let text = TEXT.replace(old, new);
        let doc = PolicyDoc::from_toml(&text).unwrap_or_else(|faults| panic!("{faults}"));
        doc.compile().unwrap_or_else(|faults| panic!("{faults}"))
    };
    let renamed = other("Infracodebase Inc.", "Somebody Else");
    let follow = |words: &str, instead: &str| {
        outcome(PromiseClass::Declared, |t| {
            t.declared_by(Generated::Notice, words, &renamed, instead);
        })
    };
    assert_eq!(
        follow("Infracodebase Inc.", "Somebody Else"),
        PromiseOutcome::Declared
    );
    // Words that stand there whatever the policy says, and a value that changes nothing.
    assert!(is_missing(&follow("Privacy notice", "Somebody Else")));
    assert!(is_missing(&follow("Infracodebase Inc.", "Nobody")));
}

#[test]
fn a_document_that_cannot_be_read_is_no_refusal() {
    let tried = |text: &str| {
        let made = PolicyDoc::from_toml(text).and_then(|doc| doc.compile());
        outcome(PromiseClass::Enforced, |t| {
            t.permitted("a", &allow()).refused("b", &made);
        })
    };
    for unread in ["=", "[policy]\nversion = 1\nversion = 2\n"] {
        assert!(is_missing(&tried(unread)), "{unread}");
    }
    assert_eq!(
        tried("[purpose.sale]\nverdict = \"permitted\"\n"),
        PromiseOutcome::Enforced
    );
}

#[test]
fn a_report_wants_promises_and_every_trial_back() {
    let none = Kit::new(&policy(), Vec::new()).report(now());
    assert!(!none.is_kept());
    assert!(std::panic::catch_unwind(|| crate::assert_policy!(none)).is_err());
    let promises = vec![Promise::new("IC-06", PromiseClass::Enforced).unwrap()];
    let report = |lose: bool, policy_of_trial: &Policy| {
        let mut kit = Kit::new(&policy(), promises.clone());
        let other = Kit::new(policy_of_trial, promises.clone());
        let mut trial = kit.trial("IC-06");
        trial.permitted("a", &allow()).refused("b", &deny());
        kit.end(trial);
        let mut second = other.trial("IC-06");
        second.permitted("a", &allow()).refused("b", &deny());
        match lose {
            true => drop(kit.trial("IC-06")),
            false => kit.end(second),
        }
        kit.report(now())
    };
    assert!(report(false, &policy()).is_kept());
    assert!(!report(true, &policy()).is_kept());
    assert!(!report(false, &Policy::deny_all().unwrap()).is_kept());
}

#[test]
fn a_trial_of_another_kit_does_not_stand_for_one_that_is_lost() {
    let promises = vec![Promise::new("IC-06", PromiseClass::Enforced).unwrap()];
    let mut kit = Kit::new(&policy(), promises.clone());
    let other = Kit::new(&policy(), promises);
    drop(kit.trial("IC-06"));
    let mut trial = other.trial("IC-06");
    trial.permitted("a", &allow()).refused("b", &deny());
    kit.end(trial);
    assert!(!kit.report(now()).is_kept());
}

#[test]
fn every_form_of_a_report_says_why_it_fails() {
    let promises = vec![Promise::new("IC-06", PromiseClass::Enforced).unwrap()];
    let mut kit = Kit::new(&policy(), promises.clone());
    let trial = |kit: &Kit, id: &str| {
        let mut trial = kit.trial(id);
        trial.permitted("a", &allow()).refused("b", &deny());
        trial
    };
    let forms = |kit: &Kit| {
        let report = kit.report(now());
        let json = report.to_json()["complaints"].to_string();
        [
            report.to_html(),
            report.to_markdown(),
            report.to_string(),
            json,
        ]
    };
    kit.end(trial(&kit, "IC-06"));
    for form in forms(&kit) {
        assert!(
            !form.contains("The report fails") && !form.contains("! "),
            "{form}"
        );
    }
    drop(kit.trial("IC-06"));
    kit.end(trial(&kit, "XX-1 <b>\n|"));
    let foreign = Kit::new(&Policy::deny_all().unwrap(), promises);
    kit.end(trial(&foreign, "IC-06"));
    assert!(!kit.report(now()).is_kept());
    for form in forms(&kit) {
        for why in [
            "not promised",
            "another policy",
            "begun and not ended",
            "XX-1",
        ] {
            assert!(form.contains(why), "{why}: {form}");
        }
        assert!(!form.contains("XX-1 <b>\n"), "{form}");
    }
    let [page, table, ..] = forms(&kit);
    assert!(
        !page.contains("<b>\n") && !table.contains("<b>|"),
        "{page}{table}"
    );
    assert_eq!(page.matches("The report fails").count(), 3);
    let none = Kit::new(&policy(), Vec::new());
    for form in forms(&none) {
        assert!(form.contains("there are no promises"), "{form}");
    }
}

#[test]
fn nothing_is_skipped() {
    let promises = ["IC-06", "XX-1"].map(|id| Promise::new(id, PromiseClass::Enforced).unwrap());
    let mut kit = Kit::new(&policy(), promises.to_vec());
    for id in ["XX-1", "YY-1"] {
        let mut trial = kit.trial(id);
        trial.permitted("a", &allow()).refused("b", &deny());
        kit.end(trial);
    }
    let report = kit.report(now());
    assert!(!report.is_kept());
    // One has no trial, one no clause, and one was never promised.
    let complaints = report.complaints();
    assert_eq!(complaints.len(), 3, "{complaints:?}");
    assert!(complaints[0].contains("IC-06") && complaints[0].contains("no trial"));
    assert!(complaints[1].contains("XX-1") && complaints[1].contains("no clause"));
    assert!(complaints[2].contains("YY-1"));
    let refused = std::panic::catch_unwind(|| crate::assert_policy!(report));
    assert!(refused.is_err());
}

#[test]
fn words_of_trials_are_words_in_every_form() {
    let mut kit = Kit::new(
        &policy(),
        vec![Promise::new("IC-06", PromiseClass::Enforced).unwrap()],
    );
    let mut trial = kit.trial("IC-06");
    trial.mechanism("vault", "<b>| \"it\"");
    trial.permitted("<script>alert(1)</script>", &allow());
    trial.refused("a | b\nc", &deny());
    kit.end(trial);
    let report = kit.report(now());
    let page = report.to_html();
    assert!(!page.contains("<script") && !page.contains("<b>|"));
    assert!(page.contains("&lt;script&gt;"));
    for needed in ["viewport", "prefers-color-scheme: dark", "max-width: 36rem"] {
        assert!(page.contains(needed), "{needed}");
    }
    assert!(!page.contains("http://") && !page.contains("https://"));
    let table = report.to_markdown();
    let rows: Vec<_> = table
        .lines()
        .filter(|line| line.starts_with("| IC-06"))
        .collect();
    assert_eq!(rows.len(), 1);
    let cells = rows[0].replace("\\|", "").matches('|').count();
    assert_eq!(cells, 6);
    let json = report.to_json();
    assert_eq!(json["kept"], true);
    assert_eq!(json["checks"][0]["outcome"], "enforced");
    assert_eq!(json["checks"][0]["evidence"][1]["clause"], "vault");
    assert!(report.to_string().contains("1 enforced"));
}
