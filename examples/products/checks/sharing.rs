//! Who else gets what, and what is measured.

use confidant::decision::{Decision, Reason};
use confidant::policy::conformance::Trial;
use confidant::policy::{
    Announced, ChangeChannel, Disclosing, Disclosure, DisclosureGround, FieldValue, Policy,
};
use confidant::taxonomy::{DataCategory, Processor, Purpose, Region};
use confidant::time::Moment;

use super::retention::day;
use crate::world::{Fallible, World, processor};

/// What is about to be disclosed, by its names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct What {
    pub(crate) to: &'static str,
    pub(crate) for_what: &'static str,
    pub(crate) of: &'static str,
    pub(crate) field: Option<&'static str>,
    pub(crate) region: Option<&'static str>,
    pub(crate) environment: Option<&'static str>,
}

impl What {
    pub(crate) const fn new(to: &'static str, for_what: &'static str, of: &'static str) -> Self {
        Self {
            to,
            for_what,
            of,
            field: None,
            region: None,
            environment: Some("production"),
        }
    }

    pub(crate) const fn region(mut self, region: &'static str) -> Self {
        self.region = Some(region);
        self
    }

    pub(crate) const fn field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    pub(crate) const fn environment(mut self, environment: &'static str) -> Self {
        self.environment = Some(environment);
        self
    }

    pub(crate) fn decide(self, policy: &Policy, now: Moment) -> Decision {
        let names = || -> Result<_, confidant::Error> {
            let region = self.region.map(Region::new).transpose()?;
            let names = (Processor::new(self.to)?, Purpose::new(self.for_what)?);
            Ok((names, DataCategory::new(self.of)?, region))
        };
        let Ok(((to, for_what), of, region)) = names() else {
            return Decision::deny(Reason::without_clause("a name is malformed"));
        };
        let mut what = Disclosing::new(&for_what, &of);
        if let Some(region) = &region {
            what = what.region(region);
        }
        if let Some(field) = self.field {
            what = what.field(field);
        }
        if let Some(environment) = self.environment {
            what = what.environment(environment);
        }
        policy.router().disclose(&to, &what, now)
    }
}

/// Decides whether a recipient may get something now.
pub(crate) async fn discloses(world: &World, what: What) -> Fallible<Decision> {
    let now = world.attestation_clock(world.now())?;
    let inputs = format!("{what:?}");
    world
        .made("disclosure", &inputs, now, move |policy, now| {
            what.decide(policy, now)
        })
        .await
}

/// Some disclosures go through, and others do not.
pub(crate) async fn disclosed(
    world: &World,
    t: &mut Trial,
    may: &[What],
    may_not: &[What],
) -> Fallible<bool> {
    t.mechanism("policy", "decision on a recipient");
    for what in may {
        let decision = discloses(world, *what).await?;
        t.permitted(&words(what), &decision);
    }
    for what in may_not {
        let decision = discloses(world, *what).await?;
        t.refused(&words(what), &decision);
    }
    Ok(true)
}

fn words(what: &What) -> String {
    let mut words = format!("`{}` to `{}` for `{}`", what.of, what.to, what.for_what);
    for (name, value) in [
        ("field", what.field),
        ("in", what.region),
        ("from", what.environment),
    ] {
        if let Some(value) = value {
            words += &format!(", {name} {value}");
        }
    }
    words
}

/// Hosts of declared recipients are reached, and no others.
pub(crate) async fn hosts(
    world: &World,
    t: &mut Trial,
    may: &[&'static str],
    may_not: &[&'static str],
) -> Fallible<bool> {
    t.mechanism("policy", "closed list of hosts");
    for host in may {
        t.permitted(&format!("reaching {host}"), &world.reaches(host).await?);
    }
    for host in may_not {
        t.refused(&format!("reaching {host}"), &world.reaches(host).await?);
    }
    Ok(true)
}

/// A mail provider delivers the classes of messages that it may.
pub(crate) fn delivers(
    world: &World,
    t: &mut Trial,
    who: &str,
    may: &[&str],
    may_not: &[&str],
) -> Fallible<bool> {
    t.mechanism("policy", "classes of messages of a recipient");
    let known = world.policy.router().recipient(&processor(who)?);
    let known = known.ok_or("the recipient is not declared")?;
    for class in may {
        t.permitted(&format!("`{class}` by `{who}`"), &known.may_deliver(class));
    }
    for class in may_not {
        t.refused(&format!("`{class}` by `{who}`"), &known.may_deliver(class));
    }
    Ok(true)
}

/// A disclosure that is tried: in words, whether it may go through, and how it is asked for.
pub(crate) type Try<'t> = (&'t str, bool, fn(&DataCategory) -> Disclosure<'_>);

/// Something is disclosed on a ground that is listed and with all that it needs, and not
/// otherwise.
pub(crate) async fn ground(
    world: &World,
    t: &mut Trial,
    of: &'static str,
    tries: &[Try<'_>],
) -> Fallible<bool> {
    t.mechanism("policy", "grounds of disclosures");
    for (what, may, make) in tries {
        let make = *make;
        let decision = world
            .made(
                "ground",
                &format!("{what} {of}"),
                world.now(),
                move |policy, now| match DataCategory::new(of) {
                    Ok(of) => policy.disclosures().decide(&make(&of), now),
                    Err(_) => Decision::deny(Reason::without_clause("a name is malformed")),
                },
            )
            .await?;
        match may {
            true => t.permitted(what, &decision),
            false => t.refused(what, &decision),
        };
    }
    Ok(true)
}

/// A business goes over to another one only once its users have had notice.
pub(crate) async fn handed_over(
    world: &World,
    t: &mut Trial,
    of: &'static str,
    told: &str,
    from: &str,
) -> Fallible<bool> {
    t.mechanism("policy", "grounds of disclosures, with their notice");
    let (told, at) = (day(told)?, day(from)?);
    let mut seen = [false; 3];
    for (seen, now) in seen.iter_mut().zip(Trial::around(at)) {
        let decision = world
            .made(
                "ground",
                &format!("business transfer of {of}"),
                now,
                move |policy, now| match DataCategory::new(of) {
                    Ok(of) => {
                        let what = Disclosure::new(DisclosureGround::BusinessTransfer, &of);
                        let what = what.announced(told).keeps_commitments();
                        policy.disclosures().decide(&what, now)
                    }
                    Err(_) => Decision::deny(Reason::without_clause("a name is malformed")),
                },
            )
            .await?;
        *seen = decision.is_allow();
    }
    t.boundary("the data may go over", at, &seen, &[false, true, true]);
    Ok(true)
}

/// An event that is listed is taken with the fields that are listed; another event is not,
/// and other fields are dropped.
pub(crate) fn measured(
    world: &World,
    t: &mut Trial,
    event: &str,
    good: &[(&'static str, FieldValue<'static>)],
    bad: (&'static str, FieldValue<'static>),
) -> Fallible<bool> {
    t.mechanism("policy", "allow-list of events and their fields");
    let telemetry = world.policy.telemetry();
    let whole = telemetry.admit(event, good.iter().copied());
    t.permitted(
        &format!("`{event}` with its fields"),
        &whole.is_some_and(|admitted| admitted.dropped() == 0),
    );
    let more = telemetry.admit(event, good.iter().copied().chain([bad]));
    let kept =
        more.is_some_and(|admitted| admitted.fields().iter().any(|(name, _)| *name == bad.0));
    t.refused(&format!("the field `{}` of it", bad.0), &kept);
    let other = telemetry.admit("keystrokes", []);
    t.refused("the event `keystrokes`", &other.is_some());
    Ok(true)
}

/// Cookies that are listed are set as they are listed, and no others.
pub(crate) fn cookies(
    world: &World,
    t: &mut Trial,
    may: &[&str],
    may_not: &[&str],
) -> Fallible<bool> {
    t.mechanism("policy", "check of `Set-Cookie`");
    let check = |header: &str| world.policy.cookies().check(header);
    for header in may {
        t.permitted(&format!("`{header}`"), &check(header));
    }
    for header in may_not {
        t.refused(&format!("`{header}`"), &check(header));
    }
    Ok(true)
}

fn activates(world: &World, told: Option<&Announced>, now: Moment) -> Decision {
    world.policy.announcement().activate(told, now)
}

/// A version takes effect with proof that it was announced by a listed channel, and once
/// the lead time is over.
pub(crate) fn announced(
    world: &World,
    t: &mut Trial,
    told: &str,
    by: ChangeChannel,
    from: &str,
    wrong: ChangeChannel,
) -> Fallible<bool> {
    t.mechanism("policy", "gate of activation");
    let (told, at) = (day(told)?, day(from)?);
    let proof = Announced::new(told, by, [7; 32]);
    let mut seen = [false; 3];
    for (seen, now) in seen.iter_mut().zip(Trial::around(at)) {
        *seen = activates(world, Some(&proof), now).is_allow();
    }
    t.boundary(
        "the new version takes effect",
        at,
        &seen,
        &[false, true, true],
    );
    t.refused(
        "without proof that it was announced",
        &activates(world, None, at),
    );
    let other = Announced::new(told, wrong, [7; 32]);
    t.refused(
        "announced by another channel",
        &activates(world, Some(&other), at),
    );
    t.permitted("announced in time", &activates(world, Some(&proof), at));
    Ok(true)
}
