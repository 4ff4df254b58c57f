//! Somebody who can write to the store, and has no key.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::{Access, Identifier, Log, LogRecord as Entry};
use confidant::consent::LedgerKey;
use confidant::retention::{Holds, OwnRecords};
use confidant::rights::{Import, NewCorrection, Register, Step};
use confidant::store::{Batch, MAX_PAGE, MemoryStore, Range, RecordKey, Store, StoredRecord};
use pollster::block_on;

use super::{
    TENANT, caller, clause, deletion, id, kind, now, own_schedule, register, rules, subject,
};
use confidant::taxonomy::Tenant;

async fn all(store: &MemoryStore, name: &str) -> Vec<StoredRecord> {
    let range =
        Range::collection(Tenant::new(TENANT), &format!("confidant.rights.{name}")).unwrap();
    store.scan(&range, MAX_PAGE).await.unwrap()
}

async fn write(store: &MemoryStore, key: &RecordKey, value: &[u8]) {
    store
        .commit(Batch::new().put(key.clone(), value.to_vec()))
        .await
        .unwrap();
}

async fn scene() -> (Arc<MemoryStore>, Register) {
    let store = Arc::new(MemoryStore::new());
    let register = register(Arc::clone(&store) as _, Log::in_memory().unwrap());
    let me = caller("setup");
    for (number, name) in [(1, "jo"), (2, "al")] {
        let person = subject(name);
        register
            .open(&me, TENANT, &person, deletion().id(id(number)))
            .await
            .unwrap();
        let correct = register.correct(
            &me,
            TENANT,
            &person,
            NewCorrection::new("name", b"x").source("subject"),
        );
        correct.await.unwrap();
    }
    (store, register)
}

#[test]
fn a_request_that_is_changed_or_moved_is_noticed() {
    block_on(async {
        let (store, register) = scene().await;
        let records = all(&store, "request").await;
        let [one, other] = &records[..] else {
            panic!("there are two");
        };
        let noticed = async |name: &str| {
            let damaged = Some(ErrorKind::Integrity);
            assert_eq!(kind(register.get(TENANT, id(1)).await), damaged, "{name}");
            let step = register
                .under(&rules())
                .take(&caller("x"), TENANT, id(1), Step::Withdraw)
                .await;
            assert_eq!(kind(step), damaged, "{name}");
            let listed = register.requests_of(TENANT, &subject("jo")).await;
            assert_eq!(kind(listed), damaged, "{name}");
            let open = register.open_requests(TENANT, None).await.unwrap();
            assert_eq!(open.damaged, [id(1)], "{name}");
            assert_eq!(open.requests.len(), 1, "{name}");
        };
        for index in 0..one.value.len() {
            let mut changed = one.value.clone();
            changed[index] ^= 1;
            write(&store, &one.key, &changed).await;
            assert_eq!(
                kind(register.get(TENANT, id(1)).await),
                Some(ErrorKind::Integrity)
            );
        }
        write(&store, &one.key, &other.value).await;
        noticed("the request of somebody else").await;
        write(&store, &one.key, &one.value[..one.value.len() - 1]).await;
        noticed("a request that is cut").await;
        write(&store, &one.key, &[&one.value[..], &[0]].concat()).await;
        noticed("a request that is longer").await;
        write(&store, &one.key, &one.value).await;
        assert!(register.get(TENANT, id(1)).await.unwrap().is_some());
    });
}

/// Neither a damaged record nor an entry that was put into the index for somebody.
#[test]
fn nobody_is_kept_from_making_a_request() {
    block_on(async {
        let (store, register) = scene().await;
        let me = caller("x");
        let index = all(&store, "subject").await;
        let (mine, other) = (&index[0].key, &index[1].key);
        for path in [
            [&mine.path()[..32], &other.path()[32..]].concat(),
            [&other.path()[..32], &mine.path()[32..]].concat(),
            [mine.path(), &[0]].concat(),
        ] {
            let key = RecordKey::new(Tenant::new(TENANT), mine.collection(), path).unwrap();
            write(&store, &key, &[1]).await;
        }
        for record in all(&store, "request").await {
            write(&store, &record.key, &[0; 40]).await;
        }
        for (number, name) in [(3, "jo"), (4, "al")] {
            let intake = deletion().id(id(number));
            let opened = register.open(&me, TENANT, &subject(name), intake).await;
            assert!(opened.is_ok());
        }
        // Nor are open requests hidden behind rows that are none.
        let collection = all(&store, "request").await[0].key.collection().to_owned();
        let mut rows = Batch::new();
        for number in 0..600_u16 {
            let path = [&[0; 15][..], &number.to_be_bytes()].concat();
            let key = RecordKey::new(Tenant::new(TENANT), &collection, path).unwrap();
            rows = rows.put(key, vec![1]);
        }
        store.commit(rows).await.unwrap();
        let open = register.open_requests(TENANT, None).await.unwrap();
        assert_eq!((open.requests.len(), open.damaged.len()), (2, 2));
        let (records, schedule) = own_schedule(30);
        let holds = Holds::none();
        let own = OwnRecords::new(&records, &schedule, &holds);
        let done = register.erase_due(&me, TENANT, &own, now()).await.unwrap();
        assert_eq!((done.erased, done.damaged), (0, 602));
        // A correction takes the place of a damaged one.
        for record in all(&store, "correction").await {
            write(&store, &record.key, &[0; 40]).await;
        }
        let correction = NewCorrection::new("name", b"y").source("subject");
        let jo = subject("jo");
        let corrected = register.correct(&me, TENANT, &jo, correction);
        corrected.await.unwrap();
    });
}

/// A host ten years ahead, and then hosts whose clocks are right.
#[test]
fn a_clock_that_was_ahead_is_put_right() {
    use confidant::time::{Clock, ManualClock, Moment};

    block_on(async {
        let store = Arc::new(MemoryStore::new());
        let log = Log::in_memory().unwrap();
        let key = || LedgerKey::from_bytes([7; 32]);
        let at = |at: Moment| {
            let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(at));
            Register::with_clock(Arc::clone(&store) as _, key(), log.clone(), clock)
        };
        let now = now();
        let later = now.saturating_add(std::time::Duration::from_secs(315_360_000));
        let (right, ahead, me) = (at(now), at(later), caller("x"));
        let (rules, jo) = (rules(), subject("jo"));
        right
            .open(&me, TENANT, &jo, deletion().id(id(1)))
            .await
            .unwrap();
        let due = right.get(TENANT, id(1)).await.unwrap().unwrap();
        let due = due.deadline(&rules).unwrap().due();
        for step in [Step::AskClarification, Step::Clarify] {
            let taken = ahead.under(&rules).take(&me, TENANT, id(1), step).await;
            taken.unwrap();
        }
        let step = right.under(&rules).take(&me, TENANT, id(1), Step::Accept);
        let error = step.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(error.to_string().contains("correct_clock"), "{error}");
        // Nobody is told meanwhile that there is more time.
        let request = right.get(TENANT, id(1)).await.unwrap().unwrap();
        let state = |at| request.deadline_state(&rules, at).unwrap();
        assert_eq!(state(due), confidant::rights::DeadlineState::Overdue);
        // A clock that is wrong puts nothing right.
        for (register, named) in [(&ahead, now), (&right, later), (&right, Moment::MIN)] {
            let corrected = register.correct_clock(&me, TENANT, id(1), named).await;
            assert_eq!(kind(corrected), Some(ErrorKind::Refused));
        }
        let request = right.correct_clock(&me, TENANT, id(1), now).await.unwrap();
        assert_eq!(request.steps().count(), 2);
        assert_eq!(request.deadline(&rules).unwrap().due(), due);
        let step = right.under(&rules).take(&me, TENANT, id(1), Step::Accept);
        step.await.unwrap();
        let told = entries(&log).await;
        right.check_log(TENANT, &told).await.unwrap();

        // Corrections count in the order of their commits.
        let correct = async |register: &Register, value: &[u8]| {
            let correction = NewCorrection::new("name", value).source("subject");
            register.correct(&me, TENANT, &jo, correction).await
        };
        correct(&ahead, b"Jon").await.unwrap();
        correct(&right, b"John").await.unwrap();
        let import = Import::new("name", b"John");
        let may = right.may_import(TENANT, &jo, import, &clause("c")).await;
        assert!(may.unwrap().is_allow());
        let told = entries(&log).await;
        right.check_log(TENANT, &told).await.unwrap();
    });
}

#[test]
fn an_entry_of_the_index_that_is_moved_shows_nobody_anything() {
    block_on(async {
        let (store, register) = scene().await;
        let index = all(&store, "subject").await;
        let jo = register.requests_of(TENANT, &subject("jo")).await.unwrap();
        let is_jo = |record: &&StoredRecord| record.key.path()[32..] == *jo[0].id().as_bytes();
        let mine = index.iter().find(is_jo).unwrap();
        let other = index.iter().find(|record| !is_jo(record)).unwrap();
        let path = [&mine.key.path()[..32], &other.key.path()[32..]].concat();
        let key = RecordKey::new(Tenant::new(TENANT), mine.key.collection(), path).unwrap();
        write(&store, &key, &[1]).await;
        let listed = register.requests_of(TENANT, &subject("jo")).await;
        assert_eq!(kind(listed), Some(ErrorKind::Integrity));
    });
}

#[test]
fn a_correction_that_is_changed_or_moved_imports_nothing() {
    block_on(async {
        let (store, register) = scene().await;
        let records = all(&store, "correction").await;
        let may = async || {
            let import = Import::new("name", b"old");
            register
                .may_import(TENANT, &subject("jo"), import, &clause("c"))
                .await
        };
        assert!(!may().await.unwrap().is_allow());
        let owner = async |record: &StoredRecord| {
            let mut changed = record.value.clone();
            changed[5] ^= 1;
            write(&store, &record.key, &changed).await;
            let hit = may().await.is_err();
            write(&store, &record.key, &record.value).await;
            hit
        };
        let (mine, other) = if owner(&records[0]).await {
            (&records[0], &records[1])
        } else {
            (&records[1], &records[0])
        };
        for index in 0..mine.value.len() {
            let mut changed = mine.value.clone();
            changed[index] ^= 1;
            write(&store, &mine.key, &changed).await;
            assert_eq!(
                kind(may().await),
                Some(ErrorKind::Integrity),
                "byte {index}"
            );
        }
        write(&store, &mine.key, &other.value).await;
        assert_eq!(kind(may().await), Some(ErrorKind::Integrity));
    });
}

#[test]
fn another_key_reads_nothing() {
    block_on(async {
        let (store, _) = scene().await;
        let other = LedgerKey::generate().unwrap();
        let other = Register::new(store, other, Log::in_memory().unwrap());
        assert_eq!(
            kind(other.get(TENANT, id(1)).await),
            Some(ErrorKind::Integrity)
        );
        assert!(
            other
                .requests_of(TENANT, &subject("jo"))
                .await
                .unwrap()
                .is_empty()
        );
    });
}

async fn entries(log: &Log) -> Vec<Entry> {
    let access = Access::new(Identifier::new("auditor:7").unwrap());
    let size = log.checkpoint().await.unwrap().size();
    let mut all = Vec::new();
    while (all.len() as u64) < size {
        let from = all.len() as u64;
        all.extend(log.read(from..size, &access).await.unwrap());
    }
    all
}

/// What every record by itself does not show: it was authentic once.
#[test]
fn a_register_that_was_put_back_is_noticed_by_the_log() {
    block_on(async {
        let store = Arc::new(MemoryStore::new());
        let log = Log::in_memory().unwrap();
        let register = register(Arc::clone(&store) as _, log.clone());
        let (me, jo) = (caller("x"), subject("jo"));
        let open = register.open(&me, TENANT, &jo, deletion().id(id(1)));
        open.await.unwrap();
        let opened = all(&store, "request").await.remove(0);
        let index = all(&store, "subject").await.remove(0);
        let mut states = vec![opened.clone()];
        for step in [Step::Accept, Step::Begin, Step::Withdraw] {
            let taken = register
                .under(&rules())
                .take(&me, TENANT, id(1), step)
                .await;
            taken.unwrap();
            states.push(all(&store, "request").await.remove(0));
        }
        let told = entries(&log).await;
        let check = async || register.check_log(TENANT, &told).await;
        assert_eq!(check().await.unwrap(), 4);
        let latest = states.pop().unwrap();
        for earlier in &states {
            write(&store, &earlier.key, &earlier.value).await;
            assert_eq!(kind(check().await), Some(ErrorKind::Integrity));
        }
        write(&store, &latest.key, &latest.value).await;
        check().await.unwrap();
        for key in [&index.key, &latest.key] {
            let value = store.get(key).await.unwrap().unwrap().value;
            store
                .commit(Batch::new().delete(key.clone()))
                .await
                .unwrap();
            assert_eq!(kind(check().await), Some(ErrorKind::Integrity));
            write(&store, key, &value).await;
        }
        check().await.unwrap();
        // Another tenant has no part in it.
        assert_eq!(register.check_log("globex", &told).await.unwrap(), 0);
        // What was erased does not come back.
        let later = now().saturating_add(std::time::Duration::from_secs(10 * 86_400));
        let ((records, schedule), holds) = (own_schedule(1), Holds::none());
        let own = OwnRecords::new(&records, &schedule, &holds);
        let erased = register.erase_due(&me, TENANT, &own, later).await.unwrap();
        assert_eq!(erased.erased, 1);
        let told = entries(&log).await;
        register.check_log(TENANT, &told).await.unwrap();
        for record in [&latest, &index] {
            write(&store, &record.key, &record.value).await;
        }
        let back = register.check_log(TENANT, &told).await;
        assert_eq!(kind(back), Some(ErrorKind::Integrity));
    });
}

/// Corrections, too: the last one must be there, and none where they were forgotten.
#[test]
fn a_correction_that_was_put_back_is_noticed_by_the_log() {
    block_on(async {
        let store = Arc::new(MemoryStore::new());
        let log = Log::in_memory().unwrap();
        let register = register(Arc::clone(&store) as _, log.clone());
        let (me, jo) = (caller("x"), subject("jo"));
        let mut states = Vec::new();
        for value in ["Jo", "Joan", "Jo"] {
            let made = register.correct(
                &me,
                TENANT,
                &jo,
                NewCorrection::new("profile.name", value.as_bytes()).source("data-subject"),
            );
            made.await.unwrap();
            states.push(all(&store, "correction").await.remove(0));
        }
        let told = entries(&log).await;
        let check = async || register.check_log(TENANT, &told).await;
        assert_eq!(check().await.unwrap(), 3);
        let latest = states.pop().unwrap();
        for earlier in &states {
            write(&store, &earlier.key, &earlier.value).await;
            assert_eq!(kind(check().await), Some(ErrorKind::Integrity));
        }
        let deleted = Batch::new().delete(latest.key.clone());
        store.commit(deleted).await.unwrap();
        assert_eq!(kind(check().await), Some(ErrorKind::Integrity));
        write(&store, &latest.key, &latest.value).await;
        check().await.unwrap();
        assert_eq!(register.check_log("globex", &told).await.unwrap(), 0);

        register.forget_corrections(&me, TENANT, &jo).await.unwrap();
        let told = entries(&log).await;
        register.check_log(TENANT, &told).await.unwrap();
        write(&store, &latest.key, &latest.value).await;
        let back = register.check_log(TENANT, &told).await;
        assert_eq!(kind(back), Some(ErrorKind::Integrity));
    });
}
