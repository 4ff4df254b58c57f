//! The bytes of what retention stores: a byte for the version of the format, fields in a
//! fixed order, text and lists with their lengths before them, nothing behind.

use crate::Error;
use crate::error::RetentionCause;
use crate::time::Moment;

pub(super) const FORMAT: u8 = 1;

/// A record is not what was written.
#[cold]
pub(super) fn damaged(what: &'static str) -> Error {
    RetentionCause::Record { what }.into()
}

pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new() -> Self {
        Self(vec![FORMAT])
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn flag(&mut self, flag: bool) {
        self.byte(u8::from(flag));
    }

    pub(super) fn number(&mut self, number: u64) {
        self.0.extend(number.to_be_bytes());
    }

    /// Counts are bounded far below what has room here.
    pub(super) fn count(&mut self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.0.extend(count.to_be_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }

    pub(super) fn digest(&mut self, digest: &[u8; 32]) {
        self.0.extend(digest);
    }

    pub(super) fn moment(&mut self, moment: Moment) {
        self.0.extend(moment.unix_nanoseconds().to_be_bytes());
    }

    pub(super) fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(super) fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.count(items.len());
        for item in items {
            write(self, item);
        }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

pub(super) struct Reader<'b> {
    rest: &'b [u8],
    what: &'static str,
}

impl<'b> Reader<'b> {
    /// Begins to read a record of `what`.
    pub(super) fn new(bytes: &'b [u8], what: &'static str) -> Result<Self, Error> {
        let mut this = Self { rest: bytes, what };
        if this.byte()? == FORMAT {
            return Ok(this);
        }
        Err(this.damaged())
    }

    pub(super) fn damaged(&self) -> Error {
        damaged(self.what)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (first, rest) = self
            .rest
            .split_first_chunk()
            .ok_or_else(|| self.damaged())?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Error> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn flag(&mut self) -> Result<bool, Error> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.damaged()),
        }
    }

    pub(super) fn number(&mut self) -> Result<u64, Error> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    fn count(&mut self) -> Result<usize, Error> {
        let count = u32::from_be_bytes(self.array()?);
        let count = usize::try_from(count).map_err(|_| self.damaged())?;
        // Every item has at least one byte.
        if count > self.rest.len() {
            return Err(self.damaged());
        }
        Ok(count)
    }

    pub(super) fn text(&mut self) -> Result<&'b str, Error> {
        let len = self.count()?;
        let (text, rest) = self
            .rest
            .split_at_checked(len)
            .ok_or_else(|| self.damaged())?;
        self.rest = rest;
        std::str::from_utf8(text).map_err(|_| self.damaged())
    }

    /// A text that `parse` takes.
    pub(super) fn name<T>(
        &mut self,
        parse: impl FnOnce(&str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let text = self.text()?;
        parse(text).map_err(|_| self.damaged())
    }

    pub(super) fn digest(&mut self) -> Result<[u8; 32], Error> {
        self.array()
    }

    pub(super) fn moment(&mut self) -> Result<Moment, Error> {
        let nanoseconds = i128::from_be_bytes(self.array()?);
        Moment::from_unix_nanoseconds(nanoseconds).map_err(|_| self.damaged())
    }

    pub(super) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        if self.flag()? {
            read(self).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(super) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let count = self.count()?;
        (0..count).map(|_| read(self)).collect()
    }

    pub(super) fn end(&self) -> Result<(), Error> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.damaged())
        }
    }
}
