//! What data may be used for.

use confidant::consent::{
    Admission, Age, ConsentFacts, ConsentState, Event, Gpc, NewReceipt, NoticeRef, Signals,
};
use confidant::policy::conformance::Trial;
use confidant::taxonomy::{Purpose, Tenant};
use confidant::time::Moment;

use crate::world::{Fallible, TENANT, World, caller, category, purpose, subject};

/// A grown-up in production, of whose browser nothing is known.
pub(crate) fn grown_up() -> Signals {
    Signals::new().age(Age::Years(30)).environment("production")
}

/// Returns the notice that is in force.
pub(crate) fn notice(world: &World) -> Fallible<NoticeRef> {
    let table = world.text.split("[[notice.version]]").nth(1);
    let table = table.ok_or("the document has no notice")?;
    let value = |key: &str| -> Fallible<&str> {
        let line = table.lines().find_map(|line| line.strip_prefix(key));
        let value = line.and_then(|line| line.trim().strip_prefix("= \""));
        let value = value.and_then(|value| value.strip_suffix('"'));
        Ok(value.ok_or("the notice lacks a key")?)
    };
    let hex = value("digest")?
        .strip_prefix("sha256:")
        .ok_or("no digest")?;
    let mut digest = [0; 32];
    for (at, byte) in digest.iter_mut().enumerate() {
        let pair = hex.get(2 * at..2 * at + 2).ok_or("digest too short")?;
        *byte = u8::from_str_radix(pair, 16)?;
    }
    Ok(NoticeRef::new(
        value("version")?,
        value("language")?,
        digest,
    )?)
}

/// Returns the receipt of a choice, as of now.
pub(crate) fn receipt(world: &World, event: Event, of: &[&str]) -> Fallible<NewReceipt> {
    let of: Fallible<Vec<Purpose>> = of.iter().map(|name| purpose(name)).collect();
    let receipt = NewReceipt::new(event, of?, world.now()).method("form.settings");
    Ok(match event {
        Event::Consent(_) => receipt
            .notice(notice(world)?)
            .withdrawal_route("https://product.test/settings"),
        Event::PolicyAccepted => receipt.notice(notice(world)?),
        Event::ObjectionOverridden => receipt.reason("a claim in court"),
        _ => receipt,
    })
}

/// Returns what is known of somebody who did all this now.
pub(crate) fn facts(world: &World, did: &[(Event, &[&str])]) -> Fallible<ConsentFacts> {
    let mut receipts = Vec::new();
    for (event, of) in did {
        receipts.push(receipt(world, *event, of)?.into_receipt(world.now())?);
    }
    Ok(ConsentFacts::new(receipts))
}

const GIVEN: Event = Event::Consent(ConsentState::Given);

/// A purpose is prohibited, whoever consents to it; another one is not.
pub(crate) async fn prohibited(
    world: &World,
    t: &mut Trial,
    purposes: &[&str],
    of: &[&str],
    allowed: (&str, &str),
) -> Fallible<bool> {
    t.mechanism("consent", "purposes, of which some are prohibited");
    for name in purposes {
        let willing = facts(world, &[(GIVEN, &[name])])?;
        for of in of {
            let decision = world.may_use(&willing, name, of, grown_up()).await?;
            t.refused(&format!("`{of}` for `{name}`, with consent"), &decision);
        }
    }
    let decision = world
        .may_use(&ConsentFacts::none(), allowed.0, allowed.1, grown_up())
        .await?;
    t.permitted(&format!("`{}` for `{}`", allowed.1, allowed.0), &decision);
    Ok(true)
}

/// A training export takes nobody in, or everybody but those who may not be in it.
pub(crate) async fn export_refused(world: &World, t: &mut Trial, of: &str) -> Fallible {
    let (training, service) = (purpose("training")?, purpose("service")?);
    let caller = caller("training-export")?;
    let who = [subject("ada")?, subject("bob")?];
    for (name, for_what, goes) in [("train", training, false), ("serve", service, true)] {
        let name = format!("{}-{name}", t.promise());
        let export = world
            .ledger
            .begin_export(&caller, Tenant::new(TENANT), &name, &for_what)
            .await?;
        let verdicts = world
            .ledger
            .under(world.policy.consent())
            .admit(
                &caller,
                &export,
                Admission::new(&category(of)?, &who, world.now()).signals(grown_up()),
            )
            .await?;
        let all = verdicts.iter().all(|verdict| verdict.is_allow());
        let none = verdicts.iter().all(|verdict| !verdict.is_allow());
        match goes {
            true => t.permitted(&format!("an export for `{for_what}`"), &all),
            false => t.refused(&format!("an export for `{for_what}`"), &!none),
        };
    }
    Ok(())
}

/// A category serves one purpose, and no other.
pub(crate) async fn bound(
    world: &World,
    t: &mut Trial,
    of: &str,
    good: &str,
    bad: &[&str],
    did: &[(Event, &[&str])],
) -> Fallible<bool> {
    t.mechanism("consent", "purposes, which list categories");
    let facts = facts(world, did)?;
    let decision = world.may_use(&facts, good, of, grown_up()).await?;
    t.permitted(&format!("`{of}` for `{good}`"), &decision);
    for bad in bad {
        let decision = world.may_use(&facts, bad, of, grown_up()).await?;
        t.refused(&format!("`{of}` for `{bad}`"), &decision);
    }
    Ok(true)
}

/// A category serves one purpose and none of the others of the document, whatever the data
/// subject has consented to.
pub(crate) async fn serves_alone(
    world: &World,
    t: &mut Trial,
    of: &str,
    good: &str,
    did: &[(Event, &[&str])],
) -> Fallible<bool> {
    let purposes = world.policy.consent().purposes();
    let names: Vec<String> = purposes
        .map(|purpose| purpose.as_str().to_owned())
        .collect();
    let others: Vec<&str> = names.iter().map(String::as_str).collect();
    let others: Vec<&str> = others.into_iter().filter(|name| *name != good).collect();
    let willing: Vec<(Event, &[&str])> = others.chunks(1).map(|one| (GIVEN, one)).collect();
    let all: Vec<_> = did.iter().copied().chain(willing).collect();
    bound(world, t, of, good, &others, &all).await
}

/// A training set or another export takes in nobody's data of a category.
pub(crate) async fn export_of_nobody(
    world: &World,
    t: &mut Trial,
    for_what: &str,
    of: &str,
) -> Fallible<bool> {
    let caller = caller("export")?;
    let name = format!("{}-{for_what}", t.promise());
    let ledger = &world.ledger;
    let export = ledger
        .begin_export(&caller, Tenant::new(TENANT), &name, &purpose(for_what)?)
        .await?;
    let (of_what, who) = (category(of)?, [subject("ada")?, subject("bob")?]);
    let asked = Admission::new(&of_what, &who, world.now()).signals(grown_up());
    let rules = world.policy.consent();
    let verdicts = ledger.under(rules).admit(&caller, &export, asked).await?;
    let any = verdicts.iter().any(|verdict| verdict.is_allow());
    t.refused(&format!("an export of `{of}` for `{for_what}`"), &any);
    Ok(true)
}

/// Consent can be withdrawn, and the next decision denies.
pub(crate) async fn withdrawn(
    world: &World,
    t: &mut Trial,
    for_what: &str,
    of: &str,
) -> Fallible<bool> {
    t.mechanism("consent", "ledger of receipts");
    let who = subject(&format!("{}@mail.test", t.promise()))?;
    let caller = caller("withdrawal")?;
    let ask = async || -> Fallible<_> {
        let facts = world.ledger.facts(TENANT, &who).await?;
        world.may_use(&facts, for_what, of, grown_up()).await
    };
    t.refused("before anybody consented", &ask().await?);
    let given = receipt(world, GIVEN, &[for_what])?;
    world.ledger.record(&caller, TENANT, &who, given).await?;
    t.permitted("after consent", &ask().await?);
    let back = receipt(world, Event::Consent(ConsentState::Withdrawn), &[for_what])?;
    let rules = world.policy.consent();
    let done = world
        .ledger
        .under(rules)
        .withdraw(&caller, TENANT, &who, back)
        .await?;
    t.refused("after its withdrawal", &ask().await?);
    let (number, owed) = (done.recorded.number, done.obligations.len());
    t.shown(
        &format!("receipt {number} of the withdrawal, and {owed} duties of recipients"),
        number == 2,
    );
    Ok(true)
}

/// An opt-out counts even for what is prohibited, also by Global Privacy Control, and the
/// user is shown that it was taken.
pub(crate) async fn opted_out(world: &World, t: &mut Trial, for_what: &str) -> Fallible<bool> {
    t.mechanism("consent", "opt-outs, also by Global Privacy Control");
    let who = subject(&format!("{}@mail.test", t.promise()))?;
    let caller = caller("opt-out")?;
    let rules = world.policy.consent();
    let out = receipt(world, Event::OptedOut, &[for_what])?;
    let done = world
        .ledger
        .under(rules)
        .withdraw(&caller, TENANT, &who, out)
        .await;
    t.permitted("an opt-out is taken", &done);
    let essential = rules.check_opt_out(&purpose("service")?);
    t.rejected("an opt-out of the service itself", &essential);
    let browser = subject(&format!("{}-gpc@mail.test", t.promise()))?;
    let value: &[u8] = match world.is_off(crate::world::Switch::SignalIgnored) {
        true => b"0",
        false => b"1",
    };
    let shown = world
        .ledger
        .under(rules)
        .record_gpc(&caller, TENANT, &browser, value)
        .await?;
    t.permitted("the signal of the browser is taken", &shown.is_some());
    if let Some(confirmation) = shown {
        world.tell(format!("shown to the user: {confirmation}"));
        t.shown(
            "its confirmation names the signal",
            confirmation.signal.is_some(),
        );
    }
    let wrong = world
        .ledger
        .under(rules)
        .record_gpc(&caller, TENANT, &browser, b"yes")
        .await?;
    t.refused("a signal that is none", &wrong.is_some());
    Ok(true)
}

/// Somebody who is too young may not be served.
pub(crate) async fn of_age(
    world: &World,
    t: &mut Trial,
    minimum: u8,
    for_what: &str,
    of: &str,
) -> Fallible<bool> {
    t.mechanism("consent", "age limit");
    let ask = async |age: Age| -> Fallible<_> {
        let signals = Signals::new().age(age);
        world
            .may_use(&ConsentFacts::none(), for_what, of, signals)
            .await
    };
    let young = ask(Age::Years(minimum - 1)).await?;
    t.refused(&format!("somebody of {}", minimum - 1), &young);
    let old = ask(Age::Years(minimum)).await?;
    t.permitted(&format!("somebody of {minimum}"), &old);
    Ok(true)
}

/// Whoever is too young cannot consent, and neither can somebody of unknown age.
pub(crate) async fn too_young_to_consent(
    world: &World,
    t: &mut Trial,
    years: u8,
    for_what: &str,
    of: &str,
) -> Fallible<bool> {
    let given = facts(world, &[(GIVEN, &[for_what])])?;
    let ages = [
        (format!("consent of somebody of {years}"), Age::Years(years)),
        (
            "consent of somebody of unknown age".to_owned(),
            Age::Unknown,
        ),
    ];
    for (what, age) in ages {
        let signals = Signals::new().age(age);
        let decision = world.may_use(&given, for_what, of, signals).await?;
        t.refused(&what, &decision);
    }
    Ok(true)
}

/// An objection stops a purpose from the second on in which it was made, or is noted for a
/// review.
pub(crate) async fn objection(
    world: &World,
    t: &mut Trial,
    for_what: &str,
    of: &str,
    stops: bool,
) -> Fallible<bool> {
    t.mechanism("consent", "objections");
    let at: Moment = world.now();
    let facts = facts(world, &[(Event::Objected, &[for_what])])?;
    let ask = async |now: Moment| -> Fallible<bool> {
        let decision = world
            .may_use_at(&facts, for_what, of, grown_up(), now)
            .await?;
        // Where it is reviewed, it stands among what was weighed and did not win.
        let mut lost = decision.lost();
        let noted = lost.any(|(_, reason)| reason.why().contains("objection is under review"));
        Ok(if stops { decision.is_allow() } else { noted })
    };
    let [before, then, after] = Trial::around(at);
    let seen = [ask(before).await?, ask(then).await?, ask(after).await?];
    let what = if stops { "goes on" } else { "is under review" };
    let expected = [stops, !stops, !stops];
    t.boundary(&format!("`{for_what}` {what}"), at, &seen, &expected);
    Ok(true)
}

/// What the law asks for is not stopped by the data subject, and serves nothing else.
pub(crate) async fn not_withdrawable(
    world: &World,
    t: &mut Trial,
    for_what: &str,
    of: &str,
    else_for: &str,
) -> Fallible<bool> {
    t.mechanism("consent", "purposes that rest on the law");
    let did: &[(Event, &[&str])] = &[(Event::Objected, &[for_what])];
    let facts = facts(world, did)?;
    let decision = world.may_use(&facts, for_what, of, grown_up()).await?;
    t.permitted("although somebody objected", &decision);
    let out = world.policy.consent().check_opt_out(&purpose(for_what)?);
    t.rejected("an opt-out of it", &out);
    let decision = world.may_use(&facts, else_for, of, grown_up()).await?;
    t.refused(&format!("the same data for `{else_for}`"), &decision);
    Ok(true)
}

/// Use after a change of the policy is recorded, and is no consent.
pub(crate) async fn accepted_by_use(
    world: &World,
    t: &mut Trial,
    needs_consent: (&str, &str),
    needs_none: (&str, &str),
) -> Fallible<bool> {
    t.mechanism("consent", "acceptance, which is no consent");
    let announcement = world.policy.announcement();
    t.permitted(
        "use counts as acceptance",
        &announcement.is_accepted_by_use(),
    );
    let facts = facts(world, &[(Event::PolicyAccepted, &[needs_consent.0])])?;
    let decision = world
        .may_use(&facts, needs_consent.0, needs_consent.1, grown_up())
        .await?;
    t.refused(
        &format!("`{}` by acceptance alone", needs_consent.0),
        &decision,
    );
    let decision = world
        .may_use(&facts, needs_none.0, needs_none.1, grown_up())
        .await?;
    t.permitted(
        &format!("`{}`, which needs no consent", needs_none.0),
        &decision,
    );
    Ok(true)
}

/// Reads the header of Global Privacy Control.
pub(crate) fn signal(value: &[u8]) -> Gpc {
    Gpc::from_headers([value])
}
