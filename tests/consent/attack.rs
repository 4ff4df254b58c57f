//! Somebody who can write to the store, and has no key.

use std::sync::Arc;
use std::time::Duration;

use confidant::audit::{Identifier, Log, Outcome};
use confidant::consent::{Admission, ConsentFacts, Ledger, LedgerKey, Signals, TenantCheck};
use confidant::retention::{Clause, Disposition, Holds, OwnRecords, Schedule, Trigger};
use confidant::store::{Batch, MAX_PAGE, MemoryStore, Range, RecordKey, Store, StoredRecord};
use confidant::taxonomy::{Subject, Tenant};
use confidant::time::Period;
use confidant::{Error, ErrorKind};
use pollster::block_on;

use super::{
    TENANT, caller, category, clause, entries, given, kind, ledger, purpose, rules, signer,
    subject, withdrawn,
};

struct Scene {
    store: Arc<MemoryStore>,
    ledger: Ledger,
    log: Log,
    jo: Subject,
    al: Subject,
}

impl Scene {
    /// Two chains of four receipts each.
    async fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let log = Log::builder(signer()).in_memory().unwrap();
        let ledger = ledger(Arc::clone(&store) as _, log.clone());
        let scene = Self {
            store,
            ledger,
            log,
            jo: subject("jo@mail.test"),
            al: subject("al@mail.test"),
        };
        for person in [&scene.jo, &scene.al] {
            for receipt in [
                given("training"),
                withdrawn("training"),
                given("sale"),
                withdrawn("sale"),
            ] {
                scene
                    .ledger
                    .record(&caller("setup"), TENANT, person, receipt)
                    .await
                    .unwrap();
            }
        }
        scene
    }

    async fn all(&self, name: &str) -> Vec<StoredRecord> {
        let range =
            Range::collection(Tenant::new(TENANT), &format!("confidant.consent.{name}")).unwrap();
        self.store.scan(&range, MAX_PAGE).await.unwrap()
    }

    /// The receipts of Jo and of Al, each in order.
    async fn receipts(&self) -> [Vec<StoredRecord>; 2] {
        let all = self.all("receipt").await;
        let (first, second) = all.split_at(4);
        let [jo, al] = [first.to_vec(), second.to_vec()];
        // Which is whose is told by taking one away.
        self.write(&jo[0].key, None).await;
        let is_jo = self.ledger.receipts(TENANT, &self.jo).await.is_err();
        self.write(&jo[0].key, Some(&jo[0].value)).await;
        if is_jo { [jo, al] } else { [al, jo] }
    }

    /// The chains of the tenant, held against the log.
    async fn check(&self) -> TenantCheck {
        let log = entries(&self.log).await;
        let check = self.ledger.check_tenant_log(TENANT, &log).await;
        check.unwrap()
    }

    async fn write(&self, key: &RecordKey, value: Option<&[u8]>) {
        let batch = Batch::new();
        let batch = match value {
            Some(value) => batch.put(key.clone(), value.to_vec()),
            None => batch.delete(key.clone()),
        };
        self.store.commit(batch).await.unwrap();
    }

    /// Jo's chain is noticed to be another, wherever it is read, and Al's is not.
    async fn assert_noticed(&self, name: &str) {
        let me = caller("check");
        let (ledger, jo) = (&self.ledger, &self.jo);
        let damaged = Some(ErrorKind::Integrity);
        assert_eq!(kind(ledger.receipts(TENANT, jo).await), damaged, "{name}");
        assert_eq!(kind(ledger.facts(TENANT, jo).await), damaged, "{name}");
        assert_eq!(kind(ledger.verify_tenant(TENANT).await), damaged, "{name}");
        let record = ledger.record(&me, TENANT, jo, given("sale")).await;
        assert_eq!(kind(record), damaged, "{name}: it goes on");
        let gpc = ledger
            .under(&rules())
            .record_gpc(&me, TENANT, jo, b"1")
            .await;
        assert_eq!(kind(gpc), damaged, "{name}");
        let training = purpose("training");
        let begin = ledger.begin_export(&me, Tenant::new(TENANT), "set", &training);
        let export = begin.await.unwrap();
        let people = std::slice::from_ref(jo);
        let (rules, kind_of) = (rules(), category());
        let admit = ledger.under(&rules).admit(
            &me,
            &export,
            Admission::new(&kind_of, people, super::now()).signals(Signals::new()),
        );
        assert!(
            !admit.await.unwrap()[0].is_allow(),
            "{name}: it is exported"
        );
        assert_eq!(
            ledger.receipts(TENANT, &self.al).await.unwrap().len(),
            4,
            "{name}"
        );
    }

    /// What is left of Jo's chain can be destroyed, and nobody else's is.
    async fn assert_destroyed(&self) {
        let (ledger, jo) = (&self.ledger, &self.jo);
        assert!(ledger.shred(&caller("end"), TENANT, jo).await.unwrap());
        assert_eq!(ledger.verify_tenant(TENANT).await.unwrap().receipts, 4);
    }

    /// Whose receipts are to be destroyed is not clear, so nobody's are.
    async fn assert_kept(&self) {
        let done = self.ledger.shred(&caller("end"), TENANT, &self.jo).await;
        assert_eq!(kind(done), Some(ErrorKind::Integrity));
        let other = self.ledger.receipts(TENANT, &self.al).await;
        assert_eq!(other.unwrap().len(), 4);
    }
}

#[test]
fn a_receipt_that_is_missing_is_noticed() {
    block_on(async {
        for number in 0..4 {
            let scene = Scene::new().await;
            let [jo, _] = scene.receipts().await;
            scene.write(&jo[number].key, None).await;
            scene
                .assert_noticed(&format!("without receipt {number}"))
                .await;
            scene.assert_destroyed().await;
        }
    });
}

#[test]
fn receipts_that_are_swapped_are_noticed() {
    block_on(async {
        for (one, other) in [(0, 1), (1, 2), (0, 3)] {
            let scene = Scene::new().await;
            let [jo, _] = scene.receipts().await;
            scene.write(&jo[one].key, Some(&jo[other].value)).await;
            scene.write(&jo[other].key, Some(&jo[one].value)).await;
            scene
                .assert_noticed(&format!("{one} and {other} swapped"))
                .await;
        }
    });
}

#[test]
fn a_receipt_that_is_changed_is_noticed() {
    block_on(async {
        let scene = Scene::new().await;
        let [jo, _] = scene.receipts().await;
        for record in &jo {
            for index in 0..record.value.len() {
                for bit in [0, 7] {
                    let mut changed = record.value.clone();
                    changed[index] ^= 1 << bit;
                    scene.write(&record.key, Some(&changed)).await;
                    let found = scene.ledger.receipts(TENANT, &scene.jo).await;
                    assert_eq!(kind(found), Some(ErrorKind::Integrity), "byte {index}");
                }
            }
            scene.write(&record.key, Some(&record.value)).await;
        }
        assert_eq!(
            scene
                .ledger
                .receipts(TENANT, &scene.jo)
                .await
                .unwrap()
                .len(),
            4
        );
        let longer = [&jo[0].value[..], &[0]].concat();
        scene.write(&jo[0].key, Some(&longer)).await;
        scene.assert_noticed("a receipt that is longer").await;
    });
}

#[test]
fn a_receipt_of_somebody_else_is_noticed() {
    block_on(async {
        for number in 0..4 {
            let scene = Scene::new().await;
            let [jo, al] = scene.receipts().await;
            scene.write(&jo[number].key, Some(&al[number].value)).await;
            scene
                .assert_noticed(&format!("receipt {number} of somebody else"))
                .await;
        }
        // One more behind the end.
        let scene = Scene::new().await;
        let [jo, al] = scene.receipts().await;
        let mut path = jo[3].key.path().to_vec();
        path[23] = 5;
        let key = RecordKey::new(Tenant::new(TENANT), jo[3].key.collection(), path).unwrap();
        scene.write(&key, Some(&al[0].value)).await;
        scene.assert_noticed("one receipt more").await;
        scene.assert_destroyed().await;
    });
}

#[test]
fn the_end_of_a_chain_cannot_be_cut() {
    block_on(async {
        // The last receipt goes, and the record says that there were three.
        let scene = Scene::new().await;
        let [jo, _] = scene.receipts().await;
        let subjects = scene.all("subject").await;
        let mine = subjects
            .iter()
            .find(|record| record.value[33..49] == jo[0].key.path()[..16]);
        let mine = mine.unwrap();
        let mut cut = mine.value.clone();
        cut[49..57].copy_from_slice(&3_u64.to_be_bytes());
        let last = jo[2].value.len() - 32;
        cut[57..89].copy_from_slice(&jo[2].value[last..]);
        scene.write(&mine.key, Some(&cut)).await;
        scene.write(&jo[3].key, None).await;
        scene.assert_noticed("a chain that is cut").await;
        scene.assert_destroyed().await;
    });
}

#[test]
fn a_record_of_somebody_else_is_noticed() {
    block_on(async {
        let scene = Scene::new().await;
        let subjects = scene.all("subject").await;
        let [jo, _] = scene.receipts().await;
        let is_jo = |record: &&StoredRecord| record.value[33..49] == jo[0].key.path()[..16];
        let mine = subjects.iter().find(is_jo).unwrap();
        let other = subjects.iter().find(|record| !is_jo(record)).unwrap();
        scene.write(&mine.key, Some(&other.value)).await;
        scene.assert_noticed("the record of somebody else").await;
        scene.assert_kept().await;
        for index in 0..mine.value.len() {
            let mut changed = mine.value.clone();
            changed[index] ^= 1;
            scene.write(&mine.key, Some(&changed)).await;
            let found = scene.ledger.receipts(TENANT, &scene.jo).await;
            assert_eq!(kind(found), Some(ErrorKind::Integrity), "byte {index}");
        }
    });
}

#[test]
fn receipts_without_their_record_are_noticed() {
    block_on(async {
        let scene = Scene::new().await;
        for record in scene.all("subject").await {
            scene.write(&record.key, None).await;
        }
        // Nobody is known any more, which denies; and the receipts give it away.
        assert!(
            scene
                .ledger
                .receipts(TENANT, &scene.jo)
                .await
                .unwrap()
                .is_empty()
        );
        let found = scene.ledger.verify_tenant(TENANT).await;
        assert_eq!(kind(found), Some(ErrorKind::Integrity));
    });
}

#[test]
fn a_store_that_was_put_back_is_noticed_by_the_log() {
    block_on(async {
        let scene = Scene::new().await;
        let (ledger, jo) = (&scene.ledger, &scene.jo);
        let before = [scene.all("subject").await, scene.all("receipt").await].concat();
        let last = ledger
            .record(&caller("late"), TENANT, jo, withdrawn("training"))
            .await;
        let number = last.unwrap().number;
        let log = entries(&scene.log).await;
        assert_eq!(ledger.check_log(TENANT, jo, &log).await.unwrap(), number);
        // All of it is as it was before the withdrawal.
        for name in ["subject", "receipt"] {
            for record in scene.all(name).await {
                scene.write(&record.key, None).await;
            }
        }
        for record in &before {
            scene.write(&record.key, Some(&record.value)).await;
        }
        assert_eq!(ledger.receipts(TENANT, jo).await.unwrap().len(), 4);
        let found = ledger.check_log(TENANT, jo, &log).await;
        assert_eq!(kind(found), Some(ErrorKind::Integrity));
        // Somebody whose chain is as the log says is not concerned.
        assert_eq!(ledger.check_log(TENANT, &scene.al, &log).await.unwrap(), 4);
        assert!(
            log.iter()
                .any(|record| record.entry.outcome() == Outcome::Succeeded)
        );
    });
}

/// To take a chain away as a whole is to shred it without a trace in the log.
#[test]
fn a_chain_that_was_taken_away_is_noticed_by_the_log() {
    block_on(async {
        let scene = Scene::new().await;
        let ledger = &scene.ledger;
        let log = entries(&scene.log).await;
        let check = ledger.check_tenant_log(TENANT, &log).await.unwrap();
        assert!(check.is_sound());
        let verified = check.verified;
        assert_eq!((verified.subjects, verified.receipts), (2, 8));
        // Somebody else's tenant has none of it.
        let other = ledger.check_tenant_log("other", &log).await.unwrap();
        assert_eq!((other.verified.subjects, other.is_sound()), (0, true));
        // One that was shredded is not missed, nor is one that was begun anew.
        ledger.shred(&caller("s"), TENANT, &scene.al).await.unwrap();
        assert!(scene.check().await.is_sound());
        let caller = caller("r");
        let again = ledger.record(&caller, TENANT, &scene.al, given("training"));
        again.await.unwrap();
        assert!(scene.check().await.is_sound());
        for name in ["subject", "receipt"] {
            for record in scene.all(name).await {
                scene.write(&record.key, None).await;
            }
        }
        assert!(ledger.verify_tenant(TENANT).await.is_ok());
        let check = scene.check().await;
        assert_eq!(check.missing.len(), 2);
        assert!(check.reverted.is_empty() && check.revived.is_empty());
        // Once somebody has seen to it, the check finds what happens after that.
        let (one, other) = check.missing.split_at(1);
        ledger.accept_restored(&caller, TENANT, one).await.unwrap();
        assert_eq!(scene.check().await.missing, other);
        let tenant = Identifier::new("tenant").unwrap();
        let refused = ledger.accept_restored(&caller, TENANT, &[tenant]).await;
        assert_eq!(kind(refused), Some(ErrorKind::Config));
    });
}

/// A process ends between the shredding of a chain and its receipt in the log.
#[test]
fn a_chain_whose_shredding_was_announced_is_not_missed() {
    block_on(async {
        let scene = Scene::new().await;
        let log = entries(&scene.log).await;
        let ledger = &scene.ledger;
        ledger.shred(&caller("s"), TENANT, &scene.jo).await.unwrap();
        let mut after = entries(&scene.log).await;
        let before = after.len();
        after.retain(|record| {
            let entry = &record.entry;
            let is_shredding = entry.action().as_str() == Some("consent.shred");
            !(is_shredding && entry.outcome() == Outcome::Succeeded)
        });
        assert_eq!(after.len(), before - 1);
        let check = ledger.check_tenant_log(TENANT, &after).await.unwrap();
        assert!(check.is_sound(), "{check:?}");
        // Where it was not announced, it is missed.
        let check = ledger.check_tenant_log(TENANT, &log).await.unwrap();
        assert_eq!(check.missing.len(), 1);
    });
}

#[test]
fn what_was_shredded_and_put_back_is_noticed_by_the_log() {
    block_on(async {
        let scene = Scene::new().await;
        let ledger = &scene.ledger;
        let before = [scene.all("subject").await, scene.all("receipt").await].concat();
        ledger.shred(&caller("s"), TENANT, &scene.jo).await.unwrap();
        for record in &before {
            scene.write(&record.key, Some(&record.value)).await;
        }
        let check = scene.check().await;
        assert_eq!((check.revived.len(), check.missing.len()), (1, 0));
        // To accept it is no use; to shred it again is.
        let caller = caller("a");
        let accepted = ledger.accept_restored(&caller, TENANT, &check.revived);
        accepted.await.unwrap();
        assert_eq!(scene.check().await.revived, check.revived);
        ledger.shred(&caller, TENANT, &scene.jo).await.unwrap();
        assert!(scene.check().await.is_sound());
    });
}

#[test]
fn a_tenant_that_was_put_back_is_noticed_by_the_log() {
    block_on(async {
        let scene = Scene::new().await;
        let before = [scene.all("subject").await, scene.all("receipt").await].concat();
        let (ledger, me) = (&scene.ledger, caller("late"));
        let late = ledger.record(&me, TENANT, &scene.jo, withdrawn("training"));
        late.await.unwrap();
        for name in ["subject", "receipt"] {
            for record in scene.all(name).await {
                scene.write(&record.key, None).await;
            }
        }
        for record in &before {
            scene.write(&record.key, Some(&record.value)).await;
        }
        assert!(ledger.verify_tenant(TENANT).await.is_ok());
        let check = scene.check().await;
        assert_eq!(check.reverted.len(), 1);
        ledger
            .accept_restored(&me, TENANT, &check.reverted)
            .await
            .unwrap();
        assert!(scene.check().await.is_sound());
    });
}

/// One damaged record hides nothing of the others, and stops nothing.
#[test]
fn checks_and_retention_go_on_behind_a_damaged_chain() {
    block_on(async {
        for (name, changed) in [
            ("subject", 0),
            ("subject", 1),
            ("receipt", 0),
            ("receipt", 5),
        ] {
            let scene = Scene::new().await;
            let mut record = scene.all(name).await.remove(changed);
            let last = record.value.len() - 40;
            record.value[last] ^= 1;
            scene.write(&record.key, Some(&record.value)).await;
            let check = scene.check().await;
            assert_eq!(
                (check.damaged.len(), check.verified.subjects),
                (1, 1),
                "{name}"
            );
            let holds = Holds::none();
            let category = category();
            let rule = Clause::new(
                clause("own"),
                category.clone().into(),
                Trigger::LastModified,
            );
            let rule = rule.act_by(Disposition::CryptoShred, Period::years(3));
            let schedule = Schedule::builder().category(category.clone()).clause(rule);
            let schedule = schedule.build().unwrap();
            let own = OwnRecords::new(&category, &schedule, &holds);
            let me = caller("retention");
            let late = super::now().saturating_add(Duration::from_secs(10 * 366 * 86_400));
            let done = scene
                .ledger
                .erase_due(&me, TENANT, &own, late)
                .await
                .unwrap();
            assert_eq!(
                (done.damaged, done.erased + done.standing),
                (1, 1),
                "{name}"
            );
        }
    });
}

#[test]
fn a_place_in_an_export_is_not_made_up() {
    block_on(async {
        let scene = Scene::new().await;
        let (ledger, me, rules, kind_of) = (&scene.ledger, caller("e"), rules(), category());
        let (training, al) = (purpose("training"), &scene.al);
        let mut exports = Vec::new();
        for name in ["set-1", "set-2"] {
            let begin = ledger.begin_export(&me, Tenant::new(TENANT), name, &training);
            exports.push(begin.await.unwrap());
        }
        let people = std::slice::from_ref(al);
        let again = ledger.record(&me, TENANT, al, given("training"));
        again.await.unwrap();
        let now = super::now();
        let admission = Admission::new(&kind_of, people, now).signals(Signals::new());
        let admit = ledger.under(&rules).admit(&me, &exports[0], admission);
        assert!(admit.await.unwrap()[0].is_allow());
        let place = scene.all("lineage").await.remove(0);
        let found = ledger.exports_of(TENANT, al).await.unwrap();
        assert_eq!((found.list.len(), found.damaged.len()), (1, 0));
        // A place in another export, one that is nowhere, rubbish; and another export's head.
        let path = |name: &[u8]| [&place.key.path()[..32], name].concat();
        for (name, value) in [
            (&b"set-2"[..], place.value.clone()),
            (b"set-9", place.value.clone()),
            (b"set-2", b"rubbish".to_vec()),
            (b"\xff", place.value.clone()),
        ] {
            let collection = "confidant.consent.lineage";
            let key = RecordKey::new(Tenant::new(TENANT), collection, path(name)).unwrap();
            scene.write(&key, Some(&value)).await;
            let found = ledger.exports_of(TENANT, al).await.unwrap();
            assert_eq!(
                (found.list.len(), &found.damaged[..]),
                (1, &[key.clone()][..])
            );
            scene.write(&key, None).await;
        }
        let heads = scene.all("export").await;
        scene.write(&heads[0].key, Some(&heads[1].value)).await;
        let found = ledger.exports_of(TENANT, al).await.unwrap();
        assert_eq!((found.list.len(), found.damaged.len()), (0, 1));
    });
}

#[test]
fn another_key_reads_nothing() {
    block_on(async {
        let scene = Scene::new().await;
        let other = LedgerKey::generate().unwrap();
        let other = Ledger::new(Arc::clone(&scene.store) as _, other, scene.log.clone());
        assert!(other.receipts(TENANT, &scene.jo).await.unwrap().is_empty());
        assert_eq!(
            kind(other.verify_tenant(TENANT).await),
            Some(ErrorKind::Integrity)
        );
        // What cannot be read permits nothing.
        let loaded: Result<ConsentFacts, Error> = scene.ledger.facts(TENANT, &scene.jo).await;
        assert!(loaded.unwrap().is_known());
        assert!(!ConsentFacts::unavailable().is_known());
    });
}
