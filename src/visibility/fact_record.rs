//! The records of statements.

use super::facts::{NEVER, Span, StatedGrant, StatedResource, Statement, Tick};
use super::{
    ContentDigest, Level, Of, Organisation, Principal, PublishedVersion, Resource, ScanSummary,
    StaffScope,
};
use crate::codec::{Reader, Writer};
use crate::error::{Error, VisibilityCause};
use crate::time::Moment;

/// The version of the format.
const FORMAT: u8 = 1;

/// What is stored is not what was written.
#[cold]
pub(super) fn damaged() -> Error {
    VisibilityCause::Damaged.into()
}

/// Statements that are stored together, as bytes, behind 16 random ones.
pub(super) fn write(once: [u8; 16], statements: &[Statement]) -> Vec<u8> {
    let mut out = Writer::default();
    out.byte(FORMAT);
    out.raw(&once);
    out.list(statements.iter(), put);
    out.into_bytes()
}

/// Reads what [`write`] wrote, and nothing else.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Statement>, Error> {
    let mut reader = Reader::new(bytes, damaged);
    reader.expect(FORMAT)?;
    reader.array::<16>()?;
    let statements = reader.list(take)?;
    reader.end()?;
    Ok(statements)
}

fn put(out: &mut Writer, statement: &Statement) {
    match statement {
        Statement::Principal { id, since } => {
            out.byte(1);
            out.text(id);
            tick(out, *since);
        }
        Statement::Organisation { id, since } => {
            out.byte(2);
            out.text(id);
            tick(out, *since);
        }
        Statement::Resource(stated) => {
            out.byte(3);
            put_resource(out, stated);
        }
        Statement::Attribute {
            of,
            attribute,
            value,
            at,
        } => {
            out.byte(4);
            put_of(out, *of);
            out.text(attribute.as_str());
            out.optional(*value, |out, value| out.byte(value.into()));
            tick(out, *at);
        }
        Statement::Removal { of, at } => {
            out.byte(5);
            put_of(out, *of);
            tick(out, *at);
        }
        Statement::Owner {
            resource,
            owner,
            at,
        } => {
            out.byte(6);
            number(out, resource.0);
            out.optional(*owner, |out, owner| number(out, owner.0));
            tick(out, *at);
        }
        Statement::Seat {
            principal,
            organisation,
            span,
        } => {
            out.byte(7);
            number(out, principal.0);
            number(out, organisation.0);
            put_span(out, *span);
        }
        Statement::Leaving {
            principal,
            organisation,
            at,
        } => {
            out.byte(8);
            number(out, principal.0);
            number(out, organisation.0);
            tick(out, *at);
        }
        Statement::Membership {
            principal,
            resource,
            role,
            span,
        } => {
            out.byte(9);
            number(out, principal.0);
            number(out, resource.0);
            out.text(role.as_str());
            put_span(out, *span);
        }
        Statement::Acceptance {
            principal,
            resource,
            span,
        } => {
            out.byte(10);
            number(out, principal.0);
            number(out, resource.0);
            put_span(out, *span);
        }
        Statement::Parting {
            principal,
            resource,
            at,
        } => {
            out.byte(11);
            number(out, principal.0);
            number(out, resource.0);
            tick(out, *at);
        }
        Statement::Grant(stated) => {
            out.byte(12);
            put_grant(out, stated);
        }
        Statement::Revocation { id, at } => {
            out.byte(13);
            out.text(id);
            tick(out, *at);
        }
        Statement::Level {
            resource,
            level,
            listed,
            cleared,
            at,
        } => {
            out.byte(14);
            number(out, resource.0);
            put_level(out, *level);
            out.byte((*listed).into());
            out.byte((*cleared).into());
            tick(out, *at);
        }
        Statement::Version { resource, version } => {
            out.byte(15);
            number(out, resource.0);
            out.number(version.number());
            out.raw(version.digest().as_bytes());
            out.raw(version.report_digest());
            out.text(version.rule_set());
            number(out, version.waived());
            out.moment(version.at());
        }
    }
}

fn take(reader: &mut Reader<'_>) -> Result<Statement, Error> {
    Ok(match reader.byte()? {
        1 => Statement::Principal {
            id: reader.text()?.into(),
            since: take_tick(reader)?,
        },
        2 => Statement::Organisation {
            id: reader.text()?.into(),
            since: take_tick(reader)?,
        },
        3 => Statement::Resource(Box::new(take_resource(reader)?)),
        4 => Statement::Attribute {
            of: take_of(reader)?,
            attribute: reader.named(str::parse)?,
            value: reader.optional(Reader::flag)?,
            at: take_tick(reader)?,
        },
        5 => Statement::Removal {
            of: take_of(reader)?,
            at: take_tick(reader)?,
        },
        6 => Statement::Owner {
            resource: Resource(take_number(reader)?),
            owner: reader.optional(take_number)?.map(Principal),
            at: take_tick(reader)?,
        },
        7 => Statement::Seat {
            principal: Principal(take_number(reader)?),
            organisation: Organisation(take_number(reader)?),
            span: take_span(reader)?,
        },
        8 => Statement::Leaving {
            principal: Principal(take_number(reader)?),
            organisation: Organisation(take_number(reader)?),
            at: take_tick(reader)?,
        },
        9 => Statement::Membership {
            principal: Principal(take_number(reader)?),
            resource: Resource(take_number(reader)?),
            role: reader.named(str::parse)?,
            span: take_span(reader)?,
        },
        10 => Statement::Acceptance {
            principal: Principal(take_number(reader)?),
            resource: Resource(take_number(reader)?),
            span: take_span(reader)?,
        },
        11 => Statement::Parting {
            principal: Principal(take_number(reader)?),
            resource: Resource(take_number(reader)?),
            at: take_tick(reader)?,
        },
        12 => Statement::Grant(Box::new(take_grant(reader)?)),
        13 => Statement::Revocation {
            id: reader.text()?.into(),
            at: take_tick(reader)?,
        },
        14 => Statement::Level {
            resource: Resource(take_number(reader)?),
            level: take_level(reader)?,
            listed: reader.flag()?,
            cleared: reader.flag()?,
            at: take_tick(reader)?,
        },
        15 => Statement::Version {
            resource: Resource(take_number(reader)?),
            version: take_version(reader)?,
        },
        _ => return Err(damaged()),
    })
}

fn put_resource(out: &mut Writer, stated: &StatedResource) {
    out.text(&stated.id);
    tick(out, stated.since);
    out.optional(stated.container, |out, container| number(out, container.0));
    out.optional(stated.owner, |out, owner| number(out, owner.0));
    out.optional(stated.organisation, |out, group| number(out, group.0));
    put_level(out, stated.level);
    out.byte(stated.listed.into());
    out.byte(stated.own_members.into());
    out.byte(stated.secret.into());
    out.optional(stated.category.as_ref(), |out, category| {
        out.text(category.as_str());
    });
    out.optional(stated.source, |out, source| number(out, source.0));
    out.list(stated.attributes.iter(), |out, (attribute, value)| {
        out.text(attribute.as_str());
        out.byte((*value).into());
    });
}

fn take_resource(reader: &mut Reader<'_>) -> Result<StatedResource, Error> {
    Ok(StatedResource {
        id: reader.text()?.into(),
        since: take_tick(reader)?,
        container: reader.optional(take_number)?.map(Resource),
        owner: reader.optional(take_number)?.map(Principal),
        organisation: reader.optional(take_number)?.map(Organisation),
        level: take_level(reader)?,
        listed: reader.flag()?,
        own_members: reader.flag()?,
        secret: reader.flag()?,
        category: reader.optional(|reader| reader.named(str::parse))?,
        source: reader.optional(take_number)?.map(Resource),
        attributes: reader.list(|reader| Ok((reader.named(str::parse)?, reader.flag()?)))?,
    })
}

fn put_grant(out: &mut Writer, stated: &StatedGrant) {
    out.text(&stated.id);
    number(out, stated.principal.0);
    out.text(stated.reason.as_str());
    out.text(&stated.ticket);
    let (kind, scope) = match stated.scope {
        StaffScope::Resource(resource) => (1, resource.0),
        StaffScope::Organisation(organisation) => (2, organisation.0),
    };
    out.byte(kind);
    number(out, scope);
    out.list(stated.categories.iter(), |out, category| {
        out.text(category.as_str());
    });
    put_span(out, stated.span);
}

fn take_grant(reader: &mut Reader<'_>) -> Result<StatedGrant, Error> {
    Ok(StatedGrant {
        id: reader.text()?.into(),
        principal: Principal(take_number(reader)?),
        reason: reader.named(str::parse)?,
        ticket: reader.text()?.into(),
        scope: match reader.byte()? {
            1 => StaffScope::Resource(Resource(take_number(reader)?)),
            2 => StaffScope::Organisation(Organisation(take_number(reader)?)),
            _ => return Err(damaged()),
        },
        categories: reader.list(|reader| reader.named(str::parse))?,
        span: take_span(reader)?,
    })
}

fn take_version(reader: &mut Reader<'_>) -> Result<PublishedVersion, Error> {
    let number = reader.number()?;
    let digest = ContentDigest::from_bytes(reader.array()?);
    let report = reader.array()?;
    let rule_set = reader.text()?;
    let waived = take_number(reader)?;
    let at: Moment = reader.moment()?;
    let scan = ScanSummary::new(report, rule_set, waived);
    Ok(PublishedVersion::new(number, digest, scan, at))
}

fn put_of(out: &mut Writer, of: Of) {
    let (kind, of) = match of {
        Of::Principal(principal) => (1, principal.0),
        Of::Organisation(organisation) => (2, organisation.0),
        Of::Resource(resource) => (3, resource.0),
    };
    out.byte(kind);
    number(out, of);
}

fn take_of(reader: &mut Reader<'_>) -> Result<Of, Error> {
    let kind = reader.byte()?;
    let number = take_number(reader)?;
    match kind {
        1 => Ok(Of::Principal(Principal(number))),
        2 => Ok(Of::Organisation(Organisation(number))),
        3 => Ok(Of::Resource(Resource(number))),
        _ => Err(damaged()),
    }
}

fn put_level(out: &mut Writer, level: Option<Level>) {
    out.byte(match level {
        None => 0,
        Some(Level::Private) => 1,
        Some(Level::Internal) => 2,
        Some(Level::Public) => 3,
    });
}

fn take_level(reader: &mut Reader<'_>) -> Result<Option<Level>, Error> {
    match reader.byte()? {
        0 => Ok(None),
        1 => Ok(Some(Level::Private)),
        2 => Ok(Some(Level::Internal)),
        3 => Ok(Some(Level::Public)),
        _ => Err(damaged()),
    }
}

fn number(out: &mut Writer, number: u32) {
    out.raw(&number.to_be_bytes());
}

fn take_number(reader: &mut Reader<'_>) -> Result<u32, Error> {
    Ok(u32::from_be_bytes(reader.array()?))
}

fn tick(out: &mut Writer, at: Tick) {
    out.raw(&at.to_be_bytes());
}

/// A moment: neither before everything nor after it.
fn take_tick(reader: &mut Reader<'_>) -> Result<Tick, Error> {
    let at = Tick::from_be_bytes(reader.array()?);
    let is_moment = at != NEVER && at != Tick::MIN;
    is_moment.then_some(at).ok_or_else(damaged)
}

fn put_span(out: &mut Writer, span: Span) {
    tick(out, span.from);
    tick(out, span.until);
}

fn take_span(reader: &mut Reader<'_>) -> Result<Span, Error> {
    let from = Tick::from_be_bytes(reader.array()?);
    let until = Tick::from_be_bytes(reader.array()?);
    if from == Tick::MIN || until == Tick::MIN {
        return Err(damaged());
    }
    Ok(Span { from, until })
}

/// Reads bytes as statements, and writes them anew where they are some.
#[cfg(all(feature = "rights", any(test, fuzzing)))]
pub(crate) fn rewritten(bytes: &[u8]) -> Option<Vec<u8>> {
    let once = bytes.get(1..17)?.try_into().ok()?;
    Some(write(once, &read(bytes).ok()?))
}
