use super::*;
use crate::ErrorKind;

fn action(name: &str) -> Action {
    Action::new(name).unwrap()
}

fn clause(id: &str) -> ClauseId {
    ClauseId::new(id).unwrap()
}

fn attribute(name: &str) -> Attribute {
    Attribute::new(name).unwrap()
}

fn reason(name: &str) -> ReasonKind {
    ReasonKind::new(name).unwrap()
}

#[test]
fn what_contradicts_itself_does_not_build() {
    let view = || [action("view")];
    let begin = || VisibilityRules::builder().actions(view());
    let many = |len: usize| (0..len).map(|n| action(&format!("a{n}")));
    let role = |name: &str| MemberRole::new(name).unwrap();
    let when = |id: &str| DenyClause::when(clause(id), On::Resource, attribute("x"));
    let staff = |id: &str| StaffClause::new(clause(id), reason("incident"), view());
    for (name, builder, kind) in [
        ("action twice", begin().actions(view()), ErrorKind::Config),
        (
            "owner twice",
            begin()
                .owner(clause("a"), view())
                .owner(clause("b"), view()),
            ErrorKind::Config,
        ),
        (
            "internal twice",
            begin().internal(clause("a"), []).internal(clause("b"), []),
            ErrorKind::Config,
        ),
        (
            "public twice",
            begin().public(clause("a"), []).public(clause("b"), []),
            ErrorKind::Config,
        ),
        (
            "clause twice",
            begin()
                .owner(clause("a"), view())
                .public(clause("a"), view()),
            ErrorKind::Config,
        ),
        (
            "role twice",
            begin()
                .role(clause("a"), role("r"), [])
                .role(clause("b"), role("r"), []),
            ErrorKind::Config,
        ),
        (
            "reason twice",
            begin().staff(staff("a")).staff(staff("b")),
            ErrorKind::Config,
        ),
        (
            "gate twice",
            begin()
                .gate(GateClause::new(clause("a")))
                .gate(GateClause::new(clause("b"))),
            ErrorKind::Config,
        ),
        (
            "gate at private",
            begin().gate(GateClause::new(clause("a")).from(Level::Private)),
            ErrorKind::Config,
        ),
        (
            "fork twice",
            begin().fork(clause("a")).fork(clause("b")),
            ErrorKind::Config,
        ),
        (
            "unknown action of an owner",
            begin().owner(clause("a"), [action("edit")]),
            ErrorKind::Config,
        ),
        (
            "unknown action of a denial",
            begin().deny(when("a").actions([action("edit")])),
            ErrorKind::Config,
        ),
        (
            "unknown action of staff",
            VisibilityRules::builder().staff(staff("a")),
            ErrorKind::Config,
        ),
        (
            "too many actions",
            VisibilityRules::builder().actions(many(65)),
            ErrorKind::Limit,
        ),
        (
            "too many roles",
            (0..65).fold(begin(), |builder, n| {
                builder.role(clause(&format!("c{n}")), role(&format!("r{n}")), [])
            }),
            ErrorKind::Limit,
        ),
        (
            "too many attributes",
            (0..17).fold(begin(), |builder, n| {
                builder.attribute(On::Request, attribute(&format!("x{n}")))
            }),
            ErrorKind::Limit,
        ),
        (
            "too many clauses",
            (0..=VisibilityRules::MAX_CLAUSES)
                .fold(begin(), |builder, n| builder.deny(when(&format!("c{n}")))),
            ErrorKind::Limit,
        ),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error}");
    }
    let full = VisibilityRules::builder()
        .actions(many(64))
        .owner(clause("o"), many(64))
        .build()
        .unwrap();
    assert_eq!(full.actions().count(), 64);
    assert!(full.table.iter().all(|rules| rules.owner));
}

#[test]
fn an_error_names_the_clause_or_action_at_fault() {
    let error = VisibilityRules::builder()
        .owner(clause("a"), [action("edit")])
        .build()
        .unwrap_err();
    assert_eq!(error.to_string(), "there is no such action, in `edit`");
    let twice = VisibilityRules::builder()
        .owner(clause("a-1"), [])
        .public(clause("a-1"), []);
    assert_eq!(
        twice.build().unwrap_err().to_string(),
        "clause is declared twice, in `a-1`"
    );
}
