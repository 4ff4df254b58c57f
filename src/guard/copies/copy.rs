//! One thing that a provider keeps, and how it is stored.

use std::fmt;

use crate::codec::{Reader, Writer};
use crate::guard::call::ModelCaller;
use crate::model::{CredentialOwner, Endpoint, KeptItem, ModelDescriptor, Name, ServerState};
use crate::retention::Order;
use crate::taxonomy::Processor;
use crate::time::Moment;
use crate::{Error, ErrorKind};

const VERSION: u8 = 2;

/// Something that a provider keeps of what left, as the list of
/// [`ProviderCopies`](super::ProviderCopies) holds it.
///
/// # Security
/// `Debug` shows neither the person nor the record.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderCopy {
    pub(super) kind: ServerState,
    pub(super) provider: Processor,
    pub(super) endpoint: Endpoint,
    pub(super) model: Name,
    /// Whose key it was made with: another key does not find it.
    pub(super) owner: CredentialOwner,
    pub(super) created: Moment,
    pub(super) expires: Option<Moment>,
    /// `None` is one that may be there: the provider was asked to keep it, and nobody
    /// knows what came of that.
    pub(super) id: Option<Name>,
    /// The id of the batch that it is a file of.
    pub(super) part_of: Option<Name>,
    /// The person it is about, as a digest.
    pub(super) subject: Option<[u8; 32]>,
    pub(super) record: Option<Box<[u8]>>,
}

impl ProviderCopy {
    pub(super) fn new(
        caller: &ModelCaller,
        model: &ModelDescriptor,
        kind: ServerState,
        created: Moment,
        digest: impl FnOnce(&str) -> [u8; 32],
    ) -> Self {
        Self {
            kind,
            provider: model.provider.clone(),
            endpoint: model.endpoint.clone(),
            model: model.model.clone(),
            owner: model.credential_owner.clone(),
            created,
            expires: None,
            id: None,
            part_of: None,
            subject: caller
                .subject
                .as_ref()
                .map(|subject| digest(subject.expose_id())),
            record: caller.record.clone(),
        }
    }

    /// Returns what it is: a batch, a file, a stored response.
    #[must_use]
    pub const fn kind(&self) -> ServerState {
        self.kind
    }

    /// Returns who keeps it.
    #[must_use]
    pub const fn provider(&self) -> &Processor {
        &self.provider
    }

    /// Returns when it was made.
    #[must_use]
    pub const fn created(&self) -> Moment {
        self.created
    }

    /// Returns the moment by which it has expired on its own, where there is one.
    #[must_use]
    pub const fn expires(&self) -> Option<Moment> {
        self.expires
    }

    /// Returns the id by which the provider knows it. Where it is missing, the provider
    /// was asked to keep it, and the connection broke before it said under which id.
    #[must_use]
    pub const fn id(&self) -> Option<&Name> {
        self.id.as_ref()
    }

    /// Whether it goes with the item of this id.
    pub(super) fn goes_with(&self, id: &Name) -> bool {
        self.id.as_ref() == Some(id) || self.part_of.as_ref() == Some(id)
    }

    /// What the provider is to delete.
    pub(super) fn item(&self) -> Option<KeptItem> {
        let id = self.id.clone()?;
        Some(KeptItem::new(self.kind, id).expires_by(self.expires))
    }

    /// Whether it is kept where a model is, and under the same owner's key.
    pub(super) fn is_at(&self, model: &ModelDescriptor) -> bool {
        self.provider == model.provider
            && self.endpoint == model.endpoint
            && self.owner == model.credential_owner
    }

    /// Whether an order is about it. What does not say whose it is may be anybody's.
    pub(super) fn is_meant_by(&self, order: &Order, subject: Option<&[u8; 32]>) -> bool {
        let is_person = match (subject, &self.subject) {
            (Some(asked), Some(own)) => asked == own,
            _ => true,
        };
        let is_record = match (order.record_key(), &self.record) {
            (Some(asked), Some(own)) => *asked == **own,
            _ => true,
        };
        is_person && is_record
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        out.text(self.kind.as_str());
        out.text(self.provider.as_str());
        out.text(self.endpoint.as_str());
        out.text(&self.model);
        match &self.owner {
            CredentialOwner::Platform => out.byte(0),
            CredentialOwner::Customer(tenant) => {
                out.byte(1);
                out.text(tenant.as_str());
            }
            CredentialOwner::Nobody => out.byte(2),
        }
        out.moment(self.created);
        out.optional(self.expires, Writer::moment);
        out.optional(self.id.as_deref(), Writer::text);
        out.optional(self.part_of.as_deref(), Writer::text);
        out.optional(self.subject.as_ref(), |out, digest| out.raw(digest));
        out.optional(self.record.as_deref(), Writer::bytes);
        out.into_bytes()
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, damaged);
        reader.expect(VERSION)?;
        let kind = reader.text()?;
        let mut kinds = ServerState::ALL.into_iter();
        let this = Self {
            kind: kinds
                .find(|known| known.as_str() == kind)
                .ok_or_else(damaged)?,
            provider: reader.named(Processor::new)?,
            endpoint: reader.named(Endpoint::new)?,
            model: Name::from(reader.text()?),
            owner: match reader.byte()? {
                0 => CredentialOwner::Platform,
                1 => CredentialOwner::Customer(reader.text()?.into()),
                2 => CredentialOwner::Nobody,
                _ => return Err(damaged()),
            },
            created: reader.moment()?,
            expires: reader.optional(Reader::moment)?,
            id: reader.optional(|reader| reader.text().map(Name::from))?,
            part_of: reader.optional(|reader| reader.text().map(Name::from))?,
            subject: reader.optional(Reader::array)?,
            record: reader.optional(|reader| reader.bytes().map(Box::from))?,
        };
        reader.end()?;
        // There is one way to write it.
        match this.to_bytes() == bytes {
            true => Ok(this),
            false => Err(damaged()),
        }
    }
}

pub(super) fn damaged() -> Error {
    let what = "record of what a provider keeps is not what was written";
    Error::message(ErrorKind::Integrity, what)
}

impl fmt::Debug for ProviderCopy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderCopy")
            .field("kind", &self.kind)
            .field("provider", &self.provider)
            .field("created", &self.created)
            .field("expires", &self.expires)
            .field("has_id", &self.id.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_reads_as_it_was_written_and_in_no_other_way() {
        let at = |seconds| Moment::from_unix_seconds(seconds).unwrap();
        let copy = ProviderCopy {
            kind: ServerState::Batch,
            provider: Processor::new("acme-models").unwrap(),
            endpoint: Endpoint::new("https://api.acme-models.example").unwrap(),
            model: "large".into(),
            owner: CredentialOwner::Customer("acme".into()),
            created: at(5),
            expires: Some(at(9)),
            id: Some("file-1".into()),
            part_of: Some("batch-1".into()),
            subject: Some([7; 32]),
            record: Some(b"c-17".as_slice().into()),
        };
        let bare = ProviderCopy {
            expires: None,
            id: None,
            part_of: None,
            subject: None,
            record: None,
            owner: CredentialOwner::Platform,
            ..copy.clone()
        };
        for copy in [copy, bare] {
            let bytes = copy.to_bytes();
            assert_eq!(ProviderCopy::read(&bytes).unwrap(), copy);
            for end in 0..bytes.len() {
                let error = ProviderCopy::read(&bytes[..end]).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Integrity, "{end}");
            }
            assert!(ProviderCopy::read(&[&bytes[..], &[0]].concat()).is_err());
            for place in 0..bytes.len() {
                for bit in 0..8 {
                    let mut other = bytes.clone();
                    other[place] ^= 1 << bit;
                    if let Ok(read) = ProviderCopy::read(&other) {
                        assert_eq!(read.to_bytes(), other, "{place}");
                    }
                }
            }
        }
    }
}
