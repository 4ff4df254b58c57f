//! What is declared and attested.

use confidant::decision::{ClauseId, Reason};
use confidant::policy::conformance::{Generated, Trial};
use confidant::policy::{Faults, Policy, Promise};
use confidant::time::Moment;

use super::sharing::What;
use crate::world::{Fallible, World, category};

/// Words in a document, and the value of the policy from which they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Says {
    document: Generated,
    words: &'static str,
    /// The text of the policy document that is put otherwise.
    value: &'static str,
    other: &'static str,
    /// What the document says then.
    instead: &'static str,
}

/// Words that stand in the policy as they are.
pub(crate) const fn says(document: Generated, words: &'static str) -> Says {
    by(
        document,
        words,
        words,
        "Something else entirely",
        "Something else entirely",
    )
}

/// Words that are made of a value: where that is `other`, the document says `instead`.
pub(crate) const fn by(
    document: Generated,
    words: &'static str,
    value: &'static str,
    other: &'static str,
    instead: &'static str,
) -> Says {
    Says {
        document,
        words,
        value,
        other,
        instead,
    }
}

/// The words stand in documents that are generated from the policy, and are others where
/// the policy says something else.
pub(crate) fn declared(world: &World, t: &mut Trial, all: &[Says]) -> Fallible<bool> {
    t.mechanism("policy", "documents that are generated from it");
    for one in all {
        let other = world.varied(&[(one.value, one.other)])?;
        let other = other.map_err(|faults| faults.to_string())?;
        t.declared_by(one.document, one.words, &other, one.instead);
    }
    Ok(true)
}

/// The document with some of its text put otherwise does not compile, for a reason that is
/// named by its code; as it is, it does.
pub(crate) fn needs(
    world: &World,
    t: &mut Trial,
    (what, code): (&str, &str),
    edits: &[(&str, &str)],
) -> Fallible {
    t.mechanism("policy", "compiler of the document");
    t.permitted("the document as it is", &world.varied(&[])?);
    refused(t, (what, code), &world.varied(edits)?);
    Ok(())
}

/// Notes that a document does not compile, and that it is for that very reason.
pub(crate) fn refused(t: &mut Trial, (what, code): (&str, &str), tried: &Result<Policy, Faults>) {
    let found = |faults: &Faults| faults.iter().any(|fault| fault.code().as_str() == code);
    t.refused(what, tried);
    let is_found = tried.as_ref().err().is_some_and(found);
    t.shown(&format!("the fault is `{code}`"), is_found);
}

/// Fields of a category that are listed may be collected, and no others.
pub(crate) fn fields(
    world: &World,
    t: &mut Trial,
    of: &str,
    good: &[&str],
    bad: &str,
) -> Fallible<bool> {
    t.mechanism("policy", "decision on the fields of a category");
    let of = category(of)?;
    let collect = |fields: &[&str]| world.policy.collect(&of, fields.iter().copied());
    t.permitted("the fields that are listed", &collect(good));
    let more: Vec<&str> = good.iter().copied().chain([bad]).collect();
    t.refused(&format!("the field `{bad}` beside them"), &collect(&more));
    t.refused("none of the required ones", &collect(&[]));
    Ok(true)
}

/// A processor gets nothing once what it has shown lapses, or where it never was shown.
/// Everything else that it has shown lasts longer, so that nothing but this can be the
/// reason.
pub(crate) fn processor_attested(
    world: &World,
    t: &mut Trial,
    what: What,
    attestation: &str,
    expires: &str,
) -> Fallible<bool> {
    t.mechanism("policy", "recipients, whose attestations lapse");
    let expires: Moment = format!("{expires}T00:00:00Z").parse()?;
    let alone = world.with_clauses("attestation", |id, clause| {
        let lines = clause.split('\n').map(|line| match line.split_once(" = ") {
            Some(("expires", _)) if id != attestation => "expires = 2039-01-01",
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    })?;
    let policy = alone.map_err(|faults| faults.to_string())?;
    let at = |policy: &Policy, now: Moment| -> Fallible<_> {
        Ok(what.decide(policy, world.attestation_clock(now)?))
    };
    let [before, then, after] = Trial::around(expires);
    let seen = [
        at(&policy, before)?,
        at(&policy, then)?,
        at(&policy, after)?,
    ];
    t.attested(&format!("`{}` gets `{}`", what.to, what.of), expires, &seen);
    let [_, then, _] = &seen;
    let clauses = then.reasons().filter_map(Reason::clause);
    let is_reason = clauses.map(ClauseId::as_str).eq([attestation]);
    t.shown("it is the clause that decides, alone", is_reason);
    refused(
        t,
        (
            &format!("a document without `{attestation}`"),
            "attestation-missing",
        ),
        &world.without(attestation)?,
    );
    Ok(true)
}

/// What the controller claims is not claimed without its attestation, and no longer than
/// that.
pub(crate) fn claim_attested(
    world: &World,
    t: &mut Trial,
    attestation: &str,
    expires: &str,
) -> Fallible<bool> {
    t.mechanism("policy", "claims, which need an attestation");
    let expires: Moment = format!("{expires}T00:00:00Z").parse()?;
    let promise = Promise::new(t.promise(), confidant::policy::PromiseClass::Attested)?;
    let stands = |now: Moment| -> Fallible<bool> {
        let now = world.attestation_clock(now)?;
        let coverage = world
            .policy
            .coverage(std::slice::from_ref(&promise), &[], now);
        let mut clauses = coverage.rows().iter().flat_map(|row| row.clauses());
        Ok(!clauses.any(|clause| clause.mechanism().what().contains("lapsed")))
    };
    let [before, then, after] = Trial::around(expires);
    let seen = [stands(before)?, stands(then)?, stands(after)?];
    t.attested("the claim stands", expires, &seen);
    refused(
        t,
        (
            &format!("a document without `{attestation}`"),
            "claim-without-attestation",
        ),
        &world.without(attestation)?,
    );
    Ok(true)
}
