//! What counts when: clocks that differ, requests that close each other, and corrections
//! that come late.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use confidant::audit::Log;
use confidant::consent::LedgerKey;
use confidant::rights::{
    Correction, Intake, NewCorrection, Refusal, Register, RequestKind, RequestState, Step,
};
use confidant::store::{Batch, MemoryStore, Range, RecordKey, Store, StoredRecord};
use confidant::time::{Clock, ManualClock};
use confidant::{Error, ErrorKind};
use pollster::block_on;

use super::{TENANT, caller, clause, id, kind, now, rules, signer, subject};

fn scene() -> (Register, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(now()));
    let store = Arc::new(MemoryStore::new());
    let log = Log::builder(signer()).in_memory().unwrap();
    let key = LedgerKey::from_bytes([6; 32]);
    let register = Register::with_clock(store, key, log, clock.clone());
    (register, clock)
}

#[test]
fn two_requests_do_not_close_each_other() {
    block_on(async {
        let (register, clock) = scene();
        let (me, jo, rules) = (caller("twins"), subject("jo"), rules());
        let open = async |number, who, of| {
            let intake = Intake::new(of, clock.now(), "form");
            let who = subject(who);
            let opened = register.open(&me, TENANT, &who, intake.id(id(number)));
            opened.await.unwrap();
        };
        for number in [1, 2, 3] {
            open(number, "jo", RequestKind::Access).await;
        }
        open(4, "jo", RequestKind::Deletion).await;
        open(5, "al", RequestKind::Access).await;
        let mark = async |one, of| {
            let step = Step::MarkDuplicate(id(of));
            let marked = register
                .under(&rules)
                .take(&me, TENANT, id(one), step)
                .await;
            marked.map(|marked| marked.state())
        };
        // Of another kind, of another person, of nobody, of itself.
        for of in [4, 5, 99] {
            assert_eq!(kind(mark(1, of).await), Some(ErrorKind::Refused), "{of}");
        }
        assert!(mark(1, 1).await.is_err());
        assert_eq!(mark(1, 2).await.unwrap(), RequestState::Duplicate);
        // And back, in a circle, or of one that nobody answers.
        for one in [2, 3] {
            assert_eq!(kind(mark(one, 1).await), Some(ErrorKind::Refused));
        }
        for step in [
            Step::Refuse(clause("no"), Refusal::Excessive),
            Step::Withdraw,
        ] {
            let (register, clock) = scene();
            for number in [1, 2] {
                let intake = Intake::new(RequestKind::Access, clock.now(), "form");
                let opened = register.open(&me, TENANT, &jo, intake.id(id(number)));
                opened.await.unwrap();
            }
            register
                .under(&rules)
                .take(&me, TENANT, id(2), step)
                .await
                .unwrap();
            let mark = Step::MarkDuplicate(id(2));
            let marked = register.under(&rules).take(&me, TENANT, id(1), mark).await;
            assert_eq!(kind(marked), Some(ErrorKind::Refused));
        }
    });
}

#[test]
fn a_request_from_a_clock_that_is_ahead_is_not_lost() {
    block_on(async {
        let (register, clock) = scene();
        let (me, jo, now) = (caller("ahead"), subject("jo"), clock.now());
        let ahead = |seconds| {
            let received = now.saturating_add(Duration::from_secs(seconds));
            Intake::new(RequestKind::Deletion, received, "form")
        };
        let open = async |seconds, number| {
            let opened = register.open(&me, TENANT, &jo, ahead(seconds).id(id(number)));
            opened.await
        };
        let opened = open(1, 1).await.unwrap();
        assert_eq!(opened.request.received(), now);
        open(300, 2).await.unwrap();
        assert_eq!(kind(open(301, 3).await), Some(ErrorKind::Config));
        // Repeated then and later it is the same.
        assert!(open(1, 1).await.unwrap().repeated);
        clock.advance(Duration::from_secs(60)).unwrap();
        assert!(open(1, 1).await.unwrap().repeated);
        assert_eq!(kind(open(400, 1).await), Some(ErrorKind::Config));
    });
}

#[test]
fn nobody_opens_requests_without_end() {
    block_on(async {
        let (register, clock) = scene();
        let (me, jo) = (caller("flood"), subject("jo"));
        let open = async |of| {
            let intake = Intake::new(of, clock.now(), "form");
            register.open(&me, TENANT, &jo, intake).await
        };
        for _ in 0..Register::MAX_OPEN {
            open(RequestKind::Access).await.unwrap();
        }
        let more = open(RequestKind::Access).await;
        assert_eq!(kind(more), Some(ErrorKind::Limit));
        open(RequestKind::Deletion).await.unwrap();
    });
}

/// A store beside which somebody corrects the same field later, just before a commit.
#[derive(Debug)]
struct Overtaken {
    inner: Arc<MemoryStore>,
    by: Register,
    is_done: AtomicBool,
}

#[async_trait]
impl Store for Overtaken {
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
        self.inner.get(key).await
    }

    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error> {
        self.inner.scan(range, limit).await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        if !self.is_done.swap(true, Ordering::SeqCst) {
            correct(&self.by, b"Jo").await?;
        }
        self.inner.commit(batch).await
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        self.inner.tenants(after, limit).await
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.inner.collections(tenant, after, limit).await
    }
}

async fn correct(register: &Register, value: &[u8]) -> Result<Correction, Error> {
    let correction = NewCorrection::new("profile.name", value).source("data-subject");
    let jo = subject("jo");
    register
        .correct(&caller("late"), TENANT, &jo, correction)
        .await
}

#[test]
fn of_two_corrections_the_later_one_stays() {
    block_on(async {
        let (inner, begin) = (Arc::new(MemoryStore::new()), now());
        let log = Log::builder(signer()).in_memory().unwrap();
        let at = |store: Arc<dyn Store>, seconds| {
            let clock = ManualClock::new(begin);
            clock.advance(Duration::from_secs(seconds)).unwrap();
            let key = LedgerKey::from_bytes([6; 32]);
            Register::with_clock(store, key, log.clone(), Arc::new(clock))
        };
        let later = at(inner.clone(), 60);
        let slow = at(
            Arc::new(Overtaken {
                inner: inner.clone(),
                by: later.clone(),
                is_done: AtomicBool::new(false),
            }),
            0,
        );
        assert_eq!(
            kind(correct(&slow, b"Joe").await),
            Some(ErrorKind::Conflict)
        );
        let all = later.corrections_of(TENANT, &subject("jo")).await.unwrap();
        assert_eq!(all.len(), 1);
        let later = begin.saturating_add(Duration::from_secs(60));
        assert_eq!(all[0].at(), later);
    });
}
