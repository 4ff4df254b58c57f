//! Compiling purposes, notices, age and signals into the rules of consent.

use std::collections::BTreeMap;

use super::{Compiler, Refused};
use crate::consent::{
    ConsentRules, GpcConflict, MessageClass, Notice, ObjectionEffect, PurposeRule,
};
use crate::policy::check::{at, digest};
use crate::policy::document::{Objection, Purpose, SignalConflict, UnknownAge, Verdict};
use crate::policy::source::Path;
use crate::taxonomy::{self, DataCategory, LawfulBasis, Processor};

pub(super) fn rules(compiler: &mut Compiler<'_>) -> Result<ConsentRules, Refused> {
    let document = compiler.document;
    let mut builder = ConsentRules::builder();
    for (name, purpose) in &document.purpose {
        let path = at("purpose").then(name.as_str());
        builder = builder.purpose(rule(compiler, name, purpose, &path)?);
    }
    for notice in notices(compiler)? {
        builder = builder.notice(notice);
    }
    if let Some(age) = &document.age
        && let Some(years) = age.minimum
    {
        let path = at("age");
        let id = compiler.id(&path)?;
        let years = u8::try_from(years).map_err(|_| compiler.refuse(&path))?;
        builder = builder.min_age(years, id);
        for (place, years) in &age.jurisdiction {
            let path = path.then("jurisdiction").then(place.as_str());
            let place = compiler.name(place, &path)?;
            let years = u8::try_from(*years).map_err(|_| compiler.refuse(&path))?;
            builder = builder.min_age_in(place, years);
        }
        if age.unknown == Some(UnknownAge::Minor) {
            builder = builder.unknown_age_is_minor();
        }
    }
    if let Some(signal) = document.signal.get("gpc") {
        let id = compiler.id(&at("signal").then("gpc"))?;
        let conflict = match signal.conflict {
            Some(SignalConflict::LaterConsent) => GpcConflict::LaterConsentWins,
            Some(SignalConflict::Signal) | None => GpcConflict::SignalWins,
        };
        builder = builder.gpc(conflict, id);
    }
    compiler.take(builder.build(), &at("purpose"))
}

fn rule(
    compiler: &mut Compiler<'_>,
    name: &str,
    purpose: &Purpose,
    path: &Path,
) -> Result<PurposeRule, Refused> {
    let document = compiler.document;
    let id = compiler.id(path)?;
    let named: taxonomy::Purpose = compiler.name(name, path)?;
    let basis = match (purpose.verdict, purpose.basis) {
        (Some(Verdict::Permitted), Some(basis)) => Some(basis.basis()),
        (Some(Verdict::Consent), _) => Some(LawfulBasis::Consent),
        // Nothing but a stated basis permits.
        _ => None,
    };
    let mut rule = match basis {
        Some(basis) => PurposeRule::on_basis(named, basis, id.clone()),
        None => PurposeRule::prohibited(named, id.clone()),
    };
    let categories: Vec<DataCategory> =
        compiler.names(&purpose.categories, &path.then("categories"))?;
    for category in categories {
        rule = rule.category(category);
    }
    if let Some(age) = purpose.minimum_age {
        let path = path.then("minimum_age");
        let age = u8::try_from(age).map_err(|_| compiler.refuse(&path))?;
        rule = rule.min_age(age, id.clone());
    }
    if basis == Some(LawfulBasis::Consent) {
        let general = document
            .consent
            .as_ref()
            .and_then(|consent| consent.valid.as_ref());
        let valid = purpose.consent_valid.as_ref().or(general);
        if let Some(valid) = compiler.period(valid, &path.then("consent_valid"))? {
            rule = rule.valid_for(valid);
        }
    }
    if purpose.user_initiated {
        rule = rule.user_initiated();
    }
    if !purpose.environments.is_empty() {
        rule = rule.environments(purpose.environments.iter().map(String::as_str));
    }
    if purpose.opt_out {
        rule = rule.sale_or_sharing();
    }
    let messages = document.message.values();
    let messages = messages.filter(|message| message.purpose.as_deref() == Some(name));
    // One that the service does not need makes all of them marketing.
    match messages.map(|message| message.essential).min() {
        Some(true) => rule = rule.messages(MessageClass::Transactional),
        Some(false) => rule = rule.messages(MessageClass::Marketing).direct_marketing(),
        None => {}
    }
    rule = rule.objection(match purpose.objection {
        Some(Objection::Review) => ObjectionEffect::Review,
        Some(Objection::Stop) | None => ObjectionEffect::Stop,
    });
    if basis.is_some() {
        rule = recipients(compiler, name, rule)?;
    }
    Ok(rule)
}

/// Adds the processors that must stop when somebody withdraws.
fn recipients(
    compiler: &mut Compiler<'_>,
    name: &str,
    mut rule: PurposeRule,
) -> Result<PurposeRule, Refused> {
    let document = compiler.document;
    let general = document.consent.as_ref();
    let general = general.and_then(|consent| consent.processors_within.as_ref());
    for (processor, entry) in &document.processor {
        if !entry.purposes.iter().any(|purpose| purpose == name) {
            continue;
        }
        let path = at("processor").then(processor.as_str());
        let within = entry.acts_within.as_ref().or(general);
        if let Some(within) = compiler.period(within, &path.then("acts_within"))? {
            let id = compiler.id(&path)?;
            let processor: Processor = compiler.name(processor, &path)?;
            rule = rule.recipient(processor, within, id);
        }
    }
    Ok(rule)
}

/// Makes the notices: the languages of one version together.
fn notices(compiler: &mut Compiler<'_>) -> Result<Vec<Notice>, Refused> {
    let Some(section) = &compiler.document.notice else {
        return Ok(Vec::new());
    };
    let mut notices: BTreeMap<&str, Notice> = BTreeMap::new();
    for (index, entry) in section.version.iter().enumerate() {
        let path = at("notice").then("version").then(index);
        let version = entry.version.as_deref().unwrap_or_default();
        let known = notices.remove(version);
        let is_new = known.is_none();
        let mut notice = known.unwrap_or_else(|| Notice::new(version));
        let digest = entry.digest.as_deref().and_then(digest);
        let Some(digest) = digest else {
            return Err(compiler.refuse(&path.then("digest")));
        };
        let language = entry.language.as_deref().unwrap_or_default();
        notice = compiler.take(notice.text(language, digest), &path)?;
        if is_new {
            let path = path.then("purposes");
            for purpose in compiler.names(&entry.purposes, &path)? {
                notice = notice.covers(purpose);
            }
        }
        notices.insert(version, notice);
    }
    Ok(notices.into_values().collect())
}
