//! What is measured, and under which names.

use std::net::IpAddr;

use confidant::policy::conformance::Trial;
use confidant::policy::{FieldValue, Sink, StoredAs};
use confidant::pseudonym::{Aggregates, Pseudonym, PseudonymKey, RotatingKeys};
use confidant::time::{Moment, Period};

use super::retention::day;
use crate::world::{Fallible, TENANT, World, category, processor, purpose, store};

/// Returns how many fields of an event are taken; nothing for an event that is not. Words
/// and ids that look like a secret are dropped, where the policy has a clause on it.
pub(crate) fn taken(
    world: &World,
    event: &str,
    fields: &[(&'static str, FieldValue<'static>)],
) -> Fallible<Option<usize>> {
    let telemetry = world.policy.telemetry();
    let Some(admitted) = telemetry.admit(event, fields.iter().copied()) else {
        return Ok(None);
    };
    let mut count = 0;
    for (_, value) in admitted.fields() {
        let is_clean = match value {
            FieldValue::Word(text) | FieldValue::Id(text)
                if world.policy.redaction().get(Sink::Telemetry).is_some() =>
            {
                world.admits(Sink::Telemetry, text)?.is_allow()
            }
            _ => true,
        };
        count += usize::from(is_clean);
    }
    Ok(Some(count))
}

/// An event is taken with its fields; another event is not, nor are fields that are not
/// listed, free text and what looks like a secret.
pub(crate) fn listed_alone(
    world: &World,
    t: &mut Trial,
    event: &str,
    good: &[(&'static str, FieldValue<'static>)],
    bad: &[(&'static str, FieldValue<'static>)],
) -> Fallible<bool> {
    t.mechanism("policy", "allow-list of events and their fields");
    let all = taken(world, event, good)? == Some(good.len());
    t.permitted(&format!("`{event}` with its fields"), &all);
    for field in bad {
        let kept = taken(world, event, &[*field])? == Some(1);
        t.refused(
            &format!("`{event}` with {:?} in `{}`", field.1, field.0),
            &kept,
        );
    }
    let other = taken(world, "keystrokes", good)?.is_some();
    t.refused("an event that is not listed", &other);
    Ok(true)
}

/// Events stay with the controller, or go to those who are listed.
pub(crate) async fn goes_to(
    world: &World,
    t: &mut Trial,
    event: &'static str,
    to: Option<&'static str>,
    never: &'static str,
) -> Fallible<bool> {
    t.mechanism("policy", "recipients of events");
    let ask = async |to: Option<&'static str>| -> Fallible<_> {
        let to = to.map(processor).transpose()?;
        let inputs = format!("{event} {to:?}");
        let make = move |policy: &confidant::policy::Policy, _| {
            policy.telemetry().decide(event, to.as_ref(), None)
        };
        world.made("event", &inputs, world.now(), make).await
    };
    t.permitted(
        &format!("`{event}` to {}", to.unwrap_or("nobody else")),
        &ask(to).await?,
    );
    t.refused(&format!("`{event}` to `{never}`"), &ask(Some(never)).await?);
    Ok(true)
}

/// Groups are looked at from a size on; single persons are not.
pub(crate) async fn in_groups(world: &World, t: &mut Trial, least: u32) -> Fallible<bool> {
    t.mechanism("policy", "least size of groups");
    let ask = async |group: Option<u32>| -> Fallible<_> {
        let make = move |policy: &confidant::policy::Policy, _| policy.telemetry().analyse(group);
        let inputs = format!("{group:?}");
        let decision = world.made("analysis", &inputs, world.now(), make).await?;
        Ok(decision.is_allow())
    };
    t.permitted(&format!("a group of {least}"), &ask(Some(least)).await?);
    t.refused(
        &format!("a group of {}", least - 1),
        &ask(Some(least - 1)).await?,
    );
    t.refused("one person", &ask(None).await?);
    Ok(true)
}

/// Counts are released for groups from a size on, and not where two of them tell about
/// somebody.
pub(crate) fn anonymous(t: &mut Trial, least: u64) -> Fallible {
    t.mechanism("pseudonym", "counts of groups");
    let key = PseudonymKey::from_bytes([11; 32]);
    let for_what = purpose("analytics")?;
    let members = |count: u64| -> Vec<Pseudonym> {
        (0..count)
            .map(|n| key.session(&for_what, &format!("s-{n}")))
            .collect()
    };
    let mut aggregates = Aggregates::builder(least).rounding(1).build()?;
    let group = least.max(20);
    t.permitted(
        &format!("a count of {group}"),
        &aggregates.release(members(group)).is_ok(),
    );
    t.refused("a count of 19", &aggregates.release(members(19)).is_ok());
    t.refused(
        "the count of the same group with one more",
        &aggregates.release(members(group + 1)).is_ok(),
    );
    Ok(())
}

/// A category is kept in one form, and in no other.
pub(crate) async fn kept_as(
    world: &World,
    t: &mut Trial,
    of: &'static str,
    good: StoredAs,
    bad: &'static [StoredAs],
    place: &'static str,
) -> Fallible<bool> {
    t.mechanism("policy", "forms in which categories are stored");
    let ask = async |form: StoredAs| -> Fallible<_> {
        let (of, place) = (category(of)?, store(place)?);
        let inputs = format!("{of} {form:?} {place}");
        let make = move |policy: &confidant::policy::Policy, _| policy.keep(&of, form, &place);
        world.made("keep", &inputs, world.now(), make).await
    };
    t.permitted(&format!("`{of}` as {good:?}"), &ask(good).await?);
    for form in bad {
        t.refused(&format!("`{of}` as {form:?}"), &ask(*form).await?);
    }
    Ok(true)
}

/// A pseudonym serves its purposes, and is never joined with an identity.
pub(crate) async fn apart(
    world: &World,
    t: &mut Trial,
    name: &'static str,
    good: &'static str,
    bad: &'static str,
) -> Fallible<bool> {
    t.mechanism("pseudonym", "pseudonyms under a key, by purpose");
    let ask = async |for_what: &'static str| -> Fallible<_> {
        let for_what = purpose(for_what)?;
        let inputs = format!("{name} {for_what}");
        let make = move |policy: &confidant::policy::Policy, _| {
            policy.pseudonyms().decide(name, &for_what)
        };
        world.made("pseudonym", &inputs, world.now(), make).await
    };
    t.permitted(&format!("`{name}` for `{good}`"), &ask(good).await?);
    t.refused(&format!("`{name}` for `{bad}`"), &ask(bad).await?);
    let join = world
        .made("join", name, world.now(), move |policy, _| {
            policy.pseudonyms().join(name)
        })
        .await?;
    t.refused(&format!("joining `{name}` with an account"), &join);
    let key = PseudonymKey::from_bytes([12; 32]);
    let (one, two) = (purpose(good)?, purpose(bad)?);
    t.shown(
        "for another purpose the same session has another name",
        key.session(&one, "s-1") != key.session(&two, "s-1"),
    );
    Ok(true)
}

/// The key of a pseudonym lasts from one day to another: what is named in between is named
/// otherwise from its end on, and once the key is destroyed nobody can tell who it was.
pub(crate) async fn rotates(
    world: &World,
    t: &mut Trial,
    name: &str,
    for_what: &str,
    (begins, ends): (&str, &str),
) -> Fallible {
    t.mechanism("pseudonym", "keys that rotate");
    let rule = world.policy.pseudonyms().get(name);
    let period: Period = rule
        .and_then(|rule| rule.rotate())
        .ok_or("it never rotates")?;
    let for_what = purpose(for_what)?;
    let tenant = format!("{TENANT}-{}", t.promise());
    let keys = RotatingKeys::new(std::sync::Arc::clone(&world.store), &tenant, period)?;
    let named = async |now: Moment| -> Fallible<Pseudonym> {
        Ok(keys.at(&for_what, now).await?.session(&for_what, "s-81"))
    };
    let (first, ends) = (day(begins)?, day(ends)?);
    let own = named(first).await?;
    let mut seen = [false; 3];
    for (seen, now) in seen.iter_mut().zip(Trial::around(ends)) {
        *seen = named(now).await? != own;
    }
    t.boundary("it has another name", ends, &seen, &[false, true, true]);
    let destroyed = keys.destroy_before(&for_what, ends).await?;
    t.shown("the old key is destroyed", destroyed == 1);
    t.refused(
        "a name under a key that is gone",
        &named(first).await.is_ok(),
    );
    Ok(())
}

/// An address is kept under a keyed pseudonym: the same address has the same name, and the
/// name does not hold the address.
pub(crate) fn address(t: &mut Trial, for_what: &str) -> Fallible {
    t.mechanism("pseudonym", "pseudonyms of addresses");
    let (key, other) = (
        PseudonymKey::from_bytes([13; 32]),
        PseudonymKey::from_bytes([14; 32]),
    );
    let for_what = purpose(for_what)?;
    let of = |key: &PseudonymKey, text: &str| -> Fallible<Pseudonym> {
        Ok(key.ip(&for_what, text.parse::<IpAddr>()?))
    };
    let name = of(&key, "203.0.113.7")?;
    t.permitted(
        "the same address is recognised",
        &(of(&key, "203.0.113.7")? == name),
    );
    t.refused("another address", &(of(&key, "203.0.113.8")? == name));
    // Without the key, trying all addresses finds nothing.
    t.refused(
        "the same address under a guessed key",
        &(of(&other, "203.0.113.7")? == name),
    );
    let bytes = name.as_bytes();
    t.shown(
        "the name does not hold the address",
        !bytes.windows(4).any(|four| four == [203, 0, 113, 7]),
    );
    Ok(())
}
