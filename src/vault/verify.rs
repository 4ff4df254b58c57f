//! Comparing all stored records with the log.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::SecretRef;
use super::fault::RecordFault;
use super::find::Inspected;
use super::ledger::Standing;
use super::record::{self, Gaps, Head, HeadRecord, Version, name_of};
use super::tenants::Held;
use super::trail::Trail;
use super::vault::{Inner, Vault};
use crate::audit::Caller;
use crate::store::{MAX_PAGE, StoredRecord};
use crate::{Error, ErrorKind};

/// How many records are read at a time.
const PAGE: usize = 500;

/// A record with which something is wrong.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultyRecord {
    /// What is wrong with it.
    pub fault: RecordFault,
    /// Whose it is; `None` where only the log knows, which names tenants by digests.
    pub tenant: Option<String>,
    /// The name of the secret, where it is known; none for the key of a tenant.
    pub name: Option<String>,
    /// The id of the secret in 32 hexadecimal digits, where it is known. In the log it is
    /// the instance of an entry.
    pub id: Option<String>,
    /// The version, where it is the record of one.
    pub version: Option<u64>,
}

/// What [`Vault::verify`] has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VaultReport {
    /// How many tenants have a key or a record.
    pub tenants: u64,
    /// How many secrets are what was written last.
    pub secrets: u64,
    /// How many versions are what was written.
    pub versions: u64,
    /// How many records are not.
    pub faults: u64,
    /// The first 1,000 of these.
    pub findings: Vec<FaultyRecord>,
}

impl VaultReport {
    /// The most findings of a report.
    pub const MAX_FINDINGS: usize = 1_000;

    /// Returns whether everything is what was written last, as far as the log tells.
    #[must_use]
    pub const fn is_intact(&self) -> bool {
        self.faults == 0
    }

    fn add(&mut self, finding: FaultyRecord) {
        self.faults += 1;
        if self.findings.len() < Self::MAX_FINDINGS {
            self.findings.push(finding);
        }
    }
}

/// A secret whose versions are looked for.
struct Expected {
    name: Box<str>,
    latest: u64,
    shredded: Gaps,
    /// Its record does not tell.
    is_unknown: bool,
    /// How many of them were found.
    found: u64,
}

impl Vault {
    /// Holds every record of the vault against its keys and against the whole log, and
    /// reports each that is not what was written last. Every value is decrypted, and
    /// wiped at once, so that a change to any byte is found.
    ///
    /// Where the key of a tenant is not right, nothing can be said of what lies under it,
    /// and the key is the one finding. It holds the id and the name of every secret of a
    /// tenant in memory. What others change while it runs does no harm.
    ///
    /// It takes the log as it is: whether that is whole is for
    /// [`verify_folder`](crate::audit::verify_folder) and
    /// [`verify_store`](crate::audit::verify_store) to say.
    ///
    /// # Errors
    /// Those of the store, the key service and the log. What is wrong with a record is
    /// no error but a finding.
    ///
    /// # Example
    /// ```no_run
    /// use confidant::audit::Caller;
    /// use confidant::vault::Vault;
    ///
    /// # async fn example(vault: &Vault, auditor: &Caller) -> Result<(), confidant::Error> {
    /// let report = vault.verify(auditor).await?;
    /// for finding in &report.findings {
    ///     println!("{:?}: {:?}", finding.fault, finding.id);
    /// }
    /// assert!(report.is_intact());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn verify(&self, caller: &Caller) -> Result<VaultReport, Error> {
        let trail = Trail::of_vault(&self.inner, caller, "vault.verify")?;
        let trail = trail.attempt().await?;
        let verified = self.inner.verify().await;
        let report = verified.as_ref().ok();
        let trail = trail.count("secrets", report.map_or(0, |report| report.secrets))?;
        let trail = trail.count("faults", report.map_or(0, |report| report.faults))?;
        trail.end(verified).await
    }

    /// Accepts what the store holds, though the log knows of later states: what to do
    /// once after the store was put back from a backup on purpose. What was shredded
    /// since the backup stays shredded and is refused; every other change since then is
    /// lost, so secrets that were disabled, expired or rotated since must be so again.
    ///
    /// What is changed from then on gets greater numbers than any that the log names, so
    /// nothing of the past that was given up comes after it: the next version of a
    /// secret may skip some, which count as shredded.
    ///
    /// The entry says who did it, and every vault that follows the log heeds it.
    ///
    /// # Errors
    /// Those of the log.
    ///
    /// # Security
    /// It undoes the protection against records that were put back, for all of the
    /// vault: until a secret or a tenant's key is next changed, any state of it that was
    /// once written is accepted. Let nobody do this who may write to the store.
    pub async fn accept_restored(&self, caller: &Caller) -> Result<(), Error> {
        let trail = Trail::of_vault(&self.inner, caller, "vault.accept_restored")?;
        let trail = trail.attempt().await?;
        trail.end(Ok(())).await
    }
}

impl Inner {
    async fn verify(&self) -> Result<VaultReport, Error> {
        self.ledger.follow_all().await?;
        let mut report = VaultReport::default();
        let mut seen = HashSet::new();
        let mut names = HashMap::new();
        let mut after: Option<String> = None;
        loop {
            let tenants = self.store.tenants(after.as_deref(), MAX_PAGE).await?;
            let Some(last) = tenants.last() else { break };
            after = Some(last.clone());
            for tenant in tenants {
                names.insert(self.tenants.name(&tenant), tenant.clone());
                self.verify_tenant(&tenant, &mut report, &mut seen).await?;
            }
        }
        // Those that were shredded or put while this ran are explained by now.
        self.ledger.follow_all().await?;
        for (id, tenant) in self.ledger.living() {
            if !seen.contains(&id) && self.is_missing(&id, names.get(&tenant)).await? {
                report.add(FaultyRecord {
                    fault: RecordFault::Missing,
                    tenant: names.get(&tenant).cloned(),
                    name: None,
                    id: Some(text(&id)),
                    version: None,
                });
            }
        }
        Ok(report)
    }

    /// Whether a secret that was not seen is not there: it may have been put since.
    pub(super) async fn is_missing(
        &self,
        id: &[u8; 16],
        tenant: Option<&String>,
    ) -> Result<bool, Error> {
        let Some(tenant) = tenant else {
            return Ok(true);
        };
        let range = record::versions_of(tenant, id)?;
        for record in self.store.scan(&range, 1).await? {
            let Ok(version) = Version::parse(&record.value) else {
                continue;
            };
            let secret = SecretRef::new(tenant, &version.name, *id);
            if self.find(&secret).await.is_ok() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn verify_tenant(
        &self,
        tenant: &str,
        report: &mut VaultReport,
        seen: &mut HashSet<[u8; 16]>,
    ) -> Result<(), Error> {
        let looked = match self.tenants.look(tenant).await {
            Ok(Some(looked)) => match looked.standing {
                Standing::Foreign => Err(RecordFault::Altered),
                Standing::Good => Ok(Some(looked.held)),
                Standing::Reverted => Err(RecordFault::Reverted),
                Standing::Revived => Err(RecordFault::Revived),
            },
            Ok(None) if self.tenants.is_gone(tenant).await? => Ok(None),
            Ok(None) => Err(RecordFault::Missing),
            Err(error) if matches!(error.kind(), ErrorKind::Integrity | ErrorKind::Open) => {
                Err(RecordFault::Altered)
            }
            Err(error) => return Err(error),
        };
        let mut expected = HashMap::new();
        let held = match looked {
            Ok(held) => held,
            // Nothing can be said of what lies under such a key.
            Err(fault) => {
                report.tenants += 1;
                report.add(FaultyRecord::key(tenant, fault));
                return self.note_claimed(tenant, seen).await;
            }
        };
        let heads = record::heads(tenant)?;
        if held.is_some() || !self.store.scan(&heads, 1).await?.is_empty() {
            report.tenants += 1;
        }
        self.verify_heads(tenant, held.is_some(), report, &mut expected)
            .await?;
        self.verify_versions(tenant, held.as_ref(), report, &mut expected)
            .await?;
        for (id, expected) in expected {
            seen.insert(id);
            if expected.found < expected.number() {
                self.report_lost(tenant, &id, &expected, report).await?;
            }
        }
        Ok(())
    }

    /// Notes the secrets whose records are there, whatever they are.
    async fn note_claimed(&self, tenant: &str, seen: &mut HashSet<[u8; 16]>) -> Result<(), Error> {
        let mut range = record::heads(tenant)?;
        loop {
            let page = self.store.scan(&range, PAGE).await?;
            let heads = page
                .iter()
                .flat_map(|record| HeadRecord::parse(&record.value));
            seen.extend(heads.map(|head| *head.claimed_id()));
            match page.last() {
                Some(last) if page.len() == PAGE => range = range.after(last.key.path()),
                _ => return Ok(()),
            }
        }
    }

    /// Checks the records of all secrets of a tenant, and says which versions to expect.
    async fn verify_heads(
        &self,
        tenant: &str,
        has_key: bool,
        report: &mut VaultReport,
        expected: &mut HashMap<[u8; 16], Expected>,
    ) -> Result<(), Error> {
        let mut range = record::heads(tenant)?;
        loop {
            let page = self.store.scan(&range, PAGE).await?;
            for record in &page {
                let claimed = HeadRecord::parse(&record.value).ok();
                let claimed = claimed.map(|head| *head.claimed_id());
                let name = name_of(record.key.path());
                let inspected = match &name {
                    Ok(name) if has_key => self.inspect(tenant, name).await?,
                    Ok(_) => Inspected::Faulty(RecordFault::Orphan),
                    Err(_) => Inspected::Faulty(RecordFault::Altered),
                };
                let (name, id) = match inspected {
                    Inspected::Absent => continue,
                    Inspected::Found(found) => {
                        report.secrets += 1;
                        let name = name.unwrap_or_default().into();
                        expected.insert(found.head.id, Expected::new(name, &found.head));
                        continue;
                    }
                    Inspected::Faulty(fault) => {
                        let id = claimed.as_ref().map(text);
                        report.add(FaultyRecord {
                            fault,
                            tenant: Some(tenant.to_owned()),
                            name: name.ok(),
                            id,
                            version: None,
                        });
                        (String::new(), claimed)
                    }
                };
                // Its versions are not looked for, and it is not missing.
                if let Some(id) = id {
                    let unknown = Expected::unknown(name.into());
                    expected.entry(id).or_insert(unknown);
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => range = range.after(last.key.path()),
                _ => return Ok(()),
            }
        }
    }

    /// Opens every version of a tenant.
    async fn verify_versions(
        &self,
        tenant: &str,
        held: Option<&Held>,
        report: &mut VaultReport,
        expected: &mut HashMap<[u8; 16], Expected>,
    ) -> Result<(), Error> {
        let mut range = record::versions(tenant)?;
        loop {
            let page = self.store.scan(&range, PAGE).await?;
            for record in &page {
                let place = record::version_of(record.key.path()).ok();
                let secret = place.and_then(|(id, _)| expected.get_mut(&id));
                let fault = match (place, secret) {
                    (None, _) => RecordFault::Altered,
                    (Some(_), Some(secret)) if secret.is_unknown => continue,
                    (Some((id, number)), Some(secret)) if secret.has(number) => {
                        if opens(tenant, held, &secret.name, &id, number, record) {
                            secret.found += 1;
                            report.versions += 1;
                            continue;
                        }
                        RecordFault::Altered
                    }
                    (Some(_), _) => RecordFault::Orphan,
                };
                if !self.is_settled(tenant, record, place).await? {
                    continue;
                }
                if let Some(secret) = place.and_then(|(id, _)| expected.get_mut(&id)) {
                    // It is there, whatever it is.
                    secret.found += u64::from(fault == RecordFault::Altered);
                }
                report.add(FaultyRecord {
                    fault,
                    tenant: Some(tenant.to_owned()),
                    name: None,
                    id: place.map(|(id, _)| text(&id)),
                    version: place.map(|(_, number)| number),
                });
            }
            match page.last() {
                Some(last) if page.len() == PAGE => range = range.after(last.key.path()),
                _ => return Ok(()),
            }
        }
    }

    /// Whether a version with which something is wrong was not put, wrapped anew or
    /// shredded while this was looking.
    async fn is_settled(
        &self,
        tenant: &str,
        record: &StoredRecord,
        place: Option<([u8; 16], u64)>,
    ) -> Result<bool, Error> {
        let now = self.store.get(&record.key).await?;
        if now.is_none_or(|now| now.revision != record.revision) {
            return Ok(false);
        }
        let (Some((id, number)), Ok(version)) = (place, Version::parse(&record.value)) else {
            return Ok(true);
        };
        let secret = SecretRef::new(tenant, &version.name, id);
        let Ok(mut found) = self.find(&secret).await else {
            return Ok(true);
        };
        let opened = self.decrypt(&secret, &mut found, number, &|_| Ok(()));
        Ok(opened.await.is_err())
    }

    /// Names the versions of a secret that are gone.
    async fn report_lost(
        &self,
        tenant: &str,
        id: &[u8; 16],
        expected: &Expected,
        report: &mut VaultReport,
    ) -> Result<(), Error> {
        let secret = SecretRef::new(tenant, &expected.name, *id);
        let Ok(found) = self.find(&secret).await else {
            return Ok(());
        };
        for number in found
            .head
            .versions()
            .take_while(|number| *number <= expected.latest)
        {
            let place = record::version_key(tenant, id, number)?;
            if self.store.get(&place).await?.is_none() {
                report.add(FaultyRecord {
                    fault: RecordFault::Missing,
                    tenant: Some(tenant.to_owned()),
                    name: Some(expected.name.to_string()),
                    id: Some(text(id)),
                    version: Some(number),
                });
            }
        }
        Ok(())
    }
}

/// Whether a version is what was sealed.
fn opens(
    tenant: &str,
    held: Option<&Held>,
    name: &str,
    id: &[u8; 16],
    number: u64,
    record: &StoredRecord,
) -> bool {
    let secret = SecretRef::new(tenant, name, *id);
    let opened = Version::parse(&record.value).and_then(|version| {
        let context = version.context(&secret, number)?;
        let held = held.ok_or_else(crate::seal::rejected)?;
        held.key.open(&version.envelope, &context)?;
        Ok(*version.name == *name)
    });
    opened.unwrap_or_default()
}

impl Expected {
    fn new(name: Box<str>, head: &Head) -> Self {
        Self {
            name,
            latest: head.latest,
            shredded: head.shredded.clone(),
            is_unknown: false,
            found: 0,
        }
    }

    fn unknown(name: Box<str>) -> Self {
        Self {
            name,
            latest: 0,
            shredded: Gaps::default(),
            is_unknown: true,
            found: 0,
        }
    }

    fn has(&self, number: u64) -> bool {
        (1..=self.latest).contains(&number) && !self.shredded.contains(number)
    }

    /// How many versions there should be.
    fn number(&self) -> u64 {
        self.latest - self.shredded.count()
    }
}

impl FaultyRecord {
    fn key(tenant: &str, fault: RecordFault) -> Self {
        Self {
            fault,
            tenant: Some(tenant.to_owned()),
            name: None,
            id: None,
            version: None,
        }
    }
}

/// An id as the log writes it.
fn text(id: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*id))
}

impl fmt::Debug for FaultyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finding")
            .field("fault", &self.fault)
            .field("tenant_bytes", &self.tenant.as_ref().map(String::len))
            .field("name_bytes", &self.name.as_ref().map(String::len))
            .field("id", &self.id)
            .field("version", &self.version)
            .finish()
    }
}
