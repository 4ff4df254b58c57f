//! What the vault stores: two kinds of records in a store.
//!
//! Both are read strictly: a byte for the version of the format, fields in a fixed
//! order, text with its length before it, nothing behind. What does not read so is
//! an error of kind [`Integrity`](crate::ErrorKind::Integrity).

use std::collections::{BTreeMap, BTreeSet};

use super::new_secret::Terms;
use super::{Purpose, Scope, SecretRef};
use crate::seal::Context;
use crate::store::{Key, Range};
use crate::time::Moment;
use crate::{Error, ErrorKind};

const FORMAT: u8 = 1;
const SECRETS: &str = "confidant.vault.secret";
const VERSIONS: &str = "confidant.vault.version";

/// The record of a secret: all but its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Drawn when it was put; part of what each value is sealed for.
    pub(super) id: [u8; 16],
    pub(super) created: Moment,
    /// The latest version; the first is 1.
    pub(super) latest: u64,
    pub(super) disabled: bool,
    /// From when on it is used no more, whatever its versions say.
    pub(super) expires: Option<Moment>,
    pub(super) connection: Option<Box<str>>,
    pub(super) labels: BTreeMap<Box<str>, Box<str>>,
}

/// One version of a secret, with the value that is sealed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) created: Moment,
    pub(super) terms: Terms,
    pub(super) envelope: Vec<u8>,
}

pub(super) fn head_key(tenant: &str, name: &str) -> Result<Key, Error> {
    Key::new(tenant, SECRETS, name)
}

pub(super) fn heads(tenant: &str) -> Result<Range, Error> {
    Range::collection(tenant, SECRETS)
}

pub(super) fn version_key(tenant: &str, id: &[u8; 16], version: u64) -> Result<Key, Error> {
    let mut path = [0; 24];
    let (first, second) = path.split_at_mut(16);
    first.copy_from_slice(id);
    second.copy_from_slice(&version.to_be_bytes());
    Key::new(tenant, VERSIONS, path)
}

/// All versions of one secret.
pub(super) fn versions_of(tenant: &str, id: &[u8; 16]) -> Result<Range, Error> {
    Ok(versions(tenant)?.prefix(id))
}

pub(super) fn versions(tenant: &str) -> Result<Range, Error> {
    Range::collection(tenant, VERSIONS)
}

/// The secret and the version that a path names.
pub(super) fn version_of(path: &[u8]) -> Result<([u8; 16], u64), Error> {
    let (id, version) = path.split_first_chunk::<16>().ok_or_else(damaged)?;
    let version = version.try_into().map_err(|_| damaged())?;
    Ok((*id, u64::from_be_bytes(version)))
}

/// What a value is sealed for: whose it is, which, and all of its terms.
pub(super) fn context(
    secret: &SecretRef,
    version: u64,
    created: Moment,
    terms: &Terms,
) -> Result<Context, Error> {
    let mut bound = Writer::default();
    bound.moment(created);
    bound.terms(terms);
    Context::builder(secret.tenant(), secret.name())
        .version(version)
        .kind("confidant.vault")
        .extra("id", secret.id())
        .extra("terms", &bound.0)
        .build()
}

impl Head {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.0.push(FORMAT);
        out.0.extend(self.id);
        out.moment(self.created);
        out.0.extend(self.latest.to_be_bytes());
        out.0.push(u8::from(self.disabled));
        out.optional_moment(self.expires);
        out.text(self.connection.as_deref().unwrap_or_default());
        out.count(self.labels.len());
        for (key, value) in &self.labels {
            out.text(key);
            out.text(value);
        }
        out.0
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader(bytes);
        reader.format()?;
        let this = Self {
            id: reader.array()?,
            created: reader.moment()?,
            latest: u64::from_be_bytes(reader.array()?),
            disabled: reader.flag()?,
            expires: reader.optional_moment()?,
            connection: Some(reader.text()?).filter(|text| !text.is_empty()),
            labels: reader.labels()?,
        };
        reader.end()?;
        if this.latest == 0 {
            return Err(damaged());
        }
        Ok(this)
    }
}

impl Version {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.0.push(FORMAT);
        out.moment(self.created);
        out.terms(&self.terms);
        out.0.extend(&self.envelope);
        out.0
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader(bytes);
        reader.format()?;
        Ok(Self {
            created: reader.moment()?,
            terms: reader.terms()?,
            envelope: reader.0.to_vec(),
        })
    }
}

/// A record is not what was written.
#[cold]
pub(super) fn damaged() -> Error {
    Error::message(ErrorKind::Integrity, "record of a secret is damaged")
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    /// Counts and lengths are bounded far below what has room here.
    fn count(&mut self, count: usize) {
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        self.0.extend(count.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }

    fn moment(&mut self, moment: Moment) {
        self.0.extend(moment.unix_nanoseconds().to_be_bytes());
    }

    fn optional_moment(&mut self, moment: Option<Moment>) {
        self.0.push(u8::from(moment.is_some()));
        if let Some(moment) = moment {
            self.moment(moment);
        }
    }

    fn terms(&mut self, terms: &Terms) {
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

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (first, rest) = self.0.split_first_chunk().ok_or_else(damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    fn format(&mut self) -> Result<(), Error> {
        let [format] = self.array()?;
        if format == FORMAT {
            Ok(())
        } else {
            Err(damaged())
        }
    }

    fn flag(&mut self) -> Result<bool, Error> {
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(damaged()),
        }
    }

    fn count(&mut self) -> Result<usize, Error> {
        Ok(usize::from(u16::from_be_bytes(self.array()?)))
    }

    fn text(&mut self) -> Result<Box<str>, Error> {
        let len = self.count()?;
        let (text, rest) = self.0.split_at_checked(len).ok_or_else(damaged)?;
        self.0 = rest;
        let text = std::str::from_utf8(text).map_err(|_| damaged())?;
        Ok(text.into())
    }

    fn moment(&mut self) -> Result<Moment, Error> {
        let nanoseconds = i128::from_be_bytes(self.array()?);
        Moment::from_unix_nanoseconds(nanoseconds).map_err(|_| damaged())
    }

    fn optional_moment(&mut self) -> Result<Option<Moment>, Error> {
        if self.flag()? {
            self.moment().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Texts in order, none of them twice: there is one way to write a set.
    fn set<T: Ord>(
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

    fn labels(&mut self) -> Result<BTreeMap<Box<str>, Box<str>>, Error> {
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

    fn terms(&mut self) -> Result<Terms, Error> {
        Ok(Terms {
            kind: self.text()?,
            expires: self.optional_moment()?,
            purposes: self.set(Purpose::new)?,
            scopes: self.set(Scope::new)?,
        })
    }

    fn end(&self) -> Result<(), Error> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(damaged())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head {
            id: [5; 16],
            created: Moment::from_unix_seconds(1_700_000_000).unwrap(),
            latest: 3,
            disabled: true,
            expires: Some(Moment::from_unix_seconds(1_800_000_000).unwrap()),
            connection: Some("github".into()),
            labels: BTreeMap::from([("a".into(), "1".into()), ("b".into(), "2".into())]),
        }
    }

    fn version() -> Version {
        Version {
            created: Moment::from_unix_seconds(-5).unwrap(),
            terms: Terms {
                kind: "api-key".into(),
                purposes: ["deploy", "test"]
                    .map(|id| Purpose::new(id).unwrap())
                    .into(),
                scopes: [Scope::new("github:acme/website").unwrap()].into(),
                expires: None,
            },
            envelope: vec![1, 2, 3],
        }
    }

    #[test]
    fn records_read_as_they_were_written() {
        let plain = Head {
            disabled: false,
            expires: None,
            connection: None,
            labels: BTreeMap::new(),
            ..head()
        };
        for head in [head(), plain] {
            assert_eq!(Head::parse(&head.to_bytes()).unwrap(), head);
        }
        assert_eq!(Version::parse(&version().to_bytes()).unwrap(), version());
    }

    #[test]
    fn what_was_cut_off_or_added_is_damaged() {
        let bytes = head().to_bytes();
        for end in 0..bytes.len() {
            let error = Head::parse(&bytes[..end]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{end}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(Head::parse(&longer).is_err());
        // There is no second way to write the same.
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut other = bytes.clone();
                other[at] ^= 1 << bit;
                if let Ok(read) = Head::parse(&other) {
                    assert_eq!(read.to_bytes(), other, "{at}");
                }
            }
        }
    }

    #[test]
    fn every_term_is_part_of_the_context() {
        let base = version();
        let digest = |version: &Version, number| {
            let secret = SecretRef::new("acme", "github", [1; 16]);
            let context = context(&secret, number, version.created, &version.terms);
            *context.unwrap().digest()
        };
        let mut digests = vec![digest(&base, 1), digest(&base, 2)];
        let changes: [fn(&mut Version); 5] = [
            |version| version.terms.kind = "token".into(),
            |version| version.terms.expires = Some(version.created),
            |version| version.created = Moment::from_unix_seconds(9).unwrap(),
            |version| _ = version.terms.purposes.pop_last(),
            |version| version.terms.scopes.clear(),
        ];
        for change in changes {
            let mut changed = base.clone();
            change(&mut changed);
            digests.push(digest(&changed, 1));
        }
        let count = digests.len();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }
}
