//! What the log promises those who use it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use confidant::audit::{
    Entry, Log, LogKey, LogProof, LogSubjectKeys, LogVerdict, Outcome, Signer, SigningKey,
    VerifyingKey, export_tiles, verify_folder, verify_store,
};
use confidant::store::{MemoryStore, Store};
use confidant::{Error, ErrorKind};

use super::{access, entry, id, key, numbers};
use crate::support::folder::Folder;
use confidant::taxonomy::{Subject, Tenant};

#[test]
fn reading_and_exporting_are_entries() {
    pollster::block_on(async {
        let log = Log::in_memory().unwrap();
        log.append(entry(1)).await.unwrap();
        let access = access().purpose(id("yearly-audit"));
        let records = log.read(0..1, &access).await.unwrap();
        assert_eq!(records.len(), 1);
        let folder = Folder::new();
        export_tiles(&log, folder.path(), &access).await.unwrap();
        let records = log.read(0..9, &access).await.unwrap();
        let actions = records
            .iter()
            .map(|record| record.entry.action().as_str().unwrap());
        let actions: Vec<_> = actions.collect();
        assert_eq!(
            actions,
            ["test", "audit.read", "audit.export", "audit.read"]
        );
        let read = &records[1].entry;
        assert_eq!(read.actor_id(), Some(&id("auditor:7")));
        assert_eq!(read.purpose_id(), Some(&id("yearly-audit")));
        assert_eq!(read.counts().collect::<Vec<_>>(), [("from", 0), ("to", 1)]);
        assert!(log.read(90..99, &access).await.unwrap().is_empty());
    });
}

#[test]
fn a_second_process_is_kept_out() {
    let folder = Folder::new();
    pollster::block_on(async {
        let log = Log::builder(key(1)).open(folder.path()).await.unwrap();
        let again = Log::builder(key(1)).open(folder.path()).await.unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Refused);
        drop(log);
        Log::builder(key(1)).open(folder.path()).await.unwrap();
        let other = Log::builder(key(2)).open(folder.path()).await.unwrap_err();
        assert_eq!(other.kind(), ErrorKind::Integrity);
    });
}

#[test]
fn oversized_appends_leave_the_log_as_it_was() {
    pollster::block_on(async {
        let log = Log::in_memory().unwrap();
        let none = log.append_all(&[]).await.unwrap_err();
        assert_eq!(none.kind(), ErrorKind::Config);
        let many = vec![entry(0); 8193];
        assert_eq!(
            log.append_all(&many).await.unwrap_err().kind(),
            ErrorKind::Limit
        );
        let mut large = Entry::new(id("large"), Outcome::Failed);
        for number in 0..64 {
            large = large.count(&format!("{number:064}"), u64::MAX).unwrap();
        }
        let large = vec![large; 1000];
        assert_eq!(
            log.append_all(&large).await.unwrap_err().kind(),
            ErrorKind::Limit
        );
        assert_eq!(log.checkpoint().await.unwrap().size(), 0);
        let appended = log.append_all(&many[..8192]).await.unwrap();
        assert_eq!((appended.index(), appended.checkpoint().size()), (0, 8192));
    });
}

#[test]
fn a_log_goes_over_to_another_key() {
    let folder = Folder::new();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let old = [key(1).verifying_key().clone()];
    pollster::block_on(async {
        let in_store = Log::builder(key(1))
            .open_store(Arc::clone(&store), "main")
            .await
            .unwrap();
        let in_files = Log::builder(key(1)).open(folder.path()).await.unwrap();
        let in_memory = Log::builder(key(1)).in_memory().unwrap();
        for log in [&in_store, &in_files, &in_memory] {
            log.append(entry(0)).await.unwrap();
            let rotated = log.rotate(key(2)).await.unwrap();
            assert_eq!(log.verifying_key(), *key(2).verifying_key());
            let text = log
                .inclusion_proof(rotated.index())
                .await
                .unwrap()
                .to_string();
            assert!(LogProof::open(&text, &old).is_err());
            LogProof::open(&text, &[log.verifying_key()]).unwrap();
            log.append(entry(1)).await.unwrap();
            let other = SigningKey::from_seed("other.example/log", &[3; 32]).unwrap();
            let error = log.rotate(Arc::new(other)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert_eq!(numbers(log).await, [0, 1]);
        }
        drop((in_store, in_files));
        // Who trusts the first key follows the log to the second.
        let report = verify_folder(folder.path(), &old, &[]).unwrap();
        assert_eq!(report.verdict, LogVerdict::Intact);
        let report = verify_store(&*store, "main", &old, &[]).await.unwrap();
        assert_eq!(report.verdict, LogVerdict::Intact);
        let error = Log::builder(key(1))
            .open_store(Arc::clone(&store), "main")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        Log::builder(key(2))
            .open_store(store, "main")
            .await
            .unwrap();
        Log::builder(key(2)).open(folder.path()).await.unwrap();
    });
}

#[test]
fn erasing_a_person_leaves_the_log_as_it_is() {
    pollster::block_on(async {
        let folder = Folder::new();
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let keys = LogSubjectKeys::new(Arc::clone(&store), LogKey::from_bytes([5; 32]));
        let log = Log::builder(key(1)).open(folder.path()).await.unwrap();
        let jo = &Subject::new("jo@mail.test").unwrap();
        let kim = &Subject::new("kim@mail.test").unwrap();
        for person in [jo, kim, jo] {
            let subject = keys.digest("acme", person).await.unwrap();
            log.append(entry(1).subject(subject)).await.unwrap();
        }
        let before = keys.find("acme", jo).await.unwrap().unwrap();
        assert_ne!(
            before,
            keys.digest("other", jo).await.unwrap(),
            "tenants are apart"
        );
        assert!(keys.erase("acme", jo).await.unwrap());
        assert!(!keys.erase("acme", jo).await.unwrap());
        assert_eq!(keys.find("acme", jo).await.unwrap(), None);
        assert_ne!(keys.digest("acme", jo).await.unwrap(), before);
        assert!(keys.find("other", jo).await.unwrap().is_some());

        // The entries of the other are still found, and the log verifies.
        let other = keys.find("acme", kim).await.unwrap();
        let records = log.read(0..3, &access()).await.unwrap();
        let of = |subject| {
            records
                .iter()
                .filter(|r| r.entry.subject_id() == subject)
                .count()
        };
        assert_eq!((of(other.as_ref()), of(Some(&before))), (1, 2));
        let anchor = log.checkpoint().await.unwrap().as_ref().clone();
        let report = verify_folder(folder.path(), &[log.verifying_key()], &[anchor]).unwrap();
        assert_eq!(report.verdict, LogVerdict::Intact);
        // No name stands in the store.
        for tenant in store.tenants(None, 10).await.unwrap() {
            let range = confidant::store::Range::collection(Tenant::new(&tenant), "audit-subjects")
                .unwrap();
            for record in store.scan(&range, 100).await.unwrap() {
                assert_eq!((record.key.path().len(), record.value.len()), (32, 32));
            }
        }
    });
}

#[test]
fn signing_keys_are_files_of_their_owner() {
    let folder = Folder::new();
    let path = folder.join("key");
    let key = SigningKey::generate("acme.example/audit").unwrap();
    key.save(&path).unwrap();
    assert_eq!(key.save(&path).unwrap_err().kind(), ErrorKind::Store);
    let loaded = SigningKey::load(&path).unwrap();
    assert_eq!(loaded.verifying_key(), key.verifying_key());
    assert_eq!(loaded.sign(b"text").unwrap(), key.sign(b"text").unwrap());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let mode = |mode| std::fs::Permissions::from_mode(mode);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, mode(0o640)).unwrap();
        assert_eq!(
            SigningKey::load(&path).unwrap_err().kind(),
            ErrorKind::Refused
        );
        std::fs::set_permissions(&path, mode(0o600)).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    for at in 0..text.len() - 1 {
        let mut changed = text.clone().into_bytes();
        changed[at] ^= 1;
        std::fs::write(&path, changed).unwrap();
        if let Ok(loaded) = SigningKey::load(&path) {
            panic!("another key was taken: {loaded:?}");
        }
    }
}

#[test]
fn verifying_keys_have_one_text() {
    let key = key(1).verifying_key().to_string();
    assert_eq!(VerifyingKey::parse(&key).unwrap().to_string(), key);
    for at in 0..key.len() {
        let mut changed = key.clone().into_bytes();
        changed[at] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        assert!(VerifyingKey::parse(&changed).is_err(), "{changed}");
    }
    for name in ["", "a b", "a+b", "a\nb", &"a".repeat(256)] {
        assert!(SigningKey::generate(name).is_err(), "{name}");
    }
    // Keys of small order verify what they should not.
    assert!(VerifyingKey::from_bytes("a", &[0; 32]).is_err());
}

/// A signer that panics once it is told to.
#[derive(Debug)]
struct Panics(SigningKey, AtomicBool);

impl Signer for Panics {
    fn verifying_key(&self) -> &VerifyingKey {
        self.0.verifying_key()
    }

    fn sign(&self, text: &[u8]) -> Result<[u8; 64], Error> {
        assert!(!self.1.load(Ordering::SeqCst), "the signer panics");
        self.0.sign(text)
    }
}

/// Nobody waits for ever where the code of the caller panics in the thread of the log.
#[test]
fn appends_fail_where_the_signer_panics_and_none_waits() {
    let folder = Folder::new();
    let key = || SigningKey::from_seed("test.example/log", &[1; 32]).unwrap();
    let signer = Arc::new(Panics(key(), AtomicBool::new(false)));
    let log = Log::builder(Arc::clone(&signer) as Arc<dyn Signer>).open(folder.path());
    let log = pollster::block_on(log).unwrap();
    pollster::block_on(log.append(entry(1))).unwrap();
    signer.1.store(true, Ordering::SeqCst);
    let (done, outcomes) = mpsc::channel();
    let appends = log.clone();
    let waiting = thread::spawn(move || {
        pollster::block_on(async {
            // Some wait in the queue while another one panics.
            let (first, second) = (appends.append(entry(2)), appends.append(entry(3)));
            let (mut first, mut second) = (Box::pin(first), Box::pin(second));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            let early = [
                first.as_mut().poll(&mut context),
                second.as_mut().poll(&mut context),
            ];
            for (early, append) in early.into_iter().zip([first, second]) {
                let outcome = match early {
                    std::task::Poll::Ready(outcome) => outcome,
                    std::task::Poll::Pending => append.await,
                };
                done.send(outcome.map(drop).map_err(|error| error.kind()))
                    .unwrap();
            }
            for number in 4..6 {
                let outcome = appends.append(entry(number)).await;
                done.send(outcome.map(drop).map_err(|error| error.kind()))
                    .unwrap();
            }
            let other = Arc::new(SigningKey::from_seed("test.example/log", &[2; 32]).unwrap());
            let outcome = appends.rotate(other).await;
            done.send(outcome.map(drop).map_err(|error| error.kind()))
                .unwrap();
        });
    });
    let outcome = || {
        let outcome = outcomes.recv_timeout(Duration::from_secs(20));
        outcome.expect("an append waits for a thread that has ended")
    };
    let early = [outcome(), outcome()];
    // Those in the batch of the panic may be in the log; nobody has looked.
    let allowed = [Err(ErrorKind::InDoubt), Err(ErrorKind::Store)];
    assert!(
        early.iter().all(|outcome| allowed.contains(outcome)),
        "{early:?}"
    );
    assert!(early.contains(&Err(ErrorKind::InDoubt)), "{early:?}");
    for _ in 0..3 {
        assert_eq!(outcome(), Err(ErrorKind::Store));
    }
    waiting.join().unwrap();
    drop(log);
    let log =
        pollster::block_on(Log::builder(Arc::new(key()) as Arc<dyn Signer>).open(folder.path()));
    pollster::block_on(log.unwrap().append(entry(7))).unwrap();
}

/// The key that verifies the log is that of its latest checkpoint, also where nobody waited
/// for the hand-over to the next.
#[test]
fn the_verifying_key_follows_a_hand_over_that_was_dropped() {
    let folder = Folder::new();
    let log = pollster::block_on(Log::builder(key(1)).open(folder.path())).unwrap();
    let next = SigningKey::from_seed("test.example/log", &[2; 32]).unwrap();
    let expected = next.verifying_key().clone();
    let before = log.verifying_key();
    assert_ne!(before, expected);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut rotation = Box::pin(log.rotate(Arc::new(next)));
    let _ = rotation.as_mut().poll(&mut context);
    drop(rotation);
    // It is in the queue, so it comes before this.
    pollster::block_on(log.append(entry(1))).unwrap();
    assert_eq!(log.verifying_key(), expected);
    let checkpoint = pollster::block_on(log.checkpoint()).unwrap();
    confidant::audit::Checkpoint::open(checkpoint.note(), &[log.verifying_key()]).unwrap();
}
