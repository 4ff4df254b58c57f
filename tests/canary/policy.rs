//! Policies: documents, what is asked of them, and decisions in the log.

use confidant::audit::{Log, LogKey};
use confidant::consent::{ConsentFacts, Signals};
use confidant::decision::{ClauseId, Decision, Reason};
use confidant::policy::{
    DecisionLog, FieldValue, Policy, PolicyDoc, Promise, PromiseClass, Question, Requirements,
};
use confidant::retention::{Events, Holds, Record};
use confidant::taxonomy::{DataCategory, Purpose, Subject};
use confidant::time::Moment;
use pollster::block_on;

use super::{CANARY, Shown, assert_unseen, error, value};

const BASE: &str = include_str!("../data/policies/base.toml");

fn shown(name: &'static str, faults: &confidant::policy::Faults) -> Vec<Shown> {
    let mut all = vec![
        value(name, faults),
        (name, vec![faults.to_string()]),
        error(name, Err::<(), _>(confidant::Error::from(faults.clone()))),
    ];
    for fault in faults.iter() {
        all.push((name, vec![fault.to_string(), format!("{fault:?}")]));
    }
    all
}

/// A document with a text in it that is no name, wherever one can stand.
#[test]
fn documents_and_their_faults_show_no_text() {
    let spaced = format!("{CANARY} {CANARY}");
    let mut checked = 0;
    for broken in [
        spaced.clone(),
        format!("'{spaced}'"),
        format!("[policy]\ncontroller = '{spaced}\n"),
        format!("[policy]\n'{spaced}' = 1\n"),
        format!("[policy]\neffective = '{spaced}'\n"),
        format!("[policy]\ncontact = '{spaced}'\ncontroller = 7\n"),
        format!("['{spaced}']\n"),
        format!("[purpose.'{spaced}']\nverdict = '{spaced}'\n"),
        format!("[purpose.'{spaced}'.'{spaced}']\n"),
        format!(
            "[[retention]]\nid = '{spaced}'\ncategories = ['{spaced}']\ndelete_by = '{spaced}'\n"
        ),
        format!("[store.'{spaced}']\nkind = '{spaced}'\nregion = '{spaced}'\n"),
        format!(
            "[visibility]\ndefault = '{spaced}'\n[visibility.role.'{spaced}']\nactions = ['{spaced}']\n"
        ),
        format!("[[notice.version]]\ndigest = '{spaced}'\nurl = '{spaced}'\n"),
        format!("[transport]\nhosts = ['{spaced}']\n"),
        format!("[[fact]]\nid = 'F'\nstatement = '{}'\n", CANARY.repeat(300)),
    ] {
        match PolicyDoc::from_toml(&broken) {
            Err(faults) => assert_unseen(shown("text", &faults)),
            Ok(doc) => {
                let faults = doc.compile().unwrap_err();
                assert_unseen(shown("document", &faults));
                assert_unseen(vec![value("PolicyDoc", &doc)]);
            }
        }
        checked += 1;
    }
    for broken in [
        format!("{{\"{spaced}\": 1}}"),
        format!("{{\"policy\": \"{spaced}\"}}"),
        format!("{{\"policy\": {{\"id\": \"{spaced}"),
    ] {
        match PolicyDoc::from_json(&broken) {
            Err(faults) => assert_unseen(shown("JSON", &faults)),
            Ok(doc) => assert_unseen(shown("JSON", &doc.compile().unwrap_err())),
        }
        checked += 1;
    }
    assert_eq!(checked, 18);
}

#[test]
fn policies_and_what_is_asked_of_them_show_no_content() {
    let text = format!("{BASE}\n[[fact]]\nid = 'F'\nstatement = '{CANARY}'\n");
    let doc = PolicyDoc::from_toml(&text).unwrap();
    let policy = doc.compile().unwrap_or_else(|faults| panic!("{faults}"));
    let key = LogKey::from_bytes([b'A'; 32]);
    let decisions = DecisionLog::new(policy.clone(), Log::in_memory().unwrap(), key);
    let (purpose, note) = (
        Purpose::new("service").unwrap(),
        DataCategory::new("note").unwrap(),
    );
    let now: Moment = "2026-06-01T00:00:00Z".parse().unwrap();
    let subject = Subject::new(CANARY).unwrap();
    let record = Record::new(&note, Events::created(now))
        .tenant(CANARY)
        .subject(&subject);
    let allowed = Decision::allow(Reason::without_clause("it may"));
    let facts = ConsentFacts::none();
    let questions = [
        Question::Consent {
            facts: &facts,
            purpose: &purpose,
            category: &note,
            signals: Signals::new(),
        },
        Question::Retention {
            record: &record,
            holds: &Holds::none(),
        },
        Question::Made {
            about: "route",
            inputs: CANARY.as_bytes(),
            decision: &allowed,
        },
    ];
    let mut table = vec![
        value("Policy", &policy),
        value("PolicyDoc", &doc),
        value("deny_all", &Policy::deny_all().unwrap()),
        value("DecisionLog", &decisions),
        value("FieldValue", &FieldValue::Account(CANARY)),
        value("FieldValue", &FieldValue::Word(CANARY)),
        value("router", policy.router()),
        value("redaction", policy.redaction()),
        value("vault", policy.vault()),
        value("telemetry", policy.telemetry()),
        value("clauses", &policy.clauses()),
    ];
    for question in &questions {
        let decided = decisions.replay(question, now).unwrap();
        table.push(value("Question", question));
        table.push(value("Decided", &decided));
        let decision = block_on(decisions.decide(question, now)).unwrap();
        table.push(value("Decision", &decision));
    }
    let lint = policy.lint_notice(CANARY, now);
    table.push(value("NoticeFinding", &lint));
    let findings = lint.iter().map(ToString::to_string).collect();
    table.push(("findings", findings));
    let about = Question::Made {
        about: &format!("{CANARY} {CANARY}"),
        inputs: &[],
        decision: &allowed,
    };
    table.push(error("about", decisions.replay(&about, now)));
    let spaced = format!("{CANARY} {CANARY}");
    table.push(error(
        "Promise",
        Promise::new(&spaced, PromiseClass::Enforced),
    ));
    table.push(value("Requirements", &Requirements::new()));
    table.push(error("ClauseId", ClauseId::new(&spaced)));
    assert_unseen(table);
}
