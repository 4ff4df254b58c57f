//! The header, consent, notices, messages, age, signals and incidents.

use super::{Checker, at};
use crate::policy::document::{
    DateText, Header, IncidentField, Notice, NoticeVersion, UnknownAge, Verdict,
};
use crate::policy::fault::FaultCode;
use crate::time::Zone;

pub(super) fn check(checker: &mut Checker<'_>) {
    header(checker);
    notice(checker);
    messages(checker);
    age(checker);
    signals(checker);
    incident(checker);
}

fn header(checker: &mut Checker<'_>) {
    let path = at("policy");
    let Some(header) = &checker.document.policy else {
        checker.missing(&path, "policy");
        return;
    };
    let Header {
        product,
        version,
        controller,
        contact,
        effective,
        last_updated,
        tz,
        jurisdictions,
        ..
    } = header;
    for (key, stated) in [
        ("product", product.is_some()),
        ("version", version.is_some()),
        ("controller", controller.is_some()),
        ("contact", contact.is_some()),
        ("effective", effective.is_some()),
        ("last_updated", last_updated.is_some()),
        ("tz", tz.is_some()),
        ("jurisdictions", !jurisdictions.is_empty()),
    ] {
        if !stated {
            checker.missing(&path, key);
        }
    }
    let known = tz.as_ref().is_none_or(|tz| Zone::new(tz).is_ok());
    if !known {
        checker.fault(FaultCode::UnknownTimeZone, &path.then("tz"));
    }
}

/// Announcements have a channel and a lead, and the newest version is this one.
fn notice(checker: &mut Checker<'_>) {
    let path = at("notice");
    let Some(notice) = &checker.document.notice else {
        checker.missing(&path, "notice");
        return;
    };
    let Notice {
        channels,
        lead,
        gate,
        version,
        ..
    } = notice;
    if channels.is_empty() {
        checker.fault(FaultCode::NoticeWithoutChannel, &path);
    }
    if lead.is_none() {
        checker.fault(FaultCode::NoticeWithoutLead, &path);
    }
    let _ = gate;
    let day = |text: Option<&DateText>| text.and_then(|text| text.date().ok());
    let mut last = None;
    for (index, entry) in version.iter().enumerate() {
        let path = path.then("version").then(index);
        for (key, stated) in [
            ("version", entry.version.is_some()),
            ("language", entry.language.is_some()),
            ("effective", entry.effective.is_some()),
            ("digest", entry.digest.is_some()),
        ] {
            if !stated {
                checker.missing(&path, key);
            }
        }
        let mut others = version.iter().take(index);
        let first = others.find(|other| other.version == entry.version);
        let same = |first: &&NoticeVersion| {
            let (mut one, mut two) = (first.purposes.clone(), entry.purposes.clone());
            one.sort_unstable();
            two.sort_unstable();
            one == two
        };
        if !first.as_ref().is_none_or(same) {
            checker.fault(FaultCode::NoticePurposesDiffer, &path.then("purposes"));
        }
        let now = day(entry.effective.as_ref());
        if let (Some(last), Some(now)) = (last, now)
            && now < last
        {
            checker.fault(FaultCode::DatesOutOfOrder, &path.then("effective"));
        }
        last = now.or(last);
    }
    let header = checker.document.policy.as_ref();
    let effective = day(header.and_then(|header| header.effective.as_ref()));
    let updated = day(header.and_then(|header| header.last_updated.as_ref()));
    if let (Some(newest), Some(effective)) = (last, effective)
        && newest > effective
    {
        checker.fault(FaultCode::VersionNotNewest, &at("policy").then("effective"));
    }
    // A month counts as newest where the day lies within it.
    if let (Some(updated), Some(effective)) = (updated, effective)
        && updated.to_the_day
        && updated.start > effective.start
    {
        checker.fault(
            FaultCode::VersionNotNewest,
            &at("policy").then("last_updated"),
        );
    }
}

fn messages(checker: &mut Checker<'_>) {
    for (name, message) in &checker.document.message {
        let path = at("message").then(name.as_str());
        if message.essential && message.opt_out {
            checker.fault(FaultCode::OptOutOfService, &path);
        }
        if !message.essential && message.purpose.is_none() {
            checker.missing(&path, "purpose");
        }
        let mut all = checker.document.message.values();
        let is_mixed = message.essential
            && message.purpose.is_some()
            && all.any(|other| !other.essential && other.purpose == message.purpose);
        if is_mixed {
            checker.fault(FaultCode::MessagesOfTwoKinds, &path.then("purpose"));
        }
    }
}

fn age(checker: &mut Checker<'_>) {
    let document = checker.document;
    let asks = document
        .purpose
        .values()
        .any(|purpose| purpose.verdict == Some(Verdict::Consent));
    let Some(age) = &document.age else { return };
    let path = at("age");
    match age.minimum {
        None => checker.missing(&path, "minimum"),
        Some(minimum) if !(1..=21).contains(&minimum) => {
            checker.fault(FaultCode::AgeOutOfRange, &path.then("minimum"));
        }
        Some(_) => {}
    }
    for (name, minimum) in &age.jurisdiction {
        if !(1..=21).contains(minimum) {
            let path = path.then("jurisdiction").then(name.as_str());
            checker.fault_named(FaultCode::AgeOutOfRange, &path, name);
        }
    }
    if asks && age.unknown == Some(UnknownAge::Adult) {
        checker.fault(FaultCode::UnknownAgeAsAdult, &path.then("unknown"));
    }
}

fn signals(checker: &mut Checker<'_>) {
    let document = checker.document;
    for (name, purpose) in &document.purpose {
        let mapped = document
            .signal
            .get("gpc")
            .is_some_and(|signal| signal.purposes.contains(name));
        if purpose.opt_out && !mapped {
            let path = at("purpose").then(name.as_str());
            checker.fault(FaultCode::OptOutWithoutSignal, &path);
        }
    }
    for (name, signal) in &document.signal {
        let path = at("signal").then(name.as_str());
        if name != "gpc" {
            checker.fault_named(FaultCode::UnknownKey, &path, name);
        }
        if signal.purposes.is_empty() {
            checker.missing(&path, "purposes");
        }
        for (index, purpose) in signal.purposes.iter().enumerate() {
            let known = document.purpose.get(purpose);
            if known.is_some_and(|known| !known.opt_out) {
                let path = path.then("purposes").then(index);
                checker.fault_named(FaultCode::SignalNotForPurpose, &path, purpose);
            }
        }
    }
}

/// A breach has clocks, and its notice says what the law demands.
fn incident(checker: &mut Checker<'_>) {
    let path = at("incident");
    let Some(incident) = &checker.document.incident else {
        checker.missing(&path, "incident");
        return;
    };
    let ticks = incident
        .clock
        .iter()
        .any(|clock| clock.authority_within.is_some() || clock.subjects_within.is_some());
    if !ticks {
        checker.fault(FaultCode::IncidentWithoutClock, &path);
    }
    for field in [
        IncidentField::Nature,
        IncidentField::Categories,
        IncidentField::Measures,
    ] {
        if !incident.fields.contains(&field) {
            let path = path.then("fields");
            checker.fault_named(FaultCode::IncidentFieldMissing, &path, field.as_str());
        }
    }
}
