use std::collections::BTreeMap;
use std::sync::Arc;

use pollster::block_on;

use super::*;
use crate::ErrorKind;
use crate::seal::{Keyring, LocalKeys, TenantKey, TenantKeys};
use crate::store::MemoryStore;
use crate::time::Moment;
use crate::vault::new_secret::Terms;
use crate::vault::{Scope, SecretPurpose, SecretRef};

fn key() -> TenantKey {
    let keyring = Keyring::new(LocalKeys::generate("local:test").unwrap());
    let keys = TenantKeys::new(keyring, Arc::new(MemoryStore::new()));
    block_on(keys.create("acme")).unwrap()
}

fn head() -> Head {
    let mut shredded = Gaps::default();
    shredded.insert(1).unwrap();
    Head {
        id: [5; 16],
        sequence: 9,
        created: Moment::from_unix_seconds(1_700_000_000).unwrap(),
        latest: 3,
        shredded,
        disabled: true,
        expires: Some(Moment::from_unix_seconds(1_800_000_000).unwrap()),
        connection: Some("github".into()),
        labels: BTreeMap::from([("a".into(), "1".into()), ("b".into(), "2".into())]),
    }
}

fn version() -> Version {
    Version {
        name: "github".into(),
        created: Moment::from_unix_seconds(-5).unwrap(),
        terms: Terms {
            kind: "api-key".into(),
            purposes: ["deploy", "test"]
                .map(|id| SecretPurpose::new(id).unwrap())
                .into(),
            scopes: [Scope::new("github:acme/website").unwrap()].into(),
            expires: None,
        },
        envelope: vec![1, 2, 3],
    }
}

fn opened(record: &[u8], key: &TenantKey, name: &str) -> Result<Head, Error> {
    let (head, _) = HeadRecord::parse(record)?.open(key, name)?;
    Ok(head)
}

#[test]
fn records_read_as_they_were_written() {
    let plain = Head {
        disabled: false,
        expires: None,
        connection: None,
        labels: BTreeMap::new(),
        ..head()
    };
    let key = key();
    for head in [head(), plain] {
        let (record, state) = head.to_record(&key, "name").unwrap();
        assert_eq!(opened(&record, &key, "name").unwrap(), head);
        assert_eq!(state.sequence, 9);
    }
    assert_eq!(Version::parse(&version().to_bytes()).unwrap(), version());
}

#[test]
fn no_bit_of_a_head_can_be_changed() {
    let key = key();
    let (record, _) = head().to_record(&key, "name").unwrap();
    for end in 0..record.len() {
        let error = opened(&record[..end], &key, "name").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{end}");
    }
    let mut longer = record.clone();
    longer.push(0);
    assert!(opened(&longer, &key, "name").is_err());
    for at in 0..record.len() {
        for bit in 0..8 {
            let mut other = record.clone();
            other[at] ^= 1 << bit;
            let error = opened(&other, &key, "name").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{at}");
        }
    }
    // Nor is it that of another name, tenant or key.
    assert!(opened(&record, &key, "other").is_err());
    assert!(opened(&record, &self::key(), "name").is_err());
}

#[test]
fn numbers_that_cannot_be_are_damage() {
    let key = key();
    for change in [
        (|head: &mut Head| head.sequence = 0) as fn(&mut Head),
        |head| head.latest = 0,
        |head| head.shredded.insert(3).unwrap(),
    ] {
        let mut head = head();
        change(&mut head);
        let (record, _) = head.to_record(&key, "name").unwrap();
        let error = opened(&record, &key, "name").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
    }
}

#[test]
fn every_term_is_part_of_the_context() {
    let base = version();
    let secret = SecretRef::new("acme", "github", [1; 16]);
    let digest = |version: &Version, number| *version.context(&secret, number).unwrap().digest();
    let mut digests = vec![digest(&base, 1), digest(&base, 2)];
    let changes: [fn(&mut Version); 5] = [
        |version| version.terms.kind = "token".into(),
        |version| version.terms.expires = Some(version.created),
        |version| version.created = Moment::from_unix_seconds(9).unwrap(),
        |version| _ = version.terms.purposes.pop_last(),
        |version| version.terms.scopes.clear(),
    ];
    for change in changes {
        let mut changed = base.clone();
        change(&mut changed);
        digests.push(digest(&changed, 1));
    }
    let count = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), count);
}
