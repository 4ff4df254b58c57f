//! Messages that nobody needs.

use confidant::consent::{ConsentFacts, Event};
use confidant::policy::conformance::Trial;
use confidant::taxonomy::Purpose;

use super::consent::{facts, grown_up, receipt};
use crate::world::{Fallible, TENANT, World, caller, purpose, subject};

/// Promotions are refused by a link: from then on there are none, and the service goes on.
pub(crate) async fn unsubscribed(
    world: &World,
    t: &mut Trial,
    of: &str,
    needs_consent: bool,
) -> Fallible<bool> {
    t.mechanism("consent", "objections and withdrawals, by a link");
    let who = subject(&format!("{}-mail@mail.test", t.promise()))?;
    let caller = caller("unsubscribe")?;
    let marketing: Purpose = purpose("marketing")?;
    let ask = async || -> Fallible<_> {
        let facts = world.ledger.facts(TENANT, &who).await?;
        world
            .may_use(&facts, marketing.as_str(), of, grown_up())
            .await
    };
    if needs_consent {
        t.refused("promotions before consent", &ask().await?);
        let given = Event::Consent(confidant::consent::ConsentState::Given);
        let given = receipt(world, given, &["marketing"])?;
        world.ledger.record(&caller, TENANT, &who, given).await?;
    }
    t.permitted("promotions before they are refused", &ask().await?);
    let event = match needs_consent {
        true => Event::Consent(confidant::consent::ConsentState::Withdrawn),
        false => Event::Objected,
    };
    let link = world.link(&who, marketing.as_str()).await?;
    t.refused(
        "the link of a promotion as one against messages of the service",
        &world.follow(&link, "service").await.is_ok(),
    );
    let mut forged = link.clone();
    forged.replace_range(
        forged.len() - 2..,
        if link.ends_with("00") { "01" } else { "00" },
    );
    t.refused(
        "a link with one byte changed",
        &world.follow(&forged, marketing.as_str()).await.is_ok(),
    );
    let followed = world.follow(&link, marketing.as_str()).await?;
    let refusal = receipt(world, event, &["marketing"])?;
    let rules = world.policy.consent();
    let done = world
        .ledger
        .under(rules)
        .withdraw(&caller, TENANT, &followed, refusal)
        .await?;
    t.refused("promotions after the link was followed", &ask().await?);
    t.shown("there is a receipt of it", done.recorded.number >= 1);
    let refused: ConsentFacts = facts(world, &[(event, &["marketing"])])?;
    let service = world.may_use(&refused, "service", of, grown_up()).await?;
    t.permitted("the service goes on", &service);
    Ok(true)
}
