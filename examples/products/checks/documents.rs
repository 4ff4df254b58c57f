//! What is declared and attested.

use confidant::policy::conformance::{Generated, Trial};
use confidant::policy::{Policy, Promise};
use confidant::time::Moment;

use crate::world::{Fallible, World, category, processor, purpose};

/// The words stand in documents that are generated from the policy.
pub(crate) fn declared(t: &mut Trial, all: &[(Generated, &str)]) -> Fallible<bool> {
    t.mechanism("policy", "documents that are generated from it");
    for (document, words) in all {
        t.declared(*document, words);
    }
    Ok(true)
}

/// The document without some of its text does not compile; as it is, it does.
pub(crate) fn needs(world: &World, t: &mut Trial, what: &str, edits: &[(&str, &str)]) -> Fallible {
    t.mechanism("policy", "compiler of the document");
    t.permitted("the document as it is", &world.varied(&[])?);
    t.refused(what, &world.varied(edits)?);
    Ok(())
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
pub(crate) fn processor_attested(
    world: &World,
    t: &mut Trial,
    to: &str,
    for_what: &str,
    of: &str,
    attestation: &str,
    expires: &str,
) -> Fallible<bool> {
    t.mechanism("policy", "recipients, whose attestations lapse");
    let expires: Moment = format!("{expires}T00:00:00Z").parse()?;
    let region = world.policy.router().recipient(&processor(to)?);
    let region = region.and_then(|known| known.regions().first().cloned());
    let at = |policy: &Policy, now: Moment| -> Fallible<_> {
        let (to, for_what, of) = (processor(to)?, purpose(for_what)?, category(of)?);
        let mut what = confidant::policy::Disclosing::new(&for_what, &of).environment("production");
        if let Some(region) = &region {
            what = what.region(region);
        }
        let now = world.attestation_clock(now)?;
        Ok(policy.router().disclose(&to, &what, now))
    };
    let [before, then, after] = Trial::around(expires);
    let seen = [
        at(&world.policy, before)?,
        at(&world.policy, then)?,
        at(&world.policy, after)?,
    ];
    t.attested(&format!("`{to}` gets `{of}`"), expires, &seen);
    match world.without(attestation)? {
        Ok(policy) => t.refused(
            &format!("without `{attestation}`"),
            &at(&policy, world.now())?,
        ),
        refused => t.refused(&format!("a document without `{attestation}`"), &refused),
    };
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
    t.refused(
        &format!("a document without `{attestation}`"),
        &world.without(attestation)?,
    );
    Ok(true)
}
