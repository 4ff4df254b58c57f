//! How the parts of a record are written and read.

use std::collections::{BTreeMap, BTreeSet};

use crate::time::Moment;
use crate::vault::new_secret::Terms;
use crate::vault::{Purpose, Scope};
use crate::{Error, ErrorKind};

const FORMAT: u8 = 1;

/// A record is not what was written.
#[cold]
pub(in crate::vault) fn damaged() -> Error {
    Error::message(ErrorKind::Integrity, "record of a secret is damaged")
}

#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn format(&mut self) {
        self.0.push(FORMAT);
    }

    /// Counts and lengths are bounded far below what has room here.
    pub(super) fn count(&mut self, count: usize) {
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        self.0.extend(count.to_be_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }

    pub(super) fn moment(&mut self, moment: Moment) {
        self.0.extend(moment.unix_nanoseconds().to_be_bytes());
    }

    pub(super) fn optional_moment(&mut self, moment: Option<Moment>) {
        self.0.push(u8::from(moment.is_some()));
        if let Some(moment) = moment {
            self.moment(moment);
        }
    }

    pub(super) fn terms(&mut self, terms: &Terms) {
        self.text(&terms.kind);
        self.optional_moment(terms.expires);
        self.count(terms.purposes.len());
        for purpose in &terms.purposes {
            self.text(purpose.as_str());
        }
        self.count(terms.scopes.len());
        for scope in &terms.scopes {
            self.text(scope.as_str());
        }
    }
}

pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (first, rest) = self.0.split_first_chunk().ok_or_else(damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn format(&mut self) -> Result<(), Error> {
        let [format] = self.array()?;
        if format == FORMAT {
            Ok(())
        } else {
            Err(damaged())
        }
    }

    pub(super) fn flag(&mut self) -> Result<bool, Error> {
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(damaged()),
        }
    }

    pub(super) fn count(&mut self) -> Result<usize, Error> {
        Ok(usize::from(u16::from_be_bytes(self.array()?)))
    }

    pub(super) fn text(&mut self) -> Result<Box<str>, Error> {
        let len = self.count()?;
        let (text, rest) = self.0.split_at_checked(len).ok_or_else(damaged)?;
        self.0 = rest;
        let text = std::str::from_utf8(text).map_err(|_| damaged())?;
        Ok(text.into())
    }

    pub(super) fn moment(&mut self) -> Result<Moment, Error> {
        let nanoseconds = i128::from_be_bytes(self.array()?);
        Moment::from_unix_nanoseconds(nanoseconds).map_err(|_| damaged())
    }

    pub(super) fn optional_moment(&mut self) -> Result<Option<Moment>, Error> {
        if self.flag()? {
            self.moment().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Texts in order, none of them twice: there is one way to write a set.
    pub(super) fn set<T: Ord>(
        &mut self,
        read: impl Fn(&str) -> Result<T, Error>,
    ) -> Result<BTreeSet<T>, Error> {
        let mut set = BTreeSet::new();
        for _ in 0..self.count()? {
            let item = read(&self.text()?).map_err(|_| damaged())?;
            if set.last().is_some_and(|last| *last >= item) {
                return Err(damaged());
            }
            set.insert(item);
        }
        Ok(set)
    }

    pub(super) fn labels(&mut self) -> Result<BTreeMap<Box<str>, Box<str>>, Error> {
        let mut labels = BTreeMap::new();
        for _ in 0..self.count()? {
            let (key, value) = (self.text()?, self.text()?);
            if labels
                .last_key_value()
                .is_some_and(|(last, _)| *last >= key)
            {
                return Err(damaged());
            }
            labels.insert(key, value);
        }
        Ok(labels)
    }

    pub(super) fn terms(&mut self) -> Result<Terms, Error> {
        Ok(Terms {
            kind: self.text()?,
            expires: self.optional_moment()?,
            purposes: self.set(Purpose::new)?,
            scopes: self.set(Scope::new)?,
        })
    }

    pub(super) fn number(&mut self) -> Result<u64, Error> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub(super) fn end(&self) -> Result<(), Error> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(damaged())
        }
    }
}
