//! Staff, and what the log says of them.

use std::sync::Mutex;

use super::*;
use crate::ErrorKind;
use crate::audit::{Access, Identifier, Log, LogKey, Outcome, SigningKey};
use crate::time::{Clock, ManualClock};

struct Setup {
    facts: VisibilityFacts,
    sre: Principal,
    owner: Principal,
    site: Resource,
    log: Log,
    key: LogKey,
    clock: Arc<ManualClock>,
    desk: StaffDesk,
}

fn access() -> Access {
    Access::new(Identifier::new("auditor").unwrap())
}

fn desk_over(clock: Arc<dyn Clock>) -> (Log, LogKey, StaffDesk) {
    let signer = SigningKey::generate("test.invalid/audit").unwrap();
    let log = Log::builder(Arc::new(signer)).in_memory().unwrap();
    let key = LogKey::generate().unwrap();
    let desk = StaffDesk::new(log.clone(), key.clone(), clock);
    (log, key, desk)
}

fn setup() -> Setup {
    let mut facts = VisibilityFacts::new(policy(None));
    let [sre, owner] = ["sre", "owner"].map(|id| {
        let person = facts.add_principal(id, at(0)).unwrap();
        facts
            .set_attribute(person, &attribute("banned"), Some(false), at(0))
            .unwrap();
        person
    });
    let site = NewResource::new("site").owner(owner).level(Level::Private);
    let site = facts
        .add_resource(site.attribute(attribute("suspended"), false), at(0))
        .unwrap();
    let reason = ReasonKind::new("incident").unwrap();
    let scope = StaffScope::Resource(site);
    let grant = StaffGrant::builder("grant-1")
        .principal(sre)
        .reason(reason)
        .ticket("INC-204")
        .scope(scope)
        .during(at(10)..at(20))
        .build()
        .unwrap();
    facts.grant(&grant).unwrap();
    let clock = Arc::new(ManualClock::new(at(12)));
    let (log, key, desk) = desk_over(Arc::clone(&clock) as _);
    Setup {
        facts,
        sre,
        owner,
        site,
        log,
        key,
        clock,
        desk,
    }
}

async fn size(log: &Log) -> u64 {
    log.checkpoint().await.unwrap().size()
}

#[test]
fn a_permission_follows_its_entry_and_ends_with_its_grant() {
    pollster::block_on(async {
        let s = setup();
        let (view, context) = (id(&s.facts, "view"), AccessContext::default());
        let permit = s
            .desk
            .permit(&s.facts, s.sre.with(&context), view, s.site)
            .await
            .unwrap();
        assert_eq!(size(&s.log).await, 1);
        assert_eq!(permit.index(), 0);
        assert_eq!(
            permit.decision().to_string(),
            "allow: `staff` (staff grant, in the audit log)"
        );
        assert!(permit.permits(s.sre, view, s.site, at(19)));
        assert!(!permit.permits(s.sre, view, s.site, at(20)));
        assert!(!permit.permits(s.owner, view, s.site, at(12)));
        assert!(!permit.permits(s.sre, id(&s.facts, "edit"), s.site, at(12)));
        assert!(!permit.permits(s.sre, view, Resource(9), at(12)));

        let records = s.log.read(0..1, &access()).await.unwrap();
        let entry = &records[0].entry;
        assert_eq!(entry.action().as_str(), Some("visibility.staff/view"));
        assert_eq!(entry.outcome(), Outcome::Attempted);
        assert_eq!(entry.purpose_id().unwrap().as_str(), Some("incident"));
        assert_eq!(entry.request_id().unwrap().as_str(), Some("INC-204"));
        assert_eq!(entry.scope_id().unwrap().as_str(), Some("grant-1"));
        assert_eq!(
            *entry.actor_id().unwrap(),
            s.key.digest("visibility.principal", "sre")
        );
        assert_eq!(
            *entry.subject_id().unwrap(),
            s.key.digest("visibility.principal", "owner")
        );
    });
}

#[test]
fn who_is_not_covered_is_refused_and_that_is_logged() {
    pollster::block_on(async {
        let s = setup();
        let (view, edit) = (id(&s.facts, "view"), id(&s.facts, "edit"));
        let context = AccessContext::default();
        for (who, action, what, now) in [
            (s.sre, view, s.site, 9),
            (s.sre, view, s.site, 20),
            (s.sre, edit, s.site, 12),
            (Principal::ANONYMOUS, view, s.site, 12),
            (Principal(9), view, s.site, 12),
            (s.sre, view, Resource(9), 12),
        ] {
            s.clock.set(at(now));
            let before = size(&s.log).await;
            let error = s
                .desk
                .permit(&s.facts, who.with(&context), action, what)
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Refused);
            assert_eq!(size(&s.log).await, before + 1);
            let records = s.log.read(before..before + 1, &access()).await.unwrap();
            assert_eq!(records[0].entry.outcome(), Outcome::Denied);
        }
        // Who may anyway needs no grant, and uses none.
        let error = s
            .desk
            .permit(&s.facts, s.owner.with(&context), view, s.site)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    });
}

/// A clock that shows each of some moments once, and then the last.
#[derive(Debug)]
struct Steps(Mutex<Vec<Moment>>);

impl Clock for Steps {
    fn now(&self) -> Moment {
        let mut left = self.0.lock().unwrap();
        if left.len() > 1 {
            left.remove(0)
        } else {
            left[0]
        }
    }
}

#[test]
fn a_grant_that_expires_while_its_entry_is_written_does_not_permit() {
    pollster::block_on(async {
        let s = setup();
        let clock = Steps(Mutex::new(vec![at(19), at(20)]));
        let (log, _, desk) = desk_over(Arc::new(clock));
        let view = id(&s.facts, "view");
        let error = desk
            .permit(&s.facts, s.sre, view, s.site)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        let records = log.read(0..2, &access()).await.unwrap();
        let outcomes: Vec<_> = records
            .iter()
            .map(|record| record.entry.outcome())
            .collect();
        assert_eq!(outcomes, [Outcome::Attempted, Outcome::Denied]);
    });
}

#[test]
fn a_suspended_resource_is_reached_by_staff_where_its_clause_spares_them() {
    pollster::block_on(async {
        let mut s = setup();
        s.facts
            .set_attribute(s.site, &attribute("suspended"), Some(true), at(5))
            .unwrap();
        let (view, context) = (id(&s.facts, "view"), AccessContext::default());
        assert!(
            s.desk
                .permit(&s.facts, s.sre.with(&context), view, s.site)
                .await
                .is_ok()
        );
        let explained = s.facts.explain(s.sre.with(&context), view, s.site, at(12));
        assert_eq!(
            explained.to_string(),
            "deny: `staff` (staff grant is not in the audit log yet); missing: an entry in the \
             audit log; would be allowed if the grant were in the audit log"
        );
        s.facts
            .set_attribute(s.sre, &attribute("banned"), Some(true), at(6))
            .unwrap();
        assert!(
            s.desk
                .permit(&s.facts, s.sre.with(&context), view, s.site)
                .await
                .is_err()
        );
    });
}

#[test]
fn an_owner_is_shown_who_asked_for_access_and_why() {
    pollster::block_on(async {
        let mut s = setup();
        let other = NewResource::new("other").owner(s.sre).level(Level::Private);
        let other = s
            .facts
            .add_resource(other.attribute(attribute("suspended"), false), at(0))
            .unwrap();
        let inner = NewResource::new("inner").within(s.site);
        let inner = s
            .facts
            .add_resource(inner.attribute(attribute("suspended"), false), at(0))
            .unwrap();
        let (view, context) = (id(&s.facts, "view"), AccessContext::default());
        for what in [s.site, inner, other] {
            let _ = s
                .desk
                .permit(&s.facts, s.sre.with(&context), view, what)
                .await;
        }
        s.clock.set(at(25));
        let _ = s
            .desk
            .permit(&s.facts, s.sre.with(&context), view, s.site)
            .await;
        let report = s
            .desk
            .report_for_owner(&s.facts, s.owner, &access())
            .await
            .unwrap();
        let said: Vec<_> = report
            .lines()
            .iter()
            .map(|line| {
                (
                    &*line.action,
                    line.outcome,
                    line.reason.as_deref(),
                    line.ticket.as_deref(),
                )
            })
            .collect();
        let yes = (
            "view",
            Outcome::Attempted,
            Some("incident"),
            Some("INC-204"),
        );
        assert_eq!(said, [yes, yes, ("view", Outcome::Denied, None, None)]);
        let report = s
            .desk
            .report_for_resource(&s.facts, inner, &access())
            .await
            .unwrap();
        assert_eq!(report.lines().len(), 1);
        let stranger = s.facts.add_principal("stranger", at(0)).unwrap();
        let report = s
            .desk
            .report_for_owner(&s.facts, stranger, &access())
            .await
            .unwrap();
        assert!(report.lines().is_empty());
    });
}

#[test]
fn ic_41_a_change_leaves_two_entries_and_a_refused_one_says_so() {
    pollster::block_on(async {
        let mut s = setup();
        let (site, owner, sre) = (s.site, s.owner, s.sre);
        let context = AccessContext::default();
        let raise = |by: Principal| {
            move |facts: &mut VisibilityFacts, now| {
                facts.raise(by.with(&context), site, Level::Internal, now)
            }
        };
        let desk = s.desk.clone();
        desk.change(
            &mut s.facts,
            StaffChange::new("set_level", sre, site),
            raise(sre),
        )
        .await
        .unwrap_err();
        assert_eq!(s.facts.level(site), Some(Level::Private));
        desk.change(
            &mut s.facts,
            StaffChange::new("set_level", owner, site),
            raise(owner),
        )
        .await
        .unwrap();
        assert_eq!(s.facts.level(site), Some(Level::Internal));
        let records = s.log.read(0..4, &access()).await.unwrap();
        let said: Vec<_> = records
            .iter()
            .map(|record| record.entry.outcome())
            .collect();
        assert_eq!(
            said,
            [
                Outcome::Attempted,
                Outcome::Denied,
                Outcome::Attempted,
                Outcome::Succeeded
            ]
        );
        assert!(records.iter().all(|record| record.entry.action().as_str() == Some("visibility.change/set_level")));
        // What the log cannot name is not done.
        let error = desk
            .change(
                &mut s.facts,
                StaffChange::new("a b", owner, site),
                raise(owner),
            )
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    });
}

/// A clock that jumps when it is asked a second time.
#[derive(Debug)]
struct Jumps(Mutex<u32>);

impl Clock for Jumps {
    fn now(&self) -> Moment {
        let mut asked = self.0.lock().unwrap();
        *asked += 1;
        if *asked == 2 { at(25) } else { at(12) }
    }
}

#[test]
fn an_owner_is_not_shown_an_access_that_did_not_happen() {
    pollster::block_on(async {
        let s = setup();
        let (log, _, desk) = desk_over(Arc::new(Jumps(Mutex::new(0))));
        let view = id(&s.facts, "view");
        let permit = || desk.permit(&s.facts, s.sre, view, s.site);
        // The grant has expired at the second look; then somebody is let through.
        assert_eq!(permit().await.unwrap_err().kind(), ErrorKind::Refused);
        let permitted = permit().await.unwrap();
        assert_eq!(size(&log).await, 3);
        let access = access();
        let report = desk.report_for_owner(&s.facts, s.owner, &access);
        let report = report.await.unwrap();
        let said = report.lines().iter().map(|line| (line.index, line.outcome));
        let said: Vec<_> = said.collect();
        let yes = (permitted.index(), Outcome::Attempted);
        assert_eq!(said, [(1, Outcome::Denied), yes]);
    });
}
