//! A store that fails: what a book says happened did happen, and the rest did not.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::store::{MemoryStore, Store};
use pollster::block_on;

use super::{at, open};
use crate::support::fault::{Fault, FaultStore};

#[test]
fn a_change_is_made_or_not_and_never_twice() {
    block_on(async {
        for fault in [Fault::Refused, Fault::LostBefore, Fault::LostAfter] {
            for then_down in [false, true] {
                let store = FaultStore::new(MemoryStore::new()).fail(1, fault);
                let faulty = Arc::new(if then_down { store.then_down() } else { store });
                let store: Arc<dyn Store> = Arc::clone(&faulty) as _;
                let mut book = open(&store).await;
                book.change(|facts| facts.add_principal("p0", at(0)))
                    .await
                    .unwrap();
                let mut calls = 0;
                let changed = book.change(|facts| {
                    calls += 1;
                    facts.add_principal("p1", at(0))
                });
                let changed = changed.await;
                // What may have happened was not stated a second time.
                assert_eq!(calls, 1, "{fault:?}");
                if then_down {
                    // Nobody is answered by facts that the store may not have.
                    let error = book.facts().unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Store);
                }
                faulty.set_down(false);
                let fresh = open(&store).await;
                let is_there = fresh.facts().unwrap().principal("p1").is_some();
                match &changed {
                    Ok(_) => assert!(is_there && !then_down && fault != Fault::Refused),
                    Err(error) if error.kind() == ErrorKind::InDoubt => {
                        assert!(then_down && fault != Fault::Refused);
                        assert_eq!(is_there, fault == Fault::LostAfter);
                    }
                    Err(error) => {
                        assert_eq!((error.kind(), fault), (ErrorKind::Store, Fault::Refused));
                        assert!(!is_there);
                    }
                }
                book.refresh().await.unwrap();
                let facts = book.facts().unwrap();
                assert_eq!(facts.principal("p1").is_some(), is_there, "{fault:?}");
                // The same call tells which it was.
                let again = book.change(|facts| facts.add_principal("p1", at(0))).await;
                assert_eq!(again.is_ok(), !is_there);
                assert_eq!(open(&store).await.facts().unwrap().len(), 2);
            }
        }
    });
}

#[test]
fn an_id_is_erased_or_not() {
    block_on(async {
        for fault in [Fault::Refused, Fault::LostBefore, Fault::LostAfter] {
            let store = FaultStore::new(MemoryStore::new())
                .fail(1, fault)
                .then_down();
            let faulty = Arc::new(store);
            let store: Arc<dyn Store> = Arc::clone(&faulty) as _;
            let mut book = open(&store).await;
            book.change(|facts| facts.add_principal("p0", at(0)))
                .await
                .unwrap();
            assert!(book.erase_principal("p0").await.is_err());
            assert!(book.facts().is_err());
            faulty.set_down(false);
            book.refresh().await.unwrap();
            let is_there = book.facts().unwrap().principal("p0").is_some();
            assert_eq!(is_there, fault != Fault::LostAfter);
            assert_eq!(book.erase_principal("p0").await.is_ok(), is_there);
            assert_eq!(open(&store).await.facts().unwrap().len(), 1);
        }
    });
}
