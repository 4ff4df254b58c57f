//! Training on what users write.

use confidant::consent::{Admission, Event};
use confidant::policy::Sink;
use confidant::policy::conformance::Trial;
use confidant::taxonomy::{Subject, Tenant};

use super::consent::{grown_up, receipt};
use crate::world::{Fallible, TENANT, World, caller, category, purpose, subject};

/// A training set takes in those who may be in it, without their secrets; who objected is
/// not in it. The ledger knows afterwards who is, so that an objection reaches the sets that
/// were made before.
pub(crate) async fn filtered(world: &World, t: &mut Trial, of: &str) -> Fallible<bool> {
    t.mechanism("consent", "training exports, each subject by a decision");
    t.mechanism("redact", "redactor of the training sink");
    let training = purpose("training")?;
    let caller = caller("training-export")?;
    let name =
        |who: &str| -> Fallible<Subject> { subject(&format!("{who}-{}@mail.test", t.promise())) };
    let (willing, objects) = (name("ada")?, name("bob")?);
    let rules = world.policy.consent();
    let objection = receipt(world, Event::Objected, &["training"])?;
    world
        .ledger
        .under(rules)
        .withdraw(&caller, TENANT, &objects, objection)
        .await?;
    let export_name = format!("set-{}", t.promise());
    let export = world
        .ledger
        .begin_export(&caller, Tenant::new(TENANT), &export_name, &training)
        .await?;
    let who = [willing.clone(), objects.clone()];
    let verdicts = world
        .ledger
        .under(rules)
        .admit(
            &caller,
            &export,
            Admission::new(&category(of)?, &who, world.now()).signals(grown_up()),
        )
        .await?;
    let admitted: Vec<bool> = verdicts.iter().map(|verdict| verdict.is_allow()).collect();
    t.permitted(
        "a user who did not object is in it",
        &(admitted.first() == Some(&true)),
    );
    t.refused(
        "a user who objected is in it",
        &(admitted.get(1) == Some(&true)),
    );
    let prompt = "use AKIAQ3EGRIZJ7OWLMXUV for jo.doe@mail.confidant.test, in eu-central-1";
    let written = world.redactor(Sink::Training)?.redact(prompt);
    let text = written.as_str();
    t.shown("what is in it stays of use", text.contains("eu-central-1"));
    t.refused("a secret is in it", &text.contains("AKIAQ3EGRIZJ7OWLMXUV"));
    t.refused(
        "an address is in it",
        &text.contains("jo.doe@mail.confidant.test"),
    );
    world.ledger.finish_export(&caller, export, [6; 32]).await?;
    let later = receipt(world, Event::Objected, &["training"])?;
    let done = world
        .ledger
        .under(rules)
        .withdraw(&caller, TENANT, &willing, later)
        .await?;
    let reached = done
        .exports
        .list
        .iter()
        .any(|own| *own.name == *export_name);
    t.shown("an objection that comes later names the set", reached);
    let mut logged = true;
    for action in [
        "consent.export_begin",
        "consent.export_admit",
        "consent.export_finish",
    ] {
        logged &= !world.places_of(action).await?.is_empty();
    }
    t.shown("the audit log tells of the set", logged);
    Ok(true)
}
