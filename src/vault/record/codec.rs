//! What the records of a vault have beyond fields: a version, terms, sets and labels.

use std::collections::{BTreeMap, BTreeSet};

pub(super) use crate::codec::{Reader, Writer};
use crate::vault::new_secret::Terms;
use crate::vault::{Scope, SecretPurpose};
use crate::{Error, ErrorKind};

const FORMAT: u8 = 1;

/// A record is not what was written.
#[cold]
pub(in crate::vault) fn damaged() -> Error {
    Error::message(ErrorKind::Integrity, "record of a secret is damaged")
}

/// Begins to write a record.
pub(super) fn begin() -> Writer {
    let mut out = Writer::default();
    out.byte(FORMAT);
    out
}

/// Begins to read a record.
pub(super) fn read(bytes: &[u8]) -> Result<Reader<'_>, Error> {
    let mut reader = Reader::new(bytes, damaged);
    reader.expect(FORMAT)?;
    Ok(reader)
}

pub(super) fn write_terms(out: &mut Writer, terms: &Terms) {
    out.text(&terms.kind);
    out.optional(terms.expires, Writer::moment);
    out.list(terms.purposes.iter(), |out, purpose| {
        out.text(purpose.as_str());
    });
    out.list(terms.scopes.iter(), |out, scope| out.text(scope.as_str()));
}

pub(super) fn read_terms(reader: &mut Reader<'_>) -> Result<Terms, Error> {
    Ok(Terms {
        kind: reader.text()?.into(),
        expires: reader.optional(Reader::moment)?,
        purposes: read_set(reader, SecretPurpose::new)?,
        scopes: read_set(reader, Scope::new)?,
    })
}

fn read_set<T: Ord>(
    reader: &mut Reader<'_>,
    read: impl Fn(&str) -> Result<T, Error>,
) -> Result<BTreeSet<T>, Error> {
    let items = reader.sorted(|reader| reader.named(&read))?;
    Ok(items.into_iter().collect())
}

pub(super) fn write_labels(out: &mut Writer, labels: &BTreeMap<Box<str>, Box<str>>) {
    out.list(labels.iter(), |out, (key, value)| {
        out.text(key);
        out.text(value);
    });
}

pub(super) fn read_labels(reader: &mut Reader<'_>) -> Result<BTreeMap<Box<str>, Box<str>>, Error> {
    let labels = reader.list(|reader| Ok((reader.text()?.into(), reader.text()?.into())))?;
    let in_order = labels.is_sorted_by(|(one, _): &(Box<str>, Box<str>), (next, _)| one < next);
    match in_order {
        true => Ok(labels.into_iter().collect()),
        false => Err(damaged()),
    }
}
