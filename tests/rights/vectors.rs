//! The frozen records, which another implementation of the page on formats wrote.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::Log;
use confidant::consent::LedgerKey;
use confidant::rights::{
    Import, Refusal, Register, RequestId, RequestKind, RequestState, Requester,
};
use confidant::store::MemoryStore;
use confidant::taxonomy::Subject;
use confidant::time::Moment;
use pollster::block_on;
use serde_json::Value;

use super::{clause, kind};
use crate::support::vectors::{self, bytes, text, write};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../data/rights/v1.json")).unwrap()
}

fn id(value: &Value) -> RequestId {
    text(value).parse().unwrap()
}

async fn scene(vectors: &Value) -> (Register, Arc<MemoryStore>) {
    let store = Arc::new(vectors::store(vectors, []).await);
    let key = LedgerKey::from_bytes(bytes(&vectors["key"]).try_into().unwrap());
    let register = Register::new(Arc::clone(&store) as _, key, Log::in_memory().unwrap());
    (register, store)
}

#[test]
fn interop_requests_read_as_they_were_written_elsewhere() {
    block_on(async {
        let vectors = vectors();
        let tenant = text(&vectors["tenant"]);
        let subject = Subject::new(text(&vectors["subject"])).unwrap();
        let (register, _) = scene(&vectors).await;
        let all = register.requests_of(tenant, &subject).await.unwrap();
        assert_eq!(all.len(), 2);
        let deletion = register
            .get(tenant, id(&vectors["request"]))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (deletion.kind(), deletion.state()),
            (RequestKind::Deletion, RequestState::Partial)
        );
        assert_eq!(*deletion.requester(), Requester::Agent("AGENT_ONE".into()));
        let received = Moment::from_unix_nanoseconds(vectors["received"].as_u64().unwrap().into());
        assert_eq!(deletion.received(), received.unwrap());
        assert_eq!(deletion.steps().count(), 7);
        let kept: Vec<_> = deletion
            .kept()
            .iter()
            .map(|kept| kept.clause.as_str())
            .collect();
        assert_eq!(kept, ["CC-40", "case-7"]);
        let refused = register
            .get(tenant, id(&vectors["refused"]))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            refused.refusal(),
            Some((&clause("IC-71"), Refusal::NoMatch))
        );
        assert!(refused.range().unwrap().from().is_some());
        let corrections = register.corrections_of(tenant, &subject).await.unwrap();
        assert_eq!(
            (corrections[0].field(), corrections[0].source()),
            ("profile.name", "data-subject")
        );
        for (value, may) in [(&b"Jo Doe"[..], true), (b"Jon Do", false)] {
            let import = Import::new("profile.name", value);
            let decision = register
                .may_import(tenant, &subject, import, &clause("c"))
                .await;
            assert_eq!(decision.unwrap().is_allow(), may);
        }
    });
}

#[test]
fn interop_what_was_changed_is_rejected() {
    block_on(async {
        let vectors = vectors();
        let tenant = text(&vectors["tenant"]);
        for known in vectors["reject"].as_array().unwrap() {
            let (register, store) = scene(&vectors).await;
            write(&store, &vectors, &known["record"]).await;
            let found = register.get(tenant, id(&vectors["request"])).await;
            assert_eq!(
                kind(found),
                Some(ErrorKind::Integrity),
                "{}",
                text(&known["name"])
            );
        }
    });
}
