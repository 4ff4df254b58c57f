//! A store that fails: what the ledger says happened did happen, and the rest did not.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::{Log, Outcome};
use confidant::store::MemoryStore;
use pollster::block_on;

use super::{TENANT, caller, given, id, ledger, rules, signer, subject, trail, withdrawn};
use crate::support::fault::{Fault, FaultStore};

/// The commits of the setup: an empty chain and a receipt.
const SETUP: u64 = 2;

#[test]
fn a_receipt_is_recorded_or_not_and_never_twice() {
    block_on(async {
        for fault in [Fault::Refused, Fault::LostBefore, Fault::LostAfter] {
            for then_down in [false, true] {
                let store = FaultStore::new(MemoryStore::new()).fail(SETUP, fault);
                let store = Arc::new(if then_down { store.then_down() } else { store });
                let log = Log::builder(signer()).in_memory().unwrap();
                let ledger = ledger(Arc::clone(&store) as _, log.clone());
                let (me, jo) = (caller("verb"), subject("jo@mail.test"));
                ledger
                    .record(&caller("setup"), TENANT, &jo, given("sale"))
                    .await
                    .unwrap();
                let receipt = withdrawn("sale").id(id(9));
                let recorded = ledger.record(&me, TENANT, &jo, receipt.clone()).await;
                store.set_down(false);
                let found = ledger.receipts(TENANT, &jo).await.unwrap();
                let is_there = found.iter().filter(|one| one.id == id(9)).count();
                let outcome = match &recorded {
                    Ok(recorded) => {
                        assert_eq!((is_there, recorded.number), (1, 2), "{fault:?}");
                        Some(Outcome::Succeeded)
                    }
                    Err(error) if error.kind() == ErrorKind::InDoubt => {
                        assert!(then_down && fault != Fault::Refused, "{fault:?}");
                        None
                    }
                    Err(error) => {
                        assert_eq!((error.kind(), is_there), (ErrorKind::Store, 0), "{fault:?}");
                        Some(Outcome::Failed)
                    }
                };
                // A commit that was lost is resolved while the store is up.
                assert_eq!(recorded.is_ok(), !then_down && fault != Fault::Refused);
                let trail = trail(&log).await;
                for end in [Outcome::Succeeded, Outcome::Failed] {
                    let key = ("verb".to_owned(), "consent.withdraw".to_owned(), end);
                    assert_eq!(trail.contains_key(&key), outcome == Some(end), "{fault:?}");
                }
                // The same call tells, and ends with one receipt.
                let again = ledger.record(&me, TENANT, &jo, receipt).await.unwrap();
                assert_eq!(again.repeated, is_there == 1);
                assert_eq!(ledger.receipts(TENANT, &jo).await.unwrap().len(), 2);
                ledger.verify_tenant(TENANT).await.unwrap();
            }
        }
    });
}

#[test]
fn a_chain_is_destroyed_or_not() {
    block_on(async {
        for fault in [Fault::Refused, Fault::LostBefore, Fault::LostAfter] {
            let store = FaultStore::new(MemoryStore::new())
                .fail(SETUP, fault)
                .then_down();
            let store = Arc::new(store);
            let log = Log::builder(signer()).in_memory().unwrap();
            let ledger = ledger(Arc::clone(&store) as _, log);
            let (me, jo) = (caller("verb"), subject("jo@mail.test"));
            ledger
                .record(&me, TENANT, &jo, given("sale"))
                .await
                .unwrap();
            let done = ledger.shred(&me, TENANT, &jo).await;
            let expected = if fault == Fault::Refused {
                ErrorKind::Store
            } else {
                ErrorKind::InDoubt
            };
            assert_eq!(done.unwrap_err().kind(), expected);
            store.set_down(false);
            let is_there = ledger.receipts(TENANT, &jo).await.unwrap().len() == 1;
            assert_eq!(is_there, fault != Fault::LostAfter);
            assert_eq!(ledger.shred(&me, TENANT, &jo).await.unwrap(), is_there);
            ledger.verify_tenant(TENANT).await.unwrap();
        }
    });
}

/// Without the log nothing is done.
#[test]
fn what_cannot_be_logged_is_not_recorded() {
    block_on(async {
        let log_store = Arc::new(FaultStore::new(MemoryStore::new()));
        let log = Log::builder(signer()).open_store(Arc::clone(&log_store) as _, "main");
        let log = log.await.unwrap();
        let store = Arc::new(MemoryStore::new());
        let ledger = ledger(Arc::clone(&store) as _, log);
        let (me, jo) = (caller("verb"), subject("jo@mail.test"));
        ledger
            .record(&me, TENANT, &jo, given("sale"))
            .await
            .unwrap();
        log_store.set_down(true);
        assert!(
            ledger
                .record(&me, TENANT, &jo, withdrawn("sale"))
                .await
                .is_err()
        );
        assert!(ledger.shred(&me, TENANT, &jo).await.is_err());
        let gpc = ledger
            .under(&rules())
            .record_gpc(&me, TENANT, &jo, b"1")
            .await;
        assert!(gpc.is_err());
        assert_eq!(ledger.receipts(TENANT, &jo).await.unwrap().len(), 1);
    });
}
