//! Who may read the audit log, and who may place a legal hold.

use super::check::at;
use super::policy::Policy;
use super::span::nominal;
use crate::decision::{ClauseId, Decision, Reason};
use crate::retention::Hold;

impl Policy {
    /// Decides whether somebody in a role may read the audit log. A policy that lists no
    /// readers lets nobody.
    pub fn read_audit(&self, role: &str) -> Decision {
        let Some(clause) = self.clause_at("audit") else {
            return Decision::deny(Reason::without_clause(
                "there is no clause on the audit log",
            ));
        };
        let audit = self.inner.document.audit.as_ref();
        let mut readers = audit.iter().flat_map(|audit| &audit.readers);
        match readers.any(|own| own == role) {
            true => Decision::allow(Reason::new(clause, "role may read the audit log")),
            false => Decision::deny(Reason::new(clause, "role is not listed as a reader")),
        }
    }

    /// Decides whether somebody in a role may place a hold, or release it: where the policy
    /// lists the role, and somebody is to look at the hold again in time. A policy without
    /// a clause on holds lets nobody.
    pub fn place_hold(&self, role: &str, hold: &Hold) -> Decision {
        let (Some(clause), Some(rules)) = (self.clause_at("hold"), &self.inner.document.hold)
        else {
            return Decision::deny(Reason::without_clause("there is no clause on holds"));
        };
        let mut denied = Vec::new();
        if !rules.placed_by.iter().any(|own| own == role) {
            denied.push("role may not place holds");
        }
        let longest = rules.review_within.as_ref();
        let latest = longest.and_then(|within| within.period().ok());
        if let Some(within) = latest {
            let latest = hold.placed_at().saturating_add(nominal(within));
            if hold.review_by() > latest {
                denied.push("hold is looked at again later than the policy says");
            }
        }
        match denied.is_empty() {
            true => Decision::allow(Reason::new(clause, "role may place the hold")),
            false => {
                let reason = |why| Decision::deny(Reason::new(clause.clone(), why));
                Decision::all(denied.into_iter().map(reason))
            }
        }
    }

    fn clause_at(&self, section: &str) -> Option<ClauseId> {
        let path = at(section);
        let mut clauses = self.inner.clauses.iter();
        let entry = clauses.find(|entry| entry.path == path);
        entry.map(|entry| entry.id.clone())
    }
}
