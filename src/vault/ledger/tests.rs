use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use super::Ledger;
use super::event::{End, Event};
use super::marks::{Absence, Marks, Standing};
use crate::audit::{Entry, Identifier, Log, Outcome, SigningKey};
use crate::vault::record::HeadState;

const SECRET: [u8; 16] = [1; 16];
const TENANT: [u8; 32] = [2; 32];

fn state(sequence: u64) -> HeadState {
    HeadState {
        sequence,
        digest: [sequence as u8; 32],
    }
}

fn changed(sequence: u64, attempt: u64) -> Event {
    Event::Changed {
        secret: SECRET,
        tenant: TENANT,
        state: state(sequence),
        version: Some(sequence),
        attempt,
        is_new: sequence == 1,
    }
}

fn shredded(end: End) -> Event {
    Event::Shredded {
        secret: SECRET,
        end,
    }
}

fn tenant_shredded(attempt: Option<u64>, end: End) -> Event {
    Event::TenantShredded {
        tenant: TENANT,
        attempt,
        end,
        record: (end == End::Done).then_some([7; 32]),
        key: None,
    }
}

/// Applies events in every order that there is, and has `check` look at what is known.
fn in_any_order(events: &[(u64, Event)], check: impl Fn(&mut Marks)) {
    fn permute(rest: &BTreeSet<usize>, order: &mut Vec<usize>, visit: &mut dyn FnMut(&[usize])) {
        if rest.is_empty() {
            visit(order);
        }
        for at in rest {
            let mut fewer = rest.clone();
            fewer.remove(at);
            order.push(*at);
            permute(&fewer, order, visit);
            order.pop();
        }
    }
    permute(
        &(0..events.len()).collect(),
        &mut Vec::new(),
        &mut |order| {
            let mut marks = Marks::default();
            for at in order {
                let (index, event) = events[*at].clone();
                marks.apply(index, event);
            }
            check(&mut marks);
        },
    );
}

fn standing(marks: &mut Marks, sequence: u64) -> Standing {
    let now = marks.now();
    marks.head(&SECRET, state(sequence), now)
}

#[test]
fn a_secret_does_not_fall_behind_what_the_log_says() {
    let events = [(1, changed(1, 0)), (3, changed(2, 2)), (5, changed(3, 4))];
    in_any_order(&events, |marks| {
        assert_eq!(standing(marks, 2), Standing::Reverted);
        assert_eq!(standing(marks, 3), Standing::Good);
        let other = HeadState {
            digest: [9; 32],
            ..state(3)
        };
        let now = marks.now();
        assert_eq!(marks.head(&SECRET, other, now), Standing::Reverted);
        assert_eq!(marks.no_head(&SECRET), Absence::Unexplained);
        assert_eq!(marks.no_key(&TENANT), Absence::Unexplained);
        // A change that the log has not heard of yet, and then no way back.
        assert_eq!(standing(marks, 4), Standing::Good);
        assert_eq!(standing(marks, 3), Standing::Reverted);
    });
}

#[test]
fn what_was_read_before_is_not_held_against_what_came_later() {
    let mut marks = Marks::default();
    marks.apply(1, changed(1, 0));
    let read = marks.now();
    marks.apply(3, changed(2, 2));
    assert_eq!(marks.head(&SECRET, state(1), read), Standing::Good);
    assert_eq!(standing(&mut marks, 1), Standing::Reverted);
}

#[test]
fn what_was_shredded_stays_so() {
    let events = [
        (1, changed(1, 0)),
        (2, shredded(End::Begun)),
        (3, shredded(End::Done)),
    ];
    in_any_order(&events, |marks| {
        assert_eq!(standing(marks, 1), Standing::Revived);
        assert_eq!(standing(marks, 2), Standing::Revived);
        assert_eq!(marks.no_head(&SECRET), Absence::Plausible);
        marks.apply(4, Event::Restored);
        assert_eq!(standing(marks, 1), Standing::Revived);
    });
}

#[test]
fn a_shredding_explains_an_absence_while_it_may_have_happened() {
    let events = [(1, changed(1, 0)), (2, shredded(End::Begun))];
    in_any_order(&events, |marks| {
        assert_eq!(marks.no_head(&SECRET), Absence::Plausible);
        assert_eq!(standing(marks, 1), Standing::Good);
    });
    let failed = (3, shredded(End::Failed));
    let events = [events.to_vec(), vec![failed]].concat();
    in_any_order(&events, |marks| {
        assert_eq!(marks.no_head(&SECRET), Absence::Unexplained);
    });
}

#[test]
fn a_tenant_takes_its_secrets_along() {
    let begun = (2, tenant_shredded(None, End::Begun));
    let done = (3, tenant_shredded(Some(2), End::Done));
    let events = [(1, changed(1, 0)), begun.clone(), done.clone()];
    in_any_order(&events, |marks| {
        assert_eq!(standing(marks, 1), Standing::Revived);
        assert_eq!(marks.no_head(&SECRET), Absence::Plausible);
        assert_eq!(marks.no_key(&TENANT), Absence::Plausible);
        let now = marks.now();
        let record = marks.key(&TENANT, &[7; 32], "tenant:1", 1, now);
        assert_eq!(record, Standing::Revived);
        let another = marks.key(&TENANT, &[8; 32], "tenant:2", 1, now);
        assert_eq!(another, Standing::Good);
    });
    // One that is put at the same time may be gone or not.
    let events = [(4, changed(1, 1)), begun.clone(), done.clone()];
    in_any_order(&events, |marks| {
        assert_eq!(standing(marks, 1), Standing::Good);
        assert_eq!(marks.no_head(&SECRET), Absence::Plausible);
    });
    // One that is put later is there.
    let events = [(5, changed(1, 4)), begun.clone(), done];
    in_any_order(&events, |marks| {
        assert_eq!(standing(marks, 1), Standing::Good);
        assert_eq!(marks.no_head(&SECRET), Absence::Unexplained);
        assert_eq!(marks.no_key(&TENANT), Absence::Unexplained);
    });
    let failed = (3, tenant_shredded(Some(2), End::Failed));
    let events = [(1, changed(1, 0)), begun, failed];
    in_any_order(&events, |marks| {
        assert_eq!(standing(marks, 1), Standing::Good);
        assert_eq!(marks.no_head(&SECRET), Absence::Unexplained);
    });
}

#[test]
fn a_key_does_not_fall_behind_its_rotation() {
    let rotated = |version| Event::Rotated {
        tenant: TENANT,
        key: "tenant:1".into(),
        version,
    };
    in_any_order(&[(1, rotated(2)), (3, rotated(3))], |marks| {
        let now = marks.now();
        let standing = |key, version| marks.key(&TENANT, &[0; 32], key, version, now);
        assert_eq!(standing("tenant:1", 2), Standing::Reverted);
        assert_eq!(standing("tenant:1", 3), Standing::Good);
        assert_eq!(standing("tenant:1", 4), Standing::Good);
        // Another key begins anew.
        assert_eq!(standing("tenant:2", 1), Standing::Good);
    });
}

#[test]
fn a_tenant_has_the_key_that_the_log_tells_of() {
    let created = |key: &str, attempt| Event::Created {
        tenant: TENANT,
        key: key.into(),
        attempt,
    };
    let standing = |marks: &Marks, key| {
        let now = marks.now();
        marks.key(&TENANT, &[0; 32], key, 1, now)
    };
    in_any_order(&[(1, created("tenant:1", 0))], |marks| {
        assert_eq!(standing(marks, "tenant:1"), Standing::Good);
        assert_eq!(standing(marks, "tenant:2"), Standing::Foreign);
        assert_eq!(marks.no_key(&TENANT), Absence::Unexplained);
    });
    // While it may be shredded, another one may have come in its place.
    let begun = (2, tenant_shredded(None, End::Begun));
    let events = [(1, created("tenant:1", 0)), begun.clone()];
    in_any_order(&events, |marks| {
        for key in ["tenant:1", "tenant:2"] {
            assert_eq!(standing(marks, key), Standing::Good);
        }
        assert_eq!(marks.no_key(&TENANT), Absence::Plausible);
    });
    let done = (3, tenant_shredded(Some(2), End::Done));
    // Its key is shredded, whether or not the entry could tell which one it was.
    let events = [events.to_vec(), vec![done]].concat();
    in_any_order(&events, |marks| {
        assert_eq!(standing(marks, "tenant:1"), Standing::Revived);
        assert_eq!(standing(marks, "tenant:2"), Standing::Good);
    });
    let again = (5, created("tenant:2", 4));
    let accepted = (6, Event::Restored);
    in_any_order(&[events, vec![again, accepted]].concat(), |marks| {
        assert_eq!(standing(marks, "tenant:1"), Standing::Revived);
        assert_eq!(standing(marks, "tenant:2"), Standing::Good);
    });
}

#[test]
fn what_was_accepted_counts_from_there_on() {
    let events = [(1, changed(1, 0)), (3, changed(2, 2)), (5, Event::Restored)];
    in_any_order(&events, |marks| {
        assert_eq!(standing(marks, 1), Standing::Good);
        assert_eq!(marks.no_head(&SECRET), Absence::Plausible);
        assert_eq!(marks.no_key(&TENANT), Absence::Plausible);
    });
    let later = (7, changed(2, 6));
    in_any_order(&[events.to_vec(), vec![later]].concat(), |marks| {
        assert_eq!(standing(marks, 1), Standing::Reverted);
        assert_eq!(standing(marks, 2), Standing::Good);
    });
}

#[test]
fn the_greatest_numbers_outlast_what_was_accepted() {
    let rotated = Event::Rotated {
        tenant: TENANT,
        key: "tenant:1".into(),
        version: 3,
    };
    let events = [
        (1, changed(1, 0)),
        (3, changed(2, 2)),
        (5, rotated),
        (6, Event::Restored),
    ];
    in_any_order(&events, |marks| {
        let highest = marks.highest(&SECRET);
        assert_eq!((highest.sequence, highest.version), (2, 2));
        assert_eq!(marks.highest_key(&TENANT, "tenant:1"), 3);
        assert_eq!(marks.highest_key(&TENANT, "tenant:2"), 0);
        // They say nothing against what the store holds by itself.
        assert_eq!(standing(marks, 1), Standing::Good);
    });
}

/// An append of this process that is under way may be the entry that is missing, or not:
/// what another process wrote is learnt all the same, before anything is read.
#[test]
fn an_append_under_way_hides_nothing() {
    let folder = std::env::temp_dir().join(format!("confidant-ledger-{}", std::process::id()));
    let key = Arc::new(SigningKey::from_seed("test.example/log", &[1; 32]).unwrap());
    let log = pollster::block_on(Log::builder(key).open(&folder)).unwrap();
    let entry = || Entry::new(Identifier::new("secret.use").unwrap(), Outcome::Attempted);
    let ledger = Ledger::new(log.clone());
    let mut context = Context::from_waker(Waker::noop());
    {
        // Somebody else's entry, then one of this process, and a second one that is begun
        // before the first is over, and never looked at again.
        let mut others = pin!(log.append(entry()));
        let mut first = pin!(ledger.append(entry()));
        let mut second = pin!(ledger.append(entry()));
        let others_is_over = others.as_mut().poll(&mut context).is_ready();
        let early = first.as_mut().poll(&mut context);
        let _ = second.as_mut().poll(&mut context);
        if !others_is_over {
            pollster::block_on(others).unwrap();
        }
        let index = match early {
            std::task::Poll::Ready(index) => index,
            std::task::Poll::Pending => pollster::block_on(first),
        };
        assert_eq!(index.unwrap(), 1);
        pollster::block_on(ledger.follow(1)).unwrap();
        assert!(ledger.state().frontier.knows(0));
    }
    drop((ledger, log));
    std::fs::remove_dir_all(&folder).unwrap();
}
