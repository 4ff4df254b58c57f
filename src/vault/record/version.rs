//! One version of a secret, with the value that is sealed for it.

use super::codec::{self, Writer};
use crate::Error;
use crate::seal::{Context, record_digest};
use crate::taxonomy::Tenant;
use crate::time::Moment;
use crate::vault::SecretRef;
use crate::vault::new_secret::Terms;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vault) struct Version {
    /// The name of the secret, for those who come here without it.
    pub(in crate::vault) name: Box<str>,
    pub(in crate::vault) created: Moment,
    pub(in crate::vault) terms: Terms,
    pub(in crate::vault) envelope: Vec<u8>,
}

impl Version {
    pub(in crate::vault) fn to_bytes(&self) -> Vec<u8> {
        let mut out = codec::begin();
        out.text(&self.name);
        out.moment(self.created);
        codec::write_terms(&mut out, &self.terms);
        out.raw(&self.envelope);
        out.into_bytes()
    }

    pub(in crate::vault) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = codec::read(bytes)?;
        Ok(Self {
            name: reader.text()?.into(),
            created: reader.moment()?,
            terms: codec::read_terms(&mut reader)?,
            envelope: reader.rest().to_vec(),
        })
    }

    /// What its value is sealed for, where it is `number` of `secret`: whose it is,
    /// which, and all of its terms.
    pub(in crate::vault) fn context(
        &self,
        secret: &SecretRef,
        number: u64,
    ) -> Result<Context, Error> {
        let mut bound = Writer::default();
        bound.moment(self.created);
        codec::write_terms(&mut bound, &self.terms);
        Context::builder(Tenant::new(secret.tenant()), secret.name())
            .version(number)
            .kind("confidant.vault")
            .extra("id", secret.id())
            .extra("terms", &record_digest(&bound.into_bytes()))
            .build()
    }
}
