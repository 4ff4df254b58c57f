//! The binary form of records: fields in a fixed order, read strictly.

use crate::Error;
use crate::time::Moment;

/// Writes fields one after the other, with lengths of 2 bytes.
pub(crate) type Writer = WriterOf<2>;
/// Reads fields one after the other, with lengths of 2 bytes.
pub(crate) type Reader<'a> = ReaderOf<'a, 2>;
/// Writes fields one after the other, with lengths of 4 bytes.
pub(crate) type WideWriter = WriterOf<4>;
/// Reads fields one after the other, with lengths of 4 bytes.
pub(crate) type WideReader<'a> = ReaderOf<'a, 4>;

/// Writes fields one after the other, with lengths of `LEN` bytes.
#[derive(Default)]
pub(crate) struct WriterOf<const LEN: usize>(Vec<u8>);

impl<const LEN: usize> WriterOf<LEN> {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.byte(u8::from(flag));
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.raw(&number.to_be_bytes());
    }

    /// Counts and lengths are bounded far below what has room here.
    pub(crate) fn count(&mut self, count: usize) {
        let bytes = (count as u64).to_be_bytes();
        match bytes.split_last_chunk::<LEN>() {
            Some((high, low)) if high.iter().all(|byte| *byte == 0) => self.raw(low),
            _ => self.raw(&[u8::MAX; LEN]),
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.raw(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn moment(&mut self, moment: Moment) {
        self.raw(&moment.unix_nanoseconds().to_be_bytes());
    }

    /// A flag, and the value where there is one.
    pub(crate) fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// The number of items, and each of them.
    pub(crate) fn list<T>(
        &mut self,
        items: impl ExactSizeIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.count(items.len());
        for item in items {
            write(self, item);
        }
    }
}

/// Reads fields one after the other, with lengths of `LEN` bytes. What does not read is the
/// error `damaged`.
pub(crate) struct ReaderOf<'a, const LEN: usize> {
    rest: &'a [u8],
    damaged: fn() -> Error,
}

impl<'a, const LEN: usize> ReaderOf<'a, LEN> {
    pub(crate) const fn new(bytes: &'a [u8], damaged: fn() -> Error) -> Self {
        Self {
            rest: bytes,
            damaged,
        }
    }

    pub(crate) fn damaged(&self) -> Error {
        (self.damaged)()
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (first, rest) = self.rest.split_first_chunk().ok_or_else(self.damaged)?;
        self.rest = rest;
        Ok(*first)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Error> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// A byte that must be this one: the version of a format.
    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), Error> {
        if self.byte()? == byte {
            Ok(())
        } else {
            Err(self.damaged())
        }
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Error> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.damaged()),
        }
    }

    pub(crate) fn number(&mut self) -> Result<u64, Error> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub(crate) fn count(&mut self) -> Result<usize, Error> {
        let bytes: [u8; LEN] = self.array()?;
        let count = bytes
            .iter()
            .fold(0, |count: u64, byte| count << 8 | u64::from(*byte));
        // Every item has at least one byte.
        match usize::try_from(count) {
            Ok(count) if count <= self.rest.len() => Ok(count),
            _ => Err(self.damaged()),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Error> {
        let len = self.count()?;
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or_else(self.damaged)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Error> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|_| self.damaged())
    }

    /// A text that `read` takes.
    pub(crate) fn named<T>(
        &mut self,
        read: impl FnOnce(&str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        read(self.text()?).map_err(|_| self.damaged())
    }

    pub(crate) fn moment(&mut self) -> Result<Moment, Error> {
        let nanoseconds = i128::from_be_bytes(self.array()?);
        Moment::from_unix_nanoseconds(nanoseconds).map_err(|_| self.damaged())
    }

    pub(crate) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        if self.flag()? {
            read(self).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(crate) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let count = self.count()?;
        (0..count).map(|_| read(self)).collect()
    }

    /// Items in ascending order, none of them twice: there is one way to write a set.
    pub(crate) fn sorted<T: Ord>(
        &mut self,
        read: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let items = self.list(read)?;
        if items.is_sorted_by(|one, next| one < next) {
            Ok(items)
        } else {
            Err(self.damaged())
        }
    }

    /// What was not read yet.
    #[cfg(feature = "vault")]
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn end(&self) -> Result<(), Error> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.damaged())
        }
    }
}
