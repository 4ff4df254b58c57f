//! Keys while the store fails, and while many ask at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use confidant::ErrorKind;
use confidant::pseudonym::{PseudonymKey, RotatingKeys, SubjectKeys};
use confidant::store::{MemoryStore, Store};
use confidant::taxonomy::{Purpose, Subject};
use confidant::time::{Moment, Period};

use crate::support::fault::{Fault, FaultStore};

const FAULTS: [Fault; 3] = [Fault::Refused, Fault::LostBefore, Fault::LostAfter];

fn day(day: u32) -> Moment {
    format!("2026-05-{day:02}T12:00:00Z").parse().unwrap()
}

fn purpose() -> Purpose {
    Purpose::new("abuse").unwrap()
}

fn rotating(store: Arc<dyn Store>) -> RotatingKeys {
    RotatingKeys::new(store, "acme", Period::days(1)).unwrap()
}

/// A key that was handed out is the one that is found ever after, whatever a commit came
/// to.
#[test]
fn a_key_that_was_handed_out_stays() {
    pollster::block_on(async {
        for fault in FAULTS {
            let store = Arc::new(FaultStore::new(MemoryStore::new()).fail(0, fault));
            let keys = rotating(Arc::clone(&store) as _);
            let first = keys.at(&purpose(), day(1)).await;
            if fault == Fault::Refused {
                assert_eq!(first.unwrap_err().kind(), ErrorKind::Store);
                continue;
            }
            let first = first.unwrap().session(&purpose(), "s");
            let again = keys.at(&purpose(), day(1)).await.unwrap();
            assert_eq!(again.session(&purpose(), "s"), first, "{fault:?}");

            let store = Arc::new(FaultStore::new(MemoryStore::new()).fail(0, fault));
            let keys = SubjectKeys::new(store, PseudonymKey::generate().unwrap());
            let jo = Subject::new("jo").unwrap();
            let first = keys.key("acme", &jo).await.unwrap();
            let again = keys.key("acme", &jo).await.unwrap();
            let of = |key: &PseudonymKey| key.subject(&purpose(), "acme", &jo);
            assert_eq!(of(&first), of(&again), "{fault:?}");
        }
    });
}

/// After any fault, to destroy again ends it; a key that is gone never comes back.
#[test]
fn a_destruction_that_failed_is_done_again() {
    pollster::block_on(async {
        for fault in FAULTS {
            for at in 3..5 {
                // Three commits make the keys; one raises the horizon, and one deletes.
                let store = Arc::new(FaultStore::new(MemoryStore::new()).fail(at, fault));
                let keys = rotating(Arc::clone(&store) as _);
                for n in 1..=3 {
                    keys.at(&purpose(), day(n)).await.unwrap();
                }
                let first = keys.destroy_before(&purpose(), day(3)).await;
                let second = keys.destroy_before(&purpose(), day(3)).await.unwrap();
                let failed = first.is_err();
                let all = first.unwrap_or(0) + second;
                assert!(
                    all == 2 || failed && fault == Fault::LostAfter,
                    "{fault:?} at {at}: {all}"
                );
                for n in 1..=2 {
                    let error = keys.at(&purpose(), day(n)).await.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Refused);
                }
                assert!(keys.at(&purpose(), day(3)).await.is_ok());
            }
        }
    });
}

#[test]
fn many_callers_get_one_key() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let ask = |_| {
        let store = Arc::clone(&store);
        std::thread::spawn(move || {
            let key = pollster::block_on(rotating(store).at(&purpose(), day(1))).unwrap();
            key.session(&purpose(), "s")
        })
    };
    let threads: Vec<_> = (0..16).map(ask).collect();
    let made: BTreeSet<_> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    assert_eq!(made.len(), 1);
}
