//! One walk through all that a register does, the same on every store.

use std::sync::Arc;
use std::time::Duration;

use confidant::ErrorKind;
use confidant::audit::{Log, Outcome};
use confidant::consent::LedgerKey;
use confidant::decision::Effect;
use confidant::retention::{Holds, OwnRecords};
use confidant::rights::{
    DeadlineState, Import, Intake, Kept, NewCorrection, Refusal, Register, RequestKind,
    RequestState, Step, StoreOutcome,
};
use confidant::store::{MAX_PAGE, MemoryStore, Range, Store};
use confidant::taxonomy::{DataCategory, Tenant};
use confidant::time::{ManualClock, Moment};

use super::{
    TENANT, caller, clause, deletion, hold_on_somebody, id, kind, now, own_schedule, report, rules,
    signer, store, subject, trail,
};

async fn walk(store: Arc<dyn Store>, log: Log) {
    let clock = Arc::new(ManualClock::new(now()));
    hour(&clock);
    let key = LedgerKey::from_bytes([6; 32]);
    let register = Register::with_clock(
        Arc::clone(&store),
        key,
        log.clone(),
        Arc::clone(&clock) as _,
    );
    fulfilled(&register, &clock).await;
    refused_and_appealed(&register).await;
    repeats(&register).await;
    corrections(&register).await;
    pages(&register).await;
    erasure(&register, &*store, &clock).await;
    for (request, action, outcome) in trail(&log).await.keys() {
        assert!(matches!(
            outcome,
            Outcome::Attempted | Outcome::Succeeded | Outcome::Denied
        ));
        assert_eq!(
            *outcome == Outcome::Denied,
            request == "denied" && *outcome != Outcome::Attempted,
            "{action}"
        );
    }
}

fn hour(clock: &ManualClock) {
    clock.advance(Duration::from_secs(3600)).unwrap();
}

async fn fulfilled(register: &Register, clock: &ManualClock) {
    let (me, jo, rules) = (caller("walk"), subject("jo@mail.test"), rules());
    let opened = register
        .open(&me, TENANT, &jo, deletion().id(id(1)))
        .await
        .unwrap();
    assert!(!opened.repeated && opened.similar.is_empty());
    let take = async |step| {
        hour(clock);
        register.under(&rules).take(&me, TENANT, id(1), step).await
    };
    assert_eq!(
        take(Step::Accept).await.unwrap().state(),
        RequestState::Accepted
    );
    let begun = take(Step::Begin).await.unwrap();
    assert_eq!(begun.open_stores().count(), 2);
    assert_eq!(
        take(report("primary")).await.unwrap().open_stores().count(),
        1
    );
    // A declared store has not reported.
    let denied = caller("denied");
    let denied = register
        .under(&rules)
        .take(&denied, TENANT, id(1), Step::Complete([1; 32]));
    assert_eq!(kind(denied.await), Some(ErrorKind::Refused));
    let kept = Kept::new(DataCategory::new("billing").unwrap(), clause("CC-40"), None);
    let rest = Step::Report {
        store: store("vectors"),
        outcome: StoreOutcome::Nothing,
        kept: vec![kept.clone()],
    };
    take(rest).await.unwrap();
    let closed = take(Step::Complete([1; 32])).await.unwrap();
    assert_eq!(
        (closed.state(), closed.kept()),
        (RequestState::Partial, vec![&kept])
    );
    assert_eq!(register.get(TENANT, id(1)).await.unwrap().unwrap(), closed);
    assert_eq!(
        closed.deadline_state(&rules, Moment::MAX).unwrap(),
        DeadlineState::Met
    );
    assert!(register.is_about(TENANT, id(1), &jo).await.unwrap());
    assert!(
        !register
            .is_about(TENANT, id(1), &subject("al"))
            .await
            .unwrap()
    );
    assert!(register.get("globex", id(1)).await.unwrap().is_none());
    assert!(
        register
            .requests_of("globex", &jo)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn refused_and_appealed(register: &Register) {
    let (me, jo, rules) = (caller("walk"), subject("jo@mail.test"), rules());
    let access = || Intake::new(RequestKind::Access, now(), "mail");
    register
        .open(&me, TENANT, &jo, access().id(id(2)))
        .await
        .unwrap();
    let similar = register
        .open(&me, TENANT, &jo, access().id(id(3)))
        .await
        .unwrap()
        .similar;
    assert_eq!(similar, [id(2)]);
    let duplicate = Step::MarkDuplicate(id(2));
    let duplicate = register
        .under(&rules)
        .take(&me, TENANT, id(3), duplicate)
        .await
        .unwrap();
    assert_eq!(duplicate.duplicate_of(), Some(id(2)));
    let appeal = |of| Intake::new(RequestKind::Appeal, now(), "mail").appeals(of);
    // There is no answer to appeal against yet.
    let early = register.open(&me, TENANT, &jo, appeal(id(2))).await;
    assert_eq!(kind(early), Some(ErrorKind::Config));
    register
        .under(&rules)
        .take(&me, TENANT, id(2), Step::AskIdentity)
        .await
        .unwrap();
    let no = Step::Refuse(clause("IC-76"), Refusal::NotProven);
    let refused = register
        .under(&rules)
        .take(&me, TENANT, id(2), no)
        .await
        .unwrap();
    assert_eq!(
        refused.refusal(),
        Some((&clause("IC-76"), Refusal::NotProven))
    );
    // Not against somebody else's.
    let al = subject("al@mail.test");
    let foreign = register.open(&me, TENANT, &al, appeal(id(2))).await;
    assert_eq!(kind(foreign), Some(ErrorKind::Config));
    register
        .open(&me, TENANT, &jo, appeal(id(2)).id(id(4)))
        .await
        .unwrap();
    assert_eq!(register.requests_of(TENANT, &jo).await.unwrap().len(), 4);
}

async fn repeats(register: &Register) {
    let (me, al) = (caller("walk"), subject("al@mail.test"));
    let intake = Intake::new(RequestKind::OptOut, now(), "form");
    let first = register
        .open(&me, TENANT, &al, intake.clone().id(id(5)))
        .await
        .unwrap();
    let again = register
        .open(&me, TENANT, &al, intake.clone().id(id(5)))
        .await
        .unwrap();
    assert!(!first.repeated && again.repeated && again.request == first.request);
    let other = Intake::new(RequestKind::Complaint, now(), "form");
    assert_eq!(
        kind(register.open(&me, TENANT, &al, other.id(id(5))).await),
        Some(ErrorKind::Config)
    );
    let bo = subject("bo@mail.test");
    assert_eq!(
        kind(register.open(&me, TENANT, &bo, intake.id(id(5))).await),
        Some(ErrorKind::Config)
    );
    let future = Intake::new(RequestKind::Access, Moment::MAX, "form");
    assert_eq!(
        kind(register.open(&me, TENANT, &al, future).await),
        Some(ErrorKind::Config)
    );
    let missing = register
        .under(&rules())
        .take(&me, TENANT, id(99), Step::Accept)
        .await;
    assert_eq!(kind(missing), Some(ErrorKind::Config));
}

async fn corrections(register: &Register) {
    let (me, jo) = (caller("walk"), subject("jo@mail.test"));
    let field = "profile.name";
    let may = async |value: &[u8]| {
        let import = Import::new(field, value);
        register
            .may_import(TENANT, &jo, import, &clause("IC-65"))
            .await
            .unwrap()
    };
    assert!(may(b"Jon Do").await.is_allow());
    let correct = async |value: &[u8]| {
        let request = Some(id(1));
        register
            .correct(
                &me,
                TENANT,
                &jo,
                NewCorrection::new(field, value)
                    .source("data-subject")
                    .request(request),
            )
            .await
            .unwrap()
    };
    let made = correct(b"Jo Doe").await;
    assert_eq!(
        (made.field(), made.source(), made.request()),
        (field, "data-subject", Some(id(1)))
    );
    // A later import does not undo it, however often it comes.
    for _ in 0..2 {
        let denied = may(b"Jon Do").await;
        assert_eq!(denied.effect(), Effect::Deny);
        assert_eq!(
            denied.reasons().next().unwrap().clause(),
            Some(&clause("IC-65"))
        );
    }
    assert!(may(b"Jo Doe").await.is_allow());
    // Only another correction does.
    correct(b"Jo D. Doe").await;
    assert!(may(b"Jo D. Doe").await.is_allow() && !may(b"Jo Doe").await.is_allow());
    assert_eq!(register.corrections_of(TENANT, &jo).await.unwrap().len(), 1);
    assert!(
        register
            .corrections_of(TENANT, &subject("al@mail.test"))
            .await
            .unwrap()
            .is_empty()
    );
    register.forget_corrections(&me, TENANT, &jo).await.unwrap();
    assert!(may(b"Jon Do").await.is_allow());
}

async fn pages(register: &Register) {
    let open = register.open_requests(TENANT, None).await.unwrap();
    let ids: Vec<_> = open.requests.iter().map(|request| request.id()).collect();
    assert_eq!((ids, open.next), (vec![id(4), id(5)], None));
    let open = register.open_requests(TENANT, Some(id(4))).await.unwrap();
    assert_eq!((open.requests.len(), open.damaged.len()), (1, 0));
}

async fn erasure(register: &Register, store: &dyn Store, clock: &ManualClock) {
    let me = caller("walk");
    let (records, schedule) = own_schedule(30);
    let erase = async |holds: &Holds, now| {
        let own = OwnRecords::new(&records, &schedule, holds);
        let done = register.erase_due(&me, TENANT, &own, now).await.unwrap();
        (done.erased, done.held)
    };
    hour(clock);
    let now = confidant::time::Clock::now(clock);
    assert_eq!(erase(&Holds::none(), now).await, (0, 0));
    let later = now.saturating_add(Duration::from_secs(31 * 86_400));
    // Whose requests they are is not known, so a hold on one person holds all.
    assert_eq!(erase(&hold_on_somebody(), later).await, (0, 3));
    let (other, none) = (DataCategory::new("other").unwrap(), Holds::none());
    let own = OwnRecords::new(&other, &schedule, &none);
    let undeclared = register.erase_due(&me, TENANT, &own, later).await;
    assert_eq!(kind(undeclared), Some(ErrorKind::Config));
    // Three are closed; what is open stays.
    assert_eq!(erase(&Holds::none(), later).await, (3, 0));
    assert_eq!(erase(&Holds::none(), later).await, (0, 0));
    for name in ["request", "subject"] {
        let range =
            Range::collection(Tenant::new(TENANT), &format!("confidant.rights.{name}")).unwrap();
        assert_eq!(
            store.scan(&range, MAX_PAGE).await.unwrap().len(),
            2,
            "{name}"
        );
    }
}

#[test]
fn rights_a_walk_in_memory() {
    pollster::block_on(async {
        let log = Log::builder(signer()).in_memory().unwrap();
        walk(Arc::new(MemoryStore::new()), log).await;
    });
}

#[test]
#[cfg(feature = "sqlite")]
fn rights_a_walk_in_files() {
    use confidant::store::SqliteStore;

    use crate::support::folder::Folder;

    let folder = Folder::new();
    pollster::block_on(async {
        let store = Arc::new(SqliteStore::open(folder.join("store")).unwrap());
        let log = Log::builder(signer()).open(folder.join("log")).await;
        walk(store, log.unwrap()).await;
    });
}

#[test]
#[cfg(feature = "postgres")]
fn postgres_rights_a_walk() {
    use crate::store::postgres::{address, connect, runtime, schema};

    let Some(address) = address() else { return };
    runtime().block_on(async {
        let store: Arc<dyn Store> = Arc::new(connect(&address, &schema("rights")).await);
        let log = Log::builder(signer());
        let log = log.open_store(Arc::clone(&store), "main").await.unwrap();
        walk(store, log).await;
    });
}
