//! A store that fails: what the register says happened did happen, and the rest did not.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::{Log, Outcome};
use confidant::rights::{NewCorrection, RequestState, Step};
use confidant::store::MemoryStore;
use pollster::block_on;

use super::{TENANT, caller, deletion, id, register, rules, signer, subject, trail};
use crate::support::fault::{Fault, FaultStore};

const FAULTS: [Fault; 3] = [Fault::Refused, Fault::LostBefore, Fault::LostAfter];

#[test]
fn a_step_is_taken_or_not_and_never_twice() {
    block_on(async {
        for fault in FAULTS {
            for then_down in [false, true] {
                let store = FaultStore::new(MemoryStore::new()).fail(1, fault);
                let store = Arc::new(if then_down { store.then_down() } else { store });
                let log = Log::builder(signer()).in_memory().unwrap();
                let register = register(Arc::clone(&store) as _, log.clone());
                let (me, jo) = (caller("verb"), subject("jo"));
                let setup = caller("setup");
                register
                    .open(&setup, TENANT, &jo, deletion().id(id(1)))
                    .await
                    .unwrap();
                let taken = register
                    .under(&rules())
                    .take(&me, TENANT, id(1), Step::Accept)
                    .await;
                store.set_down(false);
                let found = register.get(TENANT, id(1)).await.unwrap().unwrap();
                let is_taken = found.state() == RequestState::Accepted;
                assert_eq!(found.steps().count(), usize::from(is_taken));
                let outcome = match &taken {
                    Ok(request) => {
                        assert_eq!(*request, found, "{fault:?}");
                        Some(Outcome::Succeeded)
                    }
                    Err(error) if error.kind() == ErrorKind::InDoubt => {
                        assert!(then_down && fault != Fault::Refused);
                        None
                    }
                    Err(error) => {
                        assert_eq!(
                            (error.kind(), is_taken),
                            (ErrorKind::Store, false),
                            "{fault:?}"
                        );
                        Some(Outcome::Failed)
                    }
                };
                assert_eq!(taken.is_ok(), !then_down && fault != Fault::Refused);
                let trail = trail(&log).await;
                for end in [Outcome::Succeeded, Outcome::Failed] {
                    let key = ("verb".to_owned(), "rights.accept".to_owned(), end);
                    assert_eq!(trail.contains_key(&key), outcome == Some(end), "{fault:?}");
                }
            }
        }
    });
}

#[test]
fn a_request_is_opened_or_not_and_never_twice() {
    block_on(async {
        for fault in FAULTS {
            let store = Arc::new(
                FaultStore::new(MemoryStore::new())
                    .fail(0, fault)
                    .then_down(),
            );
            let log = Log::builder(signer()).in_memory().unwrap();
            let register = register(Arc::clone(&store) as _, log);
            let (me, jo, intake) = (caller("verb"), subject("jo"), deletion());
            let opened = register
                .open(&me, TENANT, &jo, intake.clone().id(id(1)))
                .await;
            let expected = if fault == Fault::Refused {
                ErrorKind::Store
            } else {
                ErrorKind::InDoubt
            };
            assert_eq!(opened.unwrap_err().kind(), expected);
            store.set_down(false);
            let is_there = register.get(TENANT, id(1)).await.unwrap().is_some();
            assert_eq!(is_there, fault == Fault::LostAfter);
            let again = register
                .open(&me, TENANT, &jo, intake.id(id(1)))
                .await
                .unwrap();
            assert_eq!(again.repeated, is_there);
            assert_eq!(register.requests_of(TENANT, &jo).await.unwrap().len(), 1);
        }
    });
}

/// Without the log nothing is done.
#[test]
fn what_cannot_be_logged_is_not_done() {
    block_on(async {
        let log_store = Arc::new(FaultStore::new(MemoryStore::new()));
        let log = Log::builder(signer()).open_store(Arc::clone(&log_store) as _, "main");
        let register = register(Arc::new(MemoryStore::new()), log.await.unwrap());
        let (me, jo) = (caller("verb"), subject("jo"));
        register
            .open(&me, TENANT, &jo, deletion().id(id(1)))
            .await
            .unwrap();
        log_store.set_down(true);
        assert!(register.open(&me, TENANT, &jo, deletion()).await.is_err());
        assert!(
            register
                .under(&rules())
                .take(&me, TENANT, id(1), Step::Accept)
                .await
                .is_err()
        );
        let correct = register.correct(
            &me,
            TENANT,
            &jo,
            NewCorrection::new("name", b"x").source("subject"),
        );
        assert!(correct.await.is_err());
        let all = register.requests_of(TENANT, &jo).await.unwrap();
        assert_eq!((all.len(), all[0].state()), (1, RequestState::Received));
        assert!(
            register
                .corrections_of(TENANT, &jo)
                .await
                .unwrap()
                .is_empty()
        );
    });
}
