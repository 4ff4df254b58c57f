//! What data subjects ask for.

use std::time::Duration;

use confidant::audit::Access;
use confidant::consent::{ConsentFacts, Event};
use confidant::decision::{ClauseId, Decision};
use confidant::policy::conformance::Trial;
use confidant::retention::{Events, Holds, Record, Trigger};
use confidant::rights::{
    Breach, Bundle, BundleBuilder, DeadlineState, DeletionPlan, DeletionRules, Import, Intake,
    Kept, NewCorrection, Request, RequestId, RequestKind, Step, Touch,
};
use confidant::taxonomy::{Evidence, Jurisdiction, ObligationKind, Obligor};
use confidant::time::Moment;
use serde_json::json;

use super::consent::grown_up;
use super::retention::day;
use crate::world::{Fallible, Switch, TENANT, World, caller, category, id, store, subject};

const MONTH: Duration = Duration::from_secs(30 * 86_400);

/// Returns a request that was received on a day.
pub(crate) fn request(kind: RequestKind, on: &str, from: Option<&str>) -> Fallible<Request> {
    let received = day(on)?;
    let intake = Intake::new(kind, received, "form").identity(Evidence::new(received, [7; 32]));
    let intake = match from {
        Some(from) => intake.jurisdiction(Jurisdiction::new(from)?),
        None => intake,
    };
    Ok(Request::new(RequestId::from_bytes([8; 16]), intake)?)
}

fn state(world: &World, request: &Request, now: Moment) -> Fallible<DeadlineState> {
    let now = match world.is_off(Switch::DeadlinesForgotten) {
        true => now.saturating_sub(MONTH),
        false => now,
    };
    Ok(request.deadline_state(world.policy.rights(), now)?)
}

/// A request is overdue from its deadline on.
pub(crate) fn answered_by(
    world: &World,
    t: &mut Trial,
    kind: RequestKind,
    on: &str,
    from: Option<&str>,
    due: &str,
) -> Fallible<bool> {
    t.mechanism("rights", "requests and their clocks");
    let request = request(kind, on, from)?;
    let at = day(due)?;
    let mut seen = [false; 3];
    for (seen, now) in seen.iter_mut().zip(Trial::around(at)) {
        *seen = state(world, &request, now)? == DeadlineState::Overdue;
    }
    let what = format!("a request for {} of {on} is overdue", kind.as_str());
    t.boundary(&what, at, &seen, &[false, true, true]);
    Ok(true)
}

/// Where it is unknown where somebody lives, the strictest clock counts.
pub(crate) fn strictest(world: &World, t: &mut Trial, on: &str, due: &str) -> Fallible<bool> {
    let unknown = request(RequestKind::Access, on, None)?;
    let deadline = unknown.deadline(world.policy.rights())?;
    t.shown(
        "an unknown place takes the strictest clock",
        deadline.is_strictest(),
    );
    for from in ["DE", "US-CA"] {
        let known = request(RequestKind::Access, on, Some(from))?;
        let later = known.deadline(world.policy.rights())?.due() >= deadline.due();
        t.shown(&format!("that of {from} is no earlier"), later);
    }
    answered_by(world, t, RequestKind::Access, on, None, due)
}

/// Nothing is done before the requester has shown who they are.
pub(crate) fn identified(world: &World, t: &mut Trial) -> Fallible<bool> {
    t.mechanism("rights", "machine of requests");
    let rules = world.policy.rights();
    let received = day("2026-07-01")?;
    let request = Request::new(
        RequestId::from_bytes([9; 16]),
        Intake::new(RequestKind::Deletion, received, "form"),
    )?;
    // Nobody has to think of asking: the rule of the policy asks.
    t.refused(
        "accepting one of which nobody asked who it is from",
        &request.apply(rules, Step::Accept, received).is_ok(),
    );
    let asked = request.apply(rules, Step::AskIdentity, received)?;
    let at = day("2026-07-03")?;
    let proof = || Step::ProveIdentity(Evidence::new(at, [7; 32]));
    let mut seen = [false; 3];
    for (seen, now) in seen.iter_mut().zip(Trial::around(at)) {
        // The proof comes at that moment.
        let request = match now >= at {
            true => asked.apply(rules, proof(), at)?,
            false => asked.clone(),
        };
        *seen = request.apply(rules, Step::Accept, now).is_ok();
    }
    t.boundary("it may be accepted", at, &seen, &[false, true, true]);
    t.refused(
        "accepting it before the requester is known",
        &asked.apply(rules, Step::Accept, received).is_ok(),
    );
    let proved = asked.apply(rules, proof(), at)?;
    t.permitted(
        "accepting it after that",
        &proved.apply(rules, Step::Accept, at),
    );
    Ok(true)
}

/// A copy of what the stores keep of somebody goes out as files with digests, secrets by
/// their names alone; nothing of anybody else's is in it, and one changed byte is noticed.
pub(crate) async fn bundle(
    world: &World,
    t: &mut Trial,
    kind: RequestKind,
    of: &'static str,
) -> Fallible<bool> {
    t.mechanism("rights", "bundle with a manifest of digests");
    let (whose, other) = (
        format!("{}-copy@mail.test", t.promise()),
        format!("{}-else@mail.test", t.promise()),
    );
    for whose in [&whose, &other] {
        world.keep_some(&[of], whose, 2).await?;
    }
    let request = request(kind, "2026-07-01", Some("DE"))?;
    let mut builder = BundleBuilder::new(&request)?;
    let category = category(of)?;
    let kept = world.kept_of(of, &whose).await?;
    for (place, text) in &kept {
        builder.add(
            &store(place)?,
            &category,
            world.now(),
            json!({ "text": text }),
        )?;
    }
    builder.add_secret_name(&store("primary")?, "github-token")?;
    let bundle = builder.build(world.now())?;
    let files: Vec<String> = bundle
        .files()
        .map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    let holds = |text: &str| files.iter().any(|file| file.contains(text));
    t.permitted(
        &format!("what {} records say is in it", kept.len()),
        &(!kept.is_empty() && kept.iter().all(|(_, text)| holds(text))),
    );
    t.refused("anything of somebody else's is in it", &holds(&other));
    t.permitted(
        "a bundle as it was made",
        &Bundle::verify(bundle.manifest(), |path| bundle.file(path)),
    );
    let forged = Bundle::verify(bundle.manifest(), |_| Some(b"another text"));
    t.refused("one of which a file was changed", &forged);
    let manifest = String::from_utf8_lossy(bundle.manifest()).into_owned();
    t.shown("it names the secret", manifest.contains("github-token"));
    t.shown("it is JSON under a schema", manifest.contains("\"schema\""));
    Ok(true)
}

/// A correction stays: what is imported later does not undo it.
pub(crate) async fn corrected(world: &World, t: &mut Trial) -> Fallible {
    t.mechanism("rights", "corrections that stay");
    let who = subject(&format!("{}@mail.test", t.promise()))?;
    let caller = caller("correction")?;
    let register = &world.register;
    let clause = ClauseId::new("rights.kind.correction")?;
    let before = Import::new("name", b"Ada K.");
    let decision = register.may_import(TENANT, &who, before, &clause).await?;
    t.permitted("an import before anybody corrected it", &decision);
    register
        .correct(
            &caller,
            TENANT,
            &who,
            NewCorrection::new("name", b"Ada L.").source("form"),
        )
        .await?;
    let old = Import::new("name", b"Ada K.");
    let decision = register.may_import(TENANT, &who, old, &clause).await?;
    t.refused("an import of the old value", &decision);
    let new = Import::new("name", b"Ada L.");
    let decision = register.may_import(TENANT, &who, new, &clause).await?;
    t.permitted("an import of the corrected value", &decision);
    let entries = world.places_of("rights.correct").await?;
    t.shown("the log has it", !entries.is_empty());
    Ok(())
}

/// A deletion takes everything but what a clause keeps, and says which and until when.
pub(crate) fn deletion_plan(
    world: &World,
    t: &mut Trial,
    goes: &str,
    stays: &str,
    by: &str,
    until: &str,
) -> Fallible {
    t.mechanism("rights", "plan of a deletion");
    let (goes, stays) = (category(goes)?, category(stays)?);
    let events =
        Events::created(day("2026-06-10")?).at(Trigger::DeletionRequested, day("2026-07-01")?);
    let records = [&goes, &stays].map(|of| Record::new(of, events).tenant(TENANT));
    let plan = DeletionPlan::new(
        &DeletionRules::new(
            world.policy.retention(),
            &Holds::none(),
            world.policy.stores(),
        ),
        records,
        world.retention_clock(day("2026-07-02")?),
    )?;
    let by = day(by)?;
    let mut tasks = plan.tasks().iter();
    t.permitted(
        &format!("`{goes}` goes by {by}"),
        &tasks.any(|task| task.category == goes && task.by == by),
    );
    t.refused(
        &format!("`{stays}` goes too"),
        &plan.tasks().iter().any(|task| task.category == stays),
    );
    let until = day(until)?;
    let kept = |kept: &Kept| kept.category == stays && kept.until == Some(until);
    t.shown(
        &format!("`{stays}` is kept until {until}"),
        plan.kept().iter().any(kept),
    );
    Ok(())
}

/// Whoever uses a right is served as before.
pub(crate) async fn no_discrimination(
    world: &World,
    t: &mut Trial,
    serves: (&str, &str),
    denied: (&str, &str),
) -> Fallible<bool> {
    t.mechanism("rights", "register, which no decision on the service reads");
    let who = subject(&format!("{}@mail.test", t.promise()))?;
    let ask = async |(for_what, of): (&str, &str)| -> Fallible<_> {
        let mut facts: ConsentFacts = world.ledger.facts(TENANT, &who).await?;
        let has_asked = !world.register.requests_of(TENANT, &who).await?.is_empty();
        if has_asked && world.is_off(Switch::RequestersPunished) {
            facts = super::consent::facts(world, &[(Event::Restricted, &[])])?;
        }
        world.may_use(&facts, for_what, of, grown_up()).await
    };
    let at = world.now();
    let look = async || -> Fallible<(usize, Decision, Decision)> {
        let open = world.register.requests_of(TENANT, &who).await?.len();
        Ok((open, ask(serves).await?, ask(denied).await?))
    };
    let before = look().await?;
    for kind in [
        RequestKind::Access,
        RequestKind::Deletion,
        RequestKind::Complaint,
    ] {
        let intake = Intake::new(kind, at, "form");
        world
            .register
            .open(&caller("rights")?, TENANT, &who, intake)
            .await?;
    }
    let then = look().await?;
    world.clock.advance(Duration::from_secs(1))?;
    let later = look().await?;
    let (after, after_denied) = (later.1.clone(), later.2.clone());
    let answers =
        |look: &(usize, Decision, Decision)| (look.0, look.1.is_allow(), look.2.is_allow());
    t.boundary(
        "open requests, and what is served and denied",
        at,
        &[answers(&before), answers(&then), answers(&later)],
        &[(0, true, false), (3, true, false), (3, true, false)],
    );
    t.shown(
        "every decision is the same as before",
        before.1 == then.1 && before.2 == then.2,
    );
    t.permitted(&format!("`{}` goes on", serves.0), &after);
    t.refused(
        &format!("`{}` is denied, as before", denied.0),
        &after_denied,
    );
    Ok(true)
}

/// A breach affects whom the log names within its window, and starts clocks by where they
/// live: for the data subjects, and for an authority where there is one to be told first.
pub(crate) fn breach(
    world: &World,
    t: &mut Trial,
    from: &str,
    authority: Option<&str>,
    subjects: &str,
) -> Fallible<bool> {
    t.mechanism("rights", "clocks of a breach");
    let (begin, end) = (day("2026-07-30")?, day("2026-07-31")?);
    let breach = Breach::new(day("2026-08-01")?, begin..end)?;
    let affects = |at: Moment| -> Fallible<usize> {
        let touch = Touch::new(at).subject(id("subject:1")?);
        Ok(breach.affected([touch]).subjects.len())
    };
    for (at, expected) in [(begin, [0, 1, 1]), (end, [1, 0, 0])] {
        let [before, then, after] = Trial::around(at);
        let seen = [affects(before)?, affects(then)?, affects(after)?];
        let what = format!("somebody of {from} whose data was touched is affected");
        t.boundary(&what, at, &seen, &expected);
    }
    let place = Jurisdiction::new(from)?;
    let owed = breach.obligations(world.policy.rights().table(), [Some(&place)])?;
    let told = [
        (ObligationKind::NotifyAuthority, authority),
        (ObligationKind::NotifySubjects, Some(subjects)),
    ];
    for (what, by) in told {
        let Some(by) = by else { continue };
        let at = day(by)?;
        let meant = owed
            .iter()
            .filter(|one| matches!(one.who(), Obligor::Controller) && one.what() == what);
        let duty = meant.min_by_key(|one| one.by()).ok_or("nothing is owed")?;
        let mut seen = [false; 3];
        for (seen, now) in seen.iter_mut().zip(Trial::around(at)) {
            let now = match world.is_off(Switch::DeadlinesForgotten) {
                true => now.saturating_sub(MONTH),
                false => now,
            };
            *seen = duty.state(now) == confidant::taxonomy::ObligationState::Violated;
        }
        let what = format!("{:?} in {from} comes too late", duty.what());
        t.boundary(&what, at, &seen, &[false, true, true]);
    }
    Ok(true)
}

/// A notice of a breach lacks nothing: without a field there is none. Whose data it is
/// about stands in the audit log.
pub(crate) async fn breach_notice(world: &World, t: &mut Trial, of: &str) -> Fallible<bool> {
    t.mechanism("rights", "notice of a breach, by steps that are types");
    t.mechanism("audit", "log, which tells what was touched");
    let begin = world.now();
    super::secrets::put(
        world,
        &format!("{}-key", t.promise()),
        "open-to-all",
        "site",
    )
    .await?;
    world.clock.advance(Duration::from_secs(1))?;
    let end = world.now();
    let size = world.log.checkpoint().await?.size();
    let access = Access::new(id("auditor:7")?);
    let mut touches = Vec::new();
    while (touches.len() as u64) < size {
        let from = touches.len() as u64;
        for record in world.log.read(from..size, &access).await? {
            touches.push(Touch::of_entry(&record).category(category(of)?));
        }
    }
    let breach = Breach::new(end, begin..end)?;
    let affected = breach.affected(touches);
    t.permitted("the log tells what was touched", &(affected.touches > 0));
    let contact = world.policy.contact().unwrap_or_default();
    let notice = |nature: &str, measures: &str| {
        breach
            .notice(&affected)
            .nature(nature)
            .contact(contact)
            .consequences("Somebody may have read it.")
            .measures(measures)
    };
    let whole = notice("A backup was open.", "It was closed.");
    if let Ok(whole) = &whole {
        let first = whole
            .as_str()
            .lines()
            .take(3)
            .collect::<Vec<_>>()
            .join("; ");
        world.tell(format!("the notice of a breach begins: {first}"));
        t.shown("it names the kinds of data", whole.as_str().contains(of));
    }
    t.permitted("a notice with everything", &whole);
    t.rejected(
        "one that does not say what happened",
        &notice("", "It was closed."),
    );
    t.rejected(
        "one that does not say what was done",
        &notice("A backup was open.", ""),
    );
    Ok(true)
}
