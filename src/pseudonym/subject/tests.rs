use super::*;
use crate::store::{MemoryStore, Range};
use crate::taxonomy::Tenant;

fn subject(id: &str) -> Subject {
    Subject::new(id).unwrap()
}

#[test]
fn the_store_lists_no_subject_and_keys_differ() {
    pollster::block_on(async {
        let store = Arc::new(MemoryStore::new());
        let keys = SubjectKeys::new(Arc::clone(&store) as _, PseudonymKey::from_bytes([1; 32]));
        let (jo, al) = (subject("jo@mail.test"), subject("al@mail.test"));
        let first = keys.key("acme", &jo).await.unwrap();
        let again = keys.key("acme", &jo).await.unwrap();
        let other = keys.key("acme", &al).await.unwrap();
        assert_eq!(first.expose_bytes(), again.expose_bytes());
        assert_ne!(first.expose_bytes(), other.expose_bytes());
        assert!(keys.find("other", &jo).await.unwrap().is_none());
        let records = store
            .scan(&Range::collection(Tenant::new("acme"), KEYS).unwrap(), 10)
            .await
            .unwrap();
        assert_eq!(records.len(), 2);
        for record in records {
            assert_eq!(record.key.path().len(), 32);
            assert!(!record.key.path().starts_with(b"jo"));
        }
        assert!(!keys.erase("other", &jo).await.unwrap());
    });
}

#[cfg(feature = "seal")]
#[test]
fn sealed_keys_open_in_their_place_alone() {
    use crate::ErrorKind;
    use crate::seal::LocalKeys;

    pollster::block_on(async {
        let store = Arc::new(MemoryStore::new());
        let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
        let plain = SubjectKeys::new(Arc::clone(&store) as _, PseudonymKey::from_bytes([1; 32]));
        let sealed = plain.clone().sealed_by(keyring);
        let (jo, al) = (subject("jo"), subject("al"));
        let key = sealed.key("acme", &jo).await.unwrap();
        let found = sealed.find("acme", &jo).await.unwrap().unwrap();
        assert_eq!(key.expose_bytes(), found.expose_bytes());
        // Without the keyring it is of no use.
        assert_eq!(
            plain.find("acme", &jo).await.unwrap_err().kind(),
            ErrorKind::Integrity
        );
        // Moved to another subject, it does not open.
        let from = sealed.place("acme", &jo).unwrap();
        let to = sealed.place("acme", &al).unwrap();
        let record = store.get(&from).await.unwrap().unwrap();
        assert!(
            !record
                .value
                .windows(32)
                .any(|part| part == key.expose_bytes())
        );
        store
            .commit(Batch::new().put(to, record.value))
            .await
            .unwrap();
        assert_eq!(
            sealed.find("acme", &al).await.unwrap_err().kind(),
            ErrorKind::Open
        );
        // A key that somebody put there unsealed is refused.
        plain.erase("acme", &al).await.unwrap();
        plain.key("acme", &al).await.unwrap();
        assert_eq!(
            sealed.key("acme", &al).await.unwrap_err().kind(),
            ErrorKind::Integrity
        );
    });
}
