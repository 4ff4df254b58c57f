//! A compiled policy.

use std::fmt;
use std::sync::Arc;

use super::announcement::Announcement;
use super::cookies::Cookies;
use super::disclosures::Disclosures;
use super::document::{Document, Section};
use super::places::Places;
use super::redactions::Redactions;
use super::router::Recipients;
use super::source::Path;
use super::stated::Stated;
use super::telemetry::Telemetry;
use super::vault_rules::{Pseudonyms, VaultRules};
use crate::consent::ConsentRules;
use crate::decision::ClauseId;
use crate::retention::{Brakes, DeclaredStore, Schedule, StoreKind, Stores};
use crate::taxonomy::DataStore;
use crate::{rights, visibility};

/// A compiled policy: checked, immutable and indexed, with a typed part for every
/// module. Cloning copies a pointer.
///
/// It is made by [`PolicyDoc::compile`](super::PolicyDoc::compile) and in no other way,
/// so no policy contradicts itself. Where a policy cannot be loaded,
/// use [`deny_all`](Self::deny_all) instead.
#[derive(Clone)]
pub struct Policy {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) document: Document,
    pub(super) clauses: Vec<ClauseEntry>,
    pub(super) digest: [u8; 32],
    pub(super) schedule: Schedule,
    pub(super) stores: Stores,
    pub(super) brakes: Brakes,
    pub(super) consent: ConsentRules,
    pub(super) visibility: Arc<visibility::VisibilityRules>,
    pub(super) rights: rights::RightsRules,
    pub(super) router: Recipients,
    pub(super) redactions: Redactions,
    pub(super) vault: VaultRules,
    pub(super) telemetry: Telemetry,
    pub(super) pseudonyms: Pseudonyms,
    pub(super) disclosures: Disclosures,
    pub(super) cookies: Cookies,
    pub(super) announcement: Announcement,
    pub(super) denies_all: bool,
}

/// A clause of a policy: its id, where it stands, and which promises it carries.
#[derive(Clone, Debug)]
pub struct ClauseEntry {
    pub(super) id: ClauseId,
    pub(super) section: Section,
    pub(super) promises: Vec<ClauseId>,
    pub(super) path: Path,
    pub(super) stated: Stated,
}

impl ClauseEntry {
    /// Returns the id.
    #[must_use]
    pub const fn id(&self) -> &ClauseId {
        &self.id
    }

    /// Returns the section in which it stands.
    #[must_use]
    pub const fn section(&self) -> Section {
        self.section
    }

    /// Returns the promises that it carries.
    #[must_use]
    pub fn promises(&self) -> &[ClauseId] {
        &self.promises
    }

    /// Returns the keys of it that nothing reads: they state what modules do in any case,
    /// or what is for the product to do.
    #[must_use]
    pub fn stated(&self) -> &[&'static str] {
        &self.stated.keys
    }
}

impl Policy {
    /// Returns the policy that denies everything and keeps nothing: what stands where one
    /// failed to load.
    ///
    /// # Errors
    /// None in practice: an empty schedule and empty rules are well-formed.
    pub fn deny_all() -> Result<Self, crate::Error> {
        // No store is declared as one that holds nothing.
        let nowhere = DeclaredStore::new(DataStore::new("nowhere")?, StoreKind::Other);
        let stores = Stores::new(vec![nowhere.categories(Vec::new())])?;
        Ok(Self {
            inner: Arc::new(Inner {
                document: Document::default(),
                clauses: Vec::new(),
                digest: [0; 32],
                schedule: Schedule::builder().build()?,
                stores: stores.clone(),
                brakes: Brakes::default().max_percent(0).always_allowed(0),
                consent: ConsentRules::builder().build()?,
                visibility: Arc::new(visibility::VisibilityRules::builder().build()?),
                rights: rights::RightsRules::builder(stores).build()?,
                router: Recipients {
                    is_closed: true,
                    ..Recipients::default()
                },
                redactions: Redactions::default(),
                vault: VaultRules::default(),
                telemetry: Telemetry::default(),
                pseudonyms: Pseudonyms::default(),
                disclosures: Disclosures::default(),
                cookies: Cookies::default(),
                announcement: Announcement::default(),
                denies_all: true,
            }),
        })
    }

    /// Returns whether this is [`deny_all`](Self::deny_all).
    #[must_use]
    pub fn denies_all(&self) -> bool {
        self.inner.denies_all
    }

    /// Returns the SHA-256 digest of the document in canonical JSON, by which decisions
    /// and log entries name this version. It is zero where everything is denied.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.inner.digest
    }

    /// Returns the version that the document states.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        let header = self.inner.document.policy.as_ref();
        header.and_then(|header| header.version.as_deref())
    }

    /// Returns the name of the product.
    #[must_use]
    pub fn product(&self) -> Option<&str> {
        let header = self.inner.document.policy.as_ref();
        header.and_then(|header| header.product.as_deref())
    }

    /// Returns the contact that answers to data subjects name.
    #[must_use]
    pub fn contact(&self) -> Option<&str> {
        let header = self.inner.document.policy.as_ref();
        header.and_then(|header| header.contact.as_deref())
    }

    /// Returns every clause, in the order of the sections.
    #[must_use]
    pub fn clauses(&self) -> &[ClauseEntry] {
        &self.inner.clauses
    }

    /// Returns the clause of an id.
    #[must_use]
    pub fn clause(&self, id: &ClauseId) -> Option<&ClauseEntry> {
        self.inner.clauses.iter().find(|clause| clause.id == *id)
    }

    /// Returns the clauses that carry a promise.
    pub fn carrying(&self, promise: &ClauseId) -> impl Iterator<Item = &ClauseEntry> {
        let clauses = self.inner.clauses.iter();
        clauses.filter(move |clause| clause.promises.contains(promise))
    }

    /// Returns what is kept until when and erased by when.
    #[must_use]
    pub fn retention(&self) -> &Schedule {
        &self.inner.schedule
    }

    /// Returns every place that holds data, for erasures.
    #[must_use]
    pub fn stores(&self) -> &Stores {
        &self.inner.stores
    }

    /// Returns the brakes of deletion runs.
    #[must_use]
    pub fn brakes(&self) -> &Brakes {
        &self.inner.brakes
    }

    /// Returns what data may be used for.
    #[must_use]
    pub fn consent(&self) -> &ConsentRules {
        &self.inner.consent
    }

    /// Returns who may see what: what [`VisibilityFacts`](visibility::VisibilityFacts) are made with.
    #[must_use]
    pub fn visibility(&self) -> &Arc<visibility::VisibilityRules> {
        &self.inner.visibility
    }

    /// Returns what data subjects may ask for, and by when they are answered.
    #[must_use]
    pub fn rights(&self) -> &rights::RightsRules {
        &self.inner.rights
    }

    /// Returns who may get data, and the ways to models.
    #[must_use]
    pub fn router(&self) -> &Recipients {
        &self.inner.router
    }

    /// Returns where data may be.
    #[must_use]
    pub fn places(&self) -> &Places {
        &self.inner.router.places
    }

    /// Returns the redaction on the way to each sink.
    #[must_use]
    pub fn redaction(&self) -> &Redactions {
        &self.inner.redactions
    }

    /// Returns how secrets are kept.
    #[must_use]
    pub fn vault(&self) -> &VaultRules {
        &self.inner.vault
    }

    /// Returns what may be measured.
    #[must_use]
    pub fn telemetry(&self) -> &Telemetry {
        &self.inner.telemetry
    }

    /// Returns the keyed pseudonyms.
    #[must_use]
    pub fn pseudonyms(&self) -> &Pseudonyms {
        &self.inner.pseudonyms
    }

    /// Returns the grounds of disclosures.
    #[must_use]
    pub fn disclosures(&self) -> &Disclosures {
        &self.inner.disclosures
    }

    /// Returns the cookies.
    #[must_use]
    pub fn cookies(&self) -> &Cookies {
        &self.inner.cookies
    }

    /// Returns how changes are announced, and when this version may take effect.
    #[must_use]
    pub fn announcement(&self) -> &Announcement {
        &self.inner.announcement
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("version", &self.version())
            .field("clauses", &self.inner.clauses.len())
            .field("denies_all", &self.inner.denies_all)
            .finish_non_exhaustive()
    }
}
