//! What counts when: clocks that differ, requests that close each other, and corrections
//! that come late.

use std::sync::Arc;
use std::time::Duration;

use confidant::ErrorKind;
use confidant::audit::Log;
use confidant::consent::LedgerKey;
use confidant::rights::{
    Intake, NewCorrection, Refusal, Register, RequestKind, RequestState, Step,
};
use confidant::store::MemoryStore;
use confidant::time::{Clock, ManualClock};
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

#[test]
fn of_two_corrections_the_later_one_stays() {
    block_on(async {
        let (register, clock) = scene();
        let (me, jo) = (caller("late"), subject("jo"));
        let correct = async |value: &[u8]| {
            let correction = NewCorrection::new("profile.name", value).source("data-subject");
            register.correct(&me, TENANT, &jo, correction).await
        };
        clock.advance(Duration::from_secs(60)).unwrap();
        let later = correct(b"Jo").await.unwrap();
        // One that began before it, and was slow.
        clock.set(now());
        assert_eq!(kind(correct(b"Joe").await), Some(ErrorKind::Conflict));
        let all = register.corrections_of(TENANT, &jo).await.unwrap();
        assert_eq!(all, [later]);
    });
}
