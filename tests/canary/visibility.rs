//! Visibility: ids, tickets and reasons.

use std::sync::Arc;

use confidant::decision::ClauseId;
use confidant::time::Moment;
use confidant::visibility::{
    AccessContext, Action, Level, MemberRole, NewResource, StaffClause, StaffGrant, StaffScope,
    VisibilityFacts, VisibilityRules,
};

use super::{CANARY, assert_unseen, error, value};

fn at(second: i64) -> Moment {
    Moment::from_unix_seconds(1_767_225_600 + second).unwrap()
}

#[test]
fn facts_and_their_errors_show_no_id() {
    let all = ["view", Action::SET_LEVEL, Action::FORK].map(|name| Action::new(name).unwrap());
    let clause = |id| ClauseId::new(id).unwrap();
    let reason = || "incident".parse().unwrap();
    let policy = VisibilityRules::builder()
        .actions(all.clone())
        .owner(clause("owner"), all.clone())
        .staff(StaffClause::new(
            clause("staff"),
            reason(),
            [all[0].clone()],
        ))
        .fork(clause("fork"));
    let policy = Arc::new(policy.build().unwrap());
    let view = policy.action("view").unwrap();
    let mut facts = VisibilityFacts::new(policy);
    let context = AccessContext::default();
    let jo = facts.add_principal(CANARY, at(0)).unwrap();
    let acme = facts.add_organisation(CANARY, at(0)).unwrap();
    let new = || NewResource::new(CANARY).owner(jo).level(Level::Internal);
    let site = facts.add_resource(new().organisation(acme), at(0)).unwrap();
    let scope = StaffScope::Resource(site);
    let grant = |ticket| {
        StaffGrant::builder(CANARY)
            .principal(jo)
            .reason(reason())
            .ticket(ticket)
            .scope(scope)
            .during(at(0)..at(9))
            .build()
            .unwrap()
    };
    let spaced = format!("{CANARY} {CANARY}");
    let long = CANARY.repeat(20);
    facts.grant(&grant(CANARY)).unwrap();
    let other = NewResource::new("fork");
    let plan = facts.fork(jo.with(&context), site, other, at(1)).unwrap();
    let explained = facts.explain(jo.with(&context), view, site, at(1));
    let audience = facts.audience(site, view, at(1));
    let shown = vec![
        value("Facts", &facts),
        value("Rules", facts.policy()),
        value("Principal", &jo),
        value("NewResource", &new()),
        value("StaffGrant", &grant(CANARY)),
        value("ForkPlan", &plan),
        value("Audience", &audience),
        value("Verdict", &explained.verdict()),
        (
            "an explanation",
            vec![explained.to_string(), format!("{explained:?}")],
        ),
        error("a principal twice", facts.add_principal(CANARY, at(0))),
        error(
            "an organisation twice",
            facts.add_organisation(CANARY, at(0)),
        ),
        error("a resource twice", facts.add_resource(new(), at(0))),
        error("an id too long", facts.add_principal(&long, at(0))),
        error("a grant twice", facts.grant(&grant(CANARY))),
        error("a ticket with a space", facts.grant(&grant(&spaced))),
        error("a ticket too long", facts.grant(&grant(&long))),
        error("a grant that is not there", facts.revoke(&spaced, at(1))),
        error("a role with a space", MemberRole::new(&spaced)),
        error("a role too long", MemberRole::new(&long)),
        error("a level of other text", CANARY.parse::<Level>()),
    ];
    assert_unseen(shown);
}

#[test]
#[cfg(feature = "redact")]
fn reports_and_waivers_show_no_content() {
    use confidant::redact::Redactor;
    use confidant::visibility::{Principal, Scanner};

    let redactor = Redactor::default();
    let mut scanner = Scanner::new(&redactor, "1");
    scanner.part(CANARY, CANARY.as_bytes()).unwrap();
    assert_unseen(vec![value("Scanner", &scanner)]);
    let mut report = scanner.finish(at(0));
    report.waive(0, Principal::ANONYMOUS, CANARY).unwrap();
    let again = report.clone().waive(0, Principal::ANONYMOUS, CANARY);
    assert_unseen(vec![
        value("ScanReport", &report),
        value("ScannedFinding", &report.findings()[0]),
        value("Waiver", &report.waivers()[0]),
        error("a waiver twice", again),
        error(
            "a waiver too long",
            report
                .clone()
                .waive(0, Principal::ANONYMOUS, &CANARY.repeat(60)),
        ),
    ]);
}
