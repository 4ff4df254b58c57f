//! What counts when: clocks that differ, chains that are empty or full.

use std::sync::Arc;
use std::time::Duration;

use confidant::ErrorKind;
use confidant::audit::Log;
use confidant::consent::{
    Admission, ConsentRules, Event, GpcConflict, Ledger, LedgerKey, NewReceipt, PurposeRule,
};
use confidant::retention::{Clause, Disposition, Holds, OwnRecords, Schedule, Trigger};
use confidant::store::MemoryStore;
use confidant::taxonomy::{DataCategory, LawfulBasis, Tenant};
use confidant::time::{ManualClock, Moment, Period};
use pollster::block_on;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// A ledger whose clock says 10:00.
fn at_ten() -> (Ledger, Arc<ManualClock>, Moment) {
    let ten: Moment = "2026-05-01T10:00:00Z".parse().unwrap();
    let clock = Arc::new(ManualClock::new(ten));
    let store = Arc::new(MemoryStore::new());
    let log = Log::builder(signer()).in_memory().unwrap();
    let key = LedgerKey::from_bytes([6; 32]);
    (
        Ledger::with_clock(store, key, log, clock.clone()),
        clock,
        ten,
    )
}

fn given_at(name: &str, at: Moment) -> NewReceipt {
    NewReceipt::consent(ConsentState::Given, [purpose(name)], at)
        .notice(NoticeRef::new("v1", "en", [1; 32]).unwrap())
        .method("form")
        .withdrawal_route("https://acme.test/privacy")
}

fn withdrawn_at(name: &str, at: Moment) -> NewReceipt {
    NewReceipt::consent(ConsentState::Withdrawn, [purpose(name)], at).method("settings")
}

/// A job that took its time once, and goes on for an hour.
#[test]
fn whoever_withdrew_is_not_admitted_by_a_moment_before_it() {
    block_on(async {
        let (ledger, clock, ten) = at_ten();
        let (me, jo, training) = (caller("admit"), subject("jo"), purpose("training"));
        let rules = rules();
        ledger
            .record(&me, TENANT, &jo, given_at("training", ten))
            .await
            .unwrap();
        let export = ledger.begin_export(&me, Tenant::new(TENANT), "set-1", &training);
        let export = export.await.unwrap();
        let begun = ten.saturating_add(MINUTE);
        clock.advance(60 * MINUTE).unwrap();
        let later = clock.now();
        let admit = async |now| {
            let subjects = [jo.clone()];
            let kind_of = category();
            let admitted = ledger.under(&rules).admit(
                &me,
                &export,
                Admission::new(&kind_of, &subjects, now).signals(adult()),
            );
            admitted.await.unwrap()[0].is_allow()
        };
        assert!(admit(begun).await);
        ledger
            .record(&me, TENANT, &jo, withdrawn_at("training", later))
            .await
            .unwrap();
        for now in [begun, ten, later, later.saturating_add(MINUTE)] {
            assert!(!admit(now).await, "{now}");
        }
    });
}

#[test]
fn a_restriction_of_everything_is_told_to_every_recipient() {
    block_on(async {
        let (ledger, _, ten) = at_ten();
        let (me, rules) = (caller("whole"), rules());
        let restrict = |name: &[&str]| {
            let purposes = name.iter().map(|name| purpose(name));
            NewReceipt::new(Event::Restricted, purposes, ten).method("request")
        };
        let cases: [(&[&str], usize); 3] = [(&[], 1), (&["training"], 1), (&["sale"], 0)];
        for (name, owed) in cases {
            let jo = subject("jo");
            let done = ledger
                .under(&rules)
                .withdraw(&me, TENANT, &jo, restrict(name));
            assert_eq!(done.await.unwrap().obligations.len(), owed, "{name:?}");
        }
    });
}

/// Two hosts, one of them a second ahead.
#[test]
fn a_withdrawal_from_a_clock_that_is_ahead_is_recorded_once() {
    block_on(async {
        let (ledger, clock, ten) = at_ten();
        let (me, jo) = (caller("ahead"), subject("jo"));
        let ahead = ten.saturating_add(Duration::from_secs(1));
        let give = ledger.record(&me, TENANT, &jo, given_at("training", ahead));
        assert_eq!(kind(give.await), Some(ErrorKind::Config));
        let receipt = withdrawn_at("training", ahead).id(id(1));
        let one = ledger
            .record(&me, TENANT, &jo, receipt.clone())
            .await
            .unwrap();
        assert_eq!((one.receipt.at, one.repeated), (ten, false));
        // Whoever repeats the call finds it, then and later.
        let two = ledger
            .record(&me, TENANT, &jo, receipt.clone())
            .await
            .unwrap();
        clock.advance(MINUTE).unwrap();
        let three = ledger.record(&me, TENANT, &jo, receipt).await.unwrap();
        assert!(two.repeated && three.repeated);
        // Another event of the same id is another one.
        let other = withdrawn_at("training", ten.saturating_sub(MINUTE)).id(id(1));
        let other = ledger.record(&me, TENANT, &jo, other).await;
        assert_eq!(kind(other), Some(ErrorKind::Config));
        assert_eq!(ledger.receipts(TENANT, &jo).await.unwrap().len(), 1);
    });
}

/// Whoever is in an export on another basis has a chain without a receipt.
#[test]
fn a_chain_without_receipts_goes_by_the_schedule() {
    block_on(async {
        let (ledger, clock, ten) = at_ten();
        let (me, jo, al) = (caller("empty"), subject("jo"), subject("al"));
        let rule = PurposeRule::on_basis(purpose("billing"), LawfulBasis::Contract, clause("c"));
        let rules = ConsentRules::builder().purpose(rule.category(category()));
        let rules = rules.build().unwrap();
        let admit = async |name: &str, who: &Subject| {
            let billing = purpose("billing");
            let export = ledger.begin_export(&me, Tenant::new(TENANT), name, &billing);
            let export = export.await.unwrap();
            let who = [who.clone()];
            let now = clock.now();
            let kind_of = category();
            let admitted = ledger.under(&rules).admit(
                &me,
                &export,
                Admission::new(&kind_of, &who, now).signals(adult()),
            );
            assert!(admitted.await.unwrap()[0].is_allow());
            ledger.finish_export(&me, export, [4; 32]).await.unwrap();
        };
        admit("set-1", &jo).await;
        admit("set-2", &al).await;
        let year = Duration::from_secs(365 * 86_400);
        clock.advance(2 * year).unwrap();
        admit("set-3", &al).await;

        let records = DataCategory::new("consent_log").unwrap();
        let rule = Clause::new(clause("own"), records.clone().into(), Trigger::LastModified);
        let rule = rule.act_by(Disposition::CryptoShred, Period::years(3));
        let schedule = Schedule::builder().category(records.clone()).clause(rule);
        let schedule = schedule.build().unwrap();
        let holds = Holds::none();
        let erase = async |now| {
            let own = OwnRecords::new(&records, &schedule, &holds);
            ledger
                .erase_due(&me, TENANT, &own, now)
                .await
                .unwrap()
                .erased
        };
        let exports = async |who| ledger.exports_of(TENANT, who).await.unwrap().list.len();
        assert_eq!(erase(ten.saturating_add(2 * year)).await, 0);
        assert_eq!(erase(ten.saturating_add(4 * year)).await, 1);
        assert_eq!((exports(&jo).await, exports(&al).await), (0, 2));
        assert_eq!(erase(ten.saturating_add(6 * year)).await, 1);
        assert_eq!(ledger.verify_tenant(TENANT).await.unwrap().subjects, 0);
    });
}

/// What is stopped by now is stopped, whatever moment the caller names.
#[test]
fn a_chain_that_was_stopped_since_is_not_erased() {
    block_on(async {
        let (ledger, clock, ten) = at_ten();
        let (me, jo) = (caller("stopped"), subject("jo"));
        let records = DataCategory::new("consent_log").unwrap();
        let rule = Clause::new(clause("own"), records.clone().into(), Trigger::Created);
        let rule = rule.act_by(Disposition::Delete, Period::days(1));
        let schedule = Schedule::builder().category(records.clone()).clause(rule);
        let schedule = schedule.build().unwrap();
        ledger
            .record(&me, TENANT, &jo, given_at("training", ten))
            .await
            .unwrap();
        clock.advance(48 * 60 * MINUTE).unwrap();
        let begun = clock.now();
        clock.advance(MINUTE).unwrap();
        let objected = NewReceipt::new(Event::Objected, [purpose("sale")], clock.now());
        let objected = objected.method("form");
        ledger.record(&me, TENANT, &jo, objected).await.unwrap();
        let holds = Holds::none();
        let own = OwnRecords::new(&records, &schedule, &holds);
        let done = ledger.erase_due(&me, TENANT, &own, begun).await.unwrap();
        assert_eq!((done.erased, done.standing), (0, 1));
    });
}

/// The clock of the host that records a consent is ahead of that of the host that records
/// its withdrawal.
#[test]
fn a_withdrawal_counts_behind_a_consent_of_a_host_whose_clock_is_ahead() {
    let (ledger, clock, ten) = at_ten();
    let (person, training) = (subject("jo@mail.test"), purpose("training"));
    let minutes = |count: u64| ten.saturating_add(Duration::from_secs(60 * count));
    block_on(async {
        clock.set(minutes(4));
        let consent = || given_at("training", clock.now());
        let withdrawal = || withdrawn_at("training", clock.now()).id(id(7));
        let me = caller("r");
        let record = async |receipt| ledger.record(&me, TENANT, &person, receipt).await;
        record(consent()).await.unwrap();
        clock.set(minutes(1));
        let recorded = record(withdrawal()).await.unwrap();
        // It counts from when it was said, and outlasts the consent.
        let receipt = &recorded.receipt;
        assert_eq!((receipt.at, receipt.received), (minutes(1), minutes(4)));
        // The same call once more changes nothing.
        clock.set(minutes(2));
        assert!(record(withdrawal()).await.unwrap().repeated);
        let facts = ledger.facts(TENANT, &person).await.unwrap();
        for after in [1, 2, 3, 4, 5, 600] {
            let state = facts.consent(&training, minutes(after));
            assert_eq!(state, ConsentState::Withdrawn);
        }
        // What is told of long ago stays where it was.
        clock.set(minutes(3));
        record(consent()).await.unwrap();
        let late = ten.saturating_sub(Duration::from_secs(86_400));
        let letter = NewReceipt::consent(ConsentState::Refused, [training.clone()], late);
        let old = record(letter.method("letter")).await.unwrap();
        assert_eq!(old.receipt.at, late);
    });
}

/// A host whose clock is ten years ahead records something once. Whoever withdraws after
/// that, on a host whose clock is right, has withdrawn.
#[test]
fn a_withdrawal_counts_at_once_after_a_host_whose_clock_is_far_ahead() {
    let (ledger, clock, ten) = at_ten();
    let (person, training) = (subject("jo@mail.test"), purpose("training"));
    let days = |count: u64| ten.saturating_add(Duration::from_secs(86_400 * count));
    let consent = || given_at("training", clock.now());
    let me = caller("r");
    let record = async |receipt| ledger.record(&me, TENANT, &person, receipt).await.unwrap();
    let state = async |at| {
        ledger
            .facts(TENANT, &person)
            .await
            .unwrap()
            .consent(&training, at)
    };
    block_on(async {
        record(consent()).await;
        let far = days(3650);
        for (round, ahead) in (0..).zip([
            given_at("ads", far),
            given_at("training", far),
            NewReceipt::new(Event::OptedOut, [purpose("ads")], far).method("form"),
        ]) {
            clock.set(far);
            record(ahead).await;
            let day = 10 * round + 1;
            clock.set(days(day));
            let taken = record(withdrawn_at("training", days(day))).await.receipt;
            assert_eq!((taken.at, taken.received), (days(day), far));
            for at in [day, day + 1, 3649, 3650, 3651, 9000] {
                assert_eq!(state(days(at)).await, ConsentState::Withdrawn, "{at}");
            }
            // A consent that is given after it counts.
            clock.set(days(day + 1));
            record(consent()).await;
            assert_eq!(state(days(day + 1)).await, ConsentState::Given);
        }
        clock.set(days(40));
        record(withdrawn_at("training", days(40))).await;
        for at in [40, 3650, 9000] {
            assert_eq!(state(days(at)).await, ConsentState::Withdrawn, "{at}");
        }
    });
}

/// A signal that stands is not recorded with each request, wherever the clocks are.
#[test]
fn a_signal_is_recorded_once_after_a_host_whose_clock_is_ahead() {
    let (ledger, clock, ten) = at_ten();
    let person = subject("jo@mail.test");
    let rule = PurposeRule::by_consent(purpose("sale"), clause("c"));
    let rules = ConsentRules::builder().gpc(GpcConflict::SignalWins, clause("gpc"));
    let rules = rules.purpose(rule.category(category()).sale_or_sharing());
    let rules = rules.build().unwrap();
    block_on(async {
        let me = caller("r");
        clock.set(ten.saturating_add(MINUTE));
        let given = ledger.record(&me, TENANT, &person, given_at("sale", clock.now()));
        given.await.unwrap();
        clock.set(ten);
        for _ in 0..3 {
            let signal = ledger.under(&rules).record_gpc(&me, TENANT, &person, b"1");
            assert!(signal.await.unwrap().is_some());
        }
        assert_eq!(ledger.receipts(TENANT, &person).await.unwrap().len(), 2);
    });
}
