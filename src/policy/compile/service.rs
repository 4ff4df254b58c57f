//! Compiling the remaining sections into their parts of the policy.

use super::router::{boxed, day, listed};
use super::{Compiler, Refused};
use crate::policy::announcement::Announcement;
use crate::policy::check::at;
use crate::policy::cookies::{CookieRule, Cookies};
use crate::policy::disclosures::{DisclosureRule, Disclosures};
use crate::policy::document::{Action, DetectorWord, Reveal};
use crate::policy::redactions::{Redactions, SinkRule};
use crate::policy::telemetry::{EventRule, Telemetry};
use crate::policy::vault_rules::{CredentialRule, PseudonymRule, Pseudonyms, VaultRules};
use crate::redact::{Category, Kind};
use crate::time::Zone;

pub(super) fn redactions(compiler: &mut Compiler<'_>) -> Result<Redactions, Refused> {
    let mut redactions = Redactions::default();
    for (sink, clause) in &compiler.document.redaction {
        let path = at("redaction").then(sink.as_str());
        let Some(mode) = clause.mode else {
            return Err(compiler.refuse(&path));
        };
        let mut rule = SinkRule {
            clause: compiler.id(&path)?,
            mode,
            kinds: Vec::new(),
            categories: Vec::new(),
            known_values: clause.known_values,
            advice: clause.advice.as_deref().map(Into::into),
        };
        for detector in &clause.detectors {
            match detector {
                DetectorWord::Secrets => rule.categories.push(Category::Secret),
                DetectorWord::Personal => rule.categories.push(Category::Personal),
                DetectorWord::ApiKeys => rule.kinds.push(Kind::ApiKey),
                DetectorWord::Tokens => {
                    rule.kinds.extend([Kind::Cookie, Kind::Jwt, Kind::Token]);
                }
                // A password in an address is found as a password.
                DetectorWord::Passwords | DetectorWord::ConnectionStrings => {
                    rule.kinds.push(Kind::Password);
                }
                DetectorWord::PrivateKeys => rule.kinds.push(Kind::PrivateKey),
                DetectorWord::Cards => rule.kinds.push(Kind::Card),
                DetectorWord::Emails => rule.kinds.push(Kind::Email),
                DetectorWord::Ips => rule.kinds.push(Kind::Ip),
            }
        }
        rule.kinds.sort_unstable();
        rule.kinds.dedup();
        redactions.by_sink.insert(*sink, rule);
    }
    Ok(redactions)
}

pub(super) fn vault(compiler: &mut Compiler<'_>) -> Result<VaultRules, Refused> {
    let document = compiler.document;
    let mut rules = VaultRules::default();
    if let Some(vault) = &document.vault {
        let path = at("vault");
        rules.clause = Some(compiler.id(&path)?);
        rules.algorithms = boxed(&vault.algorithms);
        rules.key_per_secret = vault.key_per_secret;
        rules.tenant_bound = vault.tenant_bound;
        rules.owner_may_reveal = vault.reveal == Some(Reveal::Owner);
        rules.uses = boxed(&vault.uses);
        let path = path.then("rotate_within");
        rules.rotate_within = compiler.period(vault.rotate_within.as_ref(), &path)?;
    }
    for (name, credential) in &document.credential {
        let path = at("credential").then(name.as_str());
        let processor = match &credential.processor {
            Some(processor) => Some(compiler.name(processor, &path)?),
            None => None,
        };
        let rule = CredentialRule {
            clause: compiler.id(&path)?,
            processor,
            purposes: compiler.names(&credential.purposes, &path)?,
            scope: credential.scope.as_deref().map(Into::into),
            shreds: credential.on_disconnect == Some(Action::CryptoShred),
        };
        rules.credentials.insert(name.as_str().into(), rule);
    }
    Ok(rules)
}

pub(super) fn telemetry(compiler: &mut Compiler<'_>) -> Result<Telemetry, Refused> {
    let Some(section) = &compiler.document.telemetry else {
        return Ok(Telemetry::default());
    };
    let path = at("telemetry");
    let mut telemetry = Telemetry {
        clause: Some(compiler.id(&path)?),
        processors: compiler.names(&section.processors, &path)?,
        environments: boxed(&section.environments),
        min_group: section.min_group,
        per_subject: section.per_subject,
        ..Telemetry::default()
    };
    for (name, event) in &section.event {
        let path = path.then("event").then(name.as_str());
        let fields = event.fields.iter();
        let rule = EventRule {
            clause: compiler.id(&path)?,
            fields: fields
                .map(|(name, kind)| (name.as_str().into(), *kind))
                .collect(),
            processors: compiler.names(&event.processors, &path)?,
        };
        telemetry.events.insert(name.as_str().into(), rule);
    }
    Ok(telemetry)
}

pub(super) fn pseudonyms(compiler: &mut Compiler<'_>) -> Result<Pseudonyms, Refused> {
    let mut pseudonyms = Pseudonyms::default();
    for (name, pseudonym) in &compiler.document.pseudonym {
        let path = at("pseudonym").then(name.as_str());
        let Some(of) = pseudonym.of else {
            return Err(compiler.refuse(&path));
        };
        let rule = PseudonymRule {
            clause: compiler.id(&path)?,
            of,
            rotate: compiler.period(pseudonym.rotate.as_ref(), &path.then("rotate"))?,
            purposes: compiler.names(&pseudonym.purposes, &path)?,
            prefix_preserving: pseudonym.prefix_preserving,
        };
        pseudonyms.by_name.insert(name.as_str().into(), rule);
    }
    Ok(pseudonyms)
}

pub(super) fn disclosures(compiler: &mut Compiler<'_>) -> Result<Disclosures, Refused> {
    let mut disclosures = Disclosures::default();
    for (index, clause) in compiler.document.disclosure.iter().enumerate() {
        let path = at("disclosure").then(index);
        let Some(ground) = clause.ground else {
            return Err(compiler.refuse(&path));
        };
        let notify_before = path.then("notify_before");
        disclosures.rules.push(DisclosureRule {
            clause: compiler.id(&path)?,
            ground,
            categories: listed(compiler, &clause.categories, &path)?,
            processor: match &clause.processor {
                Some(name) => Some(compiler.name(name, &path.then("processor"))?),
                None => None,
            },
            case_reference: clause.case_reference,
            recorded_reason: clause.recorded_reason,
            approvers: clause.approvers.unwrap_or_default(),
            notify_before: compiler.period(clause.notify_before.as_ref(), &notify_before)?,
            same_commitments: clause.same_commitments,
        });
    }
    Ok(disclosures)
}

pub(super) fn cookies(compiler: &mut Compiler<'_>) -> Result<Cookies, Refused> {
    let mut cookies = Cookies::default();
    for (name, cookie) in &compiler.document.cookie {
        let path = at("cookie").then(name.as_str());
        let (Some(kind), Some(class)) = (cookie.kind, cookie.class) else {
            return Err(compiler.refuse(&path));
        };
        let purpose = match &cookie.purpose {
            Some(purpose) => Some(compiler.name(purpose, &path)?),
            None => None,
        };
        let rule = CookieRule {
            clause: compiler.id(&path)?,
            kind,
            class,
            purpose,
            domain: cookie
                .domain
                .as_ref()
                .map(|domain| domain.to_ascii_lowercase().into()),
            max_age: compiler.period(cookie.max_age.as_ref(), &path.then("max_age"))?,
            secure: cookie.secure,
        };
        cookies.by_name.insert(name.as_str().into(), rule);
    }
    Ok(cookies)
}

pub(super) fn announcement(compiler: &mut Compiler<'_>) -> Result<Announcement, Refused> {
    let document = compiler.document;
    let mut announcement = Announcement::default();
    if let Some(header) = &document.policy {
        let path = at("policy");
        announcement.effective = Some(day(compiler, header.effective.as_ref(), &path)?);
        if let Some(tz) = &header.tz {
            announcement.zone = compiler.take(Zone::new(tz), &path.then("tz"))?;
        }
    }
    if let Some(notice) = &document.notice {
        let path = at("notice");
        announcement.clause = Some(compiler.id(&path)?);
        announcement.channels.clone_from(&notice.channels);
        announcement.material.clone_from(&notice.material);
        announcement.lead = compiler.period(notice.lead.as_ref(), &path.then("lead"))?;
        announcement.gate = notice.gate;
        announcement.acceptance_by_use = notice.acceptance_by_use;
    }
    Ok(announcement)
}
