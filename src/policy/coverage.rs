//! Coverage: what enforces each promise.

use std::fmt;

use serde_json::{Value, json};

use super::document::Section;
use super::policy::{ClauseEntry, Policy};
use super::recipient::AttestationState;
use super::requirements::{Promise, PromiseClass};
use crate::decision::ClauseId;
use crate::time::Moment;

/// What stands behind each promise, and where nothing does.
#[derive(Clone, Debug)]
pub struct Coverage {
    rows: Vec<CoverageRow>,
}

/// What stands behind one promise.
#[derive(Clone, Debug)]
pub struct CoverageRow {
    promise: Promise,
    status: CoverageStatus,
    clauses: Vec<CoveringClause>,
    proofs: Vec<Proof>,
}

/// What a promise comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CoverageStatus {
    /// Nothing stands behind it: no clause carries it, or what was attested has lapsed,
    /// or it was to be enforced and is merely stated.
    NotEnforced,
    /// A dated attestation backs it, which this crate cannot check.
    AttestedOnly,
    /// It is a stated fact, as it was promised to be.
    Declared,
    /// This crate computes it; the product carries it out.
    Evaluated,
    /// This crate refuses what would break it, where the product asks.
    Enforced,
}

/// A clause behind a promise, and the mechanism that reads it.
#[derive(Clone, Debug)]
pub struct CoveringClause {
    clause: ClauseId,
    section: Section,
    mechanism: Mechanism,
    stated: Vec<&'static str>,
}

/// What reads a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mechanism {
    module: &'static str,
    what: &'static str,
    strength: CoverageStatus,
}

/// Something that shows that a clause is kept: a test, a run, an attestation, a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    clause: ClauseId,
    kind: ProofKind,
    name: Box<str>,
    at: Option<Moment>,
}

/// What shows that a clause is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProofKind {
    /// A test of the product.
    Test,
    /// A run, such as the last one that deleted.
    Run,
    /// An attempt that was refused.
    Refusal,
    /// A document that somebody checked.
    Document,
}

impl Proof {
    /// Names something that shows that a clause is kept, and when it was last seen.
    #[must_use]
    pub fn new(clause: ClauseId, kind: ProofKind, name: &str, at: Option<Moment>) -> Self {
        let name = name.into();
        Self {
            clause,
            kind,
            name,
            at,
        }
    }
}

impl ProofKind {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Run => "run",
            Self::Refusal => "refusal",
            Self::Document => "document",
        }
    }
}

impl CoverageStatus {
    /// Returns the words for it, such as `attested only`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotEnforced => "not enforced",
            Self::AttestedOnly => "attested only",
            Self::Declared => "declared",
            Self::Evaluated => "evaluated",
            Self::Enforced => "enforced",
        }
    }
}

impl Mechanism {
    /// Returns what reads the clauses of a section.
    #[must_use]
    pub const fn of(section: Section) -> Self {
        use CoverageStatus::{AttestedOnly, Declared, Enforced, Evaluated};
        let (module, what, strength) = match section {
            Section::Age => ("consent", "age gate in every decision", Enforced),
            Section::AiDisclosure => ("policy", "register, rendered in the notice", Declared),
            Section::Attestation => (
                "policy",
                "dated evidence that turns recipients off when it lapses",
                AttestedOnly,
            ),
            Section::Audit => (
                "policy",
                "list of what is logged, for the product",
                Declared,
            ),
            Section::AutomatedDecision => ("policy", "register, rendered in the notice", Declared),
            Section::Brakes => ("retention", "brakes of deletion runs", Enforced),
            Section::Category => ("policy", "decision on category, form and store", Enforced),
            Section::Claim => (
                "policy",
                "claim that does not compile without an attestation",
                AttestedOnly,
            ),
            Section::Complaint => ("policy", "text of answers, by jurisdiction", Declared),
            Section::Consent => (
                "consent",
                "ledger, withdrawal and its obligations",
                Enforced,
            ),
            Section::Cookie => ("policy", "check of `Set-Cookie`", Enforced),
            Section::Credential => ("policy", "decision on the use of a credential", Enforced),
            Section::Disclosure => ("policy", "decision on the ground of a disclosure", Enforced),
            Section::Event => ("policy", "allow-list of events and fields", Enforced),
            Section::Fact => ("policy", "statement in the notice", Declared),
            Section::Flow => (
                "policy",
                "graph that observed flows are compared with",
                Evaluated,
            ),
            Section::Forbid => ("policy", "what is ruled out does not compile", Enforced),
            Section::Gate => ("visibility", "publish gate bound to a scan", Enforced),
            Section::Hold => ("retention", "holds with persons and reviews", Enforced),
            Section::Incident => ("rights", "clocks and fields of a breach", Evaluated),
            Section::Message => ("consent", "classes of messages", Enforced),
            Section::Notice => (
                "policy",
                "gate of activation, versions of notices",
                Enforced,
            ),
            Section::Place => (
                "policy",
                "regions in every decision on a recipient",
                Enforced,
            ),
            Section::Policy => (
                "policy",
                "header, in which a placeholder or dates out of order do not compile",
                Enforced,
            ),
            Section::Processor => ("policy", "decision on a recipient", Enforced),
            Section::Pseudonym => ("pseudonym", "keyed, purpose-separated pseudonyms", Enforced),
            Section::Purpose => ("consent", "decision on a purpose", Enforced),
            Section::Redaction => ("redact", "redactor of the sink", Enforced),
            Section::Retention => ("retention", "verdict and plan", Evaluated),
            Section::Right => ("rights", "request with its clock", Evaluated),
            Section::Rights => ("rights", "rules of requests", Evaluated),
            Section::Role => ("visibility", "decision on an action", Enforced),
            Section::Route => (
                "policy",
                "decision on a route, for whoever sends requests",
                Evaluated,
            ),
            Section::Signal => (
                "consent",
                "signal in every decision, with a confirmation",
                Enforced,
            ),
            Section::Staff => (
                "visibility",
                "grant, and an audit entry before each access",
                Enforced,
            ),
            Section::Store => ("retention", "task of every erasure", Evaluated),
            Section::Telemetry => ("policy", "allow-list, least size of groups", Enforced),
            Section::TrainingSource => ("policy", "register, rendered in the notice", Declared),
            Section::Transfer => ("policy", "transfer register", Declared),
            Section::Transport => ("policy", "list of hosts; nothing here connects", Declared),
            Section::Vault => (
                "vault",
                "sealed secrets that are never shown again",
                Enforced,
            ),
            Section::Visibility => ("visibility", "decision on an action", Enforced),
        };
        Self {
            module,
            what,
            strength,
        }
    }

    /// Returns the module that reads the clause.
    #[must_use]
    pub const fn module(&self) -> &'static str {
        self.module
    }

    /// Returns what it does with it.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        self.what
    }
}

impl Policy {
    /// Says for each promise what stands behind it now: the clauses, the mechanism and
    /// the module that reads them, and what shows that they are kept. What merely is
    /// attested, and what nothing stands behind, is said too.
    #[must_use]
    pub fn coverage(&self, promises: &[Promise], proofs: &[Proof], now: Moment) -> Coverage {
        let rows = promises.iter().map(|promise| {
            let carrying = self.carrying(promise.id());
            let clauses: Vec<_> = carrying
                .map(|entry| CoveringClause {
                    clause: entry.id.clone(),
                    section: entry.section,
                    mechanism: self.mechanism(entry, now),
                    stated: entry.stated.keys.clone(),
                })
                .collect();
            // A promise that is attested stands and falls with its attestations, whatever else
            // carries it.
            let attested = |clause: &&CoveringClause| {
                promise.class() == PromiseClass::Attested
                    && matches!(clause.section, Section::Attestation | Section::Claim)
            };
            let strength = |clause: &CoveringClause| clause.mechanism.strength;
            let shown = clauses.iter().filter(attested).map(strength).max();
            let best = shown.or_else(|| clauses.iter().map(strength).max());
            let best = best.unwrap_or(CoverageStatus::NotEnforced);
            // A statement keeps no promise that was to be enforced or evaluated.
            let stated_only = best == CoverageStatus::Declared
                && matches!(
                    promise.class(),
                    PromiseClass::Enforced | PromiseClass::Evaluated
                );
            let of_clause = |proof: &&Proof| clauses.iter().any(|own| own.clause == proof.clause);
            CoverageRow {
                status: match stated_only {
                    true => CoverageStatus::NotEnforced,
                    false => best,
                },
                proofs: proofs.iter().filter(of_clause).cloned().collect(),
                clauses,
                promise: promise.clone(),
            }
        });
        Coverage {
            rows: rows.collect(),
        }
    }

    /// Returns what reads a clause. What rests on an attestation that has lapsed is not
    /// enforced.
    fn mechanism(&self, entry: &ClauseEntry, now: Moment) -> Mechanism {
        let mut mechanism = Mechanism::of(entry.section);
        // A clause of which nothing is read is a statement, wherever it stands.
        if entry.stated.is_all {
            mechanism.module = "policy";
            mechanism.what = "statement that nothing reads";
            mechanism.strength = CoverageStatus::Declared;
        }
        let audit = self.inner.document.audit.as_ref();
        if entry.section == Section::Audit && audit.is_some_and(|audit| audit.decisions) {
            mechanism.what = "log of decisions, each before it is returned";
            mechanism.strength = CoverageStatus::Evaluated;
        }
        // That something may not be claimed is checked when the document is compiled, and
        // against the published notice.
        if entry.section == Section::Claim && self.is_disclaimed(&entry.id) {
            mechanism.what = "claim that may not be made, and an attestation that does not compile";
            mechanism.strength = CoverageStatus::Enforced;
            return mechanism;
        }
        let counts = |state| matches!(state, AttestationState::Valid | AttestationState::Expiring);
        let lapsed = match entry.section {
            Section::Attestation => {
                let all = self
                    .router()
                    .recipients()
                    .flat_map(|known| known.attestations());
                let mut all = all.chain(self.router().own_attestations());
                all.any(|own| *own.clause() == entry.id && !counts(own.state(now)))
            }
            Section::Claim => self.claim_lapsed(&entry.id, now),
            _ => false,
        };
        match lapsed {
            true => Mechanism {
                what: "attestation that has lapsed",
                strength: CoverageStatus::NotEnforced,
                ..mechanism
            },
            false => mechanism,
        }
    }

    /// Returns whether an attestation that a promise rests on expires at a moment: one of
    /// the clauses that carry the promise, or one that they require.
    #[cfg(feature = "conformance")]
    pub(super) fn attested_ends(&self, promise: &ClauseId, at: Moment) -> bool {
        let recipients = || self.router().recipients();
        let all = || {
            let theirs = recipients().flat_map(|known| known.attestations());
            theirs.chain(self.router().own_attestations())
        };
        self.carrying(promise).any(|entry| {
            let claims = self.inner.document.claim.iter();
            let claim = claims
                .filter(|claim| claim.id.as_deref() == Some(entry.id.as_str()))
                .find(|_| entry.section == Section::Claim);
            all().any(|own| {
                let about = own.processor().map(AsRef::as_ref);
                let is_own = *own.clause() == entry.id;
                let is_required = claim.is_some_and(|claim| {
                    claim.processor.as_deref() == about && claim.requires.contains(&own.kind())
                });
                let of_recipient = recipients().any(|known| {
                    *known.clause() == entry.id && own.processor() == Some(known.name())
                });
                own.expires() == at && (is_own || is_required || of_recipient)
            })
        })
    }

    fn is_disclaimed(&self, id: &ClauseId) -> bool {
        let mut claims = self.inner.document.claim.iter();
        claims.any(|claim| claim.disclaimed && claim.id.as_deref() == Some(id.as_str()))
    }

    fn claim_lapsed(&self, id: &ClauseId, now: Moment) -> bool {
        let mut claims = self.inner.document.claim.iter();
        let Some(claim) = claims.find(|claim| claim.id.as_deref() == Some(id.as_str())) else {
            return false;
        };
        let all = self
            .router()
            .recipients()
            .flat_map(|known| known.attestations());
        let all: Vec<_> = all.chain(self.router().own_attestations()).collect();
        claim.requires.iter().any(|kind| {
            !all.iter().any(|own| {
                let about = own.processor().map(AsRef::as_ref) == claim.processor.as_deref();
                let state = own.state(now);
                let valid = matches!(state, AttestationState::Valid | AttestationState::Expiring);
                about && own.kind() == *kind && valid
            })
        })
    }
}

impl Coverage {
    /// Returns the rows, in the order of the promises.
    #[must_use]
    pub fn rows(&self) -> &[CoverageRow] {
        &self.rows
    }

    /// Returns the rows behind which nothing stands, or less than was promised.
    pub fn gaps(&self) -> impl Iterator<Item = &CoverageRow> {
        self.rows.iter().filter(|row| row.is_gap())
    }

    /// Returns the rows as JSON: an array of objects.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let clauses = row.clauses.iter().map(|own| {
                json!({
                    "clause": own.clause.as_str(),
                    "section": own.section.as_str(),
                    "module": own.mechanism.module,
                    "mechanism": own.mechanism.what,
                    "stated": own.stated,
                })
            });
            let proofs = row.proofs.iter().map(|proof| {
                json!({
                    "clause": proof.clause.as_str(),
                    "kind": proof.kind.as_str(),
                    "name": &*proof.name,
                    "at": proof.at.map(|at| at.to_string()),
                })
            });
            json!({
                "promise": row.promise.id().as_str(),
                "class": row.promise.class().as_str(),
                "status": row.status.as_str(),
                "gap": row.is_gap(),
                "clauses": clauses.collect::<Vec<_>>(),
                "evidence": proofs.collect::<Vec<_>>(),
            })
        });
        Value::Array(rows.collect())
    }
}

impl CoverageRow {
    /// Returns the promise.
    #[must_use]
    pub const fn promise(&self) -> &Promise {
        &self.promise
    }

    /// Returns how far the promise is covered.
    #[must_use]
    pub const fn status(&self) -> CoverageStatus {
        self.status
    }

    /// Returns the clauses that carry it.
    #[must_use]
    pub fn clauses(&self) -> &[CoveringClause] {
        &self.clauses
    }

    /// Returns whether nothing stands behind it, or less than was promised.
    #[must_use]
    pub fn is_gap(&self) -> bool {
        let least = match self.promise.class() {
            PromiseClass::Enforced => CoverageStatus::Enforced,
            PromiseClass::Evaluated => CoverageStatus::Evaluated,
            PromiseClass::Declared => CoverageStatus::Declared,
            PromiseClass::Attested => CoverageStatus::AttestedOnly,
        };
        self.status < least
    }
}

impl CoveringClause {
    /// Returns the clause.
    #[must_use]
    pub const fn clause(&self) -> &ClauseId {
        &self.clause
    }

    /// Returns the section in which it stands.
    #[must_use]
    pub const fn section(&self) -> Section {
        self.section
    }

    /// Returns what reads it.
    #[must_use]
    pub const fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// Returns the keys of it that nothing reads, and that are merely stated.
    #[must_use]
    pub fn stated(&self) -> &[&'static str] {
        &self.stated
    }
}

impl fmt::Display for Coverage {
    /// One line for each promise, and one for each clause and each proof below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            let mark = if row.is_gap() { "!" } else { " " };
            let (id, class) = (row.promise.id(), row.promise.class().as_str());
            write!(
                f,
                "{mark} {id}: {} (promised: {class})",
                row.status.as_str()
            )?;
            if let Some(text) = row.promise.text() {
                write!(f, ": {text}")?;
            }
            f.write_str("\n")?;
            for own in &row.clauses {
                let Mechanism { module, what, .. } = own.mechanism;
                write!(f, "    `{}` by {module}: {what}", own.clause)?;
                for (number, key) in own.stated.iter().enumerate() {
                    let begin = if number == 0 { "; stated: " } else { ", " };
                    write!(f, "{begin}`{key}`")?;
                }
                f.write_str("\n")?;
            }
            for proof in &row.proofs {
                write!(f, "    {} `{}`", proof.kind.as_str(), proof.name)?;
                if let Some(at) = proof.at {
                    write!(f, " of {at}")?;
                }
                f.write_str("\n")?;
            }
        }
        Ok(())
    }
}
