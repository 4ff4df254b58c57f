//! The checks of a document. Each fault has a code of its own, and all are reported at
//! once.

mod against;
mod categories;
mod declared;
mod processors;
mod protection;
mod purposes;
mod references;
mod retention;
mod routes;
mod service;
mod stores;
mod subject;
mod words;

pub(super) use subject::request_kind;
pub(super) use words::digest;
#[cfg(test)]
pub(super) use words::{DATES, PERIODS};

use super::document::{Clause, Document, all_clauses};
use super::fault::{Fault, FaultCode};
use super::policy_doc::PolicyDoc;
use super::requirements::Requirements;
use super::source::{Path, Source};

/// The most clauses of a document.
const MAX_CLAUSES: usize = 16_384;

/// Returns everything that is wrong with a document, by itself and against what is
/// required of it.
pub(super) fn run(doc: &PolicyDoc, requirements: &Requirements) -> Vec<Fault> {
    let mut checker = Checker::of(doc);
    checker.shape();
    if !doc.unread {
        words::check(&mut checker);
        references::check(&mut checker);
        categories::check(&mut checker);
        stores::check(&mut checker);
        purposes::check(&mut checker);
        retention::check(&mut checker);
        processors::check(&mut checker);
        routes::check(&mut checker);
        protection::check(&mut checker);
        service::check(&mut checker);
        subject::check(&mut checker);
        declared::check(&mut checker);
        against::check(&mut checker, requirements);
    }
    checker.finish()
}

/// A document under check, and what was found so far.
pub(super) struct Checker<'d> {
    pub(super) document: &'d Document,
    pub(super) source: &'d Source,
    pub(super) clauses: Vec<Clause<'d>>,
    doc: &'d PolicyDoc,
    faults: Vec<Fault>,
}

impl<'d> Checker<'d> {
    pub(super) fn of(doc: &'d PolicyDoc) -> Self {
        Self {
            document: &doc.document,
            source: &doc.source,
            clauses: all_clauses(&doc.document),
            doc,
            faults: Vec::new(),
        }
    }

    /// Reports what reading found already.
    fn shape(&mut self) {
        for removed in &self.doc.removed {
            let mut fault = Fault::new(removed.code, self.source.position(removed.at));
            if let Some(super::source::Step::Key(key)) = removed.path.steps().last() {
                fault = fault.naming(key);
            }
            let clause = self.clause_of(&removed.path);
            self.faults.push(match clause {
                Some(clause) => fault.in_clause(clause),
                None => fault,
            });
        }
        if self.clauses.len() > MAX_CLAUSES {
            self.fault(FaultCode::TooManyClauses, &Path::default());
        }
    }

    /// Returns the id of the clause that a place belongs to: the innermost.
    pub(super) fn clause_of(&self, path: &Path) -> Option<&str> {
        let around = self
            .clauses
            .iter()
            .filter(|clause| clause.path.covers(path));
        let innermost = around.max_by_key(|clause| clause.path.steps().len());
        innermost.map(|clause| &*clause.id)
    }

    /// Reports a fault at a place.
    pub(super) fn fault(&mut self, code: FaultCode, path: &Path) {
        self.report(code, path, None);
    }

    /// Reports a fault at a place, with the name that is at fault.
    pub(super) fn fault_named(&mut self, code: FaultCode, path: &Path, name: &str) {
        self.report(code, path, Some(name));
    }

    /// Reports a key that must be stated and is missing from a clause.
    pub(super) fn missing(&mut self, path: &Path, key: &'static str) {
        self.report(FaultCode::MissingKey, &path.then(key), Some(key));
    }

    fn report(&mut self, code: FaultCode, path: &Path, name: Option<&str>) {
        // What stands beside something unreadable may be a consequence of it.
        let follows = self.doc.removed.iter().any(|removed| {
            let steps = removed.path.steps().len();
            steps > 1 && removed.path.first(steps - 1).covers(path)
        });
        if follows {
            return;
        }
        let mut fault = Fault::new(code, self.source.position_of(path));
        if let Some(name) = name {
            fault = fault.naming(name);
        }
        if let Some(clause) = self.clause_of(path) {
            fault = fault.in_clause(clause);
        }
        self.faults.push(fault);
    }

    pub(super) fn finish(self) -> Vec<Fault> {
        if self.faults.is_empty() {
            return self.faults;
        }
        let faults = super::fault::Faults::from(self.faults);
        faults.iter().cloned().collect()
    }
}

/// Returns the path of a section, and of what follows in it.
pub(in crate::policy) fn at(section: &str) -> Path {
    Path::default().then(section)
}
