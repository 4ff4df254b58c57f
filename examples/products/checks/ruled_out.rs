//! What the policy rules out, so that a document with it does not compile; and what leaves
//! towards clients.

use confidant::policy::Sink;
use confidant::policy::conformance::Trial;

use super::documents;
use crate::world::{Fallible, World};

/// A clause of a kind that the document has goes in, and one that it rules out does not
/// compile.
pub(crate) fn clause(
    world: &World,
    t: &mut Trial,
    fits: (&str, &str),
    ruled_out: &[(&str, &str, &str)],
) -> Fallible<bool> {
    t.mechanism("policy", "compiler of the document, with what it rules out");
    let with =
        |added: &str| world.varied(&[("\n[transport]\n", &format!("\n{added}\n[transport]\n"))]);
    t.permitted(fits.0, &with(fits.1)?);
    for (what, code, added) in ruled_out {
        documents::refused(t, (*what, *code), &with(added)?);
    }
    Ok(true)
}

/// A text goes to a sink, and one with a value that must not reach it does not, whether a
/// detector knows it or the vault.
pub(crate) fn sink(
    world: &World,
    t: &mut Trial,
    sink: Sink,
    good: &str,
    bad: &[(&str, &str)],
) -> Fallible<bool> {
    t.mechanism("redact", "detectors of the sink");
    t.permitted(
        "a text without anything of the kind",
        &world.admits(sink, good)?,
    );
    for (what, text) in bad {
        t.refused(what, &world.admits(sink, text)?);
    }
    Ok(true)
}

/// What is written to a sink is without the values, and keeps the rest.
pub(crate) fn replaced(
    world: &World,
    t: &mut Trial,
    sink: Sink,
    text: &str,
    hidden: &[&str],
    stays: &str,
) -> Fallible<bool> {
    t.mechanism("redact", "redactor of the sink");
    let redacted = world.redactor(sink)?.redact(text);
    let out = redacted.as_str();
    t.permitted(&format!("`{stays}` stays"), &out.contains(stays));
    for value in hidden {
        t.refused("a value comes through", &out.contains(value));
    }
    Ok(true)
}
