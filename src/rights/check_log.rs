//! Holding the register against the audit log.

use std::collections::BTreeMap;

use super::record::{self, damaged};
use super::{Register, RequestId};
use crate::Error;
use crate::audit::{self, Identifier, Outcome};

/// What the register does beside steps of requests.
const OTHERS: [&str; 2] = ["correct", "forget_corrections"];

/// What the log says of one request.
#[derive(Default)]
struct Told {
    /// Whether it was opened, or a step of it taken.
    is_there: bool,
    /// Whether it was erased, or may have been.
    erased: bool,
    may_be_erased: bool,
    /// How often each step was taken.
    steps: BTreeMap<Box<str>, usize>,
}

impl Register {
    /// Holds the requests of a tenant against entries of the audit log: every request that
    /// the log says was opened must be there with every step that it says was taken, must
    /// be found by its data subject, and must be gone where it was erased. So requests that
    /// were deleted, hidden or put back to an earlier state are noticed, which their own
    /// records do not show.
    ///
    /// Give it all entries since the register began. It returns how many of them it held
    /// requests against.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where one of them does not hold, and
    /// those of [`get`](Self::get).
    pub async fn check_log<'r>(
        &self,
        tenant: &str,
        entries: impl IntoIterator<Item = &'r audit::Record>,
    ) -> Result<u64, Error> {
        let own = self.inner.key.tenant(tenant);
        let mut told: BTreeMap<RequestId, Told> = BTreeMap::new();
        let mut count = 0;
        for record in entries {
            let entry = &record.entry;
            let of_rights = entry.action().as_str();
            let step = of_rights.and_then(|action| action.strip_prefix("rights."));
            let id = entry.resource_id().and_then(Identifier::as_str);
            let id = id.and_then(|id| id.parse::<RequestId>().ok());
            let step = step.filter(|step| !OTHERS.contains(step));
            let (Some(step), Some(id), true) = (step, id, entry.tenant_id() == Some(&own)) else {
                continue;
            };
            let told = told.entry(id).or_default();
            match (step, entry.outcome()) {
                ("erase", Outcome::Succeeded) => told.erased = true,
                ("erase", _) => told.may_be_erased = true,
                ("open", Outcome::Succeeded) => told.is_there = true,
                (step, Outcome::Succeeded) => {
                    told.is_there = true;
                    *told.steps.entry(step.into()).or_default() += 1;
                }
                _ => continue,
            }
            count += 1;
        }
        for (id, told) in told {
            self.check_told(tenant, id, &told).await?;
        }
        Ok(count)
    }

    async fn check_told(&self, tenant: &str, id: RequestId, told: &Told) -> Result<(), Error> {
        let Some(found) = self.find(tenant, id).await? else {
            let may_be_gone = told.erased || told.may_be_erased || !told.is_there;
            return if may_be_gone { Ok(()) } else { Err(damaged()) };
        };
        let place = record::index_key(tenant, &found.person, id)?;
        if told.erased || self.inner.store.get(&place).await?.is_none() {
            return Err(damaged());
        }
        for (name, taken) in &told.steps {
            let steps = found.request.steps();
            let known = steps.filter(|(_, step)| step.as_str() == &**name).count();
            if known < *taken {
                return Err(damaged());
            }
        }
        Ok(())
    }
}
