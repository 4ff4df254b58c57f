//! The frozen records, which another implementation of the page on formats wrote.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::{DigestKind, Identifier, Log};
use confidant::consent::{Actor, ConsentState, Event, Ledger, LedgerKey};
use confidant::store::MemoryStore;
use confidant::taxonomy::Subject;
use confidant::time::Moment;
use pollster::block_on;
use serde_json::Value;

use super::{entries, given, kind, purpose};
use crate::support::vectors::{self, bytes, text, write};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../data/consent/v1.json")).unwrap()
}

async fn scene(vectors: &Value) -> (Ledger, Arc<MemoryStore>, Log, Subject) {
    let store = Arc::new(vectors::store(vectors, []).await);
    let key = LedgerKey::from_bytes(bytes(&vectors["key"]).try_into().unwrap());
    let log = Log::in_memory().unwrap();
    let ledger = Ledger::new(Arc::clone(&store) as _, key, log.clone());
    let subject = Subject::new(text(&vectors["subject"])).unwrap();
    (ledger, store, log, subject)
}

#[test]
fn interop_receipts_read_as_they_were_written_elsewhere() {
    block_on(async {
        let vectors = vectors();
        let tenant = text(&vectors["tenant"]);
        let (ledger, _, log, subject) = scene(&vectors).await;
        let receipts = ledger.receipts(tenant, &subject).await.unwrap();
        let ids: Vec<_> = receipts
            .iter()
            .map(|receipt| receipt.id.as_bytes().to_vec())
            .collect();
        let expected: Vec<_> = vectors["receipts"]
            .as_array()
            .unwrap()
            .iter()
            .map(bytes)
            .collect();
        assert_eq!(ids, expected);
        let [first, second, third, fourth] = &receipts[..] else {
            panic!("there are four");
        };
        assert_eq!(first.event, Event::Consent(ConsentState::Given));
        let given_at = Moment::from_unix_nanoseconds(vectors["given"].as_u64().unwrap().into());
        assert_eq!(first.at, given_at.unwrap());
        let notice = first.notice.as_ref().unwrap();
        assert_eq!((notice.version(), notice.language()), ("2026-04-22", "en"));
        assert_eq!(second.signal.as_deref(), Some(&b"1"[..]));
        assert_eq!(second.actor, Actor::Software);
        assert_eq!(
            (
                second.conflicts[0].consent,
                second.conflicts[0].clause.as_str()
            ),
            (first.id, "C-7")
        );
        assert_eq!(third.event, Event::Consent(ConsentState::Withdrawn));
        assert_eq!(fourth.reason.as_deref(), Some("a claim is pending"));
        assert_eq!(fourth.received, third.received);
        assert_eq!((third.behind, fourth.behind), (0, 1));
        let exports = ledger.exports_of(tenant, &subject).await.unwrap().list;
        assert_eq!(
            (&*exports[0].name, exports[0].receipt),
            ("set-1", Some(first.id))
        );
        assert_eq!(exports[0].purpose, purpose("training"));
        assert_eq!(ledger.verify_tenant(tenant).await.unwrap().receipts, 4);

        // The chain goes on, and the log names the data subject as the page says.
        let me = super::caller("vectors");
        let next = ledger
            .record(&me, tenant, &subject, given("training"))
            .await
            .unwrap();
        assert_eq!(next.number, 5);
        let all = entries(&log).await;
        let digest = |value: &Value| {
            Identifier::from_digest(DigestKind::Subject, bytes(value).try_into().unwrap())
        };
        let entry = all
            .iter()
            .find(|record| record.entry.subject_id().is_some())
            .unwrap();
        assert_eq!(
            entry.entry.subject_id(),
            Some(&digest(&vectors["log_subject"]))
        );
        assert_ne!(
            entry.entry.resource_id(),
            Some(&digest(&vectors["log_first"]))
        );
    });
}

#[test]
fn interop_what_was_changed_is_rejected() {
    block_on(async {
        let vectors = vectors();
        let tenant = text(&vectors["tenant"]);
        for known in vectors["reject"].as_array().unwrap() {
            let (ledger, store, _, subject) = scene(&vectors).await;
            write(&store, &vectors, &known["record"]).await;
            let found = ledger.receipts(tenant, &subject).await;
            assert_eq!(
                kind(found),
                Some(ErrorKind::Integrity),
                "{}",
                text(&known["name"])
            );
        }
    });
}
