//! Compiling retention clauses into a schedule, and stores into those that an erasure
//! must reach.

use super::{Compiler, Refused};
use crate::policy::check::at;
use crate::policy::document::{Action, EVERY, Retention, State, StoreKind, Trigger, has};
use crate::policy::source::Path;
use crate::policy::span::nominal;
use crate::retention::{self, Anonymisation, Categories, Clause, DeclaredStore, Schedule, Stores};
use crate::taxonomy::{DataCategory, Processor};
use crate::time::Zone;

pub(super) fn schedule(
    compiler: &mut Compiler<'_>,
    digest: Option<&[u8; 32]>,
) -> Result<Schedule, Refused> {
    let document = compiler.document;
    let mut builder = Schedule::builder();
    for name in document.category.keys() {
        let path = at("category").then(name.as_str());
        let category: DataCategory = compiler.name(name, &path)?;
        if document.is_anonymous(name) {
            builder = builder.anonymous_category(category);
        } else if document.is_kept(name) {
            builder = builder.category(category);
        }
    }
    for (index, rule) in document.retention.iter().enumerate() {
        let path = at("retention").then(index);
        if let Some(clause) = clause(compiler, rule, &path)? {
            builder = builder.clause(clause);
        }
    }
    let header = document.policy.as_ref();
    if let Some(tz) = header.and_then(|header| header.tz.as_ref()) {
        let zone = compiler.take(Zone::new(tz), &at("policy").then("tz"))?;
        builder = builder.zone(zone);
    }
    let skew = document
        .brakes
        .as_ref()
        .and_then(|brakes| brakes.skew.as_ref());
    if let Some(skew) = compiler.period(skew, &at("brakes").then("skew"))? {
        builder = builder.skew(nominal(skew));
    }
    if let Some(digest) = digest {
        builder = builder.digest(*digest);
    }
    // What the schedule refuses on top of the checks, each at its clause.
    let problems = builder.problems();
    for problem in &problems {
        let mut rules = document.retention.iter();
        let index = problem
            .clause()
            .and_then(|clause| rules.position(|rule| rule.id.as_deref() == Some(clause.as_str())));
        let path = match (index, problem.category()) {
            (Some(index), _) => at("retention").then(index),
            (None, Some(category)) => at("category").then(category.as_str()),
            (None, None) => at("retention"),
        };
        compiler.refuse(&path);
    }
    if !problems.is_empty() {
        return Err(Refused);
    }
    compiler.take(builder.build(), &at("retention"))
}

/// Makes a clause, or nothing where a processor sees to the data by its own rules.
fn clause(
    compiler: &mut Compiler<'_>,
    rule: &Retention,
    path: &Path,
) -> Result<Option<Clause>, Refused> {
    let id = compiler.id(path)?;
    let categories = categories(compiler, rule, path)?;
    let mut clause = match (rule.keep_while, rule.trigger) {
        (Some(State::AccountActive), _) => Clause::keep_while_active(id, categories),
        (Some(State::ContractRuns), _) => Clause::keep_while_under_contract(id, categories),
        (None, Some(trigger)) => Clause::new(id, categories, trigger_of(trigger)),
        (None, None) => return Ok(None),
    };
    if let Some(keep) = compiler.period(rule.keep_for.as_ref(), &path.then("keep_for"))? {
        clause = clause.keep_for(keep);
    }
    if let Some(basis) = rule.basis
        && (rule.keep_for.is_some() || rule.keep_while.is_some())
    {
        clause = clause.basis(basis.basis());
    }
    if let (Some(then), Some(within)) = (
        rule.then,
        compiler.period(rule.then_within.as_ref(), &path.then("then_within"))?,
    ) {
        let action = action(compiler, rule, then, path)?;
        clause = clause.then(action, within);
    }
    if let (Some(act), Some(by)) = (
        rule.action,
        compiler.period(rule.delete_by.as_ref(), &path.then("delete_by"))?,
    ) {
        let action = action(compiler, rule, act, path)?;
        clause = clause.act_by(action, by);
    }
    for other in &rule.yields_to {
        let other = compiler.name(other, &path.then("yields_to"))?;
        clause = clause.yields_to(other);
    }
    if let Some(notice) =
        compiler.period(rule.notify_before.as_ref(), &path.then("notify_before"))?
    {
        clause = clause.notice(notice);
    }
    if rule.for_existing_data {
        clause = clause.for_existing_data();
    }
    Ok(Some(clause))
}

fn categories(
    compiler: &mut Compiler<'_>,
    rule: &Retention,
    path: &Path,
) -> Result<Categories, Refused> {
    let every = rule.categories.iter().any(|entry| entry == EVERY);
    let path = path.then("categories");
    if !every {
        return Ok(Categories::Of(compiler.names(&rule.categories, &path)?));
    }
    if rule.except.is_empty() {
        return Ok(Categories::All);
    }
    let names = compiler.document.category.keys();
    let top = names.filter(|name| !name.contains('.') && !has(&rule.except, name));
    let top: Vec<String> = top.cloned().collect();
    Ok(Categories::Of(compiler.names(&top, &path)?))
}

fn action(
    compiler: &mut Compiler<'_>,
    rule: &Retention,
    action: Action,
    path: &Path,
) -> Result<retention::Disposition, Refused> {
    Ok(match action {
        Action::Delete => retention::Disposition::Delete,
        Action::CryptoShred => retention::Disposition::CryptoShred,
        Action::Restrict => retention::Disposition::Restrict,
        Action::ProcessorManaged => retention::Disposition::ProcessorManaged,
        Action::Review => retention::Disposition::Review,
        Action::Anonymise => {
            let path = path.then("into");
            let name = rule.into.as_deref().unwrap_or_default();
            let into: DataCategory = compiler.name(name, &path)?;
            let group = compiler.document.category.get(name);
            let group = group.and_then(|category| category.anonymous_from);
            match group {
                Some(group) => retention::Disposition::Anonymise(Anonymisation::new(into, group)),
                None => return Err(compiler.refuse(&path)),
            }
        }
    })
}

pub(in crate::policy) const fn trigger_of(trigger: Trigger) -> retention::Trigger {
    match trigger {
        Trigger::Created => retention::Trigger::Created,
        Trigger::LastModified => retention::Trigger::LastModified,
        Trigger::LastActive => retention::Trigger::LastActive,
        Trigger::AccountClosed => retention::Trigger::AccountClosed,
        Trigger::ContractEnd => retention::Trigger::ContractEnd,
        Trigger::DeletionRequested => retention::Trigger::DeletionRequested,
        Trigger::ConsentWithdrawn => retention::Trigger::ConsentWithdrawn,
        Trigger::ObjectionUpheld => retention::Trigger::ObjectionUpheld,
        Trigger::PurposeEnded => retention::Trigger::PurposeEnded,
        Trigger::ChildDataFound => retention::Trigger::ChildDataFound,
        Trigger::ServiceWindDown => retention::Trigger::ServiceWindDown,
        Trigger::HoldReleased => retention::Trigger::HoldReleased,
    }
}

/// Makes the list of stores, each with the categories that it holds.
pub(super) fn stores(compiler: &mut Compiler<'_>) -> Result<Stores, Refused> {
    let document = compiler.document;
    let mut stores = Vec::with_capacity(document.store.len());
    for (name, store) in &document.store {
        let path = at("store").then(name.as_str());
        let held = document.category.keys().filter(|category| {
            let stores = document.stores_of(category);
            document.is_kept(category) && stores.contains(name)
        });
        let held: Vec<String> = held.cloned().collect();
        let kind = match store.kind {
            Some(StoreKind::Database) => retention::StoreKind::Primary,
            Some(StoreKind::Replica) => retention::StoreKind::Replica,
            Some(StoreKind::Backup) => retention::StoreKind::Backup,
            Some(StoreKind::Cache) => retention::StoreKind::Cache,
            Some(StoreKind::VectorIndex) => retention::StoreKind::VectorIndex,
            Some(StoreKind::SearchIndex) => retention::StoreKind::SearchIndex,
            Some(StoreKind::Log) => retention::StoreKind::Log,
            Some(StoreKind::TrainingSet) => retention::StoreKind::TrainingSet,
            Some(StoreKind::ProviderResponses) => retention::StoreKind::ProviderResponses,
            Some(StoreKind::ProviderFiles) => retention::StoreKind::ProviderFiles,
            Some(StoreKind::ProviderBatches) => retention::StoreKind::ProviderBatches,
            Some(StoreKind::ProviderCache) => retention::StoreKind::ProviderCache,
            _ => retention::StoreKind::Other,
        };
        let held: Vec<DataCategory> = compiler.names(&held, &path)?;
        let mut declared = DeclaredStore::new(compiler.name(name, &path)?, kind).categories(held);
        if let Some(processor) = &store.processor {
            let processor: Processor = compiler.name(processor, &path.then("processor"))?;
            declared = declared.processor(processor);
        }
        let expires = store.expires_within.as_ref();
        if let Some(within) = compiler.period(expires, &path.then("expires_within"))? {
            declared = declared.expires_within(within);
        }
        stores.push(declared);
    }
    compiler.take(Stores::new(stores), &at("store"))
}

/// Makes the brakes of deletion runs.
pub(super) fn brakes(compiler: &mut Compiler<'_>) -> Result<retention::Brakes, Refused> {
    let Some(section) = &compiler.document.brakes else {
        return Ok(retention::Brakes::default());
    };
    let mut brakes = retention::Brakes::default();
    let path = at("brakes").then("max_jump");
    if let Some(jump) = compiler.period(section.max_jump.as_ref(), &path)? {
        brakes = brakes.max_jump(nominal(jump));
    }
    if let Some(percent) = section
        .max_percent
        .and_then(|share| u8::try_from(share).ok())
    {
        brakes = brakes.max_percent(percent);
    }
    Ok(brakes)
}
