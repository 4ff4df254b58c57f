//! Holding the register against the audit log.

use std::collections::BTreeMap;

use super::record::{self, damaged};
use super::{Register, RequestId};
use crate::Error;
use crate::audit::{self, Entry, Identifier, Outcome};

const PAGE: usize = 256;

/// The field of a data subject, under the subject's digest in the log.
type Field<'r> = (&'r Identifier, &'r str);

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

/// What the log says of corrections.
#[derive(Default)]
struct Corrections<'r> {
    fields: BTreeMap<Field<'r>, Allowed<'r>>,
    /// How often each data subject's corrections began to be forgotten, without an end.
    forgetting: BTreeMap<&'r Identifier, usize>,
}

/// Which records may stand for a field.
#[derive(Default)]
struct Allowed<'r> {
    /// Those that may be there, in the order in which they were attempted.
    digests: Vec<(&'r [u8; 32], Attempt)>,
    /// Whether there may be none.
    none: bool,
}

/// How far a correction came. Several may be under way at once, and what ended first need
/// not have been written first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Open,
    Ended,
    /// It had ended when forgetting began.
    Forgotten,
}

impl<'r> Corrections<'r> {
    /// Takes an entry, and returns whether something was recorded or forgotten.
    fn take(&mut self, step: &str, entry: &'r Entry) -> bool {
        let Some(subject) = entry.subject_id() else {
            return false;
        };
        let field = entry.scope_id().and_then(Identifier::as_str);
        match (step, field, entry.digest_bytes()) {
            ("correct", Some(field), Some(digest)) => {
                let forgetting = self.forgetting.get(subject).is_some_and(|open| *open > 0);
                let allowed = self.fields.entry((subject, field)).or_insert(Allowed {
                    digests: Vec::new(),
                    none: true,
                });
                allowed.take(digest, entry.outcome(), forgetting);
            }
            ("forget_corrections", ..) => self.forget(subject, entry.outcome()),
            _ => return false,
        }
        entry.outcome() == Outcome::Succeeded
    }

    fn forget(&mut self, subject: &'r Identifier, outcome: Outcome) {
        let open = self.forgetting.entry(subject).or_default();
        match outcome {
            Outcome::Attempted => *open += 1,
            _ => *open = open.saturating_sub(1),
        }
        let fields = self.fields.iter_mut().filter(|((of, _), _)| *of == subject);
        for (_, allowed) in fields {
            match outcome {
                Outcome::Attempted => {
                    allowed.none = true;
                    for (_, attempt) in &mut allowed.digests {
                        if *attempt == Attempt::Ended {
                            *attempt = Attempt::Forgotten;
                        }
                    }
                }
                Outcome::Succeeded => {
                    allowed.none = true;
                    let kept = |(_, attempt): &(_, Attempt)| *attempt != Attempt::Forgotten;
                    allowed.digests.retain(kept);
                }
                _ => {}
            }
        }
    }
}

impl<'r> Allowed<'r> {
    fn take(&mut self, digest: &'r [u8; 32], outcome: Outcome, forgetting: bool) {
        match outcome {
            Outcome::Attempted => self.digests.push((digest, Attempt::Open)),
            Outcome::Succeeded => {
                self.none = forgetting;
                let mut is_before = self.digests.iter().any(|(known, _)| *known == digest);
                self.digests.retain_mut(|(known, attempt)| {
                    if *known == digest {
                        *attempt = Attempt::Ended;
                        is_before = false;
                    }
                    !is_before || *attempt == Attempt::Open
                });
            }
            _ => self.digests.retain(|(known, _)| *known != digest),
        }
    }

    fn allows(&self, digest: &[u8; 32]) -> bool {
        self.digests.iter().any(|(known, _)| *known == digest)
    }
}

impl Register {
    /// Holds the requests of a tenant against entries of the audit log: every request that
    /// the log says was opened must be there with every step that it says was taken, must
    /// be found by its data subject, and must be gone where it was erased. Of corrections
    /// the last one of each field must be there, unless they were forgotten. So what was
    /// deleted, hidden or put back to an earlier state is noticed, which the records
    /// themselves do not show.
    ///
    /// Give it all entries since the register began. It returns how many of them it held
    /// records against.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where one of them does not hold, and
    /// those of [`get`](Self::get).
    pub async fn check_log<'r>(
        &self,
        tenant: &str,
        entries: impl IntoIterator<Item = &'r audit::LogRecord>,
    ) -> Result<u64, Error> {
        let own = self.inner.key.tenant(tenant);
        let mut told: BTreeMap<RequestId, Told> = BTreeMap::new();
        let mut corrections = Corrections::default();
        let mut count = 0;
        for record in entries {
            let entry = &record.entry;
            let of_rights = entry.action().as_str();
            let step = of_rights.and_then(|action| action.strip_prefix("rights."));
            let (Some(step), true) = (step, entry.tenant_id() == Some(&own)) else {
                continue;
            };
            if matches!(step, "correct" | "forget_corrections") {
                count += u64::from(corrections.take(step, entry));
                continue;
            }
            let id = entry.resource_id().and_then(Identifier::as_str);
            let Some(id) = id.and_then(|id| id.parse::<RequestId>().ok()) else {
                continue;
            };
            let told = told.entry(id).or_default();
            match (step, entry.outcome()) {
                ("erase", Outcome::Succeeded) => told.erased = true,
                ("erase", _) => told.may_be_erased = true,
                ("open" | "correct_clock", Outcome::Succeeded) => told.is_there = true,
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
        self.check_corrections(tenant, &corrections).await?;
        Ok(count)
    }

    async fn check_corrections(&self, tenant: &str, told: &Corrections<'_>) -> Result<(), Error> {
        let mut range = record::corrections(tenant)?;
        let mut found = 0;
        loop {
            let page = self.inner.store.scan(&range, PAGE).await?;
            let Some(last) = page.last() else { break };
            range = range.after(last.key.path());
            for record in &page {
                let correction = self.parse_correction(&record.key, &record.value)?;
                let person = record.key.path().first_chunk().ok_or_else(damaged)?;
                let subject = self.subject_in_log(person);
                let Some(allowed) = told.fields.get(&(&subject, correction.field())) else {
                    return Err(damaged());
                };
                let mac = record.value.last_chunk().ok_or_else(damaged)?;
                if !allowed.allows(mac) {
                    return Err(damaged());
                }
                found += usize::from(!allowed.none);
            }
        }
        let expected = told.fields.values().filter(|allowed| !allowed.none);
        if found == expected.count() {
            Ok(())
        } else {
            Err(damaged())
        }
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
