//! Compiling processors, attestations and routes into a router.

use super::{Compiler, Refused};
use crate::policy::check::at;
use crate::policy::document::{
    Attestation, AttestationKind, DateText, EVERY, Processor, TransferMechanism,
};
use crate::policy::places::Places;
use crate::policy::recipient::{Attested, Listed, Recipient};
use crate::policy::router::{Recipients, Route};
use crate::policy::source::Path;
use crate::time::{Moment, Zone};

pub(super) fn router(compiler: &mut Compiler<'_>) -> Result<Recipients, Refused> {
    let document = compiler.document;
    let mut router = Recipients::default();
    let mut attested = Vec::with_capacity(document.attestation.len());
    for (index, attestation) in document.attestation.iter().enumerate() {
        attested.push(self::attested(compiler, attestation, index)?);
    }
    for (name, processor) in &document.processor {
        let path = at("processor").then(name.as_str());
        let mut recipient = recipient(compiler, name, processor, &path)?;
        let own = attested.iter().filter(|entry| {
            let about = entry.processor.as_ref().map(AsRef::as_ref);
            about == Some(name.as_str())
        });
        recipient.attested = own.cloned().collect();
        router.recipients.insert(recipient.name.clone(), recipient);
    }
    router.own = attested
        .into_iter()
        .filter(|entry| entry.processor.is_none())
        .collect();
    for (index, route) in document.route.iter().enumerate() {
        let path = at("route").then(index);
        let (Some(mode), Some(processor)) = (route.mode, &route.processor) else {
            return Err(compiler.refuse(&path));
        };
        let max_in_flight = path.then("max_in_flight");
        let route = Route {
            clause: compiler.id(&path)?,
            mode,
            processor: compiler.name(processor, &path)?,
            purposes: compiler.names(&route.purposes, &path)?,
            categories: listed(compiler, &route.categories, &path)?,
            regions: compiler.names(&route.regions, &path)?,
            fallback: compiler.names(&route.fallback, &path)?,
            requires: route.requires.clone(),
            plans: boxed(&route.plans),
            no_store: route.no_store,
            destination_bound: route.destination_bound,
            redacts_stream: route.redact_stream,
            max_in_flight: compiler.period(route.max_in_flight.as_ref(), &max_in_flight)?,
        };
        router.routes.push(route);
    }
    if let Some(transport) = &document.transport {
        router.hosts = boxed(&transport.hosts);
        router.is_closed = transport.closed;
    }
    if let Some(place) = &document.place {
        let path = at("place");
        router.places = Places {
            clause: Some(compiler.id(&path)?),
            regions: compiler.names(&place.regions, &path.then("regions"))?,
            default: match &place.default {
                Some(default) => Some(compiler.name(default, &path.then("default"))?),
                None => None,
            },
            tenant_may_narrow: place.tenant_may_narrow,
        };
    }
    Ok(router)
}

pub(super) fn boxed(texts: &[String]) -> Vec<Box<str>> {
    texts.iter().map(|text| text.as_str().into()).collect()
}

pub(super) fn listed(
    compiler: &mut Compiler<'_>,
    names: &[String],
    path: &Path,
) -> Result<Listed, Refused> {
    if names.iter().any(|name| name == EVERY) {
        return Ok(Listed::All);
    }
    Ok(Listed::Of(compiler.names(names, path)?))
}

fn recipient(
    compiler: &mut Compiler<'_>,
    name: &str,
    processor: &Processor,
    path: &Path,
) -> Result<Recipient, Refused> {
    let Some(role) = processor.role else {
        return Err(compiler.refuse(path));
    };
    let mut fields = Vec::with_capacity(processor.fields.len());
    for (category, names) in &processor.fields {
        fields.push((compiler.name(category, path)?, boxed(names)));
    }
    let mut requires = processor.requires.clone();
    // The transfer ends with the standard clauses on which it rests.
    let rests_on_scc =
        compiler.document.transfer_of(name, processor) == Some(Some(TransferMechanism::Scc));
    if rests_on_scc && !requires.contains(&AttestationKind::Scc) {
        requires.push(AttestationKind::Scc);
    }
    Ok(Recipient {
        clause: compiler.id(path)?,
        name: compiler.name(name, path)?,
        role,
        functions: processor.functions.clone(),
        purposes: compiler.names(&processor.purposes, path)?,
        categories: listed(compiler, &processor.categories, path)?,
        fields,
        regions: compiler.names(&processor.regions, path)?,
        requires,
        attested: Vec::new(),
        environments: boxed(&processor.environments),
        hosts: boxed(&processor.hosts),
        messages: boxed(&processor.messages),
    })
}

fn attested(
    compiler: &mut Compiler<'_>,
    attestation: &Attestation,
    index: usize,
) -> Result<Attested, Refused> {
    let path = at("attestation").then(index);
    let Some(kind) = attestation.kind else {
        return Err(compiler.refuse(&path));
    };
    let processor = match &attestation.processor {
        Some(name) => Some(compiler.name(name, &path)?),
        None => None,
    };
    Ok(Attested {
        clause: compiler.id(&path)?,
        processor,
        kind,
        regions: compiler.names(&attestation.regions, &path.then("regions"))?,
        issued: day(compiler, attestation.issued.as_ref(), &path)?,
        expires: day(compiler, attestation.expires.as_ref(), &path)?,
        warn: compiler.period(attestation.warn.as_ref(), &path.then("warn"))?,
    })
}

pub(super) fn day(
    compiler: &mut Compiler<'_>,
    text: Option<&DateText>,
    path: &Path,
) -> Result<Moment, Refused> {
    let Some(Ok(day)) = text.map(DateText::day) else {
        return Err(compiler.refuse(path));
    };
    // A day begins at midnight in the zone of the policy.
    let header = compiler.document.policy.as_ref();
    let Some(name) = header.and_then(|header| header.tz.as_deref()) else {
        return Ok(day);
    };
    let zone = compiler.take(Zone::new(name), &at("policy").then("tz"))?;
    match zone.midnight(day) {
        Some(begin) => Ok(begin),
        None => Err(compiler.refuse(path)),
    }
}
