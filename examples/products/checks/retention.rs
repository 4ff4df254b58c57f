//! How long things are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use confidant::policy::conformance::Trial;
use confidant::retention::{
    Events, Hold, HoldId, HoldReason, Holds, KeeperOutcome, Order, Person, Record, Selector,
    Source, Status, Trigger,
};
use confidant::time::Moment;

use crate::world::{Fallible, TENANT, World, category, subject};

/// Events of a record that was made on a day, with others on other days.
pub(crate) fn events(created: &str, others: &[(Trigger, &str)]) -> Fallible<Events> {
    let mut events = Events::created(day(created)?);
    for (trigger, on) in others {
        events = events.at(*trigger, day(on)?);
    }
    Ok(events)
}

pub(crate) fn day(text: &str) -> Fallible<Moment> {
    Ok(format!("{text}T00:00:00Z").parse()?)
}

/// A record is overdue from the end of its time on, and not a second before. Clocks of the
/// product may differ, so it is late that much earlier.
pub(crate) fn due(
    world: &World,
    t: &mut Trial,
    of: &str,
    events: Events,
    by: &str,
) -> Fallible<bool> {
    t.mechanism("retention", "verdict on a record");
    let by = day(by)?;
    let at = by.saturating_sub(world.policy.retention().skew());
    let mut seen = [false; 3];
    for (seen, now) in seen.iter_mut().zip(Trial::around(at)) {
        *seen = world.status(of, events, now)? == Status::Overdue;
    }
    t.boundary(
        &format!("`{of}` is overdue"),
        at,
        &seen,
        &[false, false, true],
    );
    let name = category(of)?;
    let record = Record::new(&name, events).tenant(TENANT);
    let verdict = world
        .policy
        .retention()
        .evaluate(&record, &Holds::none(), at);
    t.shown(&format!("it is due by {by}"), verdict.due_by() == Some(by));
    Ok(true)
}

/// A record is kept up to a moment, and may go from then on.
pub(crate) fn kept(
    world: &World,
    t: &mut Trial,
    of: &str,
    events: Events,
    until: &str,
    before: Status,
    after: Status,
) -> Fallible<bool> {
    t.mechanism("retention", "verdict on a record");
    let at = day(until)?.saturating_add(world.policy.retention().skew());
    let mut seen = [Status::Unknown; 3];
    for (seen, now) in seen.iter_mut().zip(Trial::around(at)) {
        *seen = world.status(of, events, now)?;
    }
    t.boundary(
        &format!("`{of}` may go"),
        at,
        &seen,
        &[before, after, after],
    );
    Ok(true)
}

/// After an event nothing stays past a day, but for these categories, which the law keeps or
/// which are about nobody.
pub(crate) fn nothing_outlives(
    world: &World,
    t: &mut Trial,
    events: Events,
    after: &str,
    spared: &[&str],
) -> Fallible {
    let (now, mut late, mut stays) = (day(after)?, 0, Vec::new());
    for of in world.policy.retention().categories() {
        match world.status(of.as_str(), events, now)? {
            Status::Overdue => late += 1,
            _ if spared.contains(&of.as_str()) => {}
            _ => stays.push(of.as_str()),
        }
    }
    stays.sort_unstable();
    t.shown(
        &format!("{late} categories are gone by {after}, and of the others {stays:?} stay"),
        late > 0 && stays.is_empty(),
    );
    Ok(())
}

/// While the account is active nothing may go; once it is closed, it may.
pub(crate) fn while_active(world: &World, t: &mut Trial, of: &str, until: &str) -> Fallible<bool> {
    t.mechanism("retention", "verdict on a record");
    let closed = day("2026-09-01")?;
    let mut seen = [Status::Unknown; 3];
    let at = closed.saturating_add(world.policy.retention().skew());
    for (seen, now) in seen.iter_mut().zip(Trial::around(at)) {
        // Nobody knows of the end before it comes.
        let events = Events::created(day("2026-06-01")?);
        let events = match now >= closed {
            true => events.at(Trigger::AccountClosed, closed),
            false => events,
        };
        *seen = world.status(of, events, now)?;
    }
    let years_on = world.status(of, Events::created(day("2026-06-01")?), day("2036-06-01")?)?;
    t.shown("ten years on it is still kept", years_on == Status::Keep);
    let closed = events("2026-06-01", &[(Trigger::AccountClosed, "2026-09-01")])?;
    due(world, t, of, closed, until)
}

/// What was made from data goes with it.
pub(crate) fn derived(
    world: &World,
    t: &mut Trial,
    from: &str,
    made: &str,
    by: &str,
) -> Fallible<bool> {
    t.mechanism("retention", "lineage: what is derived goes with its source");
    let (from, made) = (category(from)?, category(made)?);
    let asked = events("2026-06-01", &[(Trigger::DeletionRequested, "2026-07-01")])?;
    let by = day(by)?;
    let at = by.saturating_sub(world.policy.retention().skew());
    let schedule = world.policy.retention();
    let mut seen = [false; 3];
    for (seen, now) in seen.iter_mut().zip(Trial::around(at)) {
        let now = world.retention_clock(now);
        let source = Record::new(&from, asked).tenant(TENANT);
        let source: Source = schedule.source(&source, &Holds::none(), now);
        let record = Record::new(&made, events("2026-06-02", &[])?)
            .tenant(TENANT)
            .derived_from(source);
        *seen = schedule.evaluate(&record, &Holds::none(), now).status() == Status::Overdue;
    }
    t.boundary(
        &format!("`{made}` is overdue"),
        at,
        &seen,
        &[false, false, true],
    );
    Ok(true)
}

/// The time of a processor is its own: nothing of ours is ever overdue there.
pub(crate) fn processor_managed(world: &World, t: &mut Trial, of: &str) -> Fallible {
    let old = events("2010-01-01", &[])?;
    let status = world.status(of, old, world.now())?;
    t.shown(
        &format!("`{of}` of 2010 is not overdue here"),
        status != Status::Overdue,
    );
    Ok(())
}

/// A hold suspends an erasure, for whom it is about and for nobody else.
pub(crate) async fn held(world: &World, t: &mut Trial, of: &str) -> Fallible {
    t.mechanism("retention", "holds");
    let who = subject("held@mail.test")?;
    let hold = Hold::builder(
        HoldId::new("hold/1")?,
        Selector::everything().subjects(vec![who.clone()]),
    )
    .reason(HoldReason::new("case:17")?)
    .placed(Person::new("staff:1")?, day("2026-06-01")?)
    .review_by(day("2027-01-01")?)
    .build()?;
    let holds = Holds::new(vec![hold])?;
    let asked = events("2026-05-01", &[(Trigger::DeletionRequested, "2026-06-02")])?;
    let now = day("2026-06-10")?;
    let held = world.may_erase(of, asked, Some(&who), &holds, now).await?;
    t.refused("an erasure under a hold", &held);
    let free = subject("free@mail.test")?;
    let goes = world.may_erase(of, asked, Some(&free), &holds, now).await?;
    t.permitted("the same of somebody else", &goes);
    Ok(())
}

/// An erasure is closed once every store has reported, providers among them, and not
/// before.
pub(crate) async fn everywhere(
    world: &World,
    t: &mut Trial,
    categories: &[&str],
    action: fn(&str) -> confidant::retention::Disposition,
) -> Fallible {
    t.mechanism("retention", "executor, which awaits every store");
    let (whose, other) = (
        format!("{}@mail.test", t.promise()),
        format!("{}-other@mail.test", t.promise()),
    );
    for whose in [&whose, &other] {
        world.keep_some(categories, whose, 3).await?;
    }
    let is_down = Arc::new(AtomicBool::new(true));
    let executor = world.executor(&is_down)?;
    let (mut before, mut left, mut others) = (0, 0, 0);
    for of in categories {
        let order = Order::new(category(of)?, action(of))
            .tenant(TENANT)
            .subject(subject(&whose)?)
            .request(&format!("{}:{of}", t.promise()))?;
        is_down.store(true, Ordering::SeqCst);
        let progress = executor.execute(&order, world.now()).await?;
        let open = World::open_stores(&progress);
        // What goes by itself awaits nobody.
        if !open.is_empty() {
            let early = world.close(&executor, &order).await;
            let names: Vec<_> = open.iter().map(|store| store.as_str()).collect();
            let names = names.join(" and ");
            t.refused(&format!("closing `{of}` before {names} reported"), &early);
        }
        before += world.kept_of(of, &whose).await?.len();
        is_down.store(false, Ordering::SeqCst);
        let progress = executor.execute(&order, world.now()).await?;
        // What a processor has taken on, it reports later.
        for name in World::open_stores(&progress) {
            let receipt = confidant::retention::ErasureReceipt::new(world.now(), 3);
            let done = KeeperOutcome::Done(receipt.evidence([9; 32]));
            executor.report(&order, &name, done, world.now()).await?;
        }
        let closed = world.close(&executor, &order).await;
        if let Ok(completion) = &closed {
            world.tell(format!(
                "`{of}` is gone from {} stores, {} records",
                completion.stores, completion.items
            ));
        }
        t.permitted(&format!("closing `{of}` once all have reported"), &closed);
        left += world.kept_of(of, &whose).await?.len();
        others += world.kept_of(of, &other).await?.len();
    }
    t.shown(
        &format!("of {before} records in the product's own stores, {left} are left"),
        before > 0 && left == 0,
    );
    t.shown("those of somebody else are all there", others == before);
    Ok(())
}

/// Data becomes anonymous when its time is over: an order to that end is carried out where
/// every person is one of a group, and not where the group is smaller.
pub(crate) async fn anonymised(
    world: &World,
    t: &mut Trial,
    of: &'static str,
    events: Events,
    at: Moment,
    least: u32,
) -> Fallible {
    t.mechanism("retention", "executor, which asks for a proof of anonymity");
    let name = category(of)?;
    let record = Record::new(&name, events).tenant(TENANT);
    let schedule = world.policy.retention();
    let verdict = schedule.evaluate(&record, &Holds::none(), at);
    let action = schedule.action_of(&record, &verdict);
    let (action, _) = action.ok_or("nothing is to be done")?;
    let executor = world.executor(&Arc::default())?;
    let promise = t.promise().to_owned();
    let try_with = async |persons: u32| -> Fallible<bool> {
        let tenant = format!("{promise}-{persons}");
        for person in 0..persons {
            let whose = format!("{tenant}-{person}@mail.test");
            world
                .keep(of, &whose, "1", "what somebody asked for")
                .await?;
        }
        let order = Order::new(category(of)?, action.clone())
            .tenant(TENANT)
            .request(&format!("anonymise:{tenant}"))?;
        let done = executor.execute(&order, world.now()).await;
        for person in 0..persons {
            world
                .forget(of, &format!("{tenant}-{person}@mail.test"))
                .await?;
        }
        Ok(done.is_ok_and(|progress| World::open_stores(&progress).is_empty()))
    };
    world.forget_all(of).await?;
    let (enough, too_few) = (try_with(least).await?, try_with(least - 1).await?);
    t.permitted(&format!("data of {least} persons becomes a count"), &enough);
    t.refused(&format!("data of {} does", least - 1), &too_few);
    Ok(())
}
