//! Categories: their forms, their stores and their tree.

use super::{Checker, at};
use crate::policy::document::{Action, Form, OWN_RECORDS, Trigger};
use crate::policy::fault::FaultCode;

pub(super) fn check(checker: &mut Checker<'_>) {
    let document = checker.document;
    for (name, category) in &document.category {
        let path = at("category").then(name.as_str());
        if let Some((parent, _)) = name.rsplit_once('.')
            && !document.category.contains_key(parent)
        {
            checker.fault_named(FaultCode::UndeclaredParent, &path, parent);
        }
        let form = document.form_of(name);
        let stores = document.stores_of(name);
        match form {
            None => checker.fault(FaultCode::CategoryWithoutForm, &path),
            Some(Form::Never) => {
                let mut rules = document.retention.iter();
                let has_rule = rules.any(|rule| rule.categories.contains(name));
                if category.store_on.is_some() || has_rule {
                    checker.fault(FaultCode::StoredAlthoughNever, &path);
                }
            }
            Some(_) if stores.is_empty() => {
                checker.fault(FaultCode::CategoryWithoutStore, &path);
            }
            Some(_) => {}
        }
        if category.card && form.is_some_and(|form| form != Form::Never) {
            checker.fault(FaultCode::CardStored, &path);
        }
        if category.password && !matches!(form, None | Some(Form::Hashed | Form::Never)) {
            checker.fault(FaultCode::PasswordNotHashed, &path);
        }
        if form == Some(Form::Pseudonym) && document.pseudonym_of(name).is_none() {
            checker.fault(FaultCode::CategoryWithoutPseudonym, &path);
        }
        if form == Some(Form::Sealed) && document.vault.is_none() {
            checker.fault(FaultCode::SealedWithoutVault, &path);
        }
        if category.anonymous_from.is_some_and(|size| size < 2) {
            checker.fault(FaultCode::GroupTooSmall, &path.then("anonymous_from"));
        }
        kept(checker, name);
    }
    own_records(checker);
}

/// What is kept has an end.
fn kept(checker: &mut Checker<'_>, name: &str) {
    let document = checker.document;
    if !document.is_kept(name) {
        return;
    }
    let path = at("category").then(name);
    let rules: Vec<_> = document.retention_of(name).map(|(_, rule)| rule).collect();
    if rules.is_empty() {
        checker.fault(FaultCode::CategoryWithoutRetention, &path);
        return;
    }
    let ends = rules.iter().any(|rule| {
        let deletes = rule.delete_by.is_some() || rule.then.is_some();
        // A processor's own rules say nothing about when we pass a deletion on to it.
        if rule.action == Some(Action::ProcessorManaged) && !deletes {
            return false;
        }
        // What has no bound at all is reported by itself.
        let unstated = rule.keep_for.is_none() && rule.keep_while.is_none();
        (deletes && rule.is_sure_to_end())
            || (unstated && !deletes)
            || (rule.trigger.is_none() && rule.keep_while.is_none())
    });
    if !ends {
        let on_request = rules
            .iter()
            .all(|rule| rule.trigger.is_some_and(Trigger::is_by_right));
        let code = match on_request
            && rules
                .iter()
                .all(|rule| !rule.categories.contains(&name.to_owned()))
        {
            true => FaultCode::CategoryWithoutRetention,
            false => FaultCode::UnboundedRetention,
        };
        checker.fault(code, &path);
    }
}

/// What this crate itself keeps is declared, and has a rule that names it.
fn own_records(checker: &mut Checker<'_>) {
    let document = checker.document;
    for name in OWN_RECORDS {
        let path = at("category").then(name);
        if !document.category.contains_key(name) {
            checker.fault_named(FaultCode::OwnRecordsUndeclared, &path, name);
            continue;
        }
        let mut rules = document.retention.iter();
        let by_name = rules.any(|rule| rule.categories.iter().any(|entry| entry == name));
        if !by_name {
            checker.fault_named(FaultCode::OwnRecordsWithoutRetention, &path, name);
        }
    }
}
