//! Compiling a checked document into what the modules enforce.

mod consent;
mod retention;
mod router;
mod service;
mod subject;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::check;
use super::document::{Clause, Document, PeriodText, all_clauses};
use super::fault::{Fault, FaultCode, Faults};
use super::policy::{ClauseEntry, Inner, Policy};
use super::policy_doc::PolicyDoc;
use super::requirements::Requirements;
use super::source::Path;
use super::stated::Stated;
use crate::Error;
use crate::decision::ClauseId;
use crate::time::Period;

/// A document on its way to a policy.
pub(super) struct Compiler<'d> {
    pub(super) document: &'d Document,
    doc: &'d PolicyDoc,
    clauses: Vec<Clause<'d>>,
    ids: BTreeMap<Path, ClauseId>,
    faults: Vec<Fault>,
}

/// What stops the compilation of one part: a fault was reported.
pub(super) struct Refused;

impl PolicyDoc {
    /// Checks and compiles the document.
    ///
    /// # Errors
    /// Everything that is wrong with it, all at once.
    pub fn compile(&self) -> Result<Policy, Faults> {
        self.compile_against(&Requirements::new())
    }

    /// Checks and compiles the document, and holds it against what was promised and what
    /// is kept.
    ///
    /// # Errors
    /// Everything that is wrong with it, and everything that is required and missing, all
    /// at once.
    pub fn compile_against(&self, requirements: &Requirements) -> Result<Policy, Faults> {
        let faults = check::run(self, requirements);
        if !faults.is_empty() {
            return Err(Faults::from(faults));
        }
        let inner = compile(self).map_err(Faults::from)?;
        Ok(Policy {
            inner: Arc::new(inner),
        })
    }
}

/// Compiles a document in which the checks found nothing.
fn compile(doc: &PolicyDoc) -> Result<Inner, Vec<Fault>> {
    let mut compiler = Compiler::of(doc);
    let digest = doc.digest();
    let digest = compiler.take(digest, &Path::default());
    let schedule = retention::schedule(&mut compiler, digest.as_ref().ok());
    let stores = retention::stores(&mut compiler);
    let brakes = retention::brakes(&mut compiler);
    let consent = consent::rules(&mut compiler);
    let visibility = subject::visibility(&mut compiler);
    let rights = subject::rights(&mut compiler, stores.as_ref().ok());
    let router = router::router(&mut compiler);
    let redactions = service::redactions(&mut compiler);
    let vault = service::vault(&mut compiler);
    let telemetry = service::telemetry(&mut compiler);
    let pseudonyms = service::pseudonyms(&mut compiler);
    let disclosures = service::disclosures(&mut compiler);
    let cookies = service::cookies(&mut compiler);
    let announcement = service::announcement(&mut compiler);
    let clauses = compiler.entries();
    let all = (|| {
        Ok(Inner {
            document: doc.document.clone(),
            clauses: clauses?,
            digest: digest?,
            schedule: schedule?,
            stores: stores?,
            brakes: brakes?,
            consent: consent?,
            visibility: Arc::new(visibility?),
            rights: rights?,
            router: router?,
            redactions: redactions?,
            vault: vault?,
            telemetry: telemetry?,
            pseudonyms: pseudonyms?,
            disclosures: disclosures?,
            cookies: cookies?,
            announcement: announcement?,
            denies_all: false,
        })
    })();
    match all {
        Ok(inner) if compiler.faults.is_empty() => Ok(inner),
        Ok(_) | Err(Refused) => Err(compiler.faults),
    }
}

impl<'d> Compiler<'d> {
    fn of(doc: &'d PolicyDoc) -> Self {
        let clauses = all_clauses(&doc.document);
        let ids = clauses.iter().filter_map(|clause| {
            let id = ClauseId::new(&clause.id).ok()?;
            Some((clause.path.clone(), id))
        });
        Self {
            document: &doc.document,
            doc,
            ids: ids.collect(),
            clauses,
            faults: Vec::new(),
        }
    }

    /// Takes a value, or reports that a module refused it.
    pub(super) fn take<T>(&mut self, made: Result<T, Error>, path: &Path) -> Result<T, Refused> {
        made.map_err(|_| self.refuse(path))
    }

    /// Reports that a module refused what stands at a place.
    pub(super) fn refuse(&mut self, path: &Path) -> Refused {
        let position = self.doc.source.position_of(path);
        let mut fault = Fault::new(FaultCode::RefusedByModule, position);
        let around = self
            .clauses
            .iter()
            .filter(|clause| clause.path.covers(path));
        if let Some(clause) = around.max_by_key(|clause| clause.path.steps().len()) {
            fault = fault.in_clause(&clause.id);
        }
        self.faults.push(fault);
        Refused
    }

    /// Returns the id of the clause at a place.
    pub(super) fn id(&mut self, path: &Path) -> Result<ClauseId, Refused> {
        match self.ids.get(path) {
            Some(id) => Ok(id.clone()),
            None => Err(self.refuse(path)),
        }
    }

    /// Reads a period, where one is stated.
    pub(super) fn period(
        &mut self,
        text: Option<&PeriodText>,
        path: &Path,
    ) -> Result<Option<Period>, Refused> {
        match text.map(PeriodText::period) {
            None => Ok(None),
            Some(Ok(period)) => Ok(Some(period)),
            Some(Err(_)) => Err(self.refuse(path)),
        }
    }

    /// Makes a name, such as that of a category.
    pub(super) fn name<T>(&mut self, name: &str, path: &Path) -> Result<T, Refused>
    where
        T: std::str::FromStr<Err = Error>,
    {
        self.take(name.parse(), path)
    }

    /// Makes several names.
    pub(super) fn names<T>(&mut self, names: &[String], path: &Path) -> Result<Vec<T>, Refused>
    where
        T: std::str::FromStr<Err = Error>,
    {
        let named = names.iter().map(|name| self.take(name.parse(), path));
        named.collect()
    }

    fn entries(&mut self) -> Result<Vec<ClauseEntry>, Refused> {
        let mut entries = Vec::with_capacity(self.clauses.len());
        for clause in std::mem::take(&mut self.clauses) {
            let mut promises = Vec::with_capacity(clause.promises.len());
            for promise in clause.promises {
                promises.push(self.name(promise, &clause.path)?);
            }
            let (node, _) = self.doc.source.root.find(&clause.path);
            entries.push(ClauseEntry {
                stated: Stated::of(clause.section, node),
                id: self.id(&clause.path)?,
                section: clause.section,
                promises,
                path: clause.path.clone(),
            });
        }
        Ok(entries)
    }
}
