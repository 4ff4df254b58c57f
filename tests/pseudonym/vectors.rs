//! The frozen formats, as another implementation of the manual's page wrote them.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::pseudonym::{Prefixes, Pseudonym, PseudonymKey, RotatingKeys, SubjectKeys};
use confidant::seal::{KeyVersion, Keyring, LocalKeys};
use confidant::secret::Secret;
use confidant::taxonomy::{Purpose, Subject};
use serde_json::Value;

use crate::support::vectors::{self, bytes, text};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../data/pseudonym/v1.json")).unwrap()
}

fn key(value: &Value) -> PseudonymKey {
    PseudonymKey::from_bytes(bytes(value).try_into().unwrap())
}

fn purpose(vector: &Value) -> Purpose {
    Purpose::new(text(&vector["purpose"])).unwrap()
}

fn pseudonym(vector: &Value) -> Pseudonym {
    text(&vector["pseudonym"]).parse().unwrap()
}

#[test]
fn pseudonyms_are_those_of_the_page() {
    let vectors = vectors();
    let key = key(&vectors["key"]);
    let derived = vectors["derive"].as_array().unwrap();
    assert!(derived.len() > 50);
    for vector in derived {
        let purpose = purpose(vector);
        let address = || text(&vector["address"]).parse().unwrap();
        let made = match text(&vector["kind"]) {
            "subject" => {
                let subject = Subject::new(text(&vector["id"])).unwrap();
                key.subject(&purpose, text(&vector["tenant"]), &subject)
            }
            "session" => key.session(&purpose, text(&vector["id"])),
            "value" => key.value(text(&vector["of"]), &purpose, &bytes(&vector["value"])),
            "ip" => key.ip(&purpose, address()),
            "ip-network" => {
                let bits = |name: &str| u8::try_from(vector[name].as_u64().unwrap()).unwrap();
                let prefixes = Prefixes::default()
                    .ipv4(bits("v4"))
                    .unwrap()
                    .ipv6(bits("v6"))
                    .unwrap();
                *key.ip_in_network(&purpose, address(), prefixes).network()
            }
            other => panic!("{other} is not a kind"),
        };
        assert_eq!(made, pseudonym(vector), "{vector}");
    }
}

#[test]
fn records_are_those_of_the_page() {
    pollster::block_on(async {
        let vectors = vectors();
        let tenant = text(&vectors["tenant"]);
        let store = Arc::new(vectors::store(&vectors, []).await);
        let sealing = bytes(&vectors["sealing_key"]);
        let sealing = Secret::fill(|place: &mut [u8; 32]| place.copy_from_slice(&sealing));
        let version = KeyVersion::new("1").unwrap();
        let keyring = Keyring::new(LocalKeys::new("local:main", version, &sealing).unwrap());
        let rotating = |period: &Value| {
            let period = text(period).parse().unwrap();
            RotatingKeys::new(Arc::clone(&store) as _, tenant, period).unwrap()
        };
        for vector in vectors["rotating"].as_array().unwrap() {
            let plain = rotating(&vector["period"]);
            let sealed = plain.clone().sealed_by(keyring.clone());
            let (right, wrong) = match vector["sealed"].as_bool().unwrap() {
                true => (sealed, plain),
                false => (plain, sealed),
            };
            let (purpose, at) = (purpose(vector), text(&vector["at"]).parse().unwrap());
            let key = right.at(&purpose, at).await.unwrap();
            let made = key.session(&purpose, text(&vector["session"]));
            assert_eq!(made, pseudonym(vector));
            let error = wrong.at(&purpose, at).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity);
        }
        for vector in vectors["destroyed"].as_array().unwrap() {
            let (purpose, at) = (purpose(vector), text(&vector["at"]).parse().unwrap());
            let error = rotating(&vector["period"])
                .at(&purpose, at)
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Refused);
        }
        let vector = &vectors["subject"];
        let keys = SubjectKeys::new(store, key(&vectors["places"]));
        let subject = Subject::new(text(&vector["id"])).unwrap();
        let key = keys.find(tenant, &subject).await.unwrap().unwrap();
        assert_eq!(
            key.subject(&purpose(vector), tenant, &subject),
            pseudonym(vector)
        );
    });
}
